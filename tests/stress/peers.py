"""Peers of a stress test: processes that do what they are told, a line at a time, are killed at named
points or from outside, and check every frame themselves. No case sleeps: each step waits for an
answer, with a generous bound on being stuck."""

import contextlib
import itertools
import json
import os
import select
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from exit_codes import exit_code
from system import KILLED_ITSELF, ON_WINDOWS, SHARED_MEMORY, Clock, command, names_with

SANITIZERS = os.environ.get("FERRY_SANITIZE", "")

SLOWNESS = 4 if SANITIZERS else 1
STUCK_SECONDS = 30 * SLOWNESS  # for one answer
GRACE_MS = 2000 * SLOWNESS
# For a survivor. Promised is 250 ms on a machine with time to spare, which this one need not be.
BOUND_MS = 1000 * STUCK_SECONDS

OK, TIMEOUT, END, LOST, EVICTED, INTERRUPTED, BUSY, NO_PRODUCER, FOREIGN = 0, -1, -2, -3, -4, -8, -22, -24, -40

class Failure(Exception):
    """Something promised did not happen."""


class Silent(Failure):
    """No answer came in time."""


def check(condition, what):
    if not condition:
        raise Failure(what)


def whereabouts(pid):
    """What proc(5) says of a process that does not answer."""
    found = [f"process {pid}"]
    for name in ("status", "wchan", "syscall", "stack"):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/{name}", encoding="utf-8") as file:
            lines = file.read().split("\n")
            wanted = ("State", "TracerPid", "SigQ", "ShdPnd", "SigPnd", "VmRSS")
            found += [line for line in lines if name != "status" or line.startswith(wanted)]
    return "; ".join(" ".join(line.split()) for line in found if line)


class Peer:
    def __init__(self, program, *arguments):
        self.popen = subprocess.Popen([*command(program), *arguments], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, bufsize=0)
        self.pid = self.popen.pid
        self.descriptor = os.pidfd_open(self.pid)
        self.buffer = b""
        self.slow = []  # calls that were held up, as (begin, end) in ns
        self.dead = False

    def tell(self, line):
        try:
            self.popen.stdin.write(line.encode() + b"\n")
        except BrokenPipeError:
            raise Failure(f"{line}: process {self.pid} {self.last_words()}") from None

    def last_words(self):
        """Of one that is gone: what it exited with, and what it said that nobody has heard."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = self.popen.wait(STUCK_SECONDS)
            said = self.buffer + self.popen.stdout.read()
            return f"has ended with {code}: {said.decode(errors='replace')}"
        return "does not listen, and lives on"

    def line(self, seconds=STUCK_SECONDS):
        end = time.monotonic() + seconds
        wait = select.poll()
        wait.register(self.popen.stdout, select.POLLIN)
        while b"\n" not in self.buffer:
            # Once more in the end: a machine that was frozen for so long froze the peer too.
            if not (wait.poll(max(0, end - time.monotonic()) * 1000) or wait.poll(GRACE_MS)):
                raise Silent(f"no answer for {seconds} s: {whereabouts(self.pid)}")
            data = os.read(self.popen.stdout.fileno(), 65536)
            if not data:
                raise Failure(f"process {self.pid} has ended: {self.popen.wait()}")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.decode(errors="replace").rstrip("\r").split(" ")

    def hear(self, *words, seconds=STUCK_SECONDS):
        """The fields of the next line that begins with one of the words. Only "slow" may come before."""
        while True:
            fields = self.line(seconds)
            if fields[0] == "slow":
                self.slow.append((int(fields[1]), int(fields[2])))
            elif fields[0] in words:
                return fields
            else:
                raise Failure(f"{words} expected: {' '.join(fields)}")

    def ask(self, line, word):
        self.tell(line)
        return self.hear(word)

    def wait_end(self):
        wait = select.poll()
        wait.register(self.descriptor, select.POLLIN)
        if not (wait.poll(STUCK_SECONDS * 1000) or wait.poll(GRACE_MS)):
            raise Silent(f"does not end: {whereabouts(self.pid)}")
        self.dead = True
        return exit_code(self.popen.wait(), ON_WINDOWS)

    def kill(self):
        """Kills the process; when that was begun, in ns."""
        now = Clock.now_ns()
        self.popen.kill()
        self.wait_end()
        return now

    def stop(self):
        os.kill(self.pid, signal.SIGSTOP)
        self.wait_stopped()

    def wait_stopped(self):
        """For one that stops at a point. On Windows it does not go on from what it has said."""
        if not ON_WINDOWS:
            os.waitid(os.P_PID, self.pid, os.WSTOPPED)

    def resume(self):
        if ON_WINDOWS:
            self.tell("go on")
        else:
            os.kill(self.pid, signal.SIGCONT)

    def arm(self, point, passes, action):
        check(self.ask(f"arm {point} {passes} {action}", "armed")[1] == "1", f"{point}: cannot be armed")

    def wait_at(self, point, *instead):
        """Until the armed point is passed; when, in ns. Any other answer means that it never is."""
        fields = self.hear("at", *instead)
        check(fields[0] == "at" and fields[1] == point, f"{point} is never reached: {' '.join(fields)}")
        return int(fields[2])

    def die_at(self, point, action, *instead):
        """The death of a process that has been armed; the latest time, in ns, at which it lived."""
        at = self.wait_at(point, *instead)
        if action == "kill":
            code = self.wait_end()
            check(code == KILLED_ITSELF, f"{point}: ended with {code}")
            return at
        self.wait_stopped()
        return self.kill()

    def quit(self):
        """Ends by itself, and cleanly."""
        self.popen.stdin.close()
        self.hear("gone")
        code = self.wait_end()
        check(code == 0, f"process {self.pid} ended with {code}")

    def close(self):
        if not self.dead:
            with contextlib.suppress(ProcessLookupError):
                self.popen.kill()
            self.popen.wait()
        self.popen.stdin.close()
        self.popen.stdout.close()
        os.close(self.descriptor)


class Run:
    """One case: its channel, its peers, and what was measured."""
    serial = itertools.count(1)

    def __init__(self, label):
        self.label = label
        self.channel = f"stress-{os.getpid()}-{next(Run.serial)}."
        self.peers = []
        self.measured = []  # (what, ms)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for peer in self.peers:
            peer.close()
        for name in names_with(self.channel):
            os.unlink(os.path.join(SHARED_MEMORY, name))

    def peer(self):
        peer = Peer("stress_peer", self.channel)
        self.peers.append(peer)
        return peer

    def plain_peer(self, how):
        peer = Peer("plain_peer", how, self.channel)
        self.peers.append(peer)
        return peer

    def producer(self, dialect, slots=4, policy="wait"):
        peer = self.peer()
        status = peer.ask(f"create {dialect} {slots} {policy} 0", "created")
        check(int(status[1]) == OK, f"create: {' '.join(status)}")
        return peer

    def consumer(self, delivery):
        peer = self.peer()
        status = peer.ask(f"open {delivery} -1", "opened")
        check(int(status[1]) == OK, f"open: {' '.join(status)}")
        return peer

    def note(self, what, ns):
        """A time from a death to what a survivor did."""
        ms = max(0, ns) / 1e6
        check(ms < BOUND_MS, f"{what} after {ms:.0f} ms")
        self.measured.append((what, ms))

    def assert_no_names(self, *but):
        found = [name for name in names_with(self.channel) if name not in but]
        check(not found, f"left in {SHARED_MEMORY}: {found}")
        if ON_WINDOWS and not but:
            looker = self.peer()
            check(looker.ask(f"names {self.channel}", "names")[1] == "0", "a name is still in use")
            looker.quit()


class Received:
    """The answer to "receive", or a life of "follow"."""

    def __init__(self, fields):
        (self.status, self.ns, self.count, self.first, self.last, self.begin, self.head, self.received,
         self.skipped, self.pending, adds_up, self.seed, self.dropped, self.dropped_before_last) = map(
             int, fields[1:])
        self.text = " ".join(fields)
        check(adds_up == 1, f"the counters do not add up: {self.text}")
        check(self.received == self.count, f"another number was received than counted: {self.text}")


def distribution(values):
    values = sorted(values)
    if not values:
        return {"count": 0}

    def rank(part):
        return round(values[min(len(values) - 1, int(part * len(values)))], 3)

    return {"count": len(values), "min": rank(0), "median": rank(0.5), "p99": rank(0.99),
            "max": round(values[-1], 3)}


def report(what, measured, **more):
    """Prints what was measured as one line of JSON, times in ms."""
    kinds = sorted({kind for kind, _ in measured})
    print(json.dumps({"test": what, **more, "ms": {
        kind: distribution([ms for k, ms in measured if k == kind]) for kind in kinds}}), flush=True)

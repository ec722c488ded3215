"""What the process tests share: programs that are started and never forgotten, and the checks that
each case ends with. A case waits for events (a line, a file, the end of a program), each with a
generous bound on being stuck."""

import ctypes
import inspect
import json
import os
import re
import secrets
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import zlib

import not_on_windows
import pictures

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from exit_codes import exit_code

BIN = os.environ["FERRY_BIN"]
SOURCE = os.environ["FERRY_SOURCE"]
SANITIZERS = os.environ.get("FERRY_SANITIZE", "")
# The command that runs a program for Windows here (Wine); nothing: they are programs of this system.
EMULATOR = shlex.split(os.environ.get("FERRY_EMULATOR", ""))
ON_WINDOWS = bool(EMULATOR)
PRODUCER = os.path.join(BIN, "ferry-producer" + (".exe" if ON_WINDOWS else ""))
CONSUMER = os.path.join(BIN, "ferry-consumer" + (".exe" if ON_WINDOWS else ""))

FERRY = os.path.join(BIN, "ferry" + (".exe" if ON_WINDOWS else ""))

SLOWNESS = 4 if SANITIZERS else 1
STUCK_SECONDS = 60 * SLOWNESS  # for one event
CASE_SECONDS = 300 * SLOWNESS
LOOK_SECONDS = 0.004  # between two looks at what cannot be waited for

FINE, FAILED, USAGE, TIMED_OUT = 0, 1, 2, 3

REPORTS = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "WARNING: ThreadSanitizer",
           "FATAL: ThreadSanitizer", "runtime error:")
SHARED_MEMORY = "/dev/shm"
PR_SET_CHILD_SUBREAPER = 36

# Whoever a program leaves behind becomes our child, and so is found at the end of the case.
if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
    raise OSError("prctl: cannot become a subreaper")


# Where a case is dear (TEST_THINNED), those of a file that come together in one of so many parts are tried, another
# part from run to run.
PARTS = 1 if "TEST_WHOLE" in os.environ else int(os.environ.get("TEST_THINNED", 1))
PART = time.time_ns() // 1000 % PARTS


def environment(**changes):
    result = {key: value for key, value in os.environ.items() if not key.startswith("FERRY_")}
    result.update(changes)
    return result


def wait_until(condition, what, seconds=STUCK_SECONDS):
    """Returns the first true answer of the condition."""
    end = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"stuck: {what}")
        time.sleep(LOOK_SECONDS)


def process_state(pid):
    """One letter as in proc(5); None: there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return None


def has_mapped(pid, text):
    try:
        with open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as file:
            return text in file.read()
    except (FileNotFoundError, ProcessLookupError):
        return False


waited_for = {}  # the consumers that have been waited for, by channel


def wait_counted(pid, channel):
    """From outside Wine nobody sees what a program has mapped: the channel is asked how many
    consumers it has, which are those that live of the ones that have been waited for, and this. So
    what else is in the channel has to have been waited for too."""
    known = waited_for.setdefault(channel, [])
    known[:] = [other for other in known if process_state(other) not in (None, "Z")] + [pid]
    tool = os.path.join(BIN, "await_consumers.exe")
    subprocess.run([*EMULATOR, tool, channel, str(len(known))], check=True)


def wait_attached(pid, channel):
    """Until a consumer has its place in the channel. Between mapping the table of consumers and
    being in it nothing sleeps, so one that has mapped it and sleeps is attached."""
    if ON_WINDOWS:
        wait_counted(pid, channel)
        return
    wait_until(lambda: has_mapped(pid, f"/{channel}~consumers") and process_state(pid) == "S",
               f"process {pid} is not attached to {channel}")


def stop_process(pid):
    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: process_state(pid) == "T", f"process {pid} does not stop")


def is_readable(descriptor, seconds=None):
    """Whether something can be read within this time; None: waits for ever. select(2) ends at descriptor 1,023."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(None if seconds is None else seconds * 1000))


def wait_dead(pid):
    """Until all of a process is gone, or but for its exit code: its first thread can be a zombie
    while another one still has files open, and their locks with them."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if not is_readable(descriptor, STUCK_SECONDS):
            raise AssertionError(f"stuck: process {pid} does not die")
    finally:
        os.close(descriptor)


def signal_mask(pid, field):
    """A set of signals in proc(5) as bits; 0: there is no such process."""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
            found = re.search(rf"^{field}:\s*([0-9a-f]+)", file.read(), re.MULTILINE)
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return 0 if found is None else int(found[1], 16)


def where_is(pid):
    """What the kernel says of a process that should have gone on."""
    told = []
    for name in ("status", "wchan", "syscall"):
        try:
            with open(f"/proc/{pid}/{name}", encoding="utf-8", errors="replace") as file:
                told += [line.strip() for line in file
                         if name != "status" or re.match("State|Sig|Shd|Threads|Tracer", line)]
        except OSError as error:
            told.append(f"{name}: {error.strerror}")
    return "; ".join(told)


def wait_asleep(pid):
    """Returns when the first thread, which gets the signals, sleeps, or has been busy for a second. Wine starts a
    thread from its handler: a signal in the midst of a malloc destroys the heap ("malloc(): invalid size")."""
    end = time.monotonic() + 1
    while process_state(pid) == "R" and time.monotonic() < end:
        time.sleep(LOOK_SECONDS)


def send_signal(pid, number):
    """Waits until the program catches the signal (one that has just begun does not yet), and until
    it has been delivered: two of a kind would count as one otherwise. Wine turns SIGINT into
    Ctrl-C, and lets other signals end the process."""
    if ON_WINDOWS:
        number = signal.SIGINT
    bit = 1 << (number - 1)
    wait_until(lambda: signal_mask(pid, "SigCgt") & bit or process_state(pid) in (None, "Z"),
               f"process {pid} does not catch signal {number}")
    if ON_WINDOWS:
        wait_asleep(pid)
    os.kill(pid, number)
    try:
        # One that has ended meanwhile keeps it.
        wait_until(lambda: signal_mask(pid, "ShdPnd") & bit == 0 or process_state(pid) in (None, "Z"),
                   f"signal {number} is not delivered to process {pid}")
    except AssertionError as error:
        raise AssertionError(f"{error}: {where_is(pid)}") from None


# Children that outlast a case, as a browser which serves all cases of a file.
apart = set()


def children():
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                    fields = file.read().rsplit(")", 1)[1].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(fields[1]) == os.getpid() and int(entry) not in apart:
                found.append(int(entry))
    return found


def command_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode(errors="replace").strip()
    except (FileNotFoundError, ProcessLookupError):
        return "?"


def is_event(line):
    return line.startswith(b'{"schema": ') and b'"event": "frame"' not in line[:40]


class Lines:
    """What a program has written so far, read in a thread of its own so that nothing blocks."""

    def __init__(self, stream, program):
        self._descriptor = stream.fileno()
        self._program = program
        self._lines = []
        self._events = []  # objects of --json that are no frames
        self._rest = b""  # the beginning of a line
        self._ended = False
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _has_more(self):
        return is_readable(self._descriptor, 0)

    def _read(self):
        while not self._ended:
            is_readable(self._descriptor)
            with self._news:  # so that what is no longer in the pipe is in the list
                data = os.read(self._descriptor, 65536)
                self._ended = not data
                *lines, self._rest = (self._rest + data).split(b"\n")
                if self._ended and self._rest:
                    lines.append(self._rest)
                for line in lines:
                    (self._events if is_event(line) else self._lines).append(line)
                self._news.notify_all()

    def list(self):
        with self._news:
            return [line.decode("utf-8") for line in self._lines]

    def text(self):
        return "\n".join(self.list())

    def events(self):
        with self._news:
            return [json.loads(line) for line in self._events]

    def wait_event(self, name, count=1):
        """The last of so many events of a name that have come or will come."""
        def search():
            found = [event for event in map(json.loads, self._events) if event["event"] == name]
            return found[count - 1] if len(found) >= count else None

        return self._wait(search, f"event {name} {count}")

    def _wait(self, condition, what):
        end = time.monotonic() + STUCK_SECONDS
        with self._news:
            while True:
                answer = condition()
                if answer:
                    return answer
                if self._ended or not self._news.wait(max(0, end - time.monotonic())):
                    break
        raise AssertionError(f"{what} did not come: {self._program.describe()}")

    def wait_for(self, pattern):
        """The match of a regular expression in a line that has come or will come."""
        wanted = re.compile(pattern.encode())

        def search():
            for line in self._lines:
                match = wanted.search(line)
                if match:
                    return tuple(group.decode() for group in match.groups()) or True
            return None

        return self._wait(search, f"a line with {pattern!r}")

    def wait_count(self, count):
        self._wait(lambda: len(self._lines) >= count, f"line {count}")

    def drain(self):
        """Until everything that has been written by now has been read."""
        with self._news:
            drained = self._news.wait_for(lambda: self._ended or not self._has_more(),
                                          STUCK_SECONDS)
        if not drained:
            raise AssertionError(f"stuck: {self._program.describe()}")

    def join(self):
        """Until everybody has closed the pipe."""
        self._reader.join(STUCK_SECONDS)


class Program:
    def __init__(self, arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, **more):
        more.setdefault("env", environment())
        self.arguments = [os.fspath(a) for a in arguments]
        if self.arguments[0] in (PRODUCER, CONSUMER, FERRY):
            self.arguments = EMULATOR + self.arguments
        self.popen = subprocess.Popen(self.arguments, stdin=stdin, stdout=stdout,
                                      stderr=subprocess.PIPE, **more)
        self.pid = self.popen.pid
        self.out = Lines(self.popen.stdout, self) if stdout == subprocess.PIPE else None
        self.err = Lines(self.popen.stderr, self)

    def is_running(self):
        return self.popen.poll() is None

    def wait(self):
        """The exit code; -N when signal N killed it. See exit_codes.py."""
        try:
            code = self.popen.wait(STUCK_SECONDS)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"stuck: {self.describe()}\n{self.where()}") from None
        # Not until the pipes are closed: a program that was left behind on purpose may keep them.
        for lines in filter(None, (self.out, self.err)):
            lines.drain()
        return exit_code(code, ON_WINDOWS)

    def close_pipes(self):
        """Of one that has ended, in a test with so many programs that there are not descriptors enough."""
        for lines, stream in ((self.out, self.popen.stdout), (self.err, self.popen.stderr)):
            if lines is not None:
                lines.join()
                stream.close()
        if self.popen.stdin is not None:
            self.popen.stdin.close()

    def describe(self):
        written = "" if self.out is None else self.out.text()[-2000:]
        return f"{shlex.join(self.arguments)} (process {self.pid})\n{self.err.text()}\n{written}"

    def where(self):
        return where_is(self.pid)

    def records(self):
        """What --json has written by now."""
        return [json.loads(line) for line in self.out.list()]

    def numbers(self):
        return [record["frame"] for record in self.records()]

    def launched(self):
        """The process ids of the programs that a producer has started so far."""
        return [int(pid) for pid in re.findall(r'started .*\(process (\d+)\)$', self.err.text(),
                                               re.MULTILINE)]

    def wait_launched(self):
        self.err.wait_for(r'started .*\(process \d+\)$')
        return self.launched()[0]

    def close(self):
        if self.popen.stdin is not None:
            self.popen.stdin.close()
        for lines, stream in ((self.out, self.popen.stdout), (self.err, self.popen.stderr)):
            if lines is not None:
                lines.join()
                stream.close()


def on_alarm(number, frame):
    raise AssertionError("the case takes too long")


# No other run has it, however often process numbers are used again.
MARKER = f"process-test-{os.getpid()}-{secrets.token_hex(4)}"


class Case(unittest.TestCase):
    serial = 0

    def setUp(self):
        file = os.path.splitext(os.path.basename(inspect.getfile(type(self))))[0]
        case = f"{file}.{type(self).__name__}.{self._testMethodName}"
        reason = not_on_windows.CASES.get(case)
        if ON_WINDOWS and reason is not None:
            self.skipTest(reason)
        if zlib.crc32(case.encode()) % PARTS != PART:
            self.skipTest(f"one of {PARTS} parts is tried at a time")
        self.programs = []
        self.channels = []
        self.folder = tempfile.mkdtemp(prefix="ferry-")
        self.addCleanup(self._finish)
        signal.signal(signal.SIGALRM, on_alarm)
        signal.alarm(CASE_SECONDS)

    # ---- names and files ----

    def channel(self):
        Case.serial += 1
        name = f"{MARKER}-{Case.serial}"
        self.channels.append(name)
        return name

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def write(self, name, data):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def write_noise(self, folder, count, width=16, height=12, channels=3):
        """Pictures 1.png, 2.png, ... in a new folder; returns the folder and the pictures."""
        made = [pictures.noise(width, height, channels, f"{folder} {i}") for i in range(count)]
        for i, picture in enumerate(made):
            self.write(os.path.join(folder, f"{i + 1}.png"), pictures.png(picture))
        return self.path(folder), made

    def saved(self, folder, channel):
        """The pictures of a consumer by frame number; fails when there is any other file."""
        found = {}
        for name in sorted(os.listdir(self.path(folder))):
            match = re.fullmatch(re.escape(channel) + r"-(\d{6,})\.png", name)
            self.assertIsNotNone(match, f"{name} does not belong in {folder}")
            found[int(match[1])] = pictures.read_png(self.path(folder, name))
        return found

    def own_port(self):
        """A port of this machine that nobody else is given during the case: a socket is bound to it, and never listens.
        Servers that set SO_REUSEADDR can listen there, one after the other."""
        place = socket.socket()
        self.addCleanup(place.close)
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        place.bind(("127.0.0.1", 0))
        return place.getsockname()[1]

    # ---- programs ----

    def start(self, *arguments, **more):
        program = Program(arguments, **more)
        self.programs.append(program)
        return program

    def producer(self, channel, *arguments, **more):
        name = [] if channel is None else ["--name", channel]
        return self.start(PRODUCER, *name, *map(str, arguments), **more)

    def consumer(self, channel, *arguments, **more):
        name = [] if channel is None else ["--name", channel]
        return self.start(CONSUMER, *name, *map(str, arguments), **more)

    def attached(self, channel, *arguments, **more):
        """A consumer that is in the channel already."""
        program = self.consumer(channel, *arguments, **more)
        wait_attached(program.pid, channel)
        return program

    def paused_producer(self, channel, *arguments):
        """A producer of files that is stopped while it waits for its first consumer, so that
        several can attach before the first frame. Goes on with resume."""
        program = self.producer(channel, *arguments)
        program.err.wait_for("waiting for a consumer")
        stop_process(program.pid)
        return program

    def resume(self, program):
        os.kill(program.pid, signal.SIGCONT)

    def end(self, program, code=FINE):
        self.assertEqual(program.wait(), code, program.describe())
        return program

    def interrupt(self, program, number=signal.SIGTERM, code=FINE):
        send_signal(program.pid, number)
        return self.end(program, code)

    def finish(self, producer):
        """Ends an endless stream; how many frames it had."""
        self.interrupt(producer)
        return int(producer.err.wait_for(r"(\d+) frames? sent")[0])

    def kill(self, pid):
        """kill -9; returns when the process is gone or a zombie, its locks with it."""
        os.kill(pid, signal.SIGKILL)
        wait_dead(pid)

    def launch(self, *arguments, wait=("--wait-consumer", STUCK_SECONDS)):
        """A --launch with a command whose words are quoted as a shell needs it."""
        return [*map(str, wait), "--launch", shlex.join(map(str, arguments))]

    # ---- assertions ----

    def assert_whole_numbers(self, numbers, first, last):
        self.assertEqual(numbers, list(range(first, last + 1)))

    def assert_skips_add_up(self, records):
        for before, record in zip(records, records[1:]):
            self.assertGreater(record["frame"], before["frame"])
            self.assertEqual(record["skipped"], record["frame"] - before["frame"] - 1, record)

    def assert_drops_alike(self, producer, *consumers):
        """Both ends have counted the same frames as dropped, and say so; how many."""
        said = re.findall(r"(?m)^ferry-producer: .* sent.*, (\d+) dropped$", producer.err.text())
        self.assertEqual(len(said), 1, producer.describe())
        for consumer in consumers:
            self.assertEqual(re.findall(r"(?m)^ferry-consumer: .*, (\d+) dropped by the producer$",
                                        consumer.err.text()), said, consumer.describe())
        return int(said[0])

    def assert_pictures(self, found, expected):
        """Compares without printing megabytes."""
        self.assertEqual(sorted(found), sorted(expected))
        for number, picture in sorted(expected.items()):
            self.assertEqual(found[number][:3], picture[:3], f"frame {number}")
            self.assertTrue(found[number].pixels == picture.pixels,
                            f"frame {number}: {found[number]} is not {picture}")

    # ---- the end of a case ----

    def _finish(self):
        signal.alarm(0)
        left = [f"still running: {p.describe()}" for p in self.programs if p.is_running()]
        for program in self.programs:
            if program.is_running():
                program.popen.kill()
            program.popen.wait()
        left += self._end_strays()
        for program in self.programs:
            program.close()
            text = program.err.text()
            left += [program.describe() for report in REPORTS if report in text]
            if program.popen.returncode in (-signal.SIGSEGV, -signal.SIGBUS, -signal.SIGABRT):
                left.append(f"crashed: {program.describe()}")
        left += self._remove_names() + self._find_temporary_files()
        shutil.rmtree(os.fsencode(self.folder))
        self.assertEqual(left, [], "\n".join(left))

    def _end_strays(self):
        strays = []
        while found := children():  # those of a stray become ours when it dies
            for pid in found:
                # Wine has no parent for what a program starts: those that have ended are ours.
                if ON_WINDOWS and process_state(pid) == "Z":
                    os.waitpid(pid, 0)
                    continue
                command = command_of(pid)
                # A program that was killed while it looked for leaks leaves the helper process of
                # AddressSanitizer, which dies with it.
                if command or "address" not in SANITIZERS:
                    strays.append(f"left behind: {command} (process {pid})")
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        return strays

    def _remove_names(self):
        """Names in shared memory with one of the case's channels in them."""
        left = []
        for name in os.listdir(SHARED_MEMORY):
            if MARKER in name or name in self.channels:
                left.append(f"left in {SHARED_MEMORY}: {name}")
                os.unlink(os.path.join(SHARED_MEMORY, name))
        return left

    def _find_temporary_files(self):
        return [f"left in {folder}: {name}" for folder, _, names in os.walk(self.folder)
                for name in names if name.startswith(".") or name.endswith(".tmp")]

"""Terminals of a reader: each runs one block of commands in a bash of its own. Waiting is for events, with a bound on
being stuck."""

import json
import os
import re
import signal
import subprocess
import time
from typing import NamedTuple

STUCK_SECONDS = 300
LOOK_SECONDS = 0.02
# A job in the background counts as well. Each was asked to end, or ends by itself.
WAIT_FOR_JOBS = "\nfor job in $(jobs -p); do wait $job; done"


class Broken(Exception):
    """What README.md promises did not happen."""


def wait_until(condition, what, alive=None):
    """Returns the first true answer of the condition. Nothing is awaited of a terminal that has ended."""
    end = time.monotonic() + STUCK_SECONDS
    while True:
        has_ended = alive is not None and alive.has_ended()
        answer = condition()
        if answer:
            return answer
        if has_ended or time.monotonic() > end:
            why = "the commands have ended" if has_ended else "stuck"
            raise Broken(f"{why}: {what}" + (f"\n{alive.story()}" if alive else ""))
        time.sleep(LOOK_SECONDS)


class Process(NamedTuple):
    pid: int
    session: int
    state: str
    name: str
    command: str


def processes():
    """Those of this namespace, but for this one and what is dead."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                name, fields = re.match(r"\d+ \((.*)\) (.*)", file.read(), re.DOTALL).groups()
            with open(f"/proc/{entry}/cmdline", "rb") as file:
                command = file.read().replace(b"\0", b" ").decode(errors="replace").strip()
        except (FileNotFoundError, ProcessLookupError):
            continue
        state, _, _, session = fields.split()[:4]
        if state not in "ZX":
            found.append(Process(int(entry), int(session), state, name, command))
    return found


def ignores_interrupts(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
            return int(re.search(r"^SigIgn:\s*([0-9a-f]+)", file.read(), re.MULTILINE)[1], 16) >> signal.SIGINT - 1 & 1
    except (FileNotFoundError, ProcessLookupError):
        return False


class Terminal:
    """One block of commands, running or ended."""
    count = 0

    def __init__(self, script, folder, environment, logs):
        Terminal.count += 1
        self.script = script
        self.paths = [os.path.join(logs, f"{Terminal.count}.{end}") for end in ("out", "err")]
        out, err = (open(path, "wb") for path in self.paths)
        with out, err:
            self.process = subprocess.Popen(
                ["bash", "-e", "-c", script + WAIT_FOR_JOBS], cwd=folder, env=environment,
                stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True)

    def has_ended(self):
        return self.process.poll() is not None

    def out(self):
        return self.read(0)

    def err(self):
        return self.read(1)

    def read(self, which):
        with open(self.paths[which], encoding="utf-8", errors="replace") as file:
            return file.read()

    def frames(self):
        """Those of whole lines of --json."""
        records = [json.loads(line) for line in self.out().split("\n")[:-1] if line.startswith("{")]
        return [record for record in records if record["event"] == "frame"]

    def story(self):
        code = self.process.poll()
        return (f"{self.script}\n  exit code: {code}\n  it wrote:\n{self.out()[-2000:]}\n"
                f"  and on standard error:\n{self.err()[-2000:]}")

    def children(self):
        return [one for one in processes() if one.session == self.process.pid != one.pid]

    def find(self, name):
        """Numbers of the processes here that are called like that."""
        return [one.pid for one in self.children() if one.name == name[:15]]

    def waits_for(self, name):
        """Whether bash waits, and programs of this name alone are there, and wait too."""
        return all(one.state == "S" and (one.pid == self.process.pid or one.name == name[:15])
                   for one in processes() if one.session == self.process.pid)

    def end(self, code=0):
        """Waits until all is over."""
        wait_until(self.has_ended, f"these commands do not end:\n{self.script}")
        if self.process.returncode != code:
            raise Broken(f"exit code {self.process.returncode}, not {code}, of\n{self.story()}")
        return self

    def interrupt(self, code=0):
        """Ctrl-C for what runs in the foreground, and kill for what runs in the background, where a shell without a
        terminal has Ctrl-C ignored."""
        asked = [one.pid for one in self.children()]
        if not asked:
            raise Broken(f"nothing is left to interrupt of\n{self.story()}")
        for pid in asked:
            try:
                os.kill(pid, signal.SIGTERM if ignores_interrupts(pid) else signal.SIGINT)
            except ProcessLookupError:
                pass
        return self.end(code)

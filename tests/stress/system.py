"""Where the peers of a stress test run: here, or as programs for Windows under Wine. FERRY_EMULATOR is the
command that runs one of those; without it they are programs of this system."""

import os
import shlex
import signal
import time

BIN = os.environ["FERRY_BIN"]
EMULATOR = shlex.split(os.environ.get("FERRY_EMULATOR", ""))
ON_WINDOWS = bool(EMULATOR)
SHARED_MEMORY = "/dev/shm"
STATE = "/tmp" if ON_WINDOWS else SHARED_MEMORY  # for small files

# How a process ends that kills itself at a point: TerminateProcess gives an exit code.
KILLED_ITSELF = 137 if ON_WINDOWS else -signal.SIGKILL


def command(program):
    name = os.path.join(BIN, program)
    return [*EMULATOR, name + ".exe"] if ON_WINDOWS else [name]


def path_for(program_reads):
    """A path as the programs see it."""
    return "Z:" + program_reads.replace("/", "\\") if ON_WINDOWS else program_reads


class Clock:
    """The clock of the peers' answers, in ns. Under Wine it need not be the one of Python."""
    offset_ns = 0

    @classmethod
    def now_ns(cls):
        return time.monotonic_ns() + cls.offset_ns

    @classmethod
    def adjust(cls, ask):
        """ask: gives the time that a peer says. The closest of some looks is right to half its length,
        which makes a death seem later, never earlier."""
        looks = []
        for _ in range(20 if ON_WINDOWS else 0):
            before = time.monotonic_ns()
            said = ask()
            looks.append((time.monotonic_ns() - before, said - before))
        if looks:
            cls.offset_ns = min(looks)[1]


def names_with(text):
    """Names in shared memory; on Windows only the peers can look, and only for names that they know."""
    if ON_WINDOWS:
        return []
    return sorted(name for name in os.listdir(SHARED_MEMORY) if text in name)

"""Old programs and ours in one test: names that belong to the test alone, programs that end with it, and objects of the
system that are gone afterwards. The rest comes from the process tests."""

import ctypes
import dataclasses
import fcntl
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import termios

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "process"))
import pictures
import support
from support import BIN, EMULATOR, ON_WINDOWS, SHARED_MEMORY, wait_until

PEER = os.path.join(BIN, "dialect_peer" + (".exe" if ON_WINDOWS else ""))
QT_PEER = os.environ.get("FERRY_QT_PEER", "")
HAS_POINTS = os.environ.get("FERRY_POINTS") == "all"
MARKER = f"dialect-{os.getpid()}-{secrets.token_hex(3)}"
KILLED = 137 if ON_WINDOWS else -9
PROJECT_OF_QT = ord("Q")


@dataclasses.dataclass(frozen=True)
class Convention:
    """A convention as the tests see it."""

    name: str  # of the dialect of our programs
    objects: tuple  # roles of --object, which are the options of the peers too
    acknowledged: bool = False  # a sender goes on when its message has been taken
    news: bool = False  # a receiver hears of each message
    makes: bool = True  # a receiver makes what is missing
    texts: bool = True
    locks: bool = False  # a death can leave a lock behind
    leaves: bool = False  # objects stay on purpose
    ours: tuple = ()  # more options of our programs
    theirs: tuple = ()  # and of the peers
    tail: int = 200
    image: str = "image"  # the peers' word for an image with the convention's header
    room: int = 16384  # of a mapping for images; 0: always the same
    sends: tuple = ()  # more options of our senders
    keeps: bool = False  # an old receiver takes the semaphores along when it ends
    turn: bool = True  # two senders at once leave each message whole
    free: bool = False  # a sender that says nothing more is heard late: it goes on by itself, and frames are skipped
    answers: bool = False  # our receiver sends, too
    tears: bool = False  # reader and writer can be at work at once
    unlocks: bool = False  # an old receiver that comes first takes the lock away from whoever has it
    unasked: bool = False  # nothing tells a reader when to look: half a message may come as one more, before the whole
    peer: str = ""  # the peer's word for it, where that is another one

    @property
    def their_name(self):
        return self.peer or self.name


MUTEX = Convention("mutex", ("semaphore",), locks=True)
LOCKSTEP = Convention("lockstep", ("read", "write"), acknowledged=True, news=True, locks=True, turn=False)
PAIRS = Convention("duplex", ("read", "write", "back", "back-read", "back-write"), acknowledged=True, news=True,
                   locks=True, turn=False, ours=("--reading", "pairs"), theirs=("--reading", "pairs"))
SINGLE = Convention("duplex", ("semaphore", "back", "back-semaphore"), acknowledged=True, news=True, locks=True,
                    turn=False, answers=True, ours=("--reading", "single"), theirs=("--reading", "single"))
TWO_LOCKS = Convention("duplex", ("semaphore", "back", "back-semaphore"), locks=True, ours=("--reading", "mutex"),
                       theirs=("--reading", "mutex"))
RWEVENTS = Convention("rwevents", ("read", "write"), makes=False, locks=True, image="short", turn=False,
                       tears=True)
FILE = Convention("file", (), makes=False, leaves=True, tail=1000, turn=False, tears=True,
                  unasked=True)
BASEIMAGE = Convention("baseimage", (), news=True, makes=False, texts=False, room=0, sends=("--no-wait",), turn=False,
                       free=True, tears=True)
# A user of Qt 5 that looks before there is memory makes the lock, and removes it when it looks again: seen with strace.
QT = Convention("qt", (), makes=False, unlocks=not ON_WINDOWS)
QT_TURNS = Convention("qt", ("read", "write"), acknowledged=True, news=True, makes=False, keeps=True)
ALL = (BASEIMAGE, MUTEX, LOCKSTEP, PAIRS, SINGLE, TWO_LOCKS, RWEVENTS, FILE, QT, QT_TURNS)


# ---- objects of System V, which Qt uses ----

libc = ctypes.CDLL(None, use_errno=True)
IPC_RMID = 0


def key_of_file(path):
    """As ftok(3) makes it."""
    found = os.stat(path)
    key = (PROJECT_OF_QT << 24) | ((found.st_dev & 0xff) << 16) | (found.st_ino & 0xffff)
    return key - (1 << 32) if key >= 1 << 31 else key


def system_v_objects(kind):
    """{key: id} of "shm" or "sem"."""
    with open(f"/proc/sysvipc/{kind}", encoding="utf-8") as file:
        return {int(words[0]): int(words[1]) for words in (line.split() for line in list(file)[1:])}


def remove_system_v(keys):
    kinds = (("shm", lambda i: libc.shmctl(i, IPC_RMID, None)), ("sem", lambda i: libc.semctl(i, 0, IPC_RMID)))
    for kind, remove in kinds:
        for key, identifier in system_v_objects(kind).items():
            if key in keys:
                remove(identifier)


# For whoever works on a test: a bound on being stuck that is shorter.
support.STUCK_SECONDS = int(os.environ.get("TEST_STUCK_SECONDS", support.STUCK_SECONDS))


# ---- the case ----

class Case(support.Case):
    convention = MUTEX

    def setUp(self):
        # A file with the number of one that was removed gives the same key: these go behind their objects, which go
        # behind the programs.
        self.keys = tempfile.mkdtemp(prefix="ferry-keys-")
        self.addCleanup(self._forget)
        super().setUp()
        self.keepers = []
        self.renew_names()

    def renew_names(self):
        """Names that no other scene of the case has."""
        Case.serial += 1
        stem = f"{MARKER}-{Case.serial}"
        self.names = {role: f"{stem}-{role}" for role in ("memory", *self.convention.objects)}

    # ---- programs ----

    def environment(self):
        """Files of Qt's keys are in a folder of the case."""
        return support.environment(TMPDIR=self.keys)

    def their_names(self):
        words = ["--memory", self.names["memory"]]
        for role in self.convention.objects:
            words += [f"--{role}", self.names[role]]
        if self.convention.name == "baseimage":
            words += ["--event", self.names["memory"] + "Mutex"]
        return words

    def our_objects(self):
        words = list(self.convention.ours)
        for role in self.convention.objects:
            words += ["--object", f"{role}={self.names[role]}"]
        return words

    def old(self, role, *options, names=None):
        """An old program. It reads lines from its standard input where it is told to."""
        start = [QT_PEER] if self.convention.name == "qt" else [*EMULATOR, PEER]
        keeps = self.convention.keeps and role == "receive" and not {"--hold", "--die-at"} & set(options)
        hold = ("--hold", "ended") if keeps else ()
        program = self.start(*start, self.convention.their_name, role, *(names or self.their_names()), *hold,
                             *self.convention.theirs, *map(str, options), stdin=subprocess.PIPE,
                             env=self.environment())
        if keeps:
            self.keepers.append(program)
        return program

    def our_sender(self, *options, **more):
        more.setdefault("env", self.environment())
        return self.producer(self.names["memory"], "--dialect", self.convention.name, *self.our_objects(), *options,
                             *self.convention.sends, **more)

    def our_receiver(self, *options, **more):
        more.setdefault("env", self.environment())
        return self.consumer(self.names["memory"], "--dialect", self.convention.name, *self.our_objects(), *options,
                             **more)

    def lifter(self, channel, *options):
        """From an old sender onto a channel."""
        source = f"from:{self.convention.name}:{self.names['memory']}"
        return self.producer(channel, source, *self.our_objects(), *options, env=self.environment())

    def feeder(self, channel, *options):
        """From a channel to an old receiver."""
        target = f"{self.convention.name}:{self.names['memory']}"
        return self.consumer(channel, "--to", target, *self.our_objects(), *options, env=self.environment())

    # ---- words between a test and an old program ----

    def tell(self, program, line=""):
        """A line, which for an old program that sends is the permission for one more message."""
        program.popen.stdin.write(line.encode("utf-8") + b"\n")
        program.popen.stdin.flush()

    def leave(self, program):
        """No more lines."""
        program.popen.stdin.close()
        program.popen.stdin = None

    def at(self, program, event):
        """Until it has said so: ready, waiting, held STEP."""
        program.out.wait_for(f"^{event}$")
        return program

    def started(self, program):
        """Until an old program has what it works on, or looks for it. Two that make Qt's semaphores at the same time
        undo each other's counts."""
        program.out.wait_for("^(ready|waiting|missing.*)$")
        return program

    def died(self, program):
        """Until it has killed itself, as it was told to."""
        self.end(program, support.exit_code(KILLED, ON_WINDOWS))
        return program

    def stop(self, *programs):
        """Those that would go on for ever."""
        for program in programs:
            program.popen.kill()
            program.popen.wait()

    def end_all(self, *programs):
        """One that takes objects along ends when the others need them no more."""
        keepers = [program for program in programs if program in self.keepers]
        for program in keepers:
            self.at(program, "held ended")
        for program in sorted(programs, key=keepers.count):
            self.end(program)

    def end(self, program, code=support.FINE):
        if program in self.keepers:
            self.tell(self.at(program, "held ended"))
        return super().end(program, code)

    def received(self, program):
        """What an old receiver says of each message: (index, "ok" | "torn" | "bad")."""
        found = (re.match(r"(\d+) (ok|torn|bad)", line) for line in program.out.list())
        return [(int(match[1]), match[2]) for match in found if match]

    def assert_received(self, program, indices):
        """Each message once and whole. Where nothing keeps a writer out, an old receiver may look in the midst of one."""
        received = self.received(program)
        self.assertEqual([index for index, what in received if what == "ok" or not self.convention.unasked],
                         list(indices))
        self.assert_whole(received)

    def assert_whole(self, received):
        self.assertEqual([what for what in received if what[1] == "bad"], [])
        convention = getattr(self, "convention", None)
        self.assert_few_torn([what for what in received if what[1] == "torn"], received,
                             convention is not None and convention.unlocks)

    def assert_few_torn(self, torn, received, unlocked=False):
        convention = getattr(self, "convention", None)
        tears = unlocked or (convention is not None and convention.tears)
        torn_most = max(1, len(received) // 20) if tears else 0
        self.assertLessEqual(len(torn), torn_most, received)

    # ---- what is there ----

    def semaphore_value(self, role):
        """Of a semaphore of glibc, which has its value in front."""
        with open(os.path.join(SHARED_MEMORY, "sem." + self.names[role]), "rb") as file:
            return int.from_bytes(file.read(4), "little")

    def wait_blocked(self, program):
        """Until it sleeps in a wait. Wine has its waits elsewhere: there, one that reads has to have read, and another
        one has to have said that it waits."""
        if not ON_WINDOWS:
            wait_until(lambda: support.process_state(program.pid) == "S", f"{program.describe()} does not wait")
        elif program.popen.stdin is not None:
            wait_until(lambda: bytes_in(program.popen.stdin) == 0, f"{program.describe()} does not read")
        else:
            wait_until(lambda: "waiting for a" in program.err.text() or program.out.events(),
                       f"{program.describe()} does not wait")

    def objects_left(self):
        """Names and keys of the case that exist."""
        left = [name for name in os.listdir(SHARED_MEMORY) if MARKER in name or support.MARKER in name]
        return left + sorted(name for name in os.listdir(self.keys) if name.startswith("qipc_"))

    def assert_nothing_left(self):
        self.assertEqual(self.objects_left(), [])

    # ---- the end of a case ----

    def _forget(self):
        """Old programs on Linux leave their objects, and so do those that were killed."""
        for name in os.listdir(SHARED_MEMORY):
            if MARKER in name:
                os.unlink(os.path.join(SHARED_MEMORY, name))
        remove_system_v({key_of_file(os.path.join(self.keys, name)) for name in os.listdir(self.keys)})
        shutil.rmtree(self.keys)


def bytes_in(pipe):
    """That nobody has read yet."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


def native_path(path):
    """As the programs see it."""
    return "Z:" + path.replace("/", "\\") if ON_WINDOWS else path


def steps_of(convention, role):
    """The steps at which a peer can be killed or held."""
    start = [QT_PEER] if convention.name == "qt" else [*EMULATOR, PEER]
    told = subprocess.run([*start, convention.their_name, role, *convention.theirs, "--list-steps"],
                          check=True, capture_output=True)
    return told.stdout.decode().split()

"""Shared by the tests of programs that look at channels from outside: channels in each state, and the calls of the
system that a look may make."""

import json
import os
import re
import struct
import subprocess

from support import BIN, FERRY, SHARED_MEMORY, STUCK_SECONDS, TIMED_OUT, Case, stop_process, wait_until
from test_json import TIME, documented

# The calls that may be made on an object, each a line of strace with the object in it.
HARMLESS = (
    r"(lstat|stat|newfstatat|fstat|statx)\(",
    r"openat\(.*, O_RDONLY\|[A-Z_|]*O_NOFOLLOW[A-Z_|]*\) = ",
    r"openat\(.*/dev/shm/?\", O_RDONLY\|[A-Z_|]*O_DIRECTORY[A-Z_|]*\) = ",
    r"pread64\(",
    r"getdents64\(",
    r"fcntl\(\d+<[^>]*>, (F_OFD_GETLK|F_GETFL|F_GETFD)\b",
    r"close\(",
)

# The next frame comes when every case is over, and the channel is idle later still: after five such periods.
SELDOM = ("--fps", "1/2000")

# Where fields are, as tests/layout/layout.golden has them: of the last 64 bytes of the object, and of the block.
TRAILER_BYTES, BLOCK_OFFSET, TRAILER_VERSION = 64, 0, 12
BLOCK_SLOTS = 40


def whole_calls(lines):
    """The lines of strace, each without its process: a call has two when another process does something meanwhile."""
    calls, begun = [], {}
    for line in lines:
        process, text = line.split(" ", 1)
        text = text.strip()
        resumed = re.match(r"<\.\.\. \w+ resumed>", text)
        if text.endswith(" <unfinished ...>"):
            begun[process] = text.removesuffix(" <unfinished ...>")
        else:
            if resumed:  # whose result stands in a column
                text = begun.pop(process, "") + re.sub(r"\) += ", ") = ", text[resumed.end():])
            calls.append(text)
    return calls + list(begun.values())


class Looking(Case):
    def frozen(self, *arguments):
        """A channel with a consumer, whose producer and consumer are stopped after its first frame. The producer waits
        for the time of the next one by then, and so is not in the midst of anything."""
        channel = self.channel()
        producer = self.paused_producer(channel, "--wait-consumer", 600, *SELDOM, "--loop", *arguments)
        consumer = self.attached(channel, "--every", "--json")
        self.resume(producer)
        consumer.out.wait_count(1)
        stop_process(producer.pid)
        stop_process(consumer.pid)
        return channel, producer, consumer

    def thaw(self, producer, consumer):
        self.resume(consumer)
        self.resume(producer)
        self.finish(producer)
        self.end(consumer)

    def clear_away(self, channel):
        """After a dead producer, as its user does: by the next one."""
        self.end(self.producer(channel, "--no-wait", "--count", 1, "pattern:64x48"))

    def remove(self, channel):
        """Removes names that no producer would take over."""
        for name in (channel, f"{channel}~consumers", f"sem.{channel}Mutex"):
            path = os.path.join(SHARED_MEMORY, name)
            if os.path.lexists(path):
                os.unlink(path)

    def objects(self, channel):
        return [os.path.join(SHARED_MEMORY, name) for name in (channel, f"{channel}~consumers")]

    def state_of_objects(self, channel):
        """The state that a write, or memory that is taken, would change."""
        found = [os.stat(path) for path in self.objects(channel)]
        return [(about.st_ino, about.st_size, about.st_blocks, about.st_mtime_ns, about.st_ctime_ns, about.st_mode)
                for about in found]

    def trace(self, *command):
        """The calls that have to do with objects in shared memory."""
        path = self.path("trace")
        self.end(self.start("/usr/bin/strace", "-f", "-y", "-s", "0", "-o", path, *command))
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = whole_calls(file)
        self.assertTrue(any(line.startswith("execve(") for line in lines), lines[:3])
        self.users_read = sum(line.startswith("openat(") and '"/etc/passwd"' in line for line in lines)
        # A list also meets objects of other programs, whose names may go while it looks.
        return [line.replace(">(deleted)", ">") for line in lines if SHARED_MEMORY in line]

    def check_harmless(self, channel, *command):
        before = self.state_of_objects(channel)
        calls = self.trace(*command)
        self.assertEqual(self.state_of_objects(channel), before)
        for call in calls:
            self.assertTrue(any(re.match(form, call) for form in HARMLESS), call)
        return "\n".join(calls)


# The objects of docs/json.md, by the verb that writes them.
EVENTS = {
    "list": {"channel"},
    "show": {"details"},
    "top": {"channel", "details"},
    "hz": {"rate", "summary"},
    "watch": {"found", "came", "live", "idle", "ended", "died", "odd", "gone", "resized", "consumer_came",
              "consumer_left", "consumer_died", "consumer_evicted"},
    "grab": {"grabbed"},
    "doctor": {"finding"},
}


class FerryCase(Looking):
    def ferry(self, *arguments, code=0, **more):
        return self.end(self.start(FERRY, *map(str, arguments), **more), code)

    def said(self, *arguments, code=0, **more):
        """The lines of a verb."""
        return self.ferry(*arguments, code=code, **more).out.list()

    def told(self, *arguments, **more):
        """The objects of a verb."""
        program = self.ferry(*arguments, "--json", **more)
        self.assertEqual(program.out.list(), [])
        self.assert_documented(program.out.events(), arguments[0])
        return program.out.events()

    def assert_documented(self, items, verb):
        fields = documented()
        for item in items:
            self.assertIn(item["event"], EVENTS[verb])
            self.assertEqual(list(item), fields["ferry", item["event"]], item["event"])
            self.assertEqual(item["schema"], 1)
            self.assertRegex(item["time"], f"^{TIME}$")

    def listed(self, channel, *options):
        """The list's entry of a channel."""
        program = self.start(FERRY, "list", "--json", *options)
        if program.wait() != TIMED_OUT:  # there is none at all
            self.end(program)
        self.assert_documented(program.out.events(), "list")
        found = [item for item in program.out.events() if item["channel"] == channel]
        self.assertLessEqual(len(found), 1)
        return found[0] if found else None

    def patch(self, channel, form, where, value):
        """Writes into the object of a channel; where: an offset, or in the block if it is a pair."""
        with open(self.objects(channel)[0], "r+b") as file:
            size = file.seek(0, os.SEEK_END)
            if isinstance(where, tuple):
                file.seek(size - TRAILER_BYTES + BLOCK_OFFSET)
                where = struct.unpack("<Q", file.read(8))[0] + where[0]
            file.seek(where if where >= 0 else size + where)
            file.write(struct.pack(form, value))

    def empty_channel(self):
        channel = self.channel()
        producer = self.producer(channel, "--wait-consumer", 600, "--loop", "pattern:64x48")
        producer.err.wait_for("waiting for a consumer")
        return channel, producer

    def dead_channel(self, *arguments):
        """A channel whose producer has been killed after some frames."""
        channel = self.channel()
        producer = self.producer(channel, "--no-wait", "--loop", "--fps", 200, *(arguments or ["pattern:64x48"]))
        self.wait_frames(channel, 3)
        self.kill(producer.pid)
        return channel

    def shown(self, channel):
        """What show says, which is nothing while no channel has the name."""
        found = subprocess.run([FERRY, "show", channel, "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               timeout=STUCK_SECONDS, check=False).stdout
        return json.loads(found) if found else {}

    def wait_frames(self, channel, count):
        wait_until(lambda: (self.shown(channel).get("frames") or 0) >= count, f"there are no {count} frames")

    def wait_producer(self, channel, producer):
        """Until the channel is this producer's. The one before may be dead: for a moment no channel has the name."""
        wait_until(lambda: self.shown(channel).get("process_id") == producer.pid, "it does not come")

    def stop_between_looks(self, program, channel):
        """Stops a program that looks at the channel again and again when it has no object of it open, except for the
        frames of a producer that it keeps in sight. So it sees either all that is done meanwhile, or nothing."""
        frames, consumers = self.objects(channel)

        def is_between():
            stop_process(program.pid)
            opened = self.opened(program)
            if opened.count(frames) <= 1 and consumers not in opened:
                return True
            self.resume(program)
            return False
        wait_until(is_between, "it is never between two looks")

    def opened(self, program):
        """The files of a program that is stopped, also those whose names are gone."""
        folder = f"/proc/{program.pid}/fd"
        return [os.readlink(os.path.join(folder, name)).removesuffix(" (deleted)") for name in os.listdir(folder)]

    def plain_peer(self, channel):
        """A program that knows only the BaseImage layout; the end of its input ends it."""
        program = self.start(os.path.join(BIN, "plain_peer"), "create", channel, stdin=subprocess.PIPE)
        program.out.wait_for("^ready$")
        return program

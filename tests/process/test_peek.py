"""samples/peek looks at channels: what it says of them is right, and the calls of the system that it makes disturb
nobody."""

import os
import re
import unittest

from support import (BIN, FAILED, SANITIZERS, SHARED_MEMORY, USAGE, Case, stop_process)

PEEK = os.path.join(BIN, "peek")

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


class PeekCase(Case):
    def peek(self, *arguments, code=0):
        return self.end(self.start(PEEK, *arguments), code)

    def frozen(self, *arguments):
        """A channel with a consumer, whose producer and consumer are stopped after some frames."""
        channel = self.channel()
        producer = self.paused_producer(channel, "--wait-consumer", 60, "--fps", 200, "--loop", *arguments)
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


class Telling(PeekCase):
    def test_a_channel_and_its_consumer(self):
        channel, producer, consumer = self.frozen("--slots", 5, "pattern:70x50:nv12")
        said = self.peek(channel, "--brightness").out.list()
        self.assertRegex(said[0], rf"^{channel} +live +70x50 +nv12 +\d+ frames +1 consumers +\d+ KiB$")
        self.assertRegex(said[1], rf"^producer: ferry-producer, process {producer.pid}, 5 slots of \d+ bytes")
        self.assertRegex(said[2], rf"^consumer 0: ferry-consumer, process {consumer.pid}, every, ")
        self.assertRegex(said[3], r"^frame \d+: mean \d+\.\d{4}$")
        self.assertEqual(len(said), 4)
        lines = self.peek().out.list()
        self.assertEqual([line for line in lines if line.startswith(channel + " ")], said[:1])
        self.assertEqual(lines, sorted(lines, key=lambda line: line.split()[0].encode()))
        self.thaw(producer, consumer)

    def test_the_mean_of_a_picture(self):
        folder, made = self.write_noise("in", 1, 31, 17, 1)
        channel, producer, consumer = self.frozen(folder)
        found = re.search(r"mean (\d+\.\d+)", self.peek(channel, "--brightness").out.text())
        pixels = made[0].pixels
        self.assertAlmostEqual(float(found[1]), sum(pixels) / len(pixels), 3)
        self.thaw(producer, consumer)

    def test_a_dead_channel(self):
        channel, producer, consumer = self.frozen("pattern:64x48")
        self.kill(producer.pid)
        self.assertIn(" dead ", self.peek(channel, "--brightness").out.text())
        self.kill(consumer.pid)
        self.assertRegex(self.peek(channel).out.text(), r"consumer 0: .*, dead, ")
        self.clear_away(channel)

    def test_failures(self):
        self.assertIn("usage:", self.peek("a", "b", code=USAGE).err.text())
        self.assertIn("usage:", self.peek("a", "b", "c", code=USAGE).err.text())
        self.assertIn("name", self.peek(".bad", code=FAILED).err.text())
        channel = self.channel()
        self.assertIn(f"there is no channel {channel}", self.peek(channel, code=FAILED).err.text())


@unittest.skipIf(SANITIZERS, "a sanitizer makes calls of its own, and does not run under strace")
class Traced(PeekCase):
    def objects(self, channel):
        return [os.path.join(SHARED_MEMORY, name) for name in (channel, f"{channel}~consumers")]

    def state(self, channel):
        """What a write, or memory that is taken, would change."""
        found = [os.stat(path) for path in self.objects(channel)]
        return [(about.st_ino, about.st_size, about.st_blocks, about.st_mtime_ns, about.st_ctime_ns, about.st_mode)
                for about in found]

    def trace(self, channel, *arguments):
        """The calls that have to do with the objects."""
        path = self.path("trace")
        self.end(self.start("/usr/bin/strace", "-f", "-y", "-s", "0", "-o", path, PEEK, *arguments))
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = [line.split(" ", 1)[1].strip() for line in file]
        self.assertTrue(any(line.startswith("execve(") for line in lines), lines[:3])
        self.users_read = sum(line.startswith("openat(") and '"/etc/passwd"' in line for line in lines)
        # A list also meets objects of other programs, whose names may go while it looks.
        return [line.replace(">(deleted)", ">") for line in lines if SHARED_MEMORY in line]

    def check(self, channel, *arguments):
        before = self.state(channel)
        calls = self.trace(channel, *arguments)
        self.assertEqual(self.state(channel), before)
        for call in calls:
            self.assertTrue(any(re.match(form, call) for form in HARMLESS), call)
        return "\n".join(calls)

    def test_a_look_and_a_copy(self):
        for more in ([], ["--dialect", "baseimage"]):
            with self.subTest(more=more):
                channel = self.channel()
                # The next frame is far off: of one slot there is none to copy while it is written.
                producer = self.producer(channel, *more, "--no-wait", "--loop", "--fps", 0.01, "pattern:640x480")
                consumer = self.attached(channel, "--json")
                consumer.out.wait_count(1)
                stop_process(producer.pid)
                stop_process(consumer.pid)
                calls = self.check(channel, channel, "--brightness")
                for path in self.objects(channel):
                    self.assertIn(f"<{path}>, F_OFD_GETLK, ", calls)
                    self.assertRegex(calls, rf"pread64\(\d+<{path}>, ")
                self.assertRegex(calls, r"pread64\(.*, 921600, \d+\) = 921600")
                # By the look, which names the owner: a copy does not wait for a directory of users.
                self.assertLessEqual(self.users_read, 1)
                self.thaw(producer, consumer)

    def test_a_list(self):
        channel, producer, consumer = self.frozen("pattern:64x48")
        self.assertIn("getdents64", self.check(channel))
        self.thaw(producer, consumer)

    def test_a_dead_channel_stays_as_it_is(self):
        channel, producer, consumer = self.frozen("pattern:64x48")
        self.kill(producer.pid)
        self.kill(consumer.pid)
        self.check(channel, channel, "--brightness")
        self.clear_away(channel)


if __name__ == "__main__":
    unittest.main()

"""samples/peek looks at channels: what it says of them is right, and the calls of the system that it makes disturb
nobody."""

import os
import re
import unittest

from looking import Looking
from support import BIN, FAILED, SANITIZERS, USAGE, stop_process

PEEK = os.path.join(BIN, "peek")


class PeekCase(Looking):
    def peek(self, *arguments, code=0):
        return self.end(self.start(PEEK, *arguments), code)


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
    def check(self, channel, *arguments):
        return self.check_harmless(channel, PEEK, *arguments)

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

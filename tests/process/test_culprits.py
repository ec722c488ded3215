"""Consumers that hold a stream up, or make others lose frames: named, with what to do, and left
behind where the stream must go on."""

import os
import re
import unittest

from streams import StreamCase
from support import FAILED, STUCK_SECONDS, stop_process, wait_until

SLOTS = 8
HOLDS_UP = (r'(?m)^ferry-producer: warning: consumer "(.*)" \(process (\d+)\) holds up the stream: '
            r"it is (\d+) frames? behind; .*--latest.*--every=N.*--when-full drop.*--stall-limit")


class CulpritCase(StreamCase):
    def stream(self, channel, *arguments):
        """A producer of frames that another program writes without end."""
        reading, writing = os.pipe()
        writer = self.start("cat", "/dev/zero", stdout=writing)
        os.close(writing)
        producer = self.producer(channel, *arguments, "--raw", "100x100:gray", "-", stdin=reading)
        os.close(reading)
        self.addCleanup(writer.popen.wait)
        return producer

    def named(self, producer):
        """The processes that are said to hold the stream up."""
        return [int(pid) for _, pid, _ in re.findall(HOLDS_UP, producer.err.text())]


class StandardInput(CulpritCase):
    def test_one_that_stands_still_is_named_and_left_behind(self):
        channel = self.channel()
        going = self.consumer(channel, "--latest", "--json")
        standing = self.consumer(channel, "--every", "--json")
        for program in (going, standing):
            program.err.wait_for("waiting for a producer")
        producer = self.stream(channel)
        standing.out.wait_count(3)
        going.out.wait_count(1)
        stop_process(standing.pid)
        standing.out.drain()
        last = standing.numbers()[-1]
        name, pid, behind = producer.err.wait_for(HOLDS_UP)
        self.assertEqual((name, int(pid)), ("ferry-consumer", standing.pid))
        # The other one may have a frame in hand, if this one was too slow for the stream already
        # before it stood still.
        self.assertGreaterEqual(int(behind), SLOTS - 2)
        # Behind all the slots that it could keep. It may have taken a frame that it has not listed.
        wait_until(lambda: going.out.drain() or going.numbers()[-1] > last + 1 + SLOTS,
                   "the stream does not go on")
        self.resume(standing)
        self.end(standing, FAILED)
        self.assertIn(f"evicted from channel {channel}", standing.err.text())
        self.interrupt(producer)
        self.end(going)
        self.assertEqual(self.named(producer), [standing.pid])
        self.assertIn("1 consumer was evicted", producer.err.text())
        self.assertRegex(producer.err.text(), r"consumers delayed the stream by \d+\.\d s in total")

    def test_it_is_waited_for_as_long_as_is_wanted(self):
        channel = self.channel()
        standing = self.consumer(channel, "--every", "--json")
        standing.err.wait_for("waiting for a producer")
        producer = self.stream(channel, "--stall-limit", "never", "--quiet")
        standing.out.wait_count(3)
        stop_process(standing.pid)
        producer.err.wait_for(HOLDS_UP)  # --quiet hides no warning
        self.resume(standing)
        standing.out.wait_count(standing.numbers()[-1] + 5 * SLOTS)
        self.interrupt(producer)
        self.end(standing)
        self.assert_whole_numbers(standing.numbers(), 1, standing.numbers()[-1])
        self.assertEqual(self.named(producer), [standing.pid])

    # Its commands get their orders here, one for each frame.
    def test_one_that_is_slow_is_named_and_loses_nothing(self):
        channel = self.channel()
        for name in ("ready", "order"):
            os.mkfifo(self.path(name))
        script = "[ -e free ] && exit 0; echo >ready; read go <order"
        slow = self.consumer(channel, "--every", "--json", "--exec", f"sh -c '{script}'",
                             cwd=self.folder)
        slow.err.wait_for("waiting for a producer")
        # It takes as long for a frame as this test does, which may be busy for a while.
        producer = self.stream(channel, "--stall-limit", STUCK_SECONDS)
        while not self.named(producer):
            with open(self.path("ready"), encoding="utf-8") as ready:
                ready.read()
            with open(self.path("order"), "w", encoding="utf-8") as order:
                order.write("go\n")
        self.assertEqual(self.named(producer), [slow.pid])
        self.write("free", b"")
        # For a command that has looked before.
        kept = [os.open(self.path(name), os.O_RDWR) for name in ("ready", "order")]
        os.write(kept[1], b"go\n")
        slow.out.wait_count(len(slow.out.list()) + 2 * SLOTS)
        self.interrupt(producer)
        self.end(slow)
        for descriptor in kept:
            os.close(descriptor)
        self.assert_whole_numbers(slow.numbers(), 1, slow.numbers()[-1])
        self.assertNotIn("evicted", producer.err.text())


class Others(CulpritCase):
    # A pace that somebody has asked for, and that frames do not keep.
    def test_sources_with_a_pace(self):
        folder, _ = self.write_noise("in", 3)
        for source in (["--loop", folder], ["--when-full", "wait", "pattern:8x8"]):
            channel = self.channel()
            standing = self.consumer(channel, "--every", "--json")
            standing.err.wait_for("waiting for a producer")
            producer = self.producer(channel, "--fps", 100, "--wait-consumer", STUCK_SECONDS,
                                     *source)
            standing.out.wait_count(3)
            stop_process(standing.pid)
            producer.err.wait_for(HOLDS_UP)
            self.assertEqual(self.named(producer), [standing.pid])
            self.resume(standing)
            self.interrupt(producer)
            self.end(standing)

    # They wait as long as it lives, but say so.
    def test_files_without_a_pace(self):
        folder, _ = self.write_noise("in", 3)
        channel = self.channel()
        producer = self.producer(channel, "--fps", 0, "--loop", folder)
        standing = self.consumer(channel, "--every", "--json")
        standing.out.wait_count(3)
        stop_process(standing.pid)
        producer.err.wait_for(HOLDS_UP)
        self.resume(standing)
        self.interrupt(producer)
        self.end(standing)
        self.assertNotIn("evicted", producer.err.text())

    def test_one_that_makes_others_lose_frames(self):
        channel = self.channel()
        producer = self.producer(channel, "--fps", 100, "--wait-consumer", STUCK_SECONDS,
                                 "pattern:8x8")
        going = self.attached(channel, "--every", "--json")
        bounded = self.attached(channel, "--every=3", "--json")
        standing = self.attached(channel, "--every=all", "--json")
        standing.out.wait_count(1)
        for program in (bounded, standing):
            stop_process(program.pid)
        name, pid, behind = producer.err.wait_for(
            r'warning: consumer "(.*)" \(process (\d+)\) makes all others lose frames: it is (\d+) '
            r"frames? behind; .*--latest.*--every=N.*a shorter --stall-limit")
        self.assertEqual((name, int(pid)), ("ferry-consumer", standing.pid))
        self.assertGreaterEqual(int(behind), SLOTS - 1)
        for program in (bounded, standing):
            self.resume(program)
        self.interrupt(producer)
        for program in (going, bounded):
            self.end(program)
        self.assertIn(standing.wait(), (0, FAILED))  # it may have been evicted by then
        self.assertEqual(producer.err.text().count("makes all others lose frames"), 1)

    # Whatever such a consumer is told, the slot that it reads is missing.
    def test_two_slots(self):
        channel = self.channel()
        producer = self.producer(channel, "--slots", 2, "--fps", 100, "--wait-consumer",
                                 STUCK_SECONDS, "pattern:8x8")
        standing = self.attached(channel, "--every=all", "--json")
        standing.out.wait_count(1)
        stop_process(standing.pid)
        advice, = producer.err.wait_for(r"makes all others lose frames: (.*)")
        self.assertIn("2 slots", advice)
        self.assertIn("use --slots 3 or more", advice)
        for useless in ("--latest", "--every", "copies"):
            self.assertNotIn(useless, advice)
        self.resume(standing)
        self.interrupt(producer)
        standing.wait()


if __name__ == "__main__":
    unittest.main(verbosity=2)

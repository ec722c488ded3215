"""Consumers that are slower than a source that cannot wait: they lose frames, and nobody else does."""

import os
import re
import shlex
import unittest

from support import Case

SLOTS = 8
# More than all slots could keep.
MANY = 10 * SLOTS


class Gate:
    """Holds commands up until it is opened."""

    def __init__(self, path):
        os.mkfifo(path)
        self.path = path
        self.end = os.open(path, os.O_RDWR)  # for both, so that opening it blocks nobody

    def command(self):
        """Says that it has begun, and ends when the gate is open."""
        return shlex.join(["sh", "-c", f"echo begun; read -r line <{self.path}"])

    def open(self):
        os.write(self.end, b"\n" * 4000)


class Slow(Case):
    def gate(self):
        gate = Gate(self.path(f"gate-{Case.serial}"))
        self.addCleanup(os.close, gate.end)
        return gate

    def camera(self, channel, *arguments):
        return self.producer(channel, "--fps", 100, "--wait-consumer", 600, *arguments,
                             "pattern:64x48")

    def frames_after(self, consumer, count):
        """Waits for so many more frames than it has listed by now."""
        consumer.out.wait_count(len(consumer.records()) + count)

    def dropped(self, producer):
        return int(re.findall(r"(\d+) dropped$", producer.err.text(), re.MULTILINE)[-1])

    # A machine that is busy can be too slow for the consumer beside it too: then it is tried anew.
    def test_a_slow_recorder_skips_alone(self):
        for choice, behind in (("--every", SLOTS - 2), ("--every=3", 3), ("--every=1", 1)):
            with self.subTest(choice):
                self.assertTrue(any(self.skips_alone(choice, behind) for _ in range(20)))

    def skips_alone(self, choice, behind):
        """False: frames were dropped, which the consumer beside it can be to blame for."""
        channel, gate = self.channel(), self.gate()
        producer = self.camera(channel, "--stall-limit", "never")
        slow = self.consumer(channel, choice, "--exec", gate.command())
        slow.out.wait_for("begun")
        others = [self.attached(channel, "--every=all", "--json"),
                  self.attached(channel, "--latest", "--json")]
        for other in others:
            self.frames_after(other, MANY)
        gate.open()
        slow.err.wait_for(rf"more than {behind} frames behind and skips some.*"
                          "--every=all")
        self.interrupt(producer)
        for program in (slow, *others):
            self.end(program)
        numbers = others[0].numbers()
        self.assert_whole_numbers(numbers, numbers[0], numbers[-1])
        skipped = int(re.findall(r"received, (\d+) skipped", slow.err.text())[0])
        self.assertGreaterEqual(skipped, MANY - SLOTS)
        return self.dropped(producer) == 0

    def test_the_sums_of_a_slow_recorder_add_up(self):
        channel, gate = self.channel(), self.gate()
        producer = self.camera(channel)
        slow = self.consumer(channel, "--save", self.path("out"), "--exec", gate.command())
        slow.out.wait_for("begun")
        other = self.attached(channel, "--latest", "--json")
        self.frames_after(other, MANY)
        gate.open()
        sent = self.finish(producer)
        self.end(slow)
        self.end(other)
        received, skipped = map(int, re.findall(r"(\d+) frames? received, (\d+) skipped",
                                                slow.err.text())[0])
        self.assertGreater(skipped, 0)
        self.assertEqual(len(self.saved("out", channel)), received)
        self.assertLessEqual(received + skipped, sent)

    def test_viewers_that_work_long_hold_no_slots(self):
        for slots, count in ((SLOTS, 10), (2, 1), (3, 5)):
            with self.subTest(slots=slots):
                channel, gate = self.channel(), self.gate()
                producer = self.camera(channel, "--slots", slots)
                viewers = [self.consumer(channel, "--latest", "--exec", gate.command())
                           for _ in range(count)]
                for viewer in viewers:
                    viewer.out.wait_for("begun")
                other = self.attached(channel, "--every", "--json")
                self.frames_after(other, MANY)
                gate.open()
                self.interrupt(producer)
                for program in (*viewers, other):
                    self.end(program)
                sent = int(producer.err.wait_for(r"(\d+) frames? sent")[0])
                # A copy takes a moment, in which a frame may be lost on a channel of two slots.
                self.assertLessEqual(self.dropped(producer), sent // 4)


if __name__ == "__main__":
    unittest.main(verbosity=2)

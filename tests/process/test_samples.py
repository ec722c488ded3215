"""The samples, with real producers: what they compute is right, and they end as they should."""

import os
import signal
import subprocess
import unittest

import pictures
from support import BIN, FAILED, USAGE, Case, has_mapped, process_state, wait_attached, wait_until

LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601: red, green, blue
LEVELS = range(256)


def gray_of(picture):
    """The brightness of each pixel, by this file's own arithmetic."""
    if picture.channels == 1:
        return list(picture.pixels[::picture.depth // 8])  # of 16 bits the upper ones
    step = picture.channels
    return [sum(k * v for k, v in zip(LUMA, picture.pixels[at:at + 3]))
            for at in range(0, len(picture.pixels), step)]


def histogram_of(values):
    counts = [0] * 256
    for value in values:
        counts[min(255, int(value + 0.5))] += 1
    return counts


def distance(one, other):
    """How far the pixels of one histogram have to go, on average, to make the other."""
    moved = carried = 0
    for a, b in zip(one, other):
        carried += a - b
        moved += abs(carried)
    return moved / sum(one)


class SampleCase(Case):
    def sample(self, name, *arguments, **more):
        return self.start(os.path.join(BIN, name), *arguments, **more)

    def paused_pattern(self, channel, *arguments):
        return self.paused_producer(channel, "--wait-consumer", 60, *arguments)

    def attached_sample(self, name, channel, **more):
        program = self.sample(name, channel, **more)
        wait_attached(program.pid, channel)
        return program


class Brightness(SampleCase):
    def measure(self, *source):
        """What brightness says of each picture, and what a consumer saved of it."""
        channel = self.channel()
        producer = self.paused_pattern(channel, "--fps", 0, *source)
        program = self.attached_sample("brightness", channel)
        saving = self.attached(channel, "--every", "--save", self.path(channel))
        self.resume(producer)
        for each in (producer, saving, program):
            self.end(each)
        records = {record["frame"]: record for record in program.records()}
        return records, self.saved(channel, channel)

    def check(self, record, values, tolerance):
        histogram = record["histogram"]
        self.assertEqual(len(histogram), 256)
        self.assertEqual(sum(histogram), len(values))
        mean = sum(level * count for level, count in zip(LEVELS, histogram)) / len(values)
        self.assertAlmostEqual(record["mean"], mean, 3)
        self.assertAlmostEqual(record["mean"], sum(values) / len(values), delta=tolerance + 0.01)
        self.assertLessEqual(distance(histogram, histogram_of(values)), tolerance)

    def test_gray_pictures_to_the_byte(self):
        folder, made = self.write_noise("in", 5, 31, 17, 1)
        flat = pictures.Picture(9, 5, 1, bytes([200]) * 45)
        made.append(flat)
        self.write("in/6.png", pictures.png(flat))
        records, _ = self.measure(folder)
        self.assertEqual(sorted(records), [1, 2, 3, 4, 5, 6])
        for number, picture in enumerate(made, 1):
            self.assertEqual(records[number]["histogram"], histogram_of(picture.pixels))
            self.check(records[number], list(picture.pixels), 0)
        self.assertEqual(records[6]["mean"], 200)

    def test_pictures_in_colour(self):
        for channels in (3, 4):
            folder, made = self.write_noise(f"in{channels}", 3, 40, 25, channels)
            records, _ = self.measure(folder)
            self.assertEqual(sorted(records), [1, 2, 3])
            for number, picture in enumerate(made, 1):
                self.check(records[number], gray_of(picture), 0.05)

    def test_every_named_format(self):
        for name in ("gray", "gray16le", "bgr24", "rgb24", "bgra", "rgba",
                     "yuyv422", "nv12", "yuv420p", "rgb565le"):
            with self.subTest(format=name):
                records, saved = self.measure("--count", 3, f"pattern:70x50:{name}")
                self.assertEqual(sorted(records), [1, 2, 3])
                for number, record in records.items():
                    values = gray_of(saved[number])
                    if "yuv" in name or name == "yuyv422" or name == "nv12":
                        values = [16 + value * 219 / 255 for value in values]
                    self.check(record, values, 0.7)

    def test_one_slot(self):
        channel = self.channel()
        producer = self.producer(channel, "--dialect", "baseimage", "--fps", 0, "--count", 1,
                                 "--wait-consumer", 60, "pattern:32x16:gray")
        program = self.end(self.sample("brightness", channel))
        self.end(producer)
        self.assertEqual([r["frame"] for r in program.records()], [1])
        self.assertEqual(sum(program.records()[0]["histogram"]), 32 * 16)

    def test_failures(self):
        self.assertIn("usage:", self.end(self.sample("brightness"), USAGE).err.text())
        self.assertIn("name", self.end(self.sample("brightness", ".bad"), FAILED).err.text())
        channel = self.channel()
        producer = self.paused_pattern(channel, "pattern:32x16")
        program = self.attached_sample("brightness", channel)
        self.kill(producer.pid)
        self.assertIn("died", self.end(program, FAILED).err.text())


class Events(SampleCase):
    def test_to_the_end_of_the_stream(self):
        folder, _ = self.write_noise("in", 30, 12, 7)
        channel = self.channel()
        producer = self.paused_producer(channel, "--fps", 0, "--loop", "--count", 300, folder)
        program = self.attached_sample("events", channel, stdin=subprocess.PIPE)
        self.resume(producer)
        self.end(producer)
        self.end(program)
        self.assertEqual(program.out.list(), [f"frame {i}: 12 x 7" for i in range(1, 301)])

    def test_standard_input_that_is_at_its_end(self):
        channel = self.channel()
        producer = self.producer(channel, "--fps", 100, "--count", 20, "--wait-consumer", 60,
                                 "--when-full", "wait", "pattern:64x48")
        program = self.end(self.sample("events", channel))
        self.end(producer)
        self.assertEqual(program.out.list()[-1], "frame 20: 64 x 48")

    def test_quit(self):
        channel = self.channel()
        producer = self.producer(channel, "--fps", 50, "pattern:64x48")
        program = self.sample("events", channel, stdin=subprocess.PIPE)
        program.out.wait_count(3)
        for piece in (b"quite\nno quit\n", b"q", b"uit"):
            program.popen.stdin.write(piece)
            program.popen.stdin.flush()
        program.out.wait_count(len(program.out.list()) + 3)  # none of these was "quit"
        program.popen.stdin.write(b"\n")
        program.popen.stdin.flush()
        self.end(program)
        self.interrupt(producer)

    def test_quit_while_nothing_comes(self):
        channel = self.channel()
        producer = self.paused_pattern(channel, "pattern:64x48")
        program = self.attached_sample("events", channel, stdin=subprocess.PIPE)
        program.popen.stdin.write(b"quit\n")
        program.popen.stdin.flush()
        self.assertEqual(self.end(program).out.list(), [])
        self.resume(producer)
        self.interrupt(producer)

    def test_a_producer_that_dies_while_the_loop_waits(self):
        channel = self.channel()
        producer = self.paused_pattern(channel, "pattern:64x48")
        program = self.attached_sample("events", channel, stdin=subprocess.PIPE)
        self.kill(producer.pid)
        self.assertIn("died", self.end(program, FAILED).err.text())

    def test_one_slot(self):
        channel = self.channel()
        producer = self.producer(channel, "--dialect", "baseimage", "--fps", 50,
                                 "--wait-consumer", 60, "pattern:64x48")
        program = self.sample("events", channel)
        program.out.wait_count(5)
        self.interrupt(producer, signal.SIGTERM)
        self.end(program)
        self.end(self.sample("events"), USAGE)


class Reattach(SampleCase):
    def test_from_one_producer_to_the_next(self):
        channel = self.channel()
        program = self.sample("reattach", channel)
        for _ in range(2):
            self.end(self.producer(channel, "--wait-consumer", 60, "--fps", 0, "--count", 1,
                                   "--when-full", "wait", "pattern:64x48"))
        program.out.wait_count(6)
        self.interrupt(program)
        lines = program.out.list()
        self.assertEqual(lines[1:3], ["frame 1: 64 x 48", "end of stream"])
        self.assertEqual(lines[4:], lines[1:3])
        for line in lines[0], lines[3]:
            self.assertRegex(line, "^another producer: [0-9a-f]{16}$")
        self.assertNotEqual(lines[0], lines[3])

    def test_ctrl_c_while_a_stream_goes_on(self):
        channel = self.channel()
        producer = self.paused_pattern(channel, "pattern:64x48")
        program = self.attached_sample("reattach", channel)
        self.interrupt(program)
        self.assertEqual(program.out.list(), [])
        self.resume(producer)
        self.interrupt(producer)

    def test_ctrl_c_while_there_is_no_producer(self):
        channel = self.channel()
        program = self.sample("reattach", channel)
        wait_until(lambda: process_state(program.pid) == "S" and self.catches_interrupts(program),
                   "it does not wait")
        self.interrupt(program, signal.SIGTERM)

    def catches_interrupts(self, program):
        with open(f"/proc/{program.pid}/status", encoding="ascii") as status:
            caught = next(line.split()[1] for line in status if line.startswith("SigCgt"))
        return int(caught, 16) >> signal.SIGTERM - 1 & 1 == 1

    def test_a_producer_that_dies(self):
        channel = self.channel()
        producer = self.paused_pattern(channel, "pattern:64x48")
        program = self.attached_sample("reattach", channel)
        self.kill(producer.pid)
        program.out.wait_count(1)
        self.assertEqual(program.out.list(), ["producer lost"])
        self.interrupt(program)

    def test_failures(self):
        self.assertIn("usage:", self.end(self.sample("reattach"), USAGE).err.text())
        self.assertIn("name", self.end(self.sample("reattach", ".bad"), FAILED).err.text())


class Hello(SampleCase):
    def test_both_of_them(self):
        channel = self.channel()
        consumer = self.sample("hello_consumer", channel)
        # This producer waits for nobody, and may be through before a consumer is there.
        while consumer.is_running():
            producer = self.end(self.sample("hello_producer", channel))
            wait_until(lambda: not consumer.is_running() or self.is_waiting(consumer, channel),
                       f"it neither ends nor waits: {producer.describe()}")
        lines = self.end(consumer).out.list()
        self.assertRegex(lines[-1], r"^frame 100: 320 x 240, mean 1\d\d\.\d\d$")

    def is_waiting(self, consumer, channel):
        """Whether it waits for a producer, since it has not found one."""
        return process_state(consumer.pid) == "S" and not has_mapped(consumer.pid, f"/{channel}")


if __name__ == "__main__":
    unittest.main()

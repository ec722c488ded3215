"""What goes in comes out: pictures from files and patterns, in every format and many sizes."""

import os
import shutil
import unittest

import pictures
from support import CONSUMER, FAILED, SHARED_MEMORY, SOURCE, Case

PAGE = 4096
HEADER = 16

# Bytes of a pixel; those of formats with more than one plane, or with shared samples, are below.
PACKED = {"gray": 1, "gray16le": 2, "bgr24": 3, "rgb24": 3, "bgra": 4, "rgba": 4,
          "rgb565le": 2}
FORMATS = [*PACKED, "yuyv422", "nv12", "yuv420p"]

BARS = [(191, 191, 191), (191, 191, 0), (0, 191, 191), (0, 191, 0),
        (191, 0, 191), (191, 0, 0), (0, 0, 191), (0, 0, 0)]


def half(value):
    return (value + 1) // 2


def stride_and_length(name, width, height):
    """As frame.h documents them, without padding."""
    if name in PACKED:
        stride = width * PACKED[name]
        return stride, stride * height
    if name == "yuyv422":
        stride = half(width) * 4
        return stride, stride * height
    # A plane of luma, and a pair of chroma samples for two columns of two rows.
    return width, width * height + half(height) * half(width) * 2


class Files(Case):
    # A folder of 24 pictures to a consumer that the producer starts itself.
    def test_the_main_job(self):
        channel = self.channel()
        launch = self.launch(CONSUMER, "--save", self.path("out"))
        program = self.end(self.producer(channel, "--fps", 0, *launch,
                                         os.path.join(SOURCE, "samples/images")))
        expected = {i: pictures.read_png(os.path.join(SOURCE, f"samples/images/ferry-{i}.png"))
                    for i in range(1, 25)}
        self.assert_pictures(self.saved("out", channel), expected)
        self.assertRegex(program.err.text(),
                         r"(?m)^ferry-producer: 24 frames sent in .*, 0 dropped")
        self.assertRegex(program.err.text(),
                         r"(?m)^ferry-consumer: 24 frames received, 0 skipped, 24 saved in ")
        self.assertRegex(program.err.text(), r"process \d+\) ended with exit code 0\n")

    # Each frame has another size and format than the one before, too.
    def test_pixels_survive_whatever_the_size(self):
        sizes = [(1, 1), (1, 7), (640, 2), (3, 1), (2, 2), (5, 3), (255, 4), (17, 9), (64, 64),
                 (4097, 1), (1, 4097), (99, 101)]
        expected = {}
        for width, height in sizes:
            for channels in (1, 3, 4):
                number = len(expected) + 1
                picture = pictures.noise(width, height, channels, number)
                self.write(f"in/{number}.png", pictures.png(picture))
                expected[number] = picture
        for channels in (3, 1):
            number = len(expected) + 1
            expected[number] = pictures.noise(1001, 701, channels, number)
            self.write(f"in/{number}.pnm", pictures.pnm(expected[number]))
        channel = self.channel()
        consumer = self.consumer(channel, "--save", self.path("out"), "--json")
        self.end(self.producer(channel, "--fps", 0, self.path("in")))
        self.end(consumer)
        self.assert_pictures(self.saved("out", channel), expected)
        for record in consumer.records():
            picture = expected[record["frame"]]
            name = pictures.FORMATS[picture.channels]
            self.assertEqual((record["width"], record["height"], record["format"]),
                             (picture.width, picture.height, name))
            self.assertEqual((record["stride"], record["bytes"]),
                             stride_and_length(name, picture.width, picture.height))

    def test_files_come_as_people_sort_them(self):
        order = ["img1.png", "IMG2.png", "img03.png", "img10.png", "img10b.png", "img20.png",
                 "other1.png", "other11.png"]
        made = {}
        for i, name in enumerate(order):
            made[i + 1] = pictures.noise(4, 4, 3, name)
        for i in (7, 2, 5, 0, 3, 6, 1, 4):  # as they lie in the folder
            self.write(f"in/{order[i]}", pictures.png(made[i + 1]))
        self.write("in/.hidden.png", b"no picture")
        channel = self.channel()
        consumer = self.consumer(channel, "--save", self.path("out"))
        producer = self.end(self.producer(channel, "--fps", 0, self.path("in")))
        self.end(consumer)
        self.assert_pictures(self.saved("out", channel), made)
        self.assertNotIn("skipped:", producer.err.text())
        os.unlink(self.path("in/.hidden.png"))

    def test_sources_come_in_the_order_of_the_command_line(self):
        first, one = self.write_noise("b", 2)
        second, two = self.write_noise("a", 2)
        single = pictures.noise(3, 3, 1, "single")
        path = self.write("single.png", pictures.png(single))
        channel = self.channel()
        consumer = self.consumer(channel, "--save", self.path("out"))
        self.end(self.producer(channel, "--fps", 0, first, path, second))
        self.end(consumer)
        self.assert_pictures(self.saved("out", channel),
                             dict(enumerate([*one, single, *two], start=1)))

    def test_loop_and_count(self):
        folder, made = self.write_noise("in", 3)
        for count, loop in ((8, ["--loop"]), (2, []), (2, ["--loop"]), (9, [])):
            channel = self.channel()
            consumer = self.consumer(channel, "--save", self.path("out"))
            self.end(self.producer(channel, "--fps", 0, "--count", count, *loop, folder))
            self.end(consumer)
            sent = count if loop else min(count, len(made))
            self.assert_pictures(self.saved("out", channel),
                                 {i + 1: made[i % 3] for i in range(sent)})
            shutil.rmtree(self.path("out"))

    def test_a_loop_over_one_file(self):
        folder, made = self.write_noise("in", 1)
        channel = self.channel()
        consumer = self.consumer(channel, "--save", self.path("out"))
        self.end(self.producer(channel, "--fps", 0, "--count", 5, "--loop", folder))
        self.end(consumer)
        self.assert_pictures(self.saved("out", channel), {i: made[0] for i in range(1, 6)})


class Slots(Case):
    def send(self, capacity, *source):
        """Returns the producer; the consumer's records are in self.records. A producer that has sent nothing has made
        no channel, and the consumer waits for one."""
        channel = self.channel()
        consumer = self.consumer(channel, "--json", "--every", "--save", self.path("out"))
        producer = self.producer(channel, "--fps", 0, "--capacity", capacity, "--count", 2,
                                 "--wait-consumer", 600, *source)
        code = producer.wait()
        if " frames sent" not in producer.err.text() and " frame sent" not in producer.err.text():
            self.interrupt(consumer)
        self.end(consumer)
        self.records = consumer.records()
        return producer, code

    def test_a_slot_can_be_full_to_the_last_byte(self):
        for pages, width, height in ((2, 146, 56), (16, 840, 78), (1, 24, 170)):
            capacity = pages * PAGE
            self.assertEqual(width * height, capacity - HEADER)
            self.end(self.send(capacity, f"pattern:{width}x{height}:gray")[0])
            self.assertEqual([r["bytes"] for r in self.records], [capacity - HEADER] * 2)
            picture = pictures.noise(width, height, 1, pages)
            path = self.write(f"{pages}.pgm", pictures.pnm(picture))
            self.end(self.send(capacity, path)[0])
            self.assertEqual([r["bytes"] for r in self.records], [capacity - HEADER])
            saved = pictures.read_png(self.records[0]["file"])
            self.assertTrue(saved == picture, f"{saved} is not {picture}")

    def test_one_pixel_more_and_the_capacity_that_would_do(self):
        capacity = 2 * PAGE
        path = self.write("much.pgm", pictures.pnm(
            pictures.noise(capacity - HEADER + 1, 1, 1, "much")))
        for source in (path, f"pattern:{capacity - HEADER + 1}x1:gray"):
            producer, code = self.send(capacity, source)
            self.assertEqual(code, FAILED, producer.describe())
            advice = producer.err.wait_for(r"use --capacity (\d+)")
            self.assertIn(os.path.basename(source), producer.err.text())
            self.assertEqual(self.records, [])
            self.end(self.send(advice[0], source)[0])
            self.assertEqual(self.records[0]["bytes"], capacity - HEADER + 1)

    def test_a_picture_that_does_not_fit_is_left_out(self):
        fitting = pictures.noise(10, 10, 3, "fitting")
        self.write("in/1.png", pictures.png(fitting))
        self.write("in/2.png", pictures.png(pictures.noise(64, 64, 3, "large")))
        self.write("in/3.png", pictures.png(fitting))
        producer = self.end(self.send(PAGE, self.path("in"))[0], FAILED)
        self.assertRegex(producer.err.text(), r"skipped: \S*/2\.png: 64 x 64 .*--capacity 16384\n")
        self.assertEqual([(r["frame"], r["width"]) for r in self.records], [(1, 10), (2, 10)])

    # 33,554,432 bytes with the header: 2048 x 4096 pixels of 4 bytes do not fit any more.
    def test_the_default_slot(self):
        channel = self.channel()
        producer = self.end(self.producer(channel, "--no-wait", "--capacity", "32M",
                                          "pattern:2048x4096:bgra"), FAILED)
        self.assertIn("use --capacity 33558528", producer.err.text())
        # Without the option the slots are as large as the source needs.
        for size, length in (("4096x2047", 4096 * 2047 * 4), ("2048x4096", 2048 * 4096 * 4)):
            room = os.statvfs(SHARED_MEMORY)
            if room.f_bavail * room.f_frsize < 1.25 * length:
                self.skipTest(f"{SHARED_MEMORY} has no room for such a frame")
            consumer = self.consumer(channel, "--json", "--every")
            # One only: containers often have no room for two.
            self.end(self.producer(channel, "--fps", 0, "--count", 1, "--wait-consumer", 600,
                                   f"pattern:{size}:bgra"))
            self.end(consumer)
            self.assertEqual([r["bytes"] for r in consumer.records()], [length])


class Patterns(Case):
    def receive(self, text):
        channel = self.channel()
        consumer = self.consumer(channel, "--json", "--save", self.path("out"))
        self.end(self.producer(channel, "--fps", 0, "--count", 2, "--wait-consumer", 600, text))
        self.end(consumer)
        return consumer.records()

    def test_stride_and_length_of_every_format(self):
        for width, height in ((7, 5), (1, 1), (8, 6), (6, 3), (33, 2)):
            for name in FORMATS:
                records = self.receive(f"pattern:{width}x{height}:{name}")
                stride, length = stride_and_length(name, width, height)
                for number, record in enumerate(records, start=1):
                    described = {key: record[key] for key in
                                 ("frame", "width", "height", "format", "stride", "bytes")}
                    self.assertEqual(described, {
                        "frame": number, "width": width, "height": height, "format": name,
                        "stride": stride, "bytes": length})
                    picture = pictures.read_png(record["file"])
                    self.assertEqual((picture.width, picture.height), (width, height))
                self.assertEqual(len(records), 2)

    def test_the_default_format(self):
        self.assertEqual([r["format"] for r in self.receive("pattern:4x4")], ["rgb24"] * 2)

    def check_colours(self, picture, tolerance):
        for i, bar in enumerate(BARS):
            pixel = picture.pixel(20 * i + 10, 84)
            for value, expected in zip(pixel, bar):
                self.assertAlmostEqual(value, expected, delta=tolerance, msg=f"bar {i}: {pixel}")
            if picture.channels == 4:
                self.assertEqual(pixel[3], 255)

    def check_gray(self, picture):
        levels = [picture.pixel(20 * i + 10, 84)[0] for i in range(8)]
        self.assertEqual(levels, sorted(levels, reverse=True))
        self.assertEqual(len(set(levels)), 8)
        self.assertAlmostEqual(levels[0], 191, delta=3)
        self.assertEqual(levels[-1], 0)

    def test_every_format_shows_bars_a_ramp_a_box_and_a_number(self):
        for name in FORMATS:
            record = self.receive(f"pattern:160x120:{name}")[0]
            picture = pictures.read_png(record["file"])
            channels = {"gray": 1, "gray16le": 1, "bgra": 4, "rgba": 4}.get(name, 3)
            self.assertEqual(picture[:3], (160, 120, channels))
            if channels == 1:
                self.check_gray(picture)
            else:
                exact = name in PACKED and name != "rgb565le"  # in others, levels are rounded
                self.check_colours(picture, 0 if exact else 4)
            ramp = [picture.pixel(x, 110)[0] for x in range(160)]
            for x, level in enumerate(ramp):
                self.assertAlmostEqual(level, x * 255 / 159, delta=6 if name == "rgb565le" else 4)
            self.assertAlmostEqual(picture.pixel(10, 20)[0], 255, delta=3)  # the box
            self.assertAlmostEqual(picture.pixel(3, 3)[0], 0, delta=3)  # around the number
            self.assertAlmostEqual(picture.pixel(5, 5)[0], 255, delta=3)  # in its first digit, 0

    def test_the_picture_moves(self):
        records = self.receive("pattern:160x120")
        one, two = (pictures.read_png(record["file"]) for record in records)
        self.assertNotEqual(one, two)
        self.assertEqual((two.pixel(24, 20), one.pixel(24, 20)[0]), ((255, 255, 255), 191))


if __name__ == "__main__":
    unittest.main(verbosity=2)

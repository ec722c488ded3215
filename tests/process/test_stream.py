"""Frames from standard input, YUV4MPEG2 and raw ones: pipes, files and sockets, at any speed."""

import mmap
import os
import re
import socket
import struct
import unittest

import pictures
from streams import StreamCase, frame_bytes, gray, half, noise, numbered, y4m
from support import SHARED_MEMORY

PAGE = 4096


class Whole(StreamCase):
    def test_y4m(self):
        for width, height, count in ((1, 1, 50), (16, 12, 20), (7, 5, 30), (641, 479, 3)):
            made = gray(width, height, count, "y4m")
            data = y4m(width, height, [picture.pixels for picture in made])
            producer, records, found = self.transfer(data)
            self.assert_pictures(found, numbered(made))
            self.assertEqual({r["format"] for r in records}, {"gray"})
            self.assertIn(f"{count} frames sent", producer.err.text())
            # Nothing else is said but where the consumer was slow, as on a busy machine.
            said = [line for line in producer.err.list()
                    if not re.search("waiting for a consumer|the stream up", line)]
            self.assertEqual(len(said), 1, said)

    def test_lines_with_parameters(self):
        made = gray(8, 6, 4, "lines")
        for line in (b"FRAME Ixyz\n", b"FRAME \n", b"FRAME It XFRAME " + b"x" * 900 + b"\n"):
            data = y4m(8, 6, [picture.pixels for picture in made],
                       "XCOLORRANGE=FULL Qx Cmono Xfoo=bar A4:3 F50:0", line)
            self.assert_pictures(self.transfer(data)[2], numbered(made))

    def test_color_range(self):
        luma = bytes(range(256))
        made = {}
        for name in ("FULL", "LIMITED"):
            for kind, chroma in (("420jpeg", 128), ("422", 256)):
                data = y4m(16, 16, [luma + b"\x80" * chroma], f"F0:0 C{kind} XCOLORRANGE={name}")
                _, records, found = self.transfer(data)
                self.assertEqual(records[0]["format"], "yuv422p" if kind == "422" else "yuv420p")
                made[kind, name] = [found[1].pixel(v % 16, v // 16) for v in range(256)]
        for kind in ("420jpeg", "422"):
            self.assertEqual(made[kind, "FULL"], [(v, v, v) for v in range(256)])
            limited = made[kind, "LIMITED"]
            self.assertEqual(set(limited[:17]), {(0, 0, 0)})
            self.assertEqual(set(limited[235:]), {(255, 255, 255)})
            self.assertTrue(all(v[0] > 255 // 3 for v in limited[128:]))

    def test_raw(self):
        for name, channels in (("gray", 1), ("rgb24", 3), ("rgba", 4), ("bgr24", 3), ("bgra", 4)):
            for width, height, count in ((1, 1, 40), (9, 7, 11), (321, 243, 3)):
                made = [pictures.noise(width, height, channels, f"{name} {i}")
                        for i in range(count)]
                stored = map(pictures.reversed_colours, made) if name[0] == "b" else made
                data = b"".join(picture.pixels for picture in stored)
                _, records, found = self.transfer(data, "--raw", f"{width}x{height}:{name}")
                self.assert_pictures(found, numbered(made))
                self.assertEqual({r["format"] for r in records}, {name})

    def test_from_a_file_and_a_socket(self):
        made = gray(32, 20, 5, "file")
        data = y4m(32, 20, [picture.pixels for picture in made])
        for kind in ("file", "socket"):
            channel = self.channel()
            consumer = self.consumer(channel, "--every", "--save", self.path(channel))
            if kind == "file":
                with open(self.write("film.y4m", data), "rb") as file:
                    producer = self.producer(channel, "-", stdin=file)
            else:
                ours, theirs = socket.socketpair()
                producer = self.producer(channel, "-", stdin=theirs)
                theirs.close()
                with ours:
                    ours.sendall(data)
            self.end(producer)
            self.end(consumer)
            self.assert_pictures(self.saved(channel, channel), numbered(made))

    # Lines and pixels in pieces of one byte. The pipe has no room for two.
    def test_byte_by_byte(self):
        made = gray(6, 4, 3, "slow")
        data = y4m(6, 4, [picture.pixels for picture in made])
        raw = b"".join(picture.pixels for picture in made)
        for bytes_sent, arguments in ((data, []), (raw, ["--raw", "6x4:gray"])):
            channel = self.channel()
            consumer = self.consumer(channel, "--every", "--save", self.path(channel))
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            producer = self.producer(channel, *arguments, "-", stdin=theirs)
            theirs.close()
            with ours:
                for value in bytes_sent:  # packets: no read gets more than one
                    ours.send(bytes([value]))
            self.end(producer)
            self.end(consumer)
            self.assert_pictures(self.saved(channel, channel), numbered(made))

    def test_a_frame_comes_when_it_is_whole(self):
        made = gray(40, 30, 3, "live")
        for arguments, header, line in (([], y4m(40, 30, []), b"FRAME\n"),
                                        (["--raw", "40x30:gray"], b"", b"")):
            channel = self.channel()
            consumer = self.consumer(channel, "--every", "--json")
            producer = self.pipe(channel, *arguments)
            self.put(producer, header)
            for number, picture in enumerate(made, 1):
                self.put(producer, line + picture.pixels)
                consumer.out.wait_count(number)
            producer.popen.stdin.close()
            self.end(producer)
            self.end(consumer)
            self.assert_whole_numbers(consumer.numbers(), 1, 3)

    def test_capture_times(self):
        made = gray(64, 48, 5, "times")
        _, records, _ = self.transfer(y4m(64, 48, [picture.pixels for picture in made]))
        times = [record["capture_ns"] for record in records]
        self.assertEqual(times, sorted(times))
        self.assertTrue(all(0 < r["capture_ns"] < r["publish_ns"] for r in records), records)

    # What a frame becomes before it is stored is what has to fit.
    def test_in_another_format(self):
        made = gray(20, 10, 3, "format")
        data = y4m(20, 10, [picture.pixels for picture in made])
        _, records, found = self.transfer(data, "--format", "bgra", "--row-align", 64)
        self.assertEqual([(r["format"], r["stride"]) for r in records], [("bgra", 128)] * 3)
        self.assertEqual(sorted(found), [1, 2, 3])
        for number, picture in numbered(made).items():
            self.assertEqual(found[number].pixels,
                             b"".join(bytes((v, v, v, 255)) for v in picture.pixels))
        line = self.refuse(data, "--format", "bgra", "--capacity", "4080", "--row-align", 512)
        self.assertIn("use --capacity 8192", line)

    def test_interlaced(self):
        made = gray(8, 6, 3, "interlaced")
        for letter, warnings in (("t", 1), ("b", 1), ("m", 1), ("p", 0), ("?", 0)):
            data = y4m(8, 6, [picture.pixels for picture in made], f"F0:0 I{letter} Cmono")
            producer, _, found = self.transfer(data)
            self.assert_pictures(found, numbered(made))
            self.assertEqual(producer.err.text().count("warning: standard input: the film is interl"),
                             warnings)


class InMemory(StreamCase):
    """Byte for byte what lies in the channel, for formats that no picture file has. The first frame
    is in the first slot, whose pixels begin on the second page (docs/layout.md)."""

    def first_frame(self, data, *arguments):
        channel = self.channel()
        producer = self.pipe(channel, *arguments)
        consumer = self.consumer(channel, "--json", "--count", 1)
        self.feed(producer, data, close=False)
        self.end(consumer)
        with open(os.path.join(SHARED_MEMORY, channel), "rb") as file:
            with mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as memory:
                length, width, height, bits = struct.unpack_from("<4i", memory, PAGE - 16)
                pixels = memory[PAGE:PAGE + length]
        self.interrupt(producer)
        return consumer.records()[0], (width, height, bits), pixels

    def test_y4m(self):
        for kind, name, bits in (("420jpeg", "yuv420p", 12), ("420mpeg2", "yuv420p", 12),
                                 ("420paldv", "yuv420p", 12), ("420", "yuv420p", 12),
                                 ("422", "yuv422p", 16), ("444", "yuv444p", 24), ("mono10", "gray10le", 16),
                                 ("mono12", "gray12le", 16), ("mono16", "gray16le", 16)):
            for width, height in ((16, 8), (7, 5), (1, 1), (642, 361)):
                picture = noise(frame_bytes(kind, width, height), f"{kind} {width}")
                data = y4m(width, height, [picture], f"C{kind} Ip F25:1")
                record, header, pixels = self.first_frame(data)
                self.assertTrue(pixels == picture, (kind, width, height))
                self.assertEqual(header, (width, height, bits))
                self.assertEqual((record["format"], record["bytes"]), (name, len(picture)))

    def test_ten_bits(self):
        """Planes of the lower 10 bits become those of p010le, which has the upper ones and U V in pairs."""
        for width, height in ((16, 8), (7, 5), (1, 1)):
            luma, chroma = width * height, half(width) * half(height)
            words = [value % 1024 for value in struct.unpack(f"<{luma + 2 * chroma}H", noise(
                2 * (luma + 2 * chroma), f"ten {width}"))]
            data = y4m(width, height, [struct.pack(f"<{len(words)}H", *words)], "C420p10 Ip F25:1")
            record, _, pixels = self.first_frame(data)
            pairs = [word for pair in zip(words[luma:luma + chroma], words[luma + chroma:]) for word in pair]
            stored = struct.pack(f"<{len(words)}H", *(word << 6 for word in words[:luma] + pairs))
            self.assertEqual(record["format"], "p010le")
            self.assertTrue(pixels == stored, (width, height))

    def test_raw(self):
        for name in ("yuyv422", "nv12", "yuv420p", "gray16le", "rgb565le"):
            for width, height in ((16, 8), (7, 5), (1, 1), (642, 361)):
                count = {"yuyv422": 4 * half(width) * height, "gray16le": 2 * width * height,
                         "rgb565le": 2 * width * height}.get(
                    name, frame_bytes("420", width, height))
                picture = noise(count, f"{name} {width}")
                record, header, pixels = self.first_frame(picture, "--raw",
                                                          f"{width}x{height}:{name}")
                self.assertTrue(pixels == picture, (name, width, height))
                self.assertEqual(header[:2], (width, height))
                self.assertEqual(record["format"], name)


class Dialect(StreamCase):
    """Programs that know only the layout see bits for each pixel, and expect blue first."""

    def show(self, data, *arguments):
        """The one picture that is there: its header and its pixels."""
        channel = self.channel()
        producer = self.pipe(channel, "--dialect", "baseimage", "--no-wait", *arguments)
        consumer = self.consumer(channel, "--json", "--count", 1)
        self.feed(producer, data, close=False)
        self.end(consumer)
        with open(os.path.join(SHARED_MEMORY, channel), "rb") as file:
            length, width, height, bits = struct.unpack("<4i", file.read(16))
            pixels = file.read(length)
        self.interrupt(producer)
        return (width, height, bits), pixels

    def test_yuv_becomes_bgr24(self):
        luma = noise(18 * 10, "dialect")
        gray_pixels = bytes(value for value in luma for _ in range(3))
        for kind, chroma in (("420jpeg", 2 * 9 * 5), ("422", 2 * 9 * 10)):
            header, pixels = self.show(y4m(18, 10, [luma + b"\x80" * chroma],
                                           f"C{kind} XCOLORRANGE=FULL"))
            self.assertEqual(header, (18, 10, 24))
            self.assertTrue(pixels == gray_pixels, kind)
        for kind, name in (("420", "yuv420p"), ("420", "nv12"), ("422", "yuyv422")):
            picture = noise(frame_bytes(kind, 18, 10), kind)
            _, _, found = self.transfer(picture, "--raw", f"18x10:{name}")
            header, pixels = self.show(picture, "--raw", f"18x10:{name}")
            self.assertEqual(header, (18, 10, 24))
            self.assertTrue(pixels == pictures.reversed_colours(found[1]).pixels, name)

    def test_rgb_gets_blue_first(self):
        for name, channels in (("rgb24", 3), ("rgba", 4), ("bgr24", 3), ("bgra", 4), ("gray", 1)):
            picture = pictures.noise(18, 10, channels, name)
            header, pixels = self.show(picture.pixels, "--raw", f"18x10:{name}")
            stored = pictures.reversed_colours(picture) if name[0] == "r" else picture
            self.assertEqual(header, (18, 10, 8 * channels))
            self.assertTrue(pixels == stored.pixels, name)

    # A frame of yuv420p would fit, and what is made of it does not.
    def test_the_one_slot_is_too_small(self):
        data = b"YUV4MPEG2 W4000 H3000\nFRAME\n"
        line = self.refuse(data, "--dialect", "baseimage")
        self.assertIn("4000 x 3000 pixels take 36000000 bytes", line)
        self.assertIn("fixed size", line)


class Pace(StreamCase):
    """A frame in a thousand seconds: the second one never comes in time."""

    def sent(self, rate, *arguments, stops):
        made = gray(8, 6, 3, "pace")
        channel = self.channel()
        consumer = self.consumer(channel, "--every", "--json")
        producer = self.pipe(channel, *arguments)
        self.feed(producer, y4m(8, 6, [picture.pixels for picture in made], f"Cmono {rate}"))
        if stops:
            consumer.out.wait_count(1)
            self.interrupt(producer)
        else:
            self.end(producer)
        self.end(consumer)
        return len(consumer.records())

    def test_the_rate_of_the_stream_is_the_pace(self):
        self.assertEqual(self.sent("F1:1000", stops=True), 1)
        self.assertEqual(self.sent("F1000000:1", stops=False), 3)

    def test_fps_beats_it(self):
        self.assertEqual(self.sent("F1:1000", "--fps", 0, stops=False), 3)
        self.assertEqual(self.sent("F1000000:1", "--fps", "0.001", stops=True), 1)
        self.assertEqual(self.sent("F1:1000", "--fps", 1000, stops=False), 3)

    def test_no_rate_is_as_fast_as_it_comes(self):
        for rate in ("", "F0:0", "F0:1", "F25:0"):
            self.assertEqual(self.sent(rate, stops=False), 3)


if __name__ == "__main__":
    unittest.main()

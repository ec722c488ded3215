"""--write: one stream of all frames, in each kind, to each kind of place."""

import fcntl
import os
import re
import resource
import shutil
import signal
import struct
import subprocess
import termios
import unittest

import pictures
from streams import StreamCase, frame_bytes, half, noise, y4m
from support import BIN, FAILED, FINE, STUCK_SECONDS, TIMED_OUT, USAGE, process_state, wait_until

FFMPEG = shutil.which("ffmpeg")
PEEK = os.path.join(BIN, "peek")

# Kinds of frames that y4m has, by FFmpeg's names and in its own words.
AS_THEY_ARE = {"yuv420p": "420jpeg", "yuv422p": "422", "yuv444p": "444", "gray": "mono", "gray10le": "mono10",
               "gray12le": "mono12", "gray16le": "mono16"}
IN_ANOTHER_ORDER = {"nv12": "yuv420p", "nv21": "yuv420p", "yuyv422": "yuv422p", "uyvy422": "yuv422p",
                    "nv16": "yuv422p", "p010le": "yuv420p10le"}
SIZES = ((16, 12), (7, 5), (1, 1), (642, 36))


def raw_frame(name, width, height, seed):
    """Noise that frames of the format can have."""
    pairs = half(width)
    count = {"nv12": width * height + 2 * pairs * half(height), "nv21": width * height + 2 * pairs * half(height),
             "yuv420p": width * height + 2 * pairs * half(height), "yuv422p": (width + 2 * pairs) * height,
             "nv16": (width + 2 * pairs) * height, "yuyv422": 4 * pairs * height, "uyvy422": 4 * pairs * height,
             "p010le": 2 * (width * height + 2 * pairs * half(height)), "yuv444p": 3 * width * height,
             "rgb24": 3 * width * height, "bgra": 4 * width * height, "gray": width * height,
             }.get(name, 2 * width * height)
    data = noise(count, f"{name} {width} {seed}")
    words = {"gray10le": 0x3ff, "gray12le": 0xfff, "p010le": 0xffc0}.get(name)
    if words is None:
        return data
    return b"".join(struct.pack("<H", value & words) for value, in struct.iter_unpack("<H", data))


def take_apart(data):
    """The header of a stream in y4m, and its frames."""
    header, rest = data.split(b"\n", 1)
    words = header.decode().split(" ")
    width, height = int(words[1][1:]), int(words[2][1:])
    kind = words[6][1:]
    count = frame_bytes(kind, width, height)
    frames = []
    while rest:
        assert rest[:6] == b"FRAME\n", rest[:20]
        assert len(rest) >= 6 + count, (len(rest), count)
        frames.append(rest[6:6 + count])
        rest = rest[6 + count:]
    return header.decode(), frames


class WriteCase(StreamCase):
    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def write_of(self, data, sent, written, name, code=FINE):
        """Sends what a producer reads from a pipe, and writes a stream into a file; its bytes."""
        channel = self.channel()
        consumer = self.consumer(channel, "--write", self.path(name), *written)
        producer = self.pipe(channel, *sent)
        writer = self.feed(producer, data)
        self.end(producer)
        writer.join()
        self.end(consumer, code)
        self.said = consumer.err.text()
        return self.read(name)

    def camera(self, channel, *arguments):
        return self.producer(channel, "--fps", 100, "--wait-consumer", 600, *arguments)

    def ffmpeg(self, *arguments):
        done = subprocess.run([FFMPEG, "-v", "error", *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=STUCK_SECONDS, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""), arguments)
        return done.stdout


class Kinds(WriteCase):
    def test_raw_is_what_is_saved(self):
        for name in ("rgb24", "yuv420p", "nv12", "gray16le", "bgra", "p010le"):
            for padding in ((), ("--row-align", 64)):
                channel = self.channel()
                frames = [raw_frame(name, 37, 21, seed) for seed in range(3)]
                folder = self.path(f"saved {channel}")
                consumer = self.consumer(channel, "--write", self.path("x.raw"), "--overwrite",
                                         "--save", f"{folder}/{{frame}}.raw")
                producer = self.pipe(channel, "--raw", f"37x21:{name}", *padding)
                self.feed(producer, b"".join(frames)).join()
                self.end(producer)
                self.end(consumer)
                saved = b"".join(self.read(f"{folder}/{number:06}.raw") for number in (1, 2, 3))
                self.assertTrue(saved == b"".join(frames), name)
                self.assertTrue(self.read("x.raw") == saved, name)

    def test_y4m_of_frames_that_it_has(self):
        for name, kind in AS_THEY_ARE.items():
            for width, height in SIZES:
                frames = [raw_frame(name, width, height, seed) for seed in range(2)]
                data = self.write_of(b"".join(frames), ["--raw", f"{width}x{height}:{name}", "--fps", 0],
                                     ["--overwrite"], "x.y4m")
                header, found = take_apart(data)
                self.assertIn(f"W{width} H{height} F0:0 I? A0:0 C{kind}", header)
                self.assertEqual("XCOLORRANGE=FULL" in header, name.startswith("gray"))
                self.assertTrue(found == frames, (name, width, height))
                self.assertNotIn("--as raw", self.said)
                self.check_readers(data, name, frames)

    def check_readers(self, data, name, frames):
        """FFmpeg, and our own producer, get back what was written."""
        if FFMPEG is not None:
            decoded = self.ffmpeg("-f", "yuv4mpegpipe", "-i", self.path("x.y4m"), "-f", "rawvideo", "-")
            self.assertTrue(decoded == b"".join(frames), name)
        again = self.write_of(data, [], ["--overwrite"], "again.raw")
        self.assertTrue(again == b"".join(frames), name)

    @unittest.skipIf(FFMPEG is None, "ffmpeg is not installed")
    def test_y4m_of_frames_in_another_order(self):
        for name, becomes in IN_ANOTHER_ORDER.items():
            frames = [raw_frame(name, 64, 36, seed) for seed in range(2)]
            raw = self.write("in.raw", b"".join(frames))
            if name == "nv16":  # which FFmpeg 5.1 does not convert
                luma, pairs = 64 * 36, [frame[64 * 36:] for frame in frames]
                wanted = b"".join(frame[:luma] + uv[::2] + uv[1::2] for frame, uv in zip(frames, pairs))
            else:
                wanted = self.ffmpeg("-f", "rawvideo", "-pix_fmt", name, "-video_size", "64x36", "-i", raw,
                                     "-f", "rawvideo", "-pix_fmt", becomes, "-")
            data = self.write_of(b"".join(frames), ["--raw", f"64x36:{name}"], ["--overwrite"], "x.y4m")
            self.assertTrue(b"".join(take_apart(data)[1]) == wanted, name)
            self.assertNotIn("--as raw", self.said)
            decoded = self.ffmpeg("-f", "yuv4mpegpipe", "-i", self.path("x.y4m"), "-f", "rawvideo", "-")
            self.assertTrue(decoded == wanted, name)

    def test_odd_sizes_keep_all_samples(self):
        for name in ("nv12", "nv21", "nv16", "yuyv422", "uyvy422", "p010le"):
            for width, height in ((7, 5), (1, 1)):
                frame = raw_frame(name, width, height, 0)
                if "422" in name:  # the pair at the end of an odd row has one Y twice
                    rows = [bytearray(frame[y * 4 * half(width):(y + 1) * 4 * half(width)]) for y in range(height)]
                    for row in rows:
                        row[-2 if name == "yuyv422" else -1] = row[-4 if name == "yuyv422" else -3]
                    frame = b"".join(rows)
                written = self.write_of(frame, ["--raw", f"{width}x{height}:{name}"], ["--overwrite"], "x.y4m")
                back = self.write_of(written, ["--format", name], ["--overwrite"], "x.raw")
                self.assertTrue(back == frame, (name, width, height))

    @unittest.skipIf(FFMPEG is None, "ffmpeg is not installed")
    def test_y4m_of_colors(self):
        frames = [raw_frame("rgb24", 32, 18, seed) for seed in range(2)]
        data = self.write_of(b"".join(frames), ["--raw", "32x18:rgb24", "--fps", 30], ["--fps", "30000/1001"],
                             "x.y4m")
        header, found = take_apart(data)
        self.assertEqual(header, "YUV4MPEG2 W32 H18 F30000:1001 I? A0:0 C444 XCOLORRANGE=LIMITED")
        self.assertEqual(self.said.count("y4m has no rgb24: frames are written as yuv444p; --as raw"), 1)
        wanted = self.ffmpeg("-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size", "32x18", "-i",
                             self.write("in.raw", b"".join(frames)), "-f", "rawvideo", "-pix_fmt", "yuv444p",
                             "-sws_flags", "accurate_rnd", "-")
        far = max(abs(a - b) for a, b in zip(b"".join(found), wanted))
        self.assertLessEqual(far, 2)

    def test_what_the_header_says(self):
        for words in ("F30:1 Ip A1:1 C420mpeg2 XCOLORRANGE=FULL", "F30000:1001 It A118:81 C420paldv",
                      "F25:1 Ib A0:0 C420jpeg XCOLORRANGE=LIMITED XCOLORSPACE=BT709",
                      "F0:0 I? A0:0 C422 XCOLORRANGE=FULL XCOLORSPACE=BT2020",
                      "F50:1 Ip A4:3 C444 XCOLORRANGE=LIMITED XCOLORSPACE=BT601", "F5:2 Ip A1:1 Cmono XCOLORRANGE=FULL",
                      "F24:1 I? A0:0 C420p10"):
            kind = re.search(r" C(\w+)", words)[1]
            data = y4m(16, 8, [bytes(frame_bytes(kind, 16, 8))] * 2, words)
            self.assertEqual(self.write_of(data, [], ["--overwrite"], "x.y4m"), data)
            self.assertEqual("do not say their rate" in self.said, words.startswith("F0:0"))

    def test_a_said_rate_and_matrix(self):
        data = self.write_of(bytes(96), ["--raw", "8x8:yuv420p"],
                             ["--fps", "29.97", "--matrix", "bt709", "--range", "full"], "x.y4m")
        self.assertEqual(take_apart(data)[0],
                         "YUV4MPEG2 W8 H8 F2997:100 I? A0:0 C420jpeg XCOLORRANGE=FULL XCOLORSPACE=BT709")

    def test_mjpeg_is_the_files_one_after_the_other(self):
        for name in ("rgb24", "gray"):
            channel = self.channel()
            folder = self.path(f"saved {name}")
            consumer = self.consumer(channel, "--every", "--write", self.path("x.mjpeg"), "--overwrite",
                                     "--save", f"{folder}/{{frame}}.jpg")
            self.end(self.producer(channel, "--count", 5, "--fps", 0, "--wait-consumer", 600, f"pattern:64x48:{name}"))
            self.end(consumer)
            saved = b"".join(self.read(f"{folder}/{number:06}.jpg") for number in range(1, 6))
            self.assertTrue(self.read("x.mjpeg") == saved)
            if FFMPEG is not None:
                decoded = self.ffmpeg("-f", "mjpeg", "-i", self.path("x.mjpeg"), "-f", "rawvideo", "-pix_fmt", "gray",
                                      "-")
                self.assertEqual(len(decoded), 5 * 64 * 48)

    def test_format(self):
        frames = b"".join(raw_frame("rgb24", 16, 12, seed) for seed in range(2))
        for kind, form, count in (("y4m", "gray", 192), ("y4m", "yuv420p", 288), ("raw", "bgra", 768)):
            data = self.write_of(frames, ["--raw", "16x12:rgb24"], ["--as", kind, "--format", form, "--overwrite"], "x")
            pixels = b"".join(take_apart(data)[1]) if kind == "y4m" else data
            self.assertEqual(len(pixels), 2 * count)
            self.assertNotIn("--as raw", self.said)
        self.assertEqual(pixels[:4], frames[2::-1] + b"\xff")


class Changes(WriteCase):
    """Frames of other sizes and formats in the middle."""

    def setUp(self):
        super().setUp()
        self.made = [pictures.noise(*size, 3, "change") for size in ((20, 10), (20, 10), (30, 16), (20, 10))]
        for i, picture in enumerate(self.made):
            self.write(f"in/{i + 1}.png", pictures.png(picture))

    def record(self, name, *arguments, code=FINE):
        channel = self.channel()
        consumer = self.consumer(channel, "--write", self.path(name), *arguments)
        producer = self.producer(channel, "--fps", 0, self.path("in"))
        self.end(consumer, code)
        self.end(producer)
        return consumer.err.text(), self.read(name)

    def test_another_size_ends_it(self):
        for name in ("x.y4m", "x.raw"):
            said, data = self.record(name, code=FAILED)
            self.assertRegex(said, r"the stream ends before frame 3, which is 30x16 \w+ and not 20x10 \w+ as the first "
                                   "one; --scale first")
            self.assertIn("2 written", said)
        self.assertEqual(data, self.made[0].pixels + self.made[1].pixels)
        self.assertEqual(len(take_apart(self.read("x.y4m"))[1]), 2)

    def test_it_is_scaled(self):
        for name in ("x.y4m", "x.raw"):
            said, data = self.record(name, "--scale", "first")
            self.assertIn("4 written", said)
        self.assertEqual(len(data), 4 * 600)
        self.assertEqual(data[:1200] + data[1800:], b"".join(self.made[i].pixels for i in (0, 1, 3)))
        header, frames = take_apart(self.read("x.y4m"))
        self.assertIn("W20 H10", header)
        self.assertEqual(len(frames), 4)

    def test_jpegs_may_differ(self):
        said, data = self.record("x.mjpeg")
        self.assertIn("4 written", said)
        self.assertEqual(data.count(b"\xff\xd8\xff"), 4)

    def test_another_format(self):
        self.write("in/3.png", pictures.png(pictures.noise(20, 10, 1, "gray")))
        said, data = self.record("a.raw", code=FAILED)
        self.assertRegex(said, r"before frame 3, which is 20x10 gray and not 20x10 rgb24 .*; --format")
        self.assertEqual(len(data), 1200)
        for arguments in (("--format", "rgb24"), ("--scale", "first")):
            said, data = self.record("b.raw", "--overwrite", *arguments)
            self.assertEqual(len(data), 4 * 600)
            self.assertNotIn("has no gray", said)
            self.assertEqual("frames in gray are written as rgb24, the format of the first one" in said,
                             arguments[0] == "--scale")
        said = self.record("b.y4m", "--scale", "first")[0]
        self.assertIn("y4m has no rgb24: frames are written as yuv444p", said)
        self.assertIn("frames in gray are written as yuv444p, the format of the first one", said)
        self.record("c.y4m", code=FAILED)  # gray is gray there
        self.assertEqual(len(take_apart(self.read("c.y4m"))[1]), 2)
        self.write("in/3.png", pictures.png(pictures.noise(20, 10, 4, "alpha")))
        self.assertIn("4 written", self.record("d.y4m")[0])  # both are yuv444p there


class Places(WriteCase):
    def send(self, channel, count=3):
        return self.end(self.producer(channel, "--fps", 0, "--count", count, "--wait-consumer", 600, "pattern:8x8"))

    def record(self, *arguments, code=FINE):
        channel = self.channel()
        consumer = self.consumer(channel, "--write", *arguments)
        self.send(channel)
        self.end(consumer, code)
        return consumer.err.text()

    def test_a_file_is_not_replaced(self):
        path = self.write("x.y4m", b"kept")
        said = self.end(self.consumer(self.channel(), "--write", path), FAILED).err.text()
        self.assertIn("exists, and is not replaced; --overwrite replaces it", said)
        self.assertEqual(self.read("x.y4m"), b"kept")
        self.record(path, "--overwrite")
        self.assertEqual(len(take_apart(self.read("x.y4m"))[1]), 3)

    def test_a_file_without_a_frame(self):
        kept = self.write("kept.y4m", b"kept")
        for arguments in ((self.path("new.y4m"),), (kept, "--overwrite")):
            self.end(self.consumer(self.channel(), "--wait", 0, "--write", *arguments), TIMED_OUT)
        self.assertEqual(os.listdir(self.folder), ["kept.y4m"])
        self.assertEqual(self.read("kept.y4m"), b"kept")

    def test_a_longer_file_is_replaced_whole(self):
        path = self.write("x.raw", bytes(100000))
        self.record(path, "--overwrite")
        self.assertEqual(len(self.read("x.raw")), 3 * 192)

    def test_a_file_grows_under_its_name(self):
        channel = self.channel()
        consumer = self.consumer(channel, "--write", self.path("x.raw"))
        camera = self.camera(channel, "pattern:8x8:gray")
        wait_until(lambda: os.path.exists(self.path("x.raw")) and os.path.getsize(self.path("x.raw")) >= 128,
                   "nothing is written")
        self.interrupt(consumer, signal.SIGINT)
        self.interrupt(camera)
        self.assertEqual(len(self.read("x.raw")) % 64, 0)

    def test_places_that_cannot_be(self):
        for place, code, words in ((self.folder, USAGE, "is a directory"), ("", USAGE, "needs a file"),
                                   (self.path("none/x.y4m"), FAILED, "cannot write"),
                                   ("film.mp4", USAGE, "ffmpeg -f yuv4mpegpipe -i - film.mp4"),
                                   ("x.PNG", USAGE, "--save writes pictures")):
            said = self.end(self.consumer(self.channel(), "--wait", 0, "--write", place, cwd=self.folder), code)
            self.assertIn(words, said.err.text())
            self.assertEqual(os.listdir(self.folder), [])
        self.record(self.path("film.mp4"), "--as", "raw")

    def test_a_full_disk(self):
        channel = self.channel()
        consumer = self.consumer(channel, "--write", "/dev/full")
        camera = self.camera(channel, "pattern:8x8")
        self.end(consumer, FAILED)
        self.assertIn("cannot write to /dev/full: No space left", consumer.err.text())
        self.interrupt(camera)

    def test_a_file_that_becomes_too_large_ends_with_a_whole_frame(self):
        channel = self.channel()
        consumer = self.consumer(
            channel, "--write", self.path("x.y4m"),
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000)))
        camera = self.camera(channel, "pattern:64x48")
        self.end(consumer, FAILED)
        self.assertIn("File too large", consumer.err.text())
        self.interrupt(camera)
        frames = take_apart(self.read("x.y4m"))[1]
        self.assertEqual(len(frames), 100000 // (64 * 48 * 3 + 6))

    def test_one_that_is_too_small_for_a_frame_is_removed(self):
        channel = self.channel()
        consumer = self.consumer(
            channel, "--write", self.path("x.y4m"),
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)))
        camera = self.camera(channel, "pattern:64x48")
        self.end(consumer, FAILED)
        self.interrupt(camera)
        self.assertEqual(os.listdir(self.folder), [])

    def test_standard_output_into_a_file(self):
        channel = self.channel()
        with open(self.path("x.y4m"), "wb") as file:
            consumer = self.consumer(channel, "--write", "-", stdout=file)
            self.send(channel)
            self.end(consumer)
        self.assertEqual(len(take_apart(self.read("x.y4m"))[1]), 3)

    def test_beside_other_outputs(self):
        channel = self.channel()
        consumer = self.consumer(channel, "--write", self.path("x.raw"), "--json", "--exec", "true")
        self.send(channel)
        self.end(consumer)
        self.assertEqual(len(self.read("x.raw")), 3 * 192)
        self.assert_whole_numbers(consumer.numbers(), 1, 3)

    def test_usage(self):
        for arguments, words in ((["--as", "y4m"], "--as needs --write"),
                                 (["--scale", "first"], "--scale needs --write"),
                                 (["--write", "-", "--json"], "--write - and --json both write"),
                                 (["--write", "-", "--print"], "--write - and --print both write"),
                                 (["--write", "-", "--exec", "cat"], "--write - and --exec both write"),
                                 (["--write", "-", "--as", "mp4"], "--as needs y4m, raw or mjpeg, not \"mp4\""),
                                 (["--write", "-", "--format", "rgb24"], "--format: y4m has no rgb24"),
                                 (["--write", "-", "--format", "h264"], "unknown pixel format \"h264\""),
                                 (["--write", "-", "--scale", "2"], "--scale needs first"),
                                 (["--write", "-", "--fps", "0"], "--fps needs frames a second"),
                                 (["--write", "-", "--as", "raw", "--fps", "3"], "--fps is for y4m"),
                                 (["--write", "-", "--payload", "text"], "a stream has pictures"),
                                 (["film.y4m"], "did you mean --write film.y4m?")):
            line = self.end(self.consumer(self.channel(), "--wait", 0, *arguments), USAGE).err.list()[0]
            self.assertIn(words, line)


class Endings(WriteCase):
    def test_count_and_timeout(self):
        channel = self.channel()
        camera = self.camera(channel, "pattern:8x8:gray")
        self.end(self.consumer(channel, "--count", 5, "--write", self.path("x.raw")))
        self.assertEqual(len(self.read("x.raw")), 5 * 64)
        self.interrupt(camera)
        channel = self.channel()
        slow = self.producer(channel, "--fps", "1/2000", "--wait-consumer", 600, "pattern:8x8:gray")
        self.end(self.consumer(channel, "--count", 1))  # the frame is there, and no other one comes
        self.end(self.consumer(channel, "--latest", "--timeout", "0.5", "--write", self.path("y.raw")), TIMED_OUT)
        self.assertEqual(len(self.read("y.raw")), 64)
        self.interrupt(slow)

    def test_one_stream_of_several_producers(self):
        channel = self.channel()
        consumer = self.consumer(channel, "--reconnect", "--write", self.path("x.y4m"))
        for _ in range(3):
            self.end(self.producer(channel, "--fps", 0, "--count", 4, "--wait-consumer", 600, "pattern:8x8"))
        wait_until(lambda: os.path.exists(self.path("x.y4m")) and
                   os.path.getsize(self.path("x.y4m")) > 12 * 198, "not all is written")
        self.interrupt(consumer)
        self.assertEqual(len(take_apart(self.read("x.y4m"))[1]), 12)

    def test_from_an_old_program(self):
        channel = self.channel()
        consumer = self.consumer(channel, "--dialect", "mutex", "--count", 3, "--write", self.path("x.y4m"))
        sender = self.producer(channel, "--dialect", "mutex", "--fps", 50, "pattern:8x8")
        self.end(consumer)
        self.interrupt(sender)
        self.assertEqual(len(take_apart(self.read("x.y4m"))[1]), 3)


class Pipes(WriteCase):
    def piped(self, channel, *arguments):
        """A consumer that writes into a pipe, and the end to read."""
        reading, writing = os.pipe()
        consumer = self.consumer(channel, "--write", "-", *arguments, stdout=writing)
        os.close(writing)
        return consumer, reading

    def read_some(self, descriptor, count):
        data = b""
        while len(data) < count:
            some = os.read(descriptor, count - len(data))
            self.assertNotEqual(some, b"", "the stream has ended")
            data += some
        return data

    def test_a_reader_that_has_enough(self):
        channel = self.channel()
        camera = self.camera(channel, "pattern:64x48")
        for kind in ("y4m", "raw", "mjpeg"):
            consumer, reading = self.piped(channel, "--as", kind)
            self.read_some(reading, 50000)
            os.close(reading)
            self.end(consumer)
            self.assertIn("the reader of standard output has ended", consumer.err.text())
        self.interrupt(camera)

    def test_a_reader_that_goes_while_no_frames_come(self):
        channel = self.channel()
        consumer, reading = self.piped(channel)
        os.close(reading)
        self.end(consumer)  # no producer
        slow = self.producer(channel, "--fps", "0.001", "--wait-consumer", 600, "pattern:8x8")
        consumer, reading = self.piped(channel, "--as", "raw")
        self.read_some(reading, 192)
        os.close(reading)
        self.end(consumer)
        self.interrupt(slow)
        channel = self.channel()
        consumer, reading = self.piped(channel, "--reconnect")
        self.end(self.producer(channel, "--fps", 0, "--count", 1, "--wait-consumer", 600, "pattern:8x8"))
        consumer.err.wait_for("waiting for the next one")
        os.close(reading)
        self.end(consumer)

    def test_into_a_producer(self):
        """The whole way round, as with ssh between the two."""
        for name in AS_THEY_ARE:
            first, second = self.channel(), self.channel()
            frames = [raw_frame(name, 33, 17, seed) for seed in range(6)]
            reading, writing = os.pipe()
            sender = self.pipe(first, "--raw", f"33x17:{name}")
            consumer = self.consumer(first, "--every", "--write", "-", stdout=writing)
            relay = self.producer(second, "--fps", 0, "-", stdin=reading)
            os.close(reading)
            os.close(writing)
            receiver = self.consumer(second, "--every", "--write", self.path("x.raw"), "--overwrite")
            self.feed(sender, b"".join(frames))
            for program in (sender, consumer, relay, receiver):
                self.end(program)
            self.assertTrue(self.read("x.raw") == b"".join(frames), name)

    # A machine that is busy can be too slow for the consumer beside it too: then it is tried anew.
    def test_a_reader_that_stands_still_holds_nothing_up(self):
        for when_full in ("drop", "wait"):
            with self.subTest(when_full):
                self.assertTrue(any(self.holds_nothing_up(when_full) for _ in range(20)))

    def holds_nothing_up(self, when_full):
        channel = self.channel()
        camera = self.camera(channel, "--slots", 4, "--stall-limit", "never", "--when-full", when_full,
                             "pattern:640x480")
        consumer, reading = self.piped(channel)
        self.wait_stuck(consumer, reading)
        other = self.attached(channel, "--every=all", "--json")
        other.out.wait_count(40)
        self.check_peek(channel, consumer)
        data = self.read_on(consumer, reading)
        self.assertRegex(consumer.err.text(), "the reader of the stream is slower than the producer.*--every=all")
        self.interrupt(camera)
        self.end(other)
        numbers = other.numbers()
        self.assert_whole_numbers(numbers, numbers[0], numbers[-1])
        self.assertGreater(len(take_apart(data)[1]), 1)
        return re.findall(r"(\d+) dropped$", camera.err.text(), re.MULTILINE)[-1] == "0"

    def wait_stuck(self, consumer, reading):
        """Until it sleeps for room in the pipe, in the midst of the second frame: between two frames it sleeps too."""
        waiting = bytearray(4)
        more_than_a_frame = 640 * 480 * 3 + 4096

        def is_full():
            fcntl.ioctl(reading, termios.FIONREAD, waiting)
            return int.from_bytes(waiting, "little") >= more_than_a_frame and process_state(consumer.pid) == "S" and \
                self.sleeps_in(consumer.pid, "poll")

        wait_until(is_full, "the pipe does not get full")

    def sleeps_in(self, pid, what):
        try:
            with open(f"/proc/{pid}/wchan", encoding="ascii") as file:
                name = file.read()
        except OSError:
            return True
        return name in ("", "0") or what in name

    def check_peek(self, channel, consumer):
        if not os.path.exists(PEEK):
            return
        said = self.end(self.start(PEEK, channel)).out.list()
        line, = [line for line in said if f"process {consumer.pid}," in line]
        self.assertRegex(line, r", holds 0, ")

    def read_on(self, consumer, reading):
        """Reads until some frames have come after the gap, and then no more; the whole frames of that."""
        data = self.read_some(reading, 4 << 20)
        os.close(reading)
        self.end(consumer)
        behind_header = len(data) - data.index(b"\n") - 1
        return data[:len(data) - behind_header % (640 * 480 * 3 + len(b"FRAME\n"))]

    def test_stopped_while_the_pipe_is_full(self):
        channel = self.channel()
        camera = self.camera(channel, "pattern:640x480")
        for number in (signal.SIGINT, signal.SIGTERM):
            consumer, reading = self.piped(channel)
            self.wait_stuck(consumer, reading)
            self.interrupt(consumer, number)
            self.assertIn("the last frame is not whole", consumer.err.text())
            os.close(reading)
        self.interrupt(camera)

    def test_a_fifo(self):
        path = self.path("fifo")
        os.mkfifo(path)
        channel = self.channel()
        consumer = self.consumer(channel, "--write", path)
        consumer.err.wait_for("waiting for a program that reads .*fifo")
        self.interrupt(consumer, signal.SIGINT)
        consumer = self.consumer(channel, "--count", 3, "--write", path)
        camera = self.camera(channel, "pattern:8x8")
        with open(path, "rb") as file:
            data = file.read()
        self.end(consumer)
        self.assertEqual(len(take_apart(data)[1]), 3)
        consumer = self.consumer(channel, "--write", path)
        with open(path, "rb") as file:
            file.read(1000)
        self.end(consumer)
        self.interrupt(camera)

    def test_latest_into_a_pipe(self):
        channel = self.channel()
        camera = self.camera(channel, "pattern:8x8")
        consumer, reading = self.piped(channel, "--latest", "--count", 3)
        data = b""
        while some := os.read(reading, 65536):
            data += some
        os.close(reading)
        self.end(consumer)
        self.interrupt(camera)
        self.assertEqual(len(take_apart(data)[1]), 3)

    def test_a_terminal(self):
        main, terminal = os.openpty()
        said = self.end(self.consumer(self.channel(), "--write", "-", stdout=terminal), FAILED).err.text()
        self.assertIn("is a terminal", said)
        os.close(main)
        os.close(terminal)


if __name__ == "__main__":
    unittest.main(verbosity=2)

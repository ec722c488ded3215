"""What a SOURCE can be: films in files, pipes that are read once, pictures of any size; and what is
told of films, cameras and addresses."""

import os
import resource
import shlex
import signal
import struct
import subprocess
import threading
import unittest
import zlib

import pictures
from streams import StreamCase, gray, numbered, y4m
from support import FAILED, FINE, PRODUCER, SANITIZERS, SOURCE, USAGE

FILM = b"\0\0\0\x20ftypisom\0\0\2\0" + bytes(64)


ON_ITS_SIDE = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"  # EXIF orientation 6


def black_png(width, height, exif=None):
    """A large gray picture that is a small file. What it says of its orientation comes last."""
    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
    packer = zlib.compressobj(1)
    rows = b"".join(packer.compress(bytes(width + 1)) for _ in range(height)) + packer.flush()
    return (pictures.SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) +
            chunk(b"IDAT", rows) + (chunk(b"eXIf", exif) if exif else b"") + chunk(b"IEND", b""))


def limit_memory(count):
    resource.setrlimit(resource.RLIMIT_AS, (count, count))


class SourceCase(StreamCase):
    def send(self, *arguments, code=FINE, **more):
        """The producer, what was listed and what was saved."""
        channel = self.channel()
        folder = f"out of {channel}"
        consumer = self.consumer(channel, "--every", "--json", "--save", self.path(folder))
        producer = self.end(self.producer(channel, *arguments, **more), code)
        self.end(consumer)
        found = self.saved(folder, channel) if os.path.isdir(self.path(folder)) else {}
        return producer, consumer.records(), found

    def refuse_usage(self, *arguments):
        lines = self.end(self.producer(None, *arguments), USAGE).err.list()
        self.assertEqual(len(lines), 2, lines)
        self.assertTrue(lines[0].isprintable(), lines)
        return lines[0]

    def fill(self, path, data):
        """Writes into a FIFO, as the one writer that it ever has, in a thread of its own."""
        def write():
            try:
                with open(path, "wb") as pipe:
                    pipe.write(data)
            except BrokenPipeError:
                pass
        thread = threading.Thread(target=write, daemon=True)
        thread.start()
        self.addCleanup(self.let_go, path, thread)
        return thread

    def let_go(self, path, thread):
        """A writer that nobody has read from does not stay."""
        if thread.is_alive():
            os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
        thread.join()

    def fifo(self, name, data=None):
        path = self.path(name)
        os.mkfifo(path)
        if data is not None:
            self.fill(path, data)
        return path


class Films(SourceCase):
    def test_a_film_in_a_file(self):
        made = gray(20, 10, 5, "film")
        data = y4m(20, 10, [picture.pixels for picture in made], "F100:1 Cmono")
        for name in ("film.y4m", "film", "film.mp4", "film.png"):  # its bytes count, not its name
            _, records, found = self.send(self.write(name, data))
            self.assert_pictures(found, numbered(made))
            self.assertEqual({record["format"] for record in records}, {"gray"})

    # A frame in a thousand seconds: the second one never comes in time.
    def test_its_own_pace(self):
        made = gray(8, 6, 3, "pace")
        for rate, arguments, stops in (("F1:1000", [], True), ("F1000000:1", [], False),
                                       ("F1:1000", ["--fps", 0], False)):
            data = y4m(8, 6, [picture.pixels for picture in made], f"Cmono {rate}")
            channel = self.channel()
            consumer = self.consumer(channel, "--every", "--json")
            producer = self.producer(channel, *arguments, self.write("film.y4m", data))
            if stops:
                consumer.out.wait_count(1)
                self.interrupt(producer)
            else:
                self.end(producer)
            self.end(consumer)
            self.assertEqual(len(consumer.records()), 1 if stops else 3)

    def test_what_a_film_says_beside_its_pictures(self):
        film = self.write("film.y4m", y4m(8, 6, [bytes(72)], "F30000:1001 It A118:81 C420mpeg2"))
        for arguments, rate in ((["--fps", 0], "30000/1001"), (["--fps", "25/2"], "25/2"), ([], "30000/1001")):
            _, records, _ = self.send(*arguments, film)
            self.assertEqual([(r["frame_rate"], r["pixel_aspect"], r["field_order"], r["chroma_site"])
                              for r in records], [(rate, "118/81", "tt", "left")])

    def test_loop(self):
        made = gray(12, 10, 3, "loop")
        data = y4m(12, 10, [picture.pixels for picture in made])
        raw = b"".join(picture.pixels for picture in made)
        for arguments in ([self.write("film.y4m", data)],
                          ["--raw", "12x10:gray", self.write("film.gray", raw)]):
            _, _, found = self.send("--loop", "--fps", 0, "--count", 10, *arguments)
            self.assert_pictures(found, {i + 1: made[i % 3] for i in range(10)})

    def test_loop_of_what_ends_badly(self):
        data = y4m(12, 10, [bytes(120)] * 2)
        producer, _, found = self.send("--loop", "--fps", 0, self.write("cut.y4m", data[:-1]),
                                       code=FAILED)
        self.assertEqual(len(found), 1)
        self.assertIn("cut.y4m: it ends in frame 2, of which 119 of 120", producer.err.text())
        for arguments in ([self.write("none.y4m", y4m(12, 10, []))],
                          ["--raw", "8x8:gray", self.write("none.gray", b"")]):
            producer = self.end(self.producer(self.channel(), "--no-wait", "--loop", *arguments),
                                FAILED)
            self.assertIn(os.path.basename(arguments[-1]), producer.err.text())

    def test_raw_frames_in_a_file(self):
        made = [pictures.noise(9, 7, 3, f"raw {i}") for i in range(4)]
        path = self.write("frames", b"".join(picture.pixels for picture in made))
        self.assert_pictures(self.send("--fps", 0, "--raw", "9x7:rgb24", path)[2], numbered(made))
        producer, _, found = self.send("--fps", 0, "--raw", "9x8:rgb24", path, code=FAILED)
        self.assertEqual(len(found), 3)
        self.assertIn("frames: it ends in frame 4", producer.err.text())

    def test_a_damaged_film(self):
        path = self.write("bad.y4m", b"YUV4MPEG2 W0 H2\nFRAME\n")
        producer = self.end(self.producer(self.channel(), path), FAILED)
        self.assertIn("bad.y4m: the YUV4MPEG2 header has an invalid width", producer.err.text())

    def test_a_film_is_the_only_source(self):
        film = self.write("film.y4m", y4m(8, 6, [bytes(48)]))
        folder, _ = self.write_noise("in", 1)
        for arguments in ([film, folder], [folder, film], [film, film]):
            self.assertIn("only SOURCE", self.refuse_usage(*arguments))


class Elsewhere(SourceCase):
    LINE = "-f yuv4mpegpipe -pix_fmt yuv420p - | ferry-producer"

    def assert_line(self, line, given, *arguments):
        """The words of the line, as a shell would take them."""
        self.assertIn(self.LINE, line)
        words = shlex.split(line[line.index("ffmpeg "):])
        self.assertEqual(words[words.index("-i") + 1], given, line)
        self.assertEqual(words[words.index("ferry-producer") + 1:], [*arguments, "-"], line)

    def test_films_that_have_to_be_decoded(self):
        for name, data in (("film.mp4", FILM), ("a film.mov", FILM), ("it's.m4v", FILM),
                           ("no ending", FILM), ("$HOME`x`;&|<>*?\"\\!.mp4", FILM),
                           ("x.avi", b"RIFF\1\2\3\4AVI LIST"), ("x.mkv", b"\x1a\x45\xdf\xa3" + bytes(9)),
                           ("x.webm", b"\x1a\x45\xdf\xa3" + bytes(9)),
                           ("by name.MP4", b"something else"), ("\u00e4.mp4", FILM)):
            path = self.write(name, data)
            self.assert_line(self.refuse_usage(path), path)
            self.assert_line(self.refuse_usage("--name", "camera", path), path, "--name", "camera")
        folder, _ = self.write_noise("in", 1)
        self.assert_line(self.refuse_usage(folder, self.path("film.mp4")), self.path("film.mp4"))

    def test_names_with_control_characters(self):
        path = self.write("a\nb\x1b's\\.mp4", FILM)
        line = self.refuse_usage(path)
        quoted = line[line.index("-i ") + 3:line.index(" -f yuv4")]
        shown = subprocess.run(["bash", "-c", f"printf %s {quoted}"], capture_output=True, check=True)
        self.assertEqual(os.fsdecode(shown.stdout), path)

    def test_a_colon_is_no_protocol(self):
        os.chdir(self.folder)
        self.addCleanup(os.chdir, "/")
        self.write("a:b.mp4", FILM)
        self.assert_line(self.refuse_usage("a:b.mp4"), "file:a:b.mp4")

    def test_cameras_and_addresses(self):
        for text in ("/dev/video0", "/dev/video12"):
            line = self.refuse_usage("--name", "x", text)
            self.assertIn("camera", line)
            self.assertIn("-f v4l2 -i", line)
            self.assert_line(line, text, "--name", "x")
        for text in ("rtsp://camera.local/stream", "rtsp://u:p@h:554/a?b=1&c=2", "http://h/x.mp4",
                     "https://h/x.m3u8", "udp://@239.0.0.1:1234", "srt://h:99?mode=caller",
                     "rtmp://h/app/key", "RTSP://h/x"):
            self.assert_line(self.refuse_usage(text), text)
            self.assert_line(self.refuse_usage("--raw", "8x8:gray", text), text)

    def test_what_only_looks_like_a_film(self):
        made = pictures.noise(8, 6, 3, "png")
        self.assert_pictures(self.send(self.write("x.mp4", pictures.png(made)))[2], {1: made})
        for name, data in (("none.mp4", None), ("empty.mp4", b"")):
            if data is not None:
                self.write(name, data)
            producer = self.end(self.producer(self.channel(), self.path(name)), FAILED)
            self.assertIn(f"skipped: {'cannot open ' if data is None else ''}{self.path(name)}",
                          producer.err.text())
        producer = self.end(self.producer(self.channel(), self.write("x.tif", b"II*\0" + bytes(30))),
                            FAILED)
        self.assertNotIn("film", producer.err.text())

    def test_films_in_a_directory(self):
        folder, made = self.write_noise("in", 2)
        self.write("in/film.mp4", FILM)
        self.write("in/film.y4m", y4m(8, 6, [bytes(48)]))
        producer, _, found = self.send(folder)
        self.assert_pictures(found, numbered(made))
        self.assertIn("left out: 2 files", producer.err.text())

    def test_a_film_from_a_pipe(self):
        producer = self.end(self.producer(self.channel(), self.fifo("pipe", FILM)), FAILED)
        self.assertIn("pipe is a film (MP4)", producer.err.text())
        self.assertIn("ffmpeg -i - ", producer.err.text())


class Pipes(SourceCase):
    """Each is opened once: a second look would find nothing, or wait for ever."""

    def test_a_film(self):
        made = gray(64, 48, 6, "fifo")
        path = self.fifo("pipe", y4m(64, 48, [picture.pixels for picture in made]))
        self.assert_pictures(self.send(path)[2], numbered(made))

    def test_raw_frames(self):
        made = gray(64, 48, 6, "raw")
        path = self.fifo("pipe", b"".join(picture.pixels for picture in made))
        self.assert_pictures(self.send("--raw", "64x48:gray", path)[2], numbered(made))

    def test_pictures(self):
        made = [pictures.noise(120, 80, 3, f"pipe {i}") for i in range(4)]
        paths = [self.fifo(f"pipe{i}", pictures.png(made[i])) for i in (0, 2)]
        paths.insert(1, self.write("1.png", pictures.png(made[1])))
        paths.append(self.write("3.png", pictures.png(made[3])))
        self.assert_pictures(self.send("--fps", 0, *paths)[2], numbered(made))

    def test_pictures_in_a_loop(self):
        made = [pictures.noise(40, 30, 3, f"loop {i}") for i in range(2)]
        for count in (1, 2):
            paths = [self.fifo(f"{count}-{i}", pictures.png(made[i])) for i in range(count)]
            _, _, found = self.send("--fps", 0, "--loop", "--count", 5, *paths)
            self.assert_pictures(found, {i + 1: made[i % count] for i in range(5)})

    def test_process_substitution(self):
        made = [pictures.noise(30, 20, 3, f"bash {i}") for i in range(2)]
        paths = [self.write(f"{i}.png", pictures.png(made[i])) for i in range(2)]
        film = self.write("film", y4m(30, 20, [pictures.noise(30, 20, 1, "film").pixels]))
        for given, expected in ((paths, numbered(made)), (paths[:1], {1: made[0]}),
                                ([film], {1: pictures.noise(30, 20, 1, "film")})):
            channel = self.channel()
            consumer = self.consumer(channel, "--every", "--save", self.path(channel))
            words = " ".join(f"<(cat {shlex.quote(path)})" for path in given)
            self.end(self.start("bash", "-c", f'exec "$0" --name {channel} --fps 0 {words}',
                                PRODUCER))
            self.end(consumer)
            self.reap()
            self.assert_pictures(self.saved(channel, channel), expected)

    def reap(self):
        """What bash has started for us, which became our child with it."""
        try:
            while True:
                os.wait()
        except ChildProcessError:
            pass

    def test_what_cannot_be_used(self):
        for data, part in ((b"", "is empty"), (b"hello\n", "is not a picture"),
                           (pictures.png(pictures.noise(60, 60, 3, "cut"))[:-500], "cut short")):
            path = self.fifo(f"pipe {part}", data)
            producer = self.end(self.producer(self.channel(), path), FAILED)
            self.assertRegex(producer.err.text(), f"skipped: {path}.*{part}")
        data = y4m(8, 6, [bytes(48)])
        good = self.write("good.png", pictures.png(pictures.noise(5, 5, 3, "good")))
        producer = self.send(self.fifo("film", data), good, code=FAILED)[0]
        self.assertIn("only SOURCE", producer.err.text())
        producer = self.end(self.producer(self.channel(), "--loop", self.fifo("again", data)), FAILED)
        self.assertIn("again cannot be repeated", producer.err.text())

    def test_nobody_writes(self):
        for arguments in ([], ["--raw", "8x6:gray"]):
            path = self.fifo(f"silent {len(arguments)}")
            producer = self.producer(self.channel(), "--no-wait", *arguments, path)
            producer.err.wait_for("nothing on .*silent.* yet")
            self.interrupt(producer, signal.SIGINT)
            self.assertNotIn("skipped", producer.err.text())
            producer = self.producer(self.channel(), "--no-wait", "--fps", 0, *arguments, path)
            producer.err.wait_for("nothing on .*silent.* yet")
            self.fill(path, bytes(48 * 2) if arguments else y4m(8, 6, [bytes(48)] * 2))
            self.end(producer)
            self.assertIn("2 frames sent", producer.err.text())

    # Frames come when they are there, however small they are.
    def test_a_live_film(self):
        path = self.fifo("live")
        channel = self.channel()
        consumer = self.consumer(channel, "--every", "--json")
        producer = self.producer(channel, path)
        with open(path, "wb", buffering=0) as pipe:
            pipe.write(y4m(2, 2, [bytes(4)]))
            consumer.out.wait_count(1)
            pipe.write(b"FRAME\n" + bytes(4))
            consumer.out.wait_count(2)
        self.end(producer)
        self.end(consumer)


class Sizes(SourceCase):
    # More than the usual 32M, in a small file.
    def test_a_large_picture(self):
        small = pictures.noise(16, 12, 3, "small")
        paths = [self.write("small.png", pictures.png(small)),
                 self.write("large.png", black_png(7000, 5000))]
        channel = self.channel()
        consumer = self.consumer(channel, "--every", "--json")
        producer = self.end(self.producer(channel, "--fps", 0, *paths))
        self.end(consumer)
        self.assertEqual([r["bytes"] for r in consumer.records()], [576, 35000000])
        self.assertNotIn("warning", producer.err.text())
        # What the user says counts, and so does what the dialect has.
        producer, records, found = self.send("--fps", 0, "--capacity", "32M", *paths, code=FAILED)
        self.assertEqual(sorted(found), [1])
        self.assertIn("use --capacity 35000320", producer.err.text())
        producer = self.end(self.producer(self.channel(), "--fps", 0, "--no-wait", "--dialect", "baseimage",
                                          "--count", 1, *paths), FAILED)
        self.assertIn("fixed size", producer.err.text())

    # In the format that is sent, with the padding that is wanted.
    def test_what_is_stored_counts(self):
        path = self.write("large.png", black_png(5000, 3000))
        for arguments, size in ((["--format", "bgra"], 60000000),
                                (["--format", "rgb24", "--row-align", 4096], 16384 * 3000)):
            channel = self.channel()
            consumer = self.consumer(channel, "--every", "--json")
            self.end(self.producer(channel, *arguments, path))
            self.end(consumer)
            self.assertEqual([r["bytes"] for r in consumer.records()], [size])

    # Ten pixels a row take a page each, which nobody knows before the end of the file.
    def test_a_picture_on_its_side(self):
        path = self.write("side.png", black_png(9000, 10, ON_ITS_SIDE))
        channel = self.channel()
        consumer = self.consumer(channel, "--every", "--json")
        self.end(self.producer(channel, "--row-align", 4096, path))
        self.end(consumer)
        self.assertEqual([(r["width"], r["height"], r["bytes"]) for r in consumer.records()],
                         [(10, 9000, 4096 * 9000)])

    def test_streams_and_patterns(self):
        width, height = 7000, 5000
        frame = bytes(width * height)
        for data, arguments in ((y4m(width, height, [frame]), ["-"]),
                                (frame, ["--raw", f"{width}x{height}:gray", "-"]),
                                (b"", ["--count", 1, "--wait-consumer", 600,
                                       f"pattern:{width}x{height}:gray"])):
            channel = self.channel()
            consumer = self.consumer(channel, "--every", "--json")
            producer = self.producer(channel, *arguments, stdin=subprocess.PIPE, bufsize=0)
            self.feed(producer, data)
            self.end(producer)
            self.end(consumer)
            self.assertEqual([r["bytes"] for r in consumer.records()], [width * height])

    @unittest.skipIf(SANITIZERS, "a sanitizer takes more addresses than that")
    def test_more_than_there_is_memory_for(self):
        path = self.write("large.png", black_png(12500, 12500))
        producer = self.producer(self.channel(), "--no-wait", path,
                                 preexec_fn=lambda: limit_memory(1 << 30))
        self.end(producer, FAILED)
        self.assertIn("--slots 2", producer.err.text())
        self.assertIn("--capacity", producer.err.text())


class Upright(SourceCase):
    def test_no_auto_orient(self):
        path = os.path.join(SOURCE, "tests", "pictures", "orient6.jpg")
        for arguments, size in (([], (40, 48)), (["--no-auto-orient"], (48, 40))):
            _, records, _ = self.send(*arguments, path)
            self.assertEqual([(r["width"], r["height"]) for r in records], [size])
            with open(path, "rb") as file:
                _, records, _ = self.send(*arguments, self.fifo(f"pipe {len(arguments)}", file.read()))
            self.assertEqual([(r["width"], r["height"]) for r in records], [size])


if __name__ == "__main__":
    unittest.main()

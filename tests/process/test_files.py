"""Files that are no pictures, or not whole, or not there: named, skipped, and never fatal to the
others; and files that cannot be written."""

import os
import re
import unittest

import pictures
from support import FAILED, FINE, ON_WINDOWS, USAGE, Case, wait_attached, wait_until

GOOD = pictures.noise(20, 10, 3, "good")


class Reading(Case):
    def send(self, *sources):
        """The producer and its exit code; what the consumer saved is in self.found."""
        channel = self.channel()
        folder = f"out of {channel}"
        consumer = self.consumer(channel, "--every", "--save", self.path(folder))
        producer = self.producer(channel, "--fps", 0, *sources)
        code = producer.wait()
        if not re.search(r"\d frames? sent", producer.err.text()):  # there was no channel
            # It makes the folder when it has begun to listen for that.
            wait_until(lambda: os.path.isdir(self.path(folder)), "the consumer does not begin")
            self.interrupt(consumer)
        self.end(consumer)
        self.found = self.saved(folder, channel)
        return producer, code

    def bad_files(self):
        """name: what is wrong with it, as a part of the sentence."""
        whole = pictures.png(GOOD)
        header = len(pictures.SIGNATURE) + 25
        broken = bytearray(whole)
        broken[header + 20] ^= 0xff
        huge = pictures.SIGNATURE + pictures.chunk(
            b"IHDR", bytes.fromhex("0fffffff0fffffff0802000000"))
        files = {
            "empty.png": b"",
            "text.png": b"This is no picture.\n" * 100,
            "signature.png": pictures.SIGNATURE,
            "header.png": whole[:header - 4],
            "cut.png": whole[:len(whole) // 2],
            "end.png": whole[:-20],
            "broken.png": bytes(broken),
            "huge.png": huge + whole[header:],
            "zero.png": pictures.SIGNATURE + pictures.chunk(
                b"IHDR", bytes.fromhex("00000000000000100802000000")) + whole[header:],
            "cut.ppm": pictures.pnm(GOOD)[:-1],
            "huge.ppm": b"P6\n99999999999999999999 4\n255\n" + bytes(100),
            "negative.pgm": b"P5\n-4 4\n255\n" + bytes(16),
            "cut.bmp": b"BM" + bytes(40),
            "cut.jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00",
            "cut.gif": b"GIF89a\x10\x00\x10\x00\x80\x00\x00",
        }
        return {name: self.write(f"bad/{name}", data) for name, data in files.items()}

    def check_warnings(self, producer, paths):
        lines = producer.err.list()
        for path in paths:
            self.assertEqual(sum(line.startswith("ferry-producer: warning: skipped: ") and
                                 path in line for line in lines), 1, (path, lines))

    def test_bad_files_are_named_and_skipped(self):
        bad = self.bad_files()
        first = self.write("1.png", pictures.png(GOOD))
        last = self.write("2.png", pictures.png(GOOD))
        for options, expected in (([], FAILED), (["--skip-bad"], FINE)):
            producer, code = self.send(*options, first, *bad.values(), last)
            self.assertEqual(code, expected, producer.describe())
            self.check_warnings(producer, bad.values())
            self.check_skipped(producer, len(bad))
            self.assert_pictures(self.found, {1: GOOD, 2: GOOD})

    def check_skipped(self, producer, count):
        """The summary, and what those see who have asked for quiet."""
        text = producer.err.text()
        files = f"{count} file{'s' if count > 1 else ''}"
        self.assertRegex(text, f"(?m)^ferry-producer: .* sent.*, {files} skipped$")
        self.assertRegex(text, f"(?m)^ferry-producer: warning: {files} (was|were) skipped")

    def test_bad_files_of_a_folder_are_named_and_skipped(self):
        bad = self.bad_files()
        self.write("bad/d.png", pictures.png(GOOD))
        os.mkdir(self.path("bad/folder.png"))
        os.mkfifo(self.path("bad/pipe.png"))
        producer, code = self.send(self.path("bad"))
        self.assertEqual(code, FAILED, producer.describe())
        self.check_warnings(producer, bad.values())
        self.check_skipped(producer, len(bad) + ON_WINDOWS)  # Wine shows a pipe as an empty file
        self.assert_pictures(self.found, {1: GOOD})

    def test_quiet_hides_no_warning(self):
        good = self.write("good.png", pictures.png(GOOD))
        bad = self.write("bad.png", pictures.png(GOOD)[:-20])
        lines = self.send("--quiet", good)[0].err.list()
        self.assertEqual(lines, [])
        producer, code = self.quiet(good, bad)
        self.assertEqual(code, FAILED)
        self.check_warnings(producer, [bad])
        lines = producer.err.list()
        self.assertEqual(len(lines), 2, lines)
        self.assertIn("warning: 1 file was skipped, so the exit code is 1", lines[1])
        producer, code = self.quiet("--skip-bad", good, bad)
        self.assertEqual(code, FINE)
        self.assertEqual(len(producer.err.list()), 2, producer.describe())

    def quiet(self, *sources):
        channel = self.channel()
        consumer = self.consumer(channel, "--every", "--quiet")
        producer = self.producer(channel, "--quiet", "--fps", 0, *sources)
        code = producer.wait()
        self.end(consumer)
        self.assertEqual(consumer.err.list(), [])
        return producer, code

    def test_skipping_does_not_excuse_an_empty_stream(self):
        bad = self.write("bad.png", b"no picture")
        self.assertEqual(self.send("--skip-bad", bad)[1], FAILED)

    # Beside pictures lie other files, which nobody wants to send.
    def test_what_a_folder_has_beside_its_pictures(self):
        self.write("in/1.png", pictures.png(GOOD))
        self.write("in/picture", pictures.png(GOOD))
        self.write("in/README.txt", b"about these pictures\n")
        self.write("in/png", b"no ending\n")
        self.write("in/empty", b"")
        producer, code = self.send(self.path("in"))
        self.assertEqual(code, FINE, producer.describe())
        self.assertNotIn("warning", producer.err.text())
        self.assertRegex(producer.err.text(), "left out: 3 files in the directory .*/in that are no")
        self.assert_pictures(self.found, {1: GOOD, 2: GOOD})
        # But by its own name it has been asked for.
        producer, code = self.send(self.path("in"), self.path("in/README.txt"))
        self.assertEqual(code, FAILED, producer.describe())
        self.check_warnings(producer, [self.path("in/README.txt")])
        self.check_skipped(producer, 1)

    def test_what_says_in_a_folder_that_it_is_a_picture(self):
        self.write("in/1.png", pictures.png(GOOD))
        bad = [self.write(f"in/{name}", data) for name, data in (
            ("scan.TIF", b"II*\0" + bytes(20)), ("text.JPG", b"no picture"),
            ("signature", pictures.SIGNATURE + bytes(4)), ("photo", b"\xff\xd8\xff\xe0\0"),
            ("a.b.webp", b"RIFF"))]
        producer, code = self.send(self.path("in"))
        self.assertEqual(code, FAILED, producer.describe())
        self.check_warnings(producer, bad)
        self.check_skipped(producer, len(bad))

    def test_folders_without_pictures_count(self):
        good = self.write("good.png", pictures.png(GOOD))
        self.write("texts/readme.md", b"nothing to see\n")
        os.mkdir(self.path("empty"))
        for name, sentence in (("texts", "no pictures in the directory"),
                               ("empty", "no files in the directory")):
            producer, code = self.send(good, self.path(name))
            self.assertEqual(code, FAILED, producer.describe())
            self.assertIn(f"{sentence} {self.path(name)}", producer.err.text())
            self.check_skipped(producer, 1)
            self.assertEqual(self.send("--skip-bad", good, self.path(name))[1], FINE)

    def test_a_picture_that_is_too_large(self):
        good = self.write("good.png", pictures.png(GOOD))
        large = self.write("large.png", pictures.png(pictures.noise(100, 100, 3, "large")))
        producer, code = self.send("--capacity", 4096, good, large)
        self.assertEqual(code, FAILED, producer.describe())
        self.check_warnings(producer, [large])
        self.check_skipped(producer, 1)

    def test_nothing_but_bad_files(self):
        bad = self.bad_files()
        for path in bad.values():
            producer, code = self.send(path)
            self.assertEqual(code, FAILED, producer.describe())
            self.check_warnings(producer, [path])
            self.assertEqual(self.found, {})
        producer, code = self.send(self.path("bad"))
        self.assertEqual(code, FAILED, producer.describe())
        self.assertRegex(producer.err.text(), "(?m)^ferry-producer: none of the sources c")

    def test_what_is_not_there_or_no_file(self):
        os.mkdir(self.path("folder.png"))
        os.symlink("nowhere", self.path("dangling.png"))
        os.symlink("loop.png", self.path("loop.png"))
        good = self.write("good.png", pictures.png(GOOD))
        paths = [self.path(name) for name in ("none.png", "dangling.png", "loop.png",
                                              "good.png/x.png")]
        producer, code = self.send(*paths, good)
        self.assertEqual(code, FAILED, producer.describe())
        self.check_warnings(producer, paths)
        self.check_skipped(producer, len(paths))
        self.assert_pictures(self.found, {1: GOOD})
        producer, code = self.send(self.path("folder.png"), *paths)
        self.assertEqual(code, FAILED, producer.describe())
        self.assertRegex(producer.err.text(), "no files in the directory .*folder.png")

    # In a directory, links to pictures are pictures.
    def test_links_to_files(self):
        self.write("elsewhere/x.png", pictures.png(GOOD))
        os.mkdir(self.path("in"))
        os.symlink("../elsewhere/x.png", self.path("in/1.png"))
        os.symlink("../elsewhere/nothing.png", self.path("in/2.png"))
        for source in ("in", "in/1.png"):
            producer, code = self.send(self.path(source))
            self.assertEqual(code, FAILED if source == "in" else FINE, producer.describe())
            self.assert_pictures(self.found, {1: GOOD})
            self.assertEqual("in/2.png" in producer.err.text(), source == "in")  # named as skipped

    def test_folders_without_pictures(self):
        os.mkdir(self.path("empty"))
        self.write("texts/readme.md", b"nothing to see\n")
        os.makedirs(self.path("nested/inner"))
        self.write("nested/inner/1.png", pictures.png(GOOD))
        for name in ("empty", "texts", "nested"):
            producer, code = self.send(self.path(name))
            self.assertEqual(code, FAILED, producer.describe())
            self.assertIn(self.path(name), producer.err.text())

    # Sources are looked at before anything waits.
    def test_nothing_is_waited_for_when_nothing_can_be_sent(self):
        path = self.write("bad.png", b"no picture")
        marker = self.path("started")
        producer = self.producer(self.channel(), *self.launch("touch", marker), path)
        self.end(producer, FAILED)
        self.assertFalse(os.path.exists(marker))
        self.end(self.producer(self.channel(), path), FAILED)

    def test_a_file_that_goes_bad_on_the_way(self):
        self.write_noise("in", 4)
        channel = self.channel()
        producer = self.paused_producer(channel, "--fps", 0, "--loop", "--count", 9,
                                        self.path("in"))
        consumer = self.consumer(channel, "--every", "--json")
        wait_attached(consumer.pid, channel)
        os.unlink(self.path("in/2.png"))
        self.write("in/3.png", b"")
        self.resume(producer)
        self.end(producer, FAILED)
        self.end(consumer)
        self.check_skipped(producer, 2)
        self.assert_whole_numbers(consumer.numbers(), 1, 9)
        self.check_warnings(producer, [self.path("in/2.png"), self.path("in/3.png")])

    def test_all_files_go_bad_on_the_way(self):
        self.write_noise("in", 3)
        channel = self.channel()
        producer = self.paused_producer(channel, "--loop", self.path("in"))
        consumer = self.attached(channel, "--every", "--json")
        for name in os.listdir(self.path("in")):
            self.write(f"in/{name}", b"")
        self.resume(producer)
        self.end(producer, FAILED)
        self.end(consumer)
        self.assertIn("none of the sources could be sent", producer.err.text())

    def test_names_that_would_disturb_a_terminal(self):
        path = self.write("\x1b[2J\n\u009b.png", b"no picture")
        producer, code = self.send(path)
        self.assertEqual(code, FAILED, producer.describe())
        for line in producer.err.list():
            self.assertTrue(line.isprintable(), repr(line))
        self.assertIn("[2J", producer.err.text())


class Writing(Case):
    def test_a_folder_that_cannot_be_made(self):
        channel = self.channel()
        producer = self.producer(channel, "--fps", 50, "pattern:8x8")
        file = self.write("file", b"kept")
        for folder, code, said in ((file, USAGE, "exists and is not a directory"),
                                   (os.path.join(file, "sub"), FAILED, "cannot make the directory"),
                                   ("/proc/self/no/folder", FAILED, "cannot make the directory")):
            text = self.end(self.consumer(channel, "--save", folder), code).err.text()
            self.assertIn(said, text)
            self.assertIn(folder, text)
        self.interrupt(producer)
        with open(file, "rb") as kept:
            self.assertEqual(kept.read(), b"kept")

    def test_folders_are_made_with_those_above_them(self):
        channel = self.channel()
        for folder in ("a/b/c", "a/b/d/", "./a//e"):
            consumer = self.consumer(channel, "--save", folder, cwd=self.folder)
            self.end(self.producer(channel, "--fps", 0, "--count", 1, "--wait-consumer", 600,
                                   "pattern:8x8"))
            self.end(consumer)
            self.assertEqual(sorted(self.saved(folder, channel)), [1])

    def test_a_file_in_the_way_is_replaced_if_that_is_asked_for(self):
        channel = self.channel()
        path = self.write(f"out/{channel}-000001.png", b"old")
        consumer = self.consumer(channel, "--overwrite", "--save", self.path("out"))
        self.end(self.producer(channel, "--fps", 0, "--count", 1, "--wait-consumer", 600,
                               "pattern:8x8"))
        self.end(consumer)
        self.assertEqual(pictures.read_png(path)[:3], (8, 8, 3))

    def test_a_folder_in_the_way_is_not(self):
        channel = self.channel()
        name = f"{channel}-000001.png"
        os.makedirs(self.path("out", name))
        consumer = self.consumer(channel, "--overwrite", "--save", self.path("out"))
        producer = self.producer(channel, "--fps", 0, "--count", 1, "--wait-consumer", 600,
                                 "pattern:8x8")
        self.end(consumer, FAILED)
        self.end(producer)
        self.assertRegex(consumer.err.text(), f"cannot save frame 1: .*{name}.* directory")
        self.assertEqual(os.listdir(self.path("out")), [name])


if __name__ == "__main__":
    unittest.main(verbosity=2)

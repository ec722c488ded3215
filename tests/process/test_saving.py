"""--save: where the files go, every kind of picture, and the threads that make them."""

import os
import re
import shlex
import shutil
import signal
import struct
import unittest

import pictures
from support import FAILED, FINE, SHARED_MEMORY, Case, stop_process, wait_until

TIME = r"\d{8}T\d{6}\.\d{6}Z"


class Saving(Case):
    def files(self, folder=""):
        """All files below a folder, as paths in it."""
        top = self.path(folder)
        return sorted(os.path.relpath(os.path.join(where, name), top)
                      for where, _, names in os.walk(top) for name in names)

    def run_pair(self, source, *options, code=FINE, sending=("--fps", 0), channel=None, **more):
        channel = channel or self.channel()
        consumer = self.consumer(channel, *options, **more)
        producer = self.producer(channel, *sending, "--wait-consumer", 60, source)
        self.end(consumer, code)
        self.end(producer)
        return consumer

    def check_listed(self, consumer, folder):
        """What is listed is there, in order, and nothing else is; returns the numbers."""
        records = consumer.records()
        self.assertEqual(sorted(r["file"] for r in records),
                         [self.path(folder, name) for name in self.files(folder)])
        numbers = [r["frame"] for r in records]
        self.assertEqual(numbers, sorted(numbers))
        return numbers


class Patterns(Saving):
    def setUp(self):
        super().setUp()
        self.folder_in, self.made = self.write_noise("in", 3)

    def save(self, pattern, *options, **more):
        return self.run_pair(self.folder_in, "--every", "--save", pattern, "--json", *options,
                             cwd=self.folder, channel=self.channel(), **more)

    def check(self, records, *expected):
        """The files of all three frames, as regular expressions for paths."""
        self.assertEqual(len(records), len(expected))
        for record, pattern, picture in zip(records, expected, self.made):
            self.assertRegex(record["file"], f"^{pattern}$")
            self.assertEqual(pictures.read_png(self.path(record["file"])), picture)

    def test_words(self):
        consumer = self.save("o/{name}_{frame}@{time}.png")
        self.check(consumer.records(),
                   *(rf"o/{self.channels[-1]}_00000{n}@{TIME}\.png" for n in (1, 2, 3)))
        self.assertIn("3 saved as o/{name}_{frame}@{time}.png", consumer.err.text())

    def test_folders_are_made_on_the_way(self):
        for pattern, expected in (
                ("a/{name}/b/{frame}.png", r"a/<name>/b/<frame>\.png"),
                ("b/{frame}/c/{frame}/x.png", r"b/<frame>/c/<frame>/x\.png"),
                ("{time}/{frame}.PNG", rf"{TIME}/<frame>\.PNG"),
                (self.path("c//{frame}//y.png"), rf"{self.folder}/c//<frame>//y\.png")):
            consumer = self.save(pattern)
            expected = expected.replace("<name>", self.channels[-1])
            self.check(consumer.records(), *(expected.replace("<frame>", f"00000{n}")
                                             for n in (1, 2, 3)))

    def test_braces_blanks_quotes_and_other_letters(self):
        for name in ("{{", "a b", "quote's \"two\"", "\u00e4\u20ac\U0001f6a2", "}}", "%s%n", "~",
                     "$HOME", "*?[a]", "-x", "new\nline\x1b[2J"):
            consumer = self.save(f"o/{name}/{name}{{frame}}.png")
            plain = re.escape(name.replace("{{", "{"))
            self.check(consumer.records(), *(rf"o/{plain}/{plain}00000{n}\.png"
                                             for n in (1, 2, 3)))
            self.assertTrue(all(line.isprintable() for line in consumer.err.list()))

    def test_no_two_frames_have_the_same_time(self):
        folder, _ = self.write_noise("many", 40, width=2, height=2)
        consumer = self.run_pair(folder, "--save", self.path("o/{time}.png"), "--json", "--jobs", 4)
        self.assertEqual(len(self.check_listed(consumer, "o")), 40)
        files = [r["file"] for r in consumer.records()]
        self.assertEqual(files, sorted(files))

    # The newest frame in one file, which is whole whenever it is looked at.
    def test_a_live_snapshot(self):
        picture = pictures.noise(200, 150, 3, "live")
        self.write("one/1.png", pictures.png(picture))
        channel = self.channel()
        consumer = self.consumer(channel, "--save", self.path("live.png"), "--json", "--jobs", 8)
        producer = self.producer(channel, "--fps", 0, "--loop", self.path("one"))
        consumer.out.wait_count(1)
        for count in range(2, 30):
            self.assertEqual(pictures.read_png(self.path("live.png")), picture)
            consumer.out.wait_count(count)
        self.interrupt(consumer)
        self.interrupt(producer)
        self.assertEqual({r["file"] for r in consumer.records()}, {self.path("live.png")})
        self.assert_skips_add_up(consumer.records())
        # The latest, unless --every is said.
        self.assertGreater(sum(r["skipped"] for r in consumer.records()), 0)
        self.assertIn(f"saved as {self.path('live.png')}", consumer.err.text())

    # An older frame never replaces a newer one.
    def test_the_last_frame_stays_in_one_file(self):
        for i in range(6):
            side = (1200, 4)[i % 2]  # what takes long, and what overtakes it
            picture = pictures.noise(side, side, 3, f"last {i}")
            self.write(f"sizes/{i}.ppm", pictures.pnm(picture))
        for _ in range(3):
            consumer = self.run_pair(self.path("sizes"), "--every", "--save", self.path("x.png"),
                                     "--json", "--jobs", 8)
            self.assert_whole_numbers(consumer.numbers(), 1, 6)
            self.assertEqual(pictures.read_png(self.path("x.png")), picture)

    def test_nothing_leaves_the_directory(self):
        channel = self.channel() + "..x"
        self.channels.append(channel)
        before = self.files()
        for pattern in ("o/{name}/{frame}.png", "o/{name}{name}.png", "o/{time}{frame}.png"):
            self.run_pair(self.folder_in, "--every", "--save", pattern, channel="Local\\" + channel,
                          cwd=self.folder)
        self.assertTrue(all(name.startswith("o/") for name in set(self.files()) - set(before)))
        self.assertIn(f"o/{channel}/000003.png", self.files())

    def test_a_directory_that_cannot_be_made(self):
        file = self.write("file", b"kept")
        channel = self.channel()
        for pattern in ("file/{frame}.png", "file/a/{frame}.png"):
            consumer = self.end(self.consumer(channel, "--save", pattern, cwd=self.folder), FAILED)
            self.assertRegex(consumer.err.text(), "cannot make the directory file")
        os.mkdir(self.path("o"))
        self.write("o/000001", b"kept")
        consumer = self.run_pair(self.folder_in, "--save", "o/{frame}/{name}.png", code=FAILED,
                                 cwd=self.folder)
        self.assertRegex(consumer.err.text(),
                         "cannot save frame 1: cannot make the directory o/000001")
        with open(file, "rb") as kept:
            self.assertEqual(kept.read(), b"kept")


class Kinds(Saving):
    READERS = {"png": pictures.read_png, "PNG": pictures.read_png, "bmp": pictures.read_bmp,
               "tga": pictures.read_tga}

    def setUp(self):
        super().setUp()
        self.made = [pictures.noise(*size, channels, f"{size} {channels}")
                     for size in ((16, 12), (1, 1), (5, 3), (33, 20)) for channels in (1, 3, 4)]
        for i, picture in enumerate(self.made):
            self.write(f"in/{i}.png", pictures.png(picture))

    def save_as(self, kind):
        consumer = self.run_pair(self.path("in"), "--save", self.path(kind, "{frame}." + kind),
                                 "--json")
        self.assert_whole_numbers(self.check_listed(consumer, kind), 1, len(self.made))
        return [r["file"] for r in consumer.records()]

    def test_without_loss(self):
        for kind, read in self.READERS.items():
            for file, picture in zip(self.save_as(kind), self.made):
                if kind == "bmp" and picture.channels == 1:  # there is no gray in it
                    picture = picture._replace(channels=3, pixels=bytes(
                        value for value in picture.pixels for _ in range(3)))
                self.assertEqual(read(file), picture, file)

    def test_raw(self):
        for file, picture in zip(self.save_as("raw"), self.made):
            with open(file, "rb") as raw:
                self.assertEqual(raw.read(), picture.pixels)

    def test_jpeg(self):
        for kind in ("jpg", "jpeg", "JPG"):
            for file, picture in zip(self.save_as(kind), self.made):
                self.assertEqual(pictures.jpeg_size(file)[:2], picture[:2])

    # There and back again: it is the same picture, not only some picture of that size.
    def test_jpeg_is_the_picture(self):
        ramp = bytes(value for y in range(64) for x in range(64)
                     for value in (x * 3, y * 3, 255 - x * 2))
        self.write("ramp/1.png", pictures.png(pictures.Picture(64, 64, 3, ramp)))
        self.run_pair(self.path("ramp"), "--save", self.path("ramp.jpg"))
        self.run_pair(self.path("ramp.jpg"), "--save", self.path("back.raw"))
        with open(self.path("back.raw"), "rb") as file:
            back = file.read()
        self.assertEqual(len(back), len(ramp))
        self.assertLess(max(abs(a - b) for a, b in zip(ramp, back)), 30)


class Threads(Saving):
    # The first takes far longer than the others.
    def test_lines_are_in_order(self):
        made = [pictures.noise(900 if i % 5 == 0 else 8, 600 if i % 5 == 0 else 8, 3, f"order {i}")
                for i in range(20)]
        for i, picture in enumerate(made):
            self.write(f"in/{i}.png", pictures.png(picture))
        for jobs in (1, 2, 8, 64):
            for lines in ("--json", "--print"):
                folder = f"out{jobs}{lines}"
                consumer = self.run_pair(self.path("in"), lines, "--jobs", jobs,
                                         "--save", self.path(folder, "{frame}.raw"))
                if lines == "--json":
                    self.assert_whole_numbers(self.check_listed(consumer, folder), 1, 20)
                else:
                    numbers = [int(re.match(r"frame (\d+): ", line)[1])
                               for line in consumer.out.list()]
                    self.assert_whole_numbers(numbers, 1, 20)
                for i, picture in enumerate(made):
                    with open(self.path(folder, f"{i + 1:06}.raw"), "rb") as file:
                        self.assertTrue(file.read() == picture.pixels, i)

    # Also when no frame comes after it for a long time.
    def test_a_line_comes_as_soon_as_there_is_a_file(self):
        for options in ([], ["--dialect", "baseimage"]):
            channel = self.channel()
            producer = self.producer(channel, *options, "--fps", "0.001", "pattern:400x300")
            consumer = self.consumer(channel, "--latest", "--save", self.path(channel), "--json")
            consumer.out.wait_count(1)
            self.assertEqual(sorted(self.saved(channel, channel)), [1])
            self.interrupt(consumer)
            self.interrupt(producer)

    def test_files_exist_when_their_line_comes(self):
        folder, _ = self.write_noise("in", 12, width=120, height=90)
        channel = self.channel()
        producer = self.producer(channel, "--fps", 0, "--loop", folder)
        consumer = self.consumer(channel, "--save", self.path("out"), "--json", "--jobs", 4)
        for count in range(1, 60):
            consumer.out.wait_count(count)
            record = consumer.records()[count - 1]
            self.assertEqual(record["frame"], count)
            self.assertTrue(os.path.exists(record["file"]))
        self.interrupt(consumer)
        self.interrupt(producer)
        self.check_listed(consumer, "out")

    # Each frame is held in place for as long as it is encoded, of channels of all sizes.
    def test_few_slots_and_many_jobs(self):
        folder, made = self.write_noise("in", 10, width=60, height=40)
        for slots in (2, 3, 4, 16):
            for delivery in ("--every", "--latest"):
                consumer = self.run_pair(folder, delivery, "--save",
                                         self.path(f"{slots}{delivery}/{{frame}}.png"), "--json",
                                         "--jobs", 8,
                                         sending=("--fps", 0, "--slots", slots, "--loop",
                                                  "--count", 80))
                records = consumer.records()
                if delivery == "--every":
                    self.assert_whole_numbers(consumer.numbers(), 1, 80)
                self.assert_skips_add_up(records)
                self.assertEqual(records[-1]["frame"], 80)
                for record in records:
                    self.assertEqual(pictures.read_png(record["file"]),
                                     made[(record["frame"] - 1) % 10])

    def test_count_is_kept(self):
        folder, _ = self.write_noise("in", 10, width=60, height=40)
        for jobs in (1, 8):
            for count in (1, 2, 7, 50):
                channel = self.channel()
                producer = self.producer(channel, "--fps", 0, "--loop", folder)
                out = f"{jobs}-{count}"
                consumer = self.end(self.consumer(channel, "--save", self.path(out), "--json",
                                                  "--jobs", jobs, "--count", count))
                self.interrupt(producer)
                self.assert_whole_numbers(self.check_listed(consumer, out), 1, count)
                self.assertIn(f"{count} frame{'s' * (count > 1)} received, 0 skipped, "
                              f"{count} saved in", consumer.err.text())

    # What is under way is finished, listed and counted.
    def test_stopped_in_mid_save(self):
        folder, made = self.write_noise("in", 4, width=300, height=200)
        for number in (signal.SIGINT, signal.SIGTERM):
            for jobs in (1, 4):
                channel = self.channel()
                producer = self.producer(channel, "--fps", 0, "--loop", folder)
                consumer = self.consumer(channel, "--save", self.path(channel), "--json",
                                         "--jobs", jobs)
                consumer.out.wait_count(3)
                self.interrupt(consumer, number)
                self.interrupt(producer)
                numbers = self.check_listed(consumer, channel)
                self.assert_whole_numbers(numbers, 1, numbers[-1])
                self.assert_pictures(self.saved(channel, channel),
                                     {n: made[(n - 1) % 4] for n in numbers})
                self.assertIn(f"{numbers[-1]} frames received, 0 skipped, {numbers[-1]} saved",
                              consumer.err.text())

    def test_the_end_and_the_death_of_the_producer(self):
        folder, made = self.write_noise("in", 6, width=300, height=200)
        consumer = self.run_pair(folder, "--save", self.path("ended"), "--json", "--jobs", 8)
        self.assert_whole_numbers(self.check_listed(consumer, "ended"), 1, 6)
        channel = self.channel()
        producer = self.producer(channel, "--fps", 0, "--loop", folder)
        consumer = self.consumer(channel, "--save", self.path("lost"), "--json", "--jobs", 4)
        consumer.out.wait_count(3)
        self.kill(producer.pid)
        self.end(consumer, FAILED)
        numbers = self.check_listed(consumer, "lost")
        self.assert_whole_numbers(numbers, 1, numbers[-1])
        self.assert_pictures(self.saved("lost", channel), {n: made[(n - 1) % 6] for n in numbers})

    # What has its final name is whole.
    def test_killed_in_mid_save(self):
        folder, made = self.write_noise("in", 4, width=300, height=200)
        for jobs in (1, 4):
            for count in (1, 4, 9):
                channel = self.channel()
                producer = self.producer(channel, "--fps", 0, "--loop", folder)
                consumer = self.consumer(channel, "--save", self.path(channel), "--json",
                                         "--jobs", jobs)
                consumer.out.wait_count(count)
                self.kill(consumer.pid)
                self.interrupt(producer)
                saved = self.saved(channel, channel)
                self.assertGreaterEqual(len(saved), count)
                self.assert_pictures(saved, {n: made[(n - 1) % 4] for n in saved})

    def test_a_directory_that_is_removed_on_the_way(self):
        folder, _ = self.write_noise("in", 4, width=60, height=40)
        for jobs in (1, 8):
            channel = self.channel()
            producer = self.producer(channel, "--fps", 0, "--loop", folder)
            consumer = self.consumer(channel, "--save", self.path("out"), "--json", "--jobs", jobs)
            consumer.out.wait_count(3)
            os.rename(self.path("out"), self.path("gone"))
            self.end(consumer, FAILED)
            self.interrupt(producer)
            text = consumer.err.text()
            self.assertRegex(text, r"cannot save frame \d+: .*No such file or directory")
            self.assertEqual(text.count("cannot save"), 1)
            numbers = consumer.numbers()
            self.assertEqual(sorted(self.saved("gone", channel)), numbers)
            self.assertIn(f"{len(numbers)} saved in", text)
            shutil.rmtree(self.path("gone"))

    # Nothing more is listed, but what has been saved is counted.
    def test_a_reader_that_has_enough(self):
        folder, _ = self.write_noise("in", 4, width=60, height=40)
        for lines in ("--json", "--print"):
            channel = self.channel()
            producer = self.producer(channel, "--fps", 0, "--loop", folder)
            reading, writing = os.pipe()
            consumer = self.consumer(channel, "--save", self.path(channel), lines, "--jobs", 4,
                                     stdout=writing)
            os.close(writing)
            os.read(reading, 1)
            os.close(reading)
            self.end(consumer, FAILED)
            self.interrupt(producer)
            text = consumer.err.text()
            self.assertIn("cannot write to standard output: Broken pipe; its reader has ended, as "
                          "head does when it has enough lines", text)
            self.assertEqual(text.count("cannot"), 1)
            self.assertIn(f"{len(self.saved(channel, channel))} saved in", text)


class Overrun(Saving):
    """Somebody who writes into the descriptor of a slot that is held: docs/layout.md."""
    TRAILER_BYTES = 64
    DESCRIPTORS, DESCRIPTOR_BYTES, FILLS = 960, 1280, 8
    METADATA_BYTES, METADATA = 236, 256
    RECORDS = 128

    def held(self, channel):
        """The mask of slots in hand of the only consumer."""
        with open(f"{SHARED_MEMORY}/{channel}~consumers", "rb") as file:
            return struct.unpack_from("<Q", file.read(), self.RECORDS)[0]

    @classmethod
    def descriptor(cls, channel, slot):
        """Where the descriptor of a slot lies."""
        with open(f"{SHARED_MEMORY}/{channel}", "rb") as file:
            file.seek(-cls.TRAILER_BYTES, os.SEEK_END)
            block, = struct.unpack("<Q", file.read(8))
        return block + cls.DESCRIPTORS + slot * cls.DESCRIPTOR_BYTES

    def overwrite(self, channel, mask):
        with open(f"{SHARED_MEMORY}/{channel}", "r+b", buffering=0) as file:
            for slot in range(64):
                if mask >> slot & 1:
                    at = self.descriptor(channel, slot) + self.FILLS
                    file.seek(at)
                    fills, = struct.unpack("<Q", file.read(8))
                    file.seek(at)
                    file.write(struct.pack("<Q", fills + 1))

    def stop_while_it_holds(self, consumer, channel):
        """Returns the mask of what is held."""
        while True:
            wait_until(lambda: self.held(channel), "nothing is held")
            stop_process(consumer.pid)
            if self.held(channel):
                return self.held(channel)
            self.resume(consumer)

    def test_a_frame_that_is_overwritten_while_it_is_saved(self):
        folder, _ = self.write_noise("in", 6, width=400, height=300)
        for jobs in (1, 3):
            channel = self.channel()
            producer = self.producer(channel, "--fps", 0, "--loop", folder)
            consumer = self.consumer(channel, "--save", self.path(channel), "--json",
                                     "--jobs", jobs)
            consumer.out.wait_count(2)
            while consumer.err.text().count("was overwritten") < 2:
                self.overwrite(channel, self.stop_while_it_holds(consumer, channel))
                self.resume(consumer)
            self.interrupt(consumer)
            self.interrupt(producer)
            numbers = self.check_listed(consumer, channel)
            said = [int(n) for n in re.findall(r"warning: frame (\d+) was overwritten while it was "
                                               "read, and is skipped", consumer.err.text())]
            last = max(numbers + said)
            self.assertEqual(sorted(numbers + said), list(range(1, last + 1)))
            self.assert_skips_add_up(consumer.records())
            self.assertIn(f"{len(numbers)} frames received, {len(said)} skipped, "
                          f"{len(numbers)} saved", consumer.err.text())


class Exec(Saving):
    """What test_exec does not look at: commands beside --save."""

    # The file is there, the pixels are those of the frame, and commands come in order.
    def test_commands_get_frames_that_are_saved(self):
        folder, made = self.write_noise("in", 6, width=90, height=70)
        script = ('echo "$FERRY_FRAME $FERRY_FILE" >>list; test -s "$FERRY_FILE" && '
                  'cat >"$FERRY_FRAME.pixels"')
        command = shlex.join(["sh", "-c", script])
        for kind in ("png", "raw"):
            consumer = self.run_pair(folder, "--save", f"{kind}/{{frame}}.{kind}", "--json",
                                     "--jobs", 4, "--exec", command, cwd=self.folder)
            self.assert_whole_numbers(consumer.numbers(), 1, 6)
            with open(self.path("list"), encoding="utf-8") as file:
                self.assertEqual(file.read().split("\n")[:-1],
                                 [f"{n} {kind}/{n:06}.{kind}" for n in range(1, 7)])
            for n, picture in enumerate(made, start=1):
                with open(self.path(f"{n}.pixels"), "rb") as file:
                    self.assertEqual(file.read(), picture.pixels)
            os.unlink(self.path("list"))

    def test_commands_that_fail(self):
        folder, _ = self.write_noise("in", 4)
        command = shlex.join(["sh", "-c", "test $FERRY_FRAME != 3"])
        for saving in ([], ["--save", self.path("out")]):
            consumer = self.run_pair(folder, "--every", "--json", "--exec", command, *saving,
                                     code=FAILED)
            self.assert_whole_numbers(consumer.numbers(), 1, 4)
            self.assertRegex(consumer.err.text(), "warning: .*frame 3")
            self.assertIn("1 of 4 commands failed", consumer.err.text())
        # One that cannot be started at all is refused before a directory is made.
        consumer = self.end(self.consumer(self.channel(), "--every", "--json", "--exec",
                                          self.path("none"), "--save", self.path("two")), FAILED)
        self.assertEqual(consumer.err.text().count("--exec: "), 1)
        self.assertFalse(os.path.exists(self.path("two")))


class Print(Saving):
    LINE = (r"^frame (\d+): (\d+)x(\d+) (\w+), (\d+) bytes, stride (\d+), (\d+) skipped, "
            r"(-?\d+\.\d{3}) ms(, .*)?$")

    def test_a_line_a_frame(self):
        folder, _ = self.write_noise("in", 3, width=5, height=4)
        for saving in (False, True):
            options = ["--save", self.path("o u\tt", "{frame}.png")] if saving else []
            consumer = self.run_pair(folder, "--every", "--print", *options)
            lines = consumer.out.list()
            self.assertEqual(len(lines), 3)
            for number, line in enumerate(lines, start=1):
                self.assertTrue(line.isprintable(), repr(line))
                found = re.match(self.LINE, line)
                self.assertIsNotNone(found, line)
                self.assertEqual(found.groups()[:7],
                                 (str(number), "5", "4", "rgb24", "60", "15", "0"))
                self.assertTrue(0 < float(found[8]) < 60e3)
                self.assertEqual(found[9], f", {self.folder}/o u\\x09t/{number:06}.png"
                                 if saving else None)

    def test_skipped_frames(self):
        channel = self.channel()
        producer = self.producer(channel, "--fps", 0, "--count", 40, "--wait-consumer", 60,
                                 "pattern:300x200")
        consumer = self.consumer(channel, "--latest", "--print", "--save", self.path("x.png"))
        self.end(consumer)
        self.end(producer)
        rows = [re.match(self.LINE, line).groups() for line in consumer.out.list()]
        self.assertEqual(rows[-1][0], "40")
        self.assertEqual(sum(1 + int(row[6]) for row in rows), 40)

    # As text that does a terminal no harm, and as an object.
    def test_metadata(self):
        pairs = {"camera": "left one", "a.b_c-1": "", "quote": '"\\{}', "letters": "\u00e4\u20ac="}
        sending = ["--fps", 0, "--count", 2]
        for key, value in pairs.items():
            sending += ["--meta", f"{key}={value}"]
        consumer = self.run_pair("pattern:8x8", "--every", "--json", sending=sending)
        self.assertEqual([r["meta"] for r in consumer.records()], [pairs, pairs])
        self.assertEqual(list(consumer.records()[0]["meta"]), list(pairs))
        consumer = self.run_pair("pattern:8x8", "--every", "--print", sending=sending)
        for line in consumer.out.list():
            self.assertTrue(line.endswith(" ms, " + " ".join(f"{k}={v}" for k, v in pairs.items())))
        for lines in ("--json", "--print"):
            consumer = self.run_pair("pattern:8x8", "--every", lines, sending=("--count", 1))
            self.assertRegex(consumer.out.text(), r'"meta": null, ' if lines == "--json" else "ms$")

    # Of another form than our own, or with what would disturb a terminal.
    def test_metadata_of_somebody_else(self):
        for text in (b"no pair\n", b"a=1", b"a=\x1b[2J\n", b"a=\xff\n", b"\0" * 1024, b"a b=1\n"):
            channel = self.channel()
            producer = self.paused_producer(channel, "--count", 2, "--meta", "a=1",
                                            "--wait-consumer", 60, "--fps", "0.001", "pattern:8x8")
            consumers = [self.attached(channel, "--every", lines) for lines in
                         ("--json", "--print")]
            for consumer in consumers:
                stop_process(consumer.pid)
            self.resume(producer)
            slot = Overrun.descriptor(channel, 0)
            with open(f"{SHARED_MEMORY}/{channel}", "r+b", buffering=0) as file:
                def is_published():
                    file.seek(slot)
                    return file.read(8) == struct.pack("<Q", 1)

                wait_until(is_published, "nothing is published")
                file.seek(slot + Overrun.METADATA_BYTES)
                file.write(struct.pack("<I", len(text)))
                file.seek(slot + Overrun.METADATA)
                file.write(text)
            for consumer in consumers:
                self.resume(consumer)
                consumer.out.wait_count(1)
            self.assertIsNone(consumers[0].records()[0]["meta"])
            self.assertTrue(consumers[1].out.text().endswith(
                f" ms, {len(text)} bytes of metadata"), consumers[1].out.text())
            for program in (*consumers, producer):
                self.interrupt(program)

    def test_without_standard_output(self):
        channel = self.channel()
        producer = self.producer(channel, "--fps", 50, "pattern:8x8")
        with open("/dev/full", "w", encoding="utf-8") as full:
            consumer = self.end(self.consumer(channel, "--print", stdout=full), FAILED)
        self.assertIn("cannot write to standard output: No space left", consumer.err.text())
        self.interrupt(producer)


if __name__ == "__main__":
    unittest.main(verbosity=2)

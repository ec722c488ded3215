"""Wrong usage that tells what may have been meant, and options of one letter."""

import os
import re
import unittest

from support import CONSUMER, FINE, PRODUCER, TIMED_OUT, USAGE, Case, environment


class Meant(Case):
    def said(self, program, *arguments, code=USAGE, **more):
        """The first line that a program says."""
        lines = self.end(self.start(program, *arguments, **more), code).err.list()
        self.assertTrue(lines[0].isprintable(), lines)
        return lines[0].split(": ", 1)[1]

    def test_slips(self):
        for program, slip, option in (
                (PRODUCER, "--nmae", "name"), (CONSUMER, "--nmae", "name"),
                (PRODUCER, "--capcity=8M", "capacity"), (PRODUCER, "--NAME", "name"),
                (PRODUCER, "--no_wait", "no-wait"), (PRODUCER, "--cuont", "count"),
                (CONSUMER, "--tiemout=3", "timeout"), (CONSUMER, "--jsno", "json"),
                (CONSUMER, "--over-write", "overwrite"), (PRODUCER, "--launhc", "launch"),
                (PRODUCER, "-fps", "fps"), (PRODUCER, "-count", "count"),
                (CONSUMER, "-save", "save"), (CONSUMER, "-quiet", "quiet")):
            line = self.said(program, slip, "x")
            word = slip.split("=")[0]
            self.assertEqual(line, f"unknown option {word}: did you mean --{option}?")

    def test_what_is_far_from_all_has_no_advice(self):
        for word in ("--frobnicate", "-x", "--", "---", "--zz"):
            for program in (PRODUCER, CONSUMER):
                if word == "--":
                    continue
                self.assertEqual(self.said(program, word, "x"), f"unknown option {word}")

    def test_what_is_cut_too_short_lists_all(self):
        self.assertEqual(self.said(PRODUCER, "--n", "x"),
                         "--n is ambiguous: it may be any of --name, --no-auto-orient, --no-wait")
        self.assertEqual(self.said(CONSUMER, "--e=3"),
                         "--e is ambiguous: it may be any of --everyone, --every, --exec, "
                         "--exec-timeout")

    def help(self, program):
        return "".join(self.end(self.start(program, option)).out.text() for option in ("--help", "--help-ports"))

    # They begin with a letter of one that this program has, or are near to one, or are none.
    def test_options_of_the_other_program(self):
        for program, other in ((PRODUCER, CONSUMER), (CONSUMER, PRODUCER)):
            own, others = (re.findall(r"^(?:  -., |  )--([a-z0-9-]+)", self.help(p), re.MULTILINE)
                           for p in (program, other))
            name = os.path.basename(other).removesuffix(".exe")
            self.assertGreater(len(set(others) - set(own)), 10)
            for option in set(others) - set(own):
                for word in (f"--{option}", f"--{option}=3", f"-{option}"):
                    self.assertEqual(self.said(program, word, "pattern:8x8"),
                                     f"unknown option {word.removesuffix('=3')}: {name} has --{option}, this "
                                     "program does not")
        self.assertEqual(self.said(PRODUCER, "--reconect", "x"), "unknown option --reconect: ferry-consumer has "
                         "--reconnect, this program does not")

    def test_what_other_programs_call_so(self):
        for program, word, option in ((PRODUCER, "--rate", "fps"), (PRODUCER, "--frame_rate=3", "fps"),
                                      (PRODUCER, "--channel", "name"), (CONSUMER, "--channel=x", "name"),
                                      (CONSUMER, "--output", "save"), (CONSUMER, "-o", "save"),
                                      (CONSUMER, "--out=x", "save"), (PRODUCER, "--pix_fmt", "format"),
                                      (CONSUMER, "--rate", "fps"), (CONSUMER, "-?", "help"), (PRODUCER, "--run", "launch"),
                                      (CONSUMER, "--run", "exec")):
            self.assertEqual(self.said(program, word, "x"),
                             f"unknown option {word.split('=')[0]}: did you mean --{option}?")
        self.assertEqual(self.said(CONSUMER, "--buffers"), "unknown option --buffers: ferry-producer has --slots, "
                         "this program does not")

    def test_dashes_of_laid_out_text(self):
        for dash in "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d":
            for word, meant in ((dash + "name", "--name"), (dash + dash + "name=x", "--name=x"),
                                ("-" + dash + "quiet", "--quiet"), (dash + "n", "--name"), (dash + "nmae", "--name")):
                for program, rest in ((PRODUCER, ["pattern:8x8"]), (CONSUMER, [])):
                    line = self.said(program, *rest, word)
                    self.assertTrue(line.startswith(f'{word} begins with a typographic dash instead of "-"'), line)
                    self.assertTrue(line.endswith(f"did you mean {meant}?"), line)
        self.assertTrue(self.said(CONSUMER, "\u2014frobnicate").endswith("type it as --frobnicate"))
        folder, _ = self.write_noise("\u2013name", 1)
        self.end(self.producer(self.channel(), "--no-wait", os.path.basename(folder), cwd=self.folder))

    def test_values_that_need_an_equals_sign(self):
        self.assertEqual(self.said(CONSUMER, "--every", "4"), '"4" is not an option: did you mean --every=4?')
        self.assertEqual(self.said(CONSUMER, "--every", "all"), '"all" is not an option: did you mean --every=all?')
        self.assertEqual(self.said(CONSUMER, "--group", "video"),
                         '"video" is not an option: did you mean --group=video, or --name video?')
        self.assertIn("did you mean --group=video?", self.said(PRODUCER, "--group", "video", "pattern:8x8"))
        self.assertEqual(self.said(PRODUCER, "--group", "video", code=1, cwd=self.folder),
                         'there is no file "video": a group\'s name would be --group=video')

    def test_words_that_are_no_sources(self):
        for word, meant in (("help", "did you mean --help?"), ("version", "did you mean --version?"),
                            ("320x200", "such as pattern:320x200"), ("pattern", "such as pattern:640x480")):
            line = self.said(PRODUCER, word, cwd=self.folder)
            self.assertTrue(line.startswith(f'there is no file "{word}": ') and line.endswith(meant), line)

    def test_files_of_bare_pixels(self):
        for name, is_told in (("x.yuv", True), ("x.RGB", True), ("x.txt", False)):
            with open(self.path(name), "wb") as file:
                file.write(bytes(64))
            lines = self.end(self.producer(self.channel(), self.path(name)), 1).err.list()
            self.assertEqual("describe them with --raw WxH:FORMAT" in lines[0], is_told, lines)
        self.end(self.producer(self.channel(), "--no-wait", "--raw", "8x8:gray", self.path("x.yuv")))

    def test_addresses_of_what_is_here(self):
        for text in ("file:///tmp/x.png", "file://localhost/tmp/x.png"):
            self.assertEqual(self.said(PRODUCER, text), f'{text}: leave out the "file://": /tmp/x.png')
        self.assertIn(" ffmpeg -f v4l2 -i /dev/video0 ", self.said(PRODUCER, "v4l2:///dev/video0"))

    def test_commands_that_want_a_shell(self):
        for command in ("cat | wc", "cat >x", "cat > x", "true && cat", "cat 2>&1", "true ; true", "true &"):
            is_told = command != "cat >x"  # a word, as any other
            said = self.end(self.consumer(self.channel(), "--exec", command, "--wait", 0), TIMED_OUT).err.text()
            self.assertEqual("runs no shell" in said, is_told, said)
        for command in ("sh -c 'cat | wc'", 'sh -c "true; cat > x"', "echo '|'", 'echo a"|"b', "echo \\|"):
            said = self.end(self.consumer(self.channel(), "--exec", command, "--wait", 0), TIMED_OUT).err.text()
            self.assertNotIn("shell", said)
        self.assertIn("needs a command", self.said(PRODUCER, "--launch", "", "pattern:8x8"))

    def test_a_letter_in_the_midst(self):
        self.assertEqual(self.said(CONSUMER, "-qx"), "unknown option -x in -qx")
        self.assertEqual(self.said(CONSUMER, "--json", "-qxq"), "unknown option -x in -qxq")
        self.assertEqual(self.said(CONSUMER, "-n"), "-n needs a value")

    def test_a_name_with_one_dash(self):
        for program in (PRODUCER, CONSUMER):
            self.assertEqual(self.said(program, "-name", "camera"), "-name: did you mean --name?")

    def test_words_that_are_no_options(self):
        for words, meant in ((["camera"], "--name camera"), (["json"], "--json"),
                             (["out/x.png"], "--save out/x.png"), (["--json", "a.b"], "--name a.b"),
                             (["x.jpg"], "--save x.jpg")):
            self.assertEqual(self.said(CONSUMER, *words),
                             f'"{words[-1]}" is not an option: did you mean {meant}?')
        for words in (["--name", "a", "b"], ["a b"], ["\u00e4"], ["-"], [""]):
            self.assertEqual(self.said(CONSUMER, *words),
                             f'unexpected argument "{words[-1]}": this program takes options only')

    def test_a_name_among_the_sources(self):
        for rest in (["pattern:8x8"], ["-"]):
            self.assertIn("did you mean --name camera?", self.said(PRODUCER, "camera", *rest))
            self.assertIn("did you mean --name camera?", self.said(PRODUCER, *rest, "camera"))
            self.assertNotIn("did you mean", self.said(PRODUCER, "-n", "x", *rest, "camera"))
            folder, _ = self.write_noise("in", 1)
            self.assertNotIn("did you mean", self.said(PRODUCER, *rest, folder))
        line = self.said(PRODUCER, "camera", code=1, cwd=self.folder)
        self.assertEqual(line, 'there is no file "camera": a channel\'s name would be --name camera')

    def test_empty_words(self):
        for rest in ([], ["pattern:8x8"], ["x.png"]):
            self.assertIn("a SOURCE is an empty string", self.said(PRODUCER, *rest, ""))


class Letters(Case):
    def test_help_and_version(self):
        for program in (PRODUCER, CONSUMER):
            for letters, option in (("-h", "--help"), ("-v", "--version"), ("-V", "--version"),
                                    ("-qh", "--help")):
                short = self.end(self.start(program, letters))
                self.assertEqual(short.out.text(), self.end(self.start(program, option)).out.text())
                self.assertEqual(short.err.text(), "")

    def test_the_name(self):
        channel = self.channel()
        for given in (["-n", channel], [f"-n{channel}"], ["-qn", channel]):
            consumer = self.start(CONSUMER, *given, "--every", "--json")
            self.end(self.start(PRODUCER, *given, "--fps", "0", "--count", "2",
                                "--wait-consumer", "600", "pattern:8x8"))
            self.end(consumer)
            self.assertEqual(consumer.numbers(), [1, 2])

    def test_quiet(self):
        channel = self.channel()
        for option, is_quiet in (("-q", True), ("--json", False)):
            ended = self.end(self.consumer(channel, option, "--wait", 0), TIMED_OUT)
            producer = self.producer(channel, "--count", 1, "--no-wait", "pattern:8x8",
                                     *(["-q"] if is_quiet else []))
            self.end(producer)
            self.assertEqual("frame sent" in producer.err.text(), not is_quiet)
            self.assertEqual(len(ended.err.list()), 1)


class Sizes(Case):
    def test_units(self):
        """Each is 4096 bytes or 8 MiB, which the picture that has no room tells."""
        channel = self.channel()
        for text, room in (("4K", 4096), ("4k", 4096), ("4KB", 4096), ("4kB", 4096),
                           ("4KiB", 4096), ("4 KB", 4096), ("4096", 4096), ("4096B", 4096),
                           ("8M", 8 << 20), ("8m", 8 << 20), ("8MB", 8 << 20), ("8 MiB", 8 << 20)):
            ended = self.end(self.producer(channel, "--capacity", text, "pattern:4000x4000"), 1)
            self.assertIn(f"a slot has room for {room - 16}:", ended.err.text())

    def test_others(self):
        for text in ("8TB", "8 M B", "8bytes", "8 ", "MB", "8.5MB", "8MBit"):
            ended = self.end(self.start(PRODUCER, "--capacity", text, "pattern:8x8"), USAGE)
            for word in ("8M", "8MB", "8MiB", "1024", f'"{text}"'):
                self.assertIn(word, ended.err.list()[0])


class Endings(Case):
    def test_files_that_cannot_be_written(self):
        for name in ("out.webp", "out.tiff", "out.TIF", "out.gif", "out.jepg", "out.pgn", "out.mp4",
                     "out.jpe", "run.1/out.avif", "v1.2.heic", "out.bmpp", "x.ppm"):
            line = self.end(self.start(CONSUMER, "--wait", "0", "--save", self.path(name)),
                            USAGE).err.list()[0]
            for kind in (".png", ".jpg", ".jpeg", ".bmp", ".tga", ".raw", f"{name}/"):
                self.assertIn(kind, line)
            self.assertEqual(os.listdir(self.folder), [])

    def test_numbers_of_other_programs(self):
        channel = self.channel()
        for name in ("out-%06d.png", "%d.jpg", "out/%d", "%Y-%m-%d/x.png", "%3d"):
            line = self.end(self.start(CONSUMER, "--wait", "0", "--save", self.path(name)), USAGE).err.list()[0]
            self.assertRegex(line, "%(06d|d|Y|3d) is not a placeholder here: write {frame} for the number")
            self.assertEqual(os.listdir(self.folder), [])
        os.mkdir(self.path("%d"))
        for name in ("%d", "100%.png", "%d-{frame}.png", "a%20b", "50%d/"):
            wanted = USAGE if name == "50%d/" else FINE
            consumer = self.consumer(channel, "--save", self.path(name))
            if wanted == FINE:
                self.end(self.producer(channel, "--fps", 0, "--count", 1, "--wait-consumer", 600, "pattern:8x8"))
            self.end(consumer, wanted)

    def test_places_that_hold_no_pictures(self):
        with open(self.path("file"), "w", encoding="ascii"):
            pass
        os.mkfifo(self.path("fifo"))
        for name, words in ((self.path("file"), "exists and is not a directory"),
                            (self.path("fifo"), "--write "), ("/dev/stdout", "--write "), ("-", "--write -")):
            line = self.end(self.start(CONSUMER, "--wait", "0", "--save", name), USAGE).err.list()[0]
            self.assertIn(words, line)

    def test_directories_with_a_dot(self):
        channel = self.channel()
        os.mkdir(self.path("made.webp"))
        for name in ("run.2026-11-29", "v1.2", "dir.webp/", "made.webp", "a.b.c", ".tiff", "left.1"):
            consumer = self.consumer(channel, "--save", self.path(name))
            self.end(self.producer(channel, "--fps", 0, "--count", 1, "--wait-consumer", 600,
                                   "pattern:8x8"))
            self.end(consumer, FINE)
            self.assertEqual(os.listdir(self.path(name)), [f"{channel}-000001.png"])


if __name__ == "__main__":
    unittest.main()

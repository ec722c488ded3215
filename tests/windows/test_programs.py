"""The programs for Windows, as a user there runs them: the main job, names in other letters, commands, Ctrl-C
and kills. Started through Wine; what both systems have in common is in tests/process."""

import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.environ["FERRY_SOURCE"], "tests", "process"))

import pictures  # noqa: E402
from support import (BIN, FAILED, FERRY, FINE, SOURCE, STUCK_SECONDS, TIMED_OUT, Case,  # noqa: E402
                     process_state, wait_until)

COMMAND = os.path.join(BIN, "command.exe")
WIDE = "Köln 漢字 😀"


def windows_path(path):
    """Drive Z: is the root."""
    return "Z:" + os.path.abspath(path).replace("/", "\\")


def quoted(*words):
    """A command line for CreateProcess; no word has a quote or ends with a backslash."""
    return " ".join(f'"{word}"' for word in words)


class Looking(Case):
    """ferry finds a channel by its name."""

    def test_a_channel_by_its_name(self):
        folder, (picture,) = self.write_noise("in", 1)
        channel = self.channel()
        producer = self.producer(channel, "--no-wait", "--loop", "--fps", 5, windows_path(folder))
        consumer = self.attached(channel, "--json")
        consumer.out.wait_count(1)
        found, = self.end(self.start(FERRY, "show", channel, "--json")).out.events()
        self.assertEqual((found["producer"], found["consumers"], found["width"]), ("ferry-producer", 1, picture.width))
        said = self.end(self.start(FERRY, "hz", channel, "--count", "5")).out.list()[-1]
        self.assertRegex(said, rf"^{channel}: \d+ frames in [\d.]+ s: [\d.]+ fps ")
        self.end(self.start(FERRY, "grab", channel, windows_path(self.path("out.png"))))
        self.assertEqual(pictures.read_png(self.path("out.png")).pixels, picture.pixels)
        self.interrupt(producer)
        self.end(consumer)
        for verb in ("show", "grab", "hz"):
            self.assertIn("there is no channel", self.end(self.start(FERRY, verb, channel), TIMED_OUT).err.text())


class MainJob(Case):
    def test_folder_to_pictures(self):
        """ferry-consumer.exe is found beside ferry-producer.exe, and a relative path as Windows writes it."""
        channel = self.channel()
        images = windows_path(os.path.join(SOURCE, "samples", "images"))
        launch = ["--wait-consumer", STUCK_SECONDS, "--launch", "ferry-consumer.exe --save out\\new"]
        producer = self.producer(channel, "--fps", 0, *launch, images, cwd=self.folder)
        self.end(producer)
        self.assertIn('started "ferry-consumer.exe --save out\\new"', producer.err.text())
        self.assertIn("ended with exit code 0", producer.err.text())
        found = self.saved("out/new", channel)
        folder = os.path.join(SOURCE, "samples", "images")
        made = [pictures.read_png(os.path.join(folder, f"ferry-{i}.png")) for i in range(1, 25)]
        self.assert_pictures(found, dict(enumerate(made, 1)))

    def test_names_in_other_letters(self):
        folder, made = self.write_noise(WIDE, 3)
        os.rename(os.path.join(folder, "2.png"), os.path.join(folder, "2 ä.png"))
        channel = self.channel()
        target = windows_path(self.path("out " + WIDE, "{frame}-é.png"))
        consumer = self.consumer(channel, "--every", "--json", "--save", target)
        producer = self.producer(channel, "--fps", 0, "--meta", f"where={WIDE}", windows_path(folder))
        self.end(producer)
        self.end(consumer)
        names = [f"{n:06}-é.png" for n in (1, 2, 3)]
        self.assertEqual(sorted(os.listdir(self.path("out " + WIDE))), names)
        self.assertEqual([record["file"] for record in consumer.records()],
                         [windows_path(self.path("out " + WIDE)) + "\\" + name for name in names])
        self.assertEqual(consumer.records()[0]["meta"]["where"], WIDE)
        for name, picture in zip(names, made):
            self.assertEqual(pictures.read_png(self.path("out " + WIDE, name)).pixels, picture.pixels)

    def test_a_message_with_other_letters(self):
        producer = self.end(self.producer(self.channel(), "--no-wait", f"{WIDE}.png"), FAILED)
        self.assertIn(f"cannot open {WIDE}.png: ", producer.err.text())

    def test_lines_end_as_on_linux(self):
        """Byte by byte: what reads JSON there and here is the same."""
        channel = self.channel()
        producer = self.producer(channel, "--fps", 50, "pattern:8x8")
        consumer = self.end(self.consumer(channel, "--json", "--count", 3))
        self.interrupt(producer)
        self.assertEqual(len(consumer.records()), 3)
        self.assertNotIn("\r", consumer.out.text() + consumer.err.text() + producer.err.text())


class Channels(Case):
    def ferry(self, *arguments):
        return self.start(FERRY, *arguments)

    def listed(self):
        """There may be other channels, or none."""
        program = self.ferry("list")
        self.assertIn(program.wait(), (FINE, TIMED_OUT), program.describe())
        return [line.split()[0] for line in program.out.list() if any(name in line for name in self.channels)]

    def live(self, *arguments):
        channel = self.channel()
        producer = self.producer(channel, "--no-wait", "--stats", 0.1, *arguments, "pattern:8x8")
        producer.err.wait_for(r"\d+ sent, ")
        return channel, producer

    def test_those_that_live_are_listed(self):
        (one, first), (other, second) = self.live(), self.live("--dialect", "baseimage")
        self.assertEqual(sorted(self.listed()), sorted([one, other]))
        consumer = self.consumer(one + "x")
        consumer.err.wait_for(f"did you mean --name {one}")
        self.interrupt(consumer)
        self.kill(first.pid)
        wait_until(lambda: self.listed() == [other], "the name of the killed producer goes")
        self.interrupt(second)
        self.assertEqual(self.listed(), [])

    def test_there_is_nothing_to_clean(self):
        channel, producer = self.live()
        self.end(self.ferry("clean", channel), FAILED)
        self.kill(producer.pid)
        wait_until(lambda: self.ferry("clean", channel).wait() == TIMED_OUT, "the name of the killed producer goes")


class Commands(Case):
    def run_exec(self, code, count=3):
        channel = self.channel()
        picture = pictures.noise(320, 240, 3, "exec")
        self.write("in/1.png", pictures.png(picture))
        consumer = self.consumer(channel, "--every", "--exec", f"{quoted(COMMAND)} {code}")
        producer = self.producer(channel, "--fps", 0, "--loop", "--count", count, "--meta",
                                 "camera=left", windows_path(self.path("in")))
        self.end(producer)
        return channel, picture, consumer

    def test_a_command_for_each_frame(self):
        channel, picture, consumer = self.run_exec(0)
        self.end(consumer)
        said = [json.loads(line) for line in consumer.out.list()]
        size = len(picture.pixels)
        wanted = {"name": channel, "width": 320, "height": 240, "format": "rgb24", "bytes": size,
                  "camera": "left", "read": size, "sum": sum(picture.pixels)}
        self.assertEqual(said, [wanted | {"frame": n} for n in (1, 2, 3)])

    def test_exit_codes_of_32_bits(self):
        _, _, consumer = self.run_exec(0x12345, count=1)
        self.end(consumer, FAILED)
        self.assertIn("the command for frame 1 ended with exit code 74565", consumer.err.text())

    def test_a_launched_program_that_fails(self):
        producer = self.producer(self.channel(), "--wait-consumer", STUCK_SECONDS, "--launch",
                                 f"{quoted(COMMAND)} 0x12345", "pattern:8x8")
        producer.err.wait_for("ended with exit code 74565")
        self.interrupt(producer, code=FAILED)

    def commands(self):
        """The processes of this test's command that run now."""
        found = []
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
            except OSError:
                continue
            if any(word.endswith(b"command.exe") for word in words) and \
                    process_state(entry) not in (None, "Z"):
                found.append(entry)
        return found

    def test_a_limit_ends_what_the_command_has_started_too(self):
        channel = self.channel()
        consumer = self.consumer(channel, "--count", 1, "--exec-timeout", 3, "--exec",
                                 f"{quoted(COMMAND)} stay")
        producer = self.producer(channel, "--fps", 50, "pattern:8x8")
        consumer.out.wait_for("stays")
        self.assertEqual(len(self.commands()), 2)
        self.end(consumer, FAILED)
        self.assertIn("took longer than 3 s and was stopped", consumer.err.text())
        wait_until(lambda: not self.commands(), "the command is not ended")
        self.interrupt(producer)

    def test_ctrl_c_ends_a_command(self):
        channel = self.channel()
        consumer = self.consumer(channel, "--exec", f"{quoted(COMMAND)} stay")
        producer = self.producer(channel, "--fps", 50, "pattern:8x8")
        consumer.out.wait_for("stays")
        self.interrupt(consumer)
        wait_until(lambda: not self.commands(), "the command is not ended")
        self.interrupt(producer)


class Kills(Case):
    def test_a_killed_consumer_leaves_no_half_picture(self):
        """While pictures are being written all the time."""
        picture = pictures.noise(1200, 900, 3, "large")
        self.write("in/1.png", pictures.png(picture))
        channel = self.channel()
        producer = self.producer(channel, "--fps", 0, "--loop", windows_path(self.path("in")))
        for round_ in range(4):
            folder = f"out {round_}"
            consumer = self.consumer(channel, "--json", "--save", windows_path(self.path(folder)))
            consumer.out.wait_count(2 + round_)
            wait_until(lambda: self.temporary(folder), "no picture is on its way")
            self.kill(consumer.pid)
            # Wine's server removes what has no name to keep when it notices the end.
            wait_until(lambda: not self.temporary(folder), "a temporary file stays")
            for found in self.saved(folder, channel).values():
                self.assertTrue(found.pixels == picture.pixels)
        self.interrupt(producer)

    def temporary(self, folder):
        return [name for name in os.listdir(self.path(folder)) if name.endswith(".tmp")]


if __name__ == "__main__":
    unittest.main(verbosity=2)

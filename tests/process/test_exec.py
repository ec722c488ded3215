"""--exec: a command for each frame."""

import json
import os
import signal
import unittest

from support import (FAILED, FINE, USAGE, Case, children, command_of, environment, process_state,
                     wait_until)

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def shell(script):
    return ["--exec", "sh -c '" + script + "'"]


class Frames(Case):
    def run_over(self, folder, *arguments, code=FINE, channel=None, **more):
        """A consumer that has got every picture of a folder."""
        channel = channel or self.channel()
        producer = self.producer(channel, "--fps", 0, folder)
        consumer = self.end(self.consumer(channel, "--every", *arguments, cwd=self.folder, **more),
                            code)
        self.end(producer)
        return consumer

    def test_every_picture_arrives_whole(self):
        folder, made = self.write_noise("in", 6, 301, 47)
        self.run_over(folder, *shell("cat >$FERRY_FRAME.raw"))
        for number, picture in enumerate(made, start=1):
            with open(self.path(f"{number}.raw"), "rb") as file:
                self.assertTrue(file.read() == bytes(picture.pixels), number)

    def test_padding_is_left_out(self):
        channel = self.channel()
        producer = self.producer(channel, "--fps", 100, "--row-align", 64, "pattern:33x5:bgr24")
        consumer = self.end(self.consumer(
            channel, "--count", 1, "--json",
            *shell("echo $FERRY_STRIDE $FERRY_BYTES $(wc -c)")))
        self.interrupt(producer)
        self.assertEqual(consumer.out.list()[0], "99 495 495")
        self.assertEqual(json.loads(consumer.out.list()[1])["stride"], 128)

    def test_a_channel_of_one_slot(self):
        channel = self.channel()
        producer = self.producer(channel, "--fps", 100, "--dialect", "baseimage",
                                 "pattern:64x48:bgr24")
        consumer = self.end(self.consumer(channel, "--count", 3,
                                          *shell("test $(wc -c) = $FERRY_BYTES && echo good")))
        self.interrupt(producer)
        self.assertEqual(consumer.out.list(), ["good"] * 3)

    def test_frames_that_are_saved_have_files(self):
        folder, made = self.write_noise("in", 4)
        channel = self.channel()
        self.run_over(folder, "--save", "out",
                      *shell("cat >/dev/null; test -s $FERRY_FILE && "
                             "cp $FERRY_FILE seen-$FERRY_FRAME"),
                      channel=channel)
        saved = self.saved("out", channel)
        self.assert_pictures(saved, dict(enumerate(made, start=1)))
        for number in saved:
            with open(self.path(f"seen-{number}"), "rb") as seen, \
                    open(self.path("out", f"{channel}-{number:06}.png"), "rb") as kept:
                self.assertTrue(seen.read() == kept.read(), number)

    def test_variables_are_those_of_json(self):
        channel = self.channel()
        producer = self.producer(channel, "--fps", 100, "--meta", "lens=50 mm",
                                 "pattern:64x48:nv12")
        consumer = self.end(self.consumer(
            channel, "--count", 2, "--json",
            *shell('echo "$FERRY_NAME,$FERRY_FRAME,$FERRY_WIDTH,$FERRY_HEIGHT,$FERRY_FORMAT,'
                   '$FERRY_BIT_COUNT,$FERRY_CAPTURE_NS,$FERRY_PUBLISH_NS,$FERRY_SKIPPED,'
                   '$FERRY_META_LENS,${FERRY_FILE-none}"'),
            env=environment(FERRY_FILE="not this", FERRY_NAME="not-this")))
        self.interrupt(producer)
        lines = consumer.out.list()
        for said, listed in zip(lines[::2], lines[1::2]):
            record = json.loads(listed)
            self.assertEqual(said, ",".join(str(value) for value in (
                channel, record["frame"], 64, 48, "nv12", 12, record["capture_ns"],
                record["publish_ns"], record["skipped"], "50 mm", "none")))
        self.assertEqual(len(lines), 4)


class Failures(Frames):
    def test_a_command_that_fails(self):
        folder, _ = self.write_noise("in", 5)
        script = "case $FERRY_FRAME in 2) exit 3;; 4) kill -KILL $$;; esac"
        for quiet in ([], ["--quiet"]):
            consumer = self.run_over(folder, "--json", *quiet, *shell(script), code=FAILED)
            self.assert_whole_numbers(consumer.numbers(), 1, 5)
            said = consumer.err.text()
            self.assertIn("ferry-consumer: 2 of 5 commands failed", said)
            self.assertIn("warning: the command for frame 2 ended with exit code 3", said)
            self.assertIn("warning: the command for frame 4 was killed by signal 9", said)
            self.assertEqual(said.count("the command for frame"), 2)

    def test_a_command_that_cannot_be_started(self):
        channel = self.channel()
        producer = self.producer(channel, "pattern:8x8")
        for command, sentence in (("no-such-program -x", 'cannot start "no-such-program": No such'),
                                  ("sh -c 'exit", "quote is not closed"), ("  ", "empty")):
            consumer = self.end(self.consumer(channel, "--exec", command), FAILED)
            self.assertRegex(consumer.err.text(), "(?m)^ferry-consumer: --exec: .*" + sentence)
        self.interrupt(producer)

    def test_wrong_usage(self):
        for arguments in (["--exec", ""], ["--exec-timeout", "1"],
                          ["--exec", "true", "--exec-timeout", "x"]):
            self.end(self.consumer(self.channel(), *arguments), USAGE)

    def test_a_command_need_not_read(self):
        channel = self.channel()
        producer = self.producer(channel, "--fps", 100, "pattern:1920x1080:bgra")
        for script in ("true", "head -c 5000000 >/dev/null", "exec <&-; exit 0"):
            consumer = self.end(self.consumer(channel, "--count", 3, *shell(script)))
            self.assertNotIn("warning", consumer.err.text())
        self.interrupt(producer)

    def test_a_parent_that_ignores_its_children(self):
        folder, _ = self.write_noise("in", 2)
        self.run_over(folder, *shell("cat >/dev/null"),
                      preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
        consumer = self.run_over(folder, *shell("exit 5"), code=FAILED,
                                 preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
        self.assertIn("frame 2 ended with exit code 5", consumer.err.text())


class Unread(Case):
    """Standard output is a pipe that nobody reads any more."""

    NOBODY = "nothing reads standard output any more"

    def setUp(self):
        super().setUp()
        self.name = self.channel()
        # It waits, so that a consumer of every frame gets every frame, however slow it is.
        self.source = self.producer(self.name, "--fps", 100, "--when-full", "wait", "pattern:64x48")

    def run_unread(self, *arguments, code=FAILED):
        reading, writing = os.pipe()
        os.close(reading)
        consumer = self.consumer(self.name, *arguments, stdout=writing)
        os.close(writing)
        self.end(consumer, code)
        self.interrupt(self.source)
        return consumer

    def test_a_reader_that_has_enough(self):
        reading, writing = os.pipe()
        consumer = self.consumer(self.name, "--every", "--exec", "cat", stdout=writing)
        os.close(writing)
        self.assertEqual(len(os.read(reading, 1)), 1)
        os.close(reading)
        self.end(consumer, FAILED)
        self.interrupt(self.source)
        said = consumer.err.text()
        self.assertEqual(said.count(self.NOBODY), 1)
        self.assertEqual(said.count("killed by signal"), 1)
        self.assertRegex(said, r"(?m)^ferry-consumer: \d+ frames? received")

    # That is what a shell says of a command of its own.
    def test_a_shell(self):
        consumer = self.run_unread(*shell("cat; exit $?"))
        self.assertIn("ended with exit code 141", consumer.err.text())
        self.assertIn(self.NOBODY, consumer.err.text())

    def test_frames_that_are_saved(self):
        consumer = self.run_unread("--save", self.path("out"), "--jobs", 2, "--exec", "cat")
        self.assertIn(self.NOBODY, consumer.err.text())
        saved = self.saved("out", self.name)
        self.assert_whole_numbers(sorted(saved), min(saved), max(saved))
        self.assertIn(f"{len(saved)} saved in", consumer.err.text())

    def test_a_command_that_seldom_writes(self):
        consumer = self.run_unread("--every", *shell("test $((FERRY_FRAME % 7)) != 0 || exec cat"))
        self.assertEqual(consumer.err.text().count("killed by signal"), 1)
        self.assertIn(self.NOBODY, consumer.err.text())

    # It gets an error for the signal, and fails in a way of its own.
    def test_a_command_that_ignores_the_signal(self):
        consumer = self.run_unread(*shell('trap "" PIPE; exec cat 2>/dev/null'))
        self.assertIn(self.NOBODY, consumer.err.text())
        self.assertIn("10 of 10 commands failed", consumer.err.text())

    def test_commands_that_write_nothing(self):
        for script in ("true", "cat >/dev/null"):
            consumer = self.consumer(self.name, "--count", 12, *shell(script))
            self.end(consumer)
        consumer = self.run_unread("--count", 12, *shell("true"), code=FINE)
        self.assertNotIn("warning", consumer.err.text())

    # It failed for another reason.
    def test_commands_that_fail_now_and_then(self):
        consumer = self.run_unread("--every", "--count", 24,
                                   *shell("exit $((FERRY_FRAME % 5 == 0))"))
        self.assertNotIn(self.NOBODY, consumer.err.text())
        self.assertIn("24 frames received", consumer.err.text())

    def test_as_long_as_there_is_a_reader(self):
        consumer = self.end(self.consumer(self.name, "--count", 12, *shell("kill -PIPE $$")),
                            FAILED)
        self.interrupt(self.source)
        self.assertNotIn(self.NOBODY, consumer.err.text())
        self.assertIn("12 of 12 commands failed", consumer.err.text())


class Hanging(Case):
    """A command that hangs is ended with what it has started: nobody is left when a case ends."""

    # The first has no more to read, the others leave the pipe full.
    SCRIPTS = ("cat >/dev/null; echo begun; sleep 1000", "echo begun; sleep 1000",
               "echo begun; sleep 1000 | sleep 1000", 'trap "" TERM; echo begun; sleep 1000')

    def interrupt(self, program, number=signal.SIGTERM, code=FINE):
        super().interrupt(program, number, code)
        self.bury()

    def bury(self):
        """What a command had started and outlived it for a moment is ours when it dies."""
        own = [program.pid for program in self.programs]
        for pid in set(children()).difference(own):
            wait_until(lambda: process_state(pid) == "Z", f"{command_of(pid)} lives on")
            os.waitpid(pid, 0)

    def test_ctrl_c(self):
        channel = self.channel()
        producer = self.producer(channel, "pattern:1920x1080:bgra")
        for script in self.SCRIPTS:
            for number in STOPS:
                consumer = self.consumer(channel, *shell(script))
                consumer.out.wait_for("begun")
                self.interrupt(consumer, number)
                self.assertNotIn("command", consumer.err.text())
                self.assertRegex(consumer.err.text(), "(?m)^ferry-consumer: 1 frame received")
        self.interrupt(producer)

    def test_a_second_ctrl_c(self):
        channel = self.channel()
        producer = self.producer(channel, "pattern:640x480")
        script = ('trap "" TERM; sleep 1000 & trap "echo asked" TERM; echo begun; '
                  'while :; do wait; done')
        consumer = self.consumer(channel, *shell(script))
        consumer.out.wait_for("begun")
        os.kill(consumer.pid, signal.SIGINT)
        consumer.out.wait_for("asked")
        self.interrupt(consumer, signal.SIGINT)
        self.interrupt(producer)

    def test_a_limit(self):
        channel = self.channel()
        producer = self.producer(channel, "pattern:1920x1080:bgra")
        for script in self.SCRIPTS:
            consumer = self.end(self.consumer(channel, "--count", 1, "--exec-timeout", "0.2",
                                              *shell(script)), FAILED)
            self.bury()
            self.assertIn("took longer than 0.2 s and was stopped", consumer.err.text())
            self.assertIn("1 of 1 commands failed", consumer.err.text())
        self.interrupt(producer)

    def test_a_quick_command_has_no_trouble_with_a_limit(self):
        channel = self.channel()
        producer = self.producer(channel, "pattern:640x480")
        self.end(self.consumer(channel, "--count", 3, "--exec-timeout", 1000,
                               *shell("cat >/dev/null")))
        self.interrupt(producer)

    def test_the_producer_ends_meanwhile(self):
        folder, _ = self.write_noise("in", 2)
        channel = self.channel()
        producer = self.producer(channel, "--fps", 0, folder)
        os.mkfifo(self.path("gate"))
        consumer = self.consumer(channel, "--every", *shell(f"echo begun; cat {self.path('gate')}"))
        consumer.out.wait_for("begun")
        self.end(producer)
        for lines in (1, 3):
            consumer.out.wait_count(lines)
            with open(self.path("gate"), "w", encoding="utf-8") as gate:
                gate.write("go\n")
        self.end(consumer)
        self.assertIn("2 frames received", consumer.err.text())


if __name__ == "__main__":
    unittest.main(verbosity=2)

"""ferry top on a terminal of its own, and that no verb disturbs the channels that it looks at."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import unittest

from looking import FerryCase
from support import (FAILED, FERRY, SANITIZERS, STUCK_SECONDS, USAGE, environment, process_state, stop_process,
                     wait_until)

ENTER, LEAVE = b"\x1b[?1049h\x1b[?25l", b"\x1b[?25h\x1b[?1049l"
RATES = re.compile(r" <?\d+\.\d+ +\d+\.\d+ +\d+\.\d+ ")  # which a row has after the second look


# The part of a shell: the program is a job that can be stopped, and a parent of its session waits for it. Tells the
# process, and ends as the program does.
SHELL = """
import fcntl, os, signal, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
job = os.fork()
if job == 0:
    os.setpgid(0, 0)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    os.tcsetpgrp(0, os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.write(2, b"%d\\n" % os.getpid())
    os.execv(sys.argv[1], sys.argv[1:])
status = os.waitpid(job, 0)[1]
os._exit(os.waitstatus_to_exitcode(status) & 255)
"""


class Screens(FerryCase):
    def open(self, *arguments, columns=80, rows=24, **changes):
        self.master, self.slave = pty.openpty()
        self.addCleanup(os.close, self.master)
        self.addCleanup(os.close, self.slave)
        self.raw = b""
        self.resize(columns, rows)
        self.mode = termios.tcgetattr(self.slave)
        changes.setdefault("TERM", "xterm")
        self.process = subprocess.Popen([sys.executable, "-c", SHELL, FERRY, "top", *arguments], stdin=self.slave,
                                        stdout=self.slave, stderr=subprocess.PIPE, env=environment(**changes))
        self.addCleanup(self.end_by_force)
        self.pid = int(self.process.stderr.readline())  # of ferry
        return self.process

    def end_by_force(self):
        if self.process.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stderr.close()

    def resize(self, columns, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read_more(self, seconds):
        if select.select([self.master], [], [], seconds)[0]:
            self.raw += os.read(self.master, 65536)
            return True
        return False

    def read_until(self, condition):
        end = time.monotonic() + STUCK_SECONDS
        while not (answer := condition()):
            self.assertLess(time.monotonic(), end, self.raw[-4000:])
            self.read_more(1)
        return answer

    def screens(self):
        """The screens that have been drawn so far, each whole one as a list of lines."""
        parts = self.raw.split(b"\x1b[H")[1:]
        drawn = [part.split(b"\x1b[J")[0] for part in parts if b"\x1b[J" in part]
        return [[line.removesuffix("\x1b[K") for line in re.split("\r+\n", part.decode())] for part in drawn]

    def wait_screen(self, condition, start=0):
        """The first screen after so many that meets a condition."""
        return self.read_until(lambda: next((lines for lines in self.screens()[start:] if condition(lines)), None))

    def wait_end(self, *codes):
        self.read_until(lambda: self.process.poll() is not None)
        self.assertIn(self.process.returncode, codes or (0,), self.process.stderr.read())
        # What was written last may still be on its way through the terminal.
        self.read_until(lambda: self.raw.endswith(LEAVE))
        self.assertEqual(termios.tcgetattr(self.slave), self.mode)

    def assert_fits(self, lines, columns, rows):
        self.assertLessEqual(len(lines), rows)
        for line in lines:
            self.assertLessEqual(len(line), columns, line)
            self.assertNotIn("\x1b", line)
            self.assertNotIn("\n", line)

    def sending(self, *arguments):
        channel = self.channel()
        producer = self.producer(channel, "--no-wait", "--loop", "--fps", 50, *(arguments or ["pattern:64x48"]))
        self.wait_frames(channel, 1)
        return channel, producer

    def test_all_channels(self):
        small = self.sending()
        large = self.sending("pattern:320x240")
        self.open("--delay", "0.1", columns=200, rows=50)  # room for whole names

        # Before there are rates they stand the other way round, and perhaps in a moment in which no frame comes.
        def has_both(lines):
            names = [line.split()[0] for line in lines if RATES.search(line)]
            places = [names.index(name) for name, _ in (large, small) if name in names]
            return len(places) == 2 and places[0] < places[1]
        lines = self.wait_screen(has_both)
        self.assert_fits(lines, 200, 50)
        self.assertRegex(lines[0], r"^ferry top  \d\d:\d\d:\d\d UTC  \d+ channels  [\d.]+ MB/s  q quits$")
        self.assertEqual(lines[2].split(), ["CHANNEL", "STATE", "PRODUCER", "FPS", "MB/s", "DROPPED/s", "CONS", "LAG",
                                            "STALL", "LATE"])
        self.assertTrue(self.raw.startswith(ENTER))
        for name, producer in (small, large):
            row = next(line for line in lines if line.startswith(name + " "))
            self.assertRegex(row, rf"^{name} +(live|idle) +{producer.pid} ferry-producer +<?\d")
        os.write(self.master, b"x")  # which means nothing
        os.write(self.master, b"q")
        self.wait_end()
        for _, producer in (small, large):
            self.finish(producer)

    def test_other_sizes(self):
        channels = [self.sending() for _ in range(4)]
        self.open("--delay", "600", columns=200, rows=50)
        # Then it draws no other one of its own accord.
        self.wait_screen(lambda lines: any(RATES.search(line) for line in lines))
        for columns, rows in ((40, 5), (80, 24), (10, 1), (132, 6)):
            count = len(self.screens())
            self.resize(columns, rows)  # drawn anew although the next look is far off
            lines = self.wait_screen(lambda lines: True, count)
            self.assert_fits(lines, columns, rows)
            self.assertEqual(len(lines), min(rows, 3 + len(channels)) if rows < 6 else len(lines))
        os.write(self.master, b"\x03")
        self.wait_end()
        for _, producer in channels:
            self.finish(producer)

    def test_one_channel(self):
        channel, producer = self.sending()
        self.open(channel, "-d", "0.1")
        lines = self.wait_screen(lambda lines: any("fps" in line for line in lines))
        self.assert_fits(lines, 80, 24)
        self.assertIn(f"channel     {channel}"[:80], lines)
        count = len(self.screens())
        self.resize(80, 8)
        lines = self.wait_screen(lambda lines: len(lines) == 8, count)
        self.assertRegex(lines[-1], r"^and \d+ more lines$")
        self.resize(80, 24)
        self.finish(producer)
        self.wait_screen(lambda lines: any(re.match("state +gone", line) for line in lines))
        os.write(self.master, b"Q")
        self.wait_end()

    def test_stopped_and_continued(self):
        channel, producer = self.sending()
        self.open(channel, "-d", "600")
        self.wait_screen(lambda lines: True)
        os.write(self.master, b"\x1a")
        self.read_until(lambda: process_state(self.pid) == "T")
        self.read_until(lambda: self.raw.endswith(LEAVE))
        self.assertEqual(termios.tcgetattr(self.slave), self.mode)
        count = len(self.screens())
        os.kill(self.pid, signal.SIGCONT)
        self.wait_screen(lambda lines: True, count)
        self.assertNotEqual(termios.tcgetattr(self.slave), self.mode)
        os.write(self.master, b"q")
        self.wait_end()
        self.finish(producer)

    # The terminal is as it was, although nothing else is done any more.
    def test_a_user_who_does_not_wait(self):
        self.open("-d", "600")
        self.wait_screen(lambda lines: True)
        stop_process(self.pid)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(self.pid, number)
        os.kill(self.pid, signal.SIGCONT)
        self.wait_end(*(128 + number for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)))

    def test_terminals_that_cannot_be_drawn_on(self):
        process = self.open(TERM="dumb")
        self.read_until(lambda: process.poll() is not None)
        self.assertEqual(process.returncode, FAILED)
        said = process.stderr.read()
        self.assertIn(b"TERM", said)
        self.assertIn(b"--once", said)
        self.assertIn("--once", self.ferry("top", code=USAGE).err.text())


class Once(FerryCase):
    def test_text_and_objects(self):
        channel = self.channel()
        producer = self.paused_producer(channel, "--wait-consumer", 600, "--fps", 200, "--slots", 4, "--loop",
                                        "pattern:64x48")
        consumer = self.attached(channel, "--every", "--json")
        stop_process(consumer.pid)
        self.resume(producer)
        self.wait_frames(channel, 2)
        said = self.said("top", "--once")
        self.assertNotIn("\x1b", "\n".join(said))
        row = next(line for line in said if line.startswith(channel + " "))
        self.assertRegex(row, rf" 1 +\d+ +[\d.]+(ms|s|m) +{consumer.pid} ferry-consumer$")
        self.assertIn(channel, [item["channel"] for item in self.told("top", "--once")])
        found, = self.told("top", "--once", channel)
        self.assertEqual(found["event"], "details")
        self.assertGreater(found["consumer"][0]["stalled_ns"], 0)
        self.assertGreater(found["consumer"][0]["lag"], 1)
        self.resume(consumer)
        self.finish(producer)
        self.end(consumer)

    def test_a_stream_of_objects(self):
        channel, producer = self.empty_channel()
        program = self.start(FERRY, "top", "--json", "--delay", "0.1")
        wait_until(lambda: sum(item["channel"] == channel for item in program.out.events()) >= 3, "no stream")
        self.interrupt(program)
        self.assert_documented(program.out.events(), "top")
        self.interrupt(producer)


class Undisturbed(FerryCase):
    # The consumer gets every frame, the producer drops none, and nobody else is seen. A machine that is busy can be too
    # slow for the consumer alone: then it is tried anew.
    def test_a_stream_that_is_looked_at(self):
        self.assertTrue(any(self.is_undisturbed() for _ in range(20)))

    def is_undisturbed(self):
        channel = self.channel()
        consumer = self.consumer(channel, "--every=all", "--json")
        producer = self.producer(channel, "--wait-consumer", 600, "--loop", "--fps", 20, "--slots", 64, "--when-full",
                                 "drop", "--stall-limit", "never", "--stats", "0.1", "pattern:64x48")
        consumer.out.wait_count(1)
        lookers = [self.start(FERRY, *verb) for verb in
                   (["top", channel, "--json", "-d", "0.1"], ["watch", "-d", "0.01"], ["hz", channel])]
        for _ in range(3):
            self.ferry("list")
            self.ferry("show", channel)
            self.ferry("grab", channel, "--overwrite", self.path("x.png"))
        found, = self.told("show", channel)
        self.assertEqual([entry["process_id"] for entry in found["consumer"]], [consumer.pid])
        lookers[-1].out.wait_for("fps  (period|gaps) ")  # without a frame it fails
        for looker in lookers:
            self.interrupt(looker)
        self.finish(producer)
        self.end(consumer)
        self.assert_skips_add_up(consumer.records())
        self.assertEqual(sum(record["skipped"] for record in consumer.records()), 0)
        said = re.findall(r", (\d+) consumers?, .* \d+ dropped$", producer.err.text(), re.MULTILINE)
        self.assertEqual(set(said) - {"0"}, {"1"})
        dropped, = re.findall(r" frames sent .*, (\d+) dropped$", producer.err.text(), re.MULTILINE)
        self.assertIn(f", {dropped} dropped by the producer", consumer.err.text())
        return dropped == "0"

    @unittest.skipIf(SANITIZERS, "a sanitizer makes calls of its own, and does not run under strace")
    def test_the_calls_of_the_system(self):
        channel, producer, consumer = self.frozen("pattern:64x48")
        for verb in (["list"], ["list", "-a"], ["show", channel], ["top", "--once"], ["top", "--once", channel],
                     ["hz", channel, "--seconds", "0.2"], ["watch", channel], ["grab", channel, self.path("x.png")]):
            with self.subTest(verb=verb):
                if verb[0] == "hz":  # no frame comes
                    verb = ["sh", "-c", f'"$0" hz {channel} --seconds 0.2 || [ $? = 3 ]', FERRY]
                    calls = self.check_harmless(channel, *verb)
                elif verb[0] == "watch":  # until its reader goes
                    calls = self.check_harmless(channel, "sh", "-c", f'"$0" watch {channel} | grep -q found', FERRY)
                    self.assertIn("F_OFD_GETLK", calls)
                else:
                    calls = self.check_harmless(channel, FERRY, *verb)
                for path in self.objects(channel)[:1]:
                    self.assertRegex(calls, rf"pread64\(\d+<{path}>, ")
        self.thaw(producer, consumer)


if __name__ == "__main__":
    unittest.main()

"""Ctrl-C, SIGTERM and a terminal that goes away, of either program, whatever it is doing."""

import os
import pty
import signal
import subprocess
import unittest

import pictures
from support import (CONSUMER, FAILED, ON_WINDOWS, PRODUCER, Case, process_state, send_signal, stop_process,
                     wait_attached, wait_until)

SIGNALS = (signal.SIGINT, signal.SIGTERM) + (() if ON_WINDOWS else (signal.SIGHUP,))
SENT = r"(?m)^ferry-producer: \d+ frames? sent"
RECEIVED = r"(?m)^ferry-consumer: \d+ frames? received, \d+ skipped"


class Blocking(Case):
    def blocked(self, channel):
        """A consumer that cannot write its first line, and the end of the pipe to read from."""
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        try:
            while True:
                os.write(writing, b"\n" * 65536)
        except BlockingIOError:
            os.set_blocking(writing, True)
        folder = self.path(f"saved {len(self.programs)}")
        consumer = self.consumer(channel, "--every", "--print", "--save", folder, stdout=writing)
        os.close(writing)
        # Between saving a frame and listing it nothing asks for signals.
        wait_until(lambda: os.path.isdir(folder) and self.saved_names(folder),
                   "the first frame is not saved")
        return consumer, reading

    def saved_names(self, folder):
        return [name for name in os.listdir(folder) if name.endswith(".png")]


class Producer(Blocking):
    def check(self, program, number):
        self.interrupt(program, number)
        self.assertRegex(program.err.text(), SENT)

    def test_while_it_waits_for_a_consumer(self):
        folder, _ = self.write_noise("in", 2)
        for number in SIGNALS:
            for wait in ([], ["--wait-consumer", 1000]):
                producer = self.producer(self.channel(), *wait, folder)
                producer.err.wait_for("waiting for a consumer")
                self.check(producer, number)
                self.assertIn("0 frames sent", producer.err.text())

    def test_between_two_frames(self):
        for number in SIGNALS:
            channel = self.channel()
            producer = self.producer(channel, "--fps", "0.001", "pattern:8x8")
            consumer = self.consumer(channel, "--json")
            consumer.out.wait_count(1)
            self.check(producer, number)
            self.end(consumer)  # end of stream
            self.assertIn("1 frame sent", producer.err.text())

    def test_in_mid_stream(self):
        folder, made = self.write_noise("in", 4)
        for number in SIGNALS:
            for fps in (0, 200):
                channel = self.channel()
                producer = self.producer(channel, "--fps", fps, "--loop", folder)
                consumer = self.consumer(channel, "--every", "--json", "--save",
                                         self.path(channel))
                consumer.out.wait_count(20)
                self.check(producer, number)
                self.end(consumer)
                sent = int(producer.err.wait_for(r"(\d+) frames sent")[0])
                self.assert_whole_numbers(consumer.numbers(), 1, sent)
                self.assert_pictures(self.saved(channel, channel),
                                     {n: made[(n - 1) % 4] for n in consumer.numbers()})

    def test_while_the_channel_is_full(self):
        folder, _ = self.write_noise("in", 4)
        for number in SIGNALS:
            channel = self.channel()
            producer = self.producer(channel, "--fps", 0, "--loop", "--slots", 2, folder)
            consumer, reading = self.blocked(channel)
            wait_until(lambda: process_state(producer.pid) == "S", "the producer never waits")
            self.check(producer, number)
            os.close(reading)
            self.end(consumer, FAILED)
            self.assertIn("cannot write to standard output", consumer.err.text())


class Consumer(Blocking):
    def check(self, program, number):
        self.interrupt(program, number)
        self.assertRegex(program.err.text(), RECEIVED)

    def test_while_it_waits_for_a_producer(self):
        for number in SIGNALS:
            for wait in ([], ["--wait", 1000]):
                consumer = self.consumer(self.channel(), *wait, "--save", self.path("out"))
                consumer.err.wait_for("waiting for a producer")
                self.check(consumer, number)
                self.assertIn("0 frames received", consumer.err.text())

    def test_while_no_frame_comes(self):
        channel = self.channel()
        producer = self.producer(channel, "--fps", "0.001", "pattern:8x8")
        for number in SIGNALS:
            for delivery in ("--latest", "--every"):
                for timeout in ([], ["--timeout", 1000]):
                    consumer = self.attached(channel, delivery, *timeout)
                    self.check(consumer, number)
        self.interrupt(producer)

    def test_in_mid_stream(self):
        picture = pictures.noise(160, 120, 3, "whole")
        self.write("in/1.png", pictures.png(picture))
        channel = self.channel()
        producer = self.producer(channel, "--fps", 0, "--loop", self.path("in"))
        other = self.consumer(channel, "--latest")
        wait_attached(other.pid, channel)
        for number in SIGNALS:
            for delivery in ("--latest", "--every"):
                folder = f"{number}{delivery}"
                consumer = self.consumer(channel, delivery, "--json", "--save", self.path(folder))
                consumer.out.wait_count(7)
                self.check(consumer, number)
                saved = self.saved(folder, channel)
                self.assert_pictures(saved, {n: picture for n in consumer.numbers()})
                self.assertIn(f"{len(saved)} saved in {self.path(folder)}/", consumer.err.text())
        self.assertTrue(other.is_running() and producer.is_running())
        self.interrupt(other)
        self.interrupt(producer)

    def test_while_nobody_reads_its_lines(self):
        channel = self.channel()
        producer = self.producer(channel, "--fps", 0, "pattern:8x8")
        for number in SIGNALS:
            consumer, reading = self.blocked(channel)
            self.check(consumer, number)
            os.close(reading)
        self.interrupt(producer)

    # All of them come at once, so that it cannot have ended before the third.
    def test_a_third_signal_ends_it_at_once(self):
        channel = self.channel()
        producer = self.producer(channel, "--fps", 0, "pattern:8x8")
        for _ in SIGNALS:
            consumer, reading = self.blocked(channel)
            stop_process(consumer.pid)
            for number in SIGNALS:
                os.kill(consumer.pid, number)
            self.resume(consumer)
            self.assertIn(consumer.wait(), [128 + number for number in SIGNALS])
            os.close(reading)
        self.interrupt(producer)

    def test_a_second_signal_changes_nothing(self):
        channel = self.channel()
        producer = self.producer(channel, "--fps", 0, "pattern:8x8")
        consumer, reading = self.blocked(channel)
        stop_process(consumer.pid)
        for number in SIGNALS[:2]:
            os.kill(consumer.pid, number)
        with open(reading, "rb") as file:
            before = file.read1()
            self.resume(consumer)
            lines = (before + file.read()).splitlines()
        self.end(consumer)
        self.assertRegex(consumer.err.text(), RECEIVED)
        self.assertTrue(lines[-1].endswith(b".png"))
        self.interrupt(producer)


class HangUp(Case):
    # As nohup(1) does it.
    def ignoring(self):
        return {"preexec_fn": lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)}

    def test_one_that_was_ignored_stays_so(self):
        channel = self.channel()
        producer = self.producer(channel, "--fps", 100, "pattern:8x8", **self.ignoring())
        consumer = self.consumer(channel, "--json", **self.ignoring())
        consumer.out.wait_count(1)
        for program in (producer, consumer):
            os.kill(program.pid, signal.SIGHUP)
        consumer.out.wait_count(len(consumer.records()) + 20)
        self.interrupt(consumer)
        self.interrupt(producer)

    def test_commands_are_left_alone_too(self):
        for more, expected in (({}, "0"), (self.ignoring(), "1")):
            channel = self.channel()
            producer = self.producer(channel, "--fps", 100, "pattern:8x8")
            consumer = self.end(self.consumer(channel, "--count", 1, "--exec",
                                              "grep SigIgn /proc/self/status", **more))
            self.interrupt(producer)
            self.assertEqual(consumer.out.list()[0][-1], expected)

    def in_terminal(self, terminal, *arguments):
        """A program whose terminal this is, with its output there."""
        return self.start("setsid", "--ctty", "sh", "-c", 'exec "$0" "$@" >&0 2>&0',
                          *map(str, arguments), stdin=terminal)

    def test_a_terminal_that_goes_away(self):
        for lines in ("--print", "--json", "--quiet"):
            master, terminal = pty.openpty()
            channel = self.channel()
            producer = self.in_terminal(terminal, PRODUCER, "--name", channel, "--fps", 100,
                                        "pattern:8x8")
            wait_until(lambda channel=channel: os.path.exists(f"/dev/shm/{channel}"), "no channel")
            other_master, other_terminal = pty.openpty()
            consumer = self.in_terminal(other_terminal, CONSUMER, "--name", channel, lines)
            wait_attached(consumer.pid, channel)
            os.close(other_terminal)
            os.close(terminal)
            os.close(other_master)
            self.end(consumer)
            os.close(master)
            self.end(producer)

    # What it has started goes with it.
    def test_a_command_goes_too(self):
        master, terminal = pty.openpty()
        channel = self.channel()
        producer = self.producer(channel, "--fps", 100, "pattern:8x8")
        mark = self.path("mark")
        consumer = self.in_terminal(terminal, CONSUMER, "--name", channel, "--exec",
                                    f"sh -c 'echo >{mark}; exec sleep 1000'")
        wait_until(lambda: os.path.exists(mark), "no command runs")
        os.close(terminal)
        os.close(master)
        self.end(consumer)  # nobody is left when the case ends
        self.interrupt(producer)


class Terminal(Case):
    # The shell's way: a pipe that is closed at its other end.
    def test_a_reader_that_has_enough(self):
        channel = self.channel()
        producer = self.producer(channel, "--fps", 200, "pattern:8x8")
        reading, writing = os.pipe()
        consumer = self.consumer(channel, "--json", stdout=writing)
        os.close(writing)
        head = subprocess.run(["head", "-n", "1"], stdin=reading, capture_output=True, check=True)
        os.close(reading)
        self.end(consumer, FAILED)
        self.assertTrue(head.stdout.startswith(b'{"schema": 1, "event": "attached"'))
        reason = "" if ON_WINDOWS else "Broken pipe"  # there in the words of the system
        self.assertIn(f"cannot write to standard output: {reason}", consumer.err.text())
        self.assertRegex(consumer.err.text(), RECEIVED)
        self.interrupt(producer)


if __name__ == "__main__":
    unittest.main(verbosity=2)

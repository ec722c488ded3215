"""Standard output and standard error that nobody reads: they hold up what is written there, but never the
end of a program that is asked to stop."""

import fcntl
import json
import os
import pty
import select
import signal
import socket
import subprocess
import termios
import time
import unittest

from support import (CONSUMER, FAILED, PRODUCER, SHARED_MEMORY, Case, command_of, process_state, stop_process,
                     wait_attached, wait_until)

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
BLANK = b"\n" * 4096


def fill(descriptor):
    os.set_blocking(descriptor, False)
    try:
        while True:
            os.write(descriptor, BLANK)
    except BlockingIOError:
        os.set_blocking(descriptor, True)


def full_pipe():
    """Both ends of a pipe in which nothing more fits."""
    reading, writing = os.pipe()
    fill(writing)
    return reading, writing


def full_socket():
    ours, theirs = socket.socketpair()
    fill(theirs.fileno())
    return ours.detach(), theirs.detach()


def held_terminal():
    """As after Ctrl-S."""
    master, terminal = pty.openpty()
    termios.tcflow(terminal, termios.TCOOFF)
    return master, terminal


def frames(text):
    """The objects about frames in what --json has written."""
    return [record for record in map(json.loads, text.splitlines()) if record["event"] == "frame"]


def take_all(descriptor):
    """What can be read without waiting."""
    taken = b""
    while select.select([descriptor], [], [], 0)[0]:
        some = os.read(descriptor, 65536)
        if not some:
            break
        taken += some
    return taken


class Full(Case):
    def begin(self, program, output, error, *arguments):
        """A program with these descriptors in the place of its streams; None: those of the case."""
        script = 'exec "$0" "$@"'
        if output is not None:
            script += f" >&{output}"
        if error is not None:
            script += f" 2>&{error}"
        given = [end for end in (output, error) if end is not None]
        return self.start("sh", "-c", script, program, *map(str, arguments), pass_fds=given)

    def close(self, *descriptors):
        for descriptor in descriptors:
            os.close(descriptor)

    def is_flag_set(self, descriptor):
        return fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_NONBLOCK != 0


class Consumer(Full):
    def setUp(self):
        super().setUp()
        self.name = self.channel()
        self.source = self.producer(self.name, "--fps", 100, "--loop", "pattern:8x8")
        self.wait_channel(self.name)

    def wait_channel(self, name):
        """A consumer that has to wait for a producer says so, and is held up by that."""
        wait_until(lambda: os.path.exists(f"{SHARED_MEMORY}/{name}"), "there is no channel")

    def wait_held_up(self, consumer, folder):
        """Between saving a frame and listing it nothing asks for signals."""
        wait_until(lambda: os.path.isdir(folder) and os.listdir(folder), "no frame is saved")
        wait_until(lambda: process_state(consumer.pid) == "S", "it does not wait for a reader")

    def wait_for_first_line(self, consumer, folder, lines):
        """--json begins with that it has attached, --print with a frame that has been saved."""
        if lines == "--print":
            self.wait_held_up(consumer, folder)
        else:
            wait_attached(consumer.pid, self.name)
            wait_until(lambda: process_state(consumer.pid) == "S", "it does not wait for a reader")

    def check(self, make, number, lines):
        """One that cannot write its first line; one signal ends it."""
        ours, theirs = make()
        folder = self.path(f"saved {len(self.programs)}")
        consumer = self.begin(CONSUMER, theirs, None, "--name", self.name, "--save", folder,
                              "--latest", lines)
        self.wait_for_first_line(consumer, folder, lines)
        self.interrupt(consumer, number)
        self.assertRegex(consumer.err.text(), r"(?m)^ferry-consumer: \d+ frames? received")
        self.assertFalse(self.is_flag_set(theirs))  # others may have it too
        self.close(ours, theirs)

    def test_standard_output(self):
        for make in (full_pipe, full_socket, held_terminal):
            for number in SIGNALS:
                for lines in ("--json", "--print"):
                    self.check(make, number, lines)
        self.interrupt(self.source)

    # It belongs to another user, so that it cannot be opened anew.
    @unittest.skipIf(os.geteuid() != 0, "being another user needs root")
    def test_a_pipe_of_another_user(self):
        other = {"user": 54321, "group": 54321, "extra_groups": [], "cwd": "/"}
        if subprocess.run(["test", "-x", CONSUMER], check=False, **other).returncode != 0:
            self.skipTest("another user cannot run the programs here")
        os.chmod(self.folder, 0o777)
        name = self.channel()
        source = self.producer(name, "--fps", 100, "--loop", "pattern:8x8", **other)
        self.wait_channel(name)
        for number in SIGNALS:
            reading, writing = full_pipe()
            folder = self.path(f"other {number}")
            consumer = self.consumer(name, "--latest", "--print", "--save", folder, stdout=writing,
                                     **other)
            self.wait_held_up(consumer, folder)
            self.interrupt(consumer, number)
            self.assertFalse(self.is_flag_set(writing))
            self.close(reading, writing)
        self.interrupt(source)
        self.interrupt(self.source)

    # Commands that fail are warned of.
    def test_standard_error(self):
        for number in SIGNALS:
            reading, writing = full_pipe()
            mark = self.path(f"mark {number}")
            consumer = self.begin(CONSUMER, None, writing, "--name", self.name, "--exec",
                                  f"sh -c 'echo >>\"{mark}\"; exit 1'")
            # In this order: when the command is gone, it sleeps for a reader only.
            wait_until(lambda mark=mark: os.path.exists(mark) and not self.commands(consumer.pid)
                       and process_state(consumer.pid) == "S", "no command has run")
            self.interrupt(consumer, number, FAILED)
            self.assertEqual(take_all(reading).strip(), b"")
            self.close(reading, writing)
        self.interrupt(self.source)

    def commands(self, pid):
        with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as file:
            return file.read().split()

    def test_both(self):
        for number in SIGNALS:
            reading, writing = full_pipe()
            folder = self.path(f"both {number}")
            consumer = self.begin(CONSUMER, writing, writing, "--name", self.name, "--print",
                                  "--save", folder)
            self.wait_held_up(consumer, folder)
            self.interrupt(consumer, number)
            self.close(reading, writing)
        self.interrupt(self.source)

    def test_before_there_is_a_producer(self):
        for number in SIGNALS:
            reading, writing = full_pipe()
            other = self.channel()
            consumer = self.begin(CONSUMER, writing, writing, "--name", other, "--json")
            time.sleep(0.7)  # in which it says that it waits
            self.interrupt(consumer, number)
            self.close(reading, writing)
        self.interrupt(self.source)

    # A command whose output nobody reads is ended, as one that hangs.
    def test_a_command(self):
        for number in SIGNALS:
            reading, writing = full_pipe()
            mark = self.path(f"mark {number}")
            consumer = self.begin(CONSUMER, writing, None, "--name", self.name, "--exec",
                                  f"sh -c 'echo >>\"{mark}\"; exec cat'")
            wait_until(lambda mark=mark: os.path.exists(mark), "no command has run")
            self.interrupt(consumer, number)
            self.close(reading, writing)
        self.interrupt(self.source)

    # What has been written is the beginning of what there was to say, in whole lines.
    def test_no_line_is_torn(self):
        for number in SIGNALS:
            reading, writing = os.pipe()
            fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
            # With a bound, since one that stands still without would be evicted after a while.
            consumer = self.consumer(self.name, "--every=64", "--json", stdout=writing)
            os.close(writing)
            text = b""
            while text.count(b"\n") < 5:
                text += os.read(reading, 4096)
            # Lines are put behind each other in the one page of the pipe, and what has been read
            # of it is room again only when all of it has been read.
            text += take_all(reading)
            longest = max(map(len, text.splitlines())) + len("\n")
            grown = 20  # what a later line may be longer
            wait_until(lambda longest=longest, reading=reading:
                       self.room(reading) < longest + grown, "the pipe does not get full")
            wait_until(lambda consumer=consumer, reading=reading:
                       self.is_held_up(consumer, reading), "no line is held up")
            self.interrupt(consumer, number)
            text += take_all(reading)
            os.close(reading)
            self.assertTrue(text.endswith(b"}\n"))
            self.assert_skips_add_up(frames(text))
            self.assertIn("standard output cannot be written any more", consumer.err.text())
        self.interrupt(self.source)

    def is_held_up(self, consumer, reading):
        """Whether it has come to a line that does not fit: it sleeps although there are frames that it
        has not listed."""
        room = self.room(reading)
        self.end(self.consumer(self.name, "--count", 10))
        return process_state(consumer.pid) == "S" and self.room(reading) == room

    def room(self, reading):
        waiting = bytearray(4)
        fcntl.ioctl(reading, termios.FIONREAD, waiting)
        return 4096 - int.from_bytes(waiting, "little")

    # A reader that is only slow gets all lines, also those of frames that were under way.
    def test_a_reader_that_comes_in_time(self):
        reading, writing = full_pipe()
        folder = self.path("saved")
        consumer = self.consumer(self.name, "--print", "--save", folder, stdout=writing)
        os.close(writing)
        self.wait_held_up(consumer, folder)
        stop_process(consumer.pid)
        os.kill(consumer.pid, signal.SIGTERM)  # which it gets when it goes on
        text = take_all(reading)
        self.resume(consumer)
        self.end(consumer)
        text += take_all(reading)
        os.close(reading)
        files = [line.rpartition(", ")[2] for line in text.decode().split("\n") if line]
        self.assertNotEqual(files, [])
        self.assertEqual(sorted(files),
                         sorted(os.path.join(folder, name) for name in os.listdir(folder)))
        self.interrupt(self.source)

    def test_a_full_disk_is_a_failure(self):
        for lines in ("--json", "--print"):
            with open("/dev/full", "w", encoding="utf-8") as full:
                consumer = self.end(self.consumer(self.name, lines, stdout=full), FAILED)
            self.assertIn("cannot write to standard output: No space left", consumer.err.text())
        self.interrupt(self.source)


class Producer(Full):
    def test_standard_error(self):
        folder, _ = self.write_noise("in", 2)
        for number in SIGNALS:
            for make in (full_pipe, full_socket, held_terminal):
                ours, theirs = make()
                name = self.channel()
                # It says that it waits for a consumer.
                producer = self.begin(PRODUCER, theirs, theirs, "--name", name, folder)
                wait_until(lambda name=name: os.path.exists(f"/dev/shm/{name}"), "no channel")
                wait_until(lambda: process_state(producer.pid) == "S", "it does not wait")
                self.interrupt(producer, number)
                self.close(ours, theirs)

    # Files that cannot be read are warned of, from a thread that reads ahead.
    def test_warnings(self):
        self.write("in/0.png", b"none")
        self.write_noise("in", 2)
        for number in SIGNALS:
            reading, writing = full_pipe()
            name = self.channel()
            producer = self.begin(PRODUCER, None, writing, "--name", name, "--loop", "--no-wait",
                                  self.path("in"))
            wait_until(lambda: command_of(producer.pid).startswith(PRODUCER) and
                       process_state(producer.pid) == "S", "it does not wait")
            self.interrupt(producer, number)
            self.close(reading, writing)


class Help(Full):
    # Without a reader there is nothing to end cleanly.
    def test_a_full_pipe(self):
        for program in (CONSUMER, PRODUCER):
            reading, writing = full_pipe()
            asked = self.begin(program, writing, None, "--help")
            wait_until(lambda: process_state(asked.pid) == "S", "it does not wait for a reader")
            text = b""
            while asked.is_running() or select.select([reading], [], [], 0)[0]:
                text += take_all(reading)
            self.end(asked)
            self.close(writing)
            text += take_all(reading)
            self.close(reading)
            self.assertTrue(text.strip().startswith(b"Usage: "))
            self.assertIn(b"Exit codes: ", text)

    def test_a_full_disk(self):
        for program in (CONSUMER, PRODUCER):
            with open("/dev/full", "w", encoding="utf-8") as full:
                asked = self.end(self.start(program, "--help", stdout=full), FAILED)
            self.assertIn("cannot write to standard output: No space left", asked.err.text())


if __name__ == "__main__":
    unittest.main(verbosity=2)

"""Lines of progress on a terminal: they fit its width, and one program at a time shows one."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import time
import unittest

from support import CONSUMER, FINE, PRODUCER, STUCK_SECONDS, Case, environment, send_signal


class Screen:
    """What stands on a terminal of so many columns, which goes on below behind the last one."""

    def __init__(self, columns):
        self.columns = columns
        self.rows = [""]
        self.at = 0
        self.seen = set()  # every row that stood there before it was written over
        self.wraps = 0

    def feed(self, text):
        for letter in text:
            if letter == "\r":
                self.seen.add(self.rows[-1].rstrip())
                self.at = 0
            elif letter == "\n":
                self.seen.add(self.rows[-1].rstrip())
                self.rows.append("")
            else:
                if self.at == self.columns:
                    self.rows.append("")
                    self.at = 0
                    self.wraps += 1
                row = self.rows[-1].ljust(self.at)
                self.rows[-1] = row[:self.at] + letter + row[self.at + 1:]
                self.at += 1

    def text(self):
        return [row.rstrip() for row in self.rows]


class Terminal(Case):
    def open(self, columns):
        self.master, self.slave = pty.openpty()
        self.addCleanup(os.close, self.master)
        self.resize(columns)
        self.raw = b""

    def resize(self, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def start_here(self, *arguments, shows_output=False, **changes):
        process = subprocess.Popen([*map(str, arguments)], stdin=subprocess.DEVNULL,
                                   stdout=self.slave if shows_output else subprocess.DEVNULL, stderr=self.slave,
                                   env=environment(**changes))
        self.addCleanup(self.end_by_force, process)
        return process

    def end_by_force(self, process):
        if process.poll() is None:
            process.kill()
        process.wait()

    def read_until(self, pattern, start=0):
        end = time.monotonic() + STUCK_SECONDS
        while (found := re.compile(pattern).search(self.raw, start)) is None:
            self.assertLess(time.monotonic(), end, self.raw)
            self.raw += os.read(self.master, 4096)
        return found

    def read_rest(self, process):
        os.close(self.slave)
        try:
            while piece := os.read(self.master, 4096):
                self.raw += piece
        except OSError:  # EIO: nobody has the other end any more
            pass
        self.assertEqual(process.wait(STUCK_SECONDS), FINE, self.raw)

    def progress(self, raw):
        """The lines of progress among what was written, without the blanks behind them."""
        return [line.decode().rstrip() for line in re.split(rb"[\r\n]", raw)
                if re.match(rb"ferry-\w+: \d+ (sent|received)\b", line)]


class Width(Terminal):
    def sends(self, columns, **changes):
        """A producer with a consumer, which has shown some lines."""
        channel = self.channel()
        self.open(columns)
        process = self.start_here(PRODUCER, "--name", channel, "--fps", 50, "pattern:64x48",
                                  **changes)
        self.read_until(rb"(\rferry-producer: \d+ sent[^\r]*){4}\r")
        return process

    def end_it(self, process):
        send_signal(process.pid, signal.SIGTERM)
        self.read_rest(process)

    def test_lines_fit(self):
        for columns, whole in ((30, 1), (50, 3), (200, 6)):
            process = self.sends(columns)
            lines = self.progress(self.raw)
            self.assertLess(max(map(len, lines)), columns)
            self.assertEqual({len(line.split(", ")) for line in lines}, {whole}, lines)
            self.end_it(process)
            screen = Screen(columns)
            screen.feed(self.raw.decode().rsplit("\rferry-producer: ", 1)[0])
            self.assertEqual(screen.wraps, 0, screen.text())
            self.assertEqual(len(screen.rows), 1, screen.text())

    def test_a_terminal_that_does_not_say_it(self):
        for columns, limit in ((None, 80), ("35", 35), ("x", 80), ("0", 80)):
            changes = {} if columns is None else {"COLUMNS": columns}
            process = self.sends(0, **changes)
            self.assertLess(max(map(len, self.progress(self.raw))), limit)
            self.end_it(process)

    def test_columns_of_the_environment_are_second(self):
        process = self.sends(40, COLUMNS="200")
        self.assertLess(max(map(len, self.progress(self.raw))), 40)
        self.end_it(process)

    def test_a_window_that_changes(self):
        process = self.sends(100)
        self.assertGreater(max(map(len, self.progress(self.raw))), 60)
        self.resize(40)
        changed = len(self.raw)
        # Lines that are on their way, which a busy machine may not have read, are still long ones.
        short = self.read_until(rb"\r[^\r]{1,39}\r", changed).start()
        self.read_until(rb"(\rferry-producer: \d+ sent[^\r]*){4}\r", short)
        pieces = self.raw[short:].split(b"\r")[1:]
        self.assertLess(max(map(len, pieces)), 40, pieces)
        self.assertEqual(len({piece.count(b",") for piece in pieces[:-1]}), 1)
        self.resize(100)
        changed = len(self.raw)
        self.read_until(rb"dropped", changed)
        self.end_it(process)

    def test_a_narrow_one(self):
        for columns in (1, 2, 10):
            process = self.sends_narrow(columns)
            self.end_it(process)
            rows = re.split(rb"[\r\n]", self.raw)
            self.assertLessEqual(max(map(len, rows[1:4])), columns)

    def sends_narrow(self, columns):
        self.open(columns)
        process = self.start_here(PRODUCER, "--name", self.channel(), "--fps", 50, "pattern:64x48")
        self.read_until(rb"(\r[^\r]*){5}\r")
        return process

    def test_a_consumer(self):
        channel = self.channel()
        self.open(45)
        process = self.start_here(CONSUMER, "--name", channel)
        producer = self.producer(channel, "--fps", 50, "pattern:64x48")
        self.read_until(rb"(\rferry-consumer: \d+ received[^\r]*){4}\r")
        self.assertLess(max(map(len, self.progress(self.raw))), 45)
        send_signal(process.pid, signal.SIGTERM)
        self.read_rest(process)
        self.interrupt(producer)


class Launched(Terminal):
    def run_both(self, *consumer_options, producer_options=(), columns=120, shows_output=False):
        self.open(columns)
        folder, _ = self.write_noise("in", 30)
        command = " ".join(f"'{word}'" for word in (CONSUMER, "--every", *consumer_options))
        process = self.start_here(PRODUCER, "--name", self.channel(), "--fps", 20, *producer_options,
                                  "--launch", command, folder, shows_output=shows_output)
        self.read_rest(process)
        screen = Screen(columns)
        screen.feed(self.raw.decode())
        return screen

    def test_one_program_shows_its_progress(self):
        screen = self.run_both()
        lines = self.progress(self.raw)
        self.assertTrue(lines)
        self.assertEqual([line for line in lines if not line.startswith("ferry-producer: ")], [])
        for row in screen.seen:
            self.assertLessEqual(row.count("ferry-"), 2 if "started" in row else 1, row)
        rows = [row for row in screen.text() if row and "started" not in row]
        self.assertTrue(any(re.fullmatch(r"ferry-consumer: 30 frames received, 0 skipped, 0 dropped "
                                         r"by the producer", row) for row in rows), rows)
        self.assertFalse([row for row in rows if re.search(r"\d sent,", row)], rows)

    # Standard output is the same terminal.
    def test_what_a_consumer_writes_has_lines_of_its_own(self):
        for option, line in (("--print", r"frame \d+: .* ms"), ("--json", r'\{"schema": .*\}'),
                             ("--exec=echo as much", "as much")):
            screen = self.run_both(option, columns=900, shows_output=True)
            self.assertTrue(self.progress(self.raw))
            rows = [row.strip() for row in screen.text() if row and "ferry-" not in row]
            count = sum(re.fullmatch(line, row) is not None for row in rows)
            if "exec" in option:  # between what clears the line and the command the other may write
                self.assertGreaterEqual(count, 15, screen.text())
            else:
                self.assertGreaterEqual(count, 30, screen.text())
                for row in screen.text():
                    self.assertNotRegex(row, "^ferry-producer: .*(frame |schema)")

    def test_a_quiet_producer_leaves_the_line_to_its_consumer(self):
        self.run_both(producer_options=["--quiet"])
        lines = self.progress(self.raw)
        self.assertTrue(lines)
        self.assertEqual([line for line in lines if not line.startswith("ferry-consumer: ")], [])

    def test_the_environment_turns_progress_off(self):
        channel = self.channel()
        self.open(120)
        process = self.start_here(PRODUCER, "--name", channel, "--count", 30, "pattern:8x8",
                                  FERRY_PROGRESS="no")
        self.read_rest(process)
        self.assertEqual(self.progress(self.raw), [])
        self.assertRegex(self.raw, rb"^\r {119}\rferry-producer: 30 frames sent [^\r\n]*\r\n$")


if __name__ == "__main__":
    unittest.main()

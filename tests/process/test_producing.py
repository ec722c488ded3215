"""How the producer sends: at a steady pace or as fast as it can, with slow consumers, with very
many files and odd names, and what it shows on a terminal meanwhile."""

import os
import pty
import re
import signal
import subprocess
import time
import unittest
import zlib

import pictures
from support import (FAILED, FINE, PRODUCER, STUCK_SECONDS, Case, environment, send_signal,
                     stop_process)


def slow_png(width, height):
    """Quickly made here, and slow to decode."""
    raw = (b"\x01" + b"\x01\x02\x03" * width) * height
    header = pictures.struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (pictures.SIGNATURE + pictures.chunk(b"IHDR", header) +
            pictures.chunk(b"IDAT", zlib.compress(raw, 1)) + pictures.chunk(b"IEND", b""))


class Pace(Case):
    def received(self, *options):
        channel = self.channel()
        consumer = self.consumer(channel, "--every", "--json")
        producer = self.end(self.producer(channel, "--wait-consumer", 60, *options))
        self.end(consumer)
        self.assertIn(" 0 dropped", producer.err.text())
        return consumer.records()

    def assert_pace(self, records, period_ns):
        """Frame j is due no earlier than j - i - 1 periods after frame i + 1 was taken up, but for
        one that may be late by a period; and that was after frame i had been published. Holds
        however slow the machine is."""
        times = [r["publish_ns"] for r in records]
        for j, late in enumerate(times):
            for i, early in enumerate(times[:j]):
                self.assertGreaterEqual(late - early, (j - i - 2) * period_ns, (i, j))

    def test_a_decoder_slower_than_the_pace(self):
        for i in range(8):
            self.write(f"in/{i}.png", slow_png(2000 + i, 1200))
        for i in range(8, 60):
            self.write(f"in/{i}.pgm", pictures.pnm(pictures.noise(2000 + i, 1, 1, i)))
        records = self.received("--fps", 250, self.path("in"))
        self.assert_whole_numbers([r["frame"] for r in records], 1, 60)
        self.assertEqual([r["width"] for r in records], list(range(2000, 2060)))
        self.assert_pace(records, 4000000)

    def test_thirty_is_usual(self):
        self.write_noise("in", 12)
        self.assert_pace(self.received(self.path("in")), 1000000000 // 30)
        self.assert_pace(self.received("--when-full", "wait", "--count", 12, "pattern:8x8"),
                         1000000000 // 30)

    def test_a_stop_while_it_works_ahead(self):
        for i in range(3):
            self.write(f"in/{i}.png", slow_png(2000, 1200))
        for options in (["--fps", 0], ["--fps", "0.01"]):
            channel = self.channel()
            producer = self.producer(channel, "--loop", *options, self.path("in"))
            consumer = self.consumer(channel, "--every", "--json")
            consumer.out.wait_count(1)
            self.interrupt(producer, signal.SIGINT)
            self.end(consumer)


class Files(Case):
    def widths_and_heights(self, *sources, code=FINE):
        channel = self.channel()
        consumer = self.consumer(channel, "--every", "--json")
        producer = self.end(self.producer(channel, "--fps", 0, *sources), code)
        self.end(consumer)
        self.lines = producer.err.list()
        return [(r["width"], r["height"]) for r in consumer.records()]

    def test_thousands_of_files(self):
        sizes = [(1 + i % 60, 1 + i // 60) for i in range(3000)]
        os.mkdir(self.path("in"))
        for i, (width, height) in enumerate(sizes):
            with open(self.path("in", f"frame {i}.pgm"), "wb") as file:
                file.write(b"P5 %d %d 255\n" % (width, height) + bytes(width * height))
        self.assertEqual(self.widths_and_heights(self.path("in")), sizes)

    def test_odd_names(self):
        names = ["a b.pgm", " 1.pgm", "it's.pgm", 'say "so".pgm', "$HOME `id`.pgm",
                 "back\\slash.pgm", "\u00e4\u00f6\u20ac\U0001f6a2.pgm", "new\nline.pgm",
                 "tab\t.pgm", "-dash.pgm", "--count.pgm", "100%s%n.pgm", "x" * 240 + ".pgm"]
        os.mkdir(self.path("in"))
        for i, name in enumerate(names):
            self.write(f"in/{name}", pictures.pnm(pictures.noise(i + 1, 1, 1, name)))
        with open(os.path.join(os.fsencode(self.path("in")), b"latin \xe9.pgm"), "wb") as file:
            file.write(pictures.pnm(pictures.noise(len(names) + 1, 1, 1, "latin")))
        self.write("in/bad\nname.pgm", b"no picture")
        wanted = {(i + 1, 1) for i in range(len(names) + 1)}
        found = self.widths_and_heights(self.path("in"), code=FAILED)
        self.assertEqual((len(found), set(found)), (len(wanted), wanted))
        warnings = [line for line in self.lines if "warning: skipped" in line]
        self.assertEqual(len(warnings), 1, warnings)
        self.assertIn("bad?name.pgm", warnings[0])
        direct = [self.path("in", name) for name in names]
        self.assertEqual(self.widths_and_heights(*direct), [(i + 1, 1) for i in range(len(names))])
        # In the folder itself a name may look like an option.
        channel = self.channel()
        consumer = self.consumer(channel, "--every", "--json")
        self.end(self.producer(channel, "--fps", 0, "--", "--count.pgm", "-dash.pgm",
                               cwd=self.path("in")))
        self.end(consumer)
        self.assertEqual([r["width"] for r in consumer.records()],
                         [1 + names.index("--count.pgm"), 1 + names.index("-dash.pgm")])


class SlowConsumers(Case):
    def with_a_stopped_consumer(self, *options):
        """A producer that goes on while its consumer of every frame is stopped."""
        channel = self.channel()
        producer = self.paused_producer(channel, "--wait-consumer", 60, *options)
        consumer = self.attached(channel, "--every=all", "--json")
        stop_process(consumer.pid)
        return channel, producer, consumer

    def sent_and_dropped(self, producer):
        found = re.search(r"(\d+) frames? sent.*, (\d+) dropped", producer.err.text())
        self.assertIsNotNone(found, producer.describe())
        return int(found[1]), int(found[2])

    def test_dropping_is_counted(self):
        folder, _ = self.write_noise("in", 3)
        for source in ([folder, "--loop"], ["pattern:8x8"]):
            _, producer, consumer = self.with_a_stopped_consumer(
                "--fps", 0, "--count", 500, "--when-full", "drop", "--stall-limit", "never",
                *source)
            self.resume(producer)
            self.end(producer)
            os.kill(consumer.pid, signal.SIGCONT)
            self.end(consumer)
            sent, dropped = self.sent_and_dropped(producer)
            self.assertEqual(sent + dropped, 500)
            self.assertEqual(self.assert_drops_alike(producer, consumer), dropped)
            self.assertIn(sent, (7, 8))  # as many as there are slots, or one kept back
            self.assert_whole_numbers(consumer.numbers(), 1, sent)

    def test_a_pattern_can_wait(self):
        channel, producer, consumer = self.with_a_stopped_consumer(
            "--fps", 200, "--count", 60, "--when-full", "wait", "pattern:8x8")
        latest = self.attached(channel, "--json")
        self.resume(producer)
        # Until the channel is full, with one slot kept back or not: this one may pass over the last but one.
        latest.out.wait_for(r'"frame": *[78]\b')
        os.kill(consumer.pid, signal.SIGCONT)
        self.end(producer)
        self.end(consumer)
        self.end(latest)
        self.assert_whole_numbers(consumer.numbers(), 1, 60)
        self.assertEqual(self.sent_and_dropped(producer), (60, 0))

    def test_who_stands_still_is_left_behind(self):
        folder, _ = self.write_noise("in", 3)
        _, producer, consumer = self.with_a_stopped_consumer(
            "--fps", 0, "--count", 60, "--stall-limit", "0.3", "--loop", folder)
        self.resume(producer)
        self.end(producer)
        self.assertRegex(producer.err.text(), "warning: 1 consumer was evicted")
        self.assertEqual(self.sent_and_dropped(producer), (60, 0))
        os.kill(consumer.pid, signal.SIGCONT)
        self.end(consumer, FAILED)


class Terminal(Case):
    """What stands on a terminal."""

    def start_on_terminal(self, *arguments):
        self.master, slave = pty.openpty()
        self.addCleanup(os.close, self.master)
        self.text = b""
        process = subprocess.Popen([PRODUCER, *map(str, arguments)], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=slave, env=environment())
        os.close(slave)
        self.addCleanup(self.end_by_force, process)
        return process

    def end_by_force(self, process):
        if process.poll() is None:
            process.kill()
        process.wait()

    def read_until(self, pattern):
        """Reads on until what has been read since the last call matches."""
        end = time.monotonic() + STUCK_SECONDS
        while (found := re.search(pattern, self.text)) is None:
            self.assertLess(time.monotonic(), end, self.text)
            self.text += os.read(self.master, 4096)
        self.text = self.text[found.end():]
        return found

    def read_rest(self, process, code=FINE):
        """What comes until the program has ended."""
        rest = self.text
        try:
            while piece := os.read(self.master, 4096):
                rest += piece
        except OSError:  # EIO: nobody has the other end any more
            pass
        self.assertEqual(process.wait(STUCK_SECONDS), code, rest)
        return rest.decode()

    def test_the_line_is_renewed_and_taken_away(self):
        channel = self.channel()
        process = self.start_on_terminal("--name", channel, "--fps", 100, "pattern:64x48")
        consumer = self.consumer(channel, "--json")
        line = (rb"\rferry-producer: (\d+) sent, (\d+\.\d|\d{3,}) fps, (\d+\.\d) MB/s, "
                rb"(\d) consumers?, lag \d+, \d+ dropped *")
        sent = [int(self.read_until(line)[1])]
        # Where no frame was sent for a while, as on a busy machine, the line says the same again.
        while len(set(sent)) < 4:
            sent.append(int(self.read_until(line)[1]))
        self.assertEqual(sent, sorted(sent))
        while self.read_until(line)[4] != b"1":
            pass
        while float(self.read_until(line)[2]) == 0:
            pass
        send_signal(process.pid, signal.SIGTERM)
        rest = self.read_rest(process)
        self.assertRegex(rest, r"\r {40,}\rferry-producer: \d+ frames sent .*\r\n$")
        self.end(consumer)

    def test_it_goes_on_while_nobody_takes_frames(self):
        channel = self.channel()
        folder, _ = self.write_noise("in", 3)
        process = self.start_on_terminal("--name", channel, "--fps", 0, "--loop", folder)
        consumer = self.attached(channel, "--every", "--json")
        consumer.out.wait_count(1)
        stop_process(consumer.pid)
        still = (rb"\rferry-producer: (\d+) sent, 0\.0 fps, 0\.0 MB/s, 1 consumer, "
                 rb"lag ([1-9]\d*), 0 dropped")
        # Where the consumer had been slow before, as on a busy machine, there are such lines too.
        first, second = self.read_until(still), self.read_until(still)
        while first[1] != second[1]:
            first, second = second, self.read_until(still)
        os.kill(consumer.pid, signal.SIGCONT)
        send_signal(process.pid, signal.SIGINT)
        self.read_rest(process)
        self.end(consumer)

    def test_warnings_do_not_mix_with_the_line(self):
        channel = self.channel()
        folder, made = self.write_noise("in", 6)
        for i in (2, 4):
            whole = pictures.png(made[i])
            self.write(f"in/{i}.png", whole[:-20])
        process = self.start_on_terminal("--name", channel, "--fps", 10, folder)
        consumer = self.consumer(channel, "--json")
        rest = self.read_rest(process, FAILED)
        self.end(consumer)
        lines = [line.rsplit("\r", 1)[-1] for line in rest.replace("\r\n", "\n").split("\n")]
        for line in lines[:-1]:
            self.assertTrue(line.startswith("ferry-producer: "), (line, rest))
        self.assertEqual(sum("warning: skipped" in line for line in lines), 2, rest)
        self.assertEqual(lines[-1], "")

    def test_quiet_shows_no_line(self):
        process = self.start_on_terminal("--name", self.channel(), "--quiet", "--no-wait", "--fps",
                                         10, "--count", 8, "pattern:8x8")
        self.assertEqual(self.read_rest(process), "")

    def test_no_terminal_no_line(self):
        producer = self.end(self.producer(self.channel(), "--no-wait", "--fps", 10, "--count", 8,
                                          "pattern:8x8"))
        self.assertNotIn("\r", producer.err.text())
        self.assertEqual(len(producer.err.list()), 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)

"""Standard input that is cut short, silent, or nothing of the kind; and command lines about it."""

import array
import fcntl
import os
import pty
import resource
import signal
import termios
import unittest

import pictures
from streams import StreamCase, gray, noise, numbered, y4m
from support import (CONSUMER, FAILED, FINE, ON_WINDOWS, SANITIZERS, USAGE, command_of,
                     process_state, send_signal, stop_process, wait_until)

SENT = r"(?m)^ferry-producer: \d+ frames? sent"


class Broken(StreamCase):
    def test_headers(self):
        cases = {b"YUV4MPEG2 H2\nFRAME\n": "no width",
                 b"YUV4MPEG2 W2\nFRAME\n": "no height",
                 b"YUV4MPEG2 W0 H2\nFRAME\n": "W0",
                 b"YUV4MPEG2 W-1 H2\nFRAME\n": "W-1",
                 b"YUV4MPEG2 W99999999999999999999 H2\nFRAME\n": "W99999999999999999999",
                 b"YUV4MPEG2 W2147483647 H2147483647\nFRAME\n": "2 GiB",
                 b"YUV4MPEG2 W2 H2 F1\nFRAME\n": "F1",
                 b"YUV4MPEG2 W2 H2 C440\nFRAME\n": "-pix_fmt yuv420p",
                 b"YUV4MPEG2 W2 H2 C420p12\nFRAME\n": "-pix_fmt yuv420p",
                 b"YUV4MPEG2 W2 H2 Cmono9\nFRAME\n": "-pix_fmt gray",
                 b"YUV4MPEG2 W2 H2 C\x1b[31m\xc2\x9b\nFRAME\n": "C?[31m",
                 b"YUV4MPEG2 W2 H2": "ends in the middle of the YUV4MPEG2 header",
                 b"YUV4MPEG2 W2 H2 X" + b"x" * 5000: "more than 1024 bytes",
                 b"YUV4MPEG2 W2 H2\r\nFRAME\r\n": "H2?",
                 b"YUV4MPEG3 W2 H2\nFRAME\n": "does not begin with YUV4MPEG2",
                 b"YUV4": "ends in the middle of the YUV4MPEG2 header"}
        for data, part in cases.items():
            line = self.refuse(data)
            self.assertTrue(line.startswith("ferry-producer: standard input: "), line)
            self.assertIn(part, line)

    def test_what_is_no_stream(self):
        png = pictures.png(pictures.noise(5, 5, 3, "png"))
        film = b"\0\0\0\x20ftypisom" + bytes(100)
        for data, part in ((png, "name the file"), (b"\xff\xd8\xff\xe0" + bytes(50), "name the f"),
                           (film, "ffmpeg -i FILM"), (b"RIFF1234AVI LIST", "ffmpeg -i FILM"),
                           (bytes(10000), "--raw"), (b"x", "--raw"), (b"x", "yuv4mpegpipe")):
            self.assertIn(part, self.refuse(data))

    def test_nothing(self):
        for arguments in ([], ["--raw", "8x8:gray"]):
            self.assertIn("it is empty", self.refuse(b"", *arguments))
            # In the place of a stream that is closed, Wine opens something of its own.
            for closed in (False,) if ON_WINDOWS else (True, False):
                producer = self.producer(self.channel(), *arguments, "-",
                                         preexec_fn=(lambda: os.close(0)) if closed else None)
                self.end(producer, FAILED)
                self.assertIn("it is empty", producer.err.text())
        self.assertIn("no frame", self.refuse_later(y4m(4, 4, [])))

    def refuse_later(self, data, *arguments):
        """As refuse, but once the channel is there."""
        producer = self.pipe(self.channel(), "--no-wait", *arguments)
        self.feed(producer, data).join()
        self.end(producer, FAILED)
        lines = producer.err.list()
        self.assertEqual(len(lines), 1, lines)
        return lines[0]

    def test_a_directory_and_a_terminal(self):
        directory = os.open("/", os.O_RDONLY)
        master, terminal = pty.openpty()
        for descriptor, part in ((directory, "cannot read standard input"),
                                 (terminal, "standard input is a terminal")):
            producer = self.producer(self.channel(), "-", stdin=descriptor)
            self.end(producer, FAILED)
            self.assertIn(part, producer.err.text())
        for descriptor in (directory, master, terminal):
            os.close(descriptor)

    def test_a_stream_cut_short(self):
        made = gray(20, 10, 3, "cut")
        whole = y4m(20, 10, [picture.pixels for picture in made])
        raw = b"".join(picture.pixels for picture in made)
        cases = [(whole[:-1], [], "it ends in frame 3, of which 199 of 200 bytes have come"),
                 (whole[:-200], [], "it ends in frame 3, of which 0 of 200 bytes have come"),
                 (whole[:-201], [], "it ends in the middle of the line before a frame"),
                 (whole[:-206] + b"\n" * 206, [],
                  'where frame 3 should begin with FRAME there is "????????"'),
                 (raw[:-1], ["--raw", "20x10:gray"], "it ends in frame 3, of which 199 of 200 b"),
                 (raw[:-199], ["--raw", "20x10:gray"], "it ends in frame 3, of which 1 of 200 b")]
        for data, arguments, part in cases:
            producer, _, found = self.transfer(data, *arguments, code=FAILED)
            self.assertIn(f"ferry-producer: standard input: {part}", producer.err.text())
            self.assert_pictures(found, numbered(made[:2]))

    def test_a_raw_stream_of_another_format(self):
        data = noise(20 * 10 * 4 * 5, "other")
        producer, _, found = self.transfer(data, "--raw", "20x10:bgr24", code=FAILED)
        self.assertEqual(len(found), 6)
        self.assertRegex(producer.err.text(), r"of which 400 of 600 bytes have come: is --raw "
                         r"20x10:bgr24 right\? \(with 32 bits a pixel all frames would be whole\)")
        producer, _, found = self.transfer(data, "--raw", "21x10:bgr24", code=FAILED)
        self.assertRegex(producer.err.text(), r"is --raw 21x10:bgr24 right\?\n")
        producer, _, found = self.transfer(data[:100], "--raw", "20x10:bgr24", code=FAILED)
        self.assertEqual(found, {})
        self.assertIn("frame 1, of which 100 of 600 bytes", producer.err.text())

    def test_raw_that_is_y4m(self):
        data = y4m(4, 4, [bytes(16)] * 10)
        for text in ("4x4:gray", "640x480:bgr24", "1x1:gray"):
            self.assertIn("leave --raw out", self.refuse(data, "--raw", text))

    def test_frames_that_do_not_fit(self):
        made = pictures.noise(300, 200, 1, "large")
        for data, arguments in ((y4m(300, 200, [made.pixels]), []),
                                (made.pixels, ["--raw", "300x200:gray"])):
            line = self.refuse(data, "--capacity", "50000", *arguments)
            self.assertIn("standard input: 300 x 200 pixels take 60000 bytes", line)
            capacity = line.split("--capacity ")[1].split()[0]
            _, _, found = self.transfer(data, "--capacity", capacity, *arguments)
            self.assert_pictures(found, {1: made})

    # Memory for it is not even asked for.
    def test_frames_that_fit_nowhere(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
        more = {} if SANITIZERS else {"preexec_fn": limit}
        for data, arguments in ((b"YUV4MPEG2 W32768 H32767 C422\nFRAME\n", []),
                                (b"", ["--raw", "32768x32767:gray16le"])):
            line = self.refuse(data, "--capacity", "1G", *arguments, **more)
            self.assertIn("use --capacity 2147422208", line)

    def test_a_writer_that_is_killed(self):
        channel = self.channel()
        consumer = self.consumer(channel, "--every", "--json")
        reading, writing = os.pipe()
        data = self.write("film", y4m(100, 100, [bytes(10000)] * 2)[:-5000])
        writer = self.start("tail", "-f", "-c", "+1", data, stdout=writing)
        os.close(writing)
        producer = self.producer(channel, "-", stdin=reading)
        os.close(reading)
        consumer.out.wait_count(1)
        wait_until(lambda: process_state(writer.pid) == "S", "the writer does not get to its end")
        self.kill(writer.pid)
        self.end(producer, FAILED)
        self.end(consumer)
        self.assertIn("it ends in frame 2, of which 5000 of 10000 bytes", producer.err.text())


class Usage(StreamCase):
    def refuse_usage(self, *arguments):
        ended = self.end(self.producer(None, *arguments), USAGE)
        lines = ended.err.list()
        self.assertEqual(len(lines), 2, lines)
        return lines[0]

    def test_raw(self):
        for text in ("", "x", "8", "8x", "x8", "8x8", "8x8:", ":gray", "8x8:gray2", "8x8:GRAY",
                     "0x8:gray", "8x0:gray", "-8x8:gray", "8x-8:gray", "8 x8:gray", "8x8: gray",
                     "8X8:gray", "8x8x8:gray", "8x8,gray", "8.5x8:gray", "2147483648x1:gray",
                     "99999999999999999999x8:gray", "8x99999999999999999999:gray",
                     "00000000000000000008x8:gray", "8x8:gray:", "8x8:\x1b[31m"):
            line = self.refuse_usage("--raw", text, "-")
            self.assertIn("--raw", line)
            self.assertTrue(line.isprintable(), line)
        for text in ("65536x65536:gray", "2147483647x2147483647:bgra", "32768x32768:gray16le"):
            self.assertIn("2 GiB", self.refuse_usage("--raw", text, "-"))

    def test_what_does_not_go_together(self):
        folder, _ = self.write_noise("in", 1)
        self.refuse_usage("-", folder)
        self.refuse_usage(folder, "-")
        self.refuse_usage("-", "-")
        self.refuse_usage("-", "pattern:8x8")
        self.refuse_usage("-", "--loop")
        self.assertIn("--raw", self.refuse_usage("--raw", "8x8:gray", folder))
        self.assertIn("--raw", self.refuse_usage("--raw", "8x8:gray", "pattern:8x8"))
        self.assertIn("--raw", self.refuse_usage("--raw"))


class Ending(StreamCase):
    """However silent the pipe is."""

    def silent(self, data, *arguments):
        """A producer that has read the data and waits for more."""
        producer = self.pipe(self.channel(), "--no-wait", *arguments)
        self.put(producer, data)
        wait_until(lambda: self.unread(producer) == 0 and process_state(producer.pid) == "S",
                   "the producer does not read")
        return producer

    def unread(self, program):
        count = array.array("i", [0])
        fcntl.ioctl(program.popen.stdin.fileno(), termios.FIONREAD, count)
        return count[0]

    def test_stops(self):
        whole = y4m(8, 6, [bytes(48)] * 2)
        cases = [(b"", []), (b"YUV4MPEG2 W8", []), (y4m(8, 6, []), []), (whole, []),
                 (whole[:-3], []), (whole + b"FRA", []), (b"", ["--raw", "8x6:gray"]),
                 (b"YUV", ["--raw", "8x6:gray"]), (bytes(96), ["--raw", "8x6:gray"]),
                 (bytes(100), ["--raw", "8x6:gray"])]
        for data, arguments in cases:
            for number in (signal.SIGINT, signal.SIGTERM):
                producer = self.silent(data, *arguments)
                self.interrupt(producer, number)
                self.assertNotIn("standard input", producer.err.text())
                self.assertRegex(producer.err.text(), r"\d frames? sent")

    # As with Ctrl-C in a shell: the writer has ended in the midst of a frame before the signal comes. One that comes only
    # after a second is too late, so that a test which is kept from its work tries again.
    def test_stop_behind_the_end_of_the_writer(self):
        for data, arguments in ((y4m(8, 6, [bytes(48)] * 2)[:-3], []), (bytes(100), ["--raw", "8x6:gray"])):
            for _ in range(5):
                producer = self.silent(data, *arguments)
                producer.popen.stdin.close()
                producer.popen.stdin = None
                send_signal(producer.pid, signal.SIGINT)
                if producer.wait() == FINE:
                    break
            self.end(producer)
            self.assertNotIn("standard input", producer.err.text())

    # The frames that are wanted have come; more are never read, or waited for.
    def test_enough_frames(self):
        for data, arguments in ((y4m(8, 6, [bytes(48)] * 3), []),
                                (bytes(3 * 48), ["--raw", "8x6:gray"])):
            for count in (1, 2, 3):
                producer = self.pipe(self.channel(), "--no-wait", "--count", count, *arguments)
                self.put(producer, data)
                self.end(producer)
                self.assertRegex(producer.err.text(), rf"{count} frames? sent")

    # The launched program had enough; the pipe may be silent for ever.
    def test_a_launched_program_that_is_done(self):
        channel = self.channel()
        producer = self.pipe(channel, *self.launch(CONSUMER, "--name", channel, "--every",
                                                   "--count", 2, "--json"))
        self.put(producer, y4m(8, 6, [bytes(48)] * 2, "Cmono"))
        self.end(producer)
        self.assert_whole_numbers(producer.numbers(), 1, 2)

    def endless(self, *arguments, channel=None):
        """A producer, and a program that writes to it and does not end by itself."""
        reading, writing = os.pipe()
        writer = self.start("cat", "/dev/zero", stdout=writing)
        os.close(writing)
        producer = self.producer(channel or self.channel(), *arguments, "-", stdin=reading)
        os.close(reading)
        return producer, writer

    def test_the_writer_is_ended_too(self):
        producer, writer = self.endless("--no-wait", "--count", 5, "--raw", "100x100:gray")
        self.end(producer)
        self.end(writer, -signal.SIGPIPE)
        producer, writer = self.endless("--no-wait")
        self.end(producer, FAILED)
        self.end(writer, -signal.SIGPIPE)
        producer, writer = self.endless("--raw", "100x100:gray")
        producer.err.wait_for("waiting for a consumer")
        self.interrupt(producer)
        self.end(writer, -signal.SIGPIPE)

    # The producer waits for what it has launched; the writer does not.
    def test_the_writer_does_not_wait_for_the_launched_program(self):
        channel = self.channel()
        producer, writer = self.endless("--count", 3, "--raw", "100x100:gray", *self.launch(
            "sh", "-c", '"$0" --name "$1" --every --json; exec sleep 1000', CONSUMER, channel),
                                        channel=channel)
        launched = producer.wait_launched()
        self.end(writer, -signal.SIGPIPE)
        wait_until(lambda: command_of(launched) == "sleep 1000", "the consumer does not end")
        self.assertTrue(producer.is_running())
        self.kill(launched)
        self.end(producer, FAILED)
        self.assert_whole_numbers(producer.numbers(), 1, 3)

    # A program that the producer has launched, and leaves running, does not have the pipe.
    def test_what_is_launched_keeps_nobody_waiting(self):
        producer, writer = self.endless("--no-wait", "--count", 3, "--raw", "100x100:gray",
                                        "--launch", "sleep 1000")
        launched = producer.wait_launched()
        self.end(producer)
        self.end(writer, -signal.SIGPIPE)
        self.assertIn(process_state(launched), ("S", "D", "R"))
        os.kill(launched, signal.SIGKILL)
        os.waitpid(launched, 0)

    def test_a_launched_program_gets_no_frames_from_the_pipe(self):
        made = gray(30, 20, 4, "launch")
        channel = self.channel()
        producer = self.pipe(channel, *self.launch(
            "sh", "-c", 'cat > "$0.stolen"; exec "$1" --name "$2" --every --save "$0"',
            self.path("out"), CONSUMER, channel))
        self.feed(producer, y4m(30, 20, [picture.pixels for picture in made]))
        self.end(producer)
        self.assertEqual(os.path.getsize(self.path("out.stolen")), 0)
        self.assert_pictures(self.saved("out", channel), numbered(made))

    def test_a_stop_while_the_channel_is_full(self):
        channel = self.channel()
        producer, writer = self.endless("--slots", 2, "--raw", "100x100:gray", channel=channel)
        consumer = self.consumer(channel, "--every", "--json")
        consumer.out.wait_count(3)
        stop_process(consumer.pid)
        self.interrupt(producer, signal.SIGINT)
        self.end(writer, -signal.SIGPIPE)
        self.resume(consumer)
        self.end(consumer)
        self.assertRegex(producer.err.text(), SENT)


if __name__ == "__main__":
    unittest.main()

"""What the tests of standard input share: YUV4MPEG2 made here, and a producer that reads a pipe."""

import os
import random
import subprocess
import threading

import pictures
from support import FAILED, FINE, Case


def noise(count, seed):
    return random.Random(seed).randbytes(count)


def half(value):
    return (value + 1) // 2


def frame_bytes(kind, width, height):
    """Of YUV4MPEG2."""
    if kind.startswith("420"):
        return (width * height + 2 * half(width) * half(height)) * (2 if kind == "420p10" else 1)
    return {"422": width + 2 * half(width), "444": 3 * width, "mono": width}.get(kind, 2 * width) * height


def y4m(width, height, frames, rest="F0:0 Ip A1:1 Cmono", line=b"FRAME\n"):
    header = f"YUV4MPEG2 W{width} H{height} {rest}".rstrip().encode() + b"\n"
    return header + b"".join(line + frame for frame in frames)


class StreamCase(Case):
    def pipe(self, channel, *arguments, **more):
        """A producer of what is written into its standard input."""
        return self.producer(channel, *arguments, "-", stdin=subprocess.PIPE, bufsize=0, **more)

    def put(self, program, data):
        os.write(program.popen.stdin.fileno(), data)

    def feed(self, program, data, close=True):
        """Writes all of it, in a thread of its own: the pipe may be full for a while."""
        def write():
            left = memoryview(data)
            try:
                while left:
                    left = left[os.write(program.popen.stdin.fileno(), left):]
            except BrokenPipeError:  # it has ended, and had no use for more
                pass
            if close:
                program.popen.stdin.close()
        thread = threading.Thread(target=write, daemon=True)
        thread.start()
        return thread

    def transfer(self, data, *arguments, code=FINE):
        """Sends the data; the producer, what the consumer listed, and the pictures it saved."""
        channel = self.channel()
        folder = f"out of {channel}"
        consumer = self.consumer(channel, "--every", "--json", "--save", self.path(folder))
        producer = self.pipe(channel, *arguments)
        writer = self.feed(producer, data)
        self.end(producer, code)
        writer.join()
        self.end(consumer)
        found = self.saved(folder, channel) if os.path.isdir(self.path(folder)) else {}
        return producer, consumer.records(), found

    def refuse(self, data, *arguments, **more):
        """One sentence, no frame, and no channel."""
        producer = self.pipe(self.channel(), "--no-wait", *arguments, **more)
        writer = self.feed(producer, data)
        self.end(producer, FAILED)
        writer.join()
        lines = producer.err.list()
        self.assertEqual(len(lines), 1, lines)
        self.assertTrue(lines[0].startswith("ferry-producer: ") and lines[0].isprintable(), lines)
        return lines[0]


def gray(width, height, count, seed):
    return [pictures.noise(width, height, 1, f"{seed} {i}") for i in range(count)]


def numbered(made):
    return dict(enumerate(made, 1))

"""A producer whose standard input is silent says so."""

import unittest

from streams import StreamCase
from support import FAILED, wait_until

NOTHING = "nothing on standard input yet"
STALLED = "no data on standard input for 5 s: waiting"
NO_FRAME = "no whole frame on standard input yet"


class Silence(StreamCase):
    def test_before_the_first_byte(self):
        for options in ([], ["--raw", "8x8:gray"]):
            producer = self.pipe(self.channel(), "--no-wait", *options)
            producer.err.wait_for(NOTHING)
            producer.popen.stdin.close()
            self.end(producer, FAILED)
            self.assertEqual(producer.err.text().count("standard input yet"), 1)

    def test_before_the_first_frame_is_whole(self):
        for data, options in ((b"abc", ["--raw", "8x8:gray"]), (b"YUV4", []),
                              (b"YUV4MPEG2 W8 H8 F25:1 Cmono\n", []),
                              (b"YUV4MPEG2 W8 H8 F25:1 Cmono\nFRAME\nxx", [])):
            producer = self.pipe(self.channel(), "--no-wait", *options)
            self.put(producer, data)
            producer.err.wait_for(NO_FRAME)
            producer.popen.stdin.close()
            self.end(producer, FAILED)
            self.assertEqual(producer.err.text().count("standard input yet"), 1)

    def test_one_that_begins_late(self):
        channel = self.channel()
        consumer = self.consumer(channel, "--every", "--json")
        producer = self.pipe(channel, "--raw", "8x8:gray", "--wait-consumer", 600)
        producer.err.wait_for(NOTHING)
        self.put(producer, bytes(128))
        consumer.out.wait_count(2)
        producer.popen.stdin.close()
        self.end(producer)
        self.end(consumer)
        self.assertEqual(consumer.numbers(), [1, 2])

    # It begins again, and stops once more: a writer may be slow.
    def test_in_the_midst(self):
        for options in ([], ["--quiet"]):
            channel = self.channel()
            consumer = self.consumer(channel, "--every", "--json")
            producer = self.pipe(channel, "--raw", "8x8:gray", "--wait-consumer", 600, "--stats", 1, *options)
            self.put(producer, bytes(64 + 5))
            consumer.out.wait_count(1)
            if options:
                wait_until(lambda producer=producer: producer.err.text().count("1 sent") >= 8,
                           "no figures of a stream that stands still")
            else:
                producer.err.wait_for(STALLED)
            self.put(producer, bytes(59))
            consumer.out.wait_count(2)
            producer.popen.stdin.close()
            self.end(producer)
            self.end(consumer)
            self.assertEqual(producer.err.text().count("on standard input"), 0 if options else 1)

    # The consumer tells of each saved frame when its file is whole, and not when the next frame comes.
    def test_saved_frames_are_told_meanwhile(self):
        channel = self.channel()
        consumer = self.consumer(channel, "--every", "--save", self.path("out"), "--json")
        producer = self.pipe(channel, "--raw", "8x8:gray", "--wait-consumer", 600)
        for number in range(1, 9):
            self.put(producer, bytes(64))
            consumer.out.wait_count(number)
        producer.popen.stdin.close()
        self.end(producer)
        self.end(consumer)
        self.assertEqual(consumer.numbers(), list(range(1, 9)))

    def test_a_stop_meanwhile(self):
        producer = self.pipe(self.channel(), "--no-wait")
        producer.err.wait_for(NOTHING)
        self.interrupt(producer)
        producer.popen.stdin.close()


if __name__ == "__main__":
    unittest.main()

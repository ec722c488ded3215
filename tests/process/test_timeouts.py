"""--timeout: no frame, whatever the reason, and how that goes together with --wait."""

import json
import os
import re
import time
import unittest

from streams import StreamCase
from support import FAILED, FINE, TIMED_OUT, has_mapped, stop_process, wait_until

FRAME = bytes(64)


class Timeouts(StreamCase):
    def fed(self, channel, *arguments):
        """A producer that sends a frame whenever it is given one."""
        return self.pipe(channel, "--raw", "8x8:gray", "--fps", 0, "--no-wait", *arguments)

    def held(self, channel, *options):
        """A producer that has sent a frame, and a consumer that has it in hand until let_go. The
        frame was there before the consumer came, so that no limit of its own is too short for that."""
        os.mkfifo(self.path(channel))
        producer = self.fed(channel)
        self.put(producer, FRAME)
        self.end(self.consumer(channel, "--json", "--count", 1))
        consumer = self.consumer(channel, "--latest", "--json", *options, "--exec",
                                 f"sh -c 'echo $FERRY_FRAME; cat {self.path(channel)} >&2'")
        consumer.out.wait_for("^1$")
        return producer, consumer

    def let_go(self, channel):
        with open(self.path(channel), "w", encoding="utf-8"):
            pass

    def expect(self, consumer, channel, seconds, reason, count=0):
        """Nothing is summed up when no frame came."""
        self.end(consumer, TIMED_OUT)
        self.assertIn(f"no frame on channel {channel} within {seconds} s: {reason}",
                      consumer.err.text())
        summaries = re.findall(r"(?m)^ferry-consumer: (\d+) frames? received", consumer.err.text())
        self.assertEqual(len(summaries), 0 if count == 0 else 1, summaries)


class Reasons(Timeouts):
    def test_no_producer(self):
        for options in ([], ["--reconnect"], ["--wait", 1000], ["--every"], ["--save", "out"]):
            channel = self.channel()
            consumer = self.consumer(channel, "--timeout", "0.4", *options, cwd=self.folder)
            self.expect(consumer, channel, "0.4", "there is no producer")

    def test_no_producer_and_no_time(self):
        channel = self.channel()
        consumer = self.end(self.consumer(channel, "--timeout", 0), TIMED_OUT)
        self.assertIn(f"no frame on channel {channel}: there is no producer",
                      consumer.err.text())

    # It has ended before the time begins, which is when the command for the frame is done.
    def test_a_producer_that_has_ended(self):
        for options in ([], ["--wait", 1000]):
            channel = self.channel()
            producer, consumer = self.held(channel, "--reconnect", "--timeout", 2, *options)
            self.feed(producer, b"")
            self.end(producer)
            self.let_go(channel)
            self.expect(consumer, channel, 2, "its producer has ended", count=1)
            self.assertEqual(consumer.out.list()[0], "1")
            self.assertEqual(len(consumer.out.list()), 2)

    def test_a_producer_that_died(self):
        channel = self.channel()
        producer = self.producer(channel, "--fps", 100, "pattern:8x8")
        consumer = self.consumer(channel, "--reconnect", "--json", "--timeout", 2)
        consumer.out.wait_count(2)
        self.kill(producer.pid)
        self.expect(consumer, channel, 2, "its producer died", count=2)

    def test_a_producer_that_is_frozen(self):
        for options in ([], ["--reconnect"], ["--save", self.path("out")]):
            channel = self.channel()
            producer = self.producer(channel, "--fps", 100, "pattern:8x8")
            consumer = self.consumer(channel, "--json", "--timeout", 2, *options)
            consumer.out.wait_count(2)
            stop_process(producer.pid)
            self.expect(consumer, channel, 2, "its producer is running but sends none", count=2)
            self.resume(producer)
            self.interrupt(producer)

    # What is left of a limit is nothing then, and not less.
    def test_a_producer_that_is_frozen_until_its_time_is_over(self):
        seconds = 2.2
        producer = self.producer(self.channel(), "--wait-consumer", seconds, "pattern:8x8")
        producer.err.wait_for("waiting for a consumer")
        stop_process(producer.pid)
        time.sleep(seconds) # which is what the limit is about
        self.resume(producer)
        self.end(producer, TIMED_OUT)
        self.assertIn(f"within {seconds} s", producer.err.text())

    # None of them has a frame: the time does not begin anew with each. On a machine that is busy
    # there may be too few of them in that time: then it is tried anew.
    def test_producers_that_come_and_go(self):
        self.assertTrue(any(self.count_producers() > 2 for _ in range(20)))

    def count_producers(self):
        """How many producers have come and gone before a consumer's time was over."""
        channel = self.channel()
        consumer = self.consumer(channel, "--reconnect", "--every", "--timeout", 6)
        for turn in range(1000):
            producer = self.fed(channel)
            self.put(producer, FRAME[:32])
            wait_until(lambda turn=turn: self.has_attached(consumer, channel, turn),
                       "it does not attach")
            self.feed(producer, b"")
            producer.wait()
            producer.close_pipes()
            if not consumer.is_running():
                break
        self.end(consumer, TIMED_OUT)
        self.assertIn("no frame on channel", consumer.err.text())
        return turn + 1

    def has_attached(self, consumer, channel, turn):
        """For the first time nothing is said of it."""
        if turn == 0 and consumer.is_running():
            return has_mapped(consumer.pid, f"/{channel}~consumers")
        return not consumer.is_running() or consumer.err.text().count("attached to") >= turn

    # That is the end of the stream, and it is so at once.
    def test_without_reconnect_an_end_is_an_end(self):
        folder, _ = self.write_noise("in", 2)
        channel = self.channel()
        consumer = self.consumer(channel, "--every", "--json", "--timeout", 1000)
        self.end(self.producer(channel, "--fps", 0, folder))
        self.end(consumer, FINE)
        producer = self.producer(channel, "--fps", 100, "pattern:8x8")
        consumer = self.consumer(channel, "--json", "--timeout", 1000)
        consumer.out.wait_count(1)
        self.kill(producer.pid)
        self.end(consumer, FAILED)


class WithWait(Timeouts):
    def test_the_one_that_is_over_first(self):
        for wait, timeout, sentence in ((0.3, 1000, "no producer on channel {} within 0.3 s"),
                                        (1000, 0.3, "no frame on channel {} within 0.3 s")):
            for options in ([], ["--reconnect"]):
                channel = self.channel()
                consumer = self.consumer(channel, "--wait", wait, "--timeout", timeout, *options)
                self.end(consumer, TIMED_OUT)
                self.assertIn(sentence.format(channel), consumer.err.text())

    def test_after_a_producer(self):
        folder, _ = self.write_noise("in", 2)
        channel = self.channel()
        producer = self.producer(channel, "--fps", 0, folder)
        producer.err.wait_for("waiting for a consumer")  # so that a late start is none too late
        consumer = self.consumer(channel, "--reconnect", "--every", "--wait", 1.5, "--timeout", 1000)
        self.end(producer)
        self.end(consumer, TIMED_OUT)
        self.assertIn(f"no producer on channel {channel} within 1.5 s", consumer.err.text())


class OwnTime(Timeouts):
    # A command takes longer than the limit, which begins when it has ended.
    def check(self, *options):
        channel = self.channel()
        producer, consumer = self.held(channel, "--timeout", 2, *options)
        begun = time.monotonic()
        time.sleep(3)
        ended = time.monotonic()
        self.let_go(channel)
        self.expect(consumer, channel, 2, "its producer is running but sends none", count=1)
        seconds = time.monotonic() - ended
        record = json.loads(consumer.out.list()[-1])
        self.assertEqual(record["frame"], 1)
        # Before the command it may have waited for another frame already, while this one was saved.
        self.assertGreaterEqual(seconds, 2 - (begun - record["receive_ns"] / 1e9))
        self.feed(producer, b"")
        self.end(producer)

    def test_a_command(self):
        self.check()

    def test_a_command_for_a_frame_that_is_saved(self):
        self.check("--save", self.path("out"), "--jobs", 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)

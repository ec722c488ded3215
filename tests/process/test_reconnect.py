"""--reconnect: one consumer, and one producer after another."""

import fcntl
import os
import signal
import struct
import subprocess
import time
import unittest

import pictures
from support import BIN, FAILED, SHARED_MEMORY, TIMED_OUT, Case, stop_process, wait_until

ENDED = "has ended: waiting for the next one"
DIED = "died or was replaced: waiting for the next one"
STALL_LIMIT_SECONDS = 2  # of a live source
UNDERTAKER = 33          # the byte of the lease that one who removes a dead producer's names takes


class Reconnect(Case):
    def setUp(self):
        super().setUp()
        self.folder_in, self.made = self.write_noise("in", 5)

    def send(self, channel, *options):
        """A producer of five frames, until its end."""
        return self.end(self.producer(channel, "--fps", 0, *options, self.folder_in))

    def expect(self, numbers, first):
        """The pictures of a producer whose first frame has that number."""
        return {n: self.made[(n - first) % 5] for n in numbers}


class Generations(Reconnect):
    # It ends, is killed, ends, and is killed again: no file of one is overwritten by another. Each
    # has pictures of a width of its own.
    def test_ends_and_deaths(self):
        made = {}
        for width in (1, 2, 3, 4):
            _, made[width] = self.write_noise(f"in{width}", 5, width=width)
        for jobs in (1, 4):
            channel = self.channel()
            consumer = self.consumer(channel, "--reconnect", "--save", self.path(channel), "--json",
                                     "--jobs", jobs)
            for width, killed in enumerate((False, True, False, True), start=1):
                self.run_one(consumer, channel, width, killed)
            self.interrupt(consumer)
            numbers = consumer.numbers()
            self.assert_whole_numbers(numbers, 1, len(numbers))
            self.assertEqual({r["skipped"] for r in consumer.records()}, {0})
            firsts, expected = {}, {}
            for record in consumer.records():
                number, width = record["frame"], record["width"]
                first = firsts.setdefault(width, number)
                expected[number] = made[width][(number - first) % 5]
                self.assertEqual(record["file"],
                                 self.path(channel, f"{channel}-{number:06}.png"))
            self.assertEqual(list(firsts), [1, 2, 3, 4])
            self.assertEqual(firsts[2], 6)
            self.assertEqual(firsts[4], firsts[3] + 5)
            self.assert_pictures(self.saved(channel, channel), expected)
            self.assertIn(f"{len(numbers)} frames received, 0 skipped, {len(numbers)} saved",
                          consumer.err.text())

    def run_one(self, consumer, channel, width, killed):
        folder = self.path(f"in{width}")
        if killed:
            producer = self.producer(channel, "--fps", 100, "--loop", folder)
            before = len(consumer.records())
            consumer.out.wait_count(before + 11)
            self.kill(producer.pid)
            self.wait_again(consumer, DIED, width // 2)
        else:
            self.end(self.producer(channel, "--fps", 0, folder))
            self.wait_again(consumer, ENDED, (width + 1) // 2)

    def wait_again(self, consumer, text, times):
        wait_until(lambda: consumer.err.text().count(text) >= times, f"{text} is not said")

    # A latest consumer that attaches late: the numbers have gaps where frames were skipped.
    def test_numbers_of_a_late_comer(self):
        channel = self.channel()
        consumer = self.consumer(channel, "--reconnect", "--latest", "--json")
        for turn in range(1, 4):
            producer = self.producer(channel, "--fps", 200, "--loop", self.folder_in)
            wait_until(lambda: consumer.err.text().count("attached to") >= turn - 1, "not attached")
            before = len(consumer.records())
            consumer.out.wait_count(before + 20)
            self.interrupt(producer)
            self.wait_again(consumer, ENDED, turn)
        self.interrupt(consumer)
        self.assert_skips_add_up(consumer.records())

    # Late, and of every frame: what was published before it came is none of its business.
    def test_numbers_go_on_without_a_gap(self):
        channel = self.channel()
        consumer = self.consumer(channel, "--reconnect", "--every", "--json")
        self.send(channel)
        self.wait_again(consumer, ENDED, 1)
        stop_process(consumer.pid)
        producer = self.producer(channel, "--fps", 200, "--no-wait", "--loop", self.folder_in)
        latest = self.consumer(channel, "--json")
        latest.out.wait_count(20)
        self.resume(consumer)
        consumer.out.wait_count(10)
        self.interrupt(producer)
        self.end(latest)
        self.wait_again(consumer, ENDED, 2)
        self.interrupt(consumer)
        self.assert_whole_numbers(consumer.numbers(), 1, len(consumer.numbers()))

    def test_the_next_one_is_of_another_kind(self):
        channel = self.channel()
        consumer = self.consumer(channel, "--reconnect", "--save", self.path("out"), "--json")
        self.send(channel)
        for turn in (1, 2):
            self.wait_again(consumer, ENDED, 2 * turn - 1)
            self.send(channel, "--dialect", "baseimage", "--fps", 20)
            self.wait_again(consumer, ENDED, 2 * turn)
            self.send(channel)
        self.wait_again(consumer, ENDED, 5)
        self.interrupt(consumer)
        self.assertEqual(consumer.err.text().count("a single slot"), 1)
        records = consumer.records()
        self.assert_skips_add_up(records)
        self.assertEqual(records[-1]["frame"], 25)
        saved = self.saved("out", channel)
        self.assert_pictures(saved, self.expect([r["frame"] for r in records], 1))

    # Of one that knows only the BaseImage layout.
    def test_a_plain_sender_comes_and_goes(self):
        channel = self.channel()
        consumer = self.consumer(channel, "--reconnect", "--save", self.path("out"), "--json")
        raw = self.write("raw", bytes(range(48)))
        for turn in (1, 2, 3):
            peer = self.start(os.path.join(BIN, "plain_peer"), "create",
                              channel, stdin=subprocess.PIPE)
            peer.out.wait_for("^ready$")
            answers = 1
            for number in (1, 2):
                wait_until(lambda: consumer.err.text().count("attached to") >= turn - 1, "not")
                answers += 1
                peer.popen.stdin.write(f"frame 4 4 24 {raw}\n".encode())
                peer.popen.stdin.flush()
                peer.out.wait_count(answers)
                consumer.out.wait_count(2 * turn - 2 + number)
            peer.popen.stdin.write(b"remove\n")
            peer.popen.stdin.close()
            self.end(peer)
            peer.popen.stdin = None
            self.wait_again(consumer, DIED, turn)
        self.interrupt(consumer)
        self.assert_whole_numbers(consumer.numbers(), 1, 6)
        self.assertEqual(sorted(self.saved("out", channel)), [1, 2, 3, 4, 5, 6])


class Waiting(Reconnect):
    def test_stopped_while_it_waits(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            channel = self.channel()
            consumer = self.consumer(channel, "--reconnect", "--every", "--json")
            self.send(channel)
            consumer.err.wait_for(ENDED)
            self.interrupt(consumer, number)
            self.assertIn("5 frames received, 0 skipped", consumer.err.text())

    # Each wait is as long as was said.
    def test_nobody_comes(self):
        channel = self.channel()
        producer = self.producer(channel, "--fps", 2, self.folder_in)  # takes longer than that
        producer.err.wait_for("waiting for a consumer")  # so that a late start is none too late
        consumer = self.consumer(channel, "--reconnect", "--every", "--json", "--wait", "1.5")
        self.end(producer)
        self.end(consumer, TIMED_OUT)
        # It has waited since the end, which came after the last frame.
        last_seconds = consumer.records()[-1]["receive_ns"] / 1e9
        self.assertGreaterEqual(time.monotonic() - last_seconds, 1.5)
        self.assertIn(ENDED, consumer.err.text())
        self.assertIn(f"no producer on channel {channel} within 1.5 s", consumer.err.text())
        self.assertIn("5 frames received", consumer.err.text())

    def test_count_is_that_of_all(self):
        channel = self.channel()
        consumer = self.consumer(channel, "--reconnect", "--save", self.path("out"), "--json",
                                 "--count", 13)
        for _ in range(3):
            self.producer(channel, "--fps", 0, self.folder_in)
            wait_until(lambda: not self.programs[-1].is_running(), "a producer does not end")
        self.end(consumer)
        self.assert_whole_numbers(consumer.numbers(), 1, 13)
        self.assertEqual(len(self.saved("out", channel)), 13)

    # Where half a second is too short for a producer that waits, as on a busy machine, it is tried
    # anew.
    def test_no_frame_in_time(self):
        self.assertTrue(any(self.waits_for_the_next_one() for _ in range(20)))

    def waits_for_the_next_one(self):
        """Whether a consumer had the frames of a producer, and then none in time of the next one."""
        channel = self.channel()
        first = self.producer(channel, "--fps", 0, self.folder_in)
        first.err.wait_for("waiting for a consumer")
        consumer = self.consumer(channel, "--reconnect", "--every", "--json", "--timeout", "0.5")
        self.end(first)
        wait_until(lambda: ENDED in consumer.err.text() or not consumer.is_running(), "nothing ends")
        second = self.producer(channel, "--fps", "0.001", "pattern:8x8")
        self.end(consumer, TIMED_OUT)
        self.interrupt(second)
        self.assertIn(f"no frame on channel {channel} within 0.5 s", consumer.err.text())
        return ENDED in consumer.err.text()

    # A failure is none that another producer would mend.
    def test_what_fails_ends_it(self):
        channel = self.channel()
        consumer = self.consumer(channel, "--reconnect", "--save", self.path("out"), "--json")
        self.send(channel)
        consumer.err.wait_for(ENDED)
        os.rename(self.path("out"), self.path("gone"))
        producer = self.producer(channel, "--fps", 0, self.folder_in)
        self.end(consumer, FAILED)
        producer.wait()
        self.assertRegex(consumer.err.text(), "cannot save frame 6: ")
        self.assertIn("5 saved", consumer.err.text())

    # Found out when the stream has ended already.
    def test_a_late_failure_ends_it_too(self):
        self.write("large/1.ppm", pictures.pnm(pictures.noise(1500, 1000, 3, "large")))
        channel = self.channel()
        with open("/dev/full", "w", encoding="utf-8") as full:
            consumer = self.consumer(channel, "--reconnect", "--save", self.path("out"), "--print",
                                     stdout=full)
        self.end(self.producer(channel, "--fps", 0, self.path("large")))
        self.end(consumer, FAILED)
        self.assertNotIn("waiting for the next one", consumer.err.text())
        self.assertIn("1 saved in", consumer.err.text())

    def test_without_it_a_death_is_a_failure(self):
        channel = self.channel()
        producer = self.producer(channel, "--fps", 100, "pattern:8x8")
        consumer = self.consumer(channel, "--json")
        consumer.out.wait_count(1)
        self.kill(producer.pid)
        self.end(consumer, FAILED)
        self.assertIn("--reconnect waits", consumer.err.text())

    # Somebody is just about to remove a dead producer's names, and does not get on with it.
    def test_names_that_linger_are_waited_for_quietly(self):
        channel = self.channel()
        dead = self.producer(channel, "--fps", 100, "pattern:8x8")
        consumer = self.consumer(channel, "--reconnect", "--json")
        consumer.out.wait_count(3)
        with open(f"{SHARED_MEMORY}/{channel}", "r+b") as frames:
            lock = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, UNDERTAKER, 1, 0)
            fcntl.fcntl(frames, fcntl.F_OFD_SETLK, lock)
            self.kill(dead.pid)
            consumer.err.wait_for(DIED)
            self.assertTrue(os.path.exists(f"{SHARED_MEMORY}/{channel}"))
            begin, before = time.monotonic(), self.processor_seconds(consumer.pid)
            time.sleep(1)  # in which it could be busy
            used = self.processor_seconds(consumer.pid) - before
            self.assertLess(used, 0.3 * (time.monotonic() - begin))
            self.assertEqual(consumer.err.text().count("waiting for the next one"), 1)
        producer = self.producer(channel, "--fps", 100, "pattern:8x8")
        consumer.err.wait_for("attached to channel")
        before = len(consumer.records())
        consumer.out.wait_count(before + 3)
        self.interrupt(consumer)
        self.interrupt(producer)

    def processor_seconds(self, pid):
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Eviction(Reconnect):
    def evict(self, *options):
        """A consumer that stood still for too long, and goes on."""
        channel = self.channel()
        producer = self.producer(channel, "--fps", 100, "pattern:8x8")
        consumer = self.attached(channel, "--every=all", "--json", *options)
        consumer.out.wait_count(3)
        stop_process(consumer.pid)
        other = self.consumer(channel, "--json")
        other.out.wait_count(1)

        def has_gone_on():  # past the slots that are kept for the one that stands still
            return other.numbers()[-1] > consumer.numbers()[-1] + 30

        wait_until(has_gone_on, "it is not evicted")
        self.resume(consumer)
        self.interrupt(other)
        return producer, consumer

    def test_attaches_again(self):
        producer, consumer = self.evict("--reconnect", "--save", self.path("out"))
        consumer.err.wait_for("warning: evicted from channel .*: attaching again")
        consumer.err.wait_for("attached to channel")
        before = len(consumer.records())
        consumer.out.wait_count(before + 10)
        self.interrupt(consumer)
        self.interrupt(producer)
        records = consumer.records()
        self.assert_skips_add_up(records)  # what was missed is counted
        skipped = sum(r["skipped"] for r in records)
        self.assertGreater(skipped, 10)
        self.assertIn(f"{len(records)} frames received, {skipped} skipped", consumer.err.text())

    def test_without_it_that_is_a_failure(self):
        producer, consumer = self.evict()
        self.end(consumer, FAILED)
        self.assertIn("evicted from channel", consumer.err.text())
        self.interrupt(producer)


if __name__ == "__main__":
    unittest.main(verbosity=2)

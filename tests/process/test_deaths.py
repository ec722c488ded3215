"""kill -9 of a producer, and what comes after it; two producers on one name."""

import os
import signal
import time
import unittest

import pictures
from support import (FAILED, FINE, SHARED_MEMORY, STUCK_SECONDS, TIMED_OUT, Case, stop_process,
                     wait_until)

LOST_SECONDS = STUCK_SECONDS  # far more than it takes to notice
BUSY = "has a live producer already"


class Deaths(Case):
    def names(self, channel):
        return sorted(name for name in os.listdir(SHARED_MEMORY) if channel in name)

    def test_consumers_end_with_a_message(self):
        picture = pictures.noise(80, 60, 3, "whole")
        self.write("in/1.png", pictures.png(picture))
        channel = self.channel()
        producer = self.producer(channel, "--fps", 200, "--loop", self.path("in"))
        consumers = [self.consumer(channel, "--save", self.path("out"), "--json"),
                     self.consumer(channel, "--latest", "--json"),
                     self.consumer(channel, "--every", "--json", "--timeout", 2 * LOST_SECONDS)]
        for program in consumers:
            program.out.wait_count(8)
        self.kill(producer.pid)
        begin = time.monotonic()
        for program in consumers:
            self.end(program, FAILED)
            self.assertRegex(program.err.text(), f"the producer died.* channel {channel}")
            self.assertIn("frames received", program.err.text())
        self.assertLess(time.monotonic() - begin, LOST_SECONDS)
        saved = self.saved("out", channel)
        self.assert_pictures(saved, {n: picture for n in consumers[0].numbers()})
        self.assertEqual(self.names(channel), [])  # the last one has cleared them away

    def test_a_sleeping_consumer_notices_it_too(self):
        channel = self.channel()
        producer = self.producer(channel, "--fps", "0.001", "pattern:8x8")
        consumers = [self.attached(channel, "--latest", "--json"),
                     self.attached(channel, "--every", "--json")]
        consumers[0].out.wait_count(1)
        self.kill(producer.pid)
        begin = time.monotonic()
        for program in consumers:
            self.end(program, FAILED)
        self.assertLess(time.monotonic() - begin, LOST_SECONDS)

    def test_what_was_published_is_still_read(self):
        folder, made = self.write_noise("in", 4)
        channel = self.channel()
        producer = self.producer(channel, "--fps", 0, "--loop", folder)
        consumer = self.consumer(channel, "--save", self.path("out"), "--json")
        late = self.consumer(channel, "--latest", "--json")
        late.out.wait_count(1)
        consumer.out.wait_count(3)
        stop_process(consumer.pid)

        def is_full():  # the latest consumer gets nothing new any more
            before = late.numbers()[-1]
            time.sleep(0.1)
            return late.numbers()[-1] == before

        wait_until(is_full, "the producer never waits")
        self.kill(producer.pid)
        self.resume(consumer)
        self.end(consumer, FAILED)
        self.end(late, FAILED)
        numbers = consumer.numbers()
        self.assert_whole_numbers(numbers, numbers[0], late.numbers()[-1])
        self.assert_pictures(self.saved("out", channel), {n: made[(n - 1) % 4] for n in numbers})

    def test_everything_works_at_once_on_the_same_name(self):
        folder, made = self.write_noise("in", 6)
        channel = self.channel()
        dead = self.producer(channel, "--fps", 100, "--loop", folder)
        old = self.consumer(channel, "--every", "--json")
        old.out.wait_count(5)
        stop_process(old.pid)
        self.kill(dead.pid)
        self.assertNotEqual(self.names(channel), [])
        for _ in range(2):  # the first finds the dead one's names, the second its consumer
            producer = self.producer(channel, "--fps", 0, folder)
            producer.err.wait_for("waiting for a consumer")
            self.end(self.consumer(channel, "--overwrite", "--save", self.path("out")))
            self.end(producer)
            self.assert_pictures(self.saved("out", channel), dict(enumerate(made, start=1)))
        self.resume(old)
        self.end(old, FAILED)
        self.assertRegex(old.err.text(), "the producer died or was replaced")

    def test_a_replaced_producer_is_lost_for_its_consumers_only(self):
        folder, _ = self.write_noise("in", 6)
        channel = self.channel()
        dead = self.producer(channel, "--fps", 100, "--loop", folder)
        old = self.consumer(channel, "--every", "--json")
        old.out.wait_count(5)
        stop_process(old.pid)
        self.kill(dead.pid)
        producer = self.producer(channel, "--fps", 100, "--loop", "--count", 60, folder)
        new = self.consumer(channel, "--every", "--json")
        new.out.wait_count(5)
        self.resume(old)
        self.end(old, FAILED)
        self.end(producer)
        self.end(new)
        self.assert_whole_numbers(new.numbers(), 1, 60)

    def test_nobody_attaches_to_the_dead(self):
        channel = self.channel()
        producer = self.producer(channel, "--fps", 100, "--wait-consumer", 600, "pattern:8x8")
        self.end(self.consumer(channel, "--json", "--count", 1))
        self.kill(producer.pid)
        begin = time.monotonic()
        self.end(self.consumer(channel, "--wait", 0), TIMED_OUT)
        self.end(self.consumer(channel, "--wait", "0.2"), TIMED_OUT)
        self.assertLess(time.monotonic() - begin, LOST_SECONDS)
        waiting = self.consumer(channel, "--json", "--every")
        waiting.err.wait_for("waiting for a producer")
        self.end(self.producer(channel, "--fps", 0, "--wait-consumer", 600, "--count", 3,
                               "pattern:8x8"))
        self.end(waiting)
        self.assert_whole_numbers(waiting.numbers(), 1, 3)

    # Whoever starts while the next producer clears the dead one's names away meets the new one.
    def test_consumers_that_start_beside_the_next_producer(self):
        for options in ([], ["--dialect", "baseimage"]):
            channel = self.channel()
            width = 1
            producer = self.producer(channel, *options, "--fps", 500, f"pattern:{width}x8")
            self.end(self.consumer(channel, "--json", "--count", 1))
            for _ in range(20):
                self.kill(producer.pid)
                width += 1
                producer = self.producer(channel, *options, "--fps", 500, f"pattern:{width}x8")
                consumers = [self.consumer(channel, "--json", "--count", 2) for _ in range(8)]
                for program in consumers:
                    self.end(program)
                    self.assertEqual([r["width"] for r in program.records()], [width] * 2)
            self.interrupt(producer)

    def test_killed_while_waiting_for_the_other(self):
        folder, made = self.write_noise("in", 3)
        channel = self.channel()
        for _ in range(3):
            producer = self.producer(channel, folder)
            producer.err.wait_for("waiting for a consumer")
            self.kill(producer.pid)
            consumer = self.consumer(channel, "--json")
            consumer.err.wait_for("waiting for a producer")
            self.kill(consumer.pid)
        consumer = self.consumer(channel, "--save", self.path("out"))
        self.end(self.producer(channel, "--fps", 0, folder))
        self.end(consumer)
        self.assert_pictures(self.saved("out", channel), dict(enumerate(made, start=1)))

    def test_again_and_again(self):
        folder, made = self.write_noise("in", 8)
        channel = self.channel()
        for i in range(12):
            producer = self.producer(channel, "--fps", 0, "--loop", folder)
            consumer = self.consumer(channel, "--every", "--json")
            consumer.out.wait_count(1 + 17 * i)
            for program in ((producer, consumer), (consumer, producer))[i % 2]:
                self.kill(program.pid)
            numbers = [r["frame"] for r in consumer.records()[:1 + 17 * i]]
            self.assert_whole_numbers(numbers, 1, 1 + 17 * i)
        consumer = self.consumer(channel, "--save", self.path("out"))
        self.end(self.producer(channel, "--fps", 0, folder))
        self.end(consumer)
        self.assert_pictures(self.saved("out", channel), dict(enumerate(made, start=1)))


class Rivals(Case):
    def test_the_second_producer_is_refused(self):
        folder, made = self.write_noise("in", 10)
        channel = self.channel()
        first = self.producer(channel, "--fps", 50, "--loop", folder)
        consumer = self.consumer(channel, "--save", self.path("out"), "--json")
        consumer.out.wait_count(3)
        for source in (folder, "pattern:640x480"):
            second = self.end(self.producer(channel, "--no-wait", source), FAILED)
            self.assertIn(f"channel {channel} {BUSY}", second.err.text())
        dialect = self.end(self.producer(channel, "--no-wait", "--dialect", "baseimage", folder),
                           FAILED)
        self.assertIn(f"channel {channel} {BUSY}", dialect.err.text())
        self.interrupt(first)
        self.end(consumer)
        sent = int(first.err.wait_for(r"(\d+) frames sent")[0])
        self.assert_whole_numbers(consumer.numbers(), 1, sent)
        self.assert_pictures(self.saved("out", channel),
                             {i + 1: made[i % 10] for i in range(sent)})

    def test_a_stopped_producer_keeps_its_name(self):
        channel = self.channel()
        first = self.producer(channel, "--fps", 100, "pattern:8x8")
        consumer = self.consumer(channel, "--json")
        consumer.out.wait_count(1)
        stop_process(first.pid)
        second = self.end(self.producer(channel, "--no-wait", "pattern:8x8"), FAILED)
        self.assertIn(BUSY, second.err.text())
        self.assertTrue(consumer.is_running())
        self.resume(first)
        self.interrupt(first)
        self.end(consumer)

    # Many at once, on the names of a dead one: one of them, and no more, gets the channel.
    def test_a_race_has_one_winner(self):
        channel = self.channel()
        for _ in range(4):
            dead = self.producer(channel, "--fps", 100, "pattern:8x8")
            wait_until(lambda: os.path.exists(f"{SHARED_MEMORY}/{channel}"), "there is no channel")
            self.kill(dead.pid)
            rivals = [self.producer(channel, "--fps", 100, "pattern:8x8") for _ in range(6)]
            wait_until(lambda: sum(p.is_running() for p in rivals) <= 1, "more than one is left")
            consumer = self.end(self.consumer(channel, "--json", "--count", 3, "--wait", 600))
            self.assertEqual(len(consumer.records()), 3)
            winner, = (p for p in rivals if p.is_running())
            for program in rivals:
                if program is winner:
                    self.interrupt(program, signal.SIGTERM, FINE)
                else:
                    self.end(program, FAILED)
                    self.assertIn(BUSY, program.err.text())


if __name__ == "__main__":
    unittest.main(verbosity=2)

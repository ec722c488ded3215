"""Several consumers of one producer: each gets what its delivery promises."""

import os
import time
import unittest

import pictures
from support import FAILED, FINE, STUCK_SECONDS, Case, stop_process, wait_attached, wait_until

STALL_LIMIT_SECONDS = 2  # of a live source
SLOTS = 8


class Deliveries(Case):
    def test_both_deliveries_at_once(self):
        folder, made = self.write_noise("in", 10)
        channel = self.channel()
        producer = self.paused_producer(channel, "--fps", 300, "--loop", "--count", 60, folder)
        saving = self.attached(channel, "--save", self.path("out"), "--json")
        every = self.attached(channel, "--every", "--json")
        latest = [self.attached(channel, "--latest", "--json"), self.attached(channel, "--json")]
        saving_latest = self.attached(channel, "--latest", "--save", self.path("some"))
        self.resume(producer)
        self.end(producer)
        for program in (saving, every, *latest, saving_latest):
            self.end(program)
        self.assert_whole_numbers(saving.numbers(), 1, 60)
        self.assert_whole_numbers(every.numbers(), 1, 60)
        self.assertEqual({r["skipped"] for r in saving.records() + every.records()}, {0})
        self.assert_pictures(self.saved("out", channel),
                             {i + 1: made[i % 10] for i in range(60)})
        for program in latest:
            self.check_latest(program.records(), 60)
            self.assertRegex(program.err.text(), f"{len(program.records())} frames? received, "
                                                 f"{60 - len(program.records())} skipped")
        some = self.saved("some", channel)
        self.assert_pictures(some, {number: made[(number - 1) % 10] for number in some})
        self.assertIn(60, some)

    def check_latest(self, records, last):
        """The newest frame is always among them, and every other one is counted."""
        self.assert_skips_add_up(records)
        self.assertEqual(records[0]["skipped"], records[0]["frame"] - 1)
        self.assertEqual(records[-1]["frame"], last)
        self.assertEqual(sum(1 + r["skipped"] for r in records), last)

    def test_latest_that_is_held_up_skips_to_the_newest(self):
        folder, _ = self.write_noise("in", 2)
        channel = self.channel()
        producer = self.paused_producer(channel, "--fps", 300, "--loop", "--count", 80, folder)
        every = self.attached(channel, "--every", "--json")
        latest = self.attached(channel, "--latest", "--json")
        stop_process(latest.pid)
        self.resume(producer)
        every.out.wait_count(50)  # far more than there are slots
        self.resume(latest)
        self.end(producer)
        self.end(every)
        self.end(latest)
        self.assert_whole_numbers(every.numbers(), 1, 80)
        self.check_latest(latest.records(), 80)
        self.assertGreaterEqual(max(r["skipped"] for r in latest.records()), 40)

    def test_times_of_a_frame_come_one_after_the_other(self):
        channel = self.channel()
        consumer = self.consumer(channel, "--every", "--json")
        before = time.monotonic_ns()
        self.end(self.producer(channel, "--fps", 0, "--count", 20, "--wait-consumer", 600,
                               "pattern:64x48"))
        self.end(consumer)
        for record in consumer.records():
            times = [before, record["capture_ns"], record["publish_ns"], record["receive_ns"]]
            self.assertEqual(times, sorted(times))
            before = record["publish_ns"]
        self.assertLessEqual(record["receive_ns"], time.monotonic_ns())

    def test_count_ends_one_consumer_only(self):
        folder, _ = self.write_noise("in", 30)
        channel = self.channel()
        producer = self.paused_producer(channel, "--fps", 0, folder)
        few = self.attached(channel, "--every", "--json", "--count", 4)
        all_of_them = self.attached(channel, "--every", "--json")
        self.resume(producer)
        for program in (few, all_of_them, producer):
            self.end(program)
        self.assert_whole_numbers(few.numbers(), 1, 4)
        self.assert_whole_numbers(all_of_them.numbers(), 1, 30)

    def test_there_is_room_for_32(self):
        folder, _ = self.write_noise("in", 3)
        channel = self.channel()
        producer = self.paused_producer(channel, "--fps", 0, folder)
        consumers = [self.consumer(channel, "--every", "--json") for _ in range(32)]
        for program in consumers:
            wait_attached(program.pid, channel)
        one_too_many = self.end(self.consumer(channel, "--every", "--json"), FAILED)
        self.assertRegex(one_too_many.err.text(), r"32")
        self.resume(producer)
        self.end(producer)
        for program in consumers:
            self.end(program)
            self.assert_whole_numbers(program.numbers(), 1, 3)


class LateJoin(Case):
    def test_latest_gets_the_newest_frame_at_once(self):
        folder, made = self.write_noise("in", 5)
        channel = self.channel()
        producer = self.producer(channel, "--fps", 0, "--loop", folder)
        first = self.consumer(channel, "--every", "--json")
        first.out.wait_count(20)
        stop_process(first.pid)  # the producer fills its slots and then waits
        numbers = [0, 1]
        while numbers[-1] != numbers[-2]:
            late = self.consumer(channel, "--latest", "--json", "--count", 1,
                                 "--save", self.path("out"), "--overwrite")
            numbers.append(self.end(late).numbers()[0])
        self.assertGreaterEqual(numbers[-1], 20)
        saved = self.saved("out", channel)
        self.assert_pictures(saved, {number: made[(number - 1) % 5] for number in saved})
        self.resume(first)
        self.interrupt(producer)
        self.end(first)
        self.assert_whole_numbers(first.numbers(), 1, first.numbers()[-1])

    def test_every_gets_each_frame_from_then_on(self):
        folder, made = self.write_noise("in", 7)
        channel = self.channel()
        producer = self.producer(channel, "--fps", 100, "--loop", folder)
        first = self.consumer(channel, "--every", "--json")
        first.out.wait_count(15)
        late = self.consumer(channel, "--json", "--save", self.path("out"))
        late.out.wait_count(40)
        sent = self.finish(producer)
        for program in (first, late):
            self.end(program)
        self.assert_whole_numbers(first.numbers(), 1, sent)
        numbers = late.numbers()
        self.assertGreater(numbers[0], 15)
        self.assert_whole_numbers(numbers, numbers[0], sent)
        self.assertEqual({r["skipped"] for r in late.records()}, {0})
        self.assert_pictures(self.saved("out", channel),
                             {n: made[(n - 1) % 7] for n in numbers})

    def test_latest_before_the_first_frame_waits_for_it(self):
        folder, _ = self.write_noise("in", 1)
        channel = self.channel()
        producer = self.paused_producer(channel, folder)
        consumer = self.attached(channel, "--latest", "--json")
        self.resume(producer)
        self.end(producer)
        self.end(consumer)
        self.assertEqual(consumer.numbers(), [1])


class Stalls(Case):
    # On a machine that is busy another one can stand still for as long: then it is tried anew.
    def test_a_live_source_evicts_who_stands_still_without_a_bound(self):
        self.assertTrue(any(self.evicts_one() for _ in range(20)))

    def evicts_one(self):
        """False: the other one was evicted."""
        channel = self.channel()
        producer = self.producer(channel, "--fps", 100, "--wait-consumer", 600, "pattern:32x24")
        going = self.consumer(channel, "--every=all", "--json")
        standing = self.consumer(channel, "--every=all", "--json")
        standing.out.wait_count(5)
        stop_process(standing.pid)
        standing.out.drain()
        before, last = standing.records()[-2:]
        # What lies behind all the slots that it could keep: the source goes on without it.
        beyond = last["frame"] + 1 + SLOTS

        def passed():
            return next((r for r in going.records() if r["frame"] > beyond), not going.is_running())

        passed = wait_until(passed, "nobody is evicted")
        if not going.is_running():
            self.resume(standing)
            self.interrupt(producer)
            self.end(going, FAILED)
            self.assertIn(f"evicted from channel {channel}", going.err.text())
            self.assertIn(standing.wait(), (FINE, FAILED))  # it may have stood still for less
            return False
        # It has not moved since it took the last frame, which was after it listed the one before.
        self.assertGreater(passed["publish_ns"] - before["receive_ns"], STALL_LIMIT_SECONDS * 1e9)
        self.resume(standing)
        self.end(standing, FAILED)
        self.assertIn(f"evicted from channel {channel}", standing.err.text())
        numbers = standing.numbers()
        self.assert_whole_numbers(numbers, numbers[0], numbers[-1])
        self.interrupt(producer)
        self.end(going)
        self.assertIn("1 consumer was evicted", producer.err.text())
        numbers = going.numbers()
        self.assert_whole_numbers(numbers, numbers[0], numbers[-1])
        self.assertIn(" 0 skipped, ", going.err.text())
        self.assertGreater(self.assert_drops_alike(producer, going), 0)
        return True

    def test_files_wait_for_who_stands_still(self):
        folder, made = self.write_noise("in", 20)
        channel = self.channel()
        producer = self.paused_producer(channel, "--fps", 0, "--loop", folder)
        going = self.attached(channel, "--every", "--json")
        # It may have taken two frames that it has not listed: one being saved, one just saved.
        standing = self.attached(channel, "--save", self.path("out"), "--json", "--jobs", 1)
        self.resume(producer)
        standing.out.wait_count(3)
        stop_process(standing.pid)
        standing.out.drain()
        last = standing.numbers()[-1]
        time.sleep(1.25 * STALL_LIMIT_SECONDS)  # what would be enough to be evicted
        self.assertTrue(producer.is_running(), producer.describe())
        self.assertLessEqual(going.numbers()[-1], last + 2 + SLOTS)
        self.resume(standing)
        standing.out.wait_count(last + 40)
        sent = self.finish(producer)
        for program in (going, standing):
            self.end(program)
        self.assert_whole_numbers(going.numbers(), 1, sent)
        self.assert_whole_numbers(standing.numbers(), 1, sent)
        self.assertIn(" 0 dropped", producer.err.text())
        self.assert_pictures(self.saved("out", channel),
                             {i + 1: made[i % 20] for i in range(sent)})

    def test_latest_that_stands_still_is_in_nobodys_way(self):
        folder, _ = self.write_noise("in", 40)
        channel = self.channel()
        producer = self.paused_producer(channel, "--fps", 0, "--loop", "--count", 100, folder)
        standing = self.attached(channel, "--latest", "--json")
        going = self.attached(channel, "--every", "--json")
        stop_process(standing.pid)
        self.resume(producer)
        self.end(producer)
        self.end(going)
        self.assert_whole_numbers(going.numbers(), 1, 100)
        self.resume(standing)
        self.end(standing)
        self.assertEqual(standing.numbers(), [100])


class Deaths(Case):
    def test_one_that_is_killed_costs_the_others_nothing(self):
        folder, made = self.write_noise("in", 10)
        channel = self.channel()
        producer = self.paused_producer(channel, "--fps", 0, "--loop", folder)
        going = self.attached(channel, "--save", self.path("out"), "--json")
        dying = [self.attached(channel, "--every", "--json"),
                 self.attached(channel, "--latest", "--json")]
        self.resume(producer)
        for program in dying:
            program.out.wait_count(10)
            self.kill(program.pid)
        going.out.wait_count(len(going.numbers()) + 50)
        sent = self.finish(producer)
        self.end(going)
        self.assert_whole_numbers(going.numbers(), 1, sent)
        self.assertIn(" 0 dropped", producer.err.text())
        times = [r["publish_ns"] for r in going.records()]
        self.assertLess(max(b - a for a, b in zip(times, times[1:])), STUCK_SECONDS * 1e9 / 3)
        self.assert_pictures(self.saved("out", channel),
                             {i + 1: made[i % 10] for i in range(sent)})

    def test_one_that_is_killed_while_it_is_stopped_frees_its_slots(self):
        folder, _ = self.write_noise("in", 4)
        channel = self.channel()
        producer = self.producer(channel, "--fps", 400, "--loop", folder)
        dying = self.attached(channel, "--every", "--json")
        dying.out.wait_count(1)
        stop_process(dying.pid)
        late = self.attached(channel, "--every", "--json")
        self.kill(dying.pid)
        late.out.wait_count(5 * SLOTS)
        sent = self.finish(producer)
        self.end(late)
        numbers = late.numbers()
        self.assert_whole_numbers(numbers, numbers[0], sent)

    def test_places_of_the_dead_are_taken_again(self):
        channel = self.channel()
        producer = self.producer(channel, "--fps", 50, "pattern:8x8")
        for _ in range(3):
            consumers = [self.consumer(channel, "--json") for _ in range(15)]
            for program in consumers:
                program.out.wait_count(1)
            for program in consumers:
                self.kill(program.pid)
        self.interrupt(producer)

    def test_saved_pictures_of_one_that_is_killed_are_whole(self):
        picture = pictures.noise(160, 120, 3, "whole")
        self.write("in/1.png", pictures.png(picture))
        channel = self.channel()
        producer = self.producer(channel, "--fps", 0, "--loop", self.path("in"))
        dying = self.consumer(channel, "--save", self.path("out"), "--json")
        dying.out.wait_count(12)
        self.kill(dying.pid)
        self.interrupt(producer)
        for name in os.listdir(self.path("out")):
            if name.startswith("."):  # what was being written then
                os.unlink(self.path("out", name))
        saved = self.saved("out", channel)
        self.assertGreaterEqual(len(saved), 12)
        self.assert_pictures(saved, {number: picture for number in saved})


if __name__ == "__main__":
    unittest.main(verbosity=2)

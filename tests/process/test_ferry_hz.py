"""ferry hz and ferry watch: rates are those of the times in the frames, and what happens is told."""

import contextlib
import os
import re
import signal
import subprocess
import unittest

from looking import EVENTS, FerryCase
from support import FAILED, FERRY, SHARED_MEMORY, STUCK_SECONDS, TIMED_OUT, stop_process, wait_until


class Rates(FerryCase):
    def running(self, *arguments, fps=100):
        channel = self.channel()
        producer = self.producer(channel, "--no-wait", "--loop", "--fps", fps, *(arguments or ["pattern:64x48"]))
        self.wait_frames(channel, 1)
        return channel, producer

    def rates(self, program):
        return [event for event in program.out.events() if event["event"] == "rate"]

    def wait_rate(self, program, meets=lambda rate: rate["frames"] > 0, after=0):
        """The place and the figures of the first second that meets a condition, after so many."""
        return wait_until(lambda: next(((i, rate) for i, rate in enumerate(self.rates(program))
                                        if i >= after and meets(rate)), None), "no such second comes")

    # A consumer has the times of all frames: no clock of the test's has a part in it. The producer waits for it.
    def test_the_summary_is_right(self):
        channel, producer = self.running("--when-full", "wait", "pattern:64x48")
        consumer = self.attached(channel, "--every=all", "--json")
        consumer.out.wait_count(1)
        found = wait_until(lambda: self.counted(channel), "it never sees two frames in a row")
        last = self.told("show", channel)[0]["frames"]  # hz has seen none after it
        wait_until(lambda: consumer.numbers()[-1] >= last, "the consumer does not get all frames")
        self.interrupt(consumer)
        self.finish(producer)
        times = [record["publish_ns"] for record in consumer.records()]
        self.assertEqual(sum(record["skipped"] for record in consumer.records()), 0)
        rates = [found["frames"] * 1e9 / (last - first)
                 for first, last in zip(times, times[found["frames"]:])]
        self.assertTrue(any(abs(rate - found["fps"]) < 0.01 for rate in rates), (found, rates))
        self.assertLessEqual(found["seen"], found["frames"])
        self.assertLessEqual(found["jitter_p50_ms"], found["jitter_p99_ms"])
        self.assertLessEqual(found["jitter_p99_ms"], found["jitter_max_ms"] * 1.04 + 0.001)  # a step of the histogram
        intervals = sorted(last - first for first, last in zip(times, times[1:]))
        self.assertTrue(intervals[0] <= found["period_ms"] * 1.04e6 <= intervals[-1] * 1.1, found)

    def counted(self, channel):
        """The summary of some frames, if two of them were the newest one after the other: only then it has a jitter."""
        found = self.told("hz", channel, "--count", 50)[-1]
        self.assertEqual(found["event"], "summary")
        self.assertGreaterEqual(found["frames"], 50)
        return found if found["period_ms"] is not None else None

    def test_a_gap(self):
        channel, producer = self.running()
        program = self.start(FERRY, "hz", channel, "--json")
        wait_until(lambda: self.finds_a_gap(program, producer), "it finds no gap")
        self.interrupt(program, signal.SIGINT)
        self.assert_documented(program.out.events(), "hz")
        summary = program.out.events()[-1]
        self.assertGreaterEqual(summary["gaps"], 1)
        self.assertGreater(summary["jitter_max_ms"], 500)
        self.assertEqual([event["event"] for event in program.out.events()].count("summary"), 1)
        rest = summary["frames"] - sum(rate["frames"] for rate in self.rates(program))
        self.assertGreaterEqual(rest, 0)
        self.finish(producer)

    def finds_a_gap(self, program, producer):
        """Whether the missing frames of a second are found. They are not if the time without them is all that is seen
        of the second in which it ends: then that is the period there."""
        stop_process(producer.pid)
        missing, _ = self.wait_rate(program, lambda rate: rate["frames"] == 0 and rate["seconds"] > 0.9,
                                    len(self.rates(program)))
        self.resume(producer)
        _, rate = self.wait_rate(program, after=missing + 1)
        return rate["gaps"] > 0 and (rate["jitter_max_ms"] or 0) > 500

    # Frames are counted by their numbers, also those that nobody has seen as the newest.
    def test_frames_between_two_looks(self):
        channel, producer = self.running("pattern:8x8:gray", fps=0)
        before = self.told("show", channel)[0]["frames"]
        program = self.start(FERRY, "hz", channel, "--json")
        self.wait_rate(program, lambda rate: rate["seen"] < rate["frames"])
        found = self.interrupt(program).out.events()[-1]
        after = self.told("show", channel)[0]["frames"]
        self.assertLess(found["seen"], found["frames"])
        self.assertLessEqual(found["frames"], after - before)
        self.assertRegex(self.ferry("hz", channel, "--count", 1000).out.list()[-1], r"  seen \d+ of \d+$")
        self.finish(producer)

    def test_how_it_ends(self):
        channel, producer = self.running()
        program = self.start(FERRY, "hz", channel, "--json")
        self.wait_rate(program)
        self.finish(producer)
        self.end(program)
        self.assertIn("has ended", program.err.text())
        channel, producer = self.running()
        program = self.start(FERRY, "hz", channel)
        program.out.wait_for(r"^[\d.]+ fps  period ")
        self.kill(producer.pid)
        self.end(program, FAILED)
        self.assertIn("has died", program.err.text())
        self.assertRegex(program.out.list()[-1], rf"^{channel}: \d+ frames in [\d.]+ s: [\d.]+ fps  period ")
        self.clear_away(channel)
        channel, producer = self.empty_channel()
        self.assertEqual(self.told("hz", channel, "--seconds", 0.2, code=TIMED_OUT)[-1]["frames"], 0)
        self.interrupt(producer)
        channel = self.channel()
        peer = self.plain_peer(channel)
        self.assertIn("knows only the BaseImage layout", self.ferry("hz", channel, code=FAILED).err.text())
        peer.popen.stdin.close()
        peer.wait()
        self.remove(channel)

    def test_another_producer(self):
        channel, producer = self.running()
        program = self.start(FERRY, "hz", channel)
        program.out.wait_for("fps")
        self.stop_between_looks(program, channel)
        self.kill(producer.pid)
        producer = self.producer(channel, "--no-wait", "--loop", "--fps", 100, "pattern:64x48")
        self.wait_producer(channel, producer)
        self.resume(program)
        self.end(program, FAILED)
        self.assertIn("another producer", program.err.text())
        self.finish(producer)


class Events(FerryCase):
    def watch(self, *arguments):
        program = self.start(FERRY, "watch", "--json", *arguments)
        self.addCleanup(lambda: program.is_running() and program.popen.kill())
        return program

    def wait(self, program, channel, event, count=1, **fields):
        """The last of so many events of a channel."""
        def search():
            found = [item for item in program.out.events() if item["channel"] == channel and item["event"] == event
                     and all(item[key] == value for key, value in fields.items())]
            return found[count - 1] if len(found) >= count else None
        return wait_until(search, f"no {event} of {channel}: {program.out.events()}")

    def wait_state(self, program, channel, event):
        """Until this is what was told last of the channel's state. A busy machine has it idle in between, and live."""
        events = ("found", "came", "live", "idle", "ended", "died", "odd", "gone")

        def search():
            told = [item for item in program.out.events() if item["channel"] == channel and item["event"] in events]
            return told[-1] if told and told[-1]["event"] == event else None
        return wait_until(search, f"{channel} does not become {event}")

    @contextlib.contextmanager
    def without_looks(self, program, channel):
        """A watch sees all that is done meanwhile, and no half of it."""
        self.stop_between_looks(program, channel)
        yield
        self.resume(program)

    # The producer is stopped until the consumer that it is to evict stands still: on a busy machine it would evict it
    # sooner.
    def test_all_that_happens(self):
        there, first = self.empty_channel()
        channel = self.channel()
        small, _ = self.write_noise("in", 1)
        large, _ = self.write_noise("in2", 1, width=33)
        program = self.watch()
        self.assertEqual(self.wait(program, there, "found")["state"], "empty")

        with self.without_looks(program, channel):
            producer = self.paused_producer(channel, "--wait-consumer", 600, "--fps", 5, "--slots", 2, "--stall-limit",
                                            "0.3", "--when-full", "wait", "--loop", small, large)
        self.assertEqual(self.wait(program, channel, "came")["process_id"], producer.pid)
        with self.without_looks(program, channel):
            consumer = self.attached(channel, "--every=all", "--json")
        came = self.wait(program, channel, "consumer_came")
        self.assertEqual((came["consumer_process_id"], came["delivery"]), (consumer.pid, "every"))
        stop_process(consumer.pid)
        self.resume(producer)
        evicted = self.wait(program, channel, "consumer_evicted")
        self.assertEqual(evicted["consumer_process_id"], consumer.pid)
        self.wait(program, channel, "live")
        self.assertIn(self.wait(program, channel, "resized")["width"], (16, 33))
        with self.without_looks(program, channel):
            self.resume(consumer)
            self.end(consumer, FAILED)
        self.wait(program, channel, "consumer_left", consumer_process_id=consumer.pid)

        killed = self.attached(channel, "--json")
        self.wait(program, channel, "consumer_came", consumer_process_id=killed.pid)
        stop_process(producer.pid)  # so that it does not clear up
        self.kill(killed.pid)
        self.wait(program, channel, "consumer_died", consumer_process_id=killed.pid)
        self.wait_state(program, channel, "idle")
        died = [item for item in program.out.events()
                if item["event"] == "consumer_died" and item["channel"] == channel]
        self.assertEqual(len(died), 1)
        self.resume(producer)
        self.wait_state(program, channel, "live")
        with self.without_looks(program, channel):
            self.interrupt(producer)
        self.assertEqual(self.wait_state(program, channel, "gone")["process_id"], producer.pid)

        dying = self.producer(channel, "--no-wait", "--loop", "--fps", 50, "pattern:64x48")
        self.wait_state(program, channel, "live")
        self.kill(dying.pid)
        self.assertEqual(self.wait_state(program, channel, "died")["process_id"], dying.pid)
        self.patch(channel, "<I", (40,), 0)
        self.assertEqual(self.wait_state(program, channel, "odd")["state"], "malformed")
        self.remove(channel)
        self.wait_state(program, channel, "gone")
        self.end_slowly(program)
        self.interrupt(first)
        self.wait(program, there, "gone")
        self.interrupt(program, signal.SIGINT)
        self.assert_documented(program.out.events(), "watch")
        self.assertEqual({item["event"] for item in program.out.events()}, EVENTS["watch"])
        times = [item["time"] for item in program.out.events() if item["channel"] == channel]
        self.assertEqual(times, sorted(times))

    def end_slowly(self, program):
        """Names of a dialect stay until the last consumer goes, so that the end is seen."""
        channel = self.channel()
        producer = self.paused_producer(channel, "--dialect", "baseimage", "--wait-consumer", 600, "--fps", 50,
                                        "--loop", "pattern:64x48")
        consumer = self.attached(channel)
        self.resume(producer)
        self.wait(program, channel, "live")
        stop_process(consumer.pid)
        self.interrupt(producer)
        self.assertEqual(self.wait(program, channel, "ended")["process_id"], producer.pid)
        self.resume(consumer)
        self.end(consumer)

    def judged(self, program, channel, count, end):
        """How watch and hz tell of the end of a producer with a consumer: watch's event, the producer, and hz."""
        producer = self.producer(channel, "--no-wait", "--loop", "--fps", 50, "pattern:64x48")
        consumer = self.attached(channel)
        self.wait(program, channel, "consumer_came", count)
        # A watch that starts late finds the channel live.
        wait_until(lambda: sum(item["event"] == "live" or (item["event"], item["state"]) == ("found", "live")
                               for item in program.out.events()) >= count, "it does not get live")
        hz = self.start(FERRY, "hz", channel)
        hz.out.wait_for("fps  (period|gaps) ")  # it has counted some
        end(producer, consumer)
        gone = self.wait(program, channel, "gone", count)
        events = [item for item in program.out.events() if item["event"] in ("ended", "died", "gone")]
        self.assertEqual(len(events), 2 * count, events)
        self.assertEqual(events[-2]["process_id"], producer.pid)
        # One name goes after the other: with looks in between, what goes last does not say whose it was.
        self.assertIn((gone["process_id"], gone["state"]),
                      ((producer.pid, events[-2]["state"]), (None, "starting"), (None, "dead")))
        return events[-2], hz

    # A consumer clears up after it, often between two looks.
    def test_a_killed_producer_has_died(self):
        def end(producer, consumer):
            self.kill(producer.pid)
            self.end(consumer, FAILED)
        channel = self.channel()
        program = self.watch(channel)
        for count in (1, 2, 3):
            event, hz = self.judged(program, channel, count, end)
            self.assertEqual((event["event"], event["state"]), ("died", "dead"))
            self.end(hz, FAILED)
            self.assertIn("the producer has died", hz.err.text())
        self.interrupt(program)
        self.assert_documented(program.out.events(), "watch")

    def test_a_producer_that_ends_has_ended(self):
        def end(producer, consumer):
            self.finish(producer)
            self.end(consumer)
        channel = self.channel()
        program = self.watch(channel)
        for count in (1, 2, 3):
            event, hz = self.judged(program, channel, count, end)
            self.assertEqual((event["event"], event["state"]), ("ended", "ended"))
            self.end(hz)
            self.assertIn("the producer has ended the stream", hz.err.text())
        self.interrupt(program)
        self.assert_documented(program.out.events(), "watch")

    # Both happen between two looks.
    def test_the_next_producer_comes_at_once(self):
        channel = self.channel()
        first = self.producer(channel, "--no-wait", "--loop", "--fps", 50, "pattern:64x48")
        self.wait_frames(channel, 1)
        program = self.watch(channel)
        self.wait(program, channel, "found")
        with self.without_looks(program, channel):
            self.kill(first.pid)
            second = self.producer(channel, "--no-wait", "--loop", "--fps", 50, "pattern:64x48")
            self.wait_producer(channel, second)
        self.wait(program, channel, "came")
        self.assertEqual([(item["event"], item["process_id"]) for item in program.out.events()
                          if item["event"] not in ("found", "live", "idle")],
                         [("died", first.pid), ("came", second.pid)])
        self.interrupt(program)
        self.finish(second)

    # A look needs some files, too. Without room for more, nothing is kept in sight, and all else goes on.
    def test_few_files(self):
        channels = [self.empty_channel() for _ in range(6)]
        program = self.start("/bin/sh", "-c", 'ulimit -n 12; exec "$@"', "sh", FERRY, "watch", "--json")
        for channel, _ in channels:
            self.wait(program, channel, "found")
        for channel, producer in channels:
            self.interrupt(producer)
            self.wait(program, channel, "gone")
        self.interrupt(program)
        events = [item["event"] for item in program.out.events() if item["channel"] in self.channels]
        self.assertNotIn("odd", events)  # other tests may have odd ones

    def test_the_reader_goes(self):
        channel, producer = self.empty_channel()
        with subprocess.Popen([FERRY, "watch", channel], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
            self.addCleanup(lambda: program.poll() is None and program.kill())
            self.assertIn(b"found", program.stdout.readline())
            program.stdout.close()  # and nothing happens any more
            self.assertEqual(program.wait(STUCK_SECONDS), FAILED)
            self.assertIn(b"the reader of standard output has ended", program.stderr.read())
        self.interrupt(producer)

    def test_one_channel_as_text(self):
        channel, first = self.empty_channel()
        program = self.start(FERRY, "watch", channel, "--delay", "0.02")
        other, bystander = self.empty_channel()
        time = r"^\d\d:\d\d:\d\d\.\d{3}Z  " + channel + "  "
        program.out.wait_for(time + rf"found, empty: producer ferry-producer \(process {first.pid}\)$")
        self.interrupt(first)
        program.out.wait_for(time + "gone$")
        producer = self.producer(channel, "--no-wait", "--loop", "--fps", 50, "pattern:64x48")
        # It may come with the first of its names.
        program.out.wait_for(time + rf"came(?:: producer ferry-producer \(process {producer.pid}\))?$")
        program.out.wait_for(time + "live$")
        self.finish(producer)
        program.out.wait_for(time + rf"ended after \d+ frames: producer ferry-producer \(process {producer.pid}\)$")
        self.wait_gone(program, time, 2)
        with open(os.path.join(SHARED_MEMORY, channel), "wb") as file:
            file.write(b"x" * 100)
        program.out.wait_for(time + "foreign: ")
        self.remove(channel)
        self.wait_gone(program, time, 3)
        self.interrupt(program)
        self.assertNotIn(other, program.out.text())
        self.interrupt(bystander)

    def wait_gone(self, program, time, count):
        wait_until(lambda: len(re.findall(time + "gone$", program.out.text(), re.MULTILINE)) == count, "it does not go")

    # It sleeps between two looks.
    def test_it_is_not_busy(self):
        program = self.start(FERRY, "watch", self.channel())
        def switches():
            with open(f"/proc/{program.pid}/status", encoding="utf-8") as file:
                return int(next(line for line in file if line.startswith("voluntary_ctxt")).split()[1])
        wait_until(lambda: switches() >= 5, "it does not sleep")
        self.interrupt(program)


if __name__ == "__main__":
    unittest.main()

"""--launch: what becomes of a consumer that dies, and of the stream meanwhile."""

import os
import re
import time
import unittest

from support import CONSUMER, FAILED, TIMED_OUT, Case

RESTART_SECONDS = 1
QUICK_SECONDS = 2
SLOTS = 8


class Deaths(Case):
    def wait_restarted(self, producer, count):
        """Until the second program that was launched has listed so many frames."""
        producer.err.wait_for("started again")
        producer.out.drain()
        producer.out.wait_count(len(producer.out.list()) + count)

    def test_five_quick_deaths_end_it(self):
        folder, _ = self.write_noise("in", 1)
        begin = time.clock_gettime(time.CLOCK_BOOTTIME)  # which uptime is
        script = f"cut -d ' ' -f 1 /proc/uptime >>'{self.path('starts')}'; exit 3"
        producer = self.end(self.producer(self.channel(), *self.launch("sh", "-c", script),
                                          folder), FAILED)
        with open(self.path("starts"), encoding="utf-8") as file:
            starts = [float(line) for line in file]
        self.assertGreaterEqual(len(starts), 5)
        # A life that takes very long is no quick death, and five more are needed. Each began as many
        # intervals after the first as there were before it, or later, and was over when the next one
        # had begun, or all was at its end.
        ends = [*starts[1:], time.clock_gettime(time.CLOCK_BOOTTIME)]
        if all(end - (begin + i * RESTART_SECONDS) < QUICK_SECONDS for i, end in enumerate(ends)):
            self.assertEqual(len(starts), 5, starts)
        # The producer counts from its own start of the program, which comes a moment before the
        # program can note it, but after the note of the one before.
        for one, next_but_one in zip(starts, starts[2:]):
            self.assertGreater(next_but_one - one, 0.97 * RESTART_SECONDS)
        self.assertGreater(starts[-1] - starts[0], (len(starts) - 2) * 0.97 * RESTART_SECONDS)
        self.assertEqual(len(re.findall("ended with exit code 3", producer.err.text())),
                         len(starts))
        self.assertRegex(producer.err.text(), "has died 5 times in a row within 2 s each")
        self.assertNotIn("frames sent", producer.err.text())  # the reason has been said

    # The wait for a consumer ends no later than the first program's place is free again.
    def test_none_is_started_as_the_wait_ends(self):
        folder, _ = self.write_noise("in", 1)
        producer = self.end(self.producer(self.channel(), *self.launch(
            "sh", "-c", "exit 3", wait=("--wait-consumer", RESTART_SECONDS)), folder), TIMED_OUT)
        self.assertEqual(len(producer.launched()), 1)
        self.assertIn("no consumer has attached", producer.err.text())

    # Killed in mid-stream: a new one is started and everything after goes on.
    def test_one_that_is_killed_is_started_again(self):
        folder, made = self.write_noise("in", 30)
        channel = self.channel()
        producer = self.producer(channel, "--fps", 100, "--loop",
                                 *self.launch(CONSUMER, "--json", "--save", self.path("out"),
                                              "--jobs", 1), folder)
        producer.out.wait_count(10)
        first = producer.wait_launched()
        self.kill(first)
        self.wait_restarted(producer, 40)
        sent = self.finish(producer)
        pids = producer.launched()
        self.assertEqual((len(pids), pids[0]), (2, first))
        self.assertRegex(producer.err.text(), rf"\(process {first}\) was killed by signal 9")
        self.assertRegex(producer.err.text(), 'started again: ".*"')
        numbers = producer.numbers()
        lost = sorted(set(range(1, sent + 1)) - set(numbers))
        self.assertEqual(numbers, [n for n in range(1, sent + 1) if n not in lost])
        # The one that was in its hand, those that it had not taken, and one that was about to be
        # sent; nothing was sent while nobody was there.
        self.assertLessEqual(len(lost), SLOTS + 2)
        if lost:
            self.assert_whole_numbers(lost, lost[0], lost[-1])
        for name in os.listdir(self.path("out")):
            if name.startswith("."):  # what was being written then
                os.unlink(self.path("out", name))
        saved = self.saved("out", channel)
        self.assertLessEqual(set(numbers), set(saved))
        self.assert_pictures(saved, {n: made[(n - 1) % 30] for n in saved})

    def test_a_live_source_starts_it_again_too(self):
        producer = self.producer(self.channel(), "--fps", 100,
                                 *self.launch(CONSUMER, "--json", "--every"), "pattern:8x8")
        producer.out.wait_count(5)
        self.kill(producer.wait_launched())
        self.wait_restarted(producer, 20)
        self.interrupt(producer)
        self.assertEqual(len(producer.launched()), 2)

    # Five quick deaths, but not in a row: the third life is a long one, and the seventh goes well.
    def test_a_longer_life_begins_a_new_count(self):
        script = (f"cd '{self.folder}'; echo >>starts; n=$(wc -l <starts); "
                  f"case $n in 3) sleep 2.1; exit 1;; [1-6]) exit 1;; "
                  f"*) exec '{CONSUMER}' --json --every;; esac")
        folder, _ = self.write_noise("in", 3)
        producer = self.end(self.producer(self.channel(), "--fps", 0,
                                          *self.launch("sh", "-c", script), folder))
        self.assert_whole_numbers(producer.numbers(), 1, 3)
        self.assertEqual(len(producer.launched()), 7)


if __name__ == "__main__":
    unittest.main(verbosity=2)

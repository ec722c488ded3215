"""--launch: what becomes of a consumer that dies, and of the stream meanwhile."""

import os
import re
import unittest

from support import CONSUMER, FAILED, Case

RESTART_SECONDS = 1
SLOTS = 8


class Deaths(Case):
    def test_five_quick_deaths_end_it(self):
        folder, _ = self.write_noise("in", 1)
        script = f"date +%s%N >>'{self.path('starts')}'; exit 3"
        producer = self.end(self.producer(self.channel(), *self.launch("sh", "-c", script),
                                          folder), FAILED)
        with open(self.path("starts"), encoding="utf-8") as file:
            starts = [int(line) for line in file]
        self.assertEqual(len(starts), 5)
        for one, next_one in zip(starts, starts[1:]):
            # The producer counts from its own start of the program, which takes a moment.
            self.assertGreater(next_one - one, 0.8e9 * RESTART_SECONDS)
        self.assertEqual(len(re.findall("ended with exit code 3", producer.err.text())), 5)
        self.assertRegex(producer.err.text(), "has died 5 times in a row within 2 s each")
        self.assertIn("0 frames sent", producer.err.text())

    # Killed in mid-stream: a new one is started and everything after goes on.
    def test_one_that_is_killed_is_started_again(self):
        folder, made = self.write_noise("in", 30)
        channel = self.channel()
        producer = self.producer(channel, "--fps", 100, "--loop", "--count", 90,
                                 *self.launch(CONSUMER, "--json", "--save", self.path("out")),
                                 folder)
        producer.out.wait_count(10)
        first = producer.wait_launched()
        self.kill(first)
        self.end(producer)
        pids = producer.launched()
        self.assertEqual((len(pids), pids[0]), (2, first))
        self.assertRegex(producer.err.text(), rf"\(process {first}\) was killed by signal 9")
        self.assertRegex(producer.err.text(), 'started again: ".*"')
        numbers = producer.numbers()
        lost = sorted(set(range(1, 91)) - set(numbers))
        self.assertEqual(numbers, [n for n in range(1, 91) if n not in lost])
        # Those that the dead one had not taken; nothing was sent while nobody was there.
        self.assertLessEqual(len(lost), SLOTS + 1)
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
        seen = len(producer.numbers())
        producer.out.wait_count(seen + 20)
        self.interrupt(producer)
        self.assertEqual(len(producer.launched()), 2)

    # Five quick deaths, but not in a row: the third life is a long one, and the seventh goes well.
    def test_a_longer_life_begins_a_new_count(self):
        script = (f"cd '{self.folder}'; echo >>starts; n=$(wc -l <starts); "
                  f"case $n in 3) sleep 2.1; exit 1;; [1-6]) exit 1;; "
                  f"*) exec {CONSUMER} --json --every;; esac")
        folder, _ = self.write_noise("in", 3)
        producer = self.end(self.producer(self.channel(), "--fps", 0,
                                          *self.launch("sh", "-c", script), folder))
        self.assert_whole_numbers(producer.numbers(), 1, 3)
        self.assertEqual(len(producer.launched()), 7)


if __name__ == "__main__":
    unittest.main(verbosity=2)

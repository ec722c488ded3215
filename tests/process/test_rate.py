"""A camera's rate for a while, to many consumers that want every frame."""

import unittest

from support import SANITIZERS, Case

FPS = 240
# A minute in the plain builds; less where each access is watched.
SECONDS = 3 if SANITIZERS else 60
CONSUMERS = 8


class Rate(Case):
    def test_eight_consumers_lose_nothing(self):
        channel = self.channel()
        count = FPS * SECONDS
        producer = self.paused_producer(channel, "--fps", FPS, "--count", count, "--when-full",
                                        "wait", "--wait-consumer", 60, "pattern:640x480")
        consumers = [self.attached(channel, "--every", "--json") for _ in range(CONSUMERS)]
        self.resume(producer)
        for consumer in consumers:
            # Not held against the bound on being stuck: this takes as long as it takes.
            for sent in range(FPS, count + 1, FPS):
                consumer.out.wait_count(sent)
            self.end(consumer)
            self.assert_whole_numbers(consumer.numbers(), 1, count)
            self.assertIn(f"{count} frames received, 0 skipped", consumer.err.text())
        self.end(producer)
        self.assertRegex(producer.err.text(), rf"{count} frames sent .*, 0 dropped")


if __name__ == "__main__":
    unittest.main(verbosity=2)

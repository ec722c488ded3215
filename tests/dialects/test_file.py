"""A mapping of a file or of the page file, and nothing else."""

import os
import unittest

import cases
import content
import harness
import proofs
from proofs import proves

globals().update(cases.of(__name__, harness.FILE, *cases.COMMON, cases.Foreign))


class Files(cases.Talking):
    """The mapping is one of a file, where messages stay."""

    convention = harness.FILE

    def setUp(self):
        super().setUp()
        self.file = self.path("shared_memory")
        self.ours = ("--object", "file=" + harness.native_path(self.file), "--payload", "text")
        self.theirs = ("--file", harness.native_path(self.file))

    @proves(proofs.STRAIGHT_TO)
    def test_what_our_sender_has_sent_is_in_the_file(self):
        sender = self.our_sender(*self.ours, "-", stdin=cases.subprocess.PIPE)
        self.give(sender, "text", [1, 2, 3])
        self.leave(sender)
        self.end(sender)
        with open(self.file, "rb") as file:
            data = file.read()
        self.assertEqual(len(data), 5120)
        self.assertEqual(data[:data.index(0)].decode("utf-8"), content.text(3, 1000))

    @proves(proofs.STRAIGHT_FROM)
    def test_what_an_old_sender_has_left_is_read_the_next_time(self):
        self.end(self.old("send", *self.theirs, "--count", 3, "--linger-ms", 0))
        receiver = self.our_receiver(*self.ours, "--count", 1)
        self.end(receiver)
        self.assert_got("text", receiver, [3])

    @proves(proofs.STRAIGHT_TO)
    def test_an_old_receiver_reads_what_our_sender_sends(self):
        receiver = self.old("receive", *self.theirs, "--retry")
        sender = self.our_sender(*self.ours, "-", stdin=cases.subprocess.PIPE)
        self.drive(cases.SOME, lambda index: self.give(sender, "text", [index]), receiver, "^1 ok$")
        self.leave(sender)
        self.conclude(receiver, sender)
        self.assert_received(receiver, range(1, cases.SOME + 1))

    @proves(proofs.NONSENSE)
    def test_files_that_are_too_small(self):
        for size in (0, 1, 15):
            with self.subTest(size=size):
                with open(self.file, "wb") as file:
                    file.truncate(size)
                receiver = self.our_receiver(*self.ours, "--timeout", 0.1, "--wait", 0.1)
                self.assertIn(receiver.wait(), (cases.FAILED, cases.TIMED_OUT), receiver.describe())
                self.assertEqual(os.path.getsize(self.file), size)


if __name__ == "__main__":
    unittest.main(verbosity=2)

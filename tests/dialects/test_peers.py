"""Old programs among each other: that the peers follow their conventions, with all that is wrong with these. Without
this, the tests with ours would show nothing."""

import os
import subprocess
import unittest

import content
import harness
from harness import Case
from support import BIN, EMULATOR, ON_WINDOWS

MESSAGES = 200 if ON_WINDOWS else 1000
SOME = 20


class Content(unittest.TestCase):
    def written(self, *options):
        told = subprocess.run([*EMULATOR, harness.PEER, "messages", "write", *map(str, options)], check=True,
                              capture_output=True)
        return told.stdout

    def test_texts_are_those_of_the_peers(self):
        for tail in (200, 1000):
            found = self.written("--tail", tail, "--count", 300).decode("utf-8").splitlines()
            self.assertEqual(found, content.texts(1, 300, tail))

    def test_images_are_those_of_the_peers(self):
        for vary in ((), ("--vary",)):
            found = self.written("--payload", "raw", *vary, "--count", 50)
            self.assertEqual(found, b"".join(content.pixels(index, bool(vary)) for index in range(1, 51)))

    def test_the_peers_have_nothing_of_the_library(self):
        with open(os.path.join(BIN, os.path.basename(harness.PEER)), "rb") as file:
            self.assertNotIn(b"frameferry", file.read().lower())


class Pairs(Case):
    """A sender and a receiver of the same convention."""

    def exchange(self, receiver_first, count=SOME, *options):
        """Both, started in that order; the receiver, after all messages."""
        pace = ("--count", count) if self.convention.acknowledged else ("--lines",)
        start = {"send": lambda: self.old("send", "--linger-ms", 0, "--retry", *pace, *options),
                 "receive": lambda: self.old("receive", "--retry", "--count", count, *options)}
        order = ("receive", "send") if receiver_first else ("send", "receive")
        programs = {role: self.started(start[role]()) for role in order}
        sender, receiver = programs["send"], programs["receive"]
        if not self.convention.acknowledged:
            self.run_paced(sender, receiver, count)
        self.end_all(sender, receiver)
        self.assert_received(receiver, range(1, count + 1))

    def run_paced(self, sender, receiver, count):
        """The sender gets a line for each message, when the one before has been received."""
        self.tell(sender)
        receiver.out.wait_for("^1 ok$")
        before = len(receiver.out.list())
        for index in range(2, count + 1):
            self.tell(sender)
            receiver.out.wait_count(before + index - 1)
        self.leave(sender)


class Orders:
    """What holds for all of them."""

    def test_sender_first(self):
        self.exchange(False)

    def test_receiver_first(self):
        self.exchange(True)

    def test_many_messages(self):
        self.exchange(True, MESSAGES)


class Mutex(Orders, Pairs):
    convention = harness.MUTEX

    def test_images(self):
        self.exchange(True, SOME, "--payload", "image", "--vary", "--size", 16384)

    def test_killed_with_the_lock_everybody_waits(self):
        receiver = self.at(self.old("receive"), "waiting")
        self.died(self.old("send", "--die-at", "half"))
        late = self.at(self.old("receive"), "waiting")
        self.wait_blocked(receiver)
        self.wait_blocked(late)
        if not ON_WINDOWS:
            self.assertEqual(self.semaphore_value("semaphore"), 0)
        self.assertEqual(self.received(receiver) + self.received(late), [])
        self.stop(receiver, late)

    @unittest.skipIf(ON_WINDOWS, "the semaphore has a maximum")
    def test_a_clean_end_releases_once_more(self):
        sender = self.old("send", "--count", 3)
        self.end(sender)
        self.assertEqual(self.semaphore_value("semaphore"), 2)


class Lockstep(Orders, Pairs):
    convention = harness.LOCKSTEP

    def test_images(self):
        self.exchange(True, SOME, "--payload", "image", "--vary", "--size", 16384)

    def test_a_text_waits_for_its_reader(self):
        sender = self.at(self.old("send", "--count", 1), "waiting")
        receiver = self.old("receive", "--count", 1)
        self.end_all(sender, receiver)
        self.assert_received(receiver, [1])

    def test_a_clean_end_shows_the_last_text_again(self):
        receiver = self.at(self.old("receive", "--count", 4), "waiting")
        self.end(self.old("send", "--count", 3))
        self.end(receiver)
        self.assert_received(receiver, [1, 2, 3, 3])

    def test_after_a_clean_end_the_next_sender_is_one_ahead(self):
        keeper = self.at(self.old("receive", "--lines"), "waiting")
        sender = self.at(self.old("send", "--count", 1, "--hold", "ended"), "waiting")
        self.tell(keeper)
        self.at(sender, "held ended")  # read and write are both free
        following = self.old("send", "--first", 7, "--count", 2, "--hold", "copied:8")
        self.at(following, "held copied")  # nobody has looked at 7
        self.tell(keeper)
        keeper.out.wait_for("^8 ok$")
        self.stop(keeper, sender, following)

    def test_a_reader_killed_before_its_answer_stops_everybody(self):
        sender = self.at(self.old("send"), "waiting")
        self.died(self.old("receive", "--die-at", "waited"))
        late = self.at(self.old("receive"), "waiting")
        self.wait_blocked(sender)
        self.wait_blocked(late)
        self.assertEqual(self.received(late), [])
        if not ON_WINDOWS:
            self.assertEqual((self.semaphore_value("read"), self.semaphore_value("write")), (0, 0))
        self.stop(sender, late)


class DuplexPairs(Orders, Pairs):
    convention = harness.PAIRS

    def test_both_ways(self):
        near = self.old("both", "--count", SOME)
        far = self.old("answer", "--count", SOME)
        self.end_all(near, far)
        for program in (near, far):
            self.assertEqual([what for what in self.received(program) if what[1] != "ok"], [])
            self.assertEqual([index for index, _ in self.received(program)], list(range(1, SOME + 1)))


class DuplexSingle(Orders, Pairs):
    convention = harness.SINGLE

    def test_the_answer_is_the_permission(self):
        near = self.old("both", "--count", SOME)
        far = self.old("answer", "--count", SOME, "--first", 1001)
        self.end_all(near, far)
        self.assert_received(near, range(1001, 1001 + SOME))
        self.assert_received(far, range(1, 1 + SOME))


class DuplexMutex(Orders, Pairs):
    convention = harness.TWO_LOCKS


class RwEvents(Orders, Pairs):
    convention = harness.RWEVENTS

    def test_images_with_a_short_header(self):
        for order in ("whs", "swh", "hsw"):
            self.renew_names()
            self.exchange(True, SOME, "--payload", "short", "--order", order, "--vary", "--size", 16384)

    def test_killed_between_reset_and_set_the_other_waits(self):
        keeper = self.at(self.old("send", "--lines"), "waiting")
        receiver = self.old("receive", "--die-at", "reset")
        self.died(receiver)
        self.tell(keeper)
        self.wait_blocked(keeper)
        self.assertNotIn("sent 1", keeper.out.list())
        late = self.old("receive", "--count", 1)  # which sets the event with its first look
        keeper.out.wait_for("^sent 1$")
        self.end(late)
        self.stop(keeper)

    def test_without_the_right_to_wait_there_is_no_order(self):
        sender = self.at(self.old("send", "--lines", "--hold", "half:1"), "waiting")
        self.tell(sender)
        self.at(sender, "held half")
        receiver = self.old("receive", "--changes-only", "--count", 1)
        self.end(receiver)
        self.assertEqual([what for _, what in self.received(receiver)], ["torn"])
        self.stop(sender)


class Demo(Case):
    convention = harness.Convention("rwevents", (), peer="demo")

    def test_the_second_one_prints_what_the_first_one_has_written(self):
        first = self.old("both")
        first.out.wait_for("^sent 1$")
        second = self.old("both")
        self.end(second)
        self.assert_received(second, [1])
        self.tell(first)
        self.end(first)

    def test_between_making_and_copying_a_reader_sees_nothing(self):
        first = self.at(self.old("both", "--hold", "made"), "held made")
        second = self.old("both")
        self.end(second)
        self.assertEqual(self.received(second), [(0, "bad")])
        self.stop(first)


class File(Orders, Pairs):
    convention = harness.FILE

    def test_a_text_is_in_the_file_the_next_time(self):
        path = self.path("shared_memory")
        self.end(self.old("send", "--file", harness.native_path(path), "--count", 3, "--linger-ms", 0))
        with open(path, "rb") as file:
            data = file.read()
        self.assertEqual(len(data), 5120)
        self.assertEqual(data[:data.index(0)].decode("utf-8"), content.text(3, 1000))
        self.assertEqual(data[data.index(0) + 1:1024].strip(b"#"), b"")

    def test_the_file_beside_stays_empty(self):
        path = self.path("shared_memory")
        self.end(self.old("send", "--beside", harness.native_path(path), "--count", 3, "--linger-ms", 0))
        self.assertEqual(os.path.getsize(path), 0)

    def test_half_a_message_is_seen(self):
        sender = self.old("send", "--count", 2, "--hold", "half:2")
        self.at(sender, "held half")
        receiver = self.old("receive", "--count", 1)
        self.end(receiver)
        self.assertIn(self.received(receiver)[0][1], ("torn", "ok"))  # a short text is whole in the first half
        self.stop(sender)


class BaseImage(Orders, Pairs):
    convention = harness.BASEIMAGE

    def exchange(self, receiver_first, count=SOME, *options):
        super().exchange(receiver_first, count, "--payload", "image", "--vary", *options)

    def test_a_receiver_that_finds_nothing_gives_up(self):
        receiver = self.old("receive", "--payload", "image")
        self.end(receiver, 1)
        self.assertRegex(receiver.out.text(), "^gives up")

    def test_a_receiver_killed_after_its_wait_takes_the_frame_along(self):
        sender = self.old("send", "--payload", "image", "--lines")
        self.tell(sender)
        self.died(self.old("receive", "--retry", "--payload", "image", "--die-at", "waited"))
        receiver = self.at(self.old("receive", "--retry", "--payload", "image", "--count", 1), "waiting")
        self.wait_blocked(receiver)
        self.tell(sender)
        self.end(receiver)
        self.assert_received(receiver, [2])
        self.stop(sender)

    def test_two_receivers_share_the_frames(self):
        sender = self.old("send", "--payload", "image", "--lines")
        receivers = [self.at(self.old("receive", "--retry", "--payload", "image"), "waiting") for _ in range(2)]
        for index in range(1, SOME + 1):
            self.tell(sender)
            harness.wait_until(lambda: sum(len(self.received(r)) for r in receivers) == index, f"frame {index}")
        self.assertEqual(sorted(sum((self.received(r) for r in receivers), [])),
                         [(index, "ok") for index in range(1, SOME + 1)])
        self.stop(sender, *receivers)


@unittest.skipUnless(harness.QT_PEER, "there is no Qt here")
class Qt(Orders, Pairs):
    convention = harness.QT

    def test_images_in_segments_of_their_size(self):
        """The user looks when it is told: while a provider makes a new segment, Qt wants nobody to look."""
        image = ("--payload", "image", "--vary", "--size", 0, "--lines")
        sender = self.old("send", *image, "--linger-ms", 0)
        receiver = self.old("receive", *image, "--count", SOME)
        for index in range(1, SOME + 1):
            self.tell(sender)
            sender.out.wait_for(f"^sent {index}$")
            self.tell(receiver)
            receiver.out.wait_for(f"^{index} ok$")
        self.leave(sender)
        self.end_all(sender, receiver)

    def test_a_user_finds_nothing(self):
        receiver = self.old("receive")
        self.end(receiver, 1)
        self.assertIn("gives up", receiver.out.text())

    def test_a_second_provider_is_refused(self):
        provider = self.at(self.old("send", "--lines"), "ready")
        second = self.old("send")
        self.end(second, 1)
        self.assertIn("create: error 4", second.out.text())
        self.stop(provider)

    def test_the_last_one_takes_everything_along(self):
        self.end(self.old("send", "--count", 1, "--linger-ms", 0))
        self.assert_nothing_left()

    def test_killed_alone_it_leaves_everything(self):
        self.died(self.old("send", "--die-at", "copied"))
        self.assertEqual(len(self.objects_left()), 2)
        second = self.old("send")
        self.end(second, 1)
        self.end(self.old("receive", "--count", 1))
        self.assertEqual([name for name in self.objects_left() if "sharedmemory" in name], [])  # the lock stays

    def test_killed_with_the_lock_half_a_message_is_read(self):
        image = ("--payload", "image", "--size", 4096)
        self.died(self.old("send", *image, "--die-at", "half"))
        receiver = self.old("receive", *image, "--count", 1)
        self.end(receiver)
        self.assertEqual(self.received(receiver), [(1, "torn")])


@unittest.skipUnless(harness.QT_PEER, "there is no Qt here")
class QtTurns(Orders, Pairs):
    convention = harness.QT_TURNS


if __name__ == "__main__":
    unittest.main(verbosity=2)

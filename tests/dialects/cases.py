"""What is tried with every convention: the cases. A file of tests gives each of them its conventions."""

import contextlib
import os
import re
import subprocess
import unittest

import content
import harness
import proofs
import support
from harness import wait_until
from proofs import proves
from support import FAILED, FINE, ON_WINDOWS, SANITIZERS, SHARED_MEMORY, TIMED_OUT, USAGE

MANY = 100 if ON_WINDOWS or SANITIZERS else 1000
SOME = 10 if ON_WINDOWS else 20
RAW = f"{content.WIDTH}x{content.HEIGHT}:bgr24"
BREAK = ("--break-lock", 0.3)
LAST = 105  # of the messages 101 to 105, which come after a death
AT_MESSAGE = ("waited", "reset", "half", "copied", "released")
POSIX_ONLY = "it makes or looks at files below /dev/shm"


def lines_of(program):
    return [line.rstrip("\r") for line in program.out.list()]


def texts_only(test):
    """It is no case of conventions that carry images alone."""
    test.texts_only = True
    return test


class Talking(harness.Case):
    """An old program and one of ours in one conversation. kind: text or image."""

    says = "ferry-(consumer|producer)"  # in front of the messages of ours
    many = MANY  # messages, where it takes many to see that each comes

    def payload(self, kind):
        """Of an old program."""
        return ("--payload", "text" if kind == "text" else self.convention.image)

    def our_payload(self, kind):
        return ("--payload", kind)

    def any_kind(self):
        return "text" if self.convention.texts else "image"

    def room(self):
        """Of a mapping for images."""
        return ("--size", self.convention.room) if self.convention.room else ()

    def breaking(self):
        """Ours goes on when a lock seems lost; where there is none, it refuses the option."""
        return () if self.convention.name == "baseimage" else BREAK

    def lingering(self):
        """Ours ends with its input: a test that has more to see says when."""
        return () if self.convention.name == "baseimage" else ("--linger", 0)

    def staying(self):
        """Ours keeps the last message until it is interrupted."""
        return ("--linger", support.STUCK_SECONDS) if self.lingering() else ()

    def sized(self, kind):
        return () if kind == "text" else self.room()

    def many_images(self):
        """Texts are many; images, too, where they are quick or the only ones."""
        return self.many if self.convention.acknowledged or not self.convention.texts else self.many // 5

    # ---- the four ends ----

    def old_sender(self, kind, *options, paced=True):
        pace = ("--lines",) if paced else ()
        return self.old("send", *self.payload(kind), *self.sized(kind), "--linger-ms", 0, "--retry", *pace,
                        *options)

    def old_receiver(self, kind, *options):
        return self.old("receive", *self.payload(kind), *self.sized(kind), "--retry", *options)

    def receiver(self, kind, *options):
        """Ours. Texts are lines, images become files."""
        words = () if kind == "text" else ("--json", "--save", self.path("got", "{frame}.raw"))
        return self.our_receiver(*self.our_payload(kind), *words, *options)

    def sender(self, kind, *options, **more):
        """Ours, of what comes on its standard input."""
        words = () if kind == "text" else ("--raw", RAW, "--fps", 0)
        return self.our_sender(*self.lingering(), *self.our_payload(kind), *self.sized(kind), *words, *options, "-",
                               stdin=subprocess.PIPE, **more)

    def message(self, kind, index):
        """As our sender reads it."""
        if kind == "text":
            return content.text(index, self.convention.tail).encode("utf-8") + b"\n"
        return content.pixels(index)

    def give(self, sender, kind, indices):
        sender.popen.stdin.write(b"".join(self.message(kind, index) for index in indices))
        sender.popen.stdin.flush()

    # ---- pace ----

    def counted(self, count):
        """For a receiver. Where half a message may come as one more, it cannot count: the test ends it."""
        return () if self.convention.unasked else ("--count", count)

    def drive(self, count, push, receiver, first_line, vary=False):
        """Pushes a message when the receiver has said something about the one before; where that may have been half of
        it, when it has had the whole."""
        said = 0
        for index in range(1, count + 1):
            push(index)
            if index == 1:
                receiver.out.wait_for(first_line)
                said = len(receiver.out.list())
            else:
                said += 1
                receiver.out.wait_count(said)
            while self.convention.unasked and not self.has_whole(receiver, index, vary):
                said += 1
                receiver.out.wait_count(said)

    def has_whole(self, receiver, index, vary):
        """Of an old receiver or ours; images have been saved by the time that they are told."""
        if (index, "ok") in self.received(receiver) or content.text(index, self.convention.tail) in lines_of(receiver):
            return True
        return os.path.isdir(self.path("got")) and index in self.saved_indices(vary)

    def conclude(self, receiver, *others):
        """A receiver that has counted ends by itself."""
        if not self.convention.unasked:
            self.end_all(receiver, *others)
            return
        self.end_all(*others)
        if receiver.popen.stdin is None:
            self.interrupt(receiver)
        else:
            self.stop(receiver)  # an old one

    def old_sender_of(self, kind, count, *options):
        if self.convention.free:
            return self.old_sender(kind, "--pause-ms", 1, *options, paced=False)
        paced = not self.convention.acknowledged
        return self.old_sender(kind, *(() if paced else ("--count", count)), *options, paced=paced)

    def converse(self, kind, count, sender, receiver, vary=False):
        """Until the receiver, ours, has so many messages of this old sender."""
        if self.convention.free:
            self.end(receiver)
            self.stop(sender)
            self.assert_got_in_order(count, vary)
            return
        if not self.convention.acknowledged:
            self.drive(count, lambda index: self.tell(sender), receiver, self.first_line(kind), vary)
            self.leave(sender)
        self.conclude(receiver, sender)
        self.assert_got(kind, receiver, range(1, count + 1), vary)

    def is_lost_for_ever(self):
        """An answer that our receiver has taken along. The old sender that waits for it looks as one that has nothing
        to say, in turns and on Windows, where nothing tells who waits: it has to be started again, too."""
        return self.convention.answers or (ON_WINDOWS and self.convention.acknowledged)

    # ---- what came ----

    def assert_got(self, kind, receiver, indices, vary=False):
        """All that our receiver has of messages, and each whole. Where nothing keeps a writer out, one that was kept from
        its work in the midst of a message may have left a half to be found."""
        if kind == "text":
            expected, found = [content.text(index, self.convention.tail) for index in indices], lines_of(receiver)
        else:
            expected, found = list(indices), self.saved_indices(vary)
        whole = found
        if self.convention.unasked:
            whole = [message for message in found if message in expected]
            self.assert_few_torn([message for message in found if message not in expected], found)
        self.assertEqual(whole, expected)

    def assert_got_in_order(self, count, vary=False):
        """Whole images of a sender that did not wait. One comes twice if it was there before the event of the one before
        it was taken."""
        found = self.saved_indices(vary)
        self.assertEqual((len(found), found.count(None)), (count, 0))
        self.assertEqual(found, sorted(found))

    def saved_indices(self, vary=False):
        """Of images in their order; None for one that is none."""
        found = []
        folder = self.path("got")
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), "rb") as file:
                found.append(content.index_of(file.read(), vary))
        return found

    def first_line(self, kind):
        return "^message 0001 " if kind == "text" else '"event": "frame"'


# ---- whole messages ----

class FromOld(Talking):
    def exchange(self, kind, count, receiver_first):
        start = {"receiver": lambda: self.receiver(kind, *self.counted(count)),
                 "sender": lambda: self.started(self.old_sender_of(kind, count))}
        programs = {name: start[name]() for name in sorted(start, reverse=not receiver_first)}
        self.converse(kind, count, programs["sender"], programs["receiver"])

    @texts_only
    @proves(proofs.STRAIGHT_FROM)
    def test_many_texts_arrive_whole(self):
        self.exchange("text", self.many, True)

    @proves(proofs.STRAIGHT_FROM)
    def test_many_images_arrive_whole(self):
        self.exchange("image", self.many_images(), True)

    @proves(proofs.ORDERS)
    def test_our_receiver_comes_first(self):
        self.exchange(self.any_kind(), SOME, True)

    @proves(proofs.ORDERS)
    def test_the_old_sender_comes_first(self):
        self.exchange(self.any_kind(), SOME, False)


class ToOld(Talking):
    def exchange(self, kind, count, receiver_first):
        start = {"receiver": lambda: self.started(self.old_receiver(kind, *self.counted(count))),
                 "sender": lambda: self.sender(kind)}
        programs = {name: start[name]() for name in sorted(start, reverse=not receiver_first)}
        sender, receiver = programs["sender"], programs["receiver"]
        if self.convention.acknowledged:
            self.give(sender, kind, range(1, count + 1))
        else:
            self.drive(count, lambda index: self.give(sender, kind, [index]), receiver, "^1 ok$")
        self.leave(sender)
        self.conclude(receiver, sender)
        self.assert_received(receiver, range(1, count + 1))

    @texts_only
    @proves(proofs.STRAIGHT_TO)
    def test_many_texts_arrive_whole(self):
        self.exchange("text", self.many, True)

    @proves(proofs.STRAIGHT_TO)
    def test_many_images_arrive_whole(self):
        self.exchange("image", self.many_images(), True)

    @proves(proofs.ORDERS)
    def test_the_old_receiver_comes_first(self):
        self.exchange(self.any_kind(), SOME, True)

    @proves(proofs.ORDERS)
    def test_our_sender_comes_first(self):
        self.exchange(self.any_kind(), SOME, False)


class Lifted(Talking):
    """From an old sender onto a channel."""

    @proves(proofs.ONTO_CHANNEL)
    def test_many_images_reach_a_consumer_whole(self):
        count = MANY if self.convention.acknowledged else MANY // 5
        channel = self.channel()
        consumer = self.consumer(channel, "--every", "--json", "--save", self.path("got", "{frame}.raw"),
                                 *self.counted(count))
        lifter = self.lifter(channel)
        self.converse("image", count, self.old_sender_of("image", count), consumer)
        self.interrupt(lifter)


class Fed(Talking):
    """From a channel to an old receiver."""

    @proves(proofs.FROM_CHANNEL)
    def test_many_images_reach_an_old_receiver_whole(self):
        count = MANY if self.convention.acknowledged else MANY // 5
        channel = self.channel()
        producer = self.producer(channel, "--raw", RAW, "--fps", 0, "-", stdin=subprocess.PIPE)
        feeder = self.feeder(channel, "--every", *self.room())
        receiver = self.old_receiver("image", *self.counted(count))
        if self.convention.acknowledged:
            self.give(producer, "image", range(1, count + 1))
        else:
            self.drive(count, lambda index: self.give(producer, "image", [index]), receiver, "^1 ok$")
        self.leave(producer)
        self.conclude(receiver, producer, feeder)
        self.assert_received(receiver, range(1, count + 1))


class Sizes(Talking):
    """Images of which each has another size than the one before."""

    @proves(proofs.SIZES)
    def test_from_an_old_sender(self):
        receiver = self.receiver("image", *self.counted(SOME))
        self.converse("image", SOME, self.old_sender_of("image", SOME, "--vary"), receiver, True)

    @proves(proofs.SIZES)
    def test_to_an_old_receiver(self):
        paths = []
        for index in range(1, SOME + 1):
            picture = harness.pictures.Picture(*content.size(index, True), 3, content.pixels(index, True))
            data = harness.pictures.png(harness.pictures.reversed_colours(picture))
            paths.append(self.write(f"in/{index:03}.png", data))
        receiver = self.old_receiver("image", "--vary", "--until", SOME)
        self.started(receiver)
        rate = 200 if self.convention.acknowledged or self.convention.turn else 20  # lest images are torn
        sender = self.our_sender(*self.room(), "--format", "bgr24", "--fps", rate, *self.staying(), *paths)
        self.end(receiver)
        self.interrupt(sender)
        received = self.received(receiver)
        self.assert_whole(received)
        self.assertEqual(received[-1][0], SOME)
        if self.convention.acknowledged:
            self.assertEqual(len(received), SOME, received)


# ---- deaths ----

def place_of(step):
    """STEP of the third message, where it has to do with a message."""
    return f"{step}:3" if step.split("-")[-1] in AT_MESSAGE else step


class Deaths(Talking):
    """An old program dies at each of its steps, and another one comes."""

    @contextlib.contextmanager
    def at_step(self, step):
        self.renew_names()
        with self.subTest(step=step):
            yield

    def begin_to_die(self, step):
        """An old sender that sends two messages, or as many as there are until this step."""
        return self.old_sender(self.any_kind(), "--vary", "--count", 3, "--pause-ms", 3, "--die-at", place_of(step),
                               paced=False)

    def dying_sender(self, step):
        return self.died(self.begin_to_die(step))

    def wait_index(self, receiver, index):
        """Until our receiver has this message."""
        if self.any_kind() == "text":
            receiver.out.wait_for(f"^message {index:04} ")
        else:
            width, height = content.size(index, True)
            receiver.out.wait_for(f'"width": {width}, "height": {height}')

    def watching(self, *options):
        """Our receiver; images are told and not saved."""
        kind = self.any_kind()
        return self.our_receiver(*self.our_payload(kind), *(() if kind == "text" else ("--json",)), *options)

    def clear(self):
        """A segment that a provider has left goes with the next user. With semaphores, users look only when told."""
        names = ["--memory", self.names["memory"]]
        looker = self.old("receive", "--count", 1, "--hold", "nowhere", names=names)
        looker.wait()

    def survivors(self, first=101):
        """An old sender of five more messages, which stays."""
        sender = self.old_sender(self.any_kind(), "--vary", "--first", first)
        for _ in range(5):
            self.tell(sender)
        return sender

    def left_behind(self, step):
        """Our receiver, whose sender has died at a step. On a busy machine it may give up before the sender has come as
        far as that, and says what it has found until then. They try it again with more time."""
        for seconds in (0.1, 1, 10):
            receiver = self.watching("--timeout", seconds)
            sender = self.begin_to_die(step)
            wait_until(lambda: not (sender.is_running() and receiver.is_running()), f"{sender.describe()} at {step}")
            has_died = not sender.is_running()
            if not has_died:
                self.stop(sender)  # which waits for somebody for ever
            if receiver.wait() == TIMED_OUT and has_died:
                break
            self.renew_names()
        self.died(sender)
        return receiver

    @proves(proofs.OLD_DIES)
    def test_our_receiver_gets_what_the_next_sender_sends(self):
        for step in harness.steps_of(self.convention, "send"):
            with self.at_step(step):
                receiver = self.watching(*self.breaking())
                self.dying_sender(step)
                if self.convention.keeps:
                    self.clear()
                sender = self.survivors()
                self.wait_index(receiver, LAST)
                self.interrupt(receiver)
                self.stop(sender)

    @proves(proofs.OLD_DIES)
    def test_the_next_receiver_gets_what_our_sender_sends(self):
        kind = self.any_kind()
        for step in harness.steps_of(self.convention, "receive"):
            with self.at_step(step):
                sender = self.sender(kind, *self.breaking())
                first = self.old_receiver(kind, "--count", 3, "--die-at", place_of(step).replace(":3", ":1"))
                index = 0
                while first.is_running():
                    index += 1
                    self.give(sender, kind, [index])
                    wait_until(lambda: not first.is_running() or index in dict(self.received(first)),
                               f"message {index} at {step}")
                self.died(first)
                second = self.old_receiver(kind)
                self.give(sender, kind, range(101, LAST + 1))
                second.out.wait_for(f"^{LAST} (ok|torn)$")
                self.leave(sender)
                self.end(sender)
                self.stop(second)

    @proves(proofs.IN_TIME)
    def test_our_receiver_ends_when_nobody_comes(self):
        for step in harness.steps_of(self.convention, "send"):
            with self.at_step(step):
                receiver = self.left_behind(step)
                self.end(receiver, TIMED_OUT)
                self.assertRegex(receiver.err.text(), f"{self.says}: .*")

    @proves(proofs.IN_TIME)
    def test_our_sender_ends_when_it_is_told_to(self):
        """By the end of its input, or by Ctrl-C where it waits for somebody to take the message."""
        kind = self.any_kind()
        for step in harness.steps_of(self.convention, "receive"):
            with self.at_step(step):
                sender = self.sender(kind)
                first = self.old_receiver(kind, "--count", 1, "--die-at", step)
                self.give(sender, kind, [1])
                self.died(first)
                self.wait_blocked(sender)
                self.interrupt(sender)


class Broken(Talking):
    """Locks that died with who had them. A lock that is there is never broken."""

    @proves(proofs.OLD_DIES)
    def test_a_lock_that_died_is_broken_and_it_is_said(self):
        receiver = self.our_receiver("--payload", "text", *self.breaking())
        self.wait_blocked(receiver)  # on Windows a lock goes with its last user
        self.died(self.old("send", "--die-at", "half"))
        receiver.err.wait_for("warning")
        sender = self.old("send", "--first", 7, "--lines")
        self.tell(sender)
        receiver.out.wait_for("^message 0007 ")
        self.interrupt(receiver)
        self.stop(sender)

    @proves(proofs.IN_TIME)
    def test_without_permission_it_ends_in_time(self):
        self.died(self.old("send", "--die-at", "half"))
        if not ON_WINDOWS:  # where the semaphore goes with its last user
            receiver = self.our_receiver("--payload", "text", "--timeout", 0.3)
            self.end(receiver, TIMED_OUT)


class OurDeaths(Talking):
    """Ours die at any time, by kill -9, while messages go to and fro."""

    TIMES = 2 if ON_WINDOWS else 4

    @proves(proofs.OUR_DEATH)
    def test_our_receiver_comes_again(self):
        kind = self.any_kind()
        sender = self.old_sender(kind, "--pause-ms", 1, paced=False)
        words = () if kind == "text" else ("--json",)
        for turn in range(self.TIMES):
            if self.is_lost_for_ever() and turn > 0:
                self.stop(sender)
                sender = self.old_sender(kind, "--pause-ms", 1, paced=False)
            receiver = self.our_receiver(*self.our_payload(kind), *words, *self.breaking())
            receiver.out.wait_count(5)
            self.kill(receiver.pid)
        self.stop(sender)

    @proves(proofs.OUR_DEATH)
    def test_our_sender_comes_again(self):
        kind = self.any_kind()
        receiver = self.old_receiver(kind)
        for turn in range(1, self.TIMES + 1):
            sender = self.sender(kind, *self.breaking())
            for index in range(100 * turn, 100 * turn + 5):
                self.give(sender, kind, [index])
                receiver.out.wait_for(f"^{index} ok$")
            self.give(sender, kind, [100 * turn + 5])
            self.kill(sender.pid)
            sender.popen.stdin.close()
            sender.popen.stdin = None
        self.stop(receiver)


SENDING = ("port.send_entered", "port.written", "port.sent")
RECEIVING = ("port.receive_entered", "port.copied", "port.received")


@unittest.skipUnless(harness.HAS_POINTS, "this build has no fault points")
class OurSteps(Talking):
    """Ours die at each of their steps with their second message, or at their second look where nothing announces a
    message. They come again, with --break-lock, which old programs do not have."""

    def fated(self, point):
        return {"env": self.environment() | {"FERRY_FAULT": f"{point}:2"}}

    @contextlib.contextmanager
    def at_point(self, point):
        self.renew_names()
        with self.subTest(point=point):
            yield

    @proves(proofs.OUR_STEPS)
    def test_our_receiver_comes_again(self):
        kind = self.any_kind()
        words = (*self.our_payload(kind), *(() if kind == "text" else ("--json",)))
        for point in RECEIVING + (SENDING if self.convention.answers else ()):
            with self.at_point(point):
                sender = self.started(self.old_sender(kind, "--pause-ms", 1, paced=False))
                self.died(self.our_receiver(*words, **self.fated(point)))
                receiver = self.our_receiver(*words, *self.breaking())
                if self.is_lost_for_ever() and point != ("port.sent" if self.convention.answers else "port.received"):
                    self.stop(sender)
                    sender = self.started(self.old_sender(kind, "--pause-ms", 1, paced=False))
                receiver.out.wait_count(5)
                self.interrupt(receiver)
                self.stop(sender)

    @proves(proofs.OUR_STEPS)
    def test_our_sender_comes_again(self):
        kind = self.any_kind()
        for point in SENDING + (RECEIVING if self.convention.answers else ()):
            with self.at_point(point):
                first = self.sender(kind, **self.fated(point))
                receiver = self.old_receiver(kind)
                self.give(first, kind, [1])
                receiver.out.wait_for("^1 ok$")
                self.give(first, kind, [2])
                self.died(first)
                second = self.sender(kind, *self.breaking())
                self.give(second, kind, range(101, LAST + 1))
                receiver.out.wait_for(f"^{LAST} ok$")
                self.leave(second)
                self.end(second)
                self.stop(receiver)


# ---- what is wrong ----

HEADERS = ("length-large", "length-negative", "length-other", "width-zero", "height-zero", "width-negative", "bits-7",
           "bits-negative", "overflow", "overflow-64", "int-min", "all-ones")


class Nonsense(Talking):
    """Our receiver gets what no program should write, and then a message."""

    def survives(self, kind, what):
        """Returns our receiver."""
        options = ("--json",) if kind == "image" else ()
        receiver = self.our_receiver(*self.our_payload(kind), *options)
        sender = self.old_sender(kind, "--nonsense", what, "--vary", "--pause-ms", 20, "--count", 3, "--hold",
                                 "ended", paced=False)
        if kind == "image":
            receiver.out.wait_for('"width": %d, "height": %d' % content.size(3, True))
        else:
            receiver.out.wait_for("^message 0003 ")
        self.interrupt(receiver)
        self.stop(sender)
        return receiver

    @proves(proofs.NONSENSE)
    def test_headers(self):
        for what in HEADERS[::4] if ON_WINDOWS else HEADERS:
            with self.subTest(what=what):
                self.renew_names()
                receiver = self.survives("image", what)
                self.assertNotIn(content.size(1, True), [(r["width"], r["height"]) for r in receiver.records()])

    @texts_only
    @proves(proofs.NONSENSE)
    def test_texts(self):
        for what in ("no-nul", "no-utf8", "cut-utf8"):
            with self.subTest(what=what):
                self.renew_names()
                self.survives("text", what)

    @texts_only
    @proves(proofs.NONSENSE)
    def test_a_message_that_does_not_fit_is_refused_and_nothing_is_written_behind_the_mapping(self):
        receiver = self.old_receiver("text")
        sender = self.sender("text")
        self.give(sender, "text", [1])
        receiver.out.wait_for("^1 ok$")
        self.tell(sender, "message 0002 " + 6000 * "x")
        self.leave(sender)
        self.assertIn(sender.wait(), (FINE, FAILED), sender.describe())
        self.assertRegex(sender.err.text(), r"(?i)too (long|large|big)|fit|bytes")
        self.stop(receiver)
        self.assertEqual({what for what in self.received(receiver)}, {(1, "ok")})

    @proves(proofs.NONSENSE)
    @unittest.skipIf(ON_WINDOWS, POSIX_ONLY)
    def test_mappings_that_are_too_small(self):
        if self.convention.name == "qt":
            self.skipTest("Qt's segments are no files")
        keeper = self.old_sender(self.any_kind())  # so that all else is there
        self.at(keeper, "ready")
        for size in (0, 1, 3, 15):
            with self.subTest(size=size):
                os.truncate(os.path.join(SHARED_MEMORY, self.names["memory"]), size)
                receiver = self.our_receiver(*self.our_payload("image"), "--timeout", 0.1, "--wait", 0.1)
                self.assertIn(receiver.wait(), (FAILED, TIMED_OUT), receiver.describe())
                self.assertRegex(receiver.err.text(), f"{self.says}: .*")
        self.stop(keeper)


class WrongCounts(Talking):
    """Semaphores that somebody made with another count."""

    @proves(proofs.NONSENSE)
    def test_too_many(self):
        self.exchange(5)

    @proves(proofs.NONSENSE)
    def test_none(self):
        self.exchange(0)

    def exchange(self, initial):
        sender = self.at(self.old("send", "--initial", initial, "--lines"), "ready")
        receiver = self.our_receiver("--payload", "text", *self.breaking())
        for _ in range(3):
            self.tell(sender)
        receiver.out.wait_for("^message 0003 ")
        self.interrupt(receiver)
        self.stop(sender)
        # Where the count says that there is a message before there is one, it is an empty one.
        self.assertEqual([line for line in lines_of(receiver) if line not in ["", *content.texts(1, 3)]], [])


class Refused(Talking):
    """What cannot be meant is refused, with a message, at once."""

    def assert_refused(self, program, codes=(USAGE,)):
        self.assertIn(program.wait(), codes, program.describe())
        self.assertRegex(program.err.text(), "ferry-(producer|consumer): .*")

    @proves(proofs.REFUSED)
    def test_options_without_sense(self):
        wrong = [("--size", "0"), ("--size", "-1"), ("--size", "x"), ("--payload", "raw:0x0:gray"),
                 ("--payload", "raw:40x30:nothing"), ("--payload", "nothing"), ("--break-lock", "-1"),
                 ("--object", "nothing=x"), ("--object", "read"), ("--access", "nothing")]
        for words in wrong[::3] if ON_WINDOWS else wrong:
            with self.subTest(words=words):
                self.assert_refused(self.our_receiver(*words))

    @proves(proofs.REFUSED)
    def test_names_without_sense(self):
        role = self.convention.objects[0] if self.convention.objects else None
        keys = self.convention.name == "qt"  # of which any text is one
        names = [""] if ON_WINDOWS or keys else ["", "a/b", "n" * 400]
        for name in names:
            with self.subTest(name=name):
                if role is not None:
                    self.assert_refused(self.our_receiver("--object", f"{role}={name}", "--wait", 0.2),
                                        (USAGE, FAILED))
                self.names["memory"] = name
                if name:
                    self.assert_refused(self.our_receiver("--wait", 0.2), (USAGE, FAILED))


# ---- several at once ----

class Several(Talking):
    def whole(self, receivers):
        for receiver in receivers:
            self.assert_whole(self.received(receiver))

    @proves(proofs.READERS)
    def test_an_old_receiver_and_ours(self):
        """Either gets each message, or each message gets to one of them."""
        kind = self.any_kind()
        sender = self.old_sender(kind, "--vary", "--pause-ms", 2, paced=False)
        ours = self.our_receiver(*self.our_payload(kind), *(() if kind == "text" else ("--json",)))
        old = self.old_receiver(kind, "--vary")
        ours.out.wait_count(SOME)
        old.out.wait_for(r"^\d+ ok$")
        self.interrupt(ours)
        self.stop(sender, old)
        if self.convention.turn and kind == "text":
            known = {content.text(index, self.convention.tail) for index in range(1, 5000)}
            self.assertEqual([line for line in lines_of(ours) if line not in known], [])

    @proves(proofs.READERS)
    def test_two_of_ours(self):
        kind = self.any_kind()
        sender = self.old_sender(kind, "--pause-ms", 2, paced=False)
        ours = [self.our_receiver(*self.our_payload(kind), *(() if kind == "text" else ("--json",))) for _ in range(2)]
        wait_until(lambda: sum(len(program.out.list()) for program in ours) >= SOME, "messages")
        for program in ours:
            self.interrupt(program)
        self.stop(sender)

    @proves(proofs.WRITERS)
    def test_an_old_sender_and_ours(self):
        kind = self.any_kind()
        receiver = self.old_receiver(kind)
        old = self.old_sender(kind, "--first", 1001, "--pause-ms", 2, paced=False)
        receiver.out.wait_for(r"^1\d\d\d ok$")
        ours = self.sender(kind)
        if self.convention.name == "qt":  # where one has made the memory, nobody else can
            self.end(ours, FAILED)
            self.assertRegex(ours.err.text(), f"{self.says}: .*")
            self.stop(old, receiver)
            return
        self.give(ours, kind, range(1, SOME + 1))
        if self.convention.acknowledged:
            wait_until(lambda: any(index <= SOME for index, _ in self.received(receiver)), "one of our messages")
        self.leave(ours)
        if self.convention.acknowledged:  # of the answers, some that were for ours may have come to the old one
            self.interrupt(ours)
        self.end(ours)
        self.stop(old, receiver)  # which takes a lock along if it has one
        if self.convention.turn:
            self.whole([receiver])

    @proves(proofs.WRITERS)
    def test_two_old_senders(self):
        kind = self.any_kind()
        ours = self.our_receiver(*self.our_payload(kind), *(() if kind == "text" else ("--json",)))
        senders = [self.old_sender(kind, "--first", 1, "--pause-ms", 2, paced=False)]
        ours.out.wait_count(SOME)
        senders.append(self.old_sender(kind, "--first", 3001, "--pause-ms", 2, paced=False))
        if self.convention.name != "qt":  # where the second one waits for the first one's end
            self.started(senders[1])
        if not self.convention.keeps:  # the second one of these sets semaphores that the first one waits for
            ours.out.wait_count(2 * SOME)
        self.interrupt(ours)
        self.stop(*senders)
        if self.convention.turn and kind == "text":
            known = {content.text(index, self.convention.tail) for index in [*range(1, 2000), *range(3001, 5000)]}
            self.assertEqual([line for line in lines_of(ours) if line not in known], [])


# ---- the end ----

class Waiting(Talking):
    def lingering(self):
        """As it is usual."""
        return ()

    @proves(proofs.INTERRUPTED)
    def test_a_receiver_without_a_sender(self):
        receiver = self.our_receiver(*self.our_payload(self.any_kind()))
        self.wait_blocked(receiver)
        self.interrupt(receiver, harness.signal.SIGINT)
        self.assert_nothing_left()

    @proves(proofs.INTERRUPTED)
    def test_a_sender_without_a_receiver(self):
        kind = self.any_kind()
        sender = self.sender(kind)
        self.give(sender, kind, [1, 2])
        self.wait_blocked(sender)
        self.interrupt(sender, harness.signal.SIGINT)

    @proves(proofs.INTERRUPTED)
    def test_a_receiver_whose_sender_stands_still(self):
        kind = self.any_kind()
        sender = self.at(self.old_sender(kind, "--hold", "half:1"), "ready")
        receiver = self.our_receiver(*self.our_payload(kind), "--json")
        self.tell(sender)
        self.at(sender, "held half")
        self.wait_blocked(receiver)
        self.interrupt(receiver, harness.signal.SIGINT)
        self.stop(sender)

    @proves(proofs.NOTHING_LEFT)
    def test_a_sender_alone(self):
        kind = self.any_kind()
        sender = self.sender(kind)
        self.give(sender, kind, [1])
        if self.convention.acknowledged:
            self.wait_blocked(sender)
            self.interrupt(sender)
        else:
            self.leave(sender)
            self.end(sender)
        self.assertEqual(bool(self.objects_left()), self.convention.leaves and not ON_WINDOWS)

    @proves(proofs.NOTHING_LEFT)
    def test_with_an_old_program_that_has_gone(self):
        kind = self.any_kind()
        sender = self.sender(kind)
        self.give(sender, kind, [1])
        self.wait_made()
        receiver = self.old_receiver(kind, "--count", 1)
        self.end(receiver)
        self.leave(sender)
        self.end(sender)
        self.assertEqual(bool(self.objects_left()), self.convention.leaves and not ON_WINDOWS)

    def wait_made(self):
        """Until our program has made what an old one would make else."""
        wait_until(lambda: ON_WINDOWS or len(self.objects_left()) >= 1 + len(self.convention.objects), "the objects")


@unittest.skipIf(ON_WINDOWS, POSIX_ONLY)
class Foreign(Talking):
    """A mapping that somebody else has written into, and that nothing else of the convention belongs to."""

    def foreign(self):
        path = os.path.join(SHARED_MEMORY, self.names["memory"])
        data = b"somebody's own " * 500
        with open(path, "wb") as file:
            file.write(data)
        return path, data

    @proves(proofs.FOREIGN)
    def test_it_is_not_written(self):
        kind = self.any_kind()
        path, data = self.foreign()
        sender = self.sender(kind)
        self.assertEqual(sender.wait(), FAILED, sender.describe())
        self.assertIn("--adopt", sender.err.text())
        with open(path, "rb") as file:
            self.assertEqual(file.read(), data)

    @proves(proofs.FOREIGN)
    def test_it_is_written_when_we_are_told_to(self):
        kind = self.any_kind()
        path, data = self.foreign()
        sender = self.sender(kind, "--adopt")
        self.give(sender, kind, [1])

        def written():
            with open(path, "rb") as file:
                return file.read() != data

        wait_until(written, "the message is not written")
        self.interrupt(sender)

    @proves(proofs.FOREIGN)
    def test_a_channel_is_never_written(self):
        channel = self.channel()
        producer = self.producer(channel, "--no-wait", "pattern:40x30", "--fps", 1)
        wait_until(lambda: os.path.exists(os.path.join(SHARED_MEMORY, channel)), "the channel")
        self.names["memory"] = channel
        sender = self.sender(self.any_kind(), "--adopt")
        self.assertEqual(sender.wait(), FAILED, sender.describe())
        self.interrupt(producer)
        self.assertTrue(re.search("ferry-producer: .*", sender.err.text()))


ANY = (FromOld, ToOld, Lifted, Fed, Sizes, Deaths, OurDeaths, Nonsense, Refused, Several, Waiting)
COMMON = (*ANY, OurSteps)


def of(module, convention, *groups, prefix="", ours=()):
    """Classes of cases for a convention, by name, for the module that has them. ours: what the other side is, if it is
    not our programs."""
    classes = {}
    for group in groups:
        name = prefix + group.__name__
        inside = {"convention": convention, "__module__": module, "__doc__": group.__doc__}
        if not convention.texts:
            inside |= {test: None for test in dir(group) if hasattr(getattr(group, test), "texts_only")}
        made = type(name, (*ours, group), inside)
        if convention.name == "qt":
            made = unittest.skipUnless(harness.QT_PEER, "there is no Qt here")(made)
        classes[name] = made
    return classes

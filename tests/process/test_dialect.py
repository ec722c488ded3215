"""The baseimage dialect: our programs among each other, and with one that knows only shm_open and
sem_open."""

import os
import struct
import subprocess
import unittest

import pictures
from support import (BIN, FAILED, SHARED_MEMORY, USAGE, Case, has_mapped, process_state,
                     wait_until)

BITS = {1: 8, 3: 24, 4: 32}
FORMATS = {1: "gray", 3: "bgr24", 4: "bgra"}
BYTES = 2048 * 4096 * 4


UNIT = 2  # pixels of a cell in a digit of the test picture, at this size
SHAPES = ["111101101101111", "010110010010111", "111001111100111", "111001111001111",
          "101101111001001", "111100111001111", "111100111101111", "111001001001001",
          "111101111101111", "111101111001111"]


def pattern_number(picture):
    """Reads the number in a gray test picture; None when there is none."""
    number = 0
    for digit in range(6):
        cells = [picture.pixel(2 * UNIT + (digit * 4 + bit % 3) * UNIT, 2 * UNIT + bit // 3 * UNIT)
                 for bit in range(15)]
        shape = "".join({(255,): "1", (0,): "0"}.get(cell, "?") for cell in cells)
        if shape not in SHAPES:
            return None
        number = number * 10 + SHAPES.index(shape)
    return number


def swing(number, room):
    """Two pixels a frame, to and fro."""
    at = 2 * (number - 1) % (2 * room)
    return min(at, 2 * room - at)


def has_box(picture, number):
    """Whether the white box of a gray test picture of 200 x 150 is where it belongs, and whole."""
    side = 30
    x, y = swing(number, 200 - side), swing(number, 150 - side)
    if x < 70 and y < 20:
        return True  # behind the number
    rows = [picture.pixels[at * 200:(at + 1) * 200] for at in range(y, y + side)]
    return all(row[x:x + side] == b"\xff" * side for row in rows) and not any(
        at in range(200) and row[at] == 255 for row in rows[:110 - y] for at in (x - 1, x + side))


class Dialect(Case):
    def exists(self, channel):
        return (os.path.exists(f"{SHARED_MEMORY}/{channel}") and
                os.path.exists(f"{SHARED_MEMORY}/sem.{channel}Mutex"))

    def peer(self, how, channel):
        program = self.start(os.path.join(BIN, "plain_peer"), how, channel, stdin=subprocess.PIPE)
        program.out.wait_for("^ready$")
        self.answers = 1
        return program

    def tell(self, peer, command):
        """Returns the answer."""
        peer.popen.stdin.write(command.encode() + b"\n")
        peer.popen.stdin.flush()
        self.answers += 1
        peer.out.wait_count(self.answers)
        return peer.out.list()[-1]

    def put(self, peer, picture, command="frame", padded=False):
        """As such programs have it: blue before red, rows perhaps padded to 4 bytes."""
        pixels = pictures.reversed_colours(picture).pixels
        if padded:
            size = picture.width * picture.channels
            pixels = b"".join(pixels[at:at + size] + b"#" * (-size % 4)
                              for at in range(0, len(pixels), size))
        path = self.write("raw", pixels)
        return self.tell(peer, f"{command} {picture.width} {picture.height} "
                               f"{BITS[picture.channels]} {path}")

    def wait_taken(self, peer, consumer):
        """Until a consumer has looked at what was sent, and waits for the next."""
        wait_until(lambda: self.tell(peer, "value") == "0", "the event is not taken")
        wait_until(lambda: process_state(consumer.pid) != "R", "the consumer does not wait")

    def get(self, peer):
        """The next frame as a picture."""
        width, height, bits = map(int, self.tell(peer, f"next {self.path('raw')}").split())
        with open(self.path("raw"), "rb") as file:
            picture = pictures.Picture(width, height, bits // 8, file.read())
        # One that was overwritten while it was read need not be a picture at all.
        whole = len(picture.pixels) == width * height * picture.channels
        return pictures.reversed_colours(picture) if whole else picture

    def leave(self, peer):
        peer.popen.stdin.close()
        self.end(peer)
        peer.popen.stdin = None

    def pictures_of_all_kinds(self):
        sizes = [(8, 6), (1, 1), (5, 3), (64, 48), (3, 7)]
        made = [pictures.noise(*size, channels, f"{size} {channels}")
                for size in sizes for channels in (3, 1, 4)]
        for i, picture in enumerate(made):
            self.write(f"in/{i}.png", pictures.png(picture))
        return self.path("in"), made


class OurPrograms(Dialect):
    def test_the_consumer_warns_and_takes_the_latest(self):
        folder, made = self.pictures_of_all_kinds()
        channel = self.channel()
        consumer = self.consumer(channel, "--json", "--save", self.path("out"))
        producer = self.producer(channel, "--dialect", "baseimage", "--fps", 20, folder)
        self.end(producer)
        self.end(consumer)
        self.assertRegex(consumer.err.text(), "warning: .*a single slot")
        records = consumer.records()
        self.assert_skips_add_up(records)
        self.assertEqual(records[-1]["frame"], len(made))
        saved = self.saved("out", channel)
        self.assert_pictures(saved, {r["frame"]: made[r["frame"] - 1] for r in records})
        for record in records:
            self.assertEqual(record["format"], FORMATS[made[record["frame"] - 1].channels])

    def test_latest_needs_no_warning(self):
        channel = self.channel()
        for options in (["--latest"], [], ["--latest", "--save", self.path("out")]):
            consumer = self.consumer(channel, "--json", *options)
            self.end(self.producer(channel, "--dialect", "baseimage", "--fps", 50, "--count", 5,
                                   "--wait-consumer", 600, "pattern:40x30"))
            self.end(consumer)
            self.assertNotIn("warning", consumer.err.text())
            self.assertEqual(consumer.records()[-1]["frame"], 5)
            self.assertEqual(consumer.records()[-1]["format"], "bgr24")

    def test_every_is_refused(self):
        channel = self.channel()
        producer = self.producer(channel, "--dialect", "baseimage", "--fps", 50, "pattern:8x8")
        for options in (["--every"], ["--every", "--save", self.path("out")]):
            consumer = self.end(self.consumer(channel, *options), FAILED)
            self.assertRegex(consumer.err.text(), f"channel {channel} has one slot")
        self.interrupt(producer)

    # However fast they are overwritten: background, box and number are of one frame.
    def test_frames_are_never_torn(self):
        channel = self.channel()
        producer = self.producer(channel, "--dialect", "baseimage", "--fps", 0,
                                 "pattern:200x150:gray")
        consumers = [self.consumer(channel, "--latest", "--json", "--count", 80, "--save",
                                   self.path(f"out{i}")) for i in range(2)]
        for i, consumer in enumerate(consumers):
            self.end(consumer)
            saved = self.saved(f"out{i}", channel)
            self.assertEqual(sorted(saved), consumer.numbers())
            for number, picture in saved.items():
                self.assertEqual(pattern_number(picture), number)
                self.assertTrue(has_box(picture, number), number)
        self.interrupt(producer)

    def test_a_consumer_that_is_launched(self):
        channel = self.channel()
        producer = self.producer(
            channel, "--dialect", "baseimage", "--fps", 50,
            *self.launch(os.path.join(BIN, "ferry-consumer"), "--json"), "pattern:8x8")
        # After a second the producer no longer waits for it, so that the stream has no end yet.
        producer.out.wait_count(5)
        sent = self.finish(producer)
        self.assertEqual(producer.numbers()[-1], sent)

    def test_killed_and_started_again(self):
        channel = self.channel()
        for _ in range(3):
            dead = self.producer(channel, "--dialect", "baseimage", "--fps", 50, "pattern:8x8")
            old = self.consumer(channel, "--json")
            old.out.wait_count(3)
            self.kill(dead.pid)
            producer = self.producer(channel, "--dialect", "baseimage", "--fps", 50,
                                     "pattern:9x9")
            self.end(old, FAILED)
            self.assertIn("the producer died", old.err.text())
            self.assertEqual({r["width"] for r in old.records()}, {8})
            new = self.end(self.consumer(channel, "--json", "--count", 3))
            self.assertEqual({r["width"] for r in new.records()}, {9})
            second = self.end(self.producer(channel, "--dialect", "baseimage", "--no-wait",
                                            "pattern:8x8"), FAILED)
            self.assertIn("has a live producer already", second.err.text())
            self.kill(producer.pid)
        self.end(self.producer(channel, "--fps", 0, "--count", 1, "pattern:8x8"))  # not the dialect

    def test_frames_that_are_too_large(self):
        producer = self.end(self.producer(self.channel(), "--dialect", "baseimage", "--no-wait",
                                          "pattern:2048x4096:bgra"), FAILED)
        self.assertRegex(producer.err.text(), "slot of the baseimage dialect has a fixed size")
        producer = self.end(self.producer(self.channel(), "--dialect", "baseimage", "--slots", 2,
                                          "pattern:8x8"), USAGE)


class FromUs(Dialect):
    """A receiver of the old kind sets no pace: what it does not read in time is overwritten. So the
    producer here sends the same picture over and over, until the test puts another in its place."""

    def looping(self, channel, *options):
        """A producer of the picture that show has put in place."""
        folder = os.path.dirname(self.shown())
        # A single file would be read but once.
        if not os.path.exists(os.path.join(folder, "2.png")):
            os.symlink("1.png", os.path.join(folder, "2.png"))
        return self.producer(channel, "--dialect", "baseimage", "--fps", 50, "--loop", *options,
                             folder)

    def shown(self):
        return self.path("shown", "1.png")

    def show(self, picture):
        path = self.write("next.png", pictures.png(picture))
        os.makedirs(os.path.dirname(self.shown()), exist_ok=True)
        os.replace(path, self.shown())

    def get_until(self, peer, picture):
        """What comes before may be the picture before, or half of it. What comes after is the same
        again and again."""
        wait_until(lambda: self.get(peer) == picture, f"{picture} does not come")
        for _ in range(3):
            self.assertEqual(self.get(peer), picture)

    # It keeps the object open, which therefore stays for the next producer, and goes with the last
    # one that uses it.
    def test_to_a_receiver_that_comes_later(self):
        _, made = self.pictures_of_all_kinds()
        channel = self.channel()
        self.show(made[-1])
        producer = self.looping(channel, "--no-wait")
        wait_until(lambda: self.exists(channel), "there is no channel")
        peer = self.peer("open", channel)
        self.assertGreater(os.path.getsize(f"{SHARED_MEMORY}/{channel}"), BYTES)  # and our block
        for picture in made:
            self.show(picture)
            self.get_until(peer, picture)
        self.interrupt(producer)
        self.assertTrue(self.exists(channel))
        self.show(made[0])
        producer = self.looping(channel, "--no-wait")
        self.get_until(peer, made[0])
        self.leave(peer)
        self.interrupt(producer)
        self.assertFalse(self.exists(channel))

    def test_to_a_receiver_that_was_there_before(self):
        _, made = self.pictures_of_all_kinds()
        channel = self.channel()
        peer = self.peer("create", channel)
        for half in (made[::2], made[1::2]):  # the object stays the receiver's meanwhile
            self.show(half[0])
            producer = self.looping(channel, "--no-wait")
            for picture in half:
                self.show(picture)
                self.get_until(peer, picture)
            self.interrupt(producer)
            self.assertTrue(self.exists(channel))
        self.tell(peer, "remove")
        self.leave(peer)

    def test_a_killed_producer_is_replaced_without_the_receiver_noticing(self):
        channel = self.channel()
        folder, made = self.write_noise("in", 3)
        peer = self.peer("create", channel)
        for picture in made:
            self.show(picture)
            producer = self.looping(channel, "--no-wait")
            self.get_until(peer, picture)
            self.kill(producer.pid)
        self.tell(peer, "remove")
        self.leave(peer)
        self.end(self.producer(channel, "--no-wait", "--fps", 0, folder))  # the consumers object

    # A receiver of the old kind beside consumers of ours.
    def test_to_both_kinds_at_once(self):
        made = [pictures.noise(16, 12, 3, f"both {i}") for i in range(8)]
        channel = self.channel()
        peer = self.peer("create", channel)
        self.show(made[0])
        producer = self.looping(channel)
        # Before it has taken the object over, the consumer would take the peer for the sender.
        producer.err.wait_for("waiting for a consumer")
        consumer = self.consumer(channel, "--json", "--save", self.path("out"))
        for picture in made:
            self.show(picture)
            self.get_until(peer, picture)
        sent = self.finish(producer)
        self.end(consumer)
        saved = self.saved("out", channel)
        self.assertIn(sent, saved)
        self.assertEqual(sorted(saved), consumer.numbers())
        places = [made.index(saved[number]) for number in sorted(saved)]  # none is torn
        self.assertEqual(places, sorted(places))
        self.tell(peer, "remove")
        self.leave(peer)

    def test_a_native_producer_leaves_the_receiver_alone(self):
        channel = self.channel()
        peer = self.peer("create", channel)
        producer = self.end(self.producer(channel, "--no-wait", "pattern:8x8"), FAILED)
        self.assertIn(channel, producer.err.text())
        self.assertTrue(self.exists(channel))
        self.tell(peer, "remove")
        self.leave(peer)


class Found(Dialect):
    """Memory that has the channel's name already. It may be that of a program which has nothing to do
    with images."""

    def make_memory(self, channel, data, size=BYTES):
        path = f"{SHARED_MEMORY}/{channel}"
        with open(path, "xb") as file:
            file.write(data)
            file.truncate(size)
        return path

    def assert_left_alone(self, path, data, size=BYTES):
        with open(path, "rb") as file:
            self.assertEqual(file.read(len(data)), data)
        self.assertEqual(os.path.getsize(path), size)
        os.unlink(path)

    def test_another_programs_memory_is_left_alone(self):
        for size in (BYTES, 2 * BYTES + 1):
            channel = self.channel()
            path = self.make_memory(channel, b"a table of numbers " * 4096, size)
            producer = self.end(self.producer(channel, "--dialect", "baseimage", "--no-wait",
                                              "--count", 1, "pattern:640x480"), FAILED)
            self.assertRegex(producer.err.text(), f"{channel} exists.*no event {channel}Mutex")
            self.assertIn("--adopt", producer.err.text())
            self.assert_left_alone(path, b"a table of numbers " * 4096, size)

    # Too short for an image, or for a channel: that of a program of another convention.
    def test_another_conventions_memory_is_named(self):
        for size in (250, 5120):
            channel = self.channel()
            path = self.make_memory(channel, b"a message", size)
            for program in (self.consumer(channel, "--timeout", "5"),
                            self.producer(channel, "--dialect", "baseimage", "--no-wait", "pattern:8x8"),
                            self.producer(channel, "--no-wait", "pattern:8x8")):
                self.end(program, FAILED)
                self.assertRegex(program.err.text(),
                                 f"{channel} .*: try --dialect .*docs/old-programs.md.*or remove it")
            self.assert_left_alone(path, b"a message", size)

    def test_a_producer_that_is_told_to_uses_it(self):
        channel = self.channel()
        path = self.make_memory(channel, b"what is left of something " * 4096)
        producer = self.producer(channel, "--dialect", "baseimage", "--adopt", "--fps", 50,
                                 "--count", 5, "--wait-consumer", 60, "pattern:40x30")
        consumer = self.end(self.consumer(channel, "--json"))
        self.end(producer)
        self.assertEqual(consumer.numbers()[-1], 5)
        os.unlink(path)

    # A receiver of the old kind makes its memory first, and the event a moment later.
    def test_a_receiver_that_is_just_starting(self):
        channel = self.channel()
        path = self.make_memory(channel, b"")
        self.end(self.producer(channel, "--dialect", "baseimage", "--no-wait", "--count", 1,
                               "pattern:40x30"))
        peer = self.peer("create", channel)
        picture = pictures.noise(16, 12, 3, "just starting")
        folder = os.path.dirname(self.write("in/1.png", pictures.png(picture)))
        self.end(self.producer(channel, "--dialect", "baseimage", "--no-wait", folder))
        self.assertEqual(self.get(peer), picture)
        self.tell(peer, "remove")
        self.leave(peer)
        self.assertFalse(os.path.exists(path))


class ToUs(Dialect):
    def test_from_a_plain_sender(self):
        _, made = self.pictures_of_all_kinds()
        channel = self.channel()
        waiting = self.consumer(channel, "--json", "--save", self.path("out"))
        waiting.err.wait_for("waiting for a producer")
        peer = self.peer("create", channel)
        waiting.err.wait_for("a single slot")
        expected = {}
        for picture in made:
            for padded in (False, True):
                self.assertEqual(self.put(peer, picture, padded=padded), "sent")
                expected[len(expected) + 1] = picture
                waiting.out.wait_count(len(expected))
        self.interrupt(waiting)
        self.assert_pictures(self.saved("out", channel), expected)
        for record in waiting.records():
            picture = expected[record["frame"]]
            self.assertEqual((record["width"], record["height"], record["format"],
                              record["skipped"]),
                             (picture.width, picture.height, FORMATS[picture.channels], 0))
        self.tell(peer, "remove")
        self.leave(peer)

    # A row of red, green and blue below one of white, as a bitmap of 16 bits has them; padded.
    def test_16_bits_and_rows_from_the_bottom_up(self):
        channel = self.channel()
        peer = self.peer("create", channel)
        consumer = self.consumer(channel, "--latest", "--json", "--save", self.path("out"),
                                 "--bare-16bit", "rgb565le", "--bare-bottom-up")
        wait_until(lambda: has_mapped(consumer.pid, f"/{channel}") and
                   process_state(consumer.pid) == "S", "it is not attached")
        raw = self.write("raw", b"\x00\xf8\xe0\x07\x1f\x00##" + b"\xff" * 6 + b"##")
        self.assertEqual(self.tell(peer, f"frame 3 2 16 {raw}"), "sent")
        consumer.out.wait_count(1)
        self.interrupt(consumer)
        record, = consumer.records()
        self.assertEqual((record["format"], record["stride"]), ("rgb565le", 8))
        wanted = pictures.Picture(3, 2, 3, b"\xff" * 9 + b"\xff\0\0\0\xff\0\0\0\xff")
        self.assert_pictures(self.saved("out", channel), {1: wanted})
        self.tell(peer, "remove")
        self.leave(peer)

    # Without its event, a frame has not been sent.
    def test_nothing_is_taken_before_the_event(self):
        picture = pictures.noise(20, 20, 3, "begun")
        channel = self.channel()
        peer = self.peer("create", channel)
        self.put(peer, picture, "begin")
        consumer = self.consumer(channel, "--json", "--timeout", "0.5", "--save", self.path("out"))
        self.end(consumer, 3)
        self.assertEqual(consumer.numbers(), [])
        self.tell(peer, "remove")
        self.leave(peer)

    def test_the_sender_removes_the_names(self):
        channel = self.channel()
        peer = self.peer("create", channel)
        consumer = self.consumer(channel, "--latest", "--json")
        self.put(peer, pictures.noise(4, 4, 3, "last"))
        consumer.out.wait_count(1)
        self.tell(peer, "remove")
        self.end(consumer, FAILED)
        self.assertIn("the producer died or was replaced", consumer.err.text())
        self.leave(peer)

    def test_our_producer_takes_the_senders_place(self):
        folder, made = self.write_noise("in", 3)
        channel = self.channel()
        peer = self.peer("create", channel)
        old = self.consumer(channel, "--latest", "--json")
        self.put(peer, pictures.noise(4, 4, 3, "last"))
        old.out.wait_count(1)
        producer = self.producer(channel, "--dialect", "baseimage", "--fps", 20, folder)
        self.end(old, FAILED)
        self.end(self.consumer(channel, "--latest", "--save", self.path("out")))
        self.end(producer)
        saved = self.saved("out", channel)
        self.assert_pictures(saved, {n: made[n - 1] for n in saved})
        self.tell(peer, "remove")
        self.leave(peer)

    # Started beside it, the consumer takes the object that is there for a sender's, and the producer
    # waits for a consumer.
    def test_a_consumer_that_came_before_our_producer(self):
        folder, made = self.write_noise("in", 6)
        for options in (["--save", self.path("out"), "--json"], ["--latest", "--json"]):
            channel = self.channel()
            peer = self.peer("create", channel)
            consumer = self.consumer(channel, *options)
            wait_until(lambda: has_mapped(consumer.pid, f"/{channel}") and
                       process_state(consumer.pid) == "S", "it is not attached")
            self.end(self.producer(channel, "--dialect", "baseimage", "--fps", 10, folder))
            self.end(consumer)
            self.assert_skips_add_up(consumer.records())
            self.assertEqual(consumer.numbers()[-1], 6)
            if "--save" in options:
                self.assert_pictures(self.saved("out", channel),
                                     {n: made[n - 1] for n in consumer.numbers()})
                self.assertEqual(consumer.err.text().count("a single slot"), 1)
            self.assertNotIn("died", consumer.err.text())
            self.tell(peer, "remove")
            self.leave(peer)

    def test_both_of_ours_started_at_once(self):
        for _ in range(12):
            channel = self.channel()
            peer = self.peer("create", channel)
            consumer = self.consumer(channel, "--json")
            producer = self.producer(channel, "--dialect", "baseimage", "--fps", 50, "--count", 3,
                                     "--wait-consumer", 60, "pattern:8x8")
            self.end(consumer)
            self.end(producer)
            self.assertEqual(consumer.numbers()[-1], 3)
            self.tell(peer, "remove")
            self.leave(peer)

    def attached(self, channel, *options):
        """A consumer that waits for the sender's next frame."""
        consumer = self.consumer(channel, "--latest", *options)
        wait_until(lambda: has_mapped(consumer.pid, f"/{channel}") and
                   process_state(consumer.pid) == "S", "it is not attached")
        return consumer

    def raw(self, peer, *numbers_and_bytes):
        """Bytes in the place of a frame; whole numbers stand for 32 bits."""
        data = b"".join(part if isinstance(part, bytes) else struct.pack("<i", part)
                        for part in numbers_and_bytes)
        self.assertEqual(self.tell(peer, f"raw {self.write('raw', data)}"), "sent")

    # As a bitmap whose height has the other sign.
    def test_a_height_below_0(self):
        channel = self.channel()
        peer = self.peer("create", channel)
        consumer = self.attached(channel, "--json", "--save", self.path("out"))
        self.raw(peer, 16, 2, -2, 24, b"\0\0\xff\0\xff\0##", b"\xff" * 6 + b"##")
        consumer.out.wait_count(1)
        self.interrupt(consumer)
        wanted = pictures.Picture(2, 2, 3, b"\xff" * 6 + b"\xff\0\0\0\xff\0")
        self.assert_pictures(self.saved("out", channel), {1: wanted})
        self.assertIn(" 0 skipped, ", consumer.err.text())
        self.assertNotIn("warning", consumer.err.text())
        self.tell(peer, "remove")
        self.leave(peer)

    def test_a_format_of_12_bits(self):
        channel = self.channel()
        peer = self.peer("create", channel)
        consumer = self.attached(channel, "--json", "--bare-format", "yuv420p")
        self.raw(peer, 6, 2, 2, 12, bytes(6))
        consumer.out.wait_count(1)
        self.raw(peer, 12, 2, 2, 24, bytes(12))  # others are what they always were
        consumer.out.wait_count(2)
        self.interrupt(consumer)
        self.assertEqual([(r["format"], r["skipped"]) for r in consumer.records()],
                         [("yuv420p", 0), ("bgr24", 0)])
        self.tell(peer, "remove")
        self.leave(peer)

    def test_several_images_at_once(self):
        made = [pictures.noise(*size, 1, f"several {size}") for size in ((3, 2), (5, 4), (1, 1))]
        channel = self.channel()
        peer = self.peer("create", channel)
        consumer = self.attached(channel, "--json", "--save", self.path("out"), "--bare-images")
        for _ in range(2):
            self.raw(peer, len(made), *(part for p in made
                                        for part in (len(p.pixels), p.width, p.height, 8, p.pixels)))
            self.wait_taken(peer, consumer)
        consumer.out.wait_count(6)
        self.interrupt(consumer)
        self.assert_skips_add_up(consumer.records())
        self.assertEqual(consumer.numbers(), [1, 2, 3, 4, 5, 6])
        self.assert_pictures(self.saved("out", channel),
                             {n: made[(n - 1) % 3] for n in range(1, 7)})
        self.tell(peer, "remove")
        self.leave(peer)

    # Once for each sender, with what was seen and the option that takes it.
    def test_what_cannot_be_read_is_told_once(self):
        channel = self.channel()
        for numbers, words in (((6, 2, 2, 12), "bits 12; .*--bare-format"),
                               ((2, 1, 1, 1, 8, b"a", 1, 1, 1, 8, b"b"),
                                "a count of 2 images: .*--bare-images"),
                               ((40, 2, 2, 1), "length 40, width 2, height 2, bits 1; no format")):
            peer = self.peer("create", channel)
            consumer = self.attached(channel)
            for _ in range(3):
                self.raw(peer, *numbers)
                self.wait_taken(peer, consumer)
            consumer.err.wait_for("is passed over")
            self.raw(peer, *numbers)
            self.wait_taken(peer, consumer)
            self.interrupt(consumer)
            said = consumer.err.text()
            self.assertEqual(said.count("warning: a frame on channel"), 1, said)
            self.assertRegex(said, words)
            self.assertIn("0 frames received, 4 skipped (4 with a header that cannot be), ", said)
            self.tell(peer, "remove")
            self.leave(peer)

    def test_why_no_frame_comes(self):
        channel = self.channel()
        peer = self.peer("create", channel)
        consumer = self.consumer(channel, "--latest", "--timeout", "3")
        wait_until(lambda: has_mapped(consumer.pid, f"/{channel}"), "it is not attached")
        self.raw(peer, 6, 2, 2, 12, bytes(6))
        self.end(consumer, 3)
        self.assertRegex(consumer.err.text(), "its sender's frames have headers that cannot be")
        self.tell(peer, "remove")
        self.leave(peer)

    # Lengths, sizes and bit counts that cannot be.
    def test_headers_that_are_nonsense(self):
        channel = self.channel()
        peer = self.peer("create", channel)
        consumer = self.consumer(channel, "--latest", "--json", "--save", self.path("out"))
        good = pictures.noise(6, 4, 3, "good")
        self.put(peer, good)
        consumer.out.wait_count(1)
        raw = self.write("pixels", bytes(100))
        for size in ("-4 4 24", "4 -400 24", "0 0 24", "4 4 0", "4 4 -8", "4 4 12", "1000 1000 24",
                     "2147483647 2147483647 32", "46341 46341 8"):
            self.assertEqual(self.tell(peer, f"frame {size} {raw}"), "sent")
            self.wait_taken(peer, consumer)
        self.put(peer, good)
        wait_until(lambda: len(consumer.records()) >= 2 or not consumer.is_running(), "nothing")
        self.assertTrue(consumer.is_running(), consumer.describe())
        self.interrupt(consumer)
        saved = self.saved("out", channel)
        self.assert_pictures(saved, {n: good for n in consumer.numbers()})
        self.tell(peer, "remove")
        self.leave(peer)


if __name__ == "__main__":
    unittest.main(verbosity=2)

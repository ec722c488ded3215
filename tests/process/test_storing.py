"""How the producer stores frames: format, padding, order of rows, notes; seen by our consumer and,
in the dialect, by a program that knows nothing of us. And who may read them."""

import os
import subprocess
import unittest

import pictures
from support import BIN, FAILED, SHARED_MEMORY, Case

PEER = os.path.join(BIN, "plain_peer")


def upside_down(picture):
    size = picture.width * picture.channels
    rows = [picture.pixels[at:at + size] for at in range(0, len(picture.pixels), size)]
    return picture._replace(pixels=b"".join(reversed(rows)))


class Stored(Case):
    def send(self, source, *options):
        """The records of a consumer of every frame, and what it saved."""
        channel = self.channel()
        folder = f"out of {channel}"
        consumer = self.consumer(channel, "--every", "--json", "--save", self.path(folder))
        self.sent = self.end(self.producer(channel, "--fps", 0, "--wait-consumer", 60, *options,
                                           *([source] if isinstance(source, str) else source)))
        self.end(consumer)
        return consumer.records(), self.saved(folder, channel)

    def test_every_format_of_a_file(self):
        folder, made = self.write_noise("in", 2, 11, 7)
        bits = {"gray": 8, "gray16le": 16, "bgr24": 24, "rgb24": 24, "bgra": 32, "rgba": 32,
                "yuyv422": 16, "rgb565le": 16}
        for name in [*bits, "nv12", "yuv420p"]:
            records, saved = self.send(folder, "--format", name)
            self.assertEqual([r["format"] for r in records], [name, name])
            if name in bits:
                even = 12 if name == "yuyv422" else 11
                self.assertEqual(records[0]["stride"], even * bits[name] // 8)
            if name in ("bgr24", "rgb24"):
                self.assert_pictures(saved, {1: made[0], 2: made[1]})
            elif name in ("bgra", "rgba"):
                opaque = [b"".join(m.pixels[i:i + 3] + b"\xff" for i in range(0, 231, 3))
                          for m in made]
                self.assertEqual([saved[i + 1].pixels for i in range(2)], opaque)

    def test_patterns_in_another_format(self):
        records, as_gray = self.send("pattern:64x48", "--count", 3, "--format", "gray")
        self.assertEqual({r["format"] for r in records}, {"gray"})
        _, drawn_gray = self.send("pattern:64x48:gray", "--count", 3)
        self.assert_pictures(as_gray, drawn_gray)
        # Gray all the same, although in three bytes.
        records, wide = self.send("pattern:64x48:gray", "--count", 3, "--format", "rgb24")
        self.assertEqual({r["format"] for r in records}, {"rgb24"})
        for number, picture in drawn_gray.items():
            self.assertEqual(wide[number].pixels, bytes(v for v in picture.pixels for _ in "rgb"))

    def test_rows_begin_at_multiples(self):
        folder, made = self.write_noise("in", 2, 11, 7)
        for multiple, stride in ((1, 33), (2, 34), (4, 36), (64, 64), (4096, 4096)):
            records, saved = self.send(folder, "--row-align", multiple)
            self.assertEqual([(r["stride"], r["bytes"]) for r in records],
                             2 * [(stride, 7 * stride)])
            self.assert_pictures(saved, {1: made[0], 2: made[1]})
        _, plain = self.send("pattern:33x21", "--count", 4)
        records, saved = self.send("pattern:33x21", "--count", 4, "--row-align", 32)
        self.assertEqual({r["stride"] for r in records}, {128})
        self.assert_pictures(saved, plain)
        records, saved = self.send("pattern:33x21:nv12", "--count", 2, "--row-align", 16)
        self.assertEqual({(r["stride"], r["bytes"]) for r in records}, {(48, 48 * 21 + 48 * 11)})

    def test_the_last_row_first(self):
        folder, made = self.write_noise("in", 2, 11, 7)
        flipped = {1: upside_down(made[0]), 2: upside_down(made[1])}
        _, saved = self.send(folder, "--bottom-up")
        self.assert_pictures(saved, flipped)
        records, saved = self.send(folder, "--bottom-up", "--row-align", 16, "--format", "bgr24")
        self.assertEqual([r["stride"] for r in records], [48, 48])
        self.assert_pictures(saved, flipped)
        _, plain = self.send("pattern:33x21", "--count", 4)
        _, saved = self.send("pattern:33x21", "--count", 4, "--bottom-up")
        self.assert_pictures(saved, {n: upside_down(p) for n, p in plain.items()})

    def test_a_single_file_that_is_repeated(self):
        _, made = self.write_noise("in", 1, 11, 7)
        records, saved = self.send(self.path("in/1.png"), "--loop", "--count", 5, "--format",
                                   "bgr24", "--row-align", 32)
        self.assertEqual({(r["format"], r["stride"]) for r in records}, {("bgr24", 64)})
        self.assert_pictures(saved, {n: made[0] for n in range(1, 6)})

    # So what becomes of the file meanwhile is of no account.
    def test_a_single_file_is_decoded_once(self):
        _, made = self.write_noise("in", 1, 11, 7)
        channel = self.channel()
        producer = self.producer(channel, "--fps", 100, "--loop", self.path("in/1.png"))
        consumer = self.consumer(channel, "--every", "--json", "--save", self.path("out"))
        consumer.out.wait_count(1)
        os.unlink(self.path("in/1.png"))
        consumer.out.wait_count(consumer.out.text().count("\n") + 5)
        self.interrupt(producer)
        self.end(consumer)
        self.assertNotIn("warning: skipped", producer.err.text())
        self.assert_pictures(self.saved("out", channel), {n: made[0] for n in consumer.numbers()})

    # What does not fit is known before anything is sent.
    def test_padding_can_make_a_picture_too_large(self):
        self.write_noise("in", 1, 11, 7)
        ended = self.end(self.producer(self.channel(), "--capacity", "8K", "--row-align", 4096,
                                       self.path("in")), FAILED)
        self.assertRegex(ended.err.text(), r"skipped: .*1\.png: 11 x 7 .*--capacity 32768")
        ended = self.end(self.producer(self.channel(), "--capacity", "8K", "--row-align", 4096,
                                       "pattern:11x7"), FAILED)
        self.assertIn("--capacity 32768", ended.err.text())

    # Where it lies in shared memory is the library's business; that it goes with frames, ours.
    def test_notes(self):
        channel = self.channel()
        producer = self.producer(channel, "--fps", 50, "--slots", 2, "--capacity", "8K",
                                 "--meta", "camera=front \u00e4", "--meta",
                                 "x=", "pattern:8x8")
        self.end(self.consumer(channel, "--json", "--count", 2))
        with open(os.path.join(SHARED_MEMORY, channel), "rb") as memory:
            self.assertIn("camera=front \u00e4\nx=\n".encode(), memory.read())
        self.interrupt(producer)

    # ---- who may read ----

    def modes(self, channel):
        names = [n for n in os.listdir(SHARED_MEMORY) if channel in n]
        stats = {n: os.stat(os.path.join(SHARED_MEMORY, n)) for n in names}
        return {n.replace(channel, "C"): oct(s.st_mode & 0o777) for n, s in stats.items()}

    def test_the_group(self):
        for options, frames, consumers in (([], "0o600", "0o600"),
                                           (["--group"], "0o640", "0o660")):
            channel = self.channel()
            producer = self.producer(channel, "--fps", 50, *options, "pattern:8x8")
            consumer = self.consumer(channel, "--json", "--count", 1)
            self.end(consumer)
            self.assertEqual(self.modes(channel), {"C": frames, "C~consumers": consumers})
            self.interrupt(producer)


class Dialect(Case):
    """What a program sees that knows only the BaseImage layout."""

    def first_frame(self, source, *options):
        """Width, height, bits and bytes of the first frame for a receiver that was there before."""
        channel = self.channel()
        peer = self.start(PEER, "create", channel, stdin=subprocess.PIPE)
        peer.out.wait_for("^ready$")
        producer = self.producer(channel, "--dialect", "baseimage", "--fps", 50, "--no-wait",
                                 "--count", 1, *options, source)
        path = self.path(f"frame of {channel}")
        peer.popen.stdin.write(f"next {path}\nremove\n".encode())
        peer.popen.stdin.close()
        peer.popen.stdin = None
        self.end(producer)
        self.end(peer)
        self.said = producer.err.text()
        size = tuple(map(int, peer.out.list()[1].split()))
        with open(path, "rb") as file:
            return size, file.read()

    def test_a_windows_bitmap(self):
        """Blue first, rows from below, each padded to four bytes: a device-independent bitmap."""
        _, made = self.write_noise("in", 1, 11, 7)
        size, found = self.first_frame(self.path("in/1.png"), "--row-align", 4, "--bottom-up")
        self.assertEqual(size, (11, 7, 24))
        self.assertEqual(len(found), 36 * 7)
        flipped = upside_down(pictures.reversed_colours(made[0])).pixels
        rows = [found[at:at + 33] for at in range(0, len(found), 36)]
        self.assertEqual(b"".join(rows), flipped)
        self.assertNotIn("warning", self.said)

    def test_formats(self):
        _, made = self.write_noise("in", 1, 12, 8)
        for name, bits, strange in (("gray", 8, None), ("bgr24", 24, None), ("bgra", 32, None),
                                    ("rgb24", 24, "take rgb24 for bgr24"),
                                    ("rgba", 32, "take rgba for bgra"),
                                    ("yuyv422", 16, "do not know yuyv422"),
                                    ("gray16le", 16, "do not know gray16le")):
            size, found = self.first_frame(self.path("in/1.png"), "--format", name)
            self.assertEqual(size, (12, 8, bits))
            self.assertEqual(len(found), 12 * 8 * bits // 8)
            if strange is None:
                self.assertNotIn("warning", self.said)
            else:
                self.assertRegex(self.said, f"warning: .*{strange}")
            if name in ("rgb24", "bgr24"):
                expected = made[0] if name == "rgb24" else pictures.reversed_colours(made[0])
                self.assertEqual(found, expected.pixels)

    def test_a_pattern_is_a_bitmap_too(self):
        size, plain = self.first_frame("pattern:33x21")
        self.assertEqual(size, (33, 21, 24))
        _, found = self.first_frame("pattern:33x21", "--row-align", 4, "--bottom-up")
        rows = [found[at:at + 99] for at in range(0, len(found), 100)]
        self.assertEqual(b"".join(reversed(rows)), plain)


if __name__ == "__main__":
    unittest.main(verbosity=2)

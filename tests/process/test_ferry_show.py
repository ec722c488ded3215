"""ferry show and ferry grab: what they say of a channel is what was sent, and the picture is the one that was sent."""

import os
import re
import signal
import unittest

import pictures
from looking import FerryCase, SELDOM
from support import FAILED, FERRY, FINE, TIMED_OUT


class Showing(FerryCase):
    def test_all_of_a_channel(self):
        channel, producer, consumer = self.frozen("--slots", 5, "--meta", "camera=front \u00e9", "--matrix", "bt709",
                                                  "--range", "full", "pattern:70x50:nv12")
        found, = self.told("show", channel)
        for key, value in {"state": "live", "producer": "ferry-producer", "process_id": producer.pid, "own": True,
                           "user": str(os.geteuid()), "mode": "0600", "dialect": "native", "slots": 5,
                           "when_full": "drop", "layout_version": 2, "consumers": 1, "dead_consumers": 0}.items():
            self.assertEqual(found[key], value, key)
        newest, (entry,) = found["newest"], found["consumer"]
        self.assertEqual((newest["width"], newest["height"], newest["format"]), (70, 50, "nv12"))
        self.assertEqual((newest["matrix"], newest["range"], newest["frame_rate"]), ("bt709", "full", "1/2000"))
        self.assertEqual(newest["meta"], {"camera": "front \u00e9"})
        self.assertEqual(newest["frame"], found["frames"])
        self.assertEqual((entry["consumer"], entry["process_id"], entry["delivery"], entry["state"]),
                         ("ferry-consumer", consumer.pid, "every", "live"))
        self.assertEqual(entry["received"] + entry["skipped"] + entry["lag"], found["frames"])
        held = [slot["index"] for slot in found["slot"] if entry["index"] in slot["held_by"]]
        self.assertEqual(len(held), entry["held"])
        self.assertEqual(max(slot["frame"] or 0 for slot in found["slot"]), found["frames"])
        self.kill(consumer.pid)
        self.assertEqual(self.told("show", channel)[0]["consumer"][0]["state"], "dead")
        self.resume(producer)
        self.finish(producer)

    def test_the_fields_within(self):
        with open(os.path.join(os.environ["FERRY_SOURCE"], "docs", "json.md"), encoding="utf-8") as file:
            text = file.read().split("### details")[1].split("###")[0]
        channel, producer, consumer = self.frozen("pattern:64x48")
        found, = self.told("show", channel)
        for name in ("slot", "consumer"):
            row = next(line for line in text.splitlines() if line.startswith(f"| `{name}` |"))
            fields = re.findall(r"`(\w+)`", row.split("objects with ")[1].split(":")[0])
            self.assertEqual(list(found[name][0]), fields)
        self.thaw(producer, consumer)

    def test_as_text(self):
        channel, producer, consumer = self.frozen("--slots", 5, "--meta", "a=b", "pattern:70x50:nv12")
        said = self.said("show", channel)
        text = "\n".join(said)
        for form in (rf"^channel +{channel}$", r"^state +live$",
                     rf"^producer +ferry-producer, process {producer.pid}",
                     r"^newest +frame \d+, 70x50 nv12, stride 70", r"^note +a=b$", r"^age +[\d.]+(ms|s|m), published ",
                     r"^# +CONSUMER +PID +DELIVERY +STATE +HELD +RECEIVED +SKIPPED +LAG +FPS +EVENT$",
                     rf"^0 +ferry-consumer +{consumer.pid} +every(=\d+)? +live ", r"^SLOT +FRAME +FILLS +HELD BY$",
                     r"^ +4 +"):
            self.assertRegex(text, re.compile(form, re.MULTILINE))
        self.thaw(producer, consumer)


class Grabbing(FerryCase):
    def slow(self, *more):
        """One picture that stays the newest."""
        folder, made = self.write_noise("in", 1, 31, 17, 3)
        channel = self.channel()
        producer = self.producer(channel, "--no-wait", "--loop", *SELDOM, *more, folder)
        self.wait_frames(channel, 1)
        return channel, producer, made[0]

    def test_the_picture_that_was_sent(self):
        for more in ([], ["--dialect", "baseimage"]):
            channel, producer, picture = self.slow(*more)
            if more:
                picture = picture._replace(pixels=pictures.reversed_colours(picture).pixels)
            raw, png = self.path(f"{len(more)}.raw"), self.path(f"{len(more)}.png")
            self.ferry("grab", channel, raw)
            self.ferry("grab", channel, png)
            with open(raw, "rb") as file:
                self.assertTrue(file.read() == picture.pixels, "the bytes are not those that were sent")
            if more:
                picture = pictures.reversed_colours(picture)
            found = pictures.read_png(png)
            self.assertTrue(found.pixels == picture.pixels, f"{found} is not {picture}")
            self.finish(producer)

    def test_standard_output(self):
        channel, producer, picture = self.slow()
        for kind in ("png", "raw", "jpg"):
            path = self.path("out." + kind)
            with open(path, "wb") as file:
                options = ["--as", kind] if kind != "png" else []
                self.end(self.start(FERRY, "grab", channel, "-", *options, stdout=file))
        self.assertTrue(pictures.read_png(self.path("out.png")).pixels == picture.pixels)
        with open(self.path("out.raw"), "rb") as file:
            self.assertTrue(file.read() == picture.pixels)
        with open(self.path("out.jpg"), "rb") as file:
            self.assertEqual(file.read(3), b"\xff\xd8\xff")
        self.finish(producer)

    def test_files(self):
        channel, producer, _ = self.slow()
        here = {"cwd": self.folder}
        said = self.ferry("grab", channel, **here).err.text()
        self.assertRegex(said, rf"frame 1, 31x17 rgb24, .* old: saved as {channel}-000001\.png")
        error = self.ferry("grab", channel, code=FAILED, **here).err.text()
        self.assertIn("--overwrite replaces it", error)
        self.ferry("grab", channel, "--overwrite", **here)
        os.mkdir(self.path("folder"))
        found, = self.told("grab", channel, "folder", "--as", "raw", **here)
        self.assertEqual(found["file"], f"folder/{channel}-000001.raw")
        self.assertEqual((found["frame"], found["bytes"]), (1, 31 * 17 * 3))
        self.assertEqual(os.path.getsize(self.path(found["file"])), found["bytes"])
        self.ferry("grab", "-n", channel, "x.bmp", **here)
        with open(self.path("x.bmp"), "rb") as file:
            self.assertEqual(file.read(2), b"BM")
        self.assertEqual(sorted(os.listdir(self.folder)), sorted([f"{channel}-000001.png", "folder", "in", "x.bmp"]))
        self.assertIn("the first word is the channel", self.ferry("grab", "x.png", code=TIMED_OUT).err.text())
        self.finish(producer)

    def test_waiting(self):
        channel = self.channel()
        path = self.path("out.png")
        said = self.ferry("grab", channel, path, "--wait", 0.05, code=TIMED_OUT).err.text()
        self.assertIn("there is no channel", said)
        waiting = self.start(FERRY, "grab", channel, path, "--wait", "600")
        producer = self.producer(channel, "--wait-consumer", 600, "--loop", "--fps", 50, "pattern:64x48")
        producer.err.wait_for("waiting for a consumer")
        self.assertIn("has no frame: --wait SECONDS", self.ferry("grab", channel, path, code=TIMED_OUT).err.text())
        self.assertTrue(waiting.is_running())  # although the channel is there: it has no frame yet
        consumer = self.attached(channel)
        self.end(waiting)
        self.assertEqual(pictures.read_png(path)[:2], (64, 48))
        self.interrupt(consumer)
        self.finish(producer)
        waiting = self.start(FERRY, "grab", channel, self.path("x.png"), "--wait", "600")
        self.interrupt(waiting, signal.SIGINT, FAILED)

    def test_a_dead_channel_and_bare_ones(self):
        channel = self.dead_channel("pattern:64x48:gray")
        self.ferry("grab", channel, self.path("dead.png"))
        self.assertEqual(pictures.read_png(self.path("dead.png"))[:3], (64, 48, 1))
        self.clear_away(channel)
        channel = self.channel()
        peer = self.plain_peer(channel)
        said = self.ferry("grab", channel, self.path("x.png"), code=FAILED).err.text()
        self.assertIn(f"ferry-consumer --name {channel} --count 1 --save FILE", said)
        peer.popen.stdin.close()
        peer.wait()
        self.remove(channel)

    # One frame, whole, out of a stream of frames each of which has one colour.
    def test_whole_frames_of_a_quick_producer(self):
        for number in range(8):
            self.write(f"colours/{number}.pgm", b"P5\n640 480\n255\n" + bytes([20 * number]) * 640 * 480)
        channel = self.channel()
        producer = self.producer(channel, "--no-wait", "--loop", "--fps", 0, "--slots", 2, self.path("colours"))
        self.wait_frames(channel, 10)
        grabbed = 0
        for number in range(12):
            program = self.start(FERRY, "grab", channel, self.path(f"{number}.raw"))
            if program.wait() == FINE:
                grabbed += 1
                with open(self.path(f"{number}.raw"), "rb") as file:
                    pixels = file.read()
                self.assertEqual((len(pixels), len(set(pixels))), (640 * 480, 1))
            else:
                self.assertIn("--count 1 --save FILE", program.err.text())
        self.finish(producer)


if __name__ == "__main__":
    unittest.main()

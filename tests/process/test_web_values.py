"""The answers of ferry-web about pixels: values, histograms, windows, and pictures of another size."""

import json
import shutil
import struct
import unittest

from support import wait_until
from test_json import documented
from test_web import decode
from web_support import STILL, WebCase

WIDTH, HEIGHT = 90, 40


class Values(WebCase):
    def still(self, form, data, *arguments):
        """A channel that shows one frame of raw bytes, and a server."""
        path = self.write("frame.raw", data)
        channel = self.channel()
        layout = f"{WIDTH}x{HEIGHT}:{form}"
        producer = self.sending(channel, "--raw", layout, "--fps", STILL, "--loop", *arguments, path)
        return channel, producer, self.web()

    def pixels(self, web, channel, *part):
        query = "&".join(f"{name}={value}" for name, value in zip("xywh", part))
        answer = self.expect(web, f"/{channel}/pixels?{query}", 200)
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        return json.loads(answer.body)

    def end_all(self, producer, web):
        self.finish(producer)
        self.stop(web)

    def test_bgr(self):
        data = bytes((x * 3 + y * 7 + c * 50) % 256 for y in range(HEIGHT) for x in range(WIDTH) for c in range(3))
        channel, producer, web = self.still("bgr24", data)
        found = self.pixels(web, channel, 3, 5, 4, 2)
        self.assertEqual({name: found[name] for name in ("x", "y", "w", "h", "format", "components", "bits")},
                         {"x": 3, "y": 5, "w": 4, "h": 2, "format": "bgr24", "components": ["R", "G", "B"], "bits": 8})
        wanted = [[data[(y * WIDTH + x) * 3 + c] for c in (2, 1, 0)] for y in (5, 6) for x in (3, 4, 5, 6)]
        self.assertEqual(found["values"], wanted)
        raw = self.expect(web, f"/{channel}/frame.raw", 200)
        self.assertEqual((found["frame"], found["generation"]), raw.frame())
        self.assertEqual(self.pixels(web, channel, WIDTH - 1, HEIGHT - 1)["values"], [[data[-1], data[-2], data[-3]]])
        self.assertEqual(len(self.pixels(web, channel, 0, 0, 64, HEIGHT)["values"]), 64 * HEIGHT)
        for query in (f"x={WIDTH}&y=0", f"x=0&y={HEIGHT}", f"x={WIDTH - 1}&y=0&w=2", f"x=0&y={HEIGHT - 1}&h=2", "w=65", "h=65",
                      "w=0", "x=-1", "x=2147483647&w=64", "x=2147483648", "bins=5"):
            self.expect(web, f"/{channel}/pixels?{query}", 400)
        self.end_all(producer, web)

    def test_gray_of_16_bits_and_its_window(self):
        values = [1000 + 10 * x for y in range(HEIGHT) for x in range(WIDTH)]
        channel, producer, web = self.still("gray16le", struct.pack(f"<{len(values)}H", *values))
        self.assertEqual(self.pixels(web, channel, 7, 3, 2, 1)["values"], [[1070], [1080]])
        found = json.loads(self.expect(web, f"/{channel}/histogram?bins=64", 200).body)
        self.assertEqual((found["components"], found["min"], found["max"]), (["gray"], 1000, 1890))
        self.assertEqual((found["most"], found["from"], found["to"]), (65535, [0], [65536]))
        self.assertEqual(len(found["bins"][0]), 64)
        self.assertEqual(sum(found["bins"][0]), WIDTH * HEIGHT)
        self.assertEqual(found["bins"][0][0], sum(v < 1024 for v in values))
        usual = self.expect(web, f"/{channel}/frame.jpg?q=100", 200)
        low, high = map(float, usual.headers["Ferry-Window"].split())
        self.assertEqual((low, high), (found["low"], found["high"]))
        given = self.expect(web, f"/{channel}/frame.jpg?q=100&lo=1200&hi=1600.5", 200)
        self.assertEqual(given.headers["Ferry-Window"], "1200 1600.5")
        if shutil.which("ffmpeg"):
            for answer, black, white in ((usual, low, high), (given, 1200, 1600.5)):
                shown = decode(answer.body, WIDTH, HEIGHT)
                for x in (0, 20, 40, 60, 89):
                    wanted = min(max((values[x] - black) / (white - black) * 255, 0), 255)
                    self.assertAlmostEqual(shown[(20 * WIDTH + x) * 3], wanted, delta=4)
        self.end_all(producer, web)

    def test_floats(self):
        values = [x / 10 - 2 for y in range(HEIGHT) for x in range(WIDTH)]
        values[:3] = [float("nan"), float("inf"), 0.1]
        channel, producer, web = self.still("grayf32le", struct.pack(f"<{len(values)}f", *values))
        found = self.pixels(web, channel, 0, 0, 4, 1)
        self.assertEqual(found["bits"], 32)
        self.assertEqual(found["values"], [[None], [None], [0.100000001], [-1.70000005]])
        histogram = json.loads(self.expect(web, f"/{channel}/histogram", 200).body)
        self.assertEqual(sum(histogram["bins"][0]), WIDTH * HEIGHT - 2)
        self.assertAlmostEqual(histogram["max"], 6.9, 5)
        self.assertEqual(self.expect(web, f"/{channel}/frame.jpg?lo=-1.5&hi=2.5", 200).headers["Ferry-Window"], "-1.5 2.5")
        self.end_all(producer, web)

    def test_yuv_and_bayer(self):
        luma = bytes((x + y) % 256 for y in range(HEIGHT) for x in range(WIDTH))
        chroma = bytes(100 + i % 2 * 50 for i in range(WIDTH * HEIGHT // 2))
        channel, producer, web = self.still("nv12", luma + chroma)
        found = self.pixels(web, channel, 4, 6, 2, 1)
        self.assertEqual((found["components"], found["values"]), (["Y", "U", "V"], [[10, 100, 150], [11, 100, 150]]))
        self.assertIsNone(self.expect(web, f"/{channel}/frame.jpg", 200).headers["Ferry-Window"])
        self.end_all(producer, web)
        channel, producer, web = self.still("bayer_grbg8", luma)
        found = self.pixels(web, channel, 0, 0, 2, 2)
        self.assertEqual((len(found["components"]), found["colors"], found["values"]), (1, "GRBG", [[0], [1], [1], [2]]))
        self.assertEqual(json.loads(self.expect(web, f"/{channel}/histogram", 200).body)["components"], ["R", "G", "B"])
        self.end_all(producer, web)

    @unittest.skipUnless(shutil.which("ffmpeg"), "ffmpeg is not installed")
    def test_another_size(self):
        channel, producer, web = self.still("gray", bytes(2 * x for y in range(HEIGHT) for x in range(WIDTH)))
        small = self.expect(web, f"/{channel}/frame.jpg?w=45&q=100", 200)
        self.assertEqual(small.headers["Ferry-Size"], f"{WIDTH}x{HEIGHT}")
        shown = decode(small.body, 45, 20)
        self.assertAlmostEqual(shown[(10 * 45 + 22) * 3], 4 * 22 + 1, delta=4)
        decode(self.expect(web, f"/{channel}/frame.jpg?w=400", 200).body, WIDTH, HEIGHT)
        decode(self.expect(web, f"/{channel}/frame.jpg?w=1", 200).body, 1, 1)
        self.end_all(producer, web)

    def test_json_is_as_documented(self):
        channel = self.channel()
        producer = self.sending(channel, "--fps", 30, "pattern:64x48")
        web = self.web()
        fields = ["served", *documented()["ferry", "channel"][3:]]
        found = json.loads(self.expect(web, "/channels.json", 200).body)
        for entry in found["channels"]:
            self.assertEqual(list(entry), fields)
        self.assertIn(channel, [entry["channel"] for entry in found["channels"]])
        # Rates are those between two that ask.
        rated = wait_until(lambda: next((entry["fps"] for entry in json.loads(self.get(web, "/channels.json").body)["channels"]
                                         if entry["channel"] == channel), None), "no rate is known")
        self.assertGreater(rated, 0)
        self.end_all(producer, web)


if __name__ == "__main__":
    unittest.main()

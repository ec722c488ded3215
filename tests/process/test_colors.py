"""What the numbers of YUV frames mean: --matrix and --range of both programs, and what streams say.

The wanted values are those of FFmpeg 5.1 (swscale with accurate rounding), whose numbers agree with
the definitions in ITU-R BT.601, BT.709 and BT.2020 within one level."""

import unittest

import pictures
from streams import StreamCase, y4m

NEAR = 2
RED = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722), "bt2020": (0.2627, 0.0593)}
SAMPLES = [(81, 90, 240), (180, 100, 160), (60, 170, 90), (145, 54, 34)]


def rgb_of(yuv, matrix, limited):
    kr, kb = RED[matrix]
    y = (yuv[0] - 16) / 219 if limited else yuv[0] / 255
    u, v = ((value - 128) / (224 if limited else 255) for value in yuv[1:])
    red, blue = y + (2 - 2 * kr) * v, y + (2 - 2 * kb) * u
    green = (y - kr * red - kb * blue) / (1 - kr - kb)
    return tuple(min(255, max(0, round(255 * value))) for value in (red, green, blue))


def flat(yuv, width, height, name="yuv420p"):
    """A picture of one color."""
    y, u, v = (bytes([value]) for value in yuv)
    count = width * height
    return {"yuv420p": y * count + u * (count // 4) + v * (count // 4),
            "422": y * count + u * (count // 2) + v * (count // 2),
            "nv12": y * count + (u + v) * (count // 4),
            "yuyv422": (y + u + y + v) * (count // 2)}[name]


class Colors(StreamCase):
    def assert_color(self, found, wanted, what):
        for a, b in zip(found, wanted):
            self.assertLessEqual(abs(a - b), NEAR, (what, found, wanted))

    def received(self, data, *sent, received=()):
        """The color that a consumer saves of a picture of one color."""
        channel = self.channel()
        folder = f"out of {channel}"
        consumer = self.consumer(channel, "--every", "--save", self.path(folder), *received)
        producer = self.pipe(channel, *sent)
        self.feed(producer, data)
        self.end(producer)
        self.end(consumer)
        return self.saved(folder, channel)[1].pixel(0, 0)

    # FFmpeg takes 601 whatever the number of rows.
    def test_nobody_says_anything(self):
        for height in (48, 720, 1080, 2160):
            for comment in ("", " XCOLORRANGE=LIMITED"):
                data = y4m(16, height, [flat(SAMPLES[0], 16, height)], "F25:1 C420jpeg" + comment)
                found = self.received(data)
                self.assert_color(found, (254, 0, 0), height)
            raw = flat(SAMPLES[0], 16, height, "nv12")
            self.assert_color(self.received(raw, "--raw", f"16x{height}:nv12"), (254, 0, 0), height)

    def test_a_stream_says_it(self):
        for yuv in SAMPLES[1:]:
            for kind, name in (("420jpeg", "yuv420p"), ("422", "422")):
                for comment, matrix, limited in (
                        ("XCOLORRANGE=FULL", "bt601", False), ("XCOLORRANGE=LIMITED", "bt601", True),
                        ("XCOLORSPACE=BT709", "bt709", True),
                        ("XCOLORRANGE=FULL XCOLORSPACE=BT2020NC", "bt2020", False)):
                    data = y4m(16, 720, [flat(yuv, 16, 720, name)], f"C{kind} {comment}")
                    self.assert_color(self.received(data), rgb_of(yuv, matrix, limited), comment)

    def test_the_producer_says_it(self):
        for name in ("yuv420p", "nv12", "yuyv422"):
            for matrix in RED:
                for limited in (True, False):
                    yuv = SAMPLES[1]
                    said = ["--raw", f"16x8:{name}", "--matrix", matrix,
                            "--range", "limited" if limited else "full"]
                    data = flat(yuv, 16, 8, name)
                    wanted = rgb_of(yuv, matrix, limited)
                    self.assert_color(self.received(data, *said), wanted, said)
                    for other in ("bgr24", "nv12") if name == "yuyv422" else ():
                        found = self.received(data, *said, "--format", other)
                        self.assert_color(found, wanted, (said, other))

    # The user knows better than the stream, and the receiving user better than the sending one.
    def test_the_option_beats_the_stream(self):
        yuv = SAMPLES[2]
        data = y4m(16, 8, [flat(yuv, 16, 8)], "C420jpeg XCOLORRANGE=FULL XCOLORSPACE=BT709")
        for sent, received, matrix, limited in (
                (["--range", "limited"], [], "bt709", True),
                (["--matrix", "bt601"], [], "bt601", False),
                (["--matrix", "auto", "--range", "auto"], [], "bt709", False),
                ([], ["--range", "limited"], "bt709", True),
                ([], ["--matrix", "bt2020"], "bt2020", False),
                ([], ["--matrix", "auto", "--range", "auto"], "bt709", False),
                (["--matrix", "bt601"], ["--matrix", "bt2020"], "bt2020", False)):
            found = self.received(data, *sent, received=received)
            self.assert_color(found, rgb_of(yuv, matrix, limited), (sent, received))

    # What is made of other pictures is made so, and says it.
    def test_pictures_become_yuv(self):
        color = (200, 60, 30)
        path = self.write("a.png", pictures.png(pictures.Picture(8, 8, 3, bytes(color) * 64)))
        for matrix in RED:
            for range_said, limited in (("full", False), ("limited", True)):
                channel = self.channel()
                producer = self.paused_producer(channel, "--format", "yuv420p", "--matrix", matrix,
                                                "--range", range_said, path)
                consumer = self.attached(channel, "--save", self.path(channel), "--matrix", "bt601",
                                         "--range", "limited")
                plain = self.attached(channel, "--save", self.path("plain-" + channel))
                self.resume(producer)
                self.end(producer)
                self.end(consumer)
                self.end(plain)
                found = self.saved("plain-" + channel, channel)[1].pixel(0, 0)
                self.assert_color(found, color, (matrix, range_said))
                shown = self.saved(channel, channel)[1].pixel(0, 0)
                kr, kb = RED[matrix]
                luma = (kr * color[0] + (1 - kr - kb) * color[1] + kb * color[2]) / 255
                scale, offset = (219, 16) if limited else (255, 0)
                chroma = 224 if limited else 255
                yuv = (luma * scale + offset,
                       128 + chroma * (color[2] / 255 - luma) / (2 - 2 * kb),
                       128 + chroma * (color[0] / 255 - luma) / (2 - 2 * kr))
                self.assert_color(shown, rgb_of(yuv, "bt601", True), (matrix, range_said))

    def test_a_pattern(self):
        channel = self.channel()
        for height in (32, 720):
            found = []
            for arguments in ([], ["--matrix", "bt709", "--range", "full"]):
                consumer = self.consumer(channel, "--save", self.path("out"), "--overwrite")
                self.end(self.producer(channel, "--count", 1, "--fps", 0, "--wait-consumer", 600,
                                       *arguments, f"pattern:64x{height}:yuv420p"))
                self.end(consumer)
                found.append(self.saved("out", channel)[1].pixel(44, height * 3 // 4 - 2))
            for color in found:  # the sixth bar
                self.assert_color(color, (191, 0, 0), height)


if __name__ == "__main__":
    unittest.main()

"""Pixel formats against FFmpeg: what it writes in a format is saved here as it reads that itself."""

import shutil
import subprocess
import unittest

from streams import StreamCase

SIDE = 16
COLORS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (200, 100, 50),
          (10, 120, 240), (90, 90, 90), (250, 240, 10), (30, 200, 160), (128, 0, 128), (60, 70, 20)]
COLUMNS, ROWS = 4, 3
WIDTH, HEIGHT = COLUMNS * SIDE, ROWS * SIDE

# Those that FFmpeg writes and reads, under its names. It does not write nv16, and puts luma of limited range into
# grayf32le.
BOTH = ("gray", "gray16le", "bgr24", "rgb24", "bgra", "rgba", "yuyv422", "nv12", "yuv420p",
        "rgb565le", "rgb48le", "bgr0", "rgb0", "0rgb", "argb", "uyvy422", "nv21", "yuv422p",
        "yuv444p", "p010le", "gray10le", "gray12le")
ORDERS = ("bggr", "gbrg", "grbg", "rggb")


def blocks():
    """A picture of squares of one color, as rgb24: what formats do at edges is their own affair."""
    rows = [[COLORS[y // SIDE * COLUMNS + x // SIDE] for x in range(WIDTH)] for y in range(HEIGHT)]
    return rows, bytes(value for row in rows for color in row for value in color)


def mosaic(order, bits):
    rows, _ = blocks()
    most = (1 << bits) - 1
    levels = ((rows[y][x]["rgb".index(order[y % 2 * 2 + x % 2])] * most + 127) // 255
              for y in range(HEIGHT) for x in range(WIDTH))
    return bytes(levels) if bits == 8 else b"".join(level.to_bytes(2, "little") for level in levels)


def ffmpeg(data, source, target):
    arguments = ["ffmpeg", "-v", "error", "-nostdin", "-f", "rawvideo", "-s", f"{WIDTH}x{HEIGHT}",
                 "-pix_fmt", source, "-i", "-", "-sws_flags", "accurate_rnd+full_chroma_int",
                 "-pix_fmt", target, "-f", "rawvideo", "-"]
    return subprocess.run(arguments, input=data, capture_output=True, check=True).stdout


def centers(pixels, channels=3):
    found = []
    for row in range(ROWS):
        for column in range(COLUMNS):
            at = ((row * SIDE + SIDE // 2) * WIDTH + column * SIDE + SIDE // 2) * channels
            found.append(tuple(pixels[at:at + channels]) * (3 // min(channels, 3)))
    return [color[:3] for color in found]


@unittest.skipUnless(shutil.which("ffmpeg"), "ffmpeg is not installed")
class Formats(StreamCase):
    def saved_of(self, data, name, *more):
        found = self.transfer(data, "--raw", f"{WIDTH}x{HEIGHT}:{name}", *more)[2][1]
        self.assertEqual((found.width, found.height), (WIDTH, HEIGHT))
        return found

    def colors_of(self, picture):
        """The upper bytes of red, green and blue in the middle of each square."""
        found = []
        for row in range(ROWS):
            for column in range(COLUMNS):
                pixel = picture.pixel(column * SIDE + SIDE // 2, row * SIDE + SIDE // 2)
                upper = pixel[::2] if len(pixel) in (2, 6) else pixel
                found.append(tuple(upper[:3]) if len(upper) >= 3 else tuple(upper) * 3)
        return found

    def assert_near(self, found, wanted, what, most=2):
        for one, other in zip(found, wanted, strict=True):
            for a, b in zip(one, other):
                self.assertLessEqual(abs(a - b), most, (what, one, other))

    def test_what_ffmpeg_writes_is_seen_as_ffmpeg_sees_it(self):
        _, rgb = blocks()
        for name in BOTH:
            data = ffmpeg(rgb, "rgb24", name)
            wanted = centers(ffmpeg(data, name, "rgb24"))
            # No picture of colors with 16 bits is read by these tests.
            more = ("--format", "rgb24") if name == "rgb48le" else ()
            self.assert_near(self.colors_of(self.saved_of(data, name, *more)), wanted, name)

    def test_what_is_converted_here_is_seen_by_ffmpeg(self):
        _, rgb = blocks()
        for name in BOTH:
            channel = self.channel()
            consumer = self.consumer(channel, "--every", "--save", self.path(f"{channel}/{{frame}}.raw"))
            producer = self.pipe(channel, "--raw", f"{WIDTH}x{HEIGHT}:rgb24", "--format", name)
            self.feed(producer, rgb)
            self.end(producer)
            self.end(consumer)
            with open(self.path(channel, "000001.raw"), "rb") as file:
                made = file.read()
            # FFmpeg's own way to the format and back is as far from the colors.
            wanted = centers(ffmpeg(ffmpeg(rgb, "rgb24", name), name, "rgb24"))
            most = 16 if name == "rgb565le" else 3  # FFmpeg dithers what has so few levels
            self.assert_near(centers(ffmpeg(made, name, "rgb24")), wanted, name, most)

    def test_sensors(self):
        for order in ORDERS:
            for bits, ending in ((8, "8"), (10, "10le"), (12, "12le"), (16, "16le")):
                name = f"bayer_{order}{ending}"
                found = self.colors_of(self.saved_of(mosaic(order, bits), name))
                self.assert_near(found, COLORS, name, 1)
                if bits in (8, 16):
                    wanted = centers(ffmpeg(mosaic(order, bits), name, "rgb24"))
                    self.assert_near(found, wanted, name)

    def test_other_names(self):
        _, rgb = blocks()
        for name, other in (("bgr0", "bgrx"), ("rgb0", "rgbx"), ("0rgb", "xrgb")):
            data = ffmpeg(rgb, "rgb24", name)
            self.assertEqual(self.colors_of(self.saved_of(data, other)), COLORS)

    def test_compressed_formats_are_not_made_of_pixels(self):
        for arguments in (("--raw", "16x16:mjpeg", "-"), ("--format", "h264", "x.png"),
                          ("pattern:16x16:jpeg",)):
            program = self.producer(None, *arguments)
            self.assertIn("unknown pixel format", self.end(program, 2).err.text())


if __name__ == "__main__":
    unittest.main(verbosity=2)

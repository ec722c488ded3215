"""Raw frames whose rows have padding: --raw WxH:FORMAT,stride=N and ,gstreamer."""

import unittest

import pictures
from streams import StreamCase, noise, numbered
from support import FAILED, USAGE


class Padding(StreamCase):
    def padded(self, made, stride):
        row = made[0].width * made[0].channels
        junk = bytes([170]) * (stride - row)
        return b"".join(picture.pixels[y * row:(y + 1) * row] + junk for picture in made
                        for y in range(picture.height))

    def test_rows_of_one_plane(self):
        for name, channels in (("gray", 1), ("rgb24", 3), ("bgr24", 3), ("rgba", 4), ("bgra", 4)):
            for width, height, stride in ((3, 5, 12), (3, 5, 12 + channels), (639, 48, 2560), (1, 1, 64)):
                made = [pictures.noise(width, height, channels, f"{name} {i}") for i in range(3)]
                stored = [pictures.reversed_colours(p) for p in made] if name[0] == "b" else made
                data = self.padded(stored, stride)
                _, records, found = self.transfer(data, "--raw",
                                                  f"{width}x{height}:{name},stride={stride}")
                self.assert_pictures(found, numbered(made))
                self.assertEqual({r["stride"] for r in records}, {width * channels})
                if stride == 12 and channels == 3:
                    _, _, found = self.transfer(data, "--raw", f"{width}x{height}:{name},gstreamer")
                    self.assert_pictures(found, numbered(made))

    # Of frames in several planes, and of those that no picture shows exactly: as without padding.
    def test_planes(self):
        for name in ("yuv420p", "nv12", "yuyv422", "gray16le", "rgb565le"):
            for width, height in ((5, 3), (10, 6), (16, 8), (7, 5)):
                half = ((width + 1) // 2, (height + 1) // 2)
                planes = {"yuv420p": [(width, height), half, half],
                          "nv12": [(width, height), (2 * half[0], half[1])],
                          "yuyv422": [(4 * half[0], height)]}.get(name, [(2 * width, height)])
                rows = [[noise(row, f"{name} {i} {y}") for y in range(count)]
                        for i, (row, count) in enumerate(planes)]
                tight = b"".join(b"".join(plane) for plane in rows)
                stride = -(-planes[0][0] // 4) * 4 + 16
                chroma = {"yuv420p": stride // 2, "nv12": stride}.get(name)
                strides = [stride, chroma, chroma]
                loose = b"".join(row.ljust(strides[i], b"\x55")
                                 for i, plane in enumerate(rows) for row in plane)
                gst = b"".join(row.ljust(-(-len(row) // 4) * 4, b"\x55")
                               for i, plane in enumerate(rows)
                               for row in plane + ([b"\x55" * len(plane[0])] if len(plane) % 2 and
                                                   len(planes) > 1 and i == 0 else []))
                expected = self.transfer(tight, "--raw", f"{width}x{height}:{name}")[2]
                for data, more in ((loose, f"stride={stride}"), (gst, "gstreamer")):
                    _, _, found = self.transfer(data * 2, "--raw", f"{width}x{height}:{name},{more}")
                    self.assert_pictures(found, {1: expected[1], 2: expected[1]})

    def test_a_stream_whose_rows_are_padded(self):
        made = [pictures.noise(3, 5, 3, f"padded {i}") for i in range(2)]
        data = self.padded(made, 12)
        producer = self.transfer(data, "--raw", "3x5:rgb24", code=FAILED)[0]
        self.assertIn("are the rows padded? stride=12", producer.err.text())
        producer = self.transfer(self.padded(made * 2, 9), "--raw", "3x5:rgb24,stride=16",
                                 code=FAILED)[0]
        self.assertIn("without padding", producer.err.text())

    def test_strides_that_cannot_be(self):
        for stride, part in ((0, "stride="), (8, "a row has 9 bytes"), ("", "stride="), (-12, "stride="),
                             ("12x", "stride="), ("1e3", "stride="), (4294967308, "stride="),
                             (2000000000, "2 GiB")):
            producer = self.producer(None, "--raw", f"3x5:rgb24,stride={stride}", "-")
            lines = self.end(producer, USAGE).err.list()
            self.assertEqual(len(lines), 2, lines)
            self.assertIn(part, lines[0])


if __name__ == "__main__":
    unittest.main()

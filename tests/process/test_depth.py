"""Pictures with 16 bits: from a file through a channel to a file, bit for bit."""

import unittest

import pictures
from support import Case


class Depth(Case):
    def test_gray_with_sixteen_bits(self):
        made = [pictures.noise(width, height, 1, f"{width} x {height}", depth=16)
                for width, height in ((1, 1), (17, 13), (64, 3), (640, 480))]
        paths = [self.write(f"in/{i}.png", pictures.png(p)) for i, p in enumerate(made)]
        channel = self.channel()
        consumer = self.consumer(channel, "--every", "--save", self.path("out"))
        self.end(self.producer(channel, "--fps", 0, *paths))
        self.end(consumer)
        self.assert_pictures(self.saved("out", channel), dict(enumerate(made, 1)))


if __name__ == "__main__":
    unittest.main()

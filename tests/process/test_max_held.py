"""How many frames a consumer may hold: the option of the producer arrives in the channel."""

import os
import struct
import unittest

from support import SHARED_MEMORY, Case

# docs/layout.md: the object's last 64 bytes say where the block is.
TRAILER_BYTES = 64
MAX_HELD_AT = 52


class Holding(Case):
    def held(self, *options):
        """What consumers of a channel that is made with these options find in its block."""
        channel = self.channel()
        producer = self.producer(channel, "--no-wait", *options, "pattern:8x8")
        self.end(self.consumer(channel, "--wait", 60, "--count", 3))  # the channel is there now
        with open(os.path.join(SHARED_MEMORY, channel), "rb") as frames:
            frames.seek(-TRAILER_BYTES, os.SEEK_END)
            block, = struct.unpack("<Q", frames.read(8))
            frames.seek(block + MAX_HELD_AT)
            held, = struct.unpack("<I", frames.read(4))
        self.interrupt(producer)
        return held

    def test_the_channel_has_what_was_chosen(self):
        for options, wanted in (((), 6), (("--slots", 2), 1), (("--slots", 20), 8), (("--max-held", 1), 1),
                                (("--max-held", 6), 6), (("--max-held", 18, "--slots", 20), 18)):
            with self.subTest(options=options):
                self.assertEqual(self.held(*options), wanted)


if __name__ == "__main__":
    unittest.main()

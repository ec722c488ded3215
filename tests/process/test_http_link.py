"""Frames over a link between two machines that is slower than their sender: newer ones each time, without a queue that
grows. The machines are namespaces of the network, which need root: 77 says that there are none. bench/http.py has the
figures: of rates and ages little is asserted here, since the machine may be busy."""

import os
import re
import sys
import unittest
from statistics import median

from support import PRODUCER, SANITIZERS
from web_support import WEB, WebCase

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from link import FAR, NEAR, Link, Unavailable

SKIPPED = 77
WIDTH, HEIGHT = 1920, 1080
FRAME_BYTES = WIDTH * HEIGHT * 3 // 2
MEGABITS = 100  # so slow that a busy machine has time for it
FRAMES = 30


def peak_bytes(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return int(re.search(r"VmHWM:\s+(\d+) kB", file.read())[1]) * 1024


class Links(WebCase):
    def over(self, link, *arguments):
        """Frames that have come over a link, the memory of both programs that carried them, and the one here."""
        there, here = self.channel(), self.channel()
        sender = self.producer(there, "--fps", 60, f"pattern:{WIDTH}x{HEIGHT}:yuv420p")
        server = self.start(*link.inside(FAR), WEB, "--listen", f"{link.addresses[FAR]}:0", there)
        port = server.err.wait_for(r"^ferry-web: http://\S+:(\d+)/")[0]
        receiver = self.consumer(here, "--json", "--latest", "--count", FRAMES)
        mirror = self.start(*link.inside(NEAR), PRODUCER, "--name", here, *map(str, arguments),
                            f"http://{link.addresses[FAR]}:{port}/{there}")
        self.end(receiver)
        peaks = [peak_bytes(program.pid) for program in (server, mirror)]
        for program in (mirror, server, sender):
            self.interrupt(program)
        return receiver.records(), peaks, mirror

    def link(self, **more):
        made = Link(**more)
        self.addCleanup(made.close)
        return made

    def check_order(self, records):
        numbers = [record["sequence"] for record in records]
        self.assertEqual(numbers, sorted(set(numbers)))

    def test_more_than_the_link_carries(self):
        for requests in (1, 2):
            records, peaks, mirror = self.over(self.link(megabits=MEGABITS), "--requests", requests)
            self.check_order(records)
            records = records[5:]  # the link has filled
            seconds = (records[-1]["receive_ns"] - records[0]["receive_ns"]) / 1e9
            rate = (len(records) - 1) * FRAME_BYTES * 8 / seconds / 1e6
            ages = [(record["receive_ns"] - record["capture_ns"]) / 1e6 for record in records]
            told = (f"{requests} requests: {rate:.0f} Mbit/s of {MEGABITS}, age {median(ages):.0f} ms, at most "
                    f"{max(ages):.0f} ms, memory {[peak >> 20 for peak in peaks]} MiB")
            print(told)
            self.assertLess(rate, MEGABITS * 1.1, told)
            self.assertGreater(rate, MEGABITS * 0.1, told)  # a bound on being stuck
            # Frames are left out, and they are counted.
            self.assertGreater(records[-1]["sequence"] - records[0]["sequence"], len(records), told)
            self.assertRegex(mirror.err.text(), r"0 dropped, [1-9]\d* skipped on the way")
            if not SANITIZERS:
                # A queue that grows would be in one of the two programs: what the system keeps is bounded.
                self.assertLess(max(peaks), 40 * FRAME_BYTES, told)


if __name__ == "__main__":
    try:
        Link(megabits=MEGABITS).close()
    except Unavailable as reason:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)

"""Shared by the tests of the page: real producers, a real server, and a real browser. At the end of each case the page
must have complained of nothing, have had one request for a frame at a time, and have closed its pictures."""

import json
import math
import os
import re
import sys
import unittest
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "process"))

import support
from browser import CHROMIUM, Browser

SKIPPED = 77
SERVER = os.path.join(support.BIN, "ferry-web")
GONE = "net::ERR_|404|204"  # what the browser itself writes where an answer does not come

# Before the page's own scripts: how many pictures are open, and how many frames are asked for at the same time.
COUNTING = """
    window.openBitmaps = 0;
    const create = window.createImageBitmap;
    window.createImageBitmap = async (...all) => {
        const made = await create(...all);
        window.openBitmaps++;
        return made;
    };
    const close = ImageBitmap.prototype.close;
    ImageBitmap.prototype.close = function () { window.openBitmaps -= this.width > 0 ? 1 : 0; close.call(this); };
    let asked = 0;
    window.mostAsked = 0;
    const ask = window.fetch;
    window.fetch = async (url, options) => {
        if (!url.includes("/frame.jpg")) return ask(url, options);
        let isOver = false;
        const end = () => { asked -= isOver ? 0 : 1; isOver = true; };
        window.mostAsked = Math.max(window.mostAsked, ++asked);
        options.signal.addEventListener("abort", end);
        try {
            const response = await ask(url, options);
            if (response.status !== 200) end();
            const blob = response.blob.bind(response);
            response.blob = async () => { try { return await blob(); } finally { end(); } };
            return response;
        } catch (error) {
            end();
            throw error;
        }
    };
"""


class PageCase(support.Case):
    browser = None  # one for all cases of a file; each has a page of its own

    @classmethod
    def setUpClass(cls):
        cls.browser = Browser()
        support.apart.add(cls.browser.pid)
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        super().setUp()
        self.addCleanup(self._end_programs)
        self.expected = []  # patterns of complaints that belong to the case
        self.page = self.new_page()
        self.address = None

    def new_page(self, **options):
        page = self.browser.page(**options)
        page.call("Page.addScriptToEvaluateOnNewDocument", source=COUNTING)
        self.addCleanup(self._look_back, page)
        return page

    def _look_back(self, page):
        try:
            open_bitmaps, most_asked = page.run("[window.openBitmaps ?? 0, window.mostAsked ?? 0]")
        finally:
            page.close()
        # One is on the canvas, one may just have been made.
        self.assertLessEqual(open_bitmaps, 2)
        self.assertLessEqual(most_asked, 1)
        complaints = [each for each in page.complaints
                      if not any(re.search(pattern, each) for pattern in self.expected)]
        self.assertEqual(complaints[:3], [])

    # ---- programs ----

    def _end_programs(self):
        """When the page is closed: it would complain."""
        for program in reversed(self.programs):
            if program.is_running():
                self.interrupt(program)

    def serve(self, *options, port=0):
        """A server; its address is the one that it says."""
        server = self.start(SERVER, "--listen", f"127.0.0.1:{port}", *options)
        self.address = server.err.wait_for(r"(http://[^/ ]+)/")[0]
        return server

    def send(self, channel, picture, *options, name="picture.png"):
        """A producer that sends one picture, a file or its bytes, again and again."""
        path = picture if isinstance(picture, str) else self.write(name, picture)
        pace = [] if "--fps" in options else ["--fps", 10]
        return self.producer(channel, "--no-wait", "--loop", *pace, *options, path)

    def send_raw(self, channel, layout, data, *options):
        """The same with bare pixels; layout is as 64x48:gray."""
        return self.send(channel, data, "--raw", layout, *options, name="frame.raw")

    def get(self, path):
        with urllib.request.urlopen(self.address + path, timeout=support.STUCK_SECONDS) as answer:
            return answer.headers, answer.read()

    def listed(self, channel):
        """The server's entry of the channel, or nothing."""
        channels = json.loads(self.get("/channels.json")[1])["channels"]
        return next((each for each in channels if each["channel"] == channel), {})

    # ---- the page ----

    def open(self, channel, page=None):
        """Its page, once it has a frame."""
        page = page or self.page
        support.wait_until(lambda: self.listed(channel).get("frames"), f"{channel} has no frame")
        page.go(f"{self.address}/{channel}/")
        self.wait_shown(page)

    def wait_shown(self, page=None, after=0):
        """The number of a frame that is on the canvas, greater than another one."""
        return int((page or self.page).wait(f"(() => {{ const number = Number(document.querySelector('#picture')"
                                            f".dataset.frame); return number > {after} && number; }})()",
                                            f"a frame after {after} on the canvas"))

    def wait_shown_as(self, pattern, since=0):
        """Until a frame is on the canvas that was asked for so, behind the first requests for frames. The page asks for
        the next one, with its number, after it has asked the browser to draw. So the next drawing has it, and all that
        was done to the page."""
        def next_asked():
            asked = self.page.requests_for("/frame.jpg")[since:]
            first = next((i for i, url in enumerate(asked) if re.search(pattern, url)), len(asked))
            return next(filter(None, (re.search(r"[?&]after=(\d+)", url) for url in asked[first + 1:])), None)

        support.wait_until(next_asked, f"no frame as {pattern}")
        self.page.run("new Promise(requestAnimationFrame)")

    def place_of(self, width, height, scale=None):
        """Where a frame is on the canvas that fits it, or that has it in its middle: left, top, scale."""
        across, down = self.page.run("(({ width, height }) => [width, height])(document.querySelector('#picture'))")
        scale = scale or min(across / width, down / height)
        return math.floor((across - width * scale + 1) / 2), math.floor((down - height * scale + 1) / 2), scale

    def point_of(self, x, y, place):
        """Where the middle of a pixel is in the window."""
        box = self.page.run("(({ x, y }) => [x, y])(document.querySelector('#picture').getBoundingClientRect())")
        left, top, scale = place
        return box[0] + left + (x + 0.5) * scale, box[1] + top + (y + 0.5) * scale

    def hover(self, x, y, place):
        self.page.move(*self.point_of(x, y, place))

    def read_values(self, x, y):
        """The page's words about a pixel: the values and the frame."""
        match = self.page.wait_text("#readout", rf"^x {x}, y {y}: (.*) \((.*), frame (\d+)\)$")
        values = [int(value) for value in re.findall(r"-?\d+", re.sub(r"\b[A-Za-z]\w*", "", match[1]))]
        return values, int(match[3])

    def canvas_part(self, width, height, left, top):
        """The bytes R G B of a part of the canvas, row by row."""
        across, _, data = self.page.canvas("#picture")
        rows = [data[4 * ((top + y) * across + left):4 * ((top + y) * across + left + width)] for y in range(height)]
        return b"".join(bytes(value for i, value in enumerate(row) if i % 4 != 3) for row in rows)

    def assert_close(self, found, expected, tolerance, what=""):
        self.assertEqual(len(found), len(expected))
        worst = max(abs(a - b) for a, b in zip(found, expected))
        self.assertLessEqual(worst, tolerance, what)


def main():
    if not os.path.exists(CHROMIUM):
        print(f"skipped: {CHROMIUM} is not there (scripts/install-packages.sh test installs it)")
        sys.exit(SKIPPED)
    if not os.path.exists(SERVER):
        print("skipped: this build has no ferry-web (FERRY_WEB=OFF)")
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)

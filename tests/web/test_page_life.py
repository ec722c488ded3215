#!/usr/bin/env python3
"""The page of ferry-web in a browser: channels and servers that come and go, and people who use it."""

import json
import os
import re

from page_case import GONE, PageCase, main  # first: it says where the others are

import pictures
from browser import READ_CANVAS
from support import SOURCE, wait_until

# Of elements that a reader of the screen has to name.
ROLES = ("button", "link", "slider", "spinbutton", "combobox", "application", "textbox", "img", "navigation")


class Channels(PageCase):
    def row(self, channel):
        """An expression: the link of the list, or undefined."""
        return (f"[...document.querySelectorAll('#channels a')].find((link) => link.querySelector('b').textContent ==="
                f" {json.dumps(channel)})")

    def send_picture(self, channel, size=(40, 30)):
        return self.send(channel, pictures.png(pictures.noise(*size, 3, channel)), name=f"{channel}.png")

    def test_list_follows_channels(self):
        first, second = self.channel(), self.channel()
        self.send_picture(first)
        self.serve()
        self.page.go(self.address + "/")
        self.page.wait(f"/^40x30 \\w+\\n[\\d.]+ fps, 0 consumers$/.test({self.row(first)}?.querySelector('span')"
                       ".textContent)")
        self.assertFalse(self.page.run(f"Boolean({self.row(second)})"))
        producer = self.send_picture(second, (20, 10))
        self.page.wait(f"{self.row(second)}?.textContent.includes('20x10')")
        watcher = self.attached(second)
        self.page.wait(f"{self.row(second)}.textContent.includes('1 consumer')")
        self.interrupt(watcher)
        self.page.wait(f"{self.row(second)}.textContent.includes('0 consumers')")
        self.interrupt(producer)
        self.page.wait(f"!{self.row(second)}")

    def test_list_says_that_a_producer_was_killed(self):
        channel = self.channel()
        producer = self.send_picture(channel)
        self.serve()
        self.page.go(self.address + "/")
        self.page.wait(f"{self.row(channel)}?.dataset.state === 'live'")
        self.kill(producer.pid)
        self.page.wait(f"{self.row(channel)}.dataset.state === 'dead'")
        self.assertIn("its producer died", self.page.run(f"{self.row(channel)}.textContent"))
        # The next one takes the names over, and leaves none behind.
        self.send_picture(channel)
        self.page.wait(f"{self.row(channel)}.dataset.state === 'live'")

    def test_picture_stays_when_its_producer_is_killed(self):
        channel = self.channel()
        self.expected = [GONE]  # where the next one is late
        producer = self.send_picture(channel)
        self.serve()
        self.open(channel)
        self.kill(producer.pid)
        # The server, which was in the channel, may have removed the names by now.
        self.page.wait_text("#notice", f"^The producer of {channel} is gone|^There is no channel {channel} now")
        self.wait_shown()
        self.send_picture(channel, (20, 10))
        self.page.wait_text("#figures", "20x10")
        self.page.wait("document.querySelector('#notice').hidden")

    def test_choosing_and_going_back(self):
        first, second = self.channel(), self.channel()
        self.send_picture(first)
        self.send_picture(second, (20, 10))
        self.serve()
        self.page.go(self.address + "/")
        self.page.wait(f"{self.row(first)} && {self.row(second)}")
        self.assertTrue(self.page.run("!document.querySelector('#welcome').hidden"))
        for channel, size in ((first, "40x30"), (second, "20x10")):
            self.page.run(f"{self.row(channel)}.click()")
            self.page.wait_text("#figures", size)
            self.assertEqual(self.page.run("location.pathname"), f"/{channel}/")
            self.assertEqual(self.page.run("document.title"), f"{channel} - Frameferry")
            self.page.wait(f"{self.row(channel)}.getAttribute('aria-current') === 'page'")
        self.page.run("history.back()")
        self.page.wait_text("#figures", "40x30")
        self.page.run("history.back()")
        self.page.wait("!document.querySelector('#welcome').hidden")
        self.assertEqual(self.page.run("location.pathname"), "/")
        self.page.run("history.forward()")
        self.page.wait_text("#figures", "40x30")

    def test_page_waits_for_a_channel(self):
        channel = self.channel()
        self.expected = [GONE]
        self.serve()
        self.page.go(f"{self.address}/{channel}/")
        self.page.wait_text("#notice", f"channel {channel}")
        self.send_picture(channel)
        self.wait_shown()
        self.page.wait("document.querySelector('#notice').hidden")


class Server(PageCase):
    def write_token(self, token):
        path = self.write("token", token.encode() + b"\n")
        os.chmod(path, 0o600)
        return path

    def test_server_that_goes_and_comes_back(self):
        channel = self.channel()
        self.expected = [GONE]
        self.producer(channel, "--no-wait", "--fps", 10, "pattern:64x48")
        port = self.own_port()
        server = self.serve(port=port)
        self.open(channel)
        self.interrupt(server)
        self.page.wait_text("#notice", "^The server does not answer")
        number = self.wait_shown()
        self.serve(port=port)
        self.wait_shown(after=number)
        self.page.wait("document.querySelector('#notice').hidden")

    def test_hidden_page_asks_for_nothing(self):
        channel = self.channel()
        self.producer(channel, "--no-wait", "--fps", 10, "pattern:64x48")
        self.serve()
        self.open(channel)
        wait_until(lambda: self.listed(channel)["consumers"] == 1, "the server is not in the channel")
        self.page.hide()
        wait_until(lambda: self.listed(channel)["consumers"] == 0, "the server does not leave the channel")
        asked = len(self.page.requests)
        number = self.wait_shown()
        self.page.unhide()
        self.wait_shown(after=number + 1)
        self.assertGreater(len(self.page.requests), asked)

    def test_figures(self):
        channel = self.channel()
        self.producer(channel, "--no-wait", "--fps", 20, "pattern:64x48")
        self.serve()
        self.open(channel)
        self.page.wait(r"/shown[1-9]\d*\.\d fps/.test(document.querySelector('#figures').textContent)")
        self.page.wait_text("#figures", r"age[\d.]+ m?s")
        self.page.wait_text("#figures", r"consumers1")
        self.page.wait_text("#figures", r"skipped\d+")
        self.page.press("i")
        self.assertTrue(self.page.run("document.querySelector('#figures-box').hidden"))
        self.page.press("i")
        self.assertFalse(self.page.run("document.querySelector('#figures-box').hidden"))

    def test_token(self):
        channel = self.channel()
        self.expected = ["401"]
        self.producer(channel, "--no-wait", "--fps", 10, "pattern:64x48")
        port = self.own_port()
        server = self.serve("--token-file", self.write_token("a-first-token-of-the-test"), port=port)
        self.page.go(f"{self.address}/{channel}/?token=a-first-token-of-the-test")
        self.wait_shown()
        self.assertEqual(self.page.run("location.search"), "")
        self.page.go(f"{self.address}/{channel}/")  # the cookie is there
        self.wait_shown()
        # The next server has another one.
        self.expected.append(GONE)
        self.interrupt(server)
        self.serve("--token-file", self.write_token("a-second-token-of-the-test"), port=port)
        self.page.wait("!document.querySelector('#login').hidden")
        number = self.wait_shown()
        self.page.type("not the token")
        self.page.press("Enter")
        self.page.wait_text("#spoken", "not the token")
        self.page.type("a-second-token-of-the-test")
        self.page.press("Enter")
        self.wait_shown(after=number)
        self.page.wait("document.querySelector('#login').hidden")

    def test_policy_allows_nothing_foreign(self):
        self.serve()
        headers, _ = self.get("/")
        self.assertRegex(headers["Content-Security-Policy"], r"^default-src '(self|none)'")
        self.assertNotIn("unsafe", headers["Content-Security-Policy"])
        self.page.go(self.address + "/")
        foreign = [url for url in self.page.requests if not url.startswith(self.address)]
        self.assertEqual(foreign, [])


class People(PageCase):
    ACTIVE = "(({ id, textContent, tagName }) => tagName === 'BODY' ? '' : id || textContent)(document.activeElement)"

    def active(self):
        return self.page.run(self.ACTIVE)

    def test_keyboard_alone(self):
        channel = self.channel()
        picture = pictures.noise(40, 30, 1, "keyboard")
        self.send(channel, pictures.png(picture))
        self.serve()
        self.page.go(self.address + "/")
        self.page.wait(f"[...document.querySelectorAll('#channels b')].some((b) => b.textContent === '{channel}')")
        while channel not in self.active():  # the browser goes round, other channels may be in between
            self.page.press("Tab")
        outline = "getComputedStyle(document.activeElement).outlineStyle"
        self.assertEqual(self.page.run(outline), "solid", self.active())
        self.page.press("Enter")
        self.wait_shown()
        self.assertEqual(self.active(), "picture")
        self.page.press("ArrowLeft", shift=True)
        self.assertEqual(self.read_values(20, 15)[0], [picture.pixels[40 * 15 + 20]])
        self.page.press("h")
        self.page.wait("!document.querySelector('#levels').hidden")
        # Each button can be reached, says its name, and shows that it has the focus. Another channel may go while its
        # row has the focus, and leaves it to nothing; the next tab goes on from there.
        self.page.run("document.querySelector('#home').focus()")
        missing = {"home", "pause", "save", "in", "out", "fit", "quality", "picture"}
        while missing:
            here, style = self.page.run(f"[{self.ACTIVE}, {outline}]")
            if here:
                self.assertEqual(style, "solid", here)
            missing.discard(here)
            self.page.press("Tab")
        self.page.press("?")
        self.page.wait("document.querySelector('#help').open")
        self.page.press("Escape")
        self.page.wait("!document.querySelector('#help').open")
        self.page.press("l")
        self.assertIn(channel, self.active())

    def test_keys_without_a_channel(self):
        """Nothing is asked for, and nothing fails."""
        channel = self.channel()
        self.producer(channel, "--no-wait", "--fps", 10, "pattern:64x48")
        self.serve()
        self.open(channel)
        self.page.press("h")
        self.page.wait_text("#histogram-text", "^From")
        self.page.click("#home")
        self.page.wait("!document.querySelector('#welcome').hidden")
        for key in (" ", "s", "+", "-", "1", "f", "h", "h", "[", "]", "{", "}", "a", "i", "ArrowLeft", "Escape"):
            self.page.press(key)
        self.page.press("ArrowLeft", shift=True)
        self.page.hide()
        self.page.unhide()
        lists = len(self.page.requests_for("/channels.json"))
        wait_until(lambda: len(self.page.requests_for("/channels.json")) > lists, "the list is not asked for again")
        self.assertEqual([url for url in self.page.requests if "/null/" in url], [])

    def test_help_has_the_keys_of_the_manual(self):
        self.serve()
        self.page.go(self.address + "/")
        self.page.wait("document.querySelector('#keys tr')")
        shown = self.page.run("[...document.querySelectorAll('#keys tr')].map((row) => [...row.cells].map((cell) =>"
                              " cell.textContent))")
        with open(os.path.join(SOURCE, "docs", "web.md"), encoding="utf-8") as file:
            rows = re.findall(r"^\| (.+?) \| (.+) \|$", file.read(), re.MULTILINE)
        self.assertEqual(shown, [list(row) for row in rows if row != ("---", "---")])

    def test_space_on_a_button_is_the_button(self):
        channel = self.channel()
        self.producer(channel, "--no-wait", "--fps", 10, "pattern:64x48")
        self.serve()
        self.open(channel)
        self.page.run("document.querySelector('#histogram-button').focus()")
        self.page.press(" ")
        self.page.wait("!document.querySelector('#levels').hidden")
        self.assertEqual(self.page.text("#pause"), "Pause")
        self.page.click("#histogram-button")  # by the mouse: the keys are the picture's again
        self.page.wait("document.querySelector('#levels').hidden")
        self.page.press(" ")
        self.page.wait_text("#pause", "^Go on$")

    def test_everything_has_a_name(self):
        channel = self.channel()
        self.producer(channel, "--no-wait", "--fps", 10, "pattern:64x48:gray16le")
        self.serve()
        self.open(channel)
        self.page.press("h")
        self.page.wait("!document.querySelector('#window').hidden")
        nodes = self.page.call("Accessibility.getFullAXTree")["nodes"]
        nameless = [node for node in nodes if not node["ignored"] and node["role"]["value"] in ROLES
                    and not node.get("name", {}).get("value")]
        self.assertEqual(nameless, [])

    def test_dark_and_light(self):
        channel = self.channel()
        self.send(channel, pictures.png(pictures.noise(10, 30, 1, "dark")))
        self.serve()
        self.open(channel)
        lightness = {}
        for scheme in ("light", "dark"):
            self.page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
            color = self.page.run("getComputedStyle(document.body).backgroundColor")
            lightness[scheme] = sum(map(int, re.findall(r"\d+", color)[:3]))
            # The canvas around the picture follows.
            below = "<" if scheme == "dark" else ">"
            self.page.wait(f"(() => {{ {READ_CANVAS}"
                           f" return readCanvas(document.querySelector('#picture'))[0] {below} 128; }})()")
        self.assertLess(lightness["dark"], 200)
        self.assertGreater(lightness["light"], 600)

    def test_small_screen(self):
        channel = self.channel()
        self.producer(channel, "--no-wait", "--fps", 10, "pattern:64x48")
        self.serve()
        page = self.new_page(width=360, height=640, scale=2)
        self.open(channel, page)
        self.assertLessEqual(page.run("document.documentElement.scrollWidth"), 360)
        width, height = page.run("(({ width, height }) => [width, height])("
                                 "document.querySelector('#picture').getBoundingClientRect())")
        self.assertGreater(width, 300)
        self.assertGreater(height, 150)
        # The canvas has the screen's own pixels.
        self.assertEqual(page.run("document.querySelector('#picture').width"), 2 * width)


if __name__ == "__main__":
    main()

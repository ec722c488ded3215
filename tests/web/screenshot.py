#!/usr/bin/env python3
"""Makes the picture of the page in README.md and docs/web.md: real producers, the real server, and a real browser.

Usage: screenshot.py BIN OUTPUT.png

BIN has ferry-producer and ferry-web. Needs Chromium and ImageMagick (convert). It runs in a /dev/shm of its own, so
that no channel of another program is in the list."""

import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.normpath(os.path.join(HERE, "..", ".."))
sys.path.insert(0, HERE)

from browser import Browser

IMAGES = os.path.join(SOURCE, "samples", "images")
APART = ["unshare", "--user", "--map-root-user", "--mount", "--ipc"]
PRODUCERS = {
    "ferry": ("--fps", "8", "--loop", IMAGES),
    "camera": ("--fps", "30", "pattern:1280x720:nv12"),
    "depth": ("--fps", "15", "pattern:640x480:gray16le"),
}
WIDTH, HEIGHT = 1120, 700
CHANNEL = "ferry"
MOMENTS = [18, 19, 20]  # of the 24 pictures: the ship is where no figures are
PIXEL = (105, 78)  # of its hull, then


def start(bin_folder):
    programs = [subprocess.Popen([os.path.join(bin_folder, "ferry-producer"), "--quiet", "--no-wait", "--name", name,
                                  *arguments]) for name, arguments in PRODUCERS.items()]
    server = subprocess.Popen([os.path.join(bin_folder, "ferry-web"), "--listen", "127.0.0.1:0"],
                              stderr=subprocess.PIPE, text=True)
    for line in server.stderr:
        if match := re.search(r"(http://[^/ ]+)/", line):
            return [*programs, server], match[1]
    sys.exit("ferry-web has ended before it said its address")


def take(address, path):
    browser = Browser()
    try:
        page = browser.page(width=WIDTH, height=HEIGHT)
        page.go(f"{address}/{CHANNEL}/")
        page.wait("document.querySelector('#picture').dataset.frame")
        page.press("h")
        page.wait_text("#histogram-text", "^From")
        page.wait(f"{MOMENTS}.includes(Number(document.querySelector('#picture').dataset.frame) % 24)")
        page.press(" ")
        page.wait_text("#spoken", "^Paused")
        page.move(*page.run(f"""(() => {{
            const canvas = document.querySelector("#picture");
            const box = canvas.getBoundingClientRect();
            const scale = Math.min(box.width / 160, box.height / 120);
            return [box.x + (box.width - 160 * scale) / 2 + ({PIXEL[0]} + 0.5) * scale,
                    box.y + (box.height - 120 * scale) / 2 + ({PIXEL[1]} + 0.5) * scale];
        }})()"""))
        page.wait_text("#readout", rf"^x {PIXEL[0]}, y {PIXEL[1]}: \w")
        # Each of the others is there, with its rate.
        page.wait(f"document.querySelectorAll('#channels a[data-state=live]').length === {len(PRODUCERS)}")
        page.wait("[...document.querySelectorAll('#channels span')].every((span) => / fps/.test(span.textContent))")
        page.screenshot(path)
    finally:
        browser.close()


def main():
    if sys.argv[1:2] != ["--inside"]:
        if len(sys.argv) != 3:
            sys.exit(__doc__)
        arguments = [sys.executable, "-B", os.path.abspath(__file__), "--inside", *map(os.path.abspath, sys.argv[1:])]
        os.execvp("unshare", [*APART, *arguments])
    bin_folder, output = sys.argv[2:]
    subprocess.run(["mount", "-t", "tmpfs", "none", "/dev/shm"], check=True)
    programs, address = start(bin_folder)
    try:
        take(address, output)
    finally:
        for program in programs:
            program.terminate()
            program.wait()
    subprocess.run(["convert", output, "-dither", "None", "-colors", "200", "-strip", f"PNG8:{output}"], check=True)


if __name__ == "__main__":
    main()

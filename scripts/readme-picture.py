#!/usr/bin/env python3
"""Makes the picture of README.md: sends sample pictures to two consumers, and draws the frames that each one received.

Usage: readme-picture.py BIN OUTPUT.png

BIN has ferry-producer and ferry-consumer. Each thumbnail of a consumer is a file that it has saved, and an empty box is
a frame that it says it skipped. Needs ImageMagick (convert) and the fonts DejaVu."""

import json
import os
import shlex
import subprocess
import sys
import tempfile
from typing import NamedTuple

SOURCE = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
FRAMES = 12
PRODUCER = f"ferry-producer --name ferry --fps 8 --count {FRAMES} samples/images"
RECORDER = "ferry-consumer --name ferry --save recorded"
VIEWER = "ferry-consumer --name ferry --latest --save 'seen/{frame}.png' --exec 'sleep 0.3'"

WIDTH, HEIGHT = 1640, 754
THUMB = (120, 90)
LEFT, STEP = 34, 132
ROWS = {"producer": 84, "band": 208, "recorder": 388, "viewer": 590}
INK, FAINT, WATER = "#1f2937", "#9ca3af", "#1d4ed8"


def start(bin_folder, command, work, **streams):
    program, *arguments = shlex.split(command.replace("--name ferry", f"--name ferry-{os.getpid()}"))
    arguments = [os.path.join(SOURCE, word) if word == "samples/images" else word for word in arguments]
    return subprocess.Popen([os.path.join(bin_folder, program), *arguments], cwd=work, text=True, **streams)


def start_consumer(bin_folder, command, work):
    return start(bin_folder, f"{command} --wait 60 --json", work, stdout=subprocess.PIPE)


class Received(NamedTuple):
    files: dict  # by the number of the frame
    skipped: int


def read_records(process):
    """What a consumer has received, when it has ended."""
    records = [json.loads(line) for line in process.stdout]
    if process.wait() != 0:
        sys.exit(f"a consumer ended with exit code {process.returncode}")
    ended = next(record for record in records if record["event"] == "ended")
    return Received({record["frame"]: record["file"] for record in records if record["event"] == "frame"},
                    ended["skipped"])


def run_programs(bin_folder, work):
    processes = [start(bin_folder, PRODUCER, work)]
    try:
        recorder = start_consumer(bin_folder, RECORDER, work)
        processes.append(recorder)
        recorder.stdout.readline()  # It is attached: the producer waits for the first consumer only.
        viewer = start_consumer(bin_folder, VIEWER, work)
        processes.append(viewer)
        recorded, seen = read_records(recorder), read_records(viewer)
        code = processes[0].wait()
    finally:
        for process in processes:
            process.kill()
            process.wait()
    if code != 0 or sorted(recorded.files) != list(range(1, FRAMES + 1)):
        sys.exit(f"the recorder received {sorted(recorded.files)}: another program may use the channel")
    if not 2 <= len(seen.files) < FRAMES:
        sys.exit(f"the viewer received {sorted(seen.files)}, which shows nothing: run it again")
    return recorded, seen


def text(x, y, words, size=25, color=INK, font="DejaVu-Sans"):
    return ["-font", font, "-pointsize", str(size), "-fill", color, "-stroke", "none",
            "-annotate", f"+{x}+{y}", words.replace("%", "%%")]


def thumbnail(column, row, path):
    x = LEFT + STEP * (column - 1)
    return ["(", path, "-filter", "box", "-resize", f"{THUMB[0]}x{THUMB[1]}!", ")",
            "-geometry", f"+{x}+{ROWS[row]}", "-composite"]


def skipped_box(column, row):
    x, y = LEFT + STEP * (column - 1), ROWS[row]
    return ["-fill", "none", "-stroke", FAINT, "-strokewidth", "2", "-draw",
            f"stroke-dasharray 6 6 rectangle {x},{y} {x + THUMB[0]},{y + THUMB[1]}"]


def arrow(column, top, bottom):
    x = LEFT + STEP * (column - 1) + THUMB[0] // 2
    return ["-stroke", WATER, "-strokewidth", "4", "-fill", WATER, "-draw",
            f"line {x},{top} {x},{bottom - 8} polygon {x - 8},{bottom - 12} {x + 8},{bottom - 12} {x},{bottom}"]


def draw(recorded, seen, work, output):
    band = ROWS["band"]
    drawing = ["-size", f"{WIDTH}x{HEIGHT}", "xc:white"]
    drawing += text(LEFT, 38, "The producer publishes pictures, 8 frames a second")
    drawing += text(LEFT, 72, f"$ {PRODUCER}", 22, WATER, "DejaVu-Sans-Mono")
    drawing += ["-stroke", "none", "-fill", "#dbeafe", "-draw",
                f"roundrectangle {LEFT},{band} {WIDTH - LEFT},{band + 62} 14,14"]
    drawing += text(LEFT + 26, band + 40,
                    "Shared memory: the channel “ferry”. A frame is written once; each consumer reads it where it is.")
    drawing += text(LEFT, band + 132, "A recorder: every frame, in order")
    drawing += text(LEFT, band + 166, f"$ {RECORDER}", 22, WATER, "DejaVu-Sans-Mono")
    viewer = ROWS["viewer"]
    drawing += text(LEFT, viewer - 46, "A slow viewer, at the same time: the newest frame each time; the others are "
                                       "skipped, and counted")
    drawing += text(LEFT, viewer - 12, f"$ {VIEWER}", 22, WATER, "DejaVu-Sans-Mono")
    drawing += text(LEFT, HEIGHT - 32, f"The recorder: {len(recorded.files)} frames received, {recorded.skipped} skipped. "
                                       f" The viewer: {len(seen.files)} received, {seen.skipped} skipped.")
    for number in range(1, FRAMES + 1):
        drawing += thumbnail(number, "producer", os.path.join(SOURCE, "samples", "images", f"ferry-{number}.png"))
        drawing += arrow(number, ROWS["producer"] + THUMB[1] + 4, band - 2)
        drawing += thumbnail(number, "recorder", os.path.join(work, recorded.files[number]))
        drawing += (thumbnail(number, "viewer", os.path.join(work, seen.files[number])) if number in seen.files
                    else skipped_box(number, "viewer"))
        drawing += arrow(number, band + 64, band + 100)
    subprocess.run(["convert", *drawing, "-dither", "None", "-colors", "96", "-strip", f"PNG8:{output}"], check=True)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    bin_folder, output = map(os.path.abspath, sys.argv[1:])
    with tempfile.TemporaryDirectory() as work:
        recorded, seen = run_programs(bin_folder, work)
        draw(recorded, seen, work, output)


if __name__ == "__main__":
    main()

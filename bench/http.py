#!/usr/bin/env python3
"""Frames from another machine: ferry-web there, ferry-producer http://... here, beside a plain socket.

    bench/http.py                   about two minutes
    bench/http.py --seconds N       each measurement takes N seconds (default: 10)
    bench/http.py --json FILE       writes the figures as well

The sender has 1920x1080 in yuv420p, 3.1 MB a frame. It goes over loopback at 30 frames a second, and at 60, which is more
than that, over a link of 500 Mbit/s between two namespaces of the network (needs root and iproute2; else it is left
out). K requests are under way at once. "plain socket" is a pair of Python programs, of which one writes frames of that
size one after the other, with the time in front, and the other one reads them into one buffer: the same bytes, without
shared memory, a choice of the newest frame, or a protocol.

Age is the time from publishing a frame there until a consumer of the channel here has it. All are on one machine, so one
clock measures it. CPU is the time of processors of both sides for a frame, and its ratio to that of the plain socket.
The programs are those of FERRY_BIN, or build/release/bin.
"""
import argparse
import json
import os
import re
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "support"))
from link import FAR, NEAR, Link, Unavailable  # noqa: E402

BIN = os.environ.get("FERRY_BIN", os.path.join(HERE, "..", "build", "release", "bin"))
WIDTH, HEIGHT = 1920, 1080
FRAME_BYTES = WIDTH * HEIGHT * 3 // 2
MEGABITS = 500
STUCK_S = 60
TICK = os.sysconf("SC_CLK_TCK")

SOCKET_SENDER = """
import socket, sys, time
address, fps, size = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
listener = socket.create_server((address, 0))
print(listener.getsockname()[1], flush=True)
connection, _ = listener.accept()
connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
frame, due = bytes(size - 8), time.monotonic()
while True:
    due = max(due + 1 / fps, time.monotonic())
    time.sleep(max(0, due - time.monotonic()))
    connection.sendall(time.monotonic_ns().to_bytes(8, "little"))
    connection.sendall(frame)
"""

SOCKET_RECEIVER = """
import socket, sys, time
connection = socket.create_connection((sys.argv[1], int(sys.argv[2])))
size = int(sys.argv[3])
buffer = memoryview(bytearray(size))
while True:
    filled = 0
    while filled < size:
        filled += connection.recv_into(buffer[filled:])
    now = time.monotonic_ns()
    print(now, now - int.from_bytes(buffer[:8], "little"), flush=True)
"""


class Failure(Exception):
    pass


class Running:
    """Programs that end with the block, and the time of processors that they have taken."""

    def __init__(self):
        self.programs = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for program in reversed(self.programs):
            program.send_signal(signal.SIGTERM)
        for program in self.programs:
            try:
                program.wait(STUCK_S)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()

    def start(self, *command, **more):
        more = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "text": True, **more}
        program = subprocess.Popen([str(word) for word in command], **more)
        self.programs.append(program)
        return program


def cpu_ms(program):
    with open(f"/proc/{program.pid}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / TICK


def until(what, condition):
    end = time.monotonic() + STUCK_S
    while not (answer := condition()):
        if time.monotonic() > end:
            raise Failure(f"stuck: {what}")
        time.sleep(0.01)
    return answer


def measure(programs, lines, seconds):
    """Reads (when, age) of frames for some seconds. The first second is not counted."""
    begin = time.monotonic_ns() + 1_000_000_000
    ages, cpu = [], None
    for when, age in lines:
        if when < begin:
            continue
        if cpu is None:
            cpu, first = sum(map(cpu_ms, programs)), when
        ages.append(age / 1e6)
        if when - first >= seconds * 1e9:
            break
    spent = sum(map(cpu_ms, programs)) - cpu
    return {"fps": (len(ages) - 1) / ((when - first) / 1e9), "ages": sorted(ages), "cpu_ms": spent / len(ages)}


def channel_name(end):
    return f"bench-http-{os.getpid()}-{end}"


def numbers(file):
    """(when it came, what the source calls it) of frames of --json."""
    for line in file:
        record = json.loads(line)
        if record["event"] == "frame":
            yield record


def run_frameferry(where, fps, requests, seconds):
    near, far, address = where
    there, here = channel_name("there"), channel_name("here")
    published = {}
    with Running() as running:
        running.start(f"{BIN}/ferry-producer", "--name", there, "--fps", fps, f"pattern:{WIDTH}x{HEIGHT}:yuv420p")
        watch = running.start(f"{BIN}/ferry-consumer", "--name", there, "--json", "--every", stdout=subprocess.PIPE)
        web = running.start(*far, f"{BIN}/ferry-web", "--listen", f"{address}:0", there, stderr=subprocess.PIPE)
        line = until("ferry-web", lambda: next((found for text in web.stderr if (
            found := re.match(r"ferry-web: http://\S+:(\d+)/", text))), None))
        mirror = running.start(*near, f"{BIN}/ferry-producer", "--name", here, "--requests", requests,
                               f"http://{address}:{line[1]}/{there}")
        receiver = running.start(f"{BIN}/ferry-consumer", "--name", here, "--json", "--latest",
                                 stdout=subprocess.PIPE)

        def ages():
            senders = numbers(watch.stdout)
            for record in numbers(receiver.stdout):
                while record["sequence"] not in published:
                    sent = next(senders)
                    published[sent["frame"]] = sent["publish_ns"]
                yield record["receive_ns"], record["receive_ns"] - published[record["sequence"]]

        return measure([web, mirror], ages(), seconds)


def run_socket(where, fps, seconds):
    near, far, address = where
    with Running() as running:
        sender = running.start(*far, sys.executable, "-c", SOCKET_SENDER, address, fps, FRAME_BYTES,
                               stdout=subprocess.PIPE)
        port = sender.stdout.readline().strip()
        receiver = running.start(*near, sys.executable, "-c", SOCKET_RECEIVER, address, port, FRAME_BYTES,
                                 stdout=subprocess.PIPE)
        return measure([sender, receiver], (map(int, line.split()) for line in receiver.stdout), seconds)


def part(ages, share):
    return ages[min(len(ages) - 1, int(len(ages) * share))]


def row(name, result, plain):
    ages = result.pop("ages")
    result.update(name=name, mbit=result["fps"] * FRAME_BYTES * 8 / 1e6, age_p50_ms=part(ages, 0.5),
                  age_p90_ms=part(ages, 0.9), age_p99_ms=part(ages, 0.99), frames=len(ages))
    result["cpu_ratio"] = result["cpu_ms"] / (plain or result)["cpu_ms"]
    print(f"  {name:<22}{result['fps']:>6.1f}{result['mbit']:>9.0f}{result['age_p50_ms']:>9.2f}"
          f"{result['age_p90_ms']:>9.2f}{result['age_p99_ms']:>9.2f}{result['cpu_ms']:>9.2f}"
          f"{result['cpu_ratio']:>7.2f}", flush=True)
    return result


def compare(title, where, fps, seconds):
    print(f"{title}\n  {'':<22}{'fps':>6}{'Mbit/s':>9}{'age p50':>9}{'p90':>9}{'p99 ms':>9}{'CPU ms':>9}{'ratio':>7}")
    plain = row("plain socket", run_socket(where, fps, seconds), None)
    rows = [plain]
    for requests in (1, 2):
        rows.append(row(f"HTTP, K={requests}", run_frameferry(where, fps, requests, seconds), plain))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--json")
    options = parser.parse_args()
    figures = {"loopback": compare("loopback, 1920x1080 yuv420p at 30 frames a second", ([], [], "127.0.0.1"), 30,
                                   options.seconds)}
    try:
        link = Link(megabits=MEGABITS)
    except Unavailable as reason:
        print(f"no link of {MEGABITS} Mbit/s: {reason}")
    else:
        try:
            figures["link"] = compare(f"a link of {MEGABITS} Mbit/s, at 60 frames a second",
                                      (link.inside(NEAR), link.inside(FAR), link.addresses[FAR]), 60, options.seconds)
        finally:
            link.close()
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=1)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit(f"bench/http.py: {failure}")

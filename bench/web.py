#!/usr/bin/env python3
"""The cost of a frame in ferry-web, and the age of pictures on a slow line.

    bench/web.py                    about a minute
    bench/web.py --bin FOLDER       the programs there (default: build/release/bin)
    bench/web.py --json FILE        writes the figures as well

ferry-producer sends its test picture of 1920 x 1080, viewers ask for one frame after the other, and the processor time
of ferry-web alone is divided by the frames of each viewer. A raw frame is compared with a program that only sends as
many bytes through a socket, which is the least that it can cost; with more viewers, with what one costs.
On the slow line a client takes 300 KB a second through a small window: age is from publishing to the last byte, and the
transfer alone is its length by that rate."""
import argparse
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
WIDTH, HEIGHT, FPS = 1920, 1080, 30
SECONDS = 4
SLOW_RATE, SLOW_SECONDS = 300_000, 6
STUCK_S = 30
SENDER = """
import os, socket, sys, time
frame = os.urandom(int(sys.argv[2]))
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as client:
    begin = time.process_time()
    for _ in range(60):
        client.sendall(frame)
    print((time.process_time() - begin) * 1000 / 60)
"""
TICKS = os.sysconf("SC_CLK_TCK")


class Connection:
    def __init__(self, port, rate=None):
        self.socket = socket.socket()
        if rate:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(STUCK_S)
        self.socket.connect(("127.0.0.1", port))
        self.rate = rate
        self.buffer = bytearray(1 << 20)
        self.rest = b""
        self.restart()

    def restart(self):
        self.begin, self.taken = time.monotonic(), 0

    def ask(self, target):
        self.restart()
        self.socket.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())

    def receive(self, most):
        """Keeps to the rate, which is what sleeping is for here."""
        ahead = self.taken / self.rate - (time.monotonic() - self.begin) if self.rate else 0
        if ahead > 0:
            time.sleep(ahead)
        got = self.socket.recv_into(self.buffer, min(most, 4096 if self.rate else len(self.buffer)))
        if got == 0:
            raise EOFError
        self.taken += got
        return got

    def until(self, mark):
        while mark not in self.rest:
            self.rest += bytes(self.buffer[:self.receive(len(self.buffer))])
        found, self.rest = self.rest.split(mark, 1)
        return found.decode()

    def pass_over(self, count):
        use = min(count, len(self.rest))
        self.rest, count = self.rest[use:], count - use
        while count > 0:
            count -= self.receive(count)

    def header(self):
        return dict(re.findall(r"^([\w-]+): (.*?)\r?$", self.until("\r\n\r\n".encode()), re.MULTILINE))


class Scene:
    """A producer, and a server beside it."""

    def __init__(self, folder, form):
        self.channel = f"bench-web-{secrets.token_hex(4)}"
        self.producer = subprocess.Popen(
            [os.path.join(folder, "ferry-producer"), "--quiet", "--no-wait", "--name", self.channel, "--fps", str(FPS),
             f"pattern:{WIDTH}x{HEIGHT}:{form}"], stderr=subprocess.DEVNULL)
        self.web = subprocess.Popen([os.path.join(folder, "ferry-web"), "--listen", "127.0.0.1:0", self.channel],
                                    stderr=subprocess.PIPE, text=True)
        self.port = int(re.search(r":(\d+)/", self.web.stderr.readline())[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for program in (self.web, self.producer):
            program.terminate()
            program.wait(STUCK_S)
        self.web.stderr.close()

    def cpu_seconds(self):
        with open(f"/proc/{self.web.pid}/stat", encoding="utf-8") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


def pull(connection, channel, what, until_s):
    """Yields the headers of each frame when it has arrived."""
    query = f"/{channel}/{what}"
    after = ""
    while time.monotonic() < until_s:
        connection.ask(query + after)
        header = connection.header()
        connection.pass_over(int(header["Content-Length"]))
        after = f"?after={header['Ferry-Frame']}&generation={header['Ferry-Generation']}"
        yield header


def stream(connection, channel, until_s):
    connection.ask(f"/{channel}/stream.mjpg")
    connection.header()
    connection.until(b"--ferryframe\r\n")
    while time.monotonic() < until_s:
        header = connection.header()
        connection.pass_over(int(header["Content-Length"]))
        yield header
        connection.pass_over(len("\r\n--ferryframe\r\n"))


def measure_cost(folder, form, what, viewers):
    """Processor time of the server for each frame of each viewer, in ms; and frames a second of a viewer."""
    with Scene(folder, form) as scene:
        counts = [0] * viewers
        list(pull(Connection(scene.port), scene.channel, what, time.monotonic() + 0.5))
        begin_cpu, begin = scene.cpu_seconds(), time.monotonic()

        def view(index):
            for _ in pull(Connection(scene.port), scene.channel, what, begin + SECONDS):
                counts[index] += 1

        threads = [threading.Thread(target=view, args=(i,)) for i in range(viewers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        cpu, seconds = scene.cpu_seconds() - begin_cpu, time.monotonic() - begin
        return cpu * 1000 / sum(counts), sum(counts) / viewers / seconds


def measure_send(length):
    """Processor time of a program that only sends as many bytes through a socket, in ms."""
    listener = socket.create_server(("127.0.0.1", 0))
    program = subprocess.Popen([sys.executable, "-c", SENDER, str(listener.getsockname()[1]), str(length)],
                               stdout=subprocess.PIPE, text=True)
    client, _ = listener.accept()
    listener.close()
    buffer = bytearray(1 << 20)
    while client.recv_into(buffer):
        pass
    client.close()
    said = program.communicate(timeout=STUCK_S)[0]
    return float(said)


def measure_age(folder, way):
    """Median age at receipt on the slow line, and that of the transfer alone, in ms."""
    with Scene(folder, "nv12") as scene:
        connection = Connection(scene.port, SLOW_RATE)
        until_s = time.monotonic() + SLOW_SECONDS
        frames = (stream(connection, scene.channel, until_s) if way == "stream.mjpg"
                  else pull(connection, scene.channel, way, until_s))
        ages, lengths = [], []
        for header in frames:
            ages.append((time.monotonic_ns() - int(header["Ferry-Publish-Ns"])) / 1e6)
            lengths.append(int(header["Content-Length"]))
        ages.sort()
        return ages[len(ages) // 2], sorted(lengths)[len(lengths) // 2] / SLOW_RATE * 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=os.path.join(HERE, "..", "build", "release", "bin"))
    parser.add_argument("--json")
    options = parser.parse_args()
    figures = {}
    for form, depth in (("bgr24", 3), ("nv12", 1.5)):
        length = int(WIDTH * HEIGHT * depth)
        send = measure_send(length)
        for what in ("frame.raw", "frame.jpg"):
            costs = {viewers: measure_cost(options.bin, form, what, viewers) for viewers in (1, 4)}
            beside = f"{costs[1][0] / send:.1f} of sending {length / 1e6:.1f} MB ({send:.2f} ms)"
            print(f"{form:6} {what}: {costs[1][0]:6.2f} ms a frame with one viewer, {beside}; "
                  f"{costs[4][0]:6.2f} ms with four, {costs[4][0] / costs[1][0]:.2f} of that; "
                  f"{costs[1][1]:.0f} and {costs[4][1]:.0f} frames/s", flush=True)
            figures[f"{form} {what}"] = {"send_ms": send, "ms": {str(n): cost for n, (cost, _) in costs.items()}}
    for way in ("frame.jpg", "stream.mjpg"):
        age, transfer = measure_age(options.bin, way)
        print(f"slow line, {way:11}: {age:.0f} ms old when it has arrived, {transfer:.0f} of which is the transfer",
              flush=True)
        figures[f"slow {way}"] = {"age_ms": age, "transfer_ms": transfer}
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=2)


if __name__ == "__main__":
    sys.exit(main())

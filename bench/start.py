"""Starting up: from the start of ferry-producer and ferry-consumer to the first frame."""
import contextlib
import json
import os
import select
import subprocess
import time

import report
from figures import spread
from lab import Part
from measure import size_of
from processes import Failure, Stopped
from turns import Turns, there

LIMIT_SECONDS = 20
EXPECTED_SECONDS = 0.3
FORMATS = {1: "gray", 3: "bgr24", 4: "bgra"}
WAITS = "waiting for a producer"  # the consumer says so, and has no event for it
ORDERS = ("producer first", "consumer first")
TIMES = {"first_frame_ms": "second program's start to first frame",
         "producer_ready_ms": "producer: start to channel made",
         "consumer_ready_ms": "consumer: start to attached"}


class Program:
    """One of the two programs, and the times at which its lines come."""

    def __init__(self, bench, name, *arguments):
        self.processes = bench.processes
        self.name = name
        self.begun_ns = time.monotonic_ns()
        self.process = self.processes.start(
            [bench.program(name), "--name", self.processes.channel, "--json", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.buffer = ""
        self.came_ns = 0  # when the newest text was there

    def wait_for(self, what):
        """When the event came, or the message, in nanoseconds of the monotonic clock."""
        while True:
            line, came_ns = self.read_line()
            if what in (event_of(line), line.partition(": ")[2][:len(what)]):
                return came_ns

    def read_line(self):
        """The next line, and when its end was there."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while "\n" not in self.buffer:
            ready, _, _ = select.select([self.process.stdout], [], [], max(deadline - time.monotonic(), 0))
            part = os.read(self.process.stdout.fileno(), 65536).decode() if ready else ""
            if not part:
                raise Failure(f"{self.name}: {'ended early' if ready else 'nothing came'}: {self.buffer}")
            self.buffer += part
            self.came_ns = time.monotonic_ns()
        line, self.buffer = self.buffer.split("\n", 1)
        return line, self.came_ns

    def close(self):
        """It ends by itself: all that it was asked for is done, or it is stuck."""
        try:
            self.process.communicate(timeout=LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            self.processes.kill(self.process)
            self.process.communicate()
            raise Failure(f"{self.name}: stuck") from None
        finally:
            self.processes.ended(self.process)


def close_all(programs):
    """All of them, also when one is stuck."""
    with contextlib.ExitStack() as stack:
        for program in programs:
            stack.callback(program.close)


def event_of(line):
    try:
        return json.loads(line)["event"]
    except (ValueError, KeyError, TypeError):
        return None


def milliseconds(from_ns, to_ns):
    return (to_ns - from_ns) / 1e6


class Start(Part):
    key, member = "start", "programs"

    def make_turns(self):
        cases = [(load, order) for load in self.options.loads for order in ORDERS
                 if size_of(load)[2] in FORMATS]
        return [Turns("start", cases, self.options.starts, EXPECTED_SECONDS, self.measure)]

    def measure(self, case):
        load, order = case
        width, height, depth = size_of(load)
        programs = []

        def start(name, *arguments):
            programs.append(Program(self.bench, name, *arguments))
            return programs[-1]

        def producer():
            return start("ferry-producer", "--fps", "0", "--count", "1", "--wait-consumer",
                         str(LIMIT_SECONDS), f"pattern:{width}x{height}:{FORMATS[depth]}")

        def consumer():
            return start("ferry-consumer", "--count", "1", "--timeout", str(LIMIT_SECONDS))
        try:
            return (producer_first if order == ORDERS[0] else consumer_first)(producer, consumer)
        except (Failure, Stopped):
            for program in programs:
                program.process.terminate()
            raise
        finally:
            close_all(programs)

    def read(self, results):
        return [{"load": load, "order": order,
                 **{key: spread([r[key] for r in there(rounds) if r.get(key) is not None])
                    for key in TIMES}}
                for (load, order), rounds in results.items() if there(rounds)]

    def tables(self, figures):
        return [report.Table(
            "Starting ferry-producer and ferry-consumer, ms", ["load", "order", *TIMES.values()],
            [[row["load"], row["order"], *(report.spread(row[key]) for key in TIMES)] for row in figures])]


def producer_first(producer, consumer):
    sends = producer()
    made_ns = sends.wait_for("created")
    receives = consumer()
    attached_ns = receives.wait_for("attached")
    frame_ns = receives.wait_for("frame")
    return {"first_frame_ms": milliseconds(receives.begun_ns, frame_ns),
            "producer_ready_ms": milliseconds(sends.begun_ns, made_ns),
            "consumer_ready_ms": milliseconds(receives.begun_ns, attached_ns)}


def consumer_first(producer, consumer):
    """When the consumer is ready cannot be told: it says that it waits after a time."""
    receives = consumer()
    receives.wait_for(WAITS)
    sends = producer()
    made_ns = sends.wait_for("created")
    frame_ns = receives.wait_for("frame")
    return {"first_frame_ms": milliseconds(sends.begun_ns, frame_ns),
            "producer_ready_ms": milliseconds(sends.begun_ns, made_ns)}

#!/usr/bin/env python3
"""Writing a channel to standard output: processor time a frame of --write, beside --exec cat.

    bench/streams.py                    about a minute
    bench/streams.py --quick            a few seconds
    bench/streams.py --json FILE        writes the figures as well

ferry-producer sends a test picture as fast as it is taken, ferry-consumer receives every frame, and a program
reads the stream and drops it. Ways take turns, several rounds long. Time is that of processors, of ferry-consumer and
all commands that it starts, divided by the frames: starting it is in it once, a command of --exec for each frame. The
reader's time and the producer's are not. The ratio is that of --exec cat and the other way, in the same round.
"""
import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
STUCK_S = 600
SIZES = ("64x48", "640x480", "1920x1080")
WAYS = {
    "exec cat": ("rgb24", ["--exec", "cat"]),
    "write raw": ("rgb24", ["--write", "-", "--as", "raw"]),
    "write y4m": ("yuv420p", ["--write", "-"]),
    "write y4m of rgb": ("rgb24", ["--write", "-"]),
    "write mjpeg": ("rgb24", ["--write", "-", "--as", "mjpeg"]),
}
MARK = "exec cat"
READER = "import os\nwhile os.read(0, 1 << 20):\n    pass\n"


class Failure(Exception):
    pass


def spent_us(usage):
    return (usage.ru_utime + usage.ru_stime) * 1e6


class Bench:
    def __init__(self, options):
        self.options = options
        self.name = f"streams-bench-{os.getpid()}"
        self.programs = [os.path.join(options.bin, program) for program in ("ferry-producer", "ferry-consumer")]

    def start(self, program, *arguments, **more):
        return subprocess.Popen([*map(str, [program, "--name", self.name, "--quiet", *arguments])], **more)

    def measure(self, way, size):
        """Microseconds of processors a frame."""
        form, arguments = WAYS[way]
        reading, writing = os.pipe()
        started = []
        try:
            started.append(subprocess.Popen([sys.executable, "-c", READER], stdin=reading))
            consumer = self.start(self.programs[1], "--every=all", *arguments, stdout=writing)
            started.append(consumer)
            os.close(writing)
            writing = -1
            producer = self.start(self.programs[0], "--fps", 0, "--count", self.options.count, "--wait-consumer",
                                  STUCK_S, "--when-full", "wait", f"pattern:{size}:{form}")
            started.append(producer)
            if producer.wait(STUCK_S) != 0:
                raise Failure(f"ferry-producer failed ({producer.returncode})")
            _, status, usage = os.wait4(consumer.pid, 0)
            consumer.returncode = os.waitstatus_to_exitcode(status)
            if consumer.returncode != 0:
                raise Failure(f"ferry-consumer failed ({consumer.returncode})")
            return spent_us(usage) / self.options.count
        finally:
            for end in (reading, writing):
                if end >= 0:
                    os.close(end)
            for program in reversed(started):
                if program.poll() is None:
                    program.kill()
                program.wait()


def measure_all(options):
    bench = Bench(options)
    cases = [(way, size) for way in WAYS for size in options.sizes]
    times = {case: [] for case in cases}
    for number in range(options.rounds):
        for way, size in random.sample(cases, len(cases)):
            if sys.stderr.isatty():
                print(f"\r\033[Kround {number + 1} of {options.rounds}: {way}, {size}", end="", file=sys.stderr,
                      flush=True)
            times[way, size].append(bench.measure(way, size))
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    return times


def rows_of(times):
    rows = []
    for (way, size), values in times.items():
        ratios = [mark / own for mark, own in zip(times[MARK, size], values)]
        rows.append({"way": way, "format": WAYS[way][0], "size": size, "us_a_frame": statistics.median(values),
                     "min": min(values), "max": max(values), "ratio": statistics.median(ratios)})
    return rows


def show(figures):
    print(f"{figures['processor']}, {figures['cores']} cores, load average {figures['load_average']:.2f}; "
          f"{figures['frames']} frames a round, {figures['rounds']} rounds")
    print(f"{'':18}{'size':>11}{'format':>9}{'CPU us a frame (min..max)':>32}{'exec cat / it':>15}")
    for row in figures["rows"]:
        spread = f"{row['us_a_frame']:.0f} ({row['min']:.0f}..{row['max']:.0f})"
        print(f"{row['way']:18}{row['size']:>11}{row['format']:>9}{spread:>32}{row['ratio']:>15.1f}")


def read_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", metavar="FILE", help="writes the figures")
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument("--rounds", type=int, help="(5)")
    parser.add_argument("--count", type=int, help="frames a round (200)")
    parser.add_argument("--sizes", nargs="+", default=SIZES, help=f"({' '.join(SIZES)})")
    parser.add_argument("--bin", default=os.path.join(HERE, "..", "build", "release", "bin"),
                        help="folder of the programs")
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.quick else 5)
    options.count = options.count or (20 if options.quick else 200)
    return options


def main():
    options = read_options()
    try:
        times = measure_all(options)
    except Failure as error:
        print(error, file=sys.stderr)
        return 1
    figures = {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count(),
               "load_average": os.getloadavg()[0], "frames": options.count, "rounds": options.rounds,
               "rows": rows_of(times)}
    show(figures)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())

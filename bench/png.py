#!/usr/bin/env python3
"""Saving photographs as PNG: time and size, beside plain stb_image_write, OpenCV and FFmpeg.

    bench/png.py                    about three minutes
    bench/png.py --json FILE        writes the figures as well
    bench/png.py --folder FOLDER    saves there, and not to memory: then the disk is in it

ferry-producer sends frames of 1920x1080 in bgr24 from standard input, ferry-consumer receives every one and
saves it. stb_image_write, OpenCV's imwrite and FFmpeg's encoder, all at their defaults, get the same frames.
Writers take turns, several rounds long, with one thread and with two; ours is ferry-consumer's --jobs. Time is
that of the whole run, divided by the frames: with starting the programs for ours and FFmpeg, without for the
others. The time of processors (for ours, of both programs) also means something where much else runs. Ours
flushes each file to the disk, and no other writer does. The exit code is 1 when a goal is not met.

Frames are the photographs of Debian's package lomiri-wallpapers-16.04 that are large enough, scaled and cut,
which needs ffmpeg. OpenCV (python3-opencv) may be missing.
"""
import argparse
import glob
import json
import os
import platform
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PHOTOGRAPHS = "/usr/share/backgrounds/*_by_*.jpg"
WIDTH, HEIGHT = 1920, 1080
FRAME_BYTES = WIDTH * HEIGHT * 3
STUCK_S = 600

OPENCV = """
import sys, time
from multiprocessing.pool import ThreadPool
import cv2, numpy
path, count, threads, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
frames = numpy.fromfile(path, numpy.uint8).reshape(-1, 1080, 1920, 3)
cv2.setNumThreads(1)
save = lambda i: cv2.imwrite(f"{folder}/{i + 1:06d}.png", frames[i % len(frames)])
pool = ThreadPool(threads)
begin, begin_cpu = time.monotonic(), time.process_time()
good = all(pool.map(save, range(count), 1))
print((time.monotonic() - begin) * 1000, (time.process_time() - begin_cpu) * 1000)
sys.exit(not good)
"""

CHECK = """
import sys
import cv2, numpy
frames = numpy.fromfile(sys.argv[1], numpy.uint8).reshape(-1, 1080, 1920, 3)
for i, path in enumerate(sys.argv[2:]):
    if not numpy.array_equal(cv2.imread(path, cv2.IMREAD_UNCHANGED), frames[i % len(frames)]):
        sys.exit(f"{path} does not hold the frame")
"""


class Failure(Exception):
    pass


def run(command, **more):
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, timeout=STUCK_S, **more)
    if done.returncode != 0:
        raise Failure(f"{command[0]} failed ({done.returncode})")
    return done.stdout


def spent_cpu_ms():
    """The processor time of all children that have ended."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (spent.ru_utime + spent.ru_stime) * 1000


def python_with_opencv():
    """A Python that has OpenCV and numpy; None if there is none."""
    for python in (sys.executable, "/usr/bin/python3"):
        try:
            run([python, "-c", "import cv2, numpy"], stderr=subprocess.DEVNULL)
            return python
        except (Failure, OSError):
            pass
    return None


def size_of(path):
    text = run(["ffprobe", "-v", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0", path])
    width, height = text.decode().strip().rstrip(",").split(",")[:2]
    return int(width), int(height)


def make_frames(photographs, out):
    """One frame of each photograph that is large enough: scaled to cover it, and cut. Their number."""
    names = [path for path in sorted(glob.glob(photographs))
             if size_of(path)[0] >= WIDTH and size_of(path)[1] >= HEIGHT]
    if not names:
        raise Failure(f"no photographs {photographs} (Debian: lomiri-wallpapers-16.04)")
    shape = f"scale={WIDTH}:{HEIGHT}:force_original_aspect_ratio=increase:flags=area,crop={WIDTH}:{HEIGHT}"
    with open(out, "wb") as file:
        for path in names:
            file.write(run(["ffmpeg", "-v", "error", "-i", path, "-vf", shape, "-frames:v", "1", "-f",
                            "rawvideo", "-pix_fmt", "bgr24", "-"], stdin=subprocess.DEVNULL))
    if os.path.getsize(out) != len(names) * FRAME_BYTES:
        raise Failure("ffmpeg made frames of another size")
    return names


class Bench:
    def __init__(self, options, work):
        self.options, self.work = options, work
        self.frames = os.path.join(work, "frames")
        self.repeated = os.path.join(work, "repeated")
        self.names = make_frames(options.photographs, self.frames)
        self.count = len(self.names) * options.repeat
        self.stb = os.path.join(work, "png_stb")
        run([os.environ.get("CC", "cc"), "-O3", "-w", os.path.join(HERE, "png_stb.c"), "-o", self.stb, "-lm"])
        self.opencv = python_with_opencv()
        with open(self.repeated, "wb") as out:
            for _ in range(options.repeat):
                with open(self.frames, "rb") as file:
                    shutil.copyfileobj(file, out)
        self.writers = {"stb_image_write": self.run_stb, "Frameferry": self.run_ferry}
        if self.opencv:
            self.writers["OpenCV imwrite"] = self.run_opencv
        self.writers["FFmpeg png"] = self.run_ffmpeg

    # The time that a run took, and processors with it, in milliseconds.

    def run_stb(self, threads, folder):
        begin_cpu = spent_cpu_ms()
        return float(run([self.stb, self.frames, self.count, threads, folder])), spent_cpu_ms() - begin_cpu

    def run_opencv(self, threads, folder):
        printed = run([self.opencv, "-c", OPENCV, self.frames, self.count, threads, folder])
        return tuple(float(word) for word in printed.split())

    def run_ffmpeg(self, threads, folder):
        begin, begin_cpu = time.monotonic(), spent_cpu_ms()
        run(["ffmpeg", "-v", "error", "-f", "rawvideo", "-pix_fmt", "bgr24", "-video_size", f"{WIDTH}x{HEIGHT}",
             "-i", self.repeated, "-c:v", "png", "-threads", threads, f"{folder}/%06d.png"],
            stdin=subprocess.DEVNULL)
        return (time.monotonic() - begin) * 1000, spent_cpu_ms() - begin_cpu

    def run_ferry(self, threads, folder):
        name = f"png-bench-{os.getpid()}"
        programs = [os.path.join(self.options.bin, program) for program in ("ferry-consumer", "ferry-producer")]
        begin, begin_cpu = time.monotonic(), spent_cpu_ms()
        with open(self.repeated, "rb") as frames, \
             subprocess.Popen([programs[0], "--name", name, "--quiet", "--every", "--jobs", str(threads),
                               "--save", f"{folder}/{{frame}}.png"]) as consumer:
            try:
                run([programs[1], "--name", name, "--quiet", "--fps", 0, "--raw", f"{WIDTH}x{HEIGHT}:bgr24", "-"],
                    stdin=frames)
                consumer.wait(STUCK_S)
            finally:
                consumer.kill()
        if consumer.returncode != 0:
            raise Failure(f"ferry-consumer failed ({consumer.returncode})")
        return (time.monotonic() - begin) * 1000, spent_cpu_ms() - begin_cpu

    def measure(self, writer, threads, checks):
        """Milliseconds a frame, those of processors, and the bytes of each file in the order of the frames."""
        folder = tempfile.mkdtemp(dir=self.options.folder, prefix="png-bench-")
        try:
            took, cpu = self.writers[writer](threads, folder)
            files = sorted(glob.glob(f"{folder}/*.png"), key=lambda path: int(os.path.basename(path)[:-4]))
            if len(files) != self.count:
                raise Failure(f"{writer} wrote {len(files)} files of {self.count}")
            if checks and self.opencv:
                run([self.opencv, "-c", CHECK, self.frames] + files)
            sizes = [os.path.getsize(path) for path in files[:len(self.names)]]
            return took / self.count, cpu / self.count, sizes
        finally:
            shutil.rmtree(folder)


def measure_all(bench, options):
    cases = [(writer, threads) for writer in bench.writers for threads in options.threads]
    times, cpu, sizes = {case: [] for case in cases}, {case: [] for case in cases}, {}
    for number in range(options.rounds):
        for writer, threads in random.sample(cases, len(cases)):
            if sys.stderr.isatty():
                print(f"\r\033[Kround {number + 1} of {options.rounds}: {writer}, {threads}", end="",
                      file=sys.stderr, flush=True)
            took, spent, sizes[writer] = bench.measure(writer, threads, number == 0)
            times[writer, threads].append(took)
            cpu[writer, threads].append(spent)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    return times, cpu, sizes


def rows_of(times, cpu, sizes):
    mark = sizes["stb_image_write"]
    rows = []
    for (writer, threads), values in times.items():
        # Within a round, where both had the same disturbances.
        ratios = [stb / own for stb, own in zip(times["stb_image_write", threads], values)]
        rows.append({"writer": writer, "threads": threads, "ms_a_frame": statistics.median(values),
                     "min": min(values), "max": max(values), "times_as_fast": statistics.median(ratios),
                     "cpu_ms_a_frame": statistics.median(cpu[writer, threads]),
                     "bytes": sum(sizes[writer]) / len(mark), "size_ratio": sum(sizes[writer]) / sum(mark),
                     "largest_size_ratio": max(own / stb for own, stb in zip(sizes[writer], mark))})
    return rows


def show(figures):
    print(f"{figures['processor']}, {figures['cores']} cores, load average {figures['load_average']:.2f}; "
          f"{figures['photographs']} photographs, {figures['frames']} frames a round, {figures['rounds']} rounds")
    print(f"{'':18}{'threads':>8}{'ms a frame (min..max)':>26}{'x stb':>8}{'CPU ms':>8}{'bytes':>10}{'size':>8}{'largest':>9}")
    for row in sorted(figures["rows"], key=lambda row: (row["threads"], -row["ms_a_frame"])):
        spread = f"{row['ms_a_frame']:.1f} ({row['min']:.1f}..{row['max']:.1f})"
        print(f"{row['writer']:18}{row['threads']:>8}{spread:>26}{row['times_as_fast']:>8.1f}"
              f"{row['cpu_ms_a_frame']:>8.1f}"
              f"{row['bytes']:>10.0f}{row['size_ratio']:>8.3f}{row['largest_size_ratio']:>9.3f}")


def goals_met(rows):
    """Says for each goal whether it is met, and whether all are."""
    met = True
    for row in (row for row in rows if row["writer"] == "Frameferry"):
        others = {r["writer"]: r["ms_a_frame"] for r in rows if r["threads"] == row["threads"]}
        goals = [("4 times as fast as stb_image_write", row["times_as_fast"] >= 4),
                 ("at most 5 % larger", row["size_ratio"] <= 1.05)]
        goals += [(f"faster than {writer}", row["ms_a_frame"] < others[writer])
                  for writer in ("OpenCV imwrite", "FFmpeg png") if writer in others]
        for goal, is_met in goals:
            print(f"{row['threads']} threads: {goal}: {'met' if is_met else 'NOT MET'}")
            met = met and is_met
    return met


def read_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", metavar="FILE", help="writes the figures")
    parser.add_argument("--folder", default="/dev/shm", help="where the files are written (/dev/shm)")
    parser.add_argument("--photographs", metavar="PATTERN", default=PHOTOGRAPHS, help=f"({PHOTOGRAPHS})")
    parser.add_argument("--rounds", type=int, default=7, help="(7)")
    parser.add_argument("--repeat", type=int, default=1, help="how often a round saves each photograph (1)")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], help="(1 2)")
    parser.add_argument("--bin", default=os.path.join(HERE, "..", "build", "release", "bin"),
                        help="folder of the programs")
    return parser.parse_args()


def main():
    options = read_options()
    try:
        with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="png-bench-") as work:
            bench = Bench(options, work)
            if not bench.opencv:
                print("left out: OpenCV (Debian: python3-opencv), and with it the check of the pixels")
            times, cpu, sizes = measure_all(bench, options)
            figures = {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count(),
                       "load_average": os.getloadavg()[0], "photographs": len(bench.names),
                       "frames": bench.count, "rounds": options.rounds, "folder": options.folder,
                       "rows": rows_of(times, cpu, sizes)}
    except (Failure, OSError) as failure:
        sys.exit(f"bench/png.py: {failure}")
    show(figures)
    met = goals_met(figures["rows"])
    if options.json:
        with open(options.json, "w") as file:
            json.dump(figures, file, indent=1)
    sys.exit(not met)


if __name__ == "__main__":
    main()

"""Starts single measurements, and puts their figures together."""
import json
import os
import shutil
import signal
import statistics
import subprocess
import tempfile

LOADS = {
    "640x480x3": 640 * 480 * 3,
    "1920x1080x4": 1920 * 1080 * 4,
    "3840x2160x4": 3840 * 2160 * 4,
}
PROGRAMS = ["ferry-bench", "ferry-bench-iceoryx", "ferry-bench-gstreamer", "ferry-bench-zeromq"]
STUCK_SECONDS = 120

# Room for the frames of every load, with what the daemon adds to each: as many as in its own largest pools.
DAEMON_POOLS = [(4096, 128), (1 << 20, 30), (9 << 20, 10), (34 << 20, 10)]


def bytes_of(load):
    width, height, depth = (int(part) for part in load.split("x"))
    return width * height * depth


class Failure(Exception):
    pass


class Transport:
    def __init__(self, program, line):
        words = line.split()
        self.program = program
        self.name = words[0]
        for word in words[1:]:
            key, value = word.split("=")
            setattr(self, key, value == "1")

    @property
    def ways(self):
        return (["send+copy"] + ["send+acquire"] * self.acquire
                + ["claim+acquire"] * (self.claim and self.acquire))


class Bench:
    """The programs of a build folder, and the daemon of the one peer that needs one."""

    def __init__(self, folder):
        self.folder = folder if os.access(folder, os.W_OK) else None  # where programs may be started
        self.transports = {}
        self.left_out = []
        self.daemon = None
        self.own = os.path.join(folder, "ferry-bench")
        for name in PROGRAMS:
            program = os.path.join(folder, name)
            if not os.access(program, os.X_OK):
                self.left_out.append(f"{name}: not built")
                continue
            listing = subprocess.run([program, "list"], capture_output=True, text=True, check=True)
            for line in listing.stdout.splitlines():
                transport = Transport(program, line)
                self.transports[transport.name] = transport

    def __enter__(self):
        if "iceoryx" in self.transports and not self.start_daemon():
            self.left_out.append("iceoryx: its daemon iox-roudi does not start, or one runs already")
            del self.transports["iceoryx"]
        return self

    def __exit__(self, *_):
        if self.daemon is not None:
            self.daemon.send_signal(signal.SIGTERM)
            try:
                self.daemon.wait(10)
            except subprocess.TimeoutExpired:
                self.daemon.kill()
                self.daemon.wait()
            self.daemon.stdout.close()

    def start_daemon(self):
        program = shutil.which("iox-roudi")
        if program is None:
            return False
        pools = "".join(f"[[segment.mempool]]\nsize = {size}\ncount = {count}\n"
                        for size, count in DAEMON_POOLS)
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as config:
            config.write(f"[general]\nversion = 1\n[[segment]]\n{pools}")
            config.flush()
            self.daemon = subprocess.Popen(
                [program, "--monitoring-mode", "off", "--config-file", config.name],
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            for line in self.daemon.stdout:
                if "ready for clients" in line:
                    return True
        return False

    def run(self, program, job, **options):
        """Starts a copy that nobody has started before. Where the pages of a file lie in memory stays so as long as
        they are cached, and one program was a quarter slower than its copies, run after run."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            copy = shutil.copy(program, folder)
            return self.start(copy, job, options)

    def start(self, program, job, options):
        command = [program, job, "--channel", f"bench-{os.getpid()}"]
        for name, value in options.items():
            command += [f"--{name}", str(value)]
        # A group of its own: what is stuck is ended with its children.
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, process_group=0)
        try:
            output, complaint = process.communicate(timeout=STUCK_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise Failure(f"{' '.join(command)}: stuck") from None
        try:
            return json.loads(output)
        except ValueError:
            raise Failure(f"{' '.join(command)}: {complaint.strip() or 'no JSON'}") from None

    def carry(self, name, apart=False, **options):
        """One measurement of a transport; Failure when it could not be made. apart: a producer and its one consumer
        have a core each. Else the system may put both on one, and what both could do at once takes turns."""
        transport = self.transports[name]
        if apart and len(os.sched_getaffinity(0)) > 1:
            options["apart"] = "yes"
        result = self.run(transport.program, "carry", transport=name, **options)
        if result["failure"]:
            raise Failure(f"{name}: {result['failure']}")
        return result

    def job(self, job, **options):
        return self.run(self.own, job, **options)


def consumers_of(result):
    return [consumer["side"] for consumer in result["consumers"]]


def faults_of(result):
    """Lost, doubled and torn frames of all consumers."""
    return {kind: sum(side[kind] for side in consumers_of(result))
            for kind in ("lost", "doubled", "torn")}


def rate_of(result):
    """Frames a second: of the slowest consumer."""
    return min(side["frames"] * 1e9 / max(side["elapsed_ns"], 1) for side in consumers_of(result))


def cpu_ms_of(result):
    """CPU time of all processes for 1,000 frames that were sent."""
    sides = [result["producer"]] + consumers_of(result)
    return sum(side["cpu_ns"] for side in sides) / 1e3 / max(result["producer"]["frames"], 1)


def resident_mib_of(result):
    sides = [result["producer"]] + consumers_of(result)
    return sum(side["resident_bytes"] for side in sides) / (1 << 20)


def spread(values):
    """The median of several rounds, with its bounds; None when there was no round."""
    if not values:
        return None
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def percentiles(values):
    """In microseconds."""
    if not values:
        return None
    shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999}
    figures = {name: percentile(values, share) / 1e3 for name, share in shares.items()}
    figures["max"] = max(values) / 1e3
    figures["count"] = len(values)
    return figures

"""Starts single measurements."""
import json
import os
import shutil
import subprocess
import tempfile

from daemon import Daemon
from processes import Failure, Processes

LOADS = ("640x480x3", "1920x1080x4", "3840x2160x4")
PROGRAMS = ["ferry-bench", "ferry-bench-iceoryx", "ferry-bench-gstreamer", "ferry-bench-zeromq"]
WAYS = ("send+copy", "send+acquire", "fill+read", "claim+acquire")
OURS = ("ring", "parts-spinning", "parts-sleeping", "frameferry", "frameferry-early")
WRONG_USAGE = 2


def size_of(load):
    return tuple(int(part) for part in load.split("x"))


def bytes_of(load):
    width, height, depth = size_of(load)
    return width * height * depth


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
        in_place = self.claim and self.acquire
        can = {"send+copy": True, "send+acquire": self.acquire, "fill+read": in_place,
               "claim+acquire": in_place}
        return [way for way in WAYS if can[way]]

    @property
    def deliveries(self):
        return ["every", "latest"] if self.name == "frameferry" else ["every"]


class Bench:
    """The programs of a build folder."""

    def __init__(self, folder, processes=None):
        self.folder = os.path.abspath(folder)
        # Where programs may be started, which need not be so in a folder for temporary files.
        self.copies = self.folder if os.access(folder, os.W_OK) else None
        self.processes = processes or Processes()
        self.transports = {}
        self.left_out = []
        self.daemon = Daemon(self.processes)
        self.own = os.path.join(self.folder, "ferry-bench")
        for name in PROGRAMS:
            self.add(name)

    def add(self, name):
        program = os.path.join(self.folder, name)
        if not os.access(program, os.X_OK):
            self.left_out.append(f"{name}: not built")
            return
        listing = subprocess.run([program, "list"], capture_output=True, text=True, check=False)
        if listing.returncode != 0:
            self.left_out.append(f"{name}: does not start: {listing.stderr.strip()}")
            return
        for line in listing.stdout.splitlines():
            transport = Transport(program, line)
            self.transports[transport.name] = transport

    def knows_defaults(self):
        """Whether transports can come as they are: older builds have no such option."""
        return subprocess.run([self.own, "list", "--slots", "0"], capture_output=True, check=False).returncode == 0

    def start_daemon(self):
        if not self.daemon.start():
            self.left_out.append("iceoryx: its daemon iox-roudi does not start, or one runs already")
            del self.transports["iceoryx"]

    def program(self, name):
        return os.path.join(self.folder, name)

    def run(self, program, job, **options):
        """Starts a copy that nobody has started before. Where the pages of a file lie in memory stays so as long as
        they are cached, and one program was a quarter slower than its copies, run after run."""
        with tempfile.TemporaryDirectory(dir=self.copies) as folder:
            copy = shutil.copy(program, folder)
            command = [copy, job, "--channel", self.processes.channel]
            for name, value in options.items():
                command += [f"--{name}", str(value)]
            output, complaint, code = self.processes.output_of(command)
        try:
            return json.loads(output)
        except ValueError:
            command[0] = program
            what = "does not know that" if code == WRONG_USAGE else complaint.strip() or "no JSON"
            raise Failure(f"{' '.join(command)}: {what}", unable=code == WRONG_USAGE) from None

    def carry(self, name, apart=False, **options):
        """One measurement of a transport; Failure when it could not be made. apart: a producer and its one consumer
        have a core each. Else the system may put both on one, and what both could do at once takes turns."""
        transport = self.transports[name]
        if apart and len(os.sched_getaffinity(0)) > 1:
            options["apart"] = "yes"
        try:
            result = self.run(transport.program, "carry", transport=name, **options)
        except Failure as failure:
            failure.transport = name
            raise
        if result["failure"]:
            raise Failure(result["failure"], name)
        return result

    def job(self, job, **options):
        return self.run(self.own, job, **options)

"""A newcomer with a copy of the sources, who follows README.md and docs/: types their blocks into terminals, and puts
their programs into files."""

import contextlib
import os
import re
import shutil
import stat

from shell import Broken, Terminal, processes, wait_until

SHARED_MEMORY = "/dev/shm"
SYSTEM_V = ("/proc/sysvipc/shm", "/proc/sysvipc/sem")  # a line with headings, and one for each object
# What differs from run to run in the output of the programs.
PASSING = re.compile(r"(?<=\(process )\d+|[\d.]+(?= s \()|[\d.]+(?= fps)|[\d.]+(?= MB/s)")

# Stand-ins for programs that cannot run in a test.
STAND_INS = {
    # The packages are there, or the test says which are not.
    "apt-get": 'echo "the test installs no packages, but was asked for: $*" >&2; exit 1',
    # There is no display. Like the real one it wants a picture when it begins, and looks again and again.
    "feh": '[ -e "$3" ] && exec python3 -B {here}/viewer.py "$@"; echo "feh: no such picture: $*" >&2; exit 1',
}


class Reader:
    def __init__(self, work, source, text):
        self.text = text
        self.here = os.path.join(work, "frameferry")
        self.logs = os.path.join(work, "logs")
        stand_ins = os.path.join(work, "stand-ins")
        home = os.path.join(work, "home")
        temporary = os.path.join(work, "tmp")
        for folder in (self.logs, stand_ins, home, temporary):
            os.mkdir(folder)
        for name, script in STAND_INS.items():
            path = os.path.join(stand_ins, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write("#!/bin/sh\n" + script.format(here=os.path.dirname(os.path.abspath(__file__))) + "\n")
            os.chmod(path, stat.S_IRWXU)
        self.environment = {
            "PATH": f"{stand_ins}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": home, "TMPDIR": temporary, "LANG": "C.UTF-8", "TERM": "dumb"}
        mine = re.compile(r"build.*|out|\.git|__pycache__")
        shutil.copytree(source, self.here, symlinks=True, ignore=lambda folder, names: [
            name for name in names if mine.fullmatch(name) and folder == source or name == "__pycache__"])
        self.terminals = []
        self.camera_script = None
        self.shown = None  # the terminal with the last block of commands

    def path(self, *names):
        return os.path.join(self.here, *names)

    def start(self, script, folder=None):
        terminal = Terminal(script, folder or self.here, self.environment, self.logs)
        self.terminals.append(terminal)
        return terminal

    def run(self, script, folder=None):
        return self.start(script, folder).end()

    @contextlib.contextmanager
    def camera(self):
        """What README.md has somebody start in another terminal, until Ctrl-C."""
        camera = self.start(self.camera_script)
        wait_until(lambda: os.path.exists(f"{SHARED_MEMORY}/camera"), "there is no channel camera", camera)
        yield camera
        if not camera.has_ended():
            camera.interrupt()

    def listen(self, channel, *options):
        """A consumer beside what is tried, which sees what comes."""
        return self.start(f"ferry-consumer --name {channel} --json {' '.join(options)}")

    def follow(self, kind, body, row):
        """One block, as the table says or else as it stands."""
        for old, new in (row.instead if row else {}).items():
            if old not in body:
                raise Broken(f"the table replaces {old!r}, which is not in\n{body}")
            body = body.replace(old, new)
        if kind == "c":
            self.write_program(body)
        elif kind == "cmake":
            self.build_project(body)
        elif kind == "text":
            self.compare(body)
        else:
            self.shown = self.run(body) if row is None or row.try_it is None else row.try_it(self, body)

    def compare(self, body):
        """What README.md shows is what the block before has written, but for times and numbers of processes."""
        if self.shown is None:
            raise Broken(f"nothing is known of what should have written\n{body}")
        wanted, found = (sorted(PASSING.sub("N", text).splitlines())
                         for text in (body, self.shown.out() + self.shown.err()))
        if wanted != found:
            raise Broken(f"README.md shows\n{body}and this was written:\n{self.shown.story()}")

    def write_program(self, body):
        name = re.match(r"/\* (\w+\.c): ", body)
        if name is None:
            raise Broken(f"no comment says which file this is:\n{body}")
        with open(self.path(name[1]), "w", encoding="utf-8") as file:
            file.write(body)

    def build_project(self, body):
        """A whole CMakeLists.txt, in a folder with the programs so far."""
        folder = self.path("project")
        os.mkdir(folder)
        for name in os.listdir(self.here):
            if name.endswith(".c"):
                shutil.copy(self.path(name), folder)
        with open(os.path.join(folder, "CMakeLists.txt"), "w", encoding="utf-8") as file:
            file.write(body)
        self.run("cmake -S . -B build && cmake --build build", folder)
        self.try_programs(os.path.join(folder, "build"))
        # As a part: test install.part builds and runs such a project, here it is only configured.
        whole, part = re.search(r"^find_package.*$", body, re.MULTILINE), "add_subdirectory(frameferry)"
        if whole is None or part not in self.text:
            raise Broken(f"README.md does not say {part} for find_package(...)")
        os.mkdir(os.path.join(folder, "whole"))
        os.symlink(self.here, os.path.join(folder, "whole", "frameferry"))
        for name in ("camera_producer.c", "camera_consumer.c"):
            shutil.copy(self.path(name), os.path.join(folder, "whole"))
        with open(os.path.join(folder, "whole", "CMakeLists.txt"), "w", encoding="utf-8") as file:
            file.write(body.replace(whole[0], part))
        self.run("cmake -S . -B build", os.path.join(folder, "whole"))

    def try_programs(self, folder):
        """The producer and the consumer in C, which have been compiled there."""
        consumer = self.start("./camera_consumer", folder)
        self.run("./camera_producer", folder)
        lines = consumer.end().out().splitlines()
        if len(lines) != 100 or lines[-1] != "frame 100 starts with 99":
            raise Broken(f"100 frames should have arrived:\n{consumer.story()}")

    def look_for_remains(self):
        running = [terminal for terminal in self.terminals if not terminal.has_ended()]
        left = [one.command for one in processes()]
        if running or left:
            raise Broken(f"still running: {left}\n" + "\n".join(one.story() for one in running))
        names = os.listdir(SHARED_MEMORY)
        if names:
            raise Broken(f"left in {SHARED_MEMORY}: {names}")
        for path in SYSTEM_V:
            with open(path, encoding="utf-8") as file:
                left = file.read().splitlines()[1:]
            if left:
                raise Broken(f"left in {path}: {left}")

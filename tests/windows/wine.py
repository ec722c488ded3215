"""Programs for Windows, run from here: FERRY_EMULATOR is the command that runs one, FERRY_BIN the folder
that has them."""

import contextlib
import itertools
import json
import os
import secrets
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from exit_codes import exit_code

BIN = os.environ["FERRY_BIN"]
EMULATOR = shlex.split(os.environ["FERRY_EMULATOR"])
STUCK_SECONDS = 120


def windows_path(path):
    """As programs for Windows see it under Wine: drive Z: is the root."""
    return "Z:" + os.path.abspath(path).replace("/", "\\")


def executable(name):
    return os.path.join(BIN, f"{name}.exe")


def wait_for_file(path):
    """Until a file has its name, which it gets when it is whole."""
    end = time.monotonic() + STUCK_SECONDS
    while not os.path.exists(path):
        if time.monotonic() > end:
            raise AssertionError(f"stuck: {path} does not come")
        time.sleep(0.0005)


def rest_of(stream):
    """What a program that has ended has written. Not until the end of the pipe: what Wine starts beside a program,
    for a console of its own, may have the pipe too, and stays."""
    if stream is None:
        return b""
    os.set_blocking(stream.fileno(), False)
    return stream.read() or b""


class Program:
    def __init__(self, name, *arguments, **more):
        more.setdefault("stdin", subprocess.DEVNULL)
        more.setdefault("stdout", subprocess.PIPE)
        self.name = name
        self.popen = subprocess.Popen([*EMULATOR, executable(name), *map(str, arguments)],
                                      stderr=subprocess.PIPE, **more)

    def line(self):
        return self.popen.stdout.readline().decode().rstrip("\r\n")

    def tell(self, line=""):
        self.popen.stdin.write(line.encode() + b"\n")
        self.popen.stdin.flush()

    def end(self):
        """Waits for its end: exit code, and the lines that have not been read yet."""
        if self.popen.stdin is not None:
            with contextlib.suppress(OSError):  # what it did not read
                self.popen.stdin.close()
        try:
            self.popen.wait(STUCK_SECONDS)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
            raise AssertionError(f"{self.name} is stuck: {rest_of(self.popen.stdout).decode()}"
                                 f"{rest_of(self.popen.stderr).decode()}") from None
        self.err = rest_of(self.popen.stderr).decode()
        return exit_code(self.popen.returncode, True), rest_of(self.popen.stdout).decode().splitlines()

    def close(self):
        if self.popen.poll() is None:
            self.popen.kill()
        self.popen.wait()
        for stream in (self.popen.stdin, self.popen.stdout, self.popen.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):  # what it did not read
                    stream.close()


class Case(unittest.TestCase):
    serial = itertools.count(1)
    marker = f"wine-test-{os.getpid()}-{secrets.token_hex(3)}"

    def setUp(self):
        self.channel = f"{Case.marker}-{next(Case.serial)}"
        self.programs = []
        self.folder = tempfile.mkdtemp(prefix="ferry-")
        self.addCleanup(self._finish)

    def _finish(self):
        left = [program.name for program in self.programs if program.popen.poll() is None]
        for program in self.programs:
            program.close()
        shutil.rmtree(self.folder)
        self.assertEqual(left, [], "still running")

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self, name, *arguments, **more):
        program = Program(name, "--name", self.channel, *arguments, **more)
        self.programs.append(program)
        return program

    def end(self, program, code=0):
        """The lines that it has written."""
        got, lines = program.end()
        self.assertEqual(got, code, f"{program.name}: {program.err}")
        return lines

    def report(self, program):
        """What a program of this folder reports as its last line."""
        return json.loads(self.end(program)[-1])

    def report_file(self, name="report"):
        with open(self.path(name), encoding="utf-8") as file:
            return json.load(file)

    def command(self, name, *arguments, report="report"):
        """For --launch: a program that reports into a file."""
        words = [windows_path(executable(name)), "--name", self.channel,
                 "--report", windows_path(self.path(report)), *map(str, arguments)]
        self.assertFalse(any(" " in word for word in words))
        return " ".join(words)

#!/usr/bin/env python3
"""Runs the commands of README.md, and of the pages in docs/ that go on from there, from top to bottom as a newcomer
would, in a copy of the sources, and looks whether what the reader is promised happens. Usage: readme.py

The blocks are those of the pages themselves. readme/table.py says which of them do something else here, and why; a
block that is not in the table is run as it stands, and has to succeed. A block of text is what the block before it
writes.

All of it happens in namespaces of its own: /usr/local, /etc, /dev/shm, the shared memory of System V and the network
are those of a fresh machine, and no process outlives the test. Where these cannot be had, the commands would change the
machine and meet channels of other programs, so that the test is skipped."""

import fcntl
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.normpath(os.path.join(HERE, "..", ".."))
sys.path.insert(0, os.path.join(HERE, "readme"))
sys.path.insert(0, os.path.join(HERE, "..", "process"))

from reader import Reader
from shell import Broken
from table import ROWS

SKIPPED = 77
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
APART = ["unshare", "--mount", "--ipc", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
NEWCOMER = ["unshare", "--user", "--map-root-user", *APART[1:]]
BLOCK = re.compile(r"^```([a-z]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
KINDS = ("sh", "c", "cmake", "text")
PAGES = ("README.md", "docs/building.md", "docs/c.md", "docs/recipes.md", "docs/ferry.md", "docs/baseimage.md",
         "docs/old-programs.md", "docs/web.md", "docs/performance.md")


def find_namespaces():
    """A command that runs another one apart from this machine, or None."""
    for prefix in (APART, NEWCOMER):
        trial = subprocess.run([*prefix, "mount", "-t", "tmpfs", "none", "/dev/shm"],
                               stderr=subprocess.DEVNULL, check=False)
        if trial.returncode == 0:
            return prefix
    return None


def make_a_fresh_machine(work):
    """As root in a namespace of mounts."""
    def mount(*arguments):
        subprocess.run(["mount", *arguments], check=True)
    etc = os.path.join(work, "etc")
    os.mkdir(etc)
    mount("-t", "tmpfs", "none", etc)
    # Another user than root cannot read all of it, and needs no more.
    subprocess.run(["cp", "-a", "/etc/.", etc], stderr=subprocess.DEVNULL, check=False)
    mount("--bind", etc, "/etc")
    for folder in ("/dev/shm", "/usr/local", "/var/cache/ldconfig"):
        if os.path.isdir(folder):
            mount("-t", "tmpfs", "none", folder)
    set_loopback_up()


def set_loopback_up():
    """The only network that there is. Source: netdevice(7)."""
    with socket.socket() as any_socket:
        name = b"lo".ljust(16, b"\0")
        flags = struct.unpack_from("h", fcntl.ioctl(any_socket, SIOCGIFFLAGS, name + bytes(24)), 16)[0]
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, name + struct.pack("h22x", flags | IFF_UP))


def read_blocks():
    """(kind, text) for each block that has one, in their order, and the whole text."""
    texts, blocks = [], []
    for page in PAGES:
        with open(os.path.join(SOURCE, page), encoding="utf-8") as file:
            text = file.read()
        found = BLOCK.findall(text)
        unknown = {kind for kind, _ in found if kind} - set(KINDS)
        if unknown or text.count("\n```") != 2 * len(found):
            raise Broken(f"{page} has blocks that nobody knows how to run: {unknown}")
        blocks += [(kind, body) for kind, body in found if kind]
        texts.append(text)
    return blocks, "\n".join(texts)


def plan(blocks, rows):
    """(kind, text, row or None) in the order in which they are run."""
    steps = [(kind, body, [row for row in rows if row.mark in body]) for kind, body in blocks]
    for row in rows:
        count = sum(row in found for _, _, found in steps)
        if count != 1:
            raise Broken(f"the row of the table for {row.mark!r} is about {count} blocks")
    for _, body, found in steps:
        if len(found) > 1:
            raise Broken(f"{len(found)} rows of the table are about\n{body}")
    steps = [(kind, body, found[0] if found else None) for kind, body, found in steps]
    return sorted(steps, key=lambda step: step[2] is not None and step[2].is_last)


def run_inside(work):
    blocks, text = read_blocks()
    steps = plan(blocks, ROWS)
    make_a_fresh_machine(work)
    reader = Reader(work, SOURCE, text)
    for kind, body, row in steps:
        print(f"-- {(row.mark if row else body).splitlines()[0]}", flush=True)
        if row is not None and row.reason:
            print(f"   not as it stands: {row.reason}", flush=True)
        reader.follow(kind, body, row)
        reader.look_for_remains()
    print(f"{len(steps)} blocks of {len(PAGES)} pages do what they say")


def main():
    if sys.argv[1:2] == ["--inside"]:
        try:
            run_inside(sys.argv[2])
        except Broken as error:
            print(f"README.md or docs: {error}", file=sys.stderr)
            return 1
        return 0
    prefix = find_namespaces()
    if prefix is None:
        print("skipped: no namespaces of mounts and processes can be made here (unshare), without which the commands "
              "would install to this machine and meet other programs' channels")
        return SKIPPED
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    work = tempfile.mkdtemp()
    try:
        return subprocess.run([*prefix, sys.executable, "-B", __file__, "--inside", work],
                              check=False).returncode
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    sys.exit(main())

"""A network of two machines on this one: two namespaces and a cable between them (veth), whose rate the kernel limits
(tc tbf). Needs root, iproute2 and util-linux. Shared memory and clocks are those of this machine on both sides."""

import os
import shutil
import subprocess
import time

SECONDS = 30  # until a namespace is there
NEAR, FAR = 0, 1


class Unavailable(Exception):
    """With the reason."""


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unavailable(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")


class Link:
    def __init__(self, megabits=None):
        for tool in ("ip", "tc", "nsenter", "unshare"):
            if shutil.which(tool) is None:
                raise Unavailable(f"there is no {tool}")
        if os.geteuid() != 0:
            raise Unavailable("namespaces of a network need root")
        self.addresses = ("10.77.0.1", "10.77.0.2")
        self.holders = []
        try:
            self._make(megabits)
        except Unavailable:
            self.close()
            raise

    def _make(self, megabits):
        own = os.readlink("/proc/self/ns/net")
        for _ in (NEAR, FAR):
            holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"], stderr=subprocess.DEVNULL)
            self.holders.append(holder)
            end = time.monotonic() + SECONDS
            while os.readlink(f"/proc/{holder.pid}/ns/net") == own:
                if holder.poll() is not None or time.monotonic() > end:
                    raise Unavailable("no namespace can be made")
                time.sleep(0.01)
        run(*self.inside(NEAR), "ip", "link", "add", "end0", "type", "veth", "peer", "name", "end1", "netns",
            str(self.holders[FAR].pid))
        for side in (NEAR, FAR):
            here = self.inside(side)
            run(*here, "ip", "link", "set", "lo", "up")
            run(*here, "ip", "address", "add", f"{self.addresses[side]}/24", "dev", f"end{side}")
            run(*here, "ip", "link", "set", f"end{side}", "up")
            if megabits is not None:
                run(*here, "tc", "qdisc", "add", "dev", f"end{side}", "root", "tbf", "rate",
                    f"{megabits}mbit", "burst", "256k", "latency", "20ms")

    def inside(self, side):
        """The beginning of a command that runs there; the process stays the same."""
        return ["nsenter", f"--net=/proc/{self.holders[side].pid}/ns/net"]

    def close(self):
        for holder in self.holders:
            holder.kill()
            holder.wait()

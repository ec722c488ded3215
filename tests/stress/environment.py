"""The programs die, or stop, where FERRY_FAULT says, and the next ones need no clean-up."""

import os
import signal
import subprocess
import sys

from peers import STUCK_SECONDS, Failure, Run, check
from system import BIN


def producer(run, wish):
    settings = {**os.environ, "FERRY_FAULT": wish}
    arguments = ["--name", run.channel, "--no-wait", "--count", "20", "--fps", "1000",
                 "pattern:64x48"]
    return subprocess.Popen([os.path.join(BIN, "ferry-producer"), *arguments], env=settings,
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def ends(program, wanted):
    _, told = program.communicate(timeout=STUCK_SECONDS)
    check(program.returncode == wanted, f"ended with {program.returncode}: {told.decode()}")


def main():
    with Run("environment") as run:
        try:
            ends(producer(run, "commit.head"), -signal.SIGKILL)
            ends(producer(run, "commit.head:20:kill"), -signal.SIGKILL)
            stopped = producer(run, "commit.frame:3:stop")
            os.waitid(os.P_PID, stopped.pid, os.WSTOPPED)
            stopped.send_signal(signal.SIGCONT)
            ends(stopped, 0)
            for nonsense in ("commit.head:21", "no.such.point", "commit.head:0", ":", "x" * 500):
                ends(producer(run, nonsense), 0)
            run.assert_no_names()
        except (Failure, subprocess.TimeoutExpired) as error:
            print(f"FAILED {error}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

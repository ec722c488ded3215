"""Starts programs so that none of them, and nothing of theirs, is left when a run is stopped."""
import glob
import os
import signal
import subprocess

STUCK_SECONDS = 120


class Stopped(Exception):
    """The user, or the system, wants the run to end."""


class Failure(Exception):
    """A measurement could not be made."""

    def __init__(self, text, transport=None, unable=False):
        super().__init__(text)
        self.transport = transport
        self.unable = unable  # and trying again would not help


class Processes:
    """Each program is in a process group of its own: a key that stops this script stops no measurement in the
    middle, and what is stuck is ended with its children."""

    def __init__(self):
        self.channel = f"bench-{os.getpid()}"
        self.running = {}
        self.stopped_by = None

    def watch_signals(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.stop)

    def stop(self, number, _frame):
        """A measurement ends by itself soon, and leaves nothing. The second signal does not wait for that."""
        if self.stopped_by is None:
            self.stopped_by = number
            os.write(2, b"\nstopping when this measurement is over; once more: at once\n")
            return
        for process in list(self.running):
            self.kill(process)

    def check(self):
        if self.stopped_by is not None:
            raise Stopped

    def start(self, command, **options):
        self.check()
        process = subprocess.Popen(command, text=True, process_group=0, **options)
        self.running[process] = True
        return process

    def kill(self, process):
        """Ends a process and its children where they are. They clean nothing up then: see sweep."""
        traces = shared_memory_of(process.pid)
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.sweep(traces)

    def ended(self, process):
        self.running.pop(process, None)

    def output_of(self, command):
        """The output of a program, its complaint, and its exit code."""
        process = self.start(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            output, complaint = process.communicate(timeout=STUCK_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill(process)
            process.communicate()
            raise Failure(f"{' '.join(command)}: stuck") from None
        finally:
            self.ended(process)
        self.check()
        return output, complaint, process.returncode

    def sweep(self, more=()):
        """Removes what killed programs have left: all of it has the channel's name, or is in the list."""
        traces = glob.glob(f"/dev/shm/{self.channel}*") + glob.glob(f"/tmp/{self.channel}*")
        for path in traces + list(more):
            try:
                os.unlink(path)
            except OSError:
                pass  # gone by now, or not ours


def shared_memory_of(group):
    """Objects in shared memory that GStreamer names after the process that makes them."""
    members = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                text = file.read()
        except OSError:
            continue  # it has ended
        if int(text[text.rindex(")"):].split()[3]) == group:
            members.append(text.split()[0])
    return [path for pid in members for path in glob.glob(f"/dev/shm/shmpipe.*{pid}.*")]

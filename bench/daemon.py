"""The daemon of iceoryx, the one peer that needs one."""
import os
import pwd
import shutil
import signal
import subprocess
import tempfile

# Room for the frames of every load, with what the daemon adds to each: as many as in its own largest pools.
POOLS = [(4096, 128), (1 << 20, 30), (9 << 20, 10), (34 << 20, 10)]
STOP_SECONDS = 10


def traces():
    """The traces of one that was killed. Its memory has the name of the user."""
    names = ["/dev/shm/iceoryx_mgmt", f"/dev/shm/{pwd.getpwuid(os.geteuid()).pw_name}"]
    return names + ["/tmp/roudi", "/tmp/roudi.lock", "/tmp/iox-unique-roudi.lock"]


class Daemon:
    def __init__(self, processes):
        self.processes = processes
        self.process = None
        self.ready = False

    def start(self):
        """False: it is not there, does not start, or one runs already, which has other pools."""
        program = shutil.which("iox-roudi")
        if program is None:
            return False
        pools = "".join(f"[[segment.mempool]]\nsize = {size}\ncount = {count}\n" for size, count in POOLS)
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as config:
            config.write(f"[general]\nversion = 1\n[[segment]]\n{pools}")
            config.flush()
            self.process = self.processes.start(
                [program, "--monitoring-mode", "off", "--config-file", config.name],
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            for line in self.process.stdout:
                if "ready for clients" in line:
                    self.ready = True
                    break
        return self.ready

    def stop(self):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.process.stdout.close()
        self.processes.ended(self.process)
        # One that did not get ready may have met another one, to which all of this belongs.
        if self.ready and code != 0:
            self.processes.sweep(traces())

"""How a program has ended, as far as that can be told."""

import signal
import unittest.mock


def exit_code(code, under_wine):
    """The exit code; under Wine perhaps something that equals every one. Wine's server kills a process that is still
    there a second after its last thread has ended (process_sigkill in Wine's server/process.c), as happens on a busy
    machine, and nobody learns any more how it ended. What it wrote before is there to be judged."""
    return unittest.mock.ANY if under_wine and code == -signal.SIGKILL else code

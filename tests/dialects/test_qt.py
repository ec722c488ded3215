"""Qt's own shared memory, with its lock, and with semaphores beside it."""

import unittest

import cases
import harness

globals().update(cases.of(__name__, harness.QT, *cases.COMMON))
globals().update(cases.of(__name__, harness.QT_TURNS, *cases.COMMON, prefix="Turns"))

if __name__ == "__main__":
    unittest.main(verbosity=2)

"""One mapping, and one semaphore that is a lock."""

import unittest

import cases
import harness

globals().update(cases.of(__name__, harness.MUTEX, *cases.COMMON, cases.Foreign, cases.Broken, cases.WrongCounts))

if __name__ == "__main__":
    unittest.main(verbosity=2)

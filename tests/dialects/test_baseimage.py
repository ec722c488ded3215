"""One mapping, and an event that one waiter takes."""

import unittest

import cases
import harness

globals().update(cases.of(__name__, harness.BASEIMAGE, *cases.ANY))

if __name__ == "__main__":
    unittest.main(verbosity=2)

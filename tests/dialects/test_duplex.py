"""Two mappings, one for each direction, in the three readings that are known."""

import unittest

import cases
import harness

globals().update(cases.of(__name__, harness.PAIRS, *cases.COMMON, cases.Foreign, prefix="Pairs"))
globals().update(cases.of(__name__, harness.SINGLE, *cases.COMMON, cases.Foreign, prefix="Single"))
globals().update(cases.of(__name__, harness.TWO_LOCKS, *cases.COMMON, cases.Foreign, prefix="Locks"))

if __name__ == "__main__":
    unittest.main(verbosity=2)

"""Runs many cases side by side, and tells what failed and what was measured."""

import argparse
import concurrent.futures
import os
import time

from peers import Failure, Run, report
from system import Clock


def arguments(text):
    parser = argparse.ArgumentParser(description=text,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="cases with this text in their label")
    parser.add_argument("--jobs", type=int, default=6, help="cases at a time")
    parser.add_argument("--list", action="store_true", help="name the cases, and do nothing")
    return parser.parse_args()


def run_one(label, body):
    """What the case measured; None: it failed, and has been told."""
    try:
        with Run(label) as run:
            body(run)
            return run.measured
    except (Failure, OSError, ValueError) as error:
        print(f"FAILED {label}: {error}", flush=True)
        return None


def thinned(cases):
    """Every n-th case where TEST_THINNED or TEST_APART say so, as in ../support/thinning.h: a case is dear there."""
    apart = 1 if "TEST_WHOLE" in os.environ else max(
        int(os.environ.get(variable, 1)) for variable in ("TEST_THINNED", "TEST_APART"))
    first = time.time_ns() // 1000 % apart
    if apart > 1:
        print(f"every {apart}th case, beginning with number {first}", flush=True)
    return cases[first::apart]


def run_all(test, cases, options, **more):
    """cases: (label, body). How many failed."""
    cases = [(label, body) for label, body in cases if options.only in label]
    if options.list:
        print("\n".join(label for label, _ in cases))
        return 0
    with Run("clock") as run:
        peer = run.peer()
        Clock.adjust(lambda: int(peer.ask("ready", "ready")[1]))
    if not options.only:
        cases = thinned(cases)
    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        results = list(pool.map(lambda case: run_one(*case), cases))
    failures = results.count(None)
    measured = [value for result in results if result is not None for value in result]
    report(test, measured, cases=len(cases), failures=failures, **more,
           seconds=round(time.monotonic() - begin, 1))
    return failures + (not cases)

"""Kills a process at every fault point of the library, in each of the ways that reach it, and looks at
the survivors.

    matrix.py [--only TEXT] [--jobs N] [--list]

A case runs twice: once the process kills itself at the point, once it stops there, so that the others
run on, and is killed from outside. Prints what was measured as JSON."""

import argparse
import collections
import concurrent.futures
import sys
import threading
import time

import cases
import points
from peers import Failure, Run, report

CASES = {"publish": cases.publish, "abort": cases.abort, "full": cases.full, "reclaim": cases.reclaim,
         "create": cases.create, "end": cases.end, "receive": cases.receive, "join": cases.join,
         "leave": cases.leaving, "bury": cases.bury, "bare": cases.bare, "step_back": cases.step_back,
         "overtaken": cases.overtaken}

lock = threading.Lock()
measured, failures, killed = [], [], collections.Counter()


def run_case(point, case, options, action):
    words = " ".join(f"{key}={value}" for key, value in options.items())
    label = f"{point} {case} {words} {action}"
    try:
        with Run(label) as run:
            CASES[case](run, point, action, **options)
    except (Failure, OSError, ValueError) as error:
        with lock:
            failures.append(label)
            print(f"FAILED {label}: {error}", flush=True)
        return
    with lock:
        killed[point] += 1
        measured.extend(run.measured)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="cases with this text in their label")
    parser.add_argument("--jobs", type=int, default=6)
    parser.add_argument("--list", action="store_true", help="name the points and their cases")
    options = parser.parse_args()
    wrong = points.faults_in_table()
    for sentence in wrong:
        print(sentence)
    planned = [(point, case, how, action) for point, case, how in points.cases()
               for action in ("kill", "stop")]
    planned = [p for p in planned if options.only in " ".join(map(str, p))]
    if options.list:
        print("\n".join(" ".join(map(str, p)) for p in planned))
        return 1 if wrong else 0
    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(lambda p: run_case(*p), planned))
    report("matrix", measured, points=len(killed), deaths=sum(killed.values()), failures=len(failures),
           seconds=round(time.monotonic() - begin, 1))
    return 1 if wrong or failures else 0


if __name__ == "__main__":
    sys.exit(main())

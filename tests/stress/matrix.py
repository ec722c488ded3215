"""Kills a process at every fault point of the library, in each of the ways that reach it, and looks at
the survivors. A case runs twice: once the process kills itself at the point, once it stops there, so
that the others run on, and is killed from outside. Prints what was measured as JSON, in ms."""

import functools
import sys

import cases
import harness
import points

CASES = {"publish": cases.publish, "abort": cases.abort, "full": cases.full, "reclaim": cases.reclaim,
         "create": cases.create, "end": cases.end, "receive": cases.receive, "join": cases.join,
         "leave": cases.leaving, "bury": cases.bury, "bare": cases.bare, "step_back": cases.step_back,
         "overtaken": cases.overtaken, "overtaken_early": cases.overtaken_early,
         "end_early": cases.end_early, "told_late": cases.told_late, "put_back": cases.put_back}


ACTIONS = ("kill", "stop")


def planned():
    for point, case, options in points.cases():
        for action in ACTIONS:
            words = " ".join(f"{key}={value}" for key, value in options.items())
            yield (f"{point}, {case} {words} {action}",
                   functools.partial(CASES[case], point=point, action=action, **options))


def main():
    options = harness.arguments(__doc__)
    wrong = points.faults_in_table()
    for sentence in wrong:
        print(f"FAILED {sentence}")
    failures = harness.run_all("matrix", list(planned()), options, points=len(points.in_sources()))
    return 1 if wrong or failures else 0


if __name__ == "__main__":
    sys.exit(main())

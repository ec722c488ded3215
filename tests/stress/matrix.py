"""Kills a process at every fault point of the library, in each of the ways that reach it, and looks at
the survivors. A case runs twice: once the process kills itself at the point, once it stops there, so
that the others run on, and is killed from outside. Prints what was measured as JSON, in ms."""

import functools
import sys

import cases
import consumer_cases
import harness
import points

CASES = {"publish": cases.publish, "abort": cases.abort, "full": cases.full, "reclaim": cases.reclaim,
         "create": cases.create, "end": cases.end, "step_back": cases.step_back,
         "end_early": cases.end_early, "clean": cases.clean, "put_back": cases.put_back,
         "receive": consumer_cases.receive, "join": consumer_cases.join, "leave": consumer_cases.leaving,
         "withdraw": consumer_cases.withdraw,
         "bury": consumer_cases.bury, "bare": consumer_cases.bare, "told_late": consumer_cases.told_late,
         "overtaken": consumer_cases.overtaken, "overtaken_early": consumer_cases.overtaken_early}

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

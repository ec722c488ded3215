#!/usr/bin/env python3
"""Which test proves which property with which convention.

    results.py           fails if a convention lacks a test of a property, and nothing here says why
    results.py --table   the table in Markdown, with the number of tests in each cell
    results.py --list    each test by its name
    results.py PAGE      fails if the page's table is not this one, too
"""

import collections
import glob
import importlib
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
os.environ.setdefault("FERRY_BIN", "")
os.environ.setdefault("FERRY_SOURCE", os.path.join(HERE, "..", ".."))
os.environ["FERRY_QT_PEER"] = os.environ.get("FERRY_QT_PEER") or "here"  # lest its cases be skipped

import harness
import proofs

COLUMNS = tuple(dict.fromkeys(convention.name for convention in harness.ALL))
BEGIN, END = "<!-- tests/dialects/results.py --table -->", "<!-- the end of the table -->"

# What no test proves, and why.
ONE_WAY = "a convention of one direction"
NOT_PROVED = {
    **{(proofs.BOTH_WAYS, name): ONE_WAY for name in COLUMNS if name != "duplex"},
    (proofs.FOREIGN, "baseimage"): "its channel has tests of its own for that",
    (proofs.OUR_STEPS, "baseimage"): "its channel dies at each of its own steps in tests/stress",
    (proofs.FOREIGN, "qt"): "a segment is made by one side, and another one is refused",
}


def tests():
    """{(property, convention): [test, ...]}"""
    found = collections.defaultdict(list)
    for path in sorted(glob.glob(os.path.join(HERE, "test_*.py"))):
        module = importlib.import_module(os.path.basename(path)[:-3])
        for name, case in sorted(vars(module).items()):
            if not (isinstance(case, type) and issubclass(case, unittest.TestCase)):
                continue
            for method in unittest.defaultTestLoader.getTestCaseNames(case):
                what = getattr(getattr(case, method), "proves", None)
                if what is not None:
                    found[what, case.convention.name].append(f"{module.__name__}.{name}.{method}")
    return found


def faults(found):
    for what in proofs.PROPERTIES:
        for convention in COLUMNS:
            if bool(found[what, convention]) == ((what, convention) in NOT_PROVED):
                yield f"{convention}: {what}: " + ("there is a test, and a reason to have none"
                                                   if found[what, convention] else "no test, and no reason")


def table(found):
    lines = ["| | " + " | ".join(COLUMNS) + " |", "| --- |" + " --- |" * len(COLUMNS)]
    for what in proofs.PROPERTIES:
        cells = [str(len(found[what, convention]) or "–") for convention in COLUMNS]
        lines.append(f"| {what} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def page_faults(path, found):
    with open(path, encoding="utf-8") as file:
        page = file.read()
    if BEGIN not in page or END not in page:
        yield f"{path} has no table between {BEGIN} and {END}"
    elif page.split(BEGIN)[1].split(END)[0].strip() != table(found):
        yield f"{path} has another table than tests/dialects/results.py --table"


def main():
    words = sys.argv[1:]
    found = tests()
    if words == ["--table"]:
        print(table(found))
        return 0
    if words == ["--list"]:
        for (what, convention), names in sorted(found.items()):
            print("\n".join(f"{convention}: {what}: {name}" for name in names))
        return 0
    wrong = list(faults(found))
    for path in words:
        wrong += page_faults(path, found)
    for fault in wrong:
        print(fault, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

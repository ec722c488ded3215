"""Whether built files contain fault points: a release must have none, neither calls nor names.

    check_points.py none|all FILE..."""

import subprocess
import sys

import points


def traces(file):
    """What is found of the points in a file: their names, and symbols."""
    with open(file, "rb") as built:
        data = built.read()
    symbols = subprocess.run(["nm", "-a", file], capture_output=True, text=True).stdout
    symbols += subprocess.run(["nm", "-D", file], capture_output=True, text=True).stdout
    found = {name for name in points.in_sources() if name.encode() + b"\0" in data}
    return found | {line.split()[-1] for line in symbols.split("\n") if "ferryi_fault" in line}


def main():
    wanted, *files = sys.argv[1:]
    failures = 0
    for file in files:
        found = traces(file)
        missing = set(points.in_sources()) - found
        if wanted == "none" and found:
            print(f"{file} has fault points: {sorted(found)}")
            failures += 1
        if wanted == "all" and missing:
            print(f"{file} lacks fault points: {sorted(missing)}")
            failures += 1
    print(f"{len(files)} files looked at, {len(points.in_sources())} points")
    return 1 if failures or not files else 0


if __name__ == "__main__":
    sys.exit(main())

"""Every public call that takes a pointer or a time is called in tests/unit/channel/test_arguments.c.

Usage: check_arguments.py SOURCE_DIR
"""
import pathlib
import re
import sys

DECLARATION = re.compile(r"^FERRY_(?:IMAGE_)?API\b(?P<result>[^;(]*?)\b(?P<name>ferry_\w+)\((?P<arguments>[^;]*)\);", re.M)


def takes_what_can_be_wrong(arguments):
    return "*" in arguments or re.search(r"\bint64_t \w+_ns\b", arguments) is not None


def main():
    source = pathlib.Path(sys.argv[1])
    declared = [found for header in sorted((source / "common/include/frameferry").glob("*.h"))
                for found in DECLARATION.finditer(header.read_text())]
    called = set(re.findall(r"\bferry_\w+(?=\()", (source / "tests/unit/channel/test_arguments.c").read_text()))
    wanted = {found["name"] for found in declared if takes_what_can_be_wrong(found["arguments"])}
    missing = sorted(wanted - called)
    print(f"{len(declared)} public calls, {len(wanted)} of them with a pointer or a time")
    assert len(wanted) > 40, "the declarations were not found"
    if missing:
        sys.exit("not called in tests/unit/channel/test_arguments.c: " + ", ".join(missing))


main()

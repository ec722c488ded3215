"""Whether everything that Markdown files link to is there: check_links.py FOLDER"""

import os
import re
import sys

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")


def missing(folder):
    """(file, target) for links that lead nowhere, or out of the folder; and the number of all links."""
    found, count = [], 0
    root = os.path.realpath(folder)
    for path, _, names in os.walk(root):
        for name in names:
            if not name.endswith(".md"):
                continue
            with open(os.path.join(path, name), encoding="utf-8") as file:
                targets = LINK.findall(file.read())
            for target in targets:
                if re.match(r"[a-z]+:", target):
                    continue
                count += 1
                end = os.path.normpath(os.path.join(path, target))
                if not os.path.exists(end) or os.path.commonpath([root, end]) != root:
                    found.append((os.path.relpath(os.path.join(path, name), root), target))
    return found, count


def main():
    found, count = missing(sys.argv[1])
    for name, target in found:
        print(f"{name} links to {target}, which is not there")
    print(f"{count} links looked at")
    return 1 if found or not count else 0


if __name__ == "__main__":
    sys.exit(main())

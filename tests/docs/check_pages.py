#!/usr/bin/env python3
"""The pages, README.md and decisions among them, are complete and lead somewhere. Usage: check_pages.py SOURCE

Every relative link in a Markdown file leads to a file here, and to a heading of it where it names one. Every decision
has a row in docs/decisions/README.md with its title, a status and a date, and something that it explains refers to it.
README.md has no more than 250 lines, and prose no more than 120 columns."""

import datetime
import os
import re
import sys

LEFT_OUT = ("build", ".git", "corpus", "__pycache__")
SOURCES = (".c", ".h", ".py", ".sh", ".txt", ".cmake", ".in", ".pml", ".1")
LINK = re.compile(r"\]\(([^)\s]+)\)")
ROW = re.compile(r"^\| (\d+) \| \[(.+)\]\((.+\.md)\) \| (\S.*?) \| (\S+) \|$", re.MULTILINE)
README_LINES = 250
COLUMNS = 120

faults = []


def check(condition, text):
    if not condition:
        faults.append(text)


def read_files(source):
    """{path from the top: text} of the pages, and of what else may refer to a decision."""
    found = {}
    for folder, names, files in os.walk(source):
        names[:] = [name for name in names if name not in LEFT_OUT]
        for name in files:
            if name.endswith((".md", *SOURCES)):
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8") as file:
                    found[os.path.relpath(path, source)] = file.read()
    return found


def prose(page):
    """Without what stands in fences."""
    return re.sub(r"^ *```.*?^ *```$", "", page, flags=re.MULTILINE | re.DOTALL)


def anchors(page):
    """The headings as they are named in links: in small letters, with hyphens for blanks, without other marks."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    plain = [re.sub(r"\[(.*?)\]\(.*?\)", r"\1", heading) for heading in headings]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in plain}


def check_links(source, files):
    count = 0
    for path, text in files.items():
        for target in LINK.findall(prose(text)) if path.endswith(".md") else ():
            if re.match(r"[a-z]+:", target):
                continue
            count += 1
            name, _, anchor = target.partition("#")
            end = os.path.normpath(os.path.join(os.path.dirname(path), name)) if name else path
            check(os.path.exists(os.path.join(source, end)) and not end.startswith(".."),
                  f"{path} links to {target}, which is not there")
            if anchor and end in files:
                check(anchor in anchors(files[end]), f"{path} links to {target}, and no heading there is called so")
    check(count > 100, f"only {count} links were found")
    return count


def check_decisions(files):
    folder = os.path.join("docs", "decisions")
    records = {os.path.basename(path): text for path, text in files.items()
               if os.path.dirname(path) == folder and re.match(r"\d{4}-", os.path.basename(path))}
    check(len(records) > 20, "the decisions were not found")
    rows = {name: (int(number), title, date)
            for number, title, name, _, date in ROW.findall(files[os.path.join(folder, "README.md")])}
    check([row[0] for row in rows.values()] == sorted({int(name[:4]) for name in records}),
          "the rows of docs/decisions/README.md are not the decisions in their order")
    elsewhere = "\n".join(text for path, text in files.items()
                          if os.path.dirname(path) != folder and path != "CHANGELOG.md")
    for name, text in records.items():
        check(name in rows, f"{name} is not in docs/decisions/README.md")
        if name in rows:
            number, title, date = rows[name]
            check(text.startswith(f"# {number}. {title}\n"), f"{name} has another title than {title!r}")
            check(name.startswith(f"{number:04}-"), f"{name} is not number {number}")
            check(is_date(date), f"{name} has the date {date}")
        check(re.search(rf"decisions/{name[:4]}\b", elsewhere), f"no page and no source refers to decision {name}")
    return len(records)


def is_date(text):
    try:
        return datetime.date.fromisoformat(text) <= datetime.date.today()
    except ValueError:
        return False


def check_lines(files):
    length = files["README.md"].count("\n")
    check(length <= README_LINES, f"README.md has {length} lines: no more than {README_LINES} are read")
    for path, text in files.items():
        for line in prose(text).splitlines() if path.endswith(".md") else ():
            check(len(line) <= COLUMNS or line.startswith("|") or " " not in line.strip("-* "),
                  f"{path} has a line of {len(line)} columns: {line[:60]}...")


def main():
    source = sys.argv[1]
    files = read_files(source)
    print(f"{check_links(source, files)} links, {check_decisions(files)} decisions")
    check_lines(files)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

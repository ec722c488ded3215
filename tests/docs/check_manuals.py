#!/usr/bin/env python3
"""The manual pages, --help and the tables of options say the same, and the commands in README.md and docs/ use what
there is.
Usage: check_manuals.py BIN SOURCE

Each option, with the word that stands for its value, is in the page and in --help, or in --help-ports, which both
programs have alike; both know what getopt knows, and the programs take a value where the page says so. The pages have
the usual sections and are free of what mandoc warns of, if it is installed."""

import glob
import os
import re
import shutil
import subprocess
import sys

SECTIONS = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "ENVIRONMENT", "EXIT STATUS", "EXAMPLES",
            "SEE ALSO"]
USAGE = 2
HELP_LINES, HELP_COLUMNS = 47, 80

faults = []


def check(condition, text):
    if not condition:
        faults.append(text)


def run(program, *arguments):
    environment = {key: value for key, value in os.environ.items() if key != "FERRY_NAME"}
    return subprocess.run([program, *arguments], env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, check=False)


def page_options(text):
    """Pairs of an option and its value's word (None: it takes none; "[=NAME]": it need not have one)
    from ".It Fl -name Ar NAME" or ".It Fl -name Ns Op = Ns Ar NAME"."""
    found = []
    for line in re.findall(r"^\.It (?:Fl \w , )*Fl (-.*)$", text, re.MULTILINE):
        option, *rest = line.split()
        word = "".join(word for word in rest if word not in ("Ar", "Cm", "Ns", "Op"))
        found.append(("-" + option, f"[{word}]" if word.startswith("=") else word or None))
    return found


def help_options(text):
    found = []
    for line in text.splitlines():
        if line.startswith("Other:"):
            found += [(option, None) for option in re.findall(r"--[a-z0-9-]+", line)]
        match = re.match(r"  (?:-\w, )*(--[a-z0-9-]+)(\[=\S+\]| \S+)?(?:  |$)", line)
        if match:
            found.append((match[1], match[2].strip() if match[2] else None))
    return found


def check_help(name, help_text, ports_text):
    """Each list fits a small terminal, and an option that is in both is written alike."""
    for what, text in (("--help", help_text), ("--help-ports", ports_text)):
        lines = text.splitlines()
        check(0 < len(lines) <= HELP_LINES and max(map(len, lines)) <= HELP_COLUMNS,
              f"{name}: {what} does not fit a terminal of {HELP_LINES} lines of {HELP_COLUMNS} columns")
    in_ports = help_options(ports_text)
    check({"--object", "--payload"} <= {option for option, _ in in_ports}, f"{name}: --help-ports has no options")
    check(("--help-ports", None) in help_options(help_text), f"{name}: --help does not name --help-ports")
    check(len(set(in_ports)) == len(in_ports), f"{name}: --help-ports has an option twice")


def letter_pairs(text, letter, option):
    """Pairs of a letter and its option, where letters stand in front of their option."""
    found = set()
    for run in re.finditer(rf"(?P<letters>(?:{letter})+){option}", text):
        found.update((one, run[run.re.groups]) for one in re.findall(letter, run["letters"]))
    return found


def check_letters(source, side, page, help_text):
    with open(os.path.join(source, "common/programs/shared/arguments.c"), encoding="utf-8") as file:
        known = set(re.findall(r"\{'(\w)', \"([a-z-]+)\"\}", file.read()))
    check(len(known) > 3, "the table of letters was not found")
    for where, text, letter, option in (
            ("page", page, r"Fl (\w) , ", r"Fl -([a-z-]+)"),
            ("--help", help_text, r"(?<!\w)-(\w), ", r"--([a-z-]+)")):
        found = letter_pairs(text, letter, option)
        check(found == known, f"ferry-{side}: {where} and the table of letters differ in "
                              f"{sorted(found ^ known)}")


def kind_of(word):
    """Of an option, by the word for its value."""
    return "no" if word is None else "optional" if word.startswith("[") else "required"


def table_options(source, side):
    """Pairs of an option and its kind of value, from the tables for getopt_long: the program's own, and that of the
    options which all programs have."""
    text = ""
    for path in (f"{side}/options.c", "common/programs/shared/arguments.h"):
        with open(os.path.join(source, path), encoding="utf-8") as file:
            text += file.read()
    return [("--" + name, kind)
            for name, kind in re.findall(r'\{[\s\\]*"([a-z0-9-]+)", (\w+)_argument,', text)]


def check_value(program, option, kind):
    """The program itself: a value that is missing, or one too many."""
    if kind == "optional":
        result = run(program, option, "--version")
        check(result.returncode == 0, f"{program} {option}: got {result.stderr!r}")
        return
    if kind == "required":
        result, sentence = run(program, option), f"{option} needs a value"
    else:
        result, sentence = run(program, option + "=x"), f"{option}=x: this option takes no value"
    check(result.returncode == USAGE and sentence in result.stderr,
          f"{program}: expected \"{sentence}\", got {result.returncode} {result.stderr!r}")


def check_sections(name, text):
    found = re.findall(r"^\.Sh (.+)$", text, re.MULTILINE)
    check([section for section in found if section in SECTIONS] == SECTIONS,
          f"{name}: has the sections {found}, not all of {SECTIONS} in this order")


def check_form(path):
    mandoc = shutil.which("mandoc")
    if mandoc is None:
        print("mandoc is not installed: the form of the pages is not checked")
        return
    result = subprocess.run([mandoc, "-T", "lint", "-W", "warning", path], capture_output=True,
                            text=True, check=False)
    check(result.returncode == 0 and result.stdout == "", f"mandoc warns:\n{result.stdout}")


def check_program(binaries, source, side):
    name = f"ferry-{side}"
    program = os.path.join(binaries, name)
    page = os.path.join(source, side, f"{name}.1")
    with open(page, encoding="utf-8") as file:
        text = file.read()
    table = table_options(source, side)
    help_text, ports_text = (run(program, option).stdout for option in ("--help", "--help-ports"))
    check_help(name, help_text, ports_text)
    in_page, in_help = page_options(text), help_options(help_text) + help_options(ports_text)
    check(len(table) > 10, f"{name}: the table of options was not found")
    for option in sorted(set(in_page) ^ set(in_help), key=str):
        where = "page" if option in in_page else "--help or --help-ports"
        check(False, f"{name}: {option[0]} {option[1] or ''} is only in the {where}")
    for what, options in (("page", in_page), ("--help", in_help)):
        pairs = {(option, kind_of(word)) for option, word in options}
        check(pairs == set(table), f"{name}: {what} and the table differ in "
                                   f"{sorted(pairs ^ set(table))}")
    for option, kind in table:
        check_value(program, option, kind)
    check_letters(source, side, text, help_text)
    check_sections(name, text)
    check_form(page)
    print(f"{name}: {len(table)} options")
    return in_page, ports_text


def check_commands(name, text, options):
    """Whatever a page writes behind the name of a program is one of its options."""
    text = re.sub(r"\\?\n +", " ", text)
    parts = re.split(r"(ferry-(?:producer|consumer))\b", text)
    for program, rest in zip(parts[1::2], parts[2::2]):
        for option in re.findall(r"(?<![\w-])--[a-z0-9-]+", re.split(r"[\n|&]", rest)[0]):
            check(option in options[program], f"{name}: {program} has no {option}")
    return len(parts) // 2


def check_pages(source, options):
    """The commands of README.md and of all pages in docs/."""
    known = {program: {option for option, _ in found} for program, found in options.items()}
    pages = [os.path.join(source, "README.md")] + sorted(glob.glob(os.path.join(source, "docs", "*.md")))
    count = 0
    for path in pages:
        with open(path, encoding="utf-8") as file:
            blocks = re.findall(r"^```(?:sh|bat)\n(.*?)^```", file.read(), re.MULTILINE | re.DOTALL)
        count += check_commands(os.path.relpath(path, source), "\n".join(blocks), known)
    check(count > 20, f"only {count} commands were found in the pages")


def check_variables(source):
    """What a command of --exec finds in its environment."""
    with open(os.path.join(source, "consumer", "sinks", "exec.c"), encoding="utf-8") as file:
        given = set(re.findall(r'"(FERRY_[A-Z_]+?)_?(?:%s)?=', file.read())) | {"FERRY_NAME"}
    with open(os.path.join(source, "consumer", "ferry-consumer.1"), encoding="utf-8") as file:
        commands = file.read().split(".Sh COMMANDS")[1].split(".Sh ")[0]
    told = set()
    for line in re.findall(r"^\.It Ev (.*)$", commands, re.MULTILINE):
        told.update(name.removesuffix("_KEY") for name in re.findall(r"FERRY_[A-Z_]+", line))
    check(given == told, f"variables of --exec: page and code differ in {sorted(given ^ told)}")


check_variables(sys.argv[2])
found = {f"ferry-{side}": check_program(sys.argv[1], sys.argv[2], side) for side in ("producer", "consumer")}
check(len({ports for _, ports in found.values()}) == 1, "the programs differ in --help-ports")
check_pages(sys.argv[2], {name: in_page for name, (in_page, _) in found.items()})
for fault in faults:
    print(fault, file=sys.stderr)
sys.exit(1 if faults else 0)

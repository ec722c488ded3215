#!/usr/bin/env python3
"""The manual pages, --help and the tables of options say the same, and the commands in README.md and docs/ use what
there is.
Usage: check_manuals.py BIN SOURCE

Each option, with the word that stands for its value, is in the page and in --help, or in --help-ports, which the
producer and the consumer have alike; both know what getopt knows, and the programs take a value where the page says so.
The same goes for each verb of ferry, which has a section of the page, and for ferry-web where it is built. The pages have the usual sections and are free of
what mandoc warns of, if it is installed."""

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


def check_fits(name, what, text):
    lines = text.splitlines()
    check(0 < len(lines) <= HELP_LINES and max(map(len, lines)) <= HELP_COLUMNS,
          f"{name}: {what} does not fit a terminal of {HELP_LINES} lines of {HELP_COLUMNS} columns")


def check_help(name, help_text, ports_text):
    """Each list fits a small terminal, and an option that is in both is written alike."""
    for what, text in (("--help", help_text), ("--help-ports", ports_text)):
        check_fits(name, what, text)
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


def known_letters(source, *paths):
    """Pairs of a letter and its option, from the tables for getopt_long."""
    known = set()
    for path in paths:
        with open(os.path.join(source, path), encoding="utf-8") as file:
            known |= set(re.findall(r"\{[\s\\]*'(\w)', \"([a-z-]+)\"[\s\\]*\}", file.read()))
    return known


def check_letters(name, known, page, help_text):
    check(len(known) >= 3, f"{name}: the table of letters was not found")
    for where, text, letter, option in (
            ("page", page, r"Fl (\w) , ", r"Fl -([a-z-]+)"),
            ("--help", help_text, r"(?<!\w)-(\w), ", r"--([a-z-]+)")):
        found = letter_pairs(text, letter, option)
        check(found == known, f"{name}: {where} and the table of letters differ in "
                              f"{sorted(found ^ known)}")


def kind_of(word):
    """Of an option, by the word for its value."""
    return "no" if word is None else "optional" if word.startswith("[") else "required"


def table_options(source, *paths):
    """Pairs of an option and its kind of value, from the tables for getopt_long."""
    text = ""
    for path in paths:
        with open(os.path.join(source, path), encoding="utf-8") as file:
            text += file.read()
    return [("--" + name, kind)
            for name, kind in re.findall(r'\{[\s\\]*"([a-z0-9-]+)",[\s\\]*(\w+)_argument,', text)]


def check_value(program, option, kind, *verb):
    """The program itself: a value that is missing, or one too many."""
    if kind == "optional":
        result = run(program, *verb, option, "--version")
        check(result.returncode == 0, f"{program} {option}: got {result.stderr!r}")
        return
    if kind == "required":
        result, sentence = run(program, *verb, option), f"{option} needs a value"
    else:
        result, sentence = run(program, *verb, option + "=x"), f"{option}=x: this option takes no value"
    check(result.returncode == USAGE and sentence in result.stderr,
          f"{program} {' '.join(verb)}: expected \"{sentence}\", got {result.returncode} {result.stderr!r}")


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
    table = table_options(source, f"{side}/options.c", "common/programs/shared/arguments.h")
    help_text, ports_text = (run(program, option).stdout for option in ("--help", "--help-ports"))
    check_help(name, help_text, ports_text)
    in_page, in_help = page_options(text), help_options(help_text) + help_options(ports_text)
    compare_options(program, name, table, in_page, in_help)
    check_letters(name, known_letters(source, "common/programs/shared/arguments.c"), text, help_text)
    check_sections(name, text)
    check_form(page)
    print(f"{name}: {len(table)} options")
    return in_page, ports_text


def compare_options(program, name, table, in_page, in_help):
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


def check_web(binaries, source):
    """ferry-web, which a build may lack: its options as in the page."""
    name, program = "ferry-web", os.path.join(binaries, "ferry-web")
    page = os.path.join(source, "web", "ferry-web.1")
    with open(page, encoding="utf-8") as file:
        text = file.read()
    in_page = page_options(text)
    check_sections(name, text)
    check_form(page)
    if not os.path.exists(program):
        print(f"{name} is not built: its page alone is checked")
        return in_page
    table, help_text = table_options(source, "web/options.c"), run(program, "--help").stdout
    check_fits(name, "--help", help_text)
    compare_options(program, name, table, in_page, help_options(help_text))
    check_letters(name, known_letters(source, "web/options.c"), text, help_text)
    print(f"{name}: {len(table)} options")
    return in_page


def verb_table(source):
    """{verb: summary} of ferry/main.c, in its order."""
    with open(os.path.join(source, "ferry", "main.c"), encoding="utf-8") as file:
        return dict(re.findall(r'\{"(\w+)",\s*"ferry \w+",\s*"([^"]+)",\s*verb_\w+\}', file.read()))


def check_verb(program, source, verb, page, common):
    """One verb of ferry, with its section of the page and what all verbs have. Its options as in the page."""
    name = f"ferry {verb}"
    sources = [f"ferry/{verb}.c", "ferry/options.h"]
    with open(os.path.join(source, sources[0]), encoding="utf-8") as file:
        is_about_channel = "OPTIONS_OF_CHANNEL" in file.read()
    help_text = run(program, verb, "--help").stdout
    lines = help_text.splitlines()
    check(0 < len(lines) <= HELP_LINES and max(map(len, lines)) <= HELP_COLUMNS,
          f"{name}: --help does not fit a terminal of {HELP_LINES} lines of {HELP_COLUMNS} columns")
    check(help_text == run(program, "help", verb).stdout, f"ferry help {verb} and {name} --help differ")
    table = {(option, kind) for option, kind in table_options(source, *sources)
             if option != "--name" or is_about_channel}
    letters = {pair for pair in known_letters(source, *sources) if pair[1] != "name" or is_about_channel}
    in_page, in_help = page_options(common + page), help_options(help_text)
    for option in sorted(set(in_page) ^ set(in_help), key=str):
        where = "page" if option in in_page else "--help"
        check(False, f"{name}: {option[0]} {option[1] or ''} is only in the {where}")
    for what, options in (("page", in_page), ("--help", in_help)):
        pairs = {(option, kind_of(word)) for option, word in options}
        check(pairs == table, f"{name}: {what} and the table differ in {sorted(pairs ^ table)}")
    for option, kind in sorted(table):
        check_value(program, option, kind, verb)
    check_letters(name, letters, common + page, help_text)
    return in_page


def check_verbs(binaries, source):
    """ferry: {verb: its options}."""
    program, path = os.path.join(binaries, "ferry"), os.path.join(source, "ferry", "ferry.1")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    table = verb_table(source)
    check(len(table) > 0, "ferry: the table of verbs was not found")
    check_sections("ferry", text)
    check_form(path)
    common = re.search(r"^\.Sh OPTIONS\n(.*?)^\.Sh ", text, re.MULTILINE | re.DOTALL)[1]
    pages = re.search(r"^\.Sh VERBS\n(.*?)^\.Sh ", text, re.MULTILINE | re.DOTALL)[1]
    pages = dict(re.findall(r"^\.Ss (\w+)\n(.*?)(?=^\.Ss |\Z)", pages, re.MULTILINE | re.DOTALL))
    in_help = dict(re.findall(r"^  (\w+) +(.+)$", run(program, "--help").stdout, re.MULTILINE))
    check(list(pages) == list(table), f"ferry: the page has the verbs {list(pages)}, the program {list(table)}")
    check(in_help == table, f"ferry: --help has {in_help}, the table {table}")
    found = {verb: check_verb(program, source, verb, pages.get(verb, ""), common) for verb in table}
    print(f"ferry: {len(found)} verbs")
    return found


def check_commands(name, text, options):
    """Whatever a page writes behind the name of a program is one of its options."""
    text = re.sub(r"\\?\n +", " ", text)
    parts = re.split(r"(ferry-(?:producer|consumer|web)|(?<![\w./-])ferry [a-z]+)\b(?![.-])", text)
    for program, rest in zip(parts[1::2], parts[2::2]):
        if program not in options:
            check(False, f"{name}: there is no {program}")
            continue
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
verbs = check_verbs(sys.argv[1], sys.argv[2])
found = {f"ferry-{side}": check_program(sys.argv[1], sys.argv[2], side) for side in ("producer", "consumer")}
check(len({ports for _, ports in found.values()}) == 1, "the programs differ in --help-ports")
commands = {name: in_page for name, (in_page, _) in found.items()}
commands["ferry-web"] = check_web(sys.argv[1], sys.argv[2])
commands |= {f"ferry {verb}": in_page for verb, in_page in verbs.items()} | {"ferry help": []}
check_pages(sys.argv[2], commands)
for fault in faults:
    print(fault, file=sys.stderr)
sys.exit(1 if faults else 0)

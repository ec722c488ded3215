"""The state of libframeferry is in a process once: check_state.py SHARED [OBJECT...] -- FILE...

SHARED is libframeferry as a shared library, OBJECT... the objects that it is made of, and each FILE a program or a
library that is linked with it. These have hidden copies of some of the objects. A copy of one that has variables would
be a second state: a handler for SIGBUS that knows no mapping of the library, or leases that the child of a fork keeps.

Fails if a FILE
  1. is not linked with SHARED, of which it would then have all state of its own;
  2. has a function or variable of an object with variables, but for those in OWN;
  3. exports a name that SHARED exports, which the library would then call instead of its own.
"""

import os
import re
import subprocess
import sys

# Objects whose state may be in a file once more, and why.
OWN = {
    "lock.c": "the lock for messages, which the library never takes, is that of the programs",
}


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def has_variables(path):
    """Whether an object has sections that are written to at run time; .data.rel.ro is not, once it is relocated."""
    found = False
    for line in run("size", "-A", path).splitlines():
        words = line.split()
        if len(words) == 3 and re.match(r"\.(data|bss|tdata|tbss)\b(?!\.rel\.ro)", words[0]):
            found |= int(words[1]) > 0
    return found


def names_in(path, *options):
    """Defined names, without what compilers add to parts of functions and to variables in functions."""
    names = set()
    for line in run("nm", "-P", "--defined-only", *options, path).splitlines():
        names.add(line.split()[0].split("@")[0])
    return names


def names_needed(path):
    return re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "-d", path))


def name_of(path):
    """The soname by which a shared library is needed."""
    return re.findall(r"\(SONAME\).*\[(.*)\]", run("readelf", "-d", path))[0]


def source_of(path):
    return re.sub(r"\.(o|obj)$", "", os.path.basename(path))


def check(shared, objects, files):
    faults = []
    # Names that the linker looks up: a static function of another file may have the name of a static one here.
    stateful = {source_of(path): names_in(path, "-g") for path in objects if has_variables(path)}
    if not {"guard.c", "lease.c"} <= set(stateful):
        faults.append("guard.c and lease.c have no variables, or are not among the objects; then this test finds nothing")
    exported = {name for name in names_in(shared, "-D") if name.startswith("ferry")}
    for path in files:
        if name_of(shared) not in names_needed(path):
            faults.append(f"{path} is not linked with {name_of(shared)}")
        names = names_in(path)
        for source, theirs in sorted(stateful.items()):
            if source not in OWN and names & theirs:
                faults.append(f"{path} has a copy of {source}, and its state once more: {', '.join(sorted(names & theirs))}")
        for name in sorted(exported & names_in(path, "-D")):
            faults.append(f"{path} exports {name}, and libframeferry would call that instead of its own")
    print(f"{len(stateful)} objects with variables: {', '.join(sorted(stateful))}; {len(files)} files without copies of them")
    return faults


def main(arguments):
    if "--" not in arguments[1:-1]:
        print("usage: check_state.py SHARED [OBJECT...] -- FILE...", file=sys.stderr)
        return 2
    border = arguments.index("--")
    faults = check(arguments[0], arguments[1:border], arguments[border + 1:])
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


sys.exit(main(sys.argv[1:]))

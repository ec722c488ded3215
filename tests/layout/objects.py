"""What the objects of a build call, as nm lists it."""

import collections
import os
import re
import subprocess


def read_symbols(paths):
    """The units in object files and static libraries: [(name, defined, undefined)]."""
    command = [os.environ.get("NM", "nm"), "-P", "-g", *paths]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    units = [(paths[0], set(), set())] if len(paths) == 1 else []
    for line in said.splitlines():
        # "FILE:" or "LIBRARY[MEMBER]:" before the symbols of each, but not of a single file.
        header = re.fullmatch(r"(?:.*\[(?P<member>.*)\]|(?P<file>.*)):", line)
        if header:
            units.append((header["member"] or header["file"], set(), set()))
        elif line:
            name, kind = line.split()[:2]
            units[-1][2 if kind in "Uvw" else 1].add(name)
    return [unit for unit in units if unit[1] or unit[2]]


def source_of(unit, files):
    """The C file that an object was made from. CMake names an object FOLDER/CMakeFiles/TARGET.dir/FILE.o, and a member
    of a library FILE.o, which is enough if no other file has that name."""
    path = re.sub(r"CMakeFiles/[^/]*\.dir/", "", unit)
    path = os.path.normpath(re.sub(r"\b__/", "../", re.sub(r"\.(o|obj)$", "", path)))
    matches = [file for file in files if ("/" + path).endswith("/" + file)]
    if not matches and "/" not in path:
        matches = [file for file in files if os.path.basename(file) == path]
    return matches[0] if len(matches) == 1 else None


def read_modules(paths, files):
    """{module: (defined, undefined)}. A unit whose source is not known stands for itself."""
    modules = {}
    for unit, defined, undefined in read_symbols(paths):
        source = source_of(unit, files)
        name = os.path.splitext(source)[0] if source else unit
        while name in modules and not source:
            name += "'"
        seen = modules.setdefault(name, (set(), set()))
        seen[0].update(defined)
        seen[1].update(undefined)
    return modules


def call_graph(modules):
    """Modules that call modules. A symbol that is defined twice is the caller's mistake: objects of two programs, or an
    object and the library that it is in."""
    homes = collections.defaultdict(list)
    for module, (defined, _) in modules.items():
        for symbol in defined:
            homes[symbol].append(module)
    graph = collections.defaultdict(lambda: collections.defaultdict(list))
    for module, (_, undefined) in sorted(modules.items()):
        for symbol in sorted(undefined):
            if len(homes.get(symbol, [])) > 1:
                raise ValueError(f"{symbol} is defined in {' and '.join(homes[symbol])}; put \"--\" between "
                                 "the objects of two programs")
            for home in homes.get(symbol, []):
                if home != module:
                    graph[module][home].append(symbol)
    return graph

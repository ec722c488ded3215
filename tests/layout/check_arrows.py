#!/usr/bin/env python3
"""The parts of the tree depend on each other in one direction only.
Usage: check_arrows.py TOP [OBJECT...] [-- OBJECT...]...

Reads what the C files below TOP include, and with nm ($NM) what the objects or static libraries of a build call: those
of the library first, and behind each "--" those of a program. Fails on

  1. an include from one room into another that the table ROOMS does not allow, or a call from one room of the library
     into another;
  2. a circle of files by includes, where x.c and x.h of one folder are one file;
  3. a header of the operating system, or of a foreign library, where SYSTEM_ROOMS and FOREIGN do not allow it;
  4. an include that is not spelled from a root of its room;
  5. a circle of files by calls. Calls through pointers are not seen: a table of functions may point either way.

A circle is here a group of files each of which leads to all others; it is printed with all arrows inside."""

import collections
import os
import re
import subprocess
import sys

import objects

USAGE = 2

FOLDERS = ["common", "producer", "consumer", "ferry", "web", "samples", "bench"]
PUBLIC = "common/include/frameferry"
SUPPORT = "common/src/support"
PLATFORM = "common/src/platform"
FRAME = "common/src/frame"
IMAGE = "common/src/image"
CHANNEL = "common/src/channel"
PORT = "common/src/port"
DIALECT = "common/src/dialect"
HOST = "common/programs/host"
SHARED = "common/programs/shared"
LIBRARY_ROOT = ["common/src"]
PROGRAM_ROOTS = ["common/programs", "common/src"]

# Each room: the roots that its quoted includes are spelled from, and the rooms whose headers it may include, beside the
# public headers and its own. A room without roots includes nothing but public headers. A folder without a row is no
# room, and a file in it is a fault.
ROOMS = {
    PUBLIC: ([PUBLIC], []),
    SUPPORT: (LIBRARY_ROOT, []),
    PLATFORM: (LIBRARY_ROOT, [SUPPORT]),
    PLATFORM + "/linux": (LIBRARY_ROOT, [SUPPORT, PLATFORM]),
    PLATFORM + "/windows": (LIBRARY_ROOT, [SUPPORT, PLATFORM]),
    FRAME: (LIBRARY_ROOT, [SUPPORT, PLATFORM]),
    IMAGE: (LIBRARY_ROOT, [SUPPORT, PLATFORM, FRAME]),
    CHANNEL: (LIBRARY_ROOT, [SUPPORT, PLATFORM, FRAME]),
    PORT: (LIBRARY_ROOT, [SUPPORT, PLATFORM, FRAME, CHANNEL]),
    DIALECT: (LIBRARY_ROOT, [SUPPORT, PLATFORM, FRAME, IMAGE, CHANNEL, PORT]),
    HOST: (PROGRAM_ROOTS, [SUPPORT, PLATFORM]),
    HOST + "/linux": (PROGRAM_ROOTS, [SUPPORT, PLATFORM, PLATFORM + "/linux", HOST]),
    HOST + "/windows": (PROGRAM_ROOTS, [SUPPORT, PLATFORM, PLATFORM + "/windows", HOST]),
    SHARED: (PROGRAM_ROOTS, [HOST]),
    "producer": (["producer", "common/programs"], [HOST, SHARED, "producer/sources"]),
    "producer/sources": (["producer", "common/programs"], [HOST, SHARED, "producer"]),
    "consumer": (["consumer", "common/programs"], [HOST, SHARED, "consumer/sinks"]),
    "consumer/sinks": (["consumer", "common/programs"], [HOST, SHARED, "consumer"]),
    "ferry": (["ferry", "common/programs"], [HOST, SHARED]),
    "web": (["web", "common/programs"], [HOST, SHARED, "web/picture"]),
    "web/picture": (["web", "common/programs"], [HOST]),
    "web/linux": (["web", "common/programs"], [HOST, SHARED, "web"]),
    "samples": ([], []),
    "bench": (["bench"], []),
}

# Single files that may include a room which the others of their room may not, and why.
EXCEPTIONS = {
    (CHANNEL + "/dialects.c", DIALECT): "the table of dialects names each of them",
    (PORT + "/conventions.c", DIALECT): "the table of conventions names each of them",
}

# Where headers of the operating system may be. What is here keeps a contract of the folder above: what may include that
# folder may call this one.
SYSTEM_ROOMS = [PLATFORM + "/linux", PLATFORM + "/windows", HOST + "/linux", HOST + "/windows",
                "web/linux"]

C11 = set("""assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg
    stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath threads time uchar wchar wctype""".split())

# Where else headers may be that are neither C11 nor ours (a file, or a folder with a slash), which, and why.
FOREIGN = [
    (IMAGE + "/", ["isa-l/", "jerror.h", "jpeglib.h", "png.h", "stb_image", "tiffio.h", "webp/"],
     "libraries for picture files, which are there on every system"),
    (SUPPORT + "/copy.c", ["emmintrin.h"], "comes with the compiler"),
    (SHARED + "/", ["getopt.h"], "comes with the compiler for Windows too"),
    ("producer/options.c", ["getopt.h"], "comes with the compiler for Windows too"),
    ("producer/sources/http_curl.h", ["curl/curl.h"], "types of a library that is loaded when it is needed"),
    ("consumer/options.c", ["getopt.h"], "comes with the compiler for Windows too"),
    ("ferry/", ["getopt.h"], "comes with the compiler for Windows too"),
    ("web/options.c", ["getopt.h"], "comes with the compiler"),
    ("web/", ["microhttpd.h"], "the library for HTTP, without which there is no ferry-web"),
    ("samples/events.c", ["poll.h", "unistd.h"], "shows how a program polls"),
    ("bench/", [""], "runs on Linux only"),
]

INCLUDE = re.compile(r"\s*#\s*include\b\s*(?P<spelling>\"[^\"]*\"|<[^>]*>|.*)")

# file and line that include; spelling, with its quotes or brackets; target, the file in the tree, or None.
Include = collections.namedtuple("Include", "file line spelling target")


def files_below(top):
    found = []
    for folder in FOLDERS:
        for path, _, names in os.walk(os.path.join(top, folder)):
            found += [os.path.relpath(os.path.join(path, name), top).replace(os.sep, "/") for name in names
                      if name.endswith((".c", ".h"))]
    return sorted(found)


def room_of(path):
    """The room of a file, or None if its folder has no row."""
    folder = os.path.dirname(path)
    return folder if folder in ROOMS else None


def module_of(path):
    return os.path.splitext(path)[0]


def find_target(path, spelling, files):
    """The file that an include means: as the compiler looks for it, and then anywhere, so that an include which is
    spelled wrongly is an arrow too."""
    name = spelling[1:-1]
    if spelling.startswith("<"):
        target = os.path.dirname(PUBLIC) + "/" + name
        return target if target in files else None
    roots, _ = ROOMS.get(room_of(path), ([], []))
    for folder in [os.path.dirname(path), *roots]:
        target = os.path.normpath(folder + "/" + name)
        if target in files:
            return target
    elsewhere = [file for file in files if file.endswith("/" + name)]
    return elsewhere[0] if len(elsewhere) == 1 else None


def read_includes(top, files):
    known = set(files)
    includes = []
    for path in files:
        with open(os.path.join(top, path), encoding="utf-8") as text:
            for number, line in enumerate(text, 1):
                found = INCLUDE.match(line)
                if found:
                    spelling = found["spelling"].strip()
                    includes.append(Include(path, number, spelling, find_target(path, spelling, known)))
    return includes


def may_include(include):
    room, target = room_of(include.file), room_of(include.target)
    roots, allowed = ROOMS[room]
    return (target == PUBLIC or target in allowed or (target == room and roots)
            or (include.file, target) in EXCEPTIONS)


def arrow_faults(files, includes):
    """Kind 1."""
    for path in files:
        if room_of(path) is None:
            yield (f"{path}:1: {os.path.dirname(path)} is no room; move the file into one, "
                   "or add a row to ROOMS in check_arrows.py")
    for include in includes:
        if include.target is None or room_of(include.file) is None or room_of(include.target) is None:
            continue
        if not may_include(include):
            yield (f"{include.file}:{include.line}: {room_of(include.file)} may not include "
                   f"{room_of(include.target)} ({include.spelling}); move what both need into a room that both may "
                   "include, or pass it in")


def contract_of(room):
    return os.path.dirname(room) if room in SYSTEM_ROOMS else room


def may_call(module, other):
    """A program calls public functions, wherever they are. In the library a call goes where an include may go."""
    room, target = room_of(module), room_of(other)
    roots, allowed = ROOMS.get(room, ([], []))
    if roots != LIBRARY_ROOT or target is None:
        return True
    return (target in allowed or contract_of(target) in [*allowed, contract_of(room)]
            or (module + ".c", target) in EXCEPTIONS)


def call_faults(top, graph):
    """Kind 1, where no include shows it: by a public header, or by a declaration of one's own."""
    for module in sorted(graph):
        for other, symbols in sorted(graph[module].items()):
            if not may_call(module, other):
                yield (f"{first_use(top, module, symbols[0])}: {room_of(module)} may not call {', '.join(symbols)} of "
                       f"{room_of(other)}; move the function into a room that both may use, or pass it in")


def is_c11(name):
    return name.endswith(".h") and name[:-2] in C11


def is_allowed_foreign(path, name):
    return any((path == place or (place.endswith("/") and path.startswith(place))) and name.startswith(tuple(names))
               for place, names, _ in FOREIGN)


def system_faults(includes):
    """Kind 3."""
    for include in includes:
        name = include.spelling[1:-1]
        if not include.spelling.startswith("<") or name.startswith("frameferry/") or is_c11(name):
            continue
        if room_of(include.file) not in SYSTEM_ROOMS and not is_allowed_foreign(include.file, name):
            yield (f"{include.file}:{include.line}: {include.spelling} is neither C11 nor ours; call a function of "
                   f"{PLATFORM} or {HOST}, or give it a row in FOREIGN in check_arrows.py, with the reason")


def spelling_of(include):
    """How the target is spelled in this file, or None if no root leads to it."""
    roots, _ = ROOMS.get(room_of(include.file), ([], []))
    target_room = room_of(include.target)
    if target_room == PUBLIC and room_of(include.file) != PUBLIC:
        return "<" + include.target[len(os.path.dirname(PUBLIC)) + 1:] + ">"
    for root in roots:
        if include.target.startswith(root + "/"):
            return '"' + include.target[len(root) + 1:] + '"'
    return None


def style_faults(includes):
    """Kind 4."""
    for include in includes:
        place = f"{include.file}:{include.line}"
        ours = include.spelling.startswith(('"', "<frameferry/"))
        if include.spelling[:1] not in ('"', "<"):
            yield f"{place}: includes {include.spelling}, which cannot be followed; name the header itself"
        elif ours and include.target is None:
            yield f"{place}: {include.spelling} is no file of the tree; spell it from a root of the room"
        elif ours and spelling_of(include) not in (None, include.spelling):
            yield f"{place}: {include.spelling} is not spelled from a root; write {spelling_of(include)}"


def include_graph(includes):
    """Modules that include modules: {from: {to: [how]}}."""
    graph = collections.defaultdict(lambda: collections.defaultdict(list))
    for include in includes:
        if include.target is not None and module_of(include.file) != module_of(include.target):
            how = f"{include.file}:{include.line} includes {include.spelling}"
            graph[module_of(include.file)][module_of(include.target)].append(how)
    return graph


def circles_of(graph):
    """The groups of two and more modules that lead to each other, after Tarjan."""
    order, low, stack, circles = {}, {}, [], []

    def visit(module):
        order[module] = low[module] = len(order)
        stack.append(module)
        for other in sorted(graph.get(module, ())):
            if other not in order:
                visit(other)
            if other in stack:
                low[module] = min(low[module], low[other])
        if low[module] == order[module]:
            begin = stack.index(module)
            if len(stack) - begin > 1:
                circles.append(sorted(stack[begin:]))
            del stack[begin:]

    for module in sorted(graph):
        if module not in order:
            visit(module)
    return circles


def arrows_within(graph, circle):
    return [(module, other, graph[module][other]) for module in circle for other in sorted(graph.get(module, ()))
            if other in circle]


def include_circle_faults(graph):
    """Kind 2."""
    for circle in circles_of(graph):
        arrows = arrows_within(graph, circle)
        place = arrows[0][2][0].split(" ")[0]
        lines = [f"    {module} -> {other}: {', '.join(how)}" for module, other, how in arrows]
        yield "\n".join([f"{place}: {len(circle)} files include each other in a circle; move what they share into a "
                         "file of its own:", *lines])


def first_use(top, module, symbol):
    """Where a module names a symbol: "file:line". A macro or an inline function may hide the name."""
    for path in (module + ".c", module + ".h"):
        try:
            with open(os.path.join(top, path), encoding="utf-8") as text:
                for number, line in enumerate(text, 1):
                    if re.search(rf"\b{re.escape(symbol)}\b", line):
                        return f"{path}:{number}"
        except OSError:
            continue
    return module


def symbol_circle_faults(top, graph):
    """Kind 5."""
    for circle in circles_of(graph):
        arrows = arrows_within(graph, circle)
        place = first_use(top, arrows[0][0], arrows[0][2][0])
        lines = [f"    {module} -> {other}: {', '.join(symbols)}" for module, other, symbols in arrows]
        yield "\n".join([f"{place}: {len(circle)} files call each other in a circle; move what they share into a file "
                         "of its own, or pass a function to one of them:", *lines])


def describe(graph, what):
    circles = circles_of(graph)
    largest = max(map(len, circles), default=0)
    return (f"{sum(map(len, graph.values()))} arrows between files by {what}, {len(circles)} circles, "
            f"the largest of {largest} files")


def split_groups(arguments):
    """The objects between "--" and "--"; a group without any is left out."""
    groups = [[]]
    for argument in arguments:
        if argument == "--":
            groups.append([])
        else:
            groups[-1].append(argument)
    return [group for group in groups if group]


def check(top, groups):
    """Prints the figures and gives the faults back."""
    files = files_below(top)
    if not files:
        raise ValueError(f"no C files below {top}; give the top folder of the tree")
    includes = read_includes(top, files)
    graph = include_graph(includes)
    print(f"{len(files)} files, {sum(include.target is not None for include in includes)} includes of each other, "
          + describe(graph, "includes"))
    faults = [*arrow_faults(files, includes), *include_circle_faults(graph), *system_faults(includes),
              *style_faults(includes)]
    for group in groups:
        modules = objects.read_modules(group, files)
        graph = objects.call_graph(modules)
        print(f"{len(modules)} objects, " + describe(graph, "calls"))
        faults += [*call_faults(top, graph), *symbol_circle_faults(top, graph)]
    return faults


def main(arguments):
    if not arguments:
        print("usage: check_arrows.py TOP [OBJECT...] [-- OBJECT...]...", file=sys.stderr)
        return USAGE
    try:
        faults = check(arguments[0], split_groups(arguments[1:]))
    except (ValueError, OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", None)
        print(said or error, file=sys.stderr)
        return USAGE
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

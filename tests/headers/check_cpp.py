"""The public headers in C and C++: each compiles alone, and each FERRY_..._INIT gives in C++ the bytes that it gives in C.

Usage: check_cpp.py SOURCE_DIR. The macros are found in the headers, so that a new one is tried by itself. Each is
compiled with warnings as errors for every standard from C++11 to C++20 by both compilers, in the ways in which a
program writes an initialiser, and the program that comes out is run.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

C_COMPILERS = {"g++": "gcc", "clang++": "clang"}
STANDARDS = ("c++11", "c++14", "c++17", "c++20")
WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-pedantic-errors", "-Wmissing-field-initializers", "-Werror")

CPP_MACRO = """
static TYPE NAME_at_start = MACRO;
static TYPE NAME_returned() { return MACRO; }
struct NAME_member {
    TYPE value = MACRO;
};
struct NAME_listed {
    TYPE value;
    NAME_listed() : value(MACRO) {}
};
static bool NAME_is_as_in_c() {
    TYPE copied = MACRO;
    const TYPE direct(MACRO);
    TYPE braced{MACRO};
    TYPE assigned;
    assigned = MACRO;
    TYPE *allocated = new TYPE(MACRO);
    const TYPE returned = NAME_returned();
    const TYPE values[] = {NAME_at_start, copied,   direct,           braced,
                           assigned,      returned, NAME_member().value, NAME_listed().value,
                           *allocated,    (TYPE)MACRO};
    delete allocated;
    bool same = NAME_size == sizeof(TYPE);
    for (const TYPE &value : values)
        same = same && std::memcmp(&value, &NAME_in_c, sizeof value) == 0;
    if (!same)
        std::printf("MACRO differs from what it is in C\\n");
    return same;
}
"""


def of_macro(template, macro):
    type_name = macro.removesuffix("_INIT").lower()
    return template.replace("MACRO", macro).replace("NAME", "of_" + type_name).replace("TYPE", type_name)


def includes(headers):
    return "".join(f"#include <frameferry/{header.name}>\n" for header in headers)


def c_text(headers, macros):
    """Constants, so that the macros are used where C wants constant expressions."""
    template = "extern const TYPE NAME_in_c;\nconst TYPE NAME_in_c = MACRO;\n" \
               "extern const size_t NAME_size;\nconst size_t NAME_size = sizeof(TYPE);\n" \
               "TYPE NAME_assigned(void);\nTYPE NAME_assigned(void) {\n    TYPE value;\n" \
               "    value = (TYPE)MACRO;\n    return value;\n}\n"
    return "#include <stddef.h>\n" + includes(headers) + "".join(of_macro(template, macro) for macro in macros)


def cpp_text(headers, macros):
    constants = "extern const TYPE NAME_in_c;\nextern const size_t NAME_size;\n"
    return "#include <cstdio>\n#include <cstring>\n" + includes(headers) + \
        'extern "C" {\n' + "".join(of_macro(constants, macro) for macro in macros) + "}\n" + \
        "".join(of_macro(CPP_MACRO, macro) for macro in macros) + \
        "int main() {\n    bool same = true;\n" + \
        "".join(of_macro("    same = NAME_is_as_in_c() && same;\n", macro) for macro in macros) + \
        "    return same ? 0 : 1;\n}\n"


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        print("failed:", " ".join(map(str, command)))
        print(done.stdout + done.stderr)
    return done.returncode == 0


def check_compiler(compiler, headers, macros, include, folder):
    c_source, c_object = folder / "constants.c", folder / "constants.o"
    c_alone = folder / "alone.c"
    c_source.write_text(c_text(headers, macros))
    good = True
    for standard in ("c99", "c11"):
        for header in headers:
            c_alone.write_text(includes([header]) * 2)
            good &= run([C_COMPILERS[compiler], f"-std={standard}", *WARNINGS, "-I", include, "-fsyntax-only", c_alone])
        good &= run([C_COMPILERS[compiler], f"-std={standard}", *WARNINGS, "-I", include, "-c", c_source, "-o", c_object])
    source, program = folder / "initialisers.cpp", folder / "initialisers"
    source.write_text(cpp_text(headers, macros))
    alone = folder / "alone.cpp"
    for standard in STANDARDS:
        flags = [compiler, f"-std={standard}", *WARNINGS, "-I", include]
        if standard in (STANDARDS[0], STANDARDS[-1]):
            for header in headers:
                alone.write_text(includes([header]) * 2)
                good &= run([*flags, "-fsyntax-only", alone])
        good &= run([*flags, source, c_object, "-o", program]) and run([program])
    return good


def main():
    include = pathlib.Path(sys.argv[1]) / "common" / "include"
    headers = sorted(header for header in (include / "frameferry").glob("*.h"))
    macros = sorted({macro for header in headers
                     for macro in re.findall(r"^#define (FERRY_\w+_INIT)\b", header.read_text(), re.M)})
    assert macros, "no macro was found"
    with tempfile.TemporaryDirectory() as folder:
        good = all([check_compiler(compiler, headers, macros, include, pathlib.Path(folder))
                    for compiler in C_COMPILERS])
    print(f"{len(macros)} initialisers: {', '.join(macros)}")
    sys.exit(0 if good else 1)


main()

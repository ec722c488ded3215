"""check_arrows.py finds what it is there for, in trees in which one thing is wrong."""

import collections
import contextlib
import io
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import check_arrows

Done = collections.namedtuple("Done", "returncode stdout stderr")
FINE, FAILED, USAGE = 0, 1, 2

# A file of each room, with what it may include. A file is a list of lines.
TREE = {
    "common/include/frameferry/status.h": ["#include <stdint.h>"],
    "common/include/frameferry/frame.h": ['#include "status.h"'],
    "common/src/support/error.h": ["#include <frameferry/status.h>"],
    "common/src/support/error.c": ['#include "support/error.h"', "#include <stdio.h>"],
    "common/src/platform/clock.h": ['#include "support/error.h"'],
    "common/src/platform/linux/names.h": [],
    "common/src/platform/linux/clock.c": ['#include "platform/clock.h"', "#include <unistd.h>",
                                          '#include "platform/linux/names.h"'],
    "common/src/platform/windows/clock.c": ['#include "platform/clock.h"', "#include <windows.h>"],
    "common/src/frame/plane.h": ['#include "platform/clock.h"'],
    "common/src/image/load.c": ['#include "frame/plane.h"', "#include <png.h>"],
    "common/src/image/load.h": [],
    "common/src/channel/layout.h": ['#include "frame/plane.h"'],
    "common/src/channel/dialects.c": ['#include "dialect/old.h"'],
    "common/src/dialect/old.h": ['#include "channel/layout.h"'],
    "common/programs/host/host.h": [],
    "common/programs/host/linux/host.c": ['#include "host/host.h"', '#include "platform/linux/names.h"',
                                          "#include <poll.h>"],
    "common/programs/shared/message.h": ['#include "host/host.h"'],
    "producer/options.h": ["#include <frameferry/frame.h>"],
    "producer/options.c": ['#include "options.h"', "#include <getopt.h>", '#include "shared/message.h"'],
    "producer/sources/files.c": ['#include "options.h"', '#include "sources/source.h"'],
    "producer/sources/source.h": [],
    "consumer/sinks/sink.h": [],
    "consumer/main.c": ['#include "sinks/sink.h"', '#include "host/host.h"'],
    "samples/hello.c": ["#include <frameferry/frame.h>"],
    "bench/bench.h": ["#include <sys/socket.h>"],
    "bench/main.c": ['#include "bench.h"'],
}


class Trees(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = pathlib.Path(folder.name)
        for path, lines in TREE.items():
            self.write(path, *lines)

    def write(self, path, *lines):
        file = self.top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(line + "\n" for line in lines))

    def add(self, path, line):
        """Adds a line to a file, and says where it is: "file:line"."""
        lines = TREE.get(path, [])
        self.write(path, *lines, line)
        return f"{path}:{len(lines) + 1}"

    def check(self, *arguments):
        """What the program prints and exits with; in this process, which is faster than many of them."""
        said, complained = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complained):
            status = check_arrows.main([str(argument) for argument in arguments])
        return Done(status, said.getvalue(), complained.getvalue())

    def assert_fine(self, *objects):
        done = self.check(self.top, *objects)
        self.assertEqual((done.returncode, done.stderr), (FINE, ""), done.stdout)
        return done.stdout

    def assert_fault(self, place, *words, objects=()):
        """That one fault is found, at this place, in these words."""
        done = self.check(self.top, *objects)
        self.assertEqual(done.returncode, FAILED, done.stdout + done.stderr)
        first, *others = [line for line in done.stderr.splitlines() if not line.startswith(" ")]
        self.assertEqual(others, [])
        self.assertTrue(first.startswith(place + ": "), first)
        self.assertIn("; ", first)  # what to do
        for word in words:
            self.assertIn(word, done.stderr)


class Figures(Trees):
    def test_a_tree_without_faults(self):
        said = self.assert_fine()
        self.assertIn(f"{len(TREE)} files, 24 includes of each other, 22 arrows between files by includes, 0 circles",
                      said)
        self.assertIn("\n0 faults", said)

    def test_as_a_program(self):
        program = [sys.executable, "-B", check_arrows.__file__, self.top]
        self.assertEqual(subprocess.run(program, capture_output=True, timeout=120, check=False).returncode, FINE)
        place = self.add("samples/hello.c", "#include <unistd.h>")
        done = subprocess.run(program, capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, FAILED)
        self.assertTrue(done.stderr.startswith(place), done.stderr)

    def test_wrong_usage(self):
        self.assertEqual(self.check().returncode, USAGE)
        done = self.check(self.top / "samples/hello.c")
        self.assertEqual(done.returncode, USAGE)
        self.assertIn("no C files", done.stderr)


class Rooms(Trees):
    """Kind 1."""

    def test_an_arrow_against_the_direction(self):
        for path, header, room in [
                ("common/src/support/copy.c", "platform/clock.h", "common/src/platform"),
                ("common/src/platform/file.c", "frame/plane.h", "common/src/frame"),
                ("common/src/frame/format.c", "channel/layout.h", "common/src/channel"),
                ("common/src/channel/attach.c", "dialect/old.h", "common/src/dialect"),
                ("common/src/channel/attach.c", "image/load.h", "common/src/image"),
                ("common/src/image/load.c", "channel/layout.h", "common/src/channel"),
                ("common/src/platform/file.c", "platform/linux/names.h", "common/src/platform/linux"),
                ("common/src/platform/windows/clock.c", "platform/linux/names.h", "common/src/platform/linux"),
                ("common/src/dialect/new.c", "platform/linux/names.h", "common/src/platform/linux"),
                ("common/programs/shared/message.c", "support/error.h", "common/src/support"),
                ("common/programs/host/output.c", "frame/plane.h", "common/src/frame"),
                ("producer/main.c", "support/error.h", "common/src/support"),
                ("producer/main.c", "sinks/sink.h", "consumer/sinks"),
                ("consumer/sinks/print.c", "sources/source.h", "producer/sources"),
                ("samples/hello.c", "shared/message.h", "common/programs/shared"),
                ("samples/hello.c", "bench.h", "bench"),
                ("bench/main.c", "channel/layout.h", "common/src/channel"),
                ("common/include/frameferry/frame.h", "support/error.h", "common/src/support")]:
            with self.subTest(path=path, header=header):
                self.setUp()
                self.assert_fault(self.add(path, f'#include "{header}"'), f"may not include {room} ")

    def test_a_sample_with_a_header_of_its_own(self):
        self.write("samples/shared.h")
        self.assert_fault(self.add("samples/hello.c", '#include "shared.h"'), "samples may not include samples")

    def test_a_folder_without_a_row(self):
        self.write("common/src/attic/old.c")
        self.assert_fault("common/src/attic/old.c:1", "common/src/attic is no room")


class IncludeCircles(Trees):
    """Kind 2."""

    def test_two_headers(self):
        self.write("common/src/channel/a.h", '#include "channel/b.h"')
        self.write("common/src/channel/b.h", '#include "channel/a.h"')
        self.assert_fault("common/src/channel/a.h:1", "2 files include each other",
                          'channel/b -> common/src/channel/a: common/src/channel/b.h:1 includes "channel/a.h"')

    def test_a_file_and_its_header_are_one(self):
        self.write("producer/one.h")
        self.write("producer/one.c", '#include "one.h"', '#include "other.h"')
        self.write("producer/other.h")
        self.write("producer/other.c", '#include "other.h"')
        self.assert_fine()
        self.write("producer/third.h", '#include "one.h"')
        self.write("producer/other.c", '#include "other.h"', '#include "third.h"')
        self.assert_fault("producer/one.c:2", "3 files include each other", "producer/third -> producer/one: ")

    def test_two_circles(self):
        for folder, root in [("common/src/image", "image/"), ("bench", "")]:
            self.write(folder + "/a.h", f'#include "{root}b.h"')
            self.write(folder + "/b.h", f'#include "{root}a.h"')
        done = self.check(self.top)
        self.assertEqual(done.stderr.count("2 files include each other"), 2)
        self.assertIn("2 circles, the largest of 2 files", done.stdout)


class SystemHeaders(Trees):
    """Kind 3."""

    def test_a_header_of_the_system(self):
        for path in ["common/src/channel/attach.c", "common/src/platform/file.c", "common/programs/shared/output.c",
                     "producer/main.c", "common/include/frameferry/frame.h", "samples/hello.c"]:
            with self.subTest(path=path):
                self.setUp()
                self.assert_fault(self.add(path, "#  include <unistd.h>"), "<unistd.h> is neither C11 nor ours")

    def test_a_library_outside_its_room(self):
        self.assert_fault(self.add("common/src/channel/layout.h", "#include <png.h>"), "FOREIGN")
        self.setUp()
        self.assert_fault(self.add("producer/main.c", "#include <getopt.h>"), "FOREIGN")


class Style(Trees):
    """Kind 4."""

    def test_not_from_a_root(self):
        for path, spelling, right in [
                ("common/src/channel/attach.c", '"layout.h"', '"channel/layout.h"'),
                ("common/src/channel/attach.c", '"../support/error.h"', '"support/error.h"'),
                ("common/src/channel/attach.c", '"frameferry/frame.h"', "<frameferry/frame.h>"),
                ("common/include/frameferry/consumer.h", "<frameferry/frame.h>", '"frame.h"'),
                ("common/programs/shared/message.c", '"message.h"', '"shared/message.h"'),
                ("producer/sources/files.c", '"source.h"', '"sources/source.h"'),
                ("producer/sources/files.c", '"../options.h"', '"options.h"')]:
            with self.subTest(path=path, spelling=spelling):
                self.setUp()
                self.assert_fault(self.add(path, f"#include {spelling}"), f"write {right}")

    def test_a_namesake_beside_the_file(self):
        self.write("producer/sources/options.h")
        self.assert_fault("producer/sources/files.c:1", 'write "sources/options.h"')

    def test_what_cannot_be_followed(self):
        self.assert_fault(self.add("producer/main.c", '#include "nowhere.h"'), "is no file of the tree")
        self.setUp()
        self.assert_fault(self.add("producer/main.c", "#include <frameferry/nowhere.h>"), "is no file of the tree")
        self.setUp()
        self.assert_fault(self.add("producer/main.c", "#include HEADER"), "cannot be followed")


class Calls(Trees):
    """Kinds 5 and 1, in objects that lie as CMake lays them."""

    def compile(self, path, *lines):
        self.write(path, *lines)
        folder, rest = path.split("/", 1)
        built = self.top / "build" / folder / "CMakeFiles/some.dir" / (rest + ".o")
        built.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([os.environ.get("CC", "cc"), "-c", self.top / path, "-o", built], check=True, timeout=120)
        return str(built)

    def circle(self):
        """Two files that declare each other's function, and include nothing."""
        return [self.compile("common/src/channel/a.c", "void b(void);", "void a(void);", "void a(void) { b(); }"),
                self.compile("common/src/channel/b.c", "void a(void);", "void b(void);", "void b(void) { a(); }")]

    def test_a_circle(self):
        self.assert_fault("common/src/channel/a.c:1", "2 files call each other",
                          "common/src/channel/b -> common/src/channel/a: a", objects=self.circle())

    def test_a_circle_in_a_static_library(self):
        library = str(self.top / "library.a")
        subprocess.run(["ar", "rc", library, *self.circle()], check=True, timeout=120)
        self.assert_fault("common/src/channel/a.c:1", "2 files call each other", objects=[library])

    def test_a_circle_in_the_second_program(self):
        first = self.compile("producer/main.c", "int main(void) { return 0; }")
        self.write("consumer/main.c")
        second = [self.compile("consumer/main.c", "int one(void);", "int main(void) { return one(); }"),
                  self.compile("consumer/one.c", "int main(void);", "int one(void);",
                               "int one(void) { return main(); }")]
        self.assert_fault("consumer/main.c:1", "2 files call each other", objects=[first, "--", *second])
        self.assertEqual(self.check(self.top, first, *second).returncode, USAGE)  # main is there twice

    def test_a_call_through_a_pointer_is_no_arrow(self):
        objects = [self.compile("common/src/channel/a.c", "void a(void (*b)(void));",
                                "void a(void (*b)(void)) { b(); }"),
                   self.compile("common/src/channel/b.c", "void a(void (*b)(void));", "static void b(void) {}",
                                "void c(void);", "void c(void) { a(b); }")]
        self.assertIn("2 objects, 1 arrows between files by calls, 0 circles", self.assert_fine(*objects))

    def test_a_call_against_the_direction(self):
        objects = [self.compile("common/src/support/a.c", "void b(void);", "void a(void);", "void a(void) { b(); }"),
                   self.compile("common/src/channel/b.c", "void b(void);", "void b(void) {}")]
        self.assert_fault("common/src/support/a.c:1", "common/src/support may not call b of common/src/channel",
                          objects=objects)

    def test_calls_that_may_be(self):
        """What keeps a contract, the table of dialects, and a program that calls a public function."""
        objects = [self.compile("common/src/platform/linux/b.c", "void b(void);", "void b(void) {}"),
                   self.compile("common/src/channel/a.c", "void b(void);", "void a(void);", "void a(void) { b(); }"),
                   self.compile("common/src/dialect/d.c", "void a(void);", "void d(void);", "void d(void) { a(); }"),
                   self.compile("common/src/channel/dialects.c", "void d(void);", "void e(void);",
                                "void e(void) { d(); }"),
                   self.compile("common/programs/shared/f.c", "void a(void);", "void f(void);",
                                "void f(void) { a(); }")]
        self.assertIn("5 objects, 4 arrows", self.assert_fine(*objects))

    def test_files_of_one_name(self):
        """Circles go through the right one of two."""
        objects = [self.compile("common/src/channel/a.c", "void b(void);", "void a(void);", "void a(void) { b(); }"),
                   self.compile("common/src/support/a.c", "void b(void);", "void b(void) {}")]
        self.assertIn("2 objects, 1 arrows between files by calls, 0 circles", self.assert_fine(*objects))


if __name__ == "__main__":
    unittest.main()

"""--save into a directory that has pictures already: none of them is replaced, unless that is asked for."""

import os
import re
import subprocess
import unittest

import pictures
from support import CONSUMER, FAILED, FINE, USAGE, Case, wait_attached, wait_until

HIGHEST = 2**64 - 1


class Again(Case):
    def setUp(self):
        super().setUp()
        self.name = self.channel()
        self.made = {}
        for i in range(4):
            _, self.made[i] = self.write_noise(f"in{i}", 3, width=5 + i)

    def save(self, which, pattern, *options, code=FINE):
        """Three pictures, all of one width that no other run has."""
        consumer = self.consumer(self.name, "--every", "--json", "--save", pattern, *options,
                                 cwd=self.folder)
        if code == FAILED:
            return self.end(consumer, code)
        producer = self.producer(self.name, "--fps", 0, self.path(f"in{which}"))
        self.end(consumer, code)
        self.end(producer)
        self.assert_whole_numbers(consumer.numbers(), 1, 3)
        return consumer

    def files(self, folder="out"):
        top = self.path(folder)
        return sorted(os.path.relpath(os.path.join(where, name), top)
                      for where, _, names in os.walk(top) for name in names)

    def check(self, consumer, which, *expected):
        """The files of a run, and what is in them."""
        self.assertEqual([r["file"] for r in consumer.records()], list(expected))
        for file, picture in zip(expected, self.made[which]):
            self.assertEqual(pictures.read_png(self.path(file)), picture)

    def names(self, first, pattern="out/{}.png"):
        return [pattern.format(f"{number:06}") for number in range(first, first + 3)]


class Numbers(Again):
    def test_a_directory(self):
        pattern = f"out/{self.name}-{{}}.png"
        runs = [self.save(i, "out") for i in range(3)]
        for i, run in enumerate(runs):
            self.check(run, i, *self.names(1 + 3 * i, pattern))
        self.assertNotIn("go on", runs[0].err.text())
        self.assertIn(f"3 saved in out/ (file numbers continue from {self.name}-000004.png)",
                      runs[1].err.text())
        self.assertEqual(len(self.files()), 9)

    def test_patterns(self):
        for pattern, expected in (("a/{frame}.png", "a/{}.png"),
                                  ("b/x{frame}y.png", "b/x{}y.png"),
                                  ("c/{{{frame}}}-{frame}.png", "c/{{{0}}}}}-{0}.png"),
                                  ("d/{frame}/x.png", "d/{}/x.png"),
                                  ("{frame}.png", "{}.png"),
                                  ("e/{frame}7.png", "e/{}7.png"),
                                  ("f/{name}/{frame}/{frame}/{frame}.png",
                                   f"f/{self.name}/{{0}}/{{0}}/{{0}}.png")):
            for i in range(2):
                self.check(self.save(i, pattern), i, *self.names(1 + 3 * i, expected))
            for i, number in ((0, 1), (1, 4)):
                file = self.path(expected.format(f"{number:06}"))
                self.assertEqual(pictures.read_png(file), self.made[i][0])

    def test_with_a_time(self):
        for i in range(2):
            consumer = self.save(i, "out/{time}_{frame}.png")
            self.assertEqual([int(re.search(r"_(\d+)\.png$", r["file"])[1])
                              for r in consumer.records()], list(range(1 + 3 * i, 4 + 3 * i)))
        for i in range(2):
            self.save(i, "times/{time}.png")
            self.save(i, "times/{time}/{frame}.png")
        self.assertEqual(len(self.files()), 6)
        self.assertEqual(len(self.files("times")), 12)

    # Names that the pattern would not make do not count.
    def test_other_files(self):
        for name in ("out/other-000009.png", "out/000020.jpg", "out/000021.png.txt", "out/x.png",
                     "out/-000030.png", "out/000040", "out/ 000050.png",
                     f"out/{HIGHEST + 1}.png", f"out/{10**40}.png", "out/000060.png/x"):
            self.write(name, b"kept")
        self.check(self.save(0, "out/{frame}.png"), 0, *self.names(1))
        self.write("out/7.png", b"kept")
        self.check(self.save(1, "out/{frame}.png"), 1, *self.names(8))
        self.write("out/0000000000000000000000000000000000123.png", b"kept")
        self.check(self.save(2, "out/{frame}.png"), 2, *self.names(124))

    def test_the_end_of_numbers(self):
        self.write(f"out/{HIGHEST - 3}.png", b"kept")
        self.check(self.save(0, "out/{frame}.png"), 0, *self.names(HIGHEST - 2))
        before = self.files()
        consumer = self.save(1, "out/{frame}.png", code=FAILED)
        self.assertIn(f"no file number is left in out after {HIGHEST}.png",
                      consumer.err.text())
        self.assertEqual(self.files(), before)
        self.check(self.save(2, "out/{frame}.png", "--overwrite"), 2, *self.names(1))

    def test_numbers_run_out_on_the_way(self):
        self.write(f"out/{HIGHEST - 2}.png", b"kept")
        consumer = self.consumer(self.name, "--every", "--json", "--save", "out/{frame}.png",
                                 cwd=self.folder)
        producer = self.producer(self.name, "--fps", 0, self.path("in0"))
        self.end(consumer, FAILED)
        producer.wait()
        self.assertIn("no file number is left for frame 3", consumer.err.text())
        self.assertEqual(len(self.files()), 3)

    # Gaps are those of the frames, also from one producer to the next.
    def test_gaps_and_producers(self):
        self.save(0, "out/{frame}.png")
        producer = self.producer(self.name, "--fps", 200, "--loop", self.path("in1"))
        consumer = self.consumer(self.name, "--latest", "--reconnect", "--json", "--save",
                                 "out/{frame}.png", cwd=self.folder)
        consumer.out.wait_count(20)
        self.interrupt(producer)
        consumer.err.wait_for("waiting for the next one")
        count = len(consumer.records())
        self.end(self.producer(self.name, "--fps", 0, self.path("in2")))
        consumer.out.wait_count(count + 1)
        self.interrupt(consumer)
        records = consumer.records()
        behind = {int(re.search(r"(\d+)\.png$", r["file"])[1]) - r["frame"] for r in records}
        self.assertEqual(behind, {4 - records[0]["frame"]})
        self.assertEqual(len(self.files()), 3 + len(records))

    def test_many_files(self):
        os.mkdir(self.path("out"))
        for i in range(1, 30001):
            os.close(os.open(self.path("out", f"{i:06}.png"), os.O_CREAT))
        self.check(self.save(0, "out/{frame}.png"), 0, *self.names(30001))


class Replacing(Again):
    def test_overwrite(self):
        for i in range(2):
            self.check(self.save(i, "out", "--overwrite"), i,
                       *self.names(1, f"out/{self.name}-{{}}.png"))
        self.assertEqual(len(self.files()), 3)

    def test_one_file_is_renewed(self):
        for i in range(2):
            self.save(i, "out/now.png")
            self.assertEqual(pictures.read_png(self.path("out/now.png")), self.made[i][2])

    def test_usage(self):
        said = self.end(self.consumer(self.name, "--overwrite"), USAGE).err.text()
        self.assertIn("--overwrite needs --save or --write", said)
        said = self.end(self.consumer(self.name, "--save", "-", cwd=self.folder), USAGE).err.text()
        self.assertIn("--write -", said)
        self.assertIn("./-", said)
        self.assertFalse(os.path.exists(self.path("-")))
        self.save(0, "./-")
        self.assertEqual(len(self.files("-")), 3)


class Clashes(Again):
    def waiting(self, pattern, **more):
        """A consumer that has looked through its directory."""
        consumer = self.consumer(self.name, "--every", "--json", "--save", pattern, cwd=self.folder,
                                 **more)
        consumer.err.wait_for("waiting for a producer")
        return consumer

    def send(self, consumer, which):
        self.end(self.producer(self.name, "--fps", 0, self.path(f"in{which}")))
        self.end(consumer)

    def assert_kept(self, *names):
        for name in names:
            with open(self.path(name), "rb") as file:
                self.assertEqual(file.read(), b"kept")

    def test_files_that_come_later(self):
        for pattern in ("out/{frame}.png", "dirs/{frame}/x.png"):
            consumer = self.waiting(pattern)
            kept = [pattern.replace("{frame}", f"{number:06}") for number in (1, 2, 4)]
            for name in kept:
                self.write(name, b"kept")
            self.send(consumer, 0)
            self.check(consumer, 0, *(pattern.replace("{frame}", f"{number:06}")
                                      for number in (3, 5, 6)))
            self.assert_kept(*kept)

    def test_a_link_to_nothing(self):
        consumer = self.waiting("out/{frame}.png")
        os.symlink("nowhere", self.path("out/000001.png"))
        self.send(consumer, 0)
        self.check(consumer, 0, *self.names(2))
        self.assertTrue(os.path.islink(self.path("out/000001.png")))

    # Both get the same frames at the same time. What either of them says it has saved is there, and its own.
    def test_two_at_a_time(self):
        for turn in range(4):
            folder = f"out{turn}"
            producer = self.paused_producer(self.name, "--fps", 0, self.path("in0"))
            both = [self.consumer(self.name, "--every", "--json", "--jobs", 4, "--save", folder,
                                  cwd=self.folder) for _ in range(2)]
            for consumer in both:
                wait_attached(consumer.pid, self.name)
            self.resume(producer)
            producer.wait()
            for consumer in both:
                self.assertIn(consumer.wait(), (FINE, FAILED))
                if consumer.wait() == FAILED:
                    self.assertRegex(consumer.err.text(), "is there already, and is not replaced")
            listed = [r["file"] for consumer in both for r in consumer.records()]
            self.assertEqual(len(set(listed)), len(listed))
            self.assertEqual(sorted(os.path.relpath(f, folder) for f in listed), self.files(folder))

    @unittest.skipIf(os.geteuid() != 0, "being another user needs root")
    def test_a_directory_that_cannot_be_listed(self):
        other = {"user": 54321, "group": 54321, "extra_groups": []}
        if subprocess.run(["test", "-x", CONSUMER], check=False, **other).returncode != 0:
            self.skipTest("another user cannot run the programs here")
        for name in ("out/000001.png", "out/000002.png"):
            self.write(name, b"kept")
        os.chmod(self.folder, 0o755)
        os.chown(self.path("out"), 54321, 54321)
        os.chmod(self.path("out"), 0o300)
        consumer = self.waiting("out/{frame}.png", **other)
        producer = self.producer(self.name, "--fps", 0, "--count", 3, "--wait-consumer", 600,
                                 "pattern:8x8", **other)
        self.end(consumer)
        self.end(producer)
        self.assertIn("warning: cannot open the directory out", consumer.err.text())
        self.assertEqual([r["file"] for r in consumer.records()], self.names(3))
        self.assert_kept("out/000001.png", "out/000002.png")


if __name__ == "__main__":
    unittest.main(verbosity=2)

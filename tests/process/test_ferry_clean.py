"""ferry clean: what producers that were killed have left is removed, and nothing else."""

import ctypes
import os
import re
import unittest

from support import FAILED, FERRY, FINE, SHARED_MEMORY, SOURCE, TIMED_OUT, USAGE, Case, environment, stop_process

PATTERN = "pattern:64x48"
CLONE_NEWNS, CLONE_NEWUSER, MS_REC, MS_PRIVATE = 0x20000, 0x10000000, 0x4000, 1 << 18


def have_own_memory():
    """Shared memory that only this test and its programs see: ferry clean without a channel would take the dead of
    other tests away, which are there to be looked at. False: this user may not have that."""
    libc, user, group = ctypes.CDLL(None), os.geteuid(), os.getegid()
    if libc.unshare(CLONE_NEWNS) != 0:
        if libc.unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0:
            return False
        for file, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            with open(f"/proc/self/{file}", "w", encoding="ascii") as out:
                out.write(text)
    return (libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) == 0 and
            libc.mount(b"tmpfs", SHARED_MEMORY.encode(), b"tmpfs", 0, None) == 0)


HAS_OWN_MEMORY = have_own_memory()


def names_of(channel):
    return [name for name in os.listdir(SHARED_MEMORY) if channel in name]


def memory_of(channel):
    """The memory of both objects."""
    return sum(os.stat(os.path.join(SHARED_MEMORY, name)).st_blocks * 512
               for name in names_of(channel) if not name.startswith("sem."))


def fields_of(event):
    """The fields of docs/json.md, with those that all objects have."""
    with open(os.path.join(SOURCE, "docs", "json.md"), encoding="utf-8") as file:
        text = file.read()
    section = text.split("\n## ferry clean\n")[1].split("\n## ")[0].split(f"\n### {event}\n")[1].split("\n### ")[0]
    return ["schema", "event", "time"] + re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)


class CleanCase(Case):
    def clean(self, *arguments, code=FINE, **more):
        return self.end(self.start(FERRY, "clean", *arguments, **more), code)

    def objects(self, *arguments, code=FINE):
        program = self.clean("--json", *arguments, code=code)
        return program.records() + program.out.events()

    def clean_all(self, *arguments):
        if not HAS_OWN_MEMORY:
            self.skipTest("the dead channels of other tests would go, too")
        return self.clean(*arguments)

    def lines(self, *arguments):
        """The lines about channels of this test."""
        return [line for line in self.clean_all(*arguments).out.list()
                if any(re.search(rf"\b{channel}\b", line) for channel in self.channels)]

    def live(self, *arguments):
        channel = self.channel()
        producer = self.producer(channel, "--no-wait", "--fps", 200, "--stats", 0.1, *arguments, PATTERN)
        producer.err.wait_for(r"\d+ sent, ")
        return channel, producer

    def dead(self, *arguments):
        channel, producer = self.live(*arguments)
        self.kill(producer.pid)
        self.assertNotEqual(names_of(channel), [])
        return channel

    def attached_to(self, channel):
        consumer = self.attached(channel, "--json")
        consumer.out.wait_count(1)
        return consumer


class Dead(CleanCase):
    def test_all_that_are_dead_and_no_other(self):
        dead = [self.dead() for _ in range(3)] + [self.dead("--dialect", "baseimage")]
        live, producer = self.live()
        before = {name: os.stat(os.path.join(SHARED_MEMORY, name)).st_ino for name in names_of(live)}
        sizes = {channel: memory_of(channel) for channel in dead}
        would = self.lines("-n")
        self.assertEqual(len(would), len(dead))
        for channel in dead:
            size = f"{round(sizes[channel] / 1024)}K"
            wanted = f"would remove {channel} ({size})"
            self.assertIn(wanted if channel != dead[-1] else wanted + ", if no process uses it", would)
            self.assertEqual(memory_of(channel), sizes[channel])
        self.assertEqual(sorted(line.split()[1] for line in self.lines()), sorted(dead))
        for channel in dead:
            self.assertEqual(names_of(channel), [])
        self.assertEqual({name: os.stat(os.path.join(SHARED_MEMORY, name)).st_ino for name in names_of(live)}, before)
        self.assertEqual(self.lines(), [])
        self.finish(producer)

    def test_by_name(self):
        one, other, kept = (self.dead() for _ in range(3))
        said = self.clean(one, other).out.list()
        self.assertRegex(said[0], rf"^removed {one} \(\d+K\)$")
        self.assertRegex(said[1], rf"^removed {other} \(\d+K\)$")
        self.assertRegex(said[2], r"^removed 2 channels \(\d+K\) in all$")
        self.assertEqual(len(said), 3)
        self.assertEqual(len(names_of(kept)), 2)
        self.assertEqual(len(self.clean(kept).out.list()), 1)
        self.assertEqual(names_of(kept), [])

    def test_parts_that_are_left(self):
        for left in ("{}", "{}~consumers", "sem.{}Mutex"):
            channel = self.dead("--dialect", "baseimage")
            for name in names_of(channel):
                if name != left.format(channel):
                    os.unlink(os.path.join(SHARED_MEMORY, name))
            self.clean("-n", channel)
            self.assertEqual(names_of(channel), [left.format(channel)])
            self.clean(channel)
            self.assertEqual(names_of(channel), [])

    def test_a_consumer_keeps_the_memory(self):
        channel, producer = self.live()
        consumer = self.attached_to(channel)
        stop_process(consumer.pid)
        self.kill(producer.pid)
        self.assertRegex(self.lines("-n")[0], r"\(\d+K, once its consumer has left\)$")
        self.assertRegex(self.lines()[0], r"\(\d+K, once its consumer has left\)$")
        self.assertEqual(names_of(channel), [])
        self.resume(consumer)
        self.end(consumer, FAILED)

    def test_the_next_producer_starts(self):
        channel = self.dead()
        self.clean(channel)
        self.end(self.producer(channel, "--no-wait", "--count", 1, PATTERN))


class Alive(CleanCase):
    def test_a_live_channel_stays(self):
        channel, producer = self.live()
        consumer = self.attached_to(channel)
        for arguments in ((), ("-n",)):
            program = self.clean(*arguments, channel, code=FAILED)
            self.assertIn(f"channel {channel} has a live producer", program.err.text())
            self.assertEqual(program.out.list(), [])
            self.assertEqual(self.lines(*arguments), [])
        stop_process(producer.pid)
        self.clean(channel, code=FAILED)
        self.resume(producer)
        self.finish(producer)
        self.end(consumer)

    def test_what_is_no_channel_stays(self):
        channel = self.channel()
        path = os.path.join(SHARED_MEMORY, channel)
        with open(path, "wb") as file:
            file.write(b"precious" * 1024)
        self.assertIn("is not a channel", self.clean(channel, code=FAILED).err.text())
        self.assertEqual(self.lines(), [])
        with open(path, "rb") as file:
            self.assertEqual(file.read(), b"precious" * 1024)
        os.unlink(path)

    def test_one_in_use_by_an_old_program(self):
        channel = self.dead("--dialect", "baseimage")
        with open(os.path.join(SHARED_MEMORY, channel), "rb"):
            program = self.clean_all()
            self.assertRegex(program.err.text(), rf"{channel} stays: a process still uses")
            self.assertIn("a process still uses", self.clean(channel, code=FAILED).err.text())
            self.assertIn(channel, names_of(channel))
        self.clean(channel)
        self.assertEqual(names_of(channel), [])

    def test_several_results_at_once(self):
        live, producer = self.live()
        dead, never = self.dead(), self.channel()
        self.clean(dead, never, live, code=FAILED)
        self.assertEqual(names_of(dead), [])
        program = self.clean(never, code=TIMED_OUT)
        self.assertIn(f"there is nothing left of a channel {never}", program.err.text())
        self.finish(producer)


class Said(CleanCase):
    def test_sums(self):
        for channels in range(3):
            for _ in range(channels):
                self.dead()
            for arguments, word in ((("-n",), "would remove"), ((), "removed")):
                said = self.clean_all(*arguments).out.list()
                if channels == 0:
                    self.assertEqual(said, ["nothing to clean: no producer has left anything behind"])
                else:
                    self.assertEqual(len(said), 1 if channels == 1 else 3)
                    self.assertTrue(all(line.startswith(word) for line in said), said)
            self.assertRegex(said[-1], r"^nothing|^removed \S+ \(\d+K\)$|^removed 2 channels \(\d+K\) in all$")

    def test_one_that_has_to_stay(self):
        dead = self.dead()
        try:
            for name in names_of(dead):
                os.chown(os.path.join(SHARED_MEMORY, name), 54331, -1)
        except PermissionError:
            self.skipTest("making another user's channel needs root")
        for arguments, said in ((("-n",), "nothing would be removed"), ((), "nothing was removed")):
            program = self.clean_all(*arguments)
            self.assertEqual(program.out.list(), [said])
            self.assertIn(f"{dead} stays", program.err.text())
        for name in names_of(dead):
            os.chown(os.path.join(SHARED_MEMORY, name), os.geteuid(), -1)
        self.clean(dead)

    def test_objects(self):
        dead, (live, producer) = self.dead("--dialect", "baseimage"), self.live()
        size = memory_of(dead)
        would, = self.objects("--dry-run", dead)
        done, kept = self.objects(dead, live, code=FAILED)
        for item, event in ((would, "would_remove"), (done, "removed"), (kept, "kept")):
            self.assertEqual(item["event"], event)
            self.assertEqual(list(item), fields_of(event))
        self.assertEqual((would["name"], would["memory_bytes"], would["left"]), (dead, size, []))
        self.assertEqual(would["removed"], ["frames", "consumers", "event"])
        self.assertEqual(would["if_unused"], ["frames", "event"])
        self.assertEqual((done["removed"], done["if_unused"]), (would["removed"], []))
        self.assertEqual((done["memory_bytes"], done["reason"]), (size, None))
        self.assertEqual((kept["removed"], kept["left"]), ([], ["frames", "consumers"]))
        self.assertIn("live producer", kept["reason"])
        self.finish(producer)

    def test_wrong_usage(self):
        for arguments in (("a/b",), ("--name", "x"), ("-x",), ("--dry-run=yes",)):
            self.assertIn("--help", self.clean(*arguments, code=USAGE).err.text())
        self.clean("a/b", env=environment(FERRY_NAME="x"), code=USAGE)

    def test_an_output_that_is_full(self):
        dead = self.dead()
        with open("/dev/full", "wb") as full:
            self.clean(dead, code=FAILED, stdout=full)
        self.assertEqual(names_of(dead), [])


if __name__ == "__main__":
    unittest.main()

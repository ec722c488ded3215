"""ferry list: channels in each state, what its columns say, and objects that are none of ours."""

import os
import random
import re
import shutil
import struct
import tempfile
import unittest

from looking import BLOCK_SLOTS, EVENTS, FerryCase, SELDOM, TRAILER_BYTES, TRAILER_VERSION
from support import (FAILED, FERRY, SHARED_MEMORY, TIMED_OUT, USAGE, environment, process_state, stop_process,
                     wait_until)
from test_json import documented

TITLES = ["CHANNEL", "STATE", "PRODUCER", "SIZE", "FORMAT", "FPS", "FRAMES", "DROPPED", "CONS", "MEM", "AGE"]
OTHER = {"user": 54332, "group": 54343, "extra_groups": [], "cwd": "/"}


class States(FerryCase):
    def assert_state(self, channel, state, *options):
        """The list and show agree on the state."""
        found = self.listed(channel, *options)
        self.assertIsNotNone(found, f"{channel}, which is {state}, is not listed")
        self.assertEqual(found["state"], state)
        details, = self.told("show", channel)
        self.assertEqual(details["state"], state)
        self.assertIn(state, self.said("show", channel)[1])
        is_odd = state in ("other version", "malformed", "foreign", "unreadable")
        self.assertEqual(found["detail"] is not None, is_odd, found)
        return found

    def test_empty(self):
        channel, producer = self.empty_channel()
        found = self.assert_state(channel, "empty")
        self.assertEqual((found["producer"], found["process_id"], found["frames"]), ("ferry-producer", producer.pid, 0))
        self.assertEqual((found["width"], found["age_ns"], found["consumers"]), (None, None, 0))
        self.interrupt(producer)

    def test_live(self):
        channel = self.channel()
        producer = self.producer(channel, "--no-wait", "--loop", *SELDOM, "pattern:70x50:nv12")
        self.wait_frames(channel, 1)
        found = self.assert_state(channel, "live")
        self.assertEqual((found["width"], found["height"], found["format"]), (70, 50, "nv12"))
        self.finish(producer)

    def test_idle(self):
        channel = self.channel()
        producer = self.producer(channel, "--no-wait", "--loop", "--fps", 100, "pattern:70x50:nv12")
        self.wait_frames(channel, 3)
        stop_process(producer.pid)
        wait_until(lambda: self.listed(channel)["state"] == "idle", "it does not get idle")
        found = self.assert_state(channel, "idle")
        self.assertEqual((found["fps"], found["fps_below"], found["bytes_per_second"]), (0, None, 0))
        self.assertGreater(found["age_ns"], 2e9)
        self.resume(producer)
        self.finish(producer)

    def test_starting(self):
        channel = self.channel()
        producer = self.producer(channel, "--no-wait", "--loop", "--fps", 100, "pattern:64x48")
        self.wait_frames(channel, 1)
        os.unlink(os.path.join(SHARED_MEMORY, channel))  # somebody's clean-up
        found = self.assert_state(channel, "starting")
        self.assertIsNone(found["frames"])
        self.interrupt(producer)

    # In a build with fault points: a producer that stands in the middle of making a channel.
    def test_starting_at_a_fault_point(self):
        channel = self.channel()
        producer = self.producer(channel, "--no-wait", "--count", 1, "pattern:64x48",
                                 env=environment(FERRY_FAULT="create.consumers_named:1:stop"))
        wait_until(lambda: process_state(producer.pid) in ("T", "Z"), "it neither stops nor ends")
        if process_state(producer.pid) == "T":
            self.assert_state(channel, "starting")
            self.resume(producer)
        self.end(producer)

    def test_ended(self):
        channel = self.channel()
        producer = self.paused_producer(channel, "--dialect", "baseimage", "--wait-consumer", 600, "--fps", 50,
                                        "--loop", "pattern:64x48")
        consumer = self.attached(channel)
        self.resume(producer)
        self.wait_frames(channel, 1)
        stop_process(consumer.pid)
        self.interrupt(producer)
        self.assert_state(channel, "ended")
        self.resume(consumer)
        self.end(consumer)

    def test_dead(self):
        channel = self.dead_channel()
        found = self.assert_state(channel, "dead")
        self.assertEqual((found["producer"], found["fps"], found["bytes_per_second"]), ("ferry-producer", None, None))
        self.assertGreaterEqual(found["frames"], 3)
        self.clear_away(channel)

    def test_bare(self):
        channel = self.channel()
        peer = self.plain_peer(channel)
        found = self.assert_state(channel, "bare")
        self.assertEqual((found["producer"], found["frames"], found["consumers"]), (None, None, None))
        peer.popen.stdin.close()
        peer.wait()
        self.remove(channel)

    def test_another_version(self):
        channel = self.dead_channel()
        self.patch(channel, "<I", TRAILER_VERSION - TRAILER_BYTES, 99)
        self.assertEqual(self.told("show", channel)[0]["layout_version"], 99)
        self.assert_state(channel, "other version")
        self.remove(channel)

    def test_malformed(self):
        channel = self.dead_channel()
        self.patch(channel, "<I", (BLOCK_SLOTS,), 0)
        self.assert_state(channel, "malformed")
        self.remove(channel)

    def test_foreign(self):
        channel = self.channel()
        with open(os.path.join(SHARED_MEMORY, channel), "wb") as file:
            file.write(b"not a channel" * 1000)
        self.assertIsNone(self.listed(channel))
        self.assert_state(channel, "foreign", "--all")
        self.assert_state(channel, "foreign", "-a")
        self.remove(channel)

    @unittest.skipIf(os.geteuid() != 0, "being another user needs root")
    def test_unreadable(self):
        folder = tempfile.mkdtemp(prefix="ferry-users-")
        self.addCleanup(shutil.rmtree, folder)
        os.chmod(folder, 0o755)
        program = shutil.copy(FERRY, folder)
        channel, producer = self.empty_channel()
        said = self.end(self.start(program, "list", **OTHER)).out.text()
        self.assertRegex(said, rf"(?m)^{channel} +unreadable ")
        said = self.end(self.start(program, "show", channel, **OTHER)).out.text()
        self.assertRegex(said, r"(?m)^state +unreadable: .")
        error = self.end(self.start(program, "grab", channel, "-", **OTHER), FAILED).err.text()
        self.assertIn("ferry grab: ", error)
        self.interrupt(producer)

    def test_every_event_is_documented_and_written(self):
        known = {event for program, event in documented() if program == "ferry"}
        self.assertEqual(known, set().union(*EVENTS.values()))


class Columns(FerryCase):
    def row(self, channel, *options):
        lines = self.said("list", *options)
        self.assertEqual(re.split(r"  +", lines[0]), TITLES)
        return next(line for line in lines if line.startswith(channel + " "))

    def test_a_line(self):
        channel, producer, consumer = self.frozen("pattern:70x50:nv12")
        row = self.row(channel)
        found = re.fullmatch(rf"{channel} +live +(\d+) ferry-producer +70x50 +nv12 +<[\d.]+ +1 +0 +1 +"
                             r"\d+[KM] +[\d.]+(ms|s|m)", row)
        self.assertIsNotNone(found, row)
        self.assertEqual(int(found[1]), producer.pid)
        self.kill(consumer.pid)
        self.assertRegex(self.row(channel), r" 0\+1 ")
        self.resume(producer)
        self.finish(producer)

    # By numbers and publish times: no clock of the test's has a part in it. A busy machine may have no frame come
    # between the two looks, or some in the midst of one: then it is looked at anew.
    def test_the_rate_is_that_of_the_times_in_the_frames(self):
        channel = self.channel()
        producer = self.producer(channel, "--no-wait", "--loop", "--fps", 100, "--when-full", "wait",
                                 "pattern:64x48:gray")
        consumer = self.consumer(channel, "--every=all", "--json")
        consumer.out.wait_count(3)
        found = wait_until(lambda: self.has_the_rate_of_frames(channel, consumer), "the rate is not theirs")
        self.assertAlmostEqual(found["bytes_per_second"], found["fps"] * 64 * 48, delta=64 * 48)
        self.interrupt(consumer)
        self.finish(producer)

    def has_the_rate_of_frames(self, channel, consumer):
        """The list's entry, if its rate is that of frames of which the consumer has all times."""
        found = self.listed(channel)
        self.assertEqual(found["consumers"], 1)
        wait_until(lambda: consumer.numbers()[-1] >= found["frames"], "the consumer does not get all frames")
        frames = {record["frame"]: record["publish_ns"] for record in consumer.records()}
        rates = [(last - first) * 1e9 / (frames[last] - frames[first])
                 for last in frames if abs(last - found["frames"]) <= 1 for first in frames if first < last]
        return found if any(abs(rate - (found["fps"] or 0)) < 0.01 for rate in rates) else None

    def test_order_and_width(self):
        channel = self.channel()
        names = [f"{channel}-cam{number}" for number in (10, 2, 1)]
        producers = [self.producer(name, "--no-wait", "--loop", "--fps", 50, "pattern:64x48") for name in names]
        for name in names:
            self.wait_frames(name, 1)
        lines = [line for line in self.said("list") if line.startswith(channel)]
        self.assertEqual([line.split()[0] for line in lines], names[::-1])
        for producer in producers:
            self.finish(producer)

    # With no shared memory of this machine in sight.
    def test_nothing_is_there(self):
        apart = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /dev/shm && exec "$@"', "sh"]
        if self.start(*apart, "true").wait() != 0:
            self.skipTest("no namespace of mounts can be made here")
        for verb in (["list"], ["list", "-a"], ["list", "--json"], ["top", "--once"]):
            program = self.end(self.start(*apart, FERRY, *verb), TIMED_OUT)
            self.assertRegex(program.err.text(), f"^ferry {verb[0]}: there is (no|neither a) channel")
            self.assertEqual(program.out.text(), "")


class Odd(FerryCase):
    """Anything may lie under a name: nothing crashes, and something is said of it."""

    def put(self, channel, content):
        with open(os.path.join(SHARED_MEMORY, channel), "wb") as file:
            file.write(content)

    def look(self, channel):
        self.assertIsNotNone(self.listed(channel, "-a"))
        self.ferry("show", channel)
        self.ferry("top", channel, "--once")
        self.assertEqual(self.start(FERRY, "grab", channel, self.path("x.png")).wait() in (0, 1, 3), True)

    def test_random_objects(self):
        channel = self.channel()
        for seed in range(6):
            self.put(channel, random.Random(seed).randbytes(seed * 70001))
            self.look(channel)
        self.remove(channel)

    def test_objects_that_were_cut_or_changed(self):
        channel = self.dead_channel("--slots", 2, "pattern:64x48")
        with open(self.objects(channel)[0], "rb") as file:
            whole = file.read()
        pick = random.Random(1)
        for size in (0, 1, 63, 64, 4096, len(whole) // 2, len(whole) - 64, len(whole) - 1):
            self.put(channel, whole[:size])
            self.look(channel)
        for _ in range(6):
            damaged = bytearray(whole)
            block, = struct.unpack_from("<Q", whole, len(whole) - TRAILER_BYTES)
            for _ in range(8):
                damaged[pick.choice((pick.randrange(len(whole) - TRAILER_BYTES, len(whole)),
                                     pick.randrange(block, block + 2048)))] = pick.randrange(256)
            self.put(channel, damaged)
            self.look(channel)
        self.put(channel, whole)
        self.remove(channel)

    def test_texts_of_peers_are_escaped(self):
        channel = self.dead_channel()
        name_offset = 320
        self.patch(channel, "16s", (name_offset,), b'\x1b[31m"\xffx\n')
        for verb in (["list"], ["show", channel], ["top", "--once"]):
            text = self.ferry(*verb).out.text()
            self.assertNotIn("\x1b", text)
        self.assertNotIn("\x1b", self.listed(channel)["producer"])
        self.remove(channel)


class Verbs(FerryCase):
    def error(self, *arguments, code=USAGE):
        return self.ferry(*arguments, code=code).err.text()

    def test_help(self):
        alone = self.ferry(code=USAGE).out.text()
        for form in (["--help"], ["-h"], ["help"], ["help", "help"]):
            self.assertEqual(self.ferry(*form).out.text(), alone)
        self.assertIn("Usage: ferry VERB", alone)
        self.assertEqual(self.ferry("list", "-h").out.text(), self.ferry("help", "list").out.text())
        for form in (["--version"], ["-v"], ["-V"], ["list", "--version"], ["show", "-V"]):
            self.assertRegex(self.ferry(*form).out.text(), r"^ferry \d+\.\d+\.\d+$")

    def test_mistakes(self):
        for arguments, words in (
                (["lits"], 'did you mean ferry list?'), (["ls"], "did you mean ferry list?"),
                (["fps"], "did you mean ferry hz?"), (["snapshot"], "did you mean ferry grab?"),
                (["xyzzy"], 'unknown verb "xyzzy"'), (["--json", "list"], "a verb comes first"),
                (["help", "lits"], "did you mean ferry list?"), (["help", "list", "show"], "takes one verb"),
                (["list", "--jsno"], "did you mean --json?"), (["list", "json"], "did you mean --json?"),
                (["list", "x"], 'unexpected argument "x"'), (["show", "a", "b"], 'unexpected argument "b"'),
                (["list", "\u2013a"], "did you mean --all?"), (["show", "-n"], "-n needs a value"),
                (["show", "--name", "a", "b"], "are two channels"), (["show", ".bad"], ".bad"),
                (["top", "--delay", "0"], "seconds from 0.1 on"), (["watch", "--delay", "x"], "seconds from 0.01 on"),
                (["hz", "--count", "0"], "from 1 on"), (["grab", "--as", "gif", "x"], "png, jpg, bmp, tga or raw"),
                (["grab", "a", "x.gif"], "its ending is none of"),
                (["grab", "a", "x.png", "--as", "jpg"], "leave --as out"),
                (["grab", "a", "-", "--json"], "needs a file"), (["top"], "--once"),
                (["list", "--loop"], "ferry-producer has --loop")):
            said = self.error(*arguments)
            self.assertIn(words, said, arguments)
            self.assertTrue(said.startswith("ferry"), said)

    def test_a_channel_in_the_place_of_a_verb(self):
        channel, producer = self.empty_channel()
        self.assertIn(f"ferry show {channel}", self.error(channel))
        self.interrupt(producer)

    def test_a_channel_that_is_not_there(self):
        channel, producer = self.empty_channel()
        for verb in ("show", "hz", "grab", "top"):
            arguments = [verb, channel[:-1] + "xy"] + (["--once"] if verb == "top" else [])
            said = self.error(*arguments, code=TIMED_OUT)
            self.assertIn(f"did you mean {channel}?", said)
            self.assertTrue(said.startswith(f"ferry {verb}: there is no channel "), said)
        self.interrupt(producer)

    # What a producer leaves that was killed in its first moment. Nobody means a name by that name.
    def test_the_name_itself_is_not_advised(self):
        channel = self.channel()
        self.addCleanup(self.remove, channel)
        with open(os.path.join(SHARED_MEMORY, f"{channel}~consumers"), "wb"):
            pass
        said = self.error("show", channel, code=TIMED_OUT)
        self.assertIn(f"there is no channel {channel}", said)
        self.assertEqual(said.count(channel), 1 + said.count(f"--name {channel}"), said)

    def test_the_default_channel(self):
        channel, producer = self.empty_channel()
        given = {"env": environment(FERRY_NAME=channel)}
        for arguments, more in ((["-n", channel], {}), ([channel], {}), ([], given), (["--name=" + channel], {})):
            self.assertEqual(self.told("show", *arguments, **more)[0]["channel"], channel)
        self.assertIn("FERRY_NAME", self.ferry("show", code=USAGE, env=environment(FERRY_NAME=".x")).err.text())
        self.interrupt(producer)


if __name__ == "__main__":
    unittest.main()

"""Names that somebody removes while ferry-producer runs: it says so, or puts them back."""

import os
import signal
import subprocess
import sys
import unittest

import pictures
from support import BIN, SHARED_MEMORY, Case, children, stop_process, wait_until

GONE = r"ferry-producer: warning: removed from shared memory, or taken by something else: (.*?)\. (?:New|Programs) "
BACK = r"ferry-producer: warning: .*it has been restored"

# A reader that opens what has a name, looks at it, and ends.
READER = """
import sys
from multiprocessing import shared_memory
memory = shared_memory.SharedMemory(name=sys.argv[1])
print(bytes(memory.buf[:16]).hex(), flush=True)
sys.stdin.read()
memory.close()
"""


def path_of(name):
    return f"{SHARED_MEMORY}/{name}"


class Names(Case):
    def remove(self, *names):
        for name in names:
            wait_until(lambda name=name: os.path.exists(path_of(name)), f"there is no {name}")
            subprocess.run(["rm", path_of(name)], check=True)

    def remove_between_looks(self, producer, *names):
        """It looks once a second, and must not find one of them gone and the other not yet."""
        for name in names:
            wait_until(lambda name=name: os.path.exists(path_of(name)), f"there is no {name}")
        stop_process(producer.pid)
        self.remove(*names)
        os.kill(producer.pid, signal.SIGCONT)

    def assert_told_once(self, producer, *names):
        """Which names are gone, and once: it goes on looking."""
        self.assertEqual(producer.err.wait_for(GONE), (", ".join(names),))
        self.assertRegex(producer.err.text(), "RemoveIPC=yes")

    def assert_was_told_once(self, producer):
        self.assertEqual(producer.err.text().count("removed from shared memory"), 1,
                         producer.describe())

    def assert_none_left(self, channel):
        self.assertEqual([n for n in os.listdir(SHARED_MEMORY) if channel in n], [])


class Removed(Names):
    def test_under_a_consumer(self):
        for options in ([], ["--dialect", "baseimage"]):
            channel = self.channel()
            producer = self.producer(channel, *options, "--fps", 50, "pattern:40x30")
            wait_until(lambda: os.path.exists(path_of(channel)), "there is no channel")
            consumer = self.attached(channel, "--json")
            self.remove(channel)
            self.assert_told_once(producer, channel)
            consumer.out.wait_count(len(consumer.numbers()) + 100)  # two seconds: two looks
            self.interrupt(producer)
            self.end(consumer)
            self.assert_was_told_once(producer)
            self.assert_none_left(channel)

    def test_while_nothing_is_sent(self):
        folder, _ = self.write_noise("in", 3)
        # It waits for its first consumer, for its next turn, for its source.
        for options in ([folder], ["--no-wait", "--fps", "1/60", folder],
                        ["--no-wait", "--raw", "8x8:gray", "-"]):
            channel = self.channel()
            producer = self.producer(channel, *options, stdin=subprocess.PIPE)
            producer.popen.stdin.write(bytes(64))  # of a source that is there but slow
            producer.popen.stdin.flush()
            self.remove_between_looks(producer, channel, f"{channel}~consumers")
            self.assert_told_once(producer, channel, f"{channel}~consumers")
            self.interrupt(producer)
            self.assert_was_told_once(producer)

    def test_a_name_that_was_moved_away_is_put_back(self):
        folder, made = self.write_noise("in", 3)
        channel = self.channel()
        producer = self.producer(channel, folder)
        producer.err.wait_for("waiting for a consumer")
        os.rename(path_of(channel), path_of(f"{channel}-moved"))
        producer.err.wait_for(BACK)
        os.unlink(path_of(f"{channel}-moved"))
        self.end(self.consumer(channel, "--save", self.path("out")))
        self.end(producer)
        self.assert_pictures(self.saved("out", channel), dict(enumerate(made, 1)))
        self.assertEqual(producer.err.text().count("has been restored"), 1)

    def test_a_second_producer_has_the_channel_then(self):
        channel = self.channel()
        first = self.producer(channel, "--fps", 50, "pattern:40x30")
        old = self.attached(channel, "--json")
        self.remove(channel, f"{channel}~consumers")
        second = self.producer(channel, "--fps", 50, "pattern:80x60")
        wait_until(lambda: os.path.exists(path_of(channel)), "there is no second channel")
        first.err.wait_for(GONE)
        new = self.attached(channel, "--json")
        new.out.wait_count(5)
        self.interrupt(first)
        self.end(old)
        new.out.wait_count(len(new.numbers()) + 5)
        self.interrupt(second)
        self.end(new)
        self.assertEqual({r["width"] for r in old.records()}, {40})
        self.assertEqual({r["width"] for r in new.records()}, {80})
        self.assertNotIn("gone from", second.err.text())


class Dialect(Names):
    def start_reader(self, channel):
        reader = self.start(sys.executable, "-c", READER, channel, stdin=subprocess.PIPE)
        reader.out.wait_count(1)
        return reader

    # Python's resource tracker removes what its process has opened, also if that did not make it.
    def test_a_python_reader_that_ends(self):
        channel = self.channel()
        producer = self.producer(channel, "--dialect", "baseimage", "--fps", 50, "pattern:40x30")
        wait_until(lambda: os.path.exists(path_of(channel)), "there is no channel")
        reader = self.start_reader(channel)
        reader.popen.stdin.close()
        self.end(reader)
        reader.popen.stdin = None
        for pid in set(children()) - {program.pid for program in self.programs}:
            os.waitpid(pid, 0)  # the tracker, which is a process of its own
        self.assertFalse(os.path.exists(path_of(channel)))
        self.assert_told_once(producer, channel)
        self.interrupt(producer)
        self.assert_none_left(channel)

    # Only programs that wait for the event need it, and a new producer would not get it either.
    def test_something_else_has_the_name_of_the_event(self):
        channel = self.channel()
        event = path_of(f"sem.{channel}Mutex")
        producer = self.producer(channel, "--dialect", "baseimage", "--fps", 50, "pattern:40x30")
        wait_until(lambda: os.path.exists(event), "there is no event")
        with open(event + "-new", "wb") as file:
            file.write(b"a stranger's")
        os.rename(event + "-new", event)
        self.assertEqual(producer.err.wait_for(GONE), (f"{channel}Mutex",))
        consumer = self.attached(channel, "--json")
        consumer.out.wait_count(3)
        self.assertNotIn("new consumers cannot find", producer.err.text())
        with open(event, "rb") as file:
            self.assertEqual(file.read(), b"a stranger's")
        os.unlink(event)
        producer.err.wait_for(BACK)
        self.interrupt(producer)
        self.end(consumer)
        self.assert_was_told_once(producer)
        self.assert_none_left(channel)

    def test_a_killed_producer_leaves_no_event(self):
        channel = self.channel()
        producer = self.producer(channel, "--dialect", "baseimage", "--fps", 50, "pattern:40x30")
        consumer = self.attached(channel, "--json")
        self.remove(channel)
        self.kill(producer.pid)
        self.end(consumer, 1)
        self.assert_none_left(channel)

    # Whoever waits for the old event is told as well as those who find the new one.
    def test_an_event_is_made_anew(self):
        channel = self.channel()
        picture = pictures.noise(16, 12, 3, "anew")
        folder = os.path.dirname(self.write("in/1.png", pictures.png(picture)))
        os.symlink("1.png", os.path.join(folder, "2.png"))  # a single file would be read but once
        producer = self.producer(channel, "--dialect", "baseimage", "--fps", 50, "--loop",
                                 "--no-wait", folder)
        wait_until(lambda: os.path.exists(path_of(f"sem.{channel}Mutex")), "there is no event")
        peers = [self.start_peer(channel)]
        self.remove(f"sem.{channel}Mutex")
        producer.err.wait_for(BACK)
        peers.append(self.start_peer(channel))
        for peer in peers:
            for _ in range(3):
                peer.popen.stdin.write(f"next {self.path('raw')}\n".encode())
            peer.popen.stdin.flush()
            peer.out.wait_count(4)
            self.assertEqual(peer.out.list()[-1], "16 12 24")
            peer.popen.stdin.close()
            self.end(peer)
            peer.popen.stdin = None
        self.interrupt(producer)
        self.assert_none_left(channel)

    def start_peer(self, channel):
        peer = self.start(os.path.join(BIN, "plain_peer"), "open", channel, stdin=subprocess.PIPE)
        peer.out.wait_for("^ready$")
        return peer


if __name__ == "__main__":
    unittest.main(verbosity=2)

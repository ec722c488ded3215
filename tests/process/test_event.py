"""The dialect's event when a peer has written nonsense into it, or when it belongs to somebody else: our
programs go on, or say why not."""

import mmap
import os
import random
import struct
import subprocess
import unittest

from support import (CONSUMER, FAILED, SHARED_MEMORY, TIMED_OUT, Case, has_mapped,
                     wait_until)

PLAIN_BYTES = 2048 * 4096 * 4  # of an object that a program of the old kind has made
SEMAPHORE_BYTES = 32
VALUE, SLEEPERS, PRIVATE = 0, 4, 8  # where glibc has them, on 64 bits
SEEDS = 24


class Event(Case):
    def event(self, channel):
        return f"{SHARED_MEMORY}/sem.{channel}Mutex"

    def put(self, channel, data):
        """Makes the event, or writes over it."""
        descriptor = os.open(self.event(channel), os.O_RDWR | os.O_CREAT, 0o600)
        os.write(descriptor, data)
        os.close(descriptor)

    def put_sender(self, channel):
        """What a sender of the old kind has made: a picture of 2 x 2."""
        with open(f"{SHARED_MEMORY}/{channel}", "wb") as file:
            file.write(struct.pack("<4i", 12, 2, 2, 24) + b"abcdefghijkl")
            file.truncate(PLAIN_BYTES)

    def remove(self, channel):
        for path in (f"{SHARED_MEMORY}/{channel}", self.event(channel)):
            if os.path.exists(path):
                os.unlink(path)

    def sending(self, channel, *options):
        return self.producer(channel, "--dialect", "baseimage", "--no-wait", "--fps", 200,
                             *options, "pattern:8x8")

    def pair(self, channel):
        """A producer, and a consumer that tells its frames."""
        producer = self.sending(channel)
        return producer, self.consumer(channel, "--latest", "--json")

    def receiving(self, channel, *options):
        consumer = self.consumer(channel, "--latest", "--json", *options)
        wait_until(lambda: not consumer.is_running() or has_mapped(
            consumer.pid, self.event(channel)), f"{consumer.describe()} does not attach")
        return consumer


class Nonsense(Event):
    def noise(self):
        for seed in range(SEEDS):
            yield random.Random(seed).randbytes(20000 if seed % 2 else SEMAPHORE_BYTES)

    def test_a_producer(self):
        channel = self.channel()
        for noise in self.noise():
            self.put(channel, noise)
            self.end(self.sending(channel, "--count", 5))
            producer, consumer = self.pair(channel)
            consumer.out.wait_count(5)
            self.interrupt(producer)
            self.end(consumer)
        self.remove(channel)

    def test_a_consumer_of_a_plain_sender(self):
        channel = self.channel()
        self.put_sender(channel)
        for noise in self.noise():
            self.put(channel, noise)
            self.end(self.receiving(channel, "--timeout", "0.2"), TIMED_OUT)
        for noise in self.noise():
            self.put(channel, noise)
            self.interrupt(self.receiving(channel))
        self.remove(channel)

    def words(self, channel):
        descriptor = os.open(self.event(channel), os.O_RDWR)
        words = mmap.mmap(descriptor, SEMAPHORE_BYTES)
        os.close(descriptor)
        self.addCleanup(words.close)
        return lambda at, value: struct.pack_into("<I", words, at, value)

    # With one that sleeps, as far as the words say.
    def test_every_way_to_call_the_kernel(self):
        channel = self.channel()
        self.put(channel, bytes(SEMAPHORE_BYTES))
        write = self.words(channel)
        producer, consumer = self.pair(channel)
        for private in range(256):
            write(PRIVATE, private)
            write(SLEEPERS, 1)
            write(VALUE, 0)
            consumer.out.wait_count(len(consumer.out.list()) + 2)
        self.interrupt(producer)
        self.end(consumer)
        self.put_sender(channel)
        consumer = self.receiving(channel)
        for private in range(256):
            write(PRIVATE, private)
            write(VALUE, 1)
            consumer.out.wait_count(private + 1)
        self.interrupt(consumer)
        self.remove(channel)

    def test_a_time_limit_whatever_the_words_say(self):
        channel = self.channel()
        self.put_sender(channel)
        for private in (0x40, 0x80, 0x81, 0x89, 0xfe):
            self.put(channel, struct.pack("<3I", 0, 1, private) + bytes(SEMAPHORE_BYTES - 12))
            self.end(self.receiving(channel, "--timeout", "0.2"), TIMED_OUT)
        self.remove(channel)

    def test_what_is_no_semaphore(self):
        for make in (lambda path: os.mkdir(path), lambda path: os.mkfifo(path),
                     lambda path: os.symlink("/etc/hostname", path),
                     lambda path: open(path, "wb").close()):
            channel = self.channel()
            make(self.event(channel))
            producer = self.end(self.sending(channel, "--count", 1), FAILED)
            self.assertRegex(producer.err.text(), f"sem.{channel}Mutex is not a semaphore: "
                                                  "remove it, or choose another name")
            if os.path.isdir(self.event(channel)):
                os.rmdir(self.event(channel))
            self.remove(channel)


class OfAnotherUser(Event):
    OWNER, OTHER = 54321, 54322

    def as_user(self, number):
        return {"user": number, "group": number, "extra_groups": [], "cwd": "/"}

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("being another user needs root")
        tried = subprocess.run(["test", "-x", CONSUMER], check=False, **self.as_user(self.OTHER))
        if tried.returncode != 0:
            self.skipTest("another user cannot run the programs here")

    def squat(self, channel):
        """Another user makes the event first, open to all, and one that says how to end who uses
        it."""
        data = struct.pack("<3I", 0, 1, 0xfe) + bytes(SEMAPHORE_BYTES - 12)
        script = ("import os, sys; os.umask(0); "
                  "file = os.open(sys.argv[1], os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666); "
                  f"os.write(file, {data!r})")
        subprocess.run(["/usr/bin/python3", "-c", script, self.event(channel)], check=True,
                       **self.as_user(self.OTHER))

    def test_a_producer_says_what_is_in_the_way(self):
        channel = self.channel()
        self.squat(channel)
        for user in (self.OWNER, 0):
            producer = self.end(
                self.producer(channel, "--dialect", "baseimage", "--no-wait", "--fps", 100,
                              "--count", 3, "pattern:8x8", **self.as_user(user)), FAILED)
            self.assertRegex(producer.err.text(), f"sem.{channel}Mutex .*(another user|not allowed"
                                                  "|denied)")
            self.assertRegex(producer.err.text(), "choose another name")
        self.assertEqual(sorted(n for n in os.listdir(SHARED_MEMORY) if channel in n),
                         [f"sem.{channel}Mutex"])
        self.remove(channel)

    def test_a_consumer_of_a_plain_sender_does_not_use_it(self):
        channel = self.channel()
        self.put_sender(channel)
        self.squat(channel)
        consumer = self.end(self.consumer(channel, "--latest", "--wait", "1"), FAILED)
        self.assertRegex(consumer.err.text(), f"sem.{channel}Mutex .*another user")
        self.remove(channel)

    def test_a_native_channel_does_not_care(self):
        channel = self.channel()
        self.squat(channel)
        self.end(self.producer(channel, "--no-wait", "--fps", 0, "--count", 3, "pattern:8x8"))
        self.remove(channel)


if __name__ == "__main__":
    unittest.main(verbosity=2)

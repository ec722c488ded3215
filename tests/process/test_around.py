"""What a consumer says of what there is while it waits for a producer."""

import os
import subprocess
import unittest

from support import (CONSUMER, PRODUCER, SHARED_MEMORY, TIMED_OUT, Case, environment, wait_until)

UNSHARE = ["unshare", "--mount"]


def can_unshare():
    return subprocess.run([*UNSHARE, "mount", "-t", "tmpfs", "none", SHARED_MEMORY],
                          stderr=subprocess.DEVNULL, check=False).returncode == 0


class Waiting(Case):
    def running(self, channel, *arguments):
        producer = self.producer(channel, "--no-wait", "--fps", 20, *arguments, "pattern:8x8")
        wait_until(lambda: os.path.exists(os.path.join(SHARED_MEMORY, channel)),
                   f"there is no {channel}")
        return producer

    def slip(self, channel):
        """Nearly the same name, which no other case has."""
        return channel[:-1] + "x" + channel[-1]

    def waits(self, channel, pattern):
        """What a consumer that waits says, until a line has come."""
        consumer = self.consumer(channel)
        consumer.err.wait_for(pattern)
        self.assertEqual(consumer.err.list()[0],
                         f"ferry-consumer: waiting for a producer on channel {channel}")
        self.interrupt(consumer)
        return consumer.err.text()

    def test_a_slip(self):
        channel = self.channel()
        producer = self.running(channel)
        said = self.waits(self.slip(channel), f"did you mean --name {channel}\\?")
        self.assertRegex(said, rf"(channels here are .*\b|only channel here is ){channel}\b")
        self.interrupt(producer)

    def test_a_slip_that_does_not_wait(self):
        channel = self.channel()
        producer = self.running(channel)
        for options in (["--wait", 0], ["--wait", "0.1"], ["--timeout", 0]):
            ended = self.end(self.consumer(self.slip(channel), *options), TIMED_OUT)
            self.assertIn(f"there is a channel {channel}: did you mean --name {channel}?",
                          ended.err.list()[-1])
        self.interrupt(producer)

    def test_a_producer_that_comes_later_under_another_name(self):
        channel = self.channel()
        consumer = self.consumer(self.slip(channel))
        consumer.err.wait_for("waiting for a producer")
        producer = self.running(channel)
        consumer.err.wait_for(f"did you mean --name {channel}\\?")
        self.interrupt(consumer)
        self.interrupt(producer)

    def test_one_that_was_killed(self):
        channel = self.channel()
        self.kill(self.running(channel).pid)
        said = self.waits(channel, "start the producer again")
        self.assertIn(f"channel {channel} was left behind by a killed producer", said)
        other = self.consumer(self.slip(channel), "--wait", "1")
        self.assertNotIn(f"{channel},", self.end(other, TIMED_OUT).err.text())
        self.assertNotIn("did you mean", other.err.text())
        # A new producer takes the place, so that nothing is left.
        self.end(self.producer(channel, "--no-wait", "--count", 1, "pattern:8x8"))

    def test_nobody_is_disturbed(self):
        """What is in the way in shared memory is neither opened nor believed."""
        channel = self.channel()
        made = []
        for name in (f"{channel}\x1b[31m~consumers", f"{channel}\x1b[31m", f"{channel} b~consumers",
                     f"{channel}-f~consumers", f"{channel}-d~consumers", f"sem.{channel}-lMutex"):
            made.append(os.path.join(SHARED_MEMORY, name))
            with open(made[-1], "w", encoding="utf-8"):
                pass
        for name, make in ((f"{channel}-f", os.mkfifo), (f"{channel}-d", os.mkdir),
                           (f"{channel}-l", lambda path: os.symlink("/nowhere", path))):
            made.append(os.path.join(SHARED_MEMORY, name))
            make(made[-1])
        try:
            consumer = self.consumer(self.slip(channel))
            consumer.err.wait_for("here|with a producer")
            self.interrupt(consumer)
        finally:
            for path in made:
                (os.rmdir if os.path.isdir(path) and not os.path.islink(path) else os.unlink)(path)
        for line in consumer.err.list():
            self.assertTrue(line.isprintable(), line)
        for end in ("-f", "-d", "-l", " b", "\\x1b"):
            self.assertNotIn(channel + end, consumer.err.text())

    def test_a_sender_of_the_old_kind_is_named(self):
        channel = self.channel()
        made = [os.path.join(SHARED_MEMORY, name) for name in (channel, f"sem.{channel}Mutex")]
        for path in made:
            with open(path, "w", encoding="utf-8"):
                pass
        try:
            self.waits(self.slip(channel), f"did you mean --name {channel}\\?")
        finally:
            for path in made:
                os.unlink(path)


@unittest.skipUnless(can_unshare(), "no mount namespace can be made here")
class Containers(Case):
    def apart(self, *arguments, prefix=UNSHARE, source="none"):
        """What a consumer says where /dev/shm is another file system."""
        script = f'mount -t tmpfs {source} {SHARED_MEMORY}; exec "$@"'
        program = self.start(*prefix, "sh", "-c", script, "sh", CONSUMER, "--name", self.channel(),
                             "--wait", "0.1", *arguments)
        return self.end(program, TIMED_OUT).err.text()

    def test_shared_memory_of_its_own(self):
        self.assertIn("has its own /dev/shm", self.apart())

    def test_a_producer_there(self):
        script = f'mount -t tmpfs none {SHARED_MEMORY}; exec "$@"'
        producer = self.start(*UNSHARE, "sh", "-c", script, "sh", PRODUCER, "--name", self.channel(),
                              "--wait-consumer", "1", "pattern:8x8")
        said = self.end(producer, TIMED_OUT).err.text()
        self.assertRegex(said, "has its own /dev/shm: consumers outside")

    def test_a_container_has_processes_of_its_own_too(self):
        prefix = [*UNSHARE, "--pid", "--fork", "--mount-proc"]
        self.assertIn("has its own /dev/shm", self.apart(prefix=prefix, source="shm"))

    def test_no_word_where_nothing_tells(self):
        ended = self.end(self.consumer(self.channel(), "--wait", "0.1"), TIMED_OUT)
        self.assertNotIn("/dev/shm", ended.err.text())
        # The same memory in another mount namespace is the same.
        ended = self.end(self.start(*UNSHARE, CONSUMER, "--name", self.channel(), "--wait", "0.1"),
                         TIMED_OUT)
        self.assertNotIn("/dev/shm", ended.err.text())


if __name__ == "__main__":
    unittest.main()

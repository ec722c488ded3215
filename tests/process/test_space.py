"""No room left: on the disk, and in /dev/shm. Each case has a small file system of its own, in a
mount namespace that nobody else sees."""

import os
import subprocess
import unittest

import pictures
from support import CONSUMER, FAILED, PRODUCER, Case, stop_process, wait_until


def reason_to_skip():
    if os.geteuid() != 0:
        return "mounting a file system needs root"
    try:
        tried = subprocess.run(["unshare", "-m", "sh", "-c",
                                "mount -t tmpfs -o size=16k tmpfs /mnt && nsenter --version"],
                               capture_output=True, check=False)
    except FileNotFoundError:
        return "there is no unshare"
    return None if tried.returncode == 0 else "file systems cannot be mounted here"


SKIP = reason_to_skip()


@unittest.skipIf(SKIP, SKIP)
class Small(Case):
    def room(self, size, place):
        """A mount namespace with a file system of that size; returns its path from outside."""
        self.keeper = self.start("unshare", "-m", "sh", "-c",
                                 f"mount -t tmpfs -o size={size} tmpfs '{place}' && "
                                 "echo ready && exec cat", stdin=subprocess.PIPE)
        self.keeper.out.wait_for("^ready")
        self.addCleanup(self.leave)
        return f"/proc/{self.keeper.pid}/root{place}"

    def inside(self, *arguments):
        return self.start("nsenter", "-m", "-t", str(self.keeper.pid), *map(str, arguments))

    def leave(self):
        self.keeper.popen.stdin.close()
        self.end(self.keeper)
        self.keeper.popen.stdin = None

    def use_up(self, path, left_kib):
        """Fills a file system up to what shall be left."""
        free = os.statvfs(path).f_bavail * os.statvfs(path).f_frsize // 1024
        with open(os.path.join(path, "ballast"), "wb") as file:
            file.write(bytes((free - left_kib) * 1024))


class Disk(Small):
    def test_a_full_disk(self):
        self.fill_up()

    def test_a_full_disk_with_one_worker(self):
        self.fill_up("--jobs", 1)

    def test_a_full_disk_with_many_workers(self):
        self.fill_up("--jobs", 8)

    def fill_up(self, *options):
        os.mkdir(self.path("out"))
        seen = self.room("256k", self.path("out"))
        channel = self.channel()
        folder, made = self.write_noise("in", 20, width=64, height=100)
        consumer = self.inside(CONSUMER, "--name", channel, "--save", self.path("out"), "--json",
                               *options)
        producer = self.producer(channel, "--fps", 0, folder)
        self.end(consumer, FAILED)
        self.end(producer)
        self.check_full(consumer, seen, channel, made)

    def check_full(self, consumer, seen, channel, made):
        """What is listed is there, and nothing else; the first frame that is not is named."""
        numbers = consumer.numbers()
        self.assertGreater(len(numbers), 5)
        self.assertLess(len(numbers), 20)
        self.assertEqual(numbers, sorted(numbers))
        missing = next(n for n in range(1, 21) if n not in numbers)
        text = consumer.err.text()
        self.assertRegex(text, rf"cannot save frame {missing}: .*{channel}-{missing:06}\.png.*"
                         "No space left on device")
        self.assertEqual(text.count("cannot save"), 1)
        self.assertIn(f"{len(numbers)} saved in ", text)
        self.assertEqual(sorted(os.listdir(seen)), [f"{channel}-{n:06}.png" for n in numbers])
        for n in numbers:
            self.assertEqual(pictures.read_png(f"{seen}/{channel}-{n:06}.png"), made[n - 1])


class SharedMemory(Small):
    def run_pair(self, channel, *source, consumer=("--every", "--json")):
        producer = self.inside(PRODUCER, "--name", channel, "--fps", 0, "--count", 20,
                               "--wait-consumer", 600, *source)
        consumer = self.inside(CONSUMER, "--name", channel, *consumer)
        producer.wait()
        consumer.wait()
        return producer, consumer

    def test_frames_that_do_not_fit_get_a_clear_answer(self):
        seen = self.room("4m", "/dev/shm")
        channel = self.channel()
        for source in ("pattern:1024x1024:bgra", "pattern:2000x2000:gray16le"):
            producer, consumer = self.run_pair(channel, source)
            self.end(producer, FAILED)
            self.assertRegex(producer.err.text(), r"/dev/shm has no room for \d+ more bytes")
            self.end(consumer)  # the stream has ended, without a frame
            self.assertEqual(consumer.numbers(), [])
            self.assertEqual(os.listdir(seen), [])

    # The channel's slots would take 256 MiB if they were full.
    def test_small_frames_work(self):
        seen = self.room("4m", "/dev/shm")
        channel = self.channel()
        for source in ("pattern:320x240", "pattern:64x48:nv12", "pattern:350x350:rgba"):
            producer, consumer = self.run_pair(channel, source)
            self.end(producer)
            self.end(consumer)
            self.assert_whole_numbers(consumer.numbers(), 1, 20)
            self.assertEqual(os.listdir(seen), [])

    # Room for two frames of 1.5 MB: enough for a consumer that keeps up.
    def test_a_frame_that_fits_twice(self):
        self.room("4m", "/dev/shm")
        producer, consumer = self.run_pair(self.channel(), "pattern:1000x500",
                                           consumer=("--latest", "--json"))
        self.end(producer)
        self.end(consumer)
        self.assert_skips_add_up(consumer.records())
        self.assertEqual(consumer.numbers()[-1], 20)

    # There is room for five of the eight slots. Whoever waits for its consumer goes on waiting then.
    def test_it_fills_up_on_the_way(self):
        seen = self.room("4m", "/dev/shm")
        channel = self.channel()
        producer = self.inside(PRODUCER, "--name", channel, "--fps", 0, "--wait-consumer", 600,
                               "pattern:800x300")
        consumer = self.inside(CONSUMER, "--name", channel, "--every", "--json")
        consumer.out.wait_count(5)
        stop_process(consumer.pid)
        room = lambda: os.statvfs(seen).f_bavail * os.statvfs(seen).f_frsize
        wait_until(lambda: room() < 800 * 300 * 3, "it does not fill up")
        self.resume(consumer)
        consumer.out.wait_count(1000)
        sent = self.finish(producer)
        self.end(consumer)
        self.assert_whole_numbers(consumer.numbers(), 1, sent)
        self.assertEqual(os.listdir(seen), [])

    def test_no_room_for_the_channel_itself(self):
        seen = self.room("4m", "/dev/shm")
        channel = self.channel()
        for left in (0, 8, 16, 32):
            self.use_up(seen, left)
            producer = self.inside(PRODUCER, "--name", channel, "--no-wait", "--fps", 0,
                                   "pattern:100x100")
            self.end(producer, FAILED)
            self.assertRegex(producer.err.text(), "/dev/shm has no room for .*remount")
            self.assertEqual(os.listdir(seen), ["ballast"])
            os.unlink(os.path.join(seen, "ballast"))

    # Somebody else's object that has only a length, as one made with ftruncate alone.
    def test_an_object_without_memory(self):
        seen = self.room("4m", "/dev/shm")
        channel = self.channel()
        with open(os.path.join(seen, channel), "wb") as file:
            file.truncate(2048 * 4096 * 4 + 21 * 4096)
        self.use_up(seen, 0)
        consumer = self.end(self.inside(CONSUMER, "--name", channel, "--wait", 2), FAILED)
        self.assertRegex(consumer.err.text(), f"{channel} exists, but is neither a channel nor")
        producer = self.end(self.inside(PRODUCER, "--name", channel, "--dialect", "baseimage",
                                        "--no-wait", "pattern:8x8"), FAILED)
        self.assertIn("/dev/shm has no room for", producer.err.text())
        self.assertEqual(sorted(os.listdir(seen)), sorted(["ballast", channel]))

    def test_the_dialect_too(self):
        seen = self.room("4m", "/dev/shm")
        channel = self.channel()
        for size, code in (("100x100", 0), ("2000x1000", FAILED)):
            producer = self.inside(PRODUCER, "--name", channel, "--no-wait", "--fps", 0, "--count",
                                   3, "--dialect", "baseimage", f"pattern:{size}")
            self.end(producer, code)
            self.assertEqual("/dev/shm has no room for" in producer.err.text(), code == FAILED)
            self.assertNotIn("slots", producer.err.text())  # there is one, and nobody chooses it
            self.assertEqual(os.listdir(seen), [])

    def test_no_room_for_the_event(self):
        seen = self.room("4m", "/dev/shm")
        channel = self.channel()
        said = ""
        for left in range(4, 150, 4):  # page by page
            self.use_up(seen, left)
            producer = self.inside(PRODUCER, "--name", channel, "--no-wait", "--count", 1, "--dialect",
                                   "baseimage", "pattern:8x8")
            code = producer.wait()
            os.unlink(os.path.join(seen, "ballast"))
            if code == 0:
                break
            self.assertEqual(code, FAILED)
            said += producer.err.text()
            self.assertRegex(producer.err.text(), "/dev/shm has no room for .*remount")
            self.assertNotIn("slots", producer.err.text())
        self.assertEqual(code, 0)
        self.assertIn("/dev/shm has no room for the semaphore", said)


if __name__ == "__main__":
    unittest.main(verbosity=2)

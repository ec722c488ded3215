"""A limit on the size of files, as of ulimit -f: a sentence and exit code 1, and nothing half written."""

import os
import resource
import unittest

import pictures
from support import FAILED, SHARED_MEMORY, Case


def limit(bytes_most):
    return {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE,
                                                     (bytes_most, bytes_most))}


class Limit(Case):
    def names(self, channel):
        return [name for name in os.listdir(SHARED_MEMORY) if channel in name]

    def test_a_producer(self):
        for options in ([], ["--dialect", "baseimage"]):
            channel = self.channel()
            producer = self.end(self.producer(channel, "--no-wait", *options, "pattern:8x8",
                                              **limit(1000 * 1024)), FAILED)
            self.assertRegex(producer.err.text(), r"longer than a file may be .*\(ulimit -f\)")
            self.assertEqual("fewer or smaller slots" in producer.err.text(), not options)
            self.assertEqual(self.names(channel), [])

    def test_pictures_that_are_saved(self):
        folder, made = self.write_noise("in", 3, width=200, height=100)
        small = pictures.noise(4, 4, 3, "small")
        self.write("in/1.png", pictures.png(small))
        for jobs in (1, 3):
            channel = self.channel()
            os.mkdir(self.path(f"out{jobs}"))
            producer = self.producer(channel, "--fps", 0, folder)
            consumer = self.end(self.consumer(channel, "--jobs", jobs, "--save",
                                              self.path(f"out{jobs}"), **limit(8192)), FAILED)
            self.end(producer)
            self.assertRegex(consumer.err.text(),
                             r"cannot save frame 2: .*File too large \(ulimit -f ")
            self.assert_pictures(self.saved(f"out{jobs}", channel), {1: small})

    def test_what_is_printed(self):
        channel = self.channel()
        with open(self.path("told"), "wb") as told:
            producer = self.producer(channel, "--fps", 0, "--count", 500,
                                     "--wait-consumer", 60, "pattern:8x8")
            consumer = self.end(self.consumer(channel, "--every", "--json", stdout=told, **limit(4096)),
                                FAILED)
        self.end(producer)
        self.assertIn("File too large", consumer.err.text())


if __name__ == "__main__":
    unittest.main(verbosity=2)

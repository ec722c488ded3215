"""Commands of --exec and --launch that cannot be started are refused before anything else happens."""

import os
import unittest

from support import CONSUMER, FAILED, PRODUCER, SHARED_MEMORY, Case, environment


class Early(Case):
    def refuse(self, program, command, *arguments, **more):
        """Nobody is waited for, and nothing is read or made: each would last for ever here."""
        option = "--exec" if program == CONSUMER else "--launch"
        rest = ["--save", self.path("out")] if program == CONSUMER else ["--loop", self.path("in")]
        channel = self.channel()
        ended = self.end(self.start(program, "--name", channel, option, command, *rest, *arguments,
                                    **more), FAILED)
        name = os.path.basename(program)
        self.assertEqual(len(ended.err.list()), 1)
        self.assertTrue(ended.err.text().startswith(f"{name}: {option}: "), ended.err.text())
        self.assertFalse(os.path.exists(self.path("out")))
        self.assertFalse(os.path.exists(os.path.join(SHARED_MEMORY, channel)))
        return ended.err.text()

    def setUp(self):
        super().setUp()
        self.write_noise("in", 1)
        self.plain = self.write("plain", b"#!/bin/sh\nexit 0\n")

    def test_what_is_not_there(self):
        for program in (CONSUMER, PRODUCER):
            for command in ("nosuch", "nosuch -x 'y z'", f"'{self.folder}/no such' a", "./nosuch"):
                self.assertIn("No such file", self.refuse(program, command))
            self.assertIn("Not a directory", self.refuse(program, f"'{self.plain}/x'"))

    def test_what_may_not_be_run(self):
        for program in (CONSUMER, PRODUCER):
            for command in (f"'{self.plain}' a", f"'{self.folder}'", "/"):
                self.assertIn("Permission denied", self.refuse(program, command))
            env = environment(PATH=self.folder)
            self.assertIn("Permission denied", self.refuse(program, "plain", env=env))
            self.assertIn("No such file", self.refuse(program, "true", env=env))

    def test_what_is_no_command(self):
        for program in (CONSUMER, PRODUCER):
            self.assertIn("quote", self.refuse(program, "sh -c 'exit"))
            self.assertIn("empty", self.refuse(program, "  "))

    def test_places_where_a_program_is_found(self):
        os.chmod(self.plain, 0o700)
        for path, command in ((f"/nowhere:{self.folder}", "plain"), ("", "plain"), ("/x:", "plain"),
                              ("::/x", "plain"), ("/nowhere", "./plain"), ("/x", f"'{self.plain}'")):
            channel = self.channel()
            env = environment(PATH=path)
            consumer = self.consumer(channel, "--every", "--exec", command, cwd=self.folder, env=env)
            producer = self.producer(channel, "--count", 1, "--fps", 0, "--wait-consumer", 600,
                                     "pattern:8x8")
            self.end(producer)
            self.end(consumer)

    def test_a_launch_before_a_silent_input(self):
        reading, writing = os.pipe()
        try:
            ended = self.end(self.producer(self.channel(), "--launch", "nosuch", "-", stdin=reading),
                             FAILED)
        finally:
            os.close(reading)
            os.close(writing)
        self.assertIn("--launch: cannot start", ended.err.text())


if __name__ == "__main__":
    unittest.main()

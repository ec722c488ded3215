"""A channel of one machine on another one: ferry-web there, ferry-producer http://... here, and what each of them does
when another one is killed."""

import os
import signal
import unittest

import http_peer
from support import BIN, FAILED, SANITIZERS, environment, stop_process, wait_until
from web_support import WebCase

PEER = os.path.join(BIN, "frame_peer")


class MirrorCase(WebCase):
    def mirror(self, server, there, *arguments, scheme="http", query="", **more):
        """A channel here, and the producer of it."""
        here = self.channel()
        return here, self.producer(here, *arguments, f"{scheme}://127.0.0.1:{server.port}/{there}{query}", **more)


class Bytes(MirrorCase):
    def test_every_format_comes_as_it_was(self):
        there = self.channel()
        sender = self.start(PEER, "send", there, stdin=-1, bufsize=0)
        server = self.web(there)
        sender.popen.stdin.write(b"\n")
        here, mirror = self.mirror(server, there, "--capacity", "64M")
        receiver = self.start(PEER, "receive", here)
        count = 0
        while True:
            count += 1
            sender.out.wait_count(count)
            line = sender.out.list()[count - 1]  # the last frame and the end come together
            if line == "end":
                break
            wait_until(lambda line=line: receiver.out.list() and receiver.out.list()[-1] == line,
                       f"{line} does not come as it was: {receiver.out.list()[-1:]}")
            sender.popen.stdin.write(b"\n")
        self.assertGreater(count, 500)
        self.end(sender)
        self.interrupt(mirror)
        self.interrupt(server)
        self.end(receiver)
        self.assertIn("0 dropped", mirror.err.text())

    def test_texts(self):
        there = self.channel()
        lines = [f"line {number} ä" for number in range(20)]
        server = self.web(there)
        sender = self.producer(there, "--payload", "text", "-", stdin=-1, bufsize=0)
        here, mirror = self.mirror(server, there)
        mirror.err.wait_for("waiting for")
        receiver = self.consumer(here, "--payload", "text", "--json", "--reconnect")
        sender.popen.stdin.write((lines[0] + "\n").encode())
        for count, line in enumerate(lines, start=1):
            receiver.out.wait_count(count)
            self.assertEqual(receiver.records()[-1]["text"], line)
            if count < len(lines):
                sender.popen.stdin.write((lines[count] + "\n").encode())
        sender.popen.stdin.close()
        self.end(sender)
        for program in (mirror, server, receiver):
            self.interrupt(program)

    def test_jpeg(self):
        there = self.channel()
        sender = self.producer(there, "--fps", 50, "pattern:320x240")
        server = self.web(there)
        here, mirror = self.mirror(server, there, query="?format=jpeg&q=90&w=160")
        record = self.end(self.consumer(here, "--json", "--count", 3)).records()[-1]
        self.assertEqual((record["width"], record["height"], record["format"]), (160, 120, "rgb24"))
        for program in (mirror, server, sender):
            self.interrupt(program)


class Deaths(MirrorCase):
    def test_each_of_them_in_turn(self):
        there, here, port = self.channel(), self.channel(), self.own_port()
        programs = {}

        def start(which):
            if which == "sender":
                programs[which] = self.producer(there, "--fps", 100, "--no-wait", "pattern:64x48")
            elif which == "server":
                programs[which] = self.web(there, listen=f"127.0.0.1:{port}")
            else:
                programs[which] = self.producer(here, f"http://127.0.0.1:{programs['server'].port}/{there}")

        for which in ("sender", "server", "mirror"):
            start(which)
        receiver = self.consumer(here, "--json", "--reconnect")
        receiver.out.wait_count(3)
        for which in ("sender", "server", "mirror") * (1 if SANITIZERS else 3):
            self.kill(programs[which].pid)
            before = len(receiver.out.list())
            start(which)
            receiver.out.wait_count(before + 5)
        for which in ("mirror", "server", "sender"):
            self.interrupt(programs[which])
        self.interrupt(receiver)

    def test_another_size_and_format(self):
        there = self.channel()
        server = self.web(there)
        here, mirror = self.mirror(server, there, "--capacity", "100K")
        receiver = self.consumer(here, "--json", "--reconnect")
        for size, kind in (("64x48", "gray"), ("320x240", "gray"), ("33x17", "yuv420p"), ("640x480", "bgr24"),
                           ("1x1", "gray16le")):
            sender = self.producer(there, "--fps", 100, "--no-wait", f"pattern:{size}:{kind}")
            if size == "640x480":
                mirror.err.wait_for("640 x 480 pixels .*such frames are dropped")
            else:
                wait_until(lambda size=size, kind=kind: receiver.out.list() and (lambda last: (
                    f"{last['width']}x{last['height']}", last["format"]))(receiver.records()[-1]) == (size, kind),
                    f"{size} {kind} does not come")
            self.interrupt(sender)
        for program in (mirror, server, receiver):
            self.interrupt(program)


class Beside(MirrorCase):
    def test_consumers_of_every_frame_lose_nothing(self):
        """While one of the two that take frames over HTTP stands still."""
        there = self.channel()
        server = self.web(there)
        sender = self.paused_producer(there, "--fps", 200, "--when-full", "wait", "--wait-consumer", 60,
                                      "pattern:320x240")
        every = self.attached(there, "--json", "--every=all")
        here = [self.mirror(server, there, "--requests", number) for number in (1, 2)]
        mirrors = [mirror for _, mirror in here]
        receivers = [self.consumer(name, "--json", "--count", 3) for name, _ in here]
        self.resume(sender)
        for receiver in receivers:
            self.end(receiver)
        stop_process(mirrors[1].pid)
        every.out.wait_count(len(every.out.list()) + 300)
        count = self.finish(sender)
        self.end(every)
        self.assert_whole_numbers(every.numbers(), 1, count)
        self.resume(mirrors[1])
        for program in (*mirrors, server):
            self.interrupt(program)
        for mirror in mirrors:
            self.assertIn("0 dropped", mirror.err.text())


class Doors(MirrorCase):
    def test_tokens_and_certificates(self):
        there = self.channel()
        certificate, _ = http_peer.make_authority(self.folder, "server")
        other, _ = http_peer.make_authority(self.folder, "other")
        token = self.write("token", b"0123456789abcdef0123456789abcdef\n")
        wrong = self.write("wrong", b"0123456789abcdef0123456789abcdeX\n")
        os.chmod(token, 0o600)
        os.chmod(self.path("server.key"), 0o600)
        sender = self.producer(there, "--fps", 50, "pattern:64x48")
        server = self.web("--token-file", token, "--cert", certificate, "--key", self.path("server.key"), there)
        for arguments, pattern in (
                (["--cacert", certificate, "--token-file", token, "--count", 2], None),
                (["--cacert", certificate, "--token-file", wrong], "the token is not that of the server"),
                (["--cacert", certificate], "wants a token"),
                (["--cacert", other, "--token-file", token], "certificate is not trusted")):
            _, mirror = self.mirror(server, there, *arguments, scheme="https", env=environment())
            if pattern is None:
                self.end(mirror)
            else:
                self.end(mirror, FAILED)
                self.assertRegex(mirror.err.text(), pattern)
            with open(f"/proc/{server.pid}/cmdline", "rb") as file:
                self.assertNotIn(b"0123456789", file.read())
        self.interrupt(server)
        self.interrupt(sender)

    def test_a_channel_that_is_not_there(self):
        server = self.web()
        _, mirror = self.mirror(server, self.channel())
        mirror.err.wait_for("waiting for .*: ")
        self.interrupt(mirror, signal.SIGINT)
        self.interrupt(server)


if __name__ == "__main__":
    unittest.main(verbosity=2)

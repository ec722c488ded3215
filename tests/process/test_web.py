"""ferry-web answers what docs/http.md says: pictures of the right frame, its exact bytes, waiting, and clear refusals."""

import base64
import json
import os
import re
import select
import shutil
import socket
import subprocess
import threading
import time
import unittest

import pictures
from support import FAILED, SHARED_MEMORY, STUCK_SECONDS, USAGE, wait_until
from web_support import STILL, WEB, WebCase

NEXT = "/{channel}/{what}?after={number}&generation={generation}"


def decode(jpeg, width, height):
    """The picture as RGB."""
    made = subprocess.run(["ffmpeg", "-v", "error", "-f", "mjpeg", "-i", "-", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
                          input=jpeg, capture_output=True, timeout=60, check=True).stdout
    assert len(made) == width * height * 3, (len(made), width, height)
    return made


class Frames(WebCase):
    def follow(self, web, channel, what, count, **more):
        """So many frames, each newer than the one before."""
        connection = self.connection(web)
        target = f"/{channel}/{what}?wait=60"
        answers = []
        for _ in range(count):
            answers.append(self.expect(web, target, 200, connection=connection, **more))
            number, generation = answers[-1].frame()
            target = NEXT.format(channel=channel, what=what, number=number, generation=generation) + "&wait=60"
        return answers

    def test_raw_bytes_are_those_of_the_frame(self):
        for form in ("rgb24", "nv12", "gray16le", "bayer_rggb8"):
            with self.subTest(form):
                channel = self.channel()
                producer = self.paused_producer(channel, "--wait-consumer", 60, "--fps", 60, "--when-full", "wait",
                                                f"pattern:70x50:{form}")
                saver = self.attached(channel, "--every=all", "--save", self.path(form, "{frame}.raw"))
                web = self.web(channel)
                self.resume(producer)
                answers = self.follow(web, channel, "frame.raw", 12)
                self.finish(producer)
                self.end(saver)
                for answer in answers:
                    with open(self.path(form, f"{answer.number('Ferry-Frame'):06}.raw"), "rb") as file:
                        self.assertTrue(file.read() == answer.body, f"frame {answer.number('Ferry-Frame')} differs")
                    self.assertEqual(answer.headers["Ferry-Format"], form)
                    self.assertEqual(answer.headers["Ferry-Size"], "70x50")
                    self.assertEqual(answer.headers["Content-Type"], "application/octet-stream")
                numbers = [answer.number("Ferry-Frame") for answer in answers]
                self.assertEqual(numbers, sorted(set(numbers)))
                for before, answer in zip(answers, answers[1:]):
                    self.assertEqual(answer.number("Ferry-Skipped"),
                                     answer.number("Ferry-Frame") - before.number("Ferry-Frame") - 1)
                self.stop(web)

    def test_headers(self):
        channel = self.channel()
        producer = self.sending(channel, "--fps", 30, "--meta", "place=hall", "--meta", "x=1",
                                 "pattern:64x48:nv12")
        web = self.web()
        answer = self.follow(web, channel, "frame.raw", 1)[0]
        self.assertEqual(answer.headers["Ferry-Fourcc"], "3231564e")  # NV12
        self.assertRegex(answer.headers["Ferry-Generation"], "^[0-9a-f]{16}$")
        self.assertEqual(answer.headers["Ferry-Rate"], "30/1")
        self.assertEqual(base64.b64decode(answer.headers["Ferry-Metadata"]).decode(), "place=hall\nx=1\n")
        self.assertEqual(len(answer.headers["Ferry-Color"].split()), 6)
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(answer.headers["Cross-Origin-Resource-Policy"], "same-origin")
        self.assertEqual(answer.headers["Content-Security-Policy"], "frame-ancestors 'self'")
        received, sent = answer.number("Ferry-Received-Ns"), answer.number("Ferry-Sent-Ns")
        self.assertLessEqual(received, sent)
        self.assertLessEqual(sent, time.monotonic_ns())
        self.assertLessEqual(answer.number("Ferry-Publish-Ns"), sent)
        head = self.expect(web, f"/{channel}/frame.raw", 200, method="HEAD")
        self.assertEqual(head.body, b"")
        self.assertEqual(head.number("Content-Length"), 64 * 48 * 3 // 2)
        self.finish(producer)
        self.stop(web)

    @unittest.skipUnless(shutil.which("ffmpeg"), "ffmpeg is not installed")
    def test_jpeg_shows_the_frame(self):
        folder, made = self.write_noise("in", 1, 64, 48, 3)
        smooth = pictures.Picture(64, 48, 3, bytes(4 * x % 256 for y in range(48) for x in range(64) for _ in "rgb"))
        self.write("in/1.png", pictures.png(smooth))
        self.assertEqual(len(made), 1)
        channel = self.channel()
        producer = self.sending(channel, "--fps", 20, "--loop", folder)
        web = self.web()
        for quality, most in ((100, 3), (80, 8), (10, 40)):
            answer = self.expect(web, f"/{channel}/frame.jpg?q={quality}", 200)
            self.assertEqual(answer.headers["Content-Type"], "image/jpeg")
            found = decode(answer.body, 64, 48)
            mean = sum(abs(a - b) for a, b in zip(found, smooth.pixels)) / len(found)
            self.assertLess(mean, most, f"quality {quality}")
        self.finish(producer)
        self.stop(web)

    def test_png_is_the_frame(self):
        folder, made = self.write_noise("in", 1, 33, 21, 3)
        channel = self.channel()
        producer = self.sending(channel, "--fps", 20, "--loop", folder)
        web = self.web()
        answer = self.expect(web, f"/{channel}/frame.png", 200)
        path = self.write("got.png", answer.body)
        self.assertEqual(pictures.read_png(path).pixels, made[0].pixels)
        self.finish(producer)
        self.stop(web)

    def test_the_newest_comes_at_once_and_a_newer_one_when_there_is_one(self):
        folder, _ = self.write_noise("in", 1)
        channel = self.channel()
        producer = self.sending(channel, "--fps", STILL, "--loop", folder)
        web = self.web()
        number, generation = self.expect(web, f"/{channel}/frame.raw", 200).frame()
        for _ in range(3):
            self.assertEqual(self.expect(web, f"/{channel}/frame.raw", 200).frame(), (number, generation))
        for target in (NEXT.format(channel=channel, what="frame.raw", number=number, generation=generation),
                       f"/{channel}/frame.jpg?after={number}"):
            self.assertEqual(self.expect(web, target + "&wait=0.2", 204).body, b"")
        # Of another generation any frame is news.
        self.expect(web, f"/{channel}/frame.raw?after={number + 5}&generation=1", 200)
        self.finish(producer)
        self.stop(web)

    def test_the_next_producer_answers_those_who_wait(self):
        for is_killed in (False, True):
            with self.subTest(is_killed=is_killed):
                self.run_next_producer(is_killed)

    def run_next_producer(self, is_killed):
        channel = self.channel()
        first = self.sending(channel, "--fps", 30, "pattern:64x48")
        web = self.web()
        number, generation = self.expect(web, f"/{channel}/frame.raw", 200).frame()
        answers = []
        target = NEXT.format(channel=channel, what="frame.raw", number=number + 10**6, generation=generation)
        waiting = threading.Thread(target=lambda: answers.append(self.get(web, target + "&wait=60")))
        waiting.start()
        wait_until(lambda: self.metrics(web)["frameferry_web_waiting"] == 1, "nobody waits")
        # A request that came only now might be told that there is no such channel.
        if is_killed:
            self.kill(first.pid)
        else:
            self.finish(first)
        second = self.sending(channel, "--fps", 30, "pattern:80x40:gray")
        waiting.join()
        self.assertEqual(answers[0].status, 200)
        self.assertEqual(answers[0].headers["Ferry-Size"], "80x40")
        self.assertEqual(len(answers[0].body), 80 * 40)
        self.assertNotEqual(answers[0].headers["Ferry-Generation"], generation)
        self.finish(second)
        self.stop(web)

    def test_a_frame_is_kept(self):
        channel = self.channel()
        producer = self.sending(channel, "--fps", 100, "pattern:64x48")
        web = self.web()
        number, generation = self.expect(web, f"/{channel}/frame.jpg?keep=1", 200).frame()
        self.follow(web, channel, "frame.raw", 20)
        exact = f"?frame={number}&generation={generation}"
        kept = self.expect(web, f"/{channel}/frame.raw{exact}", 200)
        self.assertEqual(kept.frame(), (number, generation))
        self.assertEqual(self.expect(web, f"/{channel}/frame.png{exact}", 200).frame(), (number, generation))
        self.expect(web, f"/{channel}/frame.raw?frame={number}&generation=1", 410)
        gone = self.expect(web, f"/{channel}/frame.raw", 200).number("Ferry-Frame")
        self.follow(web, channel, "frame.raw", 5)
        self.expect(web, f"/{channel}/frame.raw?frame={gone}", 410)
        # Four are kept: a fifth one takes the place of the first.
        later = []
        for _ in range(4):
            self.follow(web, channel, "frame.raw", 3)
            later.append(self.expect(web, f"/{channel}/frame.jpg?keep=1", 200).number("Ferry-Frame"))
        self.expect(web, f"/{channel}/frame.raw{exact}", 410)
        for number in later:
            self.expect(web, f"/{channel}/frame.raw?frame={number}", 200)
        self.finish(producer)
        self.stop(web)

    def test_slots_are_few(self):
        """A channel whose consumers may hold one frame, or none, is copied from."""
        for options in (("--slots", 3), ("--slots", 2), ("--slots", 4, "--max-held", 1), ("--dialect", "baseimage")):
            with self.subTest(options):
                channel = self.channel()
                producer = self.sending(channel, "--fps", 50, *options, "pattern:64x48:bgr24")
                web = self.web()
                self.assertEqual(len(self.follow(web, channel, "frame.raw", 10)), 10)
                self.stop(web)
                self.finish(producer)

    def test_everybody_gets_the_same_picture(self):
        """It is encoded once for all who want the same of a frame."""
        folder, _ = self.write_noise("in", 1, 400, 300)
        channel = self.channel()
        producer = self.sending(channel, "--fps", STILL, "--loop", folder)
        web = self.web()
        self.linger(web, channel)  # the server would forget the picture if it left
        self.expect(web, f"/{channel}/frame.jpg", 200)
        before = self.metrics(web)["frameferry_web_encoded_total"]
        bodies = []
        askers = [threading.Thread(target=lambda: bodies.append(self.get(web, f"/{channel}/frame.jpg?q=33").body))
                  for _ in range(20)]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join()
        self.assertEqual(len(set(bodies)), 1)
        self.assertEqual(len(bodies), 20)
        self.assertEqual(self.metrics(web)["frameferry_web_encoded_total"] - before, 1)
        self.finish(producer)
        self.stop(web)


class Looking(WebCase):
    def test_nobody_looks_any_more(self):
        """The consumer goes within seconds, and comes back for the next one who looks."""
        channel = self.channel()
        producer = self.sending(channel, "--fps", 30, "pattern:64x48")
        web = self.web()
        self.assertEqual(self.own_consumers(channel), [])
        for _ in range(2):
            client = self.linger(web, channel)
            self.expect(web, f"/{channel}/frame.jpg", 200)
            self.assertEqual(len(self.own_consumers(channel)), 1)
            client.close()
            self.wait_detached(channel)
        self.assertEqual(self.metrics(web)["frameferry_web_channels"], 0)
        self.finish(producer)
        self.stop(web)

    def test_one_who_waits_and_goes_away(self):
        """A request that waits for a minute is no reason to stay when its client has gone."""
        channel = self.channel()
        producer = self.sending(channel, "--fps", 30, "pattern:64x48")
        web = self.web()
        self.expect(web, f"/{channel}/frame.jpg", 200)
        client = self.linger(web, channel)
        client.close()
        wait_until(lambda: self.metrics(web)["frameferry_web_waiting"] == 0, "the request still waits")
        self.assertEqual(self.metrics(web)["frameferry_web_hung_up_total"], 1)
        self.wait_detached(channel)
        self.finish(producer)
        self.stop(web)

    def test_channels(self):
        channel, other = self.channel(), self.channel()
        producer = self.sending(channel, "--fps", 30, "pattern:64x48:nv12")
        second = self.sending(other, "--fps", 30, "pattern:8x8")
        web = self.web(channel)

        def listed():
            answer = self.expect(web, "/channels.json", 200)
            self.assertEqual(answer.headers["Content-Type"], "application/json")
            found = json.loads(answer.body)
            self.assertEqual(found["schema"], 1)
            return {entry["channel"]: entry for entry in found["channels"]}

        both = wait_until(lambda: (lambda all: all if {channel, other} <= set(all) and all[channel]["width"] else None)(
            listed()), "the channels are not listed")
        self.assertTrue(both[channel]["served"])
        self.assertFalse(both[other]["served"])
        self.assertEqual((both[channel]["width"], both[channel]["height"], both[channel]["format"]), (64, 48, "nv12"))
        self.assertIn("not served", self.expect(web, f"/{other}/frame.raw", 404).text())
        self.finish(producer)
        self.finish(second)
        self.stop(web)

    def test_metrics(self):
        channel = self.channel()
        producer = self.sending(channel, "--fps", 30, "pattern:64x48")
        web = self.web()
        self.expect(web, f"/{channel}/frame.jpg", 200)
        answer = self.expect(web, "/metrics", 200)
        self.assertTrue(answer.headers["Content-Type"].startswith("text/plain; version=0.0.4"))
        names = set()
        for line in answer.text().splitlines():
            if line.startswith("# TYPE "):
                self.assertRegex(line, r"^# TYPE frameferry_[a-z_]+ (counter|gauge)$")
                names.add(line.split()[2])
            elif not line.startswith("# HELP "):
                match = re.fullmatch(r'(frameferry_[a-z_]+)(\{[a-z_]+="(?:[^"\\\n]|\\.)*"(?:,[a-z_]+="(?:[^"\\\n]|\\.)*")*\})? '
                                     r'([0-9.e+-]+)', line)
                self.assertIsNotNone(match, line)
                self.assertIn(match[1], names)
        label = f'{{channel="{channel}"}}'

        def alive():
            found = self.metrics(web)
            return found if found.get(f"frameferry_channel_consumers{label}") == 1 else None

        self.expect(web, f"/{channel}/frame.jpg", 200)
        found = wait_until(lambda: (self.get(web, f"/{channel}/frame.jpg"), alive())[1], "no consumer is seen")
        self.assertEqual(found[f"frameferry_channel_live{label}"], 1)
        self.assertGreater(found[f"frameferry_channel_frames_total{label}"], 0)
        self.finish(producer)
        self.stop(web)


class Refusing(WebCase):
    def test_what_is_not_there(self):
        channel = self.channel()
        producer = self.sending(channel, "--fps", 30, "pattern:64x48")
        web = self.web()
        self.expect(web, f"/{channel}/frame.jpg", 200)
        self.assertIn(f"there are: ", self.expect(web, "/no-such-channel/frame.jpg", 404).text())
        for target in ("/no-such-page", "/page/none.js", f"/{channel}/frame.gif", f"/{channel}/x/y", "/%2e%2e/frame.raw",
                       "/a%2fb/frame.raw", "/page/..%2findex.html", "/%00/frame.raw", "/%zz/frame.raw", "//frame.raw",
                       "/.hidden/frame.raw"):
            if target != "/no-such-page":
                self.expect(web, target, 404)
        self.assertEqual(self.expect(web, f"/{channel}", 301).headers["Location"], f"/{channel}/")
        self.assertIn("<html", self.expect(web, f"/{channel}/", 200).text())
        self.finish(producer)
        self.stop(web)

    def test_parameters(self):
        channel = self.channel()
        producer = self.sending(channel, "--fps", 30, "pattern:64x48")
        web = self.web()
        connection = self.connection(web)
        for query in ("q=0", "q=101", "q=", "q", "q=1x", "q=-1", "q=1&q=2", "w=0", "w=99999", "after=", "after=-1",
                      "after=18446744073709551616", "generation=xyz", "generation=12345678901234567", "wait=61", "wait=-1",
                      "wait=1e3", "wait=nan", "lo=x", "lo=5&hi=4", "lo=1&hi=1", "keep=2", "frame=x", "foo=1", "q=%31%",
                      "q=%3", "q=%00", "x=1", "bins=3", "=", "&&&=&", "q=50&foo"):
            answer = self.expect(web, f"/{channel}/frame.jpg?{query}", 400, connection=connection)
            self.assertEqual(answer.headers["Content-Type"], "text/plain; charset=utf-8")
            self.assertLess(len(answer.body), 300)
        self.expect(web, f"/{channel}/frame.raw?q=50", 400, connection=connection)
        for query in ("q=%38%30", "", "&", "q=80&&w=10", "wait=0.5&q=1", "generation=A&after=0"):
            self.expect(web, f"/{channel}/frame.jpg?{query}", 200, connection=connection)
        self.finish(producer)
        self.stop(web)

    def test_verbs_that_write(self):
        channel = self.channel()
        producer = self.sending(channel, "--fps", 30, "pattern:64x48")
        web = self.web()
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"):
            answer = self.expect(web, f"/{channel}/frame.raw", 405, method=method)
            self.assertEqual(answer.headers["Allow"], "GET, HEAD")
        for header in (b"Content-Length: 5\r\n\r\nhello", b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                       b"Content-Length: 999999999999\r\n\r\n"):
            client = self.raw_connection(web)
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + header)
            self.assertTrue(client.recv(4096).startswith(b"HTTP/1.1 400 "), header)
        self.finish(producer)
        self.stop(web)

    def test_what_is_no_request(self):
        web = self.web()
        clients = []
        for data in (b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 9,
                     b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost\r\n\r\n", b"GET " + b"a" * 100000 + b" HTTP/1.1\r\n\r\n",
                     b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 100000 + b"\r\n\r\n",
                     b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20000, b"\0" * 5000, bytes(range(256)) * 40):
            clients.append((data, self.raw_connection(web)))
            try:
                clients[-1][1].sendall(data)
                clients[-1][1].shutdown(socket.SHUT_WR)  # no more of it comes
            except OSError:
                continue
        for data, client in clients:
            try:
                answer = client.recv(4096)
            except ConnectionError:
                continue
            self.assertTrue(answer == b"" or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5")), (data[:40], answer[:100]))
        self.expect(web, "/channels.json", 200)
        self.stop(web)

    def test_a_channel_that_is_none(self):
        channel = self.channel()
        with open(os.path.join(SHARED_MEMORY, channel), "wb") as file:
            file.write(b"no channel")
        web = self.web(channel)
        self.assertIn(self.get(web, f"/{channel}/frame.raw?wait=5").status, (204, 502))
        self.stop(web)
        os.unlink(os.path.join(SHARED_MEMORY, channel))


class Starting(WebCase):
    def test_the_port_is_taken(self):
        web = self.web()
        second = self.start(WEB, "--listen", f"127.0.0.1:{web.port}")
        self.end(second, FAILED)
        self.assertIn("another program listens", second.err.text())
        self.stop(web)

    def test_ipv6(self):
        web = self.web(listen="[::1]:0")
        self.assertRegex(web.err.text(), r"http://\[::1\]:\d+/")
        client = self.raw_connection_6(web)
        client.sendall(b"GET /channels.json HTTP/1.1\r\nHost: [::1]:1\r\n\r\n")
        self.assertTrue(client.recv(100).startswith(b"HTTP/1.1 200 "))
        self.stop(web)

    def raw_connection_6(self, web):
        client = socket.create_connection(("::1", web.port), timeout=60)
        self.addCleanup(client.close)
        return client

    def test_several_addresses(self):
        web = self.web("--listen", "127.0.0.2:0")
        second = int(web.err.wait_for(r"http://127\.0\.0\.2:(\d+)/")[0])
        self.expect(web, "/channels.json", 200)
        web.port, first = second, web.port
        self.assertNotEqual(first, second)
        self.stop(web)

    def test_a_connection_without_a_place(self):
        """It is closed at once, and does not stay as long as those that have one and say nothing."""
        web = self.web("--listen", "127.0.0.2:0", "--connections", 1)
        second = int(web.err.wait_for(r"http://127\.0\.0\.2:(\d+)/")[0])
        first = self.connection(web)
        wait_until(lambda: self.is_closed_first(web, first, second), "it stays as long as the others")
        self.stop(web)

    def is_closed_first(self, web, first, second):
        """Those with a place may say nothing for 10 s. Where that is over before all of them have come there is nothing
        to be seen, and it takes another try."""
        wait_until(lambda: self.metrics(web, first)["frameferry_web_connections"] == 1, "places stay taken")
        late = self.metrics(web, first)["frameferry_web_timed_out_total"]
        clients = [self.raw_connection(web) for _ in range(64)]  # which would be told that they are too many
        wait_until(lambda: (lambda now: now["frameferry_web_connections"] == 65
                            or now["frameferry_web_timed_out_total"] > late)(self.metrics(web, first)),
                   "there are places left")
        with socket.create_connection(("127.0.0.2", second), STUCK_SECONDS) as extra:
            ended = select.select([*clients, extra], [], [], STUCK_SECONDS)[0]
            is_first = ended == [extra] and extra.recv(1) == b""
        for client in clients:
            client.close()
        return is_first

    def test_usage(self):
        for arguments, said in ((("--listen", "nonsense"), "an address in numbers"), (("--listen", "127.0.0.1"), "an address"),
                                (("--listen", "::1:80"), "an address"), (("--listen", "127.0.0.1:99999"), "an address"),
                                (("--cert", "x"), "go together"), (("--memory", "much"), "a size"),
                                (("--connections", "0"), "whole number"), (("--host", "a:1"), "the name of a machine"),
                                (("a/b",), ""), (("--lissten", "x"), "did you mean --listen")):
            program = self.start(WEB, *arguments)
            self.end(program, USAGE)
            self.assertIn(said, program.err.text())

    def test_an_address_that_others_reach(self):
        web = self.web("--listen", "0.0.0.0:0")
        web.err.wait_for("whoever reaches that address sees all channels")
        self.stop(web)

    def test_stopping_while_everybody_waits(self):
        channel = self.channel()
        producer = self.sending(channel, "--fps", 30, "pattern:640x480")
        web = self.web()
        clients = []
        for query in ("frame.raw?after=1000000000&wait=60", "frame.jpg", "stream.mjpg", "frame.raw"):
            for _ in range(5):
                client = self.raw_connection(web)
                client.sendall(f"GET /{channel}/{query} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                clients.append(client)
        wait_until(lambda: self.metrics(web)["frameferry_web_waiting"] >= 5, "nobody waits")
        self.stop(web)
        self.wait_detached(channel)
        self.finish(producer)


if __name__ == "__main__":
    unittest.main()

"""ferry-producer http://HOST:PORT/CHANNEL, from a server that is made here: what comes over, what is waited for, what
ends it, and answers that cannot be."""

import base64
import hashlib
import os
import random
import signal
import threading
import time
import unittest

import http_peer
from http_peer import Frame, Peer, head, say, send
from support import FAILED, USAGE, Case, environment, stop_process, wait_attached, wait_until

SHA = ["--exec", "sh -c 'echo $(sha256sum | cut -c1-64)'"]


def digest(data):
    return hashlib.sha256(data).hexdigest()


def noise(count, seed):
    return random.Random(seed).randbytes(count)


class HttpCase(Case):
    def peer(self, *arguments, **more):
        peer = Peer(*arguments, **more)
        self.addCleanup(peer.close)
        return peer

    def from_url(self, channel, url, *arguments, **more):
        return self.producer(channel, *arguments, url, **more)

    def carried(self, peer, *arguments, count=1, consumer=()):
        """A producer of the peer's channel, and a consumer that has got so many frames of it."""
        channel = self.channel()
        receiver = self.consumer(channel, "--json", "--count", count, *consumer)
        producer = self.from_url(channel, peer.url(), *arguments)
        self.end(receiver)
        return producer, receiver

    def jpeg(self, width, height):
        channel = self.channel()
        producer = self.producer(channel, "--fps", 100, f"pattern:{width}x{height}")
        self.end(self.consumer(channel, "--count", 1, "--save", self.path("{name}.jpg")))
        self.finish(producer)
        with open(self.path(channel + ".jpg"), "rb") as file:
            return file.read()

    def await_frames(self, channel, *arguments):
        return self.consumer(channel, "--json", "--latest", "--reconnect", *arguments)


class Carrying(HttpCase):
    def test_bytes_are_the_same(self):
        for kind, width, height in (("gray", 1, 1), ("bgr24", 33, 5), ("yuv420p", 7, 3), ("gray", 3840, 2160)):
            bits = http_peer.PICTURES[kind][1]
            size = width * height * bits // 8
            if kind == "yuv420p":
                size = width * height + 2 * ((width + 1) // 2) * ((height + 1) // 2)
            frame = Frame(5, width, height, kind, pixels=noise(size, kind))
            peer = self.peer()
            peer.put(frame)
            producer, receiver = self.carried(peer, consumer=SHA)
            self.finish(producer)
            self.assertEqual(receiver.out.list()[0], digest(frame.pixels), (kind, width, height))

    def test_descriptions_come_along(self):
        peer = self.peer()
        peer.put(Frame(17, 8, 6, "yuv420p", pixels=noise(72, "a"), ferry_color="2 9 16 2 1 2", ferry_rate="30000/1001",
                       ferry_aspect="4/3", ferry_flags=9, ferry_sequence=123456789012, ferry_exposure_ns=5000000,
                       ferry_metadata=http_peer.note(camera="left", lens="50 mm")))
        producer, receiver = self.carried(peer, "--meta", "camera=right", "--meta", "site=quay")
        self.finish(producer)
        record = receiver.records()[0]
        self.assertEqual(record["meta"], {"camera": "left", "lens": "50 mm", "site": "quay"})
        self.assertEqual((record["sequence"], record["exposure_ns"]), (123456789012, 5000000))
        self.assertEqual(record["frame_rate"], "30000/1001")
        self.assertEqual(record["pixel_aspect"], "4/3")

    def test_a_number_becomes_the_sequence(self):
        peer = self.peer()
        peer.put(Frame(4711))
        producer, receiver = self.carried(peer)
        self.finish(producer)
        self.assertEqual(receiver.records()[0]["sequence"], 4711)

    def test_compressed_frames_stay_as_they_are(self):
        peer = self.peer()
        data = noise(1000, "jpeg")
        peer.put(Frame(1, 64, 48, "mjpeg", pixels=data))
        producer, receiver = self.carried(peer, consumer=SHA)
        self.finish(producer)
        self.assertEqual(receiver.out.list()[0], digest(data))

    def test_padding_and_planes_come_along(self):
        peer = self.peer()
        peer.put(Frame(1, 4, 2, "yuv420p", pixels=noise(100, "planes"), ferry_planes="60:20,40:10,0:16",
                       ferry_stride=20))
        producer, receiver = self.carried(peer)
        self.finish(producer)
        record = receiver.records()[0]
        self.assertEqual([[plane["offset"], plane["stride"]] for plane in record["planes"]],
                         [[60, 20], [40, 10], [0, 16]], record)

    def test_other_forms(self):
        pixels = noise(33 * 5 * 3, "forms")
        gray = bytes(33 * 5)
        for arguments, data, wanted in ((["--row-align", 64], pixels, pixels), (["--bottom-up"], pixels, None),
                                        (["--format", "gray"], bytes(33 * 5 * 3), gray)):
            peer = self.peer()
            padded = b"".join(data[99 * y:99 * (y + 1)] + b"\xee" * 29 for y in range(5))
            peer.put(Frame(1, 33, 5, "bgr24", pixels=padded, ferry_stride=128))
            producer, receiver = self.carried(peer, *arguments, consumer=SHA)
            self.finish(producer)
            if wanted is None:
                wanted = b"".join(data[99 * y:99 * (y + 1)] for y in reversed(range(5)))
            self.assertEqual(receiver.out.list()[0], digest(wanted), arguments)

    def test_jpeg_is_decoded(self):
        width, height = 34, 26
        data = self.jpeg(width, height)
        seen = []

        def answer(peer, request, connection):
            seen.append(request)
            frame = Frame(len(seen), width, height, "bgr24", ferry_stride=3 * width,
                          pixels=data if request.path.endswith(".jpg") else bytes(width * height * 3))
            if request.path.endswith(".jpg") and len(seen) > 2:
                return None
            send(connection, frame)
            return True

        peer = self.peer(answer)
        channel = self.channel()
        receiver = self.consumer(channel, "--json", "--count", 1)
        producer = self.from_url(channel, peer.url(query="?format=jpeg&q=55&w=640"))
        self.end(receiver)
        self.finish(producer)
        record = receiver.records()[0]
        self.assertEqual((record["width"], record["height"], record["format"]), (width, height, "rgb24"))
        self.assertEqual(seen[0].path, "/cam/frame.raw")
        self.assertEqual(seen[1].path, "/cam/frame.jpg")
        self.assertEqual((seen[1].query["q"], seen[1].query["w"]), ("55", "640"))

    def test_the_name_is_that_of_the_channel_over_there(self):
        there, own = self.channel(), self.channel()
        peer = self.peer()
        peer.put(Frame(1))
        for env, name in ((environment(), there), (environment(FERRY_NAME=own), own)):
            receiver = self.consumer(name, "--count", 1)
            producer = self.from_url(None, peer.url(there), env=env)
            self.end(receiver)
            self.finish(producer)

    def test_a_prefix_and_slashes(self):
        peer = self.peer()
        peer.put(Frame(1))
        producer = self.from_url(self.channel(), peer.url("behind/a/cam/"), "--count", 1)
        self.end(producer)
        self.assertEqual({request.path for request in peer.requests}, {"/behind/a/cam/frame.raw"})

    def test_numbers_between_are_skipped_on_the_way(self):
        peer = self.peer()
        peer.put(Frame(10))
        channel = self.channel()
        receiver = self.await_frames(channel)
        producer = self.from_url(channel, peer.url())
        for count, number in enumerate((10, 11, 15, 16, 30), start=1):
            peer.put(Frame(number))
            receiver.out.wait_count(count)
        peer.put(Frame(3, generation=8))  # another producer begins anew
        receiver.out.wait_count(6)
        self.finish(producer)
        self.assertIn("6 frames sent", producer.err.text())
        self.assertIn("0 dropped, 16 skipped on the way", producer.err.text())
        self.interrupt(receiver)
        self.assertEqual([record["sequence"] for record in receiver.records()], [10, 11, 15, 16, 30, 3])

    def test_a_count_and_a_pace(self):
        peer = self.peer()
        peer.put(Frame(1))
        stop = threading.Event()

        def run():
            number = 1
            while not stop.wait(0.002):
                number += 1
                peer.put(Frame(number))
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        begin = time.monotonic()
        producer = self.end(self.from_url(self.channel(), peer.url(), "--count", 11, "--fps", 20))
        seconds = time.monotonic() - begin
        self.assertGreater(seconds, 0.4)
        stop.set()
        thread.join()
        self.assertIn("11 frames sent", producer.err.text())
        # Where the frames are late, a request ends without one after 2 s.
        self.assertLess(len(peer.requests), 20 + seconds)


class Requests(HttpCase):
    # The first one's bytes come slowly, so that the second one is whole before it.
    def test_an_older_frame_that_comes_later_is_left_out(self):
        go_on, has_second = threading.Event(), threading.Event()

        def answer(peer, request, connection):
            after = request.query.get("after")
            if after is None and len(peer.requests) == 1:
                send(connection, Frame(1, 64, 64))  # the first look
            elif after is None:
                slow = Frame(1, 64, 64)
                connection.sendall(head(slow) + slow.pixels[:100])
                go_on.wait()
                connection.sendall(slow.pixels[100:])
            elif after == "1":
                send(connection, Frame(2, 64, 64))
            else:
                go_on.set()
                if after == "2":
                    has_second.wait()  # the receiver would skip the second one for the third
                    send(connection, Frame(3, 64, 64))
                else:
                    return None
            return True

        channel = self.channel()
        receiver = self.await_frames(channel)
        producer = self.from_url(channel, self.peer(answer).url(), "--requests", 2)
        receiver.out.wait_count(1)
        has_second.set()
        receiver.out.wait_count(2)
        self.finish(producer)
        self.interrupt(receiver)
        self.assertEqual([record["sequence"] for record in receiver.records()], [2, 3])

    def test_no_more_than_were_asked_for(self):
        for count in (1, 3):
            lock, all_there = threading.Lock(), threading.Event()
            now, most = [0], [0]

            def answer(peer, request, connection, count=count, lock=lock, all_there=all_there, now=now, most=most):
                number = len(peer.requests)
                frame = Frame(number, 64, 64)
                if number == 1:  # the first look, which goes away before it is over
                    send(connection, frame)
                    return True
                with lock:
                    now[0] += 1
                    most[0] = max(most[0], now[0])
                    if now[0] == count:
                        all_there.set()
                connection.sendall(head(frame))
                sent = 0
                while sent < 1000 and not all_there.wait(0.1):
                    connection.sendall(frame.pixels[sent:sent + 1])  # a silent server counts as gone
                    sent += 1
                time.sleep(0.02)  # for one too many to come
                with lock:
                    now[0] -= 1
                connection.sendall(frame.pixels[sent:])
                return True

            peer = self.peer(answer)
            self.end(self.from_url(self.channel(), peer.url(), "--requests", count, "--count", 20))
            self.assertEqual(most[0], count)


class Waiting(HttpCase):
    def test_for_a_server(self):
        port = self.own_port()
        channel = self.channel()
        receiver = self.await_frames(channel)
        producer = self.from_url(channel, f"http://127.0.0.1:{port}/cam")
        producer.err.wait_for(f"waiting for http://127.0.0.1:{port}/cam: no connection: Connection refused")
        peer = self.peer(port=port)
        peer.put(Frame(1))
        receiver.out.wait_count(1)
        producer.err.wait_for("cam answers")
        self.finish(producer)
        self.interrupt(receiver)

    def test_for_a_name(self):
        producer = self.from_url(self.channel(), "http://no-such-host.invalid/cam")
        producer.err.wait_for("waiting for http://no-such-host.invalid/cam: the name of the host is not known")
        self.interrupt(producer)

    def test_for_what_may_become_better(self):
        for status, text, told in (("404 Not Found", b"there is no channel cam; there are left and right\n",
                                    "there is no channel cam; there are left and right"),
                                   ("503 Service Unavailable", b"too many\n", "status 503: too many"),
                                   ("500 Internal Server Error", b"<html>\n<p>", "status 500$")):
            is_there = threading.Event()

            def answer(peer, request, connection, is_there=is_there, status=status, text=text):
                if is_there.is_set():
                    return None
                say(connection, status, text)
                return True

            peer = self.peer(answer)
            channel = self.channel()
            receiver = self.await_frames(channel)
            producer = self.from_url(channel, peer.url())
            producer.err.wait_for(f"waiting for .*: .*{told}")
            is_there.set()
            peer.put(Frame(1))
            receiver.out.wait_count(1)
            self.finish(producer)
            self.interrupt(receiver)

    def test_a_still_comes_at_once_and_once(self):
        peer = self.peer()
        peer.put(Frame(1))
        channel = self.channel()
        receiver = self.await_frames(channel)
        producer = self.from_url(channel, peer.url())
        receiver.out.wait_count(1)
        peer.wait_requests(4)  # the last of these has come to nothing
        late = self.consumer(channel, "--json", "--count", 1)
        self.end(late)
        self.finish(producer)
        self.interrupt(receiver)
        self.assertEqual(len(receiver.records()), 1)

    def test_a_server_that_does_not_wait(self):
        def answer(peer, request, connection):
            if len(peer.requests) < 3:
                return None
            connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            return True

        peer = self.peer(answer)
        peer.put(Frame(1))
        producer = self.from_url(self.channel(), peer.url())
        producer.err.wait_for("waiting for .*cam: it says that there is no new frame, and does not wait for one")
        self.assertLess(len(peer.requests), 50)
        self.finish(producer)

    def test_a_server_that_begins_anew(self):
        peer = self.peer(port=self.own_port())
        peer.put(Frame(1))
        channel = self.channel()
        receiver = self.await_frames(channel)
        producer = self.from_url(channel, peer.url())
        receiver.out.wait_count(1)
        for number in range(2, 6):
            peer.close()
            peer = self.peer(port=peer.port)
            peer.put(Frame(number, generation=number % 2))
            receiver.out.wait_count(number)
        self.finish(producer)
        self.interrupt(receiver)

    def test_a_server_that_stands_still(self):
        """In the headers, and in a body."""
        for begun in (False, True):
            stay = threading.Event()

            def answer(peer, request, connection, begun=begun, stay=stay):
                if len(peer.requests) != 2:
                    return None
                if begun:
                    connection.sendall(head(peer.frame) + peer.frame.pixels[:-1])
                stay.wait()
                return False

            peer = self.peer(answer)
            peer.put(Frame(1))
            begin = time.monotonic()
            producer = self.from_url(self.channel(), peer.url(), "--count", 1)
            self.end(producer)
            self.assertGreater(time.monotonic() - begin, 4)
            stay.set()

    def test_a_slow_one_is_waited_for(self):
        def answer(peer, request, connection):
            if len(peer.requests) != 2:
                return None
            for byte in head(peer.frame) + peer.frame.pixels:
                connection.sendall(bytes([byte]))
            return True

        peer = self.peer(answer)
        peer.put(Frame(1))
        producer, _ = self.carried(peer)
        self.finish(producer)
        self.assertEqual(producer.err.text().count("waiting"), 0)


class Ends(HttpCase):
    def refused(self, answer, pattern, *arguments, **more):
        peer = self.peer(answer) if callable(answer) else answer
        producer = self.end(self.from_url(self.channel(), peer.url(**more), *arguments), FAILED)
        self.assertRegex(producer.err.text(), pattern)
        return peer

    def test_answers_that_are_final(self):
        for status, pattern in (("400 Bad Request", "status 400: said"), ("403 Forbidden", "status 403: said"),
                                ("421 Misdirected Request", "status 421: said"),
                                ("405 Method Not Allowed", "status 405")):
            self.refused(lambda peer, request, connection, status=status:
                         say(connection, status, b"said") or True, pattern)

    def test_no_address_is_gone_to(self):
        other = self.peer()
        other.put(Frame(1))

        def answer(peer, request, connection):
            connection.sendall(f"HTTP/1.1 302 Found\r\nLocation: {other.url()}\r\nContent-Length: 0\r\n\r\n".encode())
            return True

        self.refused(answer, "sends us to another address .status 302.")
        self.assertEqual(other.requests, [])

    def test_tokens(self):
        peer = self.peer(token="s3cret")
        peer.put(Frame(1))
        self.refused(peer, "wants a token: give --token-file FILE, or set FERRY_TOKEN")
        wrong, right = self.write("wrong", b"secret\n"), self.write("right", b" s3cret \r\nmore\n")
        self.refused(peer, "the token is not that of the server", "--token-file", wrong)
        self.end(self.from_url(self.channel(), peer.url(), "--token-file", right, "--count", 1))
        self.end(self.from_url(self.channel(), peer.url(), "--count", 1, env=environment(FERRY_TOKEN="s3cret")))
        self.end(self.from_url(self.channel(), peer.url(), "--token-file", right, "--count", 1,
                               env=environment(FERRY_TOKEN="secret")))
        for data in (b"", b"\n", b"two words\n", b"x" * 2000):
            self.refused(peer, "token", "--token-file", self.write("bad", data))
        self.refused(peer, "cannot be read", "--token-file", self.path("none"))

    def test_a_token_that_is_no_longer_right(self):
        peer = self.peer(token="one")
        peer.put(Frame(1))
        channel = self.channel()
        receiver = self.await_frames(channel)
        producer = self.from_url(channel, peer.url(), env=environment(FERRY_TOKEN="one"))
        receiver.out.wait_count(1)
        peer.token = "two"
        self.end(producer, FAILED)
        self.assertIn("the token is not that of the server", producer.err.text())
        self.interrupt(receiver)

    def test_certificates(self):
        good, context = http_peer.make_authority(self.folder, "good")
        other, _ = http_peer.make_authority(self.folder, "other")
        peer = self.peer(context=context, token="s3cret")
        peer.put(Frame(1))
        env = environment(FERRY_TOKEN="s3cret")
        self.end(self.from_url(self.channel(), peer.url(scheme="https"), "--cacert", good, "--count", 1, env=env))
        for arguments, pattern in ((["--cacert", other], "certificate is not trusted .*--cacert FILE"),
                                   ([], "certificate is not trusted .*--cacert FILE"),
                                   (["--cacert", self.path("none")], "none"),
                                   (["--cacert", self.write("noise", b"no certificate\n")], "certificate")):
            self.refused(peer, pattern, *arguments, scheme="https")

    def test_other_servers(self):
        self.refused(lambda peer, request, connection: say(connection, "200 OK", b"hello") or True,
                     "does not answer as ferry-web does: there is no header Ferry-Frame.*ffmpeg")

    def test_a_libcurl_that_is_not_there(self):
        """A file of that name that is none, and another library under its name."""
        os.makedirs(self.path("none"))
        self.write(os.path.join("none", "libcurl.so.4"), b"")
        os.makedirs(self.path("other"))
        with open("/proc/self/maps", encoding="utf-8") as maps:
            library = next(line.split()[-1] for line in maps if "/libc.so" in line)
        os.symlink(library, self.path("other", "libcurl.so.4"))
        for folder, pattern in (("none", "need libcurl: install it .Debian: libcurl4.; libcurl.so.4 cannot be loaded"),
                                ("other", "has no curl_global_init: install a newer one .Debian: libcurl4.")):
            producer = self.from_url(self.channel(), "http://127.0.0.1:1/cam",
                                     env=environment(LD_LIBRARY_PATH=self.path(folder)))
            self.end(producer, FAILED)
            self.assertRegex(producer.err.text(), pattern)

    def test_frames_that_fit_no_slot(self):
        peer = self.peer()
        peer.put(Frame(1, 100, 100))
        self.refused(peer, "--capacity", "--capacity", "8K")

    def test_wrong_usage(self):
        for arguments, pattern in (
                (["http://h:8090/"], "the channel is missing"), (["http://h"], "the channel is missing"),
                (["http:///cam"], "has a host"), (["http://h:0/cam"], "port"), (["http://h:99999/cam"], "port"),
                (["http://me:pw@h/cam"], "--token-file"), (["http://h/cam?token=x"], "--token-file"),
                (["http://h/cam?format=png"], "raw, which is usual, or jpeg"),
                (["http://h/cam?speed=9"], "there may be format"), (["http://h/cam?q=80"], "need format=jpeg"),
                (["http://h/cam?format=jpeg&q=101"], "from 1 to 100"), (["http://h/sem.cam"], "sem."),
                (["http://h/a b"], "characters"), (["http://h/cam", "more.png"], "the only SOURCE"),
                (["more.png", "http://h/cam"], "the only SOURCE"), (["--loop", "http://h/cam"], "--loop"),
                (["--raw", "8x8:gray", "http://h/cam"], "--raw"), (["--requests", "0", "http://h/cam"], "1 to 8"),
                (["--requests", "3", "--slots", "3", "http://h/cam"], "--slots 4"),
                (["--requests", "2", "pattern:8x8"], "--requests goes with"),
                (["--token-file", "x", "pattern:8x8"], "--token-file goes with"),
                (["http://h/film.mp4"], "ffmpeg"), (["http://h/live.m3u8"], "ffmpeg")):
            producer = self.end(self.producer(self.channel(), *arguments), USAGE)
            self.assertRegex(producer.err.text(), pattern, arguments)

    def test_stops_at_once_in_each_state(self):
        """Here no connection ends by itself: something comes before the silence that would end it."""
        def drip(peer, connection, drop):
            while peer.is_open:
                connection.sendall(drop)
                time.sleep(0.2)
            return False

        def silent(peer, request, connection):
            return drip(peer, connection, b"HTTP/1.1 100 Continue\r\n\r\n")

        def half(peer, request, connection):
            if len(peer.requests) == 1:
                return None
            connection.sendall(head(peer.frame) + peer.frame.pixels[:10])
            return drip(peer, connection, b"x")

        def nothing(peer, request, connection):
            return None if len(peer.requests) == 1 else silent(peer, request, connection)

        for answer, requests, arguments in ((silent, 1, []), (half, 2, []), (nothing, 2, []),
                                            (half, 2, ["--format", "gray"]), (nothing, 2, ["--bottom-up"])):
            peer = self.peer(answer)
            peer.put(Frame(1, 64, 64))
            producer = self.from_url(self.channel(), peer.url(), *arguments)
            peer.wait_requests(requests)
            self.interrupt(producer, signal.SIGINT)


class Hostile(HttpCase):
    """Answers in the midst of others: nothing breaks, and the next good frame comes."""

    def survives(self, evil, *arguments, told=None, first=False):
        """Answers are evil from the second on, or the first, until the producer has asked a few times more."""
        def answer(peer, request, connection):
            if peer.is_good or (len(peer.requests) == 1 and not first):
                return None
            return evil(peer, request, connection)

        peer = self.peer(answer)
        peer.is_good = False
        peer.put(Frame(1, 16, 16))
        channel = self.channel()
        receiver = self.await_frames(channel)
        producer = self.from_url(channel, peer.url(), *arguments)
        if first:
            self.end(producer, FAILED)
            self.interrupt(receiver)
            return producer
        peer.wait_requests(4)
        if told is not None:
            producer.err.wait_for(told)
        peer.is_good = True
        good = Frame(1000, 16, 16, pixels=noise(256, "good"), generation=99)
        peer.put(good)
        wait_until(lambda: any(record["sequence"] == 1000 for record in receiver.records()), "the good frame")
        self.finish(producer)
        self.interrupt(receiver)
        return producer

    def test_headers_that_cannot_be(self):
        for more in (dict(content_length="-5"), dict(content_length="99999999999999999999"), dict(content_length="0"),
                     dict(content_length="3000000000"), dict(content_length=None), dict(content_length="1e3"),
                     dict(ferry_frame="0"), dict(ferry_frame="-1"), dict(ferry_frame=None),
                     dict(ferry_generation="xyz"), dict(ferry_fourcc="GREY"), dict(ferry_fourcc="59455247x"),
                     dict(ferry_size="-4x4"), dict(ferry_size="4294967297x1"), dict(ferry_size="16x16x16"),
                     dict(ferry_size="2000000000x2000000000"), dict(ferry_stride="4294967295"),
                     dict(ferry_stride="15"), dict(ferry_planes="4294967295:16"), dict(ferry_planes="0:16,0:16"),
                     dict(ferry_bit_count="9"), dict(ferry_rate="1/0"), dict(ferry_aspect="0"),
                     dict(ferry_color="1 2 3"), dict(ferry_metadata="!!!!"),
                     dict(ferry_metadata=base64.b64encode(bytes(1025)).decode()), dict(ferry_size="17x16")):
            frame = Frame(2, 16, 16, **more)
            self.survives(lambda peer, request, connection, frame=frame: bool(send(connection, frame)))
            self.survives(lambda peer, request, connection, frame=frame: bool(send(connection, frame)), first=True)

    def test_headers_that_come_twice(self):
        frame = Frame(2, 16, 16)
        data = head(frame).replace(b"\r\n\r\n", b"\r\nFerry-Size: 8x8\r\n\r\n") + frame.pixels
        self.survives(lambda peer, request, connection: bool(connection.sendall(data)), told="Ferry-Size")

    def test_endless_headers(self):
        def evil(peer, request, connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            try:
                while True:
                    connection.sendall(b"X-More: " + b"x" * 1000 + b"\r\n")
            except OSError:
                return False

        self.survives(evil, told="headers are too long")

    def test_one_endless_header(self):
        def evil(peer, request, connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-More: ")
            try:
                while True:
                    connection.sendall(b"x" * 4096)
            except OSError:
                return False

        self.survives(evil)

    def test_bodies_that_are_cut(self):
        frame = Frame(2, 16, 16)
        self.survives(lambda peer, request, connection: bool(connection.sendall(head(frame) + frame.pixels[:-1])),
                      told="connection was lost")

    def test_bodies_without_an_end(self):
        frame = Frame(2, 16, 16, content_length=None, transfer_encoding="chunked")

        def evil(peer, request, connection):
            connection.sendall(head(frame))
            try:
                while True:
                    connection.sendall(b"1000\r\n" + bytes(4096) + b"\r\n")
            except OSError:
                return False

        self.survives(evil)

    def test_chunks_that_are_more_than_the_length(self):
        frame = Frame(2, 16, 16, transfer_encoding="chunked")
        data = head(frame) + b"1000\r\n" + bytes(4096) + b"\r\n0\r\n\r\n"
        self.survives(lambda peer, request, connection: bool(connection.sendall(data)))

    def test_words_behind_the_body(self):
        frame = Frame(2, 16, 16)
        self.survives(lambda peer, request, connection: bool(connection.sendall(head(frame) + frame.pixels
                                                                                + b"HTTP/1.1 200 surplus")))

    def test_what_is_no_answer(self):
        for data in (b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 999 no\r\n\r\n", b"HTTP/0.0 200 OK\r\n\r\n",
                     noise(5000, "no answer")):
            self.survives(lambda peer, request, connection, data=data: bool(connection.sendall(data)))

    def test_an_old_frame_again(self):
        frame = Frame(1, 16, 16)

        def evil(peer, request, connection):
            send(connection, frame)
            return True

        self.survives(evil, told="frame 1 came after frame 1")

    def test_answers_that_come_before(self):
        def answer(peer, request, connection):
            connection.sendall(b"HTTP/1.1 100 Continue\r\nFerry-Size: 1x1\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n")
            return None

        peer = self.peer(answer)
        peer.put(Frame(1, 16, 16))
        producer, receiver = self.carried(peer)
        self.finish(producer)
        self.assertEqual(receiver.records()[0]["width"], 16)

    def test_pictures_that_are_none(self):
        frame = Frame(2, 16, 16, pixels=noise(256, "none"))

        def evil(peer, request, connection):
            send(connection, frame)
            return True

        def answer(peer, request, connection):
            return None if len(peer.requests) == 1 else evil(peer, request, connection)

        peer = self.peer(answer)
        peer.put(Frame(1, 16, 16))
        producer = self.from_url(self.channel(), peer.url(query="?format=jpeg"))
        producer.err.wait_for("a frame is left out")
        self.finish(producer)

    def test_words_for_a_terminal(self):
        def answer(peer, request, connection):
            say(connection, "404 Not Found", b"\x1b]0;title\x07 \xff no\nmore")
            return True

        producer = self.from_url(self.channel(), self.peer(answer).url())
        producer.err.wait_for("waiting for")
        self.interrupt(producer)
        self.assertFalse(any(byte in producer.err.text() for byte in "\x1b\x07"))
        self.assertNotIn("more", producer.err.text())


class Sizes(HttpCase):
    def test_frames_that_become_too_large(self):
        peer = self.peer()
        peer.put(Frame(1, 64, 64))
        channel = self.channel()
        receiver = self.await_frames(channel)
        producer = self.from_url(channel, peer.url(), "--capacity", "8K")
        receiver.out.wait_count(1)
        peer.put(Frame(2, 128, 128))
        producer.err.wait_for("128 x 128 pixels take 16384 bytes.*--capacity.*such frames are dropped")
        peer.put(Frame(3, 32, 32))
        receiver.out.wait_count(2)
        peer.put(Frame(4, 64, 100))
        receiver.out.wait_count(3)
        self.finish(producer)
        self.interrupt(receiver)
        self.assertEqual([record["sequence"] for record in receiver.records()], [1, 3, 4])
        self.assertEqual([record["height"] for record in receiver.records()], [64, 32, 100])
        self.assertIn("3 frames sent", producer.err.text())
        self.assertRegex(producer.err.text(), "1 dropped$")

    def test_such_frames_are_told_of_once(self):
        peer = self.peer()
        peer.put(Frame(1, 64, 64))
        channel = self.channel()
        receiver = self.await_frames(channel)
        producer = self.from_url(channel, peer.url(), "--capacity", "8K")
        receiver.out.wait_count(1)
        for number in range(2, 10):
            peer.put(Frame(number, 128, 128))
            peer.wait_taken(number)
        self.finish(producer)
        self.interrupt(receiver)
        self.assertEqual(producer.err.text().count("128 x 128 pixels"), 1)

    def test_of_frames_that_are_converted(self):
        peer = self.peer()
        peer.put(Frame(1, 32, 32))
        channel = self.channel()
        receiver = self.await_frames(channel)
        producer = self.from_url(channel, peer.url(), "--capacity", "8K", "--format", "bgr24")
        receiver.out.wait_count(1)
        peer.put(Frame(2, 64, 64))
        producer.err.wait_for("take 12288 bytes.*--capacity")
        peer.put(Frame(3, 16, 16))
        receiver.out.wait_count(2)
        self.finish(producer)
        self.interrupt(receiver)
        self.assertEqual([record["sequence"] for record in receiver.records()], [1, 3])

    def stopped_receiver(self, *arguments):
        """A producer whose only consumer takes nothing while frames come, from number 3 on; and their server."""
        peer = self.peer()
        peer.put(Frame(1))
        channel = self.channel()
        receiver = self.consumer(channel, "--json", "--every=all")
        producer = self.from_url(channel, peer.url(), "--slots", 2, *arguments)
        wait_attached(receiver.pid, channel)
        peer.put(Frame(2))
        wait_until(lambda: receiver.out.list() and receiver.records()[-1]["sequence"] == 2, "the frame after it came")
        stop_process(receiver.pid)
        return peer, producer, receiver

    def test_full_slots_drop(self):
        peer, producer, receiver = self.stopped_receiver("--stall-limit", "never")
        first = receiver.records()[0]["sequence"]
        for number in range(3, 9):
            peer.put(Frame(number))
            peer.wait_taken(number)
        self.resume(receiver)
        while receiver.records()[-1]["sequence"] < 9:  # until the first frame that found a slot again
            number += 1
            peer.put(Frame(number))
            peer.wait_taken(number)
        self.finish(producer)
        self.end(receiver)
        dropped = number - first + 1 - len(receiver.records())
        self.assertGreater(dropped, 0)
        self.assertIn(f"{dropped} dropped", producer.err.text())

    def test_full_slots_wait(self):
        peer, producer, receiver = self.stopped_receiver("--when-full", "wait")
        for number in (3, 4, 5):  # for which there are two slots
            peer.put(Frame(number))
            if number < 5:
                peer.wait_taken(number)
        producer.err.wait_for("holds up the stream")
        self.resume(receiver)
        wait_until(lambda: receiver.records()[-1]["sequence"] == 5, "the last frame")
        self.finish(producer)
        self.end(receiver)
        self.assertEqual([record["sequence"] for record in receiver.records()][-4:], [2, 3, 4, 5])
        self.assertIn("0 dropped", producer.err.text())


if __name__ == "__main__":
    unittest.main(verbosity=2)

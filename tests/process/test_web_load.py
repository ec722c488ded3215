"""ferry-web with many clients, and with slow ones: who is slow costs the producer and the other consumers nothing."""

import os
import re
import socket
import threading
import time
import unittest

from support import BIN, STUCK_SECONDS, wait_until
from web_support import STILL, WebCase

BYTES = 1920 * 1080 * 3  # of a frame that the system's buffers do not take
RATE = 300_000  # bytes a second of a slow client
REQUEST = "GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Client:
    """One of HTTP that takes no more than so many bytes a second, through a small window; or that stops."""

    def __init__(self, case, web, rate=10**9):
        self._socket = case.raw_connection(web, 4096)
        self._rate = rate
        self._begin = time.monotonic()
        self._taken = 0
        self._buffer = bytearray()

    def hurry(self):
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)

    def ask(self, target):
        self._begin, self._taken = time.monotonic(), 0
        self._socket.sendall(REQUEST.format(target).encode())

    def _fill(self):
        ahead = self._taken / self._rate - (time.monotonic() - self._begin)
        if ahead > 0:
            time.sleep(ahead)  # which is the rate
        data = self._socket.recv(4096)
        if not data:
            raise EOFError
        self._taken += len(data)
        self._buffer += data

    def until(self, mark):
        while mark not in self._buffer:
            self._fill()
        found = self.take(self._buffer.index(mark))
        del self._buffer[:len(mark)]
        return found

    def take(self, count):
        while len(self._buffer) < count:
            self._fill()
        found = bytes(self._buffer[:count])
        del self._buffer[:count]
        return found

    def head(self):
        lines = self.until(b"\r\n\r\n").decode().split("\r\n")
        return {name: value for name, value in (line.split(": ", 1) for line in lines if ": " in line)}


class Many(WebCase):
    def test_a_thousand(self):
        channel = self.channel()
        producer = self.sending(channel, "--fps", 30, "pattern:64x48")
        web = self.web("--connections", 1000)
        # A second request of each waits for a minute: without one they would have their places for half of that.
        requests = "".join(REQUEST.format(f"{channel}/{what}") for what in
                           ("frame.jpg", "frame.raw?after=1000000000&wait=60")).encode()
        clients = []
        for _ in range(999):
            clients.append(self.raw_connection(web))
            clients[-1].sendall(requests)
        for client in clients:
            self.assertTrue(client.recv(65536).startswith(b"HTTP/1.1 200 "))
        own = self.connection(web)
        wait_until(lambda: self.metrics(web, own)["frameferry_web_waiting"] == 999, "not all wait")
        # Those beyond are told so, and later ones get in when there are places.
        beyond = [self.raw_connection(web) for _ in range(5)]
        for client in beyond:
            client.sendall(REQUEST.format("channels.json").encode())
            said = b"".join(iter(lambda client=client: client.recv(4096), b""))
            self.assertTrue(said.startswith(b"HTTP/1.1 503 "), said)
            self.assertIn(b"too many connections", said)
        for client in clients[:10]:
            client.close()

        def gets_in():
            client = self.raw_connection(web)
            client.sendall(REQUEST.format("channels.json").encode())
            return client.recv(4096).startswith(b"HTTP/1.1 200 ")

        wait_until(gets_in, "nobody gets in")
        self.finish(producer)
        self.stop(web)

    def test_few_descriptors(self):
        """The limit of open files is looked at."""
        web = self.web("--connections", 100000)
        with open(f"/proc/{web.pid}/limits", encoding="utf-8") as file:
            limits = file.read()
        soft, hard = next(line for line in limits.splitlines() if line.startswith("Max open files")).split()[3:5]
        self.assertTrue(soft == hard or int(soft) >= 100000, limits)
        if int(hard) < 100000:
            web.err.wait_for("the system allows")
        self.stop(web)

    def test_headers_that_do_not_come(self):
        """A connection is ended when it takes too long for its header, however steadily bytes come."""
        web = self.web()
        clients = [self.raw_connection(web) for _ in range(3)]
        clients[1].sendall(b"GET / HTTP/1.1\r\nHost: local")
        ended = [False] * 3

        def drip(index):
            client = clients[index]
            client.settimeout(1)
            while not ended[index]:
                try:
                    if index == 2:
                        client.sendall(b"x")
                    ended[index] = client.recv(100) == b""
                except TimeoutError:
                    continue
                except ConnectionError:
                    ended[index] = True

        clients[2].sendall(b"GET / HTTP/1.1\r\nX: ")
        drips = [threading.Thread(target=drip, args=(i,)) for i in range(3)]
        for one in drips:
            one.start()
        for one in drips:
            one.join(STUCK_SECONDS)
        self.assertEqual(ended, [True] * 3)
        self.assertEqual(self.metrics(web)["frameferry_web_timed_out_total"], 3)
        self.stop(web)


class Slow(WebCase):
    def test_nobody_waits_for_a_stalled_client(self):
        """A client stops in the middle of a frame: no slot stays taken for it, the producer goes on, and a consumer of
        every frame gets every one. That consumer may be late by itself, and the producer waits for it."""
        channel = self.channel()
        producer = self.paused_producer(channel, "--wait-consumer", 60, "--fps", 30, "--slots", 12, "--when-full",
                                        "wait", "pattern:1920x1080")
        every = self.attached(channel, "--every=all", "--json")
        web = self.web(channel)
        self.resume(producer)
        every.out.wait_count(5)
        clients = [Client(self, web) for _ in range(3)]
        for client in clients:
            client.ask(f"{channel}/frame.raw")
            self.assertEqual(int(client.head()["Content-Length"]), BYTES)
        self.wait_detached(channel)  # and so no slot is held
        before = len(every.out.list())
        every.out.wait_count(before + 100)
        # They get the rest of their frames all the same, whole.
        for client in clients:
            client.hurry()
            client.take(BYTES)
        self.finish(producer)
        self.end(every)
        numbers = every.numbers()
        self.assert_whole_numbers(numbers, numbers[0], numbers[-1])
        self.assertEqual(self.assert_drops_alike(producer, every), 0)
        self.stop(web)

    def test_slots_are_given_back_while_somebody_looks(self):
        """With stalled clients and a busy one, no slot is held for longer than the frames of the busy one."""
        channel = self.channel()
        producer = self.sending(channel, "--fps", 50, "--slots", 10, "pattern:1920x1080")
        web = self.web()
        after = 0
        for _ in range(4):
            stalled = Client(self, web)
            stalled.ask(f"{channel}/frame.raw?after={after}&wait=60")
            after = int(stalled.head()["Ferry-Frame"])
        connection = self.connection(web)
        held = []
        while len(held) < 10:  # a look that comes late finds that the server has left
            for _ in range(10):
                target = f"/{channel}/frame.jpg?w=64&after={after}&wait=60"
                answer = self.expect(web, target, 200, connection=connection)
                after = answer.number("Ferry-Frame")
            held += [int(line.split("holds ")[1].split(",")[0]) for line in self.own_consumers(channel)]
        self.assertLessEqual(min(held), 2)  # those of the stalled ones are not among them
        self.finish(producer)
        self.stop(web)

    def test_pictures_are_fresh(self):
        """By frame.jpg a slow client gets what is new when it asks. By stream.mjpg a picture may be under way while the
        one before it arrives, and no third one, where the usual buffers of the system would take many."""
        channel = self.channel()
        producer = self.sending(channel, "--fps", 30, "pattern:1280x720")
        web = self.web()
        for way, ahead in ((self.pull, 1), (self.stream, 2)):
            client = Client(self, web, RATE)
            newest = []  # of the channel when a picture had arrived
            for turn, number in enumerate(way(client, channel, 15)):
                if turn >= ahead:
                    self.assertGreaterEqual(number, newest[turn - ahead], f"{way.__name__}, {turn}: {newest}")
                newest.append(self.newest(channel))
        self.finish(producer)
        self.stop(web)

    def newest(self, channel):
        said = self.end(self.start(os.path.join(BIN, "peek"), channel)).out.text()
        return int(re.search(r"(\d+) frames", said)[1])

    def pull(self, client, channel, count):
        after = 0
        for _ in range(count):
            client.ask(f"{channel}/frame.jpg?after={after}&wait=60")
            head = client.head()
            client.take(int(head["Content-Length"]))
            after = int(head["Ferry-Frame"])
            yield after

    def stream(self, client, channel, count):
        client.ask(f"{channel}/stream.mjpg")
        self.assertIn("multipart/x-mixed-replace", client.head()["Content-Type"])
        client.until(b"--ferryframe\r\n")
        for _ in range(count):
            head = client.head()
            body = client.take(int(head["Content-Length"]))
            self.assertEqual((body[:2], body[-2:]), (b"\xff\xd8", b"\xff\xd9"))
            self.assertEqual(client.take(16), b"\r\n--ferryframe\r\n")
            yield int(head["Ferry-Frame"])

    def test_memory_is_bounded(self):
        """Copies for slow clients take no more than --memory: those that have been slow for longest are cut off."""
        channel = self.channel()
        producer = self.sending(channel, "--fps", 30, "pattern:1920x1080")
        web = self.web("--memory", 20_000_000)  # for three frames
        clients = []
        after = 0
        for _ in range(8):
            clients.append(Client(self, web))
            clients[-1].ask(f"{channel}/frame.raw?after={after}&wait=60")
            after = int(clients[-1].head()["Ferry-Frame"])
        self.wait_detached(channel)
        self.assertLessEqual(self.metrics(web)["frameferry_web_memory_bytes"], 20_000_000)
        whole = []
        for index, client in enumerate(clients):
            try:
                client.hurry()
                client.take(BYTES)
                whole.append(index)
            except (EOFError, ConnectionResetError):
                continue
        self.assertIn(len(whole), (1, 2, 3), whole)
        self.assertEqual(whole, list(range(8 - len(whole), 8)))
        self.expect(web, f"/{channel}/frame.raw", 200)
        self.finish(producer)
        self.stop(web)

    def test_nobody_is_cut_off_for_a_frame_that_nobody_waits_for(self):
        """There is memory for one frame. A client stalls in its own while the server has one of another channel."""
        channels = [self.channel(), self.channel()]
        producers = [self.sending(channel, "--fps", STILL, "pattern:1920x1080") for channel in channels]
        web = self.web("--memory", BYTES * 3 // 2)
        client = Client(self, web)
        client.ask(f"{channels[0]}/frame.raw")
        client.head()
        self.wait_detached(channels[0])  # and so its frame is copied
        self.expect(web, f"/{channels[1]}/frame.raw", 200)
        self.wait_detached(channels[1])  # and so that one was copied, if there was room
        client.hurry()
        client.take(BYTES)
        for producer in producers:
            self.finish(producer)
        self.stop(web)

    def test_a_picture_that_had_to_go_comes_again(self):
        """Two channels stand still, and there is memory for a frame of one: each is shown all the same."""
        folder, _ = self.write_noise("in", 1, 600, 500)
        channels = [self.channel(), self.channel()]
        producers = [self.sending(channel, "--fps", STILL, "--loop", folder) for channel in channels]
        web = self.web("--memory", 1_200_000)
        for channel in channels:
            self.linger(web, channel)  # a frame is copied while the server is in its channel
        seen = [self.expect(web, f"/{channel}/frame.raw", 200) for channel in channels]
        for _ in range(3):
            for channel, first in zip(channels, seen):
                wait_until(lambda: self.metrics(web)["frameferry_web_memory_bytes"] >= 900_000, "nothing is copied")
                again = self.expect(web, f"/{channel}/frame.raw", 200)
                self.assertEqual(again.frame(), first.frame())
                self.assertTrue(again.body == first.body)
        for producer in producers:
            self.finish(producer)
        self.stop(web)


class Streams(WebCase):
    def test_parts_are_whole_and_in_order(self):
        channel = self.channel()
        producer = self.sending(channel, "--fps", 60, "pattern:320x240")
        web = self.web()
        client = Client(self, web)
        client.ask(f"{channel}/stream.mjpg?q=50")
        client.until(b"--ferryframe\r\n")
        numbers = []
        for _ in range(30):
            head = client.head()
            self.assertEqual(head["Content-Type"], "image/jpeg")
            body = client.take(int(head["Content-Length"]))
            self.assertEqual((body[:2], body[-2:]), (b"\xff\xd8", b"\xff\xd9"))
            self.assertEqual(client.take(16), b"\r\n--ferryframe\r\n")
            numbers.append(int(head["Ferry-Frame"]))
        self.assertEqual(numbers, sorted(set(numbers)))
        # The next producer goes on with the same stream.
        self.finish(producer)
        second = self.sending(channel, "--fps", 60, "pattern:160x120")
        while client.head()["Ferry-Size"] != "160x120":
            client.until(b"--ferryframe\r\n")
        self.finish(second)
        self.stop(web)


if __name__ == "__main__":
    unittest.main()

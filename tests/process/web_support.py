"""ferry-web in tests: the server, and requests to it by the library of Python."""

import http.client
import os
import re
import socket

from support import BIN, FINE, STUCK_SECONDS, Case, wait_until

WEB = os.path.join(BIN, "ferry-web")
STILL = 0.001  # frames a second: there is one, and no other while a case lasts


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def text(self):
        return self.body.decode(errors="replace")

    def number(self, name):
        return int(self.headers[name])

    def frame(self):
        return self.number("Ferry-Frame"), self.headers["Ferry-Generation"]


class WebCase(Case):
    def web(self, *arguments, listen="127.0.0.1:0"):
        """A server at a port that is free, which is in program.port."""
        program = self.start(WEB, "--listen", listen, *map(str, arguments))
        url = program.err.wait_for(r"^ferry-web: (https?)://(\S+):(\d+)/")
        program.port = int(url[2])
        return program

    def sending(self, channel, *arguments):
        """A producer that waits for nobody and has published something."""
        program = self.producer(channel, "--no-wait", *arguments)
        peek = os.path.join(BIN, "peek")

        def is_live():
            look = self.start(peek, channel)
            return look.wait() == FINE and re.search(r"^\S+ +(live|idle) .* [1-9]\d* frames", look.out.text())

        wait_until(is_live, f"{channel} does not begin")
        return program

    def connection(self, program):
        made = http.client.HTTPConnection("127.0.0.1", program.port, timeout=STUCK_SECONDS)
        self.addCleanup(made.close)
        return made

    def get(self, program, target, connection=None, method="GET", **headers):
        """One request; without a connection, in one of its own. A header Host_Name is Host-Name."""
        own = connection is None
        connection = connection or self.connection(program)
        connection.request(method, target, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = Answer(connection.getresponse())
        if own:
            connection.close()
        return answer

    def expect(self, program, target, status, **more):
        answer = self.get(program, target, **more)
        self.assertEqual(answer.status, status, f"{target}: {answer.text()[:300]}")
        return answer

    def raw_connection(self, program, receive_bytes=None):
        """A socket of one's own."""
        made = socket.socket()
        self.addCleanup(made.close)
        if receive_bytes is not None:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        made.settimeout(STUCK_SECONDS)
        made.connect(("127.0.0.1", program.port))
        return made

    def linger(self, program, channel):
        """A client that waits for a frame which does not come, so that the server stays in the channel until the client
        is closed. Without one the server leaves 2 s after the last request, and the machine may be busy for as long."""
        waiting = self.metrics(program)["frameferry_web_waiting"]
        client = self.raw_connection(program)
        target = f"/{channel}/frame.raw?after=1000000000&wait=60"
        client.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        wait_until(lambda: self.metrics(program)["frameferry_web_waiting"] > waiting, "nobody waits")
        return client

    def metrics(self, program, connection=None):
        """{name with its labels: value}"""
        lines = self.get(program, "/metrics", connection).text().splitlines()
        return {name: float(value) for name, value in
                (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}

    def own_consumers(self, channel):
        """Held slots of each consumer of the channel that is a ferry-web, by a look from outside."""
        said = self.end(self.start(os.path.join(BIN, "peek"), channel)).out.list()
        return [line for line in said if line.startswith("consumer ") and " ferry-web, " in line]

    def wait_detached(self, channel):
        wait_until(lambda: not self.own_consumers(channel), f"ferry-web stays in {channel}")

    def stop(self, program):
        self.interrupt(program)

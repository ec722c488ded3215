"""The other side of the tests of HTTP: a server that answers as ferry-web does (docs/http.md), or as it never would."""

import base64
import socket
import ssl
import struct
import subprocess
import threading
import time
import urllib.parse

PICTURES = {"gray": ("GREY", 8), "bgr24": ("BGR3", 24), "rgb24": ("RGB3", 24), "yuv420p": ("YU12", 12),
            "mjpeg": ("MJPG", 0)}


def fourcc(name):
    return struct.unpack("<I", PICTURES[name][0].encode())[0]


class Frame:
    """A frame as the headers tell of it; more replaces headers, or with None leaves them out."""

    def __init__(self, number, width=8, height=8, kind="gray", pixels=None, generation=7, **more):
        self.number = number
        self.generation = generation
        bits = PICTURES[kind][1]
        self.pixels = bytes(width * height * bits // 8) if pixels is None else pixels
        self.headers = {
            "Content-Length": str(len(self.pixels)),
            "Ferry-Frame": str(number),
            "Ferry-Generation": f"{generation:016x}",
            "Ferry-Format": kind,
            "Ferry-Fourcc": f"{fourcc(kind):08x}",
            "Ferry-Size": f"{width}x{height}",
            "Ferry-Bit-Count": str(bits),
            "Ferry-Stride": str(width * bits // 8 if bits not in (0, 12) else width if bits else 0),
            "Ferry-Flags": "0",
        }
        for key, value in more.items():
            name = "-".join(word.capitalize() for word in key.split("_"))
            self.headers.pop(name, None)
            if value is not None:
                self.headers[name] = str(value)


def note(**notes):
    return base64.b64encode("".join(f"{key}={value}\n" for key, value in notes.items()).encode()).decode()


class Request:
    def __init__(self, text):
        lines = text.split("\r\n")
        self.method, self.target, _ = lines[0].split(" ")
        self.headers = {key.lower(): value for key, value in
                        (line.split(": ", 1) for line in lines[1:] if line)}
        path, _, query = self.target.partition("?")
        self.path = urllib.parse.unquote(path)
        self.query = dict(urllib.parse.parse_qsl(query))

    def wants(self, frame):
        """Whether a frame is newer than the one that the client has."""
        return ("after" not in self.query or int(self.query["generation"], 16) != frame.generation
                or frame.number > int(self.query["after"]))


class Peer:
    """A server on a port of this machine. answer(peer, request, connection) says what comes back: True, it has
    answered; False, the connection ends; None: the newest frame of put, once the client lacks it."""

    def __init__(self, answer=None, token=None, context=None, port=0):
        self.answer = answer
        self.token = token
        self.context = context
        self.requests = []
        self.news = threading.Condition()
        self.frame = None
        self.is_open = True
        self.connections = set()
        self.listener = socket.create_server(("127.0.0.1", port), backlog=16)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def url(self, channel="cam", scheme="http", query=""):
        return f"{scheme}://127.0.0.1:{self.port}/{channel}{query}"

    def put(self, frame):
        with self.news:
            self.frame = frame
            self.news.notify_all()

    def wait_requests(self, count, seconds=240):
        with self.news:
            if not self.news.wait_for(lambda: len(self.requests) >= count, seconds):
                raise AssertionError(f"stuck: {len(self.requests)} requests of {count} have come")

    def wait_taken(self, number, seconds=240):
        """Until the client has asked for a frame after this one, whose answer it has had."""
        with self.news:
            if not self.news.wait_for(lambda: any(request.query.get("after") == str(number)
                                                  for request in self.requests), seconds):
                raise AssertionError(f"stuck: frame {number} is not taken")

    def close(self):
        with self.news:
            self.is_open = False
            self.news.notify_all()
        # A thread in accept would keep the port.
        for end in (self.listener, *self.connections):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()

    def _listen(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.context is not None:
                connection = self.context.wrap_socket(connection, server_side=True)
            rest = b""
            while self.is_open:
                while b"\r\n\r\n" not in rest:
                    data = connection.recv(65536)
                    if not data:
                        return
                    rest += data
                head, rest = rest.split(b"\r\n\r\n", 1)
                if not self._answer(Request(head.decode()), connection):
                    return
        except OSError:
            pass
        finally:
            connection.close()

    def _answer(self, request, connection):
        with self.news:
            self.requests.append(request)
            self.news.notify_all()
        if self.token is not None and request.headers.get("authorization") != f"Bearer {self.token}":
            say(connection, "401 Unauthorized", b"no\n")
            return True
        answered = None if self.answer is None else self.answer(self, request, connection)
        if answered is not None:
            return answered
        received = time.monotonic_ns()
        with self.news:
            self.news.wait_for(lambda: not self.is_open or (self.frame is not None and request.wants(self.frame)),
                               float(request.query.get("wait", 10)))
            frame = self.frame
        if not self.is_open:
            return False
        if frame is None or not request.wants(frame):
            connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            return True
        send(connection, frame, {"Ferry-Received-Ns": str(received)})
        return True


def say(connection, status, text=b""):
    connection.sendall(f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(text)}\r\n\r\n".encode()
                       + text)


def head(frame, more=None):
    headers = {**frame.headers, **(more or {})}
    headers.setdefault("Ferry-Sent-Ns", str(time.monotonic_ns()))
    return ("HTTP/1.1 200 OK\r\n" + "".join(f"{key}: {value}\r\n" for key, value in headers.items())
            + "\r\n").encode()


def send(connection, frame, more=None):
    connection.sendall(head(frame, more) + frame.pixels)


def make_authority(folder, name):
    """A certificate of 127.0.0.1 that signs itself: the file, and the context of a server that has it."""
    key, certificate = f"{folder}/{name}.key", f"{folder}/{name}.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", key, "-out", certificate, "-days", "2", "-subj", f"/CN={name}", "-addext",
                    "subjectAltName=IP:127.0.0.1,DNS:localhost"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return certificate, context

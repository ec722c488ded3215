"""Whom ferry-web answers: by host name, by token, and over TLS."""

import http.client
import os
import shutil
import ssl
import subprocess
import unittest

from support import FAILED, STUCK_SECONDS
from web_support import WEB, Answer, WebCase

TOKEN = "0123456789abcdefABCDEF.-_~"


class Hosts(WebCase):
    def ask(self, web, *hosts):
        """The status for each Host header; None: without one."""
        found = []
        for host in hosts:
            client = self.raw_connection(web)
            line = b"" if host is None else b"Host: " + host.encode() + b"\r\n"
            version = b"1.0" if host is None else b"1.1"
            client.sendall(b"GET /channels.json HTTP/" + version + b"\r\n" + line + b"\r\n")
            found.append(int(client.recv(4096).split()[1]))
            client.close()
        return found

    def test_names_of_ours(self):
        web = self.web("--host", "Camera.example.org", "--host", "hall")
        ours = ("localhost", "LOCALHOST:8090", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:80", "camera.example.org",
                "camera.EXAMPLE.org:1234", "hall", None)
        self.assertEqual(self.ask(web, *ours), [200] * len(ours))
        others = ("example.org", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "hall.example",
                  "192.168.1.1", "10.0.0.1:80", "[::2]", "[::1", "localhost:80x", "localhost:80:80", "hal", "127.0.0.11",
                  "127.0.0.1:80@evil.example", "")
        self.assertEqual(self.ask(web, *others), [421] * len(others))
        self.stop(web)

    def test_all_addresses(self):
        """No name can be given to an address in numbers, so that each may be the machine's."""
        web = self.web(listen="0.0.0.0:0")
        self.assertEqual(self.ask(web, "192.168.1.1", "[fe80::1]:1", "127.0.0.1", "evil.example", "1.2.3.4.example"),
                         [200, 200, 200, 421, 421])
        self.stop(web)


class Pages(WebCase):
    def test_of_other_sites(self):
        """They may lead here, and get nothing else."""
        web = self.web()
        for site, mode, status in (("cross-site", "no-cors", 403), ("cross-site", "cors", 403),
                                   ("cross-site", "navigate", 200), ("same-origin", "cors", 200),
                                   ("none", "navigate", 200)):
            headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}
            self.expect(web, "/channels.json", status, **headers)
        self.stop(web)


class Tokens(WebCase):
    def served(self, *arguments, text=TOKEN + "\n", mode=0o600):
        path = self.write("token", text.encode())
        os.chmod(path, mode)
        return self.web("--token-file", path, *arguments)

    def test_with_and_without(self):
        web = self.served()
        self.assertIn(f"/?token={TOKEN}", web.err.text())
        for target in ("/", "/channels.json", "/metrics", "/page/index.html", "/none", "/camera/frame.jpg"):
            answer = self.expect(web, target, 401)
            self.assertEqual(answer.headers["WWW-Authenticate"], "Bearer")
        for wrong in (TOKEN[:-1], TOKEN + "x", TOKEN.lower(), "", "x" * len(TOKEN), TOKEN * 2):
            self.expect(web, "/channels.json", 401, Authorization="Bearer " + wrong)
            self.expect(web, "/channels.json?token=" + wrong, 401)
        self.expect(web, "/channels.json", 401, Authorization=TOKEN)
        self.expect(web, "/channels.json", 401, Authorization="Basic " + TOKEN)
        self.expect(web, "/channels.json", 200, Authorization="Bearer " + TOKEN)
        self.expect(web, "/channels.json", 200, Authorization="bearer  " + TOKEN)
        self.expect(web, "/none/none", 404, Authorization="Bearer " + TOKEN)
        self.expect(web, "/channels.json", 421, Authorization="Bearer " + TOKEN, Host="evil.example")
        self.stop(web)

    def test_the_cookie(self):
        web = self.served()
        answer = self.expect(web, "/?token=" + TOKEN, 200)
        cookie, *attributes = answer.headers["Set-Cookie"].split("; ")
        self.assertEqual(cookie, f"ferry_web_{web.port}={TOKEN}")  # two servers of a machine have two
        self.assertEqual(sorted(attributes), ["HttpOnly", "Path=/", "SameSite=Strict"])
        self.expect(web, "/channels.json", 200, Cookie=cookie)
        self.expect(web, "/channels.json", 200, Cookie="a=b; " + cookie)
        self.expect(web, "/channels.json", 401, Cookie=cookie + "x")
        self.expect(web, "/channels.json", 401, Cookie="other=" + TOKEN)
        self.assertIsNone(self.expect(web, "/channels.json", 200, Cookie=cookie).headers["Set-Cookie"])
        self.stop(web)

    def test_files(self):
        web = self.served(mode=0o644)
        web.err.wait_for("other users may read")
        self.stop(web)
        for text in ("", "short\n", "has a blank in it, and more\n", "ä" * 20 + "\n", "x" * 300 + "\n", "\0" * 40):
            path = self.write("token", text.encode())
            program = self.start(WEB, "--listen", "127.0.0.1:0", "--token-file", path)
            self.end(program, FAILED)
            self.assertIn("--token-file: the first line", program.err.text())
        for path, said in ((self.path("none"), "cannot open"), (self.folder, "cannot read")):
            program = self.start(WEB, "--listen", "127.0.0.1:0", "--token-file", path)
            self.end(program, FAILED)
            self.assertIn(said, program.err.text())

    def test_beyond_this_machine(self):
        """With a token the warning is of what goes in the clear."""
        web = self.served("--listen", "0.0.0.0:0")
        web.err.wait_for("pictures and token are sent in the clear")
        self.stop(web)


@unittest.skipUnless(shutil.which("openssl"), "openssl is not installed")
class Tls(WebCase):
    def openssl(self, *arguments):
        subprocess.run(["openssl", *map(str, arguments)], cwd=self.folder, check=True, capture_output=True, timeout=60)

    def certificate(self):
        """A CA of our own, and a certificate by it for localhost."""
        self.write("extensions", b"subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        self.openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test", "-days", 2)
        self.openssl("req", *key, "-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=localhost")
        self.openssl("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                     "-out", "cert.pem", "-days", 2, "-extfile", "extensions")
        return ("--cert", self.path("cert.pem"), "--key", self.path("key.pem"))

    def secure(self, web):
        context = ssl.create_default_context(cafile=self.path("ca.pem"))
        made = http.client.HTTPSConnection("localhost", web.port, timeout=STUCK_SECONDS, context=context)
        self.addCleanup(made.close)
        return made

    def test_frames_and_token(self):
        token = self.write("token", TOKEN.encode())
        os.chmod(token, 0o600)
        channel = self.channel()
        producer = self.sending(channel, "--fps", 30, "pattern:640x480")
        web = self.web(*self.certificate(), "--token-file", token)
        web.err.wait_for(r"https://127\.0\.0\.1:\d+/\?token=")
        connection = self.secure(web)
        connection.request("GET", f"/{channel}/frame.raw?token={TOKEN}")
        answer = Answer(connection.getresponse())
        self.assertEqual((answer.status, len(answer.body)), (200, 640 * 480 * 3))
        self.assertIn("Secure", answer.headers["Set-Cookie"])
        number = answer.number("Ferry-Frame")
        for _ in range(5):
            connection.request("GET", f"/{channel}/frame.jpg?after={number}&wait=60",
                               headers={"Authorization": "Bearer " + TOKEN})
            answer = Answer(connection.getresponse())
            self.assertEqual(answer.status, 200)
            number = answer.number("Ferry-Frame")
        stranger = http.client.HTTPSConnection("localhost", web.port, timeout=STUCK_SECONDS)
        with self.assertRaises(ssl.SSLCertVerificationError):
            stranger.request("GET", "/")
        stranger.close()
        plain = self.raw_connection(web)
        plain.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try:
            self.assertNotIn(b"200", plain.recv(4096))
        except ConnectionResetError:
            pass
        self.finish(producer)
        self.stop(web)

    def test_files(self):
        options = self.certificate()
        os.chmod(self.path("key.pem"), 0o644)
        web = self.web(*options)
        web.err.wait_for("--key: other users may read")
        self.stop(web)
        for certificate, key in (("cert.pem", "ca.key"), ("extensions", "key.pem"), ("cert.pem", "none")):
            program = self.start(WEB, "--listen", "127.0.0.1:0", "--cert", self.path(certificate), "--key", self.path(key))
            self.end(program, FAILED)
            self.assertRegex(program.err.text(), "do --cert and --key fit together|--key: cannot open")


if __name__ == "__main__":
    unittest.main()

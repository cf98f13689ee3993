#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The sample of contrib/nginx before a real firpathd: TLS, limits, slow clients, and the table of doubtful messages."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

from service import ROOT, Service, cpl_csv
from smuggling import RIGHT_FOR_A_FRONT, answers, doubtful_messages

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
NAME = "firpath.example"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Nginx:
    """A real nginx with our sample, only its ports and paths changed."""

    def __init__(self, service_port, limits=True):
        self.folder = tempfile.mkdtemp(prefix="firpath-nginx-", dir=os.environ.get("TMPDIR", "/tmp"))
        os.chmod(self.folder, 0o755)
        self.port, self.plain_port = free_port(), free_port()
        self.cert = os.path.join(self.folder, "cert.pem")
        key = os.path.join(self.folder, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", key, "-out", self.cert, "-days", "2", "-subj", "/CN=" + NAME, "-addext",
                        "subjectAltName=DNS:" + NAME], check=True, capture_output=True)
        with open(os.path.join(ROOT, "contrib/nginx/firpath.conf"), encoding="utf-8") as f:
            text = f.read()
        changes = [("listen 443 ", f"listen 127.0.0.1:{self.port} "), ("listen 80 ", f"listen 127.0.0.1:{self.plain_port} "),
                   ("server 127.0.0.1:8231;", f"server 127.0.0.1:{service_port};"),
                   ("/etc/ssl/certs/firpath.pem", self.cert), ("/etc/ssl/private/firpath.key", key)]
        if not limits:
            changes.append(("rate=50r/s", "rate=100000r/s"))
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        paths = "".join(f"{kind}_temp_path {self.folder}/{kind};\n"
                        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        self.conf = os.path.join(self.folder, "nginx.conf")
        with open(self.conf, "w", encoding="utf-8") as f:
            f.write(f"daemon off;\nworker_processes 2;\npid {self.folder}/pid;\nerror_log {self.folder}/error.log;\n"
                    f"events {{ worker_connections 4096; }}\nhttp {{\n"
                    f"log_format up '$upstream_addr $status $request';\naccess_log {self.folder}/access.log up;\n{paths}\n{text}\n}}\n")
        subprocess.run([NGINX, "-t", "-c", self.conf, "-p", self.folder], check=True, capture_output=True)
        self.process = subprocess.Popen([NGINX, "-c", self.conf, "-p", self.folder], stderr=subprocess.DEVNULL)
        end = time.monotonic() + 10
        while True:
            try:
                self.connect().close()
                return
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)

    def context(self):
        return ssl.create_default_context(cafile=self.cert)

    def connect(self, context=None, source=None, timeout=20):
        c = socket.create_connection(("127.0.0.1", self.port), timeout=timeout, source_address=source)
        return (context or self.context()).wrap_socket(c, server_hostname=NAME)

    def request(self, method, path, body=None, headers=None, source=None):
        c = http.client.HTTPConnection(NAME, self.port)
        c.sock = self.connect(source=source)
        try:
            c.request(method, path, body=body, headers={"Host": NAME, **(headers or {})})
            r = c.getresponse()
            return r.status, r.headers, r.read()
        finally:
            c.close()

    def get(self, path, **kw):
        return self.request("GET", path, **kw)

    def raw(self, data, timeout=8.0):
        with self.connect(timeout=timeout) as c:
            c.sendall(data)
            got = b""
            try:
                while piece := c.recv(65536):
                    got += piece
            except (TimeoutError, ConnectionResetError, ssl.SSLError):
                pass
            return got

    def handed_on(self):
        """Requests that went to the service, by nginx's count."""
        with open(os.path.join(self.folder, "access.log"), encoding="utf-8", errors="replace") as f:
            return sum(not line.startswith("- ") for line in f)

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)


def pair(limits=True, **conf):
    s = Service(conf={"host_names": NAME, "public_url": "https://" + NAME, "trust_forwarded": "yes", **conf})
    s.import_sample()
    return s, Nginx(s.port, limits)


class Front(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s, cls.n = pair(limits=False)

    @classmethod
    def tearDownClass(cls):
        cls.n.close()
        cls.s.close()

    def test_only_tls_1_2_and_1_3(self):
        for version, ok in ((ssl.TLSVersion.TLSv1, False), (ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True),
                            (ssl.TLSVersion.TLSv1_3, True)):
            context = self.n.context()
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = version
            if ok:
                with self.n.connect(context) as c:
                    self.assertEqual(c.version(), version.name.replace("_", ".").replace("TLSv1.2", "TLSv1.2"))
            else:
                with self.assertRaises((ssl.SSLError, ConnectionError)):
                    self.n.connect(context)

    def test_weak_ciphers_are_refused(self):
        for cipher in ("AES128-SHA", "AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-SHA", "NULL-SHA256"):
            context = self.n.context()
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            try:
                context.set_ciphers(cipher + ":@SECLEVEL=0")
            except ssl.SSLError:
                continue
            with self.assertRaises((ssl.SSLError, ConnectionError)):
                self.n.connect(context)

    def test_the_service_answers_through_it(self):
        status, headers, body = self.n.get("/v1/path?from=1&to=4")
        self.assertEqual((status, json.loads(body)["result"]), (200, "path"))
        self.assertEqual(headers["Strict-Transport-Security"], "max-age=31536000")
        self.assertEqual(body, self.s.get("/v1/path?from=1&to=4").body)
        self.assertNotIn("nginx/", str(headers["Server"]))
        status, again, _ = self.n.get("/v1/path?from=1&to=4", headers={"If-None-Match": headers["ETag"]})
        self.assertEqual(status, 304)
        self.assertEqual(self.n.get("/")[0], 200)
        self.assertEqual(self.n.get("/v1/entries/999999")[0], 404)

    def test_plain_http_is_sent_to_https(self):
        c = http.client.HTTPConnection("127.0.0.1", self.n.plain_port)
        c.request("GET", "/v1/path?from=1&to=4", headers={"Host": NAME})
        r = c.getresponse()
        self.assertEqual((r.status, r.headers["Location"]), (301, f"https://{NAME}/v1/path?from=1&to=4"))
        c.close()

    def test_pages_may_change_things_only_under_the_public_name(self):
        for origin, status in (("https://" + NAME, 400), ("https://evil.example", 403), ("http://" + NAME, 400)):
            got = self.n.request("POST", "/v1/campaigns", b"{}", {"Content-Type": "application/json", "Origin": origin})
            if origin.startswith("http:"):
                continue  # the name without TLS: the front redirects it before anybody can be there
            self.assertEqual(got[0], status, (origin, got))

    def asked(self):
        """Requests that reached the service, by its own count."""
        return sum(int(v) for v in re.findall(r"^firpath_http_requests_total\{.*\} (\d+)$",
                                              self.s.health("/metrics").body.decode(), re.M))

    def test_G8_no_doubtful_message_gets_a_second_answer(self):
        for name, data in doubtful_messages(NAME.encode()):
            with self.subTest(name):
                before, handed = self.asked(), self.n.handed_on()
                n, _ = answers(self.n.raw(data, timeout=3))
                self.assertLessEqual(n, 2 if name in RIGHT_FOR_A_FRONT else 1)
                # Front and service see the same requests, whatever they make of them.
                self.s.wait_for(lambda: self.asked() - before == self.n.handed_on() - handed, seconds=3)

    def test_what_the_front_refuses_is_a_problem_too(self):
        got = self.n.raw(b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: " + NAME.encode() + b"\r\n\r\n")
        self.assertTrue(got.startswith(b"HTTP/1.1 414 "), got[:200])
        self.assertIn(b'"code":"target-too-long"', got)
        got = self.n.raw(b"POST /v1/imports?feed=cpl HTTP/1.1\r\nHost: " + NAME.encode()
                         + b"\r\nContent-Type: text/csv\r\nContent-Length: 67108865\r\n\r\n")
        self.assertTrue(got.startswith(b"HTTP/1.1 413 "), got[:200])
        self.assertIn(b"application/problem+json", got)
        self.assertIn(b'"code":"too-large"', got)

    def test_the_real_address_reaches_the_service_and_cannot_be_forged(self):
        with Service(conf={"host_names": NAME, "trust_forwarded": "yes", "write_rate": "1", "write_burst": "3"}) as s:
            n = Nginx(s.port, limits=False)
            try:
                post = lambda source, headers=None: n.request("POST", "/v1/campaigns/1/start", headers=headers,
                                                              source=(source, 0))[0]
                statuses = [post("127.0.0.2", {"X-Real-IP": f"10.0.0.{i}", "X-Forwarded-For": f"10.0.0.{i}"}) for i in range(6)]
                self.assertEqual(statuses[:3], [404] * 3)
                self.assertIn(429, statuses[3:])
                self.assertEqual(post("127.0.0.3"), 404)  # another address has its own allowance
            finally:
                n.close()

    def test_an_event_comes_at_once_and_bulk_answers_come_while_it_reads(self):
        self.s.post("/v1/devices", "name,adapter,identity\nd1,fake,1081:00A10102:00010000\n", "text/csv")
        r = self.s.post("/v1/campaigns", {"name": "c", "target": "000004", "members": {"filter": {}}})
        begun = time.monotonic()
        with self.n.connect() as c:
            c.sendall(f"GET /v1/campaigns/c/events HTTP/1.1\r\nHost: {NAME}\r\nAccept: text/event-stream\r\n\r\n".encode())
            got = b""
            while b"event: progress" not in got:
                got += c.recv(65536)
        self.assertLess(time.monotonic() - begun, 3)
        with self.n.connect() as c:
            c.sendall(f"POST /v1/path/bulk HTTP/1.1\r\nHost: {NAME}\r\nContent-Type: text/csv\r\n"
                      "Transfer-Encoding: chunked\r\n\r\n".encode())
            part = b"device,from,to\r\n" + b"d,1,4\r\n" * 6000
            c.sendall(b"%x\r\n" % len(part) + part + b"\r\n")
            early = c.recv(65536)
            self.assertTrue(early.startswith(b"HTTP/1.1 200 "), early[:200])
            c.sendall(b"0\r\n\r\n")

    def test_a_service_that_is_down_is_a_problem(self):
        n = Nginx(free_port())
        try:
            status, headers, body = n.get("/v1/limits")
            self.assertEqual((status, headers["Content-Type"]), (502, "application/problem+json"))
            self.assertEqual(json.loads(body)["code"], "unavailable")
            self.assertTrue(headers["Retry-After"])
        finally:
            n.close()


class Crowds(unittest.TestCase):
    def test_G6_slow_clients_wait_in_the_front(self):
        """200 slow heads, 100 slow bodies: others are served quickly, and no thread of the service is held."""
        s, n = pair(limits=False, threads="8")
        stop = threading.Event()

        def drip(socks):
            while not stop.wait(0.5):
                for c in list(socks):
                    try:
                        c.sendall(b"X")
                    except OSError:
                        socks.remove(c)

        socks = []
        try:
            for i in range(200):
                c = n.connect()
                c.sendall(f"GET /v1/limits HTTP/1.1\r\nHost: {NAME}\r\nX-Slow: ".encode())
                socks.append(c)
            for i in range(100):
                c = n.connect(source=(f"127.0.0.{10 + i % 40}", 0))
                c.sendall(f"POST /v1/imports?feed=cpl HTTP/1.1\r\nHost: {NAME}\r\nContent-Type: text/csv\r\n"
                          "Content-Length: 100000\r\n\r\n".encode())
                socks.append(c)
            dripper = threading.Thread(target=drip, args=(socks,))
            dripper.start()
            took, health = [], []
            for _ in range(100):
                begun = time.monotonic()
                self.assertEqual(n.get("/v1/path?from=1&to=4")[0], 200)
                took.append(time.monotonic() - begun)
                begun = time.monotonic()
                self.assertEqual(s.health("/healthz").status, 200)
                health.append(time.monotonic() - begun)
            self.assertIn("firpath_http_running 0\n", s.health("/metrics").body.decode())
            self.assertLess(sorted(took)[98], 0.5, "a new TLS connection each time, on a busy machine")
            self.assertLess(sorted(health)[98], 0.2)
        finally:
            stop.set()
            for c in socks:
                c.close()
            n.close()
            s.close()

    def test_slow_heads_are_let_go_after_five_seconds(self):
        s, n = pair(limits=False)
        try:
            begun = time.monotonic()
            with n.connect(timeout=15) as c:
                c.sendall(b"GET / HTTP/1.1\r\n")
                got = c.recv(4096)
            self.assertLess(time.monotonic() - begun, 8)
            self.assertTrue(got == b"" or got.startswith(b"HTTP/1.1 408 "), got)
        finally:
            n.close()
            s.close()

    def test_one_address_cannot_ask_without_end(self):
        s, n = pair()
        try:
            with n.connect() as c:
                statuses = []
                buffered = b""
                for _ in range(400):
                    c.sendall(f"GET /problems/busy HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
                    while b"\r\n\r\n" not in buffered:
                        buffered += c.recv(65536)
                    head, _, buffered = buffered.partition(b"\r\n\r\n")
                    length = int(re.search(rb"Content-Length: (\d+)", head)[1])
                    while len(buffered) < length:
                        buffered += c.recv(65536)
                    body, buffered = buffered[:length], buffered[length:]
                    statuses.append(int(head[9:12]))
                    if statuses[-1] == 429:
                        self.assertIn(b'"code":"too-many-requests"', body)
                        self.assertIn(b"Retry-After: ", head)
                        break
            self.assertIn(429, statuses)
            self.assertGreaterEqual(len(statuses), 200)
        finally:
            n.close()
            s.close()

    def test_one_address_cannot_hold_every_place(self):
        s, n = pair(limits=False)
        socks = []
        try:
            for _ in range(60):
                c = n.connect(source=("127.0.0.9", 0))
                c.sendall(f"POST /v1/imports?feed=cpl HTTP/1.1\r\nHost: {NAME}\r\nContent-Type: text/csv\r\n"
                          "Content-Length: 1000\r\n\r\nx".encode())
                socks.append(c)
            time.sleep(0.3)
            self.assertEqual(n.get("/v1/limits", source=("127.0.0.9", 0))[0], 429)
            self.assertEqual(n.get("/v1/limits")[0], 200)
        finally:
            for c in socks:
                c.close()
            n.close()
            s.close()


if __name__ == "__main__":
    unittest.main()

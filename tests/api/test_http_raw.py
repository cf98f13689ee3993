#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the service makes of bytes that no decent client sends (T29, G8), and of clients that are slow or silent."""

import socket
import time
import unittest

from service import Service
from smuggling import answers, doubtful_messages, hidden_request

CASES = doubtful_messages()
HIDDEN = hidden_request()
H = b"Host: localhost\r\n"


class Raw(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = Service(conf={"request_timeout": "500ms", "keep_alive": "500ms"})

    @classmethod
    def tearDownClass(cls):
        cls.s.close()

    def test_there_are_enough_cases(self):
        self.assertGreaterEqual(len(CASES), 40)
        self.assertEqual(len({name for name, _ in CASES}), len(CASES))

    def test_the_hidden_request_is_answered_when_nothing_is_wrong(self):
        """Otherwise the cases below would prove nothing."""
        n, first = answers(self.s.raw(HIDDEN + HIDDEN, timeout=3))
        self.assertEqual((n, first), (2, 200))

    def test_T29_no_doubtful_message_gets_a_second_answer(self):
        for name, data in CASES:
            with self.subTest(name):
                got = self.s.raw(data, timeout=5)
                n, first = answers(got)
                self.assertLessEqual(n, 1, got)
                if n:
                    self.assertGreaterEqual(first, 400, got)

    def test_refusals_are_problems_and_end_the_connection(self):
        for name, data in CASES[:10]:
            with self.subTest(name):
                got = self.s.raw(data, timeout=5)
                head, _, body = got.partition(b"\r\n\r\n")
                self.assertIn(b"application/problem+json", head)
                self.assertIn(b"Connection: close", head)
                self.assertIn(b'"code":"bad-request-framing"', body)

    def test_refused_bodies_end_the_connection(self):
        """413, 415, 404 and 405 leave the body unread: it must not become a request."""
        for head, status in [
                (b"POST /v1/path/bulk HTTP/1.1\r\n" + H + b"Content-Type: image/png\r\n", 415),
                (b"POST /v1/nothing HTTP/1.1\r\n" + H, 404), (b"PUT /v1/limits HTTP/1.1\r\n" + H, 405),
                (b"POST /bbum/v1/poll HTTP/1.1\r\n" + H + b"Content-Type: application/json\r\n", 413)]:
            filler = 9000 if status == 413 else 0
            body = b"x" * filler + HIDDEN
            with self.subTest(status=status):
                got = self.s.raw(head + b"Content-Length: %d\r\n\r\n" % len(body) + body, timeout=3)
                n, first = answers(got)
                self.assertEqual((n, first), (1, status), got)

    def test_a_long_target_is_refused_as_such(self):
        r = self.s.get("/v1/limits?" + "a" * 8192)
        self.assertEqual((r.status, r.json()["code"]), (414, "target-too-long"))
        r = self.s.get("/v1/limits?" + "a" * (8192 - len("/v1/limits?")))
        self.assertEqual((r.status, r.json()["code"]), (400, "unknown-parameter"))

    def test_a_head_that_is_too_large_is_refused(self):
        got = self.s.raw(b"GET / HTTP/1.1\r\n" + H + b"X: " + b"a" * 40000 + b"\r\n\r\n", timeout=5)
        n, first = answers(got)
        self.assertLessEqual(n, 1)
        self.assertTrue(first is None or 400 <= first < 500, got)

    def test_pipelined_requests_are_answered_in_order(self):
        got = self.s.raw(b"GET /problems/busy HTTP/1.1\r\n" + H + b"\r\n" + HIDDEN + b"GET /problems/disk HTTP/1.1\r\n" + H
                         + b"\r\n", timeout=3)
        self.assertEqual(answers(got), (3, 200))
        self.assertLess(got.index(b'"busy"'), got.index(b'"headers"'))
        self.assertLess(got.index(b'"headers"'), got.index(b'"disk"'))

    def test_http_1_0_is_answered_and_closed(self):
        got = self.s.raw(b"GET /v1/limits HTTP/1.0\r\n" + H + b"Connection: keep-alive\r\n\r\n", timeout=3)
        self.assertEqual(answers(got), (1, 200))
        self.assertIn(b"Connection: close", got)

    def test_expect_continue_is_followed(self):
        body = b"device,from,to\r\n"
        with socket.create_connection(("127.0.0.1", self.s.port), timeout=5) as c:
            c.sendall(b"POST /v1/path/bulk HTTP/1.1\r\n" + H + b"Content-Type: text/csv\r\nExpect: 100-continue\r\n"
                      b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body))
            self.assertEqual(c.recv(100), b"HTTP/1.1 100 Continue\r\n\r\n")
            c.sendall(body)
            got = b""
            while piece := c.recv(65536):
                got += piece
        self.assertTrue(got.startswith(b"HTTP/1.1 200 "), got)

    def test_websockets_are_not_spoken(self):
        """T27: an upgrade is an ordinary request for an address that is not there."""
        for path in (b"/", b"/ws", b"/v1/campaigns/1/events"):
            got = self.s.raw(b"GET " + path + b" HTTP/1.1\r\n" + H + b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
                             b"Origin: https://evil.example\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                             b"Sec-WebSocket-Version: 13\r\n\r\n", timeout=3)
            self.assertNotIn(b"101 ", got[:20])

    def test_files_scripts_and_listings_are_not_served(self):
        for path in ("/etc/passwd", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/cgi-bin/x.cgi", "/x.php", "/x.shtml",
                     "/tests/", "/v1/../etc/passwd", "/v1/%2e%2e/limits", "//v1/limits"):
            with self.subTest(path):
                got = self.s.raw(b"GET " + path.encode() + b" HTTP/1.1\r\n" + H + b"Connection: close\r\n\r\n", timeout=3)
                self.assertEqual(answers(got), (1, 404), got)

    def test_a_silent_client_is_let_go(self):
        begun = time.monotonic()
        for data in (b"", b"GET /v1/limits HTTP/1.1\r\nHost: lo", b"POST /v1/path/bulk HTTP/1.1\r\n" + H
                     + b"Content-Type: text/csv\r\nContent-Length: 100\r\n\r\ndevice"):
            got = self.s.raw(data, timeout=5)
            self.assertLessEqual(answers(got)[0], 1)
        self.assertLess(time.monotonic() - begun, 8)

    def test_silent_clients_do_not_hide_the_health_page(self):
        """F4, the second line: fewer threads than silent clients, and health still answers at once."""
        with Service(conf={"threads": 16, "request_timeout": "5s"}) as s:
            silent = [socket.create_connection(("127.0.0.1", s.port)) for _ in range(64)]
            for c in silent:
                c.sendall(b"GET /v1/limits HTTP/1.1\r\n")
            worst = 0.0
            for _ in range(20):
                begun = time.monotonic()
                self.assertEqual(s.health("/healthz").status, 200)
                worst = max(worst, time.monotonic() - begun)
                time.sleep(0.02)
            for c in silent:
                c.close()
            self.assertLess(worst, 0.5)


if __name__ == "__main__":
    unittest.main()

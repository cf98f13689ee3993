#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The WebSocket server that stations talk to, from raw sockets: handshakes, limits, frames, storms (T27, T28)."""

import os
import random
import resource
import socket
import struct
import time
import unittest

from ws_kit import BINARY, CLOSE, DEFLATE, PING, PONG, TEXT, Client, Echo, frame, head, packed


class Handshake(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.e = Echo()

    @classmethod
    def tearDownClass(cls):
        cls.e.close()

    def test_feature_2_an_unknown_identity_is_404(self):
        c = self.e.client()
        self.assertEqual(c.hello("stranger"), 404)
        self.assertIn("Content-Type: text/plain", c.head)
        self.assertTrue(c.ended())
        self.assertIn(b"Nobody of that name", c.buf)

    def test_feature_2_a_bad_password_is_401_with_basic(self):
        c = self.e.client()
        self.assertEqual(c.hello("known1", password="guess"), 401)
        self.assertIn('WWW-Authenticate: Basic realm="firpath", charset="UTF-8"', c.head)
        self.assertTrue(c.ended())

    def test_feature_2_no_common_subprotocol_is_101_without_the_header_then_close(self):
        for offers in (None, "ocpp1.5, soap"):
            with self.subTest(offers):
                c = self.e.client()
                self.assertEqual(c.hello("known1", offers=offers), 101)
                self.assertIn("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", c.head)
                self.assertNotIn("Sec-WebSocket-Protocol", c.head)
                self.assertEqual(c.close_code(), 1002)

    def test_feature_1_the_first_offer_that_is_known_is_taken(self):
        for offers, want in [("ocpp1.6", "ocpp1.6"), ("ocpp2.1, ocpp2.0.1, ocpp1.6", "ocpp2.1"), ("ocpp1.6,ocpp2.1", "ocpp1.6"),
                             ("foo, ocpp2.0.1", "ocpp2.0.1")]:
            with self.subTest(offers):
                self.e.dial("known1", offers=offers)
                self.assertIn(f"\r\nSec-WebSocket-Protocol: {want}", self.e.clients[-1].head)

    def test_T27_foreign_origin(self):
        c = self.e.client()
        self.assertEqual(c.hello("known1", more="Origin: https://evil.example\r\n"), 403)
        self.assertTrue(c.ended())
        self.e.dial("known1", more="Origin: http://localhost\r\n")

    def test_not_now_says_when(self):
        c = self.e.client()
        self.assertEqual(c.hello("busy"), 503)
        self.assertIn("Retry-After: 17", c.head)

    def test_what_is_no_websocket_is_told_what_is_missing(self):
        ok = head("known1")
        for data, status, says in [
                (b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", 426, "Sec-WebSocket-Version: 13"),
                (ok.replace(b"Version: 13", b"Version: 12"), 426, "Sec-WebSocket-Version: 13"),
                (ok.replace(b"GET", b"POST"), 405, "Allow: GET"),
                (ok.replace(b"\r\n\r\n", b"\r\nContent-Length: 4\r\n\r\nbody"), 400, "Connection: close"),
                (ok.replace(b"Host: localhost\r\n", b""), 400, "Connection: close"),
                (ok.replace(b"/ocpp/", b"/ocpp/" + b"a" * 600), 414, "Connection: close"),
                (ok.replace(b"\r\n\r\n", b"\r\nX: " + b"a" * 9000 + b"\r\n\r\n"), 431, "Connection: close"),
                (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(100), 400, "Connection: close")]:
            with self.subTest(data[:40]):
                c = self.e.client()
                c.send(data)
                self.assertEqual(c.answer(), status)
                self.assertIn(says, c.head)
                self.assertTrue(c.ended())
                self.assertGreater(len(c.buf), 10)

    def test_a_head_may_come_in_pieces_and_a_frame_right_behind_it(self):
        data = head("known1") + frame(TEXT, b"early")
        c = self.e.client()
        for at in range(0, len(data), 37):
            c.send(data[at:at + 37])
            time.sleep(0.001)
        self.assertEqual(c.answer(), 101)
        self.assertEqual(c.hear(), (TEXT, b"early"))


class Messages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.e = Echo("loops=2")

    @classmethod
    def tearDownClass(cls):
        cls.e.close()

    def test_fragments_with_control_frames_between(self):
        c = self.e.dial("known1")
        c.send(frame(TEXT, b"one ", fin=0) + frame(PING, b"there?") + frame(0, b"two ", fin=0) + frame(PONG) + frame(0, b"three"))
        self.assertEqual(c.hear(), (PONG, b"there?"))
        self.assertEqual(c.hear(), (TEXT, b"one two three"))

    def test_masks_of_all_kinds(self):
        c = self.e.dial("known1")
        for mask in (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x01\x02\x03\x04"):
            c.say(b"masked", mask=mask)
            self.assertEqual(c.hear(), (TEXT, b"masked"))
        c.say(b"bare", masked=False)
        self.assertEqual(c.close_code(), 1002)

    def test_T27_a_frame_of_65_KiB_is_1009_and_one_of_64_is_not(self):
        c = self.e.dial("known1")
        c.say(b"x" * 65536)
        self.assertEqual(c.hear(), (TEXT, b"x" * 65536))
        c.send(frame(TEXT, b"x", length=65 * 1024))
        self.assertEqual(c.close_code(), 1009)
        c = self.e.dial("known1")
        c.send(frame(TEXT, b"x", length=1 << 40))
        self.assertEqual(c.close_code(), 1009)

    def test_feature_3_a_bomb_is_refused(self):
        before = self.e.counts()["too_large"]
        c = self.e.dial("known1", more=DEFLATE)
        c.send(frame(TEXT, packed(b"\0" * 50_000_000), rsv=4))
        self.assertEqual(c.close_code(), 1009)
        self.assertEqual(self.e.counts()["too_large"], before + 1)

    def test_feature_3_compression_both_ways_in_every_window_that_was_agreed(self):
        text = b'[2,"1","NotifyReport",{"a":[' + b'{"component":"x"},' * 2000 + b"]}]"
        for bits in range(9, 16):
            c = self.e.dial("known1", more=DEFLATE.replace("\r\n", f"; server_max_window_bits={bits}\r\n"))
            self.assertIn(f"server_max_window_bits={bits}", c.head)
            c.send(frame(TEXT, packed(text), rsv=4))
            first, data = c.raw_frame()
            self.assertEqual(first, 0xc1)
            self.assertLess(len(data), 2000)
            c.say(b"small and not compressed")
            self.assertEqual(c.hear(), (TEXT, b"small and not compressed"))

    def test_each_breach_has_its_code(self):
        for data, code in [(frame(BINARY, b"x"), 1003), (frame(TEXT, b"\xff"), 1007), (frame(TEXT, b"x", rsv=4), 1002),
                           (frame(3), 1002), (frame(0, b"x"), 1002), (frame(PING, b"x" * 126), 1002),
                           (frame(CLOSE, struct.pack(">H", 1005)), 1002), (frame(CLOSE, b"x"), 1002)]:
            with self.subTest(data):
                c = self.e.dial("known1")
                c.send(data)
                self.assertEqual(c.close_code(), code)

    def test_a_close_is_answered_with_its_code(self):
        for payload in (struct.pack(">H", 1000) + b"done", struct.pack(">H", 4711), b""):
            c = self.e.dial("known1")
            c.send(frame(CLOSE, payload) + frame(TEXT, b"after the end"))
            self.assertEqual(c.hear(), (CLOSE, payload[:2]))
            self.assertIsNone(c.hear())

    def test_noise_ends_its_connection_only(self):
        rnd = random.Random(7)
        good = self.e.dial("known1")
        for _ in range(60):
            c = self.e.dial("known1", more=DEFLATE)
            try:
                c.send(rnd.randbytes(rnd.randrange(1, 3000)))
                c.s.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            self.assertTrue(c.ended())
        good.say(b"still here")
        self.assertEqual(good.hear(), (TEXT, b"still here"))


class Limits(unittest.TestCase):
    def test_T28_slow_heads_and_per_address_cap(self):
        with Echo("per_address=20", "handshake_ms=400", tell=True) as e:
            slow = [e.client() for _ in range(20)]
            for c in slow:
                c.send(b"GET /ocpp/known1 HTTP/1.1\r\nHost: a\r\n")
            over = e.client()
            self.assertEqual(over.hello("known1"), 503)
            self.assertRegex(over.head, r"Retry-After: \d+")
            self.assertEqual(e.told(), "REFUSED 0 127.0.0.1 503 too many connections from this address")
            self.assertEqual(e.dial("known1", source="127.0.0.2").s.getsockname()[0], "127.0.0.2")
            for _ in range(3):  # a byte now and then does not help
                time.sleep(0.1)
                for c in slow:
                    c.send(b"X")
            start = time.monotonic()
            for c in slow:
                self.assertEqual(c.answer(), 408)
            self.assertLess(time.monotonic() - start, 1)
            e.dial("known1")

    def test_T28_a_message_that_does_not_end_and_a_peer_that_does_not_read(self):
        with Echo("frame_ms=300", "deflate=0", tell=True) as e:
            slow = e.dial("known1")
            slow.send(frame(TEXT, b"one fragment", fin=0))
            dripping = e.dial("known1")
            whole = frame(TEXT, b"x" * 100)
            start = time.monotonic()
            for at in range(4):
                dripping.send(whole[at * 20:at * 20 + 20])
                time.sleep(0.06)
            self.assertEqual(slow.close_code(), 1008)
            self.assertEqual(dripping.close_code(), 1008)
            self.assertLess(time.monotonic() - start, 2)
            self.assertEqual({e.told(), e.told()}, {"CLOSED 1008 a message took too long"})
            deaf = e.client()
            deaf.s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            self.assertEqual(deaf.hello("known1"), 101)
            deaf.say(b"ready")
            self.assertEqual(deaf.hear(), (TEXT, b"ready"))
            for _ in range(5):
                if e.command("send 1000000") == "DONE 0":
                    break
            self.assertIn(e.told(), ("CLOSED 1006 the peer reads too slowly", "CLOSED 1013 the peer reads too slowly"))

    def test_silence_is_asked_and_then_ended(self):
        with Echo("ping_ms=200", tell=True) as e:
            alive, dead = e.dial("known1"), e.dial("known2")
            for _ in range(3):
                self.assertEqual(alive.hear(), (PING, b""))
                alive.send(frame(PONG))
            self.assertEqual(e.told(), "CLOSED 1006 no answer to a ping")
            self.assertEqual(dead.hear(), (PING, b""))
            self.assertTrue(dead.ended())
            alive.say(b"here")
            self.assertEqual(alive.hear(), (TEXT, b"here"))

    def test_beyond_the_connections_comes_503(self):
        with Echo("connections=5") as e:
            held = [e.dial("known1") for _ in range(5)]
            c = e.client()
            self.assertEqual(c.hello("known1"), 503)
            self.assertRegex(c.head, r"Retry-After: \d+")
            self.assertTrue(c.ended())
            held[0].close()
            e.await_count("closed", 1)
            e.dial("known1")

    def test_T28_a_storm_is_deferred_and_all_get_in(self):
        with Echo("rate=500", "per_address=1000", "handshakes=20") as e:
            start = time.monotonic()
            storm = [e.client(timeout=20) for _ in range(500)]
            for c in storm:
                c.send(head("known1"))
            for c in storm:
                self.assertEqual(c.answer(), 101)
            self.assertGreater(time.monotonic() - start, 0.8)
            counts = e.counts()
            self.assertEqual((counts["open"], counts["accepted"], counts["refused"]), (500, 500, 0))
            self.assertGreater(counts["deferred"], 5)
            storm[499].say(b"in")
            self.assertEqual(storm[499].hear(), (TEXT, b"in"))

    def test_running_out_of_descriptors_is_survived(self):
        with Echo(preexec=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))) as e:
            held, lost = [], 0
            while not lost:
                c = Client(e.port)
                e.clients.append(c)
                try:
                    status = c.hello("known1")
                except OSError:
                    status = 0
                held += [c] if status == 101 else []
                lost += status == 0
            self.assertGreater(len(held), 5)
            held[0].say(b"served")
            self.assertEqual(held[0].hear(), (TEXT, b"served"))
            for c in held[:3]:
                c.close()
            e.await_count("closed", 3)
            time.sleep(0.15)
            self.assertEqual(e.client().hello("known1"), 101)

    def test_a_close_from_outside_and_a_stop(self):
        e = Echo()
        a, b = e.ready("known1"), e.ready("known2")
        e.command("send 70000")
        self.assertEqual(len(a.hear()[1]), 70000)
        self.assertEqual(e.command("close 4001"), "DONE 0")
        self.assertEqual(a.close_code(), 4001)
        e.p.stdin.close()  # b has not answered its close: the stop does not wait for ever
        self.assertEqual(e.p.wait(5), 0)
        self.assertEqual(len(b.hear()[1]), 70000)
        self.assertEqual(b.hear()[0], CLOSE)
        self.assertIsNone(b.hear())
        a.close()
        b.close()
        e.p.stdout.close()


if __name__ == "__main__":
    unittest.main()

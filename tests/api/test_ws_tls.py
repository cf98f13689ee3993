#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Security profiles 2 and 3 of stations: two server certificates, the suites of A00.FR.318, client certificates, none of the
old protocols, and what a broken handshake does to others."""

import os
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import tempfile
import time
import unittest

from ws_kit import PING, TEXT, Echo, frame

SUITES = ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "AES128-GCM-SHA256", "AES256-GCM-SHA384"]


def openssl(*args):
    subprocess.run(["openssl", *args], check=True, capture_output=True)


class Makes:
    """A certificate authority and what it signs, in a folder."""

    def __init__(self, folder):
        self.dir = folder

    def path(self, name):
        return os.path.join(self.dir, name)

    def key(self, name, kind):
        if kind == "EC":
            openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self.path(name + ".key"))
        else:
            openssl("genrsa", "-out", self.path(name + ".key"), "2048")

    def authority(self, name):
        self.key(name, "EC")
        openssl("req", "-x509", "-new", "-key", self.path(name + ".key"), "-subj", f"/CN={name}", "-days", "30", "-out",
                self.path(name + ".pem"))

    def signed(self, name, subject, by="ca", kind="EC", days=30):
        self.key(name, kind)
        openssl("req", "-new", "-key", self.path(name + ".key"), "-subj", subject, "-out", self.path(name + ".csr"))
        # "ca" is the only subcommand of OpenSSL 3.0 that can make an expired certificate.
        with open(self.path("ca.cnf"), "w", encoding="utf-8") as f:
            f.write(f"[ca]\ndefault_ca=a\n[a]\nnew_certs_dir={self.dir}\ndatabase={self.path('index')}\nserial="
                    f"{self.path('serial')}\ndefault_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n"
                    "organizationName=optional\n")
        open(self.path("index"), "a", encoding="utf-8").close()
        stamp = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + days * 86400))
        openssl("ca", "-batch", "-notext", "-config", self.path("ca.cnf"), "-create_serial", "-cert", self.path(by + ".pem"),
                "-keyfile", self.path(by + ".key"), "-in", self.path(name + ".csr"), "-out", self.path(name + ".pem"),
                "-startdate", "20200101000000Z", "-enddate", stamp)

    def pair(self, name):
        return f"{self.path(name + '.pem')},{self.path(name + '.key')}"


def context(ca, cert=None, suite=None, version=None):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    c.check_hostname = False
    c.load_verify_locations(ca)
    if cert:
        c.load_cert_chain(*cert.split(","))
    if suite:
        c.maximum_version = ssl.TLSVersion.TLSv1_2
        c.set_ciphers(suite)
    if version:
        c.minimum_version = c.maximum_version = version
        c.set_ciphers("ALL:@SECLEVEL=0")
    return c


class Tls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="firpath-tls-")
        cls.m = m = Makes(cls.dir)
        m.authority("ca")
        m.authority("other")
        m.signed("ec", "/CN=csms")
        m.signed("rsa", "/CN=csms", kind="RSA")
        m.signed("station", "/O=Operator/CN=known1")
        m.signed("expired", "/O=Operator/CN=known1", days=-1)
        m.signed("stranger", "/O=Operator/CN=known1", by="other")
        m.signed("neighbour", "/O=Operator/CN=known2")
        m.signed("nameless", "/CN=known1")
        cls.ca = m.path("ca.pem")
        cls.e = Echo("listen=2@127.0.0.1:0", "listen=3@127.0.0.1:0", "listen=1@127.0.0.1:0", "ec=" + m.pair("ec"),
                     "rsa=" + m.pair("rsa"), "ca=" + cls.ca, "handshake_ms=500")
        cls.two, cls.three, cls.one = cls.e.ports

    @classmethod
    def tearDownClass(cls):
        cls.e.close()
        shutil.rmtree(cls.dir)

    def tls(self, port, **more):
        return self.e.client(port=port, context=context(self.ca, **more))

    def echo(self, c, text=b"hello"):
        c.say(text)
        self.assertEqual(c.hear(), (TEXT, text))

    def test_feature_4_profile_2_wants_the_password(self):
        c = self.tls(self.two)
        self.assertEqual(c.s.version(), "TLSv1.3")
        self.assertEqual(c.hello("known1", password="wrong"), 401)
        c = self.tls(self.two)
        self.assertEqual(c.hello("known1"), 101)
        self.echo(c)
        self.echo(c, b"long " * 13000)

    def test_feature_4_the_four_suites_of_A00_FR_318_with_their_certificates(self):
        for suite in SUITES:
            with self.subTest(suite):
                c = self.tls(self.two, suite=suite)
                self.assertEqual(c.s.cipher()[:2], (suite, "TLSv1.2"))
                self.assertEqual(c.hello("known1"), 101)
                self.echo(c)

    def test_feature_4_old_protocols_and_weak_suites_are_refused(self):
        for more in ({"version": ssl.TLSVersion.TLSv1_1}, {"version": ssl.TLSVersion.TLSv1}, {"suite": "AES128-SHA"},
                     {"suite": "ECDHE-ECDSA-AES128-SHA256"}):
            before = self.e.counts()["bad_tls"]
            with self.subTest(more), self.assertRaises(OSError):
                self.tls(self.two, **more)
            self.assertEqual(self.e.await_count("bad_tls", before + 1), before + 1)

    def refused(self, **more):
        """Under TLS 1.3 the client learns it when it first reads."""
        before = self.e.counts()["bad_tls"]
        with self.assertRaises(OSError):
            c = self.tls(self.three, **more)
            c.s.sendall(b"GET / HTTP/1.1\r\n\r\n")
            if not c.s.recv(1000):
                raise OSError("closed")
        self.assertEqual(self.e.await_count("bad_tls", before + 1), before + 1)

    def test_feature_4_profile_3_takes_the_certificate_of_the_station(self):
        for suite in (None, SUITES[0], SUITES[3]):
            c = self.tls(self.three, cert=self.m.pair("station"), suite=suite)
            self.assertEqual(c.hello("known1", password="any"), 101)
            self.echo(c)

    def test_feature_4_profile_3_refuses_none_expired_and_foreign_certificates(self):
        for suite in (None, SUITES[0]):
            self.refused(suite=suite)
            self.refused(suite=suite, cert=self.m.pair("expired"))
            self.refused(suite=suite, cert=self.m.pair("stranger"))

    def test_feature_4_profile_3_hands_the_names_on(self):
        """The callee looks at CN and O (A00.FR.404, 405)."""
        for name in ("neighbour", "nameless"):
            c = self.tls(self.three, cert=self.m.pair(name))
            self.assertEqual(c.hello("known1"), 403, name)

    def test_feature_4_a_client_certificate_means_nothing_at_profile_2(self):
        c = self.tls(self.two, cert=self.m.pair("station"))
        self.assertEqual(c.hello("known1", password="wrong"), 401)

    def test_feature_4_no_session_is_resumed(self):
        """Otherwise a certificate that expired meanwhile would still let in."""
        ctx = context(self.ca, cert=self.m.pair("station"), suite=SUITES[0])
        session = None
        for _ in range(2):
            s = ctx.wrap_socket(socket.create_connection(("127.0.0.1", self.three), 5), session=session)
            self.assertFalse(s.session_reused)
            session = s.session
            s.close()

    def test_T28_silent_and_foreign_handshakes_are_ended(self):
        silent = self.e.client(port=self.two)
        silent.send(b"\x16\x03\x01")
        plain = self.e.client(port=self.two)
        plain.send(b"GET /ocpp/known1 HTTP/1.1\r\nHost: a\r\n\r\n")
        start = time.monotonic()
        self.assertTrue(plain.ended())
        self.assertTrue(silent.ended())
        self.assertLess(time.monotonic() - start, 2)

    def test_peers_that_are_gone_do_not_end_the_server(self):
        """OpenSSL writes without MSG_NOSIGNAL: a pong to a peer that was reset after its end is a SIGPIPE."""
        with Echo("listen=2@127.0.0.1:0", "ec=" + self.m.pair("ec")) as e:
            c = e.client(context=context(self.ca))
            self.assertEqual(c.hello("known1"), 101)
            e.p.send_signal(signal.SIGSTOP)
            c.send(frame(PING))
            c.s.shutdown(socket.SHUT_WR)
            c.s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            c.close()
            e.p.send_signal(signal.SIGCONT)
            self.assertEqual(e.await_count("closed", 1), 1)

    def test_tls_on_the_plain_port_is_no_request(self):
        with self.assertRaises(OSError):
            self.tls(self.one)

    def test_new_certificates_are_taken_and_broken_ones_are_not(self):
        m = Makes(tempfile.mkdtemp(dir=self.dir))
        m.authority("ca")
        m.signed("ec", "/CN=first")
        with Echo("listen=2@127.0.0.1:0", "ec=" + m.pair("ec")) as e:
            def names():
                c = e.client(context=context(m.path("ca.pem")))
                self.assertEqual(c.hello("known1"), 101)
                return c, dict(x[0] for x in c.s.getpeercert()["subject"])["commonName"]
            old, name = names()
            self.assertEqual(name, "first")
            with open(m.path("ec.pem"), "w", encoding="utf-8") as f:
                f.write("rubbish")
            self.assertIn("ec.pem cannot be used", e.command("reload"))
            self.assertEqual(names()[1], "first")
            m.signed("ec", "/CN=second")
            self.assertEqual(e.command("reload"), "RELOADED")
            self.assertEqual(names()[1], "second")
            self.echo(old)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the DCC posts, and what others post in its name (T20): refused, counted, nothing changed, no file opened."""

import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

from dcc_kit import DCC, METER, OTHER, SR, USER, Kit, eui, openssl
from service import ROOT, Service

AT = "/dcc/v1/messages"
MAX = 2 << 20


class DccIn(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="firpath-dcc-")
        cls.kit = Kit(cls.folder.name)
        cls.s = Service(conf={"dcc_url": "http://127.0.0.1:1", "dcc_users": cls.kit.users, "dcc_message_age": "1h",
                              "request_timeout": "2s"})
        cls.counter, cls.start = 1000, time.monotonic()

    @classmethod
    def tearDownClass(cls):
        cls.s.close()
        cls.folder.cleanup()

    def setUp(self):
        self.before, self.kept = self.metrics(), self.everything()

    # ---- looking ----

    def metrics(self):
        out = {}
        for line in self.s.get("/metrics", port=self.s.health_port).body.decode().splitlines():
            if line.startswith(("firpath_dcc_", "process_")):
                key, value = line.rsplit(" ", 1)
                out[key] = float(value)
        return out

    def counted(self, what):
        """How much a series grew since the test began."""
        return self.metrics()[what] - self.before[what]

    def refused(self, reason):
        return self.counted(f'firpath_dcc_refused_total{{reason="{reason}"}}')

    def posts_counted(self, status, n):
        """They are counted when the answer is out."""
        end = time.monotonic() + 5
        while self.counted(f'firpath_dcc_posts_total{{status="{status}"}}') < n and time.monotonic() < end:
            time.sleep(0.01)
        self.assertEqual(self.counted(f'firpath_dcc_posts_total{{status="{status}"}}'), n)

    def everything(self):
        """All rows, but for signs of life of this process."""
        out = {}
        with sqlite3.connect(f"file:{self.s.db}?mode=ro", uri=True) as db:
            for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").fetchall():
                if name in ("dcc_node", "dcc_shard", "station_service", "clerk_job", "clerk_lease"):
                    continue
                rows = sorted(map(repr, db.execute(f'SELECT * FROM "{name}"').fetchall()))
                out[name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
        return out

    def nothing_changed(self):
        now = self.everything()
        self.assertEqual({k for k in now if now[k] != self.kept.get(k)}, set())

    def post(self, text, content_type="application/xml", **kw):
        return self.s.post(AT, text.encode() if isinstance(text, str) else text, content_type, **kw)

    def is_refused(self, text, reason, words=None):
        had = self.refused(reason)
        r = self.post(text)
        self.assertEqual(r.status, 400, r)
        self.assertEqual(r.json()["code"], "dcc-message-refused")
        if words:
            self.assertIn(words, r.json()["detail"])
        self.assertEqual(self.refused(reason), had + 1)

    def good(self, **kw):
        type(self).counter += 1
        return self.kit.response(counter=self.counter, **kw)

    # ---- what is taken ----

    def test_a_signed_response_for_our_user_is_taken_once_and_its_double_is_harmless(self):
        text = self.kit.sign(self.good())
        r = self.post(text)
        self.assertEqual((r.status, r.body), (204, b""), r)
        self.assertEqual(self.counted("firpath_dcc_messages_total"), 1)
        for _ in range(3):
            self.assertEqual(self.post(text, "text/xml; charset=utf-8").status, 204)
        self.assertEqual(self.counted("firpath_dcc_doubled_total"), 3)
        self.assertEqual(self.counted("firpath_dcc_messages_total"), 1)
        self.posts_counted(204, 4)

    def test_many_messages_at_once_share_transactions_and_all_are_answered(self):
        texts, got = [self.kit.sign(self.good()) for _ in range(40)], []

        def bring(mine):
            c = self.s.connect()
            for text in mine:
                c.request("POST", AT, text.encode(), {"Content-Type": "application/xml"})
                r = c.getresponse()
                r.read()
                got.append(r.status)
            c.close()

        threads = [threading.Thread(target=bring, args=(texts[i::8],)) for i in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(got, [204] * 40)
        self.assertEqual(self.counted("firpath_dcc_messages_total"), 40)

    # ---- T20 ----

    def hostile(self):
        """Documents that a careless parser opens files, sockets or gigabytes for."""
        bare = self.good()
        body = self.kit.sign(bare)
        fifo = os.path.join(self.folder.name, "fifo")
        if not os.path.exists(fifo):
            os.mkfifo(fifo)
        http = f"http://127.0.0.1:{self.trap.getsockname()[1]}/x"
        laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
        use = bare.replace("I0</sr:ResponseCode>", "&x;</sr:ResponseCode>")
        return [
            ("an empty DOCTYPE", "<!DOCTYPE x>" + body),
            ("an internal entity", '<!DOCTYPE x [<!ENTITY x "I0">]>' + use),
            ("a billion laughs", f'<!DOCTYPE x [<!ENTITY l0 "ha">{laughs}<!ENTITY x "&l9;">]>' + use),
            ("an entity that is a file", f'<!DOCTYPE x [<!ENTITY x SYSTEM "file://{fifo}">]>' + use),
            ("an entity of the web", f'<!DOCTYPE x [<!ENTITY x SYSTEM "{http}">]>' + use),
            ("a foreign subset", f'<!DOCTYPE x SYSTEM "{http}">' + body),
            ("a foreign subset that is a file", f'<!DOCTYPE x SYSTEM "file://{fifo}">' + body),
            ("a parameter entity", f'<!DOCTYPE x [<!ENTITY % p SYSTEM "file://{fifo}">%p;]>' + body),
            ("an entity that nobody declared", use),
            ("an inclusion", bare.replace("<sr:Body>", f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file://{fifo}" parse="text"/>'
                                          "<sr:Body>")),
            ("a DOCTYPE in UTF-16", ('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x>' + body).encode("utf-16")),
            ("a DOCTYPE in UTF-7", b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE x+AD4-' + body.encode()),
            ("depth", "<a>" * 100000 + "</a>" * 100000),
            ("attributes", "<a " + " ".join(f'a{i}="1"' for i in range(60000)) + "/>"),
            ("namespaces", "<a " + " ".join(f'xmlns:a{i}="u"' for i in range(40000)) + "/>"),
            ("no XML", b"\0" * 1000),
            ("bytes that are no UTF-8", body.replace("I0", "\xff").encode("latin-1")),
            ("a document that is cut", body[:-20]),
            ("two roots", body + body),
            ("text after the end", body + "x"),
            ("a root of somebody else", "<html/>"),
            ("nothing", " "),
            ("an empty element", f'<sr:Response xmlns:sr="{SR}"/>'),
        ]

    def test_T20_hostile_documents_are_refused_and_open_nothing(self):
        with socket.socket() as self.trap:
            self.trap.bind(("127.0.0.1", 0))
            self.trap.listen()
            self.trap.settimeout(0)
            for what, text in self.hostile():
                with self.subTest(what):
                    start = time.monotonic()
                    self.is_refused(text, "signature" if what == "an inclusion" else "not-readable")  # it was not included
                    self.assertLess(time.monotonic() - start, 2)  # whoever opens the pipe waits for ever
            with self.assertRaises(BlockingIOError):
                self.trap.accept()
        self.nothing_changed()
        self.assertEqual(self.counted("firpath_dcc_messages_total"), 0)

    def test_T20_a_hundred_megabytes_are_not_read(self):
        had = self.before["process_resident_memory_bytes"]
        with socket.create_connection(("127.0.0.1", self.s.port), timeout=10) as c:
            c.sendall(b"POST " + AT.encode() + b" HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/xml\r\nContent-Length: 104857600\r\n\r\n")
            head = c.recv(65536)  # before a byte of the body
        self.assertIn(b" 413 ", head.split(b"\r\n")[0])
        with socket.create_connection(("127.0.0.1", self.s.port), timeout=10) as c:
            c.sendall(b"POST " + AT.encode() + b" HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/xml\r\nTransfer-Encoding: chunked\r\n\r\n")
            sent, piece = 0, b"10000\r\n" + b"x" * 65536 + b"\r\n"
            try:
                while sent < 100 * MAX:
                    c.sendall(piece)
                    sent += 65536
            except OSError:
                pass
            self.assertLess(sent, 20 * MAX)
        self.posts_counted(413, 2)
        self.assertLess(self.metrics()["process_resident_memory_bytes"] - had, 20 * MAX)
        text = self.kit.sign(self.good())
        at = text.index("<sr:Body>")
        self.assertEqual(self.post(text[:at] + " " * (MAX - len(text)) + text[at:]).status, 400)  # as large as may be: read, and not believed
        self.nothing_changed()

    def test_T20_who_signed_and_what_is_looked_at_to_the_last_byte(self):
        bare = self.good()
        signed = self.kit.sign(bare)
        self.is_refused(bare, "signature", "not signed as the DCC signs")
        self.is_refused(self.kit.response(code="E65"), "signature", "not signed")
        self.is_refused(self.kit.sign(bare, signer="stranger"), "signature", "not one of the DCC")
        self.is_refused(self.kit.sign(bare, signer="xml"), "signature", "not one of the DCC")
        self.is_refused(self.kit.sign(bare, signer="stranger").replace(">1003<", ">1000<"), "signature", "does not hold")
        self.is_refused(self.kit.sign(bare, digest="A" * 43 + "="), "signature", "does not hold")
        self.is_refused(self.kit.sign(bare, uri="#x"), "signature")
        for old, new in [(">I0<", ">I9<"), ("<sr:Body>", "<sr:Body> "), (f"{eui(USER)}:{eui(METER)}", f"{eui(USER)}:{eui(METER + 1)}"),
                         ("xmldsig-more#ecdsa-sha256", "xmldsig-more#hmac-sha256"), ("2001/10/xml-exc-c14n#", "2006/12/xml-c14n11"),
                         ("xmldsig#enveloped-signature", "xmldsig#base64"), ("xmlenc#sha256", "xmldsig#sha1"),
                         ("<ds:SignatureValue>", "<ds:SignatureValue>AAAA"), (">CN=Z1,OU=07<", ">CN=Z2,OU=07<"), (">1000<", ">1001<")]:
            with self.subTest(new):
                self.assertIn(old, signed)
                r = self.post(signed.replace(old, new))
                self.assertEqual(r.status, 400, r)
                self.assertEqual(r.json()["code"], "dcc-message-refused")
        # A digit of the counter, the signature and its digest, one at a time.
        for word in ("RequestID>", "ResponseDateTime>", "DigestValue>", "SignatureValue>"):
            at = signed.index(word) + len(word) + 3
            other = "1" if signed[at] != "1" else "2"
            self.assertEqual(self.post(signed[:at] + other + signed[at + 1:]).status, 400, word)
        self.nothing_changed()
        self.assertEqual(self.counted("firpath_dcc_messages_total"), 0)

    def test_T20_a_signature_that_covers_something_else_is_worth_nothing(self):
        """Wrapping: what is signed is in the document, what would be read is not."""
        good, evil = self.kit.sign(self.good()), self.good(code="E110101")
        at = good.index("<ds:Signature ")
        signature = good[at:good.index("</ds:Signature>") + len("</ds:Signature>")]
        end = evil.rindex("</")
        inner = good.replace(signature, "")
        for what, text in [
                ("another document's signature", evil[:end] + signature + evil[end:]),
                ("the signed document inside", evil.replace("</sr:Body>", good + "</sr:Body>")),
                ("the signed document inside, its signature outside", evil[:end].replace("</sr:Body>", inner + "</sr:Body>") + signature + evil[end:]),
                ("two signatures", good[:at] + signature + good[at:]),
                ("two bodies", good.replace("<ds:Signature ", "<sr:Body></sr:Body><ds:Signature ")),
                ("two headers", good.replace("<sr:Body>", "<sr:Header></sr:Header><sr:Body>")),
                ("a signature in the header", evil.replace("</sr:Header>", signature + "</sr:Header>"))]:
            with self.subTest(what):
                r = self.post(text)
                self.assertEqual(r.status, 400, r)
        self.nothing_changed()

    def test_T20_a_replay_is_refused_and_one_from_the_future_too(self):
        self.is_refused(self.kit.sign(self.good(at=-3700)), "replay", "too far from now")
        self.is_refused(self.kit.sign(self.good(at=3700)), "replay", "too far from now")
        self.is_refused(self.kit.sign(self.good(at=-86400 * 365 * 10)), "replay", "too far from now")
        self.assertEqual(self.post(self.kit.sign(self.good(at=-3500))).status, 204)

    def test_T20_what_is_for_somebody_else_is_not_taken(self):
        self.is_refused(self.kit.sign(self.good(user=OTHER)), "not-readable", eui(OTHER))
        self.is_refused(self.kit.sign(self.kit.device_alert("8F72", b"x", user=OTHER)), "not-readable", eui(OTHER))
        self.is_refused(self.kit.sign(self.good().replace(f":{eui(USER)}:", f":{eui(OTHER)}:")), "not-readable", "different users")
        request = (f'<sr:Request xmlns:sr="{SR}" schemaVersion="5.4"><sr:Header><sr:RequestID>{eui(USER)}:{eui(METER)}:7</sr:RequestID><sr:CommandVariant>1'
                   "</sr:CommandVariant><sr:ServiceReference>11.2</sr:ServiceReference><sr:ServiceReferenceVariant>11.2</sr:ServiceReferenceVariant>"
                   "</sr:Header><sr:Body><sr:ReadFirmwareVersion></sr:ReadFirmwareVersion></sr:Body></sr:Request>")
        self.is_refused(self.kit.sign(request), "signature")  # requests are signed by users
        self.nothing_changed()

    def test_what_is_no_xml_by_its_type_has_no_body_or_comes_with_questions_is_sent_away(self):
        for content_type in ("application/json", "text/plain", "application/xml+x", "multipart/form-data; boundary=x"):
            self.assertEqual(self.post("<a/>", content_type).status, 403 if content_type.startswith(("text/plain", "multipart")) else 415)
        self.assertEqual(self.s.request("POST", AT).status, 415)
        self.assertEqual(self.s.get(AT).status, 405)
        self.assertEqual(self.post("<a/>", headers={"Origin": "https://elsewhere.example"}).status, 403)
        self.assertEqual(self.s.post(AT + "?x=1", b"<a/>", "application/xml").status, 400)
        self.nothing_changed()

    def test_refusals_are_said_in_the_log_but_not_each(self):
        for i in range(5):
            self.post(f"<a{i}/>")
        lines = re.findall(r'event=dcc-refused code=\S+ error=".*?" unsaid="?(\d+)', self.s.log())
        self.assertTrue(lines)
        self.assertLessEqual(len(lines), (time.monotonic() - self.start) / 10 + 1)

    def test_the_rate_of_changes_does_not_throttle_the_dcc(self):
        for i in range(700):  # write_burst is 500
            r = self.post(f"<a{i}/>")
            self.assertEqual(r.status, 400, i)

    # ---- attacks by somebody who can sign ----

    def test_well_signed_nonsense_is_answered_and_moves_nothing(self):
        """Malformed GBCS, wrong codes, long lists: the DCC, or a device behind it, may be wrong, too."""
        payload = b"\xdf\x09\x02" + b"\xff" * 60
        for text in [self.kit.device_alert("8F72", payload, counter=5000), self.kit.device_alert("8F72", b"\xdd" + b"\0" * 300, counter=5001),
                     self.kit.device_alert("FFFF", os.urandom(1000), counter=5002), self.good(code="E99"), self.good(code="I99", service="11.3"),
                     self.good(service="11.3", inside="<sr:GBCSPayload>3wkC</sr:GBCSPayload>"), self.good(target=DCC, service="11.1", code="W110101"),
                     self.good(target=DCC, service="8.2", code="I0")]:
            r = self.post(self.kit.sign(text))
            self.assertIn(r.status, (204, 400), r)
        self.assertEqual(self.s.get("/v1/limits").status, 200)
        self.assertEqual(self.post(self.kit.sign(self.good())).status, 204)


class DccFrom(unittest.TestCase):
    def test_only_the_addresses_of_dcc_from_may_post(self):
        with tempfile.TemporaryDirectory(prefix="firpath-dcc-") as folder:
            kit = Kit(folder)
            conf = {"dcc_url": "http://127.0.0.1:1", "dcc_users": kit.users, "trust_forwarded": "yes", "dcc_from": "192.0.2.0/24 2001:db8::7"}
            with Service(conf=conf) as s:
                text = kit.sign(kit.response()).encode()
                for address, status in [("192.0.2.9", 204), ("192.0.3.9", 403), ("2001:db8::7", 204), ("2001:db8::8", 403), ("::ffff:192.0.2.1", 204),
                                        (None, 403), ("192.0.2.9, 1.1.1.1", 403), ("x", 403)]:
                    r = s.post(AT, text, "application/xml", headers={"X-Real-IP": address} if address else None)
                    self.assertEqual(r.status, status, address)
                    if status == 403:
                        self.assertIn("dcc_from", r.json()["detail"])
                end, count = time.monotonic() + 5, 0
                while count != 5 and time.monotonic() < end:
                    text = s.get("/metrics", port=s.health_port).body.decode()
                    count = int(re.search(r'firpath_dcc_posts_total.status="403". (\d+)', text)[1])
                self.assertEqual(count, 5)

    def test_a_wrong_dcc_from_does_not_start(self):
        with self.assertRaisesRegex(RuntimeError, "dcc_from.*10.0.0.0/33"):
            Service(conf={"dcc_from": "10.0.0.0/33"})

    def test_without_meters_the_dcc_is_told_to_come_again(self):
        with Service() as s:
            r = s.post(AT, b"<a/>", "application/xml")
            self.assertEqual((r.status, r.json()["code"]), (503, "unavailable"))
            self.assertIn("Retry-After", r.headers)


class Front(unittest.TestCase):
    """contrib/nginx/firpath-dcc.conf before a real firpathd; only ports and paths are changed."""

    def test_the_front_of_the_dcc_asks_for_a_certificate_and_hands_on_nothing_but_messages(self):
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        with tempfile.TemporaryDirectory(prefix="firpath-dcc-") as folder:
            os.chmod(folder, 0o755)
            kit = Kit(folder)
            for who in ("server", "client", "nobody"):
                openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{folder}/{who}.key", "-out",
                        f"{folder}/{who}.pem", "-days", "2", "-subj", f"/CN={who}", "-addext", "subjectAltName=DNS:firpath.example")
            with Service(conf={"dcc_url": "http://127.0.0.1:1", "dcc_users": kit.users, "trust_forwarded": "yes", "host_names": "firpath.example"}) as s:
                with socket.socket() as free:
                    free.bind(("127.0.0.1", 0))
                    port = free.getsockname()[1]
                with open(os.path.join(ROOT, "contrib/nginx/firpath-dcc.conf"), encoding="utf-8") as f:
                    text = f.read()
                for old, new in [("listen 8443 ", f"listen 127.0.0.1:{port} "), ("/etc/ssl/certs/firpath-dcc.pem", f"{folder}/server.pem"),
                                 ("/etc/ssl/private/firpath-dcc.key", f"{folder}/server.key"), ("/etc/firpath/dcc-clients.pem", f"{folder}/client.pem")]:
                    self.assertEqual(text.count(old), 1, old)
                    text = text.replace(old, new)
                temp = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
                with open(f"{folder}/nginx.conf", "w", encoding="utf-8") as f:
                    f.write(f"daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\nhttp {{ {temp} access_log off;\n"
                            f"upstream firpath {{ server 127.0.0.1:{s.port}; }}\n{text}\n}}\n")
                process = subprocess.Popen([nginx, "-c", f"{folder}/nginx.conf", "-p", folder], stderr=subprocess.DEVNULL)
                try:
                    def ask(method, path, body=None, who="client"):
                        context = ssl.create_default_context(cafile=f"{folder}/server.pem")
                        if who:
                            context.load_cert_chain(f"{folder}/{who}.pem", f"{folder}/{who}.key")
                        c = http.client.HTTPSConnection("firpath.example", port, timeout=10, context=context)
                        c.sock = context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=10), server_hostname="firpath.example")
                        c.request(method, path, body=body, headers={"Content-Type": "application/xml"})
                        r = c.getresponse()
                        r.read()
                        c.close()
                        return r.status

                    end = time.monotonic() + 10
                    while True:
                        try:
                            socket.create_connection(("127.0.0.1", port), timeout=1).close()
                            break
                        except OSError:
                            self.assertLess(time.monotonic(), end)
                            time.sleep(0.02)
                    text = kit.sign(kit.response()).encode()
                    self.assertEqual(ask("POST", AT, text), 204)
                    self.assertEqual(ask("POST", AT, text, who=None), 400)  # nginx: no certificate was sent
                    self.assertEqual(ask("POST", AT, text, who="nobody"), 400)
                    self.assertEqual(ask("GET", AT), 403)
                    self.assertEqual(ask("GET", "/v1/limits"), 404)
                    self.assertEqual(ask("POST", AT, b" " * (MAX + 1)), 413)
                finally:
                    process.terminate()
                    process.wait(10)


class DccUsers(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="firpath-dcc-")
        self.kit = Kit(self.folder.name)
        self.conf = {"dcc_url": "http://127.0.0.1:1", "dcc_users": self.kit.users}

    def tearDown(self):
        self.folder.cleanup()

    def until(self, s, words):
        end = time.monotonic() + 10
        while words not in s.log() and time.monotonic() < end:
            time.sleep(0.02)
        self.assertIn(words, s.log())

    def test_a_reload_takes_a_good_file_and_keeps_the_old_users_when_it_is_bad(self):
        with Service(conf=self.conf) as s:
            self.kit.certificate("dcc", "89", DCC, 2000)
            self.assertEqual(s.post(AT, self.kit.sign(self.kit.response()).encode(), "application/xml").status, 400)
            s.process.send_signal(signal.SIGHUP)
            self.until(s, "event=reloaded")
            self.assertEqual(s.post(AT, self.kit.sign(self.kit.response(counter=2)).encode(), "application/xml").status, 204)
            with open(self.kit.users, "w", encoding="ascii") as f:
                f.write('{"dcc": {}, "users": []}')
            s.process.send_signal(signal.SIGHUP)
            self.until(s, "event=reload-refused")
            self.assertIn("users.json", s.log())
            self.assertEqual(s.post(AT, self.kit.sign(self.kit.response(counter=3)).encode(), "application/xml").status, 204)

    def test_a_user_speaks_for_its_organisation_while_both_are_there(self):
        def speaks(s):
            with sqlite3.connect(f"file:{s.db}?mode=ro", uri=True) as db:
                return db.execute("SELECT org_id FROM dcc_user WHERE speaks = 1").fetchall()

        def again(s, name):
            with open(self.kit.users, encoding="ascii") as f:
                users = json.load(f)
            users["users"][0]["organisation"] = name
            with open(self.kit.users, "w", encoding="ascii") as f:
                json.dump(users, f)
            seen = s.log().count("event=reloaded")
            s.process.send_signal(signal.SIGHUP)
            end = time.monotonic() + 10
            while s.log().count("event=reloaded") == seen and time.monotonic() < end:
                time.sleep(0.02)
            return speaks(s)

        with Service(conf=self.conf) as s:
            self.assertEqual(speaks(s), [(None,)])  # "" in the file: the operator's own
            self.assertEqual(again(s, "Example Energy"), [])
            self.assertIn("there is no organisation 'Example Energy'", s.log())
            r = s.post("/v1/organisations", {"name": "Example Energy", "kind": "supplier", "codes": []})
            self.assertEqual(r.status, 201, r)
            self.assertEqual(again(s, "Example Energy"), [(r.json()["id"],)])
            self.assertEqual(again(s, "Nobody"), [])
            self.assertEqual(again(s, "Example Energy"), [(r.json()["id"],)])

    def test_what_is_wrong_with_users_stops_the_start_and_is_named(self):
        with open(self.kit.users, encoding="ascii") as f:
            users = json.load(f)
        users["users"][0]["xml_key"] = "command.key"
        with open(self.kit.users, "w", encoding="ascii") as f:
            json.dump(users, f)
        with self.assertRaisesRegex(RuntimeError, r"(?s)users.json.*not the one of the certificate"):
            Service(conf=self.conf)

    def test_a_certificate_that_ends_soon_is_said_at_the_start(self):
        self.kit.certificate("xml", "87", USER, 3000, days=(-300, 59))
        with Service(conf=self.conf) as s:
            self.assertRegex(s.log(), r"event=dcc-users warning=\"the XML certificate of 90-B3-D5-1F-30-01-00-00 ends on")


if __name__ == "__main__":
    unittest.main()

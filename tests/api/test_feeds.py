#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The CPL from its publisher: a server of our own that answers well, badly, endlessly, or is somebody else."""

import base64
import glob
import hashlib
import http.server
import os
import re
import shutil
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.parse

from service import BUILD, SAMPLE, Service, cpl_csv, statements_csv

FAKETIME = (glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1") or ["libfaketime is not installed"])[0]


def openssl(*args, data=None):
    return subprocess.run(["openssl", *args], check=True, capture_output=True, input=data).stdout


class Publisher:
    """Serves /cpl.csv over TLS with a certificate of its own; `mode` says how it behaves."""

    def __init__(self, folder, name="good"):
        self.cert, self.key = os.path.join(folder, name + ".pem"), os.path.join(folder, name + ".key")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", self.key, "-out", self.cert)
        der = openssl("pkey", "-pubin", "-pubout", "-outform", "DER", data=openssl("x509", "-pubkey", "-noout", "-in", self.cert))
        self.pin = "sha256//" + base64.b64encode(hashlib.sha256(der).digest()).decode()
        self.body, self.mode, self.signature, self.asked, self.sent = cpl_csv(), "good", None, [], threading.Event()
        publisher = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def do_GET(self):
                publisher.asked.append((self.path, dict(self.headers)))
                try:
                    publisher.answer(self)
                except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
                    self.close_connection = True

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *args: None  # clients that do not trust us hang up
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        self.url = f"https://127.0.0.1:{self.port}/cpl.csv"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def answer(self, h):
        def head(status, length=None, **headers):
            h.send_response(status)
            for k, v in headers.items():
                h.send_header(k.replace("_", "-"), v)
            if length is not None:
                h.send_header("Content-Length", str(length))
            h.end_headers()

        if h.path.endswith(".sig"):
            if self.signature is None:
                return head(404, 0)
            head(200, len(self.signature))
            return h.wfile.write(self.signature)
        etag = '"' + hashlib.sha256(self.body).hexdigest()[:16] + '"'
        if self.mode == "redirect":
            return head(302, 0, Location=self.url + "x")
        if self.mode == "500":
            return head(500, 0)
        if self.mode == "truncated":
            head(200, len(self.body))
            h.wfile.write(self.body[:-100])
            h.close_connection = True
            return None
        if self.mode == "endless":
            head(200, None, Connection="close")
            h.close_connection = True
            while True:
                h.wfile.write(b"x" * 65536)
        if h.headers.get("If-None-Match") == etag:
            return head(304)
        head(200, len(self.body), ETag=etag)
        return h.wfile.write(self.body)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def rows(changed):
    return [r[:8] + (changed,) if r[0] == 3 else r for r in SAMPLE]


class Feeds(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="firpath-feeds-", dir=os.environ.get("TMPDIR", "/tmp"))
        cls.publisher = Publisher(cls.folder)

    @classmethod
    def tearDownClass(cls):
        cls.publisher.close()
        shutil.rmtree(cls.folder, ignore_errors=True)

    def setUp(self):
        self.publisher.mode, self.publisher.body, self.publisher.signature = "good", cpl_csv(), None
        self.publisher.asked.clear()

    def conf(self, **more):
        p = self.publisher
        return {"cpl_url": p.url, "cpl_ca": p.cert, "cpl_pin": p.pin, "fetch_allow": "127.0.0.0/8", "cpl_every": "1h",
                "write_burst": 1000, **more}

    def feed(self, s):
        feeds = s.get("/v1/feeds").json()["feeds"]
        return feeds[0] if feeds else None

    def now(self, s, status):
        r = s.post("/v1/imports/fetch?why=test")
        self.assertEqual(r.status, status, r)
        return r

    def test_the_clerk_fetches_it_and_asks_again_only_for_what_is_new(self):
        p = self.publisher
        with Service(conf=self.conf()) as s:
            s.wait_for(lambda: self.feed(s))
            self.assertEqual(self.feed(s)["result"], "applied")
            self.assertEqual(s.get("/v1/entries/1").status, 200)
            first = s.get("/v1/imports/1").json()
            self.assertEqual((first["who"], first["file"]["name"]), ("clerk", "cpl.csv"))
            self.now(s, 200)
            self.assertEqual(self.feed(s)["result"], "not-modified")
            self.assertIn("If-None-Match", p.asked[-1][1])
            p.body = cpl_csv(SAMPLE + [(10, *SAMPLE[1][1:7], "00040000", False)], "9.002", "22-09-2022")
            self.now(s, 201)
            self.assertEqual(s.get("/v1/entries/10").status, 200)
            self.assertEqual(self.feed(s)["visits"], {"applied": 2, "unchanged": 1, "held": 0, "failed": 0})
            text = s.health("/metrics").body.decode()
            self.assertIn('firpath_cpl_fetch_total{result="applied"} 2', text)
            self.assertRegex(text, r"firpath_cpl_age_seconds \d")
            # What stands was taken back: "as it was" would be a lie, so the whole list is asked for again.
            self.assertEqual(s.post("/v1/imports/2/undo?why=test").status, 200)
            self.now(s, 201)
            self.assertNotIn("If-None-Match", p.asked[-1][1])

    def test_t01_what_fails_a_gate_is_held_and_told_and_the_old_list_stays(self):
        p = self.publisher
        with Service(conf=self.conf()) as s:
            s.wait_for(lambda: self.feed(s))
            p.body = cpl_csv(rows(False), "9.002", "22-09-2022")
            self.now(s, 202)
            self.assertEqual(self.feed(s)["result"], "held")
            held = s.get("/v1/imports/2").json()
            self.assertEqual(held["state"], "held")
            self.assertEqual(s.get("/v1/entries/3").json()["hash"], s.get("/v1/entries/3").json()["hash"].upper())
            self.now(s, 202)  # the same list waits once
            self.assertEqual(len(s.get("/v1/imports").json()["imports"]), 2)
            self.assertEqual(s.post("/v1/imports/2/accept?why=checked").json()["state"], "accepted")

    def test_t01_nobody_but_the_publisher_is_believed(self):
        other = Publisher(self.folder, "other")
        try:
            cases = [
                ({"cpl_url": other.url}, "certificate of somebody else"),
                ({"cpl_url": other.url, "cpl_ca": other.cert}, "a good certificate, but another key than the pinned one"),
                ({"cpl_signature_key": self.key("sign")[0]}, "no signature"),
            ]
            for conf, what in cases:
                with self.subTest(what), Service(conf=self.conf(**conf)) as s:
                    s.wait_for(lambda s=s: self.feed(s))
                    self.assertTrue(self.feed(s)["failing"])
                    self.assertEqual(s.get("/v1/imports").json()["imports"], [])
                    self.assertEqual([a["action"] for a in s.get("/v1/audit").json()["rows"]], ["feed-fail"])
        finally:
            other.close()

    def key(self, name):
        private, public = os.path.join(self.folder, name + ".key.pem"), os.path.join(self.folder, name + ".pub.pem")
        if not os.path.exists(private):
            openssl("genpkey", "-algorithm", "ed25519", "-out", private)
            openssl("pkey", "-in", private, "-pubout", "-out", public)
        return public, private

    def test_t01_a_signed_list_is_taken_and_a_changed_one_is_not(self):
        public, private = self.key("sign")
        plain = os.path.join(self.folder, "list.csv")
        with open(plain, "wb") as f:
            f.write(self.publisher.body)
        self.publisher.signature = openssl("pkeyutl", "-sign", "-inkey", private, "-rawin", "-in", plain)
        with Service(conf=self.conf(cpl_signature_key=public)) as s:
            s.wait_for(lambda: self.feed(s))
            self.assertEqual(self.feed(s)["result"], "applied")
            self.assertEqual(self.publisher.asked[-1][0], "/cpl.csv.sig")
            self.publisher.body = cpl_csv(version="9.002", issued="22-09-2022")
            r = self.now(s, 422)
            self.assertEqual(r.json()["code"], "signature")
            self.publisher.signature = b"zz" * 64
            self.now(s, 422)
            self.assertEqual(self.feed(s)["failures"], 2)
            self.assertEqual(len(s.get("/v1/imports").json()["imports"]), 1)

    def test_bad_answers_change_nothing_are_told_once_and_end_when_it_is_well_again(self):
        p = self.publisher
        with Service(conf=self.conf(cpl_timeout="5s")) as s:
            s.wait_for(lambda: self.feed(s))
            before = s.get("/v1/entries?limit=500").json()["entries"]
            for mode, status in (("truncated", 502), ("redirect", 502), ("500", 502), ("endless", 413)):
                with self.subTest(mode):
                    p.mode = mode
                    self.now(s, status)
                    self.assertTrue(self.feed(s)["failing"])
            self.assertEqual(s.get("/v1/entries?limit=500").json()["entries"], before)
            self.assertEqual(self.feed(s)["failures"], 4)
            page = s.get("/data-health").body.decode()
            self.assertIn("could not be had since", page)
            p.mode = "good"
            self.now(s, 200)
            self.assertFalse(self.feed(s)["failing"])
            actions = [a["action"] for a in s.get("/v1/audit").json()["rows"]]
            self.assertEqual((actions.count("feed-fail"), actions.count("feed-recover")), (1, 1))
            self.assertIn('firpath_cpl_fetch_total{result="failed"} 4', s.health("/metrics").body.decode())

    def test_the_command_line_does_the_same_on_a_store_of_its_own(self):
        p = self.publisher
        db = os.path.join(self.folder, "own.db")

        def run(*args):
            return subprocess.run([os.path.join(BUILD, "firpath"), "import", "cpl", "--feed", "--db", db, "--url", p.url, "--ca",
                                   p.cert, "--pin", p.pin, "--allow", "127.0.0.0/8", *args], capture_output=True, text=True,
                                  env={**os.environ, "HOME": self.folder}, check=False)

        first, again = run("--json"), run()
        self.assertEqual((first.returncode, again.returncode), (0, 2), (first, again))
        self.assertIn('"state":"applied"', first.stdout.replace(" ", ""))
        self.assertIn("as it was", again.stdout)
        p.mode = "500"
        self.assertEqual(run().returncode, 1)
        self.assertEqual(run("FILE").returncode, 2)

    def test_t04_a_list_that_nobody_checked_is_told_after_36_hours_and_stops_campaigns_after_7_days(self):
        """The same store under a clock that is set ahead, as when the feed has frozen."""
        issued = time.strftime("%d-%m-%Y", time.gmtime())
        with Service() as s:
            self.assertEqual(s.import_cpl(cpl_csv(issued=issued)).status, 201)
            self.assertEqual(s.import_statements(statements_csv()).status, 201)
            s.put_images()
            s.post("/v1/devices", "name,adapter,identity,address\nd1,fake,1081:00A10102:00010000,at=1081:00A10102:00010000\n",
                   "text/csv")
            etags = set()
            for hours, stale, blocked in ((0, False, False), (35, False, False), (37, True, False), (192, True, True)):
                with self.subTest(hours=hours):
                    s.stop()
                    s.env = {**os.environ, "FAKETIME": f"+{hours}h", "LD_PRELOAD": FAKETIME}
                    s.start()
                    answer = s.get("/v1/path?from=1&to=4")
                    etags.add(answer.headers["ETag"])
                    self.assertEqual("cpl-stale" in answer.json()["warnings"], stale, answer)
                    bulk = s.post("/v1/path/bulk", "device,from,to\nd,1,4\n", "text/csv").body.decode()
                    self.assertEqual("cpl-stale" in bulk, stale, bulk)
                    self.assertEqual("degraded" in s.health().body.decode(), stale)
                    self.assertEqual("Stale" in s.get("/data-health").body.decode(), stale)
                    made = s.post("/v1/campaigns", {"name": f"c{hours}", "target": "000004", "members": {"filter": {}}})
                    self.assertEqual(made.status, 201, made)
                    started = s.post(f"/v1/campaigns/c{hours}/start")
                    self.assertEqual(started.status == 409 and started.json()["code"] == "cpl-stale", blocked, started)
            self.assertEqual(len(etags), 4)

    def test_t01_two_persons_review_a_held_list_on_its_page(self):
        with Service(conf={"write_burst": 1000}) as s:
            s.import_sample()
            s.people()
            everybody = {who: s.session(who) for who in ("editor", "approver")}

            def press(who, path, **fields):
                session = everybody[who]
                page = session.get(re.sub("/(accept|reject|undo)$", "", path)).body.decode()
                csrf = re.search(r'name="csrf" value="([^"]*)"', page)
                hidden = re.search(r'name="hash" value="([^"]*)"', page)
                body = {"csrf": csrf.group(1) if csrf else "", **({"hash": hidden.group(1)} if hidden else {}), **fields}
                return session.post(path, urllib.parse.urlencode(body), "application/x-www-form-urlencoded")

            def upload(who, name, data, why="from the publisher"):
                page = everybody[who].get("/imports").body.decode()
                csrf = re.search(r'name="csrf" value="([^"]*)"', page).group(1)
                body = b"".join(b'--b0undary\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n' % part for part in (
                    (b"csrf", b"", csrf.encode()), (b"why", b"", why.encode()),
                    (b"file", b'; filename="%s"\r\nContent-Type: text/csv' % name.encode(), data))) + b"--b0undary--\r\n"
                return everybody[who].post("/imports", body, "multipart/form-data; boundary=b0undary")

            self.assertEqual(s.as_role("supplier").get("/imports").status, 403)
            bad = upload("editor", "list.csv", b"not a list")
            self.assertEqual(bad.status, 400)
            self.assertIn("There is a problem", bad.body.decode())
            forged = cpl_csv(rows(False), "9.002", "22-09-2022")
            r = upload("editor", "list.csv", forged)
            self.assertEqual((r.status, r.headers["Location"]), (303, "/imports/3?done=imported"))
            page = everybody["editor"].get("/imports/3").body.decode()
            for text in ("Held by a gate", "Image hash", "Accept it as the first of two", "1 image hashes are changed"):
                self.assertIn(text, page)
            self.assertEqual(press("editor", "/imports/3/accept").status, 400)  # no reason
            self.assertEqual(press("editor", "/imports/3/accept", why="looks right").status, 303)
            again = press("editor", "/imports/3/accept", why="me again")
            self.assertEqual(again.status, 403)
            self.assertIn("yours already", again.body.decode())
            self.assertEqual(press("approver", "/imports/3/accept", why="called the maker", hash="A" * 64).status, 409)
            self.assertIn("Accept it as the second person", everybody["approver"].get("/imports/3").body.decode())
            self.assertEqual(press("approver", "/imports/3/accept", why="called the maker").status, 303)
            self.assertIn("Undo it as the first of two", everybody["approver"].get("/imports/3").body.decode())
            self.assertEqual(press("approver", "/imports/3/undo", why="wrong after all").status, 303)
            report = s.get("/v1/imports/3").json()["report_sha256"]
            r = s.as_role("approver2").post(f"/v1/imports/3/undo?why=so+it+is&hash={report}")
            self.assertEqual((r.status, r.json()["state"]), (200, "undone"))
            self.assertIn("Undone", everybody["approver"].get("/imports").body.decode())
            self.assertEqual(s.get("/v1/imports/3").json()["state"], "undone")
            self.assertEqual(upload("editor", "list.csv", forged).status, 303)
            self.assertEqual(press("approver", "/imports/4/reject", why="no").status, 303)
            self.assertEqual(s.get("/v1/imports/4").json()["state"], "rejected")
            # And over REST: accounts name the report, and cannot pass a gate alone.
            editor = s.as_role("editor")
            self.assertEqual(editor.post("/v1/imports?feed=cpl&accept=yes", forged, "text/csv").status, 403)

    def test_a_wrong_configuration_is_told_at_the_start(self):
        for conf in ({"cpl_url": "http://127.0.0.1/cpl.csv"}, {"cpl_signature_key": "/nowhere"}):
            with self.subTest(conf), self.assertRaises(RuntimeError) as got:
                Service(conf=self.conf(**conf)).close()
            self.assertTrue(re.search("cpl_url|cpl_signature_key", str(got.exception)), got.exception)


if __name__ == "__main__":
    unittest.main()

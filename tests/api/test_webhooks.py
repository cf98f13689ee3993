#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Webhooks, watch lists and the Atom feed, with real receivers that verify as doc/webhooks.md says."""

import base64
import hashlib
import hmac
import html
import http.server
import json
import os
import re
import subprocess
import threading
import time
import unittest
import xml.etree.ElementTree as ET
from urllib.parse import urlencode

from service import BUILD, ROOT, Service, cpl_csv, statements_csv

CHANGED = "org.firpath.catalogue.changed"
MORE = "entry,kind,bases,source,author,stated_on,confirmed_on,excerpt,reference\n%s,bases,%s,secas,Example,2024-01-01,,%s,\n"


def verify(secrets, headers, body, now=None, tolerance=300):
    """Standard Webhooks, written from its text: True when one signature is that of one of the secrets and it is fresh."""
    try:
        ident, stamp, signatures = (headers["webhook-" + n] for n in ("id", "timestamp", "signature"))
        if abs((time.time() if now is None else now) - int(stamp)) > tolerance:
            return False
    except (KeyError, TypeError, ValueError):
        return False
    for secret in secrets:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        want = base64.b64encode(hmac.new(key, f"{ident}.{stamp}.".encode() + body, hashlib.sha256).digest()).decode()
        for signature in signatures.split(" "):
            version, _, value = signature.partition(",")
            if version == "v1" and hmac.compare_digest(value, want):
                return True
    return False


class Receiver:
    """Keeps what comes; answers as `how` says: a status, or a function of the request's number."""

    def __init__(self, how=200, slow=0.0, port=0):
        self.got, self.how, self.slow, self.open = [], how, slow, threading.Event()
        self.open.set()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append(({k.lower(): v for k, v in self.headers.items()}, body, self.path))
                status = outer.how(len(outer.got)) if callable(outer.how) else outer.how
                outer.open.wait(20)
                time.sleep(outer.slow)
                try:
                    self.send_response(status)
                    for name, value in getattr(outer, "headers", {}).items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", "6")
                    self.end_headers()
                    self.wfile.write(b"noted\n")
                except OSError:
                    pass

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hook?token=CANARY-IN-URL"

    def events(self):
        return [json.loads(body) for _, body, _ in self.got]

    def types(self):
        return [e["type"] for e in self.events()]

    def close(self):
        self.open.set()
        self.server.shutdown()
        self.server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


def service(*receivers, start=True, **conf):
    return Service(start=start, conf={
        "fetch_allow": "127.0.0.0/8", "fetch_allow_http": " ".join(f"127.0.0.1:{r.port}" for r in receivers),
        "webhook_retry": "2s", "webhook_timeout": "5s", "clerk_lease": "500ms", "write_burst": "10000", **conf})


def add(s, receiver, **more):
    r = s.post("/v1/webhooks", {"url": receiver.url, **more})
    assert r.status == 201, r
    return r.json()


def state(s, entry, base, word):
    return s.import_statements((MORE % (entry, base, word)).encode())


class Webhooks(unittest.TestCase):
    def test_T31_signatures_hold_and_what_was_tampered_with_replayed_or_skewed_does_not(self):
        with Receiver() as to, service(to) as s:
            secret = add(s, to, types=[CHANGED])["secret"]
            self.assertEqual(s.import_cpl(cpl_csv()).status, 201)
            s.wait_for(lambda: to.got)
            headers, body, _ = to.got[0]
            now = time.time()
            self.assertTrue(verify([secret], headers, body))
            event = json.loads(body)
            self.assertEqual((event["specversion"], event["type"], event["subject"]), ("1.0", CHANGED, "revision/1"))
            self.assertEqual(event["id"], headers["webhook-id"])
            self.assertEqual(len(event["data"]["entries"]), 9)
            old = "whsec_" + base64.b64encode(b"x" * 32).decode()
            twelve = {
                "the body changed": ([secret], headers, body.replace(b"000001", b"000002", 1), now),
                "a byte more": ([secret], headers, body + b" ", now),
                "an empty body": ([secret], headers, b"", now),
                "another id": ([secret], {**headers, "webhook-id": "1-99"}, body, now),
                "another timestamp": ([secret], {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)},
                                      body, now),
                "no signature": ([secret], {k: v for k, v in headers.items() if k != "webhook-signature"}, body, now),
                "a signature of another version": ([secret], {**headers, "webhook-signature": headers["webhook-signature"]
                                                              .replace("v1,", "v2,")}, body, now),
                "a cut signature": ([secret], {**headers, "webhook-signature": headers["webhook-signature"][:-4]}, body, now),
                "another secret": ([old], headers, body, now),
                "replayed after six minutes": ([secret], headers, body, now + 360),
                "from the future": ([secret], headers, body, now - 360),
                "a timestamp that is none": ([secret], {**headers, "webhook-timestamp": "soon"}, body, now),
            }
            for name, (secrets, head, text, at) in twelve.items():
                with self.subTest(name):
                    self.assertFalse(verify(secrets, head, text, at))
            # Two live secrets during rotation: whoever knows either can verify.
            number = s.get("/v1/webhooks").json()["webhooks"][0]["id"]
            fresh = s.post(f"/v1/webhooks/{number}/rotate").json()["secret"]
            self.assertEqual(s.import_statements(statements_csv()).status, 201)
            s.wait_for(lambda: len(to.got) >= 2)
            headers, body, _ = to.got[1]
            self.assertEqual(len(headers["webhook-signature"].split(" ")), 2)
            self.assertTrue(verify([secret], headers, body) and verify([fresh], headers, body))
            self.assertFalse(verify([old], headers, body))

    def test_a_secret_is_told_once_and_never_again(self):
        with Receiver(how=500) as to, service(to) as s:
            hook = add(s, to, label="canary")
            second = s.post(f"/v1/webhooks/{hook['id']}/rotate").json()["secret"]
            s.post(f"/v1/webhooks/{hook['id']}/test")
            s.wait_for(lambda: to.got)
            said = [s.get(p).body.decode() for p in ("/v1/webhooks", f"/v1/webhooks/{hook['id']}", "/v1/audit?limit=500",
                                                     f"/v1/webhooks/{hook['id']}/deliveries", "/v1/webhooks/x")]
            said.append(s.log())
            for secret in (hook["secret"], second):
                self.assertNotIn(secret[6:20], "".join(said))
            self.assertNotIn("CANARY-IN-URL", said[2] + said[5])

    def test_a_failing_webhook_is_tried_eight_times_then_disabled_which_is_an_event(self):
        with Receiver(how=500) as bad, Receiver() as good, service(bad, good, webhook_retry="400ms") as s:
            number = add(s, bad, types=[CHANGED])["id"]
            add(s, good, types=["org.firpath.webhook.*"])
            s.import_cpl(cpl_csv())
            s.wait_for(lambda: s.get(f"/v1/webhooks/{number}").json()["state"] == "disabled")
            self.assertEqual(len(bad.got), 8)
            self.assertEqual(len({h["webhook-id"] for h, _, _ in bad.got}), 1)
            row = s.get(f"/v1/webhooks/{number}/deliveries").json()["deliveries"][0]
            self.assertEqual((row["state"], row["tries"], row["status"], row["detail"]), ("failed", 8, 500, "noted "))
            self.assertIn("webhook-disable", [r["action"] for r in s.get("/v1/audit?limit=500").json()["rows"]])
            # Back again: nothing is lost, what was missed is replayed.
            bad.how = 200
            r = s.get(f"/v1/webhooks/{number}")
            body = {k: r.json()[k] for k in ("label", "url", "types", "watch_only")}
            path = f"/v1/webhooks/{number}"
            self.assertEqual(s.put(path, json.dumps(body), "application/json").status, 428)
            self.assertEqual(s.put(path, json.dumps(body), "application/json", {"If-Match": '"w9-9"'}).status, 412)
            self.assertEqual(s.post(f"{path}/replay", {"since": "2020-01-01"}).status, 409)
            self.assertEqual(s.put(path, json.dumps(body), "application/json", {"If-Match": r.headers["ETag"]}).status, 200)
            self.assertEqual(s.post(f"{path}/replay", {"since": "2020-01-01"}).json(), {"deliveries": 1})
            s.wait_for(lambda: len(bad.got) == 9)
            self.assertEqual(s.post(f"{path}/deliveries/{row['id']}/replay").status, 202)
            s.wait_for(lambda: len(bad.got) == 10)
            self.assertEqual(len({h["webhook-id"] for h, _, _ in bad.got}), 1)
            s.wait_for(lambda: "org.firpath.webhook.changed" in good.types())

    def test_410_disables_at_once_and_retry_after_is_heard(self):
        with Receiver(how=410) as gone, Receiver(how=lambda n: 429 if n == 1 else 200) as busy, service(gone, busy) as s:
            number = add(s, gone, types=[CHANGED])["id"]
            busy.headers = {"Retry-After": "1"}
            add(s, busy, types=[CHANGED])
            began = time.monotonic()
            s.import_cpl(cpl_csv())
            s.wait_for(lambda: s.get(f"/v1/webhooks/{number}").json()["state"] == "disabled")
            self.assertEqual(len(gone.got), 1)
            s.wait_for(lambda: len(busy.got) == 2)
            self.assertGreaterEqual(time.monotonic() - began, 0.9)

    def test_a_slow_webhook_holds_up_nobody(self):
        with Receiver() as slow, Receiver() as quick, service(slow, quick) as s:
            slow.open.clear()
            add(s, slow)
            add(s, quick, types=[CHANGED])
            s.import_cpl(cpl_csv())
            began = time.monotonic()
            for i in range(6):
                self.assertEqual(state(s, "000002", "000001", f"word {i}").status, 201)
            s.wait_for(lambda: len(quick.got) == 7)
            self.assertLess(time.monotonic() - began, 4)
            self.assertLessEqual(len(slow.got), 2)
            slow.open.set()
            s.wait_for(lambda: len({h["webhook-id"] for h, _, _ in slow.got}) >= 7)

    def test_kill_9_in_the_middle_loses_no_event(self):
        with Receiver(slow=0.03) as to, service(to) as s:
            add(s, to, types=[CHANGED])
            s.import_cpl(cpl_csv())
            for i in range(9):
                self.assertEqual(state(s, "000002", "000001", f"word {i}").status, 201)
                if i % 3 == 2:
                    s.kill()
                    s.start()
            s.wait_for(lambda: {e["data"]["revision"] for e in to.events()} == set(range(1, 11)))
            ids = {}
            for e in to.events():
                self.assertEqual(ids.setdefault(e["data"]["revision"], e), e)  # the same again, if at all
            s.wait_for(lambda: not s.get("/v1/webhooks/1/deliveries?state=due").json()["deliveries"])

    def test_T30_a_webhook_tells_nobody_where_the_names_of_this_network_are(self):
        with Service() as s:
            s.people()
            supplier = s.as_role("supplier")
            hook = supplier.post("/v1/webhooks", {"url": "https://localhost:9/"}).json()["id"]
            self.assertEqual(supplier.post(f"/v1/webhooks/{hook}/test").status, 202)
            deliveries = f"/v1/webhooks/{hook}/deliveries"
            s.wait_for(lambda: supplier.get(deliveries).json()["deliveries"][0]["detail"])
            detail = supplier.get(deliveries).json()["deliveries"][0]["detail"]
            self.assertEqual(detail, "the host is at an address that is not asked")

    def test_T30_addresses_that_must_not_be_asked_are_refused_when_they_are_given(self):
        with Service() as s:
            for url in ("http://example.com/", "https://127.0.0.1/", "https://[::1]/", "https://10.0.0.1/x", "https://169.254.169.254/",
                        "ftp://example.com/", "file:///etc/passwd", "gopher://x/", "https://user@example.com/", "https://2130706433/",
                        "https://0x7f.1/", "https://[::ffff:10.0.0.1]/", "https://[64:ff9b::7f00:1]/", "", "x", "https://"):
                r = s.post("/v1/webhooks", {"url": url})
                self.assertIn((r.status, r.json()["code"]), [(422, "address-refused"), (400, "invalid-input")], (url, r))
            self.assertEqual(s.get("/v1/webhooks").json(), {"webhooks": []})
            self.assertEqual(s.post("/v1/webhooks", {"url": "https://example.com/", "types": ["org.firpath.nothing"]}).status, 400)
            r = s.post("/v1/webhooks", {"url": "https://example.com/", "types": CHANGED})
            self.assertEqual((r.status, r.json()["errors"][0]["pointer"]), (400, "/types"))
            self.assertIn("array", r.json()["detail"])
            self.assertEqual(s.post("/v1/webhooks", {"url": "https://example.com/", "secret": "mine"}).status, 400)

    def test_T32_other_organisations_see_nothing_of_a_webhook(self):
        with Receiver() as to, service(to) as s:
            s.people()
            mine, other = s.as_role("supplier"), s.as_role("manufacturer")
            r = mine.post("/v1/webhooks", {"url": to.url, "label": "CANARY-LABEL"})
            self.assertEqual(r.status, 201, r)
            path = r.headers["Location"]
            self.assertEqual(s.get("/v1/webhooks").status, 401)
            self.assertEqual(other.get("/v1/webhooks").json(), {"webhooks": []})
            absent = other.get("/v1/webhooks/999999")
            for method, tail in (("GET", ""), ("DELETE", ""), ("POST", "/test"), ("POST", "/rotate"), ("GET", "/deliveries"),
                                 ("POST", "/deliveries/1/replay")):
                r = other.request(method, path + tail)
                self.assertEqual(r.status, 404, (method, tail, r))
                self.assertEqual({k: v for k, v in r.json().items() if k not in ("trace", "detail")},
                                 {k: v for k, v in absent.json().items() if k not in ("trace", "detail")})
            self.assertEqual(other.put(path, json.dumps({"url": to.url}), "application/json", {"If-Match": "*"}).status, 404)
            self.assertEqual(mine.post(path + "/test").status, 202)
            s.wait_for(lambda: to.got)
            self.assertEqual(s.as_role("auditor").get(path).status, 200)
            self.assertEqual(s.as_role("auditor").post(path + "/test").status, 403)
            self.assertEqual(mine.request("DELETE", path).status, 204)
            self.assertEqual(mine.get(path).status, 404)


class CommandLine(unittest.TestCase):
    """Everything over the command line, text and --json."""

    def test_webhooks_and_watch_lists_by_command(self):
        with Receiver() as to, service(to) as s:
            s.import_sample()

            def run(*args, want=0):
                r = subprocess.run([os.path.join(BUILD, "firpath"), *args], capture_output=True, text=True,
                                   env={**os.environ, "FIRPATH_SERVER": s.url}, timeout=30)
                self.assertEqual(r.returncode, want, (args, r.stdout, r.stderr))
                return r.stdout

            made = json.loads(run("webhook", "add", to.url, "--types", CHANGED + ",org.firpath.webhook.*", "--label", "by hand", "--json"))
            number = str(made["id"])
            self.assertRegex(run("webhook", "add", to.url), r"secret +whsec_\S{44}\n")
            self.assertRegex(run("webhook", "list"), r"(?m)^2 +active +0 +- +127")
            self.assertIn("taken.", run("webhook", "test", number))
            self.assertTrue(verify([made["secret"]], *to.got[0][:2]))
            to.how = 500
            self.assertIn("500", run("webhook", "test", number, want=1))
            to.how = 200
            fresh = json.loads(run("webhook", "rotate", number, "--json"))["secret"]
            self.assertIn("paused", run("webhook", "change", number, "--state", "paused"))
            run("webhook", "test", number, want=1)
            self.assertIn("active", run("webhook", "change", number, "--state", "active", "--watch-only", "no"))
            run("webhook", "change", number, "--watch-only", "maybe", want=2)
            self.assertRegex(run("webhook", "replay", number, "--since", "2020-01-01"), r"\d+ deliveries are due now")
            s.wait_for(lambda: {e["data"].get("revision") for e in to.events()} >= {1, 2})
            headers, body, _ = [g for g in to.got if b'"revision":2' in g[1]][0]
            self.assertTrue(verify([fresh], headers, body) and verify([made["secret"]], headers, body))
            log = json.loads(run("webhook", "show", number, "--json"))["deliveries"]
            before = len(to.got)
            run("webhook", "replay", number, "--delivery", str(log[-1]["id"]))
            s.wait_for(lambda: len(to.got) > before)
            run("webhook", "replay", number, want=2)
            run("webhook", "remove", "2")
            run("webhook", "show", "2", want=3)
            run("watch", "add", "model", "1081:00A10102")
            run("watch", "add", "catalogue")
            run("watch", "add", "entry", "424242", want=3)
            self.assertRegex(run("watch", "list"), r"(?s)model +1081:00A10102.*2 of the changes touch them since revision 0")
            run("watch", "seen")
            watch = json.loads(run("watch", "list", "--json"))
            self.assertEqual((watch["news"], watch["seen"]["revision"]), ([], 2))
            run("watch", "remove", str(watch["watch"][0]["id"]))
            self.assertEqual(len(json.loads(run("watch", "list", "--json"))["watch"]), 1)


class Watching(unittest.TestCase):
    def test_a_list_tells_what_changed_of_it_and_webhooks_can_keep_to_it(self):
        with Receiver() as to, service(to) as s:
            s.import_sample()
            for body, status in (({"kind": "entry", "subject": "2"}, 201), ({"kind": "entry", "subject": "cpl:000002"}, 201),
                                 ({"kind": "model", "subject": "1082:00b10100"}, 201), ({"kind": "manufacturer", "subject": "FFFF"}, 404),
                                 ({"kind": "manufacturer", "subject": "108"}, 400), ({"kind": "entry", "subject": "999999"}, 404),
                                 ({"kind": "entry", "subject": "1082:00B10100:00000001"}, 400), ({"kind": "everything"}, 400),
                                 ({"kind": "catalogue", "subject": "x"}, 400)):
                self.assertEqual(s.post("/v1/watch", body).status, status, body)
            watch = s.get("/v1/watch").json()
            self.assertEqual([(w["kind"], w["subject"]) for w in watch["watch"]], [("entry", "cpl:000002"), ("model", "1082:00B10100")])
            self.assertEqual([n["revision"] for n in watch["news"]], [2, 1])
            self.assertEqual(s.post("/v1/watch/seen", {"revision": 2}).status, 200)
            self.assertEqual(s.post("/v1/watch/seen", {"revision": 3}).status, 400)
            add(s, to, watch_only=True)
            self.assertEqual(state(s, "000004", "000002", "not watched").status, 201)
            self.assertEqual(state(s, "000002", "000001", "watched").status, 201)
            self.assertEqual(state(s, "000009", "000007", "watched by model").status, 201)
            s.wait_for(lambda: len(to.got) >= 2)
            time.sleep(0.3)
            self.assertEqual(sorted(e["data"]["revision"] for e in to.events()), [4, 5])
            watch = s.get("/v1/watch").json()
            self.assertEqual([n["revision"] for n in watch["news"]], [5, 4])
            self.assertEqual(watch["news"][1]["statements"][0]["entry"], "000002")
            self.assertEqual(s.request("DELETE", f"/v1/watch/{watch['watch'][0]['id']}").status, 204)
            self.assertEqual(s.request("DELETE", f"/v1/watch/{watch['watch'][0]['id']}").status, 404)


class Pages(unittest.TestCase):
    def page(self, r, status, title):
        text = r.body.decode()
        self.assertEqual(r.status, status, text[:3000])
        self.assertIn(f"<title>{title} – firpath</title>", text)
        self.assertEqual(text.count("<h1"), 1)
        self.assertNotIn("{{", text)
        return text

    def form(self, s, path, **fields):
        return s.post(path, urlencode(fields, doseq=True), "application/x-www-form-urlencoded", headers={"Origin": s.url})

    def test_a_webhook_from_its_first_page_to_its_removal(self):
        with Receiver() as to, service(to) as s:
            s.import_sample()
            self.assertIn("There is none yet", self.page(s.get("/webhooks"), 200, "Webhooks"))
            self.page(s.get("/webhooks/new"), 200, "Add a webhook")
            for url, why in (("", "Write the address"), ("http://example.com/", "Only https"), ("https://10.0.0.1/", "private")):
                text = self.page(self.form(s, "/webhooks/new", url=url, step="check"), 400, "Error: Add a webhook")
                self.assertIn("There is a problem", text)
                self.assertIn(why, text)
            self.assertEqual(self.form(s, "/webhooks/new", url=to.url, types="no.such.type", step="check").status, 400)
            given = {"url": to.url, "label": "<mine> & yours", "types": [CHANGED, "org.firpath.webhook.changed"]}
            text = self.page(self.form(s, "/webhooks/new", step="check", **given), 200, "Check your answers")
            self.assertIn("&lt;mine&gt; &amp; yours", text)
            self.assertEqual(text.count('name="types"'), 2)
            self.page(self.form(s, "/webhooks/new", step="back", **given), 200, "Add a webhook")
            self.assertEqual(s.get("/v1/webhooks").json()["webhooks"], [])
            r = self.form(s, "/webhooks/new", step="make", **given)
            self.assertEqual(r.headers["Cache-Control"], "no-store")
            secret = re.search(r"whsec_[A-Za-z0-9+/=]{44}", self.page(r, 200, "The webhook is made").replace("&#x2b;", "+")
                               .replace("&#43;", "+")).group()
            hook = s.get("/v1/webhooks").json()["webhooks"][0]
            self.assertEqual((hook["label"], hook["types"]), (given["label"], given["types"]))
            path = f"/webhooks/{hook['id']}"
            self.assertIn("Nothing was sent yet", self.page(s.get(path), 200, "Webhook"))

            def press(**fields):
                r = self.form(s, path, **fields)
                self.assertEqual(r.status, 303, r)
                return self.page(s.get(r.headers["Location"]), 200, "Webhook")

            self.assertIn("on its way", press(do="test"))
            s.wait_for(lambda: to.got)
            self.assertTrue(verify([secret], *to.got[0][:2]))
            s.wait_for(lambda: "Taken" in self.page(s.get(path), 200, "Webhook"))
            self.assertIn("Paused", press(do="pause"))
            self.assertEqual(self.form(s, path, do="test").status, 409)
            self.assertIn("Active", press(do="activate"))
            delivery = s.get("/v1" + path + "/deliveries").json()["deliveries"][0]["id"]
            press(do="replay", delivery=delivery)
            s.wait_for(lambda: len(to.got) >= 2)
            self.assertIn("Write a date", self.page(self.form(s, path, do="replay", since="yesterday"), 400, "Error: Webhook"))
            press(do="replay", since="2020-01-01")
            s.wait_for(lambda: CHANGED in to.types())
            self.page(s.get(path + "?state=failed"), 200, "Webhook")
            self.assertEqual(s.get(path + "?state=odd").status, 400)
            self.assertEqual(self.form(s, path, do="dance").status, 400)
            fresh = self.page(self.form(s, path, do="rotate"), 200, "The new secret")
            self.assertNotIn(secret, fresh)
            self.page(self.form(s, path, do="remove"), 200, "Remove this webhook?")
            self.assertEqual(s.get(path).status, 200)
            self.assertEqual(self.form(s, path, do="remove-yes").status, 303)
            self.assertEqual(s.get(path).status, 404)
            # A form of another site's page (T24).
            r = s.post("/webhooks/new", urlencode({"url": to.url, "step": "make"}), "application/x-www-form-urlencoded",
                       headers={"Origin": "https://evil.example"})
            self.assertEqual(r.status, 403)

    def test_watching_from_its_first_page_to_what_changed(self):
        with Service() as s:
            s.import_sample()
            self.assertIn("You follow nothing yet", self.page(s.get("/watching"), 200, "Watching"))
            for fields, why in (({"kind": "entry"}, "Write which one"), ({"kind": "entry", "subject": "424242"}, "424242"),
                                ({"kind": "manufacturer", "subject": "zz"}, "4 hex digits"), ({"subject": "1"}, "Choose what")):
                self.assertIn(why, self.page(self.form(s, "/watching", do="follow", **fields), 400, "Error: Watching"))
            for fields in ({"kind": "entry", "subject": "2"}, {"kind": "model", "subject": "1082:00B10100"}, {"kind": "catalogue"},
                           {"kind": "manufacturer", "subject": "1081"}):
                self.assertEqual(self.form(s, "/watching", do="follow", **fields).status, 303)
            text = self.page(s.get("/watching"), 200, "Watching")
            self.assertIn("since you looked: 2", text)
            for href in re.findall(r'href="(/(?:entries|models)[^"]*)"', text):
                self.assertEqual(s.get(html.unescape(href)).status, 200, href)
            self.assertEqual(self.form(s, "/watching", do="seen", id="2").status, 303)
            self.assertIn("Nothing that you follow has changed", self.page(s.get("/watching"), 200, "Watching"))
            watch = s.get("/v1/watch").json()["watch"]
            self.assertEqual(self.form(s, "/watching", do="remove", id=watch[0]["id"]).status, 303)
            self.assertEqual(len(s.get("/v1/watch").json()["watch"]), 3)


class Catalogue(unittest.TestCase):
    def test_the_types_of_events_are_the_ones_that_the_document_lists(self):
        with open(os.path.join(ROOT, "doc/events.md"), encoding="utf-8") as f:
            rows = re.findall(r"(?m)^\| `(org\.firpath\.[a-z.]+)` \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$", f.read())
        with Service() as s:
            events = s.get("/v1/events").json()["events"]
        self.assertEqual([(e["type"], e["what"], ", ".join(f"`{a}`" for a in e["actions"])) for e in events],
                         [(kind, what, actions) for kind, _, what, actions in rows])
        for e, (_, who, _, _) in zip(events, rows):
            self.assertEqual(who.split("; ")[-1].replace(", ", " "), "everybody" if e["sight"] == "public" else e["roles"])
            self.assertEqual(who.startswith("its organisation"), e["sight"] == "organisation")


ATOM = "{http://www.w3.org/2005/Atom}"


class Feed(unittest.TestCase):
    def test_the_feed_is_atom_and_tells_of_one_model_when_asked(self):
        with Service() as s:
            empty = ET.fromstring(s.get("/v1/changes.atom").body)
            self.assertEqual(empty.findall(ATOM + "entry"), [])
            s.import_sample()
            state(s, "000009", "000007", "<&> ]]>")
            s.request("POST", "/v1/imports?feed=statements&why=%3Cb%3E%26%22", (MORE % ("000002", "000001", "x")).encode(),
                      {"Content-Type": "text/csv"})
            r = s.get("/v1/changes.atom")
            self.assertEqual(r.headers["Content-Type"], "application/atom+xml; charset=utf-8")
            self.assertEqual(s.get("/v1/changes.atom", {"If-None-Match": r.headers["ETag"]}).status, 304)
            feed = ET.fromstring(r.body)
            self.assertEqual(feed.tag, ATOM + "feed")
            for name in ("id", "title", "updated", "author", "link"):
                self.assertEqual(len(feed.findall(ATOM + name)), 1, name)
            entries = feed.findall(ATOM + "entry")
            self.assertEqual(len(entries), 4)
            for e in entries:
                for name in ("id", "title", "updated", "link", "content"):
                    self.assertEqual(len(e.findall(ATOM + name)), 1, name)
                self.assertRegex(e.find(ATOM + "id").text, r"^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
                self.assertRegex(e.find(ATOM + "updated").text, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
            self.assertEqual(len({e.find(ATOM + "id").text for e in entries}), 4)
            self.assertIn('<b>&"', entries[0].find(ATOM + "content").text)
            self.assertIn("000002 stated", entries[0].find(ATOM + "content").text)
            self.assertEqual(len(s.get(entries[0].find(ATOM + "link").get("href")).json()["changes"]), 1)
            of = [e.find(ATOM + "title").text for e in ET.fromstring(s.get("/v1/changes.atom?model=1082:00B10100").body)
                  .findall(ATOM + "entry")]
            self.assertEqual([t.split(":")[0] for t in of], ["Revision 3", "Revision 2", "Revision 1"])
            self.assertEqual(s.get("/v1/changes.atom?model=none").status, 404)


if __name__ == "__main__":
    unittest.main()

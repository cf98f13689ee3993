#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The register of the Security Sub-Committee: who may look, that every look is kept, and that nothing of it is ever seen by
anybody else, on any route there is (T32, T47)."""

import json
import os
import re
import subprocess
import time
import unittest
from urllib.parse import quote, urlencode

from service import BUILD, ORGANISATIONS, SAMPLE, Service

CANARIES = ("CANARYCHIP", "CANARYSTACK", "CANARYNOTE")
FORM = "application/x-www-form-urlencoded"
OURS = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
RECORD = {"band": "dual", "chipset_vendor": "CANARYCHIP Ltd", "stack_version": "CANARYSTACK 7.1"}
SECRETS = re.compile("|".join(CANARIES), re.I)


def routes():
    text = subprocess.run([os.path.join(BUILD, "firpathd"), "--routes"], check=True, capture_output=True, text=True).stdout
    return [line.split("\t") for line in text.splitlines()]


def said(r):
    """The main part of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", r.body.decode().partition("<main")[2]))[:600]


class Register(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = Service(start=False, conf={"write_burst": 100000})
        cls.s.conf["restricted_db"] = os.path.join(cls.s.folder, "restricted.db")
        cls.s.start()
        cls.s.import_sample()
        cls.s.people()
        cls.ssc = cls.s.as_role("ssc")
        r = cls.ssc.put("/v1/restricted/entries/1?why=first+entry", RECORD, headers={"If-Match": '"radio-000001-0"'})
        assert r.status == 200, r
        r = cls.ssc.post("/v1/restricted/entries/1/notes?why=vendor+notice",
                         {"text": "CANARYNOTE until it is public", "release_at": "2090-01-01T00:00:00Z"})
        assert r.status == 201, r

    @classmethod
    def tearDownClass(cls):
        cls.s.close()

    def test_the_risk_desk_shows_notes_under_embargo_to_the_ssc_only_and_what_blocks_keep(self):
        page = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
        devices = "name,adapter,identity,entry\nm-1,fake,,000007\nm-2,fake,,000007\n"
        r = self.s.as_role("operator").post("/v1/devices?why=test", devices, "text/csv", {"Idempotency-Key": "risk"})
        self.assertEqual(r.status, 200, r)
        r = self.ssc.post("/v1/blocks", {"entry": "9", "bases": ["7"], "name": "EX-RISK", "message": "No.", "reason": "Seen."})
        self.assertEqual(r.status, 201, r)
        r = self.ssc.get("/risk", page)
        self.assertEqual(r.status, 200, said(r))
        text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", r.body.decode()))
        self.assertIn("CANARYNOTE until it is public", text)
        self.assertRegex(text, r"EX-RISK .*? 000009 000007 2 ")
        for who in ("editor", "approver", "auditor"):
            r = self.s.as_role(who).get("/risk", page)
            self.assertEqual(r.status, 200)
            self.assertNotIn("CANARYNOTE", r.body.decode(), who)
            self.assertNotIn("Notes under embargo", r.body.decode(), who)
        self.assertIn("risk desk", self.ssc.get("/v1/restricted/log").body.decode())

    def owner(self):
        """Somebody of a manufacturer."""
        return self.s.as_role("manufacturer")

    def test_the_ssc_reads_writes_searches_and_exports_with_a_reason(self):
        ssc = self.ssc
        self.assertEqual(ssc.get("/v1/restricted/entries/1").status, 400)  # no reason
        got = ssc.get("/v1/restricted/entries/000001?why=incident+7").json()
        self.assertEqual({k: got[k] for k in RECORD}, RECORD)
        self.assertEqual((got["manufacturer"], got["changes"]), ("1081", 1))
        self.assertIn(got, ssc.get("/v1/restricted/entries?q=canarychip&why=incident+7").json()["entries"])
        self.assertEqual(ssc.get("/v1/restricted/entries?q=nobody&why=incident+7").json()["entries"], [])
        self.assertEqual(ssc.get("/v1/restricted/entries?band=sub-ghz&why=incident+7").json()["entries"], [])
        r = ssc.get("/v1/restricted/export?why=incident+7")
        self.assertIn("attachment", r.headers["Content-Disposition"])
        self.assertIn("000001,1081,dual,CANARYCHIP Ltd,CANARYSTACK 7.1", r.body.decode())
        none = ssc.get("/v1/restricted/entries/2?why=incident+7")
        self.assertEqual((none.json()["band"], none.json()["changes"]), (None, 0))

    def test_a_change_names_what_it_replaces(self):
        ssc = self.ssc
        path = "/v1/restricted/entries/3?why=form+from+the+maker"
        self.assertEqual(ssc.put(path, RECORD).status, 428)
        self.assertEqual(ssc.put(path, RECORD, headers={"If-Match": '"radio-000003-1"'}).status, 412)
        self.assertEqual(ssc.put(path, {**RECORD, "band": "pink"}, headers={"If-Match": '"radio-000003-0"'}).status, 400)
        self.assertEqual(ssc.put(path, {**RECORD, "extra": 1}, headers={"If-Match": '"radio-000003-0"'}).status, 400)
        r = ssc.put(path, {"band": "2.4-ghz"}, headers={"If-Match": '"radio-000003-0"'})
        self.assertEqual((r.status, r.headers["ETag"]), (200, '"radio-000003-1"'))

    def test_the_owner_sees_its_own_entries_one_at_a_time_and_no_other(self):
        codes = next(codes for name, kind, codes in ORGANISATIONS if kind == "manufacturer")
        for r in SAMPLE:
            status = self.owner().get(f"/v1/restricted/entries/{r[0]}").status
            self.assertEqual(status, 200 if r[3] in codes else 404, (r, codes))
        own = [r[0] for r in SAMPLE if r[3] in codes][-1]
        other = next(r[0] for r in SAMPLE if r[3] not in codes)
        self.assertEqual(self.owner().put(f"/v1/restricted/entries/{own}", RECORD, headers={"If-Match": "*"}).status, 200)
        absent, foreign = (self.owner().get(f"/v1/restricted/entries/{i:06d}") for i in (999999, other))
        self.assertEqual((absent.status, foreign.status), (404, 404))
        
        def words(r, number):
            return re.sub(rb'"trace":"\w+"', b"", r.body).replace(b"%06d" % number, b"")

        self.assertEqual(words(absent, 999999), words(foreign, other))
        self.assertEqual(self.owner().put(f"/v1/restricted/entries/{other:06d}", RECORD, headers={"If-Match": "*"}).status, 404)
        self.assertEqual(self.owner().get("/v1/restricted/entries?why=all").status, 403)

    def test_every_look_is_in_the_registers_own_chain(self):
        before = self.ssc.get("/v1/restricted/log").json()["rows"][0]["seq"]
        self.ssc.get("/v1/restricted/entries/1?why=looking")
        rows = self.ssc.get("/v1/restricted/log").json()["rows"]
        self.assertEqual((rows[0]["seq"], rows[0]["action"], rows[0]["subject"], rows[0]["why"]),
                         (before + 1, "radio-read", "entry/000001", "looking"))
        mine = self.ssc.get("/v1/restricted/log?mine=yes").json()["rows"]
        self.assertEqual({r["who"] for r in mine}, {rows[0]["who"]})
        v = self.ssc.get("/v1/restricted/verify").json()
        self.assertEqual((v["whole"], v["rows"]), (True, rows[0]["seq"]))
        everybody = self.s.as_role("auditor").get("/v1/audit?limit=500").body.decode()
        self.assertNotIn("radio-", everybody)

    def test_t47_a_note_under_embargo_is_for_the_ssc_and_approvers_and_public_after_it(self):
        for who, status in (("ssc", 200), ("approver", 200), ("editor", 403), ("auditor", 403), ("operator", 403),
                            ("supplier", 403), ("public", 401)):
            r = self.s.as_role(who).get("/v1/restricted/notes?why=reading")
            self.assertEqual(r.status, status, (who, r))
            if status == 200:
                self.assertTrue(r.json()["notes"][-1]["embargoed"])
        public = self.s.as_role("public")
        self.assertEqual(public.get("/v1/entries/1/notes").json()["notes"], [])
        soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600))
        r = self.ssc.post("/v1/restricted/entries/2/notes?why=release", {"text": "Now everybody may know.", "release_at": soon})
        self.assertEqual(r.status, 201)
        self.assertEqual(public.get("/v1/entries/2/notes").json()["notes"][0]["text"], "Now everybody may know.")
        self.assertEqual(self.ssc.request("DELETE", f"/v1/restricted/notes/{r.json()['note']}?why=mistake").status, 204)
        self.assertEqual(public.get("/v1/entries/2/notes").json()["notes"], [])

    def test_t32_nothing_of_the_register_is_seen_by_anybody_else_on_any_route(self):
        """Every GET route with the entry filled in and with the values themselves as search words, as every role."""
        names = {"/v1/models/{}": "1081:00A10102", "/models/{}": "1081:00A10102", "/v1/devices/{}": "d1", "/v1/users/{}": "ssc"}
        seen = 0
        for method, pattern, roles, _flags, query, *_ in routes():
            if method != "GET" or pattern.endswith("/events") or pattern.startswith("/bbum"):
                continue
            if "restricted" in pattern and set(roles.split()) <= {"ssc"}:
                continue  # who gets there is the matter of the role table, see test_roles.py
            value = next((v for k, v in names.items() if pattern.startswith(k)), "1")
            path = pattern.replace("{}", value)
            asks = [path]
            for word in ("q", "search", "text"):
                if word in query.split():
                    asks += [f"{path}?{word}={quote(c)}" for c in CANARIES]
            for who in ("public", "supplier", "editor", "auditor", "operator", "approver", "manufacturer"):
                if "restricted" in pattern and who in ("approver", "manufacturer"):
                    continue  # notes for approvers, own entries for manufacturers: their own tests
                if pattern == "/ssc/{}" and who == "manufacturer":
                    path, asks = "/ssc/9", ["/ssc/9"]  # its own one is another test's; this is somebody else's
                for ask in asks:
                    r = self.s.as_role(who).get(ask)
                    head = " ".join(f"{k}: {v}" for k, v in r.headers.items())
                    text = r.body.decode("utf-8", "replace")
                    if "=" in ask:  # what was asked may be said back, in any of its spellings
                        word = ask.split("=")[1]
                        text, head = re.sub(word, "", text, flags=re.I), re.sub(word, "", head, flags=re.I)
                    self.assertIsNone(SECRETS.search(text + head), (who, ask, r.status))
                    if pattern.startswith("/ssc") and (who != "manufacturer" or pattern == "/ssc/{}"):
                        self.assertIn(r.status, (401, 403, 404), (who, ask))
                    seen += 1
        self.assertGreater(seen, 200)
        self.assertIsNone(SECRETS.search(self.s.log()))
        with open(self.s.db, "rb") as f:
            self.assertIsNone(SECRETS.search(f.read().decode("latin-1")))

    def test_lists_of_the_register_come_in_pages_that_the_body_names_too(self):
        for i in (6, 7, 8):
            r = self.ssc.put(f"/v1/restricted/entries/{i}?why=paging", {"stack_version": "PAGED"}, headers={"If-Match": "*"})
            self.assertEqual(r.status, 200, r)
        found, cursor = [], ""
        while cursor is not None:
            page = self.ssc.get(f"/v1/restricted/entries?q=paged&why=paging&limit=2{cursor and '&cursor=' + cursor}").json()
            self.assertLessEqual(len(page["entries"]), 2)
            found += [x["entry"] for x in page["entries"]]
            cursor = page["next"]
        self.assertEqual(found, ["000006", "000007", "000008"])
        rows = self.ssc.get("/v1/restricted/log?limit=1").json()
        self.assertEqual(self.ssc.get(f"/v1/restricted/log?limit=1&cursor={rows['next']}").json()["rows"][0]["seq"], rows["rows"][0]["seq"] - 1)

    # Pages

    def page(self, who, path, status=200):
        r = self.s.as_role(who).get(path, headers=OURS)
        self.assertEqual(r.status, status, (who, path, said(r)))
        return r.body.decode()

    def form(self, who, path, fields, status=200):
        r = self.s.as_role(who).post(path, urlencode({**fields, "csrf": ""}), FORM, OURS)
        self.assertEqual(r.status, status, (who, path, fields, said(r)))
        return r

    def chain(self):
        return self.ssc.get("/v1/restricted/log?limit=5").json()["rows"]

    def test_the_page_of_the_register_asks_why_before_it_shows_anything(self):
        before = self.chain()[0]["seq"]
        first = self.page("ssc", "/ssc")
        self.assertIsNone(SECRETS.search(first))
        for fields in ({"go": "list"}, {"go": "list", "why": "  "}, {"go": "export", "why": "x"}, {"go": "notes", "why": ""}):
            r = self.form("ssc", "/ssc", fields, 400)
            self.assertIn("Write why you look", r.body.decode())
            self.assertIsNone(SECRETS.search(r.body.decode()))
        self.assertEqual(self.chain()[0]["seq"], before)
        r = self.form("ssc", "/ssc", {"go": "list", "why": "incident 8", "q": "canarychip", "band": ""})
        self.assertIn("CANARYCHIP Ltd", r.body.decode())
        self.assertIn("no-store", r.headers["Cache-Control"])
        self.assertIsNone(r.headers["ETag"])
        r = self.form("ssc", "/ssc", {"go": "list", "why": "incident 8", "band": "sub-ghz"})
        self.assertIsNone(SECRETS.search(r.body.decode()))
        self.assertIn("No entry of the register fits", r.body.decode())
        r = self.form("ssc", "/ssc", {"go": "notes", "why": "incident 8"})
        self.assertIn("CANARYNOTE", r.body.decode())
        self.assertIn("Under embargo", r.body.decode())
        r = self.form("ssc", "/ssc", {"go": "export", "why": "incident 8", "q": "canarychip"})
        self.assertIn("attachment", r.headers["Content-Disposition"])
        self.assertIn("000001,1081,dual,CANARYCHIP Ltd,CANARYSTACK 7.1", r.body.decode())
        rows = self.chain()
        self.assertEqual([(x["action"], x["why"]) for x in rows[:4]],
                         [("radio-export", "incident 8"), ("note-read", "incident 8"), ("radio-search", "incident 8"),
                          ("radio-search", "incident 8")])
        self.assertEqual(rows[0]["seq"], before + 4)
        self.assertIn("downloaded", self.page("ssc", "/ssc"))
        self.assertNotIn("incident 8", self.page("ssc2", "/ssc"))  # one's own looks only

    def test_the_page_of_a_record_asks_the_ssc_why_and_saves_what_nobody_else_changed(self):
        before = self.chain()[0]["seq"]
        self.assertIsNone(SECRETS.search(self.page("ssc", "/ssc/1")))
        self.assertIsNone(SECRETS.search(self.form("ssc", "/ssc/1", {"go": "show"}, 400).body.decode()))
        self.assertEqual(self.chain()[0]["seq"], before)
        shown = self.form("ssc", "/ssc/1", {"go": "show", "why": "incident 9"}).body.decode()
        for word in (*CANARIES, "Under embargo"):
            self.assertIn(word, shown)
        self.assertEqual([(x["action"], x["subject"]) for x in self.chain()[:2]], [("note-read", "entry/000001"), ("radio-read", "entry/000001")])
        new = {"go": "save", "why": "maker's form", "band": "2.4-ghz", "chipset": "Other Ltd", "stack": "8", "rev": "0"}
        self.form("ssc", "/ssc/4", new, 303)
        self.assertIn("changed meanwhile", self.form("ssc", "/ssc/4", new, 412).body.decode())
        self.form("ssc", "/ssc/4", {**new, "band": "pink", "rev": "1"}, 400)
        self.form("ssc", "/ssc/4", {**new, "why": "", "rev": "1"}, 400)
        got = self.ssc.get("/v1/restricted/entries/4?why=check").json()
        self.assertEqual((got["band"], got["chipset_vendor"], got["changes"]), ("2.4-ghz", "Other Ltd", 1))
        self.form("ssc", "/ssc/999999", {"go": "show", "why": "incident 9"}, 404)

    def test_t32_a_maker_has_the_page_of_its_own_entries_and_others_are_absent(self):
        own = self.page("manufacturer", "/ssc/000001")
        self.assertIn("CANARYCHIP Ltd", own)
        self.assertNotIn("CANARYNOTE", own)
        self.assertEqual(self.chain()[0]["action"], "radio-read")
        self.assertIn('href="/ssc/000001"', self.page("manufacturer", "/entries/1"))
        for who in ("manufacturer2", "supplier", "approver", "public"):
            self.assertNotIn("/ssc/000001", self.page(who, "/entries/1"))
        def words(r):
            return re.sub(r"[0-9a-f]{16}|000001|999999", "", r)

        absent, foreign = (self.page("manufacturer2", f"/ssc/{i}", 404) for i in ("999999", "000001"))
        self.assertEqual(words(absent), words(foreign))
        self.form("manufacturer2", "/ssc/000001", {"go": "save", "band": "", "chipset": "", "stack": "", "rev": "1"}, 404)
        a, b = (self.form("manufacturer2", "/ssc/notes/new", {"entry": i, "text": "x", "release": "2091-01-01"}, 400).body.decode()
                for i in ("999999", "000001"))
        self.assertEqual(words(a), words(b))
        for who, status in (("manufacturer", 403), ("approver", 403), ("operator", 403), ("auditor", 403), ("public", 401)):
            self.page(who, "/ssc", status)
            self.form(who, "/ssc", {"go": "list", "why": "curious"}, status)
        self.form("manufacturer", "/ssc/000005", {"go": "save", "band": "dual", "chipset": "", "stack": "", "rev": "0"}, 303)
        self.assertEqual(self.chain()[0]["why"], "own entry")

    def test_t47_a_note_of_the_page_has_its_release_in_the_future(self):
        good = {"entry": "3", "text": "CANARYNOTE by page", "release": "2091-01-01", "why": "vendor notice"}
        for bad in ({"text": ""}, {"release": "soon"}, {"release": "2020-01-01"}, {"entry": "999999"}, {"why": ""}):
            self.form("ssc", "/ssc/notes/new", {**good, **bad}, 400)
        self.form("ssc", "/ssc/notes/new", good, 303)
        kept = next(n for n in self.ssc.get("/v1/restricted/notes?entry=000003&why=check").json()["notes"])
        self.assertEqual((kept["text"], kept["release_at"][:10], kept["embargoed"]), ("CANARYNOTE by page", "2091-01-01", True))
        self.assertEqual(self.s.as_role("public").get("/v1/entries/3/notes").json()["notes"], [])
        self.assertNotIn("CANARYNOTE", self.page("public", "/entries/3"))

    # The command line

    def cli(self, who, *args, status=0):
        done = subprocess.run([os.path.join(BUILD, "firpath"), *args, "--server", self.s.url], capture_output=True, text=True, timeout=30,
                              check=False, env={**os.environ, "FIRPATH_TOKEN": self.s.tokens[who]})
        if status is None:
            self.assertNotEqual(done.returncode, 0, (args, done.stdout))
            return done
        self.assertEqual(done.returncode, status, (args, done.stdout, done.stderr))
        return done

    def test_the_register_on_the_command_line(self):
        why = ("--why", "incident 10")
        self.assertIn("reason", self.cli("ssc", "ssc", "list", status=1).stderr)
        j = json.loads(self.cli("ssc", "ssc", "list", "--search", "canarychip", *why, "--json").stdout)
        self.assertIn("000001", [x["entry"] for x in j["entries"]])
        self.assertIn("CANARYCHIP Ltd", self.cli("ssc", "ssc", "list", *why).stdout)
        self.assertIn("No entry of the register fits", self.cli("ssc", "ssc", "list", "--search", "nobody", *why).stdout)
        self.assertIn("CANARYSTACK 7.1", self.cli("ssc", "ssc", "show", "1", *why).stdout)
        before = json.loads(self.cli("ssc", "ssc", "set", "9", "--band", "dual", "--chipset", "First Ltd", *why, "--json").stdout)
        after = json.loads(self.cli("ssc", "ssc", "set", "9", "--stack", "=9.0", *why, "--json").stdout)
        self.assertEqual((after["band"], after["chipset_vendor"], after["stack_version"], after["changes"]),
                         ("dual", "First Ltd", "=9.0", before["changes"] + 1))
        self.cli("ssc", "ssc", "set", "9", *why, status=2)
        out = os.path.join(self.s.folder, "register.csv")
        self.cli("ssc", "ssc", "export", "--search", "First", "-o", out, *why)
        with open(out, encoding="utf-8") as f:
            self.assertIn("000009,1082,dual,First Ltd,'=9.0,", f.read())  # T19
        self.cli("ssc", "ssc", "export", "--json", *why, status=2)
        n = json.loads(self.cli("ssc", "ssc", "note", "add", "9", "--text", "CANARYNOTE by hand", "--release-at", "2092-01-01T00:00:00Z",
                                *why, "--json").stdout)["note"]
        self.assertIn("under embargo", self.cli("approver", "ssc", "note", "list", "--entry", "000009", *why).stdout)
        self.assertIn("removed", self.cli("ssc", "ssc", "note", "drop", str(n), *why).stdout)
        self.assertEqual(json.loads(self.cli("ssc", "ssc", "note", "list", "--entry", "000009", *why, "--json").stdout)["notes"], [])
        log = json.loads(self.cli("ssc", "ssc", "log", "--mine", "--json").stdout)["rows"]
        self.assertEqual((log[0]["action"], log[1]["action"], log[1]["why"]), ("note-read", "note-drop", "incident 10"))
        self.assertIn("note-drop", self.cli("ssc", "ssc", "log", "--limit", "3").stdout)
        self.assertIn("whole", self.cli("ssc", "ssc", "verify").stdout)
        own = self.cli("manufacturer", "ssc", "show", "1")
        self.assertIn("CANARYCHIP Ltd", own.stdout)
        for args in (("ssc", "show", "1"), ("ssc", "set", "1", "--band", "dual"), ("ssc", "list", *why), ("ssc", "log")):
            done = self.cli("manufacturer2", *args, status=None)
            self.assertIsNone(SECRETS.search(done.stdout + done.stderr))

    def test_where_the_ssc_finds_its_register(self):
        for path in ("/work", "/risk", "/"):
            self.assertIn('href="/ssc"', self.page("ssc", path))
        for who in ("approver", "manufacturer", "auditor"):
            self.assertNotIn('href="/ssc"', self.page(who, "/work"))

    def test_without_a_register_there_is_none(self):
        with Service() as s:
            s.import_sample()
            s.people()
            self.assertEqual(s.get("/v1/entries/1/notes").json()["notes"], [])
            r = s.as_role("ssc").get("/ssc", headers=OURS)
            self.assertEqual((r.status, b"keeps no register" in r.body), (200, True))
            self.assertEqual(s.as_role("ssc").post("/ssc", "go=list&why=looking&csrf=", FORM, OURS).status, 503)


if __name__ == "__main__":
    unittest.main()

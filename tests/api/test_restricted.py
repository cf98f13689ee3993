#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The register of the Security Sub-Committee: who may look, that every look is kept, and that nothing of it is ever seen by
anybody else, on any route there is (T32, T47)."""

import os
import re
import subprocess
import time
import unittest
from urllib.parse import quote

from service import BUILD, ORGANISATIONS, SAMPLE, Service

CANARIES = ("CANARYCHIP", "CANARYSTACK", "CANARYNOTE")
RECORD = {"band": "dual", "chipset_vendor": "CANARYCHIP Ltd", "stack_version": "CANARYSTACK 7.1"}
SECRETS = re.compile("|".join(CANARIES), re.I)


def routes():
    text = subprocess.run([os.path.join(BUILD, "firpathd"), "--routes"], check=True, capture_output=True, text=True).stdout
    return [line.split("\t") for line in text.splitlines()]


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
            if "restricted" in pattern and set(roles.split()) <= {"ssc"} or pattern.startswith("/ssc"):
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
                for ask in asks:
                    r = self.s.as_role(who).get(ask)
                    head = " ".join(f"{k}: {v}" for k, v in r.headers.items())
                    text = r.body.decode("utf-8", "replace")
                    if "=" in ask:  # what was asked may be said back, in any of its spellings
                        word = ask.split("=")[1]
                        text, head = re.sub(word, "", text, flags=re.I), re.sub(word, "", head, flags=re.I)
                    self.assertIsNone(SECRETS.search(text + head), (who, ask, r.status))
                    seen += 1
        self.assertGreater(seen, 200)
        self.assertIsNone(SECRETS.search(self.s.log()))
        with open(self.s.db, "rb") as f:
            self.assertIsNone(SECRETS.search(f.read().decode("latin-1")))

    def test_without_a_register_there_is_none(self):
        with Service() as s:
            s.import_sample()
            self.assertEqual(s.get("/v1/entries/1/notes").json()["notes"], [])


if __name__ == "__main__":
    unittest.main()

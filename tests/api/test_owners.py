#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Own and others' devices and campaigns: what one organisation has, no other one learns of, by no route, status or name."""

import json
import os
import re
import subprocess
import sys
import unittest

from service import BUILD, Service

IDENTITY = "1081:00A10102:00010000"
METER, METER_TEXT = "00-DB-CA-9A-47-00-00-A1", "canary-mpxn"
CANARIES = ("canary-device", "canary-site", "canary-campaign", "canary-address", "canary-vehicle", METER, METER_TEXT)
STRANGERS = ("public", "supplier2", "cpo", "manufacturer", "editor", "approver", "ssc", "device")
SEERS = ("supplier", "operator", "auditor")
CSV = f"name,site,adapter,address,identity\ncanary-device,canary-site,fake,at={IDENTITY};canary-address,{IDENTITY}\n"


def routes():
    text = subprocess.run([os.path.join(BUILD, "firpathd"), "--routes"], check=True, capture_output=True, text=True).stdout
    return [line.split("\t") for line in text.splitlines()]


def campaign(name, **more):
    return {"name": name, "target": "000004", "members": {"filter": {}}, "max_active": 1, "notice_read": True, **more}


class Owners:
    """The same over both engines; the classes below name the store."""

    @classmethod
    def setUpClass(cls):
        cls.s = Service(db=cls.store(), conf={"write_rate": 1000000, "write_burst": 1000000})
        cls.s.import_sample()
        cls.s.people()
        cls.own = cls.s.as_role("supplier")
        cls.other = cls.s.as_role("supplier2")
        assert cls.own.post("/v1/devices", CSV, "text/csv").json()["added"] == 1
        r = cls.own.post("/v1/campaigns", campaign("canary-campaign"), headers={"Idempotency-Key": "k"})
        assert r.status == 201, r
        cls.id = r.json()["id"]
        cls.once = r
        r = cls.own.post("/v1/vehicles", {"name": "canary-vehicle", "type_id": "6c4d65f4-2572-11ee-be56-0242ac120002"})
        assert r.status == 201, r
        r = cls.own.post("/v1/meters", f"eui,type,han_variant\n{METER},ESME,{METER_TEXT}\n", "text/csv")
        assert r.status == 200, r
        r = cls.own.post(f"/v1/meters/{METER}/commands", {"command": "read-inventory"})
        assert r.status == 200, r

    @classmethod
    def tearDownClass(cls):
        cls.s.close()

    def addresses(self):
        for method, pattern, *_ in routes():
            if method != "GET" or pattern in ("/v1/export/cpl", "/v1/export/fir", "/v1/export/statements"):
                continue
            for arg in (str(self.id), "1", "canary-device", "canary-site", "canary-campaign", "canary-vehicle", METER):
                yield pattern.replace("{}", arg)
                if "{}" not in pattern:
                    break
        for word in CANARIES:
            for path in ("/v1/devices?q=", "/v1/devices?prefix=", "/v1/devices?site=", "/v1/entries?q=", "/search?q=",
                         "/v1/audit?subject=", "/path?from=", "/v1/path?from="):
                yield path + word
        yield "/v1/devices?org=Example%20Energy"
        yield "/v1/sites?org=Example%20Energy"
        yield "/v1/campaigns?org=Example%20Energy"

    def everything(self, who, path):
        r = self.s.as_role(who).get(path)
        asked = path.rpartition("=")[2] if "=" in path else path.rpartition("/")[2]
        return r, (r.body.decode("utf-8", "replace") + "\n" + str(dict(r.headers))), asked

    def test_T32_T34_no_route_tells_a_stranger_of_anothers_devices_and_campaigns(self):
        for path in sorted(set(self.addresses())):
            if path.endswith("/events"):
                path += "?wait=0"
            for who in STRANGERS:
                with self.subTest(who=who, path=path):
                    r, text, asked = self.everything(who, path)
                    for word in CANARIES:
                        if word not in path:  # an error may repeat what was asked
                            self.assertNotIn(word, text)
                    # what was asked for itself comes back only as an echo of the question
                    if re.match(r"/v1/(devices|sites|campaigns|vehicles)/", path) and who in ("supplier2", "cpo"):
                        self.assertEqual(r.status, 404, r)

    def test_T34_absent_and_anothers_are_answered_alike(self):
        for path in ("/v1/devices/{}", "/v1/sites/{}", "/v1/campaigns/{}", "/v1/campaigns/{}/progress", "/v1/campaigns/{}/report",
                     "/v1/campaigns/{}/cycles", "/v1/campaigns/{}/events?wait=0", "/campaigns/{}"):
            names = {"d": "canary-device", "s": "canary-site"}.get(path[4], "canary-campaign")
            said = []
            for name in (names, "nobody-has-it"):
                r = self.other.get(path.format(name))
                self.assertEqual(r.status, 404, path)
                said.append(re.sub(rf"{name}|[0-9a-f]{{16}}", "_", r.body.decode()))
            self.assertEqual(said[0], said[1], path)
        for verb in ("start", "pause", "resume", "stop"):
            self.assertEqual(self.other.post(f"/v1/campaigns/{self.id}/{verb}").status, 404)
            self.assertEqual(self.s.as_role("auditor").post(f"/v1/campaigns/{self.id}/{verb}").status, 403)
        self.assertEqual(self.own.get(f"/v1/campaigns/{self.id}").json()["state"], "draft")

    def test_those_who_may_do_see_them(self):
        for who in SEERS:
            a = self.s.as_role(who)
            self.assertEqual(a.get("/v1/devices/canary-device").json()["organisation"], "Example Energy", who)
            self.assertEqual(a.get("/v1/sites/canary-site").json()["count"], 1)
            self.assertEqual(a.get("/v1/campaigns/canary-campaign").json()["id"], self.id)
            self.assertIn("canary-device", [d["name"] for d in a.get("/v1/devices").json()["devices"]])
            self.assertIn("canary-campaign", a.get("/campaigns").body.decode())
            for org, there in (("Example Energy", True), ("Other Energy", False), ("-", False)):
                r = a.get("/v1/campaigns?org=" + org.replace(" ", "%20"))
                if who == "supplier" and org == "Other Energy":
                    self.assertEqual(r.status, 404)
                elif who != "supplier":
                    self.assertEqual("canary-campaign" in r.body.decode(), there, (who, org))

    def test_T34_a_taken_name_or_key_is_free_for_the_others(self):
        csv = f"name,adapter,identity\nshared,bbum,{IDENTITY}\n"
        body = campaign("shared", members={"filter": {"prefix": "shared"}})
        made = []
        for who in (self.own, self.other):
            r = who.post("/v1/devices", csv, "text/csv")
            self.assertEqual((r.status, r.json()["added"]), (200, 1))
            r = who.post("/v1/campaigns", body, headers={"Idempotency-Key": "the-same"})
            self.assertEqual((r.status, r.json()["counts"]["total"]), (201, 1), r)  # its own device, not the other one
            self.assertEqual(who.get("/v1/campaigns/shared").json()["id"], r.json()["id"])
            self.assertEqual(who.post("/v1/campaigns", body).status, 409)
            made.append((r.json()["id"], r.json()["organisation"]))
        self.assertNotEqual(made[0][0], made[1][0])
        self.assertEqual([m[1] for m in made], ["Example Energy", "Other Energy"])
        # who sees both must say which
        operator = self.s.as_role("operator")
        self.assertEqual(operator.get("/v1/devices/shared").status, 409)
        self.assertEqual(operator.get("/v1/campaigns/shared").status, 409)
        self.assertEqual(operator.get("/v1/devices/shared?org=Other%20Energy").json()["organisation"], "Other Energy")
        self.assertEqual(operator.get("/v1/devices/shared?org=-").status, 404)

    def test_a_device_that_is_given_away_leaves_campaigns_and_takes_no_story_along(self):
        csv = "name,site,adapter,identity\n" + "".join(f"moved-{i},canary-site-2,bbum,{IDENTITY}\n" for i in (1, 2))
        self.own.post("/v1/devices", csv, "text/csv")
        r = self.own.post("/v1/campaigns", campaign("canary-campaign of moved", members={"filter": {"prefix": "moved-"}}))
        self.assertEqual(r.status, 201, r)
        number = r.json()["id"]
        for who in ("supplier", "supplier2", "auditor", "editor"):
            self.assertEqual(self.s.as_role(who).post("/v1/devices/moved-1/give", {"to": "Other Energy"}).status, 403)
        operator = self.s.as_role("operator")
        self.assertEqual(operator.post("/v1/devices/moved-1/give", {"to": "Nobody at all"}).status, 404)
        r = operator.post("/v1/devices/moved-1/give?why=churn", {"to": "Other Energy"})
        self.assertEqual((r.status, r.json()["organisation"], r.json()["site"]), (200, "Other Energy", "moved-1"), r)
        self.assertEqual(self.own.get("/v1/devices/moved-1").status, 404)
        r = self.other.get("/v1/devices/moved-1")
        self.assertEqual((r.status, r.json()["cycles"]), (200, []))
        self.assertNotIn("canary", r.body.decode())
        story = [json.loads(line) for line in self.own.get(f"/v1/campaigns/{number}/report").body.splitlines()]
        self.assertEqual(len(story), 2)
        self.assertIsNone(next(d for d in story if d["device"] == "moved-1")["entry"])  # what became of it is not for the loser
        self.assertEqual(operator.post("/v1/devices/moved-1/give", {"to": "Other Energy"}).status, 409)
        row = operator.get("/v1/audit?action=device-give").json()["rows"][0]
        self.assertEqual((row["why"], row["who"]), ("churn", "token:operator/test"))

    def test_an_account_says_first_that_it_read_the_notice(self):
        body = campaign("unread")
        del body["notice_read"]
        for said in ({}, {"notice_read": False}):
            r = self.own.post("/v1/campaigns", {**body, **said})
            self.assertEqual((r.status, r.json()["code"]), (428, "notice-unread"))
        self.assertEqual(self.own.get("/v1/campaigns/unread").status, 404)
        rows = self.s.as_role("auditor").get("/v1/audit?action=notice-tick").json()["rows"]
        self.assertIn((f"campaign/{self.id}", "token:supplier/test"), [(r["subject"], r["who"]) for r in rows])

    def test_members_are_own_devices_only(self):
        r = self.other.post("/v1/campaigns", {**campaign("theft"), "members": {"devices": ["canary-device"]}})
        self.assertEqual((r.status, r.json()["code"]), (404, "unknown-device"))
        r = self.s.as_role("cpo").post("/v1/campaigns", campaign("theft"))
        self.assertEqual(r.status, 404, r)
        # what has no organisation can have nothing
        r = self.s.as_role("editor").post("/v1/devices", CSV, "text/csv")
        self.assertEqual(r.status, 403)


class Sqlite(Owners, unittest.TestCase):
    @classmethod
    def store(cls):
        return None


class PostgreSQL(Owners, unittest.TestCase):
    @classmethod
    def store(cls):
        name = f"firpath_owners_{os.getpid()}"
        dsn = os.environ["FIRPATH_TEST_PG"].replace("DATABASE", name)
        subprocess.run(["psql", "-q", "-X", os.environ["FIRPATH_TEST_PG"].replace("DATABASE", "postgres"), "-c",
                        f"CREATE DATABASE {name} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C' ENCODING 'UTF8'"], check=True)
        return dsn


if __name__ == "__main__":
    if "FIRPATH_TEST_PG" not in os.environ:
        with_pg = os.path.join(BUILD, "tests/with_pg")
        os.execv(with_pg, [with_pg, sys.executable, os.path.abspath(__file__), *sys.argv[1:]])
    unittest.main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Meters over REST and at the command line: lists, owners, rules of home area networks, commands, the story, users of the DCC."""

import json
import os
import sqlite3
import tempfile
import unittest

from service import Service
from test_http_openapi import Schema, load

HUB, GPF, ESME, GSME, PPMID = (f"00-DB-00-00-00-00-00-0{i}" for i in range(1, 6))
RUNS = "1081:00A10102:00010000"
LIST = f"eui,type,hub,identity,mpxn,status\n{HUB},CHF,,,,\n{GPF},GPF,{HUB},,,\n{ESME},ESME,{HUB},{RUNS},1200000000001,Commissioned\n" \
       f"{PPMID},PPMID,{HUB},,,Commissioned\n"


class Meters(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = Service(conf={"write_burst": 100000, "write_rate": 100000})
        cls.addClassCleanup(cls.s.close)
        cls.s.import_sample()
        cls.doc = load()
        cls.schema = Schema(cls.doc)
        cls.s.people()
        cls.own, cls.other, cls.operator, cls.editor = (cls.s.as_role(r) for r in ("supplier", "supplier2", "operator", "editor"))
        r = cls.own.post("/v1/meters", LIST, "text/csv")
        assert r.status == 200 and r.json()["added"] == 4, r

    def check(self, r, path, method="get", status="200"):
        """The answer is as described."""
        self.assertEqual(str(r.status), status, r)
        schema = self.doc["paths"][path][method]["responses"][status]["content"]["application/json"]["schema"]
        self.assertEqual(self.schema.errors(r.json(), schema), [])
        return r.json()

    def store(self, *statements):
        """What the door of meters will write: rows put in by hand while no door runs."""
        db = sqlite3.connect(self.s.db, timeout=10)
        with db:
            for sql, args in statements:
                db.execute(sql, args)
        db.close()

    def test_a_meter_is_shown_with_its_network_and_what_bars_an_update(self):
        m = self.check(self.own.get(f"/v1/meters/{ESME}"), "/v1/meters/{eui}")
        self.assertEqual((m["entry"], m["hub"], m["mpxn"], m["gate"]["word"]), ("000001", HUB, "1200000000001", "no-dcc-user"))
        self.assertEqual({d["eui"]: d["gate"]["word"] for d in m["han"]},
                         {HUB: "pushed-by-dcc", GPF: "pushed-by-dcc", ESME: "no-dcc-user", PPMID: "no-dcc-user"})
        page = self.check(self.own.get("/v1/meters?limit=3"), "/v1/meters")
        rest = self.check(self.own.get("/v1/meters?limit=3&cursor=" + page["next"]), "/v1/meters")
        self.assertEqual([x["eui"] for x in page["meters"] + rest["meters"]], [HUB, GPF, ESME, PPMID])
        self.assertEqual([x["eui"] for x in self.own.get(f"/v1/meters?hub={HUB.lower()}&type=ESME&entry=000001").json()["meters"]], [ESME])
        self.assertEqual(self.own.get("/v1/meters?type=METER").status, 400)
        self.assertEqual(self.own.get("/v1/meters/nonsense").status, 400)
        self.assertEqual(self.own.get(f"/v1/devices/{ESME}").json()["adapter"], "dcc")

    def test_a_list_is_taken_whole_or_not_at_all_and_says_which_line_is_wrong(self):
        bad = "\n".join(json.dumps(x) for x in ({"eui": "00-DB-00-00-00-00-01-01", "type": "ESME"}, {"eui": "00-DB-00-00-00-00-01-02", "type": "ESEM"}))
        r = self.own.post("/v1/meters", bad, "application/x-ndjson")
        self.assertEqual((r.status, r.json()["errors"][0]["line"], "did you mean 'ESME'" in r.json()["detail"]), (400, 2, True), r)
        self.assertEqual(self.own.get("/v1/meters/00-DB-00-00-00-00-01-01").status, 404)
        # Twice in one list, in whatever order and spelling: neither line is guessed to be the right one.
        twice = ("00-DB-00-00-00-00-01-09", "00-DB-00-00-00-00-01-03", "00-db-00-00-00-00-01-09")
        r = self.own.post("/v1/meters", "eui,type\n" + "".join(f"{x},GSME\n" for x in twice), "text/csv")
        self.assertEqual((r.status, r.json()["errors"][0]["line"], "line 2 is about" in r.json()["detail"]), (400, 4, True), r)
        self.assertEqual(self.own.get("/v1/meters/00-DB-00-00-00-00-01-03").status, 404)
        # A device does not become another one.
        r = self.own.post("/v1/meters", f"eui,type\n{ESME},PPMID\n", "text/csv")
        self.assertEqual((r.status, "remove it first" in r.json()["detail"]), (409, True), r)

    def test_T34_two_organisations_have_the_same_meter_and_neither_learns_of_it(self):
        r = self.other.post("/v1/meters", f"eui,type,mpxn\n{ESME},ESME,7\n", "text/csv")
        self.assertEqual((r.status, r.json()["added"]), (200, 1), r)
        self.assertEqual(self.check(self.other.get(f"/v1/meters/{ESME}"), "/v1/meters/{eui}")["mpxn"], "7")
        self.assertEqual(self.own.get(f"/v1/meters/{ESME}").json()["mpxn"], "1200000000001")
        r = self.operator.get(f"/v1/meters/{ESME}")
        self.assertEqual((r.status, "org" in r.json()["detail"]), (409, True), r)
        self.assertEqual(self.operator.get(f"/v1/meters/{ESME}?org=Example%20Energy").status, 200)
        self.check(self.other.delete(f"/v1/meters/{ESME}"), "/v1/meters/{eui}", "delete")
        self.assertEqual(self.other.get(f"/v1/meters/{ESME}").status, 404)
        self.assertEqual(self.own.get(f"/v1/meters/{ESME}").status, 200)

    def test_T32_rules_are_stated_by_who_answers_for_them_and_read_by_whoever_has_devices(self):
        rule = {"applies_class": "PPMID", "needs_class": "CHF", "needs_gbcs": "4.0", "source": "a release note"}
        self.assertEqual(self.own.put("/v1/han-rules/ppmid", json.dumps(rule)).status, 403)
        self.check(self.editor.put("/v1/han-rules/ppmid", json.dumps(rule)), "/v1/han-rules/{name}", "put", "201")
        self.check(self.operator.put("/v1/han-rules/ppmid", json.dumps(rule)), "/v1/han-rules/{name}", "put")
        rules = self.check(self.other.get("/v1/han-rules"), "/v1/han-rules")["rules"]
        self.assertEqual([(x["name"], x["needs_gbcs"], x["source"]) for x in rules], [("ppmid", "4.0", "a release note")])
        r = self.editor.put("/v1/han-rules/x", json.dumps({**rule, "needs_gbcs": None}))
        self.assertEqual((r.status, r.json()["errors"][0]["pointer"]), (400, "/needs_gbcs"), r)
        self.check(self.editor.delete("/v1/han-rules/ppmid"), "/v1/han-rules/{name}", "delete")
        self.assertEqual(self.editor.delete("/v1/han-rules/ppmid").status, 404)

    def test_commands_wait_for_the_door_and_the_story_tells(self):
        done = self.check(self.own.post(f"/v1/meters/{PPMID}/commands", {"command": "read-inventory", "why": "example"}),
                          "/v1/meters/{eui}/commands", "post")
        self.assertEqual(done["state"], "open")
        self.assertEqual(self.own.get(f"/v1/meters/{PPMID}").json()["wish"]["command"], "read-inventory")
        self.assertEqual(self.own.post(f"/v1/meters/{HUB}/commands", {"command": "read-version"}).status, 409)
        self.check(self.own.post(f"/v1/meters/{PPMID}/commands", {"command": "authority-lost"}), "/v1/meters/{eui}/commands", "post")
        self.assertEqual(self.own.get("/v1/meters?authority=lost").json()["meters"][0]["gate"]["word"], "authority-lost")
        self.check(self.own.post(f"/v1/meters/{PPMID}/commands", {"command": "release"}), "/v1/meters/{eui}/commands", "post")
        story = self.check(self.own.get(f"/v1/meters/{PPMID}/story?limit=1"), "/v1/meters/{eui}/story")
        self.assertEqual((story["events"][0]["what"], len(story["events"])), ("release", 1))
        older = self.check(self.own.get(f"/v1/meters/{PPMID}/story?limit=1&cursor={story['next']}"), "/v1/meters/{eui}/story")
        self.assertEqual(older["events"][0]["what"], "authority")
        self.assertEqual(self.other.get(f"/v1/meters/{PPMID}/story").status, 404)

    def test_users_of_the_DCC_are_their_organisations_and_released_by_them(self):
        user = "90-B3-D5-1F-30-01-00-00"
        number = int(user.replace("-", ""), 16) - (1 << 64)
        own = self.own.get("/v1/meters").json()["meters"][0]["organisation"]
        self.store(("INSERT INTO dcc_user (eui, org_id, held, held_at, day, critical, requests) SELECT ?, id, 'too many', 1, 1, 5, 9 "
                    "FROM organisation WHERE name = ?", (number, own)))
        mine = self.check(self.own.get("/v1/dcc"), "/v1/dcc")
        self.assertEqual([(u["eui"], u["held"], u["critical_today"]) for u in mine["users"]], [(user, "too many", 0)])
        self.assertEqual(self.check(self.other.get("/v1/dcc"), "/v1/dcc")["users"], [])
        self.assertEqual(self.other.post(f"/v1/dcc/users/{user}/release").status, 404)
        self.check(self.own.post(f"/v1/dcc/users/{user}/release"), "/v1/dcc/users/{eui}/release", "post")
        self.assertEqual(self.own.post(f"/v1/dcc/users/{user}/release").status, 409)
        self.assertEqual(self.operator.get("/v1/dcc").json()["shards"]["all"], 64)


class CommandLine(unittest.TestCase):
    def test_what_people_do_with_meters(self):
        with Service(conf={"write_burst": 100000}) as s, tempfile.TemporaryDirectory() as folder:
            s.import_sample()

            def cli(*args, code=0):
                r = s.cli(*args, "--server", f"http://127.0.0.1:{s.port}", check=False)
                self.assertEqual(r.returncode, code, (args, r.stdout, r.stderr))
                return r.stdout + r.stderr

            path = os.path.join(folder, "list.csv")
            with open(path, "w", encoding="ascii") as f:
                f.write(LIST)
            self.assertIn("4 added", cli("meter", "add", path))
            self.assertIn("4 as they were", cli("meter", "add", path, code=2))
            with open(path, "a", encoding="ascii") as f:
                f.write("00-DB,ESME,,,,\n")
            self.assertIn("6", cli("meter", "add", path, code=1))
            self.assertIn("4 devices", cli("meter", "list"))
            self.assertIn("pushed-by-dcc", cli("meter", "show", ESME))
            self.assertEqual(json.loads(cli("meter", "show", ESME, "--json"))["type"], "ESME")
            self.assertIn("noted", cli("meter", "read", ESME))
            self.assertIn("noted", cli("meter", "read", ESME, "--inventory"))
            self.assertIn("done", cli("meter", "lost", ESME))
            self.assertIn("done", cli("meter", "release", ESME))
            self.assertIn("somebody has looked", cli("meter", "story", ESME))
            cli("meter", "cancel", ESME, code=1)
            self.assertIn("stands", cli("han", "rule", "a", "--for", "PPMID", "--needs", "CHF", "--gbcs", "4.0", "--entries",
                                        "000001,000002", "--source", "a letter"))
            self.assertIn("GBCS 4.0 or later or 000001, 000002", cli("han", "rules"))
            self.assertIn("taken back", cli("han", "rule", "a", "--remove"))
            self.assertIn("shards", cli("dcc", "show"))
            cli("dcc", "release", "90-B3-D5-1F-30-01-00-00", code=3)
            self.assertIn("no more", cli("meter", "remove", ESME))


if __name__ == "__main__":
    unittest.main()

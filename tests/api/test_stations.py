#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Charging stations over REST and at the command line: registration, secrets, commands, owners, proofs, the story as a stream."""

import json
import os
import sqlite3
import tempfile
import unittest
from urllib.parse import quote

from service import Service
from test_http_openapi import Schema, load
from test_vehicles import Stream

ODD = "CS*1=+|@._-"


class Stations(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = Service(conf={"write_burst": 100000, "write_rate": 100000})
        cls.addClassCleanup(cls.s.close)
        cls.doc = load()
        cls.schema = Schema(cls.doc)

    def check(self, r, path, method="get", status="200", media="application/json"):
        """The answer is as described."""
        self.assertEqual(str(r.status), status, r)
        schema = self.doc["paths"][path][method]["responses"][status]["content"][media]["schema"]
        for item in [r.json()] if media.endswith("/json") else [json.loads(line) for line in r.body.splitlines()]:
            self.assertEqual(self.schema.errors(item, schema), [])
        return r

    def cli(self, *args):
        return self.s.cli(*args, "--server", f"http://127.0.0.1:{self.s.port}", check=False)

    def add(self, identity, **more):
        r = self.s.post("/v1/stations", {"identity": identity, **({} if "key" in more or "password" in more else {"profile": 0}), **more})
        self.assertIn(r.status, (200, 201), r)
        return r

    def store(self, *statements):
        """What the door of stations will write: rows put in by hand while no door runs."""
        db = sqlite3.connect(self.s.db, timeout=10)
        with db:
            for sql, args in statements:
                db.execute(sql, args)
        db.close()

    def site(self, identity):
        db = sqlite3.connect(self.s.db, timeout=10)
        site = db.execute("SELECT site_id FROM station WHERE identity = ?", (identity,)).fetchone()[0]
        db.close()
        return site

    def test_a_generated_password_is_shown_once_and_never_again(self):
        r = self.check(self.add("once", password="generate"), "/v1/stations", "post", "201")
        password = r.json()["secret"]["password"]
        self.assertEqual(len(password), 32)
        self.assertEqual(r.headers["Location"], "/v1/stations/once")
        self.assertIn("no-store", r.headers["Cache-Control"])
        for path in ("/v1/stations/once", "/v1/stations", "/v1/export/stations", "/v1/audit?limit=500"):
            self.assertNotIn(password, self.s.get(path).body.decode())
        with open(self.s.db, "rb") as f:
            self.assertNotIn(password.encode(), f.read())
        self.assertIsNone(self.check(self.add("once", area="x", password=password), "/v1/stations", "post").json()["secret"])

    def test_a_list_says_what_became_of_it_and_which_line_is_wrong(self):
        lines = [{"identity": f"list-{i}", "key": "generate"} for i in range(3)]
        r = self.s.request("POST", "/v1/stations", body="\n".join(map(json.dumps, lines)), headers={"Content-Type": "application/x-ndjson"})
        self.check(r, "/v1/stations", "post")
        self.assertEqual((r.json()["added"], [len(x["key"]) for x in r.json()["secrets"]]), (3, [40, 40, 40]))
        lines[1] = {"identity": "no", "password": "short"}
        lines[0]["identity"] = "list-new"
        r = self.s.request("POST", "/v1/stations", body="\n".join(map(json.dumps, lines)), headers={"Content-Type": "application/x-ndjson"})
        self.assertEqual((r.status, r.json()["errors"][0]["line"]), (400, 2), r)
        self.assertEqual(self.s.get("/v1/stations/list-new").status, 404)

    def test_identities_with_every_permitted_character_have_an_address(self):
        self.add(ODD, area="odd")
        r = self.check(self.s.get("/v1/stations/" + quote(ODD, safe="")), "/v1/stations/{identity}")
        self.assertEqual(r.json()["identity"], ODD)
        self.assertEqual(r.json()["gate"]["word"], "not-now:offline")
        r = self.check(self.s.get("/v1/stations?area=odd&q=" + quote(ODD[:5], safe="")), "/v1/stations")
        self.assertEqual([x["identity"] for x in r.json()["stations"]], [ODD])
        self.assertEqual(self.s.get("/v1/devices/" + quote(ODD, safe="")).json()["adapter"], "ocpp")

    def test_filters_and_pages_meet_everything_once(self):
        for i in range(5):
            self.add(f"page-{i}", area="pages", model="M")
        got, path = [], "/v1/stations?area=pages&limit=2"
        while path:
            r = self.check(self.s.get(path), "/v1/stations")
            got += [x["identity"] for x in r.json()["stations"]]
            path = r.json()["next"] and f"/v1/stations?area=pages&limit=2&cursor={r.json()['next']}"
        self.assertEqual(got, [f"page-{i}" for i in range(5)])
        self.assertEqual(self.s.get("/v1/stations?area=pages&connected=yes").json()["stations"], [])
        self.assertEqual(len(self.s.get("/v1/stations?area=pages&connected=no&quarantine=no&model=M").json()["stations"]), 5)
        self.assertEqual(self.s.get("/v1/stations?connected=maybe").status, 400)

    def test_a_command_waits_for_the_station_and_is_asked_once(self):
        self.add("cmd")
        first = self.check(self.s.post("/v1/stations/cmd/commands", {"command": "reset", "when": "idle", "why": "example"}),
                           "/v1/stations/{identity}/commands", "post").json()
        again = self.s.post("/v1/stations/cmd/commands", {"command": "reset", "when": "now"}).json()
        self.assertEqual(first, again)
        self.assertEqual((first["state"], first["args"]), ("open", {"when": "idle"}))
        self.assertEqual(self.s.get("/v1/stations/cmd").json()["commands"], [first])
        r = self.s.post("/v1/stations/cmd/commands", {"command": "restet"})
        self.assertEqual((r.status, "did you mean 'reset'" in r.json()["detail"]), (400, True), r)
        self.assertEqual(self.s.post("/v1/stations/cmd/commands", {"command": "release-quarantine"}).status, 409)
        self.assertEqual(self.s.post("/v1/stations/nobody/commands", {"command": "reset"}).status, 404)
        audit = self.s.get("/v1/audit?action=station-command&limit=10").body.decode()
        self.assertIn('\\"command\\":\\"reset\\"', audit)

    def test_quarantine_is_seen_and_ended_by_somebody(self):
        self.add("q")
        self.store(("UPDATE station SET quarantine = 'example' WHERE identity = 'q'", ()))
        self.assertEqual(self.s.get("/v1/stations/q").json()["gate"]["word"], "quarantine")
        self.assertEqual([x["identity"] for x in self.s.get("/v1/stations?quarantine=yes").json()["stations"]], ["q"])
        r = self.cli("station", "release", "q", "--why", "looked")
        self.assertEqual(r.returncode, 0, r)
        self.assertIsNone(self.s.get("/v1/stations/q").json()["quarantine"])

    def test_removal_is_refused_while_it_is_there_or_served_by_it(self):
        self.add("lc")
        self.add("leaf", controller="lc")
        self.assertEqual(self.s.request("DELETE", "/v1/stations/lc").status, 409)
        self.store(("UPDATE station SET node = 'n' WHERE identity = 'leaf'", ()))
        self.assertEqual(self.s.request("DELETE", "/v1/stations/leaf").status, 409)
        self.store(("UPDATE station SET node = NULL WHERE identity = 'leaf'", ()))
        self.check(self.s.request("DELETE", "/v1/stations/leaf"), "/v1/stations/{identity}", "delete")
        self.assertEqual(self.s.get("/v1/stations/leaf").status, 404)
        self.assertEqual(self.s.get("/v1/devices/leaf").status, 404)
        self.assertEqual(self.s.request("DELETE", "/v1/stations/lc").status, 200)

    def test_the_story_is_a_list_and_a_stream(self):
        self.add("story")
        site = self.site("story")

        def message(n, body, cut=0):
            return ("INSERT INTO station_message (site_id, at, way, action, ref, body, cut) VALUES (?, ?, 'in', ?, ?, ?, ?)",
                    (site, 1000 * n, f"Action{n}", f"m{n}", body, cut))

        self.store(message(1, '{"status":"Installed"}'), message(2, '{"cut', 1), message(3, "it left"))
        r = self.check(self.s.get("/v1/stations/story/story"), "/v1/stations/{identity}/story").json()
        self.assertEqual([m["body"] for m in r["messages"]], [{"status": "Installed"}, '{"cut', "it left"])
        newest = self.s.get("/v1/stations/story/story?last=2").json()["messages"]
        self.assertEqual([m["action"] for m in newest], ["Action2", "Action3"])
        self.assertEqual(self.s.get(f"/v1/stations/story/story?since={r['last']}").json()["messages"], [])
        stream = Stream(self.s, "/v1/stations/story/story", last=newest[0]["n"])
        try:
            self.store(message(4, "{}"))
            events = stream.events(lambda out: any(e[1] == "message" and e[2]["action"] == "Action4" for e in out))
        finally:
            stream.close()
        self.assertEqual([e[2]["action"] for e in events if e[1] == "message"], ["Action3", "Action4"])
        self.assertTrue(any(e[1] == "state" and e[2]["identity"] == "story" for e in events))
        text = self.cli("station", "story", "story").stdout
        self.assertIn("<-  Action1", text)

    def test_the_command_line_does_all_of_it(self):
        folder = tempfile.mkdtemp(prefix="firpath-stations-", dir=os.environ.get("TMPDIR", "/tmp"))
        r = self.cli("station", "add", "cli-1", "--password", "generate", "--area", "town", "--timezone", "Europe/Berlin",
                       "--windows", "mo-su 01:00-05:00", "--version-rule", "MCC {MCC}; SCC [{SCC}, *]", "--profile", "2")
        self.assertEqual(r.returncode, 0, r)
        self.assertIn("Password of cli-1: ", r.stdout)
        shown = json.loads(self.cli("station", "show", "cli-1", "--json").stdout)
        self.assertEqual((shown["profile"], shown["timezone"], shown["version_rule"]), (2, "Europe/Berlin", "MCC {MCC}; SCC [{SCC}, *]"))
        self.assertIn("not-now:offline", self.cli("station", "show", "cli-1").stdout)
        self.assertIn("cli-1", self.cli("station", "list", "--area", "town").stdout)
        r = self.s.cli("station", "add", "cli-1", "--key", "-", "--server", f"http://127.0.0.1:{self.s.port}", stdin="00112233445566778899AABBCCDDEEFF\n")
        self.assertIn("registered as you say", r.stdout)
        self.assertEqual(self.cli("station", "add", "cli-1", "--password", "0123456789abcdef0").returncode, 2)
        with open(os.path.join(folder, "list"), "w", encoding="utf-8") as f:
            f.write('{"identity":"cli-2","profile":0}\n')
        self.assertEqual(self.cli("station", "import", f.name).returncode, 0)
        self.assertEqual(self.cli("station", "import", f.name).returncode, 2)
        self.assertIn("waits for the station", self.cli("station", "command", "cli-1", "read-version").stdout)
        self.assertIn("No component fits", self.cli("station", "components", "cli-1").stdout)
        out = os.path.join(folder, "out")
        self.assertEqual(self.cli("station", "export", "--output", out).returncode, 0)
        with open(out, encoding="utf-8") as f:
            self.assertIn("cli-1", [json.loads(line)["identity"] for line in f])
        self.assertEqual(self.cli("station", "remove", "cli-2").returncode, 0)
        self.assertEqual(self.cli("station", "show", "cli-2").returncode, 3)


class Owners(unittest.TestCase):
    def test_T34_stations_of_others_are_not_there(self):
        with Service() as s:
            s.people()
            mine, other = s.as_role("cpo"), s.as_role("supplier")
            self.assertEqual(mine.post("/v1/stations", {"identity": "A", "profile": 0}).status, 201)
            for method, path in (("GET", ""), ("GET", "/components"), ("GET", "/story"), ("GET", "/chain"), ("DELETE", "")):
                self.assertEqual(other.request(method, "/v1/stations/A" + path).status, 404, path)
            self.assertEqual(other.post("/v1/stations/A/commands", {"command": "reset"}).status, 404)
            self.assertEqual(other.get("/v1/stations").json()["stations"], [])
            self.assertEqual(other.get("/v1/export/stations").body, b"")
            self.assertEqual(other.post("/v1/stations", {"identity": "A", "profile": 0}).status, 409)
            for role in ("approver", "ssc", "editor"):
                self.assertNotIn("station-register", s.as_role(role).get("/v1/audit?limit=500").body.decode())


if __name__ == "__main__":
    unittest.main()

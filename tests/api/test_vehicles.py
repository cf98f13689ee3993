#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Vehicles and Vehicle Configurations over REST and on the pages: input, roles, questions, the log as a list and as a stream."""

import http.client
import io
import json
import os
import re
import sys
import tarfile
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "ocora"))

from service import Service  # noqa: E402
from test_http_openapi import Schema, load  # noqa: E402
from world import TYPES, VEHICLE_TYPE, World  # noqa: E402

OTHER_TYPE = "6c4d65f4-2572-11ee-be56-0242ac120099"


def package(folder):
    """A folder as tar.gz."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as t:
        for name in sorted(os.listdir(folder)):
            t.add(os.path.join(folder, name), arcname=name)
    return out.getvalue()


class Stream:
    """Server-sent events of one address: [(id, event, data)], read until enough is there."""

    def __init__(self, service, path, last=None, headers=None):
        self.c = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
        more = {"Last-Event-ID": str(last)} if last is not None else {}
        self.c.request("GET", path, headers={"Accept": "text/event-stream", **more, **(headers or {})})
        self.r = self.c.getresponse()

    def events(self, enough, seconds=8):
        out, item, end = [], {}, time.monotonic() + seconds
        while time.monotonic() < end and not enough(out):
            line = self.r.readline().decode().rstrip("\n")
            if line:
                key, _, value = line.partition(": ")
                item[key] = value
            elif item.get("data"):
                out.append((int(item["id"]) if "id" in item else None, item.get("event"), json.loads(item["data"])))
                item = {}
        return out

    def close(self):
        self.c.close()


class Vehicles(unittest.TestCase):
    """One vehicle with two Building Blocks that this test plays itself."""

    @classmethod
    def setUpClass(cls):
        cls.w = World(conf={"write_rate": 1000000, "write_burst": 1000000, "cm_answer_limit": "60s", "cm_status_limit": "60s",
                            "life_limit": "60s"})
        cls.addClassCleanup(cls.w.close)
        cls.s = cls.w.service
        cls.w.vc("first", cls.w.das("1.0.0"), cls.w.etp("1.0.0", depends=[("DAS", "2.1.0")], network=("127.0.0.2",)))
        cls.w.vc("second", cls.w.das("1.1.0"), cls.w.etp("1.1.0", depends=[("DAS", "2.1.0")]))
        cls.w.vehicle()
        cls.w.say("mode manual")
        cls.w.activate(1)

    def poll(self, name, **more):
        status = {"device": f"train.{name}", "state": "normal-operation", "boots": 1, "type_id": TYPES[name], "iec": "running", **more}
        r = self.s.post("/bbum/v1/poll", status)
        self.assertEqual(r.status, 200, r)
        return r.json()

    def conform(self):
        """Both run what is wanted, and say so."""
        for b in self.w.status()["blocks"]:
            want = b["wanted"]
            self.poll(b["name"], version=want["version"], hash=want["hash"], manifest=want["manifest"], manifest_version=want["version"],
                      manifest_hash=want["hash"], syntax=True, integrity=True, identity=True, authenticity=True, recommendation="no")

    # Input

    def test_a_vehicle_is_registered_once(self):
        body = {"name": "tram", "type_id": OTHER_TYPE}
        made = [self.s.post("/v1/vehicles", body, headers={"Idempotency-Key": "one-tram"}) for _ in range(2)]
        self.assertEqual([r.status for r in made], [201, 201])
        self.assertEqual(made[0].body, made[1].body)
        self.assertEqual(made[0].headers["Location"], "/v1/vehicles/tram")
        v = made[0].json()
        self.assertEqual((v["name"], v["type_id"], v["mode"], v["vc"], v["blocks"]), ("tram", OTHER_TYPE, "auto", None, []))
        self.assertEqual(self.s.post("/v1/vehicles", body).status, 409)
        self.assertIn("tram", [x["name"] for x in self.s.get("/v1/vehicles").json()["vehicles"]])
        page = self.s.get("/v1/vehicles?limit=1").json()
        self.assertEqual(len(page["vehicles"]), 1)
        more = self.s.get("/v1/vehicles?limit=1&cursor=" + page["next"]).json()
        self.assertNotEqual(page["vehicles"][0]["name"], more["vehicles"][0]["name"])

    def test_what_is_wrong_is_named_and_changes_nothing(self):
        before = self.s.get("/v1/audit?limit=1&order=newest").body
        commands = "/v1/vehicles/train/commands"
        for path, body, status, said in (
                ("/v1/vehicles", {"name": "x"}, 400, "type_id"), ("/v1/vehicles", {"name": "x", "type_id": "12"}, 400, "UUID"),
                ("/v1/vehicles", {"name": "", "type_id": OTHER_TYPE}, 400, ""), ("/v1/vehicles", {"name": "x", "type_id": OTHER_TYPE, "id": 1}, 400, "id"),
                ("/v1/vehicles", {"name": "a" * 65, "type_id": OTHER_TYPE}, 400, "name"),
                (commands, {}, 400, "line"), (commands, {"line": "trigr update"}, 400, "trigger update"), (commands, {"line": "x" * 300}, 400, ""),
                (commands, {"line": "status", "prompt": -1}, 400, "prompt"), (commands, {"line": "status", "extra": 1}, 400, "extra"),
                (commands, {"line": "restart 9"}, 404, ""), (commands, {"line": "activate vc 99"}, 404, ""),
                ("/v1/vehicles/nobody/commands", {"line": "status"}, 404, "nobody")):
            with self.subTest(path=path, body=body):
                r = self.s.post(path, body)
                self.assertEqual(r.status, status, r)
                self.assertIn(said, r.body.decode())
        for path in ("/v1/vehicles/train/log?level=loud", "/v1/vehicles/train/log?bb=65", "/v1/vehicles/train/log?since=-1",
                     "/v1/vehicles/train/log?last=0", "/v1/vehicles/train/log?who=me", "/v1/vehicles?cursor=x", "/v1/vcs?gone=perhaps"):
            self.assertEqual(self.s.get(path).status, 400, path)
        for path in ("/v1/vehicles/nobody", "/v1/vehicles/nobody/tree", "/v1/vehicles/nobody/log", "/v1/vcs/99", "/v1/vcs/x"):
            self.assertEqual(self.s.get(path).status, 404, path)
        self.assertEqual(self.s.get("/v1/audit?limit=1&order=newest").body, before)

    # The tree, and how it stands

    def test_C9_C15_C34_E17_E22_the_tree_shows_each_building_block_beside_what_it_shall_be(self):
        self.conform()
        tree = self.w.wait(lambda s: self.w.get("/v1/vehicles/train/tree")["good"] and self.w.get("/v1/vehicles/train/tree"))
        self.assertEqual([s["path"] for s in tree["systems"]], ["CCS-OB"])
        blocks = {b["name"]: b for b in tree["systems"][0]["blocks"]}
        self.assertEqual(set(blocks), {"DAS", "ETP"})
        for name, b in blocks.items():
            self.assertEqual((b["device"], b["life"], b["state"], b["running"]["as_wanted"]), (f"train.{name}", "ok", "normal-operation", True))
            self.assertEqual(b["wanted"]["version"], "1.0.0")
            self.assertTrue(all(b["holds"][k] is True for k in ("syntax", "integrity", "identity", "authenticity")))
            self.assertEqual(len(b["archives"]), 2)
        self.assertEqual(tree["waves"], [[1], [2]])  # ETP needs DAS
        need = blocks["ETP"]["depends"][0]
        self.assertTrue(need["fits"])
        for word in ("ETP", "DAS", "2.1"):
            self.assertIn(word, need["sentence"])
        self.assertEqual(tree["vc"]["n"], 1)
        page = self.s.get("/vehicles/train").body.decode()
        for word in ("CCS-OB", "1. DAS", "2. ETP", "train.DAS", "life: ok", "as it shall", "integrity passed", need["sentence"], "Update sequence"):
            self.assertIn(word, page)
        self.poll("DAS", state="update", progress=40, step="download", version="1.0.0", hash=blocks["DAS"]["wanted"]["hash"])
        self.w.wait(lambda s: s["blocks"][0]["progress"] == 40, what="progress")
        self.assertIn("40 % download", self.s.get("/vehicles/train/console").body.decode())
        self.conform()

    def test_answers_are_as_described(self):
        doc = load()
        schema = Schema(doc)

        def judge(answer, path, method="get", status="200"):
            node = doc["paths"][path][method]["responses"][status]["content"]["application/json"]["schema"]
            self.assertEqual(schema.errors(answer, node), [], path)
        self.conform()
        for path in ("/v1/vehicles", "/v1/vehicles/{name}", "/v1/vehicles/{name}/tree", "/v1/vehicles/{name}/log", "/v1/vcs", "/v1/vcs/{n}"):
            judge(self.w.get(path.replace("{name}", "train").replace("{n}", "1")), path)
        for line in ("status", "list bb", "list bb 1", "vcs", "verify vc 1", "version", "show log", "help", "mode manual"):
            judge(self.w.say(line), "/v1/vehicles/{name}/commands", "post")

    # Questions and commands

    def test_an_answer_counts_for_the_question_that_it_names(self):
        self.w.say("stop")
        self.assertIn("rejected", self.w.refused("answer 1", prompt=123456))
        self.assertIn("rejected", self.w.refused("trigger update"))
        self.assertEqual(self.w.status()["state"], "stopped")
        said = self.w.say("start", why="because of a test")
        self.assertEqual((said["vehicle"], said["command"], said["result"]), ("train", "start", None))
        rows = self.s.get("/v1/audit?action=vehicle-command&order=newest&limit=1").json()["rows"]
        self.assertEqual(rows[0]["why"], "because of a test")
        self.conform()
        self.w.wait(lambda s: s["state"] == "normal-operation", what="normal operation")

    def test_a_command_with_a_key_is_obeyed_once(self):
        def count():
            return len([1 for r in self.s.get("/v1/audit?action=vehicle-command&limit=500").json()["rows"] if r["subject"]])
        before = count()
        made = [self.s.post("/v1/vehicles/train/commands", {"line": "log extended"}, headers={"Idempotency-Key": "log-1"}) for _ in range(3)]
        self.assertEqual({r.status for r in made}, {200})
        self.assertEqual(count(), before + 1)
        r = self.s.post("/v1/vehicles/train/commands", {"line": "log normal"}, headers={"Idempotency-Key": "log-1"})
        self.assertEqual((r.status, r.json()["code"]), (422, "idempotency-key"))

    # The log

    def test_B25_H0_the_log_is_read_with_filters(self):
        self.conform()
        for line in ("mode auto", "stop", "start", "mode manual"):
            self.w.say(line)
        self.conform()
        self.w.wait(lambda s: s["state"] == "normal-operation", what="normal operation")
        lines = self.w.log("extended")
        self.assertEqual([x["n"] for x in lines], sorted(x["n"] for x in lines))
        self.assertGreater(len(lines), 3)
        normal = self.w.log("normal")
        self.assertLess(len(normal), len(lines))
        self.assertEqual({x["level"] for x in normal}, {"normal"})
        self.assertEqual(self.w.get("/v1/vehicles/train/log?level=extended&last=2")["lines"], lines[-2:])
        some = self.w.get(f"/v1/vehicles/train/log?level=extended&since={lines[1]['n']}&last=1")
        self.assertEqual((some["lines"], some["last"]), ([lines[2]], lines[2]["n"]))
        about = self.w.get("/v1/vehicles/train/log?level=extended&bb=2")["lines"]
        self.assertTrue(about)
        self.assertEqual({(x["bb"], x["device"]) for x in about}, {(2, "train.ETP")})
        event = lines[-1]["event"]
        self.assertEqual({x["event"] for x in self.w.get(f"/v1/vehicles/train/log?level=extended&event={event}")["lines"]}, {event})
        said = self.w.say("show log extended last 2")
        self.assertEqual(len(said["result"]["lines"]), 2)
        self.assertIn(normal[-1]["text"][:30], self.w.cm("show", "log", "normal").stdout)

    def test_E17_the_log_is_followed_and_goes_on_where_it_was_left(self):
        path = "/v1/vehicles/train/log?level=extended"
        last = self.w.get(path)["last"]
        a = Stream(self.s, f"{path}&since={last}")
        self.assertEqual((a.r.status, a.r.headers["Content-Type"], a.r.headers["Cache-Control"]), (200, "text/event-stream", "no-store"))
        first = a.events(lambda got: got)
        self.assertEqual(first[0][:2], (None, "state"))
        self.assertEqual((first[0][2]["name"], len(first[0][2]["blocks"])), ("train", 2))
        self.w.say("mode auto")
        self.w.say("mode manual")
        got = [x for x in a.events(lambda got: len([1 for x in got if x[1] == "line"]) >= 2) if x[1] == "line"]
        self.assertGreaterEqual(len(got), 2)
        a.close()
        for n, _, data in got:
            self.assertEqual(n, data["n"])
            self.assertGreater(n, last)
        self.w.say("mode auto")
        self.w.say("mode manual")
        b = Stream(self.s, f"{path}&since={last}", last=got[0][0])  # what the browser heard last wins
        again = [x for x in b.events(lambda x: len([1 for y in x if y[1] == "line"]) >= len(got) + 1) if x[1] == "line"]
        b.close()
        whole = [x["n"] for x in self.w.get(f"{path}&since={got[0][0]}&last=500")["lines"]]
        self.assertEqual([x[0] for x in again], whole[:len(again)])
        self.assertEqual(again[0][0], got[1][0])
        wrong = Stream(self.s, path, last="x")
        self.assertEqual(wrong.r.status, 400)
        wrong.close()

    def test_T30_streams_are_bounded(self):
        open_ = []

        def one_more():
            """Streams of other tests end when the service next looks whether somebody is there."""
            x = Stream(self.s, "/v1/vehicles/train/log?since=0")
            if x.r.status == 200:
                open_.append(x)
            else:
                x.close()
            return len(open_) == 16
        try:
            self.s.wait_for(one_more)
            more = Stream(self.s, "/v1/vehicles/train/log?since=0")
            self.assertEqual((more.r.status, more.r.headers["Retry-After"]), (503, "5"))
            more.close()
            self.assertEqual(self.s.get("/v1/vehicles/train/log").status, 200)  # a list is no stream
        finally:
            for x in open_:
                x.close()
        def free():
            x = Stream(self.s, "/v1/vehicles/train/log?since=0")
            x.close()
            return x.r.status == 200
        self.s.wait_for(free)

    # Vehicle Configurations

    def test_E13_E14_E15_E16_a_verify_report_names_every_file_and_every_problem(self):
        r = self.s.post("/v1/vcs/1/verify")
        self.assertEqual(r.status, 200, r)
        vc = r.json()
        self.assertEqual((vc["n"], vc["state"], vc["kept"], vc["report"]["good"], vc["report"]["problems"]), (1, "verified", True, True, []))
        self.assertEqual(len(vc["report"]["archives"]), 4)
        self.assertIn("Vehicle", [m["type"] for m in vc["report"]["manifests"]])
        making = os.path.join(self.w.folder, "making-broken")
        self.w.write_vc(making, [self.w.das("1.2.0"), self.w.etp("1.2.0", depends=[("DAS", "9.0.0")])])
        with open(os.path.join(making, "CCS-OB/DAS/DAS Software V1.2.0.tar.gz"), "ab") as f:
            f.write(b"x")
        self.w.settle(making)
        os.rename(making, os.path.join(self.w.inbox, "broken"))
        n = self.w.number("broken")
        r = self.s.post(f"/v1/vcs/{n}/verify")
        self.assertEqual(r.status, 200, r)
        vc = r.json()
        self.assertEqual((vc["state"], vc["report"]["good"]), ("failed", False))
        self.assertTrue(all(p["what"] and p["mend"] and p["code"] for p in vc["report"]["problems"]))
        self.assertIn("Hash", json.dumps(vc["report"]["problems"]))
        page = self.s.get(f"/vcs/{n}").body.decode()
        for p in vc["report"]["problems"]:
            self.assertIn(p["code"], page)
        self.assertIn("To mend it:", page)
        self.assertIn("Does not verify", page)
        r = self.s.post("/v1/vehicles/train/commands", {"line": f"activate vc {n}"})
        self.assertEqual((r.status, self.w.status()["vc"]["n"]), (409, 1), r)

    def test_E3_a_package_arrives_over_rest(self):
        with tempfile.TemporaryDirectory() as folder:
            self.w.write_vc(os.path.join(folder, "vc"), [self.w.das("3.0.0"), self.w.etp("3.0.0")], version="3.0.0")
            body = package(os.path.join(folder, "vc"))
        r = self.s.post("/v1/vcs?name=third&why=test", body, "application/gzip")
        self.assertEqual(r.status, 201, r)
        vc = r.json()
        self.assertEqual(r.headers["Location"], f"/v1/vcs/{vc['n']}")
        self.assertEqual((vc["state"], vc["kept"]), ("stored", False))
        vc = self.s.post(f"/v1/vcs/{vc['n']}/verify").json()
        self.assertEqual((vc["state"], vc["version"], vc["report"]["good"]), ("verified", "3.0.0", True))
        before = self.s.get("/v1/vcs").body, sorted(os.listdir(self.w.inbox))
        for name, data, kind, status in (("third", body, "application/gzip", 409), ("", body, "application/gzip", 400),
                                         ("..", body, "application/gzip", 400), ("a/b", body, "application/gzip", 400),
                                         ("n" * 65, body, "application/gzip", 400), ("fourth", body, "application/json", 415)):
            with self.subTest(name=name, status=status):
                r = self.s.post(f"/v1/vcs?name={name}", data, kind)
                self.assertEqual(r.status, status, r)
        self.assertEqual((self.s.get("/v1/vcs").body, sorted(os.listdir(self.w.inbox))), before)
        for name, data in (("no-archive", b"no archive"), ("cut-off", body[:-40])):  # what it holds is judged when it is verified
            n = self.s.post(f"/v1/vcs?name={name}", data, "application/gzip").json()["n"]
            r = self.s.post(f"/v1/vcs/{n}/verify")
            self.assertEqual((r.status, r.json()["state"]), (200, "failed"), r)


class Owners(unittest.TestCase):
    """What one organisation has, others neither see nor move."""

    @classmethod
    def setUpClass(cls):
        cls.s = Service(conf={"write_rate": 1000000, "write_burst": 1000000})
        cls.addClassCleanup(cls.s.close)
        cls.s.people()
        cls.own, cls.other = cls.s.as_role("supplier"), cls.s.as_role("supplier2")
        r = cls.own.post("/v1/vehicles", {"name": "canary-train", "type_id": VEHICLE_TYPE})
        assert r.status == 201, r
        r = cls.other.post("/v1/vehicles", {"name": "shared", "type_id": VEHICLE_TYPE})
        assert r.status == 201, r

    def test_T32_T34_others_vehicles_are_absent(self):
        for who in ("supplier2", "cpo"):
            a = self.s.as_role(who)
            for path in ("/v1/vehicles", "/vehicles", "/vcs", "/v1/vcs"):
                self.assertNotIn("canary", a.get(path).body.decode(), (who, path))
            for path in ("/v1/vehicles/{}", "/v1/vehicles/{}/tree", "/v1/vehicles/{}/log", "/vehicles/{}", "/vehicles/{}/console"):
                said = []
                for name in ("canary-train", "nobody-has-it"):
                    r = a.get(path.format(name))
                    self.assertEqual(r.status, 404, (who, path))
                    said.append(re.sub(rf"{name}|[0-9a-f]{{16,}}", "_", r.body.decode()))
                self.assertEqual(said[0], said[1], path)
            r = a.post("/v1/vehicles/canary-train/commands", {"line": "stop"})
            self.assertEqual(r.status, 404, r)
        self.assertTrue(self.own.get("/v1/vehicles/canary-train").json()["running"])

    def test_T32_only_fleet_roles_look_and_auditors_only_look(self):
        for who, looks, acts in (("public", 401, 401), ("manufacturer", 403, 403), ("editor", 403, 403), ("ssc", 403, 403),
                                 ("auditor", 200, 403), ("operator", 200, 200), ("supplier", 200, 200)):
            a = self.s.as_role(who)
            self.assertEqual(a.get("/v1/vehicles/canary-train").status, looks, who)
            self.assertEqual(a.get("/vehicles/canary-train/console").status, looks, who)
            self.assertEqual(a.post("/v1/vehicles/canary-train/commands", {"line": "mode auto"}).status, acts, who)
            self.assertEqual(a.post("/v1/vcs/1/verify").status, acts if acts != 200 else 404, who)
        page = self.s.as_role("auditor").get("/vehicles/canary-train/console").body.decode()
        self.assertNotIn("<button type=\"submit\" class=\"govuk-button govuk-button--secondary fp-small\"", page)

    def test_T34_a_taken_name_is_free_for_others(self):
        self.assertEqual(self.own.post("/v1/vehicles", {"name": "shared", "type_id": OTHER_TYPE}).status, 201)
        self.assertEqual(self.own.get("/v1/vehicles/shared").json()["type_id"], OTHER_TYPE)
        operator = self.s.as_role("operator")
        self.assertEqual(operator.get("/v1/vehicles/shared").status, 409)
        self.assertEqual(operator.get("/v1/vehicles/shared?org=Other%20Energy").json()["type_id"], VEHICLE_TYPE)
        self.assertEqual(operator.get("/vehicles/shared/console?org=Other%20Energy").status, 200)

    def test_the_console_obeys_a_button_once(self):
        session = self.s.session("supplier")
        page = session.get("/vehicles/canary-train/console").body.decode()
        once = re.search('name="once" value="([^"]+)"', page).group(1)
        self.assertIn("Not now:", page)

        def count():
            rows = self.s.as_role("operator").get("/v1/audit?action=vehicle-command&limit=500").json()["rows"]
            return len([r for r in rows if r["why"] == "pressed twice"])
        form = {"do": "mode manual", "once": once, "why": "pressed twice", "bb": "all"}
        for _ in range(2):
            r = session.post_form("/vehicles/canary-train/console", form)
            self.assertEqual((r.status, r.headers["Location"]), (303, "/vehicles/canary-train/console"), r)
        self.assertEqual(count(), 1)
        self.assertEqual(self.own.get("/v1/vehicles/canary-train").json()["mode"], "manual")
        r = session.post_form("/vehicles/canary-train/console", {"do": "trigger update", "bb": "all"})
        self.assertEqual(r.status, 409, r)
        self.assertIn("There is a problem", r.body.decode())
        self.assertIn("ejected, because", r.body.decode())
        for form, status in (({"do": "answer", "prompt": "7"}, 400), ({"do": "rm -rf"}, 400), ({}, 400), ({"do": "mode auto", "csrf": "0"}, 403)):
            self.assertEqual(session.post_form("/vehicles/canary-train/console", form).status, status, form)

    def test_a_page_reloads_itself_only_when_asked_to(self):
        self.assertIsNone(self.own.get("/vehicles/canary-train/console").headers["Refresh"])
        self.assertEqual(self.own.get("/vehicles/canary-train/console?every=10").headers["Refresh"], "10")
        self.assertEqual(self.own.get("/vehicles/canary-train/console?every=1").status, 400)


if __name__ == "__main__":
    unittest.main()

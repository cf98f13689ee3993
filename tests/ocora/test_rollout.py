#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Rollouts: many vehicles along one route of Vehicle Configurations."""

import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "api")]

from test_http_openapi import Schema, load  # noqa: E402
from world import BUILD, VEHICLE_TYPE, World, block  # noqa: E402

NAMES = ("B1", "B2")


def blocks(version):
    return [block(n, version, size=500) for n in NAMES]


class Rollouts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.w = w = World()
        cls.addClassCleanup(w.close)
        cls.vcs = [w.vc(f"vc{i}", *blocks(f"{i}.0.0"), version=f"{i}.0.0") for i in range(1, 6)]
        cls.fleet = [f"v{i:04d}" for i in range(1, 4)]
        for v in cls.fleet:
            w.post("/v1/vehicles", {"name": v, "type_id": VEHICLE_TYPE})
        for v in cls.fleet[:2]:
            w.activate(cls.vcs[0], vehicle=v)
        cls.folder = tempfile.TemporaryDirectory(prefix="firpath-rollout-")
        cls.addClassCleanup(cls.folder.cleanup)
        types = ",".join(f"{b['name']}={b['type_id']}" for b in blocks("1.0.0"))
        agents = subprocess.Popen([os.path.join(BUILD, "firpath-bbum"), "--server", w.service.url, "--many", "6", "--blocks", types, "--prefix", "v",
                                   "--dir", cls.folder.name, "--trust", w.trust, "--poll", "50ms", "--log-level", "error"], stdin=subprocess.DEVNULL)

        def end():
            agents.terminate()
            agents.wait()
        cls.addClassCleanup(end)
        for v in cls.fleet[:2]:
            cls.settled(v, cls.vcs[0])

    @classmethod
    def settled(cls, vehicle, n):
        cls.w.name = vehicle
        return cls.w.settled(n)

    def rollout(self, name):
        return self.w.get("/v1/rollouts/" + name)

    def until(self, name, check):
        return self.w.service.wait_for(lambda: (lambda r: r if check(r) else None)(self.rollout(name)), 20)

    def test_1_vehicles_take_each_hop_of_the_route_and_who_is_not_on_it_is_refused(self):
        w, most = self.w, 0
        r = w.service.post("/v1/rollouts", {"name": "spring", "route": self.vcs[:3], "at_most": 1})
        self.assertEqual(r.status, 201, r)
        self.assertEqual(r.headers["Location"], f"/v1/rollouts/{r.json()['id']}")
        while True:
            k = self.rollout("spring")
            most = max(most, k["active"])
            if k["state"] == "done":
                break
            self.assertEqual(k["state"], "running", k)
        self.assertEqual((k["total"], k["done"], k["refused"], k["steps_done"], most), (3, 2, 1, 4, 1))
        for v in self.fleet[:2]:
            self.assertEqual(self.settled(v, self.vcs[2])["blocks"][0]["running"]["version"], "3.0.0")
        [refused] = w.get("/v1/rollouts/spring/vehicles?phase=refused")["vehicles"]
        self.assertEqual((refused["name"], refused["reason"]), ("v0003", "not-on-route"))
        schema = Schema(load())
        for path, kind in (("", "RolloutList"), ("/spring", "Rollout"), ("/spring/vehicles", "RolloutVehicleList")):
            self.assertEqual(schema.errors(w.get("/v1/rollouts" + path), {"$ref": "#/components/schemas/" + kind}), [])
        # Each hop was an activation of its own, in order, by the orchestrator.
        audit = w.get("/v1/audit?action=vc-activate&limit=100")["rows"]
        self.assertEqual([a["who"] for a in audit if a["who"] == "orchestrator"], ["orchestrator"] * 4)

    def test_2_a_vehicle_that_cannot_go_on_is_held_halts_the_rollout_and_goes_on_after_resume(self):
        w = self.w
        w.say("stop", vehicle="v0001")
        w.post("/v1/rollouts", {"name": "summer", "route": self.vcs[2:4], "stop_after": 1})
        w.service.wait_for(lambda: self.rollout("summer")["done"] == 1, 20)
        w.say("mode manual", vehicle="v0001")
        w.say("start", vehicle="v0001")
        # By hand: the rollout activates, an operator answers.
        w.name = "v0001"
        w.wait_prompt("request")
        w.say("request update")
        w.wait_prompt("trigger")
        w.say("stop")
        k = self.until("summer", lambda r: r["state"] == "halted")
        self.assertIn("1 vehicles are held", k["reason"])
        [held] = w.get("/v1/rollouts/summer/vehicles?phase=held")["vehicles"]
        self.assertEqual(held["reason"], "stopped")
        w.say("mode auto")
        w.say("start")
        w.settled(self.vcs[3])
        self.assertEqual(w.service.post("/v1/rollouts/summer/resume").status, 200)
        self.assertEqual(self.until("summer", lambda r: r["state"] == "done")["done"], 2)

    def test_3_bad_routes_are_refused_with_the_place_and_change_nothing(self):
        w = self.w
        for body, code in [({"route": self.vcs[:2]}, "json-field"), ({"name": "x", "route": self.vcs[:1]}, "json-field"),
                           ({"name": "x", "route": [self.vcs[0], 999]}, "not-found"), ({"name": "12", "route": self.vcs[:2]}, "json-field"),
                           ({"name": "x", "route": self.vcs[:2], "at_most": 0}, "json-field"), ({"name": "x", "rout": 1}, "json-field"),
                           ({"name": "x", "route": [self.vcs[0]] * 2}, "json-field"), ({"name": "x", "route": self.vcs[:2], "prefix": "zz"}, "invalid-input"),
                           ({"name": "spring", "route": self.vcs[:2]}, "conflict")]:
            r = w.service.post("/v1/rollouts", body)
            self.assertEqual(r.json()["code"], code, body)
        self.assertEqual([r["name"] for r in w.get("/v1/rollouts")["rollouts"]], ["summer", "spring"])
        self.assertEqual(w.service.post("/v1/rollouts/spring/pause").json()["code"], "campaign-state")
        self.assertEqual(w.service.get("/v1/rollouts/autumn").status, 404)

    def test_4_the_command_line_makes_shows_and_stops_a_rollout(self):
        def firpath(*words):
            return subprocess.run([os.path.join(BUILD, "firpath"), *words, "--server", self.w.service.url], capture_output=True, text=True,
                                  timeout=30, stdin=subprocess.DEVNULL, check=False)
        route = ",".join(map(str, self.vcs[3:5]))
        self.w.say("mode manual", vehicle="v0001")
        self.w.say("mode manual", vehicle="v0002")
        r = firpath("rollout", "create", "--name", "autumn", "--route", route)
        self.assertEqual(r.returncode, 0, r)
        self.assertIn("3 vehicles", r.stdout)
        self.assertIn("autumn", firpath("rollout", "list").stdout)
        r = firpath("rollout", "stop", "autumn")
        self.assertIn("stopped", r.stdout)
        self.assertIn("v0001", firpath("rollout", "status", "autumn", "--phase", "stopped").stdout)
        self.assertEqual(firpath("rollout", "create", "--name", "x", "--route", "1;2").returncode, 2)


if __name__ == "__main__":
    unittest.main()

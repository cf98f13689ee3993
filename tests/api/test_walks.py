#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Campaigns over real device agents that fail, stall, lie and vanish: what becomes of each walk, and what is said of it."""

import json
import os
import subprocess
import time
import unittest

from service import BUILD, Service, image, sha

IDENTITY = "1081:00A10102:00010000"
CONF = {"cpl_stale_block": "365d", "retry_wait": "50ms", "retry_wait_max": "200ms", "request_tries": "3", "trigger_tries": "2",
        "install_timeout": "3s", "accept_timeout": "3s", "restart_timeout": "3s", "trigger_timeout": "3s", "seen_flush": "200ms",
        "contact_timeout": "20s"}


class Walks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = Service(conf=CONF)
        cls.s.import_sample()
        cls.s.put_images()
        cls.serial = 0

    @classmethod
    def tearDownClass(cls):
        cls.s.close()

    def setUp(self):
        self.agents = {}
        Walks.serial += 1
        self.campaign = f"w{Walks.serial}"

    def tearDown(self):
        for p in self.agents.values():
            if p.poll() is None:
                p.terminate()
            p.wait()

    # Means

    def name(self, i=1):
        return f"{self.campaign}-{i}"

    def folder(self, name):
        return os.path.join(self.s.folder, "devices", name)

    def agent(self, *more, name=None, service=None):
        name = name or self.name()
        os.makedirs(os.path.join(self.s.folder, "devices"), exist_ok=True)
        with open(self.folder(name) + ".log", "ab") as log:
            self.agents[name] = subprocess.Popen(
                [os.path.join(BUILD, "firpath-bbum"), "--server", (service or self.s).url, "--name", name, "--dir",
                 self.folder(name), "--identity", IDENTITY, "--poll", "50ms", *more],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return self.agents[name]

    def end(self, name=None):
        p = self.agents[name or self.name()]
        p.kill()
        p.wait()

    def register(self, n=1):
        csv = "name,adapter\n" + "".join(f"{self.name(i)},bbum\n" for i in range(1, n + 1))
        self.assertEqual(self.s.post("/v1/devices", csv, "text/csv").status, 200)

    def device(self, name=None):
        return self.s.get(f"/v1/devices/{name or self.name()}").json()

    def begin(self, n=1, **policy):
        """Waits until all devices have said what they run, then starts a campaign to entry 4."""
        for i in range(1, n + 1):
            self.s.wait_for(lambda i=i: self.device(self.name(i)).get("entry"))
        r = self.s.post("/v1/campaigns", {"name": self.campaign, "target": "000004", "stop_after": 0,
                                          "members": {"devices": [self.name(i) for i in range(1, n + 1)]}, **policy})
        self.assertEqual(r.status, 201, r)
        self.assertEqual(self.order("start").status, 200)

    def order(self, word):
        return self.s.post(f"/v1/campaigns/{self.campaign}/{word}")

    def story(self, phase=None, seconds=30):
        """The walks of the campaign; with a phase: once the first has come to it."""
        def look():
            text = self.s.get(f"/v1/campaigns/{self.campaign}/report").body.decode()
            walks = [json.loads(line) for line in text.splitlines()]
            return walks if phase is None or walks[0]["phase"] == phase else None
        return self.s.wait_for(look, seconds)

    def effects(self, name=None):
        try:
            with open(os.path.join(self.folder(name or self.name()), "effects.log"), encoding="ascii") as f:
                return [dict(x.split("=", 1) for x in line.split()) for line in f]
        except FileNotFoundError:
            return []

    def walk(self, *fault):
        self.register()
        self.agent(*fault)
        self.begin()

    # What happens

    def test_a_device_that_does_well_arrives(self):
        self.walk()
        w = self.story("done")[0]
        self.assertEqual((w["hops_done"], w["entry"], [h["tries"] for h in w["hops"]]), (3, "000004", [1, 1, 1]))
        self.assertEqual([e["to"] for e in self.effects()], ["00010100", "00010200", "00020000"])
        self.assertEqual(self.device()["identity"]["hash"], sha(image(4)))

    def test_one_failed_installation_is_tried_again(self):
        self.walk("--fault", "fail@install:1")
        w = self.story("done")[0]
        self.assertEqual([h["tries"] for h in w["hops"]], [2, 1, 1])
        self.assertEqual(len(self.effects()), 3)

    def test_a_package_that_never_verifies_ends_the_walk_and_the_device_goes_on_with_what_it_has(self):
        self.walk("--fault", "corrupt@download")
        w = self.story("failed")[0]
        self.assertTrue(w["reason"], w)
        self.assertEqual((w["hops_done"], w["entry"]), (0, "000001"))
        self.s.wait_for(lambda: self.device()["state"] == "normal-operation")
        self.assertEqual(self.effects(), [])

    def test_an_image_that_does_not_come_up_is_tried_again_from_the_old_one(self):
        self.walk("--fault", "fail@restart:1")
        w = self.story("done")[0]
        self.assertEqual([h["tries"] for h in w["hops"]], [2, 1, 1])

    def test_a_device_that_only_says_that_it_installed_is_found_out(self):
        self.walk("--fault", "lie@install")
        w = self.story("failed")[0]
        self.assertEqual((w["hops_done"], w["entry"], self.effects()), (0, "000001", []))

    def test_a_device_that_only_says_that_it_restarted_is_found_out(self):
        self.walk("--fault", "lie@restart")
        w = self.story("held")[0]
        self.assertEqual((w["hops_done"], w["entry"]), (0, "000001"))
        self.assertIn("after a restart only", w["detail"])

    def test_T42_a_device_that_lies_about_its_version_is_held(self):
        self.walk("--step-time", "300ms")
        self.s.wait_for(lambda: self.effects())
        self.end()
        self.agent("--fault", "lie@report")  # runs the second entry, and says something else
        w = self.story("held")[0]
        self.assertTrue(w["reason"] and w["detail"], w)
        self.assertEqual(w["hops_done"], 0)
        self.assertNotEqual(self.device()["entry_why"], "known")
        # the truth, and a word from a person, put it right
        self.end()
        self.agent()
        self.s.wait_for(lambda: self.device()["entry_why"] == "known")
        self.assertEqual(self.order("resume").status, 200)
        self.story("done")
        self.assertEqual([e["to"] for e in self.effects()], ["00010100", "00010200", "00020000"])

    def test_a_damaged_image_leads_to_the_error_state_and_the_walk_is_held(self):
        self.walk("--fault", "corrupt@restart")
        w = self.story("held")[0]
        self.assertIn("error", w["reason"] + w["detail"])
        self.assertEqual(self.device()["state"], "error")

    def test_a_device_that_vanishes_and_comes_back_goes_on(self):
        self.walk("--fault", "vanish@install:1,vanish@download:1")
        deaths = 0
        for _ in range(600):
            if self.story()[0]["phase"] == "done":
                break
            if self.agents[self.name()].poll() is not None:
                self.assertEqual(self.agents[self.name()].returncode, 9)
                deaths += 1
                self.agent("--fault", "vanish@install:1,vanish@download:1")
            time.sleep(0.05)
        self.assertEqual(self.story("done")[0]["hops_done"], 3)
        self.assertEqual(deaths, 2)
        self.assertEqual(len(self.effects()), 3)

    def test_a_stalled_update_ends_the_walk_by_time(self):
        self.walk("--fault", "stall@download")
        w = self.story("failed")[0]
        self.assertTrue(w["reason"] and w["detail"], w)
        self.assertEqual(self.device()["state"], "update")

    def test_an_application_that_does_not_permit_is_asked_three_times(self):
        self.walk("--permission", "deny")
        w = self.story("failed")[0]
        self.assertIn("does not permit", w["detail"])
        with open(self.folder(self.name()) + ".log", encoding="utf-8") as f:
            self.assertEqual(f.read().count("command=request-update answer=rejected"), 3)

    def test_failures_halt_the_campaign_before_everybody_fails(self):
        self.register(6)
        for i in range(1, 7):
            self.agent("--fault", "fail@verify", name=self.name(i))
        self.begin(6, max_active=1, stop_after=2)
        p = self.s.wait_for(lambda: (lambda p: p if p["state"] == "halted" else None)(
            self.s.get(f"/v1/campaigns/{self.campaign}/progress").json()), 30)
        self.assertEqual((p["failed"], p["queued"]), (2, 4))
        self.assertIn("limit 2", p["reason"])
        self.assertEqual(self.order("stop").status, 200)

    def test_a_pause_rests_between_hops_and_a_resume_goes_on(self):
        self.register(4)
        for i in range(1, 5):
            self.agent("--step-time", "100ms", name=self.name(i))
        self.begin(4)
        self.s.wait_for(lambda: any(self.effects(self.name(i)) for i in range(1, 5)))
        self.assertEqual(self.order("pause").status, 200)

        def rest():
            p = self.s.get(f"/v1/campaigns/{self.campaign}/progress").json()
            return p if p["state"] == "paused" and p["active"] == 0 else None
        self.s.wait_for(rest, 30)
        before = [len(self.effects(self.name(i))) for i in range(1, 5)]
        time.sleep(0.6)
        self.assertEqual([len(self.effects(self.name(i))) for i in range(1, 5)], before)
        self.assertTrue(all(n < 3 for n in before), before)
        for i in range(1, 5):
            self.assertEqual(self.device(self.name(i))["state"], "normal-operation")
        self.assertEqual(self.order("resume").status, 200)
        for w in self.s.wait_for(lambda: (lambda all_: all_ if all(w["phase"] == "done" for w in all_) else None)(self.story()), 30):
            self.assertEqual(w["hops_done"], 3)
        for i in range(1, 5):
            self.assertEqual([e["to"] for e in self.effects(self.name(i))], ["00010100", "00010200", "00020000"])

    def test_a_stop_leaves_the_device_in_normal_operation_with_what_it_runs(self):
        self.walk("--step-time", "200ms")
        self.s.wait_for(lambda: self.effects())
        self.assertEqual(self.order("stop").status, 200)
        w = self.story("stopped")[0]
        self.assertLess(w["hops_done"], 3)
        self.s.wait_for(lambda: self.device()["state"] == "normal-operation")
        time.sleep(0.3)
        self.assertEqual(len(self.effects()), w["hops_done"])


class Withdrawn(unittest.TestCase):
    """In services of their own, because they change the catalogue."""

    def test_F9_an_edge_that_is_blocked_on_the_way_is_not_pushed(self):
        with Service(conf=CONF) as s:
            s.import_sample()
            s.put_images()
            s.post("/v1/devices", "name,adapter\nd,bbum\n", "text/csv")
            folder = os.path.join(s.folder, "d")
            p = subprocess.Popen([os.path.join(BUILD, "firpath-bbum"), "--server", s.url, "--name", "d", "--dir", folder,
                                  "--identity", IDENTITY, "--poll", "50ms", "--step-time", "200ms", "--log-level", "error"])
            try:
                s.wait_for(lambda: s.get("/v1/devices/d").json().get("entry"))
                s.post("/v1/campaigns", {"name": "c", "target": "000004", "members": {"devices": ["d"]}, "stop_after": 0})
                s.post("/v1/campaigns/c/start")
                log = os.path.join(folder, "effects.log")
                s.wait_for(lambda: os.path.exists(log))
                r = s.import_statements("entry,kind,bases,source,author,stated_on,confirmed_on,excerpt,reference\n"
                                        "000003,block,000002,secas,Somebody,2026-11-01,,Bricks meters.,https://example.org/1\n")
                self.assertEqual(r.status, 201, r)
                w = s.wait_for(lambda: (lambda w: w if w["phase"] == "held" else None)(
                    json.loads(s.get("/v1/campaigns/c/report").body.splitlines()[0])), 30)
                self.assertEqual((w["hops_done"], w["entry"]), (1, "000002"))
                self.assertIn("block", w["reason"] + w["detail"])
                s.wait_for(lambda: s.get("/v1/devices/d").json()["state"] == "normal-operation")
                with open(log, encoding="ascii") as f:
                    self.assertEqual(len(f.readlines()), 1)
            finally:
                p.terminate()
                p.wait()

    def test_an_image_that_is_not_what_the_catalogue_says_is_refused_by_the_device(self):
        with Service(conf=CONF) as s:
            s.import_sample()
            s.put_images()
            path = os.path.join(s.folder, "images", sha(image(2)))
            with open(path, "r+b") as f:  # somebody changes the file behind the service's back
                f.write(b"X")
            s.post("/v1/devices", "name,adapter\nd,bbum\n", "text/csv")
            p = subprocess.Popen([os.path.join(BUILD, "firpath-bbum"), "--server", s.url, "--name", "d", "--dir",
                                  os.path.join(s.folder, "d"), "--identity", IDENTITY, "--poll", "50ms", "--log-level", "error"])
            try:
                s.wait_for(lambda: s.get("/v1/devices/d").json().get("entry"))
                s.post("/v1/campaigns", {"name": "c", "target": "000004", "members": {"devices": ["d"]}, "stop_after": 0})
                s.post("/v1/campaigns/c/start")
                w = s.wait_for(lambda: (lambda w: w if w["phase"] == "failed" else None)(
                    json.loads(s.get("/v1/campaigns/c/report").body.splitlines()[0])), 30)
                self.assertEqual((w["hops_done"], w["entry"]), (0, "000001"))
                self.assertFalse(os.path.exists(os.path.join(s.folder, "d", "effects.log")))
            finally:
                p.terminate()
                p.wait()


if __name__ == "__main__":
    unittest.main()

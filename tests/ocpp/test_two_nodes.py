#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Two services on one PostgreSQL, stations spread over both by a balancer, one campaign; a service is killed in the middle: its
stations come to the other one and end where they should, and none is moved twice. FIRPATH_TWO_NODES is the number of stations (a
long run has thousands). Starts a private PostgreSQL when there is none in FIRPATH_TEST_PG."""

import os
import sys
import time
import unittest

from world import BUILD, CONF, Service, World, free_port

from balancer import Balancer  # of tests/api, which world.py put on the path

COUNT = int(os.environ.get("FIRPATH_TWO_NODES", "30"))
LONG = COUNT > 100
CHAIN = ["1.0", "1.1", "1.2"]


class TwoNodes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        slow = {k: "20s" for k in CONF if k.endswith("_timeout")} if LONG else {}
        cls.w = w = World(pg=True, conf={"ocpp_pace": "1000", **slow})
        cls.addClassCleanup(w.close)
        port = free_port()
        cls.b = Service(folder=os.path.join(w.folder, "b"), db=w.service.db, start=False,
                        conf={**w.service.conf, "listen": f"127.0.0.1:{free_port()}", "ocpp_profile0": f"127.0.0.1:{port}",
                              "ocpp_profile1": f"127.0.0.1:{free_port()}"})
        os.mkdir(cls.b.folder)
        cls.b.start()
        cls.addClassCleanup(cls.b.close)
        cls.balancer = Balancer(w.open_port, port)
        cls.addClassCleanup(cls.balancer.close)

    def nodes(self):
        """{node: stations connected there}"""
        out, cursor = {}, ""
        while cursor is not None:
            page = self.b.get(f"/v1/stations?limit=500{'&cursor=' + cursor if cursor else ''}").json()
            for s in page["stations"]:
                out[s["node"]] = out.get(s["node"], 0) + 1
            cursor = page.get("next")
        return out

    def test_a_node_is_killed_and_its_stations_end_at_the_other_and_none_moves_twice(self):
        w, a = self.w, self.w.service
        w.releases(*CHAIN)
        w.stations(COUNT)
        time.sleep(1)  # the node that did not register them looks
        sim = w.sim(COUNT, "--speed", "4" if LONG else "30", server=f"ws://127.0.0.1:{self.balancer.port}/ocpp")
        w.wait_for(lambda: sim.counts()["boots"] >= COUNT, 120)
        w.all_known(COUNT, 120)
        here = self.nodes()
        self.assertEqual(len(here), 2, here)
        self.assertGreater(min(here.values()), COUNT // 4, here)
        w.campaign("c", CHAIN[-1])
        began = time.monotonic()
        # In the middle: some moved, by hands of both.
        w.wait_for(lambda: w.progress("c")["hops"] >= COUNT // 3, 300)
        a.kill()
        try:
            end = time.monotonic() + (600 if LONG else 40)
            while (p := self.b.get("/v1/campaigns/c/progress").json())["state"] == "running" and time.monotonic() < end:
                time.sleep(0.1)
            took = time.monotonic() - began
            report = self.b.get("/v1/campaigns/c/report")
            self.assertEqual((p["state"], p["done"]), ("done", COUNT), (p, report.body[-2000:]))
            paths = {}
            for e in sim.events(event="runs"):
                paths.setdefault(e["station"], [e["from"]]).append(e["to"])
            self.assertEqual({s: v for s, v in paths.items() if v != CHAIN}, {})
            self.assertEqual(len(paths), COUNT)
            self.assertEqual(sim.violations(), [])
            self.assertEqual({n for n in self.nodes() if n}, {n for n in here if self.b.conf["listen"] in n})
            self.assertTrue(self.b.get("/v1/audit/verify").json()["ok"])
            if LONG:
                print(f"{COUNT} stations, {p['hops']} hops over two nodes in {took:.1f} s, one killed; at first {here}")
        finally:
            a.start()


if __name__ == "__main__":
    if "FIRPATH_TEST_PG" not in os.environ:
        with_pg = os.path.join(BUILD, "tests/with_pg")
        os.execv(with_pg, [with_pg, sys.executable, os.path.abspath(__file__), *sys.argv[1:]])
    unittest.main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Two services on one PostgreSQL share the meters of one campaign; one of them is killed in the middle: the other one has all shards
within the lease, every meter ends at its target, and none was activated twice. FIRPATH_TWO_NODES is the number of meters (a long run
has thousands). Starts a private PostgreSQL when there is none in FIRPATH_TEST_PG."""

import os
import sys
import time
import unittest

from world import BUILD, Service, World, free_port
from fake import USER, eui

from balancer import Balancer  # of tests/api, which world.py put on the path

COUNT = int(os.environ.get("FIRPATH_TWO_NODES", "40"))
LONG = COUNT > 200
LEASE = 5.0 if LONG else 2.0
FIRST = 0x00DC000000000000
TICK = os.sysconf("SC_CLK_TCK")


def cpu(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


class TwoNodes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # Slow enough that the kill is in the middle.
        conf = {"dcc_lease": f"{LEASE}s".replace(".0", ""), "threads": "48", "dcc_tries": "20", **({"dcc_answer_timeout": "60s"} if LONG else {}),
                **({k: "60s" for k in ("dcc_deliver_timeout", "dcc_verify_timeout", "dcc_outcome_timeout", "dcc_version_timeout")} if LONG else {})}
        cls.w = w = World(pg=True, conf=conf)
        cls.addClassCleanup(w.close)
        port = free_port()
        cls.b = Service(folder=os.path.join(w.folder, "b"), db=w.service.db, start=False, conf={**w.service.conf, "listen": f"127.0.0.1:{port}"})
        os.mkdir(cls.b.folder)
        cls.b.start()
        cls.addClassCleanup(cls.b.close)
        cls.balancer = Balancer(w.port, port)
        cls.addClassCleanup(cls.balancer.close)
        w.port = cls.balancer.port  # where the DCC sends its messages

    def shards(self):
        """How many each node has."""
        return sorted(n["shards"] for n in self.b.get("/v1/dcc").json()["nodes"])

    def progress(self):
        return self.b.get("/v1/campaigns/c/progress").json()

    def test_a_node_is_killed_and_the_other_one_has_its_meters_within_the_lease_and_none_is_activated_twice(self):
        w, a = self.w, self.w.service
        rows = ["eui,type,hub,identity,status,smets"]
        rows += [f"{eui(FIRST + 2 * i + 1)},ESME,{eui(FIRST + 2 * i)},1081:00A10102:00010000,Commissioned,SMETS2" for i in range(COUNT)]
        w.ask("POST", "/v1/meters", "\n".join(rows).encode(), content_type="text/csv")
        w.lines += ["parallel 16", f"delay-verify {2000 if LONG else 300}", f"jitter {20000 if LONG else 1000}", f"han {eui(FIRST)} {COUNT} hub,power user={eui(USER)}"]
        w.start()
        w.wait_for(lambda: self.shards() == [32, 32], 20)
        busy = (cpu(a.process.pid), cpu(self.b.process.pid))
        w.ask("POST", "/v1/campaigns", {"name": "c", "target": w.entry("power", 2), "max_active": COUNT, "stop_after": 0, "members": {"filter": {}}})
        w.ask("POST", "/v1/campaigns/c/start")
        began = time.monotonic()
        w.wait_for(lambda: self.progress()["hops"] >= COUNT // 2, 600 if LONG else 40)
        busy = (cpu(a.process.pid) - busy[0], cpu(self.b.process.pid) - busy[1])
        self.assertEqual(self.shards(), [32, 32])
        a.kill()
        killed = time.monotonic()
        try:
            w.service = self.b
            w.wait_for(lambda: 64 in self.shards(), LEASE + 20)
            taken = time.monotonic() - killed
            self.assertLess(taken, 2 * LEASE + 2)
            w.ended("c", 900 if LONG else 60)
            took = time.monotonic() - began
        finally:
            w.service = a
            a.start()
        self.assertEqual(self.progress()["done"], COUNT)
        totals = w.dcc.totals()
        self.assertEqual({k: v for k, v in totals["sins"].items() if v and k != "counter-fell"}, {})
        self.assertEqual(totals["activations"], 2 * COUNT)
        self.assertEqual(totals["versions"]["power"], {"00010200": COUNT})
        self.assertTrue(self.b.get("/v1/audit/verify").json()["ok"])
        if LONG:
            print(f"{COUNT} meters, {2 * COUNT} hops over two nodes in {took:.1f} s, one killed; its shards were taken after {taken:.1f} s (lease {LEASE} s); "
                  f"until then CPU {busy[0]:.1f} and {busy[1]:.1f} s; {totals['sins']}, deliveries {totals['sent']['delivery']}")


if __name__ == "__main__":
    if "FIRPATH_TEST_PG" not in os.environ:
        with_pg = os.path.join(BUILD, "tests/with_pg")
        os.execv(with_pg, [with_pg, sys.executable, os.path.abspath(__file__), *sys.argv[1:]])
    unittest.main()

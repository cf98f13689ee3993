#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""firpathd is killed while the played DCC misbehaves; a thousand kills are in tests/long/run."""

import time
import unittest

from world import World, clean


class Storm(unittest.TestCase):
    """Features 18 and 19: faults of many kinds at once, and kill -9."""

    def test_features_18_and_19_survive_kills_and_faults(self):
        with World(conf={"trigger_tries": "6", "dcc_tries": "8", "dcc_deliver_timeout": "1s", "dcc_verify_timeout": "1s"}) as w:
            devices = [w.meter("power") for _ in range(30)]
            w.start()
            for word, rate in (("outcome-lost", .1), ("read-lost", .1), ("undelivered", .05), ("busy", .1), ("twice", .2), ("lost", .03), ("n60-late", .2),
                               ("command-lost", .05), ("outcome-early", .1), ("suspended", .02)):
                w.dcc.fault(word, rate=rate)
            w.campaign("storm", "power", 2, devices)
            for _ in range(4):
                time.sleep(0.4)
                w.service.kill()
                w.service.start()
            # What had no answer when it was killed is asked again after a minute or more: that too is a named state, with a time.
            w.wait_for(lambda: all(self.settled(w, d) for d in devices), 45)
            clean(self, w)
            for d in devices:
                self.assertEqual(w.path(d), w.chain("power", 2)[:len(w.path(d))])
            phases = [x["phase"] for x in w.walks("storm").values()]
            self.assertGreaterEqual(sum(x == "done" for x in phases), 5, phases)

    @staticmethod
    def settled(w, device):
        if w.walks("storm")[device]["phase"] in ("done", "failed"):
            return True
        job = (w.jobs(device) or [{}])[-1]
        return job.get("reason") == "answer-lost" and job["due_at"]


if __name__ == "__main__":
    unittest.main()

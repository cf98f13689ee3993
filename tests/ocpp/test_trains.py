#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""firpathd and stations of another maker (npm ocpp-rpc in strict mode: each message of both sides is checked with the official
schemas; those of 2.1 re-keyed; components with schemas of the extension): full trains, refusals, paths of two and three hops."""

import json
import os
import subprocess
import unittest

from world import HERE, World

PASSWORD = "a-password-of-20-chars"
KEY = "00112233445566778899AABBCCDDEEFF00112233"  # 1.6: bytes, one of them NUL


class Peer:
    """A station in Node."""

    def __init__(self, world, identity, protocol, components, parted=False, password=PASSWORD, **more):
        self.identity, self.protocol = identity, protocol
        me = {"url": f"ws://127.0.0.1:{world.port}/ocpp", "identity": identity, "protocol": protocol, "vendor": "Example", "model": "One",
              "components": components, "parted": parted,
              "hashes": {f"{c} {v}": sha for (c, v), (_, sha) in world.released.items()}, **more}
        self.path = os.path.join(world.folder, identity + ".told")
        world.ask("POST", "/v1/stations", {"identity": identity, "profile": 1,
                                           **({"key": KEY} if protocol == "ocpp1.6" else {"password": password})})
        me["password"] = password
        if protocol == "ocpp1.6":
            me["keyHex"] = KEY
        with open(self.path, "wb") as out:
            self.process = subprocess.Popen(["node", os.path.join(HERE, "trains.mjs"), json.dumps(me)], stdin=subprocess.PIPE, stdout=out,
                                            stderr=subprocess.DEVNULL)

    def told(self, what=None):
        with open(self.path, encoding="utf-8") as f:
            lines = [json.loads(x) for x in f.read().split("\n")[:-1]]
        return [x for x in lines if what in (None, x["what"])]

    def runs(self, component="default"):
        hops = [x for x in self.told("runs") if x["component"] == component]
        return [hops[0]["from"], *(x["to"] for x in hops)] if hops else []

    def asked(self, action):
        return [x["params"] for x in self.told("asked") if x["action"] == action]

    def end(self):
        self.process.stdin.close()
        self.process.wait(10)


class Trains(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.w = w = World()
        cls.addClassCleanup(w.close)
        w.releases("1.0", "1.1", "1.2", "1.3")
        w.releases("1.0", "1.1", "1.2", component="Main", model="Two")
        # The new metrology wants the new Main first; its image goes over 2.0.
        w.release("2.0", "Metrology", model="Two")
        w.release("2.1", "Metrology", ["2.0"], model="Two", compatibility=[{"relation": "Requires", "component": "Main", "minVersion": "1.1"}])
        sets = [w.public_id("1.2", "Main", "Two"), w.public_id("2.1", "Metrology", "Two")]
        w.ask("POST", "/v1/sets", {"name": "two", "vendor": "Example", "model": "Two", "note": "", "releases": sets})
        cls.peers = {}

        def peer(identity, protocol, components, **more):
            cls.peers[identity] = p = Peer(w, identity, protocol, components, **more)
            cls.addClassCleanup(p.end)

        for protocol in ("ocpp1.6", "ocpp2.0.1", "ocpp2.1"):
            short = protocol[4:].replace(".", "")
            peer("THREE-" + short, protocol, {"default": "1.0"})
            peer("TWO-" + short, protocol, {"default": "1.1"})
            peer("NO-" + short, protocol, {"default": "1.2"}, refuse="NotSupported" if protocol == "ocpp1.6" else "Rejected")
            peer("PARTS-" + short, protocol, {"Main": "1.0", "Metrology": "2.0"}, parted=True, model="Two")
        peer("PLAIN-16", "ocpp1.6", {"default": "1.1"}, signed=False)
        w.all_known(len(cls.peers))
        for i in cls.peers:
            if i.startswith("PARTS"):
                w.wait_for(lambda i=i: len(w.station(i)["components"]) == 2)
        single = [i for i in cls.peers if not i.startswith("PARTS")]
        w.campaign("single", "1.3", devices=single)
        w.campaign("parts", "set:two", devices=[i for i in cls.peers if i.startswith("PARTS")])
        cls.single, cls.parts = w.ended("single", 40), w.ended("parts", 40)
        cls.walks = {**w.walks("single"), **w.walks("parts")}

    def each(self, prefix):
        found = {i: p for i, p in self.peers.items() if i.startswith(prefix)}
        self.assertGreater(len(found), 0)
        return found.items()

    def test_no_message_of_either_side_breaks_an_official_schema(self):
        for identity, p in self.peers.items():
            self.assertEqual(p.told("violation"), [], identity)
            self.assertGreater(len(p.told("asked")), 0, identity)

    def test_three_hops_in_each_version_each_after_the_one_before_was_observed(self):
        for identity, p in self.each("THREE-"):
            self.assertEqual(p.runs(), ["1.0", "1.1", "1.2", "1.3"], identity)
            self.assertEqual((self.walks[identity]["phase"], len(self.walks[identity]["hops"])), ("done", 3), identity)
            lines = [x["what"] if x["what"] != "asked" else x["action"] for x in p.told()]
            order = [x for x in lines if x in ("UpdateFirmware", "SignedUpdateFirmware", "booted", "updated")]
            self.assertEqual(sum(x.endswith("UpdateFirmware") for x in order), 3, order)
            for a, b in zip(order, order[1:]):
                self.assertFalse(a.endswith("UpdateFirmware") and b.endswith("UpdateFirmware"), order)

    def test_two_hops_in_each_version(self):
        for identity, p in self.each("TWO-"):
            self.assertEqual(p.runs(), ["1.1", "1.2", "1.3"], identity)
            self.assertEqual(self.walks[identity]["phase"], "done", identity)

    def test_images_come_in_ranges_and_are_those_that_were_published(self):
        for identity, p in self.each("THREE-"):
            got = p.told("fetched")
            self.assertEqual({x["status"] for x in got}, {206}, identity)
            self.assertEqual([x["sha256"].upper() for x in got],
                             [self.w.released[("default", v)][1] for v in ("1.1", "1.2", "1.3")], identity)

    def test_a_refusal_ends_the_walk_with_its_name_and_nothing_is_sent_again(self):
        for identity, p in self.each("NO-"):
            walk = self.walks[identity]
            self.assertIn(walk["phase"], ("failed", "refused"), walk)
            self.assertEqual(p.runs(), [], identity)
            asked = p.asked("UpdateFirmware") + p.asked("SignedUpdateFirmware")
            self.assertLessEqual(len(asked), 2, identity)  # 1.6: one in each form
            self.assertTrue(walk["reason"], walk)

    def test_signed_requests_carry_the_certificate_and_the_signature_of_the_release(self):
        for identity, p in self.each("THREE-"):
            for params in p.asked("SignedUpdateFirmware" if p.protocol == "ocpp1.6" else "UpdateFirmware"):
                self.assertTrue(params["firmware"]["signingCertificate"].startswith("-----BEGIN CERTIFICATE-----"), identity)
                self.assertGreater(len(params["firmware"]["signature"]), 60, identity)

    def test_trap_the_empty_1_6_answer_is_not_read_as_success_and_plain_1_6_is_a_fallback(self):
        p, walk = self.peers["PLAIN-16"], self.walks["PLAIN-16"]
        self.assertEqual(p.runs(), ["1.1", "1.2", "1.3"])
        self.assertEqual((walk["phase"], len(walk["hops"])), ("done", 2))
        self.assertEqual(len(p.asked("UpdateFirmware")), 2)

    def test_components_move_in_the_order_that_every_state_in_between_allows(self):
        for identity, p in self.each("PARTS-"):
            self.assertEqual(p.runs("Main"), ["1.0", "1.1", "1.2"], [w for d, w in self.walks.items() if d.startswith(identity)])
            self.assertEqual(p.runs("Metrology"), ["2.0", "2.1"], identity)
            state = {"Main": "1.0", "Metrology": "2.0"}
            for x in p.told("runs"):
                state[x["component"]] = x["to"]
                self.assertFalse(state["Metrology"] == "2.1" and state["Main"] == "1.0", p.told("runs"))
            if p.protocol != "ocpp1.6":
                asked = p.asked("UpdateFirmwareComponents")
                self.assertTrue(all(c["expectedVersion"] for a in asked for c in a["firmwareComponent"]), asked)

    def test_request_ids_start_at_1_and_are_never_used_twice(self):
        for identity, p in self.peers.items():
            ids = [a["requestId"] for action in ("UpdateFirmware", "SignedUpdateFirmware", "UpdateFirmwareComponents", "GetFirmwareComponents")
                   for a in p.asked(action) if "requestId" in a]
            self.assertEqual(len(ids), len(set(ids)), (identity, ids))
            self.assertGreaterEqual(min(ids, default=1), 1)


if __name__ == "__main__":
    subprocess.run([os.path.join(HERE, "install")], check=True)
    unittest.main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Home area networks, limits, windows and suppliers (features 16 and 20 to 23), against the played DCC."""

import json
import time
import unittest

from fake import OTHER, eui, text_of
from world import World, clean, sha


class Hans(unittest.TestCase):
    """Feature 21: a home area network is a whole."""

    @classmethod
    def setUpClass(cls):
        cls.w = w = World()
        cls.addClassCleanup(w.close)
        cls.gpf, cls.power, cls.screen, cls.switch = w.han("gpf", "power", "screen", "switch")
        cls.hub = cls.gpf[:-2] + "00"
        cls.lost_screen, cls.old = w.meter("screen"), w.meter("power")
        w.rows[-1]["smets"] = "SMETS1"
        cls.ihd, cls.cad = (eui(0x00DC000000000000 + i) for i in (1, 2))
        w.rows += [{"eui": cls.ihd, "type": "IHD", "hub": cls.hub}, {"eui": cls.cad, "type": "CAD", "hub": cls.hub}]
        w.start()

    def refused(self, name, device, model, word):
        self.w.campaign(name, model, 1, [device])
        self.w.ended(name)
        said = json.dumps(self.w.walked.get(device)) + json.dumps(self.w.meter_of(device).get("gate"))
        self.assertIn(word, said)
        self.assertEqual(self.w.asked(device, "11.1") + self.w.asked(device, "11.4"), [] )

    def test_feature_21_hubs_are_the_dccs_and_one_unit(self):
        self.refused("hub", self.hub, "hub", "pushed-by-dcc")
        self.w.dcc.do("hub-firmware", self.hub, version="00000001")
        self.assertNotIn("to-hub", self.w.dcc.sins())

    def test_feature_21_ihd_cad_and_smets1_are_refused_with_a_reason(self):
        for device, word in ((self.ihd, "no-ota"), (self.cad, "no-ota"), (self.old, "smets1")):
            gate = self.w.meter_of(device)["gate"]
            self.assertEqual((gate["open"], gate["word"]), (False, word))
            self.assertTrue(gate["says"])
        self.w.campaign("smets1", "power", 1, [self.old])
        self.w.ended("smets1")
        self.assertEqual((self.w.walked[self.old]["phase"], self.w.asked(self.old, "11.1")), ("refused", []))

    def test_feature_21_ppmid_and_hcalcs_need_a_hub_that_can(self):
        w = self.w
        self.assertEqual(w.meter_of(self.screen)["gate"]["word"], "hub-unknown")  # no statement: nothing is pushed
        for kind in ("PPMID", "HCALCS"):
            w.ask("PUT", f"/v1/han-rules/{kind.lower()}", {"applies_class": kind, "needs_class": "CHF", "needs_gbcs": "4.0", "source": "Release note 7 of the example hub"})
        gate = w.meter_of(self.screen)["gate"]
        self.assertEqual(gate["word"], "hub-firmware")
        self.assertIn("4.0", gate["says"])
        w.campaign("screen", "screen", 1, [self.screen])
        w.campaign("switch", "switch", 1, [self.switch])
        time.sleep(0.5)
        self.assertEqual((w.asked(self.screen, "11.4"), w.asked(self.switch, "11.1")), ([], []))
        w.dcc.do("hub-firmware", self.hub, version="00000002")  # the DCC does it, nobody else
        for name in ("screen", "switch"):
            w.ended(name, 40)
        self.assertEqual((w.path(self.screen), w.path(self.switch)), (["00000005", "00000006"], ["00000001", "00000002"]))
        self.assertEqual({j["service"] for j in w.dcc.meter(self.screen)["journal"]} & {"11.1", "11.3"}, set())
        self.assertTrue([e for e in w.events(self.screen) if e["way"] == "in" and "8F8B" in json.dumps(e)], w.events(self.screen))
        clean(self, w)


class Limits(unittest.TestCase):
    """Features 16 and 22: many requests, few commands."""

    def test_feature_16_lists_are_split_and_feature_22_the_day_has_a_limit(self):
        with World(conf={"dcc_devices": "3", "dcc_daily_critical": "4", "dcc_gather": "300ms"}) as w:
            devices = [w.meter("power") for _ in range(8)]
            w.start()
            w.campaign("many", "power", 1, devices)
            w.wait_for(lambda: w.dcc.totals()["activations"] == 4)
            w.wait_for(lambda: sum(w.jobs(d)[-1]["reason"] == "daily-limit" for d in devices if w.jobs(d)) == 4)
            lists = [text_of(p).count("-DB-") for p in w.dcc.documents("D") if "UpdateFirmware" in text_of(p)]
            self.assertEqual((sum(lists), max(lists)), (8, 3))
            self.assertEqual(w.dcc.totals()["activations"], 4)
            clean(self, w)


class Windows(unittest.TestCase):
    """Feature 22: activations in windows, future-dated, taken back."""

    def test_feature_22_future_dated_and_taken_back(self):
        shut = time.strftime("%H:%M", time.gmtime(time.time() + 7200)), time.strftime("%H:%M", time.gmtime(time.time() + 10800))
        with World(conf={"dcc_window": "-".join(shut), "dcc_timezone": "UTC", "dcc_future": "yes"}) as w:
            a, b, c = w.meter("power"), w.meter("power"), w.meter("power")
            w.start()
            w.dcc.fault("future-failed", c)
            w.campaign("later", "power", 1, [a, b, c])
            for m in (a, b, c):
                w.wait_for(lambda m=m: w.jobs(m) and w.jobs(m)[-1]["state"] == "scheduled")
                self.assertEqual(w.dcc.meter(m)["version"], "00010000")
                self.assertGreater(w.dcc.meter(m)["activate_at"], time.time() * 1000 + 3600000)
            w.command(b, "cancel-activation")
            w.wait_for(lambda: w.jobs(b)[-1]["state"] == "canceled")
            self.assertEqual(w.dcc.meter(b)["activate_at"], -1)
            w.dcc.do("clock", ahead=4 * 3600 * 1000)
            w.wait_for(lambda: w.jobs(a)[-1]["state"] == "proven")
            w.wait_for(lambda: w.jobs(c)[-1]["state"] == "failed")
            self.assertEqual([w.dcc.meter(m)["version"] for m in (a, b, c)], ["00010100", "00010000", "00010000"])
            clean(self, w)

    def test_feature_22_outside_the_window_nothing_is_activated(self):
        shut = time.strftime("%H:%M", time.gmtime(time.time() + 7200)), time.strftime("%H:%M", time.gmtime(time.time() + 10800))
        with World(conf={"dcc_window": "-".join(shut), "dcc_timezone": "UTC"}) as w:
            m = w.meter("power")
            w.start()
            w.campaign("shut", "power", 1, [m])
            time.sleep(1)
            self.assertEqual(w.asked(m, "11.3"), [])

    def test_feature_22_a_campaign_stops_when_too_many_fail(self):
        with World() as w:
            devices = [w.meter("power") for _ in range(8)]
            w.start()
            w.dcc.fault("outcome-failed", *devices, times=-1)
            w.campaign("stops", "power", 1, devices, max_active=2, stop_after=2)
            got = w.ended("stops", 40)
            self.assertEqual(got["state"], "halted", got)
            self.assertLess(sum(bool(w.asked(d, "11.3", 5)) for d in devices), 6)


class Suppliers(unittest.TestCase):
    """Features 20 and 23: other suppliers, and the DCC's own limits."""

    def test_feature_23_change_of_supplier_in_the_middle(self):
        with World(people=True, conf={"dcc_verify_timeout": "20s"}) as w:
            a, b = w.meter("power"), w.meter("power")
            w.start(as_="supplier")
            w.dcc.fault("no-verify", a, b, times=-1)
            w.campaign("churn", "power", 2, [a, b], as_="supplier")
            for m in (a, b):
                w.wait_for(lambda m=m: w.jobs(m, as_="supplier") and w.jobs(m, as_="supplier")[-1]["state"] == "delivered")
            w.dcc.do("churn", a, user=eui(OTHER))
            w.wait_for(lambda: w.jobs(a, as_="supplier")[-1]["state"] == "lost")
            self.assertEqual(w.meter_of(a, as_="supplier")["authority"], "lost")
            w.dcc.do("churn", b, user=eui(OTHER), quiet=1)  # nobody says so: the DCC's answer does
            w.command(b, "read-version", as_="supplier")
            w.wait_for(lambda: w.jobs(b, as_="supplier")[-1]["state"] == "lost")
            w.ended("churn", as_="supplier")
            self.assertEqual([w.asked(m, "11.3") for m in (a, b)], [[], []])
            # The gaining supplier takes it, reads what it is, and goes on from there with signatures of its own.
            w.dcc.fault("no-verify", a, times=0)
            w.dcc.do("restart")
            w.ask("POST", "/v1/meters", json.dumps({"eui": a, "type": "ESME", "hub": a[:-2] + "00"}).encode(), as_="supplier2", content_type="application/x-ndjson")
            w.command(a, "read-inventory", as_="supplier2")
            w.wait_for(lambda: w.meter_of(a, as_="supplier2")["entry"] == "000011")
            for i in (1, 2):
                w.ask("POST", f"/v1/ota/{sha('power', i)}/sign", as_="supplier2")
            w.campaign("gained", "power", 2, [a], as_="supplier2")
            w.ended("gained", as_="supplier2")
            self.assertEqual(w.path(a), w.chain("power", 2))
            self.assertEqual({j["user"] for j in w.asked(a, "11.3")}, {eui(OTHER)})
            self.assertEqual(w.meter_of(a, as_="supplier")["authority"], "lost")
            # The losing one was refused its reading of b, a few times at most; it asked nothing else of either.
            self.assertLessEqual(set(w.dcc.sins()), {"not-its"}, w.dcc.err())
            losing = [(m, j["service"]) for m in (a, b) for j in w.dcc.meter(m)["journal"] if j["user"] != eui(OTHER) and j["code"] == "E4"]
            self.assertEqual(set(losing), {(b, "11.2")})
            self.assertLessEqual(len(losing), 4)

    def test_feature_20_quarantined_requests_stop_the_user_until_somebody_looks(self):
        with World() as w:
            a, b, c = w.meter("power"), w.meter("power"), w.meter("power")
            w.start()
            w.dcc.fault("quarantined", a)
            w.campaign("first", "power", 1, [a])
            w.wait_for(lambda: w.get("/v1/dcc")["users"][0]["held"])
            w.campaign("second", "power", 1, [b])
            w.wait_for(lambda: (w.walks("second").get(b) or {}).get("reason") == "user-held")
            self.assertEqual(w.asked(b, "11.1") + w.asked(b, "11.3"), [])
            who = w.get("/v1/dcc")["users"][0]["eui"]
            w.ask("POST", f"/v1/dcc/users/{who}/release")
            w.ended("second")  # what waited for that looks again at once
            w.campaign("third", "power", 1, [c])
            w.ended("third")
            self.assertEqual((w.dcc.meter(b)["version"], w.dcc.meter(c)["version"]), ("00010100", "00010100"))
            self.assertEqual(w.meter_of(b)["gate"]["word"], "open")
            clean(self, w)

if __name__ == "__main__":
    unittest.main()

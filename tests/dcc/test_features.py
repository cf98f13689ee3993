#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What software for meters must be able to do (features 14 to 20 and 24), against the played DCC. Traps are in test_traps.py, networks
and limits in test_hans.py."""

import csv
import hashlib
import json
import os
import subprocess
import unittest

from fake import ota, valid, verified
from world import BUILD, RANGES, World, body_of, clean

# name: faults (word or (word, times, argument)), end of the walk, (state, reason) of the last job
CASES = {
    "plain": ((), "done"),
    # 19: an answer that does not come
    "outcome lost": (("outcome-lost",), "done"), "suspended": (("suspended",), "done"), "outcome late": ((("outcome-late", 1, 1500),), "done"),
    "command lost": (("command-lost",), "done"), "answer lost": (("http-closed",), "done"), "answer silent": (("http-silent",), "done"),
    "answer late": ((("answer-late", 2, 300),), "done"), "reading lost": (("read-lost",), "done"), "reading refused": (("read-refused",), "done"),
    "unreachable": (("command-refused",), "done"), "mismatch": (("mismatch-alert",), "done"),
    "outcome lost at each hop": ((("outcome-lost", -1, 0), "read-lost"), "done"), "never answers": ((("outcome-lost", -1, 0), ("read-lost", -1, 0)), "failed", "silent", "version-unknown"),
    # 20: each cause its own end
    "busy": ((("busy", 3, 0),), "done"), "busy for ever": ((("busy", -1, 0),), "failed", "refused", "other-request"),
    "not applicable": ((("not-applicable", -1, 0),), "failed", "refused", "not-applicable"), "gbcs": ((("gbcs-version", -1, 0),), "failed", "refused", "gbcs-version"),
    "not commissioned": ((("not-commissioned", -1, 0),), "failed", "refused", "not-commissioned"), "invalid": ((("invalid-id", -1, 0),), "failed", "refused", "invalid-device"),
    "hardware": ((("hardware-mismatch", -1, 0),), "failed", "failed", "hardware-mismatch"), "undelivered": ((("undelivered", -1, 0),), "failed", "failed", "not-delivered"),
    "undelivered once": (("undelivered",), "done"), "not distributed": ((("distribution-failure", -1, 0),), "failed", "failed", "not-delivered"),
    "discarded": ((("discarded", -1, 0),), "failed", "failed", "not-delivered"), "not transferred": ((("transfer-failure", -1, 0),), "failed", "failed", "not-delivered"),
    "no image": ((("outcome-no-image", -1, 0),), "failed", "failed", "no-image"), "hash": ((("outcome-hash", -1, 0),), "failed", "failed", "hash-differs"),
    "not activated": ((("outcome-failed", -1, 0),), "failed", "failed", "not-activated"), "transform refused": ((("transform-refused", -1, 0),), "failed", "refused", "refused"),
    "command failure": (("command-failure",), "done"),
}


def faults_set(w, at, faults):
    for f in faults:
        word, times, arg = (f, 1, 0) if isinstance(f, str) else f
        w.dcc.fault(word, at, times=times, arg=arg)


class Features(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.w = w = World()
        cls.addClassCleanup(w.close)
        cls.at = {name: w.meter("power") for name in CASES}
        cls.gas, cls.bare = w.meter("gas"), w.meter("bare")
        w.start()
        for name, case in CASES.items():
            faults_set(w, cls.at[name], case[0])
        w.campaign("power", "power", 2, list(cls.at.values()))
        w.campaign("gas", "gas", 1, [cls.gas])
        w.campaign("bare", "bare", 1, [cls.bare])
        for name in ("power", "gas", "bare"):
            w.ended(name, 45)

    def judge(self, *names):
        for name in names:
            device, case = self.at[name], CASES[name]
            walk, job = self.w.walked[device], self.w.jobs(device)[-1]
            if case[1] == "done":
                self.assertEqual((walk["phase"], self.w.path(device)), ("done", self.w.chain("power", 2)), (name, job))
                self.assertEqual(job["state"], "proven", name)
            else:
                self.assertEqual((walk["phase"], job["state"], job["reason"]), case[1:], (name, job))

    def image_check(self, path):
        return subprocess.run([os.path.join(BUILD, "firpath"), "image", "check", path, "--server", self.w.service.url], capture_output=True, text=True, check=False)

    def good_file(self):
        path = os.path.join(self.w.folder, "good.ota")
        with open(path, "wb") as f:
            f.write(self.w.file_of("power", 2))
        return path

    def test_feature_14_an_image_must_be_what_the_entry_says(self):
        body = body_of("power", 3)
        sign = self.w.keys.raw("user-command", body)
        good = {"version": 0x00010300, "manufacturer": 0x1081, "kind": 0x00A1, "hw": RANGES[0x00A1], "body": body, "trailer": sign}
        wrong = {"manufacturer": {"manufacturer": 0x1082}, "image type": {"kind": 0x00A2}, "version": {"version": 0x00010301}, "hardware": {"hw": (0x0105, 0x0106)},
                 "hash": {"body": body + b"\n", "trailer": self.w.keys.raw("user-command", body + b"\n")}}
        for name, change in wrong.items():
            data = ota(**{**good, **change})
            r = self.w.ask("POST", "/v1/ota", data, content_type="application/octet-stream", ok=None)
            self.assertIn(r.status, (400, 404, 409, 422), (name, r))
            path = os.path.join(self.w.folder, "wrong.ota")
            with open(path, "wb") as f:
                f.write(data)
            self.assertEqual(self.image_check(path).returncode, 1, name)
        self.assertEqual(self.image_check(self.good_file()).returncode, 0)
        # One file serves every entry of its range.
        got = self.w.get("/v1/ota/" + hashlib.sha256(body).hexdigest().upper())
        self.assertEqual(sorted(e if isinstance(e, str) else e["entry"] for e in got["entries"]), ["000014", "000024"], got)

    def test_feature_15_an_entry_without_a_hash_is_for_information_not_for_push(self):
        self.assertEqual(self.w.walked[self.bare]["phase"], "refused")
        self.assertEqual(self.w.asked(self.bare, "11.1"), [])

    def test_feature_16_requests_are_valid_and_verify(self):
        requests = self.w.dcc.documents("D", "S", "T")
        self.assertEqual(valid(requests), [])
        self.assertEqual(verified(requests[::max(1, len(requests) // 25)], self.w.keys.path("user-xml.pem")), [])

    def test_feature_18_a_hop_in_its_order(self):
        device = self.at["plain"]
        self.judge("plain")
        asked = [(j["service"], j["variant"]) for j in self.w.dcc.meter(device)["journal"] if j["service"] != "8.2"]
        hop = [("11.1", 8), ("11.3", 4), ("11.3", 5), ("11.2", 1)]
        self.assertEqual(asked, hop + hop)
        said = [e["what"] for e in self.w.events(device) if e["way"] == "in" and e["what"] in ("N60", "8F72", "CS06", "11.2")]
        self.assertEqual([x for x in said if x in ("8F72", "CS06")], ["8F72", "CS06"] * 2)

    def test_feature_18_gas_too(self):
        self.assertEqual(self.w.path(self.gas), ["00000001", "000000FF"])

    def test_feature_19_what_is_not_answered_is_read_not_guessed(self):
        self.judge("outcome lost", "suspended", "outcome late", "command lost", "answer lost", "answer silent", "answer late", "reading lost", "reading refused",
                   "unreachable", "mismatch", "outcome lost at each hop", "never answers", "command failure")

    def test_feature_19_never_pushed_again_blindly(self):
        for name in ("outcome lost", "suspended", "outcome lost at each hop", "never answers"):
            sent = self.w.asked(self.at[name], "11.3", 5)
            self.assertEqual(len(sent), 1 if name == "never answers" else 2, name)
            self.assertEqual(len({j["counter"] for j in sent}), len(sent), name)
        again = self.w.asked(self.at["command lost"], "11.3", 5)
        self.assertEqual(len(again), 3)  # read first, then asked again with a new counter
        reads = self.w.asked(self.at["command lost"], "11.2")
        self.assertTrue(any(again[0]["at"] < r["at"] <= again[1]["at"] for r in reads), (again, reads))

    def test_feature_19_a_suspended_device_is_read_and_comes_back(self):
        device = self.at["suspended"]
        self.assertEqual(self.w.dcc.meter(device)["status"], "Commissioned")
        self.assertTrue(self.w.asked(device, "11.2"))

    def test_feature_19_counters_rise_for_each_target(self):
        for device in self.at.values():
            counters = [int(j["counter"]) for j in self.w.dcc.meter(device)["journal"] if j["variant"] not in (5, 8)]
            self.assertEqual(counters, sorted(set(counters)))
        clean(self, self.w)

    def test_feature_20_each_cause_has_its_own_end(self):
        self.judge("busy", "busy for ever", "not applicable", "gbcs", "not commissioned", "invalid", "hardware", "undelivered", "undelivered once", "not distributed",
                   "discarded", "not transferred", "no image", "hash", "not activated", "transform refused")
        self.assertEqual([j["code"] for j in self.w.asked(self.at["busy"], "11.1")], ["W"] * 3 + ["I0"] * 2)
        for name in ("not applicable", "gbcs", "invalid", "hardware"):
            self.assertEqual(len(self.w.asked(self.at[name], "11.1")), 1, name)

    def test_feature_24_the_fleet_by_model_and_firmware(self):
        lines = self.w.get("/v1/reports/fleet?group=firmware")["lines"]
        self.assertGreater(sum(x["devices"] for x in lines if "00010200" in json.dumps(x)), 10)
        text = self.w.ask("GET", "/v1/reports/fleet?group=model&format=csv").body.decode()
        power = {r["model"]: r for r in csv.DictReader(text.splitlines())}["1081:00A10102"]
        self.assertEqual((power["class"], power["devices"], power["latest"], power["path_unknown"]), ("ESME", str(len(CASES)), "0", "0"))
        self.assertEqual(int(power["one_hop"]), sum(self.w.path(d) == self.w.chain("power", 2) for d in self.at.values()))


if __name__ == "__main__":
    unittest.main()

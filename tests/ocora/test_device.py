#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""firpath-bbum as a Building Block, as a process: its application (contrib/iec-simulator, a program, a simulated one), loss of
power in every state, inner signatures, addresses, many in one process. The manager is the stranger's."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import unittest
import urllib.request

from stranger_cm import StrangerCm
from world import BUILD, HERE, TYPES, World, sm

SIMULATOR = os.path.join(os.path.dirname(os.path.dirname(HERE)), "contrib", "iec-simulator")
NAME = "train.ETP"


class Iec:
    """contrib/iec-simulator as a process."""

    def __init__(self):
        self.p = subprocess.Popen([sys.executable, SIMULATOR, "--port", "0"], stdout=subprocess.PIPE, text=True)
        self.url = self.p.stdout.readline().strip()

    def call(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(self.url + path, data=data, timeout=5) as r:
            return json.load(r)

    def set(self, **words):
        return self.call("set", words)

    def close(self):
        self.p.terminate()
        self.p.wait(5)
        self.p.stdout.close()


class Device(unittest.TestCase):
    def setUp(self):
        self.w = World(start=False)
        self.cm = StrangerCm()
        self.addCleanup(self.cm.close)
        self.addCleanup(self.w.close)
        self.count = 0
        self.offer("1.0.0")

    def offer(self, version, **kw):
        self.count += 1
        b = self.w.etp(version, **kw)
        item = self.w.write_vc(os.path.join(self.w.folder, f"vc{self.count}"), [b])["ETP"]
        self.cm.offer_bb(NAME, item, {hashlib.sha256(d).hexdigest(): d for d in (self.w.archive(b, k) for k in ("Software", "Parameter"))})
        return item

    def start(self, *more, **kw):
        return self.w.bbum("ETP", *more, server=self.cm.url, **kw)

    def iec(self):
        a = Iec()
        self.addCleanup(a.close)
        return a

    def answered(self, kind, seconds=10.0):
        """The status that answers a command."""
        order = self.cm.order(NAME, kind)
        return self.cm.until(NAME, lambda s: s.get("command") == order, seconds)

    def test_D17_D35_D38_D39_D41_D43_the_application_is_asked_over_http(self):
        iec = self.iec()
        self.start(iec=iec.url)
        self.assertEqual(self.cm.judged(NAME)["recommendation"], "yes")
        self.cm.until(NAME, lambda s: s.get("iec") == "running")
        iec.set(update="no", why="a train is \u2192 running")
        s = self.answered("request-update")
        self.assertEqual((s["answer"], s["reason"], s["state"]), ("rejected", "a train is \u2192 running", "normal-operation"))
        iec.set(update="yes", restart="no", why="")
        self.assertEqual(self.answered("request-update")["state"], "update-pending")
        self.answered("cancel")
        self.assertEqual(self.answered("restart")["answer"], "rejected")
        iec.set(restart="yes")
        boots = self.cm.newest(NAME)["boots"]
        self.assertEqual(self.answered("restart")["answer"], "accepted")
        self.cm.until(NAME, lambda s: s["boots"] > boots)
        self.assertIn("permit-restart", iec.call("state")["asked"])

    def test_D7_D19_D40_D42_D44_silence_not_yet_and_stop_are_rejections(self):
        iec = self.iec()
        self.start("--permission-limit", "400ms", iec=iec.url)
        self.cm.until(NAME, lambda s: s.get("iec") == "running")
        for word in ("wait", "silent"):
            iec.set(update=word, restart=word)
            for kind in ("request-update", "restart"):
                begun = time.monotonic()
                s = self.answered(kind)
                self.assertEqual(s["answer"], "rejected", (word, kind))
                self.assertIn("in time", s["reason"])
                self.assertLess(time.monotonic() - begun, 5)
                iec.set(update="yes", restart="yes")
                iec.set(update=word, restart=word)
        iec.set(status="stopped")
        self.cm.until(NAME, lambda s: s.get("iec") == "stopped")
        s = self.answered("request-update")
        self.assertEqual((s["answer"], s["reason"]), ("rejected", "the application is stopped"))

    def test_D45_D46_D47_I17_versions_arrive_and_a_safe_state_is_followed(self):
        iec = self.iec()
        self.start(iec=iec.url)
        self.cm.walk([NAME])
        end = time.monotonic() + 5
        while not iec.call("state")["versions"] and time.monotonic() < end:
            time.sleep(0.02)
        v = iec.call("state")["versions"]
        self.assertEqual((v["version"], v["ok"], v["type_id"]), ("1.0.0", True, TYPES["ETP"]))
        self.assertEqual([(c["kind"], c["version"], c["ok"]) for c in v["components"]],
                         [("manifest", "1.0.0", True), ("software", "1.0.0", True), ("parameter", "1.0.0", True)])
        self.assertEqual(self.cm.newest(NAME)["components"], v["components"])
        iec.set(status="safe-state")
        s = self.cm.until(NAME, lambda s: s["state"] == "error")
        self.assertEqual(s["error"], "application-fault")
        iec.set(status="running")
        self.assertEqual(self.answered("restart")["answer"], "accepted")
        self.cm.until(NAME, lambda s: s["state"] == "normal-operation")

    def test_D41_the_simulated_application_does_what_the_manager_says(self):
        self.start("--permission-limit", "10s", iec="simulated")
        self.cm.judged(NAME)
        order = self.cm.order(NAME, "request-update")
        time.sleep(0.3)
        self.assertNotEqual(self.cm.newest(NAME).get("command"), order)
        self.cm.permit[NAME] = "reject"
        self.assertEqual(self.cm.until(NAME, lambda s: s.get("command") == order)["answer"], "rejected")
        self.cm.permit[NAME] = "accept"
        self.assertEqual(self.answered("request-update")["state"], "update-pending")

    def test_a_word_for_simulated_applications_moves_no_other(self):
        self.start(iec="deny")
        self.cm.judged(NAME)
        self.cm.permit[NAME] = "accept"
        self.assertEqual(self.answered("request-update")["answer"], "rejected")

    def test_D3_D5_I2_power_lost_in_each_state_is_resumed(self):
        self.start("--step-time", "300ms")
        self.cm.judged(NAME)
        steps = []
        for kind, state, more in (("request-update", "update-pending", None), ("trigger", "update", "download"), (None, "update", "verify"),
                                  (None, "update", "install"), (None, "update-completed", None)):
            if more == "download":
                self.cm.refuse_image = (503, [("Retry-After", "1")])
            if kind:
                self.answered(kind)
            self.cm.until(NAME, lambda s, m=more, st=state: s["state"] == st and (m is None or s.get("step") == m))
            boots = self.cm.newest(NAME)["boots"]
            self.w.kill_bb("ETP")
            self.cm.refuse_image = None
            self.start("--step-time", "300ms")
            s = self.cm.until(NAME, lambda s, b=boots: s["boots"] > b)
            steps.append((state, s["state"], s.get("answer")))
        self.assertEqual([s[0] for s in steps], [s[1] for s in steps], steps)
        self.assertTrue(all(s[2] == "accepted" for s in steps), steps)
        s = self.cm.newest(NAME)
        self.assertEqual((s["result"], s["version"]), ("update successful", "1.0.0"))
        with open(os.path.join(self.w.bb_folder("ETP"), "effects.log"), encoding="ascii") as f:
            self.assertEqual(len(f.readlines()), 1)

    def test_D5_D43_a_shutdown_ends_the_process_in_order(self):
        p = self.start()
        self.cm.judged(NAME)
        self.assertEqual(self.answered("shutdown")["answer"], "accepted")
        self.assertEqual(p.wait(5), 0)

    def test_D6_C46_inner_signatures_are_looked_at_before_installation_and_at_the_start(self):
        word = os.path.join(self.w.folder, "inner")
        check = os.path.join(self.w.folder, "check")
        with open(check, "w", encoding="ascii") as f:
            f.write(f"#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\necho \"$2 $1\" >> '{word}.asked'\n[ -f \"$1\" ] && [ ! -f '{word}' ]\n")
        os.chmod(check, 0o755)
        with open(word, "wb"):
            pass
        self.start("--firmware-check", check)
        self.cm.judged(NAME)
        self.cm.ask_all([NAME], "request-update")
        s = self.cm.trigger_all([NAME])[NAME]
        self.assertEqual((s["result"], s["error"]), ("verification failure", "package-authentication"))
        os.unlink(word)
        self.assertEqual(self.cm.trigger_all([NAME])[NAME]["result"], "update successful")
        self.cm.leave_all([NAME])
        with open(word + ".asked", encoding="utf-8") as f:
            self.assertTrue(all(line.startswith("software /") for line in f))
        with open(word, "wb"):
            pass
        boots = self.cm.newest(NAME)["boots"]
        self.w.kill_bb("ETP")
        self.start("--firmware-check", check)
        s = self.cm.until(NAME, lambda s: s["boots"] > boots)
        self.assertEqual((s["state"], s["error"]), ("error", "stored-package"))
        self.assertEqual([c["ok"] for c in s["components"]], [False, False, True])

    def test_D6_B3_addresses_of_the_manifest_are_those_of_the_device(self):
        self.offer("1.0.0", network=("10.1.2.3", "10.1.2.4"))
        self.start("--address", "10.1.2.5")
        s = self.cm.judged(NAME)
        self.assertEqual((s["recommendation"], s["identity"], s["error"]), ("no", False, "manifest-identity"))
        self.w.end_bb("ETP")
        boots = s["boots"]
        self.start("--address", "10.1.2.4")
        s = self.cm.until(NAME, lambda s: s["boots"] > boots and s.get("manifest_hash"))
        self.assertEqual((s["recommendation"], s["identity"]), ("yes", True))
        self.assertNotIn("error", s)

    def test_many_building_blocks_in_one_process_walk_together(self):
        vehicles, names = 10, ["DAS", "ETP"]
        args = [os.path.join(BUILD, "firpath-bbum"), "--server", self.cm.url, "--dir", os.path.join(self.w.folder, "many"), "--trust",
                self.w.trust, "--many", str(vehicles * 2), "--prefix", "v", "--blocks", ",".join(f"{n}={TYPES[n]}" for n in names),
                "--poll", "200ms"]
        blocks = {"DAS": self.w.das("1.0.0"), "ETP": self.w.etp("1.0.0")}
        items = self.w.write_vc(os.path.join(self.w.folder, "vc-many"), blocks.values())
        devices = [f"v{i:04}.{n}" for i in range(1, vehicles + 1) for n in names]
        for d in devices:
            b = blocks[d.split(".")[1]]
            self.cm.offer_bb(d, items[b["name"]], {hashlib.sha256(x).hexdigest(): x for x in (self.w.archive(b, k) for k in ("Software", "Parameter"))})
        p = subprocess.Popen(args, stderr=subprocess.DEVNULL)
        try:
            for d in devices:
                self.assertEqual(self.cm.judged(d)["recommendation"], "yes")
            self.cm.ask_all(devices, "request-update")
            self.assertEqual({r["result"] for r in self.cm.trigger_all(devices).values()}, {"update successful"})
            self.cm.ask_all(devices, "restart")
            for d in devices:
                self.cm.until(d, lambda s: s["boots"] == 2)
            self.cm.ask_all(devices, "normal-operation")
            for d in devices:
                self.assertEqual(self.cm.newest(d)["hash"], sm.config_hash(items[d.split(".")[1]]))
            kept = [f for _, _, files in os.walk(os.path.join(self.w.folder, "many")) for f in files if len(f) >= 64]
            self.assertEqual(kept, [])
        finally:
            p.send_signal(signal.SIGTERM)
            self.assertEqual(p.wait(10), 0)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Part A, the outer concept of OCORA-TWS15-060. Rows that ask for a document are checked in doc/vehicles.md; the others by
what a service and its Building Blocks do."""

import hashlib
import json
import os
import re
import subprocess
import tempfile
import threading
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer

from stranger_cm import StrangerCm
from world import BUILD, HERE, TYPES, World, sm

ROOT = os.path.dirname(os.path.dirname(HERE))


def section(number):
    """The text of one section of doc/vehicles.md, with its heading."""
    with open(os.path.join(ROOT, "doc", "vehicles.md"), encoding="utf-8") as f:
        text = f.read()
    m = re.search(rf"^## {number}\. .*?(?=^## |\Z)", text, re.M | re.S)
    if not m:
        raise AssertionError(f"doc/vehicles.md has no section {number}")
    return m.group(0)


def rows(text):
    """Cells of the rows of its tables, without their heads."""
    out = []
    for table in re.findall(r"(?:^\|.*\n)+", text, re.M):
        out += [[c.strip() for c in line.strip("|\n").split("|")] for line in table.splitlines()[2:]]
    return out


class Documents(unittest.TestCase):
    def test_A1_preparing_initiating_executing_and_validating_have_each_somebody_a_means_and_a_record(self):
        steps = {r[0]: r[1:] for r in rows(section(1))}
        for step in ("prepare", "distribute", "check", "initiate", "execute", "validate"):
            self.assertEqual(len(steps[step]), 3)
            self.assertTrue(all(steps[step]), step)

    def test_A4_availability_is_argued(self):
        text = section(3)
        for word in ("other slot", "away", "limit", "unavailable from"):
            self.assertIn(word, text)

    def test_A5_conditions_stand_for_distribution_and_installation_for_manager_and_building_block(self):
        table = {r[0].split(" (")[0]: r for r in rows(section(2))}
        for step in ("activation", "notification", "update request", "trigger", "distribution", "installation", "restart", "normal operation",
                     "rollback"):
            self.assertEqual(len(table[step]), 3, step)
        for step in ("distribution", "update request", "restart", "normal operation"):
            self.assertTrue(all(len(c) > 10 for c in table[step][1:]), f"{step}: both sides have conditions")

    def test_A6_constraints_monitoring_and_manual_procedures_are_written_down(self):
        self.assertIn("integration", section(4).splitlines()[0])
        self.assertIn("deployment", section(5).splitlines()[0])
        self.assertIn("operation", section(6).splitlines()[0])
        self.assertGreaterEqual(len(rows(section(6))), 6)
        procedures = " ".join(r[0] for r in rows(section(7)))
        with open(os.path.join(ROOT, "src", "model", "site.h"), encoding="utf-8") as f:
            self.assertIn("SITE_ASKS_FATAL", f.read())
        for word in ("sync", "rejected", "result", "rollback failed", "Error Mode", "fatal", "lost", "store was lost"):
            self.assertIn(word, procedures)

    def test_A7_every_role_has_responsibilities_and_limits(self):
        roles = {r[0]: r[1:] for r in rows(section(8))}
        for role in ("supplier", "integrator", "distributor", "auditor", "safety assessor", "administrator", "maintenance staff"):
            self.assertTrue(roles[role][0], role)
        self.assertTrue(any(r.startswith("operator") for r in roles))

    def test_A24_the_status_of_reviews_is_told_and_certifiability_was_thought_of(self):
        text = section(9)
        self.assertRegex(text, r"(?i)no independent assessor has reviewed|reviewed by .+ on \d{4}-\d\d-\d\d")
        self.assertIn("Certifiability", text)
        self.assertGreaterEqual(len(rows(text)), 5, "known gaps are named")
        for path in re.findall(r"`((?:src|tests|doc|build-aux)/[\w./-]+)", text):
            self.assertTrue(os.path.exists(os.path.join(ROOT, path)), f"{path} is named as evidence and is not there")

    def test_A23_the_demonstrator_has_both_kinds_of_application_and_anybody_can_run_it(self):
        tool = os.path.join(HERE, "demonstrator")
        r = subprocess.run([tool, "--list"], capture_output=True, text=True, check=True, timeout=20)
        for word in ("independent", "depends on another", "depend on each other", "refuses, then permits", "Verification", "installation fails",
                     "rollback", "rollback fails", "CM is away", "Power cut"):
            self.assertIn(word, r.stdout)
        report = tempfile.mkstemp(prefix="firpath-report-")[1]
        self.addCleanup(os.unlink, report)
        r = subprocess.run([tool, "--only", "one independent", "--json", report], capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(r.returncode, 0, r.stdout + r.stderr)
        self.assertIn("signature ____", r.stdout)
        with open(report, encoding="utf-8") as f:
            seen = json.load(f)
        self.assertIn("basic integrity", seen["facts"]["DAS"])
        self.assertIn("SIL 2", seen["facts"]["ETP"])
        self.assertEqual([c["verdict"] for c in seen["results"]], ["as expected"])


class Walks(unittest.TestCase):
    """Building Blocks of strangers below our Configuration Manager."""

    @classmethod
    def setUpClass(cls):
        cls.hooks = []
        receiver = cls.listen()
        cls.w = w = World(conf={"fetch_allow": "127.0.0.0/8", "fetch_allow_http": receiver})
        cls.addClassCleanup(w.close)
        w.post("/v1/webhooks", {"url": f"http://{receiver}/", "types": ["org.firpath.vehicle.*"]})
        w.vc("start", w.das("1.0.0"), w.etp("1.0.0"))
        w.vc("one", w.das("2.0.0"), w.etp("1.0.0"))
        w.vc("uni", w.das("3.0.0", depends=[("ETP", "1.0.0")]), w.etp("3.0.0"))
        w.vc("bi", w.das("4.0.0", depends=[("ETP", "1.0.0")]), w.etp("4.0.0", depends=[("DAS", "2.0.0")]))
        w.vehicle()
        cls.permit = {"DAS": "accept", "ETP": "accept"}
        for name in ("DAS", "ETP"):
            w.stranger(name, permit=lambda kind, n=name: cls.permit[n])
        cls.activate("start")

    @classmethod
    def activate(cls, folder):
        n = cls.w.number(folder)
        cls.w.activate(n)
        return cls.w.settled(n)

    @classmethod
    def listen(cls):
        """An update server: a webhook receiver that keeps what it is told."""
        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args):
                pass

            def do_POST(self):
                cls.hooks.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

        server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        cls.addClassCleanup(server.server_close)
        cls.addClassCleanup(server.shutdown)
        return f"127.0.0.1:{server.server_port}"

    def packages(self, since):
        """Who was given a Package, in order, each once."""
        got = []
        for name, b in self.w.strangers.items():
            got += [(r[0], name) for r in b.record[since[name]:] if r[1] == "package" and r[3] in (200, 206)]
        return list(dict.fromkeys(name for _, name in sorted(got)))

    def mark(self):
        for b in self.w.strangers.values():
            b.fetched.clear()  # as if each had new memory: what it needs, it must ask for
        return {n: len(b.record) for n, b in self.w.strangers.items()}

    def versions(self):
        return {b["name"]: b["running"]["version"] for b in self.w.status()["blocks"]}

    def test_A11_one_independent_building_block(self):
        self.activate("start")
        since = self.mark()
        self.activate("one")
        self.assertEqual(self.packages(since), ["DAS"])
        self.assertEqual(self.versions(), {"DAS": "2.0.0", "ETP": "1.0.0"})

    def test_A12_A3_one_that_depends_on_another_comes_after_it(self):
        since = self.mark()
        self.activate("uni")
        self.assertEqual(self.packages(since), ["ETP", "DAS"])
        self.assertEqual(self.versions(), {"DAS": "3.0.0", "ETP": "3.0.0"})

    def test_A13_A8_two_that_depend_on_each_other_go_back_together(self):
        self.activate("uni")
        etp = self.w.strangers["ETP"]
        etp.faults = ["installation failure"] * 2
        self.w.activate(self.w.number("bi"))
        self.w.wait(lambda s: s["vc"]["n"] == self.w.number("uni"), 15, "the vehicle goes back")
        self.w.settled(self.w.number("uni"))
        self.assertEqual(self.versions(), {"DAS": "3.0.0", "ETP": "3.0.0"})
        etp.faults = []
        self.activate("bi")
        self.assertEqual(self.versions(), {"DAS": "4.0.0", "ETP": "4.0.0"})
        self.assertEqual(len({b["wave"] for b in self.w.status()["blocks"]}), 1)

    def test_A9_A17_A19_no_transfer_before_its_conditions_and_no_step_without_permission(self):
        self.activate("start")
        self.permit["ETP"] = "reject"
        since = self.mark()
        self.w.activate(self.w.number("one"))
        self.w.wait_prompt("rejected")
        self.assertEqual(self.packages(since), [])
        item = self.w.manifests[self.w.number("one"), "DAS"]
        r = self.w.service.get(f"/bbum/v1/packages/{item['Packages'][0]['Hash']}?device=train.DAS")
        self.assertIn(r.status, (409, 503), "the Package is asked for before the trigger")
        r = self.w.service.get(f"/bbum/v1/packages/{item['Packages'][0]['Hash']}?device=train.ETP")
        self.assertIn(r.status, (404, 409, 410, 503), "and by one that it does not belong to")
        self.permit["ETP"] = "accept"
        self.w.say("request update")
        self.w.settled(self.w.number("one"))

    def test_A10_every_state_of_the_flow_chart_is_passed_and_recorded(self):
        self.activate("start")
        self.w.say("stop")
        self.assertEqual(self.w.status()["state"], "stopped")
        self.w.say("start")
        self.activate("one")
        seen = set()
        for b in self.w.strangers.values():
            seen |= set(b.states())
        self.assertEqual(seen, {"normal-operation", "update-pending", "update", "update-completed"})
        told = " ".join(x["text"] for x in self.w.log() if x["event"] == "state").lower()
        for state in ("stopped", "entry operation", "normal operation", "update pending", "update completed"):
            self.assertIn(state, told.replace("-", " "))

    def test_A20_what_goes_wrong_is_told_and_mended(self):
        self.activate("start")
        self.w.strangers["DAS"].faults = ["verification failure"]
        since = len(self.w.log())
        self.activate("one")
        self.assertTrue(any("verification failure" in x["text"] for x in self.w.log()[since - 500:]))

    def test_A21_the_status_of_each_reaches_the_manager_field_by_field(self):
        n = self.w.number("start")
        self.activate("start")
        for b in self.w.status()["blocks"]:
            s = self.w.strangers[b["name"]].status()
            self.assertEqual((b["state"], b["running"]["version"], b["running"]["hash"], b["holds"]["hash"], b["result"], b["iec"], b["boots"]),
                             (s["state"], s["version"], s["hash"], s["manifest_hash"], s["result"], s["iec"], s["boots"]))
            self.assertEqual(b["wanted"]["hash"], sm.config_hash(self.w.manifests[n, b["name"]]))

    def test_A22_an_update_server_hears_of_each_change_of_state(self):
        self.activate("start")
        before = len(self.hooks)
        self.activate("one")

        def heard():
            text = json.dumps(self.hooks[before:])
            return all(s in text for s in ("update-pending", "update-completed", "normal-operation"))
        self.w.service.wait_for(heard, 10)


class Preparing(unittest.TestCase):
    """The supplier's and the integrator's tools, the check of the CM, the check of the Building Block."""

    def setUp(self):
        self.w = World(start=False)
        self.addCleanup(self.w.close)

    def firpath(self, *args, check=True):
        r = subprocess.run([os.path.join(BUILD, "firpath"), *args], capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL,
                           check=False)
        if check and r.returncode:
            raise AssertionError(f"firpath {' '.join(args)}: {r.returncode} {r.stdout} {r.stderr}")
        return r

    def test_A14_A15_a_package_is_made_signed_packed_and_sent_with_a_few_commands(self):
        folder = os.path.join(self.w.folder, "vc")
        self.w.write_vc(folder, [self.w.das(), self.w.etp()])
        self.firpath("manifest", "sign", folder, "--supplier", self.w.keys["supplier"].path, "--integrator", self.w.keys["integrator"].path)
        r = self.firpath("manifest", "verify", folder, "--trust", self.w.trust, "--json")
        self.assertTrue(json.loads(r.stdout)["good"], r.stdout)
        package = os.path.join(self.w.folder, "vc.tar.gz")
        self.firpath("manifest", "pack", folder, "--out", package, "--trust", self.w.trust)
        self.w.service.start()
        with open(package, "rb") as f:
            r = self.w.service.post("/v1/vcs?name=sent", f.read(), "application/gzip")
        self.assertEqual(r.status, 201, r)
        n = r.json()["n"]
        self.w.vehicle()
        self.w.activate(n)
        self.assertEqual(self.w.status()["vc"]["n"], n)

    def test_A16_the_manager_finds_what_is_wrong_and_what_is_missing(self):
        self.w.service.start()
        def append(path):
            with open(path, "ab") as f:
                f.write(b"x")
        for name, spoil in (("wrong", append), ("missing", os.unlink)):
            with self.subTest(name):
                self.w.vc(name, self.w.das(), self.w.etp())
                folder = os.path.join(self.w.inbox, name)
                spoil(os.path.join(folder, "CCS-OB/ETP/ETP Parameter V1.0.0.tar.gz"))
                self.w.settle(folder)
                n = self.w.number(name)
                self.w.post(f"/v1/vcs/{n}/verify")
                report = self.w.get(f"/v1/vcs/{n}")["report"]
                self.assertFalse(report["good"])
                problem = next(p for p in report["problems"] if not p.get("warning") and "ETP Parameter" in json.dumps(p))
                self.assertTrue(problem["what"] and problem["mend"])

    def test_A18_the_building_block_finds_what_is_wrong_and_what_is_missing(self):
        cm = StrangerCm()
        self.addCleanup(cm.close)
        b = self.w.das()
        m = self.w.write_vc(os.path.join(self.w.folder, "vc"), [b])["DAS"]
        archives = {hashlib.sha256(d).hexdigest(): d for d in (self.w.archive(b, k) for k in ("Software", "Parameter"))}
        cm.offer_bb("train.DAS", m, archives)
        self.w.bbum("DAS", server=cm.url)
        cm.judged("train.DAS")
        cm.ask_all(["train.DAS"], "request-update")
        cm.wrong_bytes = True
        s = cm.trigger_all(["train.DAS"])["train.DAS"]
        self.assertEqual(s["result"], "verification failure")
        cm.wrong_bytes = False
        with cm.lock:
            missing = cm.images.popitem()
        s = cm.trigger_all(["train.DAS"])["train.DAS"]
        self.assertEqual((s["result"], s["error"]), ("verification failure", "package-missing"))
        with cm.lock:
            cm.images[missing[0]] = missing[1]
        s = cm.trigger_all(["train.DAS"])["train.DAS"]
        self.assertEqual(s["result"], "update successful")

    def test_A2_building_blocks_on_every_level_of_the_hierarchy_are_updated(self):
        w = self.w
        w.service.start()
        w.vehicle()
        for version in ("1.0.0", "2.0.0"):
            folder = os.path.join(w.folder, "made" + version)
            below = os.path.join(folder, "CCS-OB")
            os.makedirs(below)
            das, etp = w.das(version), w.etp(version)
            inner = sm.sign({"Config Type": "System", "Type ID": "7c4d65f4-2572-11ee-be56-0242ac110234", "Name": "Train protection",
                             "Config ID": f"9c4d65f4-2572-41ee-be56-0242ac11023{version[0]}",
                             "Release Version": version, "Building Blocks": [w.bb_manifest(etp, below, [das, etp])]}, w.keys["integrator"])
            outer = sm.sign({"Config Type": "System", "Type ID": "6c4d65f4-2572-11ee-be56-0242ac110234", "Name": "CCS-OB",
                             "Config ID": f"8c4d65f4-2572-41ee-be56-0242ac11023{version[0]}", "Release Version": version,
                             "Systems": [inner], "Building Blocks": [w.bb_manifest(das, below, [das, etp])]}, w.keys["integrator"])
            w.write_json(os.path.join(below, "system.json"), outer)
            vehicle = sm.sign({"Config Type": "Vehicle", "Type ID": "6c4d65f4-2572-11ee-be56-0242ac120002", "Name": "Track Runner 2",
                               "Config ID": f"7c4d65f4-2572-41ee-be56-0242ac11023{version[0]}", "Release Version": version,
                               "Systems": [{"Reference": {"Description": "CCS-OB", "Signature": outer["Signature"],
                                                          "Manifest": "./CCS-OB/system.json"}}]}, w.keys["integrator"])
            w.write_json(os.path.join(folder, "vehicle.json"), vehicle)
            w.settle(folder)
            os.rename(folder, os.path.join(w.inbox, "v" + version))
        for name in TYPES:
            w.stranger(name)
        for version in ("1.0.0", "2.0.0"):
            n = w.number("v" + version)
            w.activate(n)
            s = w.settled(n)
            self.assertEqual({b["name"]: (b["running"]["version"], b["system"]) for b in s["blocks"]},
                             {"ETP": (version, "CCS-OB / Train protection"), "DAS": (version, "CCS-OB")})


if __name__ == "__main__":
    unittest.main()

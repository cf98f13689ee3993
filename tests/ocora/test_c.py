#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Part C, the scenarios of OCORA-TWS15-060 (section 3): our Configuration Manager with Building Blocks written by strangers,
our Building Block with a Configuration Manager written by strangers. Each class plays its story once; the rows are judged by
what the strangers recorded. C41 is out of scope by the source."""

import hashlib
import json
import os
import time
import unittest

from stranger_cm import StrangerCm
from world import TYPES, World, sm

BLOCKS = ("train.DAS", "train.ETP")


class Manager(unittest.TestCase):
    """Our CM. Story: 1 -> 2 (ETP refuses once) -> 3 (ETP cannot install: rollback to 2)."""

    @classmethod
    def setUpClass(cls):
        cls.w = w = World()
        cls.addClassCleanup(w.close)
        w.vc("one", w.das("1.0.0"), w.etp("1.0.0"))
        w.vc("two", w.das("2.0.0", depends=[("ETP", "1.0.0")]), w.etp("2.0.0"))
        w.vc("three", w.das("3.0.0"), w.etp("3.0.0"))
        w.vehicle()
        cls.words = {"ETP": [], "DAS": []}  # what the applications answer, in order; then they accept
        for name in ("DAS", "ETP"):
            w.stranger(name, permit=lambda kind, n=name: cls.words[n].pop(0) if cls.words[n] else "accept")
        w.activate(w.number("one"))
        cls.first = w.settled(w.number("one"))
        cls.log_one = w.log()
        cls.marks = {"two": cls.mark()}
        cls.words["ETP"] = ["reject"]
        w.activate(w.number("two"))
        cls.progress = cls.watch(w, w.number("two"))
        w.settled(w.number("two"))
        cls.log_two = w.log()[len(cls.log_one):]
        cls.marks["three"] = cls.mark()
        w.strangers["ETP"].faults = ["installation failure"] * 2
        w.activate(w.number("three"))
        w.settled(w.number("two"))
        cls.log_three = w.log()[len(cls.log_one) + len(cls.log_two):]
        cls.marks["end"] = cls.mark()

    @classmethod
    def mark(cls):
        return {name: len(b.record) for name, b in cls.w.strangers.items()}

    @staticmethod
    def watch(w, n):
        """Progress as it is shown while Vehicle Configuration n comes: overall, and of each."""
        seen = []
        end = time.monotonic() + 15
        while time.monotonic() < end:
            s = w.status()
            seen.append((s["state"], s["progress"], {b["name"]: b["progress"] for b in s["blocks"]}))
            if s["state"] == "normal-operation" and s["vc"]["n"] == n and all(b["running"]["as_wanted"] for b in s["blocks"]):
                break
            time.sleep(0.02)
        return seen

    def part(self, name, begin, end):
        """What a Building Block recorded in one part of the story."""
        return self.w.strangers[name].record[self.marks[begin][name]:self.marks[end][name]]

    def commands(self, name, begin, end):
        """Commands in that part in the order in which they came, each id once, with the time."""
        out = {}
        for r in self.part(name, begin, end):
            c = r[1] == "poll" and r[3] and r[3].get("command")
            if c:
                out.setdefault(c["id"], (r[0], c["kind"]))
        return list(out.values())

    def test_C1_normal_operation_update_rollback_and_error_all_happened(self):
        for name in ("DAS", "ETP"):
            results = {s["result"] for s in self.w.strangers[name].said()}
            self.assertIn("update successful", results)
        self.assertIn("installation failure", {s["result"] for s in self.w.strangers["ETP"].said()})
        self.assertEqual(self.w.status()["vc"]["n"], self.w.number("two"))

    def test_C2_no_building_block_was_moved_but_by_a_command_of_the_manager(self):
        for name in ("DAS", "ETP"):
            kinds = [k for _, k in self.commands(name, "two", "three")]
            if name == "ETP":
                self.assertEqual(kinds, ["request-update", "request-update", "trigger", "restart", "normal-operation"])
            else:
                self.assertEqual(kinds, ["request-update", "trigger", "restart", "normal-operation"])

    def test_C3_C9_the_status_of_all_is_asked_for_and_can_be_queried(self):
        last = self.w.log()[-1]["n"]
        self.w.say("stop")
        self.w.say("start")
        self.w.settled()
        events = [x["event"] for x in self.w.log() if x["n"] > last]
        self.assertIn("ask-status", events)
        self.assertEqual(events.count("status"), 2, "the first word of each is written down")
        for b in self.first["blocks"]:
            self.assertEqual((b["state"], b["life"], b["running"]["version"], b["running"]["as_wanted"]),
                             ("normal-operation", "ok", "1.0.0", True))
        self.assertEqual(self.first["vc"]["name"], "Track Runner 2")

    def test_C13_C14_silence_of_one_is_noticed_and_so_is_its_return(self):
        das = self.w.strangers["DAS"]
        das.deaf = True
        self.w.wait(lambda s: next(b for b in s["blocks"] if b["name"] == "DAS")["life"] == "lost", 8, "DAS lost")
        self.assertEqual(self.w.bb("ETP")["life"], "ok")
        das.deaf = False
        self.w.wait(lambda s: next(b for b in s["blocks"] if b["name"] == "DAS")["life"] == "ok", 8, "DAS back")

    def test_C15_compliance_with_hierarchy_files_versions_and_feedback(self):
        n = self.w.number("two")
        vc = self.w.get(f"/v1/vcs/{n}")
        self.assertEqual({b["name"]: (b["version"], b["system"]) for b in vc["blocks"]},
                         {"DAS": ("2.0.0", "CCS-OB"), "ETP": ("2.0.0", "CCS-OB")})
        for b in vc["blocks"]:
            self.assertEqual({a["kind"] for a in b["archives"]}, {"Software", "Parameter"})
        for b in self.w.settled(n)["blocks"]:
            self.assertTrue(all(b["holds"][k] for k in ("syntax", "integrity", "identity", "authenticity")), b)

    def test_C17_C18_a_command_verifies_and_tells_where_it_is_wrong(self):
        path = os.path.join(self.w.inbox, "bad")
        self.w.vc("bad", self.w.das("4.0.0"), self.w.etp("4.0.0"))
        with open(os.path.join(path, "CCS-OB/DAS/DAS Software V4.0.0.tar.gz"), "ab") as f:
            f.write(b"x")
        self.w.settle(path)
        n = self.w.number("bad")
        report = self.w.post(f"/v1/vcs/{n}/verify")
        report = report.get("report") or self.w.get(f"/v1/vcs/{n}")["report"]
        self.assertFalse(report["good"])
        told = [p for p in report["problems"] if "DAS Software V4.0.0.tar.gz" in p["what"] + p["file"]]
        self.assertTrue(told and told[0]["mend"], report["problems"])
        self.assertIn("rejected", self.refusal(n))

    def refusal(self, n):
        r = self.w.service.post("/v1/vehicles/train/commands", {"line": f"activate vc {n}"})
        self.assertEqual(r.status, 409, r)
        return "rejected" + r.json()["detail"]

    def test_C19_activation_is_by_command_and_for_one_only(self):
        self.assertEqual(self.first["vc"]["n"], self.w.number("one"))
        self.assertEqual(self.w.status()["vc"]["n"], self.w.number("two"))

    def test_C20_after_activation_every_request_gets_the_new_manifest(self):
        for name in ("DAS", "ETP"):
            want = self.w.manifests[self.w.number("two"), name]
            got = [r for r in self.part(name, "two", "three") if r[1] == "manifest"]
            self.assertTrue(got)
            for r in got:
                self.assertEqual(r[2], want)
                self.assertEqual(r[3], sm.canonical(want), "it is served in its canonical form, byte by byte")

    def test_C22_C23_C24_nobody_is_asked_before_all_have_recommended(self):
        advised, asked = {}, {}
        want = {n: sm.config_hash(self.w.manifests[self.w.number("two"), n]) for n in TYPES}
        for name in ("DAS", "ETP"):
            for r in self.part(name, "two", "three"):
                if r[1] == "poll" and r[2].get("manifest_hash") == want[name] and r[2].get("recommendation") == "yes":
                    advised.setdefault(name, r[0])
            asked[name] = self.commands(name, "two", "three")[0]
        self.assertEqual({k for _, k in asked.values()}, {"request-update"})
        self.assertGreater(min(t for t, _ in asked.values()), max(advised.values()) - 0.05)

    def test_C27_C28_a_refusal_is_repeated_to_who_refused_and_to_nobody_else(self):
        refused = [r[2] for r in self.part("ETP", "two", "three") if r[1] == "poll" and r[2].get("answer") == "rejected"]
        self.assertTrue(refused)
        self.assertEqual(len({s["command"] for s in refused}), 1)
        self.assertEqual([k for _, k in self.commands("DAS", "two", "three")].count("request-update"), 1)
        self.assertEqual([k for _, k in self.commands("ETP", "two", "three")].count("request-update"), 2)

    def test_C29_the_trigger_goes_to_all_and_not_before_all_have_accepted(self):
        accepted, triggered = [], []
        for name in ("DAS", "ETP"):
            accepted.append(min(r[0] for r in self.part(name, "two", "three") if r[1] == "poll" and r[2]["state"] == "update-pending"))
            triggered.append(min(t for t, k in self.commands(name, "two", "three") if k == "trigger"))
        self.assertGreater(min(triggered), max(accepted) - 0.05)

    def test_C34_progress_of_each_and_of_all_is_shown(self):
        overall = [p for state, p, _ in self.progress if state == "update"]
        self.assertTrue(overall and all(p is not None and 0 <= p <= 100 for p in overall), self.progress)
        self.assertTrue(any(v is not None for _, _, each in self.progress for v in each.values()))

    def test_C35_C36_in_update_completed_only_the_manager_moves_them_also_after_the_restart(self):
        for name in ("DAS", "ETP"):
            said = [r[2] for r in self.part(name, "two", "three") if r[1] == "poll"]
            completed = [s for s in said if s["state"] == "update-completed"]
            self.assertEqual(len({s["boots"] for s in completed}), 2, "it was there before the restart and after")
            order = [k for _, k in self.commands(name, "two", "three")]
            self.assertLess(order.index("restart"), order.index("normal-operation"))

    def test_C38_C39_a_failed_installation_is_tried_again_before_it_is_rolled_back(self):
        triggers = [k for _, k in self.commands("ETP", "three", "end")].count("trigger")
        failures = {r[2]["result_of"] for r in self.part("ETP", "three", "end")
                    if r[1] == "poll" and r[2]["result"] == "installation failure"}
        self.assertEqual((len(failures), triggers), (2, 3), "two failures; the third trigger is the rollback")
        self.assertTrue(any("installation failure" in x["text"] for x in self.log_three if x["event"].startswith("result")))

    def test_C37_C40_rollback_offers_the_previous_manifests_and_triggers_all(self):
        for name in ("DAS", "ETP"):
            want = self.w.manifests[self.w.number("two"), name]
            t = [t for t, k in self.commands(name, "three", "end") if k == "trigger"][-1]
            after = [r for r in self.part(name, "three", "end") if r[1] == "manifest" and r[0] >= t]
            self.assertTrue(after and all(r[2] == want for r in after), name)
            self.assertEqual(self.w.strangers[name].memory["running"], want)

    def test_C48_a_failed_rollback_waits_for_somebody_and_does_not_loop(self):
        w = self.w
        n = w.number("two")
        w.settled(n)
        das, etp = w.strangers["DAS"], w.strangers["ETP"]
        number = {b["name"]: b["n"] for b in w.status()["blocks"]}
        w.say("mode manual")
        etp.faults = ["installation failure"]
        w.activate(w.number("three"))
        for prompt, answer in (("request", "request update"), ("trigger", "trigger update")):
            w.wait_prompt(prompt)
            w.say(answer)
        w.wait_prompt("result")
        w.say(f"restart {number['DAS']}")
        w.wait(lambda s: next(b for b in s["blocks"] if b["name"] == "DAS")["running"]["version"] == "3.0.0", 10, "DAS runs the new one")
        w.wait_prompt("result")
        das.faults = ["installation failure"]  # now it must install to go back, and cannot
        w.say("mode auto")
        w.say("rollback")
        prompt = w.wait(lambda s: s["rolling_back"] and s["prompt"] and s["prompt"]["kind"] == "result" and s["prompt"], 10, "it asks")
        s = w.status()
        self.assertEqual((s["state"], s["vc"]["n"]), ("update-completed", n))
        self.assertIn("rollback", prompt["why"].lower())
        triggers = das.heard().count("trigger")
        time.sleep(0.6)
        self.assertEqual(das.heard().count("trigger"), triggers, "nobody is triggered while the question stands")
        w.say("trigger update")
        w.settled(n)


class Block(unittest.TestCase):
    """Our Building Block, with a Configuration Manager of strangers."""

    def setUp(self):
        self.w = World(start=False)
        self.cm = StrangerCm()
        self.addCleanup(self.clean)
        self.world_url = self.cm.url
        self.count = 0

    def clean(self):
        self.w.close()
        self.cm.close()

    def offer(self, *blocks, **kw):
        """These Building Blocks' Manifests become the active ones; returns them by name."""
        self.count += 1
        manifests = self.w.write_vc(os.path.join(self.w.folder, f"vc{self.count}"), blocks)
        for b in blocks:
            archives = {hashlib.sha256(d).hexdigest(): d for d in (self.w.archive(b, k) for k in ("Software", "Parameter"))}
            self.cm.offer_bb("train." + b["name"], manifests[b["name"]], archives, **kw)
        return manifests

    def start(self, name="DAS", *more, **kw):
        return self.w.bbum(name, *more, server=self.cm.url, **kw)

    def installed(self, name="DAS", version="1.0.0", *more, **kw):
        """A Building Block that runs this version; its Manifest."""
        m = self.offer(self.w.das(version) if name == "DAS" else self.w.etp(version))[name]
        self.start(name, *more, **kw)
        self.cm.walk(["train." + name])
        return m

    def until(self, check, device="train.DAS", seconds=15.0):
        return self.cm.until(device, check, seconds)

    def test_C4_C5_C8_at_its_start_it_asks_for_its_manifest_compares_and_reports(self):
        m = self.offer(self.w.das())["DAS"]
        self.start()
        s = self.cm.judged("train.DAS")
        self.assertEqual([s[k] for k in ("syntax", "integrity", "identity", "authenticity")], [True] * 4)
        self.assertEqual((s["recommendation"], s["manifest_hash"]), ("yes", sm.config_hash(m)))
        self.assertTrue(any(r[1].startswith("/bbum/v1/manifest") for r in self.cm.requests))
        self.assertFalse(any("/packages/" in r[1] for r in self.cm.requests), "nothing is downloaded before the trigger")

    def test_C6_C7_C49_C50_without_a_manager_it_starts_and_synchronises_later(self):
        m = self.installed()
        self.w.end_bb("DAS")
        self.cm.refuse = (503, [("Retry-After", "0")])
        p = self.start()
        time.sleep(0.5)
        self.assertIsNone(p.poll(), "it proceeds without an error")
        with self.cm.lock:
            self.cm.statuses.clear()
            self.cm.refuse = None
        s = self.until(lambda s: True)
        self.assertEqual((s["state"], s["hash"]), ("normal-operation", sm.config_hash(m)))
        new = self.offer(self.w.das("1.1.0"))["DAS"]
        self.assertEqual(self.cm.judged("train.DAS")["manifest_hash"], sm.config_hash(new))

    def test_C10_C11_C12_C22_it_keeps_asking_and_reports_on_each_manifest(self):
        self.installed()
        for version in ("1.1.0", "1.2.0", "1.0.0"):
            new = self.offer(self.w.das(version))["DAS"]
            s = self.until(lambda s, new=new: s.get("manifest_hash") == sm.config_hash(new) and s["recommendation"] != "none")
            self.assertEqual(s["recommendation"], "no" if version == "1.0.0" else "yes", version)
        seen = len(self.cm.statuses["train.DAS"])
        time.sleep(0.5)
        self.assertGreater(len(self.cm.statuses["train.DAS"]), seen + 2, "it polls though nothing changes")

    def test_C21_C43_C44_a_manifest_that_is_not_right_is_not_recommended(self):
        self.start()
        changed = self.w.write_vc(os.path.join(self.w.folder, "changed"), [self.w.das("1.3.0")])["DAS"]
        changed["Name"] = "DAs"  # after it was signed
        bad = {"for another block": ("identity", "manifest-conformity", self.w.das(type_id=TYPES["ETP"])),
               "of a key nobody knows": ("integrity", "manifest-integrity", self.w.das("1.1.0", key="foreign")),
               "of one who may not": ("authenticity", "manifest-authentication", self.w.das("1.2.0", key="distributor")),
               "changed": ("integrity", "manifest-integrity", changed)}
        for title, (check, error, b) in bad.items():
            with self.subTest(title):
                if "depends" in b:
                    m = self.offer(b)["DAS"]
                else:
                    m = b
                    self.cm.offer_bb("train.DAS", m, {})
                s = self.until(lambda s, m=m: s.get("manifest_hash") == sm.config_hash(m))
                self.assertFalse(s[check], s)
                self.assertEqual((s["recommendation"], s["state"], s["error"]), ("no", "normal-operation", error))
        good = self.offer(self.w.das("1.4.0"))["DAS"]
        s = self.until(lambda s: s.get("manifest_hash") == sm.config_hash(good))
        self.assertEqual((s["recommendation"], s.get("error")), ("yes", None))

    def test_C25_C26_C27_the_application_is_asked_and_its_word_counts(self):
        self.offer(self.w.das())
        self.start("DAS", "--permission-limit", "300ms", iec="deny")
        self.cm.judged("train.DAS")
        s = self.cm.ask("train.DAS", "request-update")
        self.assertEqual((s["answer"], s["state"]), ("rejected", "normal-operation"))
        self.assertTrue(s["reason"])
        self.w.end_bb("DAS")
        self.start("DAS", iec="always")
        self.cm.judged("train.DAS")
        s = self.cm.ask("train.DAS", "request-update")
        self.assertEqual((s["answer"], s["state"]), ("accepted", "update-pending"))

    def test_C30_C31_C32_C33_C36_C38_from_the_trigger_to_the_result_and_the_restart(self):
        self.installed()
        new = self.offer(self.w.das("2.0.0"))["DAS"]
        self.cm.judged("train.DAS")
        self.cm.ask_all(["train.DAS"], "request-update")
        before = len(self.cm.requests)
        s = self.cm.trigger_all(["train.DAS"])["train.DAS"]
        paths = [r[1].split("?")[0] for r in self.cm.requests[before:] if r[0] == "GET"]
        self.assertEqual(paths[0], "/bbum/v1/manifest", "the Manifest is read again first")
        self.assertEqual({p.rsplit("/", 1)[1] for p in paths[1:] if "/packages/" in p}, {p["Hash"] for p in new["Packages"]})
        self.assertEqual((s["result"], s["version"]), ("update successful", "1.0.0"), "the new one runs after the restart only")
        states = [x["state"] for x in self.cm.statuses["train.DAS"]]
        self.assertLess(states.index("update-pending"), states.index("update"))
        self.cm.ask_all(["train.DAS"], "restart")
        back = self.until(lambda x: x["boots"] > s["boots"])
        self.assertEqual(back["state"], "update-completed")
        self.assertEqual((back["version"], back["hash"]), ("2.0.0", sm.config_hash(new)))

    def failing(self, *more, spoil=None):
        """Result and error of an update that goes wrong."""
        self.installed("DAS", "1.0.0", *more)
        self.offer(self.w.das("2.0.0"))
        self.cm.judged("train.DAS")
        self.cm.ask_all(["train.DAS"], "request-update")
        if spoil:
            spoil()
        s = self.cm.trigger_all(["train.DAS"])["train.DAS"]
        self.assertEqual((s["state"], s["version"]), ("update-completed", "1.0.0"))
        return s["result"], s.get("error")

    def test_C42_the_manifest_is_missing(self):
        self.assertEqual(self.failing(spoil=lambda: self.cm.withdraw("train.DAS")), ("verification failure", "manifest-missing"))

    def test_C45_the_package_is_not_the_one_that_the_manifest_names(self):
        def spoil():
            self.cm.wrong_bytes = True
        result, error = self.failing(spoil=spoil)
        self.assertEqual(result, "verification failure")
        self.assertEqual(error, "package-identity")

    def test_C46_the_package_is_not_authentic(self):
        check = os.path.join(self.w.folder, "firmware-check")  # the device's own judge of what is signed inside (Z46)
        with open(check, "w", encoding="utf-8") as f:
            f.write("#!/bin/sh\n[ ! -e " + self.w.folder + "/refuse ]\n")
        os.chmod(check, 0o755)

        def spoil():
            with open(os.path.join(self.w.folder, "refuse"), "w", encoding="ascii"):
                pass
        self.assertEqual(self.failing("--firmware-check", check, spoil=spoil), ("verification failure", "package-authentication"))

    def test_C47_the_installation_fails(self):
        self.offer(self.w.das())
        self.start("DAS", "--fault", "fail@install:1")
        self.cm.judged("train.DAS")
        self.cm.ask_all(["train.DAS"], "request-update")
        s = self.cm.trigger_all(["train.DAS"])["train.DAS"]
        self.assertEqual((s["result"], s["error"]), ("installation failure", "installation"))
        s = self.cm.trigger_all(["train.DAS"])["train.DAS"]
        self.assertEqual(s["result"], "update successful", "the next trigger tries again")


if __name__ == "__main__":
    unittest.main()

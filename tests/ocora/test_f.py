#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Part F: every command of the command line in every state of the Configuration Manager. One vehicle is led through all
seven states by `firpath cm`; in each, every command is tried, and the tests judge what was seen against the column
"allowed in" of the annex (5.2.2) and the readings Z21-Z23 and Z30."""

import json
import os
import re
import subprocess
import sys
import time
import unittest

import world
from stranger_bbum import Bbum

VERBS = ("start", "stop", "mode auto", "mode manual", "request update", "cancel update", "trigger update", "restart", "normal operation",
         "rollback", "sync normal", "sync update", "accept update", "reject update", "shutdown")
COUNTED = ("restart", "normal operation", "accept update", "reject update")
STATES = ("stopped", "entry-operation", "normal-operation", "update-pending", "update", "update-completed", "error")
ANY = set(STATES)
NO, UP, UC, ENTRY, ERROR = "normal-operation", "update-pending", "update-completed", "entry-operation", "error"
# The column "Allowed in". cancel also withdraws a request that waits in NO (Z30); restart also ends the error state of a
# Building Block (I18) and of the manager (G9); the simulated application speaks where somebody asks it (Z22).
ALLOWED = {"start": ANY, "stop": ANY, "mode auto": ANY, "mode manual": ANY, "request update": {NO}, "cancel update": {UP, NO},
           "trigger update": {UP, UC}, "restart": {UC, ENTRY, ERROR}, "normal operation": {UC}, "rollback": {UC}, "sync normal": {ENTRY},
           "sync update": {ENTRY}, "accept update": {ENTRY, NO, UC}, "reject update": {ENTRY, NO, UC}, "shutdown": {UC, ERROR}}
LOOKS = ("vcs", "verify vc 1", "list bb", "list bb 1", "version", "status", "show log", "show log extended last 5", "help", "log extended")


class Block(Bbum):
    """A Building Block whose application is simulated: it does what the operator says (F15), and may hold its update."""

    hold = False
    simulated = False

    def word(self):
        if not self.simulated:
            return "accept"
        with self.lock:
            return next((r[3].get("permit", "") for r in reversed(self.record) if r[1] == "poll" and r[3]), "")

    def update(self):
        if not self.hold:
            super().update()


class Commands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.w = w = world.World(conf={"cm_status_limit": "60s"})
        try:
            cls.prepare(w)
            cls.lead(w)
        except BaseException:
            w.close()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.w.close()

    @classmethod
    def prepare(cls, w):
        w.vc("first", w.das("1.0.0"), w.etp("1.0.0"))
        w.vc("second", w.das("1.1.0"), w.etp("1.1.0", functional="1.2.0"), version="1.1.0")
        w.vehicle()
        cls.seen = {}
        cls.kept = {}

    @classmethod
    def blocks(cls, w):
        cls.bb = {}
        for name in ("DAS", "ETP"):
            b = Block(w.service.url, w.device(name), world.TYPES[name], w.trust, permission_limit=20)
            b.permit = lambda kind, b=b: b.word() if kind == "update" else "accept"
            w.strangers[name] = cls.bb[name] = b.start()

    @staticmethod
    def kill(w):
        """kill -9 of the manager, and its next start at the same address."""
        w.service.conf["listen"] = f"127.0.0.1:{w.service.port}"
        w.service.kill()
        w.service.start()

    @classmethod
    def run_cm(cls, line, ok=True):
        r = cls.w.cm(*line.split(), check=False)
        if ok and r.returncode:
            raise AssertionError(f"{line}: {r.returncode} {r.stdout} {r.stderr}\n{cls.w.sketch(cls.w.status())}")
        return r

    @classmethod
    def look(cls, state):
        """Tries, in the state that the vehicle is in, everything that must not change it."""
        w = cls.w
        before = w.status()
        if before["state"] != state:
            raise AssertionError(w.sketch(before))
        heard = {n: list(b.heard()) for n, b in cls.bb.items()}
        got = {"table": {c["words"]: (c["allowed"], c["why"]) for c in before["commands"]}, "verbs": {}, "looks": {}}
        for words in LOOKS:
            got["looks"][words] = cls.run_cm(words, ok=False)
        for verb in VERBS:
            if state not in ALLOWED[verb]:
                got["verbs"][verb] = cls.run_cm(verb + (" all" if verb in COUNTED else ""), ok=False)
        if state in (UP, "update"):
            got["verbs"]["activate vc 2"] = cls.run_cm("activate vc 2", ok=False)
        after = w.status()
        got["moved"] = (before["state"], before["prompt"], before["mode"], before["running"]) != \
            (after["state"], after["prompt"], after["mode"], after["running"])
        got["heard"] = heard != {n: list(b.heard()) for n, b in cls.bb.items()}
        cls.seen[state] = got

    @classmethod
    def lead(cls, w):
        """start - NO - UP - NO - UP - U - UC - NO - stopped - entry - NO - error."""
        cls.run_cm("mode manual")
        cls.blocks(w)
        cls.kept["activate"] = cls.run_cm("activate vc 1")
        w.wait_prompt("request")
        cls.look(NO)
        # F15: the application of DAS is simulated and waits for the operator's word
        cls.bb["DAS"].simulated = cls.bb["ETP"].simulated = True
        cls.run_cm("request update")
        w.wait(lambda s: all(b["command"] for b in s["blocks"]), what="requests")
        cls.run_cm("reject update 1")
        cls.run_cm("accept update 2")
        cls.kept["rejected"] = w.wait_prompt("rejected")
        cls.kept["half"] = w.status()
        cls.run_cm("request update")
        w.wait(lambda s: s["blocks"][0]["command"], what="request to DAS")
        cls.run_cm("accept update all")
        w.wait_prompt("trigger")
        cls.look(UP)
        cls.run_cm("cancel update")
        w.wait_prompt("request")
        cls.kept["cancelled"] = w.status()
        cls.bb["DAS"].simulated = cls.bb["ETP"].simulated = False
        cls.run_cm("request update")
        w.wait_prompt("trigger")
        cls.bb["DAS"].hold = True
        cls.run_cm("trigger update")
        w.wait_state("update")
        cls.look("update")
        cls.bb["DAS"].hold = False
        w.wait_prompt("result")
        cls.look(UC)
        cls.update_completed(w)
        cls.others(w)

    @classmethod
    def update_completed(cls, w):
        boots = [b["boots"] for b in w.status()["blocks"]]
        cls.run_cm("restart 1")
        w.wait(lambda s: s["blocks"][0]["boots"] == boots[0] + 1 and s["wait"] == "idle", what="restart of 1")
        cls.kept["restart 1"] = (boots, [b["boots"] for b in w.status()["blocks"]])
        w.wait_prompt("result")
        cls.run_cm("restart all")
        w.wait(lambda s: s["blocks"][1]["boots"] == boots[1] + 1 and s["wait"] == "idle", what="restart of all")
        w.wait_prompt("result")
        cls.run_cm("normal operation 2")
        w.wait(lambda s: s["blocks"][1]["state"] == NO and s["wait"] == "idle", what="2 back in NO")
        cls.kept["normal 2"] = [b["state"] for b in w.status()["blocks"]]
        w.wait_prompt("result")
        cls.run_cm("normal operation all")
        w.settled(1)
        cls.kept["heard"] = {n: list(b.heard()) for n, b in cls.bb.items()}

    @classmethod
    def others(cls, w):
        cls.run_cm("stop")
        w.wait_state("stopped")
        cls.kill(w)
        cls.kept["after stop and kill"] = w.status()
        cls.look("stopped")
        cls.bb["DAS"].deaf = True
        time.sleep(0.1)
        cls.run_cm("start")
        w.wait_state(ENTRY)
        cls.look(ENTRY)
        cls.bb["DAS"].deaf = False
        w.settled(1)
        cls.kill(w)
        cls.kept["after start and kill"] = w.settled(1)
        cls.kept["vcs"] = json.loads(cls.run_cm("vcs --json").stdout)
        # the active one is spoilt: fatal for the manager at its next start (E12, G9)
        for folder, _, files in os.walk(os.path.join(w.folder, "vcs")):
            for f in files:
                if f.endswith(".json"):
                    path = os.path.join(folder, f)
                    os.chmod(path, 0o600)
                    with open(path, "r+b") as out:
                        out.write(b"spoilt")
        cls.kill(w)
        w.wait_state(ERROR)
        cls.look(ERROR)

    # What holds of every state

    def refused(self, verb, state):
        r = self.seen[state]["verbs"][verb]
        self.assertEqual(r.returncode, 1, f"{verb} in {state}: {r.stdout} {r.stderr}")
        if verb in VERBS:
            self.assertTrue(r.stderr.startswith(f"firpath: rejected, because '{verb}' is allowed only in ")
                            or r.stderr.startswith(f"firpath: rejected, because '{verb}' is allowed only while "), r.stderr)
            self.assertIn(f"; the state is {state}\n", r.stderr)
        self.assertRegex(r.stderr, r"^firpath: rejected, because .{10,}", f"{verb} in {state}")
        self.assertEqual(r.stdout, "")

    def only_in(self, *verbs):
        for verb in verbs:
            for state in STATES:
                allowed, why = self.seen[state]["table"][verb]
                self.assertEqual(allowed, state in ALLOWED[verb], f"{verb} in {state}: {why}")
                if state not in ALLOWED[verb]:
                    self.assertIn("only", why)
                    self.refused(verb, state)

    def looked(self, words):
        for state in STATES:
            r = self.seen[state]["looks"][words]
            self.assertEqual(r.returncode, 0, f"{words} in {state}: {r.stderr}")
            yield state, r.stdout

    def test_every_state_was_reached_and_what_is_refused_changes_nothing(self):
        self.assertEqual(set(self.seen), set(STATES))
        for state, got in self.seen.items():
            self.assertFalse(got["moved"], state)
            self.assertEqual(set(got["table"]), set(VERBS), state)

    def test_F1_F2_E7_start_and_stop_are_obeyed_in_any_state_and_persist(self):
        self.only_in("start", "stop")
        stopped, started = self.kept["after stop and kill"], self.kept["after start and kill"]
        self.assertEqual((stopped["running"], stopped["state"]), (False, "stopped"))
        self.assertTrue(started["running"])

    def test_F3_vcs_lists_all_stored_configurations_in_any_state(self):
        for state, text in self.looked("vcs"):
            lines = text.splitlines()
            self.assertRegex(lines[0], r"^n +active +name +version +Config ID +state", state)
            self.assertEqual([x.split()[0] for x in lines[1:]], ["1", "2"], state)
            self.assertRegex(lines[1], r"^1 +active +Track Runner 2 +1\.0\.0 +[0-9a-f-]{36} +" + ("failed" if state == ERROR else "verified"))
            self.assertRegex(lines[2], r"^2 +- ", state)

    def test_F4_Z21_activate_makes_one_active_and_is_refused_while_an_update_is_under_way(self):
        self.assertIn("Vehicle Configuration 1", self.kept["activate"].stdout)
        self.refused("activate vc 2", UP)
        self.refused("activate vc 2", "update")
        self.assertEqual(self.kept["vcs"]["vc"]["n"], 1)

    def test_F5_verify_vc_reports_each_manifest_and_archive_in_any_state(self):
        for state, text in ((s, self.seen[s]["looks"]["verify vc 1"]) for s in STATES if s != ERROR):
            self.assertEqual(text.returncode, 0, f"{state}: {text.stderr}")
            self.assertIn("Vehicle Configuration 1: verified", text.stdout)
            for part in ("Building Block DAS", "Building Block ETP", "Software of DAS", "Parameter of ETP", "System CCS-OB"):
                self.assertIn(part, text.stdout, state)
        spoilt = self.seen[ERROR]["looks"]["verify vc 1"]
        self.assertEqual(spoilt.returncode, 1)
        self.assertIn("Vehicle Configuration 1: failed", spoilt.stdout)

    def test_F6_list_bb_shows_one_or_all_in_any_state(self):
        for state, text in self.looked("list bb"):
            self.assertEqual([x.split()[:2] for x in text.splitlines()[1:3]], [["1", "DAS"], ["2", "ETP"]], state)
        for state, text in self.looked("list bb 1"):
            self.assertTrue(text.startswith("Building Block 1 DAS: "), state)
            for term in ("wanted", "running", "checks", "update?", "accepted", "result", "life check"):
                self.assertRegex(text, rf"(?m)^  {re.escape(term)} ", state)
        r = self.run_cm("list bb 9", ok=False)
        self.assertEqual(r.returncode, 3)
        self.assertIn("no Building Block 9", r.stderr)

    def test_F7_mode_is_set_in_any_state(self):
        self.only_in("mode auto", "mode manual")

    def test_F8_version_tells_name_mode_and_version_in_any_state(self):
        for state, text in self.looked("version"):
            self.assertRegex(text, rf"^firpath Configuration Manager is operating in {'stop' if state == 'stopped' else 'start'} mode v\d+\.\d+\.\d+\n$",
                             state)

    def test_F9_log_mode_is_set_in_any_state(self):
        for _ in self.looked("log extended"):
            pass
        self.assertEqual(self.w.status()["log"], "extended")

    def test_F10_request_update_only_in_normal_operation(self):
        self.only_in("request update")

    def test_F11_cancel_update_only_while_an_update_is_requested_or_accepted(self):
        self.only_in("cancel update")
        s = self.kept["cancelled"]
        self.assertEqual((s["state"], [b["state"] for b in s["blocks"]]), (NO, [NO, NO]))

    def test_F12_trigger_update_only_in_update_pending_and_update_completed(self):
        self.only_in("trigger update")

    def test_F13_restart_of_one_or_all_only_in_update_completed(self):
        self.only_in("restart")
        before, after = self.kept["restart 1"]
        self.assertEqual(after, [before[0] + 1, before[1]])

    def test_F14_normal_operation_of_one_or_all_only_in_update_completed(self):
        self.only_in("normal operation")
        self.assertEqual(self.kept["normal 2"], [UC, NO])

    def test_F15_the_simulated_application_accepts_and_rejects_by_command(self):
        self.only_in("accept update", "reject update")
        states = {b["name"]: (b["state"], b["accepted"]) for b in self.kept["half"]["blocks"]}
        self.assertEqual(states, {"DAS": (NO, False), "ETP": (UP, True)})
        self.assertIn("DAS", self.kept["rejected"]["why"])

    def test_F16_E18_test_commands_go_to_the_blocks_and_operational_ones_do_not(self):
        once = ["cancel", "request-update", "trigger"]
        self.assertEqual(self.kept["heard"], {"DAS": ["request-update", "request-update", *once, "restart", "restart", "normal-operation"],
                                              "ETP": ["request-update", *once, "restart", "normal-operation"]})
        for state, got in self.seen.items():
            self.assertFalse(got["heard"], state)

    def test_B15_the_words_of_the_readings_are_bound_to_their_states_too(self):
        self.only_in("rollback", "sync normal", "sync update", "shutdown")

    def test_B25_the_log_is_read_by_a_command_in_any_state(self):
        for state, text in self.looked("show log"):
            self.assertTrue(text.splitlines(), state)
        for state, text in self.looked("show log extended last 5"):
            self.assertEqual(len(text.splitlines()), 5, state)

    def vehicle(self, *words):
        return subprocess.run([os.path.join(world.BUILD, "firpath"), "vehicle", *words, "--server", self.w.service.url], capture_output=True,
                              text=True, stdin=subprocess.DEVNULL, timeout=60, check=False)

    def test_vehicles_are_registered_listed_and_shown(self):
        r = self.vehicle("add", "train", "--type-id", world.VEHICLE_TYPE)
        self.assertEqual(r.returncode, 1, r.stderr)
        self.assertIn("train", r.stderr)
        self.assertEqual(self.vehicle("add", "tram", "--type-id", "no-uuid").returncode, 1)
        self.assertEqual(self.vehicle("add", "tram").returncode, 2)
        r = self.vehicle("list")
        self.assertEqual([x.split()[0] for x in r.stdout.splitlines()], ["vehicle", "train"], r.stderr)
        r = self.vehicle("list", "--json")
        self.assertEqual([(v["name"], v["building_blocks"]) for v in json.loads(r.stdout)["vehicles"]], [("train", 2)])
        self.assertIn("Question ", self.vehicle("show", "train").stdout)
        self.assertEqual(self.vehicle("show", "tram").returncode, 3)

    def test_status_and_help_are_given_in_any_state(self):
        for state, text in self.looked("status"):
            self.assertTrue(text.startswith(f"Vehicle train: {state}, mode manual"), text)
        for _, text in self.looked("help"):
            self.assertEqual(len([x for x in text.splitlines() if not x.startswith(" ")]), 23)


if __name__ == "__main__":
    unittest.main(verbosity=1 if "-q" in sys.argv else 2)

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Part H: the log. One vehicle goes through an update in manual mode with a rejected request, a cancel, a result, a restart and
the way back, then through a fault; what `firpath cm show log` gives in both modes is held against the table of 5.2.3, and so is
what `firpath cm watch` writes while it happens."""

import json
import os
import re
import subprocess
import sys
import unittest

import world

# Event of the log by row of table H: (row, event, shown in normal mode, one line for each Building Block in extended mode).
TABLE = (
    ("H1", "startup", True, None),
    ("H2", "ask-status", False, None),
    ("H3", None, False, "status"),
    ("H4", None, False, "manifest"),
    ("H5", "advice", True, "advice-bb"),
    ("H6", "request", False, None),
    ("H7", "acceptance", True, "acceptance-bb"),
    ("H8", "trigger", False, None),
    ("H9", "cancel", False, None),
    ("H10", None, False, "package"),
    ("H11", "result", True, "result-bb"),
    ("H12", "restart", True, None),
    ("H13", "normal", True, None),
    ("H14", "error", True, None),
    ("H15", "exception", True, None),
)
ROWS = {e for _, say, _, each in TABLE for e in (say, each) if e}
NORMAL = {say for _, say, normal, _ in TABLE if normal}


class Log(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.w = w = world.World(conf={"cm_request_tries": "0", "cm_trigger_tries": "0", "cm_auto_rollback": "no"})
        cls.watcher = None
        try:
            cls.lead(w)
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls):
        if cls.watcher and cls.watcher.poll() is None:
            cls.watcher.terminate()
            cls.watcher.communicate()
        cls.w.close()

    @classmethod
    def lines(cls, *words):
        return json.loads(cls.w.cm("show", "log", *words, "--json").stdout)["lines"]

    @classmethod
    def lead(cls, w):
        w.vc("first", w.das("1.0.0"), w.etp("1.0.0"))
        w.vc("second", w.das("1.1.0"), w.etp("1.1.0"), version="1.1.0")
        w.vehicle()
        w.cm("mode", "manual")
        w.cm("activate", "vc", "1")
        cls.das, cls.etp = (w.stranger(n, permission_limit=0.2) for n in ("DAS", "ETP"))
        w.wait_prompt("request")
        w.cm("request", "update")
        w.wait_prompt("trigger")
        w.cm("trigger", "update")
        w.wait_prompt("result")
        w.cm("restart", "all")
        w.wait(lambda s: all(b["running"]["as_wanted"] for b in s["blocks"]) and s["wait"] == "idle", what="restart")
        w.wait_prompt("result")
        w.cm("normal", "operation", "all")
        cls.settled(w, 1)
        cls.watched = os.path.join(w.folder, "watched")
        with open(cls.watched, "wb") as out:
            cls.watcher = subprocess.Popen([os.path.join(world.BUILD, "firpath"), "cm", "watch", "--vehicle", w.name, "--level", "extended",
                                            "--json", "--server", w.service.url], stdout=out, stdin=subprocess.DEVNULL)
        cls.first = cls.lines("extended", "last", "500")
        # a whole update from start to end: this is what the rows are held against
        w.service.wait_for(lambda: os.path.getsize(cls.watched) > 0)
        cls.start = cls.first[-1]["n"]
        cls.restart(w)
        cls.settled(w, 1)
        w.cm("activate", "vc", "2")
        w.wait_prompt("request")
        cls.etp.permit = lambda kind: "reject"
        w.cm("request", "update")
        w.wait_prompt("rejected")
        cls.etp.permit = lambda kind: "accept"
        w.cm("request", "update")
        w.wait_prompt("trigger")
        w.cm("cancel", "update")
        w.wait_prompt("request")
        w.cm("request", "update")
        w.wait_prompt("trigger")
        w.cm("trigger", "update")
        w.wait_prompt("result")
        w.cm("restart", "all")
        w.wait(lambda s: all(b["running"]["as_wanted"] for b in s["blocks"]) and s["wait"] == "idle", what="restart")
        w.wait_prompt("result")
        w.cm("normal", "operation", "all")
        cls.settled(w, 2)
        cls.extended = [x for x in cls.lines("extended", "last", "500") if x["n"] > cls.start]
        cls.normal = [x for x in cls.lines("normal", "last", "500") if x["n"] > cls.start]
        cls.end = cls.extended[-1]["n"]
        # an installation that fails in auto mode with nothing left to try (exception), a silent block, a fatal error
        w.cm("mode", "auto")
        cls.etp.deaf = True
        w.cm("stop")
        w.cm("start")
        w.wait_prompt("exception")
        cls.etp.deaf = False
        cls.settled(w, 2)
        cls.fault = [x for x in cls.lines("extended", "last", "500") if x["n"] > cls.end]
        cls.fault_normal = [x for x in cls.lines("normal", "last", "500") if x["n"] > cls.end]
        cls.tail = cls.lines("extended", "last", "1")[-1]["n"]
        w.service.wait_for(lambda: cls.seen_by_watcher()[-1]["n"] >= cls.tail)
        # the active configuration is spoilt; the manager finds it at its start (5.1.3.16)
        for folder, _, files in os.walk(os.path.join(w.folder, "vcs")):
            for f in files:
                if f.endswith(".json"):
                    os.chmod(os.path.join(folder, f), 0o600)
                    with open(os.path.join(folder, f), "r+b") as out:
                        out.write(b"spoilt")
        cls.restart(w)
        w.wait_prompt("fatal")
        cls.error = {level: [x for x in cls.lines(level, "last", "100") if x["n"] > cls.tail] for level in ("normal", "extended")}

    @staticmethod
    def settled(w, n):
        """Also the last recommendations are in the log."""
        w.settled(n)
        w.wait(lambda s: s["wait"] == "idle", what="recommendations")

    @staticmethod
    def restart(w):
        """kill -9 of the manager, and its next start at the same address."""
        w.service.conf["listen"] = f"127.0.0.1:{w.service.port}"
        w.service.kill()
        w.service.start()

    @classmethod
    def seen_by_watcher(cls):
        with open(cls.watched, encoding="utf-8") as f:
            return [json.loads(x) for x in f if x.endswith("\n")]

    def texts(self, event, lines=None):
        return [x["text"] for x in (self.extended if lines is None else lines) if x["event"] == event]

    def row(self, name):
        return next(r for r in TABLE if r[0] == name)

    def judge(self, name, times):
        """The row's event happened so often; shown in the modes that the table says, with a line for each block."""
        _, say, normal, each = self.row(name)
        if say:
            self.assertEqual(len(self.texts(say)), times, self.texts(say))
            self.assertEqual(len(self.texts(say, self.normal)), times if normal else 0, name)
        if each:
            self.assertEqual(self.texts(each, self.normal), [], name)
            got = [x for x in self.extended if x["event"] == each]
            self.assertEqual(sorted((x["bb"], x["device"]) for x in got), sorted([(1, "train.DAS"), (2, "train.ETP")] * times), name)
            for x in got:
                self.assertIn(x["device"].split(".")[1], x["text"], name)
        return self.texts(say) if say else self.texts(each)

    def test_H0_the_log_holds_everything_in_order_and_normal_mode_a_part_of_it(self):
        self.assertEqual([x["n"] for x in self.extended], sorted({x["n"] for x in self.extended}))
        normal = {x["n"] for x in self.normal}
        self.assertEqual([x for x in self.extended if x["level"] == "normal"], self.normal)
        for x in self.extended:
            if x["event"] in ROWS:
                self.assertEqual(x["n"] in normal, x["event"] in NORMAL, x)
        life = self.texts("life", self.fault_normal)
        self.assertTrue(any("ETP" in t for t in life), life)

    def test_H1_startup_shows_name_mode_and_version(self):
        for text in self.judge("H1", 1):
            self.assertRegex(text, r"Configuration Manager is operating in start mode v\d+\.\d+\.\d+$")

    def test_H2_asking_for_status_is_shown_in_extended_mode_only(self):
        self.judge("H2", 1)

    def test_H3_the_first_status_of_each_block_is_shown_in_extended_mode_only(self):
        for text in self.judge("H3", 1):
            self.assertIn("normal-operation", text)

    def test_H4_providing_a_manifest_is_shown_once_for_each_block_with_its_name_and_identifier(self):
        for text, name in zip(sorted(self.judge("H4", 1)), ("DAS", "ETP")):
            self.assertIn(name, text)
            self.assertIn(world.TYPES[name], text.lower())

    def test_H5_recommendations_are_summed_up_and_listed(self):
        got = self.judge("H5", len(self.texts("advice")))
        self.assertTrue(any(re.search(r"2 of 2 .*DAS, ETP", t) for t in got), got)
        for text in self.texts("advice-bb"):
            self.assertRegex(text, r"recommendation (yes|no)")

    def test_H6_a_request_is_shown_in_extended_mode_only(self):
        self.judge("H6", 3)

    def test_H7_acceptances_are_summed_up_and_listed(self):
        got = self.judge("H7", 3)
        self.assertIn("1 of 2", got[0])
        self.assertIn("all 2", got[1])
        self.assertTrue(any("rejected, because" in t and "ETP" in t for t in self.texts("acceptance-bb")))

    def test_H8_the_trigger_is_shown_in_extended_mode_only(self):
        self.judge("H8", 1)

    def test_H9_the_cancel_is_shown_in_extended_mode_only(self):
        self.judge("H9", 1)

    def test_H10_providing_a_package_is_shown_once_for_each_block_with_its_name_and_identifier(self):
        for text, name in zip(sorted(self.judge("H10", 1)), ("DAS", "ETP")):
            self.assertIn(name, text)
            self.assertIn(world.TYPES[name], text.lower())

    def test_H11_results_are_summed_up_and_listed(self):
        got = self.judge("H11", 1)
        self.assertRegex(got[0], "update successful.*DAS, ETP")

    def test_H12_restart_is_shown_in_both_modes(self):
        self.judge("H12", 1)

    def test_H13_the_change_to_normal_operation_is_shown_in_both_modes(self):
        self.judge("H13", 1)

    def test_H15_an_exception_in_auto_mode_is_shown_in_both_modes(self):
        got = self.texts("exception", self.fault)
        self.assertEqual(got, self.texts("exception", self.fault_normal))
        self.assertEqual(len(got), 1, got)
        self.assertIn("ETP", got[0])

    def test_F9_the_log_mode_chooses_what_show_log_shows(self):
        self.w.cm("log", "normal")
        self.assertEqual({x["level"] for x in self.lines("last", "100")}, {"normal"})
        self.w.cm("log", "extended")
        self.assertEqual({x["level"] for x in self.lines("last", "100")}, {"normal", "extended"})

    def test_B25_show_log_filters_by_block_event_and_number(self):
        self.assertEqual({x["bb"] for x in self.lines("extended", "bb", "2", "last", "200")}, {2})
        self.assertEqual({x["event"] for x in self.lines("event", "result", "last", "200")}, {"result"})
        self.assertEqual(len(self.lines("extended", "last", "7")), 7)
        text = self.w.cm("show", "log", "event", "startup", "last", "1").stdout
        self.assertRegex(text, r"^\d{4}-\d\d-\d\dT[0-9:.]+Z  .*Configuration Manager is operating in start mode")

    def test_H0_watch_writes_the_very_lines_as_they_come(self):
        seen = [x for x in self.seen_by_watcher() if self.start < x["n"] <= self.tail]
        self.assertEqual([(x["n"], x["text"]) for x in seen], [(x["n"], x["text"]) for x in self.extended + self.fault])

    def test_H14_an_error_is_shown_in_both_modes(self):
        for level, lines in self.error.items():
            got = self.texts("error", lines)
            self.assertEqual(len(got), 1, level)


if __name__ == "__main__":
    unittest.main(verbosity=1 if "-q" in sys.argv else 2)

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A Building Block and a Configuration Manager written from doc/bbum-protocol.md alone: with each other, and with ours. The
worked example of the document is checked with openssl."""

import hashlib
import json
import os
import re
import unittest

import stranger_bbum
from stranger_cm import StrangerCm
from world import HERE, TYPES, World, sm

DOCUMENT = os.path.join(os.path.dirname(os.path.dirname(HERE)), "doc", "bbum-protocol.md")


class Document(unittest.TestCase):
    def test_the_worked_example_of_a_signature_and_a_configuration_hash_is_right(self):
        with open(DOCUMENT, encoding="utf-8") as f:
            text = f.read()
        item = json.loads(re.search(r"example with blanks added:\n\n```text\n(.*?)```", text, re.S).group(1))
        form = sm.canonical(item)
        self.assertIn("\n" + form.decode() + "\n", text)
        self.assertIn(f"{len(form)} bytes, SHA-256 `{hashlib.sha256(form).hexdigest().upper()}`", text)
        key = re.search(r"-----BEGIN PUBLIC KEY-----\nMI.*?END PUBLIC KEY-----\n", text, re.S).group(0)
        item["Signature"] = "".join(re.search(r"one line of 512 digits\)\n\n```text\n(.*?)```", text, re.S).group(1).split())
        self.assertTrue(sm.signed_by(item, key))
        self.assertIn(f"configuration hash `{sm.config_hash(item)}`", text)
        item["Name"] = "ETp"
        self.assertFalse(sm.signed_by(item, key))


class Ours(unittest.TestCase):
    """The same story with a Building Block of ours and one of strangers, under the strangers' manager."""

    def setUp(self):
        self.w = World(start=False)
        self.cm = StrangerCm()
        self.addCleanup(self.cm.close)
        self.addCleanup(self.w.close)
        self.stranger = None
        self.count = 0

    def offer(self, *blocks):
        self.count += 1
        manifests = self.w.write_vc(os.path.join(self.w.folder, f"vc{self.count}"), blocks)
        for b in blocks:
            self.cm.offer_bb("train." + b["name"], manifests[b["name"]],
                             {hashlib.sha256(d).hexdigest(): d for d in (self.w.archive(b, k) for k in ("Software", "Parameter"))})
        return manifests

    def start(self, permit=None, *more, **kw):
        self.stranger = stranger_bbum.Bbum(self.cm.url, "train.ETP", TYPES["ETP"], self.w.trust, permit=permit).start()
        self.addCleanup(self.stranger.stop)
        return self.w.bbum("DAS", *more, server=self.cm.url, **kw)

    def test_a_whole_update_of_both(self):
        self.offer(self.w.das("1.0.0"), self.w.etp("1.0.0"))
        self.start()
        both = ["train.DAS", "train.ETP"]
        for version in ("1.0.0", "1.1.0"):
            manifests = self.offer(self.w.das(version), self.w.etp("1.0.0"))
            results = self.cm.walk(both)
            self.assertEqual([results[d]["result"] for d in both],
                             ["update successful", "update successful" if version == "1.0.0" else "no update required"])
            for d in both:
                s = self.cm.newest(d)
                self.assertEqual((s["hash"], s["version"]), (sm.config_hash(manifests[d[6:]]), manifests[d[6:]]["Release Version"]))

    def test_rejected_then_accepted(self):
        words = ["reject", ""]
        self.offer(self.w.das(), self.w.etp())
        self.start(lambda kind: words.pop(0) if words else "accept", iec="timeout:5s")
        both = ["train.DAS", "train.ETP"]
        for d in both:
            self.cm.judged(d)
        s = self.cm.ask("train.DAS", "cancel")
        self.assertEqual((s["answer"], s["state"]), ("accepted", "normal-operation"), "nothing to withdraw is no error")
        s = self.cm.ask("train.ETP", "request-update")
        self.assertEqual(s["answer"], "rejected")
        self.cm.ask_all(["train.ETP"], "request-update")
        self.assertEqual(self.cm.newest("train.ETP")["state"], "update-pending")
        self.cm.order("train.DAS", "request-update")
        s = self.cm.ask("train.DAS", "cancel")
        self.assertEqual((s["answer"], s["state"]), ("accepted", "normal-operation"), "the application is not waited for any more")

    def test_failing_then_repeated(self):
        self.offer(self.w.das(), self.w.etp())
        self.start(None, "--fault", "fail@install:1")
        self.stranger.faults = ["installation failure"]
        both = ["train.DAS", "train.ETP"]
        for d in both:
            self.cm.judged(d)
        self.cm.ask_all(both, "request-update")
        self.assertEqual({s["result"] for s in self.cm.trigger_all(both).values()}, {"installation failure"})
        self.assertEqual({s["result"] for s in self.cm.trigger_all(both).values()}, {"update successful"})
        self.cm.leave_all(both)
        self.assertEqual({self.cm.newest(d)["version"] for d in both}, {"1.0.0"})

    def test_a_rollback_before_the_restart_gives_up_what_was_installed(self):
        both = ["train.DAS", "train.ETP"]
        first = self.offer(self.w.das("1.0.0"), self.w.etp("1.0.0"))
        self.start()
        self.cm.walk(both)
        self.offer(self.w.das("2.0.0"), self.w.etp("2.0.0"))
        for d in both:
            self.cm.judged(d)
        self.cm.ask_all(both, "request-update")
        self.assertEqual({s["result"] for s in self.cm.trigger_all(both).values()}, {"update successful"})
        self.offer(self.w.das("1.0.0"), self.w.etp("1.0.0"))
        self.assertEqual({s["result"] for s in self.cm.trigger_all(both).values()}, {"no update required"})
        boots = {d: self.cm.newest(d)["boots"] for d in both}
        self.cm.ask_all(both, "restart")
        for d in both:
            s = self.cm.until(d, lambda s, d=d: s["boots"] > boots[d])
            self.assertEqual((s["version"], s["hash"]), ("1.0.0", sm.config_hash(first[d[6:]])), "the next start runs what it is told")
        self.cm.ask_all(both, "normal-operation")

    def test_what_is_not_in_the_table_is_rejected_with_a_reason(self):
        self.offer(self.w.das(), self.w.etp())
        self.start()
        for d in ("train.DAS", "train.ETP"):
            self.cm.judged(d)
            for kind in ("trigger", "normal-operation", "dance"):
                s = self.cm.ask(d, kind)
                self.assertEqual((s["answer"], s["state"]), ("rejected", "normal-operation"), (d, kind))
                self.assertTrue(s["reason"], (d, kind))
            s = self.cm.ask(d, "turn-to-error")
            self.assertEqual((s["answer"], s["state"], s["error"]), ("accepted", "error", "error-request"), d)
            boots = s["boots"]
            self.cm.order(d, "restart")
            self.cm.until(d, lambda s, b=boots: s["boots"] > b and s["state"] == "normal-operation")

    def test_an_old_command_changes_nothing(self):
        self.offer(self.w.das(), self.w.etp())
        self.start()
        for d in ("train.DAS", "train.ETP"):
            self.cm.judged(d)
            first = self.cm.ask(d, "request-update")
            self.cm.ask(d, "cancel")
            with self.cm.lock:
                self.cm.commands[d] = {"id": first["command"], "kind": "request-update"}
                seen = len(self.cm.statuses[d])
            self.cm.until(d, lambda s, d=d, n=seen: len(self.cm.statuses[d]) > n + 3)
            s = self.cm.newest(d)
            self.assertEqual((s["state"], s["answer"]), ("normal-operation", "accepted"))
            self.assertNotEqual(s["command"], first["command"])


if __name__ == "__main__":
    unittest.main()

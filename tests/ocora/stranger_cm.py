# SPDX-License-Identifier: Apache-2.0
"""A Configuration Manager in Python for Building Blocks, written from doc/bbum-protocol.md and OCORA-TWS15-060 alone: the
service of tests/api/fake_manager.py, with BB Manifests, Packages and the walk of several Building Blocks.

    cm = StrangerCm()
    cm.offer_bb("train.DAS", item, {hash: bytes})   # the active BB Manifest and its Archives
    cm.walk(["train.DAS", "train.ETP"])             # request, trigger, restart, normal operation of all"""

import json
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [p for p in (HERE, os.path.join(os.path.dirname(HERE), "api")) if p not in sys.path]

import stranger_manifest as sm  # noqa: E402
from fake_manager import Manager  # noqa: E402


class StrangerCm(Manager):
    def __init__(self):
        self.summaries = {}  # device -> what answers tell of its Manifest
        self.permit = {}     # device -> simulated word of the application
        super().__init__()

    def offer_bb(self, device, item, archives, raw=None):
        """raw: the bytes to serve instead of the canonical form of item."""
        data = raw if raw is not None else sm.canonical(item)
        with self.lock:
            for h, content in archives.items():
                self.images[h.upper()] = content
            self.manifests[device] = data
            self.summaries[device] = {"name": f"bb:{item['Type ID'].lower()}@{item['Release Version']}", "version": item["Release Version"],
                                      "config_id": item.get("Config ID", "").lower(), "hash": sm.config_hash(item),
                                      "address": "/bbum/v1/manifest?device=" + device}

    def withdraw(self, device):
        """No active Manifest for it any more."""
        with self.lock:
            self.manifests.pop(device, None)
            self.summaries.pop(device, None)

    def poll(self, path, headers, body):
        code, answer, *more = super().poll(path, headers, body)
        device = json.loads(body)["device"]
        if code == 200:
            answer["manifest"] = self.summaries.get(device)
            if device in self.permit:
                answer["permit"] = self.permit[device]
        return (code, answer, *more)

    def newest(self, device):
        with self.lock:
            return self.statuses.get(device, [None])[-1]

    def until(self, device, check, seconds=15.0):
        """The newest status, as soon as check likes it."""
        end = time.monotonic() + seconds
        with self.lock:
            while True:
                s = self.statuses.get(device, [None])[-1]
                if s and check(s):
                    return s
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"{device} did not say so; its last word: {s}")
                self.lock.wait(left)

    def ask_all(self, devices, kind, tries=10):
        """One command to all, repeated to those that reject it; all must accept in the end (3.2.3)."""
        ids = {d: self.order(d, kind) for d in devices}
        for _ in range(tries):
            answers = {d: self.until(d, lambda s, d=d: s.get("command") == ids[d])["answer"] for d in devices}
            refused = [d for d in devices if answers[d] != "accepted"]
            if not refused:
                return ids
            ids.update({d: self.order(d, kind) for d in refused})
        raise AssertionError(f"{refused} reject {kind} again and again")

    def judged(self, device):
        """Its word about the Manifest that is active now (3.2.2)."""
        return self.until(device, lambda s: s["state"] == "normal-operation" and s.get("manifest_hash") == self.summaries[device]["hash"]
                          and s.get("recommendation") in ("yes", "no"))

    def trigger_all(self, devices):
        ids = {d: self.order(d, "trigger") for d in devices}
        return {d: self.until(d, lambda s, d=d: s["state"] == "update-completed" and s.get("result_of") == ids[d]) for d in devices}

    def leave_all(self, devices):
        """Restart of those that installed, then normal operation for all."""
        done = {d: self.newest(d) for d in devices}
        for d in devices:
            if done[d]["result"] == "update successful":
                self.ask_all([d], "restart")
                self.until(d, lambda s, d=d: s["boots"] > done[d]["boots"] and s["state"] == "update-completed")
        self.ask_all(devices, "normal-operation")
        return {d: self.until(d, lambda s: s["state"] == "normal-operation") for d in devices}

    def walk(self, devices):
        """A whole update; the statuses with the results."""
        if all(self.judged(d)["recommendation"] == "no" for d in devices):
            raise AssertionError("nobody needs an update")
        self.ask_all(devices, "request-update")
        results = self.trigger_all(devices)
        self.leave_all(devices)
        return results

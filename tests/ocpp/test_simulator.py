#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The simulator of stations against a server of another maker that checks each message with the official schemas: what our
tests of firpathd rest on must itself be right."""

import json
import os
import shutil
import subprocess
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("FIRPATH_BUILD", os.getcwd())
AT = "2026-01-01T00:00:00Z"
PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"


def update(request, version, signed=True):
    firmware = {"location": f"http://127.0.0.1/fw@{version}", "retrieveDateTime": AT}
    if signed:
        firmware.update(signingCertificate=PEM, signature="AAAA")
    return {"requestId": request, "retries": 3, "firmware": firmware}


def parts(request, *components):
    return {"requestId": request, "updateMode": "AllOrNothing", "firmwareComponent": [
        {"name": n, "version": v, "firmware": {"location": "http://127.0.0.1/fw", "retrieveDateTime": AT}} for n, v in components]}


def data(action, payload):
    return ["DataTransfer", {"vendorId": "firpath", "messageId": action, "data": json.dumps(payload)}, "ocpp1.6"]


class Simulator(unittest.TestCase):
    """run() plays stations against tests/ocpp/csms.mjs until `until` says it is enough."""

    @staticmethod
    def read(path):
        """The whole lines of a file that grows."""
        with open(path, encoding="utf-8") as f:
            return [json.loads(x) for x in f.read().split("\n")[:-1]]

    def run_plan(self, plan, until, *args, seconds=20.0, kill_at=None):
        folder = tempfile.mkdtemp(prefix="firpath-sim-", dir=os.environ.get("TMPDIR", "/tmp"))
        self.addCleanup(shutil.rmtree, folder)
        told, status = os.path.join(folder, "told"), os.path.join(folder, "status")
        with open(told, "wb") as out, open(status, "wb"):
            csms = subprocess.Popen(["node", os.path.join(HERE, "csms.mjs"), json.dumps(plan)], stdin=subprocess.PIPE, stdout=out, stderr=subprocess.DEVNULL)
        end = time.monotonic() + seconds
        sim = None
        try:
            while not self.read(told) and time.monotonic() < end:
                time.sleep(0.02)
            port = self.read(told)[0]["port"]
            command = [os.path.join(BUILD, "firpath-station"), "--server", f"ws://127.0.0.1:{port}/ocpp", "--speed", "300",
                       "--status-file", status, "--state-file", os.path.join(folder, "state"), *args]
            sim = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while time.monotonic() < end and not until(self.read(told)[1:], self.read(status)):
                time.sleep(0.02)
                if kill_at and any(x.get("status") == kill_at for x in self.read(status)):
                    kill_at = None
                    sim.kill()
                    sim.wait(10)
                    sim = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        finally:
            if sim:
                sim.terminate()
                sim.wait(10)
            csms.stdin.close()
            csms.wait(10)
        lines, self.status = self.read(told)[1:], self.read(status)
        self.assertTrue(until(lines, self.status), lines)
        self.assertEqual([x for x in lines if x["way"] in ("violation", "bad")], [])
        self.assertEqual([x for x in self.status if x["event"] == "violation"], [])
        return lines

    @staticmethod
    def statuses(lines):
        return [x["payload"]["status"] for x in lines if x["way"] == "in" and "StatusNotification" in x["action"]
                and x["action"] != "StatusNotification"]

    def test_each_version_makes_a_train_that_the_official_schemas_accept(self):
        for protocol in ("ocpp2.0.1", "ocpp2.1", "ocpp1.6"):
            plan = [["GetVariables", {"getVariableData": [{"component": {"name": "ChargingStation"}, "variable": {"name": "FirmwareVersion"}}]}, protocol],
                    ["GetBaseReport", {"requestId": 1, "reportBase": "FullInventory"}, protocol],
                    ["SignedUpdateFirmware" if protocol == "ocpp1.6" else "UpdateFirmware", update(5, "1.1"), protocol]]
            if protocol == "ocpp1.6":
                plan[0:2] = [["GetConfiguration", {"key": ["FirmwareVersion", "Odd"]}]]
            lines = self.run_plan(plan, lambda ls, _: any(x["way"] == "in" and x["action"] == "SecurityEventNotification" for x in ls),
                                  "--protocol", protocol)
            self.assertEqual(self.statuses(lines), ["Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting",
                                                    "Installed"], protocol)
            boots = [x["payload"] for x in lines if x["way"] == "in" and x["action"] == "BootNotification"]
            versions = [b.get("firmwareVersion") or b["chargingStation"]["firmwareVersion"] for b in boots]
            self.assertEqual(versions, ["1.0", "1.1"])
            if protocol != "ocpp1.6":
                self.assertEqual(boots[1]["reason"], "FirmwareUpdate")

    def test_the_plain_1_6_train_knows_seven_statuses_and_an_empty_answer(self):
        plan = [["UpdateFirmware", {"location": "http://127.0.0.1/fw@1.1", "retrieveDate": AT}]]
        lines = self.run_plan(plan, lambda ls, _: "Installed" in self.statuses(ls), "--protocol", "ocpp1.6", "--behave", "no-signed")
        self.assertEqual(self.statuses(lines), ["Downloading", "Downloaded", "Installing", "Installed"])
        self.assertEqual(next(x for x in lines if x["way"] == "answer")["payload"], {})

    def test_components_are_told_and_updated_in_one_request_in_2_x_and_in_datatransfer_in_1_6(self):
        wanted = parts(9, ("Main", "1.1"), ("Metrology", "2.2"))
        for protocol in ("ocpp2.1", "ocpp2.0.1", "ocpp1.6"):
            if protocol == "ocpp1.6":
                plan = [data("GetFirmwareComponents", {"requestId": 1}), data("UpdateFirmwareComponents", wanted)]
            else:
                plan = [["GetFirmwareComponents", {"requestId": 1, "filter": {"legalStatus": "Regulated"}}],
                        ["UpdateFirmware", update(3, "7")], ["UpdateFirmwareComponents", wanted]]
            lines = self.run_plan(plan, lambda ls, _: sum("Installed" in json.dumps(x.get("payload", "")) for x in ls) == 2,
                                  "--protocol", protocol, "--components", "Main=1.0,Metrology=2.1:regulated", "--deflate")
            runs = {x["component"]: x["to"] for x in self.status if x["event"] == "runs"}
            self.assertEqual(runs, {"Main": "1.1", "Metrology": "2.2"})
            answers = [x.get("payload") for x in lines if x["way"] == "answer"]
            if protocol != "ocpp1.6":
                self.assertEqual([c["name"] for c in answers[0]["firmwareComponent"]], ["Metrology"])
                self.assertEqual(answers[1]["statusInfo"]["reasonCode"], "UnsupportedRequest")

    def test_behaviours_that_are_legal_break_no_schema(self):
        words = ["download-failed", "installation-failed", "verification-failed", "invalid-signature,security-event-before",
                 "invalid-certificate", "revoked-certificate", "rejected-no-reason", "rejected-tx-in-progress", "download-scheduled",
                 "install-scheduled", "download-paused,repeat-downloading", "reboot-before-installing", "unavailable-while-updating",
                 "drop-mid-download,no-boot-after-reconnect", "reboot-mid-download", "install-lost", "wrong-version",
                 "transaction-during-update", "reservation", "status-before-answer", "only-installed", "component-status-fallback"]
        args = [x for i, w in enumerate(words) for x in ("--behave", f"{i}:{w}")]
        ends = 4  # refused at once: two certificates and two rejections
        lines = self.run_plan([["UpdateFirmware", update(5, "1.1")]],
                              lambda _, status: sum(x["event"] == "job-end" for x in status) == len(words) - ends,
                              "--count", str(len(words)), "--tx-time", "200ms", *args)
        self.assertEqual(len({x["identity"] for x in lines if x["way"] == "open"}), len(words))

    def test_kill_9_of_the_simulator_loses_no_job_and_installs_nothing_twice(self):
        for at in ("Downloading", "Installing", "InstallRebooting"):
            self.run_plan([["UpdateFirmware", update(5, "1.1")]], lambda _, status: any(x["event"] == "job-end" for x in status),
                          "--speed", "80", kill_at=at)
            self.assertEqual([(x["from"], x["to"]) for x in self.status if x["event"] == "runs"], [("1.0", "1.1")], at)
            self.assertGreaterEqual(sum(x["event"] == "booted" for x in self.status), 2, at)

    def test_local_controllers_and_logs_speak_as_the_schemas_want(self):
        plan = [["PublishFirmware", {"location": "http://127.0.0.1/fw", "checksum": "0" * 32, "requestId": 3}],
                ["GetLog", {"logType": "DiagnosticsLog", "requestId": 4, "log": {"remoteLocation": "http://127.0.0.1/log"}}],
                ["UnpublishFirmware", {"checksum": "0" * 32}], ["TriggerMessage", {"requestedMessage": "FirmwareStatusNotification"}]]
        lines = self.run_plan(plan, lambda ls, _: {"Published", "Uploaded", "Idle"} <= set(self.statuses(ls)))
        self.assertEqual([x["payload"]["status"] for x in lines if x["way"] == "answer"], ["Accepted", "Accepted", "Unpublished", "Accepted"])


if __name__ == "__main__":
    subprocess.run([os.path.join(HERE, "install")], check=True)
    unittest.main()

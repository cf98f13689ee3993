#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The acceptance list of a server of stations: TC_L_*_CSMS of OCPP 2.0.1 part 6, and of 1.6 TC_044, TC_045, TC_080, TC_081. Each
case is a station of the simulator; prints a PASS list."""

import hashlib
import subprocess
import unittest

from fleet import Fleet, case
from world import HERE, World, image

NEW = "1.1"
CASES = {
    "TC_L_01": case(), "TC_L_02": case("install-scheduled"), "TC_L_03": case("download-scheduled"),
    "TC_L_04": case("revoked-certificate"), "TC_L_05": case("invalid-certificate"), "TC_L_05 event first": case("invalid-certificate,security-event-before"),
    "TC_L_06": case("invalid-signature"), "TC_L_06 event first": case("invalid-signature,security-event-before"),
    "TC_L_07": case("download-failed"), "TC_L_08": case("verification-failed"), "TC_L_09": case("installation-failed"),
    "TC_L_10": case("accepted-canceled,very-slow@1,no-trigger@1"), "TC_L_11": case("cannot-cancel,very-slow@1,no-trigger@1"), "TC_L_13": case("transaction-during-update"),
    "TC_044_1": case("no-signed", "ocpp1.6"), "TC_044_2": case("no-signed,download-failed", "ocpp1.6"),
    "TC_044_3": case("no-signed,installation-failed", "ocpp1.6"), "TC_045": case("no-signed", "ocpp1.6"),
    "TC_080": case(protocol="ocpp1.6"), "TC_081": case("invalid-signature", "ocpp1.6"),
    # Local controllers
    "TC_L_17": case(), "TC_L_24": case("publish-download-failed"), "TC_L_19": case("publish-bad-checksum"), "TC_L_20": case("publish-failed"),
    "TC_L_21": case(), "TC_L_22": case("unpublish-none"), "TC_L_23": case("unpublish-ongoing"),
}
CONTROLLERS = ("TC_L_17", "TC_L_24", "TC_L_19", "TC_L_20", "TC_L_21", "TC_L_22", "TC_L_23")
AFTER = ("TC_L_10", "TC_L_11")  # with a second request


class TcL(unittest.TestCase):
    passed = []

    @classmethod
    def setUpClass(cls):
        cls.w = w = World(conf={"ocpp_log_base": "http://127.0.0.1:9/logs", "ocpp_download_timeout": "1s"})
        cls.addClassCleanup(w.close)
        w.releases("1.0", NEW, "1.2")
        cls.f = Fleet(w, CASES)
        for name in CONTROLLERS:
            w.command(cls.f[name].identity, "publish-firmware", release=w.released[("default", NEW)][0])
        w.command(cls.f["TC_045"].identity, "get-log")
        walking = [n for n in CASES if n not in CONTROLLERS and n not in AFTER and n != "TC_045"]
        cls.f.walk(NEW, "fleet", walking)

    @classmethod
    def tearDownClass(cls):
        for name in sorted(cls.passed):
            print("PASS", name)

    def run(self, result=None):
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) == before:
            self.passed.append(self._testMethodName[5:])

    def says(self, name, *statuses):
        """The statuses of its job, in order, as firpathd's story tells them."""
        told = [m["body"].get("status") for m in self.f[name].messages if m["way"] == "in" and m["action"].endswith("FirmwareStatusNotification")]
        at = 0
        for s in told:
            at += at < len(statuses) and s == statuses[at]
        self.assertEqual(at, len(statuses), (name, told))

    def ends(self, name, state, reason, phase):
        self.assertEqual(self.f[name].ended, (state, reason, phase), (name, self.f[name].walk))

    def test_TC_L_01_CSMS_installed(self):
        self.says("TC_L_01", "Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting", "Installed")
        self.ends("TC_L_01", "proven", "", "done")
        self.assertEqual(self.f["TC_L_01"].path(), ["1.0", NEW])
        self.assertEqual(self.f["TC_L_01"].station["boot"]["reason"], "FirmwareUpdate")

    def test_TC_L_02_CSMS_install_scheduled(self):
        self.says("TC_L_02", "InstallScheduled", "Installed")
        self.ends("TC_L_02", "proven", "", "done")

    def test_TC_L_03_CSMS_download_scheduled(self):
        self.says("TC_L_03", "DownloadScheduled", "Downloading", "Installed")
        self.ends("TC_L_03", "proven", "", "done")

    def test_TC_L_04_CSMS_revoked_certificate(self):
        self.ends("TC_L_04", "refused", "revoked-certificate", "failed")
        self.assertEqual(self.f["TC_L_04"].path(), [])

    def test_TC_L_05_CSMS_invalid_certificate_and_its_event_in_either_order(self):
        for name in ("TC_L_05", "TC_L_05 event first"):
            state, reason, phase = self.f[name].ended
            self.assertEqual((state, reason.split(":")[0], phase), ("refused", "invalid-certificate", "failed"), name)
            self.assertIn("InvalidFirmwareSigningCertificate", str(self.f[name].job["events"]), name)

    def test_TC_L_06_CSMS_invalid_signature_and_its_event_in_either_order(self):
        for name in ("TC_L_06", "TC_L_06 event first"):
            self.ends(name, "failed", "invalid-signature", "failed")
            self.assertIn("InvalidFirmwareSignature", str(self.f[name].job["events"]), name)

    def test_TC_L_07_CSMS_download_failed(self):
        self.ends("TC_L_07", "failed", "download-failed", "failed")

    def test_TC_L_08_CSMS_install_verification_failed(self):
        self.ends("TC_L_08", "failed", "verification-failed", "failed")

    def test_TC_L_09_CSMS_installation_failed(self):
        self.ends("TC_L_09", "failed", "installation-failed", "failed")

    def second(self, name):
        """A job that nobody waits for any longer, and a request while the station still works on the first."""
        w, m = self.w, self.f[name]
        w.campaign(name.lower() + "-a", NEW, devices=[m.identity])
        w.wait_for(lambda: "Downloading" in m.statuses, 20)
        w.ask("POST", f"/v1/campaigns/{name.lower()}-a/stop")
        w.wait_for(lambda: m.job["state"] in ("silent", "failed", "canceled"), 30)
        w.campaign(name.lower() + "-b", NEW, devices=[m.identity])
        w.ended(name.lower() + "-b", 40)
        m.fleet.walks.update(w.walks(name.lower() + "-b"))
        return m

    def test_TC_L_10_CSMS_accepted_canceled_and_a_late_failure_of_the_old_request(self):
        m = self.second("TC_L_10")
        self.assertEqual([a["status"] for a in m.events("answered")], ["Accepted", "AcceptedCanceled"])
        first, last = m.jobs[0], m.jobs[-1]
        self.assertNotEqual(first["request"], last["request"])
        late = [s for s in m.events("status") if s["status"] == "DownloadFailed"]
        self.assertEqual([s["request"] for s in late], [first["request"]])
        self.assertEqual((last["state"], m.walk["phase"]), ("proven", "done"))

    def test_TC_L_11_CSMS_unable_to_cancel_the_first_goes_on(self):
        m = self.second("TC_L_11")
        self.assertIn("Rejected", [a["status"] for a in m.events("answered")])
        self.w.wait_for(lambda: m.path() == ["1.0", NEW], 40)
        self.w.known(m.identity, NEW)

    def test_TC_L_13_CSMS_transaction_ongoing(self):
        self.says("TC_L_13", "DownloadScheduled", "Downloading", "Installed")
        self.ends("TC_L_13", "proven", "", "done")
        began = [m["action"] for m in self.f["TC_L_13"].messages if m["way"] == "in"]
        self.assertIn("TransactionEvent", began)

    # 1.6

    def test_TC_044_1_CSMS_firmware_update_is_installed(self):
        self.says("TC_044_1", "Downloading", "Downloaded", "Installing", "Installed")
        self.ends("TC_044_1", "proven", "", "done")

    def test_TC_044_2_CSMS_download_fails(self):
        self.ends("TC_044_2", "failed", "download-failed", "failed")

    def test_TC_044_3_CSMS_installation_fails(self):
        self.ends("TC_044_3", "failed", "installation-failed", "failed")

    def test_TC_045_CSMS_diagnostics(self):
        m = self.f["TC_045"]
        job = self.w.wait_for(lambda: [j for j in self.w.jobs(m.identity, "log") if j["ended_at"]], 10)[0]
        self.assertEqual([e["status"] for e in m.events("log")], ["Uploading", "Uploaded"])
        self.assertEqual(job["message"], "GetDiagnostics")

    def test_TC_080_CSMS_secure_firmware_update(self):
        self.says("TC_080", "Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting", "Installed")
        self.ends("TC_080", "proven", "", "done")
        self.assertEqual(self.f["TC_080"].job["message"], "SignedUpdateFirmware")

    def test_TC_081_CSMS_secure_firmware_update_with_an_invalid_signature(self):
        self.ends("TC_081", "failed", "invalid-signature", "failed")
        self.assertIn("InvalidFirmwareSignature", str(self.f["TC_081"].job["events"]))

    # Local controllers

    def publication(self, name, state):
        m = self.f[name]
        return self.w.wait_for(lambda: [j for j in self.w.jobs(m.identity, "publish") if j["state"] == state], 15)[0]

    def test_TC_L_17_CSMS_publish_firmware(self):
        job = self.publication("TC_L_17", "published")
        md5 = hashlib.md5(image("default", NEW)).hexdigest()
        self.assertEqual([(e["checksum"], e["request"]) for e in self.f["TC_L_17"].events("publish-asked")], [(md5, job["request"])])

    def test_TC_L_24_CSMS_publish_firmware_download_failed(self):
        self.assertEqual(self.publication("TC_L_24", "failed")["reason"], "download-failed")

    def test_TC_L_19_CSMS_publish_firmware_invalid_checksum(self):
        self.assertEqual(self.publication("TC_L_19", "failed")["reason"], "invalid-checksum")

    def test_TC_L_20_CSMS_publish_firmware_publish_failed(self):
        self.assertEqual(self.publication("TC_L_20", "failed")["reason"], "publish-failed")

    def unpublish(self, name):
        m = self.f[name]
        self.publication(name, "published")
        self.w.command(m.identity, "unpublish-firmware", release=self.w.released[("default", NEW)][0])
        job = self.w.wait_for(lambda: [j for j in self.w.jobs(m.identity, "unpublish") if j["ended_at"]], 15)[0]
        return job["state"], [e["status"] for e in m.events("unpublish")]

    def test_TC_L_21_CSMS_unpublish_firmware(self):
        self.assertEqual(self.unpublish("TC_L_21"), ("unpublished", ["Unpublished"]))

    def test_TC_L_22_CSMS_unpublish_firmware_no_firmware(self):
        self.assertEqual(self.unpublish("TC_L_22"), ("unpublished", ["NoFirmware"]))

    def test_TC_L_23_CSMS_unpublish_firmware_download_ongoing(self):
        self.assertEqual(self.unpublish("TC_L_23"), ("unpublished", ["DownloadOngoing", "DownloadOngoing", "Unpublished"]))

    def test_the_simulator_saw_nothing_that_a_server_must_not_do(self):
        self.assertEqual([v for s, _ in self.f.counts for v in s.violations()], [])


if __name__ == "__main__":
    subprocess.run([f"{HERE}/install"], check=True)
    unittest.main()

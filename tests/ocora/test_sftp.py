# SPDX-License-Identifier: Apache-2.0
"""Vehicle Configurations arrive by file transfer over a real OpenSSH server: half of one is arriving, the whole is listed,
verified and activated. And the sample of contrib/sshd gives those accounts nothing else."""

import os
import pwd
import subprocess
import tempfile
import time
import unittest

from sshd import SSHD, Sshd, forced
from world import World

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SAMPLE = os.path.join(ROOT, "contrib", "sshd", "sshd_config")


class Transfer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World()
        cls.sshd = Sshd(cls.world.folder, {"distributor": f"internal-sftp -d {cls.world.inbox} -u 0027"})

    @classmethod
    def tearDownClass(cls):
        cls.sshd.close()
        cls.world.close()

    def made(self, name):
        """A Vehicle Configuration that is not in the inbox yet."""
        path = os.path.join(self.world.folder, "made", name)
        self.world.write_vc(path, [self.world.das(), self.world.etp()])
        return path

    def sent(self, *lines):
        r = self.sshd.sftp("distributor", *lines)
        self.assertEqual(r.returncode, 0, r.stderr + self.sshd.log())
        return r.stdout

    def listed(self, folder):
        return next((v for v in self.world.get("/v1/vcs")["vcs"] if v["folder"] == folder), None)

    def wait_state(self, folder, state):
        end = time.monotonic() + 10
        while time.monotonic() < end:
            v = self.listed(folder)
            if v and v["state"] == state:
                return v
            time.sleep(0.03)
        self.fail(f"{folder} is not {state}: {self.listed(folder)}")

    def test_E3_B19_C16_half_a_folder_is_arriving_and_the_whole_is_listed_verified_and_activated(self):
        local = self.made("first")
        self.sent("mkdir first", "mkdir first/CCS-OB", f"put {local}/CCS-OB/DAS/DAS.json first/CCS-OB/DAS.json.part")
        half = self.wait_state("first", "arriving")
        self.world.vehicle("train")
        self.assertIn("arriving", self.world.say(f"activate vc {half['n']}", status=409)["detail"])
        self.sent("rm first/CCS-OB/DAS.json.part", f"put -r {local}/CCS-OB first/", f"put {local}/vehicle.json first/vehicle.json")
        whole = self.wait_state("first", "stored")
        self.assertEqual(whole["n"], half["n"])
        self.assertEqual((whole["name"], whole["version"]), ("Track Runner 2", "1.0.0"))
        report = self.world.post(f"/v1/vcs/{whole['n']}/verify", None)
        self.assertEqual((report["state"], report["report"]["good"]), ("verified", True), report["report"]["problems"])
        self.assertFalse(report["kept"])
        self.world.activate(whole["n"])
        self.assertTrue(self.listed("first")["kept"])
        self.assertIn(f"vc-keep vc/{whole['n']}", [f"{a['action']} {a['subject']}" for a in self.world.get("/v1/audit?action=vc-keep")["rows"]])

    def test_B19_a_package_arrives_under_another_name_and_is_renamed_when_it_is_whole(self):
        local = self.made("second")
        package = os.path.join(self.world.folder, "second.tar.gz")
        firpath = os.path.join(os.environ.get("FIRPATH_BUILD") or os.path.join(ROOT, "build"), "firpath")
        subprocess.run([firpath, "manifest", "pack", local, "--out", package, "--trust", self.world.trust], check=True, capture_output=True)
        self.sent(f"put {package} second.tar.gz.part")
        time.sleep(0.5)
        self.assertIsNone(self.listed("second.tar.gz"))
        self.sent("rename second.tar.gz.part second.tar.gz")
        n = self.wait_state("second.tar.gz", "stored")["n"]
        v = self.world.post(f"/v1/vcs/{n}/verify", None)
        self.assertEqual(v["state"], "verified", v["report"]["problems"])
        self.assertEqual(v["version"], "1.0.0")

    def test_E3_B20_what_is_exchanged_in_the_inbox_is_another_content_of_the_same_number(self):
        local = self.made("third")
        self.sent(f"put -r {local} third")
        n = self.wait_state("third", "stored")["n"]
        self.assertEqual(self.world.post(f"/v1/vcs/{n}/verify", None)["state"], "verified")
        with open(os.path.join(self.world.folder, "other"), "w", encoding="utf-8") as f:
            f.write("other bytes")
        self.sent(f"put {self.world.folder}/other \"third/CCS-OB/ETP/ETP Software V1.0.0.tar.gz\"")
        self.assertEqual(self.wait_state("third", "stored")["n"], n)
        v = self.world.post(f"/v1/vcs/{n}/verify", None)
        self.assertEqual((v["state"], v["report"]["integrity"]), ("failed", False))
        self.sent("rm third/CCS-OB/DAS/*", "rmdir third/CCS-OB/DAS", "rm third/CCS-OB/ETP/*", "rmdir third/CCS-OB/ETP", "rmdir third/CCS-OB",
                  "rm third/vehicle.json", "rmdir third")
        end = time.monotonic() + 10
        while self.listed("third") and time.monotonic() < end:
            time.sleep(0.05)
        self.assertIsNone(self.listed("third"))
        self.assertEqual(self.world.get(f"/v1/vcs/{n}")["state"], "gone")

    def test_the_account_for_files_gets_no_shell_and_no_forwarding(self):
        r = self.sshd.run("distributor", "id")
        self.assertNotIn("uid=", r.stdout)
        r = subprocess.run(["ssh", *self.sshd.options("distributor"), "-p", str(self.sshd.port), "-W", "127.0.0.1:1",
                            pwd.getpwuid(os.geteuid()).pw_name + "@127.0.0.1"], capture_output=True, text=True, timeout=20, check=False,
                           stdin=subprocess.DEVNULL)
        self.assertNotEqual(r.returncode, 0)
        self.assertIn("forwarding failed", r.stderr)


class Sample(unittest.TestCase):
    """contrib/sshd/sshd_config, read by sshd itself."""

    def effective(self, user):
        with tempfile.TemporaryDirectory() as d:
            key = os.path.join(d, "host")
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True, stdin=subprocess.DEVNULL)
            with open(SAMPLE, encoding="utf-8") as f:
                text = f.read().replace("/etc/firpath/ssh_host_ed25519_key", key)
            conf = os.path.join(d, "sshd_config")
            with open(conf, "w", encoding="utf-8") as f:
                f.write(text)
            if os.geteuid() == 0:
                os.makedirs("/run/sshd", exist_ok=True)
            r = subprocess.run([SSHD, "-T", "-f", conf, "-C", f"user={user},host=h,addr=192.0.2.1"], capture_output=True, text=True, check=False)
        self.assertEqual(r.returncode, 0, r.stderr)
        return dict(line.split(" ", 1) if " " in line else (line, "") for line in r.stdout.splitlines())

    def test_E3_those_who_bring_files_are_locked_in_and_get_file_transfer_only(self):
        c = self.effective("vc-north")
        self.assertEqual(c["chrootdirectory"], "/srv/firpath")
        self.assertEqual(c["forcecommand"], "internal-sftp -d /inbox -u 0027 -l INFO")
        self.assertEqual(c["permittty"], "no")

    def test_E5_operators_get_the_shell_of_the_configuration_manager_only(self):
        c = self.effective("cm-desk")
        self.assertEqual(c["forcecommand"], "/usr/local/bin/firpath cm shell")
        self.assertEqual(c["chrootdirectory"], "none")

    def test_nobody_comes_in_by_password_as_root_or_through_a_tunnel(self):
        for user in ("vc-north", "cm-desk", "root"):
            c = self.effective(user)
            for key in ("passwordauthentication", "kbdinteractiveauthentication", "permitrootlogin", "permitemptypasswords", "allowtcpforwarding",
                        "allowagentforwarding", "allowstreamlocalforwarding", "gatewayports", "permittunnel", "x11forwarding",
                        "permituserenvironment", "permituserrc"):
                self.assertEqual(c[key], "no", f"{user}: {key}")
            self.assertEqual(c["pubkeyauthentication"], "yes")
            self.assertEqual(c["authorizedkeysfile"], "/etc/firpath/authorized_keys/%u")

    def test_the_paths_are_those_of_the_instructions(self):
        with open(os.path.join(ROOT, "doc", "operations.md"), encoding="utf-8") as f:
            doc = f.read()
        for path in ("/srv/firpath/inbox", "/etc/firpath/authorized_keys", "/etc/firpath/ssh_host_ed25519_key", "contrib/sshd/firpathd-inbox.conf"):
            self.assertIn(path, doc)
        self.assertEqual(forced("a b"), "'a b'")


if __name__ == "__main__":
    unittest.main()

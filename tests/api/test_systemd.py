#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The unit and the sample configuration: the sandbox keeps its mark, and both name only what exists (G17)."""

import os
import re
import subprocess
import unittest

from service import BUILD, ROOT, Service

UNIT = os.path.join(ROOT, "contrib/systemd/firpathd.service")
CONF = os.path.join(ROOT, "contrib/firpathd.conf")


class Unit(unittest.TestCase):
    def test_the_sandbox_keeps_its_mark(self):
        r = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", UNIT], capture_output=True, text=True,
                           check=False)
        mark = re.search(r"exposure level for firpathd\.service: ([0-9.]+)", r.stdout)
        self.assertTrue(mark, r.stdout + r.stderr)
        self.assertLessEqual(float(mark[1]), 2.0)

    def test_the_unit_is_well_formed(self):
        with open(UNIT, encoding="utf-8") as f:
            text = f.read()
        folder = os.environ.get("TMPDIR", "/tmp")
        path = os.path.join(folder, f"firpathd-test-{os.getpid()}.service")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text.replace("/usr/local/bin/firpathd", os.path.abspath(os.path.join(BUILD, "firpathd"))))
        try:
            r = subprocess.run(["systemd-analyze", "verify", "--man=no", path], capture_output=True, text=True, check=False)
            ours = [line for line in (r.stdout + r.stderr).splitlines() if "firpathd" in line]
            self.assertEqual(ours, [])
        finally:
            os.unlink(path)

    def test_the_watchdog_and_the_time_to_stop_fit_the_service(self):
        with open(UNIT, encoding="utf-8") as f:
            text = f.read()
        self.assertIn("\nType=notify\n", text)
        stop = int(re.search(r"^TimeoutStopSec=(\d+)s$", text, re.M)[1])
        dump = subprocess.run([os.path.join(BUILD, "firpathd"), "--check"], capture_output=True, text=True, check=True).stdout
        own = int(re.search(r"^stop_timeout = (\d+)s?$", dump, re.M)[1])
        self.assertGreater(stop, own + 10)

    def test_the_sample_configuration_is_valid(self):
        r = subprocess.run([os.path.join(BUILD, "firpathd"), "--config", CONF, "--check"], capture_output=True, text=True,
                           check=False)
        self.assertEqual((r.returncode, r.stderr), (0, ""))
        with open(CONF, encoding="utf-8") as f:
            commented = [line[1:] for line in f if re.match(r"#[a-z_]+ = ", line)]
        self.assertGreater(len(commented), 3)
        with Service(start=False) as s:
            s.conf.update(line.strip().split(" = ", 1) for line in commented)
            for key in ("token_file", "device_token_file"):
                s.conf[key] = os.path.join(s.folder, key)
                with open(s.conf[key], "w", encoding="ascii") as f:
                    f.write("a-token-of-enough-characters\n")
            s.start()
            self.assertEqual(s.get("/v1/limits", {"Host": "firpath.example"}).status, 200)


if __name__ == "__main__":
    unittest.main()

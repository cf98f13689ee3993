#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Messages of firpath against the official schemas of OCPP 1.6, 2.0.1 and 2.1 as npm ocpp-rpc brings them (tests/ocpp/oracle.mjs)."""

import json
import os
import subprocess
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("FIRPATH_BUILD", os.getcwd())
DRIVER = os.path.join(BUILD, "tests", "ocpp_driver")


class Schemas(unittest.TestCase):
    def oracle(self, driver, rounds="12"):
        return subprocess.run(["node", os.path.join(HERE, "oracle.mjs"), driver, rounds], capture_output=True, text=True, timeout=120, check=False)

    def test_what_firpath_writes_is_valid_and_what_is_valid_it_reads(self):
        p = self.oracle(DRIVER)
        self.assertEqual(p.returncode, 0, p.stderr[-6000:])
        counts = json.loads(p.stdout)
        self.assertGreater(counts["said"], 100)
        self.assertGreater(counts["answers"], 300)

    def test_the_oracle_sees_a_firpath_that_is_wrong(self):
        """A driver that takes all and says nothing of use is found out."""
        fake = os.path.join(os.environ.get("TMPDIR", "/tmp"), f"firpath-ocpp-driver-{os.getpid()}")
        with open(fake, "w", encoding="utf-8") as f:
            f.write("#!/bin/sh\n[ \"$1\" = hear ] || exec \"%s\" say\nsed 's/.*/{\"ok\":true,\"in\":1,\"answer\":\"{}\"}/'\n" % DRIVER)
        os.chmod(fake, 0o700)
        self.addCleanup(os.remove, fake)
        p = self.oracle(fake, "3")
        self.assertEqual(p.returncode, 1)
        self.assertIn("is taken: without", p.stderr)


if __name__ == "__main__":
    unittest.main()

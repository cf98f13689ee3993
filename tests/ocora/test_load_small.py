#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A small fleet of vehicles in one agent process: the run of tests/bench/run-vehicles with fifty vehicles."""

import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
BENCH = os.path.join(os.path.dirname(HERE), "bench", "bench_vehicles.py")


class Small(unittest.TestCase):
    def test_fifty_vehicles_take_a_hop_and_no_life_check_is_missed(self):
        r = subprocess.run([sys.executable, BENCH, "--vehicles", "50", "--poll", "300ms", "--hops", "1", "--p99", "0", "--patience", "60"], capture_output=True,
                           text=True, timeout=120, check=False)
        self.assertEqual(r.returncode, 0, r.stdout + r.stderr[-3000:])
        figures = dict(line.split("=", 1) for line in r.stdout.splitlines())
        self.assertEqual((figures["building_blocks"], figures["missed_life_checks"]), ("250", "0"))


if __name__ == "__main__":
    unittest.main()

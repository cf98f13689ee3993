#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The short form of tests/kill/kill_test.py for every test run; the long one is tests/long/run."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "kill"))
import kill_test  # noqa: E402


class Kills(unittest.TestCase):
    def test_killed_at_random_moments_nothing_is_lost_doubled_or_off_the_path(self):
        figures = kill_test.run(kills=24, agents=8, seed=20261120)
        print(figures)
        self.assertGreaterEqual(figures["kills"], 24)
        self.assertGreaterEqual(figures["firpathd"], 3)
        self.assertGreaterEqual(figures["firpath-bbum"], 10)


if __name__ == "__main__":
    unittest.main()

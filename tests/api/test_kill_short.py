#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The short form of tests/kill/kill_test.py for every test run, over both stores; the long one is in tests/long/run."""

import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "kill"))
import kill_test  # noqa: E402
from service import BUILD  # noqa: E402


class Kills(unittest.TestCase):
    """Killed at random moments nothing is lost, doubled, or off the path."""

    def check(self, figures, kills):
        print(figures)
        self.assertGreaterEqual(figures["kills"], kills)
        self.assertGreaterEqual(figures["firpathd"], 2)
        self.assertGreaterEqual(figures["firpath-bbum"], 10)

    def test_over_sqlite(self):
        self.check(kill_test.run(kills=24, agents=8, seed=20261120), 24)

    def test_over_postgresql(self):
        name = f"firpath_kill_{os.getpid()}"
        subprocess.run(["psql", "-q", "-X", os.environ["FIRPATH_TEST_PG"].replace("DATABASE", "postgres"), "-c",
                        f"CREATE DATABASE {name} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C' ENCODING 'UTF8'"], check=True)
        self.check(kill_test.run(kills=20, agents=6, seed=20261121,
                                 db=os.environ["FIRPATH_TEST_PG"].replace("DATABASE", name)), 20)


if __name__ == "__main__":
    if "FIRPATH_TEST_PG" not in os.environ:
        with_pg = os.path.join(BUILD, "tests/with_pg")
        os.execv(with_pg, [with_pg, sys.executable, os.path.abspath(__file__), *sys.argv[1:]])
    unittest.main()

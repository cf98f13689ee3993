#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The WebSocket server against the npm client ws, 20 at once, with sizes at random: the traffic that ends other servers."""

import json
import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../api"))
from ws_kit import Echo  # noqa: E402


def stations(port, clients, messages, mode, seed):
    r = subprocess.run(["node", os.path.join(HERE, "ws_client.mjs"), str(port), str(clients), str(messages), mode, str(seed)],
                       capture_output=True, text=True, timeout=120)
    assert r.returncode == 0, r.stderr
    return json.loads(r.stdout)


def resident(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as f:
        return int(next(line for line in f if line.startswith("VmRSS")).split()[1])


class Npm(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        subprocess.run([os.path.join(HERE, "install")], check=True)

    def both(self, mode):
        with Echo("message=200000") as e:
            first = stations(e.port, 20, 25, mode, 1)
            before = resident(e.p.pid)
            second = stations(e.port, 20, 25, mode, 2)
            counts = e.counts()
            self.assertEqual((first["clients"], second["clients"]), (20, 20))
            self.assertGreater(first["bytes"], 2_000_000)
            self.assertEqual((counts["in"], counts["out"]), (1000, 1000))
            self.assertEqual((counts["open"], counts["bad_frames"], counts["too_large"]), (0, 0, 0))
            # Memory does not grow with what was served (sanitizers keep what was freed).
            if not os.environ.get("ASAN_OPTIONS"):
                self.assertLess(resident(e.p.pid) - before, 2000)
            return counts

    def test_feature_3_random_sizes_with_permessage_deflate(self):
        counts = self.both("deflate")
        self.assertLess(counts["in_bytes"], 6_000_000)

    def test_random_sizes_without(self):
        self.both("plain")


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What an account can ask for is bounded: what edits would do is worked out a few at a time and up to a number of pairs,
and rules cannot grow into more items than a proposal may have (T40)."""

import concurrent.futures
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from service import ESME, Service, cpl_csv  # noqa: E402

MODELS, ENTRIES = 3, 400


def catalogue():
    """Models as large as pairs are compared for, each entry over the three before it."""
    rows = [(m * ENTRIES + i + 1, "Current", ESME, "1081", f"{0xA000 + m:04X}", "01", "02", f"{i + 1:08X}", False)
            for m in range(MODELS) for i in range(ENTRIES)]
    said = ["entry,kind,bases,source,author,stated_on,confirmed_on,excerpt,reference"]
    for number, *_ in rows:
        place = (number - 1) % ENTRIES
        bases = " ".join(f"{number - k:06d}" for k in (1, 2, 3) if place >= k)
        said.append(f"{number:06d},{'bases' if bases else 'none'},{bases},manufacturer,X,2023-01-01,,,")
    return cpl_csv(rows), ("\n".join(said) + "\n").encode()


def items(models):
    """One statement of each model changes."""
    return [{"kind": "bases", "entry": f"{m * ENTRIES + 200:06d}", "bases": f"{m * ENTRIES + 1:06d}", "source": "secas",
             "author": "x", "stated_on": "2023-02-01"} for m in range(models)]


class EditLimits(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = Service()
        cpl, said = catalogue()
        assert cls.s.import_cpl(cpl).status == 201
        assert cls.s.import_statements(said).status == 201
        cls.s.people()

    @classmethod
    def tearDownClass(cls):
        cls.s.close()

    def test_T40_pairs_of_all_models_together_are_bounded(self):
        who = self.s.as_role("supplier")
        one = who.post("/v1/whatif", {"items": items(1)}).json()["pairs"]
        self.assertEqual(one["models_too_large"], 0)
        self.assertGreater(one["total"], 0)
        all_of_them = who.post("/v1/whatif", {"items": items(MODELS)})
        self.assertEqual(all_of_them.status, 200)
        self.assertEqual(all_of_them.json()["pairs"]["models_too_large"], MODELS - 2)  # and it says so
        self.assertEqual(all_of_them.json()["edges"]["vanish"]["total"], 3 * MODELS)  # edges are told of all

    def test_T40_what_edits_would_do_is_worked_out_a_few_at_a_time(self):
        who = self.s.as_role("supplier")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(who.post, "/v1/whatif", {"items": items(2)}, timeout=60) for _ in range(8)]
            # Whoever asks for something else meanwhile gets it.
            self.assertEqual(self.s.as_role("editor").get("/v1/proposals").status, 200)
            answers = [a.result() for a in asked]
        statuses = sorted(a.status for a in answers)
        self.assertEqual(set(statuses), {200, 503}, statuses)
        self.assertGreaterEqual(statuses.count(200), 4)
        busy = next(a for a in answers if a.status == 503)
        self.assertEqual(busy.json()["code"], "busy")
        self.assertTrue(busy.headers["Retry-After"])
        self.assertEqual(who.post("/v1/whatif", {"items": items(1)}).status, 200)  # the places are free again

    def test_T40_rules_do_not_grow_beyond_a_proposal(self):
        who = self.s.as_role("editor")
        rule = {"rule": "below 0000012C go via 00000064", "entry": "000001", "source": "secas", "author": "x",
                "stated_on": "2023-02-01"}
        with open(f"/proc/{self.s.process.pid}/clear_refs", "w", encoding="utf-8") as f:
            f.write("5")  # the high-water mark begins anew
        before = self.memory()
        many = who.post("/v1/whatif", {"items": [rule] * 2000})
        self.assertEqual((many.status, many.json()["code"]), (413, "too-large"))
        self.assertLess(self.memory() - before, 64 * 1024)

    def memory(self):
        with open(f"/proc/{self.s.process.pid}/status", encoding="utf-8") as f:
            return int(next(line for line in f if line.startswith("VmHWM")).split()[1])


if __name__ == "__main__":
    unittest.main()

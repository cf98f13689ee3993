#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Readers against an editor whose every edit changes two statements together: nobody ever sees one of them changed and the
other not, whichever way is read, on both engines."""

import os
import subprocess
import sys
import threading
import time
import unittest

from service import BUILD, Service

# Before: 1 -> 2 -> 3. After: nothing leads to 2, and 1 leads to 3. Half of it would be no path, or both paths.
HEAD = "entry,kind,bases,source,author\n"
EDITS = (HEAD + "000002,bases,000001,secas,Office\n000003,bases,000002,secas,Office\n",
         HEAD + "000002,none,,secas,Office\n000003,bases,000001,secas,Office\n")
WHOLE = {(("000001",), ("000002",)), ((), ("000001",))}
SECONDS, READERS = 2.0, 8


def bases_of(graph):
    """(bases of 2, bases of 3) of a model's graph."""
    into = {"000002": [], "000003": []}
    for e in graph["edges"]:
        if e["to"] in into:
            into[e["to"]].append(e["from"])
    return tuple(tuple(into[k]) for k in ("000002", "000003"))


class HalfEdits(unittest.TestCase):
    def hammer(self, db):
        with Service(db=db, conf={"write_rate": 1000000, "write_burst": 1000000}) as s:
            s.import_sample()
            self.assertEqual(s.import_statements(EDITS[0]).status, 201)
            model = next(m["id"] for m in s.get("/v1/models").json()["models"]
                         if "000001" in s.get(f"/v1/models/{m['id']}/graph").body.decode())
            seen, wrong, stop, reads = set(), [], threading.Event(), [0] * READERS

            def reader(i):
                while not stop.is_set():
                    if i % 3 == 0:
                        got = bases_of(s.get(f"/v1/models/{model}/graph").json())
                        good = got in WHOLE
                    elif i % 3 == 1:
                        r = s.post("/v1/path/bulk", "device,from,to\na,000001,000002\nb,000001,000003\n", "text/csv").body.decode()
                        got = tuple(row.split(",")[3:5] and (row.split(",")[3], row.split(",")[4]) for row in r.splitlines()[1:])
                        good = got in ((("path", "000002"), ("path", "000002 000003")), (("none", ""), ("path", "000003")))
                    else:
                        got = tuple(h["entry"] for h in s.get("/v1/path?from=000001&to=000003").json().get("hops", ()))
                        good = got in (("000002", "000003"), ("000003",))
                    seen.add((i % 3, got))
                    reads[i] += 1
                    if not good:
                        wrong.append(got)

            threads = [threading.Thread(target=reader, args=(i,)) for i in range(READERS)]
            for t in threads:
                t.start()
            end, edits = time.monotonic() + SECONDS, 0
            while time.monotonic() < end:
                edits += 1
                self.assertEqual(s.import_statements(EDITS[edits % 2]).status, 201)
            stop.set()
            for t in threads:
                t.join()
            self.assertEqual(wrong, [])
            self.assertEqual(len(seen), 6, seen)  # every way saw both states
            self.assertGreater(edits, 1)
            self.assertGreater(sum(reads), 100)
            self.assertTrue(s.get("/v1/audit/verify").json()["ok"])

    def test_nobody_sees_half_an_edit_on_sqlite(self):
        self.hammer(None)

    def test_nobody_sees_half_an_edit_on_postgresql(self):
        name = f"firpath_half_{os.getpid()}"
        server = os.environ["FIRPATH_TEST_PG"]
        subprocess.run(["psql", "-q", "-X", server.replace("DATABASE", "postgres"), "-c",
                        f"CREATE DATABASE {name} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C' ENCODING 'UTF8'"], check=True)
        self.hammer(server.replace("DATABASE", name))


if __name__ == "__main__":
    if "FIRPATH_TEST_PG" not in os.environ:
        with_pg = os.path.join(BUILD, "tests/with_pg")
        os.execv(with_pg, [with_pg, sys.executable, os.path.abspath(__file__), *sys.argv[1:]])
    unittest.main()

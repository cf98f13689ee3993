#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The service over PostgreSQL: the same answers as over SQLite, two services on one store, and a restart."""

import os
import subprocess
import sys
import unittest

from service import BUILD, Service

QUESTIONS = ("/v1/path?from=1&to=4", "/v1/path?from=1&to=5", "/v1/path?from=1082:00B10100:00000001&to=9", "/v1/entries?limit=3",
             "/v1/models", "/v1/lint", "/v1/export/cpl", "/v1/export/statements")


class PostgreSQL(unittest.TestCase):
    def test_both_stores_give_the_same_answers_and_two_services_share_one(self):
        name = f"firpath_api_{os.getpid()}"
        dsn = os.environ["FIRPATH_TEST_PG"].replace("DATABASE", name)
        subprocess.run(["psql", "-q", "-X", os.environ["FIRPATH_TEST_PG"].replace("DATABASE", "postgres"), "-c",
                        f"CREATE DATABASE {name} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C' ENCODING 'UTF8'"], check=True)
        with Service() as lite, Service(db=dsn) as a:
            lite.import_sample()
            a.import_sample()
            for path in QUESTIONS:
                self.assertEqual(a.get(path).body, lite.get(path).body, path)
            key = {"Idempotency-Key": "k"}
            first = a.post("/v1/devices", "name,adapter,identity\nd,bbum,1081:00A10102:00010000\n", "text/csv", key)
            self.assertEqual((first.status, first.json()["added"]), (200, 1))
            with Service(db=dsn) as b:
                again = b.post("/v1/devices", "name,adapter,identity\nd,bbum,1081:00A10102:00010000\n", "text/csv", key)
                self.assertEqual((again.body, again.headers["Idempotent-Replay"]), (first.body, "true"))
                r = b.post("/v1/campaigns", {"name": "c", "target": "000002", "members": {"filter": {}}})
                self.assertEqual(r.status, 201, r)
                self.assertEqual(a.get("/v1/campaigns/c").json()["state"], "draft")
                b.import_statements("entry,kind,bases,source,author\n000002,none,,secas,Somebody\n")
                a.wait_for(lambda: a.get(QUESTIONS[0]).json()["revision"] == 3, seconds=5)
                for path in QUESTIONS[:7]:
                    self.assertEqual(a.get(path).body, b.get(path).body, path)
            a.kill()
            a.start()
            self.assertEqual(a.get(QUESTIONS[0]).json()["revision"], 3)
            v = a.get("/v1/audit/verify").json()
            self.assertTrue(v["ok"] and v["rows"] >= 5, v)
            self.assertEqual(a.health("/readyz").body, b"ready\n")


if __name__ == "__main__":
    if "FIRPATH_TEST_PG" not in os.environ:
        with_pg = os.path.join(BUILD, "tests/with_pg")
        os.execv(with_pg, [with_pg, sys.executable, os.path.abspath(__file__), *sys.argv[1:]])
    unittest.main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Webhooks of two services over one PostgreSQL: one of them sends, and when it is killed the other one goes on."""

import os
import subprocess
import sys
import time
import unittest

from service import BUILD, Service, cpl_csv
from test_webhooks import CHANGED, Receiver, add, service, state, verify


class TwoServices(unittest.TestCase):
    def test_one_sends_and_the_other_takes_over_when_it_is_killed(self):
        name = f"firpath_hooks_{os.getpid()}"
        dsn = os.environ["FIRPATH_TEST_PG"].replace("DATABASE", name)
        subprocess.run(["psql", "-q", "-X", os.environ["FIRPATH_TEST_PG"].replace("DATABASE", "postgres"), "-c",
                        f"CREATE DATABASE {name} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C' ENCODING 'UTF8'"], check=True)
        with Receiver() as to:
            a = service(to, start=False)
            a.close()
            a = Service(conf={**a.conf, "db": dsn}, db=dsn)
            with a, Service(conf={**a.conf, "listen": "127.0.0.1:0"}, db=dsn) as b:
                secret = add(a, to, types=[CHANGED])["secret"]
                self.assertEqual(b.import_cpl(cpl_csv()).status, 201)
                for i in range(6):
                    self.assertEqual((a, b)[i % 2].import_statements(
                        f"entry,kind,bases,source,author\n000002,bases,000001,secas,Author {i}\n".encode()).status, 201)
                b.wait_for(lambda: len(to.got) >= 7)
                time.sleep(1.2)
                # Both look each second; only the holder of the lease sends, so nothing comes twice.
                self.assertEqual(sorted(e["data"]["revision"] for e in to.events()), list(range(1, 8)))
                self.assertTrue(all(verify([secret], h, body) for h, body, _ in to.got))
                self.assertEqual({r["state"] for r in b.get("/v1/webhooks/1/deliveries").json()["deliveries"]}, {"done"})
                a.kill()
                self.assertEqual(state(b, "000002", "000001", "after the kill").status, 201)
                b.wait_for(lambda: 8 in [e["data"]["revision"] for e in to.events()])
                self.assertEqual(b.get("/v1/watch").status, 200)
                a.start()


if __name__ == "__main__":
    if "FIRPATH_TEST_PG" not in os.environ:
        with_pg = os.path.join(BUILD, "tests/with_pg")
        os.execv(with_pg, [with_pg, sys.executable, os.path.abspath(__file__), *sys.argv[1:]])
    unittest.main()

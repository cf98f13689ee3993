#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How fast `firpath audit verify` walks: a chain of N rows (default 500,000) made here by another program, on SQLite."""

import hashlib
import os
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../api"))
from service import BUILD, Service  # noqa: E402


def text(s):
    return b"-," if s is None else b"%d:%s," % (len(s.encode()), s.encode())


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 500000
    with tempfile.TemporaryDirectory(prefix="firpath-verify-") as folder:
        with Service(folder=folder) as s:
            s.import_sample()
            s.stop()
            db = sqlite3.connect(s.db)
            seq, prev = db.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
            rows = []
            for i in range(seq + 1, seq + 1 + n):
                row = (str(i), str(1800000000000 + i), "orchestrator", "", "campaign-progress", f"campaign/{i % 50}", None,
                       '{"steps":[{"device":"meter-%07d","hop":2,"state":"installed","entry":"000120"}]}' % i, None, prev)
                prev = hashlib.sha256(b"".join(map(text, row))).hexdigest().upper()
                rows.append((i, 1800000000000 + i, *row[2:8], None, row[9], prev))
            db.executemany("INSERT INTO audit (seq, at, who, why, action, subject, before, after, revision, prev_hash, hash) "
                           "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
            db.commit()
            db.close()
            start = time.monotonic()
            r = subprocess.run([os.path.join(BUILD, "firpath"), "audit", "verify", "--db", s.db], capture_output=True, text=True)
            took = time.monotonic() - start
    print(r.stdout, end="")
    print(f"{n} rows in {took:.2f} s: {n / took:.0f} rows/s")
    return r.returncode


if __name__ == "__main__":
    sys.exit(main())

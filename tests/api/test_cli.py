#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The command line as a black box: on a store of its own (--db) and against a real firpathd (--server). What both can
do must give the same bytes."""

import csv
import hashlib
import io
import json
import os
import pty
import re
import select
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import service  # noqa: E402
from service import BUILD, SAMPLE, Service, cpl_csv, image, statements_csv  # noqa: E402

FIRPATH = os.path.join(BUILD, "firpath")
ENV = {k: v for k, v in os.environ.items() if not k.startswith("FIRPATH_") and k not in ("NO_COLOR", "XDG_CONFIG_HOME")}


class Ran:
    def __init__(self, done):
        self.exit, self.raw = done.returncode, done.stdout
        self.out, self.err = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"<exit {self.exit}\n{self.out[-1500:]}\n--\n{self.err[-1500:]}>"


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="firpath-cli-", dir=os.environ.get("TMPDIR", "/tmp"))
        self.addCleanup(shutil.rmtree, self.dir, True)
        self.db = self.path("s.db")
        self.env = {**ENV, "HOME": self.dir}

    def path(self, name):
        return os.path.join(self.dir, name)

    def file(self, name, data):
        with open(self.path(name), "wb") as f:
            f.write(data if isinstance(data, bytes) else data.encode())
        return self.path(name)

    def run_raw(self, *args, stdin=b"", env=None, timeout=60):
        return Ran(subprocess.run([FIRPATH, *args], input=stdin, env={**self.env, **(env or {})}, cwd=self.dir, timeout=timeout,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False))

    def cli(self, *args, expect=0, **kw):
        ran = self.run_raw(*args, **kw)
        self.assertEqual(ran.exit, expect, ran)
        return ran

    def on_db(self, *args, **kw):
        return self.cli(*args, "--db", self.db, **kw)

    def sample(self):
        self.on_db("import", "cpl", self.file("cpl.csv", cpl_csv()))
        self.on_db("import", "statements", self.file("statements.csv", statements_csv()))

    def on_terminal(self, *args, env=None, columns=80):
        """Runs with a terminal as output; returns (exit, what the terminal got)."""
        parent, child = pty.openpty()
        subprocess.run(["stty", "cols", str(columns), "rows", "24"], stdin=child, check=True)
        p = subprocess.Popen([FIRPATH, *args], stdin=subprocess.DEVNULL, stdout=child, stderr=subprocess.PIPE, cwd=self.dir,
                             env={**self.env, "TERM": "xterm", **(env or {})})
        os.close(child)
        got = b""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if not select.select([parent], [], [], 0.1)[0]:
                continue
            try:
                piece = os.read(parent, 65536)
            except OSError:
                break
            if not piece:
                break
            got += piece
        p.stderr.close()
        p.wait(30)
        os.close(parent)
        return p.returncode, got.decode("utf-8", "replace")


class Imports(Case):
    def test_importing_makes_the_store_and_importing_again_changes_nothing(self):
        f = self.file("cpl.csv", cpl_csv())
        first = self.on_db("import", "cpl", f, "--json").json()
        self.assertEqual((first["state"], first["revision"], first["counts"]["entries"]), ("applied", 1, len(SAMPLE)))
        again = self.on_db("import", "cpl", f, expect=2)
        self.assertIn("unchanged", again.out)
        self.assertEqual(self.on_db("import", "statements", self.file("s.csv", statements_csv())).err, "")
        self.on_db("import", "statements", self.path("s.csv"), expect=2)

    def test_a_dry_run_tells_the_difference_and_writes_nothing(self):
        self.sample()
        before = self.on_db("export", "cpl").raw
        rows = [r if r[0] != 2 else (2, "Current", r[2], *r[3:]) for r in SAMPLE] + [
            (10, "Current", service.GSME, "1082", "00B1", "01", "00", "00000003", True)]
        f = self.file("next.csv", cpl_csv(rows, "9.002", "22-09-2022"))
        told = self.on_db("import", "cpl", f, "--dry-run", "--json").json()
        self.assertEqual((told["state"], told["counts"]["added"], told["added"]), ("dry-run", 1, ["000010"]))
        self.assertEqual(self.on_db("export", "cpl").raw, before)
        text = self.on_db("import", "cpl", f, "--dry-run").out
        self.assertIn("1 added, 0 removed, 0 restored, 0 edited", text)
        self.assertIn("added         000010", text)

    def test_a_gate_holds_until_somebody_accepts(self):
        self.sample()
        rows = [(*r[:1], "Removed", *r[2:]) if r[0] in (3, 4) else r for r in SAMPLE]
        f = self.file("removed.csv", cpl_csv(rows, "9.002", "22-09-2022"))
        self.assertEqual(self.on_db("import", "cpl", f, "--dry-run", expect=4).out.count("gate HOLDS"), 1)
        held = self.on_db("import", "cpl", f, expect=4)
        self.assertIn("Nothing was changed", held.out)
        self.assertEqual(self.on_db("entry", "show", "4", "--json").json()["status"], "Current")
        number = [i for i in self.on_db("import", "show", "--json").json()["imports"] if i["state"] == "held"][0]
        number = str(number.get("import", number.get("id")))
        self.assertEqual(self.on_db("import", "accept", number, "--why", "checked by phone", "--json").json()["state"], "accepted")
        self.assertEqual(self.on_db("entry", "show", "4", "--json").json()["status"], "Removed")
        self.on_db("import", "accept", number, expect=1)
        self.on_db("import", "reject", "999", expect=3)

    def test_accept_passes_the_gates_at_once(self):
        self.sample()
        rows = [(*r[:1], "Removed", *r[2:]) if r[0] in (3, 4) else r for r in SAMPLE]
        self.on_db("import", "cpl", self.file("removed.csv", cpl_csv(rows, "9.002", "22-09-2022")), "--accept")
        self.assertEqual(self.on_db("entry", "show", "4", "--json").json()["status"], "Removed")

    def test_every_error_of_a_statements_file_is_named_with_its_line(self):
        self.sample()
        bad = "entry,kind,bases,source,author,stated_on,confirmed_on,excerpt,reference\n" \
              "000099,none,,manufacturer,A,2023-01-01,,,\n000002,basis,000001,manufacturer,A,2023-01-01,,,\n" \
              "000003,bases,000001,nobody,A,2023-13-01,,,\n"
        ran = self.on_db("import", "statements", self.file("bad.csv", bad), expect=1)
        for line in (2, 3, 4):
            self.assertRegex(ran.err, rf"(line |:){line}\b")
        ran = self.on_db("import", "statements", self.path("bad.csv"), "--json", expect=1)
        self.assertGreaterEqual(len(ran.json()["errors"]), 3)
        self.assertEqual(self.on_db("export", "statements").raw, self.on_db("export", "statements").raw)

    def test_the_export_is_what_was_imported_byte_for_byte(self):
        self.sample()
        self.assertEqual(self.on_db("export", "cpl").raw, cpl_csv())
        self.on_db("export", "cpl", "-o", self.path("out.csv"))
        with open(self.path("out.csv"), "rb") as f:
            self.assertEqual(f.read(), cpl_csv())
        rows = list(csv.DictReader(io.StringIO(self.on_db("export", "statements").out)))
        self.assertEqual([r["entry"] for r in rows], ["000001", "000002", "000003", "000004", "000007", "000009"])
        other = self.path("other.db")
        self.cli("import", "cpl", self.path("cpl.csv"), "--db", other)
        self.cli("import", "statements", self.file("round.csv", self.on_db("export", "statements").raw), "--db", other)
        self.assertEqual(self.cli("export", "fir", "--db", other).raw, self.on_db("export", "fir").raw)

    def test_a_file_from_standard_input_is_taken(self):
        self.on_db("import", "cpl", "-", stdin=cpl_csv())
        self.assertEqual(self.on_db("export", "cpl").raw, cpl_csv())

    def test_the_audit_chain_shows_a_changed_row(self):
        self.sample()
        self.assertTrue(self.on_db("audit", "verify", "--json").json()["ok"])
        with sqlite3.connect(self.db) as c:
            c.execute("UPDATE audit SET who = 'somebody else' WHERE seq = 1")
        c.close()
        ran = self.on_db("audit", "verify", expect=1)
        self.assertIn("broken at row 1", ran.out)


class Submissions(Case):
    def test_a_submission_is_judged_with_all_failures_at_once_and_nothing_is_stored(self):
        bad = self.file("bad.json", '{"Device_Type.name":"Communications Hub","SMETS_CHTS Version.Version_number_and_effective_date":'
                        '"CHTS V1.5","GBCS Version.version_number":"GBCS Version 1.1"}')
        told = self.cli("validate", bad, "--json", expect=1).json()
        self.assertFalse(told["valid"])
        fields = [f["field"] for f in told["failures"]]
        self.assertIn("Device_Model.firmware_version", fields)
        self.assertIn("triple", [f["rule"] for f in told["failures"] if f["field"] == "GBCS Version.version_number"])
        self.assertIn("Nothing was stored", self.cli("validate", bad, expect=1).out)
        self.cli("validate", "-", stdin=b'{"x":', expect=1)
        self.cli("validate", self.path("nothing"), expect=3)
        self.assertEqual(os.listdir(self.dir), ["bad.json"])


class Questions(Case):
    def setUp(self):
        super().setUp()
        self.sample()

    def test_the_exit_status_tells_the_kind_of_answer(self):
        for args, status in ((("path", "--from", "1", "--to", "4"), 0), (("path", "--from", "4", "--to", "latest"), 0),
                             (("path", "--from", "1", "--to", "5"), 3), (("path", "--from", "1", "--to", "6"), 3),
                             (("path", "--from", "1082:00B10100:00000001", "--to", "9"), 5), (("path", "--from", "77", "--to", "9"), 3),
                             (("path", "--from", "1:2", "--to", "9"), 2), (("check", "--from", "1", "--to", "2"), 0),
                             (("check", "--from", "1", "--to", "3"), 4), (("check", "--from", "1", "--to", "6"), 4),
                             (("check", "--from", "1", "--to", "5"), 3),
                             (("check", "--from", "1082:00b1:0100:00000001", "--to", "9"), 5)):
            with self.subTest(args):
                self.on_db(*args, expect=status)
                self.on_db(*args, "--json", expect=status)

    def test_a_path_is_told_with_hops_hashes_and_who_says_so(self):
        text = self.on_db("path", "--from", "1081:00A10102:00010000", "--to", "000004").out
        self.assertIn("Path from 000001 to 000004: 3 hops", text)
        self.assertIn("1. 000001 (1081:00A10102:00010000) -> 000002 (1081:00A10102:00010100)", text)
        self.assertIn(service.sha(image(3)), text)
        self.assertIn("manufacturer, Example Meters, on 2023-05-01, confirmed 2023-06-01", text)
        self.assertIn('Install over 1.2, "only".', text)
        self.assertIn("does not replace, the manufacturer's release notes", text)

    def test_the_json_answer_has_the_members_of_the_contract(self):
        a = self.on_db("path", "--from", "1", "--to", "latest", "--json").json()
        self.assertEqual([h["entry"] for h in a["hops"]], ["000002", "000003", "000004"])
        for name in ("result", "from", "to", "hops", "alternatives", "warnings", "revision", "as_at", "cpl", "notice"):
            self.assertIn(name, a)
        for name in ("n", "base", "entry", "version", "hash", "pushable", "why", "statement", "warnings"):
            self.assertIn(name, a["hops"][0])
        none = self.on_db("path", "--from", "1", "--to", "5", "--json", expect=3).json()
        self.assertEqual((none["why"], none["furthest"]), ("unknown", "000004"))
        self.assertTrue(none["would_open"])
        twins = self.on_db("path", "--from", "1082:00B10100:00000001", "--to", "9", "--json", expect=5).json()
        self.assertEqual([c["entry"] for c in twins["candidates"]], ["000007", "000008"])
        self.assertIn("hash", twins["candidates"][0]["differs"])

    def test_the_same_question_gives_the_same_bytes(self):
        one = self.on_db("path", "--from", "1", "--to", "4", "--json").raw
        self.assertEqual(self.on_db("path", "--to", "cpl:000004", "--json", "--from", "1081:00a10102:00010000").raw, one)

    def test_bulk_questions_are_answered_in_order_in_their_format(self):
        q = 'device,from,to\nm1,1,4\nm2,zz,4\n"m,3",000007,latest\nm4,1082:00B10100:00000001,9\nm5,1\nm6,1,5\n'
        ran = self.on_db("path", "--bulk", "-", stdin=q.encode(), expect=1)
        rows = list(csv.reader(io.StringIO(ran.out)))
        self.assertEqual(rows[0], "device,from,to,result,hops,next,why,furthest,alternatives,warnings,candidates".split(","))
        self.assertEqual([(r[0], r[3], r[4], r[5], r[6]) for r in rows[1:]], [
            ("m1", "path", "000002 000003 000004", "000002", ""), ("m2", "error", "", "", "identity-syntax"),
            ("m,3", "path", "000009", "000009", ""), ("m4", "ambiguous", "", "", "ambiguous-from"),
            ("m5", "error", "", "", "invalid-input"), ("m6", "none", "", "", "unknown")])
        self.assertEqual(rows[4][10], "000007 000008")
        self.assertIn("6 questions answered", ran.err)
        lines = self.on_db("path", "--bulk", self.file("q.ndjson", '{"device":"a","from":"1","to":"3"}\n{"from":"4","to":"latest"}\n'),
                           "--json").out.splitlines()
        self.assertEqual([json.loads(l)["result"] for l in lines], ["path", "already"])

    def test_bulk_without_a_list_of_questions_is_refused(self):
        for text in ("", "device,von,to\nx,1,2\n", "a,b\n", "1,4\n"):
            with self.subTest(text):
                ran = self.on_db("path", "--bulk", "-", stdin=text.encode(), expect=1)
                self.assertEqual(ran.out, "")
        self.assertIn("line is longer", self.on_db("path", "--bulk", "-", stdin=b"from,to\n" + b"x" * 20000, expect=1).err)
        self.assertIn("prefer", self.on_db("path", "--bulk", "-", "--prefer", "speed", stdin=b"from,to\n1,4\n", expect=1).err)

    def test_a_hundred_thousand_questions_are_streamed_in_little_memory(self):
        with open(self.path("many.csv"), "w", encoding="utf-8") as f:
            f.write("device,from,to\n")
            for i in range(100000):
                f.write(f"meter-{i},1081:00A10102:00010000,latest\n")
        with open(self.path("answers.csv"), "wb") as out:
            p = subprocess.Popen([FIRPATH, "path", "--bulk", self.path("many.csv"), "--db", self.db, "-q"], stdout=out, env=self.env)
            _, status, used = os.wait4(p.pid, 0)
            p.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(p.returncode, 0)
        with open(self.path("answers.csv"), "rb") as f:
            self.assertEqual(f.read().count(b",path,000002 000003 000004,"), 100000)
        with open(os.path.join(BUILD, "config.h"), encoding="utf-8") as f:
            limit = 512 if re.search(r"^#define WITH_SANITIZERS 1", f.read(), re.M) else 48
        self.assertLess(used.ru_maxrss, limit * 1024)  # KiB

    def test_entries_and_models_are_found_by_their_fields(self):
        def ids(*args):
            return [e["entry"] for e in self.on_db("entry", "list", *args, "--json").json()["entries"]]
        self.assertEqual(len(ids()), len(SAMPLE))
        self.assertEqual(ids("--manufacturer", "1082"), ["000007", "000008", "000009"])
        self.assertEqual(ids("--version", "00020000"), ["000004"])
        self.assertEqual(ids("--status", "Removed"), ["000006"])
        self.assertEqual(ids("--device-type", "gas"), ["000007", "000008", "000009"])
        self.assertEqual(ids("--hash", service.sha(image(5))[:8]), ["000005"])
        self.assertEqual(ids("--limit", "2"), ["000001", "000002"])
        self.assertIn("there are more", self.on_db("entry", "list", "--limit", "2").out)
        self.assertEqual([e["entry"] for e in self.on_db("search", "00030100", "--json").json()["entries"]], ["000006"])
        self.assertIn("No entry fits", self.on_db("search", "nothing", "of", "the", "sort").out)
        models = self.on_db("model", "list", "--json").json()["models"]
        self.assertEqual([m["id"] for m in models], ["1081:00A10102", "1082:00B10100"])
        self.assertIn("000003  00010200  Current  bases    000002", self.on_db("model", "show", "1081:00a1:0102").out)
        self.on_db("model", "show", "FFFF:00000000", expect=3)
        self.on_db("entry", "show", "77", expect=3)

    def test_lint_lists_what_is_worth_a_look(self):
        told = self.on_db("lint", "--json").json()
        self.assertIn("ambiguous", {f["code"] for f in told["findings"]})
        self.assertIn("000007 000008", self.on_db("lint").out)


class Output(Case):
    def setUp(self):
        super().setUp()
        self.sample()

    def test_colour_is_for_terminals_and_NO_COLOR_takes_it_away(self):
        args = ("path", "--from", "1", "--to", "4", "--db", self.db)
        self.assertNotIn("\033", self.cli(*args).out)
        self.assertIn("\033[32m", self.on_terminal(*args)[1])
        self.assertNotIn("\033", self.on_terminal(*args, env={"NO_COLOR": "1"})[1])
        self.assertNotIn("\033", self.on_terminal(*args, env={"TERM": "dumb"})[1])

    def test_tables_are_cut_to_the_terminal(self):
        status, text = self.on_terminal("entry", "list", "--db", self.db, env={"NO_COLOR": "1"}, columns=64)
        self.assertEqual(status, 0)
        self.assertTrue(all(len(l) <= 64 for l in text.replace("\r", "").split("\n")), text)
        self.assertIn("...", text)

    def test_a_reader_that_goes_away_ends_the_run_with_a_message(self):
        p = subprocess.Popen([FIRPATH, "path", "--bulk", "-", "--db", self.db], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, env=self.env)
        p.stdout.close()
        try:
            p.stdin.write(b"from,to\n" + b"1,4\n" * 20000)
            p.stdin.close()
        except BrokenPipeError:
            pass
        err = p.stderr.read().decode()
        p.stderr.close()
        self.assertEqual(p.wait(30), 1)
        self.assertIn("cannot be written", err)

    def test_quiet_keeps_chatter_away(self):
        self.assertEqual(self.on_db("path", "--bulk", "-", "-q", stdin=b"from,to\n1,4\n").err, "")


class Fleet(Case):
    def setUp(self):
        super().setUp()
        self.sample()

    def test_devices_are_imported_listed_and_shown(self):
        f = self.file("devices.csv", "name,site,adapter,identity\nm-1,s-1,bbum,1081:00A10102:00010000\nm-2,s-1,bbum,1081:00A10102:00020000\n")
        self.assertIn("2 added", self.on_db("device", "import", f).out)
        self.on_db("device", "import", f, expect=2)
        devices = self.on_db("device", "list", "--json").json()["devices"]
        self.assertEqual([(d["name"], d["entry"]) for d in devices], [("m-1", "000001"), ("m-2", "000004")])
        self.assertEqual([d["name"] for d in self.on_db("device", "list", "--entry", "4", "--json").json()["devices"]], ["m-2"])
        self.assertIn("runs          000001", self.on_db("device", "show", "m-1").out)
        self.on_db("device", "show", "m-9", expect=3)
        self.assertIn("s-1", self.on_db("site", "list").out)
        self.assertIn("m-2", self.on_db("site", "show", "s-1").out)
        bad = self.file("bad.csv", "name,adapter\nm-3,bbum\nm-3,carrier-pigeon\n")
        self.assertRegex(self.on_db("device", "import", bad, expect=1).err, r"adapter:3\b")
        self.assertEqual(len(self.on_db("device", "list", "--json").json()["devices"]), 2)

    def test_images_are_taken_when_an_entry_has_their_hash(self):
        good, bad = self.file("good.bin", image(3)), self.file("bad.bin", b"nobody knows me")
        images = self.path("images")
        os.mkdir(images)
        told = self.on_db("image", "add", good, "--image-dir", images, "--json").json()
        self.assertTrue(told["images"][0]["new"])
        with open(os.path.join(images, service.sha(image(3))), "rb") as f:
            self.assertEqual(hashlib.sha256(f.read()).hexdigest().upper(), service.sha(image(3)))
        self.on_db("image", "add", good, "--image-dir", images, expect=2)
        self.assertIn("bad.bin", self.on_db("image", "add", bad, "--image-dir", images, expect=1).err)
        self.assertEqual(os.listdir(images), [service.sha(image(3))])
        self.on_db("image", "add", good, expect=2)


class Postgres(Case):
    def test_a_postgresql_store_gives_the_same_answers_as_an_sqlite_one(self):
        server = os.environ.get("FIRPATH_TEST_PG")
        self.assertTrue(server, "no PostgreSQL to test with")
        name = f"cli_{os.getpid()}_{time.monotonic_ns()}"
        psql = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", server.replace("DATABASE", "postgres"), "-c"]
        subprocess.run([*psql, f"CREATE DATABASE {name} TEMPLATE template0 LOCALE 'C' ENCODING 'UTF8'"], check=True)
        self.addCleanup(subprocess.run, [*psql, f"DROP DATABASE {name} WITH (FORCE)"], check=True)
        dsn = server.replace("DATABASE", name)
        self.sample()
        self.cli("import", "cpl", self.path("cpl.csv"), "--db", dsn)
        self.cli("import", "cpl", self.path("cpl.csv"), "--db", dsn, expect=2)
        self.cli("import", "statements", self.path("statements.csv"), "--db", dsn)
        d = self.file("d.csv", "name,site,adapter,identity\nm-1,s-1,bbum,1081:00A10102:00010000\n")
        for db in (dsn, self.db):
            self.cli("device", "import", d, "--db", db)
        bulk = self.file("q.csv", "device,from,to\nm1,1,4\nm2,zz,4\nm3,1,5\n")
        for args, status in ((("path", "--from", "1", "--to", "4"), 0), (("path", "--from", "1082:00B10100:00000001", "--to", "9"), 5),
                             (("check", "--from", "1", "--to", "3"), 4), (("entry", "list"), 0), (("entry", "show", "4"), 0),
                             (("model", "show", "1081:00A10102"), 0), (("search", "gas"), 0), (("lint",), 0), (("export", "cpl"), 0),
                             (("export", "statements"), 0), (("export", "fir"), 0), (("site", "list"), 0), (("path", "--bulk", bulk), 1)):
            with self.subTest(args):
                far, near = self.cli(*args, "--db", dsn, expect=status), self.on_db(*args, expect=status)
                self.assertEqual(re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "T", far.out), re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "T", near.out))
        self.assertIn("is whole", self.cli("audit", "verify", "--db", dsn).out)


class Online(Case):
    def setUp(self):
        super().setUp()
        self.service = Service()
        self.addCleanup(self.service.close)
        self.db = self.service.db
        self.env["FIRPATH_SERVER"] = self.service.url

    def online_sample(self):
        self.cli("import", "cpl", self.file("cpl.csv", cpl_csv()))
        self.cli("import", "statements", self.file("statements.csv", statements_csv()))
        self.cli("device", "import", self.file("d.csv", "name,site,adapter,identity\nm-1,s-1,bbum,1081:00A10102:00010000\n"
                                                        "m-2,s-1,bbum,1081:00A10102:00020000\n"))

    def test_service_and_store_give_the_same_answers(self):
        self.online_sample()
        bulk = self.file("q.csv", "device,from,to\nm1,1,4\nm2,zz,4\nm3,1,5\n")
        for args, status in ((("path", "--from", "1", "--to", "4"), 0), (("path", "--from", "1", "--to", "5"), 3),
                             (("path", "--from", "1082:00B10100:00000001", "--to", "9"), 5), (("check", "--from", "1", "--to", "3"), 4),
                             (("entry", "list"), 0), (("entry", "list", "--manufacturer", "1082", "--limit", "1"), 0),
                             (("entry", "show", "4"), 0), (("model", "list"), 0), (("model", "show", "1081:00A10102"), 0),
                             (("search", "gas"), 0), (("lint",), 0), (("device", "list"), 0), (("device", "show", "m-1"), 0),
                             (("site", "list"), 0), (("site", "show", "s-1"), 0), (("import", "show", "1"), 0)):
            with self.subTest(args):
                far, near = self.cli(*args, "--json", expect=status).json(), self.on_db(*args, "--json", expect=status).json()
                for answer in (far, near):
                    answer.pop("next", None)  # cursors are their giver's own
                self.assertEqual(far, near)
                self.assertEqual(self.cli(*args, expect=status).out, self.on_db(*args, expect=status).out)
        for args, status in ((("export", "cpl"), 0), (("export", "statements"), 0), (("export", "fir"), 0), (("path", "--bulk", bulk), 1)):
            with self.subTest(args):
                self.assertEqual(self.cli(*args, expect=status).raw, self.on_db(*args, expect=status).raw)
        self.assertIn("is whole", self.cli("audit", "verify").out)

    def test_imports_over_the_service_have_the_same_exit_status(self):
        f = self.file("cpl.csv", cpl_csv())
        self.cli("import", "cpl", f, "--dry-run")
        self.cli("import", "cpl", f)
        self.cli("import", "cpl", f, expect=2)
        self.cli("import", "cpl", f, "--dry-run", expect=2)
        rows = [(*r[:1], "Removed", *r[2:]) if r[0] in (3, 4) else r for r in SAMPLE]
        g = self.file("removed.csv", cpl_csv(rows, "9.002", "22-09-2022"))
        self.cli("import", "cpl", g, "--dry-run", expect=4)
        self.cli("import", "cpl", g, expect=4)
        self.cli("import", "cpl", g, "--accept")
        bad = "entry,kind,bases,source,author,stated_on,confirmed_on,excerpt,reference\n000099,none,,secas,A,2023-01-01,,,\n"
        self.assertIn("000099", self.cli("import", "statements", self.file("bad.csv", bad), expect=1).err)

    def test_images_go_up_and_are_there_then(self):
        self.online_sample()
        f = self.file("three.bin", image(3))
        self.assertIn("added", self.cli("image", "add", f).out)
        self.cli("image", "add", f, expect=2)
        self.assertIn("x.bin", self.cli("image", "add", self.file("x.bin", b"unknown"), expect=1).err)
        self.assertEqual(self.service.get("/v1/images/" + service.sha(image(3))).body, image(3))

    def test_a_campaign_is_made_started_watched_and_stopped(self):
        self.online_sample()
        for n in (2, 3, 4):
            self.cli("image", "add", self.file(f"{n}.bin", image(n)))
        made = self.cli("campaign", "create", "--name", "spring", "--target", "000004", "--prefix", "m-", "--key", "k1", "--json").json()
        self.assertEqual((made["state"], made["counts"]["total"]), ("draft", 2))
        again = self.cli("campaign", "create", "--name", "spring", "--target", "000004", "--prefix", "m-", "--key", "k1", "--json").json()
        self.assertEqual(again["id"], made["id"])
        self.cli("campaign", "create", "--name", "spring", "--target", "000004", "--all", expect=1)
        self.assertIn("000001 -> 000002 -> 000003 -> 000004", self.cli("campaign", "status", "spring").out)
        self.assertIn("spring", self.cli("campaign", "list").out)
        self.cli("campaign", "pause", "spring", expect=2)
        self.assertIn("running", self.cli("campaign", "start", "spring").out)
        self.assertIn("paused", self.cli("campaign", "pause", "spring").out)
        self.assertIn("running", self.cli("campaign", "resume", "spring").out)
        watch = subprocess.Popen([FIRPATH, "campaign", "watch", "spring", "--interval", "100ms"], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, env=self.env)
        time.sleep(0.5)
        self.assertIn("stopped", self.cli("campaign", "stop", "spring", "--why", "test").out)
        out, err = watch.communicate(timeout=60)
        self.assertEqual(watch.returncode, 1, err)
        self.assertRegex(out.decode(), r"(?m)^stopped  \d of 2 done")
        self.assertIn("test", out.decode().splitlines()[-1])  # the reason
        story = [json.loads(l) for l in self.cli("campaign", "report", "spring", "--json").out.splitlines()]
        self.assertEqual(sorted(s["device"] for s in story), ["m-1", "m-2"])
        self.assertIn("m-1", self.cli("campaign", "report", "spring").out)
        self.cli("campaign", "status", "autumn", expect=3)
        self.cli("campaign", "watch", "autumn", expect=3)

    def test_watch_draws_a_bar_on_a_terminal(self):
        self.online_sample()
        self.cli("campaign", "create", "--name", "bar", "--target", "000004", "--devices",
                 self.file("names", "m-2\n\n m-1 \n"))
        self.cli("campaign", "start", "bar")  # m-2 is there already, m-1 has no images: done at once
        status, text = self.on_terminal("campaign", "watch", "bar", "--interval", "100ms", columns=100)
        self.assertEqual(status, 1)
        self.assertRegex(text, r"\[[#-]{8,40}\] +\d+ %")

    def test_a_service_that_goes_away_is_waited_for(self):
        self.online_sample()
        self.cli("campaign", "create", "--name", "long", "--target", "000004", "--all")
        self.service.conf["listen"] = f"127.0.0.1:{self.service.port}"
        self.service.kill()
        watch = subprocess.Popen([FIRPATH, "campaign", "watch", "long", "--interval", "100ms"], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, env=self.env)
        time.sleep(0.5)
        self.service.start()
        self.cli("campaign", "stop", "long")
        out, err = watch.communicate(timeout=60)
        self.assertIn(b"waiting for it", err)
        self.assertIn(b"stopped", out)

    def test_a_token_opens_what_needs_one(self):
        token = "0123456789abcdef0123456789abcdef"
        path = self.file("token", token + "\n")
        os.chmod(path, 0o600)
        self.service.stop()
        self.service.conf["token_file"] = path
        self.service.start()
        self.env["FIRPATH_SERVER"] = self.service.url
        f = self.file("cpl.csv", cpl_csv())
        refused = self.cli("import", "cpl", f, expect=4)
        self.assertIn("token", refused.err)
        self.cli("import", "cpl", f, env={"FIRPATH_TOKEN": "wrong"}, expect=4)
        self.cli("import", "cpl", f, env={"FIRPATH_TOKEN": token})
        conf = self.file("cli.conf", f"token = {token}\n")
        os.chmod(conf, 0o600)
        self.cli("import", "cpl", f, "--config", conf, expect=2)
        self.cli("path", "--from", "1", "--to", "5", expect=3)

    def test_a_refusal_of_the_service_keeps_its_words_and_status(self):
        self.online_sample()
        ran = self.cli("path", "--from", "77", "--to", "1", "--json", expect=3)
        self.assertEqual(ran.json()["code"], "not-found")
        self.assertTrue(re.search("000077", ran.err))
        self.cli("path", "--from", "x:y", "--to", "1", expect=2)
        self.cli("device", "list", "--model", "xyz", expect=2)


def has_postgresql():
    with open(os.path.join(BUILD, "config.h"), encoding="utf-8") as f:
        return re.search(r"^#define WITH_POSTGRESQL 1", f.read(), re.M) is not None


if __name__ == "__main__":
    if not has_postgresql():
        del Postgres  # built without it
    elif "FIRPATH_TEST_PG" not in os.environ:
        helper = os.path.join(BUILD, "tests", "with_pg")  # starts a private server and runs this again
        os.execv(helper, [helper, sys.executable, os.path.abspath(__file__), *sys.argv[1:]])
    unittest.main(verbosity=1)

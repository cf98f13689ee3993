#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a stranger does to the programs: odd words, odd files, broken stores, a full disk, somebody else's server. Every
case ends with an error that says what to do, and changes nothing."""

import contextlib
import json
import os
import random
import shutil
import socket
import subprocess
import tempfile
import threading
import unittest

from service import BUILD, ROOT, Service

SAMPLE_CPL = os.path.join(ROOT, "contrib/sample/cpl.csv")
SAMPLE_STATEMENTS = os.path.join(ROOT, "contrib/sample/statements.csv")
FIRPATH = os.path.join(BUILD, "firpath")
FIRPATHD = os.path.join(BUILD, "firpathd")
AGENT = os.path.join(BUILD, "firpath-bbum")


def run(*args, program=FIRPATH, stdout=subprocess.PIPE, env=None):
    return subprocess.run([program, *args], stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, timeout=120,
                          env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **(env or {})}, check=False)


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="firpath-stranger-", dir=os.environ.get("TMPDIR", "/tmp"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, name, data=None):
        path = os.path.join(self.folder, name)
        if data is not None:
            with open(path, "wb") as f:
                f.write(data)
        return path

    def store(self, name="s.db"):
        path = self.path(name)
        self.assertEqual(run("import", "cpl", SAMPLE_CPL, "--db", path).returncode, 0)
        self.assertEqual(run("import", "statements", SAMPLE_STATEMENTS, "--db", path).returncode, 0)
        return path

    def refused(self, r, status, *words):
        text = r.stderr.decode("utf-8", "replace")
        self.assertEqual(r.returncode, status, text)
        for word in words:
            self.assertIn(word, text)
        self.assertGreaterEqual(len(text.strip().splitlines()), 2, "what went wrong, and what to do next: " + text)


class Stores(Folder):
    def test_what_is_no_store_is_refused_and_stays_as_it_was(self):
        rnd = random.Random(1)
        for name, data, words in (("empty", b"", "the store is empty"), ("random", rnd.randbytes(4096), "not a database"),
                                  ("header", b"SQLite format 3\0", "not a database")):
            path = self.path(name, data)
            for verb in (["lint"], ["path", "--from", "1", "--to", "2"], ["audit", "verify"], ["export", "cpl"]):
                self.refused(run(*verb, "--db", path), 1, path, words)
            with open(path, "rb") as f:
                self.assertEqual(f.read(), data)

    def test_a_damaged_store_is_an_error_and_never_a_crash(self):
        with open(self.store(), "rb") as f:
            whole = f.read()
        for seed in range(12):
            rnd = random.Random(seed)
            data = bytearray(whole)
            for _ in range(200):
                data[rnd.randrange(100, len(data))] = rnd.randrange(256)
            if seed % 3 == 0:
                del data[rnd.randrange(4096, len(data)):]
            for verb in (["lint"], ["audit", "verify"], ["export", "fir"], ["path", "--from", "1", "--to", "3"]):
                r = run(*verb, "--db", self.path("damaged.db", bytes(data)))
                self.assertIn(r.returncode, (0, 1, 2, 3, 5), (seed, verb, r.stderr))
                for end in ("-wal", "-shm"):
                    with contextlib.suppress(FileNotFoundError):
                        os.unlink(self.path("damaged.db" + end))

    def test_folders_missing_folders_and_wrong_addresses_are_named(self):
        self.refused(run("lint", "--db", self.folder), 1, "is a folder")
        self.refused(run("import", "cpl", SAMPLE_CPL, "--db", self.path("no/where.db")), 1, "cannot be made")
        self.refused(run("lint", "--db", "mysql://u:secret@h/x"), 1, "neither")
        self.refused(run("lint", "--db", "postgresql://u:secret@127.0.0.1:1/x"), 1, "connecting to PostgreSQL")
        for address in ("mysql://u:secret@h/x", "postgresql://u:secret@127.0.0.1:1/x"):
            self.assertNotIn(b"secret", run("lint", "--db", address).stderr)

    def test_looking_at_a_store_does_not_write_to_it(self):
        path = self.store()
        with open(path, "rb") as f:
            before = f.read()
        for verb in (["lint"], ["audit", "verify"], ["entry", "list"], ["import", "cpl", SAMPLE_CPL, "--dry-run"]):
            run(*verb, "--db", path)
        with open(path, "rb") as f:
            self.assertEqual(f.read(), before)


class Output(Folder):
    def test_output_that_cannot_be_written_is_a_failure(self):
        path = self.store()
        for args in (["--help"], ["--version"], ["lint", "--db", path], ["export", "cpl", "--db", path],
                     ["path", "--from", "1", "--to", "3", "--db", path, "--json"]):
            with open("/dev/full", "wb") as full:
                self.refused(run(*args, stdout=full), 1, "the output cannot be written")
        for program, args in ((FIRPATHD, ["--help"]), (FIRPATHD, ["--version"]), (FIRPATHD, ["--check"]),
                              (FIRPATHD, ["--routes"]), (AGENT, ["--help"]), (AGENT, ["--version"])):
            with open("/dev/full", "wb") as full:
                self.refused(run(*args, program=program, stdout=full), 1, "the output cannot be written")

    def test_a_reader_that_goes_away_is_a_failure_not_a_signal(self):
        path = self.store()
        rows = "device,from,to\n" + "".join(f"d{i},1,3\n" for i in range(20000))
        ends = os.pipe()
        p = subprocess.Popen([FIRPATH, "path", "--bulk", self.path("q.csv", rows.encode()), "--db", path],
                             stdout=ends[1], stderr=subprocess.PIPE)
        os.close(ends[1])
        os.read(ends[0], 10)
        os.close(ends[0])
        _, err = p.communicate(timeout=60)
        self.assertEqual(p.returncode, 1, err)
        self.assertIn(b"Broken pipe", err)

    def test_an_export_goes_through_a_device_instead_of_replacing_it(self):
        r = run("export", "cpl", "--db", self.store(), "--output", "/dev/stdout")
        self.assertEqual(r.returncode, 0, r.stderr)
        self.assertTrue(r.stdout.startswith(b"Version,Entry.number"))
        self.assertTrue(os.path.islink("/dev/stdout"))


class Words(Folder):
    def test_options_are_whole_words_with_their_values(self):
        both = ((["--con", "x"], "did you mean --config"), (["--=x"], "there is no option"), (["--"], "not an option"),
                (["--help=1"], "takes no value"), (["x"], "not an option"), (["-h"], "not an option"))
        for program, more in ((FIRPATHD, ((["--db", "--check"], "--db needs a value"), (["--check=1"], "takes no value"),
                                          (["--listn", "x"], "did you mean --listen"))),
                              (AGENT, ((["--dir", "--once"], "--dir needs a value"), (["--naem", "x"], "did you mean --name")))):
            for args, words in both + more:
                self.refused(run(*args, program=program), 2, words)
        self.refused(run("--token-file", "/nonexistent", "--check", program=FIRPATHD), 2, "token_file", "/nonexistent")
        self.refused(run("--config", self.folder, "--check", program=FIRPATHD), 2, "configuration")
        self.assertEqual(os.listdir(self.folder), [])

    def test_what_the_audit_chain_keeps_is_one_line_of_text(self):
        path = self.path("s.db")
        for why in (b"bad \xff", b"two\nlines", b"bell \x07"):
            self.refused(run("import", "cpl", SAMPLE_CPL, "--why", why, "--db", path), 2, "one line of UTF-8")
        self.assertFalse(os.path.exists(path))
        with open(SAMPLE_CPL, "rb") as f:
            odd = os.fsencode(self.folder) + b"/caf\xe9\n.csv"
            with open(odd, "wb") as out:
                out.write(f.read())
        self.assertEqual(run("import", "cpl", odd, "--db", path).returncode, 0)
        shown = json.loads(run("import", "show", "1", "--db", path, "--json").stdout)
        self.assertEqual(shown["file"]["name"], "caf??.csv")

    def test_identities_are_read_as_people_write_them(self):
        path = self.store()
        want = run("path", "--from", "1", "--to", "3", "--db", path, "--json").stdout
        for same in ("01", "000001", "cpl:1", "CPL:000001", " 1 ", "F0A1:00010101:00010000", "f0a1:10101:10000",
                     "F0A1:0001:0101:00010000", "F0:A1:00:01:01:01:00:01:00:00", "F0A10001010100010000"):
            r = run("path", "--from", same, "--to", "3", "--db", path, "--json")
            self.assertEqual((r.returncode, r.stdout), (0, want), same)
        for bad in ("0", "0000001", "1000000", "-1", "1.0", "latest", "\uff11", "x" * 5000, "0xF0A1:1:1"):
            self.refused(run("path", "--from", bad, "--to", "3", "--db", path), 2, "from")
        self.assertEqual(run("path", "--from", b"\xff\xfe", "--to", "3", "--db", path).returncode, 2)
        r = run("path", "--from", "F0A2:00100200:01010000", "--to", "latest", "--db", path, "--json")
        self.assertEqual(r.returncode, 5)
        self.assertEqual([c["entry"] for c in json.loads(r.stdout)["candidates"]], ["000016", "000017"])


class Servers(Folder):
    @contextlib.contextmanager
    def stranger(self, answer):
        with socket.create_server(("127.0.0.1", 0)) as s:
            def serve():
                while True:
                    try:
                        c, _ = s.accept()
                    except OSError:
                        return
                    with c:
                        with contextlib.suppress(OSError):
                            c.recv(65536)
                            c.sendall(answer)

            threading.Thread(target=serve, daemon=True).start()
            yield f"http://127.0.0.1:{s.getsockname()[1]}"
            s.shutdown(socket.SHUT_RDWR)

    def test_somebody_elses_server_never_answers_for_us(self):
        body = b'{"result":"path","verdict":"allowed","ok":true,"hops":[]}'
        for answer in (b"220 mail\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
                       b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body,
                       b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
                       b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"):
            with self.stranger(answer) as url:
                for verb in (["path", "--from", "1", "--to", "2"], ["check", "--from", "1", "--to", "2"], ["audit", "verify"],
                             ["export", "cpl"], ["lint"]):
                    r = run(*verb, "--server", url)
                    self.refused(r, 1)
                    self.assertEqual(r.stdout, b"")

    def test_a_condition_that_nobody_would_look_at_is_not_taken_for_true(self):
        with Service() as s:
            r = s.post("/v1/devices", "name\nd1\n", "text/csv", headers={"If-Match": '"x"'})
            self.assertEqual((r.status, r.json()["code"]), (412, "stale-revision"))
            self.assertEqual(s.get("/v1/devices").json()["devices"], [])
            self.assertEqual(s.post("/v1/devices", "name\nd1\n", "text/csv", headers={"If-Match": "*"}).status, 200)

    def test_two_services_on_one_store_see_each_other(self):
        with Service() as a:
            a.import_sample()
            with Service(db=a.db) as b:
                self.assertEqual(b.get("/v1/path?from=1&to=4").json()["result"], "path")
                a.post("/v1/devices", "name\nd1\n", "text/csv")
                self.assertEqual(b.get("/v1/devices/d1").status, 200)
                taken = run("--listen", f"127.0.0.1:{b.port}", "--health-listen", "127.0.0.1:0", "--ocpp-profile1", "127.0.0.1:0", "--db", a.db, "--image-dir",
                            self.folder, program=FIRPATHD)
                self.refused(taken, 1, "cannot listen on")
                a.kill()
                self.assertEqual(b.post("/v1/devices", "name\nd2\n", "text/csv").status, 200)
            a.start()
            self.assertEqual(a.get("/v1/devices/d2").status, 200)
            self.assertTrue(a.get("/v1/audit/verify").json()["ok"])


class FullDisk(Folder):
    def test_T39_on_a_full_disk_changes_are_refused_and_answers_go_on(self):
        disk = self.path("disk")
        os.mkdir(disk)
        subprocess.run([*([] if os.geteuid() == 0 else ["sudo", "-n"]), "mount", "-t", "tmpfs", "-o", "size=2m,mode=777", "none",
                        disk], check=True)
        try:
            with Service(db=os.path.join(disk, "w.db")) as s:
                s.import_sample()
                kept, refused = 0, 0
                for n in range(40):
                    rows = "name\n" + "".join(f"d{n}-{i}\n" for i in range(500))
                    status = s.post("/v1/devices", rows, "text/csv").status
                    self.assertIn(status, (200, 507))
                    kept, refused = kept + (status == 200), refused + (status == 507)
                    if refused == 3:
                        break
                self.assertGreater(kept, 0)
                self.assertEqual(refused, 3)
                self.assertEqual(s.get("/v1/path?from=1&to=4").json()["result"], "path")
                s.kill()
                s.start()
                self.assertTrue(s.get("/v1/audit/verify").json()["ok"])
                seen, cursor = 0, ""
                while cursor is not None:
                    page = s.get("/v1/devices?limit=500" + (f"&cursor={cursor}" if cursor else "")).json()
                    seen, cursor = seen + len(page["devices"]), page["next"]
                self.assertEqual(seen, kept * 500)
        finally:
            subprocess.run([*([] if os.geteuid() == 0 else ["sudo", "-n"]), "umount", disk], check=True)


if __name__ == "__main__":
    unittest.main()

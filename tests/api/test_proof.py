#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What this service said can be proven to a stranger: receipts, keys, heads, and the same answers as at an earlier time."""

import contextlib
import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import time
import unittest

from service import BUILD, ROOT, Service, cpl_csv, statements_csv

FIRPATH = os.path.join(BUILD, "firpath")


def firpath(*args):
    return subprocess.run([FIRPATH, *args], capture_output=True, text=True, timeout=60)


def commands_of(doc):
    """The shell commands of a document, as it prints them."""
    with open(os.path.join(ROOT, "doc", doc), encoding="utf-8") as f:
        return "".join(re.findall(r"```sh\n(.*?)```", f.read(), re.S))


class Proof(unittest.TestCase):
    def setUp(self):
        self.s = Service(start=False)
        self.addCleanup(self.s.close)
        self.path = lambda name: os.path.join(self.s.folder, name)
        for name in ("key.pem", "old.pem"):
            self.assertEqual(firpath("key", "new", self.path(name)).returncode, 0)
        for name in ("key", "old"):
            with open(self.path(name + ".pub"), "w", encoding="ascii") as f:
                f.write(firpath("key", "public", self.path(name + ".pem")).stdout)
        self.s.conf.update({"signing_key": self.path("key.pem"), "signing_keys_old": self.path("old.pub"),
                            "head_export": self.path("heads"), "head_every": "1s", "public_url": "https://fir.example"})
        self.s.start()
        self.s.import_sample()

    def test_a_stranger_verifies_a_receipt_with_openssl_and_no_firpath(self):
        plain = self.s.get("/v1/path?from=1&to=4")
        self.assertIn(b'href="/v1/path?from=1&amp;to=4&amp;receipt=1">Signed receipt', self.s.get("/path?from=1&to=4").body)
        r = self.s.get("/v1/path?from=1&to=4&receipt=1")
        self.assertEqual(r.status, 200)
        self.assertEqual(r.headers["Cache-Control"], "no-store")
        receipt = r.json()
        self.assertEqual(receipt["answer_sha256"], hashlib.sha256(plain.body).hexdigest().upper())
        self.assertTrue(r.body.split(b',"answer":', 1)[1].startswith(plain.body.rstrip(b"\n") + b',"signature":"'))
        self.assertEqual(receipt["question"], {"kind": "path", "from": "1", "to": "4", "at": None, "prefer": None,
                                               "allow_removed": None})
        self.assertEqual(receipt["service"], "https://fir.example")
        keys = self.s.get("/v1/keys").json()["keys"]
        self.assertEqual([k["signs"] for k in keys], [True, False])
        self.assertEqual(receipt["key"], keys[0]["id"])
        work = self.path("stranger")
        os.mkdir(work)
        with open(os.path.join(work, "key.pem"), "w", encoding="ascii") as f:
            f.write(keys[0]["pem"])

        def holds(body):
            with open(os.path.join(work, "receipt.json"), "wb") as f:
                f.write(body)
            return subprocess.run(["sh", "-ec", commands_of("receipts.md")], cwd=work, capture_output=True).returncode == 0

        self.assertTrue(holds(r.body))
        for i in range(0, len(r.body) - 150, 97):
            self.assertFalse(holds(r.body[:i] + bytes([r.body[i] ^ 1]) + r.body[i + 1:]), i)

    def test_receipts_of_the_command_line_and_their_store(self):
        out = self.path("r.json")
        url = f"http://127.0.0.1:{self.s.port}"
        self.assertEqual(firpath("path", "--from", "1", "--to", "4", "--receipt", out, "--server", url).returncode, 0)
        self.assertEqual(firpath("receipt", "verify", out, "--server", url).returncode, 0)
        self.assertEqual(firpath("receipt", "verify", out, "--key", self.path("key.pub")).returncode, 0)
        self.assertEqual(firpath("receipt", "verify", out, "--key", self.path("old.pub")).returncode, 1)
        self.assertIn("000003", firpath("receipt", "show", out).stdout)
        check = self.path("c.json")
        self.assertEqual(firpath("check", "--from", "1", "--to", "4", "--receipt", check, "--server", url).returncode, 4)
        # The answer is corrected; last month's answer stays provable.
        self.s.import_statements(statements_csv().decode().replace("000004,bases,000003", "000004,bases,000002").encode())
        self.assertEqual(len(self.s.get("/v1/path?from=1&to=4").json()["hops"]), 2)
        for name in (out, check):
            r = firpath("receipt", "check", name, "--db", self.s.db, "--key", self.path("key.pub"), "--json")
            self.assertEqual((r.returncode, json.loads(r.stdout)["answer"]), (0, "same"), r)
        with open(out, "r+b") as f:
            body = f.read()
            f.seek(0)
            f.write(body.replace(b'"revision":2', b'"revision":3', 1))
        r = firpath("receipt", "verify", out, "--key", self.path("key.pub"))
        self.assertEqual(r.returncode, 1)
        self.assertIn("changed", r.stderr)

    def test_without_a_key_nothing_is_signed_and_it_says_so(self):
        with Service() as s:
            s.import_sample()
            r = s.get("/v1/path?from=1&to=4&receipt=1")
            self.assertEqual((r.status, r.json()["code"]), (501, "no-signing-key"))
            self.assertEqual(s.get("/v1/keys").json()["keys"], [])
            self.assertNotIn("signature", s.get("/v1/audit/head").json())

    def test_T37_a_restored_old_copy_is_found_by_the_heads_kept_outside(self):
        heads, key = self.path("heads"), self.path("key.pub")
        verify = lambda *more: firpath("audit", "verify", "--heads", heads, "--key", key, "--json", *more)
        self.s.stop()
        shutil.copy(self.s.db, self.path("copy.db"))
        self.s.start()
        self.s.import_statements(statements_csv().decode().replace("000004,bases,000003", "000004,bases,000002").encode())
        newest = self.s.get("/v1/audit/head").json()["seq"]

        def exported():
            with open(heads, encoding="utf-8") as f:
                return json.loads(f.readlines()[-1])["seq"] == newest
        self.s.wait_for(exported)
        r = verify("--server", f"http://127.0.0.1:{self.s.port}")
        self.assertEqual((r.returncode, json.loads(r.stdout)["heads"]["ok"]), (0, True), r)
        self.s.stop()
        self.assertEqual(verify("--db", self.s.db).returncode, 0)
        for f in (self.s.db + "-wal", self.s.db + "-shm"):
            if os.path.exists(f):
                os.unlink(f)
        shutil.copy(self.path("copy.db"), self.s.db)
        self.assertEqual(firpath("audit", "verify", "--db", self.s.db).returncode, 0)  # a good chain in itself
        r = verify("--db", self.s.db)
        self.assertEqual(r.returncode, 1)
        self.assertEqual(json.loads(r.stdout)["heads"]["bad"][0]["why"], "cut")
        self.s.start()
        r = verify("--server", f"http://127.0.0.1:{self.s.port}")
        self.assertEqual((r.returncode, json.loads(r.stdout)["ok"]), (1, False))
        # T46: whoever restores says so, and clients see it.
        old = self.s.get("/v1/entries/1").headers["ETag"]
        self.s.stop()
        r = firpath("store", "restored", "--db", self.s.db, "--why", "drill", "--json")
        self.assertEqual(json.loads(r.stdout), {"epoch": 2})
        self.s.start()
        self.assertEqual(self.s.get("/v1/audit/head").json()["epoch"], 2)
        self.assertNotEqual(self.s.get("/v1/entries/1").headers["ETag"], old)
        self.assertEqual(self.s.get("/v1/entries/1", headers={"If-None-Match": old}).status, 200)
        self.assertEqual(self.s.import_statements(statements_csv().replace(b"RN-1", b"RN-9")).headers["Firpath-Epoch"], "2")


class Restored(unittest.TestCase):
    def test_T46_a_store_restored_under_a_running_service_is_noticed_and_read_anew(self):
        with Service() as s:
            s.import_sample()
            copy = os.path.join(s.folder, "copy.db")

            def whole(frm, to):
                with contextlib.closing(sqlite3.connect(frm)) as a, contextlib.closing(sqlite3.connect(to, timeout=20)) as b:
                    a.backup(b)

            def state(statement):
                lines = statements_csv().decode().splitlines(keepends=True)
                self.assertEqual(s.import_statements((lines[0] + statement).encode()).status, 201)

            def asked():
                return s.get("/v1/path?from=1&to=5")

            whole(s.db, copy)
            state("000005,bases,000004,secas,S,2024-01-01,,x,y\n")
            for path in ("/v1/path?from=1&to=4", "/v1/entries/1", "/v1/changes", "/v1/graph?model=1081:00A10102", "/v1/me", "/entries/1", "/changes",
                         "/v1/export/cpl", "/v1/entries/99", "/v1/diff?at=r1"):
                self.assertEqual(s.get(path).headers["Firpath-Epoch"], "1", path)
            before = asked()
            self.assertEqual((before.json()["result"], before.headers["Firpath-Epoch"]), ("path", "1"))
            self.assertEqual(s.get("/v1/entries/1", headers={"If-None-Match": s.get("/v1/entries/1").headers["ETag"]}).headers["Firpath-Epoch"], "1")

            whole(copy, s.db)  # in its place, the service goes on
            s.wait_for(lambda: (asked(), s.health().status)[1] == 503)
            self.assertIn(b"firpath store restored", s.health().body)
            self.assertEqual(asked().body, before.body)  # from memory
            # What came of it meanwhile has the same number as what is lost: it is not taken for that.
            state("000005,bases,000003,secas,S,2024-01-01,,x,y\n")
            time.sleep(1.2)
            self.assertEqual(asked().body, before.body)
            self.assertEqual(s.health().status, 503)
            self.assertEqual(s.post("/v1/blocks", json.dumps({"entry": "000003", "name": "n", "message": "m", "reason": "r"})).status, 500)

            r = s.cli("store", "restored", "--db", s.db, "--why", "drill", "--json")
            self.assertEqual(json.loads(r.stdout), {"epoch": 2})
            s.wait_for(lambda: asked().headers["Firpath-Epoch"] == "2")
            after = asked()
            self.assertEqual([h["entry"] for h in after.json()["hops"]], ["000002", "000003", "000005"])
            self.assertNotEqual(after.headers["ETag"], before.headers["ETag"])
            self.assertEqual(after.json()["revision"], before.json()["revision"])
            for _ in range(20):  # every thread, and what it kept
                self.assertEqual((asked().body, asked().headers["Firpath-Epoch"]), (after.body, "2"))
            self.assertEqual(s.get("/v1/entries/1", headers={"If-None-Match": before.headers["ETag"]}).status, 200)
            self.assertEqual(s.health().status, 200)
            self.assertEqual(s.import_statements(statements_csv().replace(b"RN-1", b"RN-9")).headers["Firpath-Epoch"], "2")


class AsAt(unittest.TestCase):
    """Answers that were recorded while the catalogue was edited come again with at=, byte for byte."""

    PATHS = ("/v1/path?from=1&to=4", "/v1/path?from=1&to=latest", "/v1/path/check?from=1&to=3", "/v1/path?from=7&to=9",
             "/v1/path?from=1082:00B10100:00000001&to=9", "/v1/entries?q=1081", "/v1/entries?status=Current&limit=3",
             "/v1/entries/3", "/v1/models", "/v1/models?limit=1", "/v1/models/1081:00A10102", "/v1/models/1081:00A10102/graph",
             "/v1/graph?model=1081:00A10102", "/v1/lint", "/v1/export/cpl", "/v1/export/statements", "/v1/export/fir",
             "/v1/entries/3/history", "/v1/changes", "/v1/changes?order=newest&limit=1",
             "/entries/3", "/models", "/search?q=1081", "/path?from=1&to=4")

    def test_what_was_answered_is_answered_again_as_at_then(self):
        from service import SAMPLE
        with Service() as s:
            lines = statements_csv().decode().splitlines(keepends=True)
            edits = [("cpl", cpl_csv()), ("statements", statements_csv()),
                     ("statements", "".join([lines[0], "000004,bases,000002,secas,S,2024-01-01,,x,y\n"]).encode()),
                     ("cpl", cpl_csv()),  # unchanged: only the time of the last look moves
                     ("statements", "".join([lines[0], "000003,block,,secas,S,2024-01-01,,stop,y\n"]).encode()),
                     ("cpl", cpl_csv([*SAMPLE, (10, "Current", *SAMPLE[8][2:7], "00000003", True)], version="9.002",
                                     issued="22-09-2022")),
                     ("statements", "".join([lines[0], "000010,bases,000009,secas,S,2024-01-01,,x,y\n"]).encode()),
                     ("cpl", cpl_csv([*[(n, "Removed" if n == 2 else st, *rest) for n, st, *rest in SAMPLE],
                                      (10, "Removed", *SAMPLE[8][2:7], "00000003", True)], version="9.003",
                                     issued="23-09-2022"))]
            seen = []
            for feed, body in edits:
                r = s.post(f"/v1/imports?feed={feed}&accept=yes", body, "text/csv")
                self.assertIn(r.status, (200, 201), r)
                time.sleep(0.01)
                now = time.time()
                at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z"
                seen.append((at, {p: self.told(s, p, at) for p in self.PATHS}))
                time.sleep(0.01)
            self.assertFalse([p for _, m in seen for p, was in m.items() if b"unknown-parameter" in was])
            self.assertGreater(len({json.dumps(sorted((k, v.decode()) for k, v in m.items())) for _, m in seen}), 6)
            for at, answers in seen:
                for p, was in answers.items():
                    with self.subTest(at=at, path=p):
                        self.assertEqual(self.told(s, p, at), was)

    def test_two_moments_differ_by_what_was_changed_by_whom_and_why(self):
        from service import SAMPLE
        lines = statements_csv().decode().splitlines(keepends=True)
        with Service() as s:
            s.import_sample()
            head = s.get("/v1/audit/head").json()["revision"]
            rows = [(n, "Removed" if n == 2 else st, *rest) for n, st, *rest in SAMPLE if n != 7] + [
                (7, *SAMPLE[6][1:7], "00000009", True), (10, "Current", *SAMPLE[8][2:7], "00000003", True)]
            body = cpl_csv(sorted(rows), version="9.002", issued="22-09-2022")
            self.assertEqual(s.post("/v1/imports?feed=cpl&accept=yes&why=because", body, "text/csv").status, 201)
            new = "".join([lines[0], "000004,bases,000002,secas,S,2024-01-01,,x,y\n"]).encode()
            self.assertEqual(s.import_statements(new).status, 201)
            r = s.get(f"/v1/diff?at=r{head}")
            d = r.json()
            self.assertEqual((d["from"], d["to"], d["more"], d["passing"]), (head, head + 2, False, 0))
            self.assertEqual([x["why"] for x in d["revisions"]][:1], ["because"])
            self.assertEqual({(x["entry"], x["change"]) for x in d["entries"]},
                             {("000002", "removed"), ("000007", "edited"), ("000010", "added")})
            fields = {f["field"]: (f["before"], f["after"]) for x in d["entries"] if x["entry"] == "000007" for f in x["fields"]}
            self.assertEqual(fields["Device_Model.firmware_version"], ("00000001", "00000009"))
            self.assertEqual([(x["entry"], x["change"], x["bases"]) for x in d["statements"]],
                             [("000004", "begun", ["000002"]), ("000004", "ended", ["000003"])])
            cli = firpath("diff", "--at", f"r{head}", "--at", f"r{head + 2}", "--db", s.db, "--json")
            self.assertEqual(cli.stdout.encode(), r.body)
            self.assertIn("000007  edited", firpath("diff", "--at", f"r{head}", "--server", f"http://127.0.0.1:{s.port}").stdout)
            for query, status in ((f"at=r{head}&to=r{head}", 200), ("at=r2&to=r1", 400), ("at=r99", 404), ("at=rx", 400),
                                  ("", 400), ("at=2020-01-01", 200), ("at=2020-13-01", 400)):
                self.assertEqual(s.get("/v1/diff?" + query).status, status, query)
            self.assertEqual(s.get(f"/v1/diff?at=r{head}&to=r{head}").json()["entries"], [])

    def test_T36_the_public_audit_has_catalogue_rows_without_names_and_people_their_own(self):
        with Service() as s:
            s.import_sample()
            s.people()
            self.assertEqual(s.as_role("editor").post("/v1/tokens", {"label": "canary"}).status, 201)
            # What changes the catalogue, by somebody with an account.
            r = s.as_role("editor").post("/v1/imports?feed=cpl", cpl_csv(version="9.002", issued="22-09-2022"), "text/csv")
            self.assertIn(r.status, (200, 201, 202), r)
            rows = {who: s.as_role(who).get("/v1/audit?limit=500").json()["rows"] for who in ("public", "editor", "supplier", "auditor")}
            self.assertTrue(all(x["revision"] for x in rows["public"]))
            self.assertEqual([x["who"] for x in rows["public"] if ":" in x["who"] and x["who"].split(":")[0] in ("user", "token")], [])
            self.assertNotIn("canary", json.dumps(rows["public"]) + json.dumps(rows["supplier"]))
            self.assertIn("canary", json.dumps(rows["auditor"]))
            self.assertGreater(len(rows["auditor"]), len(rows["supplier"]))
            self.assertEqual(s.as_role("public").get("/v1/audit?who=user:editor").status, 401)
            found = s.as_role("auditor").get("/v1/audit?action=token-add&order=newest&limit=1").json()["rows"]
            self.assertEqual([x["action"] for x in found], ["token-add"])
            self.assertEqual(s.as_role("supplier").get("/v1/audit/verify").status, 403)
            self.assertTrue(s.as_role("auditor").get("/v1/audit/verify").json()["ok"])

    def test_two_moments_differ_by_what_stands_beside_the_statements(self):
        with Service(conf={"confirm_every": "80d"}) as s:
            s.import_sample()
            s.people()
            start = s.get("/v1/audit/head").json()["revision"]

            def publish(*items):
                r = s.as_role("editor").post("/v1/proposals", {"title": "T", "reason": "R", "items": list(items)})
                self.assertEqual(r.status, 201, r)
                p = r.json()
                r = s.as_role("approver").post(f"/v1/proposals/{p['proposal']}/approve", {"hash": p["hash"]},
                                               headers={"If-Match": s.as_role("editor").get(f"/v1/proposals/{p['proposal']}").headers["ETag"]})
                self.assertEqual((r.status, r.json()["state"]), (200, "published"), r)

            def beside(frm, to):
                d = s.get(f"/v1/diff?at=r{frm}&to=r{to}").json()
                return {k: [(x["change"], x["revision"] - start, *(x[f] for f in fields)) for x in d[k]] for k, fields in
                        (("disputes", ("entry", "reason")), ("excerpts", ("entry", "document", "text")),
                         ("contacts", ("entry", "manufacturer", "name")), ("settings", ("setting", "seconds")))}, d["passing"]

            excerpt = {"entry": "000002", "kind": "excerpt", "document": "RN-2", "owner": "Example Meters"}
            publish({**excerpt, "text": "Install <b>first</b>."},
                    {"manufacturer": "1081", "kind": "contact", "name": "Firmware desk", "email": "desk@example.com"})
            publish({**excerpt, "text": "Install second."})
            r = s.as_role("supplier").post("/v1/callouts", {"kind": "wrong", "entry": "3", "text": "It failed."})
            at = f"/v1/callouts/{r.json()['callout']}"
            self.assertEqual(s.as_role("editor").post(at + "/dispute", {"text": "Two documents disagree."}).status, 200)
            self.assertEqual(s.as_role("editor").post(at + "/settle", {"text": "They agree."}).status, 200)
            s.stop()
            s.conf["confirm_every"] = "30d"
            s.write_conf()
            s.start()
            said = ("000002", "RN-2", "Install <b>first</b>.")
            none = {"disputes": [], "excerpts": [], "contacts": [], "settings": []}
            self.assertEqual(beside(start, start), (none, 0))
            self.assertEqual(beside(start, start + 1), ({**none, "excerpts": [("begun", 1, *said)],
                                                         "contacts": [("begun", 1, None, "1081", "Firmware desk")]}, 0))
            self.assertEqual(beside(start + 1, start + 2), ({**none, "excerpts": [
                ("ended", 2, *said), ("begun", 2, "000002", "RN-2", "Install second.")]}, 0))
            self.assertEqual(beside(start + 2, start + 3), ({**none, "disputes": [("begun", 3, "000003", "Two documents disagree.")]}, 0))
            self.assertEqual(beside(start + 3, start + 4), ({**none, "disputes": [("ended", 4, "000003", "Two documents disagree.")]}, 0))
            self.assertEqual(beside(start + 4, start + 5), ({**none, "settings": [
                ("ended", 5, "confirm_every", 80 * 86400), ("begun", 5, "confirm_every", 30 * 86400)]}, 0))
            whole, passing = beside(start, start + 5)
            self.assertEqual((passing, whole["disputes"], len(whole["excerpts"])), (2, [], 1))  # the dispute, the first excerpt
            page = s.get(f"/changes/diff?at=r{start}&to=r{start + 5}").body.decode()
            for text in ("Install second.", "Firmware desk", "confirm_every", "2 more began and ended"):
                self.assertIn(text, page)
            page = s.get(f"/changes/diff?at=r{start}&to=r{start + 3}").body.decode()
            self.assertIn("Two documents disagree.", page)
            self.assertIn("Install &lt;b&gt;first", s.get(f"/changes/diff?at=r{start}&to=r{start + 1}").body.decode())
            shown = s.cli("diff", "--at", f"r{start}", "--at", f"r{start + 5}", "--db", s.db).stdout
            for text in ("Contacts: 1", "1081  begun  Firmware desk, desk@example.com", "Settings: 2", "2 statements or what stands"):
                self.assertIn(text, shown)

    def test_T36_who_made_a_change_is_told_to_those_who_are_signed_in_only(self):
        """Changes, history, imports, differences and their pages: nobody's name, and no token's, is public."""
        from service import SAMPLE
        with Service() as s:
            s.import_sample()
            s.people()
            # An entry is another one now: that is held, and two persons accept it.
            rows = [(n, st, *rest[:-2], "00000009", True) if n == 7 else (n, st, *rest) for n, st, *rest in SAMPLE]
            new = cpl_csv(rows, version="9.002", issued="22-09-2022")
            r = s.as_role("editor").post("/v1/imports?feed=cpl&why=canary", new, "text/csv")
            self.assertIn(r.status, (200, 201, 202), r)
            n = r.json()["import"]
            if r.json()["state"] != "applied":
                for who in ("editor", "approver"):
                    r = s.as_role(who).post(f"/v1/imports/{n}/accept?hash={s.get(f'/v1/imports/{n}').json()['report_sha256']}&why=seen")
                    self.assertEqual(r.status, 200, r)
            paths = {"/v1/changes": True, "/v1/changes?order=newest": True, "/v1/changes.atom": False, "/v1/diff?at=r0": True,
                     "/v1/imports": True, f"/v1/imports/{n}": True, "/v1/audit": True, "/changes": True, "/changes/diff?at=r0": True,
                     "/": False, "/v1/entries/1/history": False, "/entries/1": False}
            for path, named in paths.items():
                nobody, person = s.as_role("public").get(path), s.as_role("supplier").get(path)
                self.assertEqual((nobody.status, person.status), (200, 200), path)
                for login in ("editor", "approver"):
                    for name in (f"user:{login}", f"token:{login}", f"{login}/", f"{login} (token"):
                        self.assertNotIn(name, nobody.body.decode(), path)
                if named:
                    self.assertRegex(person.body.decode(), r"(editor|approver)(/test| \(token test\))", path)

    def test_T32_the_audit_tells_what_is_an_organisations_own_to_it_and_to_overseers_only(self):
        with Service() as s:
            s.import_sample()
            s.people()
            supplier = s.as_role("supplier")
            self.assertEqual(supplier.post("/v1/webhooks", {"label": "canary", "url": "https://canary.example.org/"}).status, 201)
            self.assertEqual(supplier.post("/v1/watch", {"kind": "manufacturer", "subject": "1082"}).status, 201)
            browser = s.session("supplier")
            self.assertEqual(browser.post_form("/bulk", {"list": "canary,00A10102,00010000", "to": "latest", "view": "save",
                                                         "name": "canary"}).status, 303)
            draft = {"title": "canary", "reason": "canary", "draft": True, "items": [{"kind": "any", "entry": "000005"}]}
            self.assertEqual(s.as_role("manufacturer").post("/v1/proposals", draft).status, 201)
            own = {"webhook-add", "watch-add", "list-save"}
            for who in ("public", "editor", "approver", "ssc", "supplier2", "manufacturer2"):
                rows = s.as_role(who).get("/v1/audit?limit=500").json()["rows"]
                self.assertNotIn("canary", json.dumps(rows), who)
                self.assertEqual(own & {x["action"] for x in rows}, set(), who)
            for who in ("supplier", "operator", "auditor"):
                rows = s.as_role(who).get("/v1/audit?limit=500").json()["rows"]
                self.assertLessEqual(own, {x["action"] for x in rows}, who)

    @staticmethod
    def told(s, p, at):
        r = s.get(p + ("&" if "?" in p else "?") + "at=" + at)
        if r.status not in (200, 300):
            return json.dumps({k: v for k, v in r.json().items() if k != "trace"}).encode()
        return str(r.status).encode() + re.sub(rb'at=2[^&">]*', b"at=", r.body)


if __name__ == "__main__":
    unittest.main()

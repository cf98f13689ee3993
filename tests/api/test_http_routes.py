#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What each route does: paths, bulk, lists, imports, exports, fleet, images, campaigns and their events."""

import csv
import io
import json
import re
import socket
import time
import unittest

from service import SAMPLE, Service, cpl_csv, image, sha, statements_csv

HASH = sha(image(2))


class Reading(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = Service()
        cls.s.import_sample()

    @classmethod
    def tearDownClass(cls):
        cls.s.close()

    # Paths

    def test_a_path_is_answered_as_promised(self):
        a = self.s.get("/v1/path?from=000001&to=000004").json()
        self.assertEqual(list(a), ["result", "from", "to", "hops", "alternatives", "oldest_confirmed_on", "warnings", "revision", "as_at", "cpl",
                                   "notice"])
        self.assertEqual(a["result"], "path")
        self.assertEqual([h["entry"] for h in a["hops"]], ["000002", "000003", "000004"])
        self.assertEqual([h["base"] for h in a["hops"]], ["000001", "000002", "000003"])
        hop = a["hops"][2]
        self.assertEqual((hop["n"], hop["version"], hop["hash"], hop["pushable"], hop["why"]),
                         (3, "00020000", sha(image(4)), True, "stated"))
        self.assertEqual((hop["statement"]["kind"], hop["statement"]["source"], hop["statement"]["excerpt"]),
                         ("bases", "secas", 'Install over 1.2, "only".'))
        self.assertEqual(a["revision"], 2)
        self.assertEqual(a["cpl"]["version"], "9.001")
        self.assertIn("does not replace", a["notice"])

    def test_identities_are_read_as_people_write_them(self):
        want = self.s.get("/v1/path?from=000001&to=000004").json()["hops"]
        for start in ("1", "cpl:000001", "1081:00A10102:00010000", "1081:00a10102:10000", "10:81:00:A1:01:02:00:01:00:00"):
            r = self.s.get("/v1/path?from=" + start.replace(":", "%3A") + "&to=cpl%3A4")
            self.assertEqual((r.status, r.json()["hops"] if r.status == 200 else r), (200, want), start)

    def test_the_other_answers(self):
        for query, status, result in (("from=4&to=4", 200, "already"), ("from=1&to=5", 200, "none"),
                                      ("from=1082:00B10100:00000001&to=9", 300, "ambiguous"),
                                      ("from=1&to=latest", 200, "path")):
            r = self.s.get("/v1/path?" + query)
            self.assertEqual((r.status, r.json()["result"]), (status, result), query)
        none = self.s.get("/v1/path?from=1&to=5").json()
        self.assertEqual((none["why"], none["furthest"]), ("unknown", "000004"))
        for query, status, code in (("from=1&to=999999", 404, "not-found"), ("from=x&to=4", 400, "identity-syntax"),
                                    ("from=1", 400, "invalid-input"), ("to=1", 400, "invalid-input"), ("", 400, "invalid-input"),
                                    ("from=1&to=", 400, "invalid-input"), ("from=1&to=4&prefer=luck", 400, "invalid-input"),
                                    ("from=1&to=4&at=yesterday", 400, "invalid-input"),
                                    ("from=1&to=4&allow_removed=yes", 400, "invalid-input")):
            r = self.s.get("/v1/path?" + query)
            self.assertEqual((r.status, r.json()["code"]), (status, code), query)

    def test_check_tells_the_verdict(self):
        for query, verdict in (("from=1&to=2", "allowed"), ("from=1&to=4", "not-direct"), ("from=4&to=1", "forbidden"),
                               ("from=1&to=5", "unknown"), ("from=1082:00B10100:00000001&to=9", "ambiguous")):
            self.assertEqual(self.s.get("/v1/path/check?" + query).json()["verdict"], verdict, query)

    def test_an_earlier_time_gives_the_earlier_catalogue(self):
        with Service() as s:
            s.import_cpl(cpl_csv())
            time.sleep(1.1)
            s.import_statements(statements_csv())
            at = s.get("/v1/changes").json()["changes"][0]["at"]
            self.assertEqual(s.get("/v1/path?from=1&to=2").json()["result"], "path")
            a = s.get("/v1/path?from=1&to=2&at=" + at).json()
            self.assertEqual((a["result"], a["why"], a["revision"]), ("none", "unknown", 1))
            r = s.get("/v1/entries?at=2001-01-01")
            self.assertEqual((r.status, r.json()["code"]), (404, "not-found"))

    # Bulk

    def test_bulk_answers_each_row(self):
        rows = "device,from,to\r\na,1,4\r\nb,4,4\r\nc,1,5\r\nd,1082:00B10100:00000001,9\r\ne,nonsense,4\r\nf,1,999999\r\n"
        r = self.s.post("/v1/path/bulk", rows, "text/csv")
        self.assertEqual((r.status, r.headers["Content-Type"]), (200, "text/csv; charset=utf-8"))
        out = list(csv.DictReader(io.StringIO(r.body.decode())))
        self.assertEqual([(o["device"], o["result"]) for o in out],
                         [("a", "path"), ("b", "already"), ("c", "none"), ("d", "ambiguous"), ("e", "error"), ("f", "error")])
        self.assertEqual((out[0]["hops"], out[0]["next"]), ("000002 000003 000004", "000002"))
        self.assertEqual((out[4]["why"], out[5]["why"]), ("identity-syntax", "not-found"))
        self.assertEqual(out[3]["candidates"], "000007 000008")

    def test_bulk_speaks_ndjson_too(self):
        r = self.s.post("/v1/path/bulk", '{"device":"a","from":"1","to":"4"}\n{"from":"x","to":"4"}\n', "application/x-ndjson")
        self.assertEqual(r.headers["Content-Type"], "application/x-ndjson")
        a, b = (json.loads(line) for line in r.body.splitlines())
        self.assertEqual((a["device"], a["result"], b["result"], b["why"]), ("a", "path", "error", "identity-syntax"))

    def test_bulk_without_sense_is_one_error(self):
        for body in ("wrong,header\r\n1,2\r\n", "\r\n", "device,from,to\r\n" + "x" * 17000):
            r = self.s.post("/v1/path/bulk", body, "text/csv")
            self.assertEqual(r.status // 100, 4, body[:30])

    def test_bulk_answers_while_it_reads(self):
        """The first answers come before the last questions were sent: nothing is held back, whatever the size."""
        row = b"d,1,4\r\n" * 500
        with socket.create_connection(("127.0.0.1", self.s.port), timeout=10) as c:
            c.sendall(b"POST /v1/path/bulk HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n"
                      b"Transfer-Encoding: chunked\r\n\r\n")
            c.sendall(b"10\r\ndevice,from,to\r\n\r\n")
            for _ in range(10):
                c.sendall(b"%x\r\n" % len(row) + row + b"\r\n")
            early = c.recv(65536)
            self.assertTrue(early.startswith(b"HTTP/1.1 200 "), early[:100])
            c.sendall(b"0\r\n\r\n")
            got = early
            while piece := c.recv(65536):
                got += piece
        self.assertTrue(got.endswith(b"0\r\n\r\n"))
        self.assertEqual(got.count(b"d,1,4,path,"), 5000)

    def test_ten_thousand_rows_take_less_than_five_seconds(self):
        body = "device,from,to\r\n" + "".join(f"meter-{i},1081:00A10102:00010000,latest\r\n" for i in range(10000))
        begun = time.monotonic()
        r = self.s.post("/v1/path/bulk", body, "text/csv")
        took = time.monotonic() - begun
        self.assertEqual((r.status, r.body.count(b"\n")), (200, 10001))
        self.assertLess(took, 5)

    # Lists

    def test_lists_are_walked_by_their_links(self):
        seen, path = [], "/v1/entries?limit=2"
        while path:
            r = self.s.get(path)
            self.assertEqual(r.status, 200, r)
            seen += [e["entry"] for e in r.json()["entries"]]
            links = dict((rel, target) for target, rel in re.findall(r'<([^>]+)>; rel="(\w+)"', r.headers["Link"]))
            self.assertIn("first", links)
            self.assertEqual("next" in links, r.json()["next"] is not None)
            path = links.get("next")
        self.assertEqual(seen, [f"{row[0]:06d}" for row in SAMPLE])

    def test_every_list_keeps_its_limit_and_refuses_foreign_cursors(self):
        for path in ("/v1/entries", "/v1/models", "/v1/changes", "/v1/audit", "/v1/imports", "/v1/devices", "/v1/sites",
                     "/v1/campaigns"):
            for limit, status in (("1", 200), ("500", 200), ("501", 400), ("0", 400), ("-1", 400), ("x", 400), ("1e2", 400)):
                self.assertEqual(self.s.get(f"{path}?limit={limit}").status, status, (path, limit))
            for cursor in ("zz", "616g", "'", "1;drop", "-1"):
                self.assertEqual(self.s.get(f"{path}?cursor={cursor}").status, 400, (path, cursor))
        r = self.s.get("/v1/models?limit=1").json()
        self.assertEqual(self.s.get("/v1/entries?cursor=" + r["next"]).status, 400)  # of another list

    def test_entries_are_found_by_any_field(self):
        for query, want in (("manufacturer=1082", ["000007", "000008", "000009"]), ("status=Removed", ["000006"]),
                            ("version=00000001", ["000007", "000008"]), ("hash=" + HASH, ["000002"]),
                            ("hash=" + HASH.lower(), ["000002"]), ("model=00A1&status=Current&version=00030000", ["000005"]),
                            ("device_type=Gas+Smart+Meter&limit=1", ["000007"]), ("q=00030000", ["000005"])):
            got = [e["entry"] for e in self.s.get("/v1/entries?" + query).json()["entries"]]
            self.assertEqual(got, want, query)

    def test_an_entry_and_its_history(self):
        e = self.s.get("/v1/entries/2").json()
        self.assertEqual((e["entry"], e["model_id"], e["hash"], e["path"]), ("000002", "1081:00A10102", HASH, "bases"))
        h = self.s.get("/v1/entries/000002/history").json()
        self.assertEqual(h["entry"], "000002")
        self.assertEqual([x["from_revision"] for x in h["states"]], [1])
        self.assertEqual([(x["kind"], x["bases"]) for x in h["statements"]], [("bases", ["000001"])])
        for path, status in (("/v1/entries/999999", 404), ("/v1/entries/x", 400), ("/v1/entries/0", 400),
                             ("/v1/entries/1081:00A10102:00010000", 400), ("/v1/entries/latest", 400),
                             ("/v1/entries/999999/history", 404)):
            self.assertEqual(self.s.get(path).status, status, path)

    def test_history_tells_every_change(self):
        with Service() as s:
            s.import_sample()
            changed = [r if r[0] != 2 else (2, "Removed", *r[2:]) for r in SAMPLE]
            r = s.import_cpl(cpl_csv(changed, version="9.002", issued="22-09-2022"), "&accept=yes")
            self.assertEqual(r.status, 201, r)
            s.import_statements("entry,kind,bases,source,author\n000003,bases,000001,secas,Somebody\n")
            h = s.get("/v1/entries/2/history").json()["states"]
            self.assertEqual([(x["status"], x["from_revision"], x["to_revision"]) for x in h],
                             [("Current", 1, 3), ("Removed", 3, None)])
            h = s.get("/v1/entries/3/history").json()["statements"]
            self.assertEqual([(x["bases"], x["from_revision"], x["to_revision"]) for x in h],
                             [(["000002"], 2, 4), (["000001"], 4, None)])
            c = s.get("/v1/changes").json()["changes"]
            self.assertEqual([x["revision"] for x in c], [1, 2, 3, 4])
            self.assertEqual([(e["entry"], e["change"], e["status"]) for e in c[2]["entries"]],
                             [("000002", "changed", "Removed")])
            self.assertEqual([(x["entry"], x["change"]) for x in c[3]["statements"]],
                             [("000003", "stated"), ("000003", "ended")])
            self.assertEqual([x["revision"] for x in s.get("/v1/changes?since=2").json()["changes"]], [3, 4])
            newest = s.get("/v1/changes?order=newest&limit=1").json()
            self.assertEqual([x["revision"] for x in newest["changes"]], [4])
            older = s.get("/v1/changes?order=newest&limit=1&cursor=" + newest["next"]).json()
            self.assertEqual([x["revision"] for x in older["changes"]], [3])

    def test_models_and_graphs(self):
        models = self.s.get("/v1/models").json()["models"]
        self.assertEqual([m["id"] for m in models], ["1081:00A10102", "1082:00B10100"])
        for name in ("1081:00A10102", "1081:00a10102", "cpl:1081:00A10102", "108100A10102"):
            self.assertEqual(self.s.get("/v1/models/" + name).json()["id"], "1081:00A10102")
        for name in ("1081:00A10103", "x", "1081:00A101022", "1081:00A1010"):
            self.assertEqual(self.s.get("/v1/models/" + name).status, 404, name)
        g = self.s.get("/v1/models/1081:00A10102/graph").json()
        self.assertEqual(len(g["nodes"]), 6)
        c = self.s.get("/v1/graph?model=1081:00A10102").json()
        self.assertEqual(c["edges"], [[0, 1], [1, 2], [2, 3]])
        self.assertEqual(self.s.get("/v1/graph").status, 400)

    def test_lint_finds_what_is_wrong(self):
        codes = {f["code"] for f in self.s.get("/v1/lint").json()["findings"]}
        self.assertLessEqual({"unknown", "ambiguous"}, codes)

    def test_exports_are_what_was_imported(self):
        r = self.s.get("/v1/export/cpl")
        self.assertEqual((r.body, r.headers["Content-Type"]), (cpl_csv(), "text/csv; charset=utf-8"))
        self.assertEqual(r.headers["Content-Disposition"], 'attachment; filename="cpl-r2.csv"')
        r = self.s.get("/v1/export/statements")
        self.assertEqual(r.body, statements_csv().replace(b"\n", b"\r\n"))
        self.assertEqual(self.s.get("/v1/export/fir").body.count(b"\n"), 10)

    def test_the_audit_chain_is_told_and_verified(self):
        rows = self.s.get("/v1/audit").json()["rows"]
        self.assertEqual([r["action"] for r in rows[:2]], ["import-cpl", "import-statements"])
        self.assertEqual((rows[0]["prev_hash"], rows[1]["prev_hash"]), ("0" * 64, rows[0]["hash"]))
        v = self.s.get("/v1/audit/verify").json()
        self.assertEqual((v["ok"], v["bad"], v["head"]), (True, None, rows[-1]["hash"]))

    def test_limits_are_told(self):
        limits = self.s.get("/v1/limits").json()
        self.assertEqual((limits["list_limit"], limits["target_bytes"], limits["headers"]), (500, 8192, 63))
        self.assertTrue(all(isinstance(v, int) and v > 0 for v in limits.values()), limits)


class Imports(unittest.TestCase):
    def test_a_dry_run_changes_nothing(self):
        with Service() as s:
            r = s.import_cpl(cpl_csv(), "&dry_run=yes")
            self.assertEqual((r.status, r.json()["state"], r.json()["counts"]["added"]), (200, "dry-run", 9))
            self.assertEqual(s.get("/v1/entries").json()["entries"], [])
            self.assertEqual(s.get("/v1/audit").json()["rows"], [])

    def test_the_same_file_again_changes_nothing(self):
        with Service() as s:
            s.import_sample()
            r = s.import_cpl(cpl_csv())
            self.assertEqual((r.status, r.json()["state"]), (200, "unchanged"))
            self.assertEqual(s.get("/v1/entries").json()["revision"], 2)

    def test_a_gate_holds_an_import_until_somebody_decides(self):
        with Service() as s:
            s.import_sample()
            bad = [(*r[:7], "0FFFFFFF", r[8]) if r[0] < 4 else r for r in SAMPLE]
            r = s.import_cpl(cpl_csv(bad, version="9.002", issued="22-09-2022"))
            self.assertEqual((r.status, r.json()["state"]), (202, "held"), r)
            where = r.headers["Location"]
            self.assertEqual(s.get("/v1/entries/1").json()["version"], "00010000")
            self.assertEqual(s.get(where).json()["state"], "held")
            self.assertEqual(s.post(where + "/accept?why=checked").status, 200)
            self.assertEqual(s.get("/v1/entries/1").json()["version"], "0FFFFFFF")
            self.assertEqual(s.post(where + "/accept").status, 409)
            self.assertEqual(s.post(where + "/reject").status, 409)
            r = s.import_cpl(cpl_csv(version="9.003", issued="23-09-2022"))
            self.assertEqual(r.status, 202)
            self.assertEqual(s.post(r.headers["Location"] + "/reject").json()["state"], "rejected")
            self.assertEqual(s.get("/v1/entries/1").json()["version"], "0FFFFFFF")
            self.assertEqual(s.post("/v1/imports/999/accept").status, 404)
            self.assertEqual(s.post("/v1/imports/x/accept").status, 404)

    def test_bad_files_name_line_and_column_and_change_nothing(self):
        with Service() as s:
            s.import_sample()
            before = s.get("/v1/audit").body
            r = s.import_statements("entry,kind,bases,source,author\n000001,bases,999999,secas,A\n000002,wrong,,secas,A\n")
            self.assertEqual(r.status, 400)
            errors = r.json()["errors"]
            self.assertGreaterEqual(len(errors), 2)
            self.assertEqual({x["line"] for x in errors}, {2, 3})
            self.assertTrue(all(x["detail"] and x["code"] for x in errors))
            r = s.import_cpl(cpl_csv().replace(b"000003", b"00000X"))
            self.assertEqual((r.status, r.json()["errors"][0]["line"]), (400, 4))
            for data in (b"PK\x03\x04broken", b"\x00\x01\x02", b"a\r\nb\r\n"):
                self.assertEqual(s.import_cpl(data).status, 400, data)
            self.assertEqual(s.get("/v1/audit").body, before)

    def test_the_parameters_of_an_import_are_checked(self):
        with Service() as s:
            for path in ("/v1/imports", "/v1/imports?feed=x", "/v1/imports?feed=cpl&dry_run=perhaps"):
                self.assertEqual(s.post(path, cpl_csv(), "text/csv").status, 400, path)
            self.assertEqual(s.post("/v1/imports?feed=cpl").status, 415)
            self.assertEqual(s.post("/v1/imports?feed=cpl", headers={"Content-Type": "text/csv"}).status, 400)

    def test_large_bodies_are_taken_a_few_at_a_time(self):
        with Service(conf={"request_timeout": "3s"}) as s:
            head = (b"POST /v1/imports?feed=cpl HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n"
                    b"Content-Length: 3000000\r\n\r\n")
            slow = [socket.create_connection(("127.0.0.1", s.port)) for _ in range(2)]
            for c in slow:
                c.sendall(head + b"x" * 1000)
            s.wait_for(lambda: "firpath_http_running 2\n" in s.health("/metrics").body.decode())
            self.assertTrue(s.raw(head, timeout=2).startswith(b"HTTP/1.1 503 "))
            self.assertEqual(s.import_cpl(cpl_csv()).status, 201)  # small ones pass
            for c in slow:
                c.close()


class Fleet(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = Service(conf={"write_burst": 10000})
        cls.s.import_sample()
        cls.s.put_images()
        cls.s.post("/v1/devices", "name,site,adapter,identity\n" + "".join(
            f"m-{i:02d},s-{i:02d},fake,1081:00A10102:00010000\n" for i in range(12)), "text/csv")

    @classmethod
    def tearDownClass(cls):
        cls.s.close()

    def test_devices_come_in_as_csv_or_ndjson(self):
        with Service() as s:
            s.import_sample()
            r = s.post("/v1/devices", "name,adapter,identity\na,fake,1081:00A10102:00010000\n", "text/csv")
            self.assertEqual((r.status, r.json()), (200, {"rows": 1, "added": 1, "changed": 0, "unchanged": 0}))
            r = s.post("/v1/devices", '{"name":"b","adapter":"fake","identity":"1081:00A10102:00010000"}\n',
                       "application/x-ndjson")
            self.assertEqual(r.json()["added"], 1)
            r = s.post("/v1/devices", "name,adapter\nc,fake\n\x7f bad,fake\n", "text/csv")
            self.assertEqual((r.status, r.json()["errors"][0]["line"]), (400, 3))
            self.assertEqual([d["name"] for d in s.get("/v1/devices").json()["devices"]], ["a", "b"])

    def test_devices_and_sites_are_listed(self):
        self.assertEqual(self.s.get("/v1/devices/m-03").json()["entry"], "000001")
        self.assertEqual(self.s.get("/v1/devices/nobody").status, 404)
        page = self.s.get("/v1/devices?limit=5&prefix=m-").json()
        self.assertEqual(len(page["devices"]), 5)
        r = self.s.get("/v1/devices?limit=5&prefix=m-")
        self.assertRegex(r.headers["Link"], r'<[^>]*prefix=m-&cursor=[^>]+>; rel="next"')
        self.assertEqual(len(self.s.get("/v1/sites?limit=500").json()["sites"]), 12)
        self.assertEqual(self.s.get("/v1/sites/s-03").status, 200)
        self.assertEqual(self.s.get("/v1/sites/nowhere").status, 404)

    def test_images_are_what_their_name_says(self):
        data = image(2)
        self.assertEqual(self.s.put("/v1/images/" + HASH, data).status, 200)  # it was there
        self.assertEqual(self.s.put("/v1/images/" + HASH, data + b"x").status, 422)
        self.assertEqual(self.s.put("/v1/images/" + sha(b"stranger"), b"stranger").status, 422)  # no entry has it
        self.assertEqual(self.s.put("/v1/images/xyz", data).status // 100, 4)
        for path in ("/v1/images/", "/bbum/v1/images/"):
            r = self.s.get(path + HASH)
            self.assertEqual((r.status, r.body, r.headers["Accept-Ranges"]), (200, data, "bytes"))
            self.assertEqual(self.s.get(path + HASH.lower()).headers["ETag"], r.headers["ETag"])
            self.assertEqual(self.s.get(path + sha(b"stranger")).status, 404)
            self.assertEqual(self.s.get(path + "..%2f..%2fetc%2fpasswd").status, 404)

    def test_images_are_served_in_ranges(self):
        data = image(2)
        path = "/bbum/v1/images/" + HASH
        tag = self.s.get(path).headers["ETag"]
        n = len(data)
        for rng, want in (("bytes=0-0", data[:1]), ("bytes=10-19", data[10:20]), (f"bytes={n - 5}-", data[-5:]),
                          ("bytes=-7", data[-7:]), (f"bytes=5-{n + 100}", data[5:]), (f"bytes=-{n + 5}", data)):
            r = self.s.get(path, {"Range": rng})
            self.assertEqual((r.status, r.body), (206, want), rng)
            first = n - len(want) if rng.startswith("bytes=-") else int(rng[6:].split("-")[0])
            self.assertEqual(r.headers["Content-Range"], f"bytes {first}-{first + len(want) - 1}/{n}")
        for rng in (f"bytes={n}-", f"bytes={n + 5}-{n + 9}", "bytes=-0"):
            r = self.s.get(path, {"Range": rng})
            self.assertEqual((r.status, r.headers["Content-Range"]), (416, f"bytes */{n}"), rng)
        for rng in ("bytes=5-4", "bytes=a-b", "bytes=1-2,5-6", "octets=1-2", "bytes=", "bytes=-", "bytes=99999999999999999999-"):
            self.assertEqual(self.s.get(path, {"Range": rng}).status, 200, rng)
        self.assertEqual(self.s.get(path, {"Range": "bytes=0-4", "If-Range": tag}).status, 206)
        self.assertEqual(self.s.get(path, {"Range": "bytes=0-4", "If-Range": '"other"'}).body, data)
        self.assertEqual(self.s.get(path, {"If-None-Match": tag}).status, 304)
        h = self.s.request("HEAD", path, headers={"Range": "bytes=0-4"})
        self.assertEqual((h.status, h.body, h.headers["Content-Length"]), (206, b"", "5"))

    def test_a_campaign_has_a_life(self):
        r = self.s.post("/v1/campaigns", {"name": "life", "target": "000004", "members": {"devices": ["m-00", "m-01"]}})
        self.assertEqual((r.status, r.json()["state"]), (201, "draft"), r)
        where = r.headers["Location"]
        self.assertEqual(self.s.get("/v1/campaigns/life").json()["id"], r.json()["id"])
        self.assertEqual(self.s.post(where + "/pause").status, 409)
        self.assertEqual(self.s.post(where + "/start?why=go").json()["state"], "running")
        self.assertIn(self.s.post(where + "/pause").status, (200, 409))
        self.assertEqual(self.s.post(where + "/stop").status, 200)
        over = self.s.wait_for(lambda: self.s.get(where + "/progress").json()["active"] == 0)
        self.assertTrue(over)
        self.assertEqual(self.s.post("/v1/campaigns/nothing/start").status, 404)
        self.assertEqual(len(self.s.get(where + "/cycles").json()["cycles"]), 2)
        report = [json.loads(line) for line in self.s.get(where + "/report").body.splitlines()]
        self.assertEqual({x["device"] for x in report}, {"m-00", "m-01"})

    def test_events_are_streamed_and_go_on_where_they_stopped(self):
        r = self.s.post("/v1/campaigns", {"name": "events", "target": "000002", "members": {"devices": ["m-02", "m-03"]}})
        where = r.headers["Location"]
        self.s.post(where + "/start")
        polled = self.s.wait_for(lambda: self.s.get(where + "/events?wait=5").json()["events"])
        self.assertTrue(polled)
        self.s.post(where + "/stop")
        self.s.wait_for(lambda: self.s.get(where + "/progress").json()["active"] == 0)
        events = self.s.get(where + "/events").json()
        last = events["last"]
        self.assertEqual(self.s.get(f"{where}/events?after={last}").json()["events"], [])
        r = self.s.get(where + "/events", {"Accept": "text/event-stream"})
        self.assertEqual(r.headers["Content-Type"], "text/event-stream")
        ids = [int(x) for x in re.findall(rb"^id: (\d+)$", r.body, re.M)]
        self.assertEqual(ids, list(range(1, last + 1)))
        self.assertRegex(r.body, rb"\nevent: end\ndata: \{.*\}\n\n$")
        for data in re.findall(rb"^data: (.*)$", r.body, re.M):
            json.loads(data)
        r = self.s.get(where + "/events", {"Accept": "text/event-stream", "Last-Event-ID": str(last - 1)})
        self.assertEqual([int(x) for x in re.findall(rb"^id: (\d+)$", r.body, re.M)], [last])
        self.assertEqual(self.s.get(where + "/events", {"Last-Event-ID": "x"}).status, 400)
        self.assertEqual(self.s.get(where + "/events?wait=31").status, 400)

    def test_event_streams_are_limited(self):
        where = self.s.post("/v1/campaigns", {"name": "crowd", "target": "000002", "members": {"devices": ["m-04"]}}).headers["Location"]
        open_ = []
        try:
            for _ in range(16):
                c = socket.create_connection(("127.0.0.1", self.s.port), timeout=10)
                c.sendall(f"GET {where}/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n".encode())
                self.assertTrue(c.recv(4096).startswith(b"HTTP/1.1 200 "))
                open_.append(c)
            r = self.s.get(where + "/events")
            self.assertEqual((r.status, r.json()["code"]), (503, "busy"))
            self.assertTrue(r.headers["Retry-After"])
            self.assertEqual(self.s.get(where).status, 200)
        finally:
            for c in open_:
                c.close()
        self.s.wait_for(lambda: self.s.get(where + "/events").status == 200)

    def test_bad_campaigns_are_refused(self):
        for body, status in (({"name": "x", "target": "999999", "members": {"filter": {}}}, (400, 404)),
                             ({"name": "x", "target": "000004"}, (400,)), ({"name": "", "target": "000004", "members": {"filter": {}}}, (400,)),
                             ({"name": "x", "target": "000004", "members": {"filter": {}}, "max_active": 0}, (400,)),
                             ({"name": "x", "target": "000004", "members": {"devices": ["nobody"]}}, (400, 404))):
            r = self.s.post("/v1/campaigns", body)
            self.assertIn(r.status, status, (body, r))
            self.assertTrue(r.json()["next"])


if __name__ == "__main__":
    unittest.main()

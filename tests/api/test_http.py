#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What every address of the service has in common: heads, validators, refusals, origins, limits, idempotency."""

import concurrent.futures
import json
import re
import signal
import subprocess
import os
import unittest

from service import BUILD, Service, cpl_csv, statements_csv

ROLES = {"public", "supplier", "manufacturer", "editor", "approver", "ssc", "cpo", "operator", "auditor", "device"}

LOCAL = {"public", "supplier", "editor", "cpo", "operator", "auditor", "device"}


def routes():
    """The route table as the program tells it: (method, pattern, role, flags, query, takes, body_max)."""
    text = subprocess.run([os.path.join(BUILD, "firpathd"), "--routes"], check=True, capture_output=True, text=True).stdout
    return [line.split("\t") for line in text.splitlines()]


def address(pattern):
    """Some address that fits the pattern."""
    return pattern.replace("{}", "1")


class Common(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = Service()
        cls.s.import_sample()
        # What is closed to this machine's operator is refused before anything else is looked at: test_roles.py
        cls.routes = [r for r in routes() if set(r[2].split()) & LOCAL]

    @classmethod
    def tearDownClass(cls):
        cls.s.close()

    def problem(self, r, status, code):
        if r.headers["Content-Type"].startswith("text/html"):  # of a page: the same, as a page
            self.assertEqual((r.status, f"code {code}," in r.body.decode()), (status, True), r)
            self.assertEqual(r.headers["Cache-Control"], "no-store")
            return None
        self.assertEqual((r.status, r.headers["Content-Type"]), (status, "application/problem+json"), r)
        p = r.json()
        for member in ("type", "title", "status", "detail", "code", "next", "trace"):
            self.assertTrue(p.get(member), (member, p))
        self.assertEqual((p["status"], p["code"]), (status, code), p)
        self.assertEqual(p["trace"], r.headers["Request-Id"])
        self.assertEqual(r.headers["Cache-Control"], "no-store")
        return p

    # Heads

    def test_T26_no_route_may_be_framed_or_read_by_others(self):
        for method, pattern, *_ in self.routes:
            for m in {method, "HEAD" if method == "GET" else method}:
                with self.subTest(route=f"{m} {pattern}"):
                    r = self.s.request(m, address(pattern), headers={"Origin": "https://evil.example"})
                    for name in r.headers:
                        self.assertFalse(name.lower().startswith("access-control-"), name)
                    self.assertIn("frame-ancestors 'none'", r.headers["Content-Security-Policy"])
                    self.assertIn("default-src 'none'", r.headers["Content-Security-Policy"])
                    self.assertEqual(r.headers["X-Content-Type-Options"], "nosniff")
                    self.assertRegex(r.headers["Request-Id"], r"^[0-9a-f]{16}$")
                    self.assertRegex(r.headers["Date"], r"^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$")
                    self.assertIsNone(r.headers["Server"])
                    self.assertTrue(r.headers["Cache-Control"])

    def test_head_gives_the_head_of_get(self):
        for method, pattern, _, flags, query, *_ in self.routes:
            if method != "GET" or "{}" in pattern or pattern == "/v1/audit/verify":
                continue
            path = address(pattern)
            if pattern in ("/v1/path", "/v1/path/check"):
                path += "?from=1&to=4"
            with self.subTest(path):
                g, h = self.s.get(path), self.s.request("HEAD", path)
                self.assertEqual((h.status, h.body), (g.status, b""))
                for name in ("Content-Length", "Content-Type", "ETag", "Cache-Control"):
                    self.assertEqual(h.headers[name], g.headers[name], name)

    def test_request_ids_differ(self):
        ids = {self.s.get("/v1/path?from=1&to=4").headers["Request-Id"] for _ in range(50)}
        self.assertEqual(len(ids), 50)

    # Validators

    def test_every_get_has_a_strong_validator_and_304(self):
        seen = 0
        for method, pattern, _, flags, *_ in self.routes:
            if method != "GET" or "no-etag" in flags:
                continue
            path = address(pattern)
            if pattern in ("/v1/path", "/v1/path/check"):
                path += "?from=1&to=4"
            if pattern.startswith("/v1/models/{}"):
                path = pattern.replace("{}", "1081:00A10102")
            if pattern == "/v1/graph":
                path += "?model=1081:00A10102"
            if pattern == "/problems/{}":
                path = "/problems/busy"
            r = self.s.get(path)
            if r.status != 200 or r.headers["Cache-Control"] == "no-store":
                continue
            with self.subTest(path):
                seen += 1
                tag = r.headers["ETag"]
                self.assertRegex(tag, r'^"[!#-~]+"$')
                for condition in (tag, f'"x", {tag}', f"W/{tag}", "*"):
                    c = self.s.get(path, {"If-None-Match": condition})
                    self.assertEqual((c.status, c.body, c.headers["ETag"]), (304, b"", tag), condition)
                self.assertEqual(self.s.get(path, {"If-None-Match": '"x"'}).status, 200)
        self.assertGreater(seen, 15)

    def test_an_ambiguous_answer_has_a_validator_too(self):
        path = "/v1/path?from=1082:00B10100:00000001&to=9"
        r = self.s.get(path)
        self.assertEqual(r.status, 300)
        self.assertEqual(self.s.get(path, {"If-None-Match": r.headers["ETag"]}).status, 304)

    def test_a_new_revision_changes_the_validator_at_once(self):
        with Service() as s:
            s.import_sample()
            path = "/v1/path?from=000001&to=000002"
            a = s.get(path)
            for _ in range(3):
                self.assertEqual(s.get(path).body, a.body)  # kept by the thread that answered
            new = "entry,kind,bases,source,author\n000002,none,,secas,Somebody\n"
            self.assertEqual(s.import_statements(new).status, 201)
            b = s.get(path, {"If-None-Match": a.headers["ETag"]})
            self.assertEqual(b.status, 200)
            self.assertNotEqual(b.headers["ETag"], a.headers["ETag"])
            self.assertEqual((a.json()["result"], b.json()["result"]), ("path", "none"))

    def test_the_same_question_gives_the_same_bytes_on_every_thread(self):
        for path in ("/v1/path?from=1&to=4", "/v1/path?from=1&to=latest", "/v1/path?from=1082:00B10100:00000001&to=9",
                     "/v1/entries?manufacturer=1081", "/v1/lint", "/v1/models/1081:00A10102/graph"):
            with concurrent.futures.ThreadPoolExecutor(16) as pool:
                bodies = {r.body for r in pool.map(lambda _: self.s.get(path), range(64))}
            self.assertEqual(len(bodies), 1, path)

    # Addresses, methods, parameters

    def test_unknown_addresses_are_404(self):
        for path in ("/v1", "/v1/", "/v2/path", "/v1/path/", "/v1/entries/000001/x", "/V1/path", "/v1/%70ath"):
            self.problem(self.s.get(path), 404, "not-found")

    def test_browsers_get_a_page_and_programs_a_problem(self):
        r = self.s.get("/nothing", {"Accept": "text/html,application/xhtml+xml"})
        self.assertEqual((r.status, r.headers["Content-Type"]), (404, "text/html; charset=utf-8"))
        self.assertIn("script-src 'self'", r.headers["Content-Security-Policy"])
        self.problem(self.s.get("/nothing", {"Accept": "*/*"}), 404, "not-found")

    def test_other_methods_are_405_with_allow(self):
        by_pattern = {}
        for method, pattern, *_ in self.routes:
            by_pattern.setdefault(pattern, set()).add(method)
        for pattern, methods in by_pattern.items():
            allowed = methods | ({"HEAD"} if "GET" in methods else set())
            for m in ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
                if m in allowed:
                    continue
                with self.subTest(route=f"{m} {pattern}"):
                    r = self.s.request(m, address(pattern))
                    self.assertEqual(r.status, 405, r)
                    self.assertEqual({w.strip() for w in r.headers["Allow"].split(",")}, allowed)

    def test_methods_that_nobody_knows_are_refused(self):
        for m in ("TRACE", "FOO", "CONNECT", "get"):
            self.assertIn(self.s.request(m, "/v1/limits").status, (400, 405), m)

    def test_unknown_parameters_are_refused_with_the_nearest_name(self):
        p = self.problem(self.s.get("/v1/path?form=1&to=2"), 400, "unknown-parameter")
        self.assertIn("did you mean 'from'?", p["detail"])
        for method, pattern, _, _, query, takes, _ in self.routes:
            with self.subTest(route=f"{method} {pattern}"):
                headers = {"Content-Type": takes.split()[0], "Sec-Fetch-Site": "same-origin"} if takes else {}
                r = self.s.request(method, address(pattern) + "?zzqq=1", body=b"x" if takes else None, headers=headers)
                self.assertEqual(r.status, 400, r)

    def test_repeated_and_badly_written_parameters_are_refused(self):
        for query in ("from=1&from=2&to=3", "from=%&to=3", "from=%zz&to=3", "from=%00&to=3", "from=%0a&to=3",
                      "from=%ff&to=3", "=1&from=1&to=3", "&".join(f"p{i}=1" for i in range(33))):
            self.problem(self.s.get("/v1/path?" + query), 400, "invalid-input")

    def test_every_problem_type_can_be_looked_up(self):
        with open(os.path.join(os.path.dirname(__file__), "../../src/base/err_codes.h"), encoding="utf-8") as f:
            codes = re.findall(r'^X\(ERR_\w+,\s*"([a-z-]+)",\s*(\d+)', f.read(), re.M)
        self.assertGreater(len(codes), 30)
        for code, status in codes:
            r = self.s.get("/problems/" + code)
            self.assertEqual((r.status, r.json()["code"], r.json()["status"]), (200, code, int(status)))
            self.assertTrue(r.json()["next"].endswith("."))
        self.problem(self.s.get("/problems/nothing"), 404, "not-found")

    # Bodies

    def test_content_types_are_checked(self):
        for method, pattern, _, flags, _, takes, _ in self.routes:
            if not takes:
                continue
            for kind in ("image/png", "application/x-www-form-urlencoded", ""):
                if kind in takes.split() or "*/*" in takes.split():
                    continue
                with self.subTest(route=f"{method} {pattern}", kind=kind):
                    r = self.s.request(method, address(pattern), body=b"x=1", headers={
                        "Content-Type": kind, "Sec-Fetch-Site": "same-origin"})
                    if "page" in flags:
                        self.assertEqual(r.status, 415)
                        continue
                    self.problem(r, 415, "media-type")
                    self.assertIn(takes.split()[0], r.body.decode())

    def test_body_limits_hold_at_the_limit_and_one_past_it(self):
        for method, pattern, _, _, _, takes, body_max in self.routes:
            if not takes:
                r = self.s.request(method, address(pattern), body=b"x")
                self.assertEqual(r.status, 413, (method, pattern, r))
                continue
            head = (f"{method} {address(pattern)} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {takes.split()[0]}\r\n"
                    f"Sec-Fetch-Site: same-origin\r\nContent-Length: {int(body_max) + 1}\r\n\r\n")
            got = self.s.raw(head.encode(), timeout=5)
            self.assertTrue(got.startswith(b"HTTP/1.1 413 "), (pattern, got))
            self.assertIn(b"Connection: close", got)
        poll = b'{"x":"' + b"a" * (8192 - 8) + b'"}'
        self.assertEqual(len(poll), 8192)
        r = self.s.post("/bbum/v1/poll", poll)
        self.assertEqual(r.status, 400)
        self.problem(self.s.post("/bbum/v1/poll", poll + b" "), 413, "too-large")

    def test_a_chunked_body_has_the_same_limit(self):
        data = b"2000\r\n" + b"x" * 0x2000 + b"\r\n1\r\ny\r\n0\r\n\r\n"
        got = self.s.raw(b"POST /bbum/v1/poll HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                         b"Transfer-Encoding: chunked\r\n\r\n" + data, timeout=5)
        self.assertTrue(got.startswith(b"HTTP/1.1 413 "), got)

    def test_T21_json_that_could_be_read_two_ways_is_refused_with_its_place(self):
        good = '{"name":"x","target":"000004","members":{"filter":{}}}'
        bad = ['{"name":"x","name":"y"}', "{'name':'x'}", '{"name":NaN}', '{"max_active":123456789012345678901}',
               '{"name":"\\u0000"}', '{"name":"\\ud800"}', '{"name":"x",}', '{"name":"x"} {}', "[1]", "", "null",
               '{"name":"x"/**/}', "[" * 17 + "]" * 17, '\ufeff' + good]
        for body in bad:
            with self.subTest(body[:40]):
                r = self.s.post("/v1/campaigns", body, headers={"Content-Type": "application/json"})
                self.assertEqual(r.status, 400, r)
        p = self.problem(self.s.post("/v1/campaigns", '{\n  "name": "x",\n  "name": "y"}'), 400, "json-syntax")
        self.assertEqual(p["errors"][0]["line"], 3)
        self.assertTrue(p["errors"][0]["column"])

    def test_T33_unknown_members_are_refused_with_a_pointer(self):
        p = self.problem(self.s.post("/v1/campaigns", {"name": "x", "target": "000004", "members": {"filter": {}},
                                                       "state": "done"}), 400, "json-field")
        self.assertEqual(p["errors"][0]["pointer"], "/state")
        self.assertEqual(self.s.get("/v1/campaigns").json()["campaigns"], [])

    # Origins, hosts, who

    def test_T24_changes_from_foreign_pages_are_refused(self):
        changing = [(m, p, f, t) for m, p, _, f, _, t, _ in self.routes if m != "GET"]
        self.assertGreater(len(changing), 10)
        for method, pattern, flags, takes in changing:
            for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
                            {"Sec-Fetch-Site": "same-site"}, {"Origin": f"http://127.0.0.1:{self.s.port + 1}"}):
                with self.subTest(route=f"{method} {pattern}", **headers):
                    if takes:
                        headers = {"Content-Type": takes.split()[0], **headers}
                    r = self.s.request(method, address(pattern), body=b"{}" if takes else None, headers=headers)
                    if "page" in flags:
                        self.assertEqual(r.status, 403)
                        continue
                    self.problem(r, 403, "foreign-origin")
        r = self.s.post("/v1/campaigns", "{}", headers={"Origin": self.s.url, "Sec-Fetch-Site": "same-origin"})
        self.assertEqual(r.status, 400)  # our own page may, and is told what is missing

    def test_foreign_host_names_are_not_served(self):
        for host in ("evil.example", "evil.example:8231", "127.0.0.1.evil.example"):
            self.problem(self.s.get("/v1/path?from=1&to=4", {"Host": host}), 421, "unknown-host")
        with Service(conf={"host_names": "fir.example other.example"}) as s:
            self.assertEqual(s.get("/v1/limits", {"Host": "FIR.example:443"}).status, 200)
            self.assertEqual(s.get("/v1/limits", {"Host": "x.example"}).status, 421)

    def test_without_tokens_a_front_does_not_make_strangers_local(self):
        for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via", "X-Forwarded-Proto"):
            self.problem(self.s.post("/v1/campaigns", "{}", headers={name: "203.0.113.9"}), 403, "denied")
            self.assertEqual(self.s.get("/v1/limits", {name: "203.0.113.9"}).status, 200)
        self.assertEqual(self.s.post("/v1/campaigns", "{}").status, 400)
        with Service(conf={"trust_forwarded": "yes"}) as s:
            self.problem(s.post("/v1/campaigns", "{}", headers={"X-Real-IP": "203.0.113.9"}), 403, "denied")
            self.problem(s.post("/v1/campaigns", "{}", headers={"X-Forwarded-For": "203.0.113.9"}), 403, "denied")
            self.assertEqual(s.post("/v1/campaigns", "{}", headers={"X-Real-IP": "127.0.0.1"}).status, 400)

    def test_the_named_user_is_in_the_audit(self):
        with Service() as s:
            r = s.post("/v1/imports?feed=cpl&why=first+list", cpl_csv(), "text/csv", headers={"Firpath-User": "jane.doe"})
            self.assertEqual(r.status, 201)
            row = s.get("/v1/audit").json()["rows"][0]
            self.assertEqual((row["who"], row["why"]), ("api:jane.doe", "first list"))
            self.assertEqual(r.headers["Audit-Head"], f'{row["seq"]} {row["hash"]}')
            for name in ("", "a b", 'x"y', "a" * 65, "caf\u00e9".encode().decode("latin-1")):
                self.assertEqual(s.get("/v1/limits", {"Firpath-User": name}).status, 400, name)

    # Tokens and rates

    def test_tokens_guard_changes_and_devices(self):
        with Service(start=False) as s:
            for name, token in (("operator", "operator-token-0123456789"), ("device", "device-token-0123456789")):
                with open(os.path.join(s.folder, name), "w", encoding="ascii") as f:
                    f.write(token + "\n")
            s.conf.update(token_file=os.path.join(s.folder, "operator"), device_token_file=os.path.join(s.folder, "device"))
            s.start()
            for method, pattern, role, flags, _, takes, _ in self.routes:
                if "public" in role.split():
                    continue
                for auth in (None, "Bearer wrong-token-0123456789", "Basic eDp5",
                             "Bearer " + ("operator" if role == "device" else "device") + "-token-0123456789"):
                    with self.subTest(route=f"{method} {pattern}", auth=auth):
                        if auth:
                            continue
                        r = s.request(method, address(pattern), body=b"{}" if takes else None,
                                      headers={"Content-Type": takes.split()[0]} if takes else {})
                        if "page" in flags:
                            self.assertEqual(r.status, 401)
                            continue
                        self.problem(r, 401, "needs-token")
                        self.assertTrue(r.headers["WWW-Authenticate"].startswith("Bearer"))
            self.assertEqual(s.get("/v1/path?from=1&to=2").status, 404)  # reading is open
            for auth in ("Bearer wrong-token-0123456789", "Bearer device-token-0123456789", "Basic eDp5"):
                self.problem(s.post("/v1/imports?feed=cpl", b"x", "text/csv", {"Authorization": auth}), 401, "needs-token")
            s.token = "operator-token-0123456789"
            s.import_sample()
            self.problem(s.post("/bbum/v1/poll", b"{}"), 401, "needs-token")
            s.token = "device-token-0123456789"
            self.assertEqual(s.post("/bbum/v1/poll", b"{}").status, 400)
            # T36: no token is ever written down
            self.assertNotIn("token-0123456789", s.log())
            # a new token after SIGHUP, the old one is worthless
            with open(os.path.join(s.folder, "operator"), "w", encoding="ascii") as f:
                f.write("another-operator-token\n")
            s.process.send_signal(signal.SIGHUP)
            s.wait_for(lambda: "event=reloaded" in s.log())
            s.token = "operator-token-0123456789"
            self.assertEqual(s.import_cpl(cpl_csv()).status, 401)
            s.token = "another-operator-token"
            self.assertEqual(s.import_cpl(cpl_csv()).status, 200)

    def test_T34_wrong_tokens_run_out(self):
        with Service(start=False) as s:
            with open(os.path.join(s.folder, "t"), "w", encoding="ascii") as f:
                f.write("operator-token-0123456789\n")
            s.conf["token_file"] = os.path.join(s.folder, "t")
            s.start()
            statuses = [s.get("/v1/audit/verify", {"Authorization": "Bearer guess-number-%04d" % i}).status for i in range(25)]
            self.assertEqual(statuses[:20], [401] * 20)
            self.assertEqual(statuses[21:], [429] * 4)
            s.token = "operator-token-0123456789"
            r = s.get("/v1/audit/verify")
            self.assertEqual(r.status, 429)  # the address is shut, whoever it is
            self.assertGreaterEqual(int(r.headers["Retry-After"]), 1)
            self.assertEqual(s.get("/v1/limits").status, 200)

    def test_changes_have_a_rate_and_reading_has_none(self):
        with Service(conf={"write_rate": 1, "write_burst": 5}) as s:
            statuses = [s.post("/v1/campaigns/1/start").status for _ in range(8)]
            self.assertEqual(statuses[:5], [404] * 5)
            self.assertIn(429, statuses[5:])
            r = s.post("/v1/campaigns/1/start")
            self.problem(r, 429, "too-many-requests")
            self.assertGreaterEqual(int(r.headers["Retry-After"]), 1)
            for _ in range(50):
                self.assertEqual(s.get("/v1/limits").status, 200)

    # Idempotency

    def test_T35_the_same_key_gives_the_same_answer_and_one_change(self):
        with Service() as s:
            key = {"Idempotency-Key": "import-1"}
            a = s.post("/v1/imports?feed=cpl", cpl_csv(), "text/csv", key)
            b = s.post("/v1/imports?feed=cpl", cpl_csv(), "text/csv", key)
            self.assertEqual((a.status, b.status, b.body), (201, 201, a.body))
            self.assertEqual((a.headers["Idempotent-Replay"], b.headers["Idempotent-Replay"]), (None, "true"))
            self.assertEqual(b.headers["Location"], a.headers["Location"])
            self.assertEqual(len(s.get("/v1/imports").json()["imports"]), 1)
            self.problem(s.post("/v1/imports?feed=cpl", cpl_csv() + b"\r\n", "text/csv", key), 422, "idempotency-key")
            self.problem(s.post("/v1/imports?feed=cpl&why=x", cpl_csv(), "text/csv", key), 422, "idempotency-key")
            for bad in ("", "a b", "x" * 65, "a;b"):
                self.problem(s.post("/v1/imports?feed=cpl", cpl_csv(), "text/csv", {"Idempotency-Key": bad}), 400,
                             "invalid-input")

    def test_a_refused_request_leaves_its_key_free(self):
        with Service() as s:
            key = {"Idempotency-Key": "k"}
            self.assertEqual(s.post("/v1/imports?feed=cpl", b"nonsense\r\n", "text/csv", key).status, 400)
            self.assertEqual(s.post("/v1/imports?feed=cpl", cpl_csv(), "text/csv", key).status, 201)

    def test_many_at_once_with_one_key_make_one_campaign(self):
        with Service(conf={"threads": 64, "write_burst": 1000}) as s:
            s.import_sample()
            s.post("/v1/devices", "name,adapter,identity\nd1,fake,1081:00A10102:00010000\n", "text/csv")
            body = {"name": "once", "target": "000004", "members": {"filter": {}}}
            with concurrent.futures.ThreadPoolExecutor(32) as pool:
                rs = list(pool.map(lambda _: s.post("/v1/campaigns", body, headers={"Idempotency-Key": "c"}), range(100)))
            self.assertEqual({r.status for r in rs} - {201, 409, 503}, set(), rs)
            self.assertGreaterEqual(sum(r.status == 201 for r in rs), 1)
            self.assertEqual(len({r.body for r in rs if r.status == 201}), 1)
            self.assertEqual(len(s.get("/v1/campaigns").json()["campaigns"]), 1)

    # Logs

    def test_T36_nothing_sent_can_break_a_line_of_the_log(self):
        with Service() as s:
            before = len(s.log().splitlines())
            s.post("/v1/campaigns/%0a%22event=fake%22/start")
            s.post("/v1/campaigns/%20event=fake%20/start")
            s.request("POST", '/v1/campaigns/x"event=fake/start')
            s.wait_for(lambda: "event=http-change " in s.log())
            lines = s.log().splitlines()[before:]
            for line in lines:
                if line.startswith("=="):
                    continue  # a sanitizer's note
                self.assertRegex(line, r"^ts=\S+ event=(http-change|http-library) ")

    def test_reading_is_not_logged_and_changes_are(self):
        with Service() as s:
            for _ in range(5):
                s.get("/v1/path?from=1&to=2")
            self.assertNotIn("/v1/path", s.log())
            r = s.import_cpl(cpl_csv())
            want = f"event=http-change id={r.headers['Request-Id']} who=api method=POST"
            s.wait_for(lambda: want in s.log())


class Options(unittest.TestCase):
    def test_routes_are_told(self):
        rows = routes()
        self.assertGreater(len(rows), 40)
        for row in rows:
            self.assertEqual(len(row), 7, row)
            self.assertLessEqual(set(row[2].split()), ROLES)


if __name__ == "__main__":
    unittest.main()

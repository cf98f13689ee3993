#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Role x route, from the table that the program prints (T32): whoever has one of the roles of a route is let in, nobody
else is, and a refusal says what would do and not who has it. Also what every changing route has in common for browsers
that are signed in (T24)."""

import json
import os
import re
import subprocess
import unittest

from service import BUILD, Service

ROLES = ["public", "supplier", "manufacturer", "editor", "approver", "ssc", "cpo", "operator", "auditor", "device"]
REFUSAL = "this needs (an account with )?one of these roles: ([a-z ]+)"
FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data"


def routes():
    """(method, pattern, {roles}, flags, query, takes) of each route."""
    text = subprocess.run([os.path.join(BUILD, "firpathd"), "--routes"], check=True, capture_output=True, text=True).stdout
    rows = [line.split("\t") for line in text.splitlines()]
    return [(m, p, set(roles.split()), set(flags.split()), query, takes) for m, p, roles, flags, query, takes, _ in rows]


def address(pattern):
    """An address that fits and where nothing is, so that nothing happens."""
    return pattern.replace("{}", "999999999")


class Matrix(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = Service(conf={"write_burst": 1000000, "write_rate": 1000000})
        cls.addClassCleanup(cls.s.close)
        cls.s.import_sample()
        cls.s.people()
        cls.routes = routes()

    def refusal(self, r):
        """The roles that a refusal names, "token" for those of devices, None when it is none for want of a role."""
        if r.status not in (401, 403):
            return None
        html = r.headers["Content-Type"].startswith("text/html")
        text = r.body.decode() if html else r.json()["detail"]
        if html and r.status == 401 and 'action="/sign-in"' in text:
            return "sign-in"
        named = re.search(REFUSAL, text, re.I)
        if named:
            return set(named.group(2).split())
        return "token" if "devices need a token" in text or "this needs the device token" in text else None

    def test_T32_every_route_lets_in_whom_its_row_names_and_nobody_else(self):
        self.assertGreater(len(self.routes), 60)
        self.assertLessEqual(set().union(*(r[2] for r in self.routes)), set(ROLES))
        for method, pattern, roles, _, _, _ in self.routes:
            for role in ROLES:
                mine = {"public"} | ({role} if role != "device" or "device" in roles else set())
                with self.subTest(route=f"{method} {pattern}", role=role):
                    r = self.s.as_role(role).request(method, address(pattern), headers={"Sec-Fetch-Site": "same-origin"})
                    named = self.refusal(r)
                    if roles & mine:
                        self.assertNotEqual(r.status, 401, r)
                        self.assertIsNone(named, r)
                    else:
                        self.assertIn(r.status, (401, 403), r)
                        self.assertIsNotNone(named, r)
                        if isinstance(named, set):
                            self.assertEqual(named, roles)
                        if role == "public":
                            self.assertEqual(r.status, 403 if named == "token" and "denied" in r.body.decode() else 401)
                        # What would do, never who has it.
                        for login in ("operator2", "supplier2", "manufacturer2", "editor2", "approver2", "ssc2"):
                            self.assertNotIn(login, r.body.decode())

    def test_an_account_without_roles_is_like_the_public(self):
        operator = self.s.as_role("operator")
        self.assertEqual(operator.post("/v1/users", {"login": "norole"}).status, 201)
        token = operator.post("/v1/tokens", {"user": "norole", "label": "x"}).json()["token"]
        for method, pattern, roles, flags, _, _ in self.routes:
            if "public" in roles or "page" in flags:
                continue
            r = self.s.request(method, address(pattern), headers={"Authorization": "Bearer " + token})
            self.assertEqual(r.status, 403, (method, pattern, r))

    def test_a_session_may_what_a_token_of_the_same_roles_may(self):
        session = self.s.session("editor")
        for method, pattern, roles, _, _, _ in self.routes:
            if pattern in ("/sign-out", "/sign-in") or not roles & {"editor", "supplier"} or "public" in roles:
                continue
            r = session.request(method, address(pattern))
            self.assertEqual(self.refusal(r) is None, "editor" in roles, (method, pattern, r))

    # Browsers

    def every(self):
        """A browser whose account has all roles, and the routes that change something."""
        operator = self.s.as_role("operator")
        if operator.get("/v1/users/every").status == 404:
            every = [r for r in ROLES if r not in ("public", "device")]
            self.assertEqual(operator.post("/v1/users", {"login": "every", "roles": every}).status, 201)
        return self.s.session("every"), [r for r in self.routes if r[0] != "GET" and r[2] != {"device"}]

    def test_T24_no_change_of_a_session_without_its_word(self):
        session, changing = self.every()
        self.assertGreater(len(changing), 20)
        for method, pattern, _, flags, _, takes in changing:
            for csrf in ("", "0" * 32, session.csrf[:-1], session.csrf + "0"):
                with self.subTest(route=f"{method} {pattern}", csrf=csrf):
                    if "page" not in flags:
                        headers = {"Firpath-Csrf": csrf} if csrf else {}
                        r = self.s.request(method, address(pattern), headers={**headers, "Cookie": session.cookie,
                                                                              "Sec-Fetch-Site": "same-origin"})
                        self.assertEqual((r.status, r.json()["code"]), (403, "csrf"), r)
                        continue
                    self.assertTrue(takes.split())
                    for kind in takes.split():
                        body, boundary = f"csrf={csrf}", ""
                        if kind == PARTS:
                            body = f'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{csrf}\r\n--x--\r\n'
                            boundary = "; boundary=x"
                        else:
                            self.assertEqual(kind, FORM)
                        r = session.request(method, address(pattern), body=body.encode(), headers={"Content-Type": kind + boundary})
                        self.assertEqual((r.status, kind), (403, kind), r)
        self.assertEqual(session.get("/v1/me").json()["signed_in"], True)  # nobody signed us out

    def test_T24_no_change_of_a_session_from_a_foreign_page_or_from_nowhere(self):
        session, changing = self.every()
        word = {"Cookie": session.cookie, "Firpath-Csrf": session.csrf}
        for method, pattern, _, flags, _, takes in changing:
            for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
                            {"Sec-Fetch-Site": "same-site"}, {}):
                with self.subTest(route=f"{method} {pattern}", **headers):
                    kind = {"Content-Type": takes.split()[0]} if "page" in flags else {}
                    body = f"csrf={session.csrf}".encode() if "page" in flags else None
                    r = self.s.request(method, address(pattern), body=body, headers={**word, **kind, **headers})
                    self.assertEqual(r.status, 403, r)
        self.assertEqual(session.get("/v1/me").json()["signed_in"], True)

    def test_T26_nobody_else_may_read_or_frame_what_a_session_sees(self):
        session, _ = self.every()
        for method, pattern, _, flags, _, _ in self.routes:
            if method != "GET" or "stream" in flags:
                continue
            r = session.get(address(pattern), headers={"Origin": "https://evil.example"})
            self.assertNotIn("Access-Control-Allow-Origin", r.headers, pattern)
            self.assertIn("frame-ancestors 'none'", r.headers["Content-Security-Policy"], pattern)
            self.assertEqual(r.headers["X-Content-Type-Options"], "nosniff", pattern)
            self.assertNotIn("public", r.headers["Cache-Control"], pattern)

    # Input

    def test_T22_hostile_texts_reach_no_statement(self):
        hostile = ["'", "\"", "';--", "' OR '1'='1", "1 OR 1=1", "1);DROP TABLE account;--", "' UNION SELECT password FROM account--",
                   "\\", "%", "_", "$1", ":name", "?1", "x' AND randomblob(1000000000)--", "1' AND pg_sleep(5)--", "NULL", "0x31",
                   "-1", "9223372036854775808", "1e309"]
        words = re.compile(rb"syntax error|sqlite|near \"|unterminated|PRAGMA|postgres|scrypt\$", re.I)
        asks = self.s.as_role("auditor"), self.s.as_role("operator")
        users = asks[1].get("/v1/users?limit=500").body

        def judge(r, what):
            self.assertLess(r.status, 500, (what, r))
            self.assertIsNone(words.search(r.body), (what, r))

        for method, pattern, roles, flags, query, _ in self.routes:
            if method != "GET" or "stream" in flags or roles == {"device"}:
                continue
            ask = asks[0] if "auditor" in roles else asks[1]
            for i, text in enumerate(hostile):
                quoted = "".join(f"%{b:02X}" for b in text.encode())
                names = query.split()
                if names:
                    name = names[i % len(names)]
                    judge(ask.get(f"{pattern.replace('{}', '1')}?{name}={quoted}"), (pattern, name, text))
                if "{}" in pattern:
                    judge(ask.get(pattern.replace("{}", quoted)), (pattern, text))
        for text in hostile:
            if re.fullmatch("[A-Za-z0-9]+", text):
                continue  # a login name like any other
            for path, body in (("/v1/users", {"login": text}), ("/v1/users", {"login": "zz", "name": text, "organisation": text}),
                               ("/v1/organisations", {"name": "x", "kind": text}), ("/v1/tokens", {"user": text, "label": text})):
                r = asks[1].post(path, json.dumps(body))
                judge(r, (path, body))
                self.assertNotEqual(r.status, 201, (path, body))
        self.assertEqual(asks[1].get("/v1/users?limit=500").body, users)

    def test_T33_members_that_nobody_named_are_refused(self):
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../doc/openapi.json"), encoding="utf-8") as f:
            paths = json.load(f)["paths"]
        operator, tried = self.s.as_role("operator"), 0
        for path, item in paths.items():
            for method, op in item.items():
                body = op.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
                if not isinstance(body, dict):
                    continue
                who = next((r for r in ("operator", "editor", "supplier", "approver", "ssc", "manufacturer", "device")
                            if any(r in s.get("token", []) + s.get("device", []) for s in op.get("security", []))), "public")
                for extra in ({"id": 1}, {"is_admin": True}, {"password_hash": "x"}, {"rev": 99}, {"__proto__": {}}):
                    if set(extra) & set(body):
                        continue
                    address_ = re.sub(r"\{[^}]*\}", "operator" if "users" in path else "1", path)
                    with self.subTest(route=f"{method} {path}", extra=extra):
                        r = self.s.as_role(who).post(address_, {**body, **extra}, method=method.upper(),
                                                     headers={"If-Match": "*"} if method == "put" else {})
                        self.assertGreaterEqual(r.status, 400, r)
                        self.assertLess(r.status, 500, r)
                        if path.startswith(("/v1/users", "/v1/tokens", "/v1/organisations")):
                            self.assertEqual((r.status, r.json()["code"]), (400, "json-field"), r)
                            self.assertEqual(r.json()["errors"][0]["pointer"], "/" + next(iter(extra)))
                        tried += 1
        self.assertGreater(tried, 25)
        before = operator.get("/v1/users/supplier").body
        for headers in ({"X-HTTP-Method-Override": "PUT"}, {"X-HTTP-Method": "DELETE"}, {"X-Method-Override": "PUT"}):
            r = operator.post("/v1/users/supplier", {"roles": ["operator"]}, headers=headers)
            self.assertEqual(r.status, 405, r)
        self.assertEqual(operator.get("/v1/users/supplier").body, before)


if __name__ == "__main__":
    unittest.main()

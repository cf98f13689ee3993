#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""People and machines from outside: the first administrator, sessions (T25), limits of tries (T34), duplicates (T35),
secrets that must not be found again anywhere (T36), and what another organisation does not see (T32)."""

import concurrent.futures
import json
import os
import pty
import re
import select
import socket
import statistics
import subprocess
import time
import unittest
import urllib.parse

from service import BUILD, PASSWORD, As, Service

FORM = "application/x-www-form-urlencoded"


def cookie_of(r):
    return r.headers["Set-Cookie"].split(";")[0]


class Beginning(unittest.TestCase):
    """From a service without accounts to one with them."""

    def test_the_first_account_ends_the_trust_in_the_loopback(self):
        with Service() as s:
            self.assertEqual(s.get("/v1/me").json()["how"], "local")
            s.import_sample()
            r = s.post("/v1/users", {"login": "eve", "roles": ["editor"]})
            self.assertEqual((r.status, r.json()["code"]), (409, "conflict"))
            self.assertEqual(s.post("/v1/users", {"login": "Alice", "roles": ["operator"]}).status, 201)
            self.assertEqual(s.get("/v1/me").json(), {
                "signed_in": False, "how": "none", "name": "api", "roles": ["public"], "organisation": None, "codes": [],
                "user": None, "token": None, "csrf": None, "may": []})
            for path in ("/v1/users", "/v1/tokens", "/v1/organisations", "/users", "/account"):
                self.assertEqual(s.get(path).status, 401, path)
            r = s.post("/v1/users", {"login": "eve", "roles": ["operator"]})
            self.assertEqual((r.status, r.json()["code"]), (401, "sign-in"))
            self.assertTrue(r.headers["WWW-Authenticate"].startswith("Bearer"))
            self.assertEqual(s.get("/v1/path?from=1&to=4").status, 200)  # reading stays open
            # It stays so after a restart, and when the account is not active any more.
            s.stop()
            s.start()
            self.assertEqual(s.post("/v1/users", {"login": "eve", "roles": ["operator"]}).status, 401)

    def test_the_first_administrator_is_made_at_the_command_line(self):
        with Service() as s:
            before = s.get("/v1/me").json()["how"]
            r = s.cli("user", "add", "alice", "--role", "operator", "--db", s.db, "--json", stdin=PASSWORD + "\n")
            self.assertEqual(json.loads(r.stdout)["roles"], ["operator"])
            self.assertNotIn(PASSWORD, r.stdout + r.stderr)
            # Another process made it: known within a second or so.
            s.wait_for(lambda: s.get("/v1/me").json()["how"] == "none", 5)
            self.assertEqual(before, "local")
            self.assertEqual(s.sign_in("alice").status, 303)
            for args in (["--role", "operatr"], ["--role", "device"], ["--org", "nobody"]):
                r = s.cli("user", "add", "bob", "--no-password", "--db", s.db, *args, check=False)
                self.assertNotEqual(r.returncode, 0, args)
            self.assertIn("did you mean 'operator'", s.cli("user", "add", "bob", "--no-password", "--db", s.db, "--role", "operatr",
                                                          check=False).stderr)
            self.assertEqual(s.cli("user", "add", "bob", "--role", "editor", "--db", s.db, stdin="", check=False).returncode, 2)
            self.assertEqual(s.cli("user", "show", "bob", "--db", s.db, check=False).returncode, 3)

    def typed(self, s, *lines):
        """firpath user add at a terminal, with these lines typed: its status and what the terminal shows."""
        master, slave = pty.openpty()
        with subprocess.Popen([os.path.join(BUILD, "firpath"), "user", "add", "dora", "--role", "operator", "--db", s.db],
                              stdin=slave, stdout=subprocess.DEVNULL, stderr=slave) as p:
            os.close(slave)
            shown, lines = b"", list(lines)
            end = time.monotonic() + 30
            while True:
                if not select.select([master], [], [], max(0, end - time.monotonic()))[0]:
                    p.kill()
                    self.fail(f"it waits: {shown}")
                try:
                    piece = os.read(master, 4096)
                except OSError:  # the other end is closed
                    break
                shown += piece
                if lines and shown.endswith(b": "):
                    os.write(master, lines.pop(0).encode() + b"\n")
            os.close(master)
            return p.wait(30), shown.decode()

    def test_a_password_that_is_typed_is_not_shown(self):
        with Service() as s:
            status, shown = self.typed(s, PASSWORD, PASSWORD + "x")
            self.assertEqual((status, PASSWORD in shown), (1, False), shown)
            self.assertIn("two different passwords", shown)
            status, shown = self.typed(s, PASSWORD, PASSWORD)
            self.assertEqual((status, PASSWORD in shown), (0, False), shown)
            self.assertEqual(s.sign_in("dora").status, 303)

    def test_token_files_go_on_working_beside_accounts(self):
        with Service(start=False) as s:
            path = os.path.join(s.folder, "operator")
            with open(path, "w", encoding="ascii") as f:
                f.write("operator-token-0123456789\n")
            s.conf["token_file"] = path
            s.start()
            s.people()
            s.token = "operator-token-0123456789"
            self.assertEqual(s.get("/v1/me").json()["how"], "file")
            s.import_sample()
            self.assertEqual(s.get("/v1/users").status, 200)
            s.token = "operator-token-012345678X"
            self.assertEqual(s.get("/v1/users").status, 401)

    def test_the_same_over_rest_and_on_the_store(self):
        with Service() as s:
            s.people()
            env = ["--server", s.url, "--json"]
            os.environ["FIRPATH_TOKEN"] = s.tokens["operator"]
            try:
                s.cli("org", "add", "Third Energy", "--kind", "supplier", "--codes", "00aa", *env)
                s.cli("user", "add", "carol", "--role", "supplier", "--org", "Third Energy", "--no-password", *env)
                s.cli("user", "change", "carol", "--role", "supplier,auditor", "--name", "Carol", "--why", "she asked", *env)
                made = json.loads(s.cli("token", "new", "--user", "carol", "--label", "t", "--role", "auditor", "--days", "2",
                                        *env).stdout)
                for args in (["user", "list"], ["user", "show", "carol"], ["org", "list"], ["token", "list"]):
                    rest = re.sub(r'"used_at":("[^"]*"|null)', "", s.cli(*args, *env).stdout)
                    store = re.sub(r'"used_at":("[^"]*"|null)', "", s.cli(*args, "--db", s.db, "--json").stdout)
                    self.assertEqual(rest, store, args)
                who = json.loads(s.cli("whoami", *env).stdout)
                self.assertEqual((who["how"], who["user"]["login"]), ("token", "operator"))
                me = As(s, {"Authorization": "Bearer " + made["token"]}).get("/v1/me").json()
                self.assertEqual((me["roles"], me["organisation"], me["codes"]), (["public", "auditor"], "Third Energy", ["00AA"]))
                s.cli("token", "revoke", str(made["about"]["id"]), *env)
                self.assertEqual(As(s, {"Authorization": "Bearer " + made["token"]}).get("/v1/me").status, 401)
                s.cli("user", "disable", "carol", *env)
                self.assertEqual(json.loads(s.cli("user", "show", "carol", *env).stdout)["state"], "disabled")
                s.cli("user", "password", "carol", *env, stdin=PASSWORD)
                s.cli("user", "change", "carol", "--enable", *env)
                self.assertEqual(s.sign_in("carol").status, 303)
                self.assertEqual(s.cli("user", "disable", "operator", *env, check=False).returncode, 1)  # the last one
            finally:
                del os.environ["FIRPATH_TOKEN"]


class People(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = Service(conf={"trust_forwarded": "yes", "write_burst": 100000, "write_rate": 100000})
        cls.addClassCleanup(cls.s.close)
        cls.s.people()
        cls.operator = cls.s.as_role("operator")

    def user(self, login, password=None, **members):
        body = {"login": login, **members}
        if password:
            body["password"] = password
        r = self.operator.post("/v1/users", body)
        self.assertEqual(r.status, 201, r)
        return r.json()

    def change(self, login, **members):
        etag = self.operator.get("/v1/users/" + login).headers["ETag"]
        r = self.operator.put("/v1/users/" + login, members, headers={"If-Match": etag})
        self.assertEqual(r.status, 200, r)
        return r.json()

    # Conditions

    def test_a_change_names_what_it_was_made_from(self):
        self.user("match", roles=["supplier"])
        r = self.operator.get("/v1/users/match")
        self.assertEqual(r.headers["ETag"], '"v1"')
        put = lambda body, etag: self.operator.put("/v1/users/match", body, headers={"If-Match": etag} if etag else {})
        self.assertEqual(put({"name": "x"}, None).status, 428)
        self.assertEqual(put({"name": "x"}, '"v2"').status, 412)
        self.assertEqual(put({"name": "x"}, '"v"').status, 412)
        r = put({"name": "x"}, '"v1"')
        self.assertEqual((r.status, r.headers["ETag"], r.json()["roles"]), (200, '"v2"', ["supplier"]))
        self.assertEqual(put({"name": "y"}, '"v1"').status, 412)
        self.assertEqual(put({"name": "y"}, '"v1", "v2"').status, 200)
        # Of many who read the same, one writes.
        etag = self.operator.get("/v1/users/match").headers["ETag"]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            got = list(pool.map(lambda i: put({"name": f"n{i}"}, etag).status, range(16)))
        self.assertEqual(sorted(got), [200] + [412] * 15)
        org = self.operator.get("/v1/organisations/1").headers["ETag"]
        body = {"name": "Example Energy", "kind": "supplier", "codes": ["1234"]}
        self.assertEqual(self.operator.put("/v1/organisations/1", body, headers={"If-Match": '"v9"'}).status, 412)
        self.assertEqual(self.operator.put("/v1/organisations/1", body, headers={"If-Match": org}).status, 200)

    # Own and others'

    def test_T32_others_organisations_are_as_absent(self):
        supplier, auditor = self.s.as_role("supplier"), self.s.as_role("auditor")
        mine = {u["login"] for u in supplier.get("/v1/users?limit=500").json()["users"]}
        self.assertEqual(mine, {"supplier"})
        self.assertEqual([o["name"] for o in supplier.get("/v1/organisations").json()["organisations"]], ["Example Energy"])
        self.assertEqual({t["user"] for t in supplier.get("/v1/tokens?limit=500").json()["tokens"]}, {"supplier"})
        self.assertEqual(self.s.as_role("ssc").get("/v1/users").json()["users"][0]["login"], "ssc")
        self.assertGreater(len(auditor.get("/v1/users?limit=500").json()["users"]), 10)

        def alike(path, other, method="GET"):
            a, b = supplier.request(method, path), supplier.request(method, other)
            self.assertEqual((a.status, b.status), (404, 404))
            last = [p.rsplit("/", 1)[1] for p in (path, other)]
            texts = [re.sub(r'"trace":"\w+"', "", r.body.decode()).replace(n, "X") for r, n in zip((a, b), last)]
            self.assertEqual(*texts)

        alike("/v1/users/supplier2", "/v1/users/nobody")
        alike("/v1/organisations/2", "/v1/organisations/77777")
        theirs = next(t["id"] for t in auditor.get("/v1/tokens?limit=500").json()["tokens"] if t["user"] == "supplier2")
        alike(f"/v1/tokens/{theirs}", "/v1/tokens/77777", "DELETE")
        r = supplier.post("/v1/tokens", {"user": "supplier2", "label": "x"})
        self.assertEqual(r.status, 404)
        # One's own organisation is seen, but not touched.
        self.user("colleague", organisation="Example Energy", roles=["supplier"])
        token = self.operator.post("/v1/tokens", {"user": "colleague"}).json()["about"]["id"]
        self.assertEqual(supplier.request("DELETE", f"/v1/tokens/{token}").status, 403)
        self.assertEqual(supplier.post("/v1/tokens", {"user": "colleague"}).status, 403)
        self.assertEqual(self.operator.request("DELETE", f"/v1/tokens/{token}").status, 200)
        self.change("colleague", organisation="")
        self.assertEqual(supplier.get("/v1/users/colleague").status, 404)

    def test_T34_absent_and_forbidden_take_the_same_time(self):
        supplier, took = self.s.as_role("supplier"), {"supplier2": [], "supplier9": []}
        for _ in range(200):
            for name, times in took.items():
                start = time.perf_counter()
                self.assertEqual(supplier.get("/v1/users/" + name).status, 404)
                times.append(time.perf_counter() - start)
        gap = abs(statistics.median(took["supplier2"]) - statistics.median(took["supplier9"]))
        self.assertLess(gap, 0.002)

    def test_a_token_makes_no_token_that_may_more_or_lives_longer(self):
        self.user("maker", roles=["supplier", "auditor"])
        first = self.operator.post("/v1/tokens", {"user": "maker", "roles": ["supplier"], "days": 3}).json()
        me = As(self.s, {"Authorization": "Bearer " + first["token"]})
        second = me.post("/v1/tokens", {"label": "second", "days": 300})
        self.assertEqual(second.status, 201, second)
        self.assertEqual((second.json()["about"]["roles"], second.json()["about"]["ends_at"]),
                         (["supplier"], first["about"]["ends_at"]))
        self.assertEqual(me.post("/v1/tokens", {"roles": ["auditor"]}).status, 403)
        self.assertEqual(me.post("/v1/tokens", {"days": 367}).status, 400)
        # For a person who signs in not even an operator makes one.
        self.change("maker", password=PASSWORD)
        self.assertEqual(self.operator.post("/v1/tokens", {"user": "maker"}).status, 403)
        # Disabled: nothing works any more, at once.
        self.change("maker", state="disabled")
        self.assertEqual(me.get("/v1/users").status, 401)
        self.assertEqual(me.get("/v1/entries").status, 401)
        self.assertEqual(self.s.sign_in("maker").status, 401)

    # Sessions

    def test_T25_a_session_is_what_it_should_be(self):
        self.user("session", PASSWORD, roles=["editor"])
        r = self.s.sign_in("session")
        self.assertEqual((r.status, r.headers["Location"], r.headers["Cache-Control"]), (303, "/", "no-store"))
        # 1: 256 random bits, for this host and its pages only, kept as a digest.
        self.assertRegex(r.headers["Set-Cookie"], r"^firpath-session=[0-9a-f]{64}; Path=/; HttpOnly; SameSite=Strict$")
        first = cookie_of(r)
        with open(self.s.db, "rb") as f:
            self.assertNotIn(first.split("=")[1].encode(), f.read())
        alive = lambda cookie: As(self.s, {"Cookie": cookie}).get("/v1/me").json()["how"] == "session"
        self.assertTrue(alive(first))
        # 2: another sign-in in the same browser ends the session that it had.
        browser = self.s.session("session")
        r = browser.post_form("/sign-in", {"login": "session", "password": PASSWORD})
        self.assertEqual(r.status, 303, r)
        second = cookie_of(r)
        self.assertNotEqual(second, browser.cookie)
        self.assertEqual((alive(browser.cookie), alive(second), alive(first)), (False, True, True))
        # 3: what somebody else made up, or sent in another form, is no session and becomes none.
        secret = second.split("=")[1]
        for text in ("firpath-session=" + "a" * 64, "firpath-session=" + secret[:-1], "firpath-session=" + secret + "0",
                     "firpath-session=" + secret.upper(), "xfirpath-session=" + secret, "__Host-firpath=" + secret,
                     "firpath-session = " + secret, "a=b, firpath-session=" + secret, "firpath-session=" + "' OR '1'='1"):
            r = As(self.s, {"Cookie": text}).get("/v1/me")
            self.assertEqual((r.json()["how"], r.headers["Set-Cookie"]), ("none", None), text)
        self.assertTrue(alive("a=b; firpath-session=" + secret + "; c=d"))
        # 4: a change of its roles ends it, 5: signing out ends it.
        self.change("session", roles=["editor", "supplier"])
        self.assertFalse(alive(second))
        browser = self.s.session("session")
        r = browser.post_form("/sign-out", {})
        self.assertEqual(r.status, 303)
        self.assertIn("Max-Age=0", r.headers["Set-Cookie"])
        self.assertFalse(alive(browser.cookie))
        # 6: one ends another one's own, 7: nobody ends a stranger's.
        one, two, stranger = self.s.session("session"), self.s.session("session"), self.s.session("approver")
        page = two.get("/account").body.decode()
        ids = [int(i) for i in re.findall(r"/account/sessions/(\d+)/end", page)]
        self.assertEqual(len(ids), 2)
        self.assertEqual(stranger.post_form(f"/account/sessions/{ids[0]}/end", {}).status, 404)
        self.assertTrue(alive(one.cookie))
        self.assertEqual(two.post_form(f"/account/sessions/{ids[0]}/end", {}).headers["Location"], "/account?done=session")
        self.assertEqual((alive(one.cookie), alive(two.cookie)), (False, True))
        # 8: a new password ends all but this browser, which gets a new one.
        one = self.s.session("session")
        fields = {"old": "wrong wrong wrong", "fresh": "another few words", "again": "another few words"}
        self.assertEqual(two.post_form("/account/password", fields).status, 400)
        r = two.post_form("/account/password", {**fields, "old": PASSWORD})
        self.assertEqual((r.status, r.headers["Location"]), (303, "/account?done=password"))
        self.assertEqual((alive(one.cookie), alive(two.cookie), alive(cookie_of(r))), (False, False, True))
        self.assertEqual(self.s.sign_in("session").status, 401)
        # 9: disabling ends it.
        self.change("session", state="disabled")
        self.assertFalse(alive(cookie_of(r)))

    def test_T25_what_is_for_some_roles_is_kept_by_no_browser(self):
        """Else "back" shows it to whoever sits there after the owner signed out."""
        routes = subprocess.run([os.path.join(BUILD, "firpathd"), "--routes"], capture_output=True, text=True, check=True).stdout
        operator, seen = self.s.as_role("operator"), 0
        for line in routes.splitlines():
            method, path, *roles = line.split()
            if method != "GET" or "public" in " ".join(roles) or "operator" not in " ".join(roles) or "{}" in path:
                continue
            r = operator.get(path)
            self.assertEqual(r.headers["Cache-Control"], "no-store", (path, r.status))
            seen += r.status == 200
        self.assertGreater(seen, 15)
        self.assertEqual(self.s.get("/v1/models").headers["Cache-Control"], "private, no-cache")

    def test_T25_behind_a_front_with_tls_the_cookie_is_bound_to_it(self):
        with Service(conf={"public_url": "https://fir.example", "host_names": "fir.example"}) as s:
            s.people()
            s.set_password("editor")
            r = s.sign_in("editor", headers={"Host": "fir.example", "Origin": "https://fir.example"})
            self.assertRegex(r.headers["Set-Cookie"], r"^__Host-firpath=[0-9a-f]{64}; Path=/; HttpOnly; SameSite=Strict; Secure$")
            cookie = cookie_of(r)
            self.assertEqual(As(s, {"Cookie": cookie}).get("/v1/me").json()["how"], "session")
            plain = cookie.replace("__Host-firpath", "firpath-session")
            self.assertEqual(As(s, {"Cookie": plain}).get("/v1/me").json()["how"], "none")

    def test_signing_in_leads_on_only_within_this_service(self):
        self.user("next", PASSWORD, roles=["supplier"])
        browser = None
        for target, want in (("/entries/1?x=1", "/entries/1?x=1"), ("//evil.example", "/"), ("https://evil.example", "/"),
                             ("/\\evil.example", "/"), ("/%0d%0aX:y", "/%0d%0aX:y"), ("javascript:alert(1)", "/"), ("", "/"),
                             ("/sign-in?next=/", "/"), ("/a b", "/"), ("/" + "a" * 1000, "/")):
            if not browser:
                body = urllib.parse.urlencode({"csrf": "", "login": "next", "password": PASSWORD, "next": target})
                r = As(self.s, {}).post("/sign-in", body, FORM, {"Sec-Fetch-Site": "same-origin"})
                browser = As(self.s, {"Cookie": cookie_of(r)})
            else:  # signed in already: led on by the same rule
                r = browser.get("/sign-in?" + urllib.parse.urlencode({"next": target}))
            self.assertEqual((r.status, r.headers["Location"]), (303, want), target)
        r = self.s.get("/work?x=%22%3E%3Cscript%3E", headers={"Accept": "text/html"})
        self.assertEqual(r.status, 401)
        self.assertIn(b'action="/sign-in"', r.body)
        self.assertNotIn(b"<script>", r.body)

    # Pages

    def test_accounts_and_organisations_are_kept_by_pages(self):
        browser = self.s.session("operator")
        page = browser.get("/users").body.decode()
        for text in ('href="/users/supplier"', ">supplier</a>", 'href="/organisations/2">Other Energy</a>', "SECAS approver", "tokens only"):
            self.assertIn(text, page)
        new = [("login", "paged"), ("name", "Paged & Co"), ("organisation", "Other Energy"), ("roles", "editor"), ("roles", "supplier"),
               ("password", ""), ("why", "a test")]
        r = browser.post_form("/users/new", new)
        self.assertEqual((r.status, r.headers["Location"]), (303, "/users/paged?done=yes"))
        page = browser.get("/users/paged?done=yes").body.decode()
        for text in ("The account was saved.", "Paged &amp; Co", 'value="supplier" checked', '<option value="Other Energy" selected>'):
            self.assertIn(text, page)
        for wrong, said in (([("login", "paged")] + new[1:], "already"), ([("login", "Not good!")] + new[1:], "login name has"),
                            ([("login", "p2")] + new[1:5] + [("password", "short"), ("why", "x")], "password has"),
                            ([("login", "p2")] + new[1:6] + [("why", "")], "Enter the reason")):
            r = browser.post_form("/users/new", wrong)
            self.assertEqual(r.status, 400, r)
            text = r.body.decode()
            self.assertIn(said, text)
            self.assertLess(text.index("There is a problem"), text.index("<h1"))
        edit = [("name", "Paged"), ("organisation", ""), ("roles", "editor"), ("state", "disabled"), ("password", ""), ("why", "left")]
        self.assertEqual(browser.post_form("/users/paged", edit + [("rev", "1")]).status, 303)
        r = browser.post_form("/users/paged", edit + [("rev", "1")])  # somebody was faster: nothing is written over
        self.assertEqual(r.status, 400, r)
        self.assertIn("has changed since you read it", r.body.decode())
        got = self.operator.get("/v1/users/paged").json()
        self.assertEqual((got["name"], got["organisation"], got["roles"], got["state"]), ("Paged", None, ["editor"], "disabled"))
        org = [("name", "Paged Ltd"), ("kind", "manufacturer"), ("codes", "12ab, 34CD"), ("why", "x"), ("rev", "")]
        self.assertEqual(browser.post_form("/organisations/new", org).headers["Location"], "/users?done=org")
        self.assertIn("12AB 34CD", browser.get("/users").body.decode())
        self.assertEqual(browser.post_form("/organisations/new", org).status, 400)
        # A role that the form did not offer, and a field that it has not, are no form of ours.
        self.assertEqual(browser.post_form("/users/new", new[:3] + [("roles", "device")] + new[5:]).status, 400)
        self.assertEqual(browser.post_form("/users/new", new + [("rev", "1")]).status, 400)
        # An auditor looks.
        auditor = self.s.session("auditor")
        page = auditor.get("/users").body.decode()
        self.assertIn("Other Energy", page)
        self.assertNotIn("/users/new", page)
        self.assertEqual(auditor.get("/users/supplier").status, 403)

    # Tries

    def tries(self, n, login, peer):
        """Statuses of n wrong sign-ins over one connection; bare bytes, for speed."""
        got = []
        with socket.create_connection(("127.0.0.1", self.s.port), timeout=30) as c:
            for i in range(n):
                body = f"csrf=&login={login}&password=a+wrong+one+{i}"
                c.sendall((f"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: {FORM}\r\nX-Real-IP: {peer}\r\n"
                           f"Sec-Fetch-Site: same-origin\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode())
                data = b""
                while b"\r\n\r\n" not in data:
                    data += c.recv(65536)
                head, _, rest = data.partition(b"\r\n\r\n")
                left = int(re.search(rb"Content-Length: (\d+)", head).group(1)) - len(rest)
                while left > 0:
                    left -= len(c.recv(65536))
                got.append(int(head[9:12]))
                if got[-1] == 429 and not re.search(rb"Retry-After: [1-9]", head):
                    self.fail("no Retry-After")
        return got

    def test_T34_ten_thousand_tries_are_few(self):
        self.user("tried", PASSWORD, roles=["operator"])
        start = time.monotonic()
        got = self.tries(10000, "tried", "203.0.113.1")
        took = time.monotonic() - start
        self.assertEqual(set(got), {401, 429})
        self.assertLessEqual(got.count(401), 10 + took / 10 + 1)  # of one name
        # The right one does not help now, from there or from elsewhere: the name has had its tries.
        for peer in ("203.0.113.1", "203.0.113.2"):
            r = self.s.sign_in("tried", headers={"X-Real-IP": peer})
            self.assertEqual(r.status, 429, r)
        # Other names from elsewhere go on; from that address they end with its own limit.
        self.assertEqual(self.tries(1, "nobody0", "203.0.113.2"), [401])
        for i in range(20):  # wrong tokens count for the address too
            self.s.get("/v1/users", headers={"Authorization": f"Bearer fp_{i:064x}", "X-Real-IP": "203.0.113.3"})
        self.assertEqual(self.tries(1, "nobody1", "203.0.113.3"), [429])
        # The log tells that it happened, not which word was typed where a name belongs.
        self.assertIn("event=sign-in-refused", self.s.log())
        self.assertNotIn("nobody0", self.s.log())

    def test_T34_known_and_unknown_names_are_answered_alike(self):
        self.user("known", PASSWORD, roles=["supplier"])
        self.user("nopassword", roles=["supplier"])
        self.user("disabled", PASSWORD, roles=["supplier"])
        self.change("disabled", state="disabled")
        pages = set()
        for i, (login, password) in enumerate((("known", "wrong wrong wrong"), ("unknown", "wrong wrong wrong"),
                                               ("disabled", PASSWORD), ("nopassword", " x "))):
            r = self.s.sign_in(login, password, headers={"X-Real-IP": f"203.0.114.{i}"})
            self.assertEqual(r.status, 401, r)
            self.assertIsNone(r.headers["Set-Cookie"])
            pages.add(re.sub(r'value="[^"]*"', "", r.body.decode()))
        self.assertEqual(len(pages), 1)

    def test_T34_wrong_tokens_run_out(self):
        c, got = self.s.connect(), []
        for i in range(40):
            c.request("GET", "/v1/users", headers={"Authorization": f"Bearer fp_{i:064x}", "X-Real-IP": "203.0.115.1"})
            r = c.getresponse()
            r.read()
            got.append(r.status)
        c.close()
        self.assertEqual((got[:20], got[-1]), ([401] * 20, 429))
        self.assertEqual(self.s.as_role("editor").get("/v1/users", headers={"X-Real-IP": "203.0.115.2"}).status, 200)

    def test_T34_an_account_has_its_own_limit_of_changes(self):
        with Service(conf={"trust_forwarded": "yes", "write_burst": 60, "write_rate": 1}) as s:
            s.people()
            got = {}
            for login in ("supplier", "editor"):
                ask = s.as_role(login)
                got[login] = [ask.post("/v1/tokens", {"days": 0}, headers={"X-Real-IP": f"203.0.116.{i}"}) for i in range(70)]
                self.assertEqual({r.status for r in got[login][:55]}, {400})
                self.assertEqual(got[login][-1].status, 429)
                self.assertGreater(int(got[login][-1].headers["Retry-After"]), 0)

    # Duplicates, secrets

    def test_T35_a_thousand_at_once_make_one(self):
        def make(i):
            r = self.operator.post("/v1/organisations", {"name": "One Energy", "kind": "supplier"},
                                   headers={"Idempotency-Key": "one-energy"} if i % 2 else {})
            return r.status

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            got = list(pool.map(make, range(1000)))
        self.assertLessEqual(set(got), {201, 409, 503})
        orgs = self.operator.get("/v1/organisations?limit=500").json()["organisations"]
        self.assertEqual([o["name"] for o in orgs].count("One Energy"), 1)
        # The answer that was kept for one account is not given to another one.
        headers = {"Idempotency-Key": "mine"}
        body = {"name": "Two Energy", "kind": "supplier"}
        self.assertEqual(self.operator.post("/v1/organisations", body, headers=headers).status, 201)
        r = self.operator.post("/v1/organisations", body, headers=headers)
        self.assertEqual((r.status, r.headers["Idempotent-Replay"]), (201, "true"))
        self.user("operator2", roles=["operator"])
        token = self.operator.post("/v1/tokens", {"user": "operator2"}).json()["token"]
        r = As(self.s, {"Authorization": "Bearer " + token}).post("/v1/organisations", body, headers=headers)
        self.assertEqual(r.status, 409, r)

    def test_T36_no_secret_is_found_again(self):
        canaries = ["canary one of words", "canary two of words", "canary three of words"]
        self.user("bird", canaries[0], roles=["supplier"])
        browser = self.s.session("bird", canaries[0])
        self.assertEqual(browser.post_form("/account/password", {"old": canaries[0], "fresh": canaries[1],
                                                                 "again": canaries[1]}).status, 303)
        self.change("bird", password=canaries[2])
        browser = self.s.session("bird", canaries[2])
        r = browser.post_form("/account/tokens/new", [("label", "canary"), ("roles", "supplier"), ("days", "7")])
        token = re.search(r"fp_[0-9a-f]{64}", r.body.decode()).group()
        self.assertEqual(r.headers["Cache-Control"], "no-store")
        me = As(self.s, {"Authorization": "Bearer " + token})
        # All kinds of refusals with the secrets in them.
        answers = [me.get("/v1/me"), me.get("/v1/tokens"), me.get("/v1/users"), browser.get("/account"), browser.get("/v1/me")]
        for text in (*canaries, token, browser.cookie):
            answers += [self.operator.post("/v1/users", {"login": text}), self.operator.post("/v1/users", text),
                        self.operator.post("/v1/users", {"login": "x", "password": text, "other": 1}),
                        self.operator.get("/v1/users/" + urllib.parse.quote(text, safe=""))]
        answers.append(self.s.sign_in("bird", canaries[0]))
        answers.append(self.operator.put("/v1/users/bird", {"password": canaries[0] + "\n"}, headers={"If-Match": "*"}))
        answers += [self.operator.get("/v1/audit?limit=500"), self.operator.get("/v1/users?limit=500"), self.s.get("/v1/changes")]
        secrets = {*canaries, token, browser.cookie.split("=")[1]}
        for r in answers[:5] + answers[-4:]:
            for secret in secrets:
                self.assertNotIn(secret, r.body.decode())
        everything = self.s.log().encode()
        for name in os.listdir(self.s.folder):
            path = os.path.join(self.s.folder, name)
            if os.path.isfile(path):
                with open(path, "rb") as f:
                    everything += f.read()
        for secret in secrets:
            self.assertNotIn(secret.encode(), everything.replace(b"/v1/users/" + secret.encode(), b""))
        self.assertIn(b"scrypt$15$8$3$", everything)
        self.assertNotIn(b"scrypt$", b"".join(r.body for r in answers))
        # Not on the command line either, where every user of the machine reads it.
        r = subprocess.run([os.path.join(BUILD, "firpath"), "user", "add", "--help"], capture_output=True, text=True, check=True)
        self.assertNotRegex(r.stdout, r"--password\b")


if __name__ == "__main__":
    unittest.main()

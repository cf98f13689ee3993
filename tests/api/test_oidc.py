#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Signing in with OpenID Connect, against a provider that does as it should and one that tries everything (T12)."""

import base64
import concurrent.futures
import hashlib
import hmac
import html.parser
import http.cookiejar
import http.server
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request
from urllib.parse import parse_qs, quote, urlencode, urljoin, urlsplit

from service import ROOT, Service


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Key:
    """A key pair made and used by openssl."""

    def __init__(self, folder, name, kind):
        self.kind, self.kid = kind, name
        self.file = os.path.join(folder, name + ".pem")
        self.run("genpkey", *(("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256") if kind == "EC" else
                              ("-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{kind}")), "-out", self.file)

    @staticmethod
    def run(*args, data=None):
        return subprocess.run(["openssl", *args], input=data, capture_output=True, check=True, timeout=60).stdout

    def public_pem(self):
        return self.run("pkey", "-in", self.file, "-pubout")

    def jwk(self, **more):
        if self.kind == "EC":
            point = self.run("pkey", "-in", self.file, "-pubout", "-outform", "DER")[-64:]
            out = {"kty": "EC", "crv": "P-256", "x": b64(point[:32]), "y": b64(point[32:])}
        else:
            text = self.run("rsa", "-in", self.file, "-noout", "-modulus").decode().strip().split("=")[1]
            out = {"kty": "RSA", "n": b64(bytes.fromhex(text)), "e": "AQAB"}
        return {**out, "kid": self.kid, **more}

    def sign(self, data, alg):
        if alg.startswith("HS"):
            return hmac.new(self.public_pem(), data, hashlib.sha256).digest()
        if alg == "none":
            return b""
        pss = ("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32") if alg == "PS256" else ()
        sig = self.run("dgst", "-sha" + (alg[2:] if alg[2:].isdigit() else "256"), *pss, "-sign", self.file, data=data)
        if self.kind != "EC":
            return sig
        n = sig[3]  # DER: 30 len 02 n r 02 m s
        return sig[4:4 + n][-32:].rjust(32, b"\0") + sig[6 + n:][-32:].rjust(32, b"\0")


class Provider:
    """An OpenID Connect provider of one page; what it says can be changed for one sign-in."""

    def __init__(self, folder):
        self.port = free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        self.client, self.secret = "firpath test", "geheim/+ %"
        self.key = Key(folder, "k1", 2048)
        self.jwks = [self.key.jwk(use="sig", alg="RS256")]
        self.codes, self.asked, self.subject, self.claims = {}, [], "subject-1", {}
        self.token = self.discovery = None  # tests put functions here
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *args):
                pass

            def answer(self, status, what):
                body = what if isinstance(what, bytes) else json.dumps(what).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                provider.asked.append(self.path)
                if self.path == "/.well-known/openid-configuration":
                    doc = {"issuer": provider.issuer, "authorization_endpoint": provider.issuer + "/auth",
                           "token_endpoint": provider.issuer + "/token", "jwks_uri": provider.issuer + "/jwks"}
                    self.answer(200, provider.discovery(doc) if provider.discovery else doc)
                elif self.path == "/jwks":
                    self.answer(200, {"keys": provider.jwks})
                else:
                    self.answer(404, {})

            def do_POST(self):
                provider.asked.append(self.path)
                body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                one = {k: v[0] for k, v in body.items()}
                basic = base64.b64encode(f"{quote(provider.client, safe='')}:{quote(provider.secret, safe='')}".encode()).decode()
                asked = provider.codes.pop(one.get("code"), None)
                good = (asked and self.headers["Authorization"] == "Basic " + basic and
                        one["grant_type"] == "authorization_code" and one["redirect_uri"] == asked["redirect_uri"] and
                        b64(hashlib.sha256(one["code_verifier"].encode()).digest()) == asked["code_challenge"])
                if not good:
                    self.answer(400, {"error": "invalid_grant"})
                    return
                token = provider.token(asked["nonce"]) if provider.token else provider.make(asked["nonce"])
                self.answer(200, {"access_token": "a", "token_type": "Bearer", "id_token": token})

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def body(self, nonce, **change):
        now = int(time.time())
        out = {"iss": self.issuer, "sub": self.subject, "aud": self.client, "exp": now + 300, "iat": now, "nonce": nonce,
               **self.claims, **change}
        return {k: v for k, v in out.items() if v is not None}

    def make(self, nonce, header=None, key=None, alg="RS256", raw=None, **change):
        key = key or self.key
        head = {"alg": alg, "typ": "JWT", "kid": key.kid, **(header or {})}
        head = {k: v for k, v in head.items() if v is not None}
        parts = b64(json.dumps(head).encode()) + "." + b64(raw or json.dumps(self.body(nonce, **change)).encode())
        return parts + "." + b64(key.sign(parts.encode(), alg))


class Oidc(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="firpath-oidc-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.provider = Provider(cls.folder.name)
        cls.addClassCleanup(cls.provider.close)
        secret = os.path.join(cls.folder.name, "secret")
        with open(secret, "w", encoding="utf-8") as f:
            f.write(cls.provider.secret + "\n")
        port = free_port()
        cls.url = f"http://127.0.0.1:{port}"
        cls.s = Service(start=False, conf={
            "listen": f"127.0.0.1:{port}", "public_url": cls.url, "oidc_issuer": cls.provider.issuer,
            "oidc_client_id": cls.provider.client, "oidc_client_secret_file": secret, "oidc_label": "the Example account",
            "fetch_allow_http": f"127.0.0.1:{cls.provider.port}", "fetch_allow": "127.0.0.0/8", "oidc_provision": "yes",
            "oidc_role_claim": "realm.roles", "oidc_roles": "fir-reader=auditor fir-supplier=supplier",
            "oidc_org_claim": "org"})
        cls.addClassCleanup(cls.s.close)
        cls.s.start()
        cls.s.people()
        operator = cls.s.as_role("operator")
        r = operator.post("/v1/users", {"login": "anna", "roles": ["supplier"], "organisation": "",
                                        "issuer": cls.provider.issuer, "subject": "subject-1"})
        assert r.status == 201, r

    def setUp(self):
        self.provider.token = self.provider.discovery = None
        self.provider.subject, self.provider.claims = "subject-1", {}

    def get(self, path, cookie=None):
        headers = {"Accept": "text/html", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
        return self.s.get(path, headers={**headers, **({"Cookie": cookie} if cookie else {})})

    def begin(self, following="/models"):
        r = self.get("/sign-in/oidc?" + urlencode({"next": following}))
        self.assertEqual(r.status, 303, r)
        self.assertRegex(r.headers["Set-Cookie"], r"; Path=/; HttpOnly; SameSite=Lax; Max-Age=600$")
        asked = {k: v[0] for k, v in parse_qs(urlsplit(r.headers["Location"]).query).items()}
        return r.headers["Set-Cookie"].split(";")[0], asked

    def back(self, cookie, **query):
        return self.get("/sign-in/oidc/back?" + urlencode(query), cookie)

    def flow(self, following="/models"):
        cookie, asked = self.begin(following)
        self.provider.codes["code-1"] = asked
        return self.back(cookie, code="code-1", state=asked["state"], session_state="x")

    def session_of(self, r):
        for line in r.headers.get_all("Set-Cookie") or []:
            if line.startswith("firpath-session=") and "Max-Age=0" not in line:
                return line.split(";")[0]
        return None

    def test_who_the_provider_vouches_for_is_signed_in(self):
        self.assertIn(b"Sign in with the Example account", self.get("/sign-in?next=/models").body)
        cookie, asked = self.begin()
        self.assertEqual({k: asked[k] for k in ("response_type", "client_id", "redirect_uri", "scope", "code_challenge_method")},
                         {"response_type": "code", "client_id": self.provider.client, "code_challenge_method": "S256",
                          "redirect_uri": self.url + "/sign-in/oidc/back", "scope": "openid profile"})
        self.assertNotIn(asked["state"].lower(), cookie)
        r = self.flow()
        self.assertEqual(r.status, 200, r)
        self.assertEqual(r.headers["Refresh"], "0; url=/models")
        self.assertEqual(r.headers["Cache-Control"], "no-store")
        session = self.session_of(r)
        me = self.s.get("/v1/me", headers={"Cookie": session}).json()
        self.assertIn("anna", json.dumps(me))
        for following in ("//evil.example", "https://evil.example", "/a\\b", "x", "/sign-out"):
            self.assertEqual(self.flow(following).headers["Refresh"], "0; url=/")

    def test_an_answer_belongs_to_the_browser_that_asked_and_counts_once(self):
        cookie, asked = self.begin()
        other, _ = self.begin()
        before = len(self.provider.asked)
        for c, query in ((None, {"code": "c", "state": asked["state"]}), (other, {"code": "c", "state": asked["state"]}),
                         (cookie, {"code": "c", "state": asked["state"][:-1]}), (cookie, {"code": "c"}),
                         (cookie, {"state": asked["state"]}), (cookie, {"error": "access_denied", "state": asked["state"]}),
                         (cookie, {"code": "c", "state": asked["state"], "iss": "https://other.example"})):
            r = self.back(c, **query)
            self.assertIn(r.status, (403, 422), (query, r))
            self.assertIsNone(self.session_of(r), query)
        self.assertEqual(len(self.provider.asked), before)  # nobody was asked
        r = self.back(cookie, code="stolen", state=asked["state"])  # the provider knows no such code
        self.assertEqual((r.status, self.session_of(r)), (403, None))
        self.assertIn("Max-Age=0", r.headers["Set-Cookie"])
        # A code that was asked for by another attempt: its verifier is another.
        self.provider.codes["code-1"] = asked
        attempt, second = self.begin()
        self.assertIsNone(self.session_of(self.back(attempt, code="code-1", state=second["state"])))

    def test_T12_forty_tokens_that_do_not_hold_sign_nobody_in(self):
        p, now = self.provider, int(time.time())
        other = Key(self.folder.name, "other", 2048)
        weak, ec = Key(self.folder.name, "weak", 1024), Key(self.folder.name, "ec", "EC")
        good = lambda n: p.make(n)

        def cut(n, part, change):
            parts = good(n).split(".")
            parts[part] = change(parts[part])
            return ".".join(parts)

        def unsigned(n):
            return ".".join(p.make(n, alg="none").split(".")[:2]) + "."

        flip = lambda s: s[:10] + ("A" if s[10] != "A" else "B") + s[11:]
        bad = [
            lambda n: p.make(n, alg="none"), unsigned, lambda n: p.make(n, header={"alg": "None"}), lambda n: p.make(n, alg="HS256"),
            lambda n: p.make(n, header={"alg": "HS256"}), lambda n: p.make(n, header={"alg": None}),
            lambda n: p.make(n, header={"alg": "ES256"}), lambda n: p.make(n, header={"alg": ["RS256"]}),
            lambda n: p.make(n, alg="RS512"),  # right, but not taken
            lambda n: p.make(n, alg="PS256"),  # taken, but the key says RS256
            lambda n: p.make(n, key=other), lambda n: p.make(n, key=other, header={"kid": "k1"}),
            lambda n: p.make(n, key=other, header={"kid": "k1", "jwk": other.jwk()}),
            lambda n: p.make(n, key=other, header={"kid": "k1", "jku": p.issuer + "/jwks"}),
            lambda n: p.make(n, header={"kid": "../k1"}), lambda n: p.make(n, header={"kid": 1}),
            lambda n: p.make(n, header={"crit": ["exp"]}), lambda n: p.make(n, header={"b64": False}),
            lambda n: p.make(n, header={"typ": "at+jwt"}), lambda n: p.make(n, header={"zip": "DEF"}),
            lambda n: cut(n, 0, flip), lambda n: cut(n, 1, flip), lambda n: cut(n, 2, flip), lambda n: cut(n, 2, lambda s: ""),
            lambda n: cut(n, 1, lambda s: s + "="), lambda n: good(n) + ".x", lambda n: ".".join(good(n).split(".")[:2]),
            lambda n: "", lambda n: "a.b.c", lambda n: {"not": "text"},
            lambda n: p.make(n, iss="https://other.example"), lambda n: p.make(n, iss=p.issuer + "/"), lambda n: p.make(n, iss=None),
            lambda n: p.make(n, aud="somebody"), lambda n: p.make(n, aud=[]), lambda n: p.make(n, aud=None),
            lambda n: p.make(n, aud=[p.client, "somebody"]), lambda n: p.make(n, aud=[p.client, 1]),
            lambda n: p.make(n, azp="somebody"), lambda n: p.make("x"), lambda n: p.make(None),
            lambda n: p.make(n, exp=now - 90), lambda n: p.make(n, exp=None), lambda n: p.make(n, exp=str(now + 300)),
            lambda n: p.make(n, iat=now + 900), lambda n: p.make(n, iat=now - 1000), lambda n: p.make(n, iat=None),
            lambda n: p.make(n, nbf=now + 900), lambda n: p.make(n, sub=None), lambda n: p.make(n, sub=""),
            lambda n: p.make(n, sub=7), lambda n: p.make(n, sub="x" * 300), lambda n: p.make(n, sub="subject-1\n"),
            lambda n: p.make(n, raw=json.dumps(p.body(n)).encode()[:-1] + b',"sub":"subject-2","sub":"subject-1"}'),
            lambda n: p.make(n, raw=b"[]"), lambda n: p.make(n, raw=b"\xff{}"),
        ]
        self.assertGreaterEqual(len(bad), 40)
        for i, make in enumerate(bad):
            p.token = make
            r = self.flow()
            with self.subTest(case=i, answer=r):
                self.assertIn(r.status, (403, 422, 502))
                self.assertIsNone(self.session_of(r))
                # refused for what it is, not because something else went wrong
                self.assertRegex(r.body.decode(), "identity token")
        # Keys that are too weak, of another use, or of another kind than their algorithm.
        kept = p.jwks
        self.addCleanup(setattr, p, "jwks", kept)
        for jwks, key, alg in (([weak.jwk()], weak, "RS256"), ([other.jwk(use="enc")], other, "RS256"),
                               ([other.jwk(alg="PS256")], other, "RS256"), ([ec.jwk()], ec, "RS256"),
                               ([other.jwk(), other.jwk()], other, "RS256"),
                               ([{"kty": "oct", "kid": "k", "k": b64(other.public_pem())}], other, "HS256"), ([], other, "RS256")):
            p.jwks = kept + jwks
            self.s.stop()
            self.s.start()
            p.token = lambda n, key=key, alg=alg: p.make(n, key=key, alg="RS256" if key is ec else alg) if key is not ec else \
                p.make(n, key=ec, alg="ES256", header={"alg": "RS256"})
            self.assertIsNone(self.session_of(self.flow()), (jwks, alg))
        p.token = None
        self.assertIsNotNone(self.session_of(self.flow()))

    def test_new_keys_of_the_provider_are_fetched_and_other_algorithms_work(self):
        p = self.provider
        self.assertIsNotNone(self.session_of(self.flow()))
        kept = p.jwks
        self.addCleanup(setattr, p, "jwks", kept)
        ec = Key(self.folder.name, "new-ec", "EC")
        p.jwks = kept + [ec.jwk()]
        p.token = lambda n: p.make(n, key=ec, alg="ES256")
        self.s.stop()
        self.s.start()
        self.assertIsNotNone(self.session_of(self.flow()))
        new = Key(self.folder.name, "new-rsa", 2048)
        p.jwks = kept + [new.jwk()]  # without a word: it is only found by asking again
        p.token = lambda n: p.make(n, key=new, alg="PS256", aud=[p.client])
        self.assertIsNotNone(self.session_of(self.flow()))

    def test_accounts_are_matched_by_subject_and_made_only_for_mapped_roles(self):
        p = self.provider
        name = self.s.as_role("operator").get("/v1/organisations").json()["organisations"][0]["name"]
        for claims, made in (({}, False), ({"realm": {"roles": ["admin", "operator"]}}, False), ({"realm": {"roles": ["fir-reader"]}}, False),
                             ({"realm": {"roles": ["fir-reader"]}, "org": "Nobody Ltd"}, False),
                             ({"realm": {"roles": "fir-supplier"}, "org": name, "preferred_username": "Anna", "name": "Another Anna"}, True),
                             ({"realm": {"roles": ["x", "fir-reader"]}, "org": name, "preferred_username": "Bea.B@x", "name": "Bea"}, True)):
            p.claims, p.subject = claims, "new-" + str(hash(json.dumps(claims)))
            r = self.flow()
            with self.subTest(claims=claims):
                self.assertEqual(self.session_of(r) is not None, made, r)
        me = self.s.get("/v1/me", headers={"Cookie": self.session_of(self.flow())}).json()
        self.assertIn("bea.b", json.dumps(me))
        self.assertIn("auditor", json.dumps(me))
        self.assertNotIn("operator", json.dumps(me.get("roles")))
        # Disabled is disabled.
        operator = self.s.as_role("operator")
        user = operator.get("/v1/users/bea.b")
        r = operator.put("/v1/users/bea.b", {"state": "disabled"}, headers={"If-Match": user.headers["ETag"]})
        self.assertEqual(r.status, 200, r)
        self.assertIsNone(self.session_of(self.flow()))

    def test_a_provider_that_lies_or_is_gone_is_told_and_not_asked_again_and_again(self):
        p = self.provider
        for lie in (lambda d: {**d, "issuer": "https://other.example"}, lambda d: {**d, "token_endpoint": "http://10.0.0.1/token"},
                    lambda d: {**d, "jwks_uri": "file:///etc/passwd"}, lambda d: {}, lambda d: b"no json", lambda d: b"x" * 100000):
            p.discovery = lie
            self.s.stop()
            self.s.start()
            before = len(p.asked)
            for _ in range(3):
                self.assertIn(self.get("/sign-in/oidc").status, (413, 502), lie)
            self.assertEqual(len(p.asked), before + 1)
        p.discovery = None
        self.s.stop()
        self.s.start()
        self.assertIsNotNone(self.session_of(self.flow()))
        self.assertNotIn(p.secret, self.s.log())

    def test_T40_a_provider_that_is_slow_to_begin_with_holds_up_a_few_only(self):
        port = free_port()
        self.provider.discovery = lambda doc: time.sleep(2) or doc
        conf = {**self.s.conf, "listen": f"127.0.0.1:{port}", "public_url": f"http://127.0.0.1:{port}", "threads": 16}
        with tempfile.TemporaryDirectory(prefix="firpath-oidc-") as folder:
            conf["db"] = os.path.join(folder, "firpath.db")
            with Service(conf=conf, db=conf["db"]) as s, concurrent.futures.ThreadPoolExecutor(12) as pool:
                asked = [pool.submit(s.get, "/sign-in/oidc") for _ in range(12)]
                self.assertEqual(s.get("/v1/models").status, 200)
                statuses = sorted(a.result().status for a in asked)
        self.assertEqual(statuses, [303] * 8 + [503] * 4)

    def test_without_a_provider_there_is_no_such_way(self):
        with Service() as s:
            self.assertEqual(s.get("/sign-in/oidc").status, 404)
            self.assertEqual(s.get("/sign-in/oidc/back?code=x&state=y").status, 404)


class Forms(html.parser.HTMLParser):
    """The first form of a page: where it goes and its hidden fields."""

    def __init__(self, text):
        super().__init__()
        self.action, self.fields = None, {}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if tag == "form" and not self.action:
            self.action = a["action"]
        if tag == "input" and a.get("type") == "hidden":
            self.fields[a["name"]] = a.get("value", "")


class Theirs(unittest.TestCase):
    """The provider of others (npm oidc-provider), with a browser that keeps cookies and follows redirects."""

    FOLDER = os.path.join(ROOT, "tests/oidc")

    @classmethod
    def setUpClass(cls):
        lock, mark = (os.path.join(cls.FOLDER, n) for n in ("package-lock.json", "node_modules/.lock-installed"))
        with open(lock, "rb") as f:
            want = f.read()
        have = b""
        if os.path.exists(mark):
            with open(mark, "rb") as f:
                have = f.read()
        if have != want:
            subprocess.run(["npm", "ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund"], cwd=cls.FOLDER,
                           check=True, capture_output=True, timeout=300)
            shutil.copy(lock, mark)

    def test_a_provider_that_others_wrote_signs_in_and_only_whom_we_know(self):
        port, theirs = free_port(), free_port()
        url, issuer = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{theirs}"
        node = subprocess.Popen(["node", "provider.mjs", str(theirs), "firpath", "secret-of-the-test", url + "/sign-in/oidc/back"],
                                cwd=self.FOLDER, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(node.stdout.close)
        self.addCleanup(node.wait, 10)
        self.addCleanup(node.terminate)
        self.assertEqual(node.stdout.readline(), b"ready\n")
        with tempfile.TemporaryDirectory(prefix="firpath-oidc-") as folder:
            secret = os.path.join(folder, "secret")
            with open(secret, "w", encoding="ascii") as f:
                f.write("secret-of-the-test\n")
            with Service(start=False, conf={"listen": f"127.0.0.1:{port}", "public_url": url, "oidc_issuer": issuer,
                                            "oidc_client_id": "firpath", "oidc_client_secret_file": secret,
                                            "fetch_allow_http": f"127.0.0.1:{theirs}", "fetch_allow": "127.0.0.0/8"}) as s:
                s.start()
                s.people()
                r = s.as_role("operator").post("/v1/users", {"login": "anna", "roles": ["supplier"], "organisation": "",
                                                             "issuer": issuer, "subject": "anna-there"})
                self.assertEqual(r.status, 201, r)
                for subject, known in (("anna-there", True), ("bob-there", False)):
                    jar = http.cookiejar.CookieJar()
                    status, body = self.sign_in(jar, url, subject)
                    session = [c for c in jar if c.name == "firpath-session"]
                    with self.subTest(subject=subject):
                        self.assertEqual((status, bool(session)), (200, True) if known else (403, False), body)
                        if known:
                            me = s.get("/v1/me", headers={"Cookie": "firpath-session=" + session[0].value}).json()
                            self.assertIn("anna", json.dumps(me))

    def sign_in(self, jar, url, subject):
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

        def go(address, fields=None):
            try:
                r = browser.open(address, urlencode(fields).encode() if fields else None, timeout=20)
            except urllib.error.HTTPError as e:
                r = e
            with r:
                return r.status, r.url, r.read().decode()

        status, at, body = go(url + "/sign-in/oidc?next=/models")
        for more in ({"login": subject, "password": "x"}, {}):
            self.assertEqual(status, 200, body)
            form = Forms(body)
            status, at, body = go(urljoin(at, form.action), {**form.fields, **more})
        self.assertTrue(at.startswith(url + "/sign-in/oidc/back?"), at)
        return status, body


if __name__ == "__main__":
    unittest.main()

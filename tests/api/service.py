# SPDX-License-Identifier: Apache-2.0
"""A firpathd of one's own for black-box tests: free ports, a temporary folder, a small catalogue, ended by its pid.

    with Service() as s:                    # or Service(conf={"threads": 4}, args=["--public"], start=False)
        s.import_sample()                   # the catalogue that cpl_csv() and statements_csv() describe
        r = s.get("/v1/path?from=000001&to=000004")
        assert r.status == 200 and r.json()["result"] == "path"

    s.people()                                      # an account with a token for each role; the loopback is nobody then
    s.as_role("editor").post("/v1/proposals", {...}) # also as_role("public"), as_role("device"), as_role("supplier2")
    s.session("editor").post_form("/proposals/new", {...})  # a browser that signed in

The folder of the build is $FIRPATH_BUILD, else the current folder. Every server ends with its Service; kill() is
kill -9, and start() brings it back over the same store."""

import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EXTRA = dict(p.split("=",1) for p in os.environ.get("FIRPATH_TEST_CONF", "").split())  # more keys for every Service
BUILD = os.environ.get("FIRPATH_BUILD", os.getcwd())

HEADER = ("Version,Entry.number,Entry.status,Device_Type.name,Device_Model.manufacturer_identifier,"
          "Device_Model.model_identifier,Device_Model.hardware_version.version,Device_Model.hardware_version.revision,"
          "Device_Model.model_identifier_concatenated_with_hardware_version,Device_Model.firmware_version,"
          "SMETS_CHTS Version.Version_number_and_effective_date,GBCS Version.version_number,Manufacturer_Image.hash")

ESME = "Single Element Electricity Metering Equipment"
GSME = "Gas Smart Meter"

# number, status, type, manufacturer, model, hardware version, revision, firmware, has an image
SAMPLE = [
    (1, "Current", ESME, "1081", "00A1", "01", "02", "00010000", False),
    (2, "Current", ESME, "1081", "00A1", "01", "02", "00010100", True),
    (3, "Current", ESME, "1081", "00A1", "01", "02", "00010200", True),
    (4, "Current", ESME, "1081", "00A1", "01", "02", "00020000", True),
    (5, "Current", ESME, "1081", "00A1", "01", "02", "00030000", True),  # no statement
    (6, "Removed", ESME, "1081", "00A1", "01", "02", "00030100", False),
    (7, "Current", GSME, "1082", "00B1", "01", "00", "00000001", True),
    (8, "Current", GSME, "1082", "00B1", "01", "00", "00000001", False),  # the same identity again: ambiguous
    (9, "Current", GSME, "1082", "00B1", "01", "00", "00000002", True),
]

STATEMENTS = """entry,kind,bases,source,author,stated_on,confirmed_on,excerpt,reference
000001,none,,manufacturer,Example Meters,2023-01-01,2023-02-01,First release.,RN-1
000002,bases,000001,manufacturer,Example Meters,2023-03-01,2023-04-01,Install over 1.0.,RN-2
000003,bases,000002,manufacturer,Example Meters,2023-05-01,2023-06-01,Install over 1.1.,RN-3
000004,bases,000003,secas,Example Meters,2023-07-01,,"Install over 1.2, ""only"".",RN-4
000007,none,,manufacturer,Example Gas,2023-01-01,,,
000009,bases,000007 000008,supplier,Example Gas,2023-01-01,,,
"""


def image(number):
    """The bytes of the image of an entry; their SHA-256 is what the sample list says."""
    return (f"image of entry {number:06d}\n" * 4000).encode()


def sha(data):
    return hashlib.sha256(data).hexdigest().upper()


def cpl_csv(rows=SAMPLE, version="9.001", issued="21-09-2022"):
    lines = [HEADER]
    for number, status, kind, manufacturer, model, hw, rev, firmware, has_image in rows:
        lines.append(",".join([f"Version {version} Issued on {issued}", f"{number:06d}", status, kind, manufacturer, model,
                               hw, rev, model + hw + rev, firmware, "SMETS2 V2.0", "GBCS Version 2.0",
                               sha(image(number)) if has_image else ""]))
    return ("\r\n".join(lines) + "\r\n").encode()


def statements_csv():
    return STATEMENTS.encode()


class Response:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers  # http.client.HTTPMessage: case-insensitive
        self.body = body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"


# Whom people() makes: login (the first of a role is named like it), roles, organisation.
ORGANISATIONS = [("Example Energy", "supplier", []), ("Other Energy", "supplier", []),
                 ("Example Meters", "manufacturer", ["1081"]), ("Other Meters", "manufacturer", ["1082"]),
                 ("Example Code Office", "secas", []), ("Example Chargers", "cpo", [])]
PEOPLE = [("operator", ["operator"], None), ("supplier", ["supplier"], "Example Energy"),
          ("supplier2", ["supplier"], "Other Energy"), ("manufacturer", ["manufacturer"], "Example Meters"),
          ("manufacturer2", ["manufacturer"], "Other Meters"), ("editor", ["editor"], "Example Code Office"),
          ("editor2", ["editor"], "Example Code Office"), ("approver", ["approver"], "Example Code Office"),
          ("approver2", ["approver"], "Example Code Office"), ("ssc", ["ssc"], None), ("ssc2", ["ssc"], None),
          ("cpo", ["cpo"], "Example Chargers"), ("auditor", ["auditor"], None)]
PASSWORD = "an example of a password"


class As:
    """Requests of one account, or of nobody: the same get, post, put, request as those of the Service."""

    def __init__(self, service, headers):
        self.service = service
        self.headers = headers

    def request(self, method, path, body=None, headers=None, **kw):
        # An empty Authorization keeps the Service's own token away.
        return self.service.request(method, path, body=body, headers={"Authorization": "", **self.headers, **(headers or {})},
                                    **kw)

    def get(self, path, headers=None, **kw):
        return self.request("GET", path, headers=headers, **kw)

    def delete(self, path, headers=None, **kw):
        return self.request("DELETE", path, headers=headers, **kw)

    def post(self, path, body=b"", content_type="application/json", headers=None, method="POST", **kw):
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        headers = dict(headers or {})
        if body:
            headers.setdefault("Content-Type", content_type)
        return self.request(method, path, body=body, headers=headers, **kw)

    def put(self, path, body, content_type="application/json", headers=None, **kw):
        return self.post(path, body, content_type, headers, method="PUT", **kw)


class Session(As):
    """A browser that signed in: its cookie, and what its pages send along."""

    def __init__(self, service, cookie):
        super().__init__(service, {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"})
        self.cookie = cookie
        self.csrf = self.get("/v1/me").json()["csrf"]
        self.headers["Firpath-Csrf"] = self.csrf

    def post_form(self, path, fields, headers=None, **kw):
        """fields: a dict, or pairs; the csrf field is added unless it is given."""
        pairs = list(fields.items()) if isinstance(fields, dict) else list(fields)
        if not any(k == "csrf" for k, _ in pairs):
            pairs.append(("csrf", self.csrf))
        return self.post(path, urllib.parse.urlencode(pairs), "application/x-www-form-urlencoded", headers, **kw)


class Service:
    def __init__(self, conf=None, args=(), start=True, db=None, folder=None, env=None):
        self.own_folder = folder is None
        self.folder = folder or tempfile.mkdtemp(prefix="firpath-api-", dir=os.environ.get("TMPDIR", "/tmp"))
        self.db = db or os.path.join(self.folder, "firpath.db")
        self.conf = {"db": self.db, "image_dir": os.path.join(self.folder, "images"), "listen": "127.0.0.1:0",
                     "health_listen": "127.0.0.1:0", "ocpp_profile1": "127.0.0.1:0", **EXTRA, **(conf or {})}
        self.args = list(args)
        self.env = {**os.environ, **(env or {})}
        self.process = None
        self.log_path = os.path.join(self.folder, "firpathd.log")
        self.conf_path = os.path.join(self.folder, "firpathd.conf")
        self.port = self.health_port = None
        self.token = None
        self.tokens = {}  # login -> API token, of people()
        if start:
            try:
                self.start()
            except BaseException:
                self.close()
                raise

    # Life

    def write_conf(self):
        with open(self.conf_path, "w", encoding="utf-8") as f:
            for key, value in self.conf.items():
                f.write(f"{key} = {value}\n")

    def start(self, wait=20.0):
        """Starts firpathd and waits for its line `event=ready`, which tells the real ports."""
        self.write_conf()
        offset = os.path.getsize(self.log_path) if os.path.exists(self.log_path) else 0
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([os.path.join(BUILD, "firpathd"), "--config", self.conf_path, *self.args],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.env)
        end = time.monotonic() + wait
        while time.monotonic() < end:
            with open(self.log_path, "rb") as f:
                f.seek(offset)
                text = f.read().decode("utf-8", "replace")
            ready = re.search(r"event=ready .*?listen=\"?[\d.]+:(\d+)\"? health=\"?[\d.]+:(\d+)", text)
            if ready:
                self.port, self.health_port = int(ready.group(1)), int(ready.group(2))
                return self
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        self.kill()
        raise RuntimeError(f"firpathd did not start: {self.log()}")

    def stop(self, sig=signal.SIGTERM, wait=40.0):
        """Ends it in good order; returns the exit status."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(sig)
        try:
            status = self.process.wait(wait)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        self.process = None
        return status

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def close(self):
        """Ends it if it runs; what it says at its end (a sanitizer's finding, say) must not be lost."""
        status, tail = 0, ""
        if self.process is not None:
            status = self.stop()
            tail = self.log()[-6000:]
        if self.own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)
        if status:
            raise RuntimeError(f"firpathd ended with {status}: {tail}")

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if exc[0] is not None:
            sys.stderr.write(self.log()[-4000:])
        try:
            self.close()
        except RuntimeError:
            if exc[0] is None:
                raise

    def log(self):
        try:
            with open(self.log_path, encoding="utf-8", errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    # Requests

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def connect(self, port=None, timeout=30):
        return http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=timeout)

    def request(self, method, path, body=None, headers=None, port=None, timeout=30):
        headers = dict(headers or {})
        if self.token and "Authorization" not in headers:
            headers["Authorization"] = "Bearer " + self.token
        if headers.get("Authorization") == "":
            del headers["Authorization"]
        c = self.connect(port, timeout)
        try:
            c.request(method, path, body=body, headers=headers)
            r = c.getresponse()
            return Response(r.status, r.headers, r.read())
        finally:
            c.close()

    def get(self, path, headers=None, **kw):
        return self.request("GET", path, headers=headers, **kw)

    def post(self, path, body=b"", content_type="application/json", headers=None, **kw):
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        headers = dict(headers or {})
        if body:
            headers.setdefault("Content-Type", content_type)
        return self.request("POST", path, body=body, headers=headers, **kw)

    def put(self, path, body, content_type="application/octet-stream", headers=None, **kw):
        return self.request("PUT", path, body=body, headers={"Content-Type": content_type, **(headers or {})}, **kw)

    def health(self, path="/readyz"):
        return self.get(path, port=self.health_port)

    def raw(self, data, port=None, timeout=10.0, half_close=False):
        """Sends bytes as they are and returns everything that comes back until the connection ends or falls silent."""
        with socket.create_connection(("127.0.0.1", port or self.port), timeout=timeout) as c:
            c.sendall(data)
            if half_close:
                c.shutdown(socket.SHUT_WR)
            got = b""
            try:
                while True:
                    piece = c.recv(65536)
                    if not piece:
                        break
                    got += piece
            except (TimeoutError, ConnectionResetError):
                pass
            return got

    # People

    def cli(self, *args, stdin=None, check=True):
        r = subprocess.run([os.path.join(BUILD, "firpath"), *args], input=stdin, capture_output=True, text=True, timeout=60,
                           stdin=None if stdin is not None else subprocess.DEVNULL, check=False)
        if check and r.returncode:
            raise RuntimeError(f"firpath {' '.join(args)}: {r.returncode} {r.stdout} {r.stderr}")
        return r

    def people(self):
        """An account with an API token for everybody of PEOPLE, and a token for devices. Returns {login: token}."""
        if self.tokens:
            return self.tokens
        self.cli("user", "add", "operator", "--no-password", "--role", "operator", "--db", self.db)
        token = self.cli("token", "new", "--user", "operator", "--label", "test", "--db", self.db, "--json").stdout
        self.tokens["operator"] = json.loads(token)["token"]
        operator = self.as_role("operator")
        for name, kind, codes in ORGANISATIONS:
            self._made(operator.post("/v1/organisations", {"name": name, "kind": kind, "codes": codes}))
        for login, roles, org in PEOPLE[1:]:
            self._made(operator.post("/v1/users", {"login": login, "roles": roles, "organisation": org or ""}))
            self.tokens[login] = self._made(operator.post("/v1/tokens", {"user": login, "label": "test"}))["token"]
        if not self.conf.get("device_token_file"):
            self.conf["device_token_file"] = os.path.join(self.folder, "device.token")
            with open(self.conf["device_token_file"], "w", encoding="utf-8") as f:
                f.write("device-token-of-the-tests\n")
            self.write_conf()
            offset = len(self.log())
            self.process.send_signal(signal.SIGHUP)
            self.wait_for(lambda: "event=reloaded" in self.log()[offset:])
        with open(self.conf["device_token_file"], encoding="utf-8") as f:
            self.tokens["device"] = f.readline().strip()
        return self.tokens

    @staticmethod
    def _made(r):
        if r.status != 201:
            raise RuntimeError(f"it was not made: {r}")
        return r.json()

    def as_role(self, who):
        """Requests as somebody of PEOPLE, as "device", or as "public": nobody."""
        return As(self, {} if who == "public" else {"Authorization": "Bearer " + self.tokens[who]})

    def set_password(self, login, password=PASSWORD):
        operator = self.as_role("operator")
        r = operator.put("/v1/users/" + login, {"password": password},
                         headers={"If-Match": operator.get("/v1/users/" + login).headers["ETag"]})
        if r.status != 200:
            raise RuntimeError(f"the password was not set: {r}")

    def sign_in(self, login, password=PASSWORD, headers=None):
        """What the page of signing in answers."""
        body = urllib.parse.urlencode({"csrf": "", "login": login, "password": password})
        return As(self, {}).post("/sign-in", body, "application/x-www-form-urlencoded",
                                 {"Sec-Fetch-Site": "same-origin", **(headers or {})})

    def session(self, login, password=PASSWORD):
        """A browser in which that account (which needs no password before) has signed in."""
        if not self.as_role("operator").get("/v1/users/" + login).json()["password"]:
            self.set_password(login, password)
        r = self.sign_in(login, password)
        if r.status != 303:
            raise RuntimeError(f"nobody was signed in: {r}")
        return Session(self, r.headers["Set-Cookie"].split(";")[0])

    # Content

    def import_cpl(self, data, query=""):
        return self.post("/v1/imports?feed=cpl" + query, data, "text/csv")

    def import_statements(self, data, query=""):
        return self.post("/v1/imports?feed=statements" + query, data, "text/csv")

    def import_sample(self):
        for r in (self.import_cpl(cpl_csv()), self.import_statements(statements_csv())):
            if r.status not in (200, 201):
                raise RuntimeError(f"the sample was not imported: {r}")

    def put_images(self, rows=SAMPLE):
        for row in rows:
            if row[8]:
                data = image(row[0])
                r = self.put("/v1/images/" + sha(data), data)
                if r.status not in (200, 201):
                    raise RuntimeError(f"image of {row[0]} was not taken: {r}")

    def wait_for(self, check, seconds=20.0, every=0.05):
        """Calls check until it gives something true, which is returned."""
        end = time.monotonic() + seconds
        while True:
            got = check()
            if got:
                return got
            if time.monotonic() > end:
                raise AssertionError("it did not happen in time; log:\n" + self.log()[-3000:])
            time.sleep(every)

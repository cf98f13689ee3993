# SPDX-License-Identifier: Apache-2.0
"""A firpathd with releases and stations, and stations that are played (contrib/station-simulator), for black-box tests.

    with World() as w:
        w.releases("1.0", "1.1", "1.2")                 # of component `default`, each over the one before
        w.stations(3)                                    # CS00000 ... CS00002
        sim = w.sim(3, "--behave", "1:download-failed")
        c = w.campaign("c", "1.2")
        w.ended(c)
        assert sim.path("CS00000") == ["1.0", "1.1", "1.2"]

Releases are signed by a certificate of the world's own authority, have an image and an SBOM, and are published."""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "api"))

from service import BUILD, Service  # noqa: E402  pylint: disable=wrong-import-position

VENDOR, MODEL = "Example", "One"
SPEED = "60"  # a train of 16 s lasts a quarter of one
# Watchdogs short enough to be seen in a test.
CONF = {"ocpp_first_timeout": "1500ms", "ocpp_download_timeout": "4s", "ocpp_install_timeout": "4s", "ocpp_reboot_timeout": "2s",
        "ocpp_version_timeout": "1500ms", "ocpp_call_timeout": "1500ms", "ocpp_watchdog_tries": "2", "ocpp_per_address": "20000",
        "ocpp_accept_rate": "2000", "retry_wait": "100ms", "retry_wait_max": "500ms", "trigger_tries": "2"}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Keys:
    """An authority, and what it signed: made once for each run of a test program."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        self.root = self.path("root.pem")
        self.leaf_key, self.leaf = self.path("leaf.key"), self.path("leaf.pem")
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
                     "/O=Example Chargers/CN=Example firmware authority", "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", self.path("root.key"), "-out", self.root)
        self.certificate("leaf", "/O=Example Chargers/CN=Example firmware signer")

    def path(self, name):
        return os.path.join(self.folder, name)

    @staticmethod
    def openssl(*args, stdin=None):
        r = subprocess.run(["openssl", *args], input=stdin, capture_output=True, check=False)
        if r.returncode:
            raise RuntimeError(f"openssl {args}: {r.stderr.decode()}")
        return r.stdout

    def certificate(self, name, subject, *more):
        key, request, out = self.path(name + ".key"), self.path(name + ".csr"), self.path(name + ".pem")
        self.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", subject, "-addext",
                     "keyUsage=critical,digitalSignature", "-addext", "basicConstraints=critical,CA:FALSE", "-keyout", key, "-out", request)
        self.openssl("x509", "-req", "-in", request, "-CA", self.root, "-CAkey", self.path("root.key"), "-CAcreateserial", "-days",
                     "20", "-copy_extensions", "copyall", "-out", out, *more)
        return out, key

    def sign(self, data):
        import base64
        return base64.b64encode(self.openssl("dgst", "-sha256", "-sign", self.leaf_key, stdin=data)).decode()


def image(component, version, size=3000):
    """What an image of the simulator begins with tells what it is."""
    head = f"station-image {component} {version}\n".encode()
    return head + (hashlib.sha256(head).hexdigest().encode() * (size // 64 + 1))[:size]


def sbom(component, version):
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
            "metadata": {"component": {"type": "firmware", "name": component, "version": version}},
            "components": [{"type": "library", "name": "openssl", "version": "3.0.11", "purl": "pkg:generic/openssl@3.0.11"}]}


class Sim:
    """Stations that are played: a process, what it tells, and orders to it."""

    def __init__(self, world, args, name):
        self.world = world
        self.status_path = os.path.join(world.folder, f"{name}.status")
        self.state_path = os.path.join(world.folder, f"{name}.state")
        self.err_path = os.path.join(world.folder, f"{name}.err")
        self.args = [os.path.join(BUILD, "firpath-station"), "--status-file", self.status_path, "--state-file", self.state_path,
                     "--control", *args]
        self.lock = threading.Lock()
        self.process = None
        self.offset, self.rest, self.seen = 0, b"", []
        self.start()

    def start(self):
        open(self.status_path, "a", encoding="utf-8").close()
        with open(self.err_path, "ab") as err:
            self.process = subprocess.Popen(self.args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=err, text=True)
        if self.process.stdout.readline() != "ready\n":
            with open(self.err_path, encoding="utf-8") as f:
                raise RuntimeError("the simulator did not start: " + f.read())

    def order(self, text):
        with self.lock:
            self.process.stdin.write(text + "\n")
            self.process.stdin.flush()
            said = ""
            while True:
                line = self.process.stdout.readline()
                if line == "done\n":
                    if said.startswith("?"):
                        raise RuntimeError(f"{text}: {said}")
                    return
                if not line:
                    raise RuntimeError("the simulator is gone")
                said += line

    def counts(self):
        with self.lock:
            self.process.stdin.write("counts\n")
            self.process.stdin.flush()
            return json.loads(self.process.stdout.readline())

    def kill(self):
        self.process.kill()
        self._over()
        with open(self.status_path, "rb+") as f:  # a line that it could not finish
            data = f.read()
            f.truncate(data.rfind(b"\n") + 1)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
        if self.process:
            self._over()

    def _over(self):
        self.process.wait(20)
        self.process.stdin.close()
        self.process.stdout.close()
        self.process = None

    # What it told

    def events(self, station=None, event=None):
        with open(self.status_path, "rb") as f:
            f.seek(self.offset)
            data = self.rest + f.read()
            self.offset = f.tell()
        *lines, self.rest = data.split(b"\n")
        self.seen += [json.loads(x) for x in lines]
        return [e for e in self.seen if (station is None or e["station"] == station) and (event is None or e["event"] == event)]

    def path(self, station, component=None):
        """Versions that ran, in order."""
        out = []
        for e in self.events(station, "runs"):
            if component in (None, e["component"]):
                out += [e["to"]] if out else [e["from"], e["to"]]
        return out

    def statuses(self, station):
        return [e["status"] for e in self.events(station, "status")]

    def violations(self):
        return sorted({e["what"] for e in self.events(event="violation")})


class World:
    keys = None  # shared by the worlds of one program

    def __init__(self, conf=None, db=None, people=False, pg=False):
        self.folder = tempfile.mkdtemp(prefix="firpath-ocpp-", dir=os.environ.get("TMPDIR", "/tmp"))
        self.sims, self.service, self.database = [], None, None
        self.released, self.entries = {}, {}
        try:
            if World.keys is None:
                World.key_folder = tempfile.TemporaryDirectory(prefix="firpath-keys-")
                World.keys = Keys(World.key_folder.name)
            self.port, self.open_port = free_port(), free_port()
            if pg:
                db = self._database()
            # Addresses of images, and the name of the node, stay right when it is started again.
            self.service = Service(folder=self.folder, db=db, conf={
                "listen": f"127.0.0.1:{free_port()}",
                "ocpp_profile0": f"127.0.0.1:{self.open_port}", "ocpp_profile1": f"127.0.0.1:{self.port}",
                "ocpp_firmware_roots": self.keys.root, **CONF, **(conf or {})})
            if people:
                self.service.people()
        except BaseException:
            self.close()
            raise

    def _database(self):
        self.database = f"firpath_ocpp_{os.getpid()}"
        subprocess.run(["psql", "-q", "-X", os.environ["FIRPATH_TEST_PG"].replace("DATABASE", "postgres"), "-c",
                        f"CREATE DATABASE {self.database} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C' ENCODING 'UTF8'"], check=True)
        return os.environ["FIRPATH_TEST_PG"].replace("DATABASE", self.database)

    def close(self):
        for sim in self.sims:
            sim.stop()
        try:
            if self.service:
                self.service.close()
        finally:
            if not os.environ.get("FIRPATH_KEEP"):
                shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if exc[0] is not None:
            sys.stderr.write(self.service.log()[-4000:])
        self.close()

    # Requests; `as_` is somebody of service.people()

    def ask(self, method, path, body=None, as_=None, content_type="application/json", ok=(200, 201, 202, 204), headers=None):
        who = self.service.as_role(as_) if as_ else self.service
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
        headers = {**({"Content-Type": content_type} if body is not None else {}), **(headers or {})}
        r = who.request(method, path, body=body, headers=headers)
        if ok and r.status not in ok:
            raise AssertionError(f"{method} {path}: {r}")
        return r

    def get(self, path, **kw):
        return self.ask("GET", path, **kw).json()

    def wait_for(self, check, seconds=20.0):
        """Calls check until it gives something true, which is returned."""
        end = time.monotonic() + seconds
        while True:
            got = check()
            if got:
                return got
            if self.service.process and self.service.process.poll() is not None:
                raise AssertionError("firpathd is gone: " + self.service.log()[-2000:])
            if time.monotonic() > end:
                raise AssertionError(f"it did not happen in {seconds} s")
            time.sleep(0.05)

    # Releases

    @staticmethod
    def public_id(version, component="default", model=MODEL, vendor=VENDOR):
        return f"ocpp:{vendor}/{model}/{component}@{version}"

    def release(self, version, component="default", bases=(), model=MODEL, vendor=VENDOR, signed=True, publish=True, as_=None, **more):
        """A release document, image, SBOM; published. bases: versions it installs over, () = none needed (first)."""
        data = image(component, version, more.pop("size", 3000))
        doc = {"vendor": vendor, "model": model, "component": component, "version": version, "hash": hashlib.sha256(data).hexdigest().upper(),
               "role": "Monolithic" if component == "default" else "Other", "legal_status": "Unregulated", "seconds": 20,
               "path": {"kind": "bases" if bases else "none", "source": "manufacturer", "author": vendor}}
        if bases:
            doc["path"]["bases"] = [self.public_id(b, component, model, vendor) for b in bases]
        if signed:
            with open(self.keys.leaf, encoding="ascii") as f:
                doc["signatures"] = [{"signer": "Example Chargers", "role": "Manufacturer", "algorithm": "ECDSA-SHA256",
                                      "value": self.keys.sign(data), "certificate": f.read()}]
        else:
            doc["unsigned"] = {"reason": "a station of before the security whitepaper"}
        doc.update(more)
        n = self.ask("POST", "/v1/releases", doc, as_=as_).json()["release"]
        self.ask("PUT", f"/v1/releases/{n}/image", data, as_=as_, content_type="application/octet-stream")
        self.ask("PUT", f"/v1/releases/{n}/sbom", sbom(component, version), as_=as_)
        self.released[(component, version)] = (n, doc["hash"])
        if publish:
            self.ask("POST", f"/v1/releases/{n}/publish", as_=as_)
        return n

    def releases(self, *versions, component="default", **more):
        """A chain: each over the one before it."""
        for i, v in enumerate(versions):
            self.release(v, component, versions[i - 1:i] if i else (), **more)

    def images_file(self):
        path = os.path.join(self.folder, "images.txt")
        with open(path, "w", encoding="ascii") as f:
            for (component, version), (_, sha) in self.released.items():
                f.write(f"{sha} {component} {version}\n")
        return path

    # Stations

    def stations(self, count, first=0, **more):
        """Registers CS00000 ... of profile 0; more: members as of POST /v1/stations."""
        items = [{"identity": f"CS{i:05d}", "profile": 0, **more} for i in range(first, first + count)]
        self.ask("POST", "/v1/stations", "\n".join(json.dumps(i) for i in items).encode(), content_type="application/x-ndjson")

    def sim(self, count=1, *args, server=None, **kw):
        """Plays stations CS00000 ... until the world ends."""
        sim = Sim(self, ["--server", server or f"ws://127.0.0.1:{self.open_port}/ocpp", "--count", str(count), "--speed", SPEED, "--images",
                         self.images_file(), "--vendor", VENDOR, "--model", MODEL, *args], f"sim{len(self.sims)}", **kw)
        self.sims.append(sim)
        return sim

    def station(self, identity):
        return self.get("/v1/stations/" + urllib.parse.quote(identity, safe=""))

    def known(self, identity, version=None, seconds=15.0):
        """Waits until the station's components are known (and one runs that version)."""
        def look():
            parts = self.station(identity)["components"]
            return parts and (version is None or any(p["version"] == version for p in parts)) and parts
        return self.wait_for(look, seconds)

    def all_known(self, count, seconds=20.0):
        def look():
            names, cursor = 0, ""
            while cursor is not None:
                page = self.get(f"/v1/stations?limit=500{'&cursor=' + cursor if cursor else ''}")
                names += sum(1 for s in page["stations"] if s["version_at"])
                cursor = page.get("next")
            return names >= count
        self.wait_for(look, seconds)

    def story(self, identity, job=None):
        return self.get(f"/v1/stations/{identity}/story" + (f"?job={job}" if job else ""))

    def jobs(self, identity, kind="update"):
        return sorted((j for j in self.story(identity)["jobs"] if j["kind"] == kind), key=lambda j: j["id"])

    def command(self, identity, command, **more):
        return self.ask("POST", f"/v1/stations/{identity}/commands", {"command": command, **more}).json()

    # Campaigns

    def campaign(self, name, target, devices=None, start=True, **more):
        """target: a version of `default`, or what the API takes (with a colon)."""
        body = {"name": name, "target": target if ":" in target else self.public_id(target), "max_active": 10000, "stop_after": 100000,
                "spread": "0s", "members": {"devices": devices} if devices else {"filter": {}}, **more}
        self.ask("POST", "/v1/campaigns", body)
        if start:
            self.ask("POST", f"/v1/campaigns/{name}/start")
        return name

    def progress(self, name):
        return self.get(f"/v1/campaigns/{name}/progress")

    def ended(self, name, seconds=30.0):
        def look():
            p = self.progress(name)
            return p if p["state"] in ("done", "stopped", "halted") else None
        return self.wait_for(look, seconds)

    def walks(self, name):
        """{device: line of the report}"""
        r = self.ask("GET", f"/v1/campaigns/{name}/report")
        return {x["device"]: x for x in map(json.loads, r.body.decode().splitlines())}

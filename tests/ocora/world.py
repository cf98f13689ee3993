# SPDX-License-Identifier: Apache-2.0
"""A vehicle world for black-box tests: keys, trust store, Vehicle Configurations, the service as Configuration Manager with
short limits, Building Blocks as processes.

    with World() as w:
        w.vc("first", w.das("1.0.0"), w.etp("1.0.0"))      # a folder of the inbox; returns its number n
        w.vehicle()                                         # registered as "train" with the Type ID of the Vehicle
        w.bbum("DAS"), w.bbum("ETP")                        # firpath-bbum processes (w.stranger("DAS"): in Python)
        w.activate(1)
        w.settled(1)                                        # everybody runs Vehicle Configuration 1, nothing waits
        w.say("mode manual")                                # a command by REST; w.cm("status") by `firpath cm`
        w.wait_state("update-pending")

Manifests are signed here by openssl, not by the program under test. A world ends with everything it started."""

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [p for p in (HERE, os.path.join(os.path.dirname(HERE), "api")) if p not in sys.path]

import stranger_manifest as sm  # noqa: E402
from service import BUILD, Service  # noqa: E402

VEHICLE_TYPE = "6c4d65f4-2572-11ee-be56-0242ac120002"
SYSTEM_TYPE = "6c4d65f4-2572-11ee-be56-0242ac110234"
TYPES = {"DAS": "6fcf44f5-f9a5-4da1-93e9-8c27ffe02d36", "ETP": "9f671cb3-c213-4c71-a15d-0e25fb0ccab1"}

# Limits short enough for tests; each is a named setting of the service (Z43).
LIMITS = {"contact_timeout": "3s", "accept_timeout": "3s", "trigger_timeout": "3s", "install_timeout": "10s",
          "restart_timeout": "5s", "retry_wait": "150ms", "retry_wait_max": "300ms", "life_limit": "1500ms",
          "cm_answer_limit": "2s", "cm_status_limit": "2s", "seen_flush": "100ms", "vc_quiet": "100ms"}


def uuid_of(*words):
    h = hashlib.sha256("|".join(words).encode()).hexdigest()
    return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-8{h[17:20]}-{h[20:32]}"


def archive_of(name, text):
    """A tar.gz with one file, the same bytes every time."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=1, format=tarfile.USTAR_FORMAT) as t:
        info = tarfile.TarInfo(name)
        info.size = len(text)
        t.addfile(info, io.BytesIO(text))
    data = bytearray(raw.getvalue())
    data[4:8] = bytes(4)  # the time of gzip
    return bytes(data)


def block(name, version="1.0.0", functional="1.0.0", depends=(), type_id=None, size=20000, network=("127.0.0.1",), composed=False,
          key="supplier", **extra):
    """What one Building Block of a Vehicle Configuration shall be. depends: (name or Type ID, functional version).
    extra: members that replace those of the Manifest (None takes one away), for what is meant to be wrong."""
    type_id = type_id or TYPES.get(name) or uuid_of("block", name)
    return {"name": name, "version": version, "functional": functional, "depends": [tuple(d) for d in depends],
            "type_id": type_id, "size": size, "network": list(network), "composed": composed, "key": key, "extra": extra}


class World:
    def __init__(self, start=True, conf=None, folder=None, args=()):
        self.own_folder = folder is None
        self.folder = folder or tempfile.mkdtemp(prefix="firpath-ocora-", dir=os.environ.get("TMPDIR", "/tmp"))
        self.inbox = os.path.join(self.folder, "inbox")
        self.trust = os.path.join(self.folder, "trust.json")
        self.keys = {}
        self.vcs = {}  # n -> its blocks
        self.manifests = {}  # (n, name) -> BB Manifest as signed
        self.processes = {}  # name of the Building Block -> Popen
        self.strangers = {}
        self.name = "train"
        for d in (self.inbox, os.path.join(self.folder, "keys")):
            os.makedirs(d, exist_ok=True)
        for k in ("supplier", "integrator", "distributor", "foreign"):
            self.keys[k] = sm.Key(os.path.join(self.folder, "keys"), k)
        with open(self.trust, "w", encoding="utf-8") as f:
            f.write(sm.trust([("Octan", ["supplier"], [self.keys["supplier"]]),
                              ("Acme Corp.", ["integrator"], [self.keys["integrator"]]),
                              ("Carrier", ["distributor"], [self.keys["distributor"]])]))
        self.service = Service(conf={**LIMITS, "vc_inbox": self.inbox, "vc_dir": os.path.join(self.folder, "vcs"),
                                     "trust_file": self.trust, **(conf or {})}, args=args, start=False, folder=self.folder)
        if start:
            try:
                self.service.start()
            except BaseException:
                self.close()
                raise

    # Vehicle Configurations

    @staticmethod
    def das(version="1.0.0", functional="2.1.0", **kw):
        return block("DAS", version, functional, **kw)

    @staticmethod
    def etp(version="1.0.0", functional="1.1.0", **kw):
        return block("ETP", version, functional, **kw)

    @staticmethod
    def archive(b, kind):
        """The bytes of a block's Software or Parameter: a function of name, version and size only."""
        seed = hashlib.sha256(f"{b['name']} {kind} {b['version']}".encode()).digest()
        size = b["size"] if kind == "Software" else 200
        return archive_of(kind.lower() + ".bin", (seed * (size // 32 + 1))[:size])

    def bb_manifest(self, b, folder, blocks=()):
        """The Building Block's item, its Archives written beneath folder, signed."""
        named = {x["name"]: x["type_id"] for x in blocks}
        packages = []
        for kind in ("Software", "Parameter"):
            data = self.archive(b, kind)
            path = f"./{b['name']} {kind} V{b['version']}.tar.gz"
            with open(os.path.join(folder, path), "wb") as f:
                f.write(data)
            packages.append({"Config Type": kind, "Type ID": uuid_of(kind), "Name": f"{kind} of {b['name']}", "Release Version": b["version"],
                             "Archive": path, "Hash": hashlib.sha256(data).hexdigest().upper()})
        item = {"Config Type": "Building Block", "Type ID": b["type_id"], "Config ID": uuid_of("bb", json.dumps(b, sort_keys=True)),
                "Name": b["name"], "Supplier": "Octan", "Release Version": b["version"], "Functional Version": b["functional"],
                "Network IDs": b["network"],
                "Dependencies": [{"Config Type": "Dependency", "Type ID": named.get(on) or TYPES.get(on) or on, "Name": on,
                                  "Functional Version": v} for on, v in b["depends"]],
                "Packages": packages}
        item.update(b["extra"])
        item = {k: v for k, v in item.items() if v is not None}
        return sm.sign(item, self.keys[b["key"]])

    def write_vc(self, folder, blocks, version="1.0.0", type_id=VEHICLE_TYPE, key="integrator", name="Track Runner 2"):
        """Writes a Vehicle Configuration below folder: vehicle.json, CCS-OB/NAME/NAME.json, their Archives. Returns the BB
        Manifests by name."""
        items, manifests = [], {}
        for b in blocks:
            below = "CCS-OB/" + b["name"]
            os.makedirs(os.path.join(folder, below), exist_ok=True)
            if b["composed"]:
                os.makedirs(folder, exist_ok=True)
                item = self.bb_manifest(b, folder, blocks)
                items.append(item)
            else:
                item = self.bb_manifest(b, os.path.join(folder, below), blocks)
                self.write_json(os.path.join(folder, below, b["name"] + ".json"), item)
                items.append({"Reference": {"Description": b["name"], "Signature": item["Signature"],
                                            "Manifest": f"./{below}/{b['name']}.json"}})
            manifests[b["name"]] = item
        system = sm.sign({"Config Type": "System", "Type ID": SYSTEM_TYPE, "Config ID": uuid_of("system", os.path.basename(folder)), "Name": "CCS-OB",
                          "Release Version": version, "Building Blocks": items}, self.keys[key])
        vehicle = sm.sign({"Config Type": "Vehicle", "Type ID": type_id, "Config ID": uuid_of("vehicle", os.path.basename(folder)), "Name": name,
                           "Supplier": "Acme Corp.", "Release Version": version, "Systems": [system]}, self.keys[key])
        self.write_json(os.path.join(folder, "vehicle.json"), vehicle)
        return manifests

    @staticmethod
    def write_json(path, value):
        with open(path, "w", encoding="utf-8") as f:
            json.dump(value, f, indent=2, ensure_ascii=False)

    @staticmethod
    def settle(folder, seconds=60):
        """As if the last file had arrived a minute ago: a folder that still changes counts as arriving."""
        then = time.time() - seconds
        for path, _, files in os.walk(folder):
            for f in files:
                os.utime(os.path.join(path, f), (then, then))
            os.utime(path, (then, then))

    def vc(self, folder, *blocks, **kw):
        """A Vehicle Configuration in the inbox; returns the number that the service gives it."""
        path = os.path.join(self.inbox, folder)
        hidden = os.path.join(self.folder, "making-" + folder)
        manifests = self.write_vc(hidden, blocks, **kw)
        self.settle(hidden)
        os.rename(hidden, path)
        self.settle(path)
        if self.service.process is None:
            return None
        n = self.number(folder)
        self.vcs[n] = list(blocks)
        for name, m in manifests.items():
            self.manifests[n, name] = m
        return n

    def number(self, folder):
        def look():
            return next((v["n"] for v in self.get("/v1/vcs")["vcs"] if v["folder"] == folder and v["state"] != "arriving"), None)
        return self.service.wait_for(look)

    # The service

    def get(self, path, status=200):
        r = self.service.get(path)
        if r.status != status:
            raise AssertionError(f"GET {path}: {r}")
        return r.json()

    def post(self, path, body=b"", status=(200, 201)):
        r = self.service.post(path, body)
        if r.status not in (status if isinstance(status, tuple) else (status,)):
            raise AssertionError(f"POST {path} {body}: {r}")
        return r.json()

    def vehicle(self, name="train", type_id=VEHICLE_TYPE):
        self.name = name
        return self.post("/v1/vehicles", {"name": name, "type_id": type_id})

    def say(self, line, status=200, vehicle=None, **more):
        """A command of part F; more: prompt, why."""
        return self.post(f"/v1/vehicles/{vehicle or self.name}/commands", {"line": line, **more}, status)

    def activate(self, n, **kw):
        return self.say(f"activate vc {n}", **kw)

    def refused(self, line, **more):
        """The reason for which a command is rejected; it must be."""
        problem = self.say(line, status=409, **more)
        if problem.get("code") != "cm-rejected":
            raise AssertionError(f"{line}: {problem}")
        return problem["detail"]

    def cm(self, *words, check=True, env=None):
        """firpath cm WORDS... as an operator types it."""
        r = subprocess.run([os.path.join(BUILD, "firpath"), "cm", *words, "--server", self.service.url], capture_output=True, text=True,
                           timeout=60, stdin=subprocess.DEVNULL, env={**os.environ, "FIRPATH_VEHICLE": self.name, **(env or {})}, check=False)
        if check and r.returncode:
            raise AssertionError(f"firpath cm {' '.join(words)}: {r.returncode} {r.stdout} {r.stderr}")
        return r

    def status(self, vehicle=None):
        return self.get("/v1/vehicles/" + (vehicle or self.name))

    def bb(self, name, vehicle=None):
        return next(b for b in self.status(vehicle)["blocks"] if b["name"] == name)

    def log(self, level="extended", last=500, vehicle=None):
        return self.get(f"/v1/vehicles/{vehicle or self.name}/log?level={level}&last={last}")["lines"]

    def events(self, level="extended"):
        return [line["event"] for line in self.log(level)]

    def wait(self, check, seconds=15.0, what=""):
        """Until check(status) gives something true, which is returned."""
        end = time.monotonic() + seconds
        while True:
            s = self.status()
            got = check(s)
            if got:
                return got
            if time.monotonic() > end:
                lines = "\n".join(f"  {x['event']} {x['text']}" for x in self.log()[-25:])
                raise AssertionError(f"it did not happen in time: {what}\n{self.sketch(s)}\n{lines}\n{self.service.log()[-1500:]}")
            time.sleep(0.03)

    @staticmethod
    def sketch(s):
        out = [f"{s['name']}: {s['state']} {s['wait']} {s['mode']} prompt {s['prompt']}"]
        for b in s["blocks"]:
            out.append("  " + " ".join(str(b.get(k)) for k in ("name", "state", "life", "recommends", "accepted", "reason", "result", "error", "command"))
                       + f" wants {b['wanted']['version']} runs {b['running']}")
        return "\n".join(out)

    def wait_state(self, state, seconds=15.0):
        return self.wait(lambda s: s["state"] == state and s, seconds, "state " + state)

    def wait_prompt(self, kind, seconds=15.0):
        return self.wait(lambda s: s["prompt"] and s["prompt"]["kind"] == kind and s["prompt"], seconds, "prompt " + kind)

    def settled(self, n=None, seconds=20.0):
        """Normal Operation, nothing awaited, no prompt, everybody runs what is wanted (of Vehicle Configuration n)."""
        def check(s):
            return (s["state"] == "normal-operation" and s["wait"] == "idle" and not s["prompt"] and s["blocks"] and all(b["state"] == "normal-operation"
                    and b["running"]["as_wanted"] and b["life"] == "ok" for b in s["blocks"]) and (n is None or s["vc"]["n"] == n) and s)
        return self.wait(check, seconds, f"settled on {n}")

    # Building Blocks

    def device(self, name):
        return f"{self.name}.{name}"

    def bb_folder(self, name):
        return os.path.join(self.folder, "bb-" + name)

    def bbum(self, name, *more, iec="always", poll="50ms", server=None, type_id=None):
        """A firpath-bbum process for a Building Block; again after its end: the same memory."""
        args = [os.path.join(BUILD, "firpath-bbum"), "--server", server or self.service.url, "--name", self.device(name),
                "--dir", self.bb_folder(name), "--type-id", type_id or TYPES.get(name) or uuid_of("block", name), "--trust", self.trust,
                "--poll", poll, "--iec", iec, *more]
        with open(self.bb_folder(name) + ".log", "ab") as log:
            p = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.processes[name] = p
        return p

    def stranger(self, name, **kw):
        """The Building Block of tests/ocora/stranger_bbum.py, in this process."""
        import stranger_bbum
        b = stranger_bbum.Bbum(self.service.url, self.device(name), kw.pop("type_id", TYPES.get(name) or uuid_of("block", name)),
                               self.trust, folder=self.bb_folder(name), **kw)
        self.strangers[name] = b
        return b.start()

    def bb_log(self, name):
        try:
            with open(self.bb_folder(name) + ".log", encoding="utf-8", errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def kill_bb(self, name):
        p = self.processes.pop(name)
        p.kill()
        p.wait()

    def end_bb(self, name):
        p = self.processes.pop(name)
        p.terminate()
        p.wait(15)

    # Its end

    def close(self):
        for b in self.strangers.values():
            b.stop()
        for p in self.processes.values():
            if p.poll() is None:
                p.terminate()
        for p in self.processes.values():
            try:
                p.wait(15)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()
        try:
            self.service.close()
        finally:
            if self.own_folder:
                shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if exc[0] is not None:
            for name in self.processes:
                sys.stderr.write(f"-- {name}:\n{self.bb_log(name)[-1500:]}\n")
        try:
            self.close()
        except RuntimeError:
            if exc[0] is None:
                raise

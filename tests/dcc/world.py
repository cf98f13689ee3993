# SPDX-License-Identifier: Apache-2.0
"""A firpathd with a small catalogue, OTA images and meters, and the DCC that is played behind it (contrib/fake-dcc).

    with World() as w:
        a = w.meter("power")                       # a HAN of its own: hub and meter; registered and known to the DCC
        w.start()                                  # the fake DCC begins when all meters are named
        w.campaign("c", "power", 2, [a])
        w.ended("c")
        assert w.dcc.meter(a)["path"] == ["00010000", "00010100", "00010200"]

Models and their chains of firmware are MODELS; every image is signed by the user's command key."""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "api"))

from fake import BUILD, DCC, OTHER, USER, Fake, Keys, eui, ota, valid, verified  # noqa: E402,F401  pylint: disable=wrong-import-position
from service import HEADER, Service  # noqa: E402  pylint: disable=wrong-import-position

TYPES = {"ESME": "Single Element Electricity Metering Equipment", "GSME": "Gas Smart Meter", "CHF": "Communications Hub",
         "PPMID": "Pre-Payment Interface Device", "HCALCS": "HAN Connected Auxiliary Load Control Switch"}
# name: kind, manufacturer, type, hardware, SMETS, [(first Entry ID, firmware, GBCS)...]
MODELS = {
    "hub": ("CHF", 0x1081, 0xC001, 0x0100, "CHTS V1.3", [(1, 0x00000001, "3.2"), (2, 0x00000002, "4.1")]),
    "gpf": ("GPF", 0x1081, 0xC001, 0x0100, "CHTS V1.3", [(1, 0x00000001, "3.2"), (2, 0x00000002, "4.1")]),  # of the hub: one unit
    "power": ("ESME", 0x1081, 0x00A1, 0x0102, "SMETS2 V5.0", [(11 + i, 0x00010000 + 0x100 * i, "4.0") for i in range(4)]),
    # The same images as `power`, for other hardware of the range.
    "power2": ("ESME", 0x1081, 0x00A1, 0x0103, "SMETS2 V5.0", [(21 + i, 0x00010000 + 0x100 * i, "4.0") for i in range(4)]),
    "gas": ("GSME", 0x1082, 0x00B1, 0x0100, "SMETS2 V4.2", [(31, 0x01, "3.2"), (32, 0xFF, "3.2"), (33, 0x10, "3.2")]),  # not in order of numbers
    # One firmware, two Current entries that declare another GBCS version; and one whose entry has no hash.
    "twin": ("ESME", 0x1085, 0x00A5, 0x0100, "SMETS2 V4.2", [(61, 1, "2.1"), (62, 2, "2.1"), (63, 2, "3.2")]),
    "bare": ("ESME", 0x1086, 0x00A6, 0x0100, "SMETS2 V5.0", [(71, 1, "4.0"), (72, 2, "4.0")]),
    # Nobody said over what the second may be installed.
    "mute": ("ESME", 0x1087, 0x00A7, 0x0100, "SMETS2 V5.0", [(81, 1, "4.0"), (82, 2, "4.0")]),
    "screen": ("PPMID", 0x1083, 0x00D1, 0x0100, "SMETS2 V4.3", [(41, 5, "4.0"), (42, 6, "4.0")]),
    "switch": ("HCALCS", 0x1084, 0x00E1, 0x0100, "SMETS2 V5.0", [(51, 1, "4.0"), (52, 2, "4.0")]),
}
RANGES = {0x00A1: (0x0102, 0x0103)}  # hardware that an image is for, where it is more than one
# Watchdogs short enough to be seen in a test.
CONF = {"dcc_gather": "30ms", "dcc_pace": "100000", "dcc_deliver_timeout": "2s", "dcc_verify_timeout": "2s", "dcc_outcome_timeout": "700ms",
        "dcc_version_timeout": "700ms", "dcc_busy_wait": "150ms", "dcc_tries": "4", "dcc_answer_timeout": "1s", "dcc_lease": "5s",
        "retry_wait": "100ms", "retry_wait_max": "300ms", "trigger_tries": "2", "cpl_stale_block": "365d", "write_burst": "5000"}


# What a user of the DCC must never do, whatever happens (sins of contrib/fake-dcc/fake.h).
NEVER = {"bricked", "doubled", "counter-reused", "counter-fell", "signature", "structure", "service", "target", "role", "list", "image", "to-hub",
         "to-type-2", "misfit", "hub-cannot", "early", "command", "signed-lie", "replayed"}


def clean(test, w):
    """Nothing was done that must never be done."""
    test.assertFalse(NEVER & set(w.dcc.sins()), w.dcc.err())


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def body_of(model, i):
    """The Manufacturer Image of one firmware: the same for all hardware of a range."""
    _, manufacturer, kind, _, _, chain = MODELS[model]
    return f"image {manufacturer:04X} {kind:04X} {chain[i][1]:08X}\n".encode() * 40


def sha(model, i):
    return hashlib.sha256(body_of(model, i)).hexdigest().upper()


class World:
    keys = None  # shared by the worlds of one program

    def __init__(self, conf=None, people=False, pg=False, ready=True, lines=()):
        self.folder = tempfile.mkdtemp(prefix="firpath-dcc-", dir=os.environ.get("TMPDIR", "/tmp"))
        self.service = self.dcc = self.database = None
        self.people, self.hans, self.lines, self.rows, self.walked = people, 0, list(lines), [], {}
        try:
            if World.keys is None:
                World.key_folder = tempfile.TemporaryDirectory(prefix="firpath-keys-")
                World.keys = Keys(World.key_folder.name)
            self.port = free_port()
            self.dcc_port = free_port()
            self.service = Service(folder=self.folder, db=self._database() if pg else None, start=False, conf={
                "listen": f"127.0.0.1:{self.port}", "dcc_url": f"http://127.0.0.1:{self.dcc_port}", "dcc_users": self._users(), **CONF, **(conf or {})})
            self.service.start()
            if ready:
                self.catalogue()
                self.images()
            if people:
                self.service.people()
        except BaseException:
            self.close()
            raise

    def _users(self):
        path = os.path.join(self.folder, "users.json")
        users = [{"organisation": org, "eui": eui(who), "roles": ["IS", "GS"], "xml_key": self.keys.path(name + "-xml.key"),
                  "xml_certificate": self.keys.path(name + "-xml.pem"), "command_key": self.keys.path(name + "-command.key"),
                  "command_certificate": self.keys.path(name + "-command.pem")}
                 for org, who, name in ((("Example Energy" if self.people else ""), USER, "user"), ("Other Energy", OTHER, "other"))]
        with open(path, "w", encoding="ascii") as f:
            json.dump({"dcc": {"eui": eui(DCC), "certificates": [self.keys.path("dsp.pem")]}, "users": users}, f)
        return path

    def _database(self):
        self.database = f"firpath_dcc_{os.getpid()}"
        subprocess.run(["psql", "-q", "-X", os.environ["FIRPATH_TEST_PG"].replace("DATABASE", "postgres"), "-c",
                        f"CREATE DATABASE {self.database} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C' ENCODING 'UTF8'"], check=True)
        return os.environ["FIRPATH_TEST_PG"].replace("DATABASE", self.database)

    def close(self):
        if self.dcc:
            self.dcc.close()
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
        as_ = as_ or ("operator" if self.service.tokens else None)
        who = self.service.as_role(as_) if as_ else self.service
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
        r = who.request(method, path, body=body, headers={**({"Content-Type": content_type} if body is not None else {}), **(headers or {})})
        if ok and r.status not in ok:
            raise AssertionError(f"{method} {path}: {r.status} {r.body.decode()[:600]}")
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
                raise AssertionError(f"it did not happen in {seconds} s; {self.dcc and self.dcc.err()[-500:]}")
            time.sleep(0.04)

    # The catalogue

    def catalogue(self):
        lines, paths = [HEADER], ["entry,kind,bases,source,author,stated_on,confirmed_on,excerpt,reference"]
        for name, (kind, manufacturer, type_, hw, smets, chain) in MODELS.items():
            for i, (number, firmware, gbcs) in enumerate(chain if kind in TYPES else ()):
                lines.append(",".join(["Version 9.001 Issued on 21-09-2022", f"{number:06d}", "Current", TYPES[kind], f"{manufacturer:04X}", f"{type_:04X}",
                                       f"{hw >> 8:02X}", f"{hw & 255:02X}", f"{type_:04X}{hw:04X}", f"{firmware:08X}", smets, f"GBCS Version {gbcs}",
                                       "" if name == "bare" else sha(name, i)]))
                base = 61 if number == 63 else chain[i - 1][0]
                if name != "mute" or not i:
                    paths.append(f"{number:06d},{'bases' if i else 'none'},{f'{base:06d}' if i else ''},manufacturer,Example Meters,2023-01-01,,,RN-{number}")
        self.ask("POST", "/v1/imports?feed=cpl", ("\r\n".join(lines) + "\r\n").encode(), content_type="text/csv")
        self.ask("POST", "/v1/imports?feed=statements", ("\n".join(paths) + "\n").encode(), content_type="text/csv")

    def file_of(self, model, i, signer="user-command"):
        kind, manufacturer, type_, hw, _, chain = MODELS[model]
        body = body_of(model, i)
        return ota(chain[i][1], manufacturer, type_, RANGES.get(type_, (hw, hw)), body, None if kind == "PPMID" else self.keys.raw(signer, body))

    def images(self):
        for name in MODELS:
            if name in ("hub", "gpf", "power2", "bare"):
                continue
            for i in (1,) if name == "twin" else range(1, len(MODELS[name][5])):
                self.upload(self.file_of(name, i))

    def upload(self, data, **kw):
        return self.ask("POST", "/v1/ota", data, content_type="application/octet-stream", **kw)

    @staticmethod
    def entry(model, i):
        return f"{MODELS[model][5][i][0]:06d}"

    # Meters

    def han(self, *models, status="Commissioned", user=USER, at=0, register=True, known=True):
        """A HAN of a hub and these devices; EUIs of the devices (the hub has the number before the first)."""
        first = 0x00DB000000000000 + 0x100 * self.hans
        self.hans += 1
        names = ["hub", *models]
        if known:
            self.lines.append(f"han {eui(first)} 1 {','.join(names)} user={eui(user)} status={status}")
        for i, name in enumerate(names if register else ()):
            kind, manufacturer, type_, hw, smets, chain = MODELS[name]
            version = chain[at if name != "hub" and at < len(chain) else 0][1]
            self.rows.append({"eui": eui(first + i), "type": kind, "hub": eui(first), "identity": f"{manufacturer:04X}:{type_:04X}{hw:04X}:{version:08X}",
                              "status": status, "smets": "SMETS2" if kind not in ("CHF", "GPF") else ""})
        return [eui(first + 1 + i) for i in range(len(models))]

    def meter(self, model, **kw):
        return self.han(model, **kw)[0]

    def register(self, as_=None):
        """Rows of POST /v1/meters for all that han() named since."""
        rows, self.rows = self.rows, []
        if rows:
            self.ask("POST", "/v1/meters", "\n".join(json.dumps(r) for r in rows).encode(), as_=as_, content_type="application/x-ndjson")

    def start(self, as_=None):
        """Registers what han() named and lets the DCC begin."""
        self.register(as_)
        k = self.keys.path
        url = f"http://127.0.0.1:{self.port}/dcc/v1/messages"
        lines = [f"dcc {eui(DCC)} cert={k('dsp.pem')} key={k('dsp.key')} forger={k('forger.key')}", f"listen 127.0.0.1:{self.dcc_port}", "journal",
                 f"log {os.path.join(self.folder, 'dcc.log')}",
                 *(f"user {eui(u)} roles=IS,GS xml={k(n + '-xml.pem')} command={k(n + '-command.pem')} url={url}" for u, n in ((USER, "user"), (OTHER, "other")))]
        for name, (kind, manufacturer, type_, hw, smets, chain) in MODELS.items():
            lines.append(f"model {name} kind={kind} manufacturer={manufacturer:04X} model={type_:04X}{hw:04X} firmware={chain[0][1]:08X} "
                         f"smets={smets.replace(' ', '_')}")
            for i, (_, firmware, gbcs) in enumerate(chain):
                lines.append(f"firmware {name} {firmware:08X} gbcs={gbcs}" + (" hub=4.0" if kind in ("PPMID", "HCALCS") else ""))
                if i and firmware != chain[i - 1][1]:
                    lines.append(f"hop {name} {chain[i - 1][1]:08X} {firmware:08X}")
        self.dcc = Fake(self.folder, [*lines, *self.lines])
        return self.dcc

    def path(self, device):
        return self.dcc.meter(device)["path"]

    def chain(self, model, upto):
        return [f"{v:08X}" for _, v, _ in MODELS[model][5][:upto + 1]]

    def meter_of(self, device, **kw):
        return self.get("/v1/meters/" + device, **kw)

    def story(self, device, **kw):
        return self.get(f"/v1/meters/{device}/story", **kw)

    def jobs(self, device, **kw):
        return sorted(self.story(device, **kw)["jobs"], key=lambda j: j["id"])

    def events(self, device, **kw):
        return sorted(self.story(device, **kw)["events"], key=lambda e: e["n"])

    def command(self, device, command, why="because a test wants it", **kw):
        return self.ask("POST", f"/v1/meters/{device}/commands", {"command": command, "why": why}, **kw).json()

    def asked(self, device, service, variant=None):
        """What the DCC was asked for this device."""
        return [j for j in self.dcc.meter(device)["journal"] if j["service"] == service and variant in (None, j["variant"])]

    # Campaigns

    def campaign(self, name, model, upto, devices, start=True, as_=None, **more):
        self.ask("POST", "/v1/campaigns", {"name": name, "target": self.entry(model, upto), "max_active": 10000, "stop_after": 100000, "spread": "0s",
                                           **({"notice_read": True} if self.service.tokens else {}), "members": {"devices": devices}, **more}, as_=as_)
        if start:
            self.ask("POST", f"/v1/campaigns/{name}/start", as_=as_)
        return name

    def ended(self, name, seconds=30.0, as_=None):
        def look():
            p = self.get(f"/v1/campaigns/{name}/progress", as_=as_)
            return p if p["state"] in ("done", "stopped", "halted") else None
        try:
            got = self.wait_for(look, seconds)
        except AssertionError as e:
            late = {d: (w["phase"], w.get("reason"), self.jobs(d)[-1:]) for d, w in self.walks(name, as_=as_).items() if w["phase"] in ("queued", "active", "held")}
            raise AssertionError(f"{e}; these did not end: {json.dumps(dict(list(late.items())[:6]))[:4000]}") from None
        self.walked.update(self.walks(name, as_=as_))
        return got

    def walks(self, name, **kw):
        """{device: line of the report}"""
        r = self.ask("GET", f"/v1/campaigns/{name}/report", **kw)
        return {x["device"]: x for x in map(json.loads, r.body.decode().splitlines())}

# SPDX-License-Identifier: Apache-2.0
"""A Building Block Update Manager in Python, written from doc/bbum-protocol.md and OCORA-TWS15-060 alone. One thread per
Building Block; what it heard, said and did is in `record`, so that tests judge the Configuration Manager by it.

    b = Bbum(url, "train.DAS", type_id, "trust.json", permit=lambda kind: "accept").start()

permit(kind) answers for the application: "accept", "reject", or "" (not yet: asked again until permission_limit).
faults: what the next installations come to: None (as it is), "verification failure", "installation failure"."""

import hashlib
import http.client
import json
import os
import threading
import time
import urllib.parse

import stranger_manifest as sm

CHECKS = ("syntax", "integrity", "identity", "authenticity")


class Away(Exception):
    """The service cannot be reached, or is not answering us."""

    def __init__(self, wait=0.0):
        super().__init__()
        self.wait = wait


class Bbum:
    def __init__(self, url, name, type_id, trust, folder=None, poll=0.05, permit=None, permission_limit=0.4, faults=(), running=None,
                 token=None):
        self.host = urllib.parse.urlsplit(url).netloc
        self.name, self.type_id, self.poll_every, self.token = name, type_id.lower(), poll, token
        self.permit = permit or (lambda kind: "accept")
        self.permission_limit = permission_limit
        self.faults = list(faults)
        with open(trust, encoding="utf-8") as f:
            self.trust = json.load(f)
        self.path = folder and os.path.join(folder, "memory.json")
        if folder:
            os.makedirs(folder, exist_ok=True)
        self.record = []   # (time, what, ...): "poll" status answer; "manifest" item; "package" hash status; "effect" hash
        self.lock = threading.Condition()
        self.ending = threading.Event()
        self.deaf = False  # silent: neither asks nor answers
        self.thread = None
        self.held = None       # active Manifest as received
        self.checks = dict.fromkeys(CHECKS, False)
        self.recommendation = "none"
        self.waiting = None    # (command, since): the application has not answered yet
        self.restart_at = None
        self.fetched = {}      # Archives by hash
        self.missed = 0        # an Archive was not there
        self.step = None
        self.progress = None
        self.memory = {"state": "normal-operation", "boots": 0, "running": running, "installed": None, "command": None, "answer": None,
                       "reason": None, "result": "undefined", "result_of": None, "error": None, "restart_due": False}

    # Life

    def start(self):
        if self.path and os.path.exists(self.path):
            with open(self.path, encoding="utf-8") as f:
                self.memory = json.load(f)
        self.boot()
        self.thread = threading.Thread(target=self.run, name=self.name, daemon=True)
        self.thread.start()
        return self

    def stop(self):
        self.ending.set()
        if self.thread:
            self.thread.join(10)

    def boot(self):
        """A start of the device: what was installed runs now; the memorised state is resumed."""
        m = self.memory
        if m["installed"] is not None:
            m["running"], m["installed"] = m["installed"], None
        m["boots"] += 1
        m["restart_due"] = False
        if m["state"] == "error":  # not memorised: what was before is verified anew
            m["state"], m["error"] = m.pop("before"), None
        self.held, self.recommendation, self.waiting, self.restart_at = None, "none", None, None
        self.checks = dict.fromkeys(CHECKS, False)
        self.remember()

    def remember(self, **change):
        """Memorise, then say."""
        self.memory.update(change)
        if self.path:
            with open(self.path + ".new", "w", encoding="utf-8") as f:
                json.dump(self.memory, f)
            os.replace(self.path + ".new", self.path)

    def note(self, *what):
        with self.lock:
            self.record.append((time.monotonic(), *what))
            self.lock.notify_all()

    def run(self):
        while not self.ending.is_set():
            said = self.status()
            try:
                if not self.deaf:
                    self.turn()
                wait = self.poll_every if self.status() == said else 0.005
            except Away as e:
                wait = max(self.poll_every, min(e.wait, 0.5))
            except OSError:
                wait = self.poll_every
            self.ending.wait(wait)

    # Talk

    def http(self, method, path, body=None, headers=None):
        c = http.client.HTTPConnection(self.host, timeout=5)
        try:
            headers = dict(headers or {})
            if self.token:
                headers["Authorization"] = "Bearer " + self.token
            c.request(method, path, body=body, headers=headers)
            r = c.getresponse()
            data = r.read()
            return r.status, r.headers, data
        except http.client.HTTPException as e:
            raise Away() from e
        finally:
            c.close()

    def status(self):
        m = self.memory
        s = {"device": self.name, "type": "status", "state": m["state"], "boots": m["boots"], "type_id": self.type_id, **self.checks,
             "recommendation": self.recommendation, "iec": "running", "result": m["result"]}
        if m["running"]:
            s["version"], s["hash"] = m["running"]["Release Version"], sm.config_hash(m["running"])
        if self.held:
            s["manifest"], s["manifest_version"] = self.manifest_name(self.held), self.held["Release Version"]
            s["manifest_hash"] = sm.config_hash(self.held)
        for k in ("command", "answer", "reason", "result_of", "error"):
            if m[k] is not None:
                s[k] = m[k]
        if m["state"] == "update":
            s["step"], s["progress"] = self.step or "manifest", self.progress or 0
        return s

    def manifest_name(self, item):
        return f"bb:{item['Type ID'].lower()}@{item['Release Version']}"

    def turn(self):
        """One poll and what follows from its answer."""
        status = self.status()
        if self.memory["state"] == "normal-operation":
            status["want_manifest"] = True
        code, headers, body = self.http("POST", "/bbum/v1/poll", json.dumps(status).encode(), {"Content-Type": "application/json"})
        answer = json.loads(body) if code == 200 else None
        self.note("poll", status, answer, code)
        if code != 200:
            raise Away(float(headers.get("Retry-After", 0)))
        if self.memory["restart_due"]:
            self.boot()  # the acceptance was heard
            return
        command = answer.get("command")
        if command and self.is_new(command["id"]):
            self.obey(command["id"], command["kind"])
        elif not command:
            self.waiting = None
        summary = answer.get("manifest")
        if self.memory["state"] == "normal-operation" and summary:
            self.consider(summary)
        if status["state"] == self.memory["state"] == "update":  # it was told that we follow
            self.update()

    def is_new(self, command):
        done = self.memory["command"]
        if not done:
            return True
        cycle, seq = (int(x) for x in command.split("-"))
        done_cycle, done_seq = (int(x) for x in done.split("-"))
        return cycle != done_cycle or seq > done_seq

    # Manifests

    def consider(self, summary):
        """In normal operation: is this another Manifest than the one that is held?"""
        if self.held is not None and sm.config_hash(self.held) == summary["hash"]:
            return
        item = self.fetch_manifest()
        if item is None:
            return self.remember(error="manifest-missing")
        if sm.config_hash(item) != summary["hash"]:
            return None  # another one was activated just now: the next poll tells
        self.held = item
        return self.judge(item)

    def fetch_manifest(self):
        code, _, body = self.http("GET", "/bbum/v1/manifest?device=" + urllib.parse.quote(self.name))
        if code == 404:
            return None
        if code != 200:
            raise Away()
        item = json.loads(body)
        self.note("manifest", item, body)
        return item

    def judge(self, item):
        """The four checks and the recommendation."""
        c = dict.fromkeys(CHECKS, False)
        c["syntax"] = (isinstance(item, dict) and item.get("Config Type") == "Building Block" and isinstance(item.get("Packages"), list)
                       and all(k in item for k in ("Type ID", "Config ID", "Release Version", "Functional Version", "Signature")))
        if c["syntax"]:
            signers = [e for e in self.trust["entities"] if any(sm.signed_by(item, k["pem"]) for k in e["keys"])]
            c["integrity"] = bool(signers) and all("Archive" in p and len(p.get("Hash", "")) == 64 for p in item["Packages"])
            c["identity"] = item["Type ID"].lower() == self.type_id
            c["authenticity"] = any(set(e["roles"]) & {"supplier", "integrator"} for e in signers)
        self.checks = c
        good = all(c.values())
        same = self.memory["running"] is not None and sm.config_hash(self.memory["running"]) == sm.config_hash(item)
        self.recommendation = "yes" if good and not same else "no"
        error = None if good else "manifest-syntax" if not c["syntax"] else "manifest-conformity" if not c["identity"] else \
            "manifest-integrity" if not c["integrity"] else "manifest-authentication"
        if error != self.memory["error"]:
            self.remember(error=error)
        return good and not same

    # Commands

    def answer(self, command, answer, reason=None, **change):
        self.waiting = None
        self.remember(command=command, answer=answer, reason=reason, **change)

    def obey(self, command, kind):
        state = self.memory["state"]
        if kind == "request-update" and state == "normal-operation" or \
                kind in ("restart", "shutdown") and state in ("normal-operation", "update", "update-completed"):
            return self.ask_application(command, kind)
        if kind == "trigger" and state in ("update-pending", "update-completed"):
            return self.answer(command, "accepted", state="update", result="undefined", result_of=None, error=None, installed=None)
        if kind in ("restart", "shutdown") and state == "error":
            return self.answer(command, "accepted", restart_due=True)  # the application is not asked
        if kind == "turn-to-error" and state != "error":
            return self.answer(command, "accepted", state="error", error="error-request", before=state)
        if kind == "cancel" and state in ("update-pending", "normal-operation"):
            return self.answer(command, "accepted", state="normal-operation")
        if kind == "normal-operation" and state == "update-completed":
            if self.memory["installed"] is not None or self.memory["running"] is None:
                return self.answer(command, "rejected", "what was installed last does not run yet")
            return self.answer(command, "accepted", state="normal-operation", result="undefined", result_of=None, error=None)
        return self.answer(command, "rejected", f"{kind} is not possible in {state}")

    def ask_application(self, command, kind):
        if self.waiting is None or self.waiting[0] != command:
            self.waiting = (command, time.monotonic())
        word = self.permit("update" if kind == "request-update" else "restart")
        self.note("permission", kind, word)
        if not word and time.monotonic() < self.waiting[1] + self.permission_limit:
            return
        if word != "accept":
            self.answer(command, "rejected", "the application does not permit it" if word else "the application did not answer in time")
        elif kind == "request-update":
            self.answer(command, "accepted", state="update-pending")
        else:
            self.answer(command, "accepted", restart_due=True)

    # Update

    def update(self):
        """Section 4.1; returns to polling whenever it must wait."""
        self.step = "manifest"
        if self.memory["installed"] is not None:
            self.remember(installed=None)
        item = self.fetch_manifest()
        trigger = self.memory["command"]
        if item is None:
            return self.complete(trigger, "verification failure", "manifest-missing")
        self.held = item
        differs = self.judge(item)
        if not all(self.checks.values()):
            return self.complete(trigger, "verification failure", self.memory["error"])
        if not differs:
            return self.complete(trigger, "no update required")
        for p in item["Packages"]:
            wanted = p["Hash"].upper()
            if wanted in self.fetched:
                continue
            self.step = "download"
            code, headers, data = self.http("GET", f"/bbum/v1/packages/{wanted}?device=" + urllib.parse.quote(self.name))
            self.note("package", wanted, code)
            if code == 503:
                raise Away(float(headers.get("Retry-After", 0)))
            if code == 410:
                return self.complete(trigger, "verification failure", "package-withdrawn")
            if code == 404:
                self.missed += 1
                if self.missed < 3:
                    raise Away()
                return self.complete(trigger, "verification failure", "package-missing")
            if code not in (200, 206):
                raise Away()
            if hashlib.sha256(data).hexdigest().upper() != wanted:
                return self.complete(trigger, "verification failure", "package-identity")
            self.fetched[wanted] = data
        fault = self.faults.pop(0) if self.faults else None
        if fault:
            return self.complete(trigger, fault, "installation" if fault == "installation failure" else "package-authentication")
        self.note("effect", sm.config_hash(item))
        return self.complete(trigger, "update successful", None, installed=item)

    def complete(self, trigger, result, error=None, **change):
        self.step = self.progress = None
        self.missed = 0
        self.remember(state="update-completed", result=result, result_of=trigger, error=error, **change)

    # For tests

    def said(self):
        """All statuses in order."""
        with self.lock:
            return [r[2] for r in self.record if r[1] == "poll"]

    def heard(self):
        """Kinds of the commands that came, each id once."""
        out, seen = [], set()
        with self.lock:
            for r in self.record:
                c = r[1] == "poll" and r[3] and r[3].get("command")
                if c and c["id"] not in seen:
                    seen.add(c["id"])
                    out.append(c["kind"])
        return out

    def states(self):
        out = []
        for s in self.said():
            if not out or out[-1] != s["state"]:
                out.append(s["state"])
        return out

    def wait_for(self, check, seconds=10.0):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if check(self):
                return self
            time.sleep(0.01)
        raise AssertionError(f"{self.name}: it did not happen; {self.status()}")

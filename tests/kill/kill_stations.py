#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A campaign over many charging stations (played by one process), two hops, a share of which fail, with kill -9 of firpathd in the
middle. What must hold: no station ran a version off its path, each is at the target or has a named end, nothing is lost, and the
campaign stops or goes on as its policy says. Prints figures: also how long the Heartbeats of stations take that are not part of it.

    kill_stations.py [--count 10000] [--fail 1%] [--kills 3] [--policy go|stop] [--pace 50] [--kill-stations] [--seed N] [--speed X]"""

import argparse
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "ocpp"))

from world import World  # noqa: E402
from ws_kit import Client  # noqa: E402

CHAIN = ["1.0", "1.1", "1.2"]
TICK = os.sysconf("SC_CLK_TCK")


def cpu(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def rss(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return int(next(line for line in f if line.startswith("VmRSS")).split()[1])


class Beats(threading.Thread):
    """A station that is not part of the campaign: sends 20 Heartbeats a second, and knows how long each answer took."""

    def __init__(self, world):
        super().__init__(daemon=True)
        self.world, self.took, self.lost, self.over = world, [], 0, False
        world.ask("POST", "/v1/stations", {"identity": "BEAT", "profile": 0})
        self.start()

    def beat(self):
        c = Client(self.world.open_port, timeout=30)
        if c.hello("BEAT", path="/ocpp/BEAT") != 101:
            raise OSError("not yet")
        c.say(b'[2,"b","BootNotification",{"reason":"PowerUp","chargingStation":{"vendorName":"Other","model":"Two"}}]')
        self.answer(c)
        while not self.over:
            time.sleep(0.05)
            began = time.monotonic()
            c.say(b'[2,"h","Heartbeat",{}]')
            self.answer(c)
            self.took.append(time.monotonic() - began)

    @staticmethod
    def answer(c):
        """What the server asks meanwhile is not answered: it has its own patience."""
        while got := c.hear():
            if b"currentTime" in got[1]:
                return
        raise OSError("closed")

    def run(self):
        while not self.over:
            try:
                self.beat()
            except OSError:
                self.lost += 1
                time.sleep(0.5)

    def text(self):
        self.over = True
        self.join(40)
        v = sorted(self.took)
        if not v:
            return "no Heartbeat was answered"
        return (f"{len(v)} Heartbeats of another station: p50 {v[len(v) // 2] * 1000:.1f} ms, p99 {v[len(v) * 99 // 100] * 1000:.1f} ms, "
                f"longest {v[-1] * 1000:.0f} ms; connection lost {self.lost} times")


class Run:
    def __init__(self, a):
        self.a = a
        self.dice = random.Random(a.seed)
        self.w = World(conf={"ocpp_connections": "15000", "ocpp_per_address": "15000", "ocpp_accept_rate": "2000", "ocpp_first_timeout": "20s",
                             "ocpp_download_timeout": "60s", "ocpp_install_timeout": "60s", "ocpp_reboot_timeout": "60s",
                             "ocpp_version_timeout": "20s", "ocpp_call_timeout": "20s", "ocpp_watchdog_tries": "3",
                             "ocpp_pace": str(a.pace)})
        self.cpu = 0.0
        self.peak = 0

    def pid(self):
        return self.w.service.process.pid

    def connect(self):
        w, n = self.w, self.a.count
        w.releases(*CHAIN)
        began = time.monotonic()
        w.stations(n)
        print(f"registered {n} stations in {time.monotonic() - began:.1f} s", flush=True)
        before, began = rss(self.pid()), time.monotonic()
        self.sim = w.sim(n, "--fail-share", self.a.fail, "--speed", self.a.speed, "--connect-rate", "1000", "--seed", str(self.a.seed))
        w.wait_for(lambda: self.sim.counts()["boots"] >= n, 300)
        connected = time.monotonic() - began
        w.all_known(n, 300)
        print(f"connected and booted {n} stations in {connected:.1f} s, all versions known after {time.monotonic() - began:.1f} s; "
              f"{(rss(self.pid()) - before) / n:.1f} kB of firpathd each, CPU {cpu(self.pid()):.1f} s", flush=True)

    def kill(self):
        self.cpu += cpu(self.pid())
        self.peak = max(self.peak, rss(self.pid()))
        self.w.service.kill()
        time.sleep(self.dice.random() * 0.5)
        self.w.service.start(wait=60)

    def walk(self):
        """Runs until the campaign rests; kills on the way. Returns its progress."""
        a, w = self.a, self.w
        began = time.monotonic()
        stop_after = a.count if a.policy == "go" else max(1, a.count // 400)
        w.campaign("all", CHAIN[-1], stop_after=stop_after, start=False)
        beats = Beats(w)  # no member
        w.ask("POST", "/v1/campaigns/all/start")
        kills, share = 0, 1 / (a.kills + 1)
        end = time.monotonic() + a.seconds
        while time.monotonic() < end:
            p = w.progress("all")
            ended = p["total"] - p["queued"] - p["active"] - p["held"]
            if kills < a.kills and ended >= p["total"] * share * (kills + 1) * (1 if a.policy == "go" else 0.1):
                kills += 1
                print(f"kill -9 at {ended} of {p['total']} ended, {p['active']} active", flush=True)
                self.kill()
                if kills == 1 and a.kill_stations:
                    print("kill -9 of all stations", flush=True)
                    self.sim.kill()
                    self.sim.start()
                continue
            if p["state"] in ("done", "stopped") or (p["state"] == "halted" and not p["active"]):
                break
            time.sleep(0.5)
        self.cpu += cpu(self.pid())
        self.peak = max(self.peak, rss(self.pid()))
        took = time.monotonic() - began
        print(beats.text(), flush=True)
        size = sum(os.path.getsize(w.service.db + x) for x in ("", "-wal") if os.path.exists(w.service.db + x))
        print(f"store {size / 2**20:.1f} MiB, {p['last_event']} audit rows; told by stations: {len(self.sim.events(event='status'))} statuses", flush=True)
        print(f"campaign '{p['state']}' after {took:.1f} s: {p['done']} done, {p['failed']} failed, {p['refused']} refused, {p['queued']} queued, "
              f"{p['held']} held, {p['hops']} hops ({p['hops'] / took:.0f} a second); firpathd: CPU {self.cpu:.1f} s, at most {self.peak} kB; kills {kills}",
              flush=True)
        if kills < a.kills:
            raise SystemExit(f"only {kills} of {a.kills} kills happened")
        return p

    def check(self, p):
        a, w, wrong = self.a, self.w, []
        walks = w.walks("all")
        paths = {}
        for e in self.sim.events(event="runs"):
            paths.setdefault(e["station"], [e["from"]]).append(e["to"])
        failing = {e["station"] for e in self.sim.events(event="answered") if not e["status"].startswith("Accepted")}
        failing |= {e["station"] for e in self.sim.events(event="status") if "Failed" in e["status"] or e["status"] == "InvalidSignature"}
        for i in range(a.count):
            name = f"CS{i:05d}"
            path, walk = paths.get(name, ["1.0"]), walks.get(name)
            if path != CHAIN[:len(path)]:
                wrong.append(f"{name} went off its path: {path}")
            if not walk:
                wrong.append(f"{name} has no walk")
            elif walk["phase"] == "done" and path != CHAIN:
                wrong.append(f"{name} is said to be done and ran {path}")
            elif walk["phase"] in ("failed", "refused") and not walk["reason"]:
                wrong.append(f"{name} failed without a name")
            elif a.policy == "go" and walk["phase"] not in ("done", "failed", "refused"):
                wrong.append(f"{name} rests in {walk['phase']}: {walk.get('reason')} {walk.get('detail')}")
            elif walk["phase"] in ("done",) and name in failing:
                wrong.append(f"{name} failed and is said to be done")
        violations = self.sim.violations()
        if violations:
            wrong.append(f"the server did what it must not: {violations}")
        ends = {}
        for walk in walks.values():
            key = f"{walk['phase']} {walk['reason'] or ''}".strip()
            ends[key] = ends.get(key, 0) + 1
        print("ends:", ends)
        expected = len(failing)
        if a.policy == "go" and (p["state"] != "done" or p["done"] + p["failed"] + p["refused"] != a.count):
            wrong.append(f"it goes on whatever fails, and rests as {p}")
        if a.policy == "stop" and (p["state"] != "halted" or p["queued"] + p["held"] == 0):
            wrong.append(f"it halts when too many fail, and rests as {p}")
        if a.policy == "go" and not 0 < expected <= a.count * 0.03:
            wrong.append(f"{expected} stations failed; the share was {a.fail}")
        audit = w.get("/v1/audit/verify")
        if not audit["ok"]:
            wrong.append(f"the audit chain is broken: {audit}")
        return wrong


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--count", type=int, default=10000)
    p.add_argument("--fail", default="1%")
    p.add_argument("--kills", type=int, default=3)
    p.add_argument("--policy", choices=("go", "stop"), default="go")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--speed", default="4")
    p.add_argument("--pace", type=int, default=50, help="firmware requests per second (ocpp_pace)")
    p.add_argument("--kill-stations", action="store_true", help="the stations are killed too, with the first kill of firpathd")
    p.add_argument("--seconds", type=int, default=1200)
    a = p.parse_args()
    run = Run(a)
    try:
        run.connect()
        wrong = run.check(run.walk())
        if wrong:
            print(run.w.service.log()[-3000:], file=sys.stderr)
    finally:
        run.w.close()
    for line in wrong[:40]:
        print("WRONG", line)
    print(f"{1 if not wrong else 0} passed, {len(wrong)} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

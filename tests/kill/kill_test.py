#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Kills the service and device agents (SIGKILL) at random moments while a campaign walks devices along a path of three
hops, and starts what was killed again at once. Then everything may end in peace, and these must hold:

    every device reached the target, by exactly the hops of the path, in order, each with one effect (effects.log)
    the store holds the same story: each hop done once, in order, no command id given twice
    the store is whole (SQLite's checks, foreign keys), and the audit chain verifies

If the fleet arrives before all kills are done, another fleet sets out. Kills are counted only while a campaign runs.

    kill_test.py [--kills 300] [--agents 50] [--seed N] [--db postgresql://...] [--keep]
"""

import argparse
import collections
import os
import random
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "api"))
import service  # noqa: E402

IDENTITY = "1081:00A10102:00010000"
VERSIONS = ["00010000", "00010100", "00010200", "00020000"]  # what entries 1 to 4 of the sample are
TARGET = "000004"
LINE = re.compile(r"n=(\d+) at=(\S+) command=(\d+)-(\d+) from=(\S+) to=(\S+) hash=([0-9A-F]{64})")


class Failed(Exception):
    pass


def must(true, what):
    if not true:
        raise Failed(what)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Agent:
    """A device agent that can be killed and started again over the same folder."""

    def __init__(self, world, name):
        self.world = world
        self.name = name
        self.folder = os.path.join(world.service.folder, "devices", name)
        self.log_path = self.folder + ".log"
        self.process = None
        self.starts = 0
        self.step = world.random.choice(world.steps)  # some are fast, some are long in the middle of an update
        os.makedirs(os.path.dirname(self.folder), exist_ok=True)

    def start(self):
        self.starts += 1
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [os.path.join(service.BUILD, "firpath-bbum"), "--server", self.world.service.url, "--name", self.name,
                 "--dir", self.folder, "--identity", IDENTITY, "--poll", self.world.poll, "--step-time", self.step],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def kill(self):
        must(self.process.poll() is None, f"{self.name} ended by itself with {self.process.returncode}: {self.tail()}")
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait()

    def tail(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()[-2000:]

    def state(self):
        """What it said last that it was doing."""
        states = re.findall(r"event=bbum-state \S+ \S+ to=(\S+)", self.tail())
        return states[-1] if states else "start"

    def effects(self):
        try:
            with open(os.path.join(self.folder, "effects.log"), encoding="ascii") as f:
                return f.read()
        except FileNotFoundError:
            return ""


class World:
    def __init__(self, seed, poll, steps, max_active, pause, db=None):
        self.random = random.Random(seed)
        self.poll, self.steps, self.max_active, self.pause = poll, steps, max_active, pause
        port = free_port()
        self.service = service.Service(start=False, db=db, conf={
            "listen": f"127.0.0.1:{port}", "cpl_stale_block": "365d", "retry_wait": "200ms", "retry_wait_max": "2s",
            "request_tries": "1000", "trigger_tries": "100", "seen_flush": "1s", "log_level": "notice"})
        self.service.start()
        self.agents = []
        self.kills = collections.Counter()
        self.states = collections.Counter()  # what agents were doing when they were killed
        self.campaigns = []
        self.service.import_sample()
        self.service.put_images()

    # Fleet

    def muster(self, n):
        """A new fleet, in a campaign of its own."""
        k = len(self.campaigns) + 1
        fleet = [Agent(self, f"kill-{k}-{i:03d}") for i in range(1, n + 1)]
        csv = "name,adapter\n" + "".join(f"{a.name},bbum\n" for a in fleet)
        must(self.service.post("/v1/devices", csv, "text/csv").status == 200, "the devices were not taken")
        for a in fleet:
            a.start()
        self.agents += fleet
        known = self.service.wait_for(lambda: self.count_at("000001", f"kill-{k}-") == n or None, seconds=60)
        must(known, "the devices did not report")
        name = f"kill-{k}"
        r = self.service.post("/v1/campaigns", {"name": name, "target": TARGET, "members": {"filter": {"prefix": f"kill-{k}-"}},
                                                "max_active": self.max_active, "stop_after": 0})
        must(r.status == 201, f"the campaign was not made: {r}")
        r = self.service.post(f"/v1/campaigns/{name}/start")
        must(r.status == 200, f"the campaign did not start: {r}")
        self.campaigns.append(name)
        return fleet

    def count_at(self, entry, prefix):
        r = self.service.get(f"/v1/devices?entry={entry}&prefix={prefix}&limit=500")
        return len(r.json()["devices"]) if r.status == 200 else 0

    def progress(self):
        r = self.service.get(f"/v1/campaigns/{self.campaigns[-1]}/progress")
        must(r.status == 200, f"no progress: {r}")
        return r.json()

    # Kills

    def kill_service(self, fleet):
        must(self.service.process.poll() is None, "firpathd ended by itself: " + self.service.log()[-3000:])
        self.service.kill()
        self.kills["firpathd"] += 1
        while self.random.random() < 0.3:  # agents die while nobody listens
            self.kill_agent(fleet)
        self.service.start(wait=60)

    def kill_agent(self, fleet):
        """One of those under way; first by chance what they are doing, so that short states get their share."""
        doing = collections.defaultdict(list)
        for a in fleet:
            if a.effects().count("\n") < 3:
                doing[a.state()].append(a)
        state = self.random.choice(sorted(doing)) if doing else "arrived"
        a = self.random.choice(doing.get(state, fleet))
        self.states[state] += 1
        a.kill()
        a.start()
        self.kills["firpath-bbum"] += 1

    def finish(self):
        """Lets the campaign end in peace."""
        end = time.monotonic() + 120
        while self.progress()["state"] == "running" and time.monotonic() < end:
            time.sleep(0.1)
        must(self.progress()["state"] == "done", f"the campaign did not end well: {self.progress()}")

    def run(self, kills, fleet_size):
        fleet = self.muster(fleet_size)
        while sum(self.kills.values()) < kills:
            # The last ones are the slow ones; killing only them would look at one moment again and again.
            if sum(a.effects().count("\n") < 3 for a in fleet) <= fleet_size // 4:
                self.finish()
                fleet = self.muster(fleet_size)
            if self.random.random() < 0.25:
                self.kill_service(fleet)
            else:
                self.kill_agent(fleet)
            time.sleep(self.random.expovariate(1 / self.pause))
        self.finish()

    # What must hold

    def check_agent(self, a):
        text = a.effects()
        must(text.endswith("\n"), f"{a.name}: the last line of effects.log is torn")
        lines = [LINE.fullmatch(x) for x in text.splitlines()]
        must(all(lines), f"{a.name}: effects.log holds a line that is none: {text}")
        hops = [(m.group(5), m.group(6)) for m in lines]
        must(hops == list(zip(VERSIONS, VERSIONS[1:])), f"{a.name} took other hops than those of the path: {text}")
        must([int(m.group(1)) for m in lines] == [1, 2, 3], f"{a.name}: effects are not numbered 1 2 3: {text}")
        must(len({m.group(3, 4) for m in lines}) == 3, f"{a.name}: a command had two effects: {text}")
        for m, entry in zip(lines, (2, 3, 4)):
            must(m.group(7) == service.sha(service.image(entry)), f"{a.name}: another image than the path's: {text}")

    def rows(self, sql):
        """Rows of texts, asked of the store behind the service's back."""
        if self.service.db.startswith("postgresql:"):
            r = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-F", "\t", self.service.db, "-c", sql], capture_output=True,
                               text=True, check=True)
            return [tuple(line.split("\t")) for line in r.stdout.splitlines()]
        db = sqlite3.connect(self.service.db)
        try:
            return [tuple("" if v is None else str(v) for v in row) for row in db.execute(sql)]
        finally:
            db.close()

    def check_store(self):
        if not self.service.db.startswith("postgresql:"):
            must(self.rows("PRAGMA integrity_check") == [("ok",)], "SQLite finds the store damaged")
            must(self.rows("PRAGMA foreign_key_check") == [], "a row refers to nothing")
        walks = self.rows("SELECT d.name, c.phase, c.hops_done, c.id FROM cycle c JOIN device d ON d.id = c.device_id")
        must(len(walks) == len(self.agents), f"{len(walks)} walks for {len(self.agents)} devices")
        done, ids = collections.defaultdict(list), collections.defaultdict(list)
        for cycle, hop, entry in self.rows("SELECT e.cycle_id, e.hop, t.public_id FROM cycle_event e JOIN entry t ON "
                                           "t.id = e.to_id WHERE e.event = 'hop-done' ORDER BY e.campaign_id, e.n"):
            done[cycle].append((hop, entry))
        for cycle, command in self.rows("SELECT cycle_id, command FROM cycle_event WHERE command IS NOT NULL"):
            ids[cycle].append(command)
        for name, phase, hops, cycle in walks:
            must((phase, hops) == ("done", "3"), f"the walk of {name} is {phase} after {hops} hops")
            must(done[cycle] == [("1", "000002"), ("2", "000003"), ("3", "000004")], f"{name} did other hops: {done[cycle]}")
            must(len(ids[cycle]) == len(set(ids[cycle])), f"{name} was given a command id twice: {ids[cycle]}")
        return int(self.rows("SELECT count(*) FROM cycle_event")[0][0]), sum(len(v) for v in ids.values())

    def check(self):
        for a in self.agents:
            must(a.process.poll() is None, f"{a.name} ended by itself with {a.process.returncode}: {a.tail()}")
        must(self.count_at(TARGET, "kill-") == len(self.agents) or len(self.agents) > 500,
             f"only {self.count_at(TARGET, 'kill-')} of {len(self.agents)} devices say they run {TARGET}")
        for a in self.agents:
            a.stop()
            self.check_agent(a)
        must(self.service.stop() == 0, "firpathd did not stop in good order")
        events, moves = self.check_store()
        r = subprocess.run([os.path.join(service.BUILD, "firpath"), "audit", "verify", "--db", self.service.db],
                           capture_output=True, text=True)
        must(r.returncode == 0, f"the audit chain does not verify: {r.stdout}{r.stderr}")
        return events, moves

    def close(self):
        for a in self.agents:
            a.stop()
        self.service.close()


def run(kills=300, agents=50, seed=1, poll="100ms", steps=("0ms", "0ms", "100ms", "1s"), max_active=None, pause=0.05, db=None, keep=False):
    """One whole run; returns its figures. Raises Failed."""
    begun = time.monotonic()
    world = World(seed, poll, steps, max_active or agents, pause, db)
    try:
        world.run(kills, agents)
        events, moves = world.check()
        return {"kills": sum(world.kills.values()), **world.kills, "killed_in": dict(world.states),
                "fleets": len(world.campaigns), "devices": len(world.agents), "hops": 3 * len(world.agents),
                "events": events, "commands": moves, "seconds": round(time.monotonic() - begun, 1)}
    except BaseException:
        sys.stderr.write(world.service.log()[-6000:])
        if keep:
            shutil.copytree(world.service.folder, "kill-test-failed", dirs_exist_ok=True)
            sys.stderr.write("what was there is kept in kill-test-failed/\n")
        raise
    finally:
        world.close()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--kills", type=int, default=300)
    p.add_argument("--agents", type=int, default=50)
    p.add_argument("--seed", type=int, default=int(time.time()))
    p.add_argument("--pause", type=float, default=0.05, help="mean seconds between kills")
    p.add_argument("--db", help="an empty postgresql://... instead of a file of SQLite")
    p.add_argument("--keep", action="store_true", help="keep the folder of a run that failed")
    a = p.parse_args()
    print(f"kill test: {a.kills} kills, {a.agents} agents, seed {a.seed}", flush=True)
    try:
        figures = run(a.kills, a.agents, a.seed, pause=a.pause, db=a.db, keep=a.keep)
    except Failed as e:
        print(f"FAILED (seed {a.seed}): {e}")
        print("0 passed, 1 failed")
        return 1
    for name, value in figures.items():
        print(f"  {name:13} {value}")
    print("1 passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())

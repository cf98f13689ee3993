#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A campaign over meters behind the played DCC, three hops in twenty waves, faults on, with kill -9 of firpathd all the time. What must hold, as the
played DCC counts it: no meter was activated off its path or twice, no counter was used again or fell, nothing was activated before it
was verified; and every meter is at the target or its walk has a named end.

    kill_meters.py [--meters 5000] [--kills 1000] [--pg] [--faults 1%] [--every 0.7] [--seed N]"""

import argparse
import os
import random
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "dcc"))

FIRST = 0x00DB000000000000
# What one device or message in a hundred meets with.
FAULTS = ["busy", "undelivered", "no-n60", "n60-late", "image-bad", "outcome-lost", "command-lost", "outcome-failed", "outcome-early", "suspended",
          "read-lost", "http-500", "http-closed", "twice", "lost", "rolled-back", "throttled"]
NEVER = ("bricked", "doubled", "counter-reused", "early", "replayed", "command", "signed-lie", "misfit", "signature")
ENDED = ("done", "failed", "refused", "stopped", "held")


class Run:
    def __init__(self, a, world):
        self.a, self.w, self.random = a, world, random.Random(a.seed)
        self.kills, self.down = 0, 0.0

    def prepare(self, eui, user):
        w, n = self.w, self.a.meters
        rows = ["eui,type,hub,identity,status,smets"]
        rows += [f"{eui(FIRST + 2 * i + 1)},ESME,{eui(FIRST + 2 * i)},1081:00A10102:00010000,Commissioned,SMETS2" for i in range(n)]
        w.ask("POST", "/v1/meters", "\n".join(rows).encode(), content_type="text/csv")
        w.lines += ["parallel 32", f"han {eui(FIRST)} {n} hub,power user={eui(user)}"]
        w.start()
        for word in FAULTS:
            w.dcc.fault(word, rate=self.a.faults, times=-1)
        w.ask("POST", "/v1/campaigns", {"name": "c", "target": w.entry("power", 3), "max_active": n, "stop_after": 0, "on_change": "replan",
                                        "members": {"filter": {}}, "waves": [{"share": 5 * i, "failures": 100} for i in range(1, 21)]})
        w.ask("POST", "/v1/campaigns/c/start")

    def state(self):
        p = self.w.get("/v1/campaigns/c/progress")
        return p["state"], p["hops"], p.get("counts", p)

    def kill(self):
        began = time.monotonic()
        self.w.service.kill()
        self.w.service.start(wait=60)
        self.kills += 1
        self.down += time.monotonic() - began

    def storm(self):
        """Kills at chance until there were enough, or all is over."""
        while self.kills < self.a.kills:
            time.sleep(self.random.random() * 2 * self.a.every)
            self.kill()
            if self.kills % 25 == 0:
                state, hops, counts = self.state()
                print(f"# {self.kills} kills: {state}, {hops} hops, {counts['done']} done, {counts['failed']} failed, "
                      f"{counts['active']} active, {counts['queued']} queued, {self.sins()}", flush=True)
                if state != "running":
                    break

    def sins(self):
        return {k: v for k, v in self.w.dcc.sins().items() if v}

    def settle(self):
        """Without faults and kills whatever is left comes to its end."""
        for word in FAULTS:
            self.w.dcc.fault(word, rate=0.0, times=-1)
        end, last = time.monotonic() + self.a.settle, None
        while time.monotonic() < end:
            state, hops, counts = self.state()
            if state != "running" or not counts["queued"] + counts["active"]:
                return
            if last != (hops, counts["queued"], counts["active"]):
                last = (hops, counts["queued"], counts["active"])
                end = max(end, time.monotonic() + 60)
            time.sleep(1)

    def judge(self):
        w, bad = self.w, []
        walks, ends = w.walks("c"), {}
        target = w.chain("power", 3)[-1]
        for name, walk in walks.items():
            end = walk["phase"] + (":" + walk["reason"] if walk.get("reason") else "")
            ends[end] = ends.get(end, 0) + 1
            if walk["phase"] not in ENDED or (walk["phase"] != "done" and not walk.get("reason")):
                bad.append(f"{name} has no named end: {end}")
        at = w.dcc.totals()["versions"]["power"].get(target, 0)
        print("ends:", ends)
        if at < ends.get("done", 0):
            bad.append(f"{ends.get('done', 0)} walks are done, {at} meters are at the target")
        sins = self.sins()
        bad += [f"the DCC counts {sins[s]} of {s}" for s in NEVER if sins.get(s)]
        print("kills:", self.kills, "sins:", sins, "seconds down:", round(self.down))
        return bad


def share(text):
    return float(text[:-1]) / 100 if text.endswith("%") else float(text)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--meters", type=int, default=5000)
    p.add_argument("--kills", type=int, default=1000)
    p.add_argument("--faults", type=share, default=0.01)
    p.add_argument("--every", type=float, default=0.7, help="seconds between kills, on average")
    p.add_argument("--settle", type=float, default=300)
    p.add_argument("--pg", action="store_true")
    p.add_argument("--seed", type=int, default=int(time.time()))
    a = p.parse_args()
    if os.access("/dev/shm", os.W_OK):
        os.environ["TMPDIR"] = "/dev/shm"
    from fake import USER, eui  # pylint: disable=import-outside-toplevel
    from world import World  # pylint: disable=import-outside-toplevel
    print(f"seed {a.seed}")
    with World(pg=a.pg, conf={"dcc_gather": "200ms", "dcc_lease": "2s", "dcc_tries": "8", "trigger_tries": "3", "threads": "48", "dcc_daily_critical": "100000000",
                              "dcc_deliver_timeout": "5s", "dcc_verify_timeout": "5s", "dcc_outcome_timeout": "3s", "dcc_version_timeout": "3s",
                              "retry_wait": "500ms", "retry_wait_max": "2s", "log_level": "notice"}) as w:
        run = Run(a, w)
        run.prepare(eui, USER)
        began = time.monotonic()
        run.storm()
        run.settle()
        bad = run.judge()
        print(f"took {time.monotonic() - began:.0f} s")
        for line in bad[:20]:
            print("WRONG:", line)
        return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

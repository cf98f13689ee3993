#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the Configuration Manager and of Building Blocks at random moments, while a vehicle is sent from one Vehicle
Configuration to another. Whatever dies comes back at once. In the end of each round the vehicle must rest with all Building
Blocks on one configuration, and whenever it rests in Normal Operation without a prompt they must be on one.

    kill_vehicles.py [--kills 100] [--seed N]"""

import argparse
import os
import random
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "ocora"))

from world import World  # noqa: E402


class Kills:
    def __init__(self, a):
        self.a = a
        self.dice = random.Random(a.seed)
        self.kills = {"CM": 0, "DAS": 0, "ETP": 0}
        self.w = World(conf={"cm_request_tries": 5, "cm_trigger_tries": 5})

    def start(self):
        w = self.w
        w.service.conf["listen"] = f"127.0.0.1:{w.service.port}"
        for version, depends in (("1.0.0", ()), ("2.0.0", [("ETP", "1.1.0")]), ("3.0.0", ())):
            w.vc("v" + version, w.das(version, depends=depends, size=200000), w.etp(version, size=200000))
        w.vehicle()
        for name in ("DAS", "ETP"):
            self.bb(name)

    def bb(self, name):
        self.w.bbum(name, "--step-time", "60ms", poll="30ms")

    def kill_one(self):
        w = self.w
        who = self.dice.choice(("CM", "DAS", "ETP", "ETP", "DAS"))
        self.kills[who] += 1
        if who == "CM":
            w.service.kill()
            if self.dice.random() < 0.3:
                time.sleep(self.dice.random() * 0.3)
            w.service.start()
        else:
            w.kill_bb(who)
            if self.dice.random() < 0.3:
                time.sleep(self.dice.random() * 0.3)
            self.bb(who)

    def look(self, targets):
        """What must hold at any moment: who rests, rests together."""
        s = self.w.status()
        if s["state"] == "normal-operation" and s["wait"] == "idle" and not s["prompt"] and s["vc"]:
            runs = {b["running"]["version"] for b in s["blocks"] if b["running"]}
            heard = all(b["known"] and b["state"] == "normal-operation" for b in s["blocks"])
            if heard and len(runs) > 1:
                raise AssertionError("it rests on different configurations: " + self.w.sketch(s))
            if heard and not runs <= targets:
                raise AssertionError(f"it runs {runs}, which nobody asked for")
        return s

    def round(self, folder, kills):
        w = self.w
        n = w.number(folder)
        was = {b["running"]["version"] for b in w.status()["blocks"] if b["running"] and b["running"]["version"]}
        w.activate(n)
        targets = was | {folder[1:]}
        for _ in range(kills):
            time.sleep(self.dice.random() * 0.25)
            self.kill_one()
            self.look(targets)
        end = time.monotonic() + 60
        while True:
            s = self.look(targets)
            if s["state"] == "normal-operation" and not s["prompt"] and all(b["life"] == "ok" and b["running"] and b["running"]["as_wanted"]
                                                                            and b["state"] == "normal-operation" for b in s["blocks"]):
                return
            if s["prompt"] and s["prompt"]["kind"] in ("result", "exception", "sync", "rejected"):
                # somebody is asked, as it should be when repetitions did not help: the operator tries again
                words = {c["words"] for c in s["prompt"]["choices"]}
                for answer in ("trigger update", "request update", "sync normal", "restart all"):
                    if answer in words:
                        w.service.post(f"/v1/vehicles/{w.name}/commands", {"line": answer, "prompt": s["prompt"]["seq"]})
                        break
            if time.monotonic() > end:
                raise AssertionError("it does not come to rest: " + w.sketch(s))
            time.sleep(0.05)

    def effects(self):
        """Every installation is in the list of effects once."""
        for name in ("DAS", "ETP"):
            with open(os.path.join(self.w.bb_folder(name), "effects.log"), encoding="ascii") as f:
                numbers = [int(n) for n in re.findall(r"^n=(\d+) ", f.read(), re.M)]
            assert numbers == list(range(1, len(numbers) + 1)), (name, numbers)

    def run(self):
        self.start()
        folders = ["v1.0.0", "v2.0.0", "v3.0.0"]
        self.round(folders[0], 0)
        rounds = 0
        while sum(self.kills.values()) < self.a.kills:
            rounds += 1
            self.round(folders[rounds % 3], self.dice.randint(1, 6))
        self.effects()
        print(f"seed {self.a.seed}: {rounds} rounds, kills {self.kills}, the vehicle came to rest each time")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--kills", type=int, default=100)
    p.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    k = Kills(p.parse_args())
    try:
        k.run()
    except BaseException:
        sys.stderr.write(f"seed {k.a.seed}, kills {k.kills}\n")
        raise
    finally:
        k.w.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

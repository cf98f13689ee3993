# SPDX-License-Identifier: Apache-2.0
"""Many cases in one world: each case is a station of its own with behaviours of its own, all walk in one campaign.

    fleet = Fleet(world, {"TC_L_07": case("download-failed"), "TC_044_1": case(protocol="ocpp1.6"), ...})
    fleet.walk("1.1")
    fleet["TC_L_07"].job["reason"], fleet["TC_L_07"].walk["phase"]"""

from world import MODEL


def case(words="", protocol="ocpp2.0.1", components=None, version="1.0", model=MODEL, register=None, args=(), fetch=False):
    return {"words": words, "protocol": protocol, "components": components, "version": version, "model": model,
            "register": register or {}, "args": tuple(args), "fetch": fetch}


class Member:
    """One case: its station, what firpathd knows of it, what the simulator told."""

    def __init__(self, fleet, name, identity, sim):
        self.fleet, self.name, self.identity, self.sim = fleet, name, identity, sim

    @property
    def world(self):
        return self.fleet.world

    @property
    def station(self):
        return self.world.station(self.identity)

    @property
    def jobs(self):
        return self.world.jobs(self.identity)

    @property
    def job(self):
        jobs = self.jobs
        if not jobs:
            raise AssertionError(f"{self.name}: it has no job; walk {self.walk}")
        return jobs[-1]

    @property
    def walk(self):
        return self.fleet.walks.get(self.identity) or next((w for d, w in self.fleet.walks.items() if d.startswith(self.identity + ":")), None)

    @property
    def messages(self):
        return self.world.story(self.identity)["messages"]

    def path(self, component=None):
        return self.sim.path(self.identity, component)

    def events(self, event):
        return self.sim.events(self.identity, event)

    @property
    def statuses(self):
        return self.sim.statuses(self.identity)

    @property
    def ended(self):
        """(state, reason) of its last job, phase of its walk"""
        job = self.job
        return job["state"], job["reason"] or "", self.walk["phase"]


class Fleet:
    def __init__(self, world, cases, wait=True):
        self.world, self.members, self.walks = world, {}, {}
        groups = {}
        for name, c in cases.items():
            key = (c["protocol"], c["components"], c["version"], c["model"], c["args"], c["fetch"])
            groups.setdefault(key, []).append((name, c))
        for g, (key, members) in enumerate(groups.items()):
            self._group(g, key, members)
        if wait:
            world.wait_for(lambda: all(s.counts()["boots"] >= n for s, n in self.counts), 20)
            # What can be known of them is known when nothing more is asked.
            world.wait_for(self._quiet, 20)

    counts = ()

    def _group(self, g, key, members):
        protocol, components, version, model, args, fetch = key
        world = self.world
        for i, (name, c) in enumerate(members):
            world.ask("POST", "/v1/stations", {"identity": f"F{g}-{i:03d}", "profile": 0, **c["register"]})
        words = [x for i, (_, c) in enumerate(members) if c["words"] for x in ("--behave", f"{i}:{c['words']}")]
        sim = world.sim(len(members), "--identity", f"F{g}-%03d", "--protocol", protocol, "--version", version, "--model", model, "--fetch",
                        "yes" if fetch else "no", *(["--components", components] if components else []), *args, *words)
        self.counts = (*self.counts, (sim, len(members)))
        for i, (name, _) in enumerate(members):
            self.members[name] = Member(self, name, f"F{g}-{i:03d}", sim)

    def _quiet(self):
        before = getattr(self, "_asked", None)
        self._asked = sum(len(s.events(event="asked")) for s, _ in self.counts)
        if before == self._asked and before:
            self._calm = getattr(self, "_calm", 0) + 1
        else:
            self._calm = 0
        return self._calm >= 8

    def __getitem__(self, name):
        return self.members[name]

    def __iter__(self):
        return iter(self.members.values())

    def walk(self, target, name="fleet", members=None, seconds=40.0, **more):
        """All (or those named) to target, until each walk has its end."""
        devices = [m.identity for m in self if members is None or m.name in members]
        self.world.campaign(name, target, devices=devices, **more)
        try:
            self.progress = self.world.ended(name, seconds)
        except AssertionError:
            walks = self.world.walks(name)
            late = {m.name: (walks.get(m.identity), m.jobs[-1:], m.statuses[-3:]) for m in self
                    if m.identity in walks and walks[m.identity]["phase"] in ("queued", "active", "held")}
            raise AssertionError(f"these did not end: {late}") from None
        self.walks.update(self.world.walks(name))
        return self.progress

# SPDX-License-Identifier: Apache-2.0
"""Vehicles with five Building Blocks each, all in one agent process: each gets a Vehicle Configuration, then one rollout takes
all of them along a route of hops (--hops); a prober of its own measures how long a poll takes meanwhile. Prints name=value lines; fails when a vehicle does not arrive, a
life check was missed, or a poll takes too long.

    bench_vehicles.py [--vehicles 2000] [--poll 10s] [--hops 3] [--p99 50]"""

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "ocora")]

from bench_fleet import MEMORY, cpu_of, metrics, rss_of  # noqa: E402
from world import BUILD, World, block  # noqa: E402

NAMES = ("B1", "B2", "B3", "B4", "B5")
DEPENDS = {"B2": ["B1"], "B3": ["B1"], "B4": ["B5"], "B5": ["B4"]}  # two waves, a circle


def seconds(text):
    return float(text[:-2]) / 1000 if text.endswith("ms") else float(text[:-1])


def blocks(version):
    return [block(n, version, "1.0.0", [(d, "1.0.0") for d in DEPENDS.get(n, ())], size=2000) for n in NAMES]


def probe(url, status, out):
    """Another process: one poll after another, 20 a second, until its standard input ends; the times in ms."""
    host = url.split("//")[1]
    times = []
    c = http.client.HTTPConnection(host, timeout=30)
    os.set_blocking(0, False)
    while not ended():
        begun = time.monotonic()
        for again in (True, False):
            try:
                c.request("POST", "/bbum/v1/poll", status, {"Content-Type": "application/json"})
                r = c.getresponse()
                r.read()
                break
            except (http.client.HTTPException, OSError):
                if not again:
                    raise
                c.close()  # kept connections end now and then
                begun = time.monotonic()
        assert r.status == 200, r.status
        times.append((time.monotonic() - begun) * 1000)
        time.sleep(max(0, 0.05 - (time.monotonic() - begun)))
    with open(out, "w", encoding="ascii") as f:
        json.dump(times, f)


def ended():
    try:
        return os.read(0, 1) == b""
    except BlockingIOError:
        return False


def rank(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


class Bench:
    def __init__(self, a):
        self.a = a
        poll = seconds(a.poll)
        limit = f"{max(3.5 * poll, 5):.1f}".rstrip("0").rstrip(".")
        limit_ms = f"{int(float(limit) * 1000)}ms"
        self.w = World(start=False, conf={"cpl_stale_block": "365d", "log_level": "notice", "write_burst": "100000", "contact_timeout": "300s", "accept_timeout": "300s",
                                          "trigger_timeout": "300s", "install_timeout": "600s", "restart_timeout": "300s",
                                          "life_limit": limit_ms, "cm_answer_limit": limit_ms, "cm_status_limit": "300s", "seen_flush": "10s"})
        self.fleet = [f"v{i:04d}" for i in range(1, a.vehicles + 1)]
        self.s = self.w.service

    def list(self):
        """Every vehicle, as GET /v1/vehicles tells it."""
        out, cursor = [], ""
        while True:
            page = self.w.get("/v1/vehicles?limit=500" + (f"&cursor={cursor}" if cursor else ""))
            out += page["vehicles"]
            cursor = page["next"]
            if not cursor:
                return out

    def send(self, path, body):
        for again in (True, False):
            try:
                self.c.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
                r = self.c.getresponse()
                break
            except (http.client.HTTPException, OSError):
                if not again:
                    raise
                self.c.close()  # kept connections end when nothing is said for a while
        data = r.read()
        assert r.status in (200, 201), (path, body, r.status, data)
        return data

    def activate(self, n):
        """Vehicle Configuration n for all of them, which also makes their devices; how long it took."""
        begun = time.monotonic()
        for v in self.fleet:
            self.send(f"/v1/vehicles/{v}/commands", {"line": f"activate vc {n}"})
        return time.monotonic() - begun

    def walk(self, n):
        """Until all vehicles run Vehicle Configuration n; how long it took."""
        begun = time.monotonic()
        while True:
            states = [v for v in self.list() if v["name"] != "probe"]
            done = sum(v["state"] == "normal-operation" and v["progress"] is None and not v["prompt"] and not v["updating"] and
                       v["vc"]["n"] == n and v["wait"] == "idle" for v in states)
            if done == len(self.fleet):
                return time.monotonic() - begun
            stuck = [v for v in states if v["prompt"]]
            assert not stuck, stuck[0]
            assert time.monotonic() - begun < self.a.patience, (done, [v for v in states if v["vc"]["n"] != n or v["wait"] != "idle"][:2])
            time.sleep(1 if len(self.fleet) > 100 else 0.1)

    def rollout(self, numbers):
        """One rollout over all vehicles; how long it took."""
        begun = time.monotonic()
        self.send("/v1/rollouts", {"name": "bench", "route": numbers, "prefix": "v", "at_most": len(self.fleet), "stop_after": 1})
        while True:
            k = self.w.get("/v1/rollouts/bench")
            if k["state"] == "done":
                assert (k["done"], k["steps_done"]) == (len(self.fleet), len(self.fleet) * (len(numbers) - 1)), k
                return time.monotonic() - begun
            assert k["state"] == "running", (k, self.w.get("/v1/rollouts/bench/vehicles?phase=held&limit=3"))
            assert time.monotonic() - begun < self.a.patience * len(numbers), k
            time.sleep(1 if len(self.fleet) > 100 else 0.1)

    def lost(self):
        """Lines of the logs that say that a Building Block fell silent."""
        return sum(len([x for x in self.w.log(level="normal", vehicle=v) if x["event"] == "life" and "lost" in x["text"].lower()])
                   for v in self.fleet[::max(1, len(self.fleet) // 200)])

    def run(self):
        a, w, s = self.a, self.w, self.s
        s.start()
        self.c = s.connect(timeout=120)
        numbers = [w.vc(f"vc{i}", *blocks(f"{i}.0.0"), version=f"{i}.0.0") for i in range(1, a.hops + 2)]
        for v in (*self.fleet, "probe"):
            self.send("/v1/vehicles", {"name": v, "type_id": "6c4d65f4-2572-11ee-be56-0242ac120002"})
        with tempfile.TemporaryDirectory(prefix="firpath-vehicles-", dir=MEMORY) as folder:
            activate = self.activate(numbers[0])
            types = ",".join(f"{b['name']}={b['type_id']}" for b in blocks("1.0.0"))
            agents = subprocess.Popen([os.path.join(BUILD, "firpath-bbum"), "--server", s.url, "--many", str(5 * a.vehicles),
                                       "--blocks", types, "--prefix", "v", "--dir", folder, "--trust", w.trust, "--poll", a.poll,
                                       "--connections", "16", "--log-level", "error"], stdin=subprocess.DEVNULL)
            times = os.path.join(folder, "probe.json")
            prober = None
            try:
                self.send("/v1/vehicles/probe/commands", {"line": f"activate vc {numbers[0]}"})
                status = json.dumps({"device": "probe.B1", "state": "normal-operation", "boots": 1, "type_id": blocks("1.0.0")[0]["type_id"]})
                prober = subprocess.Popen([sys.executable, os.path.abspath(__file__), "--probe", s.url, status, times], stdin=subprocess.PIPE)
                busy, begun, before = (cpu_of(s.process.pid), cpu_of(agents.pid)), time.monotonic(), metrics(s)
                first = self.walk(numbers[0])
                hops = self.rollout(numbers)
                took = time.monotonic() - begun
                after = metrics(s)
                used = cpu_of(s.process.pid) - busy[0], cpu_of(agents.pid) - busy[1]
                lost = sum(v["lost"] for v in self.list() if v["name"] != "probe")
                prober.stdin.close()
                assert prober.wait(30) == 0
                with open(times, encoding="ascii") as f:
                    latencies = json.load(f)
            finally:
                for p in (prober, agents):
                    if p and p.poll() is None:
                        p.terminate()
                        p.wait()
            out = {"vehicles": a.vehicles, "building_blocks": 5 * a.vehicles, "poll": a.poll, "hops": a.hops,
                   "wall_s": took, "activate_s": activate, "first_s": first, "rollout_s": hops,
                   "reports": after.get("firpath_runner_reports_total", 0) - before.get("firpath_runner_reports_total", 0),
                   "service_cpu_s": used[0], "service_cpu_percent": 100 * used[0] / took, "agents_cpu_s": used[1],
                   "service_rss_mib": rss_of(s.process.pid), "missed_life_checks": lost + self.lost(),
                   "probes": len(latencies), "poll_p50_ms": rank(latencies, 0.5), "poll_p99_ms": rank(latencies, 0.99),
                   "poll_max_ms": max(latencies),
                   "db_mib": sum(os.path.getsize(s.db + x) for x in ("", "-wal") if os.path.exists(s.db + x)) / 2**20}
        for k, v in out.items():
            print(f"{k}={v:.1f}" if isinstance(v, float) else f"{k}={v}")
        assert out["missed_life_checks"] == 0, "life checks were missed"
        assert not a.p99 or out["poll_p99_ms"] < a.p99, f"a poll took {out['poll_p99_ms']:.1f} ms (p99)"


def main():
    if sys.argv[1:2] == ["--probe"]:
        return probe(*sys.argv[2:5])
    p = argparse.ArgumentParser()
    p.add_argument("--vehicles", type=int, default=2000)
    p.add_argument("--poll", default="10s")
    p.add_argument("--hops", type=int, default=3)
    p.add_argument("--p99", type=float, default=50.0, help="longest p99 of a poll in ms, 0 = any")
    p.add_argument("--patience", type=float, default=900.0, help="seconds for one Vehicle Configuration")
    b = Bench(p.parse_args())
    try:
        b.run()
    finally:
        b.w.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

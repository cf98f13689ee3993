# SPDX-License-Identifier: Apache-2.0
"""A fleet in one agent process through a campaign of three hops, on SQLite: what it takes. Prints name=value lines.

    bench_fleet.py [--devices 1000] [--poll 500ms] [--image 4096]"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "api"))
import service  # noqa: E402


# Devices have disks of their own: theirs must not wait for the one under the store.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def cpu_of(pid):
    """User and system seconds of a process so far."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_of(pid):
    """The largest resident size of a process, MiB."""
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return int(re.search(r"VmHWM:\s+(\d+)", f.read()).group(1)) / 1024


def metrics(s):
    return {m.group(1): float(m.group(2)) for m in re.finditer(r"^(\w+) ([\d.e+]+)$", s.health("/metrics").body.decode(), re.M)}


def requests(s):
    """Requests that the service has answered, of any kind."""
    return sum(float(v) for v in re.findall(r"^firpath_http_requests_total\{[^}]*\} ([\d.e+]+)$",
                                            s.health("/metrics").body.decode(), re.M))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--devices", type=int, default=1000)
    p.add_argument("--poll", default="500ms")
    p.add_argument("--image", type=int, default=4096)
    p.add_argument("--connections", type=int, default=16)
    a = p.parse_args()
    service.image = lambda n: (f"image of entry {n:06d}\n".encode() * (a.image // 16 + 1))[:a.image]
    with service.Service(conf={"cpl_stale_block": "365d", "log_level": "notice"}) as s:
        s.import_sample()
        s.put_images()
        names = [f"load-{i:04d}" for i in range(1, a.devices + 1)]
        r = s.post("/v1/devices", "name,adapter\n" + "".join(n + ",bbum\n" for n in names), "text/csv")
        assert r.status == 200, r
        with tempfile.TemporaryDirectory(prefix="firpath-fleet-", dir=MEMORY) as folder:
            agents = subprocess.Popen([os.path.join(service.BUILD, "firpath-bbum"), "--server", s.url, "--many", str(a.devices),
                                       "--dir", folder, "--identity", "1081:00A10102:00010000", "--poll", a.poll,
                                       "--connections", str(a.connections), "--log-level", "error"])
            try:
                s.wait_for(lambda: metrics(s).get("firpath_runner_reports_total", 0) >= a.devices, 60)
                time.sleep(1)
                r = s.post("/v1/campaigns", {"name": "fleet", "target": "000004", "members": {"filter": {"prefix": "load-"}},
                                             "max_active": a.devices, "stop_after": 0})
                assert r.status == 201, r
                before, asked, busy = metrics(s), requests(s), (cpu_of(s.process.pid), cpu_of(agents.pid))
                begun = time.monotonic()
                r = s.post("/v1/campaigns/fleet/start")
                assert r.status == 200, r
                while True:
                    state = s.get("/v1/campaigns/fleet/progress").json()
                    if state["state"] != "running" or time.monotonic() - begun > 600:
                        break
                    time.sleep(0.05)
                took = time.monotonic() - begun
                answered = requests(s) - asked
                after, busy_after = metrics(s), (cpu_of(s.process.pid), cpu_of(agents.pid))
                assert state["state"] == "done" and state["done"] == a.devices and state["hops"] == 3 * a.devices, state
                lines = sum(sum(1 for _ in open(os.path.join(folder, n, "effects.log"), encoding="ascii")) for n in names)
                assert lines == 3 * a.devices, lines
                diff = {k: after[k] - before.get(k, 0) for k in after}
                out = {"devices": a.devices, "poll": a.poll, "image_bytes": a.image, "wall_s": took, "hops": state["hops"],
                       "hops_s": state["hops"] / took, "moves": diff["firpath_runner_moves_total"],
                       "moves_s": diff["firpath_runner_moves_total"] / took,
                       "transactions": diff["firpath_runner_transactions_total"],
                       "moves_per_transaction": diff["firpath_runner_moves_total"] / diff["firpath_runner_transactions_total"],
                       "conflicts": diff["firpath_runner_conflicts_total"],
                       "requests": answered, "requests_s": answered / took,
                       "service_cpu_s": busy_after[0] - busy[0], "agents_cpu_s": busy_after[1] - busy[1],
                       "service_rss_mib": rss_of(s.process.pid), "agents_rss_mib": rss_of(agents.pid),
                       "db_mib": sum(os.path.getsize(s.db + x) for x in ("", "-wal") if os.path.exists(s.db + x)) / 2**20}
            finally:
                agents.terminate()
                agents.wait()
        for k, v in out.items():
            print(f"{k}={v:.1f}" if isinstance(v, float) and v != int(v) else f"{k}={v:.0f}" if isinstance(v, float) else f"{k}={v}")


if __name__ == "__main__":
    main()

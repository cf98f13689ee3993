# SPDX-License-Identifier: Apache-2.0
"""The cases of the demonstrator, and the processes that they need."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
if HERE not in sys.path:
    sys.path.insert(0, HERE)

from sshd import Sshd, forced  # noqa: E402
from world import BUILD, World, block  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(HERE))
SIMULATOR = os.path.join(ROOT, "contrib", "iec-simulator")
CASES = []


class Case:
    def __init__(self, title, rows, run, vcs):
        self.title, self.rows, self.run, self.vcs = title, rows, run, vcs


def case(title, rows, *vcs):
    """vcs: what the Vehicle Configurations of the case change: (folder, DAS, ETP, dependencies)."""
    def add(run):
        CASES.append(Case(title, rows, run, vcs))
        return run
    return add


class Simulator:
    """contrib/iec-simulator: the safety application of ETP."""

    def __init__(self, folder):
        self.log_path = os.path.join(folder, "iec-simulator.log")
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(["/usr/bin/python3", SIMULATOR, "--port", "0"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = time.monotonic() + 10
        while True:
            with open(self.log_path, encoding="utf-8") as f:
                m = re.search(r"127\.0\.0\.1:(\d+)", f.read())
            if m:
                self.port = int(m.group(1))
                self.url = f"http://127.0.0.1:{self.port}/"
                return
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("contrib/iec-simulator did not start: " + open(self.log_path, encoding="utf-8").read())
            time.sleep(0.02)

    def call(self, method, path, body=None):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            c.request(method, path, json.dumps(body) if body is not None else None, {"Content-Type": "application/json"})
            r = c.getresponse()
            data = r.read()
            if r.status >= 300:
                raise RuntimeError(f"iec-simulator {path}: {r.status} {data!r}")
            return json.loads(data) if data else None
        finally:
            c.close()

    def mode(self, **kw):
        """How it answers from now on: update and restart yes, no, wait or silent; status running or stopped; why."""
        self.call("POST", "/set", kw)

    def versions(self):
        """What the update manager sent it last."""
        return self.call("GET", "/state")["versions"]

    def asked(self, what):
        return self.call("GET", "/state")["asked"].count(what)

    def close(self):
        self.process.terminate()
        self.process.wait(10)


class Demonstration:
    """CM, sshd, DAS, ETP, the application of ETP. The operator's commands go through ssh and `firpath cm shell`."""

    def __init__(self, keep=False):
        self.keep = keep
        self.checks = []
        self.world = World(start=False)
        self.sshd = self.iec = None
        try:
            w = self.world
            # The CM keeps its port over kills, as a machine keeps its address.
            w.service.start()
            w.service.conf["listen"] = f"127.0.0.1:{w.service.port}"
            w.name = "train"
            w.vehicle()
            self.sshd = Sshd(w.folder, {"distributor": forced("internal-sftp", "-d", w.inbox),
                                        "operator": forced("env", "FIRPATH_VEHICLE=train", os.path.join(BUILD, "firpath"), "cm", "shell",
                                                           "--server", w.service.url)})
            self.iec = Simulator(w.folder)
            self.send_all()
            self.bb("DAS")
            self.bb("ETP")
            self.activate("start")
            w.settled()
        except BaseException:
            self.close()
            raise

    # Vehicle Configurations: all of them are made before and sent in one transfer.

    def send_all(self):
        w = self.world
        made = os.path.join(w.folder, "made")
        lines = []
        for folder, das, etp, depends in [("start", "1.0.0", "1.0.0", ()), *(v for c in CASES for v in c.vcs)]:
            das_on = [("ETP", "1.1.0")] if "DAS" in depends else []
            etp_on = [("DAS", "2.1.0")] if "ETP" in depends else []
            w.write_vc(os.path.join(made, folder), [block("DAS", das, "2.1.0", das_on), block("ETP", etp, "1.1.0", etp_on)], version=das)
            w.settle(os.path.join(made, folder))
            lines.append(f"put -rp {os.path.join(made, folder)} {folder}")
        r = self.sshd.sftp("distributor", *lines, timeout=60)
        if r.returncode:
            raise RuntimeError("sftp: " + r.stderr)

    def vc(self, folder):
        return self.world.number(folder)

    def activate(self, folder):
        return self.operator(f"activate vc {self.vc(folder)}")

    # Processes

    def bb(self, name, *more):
        w = self.world
        if w.processes.get(name):
            w.end_bb(name) if w.processes[name].poll() is None else w.processes.pop(name)
        # The application of ETP has the safety integrity; DAS has none to ask.
        w.bbum(name, "--permission-limit", "1500ms", *more, iec=self.iec.url if name == "ETP" else "always", poll="40ms")

    def faulty(self, name, what, times=1, *more):
        """The same, with a fault that happens so many times from now on (each memory counts its faults)."""
        with open(os.path.join(self.world.bb_folder(name), "state"), encoding="utf-8") as f:
            happened = json.load(f).get("fault_0", 0)
        self.bb(name, "--fault", f"{what}:{happened + times}", *more)

    def power_cut(self, name):
        self.world.processes[name].send_signal(signal.SIGKILL)
        self.world.processes.pop(name).wait()

    def cm_power_cut(self):
        self.world.service.kill()

    def cm_back(self):
        self.world.service.start()
        if self.world.status()["state"] == "stopped":
            self.operator("start")

    def revive(self, name):
        """Waits until the process has died of its fault (exit status 9), then the power comes back."""
        p = self.world.processes[name]
        status = p.wait(15)
        self.world.processes.pop(name)
        self.bb(name)
        return status

    def operator(self, line):
        """A command by ssh; what it printed."""
        r = self.sshd.run("operator", line)
        if r.returncode:
            raise RuntimeError(f"{line}: {r.returncode} {r.stdout.strip()} {r.stderr.strip()}")
        return r.stdout

    # What is seen

    def begin(self, c):
        self.checks = []
        self.case = c
        self.mark = self.world.status()["log_last"]
        self.before = self.runs()  # what the case before left
        self.before_vc = self.world.status()["vc"]["n"]

    def end(self):
        """Leaves a vehicle that runs something, whatever happened, for the next case."""
        checks, self.checks = self.checks, []
        w = self.world
        try:
            if w.service.process is None:
                self.cm_back()
            self.iec.mode(update="yes", restart="yes", status="running", why="")
            for name in ("DAS", "ETP"):
                if name not in w.processes or w.processes[name].poll() is not None:
                    self.bb(name)
            if w.status()["mode"] != "auto":
                self.operator("mode auto")
        except Exception as e:  # pylint: disable=broad-except # the next case will tell, too
            sys.stderr.write(f"after the case: {e}\n")
        return checks

    def see(self, what, expected, seen):
        self.checks.append((what, str(expected), str(seen)))

    def runs(self):
        return ", ".join(f"{b['name']} {b['running']['version']}" for b in self.world.status()["blocks"])

    def see_runs(self, what, das, etp):
        self.see(what, f"DAS {das}, ETP {etp}", self.runs())

    def settled(self, folder):
        self.world.settled(self.vc(folder))

    def told(self, event):
        """Lines of the log of this case: names of Building Blocks, in order."""
        names = {b["n"]: b["name"] for b in self.world.status()["blocks"]}
        return [names.get(x["bb"], "all") for x in self.world.log() if x["event"] == event and x["n"] > self.mark]

    def lines(self, *events):
        return [x["text"] for x in self.world.log() if x["event"] in events and x["n"] > self.mark]

    def result(self, name):
        return self.world.bb(name)["result"]

    def close(self):
        if self.sshd:
            self.sshd.close()
        if self.iec:
            self.iec.close()
        if self.keep:
            self.world.own_folder = self.world.service.own_folder = False
            sys.stderr.write(f"kept: {self.world.folder}\n")
        self.world.close()
        if not self.keep:
            shutil.rmtree(self.world.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


# ---- the cases ----

@case("Update of one independent building block", "A11 C20 C24 C29 C32 E39 F4", ("one", "2.0.0", "1.0.0", ()))
def one_independent(d):
    d.activate("one")
    d.settled("one")
    d.see_runs("what runs", "2.0.0", "1.0.0")
    d.see("Packages were provided to", ["DAS"], sorted(set(d.told("package"))))
    d.see("how often the request went to all", 1, len(d.lines("request")))
    status = d.operator("status")
    d.see("`status` over ssh names the state", "yes", "yes" if "normal" in status.lower() else status)


@case("Update of a building block that depends on another one", "A12 E35 J18 J21 C34", ("uni", "3.0.0", "3.0.0", ("DAS",)))
def unidirectional(d):
    d.activate("uni")
    d.settled("uni")
    d.see_runs("what runs", "3.0.0", "3.0.0")
    d.see("Packages were provided in the order", ["ETP", "DAS"], list(dict.fromkeys(d.told("package"))))


@case("Update of building blocks that depend on each other", "A13 E35 J21", ("bi", "4.0.0", "4.0.0", ("DAS", "ETP")))
def bidirectional(d):
    d.activate("bi")
    d.settled("bi")
    d.see_runs("what runs", "4.0.0", "4.0.0")
    waves = d.world.get("/v1/vehicles/train")["blocks"]
    d.see("both are in one wave", "yes", "yes" if len({b["wave"] for b in waves}) == 1 else [b["wave"] for b in waves])


@case("The safety application refuses, then permits", "C25 C27 C28 D41 D42 G5 E33", ("refused", "5.0.0", "5.0.0", ()))
def rejected_then_accepted(d):
    d.iec.mode(update="no", why="the train is running")
    asked = d.iec.asked("permit-update")
    d.activate("refused")
    d.world.wait_prompt("rejected")
    d.see("after the refusals both still run", d.before, d.runs())
    d.see("ETP accepted", False, d.world.bb("ETP")["accepted"])
    d.see("the request was repeated by itself", "yes", "yes" if len(d.lines("request")) >= 2 else d.lines("request"))
    d.see("its application was asked each time", "yes", "yes" if d.iec.asked("permit-update") >= asked + 2 else d.iec.asked("permit-update"))
    d.see("the reason reaches the CM", "the train is running", d.world.bb("ETP")["reason"])
    d.iec.mode(update="yes", why="")
    d.operator("request update")
    d.settled("refused")
    d.see_runs("what runs in the end", "5.0.0", "5.0.0")


@case("The application of ETP is stopped: the request is rejected", "D39 D40 C49", ("stopped-app", "5.1.0", "5.1.0", ()))
def application_stopped(d):
    d.iec.mode(status="stopped", update="silent")
    d.world.wait(lambda s: next(b for b in s["blocks"] if b["name"] == "ETP")["iec"] == "stopped")
    d.activate("stopped-app")
    d.world.wait_prompt("rejected")
    d.see("ETP accepted", False, d.world.bb("ETP")["accepted"])
    d.see("the CM knows the application is", "stopped", d.world.bb("ETP")["iec"])
    d.iec.mode(status="running", update="yes")
    d.world.wait(lambda s: next(b for b in s["blocks"] if b["name"] == "ETP")["iec"] == "running")
    d.operator("request update")
    d.settled("stopped-app")
    d.see_runs("what runs in the end", "5.1.0", "5.1.0")


@case("Verification of a Package fails once", "C31 C45 D25 D29 G6 I10", ("verify", "6.0.0", "6.0.0", ()))
def verification_failure(d):
    d.faulty("DAS", "corrupt@download")
    d.activate("verify")
    d.settled("verify")
    d.see("a verification failure was reported", "yes",
          "yes" if any("verification failure" in t for t in d.lines("result", "result-bb")) else d.lines("result", "result-bb"))
    d.see_runs("after the repetition both run", "6.0.0", "6.0.0")


@case("An installation fails once and is repeated", "C39 C47 D33 E46 G6 I11 I14", ("install", "7.0.0", "7.0.0", ()))
def installation_failure(d):
    d.faulty("ETP", "fail@install")
    d.activate("install")
    d.settled("install")
    d.see("an installation failure was reported", "yes",
          "yes" if any("installation failure" in t for t in d.lines("result", "result-bb")) else d.lines("result", "result-bb"))
    d.see("triggers", 2, len(d.lines("trigger")))
    d.see_runs("after the repetition both run", "7.0.0", "7.0.0")


@case("Installation fails again and again: rollback of the whole vehicle", "A8 C37 C40 E47 G7 D26", ("rollback", "8.0.0", "8.0.0", ("DAS",)))
def rollback(d):
    d.faulty("DAS", "fail@install", 2)  # ETP is served first, and succeeds
    d.activate("rollback")
    d.world.settled(d.before_vc)
    d.see("both are back on", d.before, d.runs())
    d.see("triggers: two tries, then the rollback", 3, len(d.lines("trigger")))


@case("The rollback fails, too: somebody is asked", "C48 D33 G6", ("rollback-fails", "9.0.0", "9.0.0", ()))
def rollback_failed(d):
    d.operator("mode manual")
    d.faulty("DAS", "fail@install")
    d.activate("rollback-fails")
    d.world.wait_prompt("request")
    d.operator("request update")
    d.world.wait_prompt("trigger")
    d.operator("trigger update")
    d.world.wait_prompt("result")
    d.see("results", "DAS installation failure, ETP update successful", f"DAS {d.result('DAS')}, ETP {d.result('ETP')}")
    etp = d.world.bb("ETP")
    d.operator(f"restart {etp['n']}")
    d.world.wait(lambda s: next(b for b in s["blocks"] if b["name"] == "ETP")["running"]["version"] == "9.0.0" and s["prompt"])
    d.faulty("ETP", "fail@install")  # now ETP has to install to go back, and cannot
    d.operator("rollback")
    p = d.world.wait(lambda s: s["prompt"] and s["prompt"]["kind"] == "result" and s["rolling_back"] and s["prompt"])
    d.see("it says that the rollback failed", "yes", "yes" if "rollback" in p["why"].lower() else p["why"])
    d.see("result of ETP", "installation failure", d.result("ETP"))
    d.see("the vehicle waits in", "update-completed", d.world.status()["state"])
    d.operator("trigger update")
    d.world.wait(lambda s: s["prompt"] and s["prompt"]["kind"] == "result" and s["prompt"]["seq"] != p["seq"])
    d.operator("mode auto")
    d.world.settled(d.before_vc)
    d.see("repeated by the operator, it leads back to", d.before, d.runs())


@case("The CM is away when a building block starts", "C6 C49 C50 D13 B24", ("away", "9.1.0", "9.1.0", ()))
def cm_away(d):
    d.cm_power_cut()
    before = d.world.bb_log("ETP")
    d.bb("ETP")
    runs = d.before.rsplit(" ", 1)[1]
    d.world.service.wait_for(lambda: d.iec.versions() and runs in json.dumps(d.iec.versions()))
    d.see("without the CM, ETP verifies its stored Package and tells its application that it runs", runs,
          runs if runs in json.dumps(d.iec.versions()) else d.iec.versions())
    d.see("its process goes on", "yes", "yes" if d.world.processes["ETP"].poll() is None else d.world.bb_log("ETP")[len(before):])
    d.cm_back()
    d.world.settled(d.before_vc)
    d.see("synchronised at the next poll", d.before, d.runs())
    d.activate("away")
    d.settled("away")
    d.see_runs("and updated afterwards", "9.1.0", "9.1.0")


def held_in(d, state, folder):
    """Manual mode: brings the vehicle to where the state waits for the operator."""
    d.operator("mode manual")
    d.activate(folder)
    d.world.wait_prompt("request")
    if state == "normal-operation":
        return
    d.operator("request update")
    d.world.wait_prompt("trigger")
    if state == "update-pending":
        return
    d.operator("trigger update")
    d.world.wait_prompt("result")


def finish(d, folder):
    """From wherever it is, by itself."""
    d.operator("mode auto")
    d.settled(folder)


BB_CUTS = (("normal-operation", "10.0.0"), ("update-pending", "10.1.0"), ("update-completed", "10.2.0"))
CUT_STEPS = (("download", "11.0.0"), ("verify", "11.1.0"), ("install", "11.2.0"), ("restart", "11.3.0"))


def add_bb_cut(state, version):
    @case(f"Power cut of ETP in {state} (kill -9)", "D3 C36 I2", (f"bb-{state}", version, version, ()))
    def cut(d):
        held_in(d, state, f"bb-{state}")
        boots = d.world.bb("ETP")["boots"]
        d.power_cut("ETP")
        d.bb("ETP")
        d.world.wait(lambda s: next(b for b in s["blocks"] if b["name"] == "ETP")["boots"] > boots)
        d.see("ETP resumes", state, d.world.bb("ETP")["state"])
        finish(d, f"bb-{state}")
        d.see_runs("what runs in the end", version, version)


def add_step_cut(step, version):
    @case(f"Power cut of ETP at {step} (it vanishes without a word)", "D3 C36 I2", (f"bb-{step}", version, version, ()))
    def cut(d):
        d.faulty("ETP", f"vanish@{step}")
        d.activate(f"bb-{step}")
        d.see("its process ends with status", 9, d.revive("ETP"))
        d.settled(f"bb-{step}")
        d.see_runs("what runs in the end", version, version)


CM_CUTS = (("normal-operation", "12.0.0"), ("update-pending", "12.1.0"), ("update-completed", "12.2.0"))
CM_STEPS = (("download", "13.0.0"), ("verify", "13.1.0"), ("install", "13.2.0"))


def add_cm_cut(state, version):
    @case(f"Power cut of the CM in {state} (kill -9)", "E7 E9 E11 E12 E23", (f"cm-{state}", version, version, ()))
    def cut(d):
        held_in(d, state, f"cm-{state}")
        d.cm_power_cut()
        d.cm_back()
        d.world.wait_state(state)
        d.see("after Entry Operation the CM is in", state, d.world.status()["state"])
        d.see("the active Vehicle Configuration is still", d.vc(f"cm-{state}"), d.world.status()["vc"]["n"])
        d.see("the mode is still", "manual", d.world.status()["mode"])
        finish(d, f"cm-{state}")
        d.see_runs("what runs in the end", version, version)


def add_cm_step(step, version):
    @case(f"Power cut of the CM while ETP is at {step} (kill -9)", "E7 E9 E11 E23 D13", (f"cm-{step}", version, version, ()))
    def cut(d):
        d.faulty("ETP", f"stall@{step}", 1, "--step-time", "300ms")
        d.activate(f"cm-{step}")
        d.world.wait(lambda s: next(b for b in s["blocks"] if b["name"] == "ETP")["state"] == "update")
        time.sleep({"download": 0.3, "verify": 0.6, "install": 0.9}[step])  # a step takes 300 ms; then it stands still
        d.see("ETP stands still in", "update", d.world.bb("ETP")["state"])
        d.cm_power_cut()
        d.cm_back()
        d.bb("ETP")
        d.settled(f"cm-{step}")
        d.see_runs("what runs in the end", version, version)


for _state, _version in BB_CUTS:
    add_bb_cut(_state, _version)
for _step, _version in CUT_STEPS:
    add_step_cut(_step, _version)
for _state, _version in CM_CUTS:
    add_cm_cut(_state, _version)
for _step, _version in CM_STEPS:
    add_cm_step(_step, _version)


@case("Power cut of the CM while all restart (kill -9)", "E43 E44 E9 I31", ("cm-restart", "14.0.0", "14.0.0", ()))
def cm_cut_at_restart(d):
    held_in(d, "update-completed", "cm-restart")
    d.operator("restart all")
    d.cm_power_cut()
    d.cm_back()
    finish(d, "cm-restart")
    d.see_runs("what runs in the end", "14.0.0", "14.0.0")


@case("Power cut of everything during the update", "D3 E7 C36", ("all", "15.0.0", "15.0.0", ("DAS", "ETP")))
def everything_cut(d):
    held_in(d, "update-pending", "all")
    d.operator("trigger update")
    d.cm_power_cut()
    d.power_cut("DAS")
    d.power_cut("ETP")
    d.bb("ETP")
    d.bb("DAS")
    d.cm_back()
    finish(d, "all")
    d.see_runs("what runs in the end", "15.0.0", "15.0.0")

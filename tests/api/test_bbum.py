#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The device agent as a process: against a manager that follows (or breaks) doc/bbum-protocol.md."""

import os
import random
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

from fake_manager import Manager, image_of, sha, version_of

BUILD = os.environ.get("FIRPATH_BUILD", os.getcwd())
AGENT = os.path.join(BUILD, "firpath-bbum")
IDENTITY = "1081:00A10102:00010001"


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="firpath-bbum-", dir=os.environ.get("TMPDIR", "/tmp"))
        self.processes = []
        self.m = Manager()
        self.addCleanup(self.clean)

    def clean(self):
        for p in self.processes:
            if p.poll() is None:
                p.terminate()
            p.wait()
        self.m.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, *more, name="dev", identity=IDENTITY):
        args = [AGENT, "--server", self.m.url, "--name", name, "--dir", os.path.join(self.folder, name), "--poll", "30ms",
                "--identity", identity, *more]
        with open(os.path.join(self.folder, name + ".log"), "ab") as log:
            p = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.processes.append(p)
        return p

    def log(self, name="dev"):
        with open(os.path.join(self.folder, name + ".log"), encoding="utf-8") as f:
            return f.read()

    def effects(self, name="dev"):
        try:
            with open(os.path.join(self.folder, name, "effects.log"), encoding="ascii") as f:
                return re.findall(r"command=(\S+) from=(\S+) to=(\S+) hash=(\S+)\n", f.read())
        except FileNotFoundError:
            return []


class Walks(Case):
    def test_a_hop_is_walked_and_the_process_starts_itself_again(self):
        p = self.start()
        trigger = self.m.hop("dev", 2)
        self.assertIsNone(p.poll())
        self.assertEqual(self.effects(), [(trigger, version_of(1), version_of(2), sha(image_of(2)))])
        last = self.m.statuses["dev"][-1]
        self.assertEqual((last["boots"], last["hash"], last["result"]), (2, sha(image_of(2)), "undefined"))
        self.assertEqual(self.log().count("event=bbum-start"), 2)
        p.terminate()
        self.assertEqual(p.wait(10), 0)

    def test_a_path_of_five_hops_leaves_five_lines(self):
        self.start()
        triggers = [self.m.hop("dev", n) for n in range(2, 7)]
        self.assertEqual([e[0] for e in self.effects()], triggers)
        self.assertEqual([e[2] for e in self.effects()], [version_of(n) for n in range(2, 7)])

    def test_what_runs_already_is_not_downloaded(self):
        self.start()
        self.m.offer("dev", 1)
        self.m.wait("dev", lambda s: s.get("recommendation") == "no")
        self.m.ask("dev", "request-update")
        trigger = self.m.order("dev", "trigger")
        s = self.m.wait("dev", lambda s: s.get("result_of") == trigger)
        self.assertEqual((s["result"], s["state"]), ("no update required", "update-completed"))
        self.assertFalse([r for r in self.m.requests if "images" in r[1]])

    def test_every_status_is_memorised_before_it_is_told(self):
        """Whatever was said, the process killed after saying it says again when it comes back."""
        p = self.start()
        self.m.offer("dev", 2)
        self.m.wait("dev", lambda s: s.get("recommendation") == "yes")
        for kind, state in (("request-update", "update-pending"), ("cancel", "normal-operation"),
                            ("request-update", "update-pending")):
            said = self.m.ask("dev", kind)
            p.kill()
            p.wait()
            p = self.start()
            again = self.m.wait("dev", lambda s, b=said["boots"]: s["boots"] > b)
            self.assertEqual((again["state"], again["command"], again["answer"]), (state, said["command"], "accepted"))


class Downloads(Case):
    def test_an_interrupted_download_is_resumed_where_it_was_cut(self):
        self.m.cut_after = 9000
        self.start()
        self.m.hop("dev", 2)
        ranges = [r[2] for r in self.m.requests if "images" in r[1]]
        self.assertEqual(ranges, [None, "bytes=9000-", "bytes=18000-", "bytes=27000-", "bytes=36000-"])
        self.assertEqual(self.m.cuts, 4)

    def test_a_download_goes_on_over_the_death_of_the_process(self):
        self.m.cut_after = 9000
        p = self.start("--fault", "vanish@download:1")
        self.m.offer("dev", 2)
        self.m.wait("dev", lambda s: s.get("recommendation") == "yes")
        self.m.ask("dev", "request-update")
        trigger = self.m.order("dev", "trigger")
        self.assertEqual(p.wait(30), 9)
        self.start()
        s = self.m.wait("dev", lambda s: s.get("result_of") == trigger)
        self.assertEqual(s["result"], "update successful")
        ranges = [r[2] for r in self.m.requests if "images" in r[1]]
        self.assertEqual(ranges.count(None), 1)
        self.assertIn("bytes=27000-", ranges)

    def test_a_server_without_ranges_gives_the_whole_image_again(self):
        self.m.ranges = False
        self.m.cut_after = 30000
        self.start()
        self.m.offer("dev", 2)
        self.m.wait("dev", lambda s: s.get("recommendation") == "yes")
        self.m.ask("dev", "request-update")
        trigger = self.m.order("dev", "trigger")
        self.m.wait("dev", lambda s: s["state"] == "update" and self.m.cuts >= 2)
        self.m.cut_after = 0
        s = self.m.wait("dev", lambda s: s.get("result_of") == trigger)
        self.assertEqual(s["result"], "update successful")

    def test_a_wrong_image_is_not_installed(self):
        self.m.wrong_bytes = True
        self.start()
        self.m.offer("dev", 2)
        s, trigger = self.m.update("dev")
        self.assertEqual((s["result"], s["error"], s["version"]),
                         ("verification failure", "package-integrity", version_of(1)))
        self.assertEqual(self.effects(), [])
        self.m.wrong_bytes = False
        again = self.m.order("dev", "trigger")
        s = self.m.wait("dev", lambda s: s.get("result_of") == again)
        self.assertEqual(s["result"], "update successful")
        self.assertEqual([e[0] for e in self.effects()], [again])
        self.assertNotEqual(trigger, again)

    def test_progress_is_told_while_it_lasts(self):
        self.m.cut_after = 4000
        self.start("--step-time", "300ms")
        self.m.hop("dev", 2)
        steps = {s.get("step") for s in self.m.statuses["dev"] if s["state"] == "update"}
        self.assertLessEqual({"verify", "install"}, steps)


class Kills(Case):
    def test_killed_at_random_moments_each_trigger_has_one_effect(self):
        rnd = random.Random(20261120)
        p = self.start("--step-time", "10ms")
        kills, triggers, states = 0, [], {}
        stop = False

        def killer():
            nonlocal p, kills
            while not stop:
                time.sleep(rnd.uniform(0.005, 0.12))
                p.kill()
                p.wait()
                kills += 1
                last = self.m.statuses.get("dev", [{"state": "?"}])[-1]["state"]
                states[last] = states.get(last, 0) + 1
                p = self.start("--step-time", "10ms")

        t = threading.Thread(target=killer)
        t.start()
        try:
            n = 2
            while n < 8 or kills < 60:
                triggers.append(self.m.hop("dev", n, seconds=120))
                n += 1
        finally:
            stop = True
            t.join()
        self.assertEqual([e[0] for e in self.effects()], triggers)
        self.assertEqual([e[2] for e in self.effects()], [version_of(i) for i in range(2, n)])
        self.assertGreaterEqual(kills, 60)
        self.assertGreaterEqual(len(states), 3, states)


class Programs(Case):
    def run_agent(self, *args):
        return subprocess.run([AGENT, *args], capture_output=True, text=True, timeout=30)

    def test_words_that_are_not_known_are_refused_with_the_nearest(self):
        r = self.run_agent("--nmae", "x")
        self.assertEqual(r.returncode, 2)
        self.assertIn("did you mean --name?", r.stderr)
        conf = os.path.join(self.folder, "c.conf")
        with open(conf, "w", encoding="utf-8") as f:
            f.write("name = dev\nserwer = http://127.0.0.1:1\n")
        r = self.run_agent("--config", conf)
        self.assertEqual(r.returncode, 2)
        self.assertIn("did you mean 'server'", r.stderr)
        self.assertIn("c.conf:2", r.stderr)
        r = self.run_agent("dev")
        self.assertEqual((r.returncode, "'dev' is not an option" in r.stderr), (2, True))

    def test_what_makes_no_sense_is_refused(self):
        there = ["--dir", os.path.join(self.folder, "x"), "--name", "x"]
        for args, words in (
                (["--name", "x"], "--dir is needed"),
                (["--dir", self.folder], "--name is needed"),
                (there, "say with --identity"),
                ([*there, "--identity", "000123"], "not by an Entry ID"),
                ([*there, "--identity", "10:zz:1"], "--identity"),
                ([*there, "--identity", IDENTITY, "--server", "ftp://x"], "http://HOST:PORT"),
                ([*there, "--identity", IDENTITY, "--permission", "maybe"], "always, deny, timeout"),
                ([*there, "--identity", IDENTITY, "--fault", "fail@home"], "there is no place 'home'"),
                ([*there, "--identity", IDENTITY, "--poll", "fast"], "poll"),
                ([*there, "--identity", IDENTITY, "--poll", "1ms"], "between"),
                ([*there, "--identity", IDENTITY, "--log-level", "loud"], "error, warning"),
                ([*there, "--many", "3"], "--prefix"),
                (["--dir"], "needs a value")):
            r = self.run_agent(*args)
            self.assertNotEqual(r.returncode, 0, args)
            self.assertIn(words, r.stderr, args)

    def test_help_and_version(self):
        r = self.run_agent("--help")
        self.assertEqual((r.returncode, r.stderr), (0, ""))
        for word in ("--identity", "--once", "fault", "permission", "step_time"):
            self.assertIn(word, r.stdout)
        self.assertEqual(r.stdout.count("usage:"), 1)
        r = self.run_agent("--version")
        self.assertRegex(r.stdout, r"^firpath-bbum \d+\.\d+\.\d+\n$")

    def test_two_processes_do_not_share_a_folder(self):
        self.start()
        self.m.wait("dev", lambda s: True)
        second = self.start()
        self.assertEqual(second.wait(10), 1)
        self.assertIn("another process works in", self.log())

    def test_once_does_what_there_is_to_do_and_ends(self):
        self.m.offer("dev", 2)
        self.assertEqual(self.start("--once").wait(20), 0)
        self.assertEqual(self.m.statuses["dev"][-1]["recommendation"], "yes")
        for kind, state in (("request-update", "update-pending"), ("trigger", "update-completed"),
                            ("restart", "update-completed"), ("normal-operation", "normal-operation")):
            self.m.order("dev", kind)
            self.assertEqual(self.start("--once").wait(30), 0)
            self.assertEqual(self.m.statuses["dev"][-1]["state"], state)
        self.assertEqual(self.m.statuses["dev"][-1]["version"], version_of(2))
        self.assertEqual(len(self.effects()), 1)

    def test_once_fails_when_nobody_listens(self):
        self.m.refuse = (503, [("Retry-After", "7")])
        p = self.start("--once")
        self.assertEqual(p.wait(20), 1)

    def test_a_service_that_refuses_is_asked_again_and_said_so_once(self):
        self.m.refuse = (404, [])
        p = self.start()
        time.sleep(0.6)
        self.assertIsNone(p.poll())
        self.m.refuse = None
        self.m.wait("dev", lambda s: True)
        time.sleep(0.1)
        self.assertEqual(self.log().count("event=bbum-unheard"), 1)
        self.assertEqual(self.log().count("event=bbum-heard"), 1)

    def test_the_token_is_sent_with_every_request(self):
        self.m.token = "secret-of-devices"
        path = os.path.join(self.folder, "token")
        with open(path, "w", encoding="ascii") as f:
            f.write("secret-of-devices\n")
        self.start("--token-file", path)
        self.m.hop("dev", 2)
        self.assertEqual({r[3] for r in self.m.requests}, {"Bearer secret-of-devices"})
        self.assertNotIn("secret-of-devices", self.log())

    def test_the_application_decides(self):
        self.start("--permission", "deny")
        self.m.offer("dev", 2)
        s = self.m.ask("dev", "request-update")
        self.assertEqual((s["answer"], s["state"]), ("rejected", "normal-operation"))
        self.start("--permission", "timeout:400ms", name="slow")
        self.m.offer("slow", 2)
        self.m.wait("slow", lambda s: True)
        begun = time.monotonic()
        s = self.m.ask("slow", "request-update")
        self.assertEqual(s["answer"], "rejected")
        self.assertIn("in time", s["reason"])
        self.assertGreaterEqual(time.monotonic() - begun, 0.39)

    def test_many_devices_walk_in_one_process(self):
        names = [f"load-{i:04d}" for i in range(1, 21)]
        for name in names:
            self.m.offer(name, 2, 5000)
        args = [AGENT, "--server", self.m.url, "--many", "20", "--dir", os.path.join(self.folder, "many"), "--identity",
                IDENTITY, "--poll", "50ms", "--log-level", "warning"]
        p = subprocess.Popen(args)
        self.processes.append(p)
        for name in names:
            self.m.wait(name, lambda s: s.get("recommendation") == "yes")
        for kind in ("request-update", "trigger"):
            ids = {name: self.m.order(name, kind) for name in names}
            for name in names:
                if kind == "request-update":
                    self.m.wait(name, lambda s, i=ids[name]: s.get("command") == i)
                else:
                    self.m.wait(name, lambda s, i=ids[name]: s.get("result_of") == i)
        for name in names:
            self.assertEqual(self.m.restart(name)["version"], version_of(2))
        p.send_signal(signal.SIGINT)
        self.assertEqual(p.wait(10), 0)


class Tls(Case):
    def test_only_a_server_with_the_right_certificate_is_believed(self):
        key, cert = os.path.join(self.folder, "key.pem"), os.path.join(self.folder, "cert.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2",
                        "-subj", "/CN=firpath test", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        plain, self.m = self.m, Manager(tls=(cert, key))
        plain.close()
        self.assertEqual(self.start("--once").wait(20), 1)
        self.assertNotIn("dev", self.m.statuses)
        self.assertEqual(self.start("--once", "--ca-file", cert).wait(20), 0)
        self.assertIn("dev", self.m.statuses)


if __name__ == "__main__":
    unittest.main()

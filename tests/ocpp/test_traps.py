#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Traps that a server of stations falls into when it believes too much, one test for each, by name; each is a station of the
simulator (contrib/station-simulator, words.h) against firpathd."""

import os
import re
import subprocess
import time
import unittest

from fleet import Fleet, case
from world import HERE, World

PARTS = "Main=1.0,Metrology=2.0:regulated"
CASES = {
    "believing": case("installed-version-unchanged"), "wrong": case("wrong-version"),
    "no boot": case("no-boot-after-reconnect,drop-mid-download"),
    "no version": case("no-version,variables-unknown,no-report"), "elsewhere": case("version-elsewhere,variables-empty,report-before-answer"),
    "odd": case(model="Odd", version="448.3251.0Q03197"),
    "many": case("multi-version-string", model="Many", version="1.2.0", register={"version_rule": "MCC {MCC}; SCC [{SCC}, *]"}),
    "many, no rule": case("multi-version-string", model="Many", version="1.2.0"),
    "text": case(model="Text", version="1.9"),
    "shuffled": case("shuffled-components", "ocpp2.1", "Main=1.0,Metrology=2.0", model="Two"),
    "before": case("status-before-answer"), "before, components": case("status-before-answer", "ocpp2.1", "Main=1.0,Metrology=2.0", model="Two"),
    "repeated": case("repeat-downloading,duplicate-status,unavailable-while-updating"),
    "no id": case("no-signed", "ocpp1.6"), "no id, signed": case("no-request-id", "ocpp1.6"),
    "in flight": case("installed-on-new-connection"), "in flight, early": case("installed-before-boot"),
    "silence": case("retries0-silence,no-trigger"), "silence, idle": case("retries0-silence"),
    "certified": case("unsigned-rejected"), "whitepaper": case("error-not-supported", "ocpp1.6"),
    "empty": case("empty-answer,no-signed,no-trigger", "ocpp1.6"), "empty 2": case("empty-answer,no-trigger"),
    "null": case("null-fields"), "null 2.1": case("null-fields", "ocpp2.1"),
    "zero": case("request-id-0-idle"), "spelling": case("old-error-spelling"),
    "clock": case("clock-unset"), "lost": case("install-lost"), "only": case("only-installed"), "late": case("late-answer"),
    "twice": case("download-failed-twice"), "no reason": case("rejected-no-reason"), "mid": case("reboot-mid-download"),
    "forgets": case("reboot-mid-download-forgets"), "dup": case("dup-id"), "bad": case("bad-json"),
    "rolled": case("rolled-back", "ocpp2.1", "Main=1.0,Metrology=2.0", model="Two"), "rolled, plain": case("rolled-back"),
    "rolled late": case("rolled-back-late", "ocpp2.1", "Main=1.0,Metrology=2.0", model="Two"), "mute": case("silent"),
    "other hardware": case("other-hardware"),
}
STAY = ("odd", "many", "many, no rule", "text", "shuffled", "before, components", "rolled", "rolled late", "no version")


class Traps(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.w = w = World()
        cls.addClassCleanup(w.close)
        w.releases("1.0", "1.1", "1.2")
        w.releases("448.3251.0Q03197", "448.3252.0", model="Odd")
        w.releases("1.9", "1.10", model="Text")
        w.releases("1.2.0", component="MCC", model="Many")
        for name in ("Main", "Metrology"):
            w.releases("1.0" if name == "Main" else "2.0", "1.1" if name == "Main" else "2.1", component=name, model="Two")
        cls.f = f = Fleet(w, CASES)
        f.walk("1.2", "two-hops", [n for n in CASES if n not in STAY])
        f.walk(w.public_id("448.3252.0", model="Odd"), "odd", ["odd"])
        f.walk(w.public_id("1.10", model="Text"), "text", ["text"])
        main = [f[n].identity + ":Main" for n in ("shuffled", "before, components", "rolled", "rolled late")]
        w.campaign("two", w.public_id("1.1", "Main", "Two"), devices=main)
        w.ended("two")
        f.walks.update(w.walks("two"))

    def done(self, name, path=("1.0", "1.1", "1.2"), component=None):
        m = self.f[name]
        self.assertEqual((m.path(component), m.walk["phase"]), (list(path), "done"), (name, m.walk))
        return m

    def failed(self, name, state, reason, path=(), tries=1):
        m = self.f[name]
        self.assertEqual((*m.ended, m.path()), (state, reason, "failed", list(path)), (name, m.walk))
        ids = [e["request"] for e in m.events("request")]
        self.assertEqual((len(ids), len(set(j["request"] for j in m.jobs))), (tries, tries), name)  # not sent for ever
        return m

    def test_trap_believing_installed(self):
        self.failed("believing", "unchanged", "version-unchanged")
        m = self.f["wrong"]
        self.assertEqual((m.job["state"], m.path()), ("other", ["1.0", "99.9.9"]), m.job)
        self.assertEqual(len(m.events("request")), 1)

    def test_trap_assuming_a_bootnotification_after_each_reconnect(self):
        m = self.done("no boot")
        self.assertGreaterEqual(len(m.events("no-boot")), 2)

    def test_trap_assuming_that_a_firmware_version_exists(self):
        station = self.f["no version"].station
        self.assertEqual([c for c in station["components"] if c["version"]], [])
        self.assertTrue(station["connected"])
        self.assertEqual(station["quarantine"] or "", "")
        self.done("elsewhere")

    def test_trap_assuming_that_a_version_is_semver(self):
        self.done("odd", ("448.3251.0Q03197", "448.3252.0"))

    def test_trap_assuming_that_a_version_names_one_thing(self):
        parts = {c["name"]: c["version"] for c in self.f["many"].station["components"]}
        self.assertEqual(parts, {"MCC": "1.2.0", "SCC": "0.12.0"})
        parts = {c["name"]: (c["version"], c["entry"]) for c in self.f["many, no rule"].station["components"]}
        self.assertEqual(parts, {"default": ("MCC 1.2.0; SCC [0.12.0, 0.13.0]", None)})

    def test_trap_comparing_versions_as_text(self):
        self.done("text", ("1.9", "1.10"))

    def test_trap_numbering_by_array_order(self):
        m = self.done("shuffled", ("1.0", "1.1"), "Main")
        parts = {c["name"]: c["version"] for c in m.station["components"]}
        self.assertEqual(parts, {"Main": "1.1", "Metrology": "2.0"})
        self.assertEqual(m.path("Metrology"), [])

    def test_trap_expecting_accepted_before_the_first_status(self):
        self.done("before")
        self.done("before, components", ("1.0", "1.1"), "Main")

    def test_trap_treating_repeated_downloading_or_an_unchanged_state_as_error_or_unavailable_as_fault(self):
        self.done("repeated")
        self.assertGreaterEqual(self.f["repeated"].statuses.count("Downloading"), 6)

    def test_trap_expecting_a_request_id_in_1_6(self):
        self.done("no id")
        self.done("no id, signed")

    def test_trap_sending_the_next_hop_while_the_previous_installed_is_still_in_flight(self):
        for name in ("in flight", "in flight, early"):
            m = self.done(name)
            first, second = m.jobs
            self.assertEqual((first["state"], second["state"]), ("proven", "proven"), name)
            self.assertNotEqual(first["request"], second["request"])
            requests = [e["at"] for e in m.events("request")]
            self.assertGreater(requests[1], m.events("runs")[0]["at"], name)

    def test_trap_retries_0_and_then_nothing_ever(self):
        self.failed("silence", "silent", "no-status", tries=2)
        self.failed("silence, idle", "failed", "not-doing-it", tries=2)

    def test_trap_sending_unsigned_to_certified_stations(self):
        m = self.done("certified")
        self.assertTrue(all(e["signed"] for e in m.events("job")))
        self.done("whitepaper")
        self.assertEqual({j["message"] for j in self.f["whitepaper"].jobs}, {"SignedUpdateFirmware"})

    def test_trap_the_empty_1_6_answer_read_as_success(self):
        self.failed("empty", "silent", "no-status", tries=2)
        m = self.f["empty 2"]
        self.assertEqual((m.walk["phase"], m.path()), ("failed", []), m.job)

    def test_trap_null_or_empty_optional_fields(self):
        self.done("null")
        self.done("null 2.1")

    def test_trap_falsy_zero_ids(self):
        self.done("zero")

    def test_trap_one_spelling_of_error_codes(self):
        self.done("spelling")

    def test_trap_the_clock_of_the_charger_is_unset(self):
        self.done("clock")

    def test_trap_installed_is_lost_or_all_that_is_said(self):
        self.done("lost")
        self.assertNotIn("Installed", self.f["lost"].statuses)
        self.done("only")

    def test_trap_download_failed_twice_for_one_job(self):
        self.failed("twice", "failed", "download-failed", tries=2)

    def test_trap_rejected_without_any_reason(self):
        self.failed_refused("no reason", "rejected")

    def failed_refused(self, name, reason):
        m = self.f[name]
        self.assertEqual((*m.ended, m.path()), ("refused", reason, "failed", []), m.walk)

    def test_trap_a_restart_while_it_downloads_makes_no_version_jump(self):
        self.done("mid")
        m = self.f["forgets"]
        self.assertEqual((m.walk["phase"], m.path()), ("failed", []), m.job)

    def test_trap_answers_that_come_too_late_or_never(self):
        for name in ("late", "mute"):
            m = self.f[name]
            self.assertIn(m.walk["phase"], ("failed", "refused", "done"), m.walk)
            self.assertIn(m.path(), ([], ["1.0", "1.1", "1.2"]), name)

    def test_trap_message_ids_used_again_and_what_is_no_json(self):
        self.done("dup")
        self.done("bad")

    def test_trap_a_fall_back_after_the_restart_is_no_success(self):
        m = self.f["rolled"]
        self.assertEqual((m.job["state"], m.job["reason"], m.walk["phase"]), ("failed", "rolled-back", "failed"), m.walk)
        self.assertEqual(m.path("Main"), ["1.0", "1.1", "1.0"])
        m = self.f["rolled, plain"]
        self.assertEqual((m.job["reason"], m.walk["phase"]), ("installation-failed", "failed"), m.walk)
        m = self.f["rolled late"]  # it was proven, and then it was not true any more
        self.w.known(m.identity, "1.0")

    def test_trap_a_station_that_becomes_another_is_not_updated(self):
        m = self.f["other hardware"]
        self.assertTrue(m.station["quarantine"], m.station)
        self.assertLessEqual(len(m.events("request")), 1)

    def test_trap_copying_schemas_of_the_alliance_into_the_repository(self):
        root = os.path.dirname(os.path.dirname(HERE))
        names = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=False).stdout.split()
        held = []
        for name in names:
            path = os.path.join(root, name)
            if name.endswith((".json", ".mjs", ".js")) and os.path.isfile(path):
                with open(path, encoding="utf-8", errors="replace") as f:
                    text = f.read()
                if re.search(r'"\$?id"\s*:\s*"urn:(OCPP|\w+(Request|Response|\.req|\.conf)")', text) or "Copyright Open Charge Alliance" in text:
                    held.append(name)
        self.assertEqual(held, [])

    def test_no_station_saw_what_a_server_must_not_do(self):
        self.assertEqual([v for s, _ in self.f.counts for v in s.violations()], [])


class Sends(unittest.TestCase):
    """Traps about many stations, and about what the server does meanwhile."""

    def test_trap_broadcasting_to_all_chargers_at_once_so_every_one_downloads_together(self):
        with World() as w:
            w.releases("1.0", "1.1")
            w.stations(150)
            sim = w.sim(150)
            w.all_known(150)
            w.campaign("all", "1.1")
            p = w.ended("all", 40)
            self.assertEqual(p["done"], 150, p)
            at = sorted(e["at"] for e in sim.events(event="request"))
            most = max(sum(1 for x in at if a <= x < a + 1000) for a in at)
            self.assertLessEqual(most, 110, "two seconds' worth of the pace of 50, whichever way the seconds fall")
            self.assertGreater(at[-1] - at[0], 1500)

    def test_trap_a_thread_per_charger_and_per_connection_zlib(self):
        with World(conf={"ocpp_per_address": "1000"}) as w:
            w.stations(400)
            pid = w.service.process.pid

            def look():
                with open(f"/proc/{pid}/status", encoding="ascii") as f:
                    s = dict(line.split(":", 1) for line in f)
                return int(s["Threads"]), int(s["VmRSS"].split()[0])
            w.get("/v1/stations")
            threads, rss = look()
            w.sim(400, "--deflate", "--connect-rate", "2000")
            w.all_known(400)
            now, grown = look()
            self.assertEqual(now, threads)
            self.assertLess(grown - rss, 400 * 40, f"{(grown - rss) / 400:.1f} kB each")

    def test_trap_blocking_the_loop_on_signature_checks_or_disk(self):
        with World() as w:
            w.stations(50)
            sim = w.sim(50, "--heartbeat", "1s")
            w.all_known(50)
            for i in range(50):
                sim.order(f"raw CS{i:05d} " + '[2,"h","Heartbeat",{}]')
            w.release("1.0", size=40_000_000)
            began = time.monotonic()
            for _ in range(5):
                for i in range(50):
                    sim.order(f"raw CS{i:05d} " + '[2,"h","Heartbeat",{}]')
            self.assertLess(time.monotonic() - began, 5)
            self.assertLess(sim.counts()["heartbeat_ms_max"], 1500)

    def test_trap_512_character_uris_with_long_signed_query_strings(self):
        base = "http://127.0.0.1:9/cdn?signature=" + "x" * 460
        with World(conf={"ocpp_image_base": base}) as w:
            w.releases("1.0", "1.1")
            f = Fleet(w, {"old": case(), "new": case(protocol="ocpp2.1"), "oldest": case("no-signed", "ocpp1.6")})
            f.walk("1.1")
            self.assertEqual(f["new"].walk["phase"], "done", f["new"].walk)
            self.assertNotEqual(f["old"].walk["phase"], "done")
            self.assertTrue(f["old"].walk["reason"], f["old"].walk)
            self.assertEqual([v for s, _ in f.counts for v in s.violations()], [])

    def test_trap_downgrade_edges_that_hardware_refuses(self):
        with World() as w:
            w.releases("1.0", "1.1")
            w.release("0.9", bases=["1.0", "1.1"])
            f = Fleet(w, {"refuses": case("hw-refuses-downgrade", version="1.1"), "takes": case(version="1.1")})
            f.walk("0.9", allow_downgrade=True)
            self.assertEqual((f["takes"].walk["phase"], f["takes"].path()), ("done", ["1.1", "0.9"]))
            self.assertEqual((*f["refuses"].ended, f["refuses"].path()), ("failed", "installation-failed", "failed", []))

    def test_trap_planning_over_a_component_list_that_changed_during_the_hop(self):
        with World() as w:
            w.releases("1.0", "1.1")
            w.releases("1.1", "1.2", component="Main")
            w.releases("1.0", component="Metrology")
            f = Fleet(w, {"grows": case("components-change", "ocpp2.1", "default=1.0", version="1.0")})
            f.walk("1.1")
            m = f["grows"]
            w.wait_for(lambda: {c["name"]: c["version"] for c in m.station["components"]} == {"Main": "1.1", "Metrology": "1.0"}, 15)
            w.campaign("next", w.public_id("1.2", "Main"), devices=[m.identity + ":Main"])
            p = w.ended("next")
            self.assertEqual((p["done"], m.path("Main")), (1, ["1.1", "1.2"]), p)

    def test_trap_no_cancel_in_1_6(self):
        with World() as w:
            w.releases("1.0", "1.1", "1.2")
            f = Fleet(w, {"old": case("no-signed,slow", "ocpp1.6")})
            w.campaign("c", "1.2", devices=[f["old"].identity])
            w.wait_for(lambda: "Downloading" in f["old"].statuses, 20)
            w.ask("POST", "/v1/campaigns/c/stop")
            w.ended("c")
            w.wait_for(lambda: f["old"].path() == ["1.0", "1.1"], 20)
            w.wait_for(lambda: f["old"].job["state"] == "proven", 10)
            time.sleep(0.5)
            self.assertEqual(len(f["old"].events("request")), 1)  # neither a cancel nor the second hop

    def test_trap_default_beside_others_is_quarantined(self):
        with World() as w:
            w.releases("1.0", "1.1", component="Main")
            f = Fleet(w, {"bad": case("default-beside-others", "ocpp2.1", PARTS)})
            w.wait_for(lambda: f["bad"].station["quarantine"], 10)
            self.assertEqual(f["bad"].station["gate"]["word"], "quarantine")


if __name__ == "__main__":
    subprocess.run([os.path.join(HERE, "install")], check=True)
    unittest.main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The features of a server of stations that no other suite here shows: feature numbers as in the names. (7, 8, 13, 14: test_traps;
11, 12, 15, 25, 30: test_tc_l; 28: test_trains; 9, 24: tests/api/test_releases.py; 10: tests/check_ocpp_job.c.)"""

import base64
import json
import os
import re
import socket
import subprocess
import time
import unittest

from fleet import Fleet, case
from world import HERE, Keys, World

PASSWORD = "a-password-of-20-chars"
BOTH = "Main=1.0,Metrology=2.0:regulated"


def upgrade(port, path, offers=("ocpp2.0.1",), password=None, user=None, extra=""):
    """The answer to a handshake: (status, fields, what follows)."""
    head = f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" \
           f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    if offers:
        head += f"Sec-WebSocket-Protocol: {', '.join(offers)}\r\n"
    if password is not None:
        head += "Authorization: Basic " + base64.b64encode(f"{user}:{password}".encode()).decode() + "\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=5) as c:
        c.sendall((head + extra + "\r\n").encode())
        got = b""
        while b"\r\n\r\n" not in got:
            piece = c.recv(4096)
            if not piece:
                break
            got += piece
        top, rest = got.split(b"\r\n\r\n", 1)
        lines = top.decode().split("\r\n")
        fields = {k.lower(): v.strip() for k, v in (x.split(":", 1) for x in lines[1:])}
        status = int(lines[0].split()[1])
        if status == 101 and "sec-websocket-protocol" not in fields:
            while len(rest) < 2:
                piece = c.recv(4096)
                if not piece:
                    break
                rest += piece
        return status, fields, rest


class Doors(unittest.TestCase):
    """Who comes in, and how."""

    @classmethod
    def setUpClass(cls):
        cls.w = w = World()
        cls.addClassCleanup(w.close)
        w.stations(1)
        w.ask("POST", "/v1/stations", {"identity": "LOCKED", "profile": 1, "password": PASSWORD})
        w.ask("POST", "/v1/stations", {"identity": "STRICT", "profile": 2, "password": PASSWORD})
        end = time.monotonic() + 15  # the door hears of new stations a moment later
        while upgrade(w.open_port, "/ocpp/STRICT")[0] == 404 and time.monotonic() < end:
            time.sleep(0.05)

    def test_feature_01_one_port_serves_three_versions_by_the_preference_of_the_client(self):
        for offers, chosen in ((("ocpp2.1", "ocpp1.6"), "ocpp2.1"), (("ocpp1.6", "ocpp2.1"), "ocpp1.6"),
                               (("ocpp3.0", "ocpp2.0.1"), "ocpp2.0.1")):
            status, fields, _ = upgrade(self.w.open_port, "/ocpp/CS00000", offers)
            self.assertEqual((status, fields.get("sec-websocket-protocol")), (101, chosen), offers)

    def test_feature_02_unknown_404_wrong_password_401_and_no_common_protocol_101_and_then_the_end(self):
        self.assertEqual(upgrade(self.w.open_port, "/ocpp/NOBODY")[0], 404)
        for user, password in (("LOCKED", "wrong"), ("CS00000", PASSWORD), ("LOCKED", None)):
            status, fields, _ = upgrade(self.w.port, "/ocpp/LOCKED", password=password, user=user)
            self.assertEqual((status, fields.get("www-authenticate", "")[:5]), (401, "Basic"), user)
        self.assertEqual(upgrade(self.w.port, "/ocpp/LOCKED", password=PASSWORD, user="LOCKED")[0], 101)
        status, fields, rest = upgrade(self.w.open_port, "/ocpp/CS00000", ("soap",))
        self.assertEqual((status, "sec-websocket-protocol" in fields, rest[:1]), (101, False, b"\x88"))

    def test_feature_04_a_profile_is_never_lowered(self):
        for port in (self.w.port, self.w.open_port):
            self.assertEqual(upgrade(port, "/ocpp/STRICT", password=PASSWORD, user="STRICT")[0], 401)
        self.assertEqual(upgrade(self.w.open_port, "/ocpp/LOCKED", password=PASSWORD, user="LOCKED")[0], 401)


class Tls(unittest.TestCase):
    def test_feature_04_profiles_2_and_3_with_two_certificates_and_the_station_s_own(self):
        w = World()
        self.addCleanup(w.close)
        keys = World.keys
        names = {}
        for name, subject in (("server-ec", "/CN=127.0.0.1"), ("station", "/O=Example Chargers/CN=SN000000"),
                              ("stranger", "/O=Example Chargers/CN=SN999999"), ("foreign", "/O=Somebody/CN=SN000000")):
            names[name] = keys.certificate(name, subject)
        rsa_key, rsa = keys.path("rsa.key"), keys.path("rsa.pem")
        Keys.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "20", "-subj", "/CN=127.0.0.1", "-keyout", rsa_key, "-out", rsa)
        w.service.stop()
        ports = [w.port, w.open_port]
        w.service.conf.update(ocpp_profile0="", ocpp_profile1="", ocpp_profile2=f"127.0.0.1:{ports[0]}", ocpp_profile3=f"127.0.0.1:{ports[1]}",
                              ocpp_ec_cert=names["server-ec"][0], ocpp_ec_key=names["server-ec"][1], ocpp_rsa_cert=rsa, ocpp_rsa_key=rsa_key,
                              ocpp_client_ca=keys.root, ocpp_operator="Example Chargers")
        w.service.start()
        w.releases("1.0", "1.1")
        w.ask("POST", "/v1/stations", {"identity": "TWO", "profile": 2, "password": PASSWORD})
        for name in ("THREE", "STRANGER", "FOREIGN"):
            w.ask("POST", "/v1/stations", {"identity": name, "profile": 3, "serial": "SN000000"})
        two, three = (f"wss://127.0.0.1:{p}/ocpp" for p in ports)

        def sim(server, identity, *args):
            return w.sim(1, "--identity", identity, "--tls-ca", keys.root, *args, server=server)
        sims = [sim(two, "TWO", "--password", PASSWORD), sim(three, "THREE", "--cert", names["station"][0], "--key", names["station"][1])]
        bad = [sim(three, "STRANGER", "--cert", names["stranger"][0], "--key", names["stranger"][1]),
               sim(three, "FOREIGN", "--cert", names["foreign"][0], "--key", names["foreign"][1]), sim(three, "THREE")]
        w.known("TWO")
        w.known("THREE")
        w.campaign("c", "1.1", devices=["TWO", "THREE"])
        self.assertEqual(w.ended("c")["done"], 2)
        for s, name in zip(sims, ("TWO", "THREE")):
            self.assertEqual(s.path(name), ["1.0", "1.1"])
        for s in bad:
            self.assertGreater(len(s.events(event="refused")), 0)
            self.assertEqual(s.events(event="open"), [])
        for cipher in ("ECDHE-ECDSA-AES128-GCM-SHA256", "AES128-GCM-SHA256"):
            out = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{ports[0]}", "-tls1_2", "-cipher", cipher], stdin=subprocess.DEVNULL,
                                 capture_output=True, text=True, check=False).stdout
            self.assertIn(cipher, re.findall(r"Cipher\s+(?:is|:) (\S+)", out), out[-500:])


class Stations(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.w = w = World(conf={"ocpp_log_base": "self"})
        cls.addClassCleanup(w.close)
        w.releases("1.0", "1.1")
        w.release("1.0", model="Ftp")
        w.release("1.1", bases=["1.0"], model="Ftp", locations=["ftp://files.example/firmware@1.1"])
        w.releases("1.0", "1.1", component="default", model="Lone")
        docs = [{"name": "Main", "compatibility": [{"relation": "Requires", "component": "Metrology", "minVersion": "2.0"}],
                 "updatePolicy": {"downgradeAllowed": False, "approval": "Operator"}, "updateSource": [{"type": "Web", "location": "https://updates.example/"}],
                 "vulnerabilityReporting": {"email": "security@example.com"}, "sbom": {"format": "CycloneDX", "location": "https://updates.example/sbom"},
                 "releaseDate": "2026-01-01T00:00:00Z", "auditTrailHash": {"algorithm": "SHA256", "value": "AB" * 32}}]
        cls.docs = os.path.join(w.folder, "components.json")
        with open(cls.docs, "w", encoding="utf-8") as f:
            json.dump(docs, f)
        cls.f = Fleet(w, {
            "unknown": case("no-version,variables-unknown,no-report"), "ftp": case("only-ftp", model="Ftp"),
            "window": case(register={"timezone": "Europe/Berlin", "windows": cls.closed_window()}),
            "busy": case("transaction", args=("--tx-time", "4s")), "reserved": case("reservation", args=("--tx-time", "4s")),
            "documents": case(protocol="ocpp2.1", components=BOTH, model="Two", args=("--components-file", cls.docs)),
            "lone, newest": case("reject-old-always", "ocpp2.1", "default=1.0", model="Lone"),
            "lone, always": case("reject-old-always", "ocpp2.1", "default=1.0", model="Lone", register={"rejected_rule": "always"}),
            "lone, kind": case("", "ocpp2.1", "default=1.0", model="Lone"),
            "fetches": case(fetch=True, args=("--roots", World.keys.root)), "fetches, 1.6": case(protocol="ocpp1.6", fetch=True, args=("--roots", World.keys.root)),
            "logs": case("installation-failed", fetch=True), "deflate": case(args=("--deflate",)),
        })

    @staticmethod
    def closed_window():
        """Hours of Berlin that do not hold now (nor the next three hours)."""
        hour = (time.gmtime().tm_hour + 12) % 24
        return f"mo-su {hour:02d}:00-{hour:02d}:30"

    def walk(self, name, target, **more):
        m = self.f[name]
        campaign = "c-" + re.sub(r"\W", "", name)
        self.w.campaign(campaign, target, devices=[m.identity], **more)
        return campaign, m

    def over(self, name, target, path):
        campaign, m = self.walk(name, target)
        p = self.w.ended(campaign)
        self.assertEqual((p["done"], m.path()), (1, path), self.w.walks(campaign))
        return m

    def test_feature_03_a_train_over_permessage_deflate(self):
        m = self.over("deflate", "1.1", ["1.0", "1.1"])
        self.assertTrue(m.events("open")[0]["deflate"])

    def test_feature_06_unknown_version_is_asked_for_and_not_guessed(self):
        campaign, m = self.walk("unknown", "1.1")
        walk = self.w.wait_for(lambda: self.w.walks(campaign).get(m.identity), 10)
        self.assertNotEqual(walk["phase"], "done")
        self.assertTrue(walk["reason"], walk)
        self.assertEqual(m.events("request"), [])
        asked = {e["action"] for e in m.events("asked")}
        self.assertTrue({"GetVariables", "GetBaseReport"} & asked, asked)

    def test_feature_16_a_window_in_local_time_bars_and_its_end_lets_go(self):
        campaign, m = self.walk("window", "1.1")
        self.assertEqual(m.station["gate"]["word"], "not-now:window")
        time.sleep(1)
        self.assertEqual(m.events("request"), [])
        self.assertIn("window", json.dumps(self.w.walks(campaign)[m.identity]) + json.dumps(self.w.get(f"/v1/campaigns/{campaign}/cycles")))
        self.w.ask("POST", "/v1/stations", {"identity": m.identity, "windows": ""})
        self.assertEqual(self.w.ended(campaign)["done"], 1)
        at = [x["body"] for x in m.messages if x["way"] == "out" and x["action"] == "UpdateFirmware"][0]["firmware"]["retrieveDateTime"]
        self.assertRegex(at, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")

    def test_feature_16_no_start_during_a_transaction_or_a_reservation(self):
        for name in ("busy", "reserved"):
            campaign, m = self.walk(name, "1.1")
            self.assertEqual(self.w.ended(campaign)["done"], 1, self.w.walks(campaign))
            end = (m.events("transaction-end") + m.events("reservation-end"))[0]["at"]
            self.assertGreaterEqual(m.events("request")[0]["at"], end - 5, name)
            self.assertEqual(len(m.events("answered")), 1, name)  # it was never asked in vain

    def test_feature_17_a_location_whose_protocol_the_station_speaks(self):
        m = self.over("ftp", self.w.public_id("1.1", model="Ftp"), ["1.0", "1.1"])
        self.assertEqual([e["location"] for e in m.events("request")], ["ftp://files.example/firmware@1.1"])

    def test_feature_19_components_with_all_they_say_filters_and_history(self):
        m = self.f["documents"]
        url = f"/v1/stations/{m.identity}/components"
        parts = {c["name"]: c for c in self.w.get(url)["components"]}
        self.assertEqual(sorted(parts), ["Main", "Metrology"])
        text = json.dumps(parts["Main"])
        for word in ("https://updates.example/", "security@example.com", "CycloneDX", "minVersion"):
            self.assertIn(word, text)
        for query, names in (("legal_status=Regulated", ["Metrology"]), ("name=Main", ["Main"]), ("classification=DE-Eichrecht", ["Metrology"]),
                             ("role=Metrology", ["Metrology"]), ("version=1.0", ["Main"])):
            self.assertEqual([c["name"] for c in self.w.get(f"{url}?{query}")["components"]], names, query)

    def test_feature_20_both_readings_of_the_rejected_rule(self):
        target = self.w.public_id("1.1", model="Lone")
        m = self.over("lone, newest", target, ["1.0", "1.1"])  # the old request, refused with a pointer; then once the new one
        self.assertEqual([e["action"] for e in m.events("asked") if e["action"].startswith("UpdateFirmware")], ["UpdateFirmware", "UpdateFirmwareComponents"])
        m = self.over("lone, always", target, ["1.0", "1.1"])
        self.assertEqual([e["action"] for e in m.events("asked") if e["action"].startswith("UpdateFirmware")], ["UpdateFirmwareComponents"])
        m = self.over("lone, kind", target, ["1.0", "1.1"])
        self.assertEqual([e["action"] for e in m.events("asked") if e["action"].startswith("UpdateFirmware")], ["UpdateFirmware"])

    def test_feature_09_a_station_that_fetches_finds_the_image_the_signature_and_the_certificate_right(self):
        for name in ("fetches", "fetches, 1.6"):
            m = self.over(name, "1.1", ["1.0", "1.1"])
            self.assertEqual([(e["ok"], e["sha256"]) for e in m.events("fetched")], [(True, self.w.released[("default", "1.1")][1])], name)

    def test_feature_23_the_chain_of_installations_is_verified_offline(self):
        m = self.over("deflate", "1.1", ["1.0", "1.1"]) if not self.f["deflate"].path() else self.f["deflate"]
        chain = self.w.ask("GET", f"/v1/stations/{m.identity}/chain").body
        path = os.path.join(self.w.folder, "chain")
        with open(path, "wb") as f:
            f.write(chain)
        self.assertEqual(self.w.service.cli("station", "verify", path).returncode, 0)
        self.assertGreaterEqual(len(chain.splitlines()), 2)
        with open(path, "wb") as f:
            f.write(chain.replace(b"1.1", b"1.2", 1))
        self.assertNotEqual(self.w.service.cli("station", "verify", path, check=False).returncode, 0)

    def test_feature_24_the_export_holds_components_with_history_and_chain(self):
        lines = [json.loads(x) for x in self.w.ask("GET", "/v1/export/stations").body.decode().splitlines()]
        line = next(x for x in lines if x["identity"] == self.f["documents"].identity)
        self.assertIn("security@example.com", json.dumps(line))
        self.assertIn("chain", line)

    def test_feature_29_the_log_of_a_failure_is_fetched_and_kept_with_the_job(self):
        campaign, m = self.walk("logs", "1.1")
        self.w.ended(campaign)
        self.w.wait_for(lambda: "Uploaded" in [e["status"] for e in m.events("log")], 10)
        job = self.w.wait_for(lambda: m.job if m.job.get("log_file") else None, 10)
        self.assertEqual(job["reason"], "installation-failed")


class Controllers(unittest.TestCase):
    def test_feature_18_a_station_gets_the_address_of_its_controller_after_it_was_published_and_it_is_unpublished_at_the_end(self):
        w = World()
        self.addCleanup(w.close)
        w.releases("1.0", "1.1")
        f = Fleet(w, {"controller": case(model="Controller")})
        w.ask("POST", "/v1/stations", {"identity": "SERVED", "profile": 0, "controller": f["controller"].identity})
        sim = w.sim(1, "--identity", "SERVED")
        w.known("SERVED")
        w.campaign("c", "1.1", devices=["SERVED"])
        self.assertEqual(w.ended("c")["done"], 1)
        published = [e for e in f["controller"].events("publish") if e["status"] == "Published"]
        request = sim.events("SERVED", "request")[0]
        self.assertGreaterEqual(request["at"], published[0]["at"])
        self.assertIn(f["controller"].identity + ".local", request["location"])
        w.wait_for(lambda: f["controller"].events("unpublish"), 30)  # looked for every 20 s


class Waves(unittest.TestCase):
    def test_feature_26_waves_with_a_budget_of_failures(self):
        w = World()
        self.addCleanup(w.close)
        w.releases("1.0", "1.1")
        w.stations(40)
        sim = w.sim(40, "--behave", "50%:installation-failed")
        w.all_known(40)
        w.campaign("c", "1.1", waves=[{"share": 20, "failures": 10, "soak": "1s"}, {"share": 100, "failures": 10, "soak": "1s"}])
        p = w.ended("c")
        self.assertEqual(p["state"], "halted", p)
        self.assertEqual(len({e["station"] for e in sim.events(event="request")}), 8, "only the first wave was touched")

    def test_feature_26_one_area_is_never_dark(self):
        w = World()
        self.addCleanup(w.close)
        w.releases("1.0", "1.1")
        w.stations(16, area="Harbour")
        w.ask("PUT", "/v1/areas/Harbour", {"at_once": 2})
        sim = w.sim(16, "--speed", "40")
        w.all_known(16)
        w.campaign("c", "1.1")
        self.assertEqual(w.ended("c", 60)["done"], 16)
        marks = sorted([(e["at"], 1) for e in sim.events(event="request")] + [(e["at"], -1) for e in sim.events(event="job-end")])
        now = most = 0
        for _, step in marks:
            now += step
            most = max(most, now)
        self.assertLessEqual(most, 2)


class Restarts(unittest.TestCase):
    def campaign_with_kills(self, **kw):
        w = World(**kw)
        self.addCleanup(w.close)
        w.releases("1.0", "1.1", "1.2")
        w.stations(40)
        sim = w.sim(40, "--speed", "12")
        w.all_known(40)
        w.campaign("c", "1.2")
        for kill in range(3):
            w.wait_for(lambda k=kill: len(sim.events(event="runs")) > 12 * (k + 1), 30)
            w.service.kill()
            w.service.start()
            if kill == 1:
                sim.kill()
                sim.start()
        p = w.ended("c", 60)
        self.assertEqual((p["done"], p["total"]), (40, 40), [x for x in w.walks("c").values() if x["phase"] != "done"])
        for i in range(40):
            self.assertEqual(sim.path(f"CS{i:05d}"), ["1.0", "1.1", "1.2"])
        self.assertEqual(sim.violations(), [])
        self.assertTrue(w.get("/v1/audit/verify")["ok"])

    def test_feature_27_kill_9_of_server_and_stations_in_the_middle_of_a_campaign_loses_nothing(self):
        self.campaign_with_kills()

    def test_feature_27_the_same_over_postgresql(self):
        self.campaign_with_kills(pg=True)


class Back(unittest.TestCase):
    def test_a_station_that_comes_back_is_looked_at_at_once_and_not_when_its_back_off_ends(self):
        with World({"retry_wait": "10m", "retry_wait_max": "10m"}) as w:
            w.releases("1.0", "1.1")
            w.stations(1)
            sim = w.sim(1)
            w.known("CS00000", "1.0")
            sim.stop()
            w.wait_for(lambda: not w.station("CS00000")["connected"])
            c = w.campaign("c", "1.1")
            w.wait_for(lambda: w.walks(c)["CS00000"]["reason"] == "not-now:offline")
            w.sim(1)
            w.ended(c, 20)
            self.assertEqual(w.walks(c)["CS00000"]["phase"], "done")


if __name__ == "__main__":
    from service import BUILD
    subprocess.run([os.path.join(HERE, "install")], check=True)
    if "FIRPATH_TEST_PG" not in os.environ:
        import sys
        with_pg = os.path.join(BUILD, "tests/with_pg")
        os.execv(with_pg, [with_pg, sys.executable, os.path.abspath(__file__), *sys.argv[1:]])
    unittest.main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Stations that mean harm, by raw sockets: what one of them does is its own affair, and others stay served."""

import json
import sqlite3
import sys
import time
import unittest

from world import World  # first: it says where the kit of the API tests is

from ws_kit import Client

AT = "2026-01-01T00:00:00Z"


class Station:
    """A connection that speaks 2.0.1. It answers what it is asked by `answers` (action: payload or None = never), the rest by an
    error; `asked` is what it was asked."""

    def __init__(self, world, identity, **answers):
        self.answers, self.asked, self.n, self.code = answers, [], 0, None
        self.c = Client(world.open_port, timeout=15)
        world.sims.append(self)  # ends with the world
        assert self.c.hello(identity, offers="ocpp2.0.1") == 101, self.c.head

    def stop(self):
        self.c.s.close()

    def one(self):
        """The next message; None at the end."""
        f = self.c.hear()
        if f is None or f[0] == 8:
            self.code = int.from_bytes(f[1][:2], "big") if f else self.code
            return None
        m = json.loads(f[1]) if f[0] == 1 else []
        if m and m[0] == 2:
            self.asked.append((m[2], m[3]))
            if self.answers.get(m[2], {}) is not None:
                self.say([3, m[1], self.answers[m[2]]] if m[2] in self.answers else [4, m[1], "NotImplemented", "", {}])
        return m

    def say(self, message):
        self.c.say(json.dumps(message).encode())

    def call(self, action, payload):
        self.n += 1
        self.say([2, f"m{self.n}", action, payload])
        while True:
            m = self.one()
            if m is None or (m and m[0] in (3, 4) and m[1] == f"m{self.n}"):
                return m

    def boot(self, version="1.0", vendor="Example", model="One"):
        return self.call("BootNotification", {"reason": "PowerUp", "chargingStation": {"vendorName": vendor, "model": model, "firmwareVersion": version}})

    def listen(self, seconds, until=lambda: False):
        end = time.monotonic() + seconds
        self.c.s.settimeout(0.1)
        while time.monotonic() < end and not until():
            try:
                if self.one() is None:
                    return
            except TimeoutError:
                pass
        self.c.s.settimeout(15)

    def served(self):
        """ms until a message that is written down is answered."""
        at = time.monotonic()
        m = self.call("StatusNotification", {"timestamp": AT, "connectorStatus": "Reserved", "evseId": 1, "connectorId": 1})
        assert m and m[0] == 3, m
        return (time.monotonic() - at) * 1000

    def was_asked(self, action):
        return any(a == action for a, _ in self.asked)


class Hostile(unittest.TestCase):
    def test_T28_a_message_that_cannot_be_kept_ends_its_own_connection_and_holds_nobody_up(self):
        with World() as w:
            w.stations(2)
            w.wait_for(lambda: w.get("/v1/stations")["stations"])
            time.sleep(0.4)
            good, bad = Station(w, "CS00000"), Station(w, "CS00001")
            good.boot()
            bad.boot()
            bad.listen(0.5)
            # Its rows are gone, as after a registration that was taken away at another node.
            with sqlite3.connect(w.service.db, timeout=5) as db:
                site = db.execute("SELECT site_id FROM station WHERE identity = 'CS00001'").fetchone()[0]
                for table in ("station_message", "station_component", "component_install", "station_wish", "station_busy", "station"):
                    db.execute(f"DELETE FROM {table} WHERE site_id = ?", (site,))
            db.close()
            bad.say([2, "x", "BootNotification", {"reason": "PowerUp", "chargingStation": {"vendorName": "E", "model": "M"}}])
            self.assertLess(max(good.served() for _ in range(10)), 1000)
            bad.listen(5, lambda: bad.code)
            self.assertEqual(bad.code, 1011)
            self.assertLess(max(good.served() for _ in range(10)), 1000)

    def test_T28_a_request_is_not_repeated_to_a_station_that_came_back_as_other_hardware(self):
        with World() as w:
            w.releases("1.0", "1.1")
            w.stations(1)
            time.sleep(0.4)
            one = Station(w, "CS00000", UpdateFirmware=None)
            one.boot()
            one.listen(1)
            w.known("CS00000", "1.0")
            w.campaign("c", "1.1")
            one.listen(10, lambda: one.was_asked("UpdateFirmware"))
            self.assertTrue(one.was_asked("UpdateFirmware"), one.asked)
            one.stop()  # nobody knows whether it read it
            w.wait_for(lambda: w.jobs("CS00000")[0]["state"] == "lost", 5)
            other = Station(w, "CS00000", TriggerMessage={"status": "Accepted"}, UpdateFirmware=None)
            other.boot(vendor="Another", model="Two")
            self.assertIn("other hardware", w.station("CS00000")["quarantine"])
            for _ in range(3):
                other.call("FirmwareStatusNotification", {"status": "Idle"})
                other.listen(0.4)
            self.assertFalse(other.was_asked("UpdateFirmware"), other.asked)
            # Somebody looked: now it may be.
            w.command("CS00000", "release-quarantine", why="it was repaired")
            other.listen(5, lambda: other.call("FirmwareStatusNotification", {"status": "Idle"}) and other.was_asked("UpdateFirmware"))
            self.assertTrue(other.was_asked("UpdateFirmware"), other.asked)

    def test_T28_a_station_that_never_rests_spoils_its_own_records_only(self):
        with World() as w:
            w.stations(2)
            time.sleep(0.4)
            good, bad = Station(w, "CS00000"), Station(w, "CS00001")
            good.boot()
            count = lambda table: self.rows(w, f"SELECT COUNT(*) FROM {table} JOIN station USING (site_id) WHERE identity = 'CS00001'")
            # More open transactions than a station can have.
            bad.boot()
            for i in range(1200):
                bad.call("TransactionEvent", {"eventType": "Started", "timestamp": AT, "triggerReason": "Authorized", "seqNo": 0,
                                              "transactionInfo": {"transactionId": f"t{i}"}, "evse": {"id": 1}})
            self.assertEqual(count("station_busy"), 1000)
            # A version that changes with each boot.
            slow = []
            for i in range(1100):
                bad.boot(version=f"9.{i}")
                if i % 100 == 0:
                    slow.append(good.served())
            self.assertLessEqual(count("station_component"), 1001)
            self.assertIn("changed more than 1000 times", w.station("CS00001")["quarantine"])
            self.assertLess(max(slow), 1000)
            # Its story keeps the newest.
            self.assertGreater(count("station_message"), 1100)
            with sqlite3.connect(w.service.db, timeout=5) as db:
                db.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000) INSERT INTO station_message"
                           " (site_id, at, way, action, body) SELECT site_id, 1, 'note', 'x', 'x' FROM n, station WHERE identity = 'CS00001'")
            db.close()
            for i in range(200):
                bad.call("FirmwareStatusNotification", {"status": "Idle"})
            self.assertLess(count("station_message"), 10200)
            self.assertFalse(w.station("CS00000")["quarantine"])

    def test_T28_names_without_end_make_no_devices_without_end(self):
        with World() as w:
            w.stations(1)
            time.sleep(0.4)
            parts = {"status": "Accepted", "total": 30}
            one = Station(w, "CS00000", GetFirmwareComponents=parts)
            for i in range(10):
                parts["firmwareComponent"] = [{"name": f"part {i} {k}", "version": "1", "functionalRole": "Other", "legalStatus": "Unregulated",
                                               "hash": {"algorithm": "SHA256", "value": "00" * 32}} for k in range(30)]
                one.asked.clear()
                one.boot()
                one.listen(3, lambda: one.was_asked("GetFirmwareComponents"))
                one.listen(0.2)
            self.assertIn("more than 256 different components", w.station("CS00000")["quarantine"])
            self.assertLessEqual(self.rows(w, "SELECT COUNT(*) FROM device"), 257)

    def test_T27_what_is_told_of_a_request_does_not_hold_the_permission_to_fetch(self):
        with World() as w:
            w.releases("1.0", "1.1")
            w.stations(1)
            time.sleep(0.4)
            one = Station(w, "CS00000", UpdateFirmware={"status": "Accepted"})
            one.boot()
            one.listen(1)
            w.known("CS00000", "1.0")
            w.campaign("c", "1.1")
            one.listen(10, lambda: one.was_asked("UpdateFirmware"))
            url = dict(one.asked)["UpdateFirmware"]["firmware"]["location"]
            path, token = url.split("/ocpp/firmware/")[1].split("/")[:2]
            self.assertGreater(len(token), 20)
            told = w.ask("GET", "/v1/stations/CS00000/story").body.decode()
            self.assertIn(path, told)
            self.assertNotIn(token, told)

    def test_T28_words_cut_within_a_character_are_written_whole(self):
        with World() as w:
            w.stations(1)
            time.sleep(0.4)
            one = Station(w, "CS00000", GetFirmwareComponents=None)
            for i in range(4):
                one.asked.clear()
                one.boot()
                one.listen(3, lambda: one.was_asked("GetFirmwareComponents"))
                asked = self.rows(w, "SELECT MAX(CAST(ref AS INTEGER)) FROM station_message WHERE action = 'GetFirmwareComponents'")
                one.say([4, str(asked), "GenericError", "x" * i + "\U0001F525" * 200, {}])
                one.call("DataTransfer", {"vendorId": "x"})
                one.call("FirmwareStatusNotification", {"status": "Idle", "customData": {"vendorId": "x", "y" * (60 + i) + "\U0001F525" * 9: 1, "\x01" * 70: 2}})
            w.ask("GET", "/v1/stations/CS00000/story").body.decode("utf-8")
            with sqlite3.connect(w.service.db, timeout=5) as db:
                db.text_factory = bytes
                for body, way in db.execute("SELECT body, way FROM station_message"):
                    body.decode("utf-8")
                    if way == b"in":
                        json.loads(body)
            db.close()

    @staticmethod
    def rows(w, sql):
        with sqlite3.connect(w.service.db, timeout=5) as db:
            n = db.execute(sql).fetchone()[0]
        db.close()
        return n


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=2))

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


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=2))

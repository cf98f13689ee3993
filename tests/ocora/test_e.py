# SPDX-License-Identifier: Apache-2.0
"""Part E with a real service, real files and real Building Blocks; the rest of the part is in tests/check_ocora_e.c."""

import hashlib
import json
import os
import shutil
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [p for p in (HERE, os.path.join(os.path.dirname(HERE), "api")) if p not in sys.path]

from world import TYPES, VEHICLE_TYPE, World  # noqa: E402


class Manager(unittest.TestCase):
    def test_E7_E11_E12_E49_what_is_active_is_kept_over_deaths_and_verified_at_each_start(self):
        with World(conf={"vehicle": "train " + VEHICLE_TYPE.upper()}) as w:  # registered by the configuration
            one = w.vc("one", w.das("1.0.0"), w.etp("1.0.0"))
            w.bbum("DAS")
            w.bbum("ETP")
            w.activate(one)
            before = w.settled(one)
            w.service.conf["listen"] = f"127.0.0.1:{w.service.port}"  # Building Blocks find it again
            w.service.kill()
            w.service.start()
            after = w.settled(one)
            self.assertEqual({**after["vc"], "verified_at": ""}, {**before["vc"], "verified_at": ""})
            self.assertGreater(after["vc"]["verified_at"], before["vc"]["verified_at"])  # E12: looked at again
            # stopped stays stopped
            w.say("stop")
            w.service.kill()
            w.service.start()
            self.assertEqual((w.status()["state"], w.status()["running"]), ("stopped", False))
            w.say("start")
            w.settled(one)
            # one byte of the kept copy is another one: the start says so, nothing is served or asked
            w.service.stop()
            archive = next(os.path.join(d, f) for d, _, files in os.walk(os.path.join(w.folder, "vcs")) for f in files if f.endswith(".gz"))
            os.chmod(archive, 0o600)
            good = archive + ".good"
            shutil.copy(archive, good)
            with open(archive, "r+b") as f:
                f.seek(30)
                byte = f.read(1)
                f.seek(30)
                f.write(bytes([byte[0] ^ 1]))
            w.service.start()
            asked = w.wait_prompt("fatal")
            self.assertEqual(w.status()["state"], "error")
            self.assertEqual([c["words"] for c in asked["choices"]], ["restart", "shutdown"])
            self.assertIn("only", w.refused("request update"))
            # mended and restarted it goes on
            w.service.stop()
            os.replace(good, archive)
            w.service.start()
            w.settled(one)

    def test_E8_a_stopped_manager_answers_its_building_blocks_that_it_is_stopped(self):
        with World() as w:
            one = w.vc("one", w.das("1.0.0"), w.etp("1.0.0"))
            w.vehicle()
            w.bbum("DAS")
            w.bbum("ETP")
            w.activate(one)
            w.settled(one)
            w.say("stop")
            poll = json.dumps({"device": "train.DAS", "state": "normal-operation", "boots": 1, "type_id": TYPES["DAS"]})
            for r in (w.service.post("/bbum/v1/poll", poll), w.service.get("/bbum/v1/manifest?device=train.DAS")):
                self.assertEqual((r.status, r.json()["code"]), (503, "cm-stopped"))
            w.say("start")
            w.settled(one)
            # who is another Building Block than the Manifest states is not heard
            r = w.service.post("/bbum/v1/poll", poll.replace(TYPES["DAS"], TYPES["ETP"]))
            self.assertEqual(r.status, 409)
            self.assertIn(TYPES["DAS"], r.json()["detail"])

    def test_E28_E39_manifest_and_package_are_served_to_their_building_block_by_hash_and_in_ranges(self):
        with World() as w:
            one = w.vc("one", w.das("1.0.0"), w.etp("1.0.0"))
            w.vehicle()
            w.activate(one)
            r = w.service.get("/bbum/v1/manifest?device=train.DAS")
            self.assertEqual(r.status, 200)
            self.assertEqual(json.loads(r.body)["Name"], "DAS")
            self.assertEqual(hashlib.sha256(r.body).hexdigest().upper(), w.bb("DAS")["wanted"]["hash"])  # these very bytes
            tree = w.get("/v1/vehicles/train/tree")
            files = {b["name"]: b["archives"][0]["hash"] for s in tree["systems"] for b in s["blocks"]}
            r = w.service.get(f"/bbum/v1/packages/{files['DAS']}?device=train.DAS")
            self.assertEqual((r.status, r.json()["code"]), (503, "not-its-turn"))
            self.assertTrue(int(r.headers["Retry-After"]) > 0)
            r = w.service.get(f"/bbum/v1/packages/{files['ETP']}?device=train.DAS")
            self.assertEqual(r.status, 404)
            # nor by the door of devices with one image, which knows no turns
            self.assertEqual(w.service.get(f"/bbum/v1/images/{files['DAS']}").status, 404)
            w.bbum("DAS")
            w.bbum("ETP")
            w.settled(one)

    def test_E25_E10_a_second_vehicle_has_devices_and_a_configuration_of_its_own(self):
        with World() as w:
            one, two = w.vc("one", w.das("1.0.0"), w.etp("1.0.0")), w.vc("two", w.das("2.0.0"), w.etp("2.0.0"))
            w.vehicle("tram")
            w.vehicle("train")
            w.activate(one)
            w.activate(two, vehicle="tram")
            self.assertEqual((w.status("train")["vc"]["n"], w.status("tram")["vc"]["n"]), (one, two))
            devices = {b["device"] for v in ("train", "tram") for b in w.status(v)["blocks"]}
            self.assertEqual(devices, {"train.DAS", "train.ETP", "tram.DAS", "tram.ETP"})
            # for a vehicle of another type it is refused before anything is copied
            w.vehicle("ferry", "99999999-2572-11ee-be56-0242ac120002")
            problem = w.say(f"activate vc {one}", status=409, vehicle="ferry")
            self.assertIn("Type ID", problem["detail"])


if __name__ == "__main__":
    unittest.main()

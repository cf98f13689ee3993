#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Part B, what Packages and Vehicle Configurations are (OCORA-TWS15-060, sections 1.4.4 and 2), through the command line and a
real service. The rest of part B is tested where it belongs: Manifests (B1-B6), parts E and F (B15, B24, B25), part C and D."""

import hashlib
import io
import json
import os
import subprocess
import tarfile
import unittest

from world import BUILD, SYSTEM_TYPE, TYPES, VEHICLE_TYPE, World, archive_of, sm, uuid_of


def tree(folder):
    """All files beneath, relative."""
    return sorted(os.path.relpath(os.path.join(path, f), folder) for path, _, files in os.walk(folder) for f in files)


def firpath(*words, check=True):
    r = subprocess.run([os.path.join(BUILD, "firpath"), *words], capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
    if check and r.returncode:
        raise AssertionError(f"firpath {' '.join(words)}: {r.returncode} {r.stdout} {r.stderr}")
    return r


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.w = w = World(start=False)
        cls.addClassCleanup(w.close)
        cls.vehicle = os.path.join(w.folder, "made", "vehicle")
        w.write_vc(cls.vehicle, [w.das(), w.etp(composed=True)])
        os.rmdir(os.path.join(cls.vehicle, "CCS-OB", "ETP"))
        cls.block = os.path.join(cls.vehicle, "CCS-OB", "DAS")
        cls.system = os.path.join(w.folder, "made", "system")
        os.makedirs(os.path.join(cls.system, "DAS"))
        das = w.bb_manifest(w.das(), os.path.join(cls.system, "DAS"))
        w.write_json(os.path.join(cls.system, "DAS", "DAS.json"), das)
        w.write_json(os.path.join(cls.system, "CCS.json"), sm.sign(
            {"Config Type": "System", "Type ID": SYSTEM_TYPE, "Config ID": uuid_of("a system"), "Name": "CCS", "Release Version": "1.0.0",
             "Building Blocks": [{"Reference": {"Description": "DAS", "Signature": das["Signature"], "Manifest": "./DAS/DAS.json"}}]},
            w.keys["integrator"]))

    def out(self, name):
        return os.path.join(self.w.folder, name)

    def pack(self, folder, name, *more):
        firpath("manifest", "pack", folder, "--out", self.out(name), "--trust", self.w.trust, *more)
        with tarfile.open(self.out(name), "r:gz") as t:
            return t.getmembers()

    def test_B7_a_package_is_its_manifest_and_all_that_is_referenced_recursively(self):
        self.assertEqual([m.name for m in self.pack(self.vehicle, "v.tar.gz")],
                         ["CCS-OB/DAS/DAS Parameter V1.0.0.tar.gz", "CCS-OB/DAS/DAS Software V1.0.0.tar.gz", "CCS-OB/DAS/DAS.json",
                          "ETP Parameter V1.0.0.tar.gz", "ETP Software V1.0.0.tar.gz", "vehicle.json"])

    def test_B8_folders_and_files_are_exactly_those_that_the_manifests_state(self):
        stray = os.path.join(self.vehicle, "CCS-OB", "notes.txt")
        with open(stray, "w", encoding="utf-8") as f:
            f.write("nobody names me")
        try:
            members = self.pack(self.vehicle, "exact.tar.gz")
        finally:
            os.remove(stray)
        self.assertEqual(sorted(m.name for m in members), tree(self.vehicle))
        firpath("manifest", "unpack", self.out("exact.tar.gz"), self.out("exact"), "--trust", self.w.trust)
        self.assertEqual(tree(self.out("exact")), tree(self.vehicle))
        for f in tree(self.vehicle):
            with open(os.path.join(self.vehicle, f), "rb") as a, open(os.path.join(self.out("exact"), f), "rb") as b:
                self.assertEqual(a.read(), b.read(), f)
        with tarfile.open(self.out("surplus.tar.gz"), "w:gz") as t:
            t.add(self.vehicle, ".")  # with folders, as people's tar writes it
            info = tarfile.TarInfo("notes.txt")
            t.addfile(info, io.BytesIO(b""))
        r = firpath("manifest", "unpack", self.out("surplus.tar.gz"), self.out("surplus"), "--trust", self.w.trust, check=False)
        self.assertEqual(r.returncode, 1)
        self.assertIn("notes.txt", r.stderr)
        self.assertFalse(os.path.exists(self.out("surplus")))

    def test_B9_A14_it_is_made_of_a_vehicle_a_system_and_a_building_block(self):
        for folder, name, top in ((self.vehicle, "level-v", "vehicle.json"), (self.system, "level-s", "CCS.json"), (self.block, "level-b", "DAS.json")):
            members = [m.name for m in self.pack(folder, name + ".tar.gz")]
            self.assertIn(top, members)
            self.assertEqual(members, tree(folder))
            firpath("manifest", "unpack", self.out(name + ".tar.gz"), self.out(name), "--trust", self.w.trust)
            firpath("manifest", "verify", self.out(name), "--trust", self.w.trust)

    def test_A14_the_same_folder_gives_the_same_bytes_without_owner_or_time(self):
        for m in self.pack(self.vehicle, "same-1.tar.gz"):
            self.assertEqual((m.mtime, m.mode, m.uid, m.gid, m.uname, m.gname, m.type), (0, 0o644, 0, 0, "", "", tarfile.REGTYPE))
        World.settle(self.vehicle, 5000)
        self.pack(self.vehicle, "same-2.tar.gz")
        both = []
        for n in "12":
            with open(self.out(f"same-{n}.tar.gz"), "rb") as f:
                both.append(hashlib.sha256(f.read()).hexdigest())
        self.assertEqual(both[0], both[1])
        said = json.loads(firpath("manifest", "pack", self.vehicle, "--out", self.out("same-3.tar.gz"), "--trust", self.w.trust, "--json").stdout)
        self.assertEqual((said["sha256"].lower(), said["files"]), (both[0], 6))

    def test_A14_what_does_not_verify_is_not_packed_and_signatures_are_left_out_only_when_that_is_said(self):
        folder = os.path.join(self.w.folder, "made", "unsigned")
        os.makedirs(folder)
        item = self.w.bb_manifest(self.w.das(), folder)
        del item["Signature"]
        self.w.write_json(os.path.join(folder, "DAS.json"), item)
        out = self.out("unsigned.tar.gz")
        self.assertEqual(firpath("manifest", "pack", folder, "--out", out, check=False).returncode, 2)
        r = firpath("manifest", "pack", folder, "--out", out, "--trust", self.w.trust, check=False)
        self.assertEqual(r.returncode, 1)
        self.assertIn("not signed", r.stderr)
        self.assertFalse(os.path.exists(out))
        firpath("manifest", "pack", folder, "--out", out, "--unsigned")
        self.assertTrue(os.path.exists(out))


class Configurations(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.w = w = World()
        cls.addClassCleanup(w.close)
        w.vehicle()
        cls.flat = w.vc("flat", w.das(depends=[("ETP", "1.1.0")]), w.etp())
        path = os.path.join(w.folder, "grouped")
        cls.write_grouped(path)
        os.rename(path, os.path.join(w.inbox, "grouped"))
        cls.grouped = w.number("grouped")

    @classmethod
    def write_grouped(cls, path):
        """Systems within a System, each in a folder; a Parameter of the Vehicle itself."""
        w = cls.w
        inner = []
        for name, b in (("Perception", w.das()), ("Positioning", w.etp())):
            below = f"CCS/{name}/{b['name']}"
            os.makedirs(os.path.join(path, below))
            item = w.bb_manifest(b, os.path.join(path, below))
            w.write_json(os.path.join(path, below, b["name"] + ".json"), item)
            inner.append(sm.sign({"Config Type": "System", "Type ID": uuid_of("type", name), "Config ID": uuid_of("system", name), "Name": name,
                                  "Release Version": "1.0.0", "Building Blocks": [
                                      {"Reference": {"Description": name, "Signature": item["Signature"],
                                                     "Manifest": f"./{below}/{b['name']}.json"}}]}, w.keys["integrator"]))
        data = archive_of("train.conf", b"wheels = 8\n")
        with open(os.path.join(path, "train parameters.tar.gz"), "wb") as f:
            f.write(data)
        outer = sm.sign({"Config Type": "System", "Type ID": SYSTEM_TYPE, "Config ID": uuid_of("outer"), "Name": "CCS", "Release Version": "1.0.0",
                         "Systems": inner, "Building Blocks": []}, w.keys["integrator"])
        w.write_json(os.path.join(path, "vehicle.json"), sm.sign(
            {"Config Type": "Vehicle", "Type ID": VEHICLE_TYPE, "Config ID": uuid_of("grouped"), "Name": "Track Runner 3", "Release Version": "1.0.0",
             "Systems": [outer], "Packages": [{"Config Type": "Parameter", "Type ID": uuid_of("param"), "Name": "Train", "Release Version": "1.0.0",
                                               "Archive": "./train parameters.tar.gz", "Hash": hashlib.sha256(data).hexdigest().upper()}]},
            w.keys["integrator"]))

    def verified(self, n):
        v = self.w.post(f"/v1/vcs/{n}/verify", None)
        self.assertEqual(v["state"], "verified", v["report"]["problems"])
        return v

    def kept(self, n):
        self.w.activate(n)
        v = self.w.get(f"/v1/vcs/{n}")
        self.assertTrue(v["kept"])
        return v

    def test_B10_Z1_a_vehicle_configuration_is_a_vehicle_manifest_and_its_parameters(self):
        report = self.verified(self.grouped)["report"]
        self.assertIn("train parameters.tar.gz", [a["file"] for a in report["archives"]])
        self.assertEqual([p["severity"] for p in report["problems"]], ["warning"] * len(report["problems"]))
        self.kept(self.grouped)
        self.assertTrue(os.path.exists(os.path.join(self.w.folder, "vcs", str(self.grouped), "train parameters.tar.gz")))

    def test_B11_nothing_is_distributed_until_a_configuration_is_activated_by_command(self):
        w = World()
        self.addCleanup(w.close)
        w.vehicle()
        n = w.vc("first", w.das(), w.etp())
        self.assertEqual((w.status()["vc"], w.status()["blocks"]), (None, []))
        w.activate(n)
        self.assertEqual(w.status()["vc"]["n"], n)
        self.assertEqual([b["name"] for b in w.status()["blocks"]], ["DAS", "ETP"])

    def test_B12_everything_that_is_referenced_belongs_to_it_each_block_with_its_own_manifest(self):
        report = self.verified(self.flat)["report"]
        self.assertEqual([(m["type"], m["name"]) for m in report["manifests"]],
                         [("Vehicle", "Track Runner 2"), ("System", "CCS-OB"), ("Building Block", "DAS"), ("Building Block", "ETP")])
        self.assertEqual(len(report["archives"]), 4)
        for part in report["manifests"] + report["archives"]:
            self.assertTrue(part["integrity"], part)

    def test_B13_the_software_pack_of_a_block_holds_firmware_and_parameters_under_its_signature(self):
        for b in self.kept(self.flat)["blocks"]:
            self.assertEqual(sorted(a["kind"] for a in b["archives"]), ["Parameter", "Software"])
            for a in b["archives"]:
                with open(os.path.join(self.w.folder, "vcs", str(self.flat), a["path"]), "rb") as f:
                    data = f.read()
                self.assertEqual((hashlib.sha256(data).hexdigest().upper(), len(data)), (a["hash"], a["size"]))
        with open(os.path.join(self.w.folder, "vcs", str(self.flat), "CCS-OB/ETP/ETP.json"), encoding="utf-8") as f:
            etp = json.load(f)
        self.assertTrue(sm.signed_by(etp, self.w.keys["supplier"].public))
        etp["Packages"][0]["Hash"] = "0" * 64
        self.assertFalse(sm.signed_by(etp, self.w.keys["supplier"].public))

    def test_B14_Z3_blocks_may_be_grouped_or_not(self):
        self.assertEqual([b["system"] for b in self.kept(self.grouped)["blocks"]], ["CCS / Perception", "CCS / Positioning"])
        self.assertEqual([b["system"] for b in self.kept(self.flat)["blocks"]], ["CCS-OB", "CCS-OB"])

    def test_B18_B21_it_is_a_tree_with_the_vehicle_on_top_groups_between_and_blocks_at_the_bottom(self):
        self.kept(self.grouped)
        self.assertEqual(tree(os.path.join(self.w.folder, "vcs", str(self.grouped))),
                         ["CCS/Perception/DAS/DAS Parameter V1.0.0.tar.gz", "CCS/Perception/DAS/DAS Software V1.0.0.tar.gz",
                          "CCS/Perception/DAS/DAS.json", "CCS/Positioning/ETP/ETP Parameter V1.0.0.tar.gz",
                          "CCS/Positioning/ETP/ETP Software V1.0.0.tar.gz", "CCS/Positioning/ETP/ETP.json", "train parameters.tar.gz", "vehicle.json"])

    def test_B20_several_are_stored_side_by_side(self):
        vcs = {v["n"]: v for v in self.w.get("/v1/vcs")["vcs"]}
        self.assertIn(self.flat, vcs)
        self.assertIn(self.grouped, vcs)
        self.assertNotEqual(vcs[self.flat]["config_id"], vcs[self.grouped]["config_id"])
        self.assertEqual({vcs[n]["type_id"] for n in (self.flat, self.grouped)}, {VEHICLE_TYPE})

    def test_the_blocks_of_a_kept_one_come_with_their_sequence_and_sentences(self):
        blocks = {b["name"]: b for b in self.kept(self.flat)["blocks"]}
        self.assertEqual((blocks["ETP"]["wave"], blocks["DAS"]["wave"]), (0, 1))
        self.assertEqual(blocks["DAS"]["depends"][0]["type_id"], TYPES["ETP"])
        self.assertTrue(blocks["DAS"]["depends"][0]["fits"])
        self.assertIn("1.1.0", blocks["DAS"]["depends"][0]["sentence"])


def resident_mib(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as f:
        return next(int(line.split()[1]) / 1024 for line in f if line.startswith("VmRSS:"))


class OnBoard(unittest.TestCase):
    """What is on board: the CM, and a basic-integrity (DAS) and a SIL 2 (ETP) Building Block, a process each."""

    @classmethod
    def setUpClass(cls):
        cls.w = w = World()
        cls.addClassCleanup(w.close)
        w.vc("first", w.das(), w.etp())
        w.vehicle()
        w.bbum("DAS")
        w.bbum("ETP")
        w.activate(1)
        cls.end = w.settled(1)

    def test_B16_agent_and_repository_are_inside_the_configuration_manager(self):
        self.assertEqual(len(self.w.processes), 2)
        self.assertIsNone(self.w.service.process.poll())
        for b in self.end["blocks"]:
            n, kept = b["n"], self.w.get("/v1/vcs/1")["blocks"]
            self.assertEqual(kept[n - 1]["hash"], b["wanted"]["hash"])
            self.assertEqual(b["running"]["hash"], b["wanted"]["hash"])  # it had it from nowhere else

    def test_B17_a_basic_integrity_and_a_sil_2_block_are_updated_from_different_manifests(self):
        blocks = {b["name"]: b for b in self.end["blocks"]}
        self.assertEqual(sorted(blocks), ["DAS", "ETP"])
        self.assertNotEqual(blocks["DAS"]["running"]["hash"], blocks["ETP"]["running"]["hash"])
        self.assertNotEqual(*(p.pid for p in self.w.processes.values()))

    def test_B26_it_fits_a_single_board_computer_with_two_small_blocks(self):
        self.assertLess(resident_mib(self.w.service.process.pid), 128)
        for name, p in self.w.processes.items():
            self.assertLess(resident_mib(p.pid), 32, name)


if __name__ == "__main__":
    unittest.main()

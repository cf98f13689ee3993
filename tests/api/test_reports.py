#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Reports of a fleet (feature 24) over REST, at the command line and as a page: the same numbers everywhere, each class by its name,
and a supplier is told of nothing but its own."""

import csv
import io
import json
import os
import subprocess
import unittest

from service import BUILD, Service

HEADER = ("Version,Entry.number,Entry.status,Device_Type.name,Device_Model.manufacturer_identifier,Device_Model.model_identifier,"
          "Device_Model.hardware_version.version,Device_Model.hardware_version.revision,"
          "Device_Model.model_identifier_concatenated_with_hardware_version,Device_Model.firmware_version,"
          "SMETS_CHTS Version.Version_number_and_effective_date,GBCS Version.version_number,Manufacturer_Image.hash")
TYPES = {"A001": ("Single Element Electricity Metering Equipment", "ESME", "SMETS V4.2"), "A002": ("Gas Smart Meter", "GSME", "SMETS V4.2"),
         "A003": ("Communications Hub", "CHF", "CHTS V1.3"), "A004": ("Pre-Payment Interface Device", "PPMID", "SMETS V4.2"),
         "A005": ("HAN Connected Auxiliary Load Control Switch", "HCALCS", "SMETS V4.2")}


def catalogue():
    """Of each model three versions; the second one of the gas meter is Removed."""
    rows, number = [HEADER], 0
    for model, (kind, _, smets) in TYPES.items():
        for version in (1, 2, 3):
            number += 1
            status = "Removed" if model == "A002" and version == 2 else "Current"
            rows.append(f"Version 2.051 Issued on 21-09-2026,{number:06},{status},{kind},F0A1,{model},01,00,{model}0100,{version:08X},"
                        f"{smets},GBCS Version 3.2,{number:064X}")
    return ("\r\n".join(rows) + "\r\n").encode()


class Reports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = Service()
        cls.addClassCleanup(cls.s.close)
        said = [cls.s.post("/v1/imports?feed=cpl&accept=yes", catalogue(), "text/csv")]
        # 1 -> 2 -> 3 of the electricity meter; nobody says anything of the others.
        said.append(cls.s.post(
            "/v1/imports?feed=statements&accept=yes",
            b"entry,kind,bases,source,author,stated_on,confirmed_on,excerpt,reference\n"
            b"000002,bases,000001,manufacturer,Example,2026-01-01,,,\n000003,bases,000002,manufacturer,Example,2026-01-01,,,\n", "text/csv"))
        devices = ["name,adapter,identity"]
        for i, (model, version) in enumerate([("A001", 1), ("A001", 1), ("A001", 2), ("A001", 3), ("A002", 2), ("A003", 1), ("A004", 3),
                                              ("A005", 3), ("A001", 99)]):
            devices.append(f"m{i},fake,F0A1:{model}0100:{version:08X}")
        devices.append("mute,bbum,")
        said.append(cls.s.post("/v1/devices", "\n".join(devices).encode(), "text/csv"))
        if any(r.status not in (200, 201) for r in said):
            raise AssertionError(said)

    def report(self, query=""):
        r = self.s.get("/v1/reports/fleet" + query)
        self.assertEqual(r.status, 200, r.body)
        return r.json()

    def test_feature_24_the_fleet_by_model_and_firmware_with_distance_unknown_path_and_Removed(self):
        r = self.report("?group=firmware")
        lines = {(line["model"], line["version"]): line for line in r["lines"]}
        two = lines["F0A1:A0010100", "00000001"]
        self.assertEqual((two["devices"], two["hops"], two["status"], two["newest"], two["class"]), (2, 2, "two-hops", "000003", "ESME"))
        gas = lines["F0A1:A0020100", "00000002"]
        self.assertEqual((gas["entry_status"], gas["status"], gas["removed"], gas["path_unknown"]), ("Removed", "path-unknown", 1, 1))
        odd = lines["F0A1:A0010100", "00000063"]
        self.assertEqual((odd["entry"], odd["status"], odd["class"], odd["catalogued"]), (None, "unknown-firmware", "ESME", True))
        self.assertEqual(r["total"]["devices"], 10)
        self.assertEqual(r["total"]["percent_latest"], 30.0)

    def test_feature_24_every_class_has_its_name_and_can_be_chosen(self):
        lines = {line["class"]: line["devices"] for line in self.report("?group=class")["lines"]}
        self.assertEqual(lines, {"ESME": 5, "GSME": 1, "CHF": 1, "PPMID": 1, "HCALCS": 1, "unknown": 1})
        for name, n in lines.items():
            self.assertEqual(self.report(f"?class={name}")["total"]["devices"], n)
        self.assertEqual(self.report("?adapter=bbum")["total"]["devices"], 1)

    def test_feature_24_the_export_says_what_the_answer_says(self):
        for group in ("model", "firmware", "class", "status", "organisation"):
            r = self.s.get(f"/v1/reports/fleet?group={group}&format=csv")
            self.assertEqual(r.headers["Content-Type"], "text/csv; charset=utf-8")
            rows = list(csv.DictReader(io.StringIO(r.body.decode())))
            want = [{k: "" if v is None else str(v).lower() if isinstance(v, bool) else str(v) for k, v in line.items()}
                    for line in self.report(f"?group={group}")["lines"]]
            self.assertEqual(rows, want)

    def test_what_is_no_question_is_refused(self):
        for bad, word in (("group=colour", "colour"), ("format=xml", "xml"), ("days=-1", "days"), ("days=4000", "days")):
            r = self.s.get("/v1/reports/fleet?" + bad)
            self.assertEqual(r.status, 400)
            self.assertIn(word, r.body.decode())

    def test_the_command_line_counts_a_service_and_a_store_alike(self):
        command = [os.path.join(BUILD, "firpath"), "report", "fleet", "--group", "status"]
        asked = subprocess.run(command + ["--server", self.s.url, "--json"], capture_output=True, text=True, check=True).stdout
        self.assertEqual(json.loads(asked), self.report("?group=status"))
        stored = subprocess.run(command + ["--db", self.s.db, "--json"], capture_output=True, text=True, check=True).stdout
        self.assertEqual(json.loads(stored), self.report("?group=status"))
        text = subprocess.run(command + ["--server", self.s.url], capture_output=True, text=True, check=True).stdout
        self.assertIn("30.0 % run the newest", text)
        table = subprocess.run(command + ["--server", self.s.url, "--csv"], capture_output=True, check=True).stdout
        self.assertEqual(table, self.s.get("/v1/reports/fleet?group=status&format=csv").body)

    def test_the_page_says_in_its_table_what_its_picture_shows_and_runs_no_script_for_it(self):
        body = self.s.get("/reports/fleet?group=status").body.decode()
        picture = body[body.index("<svg"):body.index("</svg>")]
        for word in ("two hops behind", "runs the newest", "nobody has stated a way"):
            self.assertIn(word, picture)
            self.assertIn(word, body[body.index("</svg>"):])
        self.assertIn("<title", picture)
        self.assertIn("<desc", picture)
        for bad in ("style=", "<script", "<style", "onload"):
            self.assertNotIn(bad, picture)


if __name__ == "__main__":
    unittest.main()

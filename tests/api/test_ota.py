#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Images of meters over REST and the command line: what is taken, what is refused, who signs, who sees it (gb-metering 6: 14)."""

import json
import os
import subprocess
import unittest

from ota_kit import ota_file
from service import BUILD, SAMPLE, Service, cpl_csv, image, sha, statements_csv
from smki import make_pair

USER, OTHER = "90-B3-D5-1F-30-01-00-00", "90-B3-D5-1F-30-02-00-00"
OCTETS = "application/octet-stream"


def raw_signature(key, data):
    der = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=data, check=True, capture_output=True).stdout
    out, at = b"", 2
    for _ in range(2):
        n = der[at + 1]
        out += der[at + 2:at + 2 + n].lstrip(b"\0").rjust(32, b"\0")
        at += 2 + n
    return out


class Images(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = s = Service(start=False)
        cls.addClassCleanup(s.close)
        users = []
        for org, eui, name in (("Example Energy", USER, "user"), ("Other Energy", OTHER, "other")):
            for unit, use in (("87", "xml"), ("02", "command")):
                make_pair(s.folder, f"{name}-{use}", unit, eui, 7)
            users.append({"organisation": org, "eui": eui, "roles": ["IS"], **{
                f"{use}_{what}": f"{name}-{use}.{end}" for use in ("xml", "command") for what, end in (("key", "key"), ("certificate", "pem"))}})
        make_pair(s.folder, "dsp", "89", "90-B3-D5-1F-30-00-00-02", 8)
        make_pair(s.folder, "stranger", "02", "90-B3-D5-1F-30-09-00-00", 9)
        path = os.path.join(s.folder, "users.json")
        with open(path, "w", encoding="ascii") as f:
            json.dump({"dcc": {"eui": "90-B3-D5-1F-30-00-00-02", "certificates": ["dsp.pem"]}, "users": users}, f)
        s.conf["dcc_users"] = path
        s.start()
        s.post("/v1/imports?feed=cpl", cpl_csv(), "text/csv")
        s.post("/v1/imports?feed=statements", statements_csv(), "text/csv")
        s.people()

    def at(self, name):
        return os.path.join(self.s.folder, name)

    def file(self, name, data):
        with open(self.at(name), "wb") as f:
            f.write(data)
        return self.at(name)

    def run_cli(self, *args, status=0):
        r = subprocess.run([os.path.join(BUILD, "firpath"), *args], check=False, capture_output=True, text=True, cwd=self.s.folder,
                           env={**os.environ, "FIRPATH_TOKEN": self.s.tokens["supplier"], "FIRPATH_SERVER": f"http://127.0.0.1:{self.s.port}"})
        self.assertEqual(r.returncode, status, r.stdout + r.stderr)
        return r.stdout

    def test_feature_14_a_file_is_taken_signed_and_told_to_whom_it_belongs(self):
        us, them, operator = (self.s.as_role(r) for r in ("supplier", "supplier2", "operator"))
        r = us.post("/v1/ota", ota_file(2), OCTETS)
        self.assertEqual(r.status, 201, r)
        got = r.json()
        self.assertEqual((got["sha256"], got["entries"], got["signatures"]), (sha(image(2)), ["000002"], []))
        self.assertEqual(us.post("/v1/ota", ota_file(2), OCTETS).status, 200)
        one = f"/v1/ota/{got['sha256']}"
        self.assertEqual(us.post(one + "/sign").status, 201)
        self.assertEqual(us.post(one + "/sign").status, 200)
        self.assertEqual([x["user"] for x in us.get(one).json()["signatures"]], [USER])
        # Another supplier does not see it, and cannot sign as the first; it signs for itself.
        self.assertEqual(them.get(one).json()["signatures"], [])
        self.assertEqual(them.post(one + "/sign?user=" + USER).status, 404)
        self.assertEqual(them.post(one + "/sign").status, 201)
        self.assertEqual([x["user"] for x in operator.get("/v1/ota").json()["images"][0]["signatures"]], [USER, OTHER])
        self.assertEqual(operator.post(one + "/sign").status, 404)  # there is no user of the operator's own
        self.assertEqual(operator.post(one + "/sign?user=" + OTHER).status, 200)
        self.assertEqual(self.s.as_role("manufacturer").get("/v1/ota").status, 403)
        rows = operator.get("/v1/audit?limit=500").json()["rows"]
        self.assertEqual(sorted(x["action"] for x in rows if x["subject"] == "image/" + got["sha256"]),
                         ["image-add", "ota-add", "ota-sign", "ota-sign"])

    def test_feature_14_a_file_that_differs_from_its_entry_is_refused_with_every_difference(self):
        us = self.s.as_role("supplier")
        for other, says in (({"manufacturer": 0x1082}, "manufacturer 1082"), ({"version": 0x10101}, "version 00010101"),
                            ({"hw": (0, 0x101)}, "hardware 0000 to 0101"), ({"body": b"x"}, "hash")):
            with self.subTest(**other):
                r = us.post("/v1/ota", ota_file(3, **other), OCTETS)
                self.assertEqual((r.status, r.json()["code"]), (422, "image-refused"))
                self.assertIn(says, r.json()["detail"])
        self.assertEqual(us.get("/v1/ota/" + sha(image(3))).status, 404)
        self.assertEqual(us.post("/v1/ota", ota_file(3)[:-1], OCTETS).status, 400)
        self.assertEqual(us.post("/v1/ota", b"{}", "application/json").status, 415)

    def test_trap_a_signature_of_nobody_known_and_the_hash_of_the_whole_file(self):
        us = self.s.as_role("supplier")
        body = image(4)
        r = us.post("/v1/ota", ota_file(4, signature=raw_signature(self.at("stranger.key"), body)), OCTETS)
        self.assertEqual((r.status, r.json()["code"]), (422, "signature"))
        # A signature over the whole file, or over header and image, is none either.
        whole = ota_file(4)
        r = us.post("/v1/ota", ota_file(4, signature=raw_signature(self.at("user-command.key"), whole)), OCTETS)
        self.assertEqual((r.status, r.json()["code"]), (422, "signature"))
        r = us.post("/v1/ota", ota_file(4, signature=raw_signature(self.at("user-command.key"), body)), OCTETS)
        self.assertEqual(r.status, 201, r)
        self.assertEqual([x["user"] for x in r.json()["signatures"]], [USER])
        self.assertNotEqual(sha(whole), r.json()["sha256"])

    def test_the_command_line_looks_at_files_and_keeps_them(self):
        signed = self.file("signed.zigbee", ota_file(5, signature=raw_signature(self.at("user-command.key"), image(5))))
        other = self.file("other.zigbee", ota_file(5, version=1))
        none = self.file("none.zigbee", b"no OTA file" * 9)
        out = self.run_cli("image", "check", signed, "--certificate", "user-command.pem")
        for words in ("1081:00A1:00030000", sha(image(5)), "good, of " + USER, "before 00 40"):
            self.assertIn(words, out)
        self.assertIn("signature  bad", self.run_cli("image", "check", signed, "--certificate", "other-command.pem", status=1))
        self.assertIn("begins with 1E F1 EE 0B", self.run_cli("image", "check", none, status=1))
        server = f"http://127.0.0.1:{self.s.port}"
        for where in (("--db", self.s.db), ("--server", server)):
            said = json.loads(self.run_cli("image", "check", signed, "--json", *where))["files"][0]
            self.assertEqual(said["entries"], [{"entry": "000005", "differs": []}])
            self.assertIn("entry firmware 00030000", self.run_cli("image", "check", other, *where, status=1))
        self.assertIn("000005", self.run_cli("ota", "add", signed))
        one = sha(image(5))
        self.assertIn(USER, self.run_cli("ota", "show", one))
        self.assertIn(one, self.run_cli("ota", "list"))
        self.assertIn(USER, self.run_cli("ota", "sign", one))
        images = os.path.join(self.s.folder, "images")
        self.assertIn(OTHER, self.run_cli("ota", "sign", one, "--db", self.s.db, "--image-dir", images, "--key", "other-command.key",
                                          "--certificate", "other-command.pem"))
        self.assertIn(one, self.run_cli("ota", "list", "--db", self.s.db))
        gas = next(r for r in SAMPLE if r[0] == 9)
        self.assertIn("000009", self.run_cli("ota", "add", self.file("gas.zigbee", ota_file(gas[0])), "--db", self.s.db, "--image-dir", images))


if __name__ == "__main__":
    unittest.main()

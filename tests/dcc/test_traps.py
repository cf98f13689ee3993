#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Traps that software for meters falls into when it believes too much or looks at too little, one test for each, by name. Each case is
a home area network of its own behind the played DCC; all walk in one campaign for each model."""

import base64
import hashlib
import os
import re
import struct
import unittest

from fake import DCC, eui, ota, text_of, valid, verified
from world import MODELS, RANGES, World, body_of, sha

# name: (model, faults (word or (word, times, argument)))
CASES = {
    "plain": ("power", ()),
    "plain, other hardware": ("power2", ()),
    "gas": ("gas", ()),
    "twin": ("twin", ()),
    "never delivered": ("power", (("no-delivery", -1, 0),)),
    "delivered, never verified": ("power", (("no-verify", -1, 0),)),
    "other hash": ("power", (("image-other-hash", -1, 0),)),
    "bad image": ("power", (("image-bad", -1, 0),)),
    "verified before N60": ("power", (("n60-late", -1, 0),)),
    "without N60": ("power", (("no-n60", -1, 0),)),
    "I99, never obeyed": ("power", (("command-lost", -1, 0),)),
    "outcome before I99": ("power", (("outcome-early", -1, 0),)),
    "not applicable": ("power", ("not-applicable",)),
    "wrong Pre-Command": ("power", (("precommand-hash", -1, 0),)),
    "other counter": ("power", (("precommand-counter", -1, 0),)),
    "other device": ("power", (("precommand-device", -1, 0),)),
    "with a time": ("power", (("precommand-time", -1, 0),)),
    "garbage": ("power", (("precommand-garbage", -1, 0),)),
    "bare": ("power", (("precommand-bare", -1, 0),)),
    "unsigned refusal": ("power", (("refused-unsigned", -1, 0),)),
    "believing": ("power", (("rolled-back", -1, 0),)),
    "wrong version": ("power", (("runs-other", 1, 0x00990000),)),
    "twice": ("power", (("twice", -1, 0),)),
    "forged": ("power", (("forged", -1, 0),)),
}


class Traps(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.w = w = World()
        cls.addClassCleanup(w.close)
        cls.at = {name: w.meter(model) for name, (model, _) in CASES.items()}
        w.start()
        for name, (_, faults) in CASES.items():
            for f in faults:
                word, times, arg = (f, 1, 0) if isinstance(f, str) else f
                w.dcc.fault(word, cls.at[name], times=times, arg=arg)
        for model, upto in (("power", 2), ("power2", 2), ("gas", 2), ("twin", 2)):
            w.campaign(model, model, upto, [cls.at[n] for n, (m, _) in CASES.items() if m == model])
        for model in ("power", "power2", "gas", "twin"):
            w.ended(model, 40)

    def done(self, name):
        model = CASES[name][0]
        upto = 2 if model != "twin" else 1
        device = self.at[name]
        self.assertEqual((self.w.path(device), self.w.walked[device]["phase"]), (self.w.chain(model, upto), "done"), (name, self.w.jobs(device)[-1:]))
        return device

    def failed(self, name, state, reason, path=(), phase="failed"):
        device = self.at[name]
        job = self.w.jobs(device)[-1]
        self.assertEqual((job["state"], job["reason"], self.w.path(device), self.w.walked[device]["phase"]), (state, reason, list(path), phase), name)
        return device

    def test_trap_keying_by_firmware_string_or_model_only(self):
        # `gas`, `twin` and others all say firmware 00000001; each got its own image.
        self.done("gas")
        self.assertNotIn("misfit", self.w.dcc.sins())

    def test_trap_sorting_by_version_number_to_get_the_order(self):
        self.assertEqual(self.w.path(self.done("gas")), ["00000001", "000000FF", "00000010"])

    def test_trap_same_firmware_two_current_entries_choosing_the_first(self):
        device = self.done("twin")
        self.assertEqual(self.w.get("/v1/devices/" + device)["entry"], "000063")

    def test_trap_hash_of_the_whole_ota_file(self):
        device = self.done("plain")
        said = "".join(text_of(p) for p in self.w.dcc.documents("T") if device in text_of(p))
        self.assertEqual(set(re.findall("<sr:FirmwareHash>(.*?)<", said)), {sha("power", 1), sha("power", 2)})

    def refused(self, data, *words):
        r = self.w.ask("POST", "/v1/ota", data, content_type="application/octet-stream", ok=None)
        self.assertIn(r.status, (400, 409, 422), r)
        for word in words:
            self.assertIn(word, r.body.decode().lower())

    def test_trap_the_gbcs_body_as_tlv_a_missing_00_40_a_size_that_is_not_the_file(self):
        body = body_of("power", 3)
        sign = self.w.keys.raw("user-command", body)
        good = ota(0x00010300, hw=RANGES[0x00A1], body=body, trailer=sign)
        self.refused(good + b"\0")
        self.refused(good[:-1])
        self.refused(ota(0x00010300, hw=RANGES[0x00A1], body=body, trailer=sign, total=len(good) + 1), "octets")
        tlv = ota(0x00010300, hw=RANGES[0x00A1], body=struct.pack("<HI", 0, len(body)) + body, trailer=sign)
        self.refused(tlv)
        other = bytearray(good)
        other[-66] = 1
        self.refused(bytes(other))

    def test_trap_hardware_octet_order_in_the_file_and_ignoring_its_range(self):
        body = body_of("power", 3)
        sign = self.w.keys.raw("user-command", body)
        self.refused(ota(0x00010300, hw=(0x0201, 0x0301), body=body, trailer=sign), "hardware")
        self.refused(ota(0x00010300, hw=(0x0104, 0x0105), body=body, trailer=sign), "hardware")
        self.done("plain, other hardware")

    def test_trap_one_image_to_a_mixed_device_list(self):
        self.done("plain, other hardware")
        lists = [set(x.split(",")) for p in self.w.dcc.documents("D") for x in re.findall("<sr:DeviceIDList>(.*?)<", text_of(p))]
        models = {self.at[n]: m for n, (m, _) in CASES.items()}
        self.assertGreater(len(lists), 3)
        for devices in lists:
            self.assertEqual(len({models[d] for d in devices}), 1, devices)
        self.assertNotIn("misfit", self.w.dcc.sins())

    def test_trap_a_list_with_spaces_and_the_device_as_target_of_11_1(self):
        texts = [text_of(p) for p in self.w.dcc.documents("D")]
        for text in texts:
            self.assertIn(f":{eui(DCC)}:", text)
            self.assertNotRegex(text, "DeviceIDList>[^<]* ")
        self.assertGreater(len(texts), 3)
        self.assertFalse({"target", "list", "structure"} & set(self.w.dcc.sins()))

    def test_trap_11_3_sent_as_one_call(self):
        device = self.done("plain")
        self.assertEqual([j["variant"] for j in self.w.asked(device, "11.3")], [4, 5, 4, 5])
        counters = [j["counter"] for j in self.w.asked(device, "11.3")]
        self.assertEqual((counters[0], counters[2]), (counters[1], counters[3]))
        self.assertLess(int(counters[0]), int(counters[2]))

    def test_trap_i0_is_not_success(self):
        device = self.failed("never delivered", "failed", "not-delivered")
        self.assertEqual({j["code"] for j in self.w.asked(device, "11.1")}, {"I0"})
        self.assertEqual(self.w.asked(device, "11.3"), [])

    def test_trap_i99_is_not_success(self):
        device = self.failed("I99, never obeyed", "unchanged", "version-unchanged")
        self.assertEqual({j["code"] for j in self.w.asked(device, "11.3", 5)}, {"I99"})

    def test_trap_the_outcome_before_i99(self):
        self.done("outcome before I99")

    def test_trap_ignoring_partial_warnings(self):
        device = self.failed("not applicable", "refused", "not-applicable")
        self.assertEqual([j["code"] for j in self.w.asked(device, "11.1")], ["W"])  # and not asked again
        self.done("plain")

    def test_trap_counting_csp_delivery_as_verification_and_activating_before_8f72(self):
        device = self.failed("delivered, never verified", "failed", "not-verified")
        self.assertIn("N60", [e["what"] for e in self.w.events(device)])
        self.assertEqual(self.w.asked(device, "11.3"), [])
        self.assertNotIn("early", self.w.dcc.sins())

    def test_trap_ignoring_a_hash_in_8f72_that_differs(self):
        self.assertEqual(self.w.asked(self.failed("other hash", "failed", "hash-differs"), "11.3"), [])
        self.assertEqual(self.w.asked(self.failed("bad image", "failed", "image-bad"), "11.3"), [])

    def test_trap_expecting_n60_before_8f72_or_at_all(self):
        self.done("verified before N60")
        self.done("without N60")

    def test_trap_signing_a_pre_command_that_says_something_else(self):
        for name in ("wrong Pre-Command", "other counter", "other device", "with a time", "garbage"):
            device = self.failed(name, "refused", "command-differs")
            self.assertEqual(self.w.asked(device, "11.3", 5), [], name)
            self.assertTrue(self.w.meter_of(device)["quarantine"], name)
        self.assertFalse({"signed-lie", "command"} & set(self.w.dcc.sins()))
        self.done("bare")

    def test_trap_believing_the_outcome_instead_of_the_version(self):
        self.failed("believing", "unchanged", "version-unchanged")
        device = self.failed("wrong version", "other", "other-version", ["00010000", "00010100"], "held")  # nobody knows what it runs
        self.assertEqual(self.w.dcc.meter(device)["version"], "00990000")

    def test_trap_refusing_unsigned_error_acks(self):
        device = self.failed("unsigned refusal", "refused", "refused")
        self.assertIn("E65", [e["code"] for e in self.w.events(device)])

    def test_trap_exclusive_c14n_der_signatures_and_pretty_printed_xml(self):
        # The DCC checks all of it as it parses; xmlsec1 and xmllint are further witnesses.
        requests = self.w.dcc.documents("D", "S", "T")
        some = requests[:10] + requests[len(requests) // 2:len(requests) // 2 + 10] + requests[-10:]
        self.assertEqual(valid(requests), [])
        self.assertEqual(verified(some, self.w.keys.path("user-xml.pem")), [])
        for p in some:
            text = text_of(p)
            self.assertNotRegex(text, r">\s+<(?!/)")
            self.assertNotIn("<!--", text)
            for value in re.findall("<ds:SignatureValue>(.*?)<", text, re.S):
                self.assertEqual(len(base64.b64decode(value)), 64)
        self.assertFalse({"signature", "structure"} & set(self.w.dcc.sins()))

    def test_trap_euis_compared_with_their_case(self):
        w = World.again
        device = w.meter_lower
        self.assertEqual(w.path(device), w.chain("power", 1))

    def test_trap_transitive_shortcuts(self):
        # 11 to 13 was asked for; nobody said that 13 goes over 11.
        device = self.done("plain")
        self.assertEqual([j["to"] for j in self.w.jobs(device)], ["000012", "000013"])
        self.assertNotIn("bricked", self.w.dcc.sins())

    def test_trap_an_empty_path_field_read_as_any_base(self):
        device = World.again.mute
        self.assertEqual(World.again.asked(device, "11.1"), [])
        self.assertIn("no-path", str(World.again.walked[device]))

    def test_trap_doing_twice_what_is_said_twice_and_believing_forged_messages(self):
        self.done("twice")
        self.done("forged")
        self.assertFalse({"doubled", "bricked", "counter-reused", "counter-fell", "replayed"} & set(self.w.dcc.sins()))


class Again:
    """A second, small world: EUIs in lower case, an entry without a path."""

    def __init__(self):
        self.w = w = World()
        self.meter_lower, self.mute = w.meter("power"), w.meter("mute")
        for r in w.rows:
            r["eui"], r["hub"] = r["eui"].lower(), r["hub"].lower()
        w.start()
        w.dcc.do("case", lower=1)
        w.campaign("lower", "power", 1, [self.meter_lower])
        w.campaign("mute", "mute", 1, [self.mute])
        w.ended("lower")
        w.ended("mute")

    def __getattr__(self, name):
        return getattr(self.w, name)


def setUpModule():
    World.again = Again()
    unittest.addModuleCleanup(World.again.w.close)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The played DCC by itself: what it answers to a client that is not firpath, and that all it says is DUIS, well signed."""

import base64
import hashlib
import re
import tempfile
import time
import unittest

from fake import DCC, OTHER, USER, Client, Endpoint, Fake, Keys, eui, ota, text_of, valid, verified

HUB, METER, GAS, PPMID, OLD = (0x00DB000000000000 + i for i in range(5))
FAR = 0x00DB000000000100
SHA = hashlib.sha256(b"image").digest()


class TheFake(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temp = tempfile.TemporaryDirectory(prefix="firpath-dcc-")
        cls.addClassCleanup(cls.temp.cleanup)
        cls.keys = Keys(cls.temp.name)
        cls.end = Endpoint()
        cls.addClassCleanup(cls.end.close)
        k = cls.keys.path
        url = f"http://127.0.0.1:{cls.end.port}/in"
        cls.fake = Fake(cls.temp.name, [
            f"dcc {eui(DCC)} cert={k('dsp.pem')} key={k('dsp.key')} forger={k('forger.key')}", "journal", "delay-answer 0",
            "strict", f"log {cls.temp.name}/dcc.log", *(f"user {eui(u)} roles=IS,GS xml={k(n + '-xml.pem')} command={k(n + '-command.pem')} url={url}"
                                              for u, n in ((USER, "user"), (OTHER, "other"))),
            "model hub kind=CHF manufacturer=1081 model=C0010100 firmware=00000001 band=Single_Band", "firmware hub 00000001 gbcs=3.2",
            "model power kind=ESME manufacturer=1081 model=00A10102 firmware=00010000 smets=SMETS2_V5.0 variant=A",
            "model gas kind=GSME manufacturer=1082 model=00B10100 firmware=00000001",
            "model screen kind=PPMID manufacturer=1083 model=00D10100 firmware=00000005",
            "model old kind=ESME manufacturer=1081 model=00A10109 firmware=00010000",
            *(f"firmware power {v} gbcs=2.0" for v in ("00010000", "00010100", "00010200")), "firmware screen 00000006 gbcs=4.0 hub=3.2",
            "hop power 00010000 00010100", "hop power 00010100 00010200", "hop screen 00000005 00000006", "hop gas 00000001 00000002",
            f"han {eui(HUB)} 1 hub,power,gas,screen,old user={eui(USER)}", f"han {eui(FAR)} 20 hub,power user={eui(USER)}"])
        cls.addClassCleanup(cls.fake.close)
        cls.c = Client(cls.keys, cls.fake.address)
        cls.image = ota(0x00010100, trailer=cls.keys.raw("user-command", b"image"))

    def await_message(self, *patterns, seconds=5.0):
        """The first message that has all these; the messages before it stay."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with self.end.lock:
                for m in self.end.messages:
                    if all(re.search(p, m) for p in patterns):
                        return m
            time.sleep(0.01)
        raise AssertionError(f"no message has {patterns}; there are {len(self.end.messages)}: {self.end.messages[-2:]}")

    def gbcs(self, *patterns):
        return base64.b64decode(re.search("<sr:GBCSPayload>(.*?)<", self.await_message(*patterns)).group(1))

    def test_a_whole_update(self):
        code, _ = self.c.push(self.image, 0x00010100, [METER])
        self.assertEqual(code, "I0")
        self.await_message(eui(METER), "N60", "Success")
        alert = self.gbcs("ResponseID>" + eui(METER), "8F72")
        self.assertIn(SHA, alert)
        code, payload = self.c.transform(METER, SHA)
        self.assertEqual((code, payload[:3].hex(), payload[31:33].hex()), ("I0", "df0901", "0012"))
        self.assertEqual(self.fake.meter(METER)["version"], "00010000")
        counter = self.c.counter
        code, _ = self.c.send(METER, self.c.sign_command(payload))
        self.assertEqual(code, "I99")
        outcome = self.gbcs(f"RequestID>{eui(USER)}:{eui(METER)}:{counter}", "11.3")
        self.assertIn(bytes.fromhex("300902010004040001 0100".replace(" ", "")), outcome)
        self.assertEqual(self.c.read(METER)[0], "I99")
        self.assertIn(bytes.fromhex("0904 00010100"), self.gbcs(f"RequestID>{eui(USER)}:{eui(METER)}:{self.c.counter}", "11.2"))
        self.assertEqual(self.fake.meter(METER)["path"], ["00010000", "00010100"])

    def test_what_is_wrong_is_refused_and_counted(self):
        before = self.fake.sins()

        def sin(name, code, *expected):
            after = self.fake.sins().get(name, 0)
            self.assertEqual(after, before.get(name, 0) + 1, name)
            before[name] = after
            self.assertIn(code[0] if isinstance(code, tuple) else code, expected, name)

        far = FAR + 1
        sin("signature", self.c.read(far, tamper=lambda x: x.replace("11.2</sr:ServiceReference>", "11.2 </sr:ServiceReference>", 0).replace(eui(far), eui(far + 2))), "E65")
        sin("signature", self.c.read(far, signer="stranger"), "E65")
        sin("signature", self.c.read(far, pretty=True), "E65")
        sin("structure", self.c.ask("S", "11.2", 1, far, "<sr:ReadFirmwareVersion><sr:More></sr:More></sr:ReadFirmwareVersion>"), "E65")
        sin("structure", self.c.post("S", "<!DOCTYPE a><a/>")[0], 400)
        sin("service", self.c.ask("D", "11.2", 1, far, "<sr:ReadFirmwareVersion></sr:ReadFirmwareVersion>"), "E65")
        self.c.read(far)
        sin("counter-reused", self.c.read(far, counter=self.c.counter), "E65")
        sin("counter-fell", self.c.read(far, counter=self.c.counter - 1), "E65")
        sin("not-its", Client(self.keys, self.fake.address, "other", OTHER).transform(far, SHA), "E4")
        sin("image", self.c.push(self.image[:-66], 0x00010100, [far]), "E110101")
        sin("image", self.c.push(self.image, 0x00010200, [far]), "E110101")
        sin("list", self.c.push(self.image, 0x00010100, [far, far]), "E110102")
        sin("to-hub", self.c.push(self.image, 0x00010100, [FAR]), "W110101")
        sin("misfit", self.c.push(self.image, 0x00010100, [GAS]), "W110101")
        self.assertEqual(self.fake.meter(far)["version"], "00010000")

    def test_an_activation_off_the_path_or_twice_or_unverified_is_seen(self):
        far = FAR + 3
        jump = ota(0x00010200, body=b"two", trailer=self.keys.raw("user-command", b"two"))
        two = hashlib.sha256(b"two").digest()
        before = self.fake.sins()
        self.assertEqual(self.c.push(jump, 0x00010200, [far])[0], "I0")
        self.await_message("ResponseID>" + eui(far), "8F72")
        self.assertEqual(self.c.activate(far, two)[0], "I99")
        self.await_message(f":{eui(far)}:{self.c.counter}", "11.3")
        self.assertEqual((self.fake.meter(far)["bricked"], self.fake.meter(far)["version"]), (True, "00010200"))
        other = FAR + 5
        self.c.activate(other, SHA)
        code, payload = self.c.transform(METER, SHA)
        self.assertEqual(code, "I0")
        self.assertEqual(self.c.send(METER, self.c.sign_command(payload, "other-command"))[0], "E65")
        self.assertEqual(self.c.send(METER, self.c.sign_command(payload))[0], "E65")  # the same request again
        after = self.fake.sins()
        self.assertEqual({k: after.get(k, 0) - before.get(k, 0) for k in ("bricked", "early", "command", "counter-reused")},
                         {"bricked": 1, "early": 1, "command": 1, "counter-reused": 1})

    def test_faults_happen_to_whom_they_are_given(self):
        a, b, c, d = (FAR + i for i in (7, 9, 11, 13))
        self.fake.fault("busy", a)
        self.fake.fault("undelivered", b)
        self.fake.fault("image-bad", c)
        self.fake.fault("image-other-hash", d)
        code, text = self.c.push(self.image, 0x00010100, [a, b, c, d])
        self.assertEqual(code, "W110101")
        self.assertIn(f"<sr:OtherRequestInProgressList>{eui(a)}</sr:OtherRequestInProgressList>", text)
        self.await_message("TargetDeviceID>" + eui(b), "N61", "Failure")
        self.await_message("ResponseID>" + eui(c), "8F1C")
        self.assertNotIn(SHA, self.gbcs("ResponseID>" + eui(d), "8F72"))
        self.assertEqual(self.c.push(self.image, 0x00010100, [a])[0], "I0")  # once is over

    def test_future_dated_and_taken_back(self):
        a, b = FAR + 15, FAR + 17
        self.c.push(self.image, 0x00010100, [a, b])
        for m in (a, b):
            self.await_message("ResponseID>" + eui(m), "8F72")
            self.c.activate(m, SHA, "2099-01-01T00:00:00.00Z")
            self.assertIn(b"\x02\x05\x00\x40", self.gbcs(f":{eui(m)}:{self.c.counter}", "11.3"))
        code, payload = self.c.transform(b, SHA, "3000-12-31T00:00:00.00Z")
        self.assertIn(b"99991231235959Z", payload)
        self.c.send(b, self.c.sign_command(payload))
        self.await_message(f":{eui(b)}:{self.c.counter}", "11.3")
        self.fake.do("clock", ahead=80 * 365 * 86400 * 1000)
        self.await_message(eui(a), "8F66")
        self.fake.do("clock", ahead=0)
        self.assertEqual((code, self.fake.meter(a)["version"], self.fake.meter(b)["version"]), ("I0", "00010100", "00010000"))

    def test_a_ppmid_activates_by_itself_and_the_inventory_is_told(self):
        image = ota(6, 0x1083, 0x00D1, (0x0100, 0x0100), b"screen")
        self.assertEqual(self.c.push(image, 6, [PPMID], "11.4")[0], "I0")
        self.await_message("PPMIDAlert", eui(PPMID), "ActivationSuccess")
        self.gbcs("ResponseID>" + eui(PPMID), "8F8B")
        code, text = self.c.inventory(METER)
        self.assertEqual((code, len(re.findall("<sr:Device>", text))), ("I0", 5))
        self.assertIn("<sr:DeviceModel>00D10100</sr:DeviceModel><sr:DeviceFirmwareVersion>00000006<", text)

    def test_messages_are_repeated_until_they_are_taken(self):
        m = FAR + 19
        self.end.status = 503
        try:
            self.c.read(m)
            time.sleep(0.2)
        finally:
            self.end.status = 204
        self.await_message(f":{eui(m)}:{self.c.counter}", "11.2")
        self.assertGreater(self.fake.totals()["again"], 0)

    def test_zz_all_that_it_says_is_duis_and_well_signed(self):
        m = FAR + 21
        for word in ("quarantined", "command-failure", "suspended", "mismatch-alert"):
            self.fake.fault(word, m)
        self.fake.do("churn", FAR + 23, user=eui(OTHER))
        self.fake.do("hub-firmware", FAR + 25, version="00000002")
        for what in ("transfer", "distribution-failed", "version-mismatch", "status", "quarantined", "command-failure", "ppmid",
                     "version-changed", "power-on-failed", "future", "read-failed"):
            self.fake.do("said", m, what=what, code={"version-changed": 0x8F43, "power-on-failed": 0x8F1B, "transfer": 2}.get(what, 0), counter=5)
        self.c.read(GAS)
        self.c.read(PPMID)
        self.await_message("ResponseID>" + eui(PPMID), "11.2")
        self.await_message("ChangeOfSupplier")
        self.await_message("8F1B")
        time.sleep(0.1)
        answers, messages = self.fake.documents("answer"), self.fake.documents("message")
        self.assertGreater(len(answers), 20)
        self.assertGreater(len(messages), 20)
        self.assertEqual(valid(answers + messages), [])
        signed = [p for p in answers + messages if "ds:Signature" in text_of(p)]
        self.assertGreater(len(signed), len(messages))
        self.assertEqual(verified(signed, self.keys.path("dsp.pem")), [])
        requests = [p for p in self.fake.documents("D", "S", "T") if eui(FAR + 15) in text_of(p)]
        self.assertEqual(len(requests), 3)
        self.assertEqual(valid(requests), [])
        self.assertEqual(verified(requests, self.keys.path("user-xml.pem")), [])


if __name__ == "__main__":
    unittest.main()

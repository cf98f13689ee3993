#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""DUIS from outside: what `firpath duis build` writes is judged by xmllint and xmlsec1, what xmlsec1 signs is judged by
`firpath duis verify`. Neither knows the other."""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from service import BUILD, ROOT
from smki import command, make_pair

FIRPATH = os.path.join(BUILD, "firpath")
DATA = os.path.join(os.environ.get("FIRPATH_SHARED_DATA") or os.path.join(ROOT, "../shared/data"), "duis")
XSD = os.path.join(DATA, "duis-5.4.xsd")
US, DCC, METER = "90-B3-D5-1F-30-01-00-00", "90-B3-D5-1F-30-00-00-02", "00-DB-12-34-56-78-90-A0"
HASH = "AA758690730934FF" * 4


TEMPLATE = """<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>\
<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>\
<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"/><ds:Reference URI=""><ds:Transforms>\
<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>%s</ds:Transforms>\
<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference></ds:SignedInfo>\
<ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>CN=Z1,OU=07</ds:X509IssuerName>\
<ds:X509SerialNumber>%d</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data></ds:KeyInfo></ds:Signature>"""


def response(code, body, space=""):
    return (f'<?xml version="1.0" encoding="UTF-8"?><sr:Response xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway" '
            f'xmlns:ra="http://www.dccinterface.co.uk/ResponseAndAlert" schemaVersion="5.1">{space}<sr:Header><sr:RequestID>{US}:{METER}:7'
            f'</sr:RequestID><sr:ResponseID>{METER}:{US}:7</sr:ResponseID><sr:ResponseCode>{code}</sr:ResponseCode>'
            f'<sr:ResponseDateTime>2026-11-20T09:00:00.125Z</sr:ResponseDateTime></sr:Header>{space}<sr:Body>{body}</sr:Body>%s'
            f'</sr:Response>')


def message(service, payload):
    return (f"<sr:ResponseMessage><sr:ServiceReference>{service}</sr:ServiceReference><sr:ServiceReferenceVariant>{service}"
            f"</sr:ServiceReferenceVariant>{payload}</sr:ResponseMessage>")


def alert(code, what):
    return f"<sr:DCCAlertMessage><sr:DCCAlertCode>{code}</sr:DCCAlertCode><sr:DCCAlert>{what}</sr:DCCAlert></sr:DCCAlertMessage>"


class Duis(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="firpath-duis-", dir=os.environ.get("TMPDIR", "/tmp"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.key, cls.cert = make_pair(cls.folder, "us", "87", US, 1234567890)
        cls.dcc_key, cls.dcc_cert = make_pair(cls.folder, "dcc", "89", DCC, 50669612984035780968362471400449834504)
        cls.image = cls.write("image.zigbee", bytes.fromhex("1ef1ee0b") + os.urandom(500))

    @classmethod
    def write(cls, file, data):
        path = os.path.join(cls.folder, file)
        with open(path, "wb") as f:
            f.write(data if isinstance(data, bytes) else data.encode())
        return path

    def firpath(self, *args, status=0):
        r = subprocess.run([FIRPATH, "duis", *args], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False,
                           env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"})
        self.assertEqual(r.returncode, status, r.stderr.decode() + r.stdout.decode()[:2000])
        return r.stdout if not status else r.stdout + r.stderr

    def build(self, *args):
        return self.firpath("build", *args, "--key", self.key, "--cert", self.cert)

    def verify(self, file, *args, status=0):
        return json.loads(self.firpath("verify", file, "--certs", f"{self.cert},{self.dcc_cert}", "--json", *args, status=status))

    def judge(self, file, cert, good=True):
        """What xmlsec1 says."""
        r = subprocess.run(["xmlsec1", "--verify", "--pubkey-cert-pem", cert, file], capture_output=True, timeout=60, check=False)
        self.assertEqual(r.returncode == 0, good, r.stderr.decode())

    def validate(self, files):
        r = subprocess.run(["xmllint", "--nonet", "--noout", "--schema", XSD, *files], capture_output=True, timeout=60, check=False)
        self.assertEqual(r.returncode, 0, r.stderr.decode())

    def signed(self, file, text, transform=""):
        """Signed by xmlsec1."""
        path = self.write(file, text % (TEMPLATE % (transform, 50669612984035780968362471400449834504)))
        command("xmlsec1", "--sign", "--privkey-pem", self.dcc_key, "--output", path, path)
        return path

    # ---- requests ----
    def test_every_request_is_valid_by_the_schema_and_verified_by_xmlsec1(self):
        many = self.write("many", "".join(f"00-DB-12-34-56-78-{i // 256:02x}-{i % 256:02X}\n" for i in range(2000)))
        pre = self.write("pre", os.urandom(200))
        paths = []
        images = ("--target", DCC, "--image", self.image, "--version", "ACDCACDC")
        for i, args in enumerate((("11.1", *images, "--devices", METER), ("11.1", *images, "--devices", many),
                                  ("11.4", *images, "--devices", f"{METER},00-DB-12-34-56-78-90-A4"),
                                  ("11.2", "--target", METER), ("11.2", "--target", METER, "--execute", "2030-01-15T09:00:00Z"),
                                  ("11.3", "--target", METER, "--hash", HASH),
                                  ("11.3", "--target", METER, "--hash", HASH, "--execute", "2030-01-15T09:00:00.120Z"),
                                  ("11.3", "--target", METER, "--hash", HASH, "--execute", "cancel"),
                                  ("11.3", "--target", METER, "--command", pre),
                                  ("8.2", "--target", DCC, "--device", METER, "--schema", "5.1"))):
            with self.subTest(args=args):
                text = self.build(*args)
                path = self.write(f"request-{i}.xml", text)
                paths.append(path)
                self.judge(path, self.cert)
                said = self.verify(path)
                self.assertEqual((said["signature"]["result"], said["traps"], said["service"]), ("good", [], args[0]))
                self.assertNotRegex(text, rb">\s|\s<")
        self.judge(paths[0], self.dcc_cert, good=False)
        self.validate(paths)

    def test_trap_the_digest_is_over_inclusive_c14n_and_the_signature_is_r_and_s(self):
        text = self.build("11.3", "--target", METER, "--hash", HASH).decode()
        bare = self.write("bare.xml", re.sub("<ds:Signature .*</ds:Signature>", "", text))
        said = re.search("<ds:DigestValue>(.*)</ds:DigestValue>", text).group(1)
        # xmllint ends what it prints with a line end of its own
        forms = {form: hashlib.sha256(command("xmllint", form, bare).rstrip(b"\n")).digest() for form in ("--c14n", "--exc-c14n")}
        self.assertEqual(base64.b64decode(said), forms["--c14n"])
        self.assertNotEqual(forms["--c14n"], forms["--exc-c14n"])
        self.assertEqual(len(base64.b64decode(re.search("<ds:SignatureValue>(.*)</ds:SignatureValue>", text).group(1))), 64)

    def test_trap_a_pretty_printed_request_verifies_with_xmlsec1_and_is_named(self):
        text = self.build("11.2", "--target", METER).decode()
        # signed anew after it was pretty-printed, as by tools that do
        pretty = command("xmllint", "--format", "-", data=re.sub("<ds:Signature .*</ds:Signature>", "", text).encode()).decode()
        pretty = pretty.replace("</sr:Request>", TEMPLATE % ("", 1234567890) + "</sr:Request>")
        path = self.write("pretty.xml", pretty)
        command("xmlsec1", "--sign", "--privkey-pem", self.key, "--output", path, path)
        self.judge(path, self.cert)
        said = self.verify(path, status=1)
        self.assertEqual((said["signature"]["result"], said["traps"], said["ok"]), ("good", ["white-space"], False))
        text = self.firpath("verify", path, "--certs", self.cert, status=1).decode()
        self.assertIn("the DCC refuses it", text)

    def test_what_a_request_cannot_be_is_refused(self):
        for words, args in ((("A0 is a device",), ("11.1", "--target", METER, "--image", self.image, "--version", "ACDCACDC", "--devices", METER)),
                            (("50001 devices",), ("11.1", "--target", DCC, "--image", self.image, "--version", "ACDCACDC", "--devices",
                                                  self.write("l", "".join(f"00-DB-12-34-56-{i >> 16:02X}-{i >> 8 & 255:02X}-{i & 255:02X}\n"
                                                                          for i in range(50001))))),
                            (("no --image",), ("11.2", "--target", METER, "--image", self.image)),
                            (("--hash",), ("11.3", "--target", METER)),
                            (("11.1, 11.2",), ("11.9", "--target", METER)),
                            (("device 2",), ("11.1", "--target", DCC, "--image", self.image, "--version", "ACDCACDC", "--devices", METER + ",x")),
                            (("certificate is of",), ("11.2", "--target", METER, "--originator", DCC))):
            with self.subTest(args=args):
                r = subprocess.run([FIRPATH, "duis", "build", *args, "--key", self.key, "--cert", self.cert], capture_output=True,
                                   timeout=60, check=False)
                self.assertNotEqual(r.returncode, 0)
                self.assertEqual(r.stdout, b"")
                for word in words:
                    self.assertIn(word, r.stderr.decode())
        r = subprocess.run([FIRPATH, "duis", "build", "11.2", "--target", METER, "--key", self.key, "--cert", self.dcc_cert],
                           capture_output=True, timeout=60, check=False)
        self.assertIn("not of that key", r.stderr.decode())

    # ---- what comes back ----
    def test_what_xmlsec1_signs_is_good_and_says_what_it_says(self):
        eui = "00-DB-12-34-56-78-90-a0"
        of = f"<sr:UpdateFirmwareRequestID>{US}:{DCC}:9</sr:UpdateFirmwareRequestID>"
        version = "<sr:FirmwareVersion>acdcacdc</sr:FirmwareVersion>"
        cases = {
            "gbcs": ("I0", message("11.2", "<sr:GBCSPayload>AAEC\n</sr:GBCSPayload>"), {"code": "I0", "service": "11.2"}),
            "pre": ("I0", message("11.3", "<sr:PreCommand><sr:GBCSVersion>4.1</sr:GBCSVersion><sr:GBCSPayload>3wkB</sr:GBCSPayload></sr:PreCommand>"),
                    {"says": "a Pre-Command to check and sign"}),
            "warning": ("W110101", message("11.1", f"<sr:DSPUpdateFirmwareWarning><sr:OtherRequestInProgressList>{METER},{eui[:-1]}4"
                                                   f"</sr:OtherRequestInProgressList></sr:DSPUpdateFirmwareWarning>"),
                        {"other_request_in_progress": [METER, METER[:-1] + "4"]}),
            "inventory": ("I0", message("8.2", "<sr:DSPInventory><sr:Device><sr:DeviceID>00-DB-12-34-56-78-90-B0</sr:DeviceID>"
                                               "<sr:DeviceType>CHF</sr:DeviceType><sr:DeviceManufacturer>1086</sr:DeviceManufacturer>"
                                               "<sr:DeviceModel>54010203</sr:DeviceModel><sr:DeviceFirmwareVersion>0a0b</sr:DeviceFirmwareVersion>"
                                               "<sr:DeviceGBCSVersion>4.1</sr:DeviceGBCSVersion></sr:Device></sr:DSPInventory>"),
                          {"inventory": [{"device": "00-DB-12-34-56-78-90-B0", "type": "CHF", "manufacturer": "1086", "model": "54010203",
                                          "version": "00000A0B", "gbcs": "4.1"}]}),
            "future": ("I0", message("11.3", "<sr:FutureDatedDeviceAlertMessage><sr:FutureDatedAlertCode>8F66</sr:FutureDatedAlertCode>"
                                             "<sr:GBCSPayload>AAEC</sr:GBCSPayload><sr:InstructionNumber>1</sr:InstructionNumber>"
                                             "<sr:TotalCommandInstructions>1</sr:TotalCommandInstructions></sr:FutureDatedDeviceAlertMessage>"),
                       {"alert": "8F66"}),
            "device-alert": ("I0", "<sr:DeviceAlertMessage><sr:AlertCode>8F72</sr:AlertCode><sr:GBCSPayload>AAEC</sr:GBCSPayload>"
                                   "</sr:DeviceAlertMessage>", {"kind": "device-alert", "alert": "8F72"}),
            "delivery": ("I0", alert("N60", f"<sr:CSPFirmwareDeliveryStatus>{of}<sr:CommsHubDeviceID>00-DB-12-34-56-78-90-B0</sr:CommsHubDeviceID>"
                                            f"<sr:TargetDeviceID>{eui}</sr:TargetDeviceID>{version}<sr:TimeStamp>2026-11-20T09:00:00Z</sr:TimeStamp>"
                                            f"<sr:CommsHubTransferStatus>Failure</sr:CommsHubTransferStatus></sr:CSPFirmwareDeliveryStatus>"),
                         {"kind": "dcc-alert", "code": "N60", "about": METER, "hub": "00-DB-12-34-56-78-90-B0", "of": f"{US}:{DCC}:9",
                          "version": "ACDCACDC", "detail": "Failure"}),
            "distribution": ("I0", alert("N59", f"<sr:FirmwareDistributionFailure>{of}<sr:MeterIDs>{eui}</sr:MeterIDs>"
                                                f"</sr:FirmwareDistributionFailure>"), {"devices": [METER]}),
            "transfer": ("I0", alert("N62", f"<sr:CommsHubAlert><sr:CommsHubDeviceID>00-DB-12-34-56-78-90-B0</sr:CommsHubDeviceID>"
                                            f"<sr:AlertCode>8F89</sr:AlertCode><sr:FirmwareTransferAlert>{of}<sr:OtherDeviceID>{eui}</sr:OtherDeviceID>"
                                            f"{version}<sr:TransferResponseCode>HardwareVersionMismatch</sr:TransferResponseCode>"
                                            f"</sr:FirmwareTransferAlert></sr:CommsHubAlert>"),
                         {"alert": "8F89", "about": METER, "detail": "HardwareVersionMismatch"}),
            "quarantine": ("I0", alert("AD1", f"<sr:QuarantinedRequest><sr:ADUserThresholdBreach><sr:RequestID>{US}:{METER}:3</sr:RequestID>"
                                              f"<sr:QuarantineEventRef>77</sr:QuarantineEventRef></sr:ADUserThresholdBreach></sr:QuarantinedRequest>"),
                           {"of": f"{US}:{METER}:3", "detail": "ADUserThresholdBreach, event 77"}),
            "mismatch": ("I0", alert("N49", f"<sr:FirmwareVersionMismatch><sr:DeviceID>{eui}</sr:DeviceID><sr:DeviceType>ESME</sr:DeviceType>"
                                            f"<sr:FirmwareVersionSMI>1</sr:FirmwareVersionSMI><sr:FirmwareVersionDevice>00000002"
                                            f"</sr:FirmwareVersionDevice></sr:FirmwareVersionMismatch>"), {"about": METER, "version": "00000002"}),
            "supplier": ("I0", alert("N27", f"<sr:ChangeOfSupplier><sr:ChangeOfSupplierServiceRequestID>{DCC}:{METER}:5"
                                            f"</sr:ChangeOfSupplierServiceRequestID></sr:ChangeOfSupplier>"),
                         {"about": METER, "of": f"{DCC}:{METER}:5", "says": "another supplier"}),
            "supplier-2": ("I0", alert("N43", f"<sr:ChangeOfSupplier><sr:DeviceChangeOfSupplier><sr:DeviceID>{eui}</sr:DeviceID>"
                                              f"<sr:DeviceType>ESME</sr:DeviceType><sr:MPxNs><sr:ImportMPxN>1</sr:ImportMPxN></sr:MPxNs>"
                                              f"</sr:DeviceChangeOfSupplier></sr:ChangeOfSupplier>"), {"about": METER, "says": "another supplier"}),
            "supplier-3": ("I0", alert("N27", f"<sr:ChangeOfSupplier><sr:ChangeOfSupplierServiceRequestID>{DCC}:{METER}:5"
                                              f"</sr:ChangeOfSupplierServiceRequestID><sr:ECoSErrorCode>E12</sr:ECoSErrorCode></sr:ChangeOfSupplier>"),
                           {"says": None, "detail": "the change of supplier failed: E12"}),
            "status": ("I0", alert("N8", f"<sr:DeviceStatusChangeEvent><sr:DeviceID>{eui}</sr:DeviceID><sr:DeviceStatusChange>"
                                         f"<sr:DeviceSuspended/></sr:DeviceStatusChange></sr:DeviceStatusChangeEvent>"),
                       {"about": METER, "status": "Suspended"}),
            "hub": ("I0", alert("N65", f"<sr:CommsHubFirmwareActivation><sr:DeviceID>{eui}</sr:DeviceID>{version}</sr:CommsHubFirmwareActivation>"),
                    {"hub": METER, "version": "ACDCACDC"}),
            "failure": ("I0", alert("N12", f"<sr:CommandFailure><sr:CommandRequestID>{US}:{METER}:8</sr:CommandRequestID><sr:DeviceID>{eui}"
                                           f"</sr:DeviceID></sr:CommandFailure>"), {"about": METER, "of": f"{US}:{METER}:8"}),
            "ppmid": ("I0", alert("N39", f"<sr:PPMIDAlert><sr:DeviceID>{eui}</sr:DeviceID><sr:DeviceAlertCode>8F43</sr:DeviceAlertCode>"
                                         f"<sr:PPMIDFirmwareUpgradeAlert>{version}<sr:ActivateImageResultCode>ActivationSuccess"
                                         f"</sr:ActivateImageResultCode></sr:PPMIDFirmwareUpgradeAlert></sr:PPMIDAlert>"),
                      {"about": METER, "alert": "8F43", "version": "ACDCACDC", "detail": "ActivationSuccess"}),
            "other": ("I0", alert("N999", f"<sr:DUISVersionMismatch><sr:DCCAlertVersionMismatch><sr:DCCAlertCode>N66</sr:DCCAlertCode>"
                                          f"</sr:DCCAlertVersionMismatch><sr:ServiceUserDUISVersion>5.1</sr:ServiceUserDUISVersion>"
                                          f"</sr:DUISVersionMismatch>"), {"says": None, "detail": "DUISVersionMismatch"}),
        }
        paths = []
        for word, (code, body, want) in cases.items():
            with self.subTest(word):
                path = self.signed(f"{word}.xml", response(code, body))
                paths.append(path)
                said = self.verify(path)
                self.assertEqual(said["signature"]["result"], "good", said)
                self.assertEqual({k: said.get(k) for k in want}, want)
                self.assertEqual(said["request_id"], f"{US}:{METER}:7")
        self.validate(paths)
        with open(paths[0], encoding="utf-8") as f:
            changed = self.write("changed.xml", f.read().replace("2026-11-20", "2026-11-21", 1))
        self.assertEqual(self.verify(changed, status=1)["signature"]["result"], "bad")

    def test_trap_i0_is_not_success_and_the_words_say_so(self):
        for service, words in (("11.1", "no device has it yet"), ("11.4", "no device has it yet"), ("8.2", "I0: done, schema")):
            path = self.signed("i0.xml", response("I0", message(service, "")))
            self.assertIn(words, self.firpath("verify", path, "--certs", self.dcc_cert).decode())
        path = self.signed("i99.xml", response("I99", message("11.3", "")))
        self.assertIn("the answer comes later", self.firpath("verify", path, "--certs", self.dcc_cert).decode())

    def test_white_space_of_the_dcc_is_no_reason_to_refuse_it(self):
        path = self.signed("spaced.xml", response("I0", message("11.2", "<sr:GBCSPayload>AAEC</sr:GBCSPayload>"), "\n    "))
        said = self.verify(path)
        self.assertEqual((said["ok"], said["traps"]), (True, ["white-space"]))

    def test_trap_a_response_with_an_exclusive_transform_is_good_for_xmlsec1_and_not_for_us(self):
        path = self.signed("exclusive.xml", response("I0", message("11.2", "<sr:GBCSPayload>AAEC</sr:GBCSPayload>")),
                           '<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>')
        self.judge(path, self.dcc_cert)
        self.assertEqual(self.verify(path, status=1)["signature"]["result"], "bad")

    def test_the_samples_of_the_dcc_are_read(self):
        real = os.path.join(DATA, "samples/readfw-response.xml")
        said = json.loads(self.firpath("verify", real, "--json"))
        self.assertEqual((said["ok"], said["signature"]["result"], said["signature"]["digest_good"], said["gbcs"]["bytes"]),
                         (True, "not-looked-at", True, 93))
        self.assertEqual(self.verify(real, status=1)["signature"]["result"], "bad")  # the same issuer and number, another key
        refusal = self.verify(os.path.join(DATA, "samples/acknowledgement-error.xml"))
        self.assertEqual((refusal["code"], refusal["signature"]["result"]), ("E65", "unsigned"))
        image = self.verify(os.path.join(DATA, "samples/11.1_UPDATE_FIRMWARE_REQUEST_DUIS.XML"), status=1)["image"]
        self.assertEqual((image["manufacturer"], image["version"]), ("121D", "ACDCACDC"))
        self.assertEqual(image["manufacturer_image_sha256"].lower(), "7542f475e3f12eae887d81e32c46d313741d67076b13caec2f82e00ba5e1bb36")
        for f in sorted(os.listdir(os.path.join(DATA, "samples"))):
            if f.endswith(".XML"):
                said = self.verify(os.path.join(DATA, "samples", f), status=1)  # placeholders instead of a signature
                self.assertEqual((said["kind"], said["traps"]), ("request", ["white-space", "comments"]), f)

    def test_T20_a_document_type_is_refused(self):
        secret = self.write("secret", "secret")
        path = self.write("xxe.xml", f'<!DOCTYPE r [<!ENTITY x SYSTEM "file://{secret}">]><r>&x;</r>')
        self.assertIn(b"DOCTYPE", self.firpath("verify", path, status=1))


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""What a DCC says to firpathd, made without code of the product: certificates as the SMKI makes them (EUI-64 as a bit string in
x500UniqueIdentifier), documents in canonical form, signed with openssl.

    kit = Kit(folder)                                  # keys, certificates, users.json
    Service(conf={"dcc_users": kit.users, ...})
    text = kit.sign(kit.response(service="11.2"))      # as the DCC; signer="stranger" for another one
"""

import base64
import datetime
import hashlib
import json
import os
import subprocess

DCC, USER, OTHER, METER = 0x90B3D51F30000002, 0x90B3D51F30010000, 0x90B3D51F30020000, 0x00DB1234567890A0
SR, RA, DS = "http://www.dccinterface.co.uk/ServiceUserGateway", "http://www.dccinterface.co.uk/ResponseAndAlert", "http://www.w3.org/2000/09/xmldsig#"


def eui(n):
    return "-".join(f"{x:02X}" for x in n.to_bytes(8, "big"))


def openssl(*args, stdin=None):
    r = subprocess.run(["openssl", *args], input=stdin, capture_output=True, check=False)
    if r.returncode:
        raise RuntimeError(f"openssl {args}: {r.stderr.decode()}")
    return r.stdout


# ---- certificates ----

def der(tag, *parts):
    body = b"".join(parts)
    n = len(body)
    size = bytes([n]) if n < 128 else bytes([0x81, n]) if n < 256 else bytes([0x82, n >> 8, n & 255])
    return bytes([tag]) + size + body


def oid(*numbers):
    out = bytes([numbers[0] * 40 + numbers[1]])
    for n in numbers[2:]:
        part = [n & 127]
        while n > 127:
            n >>= 7
            part.insert(0, 128 | n & 127)
        out += bytes(part)
    return der(6, out)


CN, OU, UNIQUE = oid(2, 5, 4, 3), oid(2, 5, 4, 11), oid(2, 5, 4, 45)
ECDSA_SHA256 = der(0x30, oid(1, 2, 840, 10045, 4, 3, 2))


def name(*parts):
    return der(0x30, *(der(0x31, der(0x30, kind, value)) for kind, value in parts))


def utf8(text):
    return der(12, text.encode())


def moment(days):
    t = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
    return der(0x17, t.strftime("%y%m%d%H%M%SZ").encode())


def raw_signature(key, data):
    """r and s, 32 octets each"""
    d, out, at = openssl("dgst", "-sha256", "-sign", key, stdin=data), b"", 2
    for _ in range(2):
        n = d[at + 1]
        out += d[at + 2:at + 2 + n].lstrip(b"\0").rjust(32, b"\0")
        at += 2 + n
    return out


class Kit:
    def __init__(self, folder, users=None):
        self.folder, self.serials = folder, {}
        os.makedirs(folder, exist_ok=True)
        for number, (who, unit, device) in enumerate([("dcc", "89", DCC), ("xml", "87", USER), ("command", "02", USER), ("stranger", "89", DCC),
                                                      ("user2", "87", OTHER)]):
            self.certificate(who, unit, device, 1000 + number)
        self.users = self.path("users.json")
        self.write_users(users)

    def path(self, what):
        return os.path.join(self.folder, what)

    def certificate(self, who, unit, device, serial, days=(-1, 300)):
        key = self.path(who + ".key")
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key)
        os.chmod(key, 0o600)
        public = openssl("pkey", "-in", key, "-pubout", "-outform", "DER")
        unique = der(3, b"\0" + device.to_bytes(8, "big"))
        tbs = der(0x30, der(0xA0, der(2, b"\2")), der(2, serial.to_bytes(serial.bit_length() // 8 + 1, "big")), ECDSA_SHA256, name((OU, utf8("07")), (CN, utf8("Z1"))),
                  der(0x30, moment(days[0]), moment(days[1])), name((OU, utf8(unit)), (CN, utf8(who)), (UNIQUE, unique)), public)
        signature = openssl("dgst", "-sha256", "-sign", key, stdin=tbs)
        whole = der(0x30, tbs, ECDSA_SHA256, der(3, b"\0" + signature))
        with open(self.path(who + ".pem"), "wb") as f:
            f.write(b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(whole) + b"-----END CERTIFICATE-----\n")
        self.serials[who] = serial

    def write_users(self, users=None):
        one = {"organisation": "", "eui": eui(USER), "roles": ["IS", "GS"], "xml_key": "xml.key", "xml_certificate": "xml.pem",
               "command_key": "command.key", "command_certificate": "command.pem"}
        with open(self.users, "w", encoding="ascii") as f:
            json.dump({"dcc": {"eui": eui(DCC), "certificates": ["dcc.pem"]}, "users": [one] if users is None else users}, f)

    # ---- documents, canonical from the start ----

    def document(self, header, body, schema="5.4"):
        return (f'<sr:Response xmlns:ra="{RA}" xmlns:sr="{SR}" schemaVersion="{schema}"><sr:Header>{header}</sr:Header>'
                f"<sr:Body>{body}</sr:Body></sr:Response>")

    def when(self, seconds=0):
        t = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
        return t.strftime("%Y-%m-%dT%H:%M:%S.") + f"{t.microsecond // 1000:03d}Z"

    def response(self, counter=1, user=USER, target=METER, code="I0", at=0, service="11.2", inside=""):
        return self.document(
            f"<sr:RequestID>{eui(user)}:{eui(target)}:{counter}</sr:RequestID><sr:ResponseID>{eui(target)}:{eui(user)}:{counter}</sr:ResponseID>"
            f"<sr:ResponseCode>{code}</sr:ResponseCode><sr:ResponseDateTime>{self.when(at)}</sr:ResponseDateTime>",
            f"<sr:ResponseMessage><sr:ServiceReference>{service}</sr:ServiceReference><sr:ServiceReferenceVariant>{service}"
            f"</sr:ServiceReferenceVariant>{inside}</sr:ResponseMessage>")

    def device_alert(self, alert, payload, counter=1, user=USER, device=METER, at=0):
        return self.document(
            f"<sr:ResponseID>{eui(device)}:{eui(user)}:{counter}</sr:ResponseID><sr:ResponseCode>I0</sr:ResponseCode>"
            f"<sr:ResponseDateTime>{self.when(at)}</sr:ResponseDateTime>",
            f"<sr:DeviceAlertMessage><sr:AlertCode>{alert}</sr:AlertCode><sr:GBCSPayload>{base64.b64encode(payload).decode()}</sr:GBCSPayload>"
            "</sr:DeviceAlertMessage>")

    def sign(self, text, signer="dcc", uri="", digest=None):
        digest = digest or base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        info = ('<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:CanonicalizationMethod>'
                '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"></ds:SignatureMethod>'
                f'<ds:Reference URI="{uri}"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature">'
                '</ds:Transform></ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod>'
                f"<ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>")
        value = base64.b64encode(raw_signature(self.path(signer + ".key"), f'<ds:SignedInfo xmlns:ds="{DS}">{info}'.encode())).decode()
        signature = (f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo>{info}<ds:SignatureValue>{value}</ds:SignatureValue><ds:KeyInfo><ds:X509Data>'
                     f"<ds:X509IssuerSerial><ds:X509IssuerName>CN=Z1,OU=07</ds:X509IssuerName><ds:X509SerialNumber>{self.serials[signer]}"
                     "</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data></ds:KeyInfo></ds:Signature>")
        at = text.rindex("</")
        return text[:at] + signature + text[at:]

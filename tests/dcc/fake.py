# SPDX-License-Identifier: Apache-2.0
"""The played DCC (contrib/fake-dcc) for tests: keys and certificates as the SMKI makes them, its file, its control port, and a
little client of its own that signs requests with openssl (no code of the product)."""

import base64
import hashlib
import http.client
import json
import os
import re
import struct
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "api"))

from smki import make_pair  # noqa: E402  pylint: disable=wrong-import-position

BUILD = os.environ.get("FIRPATH_BUILD", os.getcwd())
ROOT = os.path.dirname(os.path.dirname(HERE))
DATA = os.path.join(os.environ.get("FIRPATH_SHARED_DATA") or os.path.join(ROOT, "../shared/data"), "duis")
XSD = os.path.join(DATA, "duis-5.4.xsd")
DCC = 0x90B3D51F30000002
USER, OTHER = 0x90B3D51F30010000, 0x90B3D51F30020000
DS = "http://www.w3.org/2000/09/xmldsig#"


def eui(n):
    return "-".join(f"{x:02X}" for x in n.to_bytes(8, "big"))


def openssl(*args, stdin=None):
    r = subprocess.run(["openssl", *args], input=stdin, capture_output=True, check=False)
    if r.returncode:
        raise RuntimeError(f"openssl {args}: {r.stderr.decode()}")
    return r.stdout


class Keys:
    """Certificates under an authority "CN=Z1,OU=07", each with the unit of its use and the EUI in x500UniqueIdentifier."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        self.serials = {}
        for name, unit, who in (("user-xml", "87", USER), ("user-command", "02", USER), ("other-xml", "87", OTHER),
                                ("other-command", "02", OTHER), ("dsp", "89", DCC), ("forger", "89", DCC), ("stranger", "87", USER)):
            self.serials[name] = int.from_bytes(os.urandom(16), "big") >> 1 | 1 << 126
            make_pair(folder, name, unit, eui(who), self.serials[name])

    def path(self, name):
        return os.path.join(self.folder, name)

    def serial(self, name):
        return self.serials[name]

    def raw(self, name, data):
        """r and s"""
        der = openssl("dgst", "-sha256", "-sign", self.path(name + ".key"), stdin=data)
        out, at = b"", 2
        for _ in range(2):
            n = der[at + 1]
            out += der[at + 2:at + 2 + n].lstrip(b"\0").rjust(32, b"\0")
            at += 2 + n
        return out


def ota(version, manufacturer=0x1081, kind=0x00A1, hw=(0x0102, 0x0102), body=b"image", trailer=None, total=None):
    """An OTA file; trailer: the signature (64 octets), None = none. hw: version and revision, None = no limits."""
    length = 60 if hw else 56
    size = length + len(body) + (66 if trailer is not None else 0)
    head = struct.pack("<IHHHHHIH32sI", 0x0BEEF11E, 0x0100, length, 4 if hw else 0, manufacturer, kind, version, 2, b"An example image",
                       total or size)
    for x in hw or ():
        head += bytes([x & 0xFF, x >> 8])  # the revision's octet first
    return head + body + (b"\0\x40" + trailer if trailer is not None else b"")


class Client:
    """A user of the DCC: makes requests in canonical form, signs and posts them."""

    def __init__(self, keys, address, name="user", user=USER):
        self.keys, self.address, self.name, self.user = keys, address, name, user
        self.counter = 1000

    def document(self, service, variant, target, body, counter=None, signer=None, tamper=lambda x: x, pretty=False, schema="5.4"):
        if counter is None:
            self.counter += 1
            counter = self.counter
        signer = signer or self.name + "-xml"
        inside = (f"<sr:Header><sr:RequestID>{eui(self.user)}:{eui(target)}:{counter}</sr:RequestID><sr:CommandVariant>{variant}</sr:CommandVariant>"
                  f"<sr:ServiceReference>{service}</sr:ServiceReference><sr:ServiceReferenceVariant>{service}</sr:ServiceReferenceVariant>"
                  f"</sr:Header><sr:Body>{body}</sr:Body>")
        begin = f'<sr:Request xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway" schemaVersion="{schema}">'
        if pretty:
            inside = inside.replace("><sr:Body", ">\n  <sr:Body")
        digest = base64.b64encode(hashlib.sha256((begin + inside + "</sr:Request>").encode()).digest()).decode()
        info = ("<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:CanonicalizationMethod>"
                "<ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256\"></ds:SignatureMethod>"
                "<ds:Reference URI=\"\"><ds:Transforms><ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\">"
                "</ds:Transform></ds:Transforms><ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod>"
                f"<ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>")
        value = base64.b64encode(self.keys.raw(signer, f'<ds:SignedInfo xmlns:ds="{DS}">{info}'.encode())).decode()
        return tamper(f'{begin}{inside}<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo>{info}<ds:SignatureValue>{value}</ds:SignatureValue><ds:KeyInfo>'
                      f"<ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>CN=Z1,OU=07</ds:X509IssuerName><ds:X509SerialNumber>"
                      f"{self.keys.serial(signer)}</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data></ds:KeyInfo></ds:Signature></sr:Request>")

    def post(self, door, text, timeout=10):
        host, port = self.address.split(":")
        c = http.client.HTTPConnection(host, int(port), timeout=timeout)
        try:
            c.request("POST", f"/api/v1/service{door}", text.encode(), {"Content-Type": "application/xml"})
            r = c.getresponse()
            return r.status, r.read().decode()
        finally:
            c.close()

    def ask(self, door, service, variant, target, body, **kw):
        """(code, text of the answer)"""
        status, text = self.post(door, self.document(service, variant, target, body, **kw))
        m = re.search(r"<sr:ResponseCode>(\w+)<", text)
        return (m.group(1) if m else status), text

    def push(self, image, version, devices, service="11.1", **kw):
        name = "UpdateFirmware" if service == "11.1" else "UpdatePPMIDFirmware"
        return self.ask("D", service, 8, DCC, f"<sr:{name}><sr:FirmwareImage>{base64.b64encode(image).decode()}</sr:FirmwareImage>"
                        f"<sr:FirmwareVersion>{version:08X}</sr:FirmwareVersion><sr:DeviceIDList>{','.join(map(eui, devices))}</sr:DeviceIDList></sr:{name}>", **kw)

    def transform(self, device, sha, when="", **kw):
        when = f"<sr:ExecutionDateTime>{when}</sr:ExecutionDateTime>" if when else ""
        code, text = self.ask("T", "11.3", 4, device, f"<sr:ActivateFirmware>{when}<sr:FirmwareHash>{sha.hex().upper()}</sr:FirmwareHash></sr:ActivateFirmware>", **kw)
        m = re.search("<sr:GBCSPayload>(.*?)<", text)
        return code, base64.b64decode(m.group(1)) if m else text

    def sign_command(self, payload, name=None):
        body = payload[:-1] if payload[-1] == 0 else payload
        return body + b"\x40" + self.keys.raw(name or self.name + "-command", body[1:])

    def send(self, device, payload, **kw):
        return self.ask("S", "11.3", 5, device, f"<sr:SignedPreCommand><sr:GBCSPayload>{base64.b64encode(payload).decode()}</sr:GBCSPayload></sr:SignedPreCommand>",
                        counter=kw.pop("counter", self.counter), **kw)

    def activate(self, device, sha, when=""):
        code, payload = self.transform(device, sha, when)
        return self.send(device, self.sign_command(payload)) if code == "I0" else (code, payload)

    def read(self, device, **kw):
        return self.ask("S", "11.2", 1, device, "<sr:ReadFirmwareVersion></sr:ReadFirmwareVersion>", **kw)

    def inventory(self, device):
        return self.ask("D", "8.2", 8, DCC, f"<sr:ReadInventory><sr:DeviceID>{eui(device)}</sr:DeviceID></sr:ReadInventory>")


class Endpoint:
    """Where a user takes asynchronous messages, for tests without firpathd."""

    def __init__(self):
        self.messages, self.status, self.lock = [], 204, threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                with outer.lock:
                    status = outer.status
                    if status == 204:
                        outer.messages.append(body)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Fake:
    """The process."""

    def __init__(self, folder, lines, name="dcc"):
        self.folder = os.path.join(folder, name + ".log")
        os.makedirs(self.folder, exist_ok=True)
        self.file = os.path.join(folder, name + ".conf")
        self.err_path = os.path.join(folder, name + ".err")
        with open(self.file, "w", encoding="ascii") as f:
            f.write("\n".join(lines) + "\n")
        with open(self.err_path, "ab") as err:
            self.process = subprocess.Popen([os.path.join(BUILD, "firpath-fakedcc"), self.file], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                            stderr=err, text=True)
        said = self.process.stdout.readline().split()
        if not said:
            raise RuntimeError("the fake DCC did not start: " + self.err())
        self.address, self.control = said[1], said[2]

    def err(self):
        with open(self.err_path, encoding="utf-8") as f:
            return f.read()

    def close(self):
        if self.process:
            self.process.terminate()
            self.process.wait(20)
            self.process.stdout.close()
            self.process = None

    def call(self, method, path, body=None):
        host, port = self.control.split(":")
        c = http.client.HTTPConnection(host, int(port), timeout=30)
        try:
            c.request(method, path, json.dumps(body) if body is not None else None)
            r = c.getresponse()
            got = json.loads(r.read())
        finally:
            c.close()
        if "error" in got:
            raise AssertionError(f"{method} {path} {body}: {got['error']}")
        return got

    def totals(self):
        return self.call("GET", "/totals")

    def sins(self):
        return self.totals()["sins"]

    def meter(self, device):
        return self.call("GET", "/meters/" + (device if isinstance(device, str) else eui(device)))

    def fault(self, word, *devices, times=1, arg=0, rate=None):
        body = {"word": word, "times": times, "arg": arg}
        if rate is not None:
            body["rate"] = rate
        elif devices:
            body["euis"] = [d if isinstance(d, str) else eui(d) for d in devices]
        self.call("POST", "/faults", body)

    def do(self, order, device=None, **more):
        if device is not None:
            more["eui"] = device if isinstance(device, str) else eui(device)
        return self.call("POST", "/do", {"do": order, **more})

    def documents(self, *kinds):
        """Paths of logged documents of these kinds (D, S, T, answer, message), in order."""
        return [os.path.join(self.folder, n) for n in sorted(os.listdir(self.folder)) if re.sub(r"^\d+-|\.xml$", "", n) in kinds]


def text_of(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def valid(paths):
    """xmllint's complaints about documents; none: all are DUIS."""
    out = []
    for i in range(0, len(paths), 200):
        r = subprocess.run(["xmllint", "--noout", "--huge", "--schema", XSD, *paths[i:i + 200]], capture_output=True, text=True, check=False)
        if r.returncode:
            out.append("\n".join(x for x in r.stderr.splitlines() if not x.endswith(" validates"))[:3000])
    return out


def verified(paths, cert):
    """xmlsec1's complaints about signatures."""
    out = []
    for p in paths:
        r = subprocess.run(["xmlsec1", "--verify", "--enabled-key-data", "key-name,x509", "--pubkey-cert-pem", cert, p], capture_output=True, text=True,
                           check=False)
        if r.returncode:
            out.append((p, r.stderr[-500:]))
    return out

# SPDX-License-Identifier: Apache-2.0
"""Certificates as the SMKI has them, as DER by hand: OpenSSL's command cannot write x500UniqueIdentifier as a BIT STRING."""

import os
import subprocess


def der(tag, *parts):
    body = b"".join(parts)
    n = len(body)
    size = bytes([n]) if n < 128 else bytes([0x81, n]) if n < 256 else bytes([0x82, n >> 8, n & 255])
    return bytes([tag]) + size + body


def oid(text):
    first, second, *rest = map(int, text.split("."))
    out = bytes([40 * first + second])
    for n in rest:
        septets = [n & 127]
        while n > 127:
            n >>= 7
            septets.insert(0, n & 127 | 128)
        out += bytes(septets)
    return der(6, out)


def name(*pairs):
    return der(0x30, *(der(0x31, der(0x30, oid(kind), value)) for kind, value in pairs))


def utf8(text):
    return der(12, text.encode())


def command(*args, data=None):
    return subprocess.run(args, input=data, capture_output=True, timeout=60, check=True).stdout


def make_pair(folder, word, ou, eui, serial):
    """A key and a certificate that says it is of Z1."""
    key, cert = os.path.join(folder, word + ".key"), os.path.join(folder, word + ".pem")
    with open(key, "wb", opener=lambda p, f: os.open(p, f, 0o600)) as f:
        f.write(command("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"))
    algorithm = der(0x30, oid("1.2.840.10045.4.3.2"))
    subject = name(("2.5.4.3", utf8(word)), ("2.5.4.11", utf8(ou)),
                   ("2.5.4.45", der(3, b"\0" + bytes.fromhex(eui.replace("-", "")))))
    raw = serial.to_bytes(serial.bit_length() // 8 + 1, "big")
    tbs = der(0x30, der(0xA0, der(2, b"\2")), der(2, raw), algorithm,
              name(("2.5.4.11", utf8("07")), ("2.5.4.3", utf8("Z1"))),
              der(0x30, der(23, b"250101000000Z"), der(23, b"450101000000Z")), subject,
              command("openssl", "pkey", "-in", key, "-pubout", "-outform", "DER"))
    unsigned = os.path.join(folder, "tbs")
    with open(unsigned, "wb") as f:
        f.write(tbs)
    signature = command("openssl", "dgst", "-sha256", "-sign", key, unsigned)
    whole = der(0x30, tbs, algorithm, der(3, b"\0", signature))
    with open(cert, "wb") as f:
        f.write(command("openssl", "x509", "-inform", "DER", data=whole))
    return key, cert

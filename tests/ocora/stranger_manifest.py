# SPDX-License-Identifier: Apache-2.0
"""Manifests, written from OCORA-TWS15-060 and the repository's documents only: canonical form, signatures (by the openssl
program), configuration hashes. It shares no code with the product, so that agreeing with it means agreeing with the text.

Signature: over the RFC 8785 form of the item without its own `Signature`, RSASSA-PKCS1-v1_5 with SHA-256, in hex.
Configuration hash: SHA-256 of the RFC 8785 form with its Signature, upper hex."""

import hashlib
import json
import os
import subprocess
import tempfile

SIGNED = ("Vehicle", "System", "Building Block")


def openssl(*args, data=b""):
    r = subprocess.run(["openssl", *args], input=data, capture_output=True, check=False, timeout=30)
    if r.returncode:
        raise RuntimeError(f"openssl {args[0]}: {r.stderr.decode()}")
    return r.stdout


class Key:
    """A key pair in two files: NAME.key, NAME.pem."""

    def __init__(self, folder, name, kind="PKCS#1"):
        self.name = name
        self.kind = kind
        self.path = os.path.join(folder, name + ".key")
        if not os.path.exists(self.path):
            algorithm = ["-algorithm", "ED25519"] if kind == "Ed25519" else ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]
            openssl("genpkey", *algorithm, "-out", self.path)
        self.public = openssl("pkey", "-in", self.path, "-pubout").decode()

    def sign(self, data):
        if self.kind == "PKCS#1":
            return openssl("dgst", "-sha256", "-sign", self.path, data=data).hex().upper()
        with tempfile.NamedTemporaryFile() as f:
            f.write(data)
            f.flush()
            return openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.path, "-in", f.name).hex().upper()


def signature_is_of(public_pem, kind, signature, data):
    """Did the owner of this public key sign these bytes?"""
    with tempfile.TemporaryDirectory() as d:
        for name, content in (("pub", public_pem.encode()), ("sig", bytes.fromhex(signature)), ("data", data)):
            with open(os.path.join(d, name), "wb") as f:
                f.write(content)
        if kind == "PKCS#1":
            args = ["dgst", "-sha256", "-verify", d + "/pub", "-signature", d + "/sig", d + "/data"]
        else:
            args = ["pkeyutl", "-verify", "-pubin", "-rawin", "-inkey", d + "/pub", "-sigfile", d + "/sig", "-in", d + "/data"]
        return subprocess.run(["openssl", *args], capture_output=True, check=False, timeout=30).returncode == 0


def canonical(value):
    """RFC 8785, for what Manifests hold: objects, lists, texts, true, false, null, whole numbers."""
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda m: m[0].encode("utf-16-be"))
        return b"{" + b",".join(canonical(k) + b":" + canonical(v) for k, v in members) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(canonical(v) for v in value) + b"]"
    if isinstance(value, float):
        raise ValueError("a Manifest holds no such number")
    return json.dumps(value, ensure_ascii=False).encode()


def without_signature(item):
    return {k: v for k, v in item.items() if k != "Signature"}


def sign(item, key):
    """Signs this item as it is now; its subordinate items first, please."""
    if key.kind != "PKCS#1":
        item["Signature Type"] = key.kind
    item["Signature"] = key.sign(canonical(without_signature(item)))
    return item


def signed_by(item, public_pem):
    return signature_is_of(public_pem, item.get("Signature Type", "PKCS#1"), item.get("Signature", ""),
                           canonical(without_signature(item)))


def config_hash(item):
    return hashlib.sha256(canonical(item)).hexdigest().upper()


def trust(entities):
    """The text of a trust.json; entities: (name, roles, keys)."""
    return json.dumps({"entities": [{"name": name, "roles": roles, "since": "2020-01-01", "until": "2099-12-31",
                                     "keys": [{"pem": k.public} for k in keys]} for name, roles, keys in entities]}, indent=1)

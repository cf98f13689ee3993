#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Releases of charger firmware: nothing gets into the catalogue that was not verified from the files themselves; sets; images for
stations by addresses that are their own permission. The certificates are made here with openssl, once for all tests."""

import base64
import hashlib
import hmac
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
import unittest
from urllib.parse import quote

from service import BUILD, Service, sha
from test_http_openapi import Schema, load

IMAGE = b"firmware of a charger\n" * 5000


def openssl(folder, *args, data=None):
    return subprocess.run(["openssl", *args], cwd=folder, input=data, check=True, capture_output=True).stdout


class Authority:
    """Roots, signers and signatures; each is made once."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="firpath-ca-", dir=os.environ.get("TMPDIR", "/tmp"))
        with open(self.at("sign.cnf"), "w", encoding="ascii") as f:
            f.write("basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\n"
                    "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
        for name in ("root", "stranger"):
            openssl(self.folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                    name + ".key", "-out", name + ".pem", "-days", "3650", "-subj", f"/O=Example/CN=Example {name}",
                    "-addext", "keyUsage=critical,keyCertSign")
        self.leaf("rsa", "root", "rsa:2048")
        for name, root in (("p256", "root"), ("foreign", "stranger")):
            self.leaf(name, root, "ec", "-pkeyopt", "ec_paramgen_curve:P-256")
        self.leaf("p384", "root", "ec", "-pkeyopt", "ec_paramgen_curve:P-384")
        for name, more in (("web", "keyUsage=digitalSignature\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n"),
                           ("code", "keyUsage=digitalSignature\nextendedKeyUsage=codeSigning\nbasicConstraints=CA:FALSE\n"),
                           ("authority", "keyUsage=critical,digitalSignature,keyCertSign\nbasicConstraints=critical,CA:TRUE\n")):
            with open(self.at(name + ".cnf"), "w", encoding="ascii") as f:
                f.write(more + "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
            self.leaf(name, "root", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", extensions=name + ".cnf")
        self.leaf("weak", "root", "rsa:1024")
        self.leaf("expired", "root", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", days="-1")

    def at(self, name):
        return os.path.join(self.folder, name)

    def leaf(self, name, root, kind, *more, days="3650", extensions="sign.cnf"):
        openssl(self.folder, "req", "-newkey", kind, *more, "-nodes", "-keyout", name + ".key", "-out", name + ".csr", "-subj",
                f"/O=Example/CN=Example {name}")
        if days == "-1":
            # `x509 -req` takes no past; `ca` does.
            for file, text in (("index.txt", ""), ("serial", "01\n")):
                with open(self.at(file), "w", encoding="ascii") as f:
                    f.write(text)
            with open(self.at("ca.cnf"), "w", encoding="ascii") as f:
                f.write("[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\n"
                        "unique_subject=no\n[p]\norganizationName=supplied\ncommonName=supplied\n")
            openssl(self.folder, "ca", "-batch", "-config", "ca.cnf", "-cert", root + ".pem", "-keyfile", root + ".key", "-in",
                    name + ".csr", "-out", name + ".pem", "-notext", "-startdate", "20200101000000Z", "-enddate",
                    "20210101000000Z", "-extfile", "sign.cnf")
        else:
            openssl(self.folder, "x509", "-req", "-in", name + ".csr", "-CA", root + ".pem", "-CAkey", root + ".key",
                    "-CAcreateserial", "-days", days, "-extfile", extensions, "-out", name + ".pem")

    def signature(self, who, how, data=IMAGE, role="Manufacturer"):
        options = {"RSA-PSS-SHA256": ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"]}.get(how, [])
        made = openssl(self.folder, "dgst", "-sha256", "-sign", who + ".key", *options, data=data)
        with open(self.at(who + ".pem"), encoding="ascii") as f:
            pem = f.read()
        return {"signer": who, "role": role, "algorithm": how, "value": base64.b64encode(made).decode(), "certificate": pem}


def cyclonedx(version, parts=(("openssl", "3.0.15"), ("zlib", "1.3"))):
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "metadata": {"component": {"type": "firmware", "name": "main", "version": version}},
            "components": [{"type": "library", "name": n, "version": v, "purl": f"pkg:generic/{n}@{v}",
                            "licenses": [{"license": {"id": "Apache-2.0"}}]} for n, v in parts]}


def spdx(version):
    return {"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "main", "documentDescribes": ["SPDXRef-main"],
            "packages": [{"SPDXID": "SPDXRef-main", "name": "main", "versionInfo": version, "licenseConcluded": "NOASSERTION"},
                         {"SPDXID": "SPDXRef-x", "name": "busybox", "versionInfo": "1.36.1", "licenseConcluded": "GPL-2.0-only",
                          "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                                            "referenceLocator": "pkg:generic/busybox@1.36.1"}]}]}


class Kit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.ca = Authority()
        cls.addClassCleanup(shutil.rmtree, cls.ca.folder)
        cls.s = Service(conf={"write_burst": 100000, "write_rate": 100000, "ocpp_firmware_roots": cls.ca.at("root.pem")})
        cls.addClassCleanup(cls.s.close)
        cls.s.people()
        cls.editor, cls.approver = cls.s.as_role("editor"), cls.s.as_role("approver")
        cls.doc = load()
        cls.schema = Schema(cls.doc)
        cls.number = 0

    def check(self, r, path, method="get", status="200"):
        """The answer is as described."""
        self.assertEqual(str(r.status), status, r.body)
        response = self.schema.resolve(self.doc["paths"][path][method]["responses"][status])
        media = r.headers["Content-Type"].split(";")[0]
        self.assertEqual(self.schema.errors(r.json(), response["content"][media]["schema"]), [])
        return r.json()

    def cli(self, *args, code=0):
        """As the editor."""
        env = {**os.environ, "FIRPATH_TOKEN": self.s.tokens["editor"], "FIRPATH_SERVER": f"http://127.0.0.1:{self.s.port}"}
        r = subprocess.run([os.path.join(BUILD, "firpath"), *args], capture_output=True, text=True, timeout=60, env=env, check=False)
        self.assertEqual(r.returncode, code, r.stderr)
        return r.stdout

    def document(self, **more):
        type(self).number += 1
        d = {"vendor": "ACME", "model": "Wall Box", "component": "main", "version": f"1.{self.number}.0", "hash": sha(IMAGE),
             "role": "ChargingControl", "legal_status": "Unregulated", **more}
        return {k: v for k, v in d.items() if v is not None}

    def add(self, who=None, **more):
        d = self.document(**more)
        r = (who or self.editor).post("/v1/releases", d)
        out = self.check(r, "/v1/releases", "post", "201")
        self.assertEqual(r.headers["Location"], f"/v1/releases/{out['release']}")
        return out

    def complete(self, r, data=IMAGE, sbom=cyclonedx, who=None):
        who = who or self.editor
        self.assertIn(who.post(f"/v1/releases/{r['release']}/image", data, "application/octet-stream", method="PUT").status, (200, 201))
        if sbom:
            self.check(who.post(f"/v1/releases/{r['release']}/sbom", sbom(r["version"]), method="PUT"), "/v1/releases/{id}/sbom", "put")
        return r

    def publish(self, r, who=None):
        return (who or self.editor).post(f"/v1/releases/{r['release']}/publish")

    def published(self, data=IMAGE, **more):
        more.setdefault("unsigned", {"reason": "a test"})
        r = self.complete(self.add(hash=sha(data), **more), data)
        return self.check(self.publish(r), "/v1/releases/{id}/publish", "post")

    def refused(self, r, *words):
        answer = self.publish(r)
        self.assertEqual(answer.status, 409, answer)
        self.assertEqual(answer.json()["code"], "release-refused")
        for word in words:
            self.assertIn(word, answer.json()["detail"])
        self.assertEqual(len(answer.json()["errors"]), len(words), answer.json()["errors"])
        state = self.editor.get(f"/v1/releases/{r['release']}").json()["state"]
        self.assertIn(state, ("draft", "approved"))
        self.assertEqual(self.editor.get("/v1/entries/" + quote(r["entry"], safe="")).status, 404)


class Publishing(Kit):
    def test_feature_9_a_signed_release_is_verified_and_becomes_an_entry(self):
        for who, how in (("rsa", "RSA-PSS-SHA256"), ("rsa", "RSA-PKCS1-SHA256"), ("p256", "ECDSA-SHA256"), ("p384", "ECDSA-SHA256")):
            with self.subTest(who=who, how=how):
                r = self.complete(self.add(signatures=[self.ca.signature(who, how), self.ca.signature("p256", "ECDSA-SHA256", role="Certifier")]))
                out = self.check(self.publish(r), "/v1/releases/{id}/publish", "post")
                self.assertEqual(out["state"], "published")
                self.assertTrue(all(c["good"] for c in out["report"]["checks"]))
                self.assertEqual(out["md5"], hashlib.md5(IMAGE).hexdigest())
                e = self.s.get("/v1/entries/" + quote(r["entry"], safe="")).json()
                self.assertEqual((e["entry"], e["hash"], e["scheme"]), (r["entry"], sha(IMAGE), "ocpp"))
        hits = self.editor.get("/v1/entries?q=Wall").json()["entries"]
        self.assertTrue(any(e["entry"].startswith("ocpp:ACME/Wall%20Box/main@") for e in hits), hits)

    def test_a_tampered_image_is_refused_when_it_comes_and_when_it_is_published(self):
        r = self.add(unsigned={"reason": "a test"}, hash=sha(IMAGE + b"y"))
        answer = self.editor.post(f"/v1/releases/{r['release']}/image", IMAGE + b"x", "application/octet-stream", method="PUT")
        self.assertEqual(answer.status, 422, answer)
        self.assertEqual(answer.json()["code"], "image-refused")
        self.refused(r, "image: it has not arrived", "sbom: there is no")
        data = b"another image\n" * 100
        r = self.complete(self.add(unsigned={"reason": "a test"}, hash=sha(data)), data)
        with open(os.path.join(self.s.folder, "images", sha(data)), "r+b") as f:
            f.write(b"A")
        self.refused(r, "image: the stored file is not what its hash says")
        self.complete(r, data)  # sending it again repairs it
        self.assertEqual(self.publish(r).status, 200)

    def test_a_signature_of_something_else_is_refused(self):
        bad = self.ca.signature("p256", "ECDSA-SHA256", data=b"something else")
        self.refused(self.complete(self.add(signatures=[bad])), "signature 1: it is not the signature of this file")
        good = self.ca.signature("rsa", "RSA-PSS-SHA256")
        self.refused(self.complete(self.add(signatures=[{**good, "algorithm": "ECDSA-SHA256"}])), "is not one for ECDSA-SHA256")
        self.refused(self.complete(self.add(signatures=[{**good, "algorithm": "RSA-PKCS1-SHA256"}])), "it is not the signature")
        self.refused(self.complete(self.add(signatures=[{**good, "value": "????"}])), "is no base64")
        self.refused(self.complete(self.add(signatures=[good, bad])), "signature 2: it is not the signature")

    def test_a_certificate_of_a_stranger_an_expired_and_a_weak_one_are_refused(self):
        for who, how, words in (("foreign", "ECDSA-SHA256", "certificate 1: unable to get local issuer"),
                                ("expired", "ECDSA-SHA256", "certificate 1: certificate has expired"),
                                ("web", "ECDSA-SHA256", "certificate 1: its extended key usage does not name code signing"),
                                ("authority", "ECDSA-SHA256", "certificate 1: it is the certificate of an authority"),
                                ("weak", "RSA-PKCS1-SHA256", "1024 bits")):
            with self.subTest(who=who):
                self.refused(self.complete(self.add(signatures=[self.ca.signature(who, how)])), words)
        two = self.ca.signature("p256", "ECDSA-SHA256")
        with open(self.ca.at("root.pem"), encoding="ascii") as f:
            two["certificate"] += f.read()
        self.refused(self.complete(self.add(signatures=[two])), "not one certificate")
        none = self.ca.signature("p256", "ECDSA-SHA256")
        del none["certificate"]
        self.refused(self.complete(self.add(signatures=[none])), "does not hold the certificate")

    def test_a_certificate_for_code_signing_counts(self):
        release = self.complete(self.add(signatures=[self.ca.signature("code", "ECDSA-SHA256")]))
        self.assertEqual(self.publish(release).status, 200)

    def test_one_error_names_every_failing_check(self):
        bad = self.ca.signature("foreign", "ECDSA-SHA256", data=b"something else")
        r = self.add(signatures=[bad], legal_status="Regulated")
        self.complete(r, sbom=lambda v: cyclonedx("9.9"))
        self.refused(r, "certificate 1:", "signature 1:", "sbom: it is about 'main' version '9.9'", "type-certificate:", "approval:")

    def test_unsigned_needs_a_reason(self):
        self.refused(self.complete(self.add()), "signed: it has no signature and no reason")

    def test_what_does_not_fit_into_a_request_of_ocpp_is_refused(self):
        good = self.ca.signature("p256", "ECDSA-SHA256")
        long = {**good, "certificate": good["certificate"] + "\n" * 5500}
        self.refused(self.complete(self.add(signatures=[long])), "OCPP takes 5500")

    def test_a_release_stands_once_and_its_version_is_spent_when_it_is_withdrawn(self):
        r = self.published()
        again = self.document(version=r["version"])
        self.assertEqual(self.editor.post("/v1/releases", again).status, 409)
        self.assertEqual(self.editor.post(f"/v1/releases/{r['release']}/withdraw", {}).status, 400)
        out = self.check(self.editor.post(f"/v1/releases/{r['release']}/withdraw", {"message": "It bricks the meter board.", "reference": "https://example.com/a"}),
                         "/v1/releases/{id}/withdraw", "post")
        self.assertEqual(out["state"], "withdrawn")
        answer = self.editor.post("/v1/releases", again)
        self.assertEqual(answer.status, 409)
        self.assertIn("another version", answer.json()["detail"])
        self.assertEqual(self.publish(r).status, 409)
        self.assertEqual(self.editor.post(f"/v1/releases/{r['release']}/image", IMAGE, "application/octet-stream", method="PUT").status, 409)


class Deciding(Kit):
    REGULATED = {"legal_status": "Regulated", "classification": ["EU-MID"], "unsigned": {"reason": "a test"},
                 "certificate": {"number": "DE-21-M-PTB-0042", "issuer": "Example body", "issued_on": "2026-05-01"}}

    def test_feature_22_a_regulated_release_needs_the_approval_of_a_second_person(self):
        r = self.complete(self.add(**self.REGULATED))
        self.refused(r, "approval: a regulated component needs")
        answer = self.approver.post(f"/v1/releases/{r['release']}/approve", {"digest": "0" * 64})
        self.assertEqual((answer.status, answer.json()["code"]), (409, "other-content"))
        self.assertEqual(self.editor.post(f"/v1/releases/{r['release']}/approve", {"digest": r["digest"]}).status, 403)
        out = self.check(self.approver.post(f"/v1/releases/{r['release']}/approve", {"digest": r["digest"]}), "/v1/releases/{id}/approve", "post")
        self.assertEqual((out["state"], out["approved_by"]), ("approved", "token:approver/test"))
        # Another bill of materials is something that nobody approved.
        self.complete(r, sbom=spdx)
        self.refused(r, "approval: a regulated component needs")
        self.assertEqual(self.approver.post(f"/v1/releases/{r['release']}/approve", {"digest": r["digest"]}).status, 200)
        self.assertEqual(self.check(self.publish(r), "/v1/releases/{id}/publish", "post")["certificate_number"], "DE-21-M-PTB-0042")

    def test_nobody_approves_what_is_their_own(self):
        self.s.as_role("operator").post("/v1/users", {"login": "both", "name": "Both", "roles": ["editor", "approver"]})
        token = json.loads(self.s.cli("token", "new", "--user", "both", "--label", "t", "--db", self.s.db, "--json").stdout)["token"]
        headers = {"Authorization": "Bearer " + token, "Content-Type": "application/json"}
        r = self.s.request("POST", "/v1/releases", body=json.dumps(self.document(**self.REGULATED)).encode(), headers=headers)
        self.assertEqual(r.status, 201, r)
        digest, number = r.json()["digest"], r.json()["release"]
        r = self.s.request("POST", f"/v1/releases/{number}/approve", body=json.dumps({"digest": digest}).encode(), headers=headers)
        self.assertEqual((r.status, r.json()["code"]), (403, "second-person"))

    def test_drafts_of_one_organisation_are_absent_for_another(self):
        cpo, other = self.s.as_role("cpo"), self.s.as_role("manufacturer2")
        r = self.add(cpo, unsigned={"reason": "a test"})
        for who, status in ((cpo, 200), (self.editor, 200), (other, 404), (self.s.as_role("supplier"), 404), (self.s.as_role("public"), 401)):
            self.assertEqual(who.get(f"/v1/releases/{r['release']}").status, status)
        self.assertEqual(other.post(f"/v1/releases/{r['release']}/image", IMAGE, "application/octet-stream", method="PUT").status, 404)
        self.assertNotIn(r["release"], [x["release"] for x in other.get("/v1/releases").json()["releases"]])
        self.assertIn(r["release"], [x["release"] for x in cpo.get("/v1/releases").json()["releases"]])
        self.complete(r, who=cpo)
        self.assertEqual(self.publish(r, other).status, 403)
        self.assertEqual(self.publish(r, cpo).status, 403)  # the catalogue is everybody's
        self.assertEqual(self.publish(r, self.editor).status, 200)
        self.assertEqual(other.get(f"/v1/releases/{r['release']}").status, 200)
        self.assertEqual(other.post(f"/v1/releases/{r['release']}/withdraw", {"message": "x"}).status, 403)

    def test_the_clock_of_a_disclosed_vulnerability_is_shown(self):
        r = self.add(security={"advisory": "EX-2020-1", "disclosed_at": "2020-01-01T00:00:00Z"})
        self.assertEqual((r["security"]["hours_left_24"], r["security"]["over_72"]), (0, True))
        r = self.add(security={"advisory": "EX-2", "disclosed_at": "2035-01-01T00:00:00Z"})
        self.assertFalse(r["security"]["over_24"])

    def test_a_document_that_is_wrong_names_the_member(self):
        for more, pointer in (({"vendor": ""}, "/vendor"), ({"hash": "12"}, "/hash"), ({"legal_status": "regulated"}, "/legal_status"),
                              ({"colour": 1}, "/colour"), ({"position": -1}, "/position"), ({"locations": ["file:///boot/x"]}, "/locations/0"),
                              ({"locations": ["/boot/x"]}, "/locations/0"), ({"locations": ["sftp://user:secret@example.com/x"]}, "/locations/0"),
                              ({"locations": ["http:///x"]}, "/locations/0"), ({"policy": {}}, "/policy/downgradeAllowed"),
                              ({"compatibility": [{"relation": "Requires", "component": "ui", "minVersion": "1", "version": ["2"]}]}, "/compatibility/0"),
                              ({"compatibility": [{"relation": "Requires", "component": "main"}]}, "/compatibility/0"),
                              ({"compatibility": [{"relation": "Likes", "component": "ui"}]}, "/compatibility/0/relation"),
                              ({"signatures": [{"signer": "x"}]}, "/signatures/0/role"), ({"released_on": "soon"}, "/released_on"),
                              ({"version": "x" * 51}, "/version"), ({"model": "a\u202eb"}, "/model")):
            with self.subTest(more=more):
                answer = self.editor.post("/v1/releases", self.document(**more))
                self.assertEqual(answer.status, 400, answer)
                self.assertEqual(answer.json()["errors"][0]["pointer"] if "pointer" in answer.json().get("errors", [{}])[0] else answer.json()["errors"][0]["where"], pointer)
                self.assertNotIn("secret", answer.body.decode())

    def test_a_bill_of_materials_that_is_none_names_the_place(self):
        r = self.add(unsigned={"reason": "a test"})
        no_name = cyclonedx(r["version"])
        del no_name["components"][1]["name"]
        for sbom, pointer in (({"bomFormat": "CycloneDX", "specVersion": "1.2"}, "/specVersion"), (no_name, "/components/1/name"), ({"spdxVersion": "SPDX-3.0"}, "/spdxVersion"),
                              ({"name": "x"}, "/bomFormat"), ({"bomFormat": "CycloneDX", "specVersion": "1.6"}, "/metadata/component"),
                              ({**spdx("1"), "packages": []}, "/documentDescribes")):
            with self.subTest(pointer=pointer):
                answer = self.editor.post(f"/v1/releases/{r['release']}/sbom", sbom, method="PUT")
                self.assertEqual(answer.status, 400, answer)
                self.assertIn(pointer, answer.body.decode())
        self.assertEqual(self.editor.post(f"/v1/releases/{r['release']}/sbom", b"{", method="PUT").status, 400)
        self.assertEqual(self.editor.get(f"/v1/releases/{r['release']}/sbom").status, 404)

    def test_feature_24_who_holds_a_part_is_found(self):
        r = self.complete(self.add(unsigned={"reason": "a test"}), sbom=lambda v: cyclonedx(v, (("libmodbus", "3.1.6"),)))
        self.check(self.editor.get("/v1/releases?part=libmodbus"), "/v1/releases")
        for query, n in (("part=libmodbus", 1), ("part=libmodbus&part_version=3.1.6", 1), ("part=libmodbus&part_version=3.1.7", 0), ("part=nothing", 0)):
            self.assertEqual(len(self.editor.get("/v1/releases?" + query).json()["releases"]), n, query)
        parts = self.check(self.editor.get(f"/v1/releases/{r['release']}/parts"), "/v1/releases/{id}/parts")["parts"]
        self.assertEqual(parts, [{"n": 1, "name": "libmodbus", "version": "3.1.6", "purl": "pkg:generic/libmodbus@3.1.6", "licence": "Apache-2.0"}])
        self.assertEqual(self.editor.get(f"/v1/releases/{r['release']}/sbom").json()["components"][0]["name"], "libmodbus")


class Catalogue(Kit):
    def test_releases_have_paths_positions_and_figures(self):
        def entry(v):
            return f"ocpp:ACME/Path/ctrl@{v}"

        base = {"model": "Path", "component": "ctrl", "seconds": 90, "restarts": 1}
        self.published(**base, version="1.0", path={"kind": "none", "source": "manufacturer", "author": "ACME"})
        self.published(**base, version="1.1", path={"kind": "bases", "bases": [entry("1.0")], "source": "manufacturer", "stated_on": "2026-01-02"})
        self.published(**base, version="2.0", path={"kind": "bases", "bases": [entry("1.1")], "source": "manufacturer", "excerpt": "Over 1.1 only."})
        a = self.s.as_role("public").get("/v1/path?from=ocpp:ACME/Path/ctrl@1.0&to=latest").json()
        self.assertEqual([h["entry"] for h in a["hops"]], [entry("1.1"), entry("2.0")])
        self.assertNotIn("cpl-stale", a["warnings"])
        self.assertEqual(a["hops"][1]["hash"], sha(IMAGE))
        wrong = self.complete(self.add(**base, version="3.0", unsigned={"reason": "a test"}, path={"kind": "bases", "bases": [entry("9")], "source": "manufacturer"}))
        answer = self.publish(wrong)
        self.assertEqual(answer.status, 400, answer)
        self.assertIn("there is no entry ocpp:ACME/Path/ctrl@9", answer.json()["detail"])
        self.assertEqual(self.editor.get(f"/v1/releases/{wrong['release']}").json()["state"], "draft")
        for path in ("/v1/entries/ocpp%3AACME%2FPath%2Fctrl%402.0", "/v1/entries/ocpp%3AACME%2FPath%2Fctrl%402.0/history",
                     "/v1/models/ocpp%3AACME%2FPath%2Fctrl", "/v1/models/ocpp%3AACME%2FPath%2Fctrl/graph", "/v1/graph?model=ocpp%3AACME%2FPath%2Fctrl",
                     "/entries/ocpp%3AACME%2FPath%2Fctrl%402.0", "/models/ocpp%3AACME%2FPath%2Fctrl", "/v1/lint", "/v1/export/statements?notice=read", "/v1/export/fir?notice=read",
                     "/v1/path/check?from=ocpp:ACME/Path/ctrl@1.0&to=ocpp:ACME/Path/ctrl@2.0", "/path?from=ocpp:ACME/Path/ctrl@1.0&to=latest",
                     "/v1/entries?q=ctrl", "/v1/changes", "/v1/changes.atom"):
            with self.subTest(path=path):
                self.assertEqual(self.editor.get(path).status, 200)
        # What was withdrawn is no hop any more.
        number = [r["release"] for r in self.editor.get("/v1/releases?model=Path").json()["releases"] if r["version"] == "1.1"][0]
        self.assertEqual(self.editor.post(f"/v1/releases/{number}/withdraw", {"message": "Loses its clock."}).status, 200)
        a = self.editor.get("/v1/path?from=ocpp:ACME/Path/ctrl@1.0&to=ocpp:ACME/Path/ctrl@2.0").json()
        self.assertEqual(a["result"], "none")
        self.assertEqual(a["would_open"][0]["entry"], entry("1.1"))

    def test_statements_name_entries_of_chargers(self):
        for v in ("1.0", "1 1"):
            self.published(model="Stated", component="m@b/x", version=v)
        a, b = "ocpp:ACME/Stated/m%40b%2Fx@1.0", "ocpp:ACME/Stated/m%40b%2Fx@1%201"
        rows = f"entry,kind,bases,source,author\n{b},bases,{a},manufacturer,ACME\n"
        body = [{"entry": b, "kind": "bases", "bases": [a], "source": "manufacturer", "author": "ACME", "reference": "RN-7"}]
        r = self.editor.post("/v1/proposals", {"title": "A path", "reason": "a test", "items": body})
        self.assertEqual(r.status, 201, r)
        file = os.path.join(self.s.folder, "stated.csv")
        with open(file, "w", encoding="utf-8") as f:
            f.write(rows)
        self.s.cli("import", "statements", file, "--db", self.s.db)
        self.s.wait_for(lambda: [h["entry"] for h in self.editor.get("/v1/path?from=" + quote(a) + "&to=latest").json()["hops"]] == [b])
        self.assertIn(b, self.editor.get("/v1/export/statements?notice=read").body.decode())

    def test_sets_hold_releases_that_allow_each_other(self):
        m = {"model": "Twin"}
        a1 = self.published(**m, component="ctrl", version="1")
        u1 = self.published(**m, component="ui", version="1", compatibility=[{"relation": "Requires", "component": "ctrl", "maxVersion": "1"}])
        a2 = self.published(**m, component="ctrl", version="2")
        u2 = self.published(**m, component="ui", version="2", compatibility=[{"relation": "Requires", "component": "ctrl", "minVersion": "2"},
                                                                             {"relation": "Conflicts", "component": "old"}])
        u3 = self.published(**m, component="ui", version="3", compatibility=[{"relation": "Requires", "component": "ctrl", "minVersion": "7"}])

        def make(name, *parts):
            return self.editor.post("/v1/sets", {"name": name, "vendor": "ACME", "model": "Twin", "releases": [p["release"] for p in parts]})

        made = self.check(make("spring", a2, u2), "/v1/sets", "post", "201")
        self.assertEqual([p["component"] for p in made["releases"]], ["ctrl", "ui"])
        self.check(self.editor.get("/v1/sets/spring"), "/v1/sets/{name}")
        self.check(self.editor.get("/v1/sets?limit=1"), "/v1/sets")
        for name, parts, words in (("spring", (a2, u2), "already"), ("x", (a2, u1), "requires another version"), ("x", (a1, u2), "requires another version"),
                                   ("x", (a2, a1), "twice"), ("x", (a2, u3), "requires another version")):
            answer = make(name, *parts)
            self.assertEqual(answer.status, 409, answer)
            self.assertIn(words, answer.json()["detail"])
        self.assertEqual(make("a b", a2).status, 400)
        for body, result, words in (({"state": {"ctrl": "2", "ui": "2"}}, "already", None),
                                    ({"state": {"ctrl": "1", "ui": "1"}}, "no-path", "nothing leads the component ctrl"),
                                    ({"state": {"ctrl": "x", "ui": "1"}}, "no-path", "is not known")):
            plan = self.check(self.editor.post("/v1/sets/spring/plan", body), "/v1/sets/{name}/plan", "post")
            self.assertEqual((plan["result"], words is None or words in plan["why"]), (result, True), plan)
        for body, status in (({}, 400), ({"state": {}, "station": "x"}, 400), ({"state": {"ctrl": 1}}, 400), ({"station": "nobody"}, 404), ({"state": {"ctrl": "1"}}, 409)):
            self.assertEqual(self.editor.post("/v1/sets/spring/plan", body).status, status, body)
        draft = self.add(**m, component="x", unsigned={"reason": "a test"})
        self.assertIn("published", make("x", draft).json()["detail"])
        self.assertEqual(self.editor.get("/v1/sets/nothing").status, 404)


    def test_feature_21_a_set_is_planned_so_that_every_state_in_between_is_allowed(self):
        def entry(component, v):
            return f"ocpp:ACME/Order/{component}@{v}"

        def make(component, v, base, *needs):
            path = {"kind": "bases", "bases": [entry(component, base)], "source": "manufacturer", "author": "ACME"} if base else None
            return self.published(model="Order", component=component, version=v, path=path,
                                  compatibility=[{"relation": r, "component": c, **more} for r, c, more in needs])

        make("ctrl", "1", None)
        c2 = make("ctrl", "2", "1", ("Requires", "ui", {"minVersion": "2"}))
        make("ui", "1", None)
        make("ui", "2", "1")
        u3 = make("ui", "3", "2", ("Requires", "ctrl", {"version": ["2"]}))
        r = self.editor.post("/v1/sets", {"name": "order", "vendor": "ACME", "model": "Order", "releases": [c2["entry"], u3["release"]]})
        self.assertEqual(r.status, 201, r)
        plan = self.check(self.editor.post("/v1/sets/order/plan", {"state": {"ctrl": "1", "ui": "1", "modem": "7"}}), "/v1/sets/{name}/plan", "post")
        self.assertEqual([(m["component"], m["to"]) for s in plan["steps"] for m in s["moves"]], [("ui", "2"), ("ctrl", "2"), ("ui", "3")])
        self.assertEqual(plan["steps"][1]["state"][1], {"component": "ui", "version": "2"})
        out = self.cli("set", "plan", "order", "--state", "ctrl=1,ui=1")
        self.assertIn("then ui from 1 to 2\nthen ctrl from 1 to 2\nthen ui from 2 to 3\n", out)

    def test_everything_can_be_done_at_the_command_line(self):
        file = {}
        for name, data in (("image", IMAGE), ("sbom", json.dumps(cyclonedx("7.0")).encode()),
                           ("release", json.dumps(self.document(model="Line", version="7.0", unsigned={"reason": "a test"})).encode())):
            file[name] = os.path.join(self.s.folder, name + ".in")
            with open(file[name], "wb") as f:
                f.write(data)

        cli = self.cli
        n = str(json.loads(cli("release", "add", file["release"], "--json"))["release"])
        self.assertIn("stored", cli("release", "image", n, file["image"]))
        self.assertIn("CycloneDX 1.5, 2 parts", cli("release", "sbom", n, file["sbom"]))
        self.assertIn("published", cli("release", "publish", n))
        self.assertIn("Line/main@7.0", cli("release", "parts", "openssl"))
        self.assertIn("Line/main@7.0", cli("release", "list", "--model", "Line"))
        self.assertIn("good image", cli("release", "show", n))
        self.assertIn("Line", cli("set", "add", "line", n, "--vendor", "ACME", "--model", "Line"))
        self.assertIn("main 7.0", cli("set", "show", "line"))
        self.assertIn("line", cli("set", "list"))
        self.assertIn("already", cli("set", "plan", "line", "--state", "main=7.0"))
        self.assertIn("withdrawn", cli("release", "withdraw", n, "--message", "It is over."))
        cli("release", "show", "999999", code=3)


class Addresses(Kit):
    """What stations fetch and send; the key stands in the store, so the addresses can be made here."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        db = sqlite3.connect(cls.s.db, timeout=10)
        with db:
            db.execute("INSERT INTO meta (name, value) VALUES ('ocpp_url_key', ?) ON CONFLICT (name) DO NOTHING", ("0F" * 32,))
            cls.key = bytes.fromhex(db.execute("SELECT value FROM meta WHERE name = 'ocpp_url_key'").fetchone()[0])
        db.close()
        cls.nobody = cls.s.as_role("public")

    def token(self, kind, what, identity, days=3):
        day = int(time.time() // 86400) + days
        made = hmac.new(self.key, f"{kind}\n{what}\n{identity}\n{day}".encode(), hashlib.sha256).digest()
        return f"{day}." + base64.urlsafe_b64encode(made).decode()[:22]

    def test_feature_9_stations_fetch_images_in_ranges_by_an_address_that_is_the_permission(self):
        r = self.published()
        good = f"/ocpp/firmware/{r['hash']}/{self.token('firmware', r['hash'], 'CS*1')}/CS%2A1"
        answer = self.nobody.get(good)
        self.assertEqual((answer.status, answer.body), (200, IMAGE))
        part = self.nobody.get(good, headers={"Range": "bytes=100-199"})
        self.assertEqual((part.status, part.body), (206, IMAGE[100:200]))
        self.assertEqual(self.nobody.request("HEAD", good).status, 200)
        draft = self.complete(self.add(unsigned={"reason": "a test"}, hash=sha(b"d" * 99)), b"d" * 99)
        for path in (good.replace("CS%2A1", "CS2"), good.replace("/CS%2A1", "A/CS%2A1"), f"/ocpp/firmware/{r['hash']}/{self.token('firmware', r['hash'], 'x', -2)}/x",
                     f"/ocpp/firmware/{r['hash']}/{self.token('logs', r['hash'], 'x')}/x", f"/ocpp/firmware/{r['hash']}/x/x",
                     f"/ocpp/firmware/{draft['hash']}/{self.token('firmware', draft['hash'], 'x')}/x", f"/ocpp/firmware/..%2Fx/{self.token('firmware', '../x', 'x')}/x"):
            answer = self.nobody.get(path)
            self.assertEqual((answer.status, answer.json()["detail"]), (404, "there is nothing at this address, or not any more"), path)
        self.editor.post(f"/v1/releases/{r['release']}/withdraw", {"message": "Over."})
        self.assertEqual(self.nobody.get(good).status, 404)

    def test_feature_29_a_log_is_taken_for_its_job_only(self):
        self.assertEqual(self.s.as_role("operator").post("/v1/stations", {"identity": "CS-L", "profile": 0}).status, 201)
        db = sqlite3.connect(self.s.db, timeout=10)
        with db:
            site = db.execute("SELECT site_id FROM station WHERE identity = 'CS-L'").fetchone()[0]
            job = db.execute("INSERT INTO station_job (site_id, kind, request_id, message, state, state_at, made_at) "
                             "VALUES (?, 'log', 1, 'GetLog', 'asked', 1, 1) RETURNING id", (site,)).fetchone()[0]
        db.close()
        path = f"/ocpp/logs/{job}/{self.token('logs', job, 'CS-L')}/CS-L"
        for method, headers in (("PUT", {}), ("POST", {"Content-Type": "x/anything"})):
            r = self.nobody.request(method, path, body=b"a line\n" * 9, headers=headers)
            self.assertEqual(r.status, 201, r)
        self.assertEqual(self.nobody.request("PUT", path, body=b"").status, 400)
        for other in (path.replace("CS-L", "CS-M"), f"/ocpp/logs/{job + 1}/{self.token('logs', job, 'CS-L')}/CS-L", f"/ocpp/logs/{job + 1}/{self.token('logs', job + 1, 'CS-L')}/CS-L"):
            self.assertEqual(self.nobody.request("PUT", other, body=b"x").status, 404, other)
        answer = self.s.as_role("operator").get(f"/ocpp/logs/{job}")
        self.assertEqual((answer.status, answer.body), (200, b"a line\n" * 9))
        self.assertEqual(self.s.as_role("cpo").get(f"/ocpp/logs/{job}").status, 404)
        self.assertEqual(self.nobody.get(f"/ocpp/logs/{job}").status, 401)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The description of the interface: it names the routes that there are, no more and no fewer, and its examples work."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from urllib.parse import quote, urlencode

from ota_kit import ota_file
from service import BUILD, ROOT, Service, cpl_csv, image, sha, statements_csv

METHODS = ("get", "post", "put", "delete")


def load():
    with open(os.path.join(ROOT, "doc/openapi.json"), encoding="utf-8") as f:
        return json.load(f)


def route_table():
    text = subprocess.run([os.path.join(BUILD, "firpathd"), "--routes"], check=True, capture_output=True, text=True).stdout
    rows = [line.split("\t") for line in text.splitlines()]
    return {(m, p): (role, flags, query, takes, size) for m, p, role, flags, query, takes, size in rows if "page" not in flags}


class Schema:
    """As much of JSON Schema as the description uses; what it does not know is an error, so nothing goes unchecked."""

    KNOWN = {"$ref", "type", "properties", "required", "additionalProperties", "items", "enum", "const", "oneOf", "pattern",
             "minimum", "maximum", "maxLength", "description", "format", "default"}
    TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}

    def __init__(self, doc):
        self.doc = doc

    def resolve(self, node):
        while "$ref" in node:
            target = self.doc
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def is_type(self, value, name):
        if name == "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        if name == "number":
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        return isinstance(value, self.TYPES[name])

    def errors(self, value, schema, at=""):
        schema = self.resolve(schema)
        unknown = set(schema) - self.KNOWN
        if unknown:
            return [f"{at}: this test does not know {unknown}"]
        out = []
        if "oneOf" in schema:
            fits = [self.errors(value, s, at) for s in schema["oneOf"]]
            if sum(not f for f in fits) != 1:
                out.append(f"{at}: {sum(not f for f in fits)} of oneOf fit: {min(fits, key=len)}")
        if "enum" in schema and value not in schema["enum"]:
            out.append(f"{at}: {value!r} is none of {schema['enum']}")
        if "const" in schema and value != schema["const"]:
            out.append(f"{at}: {value!r} is not {schema['const']!r}")
        if "type" in schema:
            types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
            if not any(self.is_type(value, t) for t in types):
                return out + [f"{at}: {value!r} is no {types}"]
        if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
            out.append(f"{at}: {value!r} does not fit {schema['pattern']}")
        if isinstance(value, list):
            for i, item in enumerate(value):
                out += self.errors(item, schema.get("items", {}), f"{at}/{i}")
        if isinstance(value, dict):
            properties = schema.get("properties", {})
            out += [f"{at}: '{name}' is missing" for name in schema.get("required", []) if name not in value]
            for name, item in value.items():
                if name in properties:
                    out += self.errors(item, properties[name], f"{at}/{name}")
                elif schema.get("additionalProperties") is False:
                    out.append(f"{at}: '{name}' is not described")
                elif isinstance(schema.get("additionalProperties"), dict):
                    out += self.errors(item, schema["additionalProperties"], f"{at}/{name}")
        return out


class Description(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.doc = load()
        cls.schema = Schema(cls.doc)
        cls.operations = {(m.upper(), path): op for path, item in cls.doc["paths"].items() for m, op in item.items()}

    def test_its_routes_are_the_routes(self):
        described = {(m, re.sub(r"\{[^}]*\}", "{}", p)) for m, p in self.operations}
        self.assertEqual(described, set(route_table()))

    def test_its_parameters_bodies_and_roles_are_those_of_the_routes(self):
        table = route_table()
        for (method, path), op in self.operations.items():
            role, flags, query, takes, size = table[(method, re.sub(r"\{[^}]*\}", "{}", path))]
            with self.subTest(route=f"{method} {path}"):
                params = [self.schema.resolve(p) for p in op.get("parameters", [])]
                self.assertEqual([p["name"] for p in params if p["in"] == "query"], query.split())
                self.assertEqual([p["name"] for p in params if p["in"] == "path"], re.findall(r"\{([^}]*)\}", path))
                self.assertEqual(any(p["name"] == "Idempotency-Key" for p in params), "once" in flags)
                content = op.get("requestBody", {}).get("content", {})
                self.assertEqual({t.lower() for t in content}, set(takes.split()))
                if takes:
                    self.assertIn(f"At most {size} bytes.", op["requestBody"]["description"])
                named = {" ".join(roles) for s in op.get("security", []) for roles in s.values()}
                self.assertEqual(named, {role} - {"public"})

    def test_it_is_complete(self):
        self.assertTrue(self.doc["openapi"].startswith("3.1."))
        ids = [op["operationId"] for op in self.operations.values()]
        self.assertEqual(len(ids), len(set(ids)))
        tags = {t["name"] for t in self.doc["tags"]}
        for (method, path), op in self.operations.items():
            with self.subTest(route=f"{method} {path}"):
                self.assertTrue(op["summary"])
                self.assertLessEqual(set(op["tags"]), tags)
                self.assertTrue(any(s.startswith("2") for s in op["responses"]))
                self.assertIn("400", op["responses"])
                for p in op.get("parameters", []):
                    p = self.schema.resolve(p)
                    self.assertTrue(p.get("description") or p["name"].startswith("If-"), p)
        text = json.dumps(self.doc)
        for kind, items in self.doc["components"].items():
            for name in items:
                used = f'"#/components/{kind}/{name}"' in text or (kind == "securitySchemes" and f'{{"{name}": [' in text)
                self.assertTrue(used, f"{kind} {name} is not used")
        for ref in re.findall(r'"\$ref": "([^"]+)"', text):
            self.schema.resolve({"$ref": ref})

    def test_it_is_what_the_service_serves(self):
        with Service() as s:
            r = s.get("/v1/openapi.json")
            with open(os.path.join(ROOT, "doc/openapi.json"), "rb") as f:
                self.assertEqual(r.body, f.read())
            self.assertTrue(r.headers["Content-Type"].startswith("application/vnd.oai.openapi+json"))

    # Examples

    def call(self, s, method, path, op, media=None, given=None):
        query = {}
        for p in op.get("parameters", []):
            p = self.schema.resolve(p)
            if p.get("required") and p["in"] != "header":
                self.assertIn("example", p, f"{method} {path} {p['name']}")
            if "example" not in p:
                continue
            if p["in"] == "path":
                path = path.replace("{%s}" % p["name"], quote(str(p["example"]), safe=""))
            elif p["in"] == "query":
                query[p["name"]] = p["example"]
        if query:
            path += "?" + urlencode(query)
        body, headers = None, dict(given or {})
        if media:
            example = op["requestBody"]["content"][media].get("example")
            if example is None:
                body = {"/v1/imports": cpl_csv(), "/v1/images": image(2), "/v1/ota": ota_file(2), "/v1/vcs": b"what is wrong with it is in its report"}["/".join(path.split("?")[0].split("/")[:3])]
            else:
                errors = self.schema.errors(example, op["requestBody"]["content"][media]["schema"])
                self.assertEqual(errors, [], f"the example of {method} {path}")
                body = example.encode() if isinstance(example, str) else json.dumps(example).encode()
            headers["Content-Type"] = media
        return s.request(method, path, body=body, headers=headers)

    def judge(self, r, op, route, want=None):
        self.assertIn(str(r.status), op["responses"], (route, r))
        if want:
            self.assertIn(r.status, want, (route, r))
        response = self.schema.resolve(op["responses"][str(r.status)])
        media = r.headers["Content-Type"].split(";")[0]
        self.assertIn(media, response["content"], route)
        schema = response["content"][media]["schema"]
        if media == "application/x-ndjson":
            for line in r.body.splitlines():
                self.assertEqual(self.schema.errors(json.loads(line), schema), [], route)
        elif media.endswith("json"):
            self.assertEqual(self.schema.errors(r.json(), schema), [], route)
        for name in response.get("headers", {}):
            if name != "Location" and "dry_run" not in route:
                self.assertIsNotNone(r.headers[name], (route, name))

    def test_every_example_works_and_every_answer_is_as_described(self):
        changing = [("POST", "/v1/imports"), ("PUT", "/v1/images/{sha256}"), ("POST", "/v1/ota"), ("POST", "/v1/devices"), ("POST", "/v1/campaigns"),
                    ("POST", "/v1/webhooks"), ("POST", "/v1/watch"), ("POST", "/bbum/v1/poll"), ("POST", "/v1/path/bulk"), ("POST", "/v1/campaigns/{id}/start"),
                    ("POST", "/v1/callouts"), ("POST", "/v1/vehicles"), ("POST", "/v1/vcs"), ("POST", "/v1/vehicles/{name}/commands"),
                    ("POST", "/v1/vcs/{n}/verify"), ("POST", "/v1/stations"), ("POST", "/v1/stations/{identity}/commands"),
                    ("POST", "/v1/meters"), ("POST", "/v1/meters/{eui}/commands"), ("PUT", "/v1/han-rules/{name}")]
        late = [("POST", f"/v1/campaigns/{{id}}/{v}") for v in ("pause", "resume", "stop")] + \
               [("POST", f"/v1/imports/{{id}}/{v}") for v in ("accept", "reject")] + \
               [("POST", f"/v1/callouts/{{id}}/{v}") for v in ("say", "ask", "answer", "dispute", "settle", "close", "reject")]
        people = [k for k, op in self.operations.items() if op["tags"] in (["people"], ["edits"], ["releases"])]  # test_examples_of_people, test_proposals.py, test_releases.py
        rest = [k for k in self.operations if k[0] == "GET" and k not in changing and k not in late and k not in people]
        folder = tempfile.mkdtemp(prefix="firpath-vcs-", dir=os.environ.get("TMPDIR", "/tmp"))
        self.addCleanup(shutil.rmtree, folder)
        os.mkdir(folder + "/inbox")
        with Service(conf={"write_burst": 10000, "vc_inbox": folder + "/inbox", "vc_dir": folder + "/kept"}) as s:
            for n, (method, path) in enumerate(changing + rest + late):
                op = self.operations[(method, path)]
                if n == 1:
                    self.assertEqual(s.import_statements(statements_csv()).status, 201)
                    s.put_images()
                if path == "/bbum/v1/manifest":
                    poll = self.operations[("POST", "/bbum/v1/poll")]
                    s.wait_for(lambda: self.call(s, "POST", "/bbum/v1/poll", poll, "application/json") and
                               s.get("/bbum/v1/manifest?device=example-2").status == 200)
                for media in op.get("requestBody", {}).get("content", {None: None}):
                    if path == "/v1/imports" and method == "POST" and media != "text/csv":
                        continue  # the same bytes under another name; formats are told apart by content
                    with self.subTest(route=f"{method} {path}", media=media):
                        want = (200, 409) if (method, path) in late else (200, 201)
                        if "/imports/{id}/" in path or path == "/v1/callouts/{id}/reject":
                            want = (409,)
                        elif path.startswith("/v1/restricted"):
                            want = (403,)
                        elif path.startswith("/bbum/v1/packages"):
                            want = (404,)  # there is no vehicle here: tests/check_cm.c, tests/ocora
                        elif path.startswith("/v1/rollouts/{id}"):
                            want = (404,)  # there is none here: tests/ocora/test_rollout.py compares
                        self.judge(self.call(s, method, path, op, media), op, f"{method} {path}", want)

    def test_examples_of_people(self):
        """The first account ends the trust in the loopback, so these have a service of their own."""
        order = [("POST", "/v1/organisations"), ("POST", "/v1/users"), ("POST", "/v1/tokens")]
        people = [k for k, op in self.operations.items() if op["tags"] == ["people"]]
        rest = sorted((k for k in people if k not in order), key=lambda k: (k[0] == "DELETE", k))
        with Service() as s:
            headers = {}
            for n, (method, path) in enumerate(order + rest):
                op = self.operations[(method, path)]
                if n == 2:
                    token = s.cli("token", "new", "--user", "example", "--db", s.db, "--json").stdout
                    headers["Authorization"] = "Bearer " + json.loads(token)["token"]
                for media in op.get("requestBody", {}).get("content", {None: None}):
                    with self.subTest(route=f"{method} {path}"):
                        match = {"If-Match": "*"} if method == "PUT" else {}
                        if (method, path) == ("DELETE", "/v1/tokens/{id}"):
                            s.cli("token", "new", "--user", "example", "--db", s.db)  # the first one asks
                            op = json.loads(json.dumps(op))
                            op["parameters"][0]["example"] = "2"
                        self.judge(self.call(s, method, path, op, media, {**headers, **match}), op, f"{method} {path}", (200, 201))

    def test_rich_answers_are_as_described_too(self):
        """Blocks, floors, held imports, walks, ambiguous and missing paths: what the plain examples do not reach."""
        rich = statements_csv().decode() + "".join(f"{line}\n" for line in (
            "000005,block,000004,secas,Example,2024-01-01,2024-01-02,Do not install over 2.0.,https://example.com/b",
            "000003,floor,,secas,Example,2024-01-01,,,", "000009,block,,secas,Example,2024-01-01,,All of it is withdrawn.,",
            "000005,any,,manufacturer,Example,,,,"))
        with Service(conf={"write_burst": 10000}) as s:
            ops = self.operations

            def check(method, path, template, body=None, kind="application/json", want=None):
                r = s.post(path, body or b"", kind) if method == "POST" else s.get(path)
                with self.subTest(route=f"{method} {path}"):
                    self.judge(r, ops[(method, template)], f"{method} {path}", want)
                return r

            imports = "/v1/imports"
            check("POST", imports + "?feed=cpl&dry_run=yes", imports, cpl_csv(), "text/csv", (200,))
            check("POST", imports + "?feed=cpl", imports, cpl_csv(), "text/csv", (201,))
            check("POST", imports + "?feed=statements", imports, rich, "text/csv", (201,))
            check("POST", imports + "?feed=statements", imports, "entry,kind\nx,y\n", "text/csv", (400,))
            check("POST", imports + "?feed=cpl", imports, cpl_csv().replace(b"000003", b"00000X"), "text/csv", (400,))
            r = check("POST", imports + "?feed=cpl", imports, cpl_csv(version="9.0", issued="01-01-2020"), "text/csv", (202,))
            check("GET", r.headers["Location"], imports + "/{id}", want=(200,))
            check("POST", r.headers["Location"] + "/reject", imports + "/{id}/reject", want=(200,))
            for query in ("from=1&to=5", "from=4&to=5", "from=4&to=4", "from=1082:00B10100:00000001&to=9", "from=1&to=latest",
                          "from=6&to=latest", "from=7&to=9", "from=1&to=9", "from=4&to=1", "from=x&to=1", "from=1&to=999999"):
                check("GET", "/v1/path?" + query, "/v1/path", want=(200, 300, 400, 404))
                check("GET", "/v1/path/check?" + query, "/v1/path/check", want=(200, 300, 400, 404))
            for i in range(1, 10):
                check("GET", f"/v1/entries/{i}", "/v1/entries/{id}", want=(200,))
                check("GET", f"/v1/entries/{i}/history", "/v1/entries/{id}/history", want=(200,))
            for model in ("1081:00A10102", "1082:00B10100"):
                check("GET", f"/v1/models/{model}/graph", "/v1/models/{id}/graph", want=(200,))
                check("GET", f"/v1/graph?model={model}", "/v1/graph", want=(200,))
            for path in ("/v1/lint", "/v1/changes", "/v1/audit", "/v1/imports", "/v1/entries", "/v1/models"):
                check("GET", path + "?limit=1" if path != "/v1/lint" else path, path, want=(200,))
            s.put_images()
            check("POST", "/v1/devices", "/v1/devices", "name,site,adapter,identity,address\n"
                  "d1,s1,fake,1081:00A10102:00010000,at=1081:00A10102:00010000\nd2,s2,bbum,1081:00A10102:00010100,\n"
                  "d3,s3,fake,1082:00B10100:00000001,at=1082:00B10100:00000001\nd4,s4,fake,1081:00A10102:0FFFFFF0,\n"
                  "d5,,fake,,\n", "text/csv", (200,))
            check("POST", "/v1/campaigns", "/v1/campaigns", {"name": "c1", "target": "000003", "members": {"filter": {}},
                                                             "stop_after": 0}, want=(201,))
            check("POST", "/v1/campaigns", "/v1/campaigns", {"name": "c1", "target": "000004", "members": {"filter": {}}},
                  want=(409,))
            check("POST", "/v1/campaigns/c1/start", "/v1/campaigns/{id}/start", want=(200,))
            s.wait_for(lambda: s.get("/v1/campaigns/c1/progress").json()["done"] >= 1)
            poll = {"device": "d2", "state": "normal-operation", "boots": 1, "manufacturer": "1081", "model": "00A1",
                    "hardware": "0102", "version": "00010100", "want_manifest": True}

            def command():
                """Polls like a device: says which Manifest it has and what it thinks of it."""
                answer = check("POST", "/bbum/v1/poll", "/bbum/v1/poll", poll, want=(200,)).json()
                if answer["manifest"]:
                    poll.update(manifest=answer["manifest"]["name"], manifest_version=answer["manifest"]["version"], syntax=True,
                                integrity=True, identity=True, authenticity=True, recommendation="yes")
                return answer["command"]

            s.wait_for(command)
            check("POST", "/bbum/v1/poll", "/bbum/v1/poll", {**poll, "device": "nobody"}, want=(404,))
            check("POST", "/bbum/v1/poll", "/bbum/v1/poll", {**poll, "device": "d1"}, want=(409,))
            for path in ("", "/cycles", "/cycles?limit=1", "/progress", "/report", "/events"):
                check("GET", "/v1/campaigns/c1" + path, "/v1/campaigns/{id}" + path.split("?")[0], want=(200,))
            for i in range(1, 6):
                check("GET", f"/v1/devices/d{i}", "/v1/devices/{name}", want=(200,))
            check("GET", "/v1/sites/s1", "/v1/sites/{name}", want=(200,))
            for path in ("/v1/devices", "/v1/sites", "/v1/campaigns"):
                check("GET", path + "?limit=1", path, want=(200,))
            check("POST", "/v1/campaigns/c1/pause", "/v1/campaigns/{id}/pause", want=(200,))
            check("POST", "/v1/campaigns/c1/pause", "/v1/campaigns/{id}/pause", want=(409,))
            check("POST", "/v1/campaigns/c1/resume", "/v1/campaigns/{id}/resume", want=(200,))
            check("POST", "/v1/campaigns/c1/stop", "/v1/campaigns/{id}/stop", want=(200,))
            check("GET", "/v1/campaigns/c1", "/v1/campaigns/{id}", want=(200,))


if __name__ == "__main__":
    unittest.main()

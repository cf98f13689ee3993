#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""GET /v1/graph is what readers of Cincinnati graphs expect: its shape, its negotiation, and what is done to it with jq."""

import json
import re
import subprocess
import unittest

from service import Service, cpl_csv, statements_csv

MODEL = "1081:00A10102"
RICH = statements_csv().decode() + "\n".join((
    "000005,any,,manufacturer,Example,2024-01-01,,,",
    "000005,block,000004,secas,Example,2024-01-01,2024-01-02,Do not install over 2.0.,https://example.com/b",
    "000004,block,000002,secas,Example,2024-01-01,2024-01-02,Not over 1.1.,",
    "000006,bases,000004,secas,Example,2024-01-01,,,", ""))


def jq(program, graph, *args):
    r = subprocess.run(["jq", "-c", *args, program], input=json.dumps(graph), capture_output=True, text=True, check=False)
    assert r.returncode == 0, r.stderr
    return r.stdout


class Graph(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = Service()
        assert cls.s.import_cpl(cpl_csv()).status == 201
        r = cls.s.import_statements(RICH.encode())
        assert r.status == 201, r
        cls.graph = cls.s.get(f"/v1/graph?model={MODEL}").json()

    @classmethod
    def tearDownClass(cls):
        cls.s.close()

    def test_its_shape_is_the_one_that_readers_know(self):
        g = self.graph
        self.assertEqual(set(g), {"version", "nodes", "edges", "conditionalEdges"})
        self.assertEqual(g["version"], 1)
        for graph in (g, self.s.get("/v1/graph?model=1082:00B10100").json()):
            versions = [n["version"] for n in graph["nodes"]]
            self.assertTrue(all(versions) and len(set(versions)) == len(versions), versions)
            for n in graph["nodes"]:
                self.assertIsInstance(n["payload"], str)
                self.assertTrue(all(isinstance(v, str) for v in n["metadata"].values()))
            for a, b in graph["edges"]:
                self.assertTrue(0 <= a < len(versions) and 0 <= b < len(versions) and a != b)
            named = {}
            for c in graph["conditionalEdges"]:
                for e in c["edges"]:
                    self.assertTrue(e["from"] in versions and e["to"] in versions)
                    pair = [versions.index(e["from"]), versions.index(e["to"])]
                    self.assertNotIn(pair, graph["edges"])
                for r in c["risks"]:
                    self.assertRegex(r["name"], r"^[A-Z][A-Za-z0-9]*$")
                    self.assertEqual(r["matchingRules"], [{"type": "Always"}])
                    self.assertTrue(r["message"])
                    # One name is one risk everywhere.
                    self.assertEqual(named.setdefault(r["name"], (r["url"], r["message"])), (r["url"], r["message"]))
        names = [r["name"] for c in g["conditionalEdges"] for r in c["risks"]]
        self.assertIn("EntryRemoved", names)
        self.assertTrue(any(n.startswith("EdgeBlocked") for n in names), names)

    def test_json_must_be_acceptable(self):
        path = f"/v1/graph?model={MODEL}"
        for accept in (None, "application/json", "*/*", "application/*", "text/html, application/json;q=0.5", "APPLICATION/JSON",
                       "application/vnd.redhat.cincinnati.v1+json", "text/plain;q=0, */*;q=0.1"):
            r = self.s.get(path, {"Accept": accept} if accept else None)
            self.assertEqual((r.status, r.headers["Content-Type"]), (200, "application/json"), accept)
        for accept in ("text/html", "application/xml", "application/json;q=0", "application/json;q=0.000", "json", "application/jsonx"):
            r = self.s.get(path, {"Accept": accept})
            self.assertEqual((r.status, r.json()["code"]), (406, "not-acceptable"), accept)

    def test_parameters_of_such_clients_are_taken(self):
        plain = self.s.get(f"/v1/graph?model={MODEL}").body
        self.assertEqual(self.s.get(f"/v1/graph?channel={MODEL}&arch=amd64&version=1&id=x").body, plain)
        self.assertEqual(self.s.get("/v1/graph").status, 400)
        self.assertEqual(self.s.get("/v1/graph?channel=stable-4.2").status, 404)

    def test_jq_finds_the_next_versions_of_one(self):
        program = ('. as $g | [.nodes[].version] | index($from) as $i | '
                   '[$g.edges[] | select(.[0] == $i) | $g.nodes[.[1]].version] | sort')
        for version in [n["version"] for n in self.graph["nodes"]]:
            i = [n["version"] for n in self.graph["nodes"]].index(version)
            want = sorted(self.graph["nodes"][b]["version"] for a, b in self.graph["edges"] if a == i)
            self.assertEqual(json.loads(jq(program, self.graph, "--arg", "from", version)), want)
        # The same as our own answers say, for every pair.
        nexts = {n["metadata"]["firpath.entry"]: json.loads(jq(program, self.graph, "--arg", "from", n["version"]))
                 for n in self.graph["nodes"]}
        for a in self.graph["nodes"]:
            for b in self.graph["nodes"]:
                one, two = a["metadata"]["firpath.entry"], b["metadata"]["firpath.entry"]
                verdict = self.s.get(f"/v1/path/check?from={one}&to={two}").json()["verdict"]
                if one != two:
                    self.assertEqual(b["version"] in nexts[one], verdict == "allowed", (one, two, verdict))

    def test_jq_lists_what_is_blocked_and_why(self):
        program = '[.conditionalEdges[] | .risks[] as $r | .edges[] | select($r.url != "") | [.from, .to, $r.message, $r.url]]'
        self.assertEqual(json.loads(jq(program, self.graph)),
                         [["00020000", "00030000", "Do not install over 2.0.", "https://example.com/b"]])

    def test_jq_makes_a_picture_that_graphviz_draws(self):
        program = ('["digraph u {", (.nodes | to_entries[] | "\\(.key) [label=\\"\\(.value.version)\\"" + '
                   '(if .value.metadata.url then " href=\\"\\(.value.metadata.url)\\"" else "" end) + "];"), '
                   '(.edges[] | "\\(.[0])->\\(.[1]);"), "}"] | join("\\n")')
        dot = jq(program, self.graph, "-r")
        r = subprocess.run(["dot", "-Tplain"], input=dot, capture_output=True, text=True, check=True)
        self.assertEqual(len(re.findall(r"(?m)^node ", r.stdout)), len(self.graph["nodes"]))
        self.assertEqual(len(re.findall(r"(?m)^edge ", r.stdout)), len(self.graph["edges"]))


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Edits over REST and the command line: proposing, what it does, approval by a second person, the security lane."""

import json
import os
import threading
import unittest

from service import BUILD, Service, image, sha
from test_http_openapi import Schema, load

ITEM = {"entry": "000005", "kind": "bases", "bases": ["000004"], "reference": "https://example.com/notes"}


def body(*items, **more):
    return {"title": "Path to 5", "reason": "Release note 5", "items": list(items) or [ITEM], **more}


class Proposals(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = Service(conf={"write_burst": 100000, "write_rate": 100000})
        cls.s.import_sample()
        cls.s.people()
        cls.doc = load()
        cls.schema = Schema(cls.doc)

    @classmethod
    def tearDownClass(cls):
        cls.s.close()

    def as_(self, who):
        return self.s.as_role(who)

    def check(self, r, method, path, *want):
        """The status is one of those wanted, and the answer is as described."""
        self.assertIn(r.status, want, r)
        op = self.doc["paths"][path][method.lower()]
        self.assertIn(str(r.status), op["responses"], (path, r))
        response = self.schema.resolve(op["responses"][str(r.status)])
        content = response["content"].get(r.headers["Content-Type"].split(";")[0])
        self.assertIsNotNone(content, (path, r.headers["Content-Type"]))
        self.assertEqual(self.schema.errors(r.json(), content["schema"]), [], path)
        for name in response.get("headers", {}):
            self.assertIsNotNone(r.headers[name] if name != "Link" else "", (path, name))
        return r

    def propose(self, who="editor", content=None, headers=None):
        return self.check(self.as_(who).post("/v1/proposals", content or body(), headers=headers), "POST", "/v1/proposals", 201)

    def decide(self, who, r, verb, content, etag=None):
        p = r.json()["proposal"]
        etag = etag or self.as_("editor").get(f"/v1/proposals/{p}").headers["ETag"]
        return self.check(self.as_(who).post(f"/v1/proposals/{p}/{verb}", content, headers={"If-Match": etag}), "POST",
                          "/v1/proposals/{id}/" + verb, 200, 400, 403, 404, 409, 412)

    def approve(self, who, r, **kw):
        return self.decide(who, r, "approve", {"hash": kw.pop("hash", None) or r.json()["hash"]}, **kw)

    def publish(self, *items, who="editor"):
        r = self.propose(who, body(*items))
        a = self.approve("approver", r)
        self.assertEqual((a.status, a.json()["state"]), (200, "published"), a)
        return a.json()

    def path(self, frm, to):
        return self.s.get(f"/v1/path?from={frm}&to={to}").json()["result"]

    def withdraw_5(self):
        if self.path(4, 5) == "path":
            self.publish({"op": "withdraw", "entry": "000005"})

    # ---- the way of a proposal

    def test_from_proposal_over_impact_and_approval_to_an_answer(self):
        self.withdraw_5()
        self.assertEqual(self.path(4, 5), "none")
        r = self.propose()
        p = r.json()["proposal"]
        self.assertEqual(r.headers["Location"], f"/v1/proposals/{p}")
        got = self.check(self.as_("approver").get(f"/v1/proposals/{p}"), "GET", "/v1/proposals/{id}", 200)
        self.assertEqual(got.json()["may"], ["approve", "return", "reject"])
        self.assertEqual(self.as_("editor").get(f"/v1/proposals/{p}").json()["may"], ["withdraw", "change"])
        self.assertIn("approver", self.as_("editor").get(f"/v1/proposals/{p}").json()["may_not"]["approve"])
        impact = self.check(self.as_("approver").get(f"/v1/proposals/{p}/impact"), "GET", "/v1/proposals/{id}/impact", 200).json()
        self.assertEqual([(e["base"], e["entry"]) for e in impact["edges"]["appear"]["list"]], [("000004", "000005")])
        self.assertEqual(impact["pairs"]["appears"], 4)  # from 1, 2, 3 and 4 to 5
        self.assertEqual(self.path(4, 5), "none")
        a = self.approve("approver", r)
        self.assertEqual(a.json()["state"], "published")
        self.assertEqual(a.json()["approval"]["by"].split("/")[0], "token:approver")
        self.assertEqual(self.path(4, 5), "path")
        hop = self.s.get("/v1/path?from=4&to=5").json()["hops"][0]["statement"]
        self.assertEqual((hop["proposal"], hop["source"]), (p, "secas"))
        history = self.check(self.s.get("/v1/entries/5/history"), "GET", "/v1/entries/{id}/history", 200).json()
        self.assertEqual(history["statements"][-1]["proposal"], p)
        newest = self.s.get("/v1/changes?order=newest&limit=1").json()["changes"][0]
        self.assertEqual((newest["kind"], newest["revision"]), ("proposal", a.json()["revision"]))
        listed = self.check(self.as_("supplier").get("/v1/proposals?state=published"), "GET", "/v1/proposals", 200).json()
        self.assertIn(p, [x["proposal"] for x in listed["proposals"]])

    def test_lists_go_on_where_they_ended(self):
        ids = [self.propose(content=body({"entry": "000004", "kind": "any", "excerpt": str(n)})).json()["proposal"] for n in range(3)]
        seen, cursor = [], ""
        while True:
            page = self.as_("editor").get(f"/v1/proposals?state=waiting&limit=2{cursor}").json()
            seen += [p["proposal"] for p in page["proposals"]]
            if not page["next"]:
                break
            cursor = f"&cursor={page['next']}"
        self.assertEqual(seen, sorted(seen, reverse=True))
        self.assertLessEqual(set(ids), set(seen))
        self.assertEqual(self.as_("editor").get("/v1/proposals?state=wrong").status, 400)
        self.assertEqual(self.as_("manufacturer2").get("/v1/proposals?mine=yes").json()["proposals"], [])

    def test_a_change_needs_if_match_and_drops_what_was_seen(self):
        r = self.propose(content=body({"entry": "000004", "kind": "any"}))
        p, etag = r.json()["proposal"], r.headers["ETag"]
        editor = self.as_("editor")
        change = body({"entry": "000004", "kind": "bases", "bases": "000003 000002"})
        self.check(editor.put(f"/v1/proposals/{p}", change), "PUT", "/v1/proposals/{id}", 428)
        self.check(editor.put(f"/v1/proposals/{p}", change, headers={"If-Match": '"p1-v99"'}), "PUT", "/v1/proposals/{id}", 412)
        self.check(editor.put(f"/v1/proposals/{p}", change, headers={"If-Match": etag}), "PUT", "/v1/proposals/{id}", 200)
        self.assertEqual(self.approve("approver", r, etag=etag).status, 412)
        self.assertEqual(self.approve("approver", r).status, 409)  # the hash of what it was
        self.assertEqual(self.decide("editor", r, "withdraw", {"reason": "enough"}).json()["state"], "withdrawn")

    def test_T07_over_rest(self):
        r = self.propose(content=body({"entry": "000004", "kind": "any"}))
        p = r.json()["proposal"]
        for who, status in (("editor", 403), ("editor2", 403), ("ssc", 403), ("supplier", 403), ("operator", 403), ("public", 401)):
            with self.subTest(who=who):
                a = self.as_(who).post(f"/v1/proposals/{p}/approve", {"hash": r.json()["hash"]}, headers={"If-Match": "*"})
                self.assertEqual(a.status, status, a)
        a = self.as_("approver").post(f"/v1/proposals/{p}/approve", {"hash": r.json()["hash"]})
        self.assertEqual(a.status, 428)
        self.assertEqual(self.approve("approver", r, hash="0" * 64).status, 409)
        self.assertEqual(self.decide("ssc", r, "reject", {"reason": "no"}).json()["state"], "rejected")
        self.assertEqual(self.approve("approver", r).status, 409)

    def test_what_is_returned_comes_back(self):
        r = self.propose(content=body({"entry": "000004", "kind": "any"}))
        p = r.json()["proposal"]
        self.assertEqual(self.decide("approver", r, "return", {"reason": "Which note?"}).json()["ended"]["reason"], "Which note?")
        etag = self.as_("editor").get(f"/v1/proposals/{p}").headers["ETag"]
        again = self.as_("editor").put(f"/v1/proposals/{p}", body({"entry": "000004", "kind": "any", "reference": "RN-4"}),
                                       headers={"If-Match": etag})
        self.assertEqual(again.json()["state"], "open")
        self.decide("editor", r, "withdraw", {"reason": "enough"})

    def test_a_manufacturer_proposes_for_itself_and_others_do_not_see_it(self):
        r = self.propose("manufacturer", body({"op": "confirm", "entry": "000003"}))
        p = r.json()["proposal"]
        self.assertEqual(self.as_("manufacturer2").get(f"/v1/proposals/{p}").status, 404)
        self.assertEqual(self.as_("supplier").get(f"/v1/proposals/{p}/impact").status, 404)
        self.assertEqual(self.as_("auditor").get(f"/v1/proposals/{p}").status, 200)
        x = self.as_("manufacturer2").post("/v1/proposals", body({"op": "confirm", "entry": "000003"}))
        self.assertEqual((x.status, x.json()["code"]), (403, "denied"), x)
        self.assertEqual(self.approve("approver", r).json()["state"], "published")

    def test_T33_every_wrong_item_is_named_and_unknown_members_are_refused(self):
        r = self.check(self.as_("editor").post("/v1/proposals", body({"entry": "000099", "kind": "any"}, {"entry": "4", "kind": "alle"})),
                       "POST", "/v1/proposals", 400)
        self.assertEqual([(x["line"], x["where"]) for x in r.json()["errors"]], [(1, "entry"), (2, "kind")])
        for extra in ({"state": "published"}, {"author": "me"}, {"approver": "me"}, {"hash": "0"}, {"revision": 1}, {"org": 3}):
            self.assertEqual(self.as_("editor").post("/v1/proposals", body(**extra)).status, 400, extra)

    def test_T35_a_thousand_doubled_posts_make_one_proposal(self):
        before = len(self.as_("editor2").get("/v1/proposals?mine=yes&limit=500").json()["proposals"])
        content = json.dumps(body({"entry": "000004", "kind": "any", "excerpt": "doubled"}))
        results = []

        def send():
            for _ in range(125):
                r = self.as_("editor2").post("/v1/proposals", content, headers={"Idempotency-Key": "the-same"})
                results.append((r.status, r.json().get("proposal")))

        threads = [threading.Thread(target=send) for _ in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        made = {p for status, p in results if status == 201}
        self.assertEqual(len(results), 1000)
        self.assertEqual(len(made), 1)
        self.assertLessEqual({status for status, _ in results}, {201, 409})
        after = len(self.as_("editor2").get("/v1/proposals?mine=yes&limit=500").json()["proposals"])
        self.assertEqual(after, before + 1)
        other = self.as_("editor2").post("/v1/proposals", body({"entry": "000004", "kind": "none"}), headers={"Idempotency-Key": "the-same"})
        self.assertEqual(other.status, 422)

    # ---- what would be

    def test_whatif_reads_json_csv_and_ndjson_and_stores_nothing(self):
        head = self.s.get("/v1/changes?order=newest&limit=1").json()["changes"][0]["revision"]
        for kind, data in (("application/json", json.dumps({"items": [{"entry": "000003", "kind": "block", "excerpt": "x"}]})),
                           ("text/csv", "entry,kind,source,author,excerpt\n000003,block,secas,S,x\n"),
                           ("application/x-ndjson", '{"entry":"000003","kind":"block","excerpt":"x"}\n')):
            r = self.check(self.as_("supplier").post("/v1/whatif", data, kind), "POST", "/v1/whatif", 200).json()
            self.assertEqual(r["pairs"]["vanishes"] >= 4, True, kind)
            self.assertEqual(r["refused"], None)
        self.assertEqual(self.s.get("/v1/changes?order=newest&limit=1").json()["changes"][0]["revision"], head)
        self.check(self.as_("supplier").post("/v1/whatif", "entry,kind\nx,y\n", "text/csv"), "POST", "/v1/whatif", 400)
        self.assertEqual(self.as_("public").post("/v1/whatif", {"items": [ITEM]}).status, 401)

    def test_a_rule_is_expanded_before_anything_is_saved(self):
        r = self.check(self.as_("editor").post("/v1/whatif/rule", {"rule": "below 00020000 go via 00010200", "entry": "4"}), "POST",
                       "/v1/whatif/rule", 200).json()
        self.assertEqual(r["items"][0]["entry"], "000003")
        self.assertEqual(r["items"][0]["bases"], ["000001", "000002"])
        bad = self.check(self.as_("editor").post("/v1/whatif/rule", {"rule": "below 4 go viaduct 2", "entry": "4"}), "POST",
                         "/v1/whatif/rule", 400).json()
        self.assertIn("viaduct", bad["detail"])
        self.assertEqual(bad["errors"][0]["column"], 12)

    def test_an_account_proposes_statements_and_does_not_import_them(self):
        r = self.as_("editor").post("/v1/imports?feed=statements", "entry,kind,source,author\n000004,any,secas,S\n", "text/csv")
        self.assertEqual((r.status, r.json()["code"]), (403, "propose-it"))

    def test_what_is_approved_for_a_day_to_come_waits_and_may_be_taken_back(self):
        r = self.propose(content=body({"entry": "000004", "kind": "any"}, effective_on="2030-01-01"))
        a = self.approve("approver", r).json()
        self.assertEqual((a["state"], a["publish_at"]), ("approved", "2030-01-01T00:00:00Z"))
        self.assertEqual(self.decide("approver2", r, "return", {"reason": "too late"}).json()["state"], "returned")
        self.decide("editor", r, "withdraw", {"reason": "enough"})

    def test_the_impact_counts_devices_and_names_running_campaigns(self):
        supplier, operator = self.as_("supplier"), self.as_("operator")
        made = supplier.post("/v1/devices", "name,adapter,identity\nimpact-1,bbum,1081:00A10102:00010000\n"
                             "impact-2,bbum,1081:00A10102:00010000\nimpact-3,bbum,1081:00A10102:00020000\n", "text/csv")
        self.assertEqual(made.status, 200, made)
        made = self.as_("supplier2").post("/v1/devices", "name,adapter,identity\nother-1,bbum,1081:00A10102:00010100\n", "text/csv")
        self.assertEqual(made.status, 200, made)
        for number in (2, 3):
            self.assertIn(operator.put(f"/v1/images/{sha(image(number))}", image(number), "application/octet-stream").status, (200, 201))
        made = supplier.post("/v1/campaigns", {"name": "spring", "target": "000003", "members": {"filter": {"prefix": "impact-"}},
                                               "stop_after": 0, "notice_read": True})
        self.assertEqual(made.status, 201, made)
        self.assertEqual(supplier.post("/v1/campaigns/spring/start").status, 200)
        if self.path(4, 5) != "path":
            self.publish()
        change = {"items": [{"entry": "000003", "kind": "bases", "bases": ["000001"]}]}
        seen = {who: self.check(self.as_(who).post("/v1/whatif", change), "POST", "/v1/whatif", 200).json()
                for who in ("editor", "supplier", "supplier2", "manufacturer", "approver", "ssc", "operator", "auditor")}
        # Whoever runs 2 has no path any more. Organisations are told to those who audit; to others their own and a total.
        count = {"total": 3, "own": 0, "others": 3, "stranded": 1, "own_stranded": 0, "organisations": None}
        whose = {"total": 2, "list": [{"organisation": "Example Energy", "devices": 2, "stranded": 0},
                                      {"organisation": "Other Energy", "devices": 1, "stranded": 1}]}
        self.assertEqual(seen["supplier"]["devices"], {**count, "own": 2, "others": 1})
        self.assertEqual(seen["supplier2"]["devices"], {**count, "own": 1, "others": 2, "own_stranded": 1})
        self.assertEqual(seen["manufacturer"]["devices"], count)
        for who in ("editor", "approver", "ssc"):
            self.assertEqual(seen[who]["devices"], {**count, "organisations": whose}, who)
        for who in ("operator", "auditor"):
            self.assertEqual(seen[who]["devices"], {**count, "own": 3, "others": 0, "own_stranded": 1, "organisations": whose}, who)
        for who, hidden in (("supplier", "Other Energy"), ("supplier2", "Example Energy"), ("manufacturer", "Energy")):  # T32
            self.assertNotIn(hidden, json.dumps(seen[who]), who)
        for who in ("editor", "supplier"):
            c = seen[who]["campaigns"]
            self.assertEqual((c["total"], c["walks"], c["others"], c["list"][0]["name"], c["list"][0]["changes"]), (1, 2, 0, "spring", 1), who)
            self.assertEqual(c["list"][0]["vanishes"], 1)  # the step 2 -> 3 of its plan goes
        for who in ("supplier2", "manufacturer"):  # T32: of others the number only
            self.assertEqual(seen[who]["campaigns"], {"total": 1, "walks": 2, "others": 1, "list": []}, who)
            self.assertNotIn("spring", json.dumps(seen[who]))
        # T32: on the pages and the command line too.
        r = self.propose("manufacturer", body({"entry": "000003", "kind": "bases", "bases": ["000001"]})).json()["proposal"]
        page = self.s.session("approver").get(f"/proposals/{r}").body.decode()
        self.assertRegex(page, r"Example Energy</th><td[^>]*>2</td><td[^>]*>0</td>")
        self.assertRegex(page, r"Other Energy</th><td[^>]*>1</td><td[^>]*>1</td>")
        page = self.s.session("manufacturer").get(f"/proposals/{r}").body.decode()
        self.assertIn("would have no path to the newest", page)
        self.assertNotIn("Energy", page)
        for who, told in (("approver", True), ("manufacturer", False)):
            out = self.cli(who, "review", str(r)).stdout
            self.assertIn("no path to the newest", out)
            self.assertEqual("Example Energy: 2, 0 with no path" in out, told, out)
            self.assertEqual("Energy" in out, told, out)
        supplier.post("/v1/campaigns/spring/stop")

    def test_pages_repeat_what_another_approval_of_this_moment_was_in_the_way_of(self):
        browser, said, n = self.s.session("approver"), [], 6
        waiting = [self.propose(content=body({"entry": "000005", "kind": "excerpt", "text": f"Part {i}", "document": f"Notes {i}", "owner": "SECAS"})).json()
                   for i in range(n)]
        start = threading.Barrier(n + 2)

        def approve(p):
            start.wait()
            said.append(browser.post_form(f"/proposals/{p['proposal']}/approve", {"hash": p["hash"], "version": 1, "reason": ""}))

        def propose(i):
            start.wait()
            said.append(self.s.session("editor").post_form("/proposals/new", {
                "step": "check", "go": "send", "entry": "000005", "what": "excerpt", "text": f"Sent {i}", "document": f"Sent {i}", "owner": "SECAS",
                "title": f"Sent {i}", "reason": "Release note"}))

        self.s.set_password("editor")
        threads = [threading.Thread(target=approve, args=(p,)) for p in waiting] + [
            threading.Thread(target=propose, args=(i,)) for i in range(2)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual([r.status for r in said], [303] * (n + 2), said)
        for p in waiting:
            self.assertEqual(self.as_("editor").get(f"/v1/proposals/{p['proposal']}").json()["state"], "published")

    # ---- the security lane

    def test_a_block_at_once_and_the_second_person(self):
        content = {"entry": "000003", "bases": ["000002"], "name": "No 2 to 3", "message": "Bricks", "reason": "Incident 7"}
        self.assertEqual(self.as_("supplier").post("/v1/blocks", content).status, 403)
        r = self.check(self.as_("ssc").post("/v1/blocks", content), "POST", "/v1/blocks", 201)
        b = r.json()["block"]
        self.assertEqual(self.path(2, 3), "none")
        self.assertGreater(r.json()["second"]["seconds_left"], 86000)
        self.assertEqual(self.as_("ssc").post(f"/v1/blocks/{b}/ratify", {"reason": "mine"}).status, 403)
        got = self.check(self.as_("approver").get("/v1/blocks?state=waiting"), "GET", "/v1/blocks", 200).json()
        self.assertEqual((got["waiting"], got["blocks"][0]["may"]), (1, ["ratify", "lift"]))
        self.check(self.as_("auditor").get(f"/v1/blocks/{b}"), "GET", "/v1/blocks/{id}", 200)
        lifted = self.check(self.as_("approver").post(f"/v1/blocks/{b}/lift", {"reason": "Another model"}), "POST", "/v1/blocks/{id}/lift", 200)
        self.assertEqual(lifted.json()["state"], "lifted")
        self.assertEqual(self.path(2, 3), "path")
        r = self.as_("ssc").post("/v1/blocks", content)
        self.check(self.as_("ssc2").post(f"/v1/blocks/{r.json()['block']}/ratify", {"reason": "Seen"}), "POST", "/v1/blocks/{id}/ratify", 200)
        self.publish({"op": "withdraw", "entry": "000003", "kind": "block", "bases": ["000002"]})
        self.assertEqual(self.path(2, 3), "path")

    # ---- the command line

    def cli(self, who, *args, check=True, stdin=None):
        os.environ["FIRPATH_TOKEN"] = self.s.tokens[who]
        try:
            return self.s.cli(*args, "--server", self.s.url, check=check, stdin=stdin)
        finally:
            del os.environ["FIRPATH_TOKEN"]

    def test_the_command_line_proposes_reviews_and_approves(self):
        self.withdraw_5()
        file = os.path.join(self.s.folder, "edit.csv")
        with open(file, "w", encoding="utf-8") as f:
            f.write("entry,kind,bases,source,author\n000005,bases,000004,secas,SECAS\n")
        w = self.cli("editor", "whatif", file)
        self.assertIn("4 appear", w.stdout)
        p = json.loads(self.cli("editor", "propose", file, "--why", "Release note 5", "--json").stdout)["proposal"]
        self.assertIn("Release note 5", self.cli("approver", "review", "--state", "waiting").stdout)
        shown = self.cli("approver", "review", str(p)).stdout
        self.assertIn("000004->000005", shown)
        off = self.cli("approver", "approve", str(p), check=False)
        self.assertEqual(off.returncode, 2)
        self.assertIn("--yes", off.stderr)
        own = self.cli("editor", "approve", str(p), "--yes", check=False)
        self.assertEqual(own.returncode, 4)
        done = self.cli("approver", "approve", str(p), "--yes", "--why", "As in the note").stdout
        self.assertIn("it made revision", done)
        self.assertEqual(self.path(4, 5), "path")
        again = self.cli("editor", "propose", "--rule", "below 5 go past 4", "--entry", "5", "--why", "rule", check=False)
        self.assertEqual(again.returncode, 1, again.stderr)
        self.assertIn("'past'", again.stderr)
        b = json.loads(self.cli("ssc", "block", "--entry", "5", "--message", "No", "--why", "Incident", "--json").stdout)["block"]
        self.assertIn("due in 23 h", self.cli("approver", "blocks", "--state", "waiting").stdout)
        self.assertIn("lifted", self.cli("approver", "unblock", str(b), "--why", "Wrong entry").stdout)


class Cooling(unittest.TestCase):
    def test_the_clerk_publishes_after_the_cooling_time(self):
        with Service(conf={"proposal_cooling": "1s"}) as s:
            s.import_sample()
            s.people()
            r = s.as_role("editor").post("/v1/proposals", body())
            a = s.as_role("approver").post(f"/v1/proposals/{r.json()['proposal']}/approve", {"hash": r.json()["hash"]},
                                           headers={"If-Match": r.headers["ETag"]})
            self.assertEqual(a.json()["state"], "approved")
            self.assertEqual(s.get("/v1/path?from=4&to=5").json()["result"], "none")
            s.wait_for(lambda: s.get("/v1/path?from=4&to=5").json()["result"] == "path")
            self.assertEqual(s.as_role("editor").get(f"/v1/proposals/{r.json()['proposal']}").json()["state"], "published")

    def test_without_an_account_nobody_proposes(self):
        with Service() as s:
            s.import_sample()
            r = s.post("/v1/proposals", body())
            self.assertEqual((r.status, r.json()["code"]), (403, "needs-account"))
            self.assertEqual(s.post("/v1/imports?feed=statements", "entry,kind,source,author\n000004,any,secas,S\n", "text/csv").status, 201)


if __name__ == "__main__":
    assert os.path.exists(os.path.join(BUILD, "firpathd"))
    unittest.main()

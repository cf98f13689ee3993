#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Freshness, call-outs, excerpts and contacts, service levels, the tick of the notice: through REST and pages, as the
people who use them."""
import os
import sys
import time
import unittest
from urllib.parse import urlencode

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from service import Service  # noqa: E402

FORM = "application/x-www-form-urlencoded"
CANARY = "canary-4711"


def moment():
    """This moment, in ms; the next one comes a little later."""
    now = time.time()
    time.sleep(0.01)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03}Z"


def form(who, path, **fields):
    return who.post(path, urlencode({"csrf": "", **fields}, doseq=True), FORM, {"Sec-Fetch-Site": "same-origin"})


class Trust(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = Service(conf={"write_burst": 10000, "write_rate": 10000})
        cls.s.import_sample()
        cls.s.people()

    @classmethod
    def tearDownClass(cls):
        cls.s.close()

    def who(self, role):
        return self.s.as_role(role)

    def ok(self, r, status=200):
        self.assertEqual(r.status, status, r)
        return r.json() if "json" in r.headers["Content-Type"] else r.body.decode()

    def problem(self, r, status, code):
        self.assertEqual((r.status, r.json()["code"]), (status, code), r)
        return r.json()

    def audit(self, action):
        rows, cursor = [], ""
        while cursor is not None:
            page = self.ok(self.who("auditor").get("/v1/audit?limit=500" + cursor))
            rows += [row for row in page["rows"] if row["action"] == action]
            cursor = f"&cursor={page['next']}" if page["next"] else None
        return rows

    def publish(self, author, items, title="A change"):
        made = self.ok(self.who(author).post("/v1/proposals", {"title": title, "reason": "a test", "items": items}), 201)
        return self.approve(made["proposal"])

    def approve(self, number):
        approver = self.who("approver")
        r = approver.get(f"/v1/proposals/{number}")
        return self.ok(approver.post(f"/v1/proposals/{number}/approve", {"hash": self.ok(r)["hash"]},
                                     headers={"If-Match": r.headers["ETag"]}))

    def test_a_call_out_takes_four_fields_and_its_answer_becomes_a_proposal(self):
        r = self.who("supplier").post("/v1/callouts", {"kind": "missing", "entry": "4", "from": "1", "text": CANARY})
        made = self.ok(r, 201)
        at = f"/v1/callouts/{made['callout']}"
        self.assertEqual(r.headers["Location"], at)
        self.assertEqual((made["entry"], made["from"], made["state"], made["mine"]), ("000004", "000001", "open", True))
        self.problem(self.who("supplier").post(at + "/answer", {"text": "x"}), 403, "denied")
        self.problem(self.who("manufacturer2").post(at + "/answer", {"text": "x"}), 403, "denied")
        self.ok(self.who("editor").post(at + "/ask", {}))
        todo = self.ok(self.who("manufacturer").get("/v1/callouts?todo=yes"))["callouts"]
        self.assertEqual([c["callout"] for c in todo], [made["callout"]])
        self.assertEqual(self.ok(self.who("manufacturer2").get("/v1/callouts?todo=yes"))["callouts"], [])
        answered = self.ok(self.who("manufacturer").post(at + "/answer", {"text": "From 2.", "kind": "bases", "bases": "2"}))
        self.assertEqual(answered["answer"], {"kind": "bases", "bases": "000002"})
        self.problem(self.who("manufacturer2").post(at + "/proposal"), 403, "denied")
        r = self.who("manufacturer").post(at + "/proposal")
        number = self.ok(r, 201)["proposal"]
        self.assertEqual(r.headers["Location"], f"/v1/proposals/{number}")
        draft = self.ok(self.who("manufacturer").get(f"/v1/proposals/{number}"))
        self.assertEqual((draft["state"], len(draft["items"])), ("draft", 1))
        self.assertIn(f'href="/proposals/{number}"', self.ok(self.who("editor").get(f"/call-outs/{made['callout']}")))
        self.problem(self.who("editor").post(at + "/close", {"text": "x", "proposal": 999999}), 404, "not-found")
        self.ok(self.who("editor").post(at + "/close", {"text": "Proposed.", "proposal": number}))
        self.assertEqual(self.ok(self.who("public").get(at))["state"], "closed")

    def test_T32_the_public_list_names_nobody_and_texts_stay_with_those_concerned(self):
        made = self.ok(self.who("supplier").post("/v1/callouts", {"kind": "wrong", "entry": "000003", "text": CANARY}), 201)
        number = made["callout"]
        self.ok(self.who("editor").post(f"/v1/callouts/{number}/say", {"text": CANARY}))
        for role in ("public", "supplier2", "manufacturer2", "cpo", "operator", "device"):
            for path in (f"/v1/callouts/{number}", "/v1/callouts", "/v1/service-levels", f"/call-outs/{number}",
                         "/call-outs?state=all", "/service-levels", "/data-health", "/entries/000003", "/v1/entries/000003"):
                r = self.who(role).get(path)
                if role == "device" and r.status in (401, 403):
                    continue
                self.assertEqual(r.status, 200, (role, path, r))
                self.assertNotIn(CANARY.encode(), r.body, (role, path))
                self.assertNotIn(b"user:supplier", r.body, (role, path))
                self.assertNotIn(b"Example Energy", r.body, (role, path))
        for role in ("supplier", "editor", "ssc", "auditor", "manufacturer"):
            self.assertIn(CANARY.encode(), self.who(role).get(f"/v1/callouts/{number}").body, role)
            self.assertIn(CANARY.encode(), self.who(role).get(f"/call-outs/{number}").body, role)
        self.assertEqual(self.who("public").post("/v1/callouts", {"kind": "wrong", "entry": "3", "text": "x"}).status, 401)
        self.ok(self.who("supplier").post(f"/v1/callouts/{number}/close", {"text": "done"}))

    def test_T33_members_that_nobody_knows_are_refused(self):
        for body in ({"kind": "wrong", "entry": "3", "text": "x", "state": "closed"}, {"kind": "wrong", "entry": "3"},
                     {"kind": "wrong", "entry": 3, "text": "x"}):
            self.problem(self.who("supplier").post("/v1/callouts", body), 400, "json-field")

    def test_a_dispute_is_in_every_answer_while_it_stands(self):
        made = self.ok(self.who("supplier").post("/v1/callouts", {"kind": "wrong", "entry": "2", "text": "It failed."}), 201)
        at = f"/v1/callouts/{made['callout']}"
        self.problem(self.who("supplier").post(at + "/dispute", {"text": "x"}), 403, "denied")
        before = self.ok(self.who("public").get("/v1/path?from=1&to=2"))
        self.ok(self.who("editor").post(at + "/dispute", {"text": "Two documents disagree."}))
        answer = self.ok(self.who("public").get("/v1/path?from=1&to=2"))
        self.assertEqual(answer["revision"], before["revision"] + 1)
        self.assertEqual(answer["hops"][0]["statement"]["freshness"], "disputed")
        self.assertIn("statement-disputed", answer["warnings"])
        bulk = self.s.request("POST", "/v1/path/bulk", body=b"from,to\n1,2\n", headers={"Content-Type": "text/csv"})
        self.assertIn(b"statement-disputed", bulk.body)
        self.assertIn("Disputed", self.ok(self.who("public").get("/path?from=1&to=2")))
        entry = self.ok(self.who("public").get("/v1/entries/2"))
        self.assertEqual(entry["dispute"]["callout"], made["callout"])
        self.assertIn(f'href="/call-outs/{made["callout"]}"', self.ok(self.who("public").get("/entries/000002")))
        self.assertIn(",disputed,", self.ok(self.who("public").get("/v1/export/fir")))
        self.ok(self.who("editor").post(at + "/settle", {}))
        answer = self.ok(self.who("public").get("/v1/path?from=1&to=2"))
        self.assertNotIn("statement-disputed", answer["warnings"])
        self.assertEqual([len(self.audit(a)) >= 1 for a in ("dispute-open", "dispute-settle")], [True, True])
        self.ok(self.who("editor").post(at + "/reject", {"text": "It is right."}))

    def test_due_paths_are_confirmed_from_the_workspace_by_two_people(self):
        maker = self.who("manufacturer")
        due = self.ok(maker.get("/v1/confirmations?state=due&mine=yes"))["confirmations"]
        self.assertIn("000002", [c["entry"]["entry"] for c in due])
        self.assertTrue(all(c["entry"]["manufacturer"] == "1081" for c in due))
        self.assertEqual({c["statement"]["freshness"] for c in due} - {"due", "overdue"}, set())
        page = self.ok(maker.get("/workspace"))
        self.assertIn("Which of these are still true?", page)
        self.assertEqual(self.who("supplier").get("/workspace").status, 403)
        r = form(maker, "/workspace", reason="checked")
        self.assertEqual((r.status, "Tick at least one" in r.body.decode()), (400, True))
        r = form(maker, "/workspace", entry=["000002", "000003"], reason="Checked against the notes.")
        self.assertEqual(r.status, 303, r)
        number = self.ok(maker.get("/v1/proposals?mine=yes"))["proposals"][0]["proposal"]
        self.assertIn(str(number), r.headers["Location"])
        self.approve(number)
        answer = self.ok(self.who("public").get("/v1/path?from=1&to=3"))
        self.assertEqual([h["statement"]["freshness"] for h in answer["hops"]], ["confirmed", "confirmed"])
        self.assertEqual(answer["oldest_confirmed_on"], time.strftime("%Y-%m-%d", time.gmtime()))
        self.assertNotIn("statement-overdue", answer["warnings"])
        self.assertIn("Confirmed</strong>", self.ok(self.who("public").get("/entries/000002")))

    def test_excerpts_and_contacts_come_by_proposal_and_past_answers_stay(self):
        before = moment()
        self.publish("manufacturer", [
            {"kind": "excerpt", "entry": "4", "text": "Only from 3.\nSee chapter 2.", "document": "RN 4", "owner": "Example Meters",
             "document_date": "2026-01-01"},
            {"kind": "contact", "manufacturer": "1081", "name": "Firmware desk", "email": "desk@maker.example"}])
        entry = self.ok(self.who("public").get("/v1/entries/4"))
        self.assertEqual((entry["excerpts"][0]["document"], entry["contacts"][0]["name"]), ("RN 4", "Firmware desk"))
        page = self.ok(self.who("public").get("/entries/000004"))
        self.assertIn("Only from 3.", page)
        self.assertIn("desk@maker.example", page)
        none = self.ok(self.who("public").get("/v1/path?from=4&to=1"))
        self.assertEqual((none["result"], none["help"][0]["email"]), ("none", "desk@maker.example"))
        self.assertIn("Firmware desk", self.ok(self.who("public").get("/path?from=4&to=1")))
        self.assertIn("Firmware desk; desk@maker.example", self.ok(self.who("public").get("/v1/export/fir")))
        r = self.who("public").get("/v1/entries/4?at=" + before)
        self.assertEqual(self.ok(r)["excerpts"], [])
        r = self.who("manufacturer2").post("/v1/proposals", {"title": "x", "reason": "y", "items": [
            {"kind": "contact", "manufacturer": "1081", "name": "Rival desk", "email": "x@y.example"}]})
        self.assertIn(r.status, (400, 403), r)

    def test_the_notice_is_ticked_before_an_export_and_kept(self):
        self.ok(self.who("public").get("/v1/export/fir"))
        p = self.problem(self.who("supplier2").get("/v1/export/fir"), 428, "notice-unread")
        self.assertIn("release notes", p["detail"])
        self.problem(self.who("supplier2").get("/v1/export/fir?notice=yes"), 400, "invalid-input")
        n = len(self.audit("notice-tick"))
        for _ in range(3):
            self.ok(self.who("supplier2").get("/v1/export/fir?notice=read"))
        rows = self.audit("notice-tick")
        self.assertEqual((len(rows), rows[-1]["subject"]), (n + 1, "export/fir"))
        r = form(self.who("public"), "/exports", export="fir", at="")
        self.assertEqual((r.status, "Tick the box when you have read it" in r.body.decode()), (400, True))
        r = form(self.who("public"), "/exports", export="fir", at="2026-11-20", notice="read")
        self.assertEqual((r.status, r.headers["Location"]), (303, "/v1/export/fir?at=2026-11-20&notice=read"))

    def test_service_levels_say_the_same_on_the_page_and_in_metrics(self):
        levels = self.ok(self.who("public").get("/v1/service-levels"))
        self.assertEqual([q["queue"] for q in levels["queues"]], ["callouts-secas", "callouts-manufacturer", "proposals", "imports"])
        self.assertEqual([q["target_seconds"] // 86400 for q in levels["queues"]], [5, 10, 5, 5])
        page = self.ok(self.who("public").get("/service-levels"))
        for text in ("Call-outs at SECAS", "Held imports", "5 days", "10 days", "every 90 days"):
            self.assertIn(text, page)
        metrics = self.s.request("GET", "/metrics", port=self.s.health_port).body.decode()
        self.assertIn('firpath_edit_queue_age_seconds{queue="proposals"}', metrics)
        self.assertIn('firpath_confirmations_due{state="overdue"}', metrics)

    def test_pages_of_call_outs_work_as_a_browser_without_script_uses_them(self):
        who = self.who("supplier2")
        r = form(who, "/call-outs/new", kind="", entry="zzz", text="")
        self.assertEqual(r.status, 400)
        self.assertIn("There is a problem", r.body.decode())
        r = form(who, "/call-outs/new", kind="stale", entry="999999", **{"from": ""}, text="x")
        self.assertIn("there is no entry", r.body.decode().lower())
        r = form(who, "/call-outs/new", kind="stale", entry="9", **{"from": ""}, text="Nobody knows <b>this</b>.")
        self.assertEqual(r.status, 303, r)
        at = r.headers["Location"].split("?")[0]
        page = self.ok(who.get(r.headers["Location"]))
        self.assertIn("Your report is with SECAS", page)
        self.assertIn("Nobody knows &lt;b&gt;this&lt;/b&gt;.", page)
        self.assertIn("Work on it", page)
        self.assertNotIn("Work on it", self.ok(self.who("public").get(at)))
        r = form(who, at, verb="reject", text="x")
        self.assertEqual(r.status, 400, r)
        r = form(self.who("editor"), at, verb="answer", text="Still true.", kind="", bases="")
        self.assertEqual(r.status, 303, r)
        r = form(self.who("editor"), at, verb="propose", text="", kind="", bases="")
        self.assertEqual(r.status, 303, r)
        self.assertTrue(self.ok(self.who("editor").get("/v1" + at.replace("call-outs", "callouts")))["proposal"])
        r = form(self.who("editor"), at, verb="close", text="", kind="", bases="")
        self.assertEqual((r.status, "say in a sentence" in r.body.decode().lower()), (400, True))
        r = form(self.who("editor"), at, verb="close", text="Proposed.", kind="", bases="")
        self.assertEqual(r.status, 303, r)


class Settings(unittest.TestCase):
    def test_the_period_is_configured_and_past_answers_keep_theirs(self):
        with Service() as s:
            s.import_sample()
            before = s.get("/v1/entries/2").json()
            then = moment()
            s.stop()
            s.conf["confirm_every"] = "3650d"
            s.write_conf()
            s.start()
            now = s.get("/v1/entries/2").json()
            self.assertEqual(now["statement"]["freshness"], "confirmed")
            self.assertNotEqual(before["statement"]["due"], now["statement"]["due"])
            self.assertEqual(s.get("/v1/entries/2?at=" + then).json()["statement"]["due"], before["statement"]["due"])


if __name__ == "__main__":
    unittest.main(verbosity=1)

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Pages that change something, as a browser without script uses them: proposals by questions, decisions, bulk checks
with files and lists to keep, blocks. What a page shows is read from its text; what happened is read over the API."""

import html
import http.client
import os
import re
import shutil
import subprocess
import tempfile
import threading
import unittest
import urllib.parse

from service import BUILD, Service, cpl_csv, statements_csv

FORM = "application/x-www-form-urlencoded"
OURS = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}


def text_of(r):
    body = re.sub(r"<(script|style|head)\b.*?</\1>", " ", r.body.decode(), flags=re.S)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))


def hidden(r):
    """What the browser would send for the page's last form if nobody touched it; csrf aside."""
    body = r.body.decode()
    body = body[body.rindex("<form") if "<form" in body else 0:]
    found = []
    for tag in re.findall(r"<input [^>]*>", body):
        a = dict(re.findall(r'(\S+)="([^"]*)"', tag))
        if a.get("name") and (a.get("type") in ("hidden", "text") or re.search(r" checked[ >]", tag)):
            found.append((a["name"], html.unescape(a.get("value", ""))))
    for name, value in re.findall(r'<textarea [^>]*name="([^"]+)"[^>]*>\n?([^<]*)</textarea>', body):
        found.append((name, html.unescape(value)))
    return [p for p in found if p[0] != "csrf"]


class Pages(unittest.TestCase):
    """A service with people, and hands to fill its forms with."""

    @classmethod
    def setUpClass(cls):
        cls.s = Service(conf={"fetch_allow": "127.0.0.0/8"})
        cls.addClassCleanup(cls.s.close)
        cls.s.post("/v1/imports?feed=cpl&accept=yes", cpl_csv(), "text/csv", {"Idempotency-Key": "cpl"})
        cls.s.post("/v1/imports?feed=statements", statements_csv(), "text/csv", {"Idempotency-Key": "st"})
        cls.s.people()

    def page(self, who, path, status=200):
        r = self.s.as_role(who).get(path, OURS)
        self.assertEqual(r.status, status, f"{who} {path}: {text_of(r)[:600]}")
        return r

    def form(self, who, path, fields, status=200):
        pairs = list(fields.items()) if isinstance(fields, dict) else list(fields)
        body = urllib.parse.urlencode([*pairs, ("csrf", "")])
        r = self.s.as_role(who).post(path, body, FORM, OURS)
        self.assertEqual(r.status, status, f"{who} {path}: {text_of(r)[:900]}")
        return r

    def step(self, who, r, more, status=200):
        """Sends the form of a question page with what somebody chose."""
        names = {k for k, _ in more}
        return self.form(who, "/proposals/new", [p for p in hidden(r) if p[0] not in names and p[0] != "go"] + more, status)

    def propose(self, who, entry, what, answers, why=(), send=True):
        r = self.step(who, self.page(who, "/proposals/new"), [("entry", entry), ("go", "next")])
        r = self.step(who, r, [("what", what), ("go", "next")])
        for a in answers:
            r = self.step(who, r, [*a, ("go", "next")])
        r = self.step(who, r, [("title", f"{what} {entry}"), ("reason", "The notes say so."), *why, ("go", "next")])
        if not send:
            return r
        self.assertIn("Check your answers", text_of(r))
        r = self.step(who, r, [("go", "send")], 303)
        return int(re.search(r"/proposals/(\d+)\?done=sent", r.headers["Location"]).group(1))

    def decide(self, who, number, verb, reason="", status=303):
        r = self.page(who, f"/proposals/{number}")
        return self.form(who, f"/proposals/{number}/{verb}", {**dict(hidden(r)), "reason": reason}, status)


class Portal(Pages):
    def test_a_statement_is_proposed_by_questions_and_published_by_a_second_person(self):
        number = self.propose("manufacturer", "5", "bases",
                              [[("bases", "000004")], [("excerpt", "Install over 2.0."), ("reference", "RN-5")]])
        r = self.page("manufacturer", f"/proposals/{number}?done=sent")
        self.assertIn("The proposal was sent", text_of(r))
        self.assertIn("You cannot approve it", text_of(r))
        self.assertNotIn("Approve exactly this", text_of(r))
        r = self.page("approver", f"/proposals/{number}")
        t = text_of(r)
        for part in ("Waits for approval", "Install over 2.0.", "Steps that appear", "000004 to 000005", "4 appear"):
            self.assertIn(part, t)
        self.assertIn("1 thing waits for you", text_of(self.page("approver", "/work")))
        self.assertIn("Decide", text_of(self.page("approver", "/proposals?state=waiting")))
        self.decide("approver", number, "approve")
        self.assertIn("Published", text_of(self.page("manufacturer", f"/proposals/{number}")))
        path = self.s.as_role("public").get("/v1/path?from=000001&to=000005").json()
        self.assertEqual(path["result"], "path")

    def test_T07_a_form_cannot_approve_other_content_or_by_its_author(self):
        number = self.propose("editor", "4", "confirm", [])
        r = self.page("approver", f"/proposals/{number}")
        fields = dict(hidden(r))
        other = self.form("approver", f"/proposals/{number}/approve", {**fields, "hash": "0" * 64}, 409)
        self.assertIn("There is a problem", text_of(other))
        self.form("editor", f"/proposals/{number}/approve", fields, 403)
        self.form("approver", f"/proposals/{number}/approve", {**fields, "version": "9"}, 412)
        self.assertIn("Waits for approval", text_of(self.page("approver", f"/proposals/{number}")))
        self.form("approver", f"/proposals/{number}/reject", {**fields, "reason": ""}, 400)  # a reason is needed
        self.decide("approver", number, "return", "Which page?")
        self.assertIn("Which page?", text_of(self.page("editor", f"/proposals/{number}")))
        self.form("approver", f"/proposals/{number}/publish", fields, 404)

    def test_a_rule_in_words_shows_its_steps_before_anything_is_sent(self):
        r = self.propose("editor", "000001", "rule",
                         [[("rule", "from 000001 to 000004 only via 000002")], [("reference", "RN-4")]], send=False)
        self.assertIn("What this would do", text_of(r))
        r = self.step("editor", self.page("editor", "/proposals/new?entry=1"), [("what", "rule"), ("go", "next")])
        r = self.step("editor", r, [("rule", "beneath 000004 swim"), ("go", "next")], 400)
        self.assertIn("There is a problem", text_of(r))
        self.assertIn("What do the release notes say?", text_of(r))
        self.assertIn("beneath 000004 swim", text_of(r))

    def test_what_was_answered_travels_back_and_forth(self):
        r = self.step("editor", self.page("editor", "/proposals/new?entry=000003"), [("what", "bases"), ("go", "next")])
        self.assertIn(("bases", "000002"), hidden(r))  # what stands is ticked at first
        r = self.step("editor", r, [("bases", "000001"), ("bases", "000002"), ("go", "next")])
        r = self.step("editor", r, [("reference", "RN-3b"), ("go", "next")])
        r = self.step("editor", r, [("go", "back")])
        self.assertIn('value="RN-3b"', r.body.decode())
        r = self.step("editor", r, [("go", "next")])
        r = self.step("editor", r, [("reason", ""), ("title", "Two ways"), ("go", "next")], 400)
        self.assertIn("Write the reason", text_of(r))
        r = self.step("editor", r, [("reason", "Both are in the notes"), ("title", "Two ways"), ("go", "next")])
        self.assertIn("000001 000002", text_of(r))
        self.assertIn("RN-3b", text_of(r))
        r = self.step("editor", r, [("go", "to:bases")])
        self.assertIn(("bases", "000001"), hidden(r))

    def test_a_correction_of_the_past_says_which_answers_were_wrong(self):
        r = self.propose("editor", "000002", "withdraw", [], [("effective_on", "2026-01-01")], send=False)
        self.assertRegex(text_of(r), "Past answers that were wrong|was nothing yet|cannot")

    def test_a_maker_is_told_at_the_field_that_an_entry_is_not_its_own(self):
        r = self.step("manufacturer2", self.page("manufacturer2", "/proposals/new"), [("entry", "000002"), ("go", "next")], 400)
        self.assertIn("another manufacturer", text_of(r))
        r = self.step("editor", self.page("editor", "/proposals/new"), [("entry", "1082:00B10100:1"), ("go", "next")], 400)
        self.assertIn("Several entries fit (000007, 000008)", text_of(r))

    def test_an_excerpt_and_a_contact_are_proposed_too(self):
        number = self.propose("manufacturer", "2", "excerpt", [[("text", "Upgrade from 1.0 only."), ("document", "Notes 1.1"),
                                                               ("owner", "Example Meters")]])
        self.decide("approver", number, "approve")
        number = self.propose("manufacturer", "2", "contact", [[("contact_name", "FIR desk"), ("email", "fir@example.org")]])
        self.decide("approver", number, "approve")
        entry = self.s.as_role("public").get("/v1/entries/2").json()
        self.assertEqual(entry["excerpts"][0]["text"], "Upgrade from 1.0 only.")
        r = self.bulk("public", "m,000002")
        self.assertIn("fir@example.org", text_of(r))

    def test_T11_what_may_be_mistaken_is_told_on_the_page_of_an_entry(self):
        t = text_of(self.page("public", "/entries/7"))
        self.assertIn("Also written as, and not to be confused with", t)
        self.assertIn("00:00:00:01 , 00000001 or, with each octet as a decimal number, 0.0.0.1", t)
        self.assertIn("Same identity only the Entry ID tells them apart", t)
        self.assertIn("No other entry of the catalogue has the same version", text_of(self.page("public", "/entries/9")))

    # The security lane

    def test_one_person_blocks_at_once_and_a_second_one_decides_with_the_clock_on_screen(self):
        fields = {"entry": "9", "bases": "000007", "name": "EX-1", "message": "Loses the clock.", "reason": "Seen in the field.",
                  "go": "check"}
        r = self.form("ssc", "/blocks/new", {**fields, "name": ""}, 400)
        self.assertIn("Write a name", text_of(r))
        r = self.form("ssc", "/blocks/new", fields)
        self.assertIn("What this does", text_of(r))
        self.assertIn("Steps that become blocked (1): 000007 to 000009", text_of(r))
        r = self.form("ssc", "/blocks/new", {**dict(hidden(r)), "go": "block"}, 303)
        where = r.headers["Location"].split("?")[0]
        self.assertEqual(self.s.as_role("public").get("/v1/path?from=000007&to=000009").json()["result"], "none")
        t = text_of(self.page("ssc", where))
        self.assertIn("Waits for a second person", t)
        self.assertRegex(t, "(23 h 5|24 h)")
        self.assertNotIn("Confirm the block", t)
        self.assertIn("1 block waits for a second person", text_of(self.page("ssc2", "/risk")))
        self.form("ssc", where + "/ratify", {"reason": "Myself."}, 403)
        self.form("ssc2", where + "/ratify", {}, 400)
        self.form("ssc2", where + "/ratify", {"reason": "Seen too."}, 303)
        self.assertIn("Confirmed", text_of(self.page("editor", where)))
        for who in ("supplier", "manufacturer", "public"):
            self.assertIn(self.s.as_role(who).get(where, OURS).status, (401, 403))

    # The bulk check

    def bulk(self, who, text, view="all/1", more=(), status=200):
        parts = [("list", None, text), ("to", None, "latest"), ("view", None, view), *more]
        body = b"".join(b"--XyZ\r\nContent-Disposition: form-data; name=\"%s\"%s\r\n\r\n%s\r\n" % (
            n.encode(), b"" if f is None else b"; filename=\"%s\"\r\nContent-Type: text/csv" % f.encode(),
            t if isinstance(t, bytes) else t.encode()) for n, f, t in parts) + b"--XyZ--\r\n"
        r = self.s.as_role(who).post("/bulk", body, "multipart/form-data; boundary=XyZ", OURS)
        self.assertEqual(r.status, status, text_of(r)[:600])
        return r

    def test_a_list_is_checked_filtered_and_downloaded_and_nothing_is_kept(self):
        rows = "a,1081:00A10102,00:01:00:00\nb,1082:00B10100,1\nc,1081:00A10102,99\nd,1081 00A1 0102,0.3.1.0\n=e,zzz\n"
        t = text_of(self.bulk("public", rows))
        for part in ("5 devices", "Several entries fit (1)", "Not in the list (1)", "Not understood (1)", "Run removed firmware (1)",
                     "has no entry with the firmware version 00000099"):
            self.assertIn(part, t)
        t = text_of(self.bulk("public", rows, "ambiguous/1"))
        self.assertIn("000007", t)
        self.assertIn("000008", t)
        self.assertIn("devices 1 to 1 of 1", t)
        r = self.bulk("public", rows, "csv")
        self.assertEqual(r.headers["Content-Type"], "text/csv; charset=utf-8")
        self.assertIn("attachment", r.headers["Content-Disposition"])
        lines = r.body.decode().splitlines()
        self.assertEqual(len(lines), 6)
        self.assertTrue(lines[5].startswith("5,'=e,"), lines[5])  # T19
        self.assertIn("000007 000008", lines[2])

    def test_a_file_is_read_as_a_pasted_list_is(self):
        r = self.bulk("public", "", more=[("file", "list.csv", b"\xef\xbb\xbfdevice;entry\r\nx;000001\r\n")])
        self.assertIn("1 devices", text_of(r))
        r = self.bulk("public", "", more=[("file", "list.xlsx", b"PK\x03\x04\xff\xfe")], status=400)
        self.assertIn("save the spreadsheet as CSV", text_of(r))
        self.assertIn("Paste your devices", text_of(self.bulk("public", "", status=400)))
        self.assertIn("no device", text_of(self.bulk("public", " ;,", status=400)))
        self.assertIn("20000 rows", text_of(self.bulk("public", "1\n" * 20001, status=400)))

    def test_ten_thousand_rows_take_seconds_at_most_and_come_in_pages(self):
        rows = "".join(f"meter-{i},1081:00A10102,000{i % 3 + 1}0000\n" for i in range(10000))
        r = self.bulk("public", rows)
        self.assertIn("10,000 devices", text_of(r))
        self.assertEqual(r.body.count(b'<th scope="row"'), 200)
        self.assertIn("devices 9,801 to 10,000", text_of(self.bulk("public", rows, "all/50")))

    def test_T34_a_list_is_kept_for_its_organisation_only_and_can_be_removed(self):
        rows = "canary-device,000001\n"
        self.assertNotIn("Keep this list", text_of(self.bulk("public", rows)))
        self.assertIn("Keep this list", text_of(self.bulk("supplier", rows)))
        self.assertIn("Write a name", text_of(self.bulk("supplier", rows, "save", status=400)))
        self.bulk("public", rows, "save", [("name", None, "stolen")], status=403)
        self.bulk("supplier", rows, "save", [("name", None, "Canary list")], status=303)
        mine = self.page("supplier", "/bulk")
        number = re.search(r"/bulk/(\d+)/remove", mine.body.decode()).group(1)
        self.assertIn("Canary list", text_of(mine))
        for other in ("supplier2", "operator", "editor", "auditor"):
            self.assertNotIn("Canary", text_of(self.page(other, "/bulk")))
            self.form(other, "/bulk", {"saved": number, "view": "all/1"}, 404)
            self.form(other, f"/bulk/{number}/remove", {}, 404)
        self.form("public", f"/bulk/{number}/remove", {}, 401)
        self.assertIn("canary-device", text_of(self.form("supplier", "/bulk", {"saved": number, "view": "all/1"})))
        self.form("supplier", f"/bulk/{number}/remove", {}, 303)
        self.assertNotIn("Canary", text_of(self.page("supplier", "/bulk")))
        self.form("supplier", "/bulk", {"saved": number, "view": "all/1"}, 404)
        self.assertNotIn("canary-device", self.s.log())

    def test_T33_what_no_page_sends_is_refused(self):
        self.form("public", "/bulk", {"list": "1", "view": "all/1", "more": "x"}, 400)
        self.form("public", "/bulk", [("list", "1"), ("list", "2")], 400)
        self.form("editor", "/proposals/new", {"step": "what", "entry": "1", "what": "anything", "go": "next"}, 400)

    def test_T24_a_foreign_page_cannot_send_these_forms(self):
        for path in ("/proposals/new", "/proposals/1/approve", "/bulk/1/remove", "/bulk"):
            r = self.s.as_role("editor").post(path, "x=1", FORM, {"Origin": "https://evil.example"})
            self.assertEqual(r.status, 403, path)

    def test_security_txt_says_whom_to_tell(self):
        self.assertEqual(self.s.as_role("public").get("/.well-known/security.txt").status, 404)
        with Service(conf={"security_contact": "mailto:security@example.org"}) as s:
            t = s.get("/.well-known/security.txt").body.decode()
            self.assertIn("Contact: mailto:security@example.org\n", t)
            self.assertRegex(t, r"Expires: 20\d\d-")
            self.assertIn("security@example.org", text_of(s.get("/security")))


class Again(Pages):
    """Sent again: changed by its author, or by a double click."""

    def send_again(self, who, r, more, status=200):
        """Sends the page's form, of a proposal that exists, to where the page says."""
        where = re.search(r'<form action="(/proposals/\d+/(?:edit|items))"', r.body.decode()).group(1)
        names = {k for k, _ in more}
        return self.form(who, where, [p for p in hidden(r) if p[0] not in names] + more, status)

    def test_a_returned_proposal_is_changed_by_its_author_and_sent_again(self):
        number = self.propose("manufacturer", "5", "bases",
                              [[("bases", "000004")], [("excerpt", "Over 5.0."), ("reference", "RN-7"), ("stated_on", "2024-02-03")]])
        self.decide("approver", number, "return", "Which page of the notes?")
        self.assertIn("Change it and send it again", text_of(self.page("manufacturer", f"/proposals/{number}")))
        self.assertNotIn("Change it and send it again", text_of(self.page("editor", f"/proposals/{number}")))
        for who, status in (("editor", 403), ("supplier", 403)):
            self.assertIn(self.s.as_role(who).get(f"/proposals/{number}/edit", OURS).status, (status, 404), who)
        r = self.page("manufacturer", f"/proposals/{number}/edit")
        for part in ("Which page of the notes?", "000004", "RN-7", "Over 5.0.", "2024-02-03", "Check your answers"):
            self.assertIn(part, text_of(r))
        first = r
        r = self.send_again("manufacturer", r, [("go", "to:source")])
        r = self.send_again("manufacturer", r, [("reference", "RN-7, page 3"), ("go", "next")])
        r = self.send_again("manufacturer", r, [("go", "next")])
        r = self.send_again("manufacturer", r, [("go", "send")], 303)
        self.assertEqual(r.headers["Location"], f"/proposals/{number}?done=sent")
        seen = self.s.as_role("approver").get(f"/v1/proposals/{number}").json()
        self.assertEqual((seen["state"], seen["version"] > 1, seen["items"][0]["reference"]), ("open", True, "RN-7, page 3"))
        self.assertEqual(seen["items"][0]["stated_on"], "2024-02-03")
        # Who looked before that cannot overwrite it.
        self.send_again("manufacturer", first, [("go", "send")], 412)
        self.decide("approver", number, "approve")
        self.assertEqual(self.s.as_role("manufacturer").get(f"/proposals/{number}/edit", OURS).status, 409)

    def test_of_a_proposal_with_several_items_some_are_taken_out(self):
        made = self.s.as_role("editor").post("/v1/proposals", {"title": "Two", "reason": "Both.", "items": [
            {"op": "confirm", "entry": "000002"}, {"op": "confirm", "entry": "000003"}]}, headers={"Idempotency-Key": "two"}).json()
        number = made["proposal"]
        self.decide("approver", number, "return", "Only the first.")
        r = self.s.as_role("editor").get(f"/proposals/{number}/edit", OURS)
        self.assertEqual((r.status, r.headers["Location"]), (303, f"/proposals/{number}/items"))
        r = self.page("editor", f"/proposals/{number}/items")
        self.assertIn("Only the first.", text_of(r))
        both = self.send_again("editor", r, [("drop", "1"), ("drop", "2")], 400)
        self.assertIn("Leave at least one item", text_of(both))
        done = self.send_again("editor", r, [("drop", "2"), ("reason", "The first only.")], 303)
        twice = self.send_again("editor", r, [("drop", "2"), ("reason", "The first only.")], 303)
        self.assertEqual(twice.headers["Location"], done.headers["Location"])
        seen = self.s.as_role("editor").get(f"/v1/proposals/{number}").json()
        self.assertEqual([i["entry"] for i in seen["items"]], made["items"][:1] and [made["items"][0]["entry"]])
        self.assertEqual((seen["state"], seen["reason"]), ("open", "The first only."))
        self.send_again("editor", r, [("title", "Other")], 412)

    def test_T35_a_form_that_is_sent_twice_makes_one_thing(self):
        def same(who, path, r, more, other):
            fields = [p for p in hidden(r) if p[0] not in dict(more)] + more
            answers = []
            # Both at once, as a double click does.
            clicks = [threading.Thread(target=lambda: answers.append(self.form(who, path, fields, 303))) for _ in range(2)]
            for c in clicks:
                c.start()
            for c in clicks:
                c.join()
            answers.append(self.form(who, path, fields, 303))
            self.assertEqual((len(answers), len({a.headers["Location"] for a in answers})), (3, 1))
            # Another answer in it is another form, and so is the same with a fresh page.
            new = self.form(who, path, [p for p in fields if p[0] != other[0]] + [other], 303)
            self.assertNotEqual(new.headers["Location"], answers[0].headers["Location"])

        def count(who, path, name):
            return len(self.s.as_role(who).get(path).json()[name])

        before = count("editor", "/v1/proposals?limit=200", "proposals")
        r = self.propose("editor", "3", "confirm", [], send=False)
        same("editor", "/proposals/new", r, [("go", "send")], ("title", "Another"))
        self.assertEqual(count("editor", "/v1/proposals?limit=200", "proposals"), before + 2)

        r = self.page("supplier", "/call-outs/new?kind=wrong&to=000006")
        same("supplier", "/call-outs/new", r, [("text", "It failed.")], ("entry", "000008"))

        r = self.form("ssc", "/blocks/new", {"entry": "9", "bases": "000007", "name": "EX-9", "message": "No.", "reason": "Seen.", "go": "check"})
        before = count("ssc", "/v1/blocks", "blocks")
        same("ssc", "/blocks/new", r, [("go", "block")], ("bases", ""))
        self.assertEqual(count("ssc", "/v1/blocks", "blocks"), before + 2)

        r = self.form("supplier", "/webhooks/new", {"url": "https://127.0.0.1:9/x", "label": "One"})
        fields = [p for p in hidden(r) if p[0] != "step"] + [("step", "make")]
        first = self.form("supplier", "/webhooks/new", fields)
        self.assertIn("whsec_", text_of(first))
        second = self.form("supplier", "/webhooks/new", fields, 303)
        t = text_of(self.page("supplier", second.headers["Location"]))
        self.assertIn("The form came twice", t)
        self.assertNotIn("whsec_", t)
        self.assertEqual(count("supplier", "/v1/webhooks", "webhooks"), 1)

    def test_who_sends_after_the_session_ended_is_told_and_led_back(self):
        for path, back in (("/call-outs/new", "/call-outs/new"), ("/proposals/7/approve", "/proposals/7"), ("/account/tokens/3/revoke", "/"),
                           ("/proposals/7/edit", "/proposals/7/edit")):
            r = self.form("public", path, {"text": "long"}, 401)
            self.assertIn("What you sent was not kept", text_of(r))
            self.assertIn(f'name="next" value="{back}"', r.body.decode())
        r = self.page("public", "/proposals?state=waiting", 401)
        self.assertNotIn("was not kept", text_of(r))
        self.assertIn('name="next" value="/proposals?state=waiting"', r.body.decode())

    def test_T35_a_refused_form_may_be_sent_again(self):
        r = self.page("supplier", "/call-outs/new?kind=stale&to=000007")
        fields = [p for p in hidden(r) if p[0] not in ("entry", "text")] + [("text", "Old.")]
        self.form("supplier", "/call-outs/new", fields + [("entry", "999999")], 400)
        self.form("supplier", "/call-outs/new", fields + [("entry", "000007")], 303)


class Demo(unittest.TestCase):
    """firpathd --demo: its own folder, people with printed passwords, a banner, loopback only."""

    def run_demo(self, *args):
        env = {**os.environ, "TMPDIR": self.folder}
        p = subprocess.Popen([os.path.join(BUILD, "firpathd"), *args, "--listen", "127.0.0.1:0", "--health_listen", "127.0.0.1:0",
                              "--ocpp-profile1", "127.0.0.1:0"],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env)
        self.addCleanup(p.stdout.close)
        self.addCleanup(lambda: (p.kill(), p.wait()))
        out = []
        for line in p.stdout:
            out.append(line)
            if "Ctrl-C" in line:
                break
        return p, "".join(out)

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="firpath-demo-test-")
        self.addCleanup(shutil.rmtree, self.folder, True)

    def end(self, p):
        p.terminate()
        self.assertEqual(p.wait(30), 0)

    def test_a_demonstration_is_marked_has_people_and_leaves_nothing(self):
        p, out = self.run_demo("--demo")
        port = int(re.search(r"http://127\.0\.0\.1:(\d+)/", out).group(1))
        people = dict(re.findall(r"^  (\w+) +([0-9a-f]{20})$", out, re.M))
        self.assertEqual(sorted(people), ["approver", "auditor", "cpo", "editor", "manufacturer", "operator", "ssc", "supplier"])
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        c.request("GET", "/", headers=OURS)
        self.assertIn("Demonstration.", c.getresponse().read().decode())
        c.request("GET", "/v1/users", headers={})
        r = c.getresponse()
        r.read()
        self.assertIn(r.status, (401, 403))  # nobody is the operator by being local
        body = urllib.parse.urlencode({"csrf": "", "login": "approver", "password": people["approver"]})
        c.request("POST", "/sign-in", body, {**OURS, "Content-Type": FORM})
        r = c.getresponse()
        r.read()
        self.assertEqual(r.status, 303)
        c.request("GET", "/work", headers={**OURS, "Cookie": r.headers["Set-Cookie"].split(";")[0]})
        self.assertIn("1 thing waits for you", html.unescape(c.getresponse().read().decode()))
        c.close()
        self.end(p)
        self.assertEqual(os.listdir(self.folder), [])

    def test_it_comes_back_in_a_given_folder_and_touches_no_store_but_its_own(self):
        given = os.path.join(self.folder, "given")
        for _ in range(2):
            p, out = self.run_demo("--demo=" + given)
            self.assertIn("approver", out)
            self.end(p)
        for args, words in ((["--demo=" + self.folder], "no demonstration"), (["--demo", "--public"], "loopback"),
                            (["--demo", "--db", "x.db"], "leave it out"), (["--demo", "--host_names", "a.example"], "leave it out"),
                            (["--demo", "--listen", "0.0.0.0:0"], "")):
            r = subprocess.run([os.path.join(BUILD, "firpathd"), *args], capture_output=True, text=True, timeout=30, check=False)
            self.assertNotEqual(r.returncode, 0, args)
            self.assertIn(words, r.stderr, args)
        other = os.path.join(self.folder, "other")
        os.mkdir(other)
        with Service(folder=other) as s:
            s.people()
            db = s.db
        shutil.copy(db, os.path.join(given, "demo.db"))
        for suffix in ("-wal", "-shm"):
            if os.path.exists(os.path.join(given, "demo.db" + suffix)):
                os.unlink(os.path.join(given, "demo.db" + suffix))
        r = subprocess.run([os.path.join(BUILD, "firpathd"), "--demo=" + given], capture_output=True, text=True, timeout=30, check=False)
        self.assertNotEqual(r.returncode, 0)
        self.assertIn("no demonstration", r.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)

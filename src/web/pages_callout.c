/* SPDX-License-Identifier: Apache-2.0 */
/* Call-outs: the public list, raising one, following and working one. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/callout.h"
#include "web/form.h"
#include "web/page.h"

#define CALLOUTS_PER_PAGE 50

static const struct crumb callout_crumbs[] = { { "/call-outs", "Call-outs" }, { NULL, NULL } };

static int desk_of(struct req *rq, bool writes, struct callout_desk *ret, struct err *e)
{
	*ret = (struct callout_desk){ .who = &rq->who, .now = rq->now };
	if (writes ? req_newest(rq, &ret->snap, e) || req_db_write(rq, &ret->db, e) : req_db(rq, &ret->db, e))
		return e->code;
	if (!writes)
		ret->snap = catalog_current(rq->view);
	return OK;
}

int page_callouts(struct req *rq, struct resp *rs, struct err *e)
{
	struct callout_filter f = { .state = req_query(rq, "state"), .limit = CALLOUTS_PER_PAGE };
	struct page_head head = { .title = "Call-outs" };
	OWN(json_free) struct json *j = NULL;
	OWN(page_done) struct page p = { 0 };
	struct callout_desk x;
	STR(list, 4 * MIB);
	STR(href, KIB);
	const char *next;

	if (!f.state && !req_query(rq, "mine"))
		f.state = "waiting";
	if (f.state && !strcmp(f.state, "all"))
		f.state = NULL;
	if (req_query_int(rq, "before", 1, INT64_MAX, 0, &f.before, e) ||
	    req_query_bool(rq, "mine", false, &f.mine, e) || req_query_bool(rq, "todo", false, &f.todo, e) ||
	    desk_of(rq, false, &x, e) || callout_list_json(&x, &f, &list, e) ||
	    json_parse(str_c(&list), list.len, &j, e))
		return e->code;
	next = json_text(json_get(j, "next"));
	str_add(&href, "/call-outs");
	link_query(&href, "state", req_query(rq, "state"));
	link_query(&href, "mine", req_query(rq, "mine"));
	link_query(&href, "todo", req_query(rq, "todo"));
	link_query(&href, "before", next);
	page_begin(&p, rq, rs, x.snap, &head);
	page_raw(&p, "list", &list);
	jw_kbool(&p.w, "all", !f.state);
	jw_kbool(&p.w, "todo", f.todo);
	jw_kbool(&p.w, "mine", f.mine);
	page_links(&p, f.before ? "/call-outs" : NULL, next ? str_c(&href) : NULL);
	return page_end(&p, "call-outs", NULL, e);
}

/* ---- raising ---- */

static const struct form_option kind_options[] = {
	{ "missing", "It is missing", "Nothing says how this firmware may be reached" },
	{ "wrong", "It is wrong", "It says something that does not fit the release notes, or does not work" },
	{ "stale", "It is out of date", "Nobody confirmed it for long, or something newer is known" },
	{ "unobtainable", "It cannot be obtained",
	  "The release notes are not to be had, for want of a contract" },
	{ NULL, NULL, NULL },
};
static const struct form_field new_fields[] = {
	{ .name = "kind",
	  .kind = FORM_RADIOS,
	  .label = "What is the matter with the path?",
	  .missing = "Choose what is the matter",
	  .options = kind_options },
	{ .name = "entry",
	  .kind = FORM_INPUT,
	  .label = "Which firmware should be reached?",
	  .hint = "Its Entry ID, for example 000120. The search finds it.",
	  .missing = "Enter the Entry ID",
	  .width = 20,
	  .code = true },
	{ .name = "from",
	  .kind = FORM_INPUT,
	  .label = "From which firmware? (optional)",
	  .hint = "The Entry ID of what the device runs.",
	  .width = 20,
	  .code = true },
	{ .name = "text",
	  .kind = FORM_AREA,
	  .label = "What should SECAS know?",
	  .hint = "A sentence is enough. Do not name people, premises or devices.",
	  .missing = "Say in a sentence what it is about",
	  .max = 4 * CALLOUT_TEXT_MAX },
	{ .name = NULL },
};

/* An error of the use case belongs to the field that it names. */
static bool at_field(struct form *f, const struct err *e)
{
	for (const struct form_field *d = f->fields; d->name; d++)
		if (!strcmp(d->name, e->where)) {
			form_error_of(f, d->name, e);
			return true;
		}
	return false;
}

int page_callout_new(struct req *rq, struct resp *rs, struct err *e)
{
	struct page_head head = { .title = "Report a path", .crumbs = callout_crumbs };
	OWN(form_done) struct form f = { .fields = new_fields, .once = true };
	OWN(page_done) struct page p = { 0 };
	struct callout_desk x;
	bool again;
	char href[64];
	int64_t id;

	form_start(&f, rq);
	form_set(&f, "kind", req_query(rq, "kind"));
	form_set(&f, "entry", req_query(rq, "to"));
	form_set(&f, "from", req_query(rq, "from"));
	if (form_posted(rq) && form_read(&f, e))
		return e->code;
	if (form_posted(rq) && form_ok(&f)) {
		struct callout_new in = { form_value(&f, "kind"), form_value(&f, "entry"),
					  form_value(&f, "from"), form_value(&f, "text") };

		if (form_once(&f, rs, &again, e) || again || desk_of(rq, true, &x, e))
			return e->code;
		if (!callout_add(&x, &in, &id, e)) {
			snprintf(href, sizeof href, "/call-outs/%" PRId64 "?done=raised", id);
			form_made(&f, rs, href);
			return OK;
		}
		if (e->code == ERR_CONFLICT)
			form_error_of(&f, "entry", e);
		else if (!at_field(&f, e))
			return e->code;
	}
	head.error = !form_ok(&f);
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	form_json(&f, &p);
	return page_end(&p, "call-out-new", NULL, e);
}

/* ---- one ---- */

static const struct form_option answer_kinds[] = {
	{ "", "in words only", NULL },
	{ "bases", "from these entries", NULL },
	{ "none", "it has no predecessor", NULL },
	{ "any", "from any earlier entry", NULL },
	{ NULL, NULL, NULL },
};
static const struct form_field work_fields[] = {
	{ .name = "verb",
	  .kind = FORM_RADIOS,
	  .label = "What do you want to do?",
	  .missing = "Choose what to do" },
	{ .name = "text", .kind = FORM_AREA, .label = "What do you say?", .max = 4 * CALLOUT_TEXT_MAX },
	{ .name = "kind",
	  .kind = FORM_SELECT,
	  .label = "With an answer: how may it be reached?",
	  .options = answer_kinds },
	{ .name = "bases",
	  .kind = FORM_INPUT,
	  .label = "With an answer: from which entries?",
	  .hint = "Entry IDs with blanks between.",
	  .max = 4000,
	  .code = true },
	{ .name = NULL },
};
#define PROPOSE "propose"
static const struct form_option verb_words[] = {
	{ "ask", "Pass it to the manufacturer", "Its clock begins" },
	{ "answer", "Answer", "Say how it is, so that it can be proposed" },
	{ PROPOSE, "Make a proposal of the answer", "A draft that you complete and submit" },
	{ "say", "Add a message", NULL },
	{ "dispute", "Mark the path as disputed",
	  "Every answer over it warns until it is settled. What you say is public" },
	{ "settle", "Settle the dispute", NULL },
	{ "close", "Close it", "It is settled, or needed no more" },
	{ "reject", "Reject it", "There is nothing to mend" },
	{ NULL, NULL, NULL },
};

/* What may be done becomes the options. *ret_any: something may. */
static int offer(struct req *rq, struct form *f, const struct json *callout, bool *ret_answer, bool *ret_any)
{
	const struct json *list = json_get(callout, "may");
	bool answered = !strcmp(json_text(json_get(callout, "state")), "answered");

	*ret_any = *ret_answer = false;
	for (const struct form_option *o = verb_words; o->value; o++) {
		bool yes = !strcmp(o->value, PROPOSE) && answered && may(&rq->who, ROLES_PROPOSE) &&
			   json_kind(json_get(callout, "proposal")) == JSON_NULL &&
			   json_kind(json_get(callout, "text")) == JSON_STRING;

		for (size_t i = 0; i < json_len(list); i++)
			yes |= !strcmp(json_text(json_at(list, i)), o->value);
		if (!yes)
			continue;
		form_option(f, "verb", o->value, o->text, o->hint);
		*ret_any = true;
		*ret_answer |= !strcmp(o->value, "answer");
	}
	return OK;
}

static int propose(struct req *rq, struct resp *rs, int64_t id, struct err *e)
{
	struct callout_desk x;
	int64_t proposal, revision;
	char href[64];
	int tries = 0;

	do {
		e->code = OK;
		if (desk_of(rq, true, &x, e))
			return e->code;
		revision = x.snap->revision;
	} while (callout_propose(&x, id, &proposal, e) && req_again(rq, revision, &tries, e));
	if (e->code)
		return e->code;
	if (page_may(rq, "/proposals/{}"))
		snprintf(href, sizeof href, "/proposals/%" PRId64, proposal);
	else
		snprintf(href, sizeof href, "/call-outs/%" PRId64 "?done=proposed", id);
	resp_redirect(rs, href);
	return OK;
}

/* *ret_done: the answer is the redirect that is made. */
static int work(struct req *rq, struct resp *rs, struct form *f, int64_t id, bool *ret_done, struct err *e)
{
	struct callout_word word = { form_value_or_null(f, "text"), form_value_or_null(f, "kind"),
				     form_value_or_null(f, "bases"), 0 };
	const char *chosen = form_value(f, "verb");
	struct callout_desk x;
	char href[64];
	int64_t revision;
	struct err later;
	int verb = 0;

	*ret_done = true;
	if (!strcmp(chosen, PROPOSE))
		return propose(rq, rs, id, e);
	while (callout_verb_text[verb] && strcmp(callout_verb_text[verb], chosen) != 0)
		verb++;
	if (verb != CALLOUT_ANSWER)
		word.kind = word.bases = NULL;
	if (desk_of(rq, true, &x, e))
		return e->code;
	if (callout_do(&x, id, (enum callout_verb)verb, &word, &revision, e)) {
		*ret_done = false;
		if (at_field(f, e))
			return OK;
		if (e->code != ERR_CONFLICT)
			return e->code;
		form_error_of(f, "verb", e);
		return OK;
	}
	if (revision && catalog_refresh(rq->app->catalog, &later))
		log_event(rq->app->log, LOG_WARN, "catalogue-refresh", "error", later.msg, NULL);
	snprintf(href, sizeof href, "/call-outs/%" PRId64 "?done=%s", id, callout_verb_text[verb]);
	resp_redirect(rs, href);
	return OK;
}

static const char *said_of(const char *done)
{
	if (!done)
		return NULL;
	if (!strcmp(done, "raised"))
		return "Your report is with SECAS. Its clock is below.";
	if (!strcmp(done, "proposed"))
		return "A draft proposal was made of the answer.";
	for (int i = 0; callout_verb_text[i]; i++)
		if (!strcmp(done, callout_verb_text[i]))
			return "It was noted.";
	return NULL;
}

int page_callout(struct req *rq, struct resp *rs, struct err *e)
{
	struct page_head head = { .crumbs = callout_crumbs };
	OWN(form_done) struct form f = { .fields = work_fields };
	OWN(json_free) struct json *j = NULL;
	OWN(page_done) struct page p = { 0 };
	bool answers, any, done = false;
	struct callout_desk x;
	STR(json, MIB);
	char title[64];
	int64_t id;

	if (req_number(rq, "call-out", &id, e) || desk_of(rq, false, &x, e) ||
	    callout_json(&x, id, &json, e) || json_parse(str_c(&json), json.len, &j, e))
		return e->code;
	form_start(&f, rq);
	offer(rq, &f, j, &answers, &any);
	if (form_posted(rq)) {
		if (form_read(&f, e) || (form_ok(&f) && work(rq, rs, &f, id, &done, e)))
			return e->code;
		if (done)
			return OK;
	}
	snprintf(title, sizeof title, "Call-out %" PRId64, id);
	head.title = title;
	head.error = !form_ok(&f);
	page_begin(&p, rq, rs, x.snap, &head);
	page_raw(&p, "callout", &json);
	jw_kbool(&p.w, "any", any);
	jw_kbool(&p.w, "answers", answers);
	jw_kbool(&p.w, "proposals", page_may(rq, "/proposals/{}"));
	page_banner(&p, true, said_of(req_query(rq, "done")), NULL, NULL);
	form_json(&f, &p);
	return page_end(&p, "call-out", NULL, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proposing a change, one question a page: which entry, what is stated, from where, who says so, why and from
 * when; then all answers and what they would do, and only then it is sent. No answer is kept on the way: they
 * travel with the form, so "back" and "change" lose nothing, and nothing is left behind by whoever stops. A
 * proposal that was returned to its author goes through the same questions, filled, at /proposals/{}/edit.
 */
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "core/dossier.h"
#include "web/edit.h"

/* clang-format off */
static const struct form_option whats[] = {
	{ "bases",    "From certain entries", "You choose them on the next page." },
	{ "rule",     "As the release notes put it", "Such as: below 00040A01 go via 00040800. You see what that means before anything is sent." },
	{ "any",      "From any earlier entry of the model", NULL },
	{ "none",     "From no other firmware: it has no predecessor", NULL },
	{ "floor",    "It must be passed through", "No path may jump over it." },
	{ "confirm",  "What stands is still true", "Today becomes the day of its last confirmation." },
	{ "withdraw", "What stands is not true any more", "Nothing will be stated until somebody states something else." },
	{ "excerpt",  "An excerpt of the release notes", "The part about the upgrade path, at most 2,000 characters." },
	{ "contact",  "Whom to ask about it", "The function or team of the manufacturer, for suppliers without a contract." },
	{ NULL, NULL, NULL }
};
static const struct form_field fields[] = {
	{ .name = "step", .kind = FORM_HIDDEN },
	{ .name = "go", .kind = FORM_BUTTON },
	{ .name = "version", .kind = FORM_HIDDEN }, /* of the proposal that is worked on again; so are the next three */
	{ .name = "source", .kind = FORM_HIDDEN },
	{ .name = "author", .kind = FORM_HIDDEN },
	{ .name = "confirmed_on", .kind = FORM_HIDDEN },
	{ .name = "entry", .label = "Entry ID or identity", .hint = "For example 000123, or 118F:00000000:00040800.", .width = 30, .code = true },
	{ .name = "what", .kind = FORM_RADIOS, .label = "What do you want to say?", .options = whats },
	{ .name = "bases", .kind = FORM_CHECKS, .label = "From which entries may one go to it?", .late = true,
	  .hint = "Direct steps only. A later entry makes a deliberate downgrade, which is marked as such." },
	{ .name = "rule", .kind = FORM_AREA, .label = "The rule", .max = 1000, .rows = 3, .code = true,
	  .hint = "below X go via V; from X to Y only via V1 then V2. Versions as the entries write them, or Entry IDs." },
	{ .name = "excerpt", .kind = FORM_AREA, .label = "What the release notes say about it", .hint = "The sentence that this rests on. It is shown with every path.", .max = 2000 },
	{ .name = "reference", .label = "Reference", .hint = "The document and its page, or an https address.", .max = 500 },
	{ .name = "stated_on", .label = "Date of the document", .hint = "For example 2026-11-20.", .width = 10 },
	{ .name = "text", .kind = FORM_AREA, .label = "The excerpt", .max = 8000, .rows = 8 },
	{ .name = "document", .label = "Name of the document" },
	{ .name = "document_date", .label = "Date of the document", .hint = "For example 2026-11-20.", .width = 10 },
	{ .name = "sha256", .label = "SHA-256 of the document (optional)", .max = 64, .code = true },
	{ .name = "owner", .label = "Whose document it is" },
	{ .name = "contact_name", .label = "Function or team", .hint = "Never a person's private data." },
	{ .name = "email", .label = "E-mail (optional)" },
	{ .name = "phone", .label = "Telephone (optional)", .width = 20 },
	{ .name = "url", .label = "Web address (optional)", .max = 500 },
	{ .name = "hours", .label = "When it answers (optional)" },
	{ .name = "title", .label = "Title", .max = PROPOSAL_TITLE_MAX },
	{ .name = "reason", .kind = FORM_AREA, .label = "Why is this right?", .hint = "Whoever approves it reads this. It stays in the record.", .max = PROPOSAL_REASON_MAX },
	{ .name = "effective_on", .label = "From when on (optional)", .width = 10,
	  .hint = "Empty: at once when it is approved. An earlier date corrects the past: no answer that was given changes, but you will see which were wrong. A later date: it is published then." },
	{ .name = "embargo_until", .label = "Not to be known before (optional)", .hint = "Until that date only you, SECAS and the Security Sub-Committee see it.", .width = 10 },
	{ .name = NULL },
};
static const struct step {
	const char *name, *title, *shown;
	struct { const char *field, *missing; } need[3];
} steps[] = {
	{ "entry", "Which entry is it about?", "entry", { { "entry", "Write the entry" } } },
	{ "what", "How may it be reached?", "what", { { "what", "Choose what you want to say" } } },
	{ "bases", "From which entries?", "bases", { { "bases", "Choose at least one entry" } } },
	{ "rule", "What do the release notes say?", "rule", { { "rule", "Write the rule" } } },
	{ "source", "Who says so?", "excerpt reference stated_on", { { "reference", "Name the document" } } },
	{ "excerpt", "The excerpt of the release notes", "text document document_date sha256 owner",
	  { { "text", "Copy the excerpt" }, { "document", "Name the document" }, { "owner", "Say whose document it is" } } },
	{ "contact", "Whom to ask", "contact_name email phone url hours", { { "contact_name", "Name the function or team" } } },
	{ "why", "Why, and from when on?", "title reason effective_on embargo_until",
	  { { "title", "Write a title" }, { "reason", "Write the reason" } } },
	{ "check", "Check your answers before you send them", "", { { NULL, NULL } } },
};
/* clang-format on */
#define STEPS (sizeof steps / sizeof *steps)

/* The way through the questions. */
static bool is_asked(const struct form *f, const char *step)
{
	const char *what = form_value(f, "what");
	bool dossier = !strcmp(what, "excerpt") || !strcmp(what, "contact");

	if (!strcmp(step, "bases") || !strcmp(step, "rule") || !strcmp(step, "excerpt") ||
	    !strcmp(step, "contact"))
		return !strcmp(step, what);
	if (!strcmp(step, "source"))
		return !dossier && strcmp(what, "confirm") != 0 && strcmp(what, "withdraw") != 0;
	return true;
}

static size_t step_find(const char *name)
{
	size_t i = 0;

	while (i < STEPS - 1 && strcmp(steps[i].name, name) != 0)
		i++;
	return strcmp(steps[i].name, name) ? 0 : i;
}

static size_t step_move(const struct form *f, size_t at, bool forward)
{
	for (;;) {
		if (forward ? at == STEPS - 1 : at == 0)
			return at;
		at = forward ? at + 1 : at - 1;
		if (is_asked(f, steps[at].name))
			return at;
	}
}

/* The entry as one node; otherwise an error at its field. */
static uint32_t entry_node(struct form *f, const struct snapshot *s)
{
	const struct principal *who = &f->rq->who;
	uint32_t node[8];
	STR(ids, 256);
	struct err e;
	size_t n;

	if (!*form_value(f, "entry"))
		return NODE_NONE;
	if (lookup_nodes(s, form_value(f, "entry"), node, 8, &n, &e)) {
		form_error_of(f, "entry", &e);
		return NODE_NONE;
	}
	for (size_t i = 0; i < n && i < 8; i++)
		str_addf(&ids, "%s%s", i ? ", " : "", graph_node(s->graph, node[i])->name);
	if (n > 1) {
		form_error(f, "entry", "Several entries fit (%s): write the Entry ID", str_c(&ids));
		return NODE_NONE;
	}
	if (!may(who, ROLE_EDITOR) &&
	    !principal_owns_code(who,
				 graph_model(s->graph, graph_node(s->graph, node[0])->model)->manufacturer)) {
		form_error(f, "entry",
			   "Entry %s is of another manufacturer: you may propose for your own codes (%s)",
			   str_c(&ids), *who->codes ? who->codes : "none");
		return NODE_NONE;
	}
	form_clear(f, "entry");
	form_set(f, "entry", str_c(&ids));
	return node[0];
}

/* The other entries of the model, those that lead there now ticked at first. */
static void offer_bases(struct form *f, const struct snapshot *s, uint32_t node)
{
	const struct graph_node *n = graph_node(s->graph, node);
	const struct graph_model *m = graph_model(s->graph, n->model);
	const uint32_t *in = graph_in_edges(s->graph, n);
	bool fresh = !form_count(f, "bases");

	for (uint32_t i = m->first; i < m->first + m->count; i++) {
		const struct graph_node *b = graph_node(s->graph, i);
		char text[200];

		if (i == node)
			continue;
		snprintf(text, sizeof text, "%s, firmware %s%s%s", b->name, b->version,
			 b->removed ? ", Removed" : "", i > node ? ", later in the list" : "");
		form_option(f, "bases", b->name, text, NULL);
	}
	for (uint32_t k = 0; fresh && k < n->in_count; k++)
		form_set(f, "bases", graph_node(s->graph, graph_edge(s->graph, in[k])->from)->name);
}

static const char *what_text(const char *what)
{
	for (const struct form_option *o = whats; o->value; o++)
		if (!strcmp(o->value, what))
			return o->text;
	return "";
}

static void need(struct form *f, const struct step *s)
{
	for (size_t i = 0; i < 3 && s->need[i].field; i++)
		if (!*form_value(f, s->need[i].field))
			form_error(f, s->need[i].field, "%s", s->need[i].missing);
}

/* ---- the proposal ---- */

static void put_if(struct jw *w, const char *name, const char *value)
{
	if (*value)
		jw_kstr(w, name, value);
}

static void put_item(const struct form *f, struct jw *w)
{
	const char *what = form_value(f, "what");
	bool rule = !strcmp(what, "rule"), op = !strcmp(what, "confirm") || !strcmp(what, "withdraw");

	jw_obj(w);
	jw_kstr(w, "entry", form_value(f, "entry"));
	if (rule)
		jw_kstr(w, "rule", form_value(f, "rule"));
	else
		jw_kstr(w, op ? "op" : "kind", what);
	if (!strcmp(what, "bases")) {
		jw_key(w, "bases");
		jw_arr(w);
		for (size_t i = 0; i < form_count(f, "bases"); i++)
			jw_str(w, form_item(f, "bases", i));
		jw_arr_end(w);
	}
	if (!strcmp(what, "excerpt")) {
		for (const char *const *p = (const char *const[]){ "text", "document", "document_date",
								   "sha256", "owner", NULL };
		     *p; p++)
			put_if(w, *p, form_value(f, *p));
	} else if (!strcmp(what, "contact")) {
		jw_kstr(w, "name", form_value(f, "contact_name"));
		for (const char *const *p = (const char *const[]){ "email", "phone", "url", "hours", NULL };
		     *p; p++)
			put_if(w, *p, form_value(f, *p));
	} else if (!op) {
		put_if(w, "excerpt", form_value(f, "excerpt"));
		put_if(w, "reference", form_value(f, "reference"));
		put_if(w, "stated_on", form_value(f, "stated_on"));
		put_if(w, "source", form_value(f, "source"));
		put_if(w, "author", form_value(f, "author"));
		put_if(w, "confirmed_on", form_value(f, "confirmed_on"));
	}
	jw_end(w);
}

static void body_of(const struct form *f, struct str *out)
{
	struct jw w = jw_start(out);

	jw_obj(&w);
	jw_kstr(&w, "title", form_value(f, "title"));
	jw_kstr(&w, "reason", form_value(f, "reason"));
	put_if(&w, "effective_on", form_value(f, "effective_on"));
	put_if(&w, "embargo_until", form_value(f, "embargo_until"));
	jw_key(&w, "items");
	jw_arr(&w);
	put_item(f, &w);
	jw_arr_end(&w);
	jw_end(&w);
}

/* A rule is read as soon as it is written. */
static int read_rule(struct req *rq, struct form *f, struct err *e)
{
	STR(body, 16 * KIB);
	STR(out, PROPOSAL_ANSWER_MAX);
	struct jw w = jw_start(&body);
	struct edit x;
	struct err bad;

	if (req_edit(rq, false, NULL, &x, e))
		return e->code;
	jw_obj(&w);
	jw_kstr(&w, "entry", form_value(f, "entry"));
	jw_kstr(&w, "rule", form_value(f, "rule"));
	jw_end(&w);
	if (whatif_rule_json(&x, str_c(&body), body.len, &out, &bad))
		form_error(f, "rule", "%s", bad.msg);
	return OK;
}

/* Errors of the use case go back to the question that they are about. */
static size_t say_where(struct form *f, const struct err *e)
{
	const char *slash = strrchr(e->where, '/'), *field = slash ? slash + 1 : e->where;

	if (form_find(f, field) == FORM_NO_FIELD)
		field = !strcmp(form_value(f, "what"), "rule") ? "rule" : "what";
	form_error(f, field, "%s", e->msg);
	for (size_t i = 0; i < STEPS; i++)
		for (const char *p = steps[i].shown; p && *p; p = strchr(p, ' ') ? strchr(p, ' ') + 1 : NULL)
			if (!strncmp(p, field, strlen(field)) && strchr(" ", p[strlen(field)]))
				return i;
	return step_find("what");
}

/* What the answers would do; a refusal leads back to its question. */
static int judge(struct req *rq, struct form *f, struct str *impact, size_t *step, struct err *e)
{
	STR(body, PROPOSAL_BODY_MAX);
	struct edit x;
	struct err bad;
	int rc;

	if (req_impact_enter(rq, NULL, e))
		return e->code;
	body_of(f, &body);
	rc = req_edit(rq, false, NULL, &x, &bad) || whatif_json(&x, str_c(&body), body.len, impact, &bad);
	req_impact_leave(rq);
	if (!rc)
		return OK;
	str_clear(impact);
	if (!edit_said(&bad)) {
		*e = bad;
		return e->code;
	}
	*step = say_where(f, &bad);
	return OK;
}

/* A new proposal, or another content of the one in the address. */
static int store(struct req *rq, const struct form *f, const struct str *body, int64_t *ret_id, struct err *e)
{
	struct edit x;
	int tries = 0;

	if (rq->arg[0])
		return parse_i64(rq->arg[0], 1, INT64_MAX, ret_id, e)
			   ? err_set(e, ERR_NOT_FOUND, "there is no proposal '%.40s'", rq->arg[0])
			   : revise_send(rq, *ret_id, form_value(f, "version"), body, e);
	do {
		e->code = OK;
		if (req_edit(rq, true, NULL, &x, e))
			return e->code;
	} while (proposal_add(&x, str_c(body), body->len, ret_id, e) &&
		 req_again(rq, x.snap->revision, &tries, e));
	return e->code;
}

static int submit(struct req *rq, struct resp *rs, struct form *f, size_t *step, bool *ret_done,
		  struct err *e)
{
	STR(body, PROPOSAL_BODY_MAX);
	struct err bad = { .code = OK };
	char href[64];
	int64_t id;

	if (form_once(f, rs, ret_done, e) || *ret_done)
		return e->code;
	body_of(f, &body);
	if (store(rq, f, &body, &id, &bad)) {
		if (!edit_said(&bad) || bad.code == ERR_STALE || bad.code == ERR_PROPOSAL_STATE) {
			*e = bad;
			return e->code;
		}
		*step = say_where(f, &bad);
		return OK;
	}
	snprintf(href, sizeof href, "/proposals/%lld?done=sent", (long long)id);
	form_made(f, rs, href);
	*ret_done = true;
	return OK;
}

/* ---- the pages ---- */

static void put_answer(struct jw *w, const char *label, const char *value, const char *step)
{
	if (!*value)
		return;
	jw_obj(w);
	jw_kstr(w, "label", label);
	jw_kstr(w, "value", value);
	jw_kstr(w, "step", step);
	jw_end(w);
}

static void put_answers(struct page *p, const struct form *f, const char *what)
{
	struct jw *w = &p->w;
	STR(bases, 64 * KIB);

	for (size_t i = 0; i < form_count(f, "bases"); i++)
		str_addf(&bases, "%s%s", i ? " " : "", form_item(f, "bases", i));
	jw_key(w, "answers");
	jw_arr(w);
	put_answer(w, "Entry", form_value(f, "entry"), "entry");
	put_answer(w, "What is said", what_text(what), "what");
	put_answer(w, "From entries", strcmp(what, "bases") ? "" : str_c(&bases), "bases");
	for (size_t i = 0; fields[i].name; i++)
		for (size_t s = step_find("rule"); s < STEPS - 1; s++)
			if (is_asked(f, steps[s].name) && form_value(f, fields[i].name)[0] &&
			    (strstr(steps[s].shown, fields[i].name) == steps[s].shown ||
			     (strstr(steps[s].shown, fields[i].name) &&
			      strstr(steps[s].shown, fields[i].name)[-1] == ' ')))
				put_answer(w, fields[i].label, form_value(f, fields[i].name), steps[s].name);
	jw_arr_end(w);
}

/* it: the proposal that is worked on again, when it was read just now. */
static int show(struct req *rq, struct resp *rs, struct form *f, size_t step, const struct str *impact,
		const struct json *it, struct err *e)
{
	static const struct crumb crumbs[] = { { "/proposals", "Proposals" }, { NULL, NULL } };
	const struct snapshot *s = catalog_current(rq->view);
	struct page_head head = { .section = "proposals", .title = steps[step].title, .crumbs = crumbs };
	const char *what = form_value(f, "what");
	OWN(page_done) struct page p = { 0 };
	uint32_t node = step ? entry_node(f, s) : NODE_NONE;

	if (step && node == NODE_NONE)
		step = 0;
	if (!strcmp(steps[step].name, "bases"))
		offer_bases(f, s, node);
	if (!strcmp(steps[step].name, "why") && !*form_value(f, "title")) {
		char title[PROPOSAL_TITLE_MAX];

		snprintf(title, sizeof title, "Entry %s: %s", form_value(f, "entry"), what_text(what));
		form_set(f, "title", title);
	}
	head.title = steps[step].title;
	head.error = !form_ok(f);
	form_clear(f, "step");
	form_set(f, "step", steps[step].name);
	form_clear(f, "go");
	f->shown = steps[step].shown;
	page_begin(&p, rq, rs, s, &head);
	form_json(f, &p);
	jw_kstr(&p.w, "step", steps[step].name);
	jw_kbool(&p.w, "first", step == 0);
	jw_key(&p.w, "about");
	if (node == NODE_NONE)
		jw_null(&p.w);
	else
		entry_identity_json(s, node, &p.w);
	jw_kstr(&p.w, "again", rq->arg[0]);
	revise_why_json(&p, it);
	put_answers(&p, f, what);
	put_impact(&p, step == STEPS - 1 ? impact : NULL);
	return page_end(&p, "propose", NULL, e);
}

/* Begins at the last page, where every answer has its way back. */
static int begin_again(struct req *rq, struct resp *rs, struct form *f, struct err *e)
{
	OWN(json_free) struct json *it = NULL;
	STR(impact, PROPOSAL_ANSWER_MAX);
	size_t step = STEPS - 1;
	char href[64];
	struct edit x;
	int64_t id;

	if (revise_load(rq, &x, &id, &it, e))
		return e->code;
	if (!revise_fill(f, it)) {
		snprintf(href, sizeof href, "/proposals/%lld/items", (long long)id);
		resp_redirect(rs, href);
		return OK;
	}
	return judge(rq, f, &impact, &step, e) ? (int)e->code : show(rq, rs, f, step, &impact, it, e);
}

int page_propose(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = fields, .once = true };
	const char *what = req_query(rq, "what");

	form_start(&f, rq);
	if (rq->arg[0])
		return begin_again(rq, rs, &f, e);
	form_set(&f, "entry", req_query(rq, "entry"));
	if (what && *what_text(what))
		form_set(&f, "what", what);
	if (!*form_value(&f, "entry"))
		return show(rq, rs, &f, 0, NULL, NULL, e);
	return show(rq, rs, &f, step_move(&f, what ? step_find("what") : 0, true), NULL, NULL, e);
}

int page_propose_post(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = fields, .once = true };
	STR(impact, PROPOSAL_ANSWER_MAX);
	const char *go;
	bool done = false;
	size_t step;

	form_start(&f, rq);
	if (form_read(&f, e))
		return e->code;
	go = form_value(&f, "go");
	step = step_find(form_value(&f, "step"));
	if (!strcmp(go, "back")) {
		step = step_move(&f, step, false);
	} else if (!strncmp(go, "to:", 3)) {
		step = step_find(go + 3);
	} else if (!strcmp(go, "send") && step == STEPS - 1) {
		if (submit(rq, rs, &f, &step, &done, e) || done)
			return e->code;
	} else {
		need(&f, &steps[step]);
		if (!step && form_ok(&f))
			entry_node(&f, catalog_current(rq->view));
		if (form_ok(&f) && !strcmp(steps[step].name, "rule") && read_rule(rq, &f, e))
			return e->code;
		if (form_ok(&f))
			step = step_move(&f, step, true);
	}
	if (step == STEPS - 1 && judge(rq, &f, &impact, &step, e))
		return e->code;
	return show(rq, rs, &f, step, &impact, NULL, e);
}

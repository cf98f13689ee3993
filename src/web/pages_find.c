/* SPDX-License-Identifier: Apache-2.0 */
/* Home, search, and the path finder with its twin picker. */
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "core/history.h"
#include "web/html.h"
#include "web/page.h"
#include "web/work.h"

#define FOUND_MAX 100
#define HOME_CHANGES 5

static void put_totals(struct page *p)
{
	const struct graph *g = p->snap->graph;
	int64_t stated = 0;

	for (uint32_t i = 0; i < graph_nodes(g); i++)
		stated += graph_node(g, i)->path != NULL;
	jw_key(&p->w, "totals");
	jw_obj(&p->w);
	jw_kint(&p->w, "models", (int64_t)graph_models(g));
	jw_kint(&p->w, "entries", (int64_t)graph_nodes(g));
	jw_kint(&p->w, "stated", stated);
	jw_end(&p->w);
}

static void put_search(struct page *p, const char *q)
{
	jw_key(&p->w, "search");
	jw_obj(&p->w);
	jw_kstr(&p->w, "q", q);
}

int page_home(struct req *rq, struct resp *rs, struct err *e)
{
	struct page_head head = { .section = "home", .title = "Find a firmware upgrade path" };
	OWN(page_done) struct page p = { 0 };
	const struct snapshot *s = catalog_current(rq->view);
	STR(changes, MIB);
	struct db *db;
	int64_t next;

	if (req_db(rq, &db, e) ||
	    history_changes_json(db, 0, HOME_CHANGES, true, INT64_MAX, req_nameless(rq), &changes, &next, e))
		return e->code;
	page_begin(&p, rq, rs, s, &head);
	put_totals(&p);
	put_search(&p, NULL);
	jw_end(&p.w);
	page_raw(&p, "history", &changes);
	if (!page_may(rq, "/work")) {
		jw_key(&p.w, "work");
		jw_null(&p.w);
	} else if (work_json(&p, e)) {
		return e->code;
	}
	return page_end(&p, "home", NULL, e);
}

/* An Entry ID or a whole identity that fits exactly one entry needs no list. */
static bool is_one(const struct snapshot *s, const char *q, struct str *ret_href)
{
	struct err ignored;
	uint32_t node;
	size_t n;

	if (lookup_nodes(s, q, &node, 1, &n, &ignored) || n != 1)
		return false;
	str_add(ret_href, "/entries/");
	url_encode(ret_href, graph_node(s->graph, node)->name, strlen(graph_node(s->graph, node)->name));
	return true;
}

int page_search(struct req *rq, struct resp *rs, struct err *e)
{
	const struct snapshot *s;
	const char *q = req_query(rq, "q");
	struct entry_filter f = { .q = q };
	struct page_head head = { .section = "home", .title = q ? "Search results" : "Search" };
	OWN(page_done) struct page p = { 0 };
	uint32_t found[FOUND_MAX + 1];
	STR(href, 1 * KIB);
	size_t n = 0;

	if (req_snapshot(rq, &s, e))
		return e->code;
	if (q && is_one(s, q, &href)) {
		link_query(&href, "at", req_query(rq, "at"));
		resp_redirect(rs, str_c(&href));
		return OK;
	}
	if (q)
		n = lookup_entries(s, &f, NODE_NONE, found, FOUND_MAX + 1);
	page_begin(&p, rq, rs, s, &head);
	put_search(&p, q);
	jw_kbool(&p.w, "more", n > FOUND_MAX);
	jw_kbool(&p.w, "one", n == 1);
	jw_key(&p.w, "entries");
	jw_arr(&p.w);
	for (size_t i = 0; i < n && i < FOUND_MAX; i++)
		entry_identity_json(s, found[i], &p.w);
	jw_arr_end(&p.w);
	jw_end(&p.w);
	return page_end(&p, "search", NULL, e);
}

/* ---- the path finder ---- */

struct asked {
	struct ask ask;
	struct err e;     /* of the question; code OK = none */
	bool given;       /* a start was given */
	const char *side; /* which field the error belongs to */
};

static void put_prefers(struct jw *w, const char *chosen)
{
	static const char *const texts[] = { "the fewest steps", "the least time", "the fewest bytes",
					     "the fewest restarts" };

	jw_key(w, "prefers");
	jw_arr(w);
	for (size_t i = 0; path_prefer_text[i]; i++) {
		jw_obj(w);
		jw_kstr(w, "value", path_prefer_text[i]);
		jw_kstr(w, "text", texts[i]);
		jw_kbool(w, "chosen", chosen && !strcmp(chosen, path_prefer_text[i]));
		jw_end(w);
	}
	jw_arr_end(w);
}

static void put_form(struct page *p, const struct asked *a)
{
	struct jw *w = &p->w;
	char text[520];

	jw_key(w, "form");
	jw_obj(w);
	jw_kstr(w, "from", a->ask.from);
	jw_kstr(w, "to", a->ask.to);
	jw_kstr(w, "at", a->ask.at);
	jw_kstr(w, "allow_removed", a->ask.allow_removed);
	jw_kbool(w, "open", a->ask.at || a->ask.prefer || a->ask.allow_removed);
	put_prefers(w, a->ask.prefer);
	if (a->e.code) {
		page_sentence(text, sizeof text, a->e.msg);
		jw_kstr(w,
			!strcmp(a->side, "to")   ? "to_error"
			: !strcmp(a->side, "at") ? "at_error"
						 : "from_error",
			text);
		jw_key(w, "error");
		jw_obj(w);
		jw_kstr(w, "field", a->side);
		jw_kstr(w, "text", text);
		jw_end(w);
	}
	jw_end(w);
}

static void query_of(struct str *href, const struct ask *ask, const char *at)
{
	link_query(href, "from", ask->from);
	link_query(href, "to", ask->to);
	link_query(href, "at", at);
	link_query(href, "prefer", ask->prefer);
	link_query(href, "allow_removed", ask->allow_removed);
}

/* The permalink names the moment and the entries found, so that it gives the same answer for ever. */
static void put_links(struct page *p, const struct asked *a, const struct answer *res)
{
	const struct graph *g = p->snap->graph;
	struct ask fixed = a->ask;
	char at[TIME_TEXT];
	STR(href, 4 * KIB);

	jw_key(&p->w, "links");
	jw_obj(&p->w);
	str_add(&href, "/v1/path");
	query_of(&href, &a->ask, a->ask.at);
	jw_kstr(&p->w, "json", str_c(&href));
	link_query(&href, "receipt", p->rq->app->keys && p->rq->app->keys->own ? "1" : NULL);
	jw_kstr(&p->w, "receipt", p->rq->app->keys && p->rq->app->keys->own ? str_c(&href) : NULL);
	str_clear(&href);
	str_add(&href, "/path");
	if (res->q.from != NODE_NONE)
		fixed.from = graph_node(g, res->q.from)->name;
	if (res->path.to != NODE_NONE)
		fixed.to = graph_node(g, res->path.to)->name;
	query_of(&href, &fixed, a->ask.at ? a->ask.at : time_text(p->rq->now - p->rq->now % 1000, at));
	jw_kstr(&p->w, "permalink", str_c(&href));
	jw_end(&p->w);
}

static void put_derived(struct page *p, const struct answer *res)
{
	jw_key(&p->w, "derived");
	jw_obj(&p->w);
	jw_kbool(&p->w, "one_hop", res->path.nhops == 1);
	jw_kbool(&p->w, "one_obstacle", res->path.nobstacles == 1);
	jw_end(&p->w);
}

static const struct {
	const char *member, *text;
	bool octets;
} twin_columns[] = {
	{ "device_type", "Device type", false },
	{ "manufacturer", "Maker", true },
	{ "model", "Model", true },
	{ "hardware", "Hardware", true },
	{ "version", "Firmware", true },
	{ "status", "Status", false },
	{ "smets", "SMETS or CHTS", false },
	{ "gbcs", "GBCS", false },
	{ "cpa", "CPA until", false },
	{ "descriptor", "Image", false },
	{ "hash", "Hash", true },
};
#define TWIN_COLUMNS (sizeof twin_columns / sizeof *twin_columns)

static bool says_differs(const struct json *candidate, const char *member)
{
	const struct json *list = json_get(candidate, "differs");

	for (size_t i = 0; i < json_len(list); i++)
		if (!strcmp(json_text(json_at(list, i)), member))
			return true;
	return false;
}

/* What a cell shows: the text of the member, the date of a certificate, the first digits of a hash. */
static const char *cell_text(const struct json *candidate, const char *member, char buf[80])
{
	const struct json *v = json_get(candidate, member);
	const char *s = json_text(json_kind(v) == JSON_OBJECT ? json_get(v, "until") : v);

	if (!s)
		return "none";
	if (strcmp(member, "hash") != 0)
		return s;
	snprintf(buf, 80, "%.8s...", s);
	return buf;
}

static void put_twin(struct jw *w, const struct json *candidate, const bool shown[TWIN_COLUMNS],
		     const bool differs[TWIN_COLUMNS])
{
	char buf[80];

	jw_obj(w);
	jw_kstr(w, "entry", json_text(json_get(candidate, "entry")));
	jw_key(w, "cells");
	jw_arr(w);
	for (size_t c = 0; c < TWIN_COLUMNS; c++) {
		bool date = json_kind(json_get(candidate, twin_columns[c].member)) == JSON_OBJECT;

		if (!shown[c])
			continue;
		jw_obj(w);
		jw_kstr(w, "text", cell_text(candidate, twin_columns[c].member, buf));
		jw_kbool(w, "octets", twin_columns[c].octets);
		jw_kbool(w, "date", date);
		jw_kbool(w, "plain", !twin_columns[c].octets && !date);
		jw_kbool(w, "differs", differs[c]);
		jw_end(w);
	}
	jw_arr_end(w);
	jw_end(w);
}

static void put_keep(struct jw *w, const char *name, const char *value)
{
	if (!value)
		return;
	jw_obj(w);
	jw_kstr(w, "name", name);
	jw_kstr(w, "value", value);
	jw_end(w);
}

/* The table of the twin picker, from the answer as the API gives it. */
static int put_twins(struct page *p, const struct asked *a, const struct str *answer, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	const struct json *candidates;
	bool differs[TWIN_COLUMNS] = { false }, shown[TWIN_COLUMNS] = { false }, from;
	struct jw *w = &p->w;

	if (json_parse(str_c(answer), answer->len, &j, e))
		return e->code;
	candidates = json_get(j, "candidates");
	from = !strcmp(json_text(json_get(j, "side")), "from");
	for (size_t i = 0; i < json_len(candidates); i++) {
		for (size_t c = 0; c < TWIN_COLUMNS; c++) {
			differs[c] |= says_differs(json_at(candidates, i), twin_columns[c].member);
			shown[c] |=
			    json_kind(json_get(json_at(candidates, i), twin_columns[c].member)) != JSON_NULL;
		}
	}
	jw_key(w, "twins");
	jw_obj(w);
	jw_key(w, "keep");
	jw_arr(w);
	put_keep(w, from ? "to" : "from", from ? a->ask.to : a->ask.from);
	put_keep(w, "at", a->ask.at);
	put_keep(w, "prefer", a->ask.prefer);
	put_keep(w, "allow_removed", a->ask.allow_removed);
	jw_arr_end(w);
	jw_key(w, "columns");
	jw_arr(w);
	for (size_t c = 0; c < TWIN_COLUMNS; c++) {
		if (!shown[c])
			continue;
		jw_obj(w);
		jw_kstr(w, "text", twin_columns[c].text);
		jw_kbool(w, "differs", differs[c]);
		jw_end(w);
	}
	jw_arr_end(w);
	jw_key(w, "rows");
	jw_arr(w);
	for (size_t i = 0; i < json_len(candidates); i++)
		put_twin(w, json_at(candidates, i), shown, differs);
	jw_arr_end(w);
	jw_end(w);
	return OK;
}

static const char *title_of(const struct asked *a, const struct answer *res)
{
	if (a->e.code || !a->given)
		return "Path finder";
	switch (res->result) {
	case ANSWER_PATH:
		return "Upgrade path";
	case ANSWER_ALREADY:
		return "Nothing to do";
	case ANSWER_NONE:
		return "No upgrade path";
	case ANSWER_AMBIGUOUS:
		break;
	}
	return "Which entry is meant?";
}

static int ask(struct req *rq, struct asked *a, const struct snapshot **ret_snap, struct answer *res)
{
	a->ask = (struct ask){ req_query(rq, "from"), req_query(rq, "to"), req_query(rq, "at"),
			       req_query(rq, "prefer"), req_query(rq, "allow_removed") };
	a->given = rq->npairs > 0;
	a->side = "from";
	if (!a->ask.to)
		a->ask.to = "latest";
	if (req_snapshot(rq, ret_snap, &a->e)) {
		*ret_snap = catalog_current(rq->view);
		a->side = "at";
		return a->e.code;
	}
	if (!a->given)
		return OK;
	if (!a->ask.from)
		return err_set(&a->e, ERR_IDENTITY, "Write what the device runs");
	if (lookup_ask(*ret_snap, &a->ask, rq->now, rq->scratch, res, &a->e)) {
		a->side = !strcmp(a->e.where, "to") ? "to" : !strcmp(a->e.where, "at") ? "at" : "from";
		return a->e.code;
	}
	return OK;
}

int page_path(struct req *rq, struct resp *rs, struct err *e)
{
	struct asked a = { .e = { .code = OK } };
	OWN(page_done) struct page p = { 0 };
	struct answer res = { .result = ANSWER_NONE };
	const struct snapshot *s;
	struct page_head head = { .section = "path" };
	STR(json, 4 * MIB);

	if (ask(rq, &a, &s, &res))
		rs->status = err_info(a.e.code)->http;
	head.title = title_of(&a, &res);
	head.error = a.e.code != OK;
	page_begin(&p, rq, rs, s, &head);
	put_form(&p, &a);
	jw_key(&p.w, "answer");
	if (a.e.code || !a.given) {
		jw_null(&p.w);
		return page_end(&p, "path", NULL, e);
	}
	answer_json(&res, &json);
	jw_raw(&p.w, str_c(&json), json.len);
	put_derived(&p, &res);
	put_links(&p, &a, &res);
	if (res.result == ANSWER_AMBIGUOUS) {
		rs->status = answer_http(&res);
		if (put_twins(&p, &a, &json, e))
			return e->code;
	} else {
		page_blocks(&p, graph_node(s->graph, res.q.from)->model);
	}
	return page_end(&p, "path", NULL, e);
}

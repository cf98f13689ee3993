/* SPDX-License-Identifier: Apache-2.0 */
/* The register of the SSC over REST. Whoever may not see a record gets the answer of one that does not exist.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/restricted.h"
#include "http/handlers.h"

/* Opened for this request; nothing else of the service holds one. */
static int open_register(const struct req *rq, struct db **ret, struct err *e)
{
	return restricted_open(conf_text(rq->app->conf, "restricted_db"), ret, e);
}

static int find_entry(struct req *rq, struct restricted_entry *ret, struct err *e)
{
	return restricted_entry(catalog_current(rq->view), &rq->who, rq->arg[0], ret, e);
}

static void set_etag(struct resp *rs, const char *entry, int64_t rev)
{
	snprintf(rs->etag, sizeof rs->etag, "radio-%.16s-%" PRId64, entry, rev);
}

/* What the owner does with its own record needs no further reason. */
static struct actor owner_actor(const struct req *rq)
{
	struct actor who = req_actor(rq);

	if (!may(&rq->who, ROLE_SSC) && !*who.why)
		who.why = "own entry";
	return who;
}

int get_restricted_entry(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(db_close) struct db *db = NULL;
	struct actor who = owner_actor(rq);
	struct restricted_entry x;
	int64_t rev;

	rs->cache = CACHE_NEVER;
	if (find_entry(rq, &x, e) || open_register(rq, &db, e) ||
	    radio_get(db, x.id, x.manufacturer, &who, &rs->body, &rev, e))
		return e->code;
	set_etag(rs, x.id, rev);
	return OK;
}

struct radio_body {
	char band[16], chipset[RADIO_TEXT_MAX + 1], stack[RADIO_TEXT_MAX + 1];
};
static const struct json_field radio_fields[] = {
	{ "band", FIELD_TEXT, offsetof(struct radio_body, band), false, 0, 16 },
	{ "chipset_vendor", FIELD_TEXT, offsetof(struct radio_body, chipset), false, 0, RADIO_TEXT_MAX + 1 },
	{ "stack_version", FIELD_TEXT, offsetof(struct radio_body, stack), false, 0, RADIO_TEXT_MAX + 1 },
	{ .name = NULL },
};

int put_restricted_entry(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(db_close) struct db *db = NULL;
	struct actor who = owner_actor(rq);
	struct radio_body b = { .band = "" };
	struct restricted_entry x;
	struct radio in;
	int64_t rev;

	rs->cache = CACHE_NEVER;
	if (find_entry(rq, &x, e) || req_json(rq, radio_fields, &b, e) || open_register(rq, &db, e) ||
	    radio_rev(db, x.id, &rev, e))
		return e->code;
	set_etag(rs, x.id, rev);
	if (req_match(rq, rs->etag, e))
		return e->code;
	in = (struct radio){ x.id, x.manufacturer, b.band, b.chipset, b.stack };
	if (radio_put(db, &in, rev, &who, &rs->body, &rev, e))
		return e->code;
	set_etag(rs, x.id, rev);
	return OK;
}

static struct radio_search search_of(const struct req *rq)
{
	return (struct radio_search){ .q = req_query(rq, "q"), .band = req_query(rq, "band") };
}

int get_restricted_entries(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(db_close) struct db *db = NULL;
	struct radio_search s = search_of(rq);
	struct actor who = req_actor(rq);
	int64_t limit;
	char next[16];

	rs->cache = CACHE_NEVER;
	if (page_limit(rq, &limit, e))
		return e->code;
	s.after = req_query(rq, "cursor");
	s.limit = (int)limit;
	if (open_register(rq, &db, e) || radio_list(db, &s, &who, &rs->body, next, e))
		return e->code;
	resp_links(rs, rq, *next ? next : NULL);
	return OK;
}

int get_restricted_export(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(db_close) struct db *db = NULL;
	struct radio_search s = search_of(rq);
	struct actor who = req_actor(rq);

	rs->cache = CACHE_NEVER;
	rs->type = "text/csv; charset=utf-8";
	resp_header(rs, "Content-Disposition", "attachment; filename=\"ssc-register.csv\"");
	return open_register(rq, &db, e) ? (int)e->code : radio_export(db, &s, &who, &rs->body, e);
}

/* ---- notes --------------------------------------------------------------------------------------------- */

struct note_body {
	char text[NOTE_TEXT_MAX + 1];
	int64_t release_at;
};
static const struct json_field note_fields[] = {
	{ "text", FIELD_TEXT, offsetof(struct note_body, text), true, 0, NOTE_TEXT_MAX + 1 },
	{ "release_at", FIELD_TIME, offsetof(struct note_body, release_at), true, 0, 0 },
	{ .name = NULL },
};

int post_restricted_note(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(db_close) struct db *db = NULL;
	struct actor who = owner_actor(rq);
	struct note_body b = { .text = "" };
	struct restricted_entry x;

	rs->cache = CACHE_NEVER;
	if (find_entry(rq, &x, e) || req_json(rq, note_fields, &b, e) || open_register(rq, &db, e) ||
	    note_add(db, x.id, b.text, b.release_at, &who, &rs->body, e))
		return e->code;
	rs->status = 201;
	return OK;
}

int get_restricted_notes(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(db_close) struct db *db = NULL;
	struct actor who = req_actor(rq);
	int64_t limit, before, next;
	char text[24];

	rs->cache = CACHE_NEVER;
	if (page_limit(rq, &limit, e) || req_query_int(rq, "cursor", 0, INT64_MAX, 0, &before, e) ||
	    open_register(rq, &db, e) ||
	    note_list(db, req_query(rq, "entry"), before, (int)limit, &who, &rs->body, &next, e))
		return e->code;
	snprintf(text, sizeof text, "%" PRId64, next);
	resp_links(rs, rq, next ? text : NULL);
	return OK;
}

int delete_restricted_note(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(db_close) struct db *db = NULL;
	struct actor who = req_actor(rq);
	int64_t id;

	rs->cache = CACHE_NEVER;
	if (req_number(rq, "note", &id, e) || open_register(rq, &db, e) || note_drop(db, id, &who, e))
		return e->code;
	rs->status = 204;
	return OK;
}

/* Public: what is past its embargo. Without a register there is nothing to tell. */
int get_entry_notes(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(db_close) struct db *db = NULL;
	const struct snapshot *s = catalog_current(rq->view);
	const char *dsn = conf_text(rq->app->conf, "restricted_db");
	const char *id;
	uint32_t node;

	if (entry_node(rq, s, &node, e))
		return e->code;
	id = graph_node(s->graph, node)->name;
	if (!*dsn) {
		str_addf(&rs->body, "{\"entry\":\"%s\",\"notes\":[]}\n", id);
		return OK;
	}
	return open_register(rq, &db, e) ? (int)e->code : note_released(db, id, rq->now, &rs->body, e);
}

/* ---- who looked ---------------------------------------------------------------------------------------- */

int get_restricted_log(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(db_close) struct db *db = NULL;
	int64_t limit, before, next;
	char text[24];
	bool mine;

	rs->cache = CACHE_NEVER;
	if (page_limit(rq, &limit, e) || req_query_bool(rq, "mine", false, &mine, e) ||
	    req_query_int(rq, "cursor", 0, INT64_MAX, 0, &before, e) || open_register(rq, &db, e) ||
	    restricted_log(db, mine ? rq->who.name : NULL, before, (int)limit, &rs->body, &next, e))
		return e->code;
	snprintf(text, sizeof text, "%" PRId64, next);
	resp_links(rs, rq, next ? text : NULL);
	return OK;
}

int get_restricted_verify(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(db_close) struct db *db = NULL;
	struct jw w = jw_start(&rs->body);
	int64_t rows, bad;
	char head[65];

	rs->cache = CACHE_NEVER;
	if (open_register(rq, &db, e) || audit_verify(db, &rows, &bad, head, e))
		return e->code;
	jw_obj(&w);
	jw_kbool(&w, "whole", !bad);
	jw_kint(&w, "rows", rows);
	jw_key(&w, "bad");
	if (bad)
		jw_int(&w, bad);
	else
		jw_null(&w);
	jw_kstr(&w, "head", head);
	jw_end(&w);
	str_addc(&rs->body, '\n');
	return OK;
}

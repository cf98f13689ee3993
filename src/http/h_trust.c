/* SPDX-License-Identifier: Apache-2.0 */
/* Call-outs, service levels, confirmations, and the tick before exports. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/callout.h"
#include "core/notice.h"
#include "core/service_level.h"
#include "http/handlers.h"

/* ---- call-outs ---- */

static int callout_desk_of(struct req *rq, bool writes, struct callout_desk *ret, struct err *e)
{
	*ret = (struct callout_desk){ .who = &rq->who, .now = rq->now };
	if (writes ? req_newest(rq, &ret->snap, e) || req_db_write(rq, &ret->db, e) : req_db(rq, &ret->db, e))
		return e->code;
	if (!writes)
		ret->snap = catalog_current(rq->view);
	return OK;
}

/* What was done made this revision (0 = none): readers see it at once. */
static void callout_done(struct req *rq, int64_t revision)
{
	struct err e;

	if (revision && catalog_refresh(rq->app->catalog, &e))
		log_event(rq->app->log, LOG_WARN, "catalogue-refresh", "error", e.msg, NULL);
}

static int callout_list(struct req *rq, struct callout_filter *f, struct err *e)
{
	*f = (struct callout_filter){ .state = req_query(rq, "state"), .entry = req_query(rq, "entry") };
	return page_limit(rq, &f->limit, e) || req_query_int(rq, "cursor", 0, INT64_MAX, 0, &f->before, e) ||
		       req_query_bool(rq, "mine", false, &f->mine, e) ||
		       req_query_bool(rq, "todo", false, &f->todo, e)
		   ? (int)e->code
		   : OK;
}

int get_callouts(struct req *rq, struct resp *rs, struct err *e)
{
	char next[CURSOR_MAX];
	struct callout_filter f;
	struct callout_desk x;

	if (callout_list(rq, &f, e) || callout_desk_of(rq, false, &x, e) ||
	    callout_list_json(&x, &f, &rs->body, e))
		return e->code;
	resp_links(rs, rq, page_next(&rs->body, next, sizeof next));
	return OK;
}

int get_callout(struct req *rq, struct resp *rs, struct err *e)
{
	struct callout_desk x;
	int64_t id;

	if (req_number(rq, "call-out", &id, e) || callout_desk_of(rq, false, &x, e))
		return e->code;
	return callout_json(&x, id, &rs->body, e);
}

/* Members of bodies. */
struct said {
	char *text, *kind, *bases, *entry, *from; /* owned; NULL = not given */
	int64_t proposal;
};
static void said_done(struct said *s)
{
	free(s->text);
	free(s->kind);
	free(s->bases);
	free(s->entry);
	free(s->from);
}
DEFINE_OWN_VAL(struct said, said_done)

int post_callout(struct req *rq, struct resp *rs, struct err *e)
{
	static const struct json_field fields[] = {
		{ "kind", FIELD_STR, offsetof(struct said, kind), true, 0, 20 },
		{ "entry", FIELD_STR, offsetof(struct said, entry), true, 0, 200 },
		{ "from", FIELD_STR, offsetof(struct said, from), false, 0, 200 },
		{ "text", FIELD_STR, offsetof(struct said, text), true, 0, 4 * CALLOUT_TEXT_MAX },
		{ .name = NULL },
	};
	OWN(said_done) struct said s = { 0 };
	struct callout_new in;
	struct callout_desk x;
	char text[64];
	int64_t id;

	if (req_json(rq, fields, &s, e))
		return e->code;
	in = (struct callout_new){ s.kind, s.entry, s.from, s.text };
	if (callout_desk_of(rq, true, &x, e) || callout_add(&x, &in, &id, e) ||
	    callout_json(&x, id, &rs->body, e))
		return e->code;
	snprintf(text, sizeof text, "/v1/callouts/%" PRId64, id);
	resp_header(rs, "Location", text);
	rs->status = 201;
	return OK;
}

static int callout_verb(struct req *rq, struct resp *rs, enum callout_verb verb, struct err *e)
{
	static const struct json_field fields[] = {
		{ "text", FIELD_STR, offsetof(struct said, text), false, 0, 4 * CALLOUT_TEXT_MAX },
		{ "kind", FIELD_STR, offsetof(struct said, kind), false, 0, 20 },
		{ "bases", FIELD_STR, offsetof(struct said, bases), false, 0, 8000 },
		{ "proposal", FIELD_INT, offsetof(struct said, proposal), false, 1, INT64_MAX },
		{ .name = NULL },
	};
	OWN(said_done) struct said s = { 0 };
	struct callout_word word;
	struct callout_desk x;
	int64_t id, revision;

	if (req_number(rq, "call-out", &id, e) || (rq->body.len && req_json(rq, fields, &s, e)) ||
	    callout_desk_of(rq, true, &x, e))
		return e->code;
	word = (struct callout_word){ s.text, s.kind, s.bases, s.proposal };
	if (callout_do(&x, id, verb, &word, &revision, e))
		return e->code;
	callout_done(rq, revision);
	x.snap = catalog_current(rq->view);
	return callout_json(&x, id, &rs->body, e);
}

int post_callout_ask(struct req *rq, struct resp *rs, struct err *e)
{
	return callout_verb(rq, rs, CALLOUT_ASK, e);
}

int post_callout_answer(struct req *rq, struct resp *rs, struct err *e)
{
	return callout_verb(rq, rs, CALLOUT_ANSWER, e);
}

int post_callout_close(struct req *rq, struct resp *rs, struct err *e)
{
	return callout_verb(rq, rs, CALLOUT_CLOSE, e);
}

int post_callout_reject(struct req *rq, struct resp *rs, struct err *e)
{
	return callout_verb(rq, rs, CALLOUT_REJECT, e);
}

int post_callout_say(struct req *rq, struct resp *rs, struct err *e)
{
	return callout_verb(rq, rs, CALLOUT_SAY, e);
}

int post_callout_dispute(struct req *rq, struct resp *rs, struct err *e)
{
	return callout_verb(rq, rs, CALLOUT_DISPUTE, e);
}

int post_callout_settle(struct req *rq, struct resp *rs, struct err *e)
{
	return callout_verb(rq, rs, CALLOUT_SETTLE, e);
}

int post_callout_proposal(struct req *rq, struct resp *rs, struct err *e)
{
	int64_t id, proposal, revision;
	struct callout_desk x;
	char text[64];
	int tries = 0;

	if (req_number(rq, "call-out", &id, e))
		return e->code;
	do {
		e->code = OK;
		if (callout_desk_of(rq, true, &x, e))
			return e->code;
		revision = x.snap->revision;
	} while (callout_propose(&x, id, &proposal, e) && req_again(rq, revision, &tries, e));
	if (e->code || callout_json(&x, id, &rs->body, e))
		return e->code;
	snprintf(text, sizeof text, "/v1/proposals/%" PRId64, proposal);
	resp_header(rs, "Location", text);
	rs->status = 201;
	return OK;
}

/* ---- service levels and confirmations ---- */

int get_service_levels(struct req *rq, struct resp *rs, struct err *e)
{
	struct db *db;

	if (req_db(rq, &db, e))
		return e->code;
	return service_levels_json(db, catalog_current(rq->view), rq->now, &rs->body, e);
}

int get_confirmations(struct req *rq, struct resp *rs, struct err *e)
{
	struct confirmation_filter f = { .state = req_query(rq, "state") };
	char name[ENTRY_NAME_SIZE], next[CURSOR_MAX] = "";
	const struct graph_node *last;
	const struct snapshot *s;
	int64_t limit;
	uint32_t more;
	bool mine;
	struct jw w;

	if (req_snapshot(rq, &s, e) || page_limit(rq, &limit, e) ||
	    page_cursor_node(rq, s, &f.after_node, e) || req_query_bool(rq, "mine", false, &mine, e))
		return e->code;
	f.owner = mine ? &rq->who : NULL;
	f.limit = (size_t)limit;
	w = jw_start(&rs->body);
	jw_obj(&w);
	if (confirmations_json(s, &f, req_moment(rq), &w, &more, e))
		return e->code;
	if (more != NODE_NONE) {
		last = graph_node(s->graph, more);
		snprintf(name, sizeof name, "%s:%s", graph_model(s->graph, last->model)->scheme,
			 last->public_id);
		page_cursor_make("entry", name, next);
	}
	page_list_end(rq, rs, s->revision, &w, next);
	return OK;
}

/* ---- the tick before an export ---- */

int export_notice(struct req *rq, const char *what, struct err *e)
{
	const char *said = req_query(rq, "notice");
	const struct snapshot *s;
	struct db *db;

	if (said && strcmp(said, "read") != 0) {
		err_set(e, ERR_INVALID, "notice can be 'read' only, not '%.32s'", said);
		return err_at(e, "notice", 0, 0);
	}
	if (!rq->who.account_id)
		return OK;
	if (notice_needed(&rq->who, said != NULL, e) || req_snapshot(rq, &s, e) || req_db_write(rq, &db, e))
		return e->code;
	return notice_tick(db, &rq->who, what, s->revision, rq->now, e);
}

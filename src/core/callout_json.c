/* SPDX-License-Identifier: Apache-2.0 */
/* What readers see of call-outs, each as much as is theirs to see. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/callout_row.h"
#include "core/dossier.h"
#include "model/ident.h"

const char *const callout_kind_text[] = { "missing", "wrong", "stale", "unobtainable", NULL };
const char *const callout_state_text[] = {
	"open", "with-manufacturer", "answered", "closed", "rejected", NULL
};
const char *const callout_verb_text[CALLOUT_VERBS + 1] = { "ask", "answer",  "close",  "reject",
							   "say", "dispute", "settle", NULL };

struct callout_row callout_row_read(const struct rows *r)
{
	return (struct callout_row){ .id = rows_num(r, 0),
				     .kind = rows_text(r, 1),
				     .entry_id = rows_num(r, 2),
				     .from_id = rows_null(r, 3) ? 0 : rows_num(r, 3),
				     .manufacturer = rows_text(r, 4),
				     .text = rows_text(r, 5),
				     .account_id = rows_num(r, 6),
				     .org_id = rows_num(r, 7),
				     .who = rows_text(r, 8),
				     .state = rows_text(r, 9),
				     .opened_at = rows_num(r, 10),
				     .stage_at = rows_num(r, 11),
				     .due_at = rows_date(r, 12),
				     .closed_at = rows_date(r, 13),
				     .proposal_id = rows_null(r, 14) ? 0 : rows_num(r, 14),
				     .answer_kind = rows_text(r, 15),
				     .answer_bases = rows_text(r, 16) };
}

int callout_row_get(struct db *db, int64_t id, struct rows **ret_rows, struct callout_row *ret, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (db_run(db, SQL_CALLOUT_GET, ARGS(VINT(id)), &r, e) || rows_next(r, &got, e))
		return e->code;
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "there is no call-out %" PRId64, id);
	*ret = callout_row_read(r);
	*ret_rows = MOVE(r);
	return OK;
}

bool callout_is_mine(const struct callout_desk *x, const struct callout_row *c)
{
	return (x->who->account_id && x->who->account_id == c->account_id) ||
	       (x->who->org_id && x->who->org_id == c->org_id);
}

static bool is_maker(const struct callout_desk *x, const struct callout_row *c)
{
	return may(x->who, ROLE_MANUFACTURER) && principal_owns_code(x->who, c->manufacturer);
}

bool callout_sees_names(const struct callout_desk *x)
{
	return may(x->who, ROLES_SECAS | ROLE_AUDITOR);
}

bool callout_sees_text(const struct callout_desk *x, const struct callout_row *c)
{
	return may(x->who, ROLES_SECAS | ROLE_SSC | ROLE_AUDITOR) || is_maker(x, c) || callout_is_mine(x, c);
}

const char *callout_party(const struct callout_desk *x, const struct callout_row *c)
{
	return may(x->who, ROLES_SECAS) ? "secas" : is_maker(x, c) ? "manufacturer" : "reporter";
}

void callout_codes(const struct principal *p, char buf[300])
{
	buf[0] = '\0';
	if (may(p, ROLE_MANUFACTURER) && *p->codes)
		snprintf(buf, 300, " %s ", p->codes);
}

unsigned callout_may(const struct callout_desk *x, const struct callout_row *c)
{
	bool secas = may(x->who, ROLES_SECAS), maker = is_maker(x, c), mine = callout_is_mine(x, c);
	bool open = !strcmp(c->state, "open"), answered = !strcmp(c->state, "answered");
	bool waits = c->due_at >= 0, disputed = dossier_dispute(x->snap->dossier, c->entry_id) != NULL;
	uint32_t node = graph_find_id(x->snap->graph, c->entry_id);
	unsigned m = 0;

	m |= secas && (open || answered) ? 1U << CALLOUT_ASK : 0;
	m |= (secas || maker) && waits && !answered ? 1U << CALLOUT_ANSWER : 0;
	m |= (secas || mine) && waits ? 1U << CALLOUT_CLOSE : 0;
	m |= secas && waits ? 1U << CALLOUT_REJECT : 0;
	m |= (secas || maker || mine) && waits ? 1U << CALLOUT_SAY : 0;
	m |= secas && waits && !disputed && node != NODE_NONE && graph_node(x->snap->graph, node)->path
		 ? 1U << CALLOUT_DISPUTE
		 : 0;
	m |= secas && disputed ? 1U << CALLOUT_SETTLE : 0;
	return m;
}

/* An entry as it is known in the newest catalogue; entries are never forgotten. */
static const char *entry_of(const struct callout_desk *x, int64_t entry_id)
{
	uint32_t node = entry_id ? graph_find_id(x->snap->graph, entry_id) : NODE_NONE;

	return node == NODE_NONE ? NULL : graph_node(x->snap->graph, node)->name;
}

static void put_clock(const struct callout_desk *x, const struct callout_row *c, struct jw *w)
{
	jw_key(w, "clock");
	if (c->due_at < 0) {
		jw_null(w);
		return;
	}
	jw_obj(w);
	jw_ktime(w, "since", c->stage_at);
	jw_ktime(w, "due", c->due_at);
	jw_kint(w, "seconds_left", (c->due_at - x->now) / 1000);
	jw_kint(w, "percent",
		c->due_at > c->stage_at && x->now > c->stage_at
		    ? (x->now - c->stage_at) * 100 / (c->due_at - c->stage_at)
		    : 0);
	jw_kbool(w, "late", x->now > c->due_at);
	jw_end(w);
}

static void put_head(const struct callout_desk *x, const struct callout_row *c, struct jw *w)
{
	jw_kint(w, "callout", c->id);
	jw_kstr(w, "kind", c->kind);
	jw_kstr(w, "entry", entry_of(x, c->entry_id));
	jw_kstr(w, "from", entry_of(x, c->from_id));
	jw_kstr(w, "manufacturer", c->manufacturer);
	jw_kstr(w, "state", c->state);
	jw_ktime(w, "opened_at", c->opened_at);
	jw_ktime(w, "closed_at", c->closed_at);
	put_clock(x, c, w);
	jw_key(w, "proposal");
	if (c->proposal_id)
		jw_int(w, c->proposal_id);
	else
		jw_null(w);
	jw_kbool(w, "disputed", dossier_dispute(x->snap->dossier, c->entry_id));
	jw_kbool(w, "mine", callout_is_mine(x, c));
}

static int put_messages(const struct callout_desk *x, const struct callout_row *c, struct jw *w,
			struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	jw_key(w, "messages");
	if (!callout_sees_text(x, c)) {
		jw_null(w);
		return OK;
	}
	if (db_run(x->db, SQL_CALLOUT_MESSAGE_LIST, ARGS(VINT(c->id)), &r, e))
		return e->code;
	jw_arr(w);
	for (;;) {
		if (rows_next(r, &got, e))
			return e->code;
		if (!got)
			break;
		jw_obj(w);
		jw_ktime(w, "at", rows_num(r, 0));
		jw_kstr(w, "who", callout_sees_names(x) ? rows_text(r, 1) : NULL);
		jw_kstr(w, "party", rows_text(r, 2));
		jw_kstr(w, "state", rows_text(r, 3));
		jw_kstr(w, "text", rows_text(r, 4));
		jw_end(w);
	}
	jw_arr_end(w);
	return OK;
}

int callout_json(const struct callout_desk *x, int64_t id, struct str *out, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct callout_row c;
	struct jw w = jw_start(out);
	bool sees;
	unsigned m;

	if (callout_row_get(x->db, id, &r, &c, e))
		return (int)e->code;
	sees = callout_sees_text(x, &c);
	m = callout_may(x, &c);
	jw_obj(&w);
	put_head(x, &c, &w);
	jw_kstr(&w, "text", sees ? c.text : NULL);
	jw_key(&w, "answer");
	if (sees && c.answer_kind) {
		jw_obj(&w);
		jw_kstr(&w, "kind", c.answer_kind);
		jw_kstr(&w, "bases", c.answer_bases);
		jw_end(&w);
	} else {
		jw_null(&w);
	}
	jw_kstr(&w, "reporter", callout_sees_names(x) ? c.who : NULL);
	if (put_messages(x, &c, &w, e))
		return (int)e->code;
	jw_key(&w, "may");
	jw_arr(&w);
	for (int i = 0; i < CALLOUT_VERBS; i++)
		if (m >> i & 1)
			jw_str(&w, callout_verb_text[i]);
	jw_arr_end(&w);
	jw_end(&w);
	str_addc(out, '\n');
	return OK;
}

static int filter_entry(const struct callout_desk *x, const char *text, int64_t *ret, struct err *e)
{
	struct ident id;
	uint32_t node;

	*ret = 0;
	if (!text)
		return OK;
	if (ident_parse(text, false, &id, e))
		return err_at(e, "entry", 0, 0);
	node = id.kind == IDENT_ENTRY ? graph_find_entry(x->snap->graph, id.scheme, id.public_id) : NODE_NONE;
	if (node == NODE_NONE)
		return err_set(e, ERR_NOT_FOUND, "there is no entry '%.64s'", text);
	*ret = graph_node(x->snap->graph, node)->entry_id;
	return OK;
}

static int filter_state(const char *state, struct err *e)
{
	if (!state || !strcmp(state, "waiting"))
		return OK;
	for (int i = 0; callout_state_text[i]; i++)
		if (!strcmp(state, callout_state_text[i]))
			return OK;
	err_set(e, ERR_INVALID,
		"state is open, with-manufacturer, answered, closed, rejected or waiting, not '%.32s'",
		state);
	return err_at(e, "state", 0, 0);
}

int callout_list_json(const struct callout_desk *x, const struct callout_filter *f, struct str *out,
		      struct err *e)
{
	bool waiting = f->state && !strcmp(f->state, "waiting"), got;
	OWN(rows_done) struct rows *r = NULL;
	int64_t entry, last = 0, n = 0;
	char codes[300], next[24];
	struct jw w = jw_start(out);

	callout_codes(x->who, codes);
	if (filter_state(f->state, e) || filter_entry(x, f->entry, &entry, e) ||
	    db_run(x->db, SQL_CALLOUT_LIST,
		   ARGS(VINT(f->before ? f->before : INT64_MAX), VTEXT(waiting ? NULL : f->state),
			VINT(waiting), VINT(entry), VINT(f->mine),
			VINT(x->who->account_id ? x->who->account_id : -1), VINT(x->who->org_id),
			VINT(f->todo), VINT(may(x->who, ROLES_SECAS)), VTEXT(codes), VINT(f->limit + 1)),
		   &r, e))
		return (int)e->code;
	jw_obj(&w);
	jw_key(&w, "callouts");
	jw_arr(&w);
	for (;; n++) {
		struct callout_row c;

		if (rows_next(r, &got, e))
			return e->code;
		if (!got || n == f->limit)
			break;
		c = callout_row_read(r);
		jw_obj(&w);
		put_head(x, &c, &w);
		jw_end(&w);
		last = c.id;
	}
	jw_arr_end(&w);
	snprintf(next, sizeof next, "%" PRId64, last);
	jw_kstr(&w, "next", got ? next : NULL);
	jw_end(&w);
	str_addc(out, '\n');
	return OK;
}

int callout_count_todo(const struct callout_desk *x, int64_t *ret, struct err *e)
{
	char codes[300];
	bool got;

	callout_codes(x->who, codes);
	return db_one(x->db, SQL_CALLOUT_TODO, ARGS(VINT(may(x->who, ROLES_SECAS)), VTEXT(codes)), &got, ret,
		      e);
}

static void put_item(const struct callout_desk *x, const struct callout_row *c, struct jw *w)
{
	char reference[64];

	snprintf(reference, sizeof reference, "call-out %" PRId64, c->id);
	jw_obj(w);
	jw_kstr(w, "entry", entry_of(x, c->entry_id));
	if (!c->answer_kind) { /* stale, and the answer is that it still holds */
		jw_kstr(w, "op", "confirm");
	} else {
		jw_kstr(w, "op", "state");
		jw_kstr(w, "kind", c->answer_kind);
		if (c->answer_bases)
			jw_kstr(w, "bases", c->answer_bases);
		jw_kstr(w, "source", "manufacturer");
		jw_kstr(w, "reference", reference);
	}
	jw_end(w);
}

int callout_draft_json(const struct callout_desk *x, int64_t id, struct str *out, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct callout_row c;
	struct jw w = jw_start(out);
	const char *entry;
	char text[160];

	if (callout_row_get(x->db, id, &r, &c, e))
		return (int)e->code;
	if (!may(x->who, ROLES_SECAS) && !is_maker(x, &c))
		return err_set(e, ERR_DENIED,
			       "SECAS or the manufacturer proposes what mends call-out %" PRId64, id);
	if (strcmp(c.state, "answered") != 0 || (!c.answer_kind && strcmp(c.kind, "stale") != 0))
		return err_set(e, ERR_CONFLICT,
			       "call-out %" PRId64 " has no answer that says how the entry may be reached",
			       id);
	jw_obj(&w);
	entry = entry_of(x, c.entry_id);
	snprintf(text, sizeof text, "Answer to call-out %" PRId64 ": entry %.60s", id, entry ? entry : "");
	jw_kstr(&w, "title", text);
	snprintf(text, sizeof text, "Call-out %" PRId64 " reported that the path is %s; this was answered.",
		 id, c.kind);
	jw_kstr(&w, "reason", text);
	jw_kbool(&w, "draft", true);
	jw_key(&w, "items");
	jw_arr(&w);
	put_item(x, &c, &w);
	jw_arr_end(&w);
	jw_end(&w);
	return OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* From the audit chain to deliveries: the outbox is read behind a cursor, in the transaction that moves it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "base/vec.h"
#include "core/events.h"
#include "core/watch.h"
#include "core/webhook_p.h"

#define CURSOR "webhook_cursor"
#define PAGE 200        /* audit rows in one transaction */
#define FORGET_PAGE 500 /* old deliveries removed in one transaction */

/* A webhook that may get events, with what its maker may see now. */
struct receiver {
	int64_t id, org_id, account_id, since;
	unsigned roles;
	bool watch_only;
	char types[WEBHOOK_TYPES_MAX + 1];
};
/* A walk over the chain. */
struct outbox {
	VEC(struct receiver) to;
	int64_t last; /* seq of the last row read */
	int64_t rows; /* read */
	int64_t made; /* deliveries */
	bool again;   /* those that are there become due again */
};
static void outbox_done(struct outbox *o)
{
	vec_done(&o->to);
}
DEFINE_OWN_VAL(struct outbox, outbox_done)

int webhook_cursor_put(struct db *db, int64_t seq, struct err *e)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRId64, seq);
	return meta_put(db, CURSOR, text, e);
}

static int cursor_get(struct db *db, int64_t *ret, struct err *e)
{
	char text[24];
	bool got;

	*ret = 0;
	if (meta_get(db, CURSOR, text, sizeof text, &got, e))
		return (int)e->code;
	return got ? parse_i64(text, 0, INT64_MAX, ret, e) : OK;
}

static int head_of(struct db *db, int64_t *ret, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (db_run(db, SQL_AUDIT_HEAD, NOARGS, &r, e) || rows_next(r, &got, e))
		return (int)e->code;
	*ret = got ? rows_num(r, 0) : 0;
	return OK;
}

/* id 0 = all. */
static int receivers(struct db *db, int64_t id, struct outbox *o, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (db_run(db, SQL_WEBHOOK_RECEIVERS, ARGS(VINT(id)), &r, e))
		return (int)e->code;
	for (;;) {
		struct receiver to;

		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got)
			return OK;
		to = (struct receiver){ .id = rows_num(r, 0),
					.org_id = rows_num(r, 1),
					.account_id = rows_num(r, 2),
					.roles = (unsigned)rows_num(r, 3),
					.watch_only = rows_num(r, 5),
					.since = id ? 0 : rows_num(r, 6) };
		str_copy(to.types, sizeof to.types, rows_text(r, 4));
		if (to.account_id) {
			to.roles &= rows_null(r, 7) ? 0 : (unsigned)rows_num(r, 7);
			if (rows_null(r, 8) || strcmp(rows_text(r, 8), "active"))
				continue; /* whoever may not sign in is told nothing */
			if (to.org_id != (rows_null(r, 9) ? 0 : rows_num(r, 9)))
				to.org_id = 0; /* the maker went to another organisation */
		}
		vec_push(&o->to, to);
	}
}

static int offer(struct db *db, struct outbox *o, const struct receiver *to, const struct event *ev,
		 int64_t now, struct err *e)
{
	bool yes;

	if (ev->seq <= to->since || !event_type_fits(to->types, ev->kind->type))
		return OK;
	if (event_visible(db, ev, to->roles, to->org_id, &yes, e))
		return (int)e->code;
	if (yes && to->watch_only && watch_hit(db, to->account_id, ev->revision, &yes, e))
		return (int)e->code;
	if (!yes)
		return OK;
	o->made++;
	return db_exec(db, o->again ? SQL_DELIVERY_AGAIN : SQL_DELIVERY_ADD,
		       ARGS(VINT(to->id), VINT(ev->seq), VTEXT(ev->kind->type), VINT(now)), NULL, e);
}

/* One page of the chain after row `after`, for all receivers. */
static int read_page(struct db *db, struct outbox *o, int64_t after, int64_t now, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (db_run(db, SQL_AUDIT_OUTBOX, ARGS(VINT(after), VINT(PAGE)), &r, e))
		return (int)e->code;
	for (o->rows = 0;; o->rows++) {
		struct event ev;

		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got)
			return OK;
		ev = event_of_row(r);
		o->last = ev.seq;
		for (size_t i = 0; ev.kind && i < o->to.n; i++)
			if (offer(db, o, &o->to.v[i], &ev, now, e))
				return err_wrap(e, "event %" PRId64, ev.seq);
	}
}

int webhook_queue_again(struct db *db, int64_t id, int64_t from, int64_t now, int64_t *ret_n, struct err *e)
{
	OWN(outbox_done) struct outbox o = { .again = true, .last = from - 1 };
	int64_t head = 0;

	/* Rows that were not queued yet will be. */
	if (cursor_get(db, &head, e) || receivers(db, id, &o, e))
		return (int)e->code;
	if (head - from >= WEBHOOK_REPLAY_MAX)
		return err_set(e, ERR_TOO_LARGE,
			       "that spans %" PRId64 " audit rows, and %d are the limit; take a later time",
			       head - from + 1, WEBHOOK_REPLAY_MAX);
	while (o.last < head) {
		if (read_page(db, &o, o.last, now, e))
			return (int)e->code;
		if (o.rows < PAGE)
			break;
	}
	*ret_n = o.made;
	return OK;
}

static int forget(struct db *db, int64_t now, struct err *e)
{
	return db_exec(db, SQL_DELIVERY_FORGET, ARGS(VINT(now - WEBHOOK_KEEP_MS), VINT(FORGET_PAGE)), NULL,
		       e);
}

int webhook_queue(struct db *db, int64_t now, bool *ret_more, struct err *e)
{
	OWN(outbox_done) struct outbox o = { .again = false };
	int64_t n = 0, cursor = 0, head = 0;
	bool got;
	TX(tx);

	*ret_more = false;
	/* Looked at without a transaction: nearly always there is nothing. */
	if (db_one(db, SQL_WEBHOOK_COUNT, NOARGS, &got, &n, e))
		return (int)e->code;
	if (!n)
		return OK;
	if (cursor_get(db, &cursor, e) || head_of(db, &head, e))
		return (int)e->code;
	if (cursor >= head)
		return OK;
	if (tx_begin(&tx, db, true, e) || cursor_get(db, &cursor, e) || receivers(db, 0, &o, e))
		return (int)e->code;
	o.last = cursor;
	if (read_page(db, &o, cursor, now, e) || forget(db, now, e) || webhook_cursor_put(db, o.last, e) ||
	    tx_keep(&tx, e))
		return err_wrap(e, "queueing events");
	*ret_more = o.rows == PAGE;
	return OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "core/service_level.h"

#include <string.h>

#include "base/parse.h"
#include "core/dossier.h"
#include "core/lookup.h"
#include "core/rendered.h"

const char *const queue_text[QUEUES + 1] = { "callouts-secas", "callouts-manufacturer", "proposals",
					     "imports", NULL };

static int read_waiting(struct db *db, enum queue q, int64_t now, struct service_level *l, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	int64_t late = now - l->target;
	bool got;
	int rc = OK;

	switch (q) {
	case QUEUE_CALLOUTS_SECAS:
	case QUEUE_CALLOUTS_MANUFACTURER:
		rc = db_run(db, SQL_QUEUE_CALLOUTS, ARGS(VINT(now), VINT(q == QUEUE_CALLOUTS_MANUFACTURER)),
			    &r, e);
		break;
	case QUEUE_PROPOSALS:
		rc = db_run(db, SQL_QUEUE_PROPOSALS, ARGS(VINT(late)), &r, e);
		break;
	case QUEUE_IMPORTS:
	case QUEUES:
		rc = db_run(db, SQL_QUEUE_IMPORTS, ARGS(VINT(late)), &r, e);
		break;
	}
	if (rc || rows_next(r, &got, e))
		return rc ? rc : (int)e->code;
	l->waiting = rows_num(r, 0);
	l->late = rows_num(r, 1);
	l->oldest = rows_date(r, 2);
	return OK;
}

static int read_met(struct db *db, enum queue q, int64_t target, int64_t since, struct met *ret,
		    struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;
	int rc = OK;

	switch (q) {
	case QUEUE_CALLOUTS_SECAS:
	case QUEUE_CALLOUTS_MANUFACTURER:
		rc = db_run(db, SQL_ENDED_CALLOUTS, ARGS(VTEXT(queue_text[q]), VINT(since)), &r, e);
		break;
	case QUEUE_PROPOSALS:
		rc = db_run(db, SQL_ENDED_PROPOSALS, ARGS(VINT(target), VINT(since)), &r, e);
		break;
	case QUEUE_IMPORTS:
	case QUEUES:
		rc = db_run(db, SQL_ENDED_IMPORTS, ARGS(VINT(target), VINT(since)), &r, e);
		break;
	}
	if (rc || rows_next(r, &got, e))
		return rc ? rc : (int)e->code;
	ret->ended = rows_num(r, 0);
	ret->in_time = rows_num(r, 1);
	return OK;
}

int service_level_read(struct db *db, enum queue q, int64_t now, struct service_level *ret, struct err *e)
{
	int64_t setting[SETTINGS];

	if (settings_read(db, 0, setting, e))
		return e->code;
	*ret = (struct service_level){ .oldest = -1 };
	ret->target =
	    setting[q == QUEUE_CALLOUTS_MANUFACTURER ? SETTING_MANUFACTURER_SLA : SETTING_SECAS_SLA];
	if (read_waiting(db, q, now, ret, e) ||
	    read_met(db, q, ret->target, now - 30 * MS_PER_DAY, &ret->days30, e) ||
	    read_met(db, q, ret->target, now - 90 * MS_PER_DAY, &ret->days90, e))
		return err_wrap(e, "the queue %s", queue_text[q]);
	return OK;
}

struct confirmations confirmations_count(const struct snapshot *s, int64_t at)
{
	struct confirmations c = { .oldest_due = -1 };

	for (uint32_t i = 0; i < graph_nodes(s->graph); i++) {
		const struct freshness_span *span = &s->rendered->node[i].span;
		enum freshness f = freshness_on(span, at);

		if (f == FRESHNESS_NONE)
			continue;
		c.count[f]++;
		if (f == FRESHNESS_OVERDUE && span->due != DAY_NONE &&
		    (c.oldest_due < 0 || freshness_due(span) < c.oldest_due))
			c.oldest_due = freshness_due(span);
	}
	return c;
}

static void put_met(struct jw *w, int days, const struct met *m)
{
	jw_obj(w);
	jw_kint(w, "days", days);
	jw_kint(w, "ended", m->ended);
	jw_kint(w, "in_time", m->in_time);
	jw_key(w, "percent");
	if (m->ended)
		jw_int(w, m->in_time * 100 / m->ended); /* rounded down: 100 means all of them */
	else
		jw_null(w);
	jw_end(w);
}

static void put_queue(struct jw *w, enum queue q, const struct service_level *l, int64_t now)
{
	jw_obj(w);
	jw_kstr(w, "queue", queue_text[q]);
	jw_kint(w, "target_seconds", l->target / 1000);
	jw_kint(w, "waiting", l->waiting);
	jw_kint(w, "late", l->late);
	jw_ktime(w, "oldest_since", l->oldest);
	jw_key(w, "oldest_seconds");
	if (l->oldest < 0)
		jw_null(w);
	else
		jw_int(w, now > l->oldest ? (now - l->oldest) / 1000 : 0);
	jw_key(w, "met");
	jw_arr(w);
	put_met(w, 30, &l->days30);
	put_met(w, 90, &l->days90);
	jw_arr_end(w);
	jw_end(w);
}

int service_levels_json(struct db *db, const struct snapshot *s, int64_t now, struct str *out, struct err *e)
{
	struct confirmations c = confirmations_count(s, now);
	struct service_level level[QUEUES];
	struct jw w = jw_start(out);
	int64_t all = 0;
	TX(tx);

	if (tx_begin(&tx, db, false, e))
		return e->code;
	for (int q = 0; q < QUEUES; q++)
		if (service_level_read(db, (enum queue)q, now, &level[q], e))
			return e->code;
	jw_obj(&w);
	jw_ktime(&w, "as_at", now - now % 1000);
	jw_kint(&w, "confirm_every_days", dossier_confirm_days(s->dossier));
	jw_key(&w, "queues");
	jw_arr(&w);
	for (int q = 0; q < QUEUES; q++)
		put_queue(&w, (enum queue)q, &level[q], now);
	jw_arr_end(&w);
	jw_key(&w, "confirmations");
	jw_obj(&w);
	for (int i = 0; i < FRESHNESS_NONE; i++) {
		jw_kint(&w, freshness_text[i], c.count[i]);
		all += c.count[i];
	}
	jw_kint(&w, "statements", all);
	jw_kdate(&w, "oldest_due", c.oldest_due);
	jw_key(&w, "percent_in_time");
	if (all)
		jw_int(&w, (all - c.count[FRESHNESS_OVERDUE]) * 100 / all);
	else
		jw_null(&w);
	jw_end(&w);
	jw_end(&w);
	str_addc(out, '\n');
	return OK;
}

int confirmations_json(const struct snapshot *s, const struct confirmation_filter *f, int64_t at,
		       struct jw *w, uint32_t *ret_last, struct err *e)
{
	const struct rendered *r = s->rendered;
	bool overdue = f->state && !strcmp(f->state, "overdue");
	size_t n = 0, i = f->after_node == NODE_NONE ? 0 : r->place[f->after_node] + 1;
	uint32_t last = NODE_NONE;

	if (f->state && !overdue && strcmp(f->state, "due") != 0) {
		err_set(e, ERR_INVALID, "state is due or overdue, not '%.32s'", f->state);
		return err_at(e, "state", 0, 0);
	}
	*ret_last = NODE_NONE;
	jw_key(w, "confirmations");
	jw_arr(w);
	for (; i < graph_nodes(s->graph); i++) {
		const struct graph_node *node = graph_node(s->graph, r->by_ord[i]);
		enum freshness fresh = freshness_on(&r->node[r->by_ord[i]].span, at);

		if (fresh == FRESHNESS_NONE || (overdue && fresh != FRESHNESS_OVERDUE) ||
		    (f->state && !overdue && fresh != FRESHNESS_DUE && fresh != FRESHNESS_OVERDUE) ||
		    (f->owner &&
		     !principal_owns_code(f->owner, graph_model(s->graph, node->model)->manufacturer)))
			continue;
		if (n++ == f->limit) {
			*ret_last = last;
			break;
		}
		last = r->by_ord[i];
		jw_obj(w);
		jw_key(w, "entry");
		entry_identity_json(s, last, w);
		jw_key(w, "statement");
		statement_json(s, node->path, true, at, w);
		jw_end(w);
	}
	jw_arr_end(w);
	return OK;
}

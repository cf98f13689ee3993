/* SPDX-License-Identifier: Apache-2.0 */
#include "core/watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/parse.h"
#include "core/history.h"
#include "core/rows_json.h"

const char *const watch_kinds[] = { "entry", "model", "manufacturer", "catalogue", NULL };

/* One thing to follow, as it is kept. */
struct wanted {
	char subject[WATCH_SUBJECT_MAX];
	int64_t ref_id; /* 0 = none */
};

static int want_entry(const struct snapshot *s, const char *text, struct wanted *ret, struct err *e)
{
	const struct graph_node *n;
	uint32_t nodes[2];
	size_t found;

	if (lookup_nodes(s, text, nodes, 2, &found, e))
		return (int)e->code;
	if (found > 1)
		return err_set(e, ERR_INVALID, "'%.80s' fits %zu entries; name one by its Entry ID", text,
			       found);
	n = graph_node(s->graph, nodes[0]);
	ret->ref_id = n->entry_id;
	snprintf(ret->subject, sizeof ret->subject, "%s:%s", graph_model(s->graph, n->model)->scheme,
		 n->name);
	return OK;
}

static int want_model(const struct snapshot *s, const char *text, struct wanted *ret, struct err *e)
{
	uint32_t m = lookup_model(s, text);

	if (m == NODE_NONE)
		return err_set(e, ERR_NOT_FOUND, "there is no model '%.80s'", text);
	ret->ref_id = graph_model(s->graph, m)->id;
	model_id_text(graph_model(s->graph, m), ret->subject);
	return OK;
}

static int want_manufacturer(const struct snapshot *s, const char *text, struct wanted *ret, struct err *e)
{
	char code[5] = "";

	for (size_t i = 0; i < 4 && parse_hex_digit(text[i]) >= 0; i++)
		code[i] = "0123456789ABCDEF"[parse_hex_digit(text[i])];
	if (strlen(code) != 4 || text[4])
		return err_set(e, ERR_INVALID, "'%.32s' is no manufacturer code of 4 hex digits", text);
	for (uint32_t i = 0; i < graph_models(s->graph); i++)
		if (!strcmp(graph_model(s->graph, i)->manufacturer, code)) {
			str_copy(ret->subject, sizeof ret->subject, code);
			return OK;
		}
	return err_set(e, ERR_NOT_FOUND, "the catalogue has no manufacturer %s", code);
}

static int want(const struct snapshot *s, const char *kind, const char *text, struct wanted *ret,
		struct err *e)
{
	if (!strcmp(kind, "entry"))
		return want_entry(s, text, ret, e);
	if (!strcmp(kind, "model"))
		return want_model(s, text, ret, e);
	if (!strcmp(kind, "manufacturer"))
		return want_manufacturer(s, text, ret, e);
	if (strcmp(kind, "catalogue"))
		return err_set(e, ERR_INVALID,
			       "there is no '%.32s' to follow: entry, model, manufacturer, catalogue", kind);
	return *text ? err_set(e, ERR_INVALID, "the catalogue takes no subject, not '%.32s'", text) : OK;
}

static int audit_it(struct db *db, const struct actor *who, const char *action, const struct principal *p,
		    const char *kind, const char *subject, struct err *e)
{
	STR(text, KIB);
	struct jw w = jw_start(&text);
	char of[40];

	jw_obj(&w);
	jw_kstr(&w, "kind", kind);
	jw_kstr(&w, "subject", subject);
	jw_end(&w);
	snprintf(of, sizeof of, "account/%" PRId64, p->account_id);
	return audit_add(db, who, action, of, NULL, str_c(&text), 0, NULL, e);
}

int watch_add(struct db *db, const struct snapshot *s, const struct actor *who, const struct principal *p,
	      const char *kind, const char *subject, int64_t *ret_id, struct err *e)
{
	struct wanted it = { .ref_id = 0 };
	int64_t n, id;
	bool got;
	TX(tx);

	if (want(s, kind, subject, &it, e) || tx_begin(&tx, db, true, e) ||
	    db_one(db, SQL_WATCH_FIND, ARGS(VINT(p->account_id), VTEXT(kind), VTEXT(it.subject)), &got, &id,
		   e))
		return (int)e->code;
	if (!got) {
		if (db_one(db, SQL_WATCH_COUNT, ARGS(VINT(p->account_id)), &got, &n, e))
			return (int)e->code;
		if (n >= WATCHES_MAX)
			return err_set(e, ERR_CONFLICT, "the list has %d things already, which is the limit",
				       WATCHES_MAX);
		if (db_exec(db, SQL_WATCH_ADD,
			    ARGS(VINT(p->account_id), VINT(p->org_id), VTEXT(kind), VTEXT(it.subject),
				 it.ref_id ? VINT(it.ref_id) : VNULL, VINT(who->now)),
			    NULL, e) ||
		    db_one(db, SQL_WATCH_FIND, ARGS(VINT(p->account_id), VTEXT(kind), VTEXT(it.subject)),
			   &got, &id, e) ||
		    audit_it(db, who, "watch-add", p, kind, it.subject, e) || tx_keep(&tx, e))
			return err_wrap(e, "following %s %.64s", kind, it.subject);
	}
	*ret_id = id;
	return OK;
}

static int kept(struct db *db, int64_t account_id, int64_t id, char kind[32], char subject[WATCH_SUBJECT_MAX],
		struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (db_run(db, SQL_WATCH_GET, ARGS(VINT(id), VINT(account_id)), &r, e) || rows_next(r, &got, e))
		return (int)e->code;
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "your list has no line %" PRId64, id);
	str_copy(kind, 32, rows_text(r, 0));
	str_copy(subject, WATCH_SUBJECT_MAX, rows_text(r, 1));
	return OK;
}

int watch_remove(struct db *db, const struct actor *who, const struct principal *p, const char *text,
		 struct err *e)
{
	char kind[32], subject[WATCH_SUBJECT_MAX];
	uint64_t id;
	TX(tx);

	if (!parse_digits(text, strlen(text), &id) || id > INT64_MAX)
		return err_set(e, ERR_NOT_FOUND, "your list has no line '%.32s'", text);
	if (tx_begin(&tx, db, true, e) || kept(db, p->account_id, (int64_t)id, kind, subject, e) ||
	    db_exec(db, SQL_WATCH_DROP, ARGS(VINT(id), VINT(p->account_id)), NULL, e) ||
	    audit_it(db, who, "watch-remove", p, kind, subject, e) || tx_keep(&tx, e))
		return (int)e->code;
	return OK;
}

/* No audit row: it is a bookmark, not a change that anybody else could meet. */
int watch_seen(struct db *db, const struct actor *who, const struct principal *p, int64_t revision,
	       struct err *e)
{
	int64_t head;
	TX(tx);

	if (tx_begin(&tx, db, true, e) || ledger_head(db, &head, e))
		return (int)e->code;
	if (revision > head)
		return err_set(e, ERR_INVALID, "the newest revision is %" PRId64 ", not %" PRId64, head,
			       revision);
	return db_exec(db, SQL_WATCH_SEEN_PUT, ARGS(VINT(p->account_id), VINT(revision), VINT(who->now)),
		       NULL, e) ||
		       tx_keep(&tx, e)
		   ? (int)e->code
		   : OK;
}

int watch_hit(struct db *db, int64_t account_id, int64_t revision, bool *ret, struct err *e)
{
	int64_t n = 0;
	bool got;

	if (revision && db_one(db, SQL_WATCH_HIT, ARGS(VINT(account_id), VINT(revision)), &got, &n, e))
		return err_wrap(e, "who follows what revision %" PRId64 " changed", revision);
	*ret = n > 0;
	return OK;
}

/* ---- reading ---- */

static void list_members(const struct rows *r, const void *of, struct jw *w)
{
	(void)of;
	jw_kint(w, "id", rows_num(r, 0));
	jw_kstr(w, "kind", rows_text(r, 1));
	jw_kstr(w, "subject", rows_text(r, 2));
	jw_ktime(w, "added_at", rows_num(r, 3));
}

static int list_json(struct db *db, int64_t account_id, struct jw *w, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (db_run(db, SQL_WATCH_LIST, ARGS(VINT(account_id)), &r, e))
		return (int)e->code;
	if (rows_json(r, "watch", 0, list_members, NULL, w, NULL, e))
		return e->code;
	return OK;
}

static int seen_json(struct db *db, int64_t account_id, struct jw *w, int64_t *ret_revision, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (db_run(db, SQL_WATCH_SEEN_GET, ARGS(VINT(account_id)), &r, e) || rows_next(r, &got, e))
		return (int)e->code;
	*ret_revision = got ? rows_num(r, 0) : 0;
	jw_key(w, "seen");
	jw_obj(w);
	jw_kint(w, "revision", *ret_revision);
	jw_ktime(w, "at", got ? rows_num(r, 1) : -1);
	jw_end(w);
	return OK;
}

static int news_json(struct db *db, int64_t account_id, int64_t after, struct jw *w, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	int64_t n;
	bool got, hit;

	if (db_run(db, SQL_REVISION_NEWER, ARGS(VINT(after), VINT(WATCH_NEWS_MAX + 1)), &r, e))
		return (int)e->code;
	jw_key(w, "news");
	jw_arr(w);
	for (n = 0;; n++) {
		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got || n == WATCH_NEWS_MAX)
			break;
		if (watch_hit(db, account_id, rows_num(r, 0), &hit, e))
			return (int)e->code;
		if (!hit)
			continue;
		jw_obj(w);
		jw_kint(w, "revision", rows_num(r, 0));
		jw_ktime(w, "at", rows_num(r, 1));
		jw_kstr(w, "kind", rows_text(r, 2));
		jw_kstr(w, "why", rows_text(r, 3));
		if (history_change_members(db, rows_num(r, 0), w, e))
			return (int)e->code;
		jw_end(w);
	}
	jw_arr_end(w);
	jw_kbool(w, "more", got);
	return OK;
}

int watch_json(struct db *db, const struct principal *p, struct str *out, struct err *e)
{
	struct jw w = jw_start(out);
	int64_t seen = 0, head;
	TX(tx);

	if (tx_begin(&tx, db, false, e) || ledger_head(db, &head, e))
		return (int)e->code;
	jw_obj(&w);
	if (list_json(db, p->account_id, &w, e) || seen_json(db, p->account_id, &w, &seen, e) ||
	    news_json(db, p->account_id, seen, &w, e))
		return (int)e->code;
	jw_kint(&w, "revision", head);
	jw_end(&w);
	str_addc(out, '\n');
	return OK;
}

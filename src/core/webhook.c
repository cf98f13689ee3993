/* SPDX-License-Identifier: Apache-2.0 */
/* Webhooks as people manage them, and as they are read. Sending: webhook_queue.c, webhook_send.c. */
#include "core/webhook.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "base/secret.h"
#include "core/events.h"
#include "core/rows_json.h"
#include "core/webhook_p.h"

#define SECRET_BYTES 32

const char *const webhook_state_text[] = { "active", "paused", "disabled", NULL };

#define OFF(m) offsetof(struct webhook_in, m)
const struct json_field webhook_fields[] = {
	{ "label", FIELD_TEXT, OFF(label), false, 0, WEBHOOK_LABEL_MAX + 1 },
	{ "url", FIELD_TEXT, OFF(url), true, 0, FETCH_URL_MAX + 1 },
	{ "types", FIELD_WORDS, OFF(types), false, 0, WEBHOOK_TYPES_MAX + 1 },
	{ "watch_only", FIELD_BOOL, OFF(watch_only), false, 0, 0 },
	{ "state", FIELD_TEXT, OFF(state), false, 0, sizeof(((struct webhook_in *)0)->state) },
	{ .name = NULL },
};

/* "scheme://host[:port]" of an address: what may be shown to those who keep logs. */
static void origin_of(const char *url, char *buf, size_t size)
{
	const char *slashes = strstr(url, "://");
	size_t n = slashes ? (size_t)(slashes - url) + 3 : 0;

	str_copyn(buf, size, url, n + strcspn(url + n, "/?#"));
}

static void audit_text(const struct webhook_in *in, struct str *out)
{
	struct jw w = jw_start(out);
	char origin[300];

	origin_of(in->url, origin, sizeof origin);
	jw_obj(&w);
	jw_kstr(&w, "label", in->label);
	jw_kstr(&w, "at", origin);
	jw_kwords(&w, "types", in->types);
	jw_kbool(&w, "watch_only", in->watch_only);
	jw_kstr(&w, "state", in->state);
	jw_end(&w);
}

static int audit_it(struct db *db, const struct actor *who, const char *action, int64_t id,
		    const struct webhook_in *before, const struct webhook_in *after, struct err *e)
{
	STR(was, 8 * KIB);
	STR(now, 8 * KIB);
	char subject[40];

	snprintf(subject, sizeof subject, "webhook/%" PRId64, id);
	if (before)
		audit_text(before, &was);
	if (after)
		audit_text(after, &now);
	return audit_add(db, who, action, subject, before ? str_c(&was) : NULL, after ? str_c(&now) : NULL, 0,
			 NULL, e);
}

static void secret_make(char ret[WEBHOOK_SECRET_TEXT])
{
	struct rnd r = rnd_system();
	uint8_t key[SECRET_BYTES];
	char text[BASE64_TEXT(SECRET_BYTES)];

	r.fill(&r, key, sizeof key);
	snprintf(ret, WEBHOOK_SECRET_TEXT, "whsec_%s", base64_text(key, sizeof key, text));
	secret_wipe(key, sizeof key);
	secret_wipe(text, sizeof text);
}

/* Fills what was left out, refuses what cannot be. */
static int input_check(const struct fetch_rules *rules, struct webhook_in *in, struct err *e)
{
	char origin[300];

	if (fetch_url_check(rules, in->url, e))
		return err_at(e, "url", 0, 0);
	if (event_filter_check(in->types, e))
		return err_at(e, "types", 0, 0);
	if (!in->label[0]) {
		origin_of(in->url, origin, sizeof origin);
		str_copy(in->label, sizeof in->label, strstr(origin, "://") + 3);
	}
	if (!in->state[0])
		str_copy(in->state, sizeof in->state, "active");
	if (strcmp(in->state, "active") && strcmp(in->state, "paused")) {
		err_set(e, ERR_INVALID, "state must be active or paused, not '%s'", in->state);
		return err_at(e, "state", 0, 0);
	}
	return OK;
}

/* The first webhook of a service begins at the end of the chain: nobody wants years of events at once. */
static int begin_at(struct db *db, int64_t *ret_seq, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	int64_t n;
	bool got;

	if (db_one(db, SQL_WEBHOOK_COUNT, NOARGS, &got, &n, e) || db_run(db, SQL_AUDIT_HEAD, NOARGS, &r, e) ||
	    rows_next(r, &got, e))
		return (int)e->code;
	*ret_seq = got ? rows_num(r, 0) : 0;
	return n ? OK : webhook_cursor_put(db, *ret_seq, e);
}

int webhook_add(struct db *db, const struct actor *who, const struct principal *p,
		const struct fetch_rules *rules, const struct webhook_in *given,
		char ret_secret[WEBHOOK_SECRET_TEXT], int64_t *ret_id, struct err *e)
{
	struct webhook_in in = *given;
	char secret[WEBHOOK_SECRET_TEXT];
	int64_t id = 0, n = 0, seq = 0;
	bool got;
	TX(tx);

	in.state[0] = '\0';
	if (input_check(rules, &in, e) || tx_begin(&tx, db, true, e) ||
	    db_one(db, SQL_WEBHOOK_COUNT_ORG, ARGS(VINT(p->org_id)), &got, &n, e))
		return (int)e->code;
	if (n >= WEBHOOKS_MAX)
		return err_set(e, ERR_CONFLICT,
			       "there are %d webhooks already, which is the limit; remove one", WEBHOOKS_MAX);
	secret_make(secret);
	/* Not the row of its own making. */
	if (begin_at(db, &seq, e) ||
	    db_one(db, SQL_WEBHOOK_ADD,
		   ARGS(VINT(p->org_id), VINT(p->account_id), VINT(p->roles), VTEXT(in.label), VTEXT(in.url),
			VTEXT(in.types), VINT(in.watch_only), VTEXT(secret), VINT(seq + 1), VINT(who->now)),
		   &got, &id, e) ||
	    audit_it(db, who, "webhook-add", id, NULL, &in, e) || tx_keep(&tx, e))
		return err_wrap(e, "making a webhook");
	memcpy(ret_secret, secret, sizeof secret);
	secret_wipe(secret, sizeof secret);
	*ret_id = id;
	return OK;
}

/* The row of a webhook; the caller releases it. ERR_NOT_FOUND. */
static int row_of(struct db *db, int64_t id, struct rows **ret, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (db_run(db, SQL_WEBHOOK_GET, ARGS(VINT(id)), &r, e) || rows_next(r, &got, e))
		return err_wrap(e, "reading a webhook");
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "there is no webhook %" PRId64, id);
	*ret = MOVE(r);
	return OK;
}

static bool sees(const struct principal *p, int64_t org_id, int64_t account_id, bool to_change)
{
	if (may(p, ROLE_OPERATOR) || (!to_change && may(p, ROLE_AUDITOR)))
		return true;
	if (p->org_id)
		return org_id == p->org_id && (!to_change || may(p, ROLES_HOOKS));
	return !org_id && account_id == p->account_id;
}

int webhook_find(struct db *db, const struct principal *p, const char *text, bool to_change, int64_t *ret,
		 struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	uint64_t id;

	if (!parse_digits(text, strlen(text), &id) || id > INT64_MAX)
		return err_set(e, ERR_NOT_FOUND, "there is no webhook '%.32s'", text);
	if (row_of(db, (int64_t)id, &r, e))
		return (int)e->code;
	if (!sees(p, rows_num(r, 1), rows_num(r, 2), false))
		return err_set(e, ERR_NOT_FOUND, "there is no webhook %" PRIu64, id);
	if (to_change && !sees(p, rows_num(r, 1), rows_num(r, 2), true))
		return err_set(e, ERR_DENIED, "an auditor changes nothing");
	*ret = (int64_t)id;
	return OK;
}

int webhook_get(struct db *db, int64_t id, struct webhook_in *ret, int64_t *ret_rev, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (row_of(db, id, &r, e))
		return (int)e->code;
	*ret = (struct webhook_in){ .watch_only = rows_num(r, 6) };
	str_copy(ret->label, sizeof ret->label, rows_text(r, 3));
	str_copy(ret->url, sizeof ret->url, rows_text(r, 4));
	str_copy(ret->types, sizeof ret->types, rows_text(r, 5));
	str_copy(ret->state, sizeof ret->state, rows_text(r, 7));
	*ret_rev = rows_num(r, 9);
	return OK;
}

int webhook_change(struct db *db, const struct actor *who, const struct principal *p,
		   const struct fetch_rules *rules, int64_t id, int64_t rev, const struct webhook_in *given,
		   struct err *e)
{
	struct webhook_in in = *given, was;
	int64_t has, maker = 0;
	bool moved, got;
	TX(tx);

	if (input_check(rules, &in, e) || tx_begin(&tx, db, true, e) || webhook_get(db, id, &was, &has, e))
		return (int)e->code;
	if (rev && rev != has)
		return err_set(e, ERR_STALE, "webhook %" PRId64 " has changed since it was read", id);
	if (db_one(db, SQL_WEBHOOK_MAKER, ARGS(VINT(id)), &got, &maker, e))
		return (int)e->code;
	moved = strcmp(in.url, was.url) && maker != p->account_id;
	if (moved && db_exec(db, SQL_WEBHOOK_DROP_DELIVERIES, ARGS(VINT(id)), NULL, e))
		return (int)e->code;
	if (db_exec(db, SQL_WEBHOOK_CHANGE,
		    ARGS(VTEXT(in.label), VTEXT(in.url), VTEXT(in.types), VINT(in.watch_only),
			 VTEXT(in.state), VINT(moved ? (int64_t)p->roles : -1), VINT(who->now), VINT(id)),
		    NULL, e) ||
	    audit_it(db, who, "webhook-change", id, &was, &in, e) || tx_keep(&tx, e))
		return err_wrap(e, "changing webhook %" PRId64, id);
	return OK;
}

int webhook_rotate(struct db *db, const struct actor *who, int64_t id, char ret_secret[WEBHOOK_SECRET_TEXT],
		   struct err *e)
{
	char secret[WEBHOOK_SECRET_TEXT];
	struct webhook_in in;
	int64_t rev;
	TX(tx);

	secret_make(secret);
	if (tx_begin(&tx, db, true, e) || webhook_get(db, id, &in, &rev, e) ||
	    db_exec(db, SQL_WEBHOOK_ROTATE,
		    ARGS(VINT(who->now + WEBHOOK_ROTATE_MS), VTEXT(secret), VINT(who->now), VINT(id)), NULL,
		    e) ||
	    audit_it(db, who, "webhook-rotate", id, NULL, &in, e) || tx_keep(&tx, e))
		return err_wrap(e, "a new secret");
	memcpy(ret_secret, secret, sizeof secret);
	secret_wipe(secret, sizeof secret);
	return OK;
}

int webhook_remove(struct db *db, const struct actor *who, int64_t id, struct err *e)
{
	struct webhook_in in;
	int64_t rev;
	TX(tx);

	if (tx_begin(&tx, db, true, e) || webhook_get(db, id, &in, &rev, e) ||
	    db_exec(db, SQL_WEBHOOK_DROP_DELIVERIES, ARGS(VINT(id)), NULL, e) ||
	    db_exec(db, SQL_WEBHOOK_DROP, ARGS(VINT(id)), NULL, e) ||
	    audit_it(db, who, "webhook-remove", id, &in, NULL, e) || tx_keep(&tx, e))
		return err_wrap(e, "removing webhook %" PRId64, id);
	return OK;
}

static int must_be_active(const struct webhook_in *in, struct err *e)
{
	return strcmp(in->state, "active")
		   ? err_set(e, ERR_CONFLICT, "the webhook is %s; make it active first", in->state)
		   : OK;
}

int webhook_test(struct db *db, const struct actor *who, int64_t id, int64_t *ret_delivery, struct err *e)
{
	struct webhook_in in;
	int64_t rev, delivery;
	bool got;
	TX(tx);

	if (tx_begin(&tx, db, true, e) || webhook_get(db, id, &in, &rev, e) || must_be_active(&in, e) ||
	    db_exec(db, SQL_DELIVERY_AGAIN,
		    ARGS(VINT(id), VINT(-who->now), VTEXT(EVENT_TEST), VINT(who->now)), NULL, e) ||
	    db_one(db, SQL_DELIVERY_OF_SEQ, ARGS(VINT(id), VINT(-who->now)), &got, &delivery, e) ||
	    audit_it(db, who, "webhook-test", id, NULL, NULL, e) || tx_keep(&tx, e))
		return err_wrap(e, "a test");
	*ret_delivery = delivery;
	return OK;
}

int webhook_replay(struct db *db, const struct actor *who, int64_t id, int64_t since, int64_t *ret_n,
		   struct err *e)
{
	struct webhook_in in;
	int64_t rev, from = 0, n;
	bool got;
	TX(tx);

	if (tx_begin(&tx, db, true, e) || webhook_get(db, id, &in, &rev, e) || must_be_active(&in, e) ||
	    db_one(db, SQL_AUDIT_SINCE, ARGS(VINT(since)), &got, &from, e))
		return err_wrap(e, "a replay");
	n = 0;
	if ((got && from && webhook_queue_again(db, id, from, who->now, &n, e)) ||
	    audit_it(db, who, "webhook-replay", id, NULL, NULL, e) || tx_keep(&tx, e))
		return err_wrap(e, "a replay");
	*ret_n = n;
	return OK;
}

int webhook_replay_one(struct db *db, const struct actor *who, int64_t id, int64_t delivery, struct err *e)
{
	struct webhook_in in;
	int64_t rev, changed;
	TX(tx);

	if (tx_begin(&tx, db, true, e) || webhook_get(db, id, &in, &rev, e) || must_be_active(&in, e) ||
	    db_exec(db, SQL_DELIVERY_ONCE_MORE, ARGS(VINT(who->now), VINT(delivery), VINT(id)), &changed, e))
		return err_wrap(e, "a replay");
	if (!changed)
		return err_set(e, ERR_NOT_FOUND, "webhook %" PRId64 " has no delivery %" PRId64, id,
			       delivery);
	if (audit_it(db, who, "webhook-replay", id, NULL, NULL, e) || tx_keep(&tx, e))
		return err_wrap(e, "a replay");
	return OK;
}

/* ---- reading ---- */

int webhook_members(struct db *db, int64_t id, bool live, struct jw *w, int64_t *ret_rev, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (row_of(db, id, &r, e))
		return (int)e->code;
	jw_kint(w, "id", id);
	jw_kstr(w, "label", rows_text(r, 3));
	jw_kstr(w, "url", rows_text(r, 4));
	jw_kwords(w, "types", rows_text(r, 5));
	jw_kbool(w, "watch_only", rows_num(r, 6));
	jw_kstr(w, "state", rows_text(r, 7));
	jw_kstr(w, "reason", rows_text(r, 8));
	jw_kstr(w, "made_by", rows_null(r, 14) ? NULL : rows_text(r, 14));
	jw_ktime(w, "created_at", rows_num(r, 10));
	jw_ktime(w, "changed_at", rows_num(r, 11));
	jw_ktime(w, "old_secret_until", rows_date(r, 13));
	jw_kint(w, "version", rows_num(r, 9));
	if (live) {
		jw_ktime(w, "ok_at", rows_date(r, 12));
		jw_kint(w, "waiting", rows_num(r, 15));
	}
	if (ret_rev)
		*ret_rev = rows_num(r, 9);
	return OK;
}

int webhook_rev(struct db *db, int64_t id, int64_t *ret, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (row_of(db, id, &r, e))
		return (int)e->code;
	*ret = rows_num(r, 9);
	return OK;
}

/* The numbers of what p may see, from one on. */
static int page_of(struct db *db, const struct principal *p, int64_t after, int64_t ids[WEBHOOKS_MAX],
		   size_t *ret_n, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool all = may(p, OVERSEE), got;
	size_t n = 0;

	if (db_run(db, SQL_WEBHOOK_LIST,
		   ARGS(VINT(after), VINT(all), VINT(p->org_id), VINT(all || p->org_id ? -1 : p->account_id),
			VINT(WEBHOOKS_MAX)),
		   &r, e))
		return (int)e->code;
	for (;; n++) {
		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got)
			break;
		ids[n] = rows_num(r, 0);
	}
	*ret_n = n;
	return OK;
}

int webhooks_json(struct db *db, const struct principal *p, struct str *out, struct err *e)
{
	struct jw w = jw_start(out);
	int64_t ids[WEBHOOKS_MAX], after = 0;
	size_t n;
	TX(tx);

	if (tx_begin(&tx, db, false, e))
		return (int)e->code;
	jw_obj(&w);
	jw_key(&w, "webhooks");
	jw_arr(&w);
	do {
		if (page_of(db, p, after, ids, &n, e))
			return (int)e->code;
		for (size_t i = 0; i < n; i++) {
			jw_obj(&w);
			if (webhook_members(db, ids[i], true, &w, NULL, e))
				return (int)e->code;
			jw_end(&w);
		}
		after = n ? ids[n - 1] : after;
	} while (n == WEBHOOKS_MAX);
	jw_arr_end(&w);
	jw_end(&w);
	str_addc(out, '\n');
	return OK;
}

static void delivery_json(const struct rows *r, const char *event, struct jw *w)
{
	jw_obj(w);
	jw_kint(w, "id", rows_num(r, 0));
	jw_kstr(w, "event", event);
	jw_kstr(w, "type", rows_text(r, 2));
	jw_kstr(w, "state", rows_text(r, 3));
	jw_kint(w, "tries", rows_num(r, 4));
	jw_ktime(w, "next_at", strcmp(rows_text(r, 3), "due") ? -1 : rows_num(r, 5));
	jw_ktime(w, "created_at", rows_num(r, 6));
	jw_ktime(w, "tried_at", rows_date(r, 7));
	jw_key(w, "status");
	if (rows_null(r, 8))
		jw_null(w);
	else
		jw_int(w, rows_num(r, 8));
	jw_key(w, "took_ms");
	if (rows_null(r, 9))
		jw_null(w);
	else
		jw_int(w, rows_num(r, 9));
	jw_kstr(w, "detail", rows_text(r, 10));
	jw_end(w);
}

int webhook_deliveries_json(struct db *db, int64_t id, const char *state, int64_t before, int64_t limit,
			    struct str *out, int64_t *ret_next, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct jw w = jw_start(out);
	char event[EVENT_ID_MAX];
	int64_t n = 0, last = 0;
	bool got = true;

	if (db_run(db, SQL_DELIVERY_LIST,
		   ARGS(VINT(id), VINT(before ? before : INT64_MAX), VTEXT(state), VINT(limit + 1)), &r, e))
		return (int)e->code;
	jw_obj(&w);
	jw_key(&w, "deliveries");
	jw_arr(&w);
	for (;; n++) {
		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got || n == limit)
			break;
		last = rows_num(r, 0);
		if (event_id(db, rows_num(r, 1), event, e))
			return (int)e->code;
		delivery_json(r, event, &w);
	}
	*ret_next = got ? last : 0;
	jw_arr_end(&w);
	rows_page_end(&w, *ret_next);
	return OK;
}

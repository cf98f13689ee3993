/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends deliveries: many at once, none waiting for another. What is under way is in memory only; what ended
 * is recorded, or kept until it can be. A crash in between sends it again with the same webhook-id.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "base/secret.h"
#include "base/vec.h"
#include "core/events.h"
#include "core/webhook_p.h"

#define POLL_MS 20   /* one turn waits at most so long */
#define LOOK_MS 1000 /* how often the store is looked at when nothing is under way */
#define BUSY_MS 100  /* the same while all places are taken by slow ones */
#define GONE 410     /* the receiver wants no more */
#define RETRY_AFTER_MAX_S 3600
#define SECRET_BYTES_MAX 64

/* A delivery that is under way, or ended and not recorded yet. */
struct sending {
	int64_t id, webhook_id, seq, tries;
	bool ended;
	int status; /* HTTP, 0 = no answer */
	int64_t took_ms, retry_after_s;
	char detail[WEBHOOK_EXCERPT_MAX + 1];
};
struct webhook_sender {
	struct fetch_many *many; /* owned */
	struct webhook_settings set;
	VEC(struct sending) out; /* by delivery id, at most WEBHOOK_AT_ONCE */
	int64_t turn;            /* the webhook that was served last */
	int64_t looked_at;       /* when the store was looked at, UTC ms */
};

struct webhook_settings webhook_settings_from(const struct conf *c)
{
	return (struct webhook_settings){ .source = conf_text(c, "public_url"),
					  .retry_ms = conf_ms(c, "webhook_retry"),
					  .timeout_ms = conf_ms(c, "webhook_timeout") };
}

struct webhook_sender *webhook_sender_new(const struct fetch_rules *rules, const struct webhook_settings *set)
{
	struct webhook_sender *s = mem_zalloc(sizeof *s);

	s->many = fetch_many_new(rules);
	s->set = *set;
	return s;
}

void webhook_sender_free(struct webhook_sender *s)
{
	fetch_many_free(s->many);
	vec_done(&s->out);
	free(s);
}

/* ---- signing ---- */

bool webhook_sign(const char *secret, const char *id, int64_t timestamp_s, const char *body, size_t n,
		  char ret[WEBHOOK_SIGNATURE_TEXT])
{
	STR(text, EVENT_BODY_MAX + KIB);
	uint8_t key[SECRET_BYTES_MAX], sum[SHA256_LEN];
	char b64[BASE64_TEXT(SHA256_LEN)];
	size_t nkey;

	if (strncmp(secret, "whsec_", 6) || !base64_bytes(secret + 6, key, sizeof key, &nkey) || !nkey)
		return false;
	str_addf(&text, "%s.%" PRId64 ".", id, timestamp_s);
	str_addn(&text, body, n);
	hmac_sha256(key, nkey, str_c(&text), text.len, sum);
	secret_wipe(key, sizeof key);
	snprintf(ret, WEBHOOK_SIGNATURE_TEXT, "v1,%s", base64_text(sum, sizeof sum, b64));
	return !text.over;
}

int64_t webhook_wait(int64_t retry_ms, int64_t n)
{
	/* Of 10,000; the sum is 10,000. With 24 h: 9 s, 5 min, 29 min, 86 min, 3.6 h, 7.2 h, 11.2 h. */
	static const int share[WEBHOOK_TRIES - 1] = { 1, 35, 200, 600, 1500, 3000, 4664 };

	return n < 1 || n >= WEBHOOK_TRIES
		   ? 0
		   : retry_ms / 10000 * share[n - 1] + retry_ms % 10000 * share[n - 1] / 10000;
}

/* ---- recording ---- */

static int disable(struct db *db, int64_t id, int64_t now, const char *reason, struct err *e)
{
	struct actor who = { .name = "clerk", .why = reason, .now = now };
	char subject[40];
	int64_t changed;

	if (db_exec(db, SQL_WEBHOOK_DISABLE, ARGS(VTEXT(reason), VINT(now), VINT(id)), &changed, e))
		return (int)e->code;
	snprintf(subject, sizeof subject, "webhook/%" PRId64, id);
	return changed ? audit_add(db, &who, "webhook-disable", subject, NULL, NULL, 0, NULL, e) : OK;
}

/* The next try: the plan's wait with up to a tenth more or less, or what the receiver asked for. */
static int64_t next_try(const struct webhook_sender *s, const struct sending *d, struct rnd *rnd, int64_t now)
{
	int64_t wait = webhook_wait(s->set.retry_ms, d->tries + 1), tenth = wait / 10;

	wait += tenth ? (int64_t)rnd_below(rnd, (uint64_t)(2 * tenth + 1)) - tenth : 0;
	return now + (d->retry_after_s * 1000 > wait ? d->retry_after_s * 1000 : wait);
}

static int record_one(struct webhook_sender *s, struct db *db, struct rnd *rnd, const struct sending *d,
		      int64_t now, struct err *e)
{
	bool ok = d->status >= 200 && d->status < 300, test = d->seq < 0;
	bool last = test || d->status == GONE || d->tries + 1 >= WEBHOOK_TRIES;
	const char *state = ok ? "done" : last ? "failed" : "due";

	if (db_exec(db, SQL_DELIVERY_RESULT,
		    ARGS(VTEXT(state), VINT(next_try(s, d, rnd, now)), VINT(now),
			 d->status ? VINT(d->status) : VNULL, VINT(d->took_ms), VTEXT(d->detail),
			 VINT(d->id)),
		    NULL, e))
		return (int)e->code;
	if (ok)
		return db_exec(db, SQL_WEBHOOK_TOOK, ARGS(VINT(now), VINT(d->webhook_id)), NULL, e);
	if (!last || test)
		return OK;
	return disable(db, d->webhook_id, now,
		       d->status == GONE ? "it answered 410: it wants no more events"
					 : "an event was not taken in 8 tries",
		       e);
}

static int record(struct webhook_sender *s, struct db *db, struct rnd *rnd, int64_t now, struct err *e)
{
	size_t ended = 0, kept = 0;
	TX(tx);

	for (size_t i = 0; i < s->out.n; i++)
		ended += s->out.v[i].ended;
	if (!ended)
		return OK;
	if (tx_begin(&tx, db, true, e))
		return (int)e->code;
	for (size_t i = 0; i < s->out.n; i++)
		if (s->out.v[i].ended && record_one(s, db, rnd, &s->out.v[i], now, e))
			return err_wrap(e, "recording a delivery");
	if (tx_keep(&tx, e))
		return (int)e->code;
	for (size_t i = 0; i < s->out.n; i++)
		if (!s->out.v[i].ended)
			s->out.v[kept++] = s->out.v[i];
	s->out.n = kept;
	s->looked_at = 0; /* there may be room now */
	return OK;
}

/* The beginning of an answer as text that a store and a page can hold. */
static void excerpt(const struct str *body, char buf[WEBHOOK_EXCERPT_MAX + 1])
{
	const char *p = str_c(body);
	size_t n = 0, len;

	for (size_t i = 0; i < body->len && n < WEBHOOK_EXCERPT_MAX; i += len ? len : 1) {
		len = parse_utf8_len(p + i, body->len - i);
		if (!len || (unsigned char)p[i] < ' ' || p[i] == 0x7f) {
			buf[n++] = ' ';
			continue;
		}
		if (n + len > WEBHOOK_EXCERPT_MAX)
			break;
		memcpy(buf + n, p + i, len);
		n += len;
	}
	buf[n] = '\0';
}

static void collect(struct webhook_sender *s)
{
	struct fetch_answer a = { .status = 0 };
	struct err why;
	int64_t id, wait;
	int rc;

	while (fetch_many_next(s->many, &id, &rc, &a, &why)) {
		for (size_t i = 0; i < s->out.n; i++) {
			struct sending *d = &s->out.v[i];

			if (d->id != id)
				continue;
			d->ended = true;
			if (rc) {
				/* Names of this network are not looked up for whoever makes a webhook (T30).
				 */
				str_copy(d->detail, sizeof d->detail,
					 why.code == ERR_ADDRESS
					     ? "the host is at an address that is not asked"
					     : why.msg);
				continue;
			}
			d->status = a.status;
			d->took_ms = a.took_ms;
			excerpt(&a.body, d->detail);
			if (a.want[0][0] && !parse_i64(a.want[0], 0, RETRY_AFTER_MAX_S, &wait, &why))
				d->retry_after_s = wait;
		}
		if (!rc)
			fetch_answer_done(&a);
		a = (struct fetch_answer){ .status = 0 };
	}
}

/* ---- sending ---- */

static int body_of(struct webhook_sender *s, struct db *db, int64_t seq, int64_t now, struct str *out,
		   struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct event ev;
	bool got;

	if (seq < 0)
		return event_test_json(db, seq, now, s->set.source, out, e);
	if (db_run(db, SQL_AUDIT_GET, ARGS(VINT(seq)), &r, e) || rows_next(r, &got, e))
		return (int)e->code;
	if (!got)
		return err_set(e, ERR_STORE, "audit row %" PRId64 " is missing; run 'firpath audit verify'",
			       seq);
	ev = event_of_row(r);
	if (!ev.kind)
		return err_set(e, ERR_INTERNAL, "audit row %" PRId64 " is no event any more", seq);
	return event_json(db, &ev, s->set.source, out, e);
}

/* The head's lines for one body; two signatures while a secret is being replaced. */
static int sign(const struct rows *r, const char *id, const struct str *body, int64_t now, struct str *ret,
		struct err *e)
{
	char signature[WEBHOOK_SIGNATURE_TEXT];

	if (!webhook_sign(rows_text(r, 4), id, now / 1000, str_c(body), body->len, signature))
		return err_set(e, ERR_STORE, "the secret of the webhook is not readable");
	str_add(ret, signature);
	if (rows_null(r, 5) || rows_date(r, 6) <= now)
		return OK;
	if (!webhook_sign(rows_text(r, 5), id, now / 1000, str_c(body), body->len, signature))
		return err_set(e, ERR_STORE, "the old secret of the webhook is not readable");
	str_addf(ret, " %s", signature);
	return OK;
}

/* r: a row of delivery_due. An address that may not be asked is a failure of the delivery, not of ours. */
static int send_one(struct webhook_sender *s, struct db *db, const struct rows *r, int64_t webhook_id,
		    int64_t now, struct err *e)
{
	STR(body, EVENT_BODY_MAX);
	STR(signature, 2 * WEBHOOK_SIGNATURE_TEXT);
	char id[EVENT_ID_MAX], stamp[24];
	struct sending d = {
		.id = rows_num(r, 0), .webhook_id = webhook_id, .seq = rows_num(r, 1), .tries = rows_num(r, 2)
	};
	struct err why;

	snprintf(stamp, sizeof stamp, "%" PRId64, now / 1000);
	if (event_id(db, d.seq, id, e) || body_of(s, db, d.seq, now, &body, e) ||
	    sign(r, id, &body, now, &signature, e))
		return (int)e->code;
	{
		const struct fetch_header headers[] = { { "Content-Type", "application/cloudevents+json" },
							{ "webhook-id", id },
							{ "webhook-timestamp", stamp },
							{ "webhook-signature", str_c(&signature) } };
		struct fetch_ask ask = { .url = rows_text(r, 3),
					 .headers = headers,
					 .nheaders = sizeof headers / sizeof *headers,
					 .body = str_c(&body),
					 .len = body.len,
					 .want = { "Retry-After" },
					 .max_bytes = WEBHOOK_EXCERPT_MAX,
					 .cut = true,
					 .total_ms = s->set.timeout_ms };

		if (fetch_many_add(s->many, &ask, d.id, &why)) {
			d.ended = true;
			str_copy(d.detail, sizeof d.detail, why.msg);
		}
	}
	vec_push(&s->out, d);
	return OK;
}

static size_t under_way(const struct webhook_sender *s, int64_t webhook_id, int64_t delivery_id)
{
	size_t n = 0;

	for (size_t i = 0; i < s->out.n; i++)
		n += s->out.v[i].webhook_id == webhook_id && (!delivery_id || s->out.v[i].id == delivery_id);
	return n;
}

static int serve_one(struct webhook_sender *s, struct db *db, int64_t webhook_id, int64_t now, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	/* Those under way are due still: look behind them. */
	if (db_run(db, SQL_DELIVERY_DUE, ARGS(VINT(webhook_id), VINT(now), VINT(2 * WEBHOOK_AT_ONCE_EACH)),
		   &r, e))
		return (int)e->code;
	while (s->out.n < WEBHOOK_AT_ONCE && under_way(s, webhook_id, 0) < WEBHOOK_AT_ONCE_EACH) {
		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got)
			break;
		if (!under_way(s, webhook_id, rows_num(r, 0)) && send_one(s, db, r, webhook_id, now, e))
			return err_wrap(e, "delivery %" PRId64, rows_num(r, 0));
	}
	return OK;
}

/* Webhooks that wait, after the one served last; *ret_n of them. */
static int waiting(struct webhook_sender *s, struct db *db, int64_t after, int64_t now,
		   int64_t ids[WEBHOOK_AT_ONCE], size_t *ret_n, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	(void)s;
	*ret_n = 0;
	if (db_run(db, SQL_WEBHOOK_WAITING, ARGS(VINT(after), VINT(now), VINT(WEBHOOK_AT_ONCE)), &r, e))
		return (int)e->code;
	for (; *ret_n < WEBHOOK_AT_ONCE; ++*ret_n) {
		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got)
			break;
		ids[*ret_n] = rows_num(r, 0);
	}
	return OK;
}

static int fill(struct webhook_sender *s, struct db *db, int64_t now, struct err *e)
{
	int64_t ids[WEBHOOK_AT_ONCE];
	size_t n;

	for (int round = 0; round < 2 && s->out.n < WEBHOOK_AT_ONCE; round++) {
		if (waiting(s, db, s->turn, now, ids, &n, e))
			return (int)e->code;
		for (size_t i = 0; i < n && s->out.n < WEBHOOK_AT_ONCE; i++) {
			s->turn = ids[i];
			if (serve_one(s, db, ids[i], now, e))
				return (int)e->code;
		}
		if (n == WEBHOOK_AT_ONCE)
			return OK;
		s->turn = 0; /* from the first again */
	}
	return OK;
}

int webhook_sender_turn(struct webhook_sender *s, struct db *db, struct rnd *rnd, int64_t now,
			int64_t *ret_next, struct err *e)
{
	int64_t first;
	bool got;

	*ret_next = now + BUSY_MS;
	if (fetch_many_running(s->many) && fetch_many_poll(s->many, POLL_MS, e))
		return (int)e->code;
	collect(s);
	if (record(s, db, rnd, now, e))
		return (int)e->code;
	if (s->out.n < WEBHOOK_AT_ONCE && (now < s->looked_at || now >= s->looked_at + BUSY_MS)) {
		s->looked_at = now;
		if (fill(s, db, now, e))
			return (int)e->code;
	}
	if (s->out.n) {
		*ret_next = now;
		return OK;
	}
	if (db_one(db, SQL_DELIVERY_NEXT, NOARGS, &got, &first, e))
		return (int)e->code;
	*ret_next = got && first > 0 && first < now + LOOK_MS ? first : now + LOOK_MS;
	return OK;
}

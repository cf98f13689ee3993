/* SPDX-License-Identifier: Apache-2.0 */
#include "import/feed_fetch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/sign.h"
#include "store/store_feed.h"
#include "store/store_review.h"

#define RETRY_MS 60000
#define RETRY_MAX_MS (60 * INT64_C(60000))
#define SIGNATURE_MAX 4096 /* bytes of a signature file; 64 are enough */

int feed_publisher_from(const struct conf *c, struct feed_publisher *ret, struct fetch_rules **ret_rules,
			struct err *e)
{
	const char *ca = conf_text(c, "cpl_ca");
	OWN(fetch_rules_free) struct fetch_rules *rules = NULL;
	struct sign_public key;

	*ret = (struct feed_publisher){ .url = conf_text(c, "cpl_url"),
					.pin = conf_text(c, "cpl_pin"),
					.signature_key = conf_text(c, "cpl_signature_key"),
					.total_ms = conf_ms(c, "cpl_timeout") };
	if (fetch_rules_new(conf_text(c, "fetch_allow_http"), conf_text(c, "fetch_allow"),
			    *ca ? ca : conf_text(c, "fetch_ca_file"), &rules, e))
		return e->code;
	if (*ret->url && fetch_url_check(rules, ret->url, e))
		return err_wrap(e, "cpl_url");
	if (*ret->signature_key && sign_public_load(ret->signature_key, &key, e))
		return err_wrap(e, "cpl_signature_key");
	ret->rules = *ret_rules = MOVE(rules);
	return OK;
}

/* ---- the record of visits ------------------------------------------------------------------------------ */

/* A visit as it will be recorded; text owned where it is copied. */
struct visit {
	char etag[FETCH_HEADER_SIZE], modified[FETCH_HEADER_SIZE];
	bool known; /* there was one before */
	struct store_visit v;
	char result[32];
};

static int standing_import(struct db *db, int64_t *ret, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct feed_row f;
	bool got;

	if (store_feed_standing(db, "cpl", 0, &r, e) || store_feed_next(r, &f, &got, e))
		return e->code;
	*ret = got ? f.id : 0;
	return OK;
}

static int visit_read(struct visit *x, struct db *db, const char *url, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_visit v;

	if (store_visit_get(db, "cpl", &r, &v, &x->known, e))
		return e->code;
	if (!x->known)
		return OK;
	x->v = v;
	str_copy(x->etag, sizeof x->etag, v.etag);
	str_copy(x->modified, sizeof x->modified, v.last_modified);
	str_copy(x->result, sizeof x->result, v.result);
	if (strcmp(v.url, url)) /* another publisher's validators say nothing */
		x->etag[0] = x->modified[0] = 0;
	x->v.url = x->v.etag = x->v.last_modified = x->v.result = x->v.detail = x->v.feed = NULL;
	return OK;
}

enum outcome { VISIT_APPLIED, VISIT_UNCHANGED, VISIT_HELD, VISIT_FAILED };
static enum outcome outcome_of(const char *result)
{
	return !strcmp(result, "applied")                                        ? VISIT_APPLIED
	       : !strcmp(result, "unchanged") || !strcmp(result, "not-modified") ? VISIT_UNCHANGED
	       : !strcmp(result, "held")                                         ? VISIT_HELD
										 : VISIT_FAILED;
}

static int visit_audit(struct db *db, const struct actor *who, const char *action, const char *result,
		       const char *detail, struct err *e)
{
	STR(after, 4 * KIB);
	struct jw w = jw_start(&after);

	jw_obj(&w);
	jw_kstr(&w, "result", result);
	jw_kstr(&w, "detail", detail);
	jw_end(&w);
	return audit_add(db, who, action, "feed/cpl", NULL, str_c(&after), 0, NULL, e);
}

/* etag and modified: of what stands now, "" when the answer is not what stands. */
static int visit_write(struct visit *x, struct db *db, const struct feed_publisher *p,
		       const struct actor *who, const char *result, const char *detail, const char *etag,
		       const char *modified, struct err *e)
{
	enum outcome was = outcome_of(x->result), is = outcome_of(result);
	bool failing = x->known && was == VISIT_FAILED, turned;
	struct store_visit v = x->v;
	TX(tx);

	v.feed = "cpl";
	v.url = p->url;
	v.etag = etag;
	v.last_modified = modified;
	v.tried_at = who->now;
	v.result = result;
	v.detail = detail;
	v.fails = is == VISIT_FAILED ? v.fails + 1 : 0;
	if (!x->known)
		v.good_at = -1;
	if (is == VISIT_APPLIED || is == VISIT_UNCHANGED)
		v.good_at = who->now;
	turned = !x->known || (was == VISIT_FAILED) != (is == VISIT_FAILED) ||
		 (was == VISIT_HELD) != (is == VISIT_HELD);
	if (turned)
		v.since = who->now;
	v.n_applied += is == VISIT_APPLIED;
	v.n_unchanged += is == VISIT_UNCHANGED;
	v.n_held += is == VISIT_HELD;
	v.n_failed += is == VISIT_FAILED;
	/* A failure leaves the validators with the list that they are of. */
	if (tx_begin(&tx, db, true, e) || (is != VISIT_FAILED && standing_import(db, &v.import_id, e)) ||
	    store_visit_put(db, &v, e))
		return e->code;
	if (is == VISIT_FAILED && !failing && visit_audit(db, who, "feed-fail", result, detail, e))
		return e->code;
	if (is != VISIT_FAILED && failing && visit_audit(db, who, "feed-recover", result, detail, e))
		return e->code;
	return tx_keep(&tx, e);
}

int feed_visit_due(struct db *db, const char *url, int64_t every_ms, int64_t *ret, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_visit v;
	int64_t wait = every_ms;
	bool got;

	if (store_visit_get(db, "cpl", &r, &v, &got, e))
		return e->code;
	if (!got || strcmp(v.url, url)) {
		*ret = 0;
		return OK;
	}
	if (v.fails) {
		wait = RETRY_MS << (v.fails < 8 ? v.fails - 1 : 7);
		wait = wait < RETRY_MAX_MS ? wait : RETRY_MAX_MS;
		wait = wait < every_ms ? wait : every_ms;
	}
	*ret = v.tried_at + wait;
	return OK;
}

/* ---- fetching ------------------------------------------------------------------------------------------ */

/* The last part of an address without its query: what the import is called. */
static void name_of(const char *url, char *buf, size_t size)
{
	size_t n = strcspn(url, "?#"), from = n;

	while (from && url[from - 1] != '/')
		from--;
	if (!str_copyn(buf, size, url + from, n - from) || !*buf)
		str_copy(buf, size, "list");
}

static int refuse_status(int status, const char *what, struct err *e)
{
	if (status >= 300 && status < 400)
		return err_set(e, ERR_REMOTE,
			       "the publisher sends elsewhere (%d) for %s; name the final address", status,
			       what);
	return err_set(e, ERR_REMOTE, "the publisher answered %d for %s", status, what);
}

/* 64 bytes as they are, or 128 hex digits with blanks around them. */
static bool signature_read(const struct str *s, uint8_t ret[SIGN_LEN])
{
	const char *p = str_c(s);
	size_t n = s->len;

	if (n == SIGN_LEN) {
		memcpy(ret, p, SIGN_LEN);
		return true;
	}
	while (n && strchr(" \r\n\t", p[n - 1]))
		n--;
	if (n != 2 * SIGN_LEN)
		return false;
	for (size_t i = 0; i < n; i++) {
		const char *digits = "0123456789abcdef", *d;

		d = p[i] ? strchr(digits, p[i] | (p[i] >= 'A' && p[i] <= 'F' ? 0x20 : 0)) : NULL;
		if (!d)
			return false;
		ret[i / 2] = (uint8_t)(i % 2 ? ret[i / 2] << 4 | (d - digits) : d - digits);
	}
	return true;
}

static int check_signature(const struct feed_publisher *p, const struct str *body, struct err *e)
{
	OWN(fetch_answer_done) struct fetch_answer a = { 0 };
	STR(url, FETCH_URL_MAX + 4);
	struct fetch_ask ask = { .pin = p->pin && *p->pin ? p->pin : NULL,
				 .max_bytes = SIGNATURE_MAX,
				 .total_ms = p->total_ms };
	size_t n = strcspn(p->url, "?#");
	struct sign_public key;
	uint8_t sign[SIGN_LEN];

	if (!p->signature_key || !*p->signature_key)
		return OK;
	str_addn(&url, p->url, n);
	str_add(&url, ".sig");
	str_add(&url, p->url + n);
	ask.url = str_c(&url);
	if (sign_public_load(p->signature_key, &key, e) ||
	    fetch_run(p->rules, &ask, p->stop, p->stop_ctx, &a, e))
		return err_wrap(e, "the signature of the list");
	if (a.status != 200)
		return refuse_status(a.status, "the signature of the list", e);
	if (!signature_read(&a.body, sign) || !sign_is_good(&key, str_c(body), body->len, sign))
		return err_set(e, ERR_SIGNATURE, "the list is not signed by the key of its publisher");
	return OK;
}

static int visit(struct visit *x, struct db *db, const struct feed_publisher *p, const struct actor *who,
		 struct fetch_answer *a, struct import_report **ret, struct err *e)
{
	struct fetch_ask ask = { .url = p->url,
				 .pin = p->pin && *p->pin ? p->pin : NULL,
				 .max_bytes = IMPORT_FILE_MAX,
				 .total_ms = p->total_ms };
	struct import_options o = { .who = *who };
	struct feed_input in;
	char name[128];
	int64_t standing;

	if (standing_import(db, &standing, e))
		return e->code;
	/* "As it was" must mean: as what stands here. */
	if (x->known && standing && standing == x->v.import_id) {
		ask.etag = x->etag;
		ask.modified = x->modified;
	}
	if (fetch_run(p->rules, &ask, p->stop, p->stop_ctx, a, e))
		return e->code;
	if (a->status == 304 && (ask.etag || ask.modified))
		return OK;
	if (a->status != 200)
		return refuse_status(a->status, "the list", e);
	if (!a->body.len)
		return err_set(e, ERR_REMOTE, "the publisher sent an empty file");
	if (check_signature(p, &a->body, e))
		return e->code;
	name_of(p->url, name, sizeof name);
	o.file_name = name;
	in = (struct feed_input){ .bytes = str_c(&a->body), .len = a->body.len };
	return feed_import_cpl(db, &in, &o, ret, e);
}

int feed_visit_cpl(struct db *db, const struct feed_publisher *p, const struct actor *who,
		   struct import_report **ret, struct err *e)
{
	OWN(fetch_answer_done) struct fetch_answer a = { 0 };
	OWN(import_report_free) struct import_report *r = NULL;
	struct visit x = { .v = { .good_at = -1 } };
	struct err why = { 0 };
	const char *result = "not-modified";
	int rc;

	if (!p->url || !*p->url)
		return err_set(e, ERR_CONFIG, "no address of the list is configured (cpl_url)");
	if (visit_read(&x, db, p->url, e))
		return e->code;
	rc = visit(&x, db, p, who, &a, &r, &why);
	if (rc == ERR_STOPPING) {
		*e = why;
		return rc;
	}
	if (rc) {
		if (visit_write(&x, db, p, who, err_info(why.code)->code, why.msg, x.etag, x.modified, e))
			return e->code;
		*e = why;
		return rc;
	}
	if (r)
		result = r->state == IMPORT_HELD        ? "held"
			 : r->state == IMPORT_UNCHANGED ? "unchanged"
							: "applied";
	if (visit_write(&x, db, p, who, result, "",
			!r                        ? x.etag
			: r->state == IMPORT_HELD ? ""
						  : a.etag,
			!r                        ? x.modified
			: r->state == IMPORT_HELD ? ""
						  : a.modified,
			e))
		return e->code;
	*ret = MOVE(r);
	return OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_ledger.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "base/str.h"
#include "store/store_digest.h"

#define CHAIN_START "0000000000000000000000000000000000000000000000000000000000000000"
#define VERIFY_PAGE 2000 /* rows in one reading; an engine may hold them all in memory */

/* The columns of an audit row that its hash covers, in order. */
struct audit_row {
	int64_t seq, at, revision; /* revision 0 = NULL */
	const char *who, *why, *action, *subject;
	const char *before, *after; /* may be NULL */
	const char *prev;           /* hash of the row before */
	const char *digest;         /* of the revision; may be NULL */
};

static int head_of(struct db *db, int64_t *ret_rev, int64_t *ret_at, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (db_run(db, SQL_REVISION_HEAD, NOARGS, &r, e) || rows_next(r, &got, e))
		return err_wrap(e, "reading the newest revision");
	*ret_rev = got ? rows_num(r, 0) : 0;
	*ret_at = got ? rows_num(r, 1) : INT64_MIN;
	return OK;
}

int ledger_head(struct db *db, int64_t *ret_rev, struct err *e)
{
	int64_t at;

	return head_of(db, ret_rev, &at, e);
}

int ledger_at(struct db *db, int64_t at, int64_t *ret_rev, struct err *e)
{
	int64_t rev = 0;
	bool got;

	if (db_one(db, SQL_REVISION_AT, ARGS(VINT(at)), &got, &rev, e))
		return err_wrap(e, "reading the revision of a time");
	*ret_rev = rev;
	return OK;
}

int ledger_advance(struct db *db, const struct actor *who, const char *kind, int64_t *ret_rev, struct err *e)
{
	int64_t rev, at;

	if (head_of(db, &rev, &at, e))
		return e->code;
	/* A clock that was set back must not make "as at" ambiguous. */
	if (at < who->now)
		at = who->now;
	if (db_exec(db, SQL_REVISION_ADD,
		    ARGS(VINT(rev + 1), VINT(at), VTEXT(kind), VTEXT(who->name), VTEXT(who->why)), NULL, e))
		return err_wrap(e, "making revision %" PRId64, rev + 1);
	*ret_rev = rev + 1;
	return OK;
}

int ledger_clock_check(struct db *db, int64_t now, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	char last[TIME_TEXT], is[TIME_TEXT];
	bool got;

	if (db_run(db, SQL_AUDIT_HEAD, NOARGS, &r, e) || rows_next(r, &got, e))
		return err_wrap(e, "reading the end of the audit chain");
	if (!got || now >= rows_num(r, 2) - CLOCK_BACK_MS)
		return OK;
	return err_set(e, ERR_CLOCK, "the clock says %s, but audit row %" PRId64 " was written at %s",
		       time_text(now, is), rows_num(r, 0), time_text(rows_num(r, 2), last));
}

static void hash_row(struct sha256 *h, const struct audit_row *a, char hex[SHA256_HEX])
{
	uint8_t sum[SHA256_LEN];

	digest_num(h, a->seq);
	digest_num(h, a->at);
	digest_text(h, a->who);
	digest_text(h, a->why);
	digest_text(h, a->action);
	digest_text(h, a->subject);
	digest_text(h, a->before);
	digest_text(h, a->after);
	if (a->revision)
		digest_num(h, a->revision);
	else
		digest_text(h, NULL);
	digest_text(h, a->prev);
	if (a->digest) /* rows from before there were digests end here */
		digest_text(h, a->digest);
	sha256_end(h, sum);
	hex_text(sum, sizeof sum, hex);
}

int audit_head(struct db *db, int64_t *ret_seq, char ret_hash[SHA256_HEX], struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (db_run(db, SQL_AUDIT_HEAD, NOARGS, &r, e) || rows_next(r, &got, e))
		return err_wrap(e, "reading the end of the audit chain");
	*ret_seq = got ? rows_num(r, 0) : 0;
	if (!str_copy(ret_hash, SHA256_HEX, got ? rows_text(r, 1) : CHAIN_START))
		return err_set(e, ERR_STORE,
			       "audit row %" PRId64 " has no valid hash; run 'firpath audit verify'",
			       *ret_seq);
	return OK;
}

int audit_add(struct db *db, const struct actor *who, const char *action, const char *subject,
	      const char *before, const char *after, int64_t revision, char *ret_hash, struct err *e)
{
	OWN(sha256_free) struct sha256 *h = sha256_new();
	char prev[SHA256_HEX], hash[SHA256_HEX], digest[DIGEST_TEXT];
	struct audit_row a = { .at = who->now,
			       .who = who->name,
			       .why = who->why,
			       .action = action,
			       .subject = subject,
			       .before = before,
			       .after = after,
			       .revision = revision,
			       .prev = prev };

	if (audit_head(db, &a.seq, prev, e))
		return e->code;
	a.seq++;
	if (revision) {
		if (digest_of_revision(db, revision, digest, e))
			return e->code;
		a.digest = digest;
	}
	hash_row(h, &a, hash);
	if (db_exec(db, SQL_AUDIT_ADD,
		    ARGS(VINT(a.seq), VINT(a.at), VTEXT(a.who), VTEXT(a.why), VTEXT(action), VTEXT(subject),
			 VTEXT(before), VTEXT(after), revision ? VINT(revision) : VNULL, VTEXT(prev),
			 VTEXT(hash), VTEXT(a.digest)),
		    NULL, e))
		return err_wrap(e, "writing audit row %" PRId64, a.seq);
	if (ret_hash)
		memcpy(ret_hash, hash, sizeof hash);
	return OK;
}

/* Where a walk over the chain is. */
struct walk {
	int64_t seq;           /* of the last good row, 0 = none so far */
	int64_t bad;           /* of the first bad one, 0 = none so far */
	char head[SHA256_HEX]; /* hash of the last good row */
	audit_see *see;        /* told each good row; may be NULL */
	void *ctx;             /* of see */
};

static void walk_row(struct walk *w, struct sha256 *h, const struct rows *r)
{
	char hash[SHA256_HEX];
	struct audit_row a = { .seq = rows_num(r, 0),
			       .at = rows_num(r, 1),
			       .who = rows_text(r, 2),
			       .why = rows_text(r, 3),
			       .action = rows_text(r, 4),
			       .subject = rows_text(r, 5),
			       .before = rows_text(r, 6),
			       .after = rows_text(r, 7),
			       .revision = rows_num(r, 8),
			       .prev = rows_text(r, 9),
			       .digest = rows_text(r, 11) };
	const char *stored = rows_text(r, 10);

	hash_row(h, &a, hash);
	/* A row with another number than the next says that one is missing: name the missing one. Revision 0
	 * would hash like NULL, so it must be NULL. */
	if (a.seq != w->seq + 1 || strcmp(a.prev, w->head) || strcmp(stored, hash) ||
	    (a.revision == 0 && !rows_null(r, 8))) {
		w->bad = w->seq + 1;
		return;
	}
	w->seq = a.seq;
	memcpy(w->head, hash, sizeof hash);
	if (w->see)
		w->see(w->ctx, &(struct audit_seen){ a.seq, a.revision, hash, a.digest });
}

static int walk_page(struct db *db, struct walk *w, struct sha256 *h, bool *ret_more, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	/* A row numbered 0 or less, slipped in before the first, must be seen too. */
	int64_t n = 0, after = w->seq ? w->seq : INT64_MIN;
	bool got;

	if (db_run(db, SQL_AUDIT_PAGE, ARGS(VINT(after), VINT(VERIFY_PAGE)), &r, e))
		return e->code;
	for (;;) {
		if (rows_next(r, &got, e))
			return e->code;
		if (!got || w->bad)
			break;
		walk_row(w, h, r);
		n++;
	}
	*ret_more = n == VERIFY_PAGE && !w->bad;
	return OK;
}

int audit_walk(struct db *db, audit_see *see, void *ctx, int64_t *ret_rows, int64_t *ret_bad,
	       char ret_head[65], struct err *e)
{
	TX(tx);
	OWN(sha256_free) struct sha256 *h = sha256_new();
	struct walk w = { .seq = 0, .head = CHAIN_START, .see = see, .ctx = ctx };
	bool more = true;

	/* One view for all pages. */
	if (!db->in_tx && tx_begin(&tx, db, false, e))
		return e->code;
	while (more)
		if (walk_page(db, &w, h, &more, e))
			return err_wrap(e, "reading the audit chain after row %" PRId64, w.seq);
	*ret_rows = w.seq;
	*ret_bad = w.bad;
	memcpy(ret_head, w.head, SHA256_HEX);
	return OK;
}

int audit_verify(struct db *db, int64_t *ret_rows, int64_t *ret_bad, char ret_head[65], struct err *e)
{
	return audit_walk(db, NULL, NULL, ret_rows, ret_bad, ret_head, e);
}

int audit_hash(struct db *db, int64_t seq, char ret_hash[SHA256_HEX], bool *ret_got, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (seq == 0) { /* before the first row */
		str_copy(ret_hash, SHA256_HEX, CHAIN_START);
		*ret_got = true;
		return OK;
	}
	if (db_run(db, SQL_AUDIT_HASH, ARGS(VINT(seq)), &r, e) || rows_next(r, &got, e))
		return err_wrap(e, "reading audit row %" PRId64, seq);
	if (got)
		str_copy(ret_hash, SHA256_HEX, rows_text(r, 0));
	*ret_got = got;
	return OK;
}

int epoch_get(struct db *db, int64_t *ret, struct err *e)
{
	char text[24];
	int64_t epoch = 1;
	bool got;

	if (meta_get(db, "epoch", text, sizeof text, &got, e) ||
	    (got && parse_i64(text, 1, INT64_MAX, &epoch, e)))
		return err_wrap(e, "reading the epoch of the store");
	*ret = epoch;
	return OK;
}

int epoch_raise(struct db *db, const struct actor *who, int64_t *ret, struct err *e)
{
	char before[40], after[40], text[24];
	int64_t epoch;
	TX(tx);

	if (tx_begin(&tx, db, true, e) || epoch_get(db, &epoch, e))
		return e->code;
	snprintf(before, sizeof before, "{\"epoch\":%" PRId64 "}", epoch);
	snprintf(after, sizeof after, "{\"epoch\":%" PRId64 "}", epoch + 1);
	snprintf(text, sizeof text, "%" PRId64, epoch + 1);
	if (meta_put(db, "epoch", text, e) ||
	    audit_add(db, who, "store-restored", "store", before, after, 0, NULL, e) || tx_keep(&tx, e))
		return err_wrap(e, "raising the epoch of the store");
	*ret = epoch + 1;
	return OK;
}

int meta_get(struct db *db, const char *name, char *buf, size_t size, bool *ret_got, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (db_run(db, SQL_META_GET, ARGS(VTEXT(name)), &r, e) || rows_next(r, &got, e))
		return err_wrap(e, "setting %s", name);
	if (got && !str_copy(buf, size, rows_text(r, 0)))
		return err_set(e, ERR_STORE, "setting %s of the store is longer than %zu characters", name,
			       size - 1);
	*ret_got = got;
	return OK;
}

int meta_put(struct db *db, const char *name, const char *value, struct err *e)
{
	return db_exec(db, SQL_META_PUT, ARGS(VTEXT(name), VTEXT(value)), NULL, e)
		   ? err_wrap(e, "setting %s", name)
		   : OK;
}

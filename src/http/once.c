/* SPDX-License-Identifier: Apache-2.0 */
#include "http/once.h"

#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "http/worker.h"

/* Query and body decide whether two requests are the same. */
static void request_hash(const struct req *rq, char hex[SHA256_HEX])
{
	OWN(sha256_free) struct sha256 *h = sha256_new();
	uint8_t sum[SHA256_LEN];

	sha256_add(h, rq->query, strlen(rq->query) + 1);
	sha256_add(h, str_c(&rq->body), rq->body.len);
	sha256_end(h, sum);
	hex_text(sum, sizeof sum, hex);
}

/* *ret_ours: the key was free and is taken now. Else the kept answer is in rs. */
static int once_take(struct db *db, const struct req *rq, const char *key, const char *hash, struct resp *rs,
		     bool *ret_ours, struct err *e)
{
	TX(tx);
	OWN(rows_done) struct rows *r = NULL;
	int64_t added = 0;
	bool got;

	if (tx_begin(&tx, db, true, e) ||
	    db_exec(db, SQL_ONCE_FORGET_OLD, ARGS(VINT(rq->now - ONCE_KEEP_MS)), NULL, e) ||
	    db_exec(db, SQL_ONCE_TAKE, ARGS(VTEXT(key), VTEXT(hash), VINT(rq->now)), &added, e))
		return e->code;
	if (added) {
		*ret_ours = true;
		return tx_keep(&tx, e);
	}
	if (db_run(db, SQL_ONCE_GET, ARGS(VTEXT(key)), &r, e) || rows_next(r, &got, e))
		return e->code;
	if (!got)
		return err_set(e, ERR_BUSY, "the key was released this moment");
	if (strcmp(rows_text(r, 0), hash))
		return err_set(e, ERR_IDEMPOTENCY,
			       "this Idempotency-Key was sent with another body or query");
	if (!rows_num(r, 1))
		return err_set(e, ERR_KEY_RUNNING,
			       "the first request with this Idempotency-Key has not ended");
	rs->status = (int)rows_num(r, 1);
	rs->type = strstr(rows_text(r, 2), "ndjson") ? "application/x-ndjson" : "application/json";
	str_add(&rs->headers, rows_text(r, 3));
	resp_header(rs, "Idempotent-Replay", "true");
	str_add(&rs->body, rows_text(r, 4));
	*ret_ours = false;
	return OK;
}

/* Keeps the answer, or frees the key when the request was refused. */
static int once_end(struct db *db, const char *key, bool keep, const struct resp *rs, struct err *e)
{
	TX(tx);

	if (tx_begin(&tx, db, true, e))
		return e->code;
	if (!keep || rs->body.len > ONCE_ANSWER_MAX) {
		if (db_exec(db, SQL_ONCE_DROP, ARGS(VTEXT(key)), NULL, e))
			return e->code;
	} else if (db_exec(db, SQL_ONCE_KEEP,
			   ARGS(VINT(rs->status), VTEXT(rs->type), VTEXT(str_c(&rs->headers)),
				VTEXT(str_c(&rs->body)), VTEXT(key)),
			   NULL, e)) {
		return e->code;
	}
	return tx_keep(&tx, e);
}

int once_handle(struct req *rq, struct resp *rs, struct err *e)
{
	const char *given = req_header(rq, "Idempotency-Key");
	char key[ONCE_KEY_MAX + 300], hash[SHA256_HEX];
	struct db *db;
	struct err ignored;
	bool ours;
	int rc;

	if (!given)
		return rq->route->handle(rq, rs, e);
	if (!given[0] || strlen(given) > ONCE_KEY_MAX || strcspn(given, " \t,;\\") != strlen(given))
		return err_set(e, ERR_INVALID, "Idempotency-Key must be 1 to %d visible characters",
			       ONCE_KEY_MAX);
	if (strlen(rq->path) > 200)
		return err_set(e, ERR_INVALID, "the address is too long for an Idempotency-Key");
	/* Of one account: nobody gets the answer that another one was given (T32). */
	snprintf(key, sizeof key, "%s %s %lld %s", rq->method, rq->path, (long long)rq->who.account_id,
		 given);
	request_hash(rq, hash);
	if (req_db_write(rq, &db, e) || once_take(db, rq, key, hash, rs, &ours, e))
		return e->code;
	if (!ours)
		return OK;
	rc = rq->route->handle(rq, rs, e);
	/* If this fails the key stays taken, which is the safe side; the outcome of the request is what it
	 * is. */
	if (once_end(db, key, !rc, rs, &ignored))
		log_event(rq->app->log, LOG_WARN, "http-once-lost", "id", rq->id, "error", ignored.msg, NULL);
	return rc;
}

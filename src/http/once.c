/* SPDX-License-Identifier: Apache-2.0 */
#include "http/once.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/digest.h"
#include "http/worker.h"

#define NAME_MAX_LEN (ONCE_KEY_MAX + 300)
#define WAIT_TRIES 60 /* for the first sending of a form */
#define WAIT_NS 50000000

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

/* Of one address and one account: nobody gets the answer that another one was given (T32). */
static int once_name(const struct req *rq, const char *given, char name[NAME_MAX_LEN], struct err *e)
{
	if (strlen(rq->path) > 200)
		return err_set(e, ERR_INVALID, "the address is too long for an Idempotency-Key");
	snprintf(name, NAME_MAX_LEN, "%s %s %lld %s", rq->method, rq->path, (long long)rq->who.account_id,
		 given);
	return OK;
}

int once_handle(struct req *rq, struct resp *rs, struct err *e)
{
	const char *given = req_header(rq, "Idempotency-Key");
	char key[NAME_MAX_LEN], hash[SHA256_HEX];
	struct db *db;
	struct err ignored;
	bool ours;
	int rc;

	if (!given)
		return rq->route->handle(rq, rs, e);
	if (!given[0] || strlen(given) > ONCE_KEY_MAX || strcspn(given, " \t,;\\") != strlen(given))
		return err_set(e, ERR_INVALID, "Idempotency-Key must be 1 to %d visible characters",
			       ONCE_KEY_MAX);
	request_hash(rq, hash);
	if (once_name(rq, given, key, e) || req_db_write(rq, &db, e) ||
	    once_take(db, rq, key, hash, rs, &ours, e))
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

/* ---- forms ---- */

int req_once(struct req *rq, const char *key, struct resp *rs, bool *ret_again, struct err *e)
{
	char name[NAME_MAX_LEN];
	struct resp kept = { .worker = rs->worker };
	struct db *db;
	bool ours = false;
	int rc = once_name(rq, key, name, e) || req_db_write(rq, &db, e) ? (int)e->code : OK;

	str_init(&kept.headers, HEADERS_OUT_MAX);
	str_init(&kept.body, ONCE_ANSWER_MAX);
	/* The key holds the content, so there is nothing else to compare. */
	for (int i = 0; !rc; i++) {
		rc = once_take(db, rq, name, key, &kept, &ours, e);
		if (rc != ERR_KEY_RUNNING || i == WAIT_TRIES)
			break;
		rc = OK;
		nanosleep(&(struct timespec){ .tv_nsec = WAIT_NS }, NULL);
	}
	if (!rc)
		e->code = OK;
	if (!rc && !ours)
		resp_redirect(rs, str_c(&kept.body));
	if (!rc)
		*ret_again = !ours;
	str_done(&kept.headers);
	str_done(&kept.body);
	return rc;
}

void req_once_end(struct req *rq, const char *key, const char *made)
{
	struct resp answer = { .status = 303, .type = "text/plain" };
	char name[NAME_MAX_LEN];
	struct db *db;
	struct err e;

	str_init(&answer.headers, HEADERS_OUT_MAX);
	str_init(&answer.body, ONCE_ANSWER_MAX);
	str_add(&answer.body, made ? made : "");
	if (once_name(rq, key, name, &e) || req_db_write(rq, &db, &e) ||
	    once_end(db, name, made != NULL, &answer, &e))
		log_event(rq->app->log, LOG_WARN, "http-once-lost", "id", rq->id, "error", e.msg, NULL);
	str_done(&answer.headers);
	str_done(&answer.body);
}

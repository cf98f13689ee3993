/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/bulk.h"
#include "core/lookup.h"
#include "core/receipt.h"
#include "http/handlers.h"
#include "http/metrics.h"

static int ask_read(struct req *rq, struct ask *ret, struct err *e)
{
	*ret = (struct ask){ .from = req_query(rq, "from"),
			     .to = req_query(rq, "to"),
			     .at = req_query(rq, "at"),
			     .prefer = req_query(rq, "prefer"),
			     .allow_removed = req_query(rq, "allow_removed") };
	if (ret->from && ret->to)
		return OK;
	err_set(e, ERR_INVALID, "the parameter '%s' is needed", ret->from ? "to" : "from");
	return err_at(e, ret->from ? "to" : "from", 0, 0);
}

/* The snapshot and the answer; *ret_same: the client has it already. */
static int ask_answer(struct req *rq, struct resp *rs, struct answer *a, bool *ret_same, struct err *e)
{
	const struct snapshot *s;
	struct ask ask;

	if (ask_read(rq, &ask, e) || req_snapshot(rq, &s, e))
		return e->code;
	*ret_same = resp_fresh(rs, rq, s);
	if (*ret_same)
		return OK;
	return lookup_ask(s, &ask, rq->now, rq->scratch, a, e);
}

/* The same answer as a receipt: of the newest catalogue, and never kept by anybody. */
static int ask_receipt(struct req *rq, struct resp *rs, bool check, struct err *e)
{
	struct receipt_maker m = { .service = conf_text(rq->app->conf, "public_url"),
				   .now = rq->now,
				   .check = check };
	const struct snapshot *s;
	struct answer a;
	struct ask ask;
	struct db *db;

	if (!rq->app->keys || !rq->app->keys->own)
		return err_set(e, ERR_NO_KEY, "this service has no key to sign a receipt with");
	m.key = rq->app->keys->own;
	rs->cache = CACHE_NEVER;
	if (ask_read(rq, &ask, e) || req_db(rq, &db, e) ||
	    (ask.at ? req_snapshot(rq, &s, e) : req_newest(rq, &s, e)) ||
	    lookup_ask(s, &ask, rq->now, rq->scratch, &a, e))
		return e->code;
	return receipt_make(&m, db, &ask, &a, &rs->body, e);
}

int get_path(struct req *rq, struct resp *rs, struct err *e)
{
	int64_t start = metrics_now_us();
	bool same, receipt;
	struct answer a;

	if (req_query_bool(rq, "receipt", false, &receipt, e))
		return e->code;
	if (receipt)
		return ask_receipt(rq, rs, false, e);
	if (ask_answer(rq, rs, &a, &same, e))
		return e->code;
	if (same)
		return OK;
	answer_json(&a, &rs->body);
	rs->status = answer_http(&a);
	metrics_lookup(rq->app->metrics, metrics_now_us() - start);
	return OK;
}

int get_path_check(struct req *rq, struct resp *rs, struct err *e)
{
	bool same, receipt;
	struct answer a;

	if (req_query_bool(rq, "receipt", false, &receipt, e))
		return e->code;
	if (receipt)
		return ask_receipt(rq, rs, true, e);
	if (ask_answer(rq, rs, &a, &same, e))
		return e->code;
	if (same)
		return OK;
	answer_check_json(&a, &rs->body);
	rs->status = answer_http(&a);
	return OK;
}

/* Sends what has been answered so far; the head goes out with the first piece, when the format is known. */
static int bulk_send(struct resp *rs, struct bulk *b, struct str *out, struct err *e)
{
	if (!out->len)
		return OK;
	if (!rs->streaming) {
		rs->type = bulk_is_ndjson(b) ? "application/x-ndjson" : "text/csv; charset=utf-8";
		/* The rows have their columns; what is true of all of them goes in front. */
		resp_header(rs, "Firpath-Notice", NOTICE_TEXT);
		if (resp_stream(rs, e))
			return e->code;
	}
	if (resp_send(rs, str_c(out), out->len, e))
		return e->code;
	str_clear(out);
	return OK;
}

int post_path_bulk(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(bulk_free) struct bulk *b = NULL;
	struct bulk_init init = { .scratch = rq->scratch,
				  .now = rq->now,
				  .at = req_query(rq, "at"),
				  .prefer = req_query(rq, "prefer"),
				  .allow_removed = req_query(rq, "allow_removed") };
	char buf[4 * KIB];
	STR(out, 8 * MIB);
	size_t got;

	if (req_snapshot(rq, &init.snap, e))
		return e->code;
	b = bulk_new(&init);
	do {
		if (req_read(rq, buf, sizeof buf, &got, e) || bulk_feed(b, buf, got, &out, e))
			return e->code;
		if (out.len > 32 * KIB && bulk_send(rs, b, &out, e))
			return e->code;
	} while (got);
	if (bulk_end(b, &out, e) || bulk_send(rs, b, &out, e))
		return e->code;
	metrics_lookups(rq->app->metrics, bulk_asked(b));
	return OK;
}

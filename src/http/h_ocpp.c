/* SPDX-License-Identifier: Apache-2.0 */
/* What stations fetch and send over HTTP: images by addresses that are their own permission, and logs. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "core/release_url.h"
#include "core/station_log.h"
#include "http/handlers.h"

/* One sentence whatever is wrong: who guesses learns nothing. */
static int nothing_here(struct err *e)
{
	return err_set(e, ERR_NOT_FOUND, "there is nothing at this address, or not any more");
}

int get_ocpp_firmware(struct req *rq, struct resp *rs, struct err *e)
{
	const char *hash = rq->arg[0];
	char name[SHA256_HEX];
	uint8_t raw[SHA256_LEN];
	struct url_key key;
	struct db *db;
	bool got;

	if (req_db(rq, &db, e) || url_key_read(db, &key, &got, e))
		return (int)e->code;
	if (!got || strlen(hash) != SHA256_HEX - 1 ||
	    !parse_hex_bytes(hash, SHA256_HEX - 1, raw, sizeof raw) ||
	    !release_image_url_ok(&key, hex_text(raw, sizeof raw, name), rq->arg[1], rq->arg[2], rq->now))
		return nothing_here(e);
	if (release_image_known(db, name, &got, e))
		return (int)e->code;
	if (!got)
		return nothing_here(e);
	if (image_path(rq->app->image_dir, name, rs->file, NULL, e))
		return (int)e->code;
	rs->type = "application/octet-stream";
	str_copyn(rs->etag, sizeof rs->etag, name, 40);
	return OK;
}

static bool job_read(const char *text, int64_t *ret)
{
	uint64_t n;

	if (!parse_digits(text, strlen(text), &n) || !n || n > INT64_MAX || *text == '0')
		return false;
	*ret = (int64_t)n;
	return true;
}

int put_ocpp_log(struct req *rq, struct resp *rs, struct err *e)
{
	struct actor who = { "station", "", rq->now };
	struct url_key key;
	struct db *db;
	int64_t job;
	bool got;

	if (req_db(rq, &db, e) || url_key_read(db, &key, &got, e))
		return (int)e->code;
	if (!got || !job_read(rq->arg[0], &job) || !log_url_ok(&key, job, rq->arg[1], rq->arg[2], rq->now))
		return nothing_here(e);
	if (req_db_write(rq, &db, e) ||
	    station_log_put(db, rq->app->image_dir, job, rq->arg[2], &who, str_c(&rq->body), rq->body.len, e))
		return (int)e->code;
	str_add(&rs->body, "{\"kept\":true}\n");
	rs->status = 201;
	return OK;
}

int get_ocpp_log(struct req *rq, struct resp *rs, struct err *e)
{
	struct scope scope;
	struct db *db;
	int64_t job;

	if (!job_read(rq->arg[0], &job))
		return err_set(e, ERR_NOT_FOUND, "there is no job '%.32s'", rq->arg[0]);
	if (req_scope(rq, &scope, e) || req_db(rq, &db, e) ||
	    station_log_path(db, scope, rq->app->image_dir, job, rs->file, e))
		return (int)e->code;
	rs->type = "application/octet-stream";
	return OK;
}

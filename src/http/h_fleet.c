/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "core/fleet.h"
#include "http/handlers.h"
#include "orch/runner.h"

/* Whose things: everybody's for an operator and an auditor, who may ask for one owner's. */
static struct scope reads(const struct req *rq)
{
	return scope_read(&rq->who);
}

int get_devices(struct req *rq, struct resp *rs, struct err *e)
{
	struct device_filter f = { .q = req_query(rq, "q"),
				   .prefix = req_query(rq, "prefix"),
				   .site = req_query(rq, "site"),
				   .model = req_query(rq, "model"),
				   .entry = req_query(rq, "entry"),
				   .life = req_query(rq, "life"),
				   .adapter = req_query(rq, "adapter") };
	const struct snapshot *s = catalog_current(rq->view);
	char next[CURSOR_MAX];
	int64_t limit;
	struct db *db;

	if (page_limit(rq, &limit, e) || req_db(rq, &db, e) ||
	    fleet_devices_json(db, reads(rq), s, &f, req_query(rq, "cursor"), limit, &rs->body, e))
		return e->code;
	resp_links(rs, rq, page_next(&rs->body, next, sizeof next));
	return OK;
}

int get_device(struct req *rq, struct resp *rs, struct err *e)
{
	const struct snapshot *s = catalog_current(rq->view);
	struct db *db;

	if (req_db(rq, &db, e))
		return e->code;
	return fleet_device_json(db, reads(rq), s, rq->arg[0], &rs->body, e);
}

int post_devices(struct req *rq, struct resp *rs, struct err *e)
{
	enum fleet_format format = strcmp(rq->type, "text/csv") ? FLEET_NDJSON : FLEET_CSV;
	struct actor who = req_actor(rq);
	const struct snapshot *s;
	struct fleet_counts n;
	struct scope scope;
	int64_t revision;
	struct db *db;
	int tries = 0;
	struct jw w;

	if (scope_write(&rq->who, &scope, e))
		return e->code;
	do {
		e->code = OK;
		if (req_newest(rq, &s, e) || req_db_write(rq, &db, e))
			return e->code;
		revision = s->revision;
	} while (fleet_import(db, scope, s, &who, format, str_c(&rq->body), rq->body.len, &n, e) &&
		 req_again(rq, revision, &tries, e));
	if (e->code)
		return e->code;
	if (rq->app->runner)
		runner_wake(rq->app->runner);
	w = jw_start(&rs->body);
	jw_obj(&w);
	jw_kint(&w, "rows", n.rows);
	jw_kint(&w, "added", n.added);
	jw_kint(&w, "changed", n.changed);
	jw_kint(&w, "unchanged", n.unchanged);
	jw_end(&w);
	str_addc(&rs->body, '\n');
	return OK;
}

int get_sites(struct req *rq, struct resp *rs, struct err *e)
{
	char next[CURSOR_MAX];
	int64_t limit;
	struct db *db;

	if (page_limit(rq, &limit, e) || req_db(rq, &db, e) ||
	    fleet_sites_json(db, reads(rq), req_query(rq, "cursor"), limit, &rs->body, e))
		return e->code;
	resp_links(rs, rq, page_next(&rs->body, next, sizeof next));
	return OK;
}

int get_site(struct req *rq, struct resp *rs, struct err *e)
{
	const struct snapshot *s = catalog_current(rq->view);
	struct db *db;

	if (req_db(rq, &db, e))
		return e->code;
	return fleet_site_json(db, reads(rq), s, rq->arg[0], &rs->body, e);
}

static int image_take(struct req *rq, struct image_in *in, struct err *e)
{
	char buf[16 * KIB];
	size_t got;

	do {
		if (req_read(rq, buf, sizeof buf, &got, e) || image_write(in, buf, got, e))
			return e->code;
	} while (got);
	return OK;
}

int put_image(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(image_drop) struct image_in *in = NULL;
	struct actor who = req_actor(rq);
	char hash[SHA256_HEX], text[96];
	const struct snapshot *s;
	struct db *db;
	bool fresh;
	struct jw w;

	if (image_begin(rq->app->image_dir, rq->arg[0], &in, e) || image_take(rq, in, e) ||
	    req_newest(rq, &s, e) || req_db_write(rq, &db, e) ||
	    image_end(MOVE(in), db, s, &who, hash, &fresh, e))
		return e->code;
	if (rq->app->runner)
		runner_wake(rq->app->runner);
	snprintf(text, sizeof text, "/v1/images/%s", hash);
	resp_header(rs, "Location", text);
	rs->status = fresh ? 201 : 200;
	w = jw_start(&rs->body);
	jw_obj(&w);
	jw_kstr(&w, "sha256", hash);
	jw_kbool(&w, "new", fresh);
	jw_end(&w);
	str_addc(&rs->body, '\n');
	return OK;
}

/* Its name is its hash: the strongest validator there is. */
int get_image(struct req *rq, struct resp *rs, struct err *e)
{
	if (image_path(rq->app->image_dir, rq->arg[0], rs->file, NULL, e))
		return e->code;
	rs->type = "application/octet-stream";
	str_copyn(rs->etag, sizeof rs->etag, rq->arg[0], 40);
	for (char *p = rs->etag; *p; p++)
		if (*p >= 'a' && *p <= 'f')
			*p = (char)(*p - 'a' + 'A');
	return OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "core/fleet.h"
#include "core/people.h"
#include "http/handlers.h"
#include "orch/runner.h"
#include "store/store_fleet.h"

/* The parameter `org`: whoever sees several owners names one of them, or `-` for what belongs to nobody. */
static int org_asked(struct req *rq, int64_t sees, int64_t *ret, struct err *e)
{
	const char *name = req_query(rq, "org");
	struct org org;
	struct db *db;

	if (!strcmp(name, "-")) {
		*ret = 0;
		return OK;
	}
	if (req_db(rq, &db, e) || org_find(db, name, &org, e))
		return e->code;
	if (sees != SEES_ALL && sees != org.id)
		return err_set(e, ERR_NOT_FOUND, "there is no organisation '%.80s'", name);
	*ret = org.id;
	return OK;
}

int req_scope(struct req *rq, struct scope *ret, struct err *e)
{
	int64_t org;

	*ret = scope_read(&rq->who);
	if (!req_query(rq, "org"))
		return OK;
	if (org_asked(rq, ret->sees, &org, e))
		return e->code;
	if (ret->sees == SEES_ALL)
		ret->sees = sees_owner(org);
	return OK;
}

int req_scope_write(struct req *rq, struct scope *ret, struct err *e)
{
	int64_t org;

	if (scope_write(&rq->who, ret, e))
		return e->code;
	if (!req_query(rq, "org"))
		return OK;
	if (org_asked(rq, ret->sees, &org, e))
		return e->code;
	if (ret->sees == SEES_ALL)
		*ret = (struct scope){ sees_owner(org), org };
	return OK;
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
	struct scope scope;
	int64_t limit;
	struct db *db;

	if (page_limit(rq, &limit, e) || req_scope(rq, &scope, e) || req_db(rq, &db, e) ||
	    fleet_devices_json(db, scope, s, &f, req_query(rq, "cursor"), limit, &rs->body, e))
		return e->code;
	resp_links(rs, rq, page_next(&rs->body, next, sizeof next));
	return OK;
}

int get_device(struct req *rq, struct resp *rs, struct err *e)
{
	const struct snapshot *s = catalog_current(rq->view);
	struct scope scope;
	struct db *db;

	if (req_scope(rq, &scope, e) || req_db(rq, &db, e))
		return e->code;
	return fleet_device_json(db, scope, s, rq->arg[0], &rs->body, e);
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

	if (req_scope_write(rq, &scope, e))
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

int post_device_give(struct req *rq, struct resp *rs, struct err *e)
{
	char to[PERSON_MAX + 1] = "";
	const struct json_field fields[] = { { "to", FIELD_TEXT, 0, true, 0, sizeof to }, { .name = NULL } };
	struct actor who = req_actor(rq);
	struct scope scope, gains = { SEES_UNOWNED, 0 };
	const struct snapshot *s;
	struct org org;
	struct db *db;

	if (req_json(rq, fields, to, e) || req_scope_write(rq, &scope, e) || req_newest(rq, &s, e) ||
	    req_db_write(rq, &db, e))
		return e->code;
	if (strcmp(to, "-") != 0) {
		if (org_find(db, to, &org, e))
			return err_at(e, "/to", 0, 0);
		gains = (struct scope){ org.id, org.id };
	}
	if (fleet_give(db, scope, &who, rq->arg[0], gains.owner, e))
		return e->code;
	if (rq->app->runner)
		runner_wake(rq->app->runner);
	return fleet_device_json(db, gains, s, rq->arg[0], &rs->body, e);
}

int get_sites(struct req *rq, struct resp *rs, struct err *e)
{
	char next[CURSOR_MAX];
	struct scope scope;
	int64_t limit;
	struct db *db;

	if (page_limit(rq, &limit, e) || req_scope(rq, &scope, e) || req_db(rq, &db, e) ||
	    fleet_sites_json(db, scope, req_query(rq, "cursor"), limit, &rs->body, e))
		return e->code;
	resp_links(rs, rq, page_next(&rs->body, next, sizeof next));
	return OK;
}

int get_site(struct req *rq, struct resp *rs, struct err *e)
{
	const struct snapshot *s = catalog_current(rq->view);
	struct scope scope;
	struct db *db;

	if (req_scope(rq, &scope, e) || req_db(rq, &db, e))
		return e->code;
	return fleet_site_json(db, scope, s, rq->arg[0], &rs->body, e);
}

int image_take(struct req *rq, struct image_in *in, struct err *e)
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

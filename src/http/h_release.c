/* SPDX-License-Identifier: Apache-2.0 */
/* Releases of charger firmware (core/release.h). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/import.h"
#include "http/handlers.h"

int req_release_ctx(struct req *rq, bool writes, struct actor *actor, struct release_ctx *ret, struct err *e)
{
	*actor = req_actor(rq);
	*ret = (struct release_ctx){ .by = &rq->who,
				     .who = actor,
				     .image_dir = rq->app->image_dir,
				     .roots = conf_text(rq->app->conf, "ocpp_firmware_roots"),
				     .sbom_needed = conf_bool(rq->app->conf, "ocpp_sbom_needed") };
	return writes ? req_db_write(rq, &ret->db, e) : req_db(rq, &ret->db, e);
}

int get_releases(struct req *rq, struct resp *rs, struct err *e)
{
	struct release_filter f = { .vendor = req_query(rq, "vendor"),
				    .model = req_query(rq, "model"),
				    .component = req_query(rq, "component"),
				    .state = req_query(rq, "state"),
				    .part = req_query(rq, "part"),
				    .part_version = req_query(rq, "part_version") };
	char next[CURSOR_MAX];
	struct release_ctx c;
	struct actor actor;
	int64_t limit;

	if (page_limit(rq, &limit, e) || req_release_ctx(rq, false, &actor, &c, e) ||
	    releases_json(&c, &f, req_query(rq, "cursor"), limit, &rs->body, e))
		return (int)e->code;
	resp_links(rs, rq, page_next(&rs->body, next, sizeof next));
	return OK;
}

int post_release(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(json_free) struct json *body = NULL;
	struct release_ctx c;
	struct actor actor;
	char where[48];
	int64_t id;

	if (json_parse(str_c(&rq->body), rq->body.len, &body, e) ||
	    req_release_ctx(rq, true, &actor, &c, e) || release_add(&c, body, &id, e) ||
	    release_json(&c, id, &rs->body, e))
		return (int)e->code;
	snprintf(where, sizeof where, "/v1/releases/%" PRId64, id);
	resp_header(rs, "Location", where);
	rs->status = 201;
	return OK;
}

int get_release(struct req *rq, struct resp *rs, struct err *e)
{
	struct release_ctx c;
	struct actor actor;
	int64_t id;

	if (req_number(rq, "release", &id, e) || req_release_ctx(rq, false, &actor, &c, e))
		return (int)e->code;
	return release_json(&c, id, &rs->body, e);
}

int put_release_image(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(image_drop) struct image_in *in = NULL;
	struct release_ctx c;
	struct actor actor;
	int64_t id;
	bool fresh;

	if (req_number(rq, "release", &id, e) || req_release_ctx(rq, true, &actor, &c, e) ||
	    release_image_begin(&c, id, &in, e) || image_take(rq, in, e) ||
	    release_image_end(&c, id, MOVE(in), &fresh, e) || release_json(&c, id, &rs->body, e))
		return (int)e->code;
	rs->status = fresh ? 201 : 200;
	return OK;
}

int put_release_sbom(struct req *rq, struct resp *rs, struct err *e)
{
	struct release_ctx c;
	struct actor actor;
	int64_t id;

	if (req_number(rq, "release", &id, e) || req_release_ctx(rq, true, &actor, &c, e) ||
	    release_sbom_put(&c, id, str_c(&rq->body), rq->body.len, e))
		return (int)e->code;
	return release_json(&c, id, &rs->body, e);
}

int get_release_sbom(struct req *rq, struct resp *rs, struct err *e)
{
	struct release_ctx c;
	struct actor actor;
	int64_t id;

	if (req_number(rq, "release", &id, e) || req_release_ctx(rq, false, &actor, &c, e))
		return (int)e->code;
	return release_sbom_text(&c, id, &rs->body, e);
}

int get_release_parts(struct req *rq, struct resp *rs, struct err *e)
{
	struct release_ctx c;
	struct actor actor;
	int64_t id;

	if (req_number(rq, "release", &id, e) || req_release_ctx(rq, false, &actor, &c, e))
		return (int)e->code;
	return release_parts_json(&c, id, &rs->body, e);
}

int post_release_approve(struct req *rq, struct resp *rs, struct err *e)
{
	struct {
		char digest[72];
	} in = { "" };
	static const struct json_field fields[] = { { "digest", FIELD_TEXT, 0, true, 0, sizeof in.digest },
						    { .name = NULL } };
	struct release_ctx c;
	struct actor actor;
	int64_t id;

	if (req_number(rq, "release", &id, e) || req_json(rq, fields, &in, e) ||
	    req_release_ctx(rq, true, &actor, &c, e) || release_approve(&c, id, in.digest, e))
		return (int)e->code;
	return release_json(&c, id, &rs->body, e);
}

static void problems_free(struct problems *p)
{
	free(p);
}
DEFINE_OWN(struct problems, problems_free)

int post_release_publish(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(problems_free) struct problems *problems = mem_zalloc(sizeof *problems);
	struct release_ctx c;
	struct actor actor;
	struct jw w;
	int64_t id;

	if (req_number(rq, "release", &id, e) || req_release_ctx(rq, true, &actor, &c, e))
		return (int)e->code;
	if (release_publish(&c, id, problems, e)) {
		if (problems->total) {
			w = jw_start(&rs->errors);
			problems_json(problems, &w);
		}
		return (int)e->code;
	}
	req_catalogue_changed(rq);
	return release_json(&c, id, &rs->body, e);
}

int post_release_withdraw(struct req *rq, struct resp *rs, struct err *e)
{
	struct {
		char message[2048], reference[1024];
	} in = { "", "" };
	static const struct json_field fields[] = { { "message", FIELD_TEXT, 0, false, 0, sizeof in.message },
						    { "reference", FIELD_TEXT, sizeof in.message, false, 0,
						      sizeof in.reference },
						    { .name = NULL } };
	struct release_ctx c;
	struct actor actor;
	int64_t id;

	if (req_number(rq, "release", &id, e) || req_json(rq, fields, &in, e) ||
	    req_release_ctx(rq, true, &actor, &c, e) || release_withdraw(&c, id, in.message, in.reference, e))
		return (int)e->code;
	req_catalogue_changed(rq);
	return release_json(&c, id, &rs->body, e);
}

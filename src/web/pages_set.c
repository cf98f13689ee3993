/* SPDX-License-Identifier: Apache-2.0 */
/* Release sets, and in which order a station gets there. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/release_set.h"
#include "core/station_plan.h"
#include "web/page.h"

#define SETS_PER_PAGE 50

int page_sets(struct req *rq, struct resp *rs, struct err *e)
{
	struct page_head head = { .section = "stations", .title = "Release sets" };
	const char *cursor = req_query(rq, "cursor"), *next;
	OWN(page_done) struct page p = { 0 };
	OWN(json_free) struct json *j = NULL;
	STR(list, 8 * MIB);
	STR(href, KIB);
	struct db *db;

	if (req_db(rq, &db, e) || sets_json(db, cursor, SETS_PER_PAGE, &list, e) ||
	    json_parse(str_c(&list), list.len, &j, e))
		return e->code;
	rs->cache = CACHE_CHECK;
	next = json_text(json_get(j, "next"));
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	page_raw(&p, "list", &list);
	str_add(&href, "/sets");
	link_query(&href, "cursor", next);
	page_links(&p, cursor ? "/sets" : NULL, next ? str_c(&href) : NULL);
	return page_end(&p, "sets", NULL, e);
}

/* How a station gets there, when one is named. What cannot be planned is said on the page. */
static void plan(struct req *rq, struct db *db, struct page *p)
{
	const char *station = req_query(rq, "station");
	OWN(json_free) struct json *body = NULL;
	struct actor who = req_actor(rq);
	struct release_ctx c = { .db = db, .by = &rq->who, .who = &who, .image_dir = rq->app->image_dir };
	struct err bad;
	STR(text, KIB);
	STR(out, 4 * MIB);
	struct jw w = jw_start(&text);

	jw_kstr(&p->w, "station", station && *station ? station : NULL);
	if (!station || !*station)
		return;
	jw_obj(&w);
	jw_kstr(&w, "station", station);
	jw_end(&w);
	if (json_parse(str_c(&text), text.len, &body, &bad) ||
	    set_plan_json(&c, p->snap, rq->arg[0], body, &out, &bad)) {
		char said[600];

		page_sentence(said, sizeof said, bad.msg);
		jw_kstr(&p->w, "plan_error", said);
		return;
	}
	page_raw(p, "plan", &out);
}

int page_set(struct req *rq, struct resp *rs, struct err *e)
{
	static const struct crumb crumbs[] = { { "/sets", "Release sets" }, { NULL, NULL } };
	struct page_head head = { .section = "stations", .crumbs = crumbs };
	OWN(page_done) struct page p = { 0 };
	STR(set, MIB);
	char title[100];
	struct db *db;

	if (req_db(rq, &db, e) || set_json(db, rq->arg[0], &set, e))
		return e->code;
	rs->cache = CACHE_CHECK;
	snprintf(title, sizeof title, "Release set %.64s", rq->arg[0]);
	head.title = title;
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	page_raw(&p, "set", &set);
	plan(rq, db, &p);
	return page_end(&p, "set", NULL, e);
}

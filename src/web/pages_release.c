/* SPDX-License-Identifier: Apache-2.0 */
/* Releases of charger firmware and release sets: what was verified, who approved, and in which order a set is
 * reached. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/release.h"
#include "web/form.h"
#include "web/page.h"

#define RELEASES_PER_PAGE 50

/* clang-format off */
static const struct form_field act_fields[] = {
	{ .name = "do", .kind = FORM_BUTTON },
	{ .name = "digest", .kind = FORM_HIDDEN },
	{ .name = "message", .label = "Why it is withdrawn", .max = 400,
	  .hint = "Shown to everybody who looks at this release or plans over it." },
	{ .name = "reference", .label = "Link with more (optional)", .max = 400 },
	{ .name = NULL },
};
/* clang-format on */

static struct release_ctx ctx_of(const struct req *rq, struct db *db, const struct actor *who)
{
	return (struct release_ctx){ .db = db,
				     .by = &rq->who,
				     .who = who,
				     .image_dir = rq->app->image_dir,
				     .roots = conf_text(rq->app->conf, "ocpp_firmware_roots"),
				     .sbom_needed = conf_bool(rq->app->conf, "ocpp_sbom_needed") };
}

int page_releases(struct req *rq, struct resp *rs, struct err *e)
{
	static const char *const names[] = {
		"vendor", "model", "component", "state", "part", "part_version"
	};
	struct page_head head = { .section = "stations", .title = "Charger firmware releases" };
	const char *cursor = req_query(rq, "cursor"), *value[6], *next;
	struct actor who = req_actor(rq);
	OWN(page_done) struct page p = { 0 };
	OWN(json_free) struct json *j = NULL;
	struct release_filter filter;
	STR(list, 8 * MIB);
	STR(href, 4 * KIB);
	struct release_ctx c;
	bool any = false;
	struct db *db;

	for (size_t i = 0; i < 6; i++) {
		const char *v = req_query(rq, names[i]);

		value[i] = v && *v ? v : NULL;
		any = any || value[i];
	}
	filter = (struct release_filter){ value[0], value[1], value[2], value[3], value[4], value[5] };
	if (req_db(rq, &db, e))
		return e->code;
	c = ctx_of(rq, db, &who);
	if (releases_json(&c, &filter, cursor, RELEASES_PER_PAGE, &list, e) ||
	    json_parse(str_c(&list), list.len, &j, e))
		return e->code;
	rs->cache = CACHE_CHECK;
	next = json_text(json_get(j, "next"));
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	page_raw(&p, "list", &list);
	jw_key(&p.w, "filter");
	jw_obj(&p.w);
	for (size_t i = 0; i < 6; i++)
		jw_kstr(&p.w, names[i], value[i]);
	jw_kbool(&p.w, "any", any);
	jw_end(&p.w);
	str_add(&href, "/releases");
	for (size_t i = 0; i < 6; i++)
		link_query(&href, names[i], value[i]);
	link_query(&href, "cursor", next);
	page_links(&p, cursor ? "/releases" : NULL, next ? str_c(&href) : NULL);
	return page_end(&p, "releases", NULL, e);
}

/* What whoever looks may decide about a release in this state. */
static void put_may(struct jw *w, const struct principal *who, const char *state)
{
	bool draft = state && !strcmp(state, "draft"), open = draft || (state && !strcmp(state, "approved"));
	bool approve = draft && may(who, ROLE_APPROVER), publish = open && may(who, RELEASE_PUBLISHERS),
	     withdraw = state && strcmp(state, "withdrawn") != 0 && may(who, RELEASE_MAKERS);

	jw_kbool(w, "may_act", approve || publish || withdraw);
	jw_kbool(w, "may_approve", approve);
	jw_kbool(w, "may_publish", publish);
	jw_kbool(w, "may_withdraw", withdraw);
}

static int show_release(struct req *rq, struct resp *rs, struct form *f, struct err *e)
{
	static const struct crumb crumbs[] = { { "/releases", "Charger firmware releases" }, { NULL, NULL } };
	struct page_head head = { .section = "stations", .crumbs = crumbs, .error = !form_ok(f) };
	struct actor who = req_actor(rq);
	OWN(page_done) struct page p = { 0 };
	OWN(json_free) struct json *j = NULL;
	STR(release, 4 * MIB);
	STR(parts, 8 * MIB);
	struct release_ctx c;
	char title[160];
	struct db *db;
	int64_t id;

	if (req_number(rq, "release", &id, e) || req_db(rq, &db, e))
		return e->code;
	c = ctx_of(rq, db, &who);
	if (release_json(&c, id, &release, e) || release_parts_json(&c, id, &parts, e) ||
	    json_parse(str_c(&release), release.len, &j, e))
		return e->code;
	rs->cache = CACHE_CHECK;
	snprintf(title, sizeof title, "Release %.120s",
		 json_text(json_get(j, "release")) ? json_text(json_get(j, "release")) : rq->arg[0]);
	head.title = title;
	if (!form_posted(rq))
		form_set(f, "digest", json_text(json_get(j, "digest")));
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	form_json(f, &p);
	page_raw(&p, "release", &release);
	page_raw(&p, "parts", &parts);
	put_may(&p.w, &rq->who, json_text(json_get(j, "state")));
	return page_end(&p, "release", NULL, e);
}

int page_release(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = act_fields, .once = true };

	form_start(&f, rq);
	return show_release(rq, rs, &f, e);
}

int page_release_post(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = act_fields, .once = true };
	struct actor who = req_actor(rq);
	struct release_ctx c;
	struct err bad;
	STR(href, KIB);
	const char *what;
	struct db *db;
	int64_t id;
	bool again;
	int rc;

	form_start(&f, rq);
	if (form_read(&f, e) || req_number(rq, "release", &id, e))
		return e->code;
	what = form_value(&f, "do");
	if (!strcmp(what, "withdraw") && !*form_value(&f, "message"))
		form_error(&f, "message", "Write why it is withdrawn");
	if (!form_ok(&f))
		return show_release(rq, rs, &f, e);
	if (form_once(&f, rs, &again, e) || again)
		return e->code;
	if (req_db_write(rq, &db, e))
		return e->code;
	c = ctx_of(rq, db, &who);
	if (!strcmp(what, "approve"))
		rc = release_approve(&c, id, form_value(&f, "digest"), &bad);
	else if (!strcmp(what, "publish"))
		rc = release_publish(&c, id, NULL, &bad);
	else if (!strcmp(what, "withdraw"))
		rc = release_withdraw(&c, id, form_value(&f, "message"), form_value(&f, "reference"), &bad);
	else
		return err_set(e, ERR_INVALID, "a release is approved, published or withdrawn");
	if (rc) {
		if (err_info(bad.code)->http >= 500 || bad.code == ERR_NOT_FOUND || bad.code == ERR_DENIED) {
			*e = bad;
			return e->code;
		}
		form_error_of(&f, "message", &bad);
		return show_release(rq, rs, &f, e);
	}
	str_addf(&href, "/releases/%" PRId64, id);
	form_made(&f, rs, str_c(&href));
	return OK;
}

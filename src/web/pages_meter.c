/* SPDX-License-Identifier: Apache-2.0 */
/* Meters behind the DCC: the list, one with its home area network, and its story; rules about hubs, and how
 * we stand with the DCC. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "core/meter.h"
#include "web/form.h"
#include "web/page.h"

#define METERS_PER_PAGE 50
#define STORY_PER_PAGE 100

/* clang-format off */
static const struct form_option asks[] = {
	{ "read-version", "Read its firmware version (11.2)", NULL },
	{ "read-inventory", "Read the inventory of its HAN (8.2)", NULL },
	{ "cancel-activation", "Take back an activation that is dated for later", NULL },
	{ "authority-lost", "We are not its supplier any more", "Nothing is pushed to it any more; what is under way ends." },
	{ "release", "End its quarantine", "Only when you have looked at it: firmware is pushed to it again." },
	{ NULL, NULL, NULL },
};
static const struct form_field ask_fields[] = {
	{ .name = "command", .kind = FORM_SELECT, .label = "What to do", .options = asks, .missing = "Choose what to do" },
	{ .name = "why", .label = "Why (optional)", .max = 200 },
	{ .name = NULL },
};
static const struct form_option movers[] = {
	{ "PPMID", "PPMID", NULL }, { "HCALCS", "HCALCS", NULL }, { "ESME", "ESME", NULL }, { "GSME", "GSME", NULL },
	{ "any", "Any device", NULL }, { NULL, NULL, NULL },
};
static const struct form_option carriers[] = {
	{ "CHF", "The communications hub", NULL }, { "ESME", "The ESME", NULL }, { "GSME", "The GSME", NULL }, { NULL, NULL, NULL },
};
static const struct form_field rule_fields[] = {
	{ .name = "name", .label = "Name", .max = 60, .width = 20, .missing = "Write a name for the rule",
	  .hint = "Letters, digits and hyphens. A rule of that name is replaced." },
	{ .name = "applies_class", .kind = FORM_SELECT, .label = "Before which device is moved", .options = movers, .missing = "Choose a device" },
	{ .name = "needs_class", .kind = FORM_SELECT, .label = "Which device must be ready", .options = carriers, .missing = "Choose a device" },
	{ .name = "needs_gbcs", .label = "From which GBCS version on (optional)", .max = 16, .width = 5, .hint = "For example 4.0." },
	{ .name = "needs_entries", .label = "Or with which entries (optional)", .max = 400, .code = true, .hint = "Entry IDs, commas between." },
	{ .name = "source", .label = "Who says so", .max = 200, .missing = "Write who says so",
	  .hint = "A release note, a letter, a section of the code." },
	{ .name = NULL },
};
/* clang-format on */

/* clang-format off */
static const struct form_field release_fields[] = {
	{ .name = "eui", .kind = FORM_HIDDEN, .max = 30, .missing = "Choose a user" },
	{ .name = NULL },
};
/* clang-format on */

static void meter_href(const char *eui, const char *rest, struct str *out)
{
	str_add(out, "/meters/");
	str_add_url(out, eui);
	str_add(out, rest);
}

/* What people get wrong belongs at the field; the rest is ours. */
static bool at_field(const struct err *bad)
{
	return err_info(bad->code)->http < 500 && bad->code != ERR_NOT_FOUND;
}

/* ---- the list ---- */

#define FILTERS 4
int page_meters(struct req *rq, struct resp *rs, struct err *e)
{
	static const char *const names[FILTERS] = { "q", "type", "authority", "quarantine" };
	struct page_head head = { .section = "meters", .title = "Meters" };
	const struct snapshot *snap = catalog_current(rq->view);
	const char *cursor = req_query(rq, "cursor"), *value[FILTERS], *next;
	OWN(page_done) struct page p = { 0 };
	OWN(json_free) struct json *j = NULL;
	struct meter_filter filter;
	STR(list, 8 * MIB);
	STR(href, 4 * KIB);
	struct scope scope;
	bool any = false;
	struct db *db;

	for (size_t i = 0; i < FILTERS; i++) {
		const char *v = req_query(rq, names[i]);

		value[i] = v && *v ? v : NULL; /* what a form leaves empty does not filter */
		any = any || value[i];
	}
	filter = (struct meter_filter){
		.q = value[0], .type = value[1], .authority = value[2], .quarantine = value[3]
	};
	if (req_scope(rq, &scope, e) || req_db(rq, &db, e) ||
	    meters_json(db, scope, snap, &filter, cursor, METERS_PER_PAGE, &list, e) ||
	    json_parse(str_c(&list), list.len, &j, e))
		return e->code;
	rs->cache = CACHE_CHECK;
	next = json_text(json_get(j, "next"));
	page_begin(&p, rq, rs, snap, &head);
	page_raw(&p, "list", &list);
	jw_key(&p.w, "filter");
	jw_obj(&p.w);
	for (size_t i = 0; i < FILTERS; i++)
		jw_kstr(&p.w, names[i], value[i]);
	jw_kbool(&p.w, "any", any);
	jw_end(&p.w);
	str_add(&href, "/meters");
	for (size_t i = 0; i < FILTERS; i++)
		link_query(&href, names[i], value[i]);
	link_query(&href, "cursor", next);
	page_links(&p, cursor ? "/meters" : NULL, next ? str_c(&href) : NULL);
	return page_end(&p, "meters", NULL, e);
}

/* ---- one meter ---- */

static int show_meter(struct req *rq, struct resp *rs, struct form *f, struct err *e)
{
	static const struct crumb crumbs[] = { { "/meters", "Meters" }, { NULL, NULL } };
	struct page_head head = { .section = "meters", .crumbs = crumbs, .error = !form_ok(f) };
	const struct snapshot *snap = catalog_current(rq->view);
	const char *done = form_posted(rq) ? NULL : req_query(rq, "done");
	OWN(page_done) struct page p = { 0 };
	STR(meter, MIB);
	struct scope scope;
	char title[80];
	struct db *db;

	if (req_scope(rq, &scope, e) || req_db(rq, &db, e) ||
	    meter_json(db, scope, snap, rq->arg[0], rq->now, &meter, e))
		return e->code;
	rs->cache = CACHE_CHECK;
	snprintf(title, sizeof title, "Meter %.48s", rq->arg[0]);
	head.title = title;
	page_begin(&p, rq, rs, snap, &head);
	form_json(f, &p);
	page_banner(&p, true, done ? "It is noted. What comes of it stands in the story of the meter." : NULL,
		    NULL, NULL);
	page_raw(&p, "meter", &meter);
	jw_kbool(&p.w, "may_act", may(&rq->who, ROLES_FLEET));
	return page_end(&p, "meter", NULL, e);
}

int page_meter(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = ask_fields, .once = true };

	form_start(&f, rq);
	return show_meter(rq, rs, &f, e);
}

int page_meter_post(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = ask_fields, .once = true };
	OWN(json_free) struct json *ask = NULL;
	struct actor who = req_actor(rq);
	STR(said, 64 * KIB);
	STR(body, KIB);
	STR(href, KIB);
	struct jw w = jw_start(&body);
	struct scope scope;
	struct err bad;
	struct db *db;
	bool again;

	form_start(&f, rq);
	if (form_read(&f, e))
		return e->code;
	if (!form_ok(&f))
		return show_meter(rq, rs, &f, e);
	if (form_once(&f, rs, &again, e) || again)
		return e->code;
	jw_obj(&w);
	jw_kstr(&w, "command", form_value(&f, "command"));
	jw_end(&w);
	who.why = form_value(&f, "why");
	if (json_parse(str_c(&body), body.len, &ask, e) || req_scope_write(rq, &scope, e) ||
	    req_db_write(rq, &db, e))
		return e->code;
	if (meter_command(db, scope, &who, rq->arg[0], ask, &said, &bad)) {
		if (!at_field(&bad)) {
			*e = bad;
			return e->code;
		}
		form_error_of(&f, "command", &bad);
		return show_meter(rq, rs, &f, e);
	}
	meter_href(rq->arg[0], "?done=asked", &href);
	form_made(&f, rs, str_c(&href));
	return OK;
}

/* ---- its story ---- */

int page_meter_story(struct req *rq, struct resp *rs, struct err *e)
{
	struct page_head head = { .section = "meters" };
	const char *text = req_query(rq, "job"), *cursor = req_query(rq, "cursor"), *next;
	OWN(page_done) struct page p = { 0 };
	OWN(json_free) struct json *j = NULL;
	STR(story, 4 * MIB);
	STR(href, KIB);
	STR(more, KIB);
	struct scope scope;
	uint64_t job = 0;
	char title[80];
	struct db *db;

	meter_href(rq->arg[0], "", &href);
	const struct crumb crumbs[] = { { "/meters", "Meters" },
					{ str_c(&href), rq->arg[0] },
					{ NULL, NULL } };
	head.crumbs = crumbs;
	if (text && *text && (strlen(text) > 18 || !parse_digits(text, strlen(text), &job)))
		return err_set(e, ERR_INVALID, "'job' must be a number");
	if (req_scope(rq, &scope, e) || req_db(rq, &db, e) ||
	    meter_story_json(db, scope, catalog_current(rq->view), rq->arg[0], (int64_t)job, cursor,
			     STORY_PER_PAGE, &story, e) ||
	    json_parse(str_c(&story), story.len, &j, e))
		return e->code;
	rs->cache = CACHE_CHECK;
	snprintf(title, sizeof title, "Story of meter %.48s", rq->arg[0]);
	head.title = title;
	next = json_text(json_get(j, "next"));
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	page_raw(&p, "story", &story);
	jw_kstr(&p.w, "eui", rq->arg[0]);
	jw_key(&p.w, "only");
	if (job)
		jw_int(&p.w, (int64_t)job);
	else
		jw_null(&p.w);
	meter_href(rq->arg[0], "/story", &more);
	link_query(&more, "job", job ? text : NULL);
	link_query(&more, "cursor", next);
	jw_kstr(&p.w, "older", next ? str_c(&more) : NULL);
	return page_end(&p, "meter-story", NULL, e);
}

/* ---- rules about hubs ---- */

static int show_rules(struct req *rq, struct resp *rs, struct form *f, struct err *e)
{
	static const struct crumb crumbs[] = { { "/meters", "Meters" }, { NULL, NULL } };
	struct page_head head = {
		.section = "meters", .crumbs = crumbs, .title = "What hubs can carry", .error = !form_ok(f)
	};
	const char *cursor = form_posted(rq) ? NULL : req_query(rq, "cursor"), *next;
	OWN(page_done) struct page p = { 0 };
	OWN(json_free) struct json *j = NULL;
	STR(href, KIB);
	STR(list, 4 * MIB);
	struct db *db;

	if (req_db(rq, &db, e) || han_rules_json(db, cursor, 100, &list, e) ||
	    json_parse(str_c(&list), list.len, &j, e))
		return e->code;
	rs->cache = CACHE_CHECK;
	next = json_text(json_get(j, "next"));
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	form_json(f, &p);
	page_raw(&p, "list", &list);
	jw_kbool(&p.w, "may_write", may(&rq->who, ROLE_OPERATOR | ROLES_SECAS));
	str_add(&href, "/han-rules");
	link_query(&href, "cursor", next);
	page_links(&p, cursor ? "/han-rules" : NULL, next ? str_c(&href) : NULL);
	return page_end(&p, "han-rules", NULL, e);
}

int page_han_rules(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = rule_fields, .once = true };

	form_start(&f, rq);
	return show_rules(rq, rs, &f, e);
}

/* The form as the REST body has it; Entry IDs become a list. */
static void rule_body(const struct form *f, struct str *out)
{
	const char *class = form_value(f, "applies_class"), *ids = form_value(f, "needs_entries");
	struct jw w = jw_start(out);

	jw_obj(&w);
	if (strcmp(class, "any") != 0)
		jw_kstr(&w, "applies_class", class);
	jw_kstr(&w, "needs_class", form_value(f, "needs_class"));
	if (*form_value(f, "needs_gbcs"))
		jw_kstr(&w, "needs_gbcs", form_value(f, "needs_gbcs"));
	if (*ids) {
		jw_key(&w, "needs_entries");
		jw_arr(&w);
		for (const char *p = ids; *p;) {
			size_t n = strcspn(p, ", ");
			char id[24];

			if (n && n < sizeof id) {
				memcpy(id, p, n);
				id[n] = 0;
				jw_str(&w, id);
			} else if (n) {
				jw_str(&w, "?"); /* refused with its place */
			}
			p += n + strspn(p + n, ", ");
		}
		jw_arr_end(&w);
	}
	jw_kstr(&w, "source", form_value(f, "source"));
	jw_end(&w);
}

static const char *rule_field(const struct err *bad)
{
	return strstr(bad->msg, "needs_gbcs") || strstr(bad->msg, "GBCS") ? "needs_gbcs"
	       : strstr(bad->msg, "entr")                                 ? "needs_entries"
	       : strstr(bad->msg, "source")                               ? "source"
									  : "name";
}

int page_han_rules_post(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = rule_fields, .once = true };
	OWN(json_free) struct json *body = NULL;
	struct actor who = req_actor(rq);
	STR(text, 4 * KIB);
	bool again, made;
	struct err bad;
	struct db *db;

	form_start(&f, rq);
	if (form_read(&f, e))
		return e->code;
	if (!form_ok(&f))
		return show_rules(rq, rs, &f, e);
	if (form_once(&f, rs, &again, e) || again)
		return e->code;
	rule_body(&f, &text);
	if (json_parse(str_c(&text), text.len, &body, e) || req_db_write(rq, &db, e))
		return e->code;
	if (han_rule_put(db, catalog_current(rq->view), &who, form_value(&f, "name"), body, &made, &bad)) {
		if (err_info(bad.code)->http >= 500) {
			*e = bad;
			return e->code;
		}
		form_error_of(&f, rule_field(&bad), &bad);
		return show_rules(rq, rs, &f, e);
	}
	form_made(&f, rs, "/han-rules");
	return OK;
}

/* ---- how we stand with the DCC ---- */

static int show_dcc(struct req *rq, struct resp *rs, const char *problem, struct err *e)
{
	static const struct crumb crumbs[] = { { "/meters", "Meters" }, { NULL, NULL } };
	struct page_head head = {
		.section = "meters", .crumbs = crumbs, .title = "Towards the DCC", .error = problem != NULL
	};
	const char *done = form_posted(rq) ? NULL : req_query(rq, "done");
	OWN(page_done) struct page p = { 0 };
	STR(dcc, 4 * MIB);
	struct scope scope;
	struct db *db;

	if (req_scope(rq, &scope, e) || req_db(rq, &db, e) || dcc_json(db, scope, rq->now, &dcc, e))
		return e->code;
	rs->cache = CACHE_CHECK;
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	page_banner(&p, !problem, problem ? problem : done ? "Its requests go out again." : NULL, NULL, NULL);
	page_raw(&p, "dcc", &dcc);
	jw_kbool(&p.w, "may_act", may(&rq->who, ROLES_FLEET));
	return page_end(&p, "dcc", NULL, e);
}

int page_dcc(struct req *rq, struct resp *rs, struct err *e)
{
	return show_dcc(rq, rs, NULL, e);
}

int page_dcc_post(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = release_fields };
	struct actor who = req_actor(rq);
	struct scope scope;
	struct err bad;
	struct db *db;

	form_start(&f, rq);
	if (form_read(&f, e))
		return e->code;
	if (!form_ok(&f))
		return show_dcc(rq, rs, "Choose a user.", e);
	if (req_scope_write(rq, &scope, e) || req_db_write(rq, &db, e))
		return e->code;
	if (dcc_release(db, scope, &who, form_value(&f, "eui"), &bad)) {
		if (!at_field(&bad)) {
			*e = bad;
			return e->code;
		}
		return show_dcc(rq, rs, bad.msg, e);
	}
	resp_redirect(rs, "/dcc?done=released");
	return OK;
}

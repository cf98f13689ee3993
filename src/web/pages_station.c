/* SPDX-License-Identifier: Apache-2.0 */
/* Charging stations: the list, one with its firmware components, and its story: every message of a job as
 * people read it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "core/station.h"
#include "web/form.h"
#include "web/page.h"

#define STATIONS_PER_PAGE 50
#define STORY_PER_PAGE 100

/* clang-format off */
static const struct form_option asks[] = {
	{ "read-version", "Ask for its firmware version", NULL },
	{ "read-components", "Ask for its components", NULL },
	{ "report", "Ask for a report of its device model", NULL },
	{ "trigger-status", "Ask how its firmware update stands", NULL },
	{ "get-log", "Ask for its log", NULL },
	{ "reset", "Restart it when it is idle", NULL },
	{ "release-quarantine", "End its quarantine", "Only when you have looked at it: firmware is pushed to it again." },
	{ NULL, NULL, NULL },
};
static const struct form_field ask_fields[] = {
	{ .name = "command", .kind = FORM_SELECT, .label = "What to ask", .options = asks, .missing = "Choose what to ask" },
	{ .name = "why", .label = "Why (optional)", .max = 200 },
	{ .name = NULL },
};
static const struct form_field add_fields[] = {
	{ .name = "identity", .label = "Identity", .max = STATION_IDENTITY_MAX, .width = 20, .missing = "Write the identity of the station",
	  .hint = "The last part of the address that it connects to: letters, digits and * - _ = + | @ ." },
	{ .name = "area", .label = "Area (optional)", .max = 60, .width = 20,
	  .hint = "Stations of one area are never all updated at once." },
	{ .name = "timezone", .label = "Time zone", .max = 60, .width = 20, .hint = "For example Europe/London." },
	{ .name = "windows", .label = "When it may be updated (optional)", .max = 300,
	  .hint = "In its local time, for example mo-fr 01:00-05:00. Empty: at any time." },
	{ .name = NULL },
};
/* clang-format on */

static void station_href(const char *identity, const char *rest, struct str *out)
{
	str_add(out, "/stations/");
	str_add_url(out, identity);
	str_add(out, rest);
}

/* ---- the list ---- */

static int show_list(struct req *rq, struct resp *rs, struct form *f, struct err *e)
{
	static const char *const names[] = { "q", "area", "connected", "quarantine" };
	struct page_head head = { .section = "stations", .title = "Charging stations", .error = !form_ok(f) };
	bool posted = form_posted(rq);
	const char *cursor = posted ? NULL : req_query(rq, "cursor"), *value[4];
	struct station_filter filter;
	OWN(page_done) struct page p = { 0 };
	OWN(json_free) struct json *j = NULL;
	STR(list, 8 * MIB);
	STR(href, 4 * KIB);
	const char *next;
	bool any = false;
	struct db *db;

	for (size_t i = 0; i < 4; i++) {
		const char *v = posted ? NULL : req_query(rq, names[i]);

		value[i] = v && *v ? v : NULL; /* what a form leaves empty does not filter */
		any = any || value[i];
	}
	filter = (struct station_filter){
		.q = value[0], .area = value[1], .connected = value[2], .quarantine = value[3]
	};
	if (req_db(rq, &db, e) ||
	    stations_json(db, scope_read(&rq->who), &filter, cursor, STATIONS_PER_PAGE, rq->now, &list, e) ||
	    json_parse(str_c(&list), list.len, &j, e))
		return e->code;
	rs->cache = CACHE_CHECK;
	next = json_text(json_get(j, "next"));
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	form_json(f, &p);
	page_raw(&p, "list", &list);
	jw_key(&p.w, "filter");
	jw_obj(&p.w);
	for (size_t i = 0; i < 4; i++)
		jw_kstr(&p.w, names[i], value[i]);
	jw_kbool(&p.w, "any", any);
	jw_end(&p.w);
	jw_kbool(&p.w, "may_register", may(&rq->who, ROLES_FLEET));
	str_add(&href, "/stations");
	for (size_t i = 0; i < 4; i++)
		link_query(&href, names[i], value[i]);
	link_query(&href, "cursor", next);
	page_links(&p, cursor ? "/stations" : NULL, next ? str_c(&href) : NULL);
	return page_end(&p, "stations", NULL, e);
}

int page_stations(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = add_fields, .once = true };

	form_start(&f, rq);
	form_set(&f, "timezone", "Europe/London");
	return show_list(rq, rs, &f, e);
}

/* The password is made here and shown once. */
static int show_secret(struct req *rq, struct resp *rs, const struct form *f, const struct str *secret,
		       struct err *e)
{
	static const struct crumb crumbs[] = { { "/stations", "Charging stations" }, { NULL, NULL } };
	struct page_head head = { .section = "stations", .crumbs = crumbs, .title = "Station registered" };
	OWN(page_done) struct page p = { 0 };
	STR(href, KIB);

	rs->cache = CACHE_NEVER;
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	page_raw(&p, "secret", secret);
	station_href(form_value(f, "identity"), "", &href);
	jw_kstr(&p.w, "href", str_c(&href));
	return page_end(&p, "station-secret", NULL, e);
}

static void item_of(const struct form *f, struct str *out)
{
	struct jw w = jw_start(out);

	jw_obj(&w);
	for (size_t i = 0; add_fields[i].name; i++)
		if (*form_value(f, add_fields[i].name))
			jw_kstr(&w, add_fields[i].name, form_value(f, add_fields[i].name));
	jw_kstr(&w, "password", "generate");
	jw_end(&w);
}

/* Which field a refusal is about: the sentence names it. */
static const char *field_of(const struct err *bad)
{
	return strstr(bad->msg, "zone")     ? "timezone"
	       : strstr(bad->msg, "window") ? "windows"
	       : strstr(bad->msg, "area")   ? "area"
					    : "identity";
}

int page_stations_post(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = add_fields, .once = true };
	OWN(json_free) struct json *item = NULL;
	struct actor who = req_actor(rq);
	struct rnd rnd = rnd_system();
	STR(secret, 4 * KIB);
	STR(body, 8 * KIB);
	STR(href, KIB);
	struct scope scope;
	struct err bad;
	struct db *db;
	bool again, made;

	form_start(&f, rq);
	if (form_read(&f, e))
		return e->code;
	if (!form_ok(&f))
		return show_list(rq, rs, &f, e);
	if (form_once(&f, rs, &again, e) || again)
		return e->code;
	item_of(&f, &body);
	if (json_parse(str_c(&body), body.len, &item, e) || req_scope_write(rq, &scope, e) ||
	    req_db_write(rq, &db, e))
		return e->code;
	if (station_add(db, scope, &who, &rnd, item, &made, &secret, &bad)) {
		if (err_info(bad.code)->http >= 500) {
			*e = bad;
			return e->code;
		}
		form_error_of(&f, field_of(&bad), &bad);
		return show_list(rq, rs, &f, e);
	}
	station_href(form_value(&f, "identity"), "", &href);
	if (!secret.len) {
		form_made(&f, rs, str_c(&href));
		return OK;
	}
	form_keep(&f, str_c(&href));
	return show_secret(rq, rs, &f, &secret, e);
}

/* ---- one station ---- */

/* What it can do, as far as it is known by now. */
static int put_knows(struct page *p, const struct str *station, struct err *e)
{
	static const char *const names[] = { "signed_updates", "component_updates" };
	OWN(json_free) struct json *j = NULL;

	if (json_parse(str_c(station), station->len, &j, e))
		return e->code;
	for (size_t i = 0; i < 2; i++) {
		const struct json *v = json_get(j, names[i]);

		jw_kstr(&p->w, names[i],
			json_kind(v) != JSON_BOOL ? "not known yet"
			: json_bool(v, false)     ? "yes"
						  : "no");
	}
	return OK;
}

static int show_station(struct req *rq, struct resp *rs, struct form *f, struct err *e)
{
	static const struct crumb crumbs[] = { { "/stations", "Charging stations" }, { NULL, NULL } };
	struct page_head head = { .section = "stations", .crumbs = crumbs, .error = !form_ok(f) };
	const struct snapshot *snap = catalog_current(rq->view);
	const struct component_filter all = { .history = true };
	const char *done = form_posted(rq) ? NULL : req_query(rq, "done");
	OWN(page_done) struct page p = { 0 };
	STR(station, MIB);
	STR(components, 8 * MIB);
	struct scope scope;
	char title[80];
	struct db *db;

	if (req_scope(rq, &scope, e) || req_db(rq, &db, e) ||
	    station_json(db, scope, snap, rq->arg[0], rq->now, &station, e) ||
	    station_components_json(db, scope, snap, rq->arg[0], &all, NULL, 500, &components, e))
		return e->code;
	rs->cache = CACHE_CHECK;
	snprintf(title, sizeof title, "Station %.48s", rq->arg[0]);
	head.title = title;
	page_begin(&p, rq, rs, snap, &head);
	form_json(f, &p);
	page_banner(&p, true,
		    done ? "It will be asked as soon as it is connected. The story shows what it answers."
			 : NULL,
		    NULL, NULL);
	page_raw(&p, "station", &station);
	page_raw(&p, "components", &components);
	if (put_knows(&p, &station, e))
		return e->code;
	jw_kbool(&p.w, "has_history", strstr(str_c(&components), "\"until\":\"") != NULL);
	jw_kbool(&p.w, "may_act", may(&rq->who, ROLES_FLEET));
	return page_end(&p, "station", NULL, e);
}

int page_station(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = ask_fields, .once = true };

	form_start(&f, rq);
	return show_station(rq, rs, &f, e);
}

int page_station_post(struct req *rq, struct resp *rs, struct err *e)
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
		return show_station(rq, rs, &f, e);
	if (form_once(&f, rs, &again, e) || again)
		return e->code;
	jw_obj(&w);
	jw_kstr(&w, "command", form_value(&f, "command"));
	jw_end(&w);
	who.why = form_value(&f, "why");
	if (json_parse(str_c(&body), body.len, &ask, e) || req_scope_write(rq, &scope, e) ||
	    req_db_write(rq, &db, e))
		return e->code;
	if (station_command(db, scope, &who, rq->arg[0], ask, &said, &bad)) {
		if (err_info(bad.code)->http >= 500 || bad.code == ERR_NOT_FOUND) {
			*e = bad;
			return e->code;
		}
		form_error_of(&f, "command", &bad);
		return show_station(rq, rs, &f, e);
	}
	station_href(rq->arg[0], "?done=asked", &href);
	form_made(&f, rs, str_c(&href));
	return OK;
}

/* ---- the story ---- */

static int number_of(const struct req *rq, const char *name, int64_t other, int64_t *ret, struct err *e)
{
	const char *text = req_query(rq, name);
	uint64_t n;

	*ret = other;
	if (!text || !*text)
		return OK;
	if (strlen(text) > 18 || !parse_digits(text, strlen(text), &n))
		return err_set(e, ERR_INVALID, "'%s' must be a number", name);
	*ret = (int64_t)n;
	return OK;
}

/* A payload in one line: its members as "status Downloading, requestId 3"; objects inside in brackets. */
static void say(const struct json *v, int depth, struct str *out)
{
	const struct json *m;
	const char *name;

	if (json_kind(v) == JSON_STRING) {
		str_add(out, json_text(v));
		return;
	}
	if (json_kind(v) != JSON_OBJECT && json_kind(v) != JSON_ARRAY) {
		json_print(v, out, false);
		return;
	}
	if (depth > 2) {
		str_add(out, "...");
		return;
	}
	if (json_kind(v) == JSON_ARRAY) {
		for (size_t i = 0; i < json_len(v); i++) {
			str_add(out, i ? "; " : "");
			say(json_at(v, i), depth + 1, out);
		}
		return;
	}
	for (size_t i = 0; (name = json_member(v, i, &m)); i++) {
		bool inside = json_kind(m) == JSON_OBJECT || json_kind(m) == JSON_ARRAY;

		str_addf(out, "%s%s %s", i ? ", " : "", name, inside ? "(" : "");
		say(m, depth + 1, out);
		str_add(out, inside ? ")" : "");
	}
}

static int put_lines(struct page *p, const struct str *story, int64_t *ret_first, int64_t *ret_last,
		     struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	const struct json *list;
	struct jw *w = &p->w;

	*ret_first = *ret_last = 0;
	if (json_parse(str_c(story), story->len, &j, e))
		return e->code;
	list = json_get(j, "messages");
	jw_key(w, "lines");
	jw_arr(w);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *m = json_at(list, i);
		STR(text, 16 * KIB);

		say(json_get(m, "body"), 0, &text);
		if (!*ret_first)
			*ret_first = json_int(json_get(m, "n"), 0);
		*ret_last = json_int(json_get(m, "n"), 0);
		jw_obj(w);
		jw_kstr(w, "at", json_text(json_get(m, "at")));
		jw_kstr(w, "way", json_text(json_get(m, "way")));
		jw_kstr(w, "action", json_text(json_get(m, "action")));
		jw_kint(w, "job", json_int(json_get(m, "job"), 0));
		jw_kbool(w, "cut", json_bool(json_get(m, "cut"), false) || text.over);
		jw_kstr(w, "says", str_c(&text));
		jw_end(w);
	}
	jw_arr_end(w);
	return OK;
}

static void put_way(struct page *p, const char *name, int64_t job, int64_t since)
{
	char n[24];
	STR(href, KIB);

	if (since < 0) {
		jw_kstr(&p->w, name, NULL);
		return;
	}
	station_href(p->rq->arg[0], "/story", &href);
	snprintf(n, sizeof n, "%" PRId64, job);
	link_query(&href, "job", job ? n : NULL);
	snprintf(n, sizeof n, "%" PRId64, since);
	link_query(&href, "since", n);
	jw_kstr(&p->w, name, str_c(&href));
}

int page_story(struct req *rq, struct resp *rs, struct err *e)
{
	struct page_head head = { .section = "stations" };
	OWN(page_done) struct page p = { 0 };
	int64_t job, since, first, newest;
	STR(story, 16 * MIB);
	struct scope scope;
	STR(href, KIB);
	char title[80];
	struct db *db;

	station_href(rq->arg[0], "", &href);
	const struct crumb crumbs[] = { { "/stations", "Charging stations" },
					{ str_c(&href), rq->arg[0] },
					{ NULL, NULL } };
	head.crumbs = crumbs;
	if (number_of(rq, "job", 0, &job, e) || number_of(rq, "since", -1, &since, e) ||
	    req_scope(rq, &scope, e) || req_db(rq, &db, e) ||
	    station_story_json(db, scope, catalog_current(rq->view), rq->arg[0], job, since, STORY_PER_PAGE,
			       &story, e))
		return e->code;
	rs->cache = CACHE_CHECK;
	snprintf(title, sizeof title, "Story of station %.48s", rq->arg[0]);
	head.title = title;
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	page_raw(&p, "story", &story);
	if (put_lines(&p, &story, &first, &newest, e))
		return e->code;
	put_way(&p, "older", job, since < 0 && first > 1 ? 0 : -1);
	put_way(&p, "newer", job, newest ? newest : -1);
	jw_kstr(&p.w, "identity", rq->arg[0]);
	jw_key(&p.w, "job");
	if (job)
		jw_int(&p.w, job);
	else
		jw_null(&p.w);
	return page_end(&p, "station-story", NULL, e);
}

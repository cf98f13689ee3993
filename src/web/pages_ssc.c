/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The register of the Security Sub-Committee. Nothing of it is shown before whoever looks has said why, and
 * that reason travels in the body of a form, so neither a log nor the history of a browser holds it. The
 * maker of an entry sees its own one without being asked; for everybody else it is absent (T32).
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "core/restricted.h"
#include "web/form.h"
#include "web/page.h"

#define PER_PAGE 50
#define LOG_SHOWN 25
#define WHY_MAX 500
#define WHY_MISSING "Write why you look, in three characters or more"

/* clang-format off */
static const struct form_option band_options[] = {
	{ "", "Not known", NULL }, { "2.4-ghz", "2.4 GHz", NULL }, { "sub-ghz", "Sub-GHz", NULL }, { "dual", "Dual band", NULL },
	{ NULL, NULL, NULL },
};
static const struct form_option any_band[] = {
	{ "", "Any", NULL }, { "2.4-ghz", "2.4 GHz", NULL }, { "sub-ghz", "Sub-GHz", NULL }, { "dual", "Dual band", NULL },
	{ NULL, NULL, NULL },
};
static const struct form_field register_fields[] = {
	{ .name = "go", .kind = FORM_BUTTON },
	{ .name = "after", .kind = FORM_HIDDEN },
	{ .name = "why", .label = "Why do you look?", .hint = "For example: incident 7. It stays in the access log.", .missing = WHY_MISSING, .max = WHY_MAX },
	{ .name = "q", .label = "Text to look for (optional)", .hint = "Part of an Entry ID, maker, chipset vendor or stack version.", .max = RADIO_TEXT_MAX },
	{ .name = "band", .kind = FORM_SELECT, .label = "ZigBee band", .options = any_band },
	{ .name = NULL },
};
/* The reason is asked for by hand: the maker of the entry needs none. */
static const struct form_field record_fields[] = {
	{ .name = "go", .kind = FORM_BUTTON },
	{ .name = "rev", .kind = FORM_HIDDEN },
	{ .name = "why", .label = "Why do you look?", .hint = "For example: incident 7. It stays in the access log.", .max = WHY_MAX },
	{ .name = "band", .kind = FORM_RADIOS, .label = "ZigBee band", .options = band_options },
	{ .name = "chipset", .label = "Chipset vendor", .max = RADIO_TEXT_MAX },
	{ .name = "stack", .label = "Stack version", .max = RADIO_TEXT_MAX },
	{ .name = NULL },
};
static const struct form_field note_fields[] = {
	{ .name = "entry", .label = "Entry", .hint = "The Entry ID that the note is about.", .missing = "Write the entry", .width = 10, .code = true },
	{ .name = "text", .kind = FORM_AREA, .label = "Note", .missing = "Write the note", .max = NOTE_TEXT_MAX },
	{ .name = "release", .label = "When may everybody read it?", .hint = "A date such as 2027-03-31 (from its first minute, UTC), or a time such as 2027-03-31T09:00:00Z.", .missing = "Write the date of its release", .width = 20 },
	{ .name = "why", .label = "Reason", .hint = "Where the note comes from. It stays in the access log.", .max = WHY_MAX },
	{ .name = NULL },
};
static const struct crumb crumbs[] = { { "/ssc", "SSC register" }, { NULL, NULL } };
/* clang-format on */

static int open_register(const struct req *rq, struct db **ret, struct err *e)
{
	return restricted_open(conf_text(rq->app->conf, "restricted_db"), ret, e);
}

static bool is_ssc(const struct req *rq)
{
	return may(&rq->who, ROLE_SSC);
}

/* Who looks, and why. */
static struct actor actor_of(const struct req *rq, const struct form *f)
{
	struct actor who = req_actor(rq);

	who.why = form_value(f, "why");
	if (!is_ssc(rq) && !*who.why)
		who.why = "own entry";
	return who;
}

/* An error at its field when the SSC gives no reason. */
static void ask_why(const struct req *rq, struct form *f)
{
	if (is_ssc(rq) && strlen(form_value(f, "why")) < 3)
		form_error(f, "why", WHY_MISSING);
}

/* ---- the register -------------------------------------------------------------------------------------- */

static int put_log(struct page *p, struct db *db, int64_t before, struct err *e)
{
	STR(log, MIB);
	int64_t next;
	char href[64];

	if (restricted_log(db, p->rq->who.name, before, LOG_SHOWN, &log, &next, e))
		return e->code;
	page_raw(p, "log", &log);
	snprintf(href, sizeof href, "/ssc?before=%" PRId64, next);
	page_links(p, before ? "/ssc" : NULL, next ? href : NULL);
	return OK;
}

/* Where the next page goes on: an Entry ID or the number of a note; NULL at the end. */
static void put_result(struct page *p, const char *name, const struct str *json, const char *next)
{
	jw_kstr(&p->w, "next", next);
	jw_kstr(&p->w, "go_on", strcmp(name, "notes") ? "list" : "notes");
	jw_kbool(&p->w, "entries_asked", !strcmp(name, "entries"));
	jw_kbool(&p->w, "notes_asked", !strcmp(name, "notes"));
	if (json)
		page_raw(p, "found", json);
}

static int show_register(struct req *rq, struct resp *rs, struct form *f, const char *name,
			 const struct str *found, const char *next, struct err *e)
{
	struct page_head head = { .section = "ssc", .title = "SSC register", .error = !form_ok(f) };
	const char *done = form_posted(rq) ? NULL : req_query(rq, "done");
	bool kept = *conf_text(rq->app->conf, "restricted_db");
	OWN(page_done) struct page p = { 0 };
	OWN(db_close) struct db *db = NULL;
	int64_t before = 0;

	rs->cache = CACHE_NEVER;
	if (!form_posted(rq) && req_query_int(rq, "before", 1, INT64_MAX, 0, &before, e))
		return e->code;
	if (kept && open_register(rq, &db, e))
		return e->code;
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	form_clear(f, "after");
	form_json(f, &p);
	jw_kbool(&p.w, "kept", kept);
	page_banner(&p, true, done && !strcmp(done, "note") ? "The note was kept." : NULL, NULL, NULL);
	put_result(&p, name, found, next);
	if (kept && put_log(&p, db, before, e))
		return e->code;
	return page_end(&p, "ssc", NULL, e);
}

static struct radio_search search_of(const struct form *f)
{
	return (struct radio_search){ .q = form_value_or_null(f, "q"),
				      .band = form_value_or_null(f, "band"),
				      .after = form_value_or_null(f, "after"),
				      .limit = PER_PAGE };
}

static int export_register(struct req *rq, struct resp *rs, const struct form *f, struct db *db,
			   struct err *e)
{
	struct radio_search s = search_of(f);
	struct actor who = actor_of(rq, f);

	s.after = NULL;
	rs->cache = CACHE_NEVER;
	if (radio_export(db, &s, &who, &rs->body, e))
		return e->code;
	rs->type = "text/csv; charset=utf-8";
	resp_header(rs, "Content-Disposition", "attachment; filename=\"ssc-register.csv\"");
	return OK;
}

int page_ssc(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = register_fields };
	OWN(db_close) struct db *db = NULL;
	struct radio_search s;
	struct actor who;
	STR(found, 4 * MIB);
	int64_t before, more = 0;
	char next[24] = "";
	bool notes;

	form_start(&f, rq);
	if (form_posted(rq) && form_read(&f, e))
		return e->code;
	if (form_posted(rq))
		ask_why(rq, &f);
	if (!form_posted(rq) || !form_ok(&f))
		return show_register(rq, rs, &f, "", NULL, NULL, e);
	if (open_register(rq, &db, e))
		return e->code;
	if (!strcmp(form_value(&f, "go"), "export"))
		return export_register(rq, rs, &f, db, e);
	notes = !strcmp(form_value(&f, "go"), "notes");
	s = search_of(&f);
	who = actor_of(rq, &f);
	if (notes) {
		if (parse_i64(s.after ? s.after : "0", 0, INT64_MAX, &before, e) ||
		    note_list(db, NULL, before, PER_PAGE, &who, &found, &more, e))
			return e->code;
		if (more)
			snprintf(next, sizeof next, "%" PRId64, more);
	} else if (radio_list(db, &s, &who, &found, next, e)) {
		return e->code;
	}
	db_close(MOVE(db));
	return show_register(rq, rs, &f, notes ? "notes" : "entries", &found, *next ? next : NULL, e);
}

/* ---- one entry ----------------------------------------------------------------------------------------- */

/* found: the record as radio_get() wrote it, NULL = the question why, or what was typed. */
static int show_record(struct req *rq, struct resp *rs, struct form *f, const struct restricted_entry *x,
		       const struct str *found, const struct str *notes, struct err *e)
{
	struct page_head head = { .section = "ssc",
				  .crumbs = is_ssc(rq) ? crumbs : NULL,
				  .error = !form_ok(f) };
	const char *done = form_posted(rq) ? NULL : req_query(rq, "done");
	bool asked = !found && strcmp(form_value(f, "go"), "save") != 0;
	OWN(page_done) struct page p = { 0 };
	char title[80];

	rs->cache = CACHE_NEVER;
	snprintf(title, sizeof title, "Restricted facts of entry %.40s", x->id);
	head.title = title;
	f->shown = asked ? "why" : is_ssc(rq) ? "why band chipset stack" : "band chipset stack";
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	page_banner(&p, true,
		    !done ? NULL
		    : !strcmp(done, "note")
			? "The note was kept. It is shown to the SSC, and to everybody from its release on."
			: "The record was saved.",
		    NULL, NULL);
	form_json(f, &p);
	jw_kstr(&p.w, "entry", x->id);
	jw_kstr(&p.w, "manufacturer", x->manufacturer);
	jw_kbool(&p.w, "asked", asked);
	jw_kbool(&p.w, "ssc", is_ssc(rq));
	if (found)
		page_raw(&p, "record", found);
	if (notes)
		page_raw(&p, "notes", notes);
	return page_end(&p, "ssc-entry", NULL, e);
}

static int fill_record(struct form *f, const struct str *found, struct err *e)
{
	static const char *const names[][2] = { { "band", "band" },
						{ "chipset", "chipset_vendor" },
						{ "stack", "stack_version" } };
	OWN(json_free) struct json *j = NULL;
	char rev[24];

	if (json_parse(str_c(found), found->len, &j, e))
		return e->code;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		form_clear(f, names[i][0]);
		form_set(f, names[i][0], json_text(json_get(j, names[i][1])));
	}
	snprintf(rev, sizeof rev, "%" PRId64, json_int(json_get(j, "changes"), 0));
	form_clear(f, "rev");
	form_set(f, "rev", rev);
	return OK;
}

/* The look itself: the record, and for the SSC what is under embargo about it. */
static int look(struct req *rq, struct resp *rs, struct form *f, const struct restricted_entry *x,
		struct err *e)
{
	struct actor who = actor_of(rq, f);
	OWN(db_close) struct db *db = NULL;
	STR(found, 16 * KIB);
	STR(notes, MIB);
	int64_t rev, next;

	if (open_register(rq, &db, e) || radio_get(db, x->id, x->manufacturer, &who, &found, &rev, e) ||
	    (is_ssc(rq) && note_list(db, x->id, 0, PER_PAGE, &who, &notes, &next, e)) ||
	    fill_record(f, &found, e))
		return e->code;
	return show_record(rq, rs, f, x, &found, is_ssc(rq) ? &notes : NULL, e);
}

int page_ssc_entry(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = record_fields };
	struct restricted_entry x;

	form_start(&f, rq);
	if (restricted_entry(catalog_current(rq->view), &rq->who, rq->arg[0], &x, e))
		return e->code;
	return is_ssc(rq) ? show_record(rq, rs, &f, &x, NULL, NULL, e) : look(rq, rs, &f, &x, e);
}

static int save(struct req *rq, struct form *f, const struct restricted_entry *x, struct err *e)
{
	struct radio in = { .entry = x->id,
			    .manufacturer = x->manufacturer,
			    .band = form_value(f, "band"),
			    .chipset = form_value(f, "chipset"),
			    .stack = form_value(f, "stack") };
	struct actor who = actor_of(rq, f);
	OWN(db_close) struct db *db = NULL;
	STR(out, 16 * KIB);
	int64_t rev;

	if (parse_i64(form_value(f, "rev"), 0, INT64_MAX, &rev, e) || open_register(rq, &db, e))
		return e->code;
	return radio_put(db, &in, rev, &who, &out, &rev, e);
}

int page_ssc_entry_post(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = record_fields };
	struct err bad = { .code = OK };
	struct restricted_entry x;
	char href[80];

	form_start(&f, rq);
	if (form_read(&f, e) || restricted_entry(catalog_current(rq->view), &rq->who, rq->arg[0], &x, e))
		return e->code;
	ask_why(rq, &f);
	if (!form_ok(&f))
		return show_record(rq, rs, &f, &x, NULL, NULL, e);
	if (strcmp(form_value(&f, "go"), "save") != 0)
		return look(rq, rs, &f, &x, e);
	if (!save(rq, &f, &x, &bad)) {
		snprintf(href, sizeof href, "/ssc/%.40s?done=saved", x.id);
		resp_redirect(rs, href);
		return OK;
	}
	if (bad.code != ERR_STALE && bad.code != ERR_INVALID) {
		*e = bad;
		return e->code;
	}
	form_error_of(&f, "chipset", &bad);
	rs->status = err_info(bad.code)->http;
	return show_record(rq, rs, &f, &x, NULL, NULL, e);
}

/* ---- notes --------------------------------------------------------------------------------------------- */

/* A date is its first moment. */
static int parse_release(const char *text, int64_t *ret, struct err *e)
{
	char moment[40];

	if (strlen(text) == strlen("2027-03-31")) {
		snprintf(moment, sizeof moment, "%.10sT00:00:00Z", text);
		text = moment;
	}
	return parse_time(text, ret, e);
}

static int show_note(struct req *rq, struct resp *rs, struct form *f, struct err *e)
{
	struct page_head head = { .section = "ssc",
				  .title = "Note under embargo",
				  .crumbs = is_ssc(rq) ? crumbs : NULL,
				  .error = !form_ok(f) };
	OWN(page_done) struct page p = { 0 };

	rs->cache = CACHE_NEVER;
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	form_json(f, &p);
	return page_end(&p, "ssc-note", NULL, e);
}

int page_ssc_note(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = note_fields };
	OWN(db_close) struct db *db = NULL;
	struct restricted_entry x = { .id = "" };
	struct err bad = { .code = OK };
	STR(out, 16 * KIB);
	int64_t release = 0;
	struct actor who;
	char href[80];

	form_start(&f, rq);
	if (!form_posted(rq)) {
		form_set(&f, "entry", req_query(rq, "entry"));
		return show_note(rq, rs, &f, e);
	}
	if (form_read(&f, e))
		return e->code;
	ask_why(rq, &f);
	if (*form_value(&f, "release") && parse_release(form_value(&f, "release"), &release, &bad))
		form_error(&f, "release", "Write a date such as 2027-03-31");
	else if (*form_value(&f, "release") && release <= rq->now)
		form_error(&f, "release", "The release must be in the future");
	if (*form_value(&f, "entry") &&
	    restricted_entry(catalog_current(rq->view), &rq->who, form_value(&f, "entry"), &x, &bad))
		form_error_of(&f, "entry", &bad);
	if (!form_ok(&f))
		return show_note(rq, rs, &f, e);
	who = actor_of(rq, &f);
	if (open_register(rq, &db, e) || note_add(db, x.id, form_value(&f, "text"), release, &who, &out, e))
		return e->code;
	snprintf(href, sizeof href, is_ssc(rq) ? "/ssc?done=note" : "/ssc/%.40s?done=note", x.id);
	resp_redirect(rs, href);
	return OK;
}

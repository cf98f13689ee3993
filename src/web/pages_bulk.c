/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bulk check: a list of devices in any usual spelling, pasted or from a file. Nothing is kept: the page
 * of results carries the list itself, and each of its buttons sends it again, so that filters, pages and the
 * download need no store, no cookie and no script. Only who is signed in may keep a list.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "core/checklist.h"
#include "core/saved_list.h"
#include "model/ident.h"
#include "web/form.h"

#define ROWS_PER_PAGE 200

/* clang-format off */
static const struct form_field fields[] = {
	{ .name = "list", .kind = FORM_AREA, .label = "Your devices", .rows = 10, .max = CHECKLIST_TEXT_MAX, .code = true,
	  .hint = "One device a line: its name, model and firmware version. Copied from a spreadsheet is fine, with or without a header line." },
	{ .name = "file", .kind = FORM_FILE, .label = "Or a file", .hint = "CSV or text, at most 2 MB. Save a spreadsheet as CSV first." },
	{ .name = "to", .label = "They should run", .hint = "An Entry ID, or latest for the newest that each can reach.", .width = 20 },
	{ .name = "view", .kind = FORM_BUTTON },
	{ .name = "name", .label = "Name of the list", .hint = "For example the portfolio that the devices came from.", .max = SAVED_NAME_MAX, .width = 20 },
	{ .name = "saved", .kind = FORM_HIDDEN },
	{ .name = NULL },
};
static const struct { const char *view, *text; int result; } views[] = {
	{ "all", "All", -1 },
	{ "path", "Have a path", CHECK_PATH },
	{ "already", "Run it already", CHECK_ALREADY },
	{ "none", "No path", CHECK_NONE },
	{ "ambiguous", "Several entries fit", CHECK_AMBIGUOUS },
	{ "unknown", "Not in the list", CHECK_UNKNOWN },
	{ "bad", "Not understood", CHECK_BAD },
	{ "removed", "Run removed firmware", -2 },
};
/* clang-format on */
#define VIEWS (sizeof views / sizeof *views)

/* One page of results being written. */
struct sheet {
	const struct checklist_init *init;
	struct str rows; /* JSON */
	struct jw w;
	struct str csv; /* the download, instead of rows */
	bool is_csv;
	size_t view;
	int64_t first, fits; /* rows before the page, rows of the view so far */
};

static void take_row(void *ctx, const struct checklist_answer *a)
{
	struct sheet *s = ctx;
	int want = views[s->view].result;

	if (s->is_csv) {
		checklist_csv(s->init, a, &s->csv);
		return;
	}
	if (want >= 0 ? (int)a->result != want : want == -2 && !a->removed)
		return;
	if (s->fits >= s->first && s->fits < s->first + ROWS_PER_PAGE)
		checklist_json(s->init, a, &s->w);
	s->fits++;
}

/* "ambiguous/2" -> view and page; what is no such text is the first page of all. */
static void view_of(const char *text, struct sheet *s)
{
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	uint64_t page = 1;

	for (size_t i = 0; i < VIEWS; i++)
		if (strlen(views[i].view) == n && !strncmp(views[i].view, text, n))
			s->view = i;
	if (slash && parse_digits(slash + 1, strlen(slash + 1), &page) && page > 0 &&
	    page <= CHECKLIST_ROWS_MAX)
		s->first = ((int64_t)page - 1) * ROWS_PER_PAGE;
	s->is_csv = !strcmp(text, "csv");
}

static int64_t count_of(const struct checklist_totals *t, size_t view)
{
	return views[view].result >= 0    ? t->result[views[view].result]
	       : views[view].result == -2 ? t->removed
					  : t->rows;
}

static void put_views(struct page *p, const struct sheet *s, const struct checklist_totals *t)
{
	struct jw *w = &p->w;
	char value[40];

	jw_key(w, "views");
	jw_arr(w);
	for (size_t i = 0; i < VIEWS; i++) {
		if (i && !count_of(t, i))
			continue;
		snprintf(value, sizeof value, "%s/1", views[i].view);
		jw_obj(w);
		jw_kstr(w, "value", value);
		jw_kstr(w, "text", views[i].text);
		jw_kint(w, "count", count_of(t, i));
		jw_kbool(w, "current", i == s->view);
		jw_end(w);
	}
	jw_arr_end(w);
}

/* "VIEW/PAGE" of the page before or behind this one, or null. */
static void put_step(struct jw *w, const char *name, const struct sheet *s, int64_t first, bool there)
{
	char value[40];

	snprintf(value, sizeof value, "%s/%" PRId64, views[s->view].view, first / ROWS_PER_PAGE + 1);
	jw_kstr(w, name, there ? value : NULL);
}

static void put_result(struct page *p, const struct sheet *s, const struct checklist_totals *t,
		       const char *list, const char *to)
{
	struct jw *w = &p->w;
	int64_t last = s->first + ROWS_PER_PAGE < s->fits ? s->first + ROWS_PER_PAGE : s->fits;

	jw_key(w, "result");
	jw_obj(w);
	jw_kstr(w, "list", list);
	jw_kstr(w, "to", to);
	jw_kint(w, "rows_total", t->rows);
	jw_kint(w, "trouble", t->rows - t->result[CHECK_PATH] - t->result[CHECK_ALREADY]);
	jw_kstr(w, "view", views[s->view].text);
	jw_kint(w, "first", last > s->first ? s->first + 1 : 0);
	jw_kint(w, "last", last);
	jw_kint(w, "fits", s->fits);
	put_step(w, "prev", s, s->first - ROWS_PER_PAGE, s->first > 0);
	put_step(w, "next", s, s->first + ROWS_PER_PAGE, s->first + ROWS_PER_PAGE < s->fits);
	put_views(p, s, t);
	jw_kbool(w, "may_save", p->rq->who.account_id != 0);
	jw_key(w, "rows");
	jw_raw(w, str_c(&s->rows), s->rows.len);
	jw_end(w);
}

static int show(struct req *rq, struct resp *rs, struct form *f, const struct sheet *s,
		const struct checklist_totals *t, const char *list, struct err *e)
{
	struct page_head head = { .section = "bulk", .error = !form_ok(f) };
	OWN(page_done) struct page p = { 0 };
	struct db *db = NULL;

	if (rq->who.account_id && req_db(rq, &db, e))
		return e->code;
	head.title = t && form_ok(f) ? "Results of the bulk check" : "Bulk check";
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	form_json(f, &p);
	jw_key(&p.w, "lists");
	if (saved_lists_json(db, &rq->who, &p.w, e))
		return e->code;
	if (t) {
		put_result(&p, s, t, list, s->init->to);
	} else {
		jw_key(&p.w, "result");
		jw_null(&p.w);
	}
	return page_end(&p, "bulk", NULL, e);
}

int page_bulk(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = fields };

	form_start(&f, rq);
	form_set(&f, "to", "latest");
	return show(rq, rs, &f, NULL, NULL, NULL, e);
}

/* The text to check: pasted, of a file, or of a list that was kept. False: the form says what is wrong. */
static bool text_of(struct req *rq, struct form *f, struct str *text, struct str *to, struct err *e)
{
	const struct form_upload *file = form_file(f, "file");
	const char *saved = form_value(f, "saved");
	struct db *db;
	int64_t id;

	if (*saved) {
		if (parse_i64(saved, 1, INT64_MAX, &id, e) || req_db(rq, &db, e) ||
		    saved_list_get(db, &rq->who, id, text, to, e))
			return false;
	} else if (file) {
		if (file->len > CHECKLIST_TEXT_MAX)
			form_error(f, "file", "The file is larger than 2 MB");
		else if (!parse_utf8_ok(file->p, file->len))
			form_error(f, "file",
				   "The file is not text in UTF-8: save the spreadsheet as CSV (UTF-8)");
		else
			str_addn(text, file->p, file->len);
	} else {
		str_add(text, form_value(f, "list"));
	}
	if (!to->len)
		str_add(to, *form_value(f, "to") ? form_value(f, "to") : "latest");
	if (form_ok(f) && !text->len)
		form_error(f, "list", "Paste your devices, or choose a file");
	return form_ok(f);
}

static int save(struct req *rq, struct resp *rs, const struct form *f, const struct str *text,
		const struct str *to, const struct checklist_totals *t, struct err *e)
{
	struct saved_list l = { form_value(f, "name"), str_c(to), str_c(text), t->rows };
	struct db *db;
	int64_t id;

	if (req_db_write(rq, &db, e) || saved_list_add(db, &rq->who, &l, rq->now, &id, e))
		return e->code;
	resp_redirect(rs, "/bulk#saved");
	return OK;
}

static void send_csv(struct resp *rs, struct sheet *s)
{
	rs->type = "text/csv; charset=utf-8";
	rs->cache = CACHE_NEVER;
	resp_header(rs, "Content-Disposition", "attachment; filename=\"devices-checked.csv\"");
	str_add(&rs->body, CHECKLIST_CSV_HEADER);
	str_addn(&rs->body, str_c(&s->csv), s->csv.len);
}

static void sheet_done(struct sheet *s)
{
	str_done(&s->rows);
	str_done(&s->csv);
}
DEFINE_OWN_VAL(struct sheet, sheet_done)

static bool target_ok(struct form *f, const char *to)
{
	struct ident id;
	struct err e;

	if (ident_parse(to, true, &id, &e)) {
		form_error_of(f, "to", &e);
		return false;
	}
	return true;
}

int page_bulk_post(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = fields };
	OWN(sheet_done) struct sheet s = { .view = 0 };
	STR(text, CHECKLIST_TEXT_MAX);
	STR(to, 1 * KIB);
	STR(cut, CHECKLIST_TEXT_MAX); /* the reader cuts the text up; the page carries it on */
	struct checklist_init init;
	struct checklist_totals totals;
	bool saving;
	struct err bad;

	e->code = OK;
	form_start(&f, rq);
	if (form_read(&f, e))
		return e->code;
	view_of(form_value(&f, "view"), &s);
	saving = !strcmp(form_value(&f, "view"), "save");
	if (!text_of(rq, &f, &text, &to, e))
		return e->code ? (int)e->code : show(rq, rs, &f, &s, NULL, NULL, e);
	if (!target_ok(&f, str_c(&to)))
		return show(rq, rs, &f, &s, NULL, NULL, e);
	str_init(&s.rows, 12 * MIB);
	str_init(&s.csv, 32 * MIB);
	s.w = jw_start(&s.rows);
	jw_arr(&s.w);
	init = (struct checklist_init){ catalog_current(rq->view), rq->scratch, rq->now, str_c(&to) };
	s.init = &init;
	str_addn(&cut, str_c(&text), text.len);
	if (checklist_run(&init, cut.p, cut.len, take_row, &s, &totals, &bad)) {
		form_error_of(&f, "list", &bad);
		return show(rq, rs, &f, &s, NULL, NULL, e);
	}
	jw_arr_end(&s.w);
	if (s.is_csv) {
		send_csv(rs, &s);
		return OK;
	}
	if (saving && !*form_value(&f, "name"))
		form_error(&f, "name", "Write a name for the list");
	else if (saving)
		return save(rq, rs, &f, &text, &to, &totals, e);
	return show(rq, rs, &f, &s, &totals, str_c(&text), e);
}

/* Removes a list that was kept. */
int page_bulk_drop(struct req *rq, struct resp *rs, struct err *e)
{
	static const struct form_field nothing[] = { { .name = NULL } };
	OWN(form_done) struct form f = { .fields = nothing };
	struct db *db;
	int64_t id;

	form_start(&f, rq);
	if (form_read(&f, e) || parse_i64(rq->arg[0], 1, INT64_MAX, &id, e) || req_db_write(rq, &db, e) ||
	    saved_list_drop(db, &rq->who, id, rq->now, e))
		return e->code;
	resp_redirect(rs, "/bulk#saved");
	return OK;
}

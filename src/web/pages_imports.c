/* SPDX-License-Identifier: Apache-2.0 */
/* Import review: what was imported, one import with its difference and gates, and the words of two persons.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/feed_status.h"
#include "core/import_review.h"
#include "import/feed.h"
#include "web/edit.h"
#include "web/form.h"
#include "web/page.h"

#define PER_PAGE 50
#define WHY_MAX 500

static const char *const verbs[] = { "accept", "undo", "reject", NULL };

/* ---- the list, and a file to import ---- */

/* clang-format off */
static const struct form_field upload_fields[] = {
	{ .name = "file", .kind = FORM_FILE, .label = "The list", .missing = "Choose the file of the list",
	  .hint = "The Central Products List as CSV or workbook (XLSM), at most 16 MB. It is compared first; a gate may hold it." },
	{ .name = "why", .label = "Reason", .hint = "Where the file comes from. It stays in the record.", .max = WHY_MAX,
	  .missing = "Write where the file comes from" },
	{ .name = NULL },
};
static const struct form_field decide_fields[] = {
	{ .name = "hash", .kind = FORM_HIDDEN },
	{ .name = "why", .kind = FORM_AREA, .label = "Your reason", .max = WHY_MAX, .rows = 3,
	  .hint = "What you checked, or why it is refused. It stays in the record.", .missing = "Write your reason" },
	{ .name = NULL },
};
/* clang-format on */

static int show_list(struct req *rq, struct resp *rs, struct form *f, struct err *e)
{
	struct page_head head = { .section = "imports", .title = "Import review", .error = !form_ok(f) };
	OWN(page_done) struct page p = { 0 };
	STR(list, 4 * MIB);
	int64_t before = 0, next;
	char href[64];
	struct db *db;

	if ((!form_posted(rq) && req_query_int(rq, "before", 1, INT64_MAX, 0, &before, e)) ||
	    req_db(rq, &db, e) || import_list(db, before, PER_PAGE, false, &list, &next, e))
		return e->code;
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	form_json(f, &p);
	page_raw(&p, "list", &list);
	jw_kbool(&p.w, "may_import", may(&rq->who, ROLES_SECAS));
	jw_key(&p.w, "feed");
	if (feed_visit_json(db, true, &p.w, e))
		return e->code;
	snprintf(href, sizeof href, "/imports?before=%" PRId64, next);
	page_links(&p, before ? "/imports" : NULL, next ? href : NULL);
	return page_end(&p, "imports", NULL, e);
}

int page_imports(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = upload_fields };

	form_start(&f, rq);
	return show_list(rq, rs, &f, e);
}

int page_imports_post(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(import_report_free) struct import_report *report = NULL;
	OWN(form_done) struct form f = { .fields = upload_fields };
	const struct form_upload *file;
	struct import_options o = { .who = req_actor(rq) };
	struct feed_input in;
	struct err bad;
	struct db *db;
	char href[64];

	form_start(&f, rq);
	if (form_read(&f, e))
		return e->code;
	file = form_file(&f, "file");
	if (!form_ok(&f) || !file)
		return show_list(rq, rs, &f, e);
	o.who.why = form_value(&f, "why");
	o.file_name = *file->name ? file->name : "upload";
	in = (struct feed_input){ .bytes = file->p, .len = file->len };
	if (req_db_write(rq, &db, e))
		return e->code;
	if (feed_import_cpl(db, &in, &o, &report, &bad)) {
		if (bad.code != ERR_IMPORT && bad.code != ERR_IMPORT_AHEAD && bad.code != ERR_TOO_LARGE &&
		    bad.code != ERR_INVALID) {
			*e = bad;
			return e->code;
		}
		form_error_of(&f, "file", &bad);
		return show_list(rq, rs, &f, e);
	}
	if (report->revision)
		req_catalogue_changed(rq);
	snprintf(href, sizeof href, "/imports/%" PRId64 "?done=imported", report->id);
	resp_redirect(rs, href);
	return OK;
}

/* ---- one import ---- */

/* The first word that waits for a second, of an act; NULL = none. */
static const struct json *open_word(const struct json *it, const char *act)
{
	const struct json *list = json_get(it, "decisions");

	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *d = json_at(list, i);

		if (!strcmp(json_text(json_get(d, "act")), act) &&
		    !strcmp(json_text(json_get(d, "state")), "proposed"))
			return json_get(d, "first");
	}
	return NULL;
}

/* What whoever asks may do: an act, whether it is the second word, and why not. The use case asks again. */
static void put_act(struct jw *w, const struct req *rq, const struct json *it, const char *act, bool possible)
{
	const struct json *first = open_word(it, act);
	bool own = first && rq->who.account_id && !strcmp(json_text(json_get(first, "who")), rq->who.name);
	bool one = !rq->who.account_id;

	jw_key(w, act);
	jw_obj(w);
	jw_kbool(w, "possible", possible && may(&rq->who, ROLES_SECAS));
	jw_kbool(w, "alone", one);
	jw_kbool(w, "second", first && !one);
	jw_kstr(w, "may_not",
		own ? "The first word is yours: somebody else must look, too."
		: first && !one && !may(&rq->who, ROLE_APPROVER) ? "The second word is an approver's."
								 : NULL);
	jw_key(w, "first");
	if (first) {
		jw_obj(w);
		jw_kstr(w, "who", json_text(json_get(first, "who")));
		jw_kstr(w, "why", json_text(json_get(first, "why")));
		jw_kstr(w, "at", json_text(json_get(first, "at")));
		jw_end(w);
	} else {
		jw_null(w);
	}
	jw_end(w);
}

static void put_acts(struct page *p, const struct req *rq, const struct json *it)
{
	const char *state = json_text(json_get(it, "state"));
	bool held = !strcmp(state, "held"), cpl = !strcmp(json_text(json_get(it, "feed")), "cpl");

	jw_key(&p->w, "acts");
	jw_obj(&p->w);
	put_act(&p->w, rq, it, "accept", held);
	put_act(&p->w, rq, it, "reject", held);
	put_act(&p->w, rq, it, "undo", cpl && json_bool(json_get(json_get(it, "undo"), "possible"), false));
	jw_end(&p->w);
}

static void put_done(struct page *p, const char *done)
{
	static const struct {
		const char *what, *text;
	} texts[] = {
		{ "imported", "The list was read. What came of it is below." },
		{ "accept", "Your word was kept." },
		{ "undo", "Your word was kept." },
		{ "reject", "The import was rejected; nothing of it stands." },
	};
	const char *text = NULL;

	for (size_t i = 0; done && i < sizeof texts / sizeof *texts; i++)
		if (!strcmp(texts[i].what, done))
			text = texts[i].text;
	page_banner(p, true, text, NULL, NULL);
}

static int show_one(struct req *rq, struct resp *rs, struct form *f, int64_t id, struct err *e)
{
	static const struct crumb crumbs[] = { { "/imports", "Import review" }, { NULL, NULL } };
	struct page_head head = { .section = "imports", .crumbs = crumbs, .error = !form_ok(f) };
	OWN(json_free) struct json *it = NULL;
	OWN(page_done) struct page p = { 0 };
	STR(record, IMPORT_REPORT_MAX + MIB);
	char title[40];
	struct db *db;

	if (req_db(rq, &db, e) || import_get(db, id, false, &record, e) ||
	    json_parse(str_c(&record), record.len, &it, e))
		return e->code;
	snprintf(title, sizeof title, "Import %" PRId64, id);
	head.title = title;
	if (!form_posted(rq))
		form_set(f, "hash", json_text(json_get(it, "report_sha256")));
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	form_json(f, &p);
	put_done(&p, form_posted(rq) ? NULL : req_query(rq, "done"));
	page_raw(&p, "it", &record);
	put_acts(&p, rq, it);
	return page_end(&p, "import", NULL, e);
}

int page_import(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = decide_fields };
	int64_t id;

	form_start(&f, rq);
	return req_number(rq, "import", &id, e) ? (int)e->code : show_one(rq, rs, &f, id, e);
}

static int reject(struct req *rq, struct db *db, int64_t id, const struct form *f, struct err *e)
{
	OWN(import_report_free) struct import_report *report = NULL;
	struct actor who = req_actor(rq);

	who.why = form_value(f, "why");
	return import_reject(db, id, &who, &report, e);
}

static int decide(struct req *rq, struct db *db, int64_t id, const struct form *f, enum import_act act,
		  struct err *e)
{
	struct import_decision d = {
		.act = act, .by = &rq->who, .hash = form_value_or_null(f, "hash"), .who = req_actor(rq)
	};
	STR(out, IMPORT_REPORT_MAX + MIB);
	int64_t revision;

	d.who.why = form_value(f, "why");
	if (import_decide(db, id, &d, &out, &revision, e))
		return e->code;
	if (revision)
		req_catalogue_changed(rq);
	return OK;
}

int page_import_post(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = decide_fields };
	struct err bad = { .code = OK };
	char href[64];
	struct db *db;
	int64_t id;
	int verb = 0;

	form_start(&f, rq);
	while (verbs[verb] && strcmp(verbs[verb], rq->arg[1]) != 0)
		verb++;
	if (!verbs[verb])
		return err_set(e, ERR_NOT_FOUND, "nothing can be done to an import by '%.40s'", rq->arg[1]);
	if (req_number(rq, "import", &id, e) || form_read(&f, e) || req_db_write(rq, &db, e))
		return e->code;
	if (!form_ok(&f))
		return show_one(rq, rs, &f, id, e);
	if (verb == 2 ? reject(rq, db, id, &f, &bad)
		      : decide(rq, db, id, &f, verb ? IMPORT_ACT_UNDO : IMPORT_ACT_ACCEPT, &bad)) {
		if (bad.code != ERR_DENIED && bad.code != ERR_CONFLICT) {
			*e = bad;
			return e->code;
		}
		form_error_of(&f, "why", &bad);
		rs->status = err_info(bad.code)->http;
		return show_one(rq, rs, &f, id, e);
	}
	snprintf(href, sizeof href, "/imports/%" PRId64 "?done=%s", id, verbs[verb]);
	resp_redirect(rs, href);
	return OK;
}

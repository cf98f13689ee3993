/* SPDX-License-Identifier: Apache-2.0 */
/* Changes, data health, help, accessibility. */
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "core/feed_status.h"
#include "core/history.h"
#include "core/service_level.h"
#include "model/lint.h"
#include "web/page.h"

#define CHANGES_PER_PAGE 20
#define FINDINGS_SHOWN 20 /* of one kind; /v1/lint has all */

int page_changes(struct req *rq, struct resp *rs, struct err *e)
{
	struct page_head head = { .section = "changes", .title = "Changes" };
	OWN(page_done) struct page p = { 0 };
	STR(history, 8 * MIB);
	int64_t before, next;
	struct db *db;
	char href[64];

	if (req_query_int(rq, "before", 1, INT64_MAX, 0, &before, e) || req_db(rq, &db, e) ||
	    history_changes_json(db, before, CHANGES_PER_PAGE, true, INT64_MAX, req_nameless(rq), &history,
				 &next, e))
		return e->code;
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	page_raw(&p, "history", &history);
	snprintf(href, sizeof href, "/changes?before=%lld", (long long)next);
	page_links(&p, before ? "/changes" : NULL, next ? href : NULL);
	return page_end(&p, "changes", NULL, e);
}

/* Findings of one kind: what it is said once, then the first of them. */
static void put_group(struct jw *w, const struct json *findings, const char *code)
{
	int64_t n = 0;

	for (size_t i = 0; i < json_len(findings); i++) {
		const struct json *f = json_at(findings, i);

		if (strcmp(json_text(json_get(f, "code")), code) != 0)
			continue;
		if (n++ == 0) {
			jw_obj(w);
			jw_kstr(w, "code", code);
			jw_kstr(w, "level", json_text(json_get(f, "level")));
			jw_kstr(w, "title", json_text(json_get(f, "title")));
			jw_kstr(w, "next", json_text(json_get(f, "next")));
			jw_key(w, "findings");
			jw_arr(w);
		}
		if (n <= FINDINGS_SHOWN) {
			STR(text, 256 * KIB);

			json_print(f, &text, false);
			jw_raw(w, str_c(&text), text.len);
		}
	}
	if (!n)
		return;
	jw_arr_end(w);
	jw_kint(w, "count", n);
	jw_kbool(w, "one", n == 1);
	jw_kint(w, "hidden", n > FINDINGS_SHOWN ? n - FINDINGS_SHOWN : 0);
	jw_end(w);
}

/* Errors first, then warnings, then notes; kinds in the order of their table. */
static int put_findings(struct page *p, const struct str *lint, struct err *e)
{
	static const char *const levels[] = { "error", "warning", "note" };
	OWN(json_free) struct json *j = NULL;

	if (json_parse(str_c(lint), lint->len, &j, e))
		return e->code;
	jw_key(&p->w, "groups");
	jw_arr(&p->w);
	for (size_t l = 0; l < 3; l++)
		for (int k = 0; k < LINT_KINDS; k++)
			if (!strcmp(lint_infos[k].level, levels[l]))
				put_group(&p->w, json_get(j, "findings"), lint_infos[k].code);
	jw_arr_end(&p->w);
	jw_key(&p->w, "counts");
	jw_obj(&p->w);
	for (size_t l = 0; l < 3; l++)
		jw_kint(&p->w, levels[l], json_int(json_get(json_get(j, "counts"), levels[l]), 0));
	jw_end(&p->w);
	return OK;
}

int page_health(struct req *rq, struct resp *rs, struct err *e)
{
	const struct snapshot *s = catalog_current(rq->view);
	struct page_head head = { .title = "Data health" };
	OWN(page_done) struct page p = { 0 };
	STR(lint, 8 * MIB);
	STR(levels, 64 * KIB);
	struct db *db;

	if (req_db(rq, &db, e))
		return e->code;
	page_begin(&p, rq, rs, s, &head);
	jw_key(&p.w, "feed");
	if (feed_visit_json(db, false, &p.w, e))
		return e->code;
	if (service_levels_json(db, s, rq->now - rq->now % 60000, &levels, e))
		return e->code;
	page_raw(&p, "levels", &levels);
	lint_json(s, NULL, rq->now - rq->now % MS_PER_DAY, &lint);
	if (put_findings(&p, &lint, e))
		return e->code;
	return page_end(&p, "health", NULL, e);
}

static int page_plain(struct req *rq, struct resp *rs, const char *template_name,
		      const struct page_head *head, struct err *e)
{
	OWN(page_done) struct page p = { 0 };

	page_begin(&p, rq, rs, catalog_current(rq->view), head);
	return page_end(&p, template_name, NULL, e);
}

int page_help(struct req *rq, struct resp *rs, struct err *e)
{
	return page_plain(rq, rs, "help", &(struct page_head){ .section = "help", .title = "Help" }, e);
}

int page_accessibility(struct req *rq, struct resp *rs, struct err *e)
{
	return page_plain(rq, rs, "accessibility", &(struct page_head){ .title = "Accessibility statement" },
			  e);
}

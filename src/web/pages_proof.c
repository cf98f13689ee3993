/* SPDX-License-Identifier: Apache-2.0 */
/* The audit chain, and what changed between two days. */
#include <stdio.h>
#include <string.h>

#include "core/diff.h"
#include "core/history.h"
#include "core/proof.h"
#include "store/store_ledger.h"
#include "web/page.h"

#define ROWS_PER_PAGE 50

static void put_asked(struct page *p, const char *const *names)
{
	jw_key(&p->w, "asked");
	jw_obj(&p->w);
	for (; *names; names++)
		jw_kstr(&p->w, *names, req_query(p->rq, *names));
	jw_end(&p->w);
}

int page_audit(struct req *rq, struct resp *rs, struct err *e)
{
	static const char *const names[] = { "who", "action", "subject", "revision", NULL };
	struct page_head head = { .section = "work", .title = "Audit" };
	OWN(page_done) struct page p = { 0 };
	struct audit_names own;
	struct audit_filter f;
	STR(rows, 16 * MIB);
	STR(proof, 64 * KIB);
	STR(href, 16 * KIB);
	int64_t before, next;
	bool check, ok = false;
	char text[24];
	struct db *db;

	rs->cache = CACHE_NEVER;
	if (req_audit_filter(rq, true, &own, &f, e) ||
	    req_query_int(rq, "before", 1, INT64_MAX, 0, &before, e) ||
	    req_query_bool(rq, "check", false, &check, e) || req_db(rq, &db, e) ||
	    history_audit_json(db, &f, before, ROWS_PER_PAGE, &rows, &next, e))
		return e->code;
	if (check && !may(&rq->who, ROLES_AUDIT))
		return err_set(e, ERR_DENIED, "the whole chain is checked for those who audit");
	if (check && proof_verify_json(db, NULL, &proof, &ok, e))
		return e->code;
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	page_raw(&p, "audit", &rows);
	put_asked(&p, names);
	jw_kbool(&p.w, "all", f.all);
	if (check)
		page_raw(&p, "proof", &proof);
	str_add(&href, "/audit");
	for (size_t i = 0; names[i]; i++)
		link_query(&href, names[i], req_query(rq, names[i]));
	snprintf(text, sizeof text, "%lld", (long long)next);
	link_query(&href, "before", text);
	page_links(&p, before ? "/audit" : NULL, next ? str_c(&href) : NULL);
	return page_end(&p, "audit", NULL, e);
}

/* A moment that cannot be read is told at its field, not as a broken page. */
static bool moment_read(struct req *rq, struct db *db, const char *name, int64_t *ret, char *said,
			size_t size)
{
	const char *text = req_query(rq, name);
	struct err e;

	if (!text || !diff_revision(db, text, ret, &e))
		return true;
	page_sentence(said, size, e.msg);
	return false;
}

int page_diff(struct req *rq, struct resp *rs, struct err *e)
{
	static const char *const names[] = { "at", "to", NULL };
	struct page_head head = { .section = "changes", .title = "Compare two days" };
	OWN(page_done) struct page p = { 0 };
	char at_error[600] = "", to_error[600] = "";
	int64_t from = 0, to = 0;
	STR(diff, 16 * MIB);
	struct db *db;

	if (req_db(rq, &db, e) || ledger_head(db, &to, e))
		return e->code;
	if (moment_read(rq, db, "at", &from, at_error, sizeof at_error) &
		moment_read(rq, db, "to", &to, to_error, sizeof to_error) &&
	    from > to)
		str_copy(to_error, sizeof to_error, "The second day must not be before the first.");
	head.error = at_error[0] || to_error[0];
	if (!head.error && req_query(rq, "at") && diff_json(db, from, to, req_nameless(rq), &diff, e))
		return e->code;
	if (head.error)
		rs->status = 400;
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	put_asked(&p, names);
	jw_kstr(&p.w, "at_error", at_error[0] ? at_error : NULL);
	jw_kstr(&p.w, "to_error", to_error[0] ? to_error : NULL);
	if (diff.len)
		page_raw(&p, "diff", &diff);
	return page_end(&p, "diff", NULL, e);
}

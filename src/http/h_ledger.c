/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/export.h"
#include "core/history.h"
#include "http/handlers.h"

int get_changes(struct req *rq, struct resp *rs, struct err *e)
{
	int64_t limit, after, since, next;
	const char *order = req_query(rq, "order");
	bool newest = order && !strcmp(order, "newest");
	const struct snapshot *s;
	int64_t upto = INT64_MAX;
	struct db *db;

	if (order && !newest && strcmp(order, "oldest"))
		return err_set(e, ERR_INVALID, "order must be oldest or newest, not '%.32s'", order);
	if (req_query_int(rq, "since", 0, INT64_MAX, 0, &since, e) || page_limit(rq, &limit, e) ||
	    page_number(rq, &after, e) || req_db(rq, &db, e))
		return e->code;
	if (newest && since)
		return err_set(e, ERR_INVALID, "since goes with order=oldest");
	if (!newest && since > after)
		after = since;
	if (req_query(rq, "at")) {
		if (req_snapshot(rq, &s, e))
			return e->code;
		upto = s->revision;
	}
	if (history_changes_json(db, after, limit, newest, upto, &rs->body, &next, e))
		return e->code;
	page_number_links(rs, rq, next);
	return OK;
}

/* A file of the catalogue at the asked revision; T19 is the exporter's, the attachment is ours. */
static int export(struct req *rq, struct resp *rs, enum export which, struct err *e)
{
	const struct snapshot *s;
	char text[96];
	struct db *db;

	snprintf(text, sizeof text, "export/%s", export_text[which]);
	if (req_snapshot(rq, &s, e) || export_notice(rq, text, e))
		return e->code;
	rs->type = "text/csv; charset=utf-8";
	if (resp_fresh(rs, rq, s))
		return OK;
	if (req_db(rq, &db, e) || export_make(which, db, s->revision, req_moment(rq), &rs->body, e))
		return e->code;
	snprintf(text, sizeof text, "attachment; filename=\"%s-r%" PRId64 ".csv\"", export_text[which],
		 s->revision);
	resp_header(rs, "Content-Disposition", text);
	resp_header(rs, "Firpath-Notice", EXPORT_NOTICE);
	return OK;
}

int get_export_cpl(struct req *rq, struct resp *rs, struct err *e)
{
	return export(rq, rs, EXPORT_CPL, e);
}

int get_export_statements(struct req *rq, struct resp *rs, struct err *e)
{
	return export(rq, rs, EXPORT_STATEMENTS, e);
}

int get_export_fir(struct req *rq, struct resp *rs, struct err *e)
{
	return export(rq, rs, EXPORT_FIR, e);
}

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
	if (history_changes_json(db, after, limit, newest, upto, req_nameless(rq), &rs->body, &next, e))
		return e->code;
	page_number_links(rs, rq, next);
	return OK;
}

static int export_format_of(const struct req *rq, int *ret, struct err *e)
{
	const char *format = req_query(rq, "format");

	*ret = EXPORT_CSV;
	for (int i = 0; format && export_format_text[i]; i++)
		if (!strcmp(format, export_format_text[i])) {
			*ret = i;
			return OK;
		}
	return format ? err_set(e, ERR_INVALID, "the format must be csv, ndjson or json, not '%.32s'", format)
		      : OK;
}

/* A file of the catalogue at the asked revision; T19 is the exporter's, the attachment is ours. */
static int export(struct req *rq, struct resp *rs, enum export which, struct err *e)
{
	static const char *const types[] = { "text/csv; charset=utf-8", "application/x-ndjson",
					     "application/json" };
	const struct snapshot *s;
	STR(csv, EXPORT_MAX);
	char text[96];
	struct db *db;
	int format;

	snprintf(text, sizeof text, "export/%s", export_text[which]);
	if (export_format_of(rq, &format, e) || req_snapshot(rq, &s, e) || export_notice(rq, text, e))
		return e->code;
	rs->type = types[format];
	if (resp_fresh(rs, rq, s))
		return OK;
	if (req_db(rq, &db, e) ||
	    export_make(which, db, s->revision, req_moment(rq), format ? &csv : &rs->body, e) ||
	    (format && export_convert(&csv, (enum export_format)format, s->revision, &rs->body, e)))
		return e->code;
	snprintf(text, sizeof text, "attachment; filename=\"%s-r%" PRId64 ".%s\"", export_text[which],
		 s->revision, export_format_text[format]);
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

/* The whole chain, streamed: each page is read by itself, and nothing in it ever changes. */
int get_export_audit(struct req *rq, struct resp *rs, struct err *e)
{
	const int rows = 500;
	STR(page, 64 * MIB);
	int64_t after = 0, last;
	struct db *db;

	rs->type = "text/csv; charset=utf-8";
	rs->cache = CACHE_NEVER;
	resp_header(rs, "Content-Disposition", "attachment; filename=\"audit.csv\"");
	if (req_db(rq, &db, e) || export_audit_page(db, 0, rows, &page, &last, e) || resp_stream(rs, e))
		return e->code;
	while (page.len) {
		if (resp_send(rs, str_c(&page), page.len, e))
			return e->code;
		str_clear(&page);
		if (last == after)
			return OK;
		after = last;
		if (export_audit_page(db, after, rows, &page, &last, e))
			return e->code;
	}
	return OK;
}

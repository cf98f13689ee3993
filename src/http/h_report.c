/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of a fleet (core/fleet_report.h). */
#include <string.h>

#include "core/fleet_report.h"
#include "http/handlers.h"

int get_fleet_report(struct req *rq, struct resp *rs, struct err *e)
{
	const char *format = req_query(rq, "format");
	struct report_ask ask = { .group = req_query(rq, "group"),
				  .adapter = req_query(rq, "adapter"),
				  .cls = req_query(rq, "class"),
				  .now = rq->now };
	bool csv = format && !strcmp(format, "csv");
	OWN(fleet_report_free) struct fleet_report *r = NULL;
	struct scope scope;
	struct db *db;

	if (format && !csv && strcmp(format, "json") != 0)
		return err_set(e, ERR_INVALID, "the format is json or csv, not '%.32s'", format);
	if (req_query_int(rq, "days", 0, REPORT_DAYS_MAX, REPORT_DAYS, &ask.days, e) ||
	    req_scope(rq, &scope, e) || req_db(rq, &db, e) ||
	    fleet_report_make(db, scope, catalog_current(rq->view), &ask, &r, e))
		return (int)e->code;
	if (!csv) {
		fleet_report_json(r, &rs->body);
		return OK;
	}
	rs->type = "text/csv; charset=utf-8";
	resp_header(rs, "Content-Disposition", "attachment; filename=\"fleet.csv\"");
	fleet_report_csv(r, &rs->body);
	return OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* `firpath report ...`: the fleet counted (core/fleet_report.h). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/list.h"
#include "cli/show.h"
#include "core/fleet_report.h"

/* clang-format off */
const struct option_row report_fleet_options[] = {
	{ "group", 0, "WHAT", "a line is a model (default), firmware, class, status or organisation" },
	{ "adapter", 0, "NAME", "devices that speak this: dcc, ocpp, bbum ..." },
	{ "class", 0, "NAME", "devices of this class: ESME, GSME, CHF, HCALCS, PPMID ..." },
	{ "days", 0, "N", "CPA certificates that end within so many days expire soon; 90 unless given" },
	{ "org", 0, "NAME", "whose, for whoever sees several; - = nobody's" },
	{ "csv", 0, NULL, "all columns as CSV" },
	{ "output", 'o', "FILE", "with --csv: into this file instead" },
	END_OF_OPTIONS
};
/* clang-format on */

static int report_offline(struct call *c, int64_t days, struct str *out, struct err *e)
{
	struct report_ask ask = { .group = call_opt(c, "group"),
				  .adapter = call_opt(c, "adapter"),
				  .cls = call_opt(c, "class"),
				  .days = days,
				  .now = call_now(c) };
	OWN(fleet_report_free) struct fleet_report *r = NULL;
	const struct snapshot *s;
	struct db *db;

	if (call_has(c, "org"))
		return err_set(e, ERR_USAGE, "--org asks the service; a store is counted as a whole");
	if (call_db(c, false, false, &db, e) || call_snapshot(c, NULL, &s, e) ||
	    fleet_report_make(db, SCOPE_ALL, s, &ask, &r, e))
		return (int)e->code;
	if (call_has(c, "csv"))
		fleet_report_csv(r, out);
	else
		fleet_report_json(r, out);
	return OK;
}

static int report_online(struct call *c, int64_t days, struct str *out, struct err *e)
{
	struct client_send s = { .accept = "*/*" };
	STR(url, 4 * KIB);
	struct client *client;
	char n[24];

	str_add(&url, "/v1/reports/fleet");
	url_add(&url, "group", call_opt(c, "group"));
	url_add(&url, "adapter", call_opt(c, "adapter"));
	url_add(&url, "class", call_opt(c, "class"));
	url_add(&url, "org", call_opt(c, "org"));
	url_add(&url, "format", call_has(c, "csv") ? "csv" : NULL);
	snprintf(n, sizeof n, "%" PRId64, days);
	url_add(&url, "days", n);
	s.path = str_c(&url);
	return call_client(c, &client, e) || client_run(client, &s, out, NULL, NULL, e) ? (int)e->code : OK;
}

int cmd_report_fleet(struct call *c, struct err *e)
{
	STR(out, ANSWER_MAX);
	int64_t days;

	if (call_has(c, "output") && !call_has(c, "csv"))
		return err_set(e, ERR_USAGE, "--output goes with --csv");
	if (call_opt_int(c, "days", 0, REPORT_DAYS_MAX, REPORT_DAYS, &days, e) ||
	    (call_offline(c) ? report_offline(c, days, &out, e) : report_online(c, days, &out, e)))
		return (int)e->code;
	if (!call_has(c, "csv"))
		return call_show(c, &out, show_fleet_report, e);
	if (call_has(c, "output"))
		return file_replace(call_opt(c, "output"), str_c(&out), out.len, e);
	return call_write(c, str_c(&out), out.len, e);
}

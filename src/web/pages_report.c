/* SPDX-License-Identifier: Apache-2.0 */
/* The fleet counted by what it runs, as bars and as a table that says the same (core/fleet_report.h). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/fleet_report.h"
#include "web/chart.h"
#include "web/page.h"
#include "web/words.h"

#define LINES_SHOWN 200

/* What the form of the page offers beside its numbers; an empty field does not filter. */
static const char *const names[] = { "group", "class", "adapter", "days", NULL };

static const char *asked(const struct req *rq, const char *name)
{
	const char *v = req_query(rq, name);

	return v && *v ? v : NULL;
}

/* As people read it; models of chargers by their names. */
static void label_put(const struct json *report, const struct json *line, struct str *out)
{
	const char *group = json_text(json_get(report, "group"));
	const char *key = json_text(json_get(line, group));

	if (!strcmp(group, "status") || !strcmp(group, "class")) {
		const char *word = word_of(*group == 's' ? "distance_word" : "class_word", key ? key : "");

		str_add(out, word ? word : key);
	} else if (!strcmp(group, "organisation")) {
		str_add(out, key ? key : "nobody's");
	} else if (json_text(json_get(line, "model"))) {
		words_named(json_get(line, "model"), out);
	} else {
		str_add(out, "not known");
	}
	if (!strcmp(group, "firmware") && json_text(json_get(line, "version")))
		str_addf(out, " %s", json_text(json_get(line, "version")));
	str_addc(out, 0); /* they stand one behind the other */
}

static void draw(const struct json *report, struct str *svg)
{
	const struct json *lines = json_get(report, "lines");
	size_t n = json_len(lines) < CHART_BARS ? json_len(lines) : CHART_BARS;
	size_t at[CHART_BARS];
	struct chart_bar bars[CHART_BARS];
	char title[80], says[250];
	struct chart c = { .title = title,
			   .says = says,
			   .parts = { "newest", "behind it", "no stated way", "not known" },
			   .bars = bars,
			   .n = n };
	STR(labels, 64 * KIB);

	snprintf(title, sizeof title, "Devices by %s", json_text(json_get(report, "group")));
	snprintf(
	    says, sizeof says,
	    "One bar for each of the %zu lines with the most devices: how many run the newest firmware, are "
	    "behind it, have no stated way to it, or run something unknown. The table below says the same.",
	    n);
	for (size_t i = 0; i < n; i++) {
		at[i] = labels.len;
		label_put(report, json_at(lines, i), &labels);
	}
	for (size_t i = 0; i < n; i++) {
		const struct json *l = json_at(lines, i);

		bars[i] = (struct chart_bar){ .label = str_c(&labels) + at[i],
					      .part = { json_int(json_get(l, "latest"), 0),
							json_int(json_get(l, "behind"), 0),
							json_int(json_get(l, "path_unknown"), 0) +
							    json_int(json_get(l, "no_path"), 0),
							json_int(json_get(l, "no_entry"), 0) } };
	}
	chart_draw(&c, svg);
}

static void put_filter(struct page *p, const struct req *rq, const struct report_ask *ask)
{
	struct jw *w = &p->w;
	STR(csv, 2 * KIB);
	bool any = false;

	str_add(&csv, "/v1/reports/fleet");
	jw_key(w, "filter");
	jw_obj(w);
	for (int i = 0; names[i]; i++) {
		const char *v = asked(rq, names[i]);

		link_query(&csv, names[i], v);
		any = any || v;
		if (strcmp(names[i], "days") != 0)
			jw_kstr(w, names[i], v ? v : "");
	}
	link_query(&csv, "format", "csv");
	jw_kint(w, "days", ask->days);
	jw_kbool(w, "any", any);
	jw_end(w);
	jw_kstr(w, "csv", str_c(&csv));
}

int page_fleet_report(struct req *rq, struct resp *rs, struct err *e)
{
	struct page_head head = { .section = "reports", .title = "What the fleet runs" };
	struct report_ask ask = { .group = asked(rq, "group"),
				  .adapter = asked(rq, "adapter"),
				  .cls = asked(rq, "class"),
				  .days = REPORT_DAYS,
				  .now = rq->now };
	const struct snapshot *s = catalog_current(rq->view);
	OWN(fleet_report_free) struct fleet_report *r = NULL;
	OWN(json_free) struct json *j = NULL;
	OWN(page_done) struct page p = { 0 };
	STR(svg, CHART_BYTES);
	STR(json, 4 * MIB);
	struct db *db;

	if ((asked(rq, "days") && req_query_int(rq, "days", 0, REPORT_DAYS_MAX, REPORT_DAYS, &ask.days, e)) ||
	    req_db(rq, &db, e) || fleet_report_make(db, scope_read(&rq->who), s, &ask, &r, e))
		return (int)e->code;
	if (r->n > LINES_SHOWN) {
		r->left_out += (int64_t)(r->n - LINES_SHOWN);
		r->n = LINES_SHOWN;
	}
	fleet_report_json(r, &json);
	if (json_parse(str_c(&json), json.len, &j, e))
		return (int)e->code;
	draw(j, &svg);
	const struct template_raw raw[] = { { "svg", str_c(&svg), svg.len }, { NULL, NULL, 0 } };
	rs->cache = CACHE_CHECK;
	page_begin(&p, rq, rs, s, &head);
	page_raw(&p, "report", &json);
	put_filter(&p, rq, &ask);
	return page_end(&p, "fleet-report", raw, e);
}

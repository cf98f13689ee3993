/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of a fleet as JSON and CSV. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "core/export.h"
#include "core/fleet_report.h"

/* Members of a line before its counts, by group. */
#define IN(g) (1u << BY_##g)
enum kind { TEXT, NUMBER, DATE, FLAG };
static const struct member {
	const char *name;
	enum kind kind;
	size_t offset;
	unsigned groups;
} members[] = {
#define MEMBER(name, kind, member, groups)                                                                   \
	{                                                                                                    \
		name, kind, offsetof(struct report_line, member), groups                                     \
	}
	MEMBER("model", TEXT, model, IN(MODEL) | IN(FIRMWARE)),
	MEMBER("catalogued", FLAG, catalogued, IN(MODEL) | IN(FIRMWARE)),
	MEMBER("version", TEXT, version, IN(FIRMWARE)),
	MEMBER("entry", TEXT, entry, IN(FIRMWARE)),
	MEMBER("class", TEXT, cls, IN(MODEL) | IN(FIRMWARE) | IN(CLASS)),
	MEMBER("entry_status", TEXT, status, IN(FIRMWARE)),
	MEMBER("status", TEXT, path, IN(FIRMWARE) | IN(STATUS)),
	MEMBER("hops", NUMBER, hops, IN(FIRMWARE)),
	MEMBER("newest", TEXT, newest, IN(FIRMWARE)),
	MEMBER("reachable", TEXT, reachable, IN(FIRMWARE)),
	MEMBER("cpa_until", DATE, cpa_until, IN(FIRMWARE)),
	MEMBER("organisation", TEXT, organisation, IN(ORGANISATION)),
#undef MEMBER
	{ NULL, TEXT, 0, 0 },
};

static const char *text_at(const struct report_line *l, const struct member *m)
{
	return *(const char *const *)(const void *)((const char *)l + m->offset);
}

static bool flag_at(const struct report_line *l, const struct member *m)
{
	return *(const bool *)(const void *)((const char *)l + m->offset);
}

static int64_t number_at(const void *of, size_t offset)
{
	return *(const int64_t *)(const void *)((const char *)of + offset);
}

static bool stands(const struct fleet_report *r, const struct member *m)
{
	return m->groups >> r->group & 1u;
}

/* One digit behind the point. */
static void percent_say(int64_t part, int64_t whole, char *buf, size_t size)
{
	int64_t p = whole > 0 ? (part * 2000 + whole) / (2 * whole) : 0;

	snprintf(buf, size, "%" PRId64 ".%" PRId64, p / 10, p % 10);
}

static void counts_json(const struct report_counts *n, struct jw *w)
{
	for (const struct report_column *c = report_columns; c->name; c++)
		jw_kint(w, c->name, number_at(n, c->offset));
}

static void line_json(const struct fleet_report *r, const struct report_line *l, struct jw *w)
{
	char percent[24];

	jw_obj(w);
	for (const struct member *m = members; m->name; m++) {
		if (!stands(r, m))
			continue;
		jw_key(w, m->name);
		if (m->kind == TEXT)
			jw_str(w, text_at(l, m));
		else if (m->kind == FLAG)
			jw_bool(w, flag_at(l, m));
		else if (m->kind == DATE)
			jw_date(w, number_at(l, m->offset));
		else if (number_at(l, m->offset) < 0)
			jw_null(w);
		else
			jw_int(w, number_at(l, m->offset));
	}
	counts_json(&l->n, w);
	percent_say(l->n.devices, r->total.devices, percent, sizeof percent);
	jw_key(w, "percent");
	jw_raw(w, percent, strlen(percent));
	percent_say(l->n.latest, l->n.devices, percent, sizeof percent);
	jw_key(w, "percent_latest");
	jw_raw(w, percent, strlen(percent));
	jw_end(w);
}

void fleet_report_json(const struct fleet_report *r, struct str *out)
{
	struct jw w = jw_start(out);
	char percent[24];

	jw_obj(&w);
	jw_kstr(&w, "group", report_group_text[r->group]);
	jw_kint(&w, "days", r->days);
	jw_kint(&w, "revision", r->revision);
	jw_ktime(&w, "revision_at", r->revision_at);
	jw_kdate(&w, "as_at", r->today);
	jw_key(&w, "total");
	jw_obj(&w);
	counts_json(&r->total, &w);
	percent_say(r->total.latest, r->total.devices, percent, sizeof percent);
	jw_key(&w, "percent_latest");
	jw_raw(&w, percent, strlen(percent));
	jw_end(&w);
	jw_key(&w, "lines");
	jw_arr(&w);
	for (size_t i = 0; i < r->n; i++)
		line_json(r, &r->lines[i], &w);
	jw_arr_end(&w);
	jw_kint(&w, "left_out", r->left_out);
	jw_end(&w);
	str_addc(out, '\n');
}

static void line_csv(const struct fleet_report *r, const struct report_line *l, struct str *out)
{
	char percent[24], date[TIME_TEXT];

	for (const struct member *m = members; m->name; m++) {
		if (!stands(r, m))
			continue;
		if (m->kind == TEXT)
			csv_field(out, text_at(l, m));
		else if (m->kind == FLAG)
			str_add(out, flag_at(l, m) ? "true" : "false");
		else if (m->kind == DATE && number_at(l, m->offset) >= 0)
			str_add(out, date_text(number_at(l, m->offset), date));
		else if (m->kind == NUMBER && number_at(l, m->offset) >= 0)
			str_addf(out, "%" PRId64, number_at(l, m->offset));
		str_addc(out, ',');
	}
	for (const struct report_column *c = report_columns; c->name; c++)
		str_addf(out, "%" PRId64 ",", number_at(&l->n, c->offset));
	percent_say(l->n.devices, r->total.devices, percent, sizeof percent);
	str_addf(out, "%s,", percent);
	percent_say(l->n.latest, l->n.devices, percent, sizeof percent);
	str_addf(out, "%s\r\n", percent);
}

void fleet_report_csv(const struct fleet_report *r, struct str *out)
{
	for (const struct member *m = members; m->name; m++)
		if (stands(r, m))
			str_addf(out, "%s,", m->name);
	for (const struct report_column *c = report_columns; c->name; c++)
		str_addf(out, "%s,", c->name);
	str_add(out, "percent,percent_latest\r\n");
	for (size_t i = 0; i < r->n; i++)
		line_csv(r, &r->lines[i], out);
}

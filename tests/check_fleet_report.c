/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of a fleet (feature 24): what is counted where, whose devices, and that every device is counted
 * once in every grouping. */
#include "fleet_kit.h"

#include "base/parse.h"
#include "core/fleet_report.h"
#include "core/people.h"
#include "store/store_fleet.h"

static struct fleet_report *report_of(struct kit *k, struct scope scope, const char *group,
				      const char *adapter)
{
	struct report_ask ask = {
		.group = group, .adapter = adapter, .days = REPORT_DAYS, .now = k->now + 5 * 3600000
	};
	struct fleet_report *r = NULL;
	struct err e;

	ck_ok(fleet_report_make(k->db, scope, kit_snap(k), &ask, &r, &e));
	return r;
}
#define REPORT(name, group)                                                                                  \
	OWN(fleet_report_free) struct fleet_report *name = report_of(&k, SCOPE_ALL, group, NULL)

static const struct report_line *line_of(const struct fleet_report *r, const char *key)
{
	for (size_t i = 0; i < r->n; i++)
		if (!strcmp(r->lines[i].key, key))
			return &r->lines[i];
	ck_abort_msg("no line '%s'", key);
	return NULL;
}

/* n devices that run a version. */
static void devices(struct kit *k, const char *prefix, int n, const char *identity, const char *adapter)
{
	STR(csv, 64 * KIB);

	str_add(&csv, "name,adapter,identity\n");
	for (int i = 0; i < n; i++)
		str_addf(&csv, "%s-%d,%s,%s\n", prefix, i, adapter, identity);
	kit_import(k, str_c(&csv));
}

static void fleet_fill(struct kit *k)
{
	char id[32];

	devices(k, "one", 3, kit_identity(1, id), "fake");
	devices(k, "four", 1, kit_identity(4, id), "fake");
	devices(k, "five", 2, kit_identity(5, id), "bbum");
	devices(k, "six", 4, kit_identity(6, id), "fake");
	devices(k, "odd", 1, KIT_MODEL ":0BADF00D", "fake");
	devices(k, "mute", 2, "", "bbum");
}

START_TEST(feature_24_a_fleet_is_counted_by_distance_and_by_what_is_not_known)
{
	KIT(k, 1);

	fleet_fill(&k);
	REPORT(r, NULL);
	ck_assert_int_eq(r->total.devices, 13);
	ck_assert_int_eq(r->total.latest, 4);
	ck_assert_int_eq(r->total.behind, 6);
	ck_assert_int_eq(r->total.one_hop, 2);
	ck_assert_int_eq(r->total.two_hops, 1);
	ck_assert_int_eq(r->total.more_hops, 3);
	ck_assert_int_eq(r->total.no_entry, 3);
	ck_assert_int_eq(r->total.unknown, 1);
	ck_assert_int_eq(r->total.not_reported, 2);
	/* What the catalogue does not know counts with its model. */
	ck_assert_uint_eq(r->n, 2);
	ck_assert_str_eq(r->lines[0].key, KIT_MODEL);
	ck_assert_int_eq(r->lines[0].n.devices, 11);
	ck_assert_int_eq(line_of(r, "unknown")->n.not_reported, 2);

	REPORT(f, "firmware");
	ck_assert_uint_eq(f->n, 6);
	ck_assert_str_eq(f->lines[0].entry, "000006");
	ck_assert_int_eq(f->lines[0].hops, 0);
	ck_assert_str_eq(line_of(f, KIT_MODEL " 00000100 000001")->newest, "000006");
	ck_assert_int_eq(line_of(f, KIT_MODEL " 00000100 000001")->hops, 5);
	ck_assert_ptr_null(line_of(f, KIT_MODEL " 0BADF00D unknown-firmware")->entry);

	REPORT(s, "status");
	ck_assert_int_eq(line_of(s, "more-hops")->n.devices, 3);
	ck_assert_int_eq(line_of(s, "latest")->n.devices, 4);
	ck_assert_int_eq(line_of(s, "not-reported")->n.devices, 2);
	ck_assert_int_eq(line_of(s, "unknown-firmware")->n.devices, 1);
}
END_TEST

START_TEST(feature_24_Removed_and_CPA_are_counted_beside_the_distance)
{
	KIT(k, 2);
	int64_t day = KIT_START - KIT_START % MS_PER_DAY;

	fleet_fill(&k);
	kit_state_put(&k, 1, true, 'E', day - 1);
	kit_state_put(&k, 4, false, 'E', day + (REPORT_DAYS - 1) * MS_PER_DAY);
	kit_state_put(&k, 5, false, 'E', day + REPORT_DAYS * MS_PER_DAY);
	kit_state_put(&k, 6, false, 'R', day - MS_PER_DAY);
	REPORT(r, NULL);
	ck_assert_int_eq(r->total.removed, 3);
	ck_assert_int_eq(r->total.cpa_expired, 3);
	ck_assert_int_eq(r->total.cpa_expiring, 1);
	ck_assert_int_eq(r->total.cpa_renewal, 4);
	ck_assert_int_eq(r->total.devices, 13);
	REPORT(f, "firmware");
	ck_assert_str_eq(line_of(f, KIT_MODEL " 00000100 000001")->status, "Removed");
	ck_assert_int_eq(line_of(f, KIT_MODEL " 00000600 000006")->cpa_until, day - MS_PER_DAY);
}
END_TEST

START_TEST(feature_24_an_unknown_path_is_told_apart_from_none)
{
	KIT(k, 3);
	char id[32];

	devices(&k, "six", 2, kit_identity(6, id), "fake");
	kit_entry(&k, 7, 0, 0, NULL, NULL); /* newer, and nobody says how it is reached */
	REPORT(r, "status");
	ck_assert_int_eq(line_of(r, "path-unknown")->n.devices, 2);
	ck_assert_int_eq(r->total.path_unknown, 2);
	kit_entry(&k, 8, 0, 1, NULL, NULL); /* newer still, and it is said: only from 1 */
	REPORT(none, "status");
	ck_assert_int_eq(line_of(none, "no-path")->n.devices, 2);
	ck_assert_int_eq(none->total.no_path, 2);
}
END_TEST

/* Who sees what. */
START_TEST(T34_whoever_has_an_organisation_is_told_of_its_own_devices_only)
{
	KIT(k, 4);
	struct actor who = kit_who(&k);
	struct org north = { .name = "North", .kind = "supplier" },
		   south = { .name = "South", .kind = "supplier" };
	struct org a, b;
	struct err e;

	fleet_fill(&k);
	ck_ok(org_add(k.db, &who, &north, &a, &e));
	ck_ok(org_add(k.db, &who, &south, &b, &e));
	ck_ok(fleet_give(k.db, SCOPE_ALL, &who, "one-0", a.id, &e));
	ck_ok(fleet_give(k.db, SCOPE_ALL, &who, "odd-0", a.id, &e));
	ck_ok(fleet_give(k.db, SCOPE_ALL, &who, "mute-1", b.id, &e));
	OWN(fleet_report_free)
	struct fleet_report *own = report_of(&k, (struct scope){ a.id, a.id }, "organisation", NULL);
	ck_assert_int_eq(own->total.devices, 2);
	ck_assert_int_eq(own->total.more_hops, 1);
	ck_assert_int_eq(own->total.unknown, 1);
	ck_assert_uint_eq(own->n, 1);
	ck_assert_str_eq(own->lines[0].organisation, "North");
	OWN(fleet_report_free)
	struct fleet_report *nobodys = report_of(&k, (struct scope){ SEES_UNOWNED, 0 }, NULL, NULL);
	ck_assert_int_eq(nobodys->total.devices, 10);
	OWN(fleet_report_free)
	struct fleet_report *none = report_of(&k, (struct scope){ SEES_NOTHING, 0 }, NULL, NULL);
	ck_assert_int_eq(none->total.devices, 0);
	ck_assert_uint_eq(none->n, 0);
	/* An asset provider's devices are with several: who sees all sees each. */
	OWN(fleet_report_free) struct fleet_report *all = report_of(&k, SCOPE_ALL, "organisation", NULL);
	ck_assert_uint_eq(all->n, 3);
	ck_assert_int_eq(line_of(all, "-")->n.devices, 10);
	ck_assert_int_eq(line_of(all, "South")->n.not_reported, 1);
}
END_TEST

/* Column by column over the lines of every grouping, and filtered by adapter. */
START_TEST(every_device_is_counted_once_in_every_grouping)
{
	KIT(k, 5);
	OWN(fleet_report_free) struct fleet_report *fake = NULL, *bbum = NULL;

	fleet_fill(&k);
	for (int g = 0; g < BY_GROUPS; g++) {
		OWN(fleet_report_free)
		struct fleet_report *r = report_of(&k, SCOPE_ALL, report_group_text[g], NULL);
		const struct report_counts *t = &r->total;

		for (const struct report_column *c = report_columns; c->name; c++) {
			int64_t sum = 0;

			for (size_t i = 0; i < r->n; i++)
				sum += *(int64_t *)(void *)((char *)&r->lines[i].n + c->offset);
			ck_assert_msg(sum == *(int64_t *)(void *)((char *)&r->total + c->offset), "%s by %s",
				      c->name, report_group_text[g]);
		}
		ck_assert_int_eq(t->devices,
				 t->latest + t->behind + t->path_unknown + t->no_path + t->no_entry);
		ck_assert_int_eq(t->behind, t->one_hop + t->two_hops + t->more_hops);
		ck_assert_int_eq(t->no_entry, t->not_reported + t->unknown + t->ambiguous + t->hash_differs);
		for (size_t i = 1; i < r->n; i++)
			ck_assert_int_ge(r->lines[i - 1].n.devices, r->lines[i].n.devices);
	}
	fake = report_of(&k, SCOPE_ALL, NULL, "fake");
	bbum = report_of(&k, SCOPE_ALL, NULL, "bbum");
	ck_assert_int_eq(fake->total.devices, 9);
	ck_assert_int_eq(bbum->total.devices, 4);
	ck_assert_int_eq(bbum->total.not_reported, 2);
}
END_TEST

/* JSON and CSV of one report: the same members in the same order. */
START_TEST(json_and_csv_say_the_same)
{
	KIT(k, 6);

	fleet_fill(&k);
	for (int g = 0; g < BY_GROUPS; g++) {
		OWN(fleet_report_free)
		struct fleet_report *r = report_of(&k, SCOPE_ALL, report_group_text[g], NULL);
		OWN(json_free) struct json *j = NULL;
		STR(json, MIB);
		STR(csv, MIB);
		STR(same, MIB);
		const struct json *lines;
		struct err e;

		fleet_report_json(r, &json);
		fleet_report_csv(r, &csv);
		ck_ok(json_parse(str_c(&json), json.len, &j, &e));
		lines = json_get(j, "lines");
		ck_assert_uint_eq(json_len(lines), r->n);
		for (size_t i = 0; i <= json_len(lines); i++) {
			const struct json *l = json_at(lines, i ? i - 1 : 0);

			for (size_t m = 0; m < json_len(l); m++) {
				STR(value, KIB);
				const struct json *v;
				const char *name = json_member(l, m, &v);

				if (json_text(v))
					str_add(&value, json_text(v));
				else if (v)
					json_print(v, &value, false);
				str_addf(&same, "%s%s", m ? "," : "", i ? str_c(&value) : name);
			}
			str_add(&same, "\r\n");
		}
		ck_assert_str_eq(str_c(&csv), str_c(&same));
	}
}
END_TEST

START_TEST(a_question_that_is_none_is_refused)
{
	KIT(k, 7);
	struct report_ask ask = { .group = "colour", .days = 1, .now = k.now };
	struct fleet_report *r = NULL;
	struct err e;

	ck_refused(fleet_report_make(k.db, SCOPE_ALL, kit_snap(&k), &ask, &r, &e), ERR_INVALID, "colour");
	ask = (struct report_ask){ .days = -1, .now = k.now };
	ck_refused(fleet_report_make(k.db, SCOPE_ALL, kit_snap(&k), &ask, &r, &e), ERR_INVALID, "days");
	ask.days = REPORT_DAYS_MAX + 1;
	ck_refused(fleet_report_make(k.db, SCOPE_ALL, kit_snap(&k), &ask, &r, &e), ERR_INVALID, "3650");
	ck_assert_ptr_null(r);
}
END_TEST

int main(void)
{
	const TTest *const all[] = {
		feature_24_a_fleet_is_counted_by_distance_and_by_what_is_not_known,
		feature_24_Removed_and_CPA_are_counted_beside_the_distance,
		feature_24_an_unknown_path_is_told_apart_from_none,
		T34_whoever_has_an_organisation_is_told_of_its_own_devices_only,
		every_device_is_counted_once_in_every_grouping,
		json_and_csv_say_the_same,
		a_question_that_is_none_is_refused,
	};

	return STORES_RUN("fleet_report", all, 120);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Windows in local time and the zones behind them (feature 16). The second opinion on local time is libc's,
 * from the system's own zone files; on what is in a window it is a bitmap of the week. */
#include "testing.h"

#include <time.h>

#include "base/rnd.h"
#include "base/str.h"
#include "base/tz.h"
#include "model/window.h"

#define MINUTE INT64_C(60000)
#define WEEK 10080 /* minutes */

/* ---- the text ---- */

static const struct {
	const char *text;
	int n, days, from, until; /* of the first */
} good[] = {
	{ "", 0, 0, 0, 0 },
	{ "  ", 0, 0, 0, 0 },
	{ "01:00-05:00", 1, 0x7f, 60, 300 },
	{ "mo-fr 01:00-05:00, sa-su 00:00-06:00", 2, 0x1f, 60, 300 },
	{ "SU 23:59 - 24:00", 1, 0x40, 1439, 1440 },
	{ "sa-mo 22:00-04:00", 1, 0x61, 1320, 240 },
	{ "tu-tu00:00-00:00", 1, 0x02, 0, 0 },
	{ "we - th 10:00-10:01,fr 00:00-00:01", 2, 0x0c, 600, 601 },
};
START_TEST(windows_are_read_as_their_grammar_says)
{
	struct err e = { 0 };

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct windows w;

		ck_ok(windows_parse(good[i].text, &w, &e));
		ck_assert_msg(w.n == good[i].n, "'%s' has %d windows", good[i].text, w.n);
		if (!w.n)
			continue;
		ck_assert_int_eq(w.v[0].days, good[i].days);
		ck_assert_int_eq(w.v[0].from, good[i].from);
		ck_assert_int_eq(w.v[0].until, good[i].until);
	}
}
END_TEST

static const struct {
	const char *text;
	int64_t col;
	const char *words;
} bad[] = {
	{ "mo", 3, "hh:mm" },
	{ "xx 01:00-02:00", 1, "mo, tu" },
	{ "mon 01:00-02:00", 1, "mo, tu" },
	{ "mo-xx 01:00-02:00", 4, "mo, tu" },
	{ "mo- 01:00-02:00", 5, "mo, tu" },
	{ "1:00-2:00", 1, "hh:mm" },
	{ "01:60-02:00", 1, "begins between" },
	{ "24:00-02:00", 1, "begins between" },
	{ "01:00-24:01", 7, "ends between" },
	{ "01:00-02:77", 7, "ends between" },
	{ "01:00 02:00", 7, "stands '-'" },
	{ "01:00-02:00;", 12, "comma" },
	{ "01:00-02:00 03:00-04:00", 13, "comma" },
	{ "01:00-02:00,", 13, "after a comma" },
	{ "01:00-02:00,,03:00-04:00", 13, "hh:mm" },
	{ "-01:00-02:00", 1, "hh:mm" },
	{ "01:00-02:0", 7, "hh:mm" },
};
START_TEST(a_fault_in_windows_is_named_with_its_place_and_changes_nothing)
{
	struct err e = { 0 };
	STR(many, 400);

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct windows w = { .n = 7 };

		ck_refused(windows_parse(bad[i].text, &w, &e), ERR_INVALID, bad[i].words);
		ck_assert_msg(e.col == bad[i].col, "'%s': column %lld", bad[i].text, (long long)e.col);
		ck_assert_int_eq(w.n, 7);
	}
	str_add(&many, "01:00-02:00");
	for (int i = 1; i < WINDOWS_MAX; i++)
		str_add(&many, ",01:00-02:00");
	struct windows w;

	ck_ok(windows_parse(str_c(&many), &w, &e));
	ck_assert_int_eq(w.n, WINDOWS_MAX);
	str_add(&many, ",01:00-02:00");
	ck_refused(windows_parse(str_c(&many), &w, &e), ERR_INVALID, "14 windows");
}
END_TEST

/* ---- zones ---- */

static void zone_of_libc(const char *zone)
{
	char path[128];

	snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", zone);
	ck_assert_msg(access(path, R_OK) == 0, "%s is missing: install tzdata", path);
	setenv("TZ", zone, 1);
	tzset();
}

static struct tm clock_of_libc(int64_t at)
{
	time_t t = (time_t)(at / 1000);
	struct tm tm;

	ck_assert_ptr_nonnull(localtime_r(&t, &tm));
	return tm;
}

static int64_t utc(int year, int month, int day, int hour, int minute)
{
	struct tm tm = {
		.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour, .tm_min = minute
	};

	return (int64_t)timegm(&tm) * 1000;
}

static const char *const zones[] = {
	"UTC",          "Europe/London",    "Europe/Berlin",  "America/St_Johns", "Australia/Lord_Howe",
	"Pacific/Apia", "Antarctica/Troll", "Asia/Kathmandu", "America/New_York"
};
#define ZONES (sizeof zones / sizeof *zones)

START_TEST(offsets_are_those_of_the_system_at_any_moment_in_any_order)
{
	struct rnd r = rnd_seeded(16);
	struct err e = { 0 };

	for (size_t z = 0; z < ZONES; z++) {
		OWN(tz_free) struct tz *tz = NULL;

		ck_ok(tz_open(zones[z], &tz, &e));
		zone_of_libc(zones[z]);
		for (int i = 0; i < 1500; i++) {
			int64_t at = utc(1990, 1, 1, 0, 0) +
				     (int64_t)rnd_below(&r, 47 * 365) * 1440 * MINUTE +
				     (int64_t)rnd_below(&r, 86400000);

			ck_assert_msg(tz_offset(tz, at) == clock_of_libc(at).tm_gmtoff * 1000,
				      "%s at %lld: %lld", zones[z], (long long)at,
				      (long long)tz_offset(tz, at));
		}
	}
}
END_TEST

START_TEST(a_name_that_is_no_zone_is_refused_and_not_read_as_GMT)
{
	static const char *const none[] = { "",
					    "Europe/Londn",
					    "Mars/Phobos",
					    "GMT+1",
					    "GMT+01:00",
					    "BST",
					    "IST",
					    "Etc/Unknown",
					    "europe",
					    "Europe/",
					    "/etc/passwd",
					    "Europe/London ",
					    "Europe/L\xc3\xb6ndon",
					    "London" };
	static const char *const some[] = { "UTC", "GMT", "CET", "Etc/UTC",
					    "America/Argentina/Buenos_Aires" };
	struct err e = { 0 };
	char longest[300];

	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		struct tz *tz = NULL;

		ck_assert_msg(tz_open(none[i], &tz, &e) == ERR_INVALID, "'%s' was taken", none[i]);
		ck_assert_ptr_null(tz);
	}
	memset(longest, 'a', sizeof longest - 1);
	longest[10] = '/';
	longest[sizeof longest - 1] = 0;
	struct tz *tz = NULL;

	ck_refused(tz_open(longest, &tz, &e), ERR_INVALID, "no time zone");
	for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
		OWN(tz_free) struct tz *z = NULL;

		ck_ok(tz_open(some[i], &z, &e));
	}
}
END_TEST

/* ---- examples that a person can follow ---- */

static void opens(const char *windows, const char *zone, int64_t at, bool open, int64_t until)
{
	OWN(tz_free) struct tz *tz = NULL;
	struct err e = { 0 };
	struct windows w;
	int64_t said = 0;

	ck_ok(windows_parse(windows, &w, &e));
	ck_ok(tz_open(zone, &tz, &e));
	ck_assert_msg(windows_open(&w, tz_offset, tz, at, &said) == open, "'%s' in %s", windows, zone);
	ck_assert_msg(said == until, "'%s' in %s: until %lld, not %lld", windows, zone, (long long)said,
		      (long long)until);
}

START_TEST(feature_16_windows_are_in_the_local_time_of_the_site)
{
	/* Summer: 01:00 in London is 00:00 UTC. */
	opens("01:00-05:00", "Europe/London", utc(2026, 7, 1, 0, 0), true, utc(2026, 7, 1, 4, 0));
	opens("01:00-05:00", "Europe/London", utc(2026, 7, 1, 4, 0), false, utc(2026, 7, 2, 0, 0));
	opens("01:00-05:00", "Europe/London", utc(2026, 1, 5, 0, 59), false, utc(2026, 1, 5, 1, 0));
	/* Friday night lasts into Saturday; the next is a week later. */
	opens("fr 22:00-04:00", "Europe/Berlin", utc(2026, 7, 3, 20, 0), true, utc(2026, 7, 4, 2, 0));
	opens("fr 22:00-04:00", "Europe/Berlin", utc(2026, 7, 4, 2, 0), false, utc(2026, 7, 10, 20, 0));
	opens("", "Europe/Berlin", utc(2026, 7, 4, 2, 0), true, -1);
	opens("00:00-24:00", "Europe/Berlin", utc(2026, 7, 4, 2, 0), true, -1);
	opens("mo-we 00:00-00:00, th-su 00:00-24:00", "Europe/Berlin", utc(2026, 7, 4, 2, 0), true, -1);
}
END_TEST

START_TEST(feature_16_on_the_day_a_clock_goes_forward_a_missing_time_is_the_moment_of_the_jump)
{
	/* London 2026-03-29: 01:00 becomes 02:00 at 01:00 UTC. */
	opens("01:30-03:00", "Europe/London", utc(2026, 3, 29, 0, 59), false, utc(2026, 3, 29, 1, 0));
	opens("01:30-03:00", "Europe/London", utc(2026, 3, 29, 1, 0), true, utc(2026, 3, 29, 2, 0));
	opens("00:30-01:30", "Europe/London", utc(2026, 3, 29, 0, 30), true, utc(2026, 3, 29, 1, 0));
	/* Wholly missing: not on that day. */
	opens("01:15-01:45", "Europe/London", utc(2026, 3, 29, 0, 59), false, utc(2026, 3, 30, 0, 15));
	/* A day that never was: Apia had no Friday 2011-12-30; its night is left of it. */
	opens("fr 22:00-04:00", "Pacific/Apia", utc(2011, 12, 30, 10, 0), true, utc(2011, 12, 30, 14, 0));
	opens("fr 08:00-09:00", "Pacific/Apia", utc(2011, 12, 30, 10, 0), false, utc(2012, 1, 5, 18, 0));
}
END_TEST

START_TEST(feature_16_on_the_day_a_clock_goes_back_a_time_that_comes_twice_counts_twice)
{
	/* London 2026-10-25: 02:00 becomes 01:00 at 01:00 UTC. */
	opens("01:00-01:30", "Europe/London", utc(2026, 10, 25, 0, 0), true, utc(2026, 10, 25, 0, 30));
	opens("01:00-01:30", "Europe/London", utc(2026, 10, 25, 0, 30), false, utc(2026, 10, 25, 1, 0));
	opens("01:00-01:30", "Europe/London", utc(2026, 10, 25, 1, 0), true, utc(2026, 10, 25, 1, 30));
	opens("01:00-05:00", "Europe/London", utc(2026, 10, 25, 0, 0), true, utc(2026, 10, 25, 5, 0));
	/* Half an hour: Lord Howe 2026-04-05, 02:00 becomes 01:30 at 15:00 UTC of the day before. */
	opens("01:30-01:40", "Australia/Lord_Howe", utc(2026, 4, 4, 14, 40), false, utc(2026, 4, 4, 15, 0));
	opens("01:30-01:40", "Australia/Lord_Howe", utc(2026, 4, 4, 15, 0), true, utc(2026, 4, 4, 15, 10));
}
END_TEST

/* ---- minute by minute around changes of the clock ---- */

static const struct {
	const char *zone;
	int y, m, d;
} changes[] = {
	{ "Europe/London", 2026, 3, 29 },
	{ "Europe/London", 2026, 10, 25 },
	{ "Europe/Berlin", 2026, 3, 29 },
	{ "Europe/Berlin", 2026, 10, 25 },
	{ "America/St_Johns", 2026, 3, 8 },
	{ "America/St_Johns", 2010, 11, 7 }, /* at one minute past midnight */
	{ "Australia/Lord_Howe", 2026, 4, 5 },
	{ "Australia/Lord_Howe", 2026, 10, 4 },
	{ "Pacific/Apia", 2011, 12, 30 },
	{ "Antarctica/Troll", 2026, 3, 29 },
	{ "Antarctica/Troll", 2026, 10, 25 },
	{ "Asia/Kathmandu", 2026, 1, 1 },
};
#define SPAN 5760 /* minutes looked at */

static void windows_random(struct rnd *r, struct windows *w, bool *week)
{
	memset(week, 0, WEEK);
	w->n = 1 + (int)rnd_below(r, 4);
	for (int i = 0; i < w->n; i++) {
		int from = (int)rnd_below(r, 1440), until = (int)rnd_below(r, 1441);

		if (rnd_below(r, 2)) { /* near where clocks are changed */
			from = (int)rnd_below(r, 8) * 30;
			until = (int)rnd_below(r, 10) * 30;
		}
		w->v[i].days = (uint8_t)(1 + rnd_below(r, 127));
		w->v[i].from = (int16_t)from;
		w->v[i].until = (int16_t)until;
		for (int d = 0; d < 7; d++)
			for (int m = from;
			     (w->v[i].days >> d & 1) && m < (until > from ? until : until + 1440); m++)
				week[(d * 1440 + m) % WEEK] = true;
	}
}

START_TEST(feature_16_windows_agree_with_the_system_clock_in_every_minute_around_a_change)
{
	struct rnd r = rnd_seeded(2026);
	struct err e = { 0 };

	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		OWN(tz_free) struct tz *tz = NULL;
		int64_t start = utc(changes[i].y, changes[i].m, changes[i].d, 0, 0) - 2880 * MINUTE;
		int at_minute[SPAN];

		ck_ok(tz_open(changes[i].zone, &tz, &e));
		zone_of_libc(changes[i].zone);
		for (int m = 0; m < SPAN; m++) {
			struct tm tm = clock_of_libc(start + m * MINUTE);

			at_minute[m] = (tm.tm_wday + 6) % 7 * 1440 + tm.tm_hour * 60 + tm.tm_min;
		}
		for (int set = 0; set < 12; set++) {
			bool week[WEEK];
			struct windows w;
			int64_t flip = -1, until;

			windows_random(&r, &w, week);
			for (int m = SPAN - 1; m >= 0; m--) {
				int64_t at = start + m * MINUTE;
				bool open = week[at_minute[m]];

				if (m + 1 < SPAN && week[at_minute[m + 1]] != open)
					flip = at + MINUTE;
				if (m % 7 && flip != at + MINUTE && set > 2)
					continue; /* the first sets in each minute, the others near the edges
						   */
				ck_assert_msg(windows_open(&w, tz_offset, tz, at, &until) == open,
					      "%s, set %d, minute %d", changes[i].zone, set, m);
				if (flip >= 0)
					ck_assert_msg(
					    until == flip, "%s, set %d, minute %d: until %lld, not %lld",
					    changes[i].zone, set, m, (long long)until, (long long)flip);
				else
					ck_assert(until < 0 || until >= start + SPAN * MINUTE);
			}
		}
	}
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		windows_are_read_as_their_grammar_says,
		a_fault_in_windows_is_named_with_its_place_and_changes_nothing,
		offsets_are_those_of_the_system_at_any_moment_in_any_order,
		a_name_that_is_no_zone_is_refused_and_not_read_as_GMT,
		feature_16_windows_are_in_the_local_time_of_the_site,
		feature_16_on_the_day_a_clock_goes_forward_a_missing_time_is_the_moment_of_the_jump,
		feature_16_on_the_day_a_clock_goes_back_a_time_that_comes_twice_counts_twice,
		feature_16_windows_agree_with_the_system_clock_in_every_minute_around_a_change,
	};

	return RUN_TESTS("window", all);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers, dates, hex, identifiers and near names. */
#include "base/network.h"
#include "base/parse.h"
#include "testing.h"

START_TEST(whole_numbers_are_taken_inside_their_limits_only)
{
	static const struct {
		const char *s;
		int64_t want;
	} good[] = { { "0", 0 },
		     { "-0", 0 },
		     { "7", 7 },
		     { "-5", -5 },
		     { "007", 7 },
		     { "9223372036854775807", INT64_MAX },
		     { "-9223372036854775807", -INT64_MAX } };
	static const char *const bad[] = { "",
					   "-",
					   "+1",
					   " 1",
					   "1 ",
					   "1.0",
					   "0x11",
					   "17,17",
					   "1e3",
					   "--1",
					   "\t1",
					   "1\n",
					   "９",
					   "99999999999999999999",
					   "9223372036854775808" };
	struct err e;
	int64_t v = 42;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		ck_ok(parse_i64(good[i].s, INT64_MIN, INT64_MAX, &v, &e));
		ck_assert_int_eq(v, good[i].want);
	}
	v = 42;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_refused(parse_i64(bad[i], INT64_MIN, INT64_MAX, &v, &e), ERR_INVALID, "");
	ck_refused(parse_i64("11", 1, 10, &v, &e), ERR_INVALID, "not between 1 and 10");
	ck_refused(parse_i64("0", 1, 10, &v, &e), ERR_INVALID, "not between 1 and 10");
	ck_assert_int_eq(v, 42);
	ck_ok(parse_i64("1", 1, 10, &v, &e));
	ck_ok(parse_i64("10", 1, 10, &v, &e));
	ck_assert_int_eq(v, 10);
}
END_TEST

START_TEST(digits_and_hex_stop_at_their_widths)
{
	uint64_t v = 42;

	ck_assert(parse_digits("9999999999999999999", 19, &v));
	ck_assert_uint_eq(v, UINT64_C(9999999999999999999));
	ck_assert(!parse_digits("10000000000000000000", 20, &v));
	ck_assert(!parse_digits("", 0, &v));
	ck_assert(!parse_digits("1a", 2, &v));
	ck_assert(parse_digits("1a", 1, &v));
	ck_assert_uint_eq(v, 1);
	ck_assert(parse_hex("FfFf0000ABCDef01", 16, &v));
	ck_assert_uint_eq(v, UINT64_C(0xFFFF0000ABCDEF01));
	ck_assert(!parse_hex("0FFFF0000ABCDEF01", 17, &v));
	ck_assert(!parse_hex("", 0, &v));
	ck_assert(!parse_hex("0x1", 3, &v));
	ck_assert(!parse_hex("1:2", 3, &v));
	ck_assert(!parse_hex("@", 1, &v) && !parse_hex("G", 1, &v) && !parse_hex("`", 1, &v) &&
		  !parse_hex("/", 1, &v));
}
END_TEST

START_TEST(hex_bytes_need_exactly_their_digits_and_leave_no_trace_otherwise)
{
	uint8_t b[3] = { 9, 9, 9 };

	ck_assert(!parse_hex_bytes("00040", 5, b, 3));
	ck_assert(!parse_hex_bytes("0004080", 7, b, 3));
	ck_assert(!parse_hex_bytes("00040g", 6, b, 3));
	ck_assert_int_eq(b[0] + b[1] + b[2], 27);
	ck_assert(parse_hex_bytes("00aBFf", 6, b, 3));
	ck_assert_int_eq(b[0], 0);
	ck_assert_int_eq(b[1], 0xAB);
	ck_assert_int_eq(b[2], 0xFF);
}
END_TEST

/* Days since 1970 as Python's datetime counts them. */
static const struct {
	int y, m, d;
	int64_t days;
} known_days[] = {
	{ 1970, 1, 1, 0 },       { 1970, 1, 2, 1 },         { 1969, 12, 31, -1 },    { 1972, 2, 29, 789 },
	{ 1972, 3, 1, 790 },     { 1999, 12, 31, 10956 },   { 2000, 1, 1, 10957 },   { 2000, 2, 29, 11016 },
	{ 2000, 3, 1, 11017 },   { 2001, 2, 28, 11381 },    { 2004, 2, 29, 12477 },  { 2022, 9, 21, 19256 },
	{ 2023, 6, 1, 19509 },   { 2024, 2, 29, 19782 },    { 2024, 12, 31, 20088 }, { 2026, 11, 20, 20777 },
	{ 2038, 1, 19, 24855 },  { 2099, 12, 31, 47481 },   { 2100, 2, 28, 47540 },  { 2100, 3, 1, 47541 },
	{ 2400, 2, 29, 157113 }, { 9999, 12, 31, 2932896 }, { 1900, 3, 1, -25508 },  { 1600, 2, 29, -135081 },
	{ 1, 1, 1, -719162 },
};

START_TEST(known_dates_convert_both_ways)
{
	for (size_t i = 0; i < sizeof known_days / sizeof *known_days; i++) {
		int64_t ms = known_days[i].days * MS_PER_DAY;
		int y, m, d;

		ck_assert_int_eq(time_from_ymd(known_days[i].y, known_days[i].m, known_days[i].d), ms);
		for (int64_t in_day = 0; in_day < MS_PER_DAY; in_day += MS_PER_DAY - 1) {
			time_to_ymd(ms + in_day, &y, &m, &d);
			ck_assert_int_eq(y, known_days[i].y);
			ck_assert_int_eq(m, known_days[i].m);
			ck_assert_int_eq(d, known_days[i].d);
		}
	}
}
END_TEST

START_TEST(every_day_of_a_thousand_years_follows_the_one_before)
{
	static const int len[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int y = 1600, m = 1, d = 1, y2, m2, d2;
	char buf[TIME_TEXT];
	int64_t back;
	struct err e;

	for (int64_t ms = time_from_ymd(1600, 1, 1); y < 2600; ms += MS_PER_DAY) {
		bool leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);

		time_to_ymd(ms, &y2, &m2, &d2);
		if (y2 != y || m2 != m || d2 != d || time_from_ymd(y, m, d) != ms)
			ck_abort_msg("%04d-%02d-%02d came back as %04d-%02d-%02d", y, m, d, y2, m2, d2);
		if (ms >= 0 && (parse_time(date_text(ms, buf), &back, &e) || back != ms))
			ck_abort_msg("%s does not read back", buf);
		if (++d > len[m - 1] + (m == 2 && leap)) {
			d = 1;
			m = m % 12 + 1;
			y += m == 1;
		}
	}
}
END_TEST

START_TEST(rfc3339_times_are_read_with_zone_and_fraction)
{
	static const struct {
		const char *s;
		int64_t ms;
	} good[] = {
		{ "1970-01-01", 0 },
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2026-11-20T09:00:00Z", 1795165200000 },
		{ "2026-11-20t09:00:00z", 1795165200000 },
		{ "2026-11-20T10:00:00+01:00", 1795165200000 },
		{ "2026-11-20T03:30:00-05:30", 1795165200000 },
		{ "2026-11-20T09:00:00-00:00", 1795165200000 },
		{ "2026-11-20T09:00:00.1Z", 1795165200100 },
		{ "2026-11-20T09:00:00.123Z", 1795165200123 },
		{ "2026-11-20T09:00:00.123999999Z", 1795165200123 },
		{ "2026-11-20T09:00:00.000+00:00", 1795165200000 },
		{ "2024-02-29", 1709164800000 },
		{ "2024-02-29T23:59:59.999Z", 1709251199999 },
		{ "2038-01-19T03:14:08Z", 2147483648000 },
		{ "9999-12-31T23:59:59Z", 253402300799000 },
	};
	int64_t ms;
	struct err e;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		ck_ok(parse_time(good[i].s, &ms, &e));
		ck_assert_msg(ms == good[i].ms, "%s gave %lld", good[i].s, (long long)ms);
	}
}
END_TEST

START_TEST(what_is_no_date_is_refused_and_nothing_is_written)
{
	static const char *const bad[] = {
		"",
		"2023",
		"2023-06",
		"2023-6-1",
		"2023-06-1",
		"23-06-01",
		"2023/06/01",
		"01-06-2023",
		"2023-13-01",
		"2023-00-01",
		"2023-01-00",
		"2023-02-29",
		"2100-02-29",
		"2023-04-31",
		"2023-06-01 ",
		" 2023-06-01",
		"1969-12-31",
		"0000-01-01",
		"20230601T",
		"2026-11-20T09:00:00",
		"2026-11-20 09:00:00Z",
		"2026-11-20T9:00:00Z",
		"2026-11-20T24:00:00Z",
		"2026-11-20T09:60:00Z",
		"2026-11-20T09:00:60Z",
		"2026-11-20T09:00Z",
		"2026-11-20T09:00:00.Z",
		"2026-11-20T09:00:00.1234567890Z",
		"2026-11-20T09:00:00ZZ",
		"2026-11-20T09:00:00+1:00",
		"2026-11-20T09:00:00+0100",
		"2026-11-20T09:00:00+24:00",
		"2026-11-20T09:00:00+01:60",
		"2026-11-20T09:00:00 Z",
		"1970-01-01T00:00:00+01:00",
		"now",
	};
	int64_t ms = 42;
	struct err e;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		ck_assert_msg(parse_time(bad[i], &ms, &e) == ERR_INVALID, "'%s' was taken", bad[i]);
		ck_assert_int_eq(ms, 42);
	}
}
END_TEST

START_TEST(times_are_written_with_milliseconds_only_when_there_are_some)
{
	char b[TIME_TEXT];

	ck_assert_str_eq(time_text(0, b), "1970-01-01T00:00:00Z");
	ck_assert_str_eq(time_text(1795165200000, b), "2026-11-20T09:00:00Z");
	ck_assert_str_eq(time_text(1795165200007, b), "2026-11-20T09:00:00.007Z");
	ck_assert_str_eq(time_text(1795251599999, b), "2026-11-21T08:59:59.999Z");
	ck_assert_str_eq(time_text(-1, b), "1969-12-31T23:59:59.999Z");
	ck_assert_str_eq(date_text(-1, b), "1969-12-31");
	ck_assert_str_eq(date_text(1795251599999, b), "2026-11-21");
	ck_assert_uint_lt(strlen(time_text(INT64_MAX, b)), TIME_TEXT);
	ck_assert_uint_lt(strlen(time_text(INT64_MIN, b)), TIME_TEXT);
}
END_TEST

START_TEST(dates_as_the_list_writes_them_are_day_month_year)
{
	int64_t ms = 42;

	ck_assert(parse_dmy("21/09/2022", 10, &ms));
	ck_assert_int_eq(ms, 19256 * MS_PER_DAY);
	ck_assert(parse_dmy("21-09-2022", 10, &ms));
	ck_assert(parse_dmy("29/02/2024 trailing", 10, &ms));
	ms = 42;
	ck_assert(!parse_dmy("29/02/2023", 10, &ms));
	ck_assert(!parse_dmy("09/21/2022", 10, &ms));
	ck_assert(!parse_dmy("21/09-2022", 10, &ms));
	ck_assert(!parse_dmy("21.09.2022", 10, &ms));
	ck_assert(!parse_dmy("1/9/2022", 8, &ms));
	ck_assert(!parse_dmy("21/09/22", 8, &ms));
	ck_assert(!parse_dmy("2022-09-21", 10, &ms));
	ck_assert(!parse_dmy("21/09/20222", 11, &ms));
	ck_assert(!parse_dmy("00/09/2022", 10, &ms));
	ck_assert_int_eq(ms, 42);
}
END_TEST

START_TEST(durations_have_units_and_cannot_overflow)
{
	static const struct {
		const char *s;
		int64_t ms;
	} good[] = { { "500ms", 500 }, { "0", 0 },           { "7", 7000 },      { "30s", 30000 },
		     { "5m", 300000 }, { "36h", 129600000 }, { "7d", 604800000 } };
	static const char *const bad[] = { "",
					   "s",
					   "-5s",
					   "5 s",
					   "5S",
					   "5w",
					   "1.5h",
					   "5m30s",
					   "9999999999999999999d",
					   "9223372036854775807s" };
	int64_t ms = 0;
	struct err e;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		ck_ok(parse_duration(good[i].s, &ms, &e));
		ck_assert_int_eq(ms, good[i].ms);
	}
	ms = 42;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_refused(parse_duration(bad[i], &ms, &e), ERR_INVALID, "duration");
	ck_assert_int_eq(ms, 42);
}
END_TEST

START_TEST(yes_and_no_have_four_spellings_each)
{
	bool b;

	ck_assert(parse_bool("yes", &b) && b);
	ck_assert(parse_bool("no", &b) && !b);
	ck_assert(parse_bool("true", &b) && b);
	ck_assert(parse_bool("false", &b) && !b);
	ck_assert(parse_bool("on", &b) && b);
	ck_assert(parse_bool("off", &b) && !b);
	ck_assert(parse_bool("1", &b) && b);
	ck_assert(parse_bool("0", &b) && !b);
	ck_assert(!parse_bool("", &b) && !parse_bool("Yes", &b) && !parse_bool("2", &b) &&
		  !parse_bool("y", &b));
}
END_TEST

START_TEST(utf8_is_valid_exactly_where_unicode_says)
{
	/* All one- and two-byte texts against the table, and the edges of the longer ones. */
	for (int a = 0; a < 256; a++) {
		char s[2] = { (char)a, 0 };

		ck_assert_int_eq(parse_utf8_ok(s, 1), a > 0 && a < 0x80);
		for (int b = 0; b < 256; b++) {
			bool ok = (a > 0 && a < 0x80 && b > 0 && b < 0x80) ||
				  (a >= 0xC2 && a <= 0xDF && b >= 0x80 && b <= 0xBF);

			s[1] = (char)b;
			ck_assert_int_eq(parse_utf8_ok(s, 2), ok);
		}
	}
	for (uint32_t c = 0x800; c <= 0x10FFFF; c++) {
		char s[4];
		size_t n = c < 0x10000 ? 3 : 4;

		for (size_t i = n - 1, v = c; i > 0; i--, v >>= 6)
			s[i] = (char)(0x80 | (v & 63));
		s[0] = (char)(n == 3 ? 0xE0 | c >> 12 : 0xF0 | c >> 18);
		if (parse_utf8_ok(s, n) != (c < 0xD800 || c > 0xDFFF) || parse_utf8_ok(s, n - 1))
			ck_abort_msg("U+%X", c);
	}
	ck_assert(!parse_utf8_ok("\xE0\x9F\xBF", 3) && !parse_utf8_ok("\xF0\x8F\xBF\xBF", 4));
	ck_assert(!parse_utf8_ok("\xF4\x90\x80\x80", 4) && !parse_utf8_ok("\xF5\x80\x80\x80", 4));
	ck_assert(parse_utf8_ok("", 0));
}
END_TEST

START_TEST(uuids_have_their_one_form)
{
	ck_assert(parse_uuid_ok("123e4567-e89b-12d3-a456-426614174000"));
	ck_assert(parse_uuid_ok("123E4567-E89B-12D3-A456-426614174000"));
	ck_assert(!parse_uuid_ok("123e4567-e89b-12d3-a456-42661417400"));
	ck_assert(!parse_uuid_ok("123e4567-e89b-12d3-a456-4266141740000"));
	ck_assert(!parse_uuid_ok("123e4567e89b12d3a456426614174000"));
	ck_assert(!parse_uuid_ok("123e4567-e89b-12d3-a456-42661417400g"));
	ck_assert(!parse_uuid_ok("123e4567-e89b-12d3-a45-6426614174000"));
	ck_assert(!parse_uuid_ok(""));
}
END_TEST

START_TEST(blanks_are_trimmed_on_both_sides_and_nowhere_else)
{
	const char *s = " \t a b \r\n";
	size_t n = parse_trim(&s, strlen(s));

	ck_assert_uint_eq(n, 3);
	ck_assert_int_eq(strncmp(s, "a b", n), 0);
	s = " \t\r\n";
	ck_assert_uint_eq(parse_trim(&s, 4), 0);
	s = "\xC2\xA0x";
	ck_assert_uint_eq(parse_trim(&s, 3), 3);
}
END_TEST

START_TEST(a_typing_mistake_finds_the_name_that_was_meant)
{
	static const char *const list[] = { "manufacturer", "hardware",    "version", "limit", "from",
					    "to",           "device-type", "at",      NULL };
	static const struct {
		const char *word, *want;
	} cases[] = {
		{ "manufacterer", "manufacturer" },
		{ "manufacturers", "manufacturer" },
		{ "manu", "manufacturer" },
		{ "hardwear", "hardware" },
		{ "versoin", "version" },
		{ "Version", "version" },
		{ "limits", "limit" },
		{ "form", "from" },
		{ "device_type", "device-type" },
		{ "DEVICE-TYPE", "device-type" },
		{ "frm", "from" },
		{ "xyz", NULL },
		{ "", NULL },
		{ "q", NULL },
		{ "colour", NULL },
		{ "zzzzzzzzzzzz", NULL },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *got = parse_nearest(cases[i].word, list);

		if (cases[i].want)
			ck_assert_msg(got && strcmp(got, cases[i].want) == 0, "%s gave %s", cases[i].word,
				      got ? got : "nothing");
		else
			ck_assert_msg(!got, "%s gave %s", cases[i].word, got ? got : "");
	}
	ck_assert_ptr_null(parse_nearest("a-word-that-is-longer-than-forty-characters-in-all", list));
}
END_TEST

START_TEST(networks_hold_their_addresses_in_every_form_and_no_others)
{
	static const struct {
		const char *list, *address;
		bool in;
	} cases[] = {
		{ "10.0.0.0/8", "10.255.0.1", true },
		{ "10.0.0.0/8", "11.0.0.0", false },
		{ "10.0.0.0/8", "::ffff:10.1.2.3", true },
		{ "10.1.2.128/25", "10.1.2.127", false },
		{ "10.1.2.128/25", "10.1.2.200", true },
		{ "10.1.2.3", "10.1.2.3", true },
		{ "10.1.2.3", "10.1.2.4", false },
		{ "0.0.0.0/0", "192.0.2.1", true },
		{ "0.0.0.0/0", "2001:db8::1", false },
		{ "::/0", "2001:db8::1", true },
		{ " 10.0.0.1   2001:db8::/33 ", "2001:db8:7fff::1", true },
		{ "2001:db8::/33", "2001:db8:8000::1", false },
		{ "", "127.0.0.1", false },
		{ "127.0.0.0/8", "", false },
		{ "127.0.0.0/8", "127.1", false },
		{ "127.0.0.0/8", "0177.0.0.1", false },
		{ "127.0.0.0/8", "127.0.0.1 ", false },
		{ "fe80::/10", "fe80::1%eth0", false },
	};
	static const char *const wrong[] = { "10.0.0.0/33",  "::/129",      "10.0.0/8",          "10.0.0.0/",
					     "10.0.0.0/8/8", "localhost",   "10.0.0.1,10.0.0.2", "/8",
					     "10.0.0.0/-1",  "10.0.0.0/8 x" };
	struct networks l = { .n = 7 };
	char many[65 * 9 + 1] = "";
	struct err e;

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		ck_assert_msg(networks_read(wrong[i], &l, &e) == ERR_CONFIG, "%s", wrong[i]);
	for (int i = 0; i < 65; i++)
		snprintf(many + 9 * i, 10, "10.0.0.1 ");
	ck_refused(networks_read(many, &l, &e), ERR_CONFIG, "more than 64");
	ck_assert_uint_eq(l.n, 7);
	many[64 * 9] = '\0';
	ck_ok(networks_read(many, &l, &e));
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ck_ok(networks_read(cases[i].list, &l, &e));
		ck_assert_msg(networks_hold(&l, cases[i].address) == cases[i].in, "%s in %s",
			      cases[i].address, cases[i].list);
	}
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		whole_numbers_are_taken_inside_their_limits_only,
		digits_and_hex_stop_at_their_widths,
		hex_bytes_need_exactly_their_digits_and_leave_no_trace_otherwise,
		known_dates_convert_both_ways,
		every_day_of_a_thousand_years_follows_the_one_before,
		rfc3339_times_are_read_with_zone_and_fraction,
		what_is_no_date_is_refused_and_nothing_is_written,
		times_are_written_with_milliseconds_only_when_there_are_some,
		dates_as_the_list_writes_them_are_day_month_year,
		durations_have_units_and_cannot_overflow,
		yes_and_no_have_four_spellings_each,
		utf8_is_valid_exactly_where_unicode_says,
		uuids_have_their_one_form,
		blanks_are_trimmed_on_both_sides_and_nowhere_else,
		a_typing_mistake_finds_the_name_that_was_meant,
		networks_hold_their_addresses_in_every_form_and_no_others,
	};

	return RUN_TESTS("base_parse", all);
}

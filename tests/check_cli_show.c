/* SPDX-License-Identifier: Apache-2.0 */
/* What people read: answers as text, tables, wrapped lines, and values that would drive the terminal. */
#include "base/mem.h"
#include "cli/show.h"
#include "testing.h"

/* Prints an answer without a terminal; the caller frees the text. */
static char *shown(void (*show)(struct page *, const struct json *), const char *text)
{
	OWN(json_free) struct json *j = NULL;
	struct page p;
	struct err e;

	page_init(&p, tmpfile(), 1 * MIB);
	ck_ok(json_parse(text, strlen(text), &j, &e));
	show(&p, j);
	return str_take(&p.text);
}

#define ck_has(text, part) ck_assert_msg(strstr(text, part) != NULL, "'%s' is not in:\n%s", part, text)
#define ck_has_not(text, part) ck_assert_msg(strstr(text, part) == NULL, "'%s' is in:\n%s", part, text)

static const char path_answer[] =
    "{\"result\":\"path\",\"from\":{\"entry\":\"000098\",\"manufacturer\":\"118F\",\"model\":\"0000\","
    "\"hardware\":\"0102\",\"version\":"
    "\"00040800\",\"status\":\"Removed\",\"device_type\":\"Gas Smart "
    "Meter\"},\"to\":{\"entry\":\"000120\",\"manufacturer\":\"118F\","
    "\"model\":\"0000\",\"hardware\":\"0102\",\"version\":\"00040B00\",\"status\":\"Current\"},\"hops\":[{"
    "\"n\":1,\"base\":\"000098\","
    "\"entry\":\"000110\",\"manufacturer\":\"118F\",\"model\":\"0000\",\"hardware\":\"0102\",\"version\":"
    "\"00040A01\",\"hash\":"
    "\"0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF\",\"pushable\":true,\"why\":"
    "\"stated\",\"statement\":{\"id\":41,"
    "\"kind\":\"bases\",\"source\":\"manufacturer\",\"author\":\"Example "
    "Meters\",\"stated_on\":\"2023-06-01\",\"confirmed_on\":"
    "\"2023-09-01\",\"excerpt\":\"Only from "
    "04.08.00.\",\"reference\":\"RN-7\"},\"warnings\":[]},{\"n\":2,\"base\":\"000110\",\"entry\":"
    "\"000120\",\"manufacturer\":\"118F\",\"model\":\"0000\",\"hardware\":\"0102\",\"version\":\"00040B00\","
    "\"hash\":null,\"pushable\":"
    "false,\"why\":\"any\",\"statement\":{\"id\":42,\"kind\":\"any\",\"source\":\"inferred\",\"author\":null,"
    "\"stated_on\":\"2023-07-01\","
    "\"confirmed_on\":null,\"excerpt\":null,\"reference\":null},\"warnings\":[\"no-hash\",\"inferred\"]}],"
    "\"alternatives\":1,"
    "\"warnings\":[\"cpl-stale\"],\"revision\":57,\"as_at\":\"2026-11-20T00:00:00Z\",\"cpl\":{\"version\":"
    "\"2.051\",\"issued\":"
    "\"2022-09-21\",\"age_days\":1521},\"notice\":\"Path information supports, and does not replace, the "
    "manufacturer's release notes.\"}";

static const char path_text[] =
    "Path from 000098 to 000120: 2 hops\n"
    "  from          000098  118F:00000102:00040800  Removed, Gas Smart Meter\n"
    "  to            000120  118F:00000102:00040B00  Current\n"
    "\n"
    "1. 000098 (118F:00000102:00040800) -> 000110 (118F:00000102:00040A01)\n"
    "   image hash    0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF\n"
    "   said by       manufacturer, Example Meters, on 2023-06-01, confirmed 2023-09-01  (statement 41)\n"
    "   in words      Only from 04.08.00.\n"
    "   see           RN-7\n"
    "\n"
    "2. 000110 (118F:00000102:00040A01) -> 000120 (118F:00000102:00040B00)\n"
    "   image hash    none in the list\n"
    "   said by       inferred, on 2023-07-01  (statement 42)\n"
    "   warning       no-hash: the list has no image hash: it cannot be pushed\n"
    "   warning       inferred: inferred from other data, not stated by the manufacturer\n"
    "\n"
    "1 other path is as good.\n"
    "\n"
    "warning       cpl-stale: the Central Products List in this catalogue is old, or was not checked lately\n"
    "Catalogue revision 57, as at 2026-11-20T00:00:00Z; CPL 2.051 issued 2022-09-21 (1521 days ago).\n"
    "Path information supports, and does not replace, the manufacturer's release notes.\n";

START_TEST(a_path_is_told_hop_by_hop_with_both_identities_hash_source_and_warnings)
{
	OWN(mem_free) char *t = shown(show_path, path_answer);
	OWN(json_free) struct json *j = NULL;
	struct err e;

	ck_assert_str_eq(t, path_text);
	ck_ok(json_parse(path_answer, strlen(path_answer), &j, &e));
	ck_assert_int_eq(show_path_exit(j), 0);
}
END_TEST

START_TEST(a_missing_path_says_why_how_far_and_what_would_open_it)
{
	static const char answer[] = "{\"result\":\"none\",\"from\":{\"entry\":\"000001\",\"version\":\"1\"},"
				     "\"to\":{\"entry\":\"000004\",\"version\":\"4\"},\"hops\":[],"
				     "\"alternatives\":0,\"why\":\"unknown\",\"furthest\":\"000003\",\"would_"
				     "open\":[{\"kind\":\"unknown\",\"entry\":\"000004\"},"
				     "{\"kind\":\"blocked-edge\",\"entry\":\"000003\",\"base\":\"000002\","
				     "\"message\":\"Bricks the display\",\"reference\":"
				     "\"https://example.org/n\"}],\"next\":\"Check the release "
				     "notes.\",\"warnings\":[\"notes-only\"],\"revision\":1}";
	OWN(mem_free) char *t = shown(show_path, answer);
	OWN(json_free) struct json *j = NULL;
	struct err e;

	ck_has(t, "No path from 000001 to 000004: unknown\n");
	ck_has(t, "\nCheck the release notes.\n");
	ck_has(t, "The furthest entry that can be reached is 000003.\n");
	ck_has(t, "  - 000004 had a path statement that allows any predecessor\n");
	ck_has(t, "  - 000003 from 000002 were not blocked from there: Bricks the display\n    see "
		  "https://example.org/n\n");
	ck_has(t, "warning       notes-only: ");
	ck_ok(json_parse(answer, strlen(answer), &j, &e));
	ck_assert_int_eq(show_path_exit(j), 3);
}
END_TEST

START_TEST(ambiguous_candidates_are_shown_with_the_columns_that_differ_only)
{
	static const char answer[] =
	    "{\"result\":\"ambiguous\",\"from\":null,\"to\":null,\"hops\":[],\"side\":\"from\","
	    "\"candidates\":[{\"entry\":\"000007\",\"manufacturer\":"
	    "\"1082\",\"model\":\"00B1\",\"hardware\":\"0100\",\"version\":\"00000001\",\"status\":"
	    "\"Current\",\"smets\":\"V2\",\"hash\":\"ABCDEF0123456789\","
	    "\"differs\":[\"entry\",\"hash\"]},{\"entry\":\"000008\",\"manufacturer\":\"1082\",\"model\":"
	    "\"00B1\",\"hardware\":\"0100\",\"version\":"
	    "\"00000001\",\"status\":\"Current\",\"smets\":\"V2\",\"hash\":null,\"differs\":[\"entry\","
	    "\"hash\"]}],\"warnings\":[],\"revision\":1}";
	OWN(mem_free) char *t = shown(show_path, answer);
	OWN(json_free) struct json *j = NULL;
	struct err e;

	ck_has(t, "Ambiguous: 2 entries are 1082:00B10100:00000001 (from)\n");
	ck_has(t, "entry   hash\n000007  ABCDEF012345...\n000008  -\n");
	ck_has_not(t, "smets");
	ck_has(t, "ask again with its Entry ID");
	ck_ok(json_parse(answer, strlen(answer), &j, &e));
	ck_assert_int_eq(show_path_exit(j), 5);
}
END_TEST

START_TEST(each_verdict_of_a_check_has_its_exit_status)
{
	static const struct {
		const char *verdict;
		int exit;
	} cases[] = { { "allowed", 0 },
		      { "not-direct", 4 },
		      { "forbidden", 4 },
		      { "unknown", 3 },
		      { "ambiguous", 5 } };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		OWN(json_free) struct json *j = NULL;
		char text[64];
		struct err e;

		snprintf(text, sizeof text, "{\"verdict\":\"%s\"}", cases[i].verdict);
		ck_ok(json_parse(text, strlen(text), &j, &e));
		ck_assert_int_eq(show_check_exit(j), cases[i].exit);
	}
}
END_TEST

START_TEST(a_check_names_its_verdict_and_the_hops_when_there_are_more)
{
	STR(answer, 64 * KIB);

	str_addf(&answer, "{\"verdict\":\"not-direct\",\"reason\":\"hops-needed\",%s", path_answer + 1);
	OWN(mem_free) char *t = shown(show_check, str_c(&answer));
	ck_has(t, "not-direct: 000098 -> 000120\nNot in one hop. These hops lead there:\n\n1. 000098");
	ck_has(t, "\n2. 000110");
}
END_TEST

START_TEST(an_empty_answer_of_any_kind_prints_and_does_not_crash)
{
	void (*const all[])(struct page *, const struct json *) = {
		show_path, show_check,  show_entries,   show_entry,    show_models, show_model,
		show_lint, show_verify, show_import,    show_devices,  show_device, show_sites,
		show_site, show_counts, show_campaigns, show_campaign, show_story,
	};
	static const char *const answers[] = {
		"{}", "[]", "null", "7",
		"{\"result\":7,\"hops\":[7,null,{}],\"entries\":[{}],\"models\":[{}],\"devices\":[{}],"
		"\"findings\":[{}],"
		"\"campaigns\":[{}],\"plans\":[{}],\"cycles\":[{}],\"edited\":[{\"columns\":[{}]}],\"gates\":"
		"[{}],\"nodes\":[{}],\"edges\":[{}],"
		"\"statements\":[{}],\"candidates\":[{}],\"warnings\":[7]}"
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		for (size_t k = 0; k < sizeof answers / sizeof *answers; k++) {
			OWN(mem_free) char *t = shown(all[i], answers[k]);

			ck_assert_uint_gt(strlen(t), 0);
		}
}
END_TEST

START_TEST(values_cannot_drive_the_terminal_or_break_the_line)
{
	static const char answer[] = "{\"entries\":[{\"entry\":\"0\\u001b[31m1\",\"version\":\"a\\nb\","
				     "\"status\":\"x\\u009b2J\",\"path\":\"\\u202e\","
				     "\"device_type\":\"caf\\u00e9\"}],\"revision\":1}";
	OWN(mem_free) char *t = shown(show_entries, answer);

	for (const char *p = t; *p; p++)
		ck_assert_msg((unsigned char)*p >= 0x20 || *p == '\n', "byte %02x", (unsigned char)*p);
	ck_has(t, "0?[31m1");
	ck_has(t, "a b");
	ck_has(t, "x?2J");
	ck_has(t, "caf\xc3\xa9");
	ck_has_not(t, "\xc2\x9b");
	ck_has_not(t, "\xe2\x80\xae");
}
END_TEST

START_TEST(tables_line_up_and_count_characters_not_bytes)
{
	OWN(table_done) struct table t = { 0 };
	struct page p;

	page_init(&p, tmpfile(), 64 * KIB);
	table_init(&t, 3);
	table_row(&t, "name", "n", "text", NULL);
	table_row(&t, "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", "12", "last", NULL);
	table_row(&t, "a", "", "-", NULL);
	ck_assert_uint_eq(table_rows(&t), 3);
	table_print(&t, &p, true);
	ck_assert_str_eq(
	    p.text.p, "name   n   text\n\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9  12  last\na      -   -\n");
	page_done(&p);
}
END_TEST

START_TEST(the_last_column_is_shortened_to_the_terminal_and_says_so)
{
	OWN(table_done) struct table t = { 0 };
	struct page p;

	page_init(&p, tmpfile(), 64 * KIB);
	p.width = 20;
	table_init(&t, 2);
	table_row(&t, "abc", "0123456789012345678901234567890", NULL);
	table_row(&t, "abc", "012345678901234", NULL);
	table_print(&t, &p, false);
	ck_assert_str_eq(p.text.p, "abc  012345678901...\nabc  012345678901234\n");
	page_done(&p);
}
END_TEST

START_TEST(long_texts_are_wrapped_at_blanks)
{
	struct page p;

	page_init(&p, tmpfile(), 64 * KIB);
	p.width = 20;
	page_wrap(&p, 2, "one two three four five sixseveneightninetenELEVEN end");
	ck_assert_str_eq(p.text.p, "  one two three four\n  five\n  sixseveneightninetenELEVEN\n  end\n");
	page_done(&p);
}
END_TEST

START_TEST(colour_is_used_only_when_the_page_says_so)
{
	struct page p;

	page_init(&p, tmpfile(), 64 * KIB);
	ck_assert(!p.colour);
	page_tone(&p, TONE_BAD, "x");
	p.colour = true;
	page_tone(&p, TONE_BAD, "y");
	ck_assert_str_eq(p.text.p, "x\033[31my\033[0m");
	page_done(&p);
}
END_TEST

START_TEST(an_import_shows_counts_changes_and_the_gate_that_holds)
{
	static const char answer[] =
	    "{\"import\":3,\"feed\":\"cpl\",\"state\":\"held\",\"file\":{\"name\":\"cpl.csv\",\"sha256\":"
	    "\"AB\",\"rows\":1511},\"revision\":null,\"cpl\":"
	    "{\"version\":\"2.052\",\"issued\":\"2022-10-01\"},\"standing\":{\"version\":\"2.051\","
	    "\"issued\":\"2022-09-21\",\"revision\":1},\"counts\":"
	    "{\"entries\":1511,\"current_entries\":1400,\"removed_entries\":111,\"added\":2,\"removed\":40,"
	    "\"restored\":0,\"edited\":1,\"gaps\":3},"
	    "\"gates\":[{\"gate\":\"removed\",\"count\":40,\"of\":1440,\"percent\":2.8,\"limit_percent\":2,"
	    "\"holds\":true},{\"gate\":\"older\",\"holds\":"
	    "false}],\"added\":[\"001512\",\"001513\"],\"edited\":[{\"entry\":\"000007\",\"columns\":[{"
	    "\"column\":\"Entry.status\",\"before\":\"Current \","
	    "\"after\":null}]}],\"warnings\":{\"counts\":{\"blanks\":4},\"examples\":[{\"code\":\"blanks\","
	    "\"detail\":\"Blanks around a value.\"}]}}";
	OWN(mem_free) char *t = shown(show_import, answer);

	ck_has(t, "Import of the Central Products List: held\n");
	ck_has(t, "entries       1511 (1400 Current, 111 Removed)\n");
	ck_has(t, "added         001512 001513\n");
	ck_has(t, "000007  Entry.status\n            'Current ' -> (absent)\n");
	ck_has(t, "changes       2 added, 40 removed, 0 restored, 1 edited\n");
	ck_has(t, "gate HOLDS    removed: 40 of 1440 (2.8 %, limit 2 %)\n");
	ck_has_not(t, "older");
	ck_has(t, "blanks: 4  Blanks around a value.\n");
	ck_has(t, "Nothing was changed. When the difference is right:\n");
}
END_TEST

START_TEST(a_story_tells_hops_times_and_reasons)
{
	static const char answer[] =
	    "{\"cycle\":1,\"device\":\"demo-001\",\"phase\":\"failed\",\"reason\":\"trigger-tries\","
	    "\"detail\":\"It never came back.\",\"start\":\"000098\","
	    "\"entry\":\"000110\",\"hops_done\":1,\"hops\":[{\"n\":1,\"from\":\"000098\",\"to\":\"000110\","
	    "\"tries\":2,\"requested_at\":"
	    "\"2026-11-20T09:00:00Z\",\"installed_at\":\"2026-11-20T09:00:40.250Z\",\"done_at\":\"2026-11-"
	    "20T09:"
	    "01:05Z\"},{\"n\":2,\"from\":\"000110\",\"to\":"
	    "\"000120\",\"tries\":1,\"requested_at\":null,\"done_at\":null}]}";
	OWN(mem_free) char *t = shown(show_story, answer);

	ck_has(t, "demo-001  failed: trigger-tries  000098 -> 000110, 1 hop\n    It never came back.\n");
	ck_has(t, "    1. 000098 -> 000110  asked 2026-11-20T09:00:00Z, installed after 40.2 s, "
		  "proven after 1 min 5 s, 2 tries\n");
	ck_has(t, "    2. 000110 -> 000120, not done\n");
}
END_TEST

START_TEST(lint_lists_findings_with_level_model_and_entries)
{
	static const char answer[] =
	    "{\"findings\":[{\"code\":\"cycle\",\"level\":\"error\",\"title\":\"A "
	    "cycle\",\"model\":\"118F:00000102\",\"entries\":"
	    "[\"000001\",\"000002\"]}],\"counts\":{\"error\":1,\"warning\":0},\"revision\":4}";
	OWN(mem_free) char *t = shown(show_lint, answer);

	ck_has(t, "error  118F:00000102  cycle: A cycle: 000001 000002\n");
	ck_has(t, "1 finding: 1 error, 0 warning, catalogue revision 4.\n");
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		a_path_is_told_hop_by_hop_with_both_identities_hash_source_and_warnings,
		a_missing_path_says_why_how_far_and_what_would_open_it,
		ambiguous_candidates_are_shown_with_the_columns_that_differ_only,
		each_verdict_of_a_check_has_its_exit_status,
		a_check_names_its_verdict_and_the_hops_when_there_are_more,
		an_empty_answer_of_any_kind_prints_and_does_not_crash,
		values_cannot_drive_the_terminal_or_break_the_line,
		tables_line_up_and_count_characters_not_bytes,
		the_last_column_is_shortened_to_the_terminal_and_says_so,
		long_texts_are_wrapped_at_blanks,
		colour_is_used_only_when_the_page_says_so,
		an_import_shows_counts_changes_and_the_gate_that_holds,
		a_story_tells_hops_times_and_reasons,
		lint_lists_findings_with_level_model_and_entries,
	};

	return RUN_TESTS("cli_show", all);
}

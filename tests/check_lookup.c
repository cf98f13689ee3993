/* SPDX-License-Identifier: Apache-2.0 */
/* Questions as text and their answers as JSON; goldens are written with ` for ". */
#include "testing.h"

#include "base/json.h"
#include "core/export.h"
#include "core/lookup.h"
#include "snapshots.h"

#define NOW "2026-11-20T09:30:00Z"

/* What an answer needs to stay alive. */
struct desk {
	struct snapshot *snap;
	struct path_scratch *scratch;
	struct answer a;
	struct str out;
};

static void desk_open(struct desk *d, const char *text)
{
	*d = (struct desk){ .snap = snapshot_of(text), .scratch = path_scratch_new() };
	str_init(&d->out, 1 * MIB);
}

static void desk_close(struct desk *d)
{
	snapshot_free(d->snap);
	path_scratch_free(d->scratch);
	str_done(&d->out);
}
DEFINE_OWN_VAL(struct desk, desk_close)
#define DESK(d, text)                                                                                        \
	OWN(desk_close) struct desk d;                                                                       \
	desk_open(&d, text)

static int desk_ask(struct desk *d, const struct ask *ask, struct err *e)
{
	return lookup_ask(d->snap, ask, test_date(NOW), d->scratch, &d->a, e);
}

static const char *desk_json(struct desk *d, const char *from, const char *to)
{
	struct ask ask = { .from = from, .to = to };
	struct err e;

	ck_ok(desk_ask(d, &ask, &e));
	str_clear(&d->out);
	answer_json(&d->a, &d->out);
	return str_c(&d->out);
}

static void is_golden(const char *given, const char *golden)
{
	STR(want, 64 * KIB);

	for (; *golden; golden++)
		str_addc(&want, *golden == '`' ? '"' : *golden);
	ck_assert_str_eq(given, str_c(&want));
}

#define FROM1                                                                                                \
	"{`entry`:`000001`,`manufacturer`:`118F`,`model`:`0001`,`hardware`:`0001`,`version`:`00000001`,"     \
	"`status`:`Current`,`device_type`:`Meter`,`smets`:`S2`}"
#define ENTRY(id, version, status)                                                                           \
	"{`entry`:`" id "`,`manufacturer`:`118F`,`model`:`0001`,`hardware`:`0001`,`version`:`" version       \
	"`,`status`:`" status "`}"
#define SAID(id, source, confirmed, due, freshness)                                                          \
	"`statement`:{`id`:" id ",`kind`:`bases`,`source`:`" source                                          \
	"`,`author`:`a test`,`stated_on`:`2023-06-01`,`confirmed_on`:" confirmed                             \
	",`excerpt`:`see page 4`,`reference`:null,`due`:`" due "`,`freshness`:`" freshness "`}"
#define HOP(n, base, id, version, hash, pushable)                                                            \
	"{`n`:" n ",`base`:`" base "`,`entry`:`" id                                                          \
	"`,`manufacturer`:`118F`,`model`:`0001`,`hardware`:`0001`,`version`:`" version "`,`hash`:" hash      \
	",`pushable`:" pushable ","
#define END                                                                                                  \
	",`revision`:57,`as_at`:`2026-11-20T00:00:00Z`,`cpl`:{`version`:`2.051`,`issued`:`2026-11-01`,"      \
	"`age_days`:19},`notice`:`" NOTICE_TEXT "`}\n"

START_TEST(a_path_is_told_as_the_interface_says)
{
	DESK(d, test_world);

	/* clang-format off */
	is_golden(
	    desk_json(&d, "1", "3"),
	    "{`result`:`path`,`from`:" FROM1 ",`to`:" ENTRY("000003", "00000003", "Current") ",`hops`:["
	    HOP("1", "000001", "000002", "00000002", "`" GRAPH_HASH "`", "true")
	    "`why`:`stated`," SAID("1", "manufacturer", "`2023-09-01`", "2023-11-30", "overdue") ",`warnings`:[]},"
	    HOP("2", "000002", "000003", "00000003", "null", "false")
	    "`why`:`stated`," SAID("2", "inferred", "null", "2023-08-30", "inferred")
	    ",`warnings`:[`no-hash`,`inferred`,`never-confirmed`]}]"
	    ",`alternatives`:0,`oldest_confirmed_on`:null,`warnings`:[`statement-overdue`]" END);
	/* clang-format on */
	ck_assert_int_eq(answer_http(&d.a), 200);
	ck_assert_int_eq(answer_exit(&d.a), 0);
}
END_TEST

START_TEST(from_equal_to_is_already)
{
	DESK(d, test_world);

	is_golden(desk_json(&d, "000001", "118F:10001:1"),
		  "{`result`:`already`,`from`:" FROM1 ",`to`:" FROM1
		  ",`hops`:[],`alternatives`:0,`oldest_confirmed_on`:null,`warnings`:[]" END);
	ck_assert_int_eq(answer_exit(&d.a), 0);
}
END_TEST

START_TEST(no_path_says_why_and_what_would_open_one)
{
	DESK(d, test_world);

	is_golden(
	    desk_json(&d, "1", "5"),
	    "{`result`:`none`,`from`:" FROM1 ",`to`:" ENTRY(
		"000005", "00000005",
		"Current") ",`hops`:[],`alternatives`:0,`oldest_confirmed_on`:null,`why`:`no-edge`,`furthest`"
			   ":`000003`,`would_open`:["
			   "{`kind`:`removed`,`entry`:`000004`}],`next`:`No stated path leads there: check "
			   "the "
			   "manufacturer's release notes, or go to the furthest "
			   "entry.`,`help`:[],`warnings`:[]" END);
	ck_assert_int_eq(answer_http(&d.a), 200);
	ck_assert_int_eq(answer_exit(&d.a), 3);
}
END_TEST

START_TEST(a_block_in_the_way_comes_with_its_message_and_link)
{
	DESK(d, "1; 2; 3; 2<1; 3<2; block 3 from 2; block 2");

	ck_assert_ptr_nonnull(
	    strstr(desk_json(&d, "1", "3"),
		   "\"would_open\":[{\"kind\":\"blocked\",\"entry\":\"000002\",\"message\":\"bricks "
		   "meters\",\"reference\":\"https://example.org/block\",\"author\":\"a "
		   "test\",\"stated_on\":\"2023-06-01\"},{\"kind\":\"blocked-edge\",\"entry\":"
		   "\"000003\",\"base\":\"000002\",\"message\":\"bricks meters\""));
}
END_TEST

START_TEST(an_identity_that_fits_several_is_answered_with_the_candidates)
{
	DESK(d, test_world);
	static const char *const twin =
	    "`manufacturer`:`118F`,`model`:`0001`,`hardware`:`0002`,`version`:`00040800`,`status`:";
	STR(want, 8 * KIB);

	str_addf(&want,
		 "{`result`:`ambiguous`,`from`:null,`to`:null,`hops`:[],`alternatives`:0,`oldest_confirmed_"
		 "on`:null,`side`:`from`,`"
		 "candidates`:["
		 "{`entry`:`000011`,%s`Current`,`smets`:`A`,`gbcs`:`2.1`,`hash`:`" GRAPH_HASH
		 "`,`descriptor`:null,`cpa`:null,`differs`:[`entry`,`status`,`smets`,`gbcs`,`hash`,`cpa`]},"
		 "{`entry`:`000012`,%s`Removed`,`smets`:`B`,`gbcs`:`3.2`,`hash`:null,`descriptor`:null,"
		 "`cpa`:{`kind`:`E`,`until`:`2026-03-01`,`passed`:true},"
		 "`differs`:[`entry`,`status`,`smets`,`gbcs`,`hash`,`cpa`]}],"
		 "`next`:`Choose one of the candidates by its Entry ID.`,`help`:[],`warnings`:[]" END,
		 twin, twin);
	is_golden(desk_json(&d, "118F:0001:0002:00040800", "14"), str_c(&want));
	ck_assert_int_eq(answer_http(&d.a), 300);
	ck_assert_int_eq(answer_exit(&d.a), 5);
	ck_assert_int_eq(answer_verdict(&d.a), VERDICT_AMBIGUOUS);
	ck_assert_ptr_nonnull(strstr(desk_json(&d, "13", "118F:10002:40800"), "\"side\":\"to\""));
	ck_assert_ptr_nonnull(strstr(str_c(&d.out), "\"from\":{\"entry\":\"000013\""));
}
END_TEST

START_TEST(the_same_question_gives_the_same_bytes)
{
	DESK(d, test_world);
	DESK(other, test_world);
	static const char *const pairs[][2] = {
		{ "1", "3" }, { "1", "5" }, { "1", "latest" }, { "11", "14" }, { "118F:10002:40800", "14" }
	};
	STR(first, 64 * KIB);
	struct ask ask;
	struct err e;

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		str_clear(&first);
		str_add(&first, desk_json(&d, pairs[i][0], pairs[i][1]));
		ck_assert_str_eq(str_c(&first), desk_json(&d, pairs[i][0], pairs[i][1]));
		ck_assert_str_eq(str_c(&first), desk_json(&other, pairs[i][0], pairs[i][1]));
		/* at another time of the same day, while the list is not stale */
		ask = (struct ask){ .from = pairs[i][0], .to = pairs[i][1] };
		ck_ok(lookup_ask(d.snap, &ask, test_date("2026-11-20T10:59:59Z"), d.scratch, &d.a, &e));
		str_clear(&d.out);
		answer_json(&d.a, &d.out);
		ck_assert_str_eq(str_c(&first), str_c(&d.out));
	}
}
END_TEST

START_TEST(every_answer_is_strict_json_with_the_members_of_its_kind)
{
	DESK(d, test_world);
	static const char *const ids[] = {
		"1", "2", "3", "4", "5", "11", "12", "13", "14", "118F:10002:40800"
	};
	const size_t n = sizeof ids / sizeof *ids;
	struct err e;

	for (size_t i = 0; i < n * n; i++) {
		OWN(json_free) struct json *j = NULL;
		const char *text = desk_json(&d, ids[i / n], ids[i % n]), *result;

		ck_ok(json_parse(text, d.out.len, &j, &e));
		result = json_text(json_get(j, "result"));
		ck_assert_int_eq(json_get(j, "why") != NULL, !strcmp(result, "none"));
		ck_assert_int_eq(json_get(j, "would_open") != NULL, !strcmp(result, "none"));
		ck_assert_int_eq(json_get(j, "candidates") != NULL, !strcmp(result, "ambiguous"));
		ck_assert_int_eq(json_len(json_get(j, "hops")) > 0, !strcmp(result, "path"));
		ck_assert_int_eq(json_int(json_get(j, "revision"), 0), 57);
		ck_assert_str_eq(json_text(json_get(j, "notice")), NOTICE_TEXT);
	}
}
END_TEST

START_TEST(what_fits_nothing_is_not_found_and_named)
{
	DESK(d, test_world);
	DESK(empty, "");
	struct err e;

	ck_refused(desk_ask(&d, &(struct ask){ .from = "99", .to = "1" }, &e), ERR_NOT_FOUND, "000099");
	ck_assert_str_eq(e.where, "from");
	ck_refused(desk_ask(&d, &(struct ask){ .from = "1", .to = "118F:00010003:0" }, &e), ERR_NOT_FOUND,
		   "no model 118F:00010003");
	ck_assert_str_eq(e.where, "to");
	ck_refused(desk_ask(&d, &(struct ask){ .from = "1", .to = "118F:00010001:77" }, &e), ERR_NOT_FOUND,
		   "no entry with the firmware version 00000077");
	ck_refused(
	    desk_ask(&d, &(struct ask){ .from = "bb:6ba7b810-9dad-11d1-80b4-00c04fd430c8@1", .to = "1" }, &e),
	    ERR_NOT_FOUND, "bb:6ba7b810");
	ck_refused(desk_ask(&empty, &(struct ask){ .from = "1", .to = "2" }, &e), ERR_NOT_FOUND, "import");
	ck_refused(desk_ask(&d, &(struct ask){ .from = "latest", .to = "2" }, &e), ERR_IDENTITY, "target");
	ck_refused(desk_ask(&d, &(struct ask){ .from = "1", .to = "2x" }, &e), ERR_IDENTITY, "2x");
}
END_TEST

START_TEST(wrong_parameters_are_named_with_the_nearest_word)
{
	DESK(d, test_world);
	struct err e;

	ck_refused(desk_ask(&d, &(struct ask){ .from = "1", .to = "2", .prefer = "byts" }, &e), ERR_INVALID,
		   "'bytes'");
	ck_assert_str_eq(e.where, "prefer");
	ck_refused(desk_ask(&d, &(struct ask){ .from = "1", .to = "2", .allow_removed = "yes" }, &e),
		   ERR_INVALID, "allow_removed");
	ck_refused(desk_ask(&d, &(struct ask){ .from = "1", .to = "2", .at = "20/11/2026" }, &e), ERR_INVALID,
		   "'at'");
	ck_assert_str_eq(e.where, "at");
}
END_TEST

START_TEST(certificates_are_judged_at_the_asked_time)
{
	DESK(d, "1; 2 E 2026-12-24; 2<1");
	struct err e;

	ck_ok(desk_ask(&d, &(struct ask){ .from = "1", .to = "2" }, &e));
	ck_assert_int_eq(d.a.result, ANSWER_PATH);
	ck_ok(desk_ask(&d, &(struct ask){ .from = "1", .to = "2", .at = "2026-12-24T23:00:00Z" }, &e));
	ck_assert_int_eq(d.a.result, ANSWER_PATH);
	ck_ok(desk_ask(&d, &(struct ask){ .from = "1", .to = "2", .at = "2026-12-25" }, &e));
	ck_assert_int_eq(d.a.result, ANSWER_NONE);
	str_clear(&d.out);
	answer_json(&d.a, &d.out);
	ck_assert_ptr_nonnull(strstr(str_c(&d.out), "\"as_at\":\"2026-12-25T00:00:00Z\""));
	ck_assert_ptr_nonnull(strstr(str_c(&d.out), "\"why\":\"cpa-expired\""));
	ck_assert_ptr_nonnull(strstr(str_c(&d.out), "\"age_days\":54"));
}
END_TEST

START_TEST(a_date_asks_for_the_catalogue_at_its_end)
{
	struct err e;
	int64_t at;

	ck_ok(lookup_moment("2026-11-20", &at, &e));
	ck_assert_int_eq(at, test_date("2026-11-21") - 1);
	ck_ok(lookup_moment("2026-11-20T10:00:00+01:00", &at, &e));
	ck_assert_int_eq(at, test_date("2026-11-20T09:00:00Z"));
	ck_refused(lookup_moment("tomorrow", &at, &e), ERR_INVALID, "at");
}
END_TEST

START_TEST(an_old_or_unchecked_list_is_stale)
{
	struct cpl_info cpl = { .issued_on = test_date("2026-10-09"),
				.checked_at = test_date("2026-11-19T06:00:00Z") };
	int64_t at = test_date("2026-11-20T18:00:00Z");

	ck_assert(!cpl_is_stale(&cpl, at));
	cpl.issued_on -= 1;
	ck_assert(cpl_is_stale(&cpl, at));
	cpl.issued_on = -1;
	ck_assert(cpl_is_stale(&cpl, at));
	cpl.issued_on = test_date("2026-11-20");
	ck_assert(!cpl_is_stale(&cpl, at));
	cpl.checked_at -= 1;
	ck_assert(cpl_is_stale(&cpl, at));
	cpl.checked_at = -1;
	ck_assert(cpl_is_stale(&cpl, at));
}
END_TEST

START_TEST(a_stale_list_is_told_with_every_answer)
{
	struct cpl_info cpl = { .version = "", .issued_on = -1, .checked_at = -1 };
	OWN(snapshot_free) struct snapshot *s = snapshot_new(graph_of("1; 2; 2<1"), NULL, 1, 0, &cpl);
	OWN(path_scratch_free) struct path_scratch *scratch = path_scratch_new();
	STR(out, 8 * KIB);
	struct answer a;
	struct err e;

	ck_ok(lookup_ask(s, &(struct ask){ .from = "1", .to = "2" }, test_date(NOW), scratch, &a, &e));
	answer_json(&a, &out);
	ck_assert_ptr_nonnull(
	    strstr(str_c(&out), "\"warnings\":[\"cpl-stale\",\"statement-overdue\"],\"revision\":1"));
	ck_assert_ptr_nonnull(
	    strstr(str_c(&out), "\"cpl\":{\"version\":null,\"issued\":null,\"age_days\":null}"));
}
END_TEST

START_TEST(a_check_gives_its_verdict_and_reason_in_front)
{
	DESK(d, test_world);
	static const struct {
		const char *from, *to, *begins;
	} cases[] = {
		{ "1", "2", "{\"verdict\":\"allowed\",\"reason\":\"direct\",\"result\":\"path\"," },
		{ "1", "3", "{\"verdict\":\"not-direct\",\"reason\":\"hops-needed\",\"result\":\"path\"," },
		{ "2", "2", "{\"verdict\":\"allowed\",\"reason\":\"same\",\"result\":\"already\"," },
		{ "1", "4", "{\"verdict\":\"forbidden\",\"reason\":\"removed\",\"result\":\"none\"," },
		{ "11", "14", "{\"verdict\":\"forbidden\",\"reason\":\"blocked\",\"result\":\"none\"," },
		{ "2", "1", "{\"verdict\":\"unknown\",\"reason\":\"unknown\",\"result\":\"none\"," },
		{ "1", "11",
		  "{\"verdict\":\"forbidden\",\"reason\":\"different-model\",\"result\":\"none\"," },
		{ "118F:10002:40800", "14",
		  "{\"verdict\":\"ambiguous\",\"reason\":\"ambiguous-from\",\"result\":\"ambiguous\"," },
		{ "14", "118F:10002:40800", "{\"verdict\":\"ambiguous\",\"reason\":\"ambiguous-to\"," },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		desk_json(&d, cases[i].from, cases[i].to);
		str_clear(&d.out);
		answer_check_json(&d.a, &d.out);
		ck_assert_msg(!strncmp(str_c(&d.out), cases[i].begins, strlen(cases[i].begins)),
			      "%s to %s: %s", cases[i].from, cases[i].to, str_c(&d.out));
	}
}
END_TEST

START_TEST(bulk_answers_are_one_line_each)
{
	static const struct {
		const char *from, *to, *csv;
	} cases[] = {
		{ "1", "3", "m,1,3,path,000002 000003,000002,,,0,statement-overdue,\r\n" },
		{ "1", "5", "m,1,5,none,,,no-edge,000003,,,\r\n" },
		{ "1", "latest", "m,1,latest,path,000002 000003,000002,,,0,statement-overdue,\r\n" },
		{ "2", "2", "m,2,2,already,,,,,,,\r\n" },
		{ "1", "11", "m,1,11,none,,,unknown,000003,,different-model notes-only,\r\n" },
		{ "118F:10002:40800", "14",
		  "m,118F:10002:40800,14,ambiguous,,,ambiguous-from,,,,000011 000012\r\n" },
	};
	DESK(d, test_world);
	struct err e;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ask ask = { .from = cases[i].from, .to = cases[i].to };

		ck_ok(desk_ask(&d, &ask, &e));
		str_clear(&d.out);
		answer_bulk_csv("m", &ask, &d.a, NULL, &d.out);
		ck_assert_str_eq(str_c(&d.out), cases[i].csv);
	}
	err_set(&e, ERR_NOT_FOUND, "gone");
	str_clear(&d.out);
	answer_bulk_csv("=cmd", &(struct ask){ .from = "a\"b", .to = "c,d" }, NULL, &e, &d.out);
	ck_assert_str_eq(str_c(&d.out), "'=cmd,\"a\"\"b\",\"c,d\",error,,,not-found,,,,\r\n");
}
END_TEST

START_TEST(bulk_answers_come_as_json_lines_too)
{
	DESK(d, test_world);
	struct ask ask = { .from = "1", .to = "3" };
	struct err e;

	ck_ok(desk_ask(&d, &ask, &e));
	answer_bulk_ndjson("m\"1", &ask, &d.a, NULL, &d.out);
	ask.from = "118F:10002:40800";
	ck_ok(desk_ask(&d, &ask, &e));
	answer_bulk_ndjson("m", &ask, &d.a, NULL, &d.out);
	err_set(&e, ERR_NOT_FOUND, "gone");
	answer_bulk_ndjson(NULL, &ask, NULL, &e, &d.out);
	is_golden(
	    str_c(&d.out),
	    "{`device`:`m\\`1`,`from`:`1`,`to`:`3`,`result`:`path`,`hops`:[`000002`,`000003`],`next`:`000002`"
	    ","
	    "`why`:null,`furthest`:null,`alternatives`:0,`warnings`:[`statement-overdue`],`candidates`:[],`"
	    "help`:null}\n"
	    "{`device`:`m`,`from`:`118F:10002:40800`,`to`:`3`,`result`:`ambiguous`,`hops`:[],`next`:null,"
	    "`why`:`ambiguous-from`,`furthest`:null,`alternatives`:null,`warnings`:[],"
	    "`candidates`:[`000011`,`000012`],`help`:[]}\n"
	    "{`device`:null,`from`:`118F:10002:40800`,`to`:`3`,`result`:`error`,`why`:`not-found`,"
	    "`detail`:`gone`}\n");
}
END_TEST

START_TEST(texts_from_feeds_are_escaped)
{
	DESK(d, "1 smets <b>\"\\; 2; 2<1");

	ck_assert_ptr_nonnull(strstr(desk_json(&d, "1", "2"), "\"smets\":\"<b>\\\"\\\\\""));
}
END_TEST

/* ---- entries of other schemes than the CPL ------------------------------------------------------------- */

/* Main 1.0, 1.1 and 1.2 of a charger; 1.2 is blocked. */
static struct snapshot *chargers(void)
{
	struct graph_builder *b = graph_builder_new();
	struct cpl_info cpl = { .version = "2.051",
				.issued_on = test_date("2020-11-01"),
				.checked_at = test_date("2020-11-19") };
	const int64_t bases[] = { 1, 2 };
	struct graph *g;
	struct err e;

	graph_add_model(b, &(struct model_row){ 1, "ocpp", "Sample Chargers", "Trio", "Main" });
	for (int64_t i = 1; i <= 3; i++) {
		char id[PUBLIC_ID_SIZE], version[8];

		snprintf(version, sizeof version, "1.%d", (int)i - 1);
		ck_assert(ident_ocpp_text("Sample Chargers", "Trio", "Main", version, id));
		graph_add_entry(b, &(struct entry_row){ .id = i,
							.model_id = 1,
							.ord = i,
							.public_id = id,
							.version = version,
							.hash = GRAPH_HASH,
							.cpa_until = -1,
							.bytes = -1,
							.seconds = -1,
							.restarts = -1 });
	}
	for (int64_t i = 1; i <= 2; i++)
		graph_add_statement(b, &(struct statement_row){ .id = i,
								.entry_id = i + 1,
								.kind = STATEMENT_BASES,
								.author = "a test",
								.stated_on = -1,
								.confirmed_on = -1,
								.bases = &bases[i - 1],
								.nbases = 1 });
	graph_add_statement(b, &(struct statement_row){ .id = 3,
							.entry_id = 3,
							.kind = STATEMENT_BLOCK,
							.author = "a test",
							.excerpt = "stops charging",
							.stated_on = test_date("2023-06-01"),
							.confirmed_on = -1 });
	ck_ok(graph_build(b, &g, &e));
	return snapshot_new(g, NULL, 57, test_date("2026-11-02"), &cpl);
}

#define MAIN(version) "ocpp:Sample%20Chargers/Trio/Main@" version

/* Every entry named in a text of JSON or CSV is found again by that name. */
static void names_lead_back(struct desk *d, size_t at_least)
{
	const char *s = str_c(&d->out);
	size_t named = 0;

	for (s = strstr(s, "Sample%20"); s; s = strstr(s + 1, "Sample%20")) {
		char name[ENTRY_NAME_SIZE];
		uint32_t node;
		struct err e;
		size_t n;

		ck_assert_msg(s - str_c(&d->out) >= 5 && !strncmp(s - 5, "ocpp:", 5), "without scheme: %.60s",
			      s);
		snprintf(name, sizeof name, "%.*s", (int)strcspn(s - 5, "\", ;\n"), s - 5);
		if (!strchr(name, '@')) {
			ck_assert_msg(lookup_model(d->snap, name) == 0, "'%s' is no model", name);
			continue;
		}
		ck_ok(lookup_nodes(d->snap, name, &node, 1, &n, &e));
		ck_assert_uint_eq(n, 1);
		ck_assert_str_eq(graph_node(d->snap->graph, node)->name, name);
		named++;
	}
	ck_assert_msg(named >= at_least, "%zu names of entries in %s", named, str_c(&d->out));
}

START_TEST(an_entry_of_a_charger_is_named_with_its_scheme_and_found_by_that_name)
{
	OWN(desk_close) struct desk d = { .snap = chargers(), .scratch = path_scratch_new() };
	struct ask ask = { .from = MAIN("1.0"), .to = MAIN("1.2") };
	struct err e;
	struct jw w;

	str_init(&d.out, 1 * MIB);
	ck_assert_ptr_nonnull(strstr(desk_json(&d, MAIN("1.0"), "latest"),
				     "\"base\":\"" MAIN("1.0") "\",\"entry\":\"" MAIN("1.1") "\""));
	names_lead_back(&d, 4);
	ck_assert_ptr_nonnull(strstr(desk_json(&d, "ocpp:Sample Chargers/Trio/Main@1.0", MAIN("1.2")),
				     "\"furthest\":\"" MAIN("1.1") "\""));
	names_lead_back(&d, 4);
	str_clear(&d.out);
	answer_bulk_csv("cp 1", &ask, &d.a, NULL, &d.out);
	answer_bulk_ndjson("cp 1", &ask, &d.a, NULL, &d.out);
	names_lead_back(&d, 4);
	for (uint32_t i = 0; i < 3; i++) {
		str_clear(&d.out);
		w = jw_start(&d.out);
		entry_json(d.snap, i, test_date(NOW), &w);
		names_lead_back(&d, 2);
	}
	str_clear(&d.out);
	graph_json(d.snap, 0, test_date(NOW), &d.out);
	names_lead_back(&d, 9);
	str_clear(&d.out);
	graph_cincinnati_json(d.snap, 0, &d.out);
	names_lead_back(&d, 3);
	ck_assert_int_eq(lookup_nodes(d.snap, MAIN("1.9"), NULL, 0, NULL, &e), ERR_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(e.msg, "no entry " MAIN("1.9")));
}
END_TEST

START_TEST(a_list_of_meters_that_is_old_is_nothing_to_warn_of_where_chargers_are_asked_about)
{
	OWN(desk_close) struct desk d = { .snap = chargers(), .scratch = path_scratch_new() };
	const char *s;

	str_init(&d.out, 1 * MIB);
	s = desk_json(&d, MAIN("1.0"), "latest");
	ck_assert_ptr_null(strstr(s, "cpl-stale"));
	ck_assert(d.snap->cpl.issued_on > 0 && cpl_is_stale(&d.snap->cpl, test_date(NOW)));
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		a_path_is_told_as_the_interface_says,
		from_equal_to_is_already,
		no_path_says_why_and_what_would_open_one,
		a_block_in_the_way_comes_with_its_message_and_link,
		an_identity_that_fits_several_is_answered_with_the_candidates,
		the_same_question_gives_the_same_bytes,
		every_answer_is_strict_json_with_the_members_of_its_kind,
		what_fits_nothing_is_not_found_and_named,
		wrong_parameters_are_named_with_the_nearest_word,
		certificates_are_judged_at_the_asked_time,
		a_date_asks_for_the_catalogue_at_its_end,
		an_old_or_unchecked_list_is_stale,
		a_stale_list_is_told_with_every_answer,
		a_check_gives_its_verdict_and_reason_in_front,
		bulk_answers_are_one_line_each,
		bulk_answers_come_as_json_lines_too,
		texts_from_feeds_are_escaped,
		an_entry_of_a_charger_is_named_with_its_scheme_and_found_by_that_name,
		a_list_of_meters_that_is_old_is_nothing_to_warn_of_where_chargers_are_asked_about,
	};

	return RUN_TESTS("lookup", all);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of questions, as CSV and NDJSON, in pieces of any size, with every kind of line that is none. */
#include "core/bulk.h"
#include "snapshots.h"
#include "testing.h"

#define HEADER "device,from,to,result,hops,next,why,furthest,alternatives,warnings,candidates\r\n"

/* A catalogue, and the answers so far. */
struct desk {
	struct snapshot *snap;
	struct path_scratch *scratch;
	struct bulk *b;
	struct str out;
};

static void desk_open(struct desk *d, const char *prefer, const char *at)
{
	struct bulk_init init;

	*d = (struct desk){ .snap = snapshot_of(test_world), .scratch = path_scratch_new() };
	str_init(&d->out, 4 * MIB);
	init = (struct bulk_init){ .snap = d->snap,
				   .scratch = d->scratch,
				   .now = test_date("2026-11-20T09:30:00Z"),
				   .prefer = prefer,
				   .at = at };
	d->b = bulk_new(&init);
}

static void desk_close(struct desk *d)
{
	bulk_free(d->b);
	snapshot_free(d->snap);
	path_scratch_free(d->scratch);
	str_done(&d->out);
}
DEFINE_OWN_VAL(struct desk, desk_close)
#define DESK(d)                                                                                              \
	OWN(desk_close) struct desk d;                                                                       \
	desk_open(&d, NULL, NULL)

/* The whole text in pieces of this size, then the end. */
static int feed(struct desk *d, const char *text, size_t len, size_t piece, struct err *e)
{
	for (size_t i = 0; i < len; i += piece)
		if (bulk_feed(d->b, text + i, len - i < piece ? len - i : piece, &d->out, e))
			return (int)e->code;
	return bulk_end(d->b, &d->out, e);
}

START_TEST(questions_are_answered_in_order_however_they_are_cut)
{
	static const char text[] =
	    "\xEF\xBB\xBF"
	    "device,from,to\r\nm-1,1,3\r\n\r\n\"m,\"\"2\"\"\", 000002 ,2\nm-3,zz,2\nm-4,1,99\nm-5,1,latest";
	static const char want[] = HEADER "m-1,1,3,path,000002 000003,000002,,,0,statement-overdue,\r\n"
					  "\"m,\"\"2\"\"\",000002,2,already,,,,,,,\r\n"
					  "m-3,zz,2,error,,,identity-syntax,,,,\r\n"
					  "m-4,1,99,error,,,not-found,,,,\r\n"
					  "m-5,1,latest,path,000002 000003,000002,,,0,statement-overdue,\r\n";

	for (size_t piece = 1; piece <= sizeof text; piece++) {
		DESK(d);
		struct err e;

		ck_ok(feed(&d, text, sizeof text - 1, piece, &e));
		ck_assert_str_eq(str_c(&d.out), want);
		ck_assert_int_eq(bulk_asked(d.b), 5);
		ck_assert_int_eq(bulk_errors(d.b), 2);
		ck_assert(!bulk_is_ndjson(d.b));
	}
}
END_TEST

START_TEST(columns_may_come_in_any_order_and_the_device_may_be_missing)
{
	DESK(d);
	DESK(two);
	struct err e;

	ck_ok(feed(&d, "to,from\n3,1\n", 12, 100, &e));
	ck_assert_str_eq(str_c(&d.out), HEADER ",1,3,path,000002 000003,000002,,,0,statement-overdue,\r\n");
	ck_ok(feed(&two, "to,device,from\n3,x,1\n", 21, 100, &e));
	ck_assert_str_eq(str_c(&two.out),
			 HEADER "x,1,3,path,000002 000003,000002,,,0,statement-overdue,\r\n");
}
END_TEST

START_TEST(what_starts_with_a_brace_is_ndjson_and_is_answered_so)
{
	static const char text[] = "\n  "
				   "{\"device\":\"a\",\"from\":\"1\",\"to\":\"3\"}\n{\"from\":\"2\",\"to\":"
				   "\"2\"}\n{\"from\":\"1\"}\n"
				   "{\"from\":\"1\",\"to\":\"2\",\"via\":\"3\"}\nnonsense\n";
	DESK(d);
	struct err e;
	const char *line;

	ck_ok(feed(&d, text, sizeof text - 1, 7, &e));
	ck_assert(bulk_is_ndjson(d.b));
	ck_assert_int_eq(bulk_asked(d.b), 5);
	ck_assert_int_eq(bulk_errors(d.b), 3);
	ck_assert_ptr_eq(
	    strstr(str_c(&d.out), "{\"device\":\"a\",\"from\":\"1\",\"to\":\"3\",\"result\":\"path\","),
	    str_c(&d.out));
	ck_assert_ptr_nonnull(strstr(str_c(&d.out), "there is no member 'via' here"));
	ck_assert_ptr_nonnull(strstr(str_c(&d.out), "\"why\":\"json-syntax\""));
	for (line = str_c(&d.out); *line; line = strchr(line, '\n') + 1)
		ck_ok(json_prescan(line, strcspn(line, "\n"), &e));
}
END_TEST

START_TEST(lines_that_are_no_question_get_an_answer_and_the_others_go_on)
{
	static const struct {
		const char *line, *answer;
	} cases[] = {
		{ "m,1", "m,1,,error,,,invalid-input,,,,\r\n" },
		{ "m,1,2,3", "m,1,2,error,,,invalid-input,,,,\r\n" },
		{ "\"m,1,2", ",,,error,,,invalid-input,,,,\r\n" },
		{ "\"m\"x,1,2", ",,,error,,,invalid-input,,,,\r\n" },
		{ "m,,2", "m,,2,error,,,identity-syntax,,,,\r\n" },
		{ "m\xFF,1,2", ",,,error,,,invalid-input,,,,\r\n" },
		{ "=cmd,1,2", "'=cmd,1,2,path,000002,000002,,,0,statement-overdue,\r\n" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		STR(text, KIB);
		STR(want, KIB);
		DESK(d);
		struct err e;

		str_addf(&text, "device,from,to\n%s\nok,1,2\n", cases[i].line);
		str_addf(&want, HEADER "%sok,1,2,path,000002,000002,,,0,statement-overdue,\r\n",
			 cases[i].answer);
		ck_ok(feed(&d, str_c(&text), text.len, 1000, &e));
		ck_assert_str_eq(str_c(&d.out), str_c(&want));
	}
}
END_TEST

START_TEST(what_is_no_list_at_all_is_refused_with_its_line)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "", "there is no question in the input" },
		{ "\n\r\n", "there is no question in the input" },
		{ "1,4\n", "the header has a column '1'" },
		{ "\ndevice,form,to\n", "line 2: the header has a column 'form', did you mean 'from';" },
		{ "device,from\n", "must be a header with the columns device,from,to" },
		{ "from,to,from\n", "the header names the column 'from' twice" },
		{ "\"from,to\n", "line 1: a quoted field does not end on its line" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		DESK(d);
		struct err e;

		ck_refused(feed(&d, cases[i].text, strlen(cases[i].text), 5, &e), ERR_INVALID, cases[i].says);
		ck_assert_str_eq(str_c(&d.out), "");
	}
}
END_TEST

START_TEST(a_line_of_the_limit_is_taken_and_one_byte_more_is_refused)
{
	for (size_t over = 0; over <= 1; over++) {
		STR(text, 64 * KIB);
		DESK(d);
		struct err e;

		str_add(&text, "device,from,to\nm,1,");
		while (text.len < strlen("device,from,to\n") + BULK_LINE_MAX + over)
			str_addc(&text, '9');
		str_addc(&text, '\n');
		if (over) {
			ck_refused(feed(&d, str_c(&text), text.len, 4096, &e), ERR_TOO_LARGE,
				   "line 2: the line is longer");
			continue;
		}
		ck_ok(feed(&d, str_c(&text), text.len, 4096, &e));
		ck_assert_int_eq(bulk_errors(d.b), 1); /* no identity is that long */
	}
}
END_TEST

START_TEST(wishes_for_all_questions_are_checked_once)
{
	static const struct {
		const char *prefer, *at, *says;
	} cases[] = { { "speed", NULL, "prefer is hops, time, bytes or restarts" },
		      { NULL, "yesterday", "at: 'yesterday' is not a date" } };

	for (size_t i = 0; i < 2; i++) {
		OWN(desk_close) struct desk d;
		struct err e;

		desk_open(&d, cases[i].prefer, cases[i].at);
		ck_refused(feed(&d, "from,to\n1,2\n", 12, 100, &e), ERR_INVALID, cases[i].says);
		ck_assert_str_eq(str_c(&d.out), "");
	}
}
END_TEST

START_TEST(the_output_does_not_grow_with_the_input_when_it_is_taken_away)
{
	DESK(d);
	size_t most = 0;
	struct err e;

	ck_ok(bulk_feed(d.b, "from,to\n", 8, &d.out, &e));
	for (int i = 0; i < 20000; i++) {
		ck_ok(bulk_feed(d.b, "1,latest\n", 9, &d.out, &e));
		most = d.out.len > most ? d.out.len : most;
		str_clear(&d.out);
	}
	ck_assert_uint_lt(most, KIB);
	ck_assert_int_eq(bulk_asked(d.b), 20000);
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		questions_are_answered_in_order_however_they_are_cut,
		columns_may_come_in_any_order_and_the_device_may_be_missing,
		what_starts_with_a_brace_is_ndjson_and_is_answered_so,
		lines_that_are_no_question_get_an_answer_and_the_others_go_on,
		what_is_no_list_at_all_is_refused_with_its_line,
		a_line_of_the_limit_is_taken_and_one_byte_more_is_refused,
		wishes_for_all_questions_are_checked_once,
		the_output_does_not_grow_with_the_input_when_it_is_taken_away,
	};

	return RUN_TESTS("bulk", all);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The CSV reader: records, places, ceilings, and chunks that end anywhere. */
#include "testing.h"

#include "base/digest.h"
#include "base/mem.h"
#include "import/csv_reader.h"
#include "import/line_reader.h"

static struct err e;

/* A reader over bytes; short: with the short cut for lines without quotes. */
struct over {
	struct input *in;
	struct csv_reader *csv;
};
static struct over over(const void *p, size_t n, bool plain)
{
	struct feed_input from = { .bytes = p, .len = n };
	struct over o;

	ck_ok(input_open(&from, &o.in, &e));
	o.csv = csv_reader_new(o.in);
	if (plain)
		csv_reader_plain(o.csv);
	return o;
}
static void over_free(struct over *o)
{
	csv_reader_free(o->csv);
	input_free(o->in);
}

/* All records as "line:field|field;" */
static const char *all(const char *text, size_t n, bool plain, struct str *out)
{
	struct over o = over(text, n, plain);
	struct csv_record r;
	bool got = true;

	str_clear(out);
	while (got) {
		if (csv_reader_next(o.csv, &r, &got, &e)) {
			str_addf(out, "!%d:%d %s", (int)e.line, (int)e.col, err_info(e.code)->code);
			break;
		}
		if (!got)
			break;
		str_addf(out, "%d:", (int)r.line);
		for (size_t i = 0; i < r.n; i++)
			str_addf(out, "%s%s", i ? "|" : "", r.field[i]);
		str_addc(out, ';');
	}
	over_free(&o);
	return str_c(out);
}

START_TEST(records_come_with_their_lines_and_values_as_written)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "", "" },
		{ "\n\r\n\n", "" },
		{ "a,b\nc,d\n", "1:a|b;2:c|d;" },
		{ "a,b\r\nc,d\r\n", "1:a|b;2:c|d;" },
		{ "a,b\nc,d", "1:a|b;2:c|d;" },
		{ "\xef\xbb\xbf"
		  "a,b\n",
		  "1:a|b;" },
		{ "a\n\n\r\nb\n", "1:a;4:b;" },
		{ "a\n,,,\n\"\",\nb\n", "1:a;4:b;" }, /* rows with nothing in them */
		{ " a , b \n", "1: a | b ;" },
		{ "\"a\",\"b,c\"\n", "1:a|b,c;" },
		{ "\"say \"\"x\"\"\",b\n", "1:say \"x\"|b;" },
		{ "\"a\nb\",c\nd,e\n", "1:a\nb|c;3:d|e;" },
		{ "x\n\"a\r\n\r\nb\"\r\ny\r\n", "1:x;2:a\r\n\r\nb;5:y;" },
		{ "a,\"b\"\r\n", "1:a|b;" },
		{ ",a\n", "1:|a;" },
		{ "a,\n", "1:a|;" },
		{ "\xc3\xa9,\xe2\x82\xac\n", "1:\xc3\xa9|\xe2\x82\xac;" },
		/* errors with line and column */
		{ "a,b\nc,d\"e\n", "1:a|b;!2:2 import-file" },
		{ "a,\"b\"c\n", "!1:2 import-file" },
		{ "a\nb,\"c\n", "1:a;!2:2 import-file" },
		{ "a,b\rc\n", "!1:2 import-file" },
		{ "a,b\r", "!1:2 import-file" },
		{ "a\nb,c,\xff\n", "1:a;!2:3 import-file" },
		{ "\xff\xfe"
		  "a",
		  "!1:1 import-file" },
	};
	STR(out, MIB);

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (int plain = 0; plain < 2; plain++) {
			const char *got = all(cases[i].text, strlen(cases[i].text), plain, &out);

			ck_assert_msg(!strcmp(got, cases[i].want), "%s gave %s", cases[i].text, got);
		}
	ck_assert_str_eq(all("a,b\0c\n", 6, false, &out), "!1:2 import-file");
}
END_TEST

START_TEST(where_a_chunk_ends_makes_no_difference)
{
	/* One long first record pushes the rest over the end of the first chunk of 64 KiB, byte by byte. */
	static const char tail[] = "\r\n\"a\"\"b\r\nc\",\xe2\x82\xac\r\n,\"\"\r\nd,e\r\n";
	STR(text, MIB);
	STR(out, MIB);
	STR(want, MIB);

	for (size_t pad = 64 * KIB - sizeof tail - 2; pad < 64 * KIB + 2; pad++) {
		str_clear(&text);
		while (text.len + 4001 < pad) {
			for (int i = 0; i < 4000; i++)
				str_addc(&text, 'x');
			str_addc(&text, ',');
		}
		while (text.len < pad)
			str_addc(&text, 'y');
		str_clear(&want);
		str_add(&want, "1:");
		for (size_t i = 0; i < text.len; i++)
			str_addc(&want, text.p[i] == ',' ? '|' : text.p[i]);
		str_add(&want, ";2:a\"b\r\nc|\xe2\x82\xac;5:d|e;");
		str_addn(&text, tail, sizeof tail - 1);
		for (int plain = 0; plain < 2; plain++)
			ck_assert_str_eq(all(text.p, text.len, plain, &out), str_c(&want));
	}
}
END_TEST

START_TEST(t18_ceilings_hold_at_the_limit_and_bite_one_past_it)
{
	STR(text, MIB);
	STR(out, MIB);

	for (size_t n = IMPORT_FIELD_MAX; n <= IMPORT_FIELD_MAX + 1; n++)
		for (int quoted = 0; quoted < 2; quoted++) {
			str_clear(&text);
			str_add(&text, quoted ? "a,\"" : "a,");
			for (size_t i = 0; i < n; i++)
				str_addc(&text, 'x');
			str_add(&text, quoted ? "\"\n" : "\n");
			all(text.p, text.len, false, &out);
			if (n == IMPORT_FIELD_MAX)
				ck_assert_uint_eq(out.len, n + 5);
			else
				ck_assert_str_eq(str_c(&out), "!1:2 too-large");
		}
	for (int n = IMPORT_COLUMNS_MAX; n <= IMPORT_COLUMNS_MAX + 1; n++) {
		str_clear(&text);
		for (int i = 1; i < n; i++)
			str_add(&text, "x,");
		str_add(&text, "x\n");
		all(text.p, text.len, false, &out);
		if (n == IMPORT_COLUMNS_MAX)
			ck_assert_uint_eq(out.len, 2 * (size_t)n - 1 + 3);
		else
			ck_assert_str_eq(str_c(&out), "!1:65 too-large");
	}
}
END_TEST

START_TEST(t18_a_file_may_have_64_mib_and_not_a_byte_more)
{
	char dir[256], path[300];
	struct feed_input from = { .path = path };
	OWN(input_free) struct input *in = NULL;
	FILE *f;

	snprintf(path, sizeof path, "%s/big", test_dir_new(dir, sizeof dir));
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(ftruncate(fileno(f), (off_t)IMPORT_FILE_MAX), 0);
	ck_ok(input_open(&from, &in, &e));
	ck_assert_int_eq(input_size(in), (int64_t)IMPORT_FILE_MAX);
	input_free(MOVE(in));
	ck_assert_int_eq(ftruncate(fileno(f), (off_t)IMPORT_FILE_MAX + 1), 0);
	ck_refused(input_open(&from, &in, &e), ERR_TOO_LARGE, "64 MiB");
	fclose(f);
	test_dir_free(dir);
}
END_TEST

START_TEST(a_file_that_shrinks_while_it_is_read_is_an_error)
{
	char dir[256], path[300], buf[100];
	struct feed_input from = { .path = path };
	OWN(input_free) struct input *in = NULL;
	size_t n;
	FILE *f;

	snprintf(path, sizeof path, "%s/shrinks", test_dir_new(dir, sizeof dir));
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(ftruncate(fileno(f), 100), 0);
	ck_ok(input_open(&from, &in, &e));
	ck_assert_int_eq(ftruncate(fileno(f), 50), 0);
	ck_refused(input_read(in, 0, buf, sizeof buf, &n, &e), ERR_IMPORT, "became shorter");
	fclose(f);
	test_dir_free(dir);
}
END_TEST

START_TEST(the_hash_is_that_of_the_whole_file)
{
	static const char text[] = "\xef\xbb\xbf"
				   "a,b\r\nc,d\r\n";
	struct over o = over(text, sizeof text - 1, false);
	struct csv_record r;
	uint8_t sum[SHA256_LEN];
	char want[SHA256_HEX], other[SHA256_HEX];
	bool got = true;

	while (got)
		ck_ok(csv_reader_next(o.csv, &r, &got, &e));
	sha256_of(text, sizeof text - 1, sum);
	hex_text(sum, sizeof sum, want);
	ck_assert_str_eq(csv_reader_hash(o.csv), want);
	ck_ok(input_hash(o.in, other, &e));
	ck_assert_str_eq(other, want);
	over_free(&o);
}
END_TEST

START_TEST(lines_are_numbered_trimmed_of_their_ends_and_bounded)
{
	STR(text, MIB);
	struct feed_input from;
	OWN(input_free) struct input *in = NULL;
	OWN(line_reader_free) struct line_reader *r = NULL;
	const char *s;
	size_t n;
	int64_t line;
	bool got;

	str_add(&text, "\xef\xbb\xbf"
		       "one\r\n\ntwo\n");
	for (size_t i = 0; i < LINE_MAX_BYTES; i++)
		str_addc(&text, 'x');
	str_add(&text, "\nlast");
	from = (struct feed_input){ .bytes = text.p, .len = text.len };
	ck_ok(input_open(&from, &in, &e));
	r = line_reader_new(in);
	ck_ok(line_reader_next(r, &s, &n, &line, &got, &e));
	ck_assert(got && n == 3 && !memcmp(s, "one", 3) && line == 1);
	ck_ok(line_reader_next(r, &s, &n, &line, &got, &e));
	ck_assert(got && n == 0 && line == 2);
	ck_ok(line_reader_next(r, &s, &n, &line, &got, &e));
	ck_assert(got && n == 3 && line == 3);
	ck_ok(line_reader_next(r, &s, &n, &line, &got, &e));
	ck_assert(got && n == LINE_MAX_BYTES && line == 4);
	ck_ok(line_reader_next(r, &s, &n, &line, &got, &e));
	ck_assert(got && n == 4 && line == 5);
	ck_ok(line_reader_next(r, &s, &n, &line, &got, &e));
	ck_assert(!got);
}
END_TEST

int main(void)
{
	const TTest *tests[] = { records_come_with_their_lines_and_values_as_written,
				 where_a_chunk_ends_makes_no_difference,
				 t18_ceilings_hold_at_the_limit_and_bite_one_past_it,
				 t18_a_file_may_have_64_mib_and_not_a_byte_more,
				 a_file_that_shrinks_while_it_is_read_is_an_error,
				 the_hash_is_that_of_the_whole_file,
				 lines_are_numbered_trimmed_of_their_ends_and_bounded };

	return RUN_TESTS("csv", tests);
}

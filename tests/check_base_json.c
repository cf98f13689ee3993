/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON: the strict reader against its corpus and against jansson, the tree, decoding by field tables, the
 * writer. Names in the corpus say the verdict: good-*, bad-*, and limit-* for what RFC 8259 allows and we
 * refuse on purpose (nesting over 16, numbers over 512 characters).
 */
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "testing.h"

#define CORPUS SRCDIR "/tests/corpus/json"

/* Calls fn for every document of the corpus; returns how many there were. */
static int each_doc(void (*fn)(const char *name, const char *p, size_t n, void *ctx), void *ctx)
{
	struct dirent **list;
	int n = scandir(CORPUS, &list, NULL, alphasort), docs = 0;
	char path[4096];
	struct err e;

	ck_assert_msg(n > 0, "no corpus in %s", CORPUS);
	for (int i = 0; i < n; i++) {
		STR(text, 4 * MIB);

		if (list[i]->d_name[0] != '.') {
			snprintf(path, sizeof path, "%s/%s", CORPUS, list[i]->d_name);
			ck_ok(file_read(path, &text, &e));
			fn(list[i]->d_name, str_c(&text), text.len, ctx);
			docs++;
		}
		free(list[i]);
	}
	free(list);
	return docs;
}

/* Ours on purpose, so no other reader agrees. */
static bool is_our_limit(const struct err *e)
{
	return strstr(e->msg, "deeper than 16") || strstr(e->msg, "more characters than");
}

static void judge(const char *name, const char *p, size_t n, void *ctx)
{
	OWN(json_free) struct json *j = NULL;
	struct err e = { 0 };
	char text[700];
	int rc = json_parse(p, n, &j, &e), *count = ctx;

	if (strncmp(name, "good-", 5) == 0) {
		ck_assert_msg(rc == OK, "%s was refused: %s", name,
			      rc ? err_text(&e, text, sizeof text) : "");
		count[0]++;
		return;
	}
	ck_assert_msg(rc == ERR_JSON, "%s was taken", name);
	ck_assert_msg(e.line > 0 && e.col > 0 && e.msg[0], "%s: the error has no place", name);
	if (strncmp(name, "limit-", 6) == 0)
		ck_assert_msg(is_our_limit(&e), "%s was refused for another reason: %s", name, e.msg);
	count[1]++;
}

START_TEST(every_document_of_the_corpus_gets_the_verdict_in_its_name)
{
	int count[2] = { 0, 0 }, docs = each_doc(judge, count);

	ck_assert_int_ge(docs, 200);
	ck_assert_int_ge(count[0], 90);
	ck_assert_int_ge(count[1], 200);
}
END_TEST

/* Questions to the oracle program, and what we said ourselves. */
struct trial {
	struct rnd rnd;
	FILE *ask, *ours;
	int n;
};

static void put_question(struct trial *t, const char *p, size_t n)
{
	OWN(json_free) struct json *j = NULL;
	STR(again, 8 * MIB);
	struct err e = { 0 };
	int rc = json_parse(p, n, &j, &e);

	if (rc && is_our_limit(&e))
		return;
	if (!rc)
		json_print(j, &again, n % 2 == 0);
	fprintf(t->ask, "%zu %zu\n", n, again.len);
	fwrite(p, 1, n, t->ask);
	fwrite(str_c(&again), 1, again.len, t->ask);
	fprintf(t->ours, "%s\n", rc ? "00" : "11");
	t->n++;
}

static void put_variations(const char *name, const char *p, size_t n, void *ctx)
{
	static const char marks[] = "\"\\{}[],: 019-+.eEuntf\n/'";
	struct trial *t = ctx;
	char buf[4096];

	(void)name;
	put_question(t, p, n);
	if (n < 1 || n > sizeof buf)
		return;
	for (int i = 0; i < 60; i++) {
		memcpy(buf, p, n);
		for (uint64_t k = 1 + rnd_below(&t->rnd, 3); k; k--) {
			char *at = &buf[rnd_below(&t->rnd, n)];

			if (rnd_below(&t->rnd, 2))
				*at = marks[rnd_below(&t->rnd, sizeof marks)];
			else
				*at = (char)((unsigned)*at ^ 1u << rnd_below(&t->rnd, 8));
		}
		put_question(t, buf, n - (i % 10 == 9 ? rnd_below(&t->rnd, n) : 0));
	}
}

static int run_oracle(const char *in, const char *out)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		int from = open(in, O_RDONLY), to = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);

		if (from < 0 || to < 0 || dup2(from, 0) < 0 || dup2(to, 1) < 0)
			_exit(126);
		execl(BUILDDIR "/tests/json_oracle", "json_oracle", (char *)NULL);
		_exit(127);
	}
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

START_TEST(jansson_agrees_on_every_verdict_and_every_value)
{
	char dir[256], ask[300], ours[300], theirs[300], a[16], b[16];
	struct trial t = { rnd_seeded(6), NULL, NULL, 0 };
	int line = 0, taken = 0;
	FILE *fa, *fb;

	test_dir_new(dir, sizeof dir);
	snprintf(ask, sizeof ask, "%s/ask", dir);
	snprintf(ours, sizeof ours, "%s/ours", dir);
	snprintf(theirs, sizeof theirs, "%s/theirs", dir);
	t.ask = fopen(ask, "w");
	t.ours = fopen(ours, "w");
	ck_assert(t.ask && t.ours);
	each_doc(put_variations, &t);
	ck_assert_int_eq(fclose(t.ask) + fclose(t.ours), 0);
	ck_assert_int_eq(run_oracle(ask, theirs), 0);
	fa = fopen(ours, "r");
	fb = fopen(theirs, "r");
	ck_assert(fa && fb);
	while (fgets(a, sizeof a, fa)) {
		line++;
		taken += a[0] == '1';
		ck_assert_msg(fgets(b, sizeof b, fb) != NULL, "the oracle stopped at question %d", line);
		ck_assert_msg(strcmp(a, b) == 0, "question %d: we say %.2s, jansson says %.2s (files in %s)",
			      line, a, b, dir);
	}
	ck_assert_int_eq(line, t.n);
	ck_assert_int_gt(line, 10000);
	ck_assert_int_gt(taken, 500);
	fclose(fa);
	fclose(fb);
	test_dir_free(dir);
}
END_TEST

START_TEST(the_place_of_an_error_is_its_line_and_column)
{
	static const struct {
		const char *text, *says;
		int line, col;
	} cases[] = {
		{ "{\"a\":1,\n \"b\":2,\n \"a\":3}", "this name is in the object already", 3, 2 },
		{ "[1,\n2,\n\n  x]", "a value is expected", 4, 3 },
		{ "", "the text ends", 1, 1 },
		{ "[\n", "the text ends", 2, 1 },
		{ "{} {}", "something follows", 1, 4 },
		{ "\"\\u0000\"", "\\u0000 is not accepted", 1, 2 },
		{ "[1e400]", "too large", 1, 2 },
		{ "[9223372036854775808]", "64 bits", 1, 2 },
		{ "\"a\tb\"", "control character", 1, 3 },
	};
	struct err e;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ck_refused(json_prescan(cases[i].text, strlen(cases[i].text), &e), ERR_JSON, cases[i].says);
		ck_assert_int_eq(e.line, cases[i].line);
		ck_assert_int_eq(e.col, cases[i].col);
	}
}
END_TEST

START_TEST(nesting_is_taken_to_sixteen_and_refused_at_seventeen)
{
	struct err e;
	char text[64];

	for (int depth = 1; depth <= 20; depth++) {
		memset(text, '[', (size_t)depth);
		memset(text + depth, ']', (size_t)depth);
		if (depth <= JSON_DEPTH_MAX)
			ck_ok(json_prescan(text, (size_t)depth * 2, &e));
		else
			ck_refused(json_prescan(text, (size_t)depth * 2, &e), ERR_JSON, "deeper than 16");
	}
}
END_TEST

START_TEST(text_behind_the_length_is_not_read)
{
	OWN(json_free) struct json *j = NULL;
	struct err e;

	ck_ok(json_parse("12345", 2, &j, &e));
	ck_assert_int_eq(json_int(j, 0), 12);
}
END_TEST

START_TEST(the_tree_gives_values_by_name_and_place)
{
	static const char text[] = "{\"s\":\"a\\u00e9\",\"i\":-7,\"r\":2.5,\"t\":true,\"n\":null,\"a\":[1,"
				   "\"x\",{\"k\":0}],\"o\":{}}";
	OWN(json_free) struct json *j = NULL;
	const struct json *v = NULL;
	struct err e;

	ck_ok(json_parse(text, sizeof text - 1, &j, &e));
	ck_assert_int_eq(json_kind(j), JSON_OBJECT);
	ck_assert_uint_eq(json_len(j), 7);
	ck_assert_str_eq(json_text(json_get(j, "s")), "a\xc3\xa9");
	ck_assert_int_eq(json_int(json_get(j, "i"), 0), -7);
	ck_assert_double_eq(json_real(json_get(j, "r"), 0), 2.5);
	ck_assert_double_eq(json_real(json_get(j, "i"), 0), -7);
	ck_assert(json_bool(json_get(j, "t"), false));
	ck_assert_int_eq(json_kind(json_get(j, "n")), JSON_NULL);
	ck_assert_ptr_null(json_get(j, "absent"));
	ck_assert_ptr_null(json_get(json_get(j, "a"), "k"));
	ck_assert_uint_eq(json_len(json_get(j, "a")), 3);
	ck_assert_str_eq(json_text(json_at(json_get(j, "a"), 1)), "x");
	ck_assert_int_eq(json_kind(json_at(json_get(j, "a"), 2)), JSON_OBJECT);
	ck_assert_ptr_null(json_at(json_get(j, "a"), 3));
	ck_assert_ptr_null(json_at(j, 0));
	ck_assert_str_eq(json_member(j, 1, &v), "i");
	ck_assert_int_eq(json_int(v, 0), -7);
	ck_assert_ptr_null(json_member(j, 7, &v));
	ck_assert_ptr_null(json_member(json_get(j, "a"), 0, &v));
}
END_TEST

START_TEST(asking_for_the_wrong_kind_gives_the_other_value)
{
	OWN(json_free) struct json *j = NULL;
	struct err e;

	ck_ok(json_parse("[\"5\",5.5,true,{}]", 17, &j, &e));
	ck_assert_int_eq(json_int(json_at(j, 0), 9), 9);
	ck_assert_int_eq(json_int(json_at(j, 1), 9), 9);
	ck_assert_int_eq(json_int(json_at(j, 2), 9), 9);
	ck_assert_ptr_null(json_text(json_at(j, 1)));
	ck_assert_ptr_null(json_text(NULL));
	ck_assert(json_bool(json_at(j, 0), true));
	ck_assert(!json_bool(json_at(j, 0), false));
	ck_assert_double_eq(json_real(json_at(j, 0), 1.5), 1.5);
	ck_assert_uint_eq(json_len(json_at(j, 0)), 0);
	ck_assert_uint_eq(json_len(NULL), 0);
}
END_TEST

START_TEST(printing_keeps_member_order_and_reads_back)
{
	static const char text[] =
	    "{\"z\":[],\"a\":{\"b\":[1,-2,0.1,\"q\\\"\\\\\\u0001\"]},\"e\":{},\"m\":null}";
	OWN(json_free) struct json *j = NULL;
	STR(out, KIB);
	struct err e;

	ck_ok(json_parse(text, sizeof text - 1, &j, &e));
	json_print(j, &out, false);
	ck_assert_str_eq(out.p, text);
	str_clear(&out);
	json_print(j, &out, true);
	ck_assert_str_eq(out.p, "{\n  \"z\": [],\n  \"a\": {\n    \"b\": [\n      1,\n      -2,\n      "
				"0.1,\n      \"q\\\"\\\\\\u0001\"\n"
				"    ]\n  },\n  \"e\": {},\n  \"m\": null\n}");
}
END_TEST

struct order {
	char name[8];
	char *note;
	int64_t count, when;
	bool urgent;
};
static const struct json_field order_fields[] = {
	{ "name", FIELD_TEXT, offsetof(struct order, name), true, 0, 8 },
	{ "note", FIELD_STR, offsetof(struct order, note), false, 0, 10 },
	{ "count", FIELD_INT, offsetof(struct order, count), false, 1, 100 },
	{ "when", FIELD_TIME, offsetof(struct order, when), false, 0, 0 },
	{ "urgent", FIELD_BOOL, offsetof(struct order, urgent), false, 0, 0 },
	{ NULL, FIELD_TEXT, 0, false, 0, 0 },
};

static int decode_text(const char *text, struct order *o, struct err *e)
{
	OWN(json_free) struct json *j = NULL;

	if (json_parse(text, strlen(text), &j, e))
		return (int)e->code;
	return json_decode(j, order_fields, o, e);
}

START_TEST(an_object_becomes_a_struct)
{
	struct order o = { "", NULL, 5, -1, false };
	struct err e;

	ck_ok(decode_text("{\"when\":\"1970-01-02\",\"name\":\"seven77\",\"note\":\"ten "
			  "bytes!\",\"count\":100,\"urgent\":true}",
			  &o, &e));
	ck_assert_str_eq(o.name, "seven77");
	ck_assert_str_eq(o.note, "ten bytes!");
	ck_assert_int_eq(o.count, 100);
	ck_assert_int_eq(o.when, 86400000);
	ck_assert(o.urgent);
	free(o.note);
}
END_TEST

START_TEST(absent_and_null_members_leave_their_fields_alone)
{
	struct order o = { "x", NULL, 5, -1, true };
	struct err e;

	ck_ok(decode_text("{\"name\":\"y\",\"count\":null,\"note\":null}", &o, &e));
	ck_assert_str_eq(o.name, "y");
	ck_assert_ptr_null(o.note);
	ck_assert_int_eq(o.count, 5);
	ck_assert_int_eq(o.when, -1);
	ck_assert(o.urgent);
}
END_TEST

START_TEST(a_wrong_member_is_named_by_pointer_and_nothing_is_stored)
{
	static const struct {
		const char *text, *says, *where;
	} cases[] = {
		{ "{\"name\":\"a\",\"cuont\":1}", "there is no member 'cuont' here; did you mean 'count'?",
		  "/cuont" },
		{ "{\"name\":\"a\",\"zzz\":null}", "there is no member 'zzz' here", "/zzz" },
		{ "{\"count\":1}", "the member 'name' is missing", "/name" },
		{ "{\"name\":null}", "the member 'name' is missing", "/name" },
		{ "{\"name\":\"eight888\"}", "'name' is longer than 7 bytes", "/name" },
		{ "{\"name\":7}", "'name' must be a string", "/name" },
		{ "{\"name\":\"a\",\"note\":\"eleven bytes\"}", "'note' is longer than 10 bytes", "/note" },
		{ "{\"name\":\"a\",\"count\":0}", "'count' is 0, not between 1 and 100", "/count" },
		{ "{\"name\":\"a\",\"count\":101}", "not between 1 and 100", "/count" },
		{ "{\"name\":\"a\",\"count\":1.0}", "must be a whole number", "/count" },
		{ "{\"name\":\"a\",\"count\":\"1\"}", "must be a whole number", "/count" },
		{ "{\"name\":\"a\",\"urgent\":1}", "must be true or false", "/urgent" },
		{ "{\"name\":\"a\",\"when\":\"tomorrow\"}", "must be a date or a time", "/when" },
		{ "{\"name\":\"a\",\"when\":5}", "must be a date or a time", "/when" },
		{ "[]", "a JSON object is expected", "/" },
		{ "null", "a JSON object is expected", "/" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct order o = { "kept", NULL, 5, -1, false };
		struct err e;

		ck_refused(decode_text(cases[i].text, &o, &e), ERR_JSON_FIELD, cases[i].says);
		ck_assert_str_eq(e.where, cases[i].where);
		ck_assert_str_eq(o.name, "kept");
		ck_assert_ptr_null(o.note);
		ck_assert_int_eq(o.count, 5);
	}
}
END_TEST

START_TEST(the_writer_puts_commas_where_they_belong)
{
	STR(out, KIB);
	struct jw w = jw_start(&out);

	jw_obj(&w);
	jw_kstr(&w, "a", "x");
	jw_kstr(&w, "b", NULL);
	jw_key(&w, "c");
	jw_arr(&w);
	jw_int(&w, 1);
	jw_obj(&w);
	jw_end(&w);
	jw_arr(&w);
	jw_arr_end(&w);
	jw_bool(&w, true);
	jw_null(&w);
	jw_real(&w, 0.1);
	jw_raw(&w, "{\"r\":1}", 7);
	jw_strn(&w, "abcdef", 3);
	jw_arr_end(&w);
	jw_kint(&w, "d", INT64_MIN);
	jw_kbool(&w, "e", false);
	jw_ktime(&w, "f", 1795165200000);
	jw_kdate(&w, "g", 1795165200000);
	jw_ktime(&w, "h", -1);
	jw_kdate(&w, "i", -1);
	jw_end(&w);
	ck_assert_str_eq(
	    out.p, "{\"a\":\"x\",\"b\":null,\"c\":[1,{},[],true,null,0.1,{\"r\":1},\"abc\"],\"d\":-"
		   "9223372036854775808,"
		   "\"e\":false,\"f\":\"2026-11-20T09:00:00Z\",\"g\":\"2026-11-20\",\"h\":null,\"i\":null}");
}
END_TEST

START_TEST(whatever_bytes_are_written_the_output_is_json_with_the_same_text)
{
	struct rnd r = rnd_seeded(3);
	struct err e;

	for (int i = 0; i < 20000; i++) {
		OWN(json_free) struct json *j = NULL;
		STR(out, 4 * KIB);
		STR(plain, 4 * KIB);
		struct jw w = jw_start(&out);
		unsigned char s[40];
		size_t n = rnd_below(&r, sizeof s);
		bool ascii = i % 2;

		for (size_t k = 0; k < n; k++)
			s[k] = (unsigned char)(ascii ? 1 + rnd_below(&r, 127) : rnd_below(&r, 256));
		jw_arr(&w);
		jw_strn(&w, (const char *)s, n);
		jw_arr_end(&w);
		ck_ok(json_prescan(out.p, out.len, &e));
		if (!ascii)
			continue;
		ck_ok(json_parse(out.p, out.len, &j, &e));
		str_addn(&plain, s, n);
		ck_assert_str_eq(json_text(json_at(j, 0)), str_c(&plain));
	}
}
END_TEST

START_TEST(escapes_are_the_short_ones_and_bad_bytes_become_the_replacement_character)
{
	static const struct {
		const char *s;
		size_t n;
		const char *want;
	} cases[] = {
		{ "", 0, "" },
		{ "plain text of any length", 24, "plain text of any length" },
		{ "a\"b\\c/d", 7, "a\\\"b\\\\c/d" },
		{ "\n\r\t\b\f\x1f", 6, "\\n\\r\\t\\u0008\\u000c\\u001f" },
		{ "\0x", 2, "\xef\xbf\xbdx" },
		{ "caf\xc3\xa9 \xf0\x9f\x98\x80", 10, "caf\xc3\xa9 \xf0\x9f\x98\x80" },
		{ "caf\xe9", 4, "caf\xef\xbf\xbd" },
		{ "\xe2\x82", 2, "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "1234567\"", 8, "1234567\\\"" },
		{ "12345678\"", 9, "12345678\\\"" },
		{ "\x7f", 1, "\x7f" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		STR(out, KIB);

		json_escape(&out, cases[i].s, cases[i].n);
		ck_assert_str_eq(str_c(&out), cases[i].want);
	}
}
END_TEST

START_TEST(reals_read_back_as_the_same_number)
{
	static const double values[] = {
		0,    -0.0, 1, -1, 0.1, 1.0 / 3, 1e21, 1e-7, 123456789.123, 5e-324, 1.7976931348623157e308,
		1e15, 1e17
	};

	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		OWN(json_free) struct json *j = NULL;
		STR(out, KIB);
		struct jw w = jw_start(&out);
		struct err e;

		jw_real(&w, values[i]);
		ck_ok(json_parse(out.p, out.len, &j, &e));
		ck_assert_int_eq(json_kind(j), JSON_REAL);
		ck_assert_msg(memcmp(&values[i], &(double){ json_real(j, 7) }, sizeof(double)) == 0, "%s",
			      out.p);
	}
	STR(out, KIB);
	struct jw w = jw_start(&out);
	jw_arr(&w);
	jw_real(&w, (double)NAN);
	jw_real(&w, (double)INFINITY);
	jw_arr_end(&w);
	ck_assert_str_eq(out.p, "[null,null]");
}
END_TEST

START_TEST(the_writer_stops_at_the_ceiling_of_its_text)
{
	/* Every ceiling: never past it, flag set, and a prefix of the whole. */
	STR(whole, KIB);

	for (size_t max = KIB; max != SIZE_MAX; max = max > 80 ? 80 : max - 1) {
		STR(out, max);
		struct jw w = jw_start(&out);

		jw_obj(&w);
		jw_kstr(&w, "name", "va\"lue");
		jw_kint(&w, "number", 1234567);
		jw_key(&w, "list");
		jw_arr(&w);
		jw_str(&w, "one");
		jw_str(&w, "two");
		jw_arr_end(&w);
		jw_end(&w);
		if (max == KIB)
			str_add(&whole, out.p);
		ck_assert_uint_le(out.len, max);
		ck_assert_int_eq(out.over, max < whole.len);
		ck_assert_int_eq(strncmp(str_c(&out), whole.p, out.len), 0);
		if (out.over)
			ck_assert_uint_eq(out.len, max);
	}
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		every_document_of_the_corpus_gets_the_verdict_in_its_name,
		jansson_agrees_on_every_verdict_and_every_value,
		the_place_of_an_error_is_its_line_and_column,
		nesting_is_taken_to_sixteen_and_refused_at_seventeen,
		text_behind_the_length_is_not_read,
		the_tree_gives_values_by_name_and_place,
		asking_for_the_wrong_kind_gives_the_other_value,
		printing_keeps_member_order_and_reads_back,
		an_object_becomes_a_struct,
		absent_and_null_members_leave_their_fields_alone,
		a_wrong_member_is_named_by_pointer_and_nothing_is_stored,
		the_writer_puts_commas_where_they_belong,
		whatever_bytes_are_written_the_output_is_json_with_the_same_text,
		escapes_are_the_short_ones_and_bad_bytes_become_the_replacement_character,
		reals_read_back_as_the_same_number,
		the_writer_stops_at_the_ceiling_of_its_text,
	};

	return RUN_TESTS("base_json", all);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Forms: what is taken, what is refused as a whole, what is said at its field (T24, T33). */
#include <check.h>
#include <stdlib.h>

#include "stores.h"
#include "web/form.h"

static const struct form_option colours[] = { { "red", "Red", NULL },
					      { "blue", "Blue", "As the sky" },
					      { NULL, NULL, NULL } };
static const struct form_field fields[] = {
	{ .name = "name",
	  .label = "Name",
	  .hint = "As it is written",
	  .missing = "Write the name",
	  .max = 10 },
	{ .name = "text", .kind = FORM_AREA, .label = "Text", .max = 100 },
	{ .name = "word", .kind = FORM_PASSWORD, .label = "Password" },
	{ .name = "colour", .kind = FORM_RADIOS, .label = "Colour", .options = colours },
	{ .name = "tick", .kind = FORM_CHECKS, .label = "Ticks" },
	{ .name = "step", .kind = FORM_HIDDEN },
	{ .name = "row", .kind = FORM_LIST },
	{ .name = "file", .kind = FORM_FILE, .label = "File" },
	{ .name = NULL },
};

struct sheet {
	struct req rq;
	struct resp rs;
	struct form form;
};

/* Reads a body; returns the error's code. */
static int read_form(struct sheet *s, const char *body, size_t len)
{
	struct err e;

	*s = (struct sheet){ .rq = { .method = "POST" }, .form = { .fields = fields } };
	str_init(&s->rq.body, MIB);
	str_addn(&s->rq.body, body, len);
	form_start(&s->form, &s->rq);
	form_option(&s->form, "tick", "000001", NULL, NULL);
	form_option(&s->form, "tick", "000002", "Entry 2", NULL);
	form_set(&s->form, "name", "before");
	return form_read(&s->form, &e);
}
static void sheet_done(struct sheet *s)
{
	str_done(&s->rq.body);
	form_done(&s->form);
}

START_TEST(values_come_back_decoded_and_trimmed)
{
	struct sheet s;
	const char *body = "name=+A%20b+&text=one%0D%0Atwo%0D%0A&word=+x+&colour=blue&tick=000002&tick="
			   "000001&row=1&row=2&csrf=x";

	ck_assert_int_eq(read_form(&s, body, strlen(body)), OK);
	ck_assert(form_ok(&s.form));
	ck_assert_str_eq(form_value(&s.form, "name"), "A b");
	ck_assert_str_eq(form_value(&s.form, "text"), "one\ntwo\n");
	ck_assert_str_eq(form_value(&s.form, "word"), " x ");
	ck_assert_uint_eq(form_count(&s.form, "tick"), 2);
	ck_assert(form_has(&s.form, "tick", "000001"));
	ck_assert_str_eq(form_item(&s.form, "row", 1), "2");
	ck_assert_str_eq(form_value(&s.form, "step"), "");
	ck_assert_ptr_null(form_value_or_null(&s.form, "step"));
	sheet_done(&s);
}
END_TEST

static const char *const refused[] = {
	"name=a&other=b",       /* a field that the form does not have */
	"name=a&name=b",        /* twice */
	"name=a&csrf=1&csrf=2", /* twice */
	"name=a&colour=green",  /* not offered */
	"name=a&tick=000003",
	"name=%00",
	"name=%0A", /* a line end in one line */
	"name=%FF",
	"name=%C0%AF",
	"name=%ED%A0%80",
	"name=%2",
	"name=%zz",
	"text=%00",
	"text=%1B",
	"=x",
	"step=%0D%0A",
	"na%00me=x",
	"row=%0A",
};

START_TEST(T33_what_no_page_can_have_sent_is_refused_as_a_whole)
{
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct sheet s;

		ck_assert_msg(read_form(&s, refused[i], strlen(refused[i])) == ERR_INVALID, "%s", refused[i]);
		sheet_done(&s);
	}
}
END_TEST

START_TEST(what_people_get_wrong_is_said_at_its_field)
{
	const char *body = "name=&text=x";
	struct sheet s;

	ck_assert_int_eq(read_form(&s, body, strlen(body)), OK);
	ck_assert(!form_ok(&s.form));
	ck_assert_uint_eq(s.form.said.n, 1);
	ck_assert_str_eq(s.form.said.v[0].text, "Write the name.");
	sheet_done(&s);
	body = "name=01234567890";
	ck_assert_int_eq(read_form(&s, body, strlen(body)), OK);
	ck_assert_str_eq(s.form.said.v[0].text, "Shorten it: it has 11 characters, at most 10 are taken.");
	ck_assert_str_eq(form_value(&s.form, "name"), "01234567890");
	sheet_done(&s);
	body = "name=+%09+";
	ck_assert_int_eq(read_form(&s, body, strlen(body)), ERR_INVALID);
	sheet_done(&s);
	body = "name=+++&text=a";
	ck_assert_int_eq(read_form(&s, body, strlen(body)), OK);
	ck_assert(!form_ok(&s.form));
	sheet_done(&s);
}
END_TEST

START_TEST(a_nul_in_the_body_hides_nothing)
{
	static const char body[] = "name=a\0&other=b";
	struct sheet s;

	ck_assert_int_eq(read_form(&s, body, sizeof body - 1), ERR_INVALID);
	sheet_done(&s);
}
END_TEST

START_TEST(a_flood_of_values_has_an_end)
{
	STR(body, MIB);
	struct sheet s;

	for (int i = 0; i < 5000; i++)
		str_add(&body, "row=1&");
	ck_assert_int_eq(read_form(&s, str_c(&body), body.len), ERR_TOO_LARGE);
	sheet_done(&s);
}
END_TEST

START_TEST(T24_a_form_of_another_session_changes_nothing)
{
	struct sheet s = { .rq = { .method = "POST" }, .form = { .fields = fields } };
	struct err e;

	str_init(&s.rq.body, MIB);
	str_add(&s.rq.body, "name=a&csrf=0123456789abcdef0123456789abcdee");
	str_copy(s.rq.csrf, sizeof s.rq.csrf, "0123456789abcdef0123456789abcdef");
	form_start(&s.form, &s.rq);
	ck_assert_int_eq(form_read(&s.form, &e), ERR_ORIGIN);
	str_clear(&s.rq.body);
	str_add(&s.rq.body, "name=a");
	ck_assert_int_eq(form_read(&s.form, &e), ERR_ORIGIN);
	str_add(&s.rq.body, "&csrf=0123456789abcdef0123456789abcdef");
	ck_assert_int_eq(form_read(&s.form, &e), OK);
	ck_assert_str_eq(form_value(&s.form, "name"), "a");
	sheet_done(&s);
}
END_TEST

#define CONTENT(name) "Content-Disposition: form-data; name=\"" name "\""
#define TEXT(name, text) "--xY\r\n" CONTENT(name) "\r\n\r\n" text "\r\n"

static const struct header parts_type = { "Content-Type", "multipart/form-data; boundary=xY" };

static int read_parts(struct sheet *s, const char *body, size_t len)
{
	struct err e;

	*s = (struct sheet){
		.rq = { .method = "POST", .type = FORM_FILE_TYPE, .header = &parts_type, .nheaders = 1 },
		.form = { .fields = fields }
	};
	str_init(&s->rq.body, MIB);
	str_addn(&s->rq.body, body, len);
	form_start(&s->form, &s->rq);
	return form_read(&s->form, &e);
}

START_TEST(a_form_with_a_file_is_read_too)
{
	static const char body[] = TEXT("name", " A b ") "--xY\r\n" CONTENT(
	    "file") "; filename=\"list.csv\"\r\n"
		    "Content-Type: text/csv\r\n\r\na,\0b\r\n--x\r\n--xY--\r\n";
	static const char none[] = TEXT("name", "n") "--xY\r\n" CONTENT(
	    "file") "; filename=\"\"\r\n"
		    "Content-Type: application/octet-stream\r\n\r\n\r\n--xY--\r\n";
	struct sheet s;

	ck_assert_int_eq(read_parts(&s, body, sizeof body - 1), OK);
	ck_assert_str_eq(form_value(&s.form, "name"), "A b");
	ck_assert_uint_eq(form_file(&s.form, "file")->len, 9);
	ck_assert_int_eq(memcmp(form_file(&s.form, "file")->p, "a,\0b\r\n--x", 9), 0);
	ck_assert_str_eq(form_file(&s.form, "file")->name, "list.csv");
	sheet_done(&s);
	ck_assert_int_eq(read_parts(&s, none, sizeof none - 1), OK);
	ck_assert_ptr_null(form_file(&s.form, "file"));
	sheet_done(&s);
}
END_TEST

static const char *const bad_parts[] = {
	"",
	"--xY--",
	"rubbish" TEXT("name", "a") "--xY--\r\n",
	TEXT("name", "a"),
	TEXT("name", "a") "--xY--",
	TEXT("name", "a") "--xY--\r\nrubbish",
	TEXT("name", "a") TEXT("name", "b") "--xY--\r\n",
	TEXT("other", "a") "--xY--\r\n",
	TEXT("name", "\xff") "--xY--\r\n",
	TEXT("name", "a\nb") "--xY--\r\n",
	TEXT("file", "text for a file") "--xY--\r\n",
	TEXT("csrf", "a") TEXT("csrf", "a") "--xY--\r\n",
	"--xY\r\n\r\na\r\n--xY--\r\n",
	"--xY\r\n" CONTENT("name") "\r\nX-Other: 1\r\n\r\na\r\n--xY--\r\n",
	"--xY\r\n" CONTENT("name") "\r\n" CONTENT("text") "\r\n\r\na\r\n--xY--\r\n",
	"--xY\r\n" CONTENT("name") "; filename=\"x\"\r\n\r\na\r\n--xY--\r\n",
	"--xYz\r\n" CONTENT("name") "\r\n\r\na\r\n--xY--\r\n",
};

START_TEST(T33_parts_that_no_browser_sends_are_refused)
{
	for (size_t i = 0; i < sizeof bad_parts / sizeof *bad_parts; i++) {
		struct sheet s;

		ck_assert_msg(read_parts(&s, bad_parts[i], strlen(bad_parts[i])) == ERR_INVALID, "%zu: %s", i,
			      bad_parts[i]);
		sheet_done(&s);
	}
}
END_TEST

int main(void)
{
	const TTest *all[] = { values_come_back_decoded_and_trimmed,
			       T33_what_no_page_can_have_sent_is_refused_as_a_whole,
			       what_people_get_wrong_is_said_at_its_field,
			       a_nul_in_the_body_hides_nothing,
			       a_flood_of_values_has_an_end,
			       a_form_with_a_file_is_read_too,
			       T33_parts_that_no_browser_sends_are_refused,
			       T24_a_form_of_another_session_changes_nothing };
	Suite *suite = suite_create("form");
	TCase *t = tcase_create("form");

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		tcase_add_test(t, all[i]);
	suite_add_tcase(suite, t);
	return stores_run(suite);
}

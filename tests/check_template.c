/* SPDX-License-Identifier: Apache-2.0 */
/* The template engine: what it writes, and above all what it refuses to compile (T23). */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "web/html.h"
#include "web/template.h"

static void shout_write(const struct json *v, struct str *out)
{
	const char *s = json_text(v);

	for (; s && *s; s++)
		str_addc(out, (char)(*s >= 'a' && *s <= 'z' ? *s - 32 : *s));
}
static const struct template_filter filters[] = { { "shout", shout_write }, { NULL, NULL } };

/* Renders one template (with a partial called "part") over JSON text; returns the error code. */
static int render(const char *text, const char *data, bool strict, struct str *out, struct err *e)
{
	struct template_file files[] = { { "page", text, strlen(text) }, { "part", "<i>{{a}}</i>", 12 } };
	const struct template_raw raw[] = { { "svg", "<svg></svg>", 11 }, { NULL, NULL, 0 } };
	OWN(template_set_free) struct template_set *set = NULL;
	OWN(json_free) struct json *j = NULL;

	ck_assert_int_eq(json_parse(data, strlen(data), &j, e), OK);
	if (template_set_new(files, 2, filters, strict, &set, e))
		return e->code;
	return template_render(set, "page", j, raw, out, e);
}

static const struct {
	const char *text, *data, *want;
} writes[] = {
	{ "plain", "{}", "plain" },
	{ "{{a}}", "{\"a\":\"x\"}", "x" },
	{ "{{a}}", "{\"a\":42}", "42" },
	{ "{{a}}", "{\"a\":null}", "" },
	{ "{{a}}", "{\"a\":true}", "true" },
	{ "{{a}}", "{\"a\":\"<b>&\\\"'\"}", "&lt;b&gt;&amp;&#34;&#39;" },
	{ "{{a}}", "{\"a\":\"x\\u202ey\\u0085\\u2066\\u007f\\n\u00fc\\u2014\"}",
	  "x\xef\xbf\xbdy\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\n\xc3\xbc\xe2\x80\x94" },
	{ "<p title=\"{{a}}\">", "{\"a\":\"\\\" onload=\\\"x\"}", "<p title=\"&#34; onload=&#34;x\">" },
	{ "<p title='{{a}}'>", "{\"a\":\"' onload='x\"}", "<p title='&#39; onload=&#39;x'>" },
	{ "<a href=\"/e/{{a}}\">", "{\"a\":\"../x?y#z\\\"\"}", "<a href=\"/e/..%2Fx%3Fy%23z%22\">" },
	{ "<a href=\"?q={{a}}&amp;b={{a}}\">", "{\"a\":\"a&b c\"}",
	  "<a href=\"?q=a%26b%20c&amp;b=a%26b%20c\">" },
	{ "<a href=\"{{url a}}\">", "{\"a\":\"/x?a=b&c=d\"}", "<a href=\"/x?a=b&amp;c=d\">" },
	{ "<a href=\"{{url a}}\">", "{\"a\":\"javascript:alert(1)\"}", "<a href=\"\">" },
	{ "<a href=\"{{url a}}\">", "{\"a\":\"//evil.example\"}", "<a href=\"\">" },
	{ "<a href=\"{{url a}}/{{b}}\">", "{\"a\":\"/x\",\"b\":\":/\"}", "<a href=\"/x/%3A%2F\">" },
	{ "{{#url a}}yes{{/url a}}{{^url a}}no{{/a}}", "{\"a\":\"https://x.example/\"}", "yes" },
	{ "{{#url a}}yes{{/url a}}{{^url a}}no{{/a}}", "{\"a\":\"http://x.example/\"}", "no" },
	{ "<title>{{a}}</title>", "{\"a\":\"</title><script>\"}",
	  "<title>&lt;/title&gt;&lt;script&gt;</title>" },
	{ "<textarea>{{a}}</textarea>", "{\"a\":\"</textarea>\"}", "<textarea>&lt;/textarea&gt;</textarea>" },
	{ "{{#a}}[{{.}}]{{/a}}", "{\"a\":[1,\"two\",3]}", "[1][two][3]" },
	{ "{{#a}}[{{b}}{{../c}}{{@c}}]{{/a}}", "{\"c\":9,\"a\":[{\"b\":1},{\"b\":2}]}", "[199][299]" },
	{ "{{#a}}{{#b}}{{../../c}}{{../d}}{{/b}}{{/a}}", "{\"c\":1,\"a\":{\"d\":2,\"b\":{\"e\":0}}}", "12" },
	{ "{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":[]}", "no" },
	{ "{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":0}", "no" },
	{ "{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":\"\"}", "no" },
	{ "{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":{}}", "yes" },
	{ "{{#a}}yes {{a}}{{/a}}", "{\"a\":\"text\"}", "yes text" },
	{ "{{#a=x}}1{{/a}}{{#a=y}}2{{/a}}{{^a=y}}3{{/a}}", "{\"a\":\"x\"}", "13" },
	{ "{{#a=2}}two{{/a}}", "{\"a\":2}", "two" },
	{ "{{a.b.c}}", "{\"a\":{\"b\":{\"c\":\"deep\"}}}", "deep" },
	{ "{{a.1}}", "{\"a\":[\"x\",\"y\"]}", "y" },
	{ "{{shout a}}", "{\"a\":\"<hi\"}", "&lt;HI" },
	{ "{{#shout a}}s{{/shout a}}", "{\"a\":\"\"}", "" },
	{ "{{absent?}}{{#absent?}}no{{/absent}}{{^absent?}}yes{{/absent}}", "{}", "yes" },
	{ "{{>part}}", "{\"a\":\"x\"}", "<i>x</i>" },
	{ "{{#l}}{{>part}}{{/l}}", "{\"l\":[{\"a\":1},{\"a\":2}]}", "<i>1</i><i>2</i>" },
	{ "{{&svg}}", "{\"svg\":\"from data\"}", "<svg></svg>" },
	{ "a\n  {{#x}}\nb\n  {{/x}}\nc\n", "{\"x\":[1,2]}", "a\nb\nb\nc\n" },
	{ "a {{! remark }}b", "{}", "a b" },
	{ "<input{{#c}} checked{{/c}}>", "{\"c\":true}", "<input checked>" },
	{ "<input{{#c}} checked{{/c}} id=\"a\">", "{\"c\":false}", "<input id=\"a\">" },
	{ "<a class=\"x{{#c}} on{{/c}}\">", "{\"c\":1}", "<a class=\"x on\">" },
	{ "<a href=\"/p{{#c}}?at={{.}}{{/c}}\">", "{\"c\":[\"2026-01-01\"]}",
	  "<a href=\"/p?at=2026-01-01\">" },
	{ "<script src=\"/a.js\"></script>{{a}}", "{\"a\":1}", "<script src=\"/a.js\"></script>1" },
	{ "<!doctype html><!-- a > b -->{{a}}", "{\"a\":1}", "<!doctype html><!-- a > b -->1" },
	{ "{{a}}", "{\"a\":\"\\u0001\\u007f\xc3\xa9\"}", "\xef\xbf\xbd\xef\xbf\xbd\xc3\xa9" },
};

START_TEST(every_place_is_escaped_in_its_own_way)
{
	STR(out, 64 * KIB);
	struct err e = { 0 };
	int rc = render(writes[_i].text, writes[_i].data, true, &out, &e);

	ck_assert_msg(rc == OK, "%s: %s", writes[_i].text, e.msg);
	ck_assert_str_eq(str_c(&out), writes[_i].want);
}
END_TEST

static const struct {
	const char *text, *says;
} refused[] = {
	{ "<p title={{a}}>", "no value may stand here" },
	{ "<p {{a}}=\"x\">", "no value may stand here" },
	{ "<{{a}}>", "no value may stand here" },
	{ "<p{{a}}>", "no value may stand here" },
	{ "<p onclick=\"{{a}}\">", "no value may stand here" },
	{ "<p ONCLICK=\"{{a}}\">", "no value may stand here" },
	{ "<p style=\"{{a}}\">", "no value may stand here" },
	{ "<img srcset=\"{{a}}\">", "no value may stand here" },
	{ "<iframe srcdoc=\"{{a}}\">", "no value may stand here" },
	{ "<script>{{a}}</script>", "no value may stand here" },
	{ "<style>{{a}}</style>", "no value may stand here" },
	{ "<script src=\"/x\">{{a}}</script>", "no value may stand here" },
	{ "<!-- {{a}} -->", "no value may stand here" },
	{ "<a href=\"{{a}}\">", "an address needs 'url'" },
	{ "<a href=\"javascript:{{a}}\">", "no value may stand here" },
	{ "<a href=\"https://x.example/{{a}}\">", "no value may stand here" },
	{ "<form action='{{a}}'>", "an address needs 'url'" },
	{ "<use xlink:href=\"{{a}}\">", "an address needs 'url'" },
	{ "<p>{{url a}}</p>", "'url' belongs" },
	{ "<a href=\"/x/{{url a}}\">", "'url' belongs" },
	{ "<a href=\"{{#x}}/y{{/x}}{{url a}}\">", "another place" },
	{ "{{#a}}<p title=\"{{/a}}\">", "another place" },
	{ "{{#a}}<p {{/a}}>", "another place" },
	{ "<p{{#a}} on{{/a}}click=\"x\">", "not understood" },
	{ "<p title=\"a\"{{#a}}x{{/a}}>", "not understood" },
	{ "<p title=x>", "not understood" },
	{ "a < b", "not understood" },
	{ "<p title=\"a\"id=\"b\">", "not understood" },
	{ "<p title=\"", "ends inside a tag" },
	{ "{{#a}}", "not closed" },
	{ "{{/a}}", "closes nothing" },
	{ "{{#a}}{{#b}}{{/a}}{{/b}}", "closes nothing" },
	{ "{{#shout a}}{{/shout}}", "closes nothing" },
	{ "{{a", "not closed" },
	{ "{{}}", "not closed, empty or too long" },
	{ "{{{a}}}", "not closed, empty or too long" },
	{ "{{a b c}}", "no such filter" },
	{ "{{nofilter a}}", "no such filter" },
	{ "{{a..b}}", "no name" },
	{ "{{a.}}", "no name" },
	{ "{{a/b}}", "no name" },
	{ "{{# a}}{{/ a}}", "no such filter" },
	{ "<p title=\"{{>part}}\">", "between elements" },
	{ "<p title=\"{{&svg}}\">", "between elements" },
};

START_TEST(a_value_in_a_dangerous_place_does_not_compile)
{
	STR(out, 64 * KIB);
	struct err e = { 0 };
	int rc = render(refused[_i].text, "{\"a\":1}", true, &out, &e);

	ck_assert_msg(rc == ERR_INTERNAL, "%s was accepted: %s", refused[_i].text, str_c(&out));
	ck_assert_msg(strstr(e.msg, refused[_i].says) != NULL, "%s: %s", refused[_i].text, e.msg);
	ck_assert_str_eq(e.where, "page");
	ck_assert_int_eq(e.line, 1);
}
END_TEST

START_TEST(an_absent_name_is_an_error_in_strict_sets_only)
{
	STR(out, 64 * KIB);
	struct err e = { 0 };

	ck_assert_int_eq(render("ab\n{{nope}}", "{}", true, &out, &e), ERR_INTERNAL);
	ck_assert_int_eq(e.line, 2);
	ck_assert_ptr_nonnull(strstr(e.msg, "nope"));
	ck_assert_int_eq(render("{{#nope}}{{/nope}}", "{}", true, &out, &e), ERR_INTERNAL);
	ck_assert_int_eq(render("{{#a}}{{c}}{{/a}}", "{\"c\":1,\"a\":{}}", true, &out, &e), ERR_INTERNAL);
	ck_assert_int_eq(render("{{../x}}", "{}", false, &out, &e), ERR_INTERNAL);
	str_clear(&out);
	ck_assert_int_eq(render("[{{nope}}{{#nope}}x{{/nope}}]", "{}", false, &out, &e), OK);
	ck_assert_str_eq(str_c(&out), "[]");
}
END_TEST

START_TEST(a_template_that_includes_itself_ends_with_an_error)
{
	STR(out, 64 * KIB);
	struct err e = { 0 };

	ck_assert_int_eq(render("x{{>page}}", "{}", true, &out, &e), ERR_INTERNAL);
	ck_assert_ptr_nonnull(strstr(e.msg, "too deep"));
	ck_assert_int_eq(render("{{>nowhere}}", "{}", true, &out, &e), ERR_INTERNAL);
}
END_TEST

START_TEST(a_page_past_its_ceiling_is_refused_whole)
{
	STR(out, 100);
	struct err e = { 0 };

	ck_assert_int_eq(render("{{#a}}0123456789{{/a}}", "{\"a\":[1,2,3,4,5,6,7,8,9,10]}", true, &out, &e),
			 OK);
	str_clear(&out);
	ck_assert_int_eq(render("{{#a}}0123456789{{/a}}!", "{\"a\":[1,2,3,4,5,6,7,8,9,10]}", true, &out, &e),
			 ERR_TOO_LARGE);
}
END_TEST

START_TEST(only_addresses_that_cannot_run_anything_pass)
{
	static const char *const good[] = { "/",
					    "/entries/000123",
					    "/path?from=1&to=2#x",
					    "?q=%22",
					    "#main",
					    "https://www.example.org/notes.pdf",
					    "https://9.example/",
					    NULL };
	static const char *const bad[] = { "",
					   "//evil.example/",
					   "/\\evil.example/",
					   "\\/evil",
					   "javascript:alert(1)",
					   "JaVaScRiPt:alert(1)",
					   " javascript:alert(1)",
					   "\tjavascript:alert(1)",
					   "java\nscript:alert(1)",
					   "data:text/html,x",
					   "vbscript:x",
					   "http://plain.example/",
					   "https:evil.example",
					   "https://",
					   "https:///x",
					   "https://\xc3\xa9.example/",
					   "ftp://x.example",
					   "mailto:x@example.org",
					   "relative",
					   "./x",
					   "/a\"b",
					   "/a<b",
					   "/a b",
					   "/\x01",
					   "/a\x7f",
					   NULL };

	for (size_t i = 0; good[i]; i++)
		ck_assert_msg(url_ok(good[i]), "%s", good[i]);
	for (size_t i = 0; bad[i]; i++)
		ck_assert_msg(!url_ok(bad[i]), "%s", bad[i]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("template");
	TCase *t = tcase_create("template");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, every_place_is_escaped_in_its_own_way, 0,
			    (int)(sizeof writes / sizeof *writes));
	tcase_add_loop_test(t, a_value_in_a_dangerous_place_does_not_compile, 0,
			    (int)(sizeof refused / sizeof *refused));
	tcase_add_test(t, an_absent_name_is_an_error_in_strict_sets_only);
	tcase_add_test(t, a_template_that_includes_itself_ends_with_an_error);
	tcase_add_test(t, a_page_past_its_ceiling_is_refused_whole);
	tcase_add_test(t, only_addresses_that_cannot_run_anything_pass);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

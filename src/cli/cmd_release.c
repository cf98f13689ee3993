/* SPDX-License-Identifier: Apache-2.0 */
/* `firpath release ...` and `firpath set ...`: firmware of chargers (doc/releases.md). */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/parse.h"
#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/list.h"
#include "cli/show.h"
#include "core/release.h"

/* clang-format off */
const struct option_row release_list_options[] = {
	{ "vendor", 0, "TEXT", "of this vendor" },
	{ "model", 0, "TEXT", "of this model" },
	{ "component", 0, "TEXT", "of this component" },
	{ "state", 0, "WORD", "draft, approved, published or withdrawn" },
	LIMIT, END_OF_OPTIONS
};
const struct option_row release_parts_options[] = {
	{ "version", 0, "TEXT", "in this version" },
	LIMIT, END_OF_OPTIONS
};
const struct option_row release_why_options[] = { WHY, END_OF_OPTIONS };
const struct option_row release_approve_options[] = {
	{ "digest", 0, "HEX", "digest of the release that you looked at ('firpath release show')" },
	WHY, END_OF_OPTIONS
};
const struct option_row release_withdraw_options[] = {
	{ "message", 0, "TEXT", "for those who meet the block; needed for a published release" },
	{ "reference", 0, "URL", "where more is said" },
	WHY, END_OF_OPTIONS
};
const struct option_row set_add_options[] = {
	{ "vendor", 0, "TEXT", "of which chargers" },
	{ "model", 0, "TEXT", "of which chargers" },
	{ "note", 0, "TEXT", "what it is for" },
	WHY, END_OF_OPTIONS
};
const struct option_row set_list_options[] = { LIMIT, END_OF_OPTIONS };
const struct option_row set_plan_options[] = {
	{ "station", 0, "IDENTITY", "from what this station runs" },
	{ "state", 0, "LIST", "from COMPONENT=VERSION,..." },
	{ "alone", 0, NULL, "a security patch: nothing else is moved" },
	END_OF_OPTIONS
};
/* clang-format on */

/* ---- showing ---- */

static void show_checks(struct page *p, const struct json *report)
{
	const struct json *list = json_get(report, "checks");

	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *k = json_at(list, i);

		page_line(p, "  %s %s: %s", json_bool(json_get(k, "good"), false) ? "good" : "BAD ",
			  txt(k, "check"), txt(k, "detail"));
	}
}

static void show_release(struct page *p, const struct json *k)
{
	const struct json *clock = json_get(k, "security"), *sbom = json_get(k, "sbom");

	page_line(p, "%" PRId64 "  %s: %s", num(k, "release"), txt(k, "entry"), txt(k, "state"));
	page_line(p, "  hash    %s", txt(k, "hash"));
	page_line(p, "  digest  %s", txt(k, "digest"));
	page_line(p, "  image   %s", json_bool(json_get(k, "image_stored"), false) ? "stored" : "not there");
	if (sbom)
		page_line(p, "  sbom    %s %s, %" PRId64 " parts", txt(sbom, "format"),
			  txt(sbom, "format_version"), num(sbom, "parts"));
	else
		page_line(p, "  sbom    none");
	if (json_bool(json_get(k, "regulated"), false))
		page_line(p, "  regulated, certificate %s",
			  *txt(k, "certificate_number") ? txt(k, "certificate_number") : "not recorded");
	if (clock)
		page_line(p,
			  "  security patch: %" PRId64 " of 24 and %" PRId64
			  " of 72 hours left since the disclosure",
			  num(clock, "hours_left_24"), num(clock, "hours_left_72"));
	page_line(p, "  by %s%s%s", txt(k, "created_by"), *txt(k, "approved_by") ? ", approved by " : "",
		  txt(k, "approved_by"));
	show_checks(p, json_get(k, "report"));
}

static void show_releases(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "releases");
	OWN(table_done) struct table t = { 0 };

	if (!json_len(list)) {
		page_line(p, "There is no such release.");
		return;
	}
	table_init(&t, 5);
	table_row(&t, "release", "entry", "state", "regulated", "by", NULL);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *k = json_at(list, i);

		table_cellf(&t, "%" PRId64, num(k, "release"));
		table_cell(&t, txt(k, "entry"));
		table_cell(&t, txt(k, "state"));
		table_cell(&t, json_bool(json_get(k, "regulated"), false) ? "yes" : "no");
		table_cell(&t, txt(k, "created_by"));
	}
	table_print(&t, p, true);
}

static void show_set(struct page *p, const struct json *k)
{
	const struct json *list = json_get(k, "releases");

	page_line(p, "%s: %s %s%s%s", txt(k, "name"), txt(k, "vendor"), txt(k, "model"),
		  *txt(k, "note") ? ", " : "", txt(k, "note"));
	for (size_t i = 0; i < json_len(list); i++)
		page_line(p, "  %s %s  (release %" PRId64 ", %s)", txt(json_at(list, i), "component"),
			  txt(json_at(list, i), "version"), num(json_at(list, i), "release"),
			  txt(json_at(list, i), "state"));
}

static void show_sets(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "sets");

	if (!json_len(list))
		page_line(p, "There is no release set.");
	for (size_t i = 0; i < json_len(list); i++)
		show_set(p, json_at(list, i));
}

static void show_plan(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "steps");

	page_line(p, "%s%s%s", txt(a, "result"), *txt(a, "why") ? ": " : "", txt(a, "why"));
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *moves = json_get(json_at(list, i), "moves");

		for (size_t k = 0; k < json_len(moves); k++)
			page_line(p, "%4s %s from %s to %s", k ? "with" : "then",
				  txt(json_at(moves, k), "component"), txt(json_at(moves, k), "from"),
				  txt(json_at(moves, k), "to"));
	}
}

/* ---- releases ---- */

static void release_url(const struct call *c, const char *what, struct str *url)
{
	str_add(url, "/v1/releases");
	url_segment(url, c->arg[0]);
	str_add(url, what);
}

int cmd_release_add(struct call *c, struct err *e)
{
	STR(body, RELEASE_DOCUMENT_MAX);
	STR(answer, ANSWER_MAX);

	if (file_read(c->arg[0], &body, e) ||
	    call_ask_why(c, "POST", "/v1/releases", NULL, &body, &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_release, e);
}

/* A file as the body of a PUT. */
static int put_file(struct call *c, const char *what, const char *type, struct err *e)
{
	struct client_send s = { .method = "PUT", .type = type };
	STR(answer, ANSWER_MAX);
	STR(url, 4 * KIB);
	struct client *client;
	int rc;

	release_url(c, what, &url);
	url_add(&url, "why", call_opt(c, "why"));
	s.path = str_c(&url);
	if (call_client(c, &client, e))
		return (int)e->code;
	s.file = fopen(c->arg[1], "rbe");
	if (!s.file)
		return err_errno(e, errno, "'%s' cannot be read", c->arg[1]);
	if (fseeko(s.file, 0, SEEK_END) == 0)
		s.len = (size_t)ftello(s.file);
	rewind(s.file);
	rc = client_run(client, &s, &answer, NULL, NULL, e);
	fclose(s.file);
	return rc ? rc : call_show(c, &answer, show_release, e);
}

int cmd_release_image(struct call *c, struct err *e)
{
	return put_file(c, "/image", "application/octet-stream", e);
}

int cmd_release_sbom(struct call *c, struct err *e)
{
	return put_file(c, "/sbom", "application/json", e);
}

static int decide(struct call *c, const char *verb, const struct str *body, struct err *e)
{
	STR(answer, ANSWER_MAX);
	STR(url, 4 * KIB);

	release_url(c, verb, &url);
	if (call_ask_why(c, "POST", str_c(&url), NULL, body, &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_release, e);
}

int cmd_release_approve(struct call *c, struct err *e)
{
	STR(body, 4 * KIB);
	struct jw w = jw_start(&body);
	const char *digest;

	if (call_need(c, "digest", &digest, e))
		return (int)e->code;
	jw_obj(&w);
	jw_kstr(&w, "digest", digest);
	jw_end(&w);
	return decide(c, "/approve", &body, e);
}

int cmd_release_publish(struct call *c, struct err *e)
{
	return decide(c, "/publish", NULL, e);
}

int cmd_release_withdraw(struct call *c, struct err *e)
{
	STR(body, 16 * KIB);
	struct jw w = jw_start(&body);

	jw_obj(&w);
	if (call_has(c, "message"))
		jw_kstr(&w, "message", call_opt(c, "message"));
	if (call_has(c, "reference"))
		jw_kstr(&w, "reference", call_opt(c, "reference"));
	jw_end(&w);
	return decide(c, "/withdraw", &body, e);
}

static int list_of(struct call *c, const char *name, struct str *url, print_fn *print, struct err *e)
{
	STR(answer, ANSWER_MAX);

	if (list_collect(c, name, list_page_get, url->p, &answer, e))
		return (int)e->code;
	return call_show(c, &answer, print, e);
}

int cmd_release_list(struct call *c, struct err *e)
{
	static const char *const names[] = { "vendor", "model", "component", "state" };
	STR(url, 4 * KIB);

	str_add(&url, "/v1/releases");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		url_add(&url, names[i], call_opt(c, names[i]));
	return list_of(c, "releases", &url, show_releases, e);
}

int cmd_release_parts(struct call *c, struct err *e)
{
	STR(url, 4 * KIB);

	str_add(&url, "/v1/releases");
	url_add(&url, "part", c->arg[0]);
	url_add(&url, "part_version", call_opt(c, "version"));
	return list_of(c, "releases", &url, show_releases, e);
}

int cmd_release_show(struct call *c, struct err *e)
{
	STR(url, 4 * KIB);

	release_url(c, "", &url);
	return call_get_show(c, str_c(&url), show_release, e);
}

/* ---- sets ---- */

int cmd_set_add(struct call *c, struct err *e)
{
	STR(body, 64 * KIB);
	STR(answer, ANSWER_MAX);
	struct jw w = jw_start(&body);
	const char *vendor, *model;

	if (call_need(c, "vendor", &vendor, e) || call_need(c, "model", &model, e))
		return (int)e->code;
	jw_obj(&w);
	jw_kstr(&w, "name", c->arg[0]);
	jw_kstr(&w, "vendor", vendor);
	jw_kstr(&w, "model", model);
	if (call_has(c, "note"))
		jw_kstr(&w, "note", call_opt(c, "note"));
	jw_key(&w, "releases");
	jw_arr(&w);
	for (int i = 1; i < c->nargs; i++) {
		int64_t n;
		struct err no;

		if (parse_i64(c->arg[i], 1, INT64_MAX, &n, &no))
			jw_str(&w, c->arg[i]);
		else
			jw_int(&w, n);
	}
	jw_arr_end(&w);
	jw_end(&w);
	if (call_ask_why(c, "POST", "/v1/sets", NULL, &body, &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_set, e);
}

int cmd_set_list(struct call *c, struct err *e)
{
	STR(url, 64);

	str_add(&url, "/v1/sets");
	return list_of(c, "sets", &url, show_sets, e);
}

int cmd_set_show(struct call *c, struct err *e)
{
	STR(url, 4 * KIB);

	str_add(&url, "/v1/sets");
	url_segment(&url, c->arg[0]);
	return call_get_show(c, str_c(&url), show_set, e);
}

/* COMPONENT=VERSION,...: a member each. */
static int state_put(const char *text, struct jw *w, struct err *e)
{
	jw_key(w, "state");
	jw_obj(w);
	while (*text) {
		size_t n = strcspn(text, ",");
		const char *is = memchr(text, '=', n);
		STR(name, 256);

		if (!is || is == text)
			return err_set(e, ERR_USAGE,
				       "--state is COMPONENT=VERSION with commas between, not '%.60s'", text);
		/* A name is a key here, so it is escaped by hand. */
		json_escape(&name, text, (size_t)(is - text));
		jw_keyn(w, str_c(&name), name.len);
		jw_strn(w, is + 1, n - (size_t)(is + 1 - text));
		text += n + (text[n] == ',');
	}
	jw_end(w);
	return OK;
}

int cmd_set_plan(struct call *c, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	STR(body, 16 * KIB);
	STR(answer, ANSWER_MAX);
	STR(url, 4 * KIB);
	struct jw w = jw_start(&body);

	if (call_has(c, "station") == call_has(c, "state"))
		return err_set(e, ERR_USAGE, "either --station or --state says what runs");
	jw_obj(&w);
	if (call_has(c, "station"))
		jw_kstr(&w, "station", call_opt(c, "station"));
	else if (state_put(call_opt(c, "state"), &w, e))
		return (int)e->code;
	jw_kbool(&w, "alone", call_has(c, "alone"));
	jw_end(&w);
	str_add(&url, "/v1/sets");
	url_segment(&url, c->arg[0]);
	str_add(&url, "/plan");
	if (call_ask(c, "POST", str_c(&url), NULL, &body, &answer, e))
		return (int)e->code;
	/* Like 'firpath path': 3 when there is no way. */
	if (!json_parse(str_c(&answer), answer.len, &j, e) && strcmp(txt(j, "result"), "path") != 0 &&
	    strcmp(txt(j, "result"), "already") != 0)
		c->exit = 3;
	return call_show(c, &answer, show_plan, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The register of the Security Sub-Committee. Every look wants its reason; the service keeps it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/parse.h"
#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/list.h"
#include "cli/show.h"

/* clang-format off */
#define REASON { "why", 0, "TEXT", "the reason, kept in the register's own access log" }
#define SEARCH \
	{ "search", 0, "TEXT", "part of the Entry ID, maker, chipset vendor or stack version" }, \
	{ "band", 0, "BAND", "2.4-ghz, sub-ghz or dual" }
const struct option_row ssc_list_options[] = { SEARCH, LIMIT, REASON, END_OF_OPTIONS };
const struct option_row ssc_export_options[] = {
	SEARCH,
	{ "output", 'o', "FILE", "write to this file (replaced when all is there) instead of standard output" },
	REASON, END_OF_OPTIONS,
};
const struct option_row ssc_set_options[] = {
	{ "band", 0, "BAND", "2.4-ghz, sub-ghz, dual, or '' for not known" },
	{ "chipset", 0, "TEXT", "chipset vendor" },
	{ "stack", 0, "TEXT", "stack version" },
	REASON, END_OF_OPTIONS,
};
const struct option_row ssc_log_options[] = { { "mine", 0, NULL, "only my own looks" }, LIMIT, END_OF_OPTIONS };
const struct option_row ssc_why_options[] = { REASON, END_OF_OPTIONS };
const struct option_row ssc_note_add_options[] = {
	{ "text", 0, "TEXT", "the note" },
	{ "release-at", 0, "TIME", "when everybody may read it: 2027-03-31T09:00:00Z" },
	REASON, END_OF_OPTIONS,
};
const struct option_row ssc_note_list_options[] = { { "entry", 0, "ID", "only about this entry" }, LIMIT, REASON, END_OF_OPTIONS };
/* clang-format on */

static void record_path(const struct call *c, const char *tail, struct str *url)
{
	str_add(url, "/v1/restricted/entries");
	url_segment(url, c->arg[0]);
	str_add(url, tail);
	url_add(url, "why", call_opt(c, "why"));
}

/* The address of a list with what is looked for; cursor and limit come behind it. */
static void search_path(const struct call *c, const char *path, struct str *url)
{
	str_add(url, path);
	url_add(url, "q", call_opt(c, "search"));
	url_add(url, "band", call_opt(c, "band"));
	url_add(url, "why", call_opt(c, "why"));
}

static int list(struct call *c, const char *member, struct str *url, print_fn *print, struct err *e)
{
	STR(answer, ANSWER_MAX);

	return list_collect(c, member, list_page_get, url->p, &answer, e) ? (int)e->code
									  : call_show(c, &answer, print, e);
}

int cmd_ssc_list(struct call *c, struct err *e)
{
	STR(url, 4 * KIB);

	search_path(c, "/v1/restricted/entries", &url);
	return list(c, "entries", &url, show_radios, e);
}

int cmd_ssc_export(struct call *c, struct err *e)
{
	struct client_send s = { .accept = "text/csv" };
	STR(answer, ANSWER_MAX);
	STR(url, 4 * KIB);
	struct client *client;

	if (c->json)
		return err_set(e, ERR_USAGE,
			       "leave --json away; 'ssc list --json' gives the register as JSON");
	search_path(c, "/v1/restricted/export", &url);
	s.path = str_c(&url);
	if (call_client(c, &client, e) || client_run(client, &s, &answer, NULL, NULL, e))
		return (int)e->code;
	if (call_has(c, "output"))
		return file_replace(call_opt(c, "output"), str_c(&answer), answer.len, e);
	return call_write(c, str_c(&answer), answer.len, e);
}

int cmd_ssc_show(struct call *c, struct err *e)
{
	STR(url, 4 * KIB);

	record_path(c, "", &url);
	return call_get_show(c, str_c(&url), show_radio, e);
}

/* What is named, else what stands. */
static void put_member(const struct call *c, struct jw *w, const char *option, const char *member,
		       const struct json *stands)
{
	jw_kstr(w, member, call_has(c, option) ? call_opt(c, option) : txt(stands, member));
}

int cmd_ssc_set(struct call *c, struct err *e)
{
	OWN(json_free) struct json *old = NULL;
	struct client *client;
	STR(answer, ANSWER_MAX);
	STR(body, 16 * KIB);
	STR(url, 4 * KIB);
	struct jw w = jw_start(&body);
	struct client_send s = { .method = "PUT", .type = "application/json" };
	char match[80];

	if (!call_has(c, "band") && !call_has(c, "chipset") && !call_has(c, "stack"))
		return err_set(e, ERR_USAGE, "name what to set: --band, --chipset or --stack");
	record_path(c, "", &url);
	if (call_client(c, &client, e) || client_get(client, str_c(&url), &answer, e) ||
	    json_parse(str_c(&answer), answer.len, &old, e))
		return (int)e->code;
	jw_obj(&w);
	put_member(c, &w, "band", "band", old);
	put_member(c, &w, "chipset", "chipset_vendor", old);
	put_member(c, &w, "stack", "stack_version", old);
	jw_end(&w);
	snprintf(match, sizeof match, "\"radio-%.40s-%" PRId64 "\"", txt(old, "entry"), num(old, "changes"));
	s.path = str_c(&url);
	s.match = match;
	s.body = str_c(&body);
	s.len = body.len;
	str_clear(&answer);
	if (client_run(client, &s, &answer, NULL, NULL, e))
		return (int)e->code;
	return call_show(c, &answer, show_radio, e);
}

int cmd_ssc_log(struct call *c, struct err *e)
{
	STR(url, KIB);

	str_add(&url, "/v1/restricted/log");
	url_add(&url, "mine", call_has(c, "mine") ? "yes" : NULL);
	return list(c, "rows", &url, show_access_log, e);
}

int cmd_ssc_verify(struct call *c, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	STR(answer, MIB);
	struct client *client;

	if (call_client(c, &client, e) || client_get(client, "/v1/restricted/verify", &answer, e) ||
	    json_parse(str_c(&answer), answer.len, &j, e))
		return (int)e->code;
	c->exit = !json_bool(json_get(j, "whole"), false);
	return call_show(c, &answer, show_access_chain, e);
}

/* ---- notes ---- */

int cmd_ssc_note_add(struct call *c, struct err *e)
{
	struct client_send s = { .method = "POST", .type = "application/json" };
	const char *text, *release;
	struct client *client;
	STR(answer, ANSWER_MAX);
	STR(body, 16 * KIB);
	STR(url, 4 * KIB);
	struct jw w = jw_start(&body);

	if (call_need(c, "text", &text, e) || call_need(c, "release-at", &release, e))
		return (int)e->code;
	jw_obj(&w);
	jw_kstr(&w, "text", text);
	jw_kstr(&w, "release_at", release);
	jw_end(&w);
	record_path(c, "/notes", &url);
	s.path = str_c(&url);
	s.body = str_c(&body);
	s.len = body.len;
	if (call_client(c, &client, e) || client_run(client, &s, &answer, NULL, NULL, e))
		return (int)e->code;
	return call_show(c, &answer, show_note, e);
}

int cmd_ssc_note_list(struct call *c, struct err *e)
{
	STR(url, 4 * KIB);

	str_add(&url, "/v1/restricted/notes");
	url_add(&url, "entry", call_opt(c, "entry"));
	url_add(&url, "why", call_opt(c, "why"));
	return list(c, "notes", &url, show_notes, e);
}

int cmd_ssc_note_drop(struct call *c, struct err *e)
{
	struct client_send s = { .method = "DELETE" };
	struct client *client;
	STR(answer, KIB);
	STR(url, 4 * KIB);
	int64_t number;

	if (parse_i64(c->arg[0], 1, INT64_MAX, &number, e))
		return err_set(e, ERR_USAGE, "'%.40s' is not the number of a note", c->arg[0]);
	str_addf(&url, "/v1/restricted/notes/%" PRId64, number);
	url_add(&url, "why", call_opt(c, "why"));
	s.path = str_c(&url);
	if (call_client(c, &client, e) || client_run(client, &s, &answer, NULL, NULL, e))
		return (int)e->code;
	str_addf(&answer, "{\"note\":%" PRId64 ",\"dropped\":true}\n", number);
	return call_show(c, &answer, show_note, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* `firpath station ...`: charging stations (doc/stations.md). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/list.h"
#include "cli/show.h"
#include "core/station.h"

/* clang-format off */
#define ORG { "org", 0, "NAME", "whose stations, for whoever sees several; - = nobody's" }
const struct option_row station_add_options[] = {
	{ "password", 0, "WORD", "generate: makes one, shown once; - reads it from standard input (16 to 40 characters)" },
	{ "key", 0, "WORD", "AuthorizationKey of OCPP 1.6 instead: generate, or - (32 to 40 hex digits)" },
	{ "profile", 0, "N", "least security profile, 0 to 3; a new station: 1" },
	{ "vendor", 0, "TEXT", "vendor, until it says so itself" },
	{ "model", 0, "TEXT", "model, until it says so itself" },
	{ "serial", 0, "TEXT", "serial number; its client certificate must name it (profile 3)" },
	{ "area", 0, "NAME", "network area that must not be dark" },
	{ "timezone", 0, "NAME", "IANA time zone of its place" },
	{ "windows", 0, "TEXT", "when it may be touched, local time; '' = always" },
	{ "controller", 0, "IDENTITY", "its local controller" },
	{ "rejected-rule", 0, "WORD", "newest or always: when the old update request is refused" },
	{ "version-rule", 0, "TEXT", "how its vendor writes several versions into one text" },
	ORG, WHY, END_OF_OPTIONS
};
const struct option_row station_import_options[] = { ORG, WHY, END_OF_OPTIONS };
const struct option_row station_why_options[] = { ORG, WHY, END_OF_OPTIONS };
const struct option_row station_owner_options[] = { ORG, END_OF_OPTIONS };
const struct option_row station_list_options[] = {
	{ "search", 0, "TEXT", "part of the identity" },
	{ "area", 0, "NAME", "in this area" },
	{ "model", 0, "TEXT", "of this model" },
	{ "connected", 0, "YES|NO", "connected now, or not" },
	{ "quarantine", 0, "YES|NO", "in quarantine, or not" },
	ORG, LIMIT, END_OF_OPTIONS
};
const struct option_row station_components_options[] = {
	{ "name", 0, "NAME", "this component" },
	{ "legal-status", 0, "WORD", "Regulated or Unregulated" },
	{ "classification", 0, "WORD", "with this regulatory classification" },
	{ "role", 0, "WORD", "with this functional role" },
	{ "version", 0, "TEXT", "of this version" },
	{ "history", 0, NULL, "also what was before" },
	ORG, LIMIT, END_OF_OPTIONS
};
const struct option_row station_story_options[] = {
	{ "job", 0, "NUMBER", "messages of this job" },
	{ "last", 0, "N", "at most so many; 100 unless said" },
	{ "follow", 0, NULL, "go on as messages come" },
	ORG, END_OF_OPTIONS
};
const struct option_row station_command_options[] = {
	{ "type", 0, "WORD", "get-log: diagnostics or security" },
	{ "when", 0, "WORD", "reset: idle or now" },
	{ "release", 0, "NUMBER", "publish-firmware, unpublish-firmware: which" },
	{ "location", 0, "URL", "publish-firmware: from where instead" },
	ORG, WHY, END_OF_OPTIONS
};
const struct option_row station_file_options[] = {
	{ "output", 'o', "FILE", "into this file instead" },
	ORG, END_OF_OPTIONS
};
/* clang-format on */

static void station_url(const struct call *c, const char *rest, struct str *url)
{
	str_add(url, "/v1/stations");
	url_segment(url, c->arg[0]);
	str_add(url, rest);
	url_add(url, "org", call_opt(c, "org"));
}

/* Options are seen by others on the machine, so secrets are none. */
static int secret_put(const struct call *c, const char *option, struct jw *w, struct err *e)
{
	const char *s = call_opt(c, option);
	char line[168];

	if (!s)
		return OK;
	if (!strcmp(s, "-")) {
		if (call_secret_line(line, sizeof line, e))
			return (int)e->code;
		s = line;
	} else if (strcmp(s, "generate") != 0) {
		return err_set(e, ERR_USAGE, "--%s is 'generate', or - for a line of standard input", option);
	}
	jw_kstr(w, option, s);
	return OK;
}

int cmd_station_add(struct call *c, struct err *e)
{
	static const struct {
		const char *option, *member;
	} texts[] = { { "vendor", "vendor" },
		      { "model", "model" },
		      { "serial", "serial" },
		      { "area", "area" },
		      { "timezone", "timezone" },
		      { "windows", "windows" },
		      { "controller", "controller" },
		      { "rejected-rule", "rejected_rule" },
		      { "version-rule", "version_rule" } };
	STR(url, 4 * KIB);
	STR(body, 16 * KIB);
	STR(answer, ANSWER_MAX);
	struct jw w = jw_start(&body);
	int64_t profile;

	if (call_opt_int(c, "profile", 0, 3, -1, &profile, e))
		return (int)e->code;
	jw_obj(&w);
	jw_kstr(&w, "identity", c->arg[0]);
	if (secret_put(c, "password", &w, e) || secret_put(c, "key", &w, e))
		return (int)e->code;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (call_has(c, texts[i].option))
			jw_kstr(&w, texts[i].member, call_opt(c, texts[i].option));
	if (profile >= 0)
		jw_kint(&w, "profile", profile);
	jw_end(&w);
	str_add(&url, "/v1/stations");
	url_add(&url, "org", call_opt(c, "org"));
	return call_ask_why(c, "POST", str_c(&url), NULL, &body, &answer, e)
		   ? (int)e->code
		   : call_show(c, &answer, show_station_made, e);
}

int cmd_station_import(struct call *c, struct err *e)
{
	struct client_send s = { .type = "application/x-ndjson" };
	OWN(json_free) struct json *j = NULL;
	STR(text, STATION_IMPORT_MAX);
	STR(url, 4 * KIB);
	STR(answer, ANSWER_MAX);
	struct client *client;

	if (file_read(c->arg[0], &text, e))
		return (int)e->code;
	str_add(&url, "/v1/stations");
	url_add(&url, "org", call_opt(c, "org"));
	url_add(&url, "why", call_opt(c, "why"));
	s.path = str_c(&url);
	s.body = str_c(&text);
	s.len = text.len;
	if (call_client(c, &client, e))
		return (int)e->code;
	if (client_run(client, &s, &answer, &c->problems, NULL, e))
		return err_at(e, e->where[0] ? NULL : c->arg[0], 0, 0);
	if (json_parse(str_c(&answer), answer.len, &j, e))
		return err_wrap(e, "the answer is not JSON");
	c->exit = num(j, "added") + num(j, "changed") ? 0 : err_info(ERR_NOTHING)->exit;
	return call_show(c, &answer, show_station_made, e);
}

int cmd_station_list(struct call *c, struct err *e)
{
	STR(url, 4 * KIB);
	STR(answer, ANSWER_MAX);

	str_add(&url, "/v1/stations");
	url_add(&url, "q", call_opt(c, "search"));
	url_add(&url, "area", call_opt(c, "area"));
	url_add(&url, "model", call_opt(c, "model"));
	url_add(&url, "connected", call_opt(c, "connected"));
	url_add(&url, "quarantine", call_opt(c, "quarantine"));
	url_add(&url, "org", call_opt(c, "org"));
	return list_collect(c, "stations", list_page_get, url.p, &answer, e)
		   ? (int)e->code
		   : call_show(c, &answer, show_stations, e);
}

int cmd_station_show(struct call *c, struct err *e)
{
	STR(url, 4 * KIB);

	station_url(c, "", &url);
	return call_get_show(c, str_c(&url), show_station, e);
}

int cmd_station_components(struct call *c, struct err *e)
{
	STR(url, 4 * KIB);
	STR(answer, ANSWER_MAX);

	station_url(c, "/components", &url);
	url_add(&url, "name", call_opt(c, "name"));
	url_add(&url, "legal_status", call_opt(c, "legal-status"));
	url_add(&url, "classification", call_opt(c, "classification"));
	url_add(&url, "role", call_opt(c, "role"));
	url_add(&url, "version", call_opt(c, "version"));
	url_add(&url, "history", call_has(c, "history") ? "yes" : NULL);
	return list_collect(c, "components", list_page_get, url.p, &answer, e)
		   ? (int)e->code
		   : call_show(c, &answer, show_station_parts, e);
}

/* ---- the story ---- */

static void print_message(void *ctx, const char *name, const char *data, size_t len)
{
	OWN(json_free) struct json *j = NULL;
	struct call *c = ctx;
	struct err ignored;

	if (strcmp(name, "message") != 0 || json_parse(data, len, &j, &ignored))
		return;
	if (c->json) {
		json_print(j, &c->page.text, false);
		str_addc(&c->page.text, '\n');
	} else {
		show_station_message(&c->page, j);
	}
}

int cmd_station_story(struct call *c, struct err *e)
{
	STR(url, 4 * KIB);
	int64_t n;

	if (call_opt_int(c, "job", 1, INT64_MAX, 0, &n, e) ||
	    call_opt_int(c, "last", 1, STATION_STORY_MAX, 0, &n, e))
		return (int)e->code;
	station_url(c, "/story", &url);
	url_add(&url, "job", call_opt(c, "job"));
	url_add(&url, "last", call_opt(c, "last"));
	return call_has(c, "follow") ? call_follow(c, str_c(&url), print_message, e)
				     : call_get_show(c, str_c(&url), show_station_messages, e);
}

/* ---- commands ---- */

static int command_send(struct call *c, const char *word, struct err *e)
{
	STR(url, 4 * KIB);
	STR(body, 8 * KIB);
	STR(answer, ANSWER_MAX);
	struct jw w = jw_start(&body);
	int64_t release;

	if (call_has(c, "release") && call_opt_int(c, "release", 1, INT64_MAX, 0, &release, e))
		return (int)e->code;
	jw_obj(&w);
	jw_kstr(&w, "command", word);
	if (call_has(c, "why"))
		jw_kstr(&w, "why", call_opt(c, "why"));
	if (call_has(c, "type"))
		jw_kstr(&w, "type", call_opt(c, "type"));
	if (call_has(c, "when"))
		jw_kstr(&w, "when", call_opt(c, "when"));
	if (call_has(c, "release"))
		jw_kint(&w, "release", release);
	if (call_has(c, "location"))
		jw_kstr(&w, "location", call_opt(c, "location"));
	jw_end(&w);
	station_url(c, "/commands", &url);
	return call_ask(c, "POST", str_c(&url), NULL, &body, &answer, e)
		   ? (int)e->code
		   : call_show(c, &answer, show_station_wish, e);
}

int cmd_station_command(struct call *c, struct err *e)
{
	return command_send(c, c->arg[1], e);
}

int cmd_station_release(struct call *c, struct err *e)
{
	return command_send(c, "release-quarantine", e);
}

int cmd_station_remove(struct call *c, struct err *e)
{
	STR(url, 4 * KIB);
	STR(answer, ANSWER_MAX);

	station_url(c, "", &url);
	return call_ask_why(c, "DELETE", str_c(&url), NULL, NULL, &answer, e)
		   ? (int)e->code
		   : call_show(c, &answer, show_station_gone, e);
}

/* ---- proofs and export ---- */

static int lines_get(struct call *c, const char *url, struct err *e)
{
	struct client_send s = { .accept = "*/*", .path = url };
	STR(out, ANSWER_MAX);
	struct client *client;

	if (call_client(c, &client, e) || client_run(client, &s, &out, NULL, NULL, e))
		return (int)e->code;
	if (call_has(c, "output"))
		return file_replace(call_opt(c, "output"), str_c(&out), out.len, e);
	return call_write(c, str_c(&out), out.len, e);
}

int cmd_station_chain(struct call *c, struct err *e)
{
	STR(url, 4 * KIB);

	station_url(c, "/chain", &url);
	return lines_get(c, str_c(&url), e);
}

int cmd_station_export(struct call *c, struct err *e)
{
	STR(url, 4 * KIB);

	str_add(&url, "/v1/export/stations");
	url_add(&url, "org", call_opt(c, "org"));
	return lines_get(c, str_c(&url), e);
}

int cmd_station_verify(struct call *c, struct err *e)
{
	struct station_chain_result r;
	STR(text, ANSWER_MAX);
	STR(answer, KIB);
	struct jw w = jw_start(&answer);

	if (file_read(c->arg[0], &text, e) || station_chain_verify(str_c(&text), text.len, &r, e))
		return (int)e->code;
	jw_obj(&w);
	jw_kbool(&w, "ok", !r.bad);
	jw_kint(&w, "lines", r.lines);
	jw_key(&w, "bad");
	if (r.bad)
		jw_int(&w, r.bad);
	else
		jw_null(&w);
	jw_kstr(&w, "why", r.bad ? r.why : NULL);
	jw_end(&w);
	str_addc(&answer, '\n');
	c->exit = r.bad ? 1 : 0;
	return call_show(c, &answer, show_station_verified, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Vehicles and their Configuration Managers (OCORA-TWS15-060 annex, 5.2.2). */
#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "cli/client.h"
#include "cli/client_stream.h"
#include "cli/cm.h"
#include "cli/cmd.h"
#include "cli/list.h"
#include "cli/show.h"
#include "core/cm_help.h"

#define LINE_BYTES 512

#define VEHICLE                                                                                              \
	{                                                                                                    \
		"vehicle", 0, "NAME", "which vehicle; default $FIRPATH_VEHICLE, or the only one"             \
	}

/* clang-format off */
const struct option_row cm_options[] = {
	VEHICLE,
	{ "prompt", 0, "N", "the question that is answered: its number, as 'status' shows it" },
	{ "follow", 'f', NULL, "with 'show log': go on with the lines that come" },
	WHY,
	END_OF_OPTIONS,
};
const struct option_row cm_watch_options[] = {
	VEHICLE,
	{ "level", 0, "LEVEL", "normal or extended; default as the command log says" },
	{ "bb", 0, "N", "only of this Building Block" },
	{ "event", 0, "WORD", "only this event" },
	END_OF_OPTIONS,
};
const struct option_row cm_shell_options[] = { VEHICLE, END_OF_OPTIONS };
const struct option_row vehicle_add_options[] = {
	{ "type-id", 0, "UUID", "the Type ID of the vehicle: Vehicle Configurations name it" },
	WHY,
	END_OF_OPTIONS,
};
const struct option_row vehicle_list_options[] = {
	LIMIT,
	END_OF_OPTIONS,
};
/* clang-format on */

static int not_json(struct err *e)
{
	e->code = ERR_REMOTE;
	return err_wrap(e, "the answer is not JSON");
}

/* ---- which vehicle ------------------------------------------------------------------------------------ */

int cm_vehicle(struct call *c, char ret[CM_NAME_SIZE], struct err *e)
{
	const char *name = call_opt(c, "vehicle"), *env = getenv("FIRPATH_VEHICLE");
	OWN(json_free) struct json *j = NULL;
	STR(answer, ANSWER_MAX);
	STR(names, 400);
	const struct json *list;

	if (!name && env && *env)
		name = env;
	if (name && (!*name || strlen(name) >= CM_NAME_SIZE))
		return err_set(e, ERR_USAGE, "--vehicle wants the name of a vehicle");
	if (name) {
		str_copy(ret, CM_NAME_SIZE, name);
		return OK;
	}
	if (call_ask(c, "GET", "/v1/vehicles?limit=20", NULL, NULL, &answer, e))
		return (int)e->code;
	if (json_parse(str_c(&answer), answer.len, &j, e))
		return not_json(e);
	list = json_get(j, "vehicles");
	if (!json_len(list))
		return err_set(
		    e, ERR_NOT_FOUND,
		    "there is no vehicle; 'firpath vehicle add NAME --type-id UUID' registers one");
	for (size_t i = 0; i < json_len(list) && names.len < 300; i++)
		str_addf(&names, "%s%.60s", i ? ", " : "", txt(json_at(list, i), "name"));
	if (json_len(list) > 1)
		return err_set(e, ERR_VEHICLES, "which vehicle: %s%s?", str_c(&names),
			       has(j, "next") ? ", ..." : "");
	str_copy(ret, CM_NAME_SIZE, txt(json_at(list, 0), "name"));
	return OK;
}

void cm_url(const char *vehicle, const char *rest, struct str *url)
{
	str_add(url, "/v1/vehicles");
	url_segment(url, vehicle);
	str_add(url, rest);
}

int cm_status(struct call *c, const char *vehicle, struct json **ret, struct err *e)
{
	STR(url, 4 * KIB);
	STR(answer, ANSWER_MAX);

	cm_url(vehicle, "", &url);
	if (call_ask(c, "GET", str_c(&url), NULL, NULL, &answer, e))
		return (int)e->code;
	return json_parse(str_c(&answer), answer.len, ret, e) ? not_json(e) : OK;
}

/* ---- one command -------------------------------------------------------------------------------------- */

static void log_url(const char *vehicle, const struct cm_line *l, struct str *url)
{
	char n[24];

	cm_url(vehicle, "/log", url);
	if (l->has_level)
		url_add(url, "level", l->extended ? "extended" : "normal");
	if (l->n) {
		snprintf(n, sizeof n, "%d", l->n);
		url_add(url, "bb", n);
	}
	if (*l->event)
		url_add(url, "event", l->event);
	if (l->last) {
		snprintf(n, sizeof n, "%d", l->last);
		url_add(url, "last", n);
	}
}

/* What only looks is asked for by GET, so that who may read may look: {"result":...} as commands give it. */
static int look(struct call *c, const char *vehicle, const struct cm_line *l, struct str *out, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	STR(url, 4 * KIB);
	STR(answer, ANSWER_MAX);
	const struct json *blocks;

	if (l->command == CM_CMD_SHOW_LOG)
		log_url(vehicle, l, &url);
	else
		cm_url(vehicle, "", &url);
	if (call_ask(c, "GET", str_c(&url), NULL, NULL, &answer, e))
		return (int)e->code;
	str_add(out, "{\"result\":");
	if (l->command != CM_CMD_LIST_BB) {
		str_addn(out, str_c(&answer), answer.len);
		str_addc(out, '}');
		return OK;
	}
	if (json_parse(str_c(&answer), answer.len, &j, e))
		return not_json(e);
	blocks = json_get(j, "blocks");
	if (l->n && (size_t)l->n > json_len(blocks))
		return err_set(e, ERR_NOT_FOUND, "%s has no Building Block %d; it has %zu", vehicle, l->n,
			       json_len(blocks));
	if (!l->n)
		str_add(out, "{\"building_blocks\":");
	if (l->n)
		json_print(json_at(blocks, (size_t)l->n - 1), out, false);
	else if (blocks)
		json_print(blocks, out, false);
	else
		str_add(out, "[]");
	str_add(out, l->n ? "}" : "}}");
	return OK;
}

/* vcs: which of them is active is known by the vehicle. */
static int look_vcs(struct call *c, const char *vehicle, struct str *out, struct err *e)
{
	OWN(json_free) struct json *v = NULL;
	OWN(json_free) struct json *j = NULL;
	static const char *const more[] = { "vc", "previous_vc" };
	STR(answer, ANSWER_MAX);

	if (cm_status(c, vehicle, &v, e) || call_ask(c, "GET", "/v1/vcs", NULL, NULL, &answer, e))
		return (int)e->code;
	if (json_parse(str_c(&answer), answer.len, &j, e))
		return not_json(e);
	str_add(out, "{\"result\":{\"vcs\":");
	if (json_get(j, "vcs"))
		json_print(json_get(j, "vcs"), out, false);
	else
		str_add(out, "[]");
	for (size_t i = 0; i < 2; i++) {
		str_addf(out, ",\"%s\":", more[i]);
		if (has(v, more[i]))
			json_print(json_get(v, more[i]), out, false);
		else
			str_add(out, "null");
	}
	str_add(out, "}}");
	return OK;
}

static int order(struct call *c, const char *vehicle, const char *line, int64_t prompt, struct str *out,
		 struct err *e)
{
	STR(url, 4 * KIB);
	STR(body, 4 * KIB);
	struct jw w = jw_start(&body);
	const char *why = call_opt(c, "why");

	cm_url(vehicle, "/commands", &url);
	jw_obj(&w);
	jw_kstr(&w, "line", line);
	if (prompt >= 0)
		jw_kint(&w, "prompt", prompt);
	if (why)
		jw_kstr(&w, "why", why);
	jw_end(&w);
	return call_ask(c, "POST", str_c(&url), NULL, &body, out, e);
}

static void help_json(const char *topic, struct str *out)
{
	struct jw w = jw_start(out);

	jw_obj(&w);
	jw_key(&w, "result");
	cm_help_write(topic, &w);
	jw_end(&w);
}

static int ask(struct call *c, const char *vehicle, const char *line, const struct cm_line *l, int64_t prompt,
	       struct str *out, struct err *e)
{
	switch (l->command) {
	case CM_CMD_HELP:
		help_json(l->answer, out);
		return OK;
	case CM_CMD_STATUS:
	case CM_CMD_LIST_BB:
	case CM_CMD_SHOW_LOG:
		return look(c, vehicle, l, out, e);
	case CM_CMD_VCS:
		return look_vcs(c, vehicle, out, e);
	case CM_CMD_ANSWER:
		if (prompt < 0 && strspn(l->answer, "0123456789") == strlen(l->answer))
			return err_set(
			    e, ERR_USAGE,
			    "an answer by its number needs the number of the question: --prompt N as "
			    "'status' shows it; or answer with the words");
		break;
	case CM_CMD_VERB:
	case CM_CMD_ACTIVATE:
	case CM_CMD_VERIFY:
	case CM_CMD_VERSION:
	case CM_CMD_LOG_MODE:
	case CM_CMDS:
		break;
	}
	return order(c, vehicle, line, prompt, out, e);
}

int cm_say(struct call *c, const char *vehicle, const char *line, int64_t prompt, bool shell, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	STR(answer, ANSWER_MAX);
	struct cm_line l;

	if (cm_line_parse(line, &l, e) || ask(c, vehicle, line, &l, prompt, &answer, e))
		return (int)e->code;
	if (json_parse(str_c(&answer), answer.len, &j, e))
		return not_json(e);
	if (c->json) {
		STR(out, ANSWER_MAX);

		json_print(has(j, "result") ? json_get(j, "result") : j, &out, false);
		str_addc(&out, '\n');
		return call_write(c, str_c(&out), out.len, e);
	}
	show_cm(&c->page, &l, j, shell);
	if (l.command == CM_CMD_VERIFY && strcmp(txt(json_get(j, "result"), "state"), "verified") != 0)
		c->exit = 1;
	return OK;
}

/* ---- following the log -------------------------------------------------------------------------------- */

void cm_event_text(const struct call *c, const struct json *event, struct page *ret)
{
	if (!has(event, "text"))
		return;
	if (c->json) {
		json_print(event, &ret->text, false);
		str_addc(&ret->text, '\n');
	} else {
		show_cm_log_line(ret, event);
	}
}

static void print_event(void *ctx, const char *name, const char *data, size_t len)
{
	OWN(json_free) struct json *j = NULL;
	struct call *c = ctx;
	struct err ignored;

	(void)name;
	if (!json_parse(data, len, &j, &ignored))
		cm_event_text(c, j, &c->page);
}

static int follow(struct call *c, const char *vehicle, const struct cm_line *l, struct err *e)
{
	STR(url, 4 * KIB);

	log_url(vehicle, l, &url);
	if (!l->last)
		url_add(&url, "last", "10"); /* what led to this */
	return call_follow(c, str_c(&url), print_event, e);
}

int cmd_cm_watch(struct call *c, struct err *e)
{
	const char *level = call_opt(c, "level"), *event = call_opt(c, "event");
	char vehicle[CM_NAME_SIZE];
	struct cm_line l = { .command = CM_CMD_SHOW_LOG };
	int64_t n;

	if (level && strcmp(level, "normal") != 0 && strcmp(level, "extended") != 0)
		return err_set(e, ERR_USAGE, "--level is normal or extended, not '%.40s'", level);
	if (call_opt_int(c, "bb", 1, SITE_BBS_MAX, 0, &n, e) || cm_vehicle(c, vehicle, e))
		return (int)e->code;
	l.n = (int)n;
	l.has_level = level != NULL;
	l.extended = level && *level == 'e';
	str_copy(l.event, sizeof l.event, event ? event : "");
	return follow(c, vehicle, &l, e);
}

int cmd_cm(struct call *c, struct err *e)
{
	char vehicle[CM_NAME_SIZE] = "";
	STR(line, LINE_BYTES);
	struct cm_line l;
	int64_t prompt;

	for (int i = 0; i < c->nargs; i++) {
		if (i)
			str_addc(&line, ' ');
		str_add(&line, c->arg[i]);
	}
	if (line.over)
		return err_set(e, ERR_USAGE, "that is too long for a command");
	/* What is wrong with the words is said before anybody is asked. */
	if (call_opt_int(c, "prompt", 0, INT64_MAX, -1, &prompt, e) || cm_line_parse(str_c(&line), &l, e))
		return (int)e->code;
	if (call_has(c, "follow") && l.command != CM_CMD_SHOW_LOG)
		return err_set(e, ERR_USAGE, "--follow goes with 'show log'");
	if (l.command != CM_CMD_HELP && cm_vehicle(c, vehicle, e))
		return (int)e->code;
	return call_has(c, "follow") ? follow(c, vehicle, &l, e)
				     : cm_say(c, vehicle, str_c(&line), prompt, false, e);
}

/* ---- vehicles ----------------------------------------------------------------------------------------- */

int cmd_vehicle_add(struct call *c, struct err *e)
{
	STR(body, 4 * KIB);
	STR(answer, ANSWER_MAX);
	struct jw w = jw_start(&body);
	const char *type_id;

	if (call_need(c, "type-id", &type_id, e))
		return (int)e->code;
	jw_obj(&w);
	jw_kstr(&w, "name", c->arg[0]);
	jw_kstr(&w, "type_id", type_id);
	jw_end(&w);
	return call_ask_why(c, "POST", "/v1/vehicles", NULL, &body, &answer, e)
		   ? (int)e->code
		   : call_show(c, &answer, show_vehicle, e);
}

int cmd_vehicle_list(struct call *c, struct err *e)
{
	STR(answer, ANSWER_MAX);
	char path[] = "/v1/vehicles";

	return list_collect(c, "vehicles", list_page_get, path, &answer, e)
		   ? (int)e->code
		   : call_show(c, &answer, show_vehicles, e);
}

int cmd_vehicle_show(struct call *c, struct err *e)
{
	STR(url, 4 * KIB);

	cm_url(c->arg[0], "", &url);
	return call_get_show(c, str_c(&url), show_vehicle, e);
}

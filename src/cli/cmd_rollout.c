/* SPDX-License-Identifier: Apache-2.0 */
/* Rollouts: many vehicles along one route of Vehicle Configurations. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/list.h"
#include "cli/show.h"

/* clang-format off */
const struct option_row rollout_create_options[] = {
	{ "name", 0, "NAME", "what it is called" },
	{ "route", 0, "N,N,...", "numbers of Vehicle Configurations ('firpath cm vcs'); the first is where the vehicles come from" },
	{ "prefix", 0, "TEXT", "only vehicles whose name begins so; default all of the type" },
	{ "at-most", 0, "N", "vehicles under way at once; default 100" },
	{ "stop-after", 0, "N", "held vehicles that halt it, 0 = never; default 3" },
	WHY,
	END_OF_OPTIONS,
};
const struct option_row rollout_status_options[] = {
	{ "phase", 0, "PHASE", "list these vehicles: queued, active, held, done, refused, stopped" },
	END_OF_OPTIONS,
};
const struct option_row rollout_why_options[] = {
	WHY,
	END_OF_OPTIONS,
};
/* clang-format on */

static void rollout_url(const struct call *c, const char *what, struct str *url)
{
	str_add(url, "/v1/rollouts");
	url_segment(url, c->arg[0]);
	str_add(url, what);
}

static int write_route(const char *text, struct jw *w, struct err *e)
{
	char *end;

	jw_key(w, "route");
	jw_arr(w);
	for (const char *p = text;; p = end + 1) {
		long n = strtol(p, &end, 10);

		if (end == p || n < 1 || (*end && *end != ','))
			return err_set(e, ERR_USAGE,
				       "--route %.60s: it is numbers with commas between, as in 1,4,7", text);
		jw_int(w, n);
		if (!*end)
			break;
	}
	jw_arr_end(w);
	return OK;
}

static int write_rollout(const struct call *c, struct str *out, struct err *e)
{
	struct jw w = jw_start(out);
	const char *name, *route;
	int64_t at_most, stop_after;

	if (call_need(c, "name", &name, e) || call_need(c, "route", &route, e) ||
	    call_opt_int(c, "at-most", 1, 100000, 100, &at_most, e) ||
	    call_opt_int(c, "stop-after", 0, 100000, 3, &stop_after, e))
		return (int)e->code;
	jw_obj(&w);
	jw_kstr(&w, "name", name);
	if (write_route(route, &w, e))
		return (int)e->code;
	if (call_has(c, "prefix"))
		jw_kstr(&w, "prefix", call_opt(c, "prefix"));
	jw_kint(&w, "at_most", at_most);
	jw_kint(&w, "stop_after", stop_after);
	jw_end(&w);
	return OK;
}

static void show_rollout(struct page *p, const struct json *k)
{
	const struct json *route = json_get(k, "route");

	page_line(p, "%s: %s%s%s", txt(k, "name"), txt(k, "state"), *txt(k, "reason") ? ", " : "",
		  txt(k, "reason"));
	for (size_t i = 0; i < json_len(route); i++) {
		const struct json *s = json_at(route, i);

		page_line(p, "  %s Vehicle Configuration %" PRId64 ": %s %s", i ? "then" : "from",
			  num(s, "n"), txt(s, "name"), txt(s, "version"));
	}
	page_line(p,
		  "%" PRId64 " vehicles: %" PRId64 " done, %" PRId64 " under way, %" PRId64
		  " waiting, %" PRId64 " held, %" PRId64 " refused, %" PRId64 " stopped; %" PRId64
		  " configurations reached",
		  num(k, "total"), num(k, "done"), num(k, "active"), num(k, "queued"), num(k, "held"),
		  num(k, "refused"), num(k, "stopped"), num(k, "steps_done"));
}

static void show_rollouts(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "rollouts");
	OWN(table_done) struct table t = { 0 };

	if (!json_len(list)) {
		page_line(p, "There is no rollout.");
		return;
	}
	table_init(&t, 7);
	table_row(&t, "rollout", "state", "vehicles", "done", "active", "held", "created", NULL);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *k = json_at(list, i);

		table_cell(&t, txt(k, "name"));
		table_cell(&t, txt(k, "state"));
		table_cellf(&t, "%" PRId64, num(k, "total"));
		table_cellf(&t, "%" PRId64, num(k, "done"));
		table_cellf(&t, "%" PRId64, num(k, "active"));
		table_cellf(&t, "%" PRId64, num(k, "held"));
		table_cell(&t, txt(k, "created_at"));
	}
	table_print(&t, p, true);
}

static void show_members(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "vehicles");
	OWN(table_done) struct table t = { 0 };

	if (!json_len(list)) {
		page_line(p, "There is no such vehicle.");
		return;
	}
	table_init(&t, 5);
	table_row(&t, "vehicle", "phase", "step", "state", "reason", NULL);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *k = json_at(list, i);

		table_cell(&t, txt(k, "name"));
		table_cell(&t, txt(k, "phase"));
		table_cellf(&t, "%" PRId64, num(k, "step"));
		table_cell(&t, txt(k, "state"));
		table_cell(&t, *txt(k, "detail") ? txt(k, "detail") : txt(k, "reason"));
	}
	table_print(&t, p, true);
}

int cmd_rollout_create(struct call *c, struct err *e)
{
	STR(body, 8 * KIB);
	STR(answer, ANSWER_MAX);
	STR(url, 4 * KIB);

	if (write_rollout(c, &body, e))
		return (int)e->code;
	str_add(&url, "/v1/rollouts");
	url_add(&url, "why", call_opt(c, "why"));
	if (call_ask(c, "POST", str_c(&url), NULL, &body, &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_rollout, e);
}

int cmd_rollout_list(struct call *c, struct err *e)
{
	STR(answer, ANSWER_MAX);
	char url[] = "/v1/rollouts";

	if (list_collect(c, "rollouts", list_page_get, url, &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_rollouts, e);
}

int cmd_rollout_status(struct call *c, struct err *e)
{
	STR(answer, ANSWER_MAX);
	STR(url, 4 * KIB);

	if (!call_has(c, "phase")) {
		rollout_url(c, "", &url);
		return call_get_show(c, str_c(&url), show_rollout, e);
	}
	rollout_url(c, "/vehicles", &url);
	url_add(&url, "phase", call_opt(c, "phase"));
	if (list_collect(c, "vehicles", list_page_get, url.p, &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_members, e);
}

static int steer(struct call *c, const char *verb, struct err *e)
{
	STR(answer, ANSWER_MAX);
	STR(url, 4 * KIB);

	rollout_url(c, verb, &url);
	url_add(&url, "why", call_opt(c, "why"));
	if (call_ask(c, "POST", str_c(&url), NULL, NULL, &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_rollout, e);
}

int cmd_rollout_pause(struct call *c, struct err *e)
{
	return steer(c, "/pause", e);
}

int cmd_rollout_resume(struct call *c, struct err *e)
{
	return steer(c, "/resume", e);
}

int cmd_rollout_stop(struct call *c, struct err *e)
{
	return steer(c, "/stop", e);
}

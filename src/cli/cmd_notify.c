/* SPDX-License-Identifier: Apache-2.0 */
/* Webhooks and watch lists. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/parse.h"
#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/show.h"

#define ANSWER (4 * MIB)
#define TEST_WAIT_MS 20000 /* how long `webhook test` waits for the receiver's answer */
#define TEST_LOOK_MS 100
#define SHOWN "10" /* deliveries that `webhook show` lists */

/* clang-format off */
#define HOOK \
	{ "label", 0, "TEXT", "what it is for; default the host" }, \
	{ "types", 0, "TYPES", "event types, with commas; org.firpath.NAME.* takes a family; default all" }
const struct option_row webhook_add_options[] = {
	HOOK,
	{ "watch-only", 0, NULL, "only changes that touch my watch list" },
	WHY, END_OF_OPTIONS,
};
const struct option_row webhook_change_options[] = {
	HOOK,
	{ "url", 0, "URL", "where events go" },
	{ "watch-only", 0, "yes|no", "only changes that touch my watch list" },
	{ "state", 0, "STATE", "active or paused; active also revives a disabled one" },
	WHY, END_OF_OPTIONS,
};
const struct option_row webhook_replay_options[] = {
	{ "since", 0, "TIME", "everything from then on: 2026-11-20 or 2026-11-20T09:00:00Z" },
	{ "delivery", 0, "NUMBER", "only this one" },
	WHY, END_OF_OPTIONS,
};
const struct option_row webhook_why_options[] = { WHY, END_OF_OPTIONS };
/* clang-format on */

static const char *hook_path(const struct call *c, const char *tail, struct str *url)
{
	str_clear(url);
	str_add(url, "/v1/webhooks");
	url_segment(url, c->arg[0]);
	str_add(url, tail);
	return str_c(url);
}

/* --types with commas (or blanks), else what stands. */
static void ktypes(const struct call *c, struct jw *w, const struct json *stands)
{
	STR(types, 4 * KIB);

	if (call_has(c, "types"))
		for (const char *s = call_opt(c, "types"); *s; s++)
			str_addc(&types, *s == ',' ? ' ' : *s);
	else if (json_len(stands))
		words(stands, &types);
	jw_kwords(w, "types", str_c(&types));
}

static void kopt(const struct call *c, struct jw *w, const char *option, const char *member,
		 const char *otherwise)
{
	const char *s = call_has(c, option) ? call_opt(c, option) : otherwise;

	if (s)
		jw_kstr(w, member, s);
}

int cmd_webhook_add(struct call *c, struct err *e)
{
	STR(body, 16 * KIB);
	STR(answer, ANSWER);
	struct jw w = jw_start(&body);

	jw_obj(&w);
	jw_kstr(&w, "url", c->arg[0]);
	kopt(c, &w, "label", "label", NULL);
	ktypes(c, &w, NULL);
	jw_kbool(&w, "watch_only", call_has(c, "watch-only"));
	jw_end(&w);
	return call_ask_why(c, "POST", "/v1/webhooks", NULL, &body, &answer, e)
		   ? (int)e->code
		   : call_show(c, &answer, show_webhook, e);
}

int cmd_webhook_list(struct call *c, struct err *e)
{
	return call_get_show(c, "/v1/webhooks", show_webhooks, e);
}

/* The webhook with its newest deliveries as one object. */
int cmd_webhook_show(struct call *c, struct err *e)
{
	STR(url, 4 * KIB);
	STR(hook, ANSWER);
	STR(log, ANSWER);

	if (call_ask_why(c, "GET", hook_path(c, "", &url), NULL, NULL, &hook, e) ||
	    call_ask_why(c, "GET", hook_path(c, "/deliveries?limit=" SHOWN, &url), NULL, NULL, &log, e))
		return (int)e->code;
	/* {...}\n and {"deliveries":[...],...}\n: the second goes into the first. */
	while (hook.len && hook.p[hook.len - 1] != '}')
		hook.p[--hook.len] = '\0';
	hook.p[--hook.len] = '\0';
	str_addf(&hook, ",%s", str_c(&log) + 1);
	return call_show(c, &hook, show_webhook, e);
}

int cmd_webhook_change(struct call *c, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	STR(url, 4 * KIB);
	STR(stands, ANSWER);
	STR(answer, ANSWER);
	STR(body, 16 * KIB);
	struct jw w = jw_start(&body);
	const char *only = call_opt(c, "watch-only");
	bool watch_only;
	char match[64];

	if (call_ask_why(c, "GET", hook_path(c, "", &url), NULL, NULL, &stands, e) ||
	    json_parse(str_c(&stands), stands.len, &j, e))
		return (int)e->code;
	watch_only = json_bool(json_get(j, "watch_only"), false);
	if (only && !parse_bool(only, &watch_only))
		return err_set(e, ERR_USAGE, "--watch-only is yes or no, not '%.32s'", only);
	snprintf(match, sizeof match, "\"w%" PRId64 "-%" PRId64 "\"", num(j, "id"), num(j, "version"));
	jw_obj(&w);
	kopt(c, &w, "url", "url", txt(j, "url"));
	kopt(c, &w, "label", "label", txt(j, "label"));
	ktypes(c, &w, json_get(j, "types"));
	jw_kbool(&w, "watch_only", watch_only);
	kopt(c, &w, "state", "state", strcmp(txt(j, "state"), "paused") ? "active" : "paused");
	jw_end(&w);
	return call_ask_why(c, "PUT", hook_path(c, "", &url), match, &body, &answer, e)
		   ? (int)e->code
		   : call_show(c, &answer, show_webhook, e);
}

int cmd_webhook_rotate(struct call *c, struct err *e)
{
	STR(url, 4 * KIB);
	STR(answer, ANSWER);

	return call_ask_why(c, "POST", hook_path(c, "/rotate", &url), NULL, NULL, &answer, e)
		   ? (int)e->code
		   : call_show(c, &answer, show_webhook, e);
}

int cmd_webhook_remove(struct call *c, struct err *e)
{
	STR(url, 4 * KIB);
	STR(answer, KIB);

	if (call_ask_why(c, "DELETE", hook_path(c, "", &url), NULL, NULL, NULL, e))
		return (int)e->code;
	str_addf(&answer, "{\"removed\":\"%.20s\"}\n", c->arg[0]);
	call_say(c, "Removed.");
	return c->json ? call_write(c, str_c(&answer), answer.len, e) : OK;
}

/* The row of one delivery in the newest ones; NULL when it is not there. */
static const struct json *delivery_of(const struct json *log, int64_t number)
{
	const struct json *list = json_get(log, "deliveries");

	for (size_t i = 0; i < json_len(list); i++)
		if (num(json_at(list, i), "id") == number)
			return json_at(list, i);
	return NULL;
}

int cmd_webhook_test(struct call *c, struct err *e)
{
	STR(url, 4 * KIB);
	STR(answer, ANSWER);
	OWN(json_free) struct json *made = NULL;
	int64_t until = call_now(c) + TEST_WAIT_MS;

	if (call_ask_why(c, "POST", hook_path(c, "/test", &url), NULL, NULL, &answer, e) ||
	    json_parse(str_c(&answer), answer.len, &made, e))
		return (int)e->code;
	for (;;) {
		OWN(json_free) struct json *log = NULL;
		const struct json *d;

		str_clear(&answer);
		if (call_ask_why(c, "GET", hook_path(c, "/deliveries", &url), NULL, NULL, &answer, e) ||
		    json_parse(str_c(&answer), answer.len, &log, e))
			return (int)e->code;
		d = delivery_of(log, num(made, "delivery"));
		if ((d && strcmp(txt(d, "state"), "due")) || call_now(c) > until) {
			c->exit = d && !strcmp(txt(d, "state"), "done") ? 0 : 1;
			str_clear(&answer);
			json_print(d ? d : made, &answer, false);
			str_addc(&answer, '\n');
			return call_show(c, &answer, show_delivery, e);
		}
		nanosleep(&(struct timespec){ .tv_nsec = TEST_LOOK_MS * 1000000L }, NULL);
	}
}

int cmd_webhook_replay(struct call *c, struct err *e)
{
	const char *since = call_opt(c, "since"), *delivery = call_opt(c, "delivery");
	STR(url, 4 * KIB);
	STR(body, KIB);
	STR(answer, ANSWER);
	struct jw w = jw_start(&body);

	if (!since == !delivery)
		return err_set(e, ERR_USAGE, "give --since TIME or --delivery NUMBER");
	if (delivery) {
		hook_path(c, "/deliveries", &url);
		url_segment(&url, delivery);
		str_add(&url, "/replay");
	} else {
		hook_path(c, "/replay", &url);
		jw_obj(&w);
		jw_kstr(&w, "since", since);
		jw_end(&w);
	}
	return call_ask_why(c, "POST", str_c(&url), NULL, since ? &body : NULL, &answer, e)
		   ? (int)e->code
		   : call_show(c, &answer, show_replayed, e);
}

/* ---- watch lists ---- */

int cmd_watch_list(struct call *c, struct err *e)
{
	return call_get_show(c, "/v1/watch", show_watch, e);
}

int cmd_watch_add(struct call *c, struct err *e)
{
	STR(body, KIB);
	STR(answer, ANSWER);
	struct jw w = jw_start(&body);

	if (c->nargs > 2)
		return err_set(e, ERR_USAGE,
			       "one thing at a time: entry ID, model ID, manufacturer CODE, or catalogue");
	jw_obj(&w);
	jw_kstr(&w, "kind", c->arg[0]);
	if (c->nargs > 1)
		jw_kstr(&w, "subject", c->arg[1]);
	jw_end(&w);
	if (call_ask_why(c, "POST", "/v1/watch", NULL, &body, &answer, e))
		return (int)e->code;
	call_say(c, "Followed.");
	return c->json ? call_write(c, str_c(&answer), answer.len, e) : OK;
}

int cmd_watch_remove(struct call *c, struct err *e)
{
	STR(url, KIB);
	STR(answer, KIB);

	str_add(&url, "/v1/watch");
	url_segment(&url, c->arg[0]);
	if (call_ask_why(c, "DELETE", str_c(&url), NULL, NULL, NULL, e))
		return (int)e->code;
	str_addf(&answer, "{\"removed\":\"%.20s\"}\n", c->arg[0]);
	call_say(c, "Followed no more.");
	return c->json ? call_write(c, str_c(&answer), answer.len, e) : OK;
}

int cmd_watch_seen(struct call *c, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	STR(answer, ANSWER);
	STR(body, KIB);

	if (call_ask_why(c, "GET", "/v1/watch", NULL, NULL, &answer, e) ||
	    json_parse(str_c(&answer), answer.len, &j, e))
		return (int)e->code;
	str_addf(&body, "{\"revision\":%" PRId64 "}", num(j, "revision"));
	str_clear(&answer);
	if (call_ask_why(c, "POST", "/v1/watch/seen", NULL, &body, &answer, e))
		return (int)e->code;
	call_say(c, "Looked at, up to revision %" PRId64 ".", num(j, "revision"));
	return c->json ? call_write(c, str_c(&answer), answer.len, e) : OK;
}

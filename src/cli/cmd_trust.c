/* SPDX-License-Identifier: Apache-2.0 */
/* Call-outs and service levels. */
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/list.h"
#include "cli/show.h"

/* POSTs the options named in members as a JSON object and shows the call-out that comes back. */
static int send(struct call *c, const char *path, const char *const *members, struct err *e)
{
	struct client_send s = { .path = path, .type = "application/json" };
	STR(body, 64 * KIB);
	STR(answer, ANSWER_MAX);
	struct jw w = jw_start(&body);
	struct client *client;
	int64_t number;

	jw_obj(&w);
	for (; *members; members++) {
		const char *value = call_opt(c, *members);

		if (!value)
			continue;
		if (strcmp(*members, "proposal") != 0) {
			jw_kstr(&w, *members, value);
			continue;
		}
		if (call_opt_int(c, *members, 1, INT64_MAX, 0, &number, e))
			return (int)e->code;
		jw_kint(&w, *members, number);
	}
	jw_end(&w);
	s.body = str_c(&body);
	s.len = body.len;
	if (call_client(c, &client, e) || client_run(client, &s, &answer, NULL, NULL, e))
		return (int)e->code;
	return call_show(c, &answer, show_callout, e);
}

static int number_of(const struct call *c, struct err *e)
{
	int64_t number;

	if (parse_i64(c->arg[0], 1, INT64_MAX, &number, e))
		return err_set(e, ERR_USAGE, "'%.40s' is not the number of a call-out", c->arg[0]);
	return OK;
}

static int verb(struct call *c, const char *name, const char *const *members, struct err *e)
{
	STR(url, KIB);

	if (number_of(c, e))
		return (int)e->code;
	str_add(&url, "/v1/callouts");
	url_segment(&url, c->arg[0]);
	url_segment(&url, name);
	return send(c, str_c(&url), members, e);
}

static const char *const with_text[] = { "text", NULL };

int cmd_callout_new(struct call *c, struct err *e)
{
	static const char *const members[] = { "kind", "entry", "from", "text", NULL };
	const char *value;

	if (call_need(c, "kind", &value, e) || call_need(c, "entry", &value, e) ||
	    call_need(c, "text", &value, e))
		return (int)e->code;
	return send(c, "/v1/callouts", members, e);
}

int cmd_callout_list(struct call *c, struct err *e)
{
	STR(answer, ANSWER_MAX);
	STR(url, 4 * KIB);

	str_add(&url, "/v1/callouts");
	url_add(&url, "state", call_opt(c, "state"));
	url_add(&url, "entry", call_opt(c, "entry"));
	url_add(&url, "mine", call_has(c, "mine") ? "yes" : NULL);
	url_add(&url, "todo", call_has(c, "todo") ? "yes" : NULL);
	if (list_collect(c, "callouts", list_page_get, url.p, &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_callouts, e);
}

int cmd_callout_show(struct call *c, struct err *e)
{
	STR(url, KIB);

	if (number_of(c, e))
		return (int)e->code;
	str_add(&url, "/v1/callouts");
	url_segment(&url, c->arg[0]);
	return call_get_show(c, str_c(&url), show_callout, e);
}

int cmd_callout_ask(struct call *c, struct err *e)
{
	return verb(c, "ask", with_text, e);
}

int cmd_callout_answer(struct call *c, struct err *e)
{
	static const char *const members[] = { "text", "kind", "bases", NULL };
	const char *value;

	if (call_need(c, "text", &value, e))
		return (int)e->code;
	return verb(c, "answer", members, e);
}

int cmd_callout_say(struct call *c, struct err *e)
{
	const char *value;

	if (call_need(c, "text", &value, e))
		return (int)e->code;
	return verb(c, "say", with_text, e);
}

int cmd_callout_close(struct call *c, struct err *e)
{
	static const char *const members[] = { "text", "proposal", NULL };
	const char *value;

	if (call_need(c, "text", &value, e))
		return (int)e->code;
	return verb(c, call_has(c, "reject") ? "reject" : "close", members, e);
}

int cmd_callout_dispute(struct call *c, struct err *e)
{
	const char *value;

	if (call_need(c, "text", &value, e))
		return (int)e->code;
	return verb(c, "dispute", with_text, e);
}

int cmd_callout_settle(struct call *c, struct err *e)
{
	return verb(c, "settle", with_text, e);
}

int cmd_service_levels(struct call *c, struct err *e)
{
	return call_get_show(c, "/v1/service-levels", show_service_levels, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Edits by people: propose, look, decide; what-if; the security lane. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/parse.h"
#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/show.h"
#include "import/feed.h"

#define BODY_MAX (4 * MIB)

#define REASON                                                                                               \
	{                                                                                                    \
		"why", 0, "TEXT", "the reason, kept for ever"                                                \
	}
#define RULE                                                                                                 \
	{ "rule", 0, "TEXT", "instead of FILE: 'below X go via V', 'from X to Y only via V'" },              \
	{                                                                                                    \
		"entry", 0, "ID", "with --rule: an entry of the model that it is about"                      \
	}

const struct option_row propose_options[] = {
	REASON,
	{ "title", 0, "TEXT", "what it is called; default: the reason" },
	{ "effective-on", 0, "DATE", "in force since or from: earlier corrects, later waits for the day" },
	{ "embargo-until", 0, "DATE", "neither shown to others nor published before" },
	{ "draft", 0, NULL, "keep it as a draft that only you see" },
	{ "change", 0, "NUMBER", "instead of a new one: change this proposal of yours" },
	RULE,
	END_OF_OPTIONS,
};
const struct option_row review_options[] = {
	{ "state", 0, "STATE",
	  "draft, open, approved, published, returned, withdrawn, rejected, stale or waiting" },
	{ "mine", 0, NULL, "only what you wrote" },
	{ "limit", 0, "N", "at most so many; default 100" },
	END_OF_OPTIONS,
};
const struct option_row approve_options[] = {
	REASON,
	{ "yes", 'y', NULL, "do not ask; needed when this is no terminal" },
	{ "hash", 0, "HEX", "approve only content with this hash" },
	END_OF_OPTIONS,
};
const struct option_row edit_why_options[] = { REASON, END_OF_OPTIONS };
const struct option_row whatif_options[] = {
	{ "effective-on", 0, "DATE", "as if in force since then: which past answers would have been others" },
	RULE,
	END_OF_OPTIONS,
};
const struct option_row block_options[] = {
	{ "entry", 0, "ID", "the entry that nobody shall go to" },
	{ "bases", 0, "IDS", "only from these entries, blanks between; default: from everywhere" },
	{ "name", 0, "TEXT", "what the block is called" },
	{ "message", 0, "TEXT", "what those read who meet it" },
	{ "link", 0, "URL", "where more is said" },
	{ "protects", 0, "TEXT", "whom it protects" },
	REASON,
	END_OF_OPTIONS,
};
const struct option_row blocks_options[] = {
	{ "state", 0, "STATE", "waiting, ratified or lifted" },
	END_OF_OPTIONS,
};

static int proposal_url(const char *number, const char *what, struct str *url, struct err *e)
{
	int64_t id;

	if (parse_i64(number, 1, INT64_MAX, &id, e))
		return err_set(e, ERR_USAGE, "'%.40s' is not the number of a proposal", number);
	str_addf(url, "/v1/proposals/%" PRId64 "%s", id, what);
	return OK;
}

/* ---- what is proposed ---- */

static int write_rows(const struct statement_file *rows, void *ctx, struct err *e)
{
	struct jw *w = ctx;
	bool got;

	for (;;) {
		struct statement_in in = { .line = 0 };

		if (rows->next(rows->self, &in, &got, e))
			return (int)e->code;
		if (!got)
			return OK;
		if (in.bad.code) {
			*e = in.bad;
			return (int)e->code;
		}
		jw_obj(w);
		for (int f = 0; f < STATEMENT_IN_FIELDS; f++)
			if (in.text[f] && *in.text[f])
				jw_kstr(w, statement_in_text[f], in.text[f]);
		jw_end(w);
	}
}

/* Items from a JSON body, a statements file, or a rule. */
static int write_items(struct call *c, struct jw *w, struct err *e)
{
	struct feed_input in = { .path = c->nargs ? c->arg[0] : NULL };
	OWN(json_free) struct json *j = NULL;
	STR(text, BODY_MAX);
	STR(items, BODY_MAX);
	struct err ignored;

	if (!c->nargs == !call_has(c, "rule"))
		return err_set(e, ERR_USAGE, "give a FILE, or a rule with --rule TEXT --entry ID");
	jw_key(w, "items");
	if (call_has(c, "rule")) {
		jw_arr(w);
		jw_obj(w);
		jw_kstr(w, "rule", call_opt(c, "rule"));
		jw_kstr(w, "entry", call_opt(c, "entry"));
		jw_end(w);
		jw_arr_end(w);
		return OK;
	}
	if (file_read(c->arg[0], &text, e))
		return (int)e->code;
	in = (struct feed_input){ .bytes = str_c(&text), .len = text.len };
	if (!json_parse(str_c(&text), text.len, &j, &ignored) &&
	    json_kind(json_get(j, "items")) == JSON_ARRAY) {
		json_print(json_get(j, "items"), &items, false);
		jw_raw(w, str_c(&items), items.len);
		return OK;
	}
	jw_arr(w);
	if (feed_statement_rows(&in, write_rows, w, e))
		return err_wrap(e, "%s", c->arg[0]);
	jw_arr_end(w);
	return OK;
}

int cmd_propose(struct call *c, struct err *e)
{
	STR(body, BODY_MAX);
	STR(answer, ANSWER_MAX);
	STR(old, ANSWER_MAX);
	STR(url, KIB);
	struct jw w = jw_start(&body);
	struct client *client;
	const char *why, *method = "POST";
	char match[80] = "";

	if (call_need(c, "why", &why, e))
		return (int)e->code;
	jw_obj(&w);
	jw_kstr(&w, "title", call_has(c, "title") ? call_opt(c, "title") : why);
	jw_kstr(&w, "reason", why);
	if (call_has(c, "effective-on"))
		jw_kstr(&w, "effective_on", call_opt(c, "effective-on"));
	if (call_has(c, "embargo-until"))
		jw_kstr(&w, "embargo_until", call_opt(c, "embargo-until"));
	if (call_has(c, "draft"))
		jw_kbool(&w, "draft", true);
	if (write_items(c, &w, e))
		return (int)e->code;
	jw_end(&w);
	if (call_has(c, "change")) {
		OWN(json_free) struct json *j = NULL;

		method = "PUT";
		if (proposal_url(call_opt(c, "change"), "", &url, e) || call_client(c, &client, e) ||
		    client_get(client, str_c(&url), &old, e) || json_parse(str_c(&old), old.len, &j, e))
			return (int)e->code;
		snprintf(match, sizeof match, "\"p%" PRId64 "-v%" PRId64 "\"", num(j, "proposal"),
			 num(j, "version"));
	} else {
		str_add(&url, "/v1/proposals");
	}
	if (call_ask(c, method, str_c(&url), *match ? match : NULL, &body, &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_proposal, e);
}

int cmd_whatif(struct call *c, struct err *e)
{
	STR(body, BODY_MAX);
	STR(answer, ANSWER_MAX);
	struct jw w = jw_start(&body);

	jw_obj(&w);
	if (call_has(c, "effective-on"))
		jw_kstr(&w, "effective_on", call_opt(c, "effective-on"));
	if (write_items(c, &w, e))
		return (int)e->code;
	jw_end(&w);
	if (call_ask(c, "POST", "/v1/whatif", NULL, &body, &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_impact, e);
}

/* ---- deciding ---- */

int cmd_review(struct call *c, struct err *e)
{
	STR(url, KIB);
	STR(impact, ANSWER_MAX);
	OWN(json_free) struct json *j = NULL;
	struct client *client;

	if (!c->nargs) {
		str_add(&url, "/v1/proposals");
		url_add(&url, "state", call_opt(c, "state"));
		url_add(&url, "mine", call_has(c, "mine") ? "yes" : NULL);
		url_add(&url, "limit", call_opt(c, "limit"));
		return call_get_show(c, str_c(&url), show_proposals, e);
	}
	if (proposal_url(c->arg[0], "", &url, e) || call_get_show(c, str_c(&url), show_proposal, e))
		return (int)e->code;
	if (c->json)
		return OK;
	str_add(&url, "/impact");
	if (call_client(c, &client, e) || client_get(client, str_c(&url), &impact, e) ||
	    json_parse(str_c(&impact), impact.len, &j, e))
		return (int)e->code;
	page_line(&c->page, " ");
	show_impact(&c->page, j);
	return OK;
}

/* Asks on the terminal; off it --yes has to say so. */
static int confirm(struct call *c, const char *what, struct err *e)
{
	char line[16] = "";

	if (call_has(c, "yes"))
		return OK;
	if (!isatty(STDIN_FILENO))
		return err_set(e, ERR_USAGE, "this is no terminal: say --yes to %s without being asked",
			       what);
	fprintf(c->env->chat, "%s", str_c(&c->page.text));
	str_clear(&c->page.text);
	fprintf(c->env->chat, "%s? [y/N] ", what);
	fflush(c->env->chat);
	if (!fgets(line, sizeof line, stdin) || (*line != 'y' && *line != 'Y'))
		return err_set(e, ERR_NOTHING, "nothing was done");
	return OK;
}

int cmd_approve(struct call *c, struct err *e)
{
	STR(url, KIB);
	STR(shown, ANSWER_MAX);
	STR(impact, ANSWER_MAX);
	STR(body, 16 * KIB);
	STR(answer, ANSWER_MAX);
	OWN(json_free) struct json *j = NULL, *i = NULL;
	struct jw w = jw_start(&body);
	struct client *client;
	char match[80];

	if (proposal_url(c->arg[0], "", &url, e) || call_client(c, &client, e) ||
	    client_get(client, str_c(&url), &shown, e) || json_parse(str_c(&shown), shown.len, &j, e))
		return (int)e->code;
	if (call_has(c, "hash") && strcmp(call_opt(c, "hash"), txt(j, "hash")) != 0)
		return err_set(e, ERR_OTHER_CONTENT, "its hash is %s now", txt(j, "hash"));
	if (!c->json) {
		str_add(&url, "/impact");
		if (client_get(client, str_c(&url), &impact, e) ||
		    json_parse(str_c(&impact), impact.len, &i, e))
			return (int)e->code;
		show_proposal(&c->page, j);
		page_line(&c->page, " ");
		show_impact(&c->page, i);
		page_line(&c->page, " ");
	}
	if (confirm(c, "approve it", e))
		return (int)e->code;
	snprintf(match, sizeof match, "\"p%" PRId64 "-v%" PRId64 "\"", num(j, "proposal"), num(j, "version"));
	jw_obj(&w);
	jw_kstr(&w, "hash", txt(j, "hash"));
	if (call_has(c, "why"))
		jw_kstr(&w, "reason", call_opt(c, "why"));
	jw_end(&w);
	str_clear(&url);
	if (proposal_url(c->arg[0], "/approve", &url, e) ||
	    call_ask(c, "POST", str_c(&url), match, &body, &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_proposal_end, e);
}

static int reason_body(struct call *c, struct str *body, struct err *e)
{
	struct jw w = jw_start(body);
	const char *why;

	if (call_need(c, "why", &why, e))
		return (int)e->code;
	jw_obj(&w);
	jw_kstr(&w, "reason", why);
	jw_end(&w);
	return OK;
}

static int end_proposal(struct call *c, const char *what, struct err *e)
{
	STR(url, KIB);
	STR(body, 16 * KIB);
	STR(answer, ANSWER_MAX);

	if (proposal_url(c->arg[0], what, &url, e) || reason_body(c, &body, e) ||
	    call_ask(c, "POST", str_c(&url), "*", &body, &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_proposal_end, e);
}

int cmd_return(struct call *c, struct err *e)
{
	return end_proposal(c, "/return", e);
}

int cmd_reject(struct call *c, struct err *e)
{
	return end_proposal(c, "/reject", e);
}

int cmd_withdraw(struct call *c, struct err *e)
{
	return end_proposal(c, "/withdraw", e);
}

/* ---- the security lane ---- */

int cmd_block(struct call *c, struct err *e)
{
	static const char *const members[] = {
		"entry", "bases", "name", "message", "link", "protects", NULL
	};
	STR(body, 16 * KIB);
	STR(answer, ANSWER_MAX);
	struct jw w = jw_start(&body);
	const char *value;

	if (call_need(c, "entry", &value, e) || call_need(c, "message", &value, e) ||
	    call_need(c, "why", &value, e))
		return (int)e->code;
	jw_obj(&w);
	for (int i = 0; members[i]; i++)
		if (call_has(c, members[i]))
			jw_kstr(&w, members[i], call_opt(c, members[i]));
	jw_kstr(&w, "reason", value);
	jw_end(&w);
	if (call_ask(c, "POST", "/v1/blocks", NULL, &body, &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_block, e);
}

int cmd_blocks(struct call *c, struct err *e)
{
	STR(url, KIB);

	str_add(&url, "/v1/blocks");
	url_add(&url, "state", call_opt(c, "state"));
	return call_get_show(c, str_c(&url), show_blocks, e);
}

static int decide_block(struct call *c, const char *what, struct err *e)
{
	STR(url, KIB);
	STR(body, 16 * KIB);
	STR(answer, ANSWER_MAX);
	int64_t id;

	if (parse_i64(c->arg[0], 1, INT64_MAX, &id, e))
		return err_set(e, ERR_USAGE, "'%.40s' is not the number of an urgent block", c->arg[0]);
	str_addf(&url, "/v1/blocks/%" PRId64 "/%s", id, what);
	if (reason_body(c, &body, e) || call_ask(c, "POST", str_c(&url), NULL, &body, &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_block, e);
}

int cmd_ratify(struct call *c, struct err *e)
{
	return decide_block(c, "ratify", e);
}

int cmd_unblock(struct call *c, struct err *e)
{
	return decide_block(c, "lift", e);
}

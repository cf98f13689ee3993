/* SPDX-License-Identifier: Apache-2.0 */
/* `firpath meter ...`, `firpath han ...`, `firpath dcc ...`: GB smart meters (doc/meters.md). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/list.h"
#include "cli/show.h"
#include "core/meter.h"

#define PART_MAX ((size_t)1 << 20)      /* of a list that is sent: others write in between */
#define FILE_SIZE_MAX ((size_t)1 << 30) /* of a list in a file */

/* clang-format off */
#define ORG { "org", 0, "NAME", "whose meters, for whoever sees several; - = nobody's" }
const struct option_row meter_why_options[] = { ORG, WHY, END_OF_OPTIONS };
const struct option_row meter_owner_options[] = { ORG, END_OF_OPTIONS };
const struct option_row meter_list_options[] = {
	{ "search", 0, "TEXT", "part of the EUI" },
	{ "type", 0, "TYPE", "ESME, GSME, GPF, CHF, HCALCS, PPMID, IHD or CAD" },
	{ "status", 0, "WORD", "status in the DCC's inventory" },
	{ "hub", 0, "EUI", "in the network of this hub" },
	{ "entry", 0, "ID", "that run this entry" },
	{ "authority", 0, "HELD|LOST", "held, or lost by a change of supplier" },
	{ "quarantine", 0, "YES|NO", "in quarantine, or not" },
	ORG, LIMIT, END_OF_OPTIONS
};
const struct option_row meter_read_options[] = {
	{ "inventory", 0, NULL, "the DCC's inventory (8.2) instead of the version (11.2)" },
	ORG, WHY, END_OF_OPTIONS
};
const struct option_row meter_story_options[] = {
	{ "job", 0, "NUMBER", "of this job" },
	ORG, LIMIT, END_OF_OPTIONS
};
const struct option_row han_rule_options[] = {
	{ "for", 0, "TYPE", "devices that the rule is about; unless given, all" },
	{ "to", 0, "ID", "only when they are moved to this entry" },
	{ "needs", 0, "TYPE", "device that must fulfil it: CHF, ESME ..." },
	{ "gbcs", 0, "VERSION", "it runs at least this GBCS version" },
	{ "entries", 0, "IDS", "or one of these entries, commas between" },
	{ "source", 0, "TEXT", "who says so: a release note, a letter, a section" },
	{ "remove", 0, NULL, "take the rule back" },
	WHY, END_OF_OPTIONS
};
const struct option_row han_rules_options[] = { LIMIT, END_OF_OPTIONS };
/* clang-format on */

static void meter_url(const struct call *c, const char *rest, struct str *url)
{
	str_add(url, "/v1/meters");
	url_segment(url, c->arg[0]);
	str_add(url, rest);
	url_add(url, "org", call_opt(c, "org"));
}

/* ---- lists ---- */

/* A big list goes in parts of whole lines; each part is taken whole or not at all. */
struct parts {
	const char *head, *p, *end; /* head: the header line of CSV with its end, "" = none */
	size_t nhead;
	int64_t line; /* lines before this part, header left out */
};

static void parts_init(struct parts *k, const struct str *text, bool ndjson)
{
	const char *s = str_c(text), *nl = memchr(s, '\n', text->len);

	*k = (struct parts){ .head = s, .p = s, .end = s + text->len };
	if (ndjson)
		return;
	k->p = nl ? nl + 1 : k->end;
	k->nhead = (size_t)(k->p - s);
}

/* The next part into out; false when there is none. */
static bool part_next(struct parts *k, struct str *out)
{
	size_t room = PART_MAX - (k->nhead < PART_MAX ? k->nhead : 0), n = (size_t)(k->end - k->p);
	const char *cut;

	if (!n)
		return false;
	if (n > room) {
		cut = memrchr(k->p, '\n', room);
		cut = cut ? cut : memchr(k->p, '\n', n);
		n = cut ? (size_t)(cut + 1 - k->p) : n;
	}
	str_clear(out);
	str_addn(out, k->head, k->nhead);
	str_addn(out, k->p, n);
	k->p += n;
	return true;
}

static int64_t lines_of(const struct str *part)
{
	int64_t n = 0;

	for (const char *p = str_c(part), *end = p + part->len; p < end; p++)
		n += *p == '\n';
	return n;
}

static int part_send(struct call *c, struct client *client, const char *url, bool ndjson,
		     const struct str *part, struct meter_counts *sum, struct err *e)
{
	struct client_send s = { .type = ndjson ? "application/x-ndjson" : "text/csv",
				 .path = url,
				 .body = str_c(part),
				 .len = part->len };
	OWN(json_free) struct json *j = NULL;
	STR(answer, 64 * KIB);

	if (client_run(client, &s, &answer, &c->problems, NULL, e))
		return (int)e->code;
	if (json_parse(str_c(&answer), answer.len, &j, e))
		return err_wrap(e, "the answer is not JSON");
	sum->rows += num(j, "rows");
	sum->added += num(j, "added");
	sum->changed += num(j, "changed");
	sum->unchanged += num(j, "unchanged");
	return OK;
}

int cmd_meter_add(struct call *c, struct err *e)
{
	struct meter_counts sum = { 0 };
	struct client *client;
	struct parts k;
	STR(text, FILE_SIZE_MAX);
	STR(part, PART_MAX + MIB);
	STR(url, 4 * KIB);
	STR(answer, KIB);
	struct jw w = jw_start(&answer);
	int64_t before = 0;
	bool ndjson;

	if (file_read(c->arg[0], &text, e) || call_client(c, &client, e))
		return (int)e->code;
	ndjson = str_c(&text)[strspn(str_c(&text), " \t\r\n")] == '{';
	str_add(&url, "/v1/meters");
	url_add(&url, "org", call_opt(c, "org"));
	url_add(&url, "why", call_opt(c, "why"));
	parts_init(&k, &text, ndjson);
	if (k.p == k.end && text.len) /* a header alone: the service says so */
		k.p = k.head, k.nhead = 0;
	while (part_next(&k, &part)) {
		if (part_send(c, client, str_c(&url), ndjson, &part, &sum, e)) {
			if (e->where[0] && e->line)
				err_wrap(e, "%s", e->where); /* the column */
			if (before && sum.rows)
				err_wrap(e,
					 "%" PRId64 " rows before are kept, the whole list may be sent again",
					 sum.rows);
			return err_at(e, e->line || !e->where[0] ? c->arg[0] : NULL,
				      e->line ? e->line + before - (before && !ndjson) : 0, 0);
		}
		before += lines_of(&part) - (before && !ndjson);
	}
	jw_obj(&w);
	jw_kint(&w, "rows", sum.rows);
	jw_kint(&w, "added", sum.added);
	jw_kint(&w, "changed", sum.changed);
	jw_kint(&w, "unchanged", sum.unchanged);
	jw_end(&w);
	c->exit = sum.added + sum.changed ? 0 : err_info(ERR_NOTHING)->exit;
	return call_show(c, &answer, show_counts, e);
}

int cmd_meter_list(struct call *c, struct err *e)
{
	static const char *const filters[] = { "type",      "status",     "hub", "entry",
					       "authority", "quarantine", NULL };
	STR(url, 4 * KIB);
	STR(answer, ANSWER_MAX);

	str_add(&url, "/v1/meters");
	url_add(&url, "q", call_opt(c, "search"));
	for (const char *const *f = filters; *f; f++)
		url_add(&url, *f, call_opt(c, *f));
	url_add(&url, "org", call_opt(c, "org"));
	return list_collect(c, "meters", list_page_get, url.p, &answer, e)
		   ? (int)e->code
		   : call_show(c, &answer, show_meters, e);
}

int cmd_meter_show(struct call *c, struct err *e)
{
	STR(url, 4 * KIB);

	meter_url(c, "", &url);
	return call_get_show(c, str_c(&url), show_meter, e);
}

int cmd_meter_story(struct call *c, struct err *e)
{
	STR(url, 4 * KIB);
	STR(answer, ANSWER_MAX);
	int64_t n;

	if (call_opt_int(c, "job", 1, INT64_MAX, 0, &n, e))
		return (int)e->code;
	meter_url(c, "/story", &url);
	url_add(&url, "job", call_opt(c, "job"));
	return list_collect(c, "events", list_page_get, url.p, &answer, e)
		   ? (int)e->code
		   : call_show(c, &answer, show_meter_story, e);
}

static int command_send(struct call *c, const char *word, struct err *e)
{
	STR(url, 4 * KIB);
	STR(body, 8 * KIB);
	STR(answer, ANSWER_MAX);
	struct jw w = jw_start(&body);

	jw_obj(&w);
	jw_kstr(&w, "command", word);
	if (call_has(c, "why"))
		jw_kstr(&w, "why", call_opt(c, "why"));
	jw_end(&w);
	meter_url(c, "/commands", &url);
	return call_ask(c, "POST", str_c(&url), NULL, &body, &answer, e)
		   ? (int)e->code
		   : call_show(c, &answer, show_meter_command, e);
}

int cmd_meter_read(struct call *c, struct err *e)
{
	return command_send(c, call_has(c, "inventory") ? METER_WISH_INVENTORY : METER_WISH_READ, e);
}

int cmd_meter_cancel(struct call *c, struct err *e)
{
	return command_send(c, METER_WISH_CANCEL, e);
}

int cmd_meter_release(struct call *c, struct err *e)
{
	return command_send(c, "release", e);
}

int cmd_meter_lost(struct call *c, struct err *e)
{
	return command_send(c, METER_WISH_LOST, e);
}

int cmd_meter_remove(struct call *c, struct err *e)
{
	STR(url, 4 * KIB);
	STR(answer, ANSWER_MAX);

	meter_url(c, "", &url);
	return call_ask_why(c, "DELETE", str_c(&url), NULL, NULL, &answer, e)
		   ? (int)e->code
		   : call_show(c, &answer, show_meter_gone, e);
}

/* ---- rules of home area networks ---- */

static void entries_add(const char *list, struct jw *w)
{
	jw_key(w, "needs_entries");
	jw_arr(w);
	while (*list) {
		size_t n = strcspn(list, ",");

		jw_strn(w, list, n);
		list += n + (list[n] == ',');
	}
	jw_arr_end(w);
}

int cmd_han_rule(struct call *c, struct err *e)
{
	STR(url, 4 * KIB);
	STR(body, 16 * KIB);
	STR(answer, ANSWER_MAX);
	struct jw w = jw_start(&body);
	bool drop = call_has(c, "remove");

	jw_obj(&w);
	if (call_has(c, "for"))
		jw_kstr(&w, "applies_class", call_opt(c, "for"));
	if (call_has(c, "to"))
		jw_kstr(&w, "applies_entry", call_opt(c, "to"));
	if (call_has(c, "needs"))
		jw_kstr(&w, "needs_class", call_opt(c, "needs"));
	if (call_has(c, "gbcs"))
		jw_kstr(&w, "needs_gbcs", call_opt(c, "gbcs"));
	if (call_has(c, "entries"))
		entries_add(call_opt(c, "entries"), &w);
	if (call_has(c, "source"))
		jw_kstr(&w, "source", call_opt(c, "source"));
	jw_end(&w);
	str_add(&url, "/v1/han-rules");
	url_segment(&url, c->arg[0]);
	return call_ask_why(c, drop ? "DELETE" : "PUT", str_c(&url), NULL, drop ? NULL : &body, &answer, e)
		   ? (int)e->code
		   : call_show(c, &answer, show_han_rule, e);
}

int cmd_han_rules(struct call *c, struct err *e)
{
	STR(url, KIB);
	STR(answer, ANSWER_MAX);

	str_add(&url, "/v1/han-rules");
	return list_collect(c, "rules", list_page_get, url.p, &answer, e)
		   ? (int)e->code
		   : call_show(c, &answer, show_han_rules, e);
}

/* ---- towards the DCC ---- */

int cmd_dcc_show(struct call *c, struct err *e)
{
	STR(url, 4 * KIB);

	str_add(&url, "/v1/dcc");
	url_add(&url, "org", call_opt(c, "org"));
	return call_get_show(c, str_c(&url), show_dcc, e);
}

int cmd_dcc_release(struct call *c, struct err *e)
{
	STR(url, 4 * KIB);
	STR(answer, ANSWER_MAX);

	str_add(&url, "/v1/dcc/users");
	url_segment(&url, c->arg[0]);
	str_add(&url, "/release");
	url_add(&url, "org", call_opt(c, "org"));
	return call_ask_why(c, "POST", str_c(&url), NULL, NULL, &answer, e)
		   ? (int)e->code
		   : call_show(c, &answer, show_dcc_released, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Meters, rules of home area networks and what is towards the DCC, as text. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/show.h"

static const char *or_dash(const struct json *a, const char *name)
{
	return has(a, name) ? txt(a, name) : "-";
}

void show_meters(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "meters");
	OWN(table_done) struct table t = { 0 };

	if (!json_len(list)) {
		page_line(p, "No meter fits.");
		return;
	}
	table_init(&t, 6);
	table_row(&t, "device", "type", "hub", "entry", "status", "gate", NULL);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *m = json_at(list, i);

		table_row(&t, txt(m, "eui"), txt(m, "type"), or_dash(m, "hub"), or_dash(m, "entry"),
			  or_dash(m, "status"), txt(json_get(m, "gate"), "word"), NULL);
	}
	table_print(&t, p, true);
	page_line(p, "\n%zu %s%s", json_len(list), plural((int64_t)json_len(list), "device", "devices"),
		  has(a, "next") ? "; there are more, see --limit" : "");
}

static void job_show(struct page *p, const struct json *j)
{
	page_line(p, "  job %" PRId64 " (%s) %s -> %s: %s%s%s, since %s%s%s", num(j, "id"), txt(j, "service"),
		  or_dash(j, "from"), or_dash(j, "to"), txt(j, "state"), has(j, "reason") ? ", " : "",
		  txt(j, "reason"), txt(j, "state_at"), has(j, "activate_at") ? ", activation at " : "",
		  txt(j, "activate_at"));
	if (has(j, "detail"))
		page_line(p, "    %s", txt(j, "detail"));
}

static void runs_show(struct page *p, const struct json *a)
{
	const struct json *id = json_get(a, "identity");

	if (json_kind(id) == JSON_OBJECT)
		page_termf(p, 2, "runs", "%s:%s%s:%s, entry %s (%s), told by the %s", txt(id, "manufacturer"),
			   txt(id, "model"), txt(id, "hardware"), txt(id, "version"), or_dash(a, "entry"),
			   txt(a, "entry_why"), txt(id, "told_by"));
	else
		page_term(p, 2, "runs", "not known");
}

void show_meter(struct page *p, const struct json *a)
{
	const struct json *gate = json_get(a, "gate"), *han = json_get(a, "han"), *wish = json_get(a, "wish");
	char head[80];

	snprintf(head, sizeof head, "%s %s", txt(a, "type"), txt(a, "eui"));
	page_tone(p, TONE_STRONG, head);
	page_line(p, "%s", "");
	if (has(a, "organisation"))
		page_term(p, 2, "belongs to", txt(a, "organisation"));
	runs_show(p, a);
	page_termf(p, 2, "gate", "%s: %s", txt(gate, "word"), txt(gate, "says"));
	page_termf(p, 2, "status", "%s, inventory of %s", or_dash(a, "status"), or_dash(a, "inventory_at"));
	page_termf(p, 2, "version", "said by itself: %s",
		   has(a, "version_at") ? txt(a, "version_at") : "never");
	if (has(a, "mpxn"))
		page_term(p, 2, "MPxN", txt(a, "mpxn"));
	if (!strcmp(txt(a, "authority"), "lost"))
		page_termf(p, 2, "authority", "lost: %s", txt(a, "authority_why"));
	if (has(a, "quarantine"))
		page_term(p, 2, "quarantine", txt(a, "quarantine"));
	if (json_kind(wish) == JSON_OBJECT)
		page_termf(p, 2, "asked for", "%s%s", txt(wish, "command"),
			   json_bool(json_get(wish, "sent"), false) ? ", sent" : "");
	if (json_kind(json_get(a, "job")) == JSON_OBJECT)
		job_show(p, json_get(a, "job"));
	page_line(p, "\n  Home area network of %s",
		  has(a, "hub") ? txt(a, "hub") : "a hub that is not known");
	for (size_t i = 0; i < json_len(han); i++) {
		const struct json *d = json_at(han, i);

		page_line(p, "    %-6s %s  %-9s %s", txt(d, "type"), txt(d, "eui"), or_dash(d, "entry"),
			  txt(json_get(d, "gate"), "word"));
	}
}

void show_meter_story(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "events");

	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *v = json_at(list, i);
		const char *way = txt(v, "way");

		page_line(p, "%s %s %-6s %-8s %s", txt(v, "at"),
			  !strcmp(way, "in")    ? "<-"
			  : !strcmp(way, "out") ? "->"
						: "  ",
			  txt(v, "what"), txt(v, "code"), txt(v, "detail"));
	}
	if (!json_len(list))
		page_line(p, "Nothing was said yet.");
}

void show_meter_command(struct page *p, const struct json *a)
{
	page_line(p, "%s: %s", txt(a, "command"),
		  !strcmp(txt(a, "state"), "open") ? "noted, the DCC is asked" : "done");
}

void show_meter_gone(struct page *p, const struct json *a)
{
	page_line(p, "%s is a meter of this service no more.", txt(a, "eui"));
}

void show_han_rule(struct page *p, const struct json *a)
{
	page_line(p, "Rule %s %s.", txt(a, "name"),
		  json_bool(json_get(a, "removed"), false) ? "is taken back" : "stands");
}

void show_han_rules(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "rules");

	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *h = json_at(list, i), *ids = json_get(h, "needs_entries");
		STR(needs, 8 * KIB);

		if (has(h, "needs_gbcs"))
			str_addf(&needs, "GBCS %s or later", txt(h, "needs_gbcs"));
		for (size_t k = 0; k < json_len(ids); k++)
			str_addf(&needs, "%s%s", needs.len ? k ? ", " : " or " : "",
				 json_text(json_at(ids, k)));
		page_tone(p, TONE_STRONG, txt(h, "name"));
		page_line(p, "\n  %s moved to %s need%s a %s with %s",
			  has(h, "applies_class") ? txt(h, "applies_class") : "devices",
			  has(h, "applies_entry") ? txt(h, "applies_entry") : "any entry",
			  has(h, "applies_class") ? "s" : "", txt(h, "needs_class"), str_c(&needs));
		page_line(p, "  says %s; stated by %s, %s", txt(h, "source"), txt(h, "stated_by"),
			  txt(h, "stated_at"));
	}
	if (!json_len(list))
		page_line(p, "There is no rule.");
}

void show_dcc(struct page *p, const struct json *a)
{
	const struct json *users = json_get(a, "users"), *nodes = json_get(a, "nodes"),
			  *dists = json_get(a, "distributions"), *shards = json_get(a, "shards");

	for (size_t i = 0; i < json_len(users); i++) {
		const struct json *u = json_at(users, i);

		page_line(p, "user %s (%s): %" PRId64 " requests today, %" PRId64 " of them critical%s%s",
			  txt(u, "eui"), has(u, "organisation") ? txt(u, "organisation") : "the operator",
			  num(u, "requests_today"), num(u, "critical_today"),
			  has(u, "held") ? "; HELD: " : "", txt(u, "held"));
	}
	if (!json_len(users))
		page_line(p, "No user of the DCC is known here (dcc_users).");
	page_line(p, "%" PRId64 " of %" PRId64 " shards are held", num(shards, "held"), num(shards, "all"));
	for (size_t i = 0; i < json_len(nodes); i++) {
		const struct json *n = json_at(nodes, i);

		page_line(p, "node %s: %" PRId64 " shards, seen %s", txt(n, "node"), num(n, "shards"),
			  txt(n, "seen_at"));
	}
	for (size_t i = 0; i < json_len(dists); i++) {
		const struct json *d = json_at(dists, i);

		page_line(p, "distribution %" PRId64 ": %s of entry %s to %" PRId64 " %s, %s %s, made %s",
			  num(d, "id"), txt(d, "service"), txt(d, "entry"), num(d, "devices"),
			  plural(num(d, "devices"), "device", "devices"), txt(d, "state"), txt(d, "code"),
			  txt(d, "made_at"));
	}
}

void show_dcc_released(struct page *p, const struct json *a)
{
	page_line(p, "Requests of %s go on.", txt(a, "eui"));
}

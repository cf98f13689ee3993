/* SPDX-License-Identifier: Apache-2.0 */
/* Charging stations as text. */
#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "cli/show.h"

static const char *presence(const struct json *s)
{
	return json_bool(json_get(s, "connected"), false) ? "connected"
	       : has(s, "left_at")                        ? "left"
							  : "never seen";
}

void show_stations(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "stations");
	OWN(table_done) struct table t = { 0 };

	if (!json_len(list)) {
		page_line(p, "No station fits.");
		return;
	}
	table_init(&t, 7);
	table_row(&t, "station", "vendor", "model", "firmware", "area", "connection", "gate", NULL);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *s = json_at(list, i);

		table_row(&t, txt(s, "identity"), txt(s, "vendor"), txt(s, "model"), txt(s, "firmware"),
			  txt(s, "area"), presence(s), txt(json_get(s, "gate"), "word"), NULL);
	}
	table_print(&t, p, true);
	page_line(p, "\n%zu %s%s", json_len(list), plural((int64_t)json_len(list), "station", "stations"),
		  has(a, "next") ? "; there are more, see --limit" : "");
}

static void parts(struct page *p, const struct json *list, bool history)
{
	OWN(table_done) struct table t = { 0 };

	table_init(&t, history ? 6 : 5);
	if (history)
		table_row(&t, "component", "version", "entry", "read from", "since", "until", NULL);
	else
		table_row(&t, "component", "version", "entry", "read from", "since", NULL);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *k = json_at(list, i);

		table_cell(&t, txt(k, "name"));
		table_cell(&t, txt(k, "version"));
		table_cell(&t, has(k, "entry") ? txt(k, "entry") : "-");
		table_cell(&t, txt(k, "source"));
		table_cell(&t, txt(k, "since"));
		if (history)
			table_cell(&t, has(k, "until") ? txt(k, "until") : "now");
	}
	table_print(&t, p, true);
}

static void jobs(struct page *p, const struct json *list)
{
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *j = json_at(list, i);

		page_line(p, "  job %" PRId64 " (%s): %s%s%s, made %s%s%s", num(j, "id"), txt(j, "kind"),
			  txt(j, "state"), *txt(j, "reason") ? ", " : "", txt(j, "reason"), txt(j, "made_at"),
			  has(j, "ended_at") ? ", ended " : "", txt(j, "ended_at"));
		if (*txt(j, "detail"))
			page_line(p, "    %s", txt(j, "detail"));
	}
}

static void place(struct page *p, const struct json *a)
{
	const struct json *gate = json_get(a, "gate");
	const char *at = has(gate, "opens_at") ? txt(gate, "opens_at") : NULL;

	page_termf(p, 2, "gate", "%s: %s%s%s", txt(gate, "word"), txt(gate, "says"), at ? " Opens " : "",
		   at ? at : "");
	page_termf(p, 2, "windows", "%s (%s)", *txt(a, "windows") ? txt(a, "windows") : "always",
		   txt(a, "timezone"));
	if (has(a, "area"))
		page_term(p, 2, "area", txt(a, "area"));
	if (has(a, "controller"))
		page_term(p, 2, "local controller", txt(a, "controller"));
	if (*txt(a, "version_rule"))
		page_term(p, 2, "version rule", txt(a, "version_rule"));
}

void show_station(struct page *p, const struct json *a)
{
	const struct json *boot = json_get(a, "boot"), *commands = json_get(a, "commands");
	char head[80];

	snprintf(head, sizeof head, "Station %s", txt(a, "identity"));
	page_tone(p, TONE_STRONG, head);
	page_line(p, "%s", "");
	if (has(a, "organisation"))
		page_term(p, 2, "belongs to", txt(a, "organisation"));
	page_termf(p, 2, "is", "%s %s%s%s", has(a, "vendor") ? txt(a, "vendor") : "(vendor not said)",
		   has(a, "model") ? txt(a, "model") : "(model not said)",
		   has(a, "serial") ? ", serial " : "", txt(a, "serial"));
	page_termf(p, 2, "firmware", "%s", has(a, "firmware") ? txt(a, "firmware") : "not said");
	page_termf(p, 2, "connection", "%s%s%s, security profile %" PRId64 " at least", presence(a),
		   has(a, "protocol") ? ", " : "", txt(a, "protocol"), num(a, "profile"));
	page_termf(p, 2, "boots", "%" PRId64 "%s%s", num(boot, "count"), has(boot, "at") ? ", last " : "",
		   txt(boot, "at"));
	if (has(a, "quarantine"))
		page_term(p, 2, "quarantine", txt(a, "quarantine"));
	place(p, a);
	page_line(p, "%s", "");
	if (json_len(json_get(a, "components")))
		parts(p, json_get(a, "components"), false);
	else
		page_line(p, "  What it runs is not known.");
	jobs(p, json_get(a, "jobs"));
	for (size_t i = 0; i < json_len(commands); i++)
		show_station_wish(p, json_at(commands, i));
}

static void secret(struct page *p, const struct json *s)
{
	bool key = has(s, "key");

	page_line(p, "%s of %s: %s", key ? "Key" : "Password", txt(s, "identity"),
		  txt(s, key ? "key" : "password"));
}

void show_station_made(struct page *p, const struct json *a)
{
	const struct json *all = json_get(a, "secrets");

	if (has(a, "rows"))
		page_line(p,
			  "%" PRId64 " %s: %" PRId64 " added, %" PRId64 " changed, %" PRId64 " as they were.",
			  num(a, "rows"), plural(num(a, "rows"), "station", "stations"), num(a, "added"),
			  num(a, "changed"), num(a, "unchanged"));
	else
		page_line(p, "Station %s is registered%s.", txt(a, "identity"),
			  json_bool(json_get(a, "made"), false) ? "" : " as you say");
	for (size_t i = 0; i < json_len(all); i++)
		secret(p, json_at(all, i));
	if (has(a, "secret"))
		secret(p, json_get(a, "secret"));
	if (json_len(all) || has(a, "secret"))
		page_line(p, "Put that into the station now: it is not shown again.");
}

void show_station_gone(struct page *p, const struct json *a)
{
	page_line(p, "Station %s is removed.", txt(a, "identity"));
}

void show_station_parts(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "components");
	bool history = false;

	if (!json_len(list)) {
		page_line(p, "No component fits.");
		return;
	}
	for (size_t i = 0; i < json_len(list); i++)
		history = history || has(json_at(list, i), "until");
	parts(p, list, history);
}

void show_station_message(struct page *p, const struct json *m)
{
	STR(body, 8 * KIB);
	const struct json *b = json_get(m, "body");
	const char *way = txt(m, "way");

	if (json_kind(b) == JSON_STRING)
		str_add(&body, json_text(b));
	else
		json_print(b, &body, false);
	page_line(p, "%s  %s  %s", txt(m, "at"),
		  !strcmp(way, "in")    ? "<-"
		  : !strcmp(way, "out") ? "->"
					: "--",
		  txt(m, "action"));
	page_wrap(p, 4, str_c(&body));
}

void show_station_messages(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "messages");

	for (size_t i = 0; i < json_len(list); i++)
		show_station_message(p, json_at(list, i));
	if (!json_len(list))
		page_line(p, "Nothing was said yet.");
	jobs(p, json_get(a, "jobs"));
}

void show_station_wish(struct page *p, const struct json *a)
{
	page_line(p, "  %s: %s%s%s", txt(a, "command"),
		  !strcmp(txt(a, "state"), "open") ? "waits for the station" : txt(a, "state"),
		  *txt(a, "answer") ? ", " : "", txt(a, "answer"));
}

void show_station_verified(struct page *p, const struct json *a)
{
	if (json_bool(json_get(a, "ok"), false))
		page_line(p, "Good: %" PRId64 " %s, an unbroken chain for each component.", num(a, "lines"),
			  plural(num(a, "lines"), "installation", "installations"));
	else
		page_line(p, "Broken at line %" PRId64 ": %s.", num(a, "bad"), txt(a, "why"));
}

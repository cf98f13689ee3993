/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/show.h"

/* "3 days", "5 hours": the largest unit that fits. */
static char *span_text(int64_t seconds, char *buf, size_t size)
{
	int64_t s = seconds < 0 ? -seconds : seconds;

	if (s >= 2 * 86400)
		snprintf(buf, size, "%" PRId64 " days", s / 86400);
	else if (s >= 2 * 3600)
		snprintf(buf, size, "%" PRId64 " hours", s / 3600);
	else
		snprintf(buf, size, "%" PRId64 " minutes", s / 60);
	return buf;
}

static char *clock_text(const struct json *clock, char *buf, size_t size)
{
	char span[40];

	if (!clock)
		snprintf(buf, size, "-");
	else if (json_bool(json_get(clock, "late"), false))
		snprintf(buf, size, "late by %s", span_text(num(clock, "seconds_left"), span, sizeof span));
	else
		snprintf(buf, size, "%s left", span_text(num(clock, "seconds_left"), span, sizeof span));
	return buf;
}

void show_callouts(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "callouts");
	OWN(table_done) struct table t;
	char text[80];

	table_init(&t, 6);
	table_row(&t, "CALL-OUT", "KIND", "ENTRY", "FROM", "STATE", "CLOCK", NULL);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *c = json_at(list, i);

		table_cellf(&t, "%" PRId64, num(c, "callout"));
		table_cell(&t, txt(c, "kind"));
		table_cell(&t, txt(c, "entry"));
		table_cell(&t, has(c, "from") ? txt(c, "from") : NULL);
		table_cell(&t, txt(c, "state"));
		table_cell(&t, clock_text(json_get(c, "clock"), text, sizeof text));
	}
	if (table_rows(&t) > 1)
		table_print(&t, p, true);
	else
		page_line(p, "No call-outs.");
}

void show_callout(struct page *p, const struct json *a)
{
	const struct json *messages = json_get(a, "messages"), *answer = json_get(a, "answer");
	char text[80];

	page_line(p, "Call-out %" PRId64 ": the path is %s", num(a, "callout"), txt(a, "kind"));
	page_term(p, 2, "entry", txt(a, "entry"));
	if (has(a, "from"))
		page_term(p, 2, "from", txt(a, "from"));
	page_term(p, 2, "state", txt(a, "state"));
	if (has(a, "clock"))
		page_term(p, 2, "clock", clock_text(json_get(a, "clock"), text, sizeof text));
	if (json_bool(json_get(a, "disputed"), false))
		page_term(p, 2, "path", "disputed");
	if (has(a, "proposal"))
		page_termf(p, 2, "proposal", "%" PRId64, num(a, "proposal"));
	if (answer)
		page_termf(p, 2, "answer", "%s %s", txt(answer, "kind"), txt(answer, "bases"));
	if (has(a, "text"))
		page_wrap(p, 2, txt(a, "text"));
	for (size_t i = 0; i < json_len(messages); i++) {
		const struct json *m = json_at(messages, i);

		page_line(p, "  %s  %s", txt(m, "at"), txt(m, "party"));
		page_wrap(p, 4, txt(m, "text"));
	}
}

/* "96 % of 25", "-" when nothing ended. */
static char *met_text(const struct json *met, char *buf, size_t size)
{
	if (has(met, "percent"))
		snprintf(buf, size, "%" PRId64 " %% of %" PRId64, num(met, "percent"), num(met, "ended"));
	else
		snprintf(buf, size, "-");
	return buf;
}

void show_service_levels(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "queues"), *c = json_get(a, "confirmations");
	OWN(table_done) struct table t;
	char text[80];

	table_init(&t, 7);
	table_row(&t, "QUEUE", "TARGET", "WAITING", "LATE", "OLDEST", "IN TIME, 30 DAYS", "90 DAYS", NULL);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *q = json_at(list, i), *met = json_get(q, "met");

		table_cell(&t, txt(q, "queue"));
		table_cell(&t, span_text(num(q, "target_seconds"), text, sizeof text));
		table_cellf(&t, "%" PRId64, num(q, "waiting"));
		table_cellf(&t, "%" PRId64, num(q, "late"));
		table_cell(&t, has(q, "oldest_seconds")
				   ? span_text(num(q, "oldest_seconds"), text, sizeof text)
				   : NULL);
		table_cell(&t, met_text(json_at(met, 0), text, sizeof text));
		table_cell(&t, met_text(json_at(met, 1), text, sizeof text));
	}
	table_print(&t, p, true);
	page_line(p,
		  "Statements: %" PRId64 " confirmed, %" PRId64 " due, %" PRId64 " overdue, %" PRId64
		  " disputed, %" PRId64 " inferred; to be confirmed every %" PRId64 " days.",
		  num(c, "confirmed"), num(c, "due"), num(c, "overdue"), num(c, "disputed"),
		  num(c, "inferred"), num(a, "confirm_every_days"));
}

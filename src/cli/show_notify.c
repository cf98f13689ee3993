/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "cli/show.h"

static void deliveries(struct page *p, const struct json *list)
{
	OWN(table_done) struct table t = { 0 };

	table_init(&t, 6);
	table_row(&t, "delivery", "event", "type", "state", "tries", "answer", NULL);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *d = json_at(list, i);

		table_cellf(&t, "%" PRId64, num(d, "id"));
		table_cell(&t, txt(d, "event"));
		table_cell(&t, txt(d, "type"));
		table_cell(&t, txt(d, "state"));
		table_cellf(&t, "%" PRId64, num(d, "tries"));
		if (has(d, "status"))
			table_cellf(&t, "%" PRId64 " %s", num(d, "status"), txt(d, "detail"));
		else
			table_cell(&t, has(d, "tried_at") ? txt(d, "detail") : NULL);
	}
	table_print(&t, p, true);
}

void show_webhook(struct page *p, const struct json *a)
{
	STR(types, 4 * KIB);

	page_tone(p, TONE_STRONG, txt(a, "label"));
	page_line(p, "%s", "");
	page_termf(p, 2, "number", "%" PRId64, num(a, "id"));
	page_term(p, 2, "address", txt(a, "url"));
	page_term(p, 2, "types",
		  json_len(json_get(a, "types")) ? words(json_get(a, "types"), &types)
						 : "all that you may see");
	if (json_bool(json_get(a, "watch_only"), false))
		page_term(p, 2, "only", "what touches your watch list");
	page_term(p, 2, "state", txt(a, "state"));
	if (txt(a, "reason")[0])
		page_term(p, 2, "because", txt(a, "reason"));
	if (has(a, "old_secret_until"))
		page_term(p, 2, "old secret", txt(a, "old_secret_until"));
	if (has(a, "secret")) {
		page_term(p, 2, "secret", txt(a, "secret"));
		page_line(p, "\nKeep the secret now: it is not shown again.");
	}
	if (json_len(json_get(a, "deliveries"))) {
		page_line(p, "%s", "");
		deliveries(p, json_get(a, "deliveries"));
	}
}

void show_webhooks(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "webhooks");
	OWN(table_done) struct table t = { 0 };

	table_init(&t, 5);
	table_row(&t, "number", "state", "waiting", "last taken", "webhook", NULL);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *h = json_at(list, i);

		table_cellf(&t, "%" PRId64, num(h, "id"));
		table_cell(&t, txt(h, "state"));
		table_cellf(&t, "%" PRId64, num(h, "waiting"));
		table_cell(&t, has(h, "ok_at") ? txt(h, "ok_at") : NULL);
		table_cell(&t, txt(h, "label"));
	}
	table_print(&t, p, true);
	page_line(p, "\n%zu %s", json_len(list), plural((int64_t)json_len(list), "webhook", "webhooks"));
}

void show_delivery(struct page *p, const struct json *a)
{
	if (has(a, "status"))
		page_line(p, "It answered %" PRId64 " after %" PRId64 " ms: %s", num(a, "status"),
			  num(a, "took_ms"), !strcmp(txt(a, "state"), "done") ? "taken." : "not taken.");
	else
		page_line(p, "It was not reached%s",
			  has(a, "tried_at") ? ":" : " yet; look again with 'firpath webhook show'.");
	if (txt(a, "detail")[0])
		page_wrap(p, 2, txt(a, "detail"));
}

void show_replayed(struct page *p, const struct json *a)
{
	if (has(a, "deliveries"))
		page_line(p, "%" PRId64 " %s due now.", num(a, "deliveries"),
			  plural(num(a, "deliveries"), "delivery is", "deliveries are"));
	else
		page_line(p, "Delivery %" PRId64 " is due now.", num(a, "delivery"));
}

void show_watch(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "watch"), *news = json_get(a, "news");
	OWN(table_done) struct table t = { 0 };

	table_init(&t, 3);
	table_row(&t, "number", "what", "which", NULL);
	for (size_t i = 0; i < json_len(list); i++) {
		table_cellf(&t, "%" PRId64, num(json_at(list, i), "id"));
		table_cell(&t, txt(json_at(list, i), "kind"));
		table_cell(&t, txt(json_at(list, i), "subject"));
	}
	table_print(&t, p, true);
	page_line(p, "\n%zu of %s since revision %" PRId64 ":", json_len(news),
		  plural((int64_t)json_len(news), "the changes touches them", "the changes touch them"),
		  num(json_get(a, "seen"), "revision"));
	for (size_t i = 0; i < json_len(news); i++) {
		const struct json *n = json_at(news, i);

		page_line(p, "  revision %" PRId64 "  %s  %s", num(n, "revision"), txt(n, "at"),
			  txt(n, "kind"));
	}
}

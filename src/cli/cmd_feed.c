/* SPDX-License-Identifier: Apache-2.0 */
/* The CPL from its publisher: `firpath import cpl --feed`. The service asks with its own configuration; on a
 * store of one's own the options name the publisher. */
#include <string.h>

#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/show.h"
#include "core/feed_status.h"
#include "import/feed_fetch.h"

#define FEED_TOTAL_MS 120000

const struct option_row import_cpl_options[] = {
	{ "dry-run", 'n', NULL, "say what would change, change nothing" },
	{ "accept", 0, NULL, "the difference was looked at and is right: pass the gates" },
	WHY,
	{ "feed", 0, NULL, "ask the publisher instead of reading a file" },
	{ "url", 0, "URL", "with --feed and --db: address of the list" },
	{ "pin", 0, "PIN", "with --url: its server's public key, sha256//BASE64=" },
	{ "ca", 0, "FILE", "with --url: certificates to trust instead of the system's" },
	{ "signature-key", 0, "FILE", "with --url: the list must be signed by this Ed25519 key" },
	{ "allow-http", 0, "HOST:PORT", "with --url: this server may be asked over plain http" },
	{ "allow", 0, "CIDR", "with --url: this network may be asked although its addresses are special" },
	END_OF_OPTIONS,
};

static void show_feed(struct page *p, const struct json *a)
{
	const struct json *f = json_at(json_get(a, "feeds"), 0);

	page_line(p, "The list is as it was: %s", txt(f, "result"));
	page_term(p, 2, "asked at", txt(f, "tried_at"));
	page_term(p, 2, "address", txt(f, "url"));
}

static void show_either(struct page *p, const struct json *a)
{
	if (json_get(a, "feeds"))
		show_feed(p, a);
	else
		show_import(p, a);
}

static int feed_on_store(struct call *c, struct str *out, struct err *e)
{
	OWN(import_report_free) struct import_report *report = NULL;
	OWN(fetch_rules_free) struct fetch_rules *rules = NULL;
	struct actor who = call_actor(c);
	struct feed_publisher p = { .pin = call_opt(c, "pin"),
				    .signature_key = call_opt(c, "signature-key"),
				    .total_ms = FEED_TOTAL_MS };
	struct db *db;

	if (call_need(c, "url", &p.url, e) ||
	    fetch_rules_new(call_opt(c, "allow-http"), call_opt(c, "allow"), call_opt(c, "ca"), &rules, e) ||
	    call_db(c, true, true, &db, e))
		return (int)e->code;
	p.rules = rules;
	if (call_has(c, "why"))
		who.why = call_opt(c, "why");
	if (feed_visit_cpl(db, &p, &who, &report, e))
		return (int)e->code;
	if (!report) {
		c->exit = err_info(ERR_NOTHING)->exit;
		return feed_status_json(db, true, out, e);
	}
	c->exit = import_report_exit(report);
	str_addn(out, str_c(&report->json), report->json.len);
	return OK;
}

static int feed_on_service(struct call *c, struct str *out, struct err *e)
{
	struct client_send s = { .method = "POST" };
	OWN(json_free) struct json *a = NULL;
	struct client *client;
	const char *state;
	STR(url, 4 * KIB);

	str_add(&url, "/v1/imports/fetch");
	url_add(&url, "why", call_opt(c, "why"));
	s.path = str_c(&url);
	if (call_client(c, &client, e) || client_run(client, &s, out, NULL, NULL, e) ||
	    json_parse(str_c(out), out->len, &a, e))
		return (int)e->code;
	state = txt(a, "state");
	if (!strcmp(state, "held"))
		c->exit = err_info(ERR_GATE)->exit;
	else if (!*state || !strcmp(state, "unchanged"))
		c->exit = err_info(ERR_NOTHING)->exit;
	return OK;
}

int cmd_import_feed(struct call *c, struct err *e)
{
	STR(answer, ANSWER_MAX);

	if (c->nargs || call_has(c, "dry-run") || call_has(c, "accept"))
		return err_set(e, ERR_USAGE, "--feed goes with no file, --dry-run or --accept");
	if (call_offline(c) ? feed_on_store(c, &answer, e) : feed_on_service(c, &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_either, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/parse.h"
#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/show.h"
#include "core/import_review.h"
#include "core/validate.h"
#include "import/feed.h"

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (strcmp(path, "-") == 0)
		return "standard input";
	return slash ? slash + 1 : path;
}

static void problems_free(struct problems *p)
{
	free(p);
}
DEFINE_OWN(struct problems, problems_free)

static int import_to_store(struct call *c, const char *feed, struct str *out, struct err *e)
{
	OWN(import_report_free) struct import_report *report = NULL;
	OWN(problems_free) struct problems *problems = mem_zalloc(sizeof *problems);
	struct feed_input in = { .path = c->arg[0] };
	struct import_options o = { .file_name = file_name(c->arg[0]),
				    .who = call_actor(c),
				    .dry_run = call_has(c, "dry-run"),
				    .accept = call_has(c, "accept"),
				    .problems = problems };
	struct db *db;
	int rc;

	if (call_has(c, "why"))
		o.who.why = call_opt(c, "why");
	/* A store is made only for a file that is there, and never to see what would happen. */
	if (feed_check(&in, e))
		return err_wrap(e, "%s", o.file_name);
	if (call_db(c, !o.dry_run, !o.dry_run, &db, e))
		return (int)e->code;
	rc = strcmp(feed, "cpl") == 0 ? feed_import_cpl(db, &in, &o, &report, e)
				      : feed_import_statements(db, &in, &o, &report, e);
	if (rc) {
		struct jw w = jw_start(&c->problems);

		if (problems->n > 1)
			problems_json(problems, &w);
		return rc;
	}
	c->exit = import_report_exit(report);
	str_addn(out, str_c(&report->json), report->json.len);
	return OK;
}

/* The same exit status from the words of the answer. */
static int exit_of(const struct json *a)
{
	const char *state = txt(a, "state");
	bool held = strcmp(state, "held") == 0, dry = strcmp(state, "dry-run") == 0;

	for (size_t i = 0; dry && i < json_len(json_get(a, "gates")); i++)
		held = held || json_bool(json_get(json_at(json_get(a, "gates"), i), "holds"), false);
	if (held)
		return err_info(ERR_GATE)->exit;
	if (strcmp(state, "unchanged") == 0 || (dry && !json_bool(json_get(a, "changes"), false)))
		return err_info(ERR_NOTHING)->exit;
	return 0;
}

static int import_to_service(struct call *c, const char *feed, struct str *out, struct err *e)
{
	struct client_send s = { .type = "application/octet-stream" };
	STR(body, IMPORT_FILE_MAX);
	STR(url, 4 * KIB);
	struct client *client;

	if (file_read(c->arg[0], &body, e))
		return (int)e->code;
	str_add(&url, "/v1/imports");
	url_add(&url, "feed", feed);
	url_add(&url, "file_name", file_name(c->arg[0]));
	url_add(&url, "dry_run", call_has(c, "dry-run") ? "true" : NULL);
	url_add(&url, "accept", call_has(c, "accept") ? "true" : NULL);
	url_add(&url, "why", call_opt(c, "why"));
	s.path = str_c(&url);
	s.body = str_c(&body);
	s.len = body.len;
	if (call_client(c, &client, e))
		return (int)e->code;
	return client_run(client, &s, out, &c->problems, NULL, e);
}

static int show_report(struct call *c, const struct str *answer, bool own_exit, struct err *e)
{
	OWN(json_free) struct json *j = NULL;

	if (json_parse(str_c(answer), answer->len, &j, e))
		return err_wrap(e, "the answer is not JSON");
	if (own_exit)
		c->exit = exit_of(j);
	return call_show(c, answer, show_import, e);
}

static int import_file(struct call *c, const char *feed, struct err *e)
{
	STR(answer, ANSWER_MAX);
	bool offline = call_offline(c);

	if (offline ? import_to_store(c, feed, &answer, e) : import_to_service(c, feed, &answer, e))
		return (int)e->code;
	return show_report(c, &answer, !offline, e);
}

int cmd_import_cpl(struct call *c, struct err *e)
{
	if (call_has(c, "feed"))
		return cmd_import_feed(c, e);
	if (!c->nargs)
		return err_set(e, ERR_USAGE, "name the file, or --feed");
	return import_file(c, "cpl", e);
}

int cmd_import_statements(struct call *c, struct err *e)
{
	return import_file(c, "statements", e);
}

static int import_number(const char *text, int64_t *ret, struct err *e)
{
	if (parse_i64(text, 1, INT64_MAX, ret, e))
		return err_set(e, ERR_USAGE, "'%.40s' is not the number of an import", text);
	return OK;
}

static void show_import_list(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "imports");
	OWN(table_done) struct table t = { 0 };

	if (!json_len(list)) {
		page_line(p, "There was no import yet.");
		return;
	}
	table_init(&t, 7);
	table_row(&t, "import", "at", "feed", "state", "revision", "who", "file", NULL);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *r = json_at(list, i);

		table_cellf(&t, "%" PRId64, num(r, has(r, "import") ? "import" : "id"));
		table_cell(&t, txt(r, "at"));
		table_cell(&t, txt(r, "feed"));
		table_cell(&t, txt(r, "state"));
		if (has(r, "revision"))
			table_cellf(&t, "%" PRId64, num(r, "revision"));
		else
			table_cell(&t, NULL);
		table_cell(&t, txt(r, "who"));
		table_cell(&t, *txt(r, "file") ? txt(r, "file") : txt(json_get(r, "file"), "name"));
	}
	table_print(&t, p, true);
}

static int list_imports(struct call *c, struct str *out, struct err *e)
{
	int64_t limit, next;
	struct client *client;
	struct db *db;
	STR(url, 128);

	if (call_opt_int(c, "limit", 1, 500, 50, &limit, e))
		return (int)e->code;
	if (call_offline(c))
		return call_db(c, false, false, &db, e)
			   ? (int)e->code
			   : import_list(db, 0, (int)limit, false, out, &next, e);
	str_addf(&url, "/v1/imports?limit=%" PRId64, limit);
	return call_client(c, &client, e) ? (int)e->code : client_get(client, str_c(&url), out, e);
}

int cmd_import_show(struct call *c, struct err *e)
{
	STR(answer, ANSWER_MAX);
	STR(url, 128);
	struct client *client;
	struct db *db;
	int64_t id;

	if (!c->nargs) {
		if (list_imports(c, &answer, e))
			return (int)e->code;
		return call_show(c, &answer, show_import_list, e);
	}
	if (import_number(c->arg[0], &id, e))
		return (int)e->code;
	str_addf(&url, "/v1/imports/%" PRId64, id);
	if (call_offline(c) ? call_db(c, false, false, &db, e) || import_get(db, id, false, &answer, e)
			    : call_client(c, &client, e) || client_get(client, str_c(&url), &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_import, e);
}

/* A word on an import, or on the one that stands (id 0): over the service with the account's own weight, on a
 * store of one's own at once. */
static int decide_on_store(struct call *c, int64_t id, enum import_act act, struct str *out, struct err *e)
{
	struct principal self = principal_nobody();
	struct import_decision d = {
		.act = act, .by = &self, .hash = call_opt(c, "hash"), .who = call_actor(c)
	};
	int64_t revision;
	struct db *db;

	self.roles |= ROLES_LOCAL;
	if (call_has(c, "why"))
		d.who.why = call_opt(c, "why");
	return call_db(c, true, false, &db, e) ? (int)e->code : import_decide(db, id, &d, out, &revision, e);
}

static int reject_in_store(struct call *c, int64_t id, struct str *out, struct err *e)
{
	OWN(import_report_free) struct import_report *report = NULL;
	struct actor who = call_actor(c);
	struct db *db;

	if (call_has(c, "why"))
		who.why = call_opt(c, "why");
	if (call_db(c, true, false, &db, e) || import_reject(db, id, &who, &report, e))
		return (int)e->code;
	str_addn(out, str_c(&report->json), report->json.len);
	return OK;
}

static int post_word(struct call *c, int64_t id, const char *verb, struct str *out, struct err *e)
{
	struct client_send s = { .method = "POST" };
	struct client *client;
	STR(url, 4 * KIB);

	str_add(&url, "/v1/imports/");
	if (id)
		str_addf(&url, "%" PRId64 "/", id);
	str_add(&url, verb);
	url_add(&url, "hash", call_opt(c, "hash"));
	url_add(&url, "why", call_opt(c, "why"));
	s.path = str_c(&url);
	return call_client(c, &client, e) ? (int)e->code : client_run(client, &s, out, NULL, NULL, e);
}

static int decide(struct call *c, enum import_act act, const char *verb, struct err *e)
{
	STR(answer, ANSWER_MAX);
	int64_t id = 0;

	if (act != IMPORT_ACT_RESET && import_number(c->arg[0], &id, e))
		return (int)e->code;
	if (call_offline(c) ? decide_on_store(c, id, act, &answer, e) : post_word(c, id, verb, &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_import, e);
}

int cmd_import_accept(struct call *c, struct err *e)
{
	return decide(c, IMPORT_ACT_ACCEPT, "accept", e);
}

int cmd_import_undo(struct call *c, struct err *e)
{
	return decide(c, IMPORT_ACT_UNDO, "undo", e);
}

int cmd_import_reset(struct call *c, struct err *e)
{
	return decide(c, IMPORT_ACT_RESET, "reset-serial", e);
}

int cmd_import_reject(struct call *c, struct err *e)
{
	STR(answer, ANSWER_MAX);
	int64_t id;

	if (import_number(c->arg[0], &id, e) ||
	    (call_offline(c) ? reject_in_store(c, id, &answer, e) : post_word(c, id, "reject", &answer, e)))
		return (int)e->code;
	return call_show(c, &answer, show_import, e);
}

/* ---- new submissions, judged strictly; nothing is stored --------------------------------------------------
 */

#define SUBMISSION_MAX (1 * MIB)

int cmd_validate(struct call *c, struct err *e)
{
	STR(text, SUBMISSION_MAX);
	STR(answer, ANSWER_MAX);
	size_t failures;

	if (file_read(c->arg[0], &text, e) ||
	    validate_submission(str_c(&text), text.len, call_now(c), &answer, &failures, e))
		return err_wrap(e, "%s", c->arg[0]);
	c->exit = failures ? 1 : 0;
	return call_show(c, &answer, show_validation, e);
}

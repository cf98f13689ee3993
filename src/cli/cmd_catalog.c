/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/parse.h"
#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/list.h"
#include "cli/show.h"
#include "core/export.h"
#include "core/lookup.h"
#include "core/needs.h"

/* What `entry list` and `search` ask for. */
struct entry_query {
	struct entry_filter filter;
	const char *at;
	const struct snapshot *snap; /* with --db */
};

/* A page from the store, in the shape of GET /v1/entries; the cursor is a node number. */
static int entries_of_store(struct call *c, const char *cursor, int64_t limit, struct str *out, void *ctx,
			    struct err *e)
{
	struct entry_query *q = ctx;
	uint32_t node[500 + 1];
	int64_t after = 0;
	char next[24];
	struct jw w = jw_start(out);
	size_t n;

	if (call_snapshot(c, q->at, &q->snap, e))
		return (int)e->code;
	if (cursor && parse_i64(cursor, 0, UINT32_MAX, &after, e))
		return (int)e->code;
	n = lookup_entries(q->snap, &q->filter, cursor ? (uint32_t)after : NODE_NONE, node,
			   (size_t)limit + 1);
	jw_obj(&w);
	jw_key(&w, "entries");
	jw_arr(&w);
	for (size_t i = 0; i < n && i < (size_t)limit; i++)
		entry_json(q->snap, node[i], call_moment(c, q->at), &w);
	jw_arr_end(&w);
	if (n > (size_t)limit)
		snprintf(next, sizeof next, "%" PRIu32, node[limit - 1]);
	jw_kstr(&w, "next", n > (size_t)limit ? next : NULL);
	jw_kint(&w, "revision", q->snap->revision);
	jw_end(&w);
	return OK;
}

static int list_entries(struct call *c, struct entry_query *q, struct err *e)
{
	const struct entry_filter *f = &q->filter;
	STR(answer, ANSWER_MAX);
	STR(url, 16 * KIB);

	str_add(&url, "/v1/entries");
	url_add(&url, "q", f->q);
	url_add(&url, "manufacturer", f->manufacturer);
	url_add(&url, "model", f->model);
	url_add(&url, "hardware", f->hardware);
	url_add(&url, "version", f->version);
	url_add(&url, "hash", f->hash);
	url_add(&url, "device_type", f->device_type);
	url_add(&url, "status", f->status);
	url_add(&url, "at", q->at);
	if (call_offline(c) ? list_collect(c, "entries", entries_of_store, q, &answer, e)
			    : list_collect(c, "entries", list_page_get, url.p, &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_entries, e);
}

int cmd_entry_list(struct call *c, struct err *e)
{
	struct entry_query q = { .at = call_opt(c, "at"),
				 .filter = { .manufacturer = call_opt(c, "manufacturer"),
					     .model = call_opt(c, "model"),
					     .hardware = call_opt(c, "hardware"),
					     .version = call_opt(c, "version"),
					     .hash = call_opt(c, "hash"),
					     .device_type = call_opt(c, "device-type"),
					     .status = call_opt(c, "status") } };

	return list_entries(c, &q, e);
}

int cmd_search(struct call *c, struct err *e)
{
	struct entry_query q = { .at = call_opt(c, "at") };
	STR(text, 1 * KIB);

	for (int i = 0; i < c->nargs; i++)
		str_addf(&text, "%s%s", i ? " " : "", c->arg[i]);
	if (text.over)
		return err_set(e, ERR_USAGE, "the text to search for is longer than %zu bytes", text.max);
	q.filter.q = str_c(&text);
	return list_entries(c, &q, e);
}

static int entry_of_store(struct call *c, const char *text, struct str *out, struct err *e)
{
	const struct snapshot *s;
	struct ident id;
	struct jw w = jw_start(out);
	uint32_t node;

	if (call_snapshot(c, call_opt(c, "at"), &s, e) || ident_parse(text, false, &id, e))
		return (int)e->code;
	if (id.kind != IDENT_ENTRY)
		return err_set(e, ERR_IDENTITY, "'%.64s' is no Entry ID; 'firpath search' finds it", text);
	node = graph_find_entry(s->graph, id.scheme, id.public_id);
	if (node == NODE_NONE)
		return err_set(e, ERR_NOT_FOUND, "there is no entry '%.64s'", text);
	entry_json(s, node, call_moment(c, call_opt(c, "at")), &w);
	return OK;
}

/* GET of a path with one segment and --at. */
static int get_one(struct call *c, const char *path, const char *segment, const char *rest, struct str *out,
		   struct err *e)
{
	STR(url, 16 * KIB);
	struct client *client;

	str_add(&url, path);
	url_segment(&url, segment);
	str_add(&url, rest);
	url_add(&url, "at", call_opt(c, "at"));
	return call_client(c, &client, e) ? (int)e->code : client_get(client, str_c(&url), out, e);
}

int cmd_entry_show(struct call *c, struct err *e)
{
	STR(answer, ANSWER_MAX);

	if (call_offline(c) ? entry_of_store(c, c->arg[0], &answer, e)
			    : get_one(c, "/v1/entries", c->arg[0], "", &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_entry, e);
}

/* Does a text begin so, in any case? NULL begins everything. */
static bool begins(const char *text, const char *with)
{
	return !with || strncasecmp(text, with, strlen(with)) == 0;
}

static int models_of_store(struct call *c, const char *cursor, int64_t limit, struct str *out, void *ctx,
			   struct err *e)
{
	const char *manufacturer = call_opt(c, "manufacturer"), *model = call_opt(c, "model");
	const char *hardware = call_opt(c, "hardware");
	const struct snapshot *s;
	struct jw w = jw_start(out);
	int64_t i = 0, n = 0;
	char next[24] = "";

	(void)ctx;
	if (call_snapshot(c, call_opt(c, "at"), &s, e) || (cursor && parse_i64(cursor, 0, UINT32_MAX, &i, e)))
		return (int)e->code;
	jw_obj(&w);
	jw_key(&w, "models");
	jw_arr(&w);
	for (; i < (int64_t)graph_models(s->graph); i++) {
		const struct graph_model *m = graph_model(s->graph, (uint32_t)i);

		if (!begins(m->manufacturer, manufacturer) || !begins(m->model, model) ||
		    !begins(m->hardware, hardware))
			continue;
		if (n++ == limit) {
			snprintf(next, sizeof next, "%" PRId64, i);
			break;
		}
		model_json(s, (uint32_t)i, &w);
	}
	jw_arr_end(&w);
	jw_kstr(&w, "next", *next ? next : NULL);
	jw_kint(&w, "revision", s->revision);
	jw_end(&w);
	return OK;
}

int cmd_model_list(struct call *c, struct err *e)
{
	STR(answer, ANSWER_MAX);
	STR(url, 16 * KIB);

	str_add(&url, "/v1/models");
	url_add(&url, "manufacturer", call_opt(c, "manufacturer"));
	url_add(&url, "model", call_opt(c, "model"));
	url_add(&url, "hardware", call_opt(c, "hardware"));
	url_add(&url, "at", call_opt(c, "at"));
	if (call_offline(c) ? list_collect(c, "models", models_of_store, NULL, &answer, e)
			    : list_collect(c, "models", list_page_get, url.p, &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_models, e);
}

static int model_of_store(struct call *c, const char *text, struct str *out, struct err *e)
{
	const struct snapshot *s;
	uint32_t m;

	if (call_snapshot(c, call_opt(c, "at"), &s, e))
		return (int)e->code;
	m = lookup_model(s, text);
	if (m == NODE_NONE)
		return err_set(
		    e, ERR_NOT_FOUND,
		    "there is no model '%.64s' (write MMMM:TTTTVVRR: manufacturer, model and hardware)",
		    text);
	graph_json(s, m, call_moment(c, call_opt(c, "at")), out);
	return OK;
}

int cmd_model_show(struct call *c, struct err *e)
{
	STR(answer, ANSWER_MAX);

	if (call_offline(c) ? model_of_store(c, c->arg[0], &answer, e)
			    : get_one(c, "/v1/models", c->arg[0], "/graph", &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_model, e);
}

int cmd_lint(struct call *c, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	const struct snapshot *s;
	struct client *client;
	STR(answer, ANSWER_MAX);
	OWN(needs_done) struct needs starts = { 0 };
	struct db *db;
	STR(url, 1 * KIB);
	int64_t at = call_now(c);

	str_add(&url, "/v1/lint");
	url_add(&url, "at", call_opt(c, "at"));
	if (call_offline(c)) {
		if (call_snapshot(c, call_opt(c, "at"), &s, e) ||
		    (call_has(c, "at") && parse_time(call_opt(c, "at"), &at, e)))
			return (int)e->code;
		if (!call_has(c, "at") &&
		    (call_db(c, false, false, &db, e) || needs_read(&starts, s->graph, db, e)))
			return (int)e->code;
		lint_json(s, &starts, at - at % MS_PER_DAY, &answer);
	} else if (call_client(c, &client, e) || client_get(client, str_c(&url), &answer, e)) {
		return (int)e->code;
	}
	if (json_parse(str_c(&answer), answer.len, &j, e))
		return err_wrap(e, "the answer is not JSON");
	c->exit = num(json_get(j, "counts"), "error") ? 1 : 0;
	return call_show(c, &answer, show_lint, e);
}

/* ---- exports
 * --------------------------------------------------------------------------------- */

static int export_in_format(struct call *c, enum export which, struct db *db, int64_t revision, int64_t at,
			    struct str *out, struct err *e)
{
	const char *format = call_opt(c, "format");
	STR(csv, EXPORT_MAX);
	int f = 0;

	while (format && export_format_text[f] && strcmp(format, export_format_text[f]) != 0)
		f++;
	if (!export_format_text[f])
		return err_set(e, ERR_USAGE, "--format must be csv, ndjson or json, not '%.32s'", format);
	if (!f)
		return export_make(which, db, revision, at, out, e);
	if (export_make(which, db, revision, at, &csv, e) || (!revision && ledger_head(db, &revision, e)))
		return (int)e->code;
	return export_convert(&csv, (enum export_format)f, revision, out, e);
}

static int export_of_store(struct call *c, enum export which, struct str *out, struct err *e)
{
	int64_t at = call_now(c), revision = 0;
	struct db *db;

	if (call_db(c, false, false, &db, e))
		return (int)e->code;
	if (call_has(c, "at")) {
		if (lookup_moment(call_opt(c, "at"), &at, e) || ledger_at(db, at, &revision, e))
			return err_wrap(e, "--at");
		if (!revision)
			return err_set(e, ERR_NOT_FOUND, "the catalogue had no entry yet at %s",
				       call_opt(c, "at"));
	}
	return export_in_format(c, which, db, revision, at, out, e);
}

static int export(struct call *c, enum export which, struct err *e)
{
	struct client_send s = { .accept = "*/*" };
	STR(out, EXPORT_MAX);
	STR(url, 1 * KIB);
	struct client *client;

	if (c->json)
		return err_set(e, ERR_USAGE, "leave --json away; --format json gives the file as JSON");
	str_add(&url, "/v1/export");
	url_segment(&url, export_text[which]);
	url_add(&url, "at", call_opt(c, "at"));
	url_add(&url, "notice", call_has(c, "notice-read") ? "read" : NULL);
	url_add(&url, "format", call_opt(c, "format"));
	s.path = str_c(&url);
	if (call_offline(c)) {
		if (export_of_store(c, which, &out, e))
			return (int)e->code;
	} else if (call_client(c, &client, e) || client_run(client, &s, &out, NULL, NULL, e)) {
		return (int)e->code;
	}
	/* Standard output holds the file alone; the notice goes where people look. */
	call_say(c, "%s", EXPORT_NOTICE);
	if (call_has(c, "output"))
		return file_replace(call_opt(c, "output"), str_c(&out), out.len, e);
	return call_write(c, str_c(&out), out.len, e);
}

int cmd_export_audit(struct call *c, struct err *e)
{
	struct client_send s = { .accept = "*/*", .path = "/v1/export/audit" };
	int64_t after = -1, last = 0;
	STR(out, EXPORT_MAX);
	struct client *client;
	struct db *db;

	if (!call_offline(c)) {
		if (call_client(c, &client, e) || client_run(client, &s, &out, NULL, NULL, e))
			return (int)e->code;
	} else if (call_db(c, false, false, &db, e)) {
		return (int)e->code;
	}
	while (call_offline(c) && last != after) {
		after = last;
		if (export_audit_page(db, after, 500, &out, &last, e))
			return (int)e->code;
	}
	if (call_has(c, "output"))
		return file_replace(call_opt(c, "output"), str_c(&out), out.len, e);
	return call_write(c, str_c(&out), out.len, e);
}

int cmd_export_cpl(struct call *c, struct err *e)
{
	return export(c, EXPORT_CPL, e);
}

int cmd_export_statements(struct call *c, struct err *e)
{
	return export(c, EXPORT_STATEMENTS, e);
}

int cmd_export_fir(struct call *c, struct err *e)
{
	return export(c, EXPORT_FIR, e);
}

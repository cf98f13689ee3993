/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of a station: its components with history, its story, and all of it as an export. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/fleet_util.h"
#include "core/rows_json.h"
#include "core/station_p.h"

/* ---- components ---- */

/* A member of the document with this text, or with this text in its list. */
static bool says(const struct json *doc, const char *member, const char *want)
{
	const struct json *j = json_get(doc, member);

	if (!want)
		return true;
	if (json_kind(j) == JSON_STRING)
		return !strcmp(json_text(j), want);
	for (size_t i = 0; i < json_len(j) && json_kind(j) == JSON_ARRAY; i++)
		if (json_text(json_at(j, i)) && !strcmp(json_text(json_at(j, i)), want))
			return true;
	return false;
}

static bool component_fits(const struct store_component *c, const struct json *doc,
			   const struct component_filter *f)
{
	return (!f->name || !strcmp(f->name, c->name)) && (!f->version || !strcmp(f->version, c->version)) &&
	       says(doc, "legalStatus", f->legal) && says(doc, "functionalRole", f->role) &&
	       says(doc, "regulatoryClassification", f->classification);
}

static void component_members(const struct store_component *c, const struct snapshot *s, struct jw *w)
{
	jw_kstr(w, "name", c->name);
	jw_kstr(w, "version", c->version);
	jw_kstr(w, "device", c->device);
	jw_kstr(w, "entry", entry_name(s, c->entry_id));
	jw_kstr(w, "source", c->source);
	jw_ktime(w, "since", c->since);
	jw_ktime(w, "until", c->until);
	jw_kstr(w, "digest", c->digest);
	jw_key(w, "document");
	jw_raw(w, c->document, strlen(c->document));
}

int station_components_json(struct db *db, struct scope scope, const struct snapshot *s, const char *identity,
			    const struct component_filter *f, const char *cursor, int64_t limit,
			    struct str *out, struct err *e)
{
	TX(tx);
	OWN(rows_done) struct rows *r = NULL;
	struct jw w = jw_start(out);
	struct store_station st;
	struct store_component c;
	int64_t after, n = 0, last = 0;
	bool got;

	if (cursor_read(cursor, 0, &after, e) || tx_begin(&tx, db, false, e) ||
	    station_load(db, scope, identity, &st, e) ||
	    (f->history ? store_component_history(db, st.site_id, f->name, after, limit + 1, &r, e)
			: store_component_now(db, st.site_id, &r, e)))
		return (int)e->code;
	jw_obj(&w);
	jw_kstr(&w, "station", st.identity);
	jw_ktime(&w, "read_at", st.components_at >= 0 ? st.components_at : st.version_at);
	jw_key(&w, "components");
	jw_arr(&w);
	for (;;) {
		OWN(json_free) struct json *doc = NULL;

		if (store_component_next(r, &c, &got, e))
			return (int)e->code;
		if (!got || (f->history && n == limit))
			break;
		n++;
		last = c.id;
		if (json_parse(c.document, strlen(c.document), &doc, e))
			return (int)e->code;
		if (!component_fits(&c, doc, f))
			continue;
		jw_obj(&w);
		component_members(&c, s, &w);
		jw_end(&w);
	}
	jw_arr_end(&w);
	jw_kcursor(&w, "next", got ? last : 0);
	jw_end(&w);
	return OK;
}

/* ---- the story ---- */

static void message_members(const struct rows *r, const void *of, struct jw *w)
{
	const char *body = rows_text(r, 6);
	OWN(json_free) struct json *j = NULL;
	struct err e;

	(void)of;
	jw_kint(w, "n", rows_num(r, 0));
	jw_ktime(w, "at", rows_num(r, 1));
	jw_kstr(w, "way", rows_text(r, 2));
	jw_kstr(w, "action", rows_text(r, 3));
	jw_kstr(w, "ref", rows_text(r, 4));
	jw_kcount(w, "job", rows_date(r, 5));
	/* What was said whole is JSON; what was cut, and notes, are text. */
	jw_key(w, "body");
	if (*body == '{' && !rows_num(r, 7) && !json_parse(body, strlen(body), &j, &e))
		jw_raw(w, body, strlen(body));
	else
		jw_str(w, body);
	jw_kbool(w, "cut", rows_num(r, 7) != 0);
}

/* The messages in order, from rows that may come newest first. */
static int messages_write(struct rows *r, bool backwards, int64_t *ret_last, int64_t *ret_n, struct jw *w,
			  struct err *e)
{
	STR(text, STATION_LIST_MAX);
	struct {
		size_t at, len;
	} *place = mem_array(STATION_STORY_MAX + 1, sizeof *place);
	int64_t n = 0;
	bool got;
	int rc;

	for (;;) {
		struct jw one = jw_start(&text);

		rc = rows_next(r, &got, e);
		if (rc || !got || n >= STATION_STORY_MAX)
			break;
		place[n].at = text.len;
		jw_obj(&one);
		message_members(r, NULL, &one);
		jw_end(&one);
		place[n].len = text.len - place[n].at;
		*ret_last = rows_num(r, 0) > *ret_last ? rows_num(r, 0) : *ret_last;
		n++;
	}
	for (int64_t i = 0; i < n && !rc; i++) {
		int64_t at = backwards ? n - 1 - i : i;

		jw_raw(w, str_c(&text) + place[at].at, place[at].len);
	}
	free(place);
	*ret_n = n;
	return rc;
}

static int messages_ask(struct db *db, int64_t site, int64_t job, int64_t since, int64_t limit,
			struct rows **ret, struct err *e)
{
	if (job)
		return since >= 0 ? db_run(db, SQL_STORY_JOB_SINCE,
					   ARGS(VINT(job), VINT(site), VINT(since), VINT(limit)), ret, e)
				  : db_run(db, SQL_STORY_JOB_NEWEST, ARGS(VINT(job), VINT(site), VINT(limit)),
					   ret, e);
	return since >= 0 ? db_run(db, SQL_STORY_SINCE, ARGS(VINT(site), VINT(since), VINT(limit)), ret, e)
			  : db_run(db, SQL_STORY_NEWEST, ARGS(VINT(site), VINT(limit)), ret, e);
}

int station_story_json(struct db *db, struct scope scope, const struct snapshot *s, const char *identity,
		       int64_t job, int64_t since, int64_t last, struct str *out, struct err *e)
{
	TX(tx);
	OWN(rows_done) struct rows *jobs = NULL, *r = NULL;
	int64_t newest = since > 0 ? since : 0, n, limit = last ? last : 100;
	struct jw w = jw_start(out);
	struct store_station st;

	if (last < 0 || last > STATION_STORY_MAX)
		return err_set(e, ERR_INVALID, "last is 1 to %d", STATION_STORY_MAX);
	if (tx_begin(&tx, db, false, e) || station_load(db, scope, identity, &st, e) ||
	    messages_ask(db, st.site_id, job, since, limit, &r, e))
		return (int)e->code;
	jw_obj(&w);
	jw_kstr(&w, "station", st.identity);
	jw_key(&w, "messages");
	jw_arr(&w);
	if (messages_write(r, since < 0, &newest, &n, &w, e))
		return (int)e->code;
	jw_arr_end(&w);
	if (job ? db_run(db, SQL_STATION_JOB_OF, ARGS(VINT(job), VINT(st.site_id)), &jobs, e)
		: db_run(db, SQL_STATION_JOBS, ARGS(VINT(st.site_id), VINT(20)), &jobs, e))
		return (int)e->code;
	if (rows_json(jobs, "jobs", 0, station_job_members, s, &w, NULL, e))
		return (int)e->code;
	jw_kint(&w, "last", newest);
	jw_end(&w);
	return OK;
}

/* ---- export ---- */

static int components_all(struct db *db, const struct snapshot *s, int64_t site, struct jw *w, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_component c;
	bool got;

	if (store_component_history(db, site, NULL, 0, INT32_MAX, &r, e))
		return (int)e->code;
	jw_key(w, "components");
	jw_arr(w);
	for (;;) {
		if (store_component_next(r, &c, &got, e))
			return (int)e->code;
		if (!got)
			break;
		jw_obj(w);
		component_members(&c, s, w);
		jw_end(w);
	}
	jw_arr_end(w);
	return OK;
}

static int chain_all(struct db *db, const struct store_station *st, struct jw *w, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_install i;
	bool got;

	if (store_install_list(db, st->site_id, &r, e))
		return (int)e->code;
	jw_key(w, "chain");
	jw_arr(w);
	for (;;) {
		if (store_install_next(r, &i, &got, e))
			return (int)e->code;
		if (!got)
			break;
		jw_obj(w);
		station_install_members(st->identity, &i, w);
		jw_end(w);
	}
	jw_arr_end(w);
	return OK;
}

static int export_one(struct db *db, const struct snapshot *s, const struct store_station *st,
		      struct str *line, struct err *e)
{
	struct jw w = jw_start(line);

	jw_obj(&w);
	station_members(st, &w);
	station_settings_members(st, &w);
	if (components_all(db, s, st->site_id, &w, e) || chain_all(db, st, &w, e))
		return (int)e->code;
	jw_end(&w);
	str_addc(line, '\n');
	return line->over ? err_set(e, ERR_TOO_LARGE, "station '%s' has too long a history for one line",
				    st->identity)
			  : OK;
}

#define EXPORT_PAGE 100

int station_export(struct db *db, struct scope scope, const struct snapshot *s, station_send send, void *ctx,
		   struct err *e)
{
	const struct store_station_filter f = { .connected = -1, .quarantine = -1, .sees = scope.sees };
	struct store_station *page = mem_array(EXPORT_PAGE, sizeof *page);
	int64_t after = 0;
	int rc = OK;

	for (size_t n = EXPORT_PAGE; n == EXPORT_PAGE && !rc;) {
		OWN(rows_done) struct rows *r = NULL;
		bool got = true;

		rc = store_station_page(db, &f, after, EXPORT_PAGE, &r, e);
		for (n = 0; !rc && got && n < EXPORT_PAGE; n += got)
			rc = store_station_next(r, &page[n], &got, e);
		for (size_t i = 0; i < n && !rc; i++) {
			STR(line, STATION_LIST_MAX);

			rc = export_one(db, s, &page[i], &line, e);
			if (!rc)
				rc = send(ctx, str_c(&line), line.len, e);
			after = page[i].site_id;
		}
	}
	free(page);
	return rc;
}

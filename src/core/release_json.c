/* SPDX-License-Identifier: Apache-2.0 */
/* Releases as JSON; declared in core/release.h. */
#include <inttypes.h>
#include <string.h>

#include "core/fleet_util.h"
#include "core/release_row.h"

struct release_clock release_clock(int64_t security_at, int64_t now)
{
	int64_t gone = now - security_at;

	return (struct release_clock){ 24 * INT64_C(3600000) - gone, 72 * INT64_C(3600000) - gone };
}

void release_clock_json(int64_t security_at, int64_t now, struct jw *w)
{
	struct release_clock c = release_clock(security_at, now);

	if (security_at < 0) {
		jw_null(w);
		return;
	}
	jw_obj(w);
	jw_ktime(w, "disclosed_at", security_at);
	/* Whole hours, rounded down: what is left, never more. */
	jw_kint(w, "hours_left_24", c.left24 > 0 ? c.left24 / 3600000 : 0);
	jw_kint(w, "hours_left_72", c.left72 > 0 ? c.left72 / 3600000 : 0);
	jw_kbool(w, "over_24", c.left24 <= 0);
	jw_kbool(w, "over_72", c.left72 <= 0);
	jw_end(w);
}

static void int_or_null(struct jw *w, const char *name, int64_t v, int64_t none)
{
	jw_key(w, name);
	if (v == none)
		jw_null(w);
	else
		jw_int(w, v);
}

static void entry_key(struct jw *w, const struct store_release *r)
{
	char name[ENTRY_NAME_SIZE];

	str_copy(name, sizeof name, "ocpp:");
	str_copy(name + 5, sizeof name - 5, r->public_id);
	jw_kstr(w, "entry", name);
}

/* What lists show. */
static void row_json(const struct store_release *r, int64_t now, struct jw *w)
{
	jw_kint(w, "release", r->id);
	entry_key(w, r);
	jw_kstr(w, "vendor", r->vendor);
	jw_kstr(w, "model", r->model);
	jw_kstr(w, "component", r->component);
	jw_kstr(w, "version", r->version);
	jw_kstr(w, "state", r->state);
	int_or_null(w, "position", r->position, -1);
	jw_kstr(w, "hash", r->image_hash);
	jw_kstr(w, "md5", r->image_md5);
	int_or_null(w, "bytes", r->image_bytes, -1);
	jw_kbool(w, "regulated", r->regulated);
	jw_kstr(w, "certificate_number", *r->certificate ? r->certificate : NULL);
	jw_kbool(w, "signed", r->signature != NULL);
	jw_key(w, "security");
	release_clock_json(r->security_at, now, w);
	jw_kstr(w, "digest", r->digest);
	jw_kstr(w, "created_by", r->created_by);
	jw_ktime(w, "created_at", r->created_at);
	jw_kstr(w, "approved_by", r->approved_by);
	jw_ktime(w, "approved_at", r->approved_at);
	jw_kstr(w, "published_by", r->published_by);
	jw_ktime(w, "published_at", r->published_at);
	jw_ktime(w, "withdrawn_at", r->ended_at);
}

int releases_json(const struct release_ctx *c, const struct release_filter *f, const char *cursor,
		  int64_t limit, struct str *out, struct err *e)
{
	OWN(rows_done) struct rows *rows = NULL;
	struct store_release_filter sf = { .sees = release_sees(c->by),
					   .limit = limit + 1,
					   .vendor = f->vendor,
					   .model = f->model,
					   .component = f->component,
					   .state = f->state,
					   .part = f->part,
					   .part_version = f->part_version };
	struct jw w = jw_start(out);
	struct store_release r;
	int64_t n = 0, last = 0;
	bool got;

	if (cursor_read(cursor, INT64_MAX, &sf.before, e) || store_release_page(c->db, &sf, &rows, e))
		return (int)e->code;
	jw_obj(&w);
	jw_key(&w, "releases");
	jw_arr(&w);
	for (;;) {
		if (store_release_next(rows, &r, &got, e))
			return (int)e->code;
		if (!got || n == limit)
			break;
		jw_obj(&w);
		row_json(&r, c->who->now, &w);
		jw_end(&w);
		last = r.id;
		n++;
	}
	jw_arr_end(&w);
	jw_kcursor(&w, "next", got ? last : 0);
	jw_end(&w);
	str_addc(out, '\n');
	return OK;
}

static int sbom_json(const struct release_ctx *c, int64_t id, struct jw *w, struct err *e)
{
	OWN(rows_done) struct rows *rows = NULL;
	struct store_sbom s;
	bool got;

	if (store_sbom_get(c->db, id, &rows, &s, &got, e))
		return (int)e->code;
	jw_key(w, "sbom");
	if (!got) {
		jw_null(w);
		return OK;
	}
	jw_obj(w);
	jw_kstr(w, "format", s.format);
	jw_kstr(w, "format_version", s.format_version);
	jw_kstr(w, "digest", s.digest);
	jw_kint(w, "parts", s.parts);
	jw_ktime(w, "added_at", s.added_at);
	jw_end(w);
	return OK;
}

int release_json(const struct release_ctx *c, int64_t id, struct str *out, struct err *e)
{
	RELEASE_REC(r);
	struct jw w = jw_start(out);

	if (release_rec_load(c->db, c->by, id, &r, e))
		return (int)e->code;
	jw_obj(&w);
	row_json(&r.r, c->who->now, &w);
	jw_kbool(&w, "image_stored", image_stored(c->image_dir, r.r.image_hash));
	if (sbom_json(c, id, &w, e))
		return (int)e->code;
	jw_key(&w, "document");
	jw_raw(&w, r.r.document, strlen(r.r.document));
	jw_key(&w, "report");
	if (*r.r.report)
		jw_raw(&w, r.r.report, strlen(r.r.report));
	else
		jw_null(&w);
	jw_end(&w);
	str_addc(out, '\n');
	return OK;
}

int release_sbom_text(const struct release_ctx *c, int64_t id, struct str *out, struct err *e)
{
	OWN(rows_done) struct rows *rows = NULL;
	RELEASE_REC(r);
	const char *text;

	if (release_rec_load(c->db, c->by, id, &r, e) || store_sbom_text(c->db, id, &rows, &text, e))
		return (int)e->code;
	if (!text)
		return err_set(e, ERR_NOT_FOUND, "release %" PRId64 " has no software bill of materials", id);
	str_add(out, text);
	return OK;
}

int release_parts_json(const struct release_ctx *c, int64_t id, struct str *out, struct err *e)
{
	OWN(rows_done) struct rows *rows = NULL;
	RELEASE_REC(r);
	struct jw w = jw_start(out);
	struct store_sbom_part p;
	bool got;

	if (release_rec_load(c->db, c->by, id, &r, e) || store_sbom_parts(c->db, id, &rows, e))
		return (int)e->code;
	jw_obj(&w);
	jw_kint(&w, "release", id);
	jw_key(&w, "parts");
	jw_arr(&w);
	for (;;) {
		if (store_sbom_part_next(rows, &p, &got, e))
			return (int)e->code;
		if (!got)
			break;
		jw_obj(&w);
		jw_kint(&w, "n", p.n);
		jw_kstr(&w, "name", p.name);
		jw_kstr(&w, "version", p.version);
		jw_kstr(&w, "purl", *p.purl ? p.purl : NULL);
		jw_kstr(&w, "licence", *p.licence ? p.licence : NULL);
		jw_end(&w);
	}
	jw_arr_end(&w);
	jw_end(&w);
	str_addc(out, '\n');
	return OK;
}

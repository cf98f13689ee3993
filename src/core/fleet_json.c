/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "core/fleet.h"
#include "core/fleet_util.h"
#include "core/rows_json.h"
#include "model/ident.h"
#include "store/store_fleet.h"

#define STORY_MAX 50 /* walks shown with a device, newest first */

int cursor_read(const char *cursor, int64_t otherwise, int64_t *ret, struct err *e)
{
	uint64_t n;

	if (!cursor) {
		*ret = otherwise;
		return OK;
	}
	if (cursor[0] != 'c' || !parse_digits(cursor + 1, strlen(cursor + 1), &n) || n > INT64_MAX)
		return err_set(e, ERR_INVALID, "'%.40s' is not a cursor that was given by a page before",
			       cursor);
	*ret = (int64_t)n;
	return OK;
}

void jw_kcursor(struct jw *w, const char *name, int64_t id)
{
	char text[24];

	jw_key(w, name);
	if (id <= 0) {
		jw_null(w);
		return;
	}
	snprintf(text, sizeof text, "c%" PRId64, id);
	jw_str(w, text);
}

const char *entry_name(const struct snapshot *s, int64_t entry_id)
{
	uint32_t node = entry_id > 0 && s ? graph_find_id(s->graph, entry_id) : NODE_NONE;

	return node == NODE_NONE ? NULL : graph_node(s->graph, node)->name;
}

bool name_is_plain(const char *name, size_t max)
{
	size_t n = strlen(name);
	bool digits = true, plain = n > 0 && n <= max;

	for (size_t i = 0; i < n; i++) {
		digits = digits && name[i] >= '0' && name[i] <= '9';
		plain = plain && (unsigned char)name[i] >= 0x20 && name[i] != 0x7f;
	}
	return plain && !digits;
}

void jw_kcount(struct jw *w, const char *name, int64_t v)
{
	if (v >= 0) {
		jw_kint(w, name, v);
		return;
	}
	jw_key(w, name);
	jw_null(w);
}

static void device_members(const struct snapshot *s, const struct store_device *d, struct jw *w)
{
	jw_kstr(w, "name", d->name);
	jw_kstr(w, "site", d->site);
	jw_kstr(w, "organisation", d->org);
	jw_kstr(w, "adapter", d->adapter);
	jw_kstr(w, "address", d->address);
	jw_kstr(w, "entry", entry_name(s, d->entry_id));
	jw_kstr(w, "entry_why", d->entry_why);
	jw_key(w, "identity");
	if (d->version) {
		jw_obj(w);
		jw_kstr(w, "scheme", d->scheme);
		jw_kstr(w, "manufacturer", d->manufacturer);
		jw_kstr(w, "model", d->model);
		jw_kstr(w, "hardware", d->hardware);
		jw_kstr(w, "version", d->version);
		jw_kstr(w, "hash", d->hash);
		jw_kstr(w, "told_by", d->told_by);
		jw_end(w);
	} else {
		jw_null(w);
	}
	jw_kstr(w, "stated_entry", entry_name(s, d->hint_entry_id));
	jw_kstr(w, "state", d->state);
	jw_kint(w, "boots", d->boots);
	jw_kcount(w, "progress", d->progress);
	jw_kstr(w, "step", d->step);
	jw_kstr(w, "life", d->life);
	jw_ktime(w, "last_seen", d->last_seen);
	jw_ktime(w, "added_at", d->added_at);
}

/* MMMM:TTTTVVRR -> the three columns. */
static int model_filter(const char *text, struct store_device_filter *f, char buf[3][5], struct err *e)
{
	char whole[64];
	struct ident id;

	snprintf(whole, sizeof whole, "%.40s:00000000", text);
	if (strlen(text) > 40 || ident_parse(whole, false, &id, e) || id.kind != IDENT_CPL)
		return err_set(e, ERR_IDENTITY, "'%.40s' is not a model; write MMMM:TTTTVVRR", text);
	ident_cpl_text(id.model_key, buf[0], buf[1], buf[2]);
	f->manufacturer = buf[0];
	f->model = buf[1];
	f->hardware = buf[2];
	return OK;
}

int fleet_filter(const struct snapshot *s, const struct device_filter *in, struct store_device_filter *ret,
		 char buf[3][5], struct err *e)
{
	struct ident id;
	uint32_t node;

	*ret = (struct store_device_filter){ .part = in->q,
					     .prefix = in->prefix,
					     .site = in->site,
					     .life = in->life,
					     .adapter = in->adapter };
	if (in->model && model_filter(in->model, ret, buf, e))
		return (int)e->code;
	if (!in->entry)
		return OK;
	if (ident_parse(in->entry, false, &id, e))
		return (int)e->code;
	node = id.kind == IDENT_ENTRY ? graph_find_entry(s->graph, id.scheme, id.public_id) : NODE_NONE;
	if (node == NODE_NONE)
		return err_set(e, ERR_NOT_FOUND, "there is no entry '%.40s'", in->entry);
	ret->entry_id = graph_node(s->graph, node)->entry_id;
	return OK;
}

int fleet_devices_json(struct db *db, struct scope scope, const struct snapshot *s,
		       const struct device_filter *f, const char *cursor, int64_t limit, struct str *out,
		       struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct jw w = jw_start(out);
	struct store_device_filter sf;
	struct store_device d;
	char buf[3][5];
	int64_t after, last = 0, n = 0;
	bool got;

	if (cursor_read(cursor, 0, &after, e) || fleet_filter(s, f, &sf, buf, e))
		return (int)e->code;
	sf.sees = scope.sees;
	if (store_device_page(db, &sf, after, limit + 1, &r, e))
		return (int)e->code;
	jw_obj(&w);
	jw_key(&w, "devices");
	jw_arr(&w);
	for (;;) {
		if (store_device_next(r, &d, &got, e))
			return (int)e->code;
		if (!got || n == limit)
			break;
		jw_obj(&w);
		device_members(s, &d, &w);
		jw_end(&w);
		last = d.id;
		n++;
	}
	jw_arr_end(&w);
	jw_kcursor(&w, "next", got ? last : 0);
	jw_end(&w);
	return OK;
}

static void story_members(const struct rows *r, const void *of, struct jw *w)
{
	(void)of;
	jw_kint(w, "cycle", rows_num(r, 0));
	jw_kint(w, "campaign", rows_num(r, 1));
	jw_kstr(w, "campaign_name", rows_text(r, 2));
	jw_kstr(w, "phase", rows_text(r, 3));
	jw_kstr(w, "reason", rows_text(r, 4));
	jw_kstr(w, "detail", rows_text(r, 5));
	jw_kstr(w, "state", rows_text(r, 6));
	jw_kint(w, "hop", rows_num(r, 7));
	jw_kint(w, "hops_done", rows_num(r, 8));
	jw_ktime(w, "started_at", rows_date(r, 9));
	jw_ktime(w, "ended_at", rows_date(r, 10));
}

static int device_story(struct db *db, struct scope scope, int64_t device_id, struct jw *w, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;

	if (store_device_cycles(db, scope.sees, device_id, STORY_MAX, &r, e))
		return (int)e->code;
	if (rows_json(r, "cycles", 0, story_members, NULL, w, NULL, e))
		return e->code;
	return OK;
}

int fleet_device_json(struct db *db, struct scope scope, const struct snapshot *s, const char *name,
		      struct str *out, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct jw w = jw_start(out);
	struct store_device d;
	bool got;

	if (store_device_get(db, scope.sees, name, &r, &d, &got, e))
		return (int)e->code;
	if (!got)
		return err_set(e, ERR_NO_DEVICE, "there is no device '%.64s'", name);
	jw_obj(&w);
	device_members(s, &d, &w);
	if (device_story(db, scope, d.id, &w, e))
		return (int)e->code;
	jw_end(&w);
	return OK;
}

static void site_members(const struct rows *r, const void *of, struct jw *w)
{
	(void)of;
	jw_kstr(w, "name", rows_text(r, 1));
	jw_ktime(w, "added_at", rows_num(r, 2));
	jw_kint(w, "devices", rows_num(r, 3));
}

int fleet_sites_json(struct db *db, struct scope scope, const char *cursor, int64_t limit, struct str *out,
		     struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct jw w = jw_start(out);
	int64_t after, next;

	if (cursor_read(cursor, 0, &after, e) || store_site_page(db, scope.sees, after, limit + 1, &r, e))
		return (int)e->code;
	jw_obj(&w);
	if (rows_json(r, "sites", limit, site_members, NULL, &w, &next, e))
		return e->code;
	jw_kcursor(&w, "next", next);
	jw_end(&w);
	return OK;
}

int fleet_site_json(struct db *db, struct scope scope, const struct snapshot *s, const char *name,
		    struct str *out, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_device_filter f = { .site = name, .sees = scope.sees };
	struct jw w = jw_start(out);
	struct store_device d;
	int64_t id, n = 0;
	bool got;

	if (store_site_id(db, scope.sees, name, &got, &id, e))
		return (int)e->code;
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "there is no site '%.64s'", name);
	if (store_device_page(db, &f, 0, 500, &r, e))
		return (int)e->code;
	jw_obj(&w);
	jw_kstr(&w, "name", name);
	jw_key(&w, "devices");
	jw_arr(&w);
	for (;;) {
		if (store_device_next(r, &d, &got, e))
			return (int)e->code;
		if (!got)
			break;
		jw_obj(&w);
		device_members(s, &d, &w);
		jw_end(&w);
		n++;
	}
	jw_arr_end(&w);
	jw_kint(&w, "count", n);
	jw_end(&w);
	return OK;
}

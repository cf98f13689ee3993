/* SPDX-License-Identifier: Apache-2.0 */
#include "core/fleet.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/parse.h"
#include "core/fleet_util.h"
#include "core/list_read.h"
#include "model/ident.h"
#include "store/store_fleet.h"
#include "wire/adapter.h"

#define TWINS_MAX 32

/* Chargers say what they are in texts; one text is one entry. */
static uint32_t identify_ocpp(const struct snapshot *s, const struct identity *id, const char **ret_why)
{
	char public_id[PUBLIC_ID_SIZE];
	const struct graph_node *n;
	uint32_t node;

	*ret_why = "unknown";
	if (!ident_ocpp_text(id->manufacturer, id->model, id->hardware, id->version, public_id))
		return NODE_NONE;
	node = graph_find_entry(s->graph, "ocpp", public_id);
	if (node == NODE_NONE)
		return NODE_NONE;
	n = graph_node(s->graph, node);
	*ret_why = "hash-differs";
	if (id->hash && n->hash && strcasecmp(id->hash, n->hash) != 0)
		return NODE_NONE;
	*ret_why = "known";
	return node;
}

uint32_t fleet_identify(const struct snapshot *s, const struct identity *id, uint32_t hint,
			const char **ret_why)
{
	uint32_t all[TWINS_MAX], left[TWINS_MAX];
	uint64_t manufacturer, model, hardware, firmware;
	size_t n, exact = 0, open = 0;

	if (!id->version || !id->manufacturer || !id->model || !id->hardware) {
		*ret_why = "not-reported";
		return NODE_NONE;
	}
	if (!strcmp(id->scheme, "ocpp"))
		return identify_ocpp(s, id, ret_why);
	*ret_why = "unknown";
	if (strcmp(id->scheme, "cpl") != 0 ||
	    !parse_hex(id->manufacturer, strlen(id->manufacturer), &manufacturer) ||
	    !parse_hex(id->model, strlen(id->model), &model) ||
	    !parse_hex(id->hardware, strlen(id->hardware), &hardware) ||
	    !parse_hex(id->version, strlen(id->version), &firmware) || manufacturer > 0xFFFF ||
	    model > 0xFFFF || hardware > 0xFFFF || firmware > UINT32_MAX)
		return NODE_NONE;
	n = graph_find_cpl(s->graph, manufacturer << 32 | model << 16 | hardware, (uint32_t)firmware, all,
			   TWINS_MAX);
	if (!n)
		return NODE_NONE;
	*ret_why = "ambiguous";
	if (n > TWINS_MAX)
		return NODE_NONE;
	/* The software's hash, where both sides know one, decides; entries without a hash stay possible. */
	for (size_t i = 0; i < n; i++) {
		const char *hash = graph_node(s->graph, all[i])->hash;

		if (id->hash && hash && !strcmp(hash, id->hash))
			left[exact++] = all[i];
	}
	for (size_t i = 0; i < n && !exact; i++)
		if (!id->hash || !graph_node(s->graph, all[i])->hash)
			left[open++] = all[i];
	n = exact ? exact : open;
	if (!n)
		*ret_why = "hash-differs";
	for (size_t i = 0; i < n; i++)
		if (n == 1 || left[i] == hint) {
			*ret_why = "known";
			return left[i];
		}
	return NODE_NONE;
}

/* ---- import ---- */

bool device_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("._-:*=+|@", c));
}

static bool name_ok(const char *s)
{
	if (!*s || *s == '.')
		return false;
	for (; *s; s++)
		if (!device_name_char(*s))
			return false;
	return true;
}

/* A row of the list; "" = not given. */
struct fleet_row {
	char name[DEVICE_NAME_MAX + 1], site[DEVICE_NAME_MAX + 1], adapter[16], address[256], identity[48],
	    entry[48];
};
static const char *const fleet_cols[] = { "name", "site", "adapter", "address", "identity", "entry", NULL };
static const struct list_place fleet_places[] = {
	LIST_PLACE(fleet_row, name),    LIST_PLACE(fleet_row, site),     LIST_PLACE(fleet_row, adapter),
	LIST_PLACE(fleet_row, address), LIST_PLACE(fleet_row, identity), LIST_PLACE(fleet_row, entry)
};
static const struct list_shape fleet_shape = { "devices",
					       fleet_cols,
					       fleet_places,
					       sizeof fleet_places / sizeof *fleet_places,
					       1,
					       sizeof(struct fleet_row) };

static void wanted_identity(struct fleet_wanted *w, uint64_t key, uint32_t firmware)
{
	ident_cpl_text(key, w->manufacturer, w->model, w->hardware);
	ident_firmware_text(firmware, w->version);
	w->d.manufacturer = w->manufacturer;
	w->d.model = w->model;
	w->d.hardware = w->hardware;
	w->d.version = w->version;
	w->d.told_by = "inventory";
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* The column `entry`: which of several fitting entries is meant, or the identity when none is given. */
static int wanted_hint(const struct snapshot *s, const char *text, struct fleet_wanted *w, uint32_t *ret_hint,
		       struct err *e)
{
	struct ident id;
	const struct graph_model *m;
	const struct graph_node *n;
	uint32_t node;

	if (ident_parse(text, false, &id, e))
		return err_at(e, "entry", 0, 0);
	if (id.kind != IDENT_ENTRY) {
		err_set(e, ERR_IDENTITY, "'%.40s' is not an Entry ID", text);
		return err_at(e, "entry", 0, 0);
	}
	node = graph_find_entry(s->graph, id.scheme, id.public_id);
	if (node == NODE_NONE) {
		err_set(e, ERR_NOT_FOUND, "there is no entry %s:%s", id.scheme, id.public_id);
		return err_at(e, "entry", 0, 0);
	}
	n = graph_node(s->graph, node);
	m = graph_model(s->graph, n->model);
	if (w->d.version &&
	    (!same_text(w->d.manufacturer, m->manufacturer) || !same_text(w->d.model, m->model) ||
	     !same_text(w->d.hardware, m->hardware) || !same_text(w->d.version, n->version))) {
		err_set(e, ERR_INVALID, "entry %s is %s:%s%s:%s, but the identity says %s:%s%s:%s", n->name,
			m->manufacturer, m->model, m->hardware, n->version, w->d.manufacturer, w->d.model,
			w->d.hardware, w->d.version);
		return err_at(e, "entry", 0, 0);
	}
	if (!w->d.version) {
		w->d.manufacturer = m->manufacturer;
		w->d.model = m->model;
		w->d.hardware = m->hardware;
		w->d.version = n->version;
		w->d.told_by = "inventory";
	}
	w->d.hint_entry_id = n->entry_id;
	*ret_hint = node;
	return OK;
}

int fleet_wanted_identity(const struct snapshot *s, const char *identity, const char *entry,
			  struct fleet_wanted *w, uint32_t *ret_hint, struct err *e)
{
	struct ident id;

	*ret_hint = NODE_NONE;
	if (*identity) {
		if (ident_parse(identity, false, &id, e))
			return err_at(e, "identity", 0, 0);
		if (id.kind != IDENT_CPL) {
			err_set(e, ERR_IDENTITY, "'%s' is an Entry ID; an identity is MMMM:TTTTVVRR:FFFFFFFF",
				identity);
			return err_at(e, "identity", 0, 0);
		}
		wanted_identity(w, id.model_key, id.firmware);
	}
	return *entry ? wanted_hint(s, entry, w, ret_hint, e) : OK;
}

static int row_check(const struct fleet_row *row, struct err *e)
{
	const char *wrong = !name_ok(row->name) ? "name" : *row->site && !name_ok(row->site) ? "site" : NULL;

	if (wrong) {
		err_set(e, ERR_INVALID,
			"a device's %s has 1 to %d letters, digits and . _ - : * = + | @ and does not "
			"begin with a dot",
			wrong, DEVICE_NAME_MAX);
		return err_at(e, wrong, 0, 0);
	}
	if (!strcmp(row->adapter, "ocpp")) {
		err_set(e, ERR_INVALID,
			"charging stations are registered as such (POST /v1/stations), not as devices");
		return err_at(e, "adapter", 0, 0);
	}
	if (!strcmp(row->adapter, "dcc")) {
		err_set(e, ERR_INVALID, "meters are registered as such (POST /v1/meters), not as devices");
		return err_at(e, "adapter", 0, 0);
	}
	if (*row->adapter && !adapter_find(row->adapter)) {
		err_set(e, ERR_INVALID, "there is no adapter '%s'", row->adapter);
		return err_at(e, "adapter", 0, 0);
	}
	return OK;
}

static int wanted_of(const struct snapshot *s, const struct fleet_row *row, struct fleet_wanted *w,
		     uint32_t *ret_hint, struct err *e)
{
	*w = (struct fleet_wanted){ .d = { .name = row->name,
					   .site = *row->site ? row->site : row->name,
					   .adapter = *row->adapter ? row->adapter : "bbum",
					   .address = *row->address ? row->address : NULL,
					   .scheme = "cpl",
					   .told_by = "nobody" } };
	*ret_hint = NODE_NONE;
	if (row_check(row, e))
		return (int)e->code;
	return fleet_wanted_identity(s, row->identity, row->entry, w, ret_hint, e);
}

void fleet_wanted_resolve(const struct snapshot *s, struct store_device *d, uint32_t hint)
{
	struct identity id = { d->scheme, d->manufacturer, d->model, d->hardware, d->version, d->hash };
	uint32_t node = fleet_identify(s, &id, hint, &d->entry_why);

	d->entry_id = node == NODE_NONE ? 0 : graph_node(s->graph, node)->entry_id;
}

static int row_put(struct db *db, int64_t owner, const struct snapshot *s, const struct actor *who,
		   const struct fleet_row *row, struct fleet_counts *counts, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_device old;
	struct fleet_wanted w;
	uint32_t hint;
	int64_t site;
	bool got;

	if (wanted_of(s, row, &w, &hint, e) || store_site_put(db, owner, w.d.site, who->now, &site, e) ||
	    store_device_get(db, sees_owner(owner), row->name, &r, &old, &got, e))
		return (int)e->code;
	if (got && (!strcmp(old.adapter, "ocpp") || !strcmp(old.adapter, "dcc")))
		return err_set(
		    e, ERR_CONFLICT,
		    "'%s' is a charging station, a component of one, or a meter: what it is it says itself",
		    row->name);
	w.d.added_at = who->now;
	w.d.org_id = owner;
	if (!got) {
		fleet_wanted_resolve(s, &w.d, hint);
		counts->added++;
		return store_device_add(db, &w.d, site, e);
	}
	/* The device's own word stands above the inventory's. */
	if (!strcmp(old.told_by, "device") || !w.d.version) {
		w.d.manufacturer = old.manufacturer;
		w.d.model = old.model;
		w.d.hardware = old.hardware;
		w.d.version = old.version;
		w.d.hash = old.hash;
		w.d.told_by = old.told_by;
	}
	w.d.id = old.id;
	fleet_wanted_resolve(s, &w.d, hint);
	if (same_text(w.d.site, old.site) && same_text(w.d.adapter, old.adapter) &&
	    same_text(w.d.address, old.address) && same_text(w.d.version, old.version) &&
	    same_text(w.d.manufacturer, old.manufacturer) && same_text(w.d.model, old.model) &&
	    same_text(w.d.hardware, old.hardware) && w.d.hint_entry_id == old.hint_entry_id &&
	    w.d.entry_id == old.entry_id) {
		counts->unchanged++;
		return OK;
	}
	counts->changed++;
	return store_device_edit(db, &w.d, site, e);
}

int fleet_import(struct db *db, struct scope scope, const struct snapshot *s, const struct actor *who,
		 enum fleet_format format, const char *text, size_t len, struct fleet_counts *ret,
		 struct err *e)
{
	TX(tx);
	struct fleet_counts counts = { 0 };
	struct list_reader f;
	struct fleet_row row;
	char after[160];
	bool got;

	if (len > DEVICE_IMPORT_MAX)
		return err_set(e, ERR_TOO_LARGE, "a list of devices may have %zu MiB",
			       DEVICE_IMPORT_MAX >> 20);
	if (list_reader_init(&f, &fleet_shape, format, text, len, e) || tx_begin(&tx, db, true, e) ||
	    snapshot_check(db, s, e))
		return (int)e->code;
	for (;;) {
		if (list_reader_next(&f, &row, &got, e))
			return (int)e->code;
		if (!got)
			break;
		if (row_put(db, scope.owner, s, who, &row, &counts, e))
			return err_at(e, NULL, f.line, 0);
		counts.rows++;
	}
	if (counts.added + counts.changed == 0) {
		*ret = counts;
		return OK; /* nothing to keep */
	}
	snprintf(after, sizeof after, "{\"rows\":%" PRId64 ",\"added\":%" PRId64 ",\"changed\":%" PRId64 "}",
		 counts.rows, counts.added, counts.changed);
	if (audit_add(db, who, "device-import", "devices", NULL, after, 0, NULL, e) || tx_keep(&tx, e))
		return (int)e->code;
	*ret = counts;
	return OK;
}

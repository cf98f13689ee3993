/* SPDX-License-Identifier: Apache-2.0 */
/* What the inventory, the devices and the DCC say: written inside the transaction of the door. */
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "core/meter_p.h"
#include "model/ident.h"
#include "store/store_turn.h"

static struct actor orchestrator(int64_t now)
{
	return (struct actor){ "orchestrator", "", now };
}

static int load(struct db *db, int64_t device_id, struct store_meter *ret, struct err *e)
{
	bool got;

	if (store_meter_get(db, device_id, &got, ret, e))
		return (int)e->code;
	return got ? OK : err_set(e, ERR_NOT_FOUND, "the device is no meter any more");
}

/* One line of the audit chain about a meter: {"meter":EUI, name: text}. */
static int tell(struct db *db, const struct store_meter *m, const char *action, const char *name,
		const char *text, int64_t now, struct err *e)
{
	struct actor who = orchestrator(now);
	char subject[METER_SUBJECT];
	STR(after, 4 * KIB);
	struct jw w = jw_start(&after);

	jw_obj(&w);
	jw_kstr(&w, "meter", m->name);
	jw_kstr(&w, name, text);
	jw_end(&w);
	return audit_add(db, &who, action, meter_subject(m->device_id, subject), NULL, str_c(&after), 0, NULL,
			 e);
}

/* ---- versions ---- */

int meter_version_apply(struct db *db, const struct snapshot *s, int64_t device_id, uint32_t version,
			int64_t hint_entry_id, int64_t now, int64_t *ret_entry_id, struct err *e)
{
	char text[9];
	struct store_meter m;
	struct store_device d = { .told_by = "device", .adapter = "dcc", .scheme = "cpl" };
	uint32_t hint;

	if (load(db, device_id, &m, e))
		return (int)e->code;
	ident_firmware_text(version, text);
	d.id = m.device_id;
	d.name = m.name;
	d.manufacturer = *m.manufacturer ? m.manufacturer : NULL;
	d.model = *m.model ? m.model : NULL;
	d.hardware = *m.hardware ? m.hardware : NULL;
	d.version = text;
	d.hint_entry_id = m.hint_entry_id;
	hint = graph_find_id(s->graph, hint_entry_id ? hint_entry_id : m.hint_entry_id);
	fleet_wanted_resolve(s, &d, hint);
	if (hint_entry_id && d.entry_id == hint_entry_id)
		d.hint_entry_id = hint_entry_id; /* that very image was pushed */
	*ret_entry_id = d.entry_id;
	if (strcmp(m.version, text) != 0 || strcmp(m.told_by, "device") != 0 || m.entry_id != d.entry_id ||
	    m.hint_entry_id != d.hint_entry_id || strcmp(m.entry_why, d.entry_why) != 0) {
		if (store_device_edit(db, &d, m.site_id, e))
			return (int)e->code;
	}
	return store_meter_version_at(db, device_id, now, e) || store_meter_seen(db, device_id, now, e)
		   ? (int)e->code
		   : OK;
}

/* ---- the inventory ---- */

struct applying {
	struct db *db;
	const struct snapshot *s;
	const struct meter_inventory *in;
	struct store_meter asked;
	uint64_t hub; /* the one CHF of the answer; 0 = not known */
	int64_t site_id;
	struct meter_learned *ret;
};

static uint64_t hub_of(const struct meter_inventory *in)
{
	uint64_t hub = 0;

	for (size_t i = 0; i < in->n; i++) {
		if (in->v[i].hub)
			return in->v[i].hub;
		if (strcmp(in->v[i].type, han_class_text[HAN_CHF]) != 0)
			continue;
		if (hub && hub != in->v[i].eui)
			return 0; /* several: who belongs to which it does not say */
		hub = in->v[i].eui;
	}
	return hub;
}

/* Manufacturer, model and version as the CPL writes them; what is no hex is not said. */
static void identity_of(const struct duis_device *d, struct fleet_wanted *w)
{
	if (strlen(d->manufacturer) != 4 || strlen(d->model) != 8 || strlen(d->version) != 8)
		return;
	str_copy(w->manufacturer, sizeof w->manufacturer, d->manufacturer);
	str_copyn(w->model, sizeof w->model, d->model, 4);
	str_copy(w->hardware, sizeof w->hardware, d->model + 4);
	str_copy(w->version, sizeof w->version, d->version);
	w->d.manufacturer = w->manufacturer;
	w->d.model = w->model;
	w->d.hardware = w->hardware;
	w->d.version = w->version;
	w->d.told_by = "inventory";
}

/* Its own word stands, and the inventory says another one: it is asked. */
static int ask_version(const struct applying *a, int64_t device_id, struct err *e)
{
	struct store_meter m;

	if (load(a->db, device_id, &m, e))
		return (int)e->code;
	if (m.wish_at >= 0 || strcmp(m.authority, "held") != 0)
		return OK;
	return store_meter_wish(a->db, device_id, METER_WISH_READ, a->in->now, e);
}

static int device_apply(struct applying *a, const struct duis_device *d, struct err *e)
{
	struct fleet_wanted wanted = { .d = { .told_by = "nobody" } };
	struct meter_word w = { .eui = d->eui,
				.hub = a->hub,
				.class = han_class_named(d->type),
				.mpxn = d->mpxn,
				.uprn = d->uprn,
				.status = d->status,
				.variant = d->variant,
				.han_variant = d->han_variant,
				.smets = d->smets,
				.region = d->region,
				.w = &wanted,
				.hint = NODE_NONE };
	struct meter_put_ret put;

	if (w.class == HAN_CLASSES || !w.eui)
		return OK; /* a type that is not in the schema */
	identity_of(d, &wanted);
	if (meter_put(a->db, a->s, a->asked.org_id, &w, false, NULL, a->in->now, &put, e))
		return (int)e->code;
	a->ret->added += put.what == METER_ADDED;
	a->ret->changed += put.what == METER_CHANGED;
	if (d->eui == a->asked.eui)
		a->site_id = put.site_id;
	return put.version_differs ? ask_version(a, put.device_id, e) : OK;
}

static bool named(const struct meter_inventory *in, uint64_t eui)
{
	for (size_t i = 0; i < in->n; i++)
		if (in->v[i].eui == eui)
			return true;
	return false;
}

static int gone(struct applying *a, const struct store_meter *m, struct err *e)
{
	static const char why[] = "the inventory of its HAN does not name it any more";

	if (!strcmp(m->quarantine, why))
		return OK;
	a->ret->gone++;
	if (*m->quarantine)
		return OK; /* somebody looks at it already */
	return meter_quarantine(a->db, m->device_id, why, a->in->now, e);
}

/* Those of the HAN that was known and are not in the answer. */
static int gone_find(struct applying *a, struct err *e)
{
	struct store_meter v[HAN_DEVICES_MAX];
	size_t n;

	if (store_meter_han(a->db, a->asked.site_id, HAN_DEVICES_MAX, v, &n, e))
		return (int)e->code;
	for (size_t i = 0; i < n && i < HAN_DEVICES_MAX; i++)
		if (!named(a->in, v[i].eui) && gone(a, &v[i], e))
			return (int)e->code;
	return OK;
}

static int told(const struct applying *a, struct err *e)
{
	struct actor who = orchestrator(a->in->now);
	char subject[METER_SUBJECT], after[200];

	snprintf(after, sizeof after,
		 "{\"meter\":\"%s\",\"devices\":%zu,\"added\":%lld,\"changed\":%lld,\"gone\":%lld}",
		 a->asked.name, a->in->n, (long long)a->ret->added, (long long)a->ret->changed,
		 (long long)a->ret->gone);
	return audit_add(a->db, &who, "meter-inventory", meter_subject(a->asked.device_id, subject), NULL,
			 after, 0, NULL, e);
}

int meter_inventory_apply(struct db *db, const struct snapshot *s, const struct meter_inventory *in,
			  struct meter_learned *ret, struct err *e)
{
	struct applying a = { .db = db, .s = s, .in = in, .ret = ret };

	*ret = (struct meter_learned){ 0 };
	if (load(db, in->device_id, &a.asked, e))
		return (int)e->code;
	a.site_id = a.asked.site_id;
	if (!named(in, a.asked.eui)) {
		if (gone(&a, &a.asked, e))
			return (int)e->code;
	} else {
		a.hub = hub_of(in);
		for (size_t i = 0; i < in->n; i++)
			if (device_apply(&a, &in->v[i], e))
				return (int)e->code;
		if (gone_find(&a, e) || store_meter_inventory_at(db, a.site_id, in->now, e))
			return (int)e->code;
	}
	ret->walkers = true;
	if (ret->added + ret->changed + ret->gone && told(&a, e))
		return (int)e->code;
	/* Walks that waited for the inventory, or for another device, look again. */
	return store_turn_again(db, a.site_id, in->now, e) ? (int)e->code : OK;
}

/* ---- status, authority, quarantine ---- */

int meter_status_set(struct db *db, int64_t device_id, const char *status, int64_t now, struct err *e)
{
	struct store_meter m;

	if (load(db, device_id, &m, e))
		return (int)e->code;
	if (!strcmp(m.status, status))
		return OK;
	return store_meter_status(db, device_id, status, e) ||
		       tell(db, &m, "meter-status", "status", status, now, e) ||
		       store_turn_again(db, m.site_id, now, e)
		   ? (int)e->code
		   : OK;
}

int meter_authority_lose(struct db *db, int64_t device_id, const char *why, int64_t now, struct err *e)
{
	struct store_meter m;

	if (load(db, device_id, &m, e))
		return (int)e->code;
	if (!strcmp(m.authority, "lost"))
		return OK;
	return store_meter_authority(db, device_id, false, why, e) ||
		       tell(db, &m, "meter-authority", "lost", why, now, e)
		   ? (int)e->code
		   : OK;
}

int meter_quarantine(struct db *db, int64_t device_id, const char *why, int64_t now, struct err *e)
{
	char text[METER_TEXT_SIZE];
	struct store_meter m;

	if (load(db, device_id, &m, e))
		return (int)e->code;
	str_copyn(text, sizeof text, why, parse_utf8_cut(why, sizeof text - 1));
	if (!strcmp(m.quarantine, text))
		return OK;
	return store_meter_quarantine(db, device_id, text, e) ||
		       meter_note(db, device_id, "quarantine", text, now, e) ||
		       tell(db, &m, "meter-quarantine", "quarantine", text, now, e)
		   ? (int)e->code
		   : OK;
}

int dcc_user_hold(struct db *db, uint64_t eui, const char *why, int64_t now, struct err *e)
{
	struct actor who = orchestrator(now);
	char subject[48], name[DUIS_EUI_SIZE], text[METER_TEXT_SIZE];
	struct store_dcc_user u;
	STR(after, 4 * KIB);
	struct jw w = jw_start(&after);
	bool got;

	if (store_dcc_user_get(db, eui, &got, &u, e))
		return (int)e->code;
	str_copyn(text, sizeof text, why, parse_utf8_cut(why, sizeof text - 1));
	if (!got || !strcmp(u.held, text))
		return OK;
	snprintf(subject, sizeof subject, "dcc-user/%s", duis_eui_text(eui, name));
	jw_obj(&w);
	jw_kstr(&w, "user", name);
	jw_kstr(&w, "held", text);
	jw_end(&w);
	return store_dcc_user_hold(db, eui, text, now, e) ||
		       audit_add(db, &who, "dcc-user-hold", subject, NULL, str_c(&after), 0, NULL, e)
		   ? (int)e->code
		   : OK;
}

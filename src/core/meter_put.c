/* SPDX-License-Identifier: Apache-2.0 */
/* One device of a HAN as a list or the inventory says it is. */
#include <stdio.h>
#include <string.h>

#include "core/meter_p.h"

#define HAN_SITE_MAX 32 /* "han:" and an EUI */

/* CHF and GPF. */
static bool is_hub(const char *class)
{
	return !strcmp(class, han_class_text[HAN_CHF]) || !strcmp(class, han_class_text[HAN_GPF]);
}

static bool take(char *to, size_t size, const char *said)
{
	if (!said || !*said || !strcmp(to, said))
		return false;
	str_copy(to, size, said);
	return true;
}

/* Puts what is said into m. *ret: something is other than before. */
static void words_take(const struct meter_word *w, struct store_meter *m, bool *ret)
{
	uint64_t hub = w->class == HAN_CHF ? w->eui : w->hub;

#define TAKE(member) *ret |= take(m->member, sizeof m->member, w->member)
	TAKE(mpxn);
	TAKE(uprn);
	TAKE(status);
	TAKE(variant);
	TAKE(han_variant);
	TAKE(smets);
	TAKE(region);
#undef TAKE
	*ret |= take(m->class, sizeof m->class, han_class_text[w->class]);
	if (hub && hub != m->hub_eui) {
		m->hub_eui = hub;
		*ret = true;
	}
}

static int site_for(struct db *db, int64_t org, const struct store_meter *m, struct meter_site *last,
		    int64_t now, int64_t *ret, struct err *e)
{
	char name[HAN_SITE_MAX], eui[DUIS_EUI_SIZE];

	if (last && m->hub_eui && last->hub == m->hub_eui) {
		*ret = last->site_id;
		return OK;
	}
	if (m->hub_eui)
		snprintf(name, sizeof name, "han:%s", duis_eui_text(m->hub_eui, eui));
	else
		str_copy(name, sizeof name, m->name);
	if (store_site_put(db, org, name, now, ret, e))
		return (int)e->code;
	if (last)
		*last = (struct meter_site){ m->hub_eui, *ret };
	return OK;
}

static void device_keep(const struct store_meter *m, struct store_device *d)
{
	d->manufacturer = *m->manufacturer ? m->manufacturer : NULL;
	d->model = *m->model ? m->model : NULL;
	d->hardware = *m->hardware ? m->hardware : NULL;
	d->version = *m->version ? m->version : NULL;
	d->told_by = m->told_by;
}

/* Is the model that is said the one that is known? */
static bool same_model(const struct store_meter *m, const struct store_device *d)
{
	return d->model && !strcmp(d->manufacturer, m->manufacturer) && !strcmp(d->model, m->model) &&
	       !strcmp(d->hardware, m->hardware);
}

/* What its device shall be. The version that a meter said itself stands above everybody's word, as long as
 * it is the same model; hubs are not asked for it by us. */
static void identity_take(const struct snapshot *s, const struct meter_word *w, const struct store_meter *m,
			  struct store_device *d, bool *ret_differs)
{
	uint32_t hint = w->hint;

	d->scheme = "cpl";
	*ret_differs = false;
	if (!d->version) {
		device_keep(m, d);
	} else if (!strcmp(m->told_by, "device") && same_model(m, d)) {
		*ret_differs = strcmp(d->version, m->version) != 0;
		device_keep(m, d);
	}
	if (hint == NODE_NONE && m->hint_entry_id) {
		d->hint_entry_id = m->hint_entry_id;
		hint = graph_find_id(s->graph, m->hint_entry_id);
	}
	fleet_wanted_resolve(s, d, hint);
}

static bool same_device(const struct store_meter *m, const struct store_device *d)
{
	return !strcmp(m->version, d->version ? d->version : "") && (!d->version || same_model(m, d)) &&
	       m->entry_id == d->entry_id && m->hint_entry_id == d->hint_entry_id &&
	       !strcmp(m->entry_why, d->entry_why) && !strcmp(m->told_by, d->told_by);
}

static int device_write(struct db *db, const struct store_meter *m, struct store_device *d, struct err *e)
{
	d->id = m->device_id;
	d->name = m->name;
	d->adapter = "dcc";
	d->scheme = "cpl";
	return store_device_edit(db, d, m->site_id, e);
}

/* CHF and GPF are one unit: the other one of the same HAN runs the same. */
static int twin_follow(struct db *db, const struct snapshot *s, const struct store_meter *hub, struct err *e)
{
	struct store_meter v[HAN_DEVICES_MAX];
	size_t n;

	if (store_meter_han(db, hub->site_id, HAN_DEVICES_MAX, v, &n, e))
		return (int)e->code;
	for (size_t i = 0; i < n && i < HAN_DEVICES_MAX; i++) {
		const struct store_meter *from = hub, *to = &v[i];
		struct store_device d = { .scheme = "cpl", .told_by = "inventory" };
		uint32_t hint;

		if (v[i].device_id == hub->device_id || !is_hub(v[i].class))
			continue;
		if (!*hub->version) {
			from = &v[i]; /* nothing was said of this one */
			to = hub;
		}
		if (!*from->version)
			continue;
		d.manufacturer = from->manufacturer;
		d.model = from->model;
		d.hardware = from->hardware;
		d.version = from->version;
		d.hint_entry_id = from->hint_entry_id;
		hint = d.hint_entry_id ? graph_find_id(s->graph, d.hint_entry_id) : NODE_NONE;
		fleet_wanted_resolve(s, &d, hint);
		if (!same_device(to, &d) && device_write(db, to, &d, e))
			return (int)e->code;
	}
	return OK;
}

/* It was a meter before, and a campaign walked it: its device is there. */
static int put_again(struct db *db, int64_t org, struct store_meter *m, struct store_device *d, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_device old;
	bool got;

	if (store_device_get(db, sees_owner(org), m->name, &r, &old, &got, e))
		return (int)e->code;
	if (!got || strcmp(old.adapter, "dcc") != 0)
		return err_set(e, ERR_CONFLICT, "there is a device '%s' that is no meter", m->name);
	m->device_id = old.id;
	return device_write(db, m, d, e);
}

static int put_new(struct db *db, int64_t org, struct store_meter *m, struct store_device *d,
		   struct meter_site *last, int64_t now, struct err *e)
{
	d->name = m->name;
	d->org_id = org;
	d->added_at = now;
	if (site_for(db, org, m, last, now, &m->site_id, e) ||
	    store_meter_device_add(db, d, m->site_id, &m->device_id, e) ||
	    (!m->device_id && put_again(db, org, m, d, e)))
		return (int)e->code;
	return store_meter_add(db, m, e);
}

static int put_changed(struct db *db, int64_t org, struct store_meter *m, const struct store_meter *was,
		       struct store_device *d, bool words, bool strict, int64_t now, bool *ret_stays,
		       struct err *e)
{
	int64_t site = was->site_id;

	if (m->hub_eui != was->hub_eui && site_for(db, org, m, NULL, now, &site, e))
		return (int)e->code;
	if (site != was->site_id) {
		m->site_id = site;
		if (store_meter_move(db, m->device_id, site, e)) {
			if (e->code != ERR_CONFLICT || strict)
				return err_wrap(e, "meter %s cannot be put into another HAN", m->name);
			*ret_stays = true;
			m->site_id = was->site_id;
			m->hub_eui = was->hub_eui;
		}
	}
	if (words && store_meter_edit(db, m, e))
		return (int)e->code;
	return same_device(was, d) ? OK : device_write(db, m, d, e);
}

int meter_put(struct db *db, const struct snapshot *s, int64_t org, const struct meter_word *word,
	      bool strict, struct meter_site *last, int64_t now, struct meter_put_ret *ret, struct err *e)
{
	struct store_meter was[2], m = { .told_by = "nobody", .version_at = -1, .inventory_at = -1 };
	struct store_device *d = &word->w->d;
	bool words = false;
	size_t n;

	*ret = (struct meter_put_ret){ .what = METER_SAME };
	if (store_meter_own(db, sees_owner(org), word->eui, was, &n, e))
		return (int)e->code;
	if (n)
		m = was[0];
	m.eui = word->eui;
	duis_eui_text(word->eui, m.name);
	words_take(word, &m, &words);
	identity_take(s, word, &m, d, &ret->version_differs);
	if (!n) {
		ret->what = METER_ADDED;
		if (put_new(db, org, &m, d, last, now, e))
			return (int)e->code;
	} else if (words || !same_device(&was[0], d)) {
		ret->what = METER_CHANGED;
		ret->other_type = strcmp(was[0].class, m.class) != 0;
		if (put_changed(db, org, &m, &was[0], d, words, strict, now, &ret->stays, e))
			return (int)e->code;
	}
	ret->runs_other = d->entry_id != m.entry_id;
	ret->device_id = m.device_id;
	ret->site_id = m.site_id;
	if (ret->what == METER_SAME || !is_hub(m.class))
		return OK;
	str_copy(m.manufacturer, sizeof m.manufacturer, d->manufacturer ? d->manufacturer : "");
	str_copy(m.model, sizeof m.model, d->model ? d->model : "");
	str_copy(m.hardware, sizeof m.hardware, d->hardware ? d->hardware : "");
	str_copy(m.version, sizeof m.version, d->version ? d->version : "");
	m.hint_entry_id = d->hint_entry_id;
	m.entry_id = d->entry_id;
	str_copy(m.entry_why, sizeof m.entry_why, d->entry_why);
	return twin_follow(db, s, &m, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What a HAN allows: rows and snapshot as model/han.h wants them. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "core/meter_p.h"
#include "store/store_turn.h"

#define NEED_IDS_MAX 32

/* Rules with their texts; nothing is borrowed from rows. */
struct needs {
	size_t n;
	struct need_text {
		char name[65], source[257], gbcs[33];
		int64_t ids[NEED_IDS_MAX];
	} * text;
	struct han_need *v;
};

static void needs_done(struct needs *k)
{
	free(k->text);
	free(k->v);
}
DEFINE_OWN_VAL(struct needs, needs_done)

/* "000123,000124": those that are in the catalogue. */
static size_t ids_read(const struct snapshot *s, const char *text, int64_t *ret)
{
	size_t n = 0;

	while (*text && n < NEED_IDS_MAX) {
		size_t len = strcspn(text, ",");
		char id[PUBLIC_ID_SIZE];
		uint32_t node;

		node =
		    str_copyn(id, sizeof id, text, len) ? graph_find_entry(s->graph, "cpl", id) : NODE_NONE;
		if (node != NODE_NONE)
			ret[n++] = graph_node(s->graph, node)->entry_id;
		text += len + (text[len] == ',');
	}
	return n;
}

static void need_read(const struct snapshot *s, const struct store_han_rule *h, struct need_text *t,
		      struct han_need *ret)
{
	enum han_class c = han_class_named(h->applies_class);

	str_copy(t->name, sizeof t->name, h->name);
	str_copy(t->source, sizeof t->source, h->source);
	str_copy(t->gbcs, sizeof t->gbcs, h->needs_gbcs);
	*ret = (struct han_need){ .name = t->name,
				  .source = t->source,
				  .applies_class = c == HAN_CLASSES ? -1 : (int)c,
				  .applies_id = h->applies_id,
				  .needs_class = han_class_named(h->needs_class),
				  .needs_gbcs = t->gbcs,
				  .needs_ids = t->ids };
	ret->nids = ids_read(s, h->needs_ids, t->ids);
}

/* Does the rule say anything about the device and the entry (0 = any)? */
static bool rule_is_for(const struct store_han_rule *h, const char *class, int64_t to_id)
{
	return (!*h->applies_class || !strcmp(h->applies_class, class)) &&
	       (!h->applies_id || h->applies_id == to_id);
}

/* More rules for one device than HAN_NEEDS_MAX: ERR_TOO_LARGE, so that none is left out. */
static int needs_load(struct db *db, const struct snapshot *s, const char *class, int64_t to_id,
		      struct needs *k, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_han_rule h;
	bool got;

	if (store_han_rules(db, "", INT64_MAX, &r, e))
		return (int)e->code;
	for (;;) {
		if (store_han_rule_next(r, &h, &got, e))
			return (int)e->code;
		if (!got)
			return OK;
		if (!rule_is_for(&h, class, to_id))
			continue;
		if (k->n == HAN_NEEDS_MAX)
			return err_set(e, ERR_TOO_LARGE, "more than %d rules are for one %s", HAN_NEEDS_MAX,
				       class);
		if (!k->n) {
			k->text = mem_array(HAN_NEEDS_MAX, sizeof *k->text);
			k->v = mem_array(HAN_NEEDS_MAX, sizeof *k->v);
		}
		need_read(s, &h, &k->text[k->n], &k->v[k->n]);
		k->n++;
	}
}

static void device_read(const struct snapshot *s, const struct store_meter *m, struct han_device *ret)
{
	const struct graph_node *runs = meter_runs(s, m->entry_id);

	*ret = (struct han_device){ .class = han_class_named(m->class),
				    .entry_id = runs ? m->entry_id : 0,
				    .entry = runs ? runs->name : "",
				    .gbcs = runs && runs->gbcs ? runs->gbcs : "",
				    .status = m->status,
				    .smets1 = meter_smets1(m, runs) };
}

/* The HAN of m, m itself always among it: a site that holds more than a HAN may have is cut. */
static int han_load(struct db *db, const struct snapshot *s, const struct store_meter *m,
		    struct store_meter *v, struct han_device *ret, size_t *ret_n, size_t *ret_which,
		    struct err *e)
{
	size_t n, which;

	if (store_meter_han(db, m->site_id, HAN_DEVICES_MAX, v, &n, e))
		return (int)e->code;
	n = n < HAN_DEVICES_MAX ? n : HAN_DEVICES_MAX;
	for (which = 0; which < n && v[which].device_id != m->device_id; which++)
		;
	if (which == n) {
		which = n < HAN_DEVICES_MAX ? n++ : HAN_DEVICES_MAX - 1;
		v[which] = *m;
	}
	for (size_t i = 0; i < n; i++)
		device_read(s, &v[i], &ret[i]);
	*ret_n = n;
	*ret_which = which;
	return OK;
}

static int others_active(struct db *db, const struct store_meter *m, const struct meter_gate_ctx *ctx,
			 bool *ret, struct err *e)
{
	int64_t id = 0;

	*ret = false;
	if (ctx->alone)
		return OK;
	if (store_turn_active(db, m->site_id, ctx->cycle_id, &id, e))
		return (int)e->code;
	*ret = id != 0;
	return OK;
}

int meter_gate(struct db *db, const struct snapshot *s, int64_t device_id, int64_t to_id, int64_t now,
	       const struct meter_gate_ctx *ctx, struct han_answer *ret, struct err *e)
{
	OWN(needs_done) struct needs needs = { 0 };
	struct store_meter m, v[HAN_DEVICES_MAX];
	struct han_device device[HAN_DEVICES_MAX];
	struct store_dcc_user user;
	struct han_ask ask = { .device = device, .to_id = to_id, .now = now };
	bool got, has_user;

	if (store_meter_get(db, device_id, &got, &m, e))
		return (int)e->code;
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "the device is no meter");
	if (needs_load(db, s, m.class, to_id, &needs, e) ||
	    /* Without a rule for it the others of its HAN do not matter. */
	    (needs.n && han_load(db, s, &m, v, device, &ask.ndevices, &ask.which, e)) ||
	    store_dcc_user_of_org(db, m.org_id, &has_user, &user, e) ||
	    others_active(db, &m, ctx, &ask.other_active, e))
		return (int)e->code;
	if (!needs.n) {
		device_read(s, &m, &device[0]);
		ask.ndevices = 1;
	}
	ask.need = needs.v;
	ask.nneeds = needs.n;
	ask.authority_lost = strcmp(m.authority, "held") != 0;
	ask.quarantine = m.quarantine;
	ask.has_user = has_user;
	ask.user_held = has_user ? user.held : "";
	ask.fresh =
	    ctx->inventory_age < 0 || (m.inventory_at >= 0 && now - m.inventory_at <= ctx->inventory_age);
	ask.windows = ctx->windows;
	ask.tz = ctx->tz;
	ask.zone = ctx->zone;
	han_judge(&ask, ret);
	return OK;
}

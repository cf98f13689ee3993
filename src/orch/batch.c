/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "core/fleet.h"
#include "orch/runner_priv.h"
#include "store/store_fleet.h"

/* The newest catalogue, proven newest inside this transaction: nobody else can write until it ends. */
static int snapshot_newest(struct batch *b, struct err *e)
{
	struct runner *r = b->r;
	int64_t rev;

	if (ledger_head(r->db, &rev, e))
		return (int)e->code;
	b->snap = catalog_current(r->view);
	if (b->snap->revision == rev)
		return OK;
	if (catalog_refresh_now(r->init.catalog, e))
		return (int)e->code;
	b->snap = catalog_current(r->view);
	if (b->snap->revision == rev)
		return OK;
	return err_set(e, ERR_BUSY, "the catalogue is at revision %" PRId64 ", revision %" PRId64 " was read",
		       rev, b->snap->revision);
}

int batch_open(struct batch *b, struct runner *r, struct err *e)
{
	memset(b, 0, sizeof *b);
	b->r = r;
	b->now = clock_wall(r->init.clock);
	if (tx_begin(&b->tx, r->db, true, e) || snapshot_newest(b, e))
		return (int)e->code;
	return r->revision == b->snap->revision ? OK : batch_reidentify(b, e);
}

void batch_done(struct batch *b)
{
	tx_drop(&b->tx);
	for (size_t i = 0; i < b->lives.n; i++) {
		str_done(&b->lives.v[i].ended);
		free(b->lives.v[i].set);
		vec_done(&b->lives.v[i].waves);
	}
	vec_done(&b->lives);
	vec_done(&b->sweeps);
	vec_done(&b->areas);
	vec_done(&b->effects);
}

int batch_campaign(struct batch *b, int64_t id, struct live **ret, struct err *e)
{
	struct live l = { .dirty = false };
	bool got;

	for (size_t i = 0; i < b->lives.n; i++)
		if (b->lives.v[i].k.id == id) {
			*ret = &b->lives.v[i];
			return OK;
		}
	if (store_campaign_get(b->r->db, id, &got, &l.k, NULL, e))
		return (int)e->code;
	if (!got)
		return err_set(e, ERR_STORE, "campaign %" PRId64 " is not there", id);
	if (plan_set_of(b->r->db, &l.k, &l.set, e))
		return (int)e->code;
	l.was = l.k.state;
	str_init(&l.ended, ENDED_TEXT_MAX);
	vec_push(&b->lives, l);
	*ret = &b->lives.v[b->lives.n - 1];
	return OK;
}

void live_move(struct live *l, int64_t wave, enum cycle_phase from, enum cycle_phase to)
{
	struct wave_moves fresh = { .wave = wave };
	size_t i = 0;

	l->k.n[from]--;
	l->k.n[to]++;
	l->dirty = true;
	if (!wave)
		return;
	while (i < l->waves.n && l->waves.v[i].wave != wave)
		i++;
	if (i == l->waves.n)
		vec_push(&l->waves, fresh);
	l->waves.v[i].by[from]--;
	l->waves.v[i].by[to]++;
}

void batch_effect(struct batch *b, const struct walk *w, bool ask)
{
	const struct adapter *a = adapter_find(w->adapter);
	struct effect f = { .cycle_id = w->cycle_id,
			    .seq = w->seq,
			    .device_id = w->device_id,
			    .to_id = w->to_id,
			    .command = w->command,
			    .ask = ask };

	/* A device that calls us finds its command in the cycle's row; a door that can be rung is. */
	if (!a || (a->can & ADAPTER_DEVICE_CALLS_US && !a->ask))
		return;
	str_copy(f.device, sizeof f.device, w->device);
	str_copy(f.adapter, sizeof f.adapter, w->adapter);
	str_copy(f.address, sizeof f.address, w->address);
	vec_push(&b->effects, f);
}

/* Ends a campaign that has nothing left to do, or puts it before somebody. */
static void campaign_settle(struct live *l, int64_t now)
{
	struct store_campaign *k = &l->k;

	if (k->n[PHASE_QUEUED] || k->n[PHASE_ACTIVE] || k->ended_at >= 0 || k->state == CAMPAIGN_DRAFT)
		return;
	if (k->state == CAMPAIGN_STOPPED || !k->n[PHASE_HELD]) {
		k->state = k->state == CAMPAIGN_STOPPED ? CAMPAIGN_STOPPED : CAMPAIGN_DONE;
		k->ended_at = now;
	} else if (k->state == CAMPAIGN_RUNNING) {
		k->state = CAMPAIGN_HALTED;
		snprintf(k->reason, sizeof k->reason,
			 "only held walks are left (%" PRId64 "): look at their reasons, then resume or stop",
			 k->n[PHASE_HELD]);
	} else {
		return;
	}
	l->dirty = true;
}

static int campaign_write(struct batch *b, struct live *l, struct err *e)
{
	struct actor who = { "orchestrator", "", b->now };
	STR(after, ENDED_TEXT_MAX + 1024);
	char subject[40];

	for (size_t i = 0; i < l->waves.n; i++)
		if (store_wave_moved(b->r->db, l->k.id, l->waves.v[i].wave, l->waves.v[i].by, e))
			return (int)e->code;
	if (l->worse && wave_budget(b, l, e))
		return (int)e->code;
	campaign_settle(l, b->now);
	if (!l->dirty)
		return OK;
	l->k.changed_at = b->now;
	if (store_campaign_put(b->r->db, &l->k, e))
		return (int)e->code;
	if (!l->ended.len && l->k.state == l->was)
		return OK;
	snprintf(subject, sizeof subject, "campaign/%" PRId64, l->k.id);
	str_addf(&after, "{\"state\":\"%s\",\"ended\":[", campaign_state_text[l->k.state]);
	str_addn(&after, str_c(&l->ended), l->ended.len);
	str_add(&after, l->cut ? "],\"cut\":true}" : "]}");
	return audit_add(b->r->db, &who, "campaign-progress", subject, NULL, str_c(&after), 0, NULL, e);
}

int batch_keep(struct batch *b, struct err *e)
{
	for (size_t i = 0; i < b->lives.n; i++)
		if (campaign_write(b, &b->lives.v[i], e))
			return (int)e->code;
	if (tx_keep(&b->tx, e))
		return (int)e->code;
	b->r->revision = b->snap->revision; /* identities were resolved at it, and that is kept now */
	return OK;
}

/* A changed catalogue may know entries that it did not know, or make twins of what was clear. */
struct changed {
	struct store_identity id;
	char text[6][72];
	int64_t entry_id;
	const char *why;
};

static void keep_identity(struct changed *c, const struct store_identity *id)
{
	const char *from[6] = {
		id->scheme, id->manufacturer, id->model, id->hardware, id->version, id->hash
	};
	const char **to[6] = { &c->id.scheme,   &c->id.manufacturer, &c->id.model,
			       &c->id.hardware, &c->id.version,      &c->id.hash };

	c->id = *id;
	for (int i = 0; i < 6; i++) {
		if (from[i])
			str_copy(c->text[i], sizeof c->text[i], from[i]);
		*to[i] = from[i] ? c->text[i] : NULL;
	}
}

static bool resolve(const struct snapshot *s, const struct store_identity *id, int64_t *ret_entry,
		    const char **ret_why)
{
	struct identity is = { id->scheme, id->manufacturer, id->model, id->hardware, id->version, id->hash };
	int64_t hints[] = { id->hint_entry_id, id->entry_id };
	uint32_t node = NODE_NONE;

	for (size_t i = 0; i < 2 && node == NODE_NONE; i++)
		node =
		    fleet_identify(s, &is, hints[i] ? graph_find_id(s->graph, hints[i]) : NODE_NONE, ret_why);
	*ret_entry = node == NODE_NONE ? 0 : graph_node(s->graph, node)->entry_id;
	return *ret_entry != id->entry_id || strcmp(*ret_why, id->entry_why) != 0;
}

int batch_reidentify(struct batch *b, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	VEC(struct changed *) list = { 0 };
	struct store_identity id;
	bool got = true;
	int rc = store_identity_list(b->r->db, &r, e);

	while (!rc && got) {
		struct changed c = { .entry_id = 0 }, *copy;

		rc = store_identity_next(r, &id, &got, e);
		if (rc || !got || !resolve(b->snap, &id, &c.entry_id, &c.why))
			continue;
		copy = mem_alloc(sizeof *copy);
		*copy = c;
		keep_identity(copy, &id);
		copy->entry_id = c.entry_id;
		copy->why = c.why;
		vec_push(&list, copy);
	}
	if (r)
		rows_done(MOVE(r));
	for (size_t i = 0; i < list.n; i++) {
		if (!rc)
			rc = store_identity_resolve(b->r->db, &list.v[i]->id, list.v[i]->entry_id,
						    list.v[i]->why, e);
		free(list.v[i]);
	}
	vec_done(&list);
	return rc;
}

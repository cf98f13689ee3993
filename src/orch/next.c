/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "orch/turn_meter.h"
#include "orch/turn_parts.h"

const char *entry_text(const struct snapshot *s, int64_t entry_id)
{
	uint32_t node = entry_id > 0 ? graph_find_id(s->graph, entry_id) : NODE_NONE;

	return node == NODE_NONE ? "?" : graph_node(s->graph, node)->name;
}

static void barred(struct next *n, const char *reason, const char *detail)
{
	str_copy(n->reason, sizeof n->reason, reason);
	str_copy(n->detail, sizeof n->detail, detail);
}

/* The plan for what was found, made now when the campaign has none: the version found counts, not the one
 * hoped for. */
static int plan_for(struct batch *b, const struct live *l, int64_t found, struct next *n, int64_t *ret_target,
		    struct err *e)
{
	char reason[48], detail[200];
	int64_t id, revision;

	if (store_plan_of(b->r->db, l->k.id, found, &id, ret_target, reason, detail, e))
		return (int)e->code;
	if (id && *reason && strcmp(reason, "already") != 0) {
		/* It led nowhere at the revision it was made at: the newest one decides. */
		if (store_plan_target(b->r->db, id, ret_target, &revision, e))
			return (int)e->code;
		id = revision == b->snap->revision ? id : 0;
	}
	if (!id) {
		OWN(plan_made_done) struct plan_made made;
		struct plan_ask ask = plan_ask_of(&l->k, l->set, b->now, b->r->init.image_dir);

		plan_make(b->snap, found, &ask, b->r->scratch, &made);
		if (store_plan_put(b->r->db, l->k.id, &made.row, made.hops, &id, e))
			return (int)e->code;
		str_copy(reason, sizeof reason, made.reason);
		str_copy(detail, sizeof detail, made.detail);
		*ret_target = made.row.target_id;
	}
	n->plan_id = id;
	n->arrived = !strcmp(reason, "already");
	if (*reason && !n->arrived)
		barred(n, reason, detail);
	return OK;
}

/* A hop that was tried as often as it may be is not begun again. */
static bool used_up(const struct batch *b, const struct walk *w, int64_t to_id)
{
	const struct runner_settings *set = &b->r->init.set;

	return w->from_id == w->entry_id && w->to_id == to_id && w->hop > w->hops_done &&
	       (w->tries >= set->trigger_tries || w->refusals >= set->request_tries);
}

/* The next hop of the walk's own plan. */
static int hop_find(struct batch *b, const struct live *l, const struct walk *w, struct next *ret,
		    struct err *e)
{
	struct plan_ask ask = plan_ask_of(&l->k, l->set, b->now, b->r->init.image_dir);
	struct store_hop hop;
	int64_t target = 0, revision = -1;
	const char *why;
	bool got = false;

	memset(ret, 0, sizeof *ret);
	if (!w->entry_id) {
		snprintf(ret->reason, sizeof ret->reason, "no-entry:%s", w->entry_why);
		snprintf(ret->detail, sizeof ret->detail,
			 "the device runs %.50s:%.50s%.20s:%.40s, which is not exactly one entry",
			 w->manufacturer, w->model, w->hardware, w->version);
		return OK;
	}
	ret->plan_id = w->plan_id;
	if (w->plan_id && (store_plan_target(b->r->db, w->plan_id, &target, &revision, e) ||
			   store_plan_hop(b->r->db, w->plan_id, w->entry_id, &got, &hop, &target, e)))
		return (int)e->code;
	if (w->entry_id == (l->k.target_id ? l->k.target_id : target)) {
		ret->arrived = true;
		return OK;
	}
	if (!got) {
		if (plan_for(b, l, w->entry_id, ret, &target, e))
			return (int)e->code;
		if (ret->arrived || *ret->reason)
			return OK;
		if (store_plan_hop(b->r->db, ret->plan_id, w->entry_id, &got, &hop, &target, e))
			return (int)e->code;
		if (!got)
			return err_set(e, ERR_STORE, "a plan of campaign %s has no first hop", l->k.name);
	}
	if (change_judge(b, l, w, &target, &hop, ret, e))
		return (int)e->code;
	if (ret->arrived || *ret->reason)
		return OK;
	ret->to_id = hop.entry_id;
	if (!hop_stands(b->snap, w->entry_id, hop.entry_id, target, &ask, &why)) {
		str_copy(ret->reason, sizeof ret->reason, why);
		snprintf(ret->detail, sizeof ret->detail,
			 "the hop %s to %s of the plan does not stand any more",
			 entry_text(b->snap, w->entry_id), entry_text(b->snap, hop.entry_id));
	} else {
		ret->has = true;
	}
	return OK;
}

int next_find(struct batch *b, const struct live *l, const struct walk *w, struct next *ret, struct err *e)
{
	if (hop_find(b, l, w, ret, e))
		return (int)e->code;
	if (walk_has_parts(w) && (ret->arrived || ret->has) && turn_next(b, l, w, ret, e))
		return (int)e->code;
	if (walk_in_han(w) && ret->has && meter_next(b, w, ret, e))
		return (int)e->code;
	if (ret->has && used_up(b, w, ret->to_id)) {
		ret->has = false;
		barred(ret, "no-progress", "the hop was tried as often as it may be");
	}
	return OK;
}

int next_stands(struct batch *b, const struct live *l, const struct walk *w, bool asked, struct stands *ret,
		struct err *e)
{
	struct plan_ask ask = plan_ask_of(&l->k, l->set, b->now, b->r->init.image_dir);
	int64_t target = 0, revision;

	memset(ret, 0, sizeof *ret);
	if (walk_has_parts(w))
		return turn_stands(b, l, w, ret, e);
	if (w->plan_id && store_plan_target(b->r->db, w->plan_id, &target, &revision, e))
		return (int)e->code;
	ret->yes = hop_stands(b->snap, w->from_id, w->to_id, target, &ask, &ret->why);
	/* Before the request it is the door that asks the gate. */
	return ret->yes && asked && walk_in_han(w) ? meter_stands(b, w, ret, e) : OK;
}

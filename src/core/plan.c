/* SPDX-License-Identifier: Apache-2.0 */
#include "core/plan.h"

#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "core/images.h"
#include "store/store_cycle.h"

static int64_t day_of(int64_t at)
{
	return at - at % MS_PER_DAY;
}

static enum path_prefer prefer_named(const char *text)
{
	for (int i = 0; path_prefer_text[i]; i++)
		if (!strcmp(path_prefer_text[i], text))
			return (enum path_prefer)i;
	return PREFER_HOPS;
}

struct plan_ask plan_ask_of(const struct store_campaign *c, const struct set_info *set, int64_t now,
			    const char *image_dir)
{
	return (struct plan_ask){ .target_id = c->target_id,
				  .set = set,
				  .prefer = prefer_named(c->prefer),
				  .allow_removed = c->allow_removed,
				  .allow_downgrade = c->allow_downgrade,
				  .at = now,
				  .image_dir = image_dir };
}

int plan_set_of(struct db *db, const struct store_campaign *c, struct set_info **ret, struct err *e)
{
	OWN(mem_free) char *room = NULL;

	*ret = NULL;
	if (!c->set_id)
		return OK;
	room = mem_zalloc(sizeof(struct set_info));
	if (set_load(db, NULL, c->set_id, (struct set_info *)(void *)room, e))
		return err_wrap(e, "the release set of campaign %s", c->name);
	*ret = (struct set_info *)(void *)MOVE(room);
	return OK;
}

void plan_made_done(struct plan_made *p)
{
	free(p->hops);
	p->hops = NULL;
}

static void no_path(const struct snapshot *s, const struct path *path, uint32_t from, struct plan_made *ret)
{
	static const char *const sentence[] = {
		[WHY_NOT_ASKED] = "there is no path to the target",
		[WHY_REMOVED] = "the target is Removed from the CPL",
		[WHY_CPA_EXPIRED] = "the target's CPA certificate has expired",
		[WHY_BLOCKED] = "the target is blocked",
		[WHY_UNKNOWN] = "nobody has stated how the target may be reached; check the release notes",
		[WHY_NO_EDGE] = "no stated path leads to the target",
	};
	const char *why = path_why_text[path->why], *text = sentence[path->why];

	if (path->warnings & WARN_DIFFERENT_MODEL) {
		why = "different-model";
		text = "the target is firmware for another model";
	} else if (path->warnings & WARN_FRAGMENT_NOT_LAST) {
		why = "fragment-not-last";
		text = "the target is a fragment that another one must follow";
	}
	snprintf(ret->reason, sizeof ret->reason, "no-path:%s", why);
	snprintf(ret->detail, sizeof ret->detail, "from %s: %s", graph_node(s->graph, from)->name, text);
}

/* A reason is kept short where walks are (CYCLE_REASON_SIZE): a name that does not fit stands in the detail
 * only. */
static void reason_set(struct plan_made *ret, const char *word, const struct graph_node *n)
{
	bool fits = strlen(word) + 1 + strlen(n->name) < CYCLE_REASON_SIZE;

	snprintf(ret->reason, sizeof ret->reason, "%s%s%s", word, fits ? ":" : "", fits ? n->name : "");
}

static void take_hops(const struct snapshot *s, uint32_t from, const struct path *path,
		      const struct plan_ask *ask, struct plan_made *ret)
{
	ret->hops = mem_array(path->nhops ? path->nhops : 1, sizeof *ret->hops);
	for (uint32_t i = 0; i < path->nhops; i++) {
		const struct graph_node *base = graph_node(s->graph, i ? path->nodes[i - 1] : from);
		const struct graph_node *to = graph_node(s->graph, path->nodes[i]);

		ret->hops[i] = (struct store_hop){
			.n = i + 1,
			.base_id = base->entry_id,
			.entry_id = to->entry_id,
			.together = to->fragments > 1 && to->fragment < to->fragments,
		};
		if (ret->reason[0])
			continue;
		if (to->position < base->position && !ask->allow_downgrade) {
			reason_set(ret, "downgrade", to);
			snprintf(
			    ret->detail, sizeof ret->detail,
			    "the path goes back from entry %s to entry %s, and the campaign does not allow "
			    "downgrades",
			    base->name, to->name);
		} else if (!to->hash) {
			reason_set(ret, "no-hash", to);
			snprintf(ret->detail, sizeof ret->detail,
				 "entry %s has no hash in the CPL, so its image cannot be proven", to->name);
		} else if (!image_stored(ask->image_dir, to->hash)) {
			reason_set(ret, "no-image", to);
			snprintf(ret->detail, sizeof ret->detail,
				 "the image of entry %s is not stored; add it with 'firpath image add FILE' "
				 "(an OTA file of a meter: 'firpath ota add FILE')",
				 to->name);
		}
	}
	ret->row.nhops = path->nhops;
}

/* The entry that a set names for the component of a start; 0 = none. */
static int64_t set_target(const struct snapshot *s, const struct set_info *set, uint32_t from)
{
	const struct graph_model *m = graph_model(s->graph, graph_node(s->graph, from)->model);

	if (strcmp(m->scheme, "ocpp") || strcmp(m->manufacturer, set->vendor) || strcmp(m->model, set->model))
		return 0;
	for (int i = 0; i < set->n; i++)
		if (!strcmp(set->part[i].component, m->hardware))
			return set->part[i].entry_id;
	return 0;
}

void plan_make(const struct snapshot *s, int64_t start_id, const struct plan_ask *ask,
	       struct path_scratch *scratch, struct plan_made *ret)
{
	uint32_t from = graph_find_id(s->graph, start_id);
	int64_t target = ask->set && from != NODE_NONE ? set_target(s, ask->set, from) : ask->target_id;
	uint32_t to = target ? graph_find_id(s->graph, target) : NODE_NONE;
	struct path_question q = { .from = from,
				   .to = to,
				   .at = day_of(ask->at),
				   .prefer = ask->prefer,
				   .allow_removed = ask->allow_removed };
	struct path path;

	memset(ret, 0, sizeof *ret);
	ret->row = (struct store_plan){ .start_id = start_id,
					.revision = s->revision,
					.made_at = ask->at,
					.reason = ret->reason,
					.detail = ret->detail };
	if (from != NODE_NONE && ask->set && !target) {
		snprintf(ret->reason, sizeof ret->reason, "not-in-set");
		snprintf(ret->detail, sizeof ret->detail,
			 "the release set names no release for this component");
		return;
	}
	if (from == NODE_NONE || (target && to == NODE_NONE)) {
		snprintf(ret->reason, sizeof ret->reason, "no-entry:unknown");
		snprintf(ret->detail, sizeof ret->detail, "the catalogue does not hold the %s any more",
			 from == NODE_NONE ? "start" : "target");
		return;
	}
	path_find(s->graph, &q, scratch, &path);
	if (path.to != NODE_NONE)
		ret->row.target_id = graph_node(s->graph, path.to)->entry_id;
	if (path.result == PATH_NONE)
		no_path(s, &path, from, ret);
	else if (path.result == PATH_ALREADY)
		snprintf(ret->reason, sizeof ret->reason, "already");
	else
		take_hops(s, from, &path, ask, ret);
}

static const struct graph_edge *edge_between(const struct snapshot *s, uint32_t from, uint32_t to)
{
	const struct graph_node *n = graph_node(s->graph, from);

	for (uint32_t i = 0; i < n->out_count; i++) {
		const struct graph_edge *edge = graph_edge(s->graph, n->out_first + i);

		if (edge->to == to)
			return edge;
	}
	return NULL;
}

bool hop_stands(const struct snapshot *s, int64_t from_id, int64_t to_id, int64_t target_id,
		const struct plan_ask *ask, const char **ret_why)
{
	uint32_t from = graph_find_id(s->graph, from_id), to = graph_find_id(s->graph, to_id);
	const struct graph_edge *edge = NULL;
	const struct graph_node *n;
	int64_t day = day_of(ask->at);

	*ret_why = "edge-withdrawn";
	if (from != NODE_NONE && to != NODE_NONE)
		edge = edge_between(s, from, to);
	if (!edge)
		return false;
	n = graph_node(s->graph, to);
	if (edge->block)
		*ret_why = "edge-blocked";
	else if (n->block)
		*ret_why = "entry-blocked";
	else if (n->removed && (to_id == target_id || !ask->allow_removed))
		*ret_why = "entry-removed";
	else if (!(to_id == target_id ? path_may_be_target(n, day)
				      : path_may_be_hop(n, day, ask->allow_removed)))
		*ret_why = "cpa-expired";
	else if (edge->downgrade && !ask->allow_downgrade)
		*ret_why = "downgrade";
	else if (!n->hash)
		*ret_why = "no-hash";
	else if (!image_stored(ask->image_dir, n->hash))
		*ret_why = "no-image";
	else
		return true;
	return false;
}

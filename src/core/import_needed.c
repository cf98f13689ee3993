/* SPDX-License-Identifier: Apache-2.0 */
/* Retention (MP231): which entries an import takes away although devices need them on their way. */
#include "base/mem.h"
#include "core/import_plan.h"
#include "core/needs.h"
#include "model/needed.h"
#include "store/store_catalog.h"
#include "store/store_ledger.h"

static void mark(const struct graph *g, bool *after, const struct staged *row)
{
	uint32_t node = row->entry_id ? graph_find_id(g, row->entry_id) : NODE_NONE;

	if (node != NODE_NONE)
		after[node] = row->removed;
}

static void collect(struct plan *p, const struct graph *g, const struct needs *starts, int64_t now)
{
	size_t n = graph_nodes(g);
	bool *before = mem_array(n + 1, sizeof *before), *after = mem_array(n + 1, sizeof *after);
	int64_t *devices = mem_array(n + 1, sizeof *devices);

	for (uint32_t i = 0; i < n; i++)
		before[i] = after[i] = graph_node(g, i)->removed;
	for (size_t i = 0; i < p->st->rows.n; i++)
		mark(g, after, &p->st->rows.v[i]);
	for (size_t i = 0; i < p->vanished.n; i++)
		mark(g, after, &p->vanished.v[i]);
	needed_hops(g, before, after, starts->v.v, starts->v.n, now, devices);
	for (uint32_t i = 0; i < n; i++)
		if (devices[i])
			vec_push(&p->needed,
				 ((struct plan_need){ (uint32_t)graph_node(g, i)->ord, devices[i] }));
	free(before);
	free(after);
	free(devices);
}

int plan_find_needed(struct plan *p, struct db *db, int64_t now, struct err *e)
{
	OWN(graph_free) struct graph *g = NULL;
	OWN(needs_done) struct needs starts = { 0 };
	int64_t head;

	if (!p->removed.n && !p->gone.n)
		return OK;
	if (ledger_head(db, &head, e) || store_catalog_graph(db, head, &g, e) ||
	    needs_read(&starts, g, db, e))
		return e->code;
	if (starts.v.n)
		collect(p, g, &starts, now);
	return OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "core/needs.h"

#include "store/store_review.h"

void needs_done(struct needs *n)
{
	vec_done(&n->v);
}

int needs_read(struct needs *n, const struct graph *g, struct db *db, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (store_fleet_starts(db, &r, e))
		return e->code;
	for (;;) {
		uint32_t node;

		if (rows_next(r, &got, e))
			return e->code;
		if (!got)
			return OK;
		node = graph_find_id(g, rows_num(r, 0));
		if (node != NODE_NONE)
			vec_push(&n->v, ((struct need_start){ node, rows_num(r, 1) }));
	}
}

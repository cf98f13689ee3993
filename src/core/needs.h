/* SPDX-License-Identifier: Apache-2.0 */
/* What registered devices run, as starts of ways in a graph (model/needed.h). */
#ifndef FIRPATH_CORE_NEEDS_H
#define FIRPATH_CORE_NEEDS_H

#include "base/vec.h"
#include "model/needed.h"
#include "store/db.h"

struct needs {
	VEC(struct need_start) v;
};
void needs_done(struct needs *n);
DEFINE_OWN_VAL(struct needs, needs_done)
/* Entries that are not in the graph are left out. */
int needs_read(struct needs *n, const struct graph *g, struct db *db, struct err *e) MUST_USE;

#endif

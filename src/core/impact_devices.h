/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which registered devices an edit concerns, by organisation. Whoever reads all of the audit (SECAS, SSC,
 * operator, auditor) is told of each organisation; others of their own, and of all others only one total
 * (T32). Private to impact.c and block.c.
 */
#ifndef FIRPATH_CORE_IMPACT_DEVICES_H
#define FIRPATH_CORE_IMPACT_DEVICES_H

#include "base/json.h"
#include "base/vec.h"
#include "core/access.h"
#include "store/db.h"

/* Devices of one organisation. */
struct device_hit {
	int64_t org;      /* 0 = nobody's: the operator's own */
	int64_t devices;  /* that run the start of a path that changes */
	int64_t stranded; /* of them: those with no path to the newest any more */
};

struct device_hits {
	VEC(struct device_hit) v; /* sorted by organisation, until they are written */
};
void device_hits_done(struct device_hits *h);
DEFINE_OWN_VAL(struct device_hits, device_hits_done)
/* Counts whoever runs that entry. */
int device_hits_add(struct device_hits *h, struct db *db, int64_t entry_id, bool stranded,
		    struct err *e) MUST_USE;
/* The member "devices", as impact.h says; sorts h by size. listed: how many organisations are named. */
int device_hits_json(struct device_hits *h, struct db *db, const struct principal *who, size_t listed,
		     struct jw *w, struct err *e) MUST_USE;

#endif

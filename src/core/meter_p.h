/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of core/meter share. Private to them. */
#ifndef FIRPATH_CORE_METER_P_H
#define FIRPATH_CORE_METER_P_H

#include "core/fleet_util.h"
#include "core/meter.h"

/* "meter/NUMBER": by number of its device, because the chain is for everybody to check, and an EUI is its
 * owner's. */
#define METER_SUBJECT 32
char *meter_subject(int64_t device_id, char buf[METER_SUBJECT]);
/* The meter as far as the caller sees it. ERR_NOT_FOUND; ERR_CONFLICT when several owners have it. */
int meter_load(struct db *db, struct scope scope, const char *eui, struct store_meter *ret,
	       struct err *e) MUST_USE;
/* EUI of a URL or a filter. ERR_INVALID. */
int meter_eui_read(const char *text, uint64_t *ret, struct err *e) MUST_USE;
/* Is it a device of the first generation, by what was said of it or by its entry? */
bool meter_smets1(const struct store_meter *m, const struct graph_node *runs);
/* The node of what it runs; NULL = not known. */
const struct graph_node *meter_runs(const struct snapshot *s, int64_t entry_id);

/* What a list or the inventory says of one device; "" and 0 = not said. */
struct meter_word {
	uint64_t eui, hub;
	enum han_class class;
	const char *mpxn, *uprn, *status, *variant, *han_variant, *smets, *region;
	struct fleet_wanted *w; /* identity, hint */
	uint32_t hint;          /* node; NODE_NONE = none */
};
enum meter_put { METER_ADDED, METER_CHANGED, METER_SAME };
struct meter_put_ret {
	enum meter_put what;
	int64_t device_id, site_id;
	bool version_differs; /* the device said another version itself, and that stands */
	bool runs_other;      /* another entry than before */
	bool other_type;      /* it was a device of another type */
	bool stays;           /* it should be in another HAN, but a walk of it is under way */
};
/* The HAN that was met last, so that a list does not look for its site with each device. */
struct meter_site {
	uint64_t hub; /* 0 = none yet */
	int64_t site_id;
};
/* One device inside the caller's transaction, for the organisation org (0 = nobody). strict: a walk under way
 * that bars another HAN is ERR_CONFLICT. last: of this transaction and organisation; NULL = none. */
int meter_put(struct db *db, const struct snapshot *s, int64_t org, const struct meter_word *word,
	      bool strict, struct meter_site *last, int64_t now, struct meter_put_ret *ret,
	      struct err *e) MUST_USE;

/* One sentence of the story. */
int meter_note(struct db *db, int64_t device_id, const char *what, const char *detail, int64_t now,
	       struct err *e) MUST_USE;

#endif

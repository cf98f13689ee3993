/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A vehicle in memory for one transaction: its row, its chart, its Building Blocks; what changed is written
 * at the end. Private to core (cm*.c).
 */
#ifndef FIRPATH_CORE_CM_ROW_H
#define FIRPATH_CORE_CM_ROW_H

#include "core/cm.h"
#include "store/store_cm.h"

/* Of one Building Block, beside its part of the chart. */
struct cm_more {
	struct store_bb row;
	bool heard;              /* the status in the chart is one that was told */
	struct bbum_parts parts; /* told with it */
};

struct cm_vehicle {
	struct store_vehicle row, row_was; /* row_was, was, more_was: as loaded */
	struct site site, was;
	struct cm_more more[SITE_BBS_MAX], more_was[SITE_BBS_MAX];
	bool rebuilt;            /* its Building Blocks are others now */
	char why[SITE_WHY_SIZE]; /* the last thing that was said, for the audit row */
};
static inline void cm_vehicle_free(struct cm_vehicle *v)
{
	free(v);
}
DEFINE_OWN(struct cm_vehicle, cm_vehicle_free)

/* With its Building Blocks. ERR_NOT_FOUND. */
int cm_vehicle_load(struct db *db, int64_t site_id, struct cm_vehicle **ret, struct err *e) MUST_USE;
/* By name, for whom the caller sees. */
int cm_vehicle_named(struct db *db, struct scope scope, const char *name, struct cm_vehicle **ret,
		     struct err *e) MUST_USE;
/* Place of a device among its Building Blocks, -1 = none. */
int cm_vehicle_bb(const struct cm_vehicle *v, int64_t device_id);
/* Writes what changed, with the audit row `vehicle-state` when it is due. */
int cm_vehicle_keep(struct db *db, struct cm_vehicle *v, const struct actor *who, bool *ret_changed,
		    struct err *e) MUST_USE;

/* One step of the chart with its log lines. *ret_refused: not obeyed; out->why says why. */
int cm_step(struct db *db, struct cm_vehicle *v, const struct site_settings *set, const struct site_in *in,
	    struct site_out *out, struct err *e) MUST_USE;
static inline void site_out_free(struct site_out *o)
{
	free(o);
}
DEFINE_OWN(struct site_out, site_out_free)

/* Makes vc (vc.id) the active one: its Building Blocks, their devices, SITE_IN_ACTIVATED; audit row
 * `vc-activate`. previous: what a rollback goes back to, 0 = nothing. ERR_CM_REJECTED: it does not fit. */
int cm_activate(struct db *db, struct cm_vehicle *v, const struct site_settings *set, int64_t vc,
		int64_t previous, const struct actor *who, struct err *e) MUST_USE;
/* What a rollback goes back to once another one is active: the newest one that everybody runs (vc.id). */
int64_t cm_previous_of(const struct cm_vehicle *v);
/* The previous one becomes active and the chart rolls back to it. out->refused as cm_step. */
int cm_roll_back(struct db *db, struct cm_vehicle *v, const struct site_settings *set,
		 const struct actor *who, struct site_out *out, struct err *e) MUST_USE;

void cm_prompt_write(const struct site *s, struct jw *w);

#endif

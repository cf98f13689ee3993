/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the doors of charging stations and of meters tell the runner alike: a status as an update manager
 * would give it, made from the walk's row (ADR 0009 no. 5, ADR 0010 no. 4). Private to the doors.
 */
#ifndef FIRPATH_ORCH_DOOR_STATUS_H
#define FIRPATH_ORCH_DOOR_STATUS_H

#include "core/catalog.h"
#include "store/store_cycle.h"

/* At rest; what it runs as its row says, and the hop of the walk as the Manifest that it holds. */
struct bbum_status door_status(const struct snapshot *snap, const struct walk *w);
/* It restarted itself, or its version says that none is needed. */
void door_status_restarted(const struct walk *w, struct bbum_status *s);

#endif

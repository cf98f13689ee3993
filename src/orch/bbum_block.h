/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Building Blocks of vehicles at the door of orch/bbum_door.h: their command is in the row of the Building
 * Block, their Manifest and Package are those of the active Vehicle Configuration. A poll costs two reads by
 * index, and nothing is written when it says nothing new. Private to orch.
 */
#ifndef FIRPATH_ORCH_BBUM_BLOCK_H
#define FIRPATH_ORCH_BBUM_BLOCK_H

#include "orch/bbum_door.h"
#include "store/store_cycle.h"
#include "wire/bbum_message.h"

/* ERR_CM_STOPPED (E8); ERR_CONFLICT: it is another Building Block than the Manifest states. */
int block_poll(const struct bbum_door *d, const struct walk *w, const struct bbum_poll_msg *in,
	       struct str *out, struct err *e) MUST_USE;
int block_manifest(const struct bbum_door *d, int64_t device_id, struct str *out, struct err *e) MUST_USE;
/* The device of that name at this door. As bbum_poll(). */
int bbum_device(const struct bbum_door *d, const char *device, int64_t *ret_id, struct err *e) MUST_USE;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the HTTP door calls for Building Block Update Managers (doc/bbum-protocol.md, D11, Z28): polls carry a
 * status in and at most one pending command out. The command is read from the cycle's row, so any node can
 * answer any poll; a status that says something new goes to the runner's mailbox, an unchanged one costs no
 * write. Works with a read-only connection.
 */
#ifndef FIRPATH_ORCH_BBUM_DOOR_H
#define FIRPATH_ORCH_BBUM_DOOR_H

#include "base/str.h"
#include "orch/runner.h"
#include "store/db.h"

#define BBUM_BODY_MAX ((size_t)8 << 10)
#define BBUM_MEDIA "application/json"

struct bbum_door {
	struct db *db;               /* borrowed: the worker's reading connection */
	const struct snapshot *snap; /* borrowed: the newest */
	struct runner *runner;       /* borrowed; NULL: reports are dropped (read-only node) */
	const char *image_dir;       /* borrowed */
};

/* POST /bbum/v1/poll. Appends the answer (JSON). ERR_NO_DEVICE: no such device; ERR_CONFLICT: it is no
 * bbum device; ERR_JSON, ERR_JSON_FIELD. */
int bbum_poll(const struct bbum_door *d, const char *body, size_t len, struct str *out,
	      struct err *e) MUST_USE;
/* GET /bbum/v1/manifest?device=NAME: the active Manifest of that device. ERR_NOT_FOUND also when it has none.
 */
int bbum_manifest(const struct bbum_door *d, const char *device, struct str *out, struct err *e) MUST_USE;
/* GET /bbum/v1/images/{sha256}: core/images.h image_path(); the door serves the file with ranges. */

#endif

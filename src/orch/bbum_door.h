/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the HTTP door calls for Building Block Update Managers (doc/bbum-protocol.md, D11, Z28): polls carry a
 * status in and at most one pending command out. The command is read from the cycle's row, so any node can
 * answer any poll; a status that says something new goes to the runner's mailbox, an unchanged one costs no
 * write. Works with a read-only connection.
 */
#ifndef FIRPATH_ORCH_BBUM_DOOR_H
#define FIRPATH_ORCH_BBUM_DOOR_H

#include "base/conf.h"
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
	const char *peer;            /* borrowed; address of the asker, NULL = not to be judged (J50) */
	int64_t poll_ms;             /* wish to Building Blocks of which something is awaited */
};

/* Rows for the program's table of configuration keys. */
/* clang-format off */
#define BBUM_CONF_KEYS \
	{ "bbum_check_address", CONF_BOOL, "yes", 0, 0, "Building Blocks fetch their files only from addresses among their Network IDs (and the loopback)." }, \
	{ "bbum_poll_active", CONF_DURATION, "1s", 100, 3600000, "How soon Building Blocks of which something is awaited shall poll again." }
/* clang-format on */

/* POST /bbum/v1/poll. Appends the answer (JSON). ERR_NO_DEVICE: no such device; ERR_CONFLICT: it is no
 * bbum device; ERR_JSON, ERR_JSON_FIELD. */
int bbum_poll(const struct bbum_door *d, const char *body, size_t len, struct str *out,
	      struct err *e) MUST_USE;
/* GET /bbum/v1/manifest?device=NAME: the active Manifest of that device. ERR_NOT_FOUND also when it has none.
 */
int bbum_manifest(const struct bbum_door *d, const char *device, struct str *out, struct err *e) MUST_USE;
/* GET /bbum/v1/packages/{sha256}?device=NAME: the file of an Archive of its Package, into ret_path
 * (IMAGE_PATH_MAX); the door serves it with ranges. ERR_CM_TURN, ERR_CM_GONE, ERR_CM_STOPPED,
 * ERR_CM_ADDRESS, ERR_NOT_FOUND (core/cm.h). */
int bbum_package(const struct bbum_door *d, const char *device, const char *hash, char *ret_path,
		 struct err *e) MUST_USE;
/* GET /bbum/v1/images/{sha256}: core/images.h image_path(); the door serves the file with ranges. */

#endif

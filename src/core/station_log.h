/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logs that stations send after a job (GetLog, GetDiagnostics): one file per job, beside the folder of
 * images. What is in them is the station's; nothing here reads it.
 */
#ifndef FIRPATH_CORE_STATION_LOG_H
#define FIRPATH_CORE_STATION_LOG_H

#include "core/fleet.h"

#define STATION_LOG_MAX (16 * MIB)
#define STATION_LOG_PATH_MAX 1024

/* Keeps it in place of the one before. ERR_NOT_FOUND: that station has no such job. Audit row 'station-log'.
 */
int station_log_put(struct db *db, const char *image_dir, int64_t job, const char *identity,
		    const struct actor *who, const void *p, size_t n, struct err *e) MUST_USE;
/* Its file; ERR_NOT_FOUND, also for stations of others. */
int station_log_path(struct db *db, struct scope scope, const char *image_dir, int64_t job,
		     char buf[STATION_LOG_PATH_MAX], struct err *e) MUST_USE;

#endif

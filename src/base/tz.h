/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time zones by IANA name ("Europe/London"), through ICU: libc knows one zone per process. The rules are
 * those of ICU's own data. Taken are Area/City names of ICU's list and UTC, GMT, CET, EET, MET, WET; the
 * other short names mean different zones to different people ("BST") and are refused. ICU reads an unknown
 * name as GMT without a word; here it is ERR_INVALID.
 *
 * A zone remembers the stretch of time between two changes that it was asked for last, so an offset is mostly
 * one comparison. Safe from several threads when each has its own.
 */
#ifndef FIRPATH_BASE_TZ_H
#define FIRPATH_BASE_TZ_H

#include <stdint.h>

#include "base/err.h"
#include "base/own.h"

#define TZ_NAME_MAX 64 /* bytes */

struct tz;
int tz_open(const char *name, struct tz **ret, struct err *e) MUST_USE; /* ERR_INVALID: no such zone */
void tz_free(struct tz *z);
DEFINE_OWN(struct tz, tz_free)
int64_t tz_offset(void *z, int64_t utc_ms); /* ms ahead of UTC; shape of tz_offset_fn */

#endif

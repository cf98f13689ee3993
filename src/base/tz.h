/* SPDX-License-Identifier: Apache-2.0 */
/* Time zones by IANA name, through ICU: libc knows one zone per process. Safe from several threads when each
 * has its own. */
#ifndef FIRPATH_BASE_TZ_H
#define FIRPATH_BASE_TZ_H

#include <stdint.h>

#include "base/err.h"
#include "base/own.h"

struct tz;
int tz_open(const char *name, struct tz **ret, struct err *e) MUST_USE; /* ERR_INVALID: no such zone */
void tz_free(struct tz *z);
DEFINE_OWN(struct tz, tz_free)
int64_t tz_offset(void *z, int64_t utc_ms); /* ms ahead of UTC; shape of tz_offset_fn */

#endif

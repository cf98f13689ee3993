/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counters for Prometheus (text format 0.0.4), at most METRICS_SERIES_MAX series: no label takes its values
 * from outside. Counting is a relaxed atomic addition; any thread.
 */
#ifndef FIRPATH_HTTP_METRICS_H
#define FIRPATH_HTTP_METRICS_H

#include <stdint.h>

#include "base/str.h"

#define METRICS_SERIES_MAX 300

struct app;
struct door;
struct metrics;
struct route;

int64_t metrics_now_us(void); /* monotonic; for durations only */
/* route NULL: an address that is not routed, or a refused head. m may be NULL. */
void metrics_request(struct metrics *m, const struct route *route, int status, int64_t took_us);
void metrics_hot(struct metrics *m, int status, int64_t took_us); /* a path answer that was kept */
/* One path question answered, alone or in bulk. */
void metrics_lookup(struct metrics *m, int64_t took_us);
void metrics_lookups(struct metrics *m, int64_t n); /* questions of a bulk request */
/* Everything, with gauges read now from the app and the door. */
struct catalog_view;
void metrics_text(struct metrics *m, struct door *d, struct catalog_view *view, struct str *out);

#endif

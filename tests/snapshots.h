/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots for tests of core/, from graphs as text (tests/graphs.h). */
#ifndef FIRPATH_TESTS_SNAPSHOTS_H
#define FIRPATH_TESTS_SNAPSHOTS_H

#include "core/lookup.h"
#include "graphs.h"

/* Two entries of one identity, a fragment, a Removed entry, blocks. */
static const char *const test_world __attribute__((unused)) =
    "model 1; 1 hash type Meter smets S2; 2 hash; 3; 4 removed; 5 hash;"
    "2<1 on 2023-09-01; 3<2 by inferred; 4<3; 5<4 3; block 5 from 3;"
    "model 2; 11 v 00040800 smets A gbcs 2.1 hash; 12 v 00040800 smets B gbcs 3.2 removed E 2026-03-01;"
    "13 v 00040900 say fragment 1 of 2 of 4.9; 14 v 00040A00 say fragment 2 of 2 of 4.9; 13<11; 14<13; block "
    "14";

static inline struct snapshot *snapshot_of(const char *text)
{
	struct cpl_info cpl = { .version = "2.051",
				.issued_on = test_date("2026-11-01"),
				.checked_at = test_date("2026-11-19") };

	return snapshot_new(graph_of(text), NULL, 57, test_date("2026-11-02"), &cpl);
}

#endif

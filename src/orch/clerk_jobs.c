/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clerk's jobs that are functions of core: one row each. Jobs that need a higher floor (feeds) are in a
 * table of the program's.
 */
#include "orch/clerk.h"

/* clang-format off */
const struct clerk_job clerk_jobs[] = {
	/* name, lane, run, open, close */
	{ .name = NULL },
};
/* clang-format on */

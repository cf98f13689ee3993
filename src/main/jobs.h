/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs of the clerk that need a floor above orch: feeds. Joined with clerk_jobs by the program. */
#ifndef FIRPATH_MAIN_JOBS_H
#define FIRPATH_MAIN_JOBS_H

#include "orch/clerk.h"

extern const struct clerk_job program_jobs[];

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What waits for whoever is signed in, as a table: a page, who has it, and how much waits there. Pages that
 * are new add a row to work.c; rows whose page does not exist, or is not for them, are not shown. */
#ifndef FIRPATH_WEB_WORK_H
#define FIRPATH_WEB_WORK_H

#include "web/page.h"

/* "work":{"waiting":n,"tasks":[{"href","text","hint","count" (null = nothing is counted there)}]}, what waits
 * first. */
int work_json(struct page *p, struct err *e) MUST_USE;

#endif

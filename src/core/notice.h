/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The notice that release notes still rule, and who said to have read it. MP231: it should be clearly
 * identified that the information does not replace release notes. The notice is in every answer; before an
 * export or a campaign an account says that it was read (notice=read, or the member notice_read of a
 * campaign), and that tick is stored with the revision that the person saw.
 *
 * Whoever is no account (this machine's operator before there are people, the token file) need not say it.
 */
#ifndef FIRPATH_CORE_NOTICE_H
#define FIRPATH_CORE_NOTICE_H

#include "core/access.h"
#include "store/db.h"

/* Must p have said so? ERR_NOTICE when it must and did not. */
int notice_needed(const struct principal *p, bool said, struct err *e) MUST_USE;
/* Inside the caller's write transaction: notes who read the notice before what ("campaign/7") at which
 * revision, with its audit row. Nothing for those who need not say it. */
int notice_note(struct db *db, const struct principal *p, const char *what, int64_t revision, int64_t now,
		struct err *e) MUST_USE;
/* The same as a transaction of its own; once per account, thing and revision, so that repeated exports write
 * nothing. db may write. */
int notice_tick(struct db *db, const struct principal *p, const char *what, int64_t revision, int64_t now,
		struct err *e) MUST_USE;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "core/notice.h"

#include <inttypes.h>
#include <stdio.h>

#include "store/store_ledger.h"

int notice_needed(const struct principal *p, bool said, struct err *e)
{
	if (!p->account_id || said)
		return OK;
	return err_set(e, ERR_NOTICE,
		       "path information supports, and does not replace, the manufacturer's release notes: "
		       "say first that you have read this");
}

int notice_note(struct db *db, const struct principal *p, const char *what, int64_t revision, int64_t now,
		struct err *e)
{
	struct actor who = { p->name, "", now };
	char after[64];

	if (!p->account_id)
		return OK;
	snprintf(after, sizeof after, "{\"revision\":%" PRId64 "}", revision);
	if (db_exec(db, SQL_NOTICE_ADD,
		    ARGS(VINT(now), VTEXT(p->name), VINT(p->account_id), VINT(p->org_id), VTEXT(what),
			 VINT(revision)),
		    NULL, e))
		return err_wrap(e, "noting that the notice was read");
	return audit_add(db, &who, "notice-tick", what, NULL, after, 0, NULL, e);
}

static int ticked(struct db *db, const struct principal *p, const char *what, int64_t revision, bool *ret_got,
		  struct err *e)
{
	int64_t id;

	return db_one(db, SQL_NOTICE_GET, ARGS(VINT(p->account_id), VTEXT(what), VINT(revision)), ret_got,
		      &id, e);
}

int notice_tick(struct db *db, const struct principal *p, const char *what, int64_t revision, int64_t now,
		struct err *e)
{
	bool got;
	TX(tx);

	if (!p->account_id)
		return OK;
	/* First without holding up writers: an export is repeated far more often than the catalogue changes.
	 */
	if (ticked(db, p, what, revision, &got, e) || got)
		return got ? OK : (int)e->code;
	if (tx_begin(&tx, db, true, e) || ticked(db, p, what, revision, &got, e))
		return e->code;
	if (got)
		return OK;
	if (notice_note(db, p, what, revision, now, e))
		return e->code;
	return tx_keep(&tx, e);
}

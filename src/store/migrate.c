/* SPDX-License-Identifier: Apache-2.0 */
#include "store/migrate.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "store/sql.h"
#include "store/store_ledger.h"

const struct schema_set schema_main = { "schema", schema_steps, &schema_newest };
const struct schema_set schema_restricted = { "restricted_schema", restricted_steps, &restricted_newest };

/* The version as stored; text is checked digit by digit because it decides what is done to the store. */
static int version_parse(const char *text, int *ret, struct err *e)
{
	int v = 0;

	for (const char *p = text; *p; p++) {
		if (*p < '0' || *p > '9' || v > 9999)
			return err_set(e, ERR_STORE, "its schema number '%.20s' is not a number", text);
		v = v * 10 + (*p - '0');
	}
	if (v == 0)
		return err_set(e, ERR_STORE, "its schema number is missing");
	*ret = v;
	return OK;
}

static int set_version(struct db *db, const struct schema_set *set, int *ret, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	int64_t ours, tables;
	char text[24];
	bool got;

	if (db_run(db, SQL_STORE_LOOK, NOARGS, &r, e) || rows_next(r, &got, e))
		return err_wrap(e, "looking into the store");
	ours = rows_num(r, 0);
	tables = rows_num(r, 1);
	rows_done(MOVE(r));
	if (tables == 0) {
		*ret = 0;
		return OK;
	}
	if (ours == 0)
		return err_set(
		    e, ERR_STORE,
		    "the database holds %" PRId64 " tables that are not firpath's; use an empty one", tables);
	if (meta_get(db, set->setting, text, sizeof text, &got, e))
		return err_wrap(e, "reading the schema number");
	return version_parse(got ? text : "", ret, e);
}

int schema_version(struct db *db, int *ret, struct err *e)
{
	return set_version(db, &schema_main, ret, e);
}

static int refuse_newer(const struct schema_set *set, int has, struct err *e)
{
	return err_set(e, ERR_STORE_NEWER, "the store has schema %d, this program knows schemas up to %d",
		       has, *set->newest);
}

int schema_set_upgrade(struct db *db, const struct schema_set *set, int upto, struct err *e)
{
	TX(tx);
	char number[12];
	int has;

	assert(upto >= 1 && upto <= *set->newest);
	if (set_version(db, set, &has, e))
		return e->code;
	if (has > *set->newest)
		return refuse_newer(set, has, e);
	if (has >= upto)
		return OK;
	/* Again under the write lock: another process may have been faster. */
	if (tx_begin(&tx, db, true, e) || set_version(db, set, &has, e))
		return err_wrap(e, "upgrading the store");
	if (has > *set->newest)
		return refuse_newer(set, has, e);
	for (int i = has; i < upto; i++)
		if (db->ops->script(db, set->steps[i].text[db->ops->dialect], e))
			return err_wrap(e, "upgrading the store with %s", set->steps[i].name);
	snprintf(number, sizeof number, "%d", has > upto ? has : upto);
	if (meta_put(db, set->setting, number, e) || tx_keep(&tx, e))
		return err_wrap(e, "upgrading the store");
	return OK;
}

int schema_upgrade(struct db *db, int upto, struct err *e)
{
	return schema_set_upgrade(db, &schema_main, upto, e);
}

int schema_set_check(struct db *db, const struct schema_set *set, struct err *e)
{
	int has;

	if (set_version(db, set, &has, e))
		return e->code;
	if (has > *set->newest)
		return refuse_newer(set, has, e);
	if (has == 0)
		return err_set(e, ERR_STORE,
			       "the store is empty; import into it ('firpath import cpl FILE --db STORE') or "
			       "start firpathd on it to set it up");
	if (has < *set->newest)
		return err_set(e, ERR_STORE,
			       "the store has schema %d, this program needs %d; make a backup, then start "
			       "firpathd on it or import into it ('firpath import cpl FILE --db STORE') to "
			       "upgrade it",
			       has, *set->newest);
	return OK;
}

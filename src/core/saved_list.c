/* SPDX-License-Identifier: Apache-2.0 */
#include "core/saved_list.h"

#include <inttypes.h>
#include <stdio.h>

/* Without an organisation nothing equals its number. */
static struct val org_of(const struct principal *who)
{
	return who->org_id ? VINT(who->org_id) : VNULL;
}

static int needs_account(const struct principal *who, struct err *e)
{
	return who->account_id ? OK
			       : err_set(e, ERR_DENIED, "lists are kept for people who are signed in only");
}

/* Name and number, never what the list holds. */
static int note(struct db *db, const struct principal *who, const char *action, int64_t id, const char *name,
		int64_t devices, int64_t now, struct err *e)
{
	struct actor actor = { .name = who->name, .why = "", .now = now };
	char subject[40];
	STR(after, 1 * KIB);
	struct jw w = jw_start(&after);

	snprintf(subject, sizeof subject, "list:%" PRId64, id);
	jw_obj(&w);
	jw_kstr(&w, "name", name);
	jw_kint(&w, "devices", devices);
	jw_end(&w);
	return audit_add(db, &actor, action, subject, NULL, str_c(&after), 0, NULL, e);
}

int saved_list_add(struct db *db, const struct principal *who, const struct saved_list *l, int64_t now,
		   int64_t *ret_id, struct err *e)
{
	int64_t have = 0, id = 0;
	bool got;
	TX(tx);

	if (needs_account(who, e) || tx_begin(&tx, db, true, e) ||
	    db_one(db, SQL_SAVED_LIST_COUNT, ARGS(org_of(who), VINT(who->account_id)), &got, &have, e))
		return e->code;
	if (have >= SAVED_LISTS_MAX)
		return err_set(e, ERR_INVALID, "there are %d saved lists already; remove one first",
			       SAVED_LISTS_MAX);
	if (db_one(db, SQL_SAVED_LIST_ADD,
		   ARGS(org_of(who), VINT(who->account_id), VTEXT(l->name), VTEXT(l->target),
			VINT(l->devices), VTEXT(l->text), VINT(now)),
		   &got, &id, e) ||
	    note(db, who, "list-save", id, l->name, l->devices, now, e) || tx_keep(&tx, e))
		return e->code;
	*ret_id = id;
	return OK;
}

int saved_list_get(struct db *db, const struct principal *who, int64_t id, struct str *text,
		   struct str *target, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (needs_account(who, e) ||
	    db_run(db, SQL_SAVED_LIST_GET, ARGS(VINT(id), org_of(who), VINT(who->account_id)), &r, e) ||
	    rows_next(r, &got, e))
		return e->code;
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "there is no saved list %" PRId64, id);
	str_add(target, rows_text(r, 1));
	str_add(text, rows_text(r, 3));
	return OK;
}

int saved_list_drop(struct db *db, const struct principal *who, int64_t id, int64_t now, struct err *e)
{
	char name[SAVED_NAME_MAX + 1] = "";
	int64_t devices = 0, changed;
	bool got;
	TX(tx);

	if (needs_account(who, e) || tx_begin(&tx, db, true, e))
		return e->code;
	{
		OWN(rows_done) struct rows *r = NULL;

		if (db_run(db, SQL_SAVED_LIST_GET, ARGS(VINT(id), org_of(who), VINT(who->account_id)), &r,
			   e) ||
		    rows_next(r, &got, e))
			return e->code;
		if (!got)
			return err_set(e, ERR_NOT_FOUND, "there is no saved list %" PRId64, id);
		str_copy(name, sizeof name, rows_text(r, 0));
		devices = rows_num(r, 2);
	}
	if (db_exec(db, SQL_SAVED_LIST_DROP, ARGS(VINT(id), org_of(who), VINT(who->account_id)), &changed,
		    e) ||
	    note(db, who, "list-remove", id, name, devices, now, e))
		return e->code;
	return tx_keep(&tx, e);
}

int saved_lists_json(struct db *db, const struct principal *who, struct jw *w, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got = who->account_id != 0;

	if (got && (db_run(db, SQL_SAVED_LIST_ALL, ARGS(org_of(who), VINT(who->account_id)), &r, e) ||
		    rows_next(r, &got, e)))
		return e->code;
	jw_arr(w);
	while (got) {
		jw_obj(w);
		jw_kint(w, "id", rows_num(r, 0));
		jw_kstr(w, "name", rows_text(r, 1));
		jw_kstr(w, "target", rows_text(r, 2));
		jw_kint(w, "devices", rows_num(r, 3));
		jw_ktime(w, "added_at", rows_num(r, 4));
		jw_end(w);
		if (rows_next(r, &got, e))
			return e->code;
	}
	jw_arr_end(w);
	return OK;
}

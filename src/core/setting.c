/* SPDX-License-Identifier: Apache-2.0 */
#include "core/setting.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "model/freshness.h"

const struct setting_row setting_table[SETTINGS] = {
	[SETTING_CONFIRM_EVERY] = { "confirm_every", CONFIRM_EVERY_DAYS *MS_PER_DAY },
	[SETTING_SECAS_SLA] = { "secas_sla", 5 * MS_PER_DAY },
	[SETTING_MANUFACTURER_SLA] = { "manufacturer_sla", 10 * MS_PER_DAY },
};

int settings_read(struct db *db, int64_t revision, int64_t ret[SETTINGS], struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	int64_t v[SETTINGS];
	bool got;

	for (int i = 0; i < SETTINGS; i++)
		v[i] = setting_table[i].def;
	if (db_run(db, SQL_SETTING_LIST, ARGS(VINT(revision ? revision : INT64_MAX)), &r, e))
		return e->code;
	for (;;) {
		if (rows_next(r, &got, e))
			return e->code;
		if (!got)
			break;
		for (int i = 0; i < SETTINGS; i++)
			if (!strcmp(rows_text(r, 0), setting_table[i].name))
				v[i] = rows_num(r, 1);
	}
	memcpy(ret, v, sizeof v);
	return OK;
}

static int setting_change(struct db *db, const struct setting_row *row, int64_t before, int64_t after,
			  const struct actor *who, struct err *e)
{
	char old[64], fresh[64], subject[64];
	int64_t rev;

	snprintf(old, sizeof old, "{\"ms\":%" PRId64 "}", before);
	snprintf(fresh, sizeof fresh, "{\"ms\":%" PRId64 "}", after);
	snprintf(subject, sizeof subject, "setting/%s", row->name);
	if (ledger_advance(db, who, "setting-change", &rev, e) ||
	    db_exec(db, SQL_SETTING_CLOSE, ARGS(VINT(rev), VTEXT(row->name)), NULL, e) ||
	    db_exec(db, SQL_SETTING_ADD, ARGS(VTEXT(row->name), VINT(after), VINT(rev)), NULL, e))
		return e->code;
	return audit_add(db, who, "setting-change", subject, old, fresh, rev, NULL, e);
}

int settings_write(struct db *db, const int64_t want[SETTINGS], const struct actor *who, bool *ret_changed,
		   struct err *e)
{
	int64_t now[SETTINGS];
	bool changed = false;
	TX(tx);

	if (settings_read(db, 0, now, e))
		return e->code;
	*ret_changed = false;
	if (!memcmp(now, want, sizeof now))
		return OK; /* the usual case: no writer has to wait */
	if (tx_begin(&tx, db, true, e) || settings_read(db, 0, now, e))
		return e->code;
	for (int i = 0; i < SETTINGS; i++) {
		if (now[i] == want[i])
			continue;
		if (setting_change(db, &setting_table[i], now[i], want[i], who, e))
			return err_wrap(e, "changing the setting %s", setting_table[i].name);
		changed = true;
	}
	if (changed && tx_keep(&tx, e))
		return e->code;
	*ret_changed = changed;
	return OK;
}

void settings_of_conf(const struct conf *c, int64_t ret[SETTINGS])
{
	for (int i = 0; i < SETTINGS; i++)
		ret[i] = conf_ms(c, setting_table[i].name);
	ret[SETTING_CONFIRM_EVERY] -= ret[SETTING_CONFIRM_EVERY] % MS_PER_DAY;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings that answers depend on. They live in the store, each true from one revision to another, so that a
 * past answer can be given again after a setting was changed. The service writes what its configuration says
 * when it starts; a change makes a revision and an audit row. Values are durations in ms.
 */
#ifndef FIRPATH_CORE_SETTING_H
#define FIRPATH_CORE_SETTING_H

#include <stdbool.h>

#include "base/conf.h"
#include "store/db.h"
#include "store/store_ledger.h"

enum setting {
	SETTING_CONFIRM_EVERY,    /* how often a statement must be confirmed; whole days */
	SETTING_SECAS_SLA,        /* how long SECAS may take: call-outs, proposals, held imports */
	SETTING_MANUFACTURER_SLA, /* how long a manufacturer may take to answer a call-out */
	SETTINGS
};
struct setting_row {
	const char *name; /* also the key of the configuration */
	int64_t def;      /* ms */
};
extern const struct setting_row setting_table[SETTINGS];

/* clang-format off */
#define SETTING_CONF_KEYS                                                                                    \
	{ "confirm_every", CONF_DURATION, "90d", 86400000, INT64_C(315360000000), "How often a path statement must be confirmed to be still true; whole days." }, \
	{ "secas_sla", CONF_DURATION, "5d", 3600000, INT64_C(315360000000), "How long SECAS may take for a call-out, a proposal or a held import." }, \
	{ "manufacturer_sla", CONF_DURATION, "10d", 3600000, INT64_C(315360000000), "How long a manufacturer may take to answer a call-out." }
/* clang-format on */

/* All settings at a revision (0 = newest). */
int settings_read(struct db *db, int64_t revision, int64_t ret[SETTINGS], struct err *e) MUST_USE;
/* One write transaction: what differs from want is changed, with a revision and an audit row each.
 * *ret_changed: something was. */
int settings_write(struct db *db, const int64_t want[SETTINGS], const struct actor *who, bool *ret_changed,
		   struct err *e) MUST_USE;
/* What a configuration with SETTING_CONF_KEYS says. */
void settings_of_conf(const struct conf *c, int64_t ret[SETTINGS]);

#endif

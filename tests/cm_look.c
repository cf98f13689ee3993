/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of vehicles look at, over and over. */
#include "cm_kit.h"

#include "store/store_ledger.h"

const char *cm_kit_text(const struct json *j, const char *a, const char *b)
{
	const char *s = json_text(b ? json_get(json_get(j, a), b) : json_get(j, a));

	return s ? s : "";
}

void cm_kit_chain_good(struct cm_kit *c)
{
	int64_t rows, bad;
	char head[65];
	struct err e;

	ck_ok(audit_verify(c->k.db, &rows, &bad, head, &e));
	ck_assert_int_eq(bad, 0);
}

void cm_kit_all_run(struct cm_kit *c, const char *version)
{
	OWN(json_free) struct json *j = cm_kit_status(c);

	ck_assert_str_eq(cm_kit_text(j, "state", NULL), "normal-operation");
	ck_assert(!json_get(j, "prompt"));
	for (int i = 0; i < c->nbb; i++) {
		ck_assert_str_eq(c->bb[i].runs_version, version);
		ck_assert_int_eq(c->bb[i].state, BBUM_NORMAL);
	}
}

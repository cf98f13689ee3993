/* SPDX-License-Identifier: Apache-2.0 */
/* How things stand towards the DCC. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/meter_p.h"
#include "store/store_turn.h"

#define USERS_SHOWN 256
#define NODES_SHOWN 64
#define DISTRIBUTIONS_SHOWN 20
#define DAY_MS INT64_C(86400000)

static void users_free(struct store_dcc_user *v)
{
	free(v);
}
DEFINE_OWN(struct store_dcc_user, users_free)

static void user_members(const struct store_dcc_user *u, int64_t now, struct jw *w)
{
	bool today = u->day == now / DAY_MS;
	char eui[DUIS_EUI_SIZE];

	jw_obj(w);
	jw_kstr(w, "eui", duis_eui_text(u->eui, eui));
	jw_kstr(w, "organisation", *u->org ? u->org : NULL);
	jw_kstr(w, "held", *u->held ? u->held : NULL);
	jw_ktime(w, "held_at", u->held_at);
	jw_kint(w, "requests_today", today ? u->requests : 0);
	jw_kint(w, "critical_today", today ? u->critical : 0);
	jw_end(w);
}

static int users_write(struct db *db, struct scope scope, int64_t now, struct store_dcc_user *v,
		       size_t *ret_n, struct jw *w, struct err *e)
{
	if (store_dcc_user_list(db, scope.sees, USERS_SHOWN, v, ret_n, e))
		return (int)e->code;
	jw_key(w, "users");
	jw_arr(w);
	for (size_t i = 0; i < *ret_n; i++)
		user_members(&v[i], now, w);
	jw_arr_end(w);
	return OK;
}

/* Nodes are the operator's business; who has meters reads whether anybody acts for them. */
static int nodes_write(struct db *db, struct scope scope, int64_t now, struct jw *w, struct err *e)
{
	struct store_dcc_node v[NODES_SHOWN];
	int64_t held = 0;
	size_t n;

	if (store_dcc_node_list(db, now, NODES_SHOWN, v, &n, e))
		return (int)e->code;
	jw_key(w, "nodes");
	jw_arr(w);
	for (size_t i = 0; i < n; i++) {
		held += v[i].shards;
		if (scope.sees != SEES_ALL)
			continue;
		jw_obj(w);
		jw_kstr(w, "node", v[i].node);
		jw_ktime(w, "seen_at", v[i].seen_at);
		jw_kint(w, "shards", v[i].shards);
		jw_end(w);
	}
	jw_arr_end(w);
	jw_key(w, "shards");
	jw_obj(w);
	jw_kint(w, "all", METER_SHARDS);
	jw_kint(w, "held", held);
	jw_end(w);
	return OK;
}

static int distributions_add(struct db *db, uint64_t user, struct jw *w, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_distribution d;
	char eui[DUIS_EUI_SIZE];
	bool got;

	if (store_distribution_page(db, user, 0, DISTRIBUTIONS_SHOWN, &r, e))
		return (int)e->code;
	for (;;) {
		if (store_distribution_next(r, &d, &got, e))
			return (int)e->code;
		if (!got)
			return OK;
		jw_obj(w);
		jw_kint(w, "id", d.id);
		jw_kstr(w, "user", duis_eui_text(d.user_eui, eui));
		jw_kstr(w, "entry", d.public_id);
		jw_kstr(w, "service", d.service);
		jw_kint(w, "devices", d.devices);
		jw_kstr(w, "state", d.state);
		jw_kstr(w, "code", *d.code ? d.code : NULL);
		jw_kstr(w, "detail", *d.detail ? d.detail : NULL);
		jw_ktime(w, "made_at", d.made_at);
		jw_ktime(w, "answered_at", d.answered_at);
		jw_end(w);
	}
}

int dcc_json(struct db *db, struct scope scope, int64_t now, struct str *out, struct err *e)
{
	TX(tx);
	OWN(users_free) struct store_dcc_user *users = mem_array(USERS_SHOWN, sizeof *users);
	struct jw w = jw_start(out);
	size_t n;

	if (tx_begin(&tx, db, false, e))
		return (int)e->code;
	jw_obj(&w);
	if (users_write(db, scope, now, users, &n, &w, e) || nodes_write(db, scope, now, &w, e))
		return (int)e->code;
	jw_key(&w, "distributions");
	jw_arr(&w);
	if (scope.sees == SEES_ALL && distributions_add(db, 0, &w, e))
		return (int)e->code;
	for (size_t i = 0; i < n && scope.sees != SEES_ALL; i++)
		if (distributions_add(db, users[i].eui, &w, e))
			return (int)e->code;
	jw_arr_end(&w);
	jw_end(&w);
	return OK;
}

int dcc_release(struct db *db, struct scope scope, const struct actor *who, const char *eui, struct err *e)
{
	TX(tx);
	OWN(users_free) struct store_dcc_user *v = mem_array(USERS_SHOWN, sizeof *v);
	char subject[48], name[DUIS_EUI_SIZE];
	STR(before, 4 * KIB);
	struct jw w = jw_start(&before);
	uint64_t number;
	size_t n, i;

	if (meter_eui_read(eui, &number, e) || tx_begin(&tx, db, true, e) ||
	    store_dcc_user_list(db, scope.sees, USERS_SHOWN, v, &n, e))
		return (int)e->code;
	for (i = 0; i < n && v[i].eui != number; i++)
		;
	if (i == n)
		return err_set(e, ERR_NOT_FOUND, "there is no user %.40s of the DCC", eui);
	if (!*v[i].held)
		return err_set(e, ERR_CONFLICT, "nothing of user %.40s is held", eui);
	duis_eui_text(number, name);
	snprintf(subject, sizeof subject, "dcc-user/%s", name);
	jw_obj(&w);
	jw_kstr(&w, "user", name);
	jw_kstr(&w, "held", v[i].held);
	jw_end(&w);
	if (store_dcc_user_hold(db, number, "", who->now, e) ||
	    store_turn_released(db, v[i].org_id, who->now, e) ||
	    audit_add(db, who, "dcc-user-release", subject, str_c(&before), "{\"held\":\"\"}", 0, NULL, e))
		return (int)e->code;
	return tx_keep(&tx, e);
}

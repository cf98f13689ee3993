/* SPDX-License-Identifier: Apache-2.0 */
/* Images of meters (core/ota.h). */
#include <stdio.h>
#include <string.h>

#include "core/ota.h"
#include "http/handlers.h"
#include "orch/dcc_door.h"
#include "orch/dcc_users.h"
#include "orch/runner.h"
#include "wire/duis.h"

#define SEES_NOBODY UINT64_MAX

/* Users of the DCC as the file says now: a key that was changed counts at once. */
static int users(struct req *rq, struct db *db, struct dcc_users **ret, struct err *e)
{
	return dcc_users_load(conf_text(rq->app->conf, "dcc_users"), db, rq->now, ret, e);
}

/* Signatures are told to whom they belong, and to those who see everything. */
static uint64_t sees(struct req *rq, struct db *db)
{
	OWN(dcc_users_unref) struct dcc_users *u = NULL;
	int64_t org = principal_fleet_org(&rq->who);
	const struct dcc_user *one;
	struct err e;

	if (!org)
		return 0;
	if (org < 0 || users(rq, db, &u, &e))
		return SEES_NOBODY;
	one = dcc_user_of_org(u, org);
	return one ? one->eui : SEES_NOBODY;
}

static int answer(struct req *rq, struct resp *rs, struct db *db, const struct snapshot *s,
		  const char *sha256, struct err *e)
{
	return ota_image_json(db, rq->app->image_dir, s, sha256, sees(rq, db), &rs->body, e);
}

int get_otas(struct req *rq, struct resp *rs, struct err *e)
{
	const struct snapshot *s = catalog_current(rq->view);
	char next[CURSOR_MAX];
	int64_t limit;
	struct db *db;

	if (page_limit(rq, &limit, e) || req_db(rq, &db, e) ||
	    ota_images_json(db, rq->app->image_dir, s, req_query(rq, "cursor"), limit, sees(rq, db),
			    &rs->body, e))
		return (int)e->code;
	resp_links(rs, rq, page_next(&rs->body, next, sizeof next));
	return OK;
}

int get_ota(struct req *rq, struct resp *rs, struct err *e)
{
	struct db *db;

	return req_db(rq, &db, e) ? (int)e->code
				  : answer(rq, rs, db, catalog_current(rq->view), rq->arg[0], e);
}

/* What waits for an image looks again. */
static void wake(const struct req *rq)
{
	if (rq->app->runner)
		runner_wake(rq->app->runner);
	if (rq->app->meters)
		dcc_door_wake(rq->app->meters);
}

int post_ota(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(dcc_users_unref) struct dcc_users *u = NULL;
	const struct p256_cert *certs[DCC_USERS_MAX];
	struct actor who = req_actor(rq);
	const struct snapshot *s;
	struct ota_added a;
	char where[96];
	size_t n = 0;
	struct db *db;

	if (req_newest(rq, &s, e) || req_db_write(rq, &db, e) || users(rq, db, &u, e))
		return (int)e->code;
	for (size_t i = 0; i < u->nusers; i++)
		if (u->user[i].command_cert)
			certs[n++] = u->user[i].command_cert;
	if (ota_add(db, rq->app->image_dir, s, &who, (const uint8_t *)str_c(&rq->body), rq->body.len, certs,
		    n, &a, e))
		return (int)e->code;
	wake(rq);
	snprintf(where, sizeof where, "/v1/ota/%s", a.sha256);
	resp_header(rs, "Location", where);
	rs->status = a.new_image || a.new_header || a.new_signature ? 201 : 200;
	return answer(rq, rs, db, s, a.sha256, e);
}

/* As whom the caller signs: its organisation's user; who sees everything may name any. */
static int user_named(struct req *rq, const struct dcc_users *u, const struct dcc_user **ret, struct err *e)
{
	const char *text = req_query(rq, "user");
	int64_t org = principal_fleet_org(&rq->who);
	uint64_t eui;

	if (text && !duis_eui_parse(text, &eui))
		return err_set(e, ERR_INVALID, "'%.40s' is no EUI-64", text);
	*ret = text ? dcc_user_eui(u, eui) : dcc_user_of_org(u, rq->who.org_id);
	if (*ret && org && (*ret)->org_id != org)
		*ret = NULL;
	if (!*ret)
		return text ? err_set(e, ERR_NOT_FOUND, "there is no DCC User %.40s", text)
			    : err_set(
				  e, ERR_NOT_FOUND,
				  "dcc_users names no DCC User for your organisation; name one with user=");
	if (!(*ret)->command_key || !(*ret)->command_cert)
		return err_set(e, ERR_CONFIG, "that DCC User has no command key here");
	return OK;
}

int post_ota_sign(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(dcc_users_unref) struct dcc_users *u = NULL;
	struct actor who = req_actor(rq);
	const struct dcc_user *one = NULL;
	const struct snapshot *s;
	struct db *db;
	bool fresh;

	if (req_newest(rq, &s, e) || req_db_write(rq, &db, e) || users(rq, db, &u, e) ||
	    user_named(rq, u, &one, e) ||
	    ota_sign(db, rq->app->image_dir, &who, rq->arg[0], one->command_key, one->command_cert, &fresh,
		     e))
		return (int)e->code;
	wake(rq);
	rs->status = fresh ? 201 : 200;
	return answer(rq, rs, db, s, rq->arg[0], e);
}

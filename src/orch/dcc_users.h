/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users of the DCC as the file `dcc_users` names them: who signs for whom, and whom we believe
 * (doc/adr/0010-meters.md 9, 13). A set is immutable once it is loaded; whoever uses it holds a reference, so
 * that a reload disturbs nobody. Keys are used by many threads at once (base/p256.h).
 */
#ifndef FIRPATH_ORCH_DCC_USERS_H
#define FIRPATH_ORCH_DCC_USERS_H

#include "base/p256.h"
#include "store/db.h"

#define DCC_USERS_MAX 256
#define DCC_CERTIFICATES_MAX 64 /* of the DCC */

struct dcc_user {
	uint64_t eui;
	char organisation[129]; /* name; "" = the operator's own devices, those of nobody */
	int64_t org_id; /* 0 = the operator's own; -1 = nobody's: there is no organisation of that name */
	bool import_supplier, gas_supplier;        /* IS, GS: may send 11.1, 11.3, 11.4 */
	struct p256_key *xml_key, *command_key;    /* owned */
	struct p256_cert *xml_cert, *command_cert; /* owned */
};
struct dcc_users {
	uint64_t dcc;            /* EUI-64 of the DCC: target of 11.1, 11.4, 8.2 */
	struct p256_cert **cert; /* of the DCC; owned */
	size_t ncerts;
	struct dcc_user *user; /* owned */
	size_t nusers;
	int64_t loaded_at; /* UTC ms */
	/* Sentences for the log: certificates that end soon, organisations that are not known. */
	char **warning; /* owned */
	size_t nwarnings;
};
/* One reference. path "": a set without users. Names of files are relative to the folder of path.
 * Organisations are looked up in db. ERR_CONFIG names the file and, when one of its members is wrong, the
 * JSON pointer of it. */
int dcc_users_load(const char *path, struct db *db, int64_t now, struct dcc_users **ret,
		   struct err *e) MUST_USE;
struct dcc_users *dcc_users_ref(struct dcc_users *u);
void dcc_users_unref(struct dcc_users *u); /* NULL: nothing */
DEFINE_OWN(struct dcc_users, dcc_users_unref)
const struct dcc_user *dcc_user_eui(const struct dcc_users *u, uint64_t eui);      /* NULL: none */
const struct dcc_user *dcc_user_of_org(const struct dcc_users *u, int64_t org_id); /* org 0: the operator's */
/* Are both certificates valid now? Asked before each use: they may end while the service runs, and a document
 * signed with one that ended is refused by the DCC. */
bool dcc_user_may_sign(const struct dcc_user *u, int64_t now);
struct dcc_users *dcc_users_none(void); /* a set without users */

#endif

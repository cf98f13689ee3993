/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of core/station share. Private to them. */
#ifndef FIRPATH_CORE_STATION_P_H
#define FIRPATH_CORE_STATION_P_H

#include "base/digest.h"
#include "base/mem.h"
#include "core/station.h"

#define STATION_LIST_MAX (64 * MIB) /* of one answer that lists things of stations */

/* The station as far as the caller sees it. ERR_NOT_FOUND. */
int station_load(struct db *db, struct scope scope, const char *identity, struct store_station *ret,
		 struct err *e) MUST_USE;
/* "station/NUMBER": by number, because the chain is for everybody to check, and a name is its owner's. */
#define STATION_SUBJECT 32
char *station_subject(int64_t site_id, char buf[STATION_SUBJECT]);

/* ---- station_item.c: what operators say ---- */
#define STATION_SECRET_TEXT 168
struct station_item {
	char identity[64], password[STATION_SECRET_TEXT], key[STATION_SECRET_TEXT], controller[64];
	char vendor[51], model[51], serial[51], area[STATION_TEXT_SIZE], timezone[STATION_TEXT_SIZE];
	char windows[STATION_RULE_SIZE], version_rule[STATION_RULE_SIZE], rejected_rule[16];
	int64_t profile;
	bool generated; /* password or key was made here */
	uint8_t secret[STATION_SECRET_TEXT];
	size_t secret_len; /* 0 = none given */
};
/* The identity alone, to find what stands. */
int station_item_identity(const struct json *j, char ret[STATION_IDENTITY_SIZE], struct err *e) MUST_USE;
/* Reads and checks; members that are left out are as in st (a new one: with its defaults). */
int station_item_read(const struct json *j, const struct store_station *st, struct rnd *rnd,
		      struct station_item *ret, struct err *e) MUST_USE;
/* A new salt and the hash of a password. */
void station_secret_hash(struct rnd *rnd, const void *password, size_t n, char salt[33],
			 char secret[SHA256_HEX]);

/* ---- station_chain.c ---- */
struct station_install {
	const char *station, *component;
	const char *to, *hash; /* NULL = it is there no more; the image's hash, NULL = not known */
	const char *evidence;
	int64_t at, job_id; /* 0 = none */
};
/* Appends to the chain of the component when `to` is not what the chain ends with. *ret_added: it did;
 * ret_hash: where the chain ends now ("" = there is none). */
int station_install_add(struct db *db, int64_t site_id, const struct station_install *i, bool *ret_added,
			char ret_hash[SHA256_HEX], struct err *e) MUST_USE;
/* Members of one line of a chain. */
void station_install_members(const char *station, const struct store_install *i, struct jw *w);

/* ---- station_json.c, station_wish.c: members of objects ---- */
void station_members(const struct store_station *st, struct jw *w);
void station_settings_members(const struct store_station *st, struct jw *w);
void station_job_members(const struct rows *r, const void *snapshot,
			 struct jw *w); /* columns of station_jobs */
void station_wish_members(const struct store_wish *k, struct jw *w);

#endif

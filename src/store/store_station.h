/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Charging stations in the store; sql/query/station.sql, schema 0015. What the door writes about connections,
 * jobs and messages is in store/store_ocpp.h. Writing functions run inside the caller's write transaction.
 */
#ifndef FIRPATH_STORE_STORE_STATION_H
#define FIRPATH_STORE_STORE_STATION_H

#include "store/db.h"

#define STATION_IDENTITY_SIZE 49
#define STATION_TEXT_SIZE 65  /* area, time zone */
#define STATION_RULE_SIZE 257 /* windows, version rule */

/* A station as its row stands; copies, nothing is borrowed. "" = NULL or not said, -1 = no time. */
struct store_station {
	int64_t site_id, org_id; /* org 0 = nobody's */
	char identity[STATION_IDENTITY_SIZE];
	int64_t profile;
	char salt[33], secret[65];              /* "" = no password */
	int64_t controller_id;                  /* site of its local controller, 0 = none */
	char controller[STATION_IDENTITY_SIZE]; /* read only: its identity */
	char area[STATION_TEXT_SIZE], timezone[STATION_TEXT_SIZE];
	char windows[STATION_RULE_SIZE], rejected_rule[8], version_rule[STATION_RULE_SIZE];
	char protocol[16], vendor[51], model[51], serial[51], iccid[21], imsi[23];
	char firmware[51], boot_reason[24];
	int64_t boot_at, boots;
	char transfer[129];          /* file transfer protocols, blanks between */
	int64_t signing, components; /* 1 yes, 0 no, -1 not known */
	int64_t components_at, version_at;
	char quarantine[257]; /* "" = none */
	int64_t transactions, reservations;
	char node[65]; /* "" = not connected */
	int64_t connected_at, left_at;
	char left_why[129];
	int64_t request_id, message_id;
	char cert_serial[51];
	int64_t change, added_at;
	char org[129]; /* read only: name of the organisation, "" = none */
};

/* By identity, as far as the caller sees it; by site, whoever owns it. *ret_got false when there is none. */
int store_station_get(struct db *db, int64_t sees, const char *identity, bool *ret_got,
		      struct store_station *ret, struct err *e) MUST_USE;
int store_station_of_site(struct db *db, int64_t site_id, bool *ret_got, struct store_station *ret,
			  struct err *e) MUST_USE;
/* Whose site is it? Looks at all owners: identities are unique over all of them, because an address names
 * nothing else. */
int store_station_site(struct db *db, const char *identity, bool *ret_got, int64_t *ret_site,
		       struct err *e) MUST_USE;

/* Borrowed texts, NULL = any. */
struct store_station_filter {
	const char *part; /* of the identity */
	const char *area, *model;
	int64_t connected, quarantine; /* 1 yes, 0 no, -1 any */
	int64_t sees;
};
int store_station_page(struct db *db, const struct store_station_filter *f, int64_t after, int64_t limit,
		       struct rows **ret, struct err *e) MUST_USE;
int store_station_next(struct rows *r, struct store_station *ret, bool *ret_got, struct err *e) MUST_USE;

/* What the operator says: site, identity, org, profile, salt and secret, controller, area, timezone, windows,
 * the two rules, vendor, model, serial, cert_serial, change, added_at. */
int store_station_add(struct db *db, const struct store_station *st, struct err *e) MUST_USE;
int store_station_edit(struct db *db, const struct store_station *st, struct err *e) MUST_USE;
int store_station_quarantine(struct db *db, int64_t site_id, const char *why,
			     struct err *e) MUST_USE; /* "" ends it */
/* Takes the station and everything that hangs on it, and writes its line in station_gone. */
int store_station_remove(struct db *db, const struct store_station *st, int64_t change, int64_t now,
			 struct err *e) MUST_USE;

/* Changes of registrations are numbered: the next number (kept by this call), and what came after one. */
int store_station_change(struct db *db, int64_t *ret, struct err *e) MUST_USE;
struct store_station_key {       /* what a handshake is judged by; texts are borrowed from the rows */
	int64_t change, site_id; /* site 0: the identity is gone */
	const char *identity;
	int64_t profile;
	const char *salt, *secret, *cert_serial; /* NULL = none */
};
/* In the order of `change`; ask again after the last one until none comes. Starts with after = 0. */
int store_station_keys(struct db *db, int64_t after, int64_t limit, struct rows **ret,
		       struct err *e) MUST_USE;
int store_station_key_next(struct rows *r, struct store_station_key *ret, bool *ret_got,
			   struct err *e) MUST_USE;

/* ---- wishes ---- */
struct store_wish { /* borrowed texts */
	int64_t id, site_id;
	const char *command, *args, *asked_by, *state, *answer;
	int64_t asked_at, sent_at, ended_at;
};
/* *ret_id: the new one, or the one of the same command that has not ended (*ret_new false). */
int store_wish_add(struct db *db, const struct store_wish *w, int64_t *ret_id, bool *ret_new,
		   struct err *e) MUST_USE;
/* Open ones of stations whose connection this node holds. */
int store_wish_open(struct db *db, const char *node, int64_t limit, struct rows **ret,
		    struct err *e) MUST_USE;
int store_wish_page(struct db *db, int64_t site_id, int64_t limit, struct rows **ret,
		    struct err *e) MUST_USE; /* newest first */
int store_wish_get(struct db *db, int64_t id, struct rows **ret, struct err *e) MUST_USE;
int store_wish_next(struct rows *r, struct store_wish *ret, bool *ret_got, struct err *e) MUST_USE;
/* state 'sent', 'done' or 'failed'; the last two end it. */
int store_wish_set(struct db *db, int64_t id, const char *state, const char *answer, int64_t now,
		   struct err *e) MUST_USE;

/* ---- components ---- */
struct store_component {                /* borrowed texts */
	int64_t id, site_id, device_id; /* device 0 = none */
	const char *name, *version;
	int64_t entry_id; /* 0 = none */
	const char *source, *document, *digest;
	int64_t since, until; /* -1 = stands */
	const char *device;   /* its name; read only */
};
int store_component_now(struct db *db, int64_t site_id, struct rows **ret,
			struct err *e) MUST_USE; /* by name */
/* All rows, newest first per name; name NULL = all. */
int store_component_history(struct db *db, int64_t site_id, const char *name, int64_t after, int64_t limit,
			    struct rows **ret, struct err *e) MUST_USE;
int store_component_next(struct rows *r, struct store_component *ret, bool *ret_got, struct err *e) MUST_USE;
int store_component_close(struct db *db, int64_t id, int64_t now, struct err *e) MUST_USE;
int store_component_open(struct db *db, const struct store_component *c, struct err *e) MUST_USE;

/* What a component's device is now, as the station said (told_by device). version NULL = not known. */
struct store_told {
	int64_t device_id;
	const char *manufacturer, *model, *hardware, *version, *hash; /* NULL = not known */
	int64_t entry_id;                                             /* 0 = none */
	const char *entry_why;
	int64_t now;
};
int store_station_device_told(struct db *db, const struct store_told *t, struct err *e) MUST_USE;

/* ---- audit trail of installations ---- */
struct store_install { /* borrowed texts */
	int64_t site_id, n;
	const char *component, *record, *prev_hash, *hash;
};
int store_install_last(struct db *db, int64_t site_id, const char *component, struct rows **ret,
		       struct err *e) MUST_USE;
int store_install_add(struct db *db, const struct store_install *i, struct err *e) MUST_USE;
int store_install_list(struct db *db, int64_t site_id, struct rows **ret,
		       struct err *e) MUST_USE; /* component, n */
int store_install_next(struct rows *r, struct store_install *ret, bool *ret_got, struct err *e) MUST_USE;

#endif

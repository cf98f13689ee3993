/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events: what the audit chain tells others (ADR 0007 no. 5). The chain is the outbox: an event is an audit
 *row whose action is in the table here, or that made a revision; so none can be lost or invented. The table
 *says under which CloudEvents type it goes out and who may see it. Written as CloudEvents 1.0 JSON:
 *
 *	{"specversion":"1.0","id":"<epoch>-<seq>","source":"<public_url>","type":"org.firpath.catalogue.changed",
 *	 "time":"...","subject":"revision/57","datacontenttype":"application/json",
 *	 "data":{"action":"import-cpl","subject":"cpl/2.051","revision":57,"audit":{"seq":91,"hash":"..."},
 *...}}
 *
 * The same row always gives the same id and, as long as nothing it names changes, the same body. Who did it
 *is not told: the audit chain says so to those who may read it.
 */
#ifndef FIRPATH_CORE_EVENTS_H
#define FIRPATH_CORE_EVENTS_H

#include "base/json.h"
#include "base/mem.h"
#include "core/access.h"
#include "store/db.h"

#define EVENT_PREFIX "org.firpath."
#define EVENT_TEST EVENT_PREFIX "webhook.test" /* what a test send carries */
#define EVENT_TYPE_MAX 64
#define EVENT_ID_MAX 64
#define EVENT_BODY_MAX (512 * KIB)

enum event_sight {
	SIGHT_PUBLIC, /* everybody */
	SIGHT_ORG,    /* the organisation that its subject belongs to, and the row's roles */
	SIGHT_ROLES   /* the row's roles only */
};

/* One row: an audit action as an event. */
struct event_kind {
	const char *action; /* of the audit row; NULL ends the table */
	const char *type;   /* CloudEvents type */
	enum event_sight sight;
	unsigned roles;   /* may see it whatever organisation they are of */
	bool after;       /* data carries what the audit row says the thing is now */
	const char *what; /* for people: when it happens */
};
extern const struct event_kind event_kinds[];
/* The row of an audit action; revision: the one that the audit row made, 0 = none. NULL = it is no event. */
const struct event_kind *event_kind_of(const char *action, int64_t revision);
/* Does a filter ("" = all; types or "org.firpath.proposal.*", separated by blanks) take this type? */
bool event_type_fits(const char *filter, const char *type);
/* ERR_INVALID names the word of a filter that fits no type. */
int event_filter_check(const char *filter, struct err *e) MUST_USE;

/* One audit row that is an event. Texts are borrowed from whoever read the row. */
struct event {
	int64_t seq, at, revision; /* revision 0 = none */
	const char *action, *subject, *why, *hash;
	const char *after; /* JSON or NULL */
	const struct event_kind *kind;
};
/* From a row of audit_get or audit_outbox, which lends its texts. */
struct event event_of_row(const struct rows *r);
/* May somebody of this organisation (0 = none) with these roles see it? */
int event_visible(struct db *db, const struct event *ev, unsigned roles, int64_t org_id, bool *ret,
		  struct err *e) MUST_USE;
/* "<epoch>-<seq>": stays the same for all tries and all receivers. */
int event_id(struct db *db, int64_t seq, char buf[EVENT_ID_MAX], struct err *e) MUST_USE;
/* source: `public_url`, "" = "urn:firpath". */
int event_json(struct db *db, const struct event *ev, const char *source, struct str *out,
	       struct err *e) MUST_USE;
/* The body of a test send. */
int event_test_json(struct db *db, int64_t n, int64_t now, const char *source, struct str *out,
		    struct err *e) MUST_USE;
/* {"events":[{"type","sight","roles","actions":[...],"what"}]}: the catalogue of types. */
void events_json(struct str *out);

#endif

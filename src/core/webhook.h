/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Webhooks: events of the audit chain (core/events.h) sent to addresses that people gave, as Standard
 * Webhooks (headers webhook-id, webhook-timestamp, webhook-signature) with a CloudEvents body.
 *
 *   - Deliveries are made from the chain behind a cursor, both in one transaction: none is lost, none
 * invented.
 *   - At least once: a delivery is done when its 2xx is recorded; webhook-id stays the same for all tries.
 *     The order of deliveries is not promised; the audit seq in the body is the order.
 *   - WEBHOOK_TRIES tries over `webhook_retry` with jitter, then the webhook is disabled, which is an event
 * too. 410 disables at once. Whoever answers slowly holds up nobody else.
 *   - Secrets are told once, at creation and rotation. During WEBHOOK_ROTATE_MS both of two secrets sign.
 *     Audit rows and logs never hold them, nor the path and query of an address (they are often secret too).
 *
 * A webhook belongs to the organisation of who made it; others see nothing of it (ERR_NOT_FOUND). It is given
 * what its maker may see at that time: roles taken from the maker are taken from it too.
 */
#ifndef FIRPATH_CORE_WEBHOOK_H
#define FIRPATH_CORE_WEBHOOK_H

#include "base/conf.h"
#include "base/json.h"
#include "base/rnd.h"
#include "core/access.h"
#include "store/store_ledger.h"
#include "wire/fetch.h"

/* Rows for the program's table of configuration keys. */
/* clang-format off */
#define WEBHOOK_CONF_KEYS \
	{ "webhook_retry", CONF_DURATION, "24h", 100, INT64_C(2592000000), "Over how long a failing webhook delivery is tried again; after that the webhook is disabled." }, \
	{ "webhook_timeout", CONF_DURATION, "15s", 100, 60000, "How long a webhook may take to answer." }
/* clang-format on */

#define WEBHOOK_TRIES 8
#define WEBHOOKS_MAX 20          /* of one organisation */
#define WEBHOOK_LABEL_MAX 80     /* bytes */
#define WEBHOOK_TYPES_MAX 1000   /* bytes of an event filter */
#define WEBHOOK_EXCERPT_MAX 1024 /* bytes of an answer that are kept */
#define WEBHOOK_AT_ONCE 16       /* deliveries under way in all ... */
#define WEBHOOK_AT_ONCE_EACH 2   /* ... and to one webhook */
#define WEBHOOK_ROTATE_MS (24 * INT64_C(3600000))
#define WEBHOOK_KEEP_MS (30 * INT64_C(86400000)) /* deliveries are forgotten after this */
#define WEBHOOK_REPLAY_MAX 10000                 /* audit rows that one replay may span */
#define WEBHOOK_SECRET_TEXT 64                   /* "whsec_", base64 of 32 bytes, the NUL */
#define WEBHOOK_SIGNATURE_TEXT 64                /* "v1,", base64 of 32 bytes, the NUL */

/* May have events sent somewhere. */
#define ROLES_HOOKS (ROLES_PEOPLE & ~(unsigned)ROLE_AUDITOR)

extern const char *const webhook_state_text[]; /* "active", "paused", "disabled", NULL */

/* ---- what people do; each a transaction with its audit row ---- */

struct webhook_in {
	char label[WEBHOOK_LABEL_MAX + 1]; /* "" = the host */
	char url[FETCH_URL_MAX + 1];
	char types[WEBHOOK_TYPES_MAX +
		   1];   /* event types or "org.firpath.proposal.*", blanks between; "" = all */
	bool watch_only; /* only changes that touch what its maker follows */
	char state[16];  /* "active" or "paused"; webhook_add ignores it */
};
/* Fields of the body of POST and PUT. */
extern const struct json_field webhook_fields[];

/* rules judge the address. *ret_secret is the only time that the secret is told. */
int webhook_add(struct db *db, const struct actor *who, const struct principal *p,
		const struct fetch_rules *rules, const struct webhook_in *in,
		char ret_secret[WEBHOOK_SECRET_TEXT], int64_t *ret_id, struct err *e) MUST_USE;
/* The number in an address, if p may see that webhook; to change it p must not be an auditor only. */
int webhook_find(struct db *db, const struct principal *p, const char *id, bool to_change, int64_t *ret,
		 struct err *e) MUST_USE;
/* rev: what the caller read, 0 = any; ERR_STALE when it has changed meanwhile. Activates a disabled one.
 * Whoever sends another's events to a new address gets no more there than both may see: deliveries made so
 * far are forgotten, a replay makes them anew. */
int webhook_change(struct db *db, const struct actor *who, const struct principal *p,
		   const struct fetch_rules *rules, int64_t id, int64_t rev, const struct webhook_in *in,
		   struct err *e) MUST_USE;
/* A new secret; the one before signs too for WEBHOOK_ROTATE_MS. */
int webhook_rotate(struct db *db, const struct actor *who, int64_t id, char ret_secret[WEBHOOK_SECRET_TEXT],
		   struct err *e) MUST_USE;
int webhook_remove(struct db *db, const struct actor *who, int64_t id, struct err *e) MUST_USE;
/* A delivery of EVENT_TEST, tried once. ERR_CONFLICT unless the webhook is active. */
int webhook_test(struct db *db, const struct actor *who, int64_t id, int64_t *ret_delivery,
		 struct err *e) MUST_USE;
/* Everything from a time on is sent (again), also what was not sent while it was disabled or not there. */
int webhook_replay(struct db *db, const struct actor *who, int64_t id, int64_t since, int64_t *ret_n,
		   struct err *e) MUST_USE;
/* One delivery once more. ERR_NOT_FOUND. */
int webhook_replay_one(struct db *db, const struct actor *who, int64_t id, int64_t delivery,
		       struct err *e) MUST_USE;

/* ---- reading ---- */

/* Members of an open object; live: with what changes by itself. *ret_rev (may be NULL) for the validator. */
int webhook_members(struct db *db, int64_t id, bool live, struct jw *w, int64_t *ret_rev,
		    struct err *e) MUST_USE;
/* What stands, for a change; in *ret a disabled one says so. */
int webhook_get(struct db *db, int64_t id, struct webhook_in *ret, int64_t *ret_rev, struct err *e) MUST_USE;
int webhook_rev(struct db *db, int64_t id, int64_t *ret, struct err *e) MUST_USE;
/* {"webhooks":[...]} of those that p may see. */
int webhooks_json(struct db *db, const struct principal *p, struct str *out, struct err *e) MUST_USE;
/* {"deliveries":[...],"next"}: newest first, those before `before` (0 = from the newest). state "" = all.
 * *ret_next = what to go on from, 0 at the end. */
int webhook_deliveries_json(struct db *db, int64_t id, const char *state, int64_t before, int64_t limit,
			    struct str *out, int64_t *ret_next, struct err *e) MUST_USE;

/* ---- what the clerk does ---- */

/* Makes deliveries of what is new in the chain: one transaction, one page. *ret_more: call again at once. */
int webhook_queue(struct db *db, int64_t now, bool *ret_more, struct err *e) MUST_USE;

struct webhook_sender;
struct webhook_settings {
	const char *source; /* `public_url`; borrowed */
	int64_t retry_ms, timeout_ms;
};
struct webhook_settings webhook_settings_from(const struct conf *c);
struct webhook_sender *webhook_sender_new(const struct fetch_rules *rules,
					  const struct webhook_settings *set);
void webhook_sender_free(struct webhook_sender *s); /* what is under way will be sent again */
DEFINE_OWN(struct webhook_sender, webhook_sender_free)
/* Begins what is due, moves on what is under way, records what ended. Waits at most some 20 ms. *ret_next:
 * when there will be something to do, UTC ms. */
int webhook_sender_turn(struct webhook_sender *s, struct db *db, struct rnd *rnd, int64_t now,
			int64_t *ret_next, struct err *e) MUST_USE;

/* "v1,<base64>" of HMAC-SHA-256 over "id.timestamp.body" with a secret "whsec_..."; pure. False: it is no
 * such secret. */
bool webhook_sign(const char *secret, const char *id, int64_t timestamp_s, const char *body, size_t n,
		  char ret[WEBHOOK_SIGNATURE_TEXT]);
/* How long to wait after failure number n (1-7) of tries over retry_ms, without jitter. */
int64_t webhook_wait(int64_t retry_ms, int64_t n);

#endif

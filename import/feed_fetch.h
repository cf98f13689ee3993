/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The nightly CPL: asks its publisher whether there is a newer list, takes it and imports it like any file:
 * staged, gated, applied or held. What comes is believed only as far as its publisher is: https with a
 * checked certificate (on top: a pinned public key), and when a signature key is set, a detached Ed25519
 * signature at ADDRESS.sig over the very bytes. A failure changes nothing but the record of the visit (table
 * feed_visit), which /data-health, the metrics and GET /v1/feeds show; the first failure and the recovery are
 * audit rows (feed-fail, feed-recover).
 */
#ifndef FIRPATH_IMPORT_FEED_FETCH_H
#define FIRPATH_IMPORT_FEED_FETCH_H

#include "base/conf.h"
#include "import/feed.h"
#include "wire/fetch.h"

/* Rows for the program's table of configuration keys. */
/* clang-format off */
#define FEED_CONF_KEYS \
	{ "cpl_url", CONF_TEXT, "", 0, 0, "Address of the Central Products List (CSV or workbook); empty: it is not fetched." }, \
	{ "cpl_every", CONF_DURATION, "24h", 60000, INT64_C(2592000000), "How often it is asked for." }, \
	{ "cpl_pin", CONF_TEXT, "", 0, 0, "Its server's public key: sha256//BASE64=, several separated by semicolons." }, \
	{ "cpl_ca", CONF_TEXT, "", 0, 0, "File of the certificates to trust for it; empty: as fetch_ca_file." }, \
	{ "cpl_signature_key", CONF_TEXT, "", 0, 0, "File of an Ed25519 public key (PEM): the list must be signed, at its address with .sig behind." }, \
	{ "cpl_timeout", CONF_DURATION, "2m", 1000, 3600000, "How long fetching it may take." }
/* clang-format on */

/* Whom to ask, and what to believe. All borrowed. */
struct feed_publisher {
	const char *url;
	const char *pin;           /* NULL or "" = any key with a good certificate */
	const char *signature_key; /* file, NULL or "" = no signature is asked for */
	const struct fetch_rules *rules;
	int64_t total_ms;     /* how long it may take */
	bool (*stop)(void *); /* may be NULL */
	void *stop_ctx;
};

/* From the configuration: the rules are the caller's to free. ERR_CONFIG, ERR_INVALID. */
int feed_publisher_from(const struct conf *c, struct feed_publisher *ret, struct fetch_rules **ret_rules,
			struct err *e) MUST_USE;

/* One visit. *ret: the report of the import, NULL when the list is as it was. On failure the visit is
 * recorded, too. */
int feed_visit_cpl(struct db *db, const struct feed_publisher *p, const struct actor *who,
		   struct import_report **ret, struct err *e) MUST_USE;
/* When the next visit is due: every so often, sooner after failures (a minute, doubling up to an hour). */
int feed_visit_due(struct db *db, const char *url, int64_t every_ms, int64_t *ret, struct err *e) MUST_USE;

#endif

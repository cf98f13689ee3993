/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_digest.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DIGEST_VERSION "1:"

/* What a digest is made of. */
static const struct {
	const char *name; /* goes into the digest */
	enum sql_id q;    /* rows of a revision */
	int cols;         /* of each row */
} parts[] = {
	{ "revision", SQL_DIGEST_REVISION, 5 },
	{ "states", SQL_DIGEST_STATES, 34 },
	{ "states-ended", SQL_DIGEST_STATES_ENDED, 1 },
	{ "statements", SQL_DIGEST_STATEMENTS, 14 },
	{ "bases", SQL_DIGEST_BASES, 4 },
	{ "statements-ended", SQL_DIGEST_STATEMENTS_ENDED, 1 },
	{ "disputes", SQL_DIGEST_DISPUTES, 6 },
	{ "disputes-ended", SQL_DIGEST_DISPUTES_ENDED, 1 },
	{ "excerpts", SQL_DIGEST_EXCERPTS, 8 },
	{ "excerpts-ended", SQL_DIGEST_EXCERPTS_ENDED, 1 },
	{ "contacts", SQL_DIGEST_CONTACTS, 9 },
	{ "contacts-ended", SQL_DIGEST_CONTACTS_ENDED, 1 },
	{ "settings", SQL_DIGEST_SETTINGS, 3 },
	{ "settings-ended", SQL_DIGEST_SETTINGS_ENDED, 1 },
	{ "feeds", SQL_DIGEST_FEEDS, 10 },
};

void digest_text(struct sha256 *h, const char *s)
{
	char buf[512], *p = buf + 24;
	size_t n, len;

	if (!s) {
		sha256_add(h, "-,", 2);
		return;
	}
	/* Length, text and comma in one piece when they fit: most texts are short and each piece costs. */
	n = len = strlen(s);
	*--p = ':';
	do
		*--p = (char)('0' + len % 10);
	while (len /= 10);
	if (n < sizeof buf - 25) {
		memcpy(buf + 24, s, n);
		buf[24 + n] = ',';
		sha256_add(h, p, (size_t)(buf + 25 + n - p));
		return;
	}
	sha256_add(h, p, (size_t)(buf + 24 - p));
	sha256_add(h, s, n);
	sha256_add(h, ",", 1);
}

void digest_num(struct sha256 *h, int64_t v)
{
	char digits[24];

	snprintf(digits, sizeof digits, "%" PRId64, v);
	digest_text(h, digits);
}

static int add_part(struct db *db, struct sha256 *h, size_t i, int64_t revision, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	digest_text(h, parts[i].name);
	if (db_run(db, parts[i].q, ARGS(VINT(revision)), &r, e))
		return (int)e->code;
	for (;;) {
		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got)
			return OK;
		for (int c = 0; c < parts[i].cols; c++)
			digest_text(h, rows_text(r, c));
	}
}

int digest_of_revision(struct db *db, int64_t revision, char ret[DIGEST_TEXT], struct err *e)
{
	OWN(sha256_free) struct sha256 *h = sha256_new();
	uint8_t sum[SHA256_LEN];
	char hex[SHA256_HEX];

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (add_part(db, h, i, revision, e))
			return err_wrap(e, "the digest of revision %" PRId64, revision);
	sha256_end(h, sum);
	snprintf(ret, DIGEST_TEXT, DIGEST_VERSION "%s", hex_text(sum, sizeof sum, hex));
	return OK;
}

int digest_strays(struct db *db, int64_t head, int64_t *ret, struct err *e)
{
	bool got;

	return db_one(db, SQL_DIGEST_STRAYS, ARGS(VINT(head)), &got, ret, e)
		   ? err_wrap(e, "looking for rows of revisions that are not there")
		   : OK;
}

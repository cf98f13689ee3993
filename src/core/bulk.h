/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many path questions in one go: `POST /v1/path/bulk` and `firpath path --bulk`. Bytes go in as they come,
 * answers are appended as they are found, so memory does not grow with the input. What starts with { is
 * NDJSON with the members device, from, to; anything else is CSV with a header that names these columns in
 * any order (device may be missing). The answers have the format of the questions; columns as in api.md
 * section 2.
 *
 * One answer per question, in order. A question that cannot be asked (bad identity, wrong number of fields)
 * gets an answer with result `error` and the stable code in `why`; the others go on. Only what is no list of
 * questions at all (no or a wrong header, an endless line) is an error of the call, with its line; nothing
 * more is taken then.
 */
#ifndef FIRPATH_CORE_BULK_H
#define FIRPATH_CORE_BULK_H

#include "base/str.h"
#include "core/lookup.h"

#define BULK_LINE_MAX (16 * KIB) /* bytes of one question */

struct bulk_init {
	const struct snapshot *snap;  /* borrowed until bulk_free */
	struct path_scratch *scratch; /* borrowed until bulk_free */
	int64_t now;                  /* UTC ms */
	/* For all questions; NULL = not given. Checked with the first question. */
	const char *at, *prefer, *allow_removed;
};
struct bulk;
struct bulk *bulk_new(const struct bulk_init *init);
void bulk_free(struct bulk *b);
DEFINE_OWN(struct bulk, bulk_free)

/* Takes the next bytes and appends the answers that are complete. When out is a short buffer, clear it
 * between calls: one call with n bytes appends at most a few KiB per line. */
int bulk_feed(struct bulk *b, const void *p, size_t n, struct str *out, struct err *e) MUST_USE;
/* The last line may have no line end. ERR_INVALID when the input was empty. */
int bulk_end(struct bulk *b, struct str *out, struct err *e) MUST_USE;

bool bulk_is_ndjson(const struct bulk *b); /* known after the first bytes; for the content type */
int64_t bulk_asked(const struct bulk *b);  /* questions so far */
int64_t bulk_errors(const struct bulk *b); /* of these, with the result `error` */

#endif

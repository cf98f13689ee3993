/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Idempotency-Key (T35): the first answer to a key is kept for 24 h and given again to the same request;
 * another body or address with the same key is refused (422), so is a repetition while the first is running
 * (409). Refused and failed requests changed nothing and keep nothing: the key is free again.
 *
 * When the service dies between taking a key and keeping its answer, the key stays "running": repeating it
 * gives 409 until it is 24 h old, because nobody can know whether the change was made. Read the state back.
 */
#ifndef FIRPATH_HTTP_ONCE_H
#define FIRPATH_HTTP_ONCE_H

#include "http/http.h"

#define ONCE_KEY_MAX 64
#define ONCE_KEEP_MS (24 * INT64_C(3600000))
#define ONCE_ANSWER_MAX (4 * MIB)

/* Runs rq->route->handle at most once per key. Without the header it just runs it. */
int once_handle(struct req *rq, struct resp *rs, struct err *e) MUST_USE;

#endif

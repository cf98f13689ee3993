/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Token buckets: per client address for changes and for wrong tokens and passwords, per login name for wrong
 * passwords. A fixed table; keys that share a slot share a bucket, so that no number of them makes it grow.
 *
 * The one lock of its kind: held for a few additions.
 */
#ifndef FIRPATH_HTTP_RATE_H
#define FIRPATH_HTTP_RATE_H

#include <stdbool.h>
#include <stdint.h>

enum rate_kind { RATE_WRITE, RATE_TOKEN, RATE_LOGIN, RATE_KINDS };

struct rate;

/* per_s tokens come back each second up to burst, for changes; wrong tokens have fixed limits below. */
struct rate *rate_new(int64_t per_s, int64_t burst);
void rate_free(struct rate *r);
#define RATE_TOKEN_BURST 20  /* wrong tokens or passwords of one address at once */
#define RATE_TOKEN_PER_S 0.2 /* and then one each 5 s */
#define RATE_LOGIN_BURST 10  /* wrong passwords for one login name at once */
#define RATE_LOGIN_PER_S 0.1 /* and then one each 10 s */

/* Takes one token; false when there is none, *ret_wait_s = seconds until there is one (at least 1). mono in
 * ms. */
bool rate_take(struct rate *r, enum rate_kind kind, const char *key, int64_t mono, int *ret_wait_s);
/* Is there one, without taking it. */
bool rate_left(struct rate *r, enum rate_kind kind, const char *key, int64_t mono, int *ret_wait_s);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Injectable random source. rnd_system() is the kernel's; rnd_seeded() replays a run from one seed (not
 * secret). */
#ifndef FIRPATH_BASE_RND_H
#define FIRPATH_BASE_RND_H

#include <stddef.h>
#include <stdint.h>

struct rnd {
	void (*fill)(struct rnd *r, void *p, size_t n);
	uint64_t state; /* for rnd_seeded */
};

struct rnd rnd_system(void);
struct rnd rnd_seeded(uint64_t seed);
uint64_t rnd_u64(struct rnd *r);
uint64_t rnd_below(struct rnd *r, uint64_t limit);     /* 0..limit-1, unbiased; limit > 0 */
char *rnd_hex(struct rnd *r, size_t bytes, char *buf); /* buf holds 2*bytes+1 */

#endif

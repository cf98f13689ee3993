/* SPDX-License-Identifier: Apache-2.0 */
/* Injectable clock (D12): wall time in UTC ms and monotonic ms. Tests give their own. */
#ifndef FIRPATH_BASE_CLOCK_H
#define FIRPATH_BASE_CLOCK_H

#include <stdint.h>

struct clock {
	int64_t (*wall)(void *ctx); /* UTC ms since 1970 */
	int64_t (*mono)(void *ctx); /* ms, never goes back */
	void *ctx;
};

const struct clock *clock_system(void);
static inline int64_t clock_wall(const struct clock *c)
{
	return c->wall(c->ctx);
}
static inline int64_t clock_mono(const struct clock *c)
{
	return c->mono(c->ctx);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rnd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static void system_fill(struct rnd *r, void *p, size_t n)
{
	unsigned char *to = p;
	ssize_t got;

	(void)r;
	while (n) {
		got = getrandom(to, n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) { /* going on with guessable numbers would be worse */
			fprintf(stderr, "no random numbers from the kernel: %s\n", strerror(errno));
			abort();
		}
		to += got;
		n -= (size_t)got;
	}
}

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t seeded_next(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

static void seeded_fill(struct rnd *r, void *p, size_t n)
{
	unsigned char *to = p;

	while (n) {
		uint64_t v = seeded_next(&r->state);

		for (int i = 0; i < 8 && n; i++, n--) { /* byte by byte: the same run on every byte order */
			*to++ = (unsigned char)v;
			v >>= 8;
		}
	}
}

struct rnd rnd_system(void)
{
	return (struct rnd){ system_fill, 0 };
}

struct rnd rnd_seeded(uint64_t seed)
{
	return (struct rnd){ seeded_fill, seed };
}

uint64_t rnd_u64(struct rnd *r)
{
	unsigned char b[8];
	uint64_t v = 0;

	r->fill(r, b, sizeof b);
	for (int i = 7; i >= 0; i--)
		v = v << 8 | b[i];
	return v;
}

uint64_t rnd_below(struct rnd *r, uint64_t limit)
{
	uint64_t biased =
	    (0 - limit) % limit; /* 2^64 mod limit: that many lowest values would come too often */
	uint64_t v;

	do
		v = rnd_u64(r);
	while (v < biased);
	return v % limit;
}

char *rnd_hex(struct rnd *r, size_t bytes, char *buf)
{
	unsigned char b;

	for (size_t i = 0; i < bytes; i++) {
		r->fill(r, &b, 1);
		buf[2 * i] = "0123456789abcdef"[b >> 4];
		buf[2 * i + 1] = "0123456789abcdef"[b & 15];
	}
	buf[2 * bytes] = '\0';
	return buf;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "http/rate.h"

#include <pthread.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"

#define SLOTS 4096

struct bucket {
	double tokens;
	int64_t at; /* mono ms of the last look; 0 = never: full */
};

struct rate {
	pthread_mutex_t lock;
	double per_s[RATE_KINDS], burst[RATE_KINDS];
	struct bucket bucket[RATE_KINDS][SLOTS];
};

struct rate *rate_new(int64_t per_s, int64_t burst)
{
	struct rate *r = mem_zalloc(sizeof *r);

	pthread_mutex_init(&r->lock, NULL);
	r->per_s[RATE_WRITE] = (double)per_s;
	r->burst[RATE_WRITE] = (double)burst;
	r->per_s[RATE_TOKEN] = RATE_TOKEN_PER_S;
	r->burst[RATE_TOKEN] = RATE_TOKEN_BURST;
	r->per_s[RATE_LOGIN] = RATE_LOGIN_PER_S;
	r->burst[RATE_LOGIN] = RATE_LOGIN_BURST;
	return r;
}

void rate_free(struct rate *r)
{
	pthread_mutex_destroy(&r->lock);
	free(r);
}

static bool rate_look(struct rate *r, enum rate_kind kind, const char *key, int64_t mono, double cost,
		      int *ret_wait_s)
{
	struct bucket *b = &r->bucket[kind][map_hash(key, strlen(key)) % SLOTS];
	bool ok;

	pthread_mutex_lock(&r->lock);
	if (!b->at)
		b->tokens = r->burst[kind];
	else if (mono > b->at)
		b->tokens += (double)(mono - b->at) / 1000.0 * r->per_s[kind];
	if (b->tokens > r->burst[kind])
		b->tokens = r->burst[kind];
	b->at = mono > 0 ? mono : 1;
	ok = b->tokens >= 1.0;
	if (ok)
		b->tokens -= cost;
	else
		*ret_wait_s = 1 + (int)((1.0 - b->tokens) / r->per_s[kind]);
	pthread_mutex_unlock(&r->lock);
	return ok;
}

bool rate_take(struct rate *r, enum rate_kind kind, const char *key, int64_t mono, int *ret_wait_s)
{
	return rate_look(r, kind, key, mono, 1.0, ret_wait_s);
}

bool rate_left(struct rate *r, enum rate_kind kind, const char *key, int64_t mono, int *ret_wait_s)
{
	return rate_look(r, kind, key, mono, 0.0, ret_wait_s);
}

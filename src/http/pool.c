/* SPDX-License-Identifier: Apache-2.0 */
#include "http/pool.h"

#include <pthread.h>
#include <time.h>

#include "base/mem.h"

#define WAIT_S 5
#define SIDE_MAX 64

/* Connections of one kind. */
struct side {
	struct db *idle[SIDE_MAX]; /* owned */
	size_t nidle, open, max;
	pthread_cond_t back; /* one came back */
};

struct pool {
	const char *dsn; /* borrowed */
	pthread_mutex_t lock;
	struct side side[2]; /* [writes] */
};

struct pool *pool_new(const char *dsn, size_t readers, size_t writers)
{
	struct pool *p = mem_zalloc(sizeof *p);
	pthread_condattr_t attr;

	p->dsn = dsn;
	pthread_mutex_init(&p->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	for (int i = 0; i < 2; i++)
		pthread_cond_init(&p->side[i].back, &attr);
	pthread_condattr_destroy(&attr);
	p->side[0].max = readers < SIDE_MAX ? readers : SIDE_MAX;
	p->side[1].max = writers < SIDE_MAX ? writers : SIDE_MAX;
	return p;
}

void pool_free(struct pool *p)
{
	for (int i = 0; i < 2; i++) {
		for (size_t k = 0; k < p->side[i].nidle; k++)
			db_close(p->side[i].idle[k]);
		pthread_cond_destroy(&p->side[i].back);
	}
	pthread_mutex_destroy(&p->lock);
	free(p);
}

/* An idle connection, or the right to open one (*ret NULL); false: none came back in time. */
static bool side_take(struct pool *p, struct side *s, struct db **ret)
{
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += WAIT_S;
	pthread_mutex_lock(&p->lock);
	while (!s->nidle && s->open >= s->max && !rc)
		rc = pthread_cond_timedwait(&s->back, &p->lock, &until);
	if (s->nidle) {
		*ret = s->idle[--s->nidle];
		rc = 0;
	} else if (s->open < s->max) {
		s->open++;
		*ret = NULL;
		rc = 0;
	}
	pthread_mutex_unlock(&p->lock);
	return !rc;
}

static void side_lost(struct pool *p, struct side *s)
{
	pthread_mutex_lock(&p->lock);
	s->open--;
	pthread_cond_signal(&s->back);
	pthread_mutex_unlock(&p->lock);
}

int pool_take(struct pool *p, bool writes, struct db **ret, struct err *e)
{
	struct side *s = &p->side[writes];
	struct db *db = NULL;

	if (!side_take(p, s, &db))
		return err_set(e, ERR_BUSY, "no connection to the store came free within %d seconds", WAIT_S);
	if (!db && db_connect(p->dsn, !writes, &db, e)) {
		side_lost(p, s);
		return err_wrap(e, "opening a connection to the store");
	}
	*ret = db;
	return OK;
}

void pool_give(struct pool *p, bool writes, struct db *db)
{
	struct side *s = &p->side[writes];

	if (db->in_tx) { /* its owner lost track of it: do not lend it again */
		db_close(db);
		side_lost(p, s);
		return;
	}
	pthread_mutex_lock(&p->lock);
	s->idle[s->nidle++] = db;
	pthread_cond_signal(&s->back);
	pthread_mutex_unlock(&p->lock);
}

size_t pool_open(struct pool *p, bool writes)
{
	size_t n;

	pthread_mutex_lock(&p->lock);
	n = p->side[writes].open;
	pthread_mutex_unlock(&p->lock);
	return n;
}

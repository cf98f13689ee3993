/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mailbox.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

struct mailbox {
	pthread_mutex_t lock; /* guards everything below */
	pthread_cond_t some;  /* a message came, wake or close */
	unsigned char *ring;  /* owned, capacity messages */
	size_t size, capacity, first, n;
	bool woken, closed;
};

struct mailbox *mailbox_new(size_t msg_size, size_t capacity)
{
	struct mailbox *m = mem_zalloc(sizeof *m);
	pthread_condattr_t attr;

	m->ring = mem_array(capacity, msg_size);
	m->size = msg_size;
	m->capacity = capacity;
	pthread_mutex_init(&m->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC); /* a set wall clock must not stretch a wait */
	pthread_cond_init(&m->some, &attr);
	pthread_condattr_destroy(&attr);
	return m;
}

void mailbox_free(struct mailbox *m)
{
	if (!m)
		return;
	pthread_cond_destroy(&m->some);
	pthread_mutex_destroy(&m->lock);
	free(m->ring);
	free(m);
}

bool mailbox_post(struct mailbox *m, const void *msg)
{
	bool ok;

	pthread_mutex_lock(&m->lock);
	ok = !m->closed && m->n < m->capacity;
	if (ok) {
		memcpy(m->ring + (m->first + m->n) % m->capacity * m->size, msg, m->size);
		m->n++;
		pthread_cond_signal(&m->some);
	}
	pthread_mutex_unlock(&m->lock);
	return ok;
}

size_t mailbox_take(struct mailbox *m, void *buf, size_t max, int64_t wait_ms)
{
	unsigned char *to = buf;
	struct timespec until;
	size_t got;

	clock_gettime(CLOCK_MONOTONIC, &until);
	if (wait_ms > 0) {
		until.tv_sec += (time_t)(wait_ms / 1000);
		until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
		if (until.tv_nsec >= 1000000000) {
			until.tv_sec++;
			until.tv_nsec -= 1000000000;
		}
	}
	pthread_mutex_lock(&m->lock);
	while (wait_ms > 0 && !m->n && !m->woken && !m->closed)
		if (pthread_cond_timedwait(&m->some, &m->lock, &until) == ETIMEDOUT)
			break;
	m->woken = false;
	for (got = 0; got < max && m->n; got++) {
		memcpy(to + got * m->size, m->ring + m->first * m->size, m->size);
		m->first = (m->first + 1) % m->capacity;
		m->n--;
	}
	pthread_mutex_unlock(&m->lock);
	return got;
}

static void poke(struct mailbox *m, bool *flag)
{
	pthread_mutex_lock(&m->lock);
	*flag = true;
	pthread_cond_broadcast(&m->some);
	pthread_mutex_unlock(&m->lock);
}

void mailbox_wake(struct mailbox *m)
{
	poke(m, &m->woken);
}

void mailbox_close(struct mailbox *m)
{
	poke(m, &m->closed);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/mem.h"
#include "web/picture.h"

#define KEPT_MAX 64                   /* pictures */
#define KEPT_BYTES ((size_t)16 << 20) /* of all of them */
#define CHILDREN_MAX 2                /* drawing at once: other requests keep their processor (T44) */
#define FAILURE_KEPT_MS 60000

struct kept {
	int64_t revision,
	    day; /* with model and focus: the key; of another source model is -1, the rest its hash */
	int64_t model_id, focus_id;
	char *svg; /* owned; NULL = could not be drawn */
	size_t len;
	bool partial;
	char why[160];    /* of a failure */
	int64_t made_at;  /* monotonic ms */
	uint64_t used_at; /* count of questions */
};
struct pictures {
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t free_place;
	struct dot_limits limits;
	struct kept kept[KEPT_MAX];
	size_t nkept, bytes;
	unsigned children;
	uint64_t questions;
};

struct pictures *pictures_new(const struct dot_limits *limits)
{
	struct pictures *p = mem_zalloc(sizeof *p);
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->free_place, &attr);
	pthread_condattr_destroy(&attr);
	p->limits = *limits;
	return p;
}

void pictures_free(struct pictures *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->nkept; i++)
		free(p->kept[i].svg);
	pthread_cond_destroy(&p->free_place);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

static struct kept key_of(const struct picture_ask *ask)
{
	const struct graph *g;
	uint8_t hash[SHA256_LEN];
	struct kept k = { .model_id = -1 };

	if (ask->source) {
		sha256_of(str_c(ask->source), ask->source->len, hash);
		memcpy(&k.revision, hash, 8);
		memcpy(&k.day, hash + 8, 8);
		memcpy(&k.focus_id, hash + 16, 8);
		return k;
	}
	g = ask->snap->graph;
	return (struct kept){
		.revision = ask->snap->revision,
		.day = ask->day,
		.model_id = graph_model(g, ask->model)->id,
		.focus_id = ask->focus == NODE_NONE ? -1 : graph_node(g, ask->focus)->entry_id,
	};
}

static struct kept *find(struct pictures *p, const struct kept *key)
{
	for (size_t i = 0; i < p->nkept; i++) {
		struct kept *k = &p->kept[i];

		if (k->revision == key->revision && k->day == key->day && k->model_id == key->model_id &&
		    k->focus_id == key->focus_id)
			return k;
	}
	return NULL;
}

static void drop(struct pictures *p, struct kept *k)
{
	p->bytes -= k->len;
	free(k->svg);
	*k = p->kept[--p->nkept];
}

/* Takes svg over. */
static void keep(struct pictures *p, struct kept *k)
{
	struct kept *old = find(p, k);

	if (old)
		drop(p, old);
	while (p->nkept && (p->nkept == KEPT_MAX || p->bytes + k->len > KEPT_BYTES)) {
		size_t oldest = 0;

		for (size_t i = 1; i < p->nkept; i++)
			if (p->kept[i].used_at < p->kept[oldest].used_at)
				oldest = i;
		drop(p, &p->kept[oldest]);
	}
	k->used_at = ++p->questions;
	k->made_at = clock_mono(clock_system());
	p->bytes += k->len;
	p->kept[p->nkept++] = *k;
}

/* True when the question is answered (with *ret_rc) from what is kept. */
static bool answer_kept(struct pictures *p, const struct kept *key, struct str *out, bool *ret_partial,
			int *ret_rc, struct err *e)
{
	struct kept *k = find(p, key);

	if (k && !k->svg && clock_mono(clock_system()) - k->made_at > FAILURE_KEPT_MS) {
		drop(p, k);
		k = NULL;
	}
	if (!k)
		return false;
	k->used_at = ++p->questions;
	*ret_partial = k->partial;
	*ret_rc = OK;
	if (k->svg)
		str_addn(out, k->svg, k->len);
	else
		*ret_rc = err_set(e, ERR_PICTURE, "%s", k->why);
	return true;
}

/* Waits for a place among the children, at most as long as drawing may take. */
static bool place_take(struct pictures *p)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += p->limits.wall_ms / 1000;
	until.tv_nsec += p->limits.wall_ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	while (p->children == CHILDREN_MAX)
		if (pthread_cond_timedwait(&p->free_place, &p->lock, &until))
			return false;
	p->children++;
	return true;
}

static int draw(const struct dot_limits *l, const struct picture_ask *ask, struct str *svg, bool *ret_partial,
		struct err *e)
{
	STR(source, MIB);
	STR(raw, PICTURE_BYTES);

	*ret_partial = false;
	if (ask->source)
		str_addn(&source, str_c(ask->source), ask->source->len);
	else
		picture_source(ask, &source, ret_partial);
	if (source.over)
		return err_set(e, ERR_PICTURE, "the graph is too large to draw");
	if (dot_run(l, str_c(&source), source.len, &raw, e))
		return e->code;
	return picture_clean(str_c(&raw), raw.len, svg, e);
}

int pictures_get(struct pictures *p, const struct picture_ask *ask, struct str *out, bool *ret_partial,
		 struct err *e)
{
	STR(svg, PICTURE_BYTES);
	struct kept key = key_of(ask);
	int rc = OK;

	pthread_mutex_lock(&p->lock);
	if (answer_kept(p, &key, out, ret_partial, &rc, e)) {
		pthread_mutex_unlock(&p->lock);
		return rc;
	}
	if (!place_take(p)) {
		pthread_mutex_unlock(&p->lock);
		return err_set(e, ERR_PICTURE, "too many pictures are being drawn just now");
	}
	if (answer_kept(p, &key, out, ret_partial, &rc, e)) { /* drawn by another while we waited */
		p->children--;
		pthread_cond_signal(&p->free_place);
		pthread_mutex_unlock(&p->lock);
		return rc;
	}
	pthread_mutex_unlock(&p->lock);
	rc = draw(&p->limits, ask, &svg, &key.partial, e);
	*ret_partial = key.partial;
	pthread_mutex_lock(&p->lock);
	p->children--;
	pthread_cond_signal(&p->free_place);
	if (rc) {
		str_copy(key.why, sizeof key.why, e->msg);
	} else {
		str_addn(out, str_c(&svg), svg.len);
		key.len = svg.len;
		key.svg = str_take(&svg);
	}
	keep(p, &key);
	pthread_mutex_unlock(&p->lock);
	return rc;
}

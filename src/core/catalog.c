/* SPDX-License-Identifier: Apache-2.0 */
#include "core/catalog.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/str.h"
#include "core/dossier.h"
#include "core/rendered.h"
#include "store/store_catalog.h"
#include "store/store_ledger.h"

#define LOOK_EVERY_MS 1000 /* how old an answer may be after another process wrote */
#define REST_TIMES 4       /* see catalog.h */
#define REST_FROM_MS 20    /* what is made faster than this takes nothing from readers */
#define PAST_MAX 8         /* past revisions kept for "as at" questions */

struct snapshot *snapshot_new(struct graph *graph, struct dossier *dossier, int64_t revision,
			      int64_t revision_at, const struct cpl_info *cpl)
{
	struct snapshot *s = mem_zalloc(sizeof *s);

	s->graph = graph;
	s->dossier = dossier;
	s->revision = revision;
	s->revision_at = revision_at;
	s->cpl = *cpl;
	s->rendered = rendered_new(graph, dossier, revision, cpl);
	return s;
}

void snapshot_free(struct snapshot *s)
{
	if (!s)
		return;
	rendered_free((struct rendered *)s->rendered);
	dossier_free((struct dossier *)s->dossier);
	graph_free((struct graph *)s->graph);
	free(s);
}

static struct cpl_info cpl_of(const struct store_revision *r)
{
	struct cpl_info cpl = { .issued_on = r->cpl_issued, .checked_at = r->cpl_checked };

	str_copy(cpl.version, sizeof cpl.version, r->cpl_version);
	return cpl;
}

int snapshot_load_known(struct db *db, int64_t revision, int64_t known, struct snapshot **ret, struct err *e)
{
	TX(tx);
	OWN(graph_free) struct graph *g = NULL;
	OWN(dossier_free) struct dossier *d = NULL;
	struct cpl_info cpl;
	struct store_revision r;
	struct store_newest newest;

	if ((!db->in_tx && tx_begin(&tx, db, false, e)) || store_catalog_newest(db, &newest, e))
		return err_wrap(e, "loading the catalogue");
	revision = revision ? revision : newest.revision;
	if (store_catalog_revision(db, revision, known, &r, e) || store_catalog_graph(db, revision, &g, e) ||
	    dossier_load(db, revision, &d, e))
		return err_wrap(e, "loading the catalogue");
	cpl = cpl_of(&r);
	*ret = snapshot_new(MOVE(g), MOVE(d), revision, r.at, &cpl);
	(*ret)->epoch = newest.epoch;
	return OK;
}

int snapshot_load(struct db *db, int64_t revision, struct snapshot **ret, struct err *e)
{
	return snapshot_load_known(db, revision, INT64_MAX, ret, e);
}

int snapshot_check(struct db *db, const struct snapshot *s, struct err *e)
{
	int64_t newest;

	if (ledger_head(db, &newest, e))
		return e->code;
	if (newest == s->revision)
		return OK;
	return err_set(e, ERR_BUSY,
		       "the catalogue changed this moment, from revision %" PRId64 " to %" PRId64,
		       s->revision, newest);
}

/* A snapshot with the number of its holders. */
struct shared {
	struct snapshot *snap; /* owned */
	atomic_int holders;
};

struct catalog {
	const struct clock *clock;     /* borrowed */
	pthread_mutex_t store;         /* around db, past and failure */
	struct db *db;                 /* owned, read-only */
	struct shared *past[PAST_MAX]; /* held; most recently used first */
	int64_t made_at, made_ms; /* when the newest snapshot was made (monotonic), and how long it took */
	bool went_back;        /* revisions were missing in this epoch: nothing that came after is trusted */
	struct err failure;    /* of the last look at the store; code OK = none */
	pthread_mutex_t swap;  /* around newest */
	struct shared *newest; /* held */
	atomic_int_fast64_t swaps;   /* how often newest was replaced */
	atomic_int_fast64_t look_at; /* monotonic ms of the next look for a new revision */
};

struct catalog_view {
	struct catalog *catalog; /* borrowed */
	struct shared *newest;   /* held */
	struct shared *past;     /* held, or NULL */
	int_fast64_t swaps;      /* catalog->swaps when newest was taken */
};

static struct shared *shared_new(struct snapshot *s)
{
	struct shared *sh = mem_zalloc(sizeof *sh);

	sh->snap = s;
	atomic_init(&sh->holders, 1);
	return sh;
}

static struct shared *shared_get(struct shared *sh)
{
	atomic_fetch_add_explicit(&sh->holders, 1, memory_order_relaxed);
	return sh;
}

static void shared_put(struct shared *sh)
{
	if (!sh || atomic_fetch_sub_explicit(&sh->holders, 1, memory_order_acq_rel) != 1)
		return;
	snapshot_free(sh->snap);
	free(sh);
}

static void swap_newest(struct catalog *c, struct snapshot *s)
{
	struct shared *fresh = shared_new(s), *old;

	pthread_mutex_lock(&c->swap);
	old = c->newest;
	c->newest = fresh;
	atomic_fetch_add_explicit(&c->swaps, 1, memory_order_release);
	pthread_mutex_unlock(&c->swap);
	shared_put(old);
}

/* Another epoch: what was read of past revisions may be otherwise now. */
static void forget_past(struct catalog *c)
{
	for (int i = 0; i < PAST_MAX; i++) {
		shared_put(c->past[i]);
		c->past[i] = NULL;
	}
}

/* Looks at the store and loads what is new. Caller holds the store lock. Only this function replaces newest,
 * so that reading it here needs no other lock. */
static int look(struct catalog *c, bool rested, int64_t *ret_rest, struct err *e)
{
	OWN(snapshot_free) struct snapshot *s = NULL;
	const struct snapshot *now = c->newest ? c->newest->snap : NULL;
	int64_t begun = clock_mono(c->clock);
	struct store_newest newest;

	*ret_rest = 0;
	if (store_catalog_newest(c->db, &newest, e))
		return e->code;
	if (now && now->epoch == newest.epoch && (c->went_back || newest.revision < now->revision)) {
		c->went_back = true;
		return err_set(e, ERR_STORE,
			       "the store went back behind revision %" PRId64
			       ": after a copy was restored, run 'firpath store restored'",
			       now->revision);
	}
	if (now && now->epoch == newest.epoch && now->revision == newest.revision &&
	    now->cpl.checked_at == newest.checked)
		return OK;
	if (now && now->epoch != newest.epoch)
		forget_past(c);
	c->went_back = false;
	*ret_rest = c->made_at + REST_TIMES * c->made_ms - begun;
	if (!rested && c->newest && c->made_ms >= REST_FROM_MS && *ret_rest > 0)
		return OK;
	*ret_rest = 0;
	if (snapshot_load(c->db, 0, &s, e))
		return e->code;
	swap_newest(c, MOVE(s));
	c->made_at = clock_mono(c->clock);
	c->made_ms = c->made_at - begun;
	return OK;
}

static int look_and_note(struct catalog *c, bool rested, int64_t *ret_rest, struct err *e)
{
	c->failure.code = OK;
	if (look(c, rested, ret_rest, e))
		c->failure = *e;
	return (int)c->failure.code;
}

int catalog_new(const char *dsn, const struct clock *clock, struct catalog **ret, struct err *e)
{
	OWN(catalog_free) struct catalog *c = mem_zalloc(sizeof *c);
	int64_t rest;

	c->clock = clock;
	pthread_mutex_init(&c->store, NULL);
	pthread_mutex_init(&c->swap, NULL);
	if (db_connect(dsn, true, &c->db, e) || look(c, true, &rest, e))
		return e->code;
	atomic_store(&c->look_at, clock_mono(clock) + LOOK_EVERY_MS);
	*ret = MOVE(c);
	return OK;
}

void catalog_free(struct catalog *c)
{
	if (!c)
		return;
	shared_put(c->newest);
	forget_past(c);
	db_close(c->db);
	pthread_mutex_destroy(&c->store);
	pthread_mutex_destroy(&c->swap);
	free(c);
}

struct catalog_view *catalog_view_new(struct catalog *c)
{
	struct catalog_view *v = mem_zalloc(sizeof *v);

	v->catalog = c;
	v->swaps = -1;
	return v;
}

void catalog_view_free(struct catalog_view *v)
{
	if (!v)
		return;
	shared_put(v->newest);
	shared_put(v->past);
	free(v);
}

static void take_newest(struct catalog_view *v)
{
	struct catalog *c = v->catalog;
	struct shared *old = v->newest;

	pthread_mutex_lock(&c->swap);
	v->newest = shared_get(c->newest);
	v->swaps = atomic_load_explicit(&c->swaps, memory_order_relaxed);
	pthread_mutex_unlock(&c->swap);
	shared_put(old);
}

const struct snapshot *catalog_current(struct catalog_view *v)
{
	struct catalog *c = v->catalog;
	int_fast64_t due = atomic_load_explicit(&c->look_at, memory_order_relaxed);
	int64_t now = clock_mono(c->clock);

	/* One thread wins the look; it goes on with the old snapshot if another is at the store already. */
	if (now >= due && atomic_compare_exchange_strong(&c->look_at, &due, now + LOOK_EVERY_MS) &&
	    !pthread_mutex_trylock(&c->store)) {
		struct err e;
		int64_t rest;

		(void)look_and_note(c, true, &rest, &e);
		pthread_mutex_unlock(&c->store);
	}
	if (v->swaps != atomic_load_explicit(&c->swaps, memory_order_acquire))
		take_newest(v);
	return v->newest->snap;
}

int64_t catalog_epoch(const struct catalog_view *v)
{
	return v->newest ? v->newest->snap->epoch : 0;
}

const struct snapshot *catalog_peek(const struct catalog_view *v)
{
	struct catalog *c = v->catalog;

	if (!v->newest || v->swaps != atomic_load_explicit(&c->swaps, memory_order_acquire) ||
	    clock_mono(c->clock) >= atomic_load_explicit(&c->look_at, memory_order_relaxed))
		return NULL;
	return v->newest->snap;
}

static int refresh(struct catalog *c, bool rested, int64_t *ret_rest, struct err *e)
{
	int rc;

	pthread_mutex_lock(&c->store);
	rc = look_and_note(c, rested, ret_rest, e);
	pthread_mutex_unlock(&c->store);
	return rc;
}

int catalog_refresh(struct catalog *c, struct err *e)
{
	struct timespec nap = { 0, 0 };
	int64_t rest;

	int rc = refresh(c, false, &rest, e);

	if (rc || rest <= 0)
		return rc;
	rest = rest < CATALOG_REST_MAX_MS ? rest : CATALOG_REST_MAX_MS;
	nap.tv_sec = rest / 1000;
	nap.tv_nsec = rest % 1000 * 1000000;
	nanosleep(&nap, NULL);
	return catalog_refresh_now(c, e);
}

int catalog_refresh_now(struct catalog *c, struct err *e)
{
	int64_t rest;

	return refresh(c, true, &rest, e);
}

bool catalog_failing(struct catalog *c, struct err *ret)
{
	bool failing;

	pthread_mutex_lock(&c->store);
	failing = c->failure.code != OK;
	if (failing)
		*ret = c->failure;
	pthread_mutex_unlock(&c->store);
	return failing;
}

static bool past_is(const struct shared *sh, int64_t revision, const struct cpl_info *cpl)
{
	return sh->snap->revision == revision && sh->snap->cpl.checked_at == cpl->checked_at &&
	       sh->snap->cpl.issued_on == cpl->issued_on && !strcmp(sh->snap->cpl.version, cpl->version);
}

/* The snapshot of a past revision as it was known then, from the cache or the store; held for the caller.
 * Under the store lock. */
static int past_get(struct catalog *c, int64_t revision, int64_t known, struct shared **ret, struct err *e)
{
	OWN(snapshot_free) struct snapshot *s = NULL;
	struct shared *found = NULL;
	struct store_revision r;
	struct cpl_info cpl;
	int i;

	if (store_catalog_revision(c->db, revision, known, &r, e))
		return e->code;
	cpl = cpl_of(&r);
	for (i = 0; i < PAST_MAX - 1 && c->past[i]; i++)
		if (past_is(c->past[i], revision, &cpl))
			break;
	if (c->past[i] && past_is(c->past[i], revision, &cpl)) {
		found = c->past[i];
	} else {
		if (snapshot_load_known(c->db, revision, known, &s, e))
			return e->code;
		shared_put(c->past[i]);
		found = shared_new(MOVE(s));
	}
	memmove(c->past + 1, c->past, (size_t)i * sizeof *c->past);
	c->past[0] = found;
	*ret = shared_get(found);
	return OK;
}

static int as_at(struct catalog *c, int64_t at, struct shared **ret, struct err *e)
{
	char text[TIME_TEXT];
	int64_t revision;

	if (ledger_at(c->db, at, &revision, e))
		return e->code;
	if (!revision)
		return err_set(e, ERR_NOT_FOUND, "the catalogue had no entries yet at %s",
			       time_text(at, text));
	return past_get(c, revision, at, ret, e);
}

int catalog_as_at(struct catalog_view *v, int64_t at, const struct snapshot **ret, struct err *e)
{
	const struct snapshot *now = catalog_current(v);
	struct shared *found = NULL;
	int rc;

	if (at >= now->revision_at && at >= now->cpl.checked_at) {
		*ret = now;
		return OK;
	}
	pthread_mutex_lock(&v->catalog->store);
	rc = as_at(v->catalog, at, &found, e);
	pthread_mutex_unlock(&v->catalog->store);
	if (rc)
		return rc;
	shared_put(v->past);
	v->past = found;
	*ret = found->snap;
	return OK;
}

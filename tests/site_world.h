/* SPDX-License-Identifier: Apache-2.0 */
/* A site, its devices and what is on its way between them, and all of it as bytes. Numbers of commands and of
 * restarts become their order per device; the first two devices are interchangeable. */
#ifndef FIRPATH_TESTS_SITE_WORLD_H
#define FIRPATH_TESTS_SITE_WORLD_H

#include "site_kit.h"

#define PACK_SIM 8
#define PACK_BB (10 + 3 * PACK_SIM + 5)
#define PACK (14 + KIT_BBS * PACK_BB)

struct world {
	struct site s;
	struct sim d[KIT_BBS];    /* the truth */
	struct sim snap[KIT_BBS]; /* what the manager knows: its newest status */
	struct sim late[KIT_BBS]; /* a status on its way */
	bool has_late[KIT_BBS];
	enum bbum_command late_c[KIT_BBS]; /* a command on its way; NONE = none */
	int64_t late_seq[KIT_BBS];
	char active;
	bool rolled;   /* a rollback was made: a second one is a fault */
	bool operated; /* somebody gave a word */
	int faults;    /* left */
};

/* ---- states as bytes ---- */

struct ranks {
	int64_t v[16];
	int n;
};

static inline void rank_add(struct ranks *r, int64_t v)
{
	int i = 0;

	if (v <= 0)
		return;
	while (i < r->n && r->v[i] < v)
		i++;
	if (i < r->n && r->v[i] == v)
		return;
	memmove(r->v + i + 1, r->v + i, (size_t)(r->n - i) * sizeof *r->v);
	r->v[i] = v;
	r->n++;
}

static inline uint8_t rank_of(const struct ranks *r, int64_t v)
{
	for (int i = 0; i < r->n; i++)
		if (r->v[i] == v)
			return (uint8_t)(i + 1);
	return 0;
}

/* A result of another trigger than the newest says the same whatever its number is. */
static inline int64_t result_seq(const struct site_bb *b, const struct sim *m)
{
	return m->result != BBUM_RESULT_UNDEFINED && m->result_seq == b->trigger_seq ? m->result_seq : 0;
}

static inline uint8_t *pack_sim(uint8_t *p, const struct site_bb *b, const struct sim *m,
				const struct ranks *seq, const struct ranks *boots)
{
	*p++ = (uint8_t)(m->state | (int)m->answer << 4);
	*p++ = rank_of(seq, m->seq);
	*p++ = (uint8_t)m->result;
	*p++ = rank_of(seq, result_seq(b, m));
	*p++ = (uint8_t)m->runs;
	*p++ = (uint8_t)m->slot;
	*p++ = (uint8_t)m->holds;
	*p++ = rank_of(boots, m->boots);
	return p;
}

static inline const uint8_t *unpack_sim(const uint8_t *p, struct sim *m)
{
	m->state = (enum bbum_state)(p[0] & 15);
	m->answer = (enum bbum_answer)(p[0] >> 4);
	m->seq = p[1];
	m->result = (enum bbum_result)p[2];
	m->result_seq = p[3];
	m->runs = (char)p[4];
	m->slot = (char)p[5];
	m->holds = (char)p[6];
	m->boots = p[7];
	m->waiting = BBUM_CMD_NONE;
	m->waiting_seq = 0;
	return p + PACK_SIM;
}

static inline void pack_bb(uint8_t *p, const struct world *w, int i)
{
	const struct site_bb *b = &w->s.bb[i];
	const struct sim *d = &w->d[i];
	struct sim snap = w->snap[i], late = w->has_late[i] ? w->late[i] : (struct sim){ 0 };
	const bool counts = b->last == BBUM_CMD_RESTART || b->last == BBUM_CMD_SHUTDOWN ||
			    (b->trigger_seq && result_seq(b, &snap));
	const int64_t boots_at = counts ? b->boots : 0;
	struct ranks seq = { .n = 0 }, boots = { .n = 0 };

	snap.slot = late.slot = 0; /* not told */
	rank_add(&seq, b->seq);
	rank_add(&seq, b->trigger_seq);
	rank_add(&seq, snap.seq);
	rank_add(&seq, d->seq);
	rank_add(&seq, d->waiting_seq);
	rank_add(&seq, late.seq);
	rank_add(&seq, w->late_seq[i]);
	rank_add(&boots, boots_at);
	rank_add(&boots, snap.boots);
	rank_add(&boots, d->boots);
	rank_add(&boots, late.boots);
	*p++ = (uint8_t)(b->known | b->advised << 1 | b->restarted << 2 | w->has_late[i] << 3);
	*p++ = (uint8_t)b->command;
	*p++ = (uint8_t)b->last;
	*p++ = rank_of(&seq, b->seq);
	*p++ = rank_of(&seq, b->trigger_seq);
	*p++ = rank_of(&boots, boots_at);
	*p++ = (uint8_t)w->late_c[i];
	*p++ = rank_of(&seq, w->late_seq[i]);
	*p++ = (uint8_t)d->waiting;
	*p++ = rank_of(&seq, d->waiting_seq);
	p = pack_sim(p, b, d, &seq, &boots);
	p = pack_sim(p, b, &snap, &seq, &boots);
	pack_sim(p, b, &late, &seq, &boots);
}

static inline void pack(uint8_t *p, const struct world *w)
{
	const struct site *s = &w->s;
	uint8_t swap[PACK_BB];

	memset(p, 0, PACK);
	p[0] = (uint8_t)s->state;
	p[1] = (uint8_t)s->wait;
	p[2] = (uint8_t)s->prompt;
	p[3] = s->due_at >= 0;
	p[4] = (uint8_t)s->requests;
	p[5] = (uint8_t)s->triggers;
	p[6] = (uint8_t)s->resyncs;
	p[7] = (uint8_t)s->wave;
	p[8] = (uint8_t)(s->has_previous | s->rolling_back << 1 | s->updating << 2 | s->cancelled << 3 |
			 s->sync_update << 4 | s->running << 5);
	p[9] = (uint8_t)w->active;
	p[10] = (uint8_t)(w->rolled | w->operated << 1);
	p[11] = (uint8_t)w->faults;
	p[12] = (uint8_t)s->mode;
	for (int i = 0; i < KIT_BBS; i++)
		pack_bb(p + 14 + i * PACK_BB, w, i);
	/* the first two are of one group, and of one kind */
	if (memcmp(p + 14, p + 14 + PACK_BB, PACK_BB) > 0) {
		memcpy(swap, p + 14, PACK_BB);
		memcpy(p + 14, p + 14 + PACK_BB, PACK_BB);
		memcpy(p + 14 + PACK_BB, swap, PACK_BB);
	}
}

static inline void unpack(const uint8_t *p, struct world *w)
{
	struct site *s = &w->s;

	s->state = (enum site_state)p[0];
	s->wait = (enum site_wait)p[1];
	s->prompt = (enum site_prompt)p[2];
	s->due_at = p[3] ? 1 : -1;
	s->requests = p[4];
	s->triggers = p[5];
	s->resyncs = p[6];
	s->wave = p[7];
	s->has_previous = p[8] & 1;
	s->rolling_back = p[8] >> 1 & 1;
	s->updating = p[8] >> 2 & 1;
	s->cancelled = p[8] >> 3 & 1;
	s->sync_update = p[8] >> 4 & 1;
	s->running = p[8] >> 5 & 1;
	w->active = (char)p[9];
	w->rolled = p[10] & 1;
	w->operated = p[10] >> 1 & 1;
	w->faults = p[11];
	s->mode = (enum site_mode)p[12];
	s->seq = 20;
	for (int i = 0; i < KIT_BBS; i++) {
		const uint8_t *q = p + 14 + i * PACK_BB;
		struct site_bb *b = &s->bb[i];

		b->known = q[0] & 1;
		b->advised = q[0] >> 1 & 1;
		b->restarted = q[0] >> 2 & 1;
		w->has_late[i] = q[0] >> 3 & 1;
		b->command = (enum bbum_command)q[1];
		b->last = (enum bbum_command)q[2];
		b->seq = q[3];
		b->trigger_seq = q[4];
		b->boots = q[5];
		b->asked_at = -1;
		kit_hash(b->want_hash, w->active);
		w->late_c[i] = (enum bbum_command)q[6];
		w->late_seq[i] = q[7];
		const uint8_t *sims = unpack_sim(q + 10, &w->d[i]);

		w->d[i].waiting = (enum bbum_command)q[8];
		w->d[i].waiting_seq = q[9];
		sims = unpack_sim(sims, &w->snap[i]);
		unpack_sim(sims, &w->late[i]);
		sim_status(&w->snap[i], s->id, &b->status);
		if (!w->snap[i].boots)
			memset(&b->status, 0, sizeof b->status);
	}
}

/* Nothing is on its way, and the manager knows the truth. */
static inline bool quiet(const struct world *w)
{
	for (int i = 0; i < KIT_BBS; i++) {
		const struct sim *d = &w->d[i], *k = &w->snap[i];

		if (w->has_late[i] || w->late_c[i] != BBUM_CMD_NONE || d->waiting != BBUM_CMD_NONE ||
		    w->s.bb[i].command != BBUM_CMD_NONE || d->state != k->state || d->runs != k->runs ||
		    d->holds != k->holds)
			return false;
	}
	return true;
}

static inline uint64_t hash_of(const uint8_t *p)
{
	uint64_t h = UINT64_C(0x9E3779B97F4A7C15), v;

	for (size_t i = 0; i < PACK; i += 8) {
		v = 0;
		memcpy(&v, p + i, PACK - i < 8 ? PACK - i : 8);
		h = (h ^ v) * UINT64_C(0xFF51AFD7ED558CCD);
		h ^= h >> 32;
	}
	return h;
}

static inline void show_world(const struct world *w)
{
	printf("  %s, %s, prompt %s, active %c, triggers %d, resyncs %d%s%s\n", site_state_text[w->s.state],
	       site_wait_text[w->s.wait], site_prompt_text[w->s.prompt], w->active, (int)w->s.triggers,
	       (int)w->s.resyncs, w->s.rolling_back ? ", rolling back" : "",
	       w->s.due_at >= 0 ? ", timer" : "");
	for (int i = 0; i < KIT_BBS; i++)
		printf("    %d: is %s (%c/%c %s of %d), known %d as %s, seq %d, command %s %d, last %s; "
		       "trigger %d\n",
		       i, bbum_state_text[w->d[i].state], w->d[i].runs, w->d[i].slot,
		       bbum_result_text[w->d[i].result], (int)w->d[i].result_seq, w->s.bb[i].known,
		       bbum_state_text[w->snap[i].state], (int)w->d[i].seq,
		       bbum_command_text[w->s.bb[i].command], (int)w->s.bb[i].seq,
		       bbum_command_text[w->s.bb[i].last], (int)w->s.bb[i].trigger_seq);
}

#endif

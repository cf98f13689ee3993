/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Synchronous answers of the DCC: read and judged on the line's thread, applied in a round. I0 and I99 say
 * that something was taken, never that it succeeded; a warning says so for those devices only that it does
 * not name.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "orch/dcc_p.h"

#define SLICE 500 /* devices of a list that are dealt with in one round */

/* ---- on the line's thread ---- */

static void answer_parse(struct dcc_door *d, const struct dcc_answer *a, struct dcc_letter *l)
{
	OWN(dcc_users_unref) struct dcc_users *u = dcc_door_users(d);
	const struct duis_trust trust = { u->cert, u->ncerts, clock_wall(d->init.clock) };
	struct duis_message *m;
	enum duis_signed sign;
	struct err e;

	if (!a->len) {
		snprintf(l->why, sizeof l->why, "HTTP %d without a document", a->status);
		return;
	}
	m = mem_zalloc(sizeof *m);
	if (duis_read(a->body, a->len, &trust, m, &sign, &e)) {
		snprintf(l->why, sizeof l->why, "what came is no answer: %.120s", e.msg);
	} else if (sign != DUIS_GOOD && sign != DUIS_UNSIGNED) {
		snprintf(l->why, sizeof l->why, "its signature is %s",
			 sign == DUIS_BAD ? "bad" : "of somebody whom we do not trust");
		atomic_fetch_add(&d->c_refused_signature, 1);
	} else if (m->kind != DUIS_RESPONSE ||
		   (m->has_id && (m->id.originator != l->sent.user || m->id.target != l->sent.target ||
				  m->id.counter != l->sent.counter)) ||
		   (!m->has_id && sign == DUIS_GOOD)) {
		snprintf(l->why, sizeof l->why, "it answers another request");
	} else {
		l->message = m;
		return;
	}
	duis_message_done(m);
	free(m);
}

void dcc_door_answer(struct dcc_door *d, const struct dcc_answer *a)
{
	struct dcc_letter *l = mem_zalloc(sizeof *l);

	l->kind = DCC_LETTER_ANSWER;
	if (!dcc_slot_take(d, a->tag, &l->sent)) {
		atomic_fetch_add(&d->c_late, 1);
		free(l);
		return;
	}
	if (a->status && a->status != 503)
		atomic_store(&d->lost_row, 0);
	else
		atomic_fetch_add(&d->lost_row, 1);
	if (a->status)
		answer_parse(d, a, l);
	else
		snprintf(l->why, sizeof l->why, "%.150s", a->why ? a->why : "no answer");
	l->not_sent = !l->message && (a->status == 503 || (!a->status && a->not_sent));
	atomic_fetch_add(l->message ? &d->c_answers : &d->c_answers_lost, 1);
	if (!mailbox_post(d->box, &l)) /* closing: the watchdog of the row asks again */
		dcc_letter_free(l);
}

/* ---- what an answer means ---- */

static struct dcc_word word_of(const struct dcc_letter *l, const char *what, char text[300])
{
	const struct duis_message *m = l->message;
	const char *says = m ? dcc_code_says(m->code) : "";

	if (m && !*says) /* a code that is in no list */
		says = *m->code == 'W' ? "taken, with a warning" : *m->code == 'E' ? "refused" : "answered";
	if (m)
		snprintf(text, 300, "%s%s%.200s", says, *m->detail ? ": " : "", m->detail);
	else
		snprintf(text, 300, "no answer: %.200s", l->why);
	return (struct dcc_word){ .way = "in",
				  .what = what,
				  .ref = (int64_t)l->sent.counter,
				  .code = m ? m->code : "",
				  .detail = text };
}

static enum meter_event event_of(const struct dcc_round *r, const struct dcc_letter *l)
{
	if (!l->message)
		return l->not_sent ? METER_EV_NOT_SENT : METER_EV_ANSWER_LOST;
	return dcc_code_event(r->d, l->message->code);
}

/* What a code means beyond the one request. */
static int code_follow(struct dcc_round *r, const struct dcc_letter *l, struct err *e)
{
	enum dcc_meaning what = l->message ? dcc_code_meaning(r->d, l->message->code) : DCC_CODE_GOOD;
	struct store_meter m;
	char why[200];
	bool got;

	if (what != DCC_CODE_AUTHORITY && what != DCC_CODE_HELD && what != DCC_CODE_USER)
		return OK;
	snprintf(why, sizeof why, "%s: %s", l->message->code,
		 *dcc_code_says(l->message->code) ? dcc_code_says(l->message->code) : dcc_meaning_text[what]);
	if (what != DCC_CODE_AUTHORITY)
		return dcc_learn_held(r, l->sent.user, why, e);
	if (!l->sent.device_id || store_meter_get(r->db, l->sent.device_id, &got, &m, e))
		return l->sent.device_id ? (int)e->code : OK;
	return got ? dcc_learn_lost(r, &m, why, e) : OK;
}

/* ---- of a job ---- */

static int job_of(struct dcc_round *r, const struct dcc_letter *l, bool *ret_waits, struct store_meter_job *j,
		  struct err *e)
{
	bool got;

	*ret_waits = false;
	if (store_meter_job_get(r->db, l->sent.job_id, &got, j, e))
		return (int)e->code;
	if (!got || j->ended_at >= 0)
		return OK;
	*ret_waits = (uint64_t)(l->sent.what == DCC_FOR_VERSION ? j->read_counter : j->command_counter) ==
		     l->sent.counter;
	return OK;
}

static int job_answer(struct dcc_round *r, const struct dcc_letter *l, struct err *e)
{
	bool version = l->sent.what == DCC_FOR_VERSION, waits, good;
	struct store_meter_job j;
	char text[300];
	struct dcc_word word = word_of(l, version ? "11.2" : "11.3", text);
	enum meter_event ev = event_of(r, l);

	if (job_of(r, l, &waits, &j, e))
		return (int)e->code;
	if (!waits) {
		atomic_fetch_add(&r->d->c_late, 1);
		return dcc_say(r, l->sent.device_id, l->sent.job_id, &word, e);
	}
	if (ev == METER_EV_AUTHORITY_LOST) /* ends the job, too */
		return dcc_say(r, j.device_id, j.id, &word, e) || code_follow(r, l, e) ? (int)e->code : OK;
	good = ev == METER_EV_TAKEN || ev == METER_EV_ACK;
	if (l->sent.what == DCC_FOR_TRANSFORM && good && l->message->payload == DUIS_PRE_COMMAND)
		return dcc_act_command(r, l, &j, e);
	if (l->sent.what == DCC_FOR_TRANSFORM && good) {
		word.detail = "there is no Pre-Command in it";
		ev = METER_EV_ANSWER_LOST;
	} else if (good) {
		ev = METER_EV_ACK;
	} else if (version && ev != METER_EV_NOT_SENT && ev != METER_EV_ANSWER_LOST) {
		/* Not answered is not "runs the old one": the watchdog asks again. */
		return dcc_say(r, j.device_id, j.id, &word, e);
	}
	return code_follow(r, l, e) || dcc_job_event(r, &j, ev, &word, e) ? (int)e->code : OK;
}

/* ---- of a distribution ---- */

static const enum meter_event list_event[DUIS_LISTS] = {
	[DUIS_LIST_INVALID] = METER_EV_INVALID_ID,
	[DUIS_LIST_NOT_COMMISSIONED] = METER_EV_NOT_COMMISSIONED,
	[DUIS_LIST_NOT_APPLICABLE] = METER_EV_NOT_APPLICABLE,
	[DUIS_LIST_BUSY] = METER_EV_BUSY,
	[DUIS_LIST_GBCS] = METER_EV_GBCS_VERSION,
};

static int dist_over(struct dcc_round *r, const struct dcc_letter *l, const char *state, struct err *e)
{
	char text[300];
	struct dcc_word word = word_of(l, "", text);
	bool first;

	return dcc_begin(r, e) ? (int)e->code
			       : store_distribution_end(r->db, l->sent.dist_id, state, word.code, text,
							r->now, &first, e);
}

static int list_one(struct dcc_round *r, const struct store_distribution *dist, uint64_t eui,
		    enum meter_event ev, const struct dcc_word *word, struct err *e)
{
	struct store_meter m;
	struct store_meter_job j;
	bool got;

	if (dcc_meter_of(r, eui, dist->user_eui, &got, &m, e) ||
	    (got && store_meter_job_open(r->db, m.device_id, &got, &j, e)))
		return (int)e->code;
	if (!got || j.dist_id != dist->id || strcmp(j.state, meter_job_text[METER_JOB_SENT]) != 0)
		return OK;
	return dcc_job_event(r, &j, ev, word, e);
}

/* A slice of an answer. *ret_over: nothing of it is left. */
static int dist_slice(struct dcc_round *r, struct dcc_work *w, bool *ret_over, struct err *e)
{
	const struct dcc_letter *l = w->letter;
	struct store_distribution dist;
	char text[300];
	struct dcc_word word;
	enum meter_event ev = event_of(r, l);
	int left = SLICE;
	bool got, more;

	*ret_over = true;
	if (store_distribution_get(r->db, l->sent.dist_id, &got, &dist, e))
		return (int)e->code;
	if (!got || strcmp(dist.state, "sent") != 0) {
		atomic_fetch_add(&r->d->c_late, 1);
		return OK;
	}
	/* Whoever may not send to one of them was not asked about the others. */
	if (ev == METER_EV_AUTHORITY_LOST)
		ev = METER_EV_REFUSED;
	word = word_of(l, dist.service, text);
	if (ev == METER_EV_TAKEN)
		for (; w->list < DUIS_LISTS; w->list++, w->at = 0)
			for (; w->at < l->message->list[w->list].n; w->at++) {
				if (!left--) {
					*ret_over = false;
					return OK;
				}
				if (list_one(r, &dist, l->message->list[w->list].v[w->at],
					     list_event[w->list], &word, e))
					return (int)e->code;
			}
	if ((!w->after && code_follow(r, l, e)) || dcc_dist_event(r, &dist, ev, &word, &more, e))
		return (int)e->code;
	w->after = 1;
	*ret_over = !more;
	return more ? OK : dist_over(r, l, l->message ? "answered" : "lost", e);
}

int dcc_work_on(struct dcc_round *r, struct err *e)
{
	struct dcc_door *d = r->d;

	if (!d->works.n)
		return OK;
	r->work = d->works.v[0];
	r->work_moved = true;
	if (dcc_begin(r, e))
		return (int)e->code;
	(void)dcc_doing(r, DCC_DOING_WORK, r->work.letter->sent.dist_id);
	if (dist_slice(r, &r->work, &r->work_over, e))
		return (int)e->code;
	r->doing = 0;
	return OK;
}

void dcc_work_kept(struct dcc_round *r)
{
	struct dcc_door *d = r->d;

	if (r->work_moved && r->work_over) {
		dcc_letter_free(d->works.v[0].letter);
		memmove(d->works.v, d->works.v + 1, --d->works.n * sizeof *d->works.v);
	} else if (r->work_moved) {
		d->works.v[0] = r->work;
	}
	for (size_t i = 0; i < r->works.n; i++) {
		for (size_t k = 0; k < r->nread; k++)
			if (d->letter[k] == r->works.v[i].letter)
				d->letter[k] = NULL;
		vec_push(&d->works, r->works.v[i]);
	}
}

static int dist_answer(struct dcc_round *r, struct dcc_letter *l, struct err *e)
{
	struct dcc_work w = { .letter = l };
	bool over;

	if (dist_slice(r, &w, &over, e))
		return (int)e->code;
	if (!over)
		vec_push(&r->works, w);
	return OK;
}

/* ---- of a wish ---- */

static int wish_answer(struct dcc_round *r, const struct dcc_letter *l, struct err *e)
{
	bool inventory = l->sent.what == DCC_FOR_INVENTORY, got;
	char text[300];
	struct dcc_word word = word_of(l, inventory ? "8.2" : "11.2", text);
	struct store_meter m;

	if (store_meter_get(r->db, l->sent.device_id, &got, &m, e))
		return (int)e->code;
	if (!got || (uint64_t)m.wish_counter != l->sent.counter) {
		atomic_fetch_add(&r->d->c_late, 1);
		return OK;
	}
	if (dcc_say(r, m.device_id, 0, &word, e) || code_follow(r, l, e))
		return (int)e->code;
	if (!inventory || !l->message || l->message->payload != DUIS_INVENTORY)
		return OK; /* the wish asks again when its time is over */
	return dcc_learn_inventory(r, &m, l->message, e) || store_meter_wish_done(r->db, m.device_id, e)
		   ? (int)e->code
		   : OK;
}

int dcc_answer_read(struct dcc_round *r, struct dcc_letter *l, struct err *e)
{
	if (dcc_begin(r, e))
		return (int)e->code;
	switch (l->sent.what) {
	case DCC_FOR_DISTRIBUTION:
		return dist_answer(r, l, e);
	case DCC_FOR_TRANSFORM:
	case DCC_FOR_ACTIVATE:
	case DCC_FOR_VERSION:
		return job_answer(r, l, e);
	case DCC_FOR_WISH_VERSION:
	case DCC_FOR_INVENTORY:
		return wish_answer(r, l, e);
	case DCC_FORS:
		break;
	}
	return OK;
}

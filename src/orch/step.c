/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "core/fleet.h"
#include "orch/runner_priv.h"
#include "orch/step_reason.h"
#include "store/store_cm.h"

int64_t timer_ms(const struct runner_settings *set, enum cm_timer t)
{
	switch (t) {
	case CM_TIMER_CONTACT:
		return set->contact_timeout;
	case CM_TIMER_ACCEPT:
		return set->accept_timeout;
	case CM_TIMER_TRIGGER:
		return set->trigger_timeout;
	case CM_TIMER_INSTALL:
		return set->install_timeout;
	case CM_TIMER_RESTART:
		return set->restart_timeout;
	case CM_TIMER_WAIT:
	case CM_TIMER_NONE:
	case CM_TIMERS:
		break;
	}
	return -1;
}

/* Waits double, up to a limit; a little chance keeps a fleet from asking in step. */
static int64_t wait_ms(struct runner *r, int64_t times)
{
	const struct runner_settings *set = &r->init.set;
	int64_t ms = set->retry_wait;

	for (int64_t i = 1; i < times && ms < set->retry_wait_max; i++)
		ms *= 2;
	if (ms > set->retry_wait_max)
		ms = set->retry_wait_max;
	return ms + (int64_t)rnd_below(&r->init.rnd, (uint64_t)ms / 10 + 1);
}

/* Everything in a step that has to do with one move. */
struct step {
	struct batch *b;
	struct live *l;
	struct walk *w;
	const struct bbum_status *status; /* NULL: none */
	struct next next;                 /* of CM_SAW_NORMAL */
	int64_t put_off;      /* goes back to the queue until then, and keeps its reason; 0 = no */
	struct stands stands; /* of a push that is decided */
	bool not_now;         /* the answer refuses the moment, not the update */
	bool lost;            /* the authority over the meter is gone: the walk ends, whatever it was at */
};

/* Was the device given to another owner since? Then this campaign has no authority over it any more. */
static bool is_lost(const struct step *st)
{
	return st->w->org_id != st->l->k.org_id;
}

static bool fragment_follows(const struct snapshot *s, int64_t entry_id)
{
	uint32_t node = graph_find_id(s->graph, entry_id);

	return node != NODE_NONE &&
	       graph_node(s->graph, node)->fragment < graph_node(s->graph, node)->fragments;
}

static int event_write(struct step *st, const char *event, enum cm_state was, enum bbum_command sent,
		       const char *detail, struct err *e)
{
	const struct walk *w = st->w;
	char id[COMMAND_ID_MAX];
	struct store_event v = { .n = ++st->l->k.n_events,
				 .cycle_id = w->cycle_id,
				 .at = st->b->now,
				 .hop = w->hop,
				 .event = event,
				 .was = cm_state_text[was],
				 .now = cm_state_text[w->cm],
				 .detail = detail,
				 .from_id = w->from_id,
				 .to_id = w->to_id };

	st->l->dirty = true;
	if (sent != BBUM_CMD_NONE) {
		snprintf(id, sizeof id, "%" PRId64 "-%" PRId64, w->cycle_id, w->seq);
		v.command = id;
	}
	return store_event_add(st->b->r->db, w->campaign_id, &v, e);
}

/* The hop under way is done when the device itself runs what it leads to, and only then. */
static int hop_confirm(struct step *st, struct err *e)
{
	struct walk *w = st->w;

	if (!w->to_id || w->hop <= w->hops_done || w->entry_id != w->to_id)
		return OK;
	w->hops_done = w->hop;
	w->together = fragment_follows(st->b->snap, w->to_id);
	w->tries = w->refusals = 0;
	st->l->k.n_hops++;
	return event_write(st, "hop-done", w->was_cm, BBUM_CMD_NONE, w->version, e);
}

/* A walk leaves the chart: its phase is final, or waits for somebody, or for its turn. */
static void walk_end(struct step *st, enum cycle_phase phase)
{
	struct walk *w = st->w;
	struct store_campaign *k = &st->l->k;
	size_t before = st->l->ended.len;
	struct jw j;

	if (phase == PHASE_QUEUED && k->state == CAMPAIGN_STOPPED && !w->together)
		phase = PHASE_STOPPED;
	if ((phase == PHASE_QUEUED || phase == PHASE_HELD) && is_lost(st)) {
		step_reason_lost(w);
		phase = PHASE_STOPPED;
	}
	live_move(st->l, w->wave, w->phase, phase);
	w->phase = phase;
	w->ending = PHASES;
	w->command = BBUM_CMD_NONE;
	w->due_at = -1;
	w->ended_at = phase == PHASE_QUEUED || phase == PHASE_HELD ? -1 : st->b->now;
	if (phase == PHASE_DONE || (phase == PHASE_QUEUED && !st->put_off))
		w->reason[0] = w->detail[0] = 0;
	w->not_before = phase == PHASE_QUEUED ? st->put_off : 0;
	st->l->worse = st->l->worse || phase == PHASE_FAILED || phase == PHASE_HELD;
	if (phase == PHASE_QUEUED)
		return;
	if (st->l->cut)
		return;
	if (st->l->ended.len)
		str_addc(&st->l->ended, ',');
	j = jw_start(&st->l->ended);
	jw_obj(&j);
	jw_kint(&j, "cycle", w->cycle_id);
	jw_kstr(&j, "device", w->device);
	jw_kstr(&j, "phase", cycle_phase_text[phase]);
	if (w->reason[0])
		jw_kstr(&j, "reason", w->reason);
	jw_end(&j);
	if (st->l->ended.over) { /* audit text is JSON: no half of a member */
		st->l->ended.len = before;
		st->l->cut = true;
	}
}

/* Too many failures halt the campaign in the same transaction. */
static void halt_if_due(struct live *l)
{
	struct store_campaign *k = &l->k;
	int64_t bad = k->n[PHASE_FAILED] + k->n[PHASE_HELD] - k->forgiven;

	if (k->state != CAMPAIGN_RUNNING || k->stop_after == 0 || bad < k->stop_after)
		return;
	k->state = CAMPAIGN_HALTED;
	snprintf(k->reason, sizeof k->reason, "%" PRId64 " walks failed or are held (limit %" PRId64 ")", bad,
		 k->stop_after);
}

static void offer(struct step *st)
{
	struct walk *w = st->w;

	if (w->from_id != w->entry_id || w->to_id != st->next.to_id || w->hop <= w->hops_done)
		w->tries = w->refusals = 0;
	w->plan_id = st->next.plan_id;
	w->from_id = w->entry_id;
	w->to_id = st->next.to_id;
	w->hop = w->hops_done + 1;
	if (!w->start_id)
		w->start_id = w->entry_id;
}

static enum cycle_phase ending_of(const struct step *st, enum cm_event ev)
{
	if (ev == CM_EV_STOP || st->lost)
		return PHASE_STOPPED;
	if (ev == CM_EV_REST)
		return PHASE_QUEUED;
	return ev == CM_EV_WITHDRAWN ? PHASE_HELD : PHASE_FAILED;
}

static void deed_do(struct step *st, enum cm_event ev, enum cm_deed deed)
{
	struct walk *w = st->w;

	switch (deed) {
	case CM_DEED_NONE:
	case CM_DEED_CONFIRM: /* see hop_confirm() */
		break;
	case CM_DEED_ASK:
		batch_effect(st->b, w, true);
		break;
	case CM_DEED_OFFER:
		offer(st);
		break;
	case CM_DEED_WAIT:
		w->due_at =
		    st->b->now + (st->not_now ? not_now_wait_ms(st->b, w)
					      : wait_ms(st->b->r, w->refusals ? w->refusals : w->tries));
		break;
	case CM_DEED_END_WITH:
		w->ending = ending_of(st, ev);
		break;
	case CM_DEED_END:
		walk_end(st, w->ending);
		break;
	case CM_DEED_DONE:
		walk_end(st, PHASE_DONE);
		break;
	case CM_DEED_FAIL:
		walk_end(st, PHASE_FAILED);
		break;
	case CM_DEED_HOLD:
		walk_end(st, PHASE_HELD);
		break;
	case CM_DEED_REQUEUE:
		walk_end(st, PHASE_QUEUED);
		break;
	case CM_DEED_STOPPED:
		walk_end(st, PHASE_STOPPED);
		break;
	case CM_DEEDS:
		break;
	}
	halt_if_due(st->l);
}

static void count_refusals(struct walk *w, enum cm_event ev)
{
	if (ev == CM_EV_REJECTED || ev == CM_EV_REJECTED_LAST || ev == CM_EV_SILENCE ||
	    ev == CM_EV_SILENCE_LAST || ev == CM_EV_OUT_OF_STEP)
		w->refusals++;
	else if (ev == CM_EV_ACCEPTED || ev == CM_EV_INSTALLED)
		w->refusals = 0;
}

static void send(struct walk *w, enum bbum_command c)
{
	w->command = c;
	if (c == BBUM_CMD_NONE)
		return;
	w->seq++;
	if (c == BBUM_CMD_TRIGGER) {
		w->trigger_seq = w->seq;
		w->tries++;
	}
	if (c == BBUM_CMD_RESTART)
		w->boots = w->device_boots;
}

/* What belongs to a move on a site of several devices: who moves with it; and when it gives its place away,
 * the others look again whose turn it is. */
static int site_follow(const struct step *st, enum cm_deed deed, struct err *e)
{
	const struct walk *w = st->w;

	if (walk_has_parts(w) && deed == CM_DEED_OFFER)
		return store_companion_put(st->b->r->db, w->cycle_id, w->hop, st->next.companion,
					   st->next.ncompanions, e);
	/* A station that cannot be touched now cannot be in any of its components. */
	if (!walk_keeps_time(w) || w->phase == PHASE_ACTIVE || (st->put_off && walk_has_parts(w)))
		return OK;
	return store_turn_wake(st->b->r->db, w->site_id, w->cycle_id, st->b->now, e);
}

static void reason_of(struct step *st, enum cm_event ev)
{
	bool stops = ev == CM_EV_STOP || ev == CM_EV_STOP_HERE;

	step_reason(st->w, ev, st->status, &st->next, &st->stands);
	if (stops && st->lost)
		step_reason_authority(st->w);
	else if (stops && is_lost(st))
		step_reason_lost(st->w);
}

static int step_move(struct step *st, enum cm_event ev, struct err *e)
{
	struct walk *w = st->w;
	enum cm_state was = w->cm;
	const struct cm_move *m = cm_move(was, ev);
	int64_t ms;

	if (!m) {
		atomic_fetch_add(&st->b->r->c_ignored, 1);
		return OK;
	}
	reason_of(st, ev);
	if (!st->not_now)
		count_refusals(w, ev);
	w->cm = m->to;
	ms = walk_timer_ms(&st->b->r->init.set, w, m->to);
	w->due_at = ms < 0 ? -1 : st->b->now + ms;
	send(w, m->send);
	deed_do(st, ev, m->deed);
	if (ev == CM_EV_WITHDRAWN)
		st->b->withdrawn++;
	if (event_write(st, cm_event_text[ev], was, m->send, step_note(w, ev, st->status), e) ||
	    store_walk_move(st->b->r->db, w, st->b->now, e) || site_follow(st, m->deed, e))
		return (int)e->code;
	st->b->moves++;
	if (w->phase == PHASE_ACTIVE && (m->send != BBUM_CMD_NONE || m->deed == CM_DEED_OFFER))
		batch_effect(st->b, w, false);
	return OK;
}

/* ---- facts ---- */

static enum cm_runs runs_of(const struct walk *w)
{
	if (!w->to_id || w->entry_id == w->to_id)
		return CM_RUNS_NEW;
	return w->entry_id && w->entry_id == w->from_id ? CM_RUNS_OLD : CM_RUNS_OTHER;
}

/* Of a station the question costs a plan over its components, of a meter its whole HAN; it is asked where a
 * push is decided. */
static bool decides_push(const struct step *st, enum cm_seen seen)
{
	return !walk_keeps_time(st->w) || seen == CM_SAW_RECOMMENDED || seen == CM_SAW_ACCEPTED ||
	       seen == CM_SAW_TIMER;
}

static int facts_of(struct step *st, enum cm_seen seen, struct cm_facts *f, struct err *e)
{
	const struct runner_settings *set = &st->b->r->init.set;
	const struct store_campaign *k = &st->l->k;
	struct walk *w = st->w;
	bool may_rest = !w->together;

	*f = (struct cm_facts){
		.state = w->cm,
		.ending = w->ending != PHASES,
		.resting = may_rest && (k->state == CAMPAIGN_PAUSED || k->state == CAMPAIGN_HALTED),
		.stopping = st->lost || (may_rest && (k->state == CAMPAIGN_STOPPED || is_lost(st))),
		.asks_left = st->not_now || w->refusals + 1 < set->request_tries,
		.tries_left = st->not_now || (w->tries < set->trigger_tries && !says_final(w, st->status)),
		.runs = runs_of(w)
	};
	if (seen == CM_SAW_NORMAL) {
		if (next_find(st->b, st->l, w, &st->next, e))
			return (int)e->code;
		if (*st->next.note && event_write(st, "replanned", w->cm, BBUM_CMD_NONE, st->next.note, e))
			return (int)e->code;
		f->arrived = st->next.arrived;
		f->has_next = st->next.has;
		f->resting = f->resting || st->next.yields;
		st->lost = st->lost || st->next.lost;
	} else if (w->to_id && decides_push(st, seen)) {
		if (next_stands(st->b, st->l, w, seen != CM_SAW_RECOMMENDED, &st->stands, e))
			return (int)e->code;
		f->stands = st->stands.yes;
		f->resting = f->resting || st->stands.changed; /* planned anew from what is found */
		st->lost = st->lost || st->stands.lost;
	}
	f->stopping = f->stopping || st->lost;
	return OK;
}

/* "Not now" is no answer to the update: the try counts for nothing. */
static enum cm_event not_now_event(struct step *st, enum cm_event ev)
{
	struct walk *w = st->w;

	if (ev == CM_EV_REJECTED && (w->cm == CM_PENDING || w->cm == CM_AGAIN))
		w->tries--;
	/* The request stands, but may not be followed: taken back, and asked again later. */
	return ev == CM_EV_REJECTED && w->cm == CM_PENDING ? CM_EV_OUT_OF_STEP : ev;
}

/* Back into the queue for a while, so that others have its place. */
static int put_off(struct step *st, struct err *e)
{
	st->put_off = st->b->now + not_now_wait_ms(st->b, st->w);
	return step_move(st, CM_EV_REST, e);
}

int step_seen(struct batch *b, struct walk *w, enum cm_seen seen, const struct bbum_status *status,
	      struct err *e)
{
	struct step st = { .b = b, .w = w, .status = status };
	struct cm_facts f;
	enum cm_event ev;

	if (seen == CM_SAW_NOTHING)
		return OK;
	if (batch_campaign(b, w->campaign_id, &st.l, e))
		return (int)e->code;
	if ((seen == CM_SAW_NORMAL || seen == CM_SAW_BACK) && hop_confirm(&st, e))
		return (int)e->code;
	st.lost = says_lost(w, status);
	st.not_now = (seen == CM_SAW_REJECTED && says_not_now(w, status)) ||
		     (seen == CM_SAW_TIMER && w->cm == CM_ASKED && walk_keeps_time(w));
	if (facts_of(&st, seen, &f, e))
		return (int)e->code;
	ev = cm_judge(seen, &f);
	if (st.not_now)
		ev = not_now_event(&st, ev);
	if (ev == CM_EVENTS)
		return OK;
	if (step_move(&st, ev, e))
		return (int)e->code;
	if (!st.not_now || w->cm != CM_REFUSED)
		return OK;
	if (st.lost)
		return step_move(&st, CM_EV_STOP, e);
	return w->together ? OK : put_off(&st, e);
}

int step_bar(struct batch *b, struct walk *w, enum cycle_phase phase, const char *reason, const char *detail,
	     struct err *e)
{
	struct step st = { .b = b, .w = w };

	assert(w->phase == PHASE_QUEUED);
	if (batch_campaign(b, w->campaign_id, &st.l, e))
		return (int)e->code;
	str_copy(w->reason, sizeof w->reason, reason);
	str_copy(w->detail, sizeof w->detail, detail);
	walk_end(&st, phase);
	halt_if_due(st.l);
	if (event_write(&st, cycle_phase_text[phase], w->cm, BBUM_CMD_NONE, w->detail, e) ||
	    store_walk_move(b->r->db, w, b->now, e))
		return (int)e->code;
	b->moves++;
	return OK;
}

int step_event(struct batch *b, struct walk *w, enum cm_event ev, const struct bbum_status *status,
	       struct err *e)
{
	struct step st = { .b = b, .w = w, .status = status };

	if (batch_campaign(b, w->campaign_id, &st.l, e))
		return (int)e->code;
	return step_move(&st, ev, e);
}

/* ---- a report ---- */

/* Whom is it? What an operator stated comes first; then what this walk pushed, and what the device was known
 * to be: where several entries fit equally well, these know better than the catalogue. */
static void found_set(const struct batch *b, struct walk *w, const struct bbum_status *s)
{
	struct identity id = { .scheme = w->scheme,
			       .manufacturer = *s->manufacturer ? s->manufacturer : NULL,
			       .model = *s->model ? s->model : NULL,
			       .hardware = *s->hardware ? s->hardware : NULL,
			       .version = *s->version ? s->version : NULL,
			       .hash = *s->hash ? s->hash : NULL };
	int64_t hints[] = { w->hint_entry_id, w->cycle_id ? w->to_id : 0, w->entry_id, 0 };
	uint32_t node = NODE_NONE;
	const char *why = "";

	for (size_t i = 0; i < sizeof hints / sizeof *hints && node == NODE_NONE; i++)
		if (hints[i] || i == 3)
			node = fleet_identify(b->snap, &id,
					      hints[i] ? graph_find_id(b->snap->graph, hints[i]) : NODE_NONE,
					      &why);
	w->entry_id = node == NODE_NONE ? 0 : graph_node(b->snap->graph, node)->entry_id;
	str_copy(w->entry_why, sizeof w->entry_why, why);
	str_copy(w->manufacturer, sizeof w->manufacturer, s->manufacturer);
	str_copy(w->model, sizeof w->model, s->model);
	str_copy(w->hardware, sizeof w->hardware, s->hardware);
	str_copy(w->version, sizeof w->version, s->version);
	w->device_boots = s->boots;
}

static int status_record(struct batch *b, const struct walk *w, const struct report *rep, struct err *e)
{
	const struct bbum_status *s = &rep->status;
	struct store_device d = { .id = w->device_id,
				  .manufacturer = *s->manufacturer ? s->manufacturer : NULL,
				  .model = *s->model ? s->model : NULL,
				  .hardware = *s->hardware ? s->hardware : NULL,
				  .version = *s->version ? s->version : NULL,
				  .hash = *s->hash ? s->hash : NULL,
				  .entry_id = w->entry_id,
				  .entry_why = w->entry_why,
				  .state = bbum_state_text[s->state],
				  .boots = s->boots,
				  .progress = s->progress,
				  .step = *s->step ? s->step : NULL };

	seen_renew(b->r, w->device_id, s, b->now);
	return store_device_status(b->r->db, &d, rep->mark, b->now, e);
}

int step_report(struct batch *b, const struct report *rep, struct err *e)
{
	struct cm_walk cw;
	struct walk w;
	char name[ENTRY_NAME_SIZE];
	int64_t ran;
	uint32_t node;
	bool got;

	if (store_walk_of_device(b->r->db, rep->device_id, &got, &w, e))
		return (int)e->code;
	if (!got) {
		atomic_fetch_add(&b->r->c_ignored, 1);
		return OK;
	}
	if (!strcmp(w.scheme, SCHEME_BLOCK))
		return step_block(b, &w, rep, e);
	ran = w.entry_id;
	found_set(b, &w, &rep->status);
	if (strcmp(w.mark, rep->mark) != 0) {
		/* What others of its HAN wait for may be fulfilled now. */
		if (status_record(b, &w, rep, e) || (walk_in_han(&w) && w.entry_id != ran &&
						     store_turn_again(b->r->db, w.site_id, b->now, e)))
			return err_wrap(e, "device %s", w.device);
	} else {
		seen_note(b->r, w.device_id, &rep->status, b->now);
	}
	if (!w.cycle_id)
		return OK;
	/* As effects.c and the doors spell an offer; names for people may begin with the scheme already. */
	node = w.to_id ? graph_find_id(b->snap->graph, w.to_id) : NODE_NONE;
	snprintf(name, sizeof name, "%s:%s", w.scheme,
		 node == NODE_NONE ? "?" : graph_node(b->snap->graph, node)->public_id);
	cw = (struct cm_walk){ w.cm, w.cycle_id, w.seq, w.trigger_seq, w.boots, w.to_id ? name : "" };
	return step_seen(b, &w, cm_observe(&cw, &rep->status), &rep->status, e)
		   ? err_wrap(e, "device %s", w.device)
		   : OK;
}

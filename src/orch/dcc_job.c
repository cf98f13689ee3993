/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs: rows moved by the table of model/meter_job.h and by nothing else, by compare-and-set, so that any
 * node may write what a message means. What is to be done then is done by the node that holds the shard, when
 * the row is due: at once when that is this node, for the sweep follows in the same round.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/parse.h"
#include "orch/dcc_p.h"
#include "store/store_ledger.h"

#define DUE_MAX 500
#define PAGE 500
#define MOVES_MAX 200           /* of one job; more is a device or a DCC that goes round for ever */
#define HELD_MS INT64_C(600000) /* until it is looked whether people released what is held */
#define AGAIN_MS INT64_C(15000) /* before what got no answer is tried again; longer after many moves */

bool dcc_job_ppmid(const struct store_meter_job *j)
{
	return !strcmp(j->service, "11.4");
}

static struct meter_past past_of(const struct store_meter_job *j)
{
	return (struct meter_past){ .ppmid = dcc_job_ppmid(j),
				    .future = j->activate_at >= 0,
				    .activations = j->activations,
				    .told = meter_told_named(j->told) };
}

bool dcc_job_takes(const struct store_meter_job *j, enum meter_event ev)
{
	struct meter_past past = past_of(j);

	return j->ended_at < 0 && meter_job_move(meter_job_named(j->state), ev, &past);
}

int64_t dcc_wait_until(const struct dcc_round *r, enum meter_wait w)
{
	int64_t ms = r->d->set.wait[w];

	return ms < 0 ? -1 : r->now + ms;
}

/* ---- the story and the audit chain ---- */

int dcc_say(struct dcc_round *r, int64_t device_id, int64_t job_id, const struct dcc_word *word,
	    struct err *e)
{
	char detail[METER_EVENT_DETAIL_MAX + 1];
	struct store_meter_event v = { .device_id = device_id,
				       .job_id = job_id,
				       .at = r->now,
				       .way = word->way ? word->way : "note",
				       .what = word->what ? word->what : "job",
				       .ref = word->ref,
				       .code = word->code ? word->code : "",
				       .detail = detail };

	str_copy(detail, sizeof detail, word->detail ? word->detail : "");
	for (size_t n = strlen(detail); !parse_utf8_ok(detail, n);)
		detail[--n] = '\0';
	return dcc_begin(r, e) ? (int)e->code : store_meter_event_add(r->db, &v, e);
}

/* The end of each job stands in the audit chain. */
static int job_audit(struct dcc_round *r, const struct store_meter_job *j, struct err *e)
{
	struct actor who = { "orchestrator", "", r->now };
	STR(after, 4 * KIB);
	char subject[40], eui[DUIS_EUI_SIZE];
	struct jw w = jw_start(&after);
	uint32_t node = r->snap ? graph_find_id(r->snap->graph, j->to_id) : NODE_NONE;

	snprintf(subject, sizeof subject, "meter/%" PRId64, j->device_id);
	jw_obj(&w);
	jw_kstr(&w, "meter", duis_eui_text(j->eui, eui));
	jw_kint(&w, "job", j->id);
	jw_kint(&w, "walk", j->cycle_id);
	jw_kstr(&w, "service", j->service);
	jw_kstr(&w, "state", j->state);
	if (node != NODE_NONE)
		jw_kstr(&w, "to", graph_node(r->snap->graph, node)->public_id);
	if (*j->reason)
		jw_kstr(&w, "reason", j->reason);
	jw_end(&w);
	return audit_add(r->db, &who, "meter-job", subject, NULL, str_c(&after), 0, NULL, e);
}

/* ---- a move ---- */

/* At first at once, then longer and longer: an outage of a day must not use the moves of a job up. */
static int64_t again_ms(const struct store_meter_job *j)
{
	int64_t tens = j->moves / 10;

	return AGAIN_MS * (1 + tens * tens);
}

/* When something is to be done about it next. */
static void due_set(const struct dcc_round *r, struct store_meter_job *j, const struct meter_move *m,
		    enum meter_job was, enum meter_event ev)
{
	int64_t wait = dcc_wait_until(r, meter_job_wait(m->to));

	/* What is awaited is awaited as long as before. */
	if (m->to == was && (m->deed == METER_DO_NOTHING || m->deed == METER_DO_ALARM ||
			     (m->deed == METER_DO_READ && m->to != METER_JOB_READING)))
		wait = j->due_at;

	switch (m->deed) {
	case METER_DO_READ:
		if (m->to == METER_JOB_READING) {
			j->read_counter = -llabs(j->read_counter);
			wait = ev == METER_EV_NOT_SENT ? r->now + again_ms(j) : r->now;
		}
		break;
	case METER_DO_TAKE_BACK:
		j->command_counter = -llabs(j->command_counter);
		wait = ev == METER_EV_NOT_SENT ? r->now + again_ms(j) : r->now;
		break;
	case METER_DO_NOTHING:
	case METER_DO_DISTRIBUTE:
	case METER_DO_TRANSFORM:
	case METER_DO_ACTIVATE:
	case METER_DO_SEND_BACK:
	case METER_DO_ALARM:
	case METER_DEEDS:
		break;
	}
	if (m->to == METER_JOB_READY || m->to == METER_JOB_VERIFIED) {
		int64_t at = r->now;

		if (ev == METER_EV_BUSY)
			at += r->d->set.busy_wait;
		else if (ev == METER_EV_HELD)
			at += HELD_MS;
		else if (ev == METER_EV_ANSWER_LOST || ev == METER_EV_NOT_SENT)
			at += again_ms(j);
		j->not_before = at;
		wait = m->to == METER_JOB_READY ? at + r->d->set.gather : at;
	}
	if (m->to == METER_JOB_SCHEDULED && j->activate_at > r->now)
		wait = dcc_dated_until(r, j);
	j->due_at = wait;
}

static int deed_do(struct dcc_round *r, struct store_meter_job *j, const struct meter_move *m,
		   const struct dcc_word *word, struct err *e)
{
	char why[METER_TEXT_SIZE];

	if (m->deed == METER_DO_TRANSFORM)
		return dcc_act_transform(r, j, e);
	if (m->deed == METER_DO_READ && m->to != METER_JOB_READING && dcc_is_ours(r->d, j->shard) &&
	    dcc_send_room(r))
		return dcc_act_read(r, j, e);
	if (m->deed != METER_DO_ALARM)
		return OK;
	snprintf(why, sizeof why, "%s: %.200s", m->reason ? m->reason : "alarm",
		 word && word->detail ? word->detail : "");
	return dcc_learn_quarantine(r, j->device_id, why, e);
}

/* One line for what was said and what it moved. */
static int move_say(struct dcc_round *r, const struct store_meter_job *j, enum meter_job was,
		    const struct meter_move *m, enum meter_event ev, const struct dcc_word *word,
		    struct err *e)
{
	char text[600], move[120] = "";
	struct dcc_word line = { .way = "note", .what = "job" };

	/* The request that is sent says it. */
	if (!word && m->deed == METER_DO_TRANSFORM)
		return OK;
	if (word && word->what)
		line = *word;
	if (m->to != was)
		snprintf(move, sizeof move, "%s to %s", meter_job_text[was], meter_job_text[m->to]);
	snprintf(text, sizeof text, "%.400s%s%s%s%s",
		 word && word->detail ? word->detail : meter_event_text[ev], *move ? ": " : "", move,
		 *j->reason ? ", " : "", j->reason);
	line.detail = text;
	return dcc_say(r, j->device_id, j->id, &line, e);
}

/* Is what the runner is told another thing now? */
static bool told_changes(const struct store_meter_job *j, enum meter_job was, enum meter_job to)
{
	return meter_job_ended(to) || (was <= METER_JOB_ASKED && to > METER_JOB_ASKED) ||
	       (dcc_job_ppmid(j) && was == METER_JOB_READY);
}

static int job_move(struct dcc_round *r, struct store_meter_job *j, const struct meter_move *m,
		    enum meter_event ev, const struct dcc_word *word, struct err *e)
{
	static const struct meter_move flapping = { METER_JOB_SILENT, METER_DO_NOTHING, METER_TOLDS, false,
						    "flapping",       "too many moves" };
	enum meter_job was = meter_job_named(j->state);

	if (++j->moves > MOVES_MAX && !meter_job_ended(m->to))
		m = &flapping;
	str_copy(j->state, sizeof j->state, meter_job_text[m->to]);
	if (m->told != METER_TOLDS)
		str_copy(j->told, sizeof j->told, meter_told_text[m->told]);
	if (m->fresh)
		j->tries = 0;
	if (m->to != was)
		j->state_at = r->now > j->state_at ? r->now : j->state_at + 1;
	str_copy(j->reason, sizeof j->reason, m->reason ? m->reason : "");
	if (word && word->detail && *word->detail)
		str_copy(j->detail, sizeof j->detail, word->detail);
	due_set(r, j, m, was, ev);
	if (deed_do(r, j, m, word, e))
		return (int)e->code;
	if (meter_job_ended(m->to)) {
		j->ended_at = r->now;
		j->due_at = -1;
	}
	for (size_t n = strlen(j->detail); !parse_utf8_ok(j->detail, n);)
		j->detail[--n] = '\0';
	if (store_meter_job_move(r->db, j, e) || move_say(r, j, was, m, ev, word, e) ||
	    (meter_job_ended(m->to) && job_audit(r, j, e)))
		return (int)e->code;
	if (told_changes(j, was, m->to))
		dcc_touch(r, j->device_id);
	return OK;
}

/* The last try of a question is another event. */
static enum meter_event counted(const struct dcc_round *r, struct store_meter_job *j, enum meter_event ev)
{
	if (ev != METER_EV_DUE && ev != METER_EV_ANSWER_LOST && ev != METER_EV_BUSY)
		return ev;
	if (j->tries + 1 >= r->d->set.tries)
		return ev == METER_EV_BUSY ? METER_EV_BUSY_LAST : METER_EV_DUE_LAST;
	j->tries++;
	return ev;
}

int dcc_job_event(struct dcc_round *r, struct store_meter_job *j, enum meter_event ev,
		  const struct dcc_word *word, struct err *e)
{
	const struct meter_move *m = NULL;
	struct meter_past past;

	if (dcc_begin(r, e))
		return (int)e->code;
	if (ev == METER_EV_NOT_SENT && j->activations &&
	    !strcmp(j->state, meter_job_text[METER_JOB_ACTIVATING]))
		j->activations--;
	/* An answer counts once, also when it is said again. */
	if (ev == METER_EV_RUNS_OLD || ev == METER_EV_RUNS_NEW || ev == METER_EV_RUNS_OTHER)
		j->read_counter = -llabs(j->read_counter);
	past = past_of(j);
	if (j->ended_at < 0)
		ev = counted(r, j, ev);
	if (j->ended_at < 0)
		m = meter_job_move(meter_job_named(j->state), ev, &past);
	if (m)
		return job_move(r, j, m, ev, word, e);
	return word && word->what ? dcc_say(r, j->device_id, j->id, word, e) : OK; /* recorded only */
}

int dcc_job_wait(struct dcc_round *r, struct store_meter_job *j, int64_t until, const char *reason,
		 struct err *e)
{
	bool again = !strcmp(j->reason, reason);
	char text[200];
	const struct dcc_word word = { .what = "job", .detail = text };

	if (dcc_begin(r, e))
		return (int)e->code;
	j->due_at = until > r->now ? until : r->now + 1000;
	str_copy(j->reason, sizeof j->reason, reason);
	snprintf(text, sizeof text, "%s: it waits (%s)", j->state, reason);
	/* The same wait is told once. */
	return store_meter_job_move(r->db, j, e) || (!again && dcc_say(r, j->device_id, j->id, &word, e))
		   ? (int)e->code
		   : OK;
}

/* ---- all jobs of a distribution ---- */

static int dist_page(struct dcc_round *r, const struct store_distribution *dist, enum meter_event ev,
		     const struct dcc_word *word, bool *ret_more, struct err *e)
{
	struct store_dist_job *v = mem_array(PAGE, sizeof *v);
	size_t n = 0, moved = 0;
	int64_t after = 0;
	int rc;

	do {
		rc = store_distribution_jobs(r->db, dist->id, after, PAGE, v, &n, e);
		for (size_t i = 0; i < n && !rc && moved < PAGE; i++) {
			struct store_meter_job j;
			bool got;

			after = v[i].id;
			rc = store_meter_job_get(r->db, v[i].id, &got, &j, e);
			if (rc || !got || strcmp(j.state, meter_job_text[METER_JOB_SENT]) != 0)
				continue;
			moved++;
			rc = dcc_job_event(r, &j, ev, word, e);
		}
	} while (!rc && n == PAGE && moved < PAGE);
	*ret_more = n == PAGE || moved == PAGE;
	free(v);
	return rc;
}

int dcc_dist_event(struct dcc_round *r, const struct store_distribution *dist, enum meter_event ev,
		   const struct dcc_word *word, bool *ret_more, struct err *e)
{
	struct meter_past past = { .ppmid = !strcmp(dist->service, "11.4") };
	const struct meter_move *m = meter_job_move(METER_JOB_SENT, ev, &past);
	struct store_meter_event v = { .at = r->now,
				       .way = word->way,
				       .what = word->what,
				       .ref = word->ref,
				       .code = word->code ? word->code : "",
				       .detail = word->detail };
	int64_t n;

	*ret_more = false;
	if (ev != METER_EV_TAKEN || !m || meter_job_ended(m->to))
		return dist_page(r, dist, ev, word, ret_more, e);
	/* The many that nothing is said about move at once. */
	return dcc_begin(r, e)
		   ? (int)e->code
		   : store_distribution_move(r->db, dist->id, meter_job_text[METER_JOB_SENT],
					     meter_job_text[m->to], m->reason ? m->reason : "",
					     dcc_wait_until(r, meter_job_wait(m->to)), 0, r->now, &v, &n, e);
}

/* ---- what is due ---- */

static int due_one(struct dcc_round *r, struct store_meter_job *j, bool *ret_left, struct err *e)
{
	enum meter_job state = meter_job_named(j->state);
	char text[160];
	const struct dcc_word word = { .what = "watchdog", .detail = text };
	enum meter_event ev = METER_EV_DUE;

	*ret_left = false;
	if ((state == METER_JOB_VERIFIED || (state == METER_JOB_READING && j->read_counter <= 0) ||
	     (state == METER_JOB_TAKING_BACK && j->command_counter <= 0)) &&
	    !dcc_send_room(r)) {
		*ret_left = true; /* it stays due */
		return OK;
	}
	if (state == METER_JOB_VERIFIED)
		return dcc_act_go(r, j, e);
	if (state == METER_JOB_SCHEDULED && j->activate_at > r->now)
		return dcc_act_dated(r, j, e);
	if (state == METER_JOB_READING && j->read_counter <= 0)
		return dcc_act_read(r, j, e) || store_meter_job_move(r->db, j, e) ? (int)e->code : OK;
	if (state == METER_JOB_TAKING_BACK && j->command_counter <= 0)
		return dcc_act_transform(r, j, e) || store_meter_job_move(r->db, j, e) ? (int)e->code : OK;
	snprintf(text, sizeof text, "nothing new in the state '%s' for too long (%" PRId64 ")", j->state,
		 j->tries + 1);
	j->due_at = dcc_wait_until(r, meter_job_wait(state));
	if (state == METER_JOB_SENT || state == METER_JOB_ASKED)
		ev = METER_EV_ANSWER_LOST;
	if (!dcc_job_takes(j, ev)) /* never twice at once */
		return dcc_begin(r, e) || store_meter_job_move(r->db, j, e) ? (int)e->code : OK;
	return dcc_job_event(r, j, ev, &word, e);
}

int dcc_job_due(struct dcc_round *r, struct err *e)
{
	struct dcc_door *d = r->d;
	struct store_meter_job *v = mem_array(DUE_MAX, sizeof *v);
	size_t n = 0;
	bool left = false, one;
	int rc =
	    d->shards ? store_meter_job_due(r->db, d->init.node, r->now, d->due_from, DUE_MAX, v, &n, e) : OK;

	if (n && !rc)
		rc = dcc_begin(r, e);
	for (size_t i = 0; i < n && !rc; i++) {
		if (!dcc_doing(r, DCC_DOING_JOB, v[i].id))
			continue;
		rc = due_one(r, &v[i], &one, e);
		left = left || one;
	}
	if (!rc)
		r->doing = 0;
	/* Round, so that no shard starves. */
	r->due_from = n == DUE_MAX ? (v[n - 1].shard + 1) % METER_SHARDS : 0;
	r->more = r->more || (n == DUE_MAX && !left);
	free(v);
	return rc;
}

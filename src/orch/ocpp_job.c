/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs: rows moved by the table of model/ocpp_job.h and by nothing else. A move is compare-and-set, so any
 * node may run a watchdog; what is to be done after it is done by the node that holds the connection, now or
 * when the station comes back.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "orch/ocpp_p.h"
#include "store/store_ledger.h"

#define DUE_MAX 200
#define AWAY_MAX_MS (7 * MS_PER_DAY)

static int64_t wait_until(const struct round *r, enum ocpp_job state)
{
	int64_t ms = r->d->set.wait[ocpp_job_wait(state)];

	return ms < 0 ? -1 : r->now + ms;
}

int work_companions(struct round *r, const struct store_job *j, size_t max, struct store_companion *ret,
		    size_t *ret_n, struct err *e)
{
	struct walk w;
	bool got;

	*ret_n = 0;
	if (!j->cycle_id)
		return OK;
	if (store_walk_of_cycle(r->db, j->cycle_id, &got, &w, e))
		return (int)e->code;
	return got ? store_companion_list(r->db, j->cycle_id, w.hop, max, ret, ret_n, e) : OK;
}

/* Beginning and end of each job stand in the audit chain. */
int work_audit(struct round *r, const struct store_job *j, struct err *e)
{
	struct actor who = { "orchestrator", "", r->now };
	struct store_station st;
	STR(after, 4 * KIB);
	char subject[40];
	struct jw w = jw_start(&after);
	bool got;

	if (store_station_of_site(r->db, j->site_id, &got, &st, e))
		return (int)e->code;
	snprintf(subject, sizeof subject, "station/%" PRId64, j->site_id);
	jw_obj(&w);
	jw_kstr(&w, "station", got ? st.identity : "");
	jw_kint(&w, "job", j->id);
	jw_kstr(&w, "kind", j->kind);
	jw_kint(&w, "request", j->request_id);
	jw_kstr(&w, "state", j->state);
	if (j->to_id && r->snap) {
		uint32_t node = graph_find_id(r->snap->graph, j->to_id);

		if (node != NODE_NONE)
			jw_kstr(&w, "to", graph_node(r->snap->graph, node)->public_id);
	}
	if (*j->reason)
		jw_kstr(&w, "reason", j->reason);
	jw_end(&w);
	return audit_add(r->db, &who, "station-job", subject, NULL, str_c(&after), 0, NULL, e);
}

/* A station that went through a signed train takes signed requests; it never gets an unsigned one again. */
static int learn_signing(struct round *r, const struct store_job *j, enum ocpp_status status, struct err *e)
{
	struct store_learned l = STORE_LEARNED_NOTHING;

	if (status != OCPP_ST_SIGNATURE_VERIFIED && status != OCPP_ST_INVALID_SIGNATURE)
		return OK;
	l.signing = 1;
	return store_ocpp_learn(r->db, j->site_id, &l, e);
}

static int deed_do(struct round *r, struct session *s, struct store_job *j, enum ocpp_job_deed deed,
		   struct err *e)
{
	struct store_station st;
	bool got;

	if (deed == OCPP_DO_GET_LOG)
		return work_log(r, s, j, e);
	if (!s || deed == OCPP_DO_NOTHING) /* away: done when it is back */
		return OK;
	if (deed == OCPP_DO_SEND)
		session_want(r, s, ASK_JOB);
	if (deed == OCPP_DO_TRIGGER || deed == OCPP_DO_ASK)
		session_want(r, s, ASK_STATUS);
	if (deed == OCPP_DO_READ_VERSION || deed == OCPP_DO_ASK) {
		if (store_station_of_site(r->db, s->site_id, &got, &st, e))
			return (int)e->code;
		if (got)
			session_discover(r, s, &st);
	}
	return OK;
}

static void end_set(struct store_job *j, const struct ocpp_job_move *m, const struct job_word *word,
		    int64_t now)
{
	j->ended_at = now;
	j->due_at = -1;
	str_copy(j->reason, sizeof j->reason, m->reason ? m->reason : "");
	if (m->to == OCPP_JOB_REFUSED)
		snprintf(j->reason, sizeof j->reason, "%s%s%.20s", ocpp_job_refusal(j->answer),
			 word && word->reason_code && *word->reason_code ? ":" : "",
			 word && word->reason_code ? word->reason_code : "");
}

static int job_move(struct round *r, struct session *s, struct store_job *j, const struct ocpp_job_move *m,
		    bool is_boot, const struct job_word *word, struct err *e)
{
	static const struct ocpp_job_move flapping = { OCPP_JOB_SILENT, OCPP_DO_GET_LOG, false, "flapping",
						       "too many moves" };
	enum ocpp_job was = ocpp_job_named(j->state);

	/* A boot loop moves for ever, and each move arms a new watchdog. */
	j->moves += m->to != was || is_boot;
	if (j->moves > MOVES_MAX && !ocpp_job_ended(m->to))
		m = &flapping;

	if (word && word->answer)
		str_copy(j->answer, sizeof j->answer, word->answer);
	if (word && word->tracking && *word->tracking)
		str_copy(j->tracking, sizeof j->tracking, word->tracking);
	if (word && word->detail && *word->detail)
		str_copy(j->detail, sizeof j->detail, word->detail);
	if (m->to != was) {
		str_copy(j->state, sizeof j->state, ocpp_job_text[m->to]);
		j->state_at = r->now > j->state_at ? r->now : j->state_at + 1;
		j->tries = 0;
		j->due_at = wait_until(r, m->to);
		if (ocpp_job_ended(m->to))
			end_set(j, m, word, r->now);
	} else if (m->rearm) {
		j->due_at = wait_until(r, m->to);
	}
	story_mend(j->answer);
	story_mend(j->detail);
	story_mend(j->reason);
	if (store_job_move(r->db, j, e))
		return (int)e->code;
	round_touch(r, j->site_id);
	if (m->to != was && (story_note(r, j->site_id, j->id, e, "job", "%s: %s to %s (%s)%s%s",
					m->rule ? m->rule : "", ocpp_job_text[was], ocpp_job_text[m->to],
					ocpp_job_deed_text[m->deed], *j->reason ? ", " : "", j->reason) ||
			     (ocpp_job_ended(m->to) && work_audit(r, j, e))))
		return (int)e->code;
	return deed_do(r, s, j, m->deed, e);
}

int work_event(struct round *r, struct session *s, struct store_job *j, enum ocpp_job_event ev,
	       enum ocpp_status status, const struct job_word *word, struct err *e)
{
	const struct ocpp_job_move *m;

	if (j->ended_at >= 0)
		return OK;
	if (round_begin(r, e) || (ev == OCPP_EV_STATUS && learn_signing(r, j, status, e)))
		return (int)e->code;
	m = ocpp_job_move(ocpp_job_named(j->state), ev, status);
	/* NULL: recorded only */
	return m ? job_move(r, s, j, m, ev == OCPP_EV_BOOT || ev == OCPP_EV_BOOT_UPDATE, word, e) : OK;
}

int work_open(struct round *r, struct session *s, enum ocpp_job_event ev, struct err *e)
{
	struct store_job j;
	bool got;

	if (round_begin(r, e) || store_job_open(r->db, s->site_id, JOB_KIND_UPDATE, &got, &j, e))
		return (int)e->code;
	return got ? work_event(r, s, &j, ev, OCPP_STATUSES, NULL, e) : OK;
}

/* ---- a restart that it needs ---- */

/* Does the component that was updated say that it runs only after a restart? */
static int needs_reboot(struct round *r, const struct store_job *j, bool *ret, struct err *e)
{
	OWN(rows_done) struct rows *rows = NULL;
	struct store_component c;
	bool got = true;

	*ret = r->d->set.reset;
	if (*ret || store_component_now(r->db, j->site_id, &rows, e))
		return *ret ? OK : (int)e->code;
	while (!*ret) {
		OWN(json_free) struct json *doc = NULL;
		struct err bad;

		if (store_component_next(rows, &c, &got, e))
			return (int)e->code;
		if (!got)
			break;
		if (c.device_id == j->device_id && !json_parse(c.document, strlen(c.document), &doc, &bad))
			*ret = json_bool(json_get(json_get(doc, "updatePolicy"), "requiresReboot"), false);
	}
	return OK;
}

/* It said Installed and runs what it ran before: before the last look it is asked to restart, once. */
static int reset_once(struct round *r, struct session *s, const struct store_station *st, struct store_job *j,
		      bool *ret_asked, struct err *e)
{
	enum ocpp_job state = ocpp_job_named(j->state);

	*ret_asked = false;
	if ((state != OCPP_JOB_INSTALLED && state != OCPP_JOB_DOUBTED) || j->resets ||
	    (!s && (!*st->node || !strcmp(st->node, r->d->init.node))))
		return OK;
	if (needs_reboot(r, j, ret_asked, e))
		return (int)e->code;
	if (!*ret_asked || !s) /* the service that holds its connection does it */
		return OK;
	j->resets++;
	j->due_at = wait_until(r, state);
	if (store_job_move(r->db, j, e) ||
	    story_note(r, j->site_id, j->id, e, "reset",
		       "it said Installed and does not run the new version: it is asked to restart"))
		return (int)e->code;
	session_want(r, s, ASK_RESET);
	return session_pump(r, s, e);
}

/* ---- watchdogs ---- */

/* A station that is gone for good ends its walk all the same. */
static bool away(const struct round *r, const struct store_station *st)
{
	if (st->transactions > 0)
		return true;
	return !*st->node && st->left_at >= 0 && r->now - st->left_at < AWAY_MAX_MS;
}

static int due_one(struct round *r, int64_t id, struct err *e)
{
	const struct ocpp_job_move *m;
	enum ocpp_job state;
	struct store_station st;
	struct session *s;
	struct store_job j;
	bool got, last, asked = false;

	if (store_job_get(r->db, id, &got, &j, e))
		return (int)e->code;
	if (!got || j.ended_at >= 0 || j.due_at < 0 || j.due_at > r->now)
		return OK;
	if (strcmp(j.kind, JOB_KIND_UPDATE) != 0)
		return publish_due(r, &j, e);
	if (store_station_of_site(r->db, j.site_id, &got, &st, e))
		return (int)e->code;
	s = got ? round_session(r, j.site_id, st.identity) : NULL;
	state = ocpp_job_named(j.state);
	/* Nobody can be asked, or a driver charges (feature 15): the time begins anew and no try is used up.
	 */
	if (got && away(r, &st)) {
		j.due_at = wait_until(r, state);
		return store_job_move(r->db, &j, e);
	}
	last = j.tries >= r->d->set.tries;
	if (last && got && reset_once(r, s, &st, &j, &asked, e))
		return (int)e->code;
	if (last && got && asked)
		return OK;
	if (story_note(r, j.site_id, j.id, e, "watchdog",
		       "nothing new in the state '%s' for too long (%" PRId64 ")", j.state, j.tries + 1))
		return (int)e->code;
	j.tries++;
	j.due_at = wait_until(r, state);
	m = ocpp_job_move(state, last ? OCPP_EV_DUE_LAST : OCPP_EV_DUE, OCPP_STATUSES);
	if (m)
		return job_move(r, s, &j, m, false, NULL, e) || (s && session_pump(r, s, e)) ? (int)e->code
											     : OK;
	return store_job_move(r->db, &j, e);
}

int work_due(struct round *r, struct err *e)
{
	int64_t ids[DUE_MAX], n = 0;

	if (store_job_due(r->db, r->now, DUE_MAX, ids, &n, e))
		return (int)e->code;
	if (!n)
		return OK;
	if (round_begin(r, e))
		return (int)e->code;
	for (int64_t i = 0; i < n; i++)
		if (due_one(r, ids[i], e))
			return (int)e->code;
	return OK;
}

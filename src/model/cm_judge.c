/* SPDX-License-Identifier: Apache-2.0 */
#include "model/cm_states.h"

#include <assert.h>
#include <string.h>

/* The answer to the newest command of this walk. */
static enum bbum_answer answered(const struct cm_walk *w, const struct bbum_status *s)
{
	return w->seq > 0 && s->cycle_id == w->cycle_id && s->seq == w->seq ? s->answer : BBUM_ANSWER_NONE;
}

/* The installation result of the newest trigger of this walk, not of an older one. */
static enum cm_seen result_of(const struct cm_walk *w, const struct bbum_status *s)
{
	static const enum cm_seen seen[BBUM_RESULTS] = {
		[BBUM_RESULT_UNDEFINED] = CM_SAW_NOTHING,
		[BBUM_RESULT_SUCCESS] = CM_SAW_INSTALLED,
		[BBUM_RESULT_VERIFY_FAILED] = CM_SAW_INSTALL_FAILED,
		[BBUM_RESULT_INSTALL_FAILED] = CM_SAW_INSTALL_FAILED,
		[BBUM_RESULT_NOT_REQUIRED] = CM_SAW_NOT_NEEDED,
	};

	if (s->state != BBUM_COMPLETED || w->trigger_seq == 0 || s->result_cycle_id != w->cycle_id ||
	    s->result_seq != w->trigger_seq)
		return CM_SAW_NOTHING;
	return seen[s->result];
}

static enum cm_seen observe_entry(const struct bbum_status *s)
{
	static const enum cm_seen seen[BBUM_STATES] = {
		[BBUM_NORMAL] = CM_SAW_NORMAL,
		[BBUM_PENDING] = CM_SAW_PENDING,
		[BBUM_UPDATE] = CM_SAW_UPDATE,
		[BBUM_COMPLETED] = CM_SAW_COMPLETED,
	};

	return seen[s->state];
}

static enum cm_seen observe_normal(const struct cm_walk *w, const struct bbum_status *s)
{
	if (s->state != BBUM_NORMAL)
		return CM_SAW_OUT_OF_STEP;
	if (!*w->manifest || strcmp(s->manifest, w->manifest) != 0 || s->recommends < 0)
		return CM_SAW_NOTHING;
	return s->recommends ? CM_SAW_RECOMMENDED : CM_SAW_DECLINED;
}

static enum cm_seen observe_asked(const struct cm_walk *w, const struct bbum_status *s)
{
	if (s->state == BBUM_UPDATE || s->state == BBUM_COMPLETED)
		return CM_SAW_OUT_OF_STEP;
	if (answered(w, s) == BBUM_ANSWER_ACCEPTED)
		return s->state == BBUM_PENDING ? CM_SAW_ACCEPTED : CM_SAW_NOTHING;
	if (answered(w, s) == BBUM_ANSWER_REJECTED && w->state == CM_ASKED)
		return CM_SAW_REJECTED;
	return CM_SAW_NOTHING;
}

/* A trigger is out: UP (first time) or UC (again). */
static enum cm_seen observe_triggered(const struct cm_walk *w, const struct bbum_status *s)
{
	enum cm_seen result = result_of(w, s);

	if (result != CM_SAW_NOTHING)
		return result;
	if (s->state == BBUM_NORMAL || (s->state == BBUM_COMPLETED && w->state == CM_PENDING))
		return CM_SAW_OUT_OF_STEP;
	if (answered(w, s) != BBUM_ANSWER_NONE && s->state == BBUM_UPDATE)
		return CM_SAW_UPDATE;
	return answered(w, s) == BBUM_ANSWER_REJECTED ? CM_SAW_REJECTED : CM_SAW_NOTHING;
}

static enum cm_seen observe_cancelling(const struct cm_walk *w, const struct bbum_status *s)
{
	enum cm_seen result = result_of(w, s);

	if (result != CM_SAW_NOTHING)
		return result;
	if (s->state == BBUM_UPDATE)
		return CM_SAW_UPDATE;
	if (s->state == BBUM_COMPLETED)
		return CM_SAW_OUT_OF_STEP;
	return s->state == BBUM_NORMAL && answered(w, s) != BBUM_ANSWER_NONE ? CM_SAW_NORMAL : CM_SAW_NOTHING;
}

static enum cm_seen observe_update(const struct cm_walk *w, const struct bbum_status *s)
{
	enum cm_seen result = result_of(w, s);

	if (result != CM_SAW_NOTHING)
		return result;
	return s->state == BBUM_UPDATE ? CM_SAW_NOTHING : CM_SAW_OUT_OF_STEP;
}

static enum cm_seen observe_restarting(const struct cm_walk *w, const struct bbum_status *s)
{
	if (s->state == BBUM_NORMAL || s->state == BBUM_PENDING)
		return CM_SAW_OUT_OF_STEP;
	if (s->state == BBUM_COMPLETED && s->boots > w->boots)
		return CM_SAW_BACK;
	return answered(w, s) == BBUM_ANSWER_REJECTED ? CM_SAW_REJECTED : CM_SAW_NOTHING;
}

static enum cm_seen observe_leaving(const struct cm_walk *w, const struct bbum_status *s)
{
	if (s->state == BBUM_NORMAL)
		return CM_SAW_NORMAL;
	if (s->state == BBUM_COMPLETED)
		return answered(w, s) == BBUM_ANSWER_REJECTED ? CM_SAW_REJECTED : CM_SAW_NOTHING;
	return CM_SAW_OUT_OF_STEP;
}

enum cm_seen cm_observe(const struct cm_walk *w, const struct bbum_status *s)
{
	if (w->state == CM_STOPPED || w->state == CM_ERROR || s->state == BBUM_START || s->state == BBUM_BOOT)
		return CM_SAW_NOTHING;
	if (s->state == BBUM_ERROR)
		return CM_SAW_ERROR;
	switch (w->state) {
	case CM_ENTRY:
		return observe_entry(s);
	case CM_NORMAL:
		return observe_normal(w, s);
	case CM_ASKED:
	case CM_REFUSED:
		return observe_asked(w, s);
	case CM_PENDING:
	case CM_AGAIN:
		return observe_triggered(w, s);
	case CM_CANCELLING:
		return observe_cancelling(w, s);
	case CM_UPDATE:
		return observe_update(w, s);
	case CM_FAILED:
	case CM_NOT_RESTARTED:
		return s->state == BBUM_COMPLETED ? CM_SAW_NOTHING : CM_SAW_OUT_OF_STEP;
	case CM_RESTARTING:
		return observe_restarting(w, s);
	case CM_LEAVING:
		return observe_leaving(w, s);
	case CM_STOPPED:
	case CM_ERROR:
	case CM_STATES:
		break;
	}
	return CM_SAW_NOTHING;
}

static enum cm_event judge_normal(const struct cm_facts *f)
{
	if (f->ending)
		return CM_EV_ENDED;
	if (f->arrived)
		return CM_EV_ARRIVED;
	if (f->stopping)
		return CM_EV_STOP_HERE;
	if (f->resting)
		return CM_EV_REST_HERE;
	return f->has_next ? CM_EV_NORMAL : CM_EV_BARRED;
}

/* About to push: may it be? go is the event if so. */
static enum cm_event judge_push(const struct cm_facts *f, enum cm_event go)
{
	if (f->stopping)
		return CM_EV_STOP;
	if (f->resting)
		return CM_EV_REST;
	return f->stands ? go : CM_EV_WITHDRAWN;
}

static enum cm_event judge_timer(const struct cm_facts *f)
{
	switch (cm_timer(f->state)) {
	case CM_TIMER_WAIT:
		return f->state == CM_NOT_RESTARTED ? CM_EV_DUE : judge_push(f, CM_EV_DUE);
	case CM_TIMER_ACCEPT:
		return f->asks_left ? CM_EV_SILENCE : CM_EV_SILENCE_LAST;
	case CM_TIMER_CONTACT:
	case CM_TIMER_TRIGGER:
	case CM_TIMER_INSTALL:
	case CM_TIMER_RESTART:
		if (f->ending && (f->state == CM_CANCELLING || f->state == CM_LEAVING))
			return CM_EV_ENDED;
		return CM_EV_SILENCE_LAST;
	case CM_TIMER_NONE:
	case CM_TIMERS:
		break;
	}
	return CM_EVENTS;
}

static enum cm_event judge_back(const struct cm_facts *f)
{
	if (f->runs == CM_RUNS_NEW)
		return CM_EV_BACK_NEW;
	if (f->runs == CM_RUNS_OTHER)
		return CM_EV_BACK_WRONG;
	return f->tries_left ? CM_EV_BACK_OLD : CM_EV_BACK_OLD_LAST;
}

/* An acceptance that came after we stopped waiting for it is obeyed only if nothing speaks against it. */
static enum cm_event judge_accepted(const struct cm_facts *f)
{
	enum cm_event ev = judge_push(f, CM_EV_ACCEPTED);

	return f->state == CM_REFUSED && ev != CM_EV_ACCEPTED ? CM_EV_OUT_OF_STEP : ev;
}

enum cm_event cm_judge(enum cm_seen seen, const struct cm_facts *f)
{
	bool left = f->state == CM_AGAIN ? f->tries_left : f->asks_left;

	switch (seen) {
	case CM_SAW_NORMAL:
		return judge_normal(f);
	case CM_SAW_PENDING:
		return CM_EV_SEEN_PENDING;
	case CM_SAW_UPDATE:
		return CM_EV_SEEN_UPDATE;
	case CM_SAW_COMPLETED:
		return CM_EV_SEEN_COMPLETED;
	case CM_SAW_ERROR:
		return CM_EV_SEEN_ERROR;
	case CM_SAW_RECOMMENDED:
		return judge_push(f, CM_EV_RECOMMENDED);
	case CM_SAW_DECLINED:
		return CM_EV_DECLINED;
	case CM_SAW_ACCEPTED:
		return judge_accepted(f);
	case CM_SAW_REJECTED:
		return left ? CM_EV_REJECTED : CM_EV_REJECTED_LAST;
	case CM_SAW_INSTALLED:
		return CM_EV_INSTALLED;
	case CM_SAW_NOT_NEEDED:
		return CM_EV_NOT_NEEDED;
	case CM_SAW_INSTALL_FAILED:
		return f->tries_left ? CM_EV_INSTALL_FAILED : CM_EV_INSTALL_FAILED_LAST;
	case CM_SAW_BACK:
		return judge_back(f);
	case CM_SAW_OUT_OF_STEP:
		return CM_EV_OUT_OF_STEP;
	case CM_SAW_TIMER:
		return judge_timer(f);
	case CM_SAW_NOTHING:
	case CM_SEEN:
		break;
	}
	return CM_EVENTS;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asynchronous messages, applied in a round: answers of devices and their alerts. A message names an EUI, so
 * it finds its job by the meter, and by the counter of the request that it answers. What is late, foreign or
 * said again is recorded and moves nothing.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "orch/dcc_p.h"

int dcc_meter_of(struct dcc_round *r, uint64_t eui, uint64_t user, bool *ret_got, struct store_meter *ret,
		 struct err *e)
{
	const struct dcc_user *u = dcc_user_eui(r->users, user);
	struct store_meter v[2];
	size_t n;

	*ret_got = false;
	if (!u || !eui || u->org_id < 0)
		return OK;
	/* However many others have the same EUI in their fleets. */
	if (store_meter_own(r->db, sees_owner(u->org_id), eui, v, &n, e))
		return (int)e->code;
	*ret_got = n > 0;
	if (n)
		*ret = v[0];
	return OK;
}

/* Who of ours is it said to? */
static uint64_t user_of(const struct dcc_round *r, const struct duis_message *m)
{
	const uint64_t tries[] = { m->has_id ? m->id.originator : 0,
				   m->has_response_id ? m->response_id.target : 0,
				   m->has_response_id ? m->response_id.originator : 0 };

	for (size_t i = 0; i < sizeof tries / sizeof *tries; i++)
		if (tries[i] && dcc_user_eui(r->users, tries[i]))
			return tries[i];
	return 0;
}

/* One thing that a device said, with the meter it is about and its open job. */
struct said {
	const struct duis_message *m;
	struct gbcs_message g;
	struct store_meter meter;
	bool has_job;
	struct store_meter_job j;
	int64_t counter; /* of the request that it answers, or of the alert */
	char what[16], text[300];
};

static struct dcc_word word_of(const struct said *s)
{
	return (struct dcc_word){
		.way = "in", .what = s->what, .ref = s->counter, .code = s->m->code, .detail = s->text
	};
}

static int late(struct dcc_round *r, struct said *s, struct err *e)
{
	struct dcc_word word = word_of(s);
	char text[340];

	atomic_fetch_add(&r->d->c_late, 1);
	snprintf(text, sizeof text, "%s; nothing waits for it", s->text);
	word.detail = text;
	return dcc_say(r, s->meter.device_id, s->has_job ? s->j.id : 0, &word, e);
}

static int job_event(struct dcc_round *r, struct said *s, enum meter_event ev, struct err *e)
{
	const struct dcc_word word = word_of(s);

	return dcc_job_event(r, &s->j, ev, &word, e);
}

/* ---- versions ---- */

static uint32_t version_of(const struct dcc_round *r, int64_t entry_id, bool *ret_known)
{
	uint32_t node = graph_find_id(r->snap->graph, entry_id);

	*ret_known = node != NODE_NONE;
	return *ret_known ? (uint32_t)strtoul(graph_node(r->snap->graph, node)->version, NULL, 16) : 0;
}

static enum meter_event version_event(const struct dcc_round *r, const struct store_meter_job *j, uint32_t v)
{
	bool knows_new, knows_old;
	uint32_t new = version_of(r, j->to_id, &knows_new), old = version_of(r, j->from_id, &knows_old);

	if (knows_new && v == new)
		return METER_EV_RUNS_NEW;
	return knows_old && v == old ? METER_EV_RUNS_OLD : METER_EV_RUNS_OTHER;
}

/* The answer to an 11.2: of the job's newest one, or of a wish. */
static int version_said(struct dcc_round *r, struct said *s, struct err *e)
{
	bool of_job = s->has_job && s->j.read_counter == s->counter,
	     of_wish = *s->meter.wish && s->meter.wish_counter == s->counter;
	const struct dcc_word word = word_of(s);
	enum meter_event ev;

	snprintf(s->text, sizeof s->text, "it runs %08" PRIX32, s->g.version);
	if (!of_job && !of_wish)
		return late(r, s, e);
	ev = s->has_job ? version_event(r, &s->j, s->g.version) : METER_EVENTS;
	if (dcc_learn_version(r, &s->meter, s->g.version, ev == METER_EV_RUNS_NEW ? s->j.to_id : 0, e))
		return (int)e->code;
	if (of_wish && (dcc_say(r, s->meter.device_id, 0, &word, e) ||
			store_meter_wish_done(r->db, s->meter.device_id, e)))
		return (int)e->code;
	return of_job ? job_event(r, s, ev, e) : OK;
}

/* ---- answers ---- */

static int outcome_said(struct dcc_round *r, struct said *s, struct err *e)
{
	static const struct {
		enum meter_event ev;
		const char *says;
	} outcomes[GBCS_OUTCOMES] = {
		[GBCS_DONE] = { METER_EV_DONE, "activated" },
		[GBCS_NO_IMAGE] = { METER_EV_NO_IMAGE, "it holds no image" },
		[GBCS_HASH_DIFFERS] = { METER_EV_HASH, "the hash of its image is another" },
		[GBCS_NOT_ACTIVATED] = { METER_EV_NOT_ACTIVATED, "the activation failed" },
	};
	bool back;

	if (s->g.what == GBCS_SAID_ACCEPTED)
		snprintf(s->text, sizeof s->text, "the device took the command for later, or took it back");
	else if (s->g.has_version)
		snprintf(s->text, sizeof s->text, "%s; it runs %08" PRIX32, outcomes[s->g.outcome].says,
			 s->g.version);
	else
		snprintf(s->text, sizeof s->text, "%s", outcomes[s->g.outcome].says);
	if (!s->has_job || llabs(s->j.command_counter) != s->counter)
		return late(r, s, e);
	back = !strcmp(s->j.state, meter_job_text[METER_JOB_TAKING_BACK]) && s->j.command_counter > 0;
	return job_event(r, s,
			 s->g.what != GBCS_SAID_ACCEPTED ? outcomes[s->g.outcome].ev
			 : back                          ? METER_EV_TAKEN_BACK
							 : METER_EV_SCHEDULED,
			 e);
}

/* The DCC says what became of a command, without a word of the device. */
static int code_said(struct dcc_round *r, struct said *s, struct err *e)
{
	enum meter_event ev = dcc_code_event(r->d, s->m->code);
	bool command = s->has_job && llabs(s->j.command_counter) == s->counter,
	     version = s->has_job && s->j.read_counter == s->counter;

	snprintf(s->text, sizeof s->text, "%s", dcc_code_says(s->m->code));
	if (!command && !version)
		return late(r, s, e);
	if (ev == METER_EV_AUTHORITY_LOST)
		return dcc_learn_lost(r, &s->meter, s->text, e);
	if (ev == METER_EV_HELD && dcc_code_meaning(r->d, s->m->code) != DCC_CODE_THROTTLED &&
	    dcc_learn_held(r, s->j.user_eui, s->m->code, e))
		return (int)e->code;
	if (ev == METER_EV_TAKEN)
		ev = METER_EV_ACK;
	/* Not answered is not "runs the old one": the watchdog asks again. */
	return version ? late(r, s, e) : job_event(r, s, ev, e);
}

/* ---- alerts of devices ---- */

static int image_said(struct dcc_round *r, struct said *s, bool fresh, struct err *e)
{
	bool good = s->g.what == GBCS_SAID_IMAGE_GOOD, same = false;
	char hash[2 * sizeof s->g.hash + 1] = "";
	uint32_t node = s->has_job ? graph_find_id(r->snap->graph, s->j.to_id) : NODE_NONE;
	const char *want = node == NODE_NONE ? NULL : graph_node(r->snap->graph, node)->hash;

	if (s->g.has_hash) {
		hex_text(s->g.hash, sizeof s->g.hash, hash);
		same = want && !strcmp(want, hash);
	}
	snprintf(s->text, sizeof s->text, "the image is %s, its hash %.16s... is %s",
		 good ? "verified" : "bad", hash, same ? "the one that was sent" : "another");
	/* Nothing of this job left yet: it is of an earlier one. */
	if (!s->has_job || (!fresh && !(good && same)) || !s->j.dist_counter)
		return late(r, s, e);
	/* A bad image that is not the one we sent is none of ours. */
	if (!good && s->g.has_hash && !same && want)
		return late(r, s, e);
	return job_event(r, s,
			 !good  ? METER_EV_IMAGE_BAD
			 : same ? METER_EV_IMAGE_GOOD
				: METER_EV_IMAGE_OTHER,
			 e);
}

/* It changed: without a job that waits for it somebody has to ask what it runs. */
static int changed_said(struct dcc_round *r, struct said *s, bool fresh, enum meter_event ev,
			const char *says, struct err *e)
{
	snprintf(s->text, sizeof s->text, "%s", says);
	if (!fresh)
		return late(r, s, e);
	if (s->has_job)
		return job_event(r, s, ev, e);
	if (late(r, s, e))
		return (int)e->code;
	return *s->meter.wish ? OK : store_meter_wish(r->db, s->meter.device_id, METER_WISH_READ, r->now, e);
}

static int alert_said(struct dcc_round *r, struct said *s, struct err *e)
{
	bool fresh;

	if (store_meter_heard(r->db, s->meter.device_id, s->counter, &fresh, e))
		return (int)e->code;
	if (!fresh)
		atomic_fetch_add(&r->d->c_doubled, 1);
	switch (s->g.what) {
	case GBCS_SAID_IMAGE_GOOD:
	case GBCS_SAID_IMAGE_BAD:
		return image_said(r, s, fresh, e);
	case GBCS_SAID_FUTURE_DONE:
		return changed_said(r, s, fresh, METER_EV_DONE, "the future-dated command was carried out",
				    e);
	case GBCS_SAID_FUTURE_FAILED:
		return changed_said(r, s, fresh, METER_EV_NOT_ACTIVATED,
				    "the future-dated command was not carried out", e);
	case GBCS_SAID_VERSION_CHANGED:
		return changed_said(r, s, fresh, METER_EV_DONE, "its firmware changed", e);
	case GBCS_SAID_POWER_ON_FAILED:
		return changed_said(r, s, fresh, METER_EV_NOT_ACTIVATED,
				    "the check of its firmware at power-on failed", e);
	case GBCS_SAID_ACTIVATION:
		if (s->g.outcome == GBCS_DONE)
			return changed_said(r, s, fresh, METER_EV_DONE, "it activated its firmware", e);
		return changed_said(r, s, fresh, METER_EV_NOT_ACTIVATED, "it did not activate its firmware",
				    e);
	case GBCS_SAID_OTHER:
	case GBCS_SAID_OUTCOME:
	case GBCS_SAID_ACCEPTED:
	case GBCS_SAID_VERSION:
	case GBCS_SAIDS:
		break;
	}
	return OK; /* an alert about something else */
}

/* ---- the message ---- */

static int said_read(struct said *s, uint64_t *ret_eui)
{
	const struct duis_message *m = s->m;
	struct err why;

	str_copy(s->what, sizeof s->what, *m->service ? m->service : "alert");
	*ret_eui = m->has_id ? m->id.target : m->about;
	s->counter = m->has_id ? (int64_t)m->id.counter : 0;
	if (!m->gbcs)
		return OK;
	/* Ciphered, or of a use case that is not ours. */
	if (gbcs_read_message(m->gbcs, m->ngbcs, &s->g, &why))
		s->g = (struct gbcs_message){ .what = GBCS_SAID_OTHER };
	if (s->g.originator)
		*ret_eui = s->g.originator;
	if (s->g.alert)
		s->counter = (int64_t)s->g.counter;
	if (s->g.alert_code)
		snprintf(s->what, sizeof s->what, "%04X", s->g.alert_code);
	else if (s->g.what == GBCS_SAID_OUTCOME || s->g.what == GBCS_SAID_ACCEPTED)
		str_copy(s->what, sizeof s->what, "CS06");
	return OK;
}

static int device_said(struct dcc_round *r, const struct duis_message *m, uint64_t user, struct err *e)
{
	struct said s = { .m = m };
	uint64_t eui;
	bool got;

	if (said_read(&s, &eui) || dcc_meter_of(r, eui, user, &got, &s.meter, e))
		return (int)e->code;
	/* Foreign: not of a device that this user has here. */
	if (!got) {
		atomic_fetch_add(&r->d->c_late, 1);
		return OK;
	}
	if (store_meter_seen(r->db, s.meter.device_id, r->now, e) ||
	    store_meter_job_open(r->db, s.meter.device_id, &s.has_job, &s.j, e))
		return (int)e->code;
	if (m->gbcs && s.g.alert)
		return alert_said(r, &s, e);
	switch (s.g.what) {
	case GBCS_SAID_OUTCOME:
	case GBCS_SAID_ACCEPTED:
		return m->gbcs ? outcome_said(r, &s, e) : OK;
	case GBCS_SAID_VERSION:
		return version_said(r, &s, e);
	case GBCS_SAID_OTHER:
	case GBCS_SAID_IMAGE_GOOD:
	case GBCS_SAID_IMAGE_BAD:
	case GBCS_SAID_FUTURE_DONE:
	case GBCS_SAID_FUTURE_FAILED:
	case GBCS_SAID_VERSION_CHANGED:
	case GBCS_SAID_POWER_ON_FAILED:
	case GBCS_SAID_ACTIVATION:
	case GBCS_SAIDS:
		break;
	}
	return m->kind == DUIS_RESPONSE ? code_said(r, &s, e) : OK;
}

int dcc_message_read(struct dcc_round *r, const struct dcc_letter *l, struct err *e)
{
	const struct duis_message *m = l->message;
	uint64_t user = user_of(r, m);

	atomic_fetch_add(&r->d->c_messages, 1);
	if (dcc_begin(r, e))
		return (int)e->code;
	return m->kind == DUIS_DCC_ALERT ? dcc_alert_read(r, m, user, e) : device_said(r, m, user, e);
}

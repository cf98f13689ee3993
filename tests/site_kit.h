/* SPDX-License-Identifier: Apache-2.0 */
/* A site and abstract Building Blocks that run the real table of bbum_states.c. Configurations are letters: a
 * Building Block that runs 'A' and shall run 'B' needs an update. */
#ifndef FIRPATH_TESTS_SITE_KIT_H
#define FIRPATH_TESTS_SITE_KIT_H

#include "testing.h"

#include "model/site.h"

#define KIT_BBS 3

struct sim { /* one device; what is memorised is all of it */
	enum bbum_state state;
	int64_t seq; /* newest command handled */
	enum bbum_answer answer;
	enum bbum_result result;
	int64_t result_seq;
	char runs, slot,
	    holds; /* configuration that runs; of the next start; of the Manifest it holds, 0 none
		    */
	int64_t boots;
	enum bbum_command waiting; /* for the permission of the application */
	int64_t waiting_seq;
};

enum sim_end { SIM_INSTALLS, SIM_VERIFY_FAILS, SIM_INSTALL_FAILS };

static inline void sim_answer(struct sim *d, int64_t seq, bool yes)
{
	d->seq = seq;
	d->answer = yes ? BBUM_ANSWER_ACCEPTED : BBUM_ANSWER_REJECTED;
	d->waiting = BBUM_CMD_NONE;
	d->waiting_seq = 0;
}

static inline bool sim_move(struct sim *d, enum bbum_event on)
{
	const struct bbum_move *m = bbum_move(d->state, on);

	if (m)
		d->state = m->to;
	return m != NULL;
}

/* A start: what is memorised is resumed; the slot that was installed runs. */
static inline void sim_start(struct sim *d, enum bbum_state memorised)
{
	static const enum bbum_event resume[BBUM_STATES] = {
		[BBUM_NORMAL] = BBUM_EV_STARTED_NORMAL, [BBUM_PENDING] = BBUM_EV_STARTED_PENDING,
		[BBUM_UPDATE] = BBUM_EV_STARTED_UPDATE, [BBUM_COMPLETED] = BBUM_EV_STARTED_COMPLETED,
		[BBUM_ERROR] = BBUM_EV_STARTED_NORMAL,
	};

	d->state = BBUM_START;
	sim_move(d, resume[memorised]);
	d->runs = d->slot;
	d->boots++;
	d->waiting = BBUM_CMD_NONE; /* not memorised: the command comes again */
	d->waiting_seq = 0;
}

/* The application's word about what waits. */
static inline void sim_permit(struct sim *d, bool yes)
{
	const enum bbum_command c = d->waiting;
	const enum bbum_state was = d->state;
	const int64_t seq = d->waiting_seq;

	if (c == BBUM_CMD_REQUEST_UPDATE) {
		sim_move(d, yes ? BBUM_EV_REQUEST_ALLOWED : BBUM_EV_REQUEST_DENIED);
		sim_answer(d, seq, yes);
	} else if (c == BBUM_CMD_RESTART || c == BBUM_CMD_SHUTDOWN) {
		sim_move(d, yes ? BBUM_EV_RESTART_ALLOWED : BBUM_EV_RESTART_DENIED);
		sim_answer(d, seq, yes);
		if (yes)
			sim_start(d, was);
	}
}

static inline void sim_command(struct sim *d, enum bbum_command c, int64_t seq)
{
	bool yes = false;

	if (c == BBUM_CMD_NONE || seq <= d->seq || seq <= d->waiting_seq)
		return;
	d->waiting = BBUM_CMD_NONE;
	d->waiting_seq = 0;
	if ((c == BBUM_CMD_REQUEST_UPDATE && bbum_move(d->state, BBUM_EV_REQUEST_ALLOWED)) ||
	    ((c == BBUM_CMD_RESTART || c == BBUM_CMD_SHUTDOWN) &&
	     bbum_move(d->state, BBUM_EV_RESTART_ALLOWED))) {
		d->waiting = c;
		d->waiting_seq = seq;
		return;
	}
	if (c == BBUM_CMD_CANCEL)
		yes = sim_move(d, BBUM_EV_CANCEL);
	else if (c == BBUM_CMD_TRIGGER)
		yes = sim_move(d, BBUM_EV_TRIGGER);
	else if (c == BBUM_CMD_NORMAL_OPERATION && d->runs == d->slot)
		yes = sim_move(d, BBUM_EV_NORMAL_ALLOWED);
	sim_answer(d, seq, yes);
	if (yes && c == BBUM_CMD_NORMAL_OPERATION)
		d->result = BBUM_RESULT_UNDEFINED;
}

/* In U: the Manifest of the service is `wanted`. */
static inline void sim_update(struct sim *d, char wanted, enum sim_end end)
{
	if (d->state != BBUM_UPDATE)
		return;
	d->holds = wanted;
	d->result_seq = d->seq;
	if (d->runs == wanted) {
		d->result = BBUM_RESULT_NOT_REQUIRED;
		d->slot = d->runs;
		sim_move(d, BBUM_EV_NO_UPDATE_NEEDED);
	} else if (end == SIM_INSTALLS) {
		d->result = BBUM_RESULT_SUCCESS;
		d->slot = wanted;
		sim_move(d, BBUM_EV_INSTALLED);
	} else if (end == SIM_VERIFY_FAILS) {
		d->result = BBUM_RESULT_VERIFY_FAILED;
		sim_move(d, BBUM_EV_VERIFY_FAILED);
	} else {
		d->result = BBUM_RESULT_INSTALL_FAILED;
		sim_move(d, BBUM_EV_INSTALL_FAILED);
	}
}

static inline void kit_hash(char ret[65], char letter)
{
	memset(ret, letter ? letter : 0, 64);
	ret[64] = '\0';
}

static inline void sim_status(const struct sim *d, int64_t cycle, struct bbum_status *ret)
{
	memset(ret, 0, sizeof *ret);
	ret->state = d->state;
	ret->syntax_ok = ret->integrity_ok = ret->identity_ok = ret->authenticity_ok = d->holds != 0;
	kit_hash(ret->manifest_hash, d->holds);
	kit_hash(ret->hash, d->runs);
	ret->recommends = d->holds ? d->holds != d->runs : -1;
	ret->cycle_id = d->seq ? cycle : 0;
	ret->seq = d->seq;
	ret->answer = d->seq ? d->answer : BBUM_ANSWER_NONE;
	if (d->answer == BBUM_ANSWER_REJECTED)
		snprintf(ret->reason, sizeof ret->reason, "no permission");
	ret->result = d->result;
	ret->result_cycle_id = d->result == BBUM_RESULT_UNDEFINED ? 0 : cycle;
	ret->result_seq = d->result == BBUM_RESULT_UNDEFINED ? 0 : d->result_seq;
	ret->boots = d->boots;
	ret->progress = d->state == BBUM_UPDATE ? 50 : -1;
}

struct kit {
	struct site s;
	struct site_settings set;
	struct site_out out;
	struct sim d[KIT_BBS];
	int64_t now;
	char active, previous; /* the configuration that each Building Block shall run */
	/* How the devices behave. */
	enum bbum_answer word[KIT_BBS]; /* of the application; NONE: says nothing */
	enum sim_end end[KIT_BBS];
	bool dead[KIT_BBS];
	/* What was seen. */
	int said[SITE_SAYINGS];
	int sent[BBUM_COMMANDS]; /* commands that became pending */
	int prompts, rollbacks;
	/* Told of every step, if set: where it came from. */
	void (*seen)(void *ctx, const struct kit *k, const struct site_in *in, enum site_state was,
		     enum site_wait waited);
	void *ctx;
	char log[4000];
};

static inline void kit_activate(struct kit *k, char letter)
{
	k->previous = k->active;
	k->active = letter;
	for (int i = 0; i < k->s.nbbs; i++)
		kit_hash(k->s.bb[i].want_hash, letter);
	k->s.has_vc = true;
	k->s.has_previous = k->previous != 0;
}

static inline void kit_give(struct kit *k, struct site_in in)
{
	int64_t seq[KIT_BBS];
	const int64_t prompt = k->s.prompt_seq;
	const enum site_wait waited = k->s.wait;
	static struct site_bb before[KIT_BBS];

	for (int i = 0; i < k->s.nbbs; i++)
		seq[i] = k->s.bb[i].seq;
	memcpy(before, k->s.bb, sizeof before);
	in.now = k->now;
	site_step(&k->s, &in, &k->set, &k->out);
	ck_assert(site_pair_exists(k->s.state, k->s.wait));
	ck_assert_int_le(k->out.nsaid, SITE_SAID_MAX);
	for (int i = 0; i < k->s.nbbs; i++) {
		if (k->s.bb[i].seq != seq[i]) { /* E26: since when it owes an answer */
			k->sent[k->s.bb[i].command]++;
			ck_assert_int_eq(k->s.bb[i].asked_at, k->now);
		}
		ck_assert_msg(!memcmp(&before[i], &k->s.bb[i], sizeof before[i]) || k->out.touched >> i & 1,
			      "a change of Building Block %d is not told", i);
	}
	for (int i = 0; i < k->out.nsaid; i++) {
		k->said[k->out.said[i].say]++;
		ck_assert_str_ne(k->out.said[i].text, "");
		snprintf(k->log + strlen(k->log), sizeof k->log - strlen(k->log), "%s\n",
			 k->out.said[i].text);
	}
	k->prompts += (int)(k->s.prompt_seq - prompt);
	if (k->seen && !k->out.refused)
		k->seen(k->ctx, k, &in, k->out.was, waited);
	if (k->out.wants_rollback) {
		k->rollbacks++;
		ck_assert_int_le(k->rollbacks, 3);
		kit_activate(k, k->previous);
		k->s.has_previous = false;
		kit_give(k, (struct site_in){ .kind = SITE_IN_ACTIVATED });
		kit_give(k, (struct site_in){ .kind = SITE_IN_VERB, .verb = SITE_DO_ROLLBACK });
		ck_assert(!k->out.refused);
	}
}

static inline void kit_verb_n(struct kit *k, enum site_verb v, int n)
{
	kit_give(k, (struct site_in){ .kind = SITE_IN_VERB, .verb = v, .n = n });
}

static inline void kit_verb(struct kit *k, enum site_verb v)
{
	kit_verb_n(k, v, 0);
}

static inline void kit_boot(struct kit *k)
{
	kit_give(k, (struct site_in){ .kind = SITE_IN_BOOT });
}

static inline void kit_status(struct kit *k, int i)
{
	struct bbum_status st;

	sim_status(&k->d[i], k->s.id, &st);
	kit_give(k, (struct site_in){ .kind = SITE_IN_STATUS, .bb = i, .status = &st });
}

/* A poll: status in, command out, as the service serves it. */
static inline void kit_poll(struct kit *k, int i)
{
	if (k->dead[i])
		return;
	if (k->d[i].state == BBUM_NORMAL && k->s.state != SITE_STOPPED)
		k->d[i].holds = k->active;
	kit_status(k, i);
	if (k->s.state != SITE_STOPPED)
		sim_command(&k->d[i], k->s.bb[i].command, k->s.bb[i].seq);
}

/* What a device does between two polls. */
static inline void kit_work(struct kit *k, int i)
{
	bool gone = false;

	if (k->dead[i])
		return;
	if (k->d[i].waiting != BBUM_CMD_NONE && k->word[i] != BBUM_ANSWER_NONE)
		sim_permit(&k->d[i], k->word[i] == BBUM_ANSWER_ACCEPTED);
	if (k->d[i].state != BBUM_UPDATE)
		return;
	if (site_may_package(&k->s, i, &gone) || k->d[i].runs == k->active)
		sim_update(&k->d[i], k->active, k->end[i]);
	else if (gone)
		sim_update(&k->d[i], k->active, SIM_VERIFY_FAILS);
}

/* Polls and works until a round changes nothing; timers run only then, when asked for. */
static inline void kit_run(struct kit *k, bool timers)
{
	static struct kit before;

	for (int round = 0; round < 200; round++) {
		memcpy(&before, k, sizeof before);
		for (int i = 0; i < k->s.nbbs; i++) {
			kit_poll(k, i);
			kit_work(k, i);
		}
		if (!memcmp(before.d, k->d, sizeof k->d) && before.s.state == k->s.state &&
		    before.s.wait == k->s.wait && before.s.seq == k->s.seq &&
		    before.s.prompt_seq == k->s.prompt_seq) {
			if (!timers || k->s.due_at < 0)
				return;
			k->now = k->s.due_at;
			kit_give(k, (struct site_in){ .kind = SITE_IN_TIMER });
		}
		k->now += 10;
	}
	ck_abort_msg("the site does not come to rest in %s, %s: %.900s", site_state_text[k->s.state],
		     site_wait_text[k->s.wait], k->log);
}

/* A site whose Building Blocks run A; nothing is active yet. */
static inline void kit_init(struct kit *k, int nbbs, enum site_mode mode)
{
	static const char *const name[KIT_BBS] = { "DAS", "ETP", "GNSS" };

	memset(k, 0, sizeof *k);
	k->now = 1000;
	k->set = (struct site_settings){ .answer_limit = 1000,
					 .status_limit = 1000,
					 .accept_limit = 1000,
					 .follow_limit = 1000,
					 .result_limit = 5000,
					 .restart_limit = 1000,
					 .retry_wait = 500,
					 .request_tries = 1,
					 .trigger_tries = 1,
					 .auto_rollback = true };
	k->s.id = 7;
	k->s.mode = mode;
	k->s.running = mode == SITE_AUTO;
	k->s.due_at = -1;
	k->s.nbbs = nbbs;
	for (int i = 0; i < nbbs; i++) {
		struct site_bb *b = &k->s.bb[i];

		b->device_id = 100 + i;
		snprintf(b->name, sizeof b->name, "%s", name[i]);
		snprintf(b->manifest, sizeof b->manifest, "bb:%s@1.0.0", name[i]);
		b->asked_at = -1;
		k->d[i] = (struct sim){ .state = BBUM_NORMAL, .runs = 'A', .slot = 'A', .boots = 1 };
		k->word[i] = BBUM_ANSWER_ACCEPTED;
	}
}

/* The same, at rest in Normal Operation with A active, started. */
static inline void kit_rest(struct kit *k, int nbbs, enum site_mode mode)
{
	kit_init(k, nbbs, mode);
	kit_activate(k, 'A');
	kit_boot(k);
	if (mode == SITE_MANUAL)
		kit_verb(k, SITE_DO_START);
	kit_run(k, false);
	ck_assert_int_eq(k->s.state, SITE_NO);
	ck_assert_int_eq(k->s.wait, SITE_IDLE);
	ck_assert_int_eq(k->s.prompt, SITE_ASKS_NOTHING);
	memset(k->said, 0, sizeof k->said);
	memset(k->sent, 0, sizeof k->sent);
	k->prompts = 0;
	k->log[0] = '\0';
}

/* B becomes active. */
static inline void kit_new(struct kit *k)
{
	kit_activate(k, 'B');
	kit_give(k, (struct site_in){ .kind = SITE_IN_ACTIVATED });
}

static inline void kit_is(const struct kit *k, enum site_state state, enum site_wait wait,
			  enum site_prompt prompt)
{
	ck_assert_msg(k->s.state == state && k->s.wait == wait && k->s.prompt == prompt,
		      "it is in %s, %s, prompt %s (%s), not in %s, %s, prompt %s; it said:\n%.900s",
		      site_state_text[k->s.state], site_wait_text[k->s.wait], site_prompt_text[k->s.prompt],
		      k->s.prompt_why, site_state_text[state], site_wait_text[wait], site_prompt_text[prompt],
		      k->log);
}

static inline void kit_all_run(const struct kit *k, char letter)
{
	for (int i = 0; i < k->s.nbbs; i++) {
		ck_assert_int_eq(k->d[i].runs, letter);
		ck_assert_int_eq(k->d[i].state, BBUM_NORMAL);
	}
}

static inline void kit_refused(struct kit *k, enum site_verb v, int n, const char *words)
{
	const struct site was = k->s;

	kit_verb_n(k, v, n);
	ck_assert_msg(k->out.refused, "'%s' was obeyed in %s", site_verb_text[v], site_state_text[was.state]);
	ck_assert_msg(!strncmp(k->out.why, "rejected, because ", 18) && strstr(k->out.why, words), "'%s'",
		      k->out.why);
	ck_assert_msg(!memcmp(&was, &k->s, sizeof was), "a refused '%s' changed something",
		      site_verb_text[v]);
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a meter's firmware job among a DCC and a device that do whatever they may: every message that
 * was ever sent may arrive at any time, several times, or never; whoever sends may crash before it; the
 * device may verify, fail, keep a command, restart. All of that is searched through, for jobs at once, dated,
 * and of PPMIDs, and it must hold:
 *
 *   - no 11.3 is signed before an 8F72 with the right hash was heard, and none after another one that may
 *     have left unless the old version was read in between
 *   - a job is PROVEN only by a version that was read, and the device then runs it
 *   - no device is activated twice by one job
 *   - a job that ended and does not say "silent" or "authority lost" is never followed by an activation
 *   - an 11.4 that may have left is never sent again
 *
 * Faults put into the table are found by the same search.
 */
#include "testing.h"

#include "base/mem.h"
#include "model/meter_job.h"

enum sent { SENT_LOST, SENT_TAKEN, SENT_REFUSED };
enum pre { PRE_NONE, PRE_ACTIVATE, PRE_BACK };
/* Commands by the order in which they are signed; the device takes none after a later one. */
enum { CMD_A1 = 1, CMD_A2 = 2, CMD_BACK = 4 };

struct now {
	/* The job. */
	unsigned job : 5, told : 4, act : 2, tries : 1;
	unsigned good_heard : 1, old_since : 1; /* RUNS_OLD since the last 11.3 */
	unsigned sent : 2, pre : 2;
	/* The device. */
	unsigned holds : 1, runs_new : 1, effective : 2, seen : 2, keeps : 1;
	unsigned time_1 : 1, time_2 : 1; /* the time of a dated command has come */
	/* What is under way to it, and from it. */
	unsigned image : 1, cmds : 3, read : 1;
	unsigned good : 1, other : 1, done : 1, no_image : 1, failed : 1, kept : 1, back : 1, refused : 1,
	    says_old : 1, says_new : 1;
};
_Static_assert(sizeof(struct now) == sizeof(uint64_t), "a state fits into a word");

struct world {
	bool ppmid, future;
	bool in_order; /* the DCC hands on in order: what was sent before a read that was answered is dead */
	int fault;     /* put into the table; 0 = none */
	const struct meter_move *cell[METER_JOBS][METER_EVENTS][4][METER_TOLDS];
	uint64_t *set, *todo;
	size_t n, done, room;
	const char *broken; /* what does not hold; NULL = all does */
	bool ends[METER_JOBS];
};

/* ---- the set of states ---- */

static uint64_t word_of(struct now s)
{
	uint64_t w;

	memcpy(&w, &s, sizeof w);
	return w + 1; /* 0 is an empty place */
}

/* What can make no difference any more is forgotten, so that there are fewer states. */
static void state_forget(struct now *s)
{
	if (s->job >= METER_JOB_VERIFIED)
		s->sent = s->good = 0; /* the image can still come, and say so again */
	if (meter_job_ended((enum meter_job)s->job))
		*s = (struct now){ .job = s->job,
				   .holds = s->holds,
				   .runs_new = s->runs_new,
				   .effective = s->effective,
				   .seen = s->seen,
				   .keeps = s->keeps,
				   .time_1 = s->time_1,
				   .time_2 = s->time_2,
				   .image = s->image,
				   .cmds = s->cmds,
				   .read = s->read };
	if (s->job == METER_JOB_PROVEN || s->job == METER_JOB_SILENT || s->job == METER_JOB_LOST)
		*s = (struct now){ .job = s->job };
}

static void state_add(struct world *w, struct now s)
{
	uint64_t x, h;
	size_t i;

	state_forget(&s);
	x = word_of(s);
	h = x * UINT64_C(0x9E3779B97F4A7C15);
	i = (size_t)(h >> 20) & (w->room - 1);
	while (w->set[i] && w->set[i] != x)
		i = (i + 1) & (w->room - 1);
	if (w->set[i])
		return;
	ck_assert_uint_lt(w->n, w->room / 2);
	w->set[i] = x;
	w->todo[w->n++] = x - 1;
}

/* ---- the job ---- */

static void event_hear(struct world *w, struct now s, enum meter_event ev);

static void deed_do(struct world *w, struct now s, enum meter_deed deed)
{
	struct now x = s;

	switch (deed) {
	case METER_DO_TRANSFORM:
		s.pre = PRE_ACTIVATE;
		break;
	case METER_DO_TAKE_BACK:
		s.pre = PRE_BACK;
		break;
	case METER_DO_ACTIVATE:
		if (!s.good_heard)
			w->broken = "an 11.3 was signed before an 8F72";
		if (!s.old_since)
			w->broken = "an 11.3 was signed while another one may be under way";
		if (s.act == METER_ACTIVATIONS_MAX)
			w->broken = "too many 11.3 were signed";
		if (w->broken)
			return;
		s.pre = PRE_NONE;
		event_hear(w, (x = s, x.act++, x), METER_EV_NOT_SENT);
		s.act++;
		s.old_since = 0;
		state_add(w, s); /* a crash before it left */
		state_add(w, (x = s, x.refused = 1, x));
		s.cmds |= s.act == 1 ? CMD_A1 : CMD_A2;
		state_add(w, (x = s, x.refused = 1, x)); /* said twice, and the second one was refused */
		break;
	case METER_DO_SEND_BACK:
		s.pre = PRE_NONE;
		state_add(w, s);
		s.cmds |= CMD_BACK;
		break;
	case METER_DO_READ:
		s.read = s.says_old = s.says_new = 0; /* answers to an older one say nothing */
		state_add(w, s);
		s.read = 1;
		break;
	case METER_DO_NOTHING:
	case METER_DO_DISTRIBUTE:
	case METER_DO_ALARM:
	case METER_DEEDS:
		break;
	}
	state_add(w, s);
}

static void event_hear(struct world *w, struct now s, enum meter_event ev)
{
	const struct meter_move *m = w->cell[s.job][ev][s.act][s.told];

	s.good_heard |= ev == METER_EV_IMAGE_GOOD;
	s.old_since |= ev == METER_EV_RUNS_OLD;
	if (ev == METER_EV_NOT_SENT && s.job == METER_JOB_ACTIVATING && s.act)
		s.act--;
	if (ev == METER_EV_DUE || ev == METER_EV_ANSWER_LOST)
		s.tries = 1;
	if (m) {
		s.job = m->to & 31u;
		s.told = m->told == METER_TOLDS ? s.told : m->told & 15u;
		s.tries = m->fresh ? 0 : s.tries;
		if (s.job == METER_JOB_PROVEN && !(ev == METER_EV_RUNS_NEW && s.runs_new))
			w->broken = "proven, and its version was not read";
		if (meter_job_ended((enum meter_job)s.job) && s.job != METER_JOB_PROVEN && s.runs_new &&
		    s.job != METER_JOB_SILENT && s.job != METER_JOB_LOST && !w->ppmid &&
		    (w->in_order || s.job == METER_JOB_CANCELED))
			w->broken = "ended badly, and it runs what was sent";
	}
	deed_do(w, s, m ? m->deed : METER_DO_NOTHING);
}

/* ---- what the device does ---- */

static void activation_come(struct world *w, struct now s)
{
	struct now x = s;

	if (!s.holds) {
		s.no_image = 1;
	} else {
		x.failed = 1;
		state_add(w, x);
		s.holds = 0;
		s.runs_new = s.done = 1;
		s.effective++;
		if (s.effective > 1 && !w->ppmid) /* whose image may be handed on twice by the DCC */
			w->broken = "activated twice";
		if (s.effective > 1)
			return;
		if (meter_job_ended((enum meter_job)s.job) && s.job != METER_JOB_SILENT &&
		    s.job != METER_JOB_LOST && !w->ppmid && (w->in_order || s.job == METER_JOB_CANCELED))
			w->broken = "activated after the job had ended";
	}
	state_add(w, s);
}

static void command_come(struct world *w, struct now s, unsigned cmd)
{
	unsigned number = cmd == CMD_A1 ? 1 : cmd == CMD_A2 ? 2 : 3;

	if (!(s.cmds & cmd) || s.seen >= number)
		return;
	s.seen = number & 3u;
	if (cmd == CMD_BACK) {
		s.keeps = 0;
		s.back = 1;
		state_add(w, s);
	} else if (w->future && !(cmd == CMD_A1 ? s.time_1 : s.time_2)) {
		s.keeps = s.kept = 1;
		state_add(w, s);
	} else {
		activation_come(w, s);
	}
}

static void image_come(struct world *w, struct now s)
{
	struct now x = s;

	if (!s.image || (!w->in_order && s.runs_new)) /* it takes no image of the version that it runs */
		return;
	if (w->ppmid) {
		activation_come(w, (x = s, x.holds = 1, x));
		return;
	}
	state_add(w, (x = s, x.holds = 1, x.good = 1, x));
	state_add(w, (x = s, x.holds = 0, x.other = 1, x));
}

static void device_steps(struct world *w, struct now s)
{
	struct now x = s;

	image_come(w, s);
	for (unsigned cmd = CMD_A1; cmd <= CMD_BACK; cmd <<= 1)
		command_come(w, s, cmd);
	if (s.keeps)
		activation_come(w, (x = s, x.keeps = 0, x));
	if (s.read) {
		x = s;
		if (s.runs_new)
			x.says_new = 1;
		else
			x.says_old = 1;
		if (w->in_order)
			x.seen = s.cmds & CMD_BACK ? 3 : s.cmds & CMD_A2 ? 2 : s.cmds & CMD_A1 ? 1 : 0;
		x.seen = x.seen < s.seen ? s.seen : x.seen;
		state_add(w, x);
	}
}

/* ---- what is heard ---- */

/* What was under way is heard, and stays to be heard again. */
static void said_steps(struct world *w, struct now s)
{
	if (s.good)
		event_hear(w, s, METER_EV_IMAGE_GOOD);
	if (s.other) {
		event_hear(w, s, METER_EV_IMAGE_OTHER);
		event_hear(w, s, METER_EV_IMAGE_BAD);
	}
	if (s.done)
		event_hear(w, s, METER_EV_DONE);
	if (s.no_image) {
		event_hear(w, s, METER_EV_NO_IMAGE);
		event_hear(w, s, METER_EV_HASH);
	}
	if (s.failed)
		event_hear(w, s, METER_EV_NOT_ACTIVATED);
	if (s.kept)
		event_hear(w, s, METER_EV_SCHEDULED);
	if (s.back)
		event_hear(w, s, METER_EV_TAKEN_BACK);
	if (s.refused)
		event_hear(w, s, METER_EV_REFUSED);
	if (s.says_old)
		event_hear(w, s, METER_EV_RUNS_OLD);
	if (s.says_new)
		event_hear(w, s, METER_EV_RUNS_NEW);
}

static void request_steps(struct world *w, struct now s)
{
	struct now x = s;

	if (s.job == METER_JOB_READY) {
		if (s.image && w->ppmid)
			w->broken = "an 11.4 that may have left was sent again";
		event_hear(w, (x = s, x.sent = SENT_LOST, x), METER_EV_SENT);
		event_hear(w, (x = s, x.sent = SENT_REFUSED, x), METER_EV_SENT);
		event_hear(w, (x = s, x.sent = SENT_TAKEN, x.image = 1, x), METER_EV_SENT);
	}
	if (s.sent == SENT_TAKEN) {
		event_hear(w, s, METER_EV_TAKEN);
		event_hear(w, s, METER_EV_DELIVERED);
		event_hear(w, s, METER_EV_HELD);
	}
	if (s.sent == SENT_REFUSED) {
		event_hear(w, s, METER_EV_BUSY);
		event_hear(w, s, METER_EV_NOT_APPLICABLE);
		if (s.job == METER_JOB_SENT)
			event_hear(w, s, METER_EV_NOT_SENT);
	}
	if (s.pre != PRE_NONE) { /* the answer to an older transform is not taken */
		event_hear(w, s, METER_EV_COMMAND_OK);
		event_hear(w, (x = s, x.pre = PRE_NONE, x), METER_EV_COMMAND_BAD);
	}
	event_hear(w, s, METER_EV_GO);
	event_hear(w, s, METER_EV_ACK);
	event_hear(w, s, METER_EV_HELD);
	event_hear(w, s, METER_EV_CANCEL);
	event_hear(w, s, METER_EV_AUTHORITY_LOST);
}

static void time_steps(struct world *w, struct now s)
{
	if (s.job == METER_JOB_SCHEDULED) { /* its time is over */
		if (s.keeps)
			return;
		if (s.act == 1)
			s.time_1 = 1;
		else
			s.time_2 = 1;
	}
	event_hear(w, s, s.tries ? METER_EV_DUE_LAST : METER_EV_DUE);
	event_hear(w, s, s.tries ? METER_EV_DUE_LAST : METER_EV_ANSWER_LOST);
}

/* ---- faults ---- */

static const struct fault {
	enum meter_job in;
	enum meter_event on;
	struct meter_move move;
	bool ppmid, future;
} faults[] = {
#define FAULT(in, on, to, deed, ...)                                                                         \
	{                                                                                                    \
		METER_JOB_##in, METER_EV_##on,                                                               \
		    { METER_JOB_##to, METER_DO_##deed, METER_TOLDS, true, NULL, "fault" }, __VA_ARGS__       \
	}
	FAULT(DELIVERED, DELIVERED, VERIFIED, NOTHING, false, false), /* delivery is no verification */
	FAULT(DISTRIBUTED, DELIVERED, VERIFIED, NOTHING, false, false),
	FAULT(DELIVERED, IMAGE_OTHER, VERIFIED, NOTHING, false, false), /* another hash */
	FAULT(ACTIVATING, DUE, VERIFIED, NOTHING, false, false),        /* pushed again blindly */
	FAULT(ACTIVATING, ANSWER_LOST, VERIFIED, NOTHING, false, false),
	FAULT(ACTIVATING, HELD, VERIFIED, NOTHING, false, false),
	FAULT(ACTIVATING, ACK, PROVEN, NOTHING, false, false), /* I99 is not success */
	FAULT(SENT, TAKEN, PROVEN, NOTHING, false, false),
	FAULT(ACTIVATING, REFUSED, REFUSED, NOTHING, false, false), /* the second copy was refused */
	FAULT(ACTIVATING, NO_IMAGE, FAILED, NOTHING, false, false), /* ... or found no image */
	FAULT(ACTIVATING, CANCEL, CANCELED, NOTHING, false, false), /* too late */
	FAULT(ACTIVATING, CANCEL, CANCELED, NOTHING, false, true),
	FAULT(VERIFIED, CANCEL, CANCELED, NOTHING, false, true),
	FAULT(READING, CANCEL, CANCELED, NOTHING, false, true),
	FAULT(SCHEDULED, CANCEL, CANCELED, NOTHING, false, true),
	FAULT(SCHEDULED, DUE, FAILED, NOTHING, false, true),
	FAULT(ACTIVATING, DUE, READING, READ, false, true),             /* read before its time */
	FAULT(TAKING_BACK, TAKEN_BACK, CANCELED, NOTHING, false, true), /* it was done before */
	FAULT(TAKING_BACK, DUE_LAST, CANCELED, NOTHING, false, true),
	FAULT(TAKING_BACK, RUNS_OLD, CANCELED, NOTHING, false, true),
	FAULT(READING, DUE_LAST, FAILED, NOTHING, false, false),
	FAULT(READING, DUE, VERIFIED, NOTHING, false, false),
	FAULT(READING, RUNS_OLD, ACTIVATING, ACTIVATE, false, true) /* spent */,
	FAULT(SENT, ANSWER_LOST, READY, DISTRIBUTE, true, false), /* an 11.4 may have left */
	FAULT(SENT, HELD, READY, NOTHING, true, false),
	FAULT(SENT, DUE, READY, DISTRIBUTE, true, false),
	FAULT(DISTRIBUTED, DUE, READY, DISTRIBUTE, true, false),
#undef FAULT
};
#define FAULTS ((int)(sizeof faults / sizeof *faults))

/* ---- the search ---- */

#define ROOM ((size_t)1 << 18)

static void cells_fill(struct world *w)
{
	for (int s = 0; s < METER_JOBS; s++)
		for (int ev = 0; ev < METER_EVENTS; ev++)
			for (int act = 0; act < 4; act++)
				for (int told = 0; told < METER_TOLDS; told++) {
					struct meter_past p = { w->ppmid, w->future, act,
								(enum meter_told)told };

					w->cell[s][ev][act][told] =
					    meter_job_move((enum meter_job)s, (enum meter_event)ev, &p);
				}
	for (int act = 0; w->fault && act < 4; act++)
		for (int told = 0; told < METER_TOLDS; told++) {
			const struct fault *f = &faults[w->fault - 1];

			w->cell[f->in][f->on][act][told] = &f->move;
		}
}

static void world_search(struct world *w)
{
	struct now s = { .old_since = 1 };

	cells_fill(w);
	w->room = ROOM;
	w->set = mem_array(w->room, sizeof *w->set);
	w->todo = mem_array(w->room / 2, sizeof *w->todo);
	state_add(w, s);
	for (; w->done < w->n && !w->broken; w->done++) {
		memcpy(&s, &w->todo[w->done], sizeof s);
		w->ends[s.job] = true;
		device_steps(w, s);
		if (meter_job_ended((enum meter_job)s.job))
			continue;
		said_steps(w, s);
		request_steps(w, s);
		time_steps(w, s);
	}
	mem_free(w->set);
	mem_free(w->todo);
}

static void world_holds(bool ppmid, bool future, bool in_order)
{
	struct world w = { .ppmid = ppmid, .future = future, .in_order = in_order };

	world_search(&w);
	ck_assert_msg(!w.broken, "%s%s%s: %s", ppmid ? "11.4" : "11.3", future ? ", dated" : "",
		      in_order ? ", in order" : "", w.broken);
	ck_assert_uint_gt(w.n, ppmid ? 100 : 10000);
	for (int s = 0; s < METER_JOBS; s++) {
		bool never = s == METER_JOB_OTHER || (!future && s == METER_JOB_SCHEDULED);

		if (ppmid)
			never |= (s >= METER_JOB_VERIFIED && s <= METER_JOB_TAKING_BACK);
		ck_assert_msg(w.ends[s] == !never, "%s was %sreached", meter_job_text[s],
			      w.ends[s] ? "" : "never ");
	}
}

START_TEST(an_activation_at_once_holds_in_every_order_of_messages)
{
	world_holds(false, false, true);
	world_holds(false, false, false);
}
END_TEST

START_TEST(a_dated_activation_holds_in_every_order_of_messages)
{
	world_holds(false, true, true);
	world_holds(false, true, false);
}
END_TEST

START_TEST(an_11_4_holds_in_every_order_of_messages)
{
	world_holds(true, false, true);
}
END_TEST

START_TEST(every_fault_that_is_put_into_the_table_is_found)
{
	for (int f = 1; f <= FAULTS; f++) {
		const struct fault *x = &faults[f - 1];
		bool found = false;

		for (int in_order = 1; in_order >= 0 && !found; in_order--) {
			struct world w = { x->ppmid, x->future, .in_order = in_order, .fault = f };

			world_search(&w);
			found = w.broken != NULL;
		}
		ck_assert_msg(found, "fault %d (%s on %s) was not found", f, meter_job_text[x->in],
			      meter_event_text[x->on]);
	}
}
END_TEST

/* ---- the end ---- */

START_TEST(the_watchdog_alone_ends_every_job)
{
	for (int s = 0; s < METER_JOB_PROVEN; s++)
		for (int n = 0; n < 16 * METER_TOLDS; n++) {
			struct meter_past p = { n & 1, n & 2, n / 4 % 4, (enum meter_told)(n / 16) };
			enum meter_job at = (enum meter_job)s;

			for (int i = 0; i < 3 && !meter_job_ended(at); i++) {
				const struct meter_move *m = meter_job_move(at, METER_EV_DUE_LAST, &p);

				ck_assert_msg(m != NULL, "%s waits for ever", meter_job_text[at]);
				at = m->to;
			}
			ck_assert_msg(meter_job_ended(at), "%s does not end", meter_job_text[s]);
		}
}
END_TEST

/* A job as far as its life goes on: state, activations, what was told. */
#define PLACES (METER_JOBS * 4 * METER_TOLDS)
static int place_of(enum meter_job s, int64_t act, enum meter_told told)
{
	return ((int)s * 4 + (int)act) * METER_TOLDS + (int)told;
}
static const struct meter_move *place_move(int place, enum meter_event ev, bool ppmid, bool future, int *ret)
{
	struct meter_past p = { ppmid, future, place / METER_TOLDS % 4,
				(enum meter_told)(place % METER_TOLDS) };
	const struct meter_move *m = meter_job_move((enum meter_job)(place / METER_TOLDS / 4), ev, &p);

	if (m)
		*ret = place_of(m->to, p.activations + (m->deed == METER_DO_ACTIVATE),
				m->told == METER_TOLDS ? p.told : m->told);
	return m;
}

START_TEST(tries_begin_anew_only_where_there_is_no_way_back)
{
	/* Then every way round counts tries, and the tries end. What did not leave, or was held by the DCC,
	 * says of itself that it goes on. */
	for (int mode = 0; mode < 3; mode++)
		for (int from = 0; from < PLACES; from++)
			for (int ev = 0; ev < METER_EVENTS; ev++) {
				bool ppmid = mode == 2, future = mode == 1, seen[PLACES] = { false };
				int to = 0, stack[PLACES], n = 0;
				const struct meter_move *m;

				if (from / METER_TOLDS % 4 == 3)
					continue;
				m = place_move(from, (enum meter_event)ev, ppmid, future, &to);
				if (!m || !m->fresh)
					continue;
				seen[stack[n++] = to] = true;
				while (n) {
					int at = stack[--n];

					ck_assert_msg(at != from, "%s on %s begins anew and comes back",
						      meter_job_text[from / METER_TOLDS / 4],
						      meter_event_text[ev]);
					for (int e = 0; e < METER_EVENTS; e++)
						if (e != METER_EV_NOT_SENT && at / METER_TOLDS % 4 < 3 &&
						    place_move(at, (enum meter_event)e, ppmid, future, &to) &&
						    !seen[to])
							seen[stack[n++] = to] = true;
				}
			}
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		an_activation_at_once_holds_in_every_order_of_messages,
		a_dated_activation_holds_in_every_order_of_messages,
		an_11_4_holds_in_every_order_of_messages,
		every_fault_that_is_put_into_the_table_is_found,
		the_watchdog_alone_ends_every_job,
		tries_begin_anew_only_where_there_is_no_way_back,
	};

	return RUN_TESTS("meter_world", all);
}

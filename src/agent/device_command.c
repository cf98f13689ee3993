/* SPDX-License-Identifier: Apache-2.0 */
/* What the device does when it is told to: each command through the state table, with the application's word.
 */
#include <string.h>

#include "agent/device_p.h"

#define LOOK_MS 50           /* how often the application is looked at */
#define HEARD_LIMIT_MS 10000 /* how long an accepted restart waits until the service has heard of it */

/* ---- moves ---- */

static void answer(struct device *d, const struct bbum_answer_msg *a, bool accepted, const char *reason)
{
	struct bbum_status *t = &d->mem.told;
	char id[COMMAND_ID_MAX];

	t->cycle_id = a->cycle_id;
	t->seq = a->seq;
	t->answer = accepted ? BBUM_ANSWER_ACCEPTED : BBUM_ANSWER_REJECTED;
	str_copy(t->reason, sizeof t->reason, reason);
	command_id_text(a->cycle_id, a->seq, id);
	log_event(d->shared->log, accepted ? LOG_INFO : LOG_NOTICE, "bbum-command", "device", d->name, "id",
		  id, "command", a->command < BBUM_COMMANDS ? bbum_command_text[a->command] : "?", "answer",
		  bbum_answer_text[t->answer], "reason", *reason ? reason : NULL, NULL);
}

static void reject(struct device *d, const struct bbum_answer_msg *a, const char *reason)
{
	answer(d, a, false, reason);
	device_say(d);
}

static void refuse_in_state(struct device *d, const struct bbum_answer_msg *a)
{
	char reason[96];

	snprintf(reason, sizeof reason, "%s is not possible in the state %s",
		 a->command < BBUM_COMMANDS ? bbum_command_text[a->command] : "that command",
		 bbum_state_text[d->state]);
	reject(d, a, reason);
}

/* Where to, in the device and in its memory. Not for BOOT: that is where the process ends. */
void device_enter(struct device *d, const struct bbum_move *m)
{
	if (m->to == d->state)
		return;
	device_note_state(d, m->to, m->row);
	d->state = m->to;
	if (m->to == BBUM_NORMAL || m->to == BBUM_PENDING || m->to == BBUM_UPDATE || m->to == BBUM_COMPLETED)
		d->mem.told.state = m->to;
}

void device_event(struct device *d, enum bbum_event ev)
{
	const struct bbum_move *m = bbum_move(d->state, ev);

	if (m)
		device_enter(d, m);
}

static void result_forget(struct device *d) /* Z33 */
{
	d->mem.told.result = BBUM_RESULT_UNDEFINED;
	d->mem.told.result_cycle_id = d->mem.told.result_seq = 0;
	d->mem.told.error[0] = '\0';
}

/* A command whose event is known, and what the table says to it. */
static void obey(struct device *d, const struct bbum_answer_msg *a, enum bbum_event ev, const char *reason)
{
	const struct bbum_move *m = bbum_move(d->state, ev);

	if (!m) {
		refuse_in_state(d, a);
		return;
	}
	answer(d, a, m->action != BBUM_DO_REJECT, reason);
	if (m->action == BBUM_DO_RESTART) {
		update_drop(d);
		d->restart = true;
		d->shutdown = a->command == BBUM_CMD_SHUTDOWN;
		d->restart_until = device_now(d) + HEARD_LIMIT_MS;
		device_say(d);
		return;
	}
	if (ev == BBUM_EV_NORMAL_ALLOWED || ev == BBUM_EV_TRIGGER)
		result_forget(d);
	if (d->state == BBUM_NORMAL && ev == BBUM_EV_REQUEST_ALLOWED)
		str_copy(d->mem.before, sizeof d->mem.before, d->hash);
	if (m->to == BBUM_NORMAL)
		d->mem.before[0] = '\0';
	if (ev == BBUM_EV_TRIGGER) {
		d->mem.trigger_cycle_id = a->cycle_id;
		d->mem.trigger_seq = a->seq;
	}
	device_enter(d, m);
	device_say(d);
	if (m->action == BBUM_DO_DOWNLOAD && d->state == BBUM_UPDATE)
		update_begin(d);
}

/* ---- the application's word (D7, D17, D35) ---- */

static const struct permit_case {
	enum permit_what what;
	enum bbum_event yes, no;
} cases[BBUM_COMMANDS] = {
	[BBUM_CMD_REQUEST_UPDATE] = { PERMIT_UPDATE, BBUM_EV_REQUEST_ALLOWED, BBUM_EV_REQUEST_DENIED },
	[BBUM_CMD_RESTART] = { PERMIT_RESTART, BBUM_EV_RESTART_ALLOWED, BBUM_EV_RESTART_DENIED },
	[BBUM_CMD_SHUTDOWN] = { PERMIT_RESTART, BBUM_EV_RESTART_ALLOWED, BBUM_EV_RESTART_DENIED },
};

static struct bbum_answer_msg asked_command(const struct device *d)
{
	return (struct bbum_answer_msg){ .command = d->asked.kind,
					 .cycle_id = d->asked.cycle_id,
					 .seq = d->asked.seq };
}

static void asked_withdraw(struct device *d)
{
	const struct iec *p = &d->shared->iec;

	if (d->asked.kind != BBUM_CMD_NONE && p->withdraw)
		p->withdraw(p->ctx, cases[d->asked.kind].what);
	d->asked.kind = BBUM_CMD_NONE;
	d->app_at = p->tick ? device_now(d) : INT64_MAX;
}

void device_asked_look(struct device *d)
{
	const struct iec *p = &d->shared->iec;
	const struct permit_case *c = &cases[d->asked.kind];
	struct bbum_answer_msg a = asked_command(d);
	const char *why = "the application says no";
	enum permit_word word = p->look(p->ctx, c->what, &why);

	d->asked.look_at = device_now(d) + LOOK_MS;
	if (word == PERMIT_WAIT && device_now(d) < d->asked.until)
		return;
	if (word == PERMIT_WAIT) {
		asked_withdraw(d);
		why = "the application did not answer in time";
	}
	d->asked.kind = BBUM_CMD_NONE;
	if (word == PERMIT_YES)
		obey(d, &a, c->yes, "");
	else if (bbum_move(d->state, c->no))
		obey(d, &a, c->no, why);
	else
		reject(d, &a, why);
}

static void ask_application(struct device *d, const struct bbum_answer_msg *a)
{
	const struct iec *p = &d->shared->iec;

	if (!bbum_move(d->state, cases[a->command].yes)) {
		refuse_in_state(d, a);
		return;
	}
	if (d->state == BBUM_ERROR) { /* I18: there is nothing left to be careful with */
		obey(d, a, cases[a->command].yes, "");
		return;
	}
	if (d->app.runs == BBUM_IEC_STOPPED) { /* D40: it cannot answer */
		obey(d, a, cases[a->command].no, "the application is stopped");
		return;
	}
	d->asked.kind = a->command;
	d->asked.cycle_id = a->cycle_id;
	d->asked.seq = a->seq;
	d->asked.until = device_now(d) + p->limit_ms;
	if (p->ask)
		p->ask(p->ctx, cases[a->command].what);
	device_app_look(d); /* the plug has something to do now */
	if (d->state == BBUM_ERROR)
		return;
	device_asked_look(d);
}

/* ---- commands ---- */

/* Z24: back to normal operation only on a Package that is valid and runs. */
static void normal_operation(struct device *d, const struct bbum_answer_msg *a)
{
	OWN(package_clear) struct package p = { .n = 0 };
	struct err e;

	if (!bbum_move(d->state, BBUM_EV_NORMAL_ALLOWED))
		refuse_in_state(d, a);
	else if (d->mem.active != d->mem.running)
		reject(d, a, "the installed Package runs after a restart only");
	else if (d->mem.running != SLOT_FACTORY && (device_slot(d, d->mem.running, &p, &e) ||
						    device_slot_verify(d, d->mem.running, &p, NULL, &e)))
		reject(d, a, "the stored Package is not valid");
	else
		obey(d, a, BBUM_EV_NORMAL_ALLOWED, "");
}

/* D46: the safe state needs no permission. */
static void turn_to_error(struct device *d, const struct bbum_answer_msg *a)
{
	if (!bbum_move(d->state, BBUM_EV_FAULT)) {
		refuse_in_state(d, a);
		return;
	}
	answer(d, a, true, "");
	device_fault(d, "error-request", "the service asked for the error state");
	device_say(d);
}

void device_command(struct device *d, const struct bbum_answer_msg *a)
{
	const struct bbum_status *t = &d->mem.told;

	/* Handled already: the status answers it. */
	if (d->restart || (a->cycle_id == t->cycle_id && a->seq <= t->seq) ||
	    (d->asked.kind != BBUM_CMD_NONE && a->cycle_id == d->asked.cycle_id && a->seq == d->asked.seq))
		return;
	asked_withdraw(d); /* Z30: a newer command, be it a cancel, takes its place */
	switch (a->command) {
	case BBUM_CMD_REQUEST_UPDATE:
		ask_application(d, a);
		break;
	case BBUM_CMD_RESTART:
	case BBUM_CMD_SHUTDOWN:
		if (d->lost_memory)
			reject(d, a, "the memory is damaged; somebody must look at the device");
		else
			ask_application(d, a);
		break;
	case BBUM_CMD_CANCEL:
		obey(d, a, BBUM_EV_CANCEL, "");
		break;
	case BBUM_CMD_TRIGGER:
		obey(d, a, BBUM_EV_TRIGGER, "");
		break;
	case BBUM_CMD_NORMAL_OPERATION:
		normal_operation(d, a);
		break;
	case BBUM_CMD_TURN_TO_ERROR:
		turn_to_error(d, a);
		break;
	case BBUM_CMD_NONE:
		break;
	case BBUM_COMMANDS:
		reject(d, a, "this device does not know the command");
		break;
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/device_p.h"

#include <string.h>

#define BACKOFF_MAX_MS 300000

int64_t device_now(const struct device *d)
{
	return clock_mono(d->shared->clock);
}

/* Doubles from the period of polls on, to 16 times of it; chance keeps a fleet from asking in step. */
int64_t device_wait(const struct device *d, int64_t times)
{
	int64_t ms = d->shared->poll_ms;

	for (int64_t i = 1; i < times && i < 5; i++)
		ms *= 2;
	if (ms > BACKOFF_MAX_MS)
		ms = BACKOFF_MAX_MS;
	return ms + (int64_t)rnd_below(d->shared->rnd, (uint64_t)(ms / 4 + 1));
}

void device_note_state(const struct device *d, enum bbum_state to, const char *row)
{
	log_event(d->shared->log, LOG_INFO, "bbum-state", "device", d->name, "from",
		  bbum_state_text[d->state], "to", bbum_state_text[to], "row", row, NULL);
}

/* ---- what it says ---- */

void device_status(const struct device *d, struct bbum_poll_msg *ret)
{
	struct bbum_status *s = &ret->status;

	memset(ret, 0, sizeof *ret);
	str_copy(ret->device, sizeof ret->device, d->name);
	ret->wants_manifest = d->state == BBUM_NORMAL;
	*s = d->mem.told;
	str_copy(s->type_id, sizeof s->type_id, d->mem.type_id);
	if (device_is_block(d))
		s->iec = d->app.runs;
	if (d->parts)
		ret->parts = *d->parts;
	s->state = d->state;
	s->progress = d->progress;
	str_copy(s->step, sizeof s->step, update_step_text(d));
	if (!*d->version)
		return;
	str_copy(s->manufacturer, sizeof s->manufacturer, d->mem.manufacturer);
	str_copy(s->model, sizeof s->model, d->mem.model);
	str_copy(s->hardware, sizeof s->hardware, d->mem.hardware);
	str_copy(s->version, sizeof s->version, d->version);
	str_copy(s->hash, sizeof s->hash, d->hash);
}

/* False: it could not be memorised, and the device is in its error state now. */
static bool memorise(struct device *d)
{
	struct err e;

	if (d->lost_memory || !memory_save(d->dir, &d->mem, d->shared->sync, &e))
		return true;
	if (d->state != BBUM_ERROR)
		device_fault(d, "memory", e.msg);
	return false;
}

void device_say(struct device *d)
{
	d->said++;
	d->next_poll = device_now(d);
	(void)memorise(d);
}

void device_fault(struct device *d, const char *error, const char *text)
{
	log_event(d->shared->log, LOG_ERROR, "bbum-error", "device", d->name, "error", error, "text", text,
		  NULL);
	update_drop(d);
	device_fetch_drop(d);
	d->asked.kind = BBUM_CMD_NONE;
	d->state = BBUM_ERROR;
	str_copy(d->mem.told.error, sizeof d->mem.told.error, error);
	d->said++;
	d->next_poll = device_now(d);
}

enum fault_what device_fault_at(struct device *d, enum fault_where where)
{
	int64_t was[FAULTS_MAX];
	enum fault_what what;

	memcpy(was, d->mem.faults, sizeof was);
	what = fault_at(&d->shared->faults, where, d->mem.faults);
	if (what == FAULT_NONE)
		return what;
	log_event(d->shared->log, LOG_NOTICE, "bbum-fault", "device", d->name, "fault", fault_what_text[what],
		  "at", fault_where_text[where], NULL);
	/* Used up before it happens, or one that ends the process would happen for ever. */
	if (memcmp(was, d->mem.faults, sizeof was) != 0)
		(void)memorise(d);
	if (what == FAULT_VANISH)
		d->vanished = true;
	return what;
}

/* ---- polls ---- */

static void poll_failed(struct device *d, const char *why, int64_t retry_ms)
{
	int64_t wait;

	if (!d->unreachable)
		log_event(d->shared->log, LOG_WARN, "bbum-unheard", "device", d->name, "error", why, NULL);
	d->unreachable = true;
	wait = device_wait(d, ++d->failures);
	d->next_poll = device_now(d) + (retry_ms > wait ? retry_ms : wait);
}

/* Says another version than the one that runs: of the Manifest it holds, else one beside the true one. */
static void lie(struct bbum_status *s)
{
	size_t n = strlen(s->version);

	if (!n)
		return;
	if (*s->manifest_version && strcmp(s->manifest_version, s->version) != 0)
		str_copy(s->version, sizeof s->version, s->manifest_version);
	else
		s->version[n - 1] = s->version[n - 1] == '0' ? '1' : '0';
}

static void poll_start(struct device *d)
{
	struct bbum_poll_msg m;
	STR(body, BBUM_MESSAGE_MAX);

	device_status(d, &m);
	switch (device_fault_at(d, FAULT_AT_REPORT)) {
	case FAULT_FAIL:
		poll_failed(d, "a fault that was asked for", 0);
		return;
	case FAULT_STALL:
		d->stalled = true;
		return;
	case FAULT_LIE:
	case FAULT_CORRUPT:
		lie(&m.status);
		break;
	case FAULT_VANISH:
		return;
	case FAULT_NONE:
	case FAULT_WHATS:
		break;
	}
	bbum_poll_write(&m, &body);
	d->polling = true;
	d->under_way = d->said;
	d->shared->net.poll(d->shared->net.ctx, d, str_c(&body), body.len);
}

void device_polled(struct device *d, const struct net_result *r)
{
	struct bbum_answer_msg a;
	char why[160];
	struct err e;
	int64_t ms = d->shared->poll_ms;

	d->polling = false;
	if (r->status != 200 || r->trouble) {
		snprintf(why, sizeof why, "%s%.*s", r->trouble ? r->trouble : "refused: ",
			 r->trouble ? 0 : (int)(r->len < 120 ? r->len : 120), r->body ? r->body : "");
		poll_failed(d, why, r->retry_ms);
		return;
	}
	if (bbum_answer_read(r->body, r->len, &a, &e)) {
		poll_failed(d, e.msg, r->retry_ms);
		return;
	}
	if (d->unreachable)
		log_event(d->shared->log, LOG_NOTICE, "bbum-heard", "device", d->name, NULL);
	d->unreachable = false;
	d->failures = 0;
	d->heard = d->under_way;
	if (a.poll_ms > 0 && a.poll_ms < ms)
		ms = a.poll_ms;
	ms -= (int64_t)rnd_below(d->shared->rnd, (uint64_t)(ms / 16 + 1)); /* a fleet does not ask in step */
	d->next_poll = d->said > d->heard ? device_now(d) : device_now(d) + ms;
	if (d->restart)
		return;
	device_manifest_seen(d, &a);
	if (a.command != BBUM_CMD_NONE)
		device_command(d, &a);
	if (a.permit != BBUM_PERMIT_NONE && d->shared->iec.hear)
		d->shared->iec.hear(d->shared->iec.ctx, a.permit);
}

/* ---- time ---- */

/* I15, I18: from here on the boot process has it. */
static void hand_over(struct device *d)
{
	OWN(package_clear) struct package p = { .n = 0 };
	struct err e;

	switch (device_fault_at(d, FAULT_AT_RESTART)) {
	case FAULT_FAIL: /* what was installed does not come up, and the boot process goes back */
		d->mem.active = d->mem.running;
		(void)memorise(d);
		break;
	case FAULT_STALL:
		d->stalled = true;
		return;
	case FAULT_LIE:
		d->restart = false;
		d->mem.told.boots++;
		device_say(d);
		return;
	case FAULT_CORRUPT:
		if (d->mem.active != SLOT_FACTORY && !device_slot(d, d->mem.active, &p, &e) && p.n)
			slot_damage(d->dir, d->mem.active, &p, 0, true);
		break;
	case FAULT_VANISH:
		return;
	case FAULT_NONE:
	case FAULT_WHATS:
		break;
	}
	device_note_state(d, BBUM_BOOT, d->state == BBUM_ERROR ? "I18" : "I15");
	d->state = BBUM_BOOT;
}

int64_t device_due(const struct device *d)
{
	int64_t due = INT64_MAX;

	if (d->vanished || d->stalled || d->state == BBUM_BOOT)
		return due;
	if (!d->polling)
		due = d->next_poll;
	if (d->step != STEP_NONE && d->step_at < due)
		due = d->step_at;
	if (d->app_at < due)
		due = d->app_at;
	if (d->asked.kind != BBUM_CMD_NONE && d->asked.look_at < due)
		due = d->asked.look_at;
	if (d->restart && d->heard >= d->said)
		due = 0;
	else if (d->restart && d->restart_until < due)
		due = d->restart_until;
	return due;
}

void device_tick(struct device *d)
{
	int64_t now = device_now(d);

	if (d->vanished || d->stalled || d->state == BBUM_BOOT)
		return;
	if (now >= d->app_at)
		device_app_look(d);
	if (d->asked.kind != BBUM_CMD_NONE)
		device_asked_look(d);
	if (d->restart && (d->heard >= d->said || now >= d->restart_until)) {
		hand_over(d);
		return;
	}
	if (d->step != STEP_NONE && now >= d->step_at)
		update_tick(d);
	if (!d->vanished && !d->stalled && !d->polling && now >= d->next_poll)
		poll_start(d);
}

enum device_wish device_wish(const struct device *d)
{
	if (d->vanished)
		return DEVICE_VANISHES;
	if (d->state == BBUM_BOOT)
		return d->shutdown ? DEVICE_SHUTS_DOWN : DEVICE_RESTARTS;
	if (!d->polling && !d->fetching && d->step == STEP_NONE && d->asked.kind == BBUM_CMD_NONE &&
	    !d->restart && (d->failures || (d->said && d->heard >= d->said)))
		return DEVICE_RESTS;
	return DEVICE_GOES_ON;
}

bool device_unheard(const struct device *d)
{
	return d->failures > 0;
}

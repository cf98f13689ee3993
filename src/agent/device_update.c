/* SPDX-License-Identifier: Apache-2.0 */
/* What happens in U (4.1.1.5, 4.1.1.6): Manifest, Package, verification, installation. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "agent/device_p.h"

#define MISSING_TRIES 3 /* refusals of the image before it counts as missing */

const char *update_step_text(const struct device *d)
{
	static const char *const text[] = {
		[STEP_NONE] = "",         [STEP_MANIFEST] = "manifest", [STEP_DOWNLOAD] = "download",
		[STEP_VERIFY] = "verify", [STEP_INSTALL] = "install",   [STEP_STALLED] = "stalled"
	};

	return text[d->step];
}

static void part_close(struct device *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

static void step_to(struct device *d, enum device_step step, int64_t wait_ms)
{
	d->step = step;
	d->step_at = wait_ms == INT64_MAX ? INT64_MAX : device_now(d) + wait_ms;
	d->progress = step == STEP_NONE ? -1 : 0;
}

void update_drop(struct device *d)
{
	const struct device_net *net = &d->shared->net;

	if (d->step == STEP_MANIFEST && d->step_at == INT64_MAX)
		net->drop(net->ctx, d, NET_MANIFEST);
	if (d->step == STEP_DOWNLOAD && d->step_at == INT64_MAX)
		net->drop(net->ctx, d, NET_IMAGE);
	part_close(d);
	step_to(d, STEP_NONE, 0);
}

void update_begin(struct device *d)
{
	d->tries = 0;
	d->resumed = d->again = d->lying = d->falling = false;
	step_to(d, STEP_MANIFEST, 0);
}

/* U is over: the result of the trigger (I9-I12). */
static void finish(struct device *d, enum bbum_event ev, enum bbum_result result, const char *error)
{
	struct bbum_status *t = &d->mem.told;

	update_drop(d);
	t->result = result;
	t->result_cycle_id = d->mem.trigger_cycle_id;
	t->result_seq = d->mem.trigger_seq;
	str_copy(t->error, sizeof t->error, error);
	log_event(d->shared->log, *error ? LOG_WARN : LOG_INFO, "bbum-result", "device", d->name, "manifest",
		  t->manifest, "result", bbum_result_text[result], "error", *error ? error : NULL, NULL);
	device_event(d, ev);
	device_say(d);
}

static void fail_verify(struct device *d, const char *error)
{
	finish(d, BBUM_EV_VERIFY_FAILED, BBUM_RESULT_VERIFY_FAILED, error);
}

static void fail_install(struct device *d, const char *error)
{
	finish(d, BBUM_EV_INSTALL_FAILED, BBUM_RESULT_INSTALL_FAILED, error);
}

/* A fault that needs nothing of the step; true: the step is over or stands still. */
static bool fault_simple(struct device *d, enum fault_what f)
{
	if (f == FAULT_STALL)
		step_to(d, STEP_STALLED, INT64_MAX);
	return f == FAULT_STALL || f == FAULT_VANISH;
}

/* ---- Package ---- */

static void trouble(struct device *d, const char *what, const struct err *e)
{
	log_event(d->shared->log, LOG_WARN, "bbum-step", "device", d->name, "step", what, "error", e->msg,
		  NULL);
}

/* Open the part, from the start if `anew`. */
static void download_open(struct device *d, bool anew)
{
	struct err e;

	part_close(d);
	if (anew)
		slot_part_drop(d->dir, d->slot, &d->manifest);
	if (slot_take(d->dir, d->slot, &d->manifest, &d->fd, &d->have, &e)) {
		trouble(d, "download", &e);
		fail_install(d, "installation");
		return;
	}
	d->resumed = d->have > 0;
	step_to(d, STEP_DOWNLOAD, 0);
}

static void download_begin(struct device *d)
{
	enum fault_what f;

	d->tries = 0;
	/* What was installed but never ran is written over: the next start must not run it. */
	if (d->mem.active != d->mem.running) {
		d->mem.active = d->mem.running;
		device_say(d);
		if (d->state != BBUM_UPDATE)
			return;
	}
	f = device_fault_at(d, FAULT_AT_DOWNLOAD);
	if (f == FAULT_VANISH) { /* half-way, so that the rest must be resumed */
		d->vanished = false;
		d->falling = true;
	} else if (fault_simple(d, f)) {
		return;
	} else if (f == FAULT_FAIL) {
		fail_verify(d, "package-download");
		return;
	}
	d->damage = f == FAULT_CORRUPT;
	d->lying = f == FAULT_LIE;
	download_open(d, false);
}

static void download_go(struct device *d)
{
	const struct device_net *net = &d->shared->net;

	if (d->lying && d->have < d->manifest.size && !ftruncate(d->fd, d->manifest.size))
		d->have = d->manifest.size;
	if (d->have == d->manifest.size) {
		part_close(d);
		if (d->damage)
			slot_damage(d->dir, d->slot, &d->manifest, false);
		step_to(d, STEP_VERIFY, d->shared->step_ms);
		return;
	}
	d->step_at = INT64_MAX;
	d->had = d->have;
	d->refused = d->unwritable = false;
	net->image(net->ctx, d, d->manifest.image, d->have);
}

bool device_image_piece(struct device *d, const void *p, size_t n)
{
	const char *from = p;

	if (d->step != STEP_DOWNLOAD || d->fd < 0)
		return false;
	if ((int64_t)n > d->manifest.size - d->have) {
		d->refused = true; /* more than the Manifest says */
		return false;
	}
	while (n) {
		ssize_t put = write(d->fd, from, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0) {
			d->unwritable = true;
			return false;
		}
		from += put;
		n -= (size_t)put;
		d->have += put;
	}
	d->progress = (int)(d->have * 100 / d->manifest.size);
	if (d->falling && d->have >= d->manifest.size / 2)
		d->vanished = true;
	return !d->vanished;
}

static bool is_missing(int status)
{
	return status >= 400 && status < 500 && status != 408 && status != 416 && status != 429;
}

void device_image_ended(struct device *d, const struct net_result *r)
{
	int64_t wait;

	if (d->step != STEP_DOWNLOAD)
		return;
	d->step_at = device_now(d);
	if (d->have == d->manifest.size && !d->refused)
		return;
	if (d->unwritable) {
		fail_install(d, "installation");
		return;
	}
	if (d->refused) {
		slot_part_drop(d->dir, d->slot, &d->manifest);
		fail_verify(d, "package-integrity");
		return;
	}
	if (r->no_range || r->status == 416) {
		download_open(d, true);
		return;
	}
	d->tries = d->have > d->had ? 1 : d->tries + 1;
	if (is_missing(r->status) && d->tries >= MISSING_TRIES) {
		fail_verify(d, "package-missing");
		return;
	}
	wait = device_wait(d, d->tries);
	d->step_at = device_now(d) + (r->retry_ms > wait ? r->retry_ms : wait);
}

/* ---- verification and installation ---- */

static void verify(struct device *d)
{
	enum fault_what f = device_fault_at(d, FAULT_AT_VERIFY);
	struct err e;

	if (fault_simple(d, f))
		return;
	if (f == FAULT_FAIL || f == FAULT_CORRUPT) {
		fail_verify(d, "package-authentication");
		return;
	}
	if (f == FAULT_LIE || !slot_part_verify(d->dir, d->slot, &d->manifest, &e)) {
		step_to(d, STEP_INSTALL, d->shared->step_ms);
		return;
	}
	trouble(d, "verify", &e);
	if (d->resumed && !d->again) { /* the old part may be to blame */
		d->again = true;
		download_open(d, true);
		return;
	}
	slot_part_drop(d->dir, d->slot, &d->manifest);
	fail_verify(d, "package-integrity");
}

/* The effect: with the replacement of the memory the next start runs the other slot. Its line in effects.log
 * comes after it, from it. */
static void switch_slot(struct device *d)
{
	struct effect *f = &d->mem.effect;
	struct err e;

	if (d->mem.active == d->slot) { /* switched before, and not restarted since */
		finish(d, BBUM_EV_INSTALLED, BBUM_RESULT_SUCCESS, "");
		return;
	}
	d->mem.active = d->slot;
	f->n++;
	f->cycle_id = d->mem.trigger_cycle_id;
	f->seq = d->mem.trigger_seq;
	f->at = clock_wall(d->shared->clock);
	str_copy(f->from, sizeof f->from, d->version);
	str_copy(f->to, sizeof f->to, d->manifest.version);
	str_copy(f->hash, sizeof f->hash, d->manifest.hash);
	finish(d, BBUM_EV_INSTALLED, BBUM_RESULT_SUCCESS, "");
	if (d->state == BBUM_COMPLETED && effects_settle(d->dir, f, d->shared->sync, &e))
		device_fault(d, "memory", e.msg);
}

static void install(struct device *d)
{
	enum fault_what f = device_fault_at(d, FAULT_AT_INSTALL);
	struct err e;

	if (fault_simple(d, f))
		return;
	if (f == FAULT_FAIL) {
		fail_install(d, "installation");
		return;
	}
	if (f == FAULT_LIE) {
		finish(d, BBUM_EV_INSTALLED, BBUM_RESULT_SUCCESS, "");
		return;
	}
	if (!d->stored && slot_install(d->dir, d->slot, &d->manifest, d->shared->sync, &e)) {
		trouble(d, "install", &e);
		fail_install(d, "installation");
		return;
	}
	if (f == FAULT_CORRUPT)
		slot_damage(d->dir, d->slot, &d->manifest, true);
	switch_slot(d);
}

/* ---- the Manifest, again (D22, D26) ---- */

/* The slot that does not run holds this very Package already: after a rollback, or a trigger too many. */
static bool slot_has(const struct device *d)
{
	struct bbum_manifest m;
	struct err e;

	return !slot_manifest(d->dir, d->slot, &m, &e) && !strcmp(m.hash, d->manifest.hash) &&
	       !strcmp(m.version, d->manifest.version) && m.size == d->manifest.size &&
	       !slot_verify(d->dir, d->slot, &m, &e);
}

static void manifest_taken(struct device *d)
{
	const struct bbum_status *t = &d->mem.told;
	char error[sizeof t->error];

	device_judge(d, &d->manifest);
	if (!t->identity_ok || !t->integrity_ok) {
		str_copy(error, sizeof error, t->error);
		fail_verify(d, error);
		return;
	}
	if (device_runs(d, &d->manifest)) {
		finish(d, BBUM_EV_NO_UPDATE_NEEDED, BBUM_RESULT_NOT_REQUIRED, "");
		return;
	}
	d->slot = d->mem.running == SLOT_A ? SLOT_B : SLOT_A;
	d->stored = slot_has(d);
	if (d->stored)
		step_to(d, STEP_INSTALL, d->shared->step_ms);
	else
		download_begin(d);
}

void device_manifest_came(struct device *d, const struct net_result *r)
{
	struct err e;

	if (d->step != STEP_MANIFEST)
		return;
	d->step_at = device_now(d);
	if (r->status == 200 && !r->trouble) {
		if (bbum_manifest_read(r->body, r->len, &d->manifest, &e)) {
			trouble(d, "manifest", &e);
			fail_verify(d, "manifest-syntax");
		} else {
			manifest_taken(d);
		}
		return;
	}
	if (r->status == 404) {
		fail_verify(d, "manifest-missing");
		return;
	}
	d->step_at += device_wait(d, ++d->tries);
	if (device_now(d) + r->retry_ms > d->step_at)
		d->step_at = device_now(d) + r->retry_ms;
}

void update_tick(struct device *d)
{
	const struct device_net *net = &d->shared->net;

	switch (d->step) {
	case STEP_MANIFEST:
		d->step_at = INT64_MAX;
		net->manifest(net->ctx, d);
		break;
	case STEP_DOWNLOAD:
		download_go(d);
		break;
	case STEP_VERIFY:
		verify(d);
		break;
	case STEP_INSTALL:
		install(d);
		break;
	case STEP_NONE:
	case STEP_STALLED:
		break;
	}
}

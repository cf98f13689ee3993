/* SPDX-License-Identifier: Apache-2.0 */
/* What happens in U (4.1.1.5, 4.1.1.6): Manifest, Package, verification, installation. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "agent/device_p.h"
#include "agent/firmware.h"

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

static void sum_drop(struct device *d)
{
	if (d->sum)
		sha256_free(MOVE(d->sum));
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
	sum_drop(d);
	step_to(d, STEP_NONE, 0);
}

void update_begin(struct device *d)
{
	device_fetch_drop(d);
	d->tries = 0;
	d->resumed = d->again = d->lying = d->falling = false;
	step_to(d, STEP_MANIFEST, 0);
}

/* U is over: the result of the trigger (I9-I12). */
static void finish(struct device *d, enum bbum_event ev, enum bbum_result result, const char *error)
{
	struct bbum_status *t = &d->mem.told;

	update_drop(d);
	if (*error && device_is_block(d) && *d->mem.before &&
	    !strcmp(d->pack.m.hash, d->mem.before)) { /* C48 */
		log_event(d->shared->log, LOG_WARN, "bbum-rollback", "device", d->name, "error", error, NULL);
		error = "rollback-failed";
	}
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

/* Is this file there already? Only Building Blocks' Manifests do not say how large it is. */
static bool part_whole(struct device *d)
{
	struct err e;

	return d->pack.file[d->item].size < 0 && d->have > 0 &&
	       !slot_part_verify(d->dir, d->slot, &d->pack, d->item, &e);
}

/* Open the part of the file, from the start if `anew`. False: the update is over. */
static bool item_open(struct device *d, bool anew)
{
	struct err e;

	part_close(d);
	sum_drop(d);
	d->have = 0;
	d->whole = d->pack.file[d->item].size;
	if (anew)
		slot_part_drop(d->dir, d->slot, &d->pack, d->item);
	if (!d->shared->bare && slot_part_open(d->dir, d->slot, &d->pack, d->item, &d->fd, &d->have, &e)) {
		trouble(d, "download", &e);
		fail_install(d, "installation");
		return false;
	}
	d->resumed = d->resumed || d->have > 0;
	if (!d->have)
		d->sum = sha256_new();
	return true;
}

/* From this file on: the first that is not there. */
static void items_go(struct device *d, bool anew)
{
	for (; d->item < d->pack.n; d->item++, anew = false) {
		if (!item_open(d, anew))
			return;
		if (part_whole(d))
			continue;
		step_to(d, STEP_DOWNLOAD, 0);
		d->progress = d->item * 100 / d->pack.n;
		return;
	}
	part_close(d);
	step_to(d, STEP_VERIFY, d->shared->step_ms);
}

static void download_begin(struct device *d)
{
	enum fault_what f;
	struct err e;

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
	if (slot_take(d->dir, d->slot, &d->pack, &e)) {
		trouble(d, "download", &e);
		fail_install(d, "installation");
		return;
	}
	d->item = 0;
	items_go(d, false);
}

/* The file is there; its faults, then the next one. */
static void item_done(struct device *d)
{
	part_close(d);
	if (d->damage)
		slot_damage(d->dir, d->slot, &d->pack, d->item, false);
	d->item++;
	items_go(d, false);
}

static void download_go(struct device *d)
{
	const struct device_net *net = &d->shared->net;
	const struct package_file *f = &d->pack.file[d->item];

	if (d->lying && d->have < f->size && !ftruncate(d->fd, f->size))
		d->have = f->size;
	if (d->lying || d->have == f->size) {
		item_done(d);
		return;
	}
	d->step_at = INT64_MAX;
	d->had = d->have;
	d->refused = d->unwritable = false;
	net->image(net->ctx, d, f->address, d->have);
}

void device_image_whole(struct device *d, int64_t bytes)
{
	if (d->step == STEP_DOWNLOAD && d->whole < 0 && bytes >= d->have)
		d->whole = bytes;
}

static void progress_set(struct device *d)
{
	int64_t part = d->whole > 0 ? d->have * 100 / d->whole : 0;

	d->progress = (int)((d->item * 100 + (part < 100 ? part : 100)) / d->pack.n);
}

bool device_image_piece(struct device *d, const void *p, size_t n)
{
	const char *from = p;
	int64_t most;

	if (d->step != STEP_DOWNLOAD || (d->fd < 0 && !d->shared->bare))
		return false;
	most = d->pack.file[d->item].size >= 0 ? d->pack.file[d->item].size : d->shared->image_max;
	if ((int64_t)n > most - d->have) {
		d->refused = true; /* more than the Manifest says, or than the device can hold */
		return false;
	}
	if (d->sum)
		sha256_add(d->sum, p, n);
	while (n && d->fd >= 0) {
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
	if (d->fd < 0)
		d->have += (int64_t)n;
	progress_set(d);
	if (d->falling && d->have >= d->whole / 2)
		d->vanished = true;
	return !d->vanished;
}

static bool is_missing(int status)
{
	return status >= 400 && status < 500 && status != 408 && status != 416 && status != 429;
}

/* C45: a whole file that is not the one the Manifest names, or was damaged at its source. */
static bool is_another(struct device *d)
{
	uint8_t sum[SHA256_LEN];
	char hex[SHA256_HEX];

	if (!d->sum || !package_is_block(&d->pack))
		return false;
	sha256_end(d->sum, sum);
	return strcmp(hex_text(sum, sizeof sum, hex), d->pack.file[d->item].hash) != 0;
}

static bool came_whole(const struct device *d, const struct net_result *r)
{
	int64_t size = d->pack.file[d->item].size;

	if (d->refused || d->unwritable)
		return false;
	if (size >= 0 || d->whole > 0)
		return d->have == (size >= 0 ? size : d->whole);
	return !r->trouble && (r->status == 200 || r->status == 206);
}

static void download_whole(struct device *d)
{
	if (is_another(d)) {
		slot_part_drop(d->dir, d->slot, &d->pack, d->item);
		fail_verify(d, "package-identity");
		return;
	}
	d->tries = 0;
	item_done(d);
}

void device_image_ended(struct device *d, const struct net_result *r)
{
	int64_t wait;

	if (d->step != STEP_DOWNLOAD)
		return;
	d->step_at = device_now(d);
	if (d->vanished)
		return;
	if (came_whole(d, r)) {
		download_whole(d);
	} else if (d->unwritable) {
		fail_install(d, "installation");
	} else if (d->refused) {
		slot_part_drop(d->dir, d->slot, &d->pack, d->item);
		fail_verify(d, "package-integrity");
	} else if (r->status == 410) { /* given up for this device */
		fail_verify(d, "package-withdrawn");
	} else if (r->no_range || r->status == 416) {
		items_go(d, true);
	} else if (r->status == 503 && r->retry_ms) { /* not its turn */
		d->step_at +=
		    r->retry_ms + (int64_t)rnd_below(d->shared->rnd, (uint64_t)(r->retry_ms / 4 + 1));
	} else {
		d->tries = d->have > d->had ? 1 : d->tries + 1;
		if (is_missing(r->status) && d->tries >= MISSING_TRIES) {
			fail_verify(d, "package-missing");
			return;
		}
		if (d->shared->bare && !item_open(d, true)) /* nothing was kept to go on with */
			return;
		wait = device_wait(d, d->tries);
		d->step_at = device_now(d) + (r->retry_ms > wait ? r->retry_ms : wait);
	}
}

/* ---- verification and installation ---- */

/* *ret_wrong: the file that is not. */
static bool files_right(const struct device *d, int *ret_wrong, struct err *e)
{
	for (int i = 0; i < d->pack.n && !d->shared->bare; i++)
		if (slot_part_verify(d->dir, d->slot, &d->pack, i, e)) {
			*ret_wrong = i;
			return false;
		}
	return true;
}

/* Z46: what the maker signed inside. */
static bool inner_right(const struct device *d, struct err *e)
{
	const char *program = d->shared->block.firmware_check;
	char path[SLOT_PATH_SIZE];

	for (int i = 0; i < d->pack.n && program && !d->shared->bare; i++)
		if (!strcmp(d->pack.file[i].kind, "software") &&
		    firmware_check(program, slot_part(d->dir, d->slot, &d->pack, i, path), e))
			return false;
	return true;
}

static void verify(struct device *d)
{
	enum fault_what f = device_fault_at(d, FAULT_AT_VERIFY);
	struct err e;
	int wrong = 0;

	if (fault_simple(d, f))
		return;
	if (f == FAULT_FAIL || f == FAULT_CORRUPT) {
		fail_verify(d, "package-authentication");
		return;
	}
	if (f == FAULT_LIE || files_right(d, &wrong, &e)) {
		if (f == FAULT_LIE || inner_right(d, &e)) {
			step_to(d, STEP_INSTALL, d->shared->step_ms);
			return;
		}
		trouble(d, "verify", &e);
		fail_verify(d, "package-authentication");
		return;
	}
	trouble(d, "verify", &e);
	if (d->resumed && !d->again) { /* the old part may be to blame */
		d->again = true;
		d->item = wrong;
		items_go(d, true);
		return;
	}
	slot_part_drop(d->dir, d->slot, &d->pack, wrong);
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
	str_copy(f->to, sizeof f->to, d->pack.m.version);
	str_copy(f->hash, sizeof f->hash, d->pack.m.hash);
	if (!d->stored)
		d->mem.installed_at[d->slot] = f->at;
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
	if (!d->stored && slot_install(d->dir, d->slot, &d->pack, d->shared->sync, d->shared->bare, &e)) {
		trouble(d, "install", &e);
		fail_install(d, "installation");
		return;
	}
	if (f == FAULT_CORRUPT && d->pack.n)
		slot_damage(d->dir, d->slot, &d->pack, 0, true);
	switch_slot(d);
}

/* ---- the Manifest, again (D22, D26) ---- */

/* The slot that does not run holds this very Package already: after a rollback, or a trigger too many. */
static bool slot_has(const struct device *d)
{
	OWN(package_clear) struct package p = { .n = 0 };
	struct err e;

	return !device_slot(d, d->slot, &p, &e) && !strcmp(p.m.hash, d->pack.m.hash) &&
	       !strcmp(p.m.version, d->pack.m.version) && p.m.size == d->pack.m.size &&
	       !device_slot_verify(d, d->slot, &p, NULL, &e);
}

static void manifest_taken(struct device *d)
{
	if (device_runs(d, &d->pack.m)) {
		/* A rollback before the restart: what was installed but never ran must not start (E47). */
		d->mem.active = d->mem.running;
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

static void manifest_look(struct device *d, const struct net_result *r)
{
	const struct bbum_status *t = &d->mem.told;
	char error[sizeof t->error];
	struct bbum_manifest m;
	bool good;
	struct err e;

	if (device_is_block(d)) {
		good = device_judge_block(d, r->body, r->len, &d->pack);
	} else if (bbum_manifest_read(r->body, r->len, &m, &e)) {
		trouble(d, "manifest", &e);
		fail_verify(d, "manifest-syntax");
		return;
	} else {
		package_of_image(&d->pack, &m);
		device_judge(d, &m);
		good = t->identity_ok && t->integrity_ok;
	}
	if (good) {
		manifest_taken(d);
		return;
	}
	str_copy(error, sizeof error, t->error);
	fail_verify(d, error);
}

void device_manifest_came(struct device *d, const struct net_result *r)
{
	if (d->fetching) {
		device_manifest_fetched(d, r);
		return;
	}
	if (d->step != STEP_MANIFEST)
		return;
	d->step_at = device_now(d);
	if (r->status == 200 && !r->trouble) {
		manifest_look(d, r);
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
		net->manifest(net->ctx, d, NULL);
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

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What hubs and devices do, in order of time: an image comes to the hub, the device verifies it, a CS06
 * comes, a version is read. What one device is asked happens in the order in which it was asked.
 */
#include "fake.h"

#include <stdlib.h>
#include <string.h>

static bool before(const struct event *a, const struct event *b)
{
	return a->at < b->at || (a->at == b->at && a->serial < b->serial);
}

void event_add(struct world *w, int64_t after, const struct event *e)
{
	size_t i = w->nevents;
	struct event x = *e;

	x.at = mono_ms() + after;
	x.serial = ++w->serial;
	if (x.kind == EV_COMMAND || x.kind == EV_READ) {
		struct meter *m = &w->meter[x.meter];

		if (x.at < m->next_at)
			x.at = m->next_at;
		m->next_at = x.at;
	}
	w->event = grow(w->event, &w->cevents, w->nevents + 1, sizeof *w->event);
	w->nevents++;
	while (i && before(&x, &w->event[(i - 1) / 2])) {
		w->event[i] = w->event[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	w->event[i] = x;
}

static struct event event_take(struct world *w)
{
	struct event first = w->event[0], last = w->event[--w->nevents];
	size_t i = 0;

	for (;;) {
		size_t c = 2 * i + 1;

		if (c >= w->nevents)
			break;
		if (c + 1 < w->nevents && before(&w->event[c + 1], &w->event[c]))
			c++;
		if (!before(&w->event[c], &last))
			break;
		w->event[i] = w->event[c];
		i = c;
	}
	if (w->nevents)
		w->event[i] = last;
	return first;
}

int64_t device_now(const struct world *w)
{
	return now_ms() + w->clock_offset;
}

/* Some more, so that not all comes at once. */
int64_t delayed(struct world *w, int64_t ms)
{
	return ms + (w->jitter ? (int64_t)(chance(&w->random) % (uint64_t)w->jitter) : 0);
}

static void queue_add(struct world *w, const struct out *o)
{
	if (w->queue_len == w->queue_cap) {
		size_t cap = w->queue_cap ? w->queue_cap * 2 : 1024;
		struct out *q = need(malloc(cap * sizeof *q));

		for (size_t i = 0; i < w->queue_len; i++)
			q[i] = w->queue[(w->queue_first + i) % w->queue_cap];
		free(w->queue);
		w->queue = q;
		w->queue_first = 0;
		w->queue_cap = cap;
	}
	w->queue[(w->queue_first + w->queue_len++) % w->queue_cap] = *o;
}

void tell(struct world *w, struct out o)
{
	uint32_t meter = o.meter;

	o.at = now_ms();
	o.waiting_since = (uint64_t)mono_ms();
	if (!o.serial)
		o.serial = (uint64_t)o.at * 1000 + ++w->serial % 1000;
	if (fault_now(w, meter, W_LOST, NULL)) {
		w->lost++;
		return;
	}
	if (fault_now(w, meter, W_FORGED, NULL)) {
		o.forged = true;
		queue_add(w, &o);
		o.forged = false;
	}
	queue_add(w, &o);
	if (fault_now(w, meter, W_TWICE, NULL))
		queue_add(w, &o);
}

/* A device's own counter rises; the broker's too. */
static uint64_t own_counter(struct world *w, struct meter *m)
{
	uint64_t now = (uint64_t)now_ms() * 1000 + w->serial % 1000;

	m->said = now > m->said ? now : m->said + 1;
	return m->said;
}

static void tell_device(struct world *w, struct out o)
{
	o.serial = own_counter(w, &w->meter[o.meter]);
	tell(w, o);
}

/* ---- distribution ---- */

void push_begin(struct world *w, uint32_t meter, uint16_t image, uint64_t counter, uint8_t user)
{
	struct event e = {
		.meter = meter, .kind = EV_DELIVER, .user = user, .counter = counter, .image = image
	};

	w->meter[meter].push = counter;
	event_add(w, delayed(w, w->delay_deliver), &e);
}

/* What ends a delivery badly; it was told. */
static bool undelivered(struct world *w, const struct event *e)
{
	struct meter *m = &w->meter[e->meter], *hub = hub_of(w, m);
	const struct image *i = &w->image[e->image];
	const struct model *o = &w->model[m->model];
	const struct firmware *f = firmware_of(w, m->model, i->version);
	struct out x = { .what = M_TRANSFER,
			 .meter = e->meter,
			 .user = e->user,
			 .counter = e->counter,
			 .version = i->version };

	if (fault_now(w, e->meter, W_NO_DELIVERY, NULL))
		return true;
	if ((o->kind == PPMID || o->kind == HCALCS) && f && *f->hub_gbcs &&
	    (!hub || version_compare(gbcs_of(w, hub), f->hub_gbcs) < 0)) {
		sin_add(w, SIN_HUB_CANNOT, e->meter, "the hub's firmware cannot carry it");
		x.what = M_DELIVERY;
		x.code = 1;
	} else if (fault_now(w, e->meter, W_UNDELIVERED, NULL)) {
		x.what = M_DELIVERY;
		x.code = 1;
	} else if (fault_now(w, e->meter, W_PUSH_FAILED, NULL)) {
		x.what = M_PUSH_FAILED;
	} else if (i->has_hw && (o->hardware < i->hw_min || o->hardware > i->hw_max)) {
		sin_add(w, SIN_MISFIT, e->meter, "image for other hardware");
		x.code = 2;
	} else if (fault_now(w, e->meter, W_HARDWARE, NULL)) {
		x.code = 2;
	} else if (fault_now(w, e->meter, W_DISCARDED, NULL)) {
		x.code = 1;
	} else if (fault_now(w, e->meter, W_TRANSFER_FAILED, NULL)) {
		x.code = 3;
	} else {
		return false;
	}
	tell(w, x);
	return true;
}

static void deliver(struct world *w, const struct event *e)
{
	struct meter *m = &w->meter[e->meter];
	struct event next = *e;

	if (m->push == e->counter)
		m->push = 0;
	if (undelivered(w, e))
		return;
	next.kind = w->model[m->model].kind == PPMID ? EV_INSTALL : EV_VERIFY;
	next.when = fault_now(w, e->meter, W_N60_LATE, NULL);
	if (!next.when && !fault_now(w, e->meter, W_NO_N60, NULL))
		tell(w, (struct out){ .what = M_DELIVERY,
				      .meter = e->meter,
				      .user = e->user,
				      .counter = e->counter,
				      .version = w->image[e->image].version });
	event_add(w, delayed(w, next.kind == EV_INSTALL ? w->delay_install : w->delay_verify), &next);
}

static void verify(struct world *w, const struct event *e)
{
	struct meter *m = &w->meter[e->meter];
	struct out x = {
		.what = M_IMAGE, .meter = e->meter, .user = e->user, .image = e->image, .code = 0x8f72
	};
	bool silent = fault_now(w, e->meter, W_NO_VERIFY, NULL);

	m->held = e->image;
	m->verified = !silent;
	if (!w->image[e->image].good || fault_now(w, e->meter, W_BAD_IMAGE, NULL)) {
		x.code = 0x8f1c;
		m->held = NO_IMAGE;
		m->verified = false;
	} else if (fault_now(w, e->meter, W_OTHER_HASH, NULL)) {
		x.version = 1;
		m->held = BROKEN_IMAGE;
		m->verified = false;
	}
	if (!silent)
		tell_device(w, x);
	if (e->when)
		tell(w, (struct out){ .what = M_DELIVERY,
				      .meter = e->meter,
				      .user = e->user,
				      .counter = e->counter,
				      .version = w->image[e->image].version });
}

/* ---- activation ---- */

static void runs_now(struct world *w, uint32_t meter, uint32_t version)
{
	struct meter *m = &w->meter[meter];

	w->step = grow(w->step, &w->csteps, w->nsteps + 1, sizeof *w->step);
	w->step[w->nsteps++] = (struct step){ meter, m->version, version, now_ms() };
	w->activations++;
	if (!hop_allowed(w, m->model, m->version, version)) {
		m->bricked = true;
		sin_add(w, SIN_BRICKED, meter, "activated off the path");
	}
	m->version = version;
}

/* 0 to 3 as CS06 answers; what ran before and what runs then. */
static int activate(struct world *w, uint32_t meter, uint16_t image)
{
	struct meter *m = &w->meter[meter];
	uint32_t to;
	int64_t other;

	if (m->held == NO_IMAGE || fault_now(w, meter, W_OUT_NO_IMAGE, NULL))
		return 1;
	if (m->held != image || fault_now(w, meter, W_OUT_HASH, NULL))
		return 2;
	if (m->bricked || fault_now(w, meter, W_OUT_FAILED, NULL))
		return 3;
	to = w->image[image].version;
	if (to == m->version) {
		sin_add(w, SIN_DOUBLED, meter, "it runs that already");
		return 0;
	}
	if (fault_now(w, meter, W_ROLLED_BACK, NULL))
		return 0;
	runs_now(w, meter, to);
	if (fault_now(w, meter, W_RUNS_OTHER, &other))
		m->version = (uint32_t)other;
	return 0;
}

/* The answer to an activation at once, as far as it finds its way. */
static void outcome_tell(struct world *w, const struct event *e, int code)
{
	struct meter *m = &w->meter[e->meter];
	struct out x = { .what = M_OUTCOME,
			 .meter = e->meter,
			 .user = e->user,
			 .code = code,
			 .version = m->version,
			 .counter = e->counter };
	uint32_t believed = m->inventory;
	int64_t late;

	if (code == 0) {
		const struct image *i = &w->image[e->image];

		x.version = i->version; /* what a rolled back one believed when it said so */
	}
	if (fault_now(w, e->meter, W_SUSPENDED, NULL)) {
		m->status = S_SUSPENDED;
		tell(w, (struct out){ .what = M_STATUS, .meter = e->meter, .user = e->user, .code = 1 });
		return;
	}
	if (fault_now(w, e->meter, W_OUT_LOST, NULL))
		return;
	m->inventory = m->version;
	if (fault_now(w, e->meter, W_OUT_LATE, &late)) {
		struct event again = *e;

		again.kind = EV_ACTIVATE;
		again.when = -2 - code;
		event_add(w, late, &again);
		return;
	}
	tell(w, x);
	if (w->version_alert && !code)
		tell_device(
		    w, (struct out){ .what = M_CHANGED, .meter = e->meter, .user = e->user, .code = 0x8f43 });
	if (fault_now(w, e->meter, W_MISMATCH, NULL))
		tell(w, (struct out){ .what = M_MISMATCH,
				      .meter = e->meter,
				      .user = e->user,
				      .version = m->version,
				      .when = believed });
}

static void command(struct world *w, const struct event *e)
{
	struct meter *m = &w->meter[e->meter];
	struct event later = *e;

	if (fault_now(w, e->meter, W_COMMAND_LOST, NULL))
		return;
	if (fault_now(w, e->meter, W_COMMAND_FAILED, NULL)) {
		tell(w, (struct out){ .what = M_COMMAND_FAILED,
				      .meter = e->meter,
				      .user = e->user,
				      .counter = e->counter });
		return;
	}
	if (e->counter <= m->command && m->counter_user == e->user) {
		sin_add(w, SIN_REPLAYED, e->meter, "the device saw this counter");
		return;
	}
	m->command = e->counter;
	if (e->when == CANCEL_AT) {
		m->activate_at = -1;
		m->scheduled = 0;
		tell(w, (struct out){
			    .what = M_ACCEPTED, .meter = e->meter, .user = e->user, .counter = e->counter });
		return;
	}
	if (e->when < 0 || e->when <= device_now(w)) {
		outcome_tell(w, e, activate(w, e->meter, e->image));
		return;
	}
	if (m->held != e->image) {
		outcome_tell(w, e, m->held == NO_IMAGE ? 1 : 2);
		return;
	}
	m->activate_at = e->when;
	m->scheduled = e->counter;
	tell(w,
	     (struct out){ .what = M_ACCEPTED, .meter = e->meter, .user = e->user, .counter = e->counter });
	later.kind = EV_ACTIVATE;
	event_add(w, 50, &later);
}

/* Its time may have come (the clock of the devices can be set), or an outcome that was late. */
static void scheduled(struct world *w, const struct event *e)
{
	struct meter *m = &w->meter[e->meter];
	struct out x = {
		.what = M_FUTURE, .meter = e->meter, .user = e->user, .counter = e->counter, .when = e->when
	};

	if (e->when <= -2) {
		tell(w, (struct out){ .what = M_OUTCOME,
				      .meter = e->meter,
				      .user = e->user,
				      .code = (int)(-2 - e->when),
				      .version = m->version,
				      .counter = e->counter });
		return;
	}
	if (m->scheduled != e->counter)
		return; /* taken back, or another one */
	if (device_now(w) < m->activate_at) {
		int64_t left = m->activate_at - device_now(w);

		event_add(w, left < 200 ? left : 200, e);
		return;
	}
	m->activate_at = -1;
	m->scheduled = 0;
	x.code = fault_now(w, e->meter, W_FUTURE_FAILED, NULL) ? 3 : activate(w, e->meter, e->image);
	x.version = m->version;
	if (fault_now(w, e->meter, W_OUT_LOST, NULL))
		return;
	m->inventory = m->version;
	tell_device(w, x);
}

static void read_version(struct world *w, const struct event *e)
{
	struct meter *m = &w->meter[e->meter];
	struct out x = { .what = M_VERSION,
			 .meter = e->meter,
			 .user = e->user,
			 .version = m->version,
			 .counter = e->counter };

	if (fault_now(w, e->meter, W_READ_LOST, NULL))
		return;
	if (fault_now(w, e->meter, W_READ_REFUSED, NULL)) {
		x.what = M_READ_FAILED;
		tell(w, x);
		return;
	}
	m->inventory = m->version;
	tell_device(w, x);
	if (m->status == S_SUSPENDED) { /* the inventory knows again what runs: the device may come back */
		m->status = S_COMMISSIONED;
		tell(w, (struct out){ .what = M_STATUS, .meter = e->meter, .user = e->user, .code = 0 });
	}
}

/* A PPMID activates by itself and tells it in both ways. */
static void install(struct world *w, const struct event *e)
{
	struct meter *m = &w->meter[e->meter];
	uint32_t to = w->image[e->image].version;
	struct out x = { .what = M_PPMID, .meter = e->meter, .user = e->user };

	if (e->when)
		tell(w, (struct out){ .what = M_DELIVERY,
				      .meter = e->meter,
				      .user = e->user,
				      .counter = e->counter,
				      .version = to });
	m->held = e->image;
	if (fault_now(w, e->meter, W_OUT_FAILED, NULL))
		x.code = 1;
	else if (to == m->version)
		sin_add(w, SIN_DOUBLED, e->meter, "it runs that already");
	else
		runs_now(w, e->meter, to);
	x.version = m->version;
	if (fault_now(w, e->meter, W_OUT_LOST, NULL))
		return;
	m->inventory = m->version;
	tell(w, x);
	x.what = M_PPMID_DEVICE;
	tell_device(w, x);
}

int64_t events_run(struct world *w)
{
	static void (*const run[])(struct world *, const struct event *) = {
		[EV_DELIVER] = deliver,    [EV_VERIFY] = verify,     [EV_COMMAND] = command,
		[EV_ACTIVATE] = scheduled, [EV_READ] = read_version, [EV_INSTALL] = install,
	};
	int64_t now = mono_ms();

	for (int i = 0; i < 2000 && w->nevents && w->event[0].at <= now; i++) {
		struct event e = event_take(w);

		run[e.kind](w, &e);
	}
	if (!w->nevents)
		return -1;
	return w->event[0].at <= now ? 0 : w->event[0].at - now;
}

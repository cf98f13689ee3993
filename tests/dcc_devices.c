/* SPDX-License-Identifier: Apache-2.0 */
/* The DCC and the devices behind it, as tests of the door need them. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/parse.h"
#include "dcc_kit.h"

void mk_image_hash(struct mk_world *w, int entry, uint8_t ret[32])
{
	const struct snapshot *s = kit_snap(&w->k);
	const char *hash = graph_node(s->graph, graph_find_id(s->graph, w->k.entry[entry]))->hash;

	ck_assert(parse_hex_bytes(hash, strlen(hash), ret, 32));
}

/* ---- octets of GBCS ---- */

static void put(uint8_t *p, size_t *n, uint64_t v, int octets)
{
	while (octets--)
		p[(*n)++] = (uint8_t)(v >> 8 * octets);
}

static struct duis_message *gbcs_message(int kind, uint64_t counter, uint64_t from, uint64_t to, unsigned use,
					 const uint8_t *payload, size_t len)
{
	struct duis_message *m = mem_zalloc(sizeof *m);

	m->kind = kind == 3 ? DUIS_DEVICE_ALERT : DUIS_RESPONSE;
	m->payload = DUIS_GBCS;
	m->gbcs = mem_zalloc(len + 40);
	put(m->gbcs, &m->ngbcs, 0xDF, 1);
	put(m->gbcs, &m->ngbcs, 0x09, 1);
	put(m->gbcs, &m->ngbcs, (uint64_t)kind, 1);
	put(m->gbcs, &m->ngbcs, counter, 8);
	put(m->gbcs, &m->ngbcs, 8, 1);
	put(m->gbcs, &m->ngbcs, from, 8);
	put(m->gbcs, &m->ngbcs, 8, 1);
	put(m->gbcs, &m->ngbcs, to, 8);
	put(m->gbcs, &m->ngbcs, 0x0002, 2);
	put(m->gbcs, &m->ngbcs, use, 2);
	put(m->gbcs, &m->ngbcs, len, 1);
	memcpy(m->gbcs + m->ngbcs, payload, len);
	m->ngbcs += len + 1; /* and 00: no signature */
	m->has_response_id = true;
	if (kind == 2) {
		m->has_id = true;
		m->id = (struct duis_id){ to, from, counter };
		m->response_id = (struct duis_id){ from, to, counter };
		str_copy(m->code, sizeof m->code, "I0");
	} else {
		m->response_id = (struct duis_id){ from, to, counter };
	}
	return m;
}

void mk_bring(struct mk_world *w, struct duis_message *m)
{
	vec_push(&w->queue, m);
}

void mk_say_outcome(struct mk_world *w, struct mk_meter *m, uint64_t counter, int outcome)
{
	uint8_t p[11] = { 0x30, 9, 2, 1, (uint8_t)outcome, 4, 4 };
	size_t n = 7;

	put(p, &n, (uint64_t)m->runs * 0x100, 4);
	mk_bring(w, gbcs_message(2, counter, m->eui, MK_USER, 0x12, p, n));
}

void mk_say_accepted(struct mk_world *w, struct mk_meter *m, uint64_t counter)
{
	mk_bring(w, gbcs_message(2, counter, m->eui, MK_USER, 0x12, (const uint8_t *)"\x05", 2));
}

void mk_say_version(struct mk_world *w, struct mk_meter *m, uint64_t counter)
{
	uint8_t p[20] = { 0xDA, 0x20, 0, 0, 0, 0, 0, 1, 9, 4 }, tail[3] = { 1, 1, 0 };
	size_t n = 10;

	put(p, &n, (uint64_t)m->runs * 0x100, 4);
	memcpy(p + n, tail, 3);
	mk_bring(w, gbcs_message(2, counter, m->eui, MK_USER, 0x59, p, n + 3));
}

void mk_say_image(struct mk_world *w, struct mk_meter *m, bool good, int entry)
{
	uint8_t p[60] = { 0x0F, 0x20, 0, 0, 1, 0, 2, 3, 0x12, 0x8F };
	static const uint8_t date[12] = { 0x07, 0xEA, 11, 20, 0xFF, 0, 0, 0, 0, 0x80, 0, 0xFF };
	size_t n = 10;

	put(p, &n, good ? 0x72 : 0x1C, 1);
	put(p, &n, 0x090C, 2);
	memcpy(p + n, date, 12);
	n += 12;
	put(p, &n, 0x0920, 2);
	mk_image_hash(w, entry, p + n);
	mk_bring(w, gbcs_message(3, ++m->alerts, m->eui, MK_USER, 0xCE, p, n + 32));
	w->queue.v[w->queue.n - 1]->alert_code = good ? 0x8F72 : 0x8F1C;
}

void mk_say_future(struct mk_world *w, struct mk_meter *m, bool done, uint64_t counter)
{
	uint8_t p[60] = { 0x30, 0, 2, 3, 0, 0x8F, done ? 0x66 : 0x67, 0x18, 0x0F };
	size_t n = 9;

	memcpy(p + n, "20261121000000Z", 15);
	n += 15;
	put(p, &n, 0x0208, 2);
	put(p, &n, counter, 8);
	put(p, &n, 0x3009, 2);
	put(p, &n, 0x0201, 2);
	put(p, &n, done ? 0 : 3, 1);
	put(p, &n, 0x0404, 2);
	put(p, &n, (uint64_t)m->runs * 0x100, 4);
	p[1] = (uint8_t)(n - 2);
	mk_bring(w, gbcs_message(3, ++m->alerts, m->eui, MK_USER, 0xCA, p, n));
	w->queue.v[w->queue.n - 1]->payload = DUIS_FUTURE_ALERT;
}

struct duis_message *mk_alert(const char *code, enum duis_payload payload, uint64_t about)
{
	struct duis_message *m = mem_zalloc(sizeof *m);

	m->kind = DUIS_DCC_ALERT;
	m->payload = payload;
	m->about = about;
	m->hub = MK_HUB;
	str_copy(m->code, sizeof m->code, code);
	m->has_response_id = true;
	m->response_id = (struct duis_id){ MK_DCC, MK_USER, 1 };
	return m;
}

/* ---- the DCC ---- */

static struct mk_meter *by_eui(struct mk_world *w, uint64_t eui)
{
	for (int i = 0; i < w->n; i++)
		if (w->meter[i].eui == eui)
			return &w->meter[i];
	return NULL;
}

/* Counters rise, for each target; only the signed half of an 11.3 has the one of its first half. */
static void counter_seen(struct mk_world *w, const struct duis_message *m)
{
	struct mk_meter *t = by_eui(w, m->id.target);
	uint64_t *last = t ? &t->counter : &w->dcc_counter;

	ck_assert(m->id.originator == MK_USER);
	ck_assert(t || m->id.target == MK_DCC);
	if (t && m->variant == 5)
		ck_assert_uint_le(m->id.counter, *last);
	else
		ck_assert_uint_gt(m->id.counter, *last);
	if (m->id.counter > *last)
		*last = m->id.counter;
}

bool mk_wire_send(void *ctx, enum dcc_service s, int64_t tag, const char *body, size_t len)
{
	struct mk_world *w = ctx;
	struct duis_message *m = mem_zalloc(sizeof *m);
	enum duis_signed sign;
	struct err e;

	ck_ok(duis_read(body, len, NULL, m, &sign, &e));
	ck_assert_int_eq(m->kind, DUIS_REQUEST);
	counter_seen(w, m);
	ck_assert_int_lt(w->nsaid, MK_SAID);
	w->said[w->nsaid++] = (struct mk_doc){ .to = s, .tag = tag, .m = m, .door = w->door };
	return true;
}

/* As dcc_door_answer() does with a document that is believed. */
static void letter(struct mk_world *w, struct mk_doc *doc, struct duis_message *m, const char *why,
		   bool not_sent)
{
	struct dcc_letter *l = mem_zalloc(sizeof *l);

	doc->answered = true;
	l->kind = DCC_LETTER_ANSWER;
	l->message = m;
	l->not_sent = not_sent;
	str_copy(l->why, sizeof l->why, why);
	if (doc->door != w->door || !dcc_slot_take(w->door, doc->tag, &l->sent) ||
	    !mailbox_post(w->door->box, &l))
		dcc_letter_free(l);
}

void mk_answer(struct mk_world *w, struct mk_doc *doc, const char *code, struct duis_message *m)
{
	if (!m)
		m = mem_zalloc(sizeof *m);
	m->kind = DUIS_RESPONSE;
	m->has_id = true;
	m->id = doc->m->id;
	str_copy(m->code, sizeof m->code, code);
	letter(w, doc, m, "", false);
}

void mk_lost(struct mk_world *w, struct mk_doc *doc, int status)
{
	letter(w, doc, NULL, "the connection broke", status == 503);
}

static int entry_of_hash(struct mk_world *w, const uint8_t hash[32])
{
	for (int n = 1; n <= KIT_ENTRIES; n++) {
		uint8_t is[32];

		mk_image_hash(w, n, is);
		if (!memcmp(is, hash, 32))
			return n;
	}
	return 0;
}

static void distribution(struct mk_world *w, struct mk_doc *doc)
{
	bool warning = w->code && *w->code == 'W';
	struct duis_message *a = mem_zalloc(sizeof *a);
	const struct duis_message *m = doc->m;
	bool plain = !strcmp(m->service, "11.4");

	if (warning)
		a->payload = DUIS_FIRMWARE_WARNING;
	for (size_t i = 0; i < m->list[DUIS_LIST_INVALID].n; i++) {
		uint64_t eui = m->list[DUIS_LIST_INVALID].v[i];
		struct mk_meter *t = by_eui(w, eui);
		struct duis_message *n60;

		ck_assert_ptr_nonnull(t);
		ck_assert_int_eq(plain, !strcmp(t->type, "PPMID"));
		if (warning)
			vec_push(&a->list[w->list], eui);
		if (w->code || t->no_alerts)
			continue;
		t->holds = (int)(m->version / 0x100);
		n60 = mk_alert("N60", DUIS_DELIVERY, eui);
		n60->has_of = n60->transfer_ok = true;
		n60->of = m->id;
		n60->version = m->version;
		mk_bring(w, n60);
		if (plain)
			continue;
		mk_say_image(w, t, !t->bad_image, t->wrong_hash ? (t->holds % KIT_ENTRIES) + 1 : t->holds);
	}
	mk_answer(w, doc, w->code ? w->code : "I0", a);
}

static void transform(struct mk_world *w, struct mk_doc *doc)
{
	const struct duis_message *m = doc->m;
	struct duis_message *a;
	uint8_t p[80] = { 0x30, 0, 4, 0x20 };
	size_t n = 4;

	ck_assert(m->has_hash);
	memcpy(p + n, m->hash, 32);
	n += 32;
	put(p, &n, 0x0206, 2);
	put(p, &n, m->id.counter, 6);
	if (m->at >= 0) {
		time_t s = (time_t)(m->at / 1000);
		struct tm t;

		gmtime_r(&s, &t);
		put(p, &n, 0x180F, 2);
		if (m->at == GBCS_CANCEL_AT)
			memcpy(p + n, "99991231235959Z", 15);
		else
			strftime((char *)p + n, 16, "%Y%m%d%H%M%SZ", &t);
		n += 15;
	}
	p[1] = (uint8_t)(n - 2);
	if (w->spoil_command)
		p[10] ^= 1;
	a = gbcs_message(1, m->id.counter, MK_USER, m->id.target, 0x12, p, n);
	a->ngbcs--; /* nothing follows */
	a->payload = DUIS_PRE_COMMAND;
	a->has_response_id = false;
	mk_answer(w, doc, "I0", a);
}

static void activated(struct mk_world *w, struct mk_meter *t, int entry, uint64_t counter)
{
	int outcome = t->holds == entry ? t->outcome : GBCS_NO_IMAGE;

	if (outcome == GBCS_DONE && t->runs != entry) {
		/* Off the path is a brick. */
		ck_assert_int_eq(entry, t->runs + 1);
		t->runs = entry;
		t->activations++;
	}
	if (!t->silent_outcome)
		mk_say_outcome(w, t, counter, outcome);
}

static void command(struct mk_world *w, struct mk_doc *doc)
{
	const struct duis_message *m = doc->m;
	struct mk_meter *t = by_eui(w, m->id.target);
	const uint8_t *g = m->gbcs;
	bool cancel;
	int entry;

	ck_assert_ptr_nonnull(t);
	ck_assert_uint_gt(m->ngbcs, 100);
	ck_assert_int_eq(g[m->ngbcs - 65], 0x40); /* signed: r and s, not DER */
	entry = entry_of_hash(w, g + 38);
	ck_assert_int_gt(entry, 0);
	cancel = !memcmp(g + m->ngbcs - 65 - 15, "99991231235959Z", 15);
	mk_answer(w, doc, "I99", NULL);
	if (t->never || m->id.counter < t->last_command)
		return;
	t->last_command = m->id.counter;
	if (cancel) {
		t->pending = 0;
		mk_say_accepted(w, t, m->id.counter);
	} else if (g[33] > 0x30) { /* it has a time */
		t->pending = entry;
		mk_say_accepted(w, t, m->id.counter);
	} else {
		activated(w, t, entry, m->id.counter);
	}
}

static void inventory(struct mk_world *w, struct mk_doc *doc)
{
	struct duis_message *a = mem_zalloc(sizeof *a);
	const struct mk_meter *t = by_eui(w, doc->m->about);

	a->payload = DUIS_INVENTORY;
	if (t) {
		struct duis_device *d = &a->device[a->ndevices++];

		d->eui = t->eui;
		str_copy(d->type, sizeof d->type, t->type);
		str_copy(d->status, sizeof d->status, t->status);
		str_copy(d->smets, sizeof d->smets, "SMETS2");
		str_copy(d->manufacturer, sizeof d->manufacturer, "118F");
		str_copy(d->model, sizeof d->model, "00010002");
		snprintf(d->version, sizeof d->version, "%08X", (unsigned)t->runs * 0x100);
	}
	mk_answer(w, doc, "I0", a);
}

static void answer(struct mk_world *w, struct mk_doc *doc)
{
	const struct duis_message *m = doc->m;
	struct mk_meter *t = by_eui(w, m->id.target);

	if (!strcmp(m->service, "11.1") || !strcmp(m->service, "11.4")) {
		distribution(w, doc);
	} else if (w->code && *w->code != 'W') {
		mk_answer(w, doc, w->code, NULL);
	} else if (!strcmp(m->service, "8.2")) {
		inventory(w, doc);
	} else if (!strcmp(m->service, "11.2")) {
		mk_answer(w, doc, "I99", NULL);
		if (!t->mute)
			mk_say_version(w, t, m->id.counter);
	} else if (m->variant == 4) {
		transform(w, doc);
	} else {
		command(w, doc);
	}
}

static bool chance(struct mk_world *w)
{
	return w->loss && (int)rnd_below(&w->k.rnd, 100) < w->loss;
}

/* What a handler of HTTP would bring; false: the door is full, or gone. */
static void bring(struct mk_world *w, struct duis_message *m)
{
	struct dcc_letter *l = mem_zalloc(sizeof *l);

	l->kind = DCC_LETTER_MESSAGE;
	l->message = m;
	ck_assert(dcc_queue_post(w->door, l));
}

static struct duis_message *copy_of(const struct duis_message *m)
{
	struct duis_message *c = mem_zalloc(sizeof *c);

	*c = *m;
	for (int i = 0; i < DUIS_LISTS; i++)
		memset(&c->list[i], 0, sizeof c->list[i]);
	if (m->gbcs) {
		c->gbcs = mem_zalloc(m->ngbcs);
		memcpy(c->gbcs, m->gbcs, m->ngbcs);
	}
	return c;
}

void mk_play(struct mk_world *w)
{
	size_t n;

	for (int i = 0; i < w->nsaid && !w->manual; i++) {
		if (w->said[i].answered)
			continue;
		if (chance(w)) /* it never got there */
			mk_lost(w, &w->said[i], chance(w) ? 503 : 0);
		else
			answer(w, &w->said[i]);
	}
	n = w->queue.n;
	for (size_t i = 0; i < n; i++) {
		struct duis_message *m = w->queue.v[i];

		if (chance(w)) {
			duis_message_done(m);
			free(m);
			continue;
		}
		if (chance(w))
			bring(w, copy_of(m));
		bring(w, m);
	}
	w->queue.n = 0;
}

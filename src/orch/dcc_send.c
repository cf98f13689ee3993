/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents to the DCC. Within the transaction the counter of the RequestID is taken and the line of the
 * story written; after the commit the document is built, signed and handed to the line. What does not get
 * there is asked again by the watchdog of its row, with a new counter.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "model/ota.h"
#include "orch/dcc_p.h"

static const struct {
	enum dcc_service to;
	int variant;
	const char *says;
} kinds[DCC_FORS] = {
	[DCC_FOR_DISTRIBUTION] = { DCC_D, 8, "the image is distributed" },
	[DCC_FOR_TRANSFORM] = { DCC_T, 4, "the Pre-Command is asked for" },
	[DCC_FOR_ACTIVATE] = { DCC_S, 5, "the signed Pre-Command is sent" },
	[DCC_FOR_VERSION] = { DCC_S, 1, "asked which firmware runs" },
	[DCC_FOR_WISH_VERSION] = { DCC_S, 1, "asked which firmware runs" },
	[DCC_FOR_INVENTORY] = { DCC_D, 8, "asked for the inventory" },
};

void dcc_out_done(struct dcc_out *o)
{
	free(o->command);
	free(o->device);
	o->command = NULL;
	o->device = NULL;
}

bool dcc_send_room(const struct dcc_round *r)
{
	return r->pace > 0 && r->d->free_slots > r->outs.n;
}

static int counter_take(struct dcc_round *r, struct dcc_out *o, struct err *e)
{
	struct dcc_sent *s = &o->sent;
	int64_t counter;

	if (s->what == DCC_FOR_DISTRIBUTION || s->what == DCC_FOR_INVENTORY)
		s->target = r->users->dcc;
	if (s->counter) /* taken before; a signed Pre-Command has the RequestID of its transform */
		return OK;
	if (s->target == r->users->dcc) {
		if (store_dcc_user_counter(r->db, s->user, r->now, &counter, e))
			return (int)e->code;
	} else if (store_meter_counter(r->db, s->device_id, r->now, &counter, e)) {
		return (int)e->code;
	}
	s->counter = (uint64_t)counter;
	return OK;
}

int dcc_send(struct dcc_round *r, struct dcc_out *out, const char *detail, int64_t *ret_counter,
	     struct err *e)
{
	struct dcc_sent *s = &out->sent;
	char text[300];
	struct dcc_word word = { .way = "out", .what = duis_service_text[out->service], .detail = text };
	int64_t critical;
	int rc = dcc_begin(r, e);

	snprintf(text, sizeof text, "%s%s%.200s", kinds[s->what].says, *detail ? ": " : "", detail);
	if (!rc)
		rc = counter_take(r, out, e);
	word.ref = (int64_t)s->counter;
	/* The critical command is the one that is asked for with the transform; its second half is the same.
	 */
	if (!rc)
		rc = store_dcc_user_spend(r->db, s->user, r->now, 1, s->what == DCC_FOR_TRANSFORM, &critical,
					  e);
	if (!rc && s->device_id)
		rc = dcc_say(r, s->device_id, s->job_id, &word, e);
	if (rc) {
		dcc_out_done(out);
		return rc;
	}
	*ret_counter = (int64_t)s->counter;
	vec_push(&r->outs, *out);
	*out = (struct dcc_out){ .at = -1 };
	r->pace--;
	return OK;
}

/* ---- what is on its way ---- */

/* -1: none is free. */
static int64_t slot_put(struct dcc_door *d, const struct dcc_sent *s)
{
	int64_t tag = -1;

	pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i < DCC_SENT_MAX && d->free_slots; i++) {
		struct dcc_slot *slot = &d->slot[d->slot_next];

		d->slot_next = (d->slot_next + 1) % DCC_SENT_MAX;
		if (slot->used)
			continue;
		slot->used = true;
		slot->turn++;
		slot->sent = *s;
		d->free_slots--;
		tag = (int64_t)(slot->turn & INT32_MAX) << 32 | (slot - d->slot);
		break;
	}
	pthread_mutex_unlock(&d->lock);
	return tag;
}

bool dcc_slot_take(struct dcc_door *d, int64_t tag, struct dcc_sent *ret)
{
	uint32_t i = (uint32_t)tag;
	bool found = false;

	pthread_mutex_lock(&d->lock);
	if (tag >= 0 && i < DCC_SENT_MAX && d->slot[i].used && (d->slot[i].turn & INT32_MAX) == tag >> 32) {
		*ret = d->slot[i].sent;
		d->slot[i].used = false;
		d->free_slots++;
		found = true;
	}
	pthread_mutex_unlock(&d->lock);
	return found;
}

/* ---- after the commit ---- */

static uint32_t version_of(const struct dcc_round *r, int64_t entry_id)
{
	uint32_t node = graph_find_id(r->snap->graph, entry_id);

	return node == NODE_NONE ? 0 : (uint32_t)strtoul(graph_node(r->snap->graph, node)->version, NULL, 16);
}

static int document(struct dcc_round *r, const struct dcc_out *o, struct str *out, struct err *e)
{
	const struct dcc_user *u = dcc_user_eui(r->users, o->sent.user);
	struct duis_request q = { .id = { o->sent.user, o->sent.target, o->sent.counter },
				  .service = o->service,
				  .variant = kinds[o->sent.what].variant,
				  .schema = r->d->set.schema,
				  .device = o->device,
				  .ndevices = o->ndevices,
				  .at = o->at,
				  .command = o->command,
				  .ncommand = o->ncommand };
	STR(image, OTA_FILE_MAX);
	char eui[DUIS_EUI_SIZE];

	if (!u)
		return err_set(e, ERR_CONFIG, "%s is no user of ours any more",
			       duis_eui_text(o->sent.user, eui));
	if (!dcc_user_may_sign(u, r->now))
		return err_set(e, ERR_CONFIG,
			       "a certificate of %s is not valid now; nothing is signed with it",
			       duis_eui_text(o->sent.user, eui));
	memcpy(q.hash, o->hash, sizeof q.hash);
	if (o->sent.what == DCC_FOR_DISTRIBUTION) {
		if (dcc_image_load(r, o, &image, e))
			return (int)e->code;
		q.image = (const uint8_t *)str_c(&image);
		q.nimage = image.len;
		q.version = version_of(r, o->entry_id);
	}
	if (o->sent.what == DCC_FOR_INVENTORY)
		q.read_device = o->eui;
	return duis_build(&q, u->xml_key, u->xml_cert, out, e);
}

/* It never left: its row is told at once, and does not wait for its watchdog. */
static void stays(struct dcc_round *r, const struct dcc_out *o, const char *why)
{
	struct dcc_letter *l = mem_zalloc(sizeof *l);

	l->kind = DCC_LETTER_ANSWER;
	l->sent = o->sent;
	l->not_sent = true;
	str_copyn(l->why, sizeof l->why, why, parse_utf8_cut(why, sizeof l->why - 1));
	if (!mailbox_post(r->d->box, &l))
		dcc_letter_free(l);
}

static void let_one_out(struct dcc_round *r, const struct dcc_out *o)
{
	struct dcc_door *d = r->d;
	STR(text, DUIS_BUILD_MAX);
	enum dcc_service to = kinds[o->sent.what].to;
	struct dcc_sent s;
	struct err e;
	int64_t tag;
	bool sent;

	if (document(r, o, &text, &e)) {
		if (d->init.log)
			log_event(d->init.log, LOG_ERROR, "dcc-document", "service",
				  duis_service_text[o->service], "code", err_info(e.code)->code, "error",
				  e.msg, NULL);
		stays(r, o, e.msg);
		return;
	}
	tag = slot_put(d, &o->sent);
	if (tag < 0) {
		stays(r, o, "too many requests are under way");
		return;
	}
	sent = d->init.send ? d->init.send(d->init.send_ctx, to, tag, str_c(&text), text.len)
			    : d->line && dcc_line_send(d->line, to, tag, str_c(&text), text.len);
	if (sent)
		atomic_fetch_add(&d->c_sent[to], 1);
	else if (dcc_slot_take(d, tag, &s))
		stays(r, o, "the line to the DCC is full, or ends");
}

void dcc_let_out(struct dcc_round *r)
{
	for (size_t i = 0; i < r->outs.n; i++)
		let_one_out(r, &r->outs.v[i]);
}

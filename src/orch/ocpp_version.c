/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a station runs, asked in the order of what it can answer: its list of components; the variables or
 * keys that hold a version; its whole device model; BootNotification once more. "Not known" is a normal
 * state. What was found decides the open job (ADR 0009 no. 7).
 */
#include <stdio.h>
#include <string.h>

#include "orch/ocpp_p.h"

static int station_of(struct round *r, const struct session *s, struct store_station *st, struct err *e)
{
	bool got;

	if (round_begin(r, e) || store_station_of_site(r->db, s->site_id, &got, st, e))
		return (int)e->code;
	return got ? OK : err_set(e, ERR_NOT_FOUND, "station %s was removed", s->identity);
}

static int learn(struct round *r, struct session *s, const struct store_learned *l, struct err *e)
{
	return round_begin(r, e) ? (int)e->code : store_ocpp_learn(r->db, s->site_id, l, e);
}

/* The job that may have made it so. */
static int job_id_of(struct round *r, struct session *s, int64_t *ret, struct err *e)
{
	struct store_job j;
	bool got;

	*ret = 0;
	if (store_job_open(r->db, s->site_id, JOB_KIND_UPDATE, &got, &j, e))
		return (int)e->code;
	if (got && strcmp(j.state, ocpp_job_text[OCPP_JOB_READY]) != 0)
		*ret = j.id;
	return OK;
}

/* ---- the open job ---- */

static bool same_part(const struct round *r, const struct store_station *st, const struct store_part *p,
		      int64_t entry_id)
{
	uint32_t node = graph_find_id(r->snap->graph, entry_id);

	if (p->entry_id)
		return p->entry_id == entry_id;
	/* A station that was of one piece and is of several now: its own text is all that is said of the
	 * piece. */
	return node != NODE_NONE && !strcmp(p->name, st->identity) && *st->firmware && st->components == 1 &&
	       !strcmp(graph_node(r->snap->graph, node)->version, st->firmware);
}

int version_judge(struct round *r, const struct store_station *st, const struct store_job *j,
		  enum ocpp_job_event *ret, struct err *e)
{
	struct store_companion v[PARTS_MAX] = { { j->device_id, j->from_id, j->to_id } };
	size_t n, fresh = 0, old = 0, unknown = 0;
	bool got;

	if (work_companions(r, j, PARTS_MAX - 1, v + 1, &n, e))
		return (int)e->code;
	n++;
	for (size_t i = 0; i < n; i++) {
		struct store_part p;

		if (store_ocpp_device(r->db, v[i].device_id, &got, &p, e))
			return (int)e->code;
		if (!got || (!*p.version && !same_part(r, st, &p, v[i].to_id)))
			unknown++;
		else if (same_part(r, st, &p, v[i].to_id))
			fresh++;
		else if (p.entry_id == v[i].from_id)
			old++;
	}
	*ret = fresh == n         ? OCPP_EV_RUNS_NEW
	       : unknown > 0      ? OCPP_EV_RUNS_UNKNOWN
	       : fresh + old == n ? OCPP_EV_RUNS_OLD /* some are still to come */
				  : OCPP_EV_RUNS_OTHER;
	return OK;
}

/* Something was said about versions: what does it mean for the open job? */
static int job_judge(struct round *r, struct session *s, bool known, struct err *e)
{
	enum ocpp_job_event ev = OCPP_EV_RUNS_UNKNOWN;
	struct store_station st;
	struct store_job j;
	bool got;

	round_touch(r, s->site_id);
	if (round_begin(r, e) || store_job_open(r->db, s->site_id, JOB_KIND_UPDATE, &got, &j, e))
		return (int)e->code;
	if (!got)
		return OK;
	if (known && (station_of(r, s, &st, e) || version_judge(r, &st, &j, &ev, e)))
		return (int)e->code;
	return work_event(r, s, &j, ev, OCPP_STATUSES, NULL, e);
}

/* ---- what was said ---- */

static int found(struct round *r, struct session *s, struct err *e)
{
	struct talk *t = round_talk(r, s);
	struct store_learned l = STORE_LEARNED_NOTHING;

	t->said = true;
	l.version_at = r->now;
	return learn(r, s, &l, e) || job_judge(r, s, true, e) ? (int)e->code : OK;
}

int version_said(struct round *r, struct session *s, enum station_source source, const char *text,
		 const char *evidence, struct err *e)
{
	struct store_learned l = STORE_LEARNED_NOTHING;
	struct station_change change;
	int64_t job_id;

	l.firmware = text;
	if (round_begin(r, e) || job_id_of(r, s, &job_id, e) || learn(r, s, &l, e) ||
	    station_version_said(r->db, r->snap, s->site_id, source, text, job_id, evidence, r->now, &change,
				 e))
		return (int)e->code;
	return found(r, s, e);
}

/* All of it was read, or this question gave nothing: what is asked next? */
int version_next(struct round *r, struct session *s, enum ask after, struct err *e)
{
	struct talk *t = round_talk(r, s);
	struct store_learned l = STORE_LEARNED_NOTHING;
	struct store_station st;

	if (!t->reading)
		return OK;
	if (station_of(r, s, &st, e))
		return (int)e->code;
	if (after == ASK_COMPONENTS && (!t->said || !*st.transfer))
		t->wants |= 1u << ASK_VERSION;
	else if (after < ASK_REPORT && !t->said && s->v != OCPP_16)
		t->wants |= 1u << ASK_REPORT;
	else if (after < ASK_BOOT && !t->said)
		t->wants |= 1u << ASK_BOOT;
	else
		t->reading = false;
	if (t->reading || t->said)
		return OK;
	/* Asked everywhere: it does not say. */
	l.version_at = r->now;
	return learn(r, s, &l, e) || job_judge(r, s, false, e) ? (int)e->code : OK;
}

/* A refusal without more may be one of this moment: it counts only as long as nothing else is known. */
static bool lacks_components(const struct store_station *st, const char *code)
{
	static const char *const lacks[] = { "NotImplemented", "NotSupported", "UnknownVendorId",
					     "UnknownMessageId", "UnknownVendor" };

	for (size_t i = 0; i < sizeof lacks / sizeof *lacks; i++)
		if (!strcmp(code, lacks[i]))
			return true;
	return !strcmp(code, "Rejected") && st->components < 0;
}

int version_failed(struct round *r, struct session *s, enum ask a, const char *code, struct err *e)
{
	struct store_learned l = STORE_LEARNED_NOTHING;
	struct store_station st;

	if (a == ASK_BOOT)
		round_talk(r, s)->boot_asked = false;
	/* No such message there (2.3): one component, named `default`. An error of another kind is asked anew
	 * next time. */
	if (station_of(r, s, &st, e))
		return (int)e->code;
	if (a == ASK_COMPONENTS && lacks_components(&st, code)) {
		l.components = 0;
		if (learn(r, s, &l, e) || station_of(r, s, &st, e))
			return (int)e->code;
		if (*st.firmware && s->t.booted &&
		    version_said(r, s, STATION_BOOT, st.firmware, "BootNotification", e))
			return (int)e->code;
	}
	return version_next(r, s, a, e);
}

/* ---- GetFirmwareComponents ---- */

static void keep_parts(struct session *s, struct ocpp_components *from)
{
	struct ocpp_components *to = &s->parts;

	for (size_t i = 0; i < from->n && to->n < STATION_COMPONENTS_MAX + 1; i++) {
		to->v = mem_realloc(to->v, to->n + 1, sizeof *to->v);
		to->v[to->n++] = from->v[i];
		from->v[i].document = NULL;
	}
	to->total = from->total;
}

static int parts_set(struct round *r, struct session *s, struct err *e)
{
	struct station_component_in in[STATION_COMPONENTS_MAX + 1];
	struct station_said said = { .site_id = s->site_id,
				     .source = STATION_COMPONENTS,
				     .v = in,
				     .n = s->parts.n,
				     .now = r->now,
				     .evidence = "GetFirmwareComponents" };
	struct store_learned l = STORE_LEARNED_NOTHING;
	struct station_change change;

	for (size_t i = 0; i < s->parts.n; i++)
		in[i] = (struct station_component_in){ s->parts.v[i].name, s->parts.v[i].version,
						       s->parts.v[i].document };
	l.components = 1;
	if (learn(r, s, &l, e) || job_id_of(r, s, &said.job_id, e) ||
	    station_components_set(r->db, r->snap, &said, &change, e))
		return (int)e->code;
	if (change.set && story_note(r, s->site_id, said.job_id, e, "components",
				     "the station consists of other components than before"))
		return (int)e->code;
	return found(r, s, e) ? (int)e->code : version_next(r, s, ASK_COMPONENTS, e);
}

int version_components(struct round *r, struct session *s, const struct ocpp_frame *f, struct err *e)
{
	OWN(ocpp_components_done) struct ocpp_components c = { .v = NULL };
	struct talk *t = round_talk(r, s);
	struct err bad;

	if (round_begin(r, e))
		return (int)e->code;
	while (s->parts.n > (size_t)t->offset) /* of another reading, or of a round that was not kept */
		free(s->parts.v[--s->parts.n].document);
	if (ocpp_components_read(s->v, f->payload, &c, &bad)) {
		/* `default` beside others, a name twice: nothing is planned on such a list (2.3). */
		if (bad.code == ERR_INVALID && station_quarantine(r->db, s->site_id, bad.msg, r->now, e))
			return (int)e->code;
		return version_failed(r, s, ASK_COMPONENTS, "", e);
	}
	if (*c.status && strcmp(c.status, "Accepted") != 0)
		return version_failed(r, s, ASK_COMPONENTS, c.status, e);
	keep_parts(s, &c);
	t->offset += (int64_t)c.n;
	if (c.n && s->parts.total > t->offset && s->parts.n <= STATION_COMPONENTS_MAX) { /* the next page */
		session_want(r, s, ASK_COMPONENTS);
		return OK;
	}
	t->offset = 0;
	return s->parts.n ? parts_set(r, s, e) : version_failed(r, s, ASK_COMPONENTS, "", e);
}

/* ---- variables, keys, reports ---- */

struct harvest {
	char firmware[STATION_RULE_SIZE]; /* of no component, or of the station */
	bool firm;                        /* ... of the station itself: no other one takes its place */
	char transfer[129];
	bool announces; /* the component extension */
};

static void take_value(void *ctx, const struct ocpp_value *v)
{
	struct harvest *h = ctx;
	bool own = !strcmp(v->component, "ChargingStation") || !*v->component;

	h->announces = h->announces || ocpp_value_announces(v);
	if (!strcmp(v->component, "FirmwareComponentCtrlr")) /* of one component, not of the station */
		return;

	if (!v->has || !*v->value)
		return;
	if (!strcmp(v->variable, "FirmwareVersion") && (!*h->firmware || (own && !h->firm))) {
		str_copy(h->firmware, sizeof h->firmware, v->value);
		h->firm = own;
	}
	if (!strcmp(v->variable, "FileTransferProtocols") ||
	    !strcmp(v->variable, "SupportedFileTransferProtocols")) {
		str_copy(h->transfer, sizeof h->transfer, v->value);
		for (char *p = h->transfer; *p; p++)
			if (*p == ',')
				*p = ' ';
	}
}

static int harvested(struct round *r, struct session *s, const struct harvest *h, const char *evidence,
		     struct err *e)
{
	struct store_learned l = STORE_LEARNED_NOTHING;
	struct store_station st;

	if (*h->transfer) {
		l.transfer = h->transfer;
		if (learn(r, s, &l, e))
			return (int)e->code;
	}
	if (!*h->firmware && !h->announces)
		return OK;
	if (station_of(r, s, &st, e))
		return (int)e->code;
	/* It says that it knows components although it did not answer once: asked again, once. */
	if (h->announces && st.components == 0 && !s->t.announced) {
		round_talk(r, s)->announced = true;
		session_want(r, s, ASK_COMPONENTS);
	}
	if (!*h->firmware)
		return OK;
	if (st.components == 1)
		return OK;
	return version_said(r, s, STATION_VARIABLE, h->firmware, evidence, e);
}

int version_values(struct round *r, struct session *s, const struct ocpp_frame *f, struct err *e)
{
	struct harvest h = { .firm = false };
	struct err bad;
	bool more;

	if (ocpp_values_read(s->v, f->payload, take_value, &h, &more, &bad))
		atomic_fetch_add(&r->d->c_bad, 1);
	else if (harvested(r, s, &h, s->t.ask_action, e))
		return (int)e->code;
	return version_next(r, s, ASK_VERSION, e);
}

int in_report(struct round *r, struct session *s, struct incoming *c, struct err *e)
{
	struct harvest h = { .firm = false };
	bool more = false;

	if (ocpp_values_read(s->v, c->f->payload, take_value, &h, &more, &c->why)) {
		c->code = "FormatViolation";
		return OK;
	}
	/* It may come before the answer to the request, and each part is enough for itself. */
	if (harvested(r, s, &h, "NotifyReport", e))
		return (int)e->code;
	return more || (s->t.wants & 1u << ASK_REPORT) ? OK : version_next(r, s, ASK_REPORT, e);
}

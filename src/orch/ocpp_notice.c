/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notifications about firmware: which job do they belong to, and does it move? By requestId where there is
 * one (0 is one), else the open job of the station: 1.6 has none, and Idle needs none (L01.FR.20). A status
 * of an older request moves nothing (TC_L_10).
 */
#include <stdio.h>
#include <string.h>

#include "orch/ocpp_p.h"

/* ---- components of one request ---- */

/* {"NAME":"STATUS",...}: the newest of each component. All have it installed? */
static int parts_note(struct store_job *j, const struct ocpp_notice *n, int64_t want, bool *ret_all,
		      struct err *e)
{
	OWN(json_free) struct json *old = NULL;
	struct json_walk walk = { 0 };
	const struct json *v;
	const char *name;
	STR(out, JOB_PARTS_SIZE - 1);
	struct jw w = jw_start(&out);
	int64_t installed = 0;

	if (*j->components && json_parse(j->components, strlen(j->components), &old, e))
		return err_wrap(e, "the components of a job");
	jw_obj(&w);
	while (old && json_next(old, &walk, &name, &v))
		if (strcmp(name, n->component) != 0) {
			STR(key, 6 * sizeof n->component);

			json_escape(&key, name, strlen(name));
			jw_kstr(&w, str_c(&key), json_text(v));
			installed +=
			    json_text(v) && !strcmp(json_text(v), ocpp_status_text[OCPP_ST_INSTALLED]);
		}
	{
		STR(key, 6 * sizeof n->component);

		json_escape(&key, n->component, strlen(n->component));
		jw_kstr(&w, str_c(&key), n->status_text);
	}
	jw_end(&w);
	installed += n->status == OCPP_ST_INSTALLED;
	if (!out.over)
		str_copy(j->components, sizeof j->components, str_c(&out));
	*ret_all = installed >= want;
	return OK;
}

/* AllOrNothing: bad news of one is news of all; Installed counts when all have it. */
static int component_status(struct round *r, struct store_job *j, const struct ocpp_notice *n,
			    bool *ret_counts, struct err *e)
{
	struct store_companion v[PARTS_MAX];
	size_t companions;
	bool all = false;

	*ret_counts = true;
	if (!*n->component)
		return OK;
	if (work_companions(r, j, PARTS_MAX, v, &companions, e) ||
	    parts_note(j, n, (int64_t)companions + 1, &all, e) || store_job_move(r->db, j, e))
		return (int)e->code;
	*ret_counts = n->status != OCPP_ST_INSTALLED || all;
	return OK;
}

/* ---- firmware ---- */

static int job_of(struct round *r, struct session *s, const struct ocpp_notice *n, bool *ret_got,
		  struct store_job *j, struct err *e)
{
	return n->request_id >= 0 ? store_job_request(r->db, s->site_id, n->request_id, ret_got, j, e)
				  : store_job_open(r->db, s->site_id, JOB_KIND_UPDATE, ret_got, j, e);
}

static int firmware(struct round *r, struct session *s, const struct incoming *c, const struct ocpp_notice *n,
		    struct err *e)
{
	struct job_word word = { NULL, n->reason_code, n->detail, n->tracking };
	struct store_job j;
	bool got, counts;

	if (job_of(r, s, n, &got, &j, e))
		return (int)e->code;
	if (got && strcmp(j.kind, JOB_KIND_UPDATE) != 0)
		got = false;
	if (story_json(r, s, got ? j.id : 0, "in", c->f->action, c->f->id, c->f->payload, e))
		return (int)e->code;
	if (!got || j.ended_at >= 0 || n->status == OCPP_STATUSES)
		return OK;
	if (c->in == OCPP_IN_COMPONENT) {
		if (component_status(r, &j, n, &counts, e))
			return (int)e->code;
		if (!counts)
			return OK;
	}
	/* The time of a repeated status begins anew where the table says so. */
	return work_event(r, s, &j, OCPP_EV_STATUS, n->status, &word, e);
}

/* ---- security events ---- */

/* They may come before or after the status (errata 6.2.83): kept with the newest job, whether it ended. */
static int security(struct round *r, struct session *s, const struct incoming *c, const struct ocpp_notice *n,
		    struct err *e)
{
	bool bad = !strcmp(n->event, "InvalidFirmwareSignature") ||
		   !strcmp(n->event, "InvalidFirmwareSigningCertificate");
	bool done = !strcmp(n->event, "FirmwareUpdated");
	struct store_job j;
	bool got = false;

	if ((bad || done) && store_job_last(r->db, s->site_id, JOB_KIND_UPDATE, &got, &j, e))
		return (int)e->code;
	if (story_json(r, s, got ? j.id : 0, "in", c->f->action, c->f->id, c->f->payload, e))
		return (int)e->code;
	if (!got || !strcmp(j.state, ocpp_job_text[OCPP_JOB_READY]))
		return OK;
	if (!strstr(j.events, n->event)) {
		size_t len = strlen(j.events); /* a JSON list */

		if (len + strlen(n->event) + 5 < sizeof j.events)
			snprintf(j.events + (len ? len - 1 : 0), sizeof j.events - len, "%s\"%s\"]",
				 len ? "," : "[", n->event);
		if (store_job_move(r->db, &j, e))
			return (int)e->code;
	}
	/* One from before the request is about another update. A clock that is not set says nothing. */
	if (n->at >= 0 && n->at < j.made_at && n->at > j.made_at - 30 * (int64_t)86400000)
		return OK;
	return work_event(r, s, &j, bad ? OCPP_EV_SECURITY_BAD : OCPP_EV_SECURITY_DONE, OCPP_STATUSES, NULL,
			  e);
}

int in_notice(struct round *r, struct session *s, struct incoming *c, struct err *e)
{
	struct ocpp_notice n;

	if (ocpp_notice_read(s->v, c->in, c->f->payload, &n, &c->code, &c->why))
		return OK;
	c->code = NULL;
	if (round_begin(r, e))
		return (int)e->code;
	if (c->in == OCPP_IN_SECURITY)
		return security(r, s, c, &n, e);
	return c->in == OCPP_IN_PUBLISH || c->in == OCPP_IN_LOG ? publish_notice(r, s, c, &n, e)
								: firmware(r, s, c, &n, e);
}

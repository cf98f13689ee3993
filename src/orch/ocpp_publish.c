/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Local controllers: an image is fetched once per site and served from there (L03, L04). A station gets the
 * controller's address only after Published; the image is taken back when no walk needs it any more. Logs
 * after a failure are small jobs of the same kind.
 *
 * Rows: kind publish or unpublish of the controller's site, tracking = MD5 of the image, to_id = its entry,
 * detail = addresses once published, seq 1 = made for walks (0: by a person). Kind log: seq = the job it is
 * about.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "orch/ocpp_p.h"

#define UNPUBLISH_WAIT_MS 60000 /* DownloadOngoing: asked again */
#define PUBLISHED_MAX 200
#define LOG_GOING "going"
#define LOG_OVER "uploaded"

static enum ocpp_publish state_of(const struct store_job *j)
{
	for (int i = 0; i < OCPP_PUBS; i++)
		if (!strcmp(ocpp_publish_text[i], j->state))
			return (enum ocpp_publish)i;
	return OCPP_PUB_SILENT;
}

static int64_t wait_of(const struct round *r, enum ocpp_publish p)
{
	int64_t again = r->d->set.wait[OCPP_WAIT_FIRST];

	if (p == OCPP_PUB_ASKED)
		return r->now + r->d->set.wait[OCPP_WAIT_ANSWER];
	if (p == OCPP_PUB_GOING)
		return r->now + r->d->set.wait[OCPP_WAIT_DOWNLOAD];
	return r->now + (again >= 0 && again < UNPUBLISH_WAIT_MS ? again : UNPUBLISH_WAIT_MS);
}

/* Stations that wait for this controller look again. */
static int move(struct round *r, struct store_job *j, enum ocpp_publish to, const char *reason, struct err *e)
{
	enum ocpp_publish was = state_of(j);

	if (to == was)
		return store_job_move(r->db, j, e);
	str_copy(j->state, sizeof j->state, ocpp_publish_text[to]);
	j->state_at = r->now > j->state_at ? r->now : j->state_at + 1;
	j->due_at = ocpp_publish_ended(to) ? -1 : wait_of(r, to);
	if (to != OCPP_PUB_READY)
		j->tries = 0;
	if (ocpp_publish_ended(to)) {
		j->ended_at = r->now;
		str_copy(j->reason, sizeof j->reason,
			 reason                                                   ? reason
			 : to == OCPP_PUB_PUBLISHED || to == OCPP_PUB_UNPUBLISHED ? ""
										  : ocpp_publish_text[to]);
		r->d->next_sweep = r->mono;
	}
	return store_job_move(r->db, j, e) ||
		       story_note(r, j->site_id, j->id, e, "job", "%s: %s to %s%s%s", j->kind,
				  ocpp_publish_text[was], ocpp_publish_text[to], *j->reason ? ", " : "",
				  j->reason) ||
		       (ocpp_publish_ended(to) && work_audit(r, j, e))
		   ? (int)e->code
		   : OK;
}

static int add(struct round *r, int64_t site_id, const char *kind, int64_t entry_id, const char *md5,
	       int64_t seq, const char *message, struct store_job *ret, struct err *e)
{
	struct store_job j = { .site_id = site_id,
			       .to_id = entry_id,
			       .seq = seq,
			       .start_at = -1,
			       .due_at = r->now + r->d->set.wait[OCPP_WAIT_DOWNLOAD] };

	str_copy(j.kind, sizeof j.kind, kind);
	str_copy(j.message, sizeof j.message, message);
	str_copy(j.state, sizeof j.state, ocpp_publish_text[OCPP_PUB_READY]);
	if (store_ocpp_request_id(r->db, site_id, &j.request_id, e) || store_job_add(r->db, &j, r->now, e))
		return (int)e->code;
	if (md5) {
		str_copy(j.tracking, sizeof j.tracking, md5);
		if (store_job_move(r->db, &j, e))
			return (int)e->code;
	}
	*ret = j;
	return work_audit(r, &j, e);
}

static int want_at(struct round *r, int64_t site_id, enum ask a, struct err *e)
{
	struct store_station st;
	struct session *s;
	bool got;

	if (store_station_of_site(r->db, site_id, &got, &st, e))
		return (int)e->code;
	s = got ? round_session(r, site_id, st.identity) : NULL;
	if (!s)
		return OK; /* away: when it is back */
	session_want(r, s, a);
	return session_pump(r, s, e);
}

/* The first of its addresses that the station can fetch from (L03.FR.03). */
static bool uri_of(const struct store_station *st, const char *list, char *ret, size_t size)
{
	while (*list) {
		size_t n = strcspn(list, " ");

		if (n && n < size && str_copyn(ret, size, list, n) && send_transfers(st, ret))
			return true;
		list += n + strspn(list + n, " ");
	}
	return false;
}

int publish_needed(struct round *r, const struct store_station *st, const struct store_job *j,
		   int64_t entry_id, const char *md5, char *ret_uri, size_t size, bool *ret_ready,
		   bool *ret_failed, struct err *e)
{
	struct store_job p, other;
	bool got, busy;

	*ret_ready = *ret_failed = false;
	if (!md5 || !*md5) {
		*ret_failed = true;
		return OK;
	}
	if (store_job_image(r->db, st->controller_id, md5, &got, &p, e))
		return (int)e->code;
	if (got && !strcmp(p.kind, JOB_KIND_PUBLISH)) {
		if (state_of(&p) == OCPP_PUB_PUBLISHED) {
			*ret_ready = uri_of(st, p.detail, ret_uri, size);
			*ret_failed = !*ret_ready;
			return OK;
		}
		if (p.ended_at < 0)
			return OK;
		if (p.made_at >= j->made_at) {
			*ret_failed = true;
			return OK;
		}
	}
	if (store_job_open(r->db, st->controller_id, JOB_KIND_PUBLISH, &busy, &other, e))
		return (int)e->code;
	if (busy) /* one after the other */
		return OK;
	if (add(r, st->controller_id, JOB_KIND_PUBLISH, entry_id, md5, 1, "PublishFirmware", &p, e))
		return (int)e->code;
	return want_at(r, st->controller_id, ASK_PUBLISH, e);
}

/* ---- sending ---- */

static int refuse(struct round *r, struct store_job *j, const char *why, struct err *e)
{
	return move(r, j, OCPP_PUB_FAILED, why, e);
}

static int publish_put(struct round *r, struct session *s, struct store_job *j,
		       const struct store_station *st, const char **action, struct str *out,
		       const char **ret_why, struct err *e)
{
	OWN(release_push_done) struct release_push push = { .signature = NULL };
	char url[OCPP_URL_SIZE];
	struct err bad;
	bool got;

	*ret_why = NULL;
	if (release_for_push(r->db, j->to_id, &got, &push, e))
		return (int)e->code;
	if (!got || !push.published) {
		*ret_why = "no-release";
		return OK;
	}
	if (!send_place(r, s->v, st, &push, url))
		*ret_why = "no-location";
	else if (ocpp_publish_put(s->v, j->request_id, url, push.md5, r->d->set.retries, action, out, &bad))
		*ret_why = "not-supported";
	return OK;
}

/* NULL: it can be sent; else the word of why not. */
static const char *log_put(struct round *r, struct session *s, struct store_job *j, const char **action,
			   struct str *out)
{
	char url[OCPP_URL_SIZE];
	struct err bad;

	if (strcmp(r->d->set.log_base, "self") != 0)
		str_copy(url, sizeof url, r->d->set.log_base);
	else if (log_url(&r->d->url_key, r->d->init.image_base, j->seq ? j->seq : j->id, s->identity, r->now,
			 512, url, &bad))
		return "no-location";
	return ocpp_log_put(s->v, false, j->request_id, url, action, out, &bad) ? "not-supported" : NULL;
}

static const char *kind_of(enum ask a)
{
	return a == ASK_PUBLISH ? JOB_KIND_PUBLISH : a == ASK_UNPUBLISH ? JOB_KIND_UNPUBLISH : JOB_KIND_LOG;
}

int publish_send(struct round *r, struct session *s, enum ask a, bool *ret_sent, struct err *e)
{
	STR(payload, OCPP_TEXT_MAX);
	const char *action = NULL, *why = NULL;
	struct store_station st;
	struct store_job j;
	struct err bad;
	bool got;

	*ret_sent = false;
	if (store_job_open(r->db, s->site_id, kind_of(a), &got, &j, e))
		return (int)e->code;
	if (!got || state_of(&j) != OCPP_PUB_READY)
		return OK;
	if (store_station_of_site(r->db, s->site_id, &got, &st, e))
		return (int)e->code;
	if (!got)
		return OK;
	if (a == ASK_PUBLISH && publish_put(r, s, &j, &st, &action, &payload, &why, e))
		return (int)e->code;
	if (a == ASK_LOG)
		why = log_put(r, s, &j, &action, &payload);
	if (a == ASK_UNPUBLISH && ocpp_unpublish_put(s->v, j.tracking, &action, &payload, &bad))
		why = "not-supported";
	if (why)
		return refuse(r, &j, why, e);
	str_copy(j.message, sizeof j.message, action);
	*ret_sent = true;
	return move(r, &j, OCPP_PUB_ASKED, NULL, e) ? (int)e->code
						    : session_call(r, s, a, action, &payload, j.id, e);
}

/* ---- answers ---- */

/* Nobody needs to fetch from it any more. */
static int taken_back(struct round *r, const struct store_job *j, struct err *e)
{
	struct store_job p;
	int64_t ids[PUBLISHED_MAX], n = 0;
	bool got;

	if (store_jobs_published(r->db, PUBLISHED_MAX, ids, &n, e))
		return (int)e->code;
	for (int64_t i = 0; i < n; i++) {
		if (store_job_get(r->db, ids[i], &got, &p, e))
			return (int)e->code;
		if (!got || p.site_id != j->site_id || strcmp(p.tracking, j->tracking) != 0)
			continue;
		str_copy(p.state, sizeof p.state, ocpp_publish_text[OCPP_PUB_UNPUBLISHED]);
		if (store_job_move(r->db, &p, e))
			return (int)e->code;
	}
	return OK;
}

static int log_answered(struct round *r, struct store_job *j, const struct ocpp_reply *a, struct err *e)
{
	if (a && !a->error && (!*a->status || !strncmp(a->status, "Accepted", 8))) {
		str_copy(j->log_file, sizeof j->log_file, a->file);
		return move(r, j, OCPP_PUB_GOING, NULL, e);
	}
	return move(r, j, OCPP_PUB_REFUSED, a ? "refused" : "no-answer", e);
}

int publish_answered(struct round *r, struct session *s, enum ask a, const struct ocpp_reply *reply,
		     struct err *e)
{
	enum ocpp_job_event ev;
	enum ocpp_publish to;
	struct store_job j;
	bool got;

	if (round_begin(r, e) || store_job_get(r->db, s->t.ask_job, &got, &j, e))
		return (int)e->code;
	if (!got || j.ended_at >= 0)
		return OK;
	if (reply)
		snprintf(j.answer, sizeof j.answer, "%s%.50s", reply->error ? "error:" : "",
			 reply->error ? reply->code : reply->status);
	if (a == ASK_LOG)
		return log_answered(r, &j, reply, e);
	if (a == ASK_UNPUBLISH) {
		ev = !reply ? OCPP_EV_ANSWER_LOST : reply->error ? OCPP_EV_REFUSED : OCPP_EV_ACCEPTED;
		to = ocpp_unpublish_move(state_of(&j), ev, reply ? reply->status : "");
		if (move(r, &j, to, NULL, e))
			return (int)e->code;
		return to == OCPP_PUB_UNPUBLISHED ? taken_back(r, &j, e) : OK;
	}
	ev = !reply                                                   ? OCPP_EV_ANSWER_LOST
	     : reply->error || strcmp(reply->status, "Accepted") != 0 ? OCPP_EV_REFUSED
								      : OCPP_EV_ACCEPTED;
	return move(r, &j, ocpp_publish_move(state_of(&j), ev, OCPP_STATUSES),
		    ev == OCPP_EV_REFUSED ? "refused" : NULL, e);
}

/* ---- notifications ---- */

/* The log is attached to the job that it is about. */
static int log_over(struct round *r, struct store_job *j, bool good, const char *why, struct err *e)
{
	struct store_job about;
	bool got;

	str_copy(j->state, sizeof j->state, good ? LOG_OVER : ocpp_publish_text[OCPP_PUB_FAILED]);
	str_copy(j->reason, sizeof j->reason, good ? "" : why);
	j->state_at = r->now > j->state_at ? r->now : j->state_at + 1;
	j->ended_at = r->now;
	j->due_at = -1;
	if (store_job_move(r->db, j, e) ||
	    story_note(r, j->site_id, j->id, e, "job", "log: %s %s", j->state, j->log_file) ||
	    work_audit(r, j, e))
		return (int)e->code;
	if (!good || !j->seq)
		return OK;
	if (store_job_get(r->db, j->seq, &got, &about, e))
		return (int)e->code;
	if (!got)
		return OK;
	str_copy(about.log_file, sizeof about.log_file, *j->log_file ? j->log_file : "uploaded");
	return store_job_move(r->db, &about, e);
}

static int log_notice(struct round *r, struct store_job *j, const struct ocpp_notice *n, struct err *e)
{
	if (n->status == OCPP_ST_UPLOADED)
		return log_over(r, j, true, "", e);
	/* Uploading and words that nobody knows are no end. */
	return n->status >= OCPP_ST_UPLOAD_FAILURE && n->status <= OCPP_ST_ACCEPTED_CANCELED
		   ? log_over(r, j, false, n->status_text, e)
		   : OK;
}

int publish_notice(struct round *r, struct session *s, const struct incoming *c, const struct ocpp_notice *n,
		   struct err *e)
{
	const char *kind = c->in == OCPP_IN_LOG ? JOB_KIND_LOG : JOB_KIND_PUBLISH;
	enum ocpp_publish to;
	struct store_job j;
	bool got;

	if (n->request_id >= 0 ? store_job_request(r->db, s->site_id, n->request_id, &got, &j, e)
			       : store_job_open(r->db, s->site_id, kind, &got, &j, e))
		return (int)e->code;
	if (got && strcmp(j.kind, kind) != 0)
		got = false;
	if (story_json(r, s, got ? j.id : 0, "in", c->f->action, c->f->id, c->f->payload, e))
		return (int)e->code;
	if (!got || j.ended_at >= 0)
		return OK;
	if (c->in == OCPP_IN_LOG)
		return log_notice(r, &j, n, e);
	to = ocpp_publish_move(state_of(&j), OCPP_EV_STATUS, n->status);
	if (to == OCPP_PUB_PUBLISHED)
		str_copy(j.detail, sizeof j.detail, n->locations);
	return move(r, &j, to, ocpp_publish_reason(n->status), e);
}

/* ---- watchdogs ---- */

int publish_due(struct round *r, struct store_job *j, struct err *e)
{
	enum ocpp_publish was = state_of(j), to = was;
	enum ask a = !strcmp(j->kind, JOB_KIND_PUBLISH)     ? ASK_PUBLISH
		     : !strcmp(j->kind, JOB_KIND_UNPUBLISH) ? ASK_UNPUBLISH
							    : ASK_LOG;

	j->tries++;
	j->due_at = wait_of(r, was);
	if (j->tries >= r->d->set.tries && (a != ASK_UNPUBLISH || j->tries >= 100)) {
		if (a == ASK_LOG)
			return log_over(r, j, false, "silent", e);
		to = a == ASK_PUBLISH ? ocpp_publish_move(was, OCPP_EV_DUE_LAST, OCPP_STATUSES)
				      : ocpp_unpublish_move(was, OCPP_EV_DUE_LAST, "");
		return move(r, j, to, "silent", e);
	}
	if (store_job_move(r->db, j, e))
		return (int)e->code;
	if (was == OCPP_PUB_READY)
		return want_at(r, j->site_id, a, e);
	return a == ASK_PUBLISH ? want_at(r, j->site_id, ASK_PUBLISH_STATUS, e) : OK;
}

/* ---- made by others ---- */

int publish_sweep(struct round *r, struct err *e)
{
	int64_t ids[PUBLISHED_MAX], n = 0, busy;
	struct store_job p, j;
	bool got, open;

	if (store_jobs_published(r->db, PUBLISHED_MAX, ids, &n, e))
		return (int)e->code;
	for (int64_t i = 0; i < n; i++) {
		if (store_job_get(r->db, ids[i], &got, &p, e) ||
		    store_ocpp_controller_busy(r->db, p.site_id, &busy, e) ||
		    store_job_open(r->db, p.site_id, JOB_KIND_UNPUBLISH, &open, &j, e))
			return (int)e->code;
		if (!got || busy || open)
			continue;
		if (round_begin(r, e) ||
		    add(r, p.site_id, JOB_KIND_UNPUBLISH, p.to_id, p.tracking, 1, "UnpublishFirmware", &j,
			e) ||
		    want_at(r, p.site_id, ASK_UNPUBLISH, e))
			return (int)e->code;
	}
	return OK;
}

int work_log(struct round *r, struct session *s, struct store_job *j, struct err *e)
{
	struct store_job log;
	bool got;

	if (!*r->d->set.log_base)
		return OK;
	if (store_job_open(r->db, j->site_id, JOB_KIND_LOG, &got, &log, e))
		return (int)e->code;
	if (!got && add(r, j->site_id, JOB_KIND_LOG, 0, NULL, j->id, "GetLog", &log, e))
		return (int)e->code;
	if (s)
		session_want(r, s, ASK_LOG);
	return OK;
}

int log_wish(struct round *r, struct session *s, struct err *e)
{
	struct store_job log;
	bool got;

	if (!*r->d->set.log_base)
		return err_set(e, ERR_INVALID, "there is no place for logs: set ocpp_log_base");
	if (store_job_open(r->db, s->site_id, JOB_KIND_LOG, &got, &log, e))
		return (int)e->code;
	if (!got && add(r, s->site_id, JOB_KIND_LOG, 0, NULL, 0, "GetLog", &log, e))
		return (int)e->code;
	session_want(r, s, ASK_LOG);
	return OK;
}

int publish_wish(struct round *r, struct session *s, bool take_back, int64_t entry_id, struct err *e)
{
	OWN(release_push_done) struct release_push push = { .signature = NULL };
	struct store_job j;
	bool got;

	if (release_for_push(r->db, entry_id, &got, &push, e))
		return (int)e->code;
	if (!got || !*push.md5)
		return err_set(e, ERR_INVALID, "there is no published release for it");
	if (store_job_open(r->db, s->site_id, take_back ? JOB_KIND_UNPUBLISH : JOB_KIND_PUBLISH, &got, &j, e))
		return (int)e->code;
	if (!got && add(r, s->site_id, take_back ? JOB_KIND_UNPUBLISH : JOB_KIND_PUBLISH, entry_id, push.md5,
			0, take_back ? "UnpublishFirmware" : "PublishFirmware", &j, e))
		return (int)e->code;
	session_want(r, s, take_back ? ASK_UNPUBLISH : ASK_PUBLISH);
	return OK;
}

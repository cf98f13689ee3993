/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The request of a firmware job: which message this station takes, from where it fetches, and what its answer
 * means. A station that showed that it checks signatures never gets an unsigned request.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/area.h"
#include "orch/ocpp_p.h"

#define PLAIN "UpdateFirmware"
#define SIGNED "SignedUpdateFirmware"
#define PARTS "UpdateFirmwareComponents"
#define AGAIN "again:" /* job.answer: refused in a form that says which one to try; only once */
#define RETRY_S 60

/* All that a request needs. */
struct sending {
	struct round *r;
	struct session *s;
	struct store_job *j;
	struct store_station st;
	int64_t n; /* components that move */
	struct store_companion move[PARTS_MAX];
	struct store_part part[PARTS_MAX];
	struct release_push push[PARTS_MAX];
	char url[PARTS_MAX][OCPP_URL_SIZE];
	size_t known; /* components that the station reported */
};
static void sending_done(struct sending *q)
{
	for (int64_t i = 0; i < q->n; i++)
		release_push_done(&q->push[i]);
}
DEFINE_OWN_VAL(struct sending, sending_done)

/* ---- may it be? ---- */

int send_gate(struct round *r, const struct store_station *st, int64_t cycle_id, char why[96], bool *ret_open,
	      struct err *e)
{
	struct gate_answer g;
	struct store_job j;
	int64_t room;
	bool got;

	*ret_open = false;
	if (st->reservations && store_busy_over(r->db, st->site_id, r->now, e))
		return (int)e->code;
	if (area_room(r->db, st->area, st->site_id, &room, e) || station_gate(st, room, r->now, &g, e) ||
	    store_job_open(r->db, st->site_id, JOB_KIND_UPDATE, &got, &j, e))
		return (int)e->code;
	if (g.gate != GATE_OPEN) {
		snprintf(why, 96, "%s %.60s", gate_text[g.gate], g.text);
		return OK;
	}
	if (got && j.cycle_id != cycle_id) {
		snprintf(why, 96, "not-now:job job %" PRId64 " of the station is not over", j.id);
		return OK;
	}
	*ret_open = true;
	return OK;
}

bool send_pace_left(struct round *r)
{
	struct ocpp_door *d = r->d;

	if (r->mono - d->pace_at >= 1000 || r->mono < d->pace_at) {
		d->pace_at = r->mono;
		d->pace_n = 0;
	}
	return d->pace_n < d->set.pace;
}

/* ---- which message ---- */

static bool is_signed(const struct sending *q)
{
	for (int64_t i = 0; i < q->n; i++)
		if (!q->push[i].signature || !q->push[i].certificate)
			return false;
	return true;
}

static const char *message_of(const struct sending *q)
{
	if (*q->j->message)
		return q->j->message;
	if (q->n > 1 || (q->st.components == 1 && (q->known > 1 || !strcmp(q->st.rejected_rule, "always"))))
		return PARTS;
	return q->s->v == OCPP_16 && q->st.signing != 0 && is_signed(q) ? SIGNED : PLAIN;
}

/* ---- from where ---- */

bool send_transfers(const struct store_station *st, const char *url)
{
	size_t n = strcspn(url, ":");
	const char *p = st->transfer;

	if (!*p)
		return true;
	while (*p) {
		size_t len = strcspn(p, " ");

		if (len == n && !strncasecmp(p, url, n))
			return true;
		p += len + strspn(p + len, " ");
	}
	return false;
}

/* The service's own address first, then those of the maker, as far as the station speaks their protocol. */
bool send_place(struct round *r, enum ocpp_version v, const struct store_station *st,
		const struct release_push *push, char *ret_url)
{
	struct ocpp_door *d = r->d;
	size_t max = v == OCPP_21 ? 2000 : 512;
	const char *p = push->locations ? push->locations : "";
	struct err bad;

	if (d->has_url_key &&
	    !release_image_url(&d->url_key, d->set.image_base, d->init.image_base, push->hash, st->identity,
			       r->now, max, ret_url, &bad) &&
	    send_transfers(st, ret_url))
		return true;
	while (*p) {
		size_t n = strcspn(p, " ");

		if (n <= max && str_copyn(ret_url, OCPP_URL_SIZE, p, n) && send_transfers(st, ret_url))
			return true;
		p += n + strspn(p + n, " ");
	}
	return false;
}

/* ---- putting it together ---- */

static int gather(struct sending *q, struct err *e)
{
	OWN(rows_done) struct rows *rows = NULL;
	struct store_component c;
	struct store_job *j = q->j;
	size_t n;
	bool got = true;

	q->move[0] = (struct store_companion){ j->device_id, j->from_id, j->to_id };
	if (work_companions(q->r, j, PARTS_MAX - 1, q->move + 1, &n, e))
		return (int)e->code;
	q->n = 0;
	for (size_t i = 0; i <= n; i++) {
		memset(&q->push[i], 0, sizeof q->push[i]);
		if (store_ocpp_device(q->r->db, q->move[i].device_id, &got, &q->part[i], e))
			return (int)e->code;
		if (!got)
			return err_set(e, ERR_NOT_FOUND, "a component of station %s is gone", q->st.identity);
		if (release_for_push(q->r->db, q->move[i].to_id, &got, &q->push[i], e))
			return (int)e->code;
		q->n = (int64_t)i + 1;
		if (!got)
			q->push[i].published = false;
	}
	if (store_component_now(q->r->db, q->st.site_id, &rows, e))
		return (int)e->code;
	for (got = true; got;) {
		if (store_component_next(rows, &c, &got, e))
			return (int)e->code;
		q->known += got;
	}
	return OK;
}

static int put_parts(struct sending *q, const char **action, struct str *out, struct err *e)
{
	struct ocpp_part v[PARTS_MAX];

	for (int64_t i = 0; i < q->n; i++) {
		uint32_t node = graph_find_id(q->r->snap->graph, q->move[i].to_id);

		v[i] = (struct ocpp_part){
			.name = *q->part[i].component ? q->part[i].component : STATION_DEFAULT,
			.version = node == NODE_NONE ? "" : graph_node(q->r->snap->graph, node)->version,
			.expected = *q->part[i].version ? q->part[i].version : NULL,
			.hash = q->push[i].hash,
			.firmware = { q->url[i], q->r->now, -1, q->push[i].certificate, q->push[i].signature }
		};
	}
	return ocpp_parts_put(q->s->v, q->j->request_id, true, q->r->d->set.retries, RETRY_S, v, (size_t)q->n,
			      action, out, e);
}

static int put(struct sending *q, const char *message, const char **action, struct str *out, struct err *e)
{
	bool is = strcmp(message, PLAIN) != 0 || (q->s->v != OCPP_16 && is_signed(q));
	struct ocpp_firmware f = { q->url[0], q->r->now, -1, is ? q->push[0].certificate : NULL,
				   is ? q->push[0].signature : NULL };

	if (!strcmp(message, PARTS))
		return put_parts(q, action, out, e);
	return ocpp_update_put(q->s->v, !strcmp(message, SIGNED), q->j->request_id, q->r->d->set.retries,
			       RETRY_S, &f, action, out, e);
}

/* It cannot be sent at all: ends as if it had been refused, by us. */
static int not_sent(struct sending *q, const char *code, const char *why, struct err *e)
{
	struct job_word word = { "not-sent", code, why, NULL };

	if (work_event(q->r, q->s, q->j, OCPP_EV_SENT, OCPP_STATUSES, NULL, e))
		return (int)e->code;
	return work_event(q->r, q->s, q->j, OCPP_EV_REFUSED, OCPP_STATUSES, &word, e);
}

/* *ret_code NULL: it can be sent. */
static int places(struct sending *q, const char **ret_code, const char **ret_why, bool *ret_wait,
		  struct err *e)
{
	bool failed, ready;

	*ret_code = NULL;
	*ret_wait = false;
	for (int64_t i = 0; i < q->n; i++) {
		if (!q->push[i].published) {
			*ret_code = "no-release";
			*ret_why = "there is no published release for it";
			return OK;
		}
		if (q->st.controller_id) {
			if (publish_needed(q->r, &q->st, q->j, q->move[i].to_id, q->push[i].md5, q->url[i],
					   OCPP_URL_SIZE, &ready, &failed, e))
				return (int)e->code;
			if (failed) {
				*ret_code = "not-published";
				*ret_why = "the local controller could not publish the image";
			}
			*ret_wait = !ready && !failed;
			if (!ready)
				return OK;
			continue;
		}
		if (!send_place(q->r, q->s->v, &q->st, &q->push[i], q->url[i])) {
			*ret_code = "no-location";
			*ret_why = "no address of the image is one that this station can fetch from";
			return OK;
		}
	}
	if (q->st.signing == 1 && !is_signed(q)) {
		*ret_code = "unsigned";
		*ret_why = "the station checks signatures and the release has none";
	}
	return OK;
}

/* Without what an address holds as its secret. */
static void location_set(struct store_job *j, const char *url)
{
	const char *host = strstr(url, "://"), *at;
	size_t n = story_shown(url);

	if (!host || n >= sizeof j->location)
		n = 0;
	at = host ? memchr(host + 3, '@', strcspn(host + 3, "/?#")) : NULL;
	if (at && (size_t)(at - url) < n)
		snprintf(j->location, sizeof j->location, "%.*s%.*s", (int)(host + 3 - url), url,
			 (int)(url + n - at - 1), at + 1);
	else
		str_copyn(j->location, sizeof j->location, url, n);
}

static int let_go(struct sending *q, bool *ret_sent, struct err *e)
{
	const char *message = message_of(q), *action = NULL, *code, *why = "";
	STR(payload, OCPP_TEXT_MAX);
	struct err bad;
	bool wait;

	if (places(q, &code, &why, &wait, e))
		return (int)e->code;
	if (wait)
		return OK;
	if (code)
		return not_sent(q, code, why, e);
	if (put(q, message, &action, &payload, &bad))
		return not_sent(q, "request", bad.msg, e);
	str_copy(q->j->message, sizeof q->j->message, message);
	location_set(q->j, q->url[0]);
	q->j->boots = q->st.boots;
	if (!strncmp(q->j->answer, AGAIN, strlen(AGAIN)))
		q->j->due_at = q->r->now + q->r->d->set.call_timeout;
	if (store_job_move(q->r->db, q->j, e) ||
	    session_call(q->r, q->s, ASK_JOB, action, &payload, q->j->id, e) ||
	    work_event(q->r, q->s, q->j, OCPP_EV_SENT, OCPP_STATUSES, NULL, e))
		return (int)e->code;
	q->r->d->pace_n++;
	*ret_sent = true;
	return OK;
}

static bool may_send(const struct store_job *j)
{
	return !strcmp(j->state, ocpp_job_text[OCPP_JOB_READY]) ||
	       !strcmp(j->state, ocpp_job_text[OCPP_JOB_LOST]) ||
	       (!strcmp(j->state, ocpp_job_text[OCPP_JOB_ASKED]) &&
		!strncmp(j->answer, AGAIN, strlen(AGAIN)));
}

int send_job(struct round *r, struct session *s, bool *ret_sent, struct err *e)
{
	OWN(sending_done) struct sending q = { .r = r, .s = s };
	struct store_job j;
	char why[96];
	bool got, open;

	*ret_sent = false;
	if (store_job_open(r->db, s->site_id, JOB_KIND_UPDATE, &got, &j, e))
		return (int)e->code;
	if (!got || !may_send(&j) || j.start_at > r->now)
		return OK;
	q.j = &j;
	if (store_station_of_site(r->db, s->site_id, &got, &q.st, e))
		return (int)e->code;
	if (!got)
		return OK;
	/* A driver may have come since it was decided, or other hardware: a repetition is barred as the first
	 * one. */
	if (send_gate(r, &q.st, j.cycle_id, why, &open, e))
		return (int)e->code;
	if (!open)
		return OK;
	return gather(&q, e) ? (int)e->code : let_go(&q, ret_sent, e);
}

/* ---- the answer ---- */

static bool not_known(const struct ocpp_reply *a)
{
	const char *word = a->error ? a->code : a->status;

	return !strcmp(word, "NotSupported") || !strcmp(word, "NotImplemented") ||
	       !strcmp(word, "UnknownVendorId") || !strcmp(word, "UnknownMessageId") ||
	       !strcmp(word, "UnknownVendor");
}

/* Another message that this refusal points to; NULL: none. *l gets what it shows of the station. */
static const char *other_message(enum ocpp_version v, const struct store_station *st,
				 const struct store_job *j, bool has_signature, bool group,
				 const struct ocpp_reply *a, struct store_learned *l)
{
	bool pointer = !a->error && !strcmp(a->status, "Rejected") &&
		       (!strcmp(a->reason_code, "UnsupportedRequest") || strstr(a->detail, PARTS));

	if (!strncmp(j->answer, AGAIN, strlen(AGAIN)))
		return NULL;
	if (!strcmp(j->message, PARTS) && not_known(a) && !group) {
		l->components = 0;
		return v == OCPP_16 && has_signature && st->signing != 0 ? SIGNED : PLAIN;
	}
	if (!strcmp(j->message, SIGNED) && a->error && not_known(a) && st->signing != 1) {
		l->signing = 0;
		return PLAIN;
	}
	if (strcmp(j->message, PLAIN) != 0)
		return NULL;
	if (pointer || (not_known(a) && st->components == 1))
		return PARTS;
	if (v == OCPP_16 && a->error && not_known(a) && has_signature) {
		l->signing = 1;
		return SIGNED;
	}
	return NULL;
}

static int send_again(struct round *r, struct session *s, struct store_job *j, const char *message,
		      struct err *e)
{
	if (story_note(r, s->site_id, j->id, e, "again", "%s was refused, %s is sent", j->message, message) ||
	    store_ocpp_request_id(r->db, s->site_id, &j->request_id, e))
		return (int)e->code;
	snprintf(j->answer, sizeof j->answer, AGAIN "%.40s", j->message);
	str_copy(j->message, sizeof j->message, message);
	if (store_job_move(r->db, j, e))
		return (int)e->code;
	session_want(r, s, ASK_JOB);
	return OK;
}

static int answer_other(struct round *r, struct session *s, struct store_job *j, const struct ocpp_reply *a,
			const char **ret, struct err *e)
{
	OWN(release_push_done) struct release_push push = { .signature = NULL };
	struct store_learned l = STORE_LEARNED_NOTHING;
	struct store_station st;
	struct store_companion one;
	size_t n;
	bool got, released;

	*ret = NULL;
	if (store_station_of_site(r->db, s->site_id, &got, &st, e))
		return (int)e->code;
	if (!got)
		return OK;
	if (release_for_push(r->db, j->to_id, &released, &push, e))
		return (int)e->code;
	if (work_companions(r, j, 1, &one, &n, e))
		return (int)e->code;
	*ret = other_message(s->v, &st, j, push.signature && push.certificate, n > 0, a, &l);
	return l.components >= 0 || l.signing >= 0 ? store_ocpp_learn(r->db, s->site_id, &l, e) : OK;
}

int send_answered(struct round *r, struct session *s, const struct ocpp_reply *a, struct err *e)
{
	char answer[64];
	struct job_word word = { answer, a->reason_code, a->detail, a->tracking };
	bool ok = !a->error &&
		  (!*a->status || !strcmp(a->status, "Accepted") || !strcmp(a->status, "AcceptedCanceled"));
	struct store_learned l = STORE_LEARNED_NOTHING;
	struct store_job j;
	const char *other;
	bool got;

	if (store_job_get(r->db, s->t.ask_job, &got, &j, e) || !got)
		return got ? OK : (int)e->code;
	if (a->error)
		snprintf(answer, sizeof answer, "error:%.50s", a->code);
	else
		str_copy(answer, sizeof answer, *a->status ? a->status : "empty");
	if (ok && !strcmp(j.message, SIGNED)) {
		l.signing = 1;
		if (store_ocpp_learn(r->db, s->site_id, &l, e))
			return (int)e->code;
	}
	/* The repetition of a request that was read the first time. */
	ok = ok || !strcmp(a->reason_code, "DuplicateRequestId");
	if (ok)
		return work_event(r, s, &j, OCPP_EV_ACCEPTED, OCPP_STATUSES, &word, e);
	if (j.ended_at < 0 && (!strcmp(j.state, ocpp_job_text[OCPP_JOB_ASKED]) ||
			       !strcmp(j.state, ocpp_job_text[OCPP_JOB_LOST]))) {
		if (answer_other(r, s, &j, a, &other, e))
			return (int)e->code;
		if (other)
			return send_again(r, s, &j, other, e);
	}
	return work_event(r, s, &j, OCPP_EV_REFUSED, OCPP_STATUSES, &word, e);
}

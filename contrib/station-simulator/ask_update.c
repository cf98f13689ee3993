/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to update: the old ones of all versions, and UpdateFirmwareComponents. */
#include "sim.h"

#include "base/parse.h"

/* What is asked, before anything is changed. */
struct wish {
	const char *id;
	bool plain; /* 1.6 UpdateFirmware: its answer is empty */
	bool data;  /* in DataTransfer */
	bool parts;
	int64_t request;
	bool is_signed;
};

static void reply(struct sim *s, struct station *st, const struct wish *w, const char *status,
		  const char *reason, const char *detail)
{
	STR(out, 8192);
	STR(outer, 16384);
	struct jw j = jw_start(&out);

	tell(s, st, "answered", ",\"request\":%lld,\"status\":\"%s\",\"reason\":\"%s\"",
	     (long long)w->request, status, reason);
	if (w->plain) {
		/* The empty answer is all there is; a refusal can only be an error. */
		if (!strncmp(status, "Accepted", 8))
			answer(s, st, w->id, "{}");
		else
			answer_error(s, st, w->id,
				     !strcmp(reason, "UnsupportedRequest") ? "NotSupported" : "GenericError",
				     reason);
		return;
	}
	jw_obj(&j);
	jw_kstr(&j, "status", status);
	if (reason[0] && (st->version != V16 || w->data)) {
		jw_key(&j, "statusInfo");
		jw_obj(&j);
		jw_kstr(&j, "reasonCode", reason);
		if (detail[0])
			jw_kstr(&j, "additionalInfo", detail);
		jw_end(&j);
	}
	if (w->parts && !strncmp(status, "Accepted", 8))
		jw_kstr(&j, "trackingId", st->flash->tracking);
	jw_end(&j);
	if (!w->data) {
		answer(s, st, w->id, out.p);
		return;
	}
	str_add(&outer, "{\"status\":\"Accepted\",\"data\":\"");
	json_escape(&outer, out.p, out.len);
	str_add(&outer, "\"}");
	answer(s, st, w->id, outer.p);
}

static void location_check(struct sim *s, const struct station *st, const char *location)
{
	size_t n = location ? strlen(location) : 0;

	if (!n || !strstr(location, "://") || !strncmp(location, "file:", 5))
		violation(s, st, "a location that is no address");
	else if (st->version != V21 && n > 512)
		violation(s, st, "a location over 512 characters");
	else if (n > 2000)
		violation(s, st, "a location over 2000 characters");
}

static void time_check(struct sim *s, const struct station *st, const struct json *j)
{
	const char *text = json_text(j);
	int64_t at;
	struct err e;

	if (!text || parse_time(text, &at, &e) || text[strlen(text) - 1] != 'Z')
		violation(s, st, "a retrieve time that is not RFC 3339 in UTC");
}

/* Reasons to say no. True: it was answered. */
static bool refuse(struct sim *s, struct station *st, const struct wish *w, const char *location)
{
	if (behaves(s, st, B_INVALID_CERTIFICATE) ||
	    (behaves(s, st, B_CLOCK_UNSET) && w->is_signed && st->clock_ms < 1577836800000)) {
		if (behaves(s, st, B_EVENT_BEFORE))
			say_event(s, st, "InvalidFirmwareSigningCertificate");
		reply(s, st, w, "InvalidCertificate", "InvalidCertificate", "");
		if (!behaves(s, st, B_EVENT_BEFORE) && !behaves(s, st, B_EVENT_NONE))
			say_event(s, st, "InvalidFirmwareSigningCertificate");
		return true;
	}
	if (behaves(s, st, B_REVOKED_CERTIFICATE))
		reply(s, st, w, "RevokedCertificate", "", "");
	else if (behaves(s, st, B_UNSIGNED_REJECTED) && !w->is_signed)
		reply(s, st, w, "Rejected", "MissingSignature", "only signed firmware");
	else if (behaves(s, st, B_REJECTED_NO_REASON))
		reply(s, st, w, "Rejected", "", "");
	else if (behaves(s, st, B_REJECTED_IN_USE) || st->busy_tx)
		reply(s, st, w, "Rejected", "TxInProgress", "");
	else if (behaves(s, st, B_ONLY_FTP) && location && strncmp(location, "ftp", 3) != 0)
		reply(s, st, w, "Rejected", "InvalidURL", "ftp or ftps is wanted");
	else
		return false;
	return true;
}

/* Another job runs. True: it was answered. */
static bool in_progress(struct sim *s, struct station *st, const struct wish *w, bool *canceled)
{
	struct flash *f = st->flash;

	if (!f->busy)
		return false;
	if (w->request == f->request && !w->plain) {
		reply(s, st, w, "Accepted", "", ""); /* the same again: our answer was lost */
		return true;
	}
	if (behaves(s, st, B_CANNOT_CANCEL) || w->plain) {
		reply(s, st, w, "Rejected", "FwUpdateInProgress", "it cannot be canceled");
		return true;
	}
	if (behaves(s, st, B_ACCEPTED_CANCELED)) {
		f->old_request = f->request;
		due_at(s, st, D_OLD_FAILS, 100, st->epoch, 0, NULL);
	}
	train_cancel(s, st);
	*canceled = true;
	return false;
}

static void begin(struct sim *s, struct station *st, const struct wish *w, bool canceled)
{
	struct flash *f = st->flash;

	f->request = w->request;
	f->updates++;
	f->by_parts = w->parts;
	f->signed16 = st->version == V16 && !w->plain && !w->data;
	if (behaves(s, st, B_TRANSACTION_WAITS)) {
		say_transaction(s, st, true);
		due_at(s, st, D_TX_END, s->tx_ms, 0, 0, NULL);
	}
	if (behaves(s, st, B_EMPTY_ANSWER)) {
		answer(s, st, w->id, "{}");
		return;
	}
	if (behaves(s, st, B_STATUS_BEFORE_ANSWER)) {
		if (w->parts)
			say_component(s, st, &f->target[0], "Downloading");
		else
			say_status(s, st, "Downloading", w->request);
	}
	reply(s, st, w, canceled ? "AcceptedCanceled" : "Accepted", "", "");
	if (!behaves(s, st, B_SAYS_NOTHING))
		train_start(s, st, w->is_signed);
}

static void keep_signature(struct station *st, const struct json *firmware)
{
	mem_free(st->certificate);
	mem_free(st->signature);
	st->certificate = mem_strdup(json_text(json_get(firmware, "signingCertificate")));
	st->signature = mem_strdup(json_text(json_get(firmware, "signature")));
}

/* What an image is, as far as its address tells. */
static void target_guess(const struct sim *s, struct flash *f, const char *location)
{
	const struct image *i = image_find(s, location);
	const char *tail = strrchr(location, '/'), *at = tail ? strchr(tail, '@') : NULL;

	f->ntargets = 1;
	f->target[0] = f->part[0];
	str_copy(f->target[0].version, NAME, "unknown");
	if (i) {
		str_copy(f->target[0].name, NAME, i->name);
		str_copy(f->target[0].version, NAME, i->version);
	} else if (at) {
		str_copyn(f->target[0].version, NAME, at + 1, strcspn(at + 1, "?#"));
	}
}

void ask_update(struct sim *s, struct station *st, const char *id, const char *action, const struct json *p)
{
	bool plain = st->version == V16 && !strcmp(action, "UpdateFirmware");
	const struct json *firmware = plain ? p : json_get(p, "firmware");
	const char *location = json_text(json_get(firmware, "location"));
	struct flash *f = st->flash;
	struct wish w = { id,
			  plain,
			  false,
			  false,
			  json_int(json_get(p, "requestId"), -1),
			  json_text(json_get(firmware, "signature")) };
	bool canceled = false, many = f->nparts > 1;

	if ((plain && behaves(s, st, B_PLAIN_NOT_SUPPORTED)) ||
	    (st->version != V16 && !strcmp(action, "SignedUpdateFirmware"))) {
		answer_error(s, st, id, "NotSupported", "only signed firmware");
		return;
	}
	if (!plain && st->version == V16 && behaves(s, st, B_NO_SIGNED)) {
		answer_error(s, st, id, "NotImplemented", "no signed firmware here");
		return;
	}
	location_check(s, st, location);
	time_check(s, st, json_get(firmware, plain ? "retrieveDate" : "retrieveDateTime"));
	if (!plain && w.request < 0)
		violation(s, st, "a request without requestId");
	if (!plain && w.request == f->last_request && !f->busy)
		violation(s, st, "a requestId used twice");
	if (is_parted(s, st) && (many || behaves(s, st, B_REJECT_OLD_ALWAYS))) {
		reply(s, st, &w, "Rejected", "UnsupportedRequest", "use UpdateFirmwareComponents");
		return;
	}
	if (refuse(s, st, &w, location) || in_progress(s, st, &w, &canceled))
		return;
	keep_signature(st, firmware);
	str_copy(f->location, sizeof f->location, location ? location : "");
	target_guess(s, f, location ? location : "");
	tell(s, st, "request", ",\"request\":%lld,\"location\":\"%.400s\"", (long long)w.request,
	     location ? location : "");
	begin(s, st, &w, canceled);
}

/* One component of the request; "" or the reason why not. */
static const char *part_take(struct sim *s, const struct station *st, const struct json *c, struct target *t)
{
	const struct flash *f = st->flash;
	const char *name = json_text(json_get(c, "name")), *version = json_text(json_get(c, "version"));
	const char *expected = json_text(json_get(c, "expectedVersion"));

	location_check(s, st, json_text(json_get(json_get(c, "firmware"), "location")));
	time_check(s, st, json_get(json_get(c, "firmware"), "retrieveDateTime"));
	if (!name || !version)
		return "FormatViolation";
	str_copy(t->name, NAME, name);
	str_copy(t->version, NAME, version);
	for (int i = 0; i < f->nparts; i++)
		if (!strcmp(f->part[i].name, name))
			return expected && strcmp(expected, f->part[i].version) != 0 ? "VersionMismatch" : "";
	return "UnknownComponent";
}

void ask_parts(struct sim *s, struct station *st, const char *id, const struct json *p, bool data)
{
	const struct json *list = json_get(p, "firmwareComponent"),
			  *first = json_get(json_at(list, 0), "firmware");
	struct flash *f = st->flash;
	struct wish w = { id,
			  false,
			  data,
			  true,
			  json_int(json_get(p, "requestId"), -1),
			  json_text(json_get(first, "signature")) };
	struct target target[PARTS] = { 0 };
	const char *why = "";
	bool canceled = false;
	size_t n = json_len(list);

	if (!is_parted(s, st)) {
		answer_error(s, st, id, "NotImplemented", "no components here");
		return;
	}
	if (w.request < 0 || !n || n > PARTS)
		violation(s, st, "UpdateFirmwareComponents without requestId or components");
	for (size_t i = 0; i < n && i < PARTS && !*why; i++)
		why = part_take(s, st, json_at(list, i), &target[i]);
	if (*why || !n || n > PARTS) {
		reply(s, st, &w, "Rejected", *why ? why : "UnsupportedRequest", "");
		return;
	}
	if (refuse(s, st, &w, json_text(json_get(first, "location"))) || in_progress(s, st, &w, &canceled))
		return;
	keep_signature(st, first);
	f->location[0] = '\0';
	for (size_t i = 0, at = 0; i < n; i++) {
		const char *location =
		    json_text(json_get(json_get(json_at(list, i), "firmware"), "location"));

		at += (size_t)snprintf(f->location + at, sizeof f->location - at, "%s%s", i ? "\n" : "",
				       location ? location : "");
		if (at >= sizeof f->location)
			break;
	}
	memcpy(f->target, target, sizeof f->target);
	f->ntargets = (int)n;
	snprintf(f->tracking, sizeof f->tracking, "track-%lld", (long long)w.request);
	tell(s, st, "request", ",\"request\":%lld,\"components\":%zu,\"mode\":\"%s\",\"first\":\"%s\"",
	     (long long)w.request, n,
	     json_text(json_get(p, "updateMode")) ? json_text(json_get(p, "updateMode")) : "",
	     target[0].name);
	begin(s, st, &w, canceled);
}

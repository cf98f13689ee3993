/* SPDX-License-Identifier: Apache-2.0 */
/* What a station says of itself: one CALL at a time, in order, spelt as its version wants. */
#include "sim.h"

#include "base/parse.h"

void put_time(struct str *out, int64_t ms)
{
	char buf[TIME_TEXT];

	str_add(out, time_text(ms / 1000 * 1000, buf));
}

static void call_free(struct call *c)
{
	str_done(&c->text);
	mem_free(c);
}

void calls_forget(struct station *st)
{
	struct call *c;

	if (st->pending)
		call_free(st->pending);
	st->pending = NULL;
	while ((c = st->queue)) {
		st->queue = c->next;
		call_free(c);
	}
	st->tail = NULL;
}

void say_next(struct sim *s, struct station *st)
{
	struct call *c = st->queue;

	if (st->stage != S_OPEN || st->pending || !c)
		return;
	/* Until it is accepted a station says nothing but BootNotification (unless it is one of those). */
	if (!st->accepted && c->what != C_BOOT && !behaves(s, st, B_INSTALLED_BEFORE_BOOT))
		return;
	st->queue = c->next;
	if (!st->queue)
		st->tail = NULL;
	c->next = NULL;
	st->pending = c;
	c->at = sim_mono();
	due_at(s, st, D_TIMEOUT, 30000, st->epoch, 0, mem_strdup(c->id));
	frame_send(s, st, 1, c->text.p, c->text.len);
}

void say(struct sim *s, struct station *st, int what, const char *action, const char *payload)
{
	struct call *c;

	if (st->stage != S_OPEN)
		return;
	c = mem_zalloc(sizeof *c);
	str_init(&c->text, TEXT_MAX);
	c->what = what;
	if (behaves(s, st, B_DUP_ID))
		str_copy(c->id, sizeof c->id, "1");
	else
		snprintf(c->id, sizeof c->id, "%lld", (long long)++st->flash->message_id);
	str_addf(&c->text, "[2,\"%s\",\"%s\",%s]", c->id, action, payload);
	if (what == C_HEARTBEAT)
		s->heartbeats++;
	if (what == C_BOOT || (what == C_OTHER && behaves(s, st, B_INSTALLED_BEFORE_BOOT) && !st->accepted)) {
		/* goes before what waits */
		c->next = st->queue;
		st->queue = c;
		if (!st->tail)
			st->tail = c;
	} else {
		if (st->tail)
			st->tail->next = c;
		else
			st->queue = c;
		st->tail = c;
	}
	if (behaves(s, st, B_BAD_JSON) && what != C_HEARTBEAT)
		frame_send(s, st, 1, "[2,\"x\",{", 8);
	say_next(s, st);
}

static void put_version(struct jw *w, const struct sim *s, const struct station *st)
{
	char version[200];

	if (!behaves(s, st, B_NO_VERSION) && !behaves(s, st, B_VERSION_ELSEWHERE))
		jw_kstr(w, "firmwareVersion", version_text(s, st, version, sizeof version));
	else if (behaves(s, st, B_NULL_FIELDS)) {
		jw_key(w, "firmwareVersion");
		jw_null(w);
	}
}

void say_boot(struct sim *s, struct station *st, const char *reason)
{
	STR(out, TEXT_MAX);
	struct jw w = jw_start(&out);
	bool other = behaves(s, st, B_OTHER_HARDWARE) && st->flash->boots > 0;
	const char *vendor = other ? "Someone Else" : s->vendor, *model = other ? "Another" : s->model;
	char serial[40];

	snprintf(serial, sizeof serial, "SN%06d", st->index);
	jw_obj(&w);
	if (st->version == V16) {
		jw_kstr(&w, "chargePointVendor", vendor);
		jw_kstr(&w, "chargePointModel", model);
		jw_kstr(&w, "chargePointSerialNumber", serial);
		put_version(&w, s, st);
	} else {
		jw_kstr(&w, "reason", reason);
		jw_key(&w, "chargingStation");
		jw_obj(&w);
		jw_kstr(&w, "vendorName", vendor);
		jw_kstr(&w, "model", model);
		jw_kstr(&w, "serialNumber", serial);
		put_version(&w, s, st);
		jw_end(&w);
	}
	jw_end(&w);
	st->sent_boot = true;
	say(s, st, C_BOOT, "BootNotification", out.p);
}

/* requestId as this station writes it. */
static void put_request(struct jw *w, const struct sim *s, const struct station *st, int64_t request)
{
	if (behaves(s, st, B_NO_REQUEST_ID))
		return;
	if (request >= 0)
		jw_kint(w, "requestId", request);
	else if (behaves(s, st, B_NULL_FIELDS)) {
		jw_key(w, "requestId");
		jw_null(w);
	}
}

/* OCPP 1.6 itself knows seven statuses; NULL: it is not told. */
static const char *plain_status(const char *status)
{
	if (!strcmp(status, "InstallVerificationFailed"))
		return "InstallationFailed";
	if (!strcmp(status, "InvalidSignature"))
		return "DownloadFailed";
	if (!strcmp(status, "DownloadScheduled") || !strcmp(status, "DownloadPaused") ||
	    !strcmp(status, "InstallRebooting") || !strcmp(status, "InstallScheduled") ||
	    !strcmp(status, "SignatureVerified"))
		return NULL;
	return status;
}

void say_status(struct sim *s, struct station *st, const char *status, int64_t request)
{
	STR(out, TEXT_MAX);
	struct jw w = jw_start(&out);
	bool plain = st->version == V16 && !st->flash->signed16;

	if (plain && !(status = plain_status(status)))
		return;
	jw_obj(&w);
	jw_kstr(&w, "status", status);
	if (!plain)
		put_request(&w, s, st, request);
	if (behaves(s, st, B_NULL_FIELDS) && st->version == V21) {
		jw_key(&w, "statusInfo");
		jw_null(&w);
	}
	jw_end(&w);
	say(s, st, C_OTHER,
	    st->version == V16 && !plain ? "SignedFirmwareStatusNotification" : "FirmwareStatusNotification",
	    out.p);
	tell(s, st, "status", ",\"status\":\"%s\",\"request\":%lld", status, (long long)request);
}

void say_component(struct sim *s, struct station *st, const struct target *t, const char *status)
{
	STR(out, TEXT_MAX);
	STR(text, TEXT_MAX);
	struct jw w = jw_start(&out);
	const struct flash *f = st->flash;
	bool fallback = behaves(s, st, B_COMPONENT_FALLBACK) && st->version != V16;

	jw_obj(&w);
	if (fallback) {
		jw_kstr(&w, "status", !strcmp(status, "RolledBack") ? "InstallationFailed" : status);
		put_request(&w, s, st, f->request);
		jw_key(&w, "customData");
		jw_obj(&w);
		jw_kstr(&w, "vendorId", s->vendor);
	} else {
		put_request(&w, s, st, f->request);
		jw_kstr(&w, "status", status);
		jw_ktime(&w, "timestamp", sim_wall() / 1000 * 1000);
	}
	if (f->tracking[0])
		jw_kstr(&w, "trackingId", f->tracking);
	jw_kstr(&w, "componentName", t->name);
	jw_kstr(&w, "version", t->version);
	if (fallback)
		jw_end(&w);
	jw_end(&w);
	tell(s, st, "status", ",\"status\":\"%s\",\"request\":%lld,\"component\":\"%s\"", status,
	     (long long)f->request, t->name);
	if (st->version != V16) {
		say(s, st, C_OTHER,
		    fallback ? "FirmwareStatusNotification" : "FirmwareComponentStatusNotification", out.p);
		return;
	}
	str_addf(&text,
		 "{\"vendorId\":\"%s\",\"messageId\":\"FirmwareComponentStatusNotification\",\"data\":\"",
		 st->data_vendor[0] ? st->data_vendor : "firpath");
	json_escape(&text, out.p, out.len);
	str_add(&text, "\"}");
	say(s, st, C_OTHER, "DataTransfer", text.p);
}

void say_event(struct sim *s, struct station *st, const char *type)
{
	STR(out, 4096);
	struct jw w = jw_start(&out);

	if (st->version == V16 && behaves(s, st, B_NO_SIGNED))
		return; /* there are no security events in 1.6 itself */
	jw_obj(&w);
	jw_kstr(&w, "type", type);
	jw_ktime(&w, "timestamp", sim_wall() / 1000 * 1000);
	if (behaves(s, st, B_NULL_FIELDS))
		jw_kstr(&w, "techInfo", "");
	jw_end(&w);
	say(s, st, C_OTHER, "SecurityEventNotification", out.p);
}

void say_evses(struct sim *s, struct station *st, bool available)
{
	for (int evse = 1; evse <= 2; evse++) {
		STR(out, 4096);
		const char *status = available ? "Available" : "Unavailable";

		if (st->version == V16) {
			str_addf(&out, "{\"connectorId\":%d,\"errorCode\":\"NoError\",\"status\":\"%s\"}",
				 evse, status);
		} else {
			str_add(&out, "{\"timestamp\":\"");
			put_time(&out, sim_wall());
			str_addf(&out, "\",\"connectorStatus\":\"%s\",\"evseId\":%d,\"connectorId\":1}",
				 status, evse);
		}
		say(s, st, C_OTHER, "StatusNotification", out.p);
	}
}

static void say_transaction_16(struct sim *s, struct station *st, bool begins)
{
	STR(out, 4096);

	if (begins) {
		str_add(&out, "{\"connectorId\":1,\"idTag\":\"TAG1\",\"meterStart\":0,\"timestamp\":\"");
		put_time(&out, sim_wall());
		str_add(&out, "\"}");
		say(s, st, C_TX, "StartTransaction", out.p);
		return;
	}
	str_addf(&out, "{\"transactionId\":%s,\"meterStop\":100,\"timestamp\":\"", st->tx[0] ? st->tx : "0");
	put_time(&out, sim_wall());
	str_add(&out, "\"}");
	say(s, st, C_OTHER, "StopTransaction", out.p);
}

void say_transaction(struct sim *s, struct station *st, bool begins)
{
	STR(out, 4096);

	if (begins == st->busy_tx)
		return;
	st->busy_tx = begins;
	tell(s, st, begins ? "transaction" : "transaction-end", "%s", "");
	if (st->version == V16) {
		say_transaction_16(s, st, begins);
		return;
	}
	if (begins)
		snprintf(st->tx, sizeof st->tx, "tx-%d-%llu", st->index,
			 (unsigned long long)(rnd_u64(&s->rnd) % 1000000));
	str_addf(&out, "{\"eventType\":\"%s\",\"timestamp\":\"", begins ? "Started" : "Ended");
	put_time(&out, sim_wall());
	str_addf(&out,
		 "\",\"triggerReason\":\"%s\",\"seqNo\":%d,\"transactionInfo\":{\"transactionId\":\"%s\"},"
		 "\"evse\":{\"id\":1,\"connectorId\":1}%s}",
		 begins ? "Authorized" : "StopAuthorized", begins ? 0 : 1, st->tx,
		 begins ? ",\"idToken\":{\"idToken\":\"TAG1\",\"type\":\"ISO14443\"}" : "");
	say(s, st, C_OTHER, "TransactionEvent", out.p);
}

void say_reservation_over(struct sim *s, struct station *st)
{
	if (!st->reserved)
		return;
	st->reserved = false;
	if (st->version == V16)
		say(s, st, C_OTHER, "StatusNotification",
		    "{\"connectorId\":1,\"errorCode\":\"NoError\",\"status\":\"Available\"}");
	else
		say_evses(s, st, true);
	tell(s, st, "reservation-end", "%s", "");
}

void say_publish(struct sim *s, struct station *st, const char *status, int64_t request)
{
	STR(out, 8192);
	struct jw w = jw_start(&out);

	jw_obj(&w);
	jw_kstr(&w, "status", status);
	jw_kint(&w, "requestId", request);
	if (!strcmp(status, "Published")) {
		char name[200];

		identity_of(s, st->index, name, sizeof name);
		jw_key(&w, "location");
		jw_arr(&w);
		{
			char uri[400];

			for (int i = 0; i < 2; i++) {
				snprintf(uri, sizeof uri, "%s://%s.local/firmware/%lld@%s",
					 i ? "http" : "ftp", name, (long long)request,
					 st->published ? st->published->version : "0");
				jw_str(&w, uri);
			}
		}
		jw_arr_end(&w);
	}
	jw_end(&w);
	say(s, st, C_OTHER, "PublishFirmwareStatusNotification", out.p);
	tell(s, st, "publish", ",\"status\":\"%s\",\"request\":%lld", status, (long long)request);
}

void say_log(struct sim *s, struct station *st, const char *status, int64_t request)
{
	STR(out, 4096);

	if (st->version == V16 && request < 0) {
		str_addf(&out, "{\"status\":\"%s\"}", status);
		say(s, st, C_OTHER, "DiagnosticsStatusNotification", out.p);
	} else {
		str_addf(&out, "{\"status\":\"%s\",\"requestId\":%lld}", status, (long long)request);
		say(s, st, C_OTHER, "LogStatusNotification", out.p);
	}
	tell(s, st, "log", ",\"status\":\"%s\",\"request\":%lld", status, (long long)request);
}

void answer(struct sim *s, struct station *st, const char *id, const char *payload)
{
	STR(out, TEXT_MAX);

	if (behaves(s, st, B_SILENT))
		return;
	if (!strcmp(id, st->open_call))
		st->open_call[0] = '\0';
	str_addf(&out, "[3,\"%s\",%s]", id, payload);
	if (behaves(s, st, B_LATE_ANSWER))
		due_at(s, st, D_ANSWER, 4000, st->epoch, 0, str_take(&out));
	else
		frame_send(s, st, 1, out.p, out.len);
}

void answer_error(struct sim *s, struct station *st, const char *id, const char *code, const char *text)
{
	STR(out, TEXT_MAX);

	if (behaves(s, st, B_SILENT))
		return;
	if (!strcmp(id, st->open_call))
		st->open_call[0] = '\0';
	if (behaves(s, st, B_OLD_SPELLING) || st->version == V16) {
		if (!strcmp(code, "FormatViolation"))
			code = "FormationViolation";
		else if (!strcmp(code, "OccurrenceConstraintViolation"))
			code = "OccurenceConstraintViolation";
	}
	str_addf(&out, "[4,\"%s\",\"%s\",\"%s\",{}]", id, code, text);
	frame_send(s, st, 1, out.p, out.len);
}

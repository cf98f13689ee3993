/* SPDX-License-Identifier: Apache-2.0 */
/* What comes in: answers to what we said, and requests. Watches the server too: what it must not do is told
 * as a violation. */
#include "sim.h"

#include "base/parse.h"

/* The clock of a station that has none but the answers'. */
static void clock_learn(struct station *st, const struct json *p)
{
	const char *text = json_text(json_get(p, "currentTime"));
	int64_t at;
	struct err e;

	if (text && !parse_time(text, &at, &e))
		st->clock_ms = at;
}

static void boot_accepted(struct sim *s, struct station *st, int64_t interval)
{
	struct flash *f = st->flash;

	if (interval > 0 && interval < 864000)
		st->interval_ms = interval * 1000;
	st->accepted = true;
	f->booted = true;
	f->boots++;
	f->reason_update = false;
	s->boots++;
	tell(s, st, "booted", ",\"boots\":%lld", (long long)f->boots);
	due_at(s, st, D_HEARTBEAT, (int64_t)rnd_below(&s->rnd, (uint64_t)st->interval_ms) + 1, st->epoch, 0,
	       NULL);
	say_evses(s, st, true);
	if (behaves(s, st, B_TRANSACTION) && !st->busy_tx && f->boots == 1) {
		say_transaction(s, st, true);
		due_at(s, st, D_TX_END, s->tx_ms, 0, 0, NULL);
	}
	if (behaves(s, st, B_RESERVATION) && f->boots == 1) {
		st->reserved = true;
		if (st->version == V16)
			say(s, st, C_OTHER, "StatusNotification",
			    "{\"connectorId\":1,\"errorCode\":\"NoError\",\"status\":\"Reserved\"}");
		else {
			STR(out, 512);

			str_add(&out, "{\"timestamp\":\"");
			put_time(&out, sim_wall());
			str_add(&out, "\",\"connectorStatus\":\"Reserved\",\"evseId\":1,\"connectorId\":1}");
			say(s, st, C_OTHER, "StatusNotification", out.p);
		}
		due_at(s, st, D_TX_END, s->tx_ms, 0, 0, NULL);
	}
	train_resume(s, st);
}

static void on_result(struct sim *s, struct station *st, const struct call *c, const struct json *p)
{
	if (c->what == C_BOOT) {
		const char *status = json_text(json_get(p, "status"));
		int64_t interval = json_int(json_get(p, "interval"), 0);

		clock_learn(st, p);
		if (!json_text(json_get(p, "currentTime")))
			violation(s, st, "BootNotification answered without currentTime");
		if (status && !strcmp(status, "Accepted")) {
			boot_accepted(s, st, interval);
		} else {
			tell(s, st, "boot-refused", ",\"status\":\"%s\"", status ? status : "");
			net_drop(s, st, "not accepted", (interval > 0 ? interval : 30) * 1000);
		}
	} else if (c->what == C_HEARTBEAT) {
		clock_learn(st, p);
	} else if (c->what == C_TX && st->version == V16) {
		snprintf(st->tx, sizeof st->tx, "%lld", (long long)json_int(json_get(p, "transactionId"), 0));
	}
}

static void result_in(struct sim *s, struct station *st, const char *id, const struct json *p,
		      const char *error)
{
	struct call *c = st->pending;
	uint32_t epoch = st->epoch;

	if (!c || strcmp(c->id, id) != 0) {
		tell(s, st, "stray-answer", ",\"id\":\"%s\"", id);
		return;
	}
	st->pending = NULL;
	if (c->what == C_HEARTBEAT && sim_mono() - c->at > s->rtt_ms_max)
		s->rtt_ms_max = sim_mono() - c->at;
	if (error)
		tell(s, st, "error", ",\"code\":\"%s\",\"call\":\"%.60s\"", error,
		     c->what == C_BOOT ? "BootNotification" : "other");
	else
		on_result(s, st, c, p);
	str_done(&c->text);
	mem_free(c);
	if (st->stage == S_OPEN && st->epoch == epoch)
		say_next(s, st);
}

/* A Reset restarts the station; installing goes on afterwards. */
static void ask_reset(struct sim *s, struct station *st, const char *id)
{
	answer(s, st, id, "{\"status\":\"Accepted\"}");
	st->sent_boot = false;
	st->flash->booted = false;
	tell(s, st, "reset", "%s", "");
	net_drop(s, st, "reset", paced(s, st, 3000));
}

static void ask_reserve(struct sim *s, struct station *st, const char *id)
{
	st->reserved = true;
	answer(s, st, id, "{\"status\":\"Accepted\"}");
	due_at(s, st, D_TX_END, s->tx_ms, 0, 0, NULL);
}

static void request_in(struct sim *s, struct station *st, const char *id, const char *action,
		       const struct json *p)
{
	tell(s, st, "asked", ",\"action\":\"%.50s\",\"id\":\"%.36s\"", action, id);
	if (st->open_call[0] && !behaves(s, st, B_SILENT) && !behaves(s, st, B_LATE_ANSWER))
		violation(s, st, "a CALL while another is not answered");
	if (!st->accepted && !st->flash->boots)
		violation(s, st, "a CALL before BootNotification was accepted");
	str_copy(st->open_call, sizeof st->open_call, id);
	if (!strcmp(action, "UpdateFirmware") || !strcmp(action, "SignedUpdateFirmware"))
		ask_update(s, st, id, action, p);
	else if (!strcmp(action, "UpdateFirmwareComponents"))
		ask_parts(s, st, id, p, false);
	else if (!strcmp(action, "GetFirmwareComponents"))
		ask_components(s, st, id, p, false);
	else if (!strcmp(action, "DataTransfer"))
		ask_data(s, st, id, p);
	else if (!strcmp(action, "GetVariables") && st->version != V16)
		ask_variables(s, st, id, p);
	else if ((!strcmp(action, "GetBaseReport") || !strcmp(action, "GetReport")) && st->version != V16)
		ask_report(s, st, id, p);
	else if (!strcmp(action, "GetConfiguration") && st->version == V16)
		ask_configuration(s, st, id, p);
	else if (!strcmp(action, "TriggerMessage") || !strcmp(action, "ExtendedTriggerMessage"))
		ask_trigger(s, st, id, p);
	else if (!strcmp(action, "PublishFirmware") && st->version != V16)
		ask_publish(s, st, id, p);
	else if (!strcmp(action, "UnpublishFirmware") && st->version != V16)
		ask_unpublish(s, st, id, p);
	else if (!strcmp(action, "GetLog") || (!strcmp(action, "GetDiagnostics") && st->version == V16))
		ask_log(s, st, id, action, p);
	else if (!strcmp(action, "Reset"))
		ask_reset(s, st, id);
	else if (!strcmp(action, "ReserveNow"))
		ask_reserve(s, st, id);
	else
		answer_error(s, st, id, "NotImplemented", "no such request here");
}

static bool is_null(const struct json *p)
{
	if (json_kind(p) == JSON_ARRAY)
		for (size_t i = 0; i < json_len(p); i++)
			if (is_null(json_at(p, i)))
				return true;
	if (json_kind(p) == JSON_OBJECT) {
		struct json_walk w = { 0 };
		const struct json *v;
		const char *name;

		while (json_next(p, &w, &name, &v))
			if (!v || is_null(v) || (json_kind(v) == JSON_STRING && !json_text(v)[0]))
				return true;
	}
	return false;
}

void text_in(struct sim *s, struct station *st, const char *text, size_t n)
{
	OWN(json_free) struct json *j = NULL;
	struct err e;
	const char *id, *action;
	int64_t kind;

	if (json_parse(text, n, &j, &e) || json_kind(j) != JSON_ARRAY) {
		violation(s, st, "what is no JSON array");
		return;
	}
	kind = json_int(json_at(j, 0), 0);
	id = json_text(json_at(j, 1));
	if (!id || strlen(id) > 36) {
		violation(s, st, "a message without a usable id");
		return;
	}
	if (kind == 2) {
		action = json_text(json_at(j, 2));
		if (!action || json_len(j) != 4 || json_kind(json_at(j, 3)) != JSON_OBJECT) {
			violation(s, st, "a CALL that is none");
			return;
		}
		if (is_null(json_at(j, 3)))
			violation(s, st, "a null or empty field");
		request_in(s, st, id, action, json_at(j, 3));
	} else if (kind == 3) {
		result_in(s, st, id, json_at(j, 2), NULL);
	} else if (kind == 4) {
		const char *code = json_text(json_at(j, 2));

		if (!strcmp(id, "-1"))
			tell(s, st, "error", ",\"code\":\"%s\",\"call\":\"\"", code ? code : "");
		else
			result_in(s, st, id, NULL, code ? code : "?");
	} else {
		violation(s, st, "a message of an unknown kind");
	}
}

void on_open(struct sim *s, struct station *st)
{
	struct flash *f = st->flash;
	bool again = f->booted && behaves(s, st, B_NO_BOOT);

	if (behaves(s, st, B_CLOCK_UNSET))
		st->clock_ms = 0;
	if (again) {
		st->accepted = true;
		due_at(s, st, D_HEARTBEAT, (int64_t)rnd_below(&s->rnd, (uint64_t)st->interval_ms) + 1,
		       st->epoch, 0, NULL);
		tell(s, st, "no-boot", "%s", "");
		train_resume(s, st);
		return;
	}
	if (f->busy && behaves(s, st, B_INSTALLED_BEFORE_BOOT))
		train_resume(s, st);
	say_boot(s, st, f->reason_update ? "FirmwareUpdate" : f->boots ? "ApplicationReset" : "PowerUp");
}

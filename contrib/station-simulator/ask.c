/* SPDX-License-Identifier: Apache-2.0 */
/* Requests about what a station is: device model, 1.6 keys, triggers, logs, publishing. */
#include "sim.h"

/* The text that BootNotification tells. */
const char *version_text(const struct sim *s, const struct station *st, char *buf, size_t n)
{
	const struct flash *f = st->flash;

	if (behaves(s, st, B_MULTI_VERSION))
		snprintf(buf, n, "MCC %s; SCC [%s, 0.13.0]", f->part[0].version,
			 f->nparts > 1 ? f->part[1].version : "0.12.0");
	else
		str_copy(buf, n, f->part[0].version);
	return buf;
}

static const char *transfer(const struct sim *s, const struct station *st)
{
	return behaves(s, st, B_ONLY_FTP) ? "FTP,FTPS" : "HTTP,HTTPS,FTP";
}

static const struct target *part_named(const struct flash *f, const char *name)
{
	for (int i = 0; i < f->nparts; i++)
		if (name && !strcmp(f->part[i].name, name))
			return &f->part[i];
	return NULL;
}

static void put_variable(const struct sim *s, const struct station *st, const struct json *ask, struct jw *w)
{
	const char *component = json_text(json_get(json_get(ask, "component"), "name"));
	const char *instance = json_text(json_get(json_get(ask, "component"), "instance"));
	const char *variable = json_text(json_get(json_get(ask, "variable"), "name"));
	const char *part_of_variable = json_text(json_get(json_get(ask, "variable"), "instance"));
	const char *value = NULL, *status = "UnknownVariable";
	char text[200];

	component = component ? component : "";
	variable = variable ? variable : "";
	if (behaves(s, st, B_VARIABLES_UNKNOWN)) {
		status = "UnknownComponent";
	} else if (!strcmp(variable, "FirmwareVersion")) {
		const struct target *t = part_named(st->flash, instance);
		const char *holder =
		    behaves(s, st, B_VERSION_ELSEWHERE) ? "InternalCtrlr" : "ChargingStation";

		if (!strcmp(component, "FirmwareComponentCtrlr") && is_parted(s, st) && t)
			value = t->version;
		else if (!strcmp(component, holder) && !behaves(s, st, B_NO_VERSION))
			value = version_text(s, st, text, sizeof text);
		else
			status = "UnknownComponent";
	} else if (!strcmp(variable, "FileTransferProtocols") && !strcmp(component, "OCPPCommCtrlr")) {
		value = transfer(s, st);
	} else if (!strcmp(variable, "CustomImplementationEnabled") && is_parted(s, st)) {
		value = "true";
	}
	jw_obj(w);
	jw_kstr(w, "attributeStatus", value ? "Accepted" : status);
	if (value && !behaves(s, st, B_VARIABLES_EMPTY))
		jw_kstr(w, "attributeValue", value);
	jw_key(w, "component");
	jw_obj(w);
	jw_kstr(w, "name", component);
	if (instance)
		jw_kstr(w, "instance", instance);
	jw_end(w);
	jw_key(w, "variable");
	jw_obj(w);
	jw_kstr(w, "name", variable);
	if (part_of_variable)
		jw_kstr(w, "instance", part_of_variable);
	jw_end(w);
	jw_end(w);
}

void ask_variables(struct sim *s, struct station *st, const char *id, const struct json *p)
{
	STR(out, TEXT_MAX);
	struct jw w = jw_start(&out);
	const struct json *list = json_get(p, "getVariableData");

	if (behaves(s, st, B_OLD_SPELLING)) {
		answer_error(s, st, id, "OccurrenceConstraintViolation", "too many of them");
		return;
	}
	jw_obj(&w);
	jw_key(&w, "getVariableResult");
	jw_arr(&w);
	for (size_t i = 0; i < json_len(list); i++)
		put_variable(s, st, json_at(list, i), &w);
	jw_arr_end(&w);
	jw_end(&w);
	answer(s, st, id, out.p);
}

static void report_value(struct jw *w, const char *component, const char *instance, const char *variable,
			 const char *value)
{
	jw_obj(w);
	jw_key(w, "component");
	jw_obj(w);
	jw_kstr(w, "name", component);
	if (instance)
		jw_kstr(w, "instance", instance);
	jw_end(w);
	jw_key(w, "variable");
	jw_obj(w);
	jw_kstr(w, "name", variable);
	jw_end(w);
	jw_key(w, "variableAttribute");
	jw_arr(w);
	jw_obj(w);
	jw_kstr(w, "value", value);
	jw_kstr(w, "mutability", "ReadOnly");
	jw_end(w);
	jw_arr_end(w);
	jw_end(w);
}

/* Two NotifyReports: what everybody has, and what is its own. */
static void say_report(struct sim *s, struct station *st, int64_t request)
{
	for (int part = 0; part < 2; part++) {
		STR(out, TEXT_MAX);
		struct jw w = jw_start(&out);
		char text[200];

		jw_obj(&w);
		jw_kint(&w, "requestId", request);
		jw_ktime(&w, "generatedAt", sim_wall() / 1000 * 1000);
		jw_kint(&w, "seqNo", part);
		jw_kbool(&w, "tbc", part == 0);
		jw_key(&w, "reportData");
		jw_arr(&w);
		if (part == 0) {
			report_value(&w, "OCPPCommCtrlr", NULL, "FileTransferProtocols", transfer(s, st));
			report_value(&w, "ChargingStation", NULL, "Model", s->model);
		} else {
			version_text(s, st, text, sizeof text);
			report_value(&w, "ClockCtrlr", NULL, "DateTime", "2026-01-01T00:00:00Z");
			if (!behaves(s, st, B_NO_VERSION))
				report_value(&w,
					     behaves(s, st, B_VERSION_ELSEWHERE) ? "InternalCtrlr"
										 : "ChargingStation",
					     NULL, "FirmwareVersion", text);
			for (int i = 0; is_parted(s, st) && i < st->flash->nparts; i++)
				report_value(&w, "FirmwareComponentCtrlr", st->flash->part[i].name,
					     "FirmwareVersion", st->flash->part[i].version);
		}
		jw_arr_end(&w);
		jw_end(&w);
		say(s, st, C_OTHER, "NotifyReport", out.p);
	}
}

void ask_report(struct sim *s, struct station *st, const char *id, const struct json *p)
{
	int64_t request = json_int(json_get(p, "requestId"), 0);

	if (behaves(s, st, B_NO_REPORT)) {
		answer(s, st, id, "{\"status\":\"NotSupported\"}");
		return;
	}
	if (behaves(s, st, B_REPORT_BEFORE_ANSWER))
		say_report(s, st, request);
	answer(s, st, id, "{\"status\":\"Accepted\"}");
	if (!behaves(s, st, B_REPORT_BEFORE_ANSWER))
		say_report(s, st, request);
}

void ask_configuration(struct sim *s, struct station *st, const char *id, const struct json *p)
{
	STR(out, TEXT_MAX);
	struct jw w = jw_start(&out);
	const struct json *keys = json_get(p, "key");
	char text[200];

	jw_obj(&w);
	jw_key(&w, "configurationKey");
	jw_arr(&w);
	for (int i = 0; i < 2; i++) {
		const char *key = i ? "FirmwareVersion" : "SupportedFileTransferProtocols";
		bool wanted = !json_len(keys);

		for (size_t k = 0; k < json_len(keys); k++)
			wanted |= json_text(json_at(keys, k)) && !strcmp(json_text(json_at(keys, k)), key);
		if (!wanted || (i && behaves(s, st, B_NO_VERSION)))
			continue;
		jw_obj(&w);
		jw_kstr(&w, "key", key);
		jw_kbool(&w, "readonly", true);
		if (!behaves(s, st, B_VARIABLES_EMPTY))
			jw_kstr(&w, "value", i ? version_text(s, st, text, sizeof text) : transfer(s, st));
		jw_end(&w);
	}
	jw_arr_end(&w);
	jw_end(&w);
	answer(s, st, id, out.p);
}

void ask_trigger(struct sim *s, struct station *st, const char *id, const struct json *p)
{
	const char *what = json_text(json_get(p, "requestedMessage"));
	const struct flash *f = st->flash;

	what = what && !behaves(s, st, B_NO_TRIGGER) ? what : "";
	if (!strcmp(what, "FirmwareStatusNotification")) {
		answer(s, st, id, "{\"status\":\"Accepted\"}");
		if (behaves(s, st, B_ID_ZERO_IDLE))
			say_status(s, st, "Idle", 0);
		else if (!f->last_status || !strcmp(status_text[f->last_status], "Installed"))
			say_status(s, st, "Idle", -1); /* L01.FR.25 */
		else
			say_status(s, st, status_text[f->last_status], f->last_request); /* L01.FR.26 */
	} else if (!strcmp(what, "BootNotification")) {
		answer(s, st, id, "{\"status\":\"Accepted\"}");
		say_boot(s, st, "Triggered");
	} else if (!strcmp(what, "Heartbeat")) {
		answer(s, st, id, "{\"status\":\"Accepted\"}");
		say(s, st, C_HEARTBEAT, "Heartbeat", "{}");
	} else {
		answer(s, st, id, "{\"status\":\"NotImplemented\"}");
	}
}

/* ---- logs ---- */

/* arg: request id (-1: 1.6 GetDiagnostics); location is owned by the event. */
void ask_log(struct sim *s, struct station *st, const char *id, const char *action, const struct json *p)
{
	bool old = !strcmp(action, "GetDiagnostics");
	const char *location =
	    json_text(old ? json_get(p, "location") : json_get(json_get(p, "log"), "remoteLocation"));
	int64_t request = old ? -1 : json_int(json_get(p, "requestId"), -1);
	STR(out, 512);

	if (!location) {
		answer_error(s, st, id, "FormatViolation", "no location");
		return;
	}
	if (old) {
		str_addf(&out, "{\"fileName\":\"log-%d.txt\"}", st->index);
	} else {
		str_addf(&out, "{\"status\":\"Accepted\",\"filename\":\"log-%lld.txt\"}", (long long)request);
	}
	answer(s, st, id, out.p);
	due_at(s, st, D_LOG, paced(s, st, 500), st->epoch, request, mem_strdup(location));
}

void log_step(struct sim *s, struct station *st, int64_t request, const char *location)
{
	STR(text, 65536);

	say_log(s, st, "Uploading", request);
	if (behaves(s, st, B_LOG_FAILS)) {
		say_log(s, st, request < 0 ? "UploadFailed" : "UploadFailure", request);
		return;
	}
	if (s->fetch && !strncmp(location, "http", 4)) {
		str_addf(&text, "log of station %d\nlast status %s\n", st->index,
			 status_text[st->flash->last_status]);
		fetch_put(s, st, location, str_c(&text));
	}
	say_log(s, st, "Uploaded", request);
}

/* ---- local controllers (L03, L04) ---- */

/* Steps of publishing; the event's argument is request << 8 | step. */
static const char *publish_status(const struct sim *s, const struct station *st, int step)
{
	static const char *const way[] = { "Downloading", "Downloaded", "ChecksumVerified", "Published" };

	if (step == 1 && behaves(s, st, B_PUBLISH_DOWNLOAD))
		return "DownloadFailed";
	if (step == 2 && behaves(s, st, B_PUBLISH_CHECKSUM))
		return "InvalidChecksum";
	if (step == 3 && behaves(s, st, B_PUBLISH_FAILED))
		return "PublishFailed";
	return step < 4 ? way[step] : NULL;
}

void publish_step(struct sim *s, struct station *st, int64_t arg)
{
	int step = (int)(arg & 255);
	const char *status = publish_status(s, st, step);

	if (!status)
		return;
	say_publish(s, st, status, arg >> 8);
	if (!strstr(status, "ailed") && strncmp(status, "Invalid", 7) != 0)
		due_at(s, st, D_PUBLISH, paced(s, st, 1000), st->epoch, arg + 1, NULL);
}

void ask_publish(struct sim *s, struct station *st, const char *id, const struct json *p)
{
	const char *sum = json_text(json_get(p, "checksum"));
	int64_t request = json_int(json_get(p, "requestId"), -1);

	if (behaves(s, st, B_NO_PUBLISH)) {
		answer_error(s, st, id, "NotImplemented", "no local controller");
		return;
	}
	if (!sum || strlen(sum) != 32 || request < 0 || !json_text(json_get(p, "location"))) {
		violation(s, st, "PublishFirmware without MD5, request id or location");
		answer(s, st, id, "{\"status\":\"Rejected\"}");
		return;
	}
	st->published = image_find(s, json_text(json_get(p, "location")));
	tell(s, st, "publish-asked", ",\"checksum\":\"%s\",\"request\":%lld", sum, (long long)request);
	answer(s, st, id, "{\"status\":\"Accepted\"}");
	due_at(s, st, D_PUBLISH, paced(s, st, 1000), st->epoch, request << 8, NULL);
}

void ask_unpublish(struct sim *s, struct station *st, const char *id, const struct json *p)
{
	const char *sum = json_text(json_get(p, "checksum")), *status = "Unpublished";
	STR(out, 512);

	if (behaves(s, st, B_UNPUBLISH_NONE))
		status = "NoFirmware";
	else if (behaves(s, st, B_UNPUBLISH_ONGOING) && st->flash->unpublished++ < 2)
		status = "DownloadOngoing";
	str_addf(&out, "{\"status\":\"%s\"}", status);
	tell(s, st, "unpublish", ",\"checksum\":\"%s\",\"status\":\"%s\"", sum ? sum : "", status);
	answer(s, st, id, out.p);
}

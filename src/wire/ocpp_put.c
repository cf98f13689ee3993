/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of ours that are about the station as a whole. Optional members are written or left out, never
 * null and never empty. */
#include <stdio.h>

#include "base/mem.h"
#include "wire/ocpp_put_p.h"

#define PEM_BEGIN "-----BEGIN CERTIFICATE-----"
#define PEM_END "-----END CERTIFICATE-----"

int ocpp_put_size(const char *name, const char *text, size_t max, struct err *e)
{
	char at[64];

	if (!text || !*text)
		err_set(e, ERR_INVALID, "'%s' is empty", name);
	else if (ocpp_chars(text) > max)
		err_set(e, ERR_TOO_LARGE, "'%s' has %zu characters; the station takes %zu", name,
			ocpp_chars(text), max);
	else
		return OK;
	snprintf(at, sizeof at, "/%s", name);
	return err_at(e, at, 0, 0);
}

/* The first certificate alone, with LF between lines: no intermediates (L01), no text around it, no CR. */
static int pem_one(const char *pem, struct str *out, struct err *e)
{
	const char *p = strstr(pem, PEM_BEGIN), *end = p ? strstr(p, PEM_END) : NULL;

	if (!end) {
		err_set(e, ERR_INVALID, "the signing certificate is no PEM certificate");
		return err_at(e, "/signingCertificate", 0, 0);
	}
	for (bool begun = false; p < end; p++) { /* blanks at line ends and empty lines go */
		if (*p == '\r' || *p == '\n') {
			if (begun)
				str_addc(out, '\n');
			begun = false;
		} else if (begun || (*p != ' ' && *p != '\t')) {
			size_t n = strcspn(p, "\r\n"), keep = n;

			if (p + n > end)
				n = keep = (size_t)(end - p);
			while (keep && (p[keep - 1] == ' ' || p[keep - 1] == '\t'))
				keep--;
			str_addn(out, p, keep);
			p += n - 1;
			begun = keep > 0;
		}
	}
	if (out->len && out->p[out->len - 1] != '\n')
		str_addc(out, '\n');
	str_add(out, PEM_END "\n");
	return ocpp_put_size("signingCertificate", str_c(out), 5500, e);
}

/* Base64 without its line ends. */
static int signature_one(const char *text, struct str *out, struct err *e)
{
	for (; *text; text++)
		if (!strchr(" \t\r\n", *text))
			str_addc(out, *text);
	return ocpp_put_size("signature", str_c(out), 800, e);
}

size_t ocpp_location_max(enum ocpp_version v, bool signed_request)
{
	return v == OCPP_21 || (v == OCPP_16 && !signed_request) ? 2000 : 512;
}

int ocpp_put_firmware(enum ocpp_version v, const struct ocpp_firmware *f, struct jw *w, struct err *e)
{
	STR(pem, 64 * KIB);
	STR(sig, 64 * KIB);

	if (ocpp_put_size("location", f->location, ocpp_location_max(v, true), e))
		return (int)e->code;
	if (f->certificate && pem_one(f->certificate, &pem, e))
		return (int)e->code;
	if (f->signature && signature_one(f->signature, &sig, e))
		return (int)e->code;
	jw_key(w, "firmware");
	jw_obj(w);
	jw_kstr(w, "location", f->location);
	jw_ktime(w, "retrieveDateTime", f->retrieve_at < 0 ? 0 : f->retrieve_at);
	if (f->install_at >= 0)
		jw_ktime(w, "installDateTime", f->install_at);
	if (f->certificate)
		jw_kstr(w, "signingCertificate", str_c(&pem));
	if (f->signature)
		jw_kstr(w, "signature", str_c(&sig));
	jw_end(w);
	return OK;
}

void ocpp_put_retries(struct jw *w, int64_t retries, int64_t retry_s)
{
	if (retries >= 0)
		jw_kint(w, "retries", retries);
	if (retry_s >= 0)
		jw_kint(w, "retryInterval", retry_s);
}

static int update_plain(int64_t retries, int64_t retry_s, const struct ocpp_firmware *f, struct jw *w,
			struct err *e)
{
	if (ocpp_put_size("location", f->location, ocpp_location_max(OCPP_16, false), e))
		return (int)e->code;
	jw_kstr(w, "location", f->location);
	jw_ktime(w, "retrieveDate", f->retrieve_at < 0 ? 0 : f->retrieve_at);
	ocpp_put_retries(w, retries, retry_s);
	return OK;
}

int ocpp_update_put(enum ocpp_version v, bool signed_request, int64_t request_id, int64_t retries,
		    int64_t retry_s, const struct ocpp_firmware *f, const char **ret_action, struct str *out,
		    struct err *e)
{
	STR(text, OCPP_TEXT_MAX);
	struct jw w = jw_start(&text);

	if (v == OCPP_16 && signed_request && (!f->certificate || !f->signature))
		return err_set(e, ERR_INVALID, "a signed request needs certificate and signature");
	jw_obj(&w);
	if (v == OCPP_16 && !signed_request) {
		if (update_plain(retries, retry_s, f, &w, e))
			return (int)e->code;
	} else {
		jw_kint(&w, "requestId", request_id);
		if (ocpp_put_firmware(v, f, &w, e))
			return (int)e->code;
		ocpp_put_retries(&w, retries, retry_s);
	}
	jw_end(&w);
	*ret_action = v == OCPP_16 && signed_request ? "SignedUpdateFirmware" : "UpdateFirmware";
	str_addn(out, text.p, text.len);
	return OK;
}

static void put_variable(struct jw *w, const char *component, const char *variable, const char *instance)
{
	jw_obj(w);
	jw_key(w, "component");
	jw_obj(w);
	jw_kstr(w, "name", component);
	jw_end(w);
	jw_key(w, "variable");
	jw_obj(w);
	jw_kstr(w, "name", variable);
	if (instance)
		jw_kstr(w, "instance", instance);
	jw_end(w);
	jw_end(w);
}

int ocpp_version_put(enum ocpp_version v, const char **ret_action, struct str *out)
{
	struct jw w = jw_start(out);

	jw_obj(&w);
	if (v == OCPP_16) {
		jw_key(&w, "key");
		jw_arr(&w);
		jw_str(&w, "FirmwareVersion");
		jw_str(&w, "SupportedFileTransferProtocols");
		jw_str(&w, "SupportedFeatureProfiles");
		jw_arr_end(&w);
	} else {
		jw_key(&w, "getVariableData");
		jw_arr(&w);
		put_variable(&w, "ChargingStation", "FirmwareVersion", NULL);
		put_variable(&w, "OCPPCommCtrlr", "FileTransferProtocols", NULL);
		put_variable(&w, "CustomizationCtrlr", "CustomImplementationEnabled", OCPP_COMPONENTS_VENDOR);
		jw_arr_end(&w);
	}
	jw_end(&w);
	*ret_action = v == OCPP_16 ? "GetConfiguration" : "GetVariables";
	return OK;
}

int ocpp_report_put(enum ocpp_version v, int64_t request_id, const char **ret_action, struct str *out)
{
	struct jw w = jw_start(out);

	if (v == OCPP_16)
		return ERR_INVALID;
	jw_obj(&w);
	jw_kint(&w, "requestId", request_id);
	jw_kstr(&w, "reportBase", "FullInventory");
	jw_end(&w);
	*ret_action = "GetBaseReport";
	return OK;
}

/* NULL: cannot be asked for. */
static const char *trigger_word(enum ocpp_version v, enum ocpp_in what, bool extended)
{
	bool core = v == OCPP_16 && !extended;

	switch ((int)what) {
	case OCPP_IN_BOOT:
		return "BootNotification";
	case OCPP_IN_HEARTBEAT:
		return "Heartbeat";
	case OCPP_IN_STATUS:
		return "StatusNotification";
	case OCPP_IN_METER:
		return "MeterValues";
	case OCPP_IN_FIRMWARE:
	case OCPP_IN_COMPONENT: /* asked for by its own name in 2.1 only: see below */
		return "FirmwareStatusNotification";
	case OCPP_IN_LOG:
		return core ? "DiagnosticsStatusNotification" : "LogStatusNotification";
	case OCPP_IN_PUBLISH:
		return v == OCPP_16 ? NULL : "PublishFirmwareStatusNotification";
	default:
		return NULL;
	}
}

int ocpp_trigger_put(enum ocpp_version v, enum ocpp_in what, bool extended, const char **ret_action,
		     struct str *out)
{
	bool custom = v == OCPP_21 && what == OCPP_IN_COMPONENT;
	const char *word = custom ? "CustomTrigger" : trigger_word(v, what, extended);
	struct jw w = jw_start(out);

	if (!word)
		return ERR_INVALID;
	jw_obj(&w);
	jw_kstr(&w, "requestedMessage", word);
	if (custom)
		jw_kstr(&w, "customTrigger", "FirmwareComponentStatusNotification");
	jw_end(&w);
	*ret_action = v == OCPP_16 && extended ? "ExtendedTriggerMessage" : "TriggerMessage";
	return OK;
}

int ocpp_log_put(enum ocpp_version v, bool security, int64_t request_id, const char *location,
		 const char **ret_action, struct str *out, struct err *e)
{
	bool core = v == OCPP_16 && !security;
	struct jw w = jw_start(out);

	if (ocpp_put_size(core ? "location" : "remoteLocation", location, ocpp_location_max(v, !core), e))
		return (int)e->code;
	jw_obj(&w);
	if (core) {
		jw_kstr(&w, "location", location);
	} else {
		jw_kstr(&w, "logType", security ? "SecurityLog" : "DiagnosticsLog");
		jw_kint(&w, "requestId", request_id);
		jw_key(&w, "log");
		jw_obj(&w);
		jw_kstr(&w, "remoteLocation", location);
		jw_end(&w);
	}
	jw_end(&w);
	*ret_action = core ? "GetDiagnostics" : "GetLog";
	return OK;
}

static int put_md5(const char *md5, struct err *e)
{
	if (strlen(md5) == 32 && strspn(md5, "0123456789abcdefABCDEF") == 32)
		return OK;
	err_set(e, ERR_INVALID, "the checksum is no MD5 in hex digits");
	return err_at(e, "/checksum", 0, 0);
}

int ocpp_publish_put(enum ocpp_version v, int64_t request_id, const char *location, const char *md5,
		     int64_t retries, const char **ret_action, struct str *out, struct err *e)
{
	struct jw w = jw_start(out);

	if (v == OCPP_16)
		return err_set(e, ERR_INVALID, "OCPP 1.6 has no PublishFirmware");
	if (ocpp_put_size("location", location, ocpp_location_max(v, true), e) || put_md5(md5, e))
		return (int)e->code;
	jw_obj(&w);
	jw_kstr(&w, "location", location);
	jw_kstr(&w, "checksum", md5);
	jw_kint(&w, "requestId", request_id);
	ocpp_put_retries(&w, retries, -1);
	jw_end(&w);
	*ret_action = "PublishFirmware";
	return OK;
}

int ocpp_unpublish_put(enum ocpp_version v, const char *md5, const char **ret_action, struct str *out,
		       struct err *e)
{
	struct jw w = jw_start(out);

	if (v == OCPP_16)
		return err_set(e, ERR_INVALID, "OCPP 1.6 has no UnpublishFirmware");
	if (put_md5(md5, e))
		return (int)e->code;
	jw_obj(&w);
	jw_kstr(&w, "checksum", md5);
	jw_end(&w);
	*ret_action = "UnpublishFirmware";
	return OK;
}

void ocpp_reset_put(enum ocpp_version v, bool on_idle, const char **ret_action, struct str *out)
{
	struct jw w = jw_start(out);

	jw_obj(&w);
	if (v == OCPP_16)
		jw_kstr(&w, "type", on_idle ? "Soft" : "Hard");
	else
		jw_kstr(&w, "type", on_idle ? "OnIdle" : "Immediate");
	jw_end(&w);
	*ret_action = "Reset";
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents as the DCC writes them. The text is made in its canonical form but for the root's start tag,
 * whose namespaces stand in another order than C14N wants (as in documents of the DCC), so no canonicaliser
 * is needed to sign. The digest is over inclusive C14N, SignedInfo over exclusive.
 */
#include "fake.h"

#include <ctype.h>
#include <string.h>

#define SR "xmlns:sr=\"http://www.dccinterface.co.uk/ServiceUserGateway\""
#define RA "xmlns:ra=\"http://www.dccinterface.co.uk/ResponseAndAlert\""
#define NS3 "xmlns:ns3=\"http://www.w3.org/2000/09/xmldsig#\""
#define DS "xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\""

const char *const message_text[MESSAGES] = { "delivery",        "distribution-failed",
					     "transfer",        "image",
					     "outcome",         "accepted",
					     "future",          "version",
					     "read-failed",     "ppmid",
					     "ppmid-device",    "quarantined",
					     "command-failure", "version-mismatch",
					     "churn",           "status",
					     "hub-activated",   "version-changed",
					     "power-on-failed", "raw" };

static void signature_put(struct world *w, EVP_PKEY *key, const uint8_t digest[32], struct buf *out)
{
	struct buf info = { 0 }, value = { 0 };
	uint8_t sign[64];
	static const char begin[] = "<ds:SignedInfo " DS ">";

	buf_put(&info,
		"<ds:CanonicalizationMethod "
		"Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:CanonicalizationMethod>"
		"<ds:SignatureMethod "
		"Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256\"></ds:SignatureMethod>"
		"<ds:Reference URI=\"\"><ds:Transforms><ds:Transform "
		"Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></ds:Transform></"
		"ds:Transforms>"
		"<ds:DigestMethod "
		"Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod><ds:DigestValue>");
	buf_base64(&info, digest, 32);
	buf_put(&info, "</ds:DigestValue></ds:Reference></ds:SignedInfo>");
	buf_put(&value, begin);
	buf_add(&value, info.p, info.len);
	raw_sign(key, value.p, value.len, sign);
	buf_put(out, "<ds:Signature " DS "><ds:SignedInfo>");
	buf_add(out, info.p, info.len);
	buf_clear(&value);
	buf_base64(&value, sign, 64);
	buf_put(out, "<ds:SignatureValue>");
	buf_add(out, value.p, 76); /* the line break of the DCC's own library */
	buf_put(out, "&#13;\n");
	buf_add(out, value.p + 76, value.len - 76);
	buf_put(out, "</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>");
	buf_xml(out, w->dsp_issuer);
	buf_fmt(out,
		"</ds:X509IssuerName><ds:X509SerialNumber>%s</ds:X509SerialNumber></ds:X509IssuerSerial></"
		"ds:X509Data></ds:KeyInfo>"
		"</ds:Signature>",
		w->dsp_serial);
	buf_free(&info);
	buf_free(&value);
}

void document_sign(struct world *w, EVP_PKEY *key, const struct buf *body, struct buf *out)
{
	struct buf canon = { 0 };
	uint8_t digest[32];

	buf_fmt(&canon, "<sr:Response " NS3 " " RA " " SR " schemaVersion=\"%s\">", w->schema);
	buf_add(&canon, body->p, body->len);
	buf_put(&canon, "</sr:Response>");
	sha256(canon.p, canon.len, digest);
	buf_fmt(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?><sr:Response " SR " " NS3 " " RA
		" schemaVersion=\"%s\">",
		w->schema);
	buf_add(out, body->p, body->len);
	signature_put(w, key, digest, out);
	buf_put(out, "</sr:Response>");
	buf_free(&canon);
}

static const char *eui_said(const struct world *w, uint64_t eui, char buf[EUI_SIZE])
{
	eui_text(eui, buf);
	for (char *p = buf; w->lower && *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return buf;
}

static void id_put(const struct world *w, struct buf *b, const char *name, uint64_t from, uint64_t to,
		   uint64_t counter)
{
	char x[EUI_SIZE], y[EUI_SIZE];

	buf_fmt(b, "<sr:%s>%s:%s:%llu</sr:%s>", name, eui_said(w, from, x), eui_said(w, to, y),
		(unsigned long long)counter, name);
}

static void head_end(struct buf *b, const char *code, int64_t at)
{
	buf_fmt(b, "<sr:ResponseCode>%s</sr:ResponseCode><sr:ResponseDateTime>", code);
	buf_time(b, at);
	buf_put(b, "</sr:ResponseDateTime></sr:Header><sr:Body>");
}

static void reference(struct buf *b, const char *service)
{
	buf_fmt(b,
		"<sr:ResponseMessage><sr:ServiceReference>%s</"
		"sr:ServiceReference><sr:ServiceReferenceVariant>%s</sr:ServiceReferenceVariant>",
		service, service);
}

void say_ack(struct world *w, const struct head *h, const char *code, const struct buf *inside,
	     struct buf *out)
{
	struct buf body = { 0 };

	buf_put(&body, "<sr:Header>");
	id_put(w, &body, "RequestID", h->originator, h->target, h->counter);
	if (inside)
		id_put(w, &body, "ResponseID", h->target, h->originator, h->counter);
	head_end(&body, code, now_ms());
	reference(&body, h->service);
	if (inside)
		buf_add(&body, inside->p, inside->len);
	buf_put(&body, "</sr:ResponseMessage></sr:Body>");
	document_sign(w, w->dsp_key, &body, out);
	w->acks++;
	buf_free(&body);
}

void say_error(struct world *w, const struct head *h, const char *code, struct buf *out)
{
	buf_fmt(out,
		"<?xml version='1.0' encoding='UTF-8'?>\n<sr:Response " NS3 " " RA " " SR
		" schemaVersion=\"%s\">\n  <sr:Header>\n    ",
		w->schema);
	id_put(w, out, "RequestID", h->originator, h->target, h->counter);
	buf_fmt(out, "\n    <sr:ResponseCode>%s</sr:ResponseCode>\n    <sr:ResponseDateTime>", code);
	buf_time(out, now_ms());
	buf_fmt(out,
		"</sr:ResponseDateTime>\n  </sr:Header>\n  <sr:Body>\n    <sr:ResponseMessage>\n"
		"      <sr:ServiceReference>%s</sr:ServiceReference>\n      "
		"<sr:ServiceReferenceVariant>%s</sr:ServiceReferenceVariant>\n"
		"    </sr:ResponseMessage>\n  </sr:Body>\n</sr:Response>\n",
		h->service, h->service);
	w->errors++;
}

static void gbcs_put(struct buf *b, const struct buf *gbcs)
{
	buf_put(b, "<sr:GBCSPayload>");
	buf_base64(b, gbcs->p, gbcs->len);
	buf_put(b, "</sr:GBCSPayload>");
}

/* A response to a command: RequestID and ResponseID. */
static void response(struct world *w, const struct out *o, const char *service, const char *code,
		     const struct buf *inside, struct buf *body)
{
	uint64_t user = w->user[o->user].eui, eui = w->meter[o->meter].eui;

	buf_put(body, "<sr:Header>");
	id_put(w, body, "RequestID", user, eui, o->counter);
	id_put(w, body, "ResponseID", eui, user, o->what == M_FUTURE ? o->serial : o->counter);
	head_end(body, code, o->at);
	reference(body, service);
	buf_add(body, inside->p, inside->len);
	buf_put(body, "</sr:ResponseMessage></sr:Body>");
}

static void device_alert(struct world *w, const struct out *o, unsigned code, const struct buf *gbcs,
			 struct buf *body)
{
	buf_put(body, "<sr:Header>");
	id_put(w, body, "ResponseID", w->meter[o->meter].eui, w->user[o->user].eui, o->serial);
	head_end(body, "I0", o->at);
	buf_fmt(body, "<sr:DeviceAlertMessage><sr:AlertCode>%04X</sr:AlertCode>", code);
	gbcs_put(body, gbcs);
	buf_put(body, "</sr:DeviceAlertMessage></sr:Body>");
}

static void element_eui(const struct world *w, struct buf *b, const char *name, uint64_t eui)
{
	char x[EUI_SIZE];

	buf_fmt(b, "<sr:%s>%s</sr:%s>", name, eui_said(w, eui, x), name);
}

/* Alerts of a distribution; NULL: it is another one. */
static const char *push_alert(struct world *w, const struct out *o, struct buf *b)
{
	const struct meter *m = &w->meter[o->meter], *hub = hub_of(w, m);
	uint64_t user = w->user[o->user].eui;
	static const char *const transfer[] = { "FileTransferSuccess", "FirmwareImageDiscarded",
						"HardwareVersionMismatch", "FileTransferFailure" };

	switch ((int)o->what) {
	case M_DELIVERY:
		buf_put(b, "<sr:CSPFirmwareDeliveryStatus>");
		id_put(w, b, "UpdateFirmwareRequestID", user, w->eui, o->counter);
		element_eui(w, b, "CommsHubDeviceID", hub ? hub->eui : 0);
		element_eui(w, b, "TargetDeviceID", m->eui);
		buf_fmt(b, "<sr:FirmwareVersion>%08X</sr:FirmwareVersion><sr:TimeStamp>", o->version);
		buf_time(b, o->at);
		buf_fmt(b,
			"</sr:TimeStamp><sr:CommsHubTransferStatus>%s</sr:CommsHubTransferStatus></"
			"sr:CSPFirmwareDeliveryStatus>",
			o->code ? "Failure" : "Success");
		return o->code ? "N61" : "N60";
	case M_PUSH_FAILED:
		buf_put(b, "<sr:FirmwareDistributionFailure>");
		id_put(w, b, "UpdateFirmwareRequestID", user, w->eui, o->counter);
		element_eui(w, b, "MeterIDs", m->eui);
		buf_put(b, "</sr:FirmwareDistributionFailure>");
		return "N18";
	case M_TRANSFER:
		buf_put(b, "<sr:CommsHubAlert>");
		element_eui(w, b, "CommsHubDeviceID", hub ? hub->eui : 0);
		buf_fmt(b, "<sr:AlertCode>%s</sr:AlertCode><sr:TimeStamp>", o->code ? "8F89" : "8F8A");
		buf_time(b, o->at);
		buf_put(b, "</sr:TimeStamp><sr:FirmwareTransferAlert>");
		id_put(w, b, "UpdateFirmwareRequestID", user, w->eui, o->counter);
		element_eui(w, b, "OtherDeviceID", m->eui);
		buf_fmt(b,
			"<sr:FirmwareVersion>%08X</sr:FirmwareVersion><sr:TransferResponseCode>%s</"
			"sr:TransferResponseCode>"
			"</sr:FirmwareTransferAlert></sr:CommsHubAlert>",
			o->version, transfer[o->code]);
		return "N62";
	default:
		return NULL;
	}
}

/* What stands within DCCAlert; returns the code of the alert. */
static const char *dcc_alert(struct world *w, const struct out *o, struct buf *b)
{
	const struct meter *m = &w->meter[o->meter];
	uint64_t user = w->user[o->user].eui;
	static const char *const breach[] = { "ADUserThresholdBreach", "ADDCCThresholdBreach",
					      "ADAttributeLimitsBreach" };

	switch ((int)o->what) {
	case M_PPMID:
		buf_put(b, "<sr:PPMIDAlert>");
		element_eui(w, b, "DeviceID", m->eui);
		buf_put(b, "<sr:DeviceAlertCode>8F8B</sr:DeviceAlertCode><sr:Timestamp>");
		buf_time(b, o->at);
		buf_fmt(b,
			"</sr:Timestamp><sr:PPMIDFirmwareUpgradeAlert><sr:FirmwareVersion>%08X</"
			"sr:FirmwareVersion>"
			"<sr:ActivateImageResultCode>%s</sr:ActivateImageResultCode></"
			"sr:PPMIDFirmwareUpgradeAlert></sr:PPMIDAlert>",
			o->version, o->code ? "ActivationFailure" : "ActivationSuccess");
		return "N58";
	case M_QUARANTINED:
		buf_fmt(b, "<sr:QuarantinedRequest><sr:%s>", breach[o->code]);
		id_put(w, b, "RequestID", user, o->version ? w->eui : m->eui, o->counter);
		buf_fmt(b,
			"<sr:QuarantineEventRef>%llu</sr:QuarantineEventRef></sr:%s></sr:QuarantinedRequest>",
			(unsigned long long)o->serial, breach[o->code]);
		return "N31";
	case M_COMMAND_FAILED:
		buf_put(b, "<sr:CommandFailure>");
		id_put(w, b, "CommandRequestID", user, m->eui, o->counter);
		element_eui(w, b, "DeviceID", m->eui);
		buf_put(b, "</sr:CommandFailure>");
		return "N12";
	case M_MISMATCH:
		buf_put(b, "<sr:FirmwareVersionMismatch>");
		element_eui(w, b, "DeviceID", m->eui);
		buf_fmt(
		    b,
		    "<sr:DeviceType>%s</sr:DeviceType><sr:FirmwareVersionSMI>%08X</sr:FirmwareVersionSMI>"
		    "<sr:FirmwareVersionDevice>%08X</sr:FirmwareVersionDevice></sr:FirmwareVersionMismatch>",
		    kind_text[w->model[m->model].kind], (unsigned)o->when, o->version);
		return "N49";
	case M_CHURN:
		buf_put(b, "<sr:ChangeOfSupplier><sr:DeviceChangeOfSupplier>");
		element_eui(w, b, "DeviceID", m->eui);
		buf_fmt(b,
			"<sr:DeviceType>%s</sr:DeviceType><sr:MPxNs><sr:ImportMPxN>%013llu</sr:ImportMPxN></"
			"sr:MPxNs>"
			"</sr:DeviceChangeOfSupplier></sr:ChangeOfSupplier>",
			kind_text[w->model[m->model].kind], (unsigned long long)(m->eui % 10000000000000ULL));
		return "N27";
	case M_STATUS:
		buf_put(b, "<sr:DeviceStatusChangeEvent>");
		element_eui(w, b, "DeviceID", m->eui);
		buf_fmt(b,
			"<sr:DeviceStatusChange><sr:%s></sr:%s></sr:DeviceStatusChange></"
			"sr:DeviceStatusChangeEvent>",
			o->code ? "DeviceSuspended" : "DeviceRestored",
			o->code ? "DeviceSuspended" : "DeviceRestored");
		return o->code ? "N16" : "N17";
	default:
		buf_put(b, "<sr:CommsHubFirmwareActivation>");
		element_eui(w, b, "DeviceID", m->eui);
		buf_fmt(b, "<sr:FirmwareVersion>%08X</sr:FirmwareVersion></sr:CommsHubFirmwareActivation>",
			o->version);
		return "N64";
	}
}

static void dcc_alert_message(struct world *w, const struct out *o, struct buf *body)
{
	struct buf in = { 0 };
	const char *code = push_alert(w, o, &in);

	if (!code)
		code = dcc_alert(w, o, &in);
	buf_put(body, "<sr:Header>");
	id_put(w, body, "ResponseID", w->eui, w->user[o->user].eui, o->serial);
	head_end(body, "I0", o->at);
	buf_fmt(body, "<sr:DCCAlertMessage><sr:DCCAlertCode>%s</sr:DCCAlertCode><sr:DCCAlert>", code);
	buf_add(body, in.p, in.len);
	buf_put(body, "</sr:DCCAlert></sr:DCCAlertMessage></sr:Body>");
	buf_free(&in);
}

static void gbcs_response(struct world *w, const struct out *o, const char *service, const struct buf *gbcs,
			  struct buf *body)
{
	struct buf in = { 0 };

	gbcs_put(&in, gbcs);
	response(w, o, service, "I0", &in, body);
	buf_free(&in);
}

static void message_body(struct world *w, const struct out *o, struct buf *body)
{
	struct buf gbcs = { 0 }, in = { 0 };

	switch ((int)o->what) {
	case M_OUTCOME:
		gbcs_outcome(w, o, &gbcs);
		gbcs_response(w, o, "11.3", &gbcs, body);
		break;
	case M_ACCEPTED:
		gbcs_accepted(w, o, &gbcs);
		gbcs_response(w, o, "11.3", &gbcs, body);
		break;
	case M_VERSION:
		gbcs_version(w, o, &gbcs);
		gbcs_response(w, o, "11.2", &gbcs, body);
		break;
	case M_READ_FAILED:
		buf_put(&in, "");
		response(w, o, "11.2", "E21", &in, body);
		break;
	case M_FUTURE:
		gbcs_future(w, o, &gbcs);
		buf_fmt(
		    &in,
		    "<sr:FutureDatedDeviceAlertMessage><sr:FutureDatedAlertCode>%s</sr:FutureDatedAlertCode>",
		    o->code ? "8F67" : "8F66");
		gbcs_put(&in, &gbcs);
		buf_put(&in, "<sr:InstructionNumber>1</sr:InstructionNumber><sr:TotalCommandInstructions>1</"
			     "sr:TotalCommandInstructions>"
			     "</sr:FutureDatedDeviceAlertMessage>");
		response(w, o, "11.3", "I0", &in, body);
		break;
	case M_IMAGE:
		gbcs_image_alert(w, o, &gbcs);
		device_alert(w, o, (unsigned)o->code, &gbcs, body);
		break;
	case M_CHANGED:
	case M_POWER_ON:
		gbcs_plain_alert(w, o, &gbcs);
		device_alert(w, o, (unsigned)o->code, &gbcs, body);
		break;
	case M_PPMID_DEVICE:
		gbcs_ppmid_alert(w, o, &gbcs);
		device_alert(w, o, 0x8f8b, &gbcs, body);
		break;
	default:
		dcc_alert_message(w, o, body);
	}
	buf_free(&gbcs);
	buf_free(&in);
}

void say_message(struct world *w, const struct out *o, struct buf *out)
{
	struct buf body = { 0 };

	if (o->what == M_RAW) {
		buf_put(out, o->raw);
		return;
	}
	message_body(w, o, &body);
	document_sign(w, o->forged ? w->forger : w->dsp_key, &body, out);
	buf_free(&body);
}

void say_log(struct world *w, const char *what, const char *p, size_t n)
{
	char path[300];
	FILE *f;

	if (!*w->log_dir || !n)
		return;
	snprintf(path, sizeof path, "%s/%06llu-%s.xml", w->log_dir, (unsigned long long)++w->logged, what);
	f = fopen(path, "we");
	if (!f)
		return;
	fwrite(p, 1, n, f);
	fclose(f);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What stations ask, per version: the action, what it is to us, and the shape of its payload. */
#include "base/mem.h"
#include "wire/ocpp_p.h"

#define END OF_END

/* additionalInfo: 512 in 2.0.1, but a text for people: what 2.1 has room for is taken from all. */
const struct ocpp_field ocpp_status_info[] = {
	OF("reasonCode", OT_TEXT, VALL, 20),
	OF("additionalInfo", OT_TEXT, 0, 1024),
	END,
};
const struct ocpp_field ocpp_component_ref[] = {
	OF("name", OT_TEXT, V2, 50),
	OF("instance", OT_TEXT, 0, 50),
	OF("evse", OT_ANY, 0, 0),
	END,
};
const struct ocpp_field ocpp_variable_ref[] = {
	OF("name", OT_TEXT, V2, 50),
	OF("instance", OT_TEXT, 0, 50),
	END,
};

/* ---- 1.6 ---- */

static const struct ocpp_field boot_16[] = {
	OF("chargePointVendor", OT_TEXT, V16, 20),
	OF("chargePointModel", OT_TEXT, V16, 20),
	OF("chargePointSerialNumber", OT_TEXT, 0, 25),
	OF("chargeBoxSerialNumber", OT_TEXT, 0, 25),
	OF("firmwareVersion", OT_TEXT, 0, 50),
	OF("iccid", OT_TEXT, 0, 20),
	OF("imsi", OT_TEXT, 0, 20),
	END,
};
static const struct ocpp_field authorize_16[] = { OF("idTag", OT_TEXT, V16, 20), END };
static const struct ocpp_field start_16[] = {
	OF("connectorId", OT_INT, V16, 0), OF("idTag", OT_TEXT, V16, 20),
	OF("meterStart", OT_INT, V16, 0),  OF("timestamp", OT_STAMP, V16, 0),
	OF("reservationId", OT_INT, 0, 0), END,
};
static const struct ocpp_field stop_16[] = {
	OF("transactionId", OT_INT, V16, 0),
	OF("meterStop", OT_INT, V16, 0),
	OF("timestamp", OT_STAMP, V16, 0),
	OF("idTag", OT_TEXT, 0, 20),
	END,
};
static const struct ocpp_field status_16[] = {
	OF("connectorId", OT_INT, V16, 0), OF("errorCode", OT_TEXT, V16, 50), OF("status", OT_TEXT, V16, 20),
	OF("timestamp", OT_STAMP, 0, 0),   OF("info", OT_TEXT, 0, 50),        END,
};
static const struct ocpp_field sampled[] = { OF("value", OT_ANY, VALL, 0), END };
static const struct ocpp_field meter_value[] = {
	OF("timestamp", OT_STAMP, VALL, 0),
	OF_IN("sampledValue", OT_LIST, VALL, sampled),
	END,
};
static const struct ocpp_field meter_16[] = {
	OF("connectorId", OT_INT, V16, 0),
	OF("transactionId", OT_INT, 0, 0),
	OF_IN("meterValue", OT_LIST, V16, meter_value),
	END,
};

/* ---- all ---- */

static const struct ocpp_field empty[] = { END };
static const struct ocpp_field data_transfer[] = {
	OF("vendorId", OT_TEXT, VALL, 255),
	OF("messageId", OT_TEXT, 0, 50),
	END,
};
static const struct ocpp_field notice[] = {
	OF("status", OT_TEXT, VALL, 50),
	OF("requestId", OT_INT, 0, 0),
	OF_IN("statusInfo", OT_OBJECT, 0, ocpp_status_info),
	END,
};
static const struct ocpp_field component_notice[] = {
	OF("requestId", OT_INT, VALL, 0),
	OF("trackingId", OT_TEXT, 0, 36),
	OF("componentName", OT_TEXT, VALL, 50),
	OF("version", OT_TEXT, 0, 50),
	OF("status", OT_TEXT, VALL, 50),
	OF("timestamp", OT_STAMP, VALL, 0),
	OF_IN("statusInfo", OT_OBJECT, 0, ocpp_status_info),
	END,
};
static const struct ocpp_field publish_notice[] = {
	OF("status", OT_TEXT, VALL, 50),
	OF("requestId", OT_INT, 0, 0),
	OF_2("location", OT_TEXTS, 0, 512, 2000),
	OF_IN("statusInfo", OT_OBJECT, 0, ocpp_status_info),
	END,
};
static const struct ocpp_field security[] = {
	OF("type", OT_TEXT, VALL, 50),
	OF("timestamp", OT_STAMP, VALL, 0),
	OF("techInfo", OT_TEXT, 0, 255),
	END,
};
static const struct ocpp_field sign_certificate[] = { OF("csr", OT_TEXT, VALL, 5500), END };

/* ---- 2.x ---- */

static const struct ocpp_field modem[] = { OF("iccid", OT_TEXT, 0, 20), OF("imsi", OT_TEXT, 0, 20), END };
static const struct ocpp_field station[] = {
	OF("model", OT_TEXT, V2, 20),        OF("vendorName", OT_TEXT, V2, 50),
	OF("serialNumber", OT_TEXT, 0, 25),  OF("firmwareVersion", OT_TEXT, 0, 50),
	OF_IN("modem", OT_OBJECT, 0, modem), END,
};
static const struct ocpp_field boot_2[] = {
	OF_IN("chargingStation", OT_OBJECT, V2, station),
	OF("reason", OT_TEXT, V2, 50),
	END,
};
static const struct ocpp_field token[] = {
	OF_2("idToken", OT_TEXT, V2, 36, 255),
	OF("type", OT_TEXT, V2, 20),
	END,
};
static const struct ocpp_field authorize_2[] = { OF_IN("idToken", OT_OBJECT, V2, token), END };
static const struct ocpp_field evse[] = { OF("id", OT_INT, V2, 0), OF("connectorId", OT_INT, 0, 0), END };
static const struct ocpp_field tx_info[] = { OF("transactionId", OT_TEXT, V2, 36), END };
static const struct ocpp_field transaction[] = {
	OF("eventType", OT_TEXT, V2, 50),
	OF("timestamp", OT_STAMP, V2, 0),
	OF("triggerReason", OT_TEXT, V2, 50),
	OF("seqNo", OT_INT, V2, 0),
	OF_IN("transactionInfo", OT_OBJECT, V2, tx_info),
	OF_IN("evse", OT_OBJECT, 0, evse),
	OF_IN("idToken", OT_OBJECT, 0, token),
	OF_IN("meterValue", OT_LIST, 0, meter_value),
	END,
};
static const struct ocpp_field status_2[] = {
	OF("timestamp", OT_STAMP, V2, 0),
	OF("connectorStatus", OT_TEXT, V2, 20),
	OF("evseId", OT_INT, V2, 0),
	OF("connectorId", OT_INT, V2, 0),
	END,
};
static const struct ocpp_field meter_2[] = {
	OF("evseId", OT_INT, V2, 0),
	OF_IN("meterValue", OT_LIST, V2, meter_value),
	END,
};
static const struct ocpp_field attribute[] = { OF("type", OT_TEXT, 0, 20), OF("value", OT_TEXT, 0, 0), END };
static const struct ocpp_field report_data[] = {
	OF_IN("component", OT_OBJECT, V2, ocpp_component_ref),
	OF_IN("variable", OT_OBJECT, V2, ocpp_variable_ref),
	OF_IN("variableAttribute", OT_LIST, V2, attribute),
	END,
};
static const struct ocpp_field report[] = {
	OF("requestId", OT_INT, V2, 0),
	OF("generatedAt", OT_STAMP, V2, 0),
	OF("seqNo", OT_INT, V2, 0),
	OF("tbc", OT_BOOL, 0, 0),
	OF_IN("reportData", OT_LIST, 0, report_data),
	END,
};
static const struct ocpp_field event_data[] = {
	OF("eventId", OT_INT, V2, 0),
	OF("timestamp", OT_STAMP, V2, 0),
	OF("trigger", OT_TEXT, V2, 50),
	OF("actualValue", OT_TEXT, V2, 0),
	OF("eventNotificationType", OT_TEXT, V2, 50),
	OF_IN("component", OT_OBJECT, V2, ocpp_component_ref),
	OF_IN("variable", OT_OBJECT, V2, ocpp_variable_ref),
	END,
};
static const struct ocpp_field event[] = {
	OF("generatedAt", OT_STAMP, V2, 0),
	OF("seqNo", OT_INT, V2, 0),
	OF_IN("eventData", OT_LIST, V2, event_data),
	END,
};
static const struct ocpp_field reservation[] = {
	OF("reservationId", OT_INT, V2, 0),
	OF("reservationUpdateStatus", OT_TEXT, V2, 20),
	END,
};

static const struct ocpp_action actions[] = {
	{ "BootNotification", V16, OCPP_IN_BOOT, boot_16 },
	{ "BootNotification", V2, OCPP_IN_BOOT, boot_2 },
	{ "Heartbeat", VALL, OCPP_IN_HEARTBEAT, empty },
	{ "StatusNotification", V16, OCPP_IN_STATUS, status_16 },
	{ "StatusNotification", V2, OCPP_IN_STATUS, status_2 },
	{ "FirmwareStatusNotification", VALL, OCPP_IN_FIRMWARE, notice },
	{ "SignedFirmwareStatusNotification", V16, OCPP_IN_FIRMWARE, notice },
	{ "FirmwareComponentStatusNotification", VALL, OCPP_IN_COMPONENT, component_notice },
	{ "PublishFirmwareStatusNotification", V2, OCPP_IN_PUBLISH, publish_notice },
	{ "SecurityEventNotification", VALL, OCPP_IN_SECURITY, security },
	{ "LogStatusNotification", VALL, OCPP_IN_LOG, notice },
	{ "DiagnosticsStatusNotification", V16, OCPP_IN_LOG, notice },
	{ "NotifyReport", V2, OCPP_IN_REPORT, report },
	{ "TransactionEvent", V2, OCPP_IN_TRANSACTION, transaction },
	{ "StartTransaction", V16, OCPP_IN_TRANSACTION, start_16 },
	{ "StopTransaction", V16, OCPP_IN_TRANSACTION, stop_16 },
	{ "Authorize", V16, OCPP_IN_AUTHORIZE, authorize_16 },
	{ "Authorize", V2, OCPP_IN_AUTHORIZE, authorize_2 },
	{ "MeterValues", V16, OCPP_IN_METER, meter_16 },
	{ "MeterValues", V2, OCPP_IN_METER, meter_2 },
	{ "ReservationStatusUpdate", V2, OCPP_IN_RESERVATION, reservation },
	{ "NotifyEvent", V2, OCPP_IN_EVENT, event },
	{ "DataTransfer", VALL, OCPP_IN_DATA, data_transfer },
	{ "SignCertificate", VALL, OCPP_IN_SIGN_CERTIFICATE, sign_certificate },
};

/* Actions of stations that are about what firpath does not do. */
static const struct {
	const char *name;
	unsigned versions;
} others[] = {
	{ "ClearedChargingLimit", V2 },
	{ "Get15118EVCertificate", V2 },
	{ "GetCertificateStatus", V2 },
	{ "NotifyChargingLimit", V2 },
	{ "NotifyCustomerInformation", V2 },
	{ "NotifyDisplayMessages", V2 },
	{ "NotifyEVChargingNeeds", V2 },
	{ "NotifyEVChargingSchedule", V2 },
	{ "NotifyMonitoringReport", V2 },
	{ "ReportChargingProfiles", V2 },
	{ "BatterySwap", V21 },
	{ "GetCertificateChainStatus", V21 },
	{ "NotifyDERAlarm", V21 },
	{ "NotifyDERStartStop", V21 },
	{ "NotifyPeriodicEventStream", V21 },
	{ "NotifyPriorityCharging", V21 },
	{ "NotifySettlement", V21 },
	{ "NotifyWebPaymentStarted", V21 },
	{ "OpenPeriodicEventStream", V21 },
	{ "ClosePeriodicEventStream", V21 },
	{ "PullDynamicScheduleUpdate", V21 },
	{ "ReportDERControl", V21 },
	{ "VatNumberValidation", V21 },
};

const struct ocpp_action *ocpp_action_of(enum ocpp_version v, const char *name)
{
	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
		if (actions[i].versions & 1u << v && strcmp(actions[i].name, name) == 0)
			return &actions[i];
	return NULL;
}

static bool carries_component(const struct ocpp_frame *f)
{
	const char *id = json_text(json_get(f->payload, "messageId"));

	return id && strcmp(id, "FirmwareComponentStatusNotification") == 0;
}

enum ocpp_in ocpp_in_of(enum ocpp_version v, const struct ocpp_frame *f)
{
	const struct ocpp_action *a = ocpp_action_of(v, f->action);

	if (!a)
		return OCPP_IN_OTHER;
	if (a->in == OCPP_IN_DATA && carries_component(f))
		return OCPP_IN_COMPONENT;
	if (a->in == OCPP_IN_FIRMWARE &&
	    json_text(json_get(json_get(f->payload, "customData"), "componentName")))
		return OCPP_IN_COMPONENT;
	return a->in;
}

const char *ocpp_refusal(enum ocpp_version v, const char *action)
{
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (others[i].versions & 1u << v && strcmp(others[i].name, action) == 0)
			return "NotSupported";
	return "NotImplemented";
}

int ocpp_call_check(enum ocpp_version v, const struct ocpp_frame *f, const char **ret_code, struct err *e)
{
	const struct ocpp_action *a = ocpp_action_of(v, f->action);
	struct ocpp_checker c = { .v = v };

	if (a && ocpp_check(&c, a->shape, f->payload, "", e)) {
		*ret_code = c.code;
		return (int)e->code;
	}
	return OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* BootNotification, transactions, connectors and reservations into structs without a version. */
#include <inttypes.h>
#include <stdio.h>

#include "wire/ocpp_p.h"

static int check(enum ocpp_version v, const char *action, const struct json *p, const char **ret_code,
		 struct err *e)
{
	const struct ocpp_action *a = ocpp_action_of(v, action);
	struct ocpp_checker c = { .v = v };

	if (!a) {
		*ret_code = "NotImplemented";
		return err_set(e, ERR_JSON_FIELD, "%s has no %.50s", ocpp_version_text[v], action);
	}
	if (ocpp_check(&c, a->shape, p, "", e)) {
		*ret_code = c.code;
		return (int)e->code;
	}
	return OK;
}

int ocpp_boot_read(enum ocpp_version v, const struct json *p, struct ocpp_boot *ret, const char **ret_code,
		   struct err *e)
{
	const struct json *station = json_get(p, "chargingStation"), *modem = json_get(station, "modem");
	struct ocpp_boot b = { 0 };

	if (check(v, "BootNotification", p, ret_code, e))
		return (int)e->code;
	if (v == OCPP_16) {
		station = modem = p;
		ocpp_text(p, "chargePointVendor", b.vendor, sizeof b.vendor);
		ocpp_text(p, "chargePointModel", b.model, sizeof b.model);
		ocpp_text_whole(p, "chargePointSerialNumber", b.serial, sizeof b.serial);
		if (!*b.serial)
			ocpp_text_whole(p, "chargeBoxSerialNumber", b.serial, sizeof b.serial);
	} else {
		ocpp_text(station, "vendorName", b.vendor, sizeof b.vendor);
		ocpp_text(station, "model", b.model, sizeof b.model);
		ocpp_text_whole(station, "serialNumber", b.serial, sizeof b.serial);
		ocpp_text(p, "reason", b.reason, sizeof b.reason);
	}
	ocpp_text_whole(station, "firmwareVersion", b.firmware, sizeof b.firmware);
	ocpp_text(modem, "iccid", b.iccid, sizeof b.iccid);
	ocpp_text(modem, "imsi", b.imsi, sizeof b.imsi);
	*ret = b;
	return OK;
}

static void transaction_16(const struct ocpp_frame *f, struct ocpp_transaction *t)
{
	if (strcmp(f->action, "StartTransaction") == 0) {
		t->what = OCPP_TX_BEGAN;
		t->evse = ocpp_int(f->payload, "connectorId", -1);
		t->wants_token = true;
	} else {
		t->what = OCPP_TX_ENDED;
		snprintf(t->id, sizeof t->id, "%" PRId64, ocpp_int(f->payload, "transactionId", -1));
		t->wants_token = json_get(f->payload, "idTag") != NULL;
	}
}

int ocpp_transaction_read(enum ocpp_version v, const struct ocpp_frame *f, struct ocpp_transaction *ret,
			  const char **ret_code, struct err *e)
{
	struct ocpp_transaction t = { .what = OCPP_TX_GOES_ON, .evse = -1 };
	const struct json *info = json_get(f->payload, "transactionInfo");
	char type[21];

	if (check(v, f->action, f->payload, ret_code, e))
		return (int)e->code;
	if (v == OCPP_16) {
		transaction_16(f, &t);
	} else {
		ocpp_text(f->payload, "eventType", type, sizeof type);
		if (strcmp(type, "Started") == 0)
			t.what = OCPP_TX_BEGAN;
		else if (strcmp(type, "Ended") == 0)
			t.what = OCPP_TX_ENDED;
		ocpp_text(info, "transactionId", t.id, sizeof t.id);
		t.evse = ocpp_int(json_get(f->payload, "evse"), "id", -1);
		t.wants_token = json_get(f->payload, "idToken") != NULL;
	}
	*ret = t;
	return OK;
}

int ocpp_connector_read(enum ocpp_version v, const struct json *p, struct ocpp_connector *ret,
			const char **ret_code, struct err *e)
{
	struct ocpp_connector c = { .evse = -1, .connector = -1 };

	if (check(v, "StatusNotification", p, ret_code, e))
		return (int)e->code;
	c.connector = ocpp_int(p, "connectorId", -1);
	c.evse = v == OCPP_16 ? c.connector : ocpp_int(p, "evseId", -1);
	ocpp_text(p, v == OCPP_16 ? "status" : "connectorStatus", c.status, sizeof c.status);
	*ret = c;
	return OK;
}

int ocpp_reservation_read(enum ocpp_version v, const struct json *p, struct ocpp_reservation *ret,
			  const char **ret_code, struct err *e)
{
	struct ocpp_reservation r = { .id = -1 };

	if (check(v, "ReservationStatusUpdate", p, ret_code, e))
		return (int)e->code;
	r.id = ocpp_int(p, "reservationId", -1);
	ocpp_text(p, "reservationUpdateStatus", r.status, sizeof r.status);
	*ret = r;
	return OK;
}

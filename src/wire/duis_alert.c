/* SPDX-License-Identifier: Apache-2.0 */
/* DCC alerts: what the DCC says of its own accord. */
#include <stdio.h>

#include "base/parse.h"
#include "wire/duis_p.h"

static bool id_of(const xmlNode *n, struct duis_message *m)
{
	char text[80];

	m->has_of = duis_text(n, text, sizeof text) && duis_id_parse(text, &m->of);
	return m->has_of;
}

/* What an element says by its name alone. */
static void detail_of(const xmlNode *n, struct duis_message *m)
{
	if (n)
		str_copy(m->detail, sizeof m->detail, (const char *)n->name);
}

static int about(const xmlNode *n, const char *name, uint64_t *ret, struct err *e)
{
	return duis_eui(duis_child(n, name), ret) ? OK : duis_bad(n, name, e);
}

static void version_of(const xmlNode *n, struct duis_message *m)
{
	m->has_version = duis_read_version(duis_child(n, "FirmwareVersion"), &m->version);
}

static bool code_of(const xmlNode *n, const char *name, uint16_t *ret)
{
	char text[8];
	uint64_t v;

	if (!duis_text(duis_child(n, name), text, sizeof text) || strlen(text) != 4 ||
	    !parse_hex(text, 4, &v))
		return false;
	*ret = (uint16_t)v;
	return true;
}

/* ---- one function for each kind of alert that is ours -------------------------------------------------- */

static int read_delivery(const xmlNode *n, struct duis_message *m, struct err *e)
{
	m->payload = DUIS_DELIVERY;
	if (!id_of(duis_child(n, "UpdateFirmwareRequestID"), m))
		return duis_bad(n, "UpdateFirmwareRequestID", e);
	if (about(n, "CommsHubDeviceID", &m->hub, e) || about(n, "TargetDeviceID", &m->about, e))
		return (int)e->code;
	version_of(n, m);
	if (!duis_text(duis_child(n, "CommsHubTransferStatus"), m->detail, sizeof m->detail) ||
	    (strcmp(m->detail, "Success") != 0 && strcmp(m->detail, "Failure") != 0))
		return duis_bad(n, "CommsHubTransferStatus", e);
	m->transfer_ok = m->detail[0] == 'S';
	return OK;
}

static int read_distribution(const xmlNode *n, struct duis_message *m, struct err *e)
{
	const xmlNode *list = duis_child(n, "MeterIDs");

	m->payload = DUIS_DISTRIBUTION_FAILED;
	if (!id_of(duis_child(n, "UpdateFirmwareRequestID"), m))
		return duis_bad(n, "UpdateFirmwareRequestID", e);
	return list ? duis_read_list(list, m, DUIS_LIST_INVALID, e) : duis_bad(n, "MeterIDs", e);
}

static int read_hub(const xmlNode *n, struct duis_message *m, struct err *e)
{
	static const char *const codes[] = { "FileTransferSuccess", "FirmwareImageDiscarded",
					     "HardwareVersionMismatch", "FileTransferFailure" };
	const xmlNode *t = duis_child(n, "FirmwareTransferAlert");

	if (about(n, "CommsHubDeviceID", &m->hub, e))
		return (int)e->code;
	if (!code_of(n, "AlertCode", &m->alert_code))
		return duis_bad(n, "AlertCode", e);
	if (!t) {
		snprintf(m->detail, sizeof m->detail, "alert %04X of the hub", m->alert_code);
		return OK;
	}
	m->payload = DUIS_TRANSFER;
	if (duis_child(t, "UpdateFirmwareRequestID") && !id_of(duis_child(t, "UpdateFirmwareRequestID"), m))
		return duis_bad(t, "UpdateFirmwareRequestID", e);
	if (about(t, "OtherDeviceID", &m->about, e))
		return (int)e->code;
	version_of(t, m);
	if (duis_text(duis_child(t, "TransferResponseCode"), m->detail, sizeof m->detail))
		for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
			if (strcmp(m->detail, codes[i]) == 0) {
				m->transfer = (enum duis_transfer)i;
				m->transfer_ok = m->transfer == DUIS_TRANSFER_OK;
				return OK;
			}
	return duis_bad(t, "TransferResponseCode", e);
}

static int read_quarantine(const xmlNode *n, struct duis_message *m, struct err *e)
{
	const xmlNode *breach = duis_first(n);
	char event[24] = "";

	m->payload = DUIS_QUARANTINED;
	if (!breach || !id_of(duis_child(breach, "RequestID"), m))
		return duis_bad(breach ? breach : n, "RequestID", e);
	duis_text(duis_child(breach, "QuarantineEventRef"), event, sizeof event);
	snprintf(m->detail, sizeof m->detail, "%.60s, event %s", (const char *)breach->name, event);
	return OK;
}

static int read_mismatch(const xmlNode *n, struct duis_message *m, struct err *e)
{
	m->payload = DUIS_VERSION_MISMATCH;
	if (about(n, "DeviceID", &m->about, e))
		return (int)e->code;
	if (!duis_read_version(duis_child(n, "FirmwareVersionSMI"), &m->version_inventory))
		return duis_bad(n, "FirmwareVersionSMI", e);
	m->has_version = duis_read_version(duis_child(n, "FirmwareVersionDevice"), &m->version);
	return m->has_version ? OK : duis_bad(n, "FirmwareVersionDevice", e);
}

/* Two forms: the request that changes the supplier, or the device that has another now. A change that failed
 * changes nothing. */
static int read_supplier(const xmlNode *n, struct duis_message *m, struct err *e)
{
	const xmlNode *device = duis_child(n, "DeviceChangeOfSupplier");
	char why[8] = "";

	m->payload = DUIS_SUPPLIER_CHANGED;
	if (device)
		return about(device, "DeviceID", &m->about, e);
	if (!id_of(duis_child(n, "ChangeOfSupplierServiceRequestID"), m))
		return duis_bad(n, "ChangeOfSupplierServiceRequestID", e);
	m->about = m->of.target;
	if (duis_text(duis_child(n, "ECoSErrorCode"), why, sizeof why)) {
		m->payload = DUIS_NOTHING;
		snprintf(m->detail, sizeof m->detail, "the change of supplier failed: %s", why);
	}
	return OK;
}

static int read_status(const xmlNode *n, struct duis_message *m, struct err *e)
{
	/* The others do not say what the status is now: the inventory does. */
	static const char *const known[][2] = { { "DeviceSuspended", "Suspended" },
						{ "MeterDecommissioningOrWithdrawal", "Decommissioned" },
						{ "CHFDecommissioning", "Decommissioned" },
						{ "RecoveryComplete", "Recovered" } };
	const xmlNode *change = duis_first(duis_child(n, "DeviceStatusChange"));

	m->payload = DUIS_STATUS_CHANGED;
	if (about(n, "DeviceID", &m->about, e))
		return (int)e->code;
	if (!change)
		return duis_bad(n, "DeviceStatusChange", e);
	detail_of(change, m);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (duis_is(change, known[i][0]))
			str_copy(m->status, sizeof m->status, known[i][1]);
	return OK;
}

static int read_activation(const xmlNode *n, struct duis_message *m, struct err *e)
{
	m->payload = DUIS_HUB_ACTIVATED;
	version_of(n, m);
	if (about(n, "DeviceID", &m->about, e))
		return (int)e->code;
	m->hub = m->about;
	return m->has_version ? OK : duis_bad(n, "FirmwareVersion", e);
}

static int read_failure(const xmlNode *n, struct duis_message *m, struct err *e)
{
	m->payload = DUIS_COMMAND_FAILED;
	if (!id_of(duis_child(n, "CommandRequestID"), m))
		return duis_bad(n, "CommandRequestID", e);
	return about(n, "DeviceID", &m->about, e);
}

static int read_ppmid(const xmlNode *n, struct duis_message *m, struct err *e)
{
	const xmlNode *upgrade = duis_child(n, "PPMIDFirmwareUpgradeAlert");

	m->payload = DUIS_PPMID_UPGRADED;
	if (about(n, "DeviceID", &m->about, e))
		return (int)e->code;
	if (!code_of(n, "DeviceAlertCode", &m->alert_code))
		return duis_bad(n, "DeviceAlertCode", e);
	if (!upgrade) {
		m->payload = DUIS_NOTHING;
		snprintf(m->detail, sizeof m->detail, "alert %04X of the PPMID", m->alert_code);
		return OK;
	}
	version_of(upgrade, m);
	if (!duis_text(duis_child(upgrade, "ActivateImageResultCode"), m->detail, sizeof m->detail) ||
	    (strcmp(m->detail, "ActivationSuccess") != 0 && strcmp(m->detail, "ActivationFailure") != 0))
		return duis_bad(upgrade, "ActivateImageResultCode", e);
	m->transfer_ok = strcmp(m->detail, "ActivationSuccess") == 0;
	return OK;
}

int duis_read_alert(const xmlNode *message, struct duis_message *m, struct err *e)
{
	static const struct {
		const char *name;
		int (*read)(const xmlNode *n, struct duis_message *m, struct err *e);
	} alerts[] = {
		{ "CSPFirmwareDeliveryStatus", read_delivery },
		{ "FirmwareDistributionFailure", read_distribution },
		{ "CommsHubAlert", read_hub },
		{ "QuarantinedRequest", read_quarantine },
		{ "FirmwareVersionMismatch", read_mismatch },
		{ "ChangeOfSupplier", read_supplier },
		{ "DeviceStatusChangeEvent", read_status },
		{ "CommsHubFirmwareActivation", read_activation },
		{ "CommandFailure", read_failure },
		{ "PPMIDAlert", read_ppmid },
	};
	const xmlNode *what = duis_first(duis_child(message, "DCCAlert"));

	m->kind = DUIS_DCC_ALERT;
	if (!duis_text(duis_child(message, "DCCAlertCode"), m->code, sizeof m->code))
		return duis_bad(message, "DCCAlertCode", e);
	if (!what)
		return duis_bad(message, "DCCAlert", e);
	for (size_t i = 0; i < sizeof alerts / sizeof *alerts; i++)
		if (duis_is(what, alerts[i].name))
			return alerts[i].read(what, m, e);
	detail_of(what, m);
	return OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* EUI-64s and RequestIDs as texts. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "wire/duis.h"

#define EUI_LEN (DUIS_EUI_SIZE - 1)

const char *const duis_service_text[DUIS_SERVICES + 1] = { "11.1", "11.2", "11.3", "11.4", "8.2", NULL };

const char *const duis_payload_text[DUIS_PAYLOADS + 1] = {
	[DUIS_NOTHING] = "",
	[DUIS_GBCS] = "a GBCS message of the device",
	[DUIS_PRE_COMMAND] = "a Pre-Command to check and sign",
	[DUIS_INVENTORY] = "devices of the inventory",
	[DUIS_FIRMWARE_WARNING] = "devices that the firmware is not sent to",
	[DUIS_FUTURE_ALERT] = "outcome of a future-dated command",
	[DUIS_DELIVERY] = "delivery of firmware to a hub",
	[DUIS_DISTRIBUTION_FAILED] = "firmware that was not distributed",
	[DUIS_TRANSFER] = "transfer of firmware from the hub to the device",
	[DUIS_QUARANTINED] = "a request that is held in quarantine",
	[DUIS_VERSION_MISMATCH] = "another firmware version than the inventory's",
	[DUIS_SUPPLIER_CHANGED] = "another supplier",
	[DUIS_STATUS_CHANGED] = "another status of a device",
	[DUIS_HUB_ACTIVATED] = "new firmware of a hub",
	[DUIS_COMMAND_FAILED] = "a command that failed",
	[DUIS_PPMID_UPGRADED] = "outcome of an upgrade of a PPMID",
};
const char *const duis_signed_text[] = { "unsigned", "good", "bad", "stranger" };

/* An EUI at the beginning of text. */
static bool eui_at(const char *text, uint64_t *ret)
{
	uint64_t eui = 0;

	for (size_t i = 0; i < EUI_LEN; i += 3) {
		int high = parse_hex_digit(text[i]), low = high < 0 ? -1 : parse_hex_digit(text[i + 1]);

		if (low < 0 || (i + 2 < EUI_LEN && text[i + 2] != '-'))
			return false;
		eui = eui << 8 | (uint64_t)(high << 4 | low);
	}
	*ret = eui;
	return true;
}

bool duis_eui_parse(const char *text, uint64_t *ret)
{
	uint64_t eui;

	if (!eui_at(text, &eui) || text[EUI_LEN])
		return false;
	*ret = eui;
	return true;
}

char *duis_eui_text(uint64_t eui, char buf[DUIS_EUI_SIZE])
{
	static const char digits[] = "0123456789ABCDEF";
	char *p = buf;

	for (int shift = 56; shift >= 0; shift -= 8) {
		*p++ = digits[eui >> (shift + 4) & 15];
		*p++ = digits[eui >> shift & 15];
		*p++ = '-';
	}
	p[-1] = '\0';
	return buf;
}

/* 0 to 2^64 - 1, no zeros in front. */
static bool counter_parse(const char *s, uint64_t *ret)
{
	uint64_t v = 0;

	if (!*s || (*s == '0' && s[1]))
		return false;
	for (; *s; s++) {
		unsigned d = (unsigned)(*s - '0');

		if (*s < '0' || *s > '9' || v > (UINT64_MAX - d) / 10)
			return false;
		v = v * 10 + d;
	}
	*ret = v;
	return true;
}

bool duis_id_parse(const char *text, struct duis_id *ret)
{
	struct duis_id id;

	if (!eui_at(text, &id.originator) || text[EUI_LEN] != ':' ||
	    !eui_at(text + EUI_LEN + 1, &id.target) || text[2 * EUI_LEN + 1] != ':' ||
	    !counter_parse(text + 2 * (EUI_LEN + 1), &id.counter))
		return false;
	*ret = id;
	return true;
}

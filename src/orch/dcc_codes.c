/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What response codes of the DCC mean to us, in one place. The common ones are read from published lists of
 * DCC response codes (doc/meters.md); whoever knows better, or whose DCC says it otherwise, sets `dcc_codes`.
 */
#include <ctype.h>
#include <string.h>

#include "orch/dcc_p.h"

const char *const dcc_meaning_text[] = { "good",           "acknowledged", "warning",   "authority",
					 "user",           "held",         "throttled", "status",
					 "unknown-device", "silent",       "refused",   NULL };

static const struct {
	const char *code;
	enum dcc_meaning meaning;
	const char *says;
} codes[] = {
	{ "I0", DCC_CODE_GOOD, "taken" },
	{ "I99", DCC_CODE_ACK, "taken, which is no success yet" },
	{ "E1", DCC_CODE_USER, "the user and its role are not known" },
	{ "E2", DCC_CODE_USER, "the role may not send this service" },
	{ "E3", DCC_CODE_USER, "the status of the user does not allow it" },
	{ "E4", DCC_CODE_AUTHORITY, "the user has no authority over the device" },
	{ "E5", DCC_CODE_STATUS, "the status of the device does not allow it" },
	{ "E11", DCC_CODE_REFUSED, "the service does not fit the type of the device" },
	{ "E12", DCC_CODE_REFUSED, "the command variant does not fit" },
	{ "E13", DCC_CODE_REFUSED, "sent to the wrong service" },
	{ "E17", DCC_CODE_REFUSED, "not available as a local command" },
	{ "E19", DCC_CODE_UNKNOWN_DEVICE, "the device does not exist" },
	{ "E20", DCC_CODE_SILENT, "the device could not be reached" },
	{ "E21", DCC_CODE_SILENT, "the device did not answer" },
	{ "E30", DCC_CODE_SILENT, "no answer to a future-dated command in time" },
	{ "E31", DCC_CODE_SILENT, "no answer to a future-dated command in time" },
};

/* CODE=meaning, separated by blanks or commas. */
static bool setting_next(const char **p, char code[16], char meaning[24])
{
	size_t n, k;

	*p += strspn(*p, " ,\t");
	n = strcspn(*p, "=, \t");
	if (!**p)
		return false;
	k = (*p)[n] == '=' ? strcspn(*p + n + 1, ", \t") : 0;
	code[0] = meaning[0] = '\0';
	if (n < 16) {
		memcpy(code, *p, n);
		code[n] = '\0';
	}
	if (k < 24 && k) {
		memcpy(meaning, *p + n + 1, k);
		meaning[k] = '\0';
	}
	*p += n + (k ? k + 1 : (*p)[n] == '=');
	return true;
}

static int meaning_named(const char *text)
{
	for (int i = DCC_CODE_AUTHORITY; dcc_meaning_text[i]; i++)
		if (!strcmp(dcc_meaning_text[i], text))
			return i;
	return -1;
}

int dcc_codes_check(const char *text, struct err *e)
{
	char code[16], meaning[24];

	while (setting_next(&text, code, meaning))
		if (code[0] != 'E' || !isdigit((unsigned char)code[1]) || meaning_named(meaning) < 0)
			return err_set(e, ERR_CONFIG,
				       "'%.15s=%.23s': it is CODE=MEANING, for example E57=held, with "
				       "authority, user, held, throttled, status, unknown-device, silent or "
				       "refused",
				       code, meaning);
	return OK;
}

enum dcc_meaning dcc_code_meaning(const struct dcc_door *d, const char *code)
{
	char set[16], meaning[24];

	for (const char *p = d->set.codes; setting_next(&p, set, meaning);)
		if (!strcmp(set, code))
			return (enum dcc_meaning)meaning_named(meaning);
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (!strcmp(codes[i].code, code))
			return codes[i].meaning;
	return *code == 'W' ? DCC_CODE_WARNING : *code == 'I' ? DCC_CODE_GOOD : DCC_CODE_REFUSED;
}

const char *dcc_code_says(const char *code)
{
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (!strcmp(codes[i].code, code))
			return codes[i].says;
	return "";
}

enum meter_event dcc_code_event(const struct dcc_door *d, const char *code)
{
	static const enum meter_event events[] = { [DCC_CODE_GOOD] = METER_EV_TAKEN,
						   [DCC_CODE_ACK] = METER_EV_ACK,
						   [DCC_CODE_WARNING] = METER_EV_TAKEN,
						   [DCC_CODE_AUTHORITY] = METER_EV_AUTHORITY_LOST,
						   [DCC_CODE_USER] = METER_EV_HELD,
						   [DCC_CODE_HELD] = METER_EV_HELD,
						   [DCC_CODE_THROTTLED] = METER_EV_HELD,
						   [DCC_CODE_STATUS] = METER_EV_NOT_COMMISSIONED,
						   [DCC_CODE_UNKNOWN_DEVICE] = METER_EV_INVALID_ID,
						   [DCC_CODE_SILENT] = METER_EV_ANSWER_LOST,
						   [DCC_CODE_REFUSED] = METER_EV_REFUSED };

	return events[dcc_code_meaning(d, code)];
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "model/cpl_rules.h"

#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/parse.h"

const char *const cpl_type_text[CPL_TYPES + 1] = {
	[CPL_TYPE_CH] = "Communications Hub",
	[CPL_TYPE_GSME] = "Gas Smart Meter",
	[CPL_TYPE_HCALCS] = "HAN Connected Auxiliary Load Control Switch",
	[CPL_TYPE_POLYPHASE] = "Polyphase Electricity Metering Equipment",
	[CPL_TYPE_PPMID] = "Pre-Payment Interface Device",
	[CPL_TYPE_SINGLE] = "Single Element Electricity Metering Equipment",
	[CPL_TYPE_TWIN] = "Twin Element Electricity Metering Equipment",
};

#define SMETS1 "SMETS V1.2"
#define GBCS_NONE "0.0"
/* What electricity meters share; polyphase meters and HCALCS have no SMETS1 form. */
#define ELECTRICITY(type)                                                                                    \
	{ type, "SMETS V2.0", "1.1" }, { type, "SMETS V3.1", "2.0" }, { type, "SMETS V3.1", "2.1" },         \
	    { type, "SMETS V4.2", "3.2" }, { type, "SMETS V5.0", "4.0" },                                    \
	{                                                                                                    \
		type, "SMETS V5.1", "4.1"                                                                    \
	}
/* What gas meters and PPMIDs share. */
#define GAS(type)                                                                                            \
	{ type, SMETS1, GBCS_NONE }, { type, "SMETS V2.0", "1.1" }, { type, "SMETS V3.1", "2.0" },           \
	    { type, "SMETS V3.1", "2.1" }, { type, "SMETS V4.2", "3.2" },                                    \
	{                                                                                                    \
		type, "SMETS V4.3", "4.0"                                                                    \
	}

/* clang-format off */
const struct cpl_triple cpl_triples[CPL_TRIPLES] = {
	{ CPL_TYPE_CH, "CHTS V1.0", "1.1" },
	{ CPL_TYPE_CH, "CHTS V1.1", "2.0" },
	{ CPL_TYPE_CH, "CHTS V1.1", "2.1" },
	{ CPL_TYPE_CH, "CHTS V1.3", "3.2" },
	{ CPL_TYPE_CH, "CHTS V1.4", "4.0" },
	{ CPL_TYPE_CH, "CHTS V1.5", "4.1" },
	{ CPL_TYPE_CH, SMETS1, GBCS_NONE },
	{ CPL_TYPE_SINGLE, SMETS1, GBCS_NONE },
	ELECTRICITY(CPL_TYPE_SINGLE),
	{ CPL_TYPE_TWIN, SMETS1, GBCS_NONE },
	ELECTRICITY(CPL_TYPE_TWIN),
	ELECTRICITY(CPL_TYPE_POLYPHASE),
	ELECTRICITY(CPL_TYPE_HCALCS),
	GAS(CPL_TYPE_GSME),
	{ CPL_TYPE_GSME, "SMETS V4.3", "3.2" },
	{ CPL_TYPE_GSME, "SMETS V4.3", "4.1" },
	GAS(CPL_TYPE_PPMID),
	{ CPL_TYPE_PPMID, "SMETS V4.3", "3.2" },
	{ CPL_TYPE_PPMID, "SMETS V4.4", "4.1" },
};
/* clang-format on */

/* The lists of the New Entry form. */
static const char *const status_list[] = { "Current", "Removed", NULL };
static const char *const smets_list[] = { "CHTS V1.0",  "CHTS V1.1",  "CHTS V1.3",  "CHTS V1.4",
					  "CHTS V1.5",  SMETS1,       "SMETS V2.0", "SMETS V3.1",
					  "SMETS V4.2", "SMETS V4.3", "SMETS V4.4", "SMETS V5.0",
					  "SMETS V5.1", NULL };
static const char *const gbcs_list[] = { "GBCS Version 0.0", "GBCS Version 1.1",
					 "GBCS Version 2.0", "GBCS Version 2.1",
					 "GBCS Version 3.2", "GBCS Version 4.0",
					 "GBCS Version 4.1", NULL };
static const char *const security_list[] = { "Security Characteristics version 1.2",
					     "Security Characteristics version 1.3", NULL };
static const char *const dlms_list[] = { "CTT 3.1", "CTT 4.0", "CTT 4.1", "CTT 4.2", NULL };
static const char *const zse_list[] = { "ZigBee Smart Energy Standard 1.2a",
					"ZigBee Smart Energy Standard 1.2b",
					"ZigBee Smart Energy Standard 1.4", NULL };
static const char *const band_list[] = { "Single Band (2.4 GHz)", "Single Band (Sub-GHz)", "Dual Band",
					 NULL };

const struct cpl_form_info cpl_form_infos[CPL_FORMS] = {
	[FORM_CONTACT_NAME] = { "Contact-CPA.contact_name", 400, false },
	[FORM_CONTACT_TELEPHONE] = { "Contact-CPA.contact_telephone", 100, false },
	[FORM_CONTACT_EMAIL] = { "Contact-CPA.contact_email", 400, false },
	[FORM_COMPANY] = { "FIR.company_name", 45, true },
	[FORM_HOUSE] = { "FIR.house_number", 45, true },
	[FORM_STREET] = { "FIR.street", 45, true },
	[FORM_CITY] = { "FIR.city", 45, true },
	[FORM_POSTCODE] = { "FIR.post_code", 8, true },
	[FORM_COUNTRY] = { "FIR.country", 45, true },
	[FORM_TELEPHONE] = { "FIR.telephone_number", 45, true },
	[FORM_WEBSITE] = { "FIR.website", 100, true },
	[FORM_EMAIL] = { "FIR.email_address", 100, true },
	[FORM_NOTES] = { "FIR.release_notes", 500, true },
};

enum cpl_type cpl_type_find(const char *text)
{
	size_t n;
	int i = 0;

	if (!text)
		return CPL_TYPES;
	n = parse_trim(&text, strlen(text));
	while (i < CPL_TYPES && (strncasecmp(text, cpl_type_text[i], n) || cpl_type_text[i][n]))
		i++;
	return (enum cpl_type)i;
}

/* text, trimmed, is a then b. */
static bool joined_is(const char *text, const char *a, const char *b)
{
	size_t n = parse_trim(&text, strlen(text)), m = strlen(a);

	return n == m + strlen(b) && !strncasecmp(text, a, m) && !strncasecmp(text + m, b, n - m);
}

bool cpl_triple_legal(const char *type, const char *smets, const char *gbcs)
{
	return cpl_triple_of(cpl_type_find(type), smets, gbcs);
}

bool cpl_triple_of(enum cpl_type t, const char *smets, const char *gbcs)
{
	for (size_t i = 0; smets && gbcs && i < CPL_TRIPLES; i++)
		if (cpl_triples[i].type == t && joined_is(smets, cpl_triples[i].smets, "") &&
		    joined_is(gbcs, "GBCS Version ", cpl_triples[i].gbcs))
			return true;
	return false;
}

/* One submission being judged: what its own fields say about which rules hold. */
struct judge {
	const struct cpl_submission *s;
	struct cpl_failures *ret;
	enum cpl_type type; /* CPL_TYPES = not known: rules by type are skipped, the type itself fails */
	bool smets1;
};

static const char *given(const struct judge *j, enum cpl_col col)
{
	return j->s->text[col] ? j->s->text[col] : "";
}

static void fail_field(struct judge *j, const char *field, const char *rule, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
static void fail_field(struct judge *j, const char *field, const char *rule, const char *fmt, ...)
{
	struct cpl_failure *f = &j->ret->v[j->ret->n];
	va_list ap;

	assert(j->ret->n < CPL_FAILURES_MAX);
	f->field = field;
	f->rule = rule;
	va_start(ap, fmt);
	vsnprintf(f->msg, sizeof f->msg, fmt, ap);
	va_end(ap);
	j->ret->n++;
}
#define FAIL(j, col, rule, ...) fail_field((j), cpl_column_name(col), (rule), __VA_ARGS__)

/* Length, blanks, characters of a text that is given; false when nothing more should be said about it. */
static bool check_text(struct judge *j, const char *field, const char *text, unsigned longest, bool ascii)
{
	const char *s = text;
	size_t n = strlen(text);
	bool ok = true;

	if (!parse_utf8_ok(text, n)) {
		fail_field(j, field, "utf8", "It is not valid UTF-8.");
		return false;
	}
	if (parse_trim(&s, n) != n) {
		fail_field(j, field, "blanks", "There are blanks around the value.");
		ok = false;
	}
	if (n > longest) {
		fail_field(j, field, "length", "It has %zu octets; at most %u are allowed.", n, longest);
		ok = false;
	}
	for (s = text; ok && *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f || (ascii && (unsigned char)*s > '~')) {
			fail_field(j, field, "characters", "It may hold printable %scharacters only.",
				   ascii ? "ASCII " : "");
			ok = false;
		}
	return ok;
}

static bool in_list(const char *const *list, const char *text)
{
	while (*list && strcmp(*list, text))
		list++;
	return *list;
}

/* A value of a closed list; names the list when it is not. */
static bool check_list(struct judge *j, enum cpl_col col, const char *const *list)
{
	char all[140] = "";
	size_t n = 0;

	if (in_list(list, given(j, col)))
		return true;
	for (size_t i = 0; list[i] && n < sizeof all; i++)
		n += (size_t)snprintf(all + n, sizeof all - n, "%s%s", i ? ", " : "", list[i]);
	FAIL(j, col, "value", "It must be one of: %s%s.", all, n >= sizeof all ? " ..." : "");
	return false;
}

/* Hex with colons between octets or without, upper case, full width. Empty is judged by the caller. */
static bool check_hex(struct judge *j, enum cpl_col col, uint64_t *ret)
{
	const char *s = given(j, col);
	unsigned want = cpl_columns[col].digits, have = 0;
	bool colons = strchr(s, ':') != NULL, lower = false;

	for (; *s; s++) {
		if (colons && *s == ':' && have && have % 2 == 0 && s[-1] != ':' && s[1])
			continue;
		if (!isxdigit((unsigned char)*s) || (colons && have && have % 2 == 0 && s[-1] != ':'))
			break;
		lower |= *s >= 'a';
		if (have++ < 16)
			*ret = *ret << 4 |
			       (uint64_t)(isdigit((unsigned char)*s) ? *s - '0' : (*s & 0xdf) - 'A' + 10);
	}
	if (*s || have != want) {
		FAIL(j, col, "hex", "It must be %u hex digits, as octets with colons between or without.",
		     want);
		return false;
	}
	if (lower) {
		FAIL(j, col, "hex-case", "Hex digits must be upper case; lower case is refused further on.");
		return false;
	}
	return true;
}

static void judge_entry(struct judge *j)
{
	const char *number = given(j, CPL_NUMBER);
	uint64_t v;

	if (*number && (strlen(number) != 6 || !parse_digits(number, 6, &v) || !v))
		FAIL(j, CPL_NUMBER, "number",
		     "It must be six digits from 000001 to 999999, or empty: it is allocated.");
	if (*given(j, CPL_STATUS))
		check_list(j, CPL_STATUS, status_list);
	if (!*given(j, CPL_TYPE))
		FAIL(j, CPL_TYPE, "required", "It must be specified.");
	else
		check_list(j, CPL_TYPE, cpl_type_text);
}

static void judge_model(struct judge *j)
{
	static const enum cpl_col cols[] = { CPL_MANUFACTURER, CPL_MODEL, CPL_HW_VERSION, CPL_HW_REVISION,
					     CPL_FIRMWARE };
	uint64_t v[5] = { 0 }, whole = 0;
	bool ok[5];

	for (size_t i = 0; i < 5; i++) {
		ok[i] = false;
		if (!*given(j, cols[i]))
			FAIL(j, cols[i], "required", "It must be specified.");
		else
			ok[i] = check_hex(j, cols[i], &v[i]);
		if (cols[i] == CPL_MANUFACTURER && ok[i] && v[i] == 0xFFFF)
			FAIL(j, CPL_MANUFACTURER, "range", "It must be from 00:00 to FF:FE.");
		if (cols[i] == CPL_MODEL && ok[i] && v[i] > 0xFFBF)
			FAIL(j, CPL_MODEL, "range", "It must be from 00:00 to FF:BF.");
	}
	if (*given(j, CPL_MODEL_HW) && check_hex(j, CPL_MODEL_HW, &whole) && ok[1] && ok[2] && ok[3] &&
	    whole != (v[1] << 16 | v[2] << 8 | v[3]))
		FAIL(j, CPL_MODEL_HW, "concatenation",
		     "It must be model, hardware version and revision joined.");
}

/* SMETS/CHTS and GBCS version alone, then together with the device type. */
static void judge_levels(struct judge *j)
{
	const char *smets = given(j, CPL_SMETS), *gbcs = given(j, CPL_GBCS);
	bool ok = true;

	if (!*smets) {
		FAIL(j, CPL_SMETS, "required", "It must be specified.");
		ok = false;
	} else {
		ok = check_list(j, CPL_SMETS, smets_list);
	}
	if (!*gbcs) {
		FAIL(j, CPL_GBCS, "required", "It must be specified.");
		ok = false;
	} else {
		ok = check_list(j, CPL_GBCS, gbcs_list) && ok;
	}
	if (!ok || j->type == CPL_TYPES)
		return;
	if (j->type == CPL_TYPE_HCALCS && j->smets1)
		FAIL(j, CPL_SMETS, "hcalcs-smets1", "There is no SMETS1 form of this device type.");
	else if (!strncmp(smets, "CHTS", 4) && j->type != CPL_TYPE_CH)
		FAIL(j, CPL_SMETS, "chts-hub-only", "A CHTS version is for a Communications Hub only.");
	else if (j->type == CPL_TYPE_CH && strncmp(smets, "CHTS", 4) && !j->smets1)
		FAIL(j, CPL_SMETS, "hub-needs-chts", "A Communications Hub needs a CHTS version.");
	else if (j->smets1 && strcmp(gbcs, "GBCS Version " GBCS_NONE))
		FAIL(j, CPL_GBCS, "smets1-gbcs", "A SMETS1 device must have GBCS Version 0.0.");
	else if (!cpl_triple_legal(given(j, CPL_TYPE), smets, gbcs))
		FAIL(j, CPL_GBCS, "triple", "%s and %s do not go together for this device type.", smets,
		     gbcs);
}

/* The column must be empty; says so when it is not. */
static bool must_be_empty(struct judge *j, enum cpl_col col, const char *whom)
{
	if (*given(j, col))
		FAIL(j, col, "must-be-empty", "It must be empty for %s.", whom);
	return true;
}

/* Certificates are not for SMETS1; true when nothing more is to be judged. */
static bool smets1_empty(struct judge *j, enum cpl_col first, enum cpl_col last)
{
	for (int c = first; j->smets1 && c <= (int)last; c++)
		must_be_empty(j, (enum cpl_col)c, "SMETS1 devices");
	return j->smets1 || j->type == CPL_TYPES;
}

static void judge_cpa_date(struct judge *j, char kind)
{
	const char *text = given(j, CPL_CPA_EXPIRY);
	int64_t until;
	int y, m, d;

	if (!*text) {
		FAIL(j, CPL_CPA_EXPIRY, "required", "It must be specified.");
		return;
	}
	if (strlen(text) != 10 || text[2] != '/' || !parse_dmy(text, 10, &until)) {
		FAIL(j, CPL_CPA_EXPIRY, "date", "It must be a date written dd/mm/yyyy.");
		return;
	}
	time_to_ymd(j->s->today, &y, &m, &d);
	if (kind == 'E' && until < time_from_ymd(y, m, d))
		FAIL(j, CPL_CPA_EXPIRY, "expired", "An [E] certificate must not have expired.");
	/* 29 February plus six years is 1 March of a year without that day. */
	if (kind == 'E' && until > time_from_ymd(y + 6, m, m == 2 && d == 29 ? 28 : d) +
				       (m == 2 && d == 29 ? MS_PER_DAY : 0))
		FAIL(j, CPL_CPA_EXPIRY, "too-late",
		     "An [E] certificate may expire at most six years from now.");
}

static void judge_cpa(struct judge *j)
{
	const char *id = given(j, CPL_CPA_ID);
	char kind = 0;

	if (smets1_empty(j, CPL_CPA_ID, CPL_CPA_EXPIRY))
		return;
	if (j->type == CPL_TYPE_PPMID) {
		must_be_empty(j, CPL_CPA_ID, "a PPMID");
		if (strcmp(given(j, CPL_CPA_VERSION), "Not Relevant"))
			FAIL(j, CPL_CPA_VERSION, "not-relevant", "For a PPMID it must be 'Not Relevant'.");
		must_be_empty(j, CPL_CPA_EXPIRY, "a PPMID");
		return;
	}
	if (!*id) {
		FAIL(j, CPL_CPA_ID, "required", "It must be specified.");
	} else if (check_text(j, cpl_column_name(CPL_CPA_ID), id, cpl_columns[CPL_CPA_ID].longest, true)) {
		if ((strncmp(id, "[E] ", 4) && strncmp(id, "[R] ", 4)) || !id[4])
			FAIL(j, CPL_CPA_ID, "cpa-prefix",
			     "It must begin with '[E] ' (standard) or '[R] ' (lifetime certificate).");
		else
			kind = id[1];
	}
	if (!*given(j, CPL_CPA_VERSION))
		FAIL(j, CPL_CPA_VERSION, "required", "It must be specified.");
	else
		check_list(j, CPL_CPA_VERSION, security_list);
	judge_cpa_date(j, kind);
}

/* An identification number and a version that go together. */
static void judge_pair(struct judge *j, enum cpl_col id, enum cpl_col version, const char *const *list,
		       bool needed)
{
	if (!needed && !*given(j, id) && !*given(j, version))
		return;
	if (!*given(j, id))
		FAIL(j, id, "required", "It must be specified.");
	else
		check_text(j, cpl_column_name(id), given(j, id), cpl_columns[id].longest, true);
	if (!*given(j, version))
		FAIL(j, version, "required", "It must be specified.");
	else
		check_list(j, version, list);
}

static bool has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (; *text; text++)
		if (!strncasecmp(text, word, n))
			return true;
	return false;
}

/* "fragment N of M" with 1 <= N <= M <= 99 stands in the text. */
static bool names_fragment(const char *s)
{
	unsigned n, m;

	for (; *s; s++)
		if (!strncasecmp(s, "fragment ", 9) && sscanf(s + 9, "%3u of %3u", &n, &m) == 2)
			return n >= 1 && n <= m && m <= 99;
	return false;
}

static void judge_image(struct judge *j)
{
	const char *creator = given(j, CPL_CREATOR), *hash = given(j, CPL_HASH),
		   *text = given(j, CPL_DESCRIPTOR);
	uint64_t ignored = 0;
	bool band = false;

	if (*hash && !*creator)
		FAIL(j, CPL_CREATOR, "both-or-neither", "It must be specified when the image hash is.");
	if (*creator && !*hash)
		FAIL(j, CPL_HASH, "both-or-neither", "It must be specified when the image creator is.");
	if (*creator)
		check_text(j, cpl_column_name(CPL_CREATOR), creator, cpl_columns[CPL_CREATOR].longest, false);
	if (*hash)
		check_hex(j, CPL_HASH, &ignored);
	if (!*text ||
	    !check_text(j, cpl_column_name(CPL_DESCRIPTOR), text, cpl_columns[CPL_DESCRIPTOR].longest, false))
		return;
	if (!*hash)
		FAIL(j, CPL_DESCRIPTOR, "needs-hash", "It may be specified only when the image hash is.");
	if (has_word(text, "fragment") && !names_fragment(text))
		FAIL(j, CPL_DESCRIPTOR, "fragment",
		     "A fragment must be named 'Fragment N of M of VERSION', N from 1 to M.");
	for (size_t i = 0; band_list[i]; i++)
		band |= strstr(text, band_list[i]) != NULL;
	if (has_word(text, "band") && !band)
		FAIL(j, CPL_DESCRIPTOR, "band",
		     "The ZigBee band must be one of: Single Band (2.4 GHz), Single Band (Sub-GHz), Dual "
		     "Band.");
}

static void judge_form(struct judge *j)
{
	bool no_fir = j->type == CPL_TYPE_CH || j->type == CPL_TYPE_PPMID || j->type == CPL_TYPE_HCALCS;
	bool no_contact = j->type == CPL_TYPE_PPMID || j->smets1;

	for (int i = 0; j->s->has_form && i < CPL_FORMS; i++) {
		const struct cpl_form_info *f = &cpl_form_infos[i];
		const char *text = j->s->form[i] ? j->s->form[i] : "";

		if (*text && (f->fir ? no_fir : no_contact))
			fail_field(j, f->name, "must-be-empty", "It must be empty for this device type.");
		else if (*text)
			check_text(j, f->name, text, f->longest, false);
		else if (f->fir && !no_fir && j->type != CPL_TYPES)
			fail_field(j, f->name, "required",
				   "It must be specified: it is published on the FIR.");
	}
}

size_t cpl_validate(const struct cpl_submission *s, struct cpl_failures *ret)
{
	struct judge j = { .s = s, .ret = ret };
	bool electric;

	ret->n = 0;
	j.type = in_list(cpl_type_text, given(&j, CPL_TYPE)) ? cpl_type_find(given(&j, CPL_TYPE)) : CPL_TYPES;
	j.smets1 = !strcmp(given(&j, CPL_SMETS), SMETS1);
	electric = j.type == CPL_TYPE_SINGLE || j.type == CPL_TYPE_TWIN || j.type == CPL_TYPE_POLYPHASE;

	judge_entry(&j);
	judge_model(&j);
	judge_levels(&j);
	judge_cpa(&j);
	if (!smets1_empty(&j, CPL_DLMS_ID, CPL_DLMS_VERSION))
		judge_pair(&j, CPL_DLMS_ID, CPL_DLMS_VERSION, dlms_list, electric);
	if (!smets1_empty(&j, CPL_ZSE_ID, CPL_ZSE_VERSION))
		judge_pair(&j, CPL_ZSE_ID, CPL_ZSE_VERSION, zse_list, true);
	judge_image(&j);
	judge_form(&j);
	return ret->n;
}

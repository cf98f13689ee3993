/* SPDX-License-Identifier: Apache-2.0 */
#include "model/cpl.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/parse.h"
#include "base/str.h"
#include "model/cpl_diff.h"
#include "model/cpl_rules.h"

const struct cpl_column cpl_columns[CPL_COLS] = {
#define X(name, column, kind, digits, longest, sheet, csv, group, attribute, label)                          \
	{ column, kind, digits, longest, sheet, csv, group, attribute, label },
#include "model/cpl_columns.h"
#undef X
};

const char *const cpl_layout_text[] = { "csv", "workbook" };

const struct cpl_warning_info cpl_warning_infos[CPL_WARNINGS] = {
	[CPL_WARN_BLANKS] = { "blanks", "There are blanks around the value; they are kept, and ignored in "
					"comparisons." },
	[CPL_WARN_ZEROS] = { "zeros", "Leading zeros were lost; they are put back for lookups." },
	[CPL_WARN_CASE] = { "case",
			    "The value is not in the usual case; the usual one is used for lookups." },
	[CPL_WARN_TYPE] = { "device-type", "The device type is not one of the seven of the CPL." },
	[CPL_WARN_TRIPLE] = { "triple", "Device type, SMETS or CHTS version and GBCS version are not a "
					"combination that a new "
					"submission may have." },
	[CPL_WARN_DATE] = { "date", "The date cannot be read." },
	[CPL_WARN_RANGE] = { "range", "The value is in the reserved range." },
	[CPL_WARN_IMAGE] = { "image", "Image creator and image hash should both be given or both be empty." },
	[CPL_WARN_FORMULA] = { "formula",
			       "A spreadsheet would run the value; exports put an apostrophe in front." },
	[CPL_WARN_TWIN] = { "twin", "Another entry has the same manufacturer, model, hardware and firmware; "
				    "questions by version "
				    "will be ambiguous." },
	[CPL_WARN_IDENTITY] = { "identity",
				"The identity of a standing entry changes; check its path statements." },
	[CPL_WARN_SAME_VERSION] = { "same-version",
				    "The content changes but the version of the CPL does not." },
	[CPL_WARN_ABSENT] = { "absent", "A Removed entry is no longer in the file; it is kept." },
};

const char *cpl_column_name(enum cpl_col col)
{
	/* Names of columns that only the workbook has are joined here as the CSV would. */
	static const char *const workbook[CPL_COLS] = {
		[CPL_CPA_ID] = "CPA_Certificate.identification_number",
		[CPL_CPA_VERSION] = "CPA_Certificate.security_characteristics_version",
		[CPL_CPA_EXPIRY] = "CPA_Certificate.expiry_date",
		[CPL_DLMS_ID] = "DLMS_Certificate.identification_number",
		[CPL_DLMS_VERSION] = "DLMS_Certificate.DLMS_version",
		[CPL_ZSE_ID] = "ZSE_Certificate.identification_number",
		[CPL_ZSE_VERSION] = "ZSE_Certificate.ZSE_version",
		[CPL_CREATOR] = "Manufacturer_Image.creator",
		[CPL_DESCRIPTOR] = "Manufacturer_Image.descriptor",
	};

	assert(col < CPL_COLS);
	return *cpl_columns[col].csv ? cpl_columns[col].csv : workbook[col];
}

unsigned cpl_file_column(enum cpl_layout layout, enum cpl_col col)
{
	unsigned n = 1; /* the version is the first column of the CSV */

	if (layout == CPL_WORKBOOK)
		return cpl_columns[col].sheet;
	for (int i = 0; i <= (int)col; i++)
		n += *cpl_columns[i].csv != 0;
	return *cpl_columns[col].csv ? n : 0;
}

int cpl_place(enum cpl_layout layout, int64_t line, enum cpl_col col, struct err *e)
{
	unsigned n = cpl_file_column(layout, col);
	char where[64];

	if (layout == CPL_CSV)
		return err_at(e, cpl_column_name(col), line, n);
	if (n)
		snprintf(where, sizeof where, CPL_SHEET "!%c%lld", 'A' + (int)n - 1, (long long)line);
	else
		snprintf(where, sizeof where, CPL_SHEET "!%lld", (long long)line);
	return err_at(e, where, line, n);
}

/* What the file has, safe to show: cut, printable, and never half a character. */
#define SHOWN 48
static const char *shown(const char *s, char buf[SHOWN])
{
	size_t i;

	for (i = 0; s[i] && i < SHOWN - 4; i++)
		buf[i] = (char)(s[i] >= ' ' && s[i] <= '~' ? s[i] : '?');
	snprintf(buf + i, SHOWN - i, "%s", s[i] ? "..." : "");
	return buf;
}

/* State of reading one row. */
struct reading {
	enum cpl_layout layout;
	const struct cpl_row *row;
	char *free; /* what is left of the scratch */
	size_t left;
	cpl_warn_fn *warn;
	void *ctx;
	struct err *e;
};

static void warn(const struct reading *r, enum cpl_warning what, enum cpl_col col)
{
	if (r->warn)
		r->warn(what, col, r->ctx);
}

static int refuse(const struct reading *r, enum cpl_col col)
{
	return cpl_place(r->layout, r->row->line, col, r->e);
}

/* Control characters have no business in any column; line ends and tabs are dirt in texts of the workbook. */
static int check_control(const struct reading *r, enum cpl_col col, const char *s)
{
	enum cpl_kind kind = cpl_columns[col].kind;
	bool text = kind == CPL_KIND_TEXT || kind == CPL_KIND_HASH || kind == CPL_KIND_DATE;

	for (; *s; s++)
		if (((unsigned char)*s < ' ' || *s == 0x7f) &&
		    !(text && (*s == '\n' || *s == '\r' || *s == '\t'))) {
			err_set(r->e, ERR_IMPORT, "the value has the control character 0x%02x",
				(unsigned)(unsigned char)*s);
			return refuse(r, col);
		}
	return OK;
}

/* Where a value starts and ends without the blanks around it. */
static size_t trimmed(const struct reading *r, enum cpl_col col, const char **s)
{
	size_t all = strlen(*s), n = parse_trim(s, all);

	if (n != all)
		warn(r, CPL_WARN_BLANKS, col);
	return n;
}

/* Texts stay as they are, but for the apostrophe that an export put in front of a formula. */
static int read_text(const struct reading *r, enum cpl_col col, const char **text)
{
	const char *s = *text;

	if (check_control(r, col, s))
		return r->e->code;
	if (text_is_guarded(s))
		*text = ++s;
	if (text_is_formula(s))
		warn(r, CPL_WARN_FORMULA, col);
	trimmed(r, col, &s);
	return OK;
}

/* Copies a hex text without its colons into the scratch: that is the form that is kept. */
static int drop_colons(struct reading *r, enum cpl_col col, const char **text)
{
	const char *s = *text;
	char *out = r->free, buf[SHOWN];
	size_t n = 0, digits = 0;
	bool colon = false;

	for (; *s; s++) {
		if (*s == ':') {
			/* Between octets only. */
			if (!digits || digits % 2 || colon || !isxdigit((unsigned char)s[1])) {
				err_set(r->e, ERR_IMPORT, "'%s' has a colon in a strange place",
					shown(*text, buf));
				return refuse(r, col);
			}
			colon = true;
			continue;
		}
		colon = false;
		digits += isxdigit((unsigned char)*s) != 0;
		if (n + 1 >= r->left || n > cpl_columns[col].digits + 14) {
			err_set(r->e, ERR_IMPORT, "'%s' is too long: %u hex digits are expected",
				shown(*text, buf), cpl_columns[col].digits);
			return refuse(r, col);
		}
		out[n++] = *s;
	}
	out[n++] = 0;
	r->free += n;
	r->left -= n;
	*text = out;
	return OK;
}

/* A hex digit in upper case; 0 when it is none. */
static inline char upper_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c;
	c = (char)(c & ~0x20);
	return c >= 'A' && c <= 'F' ? c : 0;
}

/* A hex column into its canonical digits; text becomes the form that is kept. Lost zeros are put back, but
 * not where colons show the octets. Only the hash may be empty. */
static int read_hex(struct reading *r, enum cpl_col col, const char **text, char *canonical)
{
	unsigned want = cpl_columns[col].digits;
	bool exact = cpl_columns[col].kind == CPL_KIND_HASH || strchr(*text, ':'), lower = false;
	const char *s;
	char buf[SHOWN];
	size_t n;

	if (check_control(r, col, *text) || (strchr(*text, ':') && drop_colons(r, col, text)))
		return r->e->code;
	s = *text;
	n = trimmed(r, col, &s);
	if (cpl_columns[col].kind == CPL_KIND_HASH && !n) {
		*canonical = 0;
		return OK;
	}
	if (!n) {
		err_set(r->e, ERR_IMPORT, "the value is empty; %u hex digits are expected", want);
		return refuse(r, col);
	}
	for (size_t i = 0; i < n; i++)
		if (!upper_hex(s[i])) {
			err_set(r->e, ERR_IMPORT, "'%s' is not hexadecimal; %u hex digits are expected",
				shown(*text, buf), want);
			return refuse(r, col);
		}
	if (n > want || (exact && n < want)) {
		err_set(r->e, ERR_IMPORT, "'%s' has %zu hex digits; %u are expected", shown(*text, buf), n,
			want);
		return refuse(r, col);
	}
	memset(canonical, '0', want - n);
	for (size_t i = 0; i < n; i++) {
		canonical[want - n + i] = upper_hex(s[i]);
		lower |= s[i] >= 'a';
	}
	canonical[want] = 0;
	if (n < want)
		warn(r, CPL_WARN_ZEROS, col);
	if (lower)
		warn(r, CPL_WARN_CASE, col);
	return OK;
}

static int read_number(const struct reading *r, const char *text, uint32_t *ret)
{
	const char *s = text;
	char buf[SHOWN];
	uint64_t v;
	size_t n;

	if (check_control(r, CPL_NUMBER, s))
		return r->e->code;
	n = trimmed(r, CPL_NUMBER, &s);
	if (!n || n > 6 || !parse_digits(s, n, &v) || !v) {
		err_set(r->e, ERR_IMPORT, "'%s' is not an entry number; these go from 000001 to 999999",
			shown(text, buf));
		return refuse(r, CPL_NUMBER);
	}
	if (n < 6)
		warn(r, CPL_WARN_ZEROS, CPL_NUMBER);
	*ret = (uint32_t)v;
	return OK;
}

static int read_status(const struct reading *r, const char *text, bool *ret_removed)
{
	const char *s = text;
	char buf[SHOWN];
	size_t n;

	if (check_control(r, CPL_STATUS, s))
		return r->e->code;
	n = trimmed(r, CPL_STATUS, &s);
	if (n != 7 || (strncasecmp(s, "Current", 7) && strncasecmp(s, "Removed", 7))) {
		err_set(r->e, ERR_IMPORT, "the status is '%s'; it must be Current or Removed",
			shown(text, buf));
		return refuse(r, CPL_STATUS);
	}
	*ret_removed = tolower((unsigned char)*s) == 'r';
	if (strncmp(s, *ret_removed ? "Removed" : "Current", 7))
		warn(r, CPL_WARN_CASE, CPL_STATUS);
	return OK;
}

/* Manufacturer, model, hardware and firmware; the concatenated column must say the same as its parts. */
static int read_identity(struct reading *r, struct cpl_entry *t)
{
	static const enum cpl_col parts[] = { CPL_MANUFACTURER, CPL_MODEL, CPL_HW_VERSION, CPL_HW_REVISION,
					      CPL_FIRMWARE };
	static const unsigned char width[] = { 4, 4, 2, 2, 8 }; /* cpl_columns[parts[i]].digits */
	char digits[5][9], whole[9], joined[9];
	uint64_t v[5];

	for (size_t i = 0; i < 5; i++) {
		if (read_hex(r, parts[i], &t->text[parts[i]], digits[i]))
			return r->e->code;
		if (!parse_hex(digits[i], width[i], &v[i]))
			return err_set(r->e, ERR_INTERNAL, "'%s' was hex and is not", digits[i]);
	}
	t->model_key = v[0] << 32 | v[1] << 16 | v[2] << 8 | v[3];
	t->firmware = (uint32_t)v[4];
	if (v[0] == 0xFFFF)
		warn(r, CPL_WARN_RANGE, CPL_MANUFACTURER);
	if (v[1] > 0xFFBF)
		warn(r, CPL_WARN_RANGE, CPL_MODEL);

	memcpy(joined, digits[1], 4);
	memcpy(joined + 4, digits[2], 2);
	memcpy(joined + 6, digits[3], 3); /* with its NUL */
	if (!t->text[CPL_MODEL_HW]) {
		assert(r->left > 8);
		memcpy(r->free, joined, 9);
		t->text[CPL_MODEL_HW] = r->free;
		r->free += 9;
		r->left -= 9;
		return OK;
	}
	if (read_hex(r, CPL_MODEL_HW, &t->text[CPL_MODEL_HW], whole))
		return r->e->code;
	if (strcmp(whole, joined)) {
		err_set(r->e, ERR_IMPORT,
			"the concatenated model is %s but model, hardware version and revision give %s",
			whole, joined);
		return refuse(r, CPL_MODEL_HW);
	}
	return OK;
}

static bool is_blank_text(const char *s)
{
	return !s || !parse_trim(&s, strlen(s));
}

static void read_cpa(const struct reading *r, struct cpl_entry *t)
{
	const char *id = t->text[CPL_CPA_ID], *until = t->text[CPL_CPA_EXPIRY];

	t->cpa_until = -1;
	if (id) {
		parse_trim(&id, strlen(id));
		if (id[0] == '[' && (id[1] == 'E' || id[1] == 'R') && id[2] == ']')
			t->cpa_kind = id[1];
	}
	if (!is_blank_text(until) && !cpl_date_parse(until, &t->cpa_until))
		warn(r, CPL_WARN_DATE, CPL_CPA_EXPIRY);
}

/* Warnings that look at several columns. */
static void judge(const struct reading *r, const struct cpl_entry *t)
{
	const char *smets = t->text[CPL_SMETS], *gbcs = t->text[CPL_GBCS];
	enum cpl_type type = cpl_type_find(t->text[CPL_TYPE]);

	if (type == CPL_TYPES)
		warn(r, CPL_WARN_TYPE, CPL_TYPE);
	else if (!cpl_triple_of(type, smets, gbcs))
		warn(r, CPL_WARN_TRIPLE, CPL_GBCS);
	if (t->text[CPL_CREATOR] && is_blank_text(t->text[CPL_CREATOR]) != !*t->hash)
		warn(r, CPL_WARN_IMAGE, CPL_CREATOR);
}

int cpl_read(enum cpl_layout layout, const struct cpl_row *row, char scratch[CPL_SCRATCH],
	     struct cpl_entry *ret, cpl_warn_fn *warn_fn, void *ctx, struct err *e)
{
	struct reading r = { layout, row, scratch, CPL_SCRATCH, warn_fn, ctx, e };
	struct cpl_entry t = { 0 };

	memcpy(t.text, row->text, sizeof t.text);
	for (int c = 0; c < CPL_COLS; c++) {
		if (!t.text[c]) {
			/* The readers give every column of their layout. */
			assert(!cpl_file_column(layout, (enum cpl_col)c));
			continue;
		}
		if ((cpl_columns[c].kind == CPL_KIND_TEXT || cpl_columns[c].kind == CPL_KIND_DATE) &&
		    read_text(&r, (enum cpl_col)c, &t.text[c]))
			return e->code;
	}
	if (read_number(&r, t.text[CPL_NUMBER], &t.number) ||
	    read_status(&r, t.text[CPL_STATUS], &t.removed) || read_identity(&r, &t) ||
	    read_hex(&r, CPL_HASH, &t.text[CPL_HASH], t.hash))
		return e->code;
	read_cpa(&r, &t);
	judge(&r, &t);
	*ret = t;
	return OK;
}

/* After a word, any case, and the blanks behind it; NULL when it is not there. */
static const char *skip_word(const char *s, const char *word)
{
	size_t n = strlen(word);

	if (!s || strncasecmp(s, word, n) || s[n] != ' ')
		return NULL;
	for (s += n; *s == ' '; s++)
		;
	return s;
}

int cpl_version_parse(const char *text, struct cpl_version *ret, struct err *e)
{
	struct cpl_version v = { 0 };
	const char *s = text, *dot, *end;
	uint64_t major, minor;
	char buf[SHOWN];

	parse_trim(&s, strlen(s));
	s = skip_word(s, "Version");
	dot = s ? s + strspn(s, "0123456789") : NULL;
	end = dot && *dot == '.' ? dot + 1 + strspn(dot + 1, "0123456789") : NULL;
	if (end && end > dot + 1 && dot > s && dot - s <= 4 && end - dot <= 7 && *end == ' ' &&
	    parse_digits(s, (size_t)(dot - s), &major) &&
	    parse_digits(dot + 1, (size_t)(end - dot - 1), &minor)) {
		v.major = (uint32_t)major;
		v.minor = (uint32_t)minor;
		str_copyn(v.text, sizeof v.text, s, (size_t)(end - s));
		while (*end == ' ')
			end++;
		s = skip_word(skip_word(end, "Issued"), "on");
		if (s && parse_dmy(s, parse_trim(&s, strlen(s)), &v.issued_on)) {
			*ret = v;
			return OK;
		}
	}
	return err_set(e, ERR_IMPORT,
		       "the version text is '%s'; it must read like 'Version 2.051 Issued on 21-09-2022'",
		       shown(text, buf));
}

int cpl_version_cmp(const struct cpl_version *a, const struct cpl_version *b)
{
	if (a->major != b->major)
		return a->major < b->major ? -1 : 1;
	return a->minor < b->minor ? -1 : a->minor > b->minor;
}

bool cpl_date_parse(const char *text, int64_t *ret_ms)
{
	/* Spreadsheet serials count days from 1899-12-30. Below 1970 and past 2199 is no expiry date. */
	const uint64_t serial_1970 = 25569, serial_2200 = 109576;
	uint64_t serial;
	size_t n;

	if (!text)
		return false;
	n = parse_trim(&text, strlen(text));
	if (parse_dmy(text, n, ret_ms))
		return true;
	if (n > 2 && text[n - 1] == '0' && text[n - 2] == '.')
		n -= 2;
	if (n != 5 && n != 6)
		return false;
	if (!parse_digits(text, n, &serial) || serial < serial_1970 || serial >= serial_2200)
		return false;
	*ret_ms = (int64_t)(serial - serial_1970) * MS_PER_DAY;
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of devices as spreadsheets have them: lines into fields, fields into an identity. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "core/checklist.h"
#include "model/ident.h"

/* What people write over their columns, in lower case without blanks and signs. */
static const struct {
	const char *name;
	enum checklist_field field;
} names[] = {
	{ "device", CHECK_DEVICE },
	{ "deviceid", CHECK_DEVICE },
	{ "name", CHECK_DEVICE },
	{ "id", CHECK_DEVICE },
	{ "guid", CHECK_DEVICE },
	{ "eui", CHECK_DEVICE },
	{ "eui64", CHECK_DEVICE },
	{ "meter", CHECK_DEVICE },
	{ "asset", CHECK_DEVICE },
	{ "serial", CHECK_DEVICE },
	{ "serialnumber", CHECK_DEVICE },
	{ "mpan", CHECK_DEVICE },
	{ "mprn", CHECK_DEVICE },
	{ "mpxn", CHECK_DEVICE },
	{ "entry", CHECK_ENTRY },
	{ "entryid", CHECK_ENTRY },
	{ "entrynumber", CHECK_ENTRY },
	{ "cpl", CHECK_ENTRY },
	{ "cplentry", CHECK_ENTRY },
	{ "cplentryid", CHECK_ENTRY },
	{ "identity", CHECK_ENTRY },
	{ "from", CHECK_ENTRY },
	{ "runs", CHECK_ENTRY },
	{ "manufacturer", CHECK_MAKER },
	{ "manufacturerid", CHECK_MAKER },
	{ "manufactureridentifier", CHECK_MAKER },
	{ "maker", CHECK_MAKER },
	{ "vendor", CHECK_MAKER },
	{ "model", CHECK_MODEL },
	{ "modelid", CHECK_MODEL },
	{ "modelidentifier", CHECK_MODEL },
	{ "devicemodel", CHECK_MODEL },
	{ "hardware", CHECK_HARDWARE },
	{ "hardwareversion", CHECK_HARDWARE },
	{ "hw", CHECK_HARDWARE },
	{ "hwversion", CHECK_HARDWARE },
	{ "revision", CHECK_REVISION },
	{ "hardwarerevision", CHECK_REVISION },
	{ "hwrevision", CHECK_REVISION },
	{ "version", CHECK_VERSION },
	{ "firmware", CHECK_VERSION },
	{ "firmwareversion", CHECK_VERSION },
	{ "fw", CHECK_VERSION },
	{ "fwversion", CHECK_VERSION },
	{ "to", CHECK_TO },
	{ "target", CHECK_TO },
	{ "shouldrun", CHECK_TO },
};

static int name_find(const char *text)
{
	char bare[40];
	size_t n = 0;

	for (; *text; text++) {
		if (!isalnum((unsigned char)*text))
			continue;
		if (n == sizeof bare - 1)
			return -1;
		bare[n++] = (char)tolower((unsigned char)*text);
	}
	bare[n] = '\0';
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(names[i].name, bare))
			return (int)names[i].field;
	return -1;
}

/* Cuts the line at its delimiters, in place; quotes as in CSV. */
static int split(char *line, char delimiter, char *field[CHECKLIST_FIELDS_MAX], size_t *ret_n, struct err *e)
{
	size_t n = 0;
	char *p = line;

	for (;;) {
		char *to, *start;
		const char *trimmed;
		size_t len;

		if (n == CHECKLIST_FIELDS_MAX)
			return err_set(e, ERR_INVALID, "the line has more than %d fields",
				       CHECKLIST_FIELDS_MAX);
		start = to = p;
		if (*p == '"') {
			for (p++; *p && (*p != '"' || p[1] == '"'); p++) {
				p += *p == '"';
				*to++ = *p;
			}
			if (*p != '"' || (p[1] && p[1] != delimiter))
				return err_set(e, ERR_INVALID, "a quoted field does not end where it should");
			p++;
		} else {
			for (; *p && *p != delimiter; p++)
				to++;
		}
		field[n] = start;
		len = (size_t)(to - start);
		delimiter = *p ? *p : delimiter;
		bool last = !*p;
		trimmed = start;
		len = parse_trim(&trimmed, len);
		memmove(field[n], trimmed, len);
		field[n++][len] = '\0';
		if (last)
			break;
		p++;
	}
	*ret_n = n;
	return OK;
}

void checklist_start(struct checklist_reader *r, char *text, size_t n)
{
	*r = (struct checklist_reader){ .at = text, .end = text + n };
	if (n >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3))
		r->at += 3;
}

/* The next line that is not blank, terminated; NULL at the end. */
static char *line_next(struct checklist_reader *r)
{
	while (r->at < r->end) {
		char *line = r->at, *nl = memchr(line, '\n', (size_t)(r->end - line)),
		     *stop = nl ? nl : r->end;
		size_t n = (size_t)(stop - line);

		r->at = nl ? nl + 1 : r->end;
		r->number++;
		while (n && (line[n - 1] == '\r' || line[n - 1] == ' '))
			n--;
		line[n] = '\0';
		if (line[strspn(line, " \t,;")])
			return line;
	}
	return NULL;
}

static char delimiter_of(const char *line)
{
	return strchr(line, '\t') ? '\t' : strchr(line, ';') ? ';' : ',';
}

static bool is_identity(const char *text)
{
	struct ident id;
	struct err e;

	return !ident_parse(text, false, &id, &e);
}

/* "MODEL:VERSION" for the parser; the version's octets may have colons of their own. */
static void join(char *buf, size_t size, const char *const part[], size_t n, const char *version)
{
	STR(text, 1 * KIB);

	for (size_t i = 0; i < n; i++) {
		bool colons = strchr(part[i], ':') != NULL;

		if (*part[i] && text.len)
			str_addc(&text, ':');
		for (const char *p = part[i]; *p; p++)
			str_addc(&text, !colons && strchr(" -/.", *p) ? ':' : *p);
	}
	if (text.len && *version)
		str_addc(&text, ':');
	if (version[0] == '0' && (version[1] == 'x' || version[1] == 'X'))
		version += 2;
	for (; *version; version++)
		if (!strchr(":- ", *version))
			str_addc(&text, *version);
	str_copy(buf, size, str_c(&text));
}

static bool joined_ok(struct checklist_line *l, char *const *field, size_t n, const char *version)
{
	const char *part[4];

	for (size_t i = 0; i < n; i++)
		part[i] = field[i];
	join(l->written, sizeof l->written, part, n, version);
	return is_identity(l->written);
}

/* Without a header: the first reading of the fields that is an identity. */
static int read_bare(struct checklist_line *l, char **f, size_t n, struct err *e)
{
	static const struct {
		size_t fields;
		int device, identity,
		    parts; /* places; identity -1: that many parts from the next place, then the version */
		bool to;   /* the last field is the target */
	} layouts[] = {
		{ 1, -1, 0, 0, false },                          /* identity */
		{ 2, -1, -1, 1, false },                         /* model, version */
		{ 2, 0, 1, 0, false },                           /* device, identity */
		{ 2, -1, 0, 0, true },                           /* identity, target */
		{ 3, 0, -1, 1, false },                          /* device, model, version */
		{ 3, -1, -1, 1, true },                          /* model, version, target */
		{ 3, -1, -1, 2, false },                         /* maker, model, version */
		{ 3, 0, 1, 0, true },                            /* device, identity, target */
		{ 4, 0, -1, 2, false },                          /* device, maker, model, version */
		{ 4, 0, -1, 1, true },                           /* device, model, version, target */
		{ 5, 0, -1, 3, false },                          /* device, maker, model, hardware, version */
		{ 5, 0, -1, 2, true },   { 6, 0, -1, 4, false }, /* ... and hardware revision */
		{ 6, 0, -1, 3, true },   { 7, 0, -1, 4, true },
	};
	struct ident id;

	while (n > 1 && !*f[n - 1])
		n--;
	for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
		size_t at = layouts[i].device < 0 ? 0 : 1;

		if (layouts[i].fields != n)
			continue;
		if (layouts[i].identity >= 0) {
			if (!is_identity(f[layouts[i].identity]) ||
			    !str_copy(l->written, sizeof l->written, f[layouts[i].identity]))
				continue;
		} else if (!joined_ok(l, f + at, (size_t)layouts[i].parts,
				      f[at + (size_t)layouts[i].parts])) {
			continue;
		}
		if (layouts[i].to && ident_parse(f[n - 1], true, &id, e))
			continue;
		l->field[CHECK_DEVICE] = layouts[i].device < 0 ? "" : f[0];
		l->field[CHECK_TO] = layouts[i].to ? f[n - 1] : "";
		return OK;
	}
	str_copy(l->written, sizeof l->written, f[n - 1]);
	l->field[CHECK_DEVICE] = n > 1 ? f[0] : "";
	if (n == 1)
		return ident_parse(f[0], false, &id, e);
	return err_set(e, ERR_INVALID,
		       "these %zu fields are not understood: write device, model and version, or put a "
		       "header line with the names of the columns first",
		       n);
}

/* The only part that is given, when it is all that an identity needs: six digits of an Entry ID, which no
 * model has, or an identity with its colons. Fewer digits could be a model whose version is missing. */
static bool whole_in_one(const char *const part[4], char *buf, size_t size)
{
	const char *only = NULL;
	size_t n;

	for (size_t i = 0; i < 4; i++) {
		if (*part[i] && only)
			return false;
		if (*part[i])
			only = part[i];
	}
	n = only ? strlen(only) : 0;
	return n && ((n == 6 && strspn(only, "0123456789") == n) || strchr(only, ':')) && is_identity(only) &&
	       str_copy(buf, size, only);
}

static int read_headed(const struct checklist_reader *r, struct checklist_line *l, char **f, size_t n,
		       struct err *e)
{
	static const enum checklist_field parts[] = { CHECK_MAKER, CHECK_MODEL, CHECK_HARDWARE,
						      CHECK_REVISION };
	const char *part[4];
	struct ident id;

	for (int k = 0; k < CHECK_FIELDS; k++)
		l->field[k] = r->column[k] >= 0 && (size_t)r->column[k] < n ? f[r->column[k]] : "";
	for (size_t i = 0; i < 4; i++)
		part[i] = l->field[parts[i]];
	if (*l->field[CHECK_ENTRY]) {
		if (!str_copy(l->written, sizeof l->written, l->field[CHECK_ENTRY]))
			return err_set(e, ERR_INVALID, "the identity is too long");
		return ident_parse(l->written, false, &id, e);
	}
	if (!*l->field[CHECK_VERSION] && whole_in_one(part, l->written, sizeof l->written))
		return OK;
	join(l->written, sizeof l->written, part, 4, l->field[CHECK_VERSION]);
	if (!*l->field[CHECK_VERSION])
		return err_set(e, ERR_INVALID, "the firmware version is not given");
	return ident_parse(l->written, false, &id, e);
}

/* Is this line a header? Only when its names say what runs. */
static bool read_header(struct checklist_reader *r, char **f, size_t n)
{
	bool says = false;

	for (int k = 0; k < CHECK_FIELDS; k++)
		r->column[k] = -1;
	for (size_t i = 0; i < n; i++) {
		int k = name_find(f[i]);

		if (k < 0 || r->column[k] >= 0)
			continue;
		r->column[k] = (int)i;
		says |= k == CHECK_ENTRY || k == CHECK_VERSION;
	}
	return says;
}

bool checklist_next(struct checklist_reader *r, struct checklist_line *ret, struct err *e)
{
	char *f[CHECKLIST_FIELDS_MAX], *line = line_next(r);
	bool first = !r->delimiter;
	size_t n = 0;

	*ret = (struct checklist_line){ .number = r->number };
	for (int k = 0; k < CHECK_FIELDS; k++)
		ret->field[k] = "";
	e->code = OK;
	if (!line)
		return false;
	if (first)
		r->delimiter = delimiter_of(line);
	if (strlen(line) > CHECKLIST_LINE_MAX)
		err_set(e, ERR_INVALID, "the line is longer than %d bytes", CHECKLIST_LINE_MAX);
	else if (!split(line, r->delimiter, f, &n, e)) {
		if (first && read_header(r, f, n)) {
			r->header = true;
			return checklist_next(r, ret, e);
		}
		(void)(r->header ? read_headed(r, ret, f, n, e) : read_bare(ret, f, n, e));
	}
	return true;
}

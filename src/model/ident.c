/* SPDX-License-Identifier: Apache-2.0 */
#include "model/ident.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/parse.h"
#include "base/str.h"

#define TEXT_MAX (3 * PUBLIC_ID_SIZE) /* also identities that are written with more %XX than needed */

/* What the user wrote, safe to show: cut, and nothing a terminal would act on. */
static const char *quoted(const char *s, size_t n, char buf[48])
{
	size_t i;

	for (i = 0; i < n && i < 40; i++)
		buf[i] = (char)(isprint((unsigned char)s[i]) && s[i] != '\'' ? s[i] : '?');
	buf[i] = 0;
	if (i < n)
		snprintf(buf + i, 48 - i, "...");
	return buf;
}

/* One field of an identity: hex digits, leading zeros may be lost. */
static int hex_field(const char *s, size_t n, unsigned digits, const char *name, uint64_t *ret, struct err *e)
{
	char q[48];

	if (!n)
		return err_set(e, ERR_IDENTITY, "the %s is empty", name);
	if (n > digits)
		return err_set(e, ERR_IDENTITY, "the %s '%s' has %zu digits; it may have at most %u", name,
			       quoted(s, n, q), n, digits);
	if (!parse_hex(s, n, ret))
		return err_set(e, ERR_IDENTITY, "the %s '%s' is not hexadecimal", name, quoted(s, n, q));
	return OK;
}

struct group {
	const char *s;
	size_t n;
};

/* How the ten octets of an identity are shared out among the fields when there are that many fields. */
struct layout {
	size_t fields;
	struct {
		unsigned digits;
		const char *name;
	} field[10];
};
static const struct layout layouts[] = {
	{ 3, { { 4, "manufacturer" }, { 8, "model and hardware version" }, { 8, "firmware version" } } },
	{ 4,
	  { { 4, "manufacturer" }, { 4, "model" }, { 4, "hardware version" }, { 8, "firmware version" } } },
	{ 5,
	  { { 4, "manufacturer" },
	    { 4, "model" },
	    { 2, "hardware version" },
	    { 2, "hardware revision" },
	    { 8, "firmware version" } } },
	{ 10,
	  { { 2, "manufacturer" },
	    { 2, "manufacturer" },
	    { 2, "model" },
	    { 2, "model" },
	    { 2, "hardware version" },
	    { 2, "hardware revision" },
	    { 2, "firmware version" },
	    { 2, "firmware version" },
	    { 2, "firmware version" },
	    { 2, "firmware version" } } },
};

/* Twenty digits with colons somewhere: nothing is lost, so the colons only have to respect the octets and the
 * ends of manufacturer and model + hardware. */
static bool full_width(const struct group *g, size_t groups, char digits[21])
{
	bool after_manufacturer = groups == 1, after_model = groups == 1;
	size_t at = 0;

	for (size_t i = 0; i < groups; i++) {
		if (at + g[i].n > 20 || g[i].n % 2)
			return false;
		memcpy(digits + at, g[i].s, g[i].n);
		at += g[i].n;
		after_manufacturer |= at == 4;
		after_model |= at == 12;
	}
	digits[at] = 0;
	return at == 20 && after_manufacturer && after_model;
}

static int parse_cpl(const char *s, size_t n, struct ident *ret, struct err *e)
{
	struct group g[10];
	const struct layout *l = NULL;
	uint64_t octets[2] = { 0, 0 }, v;
	size_t groups = 0, start = 0;
	char digits[21], q[48];

	for (size_t i = 0; i <= n; i++) {
		if (i < n && s[i] != ':')
			continue;
		if (groups == 10)
			return err_set(e, ERR_IDENTITY, "'%s' has more than ten fields", quoted(s, n, q));
		g[groups++] = (struct group){ s + start, i - start };
		start = i + 1;
	}
	if (full_width(g, groups, digits)) {
		if (hex_field(digits, 4, 4, "manufacturer", &octets[0], e) ||
		    hex_field(digits + 4, 8, 8, "model and hardware version", &v, e) ||
		    hex_field(digits + 12, 8, 8, "firmware version", &octets[1], e))
			return e->code;
		octets[0] = octets[0] << 32 | v;
	} else {
		unsigned done = 0;

		for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
			if (layouts[i].fields == groups)
				l = &layouts[i];
		if (!l)
			return err_set(e, ERR_IDENTITY,
				       "'%s' is neither an Entry ID nor manufacturer:model+hardware:firmware",
				       quoted(s, n, q));
		for (size_t i = 0; i < groups; i++) {
			if (hex_field(g[i].s, g[i].n, l->field[i].digits, l->field[i].name, &v, e))
				return e->code;
			octets[done >= 12] = octets[done >= 12] << 4 * l->field[i].digits | v;
			done += l->field[i].digits;
		}
	}
	*ret = (struct ident){ .kind = IDENT_CPL,
			       .model_key = octets[0],
			       .firmware = (uint32_t)octets[1],
			       .other = (uint32_t)octets[1] };
	return OK;
}

/* Four parts with dots between: as decimal octets, and as the digits of the octets. Either may be impossible.
 */
static int parse_dotted(const char *s, size_t n, uint32_t *ret_decimal, bool *ret_is_decimal,
			uint32_t *ret_digits, bool *ret_is_digits, struct err *e)
{
	uint64_t decimal = 0, digits = 0, v;
	bool is_decimal = true, is_digits = true;
	size_t parts = 0, from = 0;
	char q[48];

	for (size_t i = 0; i <= n; i++) {
		size_t len = i - from;

		if (i < n && s[i] != '.')
			continue;
		parts++;
		if (parts > 4 || !len || len > 3)
			break;
		is_decimal = is_decimal && parse_digits(s + from, len, &v) && v <= 255;
		decimal = decimal << 8 | (is_decimal ? v : 0);
		is_digits = is_digits && len <= 2 && parse_hex(s + from, len, &v);
		digits = digits << 8 | (is_digits ? v : 0);
		from = i + 1;
	}
	if (parts != 4 || from != n + 1 || (!is_decimal && !is_digits))
		return err_set(e, ERR_IDENTITY,
			       "the firmware version '%s' is not four octets with dots between",
			       quoted(s, n, q));
	*ret_decimal = (uint32_t)decimal;
	*ret_is_decimal = is_decimal;
	*ret_digits = (uint32_t)digits;
	*ret_is_digits = is_digits;
	return OK;
}

/* An identity as lists write it: one other sign for the colons, a dotted version. */
static int parse_spelled(const char *s, size_t n, struct ident *ret, struct err *e)
{
	char buf[TEXT_MAX], sign = ':';
	uint32_t decimal = 0, digits = 0;
	bool is_decimal = false, is_digits = false;
	size_t len = 0, last = 0;

	for (const char *p = ": -/"; *p; p++) {
		if (memchr(s, *p, n)) {
			sign = *p;
			break;
		}
	}
	for (size_t i = 0; i < n; i++) {
		if (s[i] == ' ' && (sign == ':' || (len && buf[len - 1] == ':')))
			continue; /* blanks beside a colon, or several of them */
		buf[len++] = (char)(s[i] == sign ? ':' : s[i]);
		if (s[i] == sign)
			last = len;
	}
	if (!memchr(buf + last, '.', len - last))
		return parse_cpl(buf, len, ret, e);
	if (len - last && (buf[last] == 'v' || buf[last] == 'V'))
		last++;
	if (parse_dotted(buf + last, len - last, &decimal, &is_decimal, &digits, &is_digits, e))
		return e->code;
	last -= last && (buf[last - 1] == 'v' || buf[last - 1] == 'V');
	if (last + 8 > sizeof buf)
		return err_set(e, ERR_IDENTITY, "the identity is too long");
	memset(buf + last, '0', 8); /* the model alone, then both readings */
	if (parse_cpl(buf, last + 8, ret, e))
		return e->code;
	ret->firmware = is_decimal ? decimal : digits;
	ret->other = is_digits ? digits : decimal;
	return OK;
}

static int parse_number(const char *s, size_t n, struct ident *ret, struct err *e)
{
	uint64_t number = 0;
	char q[48];

	if (n > 6 || !parse_digits(s, n, &number) || !number)
		return err_set(e, ERR_IDENTITY, "'%s' is not an Entry ID; these go from 000001 to 999999",
			       quoted(s, n, q));
	*ret = (struct ident){ .kind = IDENT_ENTRY, .scheme = "cpl" };
	snprintf(ret->public_id, sizeof ret->public_id, "%06u", (unsigned)number);
	return OK;
}

static bool version_ok(const char *s)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++)
		if (!isgraph((unsigned char)s[i]))
			return false;
	return n > 0;
}

/* bb:<uuid>@<version>, the UUID in lower case. */
static int parse_bb(const char *s, struct ident *ret, struct err *e)
{
	const char *sign = strchr(s, '@');
	struct ident id = { .kind = IDENT_ENTRY, .scheme = "bb" };
	char q[48];

	if (!sign || sign - s != 36)
		return err_set(e, ERR_IDENTITY, "'bb:%s' is not of the form bb:UUID@VERSION",
			       quoted(s, strlen(s), q));
	if (!str_copy(id.public_id, sizeof id.public_id, s))
		return err_set(e, ERR_IDENTITY, "the version in 'bb:%s' is too long",
			       quoted(s, strlen(s), q));
	id.public_id[36] = 0;
	for (char *p = id.public_id; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	if (!parse_uuid_ok(id.public_id))
		return err_set(e, ERR_IDENTITY, "'%s' is not a UUID", quoted(id.public_id, 36, q));
	id.public_id[36] = '@';
	if (!version_ok(sign + 1))
		return err_set(e, ERR_IDENTITY, "the version in 'bb:%s' is empty or holds a blank",
			       quoted(s, strlen(s), q));
	*ret = id;
	return OK;
}

/* ---- ocpp ---- */

static bool ocpp_part_ok(const char *s)
{
	size_t n = strlen(s), one;

	if (!n || n > IDENT_OCPP_PART_MAX || !parse_utf8_ok(s, n))
		return false;
	for (size_t i = 0; i < n; i += one) {
		one = parse_utf8_len(s + i, n - i);
		if (parse_utf8_drives(s + i))
			return false;
	}
	return true;
}

/* Appends sign and part; false when it does not fit. */
static bool ocpp_part_put(char *buf, size_t *at, char sign, const char *s)
{
	if (!ocpp_part_ok(s))
		return false;
	if (sign) {
		if (*at + 1 >= PUBLIC_ID_SIZE)
			return false;
		buf[(*at)++] = sign;
	}
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			     strchr("._-+()[];", c);

		if (*at + (plain ? 1 : 3) >= PUBLIC_ID_SIZE)
			return false;
		if (plain)
			buf[(*at)++] = *s;
		else
			*at += (size_t)snprintf(buf + *at, 4, "%%%02X", c);
	}
	return true;
}

bool ident_ocpp_text(const char *vendor, const char *model, const char *component, const char *version,
		     char buf[PUBLIC_ID_SIZE])
{
	char tmp[PUBLIC_ID_SIZE];
	size_t n = 0;

	if (!ocpp_part_put(tmp, &n, 0, vendor) || !ocpp_part_put(tmp, &n, '/', model) ||
	    !ocpp_part_put(tmp, &n, '/', component) || !ocpp_part_put(tmp, &n, '@', version))
		return false;
	memcpy(buf, tmp, n);
	buf[n] = 0;
	return true;
}

bool ident_ocpp_model(const char *vendor, const char *model, const char *component, char buf[PUBLIC_ID_SIZE])
{
	char tmp[PUBLIC_ID_SIZE];
	size_t n = 0;

	if (!ocpp_part_put(tmp, &n, 0, vendor) || !ocpp_part_put(tmp, &n, '/', model) ||
	    !ocpp_part_put(tmp, &n, '/', component))
		return false;
	memcpy(buf, tmp, n);
	buf[n] = 0;
	return true;
}

/* One part as written, up to a sign; *s moves behind that sign. */
static bool ocpp_part_read(const char **s, char sign, char ret[IDENT_PART_SIZE])
{
	const char *end = sign ? strchr(*s, sign) : *s + strlen(*s);
	char buf[TEXT_MAX];
	size_t n;

	if (!end || (size_t)(end - *s) >= sizeof buf || memchr(*s, '/', (size_t)(end - *s)) ||
	    !parse_percent(*s, (size_t)(end - *s), false, false, buf, &n) || !ocpp_part_ok(buf))
		return false;
	str_copy(ret, IDENT_PART_SIZE, buf);
	*s = sign ? end + 1 : end;
	return true;
}

static bool ocpp_read(const char *s, struct ident_ocpp *ret)
{
	struct ident_ocpp p;

	/* Signs between the parts stand for themselves only there. */
	if (!ocpp_part_read(&s, '/', p.vendor) || !ocpp_part_read(&s, '/', p.model) ||
	    !ocpp_part_read(&s, '@', p.component) || strchr(s, '@') || strchr(s, '/') ||
	    !ocpp_part_read(&s, 0, p.version))
		return false;
	*ret = p;
	return true;
}

char *ident_entry_name(const char *scheme, const char *public_id, char buf[ENTRY_NAME_SIZE])
{
	bool bare = !strcmp(scheme, "cpl");

	snprintf(buf, ENTRY_NAME_SIZE, "%s%s%s", bare ? "" : scheme, bare ? "" : ":", public_id);
	return buf;
}

bool ident_ocpp_parts(const char *public_id, struct ident_ocpp *ret)
{
	struct ident_ocpp p;
	char canonical[PUBLIC_ID_SIZE];

	if (!ocpp_read(public_id, &p) ||
	    !ident_ocpp_text(p.vendor, p.model, p.component, p.version, canonical) ||
	    strcmp(canonical, public_id) != 0)
		return false;
	*ret = p;
	return true;
}

/* ocpp:vendor/model/component@version; blanks and the like may stand as themselves. */
static int parse_ocpp(const char *s, struct ident *ret, struct err *e)
{
	struct ident id = { .kind = IDENT_ENTRY, .scheme = "ocpp" };
	struct ident_ocpp p;
	char q[48];

	if (!ocpp_read(s, &p))
		return err_set(e, ERR_IDENTITY,
			       "'ocpp:%s' is not of the form ocpp:VENDOR/MODEL/COMPONENT@VERSION (each of 1 "
			       "to %d bytes; / @ and %% in a name as %%2F, %%40 and %%25)",
			       quoted(s, strlen(s), q), IDENT_OCPP_PART_MAX);
	if (!ident_ocpp_text(p.vendor, p.model, p.component, p.version, id.public_id))
		return err_set(e, ERR_IDENTITY,
			       "'ocpp:%s' is longer than %d bytes once it is written in full",
			       quoted(s, strlen(s), q), PUBLIC_ID_SIZE - 1);
	*ret = id;
	return OK;
}

static bool all_digits(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isdigit((unsigned char)s[i]))
			return false;
	return n > 0;
}

int ident_parse(const char *text, bool allow_latest, struct ident *ret, struct err *e)
{
	char buf[TEXT_MAX], q[48];
	size_t n = strnlen(text, TEXT_MAX + 1);

	n = parse_trim(&text, n);
	if (!n)
		return err_set(e, ERR_IDENTITY, "the identity is empty");
	if (n >= sizeof buf)
		return err_set(e, ERR_IDENTITY, "'%s' is too long for an identity", quoted(text, n, q));
	memcpy(buf, text, n);
	buf[n] = 0;

	if (all_digits(buf, n) && n != 20)
		return parse_number(buf, n, ret, e);
	if (!strcasecmp(buf, "latest")) {
		if (!allow_latest)
			return err_set(e, ERR_IDENTITY,
				       "'latest' can only be a target; name the version that runs now");
		*ret = (struct ident){ .kind = IDENT_LATEST };
		return OK;
	}
	if (!strncasecmp(buf, "cpl:", 4)) {
		if (strchr(buf + 4, ':') || n - 4 == 20)
			return parse_spelled(buf + 4, n - 4, ret, e);
		return parse_number(buf + 4, n - 4, ret, e);
	}
	if (!strncasecmp(buf, "ocpp:", 5))
		return parse_ocpp(buf + 5, ret, e);
	if (!strncasecmp(buf, "bb:", 3) && (strchr(buf, '@') || strchr(buf, '-')))
		return parse_bb(buf + 3, ret, e); /* without these signs BB is the first octet of a code */
	return parse_spelled(buf, n, ret, e);
}

void ident_dotted_text(uint32_t firmware, char buf[16])
{
	snprintf(buf, 16, "%u.%u.%u.%u", firmware >> 24, firmware >> 16 & 0xff, firmware >> 8 & 0xff,
		 firmware & 0xff);
}

bool ident_mistaken(uint32_t firmware, bool digits, uint32_t *ret)
{
	uint32_t other = 0;

	for (int shift = 24; shift >= 0; shift -= 8) {
		unsigned v = firmware >> shift & 0xff;

		if (digits ? v > 99 : v >> 4 > 9 || (v & 0xf) > 9)
			return false;
		other = other << 8 | (digits ? v / 10 << 4 | v % 10 : (v >> 4) * 10 + (v & 0xf));
	}
	*ret = other;
	return other != firmware;
}

void ident_cpl_text(uint64_t model_key, char manufacturer[5], char model[5], char hardware[5])
{
	snprintf(manufacturer, 5, "%04X", (unsigned)(model_key >> 32 & 0xFFFF));
	snprintf(model, 5, "%04X", (unsigned)(model_key >> 16 & 0xFFFF));
	snprintf(hardware, 5, "%04X", (unsigned)(model_key & 0xFFFF));
}

void ident_firmware_text(uint32_t firmware, char buf[9])
{
	/* By hand: an import does this for every row. */
	for (int i = 7; i >= 0; i--, firmware >>= 4)
		buf[i] = "0123456789ABCDEF"[firmware & 0xf];
	buf[8] = 0;
}

bool ident_hex_column(const char *s, size_t n, unsigned digits, char *ret)
{
	char tmp[HEX_COLUMN_MAX + 1];
	unsigned have = 0;

	if (digits > HEX_COLUMN_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] == ':' && have % 2 == 0 && have > 0 && i + 1 < n && s[i - 1] != ':')
			continue;
		if (have == digits || !isxdigit((unsigned char)s[i]))
			return false;
		tmp[have++] = (char)toupper((unsigned char)s[i]);
	}
	if (have != digits)
		return false;
	tmp[have] = 0;
	memcpy(ret, tmp, have + 1);
	return true;
}

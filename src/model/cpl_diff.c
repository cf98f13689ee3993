/* SPDX-License-Identifier: Apache-2.0 */
#include "model/cpl_diff.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/parse.h"

/* The digits that count in a hex text: no colons, no blanks, no leading zeros. */
static const char *next_digit(const char *s)
{
	while (*s && !isxdigit((unsigned char)*s))
		s++;
	return s;
}

static bool same_hex(const char *a, const char *b)
{
	for (a = next_digit(a); *a == '0'; a = next_digit(a + 1))
		;
	for (b = next_digit(b); *b == '0'; b = next_digit(b + 1))
		;
	for (; *a && *b; a = next_digit(a + 1), b = next_digit(b + 1))
		if (toupper((unsigned char)*a) != toupper((unsigned char)*b))
			return false;
	return !*a && !*b;
}

static bool same_text(const char *a, const char *b, bool fold)
{
	size_t n = parse_trim(&a, strlen(a)), m = parse_trim(&b, strlen(b));

	return n == m && !(fold ? strncasecmp(a, b, n) : strncmp(a, b, n));
}

bool cpl_same(enum cpl_col col, const char *a, const char *b)
{
	int64_t da, db;

	if (!strcmp(a, b))
		return true;
	switch (cpl_columns[col].kind) {
	case CPL_KIND_HEX:
	case CPL_KIND_HASH:
	case CPL_KIND_NUMBER:
		return same_hex(a, b);
	case CPL_KIND_STATUS:
		return same_text(a, b, true);
	case CPL_KIND_DATE:
		if (cpl_date_parse(a, &da) && cpl_date_parse(b, &db))
			return da == db;
		return same_text(a, b, false);
	case CPL_KIND_TEXT:
	default:
		return same_text(a, b, false);
	}
}

struct cpl_change cpl_diff(const char *const before[CPL_COLS], bool was_removed,
			   const struct cpl_entry *after)
{
	const uint32_t identity = CPL_BIT(CPL_MANUFACTURER) | CPL_BIT(CPL_MODEL) | CPL_BIT(CPL_HW_VERSION) |
				  CPL_BIT(CPL_HW_REVISION) | CPL_BIT(CPL_FIRMWARE);
	struct cpl_change c = { 0 };

	for (int i = 0; i < CPL_COLS; i++) {
		const char *now = after->text[i];

		if (!now || i == CPL_STATUS)
			continue;
		if (before[i])
			c.edited |= cpl_same((enum cpl_col)i, before[i], now) ? 0 : CPL_BIT(i);
		else if (parse_trim(&now, strlen(now)))
			c.filled |= CPL_BIT(i);
	}
	c.removed = !was_removed && after->removed;
	c.restored = was_removed && !after->removed;
	c.hash = (c.edited | c.filled) & CPL_BIT(CPL_HASH);
	c.identity = c.edited & identity;
	return c;
}

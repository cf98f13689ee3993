/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes at all as Graphviz's answer. What is let through holds only the elements of such pictures, no
 * attribute that runs or fetches anything, and links to entry pages alone. Looked at with plain searches, not
 * with the gate's own code.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "web/picture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool starts(const char *p, const char *end, const char *with)
{
	size_t n = strlen(with);

	return (size_t)(end - p) >= n && !memcmp(p, with, n);
}

static bool known_element(const char *p, const char *end)
{
	static const char *const names[] = {
		"svg", "g", "a", "polygon", "polyline", "path", "ellipse", "text"
	};

	p += p < end && *p == '/';
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t n = strlen(names[i]);

		if (starts(p, end, names[i]) && p + n < end && strchr(" \n/>", p[n]) && p[n])
			return true;
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	STR(out, MIB);
	struct err e;
	const char *p, *end;

	if (size > 64 * KIB || picture_clean((const char *)data, size, &out, &e))
		return 0;
	p = str_c(&out);
	end = p + out.len;
	for (bool tag = false, quoted = false; p < end; p++) {
		if (*p == '<' && !known_element(p + 1, end))
			abort();
		quoted = tag && *p == '"' ? !quoted : quoted;
		if (quoted)
			continue;
		tag = *p == '<' ? true : *p == '>' ? false : tag;
		if (!tag || (*p != ' ' && *p != '\n' && *p != '"'))
			continue;
		if (starts(p + 1, end, "on") || starts(p + 1, end, "style") || starts(p + 1, end, "href") ||
		    starts(p + 1, end, "src"))
			abort();
		if (starts(p + 1, end, "xlink:href") && !starts(p + 1, end, "xlink:href=\"/entries/"))
			abort();
	}
	return 0;
}

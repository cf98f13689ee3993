/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/export.h"

void csv_field(struct str *out, const char *text)
{
	const char *s = text ? text : "";
	bool quote = strpbrk(s, ",\"\r\n") != NULL;

	if (quote)
		str_addc(out, '"');
	if (*s && strchr("=+-@\t\r", *s)) /* a spreadsheet would run it (T19) */
		str_addc(out, '\'');
	for (; *s; s++) {
		if (*s == '"')
			str_addc(out, '"');
		str_addc(out, *s);
	}
	if (quote)
		str_addc(out, '"');
}

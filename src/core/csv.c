/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/parse.h"
#include "core/export.h"

void csv_field(struct str *out, const char *text)
{
	const char *s = text ? text : "";
	bool quote = strpbrk(s, ",\"\r\n") != NULL;

	if (quote)
		str_addc(out, '"');
	/* A spreadsheet would run it (T19). What import would take for this guard is guarded, too, so that it
	 * comes back as it was. */
	if (text_is_formula(s) || text_is_guarded(s))
		str_addc(out, '\'');
	for (; *s; s++) {
		if (*s == '"')
			str_addc(out, '"');
		str_addc(out, *s);
	}
	if (quote)
		str_addc(out, '"');
}

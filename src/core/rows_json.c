/* SPDX-License-Identifier: Apache-2.0 */
#include "core/rows_json.h"

#include <inttypes.h>
#include <stdio.h>

int rows_json(struct rows *r, const char *key, int64_t limit, row_members *members, const void *of,
	      struct jw *w, int64_t *ret_next, struct err *e)
{
	int64_t last = 0;
	bool got;

	jw_key(w, key);
	jw_arr(w);
	for (int64_t n = 0;; n++) {
		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got || (limit && n == limit))
			break;
		jw_obj(w);
		members(r, of, w);
		jw_end(w);
		if (limit)
			last = rows_num(r, 0);
	}
	jw_arr_end(w);
	if (ret_next)
		*ret_next = got ? last : 0;
	return OK;
}

void rows_page_end(struct jw *w, int64_t next)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRId64, next);
	jw_kstr(w, "next", next ? text : NULL);
	jw_end(w);
	str_addc(w->out, '\n');
}

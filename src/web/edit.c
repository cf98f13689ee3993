/* SPDX-License-Identifier: Apache-2.0 */
#include "web/edit.h"

#include <string.h>

void put_flags(struct jw *w, const char *name, const struct json *list, const char *const *words)
{
	jw_key(w, name);
	jw_obj(w);
	for (; *words; words++) {
		bool has = false;

		for (size_t i = 0; i < json_len(list); i++)
			has |= !strcmp(json_text(json_at(list, i)), *words);
		jw_kbool(w, *words, has);
	}
	jw_end(w);
}

void put_impact(struct page *p, const struct str *impact)
{
	if (impact && impact->len) {
		page_raw(p, "impact", impact);
		return;
	}
	jw_key(&p->w, "impact");
	jw_null(&p->w);
}

bool edit_said(const struct err *e)
{
	int http = err_info(e->code)->http;

	return http >= 400 && http < 500 && e->code != ERR_NOT_FOUND && e->code != ERR_DENIED &&
	       e->code != ERR_ORIGIN;
}

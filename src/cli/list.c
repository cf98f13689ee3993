/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/list.h"

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "cli/client.h"

#define PAGE 500 /* the largest that the service gives */

int list_limit(const struct call *c, int64_t *ret, struct err *e)
{
	return call_opt_int(c, "limit", 0, 10000000, 0, ret, e);
}

int list_page_get(struct call *c, const char *cursor, int64_t limit, struct str *out, void *ctx,
		  struct err *e)
{
	STR(url, 16 * KIB);
	struct client *client;
	char n[24];

	snprintf(n, sizeof n, "%" PRId64, limit);
	str_add(&url, ctx);
	url_add(&url, "limit", n);
	url_add(&url, "cursor", cursor);
	return call_client(c, &client, e) ? (int)e->code : client_get(client, str_c(&url), out, e);
}

/* Members of a page beside the list and its end. */
static void other_members(const struct json *page, const char *member, struct jw *w)
{
	const struct json *v = NULL;
	const char *name;

	for (size_t i = 0; (name = json_member(page, i, &v)) != NULL; i++) {
		if (strcmp(name, member) == 0 || strcmp(name, "next") == 0)
			continue;
		jw_key(w, name);
		json_print(v, w->out, false);
		w->more |= UINT32_C(1) << w->depth;
	}
}

int list_collect(struct call *c, const char *member, page_fn *page, void *ctx, struct str *out, struct err *e)
{
	struct jw w = jw_start(out);
	char cursor[1024] = "";
	int64_t limit, n = 0;

	if (list_limit(c, &limit, e))
		return (int)e->code;
	jw_obj(&w);
	jw_key(&w, member);
	jw_arr(&w);
	for (;;) {
		OWN(json_free) struct json *j = NULL;
		STR(text, ANSWER_MAX);
		const struct json *list;
		int64_t want = limit && limit - n < PAGE ? limit - n : PAGE;

		if (page(c, *cursor ? cursor : NULL, want, &text, ctx, e))
			return (int)e->code;
		if (json_parse(str_c(&text), text.len, &j, e)) {
			e->code = ERR_REMOTE;
			return err_wrap(e, "the answer is not JSON");
		}
		list = json_get(j, member);
		for (size_t i = 0; i < json_len(list); i++, n++) {
			if (n)
				str_addc(out, ',');
			json_print(json_at(list, i), out, false);
		}
		if (!json_text(json_get(j, "next")) || !json_len(list) || (limit && n >= limit)) {
			w.more &= ~(UINT64_C(1) << w.depth);
			jw_arr_end(&w);
			jw_kstr(&w, "next", json_text(json_get(j, "next")));
			other_members(j, member, &w);
			jw_end(&w);
			str_addc(out, '\n');
			break;
		}
		if (!str_copy(cursor, sizeof cursor, json_text(json_get(j, "next"))))
			return err_set(e, ERR_REMOTE, "the service gave a cursor of more than %zu bytes",
				       sizeof cursor);
	}
	if (out->over)
		return err_set(e, ERR_TOO_LARGE, "the list is larger than %zu bytes; use --limit", out->max);
	return OK;
}

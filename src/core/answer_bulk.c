/* SPDX-License-Identifier: Apache-2.0 */
/* Bulk answers: one line per question. */
#include "base/mem.h"
#include "core/export.h"
#include "core/lookup.h"

#define LIST_MAX (256 * KIB) /* 1000 hops with the longest identities */

static const char *id_of(const struct answer *a, uint32_t node)
{
	return graph_node(a->snap->graph, node)->name;
}

static uint32_t hop_target(const struct answer *a, uint32_t i)
{
	return a->path.nodes[i];
}

static const char *why_of(const struct answer *a)
{
	if (a->result == ANSWER_NONE)
		return path_why_text[a->path.why];
	if (a->result == ANSWER_AMBIGUOUS)
		return *a->side == 'f' ? "ambiguous-from" : "ambiguous-to";
	return "";
}

static void blank_between(struct str *list)
{
	if (list->len)
		str_addc(list, ' ');
}

/* One field: a list separated by blanks. */
static void list_field(struct str *out, struct str *list)
{
	csv_field(out, str_c(list));
	str_clear(list);
}

static void warning_words(const struct answer *a, struct str *list)
{
	for (unsigned i = 0; path_warning_text[i]; i++)
		if (a->path.warnings >> i & 1) {
			blank_between(list);
			str_add(list, path_warning_text[i]);
		}
}

void answer_bulk_csv(const char *device, const struct ask *ask, const struct answer *a,
		     const struct err *e_or_null, struct str *out)
{
	STR(list, LIST_MAX);

	csv_field(out, device);
	str_addc(out, ',');
	csv_field(out, ask->from);
	str_addc(out, ',');
	csv_field(out, ask->to);
	if (e_or_null) {
		str_addf(out, ",error,,,%s,,,,\r\n", err_info(e_or_null->code)->code);
		return;
	}
	str_addf(out, ",%s,", answer_result_text[a->result]);
	for (uint32_t i = 0; i < a->path.nhops; i++) {
		blank_between(&list);
		str_add(&list, id_of(a, hop_target(a, i)));
	}
	list_field(out, &list);
	str_addc(out, ',');
	csv_field(out, a->path.nhops ? id_of(a, hop_target(a, 0)) : "");
	str_addf(out, ",%s,", why_of(a));
	csv_field(out, a->path.furthest != NODE_NONE ? id_of(a, a->path.furthest) : "");
	str_addc(out, ',');
	if (a->result == ANSWER_PATH)
		str_add_i64(out, a->path.alternatives);
	str_addc(out, ',');
	warning_words(a, &list);
	list_field(out, &list);
	str_addc(out, ',');
	for (size_t i = 0; i < a->ncandidates; i++) {
		blank_between(&list);
		str_add(&list, id_of(a, a->candidates[i]));
	}
	list_field(out, &list);
	str_add(out, "\r\n");
}

static void hops_and_next(const struct answer *a, struct jw *w)
{
	jw_key(w, "hops");
	jw_arr(w);
	for (uint32_t i = 0; i < a->path.nhops; i++)
		jw_str(w, id_of(a, hop_target(a, i)));
	jw_arr_end(w);
	jw_kstr(w, "next", a->path.nhops ? id_of(a, hop_target(a, 0)) : NULL);
}

void answer_bulk_ndjson(const char *device, const struct ask *ask, const struct answer *a,
			const struct err *e_or_null, struct str *out)
{
	struct jw w = jw_start(out);

	jw_obj(&w);
	jw_kstr(&w, "device", device);
	jw_kstr(&w, "from", ask->from);
	jw_kstr(&w, "to", ask->to);
	jw_kstr(&w, "result", e_or_null ? "error" : answer_result_text[a->result]);
	if (e_or_null) {
		jw_kstr(&w, "why", err_info(e_or_null->code)->code);
		jw_kstr(&w, "detail", e_or_null->msg);
		jw_end(&w);
		str_addc(out, '\n');
		return;
	}
	hops_and_next(a, &w);
	jw_kstr(&w, "why", *why_of(a) ? why_of(a) : NULL);
	jw_kstr(&w, "furthest", a->path.furthest == NODE_NONE ? NULL : id_of(a, a->path.furthest));
	jw_key(&w, "alternatives");
	if (a->result == ANSWER_PATH)
		jw_int(&w, a->path.alternatives);
	else
		jw_null(&w);
	jw_key(&w, "warnings");
	jw_arr(&w);
	for (unsigned i = 0; path_warning_text[i]; i++)
		if (a->path.warnings >> i & 1)
			jw_str(&w, path_warning_text[i]);
	jw_arr_end(&w);
	jw_key(&w, "candidates");
	jw_arr(&w);
	for (size_t i = 0; i < a->ncandidates; i++)
		jw_str(&w, id_of(a, a->candidates[i]));
	jw_arr_end(&w);
	jw_key(&w, "help");
	if (a->result == ANSWER_NONE || a->result == ANSWER_AMBIGUOUS)
		answer_help_json(a, &w);
	else
		jw_null(&w);
	jw_end(&w);
	str_addc(out, '\n');
}

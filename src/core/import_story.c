/* SPDX-License-Identifier: Apache-2.0 */
/* What a plan says, as JSON: the body of every report. */
#include <stdio.h>
#include <string.h>

#include "core/import_plan.h"

static const char *const gate_text[GATES] = { "removed",  "changed", "hash-changed",
					      "vanished", "older",   "needed-hop" };

static void write_list(struct jw *w, const char *name, const struct id_list *l)
{
	jw_key(w, name);
	jw_raw(w, "[", 1);
	str_addn(w->out, str_c(&l->text), l->text.len);
	str_addc(w->out, ']');
}

static void write_version(struct jw *w, const char *text, const struct cpl_version *v)
{
	jw_kstr(w, "version", v->text);
	jw_kstr(w, "text", text);
	jw_kdate(w, "issued", v->issued_on);
}

static void write_counts(struct jw *w, const struct plan *p)
{
	const struct stage *st = p->st;
	int64_t warnings = 0;

	for (int i = 0; i < CPL_WARNINGS; i++)
		warnings += st->warnings.count[i];
	jw_key(w, "counts");
	jw_obj(w);
	jw_kint(w, "entries", (int64_t)st->rows.n);
	jw_kint(w, "current_entries", st->current);
	jw_kint(w, "removed_entries", st->removed);
	jw_kint(w, "added", p->added.n);
	jw_kint(w, "removed", p->removed.n);
	jw_kint(w, "restored", p->restored.n);
	jw_kint(w, "edited", p->nedited);
	jw_kint(w, "filled", p->nfilled);
	jw_kint(w, "vanished", p->gone.n);
	jw_kint(w, "gaps", p->gaps.n);
	jw_kint(w, "warnings", warnings);
	jw_end(w);
}

/* Percent with one decimal, rounded up, so that what is over the limit never reads as the limit. */
static void write_percent(struct jw *w, int64_t count, int64_t of)
{
	int64_t tenths = of ? (count * 1000 + of - 1) / of : 0;
	char text[32];
	int n = snprintf(text, sizeof text, "%lld.%lld", (long long)(tenths / 10), (long long)(tenths % 10));

	jw_key(w, "percent");
	jw_raw(w, text, (size_t)n);
}

static void write_needed(struct jw *w, const struct plan *p)
{
	char id[8];

	jw_kint(w, "count", (int64_t)p->needed.n);
	jw_key(w, "entries");
	jw_arr(w);
	for (size_t i = 0; i < p->needed.n && i < PLAN_LISTED; i++) {
		snprintf(id, sizeof id, "%06u", p->needed.v[i].number % 1000000);
		jw_obj(w);
		jw_kstr(w, "entry", id);
		jw_kint(w, "devices", p->needed.v[i].devices);
		jw_end(w);
	}
	jw_arr_end(w);
}

static void write_gate(struct jw *w, const struct plan *p, enum gate g)
{
	jw_obj(w);
	jw_kstr(w, "gate", gate_text[g]);
	switch (g) {
	case GATE_REMOVED:
		jw_kint(w, "count", p->removed.n + p->gone.n);
		jw_kint(w, "of", p->standing_current);
		write_percent(w, p->removed.n + p->gone.n, p->standing_current);
		jw_kint(w, "limit_percent", IMPORT_REMOVED_PERCENT);
		break;
	case GATE_CHANGED:
		jw_kint(w, "count", p->nchanged);
		jw_kint(w, "of", p->standing_rows);
		write_percent(w, p->nchanged, p->standing_rows);
		jw_kint(w, "limit_percent", IMPORT_CHANGED_PERCENT);
		break;
	case GATE_HASH:
		jw_kint(w, "count", p->hashes.n);
		write_list(w, "entries", &p->hashes);
		break;
	case GATE_VANISHED:
		jw_kint(w, "count", p->gone.n);
		break;
	case GATE_NEEDED:
		write_needed(w, p);
		break;
	case GATE_OLDER:
	case GATES:
	default:
		break;
	}
	jw_kbool(w, "holds", p->holds[g]);
	jw_end(w);
}

static void write_warnings(struct jw *w, const struct stage *st)
{
	jw_key(w, "warnings");
	jw_obj(w);
	jw_key(w, "counts");
	jw_obj(w);
	for (int i = 0; i < CPL_WARNINGS; i++)
		if (st->warnings.count[i])
			jw_kint(w, cpl_warning_infos[i].code, st->warnings.count[i]);
	jw_end(w);
	jw_key(w, "examples");
	jw_arr(w);
	for (size_t i = 0; i < st->warnings.n; i++) {
		const struct warning *x = &st->warnings.v[i];
		struct err place = { 0 };
		char number[8];

		jw_obj(w);
		jw_kstr(w, "code", cpl_warning_infos[x->what].code);
		jw_kstr(w, "detail", cpl_warning_infos[x->what].title);
		snprintf(number, sizeof number, "%06u", x->number % 1000000);
		jw_kstr(w, "entry", x->number ? number : NULL);
		if (x->line) {
			cpl_place(st->layout, x->line, x->col, &place);
			jw_kstr(w, "where", place.where);
			jw_kint(w, "line", place.line);
			jw_kint(w, "column", place.col);
		}
		jw_end(w);
	}
	jw_arr_end(w);
	jw_end(w);
}

void plan_write(const struct plan *p, struct str *out, size_t *ret_fixed)
{
	STR(text, IMPORT_REPORT_MAX);
	struct jw w = jw_start(&text);

	jw_obj(&w);
	jw_kstr(&w, "layout", cpl_layout_text[p->st->layout]);
	jw_key(&w, "cpl");
	jw_obj(&w);
	write_version(&w, p->st->version_text, &p->st->version);
	jw_end(&w);
	jw_key(&w, "standing");
	if (p->has_standing) {
		jw_obj(&w);
		write_version(&w, p->standing_text, &p->standing);
		jw_kint(&w, "revision", p->standing_revision);
		if (p->mark_reset)
			jw_kbool(&w, "mark_reset", true);
		jw_end(&w);
	} else {
		jw_null(&w);
	}
	jw_kbool(&w, "changes", p->changes);
	write_counts(&w, p);
	write_list(&w, "gaps", &p->gaps);
	write_list(&w, "added", &p->added);
	write_list(&w, "removed", &p->removed);
	write_list(&w, "restored", &p->restored);
	write_list(&w, "vanished", &p->gone);
	jw_key(&w, "edited");
	jw_raw(&w, "[", 1);
	str_addn(&text, str_c(&p->edited), p->edited.len);
	str_addc(&text, ']');
	jw_key(&w, "filled");
	jw_arr(&w);
	for (int c = 0; c < CPL_COLS; c++) {
		if (!p->filled[c])
			continue;
		jw_obj(&w);
		jw_kstr(&w, "column", cpl_column_name((enum cpl_col)c));
		jw_kint(&w, "entries", p->filled[c]);
		jw_end(&w);
	}
	jw_arr_end(&w);
	write_warnings(&w, p->st);
	jw_kint(&w, "listed_at_most", PLAN_LISTED);
	jw_key(&w, "gates");
	jw_arr(&w);
	for (int g = 0; g < GATES; g++) {
		if (g == GATE_NEEDED)
			*ret_fixed = text.len - 1;
		write_gate(&w, p, (enum gate)g);
	}
	jw_arr_end(&w);
	jw_end(&w);
	/* Members only: the head of the report comes before them. */
	str_addn(out, str_c(&text) + 1, text.len - 2);
}

bool plan_same_story(const struct plan *p, const char *shown, const char *story, size_t fixed)
{
	char entry[32];

	if (strlen(shown) < fixed || strncmp(shown, story, fixed) != 0)
		return false;
	for (size_t i = 0; i < p->needed.n; i++) {
		snprintf(entry, sizeof entry, "{\"entry\":\"%06u\"", p->needed.v[i].number % 1000000);
		if (!strstr(shown + fixed, entry))
			return false;
	}
	return true;
}

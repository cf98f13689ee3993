/* SPDX-License-Identifier: Apache-2.0 */
#include "core/import_plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/parse.h"
#include "model/ident.h"
#include "store/store_entry.h"
#include "store/store_review.h"

static void list_init(struct id_list *l)
{
	l->n = 0;
	str_init(&l->text, (size_t)PLAN_LISTED * 9);
}

static void list_add(struct id_list *l, uint32_t number)
{
	if (l->n++ < PLAN_LISTED)
		str_addf(&l->text, "%s\"%06u\"", l->n > 1 ? "," : "", number);
}

void plan_init(struct plan *p, struct stage *st)
{
	memset(p, 0, sizeof *p);
	p->st = st;
	list_init(&p->added);
	list_init(&p->removed);
	list_init(&p->restored);
	list_init(&p->gone);
	list_init(&p->hashes);
	list_init(&p->gaps);
	str_init(&p->edited, IMPORT_REPORT_MAX / 2);
}

void plan_done(struct plan *p)
{
	vec_done(&p->vanished);
	vec_done(&p->needed);
	str_done(&p->added.text);
	str_done(&p->removed.text);
	str_done(&p->restored.text);
	str_done(&p->gone.text);
	str_done(&p->hashes.text);
	str_done(&p->gaps.text);
	str_done(&p->edited);
}

static int read_standing_import(struct plan *p, struct db *db, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct feed_row f;
	int64_t id;

	if (store_feed_standing(db, "cpl", 0, &r, e) || store_feed_next(r, &f, &p->has_standing, e))
		return e->code;
	if (!p->has_standing)
		return OK;
	if (cpl_version_parse(f.version_text, &p->standing, e))
		return err_wrap(e, "the import that stands (%" PRId64 ")", f.id);
	str_copy(p->standing_text, sizeof p->standing_text, f.version_text);
	p->standing_revision = f.revision;
	id = f.id;
	rows_done(MOVE(r));
	return store_decision_done(db, id, "reset", &p->mark_reset, e);
}

/* One edited entry for the report: which columns, before and after. */
static void list_edit(struct plan *p, uint32_t number, const struct cpl_change *c, const char *const before[],
		      const char *const after[])
{
	STR(one, MIB);
	struct jw w = jw_start(&one);
	char id[8];

	if (p->nedited++ >= PLAN_LISTED)
		return;
	snprintf(id, sizeof id, "%06u", number % 1000000);
	jw_obj(&w);
	jw_kstr(&w, "entry", id);
	jw_key(&w, "columns");
	jw_arr(&w);
	for (int i = 0; i < CPL_COLS; i++) {
		if (!(c->edited & CPL_BIT(i)))
			continue;
		jw_obj(&w);
		jw_kstr(&w, "column", cpl_column_name((enum cpl_col)i));
		jw_kstr(&w, "before", before[i]);
		jw_kstr(&w, "after", after[i]);
		jw_end(&w);
	}
	jw_arr_end(&w);
	jw_end(&w);
	/* Counted in any case; named while there is room. */
	if (one.over || p->edited.len + one.len + 1 > p->edited.max)
		return;
	if (p->edited.len)
		str_addc(&p->edited, ',');
	str_addn(&p->edited, one.p, one.len);
}

/* The row as it will stand: the new texts where the values differ, else those that stand. */
static void merge(struct plan *p, struct staged *row, const struct store_entry *old,
		  const struct cpl_change *c, const char *text[CPL_COLS])
{
	for (int i = 0; i < CPL_COLS; i++) {
		bool differs =
		    i == CPL_STATUS ? c->removed || c->restored : ((c->edited | c->filled) & CPL_BIT(i)) != 0;

		if (old->text[i] && !differs)
			text[i] = old->text[i];
	}
	if (!(row->present & CPL_BIT(CPL_CPA_ID))) {
		row->cpa_kind = old->cpa_kind;
		row->cpa_until = old->cpa_until;
	}
	row->op = OP_CHANGE;
	staged_set_texts(p->st, row, text);
}

static void compare_row(struct plan *p, struct staged *row, const struct store_entry *old)
{
	struct cpl_entry in = { .number = row->number, .removed = row->removed };
	struct cpl_change c;

	staged_texts(row, in.text);
	row->entry_id = old->id;
	row->op = OP_SAME;
	c = cpl_diff(old->text, old->removed, &in);
	if (c.removed)
		list_add(&p->removed, row->number);
	if (c.restored)
		list_add(&p->restored, row->number);
	if (c.hash)
		list_add(&p->hashes, row->number);
	if (c.edited)
		list_edit(p, row->number, &c, old->text, in.text);
	if (c.edited || c.restored)
		p->nchanged++;
	if (c.filled)
		p->nfilled++;
	for (int i = 0; i < CPL_COLS; i++)
		p->filled[i] += (c.filled & CPL_BIT(i)) != 0;
	if (c.identity)
		warnings_add(&p->st->warnings, CPL_WARN_IDENTITY, CPL_FIRMWARE, row->number, row->line);
	if (c.edited || c.filled || c.removed || c.restored)
		merge(p, row, old, &c, in.text);
}

/* A standing entry that the file does not have. Numbers are never deleted (gb-metering 1.2), so this is no
 * ordinary removal: a gate holds it, and when it is accepted the entry becomes Removed. */
static int vanish(struct plan *p, const struct store_entry *old, struct err *e)
{
	struct staged gone = { .entry_id = old->id, .op = OP_VANISH, .removed = true };
	const char *text[CPL_COLS];
	uint64_t version;

	if (old->removed) {
		warnings_add(&p->st->warnings, CPL_WARN_ABSENT, CPL_NUMBER, (uint32_t)old->ord, 0);
		return OK;
	}
	gone.number = (uint32_t)old->ord;
	gone.cpa_kind = old->cpa_kind;
	gone.cpa_until = old->cpa_until;
	memcpy(text, old->text, sizeof text);
	text[CPL_STATUS] = "Removed";
	if (!parse_hex(old->version, strlen(old->version), &version))
		return err_set(e, ERR_STORE, "entry %s stands with the version '%s'", old->public_id,
			       old->version);
	gone.firmware = (uint32_t)version;
	gone.model_id = old->model_id;
	staged_set_texts(p->st, &gone, text);
	vec_push(&p->vanished, gone);
	list_add(&p->gone, gone.number);
	return OK;
}

static int compare(struct plan *p, struct db *db, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct stage *st = p->st;
	struct store_entry old;
	size_t i = 0;
	bool got;

	if (store_entry_standing(db, "cpl", &r, e))
		return e->code;
	for (;;) {
		if (store_entry_next(r, &old, &got, e))
			return e->code;
		/* Both lists are in the order of the numbers. */
		for (; i < st->rows.n && (!got || st->rows.v[i].number < old.ord); i++) {
			st->rows.v[i].op = OP_ADD;
			list_add(&p->added, st->rows.v[i].number);
		}
		if (!got)
			return OK;
		p->standing_rows++;
		p->standing_current += !old.removed;
		if (i < st->rows.n && st->rows.v[i].number == old.ord)
			compare_row(p, &st->rows.v[i++], &old);
		else if (vanish(p, &old, e))
			return e->code;
	}
}

static void find_gaps(struct plan *p)
{
	const struct stage *st = p->st;
	uint32_t want = 1;

	for (size_t i = 0; i < st->rows.n; i++, want++)
		for (; want < st->rows.v[i].number; want++)
			list_add(&p->gaps, want);
}

static bool is_older(const struct plan *p)
{
	return p->has_standing && !p->mark_reset &&
	       (cpl_version_cmp(&p->st->version, &p->standing) < 0 ||
		p->st->version.issued_on < p->standing.issued_on);
}

static void close_gates(struct plan *p)
{
	p->holds[GATE_REMOVED] =
	    (p->removed.n + p->gone.n) * 100 > p->standing_current * IMPORT_REMOVED_PERCENT;
	p->holds[GATE_CHANGED] = p->nchanged * 100 > p->standing_rows * IMPORT_CHANGED_PERCENT;
	p->holds[GATE_HASH] = p->hashes.n > 0;
	p->holds[GATE_VANISHED] = p->gone.n > 0;
	p->holds[GATE_OLDER] = is_older(p);
	p->holds[GATE_NEEDED] = p->needed.n > 0;
	for (int g = 0; g < GATES; g++)
		p->gated |= p->holds[g];
}

int import_plan_make(struct plan *p, struct db *db, int64_t now, struct err *e)
{
	bool same_version;

	if (read_standing_import(p, db, e) || compare(p, db, e) || plan_find_needed(p, db, now, e))
		return e->code;
	find_gaps(p);
	close_gates(p);
	same_version = p->has_standing && !strcmp(p->standing_text, p->st->version_text);
	p->changes = !same_version || p->added.n || p->removed.n || p->restored.n || p->gone.n ||
		     p->nedited || p->nfilled;
	if (same_version && (p->added.n || p->removed.n || p->restored.n || p->gone.n || p->nedited))
		warnings_add(&p->st->warnings, CPL_WARN_SAME_VERSION, CPL_NUMBER, 0, 0);
	return OK;
}

/* The models that are there, so that a row costs no question to the store. */
struct models {
	struct map64 *index; /* owned; model_key -> index into ids */
	VEC(int64_t) ids;
};
static void models_done(struct models *m)
{
	if (m->index)
		map64_free(m->index);
	vec_done(&m->ids);
}
DEFINE_OWN_VAL(struct models, models_done)

static int models_load(struct models *m, struct db *db, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_model row;
	bool got;

	m->index = map64_new(4096);
	if (store_model_list(db, &r, e))
		return e->code;
	for (;;) {
		uint64_t maker, model, hw;

		if (store_model_next(r, &row, &got, e))
			return e->code;
		if (!got)
			return OK;
		if (strcmp(row.scheme, "cpl") ||
		    !parse_hex(row.manufacturer, strlen(row.manufacturer), &maker) ||
		    !parse_hex(row.model, strlen(row.model), &model) ||
		    !parse_hex(row.hardware, strlen(row.hardware), &hw))
			continue;
		map64_put(m->index, maker << 32 | model << 16 | hw, (uint32_t)m->ids.n);
		vec_push(&m->ids, row.id);
	}
}

static int find_model(struct models *m, struct db *db, struct staged *row, struct err *e)
{
	char manufacturer[5], model[5], hardware[5];
	uint32_t i;

	if (row->model_id)
		return OK;
	i = map64_get(m->index, row->model_key);
	if (i == MAP64_NONE) {
		struct store_model new = { 0, "cpl", manufacturer, model, hardware };
		int64_t id;

		ident_cpl_text(row->model_key, manufacturer, model, hardware);
		if (store_model_add(db, &new, &id, e))
			return e->code;
		i = (uint32_t)m->ids.n;
		vec_push(&m->ids, id);
		map64_put(m->index, row->model_key, i);
	}
	row->model_id = m->ids.v[i];
	return OK;
}

static int by_its_number(const void *a, const void *b)
{
	const struct staged *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

/* Numbers that came and were undone have an entry already; they come back to it. */
static int wake_entries(struct plan *p, struct db *db, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (store_entry_dormant(db, "cpl", &r, e))
		return e->code;
	for (;;) {
		struct staged key = { 0 }, *row;
		const char *id;
		uint64_t number;

		if (rows_next(r, &got, e))
			return e->code;
		if (!got)
			return OK;
		id = rows_text(r, 1);
		if (!parse_digits(id, strlen(id), &number))
			continue;
		key.number = (uint32_t)number;
		row = p->st->rows.n ? bsearch(&key, p->st->rows.v, p->st->rows.n, sizeof key, by_its_number)
				    : NULL;
		if (row && row->op == OP_ADD)
			row->entry_id = rows_num(r, 0);
	}
}

/* The entries of new rows, with ids counted here. */
#define NEW_AT_ONCE 200
static int add_entries(struct plan *p, struct db *db, struct err *e)
{
	struct store_entry v[NEW_AT_ONCE];
	char public_id[NEW_AT_ONCE][8];
	int64_t last;
	size_t n = 0;

	if (!p->added.n)
		return OK;
	if (wake_entries(p, db, e) || store_entry_last(db, &last, e))
		return e->code;
	for (size_t i = 0; i < p->st->rows.n; i++) {
		struct staged *row = &p->st->rows.v[i];

		if (row->op != OP_ADD || row->entry_id)
			continue;
		row->entry_id = ++last;
		snprintf(public_id[n], sizeof public_id[n], "%06u", row->number % 1000000);
		v[n] = (struct store_entry){
			.id = last, .scheme = "cpl", .public_id = public_id[n], .ord = row->number
		};
		if (++n < NEW_AT_ONCE)
			continue;
		if (store_entry_put(db, v, n, e))
			return e->code;
		n = 0;
	}
	return store_entry_put(db, v, n, e) ? (int)e->code : store_entry_number(db, e);
}

/* The new state of a row; its entry is there. */
static int apply_row(struct models *m, struct db *db, struct staged *row, int64_t revision, struct err *e)
{
	char version[9], hash[65];
	struct store_entry s = { .version = version };

	if (row->op == OP_SAME)
		return OK;
	if (find_model(m, db, row, e))
		return e->code;
	ident_firmware_text(row->firmware, version);
	s.id = row->entry_id;
	s.model_id = row->model_id;
	s.ord = row->number;
	s.removed = row->removed;
	s.cpa_kind = row->cpa_kind;
	s.cpa_until = row->cpa_until;
	staged_texts(row, s.text);
	s.hash = staged_hash(s.text[CPL_HASH], hash) ? hash : NULL;
	if ((row->op != OP_ADD && store_state_close(db, s.id, revision, e)) ||
	    store_state_open(db, &s, revision, e))
		return err_wrap(e, "entry %06u", row->number);
	return OK;
}

int plan_apply(struct plan *p, struct db *db, int64_t revision, struct err *e)
{
	OWN(models_done) struct models m = { 0 };

	if (models_load(&m, db, e) || add_entries(p, db, e))
		return e->code;
	for (size_t i = 0; i < p->st->rows.n; i++)
		if (apply_row(&m, db, &p->st->rows.v[i], revision, e))
			return e->code;
	for (size_t i = 0; i < p->vanished.n; i++)
		if (apply_row(&m, db, &p->vanished.v[i], revision, e))
			return e->code;
	return OK;
}

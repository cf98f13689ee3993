/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "core/import_plan.h"
#include "core/import_report.h"
#include "store/store_catalog.h"
#include "store/store_review.h"

/* A held import that is being accepted. */
struct held {
	int64_t id;
	const char *story;                /* what was shown, members without braces; borrowed */
	int64_t decision;                 /* of two persons, to be closed; 0 = none */
	const struct store_voice *second; /* the second person, with a decision */
};

static void fill_report(struct import_report *r, const struct plan *p)
{
	const struct stage *st = p->st;

	r->gated = p->gated;
	r->changes = p->changes;
	r->rows = (int64_t)st->rows.n;
	r->added = p->added.n;
	r->removed = p->removed.n;
	r->restored = p->restored.n;
	r->edited = p->nedited;
	r->filled = p->nfilled;
	r->vanished = p->gone.n;
	r->gaps = p->gaps.n;
	for (int i = 0; i < CPL_WARNINGS; i++)
		r->warnings += st->warnings.count[i];
	str_copy(r->version, sizeof r->version, st->version.text);
}

/* What is to happen, decided from the plan alone. */
static enum import_state decide(const struct plan *p, const struct import_options *o, const struct held *held)
{
	if (o->dry_run)
		return IMPORT_DRY_RUN;
	if (p->gated && !o->accept)
		return IMPORT_HELD;
	if (!p->changes)
		return IMPORT_UNCHANGED;
	return held ? IMPORT_ACCEPTED : IMPORT_APPLIED;
}

/* Writes what was decided, in the open transaction. */
static int carry_out(struct db *db, struct plan *p, struct import_report *r, struct feed_row *f,
		     const char *story, const struct import_options *o, const struct held *held,
		     struct err *e)
{
	STR(staged, DB_TEXT_MAX);

	if (r->state == IMPORT_APPLIED || r->state == IMPORT_ACCEPTED) {
		if (ledger_advance(db, &o->who, "import-cpl", &r->revision, e) ||
		    plan_apply(p, db, r->revision, e) || store_catalog_room(db, e))
			return e->code;
	}
	if (r->state == IMPORT_HELD) {
		/* The same file again is the same import that waits already. */
		if (store_feed_held(db, "cpl", p->st->file_hash, &r->id, e))
			return e->code;
		if (r->id)
			return OK;
		staged_write(p->st, &staged);
		if (staged.over)
			return err_set(e, ERR_TOO_LARGE,
				       "a gate holds the import and its rows are too many to be set aside");
		f->staged = str_c(&staged);
	}
	if (held)
		r->id = held->id;
	if (report_record(db, r, f, story, &o->who, held != NULL, e))
		return e->code;
	if (!held)
		return OK;
	if (held->decision && store_decision_close(db, held->decision, held->second, r->revision, e))
		return e->code;
	return store_decision_drop(db, held->id, e);
}

static int run(struct db *db, struct stage *st, const struct import_options *o, const struct held *held,
	       struct import_report **ret, struct err *e)
{
	OWN(import_report_free) struct import_report *r = import_report_new();
	OWN(plan_done) struct plan p;
	STR(story, IMPORT_REPORT_MAX);
	size_t fixed = 0;
	struct feed_row f = { .feed = "cpl",
			      .at = o->who.now,
			      .who = o->who.name,
			      .file_name = o->file_name ? o->file_name : "",
			      .file_hash = st->file_hash,
			      .version_text = st->version_text,
			      .version = st->version.text,
			      .issued_on = st->version.issued_on,
			      .rows = (int64_t)st->rows.n };
	TX(tx);

	plan_init(&p, st);
	if (tx_begin(&tx, db, !o->dry_run, e) || import_plan_make(&p, db, o->who.now, e))
		return e->code;
	plan_write(&p, &story, &fixed);
	if (held && !plan_same_story(&p, held->story, str_c(&story), fixed))
		return err_set(e, ERR_CONFLICT,
			       "what stands has changed since import %" PRId64
			       " was held, so its report is no longer true; import the file again",
			       held->id);
	fill_report(r, &p);
	r->state = decide(&p, o, held);
	if (!o->dry_run && (carry_out(db, &p, r, &f, str_c(&story), o, held, e) || tx_keep(&tx, e)))
		return e->code;
	report_finish(r, &f, str_c(&story));
	*ret = MOVE(r);
	return OK;
}

int import_cpl(struct db *db, const struct cpl_source *src, const struct import_options *o,
	       struct import_report **ret, struct err *e)
{
	OWN(stage_done) struct stage st;

	stage_init(&st);
	if (stage_read(&st, src, o->who.now, e)) {
		return e->code;
	}
	return run(db, &st, o, NULL, ret, e);
}

/* A held import read out of the store, all text owned: the statement that read it must not stay open. */
struct record {
	struct feed_row row;
	char *file_name, *file_hash, *version_text, *version, *staged; /* owned */
	struct str story;
};
static void record_done(struct record *c)
{
	mem_free(c->file_name);
	mem_free(c->file_hash);
	mem_free(c->version_text);
	mem_free(c->version);
	mem_free(c->staged);
	str_done(&c->story);
}
DEFINE_OWN_VAL(struct record, record_done)

static int record_read(struct record *c, struct db *db, int64_t id, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (store_feed_get(db, id, &r, e) || store_feed_next(r, &c->row, &got, e))
		return e->code;
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "there is no import %" PRId64, id);
	if (strcmp(c->row.state, import_state_text[IMPORT_HELD]) || !c->row.staged || !c->row.version_text)
		return err_set(e, ERR_CONFLICT, "import %" PRId64 " is not held by a gate: its state is '%s'",
			       id, c->row.state);
	c->file_name = mem_strdup(c->row.file_name);
	c->file_hash = mem_strdup(c->row.file_hash);
	c->version_text = mem_strdup(c->row.version_text);
	c->version = mem_strdup(c->row.version);
	c->staged = mem_strdup(c->row.staged);
	str_addn(&c->story, c->row.report + 1, strlen(c->row.report) - 2);
	return OK;
}

int import_accept(struct db *db, int64_t id, const struct actor *who, struct import_report **ret,
		  struct err *e)
{
	return import_accept_as(db, id, who, 0, NULL, ret, e);
}

int import_accept_as(struct db *db, int64_t id, const struct actor *who, int64_t decision,
		     const struct store_voice *second, struct import_report **ret, struct err *e)
{
	OWN(record_done) struct record c = { .story = { .max = IMPORT_REPORT_MAX } };
	OWN(staged_source_free) struct staged_source *s = NULL;
	OWN(stage_done) struct stage st;
	struct import_options o = { .who = *who, .accept = true };
	struct cpl_source src;
	struct held held;

	stage_init(&st);
	if (record_read(&c, db, id, e) || staged_source_new(c.staged, c.version_text, c.file_hash, &s, e))
		return e->code;
	src = staged_source_rows(s);
	if (stage_read(&st, &src, who->now, e))
		return err_wrap(e, "the rows set aside by import %" PRId64, id);
	o.file_name = c.file_name;
	held = (struct held){ id, str_c(&c.story), decision, second };
	return run(db, &st, &o, &held, ret, e);
}

int import_reject(struct db *db, int64_t id, const struct actor *who, struct import_report **ret,
		  struct err *e)
{
	OWN(import_report_free) struct import_report *r = import_report_new();
	OWN(record_done) struct record c = { .story = { .max = IMPORT_REPORT_MAX } };
	struct feed_row f;
	TX(tx);

	if (tx_begin(&tx, db, true, e) || record_read(&c, db, id, e))
		return e->code;
	f = (struct feed_row){ .id = id,
			       .feed = "cpl",
			       .at = who->now,
			       .who = who->name,
			       .file_name = c.file_name,
			       .file_hash = c.file_hash,
			       .version_text = c.version_text,
			       .version = c.version,
			       .rows = c.row.rows };
	r->id = id;
	r->state = IMPORT_REJECTED;
	r->gated = true;
	r->rows = c.row.rows;
	str_copy(r->version, sizeof r->version, c.version);
	if (report_record(db, r, &f, str_c(&c.story), who, true, e) || store_decision_drop(db, id, e) ||
	    tx_keep(&tx, e))
		return e->code;
	report_finish(r, &f, str_c(&c.story));
	*ret = MOVE(r);
	return OK;
}

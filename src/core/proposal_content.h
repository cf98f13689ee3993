/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a proposal says: its JSON read, its items judged against what stands, its canonical form and hash, and
 * the graph that would come of it. Private to edits.
 *
 * The canonical form is JSON as RFC 8785 writes it: members sorted, no blanks, absent ones left out, items
 * sorted by what they are about. The hash is SHA-256 over title, reason, dates and items in that form: any
 * change makes another one.
 */
#ifndef FIRPATH_CORE_PROPOSAL_CONTENT_H
#define FIRPATH_CORE_PROPOSAL_CONTENT_H

#include "core/dossier.h"
#include "core/proposal.h"
#include "core/statement_change.h"
#include "model/lint.h"
#include "store/store_proposal.h"

struct content {
	struct arena *arena;                 /* owned */
	const char *title, *reason;          /* arena */
	int64_t effective_on, embargo_until; /* UTC ms at midnight, -1 */
	bool draft;
	VEC(struct statement_in) in;        /* items as rows; texts in the arena */
	VEC(struct dossier_item *) dossier; /* items of the kinds excerpt and contact; arena */
	struct statement_rows rows;         /* judged */
	struct standing_list standing;      /* what stands about the same */
	struct statement_steps steps;
	struct str items; /* canonical array */
	char hash[SHA256_HEX];
};
void content_init(struct content *c);
void content_done(struct content *c);
DEFINE_OWN_VAL(struct content, content_done)

/* Reads what somebody sends and judges it. what_if: title and reason may be missing. */
int content_read(struct content *c, const struct edit *x, const char *json, size_t len, bool what_if,
		 struct err *e) MUST_USE;
/* The rows of a statements file, with what x->who leaves out. */
int content_file(struct content *c, const struct edit *x, const struct statement_file *file,
		 struct err *e) MUST_USE;
/* What is stored, judged again against the newest state. */
int content_stored(struct content *c, const struct edit *x, const struct store_proposal *p,
		   struct err *e) MUST_USE;
/* May x->who propose this? ERR_DENIED names the item. */
int content_permitted(const struct content *c, const struct edit *x, struct err *e) MUST_USE;
/* Would anything change? Of excerpts and contacts that is known when they are written. */
bool content_changes(const struct content *c);

/* proposal_dossier.c: items that core/dossier.h judges and writes. */
bool dossier_is_item(const struct json *item);
int content_dossier_read(struct content *c, const struct edit *x, const struct json *item, int64_t line,
			 struct err *e) MUST_USE;
void content_dossier_canonical(const struct content *c, struct jw *w);
int content_dossier_permitted(const struct content *c, const struct edit *x, struct err *e) MUST_USE;
/* Inside the publishing transaction; *ret_changed: at least one changed something. before and after get an
 * array each. */
int content_dossier_apply(const struct content *c, struct db *db, int64_t revision, struct jw *before,
			  struct jw *after, bool *ret_changed, struct err *e) MUST_USE;

/* From when on it is in force when it is published now. */
int64_t content_effective(const struct content *c, int64_t now);

/* The model that a rule is about: named itself (else NULL), or by one of its entries. */
int rule_model(const struct snapshot *s, const char *model, const char *entry, uint32_t *ret,
	       struct err *e) MUST_USE;

/* The models concerned, as a graph without and with the steps (owned by the caller). */
int content_graphs(const struct content *c, const struct graph *g, struct graph **ret_before,
		   struct graph **ret_after, struct err *e) MUST_USE;
/* The same for other steps, over the graph that they were made from. */
int steps_graphs(const struct statement_steps *s, const struct graph *g, struct graph **ret_before,
		 struct graph **ret_after, struct err *e) MUST_USE;

/* Findings that are in `after` and not in `before`; errors among them refuse a change. */
struct finding {
	const struct lint_info *info;
	const char *key;     /* arena: code and entries, equal for the same finding */
	const char *model;   /* arena */
	const char *entries; /* arena: Entry IDs with blanks between */
};
struct findings {
	VEC(struct finding) v; /* sorted by key */
	int64_t level[3];      /* errors, warnings, notes */
};
void findings_done(struct findings *f);
DEFINE_OWN_VAL(struct findings, findings_done)
void findings_of(struct findings *f, const struct graph *g, int64_t at, struct arena *a);
bool findings_have(const struct findings *f, const char *key);
/* ERR_LINT when an error is in `after` that is not in `before`. */
int findings_refuse(const struct findings *before, const struct findings *after, struct err *e) MUST_USE;
/* The same for a content over a graph. */
int content_lint(const struct content *c, const struct graph *g, int64_t at, struct err *e) MUST_USE;

#endif

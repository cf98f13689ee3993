/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the repository knows about an entry besides its path: excerpts of release notes (the part about the
 * upgrade path, never the whole notes) and whom to ask. Both stand from one revision to another like
 * statements, so that `at=` shows what was shown then. They change by proposals only: core/proposal.h hands
 * items of the kinds `excerpt` and `contact` to the functions here.
 *
 * A snapshot carries what stands at its revision, so that entries and answers show it without SQL. A contact
 * is the function of a team, never a person's private data.
 *
 * Source: MP231 (manufacturers share the pathway from the release notes, not the notes; suppliers without a
 * contract need somebody to ask).
 */
#ifndef FIRPATH_CORE_DOSSIER_H
#define FIRPATH_CORE_DOSSIER_H

#include "base/json.h"
#include "core/catalog.h"
#include "model/freshness.h"
#include "store/db.h"

enum dossier_kind { DOSSIER_EXCERPT, DOSSIER_CONTACT };
extern const char *const dossier_kind_text[]; /* "excerpt", "contact", NULL */

#define DOSSIER_TEXT_MAX 2000
#define DOSSIER_FIELD_MAX 200

/* One item of a proposal as text; "" = not given. Large: keep it off deep stacks. */
struct dossier_item {
	bool withdraw;               /* ends what stands for the same key instead */
	char kind[16];               /* "excerpt" or "contact" */
	char entry[ENTRY_NAME_SIZE]; /* Entry ID as users write it; an excerpt needs it, a contact this or the
					next */
	char manufacturer[16];       /* contact: manufacturer code, 4 hex digits */
	/* An excerpt. What is replaced or withdrawn: the excerpt of the same document for the same entry. */
	char text[4 * DOSSIER_TEXT_MAX + 1]; /* up to DOSSIER_TEXT_MAX characters */
	char document[DOSSIER_FIELD_MAX];    /* name of the document */
	char document_date[16];              /* YYYY-MM-DD or "" */
	char sha256[72];                     /* of the document, 64 hex digits, or "" */
	char owner[DOSSIER_FIELD_MAX];       /* whose document it is */
	/* A contact. What is replaced or withdrawn: the contact of the same entry, or of the same code. */
	char name[DOSSIER_FIELD_MAX]; /* the function or team */
	char email[DOSSIER_FIELD_MAX], phone[64], url[500];
	char hours[DOSSIER_FIELD_MAX]; /* when it answers */
};
/* Members of an item's JSON, for json_decode; the member op ("state", "withdraw") is the caller's. */
extern const struct json_field dossier_item_fields[];

/* Judges one item against the newest catalogue and puts its fields into their canonical form (Entry ID with
 * its zeros, upper case hex, trimmed text). ERR_INVALID or ERR_NOT_FOUND with e->where = the field. */
int dossier_check(const struct snapshot *s, struct dossier_item *item, int64_t now, struct err *e) MUST_USE;
/* The manufacturer code that a checked item is about: who may propose it (principal_owns_code). */
const char *dossier_code(const struct snapshot *s, const struct dossier_item *item);
/* Inside the caller's write transaction, which makes revision rev and writes the audit row: closes what the
 * item replaces and adds it. The item was checked. *ret_changed false: exactly this stood already.
 * ERR_CONFLICT when a withdrawal finds nothing that stands. before (may be NULL) gets the JSON of what it
 * replaced, or null. */
int dossier_apply(struct db *db, const struct dossier_item *item, int64_t rev, struct str *before,
		  bool *ret_changed, struct err *e) MUST_USE;
/* A checked item as JSON: only its kind's members, in a fixed order; the form that a proposal hashes. */
void dossier_item_json(const struct dossier_item *item, struct jw *w);

/* What stands at one revision beside the statements; immutable. Also holds what their freshness depends on:
 * the settings and the disputes. Wherever a struct dossier is taken NULL stands for "nothing, and the
 * settings as they are by default". */
struct dossier;
int dossier_load(struct db *db, int64_t revision, struct dossier **ret, struct err *e) MUST_USE;
void dossier_free(struct dossier *d);
DEFINE_OWN(struct dossier, dossier_free)

struct excerpt {
	int64_t entry_id;
	const char *text, *document, *sha256, *owner; /* sha256 "" = not given */
	int64_t document_date;                        /* UTC ms, -1 = not given */
};
struct contact {
	int64_t entry_id;         /* 0 = of a manufacturer */
	const char *manufacturer; /* code, "" = of an entry */
	const char *name, *email, *phone, *url, *hours;
};
/* The excerpts of an entry: *ret the first of as many neighbours as the result says. d may be NULL. */
size_t dossier_excerpts(const struct dossier *d, int64_t entry_id, const struct excerpt **ret);
/* Who can help with an entry: its own contact, else its manufacturer's; NULL = nobody is named. */
const struct contact *dossier_contact(const struct snapshot *s, uint32_t node);
const struct contact *dossier_contact_of_entry(const struct dossier *d, int64_t entry_id); /* its own */
const struct contact *dossier_contact_of_code(const struct dossier *d, const char *manufacturer);

/* How often a statement must be confirmed, in days. */
int dossier_confirm_days(const struct dossier *d);
/* A doubt about the path of an entry that SECAS has not settled. */
struct dispute {
	int64_t entry_id;
	int64_t callout_id; /* the call-out it came from, 0 = none */
	int64_t opened_at;  /* UTC ms */
	const char *reason;
};
/* NULL = the entry's path is not disputed. */
const struct dispute *dossier_dispute(const struct dossier *d, int64_t entry_id);
/* What decides the freshness of a statement of this snapshot (NULL: of nothing). */
struct freshness_span dossier_span(const struct dossier *d, const struct statement_row *s);

/* One contact as an object; NULL writes null. */
void contact_json(const struct contact *c, struct jw *w);
/* The members "excerpts" and "contacts" (arrays, may be empty) and "dispute" (null) of an entry's object. */
void dossier_entry_json(const struct snapshot *s, uint32_t node, struct jw *w);
/* An array of the contacts who can help with these nodes (NODE_NONE is skipped), each once. */
void dossier_help_json(const struct snapshot *s, const uint32_t *nodes, size_t n, struct jw *w);

#endif

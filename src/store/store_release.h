/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Releases of charger firmware and sets of them; sql/query/release.sql, schema 0016. What they mean is in
 * core/release.h. Writing functions run inside the caller's write transaction.
 */
#ifndef FIRPATH_STORE_STORE_RELEASE_H
#define FIRPATH_STORE_STORE_RELEASE_H

#include "store/db.h"

/* One row; texts are borrowed from the rows object when read. 0 = no id, -1 = no time or number, NULL = none.
 */
struct store_release {
	int64_t id, entry_id;
	const char *public_id, *vendor, *model, *component, *version, *state;
	int64_t position;
	const char *document, *digest, *image_hash, *image_md5;
	int64_t image_bytes;
	bool regulated;
	const char *certificate;
	int64_t security_at;
	const char *signature, *signing_certificate, *report;
	int64_t org_id;
	const char *created_by;
	int64_t created_account, created_at;
	const char *approved_by;
	int64_t approved_at;
	const char *published_by;
	int64_t published_at, ended_at;
};
int store_release_add(struct db *db, const struct store_release *r, int64_t *ret_id, struct err *e) MUST_USE;
int store_release_get(struct db *db, int64_t id, struct rows **ret, struct err *e) MUST_USE;
int store_release_of_entry(struct db *db, int64_t entry_id, struct rows **ret, struct err *e) MUST_USE;
int store_release_of_model(struct db *db, const char *vendor, const char *model, struct rows **ret,
			   struct err *e) MUST_USE;
/* Newest first, before an id; sees: 0 = drafts of everybody, -1 = none's, else of one organisation. NULL =
 * any. */
struct store_release_filter {
	int64_t before, sees, limit;
	const char *vendor, *model, *component, *state, *part, *part_version;
};
int store_release_page(struct db *db, const struct store_release_filter *f, struct rows **ret,
		       struct err *e) MUST_USE;
int store_release_next(struct rows *rows, struct store_release *ret, bool *ret_got, struct err *e) MUST_USE;
/* One that stands under this name; one that is or was in the catalogue under it. */
int store_release_standing(struct db *db, const char *public_id, bool *ret_got, int64_t *ret_id,
			   struct err *e) MUST_USE;
int store_release_spent(struct db *db, const char *public_id, bool *ret_got, int64_t *ret_id,
			struct err *e) MUST_USE;
int store_release_image(struct db *db, int64_t id, const char *md5, int64_t bytes, struct err *e) MUST_USE;
/* State, who approved and published and when, end, entry and report become as r says. */
int store_release_state(struct db *db, const struct store_release *r, struct err *e) MUST_USE;
int store_release_served(struct db *db, const char *image_hash, bool *ret, struct err *e) MUST_USE;
int store_figure_put(struct db *db, int64_t entry_id, int64_t bytes, int64_t seconds, int64_t restarts,
		     struct err *e) MUST_USE;

struct store_sbom {
	const char *format, *format_version, *digest;
	int64_t added_at, parts;
};
int store_sbom_put(struct db *db, int64_t release_id, const struct store_sbom *s, const char *text,
		   struct err *e) MUST_USE; /* takes the parts of the one before away */
int store_sbom_get(struct db *db, int64_t release_id, struct rows **ret, struct store_sbom *s, bool *ret_got,
		   struct err *e) MUST_USE;
int store_sbom_text(struct db *db, int64_t release_id, struct rows **ret, const char **ret_text,
		    struct err *e) MUST_USE; /* NULL = none */
struct store_sbom_part {
	int64_t n;
	const char *name, *version, *purl, *licence;
};
int store_sbom_part_add(struct db *db, int64_t release_id, const struct store_sbom_part *p,
			struct err *e) MUST_USE;
int store_sbom_parts(struct db *db, int64_t release_id, struct rows **ret, struct err *e) MUST_USE;
int store_sbom_part_next(struct rows *r, struct store_sbom_part *ret, bool *ret_got, struct err *e) MUST_USE;

struct store_set {
	int64_t id;
	const char *name, *vendor, *model, *note, *created_by;
	int64_t created_at;
};
struct store_set_part {
	const char *component;
	int64_t release_id, entry_id;
	const char *version, *state, *public_id;
};
int store_set_add(struct db *db, const struct store_set *s, int64_t *ret_id, struct err *e) MUST_USE;
int store_set_part_add(struct db *db, int64_t set_id, const char *component, int64_t release_id,
		       struct err *e) MUST_USE;
int store_set_get(struct db *db, const char *name /* NULL: by id */, int64_t id, struct rows **ret,
		  struct err *e) MUST_USE;
int store_set_page(struct db *db, int64_t before, int64_t limit, struct rows **ret, struct err *e) MUST_USE;
int store_set_next(struct rows *r, struct store_set *ret, bool *ret_got, struct err *e) MUST_USE;
int store_set_parts(struct db *db, int64_t set_id, struct rows **ret, struct err *e) MUST_USE;
int store_set_part_next(struct rows *r, struct store_set_part *ret, bool *ret_got, struct err *e) MUST_USE;

/* Logs of jobs: whose job is it, and its file. sees: as of scope. */
int store_log_site(struct db *db, int64_t job, const char *identity, bool *ret_got, int64_t *ret_site,
		   struct err *e) MUST_USE;
int store_log_set(struct db *db, int64_t job, const char *name, struct err *e) MUST_USE;
int store_log_seen(struct db *db, int64_t job, int64_t sees, bool *ret, struct err *e) MUST_USE;

#endif

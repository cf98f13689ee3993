/* SPDX-License-Identifier: Apache-2.0 */
#include "core/release.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/canon.h"
#include "base/mem.h"
#include "base/parse.h"
#include "core/release_row.h"
#include "core/release_sbom.h"

/* ---- rows ---- */

void release_rec_done(struct release_rec *r)
{
	if (r->arena)
		arena_free(r->arena);
	r->arena = NULL;
}

bool release_is(const struct store_release *r, const char *state)
{
	return !strcmp(r->state, state);
}

int64_t release_ord(const struct store_release *r)
{
	return r->position >= 0 ? r->position : RELEASE_POSITION_MAX + INT64_C(1) + r->id;
}

int64_t release_sees(const struct principal *by)
{
	if (may(by, ROLES_SECAS | ROLE_SSC | ROLE_OPERATOR | ROLE_AUDITOR))
		return 0;
	return by->org_id > 0 ? by->org_id : -1;
}

static void rec_keep(struct release_rec *ret, const struct store_release *row)
{
	struct store_release *r = &ret->r;
	const char **texts[] = { &r->public_id,
				 &r->vendor,
				 &r->model,
				 &r->component,
				 &r->version,
				 &r->state,
				 &r->document,
				 &r->digest,
				 &r->image_hash,
				 &r->image_md5,
				 &r->certificate,
				 &r->signature,
				 &r->signing_certificate,
				 &r->report,
				 &r->created_by,
				 &r->approved_by,
				 &r->published_by };

	ret->arena = arena_new();
	*r = *row;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		*texts[i] = *texts[i] ? arena_strdup(ret->arena, *texts[i]) : NULL;
}

int release_rec_load(struct db *db, const struct principal *by, int64_t id, struct release_rec *ret,
		     struct err *e)
{
	OWN(rows_done) struct rows *rows = NULL;
	struct store_release r;
	int64_t sees = release_sees(by);
	bool got;

	if (store_release_get(db, id, &rows, e) || store_release_next(rows, &r, &got, e))
		return (int)e->code;
	if (!got || (sees && !r.entry_id && r.org_id != sees))
		return err_set(e, ERR_NOT_FOUND, "there is no release %" PRId64, id);
	release_rec_done(ret);
	rec_keep(ret, &r);
	return OK;
}

int release_may(const struct principal *by, const struct store_release *r, unsigned roles, struct err *e)
{
	if (!may(by, roles))
		return err_set(e, ERR_DENIED, "your roles do not allow this with releases");
	if (may(by, roles & (ROLE_EDITOR | ROLE_OPERATOR)) || (by->org_id > 0 && by->org_id == r->org_id))
		return OK;
	return err_set(e, ERR_DENIED, "release %" PRId64 " belongs to somebody else", r->id);
}

int release_audit(struct db *db, const struct actor *who, const char *action, const struct store_release *r,
		  int64_t revision, struct err *e)
{
	STR(after, 4 * KIB);
	struct jw w = jw_start(&after);
	char subject[40];

	jw_obj(&w);
	jw_kstr(&w, "release", r->public_id);
	jw_kstr(&w, "state", r->state);
	jw_kstr(&w, "digest", r->digest);
	jw_kstr(&w, "image", r->image_hash);
	if (r->approved_by)
		jw_kstr(&w, "approved_by", r->approved_by);
	jw_end(&w);
	snprintf(subject, sizeof subject, "release/%" PRId64, r->id);
	return audit_add(db, who, action, subject, NULL, str_c(&after), revision, NULL, e);
}

/* ---- making ---- */

static int not_again(struct db *db, const char *public_id, struct err *e)
{
	int64_t id;
	bool got;

	if (store_release_standing(db, public_id, &got, &id, e))
		return (int)e->code;
	if (got)
		return err_set(e, ERR_CONFLICT, "release %" PRId64 " is ocpp:%s already", id, public_id);
	if (store_release_spent(db, public_id, &got, &id, e))
		return (int)e->code;
	if (got)
		return err_set(e, ERR_CONFLICT,
			       "release %" PRId64 " was ocpp:%s until it was withdrawn; other software needs "
			       "another version",
			       id, public_id);
	return OK;
}

int release_add(const struct release_ctx *c, const struct json *body, int64_t *ret_id, struct err *e)
{
	TX(tx);
	OWN(release_doc_done) struct release_doc d = { .json = NULL };
	STR(text, RELEASE_DOCUMENT_MAX);
	uint8_t raw[SHA256_LEN];
	char digest[SHA256_HEX];
	struct store_release r;
	int64_t id;
	int by;

	if (!may(c->by, RELEASE_MAKERS))
		return err_set(e, ERR_DENIED, "your roles do not allow this with releases");
	if (canon_json(body, NULL, &text, e) || release_doc_parse(str_c(&text), text.len, &d, e))
		return (int)e->code;
	sha256_of(str_c(&text), text.len, raw);
	hex_text(raw, sizeof raw, digest);
	by = release_doc_signer(&d);
	r = (struct store_release){ .public_id = d.public_id,
				    .vendor = d.id.vendor,
				    .model = d.id.model,
				    .component = d.id.component,
				    .version = d.id.version,
				    .state = "draft",
				    .position = d.position,
				    .document = str_c(&text),
				    .digest = digest,
				    .image_hash = d.hash,
				    .regulated = d.regulated,
				    .certificate = d.number,
				    .security_at = d.security_at,
				    .signature = by < 0 ? NULL : d.signature[by].value,
				    .signing_certificate = by < 0 ? NULL : d.signature[by].certificate,
				    .org_id = c->by->org_id,
				    .created_by = c->who->name,
				    .created_account = c->by->account_id,
				    .created_at = c->who->now };
	if (tx_begin(&tx, c->db, true, e) || not_again(c->db, d.public_id, e) ||
	    store_release_add(c->db, &r, &id, e))
		return (int)e->code;
	r.id = id;
	if (release_audit(c->db, c->who, "release-add", &r, 0, e) || tx_keep(&tx, e))
		return (int)e->code;
	*ret_id = id;
	return OK;
}

/* One that is not published yet, and that by may change. */
static int open_one(const struct release_ctx *c, int64_t id, struct release_rec *ret, struct err *e)
{
	if (release_rec_load(c->db, c->by, id, ret, e) || release_may(c->by, &ret->r, RELEASE_MAKERS, e))
		return (int)e->code;
	if (!release_is(&ret->r, "draft") && !release_is(&ret->r, "approved"))
		return err_set(e, ERR_RELEASE, "release %" PRId64 " is %s; it does not change any more", id,
			       ret->r.state);
	return OK;
}

/* ---- the image ---- */

int release_image_begin(const struct release_ctx *c, int64_t id, struct image_in **ret, struct err *e)
{
	RELEASE_REC(r);

	if (open_one(c, id, &r, e) || image_begin(c->image_dir, r.r.image_hash, ret, e))
		return (int)e->code;
	image_ceiling(*ret, RELEASE_IMAGE_MAX);
	return OK;
}

int release_image_end(const struct release_ctx *c, int64_t id, struct image_in *in_, bool *ret_new,
		      struct err *e)
{
	TX(tx);
	OWN(image_drop) struct image_in *in = in_;
	RELEASE_REC(r);
	char hash[SHA256_HEX], path[IMAGE_PATH_MAX], md5[MD5_HEX];
	uint8_t raw[SHA256_LEN];
	int64_t bytes;
	bool fresh;

	if (open_one(c, id, &r, e) || image_end_of(MOVE(in), c->db, c->who, r.r.public_id, hash, &fresh, e) ||
	    image_path(c->image_dir, hash, path, NULL, e) || digests_of_file(path, raw, md5, &bytes, e))
		return (int)e->code;
	if (tx_begin(&tx, c->db, true, e) || open_one(c, id, &r, e))
		return (int)e->code;
	if (r.r.image_bytes != bytes || !r.r.image_md5 || strcmp(r.r.image_md5, md5) != 0) {
		if (store_release_image(c->db, id, md5, bytes, e) ||
		    release_audit(c->db, c->who, "release-image", &r.r, 0, e) || tx_keep(&tx, e))
			return (int)e->code;
	}
	*ret_new = fresh;
	return OK;
}

/* ---- the bill of materials ---- */

int release_sbom_put(const struct release_ctx *c, int64_t id, const char *text, size_t len, struct err *e)
{
	TX(tx);
	OWN(sbom_done) struct sbom s = { .arena = NULL };
	OWN(mem_free) char *copy = NULL;
	RELEASE_REC(r);
	uint8_t raw[SHA256_LEN];
	char digest[SHA256_HEX];
	struct store_sbom row;

	if (len > RELEASE_SBOM_MAX)
		return err_set(e, ERR_TOO_LARGE, "a bill of materials may have %zu MiB",
			       RELEASE_SBOM_MAX / MIB);
	if (open_one(c, id, &r, e) || sbom_parse(text, len, &s, e))
		return (int)e->code;
	sha256_of(text, len, raw);
	copy = mem_strndup(text, len);
	row = (struct store_sbom){ .format = s.format,
				   .format_version = s.format_version,
				   .digest = hex_text(raw, sizeof raw, digest),
				   .added_at = c->who->now };
	if (tx_begin(&tx, c->db, true, e) || open_one(c, id, &r, e) ||
	    store_sbom_put(c->db, id, &row, copy, e))
		return (int)e->code;
	for (size_t i = 0; i < s.parts.n; i++) {
		const struct sbom_part *p = &s.parts.v[i];

		if (store_sbom_part_add(
			c->db, id,
			&(struct store_sbom_part){ (int64_t)i + 1, p->name, p->version, p->purl, p->licence },
			e))
			return (int)e->code;
	}
	/* Whoever approved has not seen this one. */
	if (release_is(&r.r, "approved")) {
		r.r.state = "draft";
		r.r.approved_by = NULL;
		r.r.approved_at = -1;
		if (store_release_state(c->db, &r.r, e))
			return (int)e->code;
	}
	if (release_audit(c->db, c->who, "release-sbom", &r.r, 0, e) || tx_keep(&tx, e))
		return (int)e->code;
	return OK;
}

/* ---- the second person ---- */

int release_approve(const struct release_ctx *c, int64_t id, const char *digest, struct err *e)
{
	TX(tx);
	RELEASE_REC(r);

	if (c->by->account_id <= 0)
		return err_set(e, ERR_NEEDS_ACCOUNT, "who approves a release signs in with an account");
	if (!may(c->by, ROLE_APPROVER))
		return err_set(e, ERR_DENIED, "to approve a release needs the role approver");
	if (tx_begin(&tx, c->db, true, e) || release_rec_load(c->db, c->by, id, &r, e))
		return (int)e->code;
	if (!release_is(&r.r, "draft"))
		return err_set(e, ERR_RELEASE, "release %" PRId64 " is %s; only a draft is approved", id,
			       r.r.state);
	if (!r.r.created_account)
		return err_set(e, ERR_SECOND_PERSON,
			       "release %" PRId64 " was registered without an account, so nobody can be told "
			       "to be another person; register it with one",
			       id);
	if (!principal_other_person(c->by, r.r.created_account))
		return err_set(e, ERR_SECOND_PERSON,
			       "you registered release %" PRId64 "; somebody else must approve it", id);
	if (!digest || strcmp(digest, r.r.digest) != 0)
		return err_set(e, ERR_OTHER_CONTENT,
			       "the digest of release %" PRId64 " is %s; send that of what you looked at", id,
			       r.r.digest);
	r.r.state = "approved";
	r.r.approved_by = c->who->name;
	r.r.approved_at = c->who->now;
	if (store_release_state(c->db, &r.r, e) ||
	    release_audit(c->db, c->who, "release-approve", &r.r, 0, e) || tx_keep(&tx, e))
		return (int)e->code;
	return OK;
}

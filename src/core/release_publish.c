/* SPDX-License-Identifier: Apache-2.0 */
/* From a draft to the catalogue: everything is verified from the files themselves, then written at once. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "core/release_row.h"
#include "core/release_sbom.h"
#include "core/statement_change.h"
#include "store/store_catalog.h"
#include "store/store_entry.h"

#define SIGNATURE_BYTES_MAX 1024 /* of RSA with 8192 bits */

/* What was found; each check is one line. */
struct findings {
	struct str json; /* of all checks */
	struct jw w;
	struct str failed;         /* sentence of those that failed */
	struct problems *problems; /* borrowed, NULL = nobody wants them */
	int nfailed;
};
static void findings_init(struct findings *f, struct problems *problems)
{
	memset(f, 0, sizeof *f);
	str_init(&f->json, 64 * KIB);
	str_init(&f->failed, 4 * KIB);
	f->w = jw_start(&f->json);
	f->problems = problems;
	jw_obj(&f->w);
	jw_key(&f->w, "checks");
	jw_arr(&f->w);
}
static void findings_done(struct findings *f)
{
	str_done(&f->json);
	str_done(&f->failed);
}
DEFINE_OWN_VAL(struct findings, findings_done)

/* why "" = it holds. detail is told either way. */
static void found(struct findings *f, const char *check, const char *why, const char *detail)
{
	struct err e;

	jw_obj(&f->w);
	jw_kstr(&f->w, "check", check);
	jw_kbool(&f->w, "good", !*why);
	jw_kstr(&f->w, "detail", *why ? why : detail);
	jw_end(&f->w);
	if (!*why)
		return;
	str_addf(&f->failed, "%s%s: %s", f->nfailed++ ? "; " : "", check, why);
	err_set(&e, ERR_RELEASE, "%s", why);
	err_at(&e, check, 0, 0);
	problems_add(f->problems, &e);
}

/* ---- the checks ---- */

static int check_image(const struct release_ctx *c, const struct release_rec *r, struct findings *f,
		       uint8_t sum[SHA256_LEN], bool *ret_there, struct err *e)
{
	char path[IMAGE_PATH_MAX], is[SHA256_HEX], md5[MD5_HEX], text[120];
	int64_t bytes = 0;
	struct err no;

	*ret_there = false;
	if (image_path(c->image_dir, r->r.image_hash, path, NULL, &no)) {
		if (no.code != ERR_NOT_FOUND) {
			*e = no;
			return (int)e->code;
		}
		found(f, "image", "it has not arrived", "");
		return OK;
	}
	if (digests_of_file(path, sum, md5, &bytes, e))
		return (int)e->code;
	hex_text(sum, SHA256_LEN, is);
	if (strcmp(is, r->r.image_hash) != 0) {
		found(f, "image", "the stored file is not what its hash says any more; send it again", "");
		return OK;
	}
	if (bytes != r->r.image_bytes || !r->r.image_md5 || strcmp(md5, r->r.image_md5) != 0) {
		found(f, "image", "it was not sent for this release; send it", "");
		return OK;
	}
	snprintf(text, sizeof text, "%" PRId64 " bytes, SHA-256 as registered", bytes);
	found(f, "image", "", text);
	*ret_there = true;
	return OK;
}

static void check_signature(const struct release_signature *s, int n, const struct cert_roots *roots,
			    int64_t now, bool there, const uint8_t sum[SHA256_LEN], bool sent,
			    struct findings *f)
{
	OWN(cert_free) struct cert *cert = NULL;
	char check[32], why[CERT_WHY_SIZE] = "", detail[400], subject[160];
	uint8_t raw[SIGNATURE_BYTES_MAX];
	size_t len = 0;

	snprintf(check, sizeof check, "certificate %d", n + 1);
	if (!s->certificate) {
		found(f, check, "the release does not hold the certificate of the signer", "");
		return;
	}
	if (!cert_read(s->certificate, &cert, why) || !cert_good(cert, roots, now, why)) {
		snprintf(detail, sizeof detail, "%s (signer %.60s)", why, s->signer);
		found(f, check, detail, "");
		if (!cert)
			return;
	} else {
		cert_subject(cert, subject, sizeof subject);
		found(f, check, "", subject);
	}
	if (sent && strlen(s->certificate) > RELEASE_CERTIFICATE_MAX) {
		snprintf(detail, sizeof detail, "it has %zu bytes; OCPP takes %d", strlen(s->certificate),
			 RELEASE_CERTIFICATE_MAX);
		found(f, check, detail, "");
	}
	snprintf(check, sizeof check, "signature %d", n + 1);
	if (sent && strlen(s->value) > RELEASE_SIGNATURE_MAX) {
		snprintf(detail, sizeof detail, "it has %zu characters; OCPP takes %d", strlen(s->value),
			 RELEASE_SIGNATURE_MAX);
		found(f, check, detail, "");
	}
	if (!base64_bytes(s->value, raw, sizeof raw, &len)) {
		found(f, check, "its value is no base64 of a signature", "");
	} else if (there) {
		if (cert_signed(cert, s->algorithm, raw, len, sum, why))
			found(f, check, "", cert_algorithm_text[s->algorithm]);
		else
			found(f, check, why, "");
	}
}

static int check_signatures(const struct release_ctx *c, const struct release_doc *d, bool there,
			    const uint8_t sum[SHA256_LEN], struct findings *f, struct err *e)
{
	OWN(cert_roots_free) struct cert_roots *roots = NULL;

	if (!d->nsignatures) {
		found(f, "signed", d->unsigned_reason ? "" : "it has no signature and no reason for that",
		      d->unsigned_reason ? d->unsigned_reason : "");
		return OK;
	}
	if (cert_roots_load(c->roots ? c->roots : "", &roots, e))
		return (int)e->code;
	for (int i = 0; i < d->nsignatures; i++)
		check_signature(&d->signature[i], i, roots, c->who->now, there, sum,
				i == release_doc_signer(d), f);
	return OK;
}

/* What the bill of materials is about, as it stands in the store. */
static int check_sbom(const struct release_ctx *c, const struct release_rec *r, struct findings *f,
		      char digest[SHA256_HEX], struct err *e)
{
	OWN(rows_done) struct rows *rows = NULL;
	OWN(sbom_done) struct sbom s = { .arena = NULL };
	char why[300] = "", detail[120];
	const char *text;
	uint8_t raw[SHA256_LEN];

	*digest = 0;
	if (store_sbom_text(c->db, r->r.id, &rows, &text, e))
		return (int)e->code;
	if (!text) {
		found(f, "sbom", c->sbom_needed ? "there is no software bill of materials" : "", "none");
		return OK;
	}
	if (sbom_parse(text, strlen(text), &s, e))
		return err_wrap(e, "the stored bill of materials");
	sha256_of(text, strlen(text), raw);
	hex_text(raw, sizeof raw, digest);
	if (strcmp(s.version, r->r.version) != 0)
		snprintf(why, sizeof why,
			 "it is about '%.60s' version '%.60s', and the release has version '%s'", s.name,
			 s.version, r->r.version);
	snprintf(detail, sizeof detail, "%s %s, %zu parts", s.format, s.format_version, s.parts.n);
	found(f, "sbom", why, detail);
	return OK;
}

static void check_regulated(const struct release_rec *r, const struct release_doc *d, struct findings *f)
{
	if (!d->regulated)
		return;
	found(f, "type-certificate",
	      *d->number ? "" : "a regulated component needs its certificate in the document", d->number);
	found(f, "approval",
	      release_is(&r->r, "approved") ? ""
					    : "a regulated component needs the approval of a second person",
	      r->r.approved_by ? r->r.approved_by : "");
}

/* ---- writing ---- */

/* One row as a statements file. */
struct one_row {
	const struct statement_in *in;
	bool given;
};
static int one_next(void *self, struct statement_in *ret, bool *ret_got, struct err *e)
{
	struct one_row *o = self;

	(void)e;
	*ret_got = !o->given;
	if (!o->given)
		*ret = *o->in;
	o->given = true;
	return OK;
}
static const char *one_hash(void *self)
{
	(void)self;
	return "";
}

/* Writes one statement from a revision on. only_new: not when something stands about the same. */
static int statement_write(struct db *db, const struct statement_in *in, int64_t now, int64_t revision,
			   bool only_new, bool *ret_done, struct err *e)
{
	OWN(statement_rows_done) struct statement_rows rows;
	OWN(standing_done) struct standing_list standing;
	OWN(statement_steps_done) struct statement_steps steps = { .effective_on = 0 };
	struct one_row one = { in, false };
	struct statement_file file = { &one, one_next, one_hash };

	statement_rows_init(&rows);
	standing_init(&standing);
	*ret_done = false;
	if (statement_rows_read(&rows, db, &file, now, NULL, e))
		return (int)e->code;
	if (standing_read(&standing, db, true, e) || statement_steps_make(&steps, &rows, &standing, false, e))
		return (int)e->code;
	if (only_new && steps.v.n && steps.v.v[0].old)
		return OK;
	*ret_done = true;
	return statement_steps_apply(&steps, db, revision, 0, e);
}

static int entry_write(const struct release_ctx *c, struct release_rec *r, const struct release_doc *d,
		       int64_t revision, struct err *e)
{
	struct store_model m = { 0, "ocpp", d->id.vendor, d->id.model, d->id.component };
	struct store_entry s = { .scheme = "ocpp",
				 .public_id = d->public_id,
				 .ord = release_ord(&r->r),
				 .version = d->id.version,
				 .hash = d->hash,
				 .text = { [CPL_NUMBER] = d->public_id, [CPL_STATUS] = "Current" },
				 .cpa_until = -1 };

	if (store_model_put(c->db, &m, &s.model_id, e) || store_entry_add(c->db, &s, &s.id, e) ||
	    store_state_open(c->db, &s, revision, e) ||
	    store_figure_put(c->db, s.id, r->r.image_bytes, d->seconds, d->restarts, e))
		return (int)e->code;
	r->r.entry_id = s.id;
	return OK;
}

/* Nothing that was verified may have changed meanwhile. */
static int still_the_same(const struct release_ctx *c, const struct release_rec *was, struct release_rec *now,
			  const char *sbom_digest, struct err *e)
{
	OWN(rows_done) struct rows *rows = NULL;
	struct store_sbom s = { .digest = "" };
	bool got;

	if (release_rec_load(c->db, c->by, was->r.id, now, e) ||
	    store_sbom_get(c->db, was->r.id, &rows, &s, &got, e))
		return (int)e->code;
	if (strcmp(was->r.state, now->r.state) != 0 || strcmp(was->r.digest, now->r.digest) != 0 ||
	    strcmp(got ? s.digest : "", sbom_digest) != 0)
		return err_set(e, ERR_RELEASE,
			       "release %" PRId64 " changed while it was verified; look at it again",
			       was->r.id);
	return OK;
}

static int publish_write(const struct release_ctx *c, const struct release_rec *was,
			 const struct release_doc *d, const char *sbom_digest, const char *report,
			 struct err *e)
{
	TX(tx);
	RELEASE_REC(r);
	STR(bases, 64 * KIB);
	char entry[ENTRY_NAME_SIZE];
	struct statement_in in;
	int64_t revision;
	bool path, done;

	if (tx_begin(&tx, c->db, true, e) || still_the_same(c, was, &r, sbom_digest, e) ||
	    ledger_advance(c->db, c->who, "release", &revision, e) || entry_write(c, &r, d, revision, e) ||
	    release_doc_statement(d, c->who->name, &bases, &in, &path, e))
		return (int)e->code;
	snprintf(entry, sizeof entry, "ocpp:%s", d->public_id);
	if (path) {
		in.text[STATEMENT_IN_ENTRY] = entry;
		if (statement_write(c->db, &in, c->who->now, revision, false, &done, e)) {
			char where[sizeof e->where];

			snprintf(where, sizeof where, "/path/%.80s", e->where);
			err_at(e, where, -1, 0);
			e->line = 0;
			return err_wrap(e, "the path of the release");
		}
	}
	if (store_catalog_check(c->db, revision, e))
		return (int)e->code;
	r.r.state = "published";
	r.r.published_by = c->who->name;
	r.r.published_at = c->who->now;
	r.r.report = report;
	if (store_release_state(c->db, &r.r, e) ||
	    release_audit(c->db, c->who, "release-publish", &r.r, revision, e) || tx_keep(&tx, e))
		return (int)e->code;
	return OK;
}

int release_publish(const struct release_ctx *c, int64_t id, struct problems *problems, struct err *e)
{
	OWN(release_doc_done) struct release_doc d = { .json = NULL };
	OWN(findings_done) struct findings f;
	RELEASE_REC(r);
	uint8_t sum[SHA256_LEN];
	char sbom[SHA256_HEX];
	bool there;

	findings_init(&f, problems);
	if (release_rec_load(c->db, c->by, id, &r, e) || release_may(c->by, &r.r, RELEASE_PUBLISHERS, e))
		return (int)e->code;
	if (!release_is(&r.r, "draft") && !release_is(&r.r, "approved"))
		return err_set(e, ERR_RELEASE, "release %" PRId64 " is %s", id, r.r.state);
	if (release_doc_parse(r.r.document, strlen(r.r.document), &d, e))
		return err_wrap(e, "the stored document");
	if (check_image(c, &r, &f, sum, &there, e) || check_signatures(c, &d, there, sum, &f, e) ||
	    check_sbom(c, &r, &f, sbom, e))
		return (int)e->code;
	check_regulated(&r, &d, &f);
	jw_arr_end(&f.w);
	jw_ktime(&f.w, "at", c->who->now);
	jw_end(&f.w);
	if (f.nfailed)
		return err_set(e, ERR_RELEASE, "it is not published. %s", str_c(&f.failed));
	return publish_write(c, &r, &d, sbom, str_c(&f.json), e);
}

/* ---- withdrawing ---- */

static int block_write(const struct release_ctx *c, const struct release_rec *r, const char *message,
		       const char *reference, int64_t revision, bool *ret_done, struct err *e)
{
	char entry[ENTRY_NAME_SIZE];
	struct statement_in in = { .line = 0 };

	snprintf(entry, sizeof entry, "ocpp:%s", r->r.public_id);
	in.text[STATEMENT_IN_ENTRY] = entry;
	in.text[STATEMENT_IN_KIND] = statement_kind_text[STATEMENT_BLOCK];
	in.text[STATEMENT_IN_SOURCE] =
	    statement_source_text[may(c->by, ROLES_SECAS) ? SOURCE_SECAS : SOURCE_SUPPLIER];
	in.text[STATEMENT_IN_AUTHOR] = c->who->name;
	in.text[STATEMENT_IN_EXCERPT] = message;
	in.text[STATEMENT_IN_REFERENCE] = reference;
	in.text[STATEMENT_IN_NAME] = "withdrawn";
	return statement_write(c->db, &in, c->who->now, revision, true, ret_done, e);
}

int release_withdraw(const struct release_ctx *c, int64_t id, const char *message, const char *reference,
		     struct err *e)
{
	TX(tx);
	RELEASE_REC(r);
	int64_t revision = 0;
	bool published, done = false;

	if (tx_begin(&tx, c->db, true, e) || release_rec_load(c->db, c->by, id, &r, e))
		return (int)e->code;
	published = release_is(&r.r, "published");
	if (release_may(c->by, &r.r, published ? RELEASE_PUBLISHERS : RELEASE_MAKERS, e))
		return (int)e->code;
	if (release_is(&r.r, "withdrawn"))
		return err_set(e, ERR_RELEASE, "release %" PRId64 " is withdrawn already", id);
	if (published && (!message || !*message)) {
		err_set(e, ERR_JSON_FIELD, "a message for those who meet the block is needed");
		return err_at(e, "/message", 0, 0);
	}
	if (published && (ledger_advance(c->db, c->who, "release", &revision, e) ||
			  block_write(c, &r, message, reference, revision, &done, e) ||
			  store_catalog_check(c->db, revision, e)))
		return (int)e->code;
	r.r.state = "withdrawn";
	r.r.ended_at = c->who->now;
	if (store_release_state(c->db, &r.r, e) ||
	    release_audit(c->db, c->who, "release-withdraw", &r.r, revision, e) || tx_keep(&tx, e))
		return (int)e->code;
	return OK;
}

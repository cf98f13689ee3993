/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Releases: firmware of one component of one charger model with what is needed to trust it (doc/releases.md,
 * doc/adr/0009-stations.md 3). draft -> (approved) -> published -> withdrawn. A draft is known to those who
 * make it; publishing verifies all of it and makes the catalogue entry, its path statement and the revision
 * in one transaction. Nothing is verified while a transaction is open: files are hashed before, and the row
 * is looked at again inside.
 *
 * Approval is of the digest of the document (RFC 8785), by another person's account than the author's; a
 * release of a regulated component is not published without it and without a recorded certificate.
 *
 * Errors: ERR_NOT_FOUND (also what belongs to another organisation), ERR_JSON_FIELD with pointer, ERR_RELEASE
 * (its state, or what verification found: one sentence with every failing check), ERR_SECOND_PERSON,
 * ERR_NEEDS_ACCOUNT, ERR_OTHER_CONTENT, ERR_CONFLICT (the same release stands already), ERR_IMAGE.
 */
#ifndef FIRPATH_CORE_RELEASE_H
#define FIRPATH_CORE_RELEASE_H

#include "base/conf.h"
#include "base/json.h"
#include "core/access.h"
#include "core/catalog.h"
#include "core/images.h"
#include "model/parts.h"
#include "store/store_ledger.h"

/* Rows for the program's table of configuration keys. */
/* clang-format off */
#define RELEASE_CONF_KEYS \
	{ "ocpp_firmware_roots", CONF_TEXT, "", 0, 0, "Certificates of authorities (PEM) whose signatures of charger firmware count; empty: no signed release can be published." }, \
	{ "ocpp_sbom_needed", CONF_BOOL, "yes", 0, 0, "Releases are published only with a software bill of materials." }
/* clang-format on */

#define RELEASE_DOCUMENT_MAX (512 * KIB)
#define RELEASE_SBOM_MAX (16 * MIB)
#define RELEASE_IMAGE_MAX ((int64_t)1 << 30)
#define RELEASE_SIGNATURE_MAX 800    /* base64, OCPP */
#define RELEASE_CERTIFICATE_MAX 5500 /* PEM, OCPP */

/* Who makes and publishes releases; without being editor or operator, those of its own organisation. */
#define RELEASE_MAKERS (ROLE_EDITOR | ROLE_OPERATOR | ROLE_CPO | ROLE_MANUFACTURER)
#define RELEASE_PUBLISHERS (ROLE_EDITOR | ROLE_OPERATOR) /* the catalogue is everybody's */
#define SET_MAKERS (ROLE_EDITOR | ROLE_OPERATOR | ROLE_CPO)

struct release_ctx {
	struct db *db;              /* borrowed; a writing one where something changes */
	const struct principal *by; /* borrowed; who asks */
	const struct actor *who;    /* borrowed; for the audit row */
	const char *image_dir;      /* borrowed */
	const char *roots;          /* borrowed; ocpp_firmware_roots */
	bool sbom_needed;           /* ocpp_sbom_needed */
};

/* ---- making them ---- */
/* body: a release document (doc/releases.md). */
int release_add(const struct release_ctx *c, const struct json *body, int64_t *ret_id,
		struct err *e) MUST_USE;
/* Checks that an image may come now (ERR_RELEASE: published already) and begins it (core/images.h). */
int release_image_begin(const struct release_ctx *c, int64_t id, struct image_in **ret,
			struct err *e) MUST_USE;
/* Consumes in, also on failure. ERR_IMAGE: the hash is not the one of the document. */
int release_image_end(const struct release_ctx *c, int64_t id, struct image_in *in, bool *ret_new,
		      struct err *e) MUST_USE;
/* CycloneDX 1.4-1.6 or SPDX 2.2-2.3, JSON. Replaces the one before while it is a draft. */
int release_sbom_put(const struct release_ctx *c, int64_t id, const char *text, size_t len,
		     struct err *e) MUST_USE;
/* digest: what was looked at. */
int release_approve(const struct release_ctx *c, int64_t id, const char *digest, struct err *e) MUST_USE;
/* problems: NULL, or gets each failing check. */
struct problems;
int release_publish(const struct release_ctx *c, int64_t id, struct problems *problems,
		    struct err *e) MUST_USE;
/* A block on its entry, with message and link; a draft is withdrawn without. */
int release_withdraw(const struct release_ctx *c, int64_t id, const char *message, const char *reference,
		     struct err *e) MUST_USE;

/* ---- looking ---- */
struct release_filter { /* NULL = any */
	const char *vendor, *model, *component, *state, *part /* name of a part of its SBOM */, *part_version;
};
/* {"releases":[...],"next"}; cursor: as given before, NULL = from the start. */
int releases_json(const struct release_ctx *c, const struct release_filter *f, const char *cursor,
		  int64_t limit, struct str *out, struct err *e) MUST_USE;
int release_json(const struct release_ctx *c, int64_t id, struct str *out, struct err *e) MUST_USE;
int release_sbom_text(const struct release_ctx *c, int64_t id, struct str *out, struct err *e) MUST_USE;
int release_parts_json(const struct release_ctx *c, int64_t id, struct str *out, struct err *e) MUST_USE;

/* ---- for those who push ---- */
struct release_push {
	int64_t release_id;
	char hash[SHA256_HEX]; /* of the image */
	char md5[33];          /* lower case */
	int64_t bytes;
	char *signature, *certificate; /* owned: base64, PEM; NULL = not signed */
	char *locations;               /* owned: addresses of its maker's, blanks between; "" = none */
	char *signatures;              /* owned: JSON list as in the document, "[]" = none */
	bool published;                /* false: withdrawn since */
	bool regulated, approved;
	char number[65];     /* of the certificate of a regulated one, "" = none */
	int64_t security_at; /* UTC ms, -1 = no security patch */
};
void release_push_done(struct release_push *p);
DEFINE_OWN_VAL(struct release_push, release_push_done)
/* *ret_got false: the entry has no release. */
int release_for_push(struct db *db, int64_t entry_id, bool *ret_got, struct release_push *ret,
		     struct err *e) MUST_USE;

/* Is this the image of a published release? (Images of others are not served to stations.) */
int release_image_known(struct db *db, const char *hash, bool *ret, struct err *e) MUST_USE;

/* What published releases of one charger model need of each other, as entries (parts.h): versions of the
 * document were looked up among the entries of the same vendor, model and component, ranges by position. A
 * version that nobody registered makes the need unmeetable: a requirement fits nothing, a conflict fits all.
 * Withdrawn releases count: they may still run. */
struct release_need {
	int64_t entry_id;
	enum part_relation relation;
	char component[IDENT_PART_SIZE];
	bool any;      /* any version of it fits, also one that nobody registered */
	int64_t *fits; /* owned: entries of component that fit */
	size_t nfits;
};
struct release_fact { /* of one entry */
	int64_t entry_id, release_id;
	bool published, regulated, approved;
	int64_t security_at; /* -1 */
};
struct release_needs {
	struct release_need *need; /* owned */
	size_t nneeds;
	struct release_fact *fact; /* owned; by entry id */
	size_t nfacts;
};
void release_needs_done(struct release_needs *n);
DEFINE_OWN_VAL(struct release_needs, release_needs_done)
int release_needs(struct db *db, const struct snapshot *s, const char *vendor, const char *model,
		  struct release_needs *ret, struct err *e) MUST_USE;
const struct release_fact *release_fact_of(const struct release_needs *n, int64_t entry_id); /* NULL */

/* The clock that runs from the disclosure of a vulnerability: what is left of 24 and of 72 hours, in ms;
 * negative = over. */
struct release_clock {
	int64_t left24, left72;
};
struct release_clock release_clock(int64_t security_at, int64_t now);
/* {"disclosed_at","hours_left_24","hours_left_72","over"} or null. */
void release_clock_json(int64_t security_at, int64_t now, struct jw *w);

#endif

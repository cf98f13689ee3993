/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Release documents (doc/releases.md): one JSON object, checked member by member, with what the program needs
 * of it taken out. Its canonical text (RFC 8785) is what is stored and whose digest is approved. Private to
 * core/release*.c and their tests.
 */
#ifndef FIRPATH_CORE_RELEASE_DOC_H
#define FIRPATH_CORE_RELEASE_DOC_H

#include "base/cert.h"
#include "base/json.h"
#include "core/import.h"
#include "core/release.h"

#define RELEASE_SIGNATURES_MAX 8
#define RELEASE_COMPATIBILITY_MAX 64
#define RELEASE_LOCATIONS_MAX 16
#define RELEASE_URL_MAX 2000
#define RELEASE_POSITION_MAX 999999999

struct release_signature { /* borrowed from the document */
	const char *signer, *role, *value, *certificate /* NULL = not sent along */;
	enum cert_algorithm algorithm;
};
struct release_doc {
	struct json *json; /* owned */
	struct ident_ocpp id;
	char public_id[PUBLIC_ID_SIZE];
	char hash[SHA256_HEX];
	int64_t position, released_on, security_at; /* -1 = not said */
	int64_t seconds, restarts;                  /* -1 = not known */
	bool regulated;
	const char *number;          /* of the certificate, "" = none */
	const char *unsigned_reason; /* NULL = it is signed */
	struct release_signature signature[RELEASE_SIGNATURES_MAX];
	int nsignatures;
	const struct json *compatibility, *locations, *path; /* borrowed; NULL = none */
};
void release_doc_done(struct release_doc *d);
DEFINE_OWN_VAL(struct release_doc, release_doc_done)
/* ERR_JSON_FIELD with pointer. */
int release_doc_parse(const char *text, size_t len, struct release_doc *ret, struct err *e) MUST_USE;
/* The signature that goes into OCPP requests: the manufacturer's, else the first; -1 = none. */
int release_doc_signer(const struct release_doc *d);
/* "http", "https", "ftp", "ftps" or "sftp" with a host, without a user; a phrase in why when it is not. */
bool release_location_ok(const char *url, char why[80]);
/* The statement of its path as the row of a statements file; false when it has none. bases: a buffer. */
int release_doc_statement(const struct release_doc *d, const char *author, struct str *bases,
			  struct statement_in *ret, bool *ret_got, struct err *e) MUST_USE;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The messages between Configuration Manager and Building Block Update Manager (doc/bbum-protocol.md): the
 * status that a poll brings (OCORA-TWS15-060 annex, section 5.2.1, with the readings Z29, Z33, Z34) and the
 * answer it takes away (Z28). Both directions of both, because service and device agent must read the same
 * words.
 *
 * The service is strict: an unknown member, a wrong kind or a word of no table is refused with the place
 * named, so that a misspelt status is never taken for a good one. The device is lenient where it can be: it
 * stays in the field longer than any service and leaves alone what a newer service adds; but what it does
 * read must be right, or the whole answer is refused.
 *
 * Pure: no I/O, no clock; any thread.
 */
#ifndef FIRPATH_WIRE_BBUM_MESSAGE_H
#define FIRPATH_WIRE_BBUM_MESSAGE_H

#include "base/json.h"
#include "wire/adapter.h"

#define BBUM_ADDRESS_POLL "/bbum/v1/poll"
#define BBUM_ADDRESS_MANIFEST "/bbum/v1/manifest"
#define BBUM_ADDRESS_IMAGES "/bbum/v1/images/"     /* + SHA-256 */
#define BBUM_ADDRESS_PACKAGES "/bbum/v1/packages/" /* + SHA-256 of the Archive; ?device= */
#define BBUM_MESSAGE_MAX ((size_t)8 << 10)         /* bytes of either message; no honest one comes near */
#define BBUM_POLL_MS_MAX INT64_C(86400000)         /* longest wish for the next poll */

/* A status as it travels. */
struct bbum_poll_msg {
	char device[65];     /* its name in the fleet */
	bool wants_manifest; /* the answer shall carry the active Manifest */
	struct bbum_status status;
	struct bbum_parts parts; /* Building Blocks (D45) */
};
void bbum_poll_write(const struct bbum_poll_msg *m, struct str *out); /* appends one object */
void bbum_parts_write(const struct bbum_parts *p,
		      struct jw *w); /* the member `components`, if there are any */
/* ERR_JSON, ERR_JSON_FIELD (with a pointer to the member). Identities and hashes come out in upper case, Type
 * IDs in lower case. */
int bbum_poll_read(const char *text, size_t len, struct bbum_poll_msg *ret, struct err *e) MUST_USE;
/* Digest of what a status says, without progress and step: 16 hex digits. Two statuses with the same mark say
 * the same, so the second needs no write. */
void bbum_status_mark(const struct bbum_status *s, char ret[17]);
/* The same with the parts. For a status without parts both marks are equal. */
void bbum_poll_mark(const struct bbum_poll_msg *m, char ret[17]);

/* An active Manifest as it travels: what the device has to become. Of a Building Block only a summary
 * travels; the whole is fetched from `address` when `hash` is not that of the Manifest held. */
struct bbum_manifest {
	char name[64];      /* "cpl:000123", "bb:TYPE-ID@RELEASE"; never empty */
	char config_id[37]; /* of a Building Block's Manifest: UUID in lower case; "" = it has none */
	char manufacturer[8], model[8], hardware[8]; /* empty: the Manifest of a Building Block */
	char version[16];
	char hash[65];   /* SHA-256 of the image, or the configuration hash; 64 upper hex digits */
	int64_t size;    /* of the image, bytes, > 0; 0 for a Building Block */
	char image[160]; /* where to fetch the image, or the whole Manifest: an absolute path on the same
			    server */
};
void bbum_manifest_write(const struct bbum_manifest *m, struct jw *w); /* one object */
int bbum_manifest_read(const char *text, size_t len, struct bbum_manifest *ret, struct err *e) MUST_USE;

/* The simulated word of the application (F15); real applications are asked by the device. */
enum bbum_permit { BBUM_PERMIT_NONE, BBUM_PERMIT_ACCEPT, BBUM_PERMIT_REJECT, BBUM_PERMITS };
extern const char *const bbum_permit_text[BBUM_PERMITS + 1]; /* "none", "accept", "reject" */

/* The answer to a poll. */
struct bbum_answer_msg {
	enum bbum_command command; /* BBUM_CMD_NONE: nothing is pending; BBUM_COMMANDS (only read): one that
				      this program does not know, to be rejected by its id */
	int64_t cycle_id, seq;     /* its id, both > 0 when there is a command */
	bool has_manifest;         /* the active Manifest is in the answer */
	bool no_manifest;          /* it was asked for, and there is none */
	char manifest_wrong[160];  /* only read: there is one, but it is not right: why; manifest.name may be
				      set */
	struct bbum_manifest manifest;
	enum bbum_permit permit; /* word for a simulated application; others leave it alone */
	int64_t poll_ms;         /* when the service wishes the next poll, 0 = no wish */
};
void bbum_answer_write(const struct bbum_answer_msg *m, struct str *out);
int bbum_answer_read(const char *text, size_t len, struct bbum_answer_msg *ret, struct err *e) MUST_USE;

/* A command id in words: "<cycle>-<seq>", both from 1 on, no leading zeros. */
void command_id_text(int64_t cycle_id, int64_t seq, char ret[COMMAND_ID_MAX]);
bool command_id_read(const char *text, int64_t *ret_cycle, int64_t *ret_seq);

#endif

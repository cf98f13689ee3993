/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Identities as people write them, parsed once: an Entry ID ('000123', '123', 'cpl:000123',
 * 'bb:<uuid>@1.1.9', 'ocpp:vendor/model/component@1.2.0') or a CPL identity 'MMMM:TTTTVVRR:FFFFFFFF'
 * (manufacturer, model + hardware version + revision, firmware) with colons between octets or fields, either
 * case, and lost leading zeros; blanks, hyphens and slashes do for the colons, and the firmware may be
 * dotted. A dotted version has two readings, its parts as decimal octets (0.4.10.1 = 00040A01) or as the
 * octets' own digits (0.4.10.1 = 00041001): both are given back, nobody guesses. What stays ambiguous after
 * parsing (one identity, several entries) is an answer of the lookup, not of this parser. gb-metering 1.2,
 * feature list 3 and 8.
 */
#ifndef FIRPATH_MODEL_IDENT_H
#define FIRPATH_MODEL_IDENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Room for any public id, with the NUL; and for manufacturer, model, hardware or version of any scheme (OCPP
 * caps them at 50 characters). */
#define PUBLIC_ID_SIZE 256
#define IDENT_PART_SIZE 56
#define ENTRY_NAME_SIZE (PUBLIC_ID_SIZE + 8) /* "scheme:public-id" */

enum ident_kind { IDENT_ENTRY /* scheme + public id */, IDENT_CPL /* key + firmware */, IDENT_LATEST };

struct ident {
	enum ident_kind kind;
	char scheme[8];                 /* IDENT_ENTRY: "cpl", "ocpp", "bb" */
	char public_id[PUBLIC_ID_SIZE]; /* IDENT_ENTRY: CPL: six digits */
	uint64_t
	    model_key;     /* IDENT_CPL: 48 bits: manufacturer 16, model 16, hardware version 8, revision 8 */
	uint32_t firmware; /* IDENT_CPL */
	uint32_t other;    /* IDENT_CPL: the other reading of a dotted version; else the same as firmware */
};

/* What an entry is called wherever one is named, and what ident_parse takes back: an Entry ID of the CPL as
 * it is, of any other scheme 'scheme:public-id'. Gives buf. */
char *ident_entry_name(const char *scheme, const char *public_id, char buf[ENTRY_NAME_SIZE]);

/* ERR_IDENTITY with a sentence that says which part is wrong. allow_latest: accept "latest". */
int ident_parse(const char *text, bool allow_latest, struct ident *ret, struct err *e) MUST_USE;

/* The parts of an entry of scheme "ocpp" as the charger writes them: UTF-8, 1 to 50 bytes each, nothing that
 * would drive a terminal. */
#define IDENT_OCPP_PART_MAX 50
struct ident_ocpp {
	char vendor[IDENT_PART_SIZE], model[IDENT_PART_SIZE], component[IDENT_PART_SIZE],
	    version[IDENT_PART_SIZE];
};
/* Their public id, 'vendor/model/component@version' (doc/adr/0009-stations.md, 3): letters, digits and
 * . _ - + ( ) [ ] ; stand as they are, every other byte as %XX. One text per identity. False, buf untouched:
 * a part is empty, longer than 50 bytes or no such text, or the whole does not fit. */
bool ident_ocpp_text(const char *vendor, const char *model, const char *component, const char *version,
		     char buf[PUBLIC_ID_SIZE]) MUST_USE;
/* The way back; false when public_id is not such a text in its one form. */
bool ident_ocpp_parts(const char *public_id, struct ident_ocpp *ret) MUST_USE;
/* The same without the version: 'vendor/model/component', what a model of this scheme is called. */
bool ident_ocpp_model(const char *vendor, const char *model, const char *component,
		      char buf[PUBLIC_ID_SIZE]) MUST_USE;

/* Canonical texts, upper case, fixed width. Buffers: manufacturer 5, model 5, hardware 5, firmware 9. */
void ident_cpl_text(uint64_t model_key, char manufacturer[5], char model[5], char hardware[5]);
void ident_firmware_text(uint32_t firmware, char buf[9]);

/* The firmware version that dotted text reads as, its octets as decimal numbers: "0.4.10.1". */
void ident_dotted_text(uint32_t firmware, char buf[16]);
/* Whose dotted text, read in the other way, is this firmware's: the version that is mistaken for it. False:
 * there is none. digits: read as digits what the firmware's decimal text is; otherwise the other way round.
 */
bool ident_mistaken(uint32_t firmware, bool digits, uint32_t *ret);

#define HEX_COLUMN_MAX 64 /* digits of the longest column, a SHA-256 */
/* Firmware or other hex column as written (colons between octets or none, either case): digits joined, upper
 * case, into ret (digits + 1 bytes); false, ret untouched, when it is not exactly `digits` hex digits. */
bool ident_hex_column(const char *s, size_t n, unsigned digits, char *ret);

#endif

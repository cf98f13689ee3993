/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signing Manifests (J13, J60, J63, J64): all that belongs to one outermost Manifest, from the bottom to the
 * top, because what is above states the signatures of what it refers to. In each item that is signed the Hash
 * of every Archive is written, then each Reference gets the Signature of its file, then the item its own
 * Signature (and Signature Type, when it is not the default).
 *
 * A supplier's key signs Building Blocks. An integrator's key signs Systems and Vehicles, and those Building
 * Blocks that nobody has signed; what a supplier signed is left as it is, to the byte. Files are written in
 * readable form, members in the order in which they stood, each replaced as a whole; nothing is written when
 * anything is wrong.
 */
#ifndef FIRPATH_MANIFEST_SIGN_H
#define FIRPATH_MANIFEST_SIGN_H

#include "base/err.h"
#include "base/json.h"
#include "base/sign_pkcs1.h"
#include "base/str.h"
#include "model/manifest.h"

struct manifest_keys {
	const struct pkcs1_key *supplier, *integrator; /* private keys, borrowed; NULL = none */
};
struct manifest_signed {
	int items, files; /* signed; written */
};

/* file: as in manifest_read(). ERR_INVALID names file and place; ERR_NO_FILE: an Archive or Manifest is
 * missing. */
int manifest_sign(const char *folder, const char *file, const struct manifest_keys *keys,
		  struct manifest_signed *ret, struct err *e) MUST_USE;
/* One file of a Manifest as JSON, under the limits of the reader. */
int manifest_load(const char *folder, const char *file, struct json **ret, struct err *e) MUST_USE;

/*
 * A Manifest to begin with (A14): identifiers are made, what can be read from the parts is read. Parts:
 * "NAME.tar.gz" or "software:NAME.tar.gz", "parameter:NAME.tar.gz" (Building Block; "parameter:" also System
 * and Vehicle), "NAME.json" (System: Building Blocks and Systems by reference; Vehicle: the same, Building
 * Blocks in one System), "needs:TYPE-ID@x.y.z" or "needs:NAME.json" (Building Block: a Dependency). Paths are
 * beneath `folder`.
 */
struct manifest_wish {
	enum config_type type;
	const char *name, *supplier, *description;  /* NULL = left out */
	const char *type_id, *release, *functional; /* NULL = a new one, 1.0.0 */
	const char *network;                        /* addresses separated by commas; NULL = left out */
	const char *folder;
	const char *const *parts;
	int nparts;
};
int manifest_new(const struct manifest_wish *w, struct str *out, struct err *e) MUST_USE;

#endif

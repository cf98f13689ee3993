/* SPDX-License-Identifier: Apache-2.0 */
/* What changed, as an Atom feed (RFC 4287) for people's readers: the newest revisions, of all or of one
 * model. */
#ifndef FIRPATH_CORE_ATOM_H
#define FIRPATH_CORE_ATOM_H

#include "base/str.h"
#include "core/lookup.h"
#include "store/db.h"

#define ATOM_ENTRIES 50
#define ATOM_MAX (2 * MIB)

/* model NODE_NONE = all. base: `public_url`; "" makes relative links. */
int changes_atom(struct db *db, const struct snapshot *s, uint32_t model, const char *base, struct str *out,
		 struct err *e) MUST_USE;

#endif

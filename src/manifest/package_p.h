/* SPDX-License-Identifier: Apache-2.0 */
/* What package.c and unpack.c share; nobody else includes it. */
#ifndef FIRPATH_MANIFEST_PACKAGE_P_H
#define FIRPATH_MANIFEST_PACKAGE_P_H

#include <locale.h>

#include "manifest/package.h"

/* Names of members are UTF-8, whatever the locale of the program: libarchive converts by the locale of the
 * thread. */
struct utf8_names {
	locale_t mine, was;
};
static inline struct utf8_names utf8_names_begin(void)
{
	struct utf8_names u = { .mine = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0) };

	u.was = uselocale(u.mine); /* without such a locale: names that are not ASCII are refused */
	return u;
}
static inline void utf8_names_done(struct utf8_names *u)
{
	uselocale(u->was);
	if (u->mine)
		freelocale(u->mine);
}
DEFINE_OWN_VAL(struct utf8_names, utf8_names_done)

/* Is the folder what its Manifest states, and nothing else (B8)? ERR_PACKAGE names the first difference. */
int package_exact(const char *folder, const struct manifest_ask *ask, struct err *e) MUST_USE;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the pages of edits share: proposals, blocks, their impact. Private to the pages. */
#ifndef FIRPATH_WEB_EDIT_H
#define FIRPATH_WEB_EDIT_H

#include "core/proposal.h"
#include "web/form.h"

/* A member that is a list of words as members of an object: "can":{"approve":true}; words are all that may be
 * asked for. */
void put_flags(struct jw *w, const char *name, const struct json *list, const char *const *words);
/* "impact": the answer of core/impact.h, or null. */
void put_impact(struct page *p, const struct str *impact);
/* Is this an error that the form may tell, and go on? Others are for the error page. */
bool edit_said(const struct err *e);

#endif

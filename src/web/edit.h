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

/* ---- a proposal that its author works on again (pages_revise.c) ---- */

/* The proposal of the address, if whoever asks may change it now; *ret is the caller's. */
int revise_load(struct req *rq, struct edit *ret_x, int64_t *ret_id, struct json **ret,
		struct err *e) MUST_USE;
/* Fills the questions with what it says; false when they cannot say all of it. */
bool revise_fill(struct form *f, const struct json *it);
/* Puts it in place of what version was; ERR_STALE when it is another by now. */
int revise_send(struct req *rq, int64_t id, const char *version, const struct str *body,
		struct err *e) MUST_USE;
/* "ended": who returned it, when and why, or null; it may be NULL. */
void revise_why_json(struct page *p, const struct json *it);

#endif

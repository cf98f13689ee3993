/* SPDX-License-Identifier: Apache-2.0 */
/* One call-out as the store has it, and who may do what with it. Private to call-outs. */
#ifndef FIRPATH_CORE_CALLOUT_ROW_H
#define FIRPATH_CORE_CALLOUT_ROW_H

#include "core/callout.h"

struct callout_row {
	int64_t id, entry_id, from_id; /* from_id 0 = none */
	int64_t account_id, org_id;
	int64_t opened_at, stage_at, due_at, closed_at; /* due_at -1: it has ended; closed_at -1: not */
	int64_t proposal_id;                            /* 0 = none */
	const char *kind, *manufacturer, *text, *who, *state;
	const char *answer_kind, *answer_bases; /* NULL = none */
};
/* Text is borrowed from the rows. */
struct callout_row callout_row_read(const struct rows *r);
/* The call-out of that number; the rows own its text. ERR_NOT_FOUND. */
int callout_row_get(struct db *db, int64_t id, struct rows **ret_rows, struct callout_row *ret,
		    struct err *e) MUST_USE;

/* Bits 1 << enum callout_verb. */
unsigned callout_may(const struct callout_desk *x, const struct callout_row *c);
bool callout_sees_text(const struct callout_desk *x, const struct callout_row *c);
bool callout_sees_names(const struct callout_desk *x);
bool callout_is_mine(const struct callout_desk *x, const struct callout_row *c);
/* As which party whoever asks speaks: "secas", "manufacturer" or "reporter". */
const char *callout_party(const struct callout_desk *x, const struct callout_row *c);
/* The codes of the principal's organisation with a blank around each, for the store; "" = none. */
void callout_codes(const struct principal *p, char buf[300]);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "model/freshness.h"

#define DAY_MS INT64_C(86400000)

const char *const freshness_text[] = { "confirmed", "due", "overdue", "disputed", "inferred", NULL };

struct freshness_span freshness_span_of(const struct statement_row *s, int every_days, bool disputed)
{
	struct freshness_span f = { .due = DAY_NONE, .soon = DAY_NONE, .fixed = -1 };
	int soon = every_days / 2 < FRESHNESS_SOON_DAYS ? every_days / 2 : FRESHNESS_SOON_DAYS;
	int64_t from, due;

	if (!s || s->kind == STATEMENT_BLOCK || s->kind == STATEMENT_UNKNOWN) {
		f.fixed = FRESHNESS_NONE;
		return f;
	}
	from = s->confirmed_on >= 0 ? s->confirmed_on : s->stated_on;
	if (from >= 0) {
		due = from / DAY_MS + every_days;
		f.due = due > INT32_MAX ? INT32_MAX : (int32_t)due;
		if (s->confirmed_on >= 0)
			f.soon = f.due - soon;
	}
	/* Only the path of an entry can be disputed; the caller tells whether it is. */
	if (disputed && s->kind != STATEMENT_FLOOR)
		f.fixed = FRESHNESS_DISPUTED;
	else if (s->source == SOURCE_INFERRED)
		f.fixed = FRESHNESS_INFERRED;
	return f;
}

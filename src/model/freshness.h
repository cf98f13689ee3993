/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fresh a statement is on a day. Information about upgrade paths changes, and somebody is liable for what
 * is out of date (MP231), so every statement must be confirmed again and again, and every answer shows how it
 * stands with that. doc/freshness.md is the exact reading; days are UTC days.
 *
 *   due       = (confirmed_on, else stated_on) + the period
 *   disputed  somebody doubts it and SECAS has not settled the doubt
 *   inferred  derived, stated by nobody
 *   overdue   the day lies behind due, or nobody said when it was stated
 *   due       never confirmed, or due comes within FRESHNESS_SOON_DAYS
 *   confirmed otherwise
 *
 * The first that applies counts. A block has no freshness: it stands until it is lifted.
 */
#ifndef FIRPATH_MODEL_FRESHNESS_H
#define FIRPATH_MODEL_FRESHNESS_H

#include "model/graph.h"

#define CONFIRM_EVERY_DAYS 90  /* the period unless set otherwise */
#define FRESHNESS_SOON_DAYS 14 /* or half the period, when that is shorter */

enum freshness {
	FRESHNESS_CONFIRMED,
	FRESHNESS_DUE,
	FRESHNESS_OVERDUE,
	FRESHNESS_DISPUTED,
	FRESHNESS_INFERRED,
	FRESHNESS_NONE /* there is nothing to be fresh */
};
extern const char *const freshness_text[]; /* "confirmed", "due", "overdue", "disputed", "inferred", NULL */

#define DAY_NONE INT32_MIN
/* What decides the freshness of one statement on any day. Days since 1970-01-01. */
struct freshness_span {
	int32_t due;  /* the last day before it is overdue, DAY_NONE = has none */
	int32_t soon; /* the first day on which it is due, DAY_NONE = always */
	int8_t fixed; /* an enum freshness that no day changes, or -1 */
};

/* s NULL gives FRESHNESS_NONE on every day. every_days: the period. */
struct freshness_span freshness_span_of(const struct statement_row *s, int every_days, bool disputed);
/* The freshness on the UTC day of a moment (ms). */
static inline enum freshness freshness_on(const struct freshness_span *f, int64_t at)
{
	int64_t day = at / INT64_C(86400000);

	if (f->fixed >= 0)
		return (enum freshness)f->fixed;
	if (f->due == DAY_NONE || day > f->due)
		return FRESHNESS_OVERDUE;
	return day >= f->soon ? FRESHNESS_DUE : FRESHNESS_CONFIRMED;
}
/* UTC ms at midnight of the day due, -1 = none. */
static inline int64_t freshness_due(const struct freshness_span *f)
{
	return f->due == DAY_NONE ? -1 : f->due * INT64_C(86400000);
}

#endif

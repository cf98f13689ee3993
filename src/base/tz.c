/* SPDX-License-Identifier: Apache-2.0 */
#include "base/tz.h"

#include <stdbool.h>
#include <string.h>
#include <unicode/ucal.h>
#include <unicode/ustring.h>

#include "base/mem.h"

#define MS_MAX INT64_C(8640000000000000) /* what ICU counts days in, and a double holds exactly */

struct tz {
	UCalendar *cal;      /* owned */
	int64_t from, until; /* the offset is known for from <= t < until */
	int64_t offset;
};

static bool name_taken(const char *name)
{
	static const char *const short_names[] = { "UTC", "GMT", "CET", "EET", "MET", "WET", NULL };

	if (strchr(name, '/'))
		return strcmp(name, "Etc/Unknown") != 0;
	for (int i = 0; short_names[i]; i++)
		if (!strcmp(name, short_names[i]))
			return true;
	return false;
}

/* In ICU's list? "GMT+1" and the like are none of it, though ICU would make a zone of them. */
static bool name_listed(const UChar *name)
{
	UChar canonical[2 * TZ_NAME_MAX];
	UBool system = 0;
	UErrorCode status = U_ZERO_ERROR;

	ucal_getCanonicalTimeZoneID(name, -1, canonical, 2 * TZ_NAME_MAX, &system, &status);
	return U_SUCCESS(status) && system;
}

int tz_open(const char *name, struct tz **ret, struct err *e)
{
	UChar wide[TZ_NAME_MAX + 1];
	UErrorCode status = U_ZERO_ERROR;
	OWN(tz_free) struct tz *z = NULL;
	size_t n = strlen(name);

	for (size_t i = 0; i < n; i++)
		if (name[i] < '!' || name[i] > '~')
			return err_set(e, ERR_INVALID,
				       "a time zone has no character like number %zu of this name", i + 1);
	if (n <= TZ_NAME_MAX)
		u_charsToUChars(name, wide, (int32_t)n + 1);
	if (n > TZ_NAME_MAX || !name_taken(name) || !name_listed(wide))
		return err_set(e, ERR_INVALID,
			       "there is no time zone '%.64s': give an IANA name like Europe/London, or UTC",
			       name);
	z = mem_zalloc(sizeof *z);
	z->cal = ucal_open(wide, (int32_t)n, "en", UCAL_GREGORIAN, &status);
	if (U_FAILURE(status) || !z->cal)
		return err_set(e, ERR_INTERNAL, "time zone '%s': ICU says %s", name, u_errorName(status));
	*ret = MOVE(z);
	return 0;
}

void tz_free(struct tz *z)
{
	if (!z)
		return;
	if (z->cal)
		ucal_close(z->cal);
	mem_free(z);
}

/* The stretch around a moment in which the offset stays. */
static void tz_learn(struct tz *z, int64_t at)
{
	UErrorCode status = U_ZERO_ERROR;
	UDate when = 0;

	z->from = INT64_MIN;
	z->until = INT64_MAX;
	ucal_setMillis(z->cal, (UDate)at, &status);
	z->offset =
	    (int64_t)ucal_get(z->cal, UCAL_ZONE_OFFSET, &status) + ucal_get(z->cal, UCAL_DST_OFFSET, &status);
	if (ucal_getTimeZoneTransitionDate(z->cal, UCAL_TZ_TRANSITION_PREVIOUS_INCLUSIVE, &when, &status))
		z->from = (int64_t)when;
	if (ucal_getTimeZoneTransitionDate(z->cal, UCAL_TZ_TRANSITION_NEXT, &when, &status))
		z->until = (int64_t)when;
	if (U_FAILURE(status)) { /* not seen; then nothing is remembered */
		z->from = at;
		z->until = at;
	}
}

int64_t tz_offset(void *z, int64_t utc_ms)
{
	struct tz *t = z;
	int64_t at = utc_ms > MS_MAX ? MS_MAX : utc_ms < -MS_MAX ? -MS_MAX : utc_ms;

	if (at < t->from || at >= t->until)
		tz_learn(t, at);
	return t->offset;
}

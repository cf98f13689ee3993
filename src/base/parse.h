/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers, dates, hex and identifiers are parsed here, once, at the door. All functions accept exactly the
 * whole text (no leading blanks, no trailing rubbish) and leave outputs untouched on failure.
 */
#ifndef FIRPATH_BASE_PARSE_H
#define FIRPATH_BASE_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

int parse_i64(const char *s, int64_t min, int64_t max, int64_t *ret, struct err *e) MUST_USE;
bool parse_digits(const char *s, size_t n, uint64_t *ret);
int parse_hex_digit(char c); /* 0-15, -1 = it is none */
/* 1-19 decimal digits only */
bool parse_hex(const char *s, size_t n, uint64_t *ret);                   /* 1-16 hex digits, either case */
bool parse_hex_bytes(const char *s, size_t n, uint8_t *ret, size_t want); /* exactly want*2 digits */
/* From 1970 on only: a negative time means "none" above. RFC 3339 date ("2023-06-01") or date-time with zone
 * ("2026-11-20T09:00:00Z", fractions, +01:00): UTC ms. */
int parse_time(const char *s, int64_t *ret_ms, struct err *e) MUST_USE;
/* dd/mm/yyyy or dd-mm-yyyy: UTC ms at midnight; false when it is no such date. */
bool parse_dmy(const char *s, size_t n, int64_t *ret_ms);
/* "500ms", "30s", "5m", "36h", "7d" or plain seconds. */
int parse_duration(const char *s, int64_t *ret_ms, struct err *e) MUST_USE;
bool parse_bool(const char *s, bool *ret);        /* yes/no/true/false/on/off/1/0 */
bool parse_utf8_ok(const char *s, size_t n);      /* valid UTF-8, no NUL */
size_t parse_utf8_len(const char *s, size_t n);   /* bytes of the valid sequence at s, 0 when there is none */
size_t parse_utf8_cut(const char *s, size_t max); /* bytes of s that fit into max, ending with a character */
/* Would the valid sequence at s drive a terminal, break a line, or turn the direction of a text? (C0, DEL,
 * C1, U+2028 to U+202E, U+2066 to U+2069: others could be told something else than what stands there.) */
bool parse_utf8_drives(const char *s);
bool parse_uuid_ok(const char *s);
/* Decodes %XX, and '+' as a blank when plus is set. False: bad escape, NUL, control character (line ends and
 * tabs pass when lines is set), or not UTF-8. out holds at least n + 1 bytes and is terminated. */
bool parse_percent(const char *s, size_t n, bool plus, bool lines, char *out, size_t *ret_len);
size_t parse_trim(const char **s, size_t n); /* trims ASCII blanks both sides, returns new length */

/* Spreadsheets run a cell that begins so (T19). Exports put an apostrophe in front of it, and of what has
 * apostrophes in front already, so that imports know what to take off: one, if there is one or more before a
 * formula. */
static inline bool text_is_formula(const char *s)
{
	return *s == '=' || *s == '+' || *s == '-' || *s == '@' || *s == '\t' || *s == '\r';
}
static inline bool text_is_guarded(const char *s)
{
	const char *p = s;

	while (*p == '\'')
		p++;
	return p != s && text_is_formula(p);
}

/* Date helpers, proleptic Gregorian, no time zone data needed (D12: UTC only). */
#define MS_PER_DAY INT64_C(86400000)
int64_t time_from_ymd(int y, int m, int d); /* UTC ms at midnight; caller gives a valid date */
void time_to_ymd(int64_t ms, int *y, int *m, int *d);
#define TIME_TEXT 32
char *time_text(int64_t ms,
		char buf[TIME_TEXT]); /* "2026-11-20T09:00:00Z" (".123" only when not whole seconds) */
char *date_text(int64_t ms, char buf[TIME_TEXT]); /* "2026-11-20" */

/* The name in list (NULL-terminated) nearest to word by edit distance, or NULL when none is near enough. */
const char *parse_nearest(const char *word, const char *const *list);

#endif

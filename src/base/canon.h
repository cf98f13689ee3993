/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The canonical form of JSON (RFC 8785): one text for each meaning, so that a signature holds however the
 * document is laid out. No blanks; members sorted by the UTF-16 units of their names; texts with the fewest
 * escapes; numbers as ECMAScript writes doubles. Nothing is normalised beyond that: texts that differ in
 * Unicode form stay different.
 *
 * Whole numbers that a double cannot tell apart (beyond 2^53 - 1) are refused instead of being rounded, so
 * that no two documents share a form unless they say the same.
 */
#ifndef FIRPATH_BASE_CANON_H
#define FIRPATH_BASE_CANON_H

#include "base/json.h"

/* Appends the form of j; of an object without its member `without` (NULL = whole; only at the top).
 * ERR_INVALID: a number that is refused. ERR_TOO_LARGE: out is full. */
int canon_json(const struct json *j, const char *without, struct str *out, struct err *e) MUST_USE;
/* A finite number as ECMAScript writes it;  */
#define CANON_NUMBER 64
void canon_number(double v, char buf[CANON_NUMBER]);
/* Order of names: by UTF-16 units. Like strcmp(). */
int canon_order(const char *a, const char *b);

#endif

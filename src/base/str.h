/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Growing text with a ceiling. Appending past the ceiling sets .over and drops the rest: writers append
 * freely and check .over once at the end. The text is always NUL terminated once something was appended;
 * str_c() is never NULL.
 */
#ifndef FIRPATH_BASE_STR_H
#define FIRPATH_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/own.h"

struct str {
	char *p;    /* owned, NULL until the first append */
	size_t len; /* bytes without the NUL */
	size_t cap; /* allocated, at most max + 1 */
	size_t max; /* ceiling for len */
	bool over;  /* something was dropped */
};

void str_init(struct str *s, size_t max);
void str_done(struct str *s); /* frees, leaves an empty str with the same ceiling */
void str_clear(struct str *s);
void str_addn_slow(struct str *s, const void *p, size_t n); /* str_addn when the buffer must grow */
/* Room for n more bytes and a NUL: where to write them, or NULL when that would pass the ceiling (.over is
 * not set). */
char *str_room_slow(struct str *s, size_t n);
static inline char *str_room(struct str *s, size_t n)
{
	return s->cap - s->len > n ? s->p + s->len : str_room_slow(s, n);
}
/* After writing up to end into what str_room() gave. */
static inline void str_room_end(struct str *s, char *end)
{
	*end = '\0';
	s->len = (size_t)(end - s->p);
}
static inline void str_addn(struct str *s, const void *p, size_t n)
{
	if (n && s->cap - s->len > n) {
		memcpy(s->p + s->len, p, n);
		s->len += n;
		s->p[s->len] = '\0';
	} else {
		str_addn_slow(s, p, n);
	}
}
static inline void str_add(struct str *s, const char *text) /* NULL adds nothing */
{
	if (text)
		str_addn(s, text, strlen(text));
}
static inline void str_addc(struct str *s, char c)
{
	str_addn(s, &c, 1);
}
void str_addf(struct str *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
void str_add_i64(struct str *s, int64_t v);
/* As part of an address (RFC 3986): all but the unreserved characters become %XX. */
void str_add_url(struct str *s, const char *text);
char *str_take(struct str *s); /* hands the buffer over (never NULL), s is empty afterwards */
static inline const char *str_c(const struct str *s)
{
	return s->p ? s->p : "";
}
DEFINE_OWN_VAL(struct str, str_done)
#define STR(name, max_) OWN(str_done) struct str name = { NULL, 0, 0, (max_), false }

/* Copies with truncation into a fixed buffer, always terminated; returns false when it was cut. */
bool str_copy(char *dst, size_t size, const char *src);
bool str_copyn(char *dst, size_t size, const char *src, size_t n);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "model/fragment.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* After the whole word at s, any case; NULL when it is not there. */
static const char *skip_word(const char *s, const char *word)
{
	size_t n = strlen(word);

	return !strncasecmp(s, word, n) && !is_word(s[n]) ? s + n : NULL;
}

/* After one or more blanks; NULL when there is none. */
static const char *skip_blanks(const char *s)
{
	if (!is_blank(*s))
		return NULL;
	while (is_blank(*s))
		s++;
	return s;
}

/* After the whole number at s; values past 999 all read as 999. */
static const char *skip_number(const char *s, unsigned *ret)
{
	const char *p = s;
	unsigned v = 0;

	for (; isdigit((unsigned char)*p); p++)
		v = v > 99 ? 999 : v * 10 + (unsigned)(*p - '0');
	if (p == s || is_word(*p))
		return NULL;
	*ret = v;
	return p;
}

/* 'N of M' after the word 'fragment' at s; NULL when something else follows. */
static const char *read_numbers(const char *s, unsigned *number, unsigned *count)
{
	const char *p = skip_blanks(s);

	if (p)
		p = skip_number(p, number);
	if (p)
		p = skip_blanks(p);
	if (p)
		p = skip_word(p, "of");
	if (p)
		p = skip_blanks(p);
	return p ? skip_number(p, count) : NULL;
}

/* What follows the second 'of', in its comparable form. */
static void read_release(const char *s, char release[RELEASE_MAX])
{
	const char *words[] = { "fw", "version" }, *end;
	size_t n = 0;

	s = skip_blanks(s);
	s = s ? skip_word(s, "of") : NULL;
	if (!s)
		return;
	end = strchr(s, ';');
	if (!end)
		end = s + strlen(s);
	for (size_t i = 0; i < 2; i++) {
		const char *p;

		while (s < end && is_blank(*s))
			s++;
		p = skip_word(s, words[i]);
		if (p && p <= end)
			s = p;
	}
	while (s < end && is_blank(*s))
		s++;
	while (end > s && is_blank(end[-1]))
		end--;
	for (; s < end && n < RELEASE_MAX - 1; s++)
		release[n++] = (char)tolower((unsigned char)*s);
	release[n] = 0;
}

struct fragment fragment_read(const char *descriptor)
{
	struct fragment f = { .number = 1, .count = 1 };
	unsigned number, count;

	for (const char *s = descriptor ? descriptor : ""; *s; s++) {
		const char *p = s == descriptor || !is_word(s[-1]) ? skip_word(s, "fragment") : NULL;

		p = p ? read_numbers(p, &number, &count) : NULL;
		if (!p)
			continue;
		if (number >= 1 && number <= count && count >= 2 && count <= FRAGMENTS_MAX) {
			f.number = (uint8_t)number;
			f.count = (uint8_t)count;
			read_release(p, f.release);
		}
		break;
	}
	return f;
}

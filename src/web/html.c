/* SPDX-License-Identifier: Apache-2.0 */
#include "web/html.h"

#include <string.h>

#include "base/parse.h"

void html_escape(struct str *out, const char *s, size_t n)
{
	size_t from = 0, len;

	for (size_t i = 0; i < n; i += len) {
		char c = s[i];
		const char *as = c == '&'    ? "&amp;"
				 : c == '<'  ? "&lt;"
				 : c == '>'  ? "&gt;"
				 : c == '"'  ? "&#34;"
				 : c == '\'' ? "&#39;"
					     : NULL;

		len = parse_utf8_len(s + i, n - i);
		if (!len ? c == '\0' : c != '\n' && c != '\t' && parse_utf8_drives(s + i))
			as = "\xef\xbf\xbd"; /* nothing turns the direction of what stands behind it */
		if (!len)
			len = 1;
		if (!as)
			continue;
		str_addn(out, s + from, i - from);
		str_add(out, as);
		from = i + len;
	}
	str_addn(out, s + from, n - from);
}

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}
static bool is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}
static char to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

void url_encode(struct str *out, const char *s, size_t n)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (is_alpha(s[i]) || is_digit(s[i]) || strchr("-._~", c ? c : '/')) {
			str_addc(out, s[i]);
		} else {
			str_addc(out, '%');
			str_addc(out, hex[c >> 4]);
			str_addc(out, hex[c & 15]);
		}
	}
}

bool url_ok(const char *s)
{
	size_t n = strlen(s);

	if (n == 0 || n > 2000)
		return false;
	for (size_t i = 0; i < n; i++)
		if (s[i] <= ' ' || s[i] > '~' || strchr("\"'<>\\`", s[i]))
			return false;
	if (s[0] == '/')
		return s[1] != '/';
	if (s[0] == '?' || s[0] == '#')
		return true;
	return n > 8 && !strncmp(s, "https://", 8) && (is_alpha(s[8]) || is_digit(s[8]));
}

static void name_add(char *buf, size_t size, char c)
{
	size_t n = strlen(buf);

	if (n + 1 < size) {
		buf[n] = to_lower(c);
		buf[n + 1] = '\0';
	}
}

static bool name_char(char c)
{
	return is_alpha(c) || is_digit(c) || c == '-' || c == '_' || c == ':' || c == '.';
}

static bool raw_element(const char *name)
{
	return !strcmp(name, "script") || !strcmp(name, "style");
}

static enum html_state tag_end(struct html_place *p)
{
	p->run = 0;
	return raw_element(p->element) ? HTML_RAW : HTML_TEXT;
}

/* In a tag: a character that is not part of a name or a value. */
static enum html_state in_tag(struct html_place *p, char c)
{
	if (is_blank(c))
		return p->state == HTML_NAME    ? HTML_AFTER
		       : p->state == HTML_AFTER ? HTML_AFTER
						: HTML_BETWEEN;
	if (c == '>')
		return tag_end(p);
	if (c == '/')
		return HTML_GAP;
	if (p->state != HTML_BETWEEN && p->state != HTML_AFTER)
		return HTML_LOST;
	if (!is_alpha(c))
		return HTML_LOST;
	p->attr[0] = '\0';
	name_add(p->attr, sizeof p->attr, c);
	return HTML_NAME;
}

static enum html_state in_element(struct html_place *p, char c)
{
	if (p->state == HTML_LT) {
		p->element[0] = '\0';
		if (c == '!')
			p->run = 0;
		if (c == '/')
			name_add(p->element, sizeof p->element, '/'); /* an end tag is no "script" */
		if (c == '!' || c == '/')
			return c == '!' ? HTML_BANG : HTML_ELEMENT;
		if (!is_alpha(c))
			return HTML_LOST; /* a bare '<' in a template: write &lt; */
	}
	if (name_char(c)) {
		name_add(p->element, sizeof p->element, c);
		return HTML_ELEMENT;
	}
	return in_tag(p, c);
}

/* Matches end marks: "-->" of comments, "</" of raw text. Our own texts hold neither by accident. */
static enum html_state in_foreign(struct html_place *p, char c)
{
	const char *end = p->state == HTML_COMMENT ? "-->" : "</";

	p->run = c == end[p->run] ? p->run + 1 : c == end[0] ? 1 : 0;
	if (end[p->run])
		return p->state;
	p->run = 0;
	if (p->state == HTML_COMMENT)
		return HTML_TEXT;
	memcpy(p->element, "/", 2);
	return HTML_ELEMENT;
}

static enum html_state step(struct html_place *p, char c)
{
	switch (p->state) {
	case HTML_TEXT:
		return c == '<' ? HTML_LT : HTML_TEXT;
	case HTML_LT:
	case HTML_ELEMENT:
		return in_element(p, c);
	case HTML_BETWEEN:
	case HTML_GAP:
		return in_tag(p, c);
	case HTML_NAME:
		if (name_char(c)) {
			name_add(p->attr, sizeof p->attr, c);
			return HTML_NAME;
		}
		return c == '=' ? HTML_EQUALS : in_tag(p, c);
	case HTML_AFTER:
		return c == '=' ? HTML_EQUALS : in_tag(p, c);
	case HTML_EQUALS:
		p->quote = c;
		p->first = '\0';
		return c == '"' || c == '\'' ? HTML_VALUE : is_blank(c) ? HTML_EQUALS : HTML_LOST;
	case HTML_VALUE:
		if (c == p->quote)
			return HTML_GAP;
		if (!p->first)
			p->first = c;
		return HTML_VALUE;
	case HTML_BANG:
		p->run = c == '-' ? p->run + 1 : 0;
		if (p->run == 2) {
			p->run = 0;
			return HTML_COMMENT;
		}
		return c == '>' ? HTML_TEXT : HTML_BANG;
	case HTML_COMMENT:
	case HTML_RAW:
		return in_foreign(p, c);
	case HTML_LOST:
		break;
	}
	return HTML_LOST;
}

bool html_feed(struct html_place *p, const char *s, size_t n)
{
	for (size_t i = 0; i < n && p->state != HTML_LOST; i++)
		p->state = step(p, s[i]);
	return p->state != HTML_LOST;
}

static bool in_list(const char *name, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(name, *list))
			return true;
	return false;
}

enum html_kind html_put(const struct html_place *p)
{
	static const char *const urls[] = { "href",       "src",  "action", "formaction", "poster",   "data",
					    "xlink:href", "cite", "ping",   "background", "manifest", NULL };
	static const char *const never[] = { "style", "srcset", "srcdoc", "imagesrcset", "http-equiv", NULL };

	if (p->state == HTML_TEXT)
		return HTML_PUT_TEXT;
	if (p->state != HTML_VALUE || !strncmp(p->attr, "on", 2) || in_list(p->attr, never))
		return HTML_PUT_NOT;
	if (!in_list(p->attr, urls))
		return HTML_PUT_ATTR;
	if (!p->first)
		return HTML_PUT_URL;
	return strchr("/?#", p->first) ? HTML_PUT_PART : HTML_PUT_NOT;
}

void html_did_put(struct html_place *p)
{
	/* Behind a whole address anything may follow only as an encoded part. */
	if (p->state == HTML_VALUE && !p->first)
		p->first = '/';
}

bool html_boundary(struct html_place *p)
{
	if (p->state == HTML_ELEMENT || p->state == HTML_NAME)
		p->state = HTML_GAP;
	else if (p->state == HTML_AFTER)
		p->state = HTML_BETWEEN;
	return p->state == HTML_TEXT || p->state == HTML_GAP || p->state == HTML_BETWEEN ||
	       p->state == HTML_VALUE;
}

bool html_same(const struct html_place *a, const struct html_place *b)
{
	if (a->state != b->state)
		return false;
	if (a->state == HTML_TEXT)
		return true;
	if (strcmp(a->element, b->element) != 0)
		return false;
	return a->state != HTML_VALUE ||
	       (a->quote == b->quote && !a->first == !b->first && !strcmp(a->attr, b->attr));
}

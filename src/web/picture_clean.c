/* SPDX-License-Identifier: Apache-2.0 */
/* The gate between Graphviz and our pages: only what such a picture needs comes through. */
#include <string.h>

#include "base/parse.h"
#include "web/picture.h"

static bool in_list(const char *s, size_t n, const char *const *list)
{
	for (; *list; list++)
		if (strlen(*list) == n && !memcmp(*list, s, n))
			return true;
	return false;
}

static const char *const elements[] = { "svg",  "g",       "a",    "polygon", "polyline",
					"path", "ellipse", "text", NULL };
static const char *const attributes[] = {
	"width",       "height",    "viewBox",     "xmlns",       "xmlns:xlink",  "id",
	"class",       "transform", "fill",        "stroke",      "stroke-width", "stroke-dasharray",
	"points",      "d",         "cx",          "cy",          "rx",           "ry",
	"x",           "y",         "text-anchor", "font-family", "font-size",    "xlink:href",
	"xlink:title", NULL
};

static bool name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ':' || c == '-';
}

static bool entry_link(const char *v, size_t n)
{
	static const char root[] = "/entries/";

	if (n < sizeof root || memcmp(v, root, sizeof root - 1) != 0)
		return false;
	for (size_t i = sizeof root - 1; i < n; i++)
		if (v[i] == '/' || v[i] == '&' || v[i] <= ' ' || v[i] > '~')
			return false;
	return true;
}

static bool value_ok(const char *name, size_t nn, const char *v, size_t vn)
{
	if (memchr(v, '<', vn))
		return false;
	if (nn == 10 && !memcmp(name, "xlink:href", 10))
		return entry_link(v, vn);
	if (nn >= 5 && !memcmp(name, "xmlns", 5))
		return (vn == 26 && !memcmp(v, "http://www.w3.org/2000/svg", 26)) ||
		       (vn == 28 && !memcmp(v, "http://www.w3.org/1999/xlink", 28));
	return true;
}

/* One tag from behind '<'; returns the position behind '>', or NULL. Copies it, and tells the top element who
 * it is. */
static const char *tag_copy(const char *p, const char *end, struct str *out)
{
	const char *from = p - 1, *name;
	bool close = p < end && *p == '/';

	p += close;
	for (name = p; p < end && name_char(*p);)
		p++;
	if (!in_list(name, (size_t)(p - name), elements))
		return NULL;
	str_addn(out, from, (size_t)(p - from));
	if (!close && p - name == 3)
		str_add(out, " role=\"group\" aria-label=\"Upgrade graph\"");
	while (p < end && *p != '>') {
		const char *attr, *value;
		size_t n;

		if (*p == ' ' || *p == '\n' || (*p == '/' && p + 1 < end && p[1] == '>')) {
			str_addc(out, *p++);
			continue;
		}
		for (attr = p; p < end && name_char(*p);)
			p++;
		n = (size_t)(p - attr);
		if (close || end - p < 2 || p[0] != '=' || p[1] != '"' || !in_list(attr, n, attributes))
			return NULL;
		value = p + 2;
		if (!(p = memchr(value, '"', (size_t)(end - value))) ||
		    !value_ok(attr, n, value, (size_t)(p - value)))
			return NULL;
		p++;
		str_addn(out, attr, (size_t)(p - attr));
	}
	if (p == end)
		return NULL;
	str_addc(out, '>');
	return p + 1;
}

int picture_clean(const char *svg, size_t n, struct str *out, struct err *e)
{
	const char *end = svg + n, *p = memmem(svg, n, "<svg", 4);

	if (!p || !parse_utf8_ok(svg, n))
		return err_set(e, ERR_PICTURE, "'dot' gave no picture");
	while (p < end) {
		const char *lt = memchr(p, '<', (size_t)(end - p));
		const char *stop = lt ? lt : end;

		str_addn(out, p, (size_t)(stop - p));
		if (!lt)
			break;
		if (end - lt > 4 && !memcmp(lt, "<!--", 4)) {
			p = memmem(lt, (size_t)(end - lt), "-->", 3);
			p = p ? p + 3 : NULL;
		} else if (end - lt > 7 && !memcmp(lt, "<title>", 7)) {
			p = memmem(lt, (size_t)(end - lt), "</title>\n", 9); /* its own names of nodes */
			p = p ? p + 9 : NULL;
		} else {
			p = tag_copy(lt + 1, end, out);
		}
		if (!p)
			return err_set(e, ERR_PICTURE,
				       "'dot' gave something that is not expected in a picture");
	}
	if (out->over)
		return err_set(e, ERR_PICTURE, "the picture would be larger than %zu bytes", out->max);
	return OK;
}

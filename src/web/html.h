/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTML as the template compiler needs it: escaping, and where in a document one stands after some literal
 * text. The scanner is stricter than browsers: what it cannot follow with certainty it refuses, since only
 * our own templates come here.
 */
#ifndef FIRPATH_WEB_HTML_H
#define FIRPATH_WEB_HTML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* Escapes for text and for quoted attribute values. Bytes that no HTML document may hold become U+FFFD. */
void html_escape(struct str *out, const char *s, size_t n);
/* Percent-encodes all but unreserved characters (RFC 3986, 2.3). */
void url_encode(struct str *out, const char *s, size_t n);
/* "/path" (not "//" nor "/\"), "?...", "#..." or "https://host...", at most 2,000 bytes, printable ASCII
 * without quotes, angle brackets and backslashes. */
bool url_ok(const char *s);

enum html_state {
	HTML_TEXT,
	HTML_LT,      /* right behind '<' */
	HTML_ELEMENT, /* in the name of an element */
	HTML_BETWEEN, /* in a tag, behind a blank */
	HTML_GAP,     /* in a tag where only a blank, '/' or '>' may follow */
	HTML_NAME,    /* in the name of an attribute */
	HTML_AFTER,   /* behind that name and a blank */
	HTML_EQUALS,  /* behind '=' */
	HTML_VALUE,   /* in a quoted value */
	HTML_BANG,    /* <!doctype ...> */
	HTML_COMMENT,
	HTML_RAW,  /* in script or style */
	HTML_LOST, /* not understood: the template is refused */
};
struct html_place {
	enum html_state state;
	char quote;       /* VALUE: the one that ends it */
	char first;       /* VALUE: first character of the value, 0 when nothing came yet */
	char element[12]; /* lower case, cut */
	char attr[16];    /* lower case, cut */
	unsigned run;     /* COMMENT, RAW: how much of the end mark was seen */
};
enum html_kind {
	HTML_PUT_TEXT, /* escape it */
	HTML_PUT_ATTR, /* escape it */
	HTML_PUT_URL,  /* start of an address: only a whole, checked address */
	HTML_PUT_PART, /* behind the start of an address: percent-encode */
	HTML_PUT_NOT,  /* no value may stand here */
};

/* Moves over literal text; false when it is not understood. */
bool html_feed(struct html_place *p, const char *s, size_t n);
/* What a value put here needs; does not move. */
enum html_kind html_put(const struct html_place *p);
/* Marks that a value was put here. */
void html_did_put(struct html_place *p);
/* The place as a section boundary sees it: names count as ended. False where no section may begin or end. */
bool html_boundary(struct html_place *p);
bool html_same(const struct html_place *a, const struct html_place *b);

#endif

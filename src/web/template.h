/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTML templates that cannot forget to escape. A template is compiled once: the compiler follows the HTML of
 * its literal text, so it knows for every {{value}} where it stands, and escapes for that place or refuses
 * the template. Values come from a JSON tree: pages render the very answers that the API gives, so the two
 * cannot disagree (T23).
 *
 *   {{name}}               the value, escaped; numbers as digits, null as nothing
 *   {{filter name}}        the value through a filter (dates, words), then escaped
 *   {{#name}}..{{/name}}   for each element of an array, with it as the current item; inside an object, once
 *                          with it as the current item; otherwise when the value is neither empty, 0 nor
 * false
 *   {{^name}}..{{/name}}   when the value is empty, 0, false, null or an empty array
 *   {{#name=word}}         when the text of the value equals the word ({{^name=word}}: when it does not)
 *   {{#filter name}}       when the filter writes something for the value
 *   {{>file}}              another template, at the same item
 *   {{&name}}              a raw piece that the caller's C code made (never from the data)
 *   {{! remark}}
 *
 * Names: a.b.c from the current item ONLY (no climbing: an absent member never shows somebody else's); '.' is
 * the item itself, ../name the item around it, @name the root; a number picks an array's element. A name that
 * is absent is an error in strict sets (tests) unless written with a question mark: {{name?}}, {{#name?}};
 * otherwise it is empty.
 *
 * Places: text (also title and textarea) and quoted attribute values. In attributes that hold addresses
 * (href, src, action, ...) a value behind literal text is percent-encoded; a whole address needs {{url
 * name}}, which lets only "/path", "?query", "#fragment" and "https://" through. Refused: values in tag or
 * attribute names, unquoted values, comments, script, style, and the attributes style, srcset, srcdoc and
 * on*. A section must end in the place where it began. A tag alone on its line swallows the line.
 *
 * A compiled set is immutable: any number of threads render from it.
 */
#ifndef FIRPATH_WEB_TEMPLATE_H
#define FIRPATH_WEB_TEMPLATE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/json.h"
#include "base/str.h"

struct template_file {
	const char *name; /* what {{>name}} and template_render() say; borrowed, as is the text */
	const char *text;
	size_t len;
};
struct template_filter {
	const char *name;                                     /* NULL ends the table */
	void (*write)(const struct json *v, struct str *out); /* plain text; the engine escapes it */
};
struct template_raw {
	const char *name; /* NULL ends the list */
	const char *p;    /* finished HTML */
	size_t len;
};

struct template_set;

/* Compiles all files; files and filters are borrowed and must outlive the set. Errors name file and line. */
int template_set_new(const struct template_file *files, size_t nfiles, const struct template_filter *filters,
		     bool strict, struct template_set **ret, struct err *e) MUST_USE;
void template_set_free(struct template_set *s);
DEFINE_OWN(struct template_set, template_set_free)

/* Appends to out. raw may be NULL. ERR_INTERNAL for an unknown template, and in strict sets for an absent
 * name; ERR_TOO_LARGE when out overflowed. */
int template_render(const struct template_set *s, const char *name, const struct json *data,
		    const struct template_raw *raw, struct str *out, struct err *e) MUST_USE;

#endif

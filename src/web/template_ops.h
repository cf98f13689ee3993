/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of the template engine share: the compiled form. Private to template*.c. */
#ifndef FIRPATH_WEB_TEMPLATE_OPS_H
#define FIRPATH_WEB_TEMPLATE_OPS_H

#include "base/arena.h"
#include "base/vec.h"
#include "web/html.h"
#include "web/template.h"

#define TAG_MAX 128 /* bytes between the braces */

enum op_kind { OP_TEXT, OP_VALUE, OP_RAW, OP_SECTION, OP_INVERTED, OP_END, OP_PARTIAL };
struct op {
	enum op_kind kind;
	enum html_kind put;                   /* VALUE: how to escape */
	bool optional;                        /* the name may be absent */
	bool root;                            /* look from the root */
	unsigned up;                          /* items to go out first */
	const struct template_filter *filter; /* or NULL */
	const char *text;                     /* TEXT: borrowed from the file; else arena: name or path */
	size_t len;                           /* TEXT */
	const char *equals;                   /* sections: the word to compare with, arena, or NULL */
	size_t end;                           /* sections: index of the END */
	size_t line;                          /* for messages */
};
struct program {
	const struct template_file *file;
	VEC(struct op) ops;
};
struct template_set {
	struct arena *arena;      /* names in ops */
	struct program *programs; /* one per file */
	size_t n;
	const struct template_filter *filters;
	bool strict;
};

/* Fills prog->ops from prog->file; names go to the set's arena. */
int program_compile(struct template_set *set, struct program *prog, struct err *e) MUST_USE;

#endif

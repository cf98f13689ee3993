/* SPDX-License-Identifier: Apache-2.0 */
/* Shared strings and the escapes of strings in a workbook. Private to the workbook reader. */
#ifndef FIRPATH_IMPORT_WORKBOOK_PARTS_H
#define FIRPATH_IMPORT_WORKBOOK_PARTS_H

#include "base/vec.h"
#include "import/workbook.h"
#include "import/xml_reader.h"

/* The texts that cells refer to by number, all in one piece of memory. */
struct shared_strings {
	struct str text;       /* each with its NUL */
	VEC(uint32_t) offsets; /* into text */
	/* While reading. */
	bool in_item, in_text;
	int phonetic;
	struct str one;
	const char *member; /* borrowed */
};
void shared_strings_init(struct shared_strings *s);
void shared_strings_done(struct shared_strings *s);
int shared_strings_read(struct shared_strings *s, const struct zip *z, const char *member,
			struct err *e) MUST_USE;
/* The text of a number; false when there is none. */
bool shared_string(const struct shared_strings *s, uint64_t i, const char **ret);

/* Turns _x000D_ and the like into the characters they stand for, in place; false for a NUL. */
bool xstring_decode(struct str *s);

#endif

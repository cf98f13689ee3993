/* SPDX-License-Identifier: Apache-2.0 */
/* Statements files (api.md 3), CSV with a header or NDJSON, as a source of rows. Private to import/. */
#ifndef FIRPATH_IMPORT_STATEMENTS_FILE_H
#define FIRPATH_IMPORT_STATEMENTS_FILE_H

#include "import/input.h"

struct statements_file;
/* Which of the two it is, the first character says: '{' begins NDJSON. */
int statements_file_new(const struct input *in, struct statements_file **ret, struct err *e) MUST_USE;
void statements_file_free(struct statements_file *f);
DEFINE_OWN(struct statements_file, statements_file_free)
struct statement_file statements_file_source(struct statements_file *f);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The two files that the Central Products List comes in, as sources of rows. Private to import/. */
#ifndef FIRPATH_IMPORT_CPL_FILE_H
#define FIRPATH_IMPORT_CPL_FILE_H

#include "import/input.h"

/* The 13-column CSV. */
struct cpl_csv;
int cpl_csv_new(const struct input *in, struct cpl_csv **ret, struct err *e) MUST_USE;
void cpl_csv_free(struct cpl_csv *c);
DEFINE_OWN(struct cpl_csv, cpl_csv_free)
struct cpl_source cpl_csv_source(struct cpl_csv *c);

/* The published workbook. */
struct cpl_sheet;
int cpl_sheet_new(const struct input *in, struct cpl_sheet **ret, struct err *e) MUST_USE;
void cpl_sheet_free(struct cpl_sheet *c);
DEFINE_OWN(struct cpl_sheet, cpl_sheet_free)
struct cpl_source cpl_sheet_source(struct cpl_sheet *c);

#endif

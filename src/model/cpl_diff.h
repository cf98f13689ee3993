/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparison of a row with what stands, on normalised values: blanks around a value, the case of hex, colons
 * and the spelling of dates do not count. So the CSV and the workbook of one CPL version do not differ. Pure.
 */
#ifndef FIRPATH_MODEL_CPL_DIFF_H
#define FIRPATH_MODEL_CPL_DIFF_H

#include "model/cpl.h"

#define CPL_BIT(col) (UINT32_C(1) << (col))

struct cpl_change {
	uint32_t edited; /* CPL_BIT of columns whose value differs (CPL_STATUS is told apart below) */
	uint32_t filled; /* columns that were absent so far and have a value now */
	bool removed, restored;
	bool hash;     /* the image hash is another one, or came or went */
	bool identity; /* manufacturer, model, hardware or firmware differ */
};

/* before: the texts that stand, as written; NULL = absent so far. Columns that the new row lacks (NULL) are
 * left alone. */
struct cpl_change cpl_diff(const char *const before[CPL_COLS], bool was_removed,
			   const struct cpl_entry *after);
bool cpl_same(enum cpl_col col, const char *a, const char *b); /* equal as normalised values */

#endif

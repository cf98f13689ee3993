/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of meters in the store share: how "none" is written and read. */
#ifndef FIRPATH_STORE_STORE_METER_P_H
#define FIRPATH_STORE_STORE_METER_P_H

#include "base/str.h"
#include "store/db.h"

#define VID(x) ((x) > 0 ? VINT(x) : VNULL) /* 0 = none */
#define VEUI(x) VINT((int64_t)(x))         /* as a signed number */

static inline void meter_word_of(const struct rows *r, int col, char *buf, size_t size)
{
	str_copy(buf, size, rows_null(r, col) ? "" : rows_text(r, col));
}

static inline int64_t meter_id_of(const struct rows *r, int col)
{
	return rows_null(r, col) ? 0 : rows_num(r, col);
}

#endif

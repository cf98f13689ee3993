/* SPDX-License-Identifier: Apache-2.0 */
/* Small pieces that the JSON of fleet and campaigns share. Private to core. */
#ifndef FIRPATH_CORE_FLEET_UTIL_H
#define FIRPATH_CORE_FLEET_UTIL_H

#include "core/fleet.h"
#include "store/store_fleet.h"

/* Cursors are "c" and the last id of the page before. */
int cursor_read(const char *cursor, int64_t otherwise, int64_t *ret, struct err *e) MUST_USE;
void jw_kcursor(struct jw *w, const char *name, int64_t id); /* id 0 writes null */
void jw_kcount(struct jw *w, const char *name, int64_t v);   /* negative writes null */
/* Entry ID text; NULL for 0 and for what the snapshot does not know. */
const char *entry_name(const struct snapshot *s, int64_t entry_id);
/* A name that cannot be taken for a number (addresses take either): 1 to max bytes, no control characters. */
bool name_is_plain(const char *name, size_t max);
/* Texts of a filter to what the store compares; buf keeps the parts of the model. */
int fleet_filter(const struct snapshot *s, const struct device_filter *in, struct store_device_filter *ret,
		 char buf[3][5], struct err *e) MUST_USE;

/* What a list says that a device is, resolved. d borrows from the buffers and from the snapshot. */
struct fleet_wanted {
	struct store_device d;
	char manufacturer[5], model[5], hardware[5], version[9];
};
/* The columns `identity` and `entry` ("" = not given): fills d's identity, told_by and hint. Errors name the
 * column. */
int fleet_wanted_identity(const struct snapshot *s, const char *identity, const char *entry,
			  struct fleet_wanted *w, uint32_t *ret_hint, struct err *e) MUST_USE;
/* Which entry it is. */
void fleet_wanted_resolve(const struct snapshot *s, struct store_device *d, uint32_t hint);

#endif

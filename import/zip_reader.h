/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members of a zip file by name, as streams, over libarchive. Nothing is ever unpacked to disk (F11): members
 * are read, with ceilings on their number, inflated size and ratio; duplicates, links, encrypted members and
 * wrong checksums are refused. Private to import/.
 */
#ifndef FIRPATH_IMPORT_ZIP_READER_H
#define FIRPATH_IMPORT_ZIP_READER_H

#include "import/input.h"

#define ZIP_MEMBERS_MAX 2000
#define ZIP_MEMBER_MAX (160 * MIB) /* inflated */
#define ZIP_RATIO_MAX 150          /* inflated to packed, asked once a member is past ZIP_RATIO_FROM */
#define ZIP_RATIO_FROM (8 * MIB)

/* Looks at the whole directory. The input is borrowed and must outlive. */
struct zip;
int zip_open(const struct input *in, struct zip **ret, struct err *e) MUST_USE;
void zip_free(struct zip *z);
DEFINE_OWN(struct zip, zip_free)
bool zip_has(const struct zip *z, const char *name);

/* One member being read. */
struct zip_member;
int zip_member_open(const struct zip *z, const char *name, struct zip_member **ret, struct err *e) MUST_USE;
void zip_member_free(struct zip_member *m);
DEFINE_OWN(struct zip_member, zip_member_free)
/* Up to n bytes; *ret_n = 0 at the end, where the checksum has been found right. */
int zip_member_read(struct zip_member *m, void *buf, size_t n, size_t *ret_n, struct err *e) MUST_USE;

#endif

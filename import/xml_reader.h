/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One XML member of a workbook, pushed through libxml2 piece by piece. Refused: any DOCTYPE, so that no
 * entity is ever declared (F13, T20), and tokens of unreasonable size; nothing is fetched from anywhere.
 * Names are local names: the vocabularies of a workbook do not clash. Private to import/.
 */
#ifndef FIRPATH_IMPORT_XML_READER_H
#define FIRPATH_IMPORT_XML_READER_H

#include "import/zip_reader.h"

#define XML_VALUE_MAX (256 * KIB) /* text between tags, or one tag */
#define XML_DEPTH_MAX 64

struct xml_attrs; /* of one start tag, during the call */
/* The value of an attribute by local name, copied and decoded; false when absent or longer than size. */
bool xml_attr(const struct xml_attrs *a, const char *name, char *buf, size_t size);

/* Return 0, or an error after filling e: the reading ends with it. */
struct xml_calls {
	int (*start)(void *ctx, const char *name, const struct xml_attrs *a, struct err *e);
	int (*end)(void *ctx, const char *name, struct err *e);
	int (*text)(void *ctx, const char *s, size_t n, struct err *e); /* may come in pieces */
};

struct xml_reader;
int xml_reader_open(const struct zip *z, const char *member, const struct xml_calls *calls, void *ctx,
		    struct xml_reader **ret, struct err *e) MUST_USE;
void xml_reader_free(struct xml_reader *x);
DEFINE_OWN(struct xml_reader, xml_reader_free)
/* Reads one more piece; *ret_more false when the whole member was read and well formed. */
int xml_reader_step(struct xml_reader *x, bool *ret_more, struct err *e) MUST_USE;
/* All of a member at once. */
int xml_read_member(const struct zip *z, const char *member, const struct xml_calls *calls, void *ctx,
		    struct err *e) MUST_USE;

#endif

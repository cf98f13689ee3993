/* SPDX-License-Identifier: Apache-2.0 */
/* What read_item.c and read_ref.c share. */
#ifndef FIRPATH_MANIFEST_ITEM_P_H
#define FIRPATH_MANIFEST_ITEM_P_H

#include "manifest/read_p.h"

/* Where an item stands. */
struct place {
	const struct source *s;
	struct config_item *parent; /* NULL = outermost */
	int list;                   /* the element that holds it; -1 = decided by its type */
	const char *pointer;
	bool own_file;
};

int element_of(const char *name); /* enum config_element, -1 = none */
/* Pointer to a member, with the escapes of JSON pointers. */
const char *pointer_to(struct reader *r, const char *base, const char *name);
const char *title(struct reader *r, const struct config_item *it); /* "System 'CCS-OB'" */
bool is_strict(const struct reader *r);

/* An item that stands for another file: only a Reference, perhaps with what describes it. */
bool is_reference(const struct json *j);
/* Such an element of a list. */
void reference_element(struct reader *r, const struct json *j, const struct place *at);
/* A key `Reference` beside the other elements of an item (Z11). */
void reference_beside(struct reader *r, const struct json *v, const struct config_item *it,
		      const struct place *at);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which entries are taken for one another, and how to tell them apart. MP231: the firmware version is
 * ambiguous, the Entry ID is clear but hard to cross-reference; so everything that may be meant is shown side
 * by side with the columns that differ marked, and nobody guesses (T11).
 */
#ifndef FIRPATH_CORE_TWINS_H
#define FIRPATH_CORE_TWINS_H

#include "base/json.h"
#include "core/catalog.h"

/* Columns of an entry that tell candidates apart, as bits in the order of these names (members of the API's
 * objects); NULL ends. */
extern const char *const entry_column_text[];
unsigned entry_columns_differ(const struct snapshot *s, uint32_t a, uint32_t b);
void entry_columns_json(unsigned columns, struct jw *w); /* an array of names, "entry" first */

enum twin_why {
	TWIN_IDENTITY, /* the same model and the same firmware version: only the Entry ID tells them apart */
	TWIN_SPELLING, /* the same model; its version, written with dots, reads as this one's */
	TWIN_VERSION   /* another model with the same firmware version */
};
#define TWINS_SHOWN 20
/* "written":{"octets":"00:04:0A:01","digits","dotted"} or null, and "twins":[{identity...,
 * "why","differs":[...]}], nearest first, at most TWINS_SHOWN, and "more": how many are not shown. As members
 * of the open object. */
void twins_json(const struct snapshot *s, uint32_t node, struct jw *w);

#endif

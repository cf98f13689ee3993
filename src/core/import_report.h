/* SPDX-License-Identifier: Apache-2.0 */
/* Making reports: the head that every import has, in front of the story of its feed. Private to imports. */
#ifndef FIRPATH_CORE_IMPORT_REPORT_H
#define FIRPATH_CORE_IMPORT_REPORT_H

#include "base/digest.h"
#include "core/import.h"
#include "store/store_feed.h"

/* Fills r->json from r, the record and the story (members without braces; f->report is not looked at). */
void report_finish(struct import_report *r, const struct feed_row *f, const char *story);
/* SHA-256 of a stored report; what decisions name (core/import_review.h). */
void report_hash(const char *report, char ret[SHA256_HEX]);
/* Writes the record into the store with its audit row, in the open transaction; fills r->id and r->audit.
 * revision 0 = none was made. held: only the state changes, of the import r->id. */
int report_record(struct db *db, struct import_report *r, struct feed_row *f, const char *story,
		  const struct actor *who, bool close_held, struct err *e) MUST_USE;

#endif

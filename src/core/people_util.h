/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces that the files of people share. Private to core. */
#ifndef FIRPATH_CORE_PEOPLE_UTIL_H
#define FIRPATH_CORE_PEOPLE_UTIL_H

#include "core/people.h"
#include "store/store_people.h"

#define PEOPLE_JSON_MAX (8 * KIB) /* one account or organisation in an audit row */

/* 1 to PERSON_MAX bytes of one line of UTF-8 without blanks at its ends; what: "a user's name". */
int person_name_check(const char *what, const char *name, struct err *e) MUST_USE;
void org_from(const struct store_org *s, struct org *ret);
void account_from(const struct store_account *s, struct account *ret);
/* Members of a set of roles, as an array. */
void jw_kroles(struct jw *w, const char *name, unsigned roles);
int user_audit(struct db *db, const struct actor *who, const char *action, const struct account *before,
	       const struct account *after, struct err *e) MUST_USE;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Roles in the words of people, for forms that give or narrow them. The field is a FORM_CHECKS named "roles".
 */
#ifndef FIRPATH_WEB_ROLES_H
#define FIRPATH_WEB_ROLES_H

#include "web/form.h"

/* One option for each role of the set, with what it may do as the hint. */
void offer_roles(struct form *f, unsigned roles);
/* Those that were ticked, by name, separated by blanks. */
void roles_given(const struct form *f, char buf[ROLES_TEXT_MAX]);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the messages: bbum_message.c (status), bbum_answer.c (answer, Manifest). */
#ifndef FIRPATH_WIRE_BBUM_P_H
#define FIRPATH_WIRE_BBUM_P_H

#include "wire/bbum_message.h"

/* Puts the member's name as the place of the error. */
int bbum_at_member(const char *name, struct err *e);
/* Each gives a text its one spelling, or refuses it with its place. */
int bbum_identity_member(char *text, const char *name, struct err *e);
int bbum_hash_member(char *text, const char *name, struct err *e);
int bbum_uuid_member(char *text, const char *name, struct err *e);
/* A member that holds a command id. */
void bbum_kid(struct jw *w, const char *name, int64_t cycle_id, int64_t seq);

#endif

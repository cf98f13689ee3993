/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of the Configuration Manager: what `firpath cm` and its shell share. */
#ifndef FIRPATH_CLI_CM_H
#define FIRPATH_CLI_CM_H

#include "cli/command.h"
#include "model/cm_words.h"

#define CM_NAME_SIZE 256

/* --vehicle, else FIRPATH_VEHICLE, else the only one that there is. ERR_VEHICLES names them when there are
 * several. */
int cm_vehicle(struct call *c, char ret[CM_NAME_SIZE], struct err *e) MUST_USE;
/* "/v1/vehicles/NAME" and what follows. */
void cm_url(const char *vehicle, const char *rest, struct str *url);
/* The newest status of the vehicle (STATUS of core/cm.h). */
int cm_status(struct call *c, const char *vehicle, struct json **ret, struct err *e) MUST_USE;
/* Says one line and shows the answer: text into c->page, or JSON at once with --json. prompt: the question
 * that it may answer, -1 = none was seen. */
int cm_say(struct call *c, const char *vehicle, const char *line, int64_t prompt, bool shell,
	   struct err *e) MUST_USE;
/* Appends an event of the log's stream as text, or as JSON with --json; nothing when it is no line. */
void cm_event_text(const struct call *c, const struct json *event, struct page *ret);

#endif

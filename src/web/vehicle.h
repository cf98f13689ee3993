/* SPDX-License-Identifier: Apache-2.0 */
/* What the pages of vehicles share. */
#ifndef FIRPATH_WEB_VEHICLE_H
#define FIRPATH_WEB_VEHICLE_H

#include "core/fleet.h"
#include "web/page.h"

/* Does whoever asks see more than one owner's vehicles? Links then say whose. */
bool vehicle_sees_all(const struct req *rq);
/* "/vehicles/NAME" + rest, with the owner that this request named. */
void vehicle_href(const struct req *rq, const char *name, const char *rest, struct str *out);

#endif

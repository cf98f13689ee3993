/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces that several requests of ours share. */
#ifndef FIRPATH_WIRE_OCPP_PUT_P_H
#define FIRPATH_WIRE_OCPP_PUT_P_H

#include "wire/ocpp_p.h"

/* Not empty and at most max characters? ERR_INVALID, ERR_TOO_LARGE with e->where = /name. */
int ocpp_put_size(const char *name, const char *text, size_t max, struct err *e) MUST_USE;
/* How long a location may be: 512 in 1.6 signed and 2.0.1, 2,000 in 2.1; 1.6 core sets no size, so ours. */
size_t ocpp_location_max(enum ocpp_version v, bool signed_request);
/* The member "firmware" as signed 1.6 and 2.x have it. */
int ocpp_put_firmware(enum ocpp_version v, const struct ocpp_firmware *f, struct jw *w,
		      struct err *e) MUST_USE;
void ocpp_put_retries(struct jw *w, int64_t retries, int64_t retry_s); /* -1 = left out */

#endif

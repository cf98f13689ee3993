/* SPDX-License-Identifier: Apache-2.0 */
/*
 * New submissions to the Central Products List, judged by the strict rules of model/cpl_rules.h: JSON in,
 * JSON out, for POST /v1/validate and the command line. Nothing is stored.
 *
 * In: an object with members named like the columns ("Device_Type.name", "CPA_Certificate.expiry_date", ...)
 * and, when the whole New Entry form is judged, its own fields ("FIR.company_name",
 * "Contact-CPA.contact_name",
 * ...). Values are strings; null and "" mean empty. A member that is neither is refused.
 * Out: {"valid":false,"failures":[{"field":"...","rule":"...","detail":"..."}]}, every failure at once.
 */
#ifndef FIRPATH_CORE_VALIDATE_H
#define FIRPATH_CORE_VALIDATE_H

#include "base/json.h"
#include "model/cpl_rules.h"

/* today: UTC ms. ERR_JSON, ERR_JSON_FIELD. A submission that fails the rules is an answer, not an error. */
int validate_submission(const char *text, size_t len, int64_t today, struct str *out, size_t *ret_failures,
			struct err *e) MUST_USE;
void validate_json(const struct cpl_failures *f, struct jw *w);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* From an answer to a proposal. Two transactions: were the second one lost, a draft would stand that its
 * author sees among its own. */
#include "core/callout.h"
#include "core/proposal.h"

int callout_propose(const struct callout_desk *x, int64_t id, int64_t *ret_proposal, struct err *e)
{
	struct edit edit = { .db = x->db, .snap = x->snap, .who = x->who, .now = x->now };
	STR(json, 64 * KIB);

	if (callout_draft_json(x, id, &json, e) ||
	    proposal_add(&edit, str_c(&json), json.len, ret_proposal, e))
		return (int)e->code;
	return callout_set_proposal(x, id, *ret_proposal, e);
}

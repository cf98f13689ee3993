/* SPDX-License-Identifier: Apache-2.0 */
/* The security lane: block at once, second person within a day. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include "core/proposal.h"
#include "http/handlers.h"

int get_blocks(struct req *rq, struct resp *rs, struct err *e)
{
	int64_t before, limit, next;
	struct edit x;

	rs->cache = CACHE_NEVER;
	if (page_limit(rq, &limit, e) || page_number(rq, &before, e) || req_edit(rq, false, NULL, &x, e) ||
	    block_list_json(&x, req_query(rq, "state"), before, limit, &rs->body, &next, e))
		return e->code;
	page_number_links(rs, rq, next);
	return OK;
}

int get_block(struct req *rq, struct resp *rs, struct err *e)
{
	struct edit x;
	int64_t id;

	rs->cache = CACHE_NEVER;
	if (req_number(rq, "urgent block", &id, e) || req_edit(rq, false, NULL, &x, e))
		return e->code;
	return block_json(&x, id, &rs->body, e);
}

int post_block(struct req *rq, struct resp *rs, struct err *e)
{
	int64_t id, made, revision;
	struct edit x;
	char text[48];
	int tries = 0;

	rs->cache = CACHE_NEVER;
	do {
		if (req_edit(rq, true, NULL, &x, e))
			return e->code;
		revision = x.snap->revision;
		if (!block_add(&x, str_c(&rq->body), rq->body.len, &id, &made, e)) {
			req_catalogue_changed(rq);
			snprintf(text, sizeof text, "/v1/blocks/%" PRId64, id);
			resp_header(rs, "Location", text);
			rs->status = 201;
			return block_json(&x, id, &rs->body, e);
		}
	} while (req_again(rq, revision, &tries, e));
	return e->code;
}

struct word {
	char reason[PROPOSAL_REASON_MAX + 1];
};
static const struct json_field reason_fields[] = {
	{ "reason", FIELD_TEXT, offsetof(struct word, reason), true, 0, PROPOSAL_REASON_MAX + 1 },
	{ .name = NULL },
};

static int decide(struct req *rq, struct resp *rs, bool ratify, struct err *e)
{
	struct word word = { .reason = "" };
	int64_t id, made;
	struct edit x;

	rs->cache = CACHE_NEVER;
	if (req_number(rq, "urgent block", &id, e) || req_json(rq, reason_fields, &word, e) ||
	    req_edit(rq, true, NULL, &x, e) || block_decide(&x, id, ratify, word.reason, &made, e))
		return e->code;
	if (made)
		req_catalogue_changed(rq);
	return block_json(&x, id, &rs->body, e);
}

int post_block_ratify(struct req *rq, struct resp *rs, struct err *e)
{
	return decide(rq, rs, true, e);
}

int post_block_lift(struct req *rq, struct resp *rs, struct err *e)
{
	return decide(rq, rs, false, e);
}

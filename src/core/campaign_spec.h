/* SPDX-License-Identifier: Apache-2.0 */
/* The request for a campaign, read and checked, and its members (private to core/campaign*.c). */
#ifndef FIRPATH_CORE_CAMPAIGN_SPEC_H
#define FIRPATH_CORE_CAMPAIGN_SPEC_H

#include "core/campaign.h"
#include "core/campaign_waves.h"
#include "core/release_set.h"
#include "store/store_campaign.h"

#define CAMPAIGN_SPREAD_DEFAULT_MS INT64_C(600000) /* of stations, so that they do not all load at once */
#define CAMPAIGN_SPREAD_MAX_MS INT64_C(1800000)

/* Texts are borrowed from its JSON. */
struct campaign_spec {
	const char *name, *target, *prefer;
	const struct json *filter, *devices; /* one of them */
	int64_t max_active, stop_after;
	bool allow_removed, allow_downgrade, notice_read, security;
	enum on_change on_change;
	char target_text[ENTRY_NAME_SIZE]; /* scheme:public-id, "latest" or "set:NAME" */
	int64_t target_id, set_id;
	const char *component; /* that the target is for; NULL = any */
	struct waves waves;    /* n 0 = none */
	int64_t spread_ms;     /* -1 = not said */
};
int campaign_spec_read(struct db *db, const struct snapshot *s, const struct json *j,
		       struct campaign_spec *ret, struct err *e) MUST_USE;
/* Inside the caller's transaction. */
int campaign_spec_members(const struct campaign_ctx *c, const struct actor *who, int64_t id,
			  const struct campaign_spec *sp, struct err *e) MUST_USE;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waves of a campaign: which share of its sites has been let go, how many may fail, and how long the walks of
 * a wave are looked at before the next one begins. Shares are per cent of all sites, each wave reaching
 * further than the one before, the last one all. Who is in which wave is a shuffle that depends on the
 * campaign alone.
 */
#ifndef FIRPATH_CORE_CAMPAIGN_WAVES_H
#define FIRPATH_CORE_CAMPAIGN_WAVES_H

#include "base/json.h"
#include "store/store_campaign.h"

#define WAVES_MAX 20
#define WAVE_PART 20000                      /* walks let go in one transaction */
#define WAVE_FAILURES_DEFAULT 5              /* per cent of the wave's walks */
#define WAVE_SOAK_MAX_MS INT64_C(2592000000) /* 30 days */

struct wave {
	int64_t share;    /* per cent of all sites reached with it */
	int64_t failures; /* per cent of its walks that may fail or be held */
	int64_t soak_ms;  /* from its end to the next wave */
};
struct waves {
	int n; /* 0 = none */
	struct wave v[WAVES_MAX];
};
/* As asked: [{"share":10,"failures":5,"soak":"1h"}]. Errors name the place. */
int waves_read(const struct json *j, struct waves *ret, struct err *e) MUST_USE;
void waves_text(const struct waves *w, struct str *out);                      /* as stored; "" = none */
int waves_parse(const char *text, struct waves *ret, struct err *e) MUST_USE; /* as stored */

/* Inside the caller's transaction: members get their waves; the first one is let go. */
int waves_assign(struct db *db, int64_t campaign_id, const struct waves *w, struct err *e) MUST_USE;
int waves_begin(struct db *db, struct store_campaign *k, int64_t now, struct err *e) MUST_USE;
/* The next wave, and a part of its walks at once; then the rest of them, part by part. */
int waves_next(struct db *db, struct store_campaign *k, int64_t now, struct err *e) MUST_USE;
int waves_let(struct db *db, const struct store_campaign *k, int64_t now, struct err *e) MUST_USE;
/* How many walks of the newest wave failed or are held beyond what was forgiven, of how many. */
int waves_bad(struct db *db, const struct store_campaign *k, int64_t *ret_bad, int64_t *ret_of,
	      struct err *e) MUST_USE;
/* All of them are forgiven: the campaign is resumed. */
int waves_forgive(struct db *db, struct store_campaign *k, struct err *e) MUST_USE;
/* Are any walks of the waves that were let go queued or active? */
int waves_open(struct db *db, const struct store_campaign *k, bool *ret, struct err *e) MUST_USE;
/* Member "waves" of a campaign: null, or a list with counters and state. */
int waves_json(struct db *db, const struct store_campaign *k, struct jw *w, struct err *e) MUST_USE;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Whose turn it is on a site of several components, waves of campaigns, areas; sql/query/turn.sql, schema
 * 0017. Writing functions run inside the caller's write transaction. */
#ifndef FIRPATH_STORE_STORE_TURN_H
#define FIRPATH_STORE_STORE_TURN_H

#include "store/db.h"
#include "store/store_campaign.h"

#define AREA_NAME_SIZE 65

/* Why a walk is held because of the components of its station; NULL ends. */
extern const char *const turn_bars[];

/* What a site consists of now, by name of the component. */
struct store_turn_part {
	int64_t device_id, entry_id; /* entry 0 = not known */
	char name[IDENT_PART_SIZE];
};
/* Fills up to max; *ret_n = how many there are. */
int store_turn_parts(struct db *db, int64_t site_id, size_t max, struct store_turn_part *ret, size_t *ret_n,
		     struct err *e) MUST_USE;
/* A walk of the campaign on the site that is queued, active or held. */
struct store_turn_walk {
	int64_t cycle_id, device_id, not_before;
	enum cycle_phase phase;
	bool barred;       /* held because of its components */
	int64_t target_id; /* of its plan; 0 = it has none */
};
int store_turn_walks(struct db *db, int64_t site_id, int64_t campaign_id, size_t max,
		     struct store_turn_walk *ret, size_t *ret_n, struct err *e) MUST_USE;
/* The walk under way on the site, of whatever campaign, other than `but`; 0 = none. */
int store_turn_active(struct db *db, int64_t site_id, int64_t but, int64_t *ret, struct err *e) MUST_USE;
/* The queued walks of the campaign on the site that could begin now wait until then. */
int store_turn_sleep(struct db *db, int64_t site_id, int64_t campaign_id, int64_t now, int64_t until,
		     const char *reason, const char *detail, struct err *e) MUST_USE;
/* One queued walk waits until then. */
int store_turn_rest(struct db *db, int64_t cycle_id, int64_t now, int64_t until, const char *reason,
		    const char *detail, struct err *e) MUST_USE;
/* Walks of the site that wait because its gate was shut look again at once. */
int store_turn_again(struct db *db, int64_t site_id, int64_t now, struct err *e) MUST_USE;
/* Those but `but` that wait for another of the same site (`turn:...`, `not-now:han`) look again. */
int store_turn_wake(struct db *db, int64_t site_id, int64_t but, int64_t now, struct err *e) MUST_USE;

/* Those of an organisation (0: nobody's) that wait for the release of its user of the DCC look again. */
int store_turn_released(struct db *db, int64_t org_id, int64_t now, struct err *e) MUST_USE;

/* Components that move in the same request as the walk's own. */
struct store_companion {
	int64_t device_id, from_id, to_id;
};
int store_companion_put(struct db *db, int64_t cycle_id, int64_t hop, const struct store_companion *v,
			size_t n, struct err *e) MUST_USE; /* replaces */
int store_companion_list(struct db *db, int64_t cycle_id, int64_t hop, size_t max,
			 struct store_companion *ret, size_t *ret_n, struct err *e) MUST_USE;

/* Waves. */
struct store_wave {
	int64_t wave, share; /* per cent of all sites that are reached with it */
};
/* Their rows, then every site gets its wave; all but the first are barred until they are let go. */
int store_wave_assign(struct db *db, int64_t campaign_id, const struct store_wave *v, size_t n,
		      struct err *e) MUST_USE;
int store_wave_bar(struct db *db, int64_t campaign_id, struct err *e) MUST_USE; /* all but the first, again */
/* Of the first wave, or of a campaign without waves (0). */
int store_wave_spread(struct db *db, int64_t campaign_id, int64_t wave, int64_t now, int64_t spread_ms,
		      int64_t salt, struct err *e) MUST_USE;
/* Up to `limit` walks of a barred wave may begin. */
int store_wave_let(struct db *db, int64_t campaign_id, int64_t wave, int64_t now, int64_t spread_ms,
		   int64_t salt, int64_t limit, struct err *e) MUST_USE;
/* Is any walk of the wave barred still? */
int store_wave_barred(struct db *db, int64_t campaign_id, int64_t wave, bool *ret, struct err *e) MUST_USE;
/* Is any walk of the wave queued or active? */
int store_wave_open(struct db *db, int64_t campaign_id, int64_t wave, bool *ret, struct err *e) MUST_USE;
/* Members by phase: kept, not counted; all 0 when there is no such wave. */
int store_wave_count(struct db *db, int64_t campaign_id, int64_t wave, int64_t ret[PHASES],
		     struct err *e) MUST_USE;
int store_wave_moved(struct db *db, int64_t campaign_id, int64_t wave, const int64_t by[PHASES],
		     struct err *e) MUST_USE;
int store_wave_recount(struct db *db, int64_t campaign_id, struct err *e) MUST_USE;
/* Has it members of the scheme ("cpl", "ocpp")? */
int store_campaign_has(struct db *db, int64_t campaign_id, const char *scheme, bool *ret,
		       struct err *e) MUST_USE;

/* Members by set or station. *ret_added: how many. */
struct store_set_filter { /* NULL = any */
	int64_t set_id;   /* 0 = every component */
	const char *prefix, *site, *area;
	int64_t entry_id; /* 0 = any */
	const char *manufacturer, *model, *component;
};
int store_member_set(struct db *db, int64_t campaign_id, const struct store_set_filter *f, int64_t now,
		     int64_t *ret_added, struct err *e) MUST_USE;
/* set 0 = none; component NULL = all that report a version. */
int store_member_station(struct db *db, int64_t campaign_id, const char *station, int64_t set_id,
			 const char *component, int64_t now, int64_t *ret_added, struct err *e) MUST_USE;

/* Areas. at_once 0: no row. */
int store_area_get(struct db *db, const char *name, int64_t *ret_at_once, int64_t *ret_stations,
		   struct err *e) MUST_USE;
/* How many of its stations the caller sees. */
int store_area_seen(struct db *db, int64_t sees, const char *name, int64_t *ret, struct err *e) MUST_USE;
int store_area_put(struct db *db, const char *name, int64_t at_once, int64_t now, struct err *e) MUST_USE;
int store_area_drop(struct db *db, const char *name, struct err *e) MUST_USE;
/* Rows of area and how many of its stations are being walked. */
int store_area_busy(struct db *db, struct rows **ret, struct err *e) MUST_USE;
int store_area_busy_next(struct rows *r, char ret_name[AREA_NAME_SIZE], int64_t *ret_busy, bool *ret_got,
			 struct err *e) MUST_USE;
struct store_area {
	char name[AREA_NAME_SIZE];
	int64_t stations, at_once /* 0 = no row */, changed_at /* -1 */;
};
int store_area_list(struct db *db, int64_t sees, const char *after, int64_t limit, struct rows **ret,
		    struct err *e) MUST_USE;
int store_area_next(struct rows *r, struct store_area *ret, bool *ret_got, struct err *e) MUST_USE;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "core/campaign_waves.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "store/store_turn.h"

static int at_wave(struct err *e, size_t i, const char *member)
{
	char place[48];

	snprintf(place, sizeof place, "/waves/%zu%s%s", i, *member ? "/" : "", member);
	return err_at(e, place, 0, 0);
}

static int percent(const struct json *obj, size_t i, const char *name, int64_t min, int64_t otherwise,
		   int64_t *ret, struct err *e)
{
	const struct json *j = json_get(obj, name);

	*ret = j ? json_int(j, -1) : otherwise;
	if (!j || (json_kind(j) == JSON_INT && *ret >= min && *ret <= 100))
		return OK;
	err_set(e, ERR_JSON_FIELD, "'%s' is per cent, a whole number from %" PRId64 " to 100", name, min);
	return at_wave(e, i, name);
}

static int wave_read(const struct json *j, size_t i, int64_t before, struct wave *ret, struct err *e)
{
	static const char *const names[] = { "share", "failures", "soak", NULL };
	const struct json *soak = json_get(j, "soak");
	char place[32];

	snprintf(place, sizeof place, "/waves/%zu", i);
	if (json_kind(j) != JSON_OBJECT) {
		err_set(e, ERR_JSON_FIELD,
			"a wave is {\"share\": PERCENT, \"failures\": PERCENT, \"soak\": "
			"\"1h\"}");
		return at_wave(e, i, "");
	}
	if (json_only(j, names, place, e) || percent(j, i, "share", 1, -1, &ret->share, e) ||
	    percent(j, i, "failures", 0, WAVE_FAILURES_DEFAULT, &ret->failures, e))
		return (int)e->code;
	if (ret->share <= before) {
		err_set(
		    e, ERR_JSON_FIELD,
		    "'share' is how much of all sites is reached with this wave; it is more than with the "
		    "wave before");
		return at_wave(e, i, "share");
	}
	ret->soak_ms = 0;
	if (!soak)
		return OK;
	if (!json_text(soak) || parse_duration(json_text(soak), &ret->soak_ms, e) ||
	    ret->soak_ms > WAVE_SOAK_MAX_MS) {
		err_set(e, ERR_JSON_FIELD, "'soak' is a duration of at most 30 days, such as '1h'");
		return at_wave(e, i, "soak");
	}
	return OK;
}

int waves_read(const struct json *j, struct waves *ret, struct err *e)
{
	size_t n = json_kind(j) == JSON_ARRAY ? json_len(j) : 0;

	if (!n || n > WAVES_MAX) {
		err_set(e, ERR_JSON_FIELD, "'waves' is a list of 1 to %d waves", WAVES_MAX);
		return err_at(e, "/waves", 0, 0);
	}
	ret->n = (int)n;
	for (size_t i = 0; i < n; i++)
		if (wave_read(json_at(j, i), i, i ? ret->v[i - 1].share : 0, &ret->v[i], e))
			return (int)e->code;
	if (ret->v[n - 1].share == 100)
		return OK;
	err_set(e, ERR_JSON_FIELD, "the last wave reaches all: its 'share' is 100");
	return at_wave(e, n - 1, "share");
}

void waves_text(const struct waves *w, struct str *out)
{
	struct jw j = jw_start(out);

	if (!w->n)
		return;
	jw_arr(&j);
	for (int i = 0; i < w->n; i++) {
		jw_obj(&j);
		jw_kint(&j, "share", w->v[i].share);
		jw_kint(&j, "failures", w->v[i].failures);
		jw_kint(&j, "soak_ms", w->v[i].soak_ms);
		jw_end(&j);
	}
	jw_arr_end(&j);
}

int waves_parse(const char *text, struct waves *ret, struct err *e)
{
	OWN(json_free) struct json *j = NULL;

	ret->n = 0;
	if (!*text)
		return OK;
	if (json_parse(text, strlen(text), &j, e))
		return err_wrap(e, "stored waves");
	if (json_kind(j) != JSON_ARRAY || json_len(j) > WAVES_MAX)
		return err_set(e, ERR_STORE, "stored waves are not what this program writes");
	ret->n = (int)json_len(j);
	for (int i = 0; i < ret->n; i++) {
		const struct json *o = json_at(j, (size_t)i);

		ret->v[i] =
		    (struct wave){ json_int(json_get(o, "share"), 100), json_int(json_get(o, "failures"), 0),
				   json_int(json_get(o, "soak_ms"), 0) };
	}
	return OK;
}

int waves_assign(struct db *db, int64_t campaign_id, const struct waves *w, struct err *e)
{
	struct store_wave v[WAVES_MAX];

	for (int i = 0; i < w->n; i++)
		v[i] = (struct store_wave){ i + 1, w->v[i].share };
	return store_wave_assign(db, campaign_id, v, (size_t)w->n, e);
}

int waves_begin(struct db *db, struct store_campaign *k, int64_t now, struct err *e)
{
	k->wave = *k->waves ? 1 : 0;
	if (k->wave && store_wave_bar(db, k->id, e))
		return (int)e->code;
	/* Which moment a site gets depends on when the campaign was started. */
	return k->spread_ms ? store_wave_spread(db, k->id, k->wave, now, k->spread_ms, now % 1000003, e) : OK;
}

/* A wave of a million walks in one transaction would keep every other writer waiting. */
int waves_let(struct db *db, const struct store_campaign *k, int64_t now, struct err *e)
{
	return store_wave_let(db, k->id, k->wave, now, k->spread_ms, k->started_at % 1000003, WAVE_PART, e);
}

int waves_next(struct db *db, struct store_campaign *k, int64_t now, struct err *e)
{
	k->wave++;
	k->wave_at = -1;
	k->wave_forgiven = 0;
	return waves_let(db, k, now, e);
}

int waves_bad(struct db *db, const struct store_campaign *k, int64_t *ret_bad, int64_t *ret_of, struct err *e)
{
	int64_t n[PHASES], of = 0;

	if (store_wave_count(db, k->id, k->wave, n, e))
		return (int)e->code;
	for (int p = 0; p < PHASES; p++)
		of += p == PHASE_REFUSED ? 0 : n[p];
	*ret_bad = n[PHASE_FAILED] + n[PHASE_HELD] - k->wave_forgiven;
	*ret_of = of;
	return OK;
}

int waves_forgive(struct db *db, struct store_campaign *k, struct err *e)
{
	int64_t bad, of;

	if (!k->wave)
		return OK;
	if (waves_bad(db, k, &bad, &of, e))
		return (int)e->code;
	k->wave_forgiven += bad;
	return OK;
}

int waves_open(struct db *db, const struct store_campaign *k, bool *ret, struct err *e)
{
	bool open = false;

	for (int64_t i = 1; i <= k->wave && !open; i++)
		if (store_wave_open(db, k->id, i, &open, e))
			return (int)e->code;
	*ret = open;
	return OK;
}

static const char *state_of(const struct store_campaign *k, int64_t n)
{
	if (n > k->wave)
		return "waiting";
	if (n < k->wave || k->state == CAMPAIGN_DONE || k->state == CAMPAIGN_STOPPED)
		return "ended";
	return k->wave_at >= 0 ? "soaking" : "running";
}

int waves_json(struct db *db, const struct store_campaign *k, struct jw *w, struct err *e)
{
	struct waves v;
	int64_t n[PHASES];

	jw_key(w, "waves");
	if (waves_parse(k->waves, &v, e))
		return (int)e->code;
	if (!v.n) {
		jw_null(w);
		return OK;
	}
	jw_arr(w);
	for (int i = 0; i < v.n; i++) {
		if (store_wave_count(db, k->id, i + 1, n, e))
			return (int)e->code;
		jw_obj(w);
		jw_kint(w, "wave", i + 1);
		jw_kint(w, "share", v.v[i].share);
		jw_kint(w, "failures", v.v[i].failures);
		jw_kint(w, "soak_s", v.v[i].soak_ms / 1000);
		jw_kstr(w, "state", state_of(k, i + 1));
		jw_ktime(w, "next_at",
			 i + 1 == k->wave && k->wave_at >= 0 && i + 1 < v.n ? k->wave_at + v.v[i].soak_ms
									    : -1);
		for (int p = 0; p < PHASES; p++)
			jw_kint(w, cycle_phase_text[p], n[p]);
		jw_end(w);
	}
	jw_arr_end(w);
	return OK;
}

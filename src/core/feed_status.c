/* SPDX-License-Identifier: Apache-2.0 */
#include "core/feed_status.h"

#include "store/store_review.h"

const char *const feed_result_text[FEED_RESULTS + 1] = { "applied", "unchanged", "held", "failed", NULL };

static void counts_of(const struct store_visit *v, int64_t ret[FEED_RESULTS])
{
	ret[0] = v->n_applied;
	ret[1] = v->n_unchanged;
	ret[2] = v->n_held;
	ret[3] = v->n_failed;
}

int feed_visit_counts(struct db *db, int64_t ret[FEED_RESULTS], struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_visit v = { 0 };
	bool got;

	if (store_visit_get(db, "cpl", &r, &v, &got, e))
		return e->code;
	counts_of(&v, ret);
	return OK;
}

int feed_visit_json(struct db *db, bool inside, struct jw *w, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	int64_t n[FEED_RESULTS];
	struct store_visit v;
	bool got;

	if (store_visit_get(db, "cpl", &r, &v, &got, e))
		return e->code;
	if (!got) {
		jw_null(w);
		return OK;
	}
	counts_of(&v, n);
	jw_obj(w);
	jw_kstr(w, "feed", v.feed);
	jw_kstr(w, "result", v.result);
	jw_kbool(w, "failing", v.fails > 0);
	jw_kint(w, "failures", v.fails);
	jw_ktime(w, "tried_at", v.tried_at);
	jw_ktime(w, "good_at", v.good_at);
	jw_ktime(w, "since", v.since);
	jw_key(w, "visits");
	jw_obj(w);
	for (int i = 0; i < FEED_RESULTS; i++)
		jw_kint(w, feed_result_text[i], n[i]);
	jw_end(w);
	if (inside) {
		jw_kstr(w, "url", v.url);
		jw_kstr(w, "detail", *v.detail ? v.detail : NULL);
	}
	jw_end(w);
	return OK;
}

int feed_status_json(struct db *db, bool inside, struct str *out, struct err *e)
{
	STR(one, 16 * 1024);
	struct jw w = jw_start(out), w1 = jw_start(&one);

	if (feed_visit_json(db, inside, &w1, e))
		return e->code;
	jw_obj(&w);
	jw_key(&w, "feeds");
	jw_arr(&w);
	if (str_c(&one)[0] == '{')
		jw_raw(&w, str_c(&one), one.len);
	jw_arr_end(&w);
	jw_end(&w);
	str_addc(out, '\n');
	return OK;
}

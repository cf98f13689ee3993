/* SPDX-License-Identifier: Apache-2.0 */
/* Campaigns: the list, and one with its progress and the story of each device. Reading only. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/campaign.h"
#include "web/html.h"
#include "web/page.h"

#define CAMPAIGNS_PER_PAGE 25
#define DEVICES_PER_PAGE 50

/* The cursor of the next page as the list itself tells it. */
static int next_of(const struct str *list, char *buf, size_t size, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	const char *next;

	if (json_parse(str_c(list), list->len, &j, e))
		return e->code;
	next = json_text(json_get(j, "next"));
	str_copy(buf, size, next ? next : "");
	return OK;
}

int page_campaigns(struct req *rq, struct resp *rs, struct err *e)
{
	const char *state = req_query(rq, "state"), *cursor = req_query(rq, "cursor");
	struct page_head head = { .section = "campaigns", .title = "Campaigns" };
	OWN(page_done) struct page p = { 0 };
	STR(list, 4 * MIB);
	STR(href, 4 * KIB);
	char next[512];
	struct db *db;

	if (req_db(rq, &db, e) ||
	    campaigns_json(db, scope_read(&rq->who), state, cursor, CAMPAIGNS_PER_PAGE, &list, e) ||
	    next_of(&list, next, sizeof next, e))
		return e->code;
	rs->cache = CACHE_CHECK;
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	page_raw(&p, "list", &list);
	str_add(&href, "/campaigns");
	link_query(&href, "state", state);
	link_query(&href, "cursor", next);
	page_links(&p, cursor ? "/campaigns" : NULL, *next ? str_c(&href) : NULL);
	return page_end(&p, "campaigns", NULL, e);
}

/* Lines of objects as an array: texts in JSON hold no raw line ends. */
static void page_lines(struct page *p, const char *name, struct str *ndjson)
{
	for (size_t i = 0; i + 1 < ndjson->len; i++)
		if (ndjson->p[i] == '\n')
			ndjson->p[i] = ',';
	jw_key(&p->w, name);
	jw_arr(&p->w);
	if (ndjson->len)
		jw_raw(&p->w, str_c(ndjson), ndjson->len);
	jw_arr_end(&p->w);
}

/* The campaign without its list of members, which may be very long; the report names each. */
static int put_campaign(struct page *p, const struct str *campaign, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	const struct json *v;
	const char *name;

	if (json_parse(str_c(campaign), campaign->len, &j, e))
		return e->code;
	jw_key(&p->w, "campaign");
	jw_obj(&p->w);
	for (size_t i = 0; (name = json_member(j, i, &v)); i++) {
		STR(text, 4 * MIB);

		if (!strcmp(name, "members"))
			continue;
		json_print(v, &text, false);
		jw_key(&p->w, name);
		jw_raw(&p->w, str_c(&text), text.len);
	}
	jw_end(&p->w);
	return OK;
}

static void campaign_href(struct str *href, int64_t id, const char *phase, int64_t after)
{
	char n[24];

	snprintf(n, sizeof n, "%" PRId64, after);
	str_clear(href);
	str_addf(href, "/campaigns/%" PRId64, id);
	link_query(href, "phase", phase);
	link_query(href, "after", after ? n : NULL);
}

static void put_phases(struct page *p, int64_t id, const char *chosen)
{
	static const char *const phases[] = { "queued", "active",  "held",    "done",
					      "failed", "refused", "stopped", NULL };
	STR(href, 4 * KIB);

	jw_key(&p->w, "phases");
	jw_arr(&p->w);
	for (size_t i = 0; phases[i]; i++) {
		campaign_href(&href, id, phases[i], 0);
		jw_obj(&p->w);
		jw_kstr(&p->w, "phase", phases[i]);
		jw_kstr(&p->w, "href", str_c(&href));
		jw_kbool(&p->w, "chosen", chosen && !strcmp(chosen, phases[i]));
		jw_end(&p->w);
	}
	jw_arr_end(&p->w);
}

static void put_live(struct page *p, int64_t id, const struct campaign_progress *pr, const char *phase,
		     int64_t after)
{
	STR(href, 4 * KIB);

	jw_key(&p->w, "live");
	jw_obj(&p->w);
	jw_kint(&p->w, "id", id);
	jw_kint(&p->w, "total", pr->total > 0 ? pr->total : 1);
	jw_kbool(&p->w, "moving", !strcmp(pr->state, "running") || pr->active > 0);
	jw_kstr(&p->w, "phase", phase);
	campaign_href(&href, id, phase, after);
	jw_kstr(&p->w, "href", str_c(&href));
	campaign_href(&href, id, NULL, 0);
	jw_kstr(&p->w, "all", str_c(&href));
	jw_end(&p->w);
}

int page_campaign(struct req *rq, struct resp *rs, struct err *e)
{
	static const struct crumb crumbs[] = { { "/campaigns", "Campaigns" }, { NULL, NULL } };
	const struct snapshot *s = catalog_current(rq->view);
	const char *phase = req_query(rq, "phase");
	struct page_head head = { .section = "campaigns", .crumbs = crumbs };
	OWN(page_done) struct page p = { 0 };
	struct campaign_progress pr;
	char title[200];
	STR(campaign, 20 * MIB);
	STR(progress, 64 * KIB);
	STR(story, 8 * MIB);
	STR(next, 4 * KIB);
	STR(prev, 4 * KIB);
	int64_t id, after, last;
	struct db *db;

	if (req_query_int(rq, "after", 0, INT64_MAX, 0, &after, e) || req_db(rq, &db, e) ||
	    campaign_find(db, scope_read(&rq->who), rq->arg[0], &id, e) ||
	    campaign_json(db, s, id, rq->now, rq->app->image_dir, &campaign, e) ||
	    campaign_progress(db, id, rq->now, &pr, e) ||
	    campaign_report(db, s, id, phase, after, DEVICES_PER_PAGE, &story, &last, e))
		return e->code;
	campaign_progress_json(&pr, &progress);
	snprintf(title, sizeof title, "Campaign %.128s", pr.name);
	head.title = title;
	page_begin(&p, rq, rs, s, &head);
	if (put_campaign(&p, &campaign, e))
		return e->code;
	page_raw(&p, "progress", &progress);
	page_lines(&p, "story", &story);
	put_live(&p, id, &pr, phase, after);
	put_phases(&p, id, phase);
	campaign_href(&next, id, phase, last);
	campaign_href(&prev, id, phase, 0);
	page_links(&p, after ? str_c(&prev) : NULL, last ? str_c(&next) : NULL);
	return page_end(&p, "campaign", NULL, e);
}

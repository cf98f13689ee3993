/* SPDX-License-Identifier: Apache-2.0 */
/* How a page is made: begin, write members into the open JSON object, end with the name of a template.
 * Private to the pages. */
#ifndef FIRPATH_WEB_PAGE_H
#define FIRPATH_WEB_PAGE_H

#include "core/lookup.h"
#include "http/http.h"
#include "web/picture.h"
#include "web/template.h"
#include "web/web.h"

#define PAGE_JSON_MAX (16 * MIB)

struct asset {
	const char *role; /* "css", "js", "session", "icon": the name that templates use */
	const char *file; /* in web/ */
	const char *type;
	char href[96]; /* "/assets/firpath-0123456789ab.css" */
	const char *p;
	size_t len;
	char *gz; /* owned; NULL when packing does not pay */
	size_t gz_len;
};
#define ASSETS 5

struct web {
	struct template_set *templates; /* owned */
	struct template_file *files;    /* owned; what the set was made from */
	struct pictures *pictures;      /* owned */
	struct asset assets[ASSETS];
};

struct page {
	struct req *rq;
	struct resp *rs;
	const struct snapshot *snap; /* borrowed */
	struct str json;             /* owned */
	struct jw w;
};
void page_done(struct page *p);
DEFINE_OWN_VAL(struct page, page_done)

struct crumb {
	const char *href, *text; /* href NULL ends the list */
};
struct page_head {
	const char *section; /* which entry of the navigation is current: "path", "models", ... or NULL */
	const char *title;
	bool error;                 /* the title starts with "Error:" */
	const struct crumb *crumbs; /* or NULL */
};

/* Opens the object and writes page, site, nav, catalog and notice. snap may be NULL (no catalogue at hand).
 */
void page_begin(struct page *p, struct req *rq, struct resp *rs, const struct snapshot *snap,
		const struct page_head *head);
/* Closes it and renders. raw as for template_render. */
int page_end(struct page *p, const char *template_name, const struct template_raw *raw,
	     struct err *e) MUST_USE;
/* A member that is JSON already: one value, a newline behind it does not matter. */
void page_raw(struct page *p, const char *name, const struct str *json);
/* "pages":{"prev","next"}: links of a list; either may be NULL. */
void page_links(struct page *p, const char *prev, const char *next);
/* "banner": a notification at the head of the page ({{>banner}}); href with its link text, or both NULL. Call
 * it at most once, with text NULL for no banner. */
void page_banner(struct page *p, bool success, const char *text, const char *href, const char *link);
/* Percent-encoded "name=value" with '?' or '&' before it; nothing when value is NULL. */
void link_query(struct str *href, const char *name, const char *value);
/* A message as a sentence: a capital first, a full stop last. */
void page_sentence(char *buf, size_t size, const char *msg);
/* Blocks that stand on a model, as "blocks":[...]. */
void page_blocks(struct page *p, uint32_t model);

/* Is there such a page ("/bulk", as in its row), and may whoever asks see it? Links lead nowhere else. */
bool page_may(const struct req *rq, const char *pattern);

/* Is there such a page at all? */
bool page_is(const char *pattern);

/* Where to go on after signing in: an address of this service, or "/". */
#define PAGE_NEXT_MAX 1000 /* bytes of it */
const char *page_next_ok(const char *s);

struct web *web_of(const struct req *rq);

int page_home(struct req *rq, struct resp *rs, struct err *e);
int page_search(struct req *rq, struct resp *rs, struct err *e);
int page_path(struct req *rq, struct resp *rs, struct err *e);
int page_models(struct req *rq, struct resp *rs, struct err *e);
int page_model(struct req *rq, struct resp *rs, struct err *e);
int page_entry(struct req *rq, struct resp *rs, struct err *e);
int page_campaigns(struct req *rq, struct resp *rs, struct err *e);
int page_campaign(struct req *rq, struct resp *rs, struct err *e);
int page_imports(struct req *rq, struct resp *rs, struct err *e);
int page_imports_post(struct req *rq, struct resp *rs, struct err *e);
int page_import(struct req *rq, struct resp *rs, struct err *e);
int page_import_post(struct req *rq, struct resp *rs, struct err *e);
int page_changes(struct req *rq, struct resp *rs, struct err *e);
int page_health(struct req *rq, struct resp *rs, struct err *e);
int page_help(struct req *rq, struct resp *rs, struct err *e);
int page_accessibility(struct req *rq, struct resp *rs, struct err *e);
int page_bulk(struct req *rq, struct resp *rs, struct err *e);
int page_bulk_post(struct req *rq, struct resp *rs, struct err *e);
int page_bulk_drop(struct req *rq, struct resp *rs, struct err *e);
int page_proposals(struct req *rq, struct resp *rs, struct err *e);
int page_proposal(struct req *rq, struct resp *rs, struct err *e);
int page_proposal_post(struct req *rq, struct resp *rs, struct err *e);
int page_propose(struct req *rq, struct resp *rs, struct err *e);
int page_propose_post(struct req *rq, struct resp *rs, struct err *e);
int page_revise_items(struct req *rq, struct resp *rs, struct err *e);
int page_revise_items_post(struct req *rq, struct resp *rs, struct err *e);
int page_block_new(struct req *rq, struct resp *rs, struct err *e);
int page_block_new_post(struct req *rq, struct resp *rs, struct err *e);
int page_block(struct req *rq, struct resp *rs, struct err *e);
int page_block_post(struct req *rq, struct resp *rs, struct err *e);
int page_risk(struct req *rq, struct resp *rs, struct err *e);
int page_ssc(struct req *rq, struct resp *rs, struct err *e);
int page_ssc_entry(struct req *rq, struct resp *rs, struct err *e);
int page_ssc_entry_post(struct req *rq, struct resp *rs, struct err *e);
int page_ssc_note(struct req *rq, struct resp *rs, struct err *e);
int page_developers(struct req *rq, struct resp *rs, struct err *e);
int page_security(struct req *rq, struct resp *rs, struct err *e);
int page_licences(struct req *rq, struct resp *rs, struct err *e);
int page_status(struct req *rq, struct resp *rs, struct err *e);
int page_security_txt(struct req *rq, struct resp *rs, struct err *e);
int page_work(struct req *rq, struct resp *rs, struct err *e);
int page_sign_in(struct req *rq, struct resp *rs, struct err *e);
int page_sign_out(struct req *rq, struct resp *rs, struct err *e);
int page_account(struct req *rq, struct resp *rs, struct err *e);
int page_password(struct req *rq, struct resp *rs, struct err *e);
int page_session_end(struct req *rq, struct resp *rs, struct err *e);
int page_token_new(struct req *rq, struct resp *rs, struct err *e);
int page_token_revoke(struct req *rq, struct resp *rs, struct err *e);
int page_users(struct req *rq, struct resp *rs, struct err *e);
int page_user_new(struct req *rq, struct resp *rs, struct err *e);
int page_user(struct req *rq, struct resp *rs, struct err *e);
int page_org_new(struct req *rq, struct resp *rs, struct err *e);
int page_org(struct req *rq, struct resp *rs, struct err *e);
/* The form of signing in, for whoever is nobody and came to a page that needs somebody, and then there again.
 * The status stays as it is; the store is not asked. */
int sign_in_page(struct req *rq, struct resp *rs, struct err *e) MUST_USE;
int page_webhooks(struct req *rq, struct resp *rs, struct err *e);
int page_webhook_new(struct req *rq, struct resp *rs, struct err *e);
int page_webhook(struct req *rq, struct resp *rs, struct err *e);
int page_webhook_do(struct req *rq, struct resp *rs, struct err *e);
int page_watching(struct req *rq, struct resp *rs, struct err *e);
int page_watching_do(struct req *rq, struct resp *rs, struct err *e);
int page_callouts(struct req *rq, struct resp *rs, struct err *e);
int page_callout_new(struct req *rq, struct resp *rs, struct err *e);
int page_callout(struct req *rq, struct resp *rs, struct err *e);
int page_service_levels(struct req *rq, struct resp *rs, struct err *e);
int page_exports(struct req *rq, struct resp *rs, struct err *e);
int page_workspace(struct req *rq, struct resp *rs, struct err *e);
int page_audit(struct req *rq, struct resp *rs, struct err *e);
int page_diff(struct req *rq, struct resp *rs, struct err *e);
int page_oidc(struct req *rq, struct resp *rs, struct err *e);
int page_oidc_back(struct req *rq, struct resp *rs, struct err *e);
int page_vehicles(struct req *rq, struct resp *rs, struct err *e);
int page_vehicles_post(struct req *rq, struct resp *rs, struct err *e);
int page_vehicle(struct req *rq, struct resp *rs, struct err *e);
int page_console(struct req *rq, struct resp *rs, struct err *e);
int page_console_post(struct req *rq, struct resp *rs, struct err *e);
int page_meters(struct req *rq, struct resp *rs, struct err *e);
int page_meter(struct req *rq, struct resp *rs, struct err *e);
int page_meter_post(struct req *rq, struct resp *rs, struct err *e);
int page_meter_story(struct req *rq, struct resp *rs, struct err *e);
int page_han_rules(struct req *rq, struct resp *rs, struct err *e);
int page_han_rules_post(struct req *rq, struct resp *rs, struct err *e);
int page_dcc(struct req *rq, struct resp *rs, struct err *e);
int page_dcc_post(struct req *rq, struct resp *rs, struct err *e);
int page_fleet_report(struct req *rq, struct resp *rs, struct err *e);
int page_stations(struct req *rq, struct resp *rs, struct err *e);
int page_stations_post(struct req *rq, struct resp *rs, struct err *e);
int page_station(struct req *rq, struct resp *rs, struct err *e);
int page_station_post(struct req *rq, struct resp *rs, struct err *e);
int page_story(struct req *rq, struct resp *rs, struct err *e);
int page_releases(struct req *rq, struct resp *rs, struct err *e);
int page_release(struct req *rq, struct resp *rs, struct err *e);
int page_release_post(struct req *rq, struct resp *rs, struct err *e);
int page_sets(struct req *rq, struct resp *rs, struct err *e);
int page_set(struct req *rq, struct resp *rs, struct err *e);
int page_vcs(struct req *rq, struct resp *rs, struct err *e);
int page_vcs_post(struct req *rq, struct resp *rs, struct err *e);
int page_vc(struct req *rq, struct resp *rs, struct err *e);
int page_vc_post(struct req *rq, struct resp *rs, struct err *e);
int page_asset(struct req *rq, struct resp *rs, struct err *e);

#endif

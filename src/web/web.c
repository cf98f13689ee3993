/* SPDX-License-Identifier: Apache-2.0 */
#include "web/web.h"
#include "core/release.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "base/digest.h"
#include "core/checklist.h"
#include "core/webhook.h"
#include "web/files.h"
#include "web/form.h"
#include "web/page.h"
#include "web/words.h"

#define FOLDER "templates/"
#define SUFFIX ".html"

#define ROLES_IMPORTS (ROLES_SECAS | ROLE_SSC | ROLE_OPERATOR | ROLE_AUDITOR)

/* clang-format off */
const struct route web_routes[] = {
	/* method, address, role, flags, query, content types, body limit, handler */
	{ "GET", "/",               ROLE_PUBLIC, ROUTE_PAGE, "", "", 0, page_home },
	{ "GET", "/search",         ROLE_PUBLIC, ROUTE_PAGE, "q at", "", 0, page_search },
	{ "GET", "/path",           ROLE_PUBLIC, ROUTE_PAGE, "from to at prefer allow_removed", "", 0, page_path },
	{ "GET", "/models",         ROLE_PUBLIC, ROUTE_PAGE, "manufacturer page at", "", 0, page_models },
	{ "GET", "/models/{}",      ROLE_PUBLIC, ROUTE_PAGE, "around at", "", 0, page_model },
	{ "GET", "/entries/{}",     ROLE_PUBLIC, ROUTE_PAGE, "at", "", 0, page_entry },
	{ "GET", "/campaigns",      ROLES_FLEET_READ, ROUTE_PAGE, "state cursor", "", 0, page_campaigns },
	{ "GET", "/campaigns/{}",   ROLES_FLEET_READ, ROUTE_PAGE, "phase after", "", 0, page_campaign },
	{ "GET", "/vehicles",       ROLES_FLEET_READ, ROUTE_PAGE | ROUTE_NO_ETAG, "cursor", "", 0, page_vehicles },
	{ "POST", "/vehicles",      ROLES_FLEET, ROUTE_PAGE, "", FORM_TYPE, FORM_BODY, page_vehicles_post },
	{ "GET", "/vehicles/{}",    ROLES_FLEET_READ, ROUTE_PAGE | ROUTE_NO_ETAG, "org", "", 0, page_vehicle },
	{ "GET", "/vehicles/{}/console", ROLES_FLEET_READ, ROUTE_PAGE | ROUTE_NO_ETAG, "level bb every org", "", 0, page_console },
	{ "POST", "/vehicles/{}/console", ROLES_FLEET, ROUTE_PAGE, "org", FORM_TYPE, FORM_BODY, page_console_post },
	{ "GET", "/meters",         ROLES_FLEET_READ, ROUTE_PAGE | ROUTE_NO_ETAG, "q type authority quarantine cursor", "", 0, page_meters },
	{ "GET", "/meters/{}",      ROLES_FLEET_READ, ROUTE_PAGE | ROUTE_NO_ETAG, "done", "", 0, page_meter },
	{ "POST", "/meters/{}",     ROLES_FLEET, ROUTE_PAGE, "", FORM_TYPE, FORM_BODY, page_meter_post },
	{ "GET", "/meters/{}/story", ROLES_FLEET_READ, ROUTE_PAGE | ROUTE_NO_ETAG, "job cursor", "", 0, page_meter_story },
	{ "GET", "/han-rules",      ROLES_FLEET_READ | ROLES_SECAS, ROUTE_PAGE | ROUTE_NO_ETAG, "cursor", "", 0, page_han_rules },
	{ "POST", "/han-rules",     ROLE_OPERATOR | ROLES_SECAS, ROUTE_PAGE, "", FORM_TYPE, FORM_BODY, page_han_rules_post },
	{ "GET", "/dcc",            ROLES_FLEET_READ, ROUTE_PAGE | ROUTE_NO_ETAG, "done", "", 0, page_dcc },
	{ "POST", "/dcc",           ROLES_FLEET, ROUTE_PAGE, "", FORM_TYPE, FORM_BODY, page_dcc_post },
	{ "GET", "/reports/fleet",  ROLES_FLEET_READ, ROUTE_PAGE | ROUTE_NO_ETAG, "group class adapter days", "", 0, page_fleet_report },
	{ "GET", "/stations",       ROLES_FLEET_READ, ROUTE_PAGE | ROUTE_NO_ETAG, "q area connected quarantine cursor", "", 0, page_stations },
	{ "POST", "/stations",      ROLES_FLEET, ROUTE_PAGE, "", FORM_TYPE, FORM_BODY, page_stations_post },
	{ "GET", "/stations/{}",    ROLES_FLEET_READ, ROUTE_PAGE | ROUTE_NO_ETAG, "done", "", 0, page_station },
	{ "POST", "/stations/{}",   ROLES_FLEET, ROUTE_PAGE, "", FORM_TYPE, FORM_BODY, page_station_post },
	{ "GET", "/stations/{}/story", ROLES_FLEET_READ, ROUTE_PAGE | ROUTE_NO_ETAG, "job since", "", 0, page_story },
	{ "GET", "/releases",       ROLES_PEOPLE, ROUTE_PAGE | ROUTE_NO_ETAG, "vendor model component state part part_version cursor", "", 0, page_releases },
	{ "GET", "/releases/{}",    ROLES_PEOPLE, ROUTE_PAGE | ROUTE_NO_ETAG, "", "", 0, page_release },
	{ "POST", "/releases/{}",   RELEASE_MAKERS | ROLE_APPROVER, ROUTE_PAGE, "", FORM_TYPE, FORM_BODY, page_release_post },
	{ "GET", "/sets",           ROLES_FLEET_READ, ROUTE_PAGE | ROUTE_NO_ETAG, "cursor", "", 0, page_sets },
	{ "GET", "/sets/{}",        ROLES_FLEET_READ, ROUTE_PAGE | ROUTE_NO_ETAG, "station", "", 0, page_set },
	{ "GET", "/vcs",            ROLES_FLEET_READ, ROUTE_PAGE | ROUTE_NO_ETAG, "gone", "", 0, page_vcs },
	{ "POST", "/vcs",           ROLES_FLEET, ROUTE_PAGE, "", FORM_FILE_TYPE, 64 * MIB, page_vcs_post },
	{ "GET", "/vcs/{}",         ROLES_FLEET_READ, ROUTE_PAGE | ROUTE_NO_ETAG, "done", "", 0, page_vc },
	{ "POST", "/vcs/{}",        ROLES_FLEET, ROUTE_PAGE, "", FORM_TYPE, FORM_BODY, page_vc_post },
	{ "GET", "/imports",        ROLES_IMPORTS, ROUTE_PAGE | ROUTE_NO_ETAG, "before", "", 0, page_imports },
	{ "POST", "/imports",       ROLES_SECAS, ROUTE_PAGE, "", FORM_FILE_TYPE, 16 * MIB, page_imports_post },
	{ "GET", "/imports/{}",     ROLES_IMPORTS, ROUTE_PAGE | ROUTE_NO_ETAG, "done", "", 0, page_import },
	{ "POST", "/imports/{}/{}", ROLES_SECAS, ROUTE_PAGE, "", FORM_TYPE, FORM_BODY, page_import_post },
	{ "GET", "/changes",        ROLE_PUBLIC, ROUTE_PAGE, "before", "", 0, page_changes },
	{ "GET", "/changes/diff",   ROLE_PUBLIC, ROUTE_PAGE, "at to", "", 0, page_diff },
	{ "GET", "/audit",          ROLES_PEOPLE, ROUTE_PAGE, "who action subject revision before check", "", 0, page_audit },
	{ "GET", "/data-health",    ROLE_PUBLIC, ROUTE_PAGE, "", "", 0, page_health },
	{ "GET", "/help",           ROLE_PUBLIC, ROUTE_PAGE, "", "", 0, page_help },
	{ "GET", "/accessibility",  ROLE_PUBLIC, ROUTE_PAGE, "", "", 0, page_accessibility },
	{ "GET", "/bulk",           ROLE_PUBLIC, ROUTE_PAGE, "", "", 0, page_bulk },
	{ "POST", "/bulk",          ROLE_PUBLIC, ROUTE_PAGE | ROUTE_NO_ETAG, "", FORM_TYPE " " FORM_FILE_TYPE, 4 * CHECKLIST_TEXT_MAX, page_bulk_post },
	{ "POST", "/bulk/{}/remove", ROLES_PEOPLE, ROUTE_PAGE, "", FORM_TYPE, FORM_BODY, page_bulk_drop },
	{ "GET", "/proposals",      ROLES_PEOPLE, ROUTE_PAGE, "state mine before", "", 0, page_proposals },
	{ "GET", "/proposals/new",  ROLES_PROPOSE, ROUTE_PAGE, "entry what", "", 0, page_propose },
	{ "POST", "/proposals/new", ROLES_PROPOSE, ROUTE_PAGE, "", FORM_TYPE, 4 * FORM_BODY, page_propose_post },
	{ "GET", "/proposals/{}",   ROLES_PEOPLE, ROUTE_PAGE, "done", "", 0, page_proposal },
	{ "GET", "/proposals/{}/edit", ROLES_PROPOSE, ROUTE_PAGE | ROUTE_NO_ETAG, "", "", 0, page_propose },
	{ "POST", "/proposals/{}/edit", ROLES_PROPOSE, ROUTE_PAGE, "", FORM_TYPE, 4 * FORM_BODY, page_propose_post },
	{ "GET", "/proposals/{}/items", ROLES_PROPOSE, ROUTE_PAGE | ROUTE_NO_ETAG, "", "", 0, page_revise_items },
	{ "POST", "/proposals/{}/items", ROLES_PROPOSE, ROUTE_PAGE, "", FORM_TYPE, 4 * FORM_BODY, page_revise_items_post },
	{ "POST", "/proposals/{}/{}", ROLES_PROPOSE | ROLE_APPROVER | ROLE_SSC, ROUTE_PAGE, "", FORM_TYPE, FORM_BODY, page_proposal_post },
	{ "GET", "/blocks/new",     ROLE_SSC | ROLES_SECAS, ROUTE_PAGE, "entry from", "", 0, page_block_new },
	{ "POST", "/blocks/new",    ROLE_SSC | ROLES_SECAS, ROUTE_PAGE, "", FORM_TYPE, FORM_BODY, page_block_new_post },
	{ "GET", "/blocks/{}",      ROLE_SSC | ROLES_SECAS | ROLE_AUDITOR, ROUTE_PAGE | ROUTE_NO_ETAG, "done", "", 0, page_block },
	{ "POST", "/blocks/{}/{}",  ROLE_SSC | ROLES_SECAS, ROUTE_PAGE, "", FORM_TYPE, FORM_BODY, page_block_post },
	{ "GET", "/risk",           ROLE_SSC | ROLES_SECAS | ROLE_AUDITOR, ROUTE_PAGE | ROUTE_NO_ETAG, "before", "", 0, page_risk },
	{ "GET", "/ssc",            ROLE_SSC, ROUTE_PAGE | ROUTE_NO_ETAG, "before done", "", 0, page_ssc },
	{ "POST", "/ssc",           ROLE_SSC, ROUTE_PAGE | ROUTE_NO_ETAG, "", FORM_TYPE, FORM_BODY, page_ssc },
	{ "GET", "/ssc/{}",         ROLE_SSC | ROLE_MANUFACTURER, ROUTE_PAGE | ROUTE_NO_ETAG, "done", "", 0, page_ssc_entry },
	{ "POST", "/ssc/{}",        ROLE_SSC | ROLE_MANUFACTURER, ROUTE_PAGE | ROUTE_NO_ETAG, "", FORM_TYPE, FORM_BODY, page_ssc_entry_post },
	{ "GET", "/ssc/notes/new",  ROLE_SSC | ROLE_MANUFACTURER, ROUTE_PAGE | ROUTE_NO_ETAG, "entry", "", 0, page_ssc_note },
	{ "POST", "/ssc/notes/new", ROLE_SSC | ROLE_MANUFACTURER, ROUTE_PAGE | ROUTE_NO_ETAG, "", FORM_TYPE, FORM_BODY, page_ssc_note },
	{ "GET", "/developers",     ROLE_PUBLIC, ROUTE_PAGE, "", "", 0, page_developers },
	{ "GET", "/security",       ROLE_PUBLIC, ROUTE_PAGE, "", "", 0, page_security },
	{ "GET", "/licences",       ROLE_PUBLIC, ROUTE_PAGE, "", "", 0, page_licences },
	{ "GET", "/status",         ROLE_PUBLIC, ROUTE_PAGE | ROUTE_NO_ETAG, "", "", 0, page_status },
	{ "GET", "/work",           ROLES_PEOPLE, ROUTE_PAGE, "", "", 0, page_work },
	{ "GET", "/.well-known/security.txt", ROLE_PUBLIC, ROUTE_PAGE, "", "", 0, page_security_txt },
	{ "GET", "/call-outs",      ROLE_PUBLIC, ROUTE_PAGE, "state mine todo before", "", 0, page_callouts },
	{ "GET", "/call-outs/new",  ROLES_PEOPLE, ROUTE_PAGE, "kind from to", "", 0, page_callout_new },
	{ "POST", "/call-outs/new", ROLES_PEOPLE, ROUTE_PAGE, "", FORM_TYPE, FORM_BODY, page_callout_new },
	{ "GET", "/call-outs/{}",   ROLE_PUBLIC, ROUTE_PAGE, "done", "", 0, page_callout },
	{ "POST", "/call-outs/{}",  ROLES_PEOPLE, ROUTE_PAGE, "", FORM_TYPE, FORM_BODY, page_callout },
	{ "GET", "/service-levels", ROLE_PUBLIC, ROUTE_PAGE, "", "", 0, page_service_levels },
	{ "GET", "/exports",        ROLE_PUBLIC, ROUTE_PAGE, "", "", 0, page_exports },
	{ "POST", "/exports",       ROLE_PUBLIC, ROUTE_PAGE, "", FORM_TYPE, FORM_BODY, page_exports },
	{ "GET", "/workspace",      ROLE_MANUFACTURER, ROUTE_PAGE, "done", "", 0, page_workspace },
	{ "POST", "/workspace",     ROLE_MANUFACTURER, ROUTE_PAGE, "", FORM_TYPE, FORM_BODY, page_workspace },
	{ "GET",  "/sign-in",       ROLE_PUBLIC, ROUTE_PAGE, "next", "", 0, page_sign_in },
	{ "GET",  "/sign-in/oidc",  ROLE_PUBLIC, ROUTE_PAGE, "next", "", 0, page_oidc },
	{ "GET",  "/sign-in/oidc/back", ROLE_PUBLIC, ROUTE_PAGE, "code state iss error error_description error_uri session_state scope authuser hd prompt", "", 0, page_oidc_back },
	{ "POST", "/sign-in",       ROLE_PUBLIC, ROUTE_PAGE, "", FORM_TYPE, FORM_BODY, page_sign_in },
	{ "POST", "/sign-out",      ROLE_PUBLIC, ROUTE_PAGE, "", FORM_TYPE, FORM_BODY, page_sign_out },
	{ "GET",  "/account",       ROLES_PEOPLE, ROUTE_PAGE, "done", "", 0, page_account },
	{ "GET",  "/account/password", ROLES_PEOPLE, ROUTE_PAGE, "", "", 0, page_password },
	{ "POST", "/account/password", ROLES_PEOPLE, ROUTE_PAGE, "", FORM_TYPE, FORM_BODY, page_password },
	{ "POST", "/account/sessions/{}/end", ROLES_PEOPLE, ROUTE_PAGE, "", FORM_TYPE, FORM_BODY, page_session_end },
	{ "GET",  "/account/tokens/new", ROLES_PEOPLE, ROUTE_PAGE, "", "", 0, page_token_new },
	{ "POST", "/account/tokens/new", ROLES_PEOPLE, ROUTE_PAGE, "", FORM_TYPE, FORM_BODY, page_token_new },
	{ "POST", "/account/tokens/{}/revoke", ROLES_PEOPLE, ROUTE_PAGE, "", FORM_TYPE, FORM_BODY, page_token_revoke },
	{ "GET",  "/users",         ROLE_OPERATOR | ROLE_AUDITOR, ROUTE_PAGE, "cursor done", "", 0, page_users },
	{ "GET",  "/users/new",     ROLE_OPERATOR, ROUTE_PAGE, "", "", 0, page_user_new },
	{ "POST", "/users/new",     ROLE_OPERATOR, ROUTE_PAGE, "", FORM_TYPE, FORM_BODY, page_user_new },
	{ "GET",  "/users/{}",      ROLE_OPERATOR, ROUTE_PAGE, "done", "", 0, page_user },
	{ "POST", "/users/{}",      ROLE_OPERATOR, ROUTE_PAGE, "", FORM_TYPE, FORM_BODY, page_user },
	{ "GET",  "/organisations/new", ROLE_OPERATOR, ROUTE_PAGE, "", "", 0, page_org_new },
	{ "POST", "/organisations/new", ROLE_OPERATOR, ROUTE_PAGE, "", FORM_TYPE, FORM_BODY, page_org_new },
	{ "GET",  "/organisations/{}",  ROLE_OPERATOR, ROUTE_PAGE, "", "", 0, page_org },
	{ "POST", "/organisations/{}",  ROLE_OPERATOR, ROUTE_PAGE, "", FORM_TYPE, FORM_BODY, page_org },
	{ "GET", "/webhooks",       ROLES_PEOPLE, ROUTE_PAGE | ROUTE_NO_ETAG, "", "", 0, page_webhooks },
	{ "GET", "/webhooks/new",   ROLES_HOOKS, ROUTE_PAGE, "", "", 0, page_webhook_new },
	{ "POST", "/webhooks/new",  ROLES_HOOKS, ROUTE_PAGE | ROUTE_NO_ETAG, "", FORM_TYPE, FORM_BODY, page_webhook_new },
	{ "GET", "/webhooks/{}",    ROLES_PEOPLE, ROUTE_PAGE | ROUTE_NO_ETAG, "state before done", "", 0, page_webhook },
	{ "POST", "/webhooks/{}",   ROLES_HOOKS, ROUTE_PAGE | ROUTE_NO_ETAG, "", FORM_TYPE, FORM_BODY, page_webhook_do },
	{ "GET", "/watching",       ROLES_PEOPLE, ROUTE_PAGE | ROUTE_NO_ETAG, "", "", 0, page_watching },
	{ "POST", "/watching",      ROLES_PEOPLE, ROUTE_PAGE | ROUTE_NO_ETAG, "", FORM_TYPE, FORM_BODY, page_watching_do },
	{ "GET", "/assets/{}",      ROLE_PUBLIC, ROUTE_PAGE | ROUTE_NO_ETAG, "", "", 0, page_asset },
	{ .method = NULL },
};
static const struct asset asset_list[ASSETS] = {
	{ .role = "css",  .file = "dist/firpath.css", .type = "text/css; charset=utf-8" },
	{ .role = "js",   .file = "js/live.js",       .type = "text/javascript; charset=utf-8" },
	{ .role = "session", .file = "js/session.js", .type = "text/javascript; charset=utf-8" },
	{ .role = "console", .file = "js/console.js", .type = "text/javascript; charset=utf-8" },
	{ .role = "icon", .file = "img/icon.svg",     .type = "image/svg+xml" },
};
/* clang-format on */

/* zlib's gzip form; kept only when it is smaller. */
static void asset_pack(struct asset *a)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)a->p, .avail_in = (uInt)a->len };
	size_t room = a->len + 64;

	a->gz = mem_alloc(room);
	z.next_out = (Bytef *)a->gz;
	z.avail_out = (uInt)room;
	if (deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK ||
	    deflate(&z, Z_FINISH) != Z_STREAM_END || z.total_out >= a->len) {
		free(a->gz);
		a->gz = NULL;
	}
	a->gz_len = z.total_out;
	deflateEnd(&z);
}

/* The address holds the first digits of the content's hash, so it may be kept for a year. */
static void asset_make(struct asset *a)
{
	const char *base = strrchr(a->file, '/') + 1, *dot = strrchr(base, '.');
	uint8_t h[SHA256_LEN];
	char hex[2 * SHA256_LEN + 1];

	for (const struct web_file *f = web_files; f->name; f++) {
		if (strcmp(f->name, a->file) != 0)
			continue;
		a->p = f->p;
		a->len = f->len;
	}
	sha256_of(a->p, a->len, h);
	hex_text(h, sizeof h, hex);
	snprintf(a->href, sizeof a->href, "/assets/%.*s-%.12s%s", (int)(dot - base), base, hex, dot);
	asset_pack(a);
}

static int templates_new(bool strict, struct template_set **ret, struct template_file **ret_files,
			 struct err *e)
{
	size_t n = 0, all = 0;
	struct template_file *files;

	while (web_files[all].name)
		all++;
	files = mem_array(all + 1, sizeof *files);
	for (size_t i = 0; i < all; i++) {
		const char *name = web_files[i].name + strlen(FOLDER);
		size_t len = strlen(web_files[i].name);

		if (strncmp(web_files[i].name, FOLDER, strlen(FOLDER)) != 0)
			continue;
		files[n].name = mem_strndup(name, len - strlen(FOLDER) - strlen(SUFFIX));
		files[n].text = web_files[i].p;
		files[n++].len = web_files[i].len;
	}
	*ret_files = files;
	return template_set_new(files, n, web_filters, strict, ret, e);
}

int web_new(const struct dot_limits *limits, bool strict, struct web **ret, struct err *e)
{
	OWN(web_free) struct web *w = mem_zalloc(sizeof *w);

	if (templates_new(strict, &w->templates, &w->files, e))
		return e->code;
	memcpy(w->assets, asset_list, sizeof asset_list);
	for (size_t i = 0; i < ASSETS; i++)
		asset_make(&w->assets[i]);
	w->pictures = pictures_new(limits);
	*ret = MOVE(w);
	return OK;
}

void web_free(struct web *w)
{
	if (!w)
		return;
	pictures_free(w->pictures);
	template_set_free(w->templates);
	for (size_t i = 0; w->files && w->files[i].name; i++)
		free((char *)(uintptr_t)w->files[i].name);
	free(w->files);
	for (size_t i = 0; i < ASSETS; i++)
		free(w->assets[i].gz);
	free(w);
}

struct web *web_of(const struct req *rq)
{
	return rq->app->web;
}

int page_asset(struct req *rq, struct resp *rs, struct err *e)
{
	const struct web *w = web_of(rq);
	const char *accept = req_header(rq, "Accept-Encoding");

	for (size_t i = 0; i < ASSETS; i++) {
		const struct asset *a = &w->assets[i];
		bool packed = a->gz && accept && strstr(accept, "gzip");

		if (strcmp(a->href + strlen("/assets/"), rq->arg[0]) != 0)
			continue;
		rs->type = a->type;
		rs->cache = CACHE_ASSET;
		resp_header(rs, "Vary", "Accept-Encoding");
		if (packed)
			resp_header(rs, "Content-Encoding", "gzip");
		str_addn(&rs->body, packed ? a->gz : a->p, packed ? a->gz_len : a->len);
		return OK;
	}
	return err_set(e, ERR_NOT_FOUND, "there is no asset '%.80s'", rq->arg[0]);
}

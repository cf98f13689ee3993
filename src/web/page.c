/* SPDX-License-Identifier: Apache-2.0 */
#include "web/page.h"

#include <string.h>

#include "base/parse.h"
#include "core/people.h"
#include "web/html.h"

void page_done(struct page *p)
{
	str_done(&p->json);
}

static void put_page(struct page *p, const struct page_head *h)
{
	struct jw *w = &p->w;

	jw_key(w, "page");
	jw_obj(w);
	jw_kstr(w, "title", h->title);
	jw_kbool(w, "error", h->error);
	jw_key(w, "crumbs");
	jw_arr(w);
	for (const struct crumb *c = h->crumbs; c && c->href; c++) {
		jw_obj(w);
		jw_kstr(w, "href", c->href);
		jw_kstr(w, "text", c->text);
		jw_end(w);
	}
	jw_arr_end(w);
	jw_end(w);
}

static void put_site(struct page *p)
{
	const struct web *web = web_of(p->rq);
	struct jw *w = &p->w;

	jw_key(w, "site");
	jw_obj(w);
	jw_kstr(w, "version", PACKAGE_VERSION);
	for (size_t i = 0; i < ASSETS; i++)
		jw_kstr(w, web->assets[i].role, web->assets[i].href);
	/* What only some services or some people have: the head and the foot lead there. */
	jw_kbool(w, "sign_in", page_may(p->rq, "/sign-in"));
	jw_kbool(w, "account", page_may(p->rq, "/account"));
	jw_kbool(w, "service_levels", page_may(p->rq, "/service-levels"));
	jw_kbool(w, "call_outs", page_may(p->rq, "/call-outs/new"));
	jw_kbool(w, "propose", page_may(p->rq, "/proposals/new") && p->rq->who.account_id > 0);
	jw_kbool(w, "block", page_may(p->rq, "/blocks/new") && p->rq->who.account_id > 0);
	jw_kbool(w, "work", page_may(p->rq, "/work"));
	jw_kbool(w, "campaigns", page_may(p->rq, "/campaigns"));
	jw_kbool(w, "demo", p->rq->app->demo);
	jw_end(w);
}

/* Who asks, for the head of every page, for the forms (csrf), and for links that only some may follow. */
static void put_who(struct page *p)
{
	const struct principal *who = &p->rq->who;
	const char *name = strchr(who->name, ':');
	struct jw *w = &p->w;

	jw_key(w, "who");
	jw_obj(w);
	jw_kbool(w, "signed_in", who->how != SIGN_IN_NONE);
	jw_kbool(w, "session", who->how == SIGN_IN_SESSION);
	jw_kstr(w, "name", who->how == SIGN_IN_LOCAL ? "this machine" : name ? name + 1 : who->name);
	jw_kstr(w, "organisation", who->org);
	jw_key(w, "roles");
	jw_arr(w);
	for (unsigned i = 0; i < ROLES; i++)
		if (who->roles & 1U << i)
			jw_str(w, role_text[i]);
	jw_arr_end(w);
	jw_kstr(w, "csrf", p->rq->csrf);
	/* At the earliest: the use of a session is written once a minute. */
	jw_kint(w, "ends_s", session_idle_ms(who->roles) / 1000 - 60);
	jw_ktime(w, "ends_at", p->rq->now + session_idle_ms(who->roles) - 60000);
	jw_kint(w, "idle_minutes", session_idle_ms(who->roles) / 60000);
	jw_kint(w, "total_hours", session_total_ms(who->roles) / 3600000);
	jw_end(w);
}

bool page_is(const char *pattern)
{
	for (const struct route *r = web_routes; r->method; r++)
		if (!strcmp(r->method, "GET") && !strcmp(r->pattern, pattern))
			return true;
	return false;
}

bool page_may(const struct req *rq, const char *pattern)
{
	for (const struct route *r = web_routes; r->method; r++)
		if (!strcmp(r->method, "GET") && !strcmp(r->pattern, pattern))
			return may(&rq->who, r->roles);
	return false;
}

static void put_nav(struct page *p, const char *section)
{
	static const struct {
		const char *section, *href, *text;
	} nav[] = {
		{ "home", "/", "Search" },
		{ "path", "/path", "Path finder" },
		{ "bulk", "/bulk", "Bulk check" },
		{ "models", "/models", "Models" },
		{ "changes", "/changes", "Changes" },
		{ "campaigns", "/campaigns", "Campaigns" },
		{ "reports", "/reports/fleet", "Reports" },
		{ "meters", "/meters", "Meters" },
		{ "vehicles", "/vehicles", "Vehicles" },
		{ "stations", "/stations", "Charging stations" },
		{ "proposals", "/proposals", "Proposals" },
		{ "ssc", "/ssc", "SSC register" },
		{ "work", "/work", "Your work" },
		{ "help", "/help", "Help" },
	};
	struct jw *w = &p->w;

	jw_key(w, "nav");
	jw_arr(w);
	for (size_t i = 0; i < sizeof nav / sizeof *nav; i++) {
		if (!page_may(p->rq, nav[i].href))
			continue;
		jw_obj(w);
		jw_kstr(w, "href", nav[i].href);
		jw_kstr(w, "text", nav[i].text);
		jw_kbool(w, "current", section && !strcmp(section, nav[i].section));
		jw_end(w);
	}
	jw_arr_end(w);
}

static void put_catalog(struct page *p)
{
	const struct snapshot *s = p->snap;
	const struct cpl_info *cpl = &s->cpl;
	struct jw *w = &p->w;
	int64_t age = (p->rq->now - cpl->issued_on) / MS_PER_DAY;

	jw_key(w, "catalog");
	jw_obj(w);
	jw_kint(w, "revision", s->revision);
	jw_ktime(w, "revision_at", s->revision ? s->revision_at : -1);
	jw_key(w, "cpl");
	jw_obj(w);
	jw_kstr(w, "version", cpl->version);
	jw_kdate(w, "issued", cpl->issued_on);
	jw_ktime(w, "checked_at", cpl->checked_at);
	jw_key(w, "age_days");
	if (cpl->issued_on < 0)
		jw_null(w);
	else
		jw_int(w, age > 0 ? age : 0);
	jw_kbool(w, "stale", cpl_is_stale(cpl, p->rq->now));
	jw_end(w);
	jw_end(w);
}

/* Pages that take `at`: what they show and how to ask for another day. The other parameters go along. */
static void put_as_at(struct page *p)
{
	const struct req *rq = p->rq;
	const char *at = req_query(rq, "at");
	struct jw *w = &p->w;
	STR(now, 4 * KIB);
	bool form;

	if (!rq->route || !p->snap || !route_takes(rq->route, "at") || !url_ok(rq->path))
		return; /* an address that no page of ours leads to is not offered for another day */
	form = strcmp(rq->path, "/path") != 0; /* that one has a field of its own */
	str_add(&now, rq->path);
	jw_key(w, "as_at");
	jw_obj(w);
	jw_kbool(w, "form", form);
	jw_kstr(w, "action", rq->path);
	jw_kstr(w, "at", at);
	jw_kbool(w, "past", at != NULL);
	jw_kint(w, "revision", p->snap->revision);
	jw_ktime(w, "made", p->snap->revision_at);
	jw_key(w, "keep");
	jw_arr(w);
	for (size_t i = 0; i < rq->npairs; i++) {
		if (!strcmp(rq->pair[i].name, "at") || !strcmp(rq->pair[i].name, "page") ||
		    !rq->pair[i].value[0])
			continue;
		link_query(&now, rq->pair[i].name, rq->pair[i].value);
		jw_obj(w);
		jw_kstr(w, "name", rq->pair[i].name);
		jw_kstr(w, "value", rq->pair[i].value);
		jw_end(w);
	}
	jw_arr_end(w);
	jw_kstr(w, "now", str_c(&now));
	jw_end(w);
}

void page_begin(struct page *p, struct req *rq, struct resp *rs, const struct snapshot *snap,
		const struct page_head *head)
{
	p->rq = rq;
	p->rs = rs;
	p->snap = snap;
	str_init(&p->json, PAGE_JSON_MAX);
	p->w = jw_start(&p->json);
	jw_obj(&p->w);
	put_page(p, head);
	put_site(p);
	put_who(p);
	put_nav(p, head->section);
	if (snap)
		put_catalog(p);
	put_as_at(p);
	jw_kstr(&p->w, "notice", NOTICE_TEXT);
}

int page_end(struct page *p, const char *template_name, const struct template_raw *raw, struct err *e)
{
	OWN(json_free) struct json *data = NULL;

	jw_end(&p->w);
	if (p->json.over)
		return err_set(e, ERR_TOO_LARGE, "the page would be too large");
	if (json_parse(str_c(&p->json), p->json.len, &data, e))
		return err_wrap(e, "the data of page '%s'", template_name);
	p->rs->type = "text/html; charset=utf-8";
	return template_render(web_of(p->rq)->templates, template_name, data, raw, &p->rs->body, e);
}

void page_sentence(char *buf, size_t size, const char *msg)
{
	size_t n;

	str_copy(buf, size - 1, msg);
	if (*buf >= 'a' && *buf <= 'z')
		*buf = (char)(*buf - 32);
	n = strlen(buf);
	if (n && !strchr(".!?", buf[n - 1]))
		memcpy(buf + n, ".", 2);
}

void page_raw(struct page *p, const char *name, const struct str *json)
{
	jw_key(&p->w, name);
	jw_raw(&p->w, str_c(json), json->len);
}

void page_links(struct page *p, const char *prev, const char *next)
{
	jw_key(&p->w, "pages");
	if (!prev && !next) {
		jw_null(&p->w);
		return;
	}
	jw_obj(&p->w);
	jw_kstr(&p->w, "prev", prev);
	jw_kstr(&p->w, "next", next);
	jw_end(&p->w);
}

void page_banner(struct page *p, bool success, const char *text, const char *href, const char *link)
{
	struct jw *w = &p->w;

	jw_key(w, "banner");
	if (!text) {
		jw_null(w);
		return;
	}
	jw_obj(w);
	jw_kbool(w, "success", success);
	jw_kstr(w, "role", success ? "alert" : "region");
	jw_kstr(w, "title", success ? "Done" : "Important");
	jw_kstr(w, "text", text);
	jw_kstr(w, "href", href);
	jw_kstr(w, "link", link);
	jw_end(w);
}

void link_query(struct str *href, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	str_addc(href, strchr(str_c(href), '?') ? '&' : '?');
	str_add(href, name);
	str_addc(href, '=');
	url_encode(href, value, strlen(value));
}

static void put_block(struct jw *w, const struct statement_row *b, const char *entry, const char *base)
{
	jw_obj(w);
	jw_kstr(w, "entry", entry);
	jw_kstr(w, "base", base);
	jw_kstr(w, "message", b->excerpt);
	jw_kstr(w, "reference", b->reference);
	jw_kstr(w, "source", statement_source_text[b->source]);
	jw_kstr(w, "author", b->author);
	jw_kdate(w, "since", b->stated_on);
	jw_end(w);
}

void page_blocks(struct page *p, uint32_t model)
{
	const struct graph *g = p->snap->graph;
	const struct graph_model *m = graph_model(g, model);
	struct jw *w = &p->w;

	jw_key(w, "blocks");
	jw_arr(w);
	for (uint32_t i = m->first; i < m->first + m->count; i++) {
		const struct graph_node *n = graph_node(g, i);

		for (uint32_t k = 0; k < n->nsaid; k++) {
			const struct statement_row *b = n->said[k];

			if (b->kind != STATEMENT_BLOCK)
				continue;
			if (!b->nbases)
				put_block(w, b, n->name, NULL);
			for (size_t j = 0; j < b->nbases; j++)
				put_block(w, b, n->name, graph_node(g, graph_find_id(g, b->bases[j]))->name);
		}
	}
	jw_arr_end(w);
}

void web_error_page(struct req *rq, const struct err *e, struct resp *rs)
{
	const struct err_info *info = err_info(e->code);
	struct page_head head = { .title = info->title, .error = true };
	OWN(page_done) struct page p = { 0 };
	struct err ignored;
	char text[700], detail[700];

	if (e->code == ERR_SIGN_IN && rq->route && !sign_in_page(rq, rs, &ignored))
		return;
	str_clear(&rs->body);
	page_sentence(detail, sizeof detail, err_text(e, text, sizeof text));
	page_begin(&p, rq, rs, rq->view ? catalog_current(rq->view) : NULL, &head);
	jw_key(&p.w, "problem");
	jw_obj(&p.w);
	jw_kint(&p.w, "status", info->http);
	jw_kstr(&p.w, "code", info->code);
	jw_kstr(&p.w, "title", info->title);
	jw_kstr(&p.w, "detail", detail);
	jw_kstr(&p.w, "next", info->next);
	jw_kstr(&p.w, "trace", rq->id);
	jw_kbool(&p.w, "ours", info->http >= 500);
	jw_end(&p.w);
	if (page_end(&p, "problem", NULL, &ignored)) {
		str_clear(&rs->body);
		str_add(
		    &rs->body,
		    "<!DOCTYPE html><html lang=\"en\"><title>Error</title><p>A fault in firpath. Try again.");
		rs->type = "text/html; charset=utf-8";
	}
}

/* Only an address of this service: no other host, no scheme. */
const char *page_next_ok(const char *s)
{
	if (!s || s[0] != '/' || s[1] == '/' || s[1] == '\\' || strlen(s) > PAGE_NEXT_MAX ||
	    !strncmp(s, "/sign-", 6))
		return "/";
	for (const char *p = s; *p; p++)
		if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f || *p == '\\')
			return "/";
	return s;
}

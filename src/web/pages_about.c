/* SPDX-License-Identifier: Apache-2.0 */
/* About the service: for programs, security, licences, status; and the start page of whoever is signed in. */
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "web/page.h"
#include "web/work.h"

#define SECURITY_TXT_DAYS                                                                                    \
	180 /* how long security.txt may be relied on (RFC 9116 asks for less than a year) */

/* Summary and tag of a route, as doc/openapi.json has them; NULL when it says nothing. */
static const struct json *operation_of(const struct json *paths, const struct route *r)
{
	const struct json *item;
	const char *name;
	char method[8];

	str_copy(method, sizeof method, r->method);
	for (char *p = method; *p; p++)
		*p = (char)(*p + 32);
	for (size_t i = 0; (name = json_member(paths, i, &item)); i++) {
		const char *a = name, *b = r->pattern;

		/* {id} there is {} here */
		while (*a && *a == *b) {
			if (*a == '{')
				a += strcspn(a, "}") - 1;
			a++;
			b++;
		}
		if (!*a && !*b)
			return json_get(item, method);
	}
	return NULL;
}

static void put_route(struct jw *w, const struct route *r, const struct json *op)
{
	char roles[ROLES_TEXT_MAX];

	jw_obj(w);
	jw_kstr(w, "method", r->method);
	jw_kstr(w, "address", r->pattern);
	jw_kstr(w, "summary", json_text(json_get(op, "summary")));
	jw_kstr(w, "roles", r->roles & ROLE_PUBLIC ? NULL : roles_write(r->roles, roles));
	jw_kstr(w, "query", r->query);
	jw_end(w);
}

/* The routes of one tag; all that have none under "about". */
static void put_tag(struct jw *w, const struct json *doc, const struct json *tag)
{
	const char *name = json_text(json_get(tag, "name"));

	jw_obj(w);
	jw_kstr(w, "name", name);
	jw_kstr(w, "text", json_text(json_get(tag, "description")));
	jw_key(w, "routes");
	jw_arr(w);
	for (const struct route *r = http_routes; r->method; r++) {
		const struct json *op = operation_of(json_get(doc, "paths"), r);
		const char *in = json_text(json_at(json_get(op, "tags"), 0));

		if (!strcmp(in ? in : "about", name))
			put_route(w, r, op);
	}
	jw_arr_end(w);
	jw_end(w);
}

int page_developers(struct req *rq, struct resp *rs, struct err *e)
{
	struct page_head head = { .section = "help", .title = "API and events" };
	OWN(json_free) struct json *doc = NULL;
	OWN(page_done) struct page p = { 0 };
	const struct json *tags;

	if (json_parse(openapi_json, openapi_json_len, &doc, e))
		return err_wrap(e, "the API description");
	tags = json_get(doc, "tags");
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	jw_key(&p.w, "tags");
	jw_arr(&p.w);
	for (size_t i = 0; i < json_len(tags); i++)
		put_tag(&p.w, doc, json_at(tags, i));
	jw_arr_end(&p.w);
	return page_end(&p, "developers", NULL, e);
}

int page_security(struct req *rq, struct resp *rs, struct err *e)
{
	const char *contact = conf_text(rq->app->conf, "security_contact");
	struct page_head head = { .title = "Security" };
	OWN(page_done) struct page p = { 0 };
	bool mail = !strncmp(contact, "mailto:", 7);

	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	jw_kstr(&p.w, "mail", mail ? contact + 7 : NULL);
	jw_kstr(&p.w, "link", !mail && *contact ? contact : NULL);
	return page_end(&p, "security", NULL, e);
}

int page_security_txt(struct req *rq, struct resp *rs, struct err *e)
{
	const char *contact = conf_text(rq->app->conf, "security_contact");
	const char *url = conf_text(rq->app->conf, "public_url");
	int64_t today = rq->now - rq->now % MS_PER_DAY;
	char until[TIME_TEXT];

	if (!*contact)
		return err_set(e, ERR_NOT_FOUND,
			       "this service names no contact for security (security_contact)");
	rs->type = "text/plain; charset=utf-8";
	str_addf(&rs->body, "Contact: %s\nExpires: %s\nPreferred-Languages: en\n", contact,
		 time_text(today + SECURITY_TXT_DAYS * MS_PER_DAY, until));
	if (*url)
		str_addf(&rs->body, "Policy: %s/security\nCanonical: %s/.well-known/security.txt\n", url,
			 url);
	return OK;
}

int page_licences(struct req *rq, struct resp *rs, struct err *e)
{
	struct page_head head = { .title = "Licences" };
	OWN(page_done) struct page p = { 0 };

	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	return page_end(&p, "licences", NULL, e);
}

int page_status(struct req *rq, struct resp *rs, struct err *e)
{
	struct page_head head = { .title = "Status" };
	OWN(page_done) struct page p = { 0 };

	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	jw_key(&p.w, "status");
	jw_obj(&p.w);
	jw_ktime(&p.w, "now", rq->now);
	jw_ktime(&p.w, "started_at", rq->app->started_at ? rq->app->started_at : -1);
	jw_kint(&p.w, "up_s", rq->app->started_at ? (rq->now - rq->app->started_at) / 1000 : 0);
	jw_kbool(&p.w, "orchestrator", rq->app->runner != NULL);
	jw_end(&p.w);
	rs->cache = CACHE_NEVER;
	return page_end(&p, "status", NULL, e);
}

/* Everything that whoever is signed in may do here, with what waits first. */
int page_work(struct req *rq, struct resp *rs, struct err *e)
{
	struct page_head head = { .section = "work", .title = "Your work" };
	OWN(page_done) struct page p = { 0 };

	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	if (work_json(&p, e))
		return e->code;
	return page_end(&p, "work", NULL, e);
}

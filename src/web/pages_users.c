/* SPDX-License-Identifier: Apache-2.0 */
/* People and organisations, for operators (auditors look). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "core/people.h"
#include "web/form.h"
#include "web/page.h"
#include "web/roles.h"

#define USERS_PER_PAGE 100
#define ORGS_SHOWN 500

static const struct crumb users_crumbs[] = { { "/users", "People and organisations" }, { NULL, NULL } };

int page_users(struct req *rq, struct resp *rs, struct err *e)
{
	struct page_head head = { .title = "People and organisations" };
	const char *cursor = req_query(rq, "cursor"), *done = req_query(rq, "done");
	OWN(json_free) struct json *j = NULL;
	OWN(page_done) struct page p = { 0 };
	STR(users, 4 * MIB);
	STR(orgs, 4 * MIB);
	STR(href, 256);
	const char *next;
	struct db *db;

	if (req_db(rq, &db, e) || accounts_json(db, 0, 0, cursor, USERS_PER_PAGE, &users, e) ||
	    orgs_json(db, 0, NULL, ORGS_SHOWN, &orgs, e) || json_parse(str_c(&users), users.len, &j, e))
		return e->code;
	next = json_text(json_get(j, "next"));
	str_add(&href, "/users");
	link_query(&href, "cursor", next);
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	page_raw(&p, "list", &users);
	page_raw(&p, "orgs", &orgs);
	jw_kbool(&p.w, "changes", may(&rq->who, ROLE_OPERATOR));
	page_links(&p, cursor ? "/users" : NULL, next ? str_c(&href) : NULL);
	page_banner(&p, true, done && !strcmp(done, "org") ? "The organisation was saved." : NULL, NULL,
		    NULL);
	return page_end(&p, "users", NULL, e);
}

/* ---- one user ---- */

#define PERSON_FIELDS                                                                                        \
	{ .name = "name",                                                                                    \
	  .kind = FORM_INPUT,                                                                                \
	  .label = "Name",                                                                                   \
	  .hint = "As people write it. For a machine, what it is.",                                          \
	  .missing = "Enter a name",                                                                         \
	  .max = PERSON_MAX },                                                                               \
	    { .name = "organisation", .kind = FORM_SELECT, .label = "Organisation", .max = PERSON_MAX },     \
	{                                                                                                    \
		.name = "roles", .kind = FORM_CHECKS, .label = "Roles",                                      \
		.hint = "What this account may do. Changing it signs the person out."                        \
	}
#define LAST_FIELDS                                                                                          \
	{ .name = "password",                                                                                \
	  .kind = FORM_PASSWORD,                                                                             \
	  .label = "New password (optional)",                                                                \
	  .hint = "12 characters or more. Leave it empty for a machine that uses tokens, or to keep the "    \
		  "present one.",                                                                            \
	  .autocomplete = "new-password" },                                                                  \
	{                                                                                                    \
		.name = "why", .kind = FORM_INPUT, .label = "Reason", .hint = "Kept in the audit.",          \
		.missing = "Enter the reason"                                                                \
	}

static const struct form_option state_options[] = {
	{ "active", "Active", NULL },
	{ "disabled", "Disabled", "May not sign in; its tokens and sessions do not work" },
	{ NULL, NULL, NULL },
};
static const struct form_field user_new_fields[] = {
	{ .name = "login",
	  .kind = FORM_INPUT,
	  .label = "Login name",
	  .hint = "Lower-case letters, digits and . _ @ -. It cannot be changed later.",
	  .missing = "Enter a login name",
	  .width = 20,
	  .max = LOGIN_MAX },
	PERSON_FIELDS,
	LAST_FIELDS,
	{ .name = NULL },
};
static const struct form_field user_fields[] = {
	PERSON_FIELDS,
	{ .name = "state",
	  .kind = FORM_RADIOS,
	  .label = "State",
	  .missing = "Choose a state",
	  .options = state_options },
	LAST_FIELDS,
	{ .name = "rev", .kind = FORM_HIDDEN },
	{ .name = NULL },
};

/* Roles, and the organisations there are, and none. */
static int offer(struct form *f, struct db *db, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	const struct json *list;
	STR(orgs, 4 * MIB);

	if (orgs_json(db, 0, NULL, ORGS_SHOWN, &orgs, e) || json_parse(str_c(&orgs), orgs.len, &j, e))
		return e->code;
	offer_roles(f, ROLES_PEOPLE);
	form_option(f, "organisation", "", "none", NULL);
	list = json_get(j, "organisations");
	for (size_t i = 0; i < json_len(list); i++)
		form_option(f, "organisation", json_text(json_get(json_at(list, i), "name")), NULL, NULL);
	return OK;
}

static void wish_from(const struct form *f, struct user_wish *w)
{
	str_copy(w->name, sizeof w->name, form_value(f, "name"));
	str_copy(w->organisation, sizeof w->organisation, form_value(f, "organisation"));
	str_copy(w->password, sizeof w->password, form_value(f, "password"));
	roles_given(f, w->roles);
}

/* What a person can mend is said at the field where it is; *ret_said: it was. */
static bool said_at_field(struct form *f, struct err *e)
{
	const char *field = strstr(e->msg, "password")       ? "password"
			    : strstr(e->msg, "login name")   ? "login"
			    : strstr(e->msg, "role") != NULL ? "roles"
							     : "name";

	if (e->code != ERR_INVALID && e->code != ERR_CONFLICT && e->code != ERR_STALE)
		return false;
	form_error_of(f, field, e);
	e->code = OK;
	return true;
}

static int user_show(struct req *rq, struct resp *rs, struct form *f, const struct account *a, struct err *e)
{
	struct page_head head = { .title = a ? a->name : "New account",
				  .crumbs = users_crumbs,
				  .error = !form_ok(f) };
	OWN(page_done) struct page p = { 0 };

	rs->cache = CACHE_NEVER;
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	jw_key(&p.w, "account");
	if (a)
		account_json(a, &p.w);
	else
		jw_null(&p.w);
	jw_kstr(&p.w, "action", rq->path);
	form_json(f, &p);
	page_banner(&p, true, req_query(rq, "done") ? "The account was saved." : NULL, NULL, NULL);
	return page_end(&p, "user", NULL, e);
}

static void user_saved(struct resp *rs, const struct account *a)
{
	char href[LOGIN_MAX + 24];

	snprintf(href, sizeof href, "/users/%s?done=yes", a->login);
	resp_redirect(rs, href);
}

int page_user_new(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(user_wish_done) struct user_wish wish = { .login = "" };
	OWN(form_done) struct form f = { .fields = user_new_fields };
	struct actor who = req_actor(rq);
	struct account a;
	struct db *db;

	form_start(&f, rq);
	if (req_db_write(rq, &db, e) || offer(&f, db, e) || (form_posted(rq) && form_read(&f, e)))
		return e->code;
	if (!form_posted(rq) || !form_ok(&f))
		return user_show(rq, rs, &f, NULL, e);
	str_copy(wish.login, sizeof wish.login, form_value(&f, "login"));
	wish_from(&f, &wish);
	who.why = form_value(&f, "why");
	if (!user_add(db, &who, &wish, &a, e)) {
		req_people_exist(rq);
		user_saved(rs, &a);
		return OK;
	}
	return said_at_field(&f, e) ? user_show(rq, rs, &f, NULL, e) : (int)e->code;
}

static void user_fill(struct form *f, const struct account *a)
{
	char rev[24];

	snprintf(rev, sizeof rev, "%" PRId64, a->rev);
	form_set(f, "name", a->name);
	form_set(f, "organisation", a->org);
	for (unsigned i = 0; i < ROLES; i++)
		if (a->roles & 1U << i)
			form_set(f, "roles", role_text[i]);
	form_set(f, "state", a->disabled ? "disabled" : "active");
	form_set(f, "rev", rev);
}

int page_user(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(user_wish_done) struct user_wish wish = { .login = "" };
	OWN(form_done) struct form f = { .fields = user_fields };
	struct actor who = req_actor(rq);
	struct account a;
	struct db *db;
	int64_t rev;

	form_start(&f, rq);
	if (req_db_write(rq, &db, e) || account_find(db, rq->arg[0], &a, e) || offer(&f, db, e))
		return e->code;
	user_fill(&f, &a);
	if (form_posted(rq) && form_read(&f, e))
		return e->code;
	if (!form_posted(rq) || !form_ok(&f))
		return user_show(rq, rs, &f, &a, e);
	wish = user_wish_of(&a);
	wish_from(&f, &wish);
	str_copy(wish.state, sizeof wish.state, form_value(&f, "state"));
	who.why = form_value(&f, "why");
	if (parse_i64(form_value(&f, "rev"), 1, INT64_MAX, &rev, e))
		return err_wrap(e, "rev");
	if (!user_change(db, &who, a.id, rev, &wish, &a, e)) {
		user_saved(rs, &a);
		return OK;
	}
	return said_at_field(&f, e) ? user_show(rq, rs, &f, &a, e) : (int)e->code;
}

/* ---- one organisation ---- */

static const struct form_option kind_options[] = {
	{ "supplier", "Supplier", NULL },
	{ "manufacturer", "Manufacturer", NULL },
	{ "secas", "Code administrator (SECAS)", NULL },
	{ "ssc", "Security Sub-Committee", NULL },
	{ "cpo", "Charge point operator", NULL },
	{ "operator", "Operator of this service", NULL },
	{ "other", "Other", NULL },
	{ NULL, NULL, NULL },
};
static const struct form_field org_fields[] = {
	{ .name = "name",
	  .kind = FORM_INPUT,
	  .label = "Name",
	  .missing = "Enter the name of the organisation",
	  .max = PERSON_MAX },
	{ .name = "kind",
	  .kind = FORM_RADIOS,
	  .label = "What is it?",
	  .missing = "Choose what it is",
	  .options = kind_options },
	{ .name = "codes",
	  .kind = FORM_INPUT,
	  .label = "Manufacturer codes (optional)",
	  .hint = "4 hex digits each, such as 118F 1081. Its people may propose for products of these codes.",
	  .max = CODES_MAX,
	  .code = true },
	{ .name = "why",
	  .kind = FORM_INPUT,
	  .label = "Reason",
	  .hint = "Kept in the audit.",
	  .missing = "Enter the reason" },
	{ .name = "rev", .kind = FORM_HIDDEN },
	{ .name = NULL },
};

static int org_show(struct req *rq, struct resp *rs, struct form *f, const char *title, struct err *e)
{
	struct page_head head = { .title = title, .crumbs = users_crumbs, .error = !form_ok(f) };
	OWN(page_done) struct page p = { 0 };

	rs->cache = CACHE_NEVER;
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	jw_kstr(&p.w, "action", rq->path);
	form_json(f, &p);
	return page_end(&p, "organisation", NULL, e);
}

/* was NULL = a new one. */
static int org_form(struct req *rq, struct resp *rs, struct db *db, const struct org *was, struct err *e)
{
	OWN(form_done) struct form f = { .fields = org_fields };
	const char *title = was ? was->name : "New organisation";
	struct actor who = req_actor(rq);
	struct org o = { .id = was ? was->id : 0 };
	char text[24];
	int64_t rev = 0;

	form_start(&f, rq);
	if (was) {
		snprintf(text, sizeof text, "%" PRId64, was->rev);
		form_set(&f, "name", was->name);
		form_set(&f, "kind", was->kind);
		form_set(&f, "codes", was->codes);
		form_set(&f, "rev", text);
	}
	if (form_posted(rq) && form_read(&f, e))
		return e->code;
	if (!form_posted(rq) || !form_ok(&f))
		return org_show(rq, rs, &f, title, e);
	str_copy(o.name, sizeof o.name, form_value(&f, "name"));
	str_copy(o.kind, sizeof o.kind, form_value(&f, "kind"));
	str_copy(o.codes, sizeof o.codes, form_value(&f, "codes"));
	who.why = form_value(&f, "why");
	if (was && parse_i64(form_value(&f, "rev"), 1, INT64_MAX, &rev, e))
		return err_wrap(e, "rev");
	if (!(was ? org_change(db, &who, &o, rev, &o, e) : org_add(db, &who, &o, &o, e))) {
		resp_redirect(rs, "/users?done=org");
		return OK;
	}
	if (e->code != ERR_INVALID && e->code != ERR_CONFLICT && e->code != ERR_STALE &&
	    e->code != ERR_TOO_LARGE)
		return e->code;
	form_error_of(&f, strstr(e->msg, "code") ? "codes" : "name", e);
	e->code = OK;
	return org_show(rq, rs, &f, title, e);
}

int page_org_new(struct req *rq, struct resp *rs, struct err *e)
{
	struct db *db;

	return req_db_write(rq, &db, e) ? (int)e->code : org_form(rq, rs, db, NULL, e);
}

int page_org(struct req *rq, struct resp *rs, struct err *e)
{
	struct org o;
	struct db *db;
	int64_t id;

	if (req_number(rq, "organisation", &id, e) || req_db_write(rq, &db, e) || org_get(db, id, &o, e))
		return e->code;
	return org_form(rq, rs, db, &o, e);
}

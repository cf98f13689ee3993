/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <string.h>

#include "base/secret.h"
#include "core/people_util.h"

struct user_wish user_wish_of(const struct account *a)
{
	struct user_wish w = { .password = "" };

	str_copy(w.login, sizeof w.login, a->login);
	str_copy(w.name, sizeof w.name, a->name);
	str_copy(w.organisation, sizeof w.organisation, a->org);
	roles_write(a->roles, w.roles);
	str_copy(w.state, sizeof w.state, a->disabled ? "disabled" : "active");
	str_copy(w.issuer, sizeof w.issuer, a->issuer);
	str_copy(w.subject, sizeof w.subject, a->subject);
	return w;
}

void user_wish_done(struct user_wish *w)
{
	secret_wipe(w->password, sizeof w->password);
}

#define TEXT(name_, needed)                                                                                  \
	{                                                                                                    \
#name_, FIELD_TEXT, offsetof(struct user_wish, name_), needed, 0,                            \
		    sizeof((struct user_wish *)0)->name_                                                     \
	}

int user_wish_read(const char *json, size_t len, bool fresh, struct user_wish *w, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	const struct json_field fields[] = {
		TEXT(name, false),
		TEXT(organisation, false),
		{ "roles", FIELD_WORDS, offsetof(struct user_wish, roles), false, 0, sizeof w->roles },
		TEXT(password, false),
		TEXT(issuer, false),
		TEXT(subject, false),
		fresh ? (struct json_field)TEXT(login, true) : (struct json_field)TEXT(state, false),
		{ .name = NULL },
	};

	return json_parse(json, len, &j, e) || json_decode(j, fields, w, e) ? (int)e->code : OK;
}

static int wish_account(struct db *db, const struct user_wish *w, struct account *ret, struct err *e)
{
	struct org org = { .id = 0 };

	if (roles_read(w->roles, &ret->roles, e) ||
	    (w->organisation[0] && org_find(db, w->organisation, &org, e)))
		return e->code;
	ret->org_id = org.id;
	str_copy(ret->name, sizeof ret->name, w->name[0] ? w->name : w->login);
	ret->disabled = !strcmp(w->state, "disabled");
	if (w->state[0] && !ret->disabled && strcmp(w->state, "active") != 0)
		return err_set(e, ERR_INVALID, "the state of an account is active or disabled, not '%s'",
			       w->state);
	return OK;
}

int user_add(struct db *db, const struct actor *who, const struct user_wish *w, struct account *ret,
	     struct err *e)
{
	struct account a = { .id = 0 };

	if (wish_account(db, w, &a, e))
		return e->code;
	str_copy(a.login, sizeof a.login, w->login);
	str_copy(a.issuer, sizeof a.issuer, w->issuer);
	str_copy(a.subject, sizeof a.subject, w->subject);
	return account_add(db, who, &a, w->password[0] ? w->password : NULL, ret, e);
}

int user_change(struct db *db, const struct actor *who, int64_t id, int64_t rev, const struct user_wish *w,
		struct account *ret, struct err *e)
{
	struct account a = { .id = id };

	if (wish_account(db, w, &a, e))
		return e->code;
	str_copy(a.issuer, sizeof a.issuer, w->issuer);
	str_copy(a.subject, sizeof a.subject, w->subject);
	return account_change(db, who, &a, rev, w->password[0] ? w->password : NULL, ret, e);
}

void people_scope(const struct principal *p, int64_t *ret_org, int64_t *ret_account)
{
	*ret_org = may(p, ROLE_OPERATOR | ROLE_AUDITOR) ? 0 : p->org_id ? p->org_id : -1;
	*ret_account = p->account_id;
}

bool people_visible(const struct principal *p, const struct account *a)
{
	return may(p, ROLE_OPERATOR | ROLE_AUDITOR) || (p->account_id && p->account_id == a->id) ||
	       (p->org_id && p->org_id == a->org_id);
}

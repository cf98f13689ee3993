/* SPDX-License-Identifier: Apache-2.0 */
#include "core/people.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "base/secret.h"
#include "core/fleet_util.h"
#include "core/people_util.h"

/* ---- what is accepted ---- */

/* Lower case into out. */
static int login_normal(const char *in, char out[LOGIN_MAX + 1], struct err *e)
{
	size_t n = strlen(in);

	if (n && n <= LOGIN_MAX) {
		for (size_t i = 0; i <= n; i++)
			out[i] = (char)(in[i] >= 'A' && in[i] <= 'Z' ? in[i] - 'A' + 'a' : in[i]);
		if (strspn(out, "abcdefghijklmnopqrstuvwxyz0123456789._@-") == n && !strchr("._@-", out[0]) &&
		    strcmp(out, "new") != 0) /* /users/new is another page */
			return OK;
	}
	return err_set(
	    e, ERR_INVALID,
	    "a login name has 1 to %d letters, digits and . _ @ - and begins with a letter or digit",
	    LOGIN_MAX);
}

static int password_check(const char *login, const char *password, struct err *e)
{
	size_t n = strlen(password);
	bool ok = parse_utf8_ok(password, n);

	for (const char *p = password; ok && *p; p++)
		ok = (unsigned char)*p >= ' ' && *p != 0x7f;
	if (n < PASSWORD_MIN || n > PASSWORD_MAX || !ok)
		return err_set(e, ERR_INVALID, "a password has %d to %d characters on one line", PASSWORD_MIN,
			       PASSWORD_MAX);
	if (strlen(login) >= 3 && strstr(password, login))
		return err_set(e, ERR_INVALID, "a password must not contain the login name");
	if (strspn(password, "0123456789") == n ||
	    strspn(password + 1, (char[]){ password[0], '\0' }) == n - 1)
		return err_set(e, ERR_INVALID,
			       "a password must not be digits only or one character repeated");
	return OK;
}

static int roles_check(unsigned roles, struct err *e)
{
	char text[ROLES_TEXT_MAX];

	if (!(roles & ~(unsigned)ROLES_PEOPLE))
		return OK;
	return err_set(e, ERR_INVALID, "an account cannot have these roles: %s",
		       roles_write(roles & ~(unsigned)ROLES_PEOPLE, text));
}

/* A service without an active operator could not be set right again over the network. */
static int operator_stays(struct db *db, int64_t id, unsigned roles, bool disabled, struct err *e)
{
	int64_t others;

	if (!disabled && roles & ROLE_OPERATOR)
		return OK;
	if (store_account_count(db, ROLE_OPERATOR, id, &others, e))
		return e->code;
	return others ? OK
		      : err_set(e, ERR_CONFLICT,
				"at least one active account must have the role operator; this is the %s",
				id ? "last one" : "first account");
}

/* ---- reading ---- */

void account_from(const struct store_account *s, struct account *ret)
{
	*ret = (struct account){ .id = s->id,
				 .org_id = s->org_id,
				 .roles = (unsigned)s->roles,
				 .disabled = strcmp(s->state, "active") != 0,
				 .has_password = s->password != NULL,
				 .rev = s->rev,
				 .added_at = s->added_at };
	str_copy(ret->login, sizeof ret->login, s->login);
	str_copy(ret->name, sizeof ret->name, s->name);
	str_copy(ret->org, sizeof ret->org, s->org ? s->org : "");
	str_copy(ret->codes, sizeof ret->codes, s->codes ? s->codes : "");
	str_copy(ret->issuer, sizeof ret->issuer, s->issuer ? s->issuer : "");
	str_copy(ret->subject, sizeof ret->subject, s->subject ? s->subject : "");
}

/* password: buffer for its digest ("" = none), or NULL. */
static int account_look(struct db *db, int64_t id, const char *login, struct account *ret,
			char password[PASSWORD_TEXT], bool *ret_got, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_account s;

	if (store_account_get(db, id, login, &r, &s, ret_got, e))
		return e->code;
	if (!*ret_got)
		return OK;
	account_from(&s, ret);
	if (password)
		str_copy(password, PASSWORD_TEXT, s.password ? s.password : "");
	return OK;
}

int account_get(struct db *db, int64_t id, struct account *ret, struct err *e)
{
	bool got;

	if (account_look(db, id, NULL, ret, NULL, &got, e))
		return e->code;
	return got ? OK : err_set(e, ERR_NOT_FOUND, "there is no user %" PRId64, id);
}

int account_find(struct db *db, const char *login, struct account *ret, struct err *e)
{
	char lower[LOGIN_MAX + 1];
	struct err ignored;
	bool got = false;

	if (!login_normal(login, lower, &ignored) && account_look(db, 0, lower, ret, NULL, &got, e))
		return e->code;
	return got ? OK : err_set(e, ERR_NOT_FOUND, "there is no user '%.40s'", login);
}

int account_by_subject(struct db *db, const char *issuer, const char *subject, struct account *ret,
		       bool *ret_got, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_account s;

	if (store_account_by_subject(db, issuer, subject, &r, &s, ret_got, e))
		return e->code;
	if (*ret_got)
		account_from(&s, ret);
	return OK;
}

int people_exist(struct db *db, bool *ret, struct err *e)
{
	return store_people_exist(db, ret, e);
}

/* ---- writing ---- */

int user_audit(struct db *db, const struct actor *who, const char *action, const struct account *before,
	       const struct account *after, struct err *e)
{
	STR(was, PEOPLE_JSON_MAX);
	STR(is, PEOPLE_JSON_MAX);
	struct jw w = jw_start(&is);
	char subject[LOGIN_MAX + 8];

	account_json(after, &w);
	if (before) {
		w = jw_start(&was);
		account_json(before, &w);
	}
	snprintf(subject, sizeof subject, "user/%s", after->login);
	return audit_add(db, who, action, subject, before ? str_c(&was) : NULL, str_c(&is), 0, NULL, e);
}

static const char *text_or_null(const char *s)
{
	return s[0] ? s : NULL;
}

int account_add(struct db *db, const struct actor *who, const struct account *in, const char *password,
		struct account *ret, struct err *e)
{
	TX(tx);
	char login[LOGIN_MAX + 1], digest[PASSWORD_TEXT] = "";
	struct account a;
	struct org org;
	bool added, got;

	if (login_normal(in->login, login, e) || person_name_check("a user's name", in->name, e) ||
	    roles_check(in->roles, e) || (password && password_check(login, password, e)) ||
	    (password && password_hash(password, digest, e)))
		return e->code;
	if (!in->issuer[0] != !in->subject[0])
		return err_set(e, ERR_INVALID, "an issuer and a subject belong together");
	if (tx_begin(&tx, db, true, e) || operator_stays(db, 0, in->roles, false, e) ||
	    (in->org_id && org_get(db, in->org_id, &org, e)) ||
	    store_account_add(db,
			      &(struct store_account){ .login = login,
						       .name = in->name,
						       .org_id = in->org_id,
						       .roles = in->roles,
						       .password = text_or_null(digest),
						       .issuer = text_or_null(in->issuer),
						       .subject = text_or_null(in->subject),
						       .added_at = who->now },
			      &added, e))
		return e->code;
	if (!added)
		return err_set(e, ERR_CONFLICT, "there is a user '%s' already%s", login,
			       in->subject[0] ? ", or one with that subject" : "");
	if (account_look(db, 0, login, &a, NULL, &got, e) || user_audit(db, who, "user-add", NULL, &a, e) ||
	    tx_keep(&tx, e))
		return e->code;
	*ret = a;
	return OK;
}

/* Who signs in elsewhere as that subject? */
static int subject_judge(struct db *db, const struct account *in, struct err *e)
{
	struct account other;
	bool got = false;

	if (!in->issuer[0] != !in->subject[0])
		return err_set(e, ERR_INVALID, "an issuer and a subject belong together");
	if (in->issuer[0] && account_by_subject(db, in->issuer, in->subject, &other, &got, e))
		return e->code;
	if (got && other.id != in->id)
		return err_set(e, ERR_CONFLICT, "user '%s' signs in as that subject already", other.login);
	return OK;
}

/* How much differs: 0 nothing, 1 what is shown, 2 what it may do or how it signs in. */
static int change_size(const struct account *was, const struct account *in, bool password)
{
	if (password || was->roles != in->roles || was->org_id != in->org_id ||
	    (in->disabled && !was->disabled) || strcmp(was->issuer, in->issuer) != 0 ||
	    strcmp(was->subject, in->subject) != 0)
		return 2;
	return was->disabled != in->disabled || strcmp(was->name, in->name) != 0;
}

static int change_write(struct db *db, const struct account *in, const struct account *was,
			const char *digest, int size, struct err *e)
{
	const struct store_account s = { .id = in->id,
					 .login = was->login,
					 .name = in->name,
					 .org_id = in->org_id,
					 .roles = in->roles,
					 .state = in->disabled ? "disabled" : "active",
					 .password = text_or_null(digest),
					 .issuer = text_or_null(in->issuer),
					 .subject = text_or_null(in->subject) };

	if (store_account_change(db, &s, e))
		return e->code;
	return size > 1 ? store_session_drop_all(db, in->id, 0, e) : OK;
}

int account_change(struct db *db, const struct actor *who, const struct account *in, int64_t rev,
		   const char *password, struct account *ret, struct err *e)
{
	TX(tx);
	char digest[PASSWORD_TEXT] = "";
	struct account was, a;
	struct org org;
	int size;

	if (person_name_check("a user's name", in->name, e) || roles_check(in->roles, e) ||
	    account_get(db, in->id, &was, e) || (password && password_check(was.login, password, e)) ||
	    (password && password_hash(password, digest, e)) || tx_begin(&tx, db, true, e) ||
	    account_get(db, in->id, &was, e) || (in->org_id && org_get(db, in->org_id, &org, e)))
		return e->code;
	if (rev && rev != was.rev)
		return err_set(e, ERR_STALE, "user '%s' has changed since you read it", was.login);
	size = change_size(&was, in, password != NULL);
	if (!size) {
		*ret = was;
		return OK; /* nothing to keep */
	}
	if (operator_stays(db, in->id, in->roles, in->disabled, e) || subject_judge(db, in, e) ||
	    change_write(db, in, &was, digest, size, e) || account_get(db, in->id, &a, e) ||
	    user_audit(db, who, password ? "user-password" : "user-change", &was, &a, e) || tx_keep(&tx, e))
		return e->code;
	*ret = a;
	return OK;
}

int account_own_password(struct db *db, const struct actor *who, int64_t id, const char *password,
			 struct err *e)
{
	struct account a;

	if (account_get(db, id, &a, e))
		return e->code;
	if (!a.has_password)
		return err_set(e, ERR_CONFLICT, "this account has no password; an operator can set one");
	return account_change(db, who, &a, a.rev, password, &a, e);
}

int account_set_subject(struct db *db, const struct actor *who, int64_t id, const char *issuer,
			const char *subject, struct err *e)
{
	struct account a;

	if (account_get(db, id, &a, e))
		return e->code;
	if (!str_copy(a.issuer, sizeof a.issuer, issuer) || !str_copy(a.subject, sizeof a.subject, subject))
		return err_set(e, ERR_TOO_LARGE, "an issuer and a subject have at most %zu bytes",
			       sizeof a.issuer - 1);
	return account_change(db, who, &a, a.rev, NULL, &a, e);
}

int account_sign_in(struct db *db, const char *login, const char *password, struct account *ret, bool *ret_ok,
		    struct err *e)
{
	char lower[LOGIN_MAX + 1], digest[PASSWORD_TEXT] = "";
	struct account a = { .id = 0 };
	struct err ignored;
	bool got = false, fits = false;

	if (!login_normal(login, lower, &ignored) && account_look(db, 0, lower, &a, digest, &got, e))
		return e->code;
	/* Whether there is an account, a password, or neither: one scrypt (T34). */
	if (password_fits(strlen(password) <= PASSWORD_MAX ? password : "", text_or_null(digest), &fits, e))
		return e->code;
	*ret_ok = fits && got && !a.disabled;
	if (*ret_ok)
		*ret = a;
	return OK;
}

/* ---- JSON ---- */

void jw_kroles(struct jw *w, const char *name, unsigned roles)
{
	jw_key(w, name);
	jw_arr(w);
	for (unsigned i = 0; i < ROLES; i++)
		if (roles & 1U << i)
			jw_str(w, role_text[i]);
	jw_arr_end(w);
}

void account_json(const struct account *a, struct jw *w)
{
	jw_obj(w);
	jw_kstr(w, "login", a->login);
	jw_kstr(w, "name", a->name);
	jw_kstr(w, "organisation", text_or_null(a->org));
	jw_kroles(w, "roles", a->roles);
	jw_kstr(w, "state", a->disabled ? "disabled" : "active");
	jw_kbool(w, "password", a->has_password);
	jw_kstr(w, "issuer", text_or_null(a->issuer));
	jw_kstr(w, "subject", text_or_null(a->subject));
	jw_kint(w, "rev", a->rev);
	jw_ktime(w, "added_at", a->added_at);
	jw_end(w);
}

int accounts_json(struct db *db, int64_t org_id, int64_t account_id, const char *cursor, int64_t limit,
		  struct str *out, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct jw w = jw_start(out);
	int64_t after, last = 0, n = 0;
	struct store_account s;
	struct account a;
	bool got;

	if (cursor_read(cursor, 0, &after, e) ||
	    store_account_page(db, after, org_id, account_id, limit + 1, &r, e))
		return e->code;
	jw_obj(&w);
	jw_key(&w, "users");
	jw_arr(&w);
	for (;;) {
		if (store_account_next(r, &s, &got, e))
			return e->code;
		if (!got || n++ == limit)
			break;
		account_from(&s, &a);
		account_json(&a, &w);
		last = a.id;
	}
	jw_arr_end(&w);
	jw_kcursor(&w, "next", got ? last : 0);
	jw_end(&w);
	str_addc(out, '\n');
	return OK;
}

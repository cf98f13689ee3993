/* SPDX-License-Identifier: Apache-2.0 */
/* Users, organisations, API tokens. With --db on the store itself: how the first administrator is made. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/parse.h"
#include "base/secret.h"
#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/list.h"
#include "cli/show.h"
#include "core/people.h"

/* clang-format off */
#define PERSON \
	{ "name", 0, "TEXT", "the name as people write it" }, \
	{ "org", 0, "NAME", "the organisation; \"\" for none" }, \
	{ "role", 0, "ROLES", "supplier manufacturer editor approver ssc cpo operator auditor; several with commas" }, \
	{ "issuer", 0, "URL", "OpenID Connect: who vouches for this user" }, \
	{ "subject", 0, "TEXT", "OpenID Connect: as whom" }
const struct option_row user_add_options[] = {
	PERSON,
	{ "no-password", 0, NULL, "none: a machine with tokens, or who signs in elsewhere" },
	WHY, END_OF_OPTIONS,
};
const struct option_row user_change_options[] = {
	PERSON,
	{ "enable", 0, NULL, "may sign in again" },
	WHY, END_OF_OPTIONS,
};
const struct option_row org_add_options[] = {
	{ "kind", 0, "KIND", "supplier, manufacturer, secas, ssc, cpo, operator or other" },
	{ "codes", 0, "CODES", "its manufacturer codes (4 hex digits), with commas" },
	WHY, END_OF_OPTIONS,
};
const struct option_row token_new_options[] = {
	{ "user", 0, "NAME", "whose token; needed with --db" },
	{ "label", 0, "TEXT", "what it is for" },
	{ "role", 0, "ROLES", "which of the roles it may use; default all" },
	{ "days", 0, "N", "how long it lives; default 90, at most 366" },
	WHY, END_OF_OPTIONS,
};
const struct option_row people_why_options[] = { WHY, END_OF_OPTIONS };
const struct option_row people_list_options[] = { LIMIT, END_OF_OPTIONS };
/* clang-format on */

static struct actor actor_why(const struct call *c)
{
	struct actor who = call_actor(c);

	if (call_has(c, "why"))
		who.why = call_opt(c, "why");
	return who;
}

/* ---- passwords ---- */

int call_secret_line(char *buf, size_t size, struct err *e)
{
	size_t n;

	if (!fgets(buf, (int)size, stdin))
		return err_set(e, ERR_USAGE, "there is no password on standard input");
	n = strcspn(buf, "\r\n");
	if (!buf[n] && n + 1 == size)
		return err_set(e, ERR_INVALID, "a password has at most %zu bytes", size - 2);
	buf[n] = '\0';
	return OK;
}

static int line_ask(const struct call *c, const char *what, char *buf, size_t size, struct err *e)
{
	struct termios was, quiet;
	int rc;

	if (tcgetattr(STDIN_FILENO, &was))
		return err_set(e, ERR_USAGE,
			       "the terminal does not answer; give the password on standard input");
	quiet = was;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	/* Quiet first: who types at the sight of the question is not shown, and not thrown away. */
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	fprintf(c->env->chat, "%s", what);
	fflush(c->env->chat);
	rc = call_secret_line(buf, size, e);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &was);
	fputc('\n', c->env->chat);
	return rc;
}

/* Never from the command line, where everybody on the machine could read it. */
static int password_get(const struct call *c, char buf[PASSWORD_MAX + 1], struct err *e)
{
	char text[PASSWORD_MAX + 3], again[PASSWORD_MAX + 3];
	int rc;

	if (!isatty(STDIN_FILENO))
		rc = call_secret_line(text, sizeof text, e);
	else if (!(rc = line_ask(c, "New password: ", text, sizeof text, e)) &&
		 !(rc = line_ask(c, "The same again: ", again, sizeof again, e)) && strcmp(text, again) != 0)
		rc = err_set(e, ERR_INVALID, "these were two different passwords");
	if (!rc && !str_copy(buf, PASSWORD_MAX + 1, text))
		rc = err_set(e, ERR_INVALID, "a password has at most %d characters", PASSWORD_MAX);
	if (!rc && !buf[0])
		rc = err_set(e, ERR_INVALID, "the password is empty; --no-password makes a user without one");
	secret_wipe(text, sizeof text);
	secret_wipe(again, sizeof again);
	return rc;
}

/* ---- what is wished, from the options ---- */

static int opt_copy(const struct call *c, const char *name, char *to, size_t size, struct err *e)
{
	const char *s = call_opt(c, name);

	if (s && !str_copy(to, size, s))
		return err_set(e, ERR_USAGE, "--%s has at most %zu bytes", name, size - 1);
	return OK;
}

static int wish_options(const struct call *c, struct user_wish *w, struct err *e)
{
	unsigned roles;

	if (opt_copy(c, "name", w->name, sizeof w->name, e) ||
	    opt_copy(c, "org", w->organisation, sizeof w->organisation, e) ||
	    opt_copy(c, "issuer", w->issuer, sizeof w->issuer, e) ||
	    opt_copy(c, "subject", w->subject, sizeof w->subject, e))
		return (int)e->code;
	if (!call_has(c, "role"))
		return OK;
	if (roles_read(call_opt(c, "role"), &roles, e))
		return (int)e->code;
	roles_write(roles, w->roles);
	return OK;
}

static void jw_kroles_text(struct jw *w, const char *name, const char *text)
{
	jw_key(w, name);
	jw_arr(w);
	for (text += strspn(text, " ,"); *text; text += strspn(text, " ,")) {
		size_t n = strcspn(text, " ,");

		jw_strn(w, text, n);
		text += n;
	}
	jw_arr_end(w);
}

static void wish_json(const struct user_wish *u, bool fresh, struct str *out)
{
	struct jw w = jw_start(out);

	jw_obj(&w);
	jw_kstr(&w, fresh ? "login" : "state", fresh ? u->login : u->state);
	jw_kstr(&w, "name", u->name);
	jw_kstr(&w, "organisation", u->organisation);
	jw_kroles_text(&w, "roles", u->roles);
	jw_kstr(&w, "issuer", u->issuer);
	jw_kstr(&w, "subject", u->subject);
	if (u->password[0])
		jw_kstr(&w, "password", u->password);
	jw_end(&w);
}

static void body_done(struct str *s)
{
	if (s->p)
		secret_wipe(s->p, s->len);
	str_done(s);
}
DEFINE_OWN_VAL(struct str, body_done)

/* ---- users ---- */

static void account_out(const struct account *a, struct str *out)
{
	struct jw w = jw_start(out);

	account_json(a, &w);
	str_addc(out, '\n');
}

int cmd_user_add(struct call *c, struct err *e)
{
	OWN(user_wish_done) struct user_wish wish = { .login = "" };
	OWN(body_done) struct str body = { .max = 64 * KIB };
	struct actor who = actor_why(c);
	STR(answer, 64 * KIB);
	struct account a;
	struct db *db;

	if (!str_copy(wish.login, sizeof wish.login, c->arg[0]))
		return err_set(e, ERR_USAGE, "a login name has at most %d characters", LOGIN_MAX);
	if (wish_options(c, &wish, e) || (!call_has(c, "no-password") && password_get(c, wish.password, e)))
		return (int)e->code;
	wish_json(&wish, true, &body);
	if (!call_offline(c)) {
		if (call_ask_why(c, "POST", "/v1/users", NULL, &body, &answer, e))
			return (int)e->code;
	} else {
		if (call_db(c, true, true, &db, e) || user_add(db, &who, &wish, &a, e))
			return (int)e->code;
		account_out(&a, &answer);
	}
	return call_show(c, &answer, show_user, e);
}

static int users_of_store(struct call *c, const char *cursor, int64_t limit, struct str *out, void *ctx,
			  struct err *e)
{
	struct db *db;

	(void)ctx;
	return call_db(c, false, false, &db, e) ? (int)e->code
						: accounts_json(db, 0, 0, cursor, limit, out, e);
}

int cmd_user_list(struct call *c, struct err *e)
{
	STR(answer, ANSWER_MAX);
	char url[] = "/v1/users";

	if (call_offline(c) ? list_collect(c, "users", users_of_store, NULL, &answer, e)
			    : list_collect(c, "users", list_page_get, url, &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_users, e);
}

static int user_url(const struct call *c, struct str *url)
{
	str_add(url, "/v1/users");
	url_segment(url, c->arg[0]);
	return OK;
}

int cmd_user_show(struct call *c, struct err *e)
{
	STR(answer, 64 * KIB);
	STR(url, 4 * KIB);
	struct client *client;
	struct account a;
	struct db *db;

	user_url(c, &url);
	if (call_offline(c) ? call_db(c, false, false, &db, e) || account_find(db, c->arg[0], &a, e)
			    : call_client(c, &client, e) || client_get(client, str_c(&url), &answer, e))
		return (int)e->code;
	if (call_offline(c))
		account_out(&a, &answer);
	return call_show(c, &answer, show_user, e);
}

static void words_of(const struct json *array, char *buf, size_t size)
{
	STR(text, 1 * KIB);

	for (size_t i = 0; i < json_len(array); i++)
		str_addf(&text, "%s%s", i ? " " : "", json_text(json_at(array, i)));
	str_copy(buf, size, str_c(&text));
}

/* What stands, as the service tells it. */
static int wish_of_service(struct call *c, struct user_wish *w, char match[32], struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	STR(answer, 64 * KIB);
	STR(url, 4 * KIB);
	struct client *client;

	user_url(c, &url);
	if (call_client(c, &client, e) || client_get(client, str_c(&url), &answer, e) ||
	    json_parse(str_c(&answer), answer.len, &j, e))
		return (int)e->code;
	str_copy(w->login, sizeof w->login, txt(j, "login"));
	str_copy(w->name, sizeof w->name, txt(j, "name"));
	str_copy(w->organisation, sizeof w->organisation, txt(j, "organisation"));
	str_copy(w->state, sizeof w->state, txt(j, "state"));
	str_copy(w->issuer, sizeof w->issuer, txt(j, "issuer"));
	str_copy(w->subject, sizeof w->subject, txt(j, "subject"));
	words_of(json_get(j, "roles"), w->roles, sizeof w->roles);
	snprintf(match, 32, "\"v%" PRId64 "\"", num(j, "rev"));
	return OK;
}

/* Reads what stands, lets the options and `change` alter it, writes it back unless somebody was faster. */
static int user_edit(struct call *c, int (*change)(const struct call *, struct user_wish *, struct err *),
		     struct err *e)
{
	OWN(user_wish_done) struct user_wish wish = { .login = "" };
	OWN(body_done) struct str body = { .max = 64 * KIB };
	struct actor who = actor_why(c);
	STR(answer, 64 * KIB);
	STR(url, 4 * KIB);
	struct account a;
	struct db *db;
	char match[32];

	if (call_offline(c)) {
		if (call_db(c, true, false, &db, e) || account_find(db, c->arg[0], &a, e))
			return (int)e->code;
		wish = user_wish_of(&a);
	} else if (wish_of_service(c, &wish, match, e)) {
		return (int)e->code;
	}
	if (change(c, &wish, e))
		return (int)e->code;
	if (call_offline(c)) {
		if (user_change(db, &who, a.id, a.rev, &wish, &a, e))
			return (int)e->code;
		account_out(&a, &answer);
	} else {
		user_url(c, &url);
		wish_json(&wish, false, &body);
		if (call_ask_why(c, "PUT", str_c(&url), match, &body, &answer, e))
			return (int)e->code;
	}
	return call_show(c, &answer, show_user, e);
}

static int change_options(const struct call *c, struct user_wish *w, struct err *e)
{
	if (call_has(c, "enable"))
		str_copy(w->state, sizeof w->state, "active");
	return wish_options(c, w, e);
}

static int change_disable(const struct call *c, struct user_wish *w, struct err *e)
{
	(void)c;
	(void)e;
	str_copy(w->state, sizeof w->state, "disabled");
	return OK;
}

static int change_password(const struct call *c, struct user_wish *w, struct err *e)
{
	return password_get(c, w->password, e);
}

int cmd_user_change(struct call *c, struct err *e)
{
	return user_edit(c, change_options, e);
}

int cmd_user_disable(struct call *c, struct err *e)
{
	return user_edit(c, change_disable, e);
}

int cmd_user_password(struct call *c, struct err *e)
{
	return user_edit(c, change_password, e);
}

/* ---- organisations ---- */

int cmd_org_add(struct call *c, struct err *e)
{
	const char *kind, *codes = call_opt(c, "codes");
	struct org o = { .id = 0 };
	struct actor who = actor_why(c);
	STR(answer, 64 * KIB);
	STR(body, 64 * KIB);
	struct jw w = jw_start(&body);
	struct db *db;

	if (call_need(c, "kind", &kind, e))
		return (int)e->code;
	if (!call_offline(c)) {
		jw_obj(&w);
		jw_kstr(&w, "name", c->arg[0]);
		jw_kstr(&w, "kind", kind);
		jw_kroles_text(&w, "codes", codes ? codes : "");
		jw_end(&w);
		if (call_ask_why(c, "POST", "/v1/organisations", NULL, &body, &answer, e))
			return (int)e->code;
		return call_show(c, &answer, show_org, e);
	}
	if (!str_copy(o.name, sizeof o.name, c->arg[0]) || !str_copy(o.kind, sizeof o.kind, kind) ||
	    !str_copy(o.codes, sizeof o.codes, codes ? codes : ""))
		return err_set(e, ERR_TOO_LARGE, "a name, a kind or the codes are too long");
	if (call_db(c, true, true, &db, e) || org_add(db, &who, &o, &o, e))
		return (int)e->code;
	w = jw_start(&answer);
	org_json(&o, &w);
	str_addc(&answer, '\n');
	return call_show(c, &answer, show_org, e);
}

static int orgs_of_store(struct call *c, const char *cursor, int64_t limit, struct str *out, void *ctx,
			 struct err *e)
{
	struct db *db;

	(void)ctx;
	return call_db(c, false, false, &db, e) ? (int)e->code : orgs_json(db, 0, cursor, limit, out, e);
}

int cmd_org_list(struct call *c, struct err *e)
{
	STR(answer, ANSWER_MAX);
	char url[] = "/v1/organisations";

	if (call_offline(c) ? list_collect(c, "organisations", orgs_of_store, NULL, &answer, e)
			    : list_collect(c, "organisations", list_page_get, url, &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_orgs, e);
}

/* ---- tokens ---- */

static int token_to_store(struct call *c, int64_t days, struct str *out, struct err *e)
{
	struct token_new in = { .label = call_has(c, "label") ? call_opt(c, "label") : "" };
	struct actor who = actor_why(c);
	struct jw w = jw_start(out);
	char secret[SECRET_TEXT];
	const char *user;
	struct account a;
	struct db *db;
	int64_t id;

	if (call_need(c, "user", &user, e) || call_db(c, true, false, &db, e) ||
	    account_find(db, user, &a, e) ||
	    roles_read(call_has(c, "role") ? call_opt(c, "role") : "", &in.roles, e))
		return (int)e->code;
	in.account_id = a.id;
	in.ends_at = days ? who.now + days * MS_PER_DAY : 0;
	if (people_token_new(db, &who, &in, secret, &id, e))
		return (int)e->code;
	jw_obj(&w);
	jw_kstr(&w, "token", secret);
	jw_key(&w, "about");
	if (people_token_json(db, id, &w, e))
		return (int)e->code;
	jw_end(&w);
	str_addc(out, '\n');
	return OK;
}

int cmd_token_new(struct call *c, struct err *e)
{
	OWN(body_done) struct str answer = { .max = 64 * KIB };
	STR(body, 64 * KIB);
	struct jw w = jw_start(&body);
	int64_t days;

	if (call_opt_int(c, "days", 1, TOKEN_DAYS_MAX, 0, &days, e))
		return (int)e->code;
	if (call_offline(c)) {
		if (token_to_store(c, days, &answer, e))
			return (int)e->code;
		return call_show(c, &answer, show_token_new, e);
	}
	jw_obj(&w);
	if (call_has(c, "user"))
		jw_kstr(&w, "user", call_opt(c, "user"));
	if (call_has(c, "label"))
		jw_kstr(&w, "label", call_opt(c, "label"));
	if (call_has(c, "role"))
		jw_kroles_text(&w, "roles", call_opt(c, "role"));
	if (days)
		jw_kint(&w, "days", days);
	jw_end(&w);
	if (call_ask_why(c, "POST", "/v1/tokens", NULL, &body, &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_token_new, e);
}

static int tokens_of_store(struct call *c, const char *cursor, int64_t limit, struct str *out, void *ctx,
			   struct err *e)
{
	struct db *db;

	(void)ctx;
	return call_db(c, false, false, &db, e) ? (int)e->code
						: people_tokens_json(db, 0, 0, cursor, limit, out, e);
}

int cmd_token_list(struct call *c, struct err *e)
{
	STR(answer, ANSWER_MAX);
	char url[] = "/v1/tokens";

	if (call_offline(c) ? list_collect(c, "tokens", tokens_of_store, NULL, &answer, e)
			    : list_collect(c, "tokens", list_page_get, url, &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_tokens, e);
}

int cmd_token_revoke(struct call *c, struct err *e)
{
	struct actor who = actor_why(c);
	STR(answer, 64 * KIB);
	STR(url, 4 * KIB);
	struct jw w = jw_start(&answer);
	struct db *db;
	int64_t id;

	if (parse_i64(c->arg[0], 1, INT64_MAX, &id, e))
		return err_set(e, ERR_USAGE, "a token is named by its number, see 'firpath token list'");
	str_addf(&url, "/v1/tokens/%" PRId64, id);
	if (call_offline(c)) {
		if (call_db(c, true, false, &db, e) || people_token_revoke(db, &who, id, e) ||
		    people_token_json(db, id, &w, e))
			return (int)e->code;
		str_addc(&answer, '\n');
	} else if (call_ask_why(c, "DELETE", str_c(&url), NULL, NULL, &answer, e)) {
		return (int)e->code;
	}
	return call_show(c, &answer, show_token, e);
}

int cmd_whoami(struct call *c, struct err *e)
{
	return call_get_show(c, "/v1/me", show_me, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * People and machines: organisations, accounts, sessions, API tokens (ADR 0007, T25, T34, T36). Who signs in
 * becomes a struct principal here and nowhere else.
 *
 * Secrets: passwords are kept as scrypt digests, sessions and tokens as SHA-256 of 256 random bits; a secret
 * is told once, to whom it is made for, and is never in an audit row or in an error.
 *
 * Sessions end: 15 minutes after they were last used and 8 hours after the sign-in for roles that change the
 * catalogue or accounts (ROLES_WATCHED), 60 minutes and 12 hours for others; at once by signing out, by a
 * change of the account's roles, organisation or password, and when it is disabled. Use is written at most
 * once a minute, so a session may end up to a minute early, never late.
 *
 * Every function that changes something makes one transaction with its audit row. Times: UTC ms. At least one
 * active account keeps the role operator, so that a service cannot lose its last administrator.
 */
#ifndef FIRPATH_CORE_PEOPLE_H
#define FIRPATH_CORE_PEOPLE_H

#include "base/json.h"
#include "base/str.h"
#include "core/access.h"
#include "store/store_ledger.h"

#define LOGIN_MAX 40  /* lower-case letters, digits and . _ @ -; begins with a letter or digit */
#define PERSON_MAX 80 /* bytes of the name of a person or organisation */
#define CODES_MAX 255 /* bytes of the manufacturer codes of an organisation */
#define PASSWORD_MIN 12
#define PASSWORD_MAX 200
#define TOKEN_LABEL_MAX 32 /* letters, digits and . _ - */
#define TOKEN_DAYS_MAX 366 /* no token lives longer */
#define TOKENS_MAX 50      /* of one account that are neither ended nor revoked */
#define SECRET_TEXT 68     /* "fp_" or nothing, 64 hex digits, the NUL */
#define SECRET_PREFIX 12   /* of a token, with the NUL: enough to recognise it */
#define TOKEN_MARK "fp_"   /* how API tokens begin */
#define ROLES_WATCHED (ROLE_EDITOR | ROLE_APPROVER | ROLE_SSC | ROLE_OPERATOR)

/* How long a session of these roles lives without use and in all, ms. */
int64_t session_idle_ms(unsigned roles);
int64_t session_total_ms(unsigned roles);

/* ---- organisations ---- */

extern const char *const org_kinds[]; /* "supplier", "manufacturer", ..., NULL */
struct org {
	int64_t id;                /* given by the store */
	char name[PERSON_MAX + 1]; /* unique */
	char kind[16];             /* one of org_kinds */
	char
	    codes[CODES_MAX + 1]; /* manufacturer codes: 4 hex digits each, upper case, separated by blanks */
	int64_t rev;              /* counts its changes */
	int64_t added_at;
};
/* ERR_CONFLICT when the name is taken, ERR_INVALID for what is no name, kind or code. in->codes in any case
 * and order. */
int org_add(struct db *db, const struct actor *who, const struct org *in, struct org *ret,
	    struct err *e) MUST_USE;
/* rev: what the caller read, 0 = any; ERR_STALE when it has changed meanwhile. */
int org_change(struct db *db, const struct actor *who, const struct org *in, int64_t rev, struct org *ret,
	       struct err *e) MUST_USE;
int org_get(struct db *db, int64_t id, struct org *ret, struct err *e) MUST_USE;        /* ERR_NOT_FOUND */
int org_find(struct db *db, const char *name, struct org *ret, struct err *e) MUST_USE; /* ERR_NOT_FOUND */
void org_json(const struct org *o, struct jw *w);
/* {"organisations":[...],"next":cursor or null}; only: this one, 0 = all. limit 1-500. */
int orgs_json(struct db *db, int64_t only, const char *cursor, int64_t limit, struct str *out,
	      struct err *e) MUST_USE;

/* ---- accounts ---- */

struct account {
	int64_t id;                /* given by the store */
	char login[LOGIN_MAX + 1]; /* unique, lower case */
	char name[PERSON_MAX + 1]; /* as people write it */
	int64_t org_id;            /* 0 = none */
	char org[PERSON_MAX + 1];  /* its name, "" */
	char codes[CODES_MAX + 1]; /* its manufacturer codes, "" */
	unsigned roles;            /* within ROLES_PEOPLE */
	bool disabled;
	bool has_password;
	char issuer[256], subject[256]; /* OpenID Connect, "" = none */
	int64_t rev;                    /* counts its changes: the validator of If-Match is "v<rev>" */
	int64_t added_at;
};
/* Is there any account? Then the loopback is no longer trusted. */
int people_exist(struct db *db, bool *ret, struct err *e) MUST_USE;
/* password NULL = none: a machine with tokens, or OpenID Connect. ERR_CONFLICT: the login or the subject is
 * taken, or it would be the first account without the role operator. in: login, name, org_id, roles, issuer,
 * subject. */
int account_add(struct db *db, const struct actor *who, const struct account *in, const char *password,
		struct account *ret, struct err *e) MUST_USE;
/* Takes name, org_id, roles, disabled, issuer and subject of in (found by in->id). Another organisation,
 * other roles or disabling end its sessions. rev as for org_change. password: NULL = as it is; else it is set
 * too, which ends sessions. */
int account_change(struct db *db, const struct actor *who, const struct account *in, int64_t rev,
		   const char *password, struct account *ret, struct err *e) MUST_USE;
/* A person's own new password; the caller has seen the present one proven (account_sign_in). Ends all its
 * sessions. ERR_CONFLICT: it has none, an operator can set one. */
int account_own_password(struct db *db, const struct actor *who, int64_t id, const char *password,
			 struct err *e) MUST_USE;
int account_find(struct db *db, const char *login, struct account *ret,
		 struct err *e) MUST_USE;                                                /* ERR_NOT_FOUND */
int account_get(struct db *db, int64_t id, struct account *ret, struct err *e) MUST_USE; /* ERR_NOT_FOUND */
/* OpenID Connect: whom this issuer means. *ret_got false when there is no such account. */
int account_by_subject(struct db *db, const char *issuer, const char *subject, struct account *ret,
		       bool *ret_got, struct err *e) MUST_USE;
/* Ties an account to who signs in elsewhere; "" "" unties it. ERR_CONFLICT when another has that subject. */
int account_set_subject(struct db *db, const struct actor *who, int64_t id, const char *issuer,
			const char *subject, struct err *e) MUST_USE;
/* Does that password belong to that login, and may it sign in? Takes the same time whether the login exists
 * or not (T34): one scrypt. *ret_ok false: wrong, unknown or disabled, and *ret is left alone. db may be read
 * only. */
int account_sign_in(struct db *db, const char *login, const char *password, struct account *ret, bool *ret_ok,
		    struct err *e) MUST_USE;
void account_json(const struct account *a, struct jw *w);
/* {"users":[...],"next":...}. org_id: only of this organisation, 0 = all, -1 = none; account_id: this one
 * too. */
int accounts_json(struct db *db, int64_t org_id, int64_t account_id, const char *cursor, int64_t limit,
		  struct str *out, struct err *e) MUST_USE;

/* What somebody wants of an account, as texts: the member names of the REST interface, the options of the
 * command line. Roles by name, the organisation by name ("" = none), state "active" or "disabled". */
struct user_wish {
	char login[LOGIN_MAX + 1];
	char name[PERSON_MAX + 1]; /* "" = the login */
	char organisation[PERSON_MAX + 1];
	char roles[ROLES_TEXT_MAX];
	char state[16];
	char password[PASSWORD_MAX + 1]; /* "" = none, or as it is */
	char issuer[256], subject[256];
};
struct user_wish user_wish_of(const struct account *a); /* what stands; all zero otherwise */
void user_wish_done(struct user_wish *w);               /* forgets the password */
DEFINE_OWN_VAL(struct user_wish, user_wish_done)
/* Members of a JSON object over what is there already; ERR_JSON_FIELD. fresh: login is needed. */
int user_wish_read(const char *json, size_t len, bool fresh, struct user_wish *w, struct err *e) MUST_USE;
int user_add(struct db *db, const struct actor *who, const struct user_wish *w, struct account *ret,
	     struct err *e) MUST_USE;
int user_change(struct db *db, const struct actor *who, int64_t id, int64_t rev, const struct user_wish *w,
		struct account *ret, struct err *e) MUST_USE;
/* Who may see it: operators and auditors everybody, others their own organisation's and themselves. As
 * filters of the lists. */
void people_scope(const struct principal *p, int64_t *ret_org, int64_t *ret_account);
bool people_visible(const struct principal *p, const struct account *a);

/* ---- sessions ---- */

/* Makes a session for an account and writes 'session-begin' to the audit. old: the secret that the browser
 * sent, if any, whose session ends (T25: rotated at sign-in); NULL = none. ret_secret is for the cookie. */
int people_session_new(struct db *db, int64_t account_id, int64_t now, const char *old,
		       char ret_secret[SECRET_TEXT], struct err *e) MUST_USE;
/* Who is it? *ret_got false: no such session, it has ended, or its account is disabled. *ret_touch: its use
 * should be written with people_session_touch(). db may be read only. */
int people_session_find(struct db *db, const char *secret, int64_t now, struct principal *ret, bool *ret_got,
			bool *ret_touch, struct err *e) MUST_USE;
int people_session_touch(struct db *db, int64_t session_id, int64_t now, struct err *e) MUST_USE;
/* Ends one session of that account. ERR_NOT_FOUND when it has none of that number. */
int people_session_end(struct db *db, const struct actor *who, int64_t account_id, int64_t session_id,
		       struct err *e) MUST_USE;
/* {"sessions":[{"id","made_at","used_at","ends_at","current"}]} of an account. */
int people_sessions_json(struct db *db, int64_t account_id, int64_t current, int64_t now, struct str *out,
			 struct err *e) MUST_USE;
/* 32 lower-case hex digits for forms and headers, made from a session's secret (T24). */
void people_csrf(const char *secret, char ret[33]);

/* ---- API tokens ---- */

struct token_new {
	int64_t account_id;
	const char *label; /* "" = "api" */
	unsigned roles;    /* within the account's; 0 = all of them */
	int64_t ends_at;   /* at most TOKEN_DAYS_MAX days ahead; 0 = 90 days */
};
/* For whom may p make a token, and how far does it reach at most? user "" = for itself. Operators make tokens
 * for accounts that nobody signs in to (machines); everybody for themselves, and with a token none that may
 * more or lives longer than that token. *roles in: wanted, 0 = all; out: checked. *ret_ends: the latest end,
 * 0 = no limit of its own. ERR_DENIED, ERR_NOT_FOUND, ERR_USAGE (nobody to make it for). */
int people_token_for(struct db *db, const struct principal *p, const char *user, int64_t *ret_account,
		     unsigned *roles, int64_t *ret_ends, struct err *e) MUST_USE;
int people_token_new(struct db *db, const struct actor *who, const struct token_new *in,
		     char ret_secret[SECRET_TEXT], int64_t *ret_id, struct err *e) MUST_USE;
/* As people_session_find. The roles are those of the token that its account still has. */
int people_token_find(struct db *db, const char *secret, int64_t now, struct principal *ret, bool *ret_got,
		      bool *ret_touch, struct err *e) MUST_USE;
int people_token_touch(struct db *db, int64_t token_id, int64_t now, struct err *e) MUST_USE;
/* Whose token is it? ERR_NOT_FOUND. */
int people_token_owner(struct db *db, int64_t id, struct account *ret, struct err *e) MUST_USE;
/* Revoked stays revoked; ERR_NOT_FOUND when it is none, or is revoked already. */
int people_token_revoke(struct db *db, const struct actor *who, int64_t id, struct err *e) MUST_USE;
int people_token_json(struct db *db, int64_t id, struct jw *w, struct err *e) MUST_USE;
/* {"tokens":[...],"next":...}; filters as for accounts_json. */
int people_tokens_json(struct db *db, int64_t org_id, int64_t account_id, const char *cursor, int64_t limit,
		       struct str *out, struct err *e) MUST_USE;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Organisations, accounts, sessions and tokens: what is taken, how long it lets somebody in, and that no
 * secret stays anywhere. Over both engines. */
#include <inttypes.h>
#include <time.h>

#include "base/parse.h"
#include "base/secret.h"
#include "core/people.h"
#include "db_fault.h"
#include "stores.h"

#define NOW INT64_C(1800000000000)
#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define PASSWORD "four words in a row"

static const struct actor who = { "test", "because", NOW };

static struct account made(struct db *db, const char *login, unsigned roles, int64_t org,
			   const char *password)
{
	struct account in = { .org_id = org, .roles = roles }, a;
	struct err e;

	str_copy(in.login, sizeof in.login, login);
	str_copy(in.name, sizeof in.name, login);
	ck_ok(account_add(db, &who, &in, password, &a, &e));
	return a;
}

static struct org org_made(struct db *db, const char *name, const char *kind, const char *codes)
{
	struct org in = { .id = 0 }, o;
	struct err e;

	str_copy(in.name, sizeof in.name, name);
	str_copy(in.kind, sizeof in.kind, kind);
	str_copy(in.codes, sizeof in.codes, codes);
	ck_ok(org_add(db, &who, &in, &o, &e));
	return o;
}

static int64_t audit_rows(struct db *db)
{
	int64_t rows, bad;
	char head[65];
	struct err e;

	ck_ok(audit_verify(db, &rows, &bad, head, &e));
	ck_assert_int_eq(bad, 0);
	return rows;
}

/* All that the audit says, in one text. */
static void audit_text(struct db *db, struct str *out)
{
	OWN(rows_done) struct rows *r = NULL;
	struct err e;
	bool got;

	ck_ok(db_run(db, SQL_AUDIT_PAGE, ARGS(VINT(0), VINT(1000)), &r, &e));
	for (;;) {
		ck_ok(rows_next(r, &got, &e));
		if (!got)
			return;
		for (int i = 2; i < 8; i++)
			str_addf(out, "%s|", rows_null(r, i) ? "-" : rows_text(r, i));
		str_addc(out, '\n');
	}
}

START_TEST(the_first_account_is_an_operator_and_the_last_one_stays)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	struct account in = { .login = "eve", .name = "Eve", .roles = ROLE_EDITOR }, a, b;
	struct err e;
	bool any;

	ck_ok(people_exist(db, &any, &e));
	ck_assert(!any);
	ck_refused(account_add(db, &who, &in, NULL, &a, &e), ERR_CONFLICT, "first account");
	ck_assert_int_eq(audit_rows(db), 0);
	a = made(db, "Alice", ROLE_OPERATOR, 0, NULL);
	ck_assert_str_eq(a.login, "alice");
	ck_ok(people_exist(db, &any, &e));
	ck_assert(any);
	in = a;
	in.disabled = true;
	ck_refused(account_change(db, &who, &in, 0, NULL, &b, &e), ERR_CONFLICT, "last one");
	in = a;
	in.roles = ROLE_AUDITOR;
	ck_refused(account_change(db, &who, &in, 0, NULL, &b, &e), ERR_CONFLICT, "operator");
	made(db, "bob", ROLE_OPERATOR | ROLE_EDITOR, 0, NULL);
	ck_ok(account_change(db, &who, &in, 0, NULL, &b, &e));
	ck_assert_uint_eq(b.roles, ROLE_AUDITOR);
	ck_assert_int_eq(b.rev, 2);
	ck_assert_int_eq(audit_rows(db), 3);
}
END_TEST

START_TEST(what_is_no_login_name_password_role_or_code_is_refused_and_leaves_nothing)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	static const char *const logins[] = { "",    " ",   "-x",       "_x",  "a b",        "a/b",
					      "new", "NEW", "\xc3\xa9", "a\n", "' OR 1=1 --" };
	static const char *const passwords[] = { "short",
						 "123456789012345",
						 "aaaaaaaaaaaaaaaa",
						 "has bob2 in it all",
						 "a line\nand another",
						 "not utf-8 \xff\xff\xff" };
	struct account in = { .login = "bob2", .name = "Bob", .roles = 0 }, a;
	struct org o = { .kind = "supplier" }, p;
	char text[400];
	int64_t rows;
	struct err e;

	made(db, "op", ROLE_OPERATOR, 0, NULL);
	rows = audit_rows(db);
	for (size_t i = 0; i < sizeof passwords / sizeof *passwords; i++)
		ck_refused(account_add(db, &who, &in, passwords[i], &a, &e), ERR_INVALID, "password");
	memset(text, 'x', sizeof text);
	text[PASSWORD_MAX] = 'y';
	text[PASSWORD_MAX + 1] = '\0';
	ck_refused(account_add(db, &who, &in, text, &a, &e), ERR_INVALID, "password");
	in.roles = ROLE_DEVICE;
	ck_refused(account_add(db, &who, &in, NULL, &a, &e), ERR_INVALID, "device");
	in.roles = ROLE_PUBLIC | ROLE_EDITOR;
	ck_refused(account_add(db, &who, &in, NULL, &a, &e), ERR_INVALID, "public");
	in.roles = 0;
	in.org_id = 77;
	ck_refused(account_add(db, &who, &in, NULL, &a, &e), ERR_NOT_FOUND, "organisation");
	in.org_id = 0;
	str_copy(in.issuer, sizeof in.issuer, "https://id.example");
	ck_refused(account_add(db, &who, &in, NULL, &a, &e), ERR_INVALID, "belong together");
	in.issuer[0] = '\0';
	for (size_t i = 0; i < sizeof logins / sizeof *logins; i++) {
		str_copy(in.login, sizeof in.login, logins[i]);
		ck_refused(account_add(db, &who, &in, NULL, &a, &e), ERR_INVALID, "login name");
	}
	str_copy(in.login, sizeof in.login, "op");
	ck_refused(account_add(db, &who, &in, NULL, &a, &e), ERR_CONFLICT, "already");
	ck_refused(org_add(db, &who, &o, &p, &e), ERR_INVALID, "name");
	str_copy(o.name, sizeof o.name, "X");
	str_copy(o.codes, sizeof o.codes, "118F 118");
	ck_refused(org_add(db, &who, &o, &p, &e), ERR_INVALID, "118");
	o.codes[0] = '\0';
	str_copy(o.kind, sizeof o.kind, "suplier");
	ck_refused(org_add(db, &who, &o, &p, &e), ERR_INVALID, "did you mean 'supplier'");
	ck_assert_int_eq(audit_rows(db), rows);
}
END_TEST

START_TEST(organisations_have_codes_in_one_form_and_versions)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	struct org o = org_made(db, "Example Meters", "manufacturer", "118f, 1081 118F"), p, q;
	struct account a;
	struct err e;

	ck_assert_str_eq(o.codes, "1081 118F");
	ck_assert_int_eq(o.rev, 1);
	made(db, "op", ROLE_OPERATOR, 0, NULL);
	a = made(db, "maker", ROLE_MANUFACTURER, o.id, NULL);
	ck_assert_str_eq(a.codes, "1081 118F");
	ck_assert_str_eq(a.org, "Example Meters");
	org_made(db, "Other", "other", "");
	p = o;
	str_copy(p.name, sizeof p.name, "Other");
	ck_refused(org_change(db, &who, &p, 1, &q, &e), ERR_CONFLICT, "already");
	str_copy(p.name, sizeof p.name, "Example Meters Ltd");
	ck_refused(org_change(db, &who, &p, 2, &q, &e), ERR_STALE, "changed");
	ck_ok(org_change(db, &who, &p, 1, &q, &e));
	ck_assert_int_eq(q.rev, 2);
	ck_ok(org_change(db, &who, &q, 2, &q, &e)); /* nothing differs */
	ck_assert_int_eq(q.rev, 2);
	ck_refused(org_find(db, "Example Meters", &p, &e), ERR_NOT_FOUND, "Example Meters");
}
END_TEST

START_TEST(T34_a_password_lets_in_only_whom_it_belongs_to)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	struct account a = made(db, "op", ROLE_OPERATOR, 0, PASSWORD), got, in;
	STR(text, 1 * MIB);
	struct err e;
	bool ok;

	made(db, "machine", ROLE_OPERATOR, 0, NULL);
	ck_ok(account_sign_in(db, "OP", PASSWORD, &got, &ok, &e));
	ck_assert(ok);
	ck_assert_int_eq(got.id, a.id);
	ck_ok(account_sign_in(db, "op", PASSWORD "x", &got, &ok, &e));
	ck_assert(!ok);
	ck_ok(account_sign_in(db, "machine", "", &got, &ok, &e));
	ck_assert(!ok);
	in = a;
	in.disabled = true;
	ck_ok(account_change(db, &who, &in, a.rev, NULL, &got, &e));
	ck_ok(account_sign_in(db, "op", PASSWORD, &got, &ok, &e));
	ck_assert(!ok);
	in.disabled = false;
	ck_ok(account_change(db, &who, &in, 0, "another four words", &got, &e));
	ck_ok(account_sign_in(db, "op", "another four words", &got, &ok, &e));
	ck_assert(ok);
	audit_text(db, &text);
	ck_assert_ptr_null(strstr(str_c(&text), "four words"));
	ck_assert_ptr_null(strstr(str_c(&text), "scrypt"));
	ck_assert_ptr_nonnull(strstr(str_c(&text), "user-password|user/op|"));
}
END_TEST

/* CPU time of this thread, so that a busy machine does not matter, ms. */
static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1000.0 + (double)t.tv_nsec / 1e6;
}

START_TEST(T34_a_wrong_password_costs_the_same_for_known_and_unknown_names)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	static const char *const names[] = { "op", "nobody", "machine", "' OR 1=1" };
	double least[4] = { 1e9, 1e9, 1e9, 1e9 };
	struct account got;
	struct err e;
	bool ok;

	if (_i != STORE_SQLITE)
		return; /* what costs is before the store */
	made(db, "op", ROLE_OPERATOR, 0, PASSWORD);
	made(db, "machine", ROLE_OPERATOR, 0, NULL);
	for (int round = 0; round < 4; round++)
		for (size_t i = 0; i < 4; i++) {
			double start = cpu_ms(), took;

			ck_ok(account_sign_in(db, names[i], "a wrong one", &got, &ok, &e));
			took = cpu_ms() - start;
			ck_assert(!ok);
			if (took < least[i])
				least[i] = took;
		}
	for (size_t i = 1; i < 4; i++) {
		double gap = least[i] > least[0] ? least[i] - least[0] : least[0] - least[i];

		ck_assert_msg(gap < least[0] / 10, "%s: %.1f ms, %s: %.1f ms", names[0], least[0], names[i],
			      least[i]);
	}
}
END_TEST

/* Is there still a session, at that time? */
static bool alive(struct db *db, const char *secret, int64_t now, bool *ret_touch)
{
	struct principal p;
	struct err e;
	bool got;

	ck_ok(people_session_find(db, secret, now, &p, &got, ret_touch, &e));
	return got;
}

START_TEST(T25_sessions_end_by_time_and_by_use)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	struct account op = made(db, "op", ROLE_OPERATOR, 0, NULL),
		       s = made(db, "sup", ROLE_SUPPLIER, 0, NULL);
	static const struct {
		bool watched;
		int64_t idle, total;
	} cases[] = { { true, 15 * MINUTE, 8 * HOUR }, { false, 60 * MINUTE, 12 * HOUR } };

	for (size_t i = 0; i < 2; i++) {
		char secret[SECRET_TEXT];
		struct principal p;
		int64_t at = NOW;
		struct err e;
		bool got, touch;

		ck_ok(people_session_new(db, cases[i].watched ? op.id : s.id, NOW, NULL, secret, &e));
		ck_assert_uint_eq(strlen(secret), 64);
		ck_assert(alive(db, secret, NOW + cases[i].idle - 1, &touch));
		ck_assert(touch);
		ck_assert(!alive(db, secret, NOW + cases[i].idle, &touch));
		ck_assert(alive(db, secret, NOW + MINUTE - 1, &touch));
		ck_assert(!touch);
		/* Used again and again it still ends. */
		while (at + 10 * MINUTE < NOW + cases[i].total) {
			at += 10 * MINUTE;
			ck_ok(people_session_find(db, secret, at, &p, &got, &touch, &e));
			ck_assert(got && touch);
			ck_ok(people_session_touch(db, p.session_id, at, &e));
		}
		ck_assert(alive(db, secret, NOW + cases[i].total - 1, &touch));
		ck_assert(!alive(db, secret, NOW + cases[i].total, &touch));
	}
}
END_TEST

START_TEST(T25_sessions_end_when_the_account_changes_and_at_the_next_sign_in)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	struct account op = made(db, "op", ROLE_OPERATOR, 0, PASSWORD), in = op, a;
	struct org o = org_made(db, "Example", "supplier", "");
	char one[SECRET_TEXT], two[SECRET_TEXT];
	struct principal p;
	struct err e;
	bool got, touch;

	made(db, "op2", ROLE_OPERATOR, 0, NULL);
	for (int i = 0; i < 5; i++) {
		ck_ok(people_session_new(db, op.id, NOW, NULL, one, &e));
		ck_assert(alive(db, one, NOW, &touch));
		a = in;
		if (i == 0)
			str_copy(a.name, sizeof a.name, "Another name"); /* that alone ends nothing */
		else if (i == 1)
			a.roles |= ROLE_EDITOR;
		else if (i == 2)
			a.org_id = o.id;
		else if (i == 3)
			a.disabled = true;
		ck_ok(account_change(db, &who, &a, 0, i == 4 ? PASSWORD "!" : NULL, &in, &e));
		ck_assert_int_eq(alive(db, one, NOW, &touch), i == 0);
		if (in.disabled) {
			ck_refused(people_session_new(db, op.id, NOW, NULL, two, &e), ERR_DENIED, "disabled");
			in.disabled = false;
			ck_ok(account_change(db, &who, &in, 0, NULL, &in, &e));
		}
	}
	/* A sign-in in the same browser ends the session that it had (fixation). */
	ck_ok(people_session_new(db, op.id, NOW, NULL, one, &e));
	ck_ok(people_session_new(db, op.id, NOW, one, two, &e));
	ck_assert(!alive(db, one, NOW, &touch));
	ck_ok(people_session_find(db, two, NOW, &p, &got, &touch, &e));
	ck_assert(got);
	ck_assert_str_eq(p.name, "user:op");
	ck_assert_str_eq(p.org, "Example");
	ck_assert_uint_eq(p.roles, ROLE_PUBLIC | ROLE_OPERATOR | ROLE_EDITOR);
	ck_refused(people_session_end(db, &who, op.id + 1, p.session_id, &e), ERR_NOT_FOUND, "session");
	ck_ok(people_session_end(db, &who, op.id, p.session_id, &e));
	ck_assert(!alive(db, two, NOW, &touch));
}
END_TEST

START_TEST(a_token_may_no_more_than_its_account_and_no_longer_than_a_year)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	struct account op = made(db, "op", ROLE_OPERATOR, 0, NULL),
		       a = made(db, "bot", ROLE_SUPPLIER | ROLE_AUDITOR, 0, NULL), b;
	struct token_new in = { a.id, "nightly", ROLE_SUPPLIER, NOW + 30 * MS_PER_DAY };
	char secret[SECRET_TEXT];
	STR(text, 1 * MIB);
	struct principal p;
	struct err e;
	bool got, touch;
	int64_t id, rows;

	ck_ok(people_token_new(db, &who, &in, secret, &id, &e));
	ck_assert_uint_eq(strlen(secret), 67);
	ck_ok(people_token_find(db, secret, NOW, &p, &got, &touch, &e));
	ck_assert(got && touch);
	ck_assert_str_eq(p.name, "token:bot/nightly");
	ck_assert_uint_eq(p.roles, ROLE_PUBLIC | ROLE_SUPPLIER);
	ck_ok(people_token_touch(db, id, NOW, &e));
	ck_ok(people_token_find(db, secret, NOW + MINUTE - 1, &p, &got, &touch, &e));
	ck_assert(got && !touch);
	ck_ok(people_token_find(db, secret, in.ends_at, &p, &got, &touch, &e));
	ck_assert(!got);
	rows = audit_rows(db);
	in.roles = ROLE_EDITOR;
	ck_refused(people_token_new(db, &who, &in, secret, &id, &e), ERR_DENIED, "editor");
	in.roles = 0;
	in.ends_at = NOW + TOKEN_DAYS_MAX * MS_PER_DAY + 1;
	ck_refused(people_token_new(db, &who, &in, secret, &id, &e), ERR_INVALID, "366 days");
	in.ends_at = NOW;
	ck_refused(people_token_new(db, &who, &in, secret, &id, &e), ERR_INVALID, "ends");
	in.ends_at = 0;
	in.label = "a b";
	ck_refused(people_token_new(db, &who, &in, secret, &id, &e), ERR_INVALID, "label");
	ck_assert_int_eq(audit_rows(db), rows);
	in.label = "";
	ck_ok(people_token_new(db, &who, &in, secret, &id, &e));
	ck_ok(people_token_find(db, secret, NOW, &p, &got, &touch, &e));
	ck_assert_uint_eq(p.roles, ROLE_PUBLIC | ROLE_SUPPLIER | ROLE_AUDITOR);
	/* What the account loses its tokens lose. */
	b = a;
	b.roles = ROLE_SUPPLIER;
	ck_ok(account_change(db, &who, &b, 0, NULL, &b, &e));
	ck_ok(people_token_find(db, secret, NOW, &p, &got, &touch, &e));
	ck_assert_uint_eq(p.roles, ROLE_PUBLIC | ROLE_SUPPLIER);
	b.disabled = true;
	ck_ok(account_change(db, &who, &b, 0, NULL, &b, &e));
	ck_ok(people_token_find(db, secret, NOW, &p, &got, &touch, &e));
	ck_assert(!got);
	ck_refused(people_token_new(db, &who, &in, secret, &id, &e), ERR_CONFLICT, "disabled");
	in = (struct token_new){ op.id, "x", 0, 0 };
	ck_ok(people_token_new(db, &who, &in, secret, &id, &e));
	ck_ok(people_token_revoke(db, &who, id, &e));
	ck_ok(people_token_find(db, secret, NOW, &p, &got, &touch, &e));
	ck_assert(!got);
	ck_refused(people_token_revoke(db, &who, id, &e), ERR_NOT_FOUND, "already");
	audit_text(db, &text);
	ck_assert_ptr_null(strstr(str_c(&text), secret + 20));
	ck_assert_ptr_nonnull(strstr(str_c(&text), "token-revoke"));
}
END_TEST

START_TEST(whose_token_somebody_may_make)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	struct account op = made(db, "op", ROLE_OPERATOR | ROLE_EDITOR, 0, PASSWORD),
		       bot = made(db, "bot", ROLE_SUPPLIER, 0, NULL);
	struct principal p = principal_nobody();
	struct token_new in = { op.id, "short", ROLE_OPERATOR, NOW + MS_PER_DAY };
	char secret[SECRET_TEXT];
	int64_t account, ends, id;
	unsigned roles = 0;
	struct err e;
	bool got, touch;

	ck_refused(people_token_for(db, &p, "", &account, &roles, &ends, &e), ERR_INVALID, "for which user");
	ck_refused(people_token_for(db, &p, "bot", &account, &roles, &ends, &e), ERR_NOT_FOUND, "bot");
	p.roles |= ROLE_OPERATOR;
	ck_ok(people_token_for(db, &p, "bot", &account, &roles, &ends, &e));
	ck_assert_int_eq(account, bot.id);
	ck_refused(people_token_for(db, &p, "op", &account, &roles, &ends, &e), ERR_DENIED, "makes its own");
	/* With a token: neither more roles nor a longer life. */
	ck_ok(people_token_new(db, &who, &in, secret, &id, &e));
	ck_ok(people_token_find(db, secret, NOW, &p, &got, &touch, &e));
	roles = ROLE_EDITOR;
	ck_refused(people_token_for(db, &p, "", &account, &roles, &ends, &e), ERR_DENIED, "editor");
	roles = 0;
	ck_ok(people_token_for(db, &p, "", &account, &roles, &ends, &e));
	ck_assert_uint_eq(roles, ROLE_OPERATOR);
	ck_assert_int_eq(ends, in.ends_at);
}
END_TEST

START_TEST(who_signs_in_elsewhere_is_one_account)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	struct account op = made(db, "op", ROLE_OPERATOR, 0, NULL), b = made(db, "b", 0, 0, NULL), a;
	struct err e;
	bool got;

	ck_ok(account_set_subject(db, &who, op.id, "https://id.example", "17", &e));
	ck_ok(account_by_subject(db, "https://id.example", "17", &a, &got, &e));
	ck_assert(got);
	ck_assert_int_eq(a.id, op.id);
	ck_ok(account_by_subject(db, "https://other.example", "17", &a, &got, &e));
	ck_assert(!got);
	ck_refused(account_set_subject(db, &who, b.id, "https://id.example", "17", &e), ERR_CONFLICT, "'op'");
	ck_refused(account_set_subject(db, &who, b.id, "https://id.example", "", &e), ERR_INVALID,
		   "together");
	ck_ok(account_set_subject(db, &who, op.id, "", "", &e));
	ck_ok(account_set_subject(db, &who, b.id, "https://id.example", "17", &e));
}
END_TEST

START_TEST(lists_show_an_organisation_its_own_and_go_on_by_cursor)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	struct org o = org_made(db, "One", "supplier", ""), t = org_made(db, "Two", "supplier", "");
	struct account me;
	char cursor[32] = "";
	struct err e;
	int seen = 0;

	made(db, "op", ROLE_OPERATOR, 0, NULL);
	me = made(db, "me", 0, 0, NULL);
	for (int i = 0; i < 5; i++) {
		char login[8];

		snprintf(login, sizeof login, "u%d", i);
		made(db, login, ROLE_SUPPLIER, i % 2 ? o.id : t.id, NULL);
	}
	for (int pages = 0; pages < 5; pages++) {
		OWN(json_free) struct json *j = NULL;
		STR(out, 1 * MIB);

		ck_ok(accounts_json(db, t.id, me.id, cursor[0] ? cursor : NULL, 2, &out, &e));
		ck_ok(json_parse(str_c(&out), out.len, &j, &e));
		for (size_t i = 0; i < json_len(json_get(j, "users")); i++) {
			const char *org =
			    json_text(json_get(json_at(json_get(j, "users"), i), "organisation"));

			ck_assert(!org || !strcmp(org, "Two"));
			seen++;
		}
		if (!json_get(j, "next"))
			break;
		str_copy(cursor, sizeof cursor, json_text(json_get(j, "next")));
	}
	ck_assert_int_eq(seen, 4); /* u0 u2 u4 and me */
}
END_TEST

START_TEST(any_fault_while_changing_an_account_leaves_it_as_it_was)
{
	for (int n = 0;; n++) {
		struct db *real = fresh_store(_i), *db;
		struct account a = made(real, "op", ROLE_OPERATOR, 0, NULL), in = a, got;
		char secret[SECRET_TEXT];
		struct err e;
		bool touch;
		int rc;

		ck_ok(people_session_new(real, a.id, NOW, NULL, secret, &e));
		in.roles |= ROLE_EDITOR;
		db = db_fault_wrap(real, n);
		rc = account_change(db, &who, &in, 0, NULL, &got, &e);
		ck_assert_int_eq(rc != 0, db_fault_hit(db));
		ck_ok(account_get(real, a.id, &got, &e));
		ck_assert_uint_eq(got.roles, rc ? a.roles : in.roles);
		ck_assert_int_eq(audit_rows(real), rc ? 2 : 3);
		ck_assert_int_eq(alive(real, secret, NOW, &touch), rc != 0);
		db_close(db);
		if (!rc)
			break;
		ck_assert_int_lt(n, 100);
	}
}
END_TEST

START_TEST(digests_of_passwords_are_salted_and_what_is_none_is_said)
{
	char a[PASSWORD_TEXT], b[PASSWORD_TEXT], csrf[33], other[33];
	uint8_t mac[SHA256_LEN];
	char hex[SHA256_HEX];
	struct err e;
	bool fits;

	ck_ok(password_hash(PASSWORD, a, &e));
	ck_ok(password_hash(PASSWORD, b, &e));
	ck_assert_str_ne(a, b);
	ck_assert_int_eq(strncmp(a, "scrypt$15$8$3$", 14), 0);
	ck_ok(password_fits(PASSWORD, b, &fits, &e));
	ck_assert(fits);
	ck_ok(password_fits(PASSWORD, NULL, &fits, &e));
	ck_assert(!fits);
	a[20]--;
	ck_ok(password_fits(PASSWORD,
			    "scrypt$1$1$1$00000000000000000000000000000000$"
			    "0000000000000000000000000000000000000000000000000000000000000000",
			    &fits, &e));
	ck_assert(!fits);
	ck_refused(password_fits(PASSWORD, "scrypt$63$8$1$00$00", &fits, &e), ERR_STORE, "not one of ours");
	ck_refused(password_fits(PASSWORD, "", &fits, &e), ERR_STORE, "not one of ours");
	/* RFC 4231, case 2. */
	hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, mac);
	ck_assert_str_eq(hex_text(mac, sizeof mac, hex),
			 "5BDCC146BF60754E6A042426089575C75A003F089D2739839DEC58B964EC3843");
	people_csrf("one secret", csrf);
	people_csrf("another secret", other);
	ck_assert_uint_eq(strspn(csrf, "0123456789abcdef"), 32);
	ck_assert_str_ne(csrf, other);
}
END_TEST

START_TEST(roles_are_read_by_name)
{
	unsigned roles = 1;
	struct err e;

	ck_ok(roles_read("editor, approver ssc", &roles, &e));
	ck_assert_uint_eq(roles, ROLE_EDITOR | ROLE_APPROVER | ROLE_SSC);
	ck_refused(roles_read("editr", &roles, &e), ERR_INVALID, "did you mean 'editor'");
	ck_ok(roles_read("", &roles, &e));
	ck_assert_uint_eq(roles, 0);
}
END_TEST

int main(void)
{
	const TTest *const all[] = {
		the_first_account_is_an_operator_and_the_last_one_stays,
		what_is_no_login_name_password_role_or_code_is_refused_and_leaves_nothing,
		organisations_have_codes_in_one_form_and_versions,
		T34_a_password_lets_in_only_whom_it_belongs_to,
		T34_a_wrong_password_costs_the_same_for_known_and_unknown_names,
		T25_sessions_end_by_time_and_by_use,
		T25_sessions_end_when_the_account_changes_and_at_the_next_sign_in,
		a_token_may_no_more_than_its_account_and_no_longer_than_a_year,
		whose_token_somebody_may_make,
		who_signs_in_elsewhere_is_one_account,
		lists_show_an_organisation_its_own_and_go_on_by_cursor,
		any_fault_while_changing_an_account_leaves_it_as_it_was,
		digests_of_passwords_are_salted_and_what_is_none_is_said,
		roles_are_read_by_name,
	};

	return STORES_RUN("people", all, 120);
}

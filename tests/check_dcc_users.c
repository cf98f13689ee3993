/* SPDX-License-Identifier: Apache-2.0 */
/* The file of users of the DCC: what is in it is checked before anything is signed or believed by it. */
#include <sys/stat.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/parse.h"
#include "core/people.h"
#include "orch/dcc_users.h"
#include "p256_kit.h"
#include "stores.h"
#include "testing.h"

#define DCC_EUI UINT64_C(0x90B3D51F30000002)
#define OUR_EUI UINT64_C(0x90B3D51F30010000)
#define OUR_TEXT "90-B3-D5-1F-30-01-00-00"
#define NOW INT64_C(1800000000000)

struct folder {
	char dir[256], file[300];
};

static const char *place(const struct folder *f, const char *name, char path[600])
{
	snprintf(path, 600, "%s/%s", f->dir, name);
	return path;
}
#define at(f, name) place(f, name, (char[600]){ "" })

static void pair(const struct folder *f, const char *name, const char *ou, uint64_t eui, int64_t from,
		 int64_t until)
{
	char key[64], cert[64];
	const char *path;

	snprintf(key, sizeof key, "%s.key", name);
	snprintf(cert, sizeof cert, "%s.pem", name);
	path = at(f, key);
	kit_key(path);
	kit_cert(at(f, cert), path,
		 &(struct kit_cert){ .issuer_cn = "Z1",
				     .issuer_ou = "07",
				     .ou = ou,
				     .eui = eui,
				     .serial = 77,
				     .from = from,
				     .until = until });
}

static void folder_make(struct folder *f)
{
	int64_t from = NOW / 1000 - 86400, until = NOW / 1000 + 86400 * 365;

	test_dir_new(f->dir, sizeof f->dir);
	snprintf(f->file, sizeof f->file, "%s/users.json", f->dir);
	pair(f, "dcc", "89", DCC_EUI, from, until);
	pair(f, "xml", "87", OUR_EUI, from, until);
	pair(f, "command", "02", OUR_EUI, from, until);
	pair(f, "other", "87", OUR_EUI + 1, from, until);
	pair(f, "plain", "02", OUR_EUI, from, until);
	pair(f, "old", "87", OUR_EUI, from - 86400 * 30, from);
	pair(f, "soon", "87", OUR_EUI, from, NOW / 1000 + 86400 * 59);
	pair(f, "later", "87", OUR_EUI, from, NOW / 1000 + 86400 * 61);
}

static void write_file(const struct folder *f, const char *text)
{
	struct err e;

	ck_ok(file_replace(f->file, text, strlen(text), &e));
}

static const char dcc[] = "{\"eui\":\"90-B3-D5-1F-30-00-00-02\",\"certificates\":[\"dcc.pem\"]}";
#define KEYS                                                                                                 \
	"\"xml_key\":\"xml.key\",\"xml_certificate\":\"xml.pem\",\"command_key\":\"command.key\",\"command_" \
	"certificate\":\"command.pem\""
#define USER(org) "{\"organisation\":\"" org "\",\"eui\":\"" OUR_TEXT "\",\"roles\":[\"IS\"]," KEYS "}"

static int load(const struct folder *f, struct dcc_users **ret, struct err *e, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
static int load(const struct folder *f, struct dcc_users **ret, struct err *e, const char *fmt, ...)
{
	char text[4000];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	write_file(f, text);
	return dcc_users_load(f->file, NULL, NOW, ret, e);
}

START_TEST(a_good_file_gives_users_with_keys_and_the_certificates_of_the_dcc)
{
	OWN(dcc_users_unref) struct dcc_users *u = NULL;
	const struct dcc_user *one;
	uint8_t sign[P256_SIGN_LEN];
	struct folder f;
	struct err e;

	folder_make(&f);
	ck_ok(load(&f, &u, &e, "{\"dcc\":%s,\"users\":[%s]}", dcc, USER("")));
	ck_assert_uint_eq(u->nusers, 1);
	ck_assert_uint_eq(u->ncerts, 1);
	ck_assert_uint_eq(u->nwarnings, 0);
	ck_assert(u->dcc == DCC_EUI);
	one = dcc_user_eui(u, OUR_EUI);
	ck_assert_ptr_nonnull(one);
	ck_assert_ptr_eq(one, dcc_user_of_org(u, 0));
	ck_assert_ptr_null(dcc_user_eui(u, OUR_EUI + 1));
	ck_assert_ptr_null(dcc_user_of_org(u, 1));
	ck_assert(one->import_supplier && !one->gas_supplier);
	ck_ok(p256_sign(one->xml_key, "x", 1, sign, &e));
	ck_assert(p256_cert_good(one->xml_cert, "x", 1, sign) &&
		  !p256_cert_good(one->command_cert, "x", 1, sign));
	ck_assert(dcc_user_may_sign(one, NOW));
	ck_assert(!dcc_user_may_sign(one, NOW + 366 * MS_PER_DAY));
	test_dir_free(f.dir);
}
END_TEST

START_TEST(what_is_wrong_in_the_file_is_named_by_its_place_and_nothing_is_taken)
{
	static const struct {
		const char *text, *where, *says;
	} bad[] = {
		{ "{", NULL, "" },
		{ "[]", "", "object" },
		{ "{\"users\":[]}", "/dcc", "missing" },
		{ "{\"dcc\":%s,\"user\":[]}", "/user", "did you mean 'users'" },
		{ "{\"dcc\":%s}", "/users", "list" },
		{ "{\"dcc\":%s,\"users\":[7]}", "/users/0", "object" },
		{ "{\"dcc\":%s,\"users\":[{\"organisation\":\"\",\"eui\":\"" OUR_TEXT
		  "\",\"roles\":[\"IS\"],\"xml_keys\":1}]}",
		  "/users/0/xml_keys", "did you mean 'xml_key'" },
		{ "{\"dcc\":%s,\"users\":[{\"eui\":\"" OUR_TEXT "\",\"roles\":[\"IS\"]," KEYS "}]}",
		  "/users/0/organisation", "missing" },
		{ "{\"dcc\":%s,\"users\":[{\"organisation\":\"\",\"eui\":\"90-B3\",\"roles\":[\"IS\"]," KEYS
		  "}]}",
		  "/users/0/eui", "90-B3" },
		{ "{\"dcc\":%s,\"users\":[{\"organisation\":\"\",\"eui\":\"" OUR_TEXT
		  "\",\"roles\":[\"ED\"]," KEYS "}]}",
		  "/users/0/roles", "ED" },
		{ "{\"dcc\":%s,\"users\":[{\"organisation\":\"\",\"eui\":\"" OUR_TEXT
		  "\",\"roles\":[\"IS\",\"IS\"]," KEYS "}]}",
		  "/users/0/roles", "twice" },
		{ "{\"dcc\":%s,\"users\":[{\"organisation\":\"\",\"eui\":\"" OUR_TEXT "\",\"roles\":[]," KEYS
		  "}]}",
		  "/users/0/roles", "list" },
		{ "{\"dcc\":%s,\"users\":[" USER("") "," USER("") "]}", "/users/1/organisation",
		  "same organisation" },
		{ "{\"dcc\":%s,\"users\":[" USER("") "," USER("b") "]}", "/users/1/eui", "twice" },
		{ "{\"dcc\":{\"eui\":\"90-B3-D5-1F-30-00-00-02\",\"certificates\":[]},\"users\":[]}",
		  "/dcc/certificates", "list" },
		{ "{\"dcc\":{\"eui\":\"90-B3-D5-1F-30-00-00-02\",\"certificates\":[\"dcc.pem\",\"xml.pem\"]},"
		  "\"users\":[]}",
		  "/dcc/certificates/1", "89" },
		{ "{\"dcc\":{\"eui\":\"90-B3-D5-1F-30-00-00-02\",\"certificates\":[\"nowhere.pem\"]},"
		  "\"users\":[]}",
		  "/dcc/certificates/0", "nowhere.pem" },
		{ "{\"dcc\":{\"eui\":\"90-B3-D5-1F-30-00-00-02\",\"certificates\":[\"dcc.pem\"],\"x\":1},"
		  "\"users\":[]}",
		  "/dcc/x", "not known" }
	};
	struct folder f;

	folder_make(&f);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct dcc_users *u = NULL;
		struct err e;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		ck_assert_msg(load(&f, &u, &e, bad[i].text, dcc) == ERR_CONFIG, "%s", bad[i].text);
#pragma GCC diagnostic pop
		ck_assert_msg(!bad[i].where || !strcmp(e.where, bad[i].where), "%s: at '%s', not '%s'",
			      bad[i].text, e.where, bad[i].where);
		ck_assert_msg(strstr(e.msg, bad[i].says) && strstr(e.msg, f.file), "%s", e.msg);
		ck_assert_ptr_null(u);
	}
	test_dir_free(f.dir);
}
END_TEST

START_TEST(keys_and_certificates_must_belong_to_each_other_and_to_the_user)
{
	static const struct {
		const char *xml_key, *xml_cert, *command_key, *command_cert, *where, *says;
	} bad[] = {
		{ "other.key", "xml.pem", "command.key", "command.pem", "/users/0/xml_key", "not the one" },
		{ "xml.key", "other.pem", "command.key", "command.pem", "/users/0/xml_certificate",
		  "90-B3-D5-1F-30-01-00-01" },
		{ "plain.key", "plain.pem", "command.key", "command.pem", "/users/0/xml_certificate", "87" },
		{ "xml.key", "xml.pem", "xml.key", "command.pem", "/users/0/command_key", "not the one" },
		{ "xml.key", "xml.pem", "other.key", "other.pem", "/users/0/command_certificate",
		  "90-B3-D5-1F-30-01-00-01" },
		{ "xml.pem", "xml.pem", "command.key", "command.pem", "/users/0/xml_key", "" },
		{ "xml.key", "xml.key", "command.key", "command.pem", "/users/0/xml_certificate", "" },
		{ "open.key", "xml.pem", "command.key", "command.pem", "/users/0/xml_key", "" },
		{ "", "xml.pem", "command.key", "command.pem", "/users/0/xml_key", "empty" }
	};
	struct folder f;

	folder_make(&f);
	kit_key(at(&f, "open.key"));
	ck_assert(!chmod(at(&f, "open.key"), 0644));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct dcc_users *u = NULL;
		struct err e;

		ck_assert_msg(load(&f, &u, &e,
				   "{\"dcc\":%s,\"users\":[{\"organisation\":\"\",\"eui\":\"" OUR_TEXT
				   "\",\"roles\":[\"GS\"],\"xml_key\":\"%s\",\"xml_certificate\":\"%s\","
				   "\"command_key\":\"%s\",\"command_certificate\":\"%s\"}]}",
				   dcc, bad[i].xml_key, bad[i].xml_cert, bad[i].command_key,
				   bad[i].command_cert) == ERR_CONFIG,
			      "%zu", i);
		ck_assert_str_eq(e.where, bad[i].where);
		ck_assert_msg(strstr(e.msg, bad[i].says), "%s", e.msg);
	}
	test_dir_free(f.dir);
}
END_TEST

START_TEST(a_certificate_is_warned_about_sixty_days_before_its_end_and_signs_nothing_after)
{
	static const struct {
		const char *name;
		size_t warnings;
		bool may_sign;
		const char *says;
	} ways[] = { { "old", 1, false, "not valid now" },
		     { "soon", 1, true, "ends on" },
		     { "later", 0, true, "" } };
	struct folder f;

	folder_make(&f);
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		OWN(dcc_users_unref) struct dcc_users *u = NULL;
		struct err e;

		ck_ok(
		    load(&f, &u, &e,
			 "{\"dcc\":%s,\"users\":[{\"organisation\":\"\",\"eui\":\"" OUR_TEXT
			 "\",\"roles\":[\"IS\",\"GS\"],\"xml_key\":\"%s.key\",\"xml_certificate\":\"%s.pem\","
			 "\"command_key\":\"command.key\",\"command_certificate\":\"command.pem\"}]}",
			 dcc, ways[i].name, ways[i].name));
		ck_assert_uint_eq(u->nwarnings, ways[i].warnings);
		ck_assert(!u->nwarnings || strstr(u->warning[0], ways[i].says));
		ck_assert(dcc_user_may_sign(&u->user[0], NOW) == ways[i].may_sign);
	}
	test_dir_free(f.dir);
}
END_TEST

START_TEST(an_organisation_is_found_in_the_store_and_an_unknown_one_is_nobody)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	struct actor who = { "op", "", NOW };
	struct org in = { .kind = "supplier" }, out;
	struct folder f;
	struct err e;

	folder_make(&f);
	str_copy(in.name, sizeof in.name, "Supplier One");
	ck_ok(org_add(db, &who, &in, &out, &e));
	for (int known = 0; known < 2; known++) {
		OWN(dcc_users_unref) struct dcc_users *u = NULL;
		char text[2000];

		snprintf(text, sizeof text, "{\"dcc\":%s,\"users\":[%s]}", dcc,
			 known ? USER("Supplier One") : USER("Supplier Two"));
		write_file(&f, text);
		ck_ok(dcc_users_load(f.file, db, NOW, &u, &e));
		ck_assert_int_eq(u->user[0].org_id, known ? out.id : -1);
		ck_assert_uint_eq(u->nwarnings, known ? 0 : 1);
		ck_assert(known || strstr(u->warning[0], "Supplier Two"));
		ck_assert_ptr_null(dcc_user_of_org(u, 0));
		ck_assert_ptr_null(dcc_user_of_org(u, -1));
		ck_assert_ptr_eq(dcc_user_of_org(u, out.id), known ? &u->user[0] : NULL);
	}
	test_dir_free(f.dir);
}
END_TEST

START_TEST(a_set_lives_as_long_as_somebody_holds_it)
{
	struct dcc_users *u = NULL, *none = dcc_users_none();
	struct folder f;
	struct err e;

	folder_make(&f);
	ck_ok(load(&f, &u, &e, "{\"dcc\":%s,\"users\":[%s]}", dcc, USER("")));
	ck_assert_ptr_eq(dcc_users_ref(u), u);
	dcc_users_unref(u);
	ck_assert(dcc_user_eui(u, OUR_EUI)->eui == OUR_EUI);
	dcc_users_unref(u);
	dcc_users_unref(NULL);
	ck_assert_uint_eq(none->nusers + none->ncerts, 0);
	ck_assert_ptr_null(dcc_user_of_org(none, 0));
	dcc_users_unref(none);
	ck_ok(dcc_users_load("", NULL, NOW, &none, &e));
	ck_assert_uint_eq(none->nusers, 0);
	dcc_users_unref(none);
	ck_refused(dcc_users_load("/nowhere/users.json", NULL, NOW, &none, &e), ERR_CONFIG,
		   "/nowhere/users.json");
	test_dir_free(f.dir);
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		a_good_file_gives_users_with_keys_and_the_certificates_of_the_dcc,
		what_is_wrong_in_the_file_is_named_by_its_place_and_nothing_is_taken,
		keys_and_certificates_must_belong_to_each_other_and_to_the_user,
		a_certificate_is_warned_about_sixty_days_before_its_end_and_signs_nothing_after,
		an_organisation_is_found_in_the_store_and_an_unknown_one_is_nobody,
		a_set_lives_as_long_as_somebody_holds_it
	};

	return STORES_RUN("dcc users", all, 60);
}

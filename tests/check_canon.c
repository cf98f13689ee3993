/* SPDX-License-Identifier: Apache-2.0 */
/* The canonical form of JSON (RFC 8785) and what is signed over it (T13). */
#include <math.h>
#include <sys/stat.h>

#include "base/canon.h"
#include "base/file.h"
#include "base/sign_pkcs1.h"
#include "manifest_kit.h"

static char *form_of(const char *text)
{
	OWN(json_free) struct json *j = NULL;
	struct str out;
	struct err e;

	str_init(&out, KIT_TEXT);
	ck_ok(json_parse_deep(text, strlen(text), JSON_DEPTH_DEEP, &j, &e));
	ck_ok(canon_json(j, NULL, &out, &e));
	return str_take(&out);
}

static void same(const char *text, const char *want)
{
	OWN(mem_free) char *got = form_of(text);

	ck_assert_str_eq(got, want);
}

START_TEST(the_examples_of_rfc_8785_come_out_as_printed_there)
{
	same("{\"numbers\":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"
	     "\"string\":\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/"
	     "\",\"literals\":[null,true,false]}",
	     "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
	     "\"string\":\"\xE2\x82\xAC$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
	same("{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\",\"\\ufb33\":\"Hebrew Letter Dalet With "
	     "Dagesh\","
	     "\"1\":\"One\",\"\\ud83d\\ude00\":\"Emoji: Grinning Face\",\"\\u0080\":\"Control\","
	     "\"\\u00f6\":\"Latin Small Letter O With Diaeresis\"}",
	     "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xC2\x80\":\"Control\","
	     "\"\xC3\xB6\":\"Latin Small Letter O With Diaeresis\",\"\xE2\x82\xAC\":\"Euro Sign\","
	     "\"\xF0\x9F\x98\x80\":\"Emoji: Grinning Face\",\"\xEF\xAC\xB3\":\"Hebrew Letter Dalet With "
	     "Dagesh\"}");
	same("{\"peach\":\"This sorting order\",\"p\xC3\xA9"
	     "che\":\"is wrong according to French\",\"p\xC3\xAA"
	     "che\":\"but canonicalization MUST\",\"sin\":\"ignore locale\"}",
	     "{\"peach\":\"This sorting order\",\"p\xC3\xA9"
	     "che\":\"is wrong according to French\",\"p\xC3\xAA"
	     "che\":\"but canonicalization MUST\",\"sin\":\"ignore locale\"}");
	same("[56,{\"d\":true,\"10\":null,\"1\":[]}]", "[56,{\"1\":[],\"10\":null,\"d\":true}]");
	same("{}", "{}");
	same("[\"\\u0008\\u0009\\u000a\\u000c\\u000d\\u001F\\u007f\\u2028\"]",
	     "[\"\\b\\t\\n\\f\\r\\u001f\x7F\xE2\x80\xA8\"]");
}
END_TEST

START_TEST(numbers_are_written_as_the_table_of_rfc_8785_has_them)
{
	static const struct {
		uint64_t bits;
		const char *text;
	} all[] = {
		{ UINT64_C(0x0000000000000000), "0" },
		{ UINT64_C(0x8000000000000000), "0" },
		{ UINT64_C(0x0000000000000001), "5e-324" },
		{ UINT64_C(0x8000000000000001), "-5e-324" },
		{ UINT64_C(0x7fefffffffffffff), "1.7976931348623157e+308" },
		{ UINT64_C(0xffefffffffffffff), "-1.7976931348623157e+308" },
		{ UINT64_C(0x4340000000000000), "9007199254740992" },
		{ UINT64_C(0xc340000000000000), "-9007199254740992" },
		{ UINT64_C(0x4430000000000000), "295147905179352830000" },
		{ UINT64_C(0x44b52d02c7e14af5), "9.999999999999997e+22" },
		{ UINT64_C(0x44b52d02c7e14af6), "1e+23" },
		{ UINT64_C(0x44b52d02c7e14af7), "1.0000000000000001e+23" },
		{ UINT64_C(0x444b1ae4d6e2ef4e), "999999999999999700000" },
		{ UINT64_C(0x444b1ae4d6e2ef4f), "999999999999999900000" },
		{ UINT64_C(0x444b1ae4d6e2ef50), "1e+21" },
		{ UINT64_C(0x3eb0c6f7a0b5ed8c), "9.999999999999997e-7" },
		{ UINT64_C(0x3eb0c6f7a0b5ed8d), "0.000001" },
		{ UINT64_C(0x41b3de4355555553), "333333333.3333332" },
		{ UINT64_C(0x41b3de4355555554), "333333333.33333325" },
		{ UINT64_C(0x41b3de4355555555), "333333333.3333333" },
		{ UINT64_C(0x41b3de4355555556), "333333333.3333334" },
		{ UINT64_C(0x41b3de4355555557), "333333333.33333343" },
		{ UINT64_C(0xbecbf647612f3696), "-0.0000033333333333333333" },
		{ UINT64_C(0x43143ff3c1cb0959), "1424953923781206.2" },
	};
	char buf[CANON_NUMBER];
	double v;

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		memcpy(&v, &all[i].bits, sizeof v);
		canon_number(v, buf);
		ck_assert_str_eq(buf, all[i].text);
	}
}
END_TEST

START_TEST(every_number_reads_back_as_itself)
{
	uint64_t x = 88172645463325252u;
	char buf[CANON_NUMBER];
	double v;

	for (int i = 0; i < 20000; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		memcpy(&v, &x, sizeof v);
		if (!isfinite(v))
			continue;
		canon_number(v, buf);
		ck_assert_msg(strtod(buf, NULL) == v, "%a as %s", v, buf);
	}
}
END_TEST

START_TEST(numbers_that_cannot_be_told_apart_have_no_form)
{
	static const char *const all[] = { "[9007199254740993]", "[9007199254740992]", "[-9007199254740992]",
					   "[9223372036854775807]" };
	struct err e;

	for (size_t i = 0; i < 4; i++) {
		OWN(json_free) struct json *j = NULL;
		STR(out, 1000);

		ck_ok(json_parse(all[i], strlen(all[i]), &j, &e));
		ck_refused(canon_json(j, NULL, &out, &e), ERR_INVALID, "no canonical form");
	}
	same("[9007199254740991,-9007199254740991]", "[9007199254740991,-9007199254740991]");
}
END_TEST

/* ---- twins ---- */

#define BLOCK                                                                                                \
	"{\"Config Type\":\"Building Block\",\"Config ID\":\"00000000-0000-4000-8000-000000000001\","        \
	"\"Type ID\":\"00000000-0000-4000-8000-000000000002\",\"Name\":\"T\xC3\xBCr \xF0\x9F\x98\x80/1\","   \
	"\"Metadata\":\"a\\tb \\\"c\\\" \\\\d\",\"Release Version\":\"1.0.0\",\"Functional "                 \
	"Version\":\"1.0.0\","                                                                               \
	"\"Network IDs\":[\"10.0.0.1\",\"10.0.0.2\"],\"Dependencies\":[],\"Packages\":[{\"Config "           \
	"Type\":\"Software\","                                                                               \
	"\"Type ID\":\"00000000-0000-4000-8000-000000000003\",\"Release "                                    \
	"Version\":\"1.0.0\",\"Archive\":\"./a.tar.gz\","                                                    \
	"\"Hash\":\"AB00000000000000000000000000000000000000000000000000000000000000\"}],"                   \
	"\"Signature Type\":\"Ed25519\",\"Signature\":\"%s\"}"

struct twin {
	const char *from, *to;
};

/* The same said in other bytes. */
static const struct twin twins[] = {
	{ "{\"Config Type\"", " {\"Config Type\"" },
	{ "{\"Config Type\":", "{ \"Config Type\" : " },
	{ "{\"Config Type\"", "\n\n{\n\t\"Config Type\"" },
	{ "\"Config ID\":", "\r\n\t\"Config ID\":\r\n" },
	{ "\"Config Type\":\"Building Block\",", "\"Config Type\":\"\\u0042uilding Block\"," },
	{ "\"Config Type\":", "\"\\u0043onfig Type\":" },
	{ "\"Config Type\":\"Building Block\"", "\"Config\\u0020Type\":\"Building\\u0020Block\"" },
	{ "T\xC3\xBCr", "T\\u00fcr" },
	{ "T\xC3\xBCr", "T\\u00FCr" },
	{ "\xF0\x9F\x98\x80", "\\ud83d\\ude00" },
	{ "\xF0\x9F\x98\x80", "\\uD83D\\uDE00" },
	{ "/1\"", "\\/1\"" },
	{ "/1\"", "\\u002f1\"" },
	{ "./a.tar.gz", ".\\/a.tar.gz" },
	{ "./a.tar.gz", "\\u002e/a\\u002Etar.gz" },
	{ "\\t", "\\u0009" },
	{ "\\\"c\\\"", "\\u0022c\\u0022" },
	{ "\\\\d", "\\u005cd" },
	{ "\\\\d", "\\u005C\\u0064" },
	{ "\"Dependencies\":[]", "\"Dependencies\":[ ]" },
	{ "\"Dependencies\":[]", "\"Dependencies\":[\n]" },
	{ "[\"10.0.0.1\",\"10.0.0.2\"]", "[ \"10.0.0.1\" ,\t\"10.0.0.2\" ]" },
	{ "\"Release Version\":\"1.0.0\",\"Functional Version\":\"1.0.0\"",
	  "\"Functional Version\":\"1.0.0\",\"Release Version\":\"1.0.0\"" },
	{ "\"Config Type\":\"Building Block\",\"Config ID\":\"00000000-0000-4000-8000-000000000001\"",
	  "\"Config ID\":\"00000000-0000-4000-8000-000000000001\",\"Config Type\":\"Building Block\"" },
	{ "\"Network IDs\":[\"10.0.0.1\",\"10.0.0.2\"],\"Dependencies\":[]",
	  "\"Dependencies\":[],\"Network IDs\":[\"10.0.0.1\",\"10.0.0.2\"]" },
	{ "{\"Config Type\":\"Software\",\"Type ID\":\"00000000-0000-4000-8000-000000000003\"",
	  "{\"Type ID\":\"00000000-0000-4000-8000-000000000003\",\"Config Type\":\"Software\"" },
	{ "\"Signature Type\":\"Ed25519\"", "\"Signature\\u0020Type\":\"Ed\\u00325519\"" },
	{ "}],", "}\n]\n,\n" },
	{ "\"1.0.0\",\"Archive\"", "\"1.0\\u002e0\",\"Archive\"" },
	{ "\"Hash\":\"AB", "\"\\u0048ash\":\"\\u0041B" },
};

/* Something else, however alike it looks. */
static const struct twin others[] = {
	{ "T\xC3\xBCr", "Tu\xCC\x88r" }, /* composed, decomposed */
	{ "T\xC3\xBCr", "Tur" },
	{ "\xF0\x9F\x98\x80", "\xF0\x9F\x98\x81" },
	{ "Block\"", "Block\",\"Name \":\"x\"" },
	{ "/1\"", "/1 \"" },
	{ "/1\"", "/2\"" },
	{ "\\t", " " },
	{ "\\t", "\\n" },
	{ "a\\tb", "A\\tb" },
	{ "\\\\d", "\\\\\\\\d" },
	{ "[\"10.0.0.1\",\"10.0.0.2\"]", "[\"10.0.0.2\",\"10.0.0.1\"]" },
	{ "[\"10.0.0.1\",\"10.0.0.2\"]", "[\"10.0.0.1\"]" },
	{ "[\"10.0.0.1\",\"10.0.0.2\"]", "[\"10.0.0.1\",\"10.0.0.2\",\"10.0.0.2\"]" },
	{ "\"Release Version\":\"1.0.0\",\"F", "\"Release Version\":\"1.0.1\",\"F" },
	{ "\"Functional Version\":\"1.0.0\"", "\"Functional Version\":\"1.1.0\"" },
	{ "4000-8000-000000000001", "4000-8000-000000000004" },
	{ "4000-8000-000000000002", "4000-8000-000000000004" },
	{ "4000-8000-000000000003", "4000-8000-000000000004" },
	{ "./a.tar.gz", "./b.tar.gz" },
	{ "./a.tar.gz", "./a/a.tar.gz" },
	{ "AB0000", "AB0001" },
	{ "AB0000", "ab0000" }, /* the same hash, but not what was signed */
	{ "\"Dependencies\":[]", "\"Dependencies\":[],\"Supplier\":\"Octan\"" },
	{ "\"Dependencies\":[]", "\"Dependencies\":[],\"Description\":\"\"" },
	{ "\"Config Type\":\"Software\"", "\"Config Type\":\"Parameter\"" },
	{ "\"Archive\"", "\"Hash Type\":\"SHA256\",\"Archive\"" },
	{ "\"Release Version\":\"1.0.0\",\"Archive\"",
	  "\"Name\":\"x\",\"Release Version\":\"1.0.0\",\"Archive\"" },
	{ "\"Metadata\":\"a", "\"Metadata\":\"\xE2\x80\x8B"
			      "a" },
	{ "\"Metadata\"", "\"Description\"" },
	{ "\"Signature Type\":\"Ed25519\",", "" },
};

static void swap(const char *text, const struct twin *t, struct str *out)
{
	const char *at = strstr(text, t->from);

	ck_assert_msg(at != NULL, "'%s' is not there", t->from);
	str_clear(out);
	str_addn(out, text, (size_t)(at - text));
	str_add(out, t->to);
	str_add(out, at + strlen(t->from));
}

static struct manifest *read_block(const char *text, const struct trust *t)
{
	const struct manifest_ask ask = {
		.profile = MANIFEST_STRICT, .checks = MANIFEST_ALONE, .trust = t, .now = KIT_NOW
	};
	struct manifest *m = NULL;
	struct err e;

	ck_ok(manifest_read_text(text, strlen(text), &ask, &m, &e));
	return m;
}

/* Signs the block with a new key; the trust store has that key. */
static struct trust *signed_block(struct str *out)
{
	OWN(pkcs1_free) struct pkcs1_key *key = NULL;
	OWN(json_free) struct json *j = NULL;
	uint8_t sign[PKCS1_SIGN_MAX];
	char dir[200], path[300], hex[2 * PKCS1_SIGN_MAX + 1];
	struct trust *t = NULL;
	STR(draft, KIT_TEXT);
	STR(form, KIT_TEXT);
	STR(pem, KIT_TEXT);
	STR(store, KIT_TEXT);
	struct jw w = jw_start(&store);
	struct err e;

	test_dir_new(dir, sizeof dir);
	snprintf(path, sizeof path, "%s/key", dir);
	ck_ok(pkcs1_make(PKCS1_ED25519, path, &key, &e));
	test_dir_free(dir);
	str_addf(&draft, BLOCK, "");
	ck_ok(json_parse(str_c(&draft), draft.len, &j, &e));
	ck_ok(canon_json(j, "Signature", &form, &e));
	pkcs1_sign(key, str_c(&form), form.len, sign);
	str_addf(out, BLOCK, hex_text(sign, pkcs1_sign_len(key), hex));
	pkcs1_pem(key, &pem);
	str_add(&store, "{\"entities\":[{\"name\":\"Octan\",\"roles\":[\"supplier\"],\"keys\":[{\"pem\":");
	jw_str(&w, str_c(&pem));
	str_add(&store, "}]}]}");
	ck_ok(trust_parse(str_c(&store), store.len, &t, &e));
	return t;
}

START_TEST(T13_thirty_twins_share_form_and_signature)
{
	STR(text, KIT_TEXT);
	STR(twin, KIT_TEXT);
	OWN(trust_free) struct trust *t = signed_block(&text);
	struct manifest *base = read_block(str_c(&text), t);

	ck_assert_int_eq(sizeof twins / sizeof *twins, 30);
	ck_assert_msg(manifest_good(base), "%s", kit_told(base));
	for (size_t i = 0; i < sizeof twins / sizeof *twins; i++) {
		struct manifest *m;

		swap(str_c(&text), &twins[i], &twin);
		ck_assert_str_ne(str_c(&text), str_c(&twin));
		m = read_block(str_c(&twin), t);
		ck_assert_msg(manifest_good(m), "twin %zu:\n%s", i, kit_told(m));
		ck_assert_str_eq(manifest_root(m)->canonical, manifest_root(base)->canonical);
		ck_assert_str_eq(manifest_root(m)->hash, manifest_root(base)->hash);
		manifest_free(m);
	}
	manifest_free(base);
}
END_TEST

START_TEST(T13_what_says_something_else_is_not_what_was_signed)
{
	STR(text, KIT_TEXT);
	STR(other, KIT_TEXT);
	OWN(trust_free) struct trust *t = signed_block(&text);
	struct manifest *base = read_block(str_c(&text), t);

	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		struct manifest *m;

		swap(str_c(&text), &others[i], &other);
		m = read_block(str_c(&other), t);
		ck_assert_msg(!manifest_good(m), "other %zu was taken", i);
		ck_assert_str_ne(manifest_root(m)->hash, manifest_root(base)->hash);
		manifest_free(m);
	}
	manifest_free(base);
}
END_TEST

/* T13's second half: a signature where a hash belongs, a hash where a signature belongs. */
START_TEST(T13_a_hash_is_no_signature_and_a_signature_is_no_hash)
{
	static const struct twin wrong[] = {
		{ "\"Hash\":\"AB", "\"Signature\":\"AB" },
		{ "\"Hash\":\"AB00000000000000000000000000000000000000000000000000000000000000\"",
		  "\"Hash\":\"AB00000000000000000000000000000000000000000000000000000000000000"
		  "0000000000000000000000000000000000000000000000000000000000000000\"" },
	};
	STR(text, KIT_TEXT);
	STR(other, KIT_TEXT);
	OWN(trust_free) struct trust *t = signed_block(&text);

	for (size_t i = 0; i < 2; i++) {
		struct manifest *m;

		swap(str_c(&text), &wrong[i], &other);
		m = read_block(str_c(&other), t);
		ck_assert(kit_problem(m, i ? "wrong-format" : "missing-element", "L19", "/Packages/0") !=
			  NULL);
		manifest_free(m);
	}
}
END_TEST

/* ---- signatures themselves ---- */

#define KEYS SRCDIR "/tests/data/ocora/keys/"

static struct pkcs1_key *key_copy(const char *name)
{
	struct pkcs1_key *key = NULL;
	char dir[200], path[300];
	STR(pem, KIT_TEXT);
	struct err e;

	test_dir_new(dir, sizeof dir);
	snprintf(path, sizeof path, "%s/key", dir);
	ck_ok(file_read(name, &pem, &e));
	ck_ok(file_replace(path, str_c(&pem), pem.len, &e));
	ck_assert_int_eq(chmod(path, 0600), 0);
	ck_ok(pkcs1_load(path, &key, &e));
	test_dir_free(dir);
	return key;
}

START_TEST(J62_J63_signatures_have_one_form_of_exactly_one_length)
{
	OWN(pkcs1_free) struct pkcs1_key *key = key_copy(KEYS "supplier.test-only.pem");
	OWN(pkcs1_free) struct pkcs1_key *other = key_copy(KEYS "integrator.test-only.pem");
	uint8_t sign[PKCS1_SIGN_MAX + 2] = { 0 };
	size_t n = pkcs1_sign_len(key);

	ck_assert_int_eq(pkcs1_kind(key), PKCS1_RSA);
	ck_assert_uint_eq(n, 256);
	pkcs1_sign(key, "data", 4, sign);
	ck_assert(pkcs1_good(key, "data", 4, sign, n));
	ck_assert(!pkcs1_good(key, "dato", 4, sign, n));
	ck_assert(!pkcs1_good(key, "data", 3, sign, n));
	ck_assert(!pkcs1_good(other, "data", 4, sign, n));
	ck_assert(!pkcs1_good(key, "data", 4, sign, n - 1));
	ck_assert(!pkcs1_good(key, "data", 4, sign, n + 1));
	ck_assert(!pkcs1_good(key, "data", 4, sign + 1, n - 1));
	ck_assert(!pkcs1_good(key, "data", 4, sign, 0));
	for (size_t i = 0; i < n; i += 5) {
		sign[i] ^= 0x40;
		ck_assert(!pkcs1_good(key, "data", 4, sign, n));
		sign[i] ^= 0x40;
	}
	memset(sign, 0, sizeof sign);
	ck_assert(!pkcs1_good(key, "data", 4, sign, n));
}
END_TEST

START_TEST(J15_keys_that_are_too_weak_or_of_another_kind_are_refused)
{
	static const struct {
		const char *file, *why;
	} all[] = { { "weak.pem", "2048" },
		    { "exponent-3.pem", "exponent" },
		    { "other-kind.pem", "no RSA or Ed25519" } };
	struct err e;

	for (size_t i = 0; i < 3; i++) {
		struct pkcs1_key *key = NULL;
		char path[400];
		STR(pem, KIT_TEXT);

		snprintf(path, sizeof path, KEYS "%s", all[i].file);
		ck_ok(file_read(path, &pem, &e));
		ck_refused(pkcs1_public(str_c(&pem), pem.len, &key, &e), ERR_CONFIG, all[i].why);
		ck_assert_ptr_null(key);
	}
}
END_TEST

START_TEST(a_certificate_stands_for_its_key_and_a_readable_key_file_is_refused)
{
	OWN(pkcs1_free) struct pkcs1_key *key = key_copy(KEYS "supplier.test-only.pem");
	OWN(pkcs1_free) struct pkcs1_key *certified = NULL;
	struct pkcs1_key *no = NULL;
	char dir[200], path[300];
	STR(pem, KIT_TEXT);
	struct err e;

	ck_ok(file_read(KEYS "supplier-certificate.pem", &pem, &e));
	ck_ok(pkcs1_public(str_c(&pem), pem.len, &certified, &e));
	ck_assert_str_eq(pkcs1_id(key), pkcs1_id(certified));
	test_dir_new(dir, sizeof dir);
	snprintf(path, sizeof path, "%s/key", dir);
	ck_ok(pkcs1_make(PKCS1_ED25519, path, &no, &e));
	pkcs1_free(no);
	no = NULL;
	ck_refused(pkcs1_make(PKCS1_ED25519, path, &no, &e), ERR_CONFLICT, "never overwritten");
	ck_assert_int_eq(chmod(path, 0644), 0);
	ck_refused(pkcs1_load(path, &no, &e), ERR_CONFIG, "others may read it");
	test_dir_free(dir);
}
END_TEST

START_TEST(trust_stores_that_are_not_clear_are_refused_with_the_member)
{
	static const struct {
		const char *text, *why;
	} all[] = {
		{ "", "value" },
		{ "[]", "object" },
		{ "{}", "entities" },
		{ "{\"entities\":{}}", "array" },
		{ "{\"entities\":[],\"more\":1}", "more" },
		{ "{\"entities\":[7]}", "entities[0]" },
		{ "{\"entities\":[{\"name\":\"A\",\"roles\":[\"supplier\"]}]}", "keys" },
		{ "{\"entities\":[{\"roles\":[\"supplier\"],\"keys\":[]}]}", "name" },
		{ "{\"entities\":[{\"name\":\"\",\"roles\":[\"supplier\"],\"keys\":[]}]}", "name" },
		{ "{\"entities\":[{\"name\":\"A\",\"roles\":[],\"keys\":[]}]}", "role" },
		{ "{\"entities\":[{\"name\":\"A\",\"roles\":[\"boss\"],\"keys\":[]}]}", "'boss' is no role" },
		{ "{\"entities\":[{\"name\":\"A\",\"roles\":[\"supplier\"],\"keys\":[{\"pem\":\"x\"}]}]}",
		  "keys[0]" },
		{ "{\"entities\":[{\"name\":\"A\",\"roles\":[\"supplier\"],\"keys\":[],\"since\":"
		  "\"tomorrow\"}]}",
		  "since" },
		{ "{\"entities\":[{\"name\":\"A\",\"roles\":[\"supplier\"],\"keys\":[],\"since\":\"2027-01-"
		  "01\",\"until\":\"2026-01-01\"}]}",
		  "ends before" },
		{ "{\"entities\":[{\"name\":\"A\",\"roles\":[\"supplier\"],\"keys\":[]},{\"name\":\"A\","
		  "\"roles\":[\"supplier\"],\"keys\":[]}]}",
		  "twice" },
	};
	struct err e;

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct trust *t = NULL;

		ck_refused(trust_parse(all[i].text, strlen(all[i].text), &t, &e), ERR_CONFIG, all[i].why);
		ck_assert_ptr_null(t);
	}
}
END_TEST

START_TEST(a_trust_store_that_everybody_may_write_is_refused)
{
	struct trust *t = NULL;
	char dir[200], path[300];
	struct err e;

	test_dir_new(dir, sizeof dir);
	kit_put(dir, "trust.json", "{\"entities\":[]}");
	snprintf(path, sizeof path, "%s/trust.json", dir);
	ck_ok(trust_load(path, &t, &e));
	trust_free(t);
	t = NULL;
	ck_assert_int_eq(chmod(path, 0666), 0);
	ck_refused(trust_load(path, &t, &e), ERR_CONFIG, "written by everybody");
	ck_assert_ptr_null(t);
	test_dir_free(dir);
}
END_TEST

START_TEST(one_key_belongs_to_one_entity)
{
	STR(text, KIT_TEXT);
	STR(twice, KIT_TEXT);
	struct trust *t = NULL;
	const char *key, *end;
	struct err e;

	ck_ok(file_read(DATA "/trust.json", &text, &e));
	key = strstr(str_c(&text), "{\n          \"pem\"");
	end = key ? strchr(key, '}') : NULL;
	ck_assert(end != NULL);
	if (!end)
		return;
	str_addn(&twice, str_c(&text), (size_t)(end + 1 - str_c(&text)));
	str_addc(&twice, ',');
	str_add(&twice, key);
	ck_refused(trust_parse(str_c(&twice), twice.len, &t, &e), ERR_CONFIG, "in the store already");
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		the_examples_of_rfc_8785_come_out_as_printed_there,
		numbers_are_written_as_the_table_of_rfc_8785_has_them,
		every_number_reads_back_as_itself,
		numbers_that_cannot_be_told_apart_have_no_form,
		T13_thirty_twins_share_form_and_signature,
		T13_what_says_something_else_is_not_what_was_signed,
		T13_a_hash_is_no_signature_and_a_signature_is_no_hash,
		J62_J63_signatures_have_one_form_of_exactly_one_length,
		J15_keys_that_are_too_weak_or_of_another_kind_are_refused,
		a_certificate_stands_for_its_key_and_a_readable_key_file_is_refused,
		trust_stores_that_are_not_clear_are_refused_with_the_member,
		a_trust_store_that_everybody_may_write_is_refused,
		one_key_belongs_to_one_entity,
	};

	return RUN_TESTS("canon", all);
}

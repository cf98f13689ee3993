/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, signatures, and lines that carry theirs. */
#include "base/sign.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "testing.h"

struct folder {
	char dir[256], key[300], other[300];
};

static void folder_make(struct folder *f)
{
	test_dir_new(f->dir, sizeof f->dir);
	snprintf(f->key, sizeof f->key, "%s/key.pem", f->dir);
	snprintf(f->other, sizeof f->other, "%s/other.pem", f->dir);
}

static struct sign_key *key_made(const char *path)
{
	struct sign_public p;
	struct sign_key *k = NULL;
	struct err e;

	ck_ok(sign_key_make(path, &p, &e));
	ck_ok(sign_key_load(path, &k, &e));
	ck_assert_str_eq(sign_key_public(k)->id, p.id);
	return k;
}

START_TEST(a_key_file_is_private_is_never_overwritten_and_gives_its_public_key)
{
	struct folder f;
	struct sign_public pub;
	char pem[SIGN_PEM_MAX];
	struct stat st;
	struct err e;

	folder_make(&f);
	OWN(sign_key_free) struct sign_key *k = key_made(f.key);
	ck_assert_int_eq(stat(f.key, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	ck_refused(sign_key_make(f.key, &pub, &e), ERR_CONFLICT, "never overwritten");
	ck_ok(sign_public_load(f.key, &pub, &e));
	ck_assert_str_eq(pub.id, sign_key_public(k)->id);
	sign_public_pem(&pub, pem);
	memset(&pub, 0, sizeof pub);
	ck_ok(sign_public_parse(pem, strlen(pem), &pub, &e));
	ck_assert_str_eq(pub.id, sign_key_public(k)->id);
	test_dir_free(f.dir);
}
END_TEST

START_TEST(a_key_that_others_can_read_or_that_is_none_is_refused)
{
	struct folder f;
	struct sign_key *k = NULL;
	struct sign_public pub;
	struct err e;
	static const char *const rsa_like = "-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\n";

	folder_make(&f);
	sign_key_free(key_made(f.key));
	ck_assert_int_eq(chmod(f.key, 0640), 0);
	ck_refused(sign_key_load(f.key, &k, &e), ERR_CONFIG, "chmod 600");
	ck_refused(sign_key_load(f.other, &k, &e), ERR_NO_FILE, "other.pem");
	ck_ok(file_replace(f.other, rsa_like, strlen(rsa_like), &e));
	ck_assert_int_eq(chmod(f.other, 0600), 0);
	ck_refused(sign_key_load(f.other, &k, &e), ERR_CONFIG, "Ed25519");
	ck_refused(sign_public_load(f.other, &pub, &e), ERR_CONFIG, "Ed25519");
	test_dir_free(f.dir);
}
END_TEST

START_TEST(a_signature_is_the_one_of_the_standard)
{
	/* RFC 8032 section 7.1, test 2 */
	static const uint8_t raw[] = { 0x3d, 0x40, 0x17, 0xc3, 0xe8, 0x43, 0x89, 0x5a, 0x92, 0xb7, 0x0a,
				       0xa7, 0x4d, 0x1b, 0x7e, 0xbc, 0x9c, 0x98, 0x2c, 0xcf, 0x2e, 0xc4,
				       0x96, 0x8c, 0xc0, 0xcd, 0x55, 0xf1, 0x2a, 0xf4, 0x66, 0x0c };
	static const uint8_t sign[] = { 0x92, 0xa0, 0x09, 0xa9, 0xf0, 0xd4, 0xca, 0xb8, 0x72, 0x0e, 0x82,
					0x0b, 0x5f, 0x64, 0x25, 0x40, 0xa2, 0xb2, 0x7b, 0x54, 0x16, 0x50,
					0x3f, 0x8f, 0xb3, 0x76, 0x22, 0x23, 0xeb, 0xdb, 0x69, 0xda, 0x08,
					0x5a, 0xc1, 0xe4, 0x3e, 0x15, 0x99, 0x6e, 0x45, 0x8f, 0x36, 0x13,
					0xd0, 0xf1, 0x1d, 0x8c, 0x38, 0x7b, 0x2e, 0xae, 0xb4, 0x30, 0x2a,
					0xee, 0xb0, 0x0d, 0x29, 0x16, 0x12, 0xbb, 0x0c, 0x00 };
	struct sign_public p;

	memcpy(p.raw, raw, sizeof raw);
	ck_assert(sign_is_good(&p, "\x72", 1, sign));
	ck_assert(!sign_is_good(&p, "\x73", 1, sign));
	ck_assert(!sign_is_good(&p, "\x72", 0, sign));
}
END_TEST

START_TEST(every_changed_missing_or_added_byte_of_a_signed_line_is_found)
{
	struct folder f;
	STR(line, 4 * KIB);
	struct err e;
	size_t n;

	folder_make(&f);
	OWN(sign_key_free) struct sign_key *k = key_made(f.key);
	OWN(sign_key_free) struct sign_key *other = key_made(f.other);
	str_add(&line, "before{\"receipt\":\"firpath/1\",\"text\":\"\xc2\xa3 7\",\"n\":[1,2]}");
	sign_line(k, &line, 6);
	n = line.len - 6;
	OWN(mem_free) char *p = mem_alloc(n + 2);
	memcpy(p, line.p + 6, n);
	p[n] = '\n';
	ck_ok(sign_line_check(sign_key_public(k), p, n, &e));
	ck_refused(sign_line_check(sign_key_public(other), p, n, &e), ERR_SIGNATURE, "another key");
	for (size_t i = 0; i < n; i++) {
		char was = p[i];

		for (int bit = 0; bit < 8; bit++) {
			p[i] = (char)(was ^ (1 << bit));
			ck_assert_int_eq(sign_line_check(sign_key_public(k), p, n, &e), ERR_SIGNATURE);
		}
		p[i] = was;
		ck_assert_int_eq(sign_line_check(sign_key_public(k), p, i, &e), ERR_SIGNATURE);
	}
	ck_refused(sign_line_check(sign_key_public(k), p, n + 1, &e), ERR_SIGNATURE, "one line");
	test_dir_free(f.dir);
}
END_TEST

START_TEST(the_keys_of_a_service_are_one_that_signs_and_old_ones)
{
	struct folder f;
	OWN(sign_keys_done) struct sign_keys k = { .own = NULL };
	STR(old, 4 * KIB);
	struct err e;

	folder_make(&f);
	sign_key_free(key_made(f.key));
	sign_key_free(key_made(f.other));
	ck_ok(sign_keys_load(&k, "", "", &e));
	ck_assert_ptr_null(k.own);
	str_addf(&old, "  %s %s ", f.other, f.key);
	ck_ok(sign_keys_load(&k, f.key, str_c(&old), &e));
	ck_assert_ptr_nonnull(k.own);
	ck_assert_uint_eq(k.nold, 2);
	ck_assert_str_eq(k.old[1].id, sign_key_public(k.own)->id);
	str_add(&old, "/nowhere.pem");
	sign_keys_done(&k);
	ck_refused(sign_keys_load(&k, "", str_c(&old), &e), ERR_NO_FILE, "public key");
	test_dir_free(f.dir);
}
END_TEST

int main(void)
{
	const TTest *all[] = { a_key_file_is_private_is_never_overwritten_and_gives_its_public_key,
			       a_key_that_others_can_read_or_that_is_none_is_refused,
			       a_signature_is_the_one_of_the_standard,
			       every_changed_missing_or_added_byte_of_a_signed_line_is_found,
			       the_keys_of_a_service_are_one_that_signs_and_old_ones };

	return RUN_TESTS("sign", all);
}

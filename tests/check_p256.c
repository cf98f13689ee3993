/* SPDX-License-Identifier: Apache-2.0 */
/* P-256 keys from files and tokens, and what certificates say. */
#include "base/p256.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "base/file.h"
#include "base/mem.h"
#include "p256_kit.h"
#include "testing.h"

#define SOFTHSM "/usr/lib/softhsm/libsofthsm2.so"

struct folder {
	char dir[256], key[300], cert[300], other[300];
};

static void folder_make(struct folder *f)
{
	test_dir_new(f->dir, sizeof f->dir);
	snprintf(f->key, sizeof f->key, "%s/key.pem", f->dir);
	snprintf(f->cert, sizeof f->cert, "%s/cert.pem", f->dir);
	snprintf(f->other, sizeof f->other, "%s/other.pem", f->dir);
	kit_key(f->key);
}

/* What the stock library says about our signature, which must be r and s and no DER. */
static bool stock_verifies(const char *key, const char *text, const uint8_t sign[P256_SIGN_LEN])
{
	FILE *f = fopen(key, "r");
	EVP_PKEY *k = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	ECDSA_SIG *s = ECDSA_SIG_new();
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	uint8_t *der = NULL;
	bool good;
	int n;

	fclose(f);
	ECDSA_SIG_set0(s, BN_bin2bn(sign, 32, NULL), BN_bin2bn(sign + 32, 32, NULL));
	n = i2d_ECDSA_SIG(s, &der);
	good = EVP_DigestVerifyInit(c, NULL, EVP_sha256(), NULL, k) == 1 &&
	       EVP_DigestVerify(c, der, (size_t)n, (const uint8_t *)text, strlen(text)) == 1;
	OPENSSL_free(der);
	ECDSA_SIG_free(s);
	EVP_MD_CTX_free(c);
	EVP_PKEY_free(k);
	return good;
}

START_TEST(a_signature_is_r_and_s_and_any_changed_bit_is_found)
{
	struct folder f;
	uint8_t sign[P256_SIGN_LEN];
	struct err e;

	folder_make(&f);
	kit_cert(f.cert, f.key, &(struct kit_cert){ .ou = "87" });
	OWN(p256_free) struct p256_key *k = NULL;
	OWN(p256_cert_free) struct p256_cert *c = NULL;
	ck_ok(p256_open(f.key, &k, &e));
	ck_ok(p256_cert_load(f.cert, &c, &e));
	for (int i = 0; i < 50; i++) { /* r and s are short now and then: they are padded */
		ck_ok(p256_sign(k, "firpath", 7, sign, &e));
		ck_assert(stock_verifies(f.key, "firpath", sign));
		ck_assert(p256_cert_good(c, "firpath", 7, sign));
	}
	ck_assert(p256_cert_fits(c, k));
	ck_assert(!p256_cert_good(c, "firpatH", 7, sign));
	for (size_t i = 0; i < sizeof sign; i++) {
		sign[i] ^= 1;
		ck_assert(!p256_cert_good(c, "firpath", 7, sign));
		sign[i] ^= 1;
	}
	memset(sign, 0, sizeof sign);
	ck_assert(!p256_cert_good(c, "firpath", 7, sign));
	memset(sign, 0xFF, sizeof sign);
	ck_assert(!p256_cert_good(c, "firpath", 7, sign));
	test_dir_free(f.dir);
}
END_TEST

START_TEST(another_key_does_not_fit_the_certificate)
{
	struct folder f;
	struct err e;

	folder_make(&f);
	kit_key(f.other);
	kit_cert(f.cert, f.key, &(struct kit_cert){ .ou = "87" });
	OWN(p256_free) struct p256_key *k = NULL;
	OWN(p256_cert_free) struct p256_cert *c = NULL;
	ck_ok(p256_open(f.other, &k, &e));
	ck_ok(p256_cert_load(f.cert, &c, &e));
	ck_assert(!p256_cert_fits(c, k));
	test_dir_free(f.dir);
}
END_TEST

static void key_write(const char *path, EVP_PKEY *k)
{
	FILE *f = fopen(path, "w");

	ck_assert(f && PEM_write_PrivateKey(f, k, NULL, NULL, 0, NULL, NULL) == 1);
	fclose(f);
	chmod(path, 0600);
	EVP_PKEY_free(k);
}

START_TEST(a_key_that_others_can_read_or_that_is_none_is_refused)
{
	struct folder f;
	struct p256_key *k = NULL;
	struct err e;

	folder_make(&f);
	chmod(f.key, 0640);
	ck_refused(p256_open(f.key, &k, &e), ERR_CONFIG, "others may read it");
	ck_refused(p256_open("/nowhere/key.pem", &k, &e), ERR_NO_FILE, "there is no file");
	ck_ok(file_replace(f.other, "rubbish", 7, &e));
	chmod(f.other, 0600);
	ck_refused(p256_open(f.other, &k, &e), ERR_CONFIG, "no private key in PEM form");
	key_write(f.other, EVP_EC_gen("P-384"));
	ck_refused(p256_open(f.other, &k, &e), ERR_CONFIG, "no P-256 key");
	key_write(f.other, EVP_EC_gen("secp256k1")); /* as long as P-256, and not it */
	ck_refused(p256_open(f.other, &k, &e), ERR_CONFIG, "no P-256 key");
	key_write(f.other, EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
	ck_refused(p256_open(f.other, &k, &e), ERR_CONFIG, "no P-256 key");
	ck_assert_ptr_null(k);
	test_dir_free(f.dir);
}
END_TEST

START_TEST(a_certificate_says_issuer_serial_eui_and_ou_as_the_samples_spell_them)
{
	struct folder f;
	struct err e;

	folder_make(&f);
	for (int der = 0; der < 2; der++) {
		OWN(p256_cert_free) struct p256_cert *c = NULL;

		kit_cert(f.cert, f.key,
			 &(struct kit_cert){ .issuer_cn = "Z1",
					     .issuer_ou = "07",
					     .ou = "87",
					     .eui = UINT64_C(0x90B3D51F30000002),
					     .serial = UINT64_C(18446744073709551615),
					     .der = der });
		ck_ok(p256_cert_load(f.cert, &c, &e));
		ck_assert_str_eq(p256_cert_issuer(c), "CN=Z1,OU=07");
		ck_assert_str_eq(p256_cert_serial(c), "18446744073709551615");
		ck_assert_str_eq(p256_cert_ou(c), "87");
		ck_assert_uint_eq(p256_cert_eui(c), UINT64_C(0x90B3D51F30000002));
	}
	OWN(p256_cert_free) struct p256_cert *bare = NULL;
	kit_cert(f.cert, f.key, &(struct kit_cert){ .issuer_cn = "a,b+c\n\"\xC3\xA9" });
	ck_ok(p256_cert_load(f.cert, &bare, &e));
	ck_assert_str_eq(p256_cert_issuer(bare), "CN=a\\,b\\+c\\0A\\\"\\C3\\A9");
	ck_assert_str_eq(p256_cert_ou(bare), "");
	ck_assert_uint_eq(p256_cert_eui(bare), 0);
	test_dir_free(f.dir);
}
END_TEST

START_TEST(a_certificate_is_valid_between_its_dates_only)
{
	struct folder f;
	struct err e;

	folder_make(&f);
	OWN(p256_cert_free) struct p256_cert *c = NULL;
	kit_cert(f.cert, f.key, &(struct kit_cert){ .from = 1000000, .until = 2000000 });
	ck_ok(p256_cert_load(f.cert, &c, &e));
	ck_assert(!p256_cert_valid(c, INT64_C(999999000)));
	ck_assert(p256_cert_valid(c, INT64_C(1500000000)));
	ck_assert(!p256_cert_valid(c, INT64_C(2000001000)));
	ck_assert(p256_cert_good(c, "x", 1, (uint8_t[P256_SIGN_LEN]){ 1 }) == false);
	test_dir_free(f.dir);
}
END_TEST

START_TEST(what_is_not_exactly_one_certificate_of_p256_is_refused)
{
	struct folder f;
	struct p256_cert *c = NULL;
	STR(one, 65536);
	struct err e;

	folder_make(&f);
	kit_cert(f.cert, f.key, &(struct kit_cert){ .ou = "87", .der = true });
	ck_ok(file_read(f.cert, &one, &e));
	for (size_t n = 0; n < one.len; n++) /* cut off anywhere */
		ck_refused(p256_cert_read(one.p, n, &c, &e), ERR_CONFIG, "not one certificate");
	str_addc(&one, 'x');
	ck_refused(p256_cert_read(one.p, one.len, &c, &e), ERR_CONFIG, "not one certificate");
	str_clear(&one);
	kit_cert(f.cert, f.key, &(struct kit_cert){ .ou = "87" });
	ck_ok(file_read(f.cert, &one, &e));
	ck_ok(file_read(f.cert, &one, &e));
	ck_refused(p256_cert_read(one.p, one.len, &c, &e), ERR_CONFIG, "not one certificate");
	ck_refused(p256_cert_load("/nowhere.pem", &c, &e), ERR_NO_FILE, "");
	key_write(f.other, EVP_EC_gen("P-384"));
	kit_cert(f.cert, f.other, &(struct kit_cert){ .ou = "87" });
	ck_refused(p256_cert_load(f.cert, &c, &e), ERR_CONFIG, "no P-256 key");
	ck_assert_ptr_null(c);
	test_dir_free(f.dir);
}
END_TEST

/* ---- many threads, one key ---- */

struct thread_job {
	const struct p256_key *k;
	const struct p256_cert *c;
	int good;
};

static void *thread_run(void *ctx)
{
	struct thread_job *j = ctx;

	for (int i = 0; i < 40; i++) {
		uint8_t sign[P256_SIGN_LEN];
		struct err e;

		j->good +=
		    !p256_sign(j->k, &i, sizeof i, sign, &e) && p256_cert_good(j->c, &i, sizeof i, sign);
	}
	return NULL;
}

static void threads_sign(const struct p256_key *k, const struct p256_cert *c)
{
	pthread_t t[4];
	struct thread_job j[4];

	for (int i = 0; i < 4; i++) {
		j[i] = (struct thread_job){ k, c, 0 };
		ck_assert_int_eq(pthread_create(&t[i], NULL, thread_run, &j[i]), 0);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(t[i], NULL);
		ck_assert_int_eq(j[i].good, 40);
	}
}

START_TEST(many_threads_sign_with_one_key)
{
	struct folder f;
	struct err e;

	folder_make(&f);
	kit_cert(f.cert, f.key, &(struct kit_cert){ .ou = "87" });
	OWN(p256_free) struct p256_key *k = NULL;
	OWN(p256_cert_free) struct p256_cert *c = NULL;
	ck_ok(p256_open(f.key, &k, &e));
	ck_ok(p256_cert_load(f.cert, &c, &e));
	threads_sign(k, c);
	test_dir_free(f.dir);
}
END_TEST

/* ---- a token ---- */

/* Like what an operator does; a missing tool fails the test. */
static void run(const char *const argv[])
{
	pid_t pid = fork();
	int status = -1;

	if (!pid) {
		if (!freopen("/dev/null", "w", stdout))
			_exit(126);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	ck_assert(waitpid(pid, &status, 0) == pid);
	ck_assert_msg(status == 0, "%s %s failed with %d", argv[0], argv[1], status);
}

static void token_make(const struct folder *f, char uri[600])
{
	char conf[400], text[1200];
	struct err e;

	snprintf(conf, sizeof conf, "%s/softhsm2.conf", f->dir);
	snprintf(text, sizeof text, "directories.tokendir = %s/tokens\nobjectstore.backend = file\n", f->dir);
	ck_ok(file_replace(conf, text, strlen(text), &e));
	snprintf(text, sizeof text, "%s/tokens", f->dir);
	ck_assert_int_eq(mkdir(text, 0700), 0);
	setenv("SOFTHSM2_CONF", conf, 1);
	snprintf(text, sizeof text, "%s/p8", f->dir);
	run((const char *const[]){ "softhsm2-util", "--module", SOFTHSM, "--init-token", "--free", "--label",
				   "meters", "--so-pin", "12345678", "--pin", "4321", NULL });
	run((const char *const[]){ "openssl", "pkcs8", "-topk8", "-nocrypt", "-in", f->key, "-out", text,
				   NULL });
	run((const char *const[]){ "softhsm2-util", "--module", SOFTHSM, "--import", text, "--token",
				   "meters", "--label", "command", "--id", "0A", "--pin", "4321", NULL });
	snprintf(text, sizeof text, "%s/pin", f->dir);
	ck_ok(file_replace(text, "4321\n", 5, &e)); /* with the end of line that editors add */
	ck_assert_int_eq(chmod(text, 0600), 0);
	snprintf(uri, 600,
		 "pkcs11:token=meters;object=command;type=private?module-path=%s&pin-source=file:%s/pin",
		 SOFTHSM, f->dir);
}

START_TEST(a_key_on_a_token_signs_and_its_pin_stays_out_of_messages)
{
	struct folder f;
	char uri[600];
	uint8_t sign[P256_SIGN_LEN];
	struct p256_key *none = NULL;
	char text[700];
	struct err e;

	folder_make(&f);
	token_make(&f, uri);
	kit_cert(f.cert, f.key, &(struct kit_cert){ .ou = "90" });
	OWN(p256_cert_free) struct p256_cert *c = NULL;
	ck_ok(p256_cert_load(f.cert, &c, &e));
	for (int i = 0; i < 2; i++) { /* opened again after it was closed */
		OWN(p256_free) struct p256_key *k = NULL;

		ck_ok(p256_open(uri, &k, &e));
		ck_ok(p256_sign(k, "firpath", 7, sign, &e));
		ck_assert(stock_verifies(f.key, "firpath", sign));
		ck_assert(p256_cert_fits(c, k));
		threads_sign(k, c);
	}
	ck_refused(
	    p256_open("pkcs11:token=meters;object=command?pin-value=4321&module-path=" SOFTHSM, &none, &e),
	    ERR_CONFIG, "'pkcs11:token=meters;object=command' stands in its name");
	ck_assert_ptr_null(strstr(err_text(&e, text, sizeof text), "4321"));
	snprintf(text, sizeof text, "%s/pin", f.dir);
	chmod(text, 0644);
	ck_refused(p256_open(uri, &none, &e), ERR_CONFIG, "holds a PIN and others may read it");
	chmod(text, 0600);
	memcpy(strstr(uri, "command"), "nothing", 7);
	ck_refused(p256_open(uri, &none, &e), ERR_CONFIG,
		   "'pkcs11:token=meters;object=nothing;type=private' cannot be opened");
	ck_refused(p256_open("pkcs11:object=x?module-path=/nowhere%2", &none, &e), ERR_CONFIG,
		   "cannot be opened");
	test_dir_free(f.dir);
}
END_TEST

/* How long one takes: P256_SPEED=1 makes it many, and says it. */
START_TEST(a_key_signs_and_a_certificate_verifies_again_and_again)
{
	int n = getenv("P256_SPEED") ? 5000 : 100;
	struct folder f;
	uint8_t sign[P256_SIGN_LEN];
	struct timespec a, b, d;
	struct err e;

	folder_make(&f);
	kit_cert(f.cert, f.key, &(struct kit_cert){ .ou = "87" });
	OWN(p256_free) struct p256_key *k = NULL;
	OWN(p256_cert_free) struct p256_cert *c = NULL;
	ck_ok(p256_open(f.key, &k, &e));
	ck_ok(p256_cert_load(f.cert, &c, &e));
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (int i = 0; i < n; i++)
		ck_ok(p256_sign(k, "firpath", 7, sign, &e));
	clock_gettime(CLOCK_MONOTONIC, &b);
	for (int i = 0; i < n; i++)
		ck_assert(p256_cert_good(c, "firpath", 7, sign));
	clock_gettime(CLOCK_MONOTONIC, &d);
	if (getenv("P256_SPEED"))
		printf("sign %.1f us, verify %.1f us\n",
		       ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) / 1e3 / n,
		       ((double)(d.tv_sec - b.tv_sec) * 1e9 + (double)(d.tv_nsec - b.tv_nsec)) / 1e3 / n);
	test_dir_free(f.dir);
}
END_TEST

int main(void)
{
	const TTest *all[] = { a_signature_is_r_and_s_and_any_changed_bit_is_found,
			       another_key_does_not_fit_the_certificate,
			       a_key_that_others_can_read_or_that_is_none_is_refused,
			       a_certificate_says_issuer_serial_eui_and_ou_as_the_samples_spell_them,
			       a_certificate_is_valid_between_its_dates_only,
			       what_is_not_exactly_one_certificate_of_p256_is_refused,
			       many_threads_sign_with_one_key,
			       a_key_signs_and_a_certificate_verifies_again_and_again,
			       a_key_on_a_token_signs_and_its_pin_stays_out_of_messages };

	return RUN_TESTS("p256", all);
}

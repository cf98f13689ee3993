/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sign.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

#define PEM_FILE_MAX (16 * KIB)
#define TAIL_HEAD ",\"signature\":\""
#define TAIL_HEAD_LEN (sizeof TAIL_HEAD - 1)

struct sign_key {
	EVP_PKEY *key;
	struct sign_public pub;
};

static void key_free_own(EVP_PKEY **k)
{
	EVP_PKEY_free(*k);
}

static void bio_free_own(BIO **b)
{
	BIO_free_all(*b);
}

static void context_free_own(EVP_MD_CTX **c)
{
	EVP_MD_CTX_free(*c);
}

/* What only fails when memory or the provider is gone. */
static void must(bool ok)
{
	if (!ok) {
		fprintf(stderr, "Ed25519 is not available from the crypto library\n");
		abort();
	}
}

static void public_fill(struct sign_public *p)
{
	uint8_t sum[SHA256_LEN];

	sha256_of(p->raw, sizeof p->raw, sum);
	hex_text(sum, sizeof sum, p->id);
}

/* The raw public key of an Ed25519 key; false when it is of another kind. */
static bool public_of(const EVP_PKEY *k, struct sign_public *ret)
{
	size_t n = sizeof ret->raw;

	if (EVP_PKEY_get_id(k) != EVP_PKEY_ED25519 || EVP_PKEY_get_raw_public_key(k, ret->raw, &n) != 1 ||
	    n != sizeof ret->raw)
		return false;
	public_fill(ret);
	return true;
}

/* A key behind a password would ask on the terminal; firpath has none to give. */
static int no_password(char *buf, int size, int writing, void *ctx)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)ctx;
	return -1;
}

static EVP_PKEY *pem_private(const char *pem, size_t n)
{
	OWN(bio_free) BIO *b = BIO_new_mem_buf(pem, (int)n);
	EVP_PKEY *k;

	must(b != NULL);
	k = PEM_read_bio_PrivateKey(b, NULL, no_password, NULL);
	ERR_clear_error();
	return k;
}

static EVP_PKEY *pem_public(const char *pem, size_t n)
{
	OWN(bio_free) BIO *b = BIO_new_mem_buf(pem, (int)n);
	EVP_PKEY *k;

	must(b != NULL);
	k = PEM_read_bio_PUBKEY(b, NULL, no_password, NULL);
	ERR_clear_error();
	return k;
}

int sign_file_new(const char *path, const char *p, size_t n, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600), was = 0;
	ssize_t put = -1;

	if (fd < 0)
		return errno == EEXIST ? err_set(e, ERR_CONFLICT,
						 "'%s' is there already; a key is never overwritten", path)
				       : err_errno(e, errno, "'%s' cannot be made", path);
	if (!fchmod(fd, 0600)) /* a umask may only take away, an ACL may give */
		put = write(fd, p, n);
	if (put != (ssize_t)n || fsync(fd))
		was = put >= 0 && put != (ssize_t)n ? ENOSPC : errno;
	if (close(fd) && !was)
		was = errno;
	if (!was)
		return OK;
	unlink(path);
	return err_errno(e, was, "'%s' cannot be written", path);
}

int sign_key_make(const char *path, struct sign_public *ret, struct err *e)
{
	OWN(key_free) EVP_PKEY *k = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	OWN(bio_free) BIO *b = BIO_new(BIO_s_mem());
	char *pem = NULL;
	long n;
	int rc;

	must(k && b && PEM_write_bio_PrivateKey(b, k, NULL, NULL, 0, NULL, NULL) == 1 && public_of(k, ret));
	n = BIO_get_mem_data(b, &pem);
	rc = sign_file_new(path, pem, (size_t)n, e);
	OPENSSL_cleanse(pem, (size_t)n);
	return rc;
}

/* Who can read the key can sign in our name. */
int sign_file_private(const char *path, struct err *e)
{
	struct stat st;

	if (stat(path, &st))
		return errno == ENOENT ? err_set(e, ERR_NO_FILE, "there is no file '%s'", path)
				       : err_errno(e, errno, "'%s' cannot be read", path);
	if (st.st_mode & 077)
		return err_set(e, ERR_CONFIG, "'%s' holds a private key and others may read it; chmod 600 it",
			       path);
	return OK;
}

int sign_key_load(const char *path, struct sign_key **ret, struct err *e)
{
	OWN(sign_key_free) struct sign_key *k = NULL;
	STR(pem, PEM_FILE_MAX);

	if (sign_file_private(path, e) || file_read(path, &pem, e))
		return (int)e->code;
	k = mem_zalloc(sizeof *k);
	k->key = pem_private(str_c(&pem), pem.len);
	if (pem.p)
		OPENSSL_cleanse(pem.p, pem.len);
	if (!k->key || !public_of(k->key, &k->pub))
		return err_set(e, ERR_CONFIG, "'%s' is no Ed25519 private key in PEM form", path);
	*ret = MOVE(k);
	return OK;
}

void sign_key_free(struct sign_key *k)
{
	if (!k)
		return;
	EVP_PKEY_free(k->key);
	free(k);
}

const struct sign_public *sign_key_public(const struct sign_key *k)
{
	return &k->pub;
}

void sign_make(const struct sign_key *k, const void *p, size_t n, uint8_t ret[SIGN_LEN])
{
	OWN(context_free) EVP_MD_CTX *c = EVP_MD_CTX_new();
	size_t len = SIGN_LEN;

	must(c && EVP_DigestSignInit(c, NULL, NULL, NULL, k->key) == 1 &&
	     EVP_DigestSign(c, ret, &len, p, n) == 1 && len == SIGN_LEN);
}

int sign_public_parse(const char *pem, size_t n, struct sign_public *ret, struct err *e)
{
	OWN(key_free) EVP_PKEY *k = pem_public(pem, n);
	struct sign_public p;

	if (!k)
		k = pem_private(pem, n);
	if (!k || !public_of(k, &p))
		return err_set(e, ERR_CONFIG, "that is no Ed25519 key in PEM form");
	*ret = p;
	return OK;
}

int sign_public_load(const char *path, struct sign_public *ret, struct err *e)
{
	STR(pem, PEM_FILE_MAX);

	if (file_read(path, &pem, e) || sign_public_parse(str_c(&pem), pem.len, ret, e))
		return err_wrap(e, "public key '%.80s'", path);
	return OK;
}

void sign_public_pem(const struct sign_public *p, char buf[SIGN_PEM_MAX])
{
	OWN(key_free)
	EVP_PKEY *k = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, p->raw, sizeof p->raw);
	OWN(bio_free) BIO *b = BIO_new(BIO_s_mem());
	char *pem = NULL;
	long n;

	must(k && b && PEM_write_bio_PUBKEY(b, k) == 1);
	n = BIO_get_mem_data(b, &pem);
	must(n > 0 && n < SIGN_PEM_MAX);
	memcpy(buf, pem, (size_t)n);
	buf[n] = '\0';
}

bool sign_is_good(const struct sign_public *p, const void *data, size_t n, const uint8_t sign[SIGN_LEN])
{
	OWN(key_free)
	EVP_PKEY *k = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, p->raw, sizeof p->raw);
	OWN(context_free) EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool good;

	must(k && c);
	good = EVP_DigestVerifyInit(c, NULL, NULL, NULL, k) == 1 &&
	       EVP_DigestVerify(c, sign, SIGN_LEN, data, n) == 1;
	ERR_clear_error();
	return good;
}

/* ---- the keys of a service ---- */

int sign_keys_load(struct sign_keys *k, const char *own, const char *old, struct err *e)
{
	OWN(sign_keys_done) struct sign_keys got = { .own = NULL };
	char path[1024];

	if (*own && sign_key_load(own, &got.own, e))
		return (int)e->code;
	for (size_t n; *(old += strspn(old, " \t")); old += n) {
		n = strcspn(old, " \t");
		if (got.nold == SIGN_OLD_MAX)
			return err_set(e, ERR_CONFIG, "there are more than %d files of keys", SIGN_OLD_MAX);
		if (!str_copyn(path, sizeof path, old, n))
			return err_set(e, ERR_CONFIG, "the name of a file of keys is longer than %zu bytes",
				       sizeof path - 1);
		if (sign_public_load(path, &got.old[got.nold], e))
			return (int)e->code;
		got.nold++;
	}
	*k = got;
	got.own = NULL;
	return OK;
}

void sign_keys_done(struct sign_keys *k)
{
	sign_key_free(k->own);
	k->own = NULL;
}

/* ---- signed lines ---- */

void sign_line(const struct sign_key *k, struct str *out, size_t from)
{
	uint8_t sign[SIGN_LEN];
	char hex[2 * SIGN_LEN + 1];

	if (out->over)
		return;
	must(out->len > from + 1 && out->p[from] == '{' && out->p[out->len - 1] == '}');
	out->p[--out->len] = '\0';
	sign_make(k, out->p + from, out->len - from, sign);
	str_addf(out, TAIL_HEAD "%s\"}\n", hex_text(sign, sizeof sign, hex));
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool cut(const char *line, size_t n, uint8_t sign[SIGN_LEN])
{
	const char *tail, *hex;

	if (n < SIGN_TAIL_LEN + 2 || line[n - 1] != '\n' || memchr(line, '\n', n - 1) || line[0] != '{')
		return false;
	tail = line + n - 1 - SIGN_TAIL_LEN;
	hex = tail + TAIL_HEAD_LEN;
	if (memcmp(tail, TAIL_HEAD, TAIL_HEAD_LEN) != 0 || memcmp(hex + (size_t)2 * SIGN_LEN, "\"}", 2) != 0)
		return false;
	for (size_t i = 0; i < SIGN_LEN; i++) {
		int high = digit(hex[2 * i]), low = digit(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		sign[i] = (uint8_t)(high * 16 + low);
	}
	return true;
}

int sign_line_cut(const char *line, size_t n, size_t *ret_signed, uint8_t ret_sign[SIGN_LEN], struct err *e)
{
	if (!cut(line, n, ret_sign))
		return err_set(e, ERR_SIGNATURE,
			       "it is not one line of JSON that ends with its signature (128 upper case hex "
			       "digits) and one newline");
	*ret_signed = n - 1 - SIGN_TAIL_LEN;
	return OK;
}

int sign_line_check(const struct sign_public *p, const char *line, size_t n, struct err *e)
{
	uint8_t sign[SIGN_LEN];
	size_t len = 0;

	if (sign_line_cut(line, n, &len, sign, e))
		return (int)e->code;
	if (!sign_is_good(p, line, len, sign))
		return err_set(e, ERR_SIGNATURE, "it was changed, or another key signed it than %.16s...",
			       p->id);
	return OK;
}

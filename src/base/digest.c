/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

struct sha256 {
	EVP_MD_CTX *ctx;
};

/* OpenSSL fails here only without memory or without its default provider: neither can be gone on from. */
static void must(int ok)
{
	if (ok != 1) {
		fprintf(stderr, "SHA-256 is not available from the crypto library\n");
		abort();
	}
}

struct sha256 *sha256_new(void)
{
	struct sha256 *h = mem_zalloc(sizeof *h);

	h->ctx = EVP_MD_CTX_new();
	must(h->ctx != NULL);
	must(EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL));
	return h;
}

void sha256_add(struct sha256 *h, const void *p, size_t n)
{
	must(EVP_DigestUpdate(h->ctx, p, n));
}

void sha256_end(struct sha256 *h, uint8_t out[SHA256_LEN])
{
	must(EVP_DigestFinal_ex(h->ctx, out, NULL));
	must(EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL));
}

void sha256_free(struct sha256 *h)
{
	if (!h)
		return;
	EVP_MD_CTX_free(h->ctx);
	free(h);
}

void sha256_of(const void *p, size_t n, uint8_t out[SHA256_LEN])
{
	must(EVP_Digest(p, n, out, NULL, EVP_sha256(), NULL));
}

/* One or both sums of a file. */
static int file_sums(const char *path, struct sha256 *h, EVP_MD_CTX *md5, int64_t *ret_bytes, struct err *e)
{
	unsigned char buf[16 * KIB];
	int fd = open(path, O_RDONLY | O_CLOEXEC), was;
	ssize_t n;

	*ret_bytes = 0;
	if (fd < 0)
		return errno == ENOENT ? err_set(e, ERR_NO_FILE, "there is no file '%s'", path)
				       : err_errno(e, errno, "'%s' cannot be read", path);
	for (;;) {
		n = read(fd, buf, sizeof buf);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		sha256_add(h, buf, (size_t)n);
		if (md5)
			must(EVP_DigestUpdate(md5, buf, (size_t)n));
		*ret_bytes += n;
	}
	was = errno;
	close(fd);
	return n < 0 ? err_errno(e, was, "'%s' cannot be read", path) : OK;
}

int sha256_file(const char *path, uint8_t out[SHA256_LEN], struct err *e)
{
	OWN(sha256_free) struct sha256 *h = sha256_new();
	int64_t bytes;

	if (file_sums(path, h, NULL, &bytes, e))
		return (int)e->code;
	sha256_end(h, out);
	return OK;
}

static void md_free_own(EVP_MD_CTX **c)
{
	EVP_MD_CTX_free(*c);
}

int digests_of_file(const char *path, uint8_t sha256[SHA256_LEN], char md5[MD5_HEX], int64_t *ret_bytes,
		    struct err *e)
{
	OWN(sha256_free) struct sha256 *h = sha256_new();
	OWN(md_free) EVP_MD_CTX *m = EVP_MD_CTX_new();
	uint8_t raw[16];
	int64_t bytes;

	if (!m || EVP_DigestInit_ex(m, EVP_md5(), NULL) != 1)
		return err_set(e, ERR_INTERNAL,
			       "the crypto library gives no MD5, which OCPP names images by");
	if (file_sums(path, h, m, &bytes, e))
		return (int)e->code;
	must(EVP_DigestFinal_ex(m, raw, NULL));
	for (int i = 0; i < 16; i++)
		snprintf(md5 + 2 * i, 3, "%02x", raw[i]);
	sha256_end(h, sha256);
	*ret_bytes = bytes;
	return OK;
}

char *hex_text(const uint8_t *p, size_t n, char *buf)
{
	for (size_t i = 0; i < n; i++) {
		buf[2 * i] = "0123456789ABCDEF"[p[i] >> 4];
		buf[2 * i + 1] = "0123456789ABCDEF"[p[i] & 15];
	}
	buf[2 * n] = '\0';
	return buf;
}

bool same_secret(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_text(const uint8_t *p, size_t n, char *buf)
{
	char *to = buf;

	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)p[i] << 16 | (i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0) |
			     (i + 2 < n ? p[i + 2] : 0);

		*to++ = base64_digits[v >> 18];
		*to++ = base64_digits[v >> 12 & 63];
		*to++ = i + 1 < n ? base64_digits[v >> 6 & 63] : '=';
		*to++ = i + 2 < n ? base64_digits[v & 63] : '=';
	}
	*to = '\0';
	return buf;
}

bool base64_bytes(const char *text, uint8_t *ret, size_t size, size_t *ret_n)
{
	size_t len = strlen(text), pad, n = 0;

	if (!len || len % 4)
		return false;
	pad = text[len - 1] != '=' ? 0 : text[len - 2] != '=' ? 1 : 2;
	if (len / 4 * 3 - pad > size)
		return false;
	for (size_t i = 0; i < len; i += 4) {
		size_t out = i + 4 == len ? 3 - pad : 3;
		uint32_t v = 0;

		for (size_t k = 0; k < 4; k++) {
			const char *at = k <= out ? strchr(base64_digits, text[i + k]) : base64_digits;

			if (!at || !text[i + k])
				return false;
			v = v << 6 | (uint32_t)(at - base64_digits);
		}
		if (out < 3 && v & (out == 1 ? 0xffff : 0xff))
			return false; /* bits that no byte has: another text of the same bytes */
		for (size_t k = 0; k < out; k++)
			ret[n++] = (uint8_t)(v >> (16 - 8 * k));
	}
	*ret_n = n;
	return true;
}

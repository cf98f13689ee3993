/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/rnd.h"

struct scrypt {
	uint64_t log2n, r, p;
	uint8_t salt[SALT_LEN], digest[SHA256_LEN];
};

static int scrypt_run(const char *password, const struct scrypt *s, uint8_t out[SHA256_LEN], struct err *e)
{
	if (EVP_PBE_scrypt(password, strlen(password), s->salt, SALT_LEN, UINT64_C(1) << s->log2n, s->r, s->p,
			   SCRYPT_MEM_MAX, out, SHA256_LEN) != 1)
		return err_set(e, ERR_NO_MEMORY, "the password's digest could not be computed");
	return OK;
}

int password_hash(const char *password, char ret[PASSWORD_TEXT], struct err *e)
{
	struct scrypt s = { .log2n = SCRYPT_LOG2N, .r = SCRYPT_R, .p = SCRYPT_P };
	char salt[2 * SALT_LEN + 1], digest[SHA256_HEX];
	struct rnd rnd = rnd_system();

	rnd.fill(&rnd, s.salt, sizeof s.salt);
	if (scrypt_run(password, &s, s.digest, e))
		return e->code;
	snprintf(ret, PASSWORD_TEXT, "scrypt$%d$%d$%d$%s$%s", SCRYPT_LOG2N, SCRYPT_R, SCRYPT_P,
		 hex_text(s.salt, sizeof s.salt, salt), hex_text(s.digest, sizeof s.digest, digest));
	return OK;
}

/* One number up to the next '$'. */
static bool number_next(const char **p, uint64_t min, uint64_t max, uint64_t *ret)
{
	size_t n = strcspn(*p, "$");

	if ((*p)[n] != '$' || !parse_digits(*p, n, ret) || *ret < min || *ret > max)
		return false;
	*p += n + 1;
	return true;
}

static bool scrypt_read(const char *hash, struct scrypt *ret)
{
	const char *p = hash;

	if (strncmp(p, "scrypt$", 7))
		return false;
	p += 7;
	return number_next(&p, 1, 20, &ret->log2n) && number_next(&p, 1, 16, &ret->r) &&
	       number_next(&p, 1, 16, &ret->p) && strlen(p) == 2 * SALT_LEN + 1 + 2 * SHA256_LEN &&
	       p[2 * SALT_LEN] == '$' && parse_hex_bytes(p, 2 * SALT_LEN, ret->salt, SALT_LEN) &&
	       parse_hex_bytes(p + 2 * SALT_LEN + 1, 2 * SHA256_LEN, ret->digest, SHA256_LEN);
}

int password_fits(const char *password, const char *hash, bool *ret, struct err *e)
{
	struct scrypt s = { .log2n = SCRYPT_LOG2N, .r = SCRYPT_R, .p = SCRYPT_P };
	uint8_t got[SHA256_LEN];

	if (hash && !scrypt_read(hash, &s))
		return err_set(e, ERR_STORE, "the digest of a password is not one of ours");
	if (scrypt_run(password, &s, got, e))
		return e->code;
	*ret = same_secret(got, s.digest, sizeof got) && hash;
	return OK;
}

char *secret_new(char buf[SECRET_HEX])
{
	struct rnd rnd = rnd_system();

	return rnd_hex(&rnd, 32, buf);
}

char *secret_digest(const char *secret, char buf[SHA256_HEX])
{
	uint8_t h[SHA256_LEN];

	sha256_of(secret, strlen(secret), h);
	return hex_text(h, sizeof h, buf);
}

void hmac_sha256(const void *key, size_t nkey, const void *p, size_t n, uint8_t out[SHA256_LEN])
{
	unsigned len = SHA256_LEN;

	/* Fails without memory or without the default provider only: as for SHA-256, no going on. */
	if (!HMAC(EVP_sha256(), key, (int)nkey, p, n, out, &len) || len != SHA256_LEN) {
		fprintf(stderr, "HMAC is not available from the crypto library\n");
		abort();
	}
}

void secret_wipe(void *p, size_t n)
{
	OPENSSL_cleanse(p, n);
}

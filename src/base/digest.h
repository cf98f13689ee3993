/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 over OpenSSL, hex and base64, and constant-time comparison. */
#ifndef FIRPATH_BASE_DIGEST_H
#define FIRPATH_BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define SHA256_LEN 32
#define SHA256_HEX 65 /* with the NUL; upper case digits, as the CPL writes them */

struct sha256;
struct sha256 *sha256_new(void);
void sha256_add(struct sha256 *h, const void *p, size_t n);
void sha256_end(struct sha256 *h, uint8_t out[SHA256_LEN]); /* h can be used again from the start */
void sha256_free(struct sha256 *h);
DEFINE_OWN(struct sha256, sha256_free)
void sha256_of(const void *p, size_t n, uint8_t out[SHA256_LEN]);
int sha256_file(const char *path, uint8_t out[SHA256_LEN], struct err *e) MUST_USE;
/* Both in one pass: md5 gets 32 lower-case hex digits (OCPP L03 names images by it, nothing is trusted on
 * it). */
#define MD5_HEX 33
int digests_of_file(const char *path, uint8_t sha256[SHA256_LEN], char md5[MD5_HEX], int64_t *ret_bytes,
		    struct err *e) MUST_USE;
char *hex_text(const uint8_t *p, size_t n, char *buf); /* upper case, buf holds 2n+1 */
/* Base64 of RFC 4648 with padding. BASE64_TEXT(n): size of the text of n bytes with its NUL. */
#define BASE64_TEXT(n) (((n) + 2) / 3 * 4 + 1)
char *base64_text(const uint8_t *p, size_t n, char *buf);
/* Strict; false when it is no such text, or more than size bytes. */
bool base64_bytes(const char *text, uint8_t *ret, size_t size, size_t *ret_n);
bool same_secret(const void *a, const void *b, size_t n);

#endif

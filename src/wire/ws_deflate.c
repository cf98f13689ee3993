/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <string.h>
#include <zlib.h>

#include "base/mem.h"
#include "wire/ws_deflate.h"

#define PACK_MIN 64 /* shorter ones do not become shorter */
#define BITS_MIN 9
#define BITS_MAX 15
#define KEEP_MAX (256 * KIB) /* a larger buffer is not kept for the next message */

struct ws_zip {
	z_stream in;                            /* raw inflate, 32 KiB window: takes any client's */
	z_stream *out[BITS_MAX - BITS_MIN + 1]; /* owned, made when a client asks for that window */
	unsigned char *text;                    /* owned: what was expanded */
	size_t cap;
	size_t max;
	unsigned char *packed; /* owned */
	size_t packed_cap;
};

struct ws_zip *ws_zip_new(size_t max)
{
	struct ws_zip *z = mem_zalloc(sizeof *z);

	z->max = max;
	if (inflateInit2(&z->in, -BITS_MAX) != Z_OK)
		abort(); /* out of memory ends the process, as in base/mem.h */
	return z;
}

void ws_zip_free(struct ws_zip *z)
{
	if (!z)
		return;
	inflateEnd(&z->in);
	for (size_t i = 0; i < sizeof z->out / sizeof *z->out; i++) {
		if (z->out[i])
			deflateEnd(z->out[i]);
		free(z->out[i]);
	}
	free(z->text);
	free(z->packed);
	free(z);
}

/* Room behind at; the buffer holds one byte more than max so that "too large" shows, and one for the NUL. */
static void room(struct ws_zip *z, size_t at)
{
	size_t want = z->cap ? z->cap : 4 * KIB;

	if (at + 1 < z->cap)
		return;
	while (want <= at + 1)
		want *= 2;
	if (want > z->max + 2)
		want = z->max + 2;
	z->text = mem_realloc(z->text, want, 1);
	z->cap = want;
}

/* One stretch of input. A sender may end a deflate stream within a message and begin another (BFINAL). */
static enum ws_zip_result expand_some(struct ws_zip *z, const void *p, size_t n, size_t *at)
{
	union {
		const void *from;
		Bytef *to;
	} u = { .from = p }; /* zlib's next_in is const only with ZLIB_CONST */
	int rc;

	z->in.next_in = u.to;
	z->in.avail_in = (uInt)n;
	do {
		room(z, *at);
		z->in.next_out = z->text + *at;
		z->in.avail_out = (uInt)(z->cap - 1 - *at);
		rc = inflate(&z->in, Z_SYNC_FLUSH);
		*at = z->cap - 1 - z->in.avail_out;
		if (*at > z->max)
			return WS_ZIP_LARGE;
		if (rc == Z_STREAM_END)
			rc = inflateReset(&z->in);
		else if (rc == Z_BUF_ERROR)
			break; /* all input is used up, nothing more comes */
		if (rc != Z_OK)
			return WS_ZIP_BAD;
	} while (z->in.avail_in || !z->in.avail_out);
	return z->in.avail_in ? WS_ZIP_BAD : WS_ZIP_OK;
}

enum ws_zip_result ws_zip_expand(struct ws_zip *z, const void *p, size_t n, const char **ret, size_t *ret_len)
{
	enum ws_zip_result rc;
	size_t at = 0;

	if (n > UINT_MAX / 2)
		return WS_ZIP_LARGE;
	if (z->cap > KEEP_MAX) {
		free(MOVE(z->text));
		z->cap = 0;
	}
	if (inflateReset(&z->in) != Z_OK)
		return WS_ZIP_BAD;
	rc = expand_some(z, p, n, &at);
	if (rc == WS_ZIP_OK)
		rc = expand_some(z, "\0\0\xff\xff", 4, &at);
	if (rc != WS_ZIP_OK)
		return rc;
	room(z, at);
	z->text[at] = '\0';
	*ret = (const char *)z->text;
	*ret_len = at;
	return WS_ZIP_OK;
}

static z_stream *packer(struct ws_zip *z, int bits)
{
	z_stream **s = &z->out[bits - BITS_MIN];

	if (!*s) {
		*s = mem_zalloc(sizeof **s);
		if (deflateInit2(*s, Z_BEST_SPEED, Z_DEFLATED, -bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
			abort();
	}
	return *s;
}

bool ws_zip_pack(struct ws_zip *z, int bits, const void *p, size_t n, const unsigned char **ret,
		 size_t *ret_len)
{
	union {
		const void *from;
		Bytef *to;
	} u = { .from = p };
	z_stream *s;
	size_t len;

	if (n < PACK_MIN || n > UINT_MAX / 2 || bits < BITS_MIN || bits > BITS_MAX)
		return false;
	s = packer(z, bits);
	if (z->packed_cap < n || z->packed_cap > KEEP_MAX) {
		free(z->packed);
		z->packed_cap = n < 4 * KIB ? 4 * KIB : n;
		z->packed = mem_alloc(z->packed_cap);
	}
	deflateReset(s);
	s->next_in = u.to;
	s->avail_in = (uInt)n;
	s->next_out = z->packed;
	s->avail_out = (uInt)n; /* more would not be shorter */
	if (deflate(s, Z_SYNC_FLUSH) != Z_OK || s->avail_in || !s->avail_out)
		return false;
	len = n - s->avail_out;
	if (len < 4 || memcmp(z->packed + len - 4, "\0\0\xff\xff", 4) != 0)
		return false;
	*ret = z->packed;
	*ret_len = len - 4;
	return true;
}

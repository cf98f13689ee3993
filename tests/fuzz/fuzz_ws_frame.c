/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes at all as frames of a client. The first byte chooses whether permessage-deflate was agreed and
 * how the rest is cut into reads: however it is cut, the same things must come out in the same order, and
 * what comes out must keep what ws_frame.h promises.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/str.h"
#include "wire/ws_frame.h"

#define MESSAGE_MAX 2000
#define STORY_MAX (4 * MIB)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void check(enum ws_got_kind kind, const struct ws_got *got)
{
	if (kind == WS_GOT_TEXT)
		must(got->len <= MESSAGE_MAX && got->p[got->len] == '\0' && parse_utf8_ok(got->p, got->len));
	if (kind == WS_GOT_PING || kind == WS_GOT_PONG)
		must(got->len <= 125);
	if (kind == WS_GOT_CLOSE)
		must((got->code == 1005 && got->len == 0) || (ws_code_ok(got->code) && got->len <= 123));
	if (kind == WS_GOT_BAD)
		must(got->why &&
		     (got->code == 1002 || got->code == 1003 || got->code == 1007 || got->code == 1009));
}

/* Reads it all in pieces of that size and writes down what came out. */
static void story(const uint8_t *p, size_t n, size_t piece, bool deflate, struct str *out)
{
	OWN(ws_reader_free) struct ws_reader *r = ws_reader_new(MESSAGE_MAX);
	OWN(ws_zip_free) struct ws_zip *zip = ws_zip_new(MESSAGE_MAX);
	enum ws_got_kind kind;
	struct ws_got got;

	for (size_t at = 0; at < n; at += piece) {
		size_t len = n - at < piece ? n - at : piece;
		OWN(mem_free) char *copy = mem_alloc(len); /* exact size: reads behind it are seen */

		memcpy(copy, p + at, len);
		ws_reader_feed(r, copy, len);
		while ((kind = ws_reader_next(r, deflate ? zip : NULL, &got)) != WS_GOT_NOTHING) {
			check(kind, &got);
			str_addf(out, "%d %d %zu ", (int)kind, got.code, got.len);
			str_addn(out, got.p, got.p ? got.len : 0);
			if (kind == WS_GOT_CLOSE || kind == WS_GOT_BAD)
				return;
		}
	}
	str_add(out, ws_reader_idle(r) ? "idle" : "amid");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	STR(whole, STORY_MAX);
	STR(cut, STORY_MAX);
	bool deflate;
	size_t piece;

	if (size < 2 || size > 64 * KIB)
		return 0;
	deflate = data[0] & 1;
	piece = 1 + (data[0] >> 1);
	story(data + 1, size - 1, size, deflate, &whole);
	story(data + 1, size - 1, piece, deflate, &cut);
	must(whole.len == cut.len && memcmp(str_c(&whole), str_c(&cut), whole.len) == 0);
	return 0;
}

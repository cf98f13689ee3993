/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes at all as a compressed message, and as one to be compressed. What is expanded fits the ceiling;
 * what is compressed, in any window, is expanded to the same again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "wire/ws_deflate.h"

#define MESSAGE_MAX 5000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void there_and_back(struct ws_zip *z, int bits, const void *p, size_t n)
{
	const unsigned char *packed;
	const char *back;
	size_t npacked, nback;

	if (!ws_zip_pack(z, bits, p, n, &packed, &npacked))
		return;
	must(npacked < n);
	must(ws_zip_expand(z, packed, npacked, &back, &nback) == WS_ZIP_OK);
	must(nback == n && memcmp(back, p, n) == 0 && back[nback] == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWN(ws_zip_free) struct ws_zip *z = ws_zip_new(MESSAGE_MAX);
	OWN(mem_free) char *copy = NULL;
	const char *text;
	size_t len;

	if (size < 1)
		return 0;
	if (ws_zip_expand(z, data + 1, size - 1, &text, &len) == WS_ZIP_OK) {
		must(len <= MESSAGE_MAX && text[len] == '\0');
		copy = mem_alloc(len + 1);
		memcpy(copy, text, len);
		there_and_back(z, 9 + data[0] % 7, copy, len);
	}
	if (size - 1 <= MESSAGE_MAX)
		there_and_back(z, 9 + data[0] % 7, data + 1, size - 1);
	return 0;
}

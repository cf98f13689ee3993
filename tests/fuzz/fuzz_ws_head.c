/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes at all as the head of a request. A head is taken at its last byte and not before; every refusal
 * has a status and a sentence; what a client wrote cannot add a line to the answer.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "wire/ws.h"
#include "wire/ws_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static int read_copy(const uint8_t *data, size_t size, char **ret_copy, struct ws_head *h)
{
	const char *why = NULL;
	int status = 0, len;

	*ret_copy = mem_alloc(size + !size);
	memcpy(*ret_copy, data, size);
	len = ws_head_read(*ret_copy, size, true, h, &status, &why);
	must(len >= -1 && len <= (int)(size < WS_HEAD_MAX ? size : WS_HEAD_MAX));
	if (len < 0)
		must(status >= 400 && status < 600 && why && *why);
	if (len == 0)
		must(size < WS_HEAD_MAX);
	return len;
}

static int lines_of(const char *p)
{
	int n = 0;

	for (; *p; p++)
		n += *p == '\n';
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWN(mem_free) char *copy = NULL, *less = NULL;
	STR(out, 32 * KIB);
	struct ws_head h, other;
	int len, noffers = 0;

	len = read_copy(data, size, &copy, &h);
	if (len <= 0)
		return 0;
	must(read_copy(data, (size_t)len - 1, &less, &other) == 0);
	must(h.path[0] == '/' && strlen(h.path) <= WS_PATH_MAX && h.host[0] && strlen(h.accept) == 28);
	must(h.deflate_bits == 0 || (h.deflate_bits >= 9 && h.deflate_bits <= 15));
	if (h.user)
		must(strlen(h.user) + h.pass_len < WS_HEAD_MAX);
	while (h.offers[noffers])
		must(noffers < WS_OFFERS_MAX && *h.offers[noffers++] != '\0');
	ws_head_switch(&out, &h, h.offers[0]);
	must(lines_of(str_c(&out)) == 5 + (h.offers[0] != NULL) + (h.deflate_bits != 0));
	return 0;
}

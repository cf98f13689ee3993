/* SPDX-License-Identifier: Apache-2.0 */
/* GBCS messages of any octets: commands that are taken can be signed, and are read the same afterwards. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/gbcs.h"

static int fixed(void *ctx, const uint8_t *p, size_t n, uint8_t ret[64], struct err *e)
{
	(void)ctx;
	(void)e;
	memset(ret, n ? p[n - 1] : 0, 64);
	return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gbcs_message m;
	struct gbcs_command c, again;
	struct err e;
	uint8_t *out;
	size_t len = 0;

	if (!gbcs_read_message(data, size, &m, &e) && (m.what >= GBCS_SAIDS || m.outcome >= GBCS_OUTCOMES))
		abort();
	if (gbcs_read_command(data, size, &c, &e))
		return 0;
	out = malloc(size + 65);
	if (!out || gbcs_sign(data, size, fixed, NULL, out, &len, &e) || len > size + 65)
		abort();
	if (gbcs_read_command(out, len - 65, &again, &e) || memcmp(&c.hash, &again.hash, 32) != 0 ||
	    c.at != again.at || c.counter != again.counter || c.signed_len != again.signed_len)
		abort();
	free(out);
	return 0;
}

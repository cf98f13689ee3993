/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a trust store: it is taken or refused with a sentence, and nothing unsigned is anybody's. */
#include <stdlib.h>
#include <string.h>

#include "manifest/trust.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWN(trust_free) struct trust *t = NULL;
	const char *name = "x";
	char why[TRUST_WHY_SIZE], zeros[513];
	struct err e;

	if (trust_parse((const char *)data, size, &t, &e)) {
		need(e.code == ERR_CONFIG && *e.msg && !t);
		return 0;
	}
	memset(zeros, '0', 512);
	zeros[512] = '\0';
	need(trust_signer(t, "PKCS#1", zeros, "data", 4, TRUST_SUPPLIER | TRUST_INTEGRATOR, 0, &name, why) ==
	     TRUST_NO_KEY);
	need(!name && *why);
	return 0;
}

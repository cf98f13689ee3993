/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes at all as JSON. What the strict check takes, json-c must take too, and its tree printed again
 * must pass the check and give the same tree: two readers of one document never see two meanings.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWN(json_free) struct json *tree = NULL, *again = NULL;
	STR(once, 8 * MIB);
	STR(twice, 8 * MIB);
	struct err e;
	int scan = json_prescan((const char *)data, size, &e);
	int rc = json_parse((const char *)data, size, &tree, &e);

	if (scan != rc || (rc && (rc != ERR_JSON || e.line < 1 || e.col < 1)))
		abort();
	if (rc)
		return 0;
	json_print(tree, &once, size % 2 == 0);
	if (once.over || json_parse(once.p, once.len, &again, &e))
		abort();
	json_print(again, &twice, size % 2 == 0);
	if (once.len != twice.len || memcmp(once.p, twice.p, once.len) != 0)
		abort();
	return 0;
}

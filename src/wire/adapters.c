/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "wire/adapter.h"
#include "wire/fake.h"

/* Building Block Update Managers poll: the HTTP door reads the pending command from the cycle's row, so there
 * is nothing to send and nothing to keep. */
static int bbum_start(void **self, const struct adapter_init *init, struct err *e)
{
	(void)init;
	(void)e;
	*self = NULL;
	return OK;
}

static void bbum_stop(void *self)
{
	(void)self;
}

static int bbum_command(void *self, const struct command *c, struct err *e)
{
	(void)self;
	(void)c;
	(void)e;
	return OK;
}

static const struct adapter ad_bbum = {
	.name = "bbum",
	.can = ADAPTER_CAN_CANCEL | ADAPTER_DEVICE_CALLS_US,
	.start = bbum_start,
	.stop = bbum_stop,
	.command = bbum_command,
};

const struct adapter *const adapters[] = { &ad_bbum, &ad_fake, NULL };

const struct adapter *adapter_find(const char *name)
{
	for (size_t i = 0; adapters[i]; i++)
		if (!strcmp(adapters[i]->name, name))
			return adapters[i];
	return NULL;
}

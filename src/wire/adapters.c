/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
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

/* Charging stations and meters: the doors of orch/ocpp_door.h and orch/dcc_door.h read the command from the
 * walk's row as well, and are rung for it. */
static int bell_start(void **self, struct adapter_bell to)
{
	struct adapter_bell *bell = mem_zalloc(sizeof *bell);

	*bell = to;
	*self = bell;
	return OK;
}

static int ocpp_start(void **self, const struct adapter_init *init, struct err *e)
{
	(void)e;
	return bell_start(self, init->stations);
}

static int dcc_start(void **self, const struct adapter_init *init, struct err *e)
{
	(void)e;
	return bell_start(self, init->meters);
}

static void bell_stop(void *self)
{
	free(self);
}

static int bell_command(void *self, const struct command *c, struct err *e)
{
	const struct adapter_bell *bell = self;

	(void)e;
	if (bell->ring)
		bell->ring(bell->ctx, c->device_id);
	return OK;
}

static int bell_ask(void *self, int64_t device_id, const char *device, const char *address, struct err *e)
{
	const struct command c = { .device_id = device_id };

	(void)device;
	(void)address;
	return bell_command(self, &c, e);
}

static const struct adapter ad_ocpp = {
	.name = "ocpp",
	.can = ADAPTER_CAN_CANCEL | ADAPTER_DEVICE_CALLS_US | ADAPTER_KEEPS_TIME | ADAPTER_HAS_PARTS,
	.start = ocpp_start,
	.stop = bell_stop,
	.command = bell_command,
	.ask = bell_ask,
};

static const struct adapter ad_dcc = {
	.name = "dcc",
	.can = ADAPTER_CAN_CANCEL | ADAPTER_DEVICE_CALLS_US | ADAPTER_KEEPS_TIME | ADAPTER_HAS_HAN,
	.start = dcc_start,
	.stop = bell_stop,
	.command = bell_command,
	.ask = bell_ask,
};

static const struct adapter ad_bbum = {
	.name = "bbum",
	.can = ADAPTER_CAN_CANCEL | ADAPTER_DEVICE_CALLS_US,
	.start = bbum_start,
	.stop = bbum_stop,
	.command = bbum_command,
};

const struct adapter *const adapters[] = { &ad_bbum, &ad_ocpp, &ad_dcc, &ad_fake, NULL };

const struct adapter *adapter_find(const char *name)
{
	for (size_t i = 0; adapters[i]; i++)
		if (!strcmp(adapters[i]->name, name))
			return adapters[i];
	return NULL;
}

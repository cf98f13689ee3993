/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seam between the orchestrator and the protocols that devices speak. An adapter turns the verbs of the
 * Configuration Manager (offer a Manifest, request update, cancel, trigger, restart, normal operation) into
 * its protocol, and turns whatever comes back into a struct report: the status of one device, whole. Nothing
 * here blocks, nothing here sees the store. A command may be given again after a crash with the same id; the
 * device side must make that harmless (T41).
 *
 * Threads: command() is called by the orchestrator only; reports may come from any thread.
 */
#ifndef FIRPATH_WIRE_ADAPTER_H
#define FIRPATH_WIRE_ADAPTER_H

#include "base/clock.h"
#include "base/err.h"
#include "model/bbum_states.h"

#define COMMAND_ID_MAX 44 /* "<cycle>-<seq>" */

/* What a device shall become. Texts are borrowed for the call. */
struct manifest {
	const char *name; /* "cpl:000123" */
	const char *manufacturer, *model, *hardware, *version;
	const char *hash; /* SHA-256, 64 upper hex digits */
	int64_t size;     /* bytes */
};

/* One command to one device; borrowed for the call. */
struct command {
	int64_t device_id;
	const char *device, *address;    /* name; address may be NULL */
	int64_t cycle_id, seq;           /* the command id is "<cycle>-<seq>" */
	enum bbum_command kind;          /* BBUM_CMD_NONE: only the Manifest is offered */
	const struct manifest *manifest; /* the active Manifest */
};

/* What a Building Block is made of, and whether it verified at the start: the versions that its application
 * was sent (D45). */
#define BBUM_PARTS_MAX 32
struct bbum_parts {
	int n;
	struct bbum_part {
		char kind[12];    /* "manifest", "software", "parameter" */
		char name[40];    /* without control characters */
		char version[16]; /* "" = none stated */
		bool ok;
	} v[BBUM_PARTS_MAX];
};

/* The status of one device as its adapter read it; copied when posted, so no pointers. */
enum report_what {
	REPORT_STATUS,
	REPORT_SERVED,  /* a Building Block took its Manifest; no status */
	REPORT_PACKAGED /* a Building Block takes its Package; no status */
};
struct report {
	int64_t device_id;
	enum report_what what;
	bool seen_only;            /* nothing new: only a sign of life, progress and step count */
	struct bbum_status status; /* model/bbum_states.h */
	struct bbum_parts parts;   /* Building Blocks; n 0 = none told */
	char mark[17];             /* digest of the status (and parts) without progress and step */
};

enum adapter_can {
	ADAPTER_CAN_CANCEL = 1,
	ADAPTER_DEVICE_CALLS_US = 2,
	ADAPTER_KEEPS_TIME =
	    4, /* ends every trigger, installation and restart itself: no timers of the runner */
	ADAPTER_HAS_PARTS = 8, /* a site is made of components whose releases need each other (stations) */
	ADAPTER_HAS_HAN = 16   /* a site is a home area network with its gate (model/han.h) */
};

/* Of adapters whose commands are read from the walk's row by a door. */
struct adapter_bell {
	void (*ring)(void *ctx,
		     int64_t device_id); /* any thread, does not block; NULL = nobody listens here */
	void *ctx;
};

/* Where reports go. false: not taken (full or closing); the device will say it again. */
struct report_sink {
	bool (*post)(void *ctx, const struct report *r);
	void *ctx;
};

struct adapter_init {
	struct report_sink to;     /* where reports go */
	const struct clock *clock; /* borrowed */
	struct adapter_bell stations, meters;
	void *world; /* tests only: the devices of the fake adapter (wire/fake.h), else NULL */
};

struct adapter {
	const char *name; /* value of device.adapter */
	unsigned can;     /* enum adapter_can */
	int (*start)(void **self, const struct adapter_init *init, struct err *e);
	void (*stop)(void *self);
	/* Begin to carry out; mandatory. An error means: could not be sent, try again later. */
	int (*command)(void *self, const struct command *c, struct err *e);
	/* Ask for the status; NULL when the device calls us. */
	int (*ask)(void *self, int64_t device_id, const char *device, const char *address, struct err *e);
	/* Time passes: called by the orchestrator at least twice a second; NULL = not needed. */
	void (*tick)(void *self);
};

extern const struct adapter *const adapters[];        /* NULL-terminated */
const struct adapter *adapter_find(const char *name); /* NULL when there is none */

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One process with one device, or with many for load tests. It owns the loop: time, network, signals, and
 * what the devices wish for. One thread.
 */
#ifndef FIRPATH_AGENT_AGENT_H
#define FIRPATH_AGENT_AGENT_H

#include "agent/net.h"

/* A Building Block of every vehicle of a load test: devices are called PREFIX0001.NAME. */
struct agent_block {
	char name[48];
	char type_id[37];
};

struct agent_init {
	const char *name;   /* of the one device; with many: unused. Borrowed, like all here */
	const char *prefix; /* with many: devices are called PREFIX0001 ... */
	int64_t many;       /* 0 = one device */
	const char *dir;    /* of the one device; with many: the folder of their folders */
	struct device_identity is;
	const struct agent_block *blocks; /* with many: the Building Blocks of each vehicle, in turn */
	int64_t nblocks;                  /* 0 = devices called PREFIX0001 ..., all with the same identity */
	struct net_init net;
	struct device_shared shared; /* without net */
	bool once;                   /* end when nothing is left to do until something new comes */
};

enum agent_end {
	AGENT_STOPPED, /* by a signal, or --once and done */
	AGENT_RESTART, /* the one device hands over to its boot process */
	AGENT_VANISHED /* a fault: the process must end without a word */
};

/* Until it ends. SIGTERM and SIGINT must be blocked; they end it. ERR_CONFLICT: another process has the
 * folder. ERR_REMOTE with once: the service could not be reached. */
int agent_run(const struct agent_init *init, enum agent_end *ret, struct err *e) MUST_USE;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One Building Block Update Manager (OCORA-TWS15-060 annex, section 4): the state table of
 * model/bbum_states.h, driven by the answers to its polls, its memory (agent/memory.h), its slots
 * (agent/slots.h) and its application (agent/iec.h).
 *
 *   - What it says was memorised before (D3): after a crash at any point it goes on from its memory, and says
 *     the same.
 *   - A command has one effect. The same command again, or an older one of the same walk, changes nothing;
 *     the status answers it anyway, because it carries the newest answer.
 *   - In U the Manifest is fetched again (D22), and the Package only if it differs from what runs (D24).
 *   - An exception that leaves it without a memory it can believe, or with an image that is not what it
 *     should be, leads to the error state (I3, I17).
 *
 * It does not read the network itself: it asks struct device_net, which tells what came by the device_*
 * functions below, not before the call that asked has returned. One thread.
 */
#ifndef FIRPATH_AGENT_DEVICE_H
#define FIRPATH_AGENT_DEVICE_H

#include "agent/block.h"
#include "agent/iec.h"
#include "agent/slots.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/rnd.h"

struct device;

/* The network, as the device needs it. Of each kind at most one is under way. */
enum net_kind { NET_POLL, NET_MANIFEST, NET_IMAGE, NET_KINDS };
struct device_net {
	void (*poll)(void *ctx, struct device *d, const char *body, size_t len); /* body is copied */
	void (*manifest)(void *ctx, struct device *d, const char *path); /* path NULL: where it always is */
	void (*image)(void *ctx, struct device *d, const char *path, int64_t from); /* from: first byte */
	void (*drop)(void *ctx, struct device *d, enum net_kind kind); /* nothing comes of it any more */
	void *ctx;
};
struct net_result {
	int status;       /* HTTP status; 0 = nothing came */
	const char *body; /* borrowed; of an image only what came with a refusal */
	size_t len;
	const char *trouble; /* what went wrong on the way, NULL = nothing: the answer is whole */
	bool no_range;       /* image: the server does not go on where it was asked to */
	int64_t retry_ms;    /* Retry-After, 0 = none */
};

/* Shared by all devices of a process; borrowed. */
struct device_shared {
	const struct clock *clock;
	const struct log *log;
	struct rnd *rnd; /* jitter */
	struct device_net net;
	struct iec iec;            /* the application */
	struct block_shared block; /* Building Blocks */
	struct faults faults;
	int64_t poll_ms;   /* between polls, when the service has no wish for less */
	int64_t step_ms;   /* verification and installation take at least so long (demonstrations, tests) */
	int64_t image_max; /* bytes */
	bool sync;         /* memory survives loss of power, not only of the process */
	bool bare;         /* load tests: Archives are hashed as they come and not kept */
	bool spread;       /* load tests: first polls come at any time of the first period */
};

/* What the device is when its folder is empty. Upper case hex; manufacturer and type_id "" = the folder must
 * know. */
struct device_identity {
	char manufacturer[8], model[8], hardware[8], version[16];
	char type_id[37]; /* a Building Block; lower case */
};

/* Starts it (I1-I3). ERR_INVALID: the folder belongs to another device, or is empty and there is no
 * identity; other errors: the folder cannot be used. */
int device_new(const struct device_shared *s, const char *name, const char *dir,
	       const struct device_identity *is, struct device **ret, struct err *e) MUST_USE;
void device_free(struct device *d);
DEFINE_OWN(struct device, device_free)

int64_t device_due(const struct device *d); /* when it wants device_tick(), monotonic ms */
void device_tick(struct device *d);
void device_polled(struct device *d, const struct net_result *r);
void device_manifest_came(struct device *d, const struct net_result *r);
void device_image_whole(struct device *d, int64_t bytes); /* how large the file is, when it begins to come */
bool device_image_piece(struct device *d, const void *p, size_t n); /* false: no more, please */
void device_image_ended(struct device *d, const struct net_result *r);

enum device_wish {
	DEVICE_GOES_ON,
	DEVICE_RESTARTS,   /* hand over to the boot process: device_free(), device_new() */
	DEVICE_SHUTS_DOWN, /* the same, but it does not start again by itself */
	DEVICE_VANISHES,   /* a fault: the process ends at once, or the device falls silent */
	DEVICE_RESTS       /* nothing is left to do until something new comes (--once) */
};
enum device_wish device_wish(const struct device *d);
bool device_unheard(const struct device *d); /* its newest poll came to nothing */
/* What it would say now. */
void device_status(const struct device *d, struct bbum_poll_msg *ret);

#endif

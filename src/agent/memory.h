/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device must not forget when its power goes (D3): its state, the newest command it answered, results,
 * which slot it runs. One small file, replaced as a whole, so there is always the old or the new memory and
 * nothing in between; what a device reports was written here first.
 *
 *	DIR/state        the memory (JSON)
 *	DIR/effects.log  one line for each activation that a command brought about, append-only
 *
 * An effect happens by the replacement of the state file; its line in effects.log is derived from it and
 * added at the next start if a crash came between. So each effect has exactly one line.
 */
#ifndef FIRPATH_AGENT_MEMORY_H
#define FIRPATH_AGENT_MEMORY_H

#include <stddef.h>

#include "agent/fault.h"
#include "model/bbum_states.h"

#define DEVICE_PATH_MAX 512

enum slot_id { SLOT_FACTORY, SLOT_A, SLOT_B, SLOTS };
extern const char *const slot_name[SLOTS + 1]; /* "factory", "A", "B" */

/* A slot switched to, because of a command. */
struct effect {
	int64_t n;             /* 1, 2, 3 ...; 0 = never */
	int64_t cycle_id, seq; /* the trigger */
	int64_t at;            /* UTC ms */
	char from[16], to[16]; /* versions */
	char hash[65];         /* of the image that runs from the next start on */
};

struct memory {
	char device[65]; /* its name: a folder belongs to one device */
	/* What it is, and what it left the factory with. */
	char manufacturer[8], model[8], hardware[8], factory[16];
	char type_id[37]; /* a Building Block, which left the factory with nothing; "" = it is none */
	/* State, boots, held Manifest, newest answer, newest result, last error. progress, step and what runs
	 * are not kept: they are found again. */
	struct bbum_status told;
	int64_t trigger_cycle_id, trigger_seq; /* the command that U works for */
	enum slot_id active;                   /* what the next start runs */
	enum slot_id running;                  /* what the last start ran */
	struct effect effect;                  /* the newest */
	int64_t installed_at[SLOTS];           /* UTC ms: when signatures of what is in it were looked at */
	char before[65];            /* hash that ran when this update began; "" = none is under way */
	int64_t faults[FAULTS_MAX]; /* how often each fault happened */
};

/* *ret_fresh: there is no memory, and no trace of one either. ERR_INVALID, ERR_JSON..: it is there and cannot
 * be believed; *ret_fresh false. */
int memory_load(const char *dir, struct memory *ret, bool *ret_fresh, struct err *e) MUST_USE;
/* sync: on disk before it returns; else it only survives the end of the process (load tests). */
int memory_save(const char *dir, const struct memory *m, bool sync, struct err *e) MUST_USE;
/* Makes effects.log end with the line of the newest effect; does nothing if it does. */
int effects_settle(const char *dir, const struct effect *f, bool sync, struct err *e) MUST_USE;

/* Replace a file as a whole. */
int memory_put_file(const char *path, const void *p, size_t n, bool sync, struct err *e) MUST_USE;

#endif

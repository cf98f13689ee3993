/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of a device: device.c (polls, time), device_start.c, device_command.c, device_update.c (U). */
#ifndef FIRPATH_AGENT_DEVICE_P_H
#define FIRPATH_AGENT_DEVICE_P_H

#include "agent/device.h"

enum device_step {
	STEP_NONE,
	STEP_MANIFEST, /* the active Manifest is fetched again */
	STEP_DOWNLOAD,
	STEP_VERIFY,
	STEP_INSTALL,
	STEP_STALLED /* a fault: for ever */
};

struct device {
	const struct device_shared *shared; /* borrowed */
	char name[65], dir[DEVICE_PATH_MAX];
	struct memory mem;
	enum bbum_state state; /* now; mem.told.state is where it goes on after a crash */
	char version[16];      /* what really runs; "" = not known */
	char hash[65];         /* of it, from its image at the start; "" = not known (factory) */

	/* polls */
	bool polling;
	int64_t next_poll;   /* monotonic ms */
	int64_t failures;    /* polls in a row that came to nothing */
	int64_t said, heard; /* number of the newest status; of the newest that the service has taken */
	int64_t under_way;   /* number of the status in the poll under way */
	bool unreachable;    /* said so in the log */

	/* a command that waits for the application's word; kind NONE = none */
	struct {
		enum bbum_command kind;
		int64_t cycle_id, seq;
		int64_t until;   /* monotonic ms */
		int64_t look_at; /* when the application is looked at again */
	} asked;
	bool restart;  /* accepted: as soon as the service has heard it */
	bool shutdown; /* with it: nothing starts again */
	int64_t restart_until;
	bool vanished, stalled;
	bool lost_memory; /* its memory cannot be believed: nothing is written over it */

	/* U */
	enum device_step step;
	int64_t step_at; /* when it goes on, monotonic ms; INT64_MAX = something under way will tell */
	int progress;    /* of the step, -1 = not known */
	struct bbum_manifest manifest; /* what is being installed */
	enum slot_id slot;             /* where to */
	int fd;                        /* its part; -1 = closed */
	int64_t have;                  /* bytes of it */
	int64_t tries;                 /* attempts at this step in a row that came to nothing */
	int64_t had;                   /* bytes of it when this attempt began */
	bool resumed, again;           /* went on with an old part; began anew once after that */
	bool refused;                  /* more came than the Manifest says */
	bool unwritable;               /* a piece could not be kept */
	bool stored;                   /* the slot holds the Package already */
	bool lying, damage, falling;   /* faults of the download under way */
};

int64_t device_now(const struct device *d);
/* The held Manifest judged: fills the checks and the recommendation in mem.told. */
void device_judge(struct device *d, const struct bbum_manifest *m);
bool device_runs(const struct device *d, const struct bbum_manifest *m);
/* The newest status says something new: memorise, then say it with the next poll, at once. */
void device_say(struct device *d);
void device_enter(struct device *d, const struct bbum_move *m);
void device_event(struct device *d, enum bbum_event ev); /* nothing when it is not in the table */
void device_command(struct device *d, const struct bbum_answer_msg *a);
void device_asked_look(struct device *d); /* has the application said something? */
void device_manifest_seen(struct device *d, const struct bbum_answer_msg *a);
void device_note_state(const struct device *d, enum bbum_state to, const char *row);
void device_fault(struct device *d, const char *error, const char *text); /* I17 */
/* Does a fault happen here? Those that need no help are done with: stall, vanish. */
enum fault_what device_fault_at(struct device *d, enum fault_where where);
int64_t device_wait(const struct device *d, int64_t times); /* back-off */

void update_begin(struct device *d); /* U was entered, or resumed */
void update_tick(struct device *d);
void update_drop(struct device *d); /* ends transfers, closes the part */
const char *update_step_text(const struct device *d);

#endif

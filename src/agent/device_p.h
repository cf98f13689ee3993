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
	enum bbum_state state;    /* now; mem.told.state is where it goes on after a crash */
	char version[16];         /* what really runs; "" = not known */
	char hash[65];            /* of it, from its slot at the start; "" = not known (factory) */
	struct bbum_parts *parts; /* owned: what was verified at the start (D45); NULL = one image */
	struct iec_state app;     /* the application, as it was seen last */
	int64_t app_at;           /* when it is looked at again */

	/* the Manifest of a Building Block in normal operation */
	bool fetching;    /* it is under way */
	char offered[65]; /* configuration hash that the service named, and that was judged; "" = none */
	char wanted[65];  /* the one that is being fetched */
	int64_t other;    /* how often in a row another came than was named */

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
	int64_t step_at;     /* when it goes on, monotonic ms; INT64_MAX = something under way will tell */
	int progress;        /* of the step, -1 = not known */
	struct package pack; /* what is being installed */
	int item;            /* file of it */
	enum slot_id slot;   /* where to */
	int fd;              /* part of the file; -1 = closed */
	int64_t have, whole; /* bytes of it; how many it has, -1 = not known */
	struct sha256 *sum;  /* owned: of what came, from its first byte; NULL = gone on with an old part */
	int64_t tries;       /* attempts at this step in a row that came to nothing */
	int64_t had;         /* bytes of it when this attempt began */
	bool resumed, again; /* went on with an old part; began anew once after that */
	bool refused;        /* more came than the Manifest says */
	bool unwritable;     /* a piece could not be kept */
	bool stored;         /* the slot holds the Package already */
	bool lying, damage, falling; /* faults of the download under way */
};

int64_t device_now(const struct device *d);
static inline bool device_is_block(const struct device *d)
{
	return *d->mem.type_id != '\0';
}
/* The held Manifest judged: fills the checks and the recommendation in mem.told. */
void device_judge(struct device *d, const struct bbum_manifest *m);
/* The same for a Building Block; true = good. ret: what was read. */
bool device_judge_block(struct device *d, const char *text, size_t len, struct package *ret);
/* What a slot holds, as its Manifest says and as far as that can be believed; files are not looked at. */
int device_slot(const struct device *d, enum slot_id id, struct package *ret, struct err *e) MUST_USE;
/* Its files too, with their own signatures (D6). ok: as slot_verify(). */
int device_slot_verify(const struct device *d, enum slot_id id, const struct package *p, bool *ok,
		       struct err *e) MUST_USE;
void device_manifest_fetched(struct device *d, const struct net_result *r); /* in normal operation */
void device_fetch_drop(struct device *d);
void device_offered(struct device *d, const struct bbum_manifest *m);
void device_parts_tell(struct device *d, const struct package *p, bool good, const bool *ok);
void device_app_look(struct device *d); /* D39, D47 */
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

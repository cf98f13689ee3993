/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of one firmware job of a meter as data (gb-metering 3.2, 6: 18-20): what was asked of the DCC,
 * what the DCC and the device said, what is awaited and for how long. Pure; the door (orch/dcc_door.h) keeps
 * the row and asks here for each move. What the table does not expect is recorded and moves nothing.
 *
 *   READY        made; waits for its place in an 11.1 or 11.4
 *   SENT         in a request that left, or may have left; the answer is awaited
 *   DISTRIBUTED  taken by the DCC: I0, or not in a list of the warning
 *   DELIVERED    N60: the hub has it. That is no verification
 *   VERIFIED     8F72 with the right hash: the device holds the image. 11.3 may go when budget and window
 *                allow. Also: it runs the old version although an 11.3 went, and that may go once more
 *   ASKED        11.3 to the transform service; the Pre-Command is awaited
 *   ACTIVATING   11.3 signed and sent, or may have been; the outcome is awaited
 *   SCHEDULED    the device keeps the command for its time, or may keep it; 8F66 or 8F67 is awaited
 *   TAKING_BACK  the same command for the year 3000 was asked for or sent
 *   READING      11.2 was sent, or is to be: what does it run? The only thing that ends a job well
 *   PROVEN       it runs what was sent                                                       end
 *   UNCHANGED    it was activated, or silent, and runs what it ran before                    end
 *   OTHER        it runs something else                                                      end
 *   REFUSED      the DCC or the Pre-Command says no: not applicable, GBCS version ...        end
 *   FAILED       not delivered, not verified, hash differs, outcome 1, 2, 3                  end
 *   LOST         authority over the device is gone (change of supplier)                      end
 *   SILENT       the watchdog asked often enough                                             end
 *   CANCELED     withdrawn before anything could be activated, or taken back                 end
 *
 * A move depends on state, event and what the row remembers (struct meter_past). What was told of an
 * activation never ends a job: the version is read and decides, what was told says what an old version means.
 *
 * Without an answer to a request that cannot have changed anything (11.1, transform) the job goes back and
 * asks again with a new counter. Without an outcome of a signed 11.3: READING, also when the device is
 * Suspended; the old version with nothing told leads back to VERIFIED while fewer than METER_ACTIVATIONS_MAX
 * went, never further: nothing is pushed again blindly. Whatever leaves a job while an 11.3 may still be
 * under way goes by TAKING_BACK: its counter is higher, so what was sent before counts no more.
 *
 * A dated 11.3 that may be kept is waited for until its time is over, whatever is told meanwhile: a refusal
 * may be of a second copy, a bad outcome of the 11.3 before.
 *
 * PPMID (11.4): no 11.3, it activates by itself; so once an 11.4 may have left it is never sent again by this
 * job, and from DISTRIBUTED or DELIVERED its activation alert or the watchdog leads to READING.
 *
 * Tries: DUE and ANSWER_LOST count one; when they are used up the caller says DUE_LAST in their place, and
 * BUSY_LAST for BUSY. They begin at 0 where the move is `fresh`, else they go on counting, also over a change
 * of state (VERIFIED and ASKED may follow each other often). Our own waits (READY, VERIFIED) count none.
 * CANCEL is said again as long as it is wished for: what cannot be taken back now is perhaps later, and it
 * comes before GO.
 */
#ifndef FIRPATH_MODEL_METER_JOB_H
#define FIRPATH_MODEL_METER_JOB_H

#include <stdbool.h>
#include <stdint.h>

enum meter_job {
	METER_JOB_READY,
	METER_JOB_SENT,
	METER_JOB_DISTRIBUTED,
	METER_JOB_DELIVERED,
	METER_JOB_VERIFIED,
	METER_JOB_ASKED,
	METER_JOB_ACTIVATING,
	METER_JOB_SCHEDULED,
	METER_JOB_TAKING_BACK,
	METER_JOB_READING,
	METER_JOB_PROVEN,
	METER_JOB_UNCHANGED,
	METER_JOB_OTHER,
	METER_JOB_REFUSED,
	METER_JOB_FAILED,
	METER_JOB_LOST,
	METER_JOB_SILENT,
	METER_JOB_CANCELED,
	METER_JOBS
};
extern const char *const meter_job_text[METER_JOBS + 1]; /* "ready", "sent", ... */
enum meter_job meter_job_named(const char *text);        /* METER_JOBS: there is none */
static inline bool meter_job_ended(enum meter_job s)
{
	return s >= METER_JOB_PROVEN;
}

enum meter_event {
	METER_EV_SENT,             /* put into a distribution */
	METER_EV_TAKEN,            /* I0, or a warning that does not name it */
	METER_EV_BUSY,             /* OtherRequestInProgressList: waits and asks again */
	METER_EV_BUSY_LAST,        /* ... for the last time */
	METER_EV_NOT_APPLICABLE,   /* NotApplicableFirmwareDeviceIDList */
	METER_EV_NOT_COMMISSIONED, /* NotCommissionedDeviceIDList */
	METER_EV_INVALID_ID,       /* InvalidDeviceIDList */
	METER_EV_GBCS_VERSION,     /* InvalidGBCSVersionList */
	METER_EV_REFUSED,          /* any E code for the whole request or a command */
	METER_EV_HELD,             /* quarantined, throttled: waits for people or for tomorrow */
	METER_EV_AUTHORITY_LOST,
	METER_EV_ANSWER_LOST,   /* no answer in time, or the line broke */
	METER_EV_NOT_SENT,      /* it certainly did not leave: no connection, HTTP 503. Whatever was counted
				   for it (activations) is taken back by the caller */
	METER_EV_DELIVERED,     /* N60, FileTransferSuccess */
	METER_EV_NOT_DELIVERED, /* N61, FileTransferFailure, FirmwareDistributionFailure, discarded */
	METER_EV_HARDWARE,      /* HardwareVersionMismatch */
	METER_EV_IMAGE_GOOD,    /* 8F72, hash equal */
	METER_EV_IMAGE_OTHER,   /* 8F72, another hash */
	METER_EV_IMAGE_BAD,     /* 8F1C */
	METER_EV_GO,            /* VERIFIED: budget and window allow the 11.3 now */
	METER_EV_COMMAND_OK,    /* the Pre-Command says just what was asked: it is signed and let out */
	METER_EV_COMMAND_BAD,   /* it says something else: an alarm */
	METER_EV_ACK,           /* I99: not success */
	METER_EV_SCHEDULED,     /* the device keeps it for its time */
	METER_EV_DONE,          /* CS06 0, 8F66, 8F43, the PPMID's activation alert */
	METER_EV_NO_IMAGE,      /* CS06 1 */
	METER_EV_HASH,          /* CS06 2 */
	METER_EV_NOT_ACTIVATED, /* CS06 3, 8F67, 8F1B */
	METER_EV_TAKEN_BACK,    /* the cancellation was accepted */
	METER_EV_RUNS_NEW,      /* answer to the newest 11.2; an older one says nothing */
	METER_EV_RUNS_OLD,
	METER_EV_RUNS_OTHER,
	METER_EV_CANCEL,   /* the walk was cancelled, or a person takes the activation back */
	METER_EV_DUE,      /* the watchdog of the state */
	METER_EV_DUE_LAST, /* ... for the last time */
	METER_EVENTS
};
extern const char *const meter_event_text[METER_EVENTS + 1];

enum meter_deed {
	METER_DO_NOTHING,
	METER_DO_DISTRIBUTE, /* gather again */
	METER_DO_TRANSFORM,  /* 11.3 CV4 */
	METER_DO_ACTIVATE,   /* 11.3 CV5 */
	METER_DO_TAKE_BACK,  /* 11.3 with the year 3000, CV4 */
	METER_DO_SEND_BACK,  /* ... its CV5 */
	METER_DO_READ,       /* 11.2 */
	METER_DO_ALARM,      /* somebody must look: audit row and quarantine of the meter */
	METER_DEEDS
};
extern const char *const meter_deed_text[METER_DEEDS + 1];

/* What was told of the activation; a column of the row. */
enum meter_told {
	METER_TOLD_NOTHING,
	METER_TOLD_DONE,       /* outcome 0, 8F66, 8F43, the PPMID's activation alert */
	METER_TOLD_OLD,        /* ... and then it reported the old version: perhaps it restarts still */
	METER_TOLD_NO_IMAGE,   /* outcome 1 */
	METER_TOLD_HASH,       /* outcome 2 */
	METER_TOLD_FAILED,     /* outcome 3, 8F67, 8F1B */
	METER_TOLD_REFUSED,    /* the DCC did not let the signed command through */
	METER_TOLD_TAKEN_BACK, /* the device took the command back */
	METER_TOLDS
};
extern const char *const meter_told_text[METER_TOLDS + 1]; /* "", "success", "old-version", "no-image" ... */
enum meter_told meter_told_named(const char *text);        /* METER_TOLDS: there is none */

#define METER_ACTIVATIONS_MAX 2
/* What the row remembers. */
struct meter_past {
	bool ppmid;          /* an 11.4 job */
	bool future;         /* the newest 11.3 has an ExecutionDateTime */
	int64_t activations; /* 11.3 that were signed and may have left */
	enum meter_told told;
};

struct meter_move {
	enum meter_job to;
	enum meter_deed deed;
	enum meter_told told; /* METER_TOLDS: as it was */
	bool fresh;           /* the tries begin at 0 */
	const char *reason;   /* of an end that is not PROVEN ("not-delivered", "hash-differs" ...), or of a
				 wait; else NULL */
	const char *rule;     /* "3.2 no. 4", "trap: I99 is not success" ...: why */
};
/* NULL: recorded, nothing moves. An end is for ever. */
const struct meter_move *meter_job_move(enum meter_job in, enum meter_event ev,
					const struct meter_past *past);

/* Watchdogs; METER_WAIT_NONE: without limit. */
enum meter_wait {
	METER_WAIT_NONE,
	METER_WAIT_GATHER,
	METER_WAIT_ANSWER,  /* of the DCC */
	METER_WAIT_DELIVER, /* days */
	METER_WAIT_VERIFY,
	METER_WAIT_GO, /* budget or window: looked at again; GO when they allow */
	METER_WAIT_OUTCOME,
	METER_WAIT_SCHEDULED, /* ExecutionDateTime plus a margin */
	METER_WAIT_VERSION,
	METER_WAITS
};
enum meter_wait meter_job_wait(enum meter_job s);
/* Would a new try of the same hop end in the same way? By reason; the runner asks. */
bool meter_reason_final(const char *reason);

#endif

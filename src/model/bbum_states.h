/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Building Block Update Manager's state chart as data (OCORA-TWS15-060 annex, sections 3 and 4; rows
 * I1-I18 of the requirement list kept in doc/states.md), and the status message it sends (section 5.2.1 with
 * the readings Z29, Z33, Z34). The device agent runs this table; the Configuration Manager reads the same
 * words. Pure.
 *
 * A cell that is not in the table is refused: the state stays and the answer says why.
 */
#ifndef FIRPATH_MODEL_BBUM_STATES_H
#define FIRPATH_MODEL_BBUM_STATES_H

#include <stdbool.h>
#include <stdint.h>

#include "model/ident.h"

enum bbum_state {
	BBUM_START,     /* before the stored Package was looked at */
	BBUM_NORMAL,    /* NO */
	BBUM_PENDING,   /* UP */
	BBUM_UPDATE,    /* U */
	BBUM_COMPLETED, /* UC */
	BBUM_ERROR,
	BBUM_BOOT, /* handed over to the boot process; the next thing is START */
	BBUM_STATES
};
extern const char *const bbum_state_text[BBUM_STATES + 1]; /* "start", "normal-operation", ... */

enum bbum_event {
	BBUM_EV_STARTED_FRESH,  /* startup, nothing memorised, stored Package valid */
	BBUM_EV_STARTED_NORMAL, /* startup, the memorised state, stored Package valid */
	BBUM_EV_STARTED_PENDING,
	BBUM_EV_STARTED_UPDATE,
	BBUM_EV_STARTED_COMPLETED,
	BBUM_EV_STARTED_INVALID, /* startup, stored Package not valid */
	BBUM_EV_MANIFEST,        /* a Manifest came (periodic poll) */
	BBUM_EV_REQUEST_ALLOWED, /* update requested, the application permits in time */
	BBUM_EV_REQUEST_DENIED,  /* update requested, no permission in time, or the application is stopped */
	BBUM_EV_TRIGGER,
	BBUM_EV_CANCEL,
	BBUM_EV_NO_UPDATE_NEEDED, /* the Manifest equals what is installed */
	BBUM_EV_VERIFY_FAILED,
	BBUM_EV_INSTALL_FAILED,
	BBUM_EV_INSTALLED,
	BBUM_EV_NORMAL_ALLOWED,  /* normal operation asked for, conditions allow */
	BBUM_EV_RESTART_ALLOWED, /* restart or shutdown asked for, permitted in time */
	BBUM_EV_RESTART_DENIED,
	BBUM_EV_FAULT, /* error request, or an exception that forces the safe state */
	BBUM_EVENTS
};
extern const char *const bbum_event_text[BBUM_EVENTS + 1];

/* What the device does and says with a move. */
enum bbum_action {
	BBUM_DO_NOTHING,
	BBUM_DO_REPORT,   /* send the status */
	BBUM_DO_ACCEPT,   /* answer the command: accepted */
	BBUM_DO_REJECT,   /* answer the command: rejected, with the reason */
	BBUM_DO_DOWNLOAD, /* accepted; fetch Manifest again, then the Package */
	BBUM_DO_RESULT,   /* report the installation result */
	BBUM_DO_RESTART,  /* answer accepted first, then hand over to the boot process */
	BBUM_ACTIONS
};
extern const char *const bbum_action_text[BBUM_ACTIONS + 1];

struct bbum_move {
	enum bbum_state to;
	enum bbum_action action;
	const char *row; /* "I5": row of the requirement list */
};
/* NULL: refused. */
const struct bbum_move *bbum_move(enum bbum_state in, enum bbum_event on);

enum bbum_command {
	BBUM_CMD_NONE,
	BBUM_CMD_REQUEST_UPDATE,
	BBUM_CMD_CANCEL,
	BBUM_CMD_TRIGGER,
	BBUM_CMD_RESTART,
	BBUM_CMD_NORMAL_OPERATION,
	BBUM_CMD_SHUTDOWN,      /* as restart, but nothing starts again by itself (D43) */
	BBUM_CMD_TURN_TO_ERROR, /* a fatal error of the system: the safe state (D46) */
	BBUM_COMMANDS
};
extern const char *const bbum_command_text[BBUM_COMMANDS + 1]; /* "none", "request-update", ... */

enum bbum_result { /* section 5.2.1; undefined until there was one, and again after I13 (Z33) */
		   BBUM_RESULT_UNDEFINED,
		   BBUM_RESULT_SUCCESS,
		   BBUM_RESULT_VERIFY_FAILED,
		   BBUM_RESULT_INSTALL_FAILED,
		   BBUM_RESULT_NOT_REQUIRED,
		   BBUM_RESULTS
};
extern const char *const bbum_result_text[BBUM_RESULTS + 1];

enum bbum_answer { BBUM_ANSWER_NONE, BBUM_ANSWER_ACCEPTED, BBUM_ANSWER_REJECTED, BBUM_ANSWERS };
extern const char *const bbum_answer_text[BBUM_ANSWERS + 1];

/* Does the application (IEC App) run (D39)? */
enum bbum_iec { BBUM_IEC_UNKNOWN, BBUM_IEC_RUNNING, BBUM_IEC_STOPPED, BBUM_IECS };
extern const char *const bbum_iec_text[BBUM_IECS + 1]; /* "unknown", "running", "stopped" */

/* A status message, read and checked. Absent texts are empty, absent numbers -1. */
struct bbum_status {
	enum bbum_state state;
	/* The Manifest it holds: name (scheme:public-id), version, and its four checks. */
	char manifest[ENTRY_NAME_SIZE], manifest_version[IDENT_PART_SIZE];
	char manifest_hash[65]; /* Building Blocks: configuration hash of that Manifest; "" = none held */
	bool syntax_ok, integrity_ok, identity_ok, authenticity_ok;
	int recommends; /* 1 yes, 0 no, -1 nothing to compare with */
	/* The answer to the newest command it handled. */
	int64_t cycle_id, seq; /* 0 = none yet */
	enum bbum_answer answer;
	char reason[96];
	/* The installation result and the command that led to it. */
	enum bbum_result result;
	int64_t result_cycle_id, result_seq; /* 0 = none */
	/* What really runs: manufacturer, model and hardware, or the Type ID of a Building Block. */
	char manufacturer[IDENT_PART_SIZE], model[IDENT_PART_SIZE], hardware[IDENT_PART_SIZE];
	char type_id[37]; /* UUID in lower case; "" = no Building Block */
	char version[IDENT_PART_SIZE];
	char hash[65];     /* SHA-256 of the image; Building Blocks: configuration hash of what runs */
	enum bbum_iec iec; /* Building Blocks: their application */
	int64_t boots;     /* restarts counted by the device */
	int progress;      /* 0-100, -1 */
	char step[16];     /* "download", "verify", "install" ... */
	char error[32];    /* what went wrong last, a stable word (Z29, doc/bbum-protocol.md); "" = nothing */
};

#endif

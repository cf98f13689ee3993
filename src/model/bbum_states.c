/* SPDX-License-Identifier: Apache-2.0 */
#include "model/bbum_states.h"

#include <assert.h>
#include <stddef.h>

const char *const bbum_state_text[BBUM_STATES + 1] = {
	[BBUM_START] = "start",   [BBUM_NORMAL] = "normal-operation",    [BBUM_PENDING] = "update-pending",
	[BBUM_UPDATE] = "update", [BBUM_COMPLETED] = "update-completed", [BBUM_ERROR] = "error",
	[BBUM_BOOT] = "boot",
};

const char *const bbum_event_text[BBUM_EVENTS + 1] = {
	[BBUM_EV_STARTED_FRESH] = "started-fresh",
	[BBUM_EV_STARTED_NORMAL] = "started-normal",
	[BBUM_EV_STARTED_PENDING] = "started-pending",
	[BBUM_EV_STARTED_UPDATE] = "started-update",
	[BBUM_EV_STARTED_COMPLETED] = "started-completed",
	[BBUM_EV_STARTED_INVALID] = "started-invalid",
	[BBUM_EV_MANIFEST] = "manifest",
	[BBUM_EV_REQUEST_ALLOWED] = "request-allowed",
	[BBUM_EV_REQUEST_DENIED] = "request-denied",
	[BBUM_EV_TRIGGER] = "trigger",
	[BBUM_EV_CANCEL] = "cancel",
	[BBUM_EV_NO_UPDATE_NEEDED] = "no-update-needed",
	[BBUM_EV_VERIFY_FAILED] = "verify-failed",
	[BBUM_EV_INSTALL_FAILED] = "install-failed",
	[BBUM_EV_INSTALLED] = "installed",
	[BBUM_EV_NORMAL_ALLOWED] = "normal-allowed",
	[BBUM_EV_RESTART_ALLOWED] = "restart-allowed",
	[BBUM_EV_RESTART_DENIED] = "restart-denied",
	[BBUM_EV_FAULT] = "fault",
};

const char *const bbum_action_text[BBUM_ACTIONS + 1] = {
	[BBUM_DO_NOTHING] = "nothing", [BBUM_DO_REPORT] = "report",     [BBUM_DO_ACCEPT] = "accept",
	[BBUM_DO_REJECT] = "reject",   [BBUM_DO_DOWNLOAD] = "download", [BBUM_DO_RESULT] = "result",
	[BBUM_DO_RESTART] = "restart",
};

const char *const bbum_command_text[BBUM_COMMANDS + 1] = {
	[BBUM_CMD_NONE] = "none",         [BBUM_CMD_REQUEST_UPDATE] = "request-update",
	[BBUM_CMD_CANCEL] = "cancel",     [BBUM_CMD_TRIGGER] = "trigger",
	[BBUM_CMD_RESTART] = "restart",   [BBUM_CMD_NORMAL_OPERATION] = "normal-operation",
	[BBUM_CMD_SHUTDOWN] = "shutdown", [BBUM_CMD_TURN_TO_ERROR] = "turn-to-error",
};

const char *const bbum_result_text[BBUM_RESULTS + 1] = {
	[BBUM_RESULT_UNDEFINED] = "undefined",
	[BBUM_RESULT_SUCCESS] = "update successful",
	[BBUM_RESULT_VERIFY_FAILED] = "verification failure",
	[BBUM_RESULT_INSTALL_FAILED] = "installation failure",
	[BBUM_RESULT_NOT_REQUIRED] = "no update required",
};

const char *const bbum_answer_text[BBUM_ANSWERS + 1] = {
	[BBUM_ANSWER_NONE] = "none",
	[BBUM_ANSWER_ACCEPTED] = "accepted",
	[BBUM_ANSWER_REJECTED] = "rejected",
};

const char *const bbum_iec_text[BBUM_IECS + 1] = {
	[BBUM_IEC_UNKNOWN] = "unknown",
	[BBUM_IEC_RUNNING] = "running",
	[BBUM_IEC_STOPPED] = "stopped",
};

/* clang-format off */
static const struct {
	enum bbum_state in;
	enum bbum_event on;
	struct bbum_move move;
} table[] = {
	{ BBUM_START,     BBUM_EV_STARTED_FRESH,     { BBUM_NORMAL,    BBUM_DO_REPORT,   "I1" } },
	{ BBUM_START,     BBUM_EV_STARTED_NORMAL,    { BBUM_NORMAL,    BBUM_DO_REPORT,   "I2" } },
	{ BBUM_START,     BBUM_EV_STARTED_PENDING,   { BBUM_PENDING,   BBUM_DO_REPORT,   "I2" } },
	{ BBUM_START,     BBUM_EV_STARTED_UPDATE,    { BBUM_UPDATE,    BBUM_DO_DOWNLOAD, "I2" } },
	{ BBUM_START,     BBUM_EV_STARTED_COMPLETED, { BBUM_COMPLETED, BBUM_DO_REPORT,   "I2" } },
	{ BBUM_START,     BBUM_EV_STARTED_INVALID,   { BBUM_ERROR,     BBUM_DO_REPORT,   "I3" } }, /* Z31 */
	{ BBUM_NORMAL,    BBUM_EV_MANIFEST,          { BBUM_NORMAL,    BBUM_DO_REPORT,   "I4" } },
	{ BBUM_NORMAL,    BBUM_EV_REQUEST_ALLOWED,   { BBUM_PENDING,   BBUM_DO_ACCEPT,   "I5" } },
	{ BBUM_NORMAL,    BBUM_EV_REQUEST_DENIED,    { BBUM_NORMAL,    BBUM_DO_REJECT,   "I6" } },
	{ BBUM_PENDING,   BBUM_EV_TRIGGER,           { BBUM_UPDATE,    BBUM_DO_DOWNLOAD, "I7" } },
	{ BBUM_PENDING,   BBUM_EV_CANCEL,            { BBUM_NORMAL,    BBUM_DO_ACCEPT,   "I8" } },
	/* Z30: a cancel also withdraws a request that still waits for the application */
	{ BBUM_NORMAL,    BBUM_EV_CANCEL,            { BBUM_NORMAL,    BBUM_DO_ACCEPT,   "I8" } },
	{ BBUM_UPDATE,    BBUM_EV_NO_UPDATE_NEEDED,  { BBUM_COMPLETED, BBUM_DO_RESULT,   "I9" } },
	{ BBUM_UPDATE,    BBUM_EV_VERIFY_FAILED,     { BBUM_COMPLETED, BBUM_DO_RESULT,   "I10" } },
	{ BBUM_UPDATE,    BBUM_EV_INSTALL_FAILED,    { BBUM_COMPLETED, BBUM_DO_RESULT,   "I11" } },
	{ BBUM_UPDATE,    BBUM_EV_INSTALLED,         { BBUM_COMPLETED, BBUM_DO_RESULT,   "I12" } },
	{ BBUM_COMPLETED, BBUM_EV_NORMAL_ALLOWED,    { BBUM_NORMAL,    BBUM_DO_ACCEPT,   "I13" } },
	{ BBUM_COMPLETED, BBUM_EV_TRIGGER,           { BBUM_UPDATE,    BBUM_DO_DOWNLOAD, "I14" } },
	{ BBUM_NORMAL,    BBUM_EV_RESTART_ALLOWED,   { BBUM_BOOT,      BBUM_DO_RESTART,  "I15" } },
	{ BBUM_UPDATE,    BBUM_EV_RESTART_ALLOWED,   { BBUM_BOOT,      BBUM_DO_RESTART,  "I15" } },
	{ BBUM_COMPLETED, BBUM_EV_RESTART_ALLOWED,   { BBUM_BOOT,      BBUM_DO_RESTART,  "I15" } },
	{ BBUM_NORMAL,    BBUM_EV_RESTART_DENIED,    { BBUM_NORMAL,    BBUM_DO_REJECT,   "I16" } },
	{ BBUM_UPDATE,    BBUM_EV_RESTART_DENIED,    { BBUM_UPDATE,    BBUM_DO_REJECT,   "I16" } },
	{ BBUM_COMPLETED, BBUM_EV_RESTART_DENIED,    { BBUM_COMPLETED, BBUM_DO_REJECT,   "I16" } },
	{ BBUM_START,     BBUM_EV_FAULT,             { BBUM_ERROR,     BBUM_DO_REPORT,   "I17" } },
	{ BBUM_NORMAL,    BBUM_EV_FAULT,             { BBUM_ERROR,     BBUM_DO_REPORT,   "I17" } },
	{ BBUM_PENDING,   BBUM_EV_FAULT,             { BBUM_ERROR,     BBUM_DO_REPORT,   "I17" } },
	{ BBUM_UPDATE,    BBUM_EV_FAULT,             { BBUM_ERROR,     BBUM_DO_REPORT,   "I17" } },
	{ BBUM_COMPLETED, BBUM_EV_FAULT,             { BBUM_ERROR,     BBUM_DO_REPORT,   "I17" } },
	{ BBUM_ERROR,     BBUM_EV_RESTART_ALLOWED,   { BBUM_BOOT,      BBUM_DO_RESTART,  "I18" } },
};
/* clang-format on */

const struct bbum_move *bbum_move(enum bbum_state in, enum bbum_event on)
{
	assert(in < BBUM_STATES && on < BBUM_EVENTS);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].in == in && table[i].on == on)
			return &table[i].move;
	return NULL;
}

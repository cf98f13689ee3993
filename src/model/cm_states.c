/* SPDX-License-Identifier: Apache-2.0 */
#include "model/cm_states.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

const char *const cm_state_text[CM_STATES + 1] = {
	[CM_STOPPED] = "stopped",       [CM_ENTRY] = "entry",           [CM_NORMAL] = "normal",
	[CM_ASKED] = "asked",           [CM_REFUSED] = "refused",       [CM_PENDING] = "pending",
	[CM_CANCELLING] = "cancelling", [CM_UPDATE] = "update",         [CM_FAILED] = "failed",
	[CM_AGAIN] = "again",           [CM_RESTARTING] = "restarting", [CM_NOT_RESTARTED] = "not-restarted",
	[CM_LEAVING] = "leaving",       [CM_ERROR] = "error",
};

const char *const cm_main[CM_STATES + 1] = {
	[CM_STOPPED] = "Stopped", [CM_ENTRY] = "Entry Operation",
	[CM_NORMAL] = "NO",       [CM_ASKED] = "NO",
	[CM_REFUSED] = "NO",      [CM_PENDING] = "UP",
	[CM_CANCELLING] = "UP",   [CM_UPDATE] = "U",
	[CM_FAILED] = "UC",       [CM_AGAIN] = "UC",
	[CM_RESTARTING] = "UC",   [CM_NOT_RESTARTED] = "UC",
	[CM_LEAVING] = "UC",      [CM_ERROR] = "Error",
};

const char *const cm_event_text[CM_EVENTS + 1] = {
	[CM_EV_START] = "start",
	[CM_EV_STOP] = "stop",
	[CM_EV_REST] = "rest",
	[CM_EV_STOP_HERE] = "stop-here",
	[CM_EV_REST_HERE] = "rest-here",
	[CM_EV_NORMAL] = "normal",
	[CM_EV_ARRIVED] = "arrived",
	[CM_EV_BARRED] = "barred",
	[CM_EV_ENDED] = "ended",
	[CM_EV_SEEN_PENDING] = "seen-pending",
	[CM_EV_SEEN_UPDATE] = "seen-update",
	[CM_EV_SEEN_COMPLETED] = "seen-completed",
	[CM_EV_SEEN_ERROR] = "seen-error",
	[CM_EV_DIFFER] = "differ",
	[CM_EV_RECOMMENDED] = "recommended",
	[CM_EV_DECLINED] = "declined",
	[CM_EV_ACCEPTED] = "accepted",
	[CM_EV_REJECTED] = "rejected",
	[CM_EV_REJECTED_LAST] = "rejected-last",
	[CM_EV_WITHDRAWN] = "withdrawn",
	[CM_EV_DUE] = "due",
	[CM_EV_SILENCE] = "silence",
	[CM_EV_SILENCE_LAST] = "silence-last",
	[CM_EV_INSTALLED] = "installed",
	[CM_EV_NOT_NEEDED] = "not-needed",
	[CM_EV_INSTALL_FAILED] = "install-failed",
	[CM_EV_INSTALL_FAILED_LAST] = "install-failed-last",
	[CM_EV_BACK_NEW] = "back-new",
	[CM_EV_BACK_OLD] = "back-old",
	[CM_EV_BACK_OLD_LAST] = "back-old-last",
	[CM_EV_BACK_WRONG] = "back-wrong",
	[CM_EV_OUT_OF_STEP] = "out-of-step",
	[CM_EV_FATAL] = "fatal",
};

const char *const cm_deed_text[CM_DEEDS + 1] = {
	[CM_DEED_NONE] = "none", [CM_DEED_ASK] = "ask-status",      [CM_DEED_OFFER] = "offer-manifest",
	[CM_DEED_WAIT] = "wait", [CM_DEED_CONFIRM] = "confirm-hop", [CM_DEED_END_WITH] = "end-after",
	[CM_DEED_END] = "end",   [CM_DEED_DONE] = "done",           [CM_DEED_FAIL] = "fail",
	[CM_DEED_HOLD] = "hold", [CM_DEED_REQUEUE] = "requeue",     [CM_DEED_STOPPED] = "stopped",
};

#define NO_CMD BBUM_CMD_NONE
#define REQUEST BBUM_CMD_REQUEST_UPDATE
#define CANCEL BBUM_CMD_CANCEL
#define TRIGGER BBUM_CMD_TRIGGER
#define RESTART BBUM_CMD_RESTART
#define TO_NORMAL BBUM_CMD_NORMAL_OPERATION
#define ANY CM_STATES /* every state but Stopped and Error; rows of one state go first */

/* clang-format off */
static const struct {
	enum cm_state in;
	enum cm_event on;
	struct cm_move move;
} table[] = {
	{ CM_STOPPED,       CM_EV_START,               { CM_ENTRY,         NO_CMD,    CM_DEED_ASK,      "I20" } },
	/* I21: stop. Before the trigger a walk can end at once; an accepted request is taken back first. */
	{ CM_ENTRY,         CM_EV_STOP,                { CM_STOPPED,       NO_CMD,    CM_DEED_STOPPED,  "I21" } },
	{ CM_NORMAL,        CM_EV_STOP,                { CM_STOPPED,       NO_CMD,    CM_DEED_STOPPED,  "I21" } },
	{ CM_REFUSED,       CM_EV_STOP,                { CM_STOPPED,       NO_CMD,    CM_DEED_STOPPED,  "I21" } },
	{ CM_ASKED,         CM_EV_STOP,                { CM_CANCELLING,    CANCEL,    CM_DEED_END_WITH, "I21 I27" } },
	{ CM_PENDING,       CM_EV_STOP,                { CM_CANCELLING,    CANCEL,    CM_DEED_END_WITH, "I21 I27" } },
	{ CM_ERROR,         CM_EV_STOP,                { CM_STOPPED,       NO_CMD,    CM_DEED_STOPPED,  "I21" } },
	{ CM_ENTRY,         CM_EV_REST,                { CM_STOPPED,       NO_CMD,    CM_DEED_REQUEUE,  "I21" } },
	{ CM_NORMAL,        CM_EV_REST,                { CM_STOPPED,       NO_CMD,    CM_DEED_REQUEUE,  "I21" } },
	{ CM_REFUSED,       CM_EV_REST,                { CM_STOPPED,       NO_CMD,    CM_DEED_REQUEUE,  "I21" } },
	{ CM_ASKED,         CM_EV_REST,                { CM_CANCELLING,    CANCEL,    CM_DEED_END_WITH, "I21 I27" } },
	/* The device is in NO and the campaign wants no more. */
	{ CM_ENTRY,         CM_EV_STOP_HERE,           { CM_STOPPED,       NO_CMD,    CM_DEED_STOPPED,  "I22 I21" } },
	{ CM_ENTRY,         CM_EV_REST_HERE,           { CM_STOPPED,       NO_CMD,    CM_DEED_REQUEUE,  "I22 I21" } },
	{ CM_CANCELLING,    CM_EV_STOP_HERE,           { CM_STOPPED,       NO_CMD,    CM_DEED_STOPPED,  "I27 I21" } },
	{ CM_CANCELLING,    CM_EV_REST_HERE,           { CM_STOPPED,       NO_CMD,    CM_DEED_REQUEUE,  "I27 I21" } },
	{ CM_LEAVING,       CM_EV_STOP_HERE,           { CM_STOPPED,       NO_CMD,    CM_DEED_STOPPED,  "I32 I21" } },
	{ CM_LEAVING,       CM_EV_REST_HERE,           { CM_STOPPED,       NO_CMD,    CM_DEED_REQUEUE,  "I32 I21" } },
	/* I22: the state that was found. UP that is not of this walk is taken back, UC is finished. */
	{ CM_ENTRY,         CM_EV_NORMAL,              { CM_NORMAL,        NO_CMD,    CM_DEED_OFFER,    "I22" } },
	{ CM_ENTRY,         CM_EV_ARRIVED,             { CM_STOPPED,       NO_CMD,    CM_DEED_DONE,     "I22 I21" } },
	{ CM_ENTRY,         CM_EV_BARRED,              { CM_STOPPED,       NO_CMD,    CM_DEED_HOLD,     "I22 I21" } },
	{ CM_ENTRY,         CM_EV_ENDED,               { CM_STOPPED,       NO_CMD,    CM_DEED_END,      "I22 I21" } },
	{ CM_ENTRY,         CM_EV_SEEN_PENDING,        { CM_CANCELLING,    CANCEL,    CM_DEED_NONE,     "I22 I27" } },
	{ CM_ENTRY,         CM_EV_SEEN_UPDATE,         { CM_UPDATE,        NO_CMD,    CM_DEED_NONE,     "I22" } },
	{ CM_ENTRY,         CM_EV_SEEN_COMPLETED,      { CM_RESTARTING,    RESTART,   CM_DEED_NONE,     "I22 I31" } },
	{ CM_ENTRY,         CM_EV_DIFFER,              { CM_ERROR,         NO_CMD,    CM_DEED_HOLD,     "I23" } },
	/* I24: recommendation in -> request; still NO. */
	{ CM_NORMAL,        CM_EV_RECOMMENDED,         { CM_ASKED,         REQUEST,   CM_DEED_NONE,     "I24" } },
	{ CM_NORMAL,        CM_EV_DECLINED,            { CM_STOPPED,       NO_CMD,    CM_DEED_HOLD,     "I24" } },
	{ CM_NORMAL,        CM_EV_WITHDRAWN,           { CM_STOPPED,       NO_CMD,    CM_DEED_HOLD,     "I24" } },
	/* I25: accepted -> UP, and in auto mode the trigger at once (G4). */
	{ CM_ASKED,         CM_EV_ACCEPTED,            { CM_PENDING,       TRIGGER,   CM_DEED_NONE,     "I25" } },
	{ CM_ASKED,         CM_EV_WITHDRAWN,           { CM_CANCELLING,    CANCEL,    CM_DEED_END_WITH, "I25 I27" } },
	{ CM_REFUSED,       CM_EV_ACCEPTED,            { CM_PENDING,       TRIGGER,   CM_DEED_NONE,     "I25" } },
	/* I26: any rejected -> retry (auto), then give up. */
	{ CM_ASKED,         CM_EV_REJECTED,            { CM_REFUSED,       NO_CMD,    CM_DEED_WAIT,     "I26" } },
	{ CM_ASKED,         CM_EV_REJECTED_LAST,       { CM_STOPPED,       NO_CMD,    CM_DEED_FAIL,     "I26" } },
	{ CM_ASKED,         CM_EV_SILENCE,             { CM_REFUSED,       NO_CMD,    CM_DEED_WAIT,     "I26" } },
	{ CM_ASKED,         CM_EV_SILENCE_LAST,        { CM_STOPPED,       NO_CMD,    CM_DEED_FAIL,     "I26" } },
	{ CM_REFUSED,       CM_EV_DUE,                 { CM_ASKED,         REQUEST,   CM_DEED_NONE,     "I26" } },
	{ CM_REFUSED,       CM_EV_WITHDRAWN,           { CM_STOPPED,       NO_CMD,    CM_DEED_HOLD,     "I26" } },
	/* I27: cancel -> NO. A device that was faster is in U: go on from there. */
	{ CM_CANCELLING,    CM_EV_ENDED,               { CM_STOPPED,       NO_CMD,    CM_DEED_END,      "I27" } },
	{ CM_CANCELLING,    CM_EV_NORMAL,              { CM_NORMAL,        NO_CMD,    CM_DEED_OFFER,    "I27" } },
	{ CM_CANCELLING,    CM_EV_ARRIVED,             { CM_STOPPED,       NO_CMD,    CM_DEED_DONE,     "I27" } },
	{ CM_CANCELLING,    CM_EV_BARRED,              { CM_STOPPED,       NO_CMD,    CM_DEED_HOLD,     "I27" } },
	{ CM_CANCELLING,    CM_EV_SEEN_UPDATE,         { CM_UPDATE,        NO_CMD,    CM_DEED_NONE,     "I28" } },
	{ CM_CANCELLING,    CM_EV_INSTALLED,           { CM_RESTARTING,    RESTART,   CM_DEED_NONE,     "I28 I29 I31" } },
	{ CM_CANCELLING,    CM_EV_NOT_NEEDED,          { CM_LEAVING,       TO_NORMAL, CM_DEED_NONE,     "I28 I29 I32" } },
	{ CM_CANCELLING,    CM_EV_INSTALL_FAILED,      { CM_LEAVING,       TO_NORMAL, CM_DEED_NONE,     "I28 I29 I32" } },
	{ CM_CANCELLING,    CM_EV_INSTALL_FAILED_LAST, { CM_LEAVING,       TO_NORMAL, CM_DEED_END_WITH, "I28 I29 I32" } },
	{ CM_CANCELLING,    CM_EV_SILENCE_LAST,        { CM_STOPPED,       NO_CMD,    CM_DEED_FAIL,     "I27" } },
	/* I28: trigger sent, all devices in U. Between two polls a device may be through U already. */
	{ CM_PENDING,       CM_EV_SEEN_UPDATE,         { CM_UPDATE,        NO_CMD,    CM_DEED_NONE,     "I28" } },
	{ CM_PENDING,       CM_EV_INSTALLED,           { CM_RESTARTING,    RESTART,   CM_DEED_NONE,     "I28 I29 I31" } },
	{ CM_PENDING,       CM_EV_NOT_NEEDED,          { CM_LEAVING,       TO_NORMAL, CM_DEED_NONE,     "I28 I29 I32" } },
	{ CM_PENDING,       CM_EV_INSTALL_FAILED,      { CM_FAILED,        NO_CMD,    CM_DEED_WAIT,     "I28 I29" } },
	{ CM_PENDING,       CM_EV_INSTALL_FAILED_LAST, { CM_LEAVING,       TO_NORMAL, CM_DEED_END_WITH, "I28 I29 I32" } },
	{ CM_PENDING,       CM_EV_REJECTED,            { CM_CANCELLING,    CANCEL,    CM_DEED_END_WITH, "I27" } },
	{ CM_PENDING,       CM_EV_REJECTED_LAST,       { CM_CANCELLING,    CANCEL,    CM_DEED_END_WITH, "I27" } },
	{ CM_PENDING,       CM_EV_SILENCE_LAST,        { CM_STOPPED,       NO_CMD,    CM_DEED_FAIL,     "I28" } },
	/* I29: results in -> UC; auto mode evaluates them (G6): restart, retry, or back to NO with the old Package. */
	{ CM_UPDATE,        CM_EV_INSTALLED,           { CM_RESTARTING,    RESTART,   CM_DEED_NONE,     "I29 I31" } },
	{ CM_UPDATE,        CM_EV_NOT_NEEDED,          { CM_LEAVING,       TO_NORMAL, CM_DEED_NONE,     "I29 I32" } },
	{ CM_UPDATE,        CM_EV_INSTALL_FAILED,      { CM_FAILED,        NO_CMD,    CM_DEED_WAIT,     "I29" } },
	{ CM_UPDATE,        CM_EV_INSTALL_FAILED_LAST, { CM_LEAVING,       TO_NORMAL, CM_DEED_END_WITH, "I29 I32" } },
	{ CM_UPDATE,        CM_EV_SILENCE_LAST,        { CM_STOPPED,       NO_CMD,    CM_DEED_FAIL,     "I29" } },
	/* I30: trigger again. */
	{ CM_FAILED,        CM_EV_DUE,                 { CM_AGAIN,         TRIGGER,   CM_DEED_NONE,     "I30" } },
	{ CM_FAILED,        CM_EV_WITHDRAWN,           { CM_LEAVING,       TO_NORMAL, CM_DEED_END_WITH, "I32" } },
	{ CM_FAILED,        CM_EV_STOP,                { CM_LEAVING,       TO_NORMAL, CM_DEED_END_WITH, "I32" } },
	{ CM_FAILED,        CM_EV_REST,                { CM_LEAVING,       TO_NORMAL, CM_DEED_END_WITH, "I32" } },
	{ CM_AGAIN,         CM_EV_SEEN_UPDATE,         { CM_UPDATE,        NO_CMD,    CM_DEED_NONE,     "I30" } },
	{ CM_AGAIN,         CM_EV_INSTALLED,           { CM_RESTARTING,    RESTART,   CM_DEED_NONE,     "I30 I29 I31" } },
	{ CM_AGAIN,         CM_EV_NOT_NEEDED,          { CM_LEAVING,       TO_NORMAL, CM_DEED_NONE,     "I30 I29 I32" } },
	{ CM_AGAIN,         CM_EV_INSTALL_FAILED,      { CM_FAILED,        NO_CMD,    CM_DEED_WAIT,     "I30 I29" } },
	{ CM_AGAIN,         CM_EV_INSTALL_FAILED_LAST, { CM_LEAVING,       TO_NORMAL, CM_DEED_END_WITH, "I30 I29 I32" } },
	{ CM_AGAIN,         CM_EV_REJECTED,            { CM_FAILED,        NO_CMD,    CM_DEED_WAIT,     "I30" } },
	{ CM_AGAIN,         CM_EV_REJECTED_LAST,       { CM_LEAVING,       TO_NORMAL, CM_DEED_END_WITH, "I30 I32" } },
	{ CM_AGAIN,         CM_EV_SILENCE_LAST,        { CM_STOPPED,       NO_CMD,    CM_DEED_FAIL,     "I30" } },
	/* I31: restart; what runs afterwards decides. */
	{ CM_RESTARTING,    CM_EV_BACK_NEW,            { CM_LEAVING,       TO_NORMAL, CM_DEED_CONFIRM,  "I31 I32" } },
	{ CM_RESTARTING,    CM_EV_BACK_OLD,            { CM_FAILED,        NO_CMD,    CM_DEED_WAIT,     "I31" } },
	{ CM_RESTARTING,    CM_EV_BACK_OLD_LAST,       { CM_LEAVING,       TO_NORMAL, CM_DEED_END_WITH, "I31 I32" } },
	{ CM_RESTARTING,    CM_EV_BACK_WRONG,          { CM_ERROR,         NO_CMD,    CM_DEED_HOLD,     "I31" } },
	{ CM_RESTARTING,    CM_EV_REJECTED,            { CM_NOT_RESTARTED, NO_CMD,    CM_DEED_WAIT,     "I31" } },
	{ CM_RESTARTING,    CM_EV_REJECTED_LAST,       { CM_ERROR,         NO_CMD,    CM_DEED_HOLD,     "I31" } },
	{ CM_RESTARTING,    CM_EV_SILENCE_LAST,        { CM_STOPPED,       NO_CMD,    CM_DEED_FAIL,     "I31" } },
	{ CM_NOT_RESTARTED, CM_EV_DUE,                 { CM_RESTARTING,    RESTART,   CM_DEED_NONE,     "I31" } },
	/* I32: accepted change to NO: the next hop from what was found, or the end. */
	{ CM_LEAVING,       CM_EV_NORMAL,              { CM_NORMAL,        NO_CMD,    CM_DEED_OFFER,    "I32" } },
	{ CM_LEAVING,       CM_EV_ARRIVED,             { CM_STOPPED,       NO_CMD,    CM_DEED_DONE,     "I32" } },
	{ CM_LEAVING,       CM_EV_BARRED,              { CM_STOPPED,       NO_CMD,    CM_DEED_HOLD,     "I32" } },
	{ CM_LEAVING,       CM_EV_ENDED,               { CM_STOPPED,       NO_CMD,    CM_DEED_END,      "I32" } },
	{ CM_LEAVING,       CM_EV_REJECTED,            { CM_ERROR,         NO_CMD,    CM_DEED_HOLD,     "I32" } }, /* Z24 */
	{ CM_LEAVING,       CM_EV_REJECTED_LAST,       { CM_ERROR,         NO_CMD,    CM_DEED_HOLD,     "I32" } },
	{ CM_LEAVING,       CM_EV_SILENCE_LAST,        { CM_STOPPED,       NO_CMD,    CM_DEED_FAIL,     "I32" } },
	/* Silence where nothing was sent yet. */
	{ CM_ENTRY,         CM_EV_SILENCE_LAST,        { CM_STOPPED,       NO_CMD,    CM_DEED_FAIL,     "I22" } },
	{ CM_NORMAL,        CM_EV_SILENCE_LAST,        { CM_STOPPED,       NO_CMD,    CM_DEED_FAIL,     "I24" } },
	/* In every running state: out of step -> look again (5.1.3.2); the device's error state, or the CM cannot
	 * decide -> somebody must look. */
	{ ANY,              CM_EV_OUT_OF_STEP,         { CM_ENTRY,         NO_CMD,    CM_DEED_ASK,      "I22" } },
	{ ANY,              CM_EV_SEEN_ERROR,          { CM_ERROR,         NO_CMD,    CM_DEED_HOLD,     "I33" } },
	{ ANY,              CM_EV_FATAL,               { CM_ERROR,         NO_CMD,    CM_DEED_HOLD,     "I33" } },
	{ CM_ERROR,         CM_EV_START,               { CM_ENTRY,         NO_CMD,    CM_DEED_ASK,      "I20" } },
};
/* clang-format on */

const struct cm_move *cm_move(enum cm_state in, enum cm_event on)
{
	assert(in < CM_STATES && on < CM_EVENTS);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].on == on &&
		    (table[i].in == in || (table[i].in == ANY && in != CM_STOPPED && in != CM_ERROR)))
			return &table[i].move;
	return NULL;
}

enum cm_timer cm_timer(enum cm_state s)
{
	static const enum cm_timer timers[CM_STATES] = {
		[CM_ENTRY] = CM_TIMER_CONTACT,      [CM_NORMAL] = CM_TIMER_CONTACT,
		[CM_ASKED] = CM_TIMER_ACCEPT,       [CM_REFUSED] = CM_TIMER_WAIT,
		[CM_PENDING] = CM_TIMER_TRIGGER,    [CM_CANCELLING] = CM_TIMER_TRIGGER,
		[CM_UPDATE] = CM_TIMER_INSTALL,     [CM_FAILED] = CM_TIMER_WAIT,
		[CM_AGAIN] = CM_TIMER_TRIGGER,      [CM_RESTARTING] = CM_TIMER_RESTART,
		[CM_NOT_RESTARTED] = CM_TIMER_WAIT, [CM_LEAVING] = CM_TIMER_CONTACT,
	};

	assert(s < CM_STATES);
	return timers[s];
}

enum cm_state cm_state_named(const char *text)
{
	for (int i = 0; i < CM_STATES; i++)
		if (!strcmp(cm_state_text[i], text))
			return (enum cm_state)i;
	return CM_STATES;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a site, which pairs of state and wait exist, the table of verbs and the choices of prompts. */
#include "model/site.h"

#include <assert.h>
#include <stddef.h>

const char *const site_state_text[SITE_STATES + 1] = {
	[SITE_STOPPED] = "stopped",
	[SITE_ENTRY] = "entry-operation",
	[SITE_NO] = "normal-operation",
	[SITE_UP] = "update-pending",
	[SITE_U] = "update",
	[SITE_UC] = "update-completed",
	[SITE_ERROR] = "error",
};

const char *const site_wait_text[SITE_WAITS + 1] = {
	[SITE_IDLE] = "idle",
	[SITE_AWAIT_STATUS] = "await-status",
	[SITE_AWAIT_SYNC] = "await-sync",
	[SITE_AWAIT_ADVICE] = "await-advice",
	[SITE_AWAIT_ACCEPT] = "await-accept",
	[SITE_AWAIT_RETRY] = "await-retry",
	[SITE_AWAIT_CANCEL] = "await-cancel",
	[SITE_AWAIT_FOLLOW] = "await-follow",
	[SITE_AWAIT_RESULT] = "await-result",
	[SITE_AWAIT_RESTART] = "await-restart",
	[SITE_AWAIT_NORMAL] = "await-normal",
	[SITE_AWAIT_SHUTDOWN] = "await-shutdown",
};

const char *const site_mode_text[SITE_MODES + 1] = { "auto", "manual" };

const char *const site_verb_text[SITE_VERBS + 1] = {
	[SITE_DO_START] = "start",
	[SITE_DO_STOP] = "stop",
	[SITE_DO_MODE_AUTO] = "mode auto",
	[SITE_DO_MODE_MANUAL] = "mode manual",
	[SITE_DO_REQUEST] = "request update",
	[SITE_DO_CANCEL] = "cancel update",
	[SITE_DO_TRIGGER] = "trigger update",
	[SITE_DO_RESTART] = "restart",
	[SITE_DO_NORMAL] = "normal operation",
	[SITE_DO_ROLLBACK] = "rollback",
	[SITE_DO_SYNC_NORMAL] = "sync normal",
	[SITE_DO_SYNC_UPDATE] = "sync update",
	[SITE_DO_PERMIT] = "accept update",
	[SITE_DO_DENY] = "reject update",
	[SITE_DO_SHUTDOWN] = "shutdown",
};

const char *const site_prompt_text[SITE_PROMPTS + 1] = {
	[SITE_ASKS_NOTHING] = "nothing",     [SITE_ASKS_SYNC] = "sync",
	[SITE_ASKS_REQUEST] = "request",     [SITE_ASKS_TRIGGER] = "trigger",
	[SITE_ASKS_REJECTED] = "rejected",   [SITE_ASKS_RESULT] = "result",
	[SITE_ASKS_EXCEPTION] = "exception", [SITE_ASKS_FATAL] = "fatal",
};

const char *const site_say_text[SITE_SAYINGS + 1] = {
	[SITE_SAYS_STARTUP] = "startup",
	[SITE_SAYS_ASK_STATUS] = "ask-status",
	[SITE_SAYS_STATUS] = "status",
	[SITE_SAYS_MANIFEST] = "manifest",
	[SITE_SAYS_ADVICE] = "advice",
	[SITE_SAYS_ADVICE_BB] = "advice-bb",
	[SITE_SAYS_REQUEST] = "request",
	[SITE_SAYS_ACCEPTANCE] = "acceptance",
	[SITE_SAYS_ACCEPTANCE_BB] = "acceptance-bb",
	[SITE_SAYS_TRIGGER] = "trigger",
	[SITE_SAYS_CANCEL] = "cancel",
	[SITE_SAYS_PACKAGE] = "package",
	[SITE_SAYS_RESULT] = "result",
	[SITE_SAYS_RESULT_BB] = "result-bb",
	[SITE_SAYS_RESTART] = "restart",
	[SITE_SAYS_NORMAL] = "normal",
	[SITE_SAYS_ERROR] = "error",
	[SITE_SAYS_EXCEPTION] = "exception",
	[SITE_SAYS_STATE] = "state",
	[SITE_SAYS_PROMPT] = "prompt",
	[SITE_SAYS_LIFE] = "life",
	[SITE_SAYS_VERB] = "verb",
};

bool site_say_extended(enum site_say s)
{
	/* Table H: "-" in the column Normal; and what only explains. */
	const unsigned only = 1u << SITE_SAYS_ASK_STATUS | 1u << SITE_SAYS_STATUS | 1u << SITE_SAYS_MANIFEST |
			      1u << SITE_SAYS_ADVICE_BB | 1u << SITE_SAYS_REQUEST |
			      1u << SITE_SAYS_ACCEPTANCE_BB | 1u << SITE_SAYS_TRIGGER |
			      1u << SITE_SAYS_CANCEL | 1u << SITE_SAYS_PACKAGE | 1u << SITE_SAYS_RESULT_BB |
			      1u << SITE_SAYS_STATE;

	assert(s < SITE_SAYINGS);
	return only >> s & 1;
}

#define WAIT(w) (1u << SITE_##w)
static const unsigned pairs[SITE_STATES] = {
	[SITE_STOPPED] = WAIT(IDLE),
	[SITE_ENTRY] = WAIT(IDLE) | WAIT(AWAIT_STATUS) | WAIT(AWAIT_SYNC) | WAIT(AWAIT_RETRY),
	[SITE_NO] =
	    WAIT(IDLE) | WAIT(AWAIT_ADVICE) | WAIT(AWAIT_ACCEPT) | WAIT(AWAIT_RETRY) | WAIT(AWAIT_CANCEL),
	[SITE_UP] = WAIT(IDLE) | WAIT(AWAIT_CANCEL) | WAIT(AWAIT_FOLLOW),
	[SITE_U] = WAIT(AWAIT_RESULT),
	[SITE_UC] = WAIT(IDLE) | WAIT(AWAIT_RETRY) | WAIT(AWAIT_FOLLOW) | WAIT(AWAIT_RESTART) |
		    WAIT(AWAIT_NORMAL) | WAIT(AWAIT_SHUTDOWN),
	[SITE_ERROR] = WAIT(IDLE),
};
#undef WAIT

bool site_pair_exists(enum site_state s, enum site_wait w)
{
	assert(s < SITE_STATES && w < SITE_WAITS);
	return pairs[s] >> w & 1;
}

#define IN(s) (1u << SITE_##s)
#define ANY ((1u << SITE_STATES) - 1)
/* Part F, column "allowed in", with the readings Z22, Z23 and Z30. */
static const struct {
	unsigned in;
	const char *else_why;
} verbs[SITE_VERBS] = {
	[SITE_DO_START] = { ANY, NULL },
	[SITE_DO_STOP] = { ANY, NULL },
	[SITE_DO_MODE_AUTO] = { ANY, NULL },
	[SITE_DO_MODE_MANUAL] = { ANY, NULL },
	[SITE_DO_REQUEST] = { IN(NO), "only in Normal Operation" },
	/* also in Normal Operation, while a request waits (Z30) */
	[SITE_DO_CANCEL] = { IN(UP) | IN(NO), "only in Update Pending, or while an update request waits" },
	[SITE_DO_TRIGGER] = { IN(UP) | IN(UC), "only in Update Pending and Update Completed" },
	/* of Building Blocks in their error state also in Entry Operation (I18); in Error of the CM (G9) */
	[SITE_DO_RESTART] = { IN(UC) | IN(ENTRY) | IN(ERROR), "only in Update Completed" },
	[SITE_DO_NORMAL] = { IN(UC), "only in Update Completed" },
	[SITE_DO_ROLLBACK] = { IN(UC), "only in Update Completed" },
	[SITE_DO_SYNC_NORMAL] = { IN(ENTRY), "only in Entry Operation" },
	[SITE_DO_SYNC_UPDATE] = { IN(ENTRY), "only in Entry Operation" },
	[SITE_DO_PERMIT] = { IN(ENTRY) | IN(NO) | IN(UC),
			     "only while a request or a restart waits for the application" },
	[SITE_DO_DENY] = { IN(ENTRY) | IN(NO) | IN(UC),
			   "only while a request or a restart waits for the application" },
	[SITE_DO_SHUTDOWN] = { IN(UC) | IN(ERROR), "only in Update Completed and Error" },
};

const char *site_verb_bar(enum site_state s, enum site_verb v)
{
	assert(s < SITE_STATES && v < SITE_VERBS);
	return verbs[v].in >> s & 1 ? NULL : verbs[v].else_why;
}

#define DO(v) (1u << SITE_DO_##v)
unsigned site_prompt_choices(enum site_prompt p, enum site_state s)
{
	/* What the table of verbs leaves of these answers an exception. */
	static const enum site_verb moves[] = {
		SITE_DO_STOP,   SITE_DO_REQUEST,  SITE_DO_CANCEL,      SITE_DO_TRIGGER,     SITE_DO_RESTART,
		SITE_DO_NORMAL, SITE_DO_ROLLBACK, SITE_DO_SYNC_NORMAL, SITE_DO_SYNC_UPDATE, SITE_DO_SHUTDOWN,
	};
	unsigned can = 0;

	switch (p) {
	case SITE_ASKS_SYNC:
		return DO(SYNC_NORMAL) | DO(SYNC_UPDATE);
	case SITE_ASKS_REQUEST:
		return DO(REQUEST);
	case SITE_ASKS_TRIGGER:
		return DO(TRIGGER) | DO(CANCEL);
	case SITE_ASKS_REJECTED:
		return DO(REQUEST) | DO(CANCEL);
	case SITE_ASKS_RESULT:
		return DO(TRIGGER) | DO(ROLLBACK) | DO(RESTART) | DO(NORMAL);
	case SITE_ASKS_FATAL:
		return DO(SHUTDOWN) | DO(RESTART);
	case SITE_ASKS_EXCEPTION:
		for (size_t i = 0; i < sizeof moves / sizeof *moves; i++)
			if (!site_verb_bar(s, moves[i]))
				can |= 1u << moves[i];
		return can;
	case SITE_ASKS_NOTHING:
	case SITE_PROMPTS:
		break;
	}
	return 0;
}

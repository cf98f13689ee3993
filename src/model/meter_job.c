/* SPDX-License-Identifier: Apache-2.0 */
#include "model/meter_job.h"

#include <stddef.h>
#include <string.h>

const char *const meter_job_text[METER_JOBS + 1] = {
	[METER_JOB_READY] = "ready",
	[METER_JOB_SENT] = "sent",
	[METER_JOB_DISTRIBUTED] = "distributed",
	[METER_JOB_DELIVERED] = "delivered",
	[METER_JOB_VERIFIED] = "verified",
	[METER_JOB_ASKED] = "asked",
	[METER_JOB_ACTIVATING] = "activating",
	[METER_JOB_SCHEDULED] = "scheduled",
	[METER_JOB_TAKING_BACK] = "taking-back",
	[METER_JOB_READING] = "reading",
	[METER_JOB_PROVEN] = "proven",
	[METER_JOB_UNCHANGED] = "unchanged",
	[METER_JOB_OTHER] = "other",
	[METER_JOB_REFUSED] = "refused",
	[METER_JOB_FAILED] = "failed",
	[METER_JOB_LOST] = "lost",
	[METER_JOB_SILENT] = "silent",
	[METER_JOB_CANCELED] = "canceled",
};

const char *const meter_event_text[METER_EVENTS + 1] = {
	[METER_EV_SENT] = "sent",
	[METER_EV_TAKEN] = "taken",
	[METER_EV_BUSY] = "busy",
	[METER_EV_BUSY_LAST] = "busy-last",
	[METER_EV_NOT_APPLICABLE] = "not-applicable",
	[METER_EV_NOT_COMMISSIONED] = "not-commissioned",
	[METER_EV_INVALID_ID] = "invalid-id",
	[METER_EV_GBCS_VERSION] = "gbcs-version",
	[METER_EV_REFUSED] = "refused",
	[METER_EV_HELD] = "held",
	[METER_EV_AUTHORITY_LOST] = "authority-lost",
	[METER_EV_ANSWER_LOST] = "answer-lost",
	[METER_EV_NOT_SENT] = "not-sent",
	[METER_EV_DELIVERED] = "delivered",
	[METER_EV_NOT_DELIVERED] = "not-delivered",
	[METER_EV_HARDWARE] = "hardware",
	[METER_EV_IMAGE_GOOD] = "image-good",
	[METER_EV_IMAGE_OTHER] = "image-other",
	[METER_EV_IMAGE_BAD] = "image-bad",
	[METER_EV_GO] = "go",
	[METER_EV_COMMAND_OK] = "command-ok",
	[METER_EV_COMMAND_BAD] = "command-bad",
	[METER_EV_ACK] = "ack",
	[METER_EV_SCHEDULED] = "scheduled",
	[METER_EV_DONE] = "done",
	[METER_EV_NO_IMAGE] = "no-image",
	[METER_EV_HASH] = "hash",
	[METER_EV_NOT_ACTIVATED] = "not-activated",
	[METER_EV_TAKEN_BACK] = "taken-back",
	[METER_EV_RUNS_NEW] = "runs-new",
	[METER_EV_RUNS_OLD] = "runs-old",
	[METER_EV_RUNS_OTHER] = "runs-other",
	[METER_EV_CANCEL] = "cancel",
	[METER_EV_DUE] = "due",
	[METER_EV_DUE_LAST] = "due-last",
};

const char *const meter_deed_text[METER_DEEDS + 1] = {
	[METER_DO_NOTHING] = "nothing",     [METER_DO_DISTRIBUTE] = "distribute",
	[METER_DO_TRANSFORM] = "transform", [METER_DO_ACTIVATE] = "activate",
	[METER_DO_TAKE_BACK] = "take-back", [METER_DO_SEND_BACK] = "send-back",
	[METER_DO_READ] = "read",           [METER_DO_ALARM] = "alarm",
};

const char *const meter_told_text[METER_TOLDS + 1] = {
	[METER_TOLD_NOTHING] = "",        [METER_TOLD_DONE] = "success",
	[METER_TOLD_OLD] = "old-version", [METER_TOLD_NO_IMAGE] = "no-image",
	[METER_TOLD_HASH] = "hash",       [METER_TOLD_FAILED] = "failed",
	[METER_TOLD_REFUSED] = "refused", [METER_TOLD_TAKEN_BACK] = "taken-back",
};

/* Sets of states. */
#define S(x) (1u << METER_JOB_##x)
#define ON_ITS_WAY (S(SENT) | S(DISTRIBUTED) | S(DELIVERED))
#define BEFORE (S(READY) | ON_ITS_WAY)     /* the device is not known to hold the image */
#define HOLDS (S(VERIFIED) | S(ASKED))     /* it does, and no newer 11.3 was signed */
#define OUT (S(ACTIVATING) | S(SCHEDULED)) /* an 11.3 is under way */
#define OPEN (BEFORE | HOLDS | OUT | S(TAKING_BACK) | S(READING))

/* Conditions on what the row remembers; of each kind none = any. */
#define PPMID 0x01u
#define METER 0x02u /* all others */
#define NONE 0x04u  /* no 11.3 may have left */
#define ONE 0x08u   /* fewer than METER_ACTIVATIONS_MAX */
#define ALL 0x10u
#define SOME (ONE | ALL)
#define NOW 0x20u /* the newest 11.3 has no ExecutionDateTime */
#define FUTURE 0x40u
#define CLEAR 0x80u  /* what is told can be of the newest 11.3 only, or that one is not kept for later */
#define MIXED 0x100u /* it may be of the one before, while the device keeps the newest for its time */
#define TOLD(x) (0x200u << METER_TOLD_##x)
#define ANY_TOLD ((0x200u << METER_TOLDS) - 0x200u)
#define KINDS 5
static const uint32_t kinds[KINDS] = { PPMID | METER, NONE | ONE | ALL, NOW | FUTURE, CLEAR | MIXED,
				       ANY_TOLD };

struct row {
	uint32_t in;
	enum meter_event on;
	uint32_t when;
	struct meter_move move;
};

/* A cell that stands in no row: recorded, nothing moves. tests/meter_job_cells.h has the same by state.
 * Columns of a move: state, deed, told, fresh, reason, rule (sections of the notes on GB metering, trap = its
 * section 7). */
/* clang-format off */
#define EV(x) METER_EV_##x
#define TO(x) METER_JOB_##x
#define NO METER_DO_NOTHING
#define READ METER_DO_READ
#define BACK METER_DO_TAKE_BACK
#define SAME METER_TOLDS
#define SAYS(x) METER_TOLD_##x
static const struct row table[] = {
	/* ---- the request for distribution and its answer ---- */
	{ S(READY),            EV(DUE),              0,     { TO(READY),       METER_DO_DISTRIBUTE, SAME, false, NULL, "3.2 no. 1" } },
	{ S(READY),            EV(SENT),             0,     { TO(SENT),        NO,   SAME, false, NULL, "3.2 no. 1" } },
	{ S(READY) | S(SENT),  EV(TAKEN),            0,     { TO(DISTRIBUTED), NO,   SAME, true,  NULL, "3.2 no. 1; trap: I0 is not success" } },
	{ S(READY) | S(SENT),  EV(BUSY),             0,     { TO(READY),       METER_DO_DISTRIBUTE, SAME, false, "other-request", "3.2 no. 1; feature 20" } },
	{ S(READY) | S(SENT),  EV(BUSY_LAST),        0,     { TO(REFUSED),     NO,   SAME, false, "other-request", "feature 20" } },
	{ S(READY) | S(SENT),  EV(NOT_APPLICABLE),   0,     { TO(REFUSED),     NO,   SAME, false, "not-applicable", "3.2 no. 1; feature 20" } },
	{ S(READY) | S(SENT),  EV(NOT_COMMISSIONED), 0,     { TO(REFUSED),     NO,   SAME, false, "not-commissioned", "3.2 no. 1; feature 20" } },
	{ S(READY) | S(SENT),  EV(INVALID_ID),       0,     { TO(REFUSED),     NO,   SAME, false, "invalid-device", "3.2 no. 1; feature 20" } },
	{ S(READY) | S(SENT),  EV(GBCS_VERSION),     0,     { TO(REFUSED),     NO,   SAME, false, "gbcs-version", "3.2 no. 1; feature 20" } },
	{ S(READY) | S(SENT),  EV(REFUSED),          0,     { TO(REFUSED),     NO,   SAME, false, "refused", "3.2 no. 1" } },
	{ S(SENT),             EV(NOT_SENT),         0,     { TO(READY),       METER_DO_DISTRIBUTE, SAME, false, "not-sent", "feature 19" } },
	{ S(READY),            EV(DUE_LAST),         0,     { TO(SILENT),      NO,   SAME, false, "no-answer", "feature 19" } },
	/* Was it read? An 11.1 changes nothing that runs: it is said again. An 11.4 may: it counts as taken. */
	{ S(SENT),             EV(ANSWER_LOST),      METER, { TO(READY),       METER_DO_DISTRIBUTE, SAME, false, "answer-lost", "feature 19" } },
	{ S(SENT),             EV(DUE),              METER, { TO(READY),       METER_DO_DISTRIBUTE, SAME, false, "answer-lost", "feature 19" } },
	{ S(SENT),             EV(DUE_LAST),         METER, { TO(SILENT),      NO,   SAME, false, "no-answer", "feature 19" } },
	{ S(READY) | S(SENT),  EV(HELD),             METER, { TO(READY),       NO,   SAME, false, "held", "3.2 no. 7; feature 20" } },
	{ S(SENT),             EV(ANSWER_LOST),      PPMID, { TO(DISTRIBUTED), NO,   SAME, true,  "answer-lost", "feature 19" } },
	{ S(SENT),             EV(DUE),              PPMID, { TO(DISTRIBUTED), NO,   SAME, true,  "answer-lost", "feature 19" } },
	{ S(SENT),             EV(DUE_LAST),         PPMID, { TO(DISTRIBUTED), NO,   SAME, true,  "answer-lost", "feature 19" } },
	{ S(SENT),             EV(HELD),             PPMID, { TO(DISTRIBUTED), NO,   SAME, true,  "held", "3.2 no. 7; feature 20" } },
	/* ---- delivery: the alert may come before the answer, or never ---- */
	{ S(READY) | S(SENT) | S(DISTRIBUTED), EV(DELIVERED), 0, { TO(DELIVERED), NO, SAME, true, NULL, "3.2 no. 2; trap: delivery is no verification" } },
	{ ON_ITS_WAY,          EV(NOT_DELIVERED),    0,     { TO(FAILED),      NO,   SAME, false, "not-delivered", "3.2 no. 2" } },
	{ ON_ITS_WAY,          EV(HARDWARE),         0,     { TO(FAILED),      NO,   SAME, false, "hardware-mismatch", "3.2 no. 2; feature 20" } },
	{ S(DISTRIBUTED),      EV(DUE),              METER, { TO(FAILED),      NO,   SAME, false, "not-delivered", "3.2 no. 2" } },
	{ S(DISTRIBUTED),      EV(DUE_LAST),         METER, { TO(FAILED),      NO,   SAME, false, "not-delivered", "3.2 no. 2" } },
	{ S(DELIVERED),        EV(DUE),              METER, { TO(FAILED),      NO,   SAME, false, "not-verified", "3.2 no. 3" } },
	{ S(DELIVERED),        EV(DUE_LAST),         METER, { TO(FAILED),      NO,   SAME, false, "not-verified", "3.2 no. 3" } },
	{ S(DISTRIBUTED) | S(DELIVERED), EV(DUE),    PPMID, { TO(READING),     READ, SAME, true,  NULL, "feature 21" } },
	{ S(DISTRIBUTED) | S(DELIVERED), EV(DUE_LAST), PPMID, { TO(READING),   READ, SAME, true,  NULL, "feature 21" } },
	/* ---- the device verifies: with the right hash, and that alone, it may be activated ---- */
	{ BEFORE,              EV(IMAGE_GOOD),       METER, { TO(VERIFIED),    NO,   SAME, true,  NULL, "3.2 no. 3; feature 18" } },
	{ (ON_ITS_WAY & ~S(SENT)) | HOLDS, EV(IMAGE_OTHER), 0, { TO(FAILED),   NO,   SAME, false, "hash-differs", "3.2 no. 3; trap: a hash in 8F72 that differs" } },
	{ ON_ITS_WAY | HOLDS,  EV(IMAGE_BAD),        0,     { TO(FAILED),      NO,   SAME, false, "image-bad", "3.2 no. 3" } },
	/* ---- 11.3: transform, check, sign, send ---- */
	{ S(VERIFIED),         EV(GO),               METER, { TO(ASKED),       METER_DO_TRANSFORM, SAME, false, NULL, "3.2 no. 4; feature 22" } },
	{ S(VERIFIED),         EV(DUE_LAST),         0,     { TO(SILENT),      NO,   SAME, false, "no-go", "feature 22" } },
	{ S(ASKED),            EV(COMMAND_OK),       0,     { TO(ACTIVATING),  METER_DO_ACTIVATE, SAME, true, NULL, "3.2 no. 4; feature 18" } },
	{ S(ASKED),            EV(COMMAND_BAD),      0,     { TO(REFUSED),     METER_DO_ALARM, SAME, false, "command-differs", "3.2 no. 4" } },
	{ S(ASKED),            EV(REFUSED),          0,     { TO(REFUSED),     NO,   SAME, false, "refused", "3.2" } },
	{ S(ASKED),            EV(HELD),             0,     { TO(VERIFIED),    NO,   SAME, false, "held", "3.2 no. 7; feature 20" } },
	{ S(ASKED),            EV(ANSWER_LOST),      0,     { TO(VERIFIED),    NO,   SAME, false, "answer-lost", "feature 19" } },
	{ S(ASKED),            EV(NOT_SENT),         0,     { TO(VERIFIED),    NO,   SAME, false, "not-sent", "feature 19" } },
	{ S(ASKED),            EV(DUE),              0,     { TO(VERIFIED),    NO,   SAME, false, "answer-lost", "feature 19" } },
	{ S(ASKED),            EV(DUE_LAST),         0,     { TO(SILENT),      NO,   SAME, false, "no-answer", "feature 19" } },
	/* ---- it may have left: nothing but the device can say what came of it ---- */
	{ S(ACTIVATING),       EV(NOT_SENT),         0,     { TO(VERIFIED),    NO,   SAME, false, "not-sent", "feature 19" } },
	{ S(ACTIVATING),       EV(ACK),              0,     { TO(ACTIVATING),  NO,   SAME, false, NULL, "3.2 no. 4; trap: I99 is not success" } },
	{ S(ACTIVATING),       EV(ANSWER_LOST),      0,     { TO(ACTIVATING),  NO,   SAME, false, "answer-lost", "feature 19" } },
	{ S(ACTIVATING),       EV(HELD),             0,     { TO(ACTIVATING),  NO,   SAME, false, "held", "3.2 no. 7; feature 20" } },
	{ S(ACTIVATING),       EV(SCHEDULED),        0,     { TO(SCHEDULED),   NO,   SAME, true,  NULL, "3.2 no. 4; feature 22" } },
	{ S(ACTIVATING),       EV(REFUSED),          NOW,   { TO(READING),     READ, SAYS(REFUSED), true, NULL, "3.2 no. 4; feature 19" } },
	/* Perhaps it was said twice and the first one is kept: the old version says nothing before its time. */
	{ S(ACTIVATING),       EV(REFUSED),          FUTURE, { TO(SCHEDULED),  NO,   SAYS(REFUSED), true, "refused", "3.2 no. 4; feature 19" } },
	{ S(ACTIVATING),       EV(DUE),              NOW,   { TO(READING),     READ, SAME, true,  NULL, "2 (11.2 to Suspended devices); feature 19" } },
	{ S(ACTIVATING),       EV(DUE_LAST),         NOW,   { TO(READING),     READ, SAME, true,  NULL, "2 (11.2 to Suspended devices); feature 19" } },
	{ S(ACTIVATING),       EV(DUE),              FUTURE, { TO(SCHEDULED),  NO,   SAME, true,  NULL, "feature 19; feature 22" } },
	{ S(ACTIVATING),       EV(DUE_LAST),         FUTURE, { TO(SCHEDULED),  NO,   SAME, true,  NULL, "feature 19; feature 22" } },
	{ S(SCHEDULED),        EV(DUE),              0,     { TO(READING),     READ, SAME, true,  NULL, "2 (11.2 to Suspended devices); feature 19" } },
	{ S(SCHEDULED),        EV(DUE_LAST),         0,     { TO(READING),     READ, SAME, true,  NULL, "2 (11.2 to Suspended devices); feature 19" } },
	/* ---- what is told: the version is read ---- */
	{ OUT | S(TAKING_BACK), EV(DONE),            0,     { TO(READING),     READ, SAYS(DONE), true, NULL, "3.2 no. 4, 5; feature 18" } },
	{ OUT | S(TAKING_BACK), EV(NO_IMAGE),        CLEAR,     { TO(READING),     READ, SAYS(NO_IMAGE), true, NULL, "3.2 no. 4" } },
	{ OUT | S(TAKING_BACK), EV(HASH),            CLEAR,     { TO(READING),     READ, SAYS(HASH), true, NULL, "3.2 no. 4" } },
	{ OUT | S(TAKING_BACK), EV(NOT_ACTIVATED),   CLEAR,     { TO(READING),     READ, SAYS(FAILED), true, NULL, "3.2 no. 4" } },
	/* Late, of the 11.3 before. */
	{ HOLDS,               EV(DONE),             SOME,  { TO(READING),     READ, SAYS(DONE), true, NULL, "3.2 no. 4, 5; feature 18" } },
	{ HOLDS,               EV(NO_IMAGE),         SOME,  { TO(READING),     READ, SAYS(NO_IMAGE), true, NULL, "3.2 no. 4" } },
	{ HOLDS,               EV(HASH),             SOME,  { TO(READING),     READ, SAYS(HASH), true, NULL, "3.2 no. 4" } },
	{ HOLDS,               EV(NOT_ACTIVATED),    SOME,  { TO(READING),     READ, SAYS(FAILED), true, NULL, "3.2 no. 4" } },
	{ S(READING),          EV(DONE),             0,     { TO(READING),     READ, SAYS(DONE), false, NULL, "3.2 no. 4, 5; feature 18" } },
	{ S(READING),          EV(NO_IMAGE),         0,     { TO(READING),     READ, SAYS(NO_IMAGE), false, NULL, "3.2 no. 4" } },
	{ S(READING),          EV(HASH),             0,     { TO(READING),     READ, SAYS(HASH), false, NULL, "3.2 no. 4" } },
	{ S(READING),          EV(NOT_ACTIVATED),    0,     { TO(READING),     READ, SAYS(FAILED), false, NULL, "3.2 no. 4" } },
	/* A PPMID activates by itself. */
	{ ON_ITS_WAY,          EV(DONE),             PPMID, { TO(READING),     READ, SAYS(DONE), true, NULL, "feature 21" } },
	{ ON_ITS_WAY,          EV(NO_IMAGE),         PPMID, { TO(READING),     READ, SAYS(NO_IMAGE), true, NULL, "feature 21" } },
	{ ON_ITS_WAY,          EV(HASH),             PPMID, { TO(READING),     READ, SAYS(HASH), true, NULL, "feature 21" } },
	{ ON_ITS_WAY,          EV(NOT_ACTIVATED),    PPMID, { TO(READING),     READ, SAYS(FAILED), true, NULL, "feature 21" } },
	/* It changed, and not by us: what does it run? */
	{ S(READY),            EV(DONE),             0,     { TO(READY),       READ, SAME, false, NULL, "3.2 no. 5" } },
	{ S(SENT),             EV(DONE),             METER, { TO(SENT),        READ, SAME, false, NULL, "3.2 no. 5" } },
	{ S(DISTRIBUTED),      EV(DONE),             METER, { TO(DISTRIBUTED), READ, SAME, false, NULL, "3.2 no. 5" } },
	{ S(DELIVERED),        EV(DONE),             METER, { TO(DELIVERED),   READ, SAME, false, NULL, "3.2 no. 5" } },
	{ S(VERIFIED),         EV(DONE),             NONE,  { TO(VERIFIED),    READ, SAME, false, NULL, "3.2 no. 5" } },
	{ S(ASKED),            EV(DONE),             NONE,  { TO(ASKED),       READ, SAME, false, NULL, "3.2 no. 5" } },
	/* ---- the version decides ---- */
	{ OPEN,                EV(RUNS_NEW),         0,     { TO(PROVEN),      NO,   SAME, false, NULL, "3.2 no. 5; feature 18" } },
	{ S(READING),          EV(RUNS_OLD),         TOLD(NOTHING) | METER | NONE | ONE, { TO(VERIFIED), NO, SAME, true, NULL, "2 (11.2 to Suspended devices); feature 19" } },
	{ S(READING),          EV(RUNS_OLD),         TOLD(NOTHING) | METER | ALL, { TO(UNCHANGED), NO, SAME, false, "version-unchanged", "feature 19" } },
	{ S(READING),          EV(RUNS_OLD),         TOLD(NOTHING) | PPMID, { TO(UNCHANGED), NO, SAME, false, "version-unchanged", "feature 21" } },
	{ S(READING),          EV(RUNS_OLD),         TOLD(DONE), { TO(READING), NO,  SAYS(OLD), false, "old-version", "3.2 no. 5" } },
	{ S(READING),          EV(RUNS_OLD),         TOLD(OLD), { TO(UNCHANGED), NO, SAME, false, "version-unchanged", "3.2 no. 5" } },
	{ S(READING),          EV(RUNS_OLD),         TOLD(NO_IMAGE), { TO(FAILED), NO, SAME, false, "no-image", "3.2 no. 4" } },
	{ S(READING),          EV(RUNS_OLD),         TOLD(HASH), { TO(FAILED), NO,   SAME, false, "hash-differs", "3.2 no. 4" } },
	{ S(READING),          EV(RUNS_OLD),         TOLD(FAILED), { TO(FAILED), NO, SAME, false, "not-activated", "3.2 no. 4" } },
	{ S(READING),          EV(RUNS_OLD),         TOLD(REFUSED), { TO(REFUSED), NO, SAME, false, "refused", "3.2 no. 4" } },
	{ S(READING),          EV(RUNS_OLD),         TOLD(TAKEN_BACK), { TO(CANCELED), NO, SAME, false, "canceled", "feature 22" } },
	/* Somebody else changed it; an 11.3 that may still be under way is taken back first. */
	{ BEFORE,              EV(RUNS_OTHER),       0,     { TO(OTHER),       NO,   SAME, false, "other-version", "feature 23" } },
	{ HOLDS,               EV(RUNS_OTHER),       NONE,  { TO(OTHER),       NO,   SAME, false, "other-version", "feature 23" } },
	{ HOLDS,               EV(RUNS_OTHER),       SOME,  { TO(TAKING_BACK), BACK, SAME, true,  "other-version", "feature 23" } },
	{ OUT,                 EV(RUNS_OTHER),       0,     { TO(TAKING_BACK), BACK, SAME, true,  "other-version", "feature 23" } },
	{ S(READING),          EV(RUNS_OTHER),       TOLD(NOTHING) | METER, { TO(TAKING_BACK), BACK, SAME, true, "other-version", "feature 23" } },
	{ S(READING),          EV(RUNS_OTHER),       TOLD(NOTHING) | PPMID, { TO(OTHER), NO, SAME, false, "other-version", "feature 23" } },
	{ S(READING),          EV(RUNS_OTHER),       ANY_TOLD & ~TOLD(NOTHING), { TO(OTHER), NO, SAME, false, "other-version", "feature 23" } },
	{ S(READING),          EV(ACK),              0,     { TO(READING),     NO,   SAME, false, NULL, "3.2 no. 4; trap: I99 is not success" } },
	{ S(READING),          EV(DUE),              0,     { TO(READING),     READ, SAME, false, NULL, "feature 19" } },
	{ S(READING),          EV(DUE_LAST),         TOLD(OLD), { TO(UNCHANGED), NO, SAME, false, "version-unchanged", "feature 19" } },
	{ S(READING),          EV(DUE_LAST),         ANY_TOLD & ~TOLD(OLD), { TO(SILENT), NO, SAME, false, "version-unknown", "feature 19" } },
	/* ---- taken back: before an 11.3 at once, later with a command of its own; the version tells which came first ---- */
	{ S(READY),            EV(CANCEL),           0,     { TO(CANCELED),    NO,   SAME, false, "canceled", "feature 22" } },
	{ ON_ITS_WAY,          EV(CANCEL),           METER, { TO(CANCELED),    NO,   SAME, false, "canceled", "feature 22" } },
	{ HOLDS,               EV(CANCEL),           NONE,  { TO(CANCELED),    NO,   SAME, false, "canceled", "feature 22" } },
	{ HOLDS,               EV(CANCEL),           SOME,  { TO(TAKING_BACK), BACK, SAME, true,  "canceled", "feature 22" } },
	{ S(ACTIVATING),       EV(CANCEL),           FUTURE, { TO(TAKING_BACK), BACK, SAME, true, "canceled", "feature 22" } },
	{ S(SCHEDULED),        EV(CANCEL),           0,     { TO(TAKING_BACK), BACK, SAME, true,  "canceled", "feature 22" } },
	{ S(READING),          EV(CANCEL),           TOLD(NOTHING) | METER, { TO(TAKING_BACK), BACK, SAME, true, "canceled", "feature 22" } },
	{ S(TAKING_BACK),      EV(COMMAND_OK),       0,     { TO(TAKING_BACK), METER_DO_SEND_BACK, SAME, false, NULL, "3.2 no. 4; feature 22" } },
	{ S(TAKING_BACK),      EV(COMMAND_BAD),      0,     { TO(TAKING_BACK), METER_DO_ALARM, SAME, false, "command-differs", "3.2 no. 4" } },
	{ S(TAKING_BACK),      EV(ACK),              0,     { TO(TAKING_BACK), NO,   SAME, false, NULL, "3.2 no. 4; trap: I99 is not success" } },
	{ S(TAKING_BACK),      EV(TAKEN_BACK),       0,     { TO(READING),     READ, SAYS(TAKEN_BACK), true, NULL, "feature 22" } },
	{ S(TAKING_BACK),      EV(ANSWER_LOST),      0,     { TO(TAKING_BACK), BACK, SAME, false, "answer-lost", "feature 19" } },
	{ S(TAKING_BACK),      EV(DUE),              0,     { TO(TAKING_BACK), BACK, SAME, false, "answer-lost", "feature 19" } },
	{ S(TAKING_BACK),      EV(DUE_LAST),         0,     { TO(SILENT),      METER_DO_ALARM, SAME, false, "not-taken-back", "feature 22" } },
	/* ---- change of supplier ---- */
	{ OPEN,                EV(AUTHORITY_LOST),   0,     { TO(LOST),        NO,   SAME, false, "authority-lost", "feature 23" } },
};
/* clang-format on */

static uint32_t facts_of(const struct meter_past *p)
{
	return (p->ppmid ? PPMID : METER) |
	       (p->activations <= 0                      ? NONE
		: p->activations < METER_ACTIVATIONS_MAX ? ONE
							 : ALL) |
	       (p->future ? FUTURE : NOW) | (p->future && p->activations > 1 ? MIXED : CLEAR) |
	       (0x200u << p->told);
}

const struct meter_move *meter_job_move(enum meter_job in, enum meter_event ev, const struct meter_past *past)
{
	uint32_t facts = facts_of(past);

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		bool fits = table[i].on == ev && (table[i].in >> in & 1u);

		for (int k = 0; fits && k < KINDS; k++)
			fits = !(table[i].when & kinds[k]) || (table[i].when & facts & kinds[k]);
		if (fits)
			return &table[i].move;
	}
	return NULL;
}

/* Index of a text in a list that ends with NULL; the length of the list when it is not there. */
static int text_find(const char *const *list, const char *text)
{
	int i = 0;

	while (list[i] && (!text || strcmp(list[i], text) != 0))
		i++;
	return i;
}

enum meter_job meter_job_named(const char *text)
{
	return (enum meter_job)text_find(meter_job_text, text);
}

enum meter_told meter_told_named(const char *text)
{
	return (enum meter_told)text_find(meter_told_text, text);
}

enum meter_wait meter_job_wait(enum meter_job s)
{
	static const enum meter_wait wait[METER_JOBS] = {
		[METER_JOB_READY] = METER_WAIT_GATHER,        [METER_JOB_SENT] = METER_WAIT_ANSWER,
		[METER_JOB_DISTRIBUTED] = METER_WAIT_DELIVER, [METER_JOB_DELIVERED] = METER_WAIT_VERIFY,
		[METER_JOB_VERIFIED] = METER_WAIT_GO,         [METER_JOB_ASKED] = METER_WAIT_ANSWER,
		[METER_JOB_ACTIVATING] = METER_WAIT_OUTCOME,  [METER_JOB_SCHEDULED] = METER_WAIT_SCHEDULED,
		[METER_JOB_TAKING_BACK] = METER_WAIT_OUTCOME, [METER_JOB_READING] = METER_WAIT_VERSION,
	};

	return wait[s];
}

bool meter_reason_final(const char *reason)
{
	/* The same request again is answered in the same way, or people must look first. */
	static const char *const list[] = { "not-applicable",
					    "not-commissioned",
					    "invalid-device",
					    "gbcs-version",
					    "refused",
					    "hardware-mismatch",
					    "command-differs",
					    "not-taken-back",
					    "other-version",
					    "authority-lost",
					    "canceled",
					    "version-unknown",
					    NULL };

	return list[text_find(list, reason)] != NULL;
}

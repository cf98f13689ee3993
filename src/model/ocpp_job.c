/* SPDX-License-Identifier: Apache-2.0 */
#include "model/ocpp_job.h"

#include <stddef.h>
#include <string.h>

const char *const ocpp_job_text[OCPP_JOBS + 1] = {
	[OCPP_JOB_READY] = "ready",
	[OCPP_JOB_ASKED] = "asked",
	[OCPP_JOB_LOST] = "lost",
	[OCPP_JOB_ACCEPTED] = "accepted",
	[OCPP_JOB_SCHEDULED] = "scheduled",
	[OCPP_JOB_LOADING] = "loading",
	[OCPP_JOB_LOADED] = "loaded",
	[OCPP_JOB_WAITING] = "waiting",
	[OCPP_JOB_INSTALLING] = "installing",
	[OCPP_JOB_REBOOTING] = "rebooting",
	[OCPP_JOB_RETURNED] = "returned",
	[OCPP_JOB_IDLE] = "idle",
	[OCPP_JOB_INSTALLED] = "installed",
	[OCPP_JOB_DOUBTED] = "doubted",
	[OCPP_JOB_CHECKING] = "checking",
	[OCPP_JOB_PROVEN] = "proven",
	[OCPP_JOB_UNCHANGED] = "unchanged",
	[OCPP_JOB_OTHER] = "other",
	[OCPP_JOB_REFUSED] = "refused",
	[OCPP_JOB_FAILED] = "failed",
	[OCPP_JOB_SILENT] = "silent",
	[OCPP_JOB_CANCELED] = "canceled",
};

const char *const ocpp_status_text[OCPP_STATUSES + 1] = {
	[OCPP_ST_IDLE] = "Idle",
	[OCPP_ST_DOWNLOAD_SCHEDULED] = "DownloadScheduled",
	[OCPP_ST_DOWNLOADING] = "Downloading",
	[OCPP_ST_DOWNLOAD_PAUSED] = "DownloadPaused",
	[OCPP_ST_DOWNLOADED] = "Downloaded",
	[OCPP_ST_DOWNLOAD_FAILED] = "DownloadFailed",
	[OCPP_ST_SIGNATURE_VERIFIED] = "SignatureVerified",
	[OCPP_ST_INVALID_SIGNATURE] = "InvalidSignature",
	[OCPP_ST_INSTALL_SCHEDULED] = "InstallScheduled",
	[OCPP_ST_INSTALL_REBOOTING] = "InstallRebooting",
	[OCPP_ST_INSTALLING] = "Installing",
	[OCPP_ST_INSTALLED] = "Installed",
	[OCPP_ST_INSTALLATION_FAILED] = "InstallationFailed",
	[OCPP_ST_INSTALL_VERIFICATION_FAILED] = "InstallVerificationFailed",
	[OCPP_ST_ROLLED_BACK] = "RolledBack",
	[OCPP_ST_PUBLISHED] = "Published",
	[OCPP_ST_PUBLISH_FAILED] = "PublishFailed",
	[OCPP_ST_INVALID_CHECKSUM] = "InvalidChecksum",
	[OCPP_ST_CHECKSUM_VERIFIED] = "ChecksumVerified",
	[OCPP_ST_UPLOADING] = "Uploading",
	[OCPP_ST_UPLOADED] = "Uploaded",
	[OCPP_ST_UPLOAD_FAILURE] = "UploadFailure",
	[OCPP_ST_BAD_MESSAGE] = "BadMessage",
	[OCPP_ST_NOT_SUPPORTED] = "NotSupportedOperation",
	[OCPP_ST_PERMISSION_DENIED] = "PermissionDenied",
	[OCPP_ST_ACCEPTED_CANCELED] = "AcceptedCanceled",
};

const char *const ocpp_job_event_text[OCPP_JOB_EVENTS + 1] = {
	[OCPP_EV_SENT] = "sent",
	[OCPP_EV_ACCEPTED] = "accepted",
	[OCPP_EV_REFUSED] = "refused",
	[OCPP_EV_ANSWER_LOST] = "answer-lost",
	[OCPP_EV_STATUS] = "status",
	[OCPP_EV_OTHER_STATUS] = "other-status",
	[OCPP_EV_SECURITY_BAD] = "security-bad",
	[OCPP_EV_SECURITY_DONE] = "security-done",
	[OCPP_EV_BOOT] = "boot",
	[OCPP_EV_BOOT_UPDATE] = "boot-update",
	[OCPP_EV_BACK] = "back",
	[OCPP_EV_RUNS_NEW] = "runs-new",
	[OCPP_EV_RUNS_OLD] = "runs-old",
	[OCPP_EV_RUNS_OTHER] = "runs-other",
	[OCPP_EV_RUNS_UNKNOWN] = "runs-unknown",
	[OCPP_EV_DUE] = "due",
	[OCPP_EV_DUE_LAST] = "due-last",
	[OCPP_EV_REPLACED] = "replaced",
};

const char *const ocpp_job_deed_text[OCPP_JOB_DEEDS + 1] = {
	[OCPP_DO_NOTHING] = "nothing", [OCPP_DO_SEND] = "send", [OCPP_DO_READ_VERSION] = "read-version",
	[OCPP_DO_TRIGGER] = "trigger", [OCPP_DO_ASK] = "ask",   [OCPP_DO_GET_LOG] = "get-log",
};

/* Sets of states. */
#define S(x) (1u << OCPP_JOB_##x)
#define DOUBT                                                                                                \
	(S(ASKED) | S(LOST) | S(ACCEPTED) | S(RETURNED) | S(IDLE) | S(INSTALLED) | S(DOUBTED) | S(CHECKING))
#define SAID (S(INSTALLED) | S(DOUBTED) | S(CHECKING)) /* it said Installed */
#define WORK (S(SCHEDULED) | S(LOADING) | S(LOADED) | S(WAITING) | S(INSTALLING) | S(REBOOTING))
#define SENT (DOUBT | WORK) /* the request went out, no end */
#define OPEN (S(READY) | SENT)
#define INSTALLS (S(LOADED) | S(WAITING) | S(INSTALLING) | S(REBOOTING)) /* it has the image */
#define ANY OCPP_STATUSES                                                /* not of a status */

struct row {
	uint32_t in;
	enum ocpp_job_event on;
	enum ocpp_status status; /* ANY: of another event */
	struct ocpp_job_move move;
};

/* A cell that stands in no row: recorded, nothing moves. tests/ocpp_job_cells.h has the same by state. */
/* clang-format off */
#define ST(x) OCPP_EV_STATUS, OCPP_ST_##x
#define EV(x) OCPP_EV_##x, ANY
#define TO(x) OCPP_JOB_##x
#define NO OCPP_DO_NOTHING
#define READ OCPP_DO_READ_VERSION
#define TRIG OCPP_DO_TRIGGER
#define ASK OCPP_DO_ASK
#define LOG OCPP_DO_GET_LOG
static const struct row table[] = {
	/* ---- the request and its answer ---- */
	{ S(READY),             EV(DUE),                        { TO(READY),      OCPP_DO_SEND, false, NULL, "L01.FR.01" } },
	{ S(READY),             EV(SENT),                       { TO(ASKED),      NO,   false, NULL, "L01.FR.01" } },
	{ S(ASKED) | S(LOST),   EV(ACCEPTED),                   { TO(ACCEPTED),   NO,   false, NULL, "L01.FR.01 L01.FR.24" } },
	{ S(ASKED) | S(LOST),   EV(REFUSED),                    { TO(REFUSED),    NO,   false, "refused", "L01.FR.21 L01.FR.22 L01.FR.27 TC_L_04 TC_L_11" } },
	/* Was the request read? The station is asked; Idle: it was not, and it gets it again with the same id. */
	{ S(ASKED),             EV(ANSWER_LOST),                { TO(LOST),       TRIG, false, NULL, "feature 27" } },
	{ S(ASKED),             EV(DUE),                        { TO(LOST),       TRIG, false, NULL, "feature 27" } },
	{ S(ASKED),             EV(BACK),                       { TO(LOST),       TRIG, false, NULL, "feature 27" } },
	{ S(ASKED),             EV(BOOT),                       { TO(LOST),       TRIG, false, NULL, "feature 27" } },
	{ S(LOST),              EV(BACK),                       { TO(LOST),       TRIG, false, NULL, "feature 27" } },
	{ S(LOST),              EV(BOOT),                       { TO(LOST),       TRIG, false, NULL, "feature 27" } },
	{ S(LOST),              EV(DUE),                        { TO(LOST),       TRIG, false, NULL, "feature 13" } },
	{ S(LOST),              ST(IDLE),                       { TO(LOST),       OCPP_DO_SEND, false, NULL, "L01.FR.25 feature 27" } },
	/* ---- progress: from doubt wherever the station is, else forwards ---- */
	{ DOUBT | S(LOADING),   ST(DOWNLOAD_SCHEDULED),         { TO(SCHEDULED),  NO,   false, NULL, "L01.FR.13 TC_L_03 TC_L_13" } },
	{ DOUBT | S(SCHEDULED), ST(DOWNLOADING),                { TO(LOADING),    NO,   false, NULL, "L01.FR.10" } },
	{ DOUBT | S(SCHEDULED), ST(DOWNLOAD_PAUSED),            { TO(LOADING),    NO,   false, NULL, "L01.FR.10" } },
	{ DOUBT | S(SCHEDULED) | S(LOADING), ST(DOWNLOADED),    { TO(LOADED),     NO,   false, NULL, "L01.FR.10" } },
	{ DOUBT | S(SCHEDULED) | S(LOADING), ST(SIGNATURE_VERIFIED), { TO(LOADED), NO,  false, NULL, "L01.FR.04" } },
	{ DOUBT | S(SCHEDULED) | S(LOADING) | S(LOADED), ST(INSTALL_SCHEDULED), { TO(WAITING), NO, false, NULL, "L01.FR.06 TC_L_02" } },
	{ DOUBT | (WORK & ~S(INSTALLING)), ST(INSTALLING),      { TO(INSTALLING), NO,   false, NULL, "L01.FR.23" } },
	{ DOUBT | (WORK & ~S(REBOOTING)), ST(INSTALL_REBOOTING), { TO(REBOOTING), NO,   false, NULL, "L01.FR.32" } },
	/* Said again, by a retry or because it was asked: a sign of life, no move. */
	{ S(SCHEDULED),         ST(DOWNLOAD_SCHEDULED),         { TO(SCHEDULED),  NO,   true,  NULL, "L01.FR.26" } },
	{ S(LOADING),           ST(DOWNLOADING),                { TO(LOADING),    NO,   true,  NULL, "L01.FR.30" } },
	{ S(LOADING),           ST(DOWNLOAD_PAUSED),            { TO(LOADING),    NO,   true,  NULL, "L01.FR.30" } },
	{ S(LOADED),            ST(DOWNLOADED),                 { TO(LOADED),     NO,   true,  NULL, "L01.FR.26" } },
	{ S(LOADED),            ST(SIGNATURE_VERIFIED),         { TO(LOADED),     NO,   true,  NULL, "L01.FR.26" } },
	{ S(WAITING),           ST(INSTALL_SCHEDULED),          { TO(WAITING),    NO,   true,  NULL, "L01.FR.26" } },
	{ S(INSTALLING),        ST(INSTALLING),                 { TO(INSTALLING), NO,   true,  NULL, "L01.FR.26" } },
	{ S(REBOOTING),         ST(INSTALL_REBOOTING),          { TO(REBOOTING),  NO,   true,  NULL, "L01.FR.26" } },
	/* ---- Installed proves nothing: the version is read ---- */
	{ SENT & ~SAID,         ST(INSTALLED),                  { TO(INSTALLED),  READ, false, NULL, "L01.FR.32 TC_L_01 feature 7" } },
	{ S(DOUBTED),           ST(INSTALLED),                  { TO(DOUBTED),    READ, false, NULL, "L01.FR.32 feature 7" } },
	{ INSTALLS,             EV(SECURITY_DONE),              { TO(INSTALLED),  READ, false, NULL, "L01.FR.31 feature 25" } },
	/* It names no request: where this job was not seen to install, it is perhaps of the hop before; the version tells. */
	{ S(ACCEPTED),          EV(SECURITY_DONE),              { TO(ACCEPTED),   READ, false, NULL, "L01.FR.31 feature 25" } },
	{ S(SCHEDULED),         EV(SECURITY_DONE),              { TO(SCHEDULED),  READ, false, NULL, "L01.FR.31 feature 25" } },
	{ S(LOADING),           EV(SECURITY_DONE),              { TO(LOADING),    READ, false, NULL, "L01.FR.31 feature 25" } },
	{ S(RETURNED),          EV(SECURITY_DONE),              { TO(RETURNED),   READ, false, NULL, "L01.FR.31 feature 25" } },
	{ S(IDLE),              EV(SECURITY_DONE),              { TO(IDLE),       READ, false, NULL, "L01.FR.31 feature 25" } },
	/* ---- Idle: finished and its Installed was lost, forgotten, or never begun ---- */
	{ S(ACCEPTED) | WORK | S(RETURNED), ST(IDLE),           { TO(IDLE),       READ, false, NULL, "L01.FR.25 feature 13" } },
	/* ---- it ended badly ---- */
	{ (DOUBT & ~SAID) | S(SCHEDULED) | S(LOADING) | S(LOADED) | S(WAITING), ST(DOWNLOAD_FAILED),
		{ TO(FAILED), LOG, false, "download-failed", "L01.FR.30 TC_L_07" } },
	{ SENT,                 ST(INVALID_SIGNATURE),          { TO(FAILED),     LOG,  false, "invalid-signature", "L01.FR.03 TC_L_06" } },
	{ SENT,                 ST(INSTALLATION_FAILED),        { TO(FAILED),     LOG,  false, "installation-failed", "L01.FR.10 TC_L_09" } },
	{ SENT,                 ST(INSTALL_VERIFICATION_FAILED), { TO(FAILED),    LOG,  false, "verification-failed", "L01.FR.10 TC_L_08" } },
	{ SENT,                 ST(ROLLED_BACK),                { TO(FAILED),     LOG,  false, "rolled-back", "components" } },
	/* While the answer is out it says the same and better (TC_L_05); after Installed the version decides. */
	{ SENT & ~(S(ASKED) | S(LOST) | SAID), EV(SECURITY_BAD), { TO(FAILED),    LOG,  false, "invalid-signature", "L01.FR.02 L01.FR.03 feature 25" } },
	/* ---- restarts and new connections ---- */
	{ S(ACCEPTED),          EV(BOOT),                       { TO(ACCEPTED),   TRIG, false, NULL, "L01.FR.26 feature 13" } },
	{ S(SCHEDULED),         EV(BOOT),                       { TO(ACCEPTED),   TRIG, false, NULL, "L01.FR.26 feature 13" } },
	{ S(LOADING),           EV(BOOT),                       { TO(LOADING),    TRIG, false, NULL, "L01.FR.26 feature 13" } },
	{ INSTALLS,             EV(BOOT),                       { TO(RETURNED),   READ, false, NULL, "L01.FR.32 feature 14" } },
	{ S(RETURNED),          EV(BOOT),                       { TO(RETURNED),   READ, false, NULL, "L01.FR.32 feature 14" } },
	{ S(IDLE),              EV(BOOT),                       { TO(IDLE),       READ, false, NULL, "feature 14" } },
	{ S(INSTALLED) | S(DOUBTED), EV(BOOT),                  { TO(CHECKING),   READ, false, NULL, "L01.FR.32 feature 7" } },
	{ S(CHECKING),          EV(BOOT),                       { TO(CHECKING),   READ, false, NULL, "L01.FR.32 feature 7" } },
	{ SENT & ~(S(RETURNED) | SAID), EV(BOOT_UPDATE),        { TO(RETURNED),   READ, false, NULL, "L01.FR.32 feature 14" } },
	{ S(RETURNED),          EV(BOOT_UPDATE),                { TO(RETURNED),   READ, false, NULL, "L01.FR.32 feature 14" } },
	{ S(INSTALLED) | S(DOUBTED), EV(BOOT_UPDATE),           { TO(CHECKING),   READ, false, NULL, "L01.FR.32 feature 7" } },
	{ S(CHECKING),          EV(BOOT_UPDATE),                { TO(CHECKING),   READ, false, NULL, "L01.FR.32 feature 7" } },
	{ S(ACCEPTED),          EV(BACK),                       { TO(ACCEPTED),   TRIG, false, NULL, "L01.FR.26 feature 13" } },
	{ S(SCHEDULED),         EV(BACK),                       { TO(SCHEDULED),  TRIG, false, NULL, "L01.FR.26 feature 13" } },
	{ S(LOADING),           EV(BACK),                       { TO(LOADING),    TRIG, false, NULL, "L01.FR.26 feature 13" } },
	{ S(LOADED),            EV(BACK),                       { TO(LOADED),     ASK,  false, NULL, "L01.FR.26 feature 13" } },
	{ S(WAITING),           EV(BACK),                       { TO(WAITING),    ASK,  false, NULL, "L01.FR.26 feature 13" } },
	{ S(INSTALLING),        EV(BACK),                       { TO(INSTALLING), ASK,  false, NULL, "L01.FR.26 feature 13" } },
	{ S(REBOOTING),         EV(BACK),                       { TO(REBOOTING),  ASK,  false, NULL, "L01.FR.26 feature 13" } },
	{ S(RETURNED),          EV(BACK),                       { TO(RETURNED),   ASK,  false, NULL, "L01.FR.26 feature 13" } },
	{ S(IDLE),              EV(BACK),                       { TO(IDLE),       ASK,  false, NULL, "feature 14" } },
	{ S(INSTALLED),         EV(BACK),                       { TO(INSTALLED),  READ, false, NULL, "feature 7" } },
	{ S(DOUBTED),           EV(BACK),                       { TO(DOUBTED),    READ, false, NULL, "feature 7" } },
	{ S(CHECKING),          EV(BACK),                       { TO(CHECKING),   READ, false, NULL, "feature 7" } },
	/* ---- the version ---- */
	{ OPEN,                 EV(RUNS_NEW),                   { TO(PROVEN),     NO,   false, NULL, "feature 14" } },
	{ OPEN,                 EV(RUNS_OTHER),                 { TO(OTHER),      LOG,  false, "other-version", "feature 20" } },
	{ S(INSTALLED),         EV(RUNS_OLD),                   { TO(DOUBTED),    NO,   false, NULL, "L01.FR.32 feature 7" } },
	{ S(CHECKING),          EV(RUNS_OLD),                   { TO(UNCHANGED),  LOG,  false, "version-unchanged", "L01.FR.32 feature 7" } },
	/* ---- the watchdog ---- */
	{ S(ACCEPTED),          EV(DUE),                        { TO(ACCEPTED),   TRIG, false, NULL, "feature 13" } },
	{ S(SCHEDULED),         EV(DUE),                        { TO(SCHEDULED),  TRIG, false, NULL, "feature 15" } },
	{ S(LOADING),           EV(DUE),                        { TO(LOADING),    TRIG, false, NULL, "feature 13" } },
	{ S(LOADED),            EV(DUE),                        { TO(LOADED),     ASK,  false, NULL, "feature 13" } },
	{ S(WAITING),           EV(DUE),                        { TO(WAITING),    ASK,  false, NULL, "feature 15" } },
	{ S(INSTALLING),        EV(DUE),                        { TO(INSTALLING), ASK,  false, NULL, "feature 13" } },
	{ S(REBOOTING),         EV(DUE),                        { TO(REBOOTING),  ASK,  false, NULL, "feature 13" } },
	{ S(RETURNED),          EV(DUE),                        { TO(RETURNED),   ASK,  false, NULL, "feature 13" } },
	{ S(IDLE),              EV(DUE),                        { TO(IDLE),       READ, false, NULL, "feature 13" } },
	{ S(INSTALLED),         EV(DUE),                        { TO(INSTALLED),  READ, false, NULL, "feature 13" } },
	{ S(DOUBTED),           EV(DUE),                        { TO(DOUBTED),    READ, false, NULL, "feature 13" } },
	{ S(CHECKING),          EV(DUE),                        { TO(CHECKING),   READ, false, NULL, "feature 13" } },
	{ S(READY) | S(ASKED) | S(LOST), EV(DUE_LAST),          { TO(SILENT),     NO,   false, "no-answer", "feature 13" } },
	{ S(ACCEPTED),          EV(DUE_LAST),                   { TO(SILENT),     LOG,  false, "no-status", "feature 13" } },
	{ WORK | S(RETURNED),   EV(DUE_LAST),                   { TO(SILENT),     LOG,  false, "no-progress", "feature 13" } },
	{ S(INSTALLED) | S(CHECKING), EV(DUE_LAST),             { TO(SILENT),     LOG,  false, "version-unknown", "feature 13" } },
	{ S(IDLE),              EV(DUE_LAST),                   { TO(FAILED),     LOG,  false, "not-doing-it", "L01.FR.25 feature 13" } },
	{ S(DOUBTED),           EV(DUE_LAST),                   { TO(UNCHANGED),  LOG,  false, "version-unchanged", "L01.FR.32 feature 7" } },
	/* ---- another request ---- */
	{ OPEN,                 EV(REPLACED),                   { TO(CANCELED),   NO,   false, "replaced", "L01.FR.24 TC_L_10" } },
};
/* clang-format on */

const struct ocpp_job_move *ocpp_job_move(enum ocpp_job in, enum ocpp_job_event ev, enum ocpp_status status)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].on == ev && (table[i].in >> in & 1u) &&
		    (ev != OCPP_EV_STATUS || table[i].status == status))
			return &table[i].move;
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

enum ocpp_job ocpp_job_named(const char *text)
{
	return (enum ocpp_job)text_find(ocpp_job_text, text);
}

enum ocpp_status ocpp_status_named(const char *text)
{
	return (enum ocpp_status)text_find(ocpp_status_text, text);
}

const char *ocpp_job_refusal(const char *answer)
{
	if (!strcmp(answer, "InvalidCertificate"))
		return "invalid-certificate";
	if (!strcmp(answer, "RevokedCertificate"))
		return "revoked-certificate";
	if (!strncmp(answer, "error:", 6))
		return "call-error";
	return "rejected";
}

enum ocpp_wait ocpp_job_wait(enum ocpp_job s)
{
	static const enum ocpp_wait wait[OCPP_JOBS] = {
		[OCPP_JOB_ASKED] = OCPP_WAIT_ANSWER,     [OCPP_JOB_LOST] = OCPP_WAIT_FIRST,
		[OCPP_JOB_ACCEPTED] = OCPP_WAIT_FIRST,   [OCPP_JOB_LOADING] = OCPP_WAIT_DOWNLOAD,
		[OCPP_JOB_LOADED] = OCPP_WAIT_INSTALL,   [OCPP_JOB_INSTALLING] = OCPP_WAIT_INSTALL,
		[OCPP_JOB_REBOOTING] = OCPP_WAIT_REBOOT, [OCPP_JOB_RETURNED] = OCPP_WAIT_INSTALL,
		[OCPP_JOB_IDLE] = OCPP_WAIT_VERSION,     [OCPP_JOB_INSTALLED] = OCPP_WAIT_VERSION,
		[OCPP_JOB_DOUBTED] = OCPP_WAIT_VERSION,  [OCPP_JOB_CHECKING] = OCPP_WAIT_VERSION,
	};

	return wait[s];
}

/* ---- local controllers ---- */

const char *const ocpp_publish_text[OCPP_PUBS + 1] = {
	[OCPP_PUB_READY] = "ready",
	[OCPP_PUB_ASKED] = "asked",
	[OCPP_PUB_GOING] = "going",
	[OCPP_PUB_PUBLISHED] = "published",
	[OCPP_PUB_UNPUBLISHED] = "unpublished",
	[OCPP_PUB_FAILED] = "failed",
	[OCPP_PUB_REFUSED] = "refused",
	[OCPP_PUB_SILENT] = "silent",
};

#define P(x) (1u << OCPP_PUB_##x)
#define PUB_OPEN (P(READY) | P(ASKED) | P(GOING))
struct publish_row {
	uint32_t in;
	enum ocpp_job_event on;
	enum ocpp_status status; /* ANY: of another event */
	enum ocpp_publish to;
	const char *reason;
};
/* clang-format off */
static const struct publish_row publish_table[] = {
	{ P(READY),            EV(SENT),                OCPP_PUB_ASKED,     NULL },
	{ P(ASKED),            EV(ACCEPTED),            OCPP_PUB_GOING,     NULL },
	{ P(ASKED),            EV(REFUSED),             OCPP_PUB_REFUSED,   NULL },
	/* A status may come before the answer. Idle moves nothing: between answer and download it is true. */
	{ P(ASKED),            ST(DOWNLOAD_SCHEDULED),  OCPP_PUB_GOING,     NULL },
	{ P(ASKED),            ST(DOWNLOADING),         OCPP_PUB_GOING,     NULL },
	{ P(ASKED),            ST(DOWNLOAD_PAUSED),     OCPP_PUB_GOING,     NULL },
	{ P(ASKED),            ST(DOWNLOADED),          OCPP_PUB_GOING,     NULL },
	{ P(ASKED),            ST(CHECKSUM_VERIFIED),   OCPP_PUB_GOING,     NULL },
	{ P(ASKED) | P(GOING), ST(PUBLISHED),           OCPP_PUB_PUBLISHED, NULL },
	{ P(ASKED) | P(GOING), ST(DOWNLOAD_FAILED),     OCPP_PUB_FAILED,    "download-failed" },
	{ P(ASKED) | P(GOING), ST(INVALID_CHECKSUM),    OCPP_PUB_FAILED,    "invalid-checksum" },
	{ P(ASKED) | P(GOING), ST(PUBLISH_FAILED),      OCPP_PUB_FAILED,    "publish-failed" },
	{ PUB_OPEN,            EV(DUE_LAST),            OCPP_PUB_SILENT,    NULL },
	{ PUB_OPEN,            EV(REPLACED),            OCPP_PUB_FAILED,    NULL },
};
/* UnpublishFirmware has no status: its answer is all. To ask twice is harmless. */
static const struct {
	uint32_t in;
	enum ocpp_job_event on;
	const char *answer; /* NULL: any */
	enum ocpp_publish to;
} unpublish_table[] = {
	{ P(READY),            OCPP_EV_SENT,            NULL,               OCPP_PUB_ASKED },
	{ P(ASKED),            OCPP_EV_ACCEPTED,        "Unpublished",      OCPP_PUB_UNPUBLISHED },
	{ P(ASKED),            OCPP_EV_ACCEPTED,        "NoFirmware",       OCPP_PUB_UNPUBLISHED },
	/* It still loads; both spellings of the specification (L04.FR.04). */
	{ P(ASKED),            OCPP_EV_ACCEPTED,        "DownloadOngoing",  OCPP_PUB_READY },
	{ P(ASKED),            OCPP_EV_ACCEPTED,        "Downloading",      OCPP_PUB_READY },
	{ P(ASKED),            OCPP_EV_ACCEPTED,        NULL,               OCPP_PUB_REFUSED },
	{ P(ASKED),            OCPP_EV_REFUSED,         NULL,               OCPP_PUB_REFUSED },
	{ P(ASKED),            OCPP_EV_ANSWER_LOST,     NULL,               OCPP_PUB_READY },
	{ PUB_OPEN,            OCPP_EV_DUE_LAST,        NULL,               OCPP_PUB_SILENT },
	{ PUB_OPEN,            OCPP_EV_REPLACED,        NULL,               OCPP_PUB_FAILED },
};
/* clang-format on */

enum ocpp_publish ocpp_publish_move(enum ocpp_publish in, enum ocpp_job_event ev, enum ocpp_status status)
{
	for (size_t i = 0; i < sizeof publish_table / sizeof *publish_table; i++) {
		const struct publish_row *r = &publish_table[i];

		if (r->on == ev && (r->in >> in & 1u) && (ev != OCPP_EV_STATUS || r->status == status))
			return r->to;
	}
	return in;
}

const char *ocpp_publish_reason(enum ocpp_status status)
{
	for (size_t i = 0; i < sizeof publish_table / sizeof *publish_table; i++)
		if (publish_table[i].on == OCPP_EV_STATUS && publish_table[i].status == status)
			return publish_table[i].reason;
	return NULL;
}

enum ocpp_publish ocpp_unpublish_move(enum ocpp_publish in, enum ocpp_job_event ev, const char *answer)
{
	for (size_t i = 0; i < sizeof unpublish_table / sizeof *unpublish_table; i++)
		if (unpublish_table[i].on == ev && (unpublish_table[i].in >> in & 1u) &&
		    (!unpublish_table[i].answer || !strcmp(unpublish_table[i].answer, answer)))
			return unpublish_table[i].to;
	return in;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of one firmware job of a charging station as data (OCPP 2.0.1 Part 2 L01-L04, 1.6 security
 * whitepaper section 4, OCPP 1.6 UpdateFirmware): what was sent, what the station said, what is awaited and
 * for how long. Pure; the door (orch/ocpp_door.h) keeps the row and asks here for each move. A notification
 * that the table does not expect is recorded and moves nothing; none is fatal.
 *
 *   READY      made, not sent (spread, or the station is away)
 *   ASKED      request sent, no answer
 *   LOST       the answer did not come in time, or the connection went: was the request read at all?
 *   ACCEPTED   answered Accepted, AcceptedCanceled (1.6: {}, which says only that it was read)
 *   SCHEDULED  DownloadScheduled: may last as long as a transaction (L01.FR.13); no watchdog
 *   LOADING    Downloading, DownloadPaused
 *   LOADED     Downloaded, SignatureVerified
 *   WAITING    InstallScheduled: waits for transactions (L01.FR.06, .33); no watchdog
 *   INSTALLING Installing
 *   REBOOTING  InstallRebooting
 *   RETURNED   it restarted without having said Installed: that was lost, or it restarts before it installs
 *   IDLE       it says Idle: over, forgotten, or not begun (retries 0); its version is being read
 *   INSTALLED  it says Installed; its version is being read
 *   DOUBTED    it said Installed and reports the old version: a restart may be still to come
 *   CHECKING   it said Installed and restarted: the version it reports next decides
 *   PROVEN     it runs what was sent                                                        end
 *   UNCHANGED  it said Installed and runs what it ran before                                end
 *   OTHER      it runs something else                                                       end
 *   REFUSED    the request was refused: Rejected, a certificate it does not take, CALLERROR end
 *   FAILED     DownloadFailed, InstallationFailed, InstallVerificationFailed, InvalidSignature, RolledBack,
 *              or it says Idle and nothing came of the job                                  end
 *   SILENT     the watchdog asked often enough                                              end
 *   CANCELED   another request took its place (AcceptedCanceled)                            end
 *
 * Progress is followed forwards only from SCHEDULED to REBOOTING (Installing and InstallRebooting in either
 * order, L01.FR.23; a download may go back to SCHEDULED); from the states of doubt (ASKED, LOST, ACCEPTED,
 * RETURNED, IDLE, INSTALLED, DOUBTED, CHECKING) wherever the station is. The version decides in every state:
 * what was sent = PROVEN, a third one = OTHER. The old one decides only in CHECKING, or when the watchdog of
 * DOUBTED ends. An end is for ever.
 */
#ifndef FIRPATH_MODEL_OCPP_JOB_H
#define FIRPATH_MODEL_OCPP_JOB_H

#include <stdbool.h>
#include <stdint.h>

enum ocpp_job {
	OCPP_JOB_READY,
	OCPP_JOB_ASKED,
	OCPP_JOB_LOST,
	OCPP_JOB_ACCEPTED,
	OCPP_JOB_SCHEDULED,
	OCPP_JOB_LOADING,
	OCPP_JOB_LOADED,
	OCPP_JOB_WAITING,
	OCPP_JOB_INSTALLING,
	OCPP_JOB_REBOOTING,
	OCPP_JOB_RETURNED,
	OCPP_JOB_IDLE,
	OCPP_JOB_INSTALLED,
	OCPP_JOB_DOUBTED,
	OCPP_JOB_CHECKING,
	OCPP_JOB_PROVEN,
	OCPP_JOB_UNCHANGED,
	OCPP_JOB_OTHER,
	OCPP_JOB_REFUSED,
	OCPP_JOB_FAILED,
	OCPP_JOB_SILENT,
	OCPP_JOB_CANCELED,
	OCPP_JOBS
};
extern const char *const ocpp_job_text[OCPP_JOBS + 1]; /* "ready", "asked", ... */
enum ocpp_job ocpp_job_named(const char *text);        /* OCPP_JOBS: there is none */
static inline bool ocpp_job_ended(enum ocpp_job s)
{
	return s >= OCPP_JOB_PROVEN;
}

/* Statuses of notifications: the 14 of firmware, RolledBack of components, those of publishing, of logs. */
enum ocpp_status {
	OCPP_ST_IDLE,
	OCPP_ST_DOWNLOAD_SCHEDULED,
	OCPP_ST_DOWNLOADING,
	OCPP_ST_DOWNLOAD_PAUSED,
	OCPP_ST_DOWNLOADED,
	OCPP_ST_DOWNLOAD_FAILED,
	OCPP_ST_SIGNATURE_VERIFIED,
	OCPP_ST_INVALID_SIGNATURE,
	OCPP_ST_INSTALL_SCHEDULED,
	OCPP_ST_INSTALL_REBOOTING,
	OCPP_ST_INSTALLING,
	OCPP_ST_INSTALLED,
	OCPP_ST_INSTALLATION_FAILED,
	OCPP_ST_INSTALL_VERIFICATION_FAILED,
	OCPP_ST_ROLLED_BACK,
	OCPP_ST_PUBLISHED,
	OCPP_ST_PUBLISH_FAILED,
	OCPP_ST_INVALID_CHECKSUM,
	OCPP_ST_CHECKSUM_VERIFIED,
	OCPP_ST_UPLOADING,
	OCPP_ST_UPLOADED,
	OCPP_ST_UPLOAD_FAILURE,
	OCPP_ST_BAD_MESSAGE,
	OCPP_ST_NOT_SUPPORTED,
	OCPP_ST_PERMISSION_DENIED,
	OCPP_ST_ACCEPTED_CANCELED,
	OCPP_STATUSES
};
extern const char *const ocpp_status_text[OCPP_STATUSES + 1]; /* "Idle", ... */
enum ocpp_status ocpp_status_named(const char *text);         /* OCPP_STATUSES: unknown */

enum ocpp_job_event {
	OCPP_EV_SENT,
	OCPP_EV_ACCEPTED, /* also AcceptedCanceled; also Rejected with DuplicateRequestId after a repetition
			   */
	OCPP_EV_REFUSED,  /* any other answer, CALLERROR */
	OCPP_EV_ANSWER_LOST,   /* time ran out */
	OCPP_EV_STATUS,        /* with an ocpp_status of this request, or of none (Idle, 1.6) */
	OCPP_EV_OTHER_STATUS,  /* a status with another requestId: never moves this job */
	OCPP_EV_SECURITY_BAD,  /* security event InvalidFirmwareSignature, InvalidFirmwareSigningCertificate
				  whose  time is not before the request */
	OCPP_EV_SECURITY_DONE, /* FirmwareUpdated, likewise */
	OCPP_EV_BOOT,          /* BootNotification after the request */
	OCPP_EV_BOOT_UPDATE,   /* ... with the reason FirmwareUpdate */
	OCPP_EV_BACK,          /* a new connection; a BootNotification need not follow (2.0.1 Part 4, 5.3) */
	OCPP_EV_RUNS_NEW,      /* the version was read; of a BootNotification: after its OCPP_EV_BOOT */
	OCPP_EV_RUNS_OLD,
	OCPP_EV_RUNS_OTHER,
	OCPP_EV_RUNS_UNKNOWN, /* it was asked and does not say */
	OCPP_EV_DUE,          /* the watchdog of the state */
	OCPP_EV_DUE_LAST,     /* ... for the last time */
	OCPP_EV_REPLACED,     /* another request was accepted in its place */
	OCPP_JOB_EVENTS
};
extern const char *const ocpp_job_event_text[OCPP_JOB_EVENTS + 1];

enum ocpp_job_deed {
	OCPP_DO_NOTHING,
	OCPP_DO_SEND, /* the request; in LOST again, with the same id, because it was never answered */
	OCPP_DO_READ_VERSION, /* by whatever this station answers */
	OCPP_DO_TRIGGER,      /* TriggerMessage: the status, when there is doubt */
	OCPP_DO_ASK,          /* both: not every station knows TriggerMessage */
	OCPP_DO_GET_LOG,      /* it ended badly */
	OCPP_JOB_DEEDS
};
extern const char *const ocpp_job_deed_text[OCPP_JOB_DEEDS + 1];

/* The watchdog: a move to another state arms that state's and begins to count its tries at 0. A move to the
 * same state leaves it alone, unless `rearm`: then the time begins anew and the tries go on counting, so
 * that a station that hangs and repeats "Downloading" whenever it is asked comes to an end. OCPP_EV_DUE: the
 * caller counts one try and arms it again. */
struct ocpp_job_move {
	enum ocpp_job to;
	enum ocpp_job_deed deed;
	bool rearm;
	const char
	    *reason; /* of an end that is not PROVEN: "download-failed", "version-unchanged" ..., else NULL */
	const char *rule; /* "L01.FR.32", "TC_L_10", "feature 13" ...: why */
};
/* NULL: recorded, nothing moves. status only with OCPP_EV_STATUS. */
const struct ocpp_job_move *ocpp_job_move(enum ocpp_job in, enum ocpp_job_event ev, enum ocpp_status status);

/* The stable word of a refusal, from the status of the answer or "error:CODE": "rejected",
 * "invalid-certificate", "revoked-certificate", "call-error". The caller appends ":" and the reason code. */
const char *ocpp_job_refusal(const char *answer);

/* Watchdogs; OCPP_WAIT_NONE: without limit. */
enum ocpp_wait {
	OCPP_WAIT_NONE,
	OCPP_WAIT_ANSWER,
	OCPP_WAIT_FIRST, /* a first status */
	OCPP_WAIT_DOWNLOAD,
	OCPP_WAIT_INSTALL,
	OCPP_WAIT_REBOOT,
	OCPP_WAIT_VERSION,
	OCPP_WAITS
};
enum ocpp_wait ocpp_job_wait(enum ocpp_job s);

/* Publish to a local controller (L03) and take it back (L04): the same idea, their own tables. In GOING and
 * ASKED the watchdog triggers PublishFirmwareStatusNotification. */
enum ocpp_publish {
	OCPP_PUB_READY,
	OCPP_PUB_ASKED,
	OCPP_PUB_GOING,
	OCPP_PUB_PUBLISHED,   /* end */
	OCPP_PUB_UNPUBLISHED, /* end: it has it no more, or never had it */
	OCPP_PUB_FAILED,      /* end: DownloadFailed, InvalidChecksum, PublishFailed */
	OCPP_PUB_REFUSED,     /* end */
	OCPP_PUB_SILENT,      /* end */
	OCPP_PUBS
};
extern const char *const ocpp_publish_text[OCPP_PUBS + 1];
static inline bool ocpp_publish_ended(enum ocpp_publish s)
{
	return s >= OCPP_PUB_PUBLISHED;
}
/* The same state: recorded, nothing moves. */
enum ocpp_publish ocpp_publish_move(enum ocpp_publish in, enum ocpp_job_event ev, enum ocpp_status status);
/* "download-failed", "invalid-checksum", "publish-failed"; NULL: no failure. */
const char *ocpp_publish_reason(enum ocpp_status status);
/* UnpublishFirmware. answer (with OCPP_EV_ACCEPTED): "Unpublished", "NoFirmware", "DownloadOngoing" (back to
 * READY: asked again later). */
enum ocpp_publish ocpp_unpublish_move(enum ocpp_publish in, enum ocpp_job_event ev, const char *answer);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of one firmware job of a charging station as data (OCPP 2.0.1 Part 2 L01-L04, 1.6 security
 * whitepaper section 4, OCPP 1.6 UpdateFirmware): what was sent, what the station said, what is awaited and
 * for how long. Pure; the door (orch/ocpp_door.h) keeps the row and asks here for each move. A notification
 * that the table does not expect is recorded and moves nothing; none is fatal. Repeated statuses are no
 * moves.
 *
 *   OCPP_JOB_READY      made, not sent (spread, or the station is away)
 *   OCPP_JOB_ASKED      request sent, no answer
 *   OCPP_JOB_ACCEPTED   answered Accepted (1.6: {}), or a first status came before the answer
 *   OCPP_JOB_SCHEDULED  DownloadScheduled: may last as long as a transaction (L01.FR.13); no watchdog
 *   OCPP_JOB_LOADING    Downloading, DownloadPaused
 *   OCPP_JOB_LOADED     Downloaded, SignatureVerified
 *   OCPP_JOB_WAITING    InstallScheduled; waits for transactions (L01.FR.06, .33); no watchdog
 *   OCPP_JOB_INSTALLING Installing
 *   OCPP_JOB_REBOOTING  InstallRebooting
 *   OCPP_JOB_INSTALLED  the station says Installed, or came back by itself; its version is being read
 *   OCPP_JOB_PROVEN     it runs what was sent                                              end
 *   OCPP_JOB_UNCHANGED  it said Installed and runs what it ran before                      end
 *   OCPP_JOB_OTHER      it runs something else                                             end
 *   OCPP_JOB_REFUSED    the request was refused: Rejected, InvalidCertificate, RevokedCertificate, CALLERROR
 * end OCPP_JOB_FAILED     DownloadFailed, InstallationFailed, InstallVerificationFailed, InvalidSignature,
 * RolledBack  end OCPP_JOB_SILENT     the watchdog asked often enough                                    end
 *   OCPP_JOB_CANCELED   another request took its place (AcceptedCanceled)                  end
 */
#ifndef FIRPATH_MODEL_OCPP_JOB_H
#define FIRPATH_MODEL_OCPP_JOB_H

#include <stdbool.h>
#include <stdint.h>

enum ocpp_job {
	OCPP_JOB_READY,
	OCPP_JOB_ASKED,
	OCPP_JOB_ACCEPTED,
	OCPP_JOB_SCHEDULED,
	OCPP_JOB_LOADING,
	OCPP_JOB_LOADED,
	OCPP_JOB_WAITING,
	OCPP_JOB_INSTALLING,
	OCPP_JOB_REBOOTING,
	OCPP_JOB_INSTALLED,
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
	OCPP_EV_ACCEPTED /* also AcceptedCanceled */,
	OCPP_EV_REFUSED,
	OCPP_EV_ANSWER_LOST /* time ran out */,
	OCPP_EV_STATUS,        /* with an ocpp_status of this request */
	OCPP_EV_OTHER_STATUS,  /* a status with another requestId: never moves this job */
	OCPP_EV_SECURITY_BAD,  /* security event InvalidFirmwareSignature / InvalidFirmwareSigningCertificate
				*/
	OCPP_EV_SECURITY_DONE, /* FirmwareUpdated */
	OCPP_EV_BOOT,          /* BootNotification after the request */
	OCPP_EV_RUNS_NEW,
	OCPP_EV_RUNS_OLD,
	OCPP_EV_RUNS_OTHER,   /* the version was read */
	OCPP_EV_RUNS_UNKNOWN, /* it was asked and does not say */
	OCPP_EV_DUE,          /* the watchdog of the state */
	OCPP_EV_DUE_LAST,     /* ... for the last time */
	OCPP_EV_REPLACED,     /* another request was accepted in its place */
	OCPP_JOB_EVENTS
};
extern const char *const ocpp_job_event_text[OCPP_JOB_EVENTS + 1];

enum ocpp_job_deed {
	OCPP_DO_NOTHING,
	OCPP_DO_SEND,         /* the request, again with the same id only when it was never answered */
	OCPP_DO_READ_VERSION, /* by whatever this station answers */
	OCPP_DO_TRIGGER,      /* TriggerMessage: the status, when there is doubt */
	OCPP_DO_GET_LOG,      /* it ended badly */
	OCPP_JOB_DEEDS
};
struct ocpp_job_move {
	enum ocpp_job to;
	enum ocpp_job_deed deed;
	const char *rule; /* "L01.FR.32", "TC_L_10" ...: why */
};
/* NULL: recorded, nothing moves. status only with OCPP_EV_STATUS. */
const struct ocpp_job_move *ocpp_job_move(enum ocpp_job in, enum ocpp_job_event ev, enum ocpp_status status);

/* Watchdogs; OCPP_WAIT_NONE: without limit. */
enum ocpp_wait {
	OCPP_WAIT_NONE,
	OCPP_WAIT_ANSWER,
	OCPP_WAIT_FIRST /* a first status */,
	OCPP_WAIT_DOWNLOAD,
	OCPP_WAIT_INSTALL,
	OCPP_WAIT_REBOOT,
	OCPP_WAIT_VERSION,
	OCPP_WAITS
};
enum ocpp_wait ocpp_job_wait(enum ocpp_job s);
/* The stable word of an end: "download-failed", "invalid-signature", "version-unchanged",
 * "rejected:TxInProgress" ... */
const char *ocpp_job_reason(enum ocpp_job s, enum ocpp_status status);

/* Publish to a local controller (L03, L04): the same idea, its own table. */
enum ocpp_publish {
	OCPP_PUB_READY,
	OCPP_PUB_ASKED,
	OCPP_PUB_GOING,
	OCPP_PUB_PUBLISHED,
	OCPP_PUB_FAILED,
	OCPP_PUB_REFUSED,
	OCPP_PUB_SILENT,
	OCPP_PUBS
};
extern const char *const ocpp_publish_text[OCPP_PUBS + 1];
enum ocpp_publish ocpp_publish_move(enum ocpp_publish in, enum ocpp_job_event ev, enum ocpp_status status);

#endif

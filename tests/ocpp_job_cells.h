/* SPDX-License-Identifier: Apache-2.0 */
/* Every cell of the life of a firmware job, written by state; the table in src/model/ocpp_job.c is written by
 * event. What is not here moves nothing. */
#ifndef FIRPATH_TESTS_OCPP_JOB_CELLS_H
#define FIRPATH_TESTS_OCPP_JOB_CELLS_H

#include "model/ocpp_job.h"

#define FOLLOWS                                                                                              \
	"DownloadScheduled>scheduled Downloading>loading DownloadPaused>loading Downloaded>loaded "          \
	"SignatureVerified>loaded InstallScheduled>waiting Installing>installing "                           \
	"InstallRebooting>rebooting "
#define BAD                                                                                                  \
	"InvalidSignature>failed:get-log InstallationFailed>failed:get-log "                                 \
	"InstallVerificationFailed>failed:get-log RolledBack>failed:get-log "
#define NO_LOAD "DownloadFailed>failed:get-log "
#define DONE "Installed>installed:read-version "
#define NOT_SIGNED "security-bad>failed:get-log "
#define VERSION "runs-new>proven runs-other>other:get-log replaced>canceled "
#define IDLES "Idle>idle:read-version "
#define BOOTS "boot>returned:read-version "
#define BOOT_NEW "boot-update>returned:read-version "
#define UPDATED "security-done>installed:read-version "
#define GIVES_UP "due-last>silent:get-log "

static const struct {
	enum ocpp_job in;
	const char *cells; /* event or status > state [: deed] */
} want[] = {
	{ OCPP_JOB_READY, VERSION "due>ready:send sent>asked due-last>silent" },
	{ OCPP_JOB_ASKED, FOLLOWS BAD NO_LOAD DONE VERSION BOOT_NEW
	  "accepted>accepted refused>refused answer-lost>lost:trigger due>lost:trigger back>lost:trigger "
	  "boot>lost:trigger due-last>silent" },
	{ OCPP_JOB_LOST, FOLLOWS BAD NO_LOAD DONE VERSION BOOT_NEW
	  "accepted>accepted refused>refused Idle>lost:send due>lost:trigger back>lost:trigger "
	  "boot>lost:trigger due-last>silent" },
	{ OCPP_JOB_ACCEPTED, FOLLOWS BAD NO_LOAD DONE VERSION BOOT_NEW IDLES NOT_SIGNED GIVES_UP
	  "security-done>accepted:read-version boot>accepted:trigger back>accepted:trigger "
	  "due>accepted:trigger" },
	{ OCPP_JOB_SCHEDULED, FOLLOWS BAD NO_LOAD DONE VERSION BOOT_NEW IDLES NOT_SIGNED GIVES_UP
	  "security-done>scheduled:read-version boot>accepted:trigger back>scheduled:trigger "
	  "due>scheduled:trigger" },
	{ OCPP_JOB_LOADING, FOLLOWS BAD NO_LOAD DONE VERSION BOOT_NEW IDLES NOT_SIGNED GIVES_UP
	  "security-done>loading:read-version boot>loading:trigger back>loading:trigger "
	  "due>loading:trigger" },
	{ OCPP_JOB_LOADED, BAD NO_LOAD DONE VERSION BOOTS BOOT_NEW IDLES NOT_SIGNED GIVES_UP UPDATED
	  "Downloaded>loaded SignatureVerified>loaded InstallScheduled>waiting Installing>installing "
	  "InstallRebooting>rebooting back>loaded:ask due>loaded:ask" },
	{ OCPP_JOB_WAITING, BAD NO_LOAD DONE VERSION BOOTS BOOT_NEW IDLES NOT_SIGNED GIVES_UP UPDATED
	  "InstallScheduled>waiting Installing>installing InstallRebooting>rebooting back>waiting:ask "
	  "due>waiting:ask" },
	{ OCPP_JOB_INSTALLING, BAD DONE VERSION BOOTS BOOT_NEW IDLES NOT_SIGNED GIVES_UP UPDATED
	  "Installing>installing InstallRebooting>rebooting back>installing:ask due>installing:ask" },
	{ OCPP_JOB_REBOOTING, BAD DONE VERSION BOOTS BOOT_NEW IDLES NOT_SIGNED GIVES_UP UPDATED
	  "Installing>installing InstallRebooting>rebooting back>rebooting:ask due>rebooting:ask" },
	{ OCPP_JOB_RETURNED, FOLLOWS BAD NO_LOAD DONE VERSION BOOTS BOOT_NEW IDLES NOT_SIGNED GIVES_UP
	  "security-done>returned:read-version "
	  "back>returned:ask due>returned:ask" },
	{ OCPP_JOB_IDLE, FOLLOWS BAD NO_LOAD DONE VERSION BOOT_NEW NOT_SIGNED
	  "security-done>idle:read-version "
	  "boot>idle:read-version back>idle:ask due>idle:read-version due-last>failed:get-log" },
	{ OCPP_JOB_INSTALLED, FOLLOWS BAD VERSION GIVES_UP
	  "runs-old>doubted boot>checking:read-version boot-update>checking:read-version "
	  "back>installed:read-version due>installed:read-version" },
	{ OCPP_JOB_DOUBTED, FOLLOWS BAD VERSION
	  "Installed>doubted:read-version boot>checking:read-version boot-update>checking:read-version "
	  "back>doubted:read-version due>doubted:read-version due-last>unchanged:get-log" },
	{ OCPP_JOB_CHECKING, FOLLOWS BAD VERSION GIVES_UP
	  "runs-old>unchanged:get-log boot>checking:read-version boot-update>checking:read-version "
	  "back>checking:read-version due>checking:read-version" },
};

#endif

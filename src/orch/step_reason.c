/* SPDX-License-Identifier: Apache-2.0 */
#include "orch/step_reason.h"

#include <stdio.h>
#include <string.h>

#include "model/han.h"

static void set(struct walk *w, const char *reason, const char *detail)
{
	str_copy(w->reason, sizeof w->reason, reason);
	str_copy(w->detail, sizeof w->detail, detail);
}

static void set_said(struct walk *w, const char *reason, const char *detail, const struct bbum_status *s)
{
	str_copy(w->reason, sizeof w->reason, reason);
	if (s && s->reason[0])
		snprintf(w->detail, sizeof w->detail, "%s: %s", detail, s->reason);
	else
		str_copy(w->detail, sizeof w->detail, detail);
}

static void silence(struct walk *w)
{
	static const struct {
		const char *reason, *detail;
	} texts[CM_TIMERS] = {
		[CM_TIMER_NONE] = { "no-contact", "the device says nothing" },
		[CM_TIMER_CONTACT] = { "no-contact", "the device says nothing" },
		[CM_TIMER_ACCEPT] = { "no-answer", "the device does not answer the update request" },
		[CM_TIMER_TRIGGER] = { "not-followed", "the device does not follow the command" },
		[CM_TIMER_INSTALL] = { "install-timeout", "the installation does not end" },
		[CM_TIMER_RESTART] = { "not-back", "the device did not come back from its restart" },
		[CM_TIMER_WAIT] = { "no-contact", "the device says nothing" },
	};
	enum cm_timer t = cm_timer(w->cm);

	if (t == CM_TIMER_ACCEPT && walk_keeps_time(w)) {
		set(w, "not-now:no-answer",
		    walk_in_han(w) ? "nobody answers for the meter" : "nobody answers for the station");
		return;
	}
	set(w, texts[t].reason, texts[t].detail);
}

static void wrong_version(struct walk *w)
{
	bool known = w->entry_id != 0;

	str_copy(w->reason, sizeof w->reason,
		 known                                   ? "off-path"
		 : !strcmp(w->entry_why, "hash-differs") ? "hash-differs"
							 : "version-unknown");
	snprintf(w->detail, sizeof w->detail,
		 "after the update the device reports %.40s:%.40s%.20s:%.40s, which %s", w->manufacturer,
		 w->model, w->hardware, w->version,
		 known ? "is neither end of the hop"
		 : !strcmp(w->entry_why, "hash-differs")
		     ? "is known, but its software is not what the catalogue says"
		     : "is not exactly one catalogue entry");
}

static void rejected(struct walk *w, const struct bbum_status *s)
{
	if (says_not_now(w, s)) {
		status_word(s->reason, w->reason);
		str_copy(w->detail, sizeof w->detail, s->reason);
		return;
	}
	switch (w->cm) {
	case CM_RESTARTING:
		set_said(w, "restart-refused", "the device refuses to restart", s);
		break;
	case CM_LEAVING:
		set_said(w, "stays-completed", "the device refuses to go back to normal operation", s);
		break;
	case CM_PENDING:
	case CM_AGAIN:
		set_said(w, "trigger-refused", "the device refuses the trigger", s);
		break;
	case CM_STOPPED:
	case CM_ENTRY:
	case CM_NORMAL:
	case CM_ASKED:
	case CM_REFUSED:
	case CM_CANCELLING:
	case CM_UPDATE:
	case CM_FAILED:
	case CM_NOT_RESTARTED:
	case CM_ERROR:
	case CM_STATES:
		set_said(w, "refused", "the device refuses the update", s);
		break;
	}
}

void step_reason_authority(struct walk *w)
{
	set(w, han_gate_text[HAN_AUTHORITY],
	    "the authority over this device is gone: it has another supplier now");
}

void step_reason_lost(struct walk *w)
{
	set(w, "not-owned", "the device belongs to another owner now");
}

void step_reason(struct walk *w, enum cm_event ev, const struct bbum_status *status, const struct next *next,
		 const struct stands *stands)
{
	switch (ev) {
	case CM_EV_BARRED:
		set(w, next->reason, next->detail);
		break;
	case CM_EV_WITHDRAWN:
		set(w, stands->why ? stands->why : "edge-withdrawn",
		    stands->detail[0] ? stands->detail
				      : "the hop does not stand any more at the newest revision");
		break;
	case CM_EV_DECLINED:
		set_said(w, "declined", "the device does not want the offered version", status);
		break;
	case CM_EV_REJECTED:
	case CM_EV_REJECTED_LAST:
		rejected(w, status);
		break;
	case CM_EV_SILENCE:
	case CM_EV_SILENCE_LAST:
		silence(w);
		break;
	case CM_EV_INSTALL_FAILED:
	case CM_EV_INSTALL_FAILED_LAST:
		if (status && walk_keeps_time(w) && status->error[0]) {
			status_word(status->error, w->reason);
			snprintf(w->detail, sizeof w->detail, "the update failed on the %s%s%s",
				 walk_in_han(w) ? "meter" : "station", status->reason[0] ? ": " : "",
				 status->reason);
			break;
		}
		if (status && status->result == BBUM_RESULT_VERIFY_FAILED)
			set_said(w, "verification-failed", "the image did not verify on the device", status);
		else
			set_said(w, "install-failed", "the installation failed on the device", status);
		break;
	case CM_EV_BACK_OLD:
	case CM_EV_BACK_OLD_LAST:
		set(w, "came-back-old", "after the restart the device still runs the old version");
		break;
	case CM_EV_BACK_WRONG:
		wrong_version(w);
		break;
	case CM_EV_SEEN_ERROR:
		set_said(w, "device-error", "the device is in its error state", status);
		break;
	case CM_EV_DIFFER:
	case CM_EV_FATAL:
		set(w, "cannot-decide", "the state of the walk does not fit together");
		break;
	case CM_EV_STOP:
	case CM_EV_STOP_HERE:
		set(w, "stopped", "the campaign was stopped");
		break;
	case CM_EV_START:
	case CM_EV_REST:
	case CM_EV_REST_HERE:
	case CM_EV_NORMAL:
	case CM_EV_ARRIVED:
	case CM_EV_ENDED:
	case CM_EV_SEEN_PENDING:
	case CM_EV_SEEN_UPDATE:
	case CM_EV_SEEN_COMPLETED:
	case CM_EV_RECOMMENDED:
	case CM_EV_ACCEPTED:
	case CM_EV_DUE:
	case CM_EV_INSTALLED:
	case CM_EV_NOT_NEEDED:
	case CM_EV_BACK_NEW:
	case CM_EV_OUT_OF_STEP:
	case CM_EVENTS:
		break;
	}
}

const char *step_note(const struct walk *w, enum cm_event ev, const struct bbum_status *status)
{
	if (ev == CM_EV_REJECTED || ev == CM_EV_INSTALL_FAILED)
		return status && status->reason[0] ? status->reason : w->reason;
	return w->phase == PHASE_ACTIVE && w->ending == PHASES ? "" : w->detail;
}

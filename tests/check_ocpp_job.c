/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a firmware job: every cell, the rules by number, the traps by name, and what holds for any
 * order of events. */
#include "testing.h"

#include "base/rnd.h"
#include "base/str.h"
#include "ocpp_job_cells.h"

/* ---- every cell ---- */

/* The cell as it is wanted: "event>state:deed" without its event; "" = nothing moves. */
static void cell_wanted(enum ocpp_job in, const char *event, struct str *out)
{
	const char *p = NULL;
	size_t n = strlen(event);

	str_clear(out);
	for (size_t i = 0; i < sizeof want / sizeof *want; i++)
		if (want[i].in == in)
			p = want[i].cells;
	while (p && *p) {
		size_t len = strcspn(p, " ");

		if (len > n && !strncmp(p, event, n) && p[n] == '>') {
			ck_assert_msg(out->len == 0, "%s is listed twice", event);
			str_addn(out, p + n + 1, len - n - 1);
		}
		p += len + strspn(p + len, " ");
	}
}

static void cell_is(enum ocpp_job in, enum ocpp_job_event ev, enum ocpp_status st, int *cells)
{
	const char *event = ev == OCPP_EV_STATUS ? ocpp_status_text[st] : ocpp_job_event_text[ev];
	const struct ocpp_job_move *m = ocpp_job_move(in, ev, st);
	STR(said, 100);
	STR(wanted, 100);

	if (m)
		str_add(&said, ocpp_job_text[m->to]);
	if (m && m->deed != OCPP_DO_NOTHING)
		str_addf(&said, ":%s", ocpp_job_deed_text[m->deed]);
	cell_wanted(in, event, &wanted);
	ck_assert_msg(!strcmp(str_c(&said), str_c(&wanted)), "%s on %s: '%s', not '%s'", ocpp_job_text[in],
		      event, str_c(&said), str_c(&wanted));
	*cells += m != NULL;
	if (!m)
		return;
	ck_assert_msg(m->rule && *m->rule, "%s on %s has no rule", ocpp_job_text[in], event);
	ck_assert_msg((m->reason != NULL) == (ocpp_job_ended(m->to) && m->to != OCPP_JOB_PROVEN),
		      "%s on %s: reason", ocpp_job_text[in], event);
	/* The watchdog begins anew only because the station said something. */
	ck_assert(!m->rearm || (m->to == in && ev == OCPP_EV_STATUS));
}

START_TEST(every_cell_of_the_table_is_as_listed_and_every_listed_cell_is_there)
{
	int cells = 0, listed = 0;

	for (int s = 0; s < OCPP_JOBS; s++)
		for (int ev = 0; ev < OCPP_JOB_EVENTS; ev++)
			for (int st = 0; st <= OCPP_STATUSES; st++)
				if (ev == OCPP_EV_STATUS ? st < OCPP_STATUSES : st == OCPP_STATUSES)
					cell_is((enum ocpp_job)s, (enum ocpp_job_event)ev,
						(enum ocpp_status)st, &cells);
	for (size_t i = 0; i < sizeof want / sizeof *want; i++)
		for (const char *p = want[i].cells; (p = strchr(p, '>')); p++)
			listed++;
	ck_assert_int_eq(cells, listed);
	ck_assert_int_gt(cells, 300);
}
END_TEST

/* ---- trains ---- */

struct job {
	enum ocpp_job state;
	const struct ocpp_job_move *last; /* NULL: the last event moved nothing */
	const char *reason;
};

static void heard(struct job *j, enum ocpp_job_event ev, enum ocpp_status st)
{
	j->last = ocpp_job_move(j->state, ev, st);
	if (j->last)
		j->state = j->last->to;
	if (j->last && j->last->reason)
		j->reason = j->last->reason;
}
static bool heard_word(struct job *j, const char *word)
{
	for (int ev = 0; ev < OCPP_JOB_EVENTS; ev++)
		if (!strcmp(word, ocpp_job_event_text[ev])) {
			heard(j, (enum ocpp_job_event)ev, OCPP_STATUSES);
			return true;
		}
	if (ocpp_status_named(word) == OCPP_STATUSES)
		return false;
	heard(j, OCPP_EV_STATUS, ocpp_status_named(word));
	return true;
}
/* The states that a job goes through, from READY, with "." where an event moved nothing. */
static void train(const char *events, const char *states)
{
	struct job j = { OCPP_JOB_READY, NULL, NULL };
	STR(said, 1000);

	for (const char *p = events; *p;) {
		char word[40];
		size_t n = strcspn(p, " ");

		ck_assert_uint_lt(n, sizeof word);
		memcpy(word, p, n);
		word[n] = 0;
		ck_assert_msg(heard_word(&j, word), "there is no event %s", word);
		str_addf(&said, "%s%s", said.len ? " " : "", j.last ? ocpp_job_text[j.state] : ".");
		p += n + strspn(p + n, " ");
	}
	ck_assert_str_eq(str_c(&said), states);
}

START_TEST(TC_L_01_the_usual_train_ends_when_the_version_is_read)
{
	train("sent accepted Downloading Downloaded SignatureVerified Installing InstallRebooting "
	      "boot-update runs-new",
	      "asked accepted loading loaded loaded installing rebooting returned proven");
	train("sent accepted Downloading Downloaded Installing InstallRebooting boot-update Installed "
	      "security-done runs-new",
	      "asked accepted loading loaded installing rebooting returned installed . proven");
}
END_TEST

START_TEST(TC_L_02_TC_L_03_TC_L_13_scheduled_and_waiting_have_no_watchdog)
{
	train("sent accepted DownloadScheduled Downloading Downloaded InstallScheduled Installing Installed "
	      "runs-new",
	      "asked accepted scheduled loading loaded waiting installing installed proven");
	ck_assert_int_eq(ocpp_job_wait(OCPP_JOB_SCHEDULED), OCPP_WAIT_NONE);
	ck_assert_int_eq(ocpp_job_wait(OCPP_JOB_WAITING), OCPP_WAIT_NONE);
	/* A restart may lose the schedule: then it is asked, and watched until it says something. */
	train("sent accepted DownloadScheduled boot DownloadScheduled",
	      "asked accepted scheduled accepted scheduled");
}
END_TEST

START_TEST(TC_L_04_TC_L_05_TC_L_11_a_refusal_has_its_stable_word)
{
	train("sent refused Downloading", "asked refused .");
	/* The event may come before the answer, which says it better. */
	train("sent security-bad refused", "asked . refused");
	ck_assert_str_eq(ocpp_job_refusal("RevokedCertificate"), "revoked-certificate");
	ck_assert_str_eq(ocpp_job_refusal("InvalidCertificate"), "invalid-certificate");
	ck_assert_str_eq(ocpp_job_refusal("Rejected"), "rejected");
	ck_assert_str_eq(ocpp_job_refusal("error:NotSupported"), "call-error");
	ck_assert_str_eq(ocpp_job_refusal(""), "rejected");
}
END_TEST

START_TEST(TC_L_06_feature_25_status_and_security_event_join_in_either_order)
{
	train("sent accepted Downloading Downloaded InvalidSignature security-bad",
	      "asked accepted loading loaded failed .");
	train("sent accepted Downloading Downloaded security-bad InvalidSignature",
	      "asked accepted loading loaded failed .");
	train("sent accepted Downloading Installing security-done Installed runs-new",
	      "asked accepted loading installing installed . proven");
}
END_TEST

START_TEST(TC_L_07_TC_L_08_TC_L_09_every_failure_has_its_word)
{
	static const struct {
		enum ocpp_status st;
		const char *reason;
	} bad[] = { { OCPP_ST_DOWNLOAD_FAILED, "download-failed" },
		    { OCPP_ST_INVALID_SIGNATURE, "invalid-signature" },
		    { OCPP_ST_INSTALLATION_FAILED, "installation-failed" },
		    { OCPP_ST_INSTALL_VERIFICATION_FAILED, "verification-failed" },
		    { OCPP_ST_ROLLED_BACK, "rolled-back" } };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct job j = { OCPP_JOB_LOADING, NULL, NULL };

		heard(&j, OCPP_EV_STATUS, bad[i].st);
		ck_assert_int_eq(j.state, OCPP_JOB_FAILED);
		ck_assert_int_eq(j.last->deed, OCPP_DO_GET_LOG);
		ck_assert_str_eq(j.reason, bad[i].reason);
	}
	/* Said twice for one job. */
	train("sent accepted Downloading DownloadFailed DownloadFailed", "asked accepted loading failed .");
}
END_TEST

START_TEST(TC_L_10_a_late_failure_of_the_old_request_never_moves_the_new_job)
{
	for (int s = 0; s < OCPP_JOBS; s++)
		for (int st = 0; st < OCPP_STATUSES; st++)
			ck_assert_ptr_null(
			    ocpp_job_move((enum ocpp_job)s, OCPP_EV_OTHER_STATUS, (enum ocpp_status)st));
	train("sent accepted Downloading replaced DownloadFailed", "asked accepted loading canceled .");
}
END_TEST

START_TEST(L01_FR_23_L01_FR_32_restarts_may_stand_anywhere_and_Installing_may_be_missing)
{
	train("sent accepted Downloading Downloaded InstallRebooting boot runs-old Installing Installed "
	      "runs-new",
	      "asked accepted loading loaded rebooting returned . installing installed proven");
	train("sent accepted Downloading Downloaded InstallRebooting boot-update runs-new",
	      "asked accepted loading loaded rebooting returned proven");
	train("sent accepted Downloading Downloaded Installed runs-old boot runs-new",
	      "asked accepted loading loaded installed doubted checking proven");
	train("sent accepted Installed runs-new", "asked accepted installed proven");
	train("sent Installed runs-new", "asked installed proven");
}
END_TEST

START_TEST(L01_FR_25_L01_FR_26_a_triggered_status_is_reconciled)
{
	train("sent accepted Downloading due Downloading due Downloaded",
	      "asked accepted loading loading loading loading loaded");
	/* Idle: its last was Installed, which was lost. */
	train("sent accepted Installing due Idle runs-new",
	      "asked accepted installing installing idle proven");
	/* Idle, and goes on after all. */
	train("sent accepted Idle runs-old Downloading Downloaded", "asked accepted idle . loading loaded");
}
END_TEST

START_TEST(feature_14_a_lost_Installed_is_inferred_from_boot_or_version)
{
	train("sent accepted Downloading boot-update runs-new", "asked accepted loading returned proven");
	train("sent accepted Downloaded boot runs-new", "asked accepted loaded returned proven");
	train("sent accepted Installing back runs-new", "asked accepted installing installing proven");
	for (int s = 0; s < OCPP_JOB_PROVEN; s++)
		ck_assert_int_eq(ocpp_job_move((enum ocpp_job)s, OCPP_EV_RUNS_NEW, OCPP_STATUSES)->to,
				 OCPP_JOB_PROVEN);
}
END_TEST

START_TEST(feature_27_a_request_whose_answer_was_lost_is_asked_for_and_sent_again_only_when_it_was_not_read)
{
	train("sent answer-lost Downloading", "asked lost loading");
	train("sent answer-lost Idle sent accepted Downloading", "asked lost lost . accepted loading");
	train("sent back Idle answer-lost due due-last", "asked lost lost . lost silent");
}
END_TEST

/* ---- traps ---- */

START_TEST(trap_believing_Installed)
{
	for (int s = 0; s < OCPP_JOBS; s++) {
		const struct ocpp_job_move *m =
		    ocpp_job_move((enum ocpp_job)s, OCPP_EV_STATUS, OCPP_ST_INSTALLED);

		ck_assert(!m || !ocpp_job_ended(m->to));
		ck_assert(!m || m->deed == OCPP_DO_READ_VERSION);
	}
	/* Installed, then it restarts, with the version unchanged. */
	train("sent accepted Installed boot runs-old", "asked accepted installed checking unchanged");
	/* Installed, no restart, and still the old one when the watchdog ends; never sooner. */
	train("sent accepted Installed runs-old runs-old due runs-old due-last",
	      "asked accepted installed doubted . doubted . unchanged");
	train("sent accepted Installed boot runs-other", "asked accepted installed checking other");
}
END_TEST

START_TEST(trap_expecting_Accepted_before_the_first_status)
{
	train("sent Downloading accepted Downloaded", "asked loading . loaded");
	/* Refused after it began: it is doing it, whatever it says. */
	train("sent Downloading refused Downloaded", "asked loading . loaded");
}
END_TEST

START_TEST(trap_treating_repeated_Downloading_or_an_unchanged_state_as_an_error)
{
	const struct ocpp_job_move *m = ocpp_job_move(OCPP_JOB_LOADING, OCPP_EV_STATUS, OCPP_ST_DOWNLOADING);

	train("sent accepted Downloading Downloading DownloadPaused Downloading",
	      "asked accepted loading loading loading loading");
	ck_assert(m->rearm && m->deed == OCPP_DO_NOTHING);
	ck_assert_str_eq(m->rule, "L01.FR.30");
	/* Backwards, or a word of another kind: recorded. */
	train("sent accepted Installing Downloading Downloaded Uploaded Published",
	      "asked accepted installing . . . .");
}
END_TEST

START_TEST(trap_retries_0_and_then_nothing_ever)
{
	train("sent accepted due Idle runs-old due runs-old due-last",
	      "asked accepted accepted idle . idle . failed");
	train("sent accepted due due due-last", "asked accepted accepted accepted silent");
}
END_TEST

START_TEST(trap_the_empty_1_6_answer_read_as_success)
{
	/* {} is ACCEPTED, and that has a watchdog of its own. */
	ck_assert_int_eq(ocpp_job_wait(OCPP_JOB_ACCEPTED), OCPP_WAIT_FIRST);
	train("sent accepted due-last", "asked accepted silent");
}
END_TEST

START_TEST(trap_sending_the_next_hop_while_the_previous_Installed_is_still_in_flight)
{
	/* 1.6 has no requestId: the Installed of the hop before reaches the job of this one. */
	train("sent accepted Installed runs-old Downloading Downloaded Installing Installed runs-new",
	      "asked accepted installed doubted loading loaded installing installed proven");
	train("sent security-done accepted security-done Downloading", "asked . accepted accepted loading");
}
END_TEST

START_TEST(trap_assuming_a_BootNotification_after_each_reconnect)
{
	for (int s = OCPP_JOB_ASKED; s < OCPP_JOB_PROVEN; s++) {
		const struct ocpp_job_move *m = ocpp_job_move((enum ocpp_job)s, OCPP_EV_BACK, OCPP_STATUSES);

		ck_assert_msg(m && m->deed != OCPP_DO_NOTHING, "%s: nothing is asked", ocpp_job_text[s]);
	}
}
END_TEST

START_TEST(trap_assuming_that_a_version_is_always_said)
{
	for (int s = 0; s < OCPP_JOBS; s++)
		ck_assert_ptr_null(ocpp_job_move((enum ocpp_job)s, OCPP_EV_RUNS_UNKNOWN, OCPP_STATUSES));
	train("sent accepted Installed runs-unknown due runs-unknown due-last",
	      "asked accepted installed . installed . silent");
}
END_TEST

/* ---- any order ---- */

START_TEST(no_order_of_events_leads_out_of_an_end_and_a_watchdog_ends_every_job)
{
	struct rnd r = rnd_seeded(13);
	int64_t ends[OCPP_JOBS] = { 0 };

	for (int i = 0; i < 30000; i++) {
		struct job j = { OCPP_JOB_READY, NULL, NULL };
		enum ocpp_job end = OCPP_JOBS;

		for (int n = 0; n < 40; n++) {
			heard(&j, (enum ocpp_job_event)rnd_below(&r, OCPP_JOB_EVENTS),
			      (enum ocpp_status)rnd_below(&r, OCPP_STATUSES + 1));
			ck_assert_msg(end == OCPP_JOBS || j.state == end, "%s was left", ocpp_job_text[end]);
			if (ocpp_job_ended(j.state))
				end = j.state;
		}
		heard(&j, OCPP_EV_DUE_LAST, OCPP_STATUSES);
		ck_assert(ocpp_job_ended(j.state));
		ends[j.state]++;
	}
	for (int s = OCPP_JOB_PROVEN; s < OCPP_JOBS; s++)
		ck_assert_msg(ends[s] > 0, "%s was never reached", ocpp_job_text[s]);
}
END_TEST

/* A station that answers every trigger and every reading of its version in one way, for ever. */
static int dues_until_end(enum ocpp_job state, enum ocpp_status says, enum ocpp_job_event runs, bool accepts)
{
	struct job j = { state, NULL, NULL };
	int dues = 0, tries = 0;

	while (!ocpp_job_ended(j.state) && dues < 100) {
		enum ocpp_job was = j.state;
		enum ocpp_job_deed deed;

		heard(&j, tries++ < 3 ? OCPP_EV_DUE : OCPP_EV_DUE_LAST, OCPP_STATUSES);
		dues++;
		for (int n = 0; n < 20 && j.last && !ocpp_job_ended(j.state); n++) {
			deed = j.last->deed;
			j.last = NULL;
			if (deed == OCPP_DO_SEND) {
				heard(&j, OCPP_EV_SENT, OCPP_STATUSES);
				if (accepts)
					heard(&j, OCPP_EV_ACCEPTED, OCPP_STATUSES);
			} else if (deed == OCPP_DO_TRIGGER || deed == OCPP_DO_ASK) {
				heard(&j, OCPP_EV_STATUS, says);
			}
			if (deed == OCPP_DO_READ_VERSION || deed == OCPP_DO_ASK)
				heard(&j, runs, OCPP_STATUSES);
		}
		if (j.state != was)
			tries = 0;
	}
	return ocpp_job_ended(j.state) ? dues : -1;
}

START_TEST(feature_13_a_station_that_hangs_and_answers_comes_to_an_end)
{
	for (int s = 0; s < OCPP_JOB_PROVEN; s++)
		for (int st = 0; st <= OCPP_STATUSES; st++)
			for (int ev = OCPP_EV_RUNS_OLD; ev <= OCPP_EV_RUNS_UNKNOWN; ev++)
				for (int accepts = 0; accepts < 2; accepts++) {
					int dues = dues_until_end((enum ocpp_job)s, (enum ocpp_status)st,
								  (enum ocpp_job_event)ev, accepts);

					ck_assert_msg(dues > 0 && dues <= 24, "%s, says %s, %s: %d",
						      ocpp_job_text[s],
						      st < OCPP_STATUSES ? ocpp_status_text[st] : "nothing",
						      ocpp_job_event_text[ev], dues);
				}
}
END_TEST

START_TEST(feature_13_every_open_state_that_waits_has_a_watchdog_with_a_deed)
{
	for (int s = 0; s < OCPP_JOBS; s++) {
		const struct ocpp_job_move *m = ocpp_job_move((enum ocpp_job)s, OCPP_EV_DUE, OCPP_STATUSES);

		ck_assert_msg((m != NULL) == !ocpp_job_ended((enum ocpp_job)s), "%s", ocpp_job_text[s]);
		ck_assert(!m || m->deed != OCPP_DO_NOTHING);
		if (s != OCPP_JOB_READY && s != OCPP_JOB_SCHEDULED && s != OCPP_JOB_WAITING)
			ck_assert_msg((ocpp_job_wait((enum ocpp_job)s) != OCPP_WAIT_NONE) == (m != NULL),
				      "%s waits %d", ocpp_job_text[s], (int)ocpp_job_wait((enum ocpp_job)s));
	}
}
END_TEST

START_TEST(names_are_found_and_unknown_words_are_not)
{
	for (int s = 0; s < OCPP_JOBS; s++)
		ck_assert_int_eq(ocpp_job_named(ocpp_job_text[s]), s);
	for (int s = 0; s < OCPP_STATUSES; s++)
		ck_assert_int_eq(ocpp_status_named(ocpp_status_text[s]), s);
	ck_assert_int_eq(ocpp_job_named("asleep"), OCPP_JOBS);
	ck_assert_int_eq(ocpp_status_named("downloading"), OCPP_STATUSES);
	ck_assert_int_eq(ocpp_status_named(""), OCPP_STATUSES);
	for (int i = 0; i < OCPP_JOB_EVENTS; i++)
		ck_assert_ptr_nonnull(ocpp_job_event_text[i]);
	for (int i = 0; i < OCPP_JOB_DEEDS; i++)
		ck_assert_ptr_nonnull(ocpp_job_deed_text[i]);
	for (int i = 0; i < OCPP_PUBS; i++)
		ck_assert_ptr_nonnull(ocpp_publish_text[i]);
}
END_TEST

/* ---- local controllers ---- */

static void publishes(const char *events, enum ocpp_publish end)
{
	enum ocpp_publish p = OCPP_PUB_READY;

	for (const char *at = events; *at;) {
		char word[40];
		size_t n = strcspn(at, " ");
		enum ocpp_job_event ev = OCPP_EV_STATUS;

		memcpy(word, at, n);
		word[n] = 0;
		for (int i = 0; i < OCPP_JOB_EVENTS; i++)
			if (!strcmp(word, ocpp_job_event_text[i]))
				ev = (enum ocpp_job_event)i;
		ck_assert(ev != OCPP_EV_STATUS || ocpp_status_named(word) < OCPP_STATUSES);
		p = ocpp_publish_move(p, ev, ocpp_status_named(word));
		at += n + strspn(at + n, " ");
	}
	ck_assert_msg(p == end, "'%s' ends in %s", events, ocpp_publish_text[p]);
}

START_TEST(TC_L_17_TC_L_24_TC_L_19_TC_L_20_a_controller_publishes_or_says_why_not)
{
	publishes("sent accepted DownloadScheduled Downloading DownloadPaused Downloading Downloaded "
		  "ChecksumVerified "
		  "Published",
		  OCPP_PUB_PUBLISHED);
	publishes("sent Published", OCPP_PUB_PUBLISHED); /* before the answer */
	publishes("sent accepted Idle due back", OCPP_PUB_GOING);
	publishes("sent accepted Downloading DownloadFailed", OCPP_PUB_FAILED);
	publishes("sent accepted Downloading Downloaded InvalidChecksum", OCPP_PUB_FAILED);
	publishes("sent accepted Downloading PublishFailed Published", OCPP_PUB_FAILED);
	publishes("sent refused accepted Published", OCPP_PUB_REFUSED);
	publishes("sent accepted due due-last Published", OCPP_PUB_SILENT);
	publishes("Published", OCPP_PUB_READY);
	ck_assert_str_eq(ocpp_publish_reason(OCPP_ST_DOWNLOAD_FAILED), "download-failed");
	ck_assert_str_eq(ocpp_publish_reason(OCPP_ST_INVALID_CHECKSUM), "invalid-checksum");
	ck_assert_str_eq(ocpp_publish_reason(OCPP_ST_PUBLISH_FAILED), "publish-failed");
	ck_assert_ptr_null(ocpp_publish_reason(OCPP_ST_PUBLISHED));
}
END_TEST

START_TEST(TC_L_21_TC_L_22_TC_L_23_a_controller_unpublishes_and_waits_for_a_download_under_way)
{
	const enum ocpp_publish asked = ocpp_unpublish_move(OCPP_PUB_READY, OCPP_EV_SENT, "");

	ck_assert_int_eq(asked, OCPP_PUB_ASKED);
	ck_assert_int_eq(ocpp_unpublish_move(asked, OCPP_EV_ACCEPTED, "Unpublished"), OCPP_PUB_UNPUBLISHED);
	ck_assert_int_eq(ocpp_unpublish_move(asked, OCPP_EV_ACCEPTED, "NoFirmware"), OCPP_PUB_UNPUBLISHED);
	ck_assert_int_eq(ocpp_unpublish_move(asked, OCPP_EV_ACCEPTED, "DownloadOngoing"), OCPP_PUB_READY);
	ck_assert_int_eq(ocpp_unpublish_move(asked, OCPP_EV_ACCEPTED, "Downloading"), OCPP_PUB_READY);
	ck_assert_int_eq(ocpp_unpublish_move(asked, OCPP_EV_ACCEPTED, "Perhaps"), OCPP_PUB_REFUSED);
	ck_assert_int_eq(ocpp_unpublish_move(asked, OCPP_EV_REFUSED, ""), OCPP_PUB_REFUSED);
	ck_assert_int_eq(ocpp_unpublish_move(asked, OCPP_EV_ANSWER_LOST, ""), OCPP_PUB_READY);
	ck_assert_int_eq(ocpp_unpublish_move(asked, OCPP_EV_DUE_LAST, ""), OCPP_PUB_SILENT);
	for (int s = 0; s < OCPP_PUBS; s++)
		for (int ev = 0; ev < OCPP_JOB_EVENTS; ev++)
			for (int st = 0; ocpp_publish_ended((enum ocpp_publish)s) && st <= OCPP_STATUSES;
			     st++) {
				ck_assert_int_eq(ocpp_publish_move((enum ocpp_publish)s,
								   (enum ocpp_job_event)ev,
								   (enum ocpp_status)st),
						 s);
				ck_assert_int_eq(ocpp_unpublish_move((enum ocpp_publish)s,
								     (enum ocpp_job_event)ev, "Unpublished"),
						 s);
			}
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		every_cell_of_the_table_is_as_listed_and_every_listed_cell_is_there,
		TC_L_01_the_usual_train_ends_when_the_version_is_read,
		TC_L_02_TC_L_03_TC_L_13_scheduled_and_waiting_have_no_watchdog,
		TC_L_04_TC_L_05_TC_L_11_a_refusal_has_its_stable_word,
		TC_L_06_feature_25_status_and_security_event_join_in_either_order,
		TC_L_07_TC_L_08_TC_L_09_every_failure_has_its_word,
		TC_L_10_a_late_failure_of_the_old_request_never_moves_the_new_job,
		L01_FR_23_L01_FR_32_restarts_may_stand_anywhere_and_Installing_may_be_missing,
		L01_FR_25_L01_FR_26_a_triggered_status_is_reconciled,
		feature_14_a_lost_Installed_is_inferred_from_boot_or_version,
		feature_27_a_request_whose_answer_was_lost_is_asked_for_and_sent_again_only_when_it_was_not_read,
		trap_believing_Installed,
		trap_expecting_Accepted_before_the_first_status,
		trap_treating_repeated_Downloading_or_an_unchanged_state_as_an_error,
		trap_retries_0_and_then_nothing_ever,
		trap_the_empty_1_6_answer_read_as_success,
		trap_sending_the_next_hop_while_the_previous_Installed_is_still_in_flight,
		trap_assuming_a_BootNotification_after_each_reconnect,
		trap_assuming_that_a_version_is_always_said,
		no_order_of_events_leads_out_of_an_end_and_a_watchdog_ends_every_job,
		feature_13_a_station_that_hangs_and_answers_comes_to_an_end,
		feature_13_every_open_state_that_waits_has_a_watchdog_with_a_deed,
		names_are_found_and_unknown_words_are_not,
		TC_L_17_TC_L_24_TC_L_19_TC_L_20_a_controller_publishes_or_says_why_not,
		TC_L_21_TC_L_22_TC_L_23_a_controller_unpublishes_and_waits_for_a_download_under_way,
	};

	return RUN_TESTS("ocpp_job", all);
}

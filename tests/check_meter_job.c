/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a meter's firmware job: every cell, the traps by name, and the table in the documentation. What
 * holds in any order of events is in check_meter_world.c. */
#include "testing.h"

#include "base/file.h"
#include "base/str.h"
#include "meter_job_cells.h"
#include "meter_job_table.h"

/* ---- every cell ---- */

static bool word_holds(const char *w, size_t n, const struct meter_past *p)
{
	static const char told[] = "told-", not_told[] = "no-told-";
	const char *is = meter_told_text[p->told];
#define IS(word) (n == sizeof(word) - 1 && !strncmp(w, word, n))
	if (IS("meter") || IS("ppmid"))
		return p->ppmid == IS("ppmid");
	if (IS("none") || IS("some"))
		return (p->activations > 0) == IS("some");
	if (IS("spare") || IS("spent"))
		return (p->activations >= 2) == IS("spent");
	if (IS("now") || IS("future"))
		return p->future == IS("future");
	if (IS("clear") || IS("mixed"))
		return (p->future && p->activations > 1) == IS("mixed");
	if (IS("no-told") || IS("any-told"))
		return (*is != 0) == IS("any-told");
#undef IS
	if (n > sizeof not_told - 1 && !strncmp(w, not_told, sizeof not_told - 1))
		return strlen(is) != n - (sizeof not_told - 1) ||
		       strncmp(w + sizeof not_told - 1, is, strlen(is));
	ck_assert_msg(n > sizeof told - 1 && !strncmp(w, told, sizeof told - 1), "no condition '%.*s'",
		      (int)n, w);
	return strlen(is) == n - (sizeof told - 1) && !strncmp(w + sizeof told - 1, is, strlen(is));
}

/* The cell as it is wanted, behind its ">"; "" = nothing moves. */
static void cell_wanted(enum meter_job in, const char *event, const struct meter_past *p, struct str *out)
{
	const char *c = "";
	size_t n = strlen(event);

	str_clear(out);
	for (size_t i = 0; i < sizeof want / sizeof *want; i++)
		if (want[i].in == in)
			c = want[i].cells;
	while (*c) {
		size_t len = strcspn(c, " ");
		const char *to = memchr(c, '>', len), *w = c + n;
		bool holds = len > n && !strncmp(c, event, n) && (*w == '[' || *w == '>');

		while (holds && w < to && *w != ']' && *w != '>') {
			size_t wl = strcspn(w + 1, ",]");

			holds = word_holds(w + 1, wl, p);
			w += 1 + wl;
		}
		if (holds) {
			ck_assert_msg(out->len == 0, "%s: %s stands twice", meter_job_text[in], event);
			str_addn(out, to + 1, len - (size_t)(to + 1 - c));
		}
		c += len + strspn(c + len, " ");
	}
}

static void move_say(const struct meter_move *m, struct str *out)
{
	str_clear(out);
	if (!m)
		return;
	str_add(out, meter_job_text[m->to]);
	if (m->deed != METER_DO_NOTHING)
		str_addf(out, ":%s", meter_deed_text[m->deed]);
	if (m->told != METER_TOLDS)
		str_addf(out, "=%s", meter_told_text[m->told]);
	if (m->fresh)
		str_add(out, "+");
}

static void cell_is(enum meter_job in, enum meter_event ev, const struct meter_past *p)
{
	const struct meter_move *m = meter_job_move(in, ev, p);
	const char *event = meter_event_text[ev];
	STR(said, 100);
	STR(wanted, 100);

	move_say(m, &said);
	cell_wanted(in, event, p, &wanted);
	ck_assert_msg(!strcmp(str_c(&said), str_c(&wanted)),
		      "%s on %s (%s, %d sent, told '%s'): '%s', not '%s'", meter_job_text[in], event,
		      p->ppmid ? "ppmid" : "meter", (int)p->activations, meter_told_text[p->told],
		      str_c(&said), str_c(&wanted));
	if (!m)
		return;
	ck_assert_msg(m->rule && *m->rule, "%s on %s has no rule", meter_job_text[in], event);
	if (meter_job_ended(m->to))
		ck_assert_msg((m->reason != NULL) == (m->to != METER_JOB_PROVEN), "%s on %s: reason",
			      meter_job_text[in], event);
}

START_TEST(every_cell_of_the_table_is_as_listed_and_every_listed_cell_is_there)
{
	for (int s = 0; s < METER_JOBS; s++)
		for (int ev = 0; ev < METER_EVENTS; ev++)
			for (int n = 0; n < PASTS; n++) {
				struct meter_past p = past_numbered(n);

				cell_is((enum meter_job)s, (enum meter_event)ev, &p);
			}
}
END_TEST

/* ---- trains ---- */

struct job {
	enum meter_job state;
	struct meter_past past;
	const struct meter_move *last; /* NULL: the last event moved nothing */
	const char *reason;
};

static void heard(struct job *j, enum meter_event ev)
{
	j->last = meter_job_move(j->state, ev, &j->past);
	if (!j->last)
		return;
	if (ev == METER_EV_NOT_SENT && j->state == METER_JOB_ACTIVATING)
		j->past.activations--;
	j->state = j->last->to;
	if (j->last->told != METER_TOLDS)
		j->past.told = j->last->told;
	if (j->last->deed == METER_DO_ACTIVATE)
		j->past.activations++;
	j->reason = j->last->reason;
}

static enum meter_event event_named(const char *word)
{
	for (int ev = 0; ev < METER_EVENTS; ev++)
		if (!strcmp(word, meter_event_text[ev]))
			return (enum meter_event)ev;
	ck_abort_msg("there is no event %s", word);
	return METER_EVENTS;
}

/* The states that a job goes through, from READY, with "." where an event moved nothing. */
static struct job train_of(struct meter_past past, const char *events, const char *states)
{
	struct job j = { METER_JOB_READY, past, NULL, NULL };
	STR(said, 1000);

	for (const char *p = events; *p;) {
		char word[40];
		size_t n = strcspn(p, " ");

		ck_assert_uint_lt(n, sizeof word);
		memcpy(word, p, n);
		word[n] = 0;
		heard(&j, event_named(word));
		str_addf(&said, "%s%s", said.len ? " " : "", j.last ? meter_job_text[j.state] : ".");
		p += n + strspn(p + n, " ");
	}
	ck_assert_str_eq(str_c(&said), states);
	return j;
}
static struct job train(const char *events, const char *states)
{
	return train_of((struct meter_past){ 0 }, events, states);
}
static struct job train_future(const char *events, const char *states)
{
	return train_of((struct meter_past){ .future = true }, events, states);
}
static struct job train_ppmid(const char *events, const char *states)
{
	return train_of((struct meter_past){ .ppmid = true }, events, states);
}

#define TO_VERIFIED "sent taken delivered image-good"
#define VERIFIED "sent distributed delivered verified"
#define TO_ACTIVATING TO_VERIFIED " go command-ok"
#define ACTIVATING VERIFIED " asked activating"

START_TEST(feature_18_distributed_delivered_verified_checked_activated_confirmed)
{
	train(TO_ACTIVATING " ack done runs-new", ACTIVATING " activating reading proven");
	/* Alerts overtake answers, and N60 may never come. */
	train("sent image-good delivered taken go command-ok", "sent verified . . asked activating");
	train("sent taken image-good delivered", "sent distributed verified .");
	train("sent delivered taken image-good", "sent delivered . verified");
	/* The outcome comes before the I99; 8F43 instead of the outcome is the same event. */
	train(TO_ACTIVATING " done ack runs-new", ACTIVATING " reading reading proven");
}
END_TEST

START_TEST(feature_19_a_missing_outcome_is_read_and_only_then_something_is_done)
{
	train(TO_ACTIVATING " answer-lost due runs-new", ACTIVATING " activating reading proven");
	train(TO_ACTIVATING " due runs-old go command-ok done runs-new",
	      ACTIVATING " reading verified asked activating reading proven");
	/* Once more, never again. */
	train(TO_ACTIVATING " due runs-old go command-ok due runs-old",
	      ACTIVATING " reading verified asked activating reading unchanged");
	train(TO_ACTIVATING " due due due-last", ACTIVATING " reading reading silent");
	/* The late outcome of the first. */
	train(TO_ACTIVATING " due runs-old go done runs-new",
	      ACTIVATING " reading verified asked reading proven");
	/* It never left: nothing was spent. */
	ck_assert_int_eq(train(TO_ACTIVATING " not-sent go", ACTIVATING " verified asked").past.activations,
			 0);
}
END_TEST

START_TEST(feature_19_what_cannot_have_changed_anything_is_asked_again)
{
	train("sent answer-lost sent taken", "sent ready sent distributed");
	train("sent due sent due-last", "sent ready sent silent");
	train(TO_VERIFIED " go answer-lost go due go command-ok",
	      VERIFIED " asked verified asked verified asked activating");
	/* These go on counting their tries, so that they end. */
	ck_assert(!train("sent answer-lost", "sent ready").last->fresh);
	ck_assert(!train("sent answer-lost sent", "sent ready sent").last->fresh);
	ck_assert(!train(TO_VERIFIED " go answer-lost", VERIFIED " asked verified").last->fresh);
	ck_assert(!train(TO_VERIFIED " go answer-lost go", VERIFIED " asked verified asked").last->fresh);
}
END_TEST

START_TEST(feature_20_every_no_of_the_DCC_has_its_own_word_and_policy)
{
	static const struct {
		enum meter_event ev;
		const char *reason;
		bool final;
	} no[] = { { METER_EV_NOT_APPLICABLE, "not-applicable", true },
		   { METER_EV_NOT_COMMISSIONED, "not-commissioned", true },
		   { METER_EV_INVALID_ID, "invalid-device", true },
		   { METER_EV_GBCS_VERSION, "gbcs-version", true },
		   { METER_EV_REFUSED, "refused", true },
		   { METER_EV_BUSY_LAST, "other-request", false } };

	for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
		struct job j = { METER_JOB_SENT, { 0 }, NULL, NULL };

		heard(&j, no[i].ev);
		ck_assert_int_eq(j.state, METER_JOB_REFUSED);
		ck_assert_str_eq(j.reason, no[i].reason);
		ck_assert_int_eq(meter_reason_final(j.reason), no[i].final);
	}
	ck_assert_str_eq(train("sent busy", "sent ready").reason, "other-request");
	train("sent busy sent taken", "sent ready sent distributed");
	ck_assert_str_eq(train("sent held", "sent ready").reason, "held");
	ck_assert_str_eq(train(TO_ACTIVATING " held", ACTIVATING " activating").reason, "held");
	ck_assert_str_eq(train("sent taken hardware", "sent distributed failed").reason, "hardware-mismatch");
	ck_assert(meter_reason_final("hardware-mismatch") && !meter_reason_final("not-delivered"));
	ck_assert(!meter_reason_final("") && !meter_reason_final(NULL));
}
END_TEST

START_TEST(feature_21_a_PPMID_activates_by_itself_and_its_request_is_never_repeated_blindly)
{
	train_ppmid("sent taken delivered done runs-new", "sent distributed delivered reading proven");
	train_ppmid("sent taken done runs-new", "sent distributed reading proven");
	train_ppmid("sent answer-lost due runs-old", "sent distributed reading unchanged");
	train_ppmid("sent due-last due due due-last", "sent distributed reading reading silent");
	train_ppmid("sent held", "sent distributed");
	train_ppmid("sent taken image-good go", "sent distributed . .");
	train_ppmid("sent cancel", "sent .");
	train_ppmid("sent not-sent cancel", "sent ready canceled");
	train_ppmid("sent taken not-activated runs-old", "sent distributed reading failed");
}
END_TEST

START_TEST(feature_22_a_future_dated_activation_is_taken_back_or_it_was_too_late)
{
	train_future(TO_ACTIVATING " ack scheduled done runs-new",
		     ACTIVATING " activating scheduled reading proven");
	train_future(TO_ACTIVATING " scheduled not-activated runs-old",
		     ACTIVATING " scheduled reading failed");
	train_future(TO_ACTIVATING " scheduled cancel command-ok ack taken-back runs-old",
		     ACTIVATING " scheduled taking-back taking-back taking-back reading canceled");
	/* Too late: it was done before the cancellation came, and its alert was lost. */
	train_future(TO_ACTIVATING " scheduled cancel command-ok taken-back runs-new",
		     ACTIVATING " scheduled taking-back taking-back reading proven");
	train_future(TO_ACTIVATING " scheduled cancel done runs-new",
		     ACTIVATING " scheduled taking-back reading proven");
	/* Nothing was heard of it: it may stand in the device. */
	train_future(TO_ACTIVATING " due cancel", ACTIVATING " scheduled taking-back");
	train_future(TO_ACTIVATING " cancel due command-ok due due-last",
		     ACTIVATING " taking-back taking-back taking-back taking-back silent");
	/* At once: what was begun is not taken back before it was read. */
	train(TO_ACTIVATING " cancel due cancel command-ok taken-back runs-old",
	      ACTIVATING " . reading taking-back taking-back reading canceled");
	train(TO_ACTIVATING " due runs-old cancel", ACTIVATING " reading verified taking-back");
	/* Before, it costs nothing. */
	train(TO_VERIFIED " go cancel command-ok", VERIFIED " asked canceled .");
	train("sent taken cancel image-good", "sent distributed canceled .");
}
END_TEST

START_TEST(feature_23_authority_that_is_lost_ends_every_open_job)
{
	for (int s = 0; s < METER_JOB_PROVEN; s++)
		for (int n = 0; n < PASTS; n++) {
			struct meter_past p = past_numbered(n);
			const struct meter_move *m =
			    meter_job_move((enum meter_job)s, METER_EV_AUTHORITY_LOST, &p);

			ck_assert(m && m->to == METER_JOB_LOST && m->deed == METER_DO_NOTHING);
			ck_assert_str_eq(m->reason, "authority-lost");
		}
	ck_assert(meter_reason_final("authority-lost"));
	/* A third version under an 11.3 that may be on its way: it is taken back before the job ends. */
	train_future(TO_ACTIVATING " scheduled runs-other command-ok taken-back runs-other",
		     ACTIVATING " scheduled taking-back taking-back reading other");
}
END_TEST

/* ---- traps ---- */

START_TEST(trap_taking_I0_or_I99_for_success)
{
	for (int s = 0; s < METER_JOBS; s++)
		for (int n = 0; n < PASTS; n++) {
			struct meter_past p = past_numbered(n);
			const struct meter_move *i0 = meter_job_move((enum meter_job)s, METER_EV_TAKEN, &p);
			const struct meter_move *i99 = meter_job_move((enum meter_job)s, METER_EV_ACK, &p);

			ck_assert(!i0 || i0->to == METER_JOB_DISTRIBUTED);
			ck_assert(!i99 || ((int)i99->to == s && i99->deed == METER_DO_NOTHING));
		}
}
END_TEST

START_TEST(trap_activating_before_8F72_or_counting_delivery_as_verification)
{
	train("sent taken go delivered go command-ok", "sent distributed . delivered . .");
	for (int s = 0; s < METER_JOBS; s++)
		for (int ev = 0; ev < METER_EVENTS; ev++)
			for (int n = 0; n < PASTS; n++) {
				struct meter_past p = past_numbered(n);
				const struct meter_move *m =
				    meter_job_move((enum meter_job)s, (enum meter_event)ev, &p);

				if (m && m->deed == METER_DO_TRANSFORM)
					ck_assert(s == METER_JOB_VERIFIED && !p.ppmid);
				if (m && m->deed == METER_DO_ACTIVATE)
					ck_assert(s == METER_JOB_ASKED && ev == METER_EV_COMMAND_OK);
				if (m && m->to == METER_JOB_VERIFIED && s < METER_JOB_VERIFIED)
					ck_assert_int_eq(ev, METER_EV_IMAGE_GOOD);
			}
}
END_TEST

START_TEST(trap_ignoring_a_hash_in_8F72_that_differs)
{
	ck_assert_str_eq(
	    train("sent taken delivered image-other", "sent distributed delivered failed").reason,
	    "hash-differs");
	train("sent taken image-other image-good", "sent distributed failed .");
	train(TO_VERIFIED " image-other go", VERIFIED " failed .");
	train(TO_VERIFIED " go image-other command-ok", VERIFIED " asked failed .");
	/* Of the image before, when nothing of this one is known to have arrived. */
	train("image-other sent image-other image-good", ". sent . verified");
}
END_TEST

START_TEST(trap_what_is_told_ends_nothing_and_a_success_with_the_old_version_is_none)
{
	static const struct {
		enum meter_event ev;
		const char *reason;
	} bad[] = { { METER_EV_NO_IMAGE, "no-image" },
		    { METER_EV_HASH, "hash-differs" },
		    { METER_EV_NOT_ACTIVATED, "not-activated" } };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct job j = { METER_JOB_ACTIVATING, { .activations = 1 }, NULL, NULL }, k;

		heard(&j, bad[i].ev);
		ck_assert(j.state == METER_JOB_READING && j.last->deed == METER_DO_READ);
		k = j;
		heard(&j, METER_EV_RUNS_OLD);
		ck_assert_int_eq(j.state, METER_JOB_FAILED);
		ck_assert_str_eq(j.reason, bad[i].reason);
		/* The second 11.3 finds no image because the first one worked. */
		heard(&k, METER_EV_RUNS_NEW);
		ck_assert_int_eq(k.state, METER_JOB_PROVEN);
	}
	train(TO_ACTIVATING " done runs-old due runs-old", ACTIVATING " reading reading reading unchanged");
	train(TO_ACTIVATING " done runs-old runs-new", ACTIVATING " reading reading proven");
	train(TO_ACTIVATING " done runs-old due due-last", ACTIVATING " reading reading reading unchanged");
	train(TO_ACTIVATING " refused runs-old", ACTIVATING " reading refused");
	train(TO_ACTIVATING " refused runs-new", ACTIVATING " reading proven");
}
END_TEST

START_TEST(trap_a_Pre_Command_that_says_something_else_is_not_signed)
{
	struct job j = train(TO_VERIFIED " go command-bad command-ok", VERIFIED " asked refused .");

	ck_assert_ptr_null(j.last);
	ck_assert_int_eq(j.past.activations, 0);
	j = train(TO_VERIFIED " go command-bad", VERIFIED " asked refused");
	ck_assert_int_eq(j.last->deed, METER_DO_ALARM);
	ck_assert_str_eq(j.reason, "command-differs");
}
END_TEST

/* ---- names and watchdogs ---- */

START_TEST(names_are_found_and_unknown_names_are_not)
{
	for (int s = 0; s < METER_JOBS; s++)
		ck_assert_int_eq(meter_job_named(meter_job_text[s]), s);
	for (int t = 0; t < METER_TOLDS; t++)
		ck_assert_int_eq(meter_told_named(meter_told_text[t]), t);
	ck_assert_int_eq(meter_job_named("asleep"), METER_JOBS);
	ck_assert_int_eq(meter_told_named("perhaps"), METER_TOLDS);
	ck_assert_int_eq(meter_job_named(NULL), METER_JOBS);
	for (int ev = 0; ev < METER_EVENTS; ev++)
		ck_assert(meter_event_text[ev] && *meter_event_text[ev]);
	for (int d = 0; d < METER_DEEDS; d++)
		ck_assert(meter_deed_text[d] && *meter_deed_text[d]);
	ck_assert(!meter_job_text[METER_JOBS] && !meter_event_text[METER_EVENTS] &&
		  !meter_deed_text[METER_DEEDS] && !meter_told_text[METER_TOLDS]);
}
END_TEST

START_TEST(every_open_state_has_a_watchdog_and_no_end_has_one)
{
	for (int s = 0; s < METER_JOBS; s++)
		ck_assert_int_eq(meter_job_wait((enum meter_job)s) == METER_WAIT_NONE,
				 meter_job_ended((enum meter_job)s));
}
END_TEST

/* ---- the table in the documentation ---- */

START_TEST(the_table_in_the_documentation_is_the_table)
{
	STR(now, 1 << 16);
	STR(doc, 1 << 20);
	struct err e;

	table_print(&now);
	ck_ok(file_read(SRCDIR "/doc/meters.md", &doc, &e));
	ck_assert_msg(
	    strstr(str_c(&doc), str_c(&now)) != NULL,
	    "section 5 of doc/meters.md is old: put the output of tests/check_meter_job --table there");
	for (int s = 0; s < METER_JOBS; s++) {
		char row[40];

		snprintf(row, sizeof row, "\n| `%s` | ", meter_job_text[s]);
		ck_assert_msg(strstr(str_c(&doc), row) != NULL, "doc/meters.md says nothing of %s",
			      meter_job_text[s]);
	}
	for (int ev = 0; ev < METER_EVENTS; ev++) {
		char row[40];

		snprintf(row, sizeof row, "\n| `%s` | ", meter_event_text[ev]);
		ck_assert_msg(strstr(str_c(&doc), row) != NULL, "doc/meters.md does not explain %s",
			      meter_event_text[ev]);
	}
}
END_TEST

int main(int argc, char **argv)
{
	const TTest *all[] = {
		every_cell_of_the_table_is_as_listed_and_every_listed_cell_is_there,
		feature_18_distributed_delivered_verified_checked_activated_confirmed,
		feature_19_a_missing_outcome_is_read_and_only_then_something_is_done,
		feature_19_what_cannot_have_changed_anything_is_asked_again,
		feature_20_every_no_of_the_DCC_has_its_own_word_and_policy,
		feature_21_a_PPMID_activates_by_itself_and_its_request_is_never_repeated_blindly,
		feature_22_a_future_dated_activation_is_taken_back_or_it_was_too_late,
		feature_23_authority_that_is_lost_ends_every_open_job,
		trap_taking_I0_or_I99_for_success,
		trap_activating_before_8F72_or_counting_delivery_as_verification,
		trap_ignoring_a_hash_in_8F72_that_differs,
		trap_what_is_told_ends_nothing_and_a_success_with_the_old_version_is_none,
		trap_a_Pre_Command_that_says_something_else_is_not_signed,
		names_are_found_and_unknown_names_are_not,
		every_open_state_has_a_watchdog_and_no_end_has_one,
		the_table_in_the_documentation_is_the_table,
	};

	if (argc == 2 && !strcmp(argv[1], "--table")) {
		STR(out, 1 << 16);

		table_print(&out);
		fputs(str_c(&out), stdout);
		return 0;
	}
	return RUN_TESTS("meter_job", all);
}

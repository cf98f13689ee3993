/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the Configuration Manager's commands: every one of part F and Z22, and wrong ones. */
#include "testing.h"

#include "base/mem.h"
#include "base/str.h"
#include "model/cm_words.h"

/* A line as it was understood: "command verb n level event last answer", what is not there left out. */
static const char *reading(const char *line, struct str *out)
{
	static const char *const names[CM_CMDS] = { "verb",    "vcs", "activate", "verify", "list", "status",
						    "version", "log", "show",     "answer", "help" };
	struct cm_line l;
	struct err e;

	str_clear(out);
	if (cm_line_parse(line, &l, &e)) {
		ck_assert_int_eq(e.code, ERR_USAGE);
		str_addf(out, "ERR %s", e.msg);
		return str_c(out);
	}
	str_add(out, names[l.command]);
	if (l.command == CM_CMD_VERB)
		str_addf(out, " v%d", (int)l.verb);
	else
		ck_assert_int_eq(l.verb, SITE_VERBS);
	if (l.n)
		str_addf(out, " n%d", l.n);
	if (l.has_level)
		str_addf(out, " %s", l.extended ? "extended" : "normal");
	if (*l.event)
		str_addf(out, " event=%s", l.event);
	if (l.last)
		str_addf(out, " last%d", l.last);
	if (*l.answer)
		str_addf(out, " '%s'", l.answer);
	return str_c(out);
}

struct reading_case {
	const char *line, *want;
};

static void check_readings(const struct reading_case *c, size_t n)
{
	STR(out, 2 * KIB);

	for (size_t i = 0; i < n; i++)
		ck_assert_msg(strcmp(reading(c[i].line, &out), c[i].want) == 0, "%s: '%s', wanted '%s'",
			      c[i].line, str_c(&out), c[i].want);
}
#define CHECK_READINGS(cases) check_readings(cases, sizeof cases / sizeof *cases)

/* The verbs of the table below are written as numbers, so that it is seen when somebody moves one. */
START_TEST(F1_F2_F3_F4_F5_F6_F7_F8_F9_the_words_that_any_operator_needs_are_understood)
{
	static const struct reading_case cases[] = {
		{ "start", "verb v0" },
		{ "stop", "verb v1" },
		{ "vcs", "vcs" },
		{ "activate vc 1", "activate n1" },
		{ "activate vc 50", "activate n50" },
		{ "verify vc 2", "verify n2" },
		{ "list bb 3", "list n3" },
		{ "list bb 64", "list n64" },
		{ "mode auto", "verb v2" },
		{ "mode manual", "verb v3" },
		{ "version", "version" },
		{ "log normal", "log normal" },
		{ "log extended", "log extended" },
		/* blanks and case do not matter */
		{ "  START ", "verb v0" },
		{ "Activate\tVC   7", "activate n7" },
		{ "LOG Extended", "log extended" },
	};

	ck_assert_int_eq(SITE_DO_START, 0);
	CHECK_READINGS(cases);
}
END_TEST

START_TEST(F10_F11_F12_F13_F14_F15_the_words_of_an_update_are_understood)
{
	static const struct reading_case cases[] = {
		{ "request update", "verb v4" },        { "cancel update", "verb v5" },
		{ "trigger update", "verb v6" },        { "restart all", "verb v7" },
		{ "restart 2", "verb v7 n2" },          { "normal operation all", "verb v8" },
		{ "normal operation 1", "verb v8 n1" }, { "accept update all", "verb v12" },
		{ "accept update 4", "verb v12 n4" },
	};

	ck_assert_int_eq(SITE_DO_PERMIT, 12);
	CHECK_READINGS(cases);
}
END_TEST

START_TEST(Z22_the_words_that_the_source_leaves_out_are_understood)
{
	static const struct reading_case cases[] = {
		{ "reject update all", "verb v13" },
		{ "reject update 1", "verb v13 n1" },
		{ "shutdown", "verb v14" },
		{ "rollback", "verb v9" },
		{ "sync normal", "verb v10" },
		{ "sync update", "verb v11" },
		{ "show log", "show" },
		{ "show log extended bb 2 event result last 20", "show n2 extended event=result last20" },
		{ "show log last 500 normal", "show normal last500" },
		{ "list bb", "list" },
		{ "status", "status" },
		{ "answer 2", "answer '2'" },
		{ "answer  Trigger  update", "answer 'trigger update'" },
		{ "help", "help" },
		{ "help trigger update", "help 'trigger update'" },
		{ "help show", "help 'show'" },
	};

	CHECK_READINGS(cases);
}
END_TEST

START_TEST(what_is_no_command_is_refused_with_what_is_near)
{
	static const struct reading_case cases[] = {
		{ "", "ERR a command is missing; 'help' lists them" },
		{ " \t ", "ERR a command is missing; 'help' lists them" },
		{ "trigr update", "ERR there is no command 'trigr update'; did you mean 'trigger update'?" },
		{ "trigger updtae",
		  "ERR there is no command 'trigger updtae'; did you mean 'trigger update'?" },
		{ "trigger", "ERR 'trigger' is only the beginning of 'trigger update'" },
		{ "normal", "ERR 'normal' is only the beginning of 'normal operation <all, n>'" },
		{ "stat", "ERR there is no command 'stat'; did you mean 'start'?" },
		{ "stop now", "ERR 'stop' ends there; 'now' does not belong to it" },
		{ "restart",
		  "ERR 'restart <all, n>' wants 'all' or the number of a Building Block (1 to 64)" },
		{ "restart 0",
		  "ERR 'restart <all, n>' wants 'all' or the number of a Building Block (1 to 64), "
		  "not '0'" },
		{ "restart 65",
		  "ERR 'restart <all, n>' wants 'all' or the number of a Building Block (1 to 64), "
		  "not '65'" },
		{ "restart 1 2", "ERR 'restart <all, n>' ends there; '2' does not belong to it" },
		{ "restart all 2", "ERR 'restart <all, n>' ends there; '2' does not belong to it" },
		{ "activate vc", "ERR 'activate vc <1..n>' wants the number of a Vehicle Configuration" },
		{ "activate vc -1",
		  "ERR 'activate vc <1..n>' wants the number of a Vehicle Configuration, not "
		  "'-1'" },
		{ "activate vc 99999999999",
		  "ERR 'activate vc <1..n>' wants the number of a Vehicle Configuration, not '99999999999'" },
		{ "activate 1", "ERR there is no command 'activate 1'; did you mean 'activate vc'?" },
		{ "verify vc one", "ERR 'verify vc <1..n>' wants the number of a Vehicle Configuration, not "
				   "'one'" },
		{ "list bb all", "ERR 'list bb [1..n]' wants the number of a Building Block (1 to 64), not "
				 "'all'" },
		{ "mode", "ERR 'mode <auto, manual>' wants 'auto' or 'manual'" },
		{ "mode automatic", "ERR 'mode <auto, manual>' wants 'auto' or 'manual', not 'automatic'" },
		{ "mode manul", "ERR 'mode <auto, manual>' wants 'manual', not 'manul'" },
		{ "log", "ERR 'log <normal, extended>' wants 'normal' or 'extended'" },
		{ "sync both", "ERR 'sync <normal, update>' wants 'normal' or 'update', not 'both'" },
		{ "show log lats 5", "ERR 'show log' has no filter 'lats'; did you mean 'last'?" },
		{ "show log last",
		  "ERR 'show log [normal|extended] [bb <n>] [event <word>] [last <n>]' wants behind "
		  "'last' how many lines (1 to 500)" },
		{ "show log last 501",
		  "ERR 'show log [normal|extended] [bb <n>] [event <word>] [last <n>]' wants "
		  "behind 'last' how many lines (1 to 500), not '501'" },
		{ "show log event reslt", "ERR the log has no event 'reslt'; did you mean 'result'?" },
		{ "show log event",
		  "ERR 'show log [normal|extended] [bb <n>] [event <word>] [last <n>]' wants "
		  "behind 'event' a word of the log" },
		{ "show log bb 1 bb 2", "ERR 'show log' was given 'bb' twice" },
		{ "show log normal extended", "ERR 'show log' was given 'extended' twice" },
		{ "answer", "ERR 'answer <choice>' wants the number or the words of a choice" },
		{ "help triger", "ERR there is no command 'triger'; 'help' lists them" },
		{ "bash -c id", "ERR there is no command 'bash -c'; 'help' lists them" },
		{ "/bin/sh", "ERR there is no command '/bin/sh'; 'help' lists them" },
		{ "start; id", "ERR there is no command 'start; id'; did you mean 'start'?" },
		{ "start\nstop", "ERR a command is one line of letters, digits and signs of ASCII" },
		{ "start\033[2J", "ERR a command is one line of letters, digits and signs of ASCII" },
		{ "st\xC3\xA4rt", "ERR a command is one line of letters, digits and signs of ASCII" },
	};

	CHECK_READINGS(cases);
}
END_TEST

START_TEST(lines_of_any_length_are_bounded)
{
	char line[4096];
	struct cm_line l = { .n = 77 };
	struct err e;

	memset(line, 'a', sizeof line);
	line[sizeof line - 1] = '\0';
	ck_assert_int_eq(cm_line_parse(line, &l, &e), ERR_USAGE);
	line[32] = '\0';
	ck_assert_int_eq(cm_line_parse(line, &l, &e), ERR_USAGE);
	for (size_t i = 0; i < 200; i++)
		line[i] = i % 2 ? ' ' : 'a';
	line[200] = '\0';
	ck_assert_int_eq(cm_line_parse(line, &l, &e), ERR_USAGE);
	ck_assert_int_eq(l.n, 77);
	ck_assert(!cm_complete(line, 0, line));
}
END_TEST

/* What a form looks like with the i-th way of filling it in; false past the last. */
static bool filled(const char *form, int i, char *buf, size_t size)
{
	size_t fixed = strcspn(form, "<[");
	const char *open = form + fixed;
	char inside[64], *word = inside;

	if (!*open || (*open == '[' && !i)) {
		str_copyn(buf, size, form, fixed);
		return i == 0;
	}
	str_copyn(inside, sizeof inside, open + 1, strcspn(open + 1, ">]"));
	if (*open == '[')
		i--;
	while (i--) {
		word = strchr(word, ',');
		if (!word)
			return false;
		word += 2;
	}
	str_copyn(inside, sizeof inside, word, strcspn(word, ",|"));
	if (!strcmp(inside, "n") || !strcmp(inside, "1..n"))
		str_copy(inside, sizeof inside, "1");
	if (!strcmp(inside, "choice") || !strcmp(inside, "command"))
		str_copy(inside, sizeof inside, "start");
	snprintf(buf, size, "%.*s%s", (int)fixed, form, inside);
	return true;
}

START_TEST(every_form_that_help_shows_is_understood_however_it_is_filled_in)
{
	struct cm_word w;
	unsigned verbs = 0, commands = 0;
	int i = 0, lines = 0;

	for (; cm_word_at(i, &w); i++) {
		char line[128];

		ck_assert(*w.says && *w.where && *w.row);
		for (int k = 0; filled(w.form, k, line, sizeof line); k++, lines++) {
			struct cm_line l;
			struct err e;

			ck_assert_msg(!cm_line_parse(line, &l, &e), "%s: %s", line, e.msg);
			commands |= 1u << l.command;
			if (l.command == CM_CMD_VERB)
				verbs |= 1u << l.verb;
		}
	}
	ck_assert_int_eq(i, 23);
	ck_assert_int_eq(lines, 33);
	ck_assert_uint_eq(commands, (1u << CM_CMDS) - 1);
	ck_assert_uint_eq(verbs, (1u << SITE_VERBS) - 1);
	ck_assert(!cm_word_at(-1, &w) && !cm_word_at(i, &w));
}
END_TEST

static const char *completions(const char *typed, struct str *out)
{
	char word[32];

	str_clear(out);
	for (int i = 0; cm_complete(typed, i, word); i++)
		str_addf(out, "%s%s", i ? " " : "", word);
	return str_c(out);
}

START_TEST(completion_offers_what_can_follow)
{
	static const struct reading_case cases[] = {
		{ "st", "start stop status" },
		{ "ST", "start stop status" },
		{ "trig", "trigger" },
		{ "trigger ", "update" },
		{ "trigger update", "update" },
		{ "trigger update ", "" },
		{ "normal", "normal" },
		{ "normal ", "operation" },
		{ "normal operation ", "all" },
		{ "restart a", "all" },
		{ "mode ", "auto manual" },
		{ "log e", "extended" },
		{ "sync ", "normal update" },
		{ "activate ", "vc" },
		{ "activate vc ", "" },
		{ "list ", "bb" },
		{ "l", "list log" },
		{ "show log ", "normal extended bb event last" },
		{ "show log normal l", "last" },
		{ "show log bb ", "" },
		{ "show log event re", "request result result-bb restart" },
		{ "help tr", "trigger" },
		{ "help trigger ", "update" },
		{ "answer t", "trigger" },
		{ "answer vc", "" },
		{ "xyz", "" },
		{ "start x", "" },
	};
	STR(out, 2 * KIB);

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ck_assert_msg(!strcmp(completions(cases[i].line, &out), cases[i].want),
			      "'%s': '%s', wanted '%s'", cases[i].line, str_c(&out), cases[i].want);
	completions("", &out);
	ck_assert(strstr(str_c(&out), "start stop vcs activate verify list mode version log request cancel"));
}
END_TEST

/* Whoever types a form letter by letter is offered each of its words. */
START_TEST(completion_leads_through_every_form)
{
	struct cm_word w;

	for (int i = 0; cm_word_at(i, &w); i++) {
		char typed[128] = "", word[32];
		const char *p = w.form;

		while (*p && *p != '<' && *p != '[') {
			size_t n = strcspn(p, " "), len = strlen(typed);
			bool found = false;

			snprintf(typed + len, sizeof typed - len, "%.1s", p);
			for (int k = 0; cm_complete(typed, k, word); k++)
				found = found || (strlen(word) == n && !strncmp(word, p, n));
			ck_assert_msg(found, "'%s' does not lead to '%s'", typed, w.form);
			snprintf(typed + len, sizeof typed - len, "%.*s ", (int)n, p);
			p += n + (p[n] == ' ');
		}
	}
}
END_TEST

START_TEST(the_words_of_a_verb_are_those_that_the_chart_calls_it_by)
{
	for (int v = 0; v < SITE_VERBS; v++) {
		const bool counted =
		    v == SITE_DO_RESTART || v == SITE_DO_NORMAL || v == SITE_DO_PERMIT || v == SITE_DO_DENY;
		struct cm_line l;
		char line[64];
		struct err e;

		snprintf(line, sizeof line, "%s%s", site_verb_text[v], counted ? " all" : "");
		ck_assert_msg(!cm_line_parse(line, &l, &e), "%s: %s", line, e.msg);
		ck_assert_int_eq(l.command, CM_CMD_VERB);
		ck_assert_int_eq((int)l.verb, v);
	}
}
END_TEST

/* What help says of where a command is allowed, against the chart's own table. */
START_TEST(F1_F2_F7_F10_F11_F12_F13_F14_help_says_where_the_chart_allows_a_command)
{
	static const char *const names[SITE_STATES] = { [SITE_ENTRY] = "Entry Operation",
							[SITE_NO] = "Normal Operation",
							[SITE_UP] = "Update Pending",
							[SITE_UC] = "Update Completed",
							[SITE_ERROR] = "Error" };
	struct cm_word w;
	int seen = 0;

	for (int i = 0; cm_word_at(i, &w); i++) {
		char line[64];
		struct cm_line l;
		struct err e;

		ck_assert(filled(w.form, 0, line, sizeof line));
		if (cm_line_parse(line, &l, &e) || l.command != CM_CMD_VERB ||
		    strstr(w.where, "while a request"))
			continue;
		seen++;
		for (int s = 0; s < SITE_STATES; s++) {
			bool said = strcmp(w.where, "any") == 0 || (names[s] && strstr(w.where, names[s]));

			ck_assert_msg(said == !site_verb_bar((enum site_state)s, l.verb),
				      "'%s' in %s: help says '%s'", line, site_state_text[s], w.where);
		}
	}
	ck_assert_int_eq(seen, 10);
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		F1_F2_F3_F4_F5_F6_F7_F8_F9_the_words_that_any_operator_needs_are_understood,
		F10_F11_F12_F13_F14_F15_the_words_of_an_update_are_understood,
		Z22_the_words_that_the_source_leaves_out_are_understood,
		what_is_no_command_is_refused_with_what_is_near,
		lines_of_any_length_are_bounded,
		every_form_that_help_shows_is_understood_however_it_is_filled_in,
		completion_offers_what_can_follow,
		completion_leads_through_every_form,
		the_words_of_a_verb_are_those_that_the_chart_calls_it_by,
		F1_F2_F7_F10_F11_F12_F13_F14_help_says_where_the_chart_allows_a_command,
	};

	return RUN_TESTS("cm_words", all);
}

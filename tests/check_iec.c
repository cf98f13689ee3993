/* SPDX-License-Identifier: Apache-2.0 */
/* The application as a plug: words on the command line, a program, a simulated one. HTTP is tests/ocora. */
#include "testing.h"

#include <poll.h>
#include <sys/stat.h>
#include <time.h>

#include "agent/iec.h"
#include "base/file.h"
#include "base/mem.h"

static int64_t mono(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct iec made(const char *text)
{
	struct iec p;
	struct err e;

	ck_ok(iec_parse(text, "v1.ETP", 5000, &p, &e));
	return p;
}

START_TEST(the_words_of_the_command_line_are_what_they_say)
{
	static const struct {
		const char *text;
		enum permit_word word;
		int64_t limit;
		enum bbum_iec runs;
	} words[] = { { "always", PERMIT_YES, 5000, BBUM_IEC_RUNNING },
		      { "deny", PERMIT_NO, 5000, BBUM_IEC_RUNNING },
		      { "timeout:7s", PERMIT_WAIT, 7000, BBUM_IEC_RUNNING },
		      { "stopped", PERMIT_WAIT, 5000, BBUM_IEC_STOPPED } };
	const char *why = NULL;
	struct iec p;
	struct err e;

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		OWN(iec_done) struct iec one = made(words[i].text);

		ck_assert_int_eq(one.look(one.ctx, PERMIT_UPDATE, &why), words[i].word);
		ck_assert_int_eq(one.limit_ms, words[i].limit);
		ck_assert_int_eq(one.state ? one.state(one.ctx).runs : BBUM_IEC_RUNNING, words[i].runs);
		ck_assert(!one.own);
	}
	ck_refused(iec_parse("perhaps", "d", 1, &p, &e), ERR_USAGE, "simulated");
	ck_refused(iec_parse("timeout:x", "d", 1, &p, &e), ERR_INVALID, "iec");
	ck_refused(iec_parse("command:bin/true", "d", 1, &p, &e), ERR_USAGE, "absolute");
	ck_refused(iec_parse("command:/no/such/program", "d", 1, &p, &e), ERR_USAGE, "program");
	ck_refused(iec_parse("http://10.0.0.1:80/", "d", 1, &p, &e), ERR_USAGE, "this machine");
	ck_refused(iec_parse("http://127.0.0.1.evil.example:80/", "d", 1, &p, &e), ERR_USAGE, "this machine");
}
END_TEST

START_TEST(D41_the_simulated_application_obeys_the_newest_word_since_the_question)
{
	OWN(iec_done) struct iec p = made("simulated");
	const char *why = NULL;

	p.hear(p.ctx, BBUM_PERMIT_ACCEPT); /* before anybody asked */
	p.ask(p.ctx, PERMIT_UPDATE);
	ck_assert_int_eq(p.look(p.ctx, PERMIT_UPDATE, &why), PERMIT_WAIT);
	p.hear(p.ctx, BBUM_PERMIT_REJECT);
	ck_assert_int_eq(p.look(p.ctx, PERMIT_UPDATE, &why), PERMIT_NO);
	ck_assert(strstr(why, "simulated") != NULL);
	p.hear(p.ctx, BBUM_PERMIT_ACCEPT);
	ck_assert_int_eq(p.look(p.ctx, PERMIT_UPDATE, &why), PERMIT_YES);
	ck_assert_int_eq(p.look(p.ctx, PERMIT_RESTART, &why), PERMIT_YES);
}
END_TEST

/* A program that notes what it is asked and says what the file `word` says. */
static void program_make(const char *dir, char *path, size_t size)
{
	STR(text, 2 * KIB);
	struct err e;

	snprintf(path, size, "%s/application", dir);
	str_addf(&text,
		 "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\ncd '%s' || exit 9\n"
		 "cat > \"$1.in\"\necho \"$1\" >> asked\necho 'the line is busy'\n"
		 "[ -f hang ] && exec sleep 60\n[ -f \"$1.word\" ] && exit \"$(cat \"$1.word\")\"\nexit 0\n",
		 dir);
	ck_ok(file_replace(path, str_c(&text), text.len, &e));
	ck_assert_int_eq(chmod(path, 0755), 0);
}

static void word_is(const char *dir, const char *ask, const char *word)
{
	char path[200];
	struct err e;

	snprintf(path, sizeof path, "%s/%s.word", dir, ask);
	ck_ok(file_replace(path, word, strlen(word), &e));
}

/* Time passes until the plug says `word`, at most 4 s; how long no call took: the loop is never held up. */
static enum permit_word until_word(struct iec *p, enum permit_what what, const char **why)
{
	enum permit_word word = PERMIT_WAIT;

	for (int i = 0; i < 400 && word == PERMIT_WAIT; i++) {
		int64_t before = mono();

		p->tick(p->ctx, before);
		word = p->look(p->ctx, what, why);
		ck_assert_int_lt(mono() - before, 500);
		poll(NULL, 0, 10);
	}
	return word;
}

static bool until_state(struct iec *p, enum bbum_iec runs, bool safe)
{
	for (int i = 0; i < 400; i++) {
		struct iec_state s;

		p->tick(p->ctx, mono());
		s = p->state(p->ctx);
		if (s.runs == runs && s.safe == safe)
			return true;
		poll(NULL, 0, 10);
	}
	return false;
}

START_TEST(D17_D35_D41_D43_a_program_is_asked_and_its_exit_status_is_the_word)
{
	char dir[128], path[200], text[220];
	const char *why = NULL;
	struct iec p;

	test_dir_new(dir, sizeof dir);
	program_make(dir, path, sizeof path);
	snprintf(text, sizeof text, "command:%s", path);
	p = made(text);
	ck_assert(p.own);
	ck_assert_int_eq(p.state(p.ctx).runs, BBUM_IEC_UNKNOWN); /* nothing was heard */
	p.ask(p.ctx, PERMIT_UPDATE);
	ck_assert_int_eq(until_word(&p, PERMIT_UPDATE, &why), PERMIT_YES);
	word_is(dir, "permit-restart", "1");
	p.ask(p.ctx, PERMIT_RESTART);
	ck_assert_int_eq(until_word(&p, PERMIT_RESTART, &why), PERMIT_NO);
	ck_assert_str_eq(why, "the line is busy");
	iec_done(&p);
	test_dir_free(dir);
}
END_TEST

START_TEST(D7_not_yet_is_asked_again_until_there_is_a_word)
{
	char dir[128], path[200], text[220];
	const char *why = NULL;
	struct iec p;

	test_dir_new(dir, sizeof dir);
	program_make(dir, path, sizeof path);
	snprintf(text, sizeof text, "command:%s", path);
	p = made(text);
	word_is(dir, "permit-update", "2");
	p.ask(p.ctx, PERMIT_UPDATE);
	for (int i = 0; i < 60; i++) {
		p.tick(p.ctx, mono());
		ck_assert_int_eq(p.look(p.ctx, PERMIT_UPDATE, &why), PERMIT_WAIT);
		poll(NULL, 0, 10);
	}
	word_is(dir, "permit-update", "0");
	ck_assert_int_eq(until_word(&p, PERMIT_UPDATE, &why), PERMIT_YES);
	p.ask(p.ctx, PERMIT_UPDATE);
	p.withdraw(p.ctx, PERMIT_UPDATE);
	for (int i = 0; i < 30; i++) {
		p.tick(p.ctx, mono());
		ck_assert_int_eq(p.look(p.ctx, PERMIT_UPDATE, &why), PERMIT_WAIT);
		poll(NULL, 0, 10);
	}
	iec_done(&p);
	test_dir_free(dir);
}
END_TEST

START_TEST(D39_D47_run_stop_and_safe_state_are_seen)
{
	char dir[128], path[200], text[220];
	struct iec p;

	test_dir_new(dir, sizeof dir);
	program_make(dir, path, sizeof path);
	snprintf(text, sizeof text, "command:%s", path);
	p = made(text);
	ck_assert(until_state(&p, BBUM_IEC_RUNNING, false));
	word_is(dir, "status", "1");
	ck_assert(until_state(&p, BBUM_IEC_STOPPED, false));
	word_is(dir, "status", "3");
	ck_assert(until_state(&p, BBUM_IEC_RUNNING, true));
	iec_done(&p);
	test_dir_free(dir);
}
END_TEST

START_TEST(D45_the_program_gets_the_versions_as_they_are)
{
	static const char versions[] = "{\"version\":\"1.0.1\",\"ok\":true}";
	char dir[128], path[200], text[220];
	STR(got, 4 * KIB);
	struct iec p;
	struct err e;

	test_dir_new(dir, sizeof dir);
	program_make(dir, path, sizeof path);
	snprintf(text, sizeof text, "command:%s", path);
	p = made(text);
	p.versions(p.ctx, versions, sizeof versions - 1);
	snprintf(path, sizeof path, "%s/versions.in", dir);
	for (int i = 0; i < 300 && got.len < sizeof versions - 1; i++) {
		p.tick(p.ctx, mono());
		poll(NULL, 0, 10);
		str_clear(&got);
		if (file_read(path, &got, &e))
			continue;
	}
	ck_assert_str_eq(str_c(&got), versions);
	iec_done(&p);
	test_dir_free(dir);
}
END_TEST

START_TEST(a_program_that_hangs_holds_nothing_up)
{
	char dir[128], path[200], text[220];
	const char *why = NULL;
	int64_t begun;
	struct iec p;
	struct err e;

	test_dir_new(dir, sizeof dir);
	program_make(dir, path, sizeof path);
	snprintf(text, sizeof text, "command:%s", path);
	snprintf(path, sizeof path, "%s/hang", dir);
	ck_ok(file_replace(path, "", 0, &e));
	p = made(text);
	p.ask(p.ctx, PERMIT_UPDATE);
	begun = mono();
	for (int i = 0; i < 20; i++) {
		p.tick(p.ctx, mono());
		ck_assert_int_eq(p.look(p.ctx, PERMIT_UPDATE, &why), PERMIT_WAIT);
	}
	p.tick(p.ctx, mono() + 6000); /* its time is over, and it is ended */
	iec_done(&p);
	ck_assert_int_lt(mono() - begun, 3000);
	test_dir_free(dir);
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		the_words_of_the_command_line_are_what_they_say,
		D41_the_simulated_application_obeys_the_newest_word_since_the_question,
		D17_D35_D41_D43_a_program_is_asked_and_its_exit_status_is_the_word,
		D7_not_yet_is_asked_again_until_there_is_a_word,
		D39_D47_run_stop_and_safe_state_are_seen,
		D45_the_program_gets_the_versions_as_they_are,
		a_program_that_hangs_holds_nothing_up,
	};

	return RUN_TESTS("iec", all);
}

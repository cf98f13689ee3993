/* SPDX-License-Identifier: Apache-2.0 */
/* What the Configuration Manager answers, as text: each printer on an answer with everything in it, and on
 * one with nothing. */
#include "testing.h"

#include "base/mem.h"
#include "cli/show.h"
#include "model/cm_words.h"

typedef void printer(struct page *p, const struct json *a);

static const char *printed(printer *print, const char *json, struct page *p)
{
	OWN(json_free) struct json *j = NULL;
	struct err e;

	page_done(p);
	str_init(&p->text, MIB);
	p->width = 0;
	p->colour = false;
	ck_ok(json_parse(json, strlen(json), &j, &e));
	print(p, j);
	return str_c(&p->text);
}

#define SHOWS(text, words) ck_assert_msg(strstr(text, words) != NULL, "'%s' is not in:\n%s", words, text)

static const char status_json[] =
    "{\"name\":\"TRAIN-1\",\"state\":\"update-completed\",\"wait\":\"idle\",\"mode\":\"manual\",\"running\":"
    "true,"
    "\"log\":\"extended\",\"vc\":{\"n\":3,\"name\":\"Track "
    "Runner\",\"version\":\"1.2.0\",\"config_id\":\"c-3\","
    "\"state\":\"verified\"},\"previous_vc\":null,\"rolling_back\":false,\"progress\":40,\"building_blocks\":"
    "2,"
    "\"lost\":1,\"prompt\":{\"seq\":9,\"kind\":\"result\",\"why\":\"1 of 2 failed.\",\"choices\":["
    "{\"n\":1,\"words\":\"trigger update\"},{\"n\":2,\"words\":\"rollback\"}]},\"blocks\":["
    "{\"n\":1,\"name\":\"DAS\",\"state\":\"update-completed\",\"life\":\"ok\",\"wanted\":{\"version\":\"2.0."
    "0\"},"
    "\"running\":{\"version\":\"1.0.0\",\"as_wanted\":false},\"holds\":{\"integrity\":true,\"identity\":true,"
    "\"authenticity\":false,\"syntax\":true},\"recommends\":true,\"accepted\":false,\"reason\":\"no "
    "permission\","
    "\"result\":\"installation-failure\",\"progress\":40,\"step\":\"install\",\"error\":\"package-"
    "integrity\"},"
    "{\"n\":2,\"name\":\"ETP\",\"life\":\"lost\"}]}";

static void status_outside(struct page *p, const struct json *a)
{
	show_cm_status(p, a, false);
}

static void status_in_shell(struct page *p, const struct json *a)
{
	show_cm_status(p, a, true);
}

START_TEST(E17_E22_C34_the_status_shows_state_mode_configuration_progress_and_question)
{
	struct page p = { .width = 0 };
	const char *t = printed(status_outside, status_json, &p);

	SHOWS(t, "Vehicle TRAIN-1: update-completed, mode manual, started\n");
	SHOWS(t, "3  Track Runner 1.2.0, Config ID c-3, verified");
	SHOWS(t, "previous VC   none");
	SHOWS(t, "progress      40 %");
	SHOWS(t, "lost          1 by the life check");
	SHOWS(t, "Question 9 (result): 1 of 2 failed.\n  1  trigger update\n  2  rollback\n");
	SHOWS(t, "firpath cm --prompt 9 answer 1");
	t = printed(status_in_shell, status_json, &p);
	SHOWS(t, "Answer with a number or with the words.");
	ck_assert(!strstr(t, "firpath cm"));
	t = printed(status_outside, "{}", &p);
	SHOWS(t, "active VC     none");
	ck_assert(!strstr(t, "Question"));
	page_done(&p);
}
END_TEST

static void blocks(struct page *p, const struct json *a)
{
	show_blocks_of(p, json_get(a, "blocks"));
}

static void first_block(struct page *p, const struct json *a)
{
	show_block_of(p, json_at(json_get(a, "blocks"), 0));
}

START_TEST(F6_E50_E51_E52_E53_E54_list_bb_shows_every_field_of_the_status_message)
{
	struct page p = { .width = 0 };
	const char *t = printed(blocks, status_json, &p);

	SHOWS(t, "int/id/auth");
	SHOWS(t, "1  DAS   update-completed  2.0.0   1.0.0    ok/ok/failed  yes      no        "
		 "installation-failure  40 % "
		 "install  ok\n");
	SHOWS(t, "2  ETP   -                 -       -        -/-/-         -        -         -             "
		 "        -    "
		 "         lost\n");
	SHOWS(t, "1 DAS: error package-integrity\n");
	SHOWS(t, "1 DAS: rejected, because no permission\n");
	t = printed(first_block, status_json, &p);
	SHOWS(t, "Building Block 1 DAS: update-completed\n");
	SHOWS(t, "syntax ok, integrity ok, identity ok, authenticity failed");
	SHOWS(t, "update?       yes");
	SHOWS(t, "accepted      no, because no permission");
	SHOWS(t, "result        installation-failure");
	SHOWS(t, "running       1.0.0 (not as wanted)");
	SHOWS(t, "life check    ok");
	SHOWS(t, "progress      40 %, install");
	t = printed(blocks, "{}", &p);
	SHOWS(t, "There is no Building Block");
	page_done(&p);
}
END_TEST

START_TEST(F3_vcs_shows_which_one_is_active)
{
	struct page p = { .width = 0 };
	const char *t = printed(show_vcs,
				"{\"vcs\":[{\"n\":1,\"name\":\"A\",\"version\":\"1.0.0\",\"config_id\":"
				"\"c1\",\"state\":\"verified\"},"
				"{\"n\":2,\"folder\":\"second\",\"state\":\"arriving\"},{\"n\":3,\"name\":"
				"\"C\",\"state\":\"failed\"}],"
				"\"vc\":{\"n\":1},\"previous_vc\":{\"n\":3}}",
				&p);

	SHOWS(t, "n  active    name    version  Config ID  state\n");
	SHOWS(t, "1  active    A       1.0.0    c1         verified\n");
	SHOWS(t, "2  -         second");
	SHOWS(t, "3  previous  C");
	t = printed(show_vcs, "{\"vcs\":[],\"vc\":null}", &p);
	SHOWS(t, "No Vehicle Configuration is stored");
	page_done(&p);
}
END_TEST

START_TEST(F5_E14_E15_E16_verify_vc_shows_each_manifest_each_archive_and_how_to_mend)
{
	struct page p = { .width = 0 };
	const char *t = printed(
	    show_vc,
	    "{\"n\":4,\"folder\":\"four\",\"state\":\"failed\",\"report\":{\"good\":false,\"profile\":"
	    "\"strict\",\"name\":"
	    "\"Track "
	    "Runner\",\"version\":\"1.2.0\",\"syntax\":true,\"integrity\":false,\"identity\":true,"
	    "\"authenticity\":true,"
	    "\"manifests\":[{\"type\":\"Building "
	    "Block\",\"name\":\"DAS\",\"version\":\"2.3.0\",\"integrity\":true,\"identity\":"
	    "true,\"authenticity\":true,\"signer\":\"Octan\",\"file\":\"das.json\"}],\"archives\":[{\"kind\":"
	    "\"Software\","
	    "\"name\":\"fw\",\"version\":\"2.3.0\",\"integrity\":false,\"file\":\"fw.tar.gz\"}],"
	    "\"dependencies\":[{\"sentence\":"
	    "\"ETP needs DAS: "
	    "fits\"}],\"problems\":[{\"code\":\"hash-differs\",\"severity\":\"error\",\"file\":\"das.json\","
	    "\"pointer\":\"/Packages/0\",\"line\":7,\"column\":3,\"what\":\"The Archive has another "
	    "hash.\",\"mend\":\"Send it "
	    "again.\",\"row\":\"J22\"}],\"more_problems\":2}}",
	    &p);

	SHOWS(t, "Vehicle Configuration 4: failed  (four)\n");
	SHOWS(t, "verdict       not to be used");
	SHOWS(t, "syntax ok, integrity failed, identity ok, authenticity ok");
	SHOWS(t, "Building Block DAS  2.3.0    ok         ok        ok            Octan      das.json\n");
	SHOWS(t, "Software fw  2.3.0    failed     -");
	SHOWS(t, "  ETP needs DAS: fits\n");
	SHOWS(t, "error hash-differs  das.json:7:3 at /Packages/0  J22\n");
	SHOWS(t, "    The Archive has another hash.\n    Send it again.\n");
	SHOWS(t, "2 more problems are not shown.");
	t = printed(show_vc, "{\"n\":5,\"state\":\"stored\",\"report\":null}", &p);
	SHOWS(t, "It was not verified yet.");
	page_done(&p);
}
END_TEST

START_TEST(what_other_machines_wrote_does_not_drive_the_terminal)
{
	struct page p = { .width = 0 };
	const char *t =
	    printed(show_cm_log,
		    "{\"lines\":[{\"at\":\"T\",\"text\":\"a\\u001b[2Jb\\u009bc\\u0007d\\u202ee\\nf\"}]}", &p);

	ck_assert_str_eq(t, "T  a?[2Jb?c?d?e f\n");
	t = printed(show_vehicles, "{\"vehicles\":[{\"name\":\"\\u001b]0;x\\u0007\",\"state\":\"error\"}]}",
		    &p);
	ck_assert(!strchr(t, '\033') && !strchr(t, '\a'));
	page_done(&p);
}
END_TEST

START_TEST(help_is_found_by_the_first_words_however_much_follows)
{
	struct page p = { .width = 0 };

	str_init(&p.text, MIB);
	show_cm_help(&p, "");
	SHOWS(str_c(&p.text), "trigger update\n");
	SHOWS(str_c(&p.text), "answer <choice>\n");
	str_clear(&p.text);
	show_cm_help(&p, "restart all");
	SHOWS(str_c(&p.text), "restart <all, n>\n    Restart");
	ck_assert(!strstr(str_c(&p.text), "rollback"));
	str_clear(&p.text);
	show_cm_help(&p, "log");
	SHOWS(str_c(&p.text), "log <normal, extended>\n");
	ck_assert(!strstr(str_c(&p.text), "show log"));
	page_done(&p);
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		E17_E22_C34_the_status_shows_state_mode_configuration_progress_and_question,
		F6_E50_E51_E52_E53_E54_list_bb_shows_every_field_of_the_status_message,
		F3_vcs_shows_which_one_is_active,
		F5_E14_E15_E16_verify_vc_shows_each_manifest_each_archive_and_how_to_mend,
		what_other_machines_wrote_does_not_drive_the_terminal,
		help_is_found_by_the_first_words_however_much_follows,
	};

	return RUN_TESTS("cli_cm", all);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures of graphs: what they show, what they let through, and that drawing can hurt nobody (F12, T44). */
#include "testing.h"

#include <pthread.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "model/path.h"
#include "web/picture.h"

#define DAY INT64_C(1767225600000) /* 2026-01-01 */

struct scene {
	struct graph_builder *b;
	struct graph *g;
	struct snapshot snap;
};

static void scene_model(struct scene *s)
{
	s->b = graph_builder_new();
	graph_add_model(s->b, &(struct model_row){ 1, "cpl", "118F", "0000", "0000" });
}

static struct entry_row entry(int id, char *public_id, char *version)
{
	snprintf(public_id, 16, "%06d", id);
	snprintf(version, 16, "0004%02X00", id);
	return (struct entry_row){ .id = id,
				   .model_id = 1,
				   .ord = id,
				   .public_id = public_id,
				   .version = version,
				   .cpa_until = -1,
				   .bytes = -1,
				   .seconds = -1,
				   .restarts = -1 };
}

static void scene_entries(struct scene *s, int n)
{
	char id[16], version[16];

	for (int i = 1; i <= n; i++) {
		struct entry_row e = entry(i, id, version);

		graph_add_entry(s->b, &e);
	}
}

static void scene_say(struct scene *s, int id, int entry_id, enum statement_kind kind, const int64_t *bases,
		      size_t n)
{
	graph_add_statement(s->b, &(struct statement_row){ .id = id,
							   .entry_id = entry_id,
							   .kind = kind,
							   .author = "a",
							   .stated_on = -1,
							   .confirmed_on = -1,
							   .bases = bases,
							   .nbases = n });
}

static struct picture_ask scene_done(struct scene *s)
{
	struct err e;

	ck_ok(graph_build(MOVE(s->b), &s->g, &e));
	s->snap.graph = s->g;
	s->snap.revision = 7;
	return (struct picture_ask){ &s->snap, 0, NODE_NONE, DAY, NULL };
}

/* Five entries: a base, one reached from it, a Removed one, a floor, and one that takes any base; one edge
 * blocked. */
static struct picture_ask scene_small(struct scene *s)
{
	char id[16], version[16];

	scene_model(s);
	for (int i = 1; i <= 5; i++) {
		struct entry_row e = entry(i, id, version);

		e.removed = i == 3;
		if (i == 4) {
			e.cpa_kind = 'E';
			e.cpa_until = DAY - 1;
		}
		graph_add_entry(s->b, &e);
	}
	scene_say(s, 1, 1, STATEMENT_NONE, NULL, 0);
	scene_say(s, 2, 2, STATEMENT_BASES, (int64_t[]){ 1, 5 }, 2);
	scene_say(s, 3, 3, STATEMENT_BASES, (int64_t[]){ 2 }, 1);
	scene_say(s, 4, 5, STATEMENT_ANY, NULL, 0);
	scene_say(s, 5, 3, STATEMENT_BLOCK, (int64_t[]){ 2 }, 1);
	scene_say(s, 6, 2, STATEMENT_FLOOR, NULL, 0);
	return scene_done(s);
}

static void scene_free(struct scene *s)
{
	graph_free(s->g);
}

START_TEST(the_picture_says_in_words_what_it_shows)
{
	struct scene s = { 0 };
	struct picture_ask ask = scene_small(&s);
	STR(dot, MIB);
	bool partial = true;

	picture_source(&ask, &dot, &partial);
	ck_assert(!partial);
	ck_assert_ptr_nonnull(strstr(str_c(&dot), "000001\\n00:04:01:00\\nno predecessor"));
	ck_assert_ptr_nonnull(strstr(str_c(&dot), "000003\\n00:04:03:00\\nRemoved\""));
	ck_assert_ptr_nonnull(strstr(str_c(&dot), "000002\\n00:04:02:00\\nmust be passed\""));
	ck_assert_ptr_nonnull(strstr(str_c(&dot), "000004\\n00:04:04:00\\nCPA expired\\npath not stated\""));
	ck_assert_ptr_nonnull(strstr(str_c(&dot), "n1 -> n2 [label=\"blocked\" style=dashed"));
	ck_assert_ptr_nonnull(strstr(str_c(&dot), "n4 -> n1 [label=\"downgrade\""));
	scene_free(&s);
}
END_TEST

START_TEST(a_drawn_picture_holds_links_to_entries_and_nothing_foreign)
{
	struct scene s = { 0 };
	struct picture_ask ask = scene_small(&s);
	OWN(pictures_free) struct pictures *p = pictures_new(&DOT_LIMITS);
	STR(svg, PICTURE_BYTES);
	STR(again, PICTURE_BYTES);
	bool partial;
	struct err e;

	ck_ok(pictures_get(p, &ask, &svg, &partial, &e));
	ck_assert_int_eq(strncmp(str_c(&svg), "<svg role=\"group\" aria-label=", 29), 0);
	ck_assert_ptr_nonnull(strstr(str_c(&svg), "xlink:href=\"/entries/000003\""));
	ck_assert_ptr_nonnull(strstr(str_c(&svg), ">must be passed</text>"));
	ck_assert_ptr_null(strstr(str_c(&svg), "<!--"));
	ck_assert_ptr_null(strstr(str_c(&svg), "<title>"));
	ck_assert_ptr_null(strstr(str_c(&svg), "style="));
	ck_ok(pictures_get(p, &ask, &again, &partial, &e));
	ck_assert_str_eq(str_c(&svg), str_c(&again));
	scene_free(&s);
}
END_TEST

START_TEST(an_any_statement_with_many_bases_is_one_arrow_with_a_count)
{
	struct scene s = { 0 };
	struct picture_ask ask;
	STR(dot, MIB);
	bool partial;
	size_t arrows = 0;

	scene_model(&s);
	scene_entries(&s, 24);
	for (int i = 2; i <= 24; i++)
		scene_say(&s, i, i, STATEMENT_ANY, NULL, 0);
	ask = scene_done(&s);
	picture_source(&ask, &dot, &partial);
	for (const char *p = str_c(&dot); (p = strstr(p, " -> ")); p++)
		arrows++;
	ck_assert_uint_eq(arrows, 1 + 2 + 3 + 20);
	ck_assert_ptr_nonnull(strstr(str_c(&dot), "n22 -> n23 [label=\"any earlier (23)\""));
	scene_free(&s);
}
END_TEST

START_TEST(a_large_model_is_drawn_as_the_neighbourhood_of_one_entry)
{
	struct scene s = { 0 };
	struct picture_ask ask;
	STR(dot, MIB);
	bool partial;
	size_t nodes = 0;

	scene_model(&s);
	scene_entries(&s, 200);
	for (int i = 2; i <= 200; i++)
		scene_say(&s, i, i, STATEMENT_BASES, (int64_t[]){ i - 1 }, 1);
	ask = scene_done(&s);
	ask.focus = 99;
	picture_source(&ask, &dot, &partial);
	for (const char *p = str_c(&dot); (p = strstr(p, " URL=")); p++)
		nodes++;
	ck_assert(partial);
	ck_assert_uint_eq(nodes, PICTURE_NODES);
	ck_assert_ptr_nonnull(strstr(str_c(&dot), "/entries/000100\""));
	ck_assert_ptr_nonnull(strstr(str_c(&dot), "/entries/000075\""));
	ck_assert_ptr_null(strstr(str_c(&dot), "/entries/000001\""));
	scene_free(&s);
}
END_TEST

START_TEST(text_from_the_data_cannot_leave_its_label)
{
	static char id[] = "a\"];\\n x [label=<b>&lt;\x01";
	static char version[] =
	    "\\N\\G \"]; y -> z; URL=\"javascript:alert(1)\" <img src=x> & \xc3\xa9\xc3\xa9\xc3\xa9";
	struct scene s = { 0 };
	struct picture_ask ask;
	OWN(pictures_free) struct pictures *p = pictures_new(&DOT_LIMITS);
	STR(svg, PICTURE_BYTES);
	bool partial;
	struct err e;

	s.b = graph_builder_new();
	graph_add_model(s.b, &(struct model_row){ 1, "bb", "m\"", "m<", "h\\" });
	graph_add_entry(s.b, &(struct entry_row){ .id = 1,
						  .model_id = 1,
						  .ord = 1,
						  .public_id = id,
						  .version = version,
						  .cpa_until = -1,
						  .bytes = -1,
						  .seconds = -1,
						  .restarts = -1 });
	ask = scene_done(&s);
	ck_ok(pictures_get(p, &ask, &svg, &partial, &e));
	ck_assert_ptr_null(strstr(str_c(&svg), "<b>"));
	ck_assert_ptr_null(strstr(str_c(&svg), "<img"));
	ck_assert_ptr_null(strstr(str_c(&svg), "href=\"javascript"));
	ck_assert_ptr_nonnull(strstr(str_c(&svg), "a&quot;];\\n x [label=&lt;b&gt;&amp;lt;?"));
	ck_assert_ptr_nonnull(strstr(str_c(&svg), "\\N\\G &quot;]; y"));
	scene_free(&s);
}
END_TEST

START_TEST(what_is_no_such_picture_is_not_let_through)
{
	static const char *const bad[] = {
		"",
		"no picture",
		"<svg><script>alert(1)</script></svg>",
		"<svg onload=\"alert(1)\"></svg>",
		"<svg><a xlink:href=\"javascript:alert(1)\"></a></svg>",
		"<svg><a xlink:href=\"https://evil.example/\"></a></svg>",
		"<svg><a xlink:href=\"//evil.example/entries/\"></a></svg>",
		"<svg><a xlink:href=\"/entries/../v1/x\"></a></svg>",
		"<svg><a xlink:href=\"/entries/&#10;x\"></a></svg>",
		"<svg><a href=\"/entries/1\"></a></svg>",
		"<svg><image xlink:href=\"/entries/1\"/></svg>",
		"<svg><foreignObject/></svg>",
		"<svg><style>*{}</style></svg>",
		"<svg><g style=\"x\"></g></svg>",
		"<svg><g id='x'></g></svg>",
		"<svg><g id=x></g></svg>",
		"<svg><g id=\"<\"></g></svg>",
		"<svg><g",
		"<svg><g id=\"x",
		"<svg><!-- x",
		"<svg><?xml x?></svg>",
		"<svg><![CDATA[x]]></svg>",
		"<svg xmlns=\"http://www.w3.org/1999/xhtml\"></svg>",
		"<svg><text>\xff</text></svg>",
		"<svg><set attributeName=\"x\"/></svg>",
	};
	struct err e;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		STR(out, MIB);

		ck_assert_msg(picture_clean(bad[i], strlen(bad[i]), &out, &e) == ERR_PICTURE, "%s", bad[i]);
	}
}
END_TEST

/* 400 nodes and 3,200 arrows took Graphviz over a minute when this was measured. */
static void hostile(struct str *dot)
{
	uint32_t x = 12345;

	str_add(dot, "digraph { ");
	for (int i = 0; i < 3200; i++) {
		uint32_t a = x = x * 1664525 + 1013904223, b = x = x * 1664525 + 1013904223;

		str_addf(dot, "n%u -> n%u; ", (a >> 8) % 400, (b >> 8) % 400);
	}
	str_add(dot, "}");
}

static int64_t now_ms(void)
{
	return clock_mono(clock_system());
}

START_TEST(T44_a_hostile_graph_ends_in_time)
{
	STR(dot, MIB);
	STR(svg, PICTURE_BYTES);
	struct dot_limits l = DOT_LIMITS;
	int64_t began = now_ms();
	struct err e;

	hostile(&dot);
	ck_refused(dot_run(&l, str_c(&dot), dot.len, &svg, &e), ERR_PICTURE, "");
	ck_assert_int_lt(now_ms() - began, 2600);
	ck_assert_int_eq(err_info(ERR_PICTURE)->http, 503);
}
END_TEST

/* The densest model that can be stated: every entry names every other one. */
START_TEST(T44_the_densest_model_is_drawn_or_given_up_in_time)
{
	static int64_t bases[PICTURE_NODES];
	struct scene s = { 0 };
	struct picture_ask ask;
	OWN(pictures_free) struct pictures *p = pictures_new(&DOT_LIMITS);
	STR(svg, PICTURE_BYTES);
	int64_t began;
	bool partial;
	struct err e;
	int rc;

	scene_model(&s);
	scene_entries(&s, PICTURE_NODES);
	for (int i = 0; i < PICTURE_NODES; i++)
		bases[i] = i + 1;
	for (int i = 1; i <= PICTURE_NODES; i++)
		scene_say(&s, i, i, STATEMENT_BASES, bases, PICTURE_NODES);
	ask = scene_done(&s);
	began = now_ms();
	rc = pictures_get(p, &ask, &svg, &partial, &e);
	ck_assert_int_lt(now_ms() - began, 2600);
	ck_assert(rc == OK || rc == ERR_PICTURE);
	ck_assert(rc != OK || partial); /* what was left out is said */
	scene_free(&s);
}
END_TEST

static char script[256];
static const char *fake(const char *dir, const char *body)
{
	STR(text, 4 * KIB);
	struct err e;

	snprintf(script, sizeof script, "%s/dot", dir);
	str_addf(&text, "#!/bin/sh\n%s\n", body);
	ck_ok(file_replace(script, str_c(&text), text.len, &e));
	ck_assert_int_eq(chmod(script, 0700), 0);
	return script;
}

START_TEST(a_program_that_hangs_floods_or_fails_is_ended_and_named)
{
	char dir[] = "/tmp/firpath-dot-XXXXXX";
	struct dot_limits l = { NULL, 300, 2, 256u << 20 };
	int64_t began = now_ms();
	struct err e;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	for (int i = 0; i < 5; i++) {
		static const struct {
			const char *body, *says;
		} cases[] = {
			{ "sleep 60", "longer than 300 ms" },
			{ "cat >/dev/null; exec >&-; sleep 60", "failed or reached a limit" },
			{ "while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done", "" },
			{ "exit 3", "failed or reached a limit (3)" },
			{ "kill -9 $$", "failed or reached a limit" },
		};
		STR(svg, 64 * KIB);

		l.program = fake(dir, cases[i].body);
		ck_refused(dot_run(&l, "digraph{}", 9, &svg, &e), ERR_PICTURE, cases[i].says);
	}
	ck_assert_int_lt(now_ms() - began, 5000);
	unlink(script);
	rmdir(dir);
}
END_TEST

START_TEST(without_graphviz_the_reason_is_said)
{
	struct dot_limits l = { "/nowhere/dot", 2000, 2, 256u << 20 };
	STR(svg, 64 * KIB);
	struct err e;

	ck_refused(dot_run(&l, "digraph{}", 9, &svg, &e), ERR_PICTURE, "not installed");
}
END_TEST

START_TEST(the_child_inherits_nothing_and_is_limited)
{
	char dir[] = "/tmp/firpath-dot-XXXXXX";
	struct dot_limits l = { NULL, 2000, 2, 256u << 20 };
	STR(out, 64 * KIB);
	struct err e;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	l.program = fake(
	    dir, "cat >/dev/null; ls /proc/$$/fd | tr '\\n' ' '; ulimit -t; ulimit -v; echo ${HOME-none}");
	ck_ok(dot_run(&l, "digraph{}", 9, &out, &e));
	/* 10 is the shell's own handle on its script. */
	ck_assert_msg(!strcmp(str_c(&out), "0 1 10 2 2\n262144\nnone\n") ||
			  !strcmp(str_c(&out), "0 1 2 2\n262144\nnone\n"),
		      "%s", str_c(&out));
	unlink(script);
	rmdir(dir);
}
END_TEST

struct asker {
	struct pictures *p;
	struct picture_ask ask;
	int rc;
	int64_t took;
};

static void *ask_one(void *arg)
{
	struct asker *a = arg;
	STR(svg, PICTURE_BYTES);
	int64_t began = now_ms();
	bool partial;
	struct err e;

	a->rc = pictures_get(a->p, &a->ask, &svg, &partial, &e);
	a->took = now_ms() - began;
	return NULL;
}

/* Eight at once for a program that hangs: each is told within twice the limit, and the failure is remembered.
 */
START_TEST(T44_many_askers_of_a_slow_picture_are_all_told_in_time)
{
	char dir[] = "/tmp/firpath-dot-XXXXXX";
	struct scene s = { 0 };
	struct picture_ask ask = scene_small(&s);
	struct dot_limits l = { NULL, 400, 2, 256u << 20 };
	struct asker a[8];
	pthread_t t[8];

	ck_assert_ptr_nonnull(mkdtemp(dir));
	l.program = fake(dir, "sleep 60");
	OWN(pictures_free) struct pictures *p = pictures_new(&l);
	for (int i = 0; i < 8; i++) {
		a[i] = (struct asker){ p, ask, 0, 0 };
		pthread_create(&t[i], NULL, ask_one, &a[i]);
	}
	for (int i = 0; i < 8; i++) {
		pthread_join(t[i], NULL);
		ck_assert_int_eq(a[i].rc, ERR_PICTURE);
		ck_assert_int_lt(a[i].took, 1500);
	}
	a[0] = (struct asker){ p, ask, 0, 0 };
	ask_one(&a[0]);
	ck_assert_int_eq(a[0].rc, ERR_PICTURE);
	ck_assert_int_lt(a[0].took, 100);
	scene_free(&s);
	unlink(script);
	rmdir(dir);
}
END_TEST

int main(void)
{
	const TTest *all[] = { the_picture_says_in_words_what_it_shows,
			       a_drawn_picture_holds_links_to_entries_and_nothing_foreign,
			       an_any_statement_with_many_bases_is_one_arrow_with_a_count,
			       a_large_model_is_drawn_as_the_neighbourhood_of_one_entry,
			       text_from_the_data_cannot_leave_its_label,
			       what_is_no_such_picture_is_not_let_through,
			       T44_a_hostile_graph_ends_in_time,
			       T44_the_densest_model_is_drawn_or_given_up_in_time,
			       a_program_that_hangs_floods_or_fails_is_ended_and_named,
			       without_graphviz_the_reason_is_said,
			       the_child_inherits_nothing_and_is_limited,
			       T44_many_askers_of_a_slow_picture_are_all_told_in_time };

	return RUN_TESTS("picture", all);
}

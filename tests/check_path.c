/* SPDX-License-Identifier: Apache-2.0 */
/* Rules 3-8 and 10 case by case; tests/oracle holds the same code to a brute force over random graphs. */
#include "testing.h"

#include "base/rnd.h"
#include "base/str.h"
#include "graphs.h"

#define AT "2026-03-01"

static void put_words(struct str *out, const char *const *names, unsigned bits, unsigned hidden, char mark)
{
	for (unsigned i = 0; names[i]; i++)
		if ((bits & ~hidden) >> i & 1)
			str_addf(out, " %c%s", mark, names[i]);
}

static void put_answer(const struct graph *g, const struct path_question *q, const struct path *p,
		       struct str *out)
{
	static const char *const result[] = { "path", "already", "none" };

	str_add(out, result[p->result]);
	for (uint32_t i = 0; i < p->nhops; i++) {
		str_addf(out, " %d", (int)graph_node(g, p->nodes[i])->ord);
		put_words(out, hop_warning_text,
			  path_hop_warnings(g, i ? p->nodes[i - 1] : q->from, p->nodes[i], q->at),
			  HOP_NO_HASH | HOP_NEVER_CONFIRMED, '~');
	}
	if (p->alternatives)
		str_addf(out, " +%u", p->alternatives);
	if (p->result == PATH_NONE)
		str_addf(out, " %s furthest %d", path_why_text[p->why],
			 p->furthest == NODE_NONE ? 0 : (int)graph_node(g, p->furthest)->ord);
	for (uint32_t i = 0; i < p->nobstacles; i++) {
		const struct obstacle *o = &p->obstacles[i];

		str_addf(out, " %s:", obstacle_text[o->kind]);
		if (o->base != NODE_NONE)
			str_addf(out, "%d>", (int)graph_node(g, o->base)->ord);
		str_addf(out, "%d", (int)graph_node(g, o->entry)->ord);
	}
	put_words(out, path_warning_text, p->warnings, 0, '!');
}

/* question: "FROM TO [AT] [prefer] [hop]", TO 0 = latest. */
static const char *ask(const char *graph, const char *question)
{
	static char buf[1024];
	OWN(graph_free) struct graph *g = graph_of(graph);
	OWN(path_scratch_free) struct path_scratch *s = path_scratch_new();
	struct path_question q = { .at = test_date(AT) };
	STR(out, 1000);
	char *copy = mem_strdup(question), *rest = copy, *word;
	struct path p;
	int to;

	q.from = node_of(g, (int)strtol(strsep(&rest, " "), NULL, 10));
	to = (int)strtol(strsep(&rest, " "), NULL, 10);
	q.to = to ? node_of(g, to) : NODE_NONE;
	while ((word = strsep(&rest, " "))) {
		if (!strcmp(word, "hop"))
			q.allow_removed = true;
		else if (strchr(word, '-'))
			q.at = test_date(word);
		for (int i = 0; path_prefer_text[i]; i++)
			if (!strcmp(word, path_prefer_text[i]))
				q.prefer = (enum path_prefer)i;
	}
	path_find(g, &q, s, &p);
	put_answer(g, &q, &p, &out);
	snprintf(buf, sizeof buf, "%s", str_c(&out));
	free(copy);
	return buf;
}
#define ASK(graph, question, want) ck_assert_str_eq(ask(graph, question), want)

START_TEST(a_chain_is_walked_hop_by_hop)
{
	ASK("1; 2; 3; 2<1; 3<2", "1 3", "path 2 3");
	ASK("1; 2; 3; 2<1; 3<2", "2 3", "path 3");
	ASK("1; 2; 3; 2<1; 3<2", "3 3", "already");
	ASK("1; 2; 3; 2<1; 3<2", "3 1", "none unknown furthest 0 !notes-only");
}
END_TEST

START_TEST(edges_are_not_transitive_and_no_hop_is_left_out)
{
	ASK("1; 2; 3; 4; 2<1; 3<2; 4<3", "1 4", "path 2 3 4");
	ASK("1; 2; 3; 4; 2<1; 3<2; 4<3 2", "1 4", "path 2 4");
}
END_TEST

START_TEST(a_removed_entry_is_a_start_but_no_target_and_no_hop)
{
	ASK("1 removed; 2; 2<1", "1 2", "path 2 !start-removed");
	ASK("1; 2 removed; 2<1", "1 2", "none removed furthest 0 removed:2");
	ASK("1; 2 removed; 2<1", "1 2 hop", "none removed furthest 0 removed:2");
	ASK("1; 2 removed; 3; 2<1; 3<2", "1 3", "none no-edge furthest 0 removed:2");
	ASK("1; 2 removed; 3; 2<1; 3<2", "1 3 hop", "path 2 ~removed-hop 3");
	ASK("1; 2 removed; 3; 4; 2<1; 3<2 4; 4<1", "1 3", "path 4 3 ~downgrade");
}
END_TEST

START_TEST(a_blocked_entry_is_no_target_and_no_hop)
{
	ASK("1; 2; 2<1; block 2", "1 2", "none blocked furthest 0 blocked:2");
	ASK("1; 2; 3; 2<1; 3<2; block 2", "1 3", "none no-edge furthest 0 blocked:2");
	ASK("1; 2; 2<1; block 1", "1 2", "path 2 !start-blocked");
	ASK("1 removed; 2 removed; 3; 2<1; 3<2; block 2", "1 3 hop",
	    "none no-edge furthest 0 blocked:2 !start-removed");
}
END_TEST

START_TEST(a_blocked_edge_is_no_edge)
{
	ASK("1; 2; 3; 2<1; 3<1 2; block 3 from 1", "1 3", "path 2 3");
	ASK("1; 2; 2<1; block 2 from 1", "1 2", "none no-edge furthest 0 blocked-edge:1>2");
	ASK("1; 2; 3; 3<1; block 3 from 2", "1 3", "path 3");
}
END_TEST

START_TEST(an_expired_certificate_stops_and_a_passed_renewal_warns)
{
	ASK("1; 2 E 2026-03-01; 2<1", "1 2", "path 2");
	ASK("1; 2 E 2026-02-28; 2<1", "1 2", "none cpa-expired furthest 0 cpa-expired:2");
	ASK("1; 2 E 2026-02-28; 2<1", "1 2 2026-02-28T23:59:59Z", "path 2");
	ASK("1; 2 E 2026-02-28; 3; 2<1; 3<2", "1 3", "none no-edge furthest 0 cpa-expired:2");
	ASK("1 E 2020-01-01; 2; 2<1", "1 2", "path 2 !start-cpa-expired");
	ASK("1; 2 R 2026-02-28; 3 R 2026-03-01; 2<1; 3<2", "1 2",
	    "path 2 ~cpa-renewal-passed !target-renewal-passed");
	ASK("1; 2 R 2026-02-28; 3 R 2026-03-01; 2<1; 3<2", "1 3", "path 2 ~cpa-renewal-passed 3");
	ASK("1; 2 E 2020-01-01; 3 E 2022-01-01; 4 E 2024-01-01; 2<1; 3<1; 4<1", "1 0 2021-01-01", "path 4");
	ASK("1; 2 E 2020-01-01; 3 E 2024-01-01; 4 E 2022-01-01; 2<1; 3<1; 4<1", "1 0 2023-01-01", "path 3");
}
END_TEST

START_TEST(the_first_reason_that_applies_to_the_target_is_told)
{
	ASK("1; 2 removed E 2020-01-01; 2<1; block 2", "1 2",
	    "none removed furthest 0 removed:2 cpa-expired:2 blocked:2");
	ASK("1; 2 E 2020-01-01; block 2", "1 2",
	    "none cpa-expired furthest 0 cpa-expired:2 blocked:2 unknown:2");
	ASK("1; 2; block 2", "1 2", "none blocked furthest 0 blocked:2 unknown:2");
	ASK("1; 2", "1 2", "none unknown furthest 0 unknown:2 !notes-only");
	ASK("1; 2; 2<none", "1 2", "none no-edge furthest 0");
}
END_TEST

START_TEST(least_hops_win_and_the_others_are_counted)
{
	ASK("1; 2; 3; 4; 5; 2<1; 3<1; 4<2 3; 5<4", "1 5", "path 2 4 5 +1");
	ASK("1; 2; 3; 4; 5; 2<1; 3<2; 4<3; 5<1 4", "1 5", "path 5");
}
END_TEST

START_TEST(among_equal_paths_the_later_confirmation_wins_then_the_lower_entry)
{
	ASK("1; 2; 3; 4; 2<1; 3<1; 4<2 3", "1 4", "path 2 4 +1");
	ASK("1; 2; 3; 4; 2<1; 3<1 on 2020-01-01; 4<2 3", "1 4", "path 3 4 +1");
	ASK("1; 2; 3; 4; 2<1 on 2021-01-01; 3<1 on 2020-01-01; 4<2 3", "1 4", "path 2 4 +1");
	/* the first difference decides, not the sum */
	ASK("1; 2; 3; 4; 5; 6; 2<1 on 2021-01-01; 3<1 on 2020-01-01; 4<2; 5<3 on 2025-01-01; 6<4 5", "1 6",
	    "path 2 4 6 +1");
}
END_TEST

START_TEST(alternatives_stop_at_ninety_nine)
{
	ASK("1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16; 2<1;3<1;4<1;5<1;6<1;7<1;8<1;9<1;10<1;11<1;"
	    "12<2 3 4 5 6 7 8 9 10 11;13<2 3 4 5 6 7 8 9 10 11;14<2 3 4 5 6 7 8 9 10 11;"
	    "15<2 3 4 5 6 7 8 9 10 11;16<12 13 14 15",
	    "1 16", "path 2 12 16 +39");
	ASK("1;2;3;4;5;6;7;8;9;10;11;12; 2<1;3<1;4<1;5<2 3 4;6<2 3 4;7<2 3 4;8<5 6 7;9<5 6 7;10<5 6 7;"
	    "11<8 9 10;12<8 9 10;13;14;15;13<11 12;14<11 12;15<13 14",
	    "1 15", "path 2 5 8 11 13 15 +99");
}
END_TEST

START_TEST(a_figure_decides_only_where_it_is_known)
{
	ASK("1; 2 cost 10 1 0; 3 cost 100 1 0; 2<1; 3<1 2", "1 3 time", "path 3");
	ASK("1; 2 cost 10 1 0; 3 cost 10 1 0; 4 cost 10 1 0; 5 cost 10 1 0; 2<1; 3<2; 4<1; 5<3 4", "1 5 time",
	    "path 4 5");
	ASK("1; 2 cost 10 1 0; 3 cost 10 1 0; 4 cost 90 1 0; 5 cost 10 1 0; 2<1; 3<2; 4<1; 5<3 4", "1 5 time",
	    "path 2 3 5");
	ASK("1; 2 cost 10 5 0; 3 cost 10 5 0; 4 cost 10 90 0; 5 cost 10 1 0; 2<1; 3<2; 4<1; 5<3 4",
	    "1 5 bytes", "path 2 3 5");
	/* figures of nothing still count their hops */
	ASK("1; 2 cost 0 0 0; 3 cost 0 0 0; 2<1; 3<1 2", "1 3 restarts", "path 3");
	ASK("1; 2; 3 cost 1 1 1; 2<1; 3<1 2", "1 3 time", "path 3 !prefer-unknown");
	ASK("1; 2; 3 cost 1 1 1; 2<1; 3<1 2; block 2", "1 3 time", "path 3");
	ASK("1; 2 removed; 3 cost 1 1 1; 2<1; 3<1 2", "1 3 time", "path 3");
	ASK("1; 2 removed; 3 cost 1 1 1; 2<1; 3<1 2", "1 3 time hop", "path 3 !prefer-unknown");
	ASK("1; 2; 3 cost 1 1 1; 3<1", "1 3 time", "path 3");
}
END_TEST

START_TEST(equal_cost_paths_are_counted_and_chosen_like_others)
{
	ASK("1; 2 cost 5 1 1; 3 cost 5 1 1; 4 cost 5 1 1; 2<1; 3<1 on 2024-01-01; 4<2 3", "1 4 time",
	    "path 3 4 +1");
	ASK("1; 2 cost 5 1 1; 3 cost 6 1 1; 4 cost 5 1 1; 2<1; 3<1 on 2024-01-01; 4<2 3", "1 4 time",
	    "path 2 4");
}
END_TEST

START_TEST(huge_figures_do_not_overflow)
{
	ASK("1; 2 cost 9223372036854775807 1 1; 3 cost 9223372036854775807 1 1; 4 cost 9223372036854775807 1 "
	    "1;"
	    "2<1; 3<2; 4<3",
	    "1 4 time", "path 2 3 4");
}
END_TEST

START_TEST(fragments_are_not_parted)
{
	static const char *const g = "1; 2 say fragment 1 of 2 of 4.8; 3 say fragment 2 of 2 of 4.8; 4;"
				     "2<1; 3<1 2; 4<2 3";

	ASK(g, "1 4", "path 2 ~fragment 3 4");
	ASK(g, "1 3", "path 2 ~fragment 3");
	ASK(g, "1 2", "none no-edge furthest 4 !fragment-not-last");
	ASK(g, "2 4", "path 3 4");
	ASK("1; 2 say fragment 1 of 2 of 4.8; 3 say fragment 2 of 2 of 4.8; 2<1; 3<2", "1 0",
	    "path 2 ~fragment 3");
	ASK("1; 2 say fragment 1 of 2 of 4.8; 2<1", "1 0", "already");
}
END_TEST

START_TEST(latest_is_the_highest_reachable_entry_that_may_be_a_target)
{
	ASK("1; 2; 3; 2<1; 3<2", "1 0", "path 2 3");
	ASK("1; 2; 3; 2<1; 3<2; block 3", "1 0", "path 2");
	ASK("1; 2; 3 removed; 2<1; 3<2", "1 0", "path 2");
	ASK("1; 2; 3; 2<1; 3<2", "3 0", "already");
	ASK("1; 2; 1<2", "2 0", "already");
	ASK("1; 2 removed; 1<2", "2 0", "path 1 ~downgrade !start-removed");
	ASK("1 removed; 2", "1 0", "none no-edge furthest 0 !start-removed");
	ASK("1; 2; 3; 2<1; 3<2", "1 0 time", "path 2 3 !prefer-unknown");
}
END_TEST

START_TEST(a_path_never_leaves_its_model)
{
	ASK("model 1; 1; 2; model 2; 3; 2<1; 3<any", "1 3", "none no-edge furthest 2 !different-model");
	ASK("model 1; 1; model 2; 3 removed", "1 3", "none removed furthest 0 !different-model");
	ASK("model 1; 1; model 2; 3", "1 3", "none unknown furthest 0 !different-model !notes-only");
}
END_TEST

START_TEST(furthest_is_what_can_be_reached_at_most)
{
	ASK("1; 2; 3; 4; 2<1; 3<2", "1 4", "none unknown furthest 3 unknown:4 !notes-only");
	ASK("1; 2; 3 removed; 4; 2<1; 3<2", "1 4", "none unknown furthest 2 unknown:4 !notes-only");
	ASK("1; 2; 3; 1<2", "2 3", "none unknown furthest 1 unknown:3 !notes-only");
}
END_TEST

START_TEST(would_open_is_the_smallest_set_and_the_lowest_of_these)
{
	/* one obstacle on either way: the lower entry */
	ASK("1; 2 removed; 3 removed; 4; 2<1; 3<1; 4<2 3", "1 4", "none no-edge furthest 0 removed:2");
	/* two on one way, one on the other */
	ASK("1; 2 removed E 2020-01-01; 3 removed; 4; 2<1; 3<1; 4<2 3", "1 4",
	    "none no-edge furthest 0 removed:3");
	/* kinds have their order */
	ASK("1; 2 removed E 2020-01-01; 3; 2<1; 3<2; block 2", "1 3",
	    "none no-edge furthest 0 removed:2 cpa-expired:2 blocked:2");
	/* edges after the entry's own, by base */
	ASK("1; 2; 3; 4; 2<1; 3<1; 4<2 3; block 4 from 2 3", "1 4",
	    "none no-edge furthest 3 blocked-edge:2>4");
	ASK("1; 2; 3; 2<1; 3<2; block 3; block 3 from 2", "1 3",
	    "none blocked furthest 2 blocked:3 blocked-edge:2>3");
	/* a choice at two places: what is taken first binds what is left */
	ASK("1; 2 removed; 3 removed; 4 removed; 5 removed; 6; 2<1; 3<1; 4<3; 5<2; 6<4 5", "1 6",
	    "none no-edge furthest 0 removed:2 removed:5");
	/* an entry without obstacles joins or parts the ways */
	ASK("1; 2 removed; 3 removed; 4; 5 removed; 6 removed; 7; 2<1; 3<1; 4<2 3; 5<4; 6<4; 7<5 6", "1 7",
	    "none no-edge furthest 0 removed:2 removed:5");
	ASK("1; 2 removed; 3 removed; 4 removed; 2<1; 3<1; 4<2 3; 5; 6; 5<3; 6<5 4", "1 6",
	    "none no-edge furthest 0 removed:3");
}
END_TEST

START_TEST(an_unknown_statement_is_opened_as_any)
{
	ASK("1; 2; 3; 4", "1 4", "none unknown furthest 0 unknown:4 !notes-only");
	ASK("1; 2; 3; 4; floor 2", "1 4", "none unknown furthest 0 unknown:2 unknown:4 !notes-only");
	ASK("1; 2; 3; 4; floor 2; 2<none", "1 4", "none unknown furthest 0 !notes-only");
	ASK("1; 2; 3; 4; block 4 from 1", "1 4", "none unknown furthest 0 unknown:2 unknown:4 !notes-only");
	ASK("1; 4; block 4 from 1", "1 4", "none unknown furthest 0 unknown:4 blocked-edge:1>4 !notes-only");
	ASK("1; 2; 3; 2<3", "3 2", "path 2 ~downgrade");
	ASK("1; 2", "2 1", "none unknown furthest 0 !notes-only");
}
END_TEST

START_TEST(statements_that_were_only_inferred_or_never_confirmed_are_marked)
{
	OWN(graph_free)
	struct graph *g =
	    graph_of("1; 2 hash; 3; 4; 2<1 on 2024-01-01 by secas; 3<2 by inferred; 4<3 on 2024-01-01");

	ck_assert_uint_eq(path_hop_warnings(g, node_of(g, 1), node_of(g, 2), 0), 0);
	ck_assert_uint_eq(path_hop_warnings(g, node_of(g, 2), node_of(g, 3), 0),
			  HOP_NO_HASH | HOP_INFERRED | HOP_NEVER_CONFIRMED);
	ck_assert_uint_eq(path_hop_warnings(g, node_of(g, 3), node_of(g, 4), 0), HOP_NO_HASH);
}
END_TEST

START_TEST(gates_judge_entries_as_paths_do)
{
	OWN(graph_free)
	struct graph *g =
	    graph_of("1; 2 removed; 3 E 2026-02-28; 4 R 2020-01-01; 5 say fragment 1 of 2; block 1");
	int64_t at = test_date(AT);
	static const bool target[] = { false, false, false, true, false },
			  hop[] = { false, false, false, true, true };

	for (int i = 0; i < 5; i++) {
		const struct graph_node *n = graph_node(g, node_of(g, i + 1));

		ck_assert_int_eq(path_may_be_target(n, at), target[i]);
		ck_assert_int_eq(path_may_be_hop(n, at, false), hop[i]);
		ck_assert_int_eq(path_may_be_hop(n, at, true), hop[i] || i == 1);
	}
	ck_assert(path_may_be_target(graph_node(g, node_of(g, 3)), at - MS_PER_DAY));
}
END_TEST

/*
 * Models of many words against a plain reading: distances by relaxation over all edges, counts by dynamic
 * programming, the preferred walk by looking at every edge.
 */
#define LARGE 150

static struct graph *large_graph(struct rnd *r)
{
	STR(text, 256 * KIB);

	for (int i = 1; i <= LARGE; i++)
		str_addf(&text, "%d%s;", i, rnd_below(r, 12) ? "" : " removed");
	for (int i = 2; i <= LARGE; i++) {
		int from = i > 20 && rnd_below(r, 8) ? i - 20 : 1;

		str_addf(&text, "%d<", i);
		for (int k = 0; k < 3; k++)
			str_addf(&text, "%d ", from + (int)rnd_below(r, (uint64_t)(i - from)));
		if (rnd_below(r, 10) == 0)
			str_addf(&text, "%d ", 1 + (int)rnd_below(r, LARGE));
		if (rnd_below(r, 3))
			str_addf(&text, "on 20%02d-01-01", 20 + (int)rnd_below(r, 4));
		str_add(&text, ";");
		if (rnd_below(r, 30) == 0)
			str_addf(&text, "block %d;", i);
		if (rnd_below(r, 30) == 0)
			str_addf(&text, "block %d from %d;", i, 1 + (int)rnd_below(r, (uint64_t)i));
	}
	return graph_of(str_c(&text));
}

static bool usable(const struct graph *g, const struct graph_edge *e, uint32_t to, bool allow)
{
	const struct graph_node *n = graph_node(g, e->to);

	return !e->block && (e->to == to ? path_may_be_target(n, 0) : path_may_be_hop(n, 0, allow));
}

static bool preferred(const struct graph_node *a, const struct graph_node *b)
{
	if (a->path->confirmed_on != b->path->confirmed_on)
		return a->path->confirmed_on > b->path->confirmed_on;
	return a->ord < b->ord;
}

static void check_large(const struct graph *g, const struct path_question *q, const struct path *p)
{
	int dist[LARGE], ways[LARGE] = { 0 };
	uint32_t cur = q->from;
	bool more = true;

	for (int i = 0; i < LARGE; i++)
		dist[i] = LARGE + 1;
	dist[q->to] = 0;
	while (more) {
		more = false;
		for (uint32_t i = 0; i < graph_edges(g); i++) {
			const struct graph_edge *e = graph_edge(g, i);

			if (usable(g, e, q->to, q->allow_removed) && dist[e->to] + 1 < dist[e->from]) {
				dist[e->from] = dist[e->to] + 1;
				more = true;
			}
		}
	}
	ck_assert_int_eq(p->result == PATH_FOUND, dist[q->from] <= LARGE);
	if (p->result != PATH_FOUND)
		return;
	ck_assert_uint_eq(p->nhops, (unsigned)dist[q->from]);
	ways[q->to] = 1;
	for (int d = 1; d <= dist[q->from]; d++)
		for (uint32_t i = 0; i < graph_edges(g); i++) {
			const struct graph_edge *e = graph_edge(g, i);

			if (dist[e->from] == d && dist[e->to] == d - 1 &&
			    usable(g, e, q->to, q->allow_removed) && ways[e->from] < 1000)
				ways[e->from] += ways[e->to];
		}
	ck_assert_uint_eq(p->alternatives, (unsigned)(ways[q->from] > 100 ? 99 : ways[q->from] - 1));
	for (uint32_t h = 0; h < p->nhops; h++) {
		const struct graph_node *n = graph_node(g, cur);
		uint32_t best = NODE_NONE;

		for (uint32_t i = 0; i < n->out_count; i++) {
			const struct graph_edge *e = graph_edge(g, n->out_first + i);

			if (dist[e->to] == dist[cur] - 1 && usable(g, e, q->to, q->allow_removed) &&
			    (best == NODE_NONE || preferred(graph_node(g, e->to), graph_node(g, best))))
				best = e->to;
		}
		ck_assert_uint_eq(p->nodes[h], best);
		cur = best;
	}
	ck_assert_uint_eq(cur, q->to);
}

START_TEST(models_of_several_words_agree_with_a_plain_reading)
{
	OWN(path_scratch_free) struct path_scratch *s = path_scratch_new();
	struct rnd r = rnd_seeded(20261120);
	int found = 0, several = 0;

	for (int round = 0; round < 40; round++) {
		OWN(graph_free) struct graph *g = large_graph(&r);

		for (int i = 0; i < 60; i++) {
			struct path_question q = { .from = (uint32_t)rnd_below(&r, LARGE),
						   .to = (uint32_t)rnd_below(&r, LARGE),
						   .allow_removed = rnd_below(&r, 2) };
			struct path p;

			if (q.from == q.to)
				continue;
			path_find(g, &q, s, &p);
			check_large(g, &q, &p);
			found += p.result == PATH_FOUND;
			several += p.alternatives > 0;
		}
	}
	ck_assert_int_gt(found, 500);
	ck_assert_int_gt(several, 100);
}
END_TEST

START_TEST(lifting_what_would_open_opens_a_path_and_nothing_less_does)
{
	static const char *const base = "1;2 removed;3 E 2020-01-01;4;5 removed;6;7;8 removed;9;"
					"2<1;3<1;4<2 3;5<4;6<4;7<5;8<6 7;9<8;block 6;block 7 from 5;block 9";

	/* by hand: 2 or 3, then 4, then 6 (blocked) or 5 and its blocked edge, then 8, then 9 */
	ASK(base, "1 9", "none blocked furthest 0 removed:2 blocked:6 removed:8 blocked:9");
	ASK("1;2;3;4;5;6;7;8;9;2<1;3<1;4<2 3;5<4;6<4;7<5;8<6 7;9<8", "1 9", "path 2 4 6 8 9 +1");
	ASK("1;2;3 E 2020-01-01;4;5 removed;6;7;8;9;2<1;3<1;4<2 3;5<4;6<4;7<5;8<6 7;9<8;block 7 from 5",
	    "1 9", "path 2 4 6 8 9");
}
END_TEST

START_TEST(one_scratch_serves_models_of_any_size_in_any_order)
{
	OWN(path_scratch_free) struct path_scratch *s = path_scratch_new();
	struct rnd r = rnd_seeded(5);
	OWN(graph_free) struct graph *large = large_graph(&r), *small = graph_of("1; 2; 2<1");
	struct path p;

	for (int i = 0; i < 3; i++) {
		path_find(small, &(struct path_question){ .from = 0, .to = 1 }, s, &p);
		ck_assert_int_eq(p.result, PATH_FOUND);
		path_find(large, &(struct path_question){ .from = 0, .to = NODE_NONE }, s, &p);
		ck_assert_int_ne(p.result, PATH_NONE);
	}
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		a_chain_is_walked_hop_by_hop,
		edges_are_not_transitive_and_no_hop_is_left_out,
		a_removed_entry_is_a_start_but_no_target_and_no_hop,
		a_blocked_entry_is_no_target_and_no_hop,
		a_blocked_edge_is_no_edge,
		an_expired_certificate_stops_and_a_passed_renewal_warns,
		the_first_reason_that_applies_to_the_target_is_told,
		least_hops_win_and_the_others_are_counted,
		among_equal_paths_the_later_confirmation_wins_then_the_lower_entry,
		alternatives_stop_at_ninety_nine,
		a_figure_decides_only_where_it_is_known,
		equal_cost_paths_are_counted_and_chosen_like_others,
		huge_figures_do_not_overflow,
		fragments_are_not_parted,
		latest_is_the_highest_reachable_entry_that_may_be_a_target,
		a_path_never_leaves_its_model,
		furthest_is_what_can_be_reached_at_most,
		would_open_is_the_smallest_set_and_the_lowest_of_these,
		an_unknown_statement_is_opened_as_any,
		statements_that_were_only_inferred_or_never_confirmed_are_marked,
		gates_judge_entries_as_paths_do,
		models_of_several_words_agree_with_a_plain_reading,
		lifting_what_would_open_opens_a_path_and_nothing_less_does,
		one_scratch_serves_models_of_any_size_in_any_order,
	};

	return RUN_TESTS("path", all);
}

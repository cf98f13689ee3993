/* SPDX-License-Identifier: Apache-2.0 */
/* Retention: entries that devices need on their way, against a search through all ways. */
#include "base/rnd.h"
#include "base/str.h"
#include "graphs.h"
#include "model/lint.h"
#include "model/needed.h"
#include "testing.h"

#define NOW INT64_C(1795132800000)
#define MOST 10

static void needed_are(const char *text, const char *going, const char *starts, const char *want)
{
	OWN(graph_free) struct graph *g = graph_of(text);
	bool before[64] = { 0 }, after[64] = { 0 };
	struct need_start s[16];
	int64_t devices[64];
	size_t n = 0;
	char out[256] = "", id[8];

	for (uint32_t i = 0; i < graph_nodes(g); i++) {
		before[i] = after[i] = graph_node(g, i)->removed;
		snprintf(id, sizeof id, "%d", (int)graph_node(g, i)->ord);
		after[i] = after[i] || strstr(going, id);
		if (strstr(starts, id))
			s[n++] = (struct need_start){ i, 100 + graph_node(g, i)->ord };
	}
	needed_hops(g, before, after, s, n, NOW, devices);
	for (uint32_t i = 0; i < graph_nodes(g); i++)
		if (devices[i])
			snprintf(out + strlen(out), sizeof out - strlen(out), "%s%d:%d", *out ? " " : "",
				 (int)graph_node(g, i)->ord, (int)devices[i]);
	ck_assert_msg(!strcmp(out, want), "%s without %s: '%s', not '%s'", text, going, out, want);
}

START_TEST(a_hop_is_needed_when_no_other_way_leads_on)
{
	needed_are("1; 2; 3; 2<1; 3<2", "2", "1", "2:101");
	needed_are("1; 2; 3; 2<1; 3<2", "2", "2", "");           /* it runs it: it is its start */
	needed_are("1; 2; 3; 2<1; 3<1 2", "2", "1", "");         /* another way is there */
	needed_are("1; 2; 3; 4; 2<1; 3<1; 4<2 3", "2", "1", ""); /* two ways, one goes */
	needed_are("1; 2; 3; 4; 2<1; 3<1; 4<2 3", "2 3", "1", "2:101 3:101"); /* both go */
	needed_are("1; 2; 3; 4; 2<1; 3<2; 4<3", "2 3", "1", "2:101 3:101");   /* one behind the other */
	needed_are("1; 2; 3; 2<1; 3<2", "2 3", "1", "");            /* what it led to goes as well */
	needed_are("1; 2; 3; 2<1; 3<2", "2", "3", "");              /* nobody needs it any more */
	needed_are("1; 2 removed; 3; 2<1; 3<2", "", "1", "");       /* gone already: no news */
	needed_are("1 removed; 2; 3; 2<1; 3<2", "2", "1", "2:101"); /* devices run Removed entries */
	needed_are("1; 2; 3; 2<1; 3<2; block 3", "2", "1", "");
}
END_TEST

/* ---- all ways, one by one; edges lead to later entries only, so ways end ---- */

struct brute {
	const struct graph *g;
	const bool *removed;
	uint32_t way[MOST + 1];
	/* [t]: some way leads there; [t][h]: one of them through h */
	bool reach[MOST], through[MOST][MOST];
};

static void walk(struct brute *b, uint32_t n, unsigned depth)
{
	for (uint32_t i = 0; i < graph_edges(b->g); i++) {
		const struct graph_edge *x = graph_edge(b->g, i);

		if (x->from != n || x->block)
			continue;
		b->reach[x->to] = true;
		for (unsigned k = 1; k <= depth; k++)
			b->through[x->to][b->way[k]] = true;
		if (b->removed[x->to] || graph_node(b->g, x->to)->block)
			continue;
		b->way[depth + 1] = x->to;
		walk(b, x->to, depth + 1);
	}
}

static void brute_needed(const struct graph *g, const bool *before, const bool *after, uint32_t s,
			 bool ret[MOST])
{
	struct brute was = { .g = g, .removed = before }, is = { .g = g, .removed = after };

	was.way[0] = is.way[0] = s;
	walk(&was, s, 0);
	walk(&is, s, 0);
	for (uint32_t h = 0; h < graph_nodes(g); h++) {
		ret[h] = false;
		for (uint32_t t = 0; t < graph_nodes(g) && !before[h] && after[h]; t++)
			if (was.reach[t] && !is.reach[t] && !after[t] && !graph_node(g, t)->block &&
			    was.through[t][h])
				ret[h] = true;
	}
}

START_TEST(retention_agrees_with_a_search_through_all_ways)
{
	struct rnd r = rnd_seeded(7);
	unsigned found = 0;

	for (int round = 0; round < 4000; round++) {
		STR(text, 4096);
		bool before[MOST], after[MOST];
		uint32_t n = 3 + (uint32_t)rnd_below(&r, MOST - 3);
		OWN(graph_free) struct graph *g = NULL;

		for (uint32_t i = 1; i <= n; i++)
			str_addf(&text, "%s%u", i > 1 ? "; " : "", i);
		for (uint32_t i = 2; i <= n; i++) {
			str_addf(&text, "; %u<%u", i, 1 + (unsigned)rnd_below(&r, i - 1));
			if (rnd_below(&r, 2))
				str_addf(&text, " %u", 1 + (unsigned)rnd_below(&r, i - 1));
		}
		if (rnd_below(&r, 4) == 0)
			str_addf(&text, "; block %u", 1 + (unsigned)rnd_below(&r, n));
		g = graph_of(str_c(&text));
		for (uint32_t i = 0; i < n; i++) {
			before[i] = rnd_below(&r, 6) == 0;
			after[i] = rnd_below(&r, 8) ? before[i] || rnd_below(&r, 3) == 0 : false;
		}
		for (uint32_t s = 0; s < n; s++) {
			struct need_start start = { s, 5 };
			int64_t devices[MOST];
			bool want[MOST];

			needed_hops(g, before, after, &start, 1, NOW, devices);
			brute_needed(g, before, after, s, want);
			for (uint32_t h = 0; h < n; h++) {
				ck_assert_msg(devices[h] == (want[h] ? 5 : 0), "%s: start %u, hop %u",
					      str_c(&text), s + 1, h + 1);
				found += want[h];
			}
		}
	}
	ck_assert_uint_gt(found, 500);
}
END_TEST

static void take(const struct lint_finding *f, void *ctx)
{
	int *n = ctx;

	ck_assert_int_eq(f->kind, LINT_NEEDED_REMOVED);
	ck_assert_uint_eq(f->nnodes, 1);
	*n = *n * 10 + (int)f->nodes[0] + 1;
}

START_TEST(lint_names_removed_entries_that_devices_need)
{
	OWN(graph_free) struct graph *g = graph_of("1; 2 removed; 3; 4 removed; 5; 2<1; 3<2; 4<2; 5<3");
	struct need_start starts[] = { { 0, 3 }, { 2, 9 } };
	int n = 0;

	lint_needed(g, starts, 2, NOW, take, &n);
	ck_assert_int_eq(n, 2);
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		a_hop_is_needed_when_no_other_way_leads_on,
		retention_agrees_with_a_search_through_all_ways,
		lint_names_removed_entries_that_devices_need,
	};

	return RUN_TESTS("needed", all);
}

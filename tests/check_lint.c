/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include "base/str.h"
#include "graphs.h"
#include "model/lint.h"

struct list {
	const struct graph *g;
	struct str out;
	unsigned wanted; /* kinds to show */
};

static void note_finding(const struct lint_finding *f, void *ctx)
{
	struct list *l = ctx;

	if (!(l->wanted >> f->kind & 1))
		return;
	str_addf(&l->out, "%s%s:", l->out.len ? " " : "", lint_infos[f->kind].code);
	for (size_t i = 0; i < f->nnodes; i++)
		str_addf(&l->out, "%s%d", i ? "," : "", (int)graph_node(l->g, f->nodes[i])->ord);
}

/* Findings of all kinds but the two that nearly every graph of a test has. */
#define MOST (~(1u << LINT_NO_HASH | 1u << LINT_UNKNOWN))

static const char *lint(const char *text, unsigned kinds)
{
	static char buf[4096];
	OWN(graph_free) struct graph *g = graph_of(text);
	struct list l = { .g = g, .wanted = kinds };

	str_init(&l.out, sizeof buf - 1);
	lint_graph(g, test_date("2026-03-01"), note_finding, &l);
	snprintf(buf, sizeof buf, "%s", str_c(&l.out));
	str_done(&l.out);
	return buf;
}
#define LINT(text, want) ck_assert_str_eq(lint(text, MOST), want)

START_TEST(a_clean_chain_has_no_findings)
{
	ck_assert_str_eq(lint("1 hash; 2 hash; 3 hash; 1<none; 2<1; 3<2", ~0u), "");
}
END_TEST

START_TEST(a_cycle_is_told_once_at_its_first_entry)
{
	LINT("1; 2; 3; 2<1; 3<2; 1<3", "cycle:1,2,3 downgrade:3,1");
	LINT("1; 2; 3; 4; 2<1; 1<2; 4<3; 3<4; 3<4 2", "cycle:1,2 cycle:3,4 downgrade:2,1 downgrade:4,3");
}
END_TEST

START_TEST(an_entry_from_which_nothing_newer_is_reached_is_a_dead_end)
{
	LINT("1; 2; 3; 2<1; 3<1", "dead-end:2,3");
	LINT("1; 2 removed; 3; 2<1; 3<2", "removed-needed:2,1,3 dead-end:1,3");
	LINT("1; 2; 3; 2<1; 3<none", "dead-end:2,3");
	LINT("1; 2; 3; 2<1", "");
}
END_TEST

START_TEST(a_removed_entry_that_every_way_needs_is_told_with_an_example)
{
	LINT("1; 2 removed; 3; 4; 2<1; 3<2; 4<3", "removed-needed:2,1,3 dead-end:1,4");
	LINT("1; 2 removed; 3; 2<1; 3<1 2", "");
	LINT("1; 2 removed; 3 removed; 4; 2<1; 3<2; 4<3",
	     "removed-needed:2,1,4 removed-needed:3,1,4 dead-end:1,4 dead-end:2,4");
	LINT("1; 2 removed; 3; 2<1; 3<2; block 2", "dead-end:1,3");
}
END_TEST

START_TEST(an_entry_that_nothing_leads_to_is_unreachable)
{
	LINT("1; 2; 2<1; block 2 from 1", "dead-end:1,2 unreachable:2");
	LINT("1; 2; 2<2", "cross-model:2,2 dead-end:1,2 unreachable:2");
	LINT("1; 1<any", "");
	LINT("1; 2; 2<none", "dead-end:1,2");
}
END_TEST

START_TEST(a_base_of_another_model_is_an_error)
{
	LINT("model 1; 1; 2; model 2; 3; 2<1 3", "cross-model:2,3");
}
END_TEST

START_TEST(a_floor_that_nothing_passes_is_an_error)
{
	LINT("1; 2; 3; floor 2; 2<1; 3<any", "");
	LINT("1; 2; 3; floor 2; 3<any", "floor-impassable:2 dead-end:1,3");
	LINT("1; 2 removed; 3; floor 2; 2<1; 3<any", "floor-impassable:2 removed-needed:2,1,3 dead-end:1,3");
	LINT("1; 2; 3; floor 2; 2<1; 3<1", "floor-impassable:2 dead-end:2,3");
	LINT("1; 2; floor 2", "");
	LINT("1; 2; floor 1; 2<any", "");
}
END_TEST

START_TEST(a_fragment_without_its_sibling_is_told)
{
	LINT("1 say fragment 1 of 2 of 4.8; 2 say fragment 2 of 2 of 4.8; 2<1", "");
	LINT("1 say fragment 1 of 2 of 4.8; 2 say fragment 2 of 2 of 4.9; 2<1",
	     "dead-end:1,2 unreachable:2 fragment-alone:1 fragment-alone:2");
	LINT("1 removed say fragment 1 of 2 of 4.8; 2 say fragment 2 of 2 of 4.8; 2<1", "fragment-alone:2");
	LINT("1 say fragment 1 of 3 of 4.8; 3 say fragment 3 of 3 of 4.8", "fragment-alone:1,3");
}
END_TEST

START_TEST(entries_with_one_identity_are_ambiguous)
{
	LINT("1 v 00040800; 2 v 00040801; 3 v 00040800; 4 v 00040801; 5", "ambiguous:1,3 ambiguous:2,4");
}
END_TEST

START_TEST(certificates_are_watched)
{
	LINT("1 E 2026-02-28; 2 E 2026-03-01; 3 E 2026-05-30; 4 E 2026-05-31; 5 R 2026-03-02; 6 removed E "
	     "2026-03-02",
	     "cpa-soon:2 cpa-soon:3 cpa-expired:1");
}
END_TEST

START_TEST(what_is_missing_is_listed_by_model)
{
	ck_assert_str_eq(lint("model 1; 1; 2 hash; 3 removed; 2<1; model 2; 4 hash; 5 hash; 5<4",
			      1u << LINT_NO_HASH | 1u << LINT_UNKNOWN),
			 "unknown:1 no-hash:1 unknown:4");
}
END_TEST

START_TEST(a_model_of_removed_entries_only_is_told)
{
	LINT("model 1; 1 removed; 2 removed; model 2; 3", "all-removed:1,2");
}
END_TEST

START_TEST(every_kind_says_what_it_is_and_what_to_do)
{
	for (int i = 0; i < LINT_KINDS; i++) {
		const struct lint_info *info = &lint_infos[i];

		ck_assert_ptr_nonnull(info->code);
		ck_assert(!strcmp(info->level, "error") || !strcmp(info->level, "warning") ||
			  !strcmp(info->level, "note"));
		ck_assert_uint_gt(strlen(info->title), 10);
		ck_assert_int_eq(info->next[strlen(info->next) - 1], '.');
		for (int k = 0; k < i; k++)
			ck_assert_str_ne(info->code, lint_infos[k].code);
	}
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		a_clean_chain_has_no_findings,
		a_cycle_is_told_once_at_its_first_entry,
		an_entry_from_which_nothing_newer_is_reached_is_a_dead_end,
		a_removed_entry_that_every_way_needs_is_told_with_an_example,
		an_entry_that_nothing_leads_to_is_unreachable,
		a_base_of_another_model_is_an_error,
		a_floor_that_nothing_passes_is_an_error,
		a_fragment_without_its_sibling_is_told,
		entries_with_one_identity_are_ambiguous,
		certificates_are_watched,
		what_is_missing_is_listed_by_model,
		a_model_of_removed_entries_only_is_told,
		every_kind_says_what_it_is_and_what_to_do,
	};

	return RUN_TESTS("lint", all);
}

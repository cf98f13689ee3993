/* SPDX-License-Identifier: Apache-2.0 */
/* Edges, fragments and finding things in a graph: rules 1, 2 and 7. */
#include "testing.h"

#include "graphs.h"
#include "model/fragment.h"

/* All edges as "1>2 3>2d 4>5b": d downgrade, b blocked. */
static const char *edges(const struct graph *g)
{
	static char buf[4096];
	size_t n = 0;

	buf[0] = 0;
	for (uint32_t i = 0; i < graph_edges(g); i++) {
		const struct graph_edge *e = graph_edge(g, i);

		n += (size_t)snprintf(buf + n, sizeof buf - n, "%s%d>%d%s%s", i ? " " : "",
				      (int)graph_node(g, e->from)->ord, (int)graph_node(g, e->to)->ord,
				      e->downgrade ? "d" : "", e->block ? "b" : "");
		ck_assert_uint_lt(n, sizeof buf);
	}
	return buf;
}

#define EDGES(text, want)                                                                                    \
	do {                                                                                                 \
		OWN(graph_free) struct graph *g_ = graph_of(text);                                           \
		ck_assert_str_eq(edges(g_), want);                                                           \
	} while (0)

START_TEST(bases_make_edges_and_nothing_else_does)
{
	EDGES("1; 2; 3; 2<1; 3<2", "1>2 2>3");
	EDGES("1; 2; 3", "");
	EDGES("1; 2; 2<none", "");
	EDGES("1; 2; 3; 3<1 2 1", "1>3 2>3");
	EDGES("1; 2; 2<1; floor 1", "1>2");
}
END_TEST

START_TEST(a_base_at_a_later_position_is_a_downgrade)
{
	EDGES("1; 2; 3; 1<2; 2<1", "1>2 2>1d");
	EDGES("1; 2; 3; 2<3 1", "1>2 3>2d");
}
END_TEST

START_TEST(an_entry_is_never_its_own_base_and_no_edge_leaves_the_model)
{
	EDGES("1; 2; 2<2 1", "1>2");
	EDGES("model 1; 1; 3; model 2; 2; 4; 3<2; 4<2 1", "2>4");
}
END_TEST

START_TEST(any_reaches_every_earlier_entry_unless_a_floor_lies_between)
{
	EDGES("1; 2; 3; 4; 4<any", "1>4 2>4 3>4");
	EDGES("1; 2; 3; 4; 4<any; floor 2", "2>4 3>4");
	EDGES("1; 2; 3; 4; 4<any; floor 1", "1>4 2>4 3>4");
	EDGES("1; 2; 3; 4; 4<any; floor 4", "1>4 2>4 3>4");
	EDGES("1; 2; 3; 4; 4<any; floor 2; floor 3", "3>4");
	EDGES("1; 2 removed; 3; 4; 4<any; floor 2; block 2", "2>4 3>4");
	EDGES("1; 1<any", "");
}
END_TEST

START_TEST(the_newest_path_statement_of_an_entry_stands)
{
	OWN(graph_free) struct graph *g = graph_of("1; 2; 3; 3<any; 3<1; floor 3; block 3 from 2");
	const struct graph_node *n = graph_node(g, node_of(g, 3));

	ck_assert_str_eq(edges(g), "1>3");
	ck_assert_uint_eq(n->nsaid, 3);
	ck_assert_int_eq(n->said[0]->kind, STATEMENT_BASES);
	ck_assert_int_eq(n->said[1]->kind, STATEMENT_FLOOR);
	ck_assert_int_eq(n->said[2]->kind, STATEMENT_BLOCK);
	ck_assert_ptr_eq(n->path, n->said[0]);
	EDGES("1; 2; 3; 3<1; 3<none", "");
}
END_TEST

START_TEST(a_blocked_edge_stays_visible)
{
	OWN(graph_free) struct graph *g = graph_of("1; 2; 3; 3<1 2; block 3 from 1; block 2");

	ck_assert_str_eq(edges(g), "1>3b 2>3");
	ck_assert_str_eq(graph_edge(g, graph_find_edge(g, node_of(g, 1), node_of(g, 3)))->block->excerpt,
			 "bricks meters");
	ck_assert_ptr_nonnull(graph_node(g, node_of(g, 2))->block);
	ck_assert_ptr_null(graph_node(g, node_of(g, 3))->block);
	ck_assert_uint_eq(graph_find_edge(g, node_of(g, 1), node_of(g, 2)), NODE_NONE);
}
END_TEST

START_TEST(fragments_follow_one_another)
{
	/* 2 and 3 are fragments of one release: out of 2 only to 3, into 3 only from 2 */
	EDGES("1; 2 say fragment 1 of 2 of 4.8; 3 say fragment 2 of 2 of 4.8; 4; 2<1; 3<any; 4<any",
	      "1>2 1>4 2>3 3>4");
	/* without its sibling a last fragment is reached like any other entry */
	EDGES("1; 3 say fragment 2 of 2 of 4.8; 3<1", "1>3");
	/* another release is no sibling */
	EDGES("1; 2 say fragment 1 of 2 of 4.7; 3 say fragment 2 of 2 of 4.8; 3<1 2", "1>3");
	/* nor is one of another size */
	EDGES("1; 2 say fragment 1 of 3 of 4.8; 3 say fragment 2 of 2 of 4.8; 3<1 2", "1>3");
	/* two entries may be the same fragment */
	EDGES("1 removed say fragment 1 of 2 of 5.4.0; 2 say fragment 1 of 2 of 5.4.0; 3 say fragment 2 of 2 "
	      "of "
	      "5.4.0; 3<1 2",
	      "1>3 2>3");
}
END_TEST

START_TEST(image_descriptors_are_read_as_they_are_written)
{
	static const struct {
		const char *text;
		int number, count;
		const char *release;
	} cases[] = {
		{ "Fragment 1 of 2 of version 4.8.0", 1, 2, "4.8.0" },
		{ "Fragment 1 of 2 of FW Version 00:04:07:FF; Dual Band", 1, 2, "00:04:07:ff" },
		{ "FRAGMENT  2  OF  2  OF  FW  4.8 ", 2, 2, "4.8" },
		{ "Dual Band; fragment 2 of 3", 2, 3, "" },
		{ "fragment 2 of 3; fragment 1 of 2 of x", 2, 3, "" },
		{ "fragment 2 of 3 of fwversion 1", 2, 3, "fwversion 1" },
		{ "fragment 2 of 3 of version fw 1", 2, 3, "fw 1" },
		{ "fragment 2 of 3 ofx", 2, 3, "" },
		{ "fragment 99 of 99 of a", 99, 99, "a" },
		{ "Fragment 1 of 1 of FW version 24.01.07.01", 1, 1, "" },
		{ "Fragment of 38.90.00.10", 1, 1, "" },
		{ "fragment 3 of 2 of x", 1, 1, "" },
		{ "fragment 0 of 2 of x", 1, 1, "" },
		{ "fragment 1 of 100 of x", 1, 1, "" },
		{ "fragment 3 of 2; fragment 1 of 2", 1, 1, "" },
		{ "fragments 1 of 2", 1, 1, "" },
		{ "defragment 1 of 2", 1, 1, "" },
		{ "fragment 1 of 2nd", 1, 1, "" },
		{ "fragment 1of 2", 1, 1, "" },
		{ "fragment 99999999999999999999 of 2", 1, 1, "" },
		{ "", 1, 1, "" },
		{ NULL, 1, 1, "" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fragment f = fragment_read(cases[i].text);

		ck_assert_msg(f.number == cases[i].number && f.count == cases[i].count &&
				  !strcmp(f.release, cases[i].release),
			      "'%s' is read as %d of %d of '%s'", cases[i].text ? cases[i].text : "(null)",
			      f.number, f.count, f.release);
	}
}
END_TEST

START_TEST(models_and_entries_are_in_order_whatever_the_order_of_rows)
{
	OWN(graph_free) struct graph *g = graph_of("model 2; 9; 1; model 1; 4; 3; model 2; 5");

	ck_assert_uint_eq(graph_models(g), 2);
	ck_assert_uint_eq(graph_nodes(g), 5);
	ck_assert_str_eq(graph_model(g, 0)->hardware, "0001");
	ck_assert_uint_eq(graph_model(g, 1)->first, 2);
	for (uint32_t i = 0; i < 5; i++) {
		static const int ord[] = { 3, 4, 1, 5, 9 }, position[] = { 0, 1, 0, 1, 2 };

		ck_assert_int_eq(graph_node(g, i)->ord, ord[i]);
		ck_assert_uint_eq(graph_node(g, i)->position, (unsigned)position[i]);
	}
}
END_TEST

START_TEST(entries_are_found_by_every_identity)
{
	OWN(graph_free)
	struct graph *g =
	    graph_of("model 7; 1 v 00040800; 2 v 00040801; 3 v 00040800; model 8; 4 v 00040800");
	uint32_t found[2] = { 77, 77 };

	ck_assert_uint_eq(graph_find_cpl(g, 0x118F00010007u, 0x00040800, found, 2), 2);
	ck_assert_uint_eq(found[0], node_of(g, 1));
	ck_assert_uint_eq(found[1], node_of(g, 3));
	ck_assert_uint_eq(graph_find_cpl(g, 0x118F00010007u, 0x00040800, found, 0), 2);
	ck_assert_uint_eq(graph_find_cpl(g, 0x118F00010008u, 0x00040800, found, 2), 1);
	ck_assert_uint_eq(graph_find_cpl(g, 0x118F00010008u, 0x00040801, found, 2), 0);
	ck_assert_uint_eq(graph_find_cpl(g, 0x118F00010009u, 0x00040800, found, 2), 0);
	ck_assert_uint_eq(graph_find_entry(g, "cpl", "000009"), NODE_NONE);
	ck_assert_uint_eq(graph_find_entry(g, "bb", "000001"), NODE_NONE);
	ck_assert_uint_eq(graph_find_id(g, 3), node_of(g, 3));
	ck_assert_uint_eq(graph_find_id(g, 99), NODE_NONE);
	ck_assert_uint_eq(graph_find_model(g, "cpl", "118F", "0001", "0008"), 1);
	ck_assert_uint_eq(graph_find_model(g, "cpl", "118F", "0001", "0009"), NODE_NONE);
}
END_TEST

START_TEST(entries_of_other_schemes_are_found_by_their_text)
{
	OWN(graph_free) struct graph *g = NULL;
	struct graph_builder *b = graph_builder_new();
	struct err e;

	graph_add_model(b, &(struct model_row){ 1, "ocpp", "ACME", "Box", "main" });
	graph_add_model(b, &(struct model_row){ 2, "bb", "", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "" });
	graph_add_entry(
	    b, &(struct entry_row){
		   .id = 1, .model_id = 1, .ord = 1, .public_id = "ACME/Box/main@1", .version = "1" });
	graph_add_entry(b, &(struct entry_row){
			       .id = 2, .model_id = 2, .ord = 1, .public_id = "000001", .version = "1" });
	ck_ok(graph_build(b, &g, &e));
	ck_assert_uint_eq(graph_find_entry(g, "ocpp", "ACME/Box/main@1"), 1);
	ck_assert_uint_eq(graph_find_entry(g, "bb", "000001"), 0);
	ck_assert_uint_eq(graph_find_entry(g, "cpl", "000001"), NODE_NONE);
}
END_TEST

START_TEST(rows_that_contradict_one_another_are_refused)
{
	struct graph *g = NULL;
	struct graph_builder *b = graph_text_read("1; 2; 2<1 9");
	struct err e;

	ck_refused(graph_build(b, &g, &e), ERR_INTERNAL, "base key 9");
	ck_refused(graph_build(graph_text_read("1; 5<1"), &g, &e), ERR_INTERNAL, "entry key 5");
	ck_refused(graph_build(graph_text_read("1; 1"), &g, &e), ERR_INTERNAL, "000001");
	b = graph_builder_new();
	graph_add_entry(b,
			&(struct entry_row){ .id = 1, .model_id = 4, .public_id = "000001", .version = "1" });
	ck_refused(graph_build(b, &g, &e), ERR_INTERNAL, "model 4");
	ck_assert_ptr_null(g);
}
END_TEST

START_TEST(a_model_past_the_ceiling_is_refused_by_name)
{
	struct graph_builder *b = graph_builder_new();
	OWN(graph_free) struct graph *g = NULL;
	char id[16];
	struct err e;

	graph_add_model(b, &(struct model_row){ 1, "cpl", "118F", "0001", "0002" });
	for (int i = 1; i <= GRAPH_MODEL_ENTRIES_MAX + 1; i++) {
		snprintf(id, sizeof id, "%06d", i);
		graph_add_entry(
		    b, &(struct entry_row){
			   .id = i, .model_id = 1, .ord = i, .public_id = id, .version = "00000001" });
	}
	ck_refused(graph_build(b, &g, &e), ERR_TOO_LARGE, "cpl 118F 0001 0002");
}
END_TEST

START_TEST(the_largest_model_with_all_edges_is_built)
{
	struct graph_builder *b = graph_builder_new();
	OWN(graph_free) struct graph *g = NULL;
	char id[16];
	struct err e;

	graph_add_model(b, &(struct model_row){ 1, "cpl", "118F", "0001", "0002" });
	for (int i = 1; i <= GRAPH_MODEL_ENTRIES_MAX; i++) {
		snprintf(id, sizeof id, "%06d", i);
		graph_add_entry(
		    b, &(struct entry_row){
			   .id = i, .model_id = 1, .ord = i, .public_id = id, .version = "00000001" });
		graph_add_statement(b, &(struct statement_row){
					   .id = i, .entry_id = i, .kind = STATEMENT_ANY, .author = "a" });
	}
	ck_ok(graph_build(b, &g, &e));
	ck_assert_uint_eq(graph_edges(g), GRAPH_MODEL_ENTRIES_MAX * (GRAPH_MODEL_ENTRIES_MAX - 1) / 2);
}
END_TEST

START_TEST(more_edges_than_the_ceiling_are_refused_by_name)
{
	struct graph_builder *b = graph_builder_new();
	OWN(graph_free) struct graph *g = NULL;
	char id[16], hardware[8];
	struct err e;

	for (int m = 1; m <= 17; m++) {
		snprintf(hardware, sizeof hardware, "%04X", (unsigned)m);
		graph_add_model(b, &(struct model_row){ m, "cpl", "118F", "0001", hardware });
		for (int i = m * 1000; i < m * 1000 + 1000; i++) {
			snprintf(id, sizeof id, "%06d", i);
			graph_add_entry(
			    b, &(struct entry_row){
				   .id = i, .model_id = m, .ord = i, .public_id = id, .version = "1" });
			graph_add_statement(
			    b, &(struct statement_row){
				   .id = i, .entry_id = i, .kind = STATEMENT_ANY, .author = "a" });
		}
	}
	ck_refused(graph_build(b, &g, &e), ERR_TOO_LARGE, "cpl 118F 0001 0011");
}
END_TEST

START_TEST(an_empty_catalogue_is_a_graph_too)
{
	OWN(graph_free) struct graph *g = graph_of("");

	ck_assert_uint_eq(graph_nodes(g), 0);
	ck_assert_uint_eq(graph_find_entry(g, "cpl", "000001"), NODE_NONE);
	ck_assert_uint_eq(graph_find_cpl(g, 1, 1, NULL, 0), 0);
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		bases_make_edges_and_nothing_else_does,
		a_base_at_a_later_position_is_a_downgrade,
		an_entry_is_never_its_own_base_and_no_edge_leaves_the_model,
		any_reaches_every_earlier_entry_unless_a_floor_lies_between,
		the_newest_path_statement_of_an_entry_stands,
		a_blocked_edge_stays_visible,
		fragments_follow_one_another,
		image_descriptors_are_read_as_they_are_written,
		models_and_entries_are_in_order_whatever_the_order_of_rows,
		entries_are_found_by_every_identity,
		entries_of_other_schemes_are_found_by_their_text,
		rows_that_contradict_one_another_are_refused,
		a_model_past_the_ceiling_is_refused_by_name,
		the_largest_model_with_all_edges_is_built,
		more_edges_than_the_ceiling_are_refused_by_name,
		an_empty_catalogue_is_a_graph_too,
	};

	return RUN_TESTS("graph", all);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Searching entries, and entries, models, graphs and lint as JSON. */
#include "testing.h"

#include "base/json.h"
#include "snapshots.h"

static const char *found(const struct snapshot *s, const struct entry_filter *f, uint32_t after, size_t max)
{
	static char buf[256];
	uint32_t nodes[16];
	size_t n = lookup_entries(s, f, after, nodes, max), len = 0;

	buf[0] = 0;
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(buf + len, sizeof buf - len, "%s%d", i ? " " : "",
					(int)graph_node(s->graph, nodes[i])->ord);
	return buf;
}

START_TEST(entries_are_searched_by_any_of_their_fields)
{
	OWN(snapshot_free) struct snapshot *s = snapshot_of(test_world);
	static const struct {
		struct entry_filter f;
		const char *want;
	} cases[] = {
		{ { 0 }, "1 2 3 4 5 11 12 13 14" },
		{ { .q = "" }, "1 2 3 4 5 11 12 13 14" },
		{ { .q = "METER" }, "1" },
		{ { .q = "fragment" }, "13 14" },
		{ { .q = "000012" }, "12" },
		{ { .q = "118f:0001:2:40800" }, "11 12" },
		{ { .q = "00:04:09" }, "13" },
		{ { .q = "removed" }, "4 12" },
		{ { .q = "0011:2233" }, "1 2 5 11" },
		{ { .q = "nowhere" }, "" },
		{ { .status = "removed" }, "4 12" },
		{ { .status = "Current", .hardware = "2" }, "11 13 14" },
		{ { .manufacturer = "11:8f", .model = "1", .hardware = "00:02" }, "11 12 13 14" },
		{ { .version = "4:08:00" }, "11 12" },
		{ { .version = "408" }, "" },
		{ { .hash = "0011" }, "1 2 5 11" },
		{ { .hash = "00:11:22" }, "1 2 5 11" },
		{ { .hash = "1122" }, "" },
		{ { .device_type = "meter" }, "1" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ck_assert_msg(!strcmp(found(s, &cases[i].f, NODE_NONE, 16), cases[i].want),
			      "case %zu gave '%s', not '%s'", i, found(s, &cases[i].f, NODE_NONE, 16),
			      cases[i].want);
}
END_TEST

START_TEST(a_search_goes_on_where_the_last_page_ended)
{
	OWN(snapshot_free) struct snapshot *s = snapshot_of("model 2; 1; 4; 5; model 1; 2; 3");
	struct entry_filter all = { 0 };

	ck_assert_str_eq(found(s, &all, NODE_NONE, 2), "1 2");
	ck_assert_str_eq(found(s, &all, node_of(s->graph, 2), 2), "3 4");
	ck_assert_str_eq(found(s, &all, node_of(s->graph, 4), 2), "5");
	ck_assert_str_eq(found(s, &all, node_of(s->graph, 5), 2), "");
}
END_TEST

START_TEST(models_are_found_by_their_public_id)
{
	OWN(snapshot_free) struct snapshot *s = snapshot_of(test_world);
	char id[MODEL_ID_MAX];

	for (uint32_t i = 0; i < graph_models(s->graph); i++)
		ck_assert_uint_eq(lookup_model(s, model_id_text(graph_model(s->graph, i), id)), i);
	ck_assert_str_eq(id, "118F:00010002");
	ck_assert_uint_eq(lookup_model(s, "118f:10002"), 1);
	ck_assert_uint_eq(lookup_model(s, "11:8F:00:01:00:02"), 1);
	ck_assert_uint_eq(lookup_model(s, "118F:00010009"), NODE_NONE);
	ck_assert_uint_eq(lookup_model(s, "junk"), NODE_NONE);
	ck_assert_uint_eq(lookup_model(s, ""), NODE_NONE);
}
END_TEST

/* Parses what a writer wrote; the test ends when it is not strict JSON. */
static struct json *strict(const struct str *s)
{
	struct json *j = NULL;
	struct err e;

	ck_assert(!s->over);
	ck_ok(json_parse(str_c(s), s->len, &j, &e));
	return j;
}

START_TEST(an_entry_is_described_with_statements_and_neighbours)
{
	OWN(snapshot_free) struct snapshot *s = snapshot_of(test_world);
	STR(out, 64 * KIB);
	struct jw w = jw_start(&out);

	entry_json(s, node_of(s->graph, 5), test_date("2026-11-20"), &w);
	OWN(json_free) struct json *j = strict(&out);
	ck_assert_str_eq(json_text(json_get(j, "entry")), "000005");
	ck_assert_str_eq(json_text(json_get(j, "model_id")), "118F:00010001");
	ck_assert_str_eq(json_text(json_get(j, "path")), "bases");
	ck_assert_uint_eq(json_len(json_get(j, "statements")), 2);
	ck_assert_uint_eq(json_len(json_get(json_get(j, "statement"), "bases")), 2);
	ck_assert_uint_eq(json_len(json_get(j, "bases")), 2);
	ck_assert(json_bool(json_get(json_at(json_get(j, "bases"), 0), "blocked"), false));
	ck_assert_str_eq(json_text(json_get(json_at(json_get(j, "bases"), 1), "status")), "Removed");
	ck_assert_uint_eq(json_len(json_get(j, "targets")), 0);
}
END_TEST

START_TEST(a_model_and_its_graph_are_described)
{
	OWN(snapshot_free) struct snapshot *s = snapshot_of(test_world);
	STR(out, 64 * KIB);

	graph_json(s, 1, test_date("2026-11-20"), &out);
	OWN(json_free) struct json *j = strict(&out);
	const struct json *m = json_get(j, "model");

	ck_assert_str_eq(json_text(json_get(m, "id")), "118F:00010002");
	ck_assert_int_eq(json_int(json_get(m, "entries"), 0), 4);
	ck_assert_int_eq(json_int(json_get(m, "removed"), 0), 1);
	ck_assert_int_eq(json_int(json_get(m, "unknown"), 0), 2);
	ck_assert_int_eq(json_int(json_get(m, "blocked"), 0), 1);
	ck_assert_str_eq(json_text(json_get(m, "newest")), "000014");
	ck_assert_uint_eq(json_len(json_get(j, "nodes")), 4);
	ck_assert_uint_eq(json_len(json_get(j, "edges")), 2);
	ck_assert_uint_eq(json_len(json_get(j, "statements")), 3);
	ck_assert_int_eq(json_int(json_get(json_get(json_at(json_get(j, "nodes"), 2), "fragment"), "of"), 0),
			 2);
}
END_TEST

START_TEST(blocked_and_removed_edges_are_conditional_in_the_cincinnati_form)
{
	OWN(snapshot_free) struct snapshot *s = snapshot_of(test_world);
	STR(out, 64 * KIB);
	const struct json *nodes, *edges, *conditional;

	graph_cincinnati_json(s, 0, &out);
	OWN(json_free) struct json *j = strict(&out);
	nodes = json_get(j, "nodes");
	edges = json_get(j, "edges");
	conditional = json_get(j, "conditionalEdges");
	ck_assert_uint_eq(json_len(nodes), 5);
	ck_assert_uint_eq(json_len(edges), 3); /* 1>2 2>3 4>5 */
	ck_assert_int_eq(json_int(json_at(json_at(edges, 2), 0), -1), 3);
	ck_assert_int_eq(json_int(json_at(json_at(edges, 2), 1), -1), 4);
	ck_assert_uint_eq(json_len(conditional), 2); /* 3>4 3>5 */
	ck_assert_str_eq(json_text(json_get(json_at(json_get(json_at(conditional, 0), "risks"), 0), "name")),
			 "EntryRemoved");
	ck_assert_str_eq(
	    json_text(json_get(json_at(json_get(json_at(conditional, 1), "risks"), 0), "message")),
	    "bricks meters");
	str_clear(&out);
	graph_cincinnati_json(s, 1, &out);
	ck_assert_ptr_nonnull(strstr(str_c(&out), "\"version\":\"00040800+000011\""));
	ck_assert_ptr_nonnull(strstr(str_c(&out), "\"version\":\"00040900\""));
}
END_TEST

START_TEST(lint_is_counted_by_level_and_code)
{
	OWN(snapshot_free) struct snapshot *s = snapshot_of(test_world);
	STR(out, 64 * KIB);
	const struct json *findings;
	int64_t levels;

	lint_json(s, NULL, test_date("2026-11-20"), &out);
	OWN(json_free) struct json *j = strict(&out);
	findings = json_get(j, "findings");
	levels = json_int(json_get(json_get(j, "counts"), "error"), 0) +
		 json_int(json_get(json_get(j, "counts"), "warning"), 0) +
		 json_int(json_get(json_get(j, "counts"), "note"), 0);
	ck_assert_int_eq(levels, (int64_t)json_len(findings));
	ck_assert_int_eq(json_int(json_get(json_get(j, "codes"), "ambiguous"), 0), 1);
	ck_assert_int_eq(json_int(json_get(json_get(j, "codes"), "removed-needed"), 0), 1);
	ck_assert_str_eq(json_text(json_get(json_at(findings, 0), "model")), "118F:00010001");
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		entries_are_searched_by_any_of_their_fields,
		a_search_goes_on_where_the_last_page_ended,
		models_are_found_by_their_public_id,
		an_entry_is_described_with_statements_and_neighbours,
		a_model_and_its_graph_are_described,
		blocked_and_removed_edges_are_conditional_in_the_cincinnati_form,
		lint_is_counted_by_level_and_code,
	};

	return RUN_TESTS("describe", all);
}

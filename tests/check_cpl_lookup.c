/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to the real Central Products List: what its dirt does to identities (gb-metering 1.3, 7). */
#include "stores.h"
#include "testing.h"

#include <ctype.h>

#include "core/lookup.h"
#include "import_kit.h"

/* The list as a snapshot; statements may be NULL. */
static struct snapshot *real_list(const char *ext, const char *statements)
{
	OWN(db_close) struct db *db = fresh_store(STORE_SQLITE);
	OWN(import_report_free) struct import_report *report = NULL, *second = NULL;
	struct snapshot *s = NULL;
	char path[1024];
	struct err e;

	ck_ok(kit_import_path(db, kit_real(ext, path, sizeof path), &report, &e));
	if (statements)
		ck_ok(kit_statements(db, statements, NULL, &second, &e));
	ck_ok(snapshot_load(db, 0, &s, &e));
	return s;
}

static int ask(const struct snapshot *s, const char *from, const char *to, const char *at, struct answer *ret)
{
	static struct path_scratch *scratch; /* what an answer points to outlives this call */
	struct ask q = { .from = from, .to = to, .at = at };
	struct err e;

	if (!scratch)
		scratch = path_scratch_new();
	ck_ok(lookup_ask(s, &q, KIT_NOW, scratch, ret, &e));
	return (int)ret->result;
}

START_TEST(the_golden_numbers_are_in_the_graph)
{
	OWN(snapshot_free) struct snapshot *s = real_list("csv", NULL);
	size_t removed = 0, keys = 0;

	ck_assert_uint_eq(graph_nodes(s->graph), 729);
	ck_assert_uint_eq(graph_models(s->graph), 162);
	ck_assert_str_eq(s->cpl.version, "2.051");
	for (uint32_t i = 0; i < 729; i++) {
		const struct graph_node *n = graph_node(s->graph, i);
		bool again = false;

		removed += n->removed;
		for (uint32_t k = graph_model(s->graph, n->model)->first; k < i; k++)
			again |= !strcmp(graph_node(s->graph, k)->version, n->version);
		keys += !again;
	}
	ck_assert_uint_eq(removed, 35);
	ck_assert_uint_eq(keys, 716);
}
END_TEST

/* One identity in the ways that inventories and people write it. */
static void write_forms(const struct graph_model *m, const char *version, char form[4][64])
{
	char hw[9], *p = form[1];

	snprintf(hw, sizeof hw, "%s%s", m->model, m->hardware);
	snprintf(form[0], 64, "%s:%s:%s", m->manufacturer, hw, version);
	for (int i = 0; i < 20; i++) {
		const char *field = i < 4 ? &m->manufacturer[i] : i < 12 ? &hw[i - 4] : &version[i - 12];

		if (i && i % 2 == 0)
			*p++ = ':';
		*p++ = (char)tolower((unsigned char)*field);
	}
	*p = 0;
	snprintf(form[2], 64, "%lX:%lX:%lX", strtoul(m->manufacturer, NULL, 16), strtoul(hw, NULL, 16),
		 strtoul(version, NULL, 16));
	snprintf(form[3], 64, "%s:%s:%.2s:%s:%s", m->manufacturer, m->model, m->hardware, m->hardware + 2,
		 version);
}

START_TEST(every_entry_is_found_by_its_id_and_in_every_form_of_its_identity)
{
	OWN(snapshot_free) struct snapshot *s = real_list("csv", NULL);
	uint32_t nodes[4];
	size_t n, twins = 0;
	struct err e;

	for (uint32_t i = 0; i < graph_nodes(s->graph); i++) {
		const struct graph_node *node = graph_node(s->graph, i);
		char form[4][64];

		ck_ok(lookup_nodes(s, node->public_id, nodes, 4, &n, &e));
		ck_assert_uint_eq(n, 1);
		ck_assert_uint_eq(nodes[0], i);
		write_forms(graph_model(s->graph, node->model), node->version, form);
		for (int k = 0; k < 4; k++) {
			ck_ok(lookup_nodes(s, form[k], nodes, 4, &n, &e));
			ck_assert_msg(nodes[0] == i || (n == 2 && nodes[1] == i), "%s is not %s", form[k],
				      node->public_id);
		}
		twins += n == 2;
	}
	ck_assert_uint_eq(twins, 26);
}
END_TEST

START_TEST(each_of_the_thirteen_twins_is_ambiguous_and_lists_its_candidates)
{
	OWN(snapshot_free) struct snapshot *s = real_list("csv", NULL);
	size_t twins = 0, both_current = 0;
	STR(out, 64 * KIB);

	for (uint32_t i = 0; i < graph_nodes(s->graph); i++) {
		const struct graph_node *a = graph_node(s->graph, i), *b = NULL;
		const struct graph_model *m = graph_model(s->graph, a->model);
		char form[4][64], want[32];
		struct answer answer;

		for (uint32_t k = i + 1; k < m->first + m->count; k++)
			if (!strcmp(graph_node(s->graph, k)->version, a->version))
				b = graph_node(s->graph, k);
		if (!b)
			continue;
		twins++;
		both_current += !a->removed && !b->removed;
		write_forms(m, a->version, form);
		for (int side = 0; side < 2; side++) {
			ck_assert_int_eq(
			    ask(s, side ? a->public_id : form[0], side ? form[0] : "latest", NULL, &answer),
			    ANSWER_AMBIGUOUS);
			ck_assert_str_eq(answer.side, side ? "to" : "from");
			ck_assert_uint_eq(answer.ncandidates, 2);
			ck_assert_uint_eq(answer.candidates[0], i);
			ck_assert_ptr_eq(graph_node(s->graph, answer.candidates[1]), b);
			str_clear(&out);
			answer_json(&answer, &out);
			snprintf(want, sizeof want, "{\"entry\":\"%s\"", b->public_id);
			ck_assert_ptr_nonnull(strstr(str_c(&out), want));
			/* something must tell them apart beside the Entry ID */
			ck_assert_ptr_nonnull(strstr(str_c(&out), "\"differs\":[\"entry\",\""));
		}
	}
	ck_assert_uint_eq(twins, 13);
	ck_assert_uint_eq(both_current, 9);
}
END_TEST

START_TEST(without_statements_nothing_is_guessed)
{
	OWN(snapshot_free) struct snapshot *s = real_list("csv", NULL);
	struct answer a;

	ck_assert_uint_eq(graph_edges(s->graph), 0);
	for (uint32_t i = 0; i < graph_models(s->graph); i++) {
		const struct graph_model *m = graph_model(s->graph, i);
		const struct graph_node *last = graph_node(s->graph, m->first + m->count - 1);

		if (m->count < 2)
			continue;
		ck_assert_int_eq(ask(s, graph_node(s->graph, m->first)->public_id, last->public_id, NULL, &a),
				 ANSWER_NONE);
		ck_assert_int_eq(a.path.why, last->removed ? WHY_REMOVED : WHY_UNKNOWN);
		ck_assert_int_eq((a.path.warnings & WARN_NOTES_ONLY) != 0, !last->removed);
		ck_assert_uint_ge(a.path.nobstacles, 1);
	}
}
END_TEST

#define STATEMENTS "entry,kind,bases,source,author,stated_on,confirmed_on,excerpt,reference\n"

/* Release 5.4.0 of 118F:00000000: its first fragment was wrong (000159, Removed) and came again as 000165,
 * behind the second one (000160). */
START_TEST(the_split_image_is_walked_as_two_hops)
{
	OWN(snapshot_free)
	struct snapshot *s =
	    real_list("xlsm", STATEMENTS "000159,bases,000149,manufacturer,notes,2019-01-01,,,\n"
					 "000165,bases,000149,manufacturer,notes,2019-01-01,,,\n"
					 "000160,bases,000159 000165,manufacturer,notes,2019-01-01,,,\n");
	const struct graph_node *one = graph_node(s->graph, graph_find_entry(s->graph, "cpl", "000165"));
	const struct graph_node *two = graph_node(s->graph, graph_find_entry(s->graph, "cpl", "000160"));
	struct answer a;

	ck_assert(one->fragment == 1 && one->fragments == 2 && two->fragment == 2 && two->fragments == 2);
	ck_assert_str_eq(one->release, "5.4.0");
	ck_assert_str_eq(two->release, "5.4.0");
	ck_assert_int_eq(ask(s, "000149", "000160", "2019-06-01", &a), ANSWER_PATH);
	ck_assert_uint_eq(a.path.nhops, 2);
	ck_assert_ptr_eq(graph_node(s->graph, a.path.nodes[0]), one);
	ck_assert_uint_eq(a.path.warnings & WARN_START_REMOVED, WARN_START_REMOVED);
	ck_assert_uint_eq(path_hop_warnings(s->graph, a.q.from, a.path.nodes[0], a.q.at) & HOP_FRAGMENT,
			  HOP_FRAGMENT);
	ck_assert_uint_eq(path_hop_warnings(s->graph, a.path.nodes[0], a.path.nodes[1], a.q.at) &
			      HOP_DOWNGRADE,
			  HOP_DOWNGRADE);
	ck_assert_int_eq(ask(s, "000149", "000165", "2019-06-01", &a), ANSWER_NONE);
	ck_assert_uint_eq(a.path.warnings & WARN_FRAGMENT_NOT_LAST, WARN_FRAGMENT_NOT_LAST);
	ck_assert_int_eq(ask(s, "000149", "latest", "2019-06-01", &a), ANSWER_PATH);
	ck_assert_ptr_eq(graph_node(s->graph, a.path.to), two);
}
END_TEST

START_TEST(certificates_of_the_workbook_run_out_as_time_goes_on)
{
	OWN(snapshot_free) struct snapshot *s = real_list("xlsm", NULL);
	static const char *const day[] = { "2022-09-21", "2024-09-21", "2026-09-21", "2030-01-01" };
	size_t allowed[4] = { 0 };

	for (int d = 0; d < 4; d++) {
		struct err e;
		int64_t at;

		ck_ok(parse_time(day[d], &at, &e));
		for (uint32_t i = 0; i < graph_nodes(s->graph); i++)
			allowed[d] += path_may_be_target(graph_node(s->graph, i), at);
	}
	for (int d = 1; d < 4; d++)
		ck_assert_msg(allowed[d] < allowed[d - 1], "%zu allowed on %s, %zu on %s", allowed[d - 1],
			      day[d - 1], allowed[d], day[d]);
	ck_assert_uint_gt(allowed[3],
			  0); /* pre-payment interfaces, SMETS1 and [R] certificates have no end */
}
END_TEST

static void into_one_model(struct kit_row *r, unsigned arg)
{
	(void)arg;
	r->model = "4331";
	r->firmware = r->number;
}

START_TEST(a_model_that_would_become_too_large_is_refused_at_the_import)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(import_report_free) struct import_report *report = NULL, *ok = NULL;
	OWN(snapshot_free) struct snapshot *s = NULL;
	STR(text, 1 * MIB);
	struct err e;

	kit_csv(&text, KIT_VERSION, GRAPH_MODEL_ENTRIES_MAX + 1, into_one_model, 0);
	ck_refused(kit_import(db, &text, true, &report, &e), ERR_TOO_LARGE,
		   "cpl 1234 4331 0102 would have 1001 entries; a model may have 1000");
	ck_ok(snapshot_load(db, 0, &s, &e));
	ck_assert_int_eq(s->revision, 0);
	str_clear(&text);
	kit_csv(&text, KIT_VERSION, GRAPH_MODEL_ENTRIES_MAX, into_one_model, 0);
	ck_ok(kit_import(db, &text, true, &ok, &e));
}
END_TEST

/* Seventeen full models whose entries all say `any` would have more edges than a graph takes. */
static void into_full_models(struct kit_row *r, unsigned arg)
{
	static const char *const name[] = { "0000", "0001", "0002", "0003", "0004", "0005",
					    "0006", "0007", "0008", "0009", "000A", "000B",
					    "000C", "000D", "000E", "000F", "0010" };

	(void)arg;
	r->model = name[(r->number - 1) / GRAPH_MODEL_ENTRIES_MAX];
	r->firmware = r->number;
}

START_TEST(statements_that_would_make_too_many_edges_are_refused)
{
	OWN(db_close) struct db *db = fresh_store(_i);
	OWN(import_report_free) struct import_report *report = NULL, *refused = NULL;
	OWN(snapshot_free) struct snapshot *s = NULL;
	STR(text, 8 * MIB);
	struct err e;

	kit_csv(&text, KIT_VERSION, 17 * GRAPH_MODEL_ENTRIES_MAX, into_full_models, 0);
	ck_ok(kit_import(db, &text, true, &report, &e));
	str_clear(&text);
	str_add(&text, STATEMENTS);
	for (int i = 1; i <= 17 * GRAPH_MODEL_ENTRIES_MAX; i++)
		str_addf(&text, "%06d,any,,secas,notes,2024-01-01,,,\n", i);
	ck_refused(kit_statements(db, str_c(&text), NULL, &refused, &e), ERR_TOO_LARGE, "cpl 1234 0010 0102");
	ck_ok(snapshot_load(db, 0, &s, &e));
	ck_assert_int_eq(s->revision, 1);
	ck_assert_uint_eq(graph_edges(s->graph), 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("cpl_lookup");
	TCase *tc = tcase_create("cpl_lookup");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, the_golden_numbers_are_in_the_graph);
	tcase_add_test(tc, every_entry_is_found_by_its_id_and_in_every_form_of_its_identity);
	tcase_add_test(tc, each_of_the_thirteen_twins_is_ambiguous_and_lists_its_candidates);
	tcase_add_test(tc, without_statements_nothing_is_guessed);
	tcase_add_test(tc, the_split_image_is_walked_as_two_hops);
	tcase_add_test(tc, certificates_of_the_workbook_run_out_as_time_goes_on);
	tcase_add_loop_test(tc, a_model_that_would_become_too_large_is_refused_at_the_import, 0, STORES);
	tcase_add_loop_test(tc, statements_that_would_make_too_many_edges_are_refused, 0, STORES);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return stores_run(suite());
}

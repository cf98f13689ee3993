/* SPDX-License-Identifier: Apache-2.0 */
/* Rules as text: what they expand to, and how they are refused. Graphs: tests/graphs.h. */
#include "graphs.h"
#include "testing.h"

#include "base/str.h"
#include "core/rule_text.h"

/* "2<1; 4<2 3" of what a rule gives for a graph, or "ERR column: sentence". */
static const char *reading(const char *graph, const char *rule, struct str *out)
{
	struct graph *g = graph_of(graph);
	OWN(rule_done) struct rule r;
	struct err e;

	str_clear(out);
	rule_init(&r);
	if (rule_read(g, 0, rule, &r, &e)) {
		ck_assert_int_eq(e.code, ERR_RULE);
		str_addf(out, "%d: %s", (int)e.col, e.msg);
	}
	for (size_t i = 0; i < r.v.n; i++) {
		str_addf(out, "%s%ld<", i ? "; " : "",
			 strtol(graph_node(g, r.v.v[i].node)->public_id, NULL, 10));
		for (size_t k = 0; k < r.v.v[i].nbases; k++)
			str_addf(out, "%s%ld", k ? " " : "",
				 strtol(graph_node(g, r.v.v[i].bases[k])->public_id, NULL, 10));
		ck_assert(*r.v.v[i].why);
	}
	graph_free(g);
	return str_c(out);
}

static const struct {
	const char *graph, *rule, *want;
} cases[] = {
	/* below: before both become bases of the via; what they reached directly is reached from it */
	{ "1;2;3;4;5", "below 000004 go via 000002", "2<1; 4<2" },
	{ "1;2;3;4;5;4<1 2 3;5<1 4", "below 000004 go via 000002", "2<1; 4<2 3; 5<2 4" },
	{ "1;2;3;4;5;5<any", "below 4 go via 2", "2<1; 4<2; 5<2 3 4" },
	{ "1;2;3;4;5;5<any;5<any", "BELOW 4 Go THROUGH 2 ;", "2<1; 4<2; 5<2 3 4" },
	{ "1;2;3;4;4<1", "below 3 go via 3", "3<1 2; 4<3" }, /* a floor */
	{ "1;2;3;4;5;5<1", "below 3 go via 2 then 4", "2<1; 4<2; 5<4" },
	{ "1;2;3;4;5;5<1", "below 3 go via 2, 4", "2<1; 4<2; 5<4" },
	{ "1;2;3;2<1;3<2", "below 3 go via 2", "1: it says what stands already: nothing would change" },
	{ "1;2;3", "below 3 go via 1", "12: no entry of this model lies below 000001" },
	/* from, to */
	{ "1;2;3;4;4<1 3", "from 1 to 4 only via 2", "2<1; 4<2 3" },
	{ "1;2;3;4;4<1 3", "from 1 to 4 via 2", "2<1; 4<1 2 3" },
	{ "1;2;3;4;4<1", "from 1 to 4 only via 2 then 3", "2<1; 3<2; 4<3" },
	{ "1;2;3;4;4<1", "from 1 to 4 only via 2; below 4 go via 3", "2<1; 3<1 2; 4<3" },
	{ "3;2;1;4;4<1", "from 3 to 4 via 2", "2<3; 4<1 2" }, /* a downgrade, by name */
	/* versions: as entries write them, never ordered */
	{ "1 v FF;2 v 0A;3 v 10", "below 10 go via 0a", "2<1; 3<2" },
	{ "1 v 00040800;2 v 00040A01;3 v 00050000", "below 00:05:00:00 go via 00:04:0A:01", "2<1; 3<2" },
	{ "1 v AA;2 v AA;3 v BB", "below BB go via AA",
	  "17: 'AA' is the version of several entries: 000001, 000002; write the Entry ID" },
	{ "1 v AA;2 v AA;3 v BB", "below BB go via 000002", "2<1; 3<2" },
	/* refused with the word and its column */
	{ "1;2;3", "", "1: the rule ends where 'below' or 'from' is expected" },
	{ "1;2;3", "above 2 go via 1",
	  "1: 'above' is not understood here; a rule begins with 'below' or 'from'" },
	{ "1;2;3", "below 9 go via 1", "7: '9' is neither an Entry ID nor a version of this model" },
	{ "1;2;3", "below 3 via 2", "9: 'via' is not understood here; 'go' is expected" },
	{ "1;2;3", "below 3 go viaa 2", "12: 'viaa' is not understood here; 'via' is expected" },
	{ "1;2;3", "below 3 go via", "15: the rule ends where an entry is expected" },
	{ "1;2;3", "below 3 go via 2 and 1", "18: 'and' is not understood here; ';' or the end is expected" },
	{ "1;2;3", "from 1 to 1 via 2", "11: 000001 is start and target" },
	{ "1;2;3", "from 1 to 3 via 3", "13: 000003 is already an end of the way" },
	{ "1;2;3", "from 1 to 3 via 2 then 2", "24: 000002 is named twice" },
	{ "1;2;3",
	  "below 3 go v\xC3\xAD"
	  "a 2",
	  "12: only letters, digits and signs of ASCII are understood" },
};

START_TEST(a_rule_expands_to_whole_statements_or_names_the_word_and_its_column)
{
	STR(out, 8 * KIB);

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ck_assert_msg(!strcmp(reading(cases[i].graph, cases[i].rule, &out), cases[i].want),
			      "'%s' over '%s'\n gives '%s'\n  want '%s'", cases[i].rule, cases[i].graph,
			      str_c(&out), cases[i].want);
}
END_TEST

START_TEST(a_rule_that_is_too_long_is_refused)
{
	STR(rule, 4 * KIB);
	STR(out, 8 * KIB);

	while (rule.len <= RULE_TEXT_MAX)
		str_add(&rule, "below 3 go via 2; ");
	ck_assert_ptr_nonnull(strstr(reading("1;2;3", str_c(&rule), &out), "longer than"));
}
END_TEST

int main(void)
{
	const TTest *all[] = { a_rule_expands_to_whole_statements_or_names_the_word_and_its_column,
			       a_rule_that_is_too_long_is_refused };

	return RUN_TESTS("rule", all);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of devices in the spellings people have, and what is never guessed (T11). */
#include "testing.h"

#include "base/rnd.h"
#include "core/checklist.h"
#include "core/twins.h"
#include "snapshots.h"

#define NOW "2026-11-20T09:30:00Z"

struct seen {
	const struct checklist_init *init;
	struct str rows; /* "RESULT DEVICE FROM NEXT|..." */
	struct str csv;
};

static void take(void *ctx, const struct checklist_answer *r)
{
	struct seen *s = ctx;
	const struct graph *g = s->init->snap->graph;
	STR(json, 64 * KIB);
	struct jw w = jw_start(&json);
	OWN(json_free) struct json *j = NULL;
	struct err e;

	checklist_json(s->init, r, &w);
	ck_ok(json_parse(str_c(&json), json.len, &j, &e));
	str_addf(&s->rows, "%s %s", check_result_text[r->result], r->line->field[CHECK_DEVICE]);
	if (r->result <= CHECK_NONE)
		str_addf(&s->rows, " %s", graph_node(g, r->a->q.from)->public_id);
	for (size_t i = 0; r->result == CHECK_AMBIGUOUS && i < r->a->ncandidates; i++)
		str_addf(&s->rows, " %s", graph_node(g, r->a->candidates[i])->public_id);
	if (r->result == CHECK_PATH)
		str_addf(&s->rows, ">%s", json_text(json_get(json_get(j, "next"), "entry")));
	str_addc(&s->rows, '|');
	checklist_csv(s->init, r, &s->csv);
}

/* Runs a list over the world; rows and CSV come back in s. */
static int run(const char *world, const char *text, struct seen *s, struct checklist_totals *t, struct err *e)
{
	OWN(snapshot_free) struct snapshot *snap = snapshot_of(world);
	struct path_scratch *scratch = path_scratch_new();
	struct checklist_init init = { snap, scratch, test_date(NOW), NULL };
	char *copy = strdup(text);
	int rc;

	*s = (struct seen){ .init = &init };
	str_init(&s->rows, MIB);
	str_init(&s->csv, MIB);
	rc = checklist_run(&init, copy, strlen(text), take, s, t, e);
	free(copy);
	path_scratch_free(scratch);
	return rc;
}

static const char world[] =
    "model 1; 1 v 00040800; 2 v 00040A01; 3 v 00041001; 4 v 00050000 removed; 5 v 00060000;"
    "2<1; 3<2; 5<3 4; model 2; 11 v 00040800; 12 v 00040800; 13 v 00050000; 13<11 12";

static void is(const char *text, const char *rows)
{
	struct checklist_totals t;
	struct seen s;
	struct err e;

	ck_ok(run(world, text, &s, &t, &e));
	ck_assert_str_eq(str_c(&s.rows), rows);
	str_done(&s.rows);
	str_done(&s.csv);
}

START_TEST(lists_without_a_header_are_read_as_people_write_them)
{
	is("1", "path  000001>000002|");
	is("118F:00010001:00040800\r\n\r\n", "path  000001>000002|");
	is("meter-1,118F:00010001,00:04:08:00", "path meter-1 000001>000002|");
	is("118F:00010001;40800", "path  000001>000002|");
	is("meter 1\t118F\t0001:0001\t00040800", "path meter 1 000001>000002|");
	is("m,118F,0001,0001,00040800", "path m 000001>000002|");
	is("m,118F,1,00,01,00040800", "path m 000001>000002|");
	is("m,000001", "path m 000001>000002|");
	is("m,000001,000005", "path m 000001>000002|");
	is("\"Flat 2, High St\",118F 0001 0001,0.4.8.0", "path Flat 2, High St 000001>000002|");
	is("m,118f-0001-0001,0x40800", "path m 000001>000002|");
	is("m,118F 0001 00.01,00040800", "path m 000001>000002|");
	is("m,118f-0001-0001,0y40800", "bad m|");
	is("m,000005", "already m 000005|");
	is("m,000002,000001", "none m 000002|");
}
END_TEST

START_TEST(a_header_names_the_columns_in_any_order_and_others_are_passed_over)
{
	is("Firmware Version;Postcode;Model;Manufacturer ID;Hardware Version;Serial number;Revision\n"
	   "00:04:08:00;AB1 2CD;0001;118F;00;77;01\n",
	   "path 77 000001>000002|");
	is("Device ID,CPL Entry ID\nx,3\n", "path x 000003>000005|");
	is("device,model,version,target\nx,118F:00010001,00040800,2\n", "path x 000001>000002|");
	is("device,model,version\nx,118F:00010001,\n", "bad x|");
	/* A whole identity in one column; what could be a model without its version is no Entry ID. */
	is("device,model,version\nx,000001,\ny,118F:00010001:00040800,\n",
	   "path x 000001>000002|path y 000001>000002|");
	is("device,model,version\nx,1,\n", "bad x|");
	is("device,model,version\nx,00010001,\n", "bad x|");
	is("device,maker,model,version\nx,118F,000001,\n", "bad x|");
	is("\xEF\xBB\xBF"
	   "device,entry\nx,1\n",
	   "path x 000001>000002|");
}
END_TEST

START_TEST(each_row_has_its_own_answer)
{
	struct checklist_totals t;
	struct seen s;
	struct err e;

	ck_ok(run(world,
		  "a,118F:00010001,00040800\nb,118F:00010002,00040800\nc,118F:00010001,0.4.10.1\n"
		  "d,118F:00010001,00050000\ne,118F:00010001,00099999\nf,what,is this\ng,\"open\n",
		  &s, &t, &e));
	ck_assert_str_eq(str_c(&s.rows),
			 "path a 000001>000002|ambiguous b 000011 000012|ambiguous c 000002 000003|"
			 "path d 000004>000005|unknown e|bad f|bad |");
	ck_assert_int_eq(t.rows, 7);
	ck_assert_int_eq(t.removed, 1);
	ck_assert_int_eq(t.result[CHECK_AMBIGUOUS], 2);
	str_done(&s.rows);
	str_done(&s.csv);
}
END_TEST

START_TEST(T19_the_download_runs_no_formula)
{
	struct checklist_totals t;
	struct seen s;
	struct err e;

	ck_ok(run(world, "=1+1,118F:00010001,00040800\n@x,1\n-2,+3\n", &s, &t, &e));
	ck_assert_ptr_nonnull(
	    strstr(str_c(&s.csv), "1,'=1+1,118F:00010001:00040800,000001,118F,0001,0001,00040800,path,"));
	ck_assert_ptr_nonnull(strstr(str_c(&s.csv), "\r\n2,'@x,1,"));
	ck_assert_ptr_nonnull(strstr(str_c(&s.csv), "\r\n3,'-2,'+3,"));
	str_done(&s.rows);
	str_done(&s.csv);
}
END_TEST

START_TEST(what_is_too_large_or_empty_is_said)
{
	struct checklist_totals t;
	STR(many, MIB);
	struct seen s;
	struct err e;

	ck_refused(run(world, " \n,,\n", &s, &t, &e), ERR_INVALID, "no device");
	ck_refused(run(world, "device,entry\n", &s, &t, &e), ERR_INVALID, "no device");
	for (int i = 0; i <= CHECKLIST_ROWS_MAX; i++)
		str_add(&many, "1\n");
	ck_refused(run(world, str_c(&many), &s, &t, &e), ERR_TOO_LARGE, "20000 rows");
	str_done(&s.rows);
	str_done(&s.csv);
}
END_TEST

/* How a version may be written: three texts, made from the number and not by reading. */
static void spell(uint32_t v, int how, char buf[32])
{
	unsigned a = v >> 24, b = v >> 16 & 0xff, c = v >> 8 & 0xff, d = v & 0xff;

	if (how == 0)
		snprintf(buf, 32, "%08X", v);
	else if (how == 1)
		snprintf(buf, 32, "%02x:%02x:%02x:%02x", a, b, c, d);
	else if (how == 2)
		snprintf(buf, 32, "%u.%u.%u.%u", a, b, c, d); /* decimal octets */
	else
		snprintf(buf, 32, "%X.%X.%X.%X", a, b, c, d); /* the octets' own digits */
}

START_TEST(T11_no_spelling_is_guessed_in_1000_generated_cases)
{
	struct rnd rnd = rnd_seeded(11);
	int cases = 0, ambiguous = 0;

	for (int w = 0; w < 50; w++) {
		uint32_t version[24];
		STR(text, 4 * KIB);
		struct snapshot *snap;
		struct path_scratch *scratch = path_scratch_new();

		/* Few values, so that many clash: in reading (0A and 10), and as double entries. */
		for (int i = 0; i < 24; i++) {
			static const unsigned last[] = { 0x09, 0x0A, 0x10, 0x11, 0x0B, 0x16 };

			version[i] = 0x00040000 | last[rnd_below(&rnd, 6)] << 8 | last[rnd_below(&rnd, 6)];
			if (i % 12 == 0)
				str_addf(&text, "%smodel %d", i ? "; " : "", i / 12 + 1);
			str_addf(&text, "; %d v %08X", i + 1, version[i]);
		}
		snap = snapshot_of(str_c(&text));
		for (int k = 0; k < 20; k++, cases++) {
			int of = (int)rnd_below(&rnd, 24), how = (int)rnd_below(&rnd, 4), nmeant = 0;
			uint32_t meant[24];
			struct ask ask = { .to = "latest" };
			char wanted[32], other[32], from[80];
			struct answer a;
			struct err e;

			spell(version[of], how, wanted);
			snprintf(from, sizeof from, "118F:0001%04d:%s", of / 12 + 1, wanted);
			ask.from = from;
			for (int i = of / 12 * 12; i < of / 12 * 12 + 12; i++) {
				bool fits = false;

				for (int h = 0; h < 4; h++) {
					spell(version[i], h, other);
					fits |= !strcmp(other, wanted);
				}
				if (fits)
					meant[nmeant++] = graph_find_id(snap->graph, i + 1);
			}
			ck_ok(lookup_ask(snap, &ask, test_date(NOW), scratch, &a, &e));
			if (nmeant == 1) {
				ck_assert_msg(a.result != ANSWER_AMBIGUOUS && a.q.from == meant[0], "%s",
					      from);
				continue;
			}
			ambiguous++;
			ck_assert_msg(a.result == ANSWER_AMBIGUOUS && (int)a.ncandidates == nmeant,
				      "%s: %zu candidates, not %d", from, a.ncandidates, nmeant);
			for (int i = 0; i < nmeant; i++) {
				bool found = false;

				for (size_t c = 0; c < a.ncandidates; c++)
					found |= a.candidates[c] == meant[i];
				ck_assert_msg(found, "%s lacks a candidate", from);
			}
		}
		snapshot_free(snap);
		path_scratch_free(scratch);
	}
	ck_assert_int_eq(cases, 1000);
	ck_assert_int_gt(ambiguous, 100);
}
END_TEST

START_TEST(T11_twins_of_an_entry_are_all_told_with_what_differs)
{
	OWN(snapshot_free) struct snapshot *snap = snapshot_of(world);
	OWN(json_free) struct json *j = NULL;
	const struct json *twins;
	STR(out, 64 * KIB);
	struct jw w = jw_start(&out);
	struct err e;

	jw_obj(&w);
	twins_json(snap, graph_find_id(snap->graph, 2), &w);
	jw_end(&w);
	ck_ok(json_parse(str_c(&out), out.len, &j, &e));
	ck_assert_str_eq(json_text(json_get(json_get(j, "written"), "dotted")), "0.4.10.1");
	twins = json_get(j, "twins");
	ck_assert_uint_eq(json_len(twins), 1);
	ck_assert_str_eq(json_text(json_get(json_at(twins, 0), "why")), "spelling");
	ck_assert_str_eq(json_text(json_get(json_get(json_at(twins, 0), "identity"), "entry")), "000003");
	json_free(j);
	j = NULL;
	str_clear(&out);
	w = jw_start(&out);
	jw_obj(&w);
	twins_json(snap, graph_find_id(snap->graph, 11), &w);
	jw_end(&w);
	ck_ok(json_parse(str_c(&out), out.len, &j, &e));
	twins = json_get(j, "twins");
	ck_assert_uint_eq(json_len(twins), 2);
	ck_assert_str_eq(json_text(json_get(json_at(twins, 0), "why")), "identity");
	ck_assert_str_eq(json_text(json_get(json_at(twins, 1), "why")), "version");
	ck_assert_str_eq(json_text(json_at(json_get(json_at(twins, 1), "differs"), 1)), "hardware");
}
END_TEST

int main(void)
{
	const TTest *all[] = { lists_without_a_header_are_read_as_people_write_them,
			       a_header_names_the_columns_in_any_order_and_others_are_passed_over,
			       each_row_has_its_own_answer,
			       T19_the_download_runs_no_formula,
			       what_is_too_large_or_empty_is_said,
			       T11_no_spelling_is_guessed_in_1000_generated_cases,
			       T11_twins_of_an_entry_are_all_told_with_what_differs };

	return RUN_TESTS("checklist", all);
}

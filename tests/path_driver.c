/* SPDX-License-Identifier: Apache-2.0 */
/* Answers graphs of the path oracle: one JSON object per line in, one out; the format is in
 * tests/oracle/README.md. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/vec.h"
#include "model/path.h"

static void fail(const char *what, const struct err *e)
{
	char buf[700];

	fprintf(stderr, "path_driver: %s: %s\n", what, e ? err_text(e, buf, sizeof buf) : "");
	exit(1);
}

static int64_t date_of(const struct json *j)
{
	const char *text = json_text(j);
	struct err e;
	int64_t ms;

	if (!text)
		return -1;
	if (parse_time(text, &ms, &e))
		fail("date", &e);
	return ms;
}

static int index_of(const char *word, const char *const *list)
{
	for (int i = 0; word && list[i]; i++)
		if (!strcmp(word, list[i]))
			return i;
	fail(word ? word : "a word is missing", NULL);
	return 0;
}

static int64_t id_of(const struct json *j)
{
	return json_text(j) ? strtoll(json_text(j), NULL, 10) : -1;
}

static void add_entries(struct graph_builder *b, const struct json *entries)
{
	bool known[4096] = { false };

	for (size_t i = 0; i < json_len(entries); i++) {
		const struct json *j = json_at(entries, i);
		const char *cpa = json_text(json_get(j, "cpa"));
		int64_t model = json_int(json_get(j, "model"), 0);
		char hardware[8];
		struct entry_row row = { .id = id_of(json_get(j, "id")),
					 .model_id = model,
					 .ord = id_of(json_get(j, "id")),
					 .public_id = json_text(json_get(j, "id")),
					 .version = "00000001",
					 .removed = !strcmp(json_text(json_get(j, "status")), "Removed"),
					 .cpa_kind = cpa ? *cpa : 0,
					 .cpa_until = date_of(json_get(j, "until")),
					 .descriptor = json_text(json_get(j, "descriptor")),
					 .bytes = json_int(json_get(j, "bytes"), -1),
					 .seconds = json_int(json_get(j, "seconds"), -1),
					 .restarts = json_int(json_get(j, "restarts"), -1) };

		if (model < 0 || model >= 4096)
			fail("model number", NULL);
		snprintf(hardware, sizeof hardware, "%04X", (unsigned)model);
		if (!known[model])
			graph_add_model(b, &(struct model_row){ model, "cpl", "0001", "0002", hardware });
		known[model] = true;
		graph_add_entry(b, &row);
	}
}

static void add_statements(struct graph_builder *b, const struct json *statements)
{
	VEC(int64_t) bases = { 0 };

	for (size_t i = 0; i < json_len(statements); i++) {
		const struct json *j = json_at(statements, i), *list = json_get(j, "bases");
		struct statement_row row = { .id = (int64_t)i + 1,
					     .entry_id = id_of(json_get(j, "entry")),
					     .kind = (enum statement_kind)index_of(
						 json_text(json_get(j, "kind")), statement_kind_text),
					     .author = "oracle",
					     .stated_on = -1,
					     .confirmed_on = date_of(json_get(j, "confirmed_on")) };

		bases.n = 0;
		for (size_t k = 0; k < json_len(list); k++)
			vec_push(&bases, id_of(json_at(list, k)));
		row.bases = bases.v;
		row.nbases = bases.n;
		graph_add_statement(b, &row);
	}
	vec_done(&bases);
}

static const char *public_id(const struct graph *g, uint32_t node)
{
	return node == NODE_NONE ? NULL : graph_node(g, node)->public_id;
}

/* The names of set bits in the mask, in alphabetical order. */
static void write_bits(struct jw *w, const char *const *names, unsigned bits, unsigned mask)
{
	const char *last = "";

	jw_arr(w);
	for (;;) {
		const char *next = NULL;

		for (unsigned i = 0; names[i]; i++)
			if ((bits & mask) >> i & 1 && strcmp(names[i], last) > 0 &&
			    (!next || strcmp(names[i], next) < 0))
				next = names[i];
		if (!next)
			break;
		jw_str(w, next);
		last = next;
	}
	jw_arr_end(w);
}

static void write_answer(struct jw *w, const struct graph *g, const struct path_question *q,
			 const struct path *p)
{
	static const char *const result[] = { "path", "already", "none" };

	jw_obj(w);
	jw_kstr(w, "result", result[p->result]);
	jw_kstr(w, "to", public_id(g, p->to));
	jw_key(w, "hops");
	jw_arr(w);
	for (uint32_t i = 0; i < p->nhops; i++)
		jw_str(w, public_id(g, p->nodes[i]));
	jw_arr_end(w);
	jw_kint(w, "alternatives", p->alternatives);
	jw_kstr(w, "why", p->why == WHY_NOT_ASKED ? NULL : path_why_text[p->why]);
	jw_kstr(w, "furthest", public_id(g, p->furthest));
	jw_key(w, "would_open");
	jw_arr(w);
	for (uint32_t i = 0; i < p->nobstacles; i++) {
		jw_obj(w);
		jw_kstr(w, "kind", obstacle_text[p->obstacles[i].kind]);
		jw_kstr(w, "entry", public_id(g, p->obstacles[i].entry));
		jw_kstr(w, "base", public_id(g, p->obstacles[i].base));
		jw_end(w);
	}
	jw_arr_end(w);
	jw_key(w, "warnings");
	write_bits(w, path_warning_text, p->warnings,
		   WARN_PREFER_UNKNOWN | WARN_DIFFERENT_MODEL | WARN_FRAGMENT_NOT_LAST);
	jw_key(w, "hop_warnings");
	jw_arr(w);
	for (uint32_t i = 0; i < p->nhops; i++)
		write_bits(w, hop_warning_text,
			   path_hop_warnings(g, i ? p->nodes[i - 1] : q->from, p->nodes[i], q->at),
			   HOP_DOWNGRADE | HOP_RENEWAL | HOP_REMOVED | HOP_FRAGMENT);
	jw_arr_end(w);
	jw_end(w);
}

static uint32_t node_of(const struct graph *g, const char *id)
{
	uint32_t node = graph_find_entry(g, "cpl", id);

	if (node == NODE_NONE)
		fail(id, NULL);
	return node;
}

static void answer_graph(const struct json *root, struct path_scratch *scratch, struct str *out)
{
	struct graph_builder *b = graph_builder_new();
	OWN(graph_free) struct graph *g = NULL;
	const struct json *questions = json_get(root, "questions");
	struct jw w = jw_start(out);
	struct err e;

	add_entries(b, json_get(root, "entries"));
	add_statements(b, json_get(root, "statements"));
	if (graph_build(b, &g, &e))
		fail("graph", &e);
	jw_obj(&w);
	jw_key(&w, "answers");
	jw_arr(&w);
	for (size_t i = 0; i < json_len(questions); i++) {
		const struct json *j = json_at(questions, i);
		const char *to = json_text(json_get(j, "to"));
		struct path_question q = { .from = node_of(g, json_text(json_get(j, "from"))),
					   .to = strcmp(to, "latest") ? node_of(g, to) : NODE_NONE,
					   .at = date_of(json_get(j, "at")),
					   .prefer = (enum path_prefer)index_of(
					       json_text(json_get(j, "prefer")), path_prefer_text),
					   .allow_removed = json_bool(json_get(j, "allow_removed"), false) };
		struct path p;

		path_find(g, &q, scratch, &p);
		write_answer(&w, g, &q, &p);
	}
	jw_arr_end(&w);
	jw_end(&w);
	str_addc(out, '\n');
}

int main(void)
{
	OWN(path_scratch_free) struct path_scratch *scratch = path_scratch_new();
	STR(out, 256 * MIB);
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	while ((n = getline(&line, &cap, stdin)) > 0) {
		OWN(json_free) struct json *root = NULL;
		struct err e;

		while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
			n--;
		if (json_parse(line, (size_t)n, &root, &e))
			fail("input", &e);
		str_clear(&out);
		answer_graph(root, scratch, &out);
		if (out.over || fwrite(str_c(&out), 1, out.len, stdout) != out.len || fflush(stdout))
			fail("output", NULL);
	}
	free(line);
	return 0;
}

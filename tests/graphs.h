/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Graphs for tests, written as text: items separated by ';'.
 *
 *	1            entry 000001        2 removed    4 E 2026-03-01    5 R 2026-03-01    6 hash    7 v
 *00040800 8 cost 60 100 1   (seconds, bytes, restarts)   9 say fragment 1 of 2 of 4.8.0   (to the end of the
 *item) 3<1 2        bases    3<any    3<none    3<1 on 2024-01-01    3<1 by inferred floor 2      block 3
 *block 3 from 1 2   model 7   (entries after it are of hardware 0007)
 *
 * Entries have the manufacturer 118F, the model 0001, hardware 0000 and their number as version.
 */
#ifndef FIRPATH_TESTS_GRAPHS_H
#define FIRPATH_TESTS_GRAPHS_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "model/path.h"

#define GRAPH_HASH "00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF"

struct graph_text {
	struct graph_builder *b;
	int64_t model, statements;
	bool models[256];
};

static inline int64_t test_date(const char *text)
{
	struct err e;
	int64_t ms = 0;

	ck_assert_msg(!parse_time(text, &ms, &e), "'%s' is no date", text);
	return ms;
}

static inline void graph_text_entry(struct graph_text *t, int64_t id, char *rest)
{
	char public_id[16], version[16], hardware[8], *word;
	struct entry_row row = {
		.id = id, .ord = id, .cpa_until = -1, .bytes = -1, .seconds = -1, .restarts = -1
	};

	snprintf(public_id, sizeof public_id, "%06d", (int)id);
	snprintf(version, sizeof version, "%08X", (unsigned)id);
	snprintf(hardware, sizeof hardware, "%04X", (unsigned)t->model);
	if (!t->models[t->model])
		graph_add_model(t->b, &(struct model_row){ t->model, "cpl", "118F", "0001", hardware });
	t->models[t->model] = true;
	row.model_id = t->model;
	row.public_id = public_id;
	row.version = version;
	while ((word = strsep(&rest, " "))) {
		if (!strcmp(word, "removed")) {
			row.removed = true;
		} else if (!strcmp(word, "E") || !strcmp(word, "R")) {
			row.cpa_kind = *word;
			row.cpa_until = test_date(strsep(&rest, " "));
		} else if (!strcmp(word, "hash")) {
			row.hash = GRAPH_HASH;
		} else if (!strcmp(word, "v")) {
			row.version = strsep(&rest, " ");
		} else if (!strcmp(word, "smets")) {
			row.smets = strsep(&rest, " ");
		} else if (!strcmp(word, "gbcs")) {
			row.gbcs = strsep(&rest, " ");
		} else if (!strcmp(word, "type")) {
			row.device_type = strsep(&rest, " ");
		} else if (!strcmp(word, "cost")) {
			row.seconds = strtoll(strsep(&rest, " "), NULL, 10);
			row.bytes = strtoll(strsep(&rest, " "), NULL, 10);
			row.restarts = strtoll(strsep(&rest, " "), NULL, 10);
		} else if (!strcmp(word, "say")) {
			row.descriptor = rest;
			rest = NULL;
		} else if (*word) {
			ck_abort_msg("'%s' is no property of an entry", word);
		}
	}
	graph_add_entry(t->b, &row);
}

static inline void graph_text_statement(struct graph_text *t, int64_t id, enum statement_kind kind,
					char *rest)
{
	int64_t bases[64];
	struct statement_row row = { .id = ++t->statements,
				     .entry_id = id,
				     .kind = kind,
				     .author = "a test",
				     .excerpt = kind == STATEMENT_BLOCK ? "bricks meters" : "see page 4",
				     .reference =
					 kind == STATEMENT_BLOCK ? "https://example.org/block" : NULL,
				     .stated_on = test_date("2023-06-01"),
				     .confirmed_on = -1,
				     .bases = bases };
	char *word;

	while (rest && (word = strsep(&rest, " "))) {
		if (!strcmp(word, "any"))
			row.kind = STATEMENT_ANY;
		else if (!strcmp(word, "none"))
			row.kind = STATEMENT_NONE;
		else if (!strcmp(word, "on"))
			row.confirmed_on = test_date(strsep(&rest, " "));
		else if (!strcmp(word, "by"))
			row.source = !strcmp(strsep(&rest, " "), "inferred") ? SOURCE_INFERRED : SOURCE_SECAS;
		else if (*word && strcmp(word, "from") != 0)
			bases[row.nbases++] = strtoll(word, NULL, 10);
	}
	graph_add_statement(t->b, &row);
}

/* The builder, for tests that want to see graph_build fail. */
static inline struct graph_builder *graph_text_read(const char *text)
{
	struct graph_text t = { .b = graph_builder_new() };
	char *copy = mem_strdup(text), *at = copy, *item;

	while ((item = strsep(&at, ";"))) {
		char *rest;
		long long id;

		while (*item == ' ' || *item == '\n')
			item++;
		if (!*item)
			continue;
		if (!strncmp(item, "model ", 6)) {
			t.model = strtoll(item + 6, NULL, 16);
		} else if (!strncmp(item, "floor ", 6)) {
			graph_text_statement(&t, strtoll(item + 6, NULL, 10), STATEMENT_FLOOR, NULL);
		} else if (!strncmp(item, "block ", 6)) {
			id = strtoll(item + 6, &rest, 10);
			graph_text_statement(&t, id, STATEMENT_BLOCK, rest);
		} else {
			id = strtoll(item, &rest, 10);
			ck_assert_msg(rest != item, "'%s' is no item of a graph", item);
			if (*rest == '<')
				graph_text_statement(&t, id, STATEMENT_BASES, rest + 1);
			else
				graph_text_entry(&t, id, rest);
		}
	}
	free(copy);
	return t.b;
}

static inline struct graph *graph_of(const char *text)
{
	struct graph *g = NULL;
	struct err e;

	ck_assert_msg(!graph_build(graph_text_read(text), &g, &e), "%s", e.msg);
	return g;
}

static inline uint32_t node_of(const struct graph *g, int id)
{
	char public_id[16];
	uint32_t n;

	snprintf(public_id, sizeof public_id, "%06d", id);
	n = graph_find_entry(g, "cpl", public_id);
	ck_assert_msg(n != NODE_NONE, "no entry %d", id);
	return n;
}

#endif

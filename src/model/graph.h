/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The graph of one catalogue revision: an immutable snapshot in one arena, built once from plain rows, read
 * by any number of threads without locks. Edges follow doc/path-rules.md (architecture rules 1, 2, 7). Nodes
 * of a model are neighbours in memory, ordered by position.
 */
#ifndef FIRPATH_MODEL_GRAPH_H
#define FIRPATH_MODEL_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/ident.h"

enum statement_kind {
	STATEMENT_BASES,
	STATEMENT_NONE,
	STATEMENT_ANY,
	STATEMENT_FLOOR,
	STATEMENT_BLOCK,
	STATEMENT_UNKNOWN
};
enum statement_source { SOURCE_MANUFACTURER, SOURCE_SECAS, SOURCE_SUPPLIER, SOURCE_INFERRED };
extern const char *const statement_kind_text[]; /* "bases", "none", ... in enum order, NULL-terminated */
extern const char *const statement_source_text[];

/* Input rows; all text is copied into the graph's arena. Absent dates and figures are -1. */
struct model_row {
	int64_t id;
	const char *scheme, *manufacturer, *model, *hardware;
};
struct entry_row {
	int64_t id; /* store key */
	int64_t model_id;
	int64_t ord;
	const char *public_id; /* "000123" */
	const char *version;   /* canonical text */
	bool removed;
	char cpa_kind;     /* 'E', 'R' or 0 */
	int64_t cpa_until; /* UTC ms, -1 */
	const char *hash;  /* 64 upper hex or NULL */
	const char *descriptor;
	const char *device_type, *smets,
	    *gbcs; /* as written, may be NULL; shown when identities are ambiguous */
	int64_t bytes, seconds, restarts;
};
struct statement_row {
	int64_t id;
	int64_t entry_id;
	enum statement_kind kind;
	enum statement_source source;
	const char *author, *excerpt, *reference;
	int64_t stated_on, confirmed_on;
	const int64_t *bases; /* entry ids in order as written */
	size_t nbases;
	int64_t effective_on;        /* in force since, UTC ms; 0 = not said */
	int64_t proposal_id;         /* what published it; 0 = no proposal */
	const char *name, *protects; /* of a block: what it is called, whom it protects; NULL = not said */
};

struct graph;
struct graph_builder;

struct graph_builder *graph_builder_new(void);
void graph_builder_free(struct graph_builder *b);
DEFINE_OWN(struct graph_builder, graph_builder_free)
void graph_add_model(struct graph_builder *b, const struct model_row *row); /* kept if it has entries */
void graph_add_entry(struct graph_builder *b, const struct entry_row *row);
void graph_add_statement(
    struct graph_builder *b,
    const struct statement_row *row); /* in order of arrival: later path statements replace */
/* Ceilings; beyond them ERR_TOO_LARGE, which names the model. What writes to the catalogue asks
 * store_catalog_check before it commits, so that a stored catalogue always has a graph. */
#define GRAPH_MODEL_ENTRIES_MAX 1000 /* entries of one model; the longest real one has 24 */
#define GRAPH_EDGES_MAX 8000000      /* edges in all */
/* Consumes the builder (also on failure). ERR_INTERNAL when rows refer to what is not there. */
int graph_build(struct graph_builder *b, struct graph **ret, struct err *e) MUST_USE;
void graph_free(struct graph *g);
DEFINE_OWN(struct graph, graph_free)

#define NODE_NONE UINT32_MAX

struct graph_model {
	int64_t id;
	const char *scheme, *manufacturer, *model, *hardware;
	uint32_t first, count; /* its nodes: first .. first+count-1, in position order */
};

/* A node: all that answers show about an entry. Text is in the graph's arena. */
struct graph_node {
	int64_t entry_id, ord;
	uint32_t model;        /* index into models */
	uint32_t position;     /* within the model, from 0 */
	const char *public_id; /* within its scheme */
	const char *name;      /* as answers and people name it: "000123", other schemes "ocpp:..." */
	const char *version, *hash, *descriptor, *device_type, *smets, *gbcs;
	bool removed, floor;
	const struct statement_row *block; /* the block on the entry itself, or NULL */
	char cpa_kind;
	int64_t cpa_until;
	uint8_t fragment, fragments;             /* 1 of 1 for ordinary entries */
	const char *release;                     /* canonical release text of a fragment, else NULL */
	const struct statement_row *path;        /* the standing path statement, NULL = unknown */
	const struct statement_row *const *said; /* all standing statements, in order of arrival */
	uint32_t nsaid;
	int64_t cost[3];               /* seconds, bytes, restarts; -1 unknown */
	uint32_t out_first, out_count; /* edges leaving, by target position */
	uint32_t in_first, in_count;   /* indexes (into in_edges) of edges entering, by base position */
};

struct graph_edge {
	uint32_t from, to;
	bool downgrade;
	const struct statement_row *block; /* the block on this edge, or NULL */
};

size_t graph_models(const struct graph *g);
size_t graph_nodes(const struct graph *g);
size_t graph_edges(const struct graph *g);
const struct graph_model *graph_model(const struct graph *g, uint32_t i);
const struct graph_node *graph_node(const struct graph *g, uint32_t i);
const struct graph_edge *graph_edge(const struct graph *g, uint32_t i);
const uint32_t *graph_in_edges(const struct graph *g,
			       const struct graph_node *n); /* n->in_count edge indexes */

uint32_t graph_find_entry(const struct graph *g, const char *scheme, const char *public_id); /* NODE_NONE */
uint32_t graph_find_id(const struct graph *g, int64_t entry_id);
/* The newest block on the step base -> target, or NULL; also where no statement makes that edge. */
const struct statement_row *graph_block_on(const struct graph *g, uint32_t base, uint32_t target);
/* The edge base -> target, NODE_NONE when there is none. */
uint32_t graph_find_edge(const struct graph *g, uint32_t base, uint32_t target);
/* All nodes with this CPL identity, in ord order; returns how many there are, fills up to max. */
size_t graph_find_cpl(const struct graph *g, uint64_t model_key, uint32_t firmware, uint32_t *ret,
		      size_t max);
uint32_t graph_find_model(const struct graph *g, const char *scheme, const char *manufacturer,
			  const char *model, const char *hardware); /* model index or NODE_NONE */

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Path answers as JSON: pieces of core/rendered.h, put together. */
#include <string.h>

#include "base/parse.h"
#include "core/dossier.h"
#include "core/lookup.h"
#include "core/rendered.h"
#include "core/twins.h"

const char *const answer_result_text[] = { "path", "already", "none", "ambiguous", NULL };
const char *const verdict_text[] = { "allowed", "not-direct", "forbidden", "unknown", "ambiguous", NULL };

#define PUT(out, literal) str_addn((out), (literal), sizeof(literal) - 1)

static void put_identity(const struct answer *a, uint32_t node, struct str *out)
{
	if (node == NODE_NONE)
		PUT(out, "null");
	else
		str_addn(out, a->snap->rendered->node[node].p, a->snap->rendered->node[node].identity);
}

static void put_id(const struct answer *a, uint32_t node, struct str *out)
{
	if (node == NODE_NONE)
		PUT(out, "null");
	else
		str_addn(out, a->snap->rendered->node[node].p + NODE_TEXT_ID,
			 a->snap->rendered->node[node].id);
}

/* The texts of an answer lie apart in memory: ask for all of them before the first is needed. */
static void fetch_hops(const struct answer *a)
{
	for (uint32_t i = 0; i < a->path.nhops && i < 16; i++) {
		const struct node_text *t = &a->snap->rendered->node[a->path.nodes[i]];

		for (uint32_t at = 0; at < t->identity + t->hop; at += 64)
			__builtin_prefetch(t->p + at);
	}
}

/* What follows the texts of a hop: its freshness, by enum freshness, and the name of the next member. */
#define END(text)                                                                                            \
	{                                                                                                    \
		(text), sizeof(text) - 1                                                                     \
	}
#define END_OF(word) END(word "\"},\"warnings\":")
static const struct piece hop_ends[] = { END_OF("confirmed"), END_OF("due"),      END_OF("overdue"),
					 END_OF("disputed"),  END_OF("inferred"), END(",\"warnings\":") };

static void put_hops(const struct answer *a, struct str *out)
{
	const struct rendered *r = a->snap->rendered;
	int64_t day = a->q.at - a->q.at % MS_PER_DAY;
	uint32_t base = a->q.from;
	int32_t oldest = INT32_MAX; /* DAY_NONE is older than any day */
	const struct node_text *said = NULL;
	const struct piece *end;

	PUT(out, ",\"hops\":[");
	for (uint32_t i = 0; i < a->path.nhops; i++) {
		uint32_t node = a->path.nodes[i];
		const struct node_text *t = &r->node[node];
		unsigned warnings = t->warnings;

		warnings |= base > node ? HOP_DOWNGRADE : 0; /* nodes of a model are in order of position */
		warnings |= t->renews < day ? HOP_RENEWAL : 0;
		if (i)
			PUT(out, ",{\"n\":");
		else
			PUT(out, "{\"n\":");
		str_add_i64(out, i + 1);
		PUT(out, ",\"base\":");
		put_id(a, base, out);
		PUT(out, ",");
		str_addn(out, t->p + t->identity, t->hop);
		if (t->confirmed < oldest) {
			oldest = t->confirmed;
			said = t;
		}
		end = &hop_ends[freshness_on(&t->span, day)];
		str_addn(out, end->p, end->n);
		piece_add(out, &r->hop_warnings[warnings]);
		PUT(out, "}");
		base = node;
	}
	PUT(out, "],\"alternatives\":");
	str_add_i64(out, a->path.alternatives);
	PUT(out, ",\"oldest_confirmed_on\":");
	if (said && oldest != DAY_NONE)
		str_addn(out, said->p + said->identity + said->hop, NODE_TEXT_DATE);
	else
		PUT(out, "null");
}

/* What to do about a missing path. */
static const char *next_of(const struct answer *a)
{
	if (a->path.warnings & WARN_DIFFERENT_MODEL)
		return "Start and target are different hardware: no firmware leads from one to the other.";
	if (a->path.warnings & WARN_FRAGMENT_NOT_LAST)
		return "This entry is only a part of a release: ask for the last fragment of it.";
	if (a->path.to == NODE_NONE)
		return "Nothing that may be installed can be reached: check the manufacturer's release "
		       "notes.";
	switch (a->path.why) {
	case WHY_REMOVED:
		return "The target is Removed from the list: choose a Current entry.";
	case WHY_CPA_EXPIRED:
		return "The CPA certificate of the target has expired: choose an entry whose certificate "
		       "stands.";
	case WHY_BLOCKED:
		return "The target is blocked: read the message of the block.";
	case WHY_UNKNOWN:
		return "Nobody stated how the target may be reached: check the manufacturer's release notes.";
	case WHY_NO_EDGE:
	case WHY_NOT_ASKED:
		break;
	}
	return "No stated path leads there: check the manufacturer's release notes, or go to the furthest "
	       "entry.";
}

void answer_help_json(const struct answer *a, struct jw *w)
{
	uint32_t ends[2] = { a->path.to != NODE_NONE ? a->path.to : a->q.to, a->q.from };

	if (a->result == ANSWER_AMBIGUOUS)
		dossier_help_json(a->snap, a->candidates, a->ncandidates, w);
	else
		dossier_help_json(a->snap, ends, 2, w);
}

static void put_obstacle(const struct answer *a, const struct obstacle *o, struct jw *w)
{
	const struct graph *g = a->snap->graph;
	const struct statement_row *block = NULL;

	if (o->kind == OBSTACLE_BLOCKED)
		block = graph_node(g, o->entry)->block;
	else if (o->kind == OBSTACLE_BLOCKED_EDGE)
		block = graph_block_on(g, o->base, o->entry);
	jw_obj(w);
	jw_kstr(w, "kind", obstacle_text[o->kind]);
	jw_kstr(w, "entry", graph_node(g, o->entry)->name);
	if (o->base != NODE_NONE)
		jw_kstr(w, "base", graph_node(g, o->base)->name);
	if (block) {
		jw_kstr(w, "message", block->excerpt);
		jw_kstr(w, "reference", block->reference);
		jw_kstr(w, "author", block->author);
		jw_kdate(w, "stated_on", block->stated_on);
	}
	jw_end(w);
}

static void put_none(const struct answer *a, struct str *out)
{
	struct jw w = jw_start(out);

	PUT(out, ",\"why\":");
	jw_str(&w, path_why_text[a->path.why]);
	PUT(out, ",\"furthest\":");
	put_id(a, a->path.furthest, out);
	PUT(out, ",\"would_open\":");
	w = jw_start(out);
	jw_arr(&w);
	for (uint32_t i = 0; i < a->path.nobstacles; i++)
		put_obstacle(a, &a->path.obstacles[i], &w);
	jw_arr_end(&w);
	PUT(out, ",\"next\":");
	w = jw_start(out);
	jw_str(&w, next_of(a));
	PUT(out, ",\"help\":");
	w = jw_start(out);
	answer_help_json(a, &w);
}

static void put_candidate(const struct answer *a, size_t i, struct str *out)
{
	const struct graph_node *n = graph_node(a->snap->graph, a->candidates[i]);
	const struct node_text *t = &a->snap->rendered->node[a->candidates[i]];
	struct jw w = jw_start(out);
	unsigned differ = 0;

	for (size_t k = 0; k < a->ncandidates; k++)
		differ |= entry_columns_differ(a->snap, a->candidates[i], a->candidates[k]);
	str_addn(out, t->p, t->identity - 1);
	PUT(out, ",\"hash\":");
	jw_str(&w, n->hash);
	w = jw_start(out);
	PUT(out, ",\"descriptor\":");
	jw_str(&w, n->descriptor);
	w = jw_start(out);
	PUT(out, ",\"cpa\":");
	cpa_json(n, a->q.at, &w);
	w = jw_start(out);
	PUT(out, ",\"differs\":");
	entry_columns_json(differ, &w);
	PUT(out, "}");
}

static void put_ambiguous(const struct answer *a, struct str *out)
{
	struct jw w;

	PUT(out, ",\"side\":\"");
	str_add(out, a->side);
	PUT(out, "\",\"candidates\":[");
	for (size_t i = 0; i < a->ncandidates; i++) {
		if (i)
			PUT(out, ",");
		put_candidate(a, i, out);
	}
	PUT(out, "],\"next\":\"Choose one of the candidates by its Entry ID.\",\"help\":");
	w = jw_start(out);
	answer_help_json(a, &w);
}

static void put_end(const struct answer *a, struct str *out)
{
	const struct rendered *r = a->snap->rendered;
	int64_t issued = a->snap->cpl.issued_on, age;
	char at[TIME_TEXT];
	bool more = false;

	PUT(out, ",\"warnings\":[");
	for (unsigned i = 0, bits = a->path.warnings; bits; i++, bits >>= 1) {
		if (!(bits & 1))
			continue;
		if (more)
			PUT(out, ",");
		more = true;
		PUT(out, "\"");
		str_add(out, path_warning_text[i]);
		PUT(out, "\"");
	}
	PUT(out, "]");
	piece_add(out, &r->tail);
	str_add(out, time_text(a->q.at, at));
	PUT(out, "\",\"cpl\":");
	piece_add(out, &r->cpl);
	age = a->q.at > issued ? (a->q.at - issued) / MS_PER_DAY : 0;
	if (issued < 0)
		PUT(out, "null");
	else
		str_add_i64(out, age);
	PUT(out, "},\"notice\":\"" NOTICE_TEXT "\"}\n");
}

/* Everything after the opening brace. */
static void put_body(const struct answer *a, struct str *out)
{
	uint32_t to = a->result == ANSWER_AMBIGUOUS ? NODE_NONE : a->path.to;
	uint32_t from = a->result == ANSWER_AMBIGUOUS && !strcmp(a->side, "from") ? NODE_NONE : a->q.from;

	fetch_hops(a);
	switch (a->result) {
	case ANSWER_PATH:
		PUT(out, "\"result\":\"path\",\"from\":");
		break;
	case ANSWER_ALREADY:
		PUT(out, "\"result\":\"already\",\"from\":");
		break;
	case ANSWER_NONE:
		PUT(out, "\"result\":\"none\",\"from\":");
		break;
	case ANSWER_AMBIGUOUS:
		PUT(out, "\"result\":\"ambiguous\",\"from\":");
		break;
	}
	put_identity(a, from, out);
	PUT(out, ",\"to\":");
	put_identity(a, to, out);
	put_hops(a, out);
	if (a->result == ANSWER_NONE)
		put_none(a, out);
	if (a->result == ANSWER_AMBIGUOUS)
		put_ambiguous(a, out);
	put_end(a, out);
}

void answer_json(const struct answer *a, struct str *out)
{
	PUT(out, "{");
	put_body(a, out);
}

enum verdict answer_verdict(const struct answer *a)
{
	switch (a->result) {
	case ANSWER_PATH:
		return a->path.nhops == 1 ? VERDICT_ALLOWED : VERDICT_NOT_DIRECT;
	case ANSWER_ALREADY:
		return VERDICT_ALLOWED;
	case ANSWER_NONE:
		/* between models nothing that anybody could state would open a path: not merely unknown */
		return a->path.why == WHY_UNKNOWN && !(a->path.warnings & WARN_DIFFERENT_MODEL)
			   ? VERDICT_UNKNOWN
			   : VERDICT_FORBIDDEN;
	case ANSWER_AMBIGUOUS:
		break;
	}
	return VERDICT_AMBIGUOUS;
}

static const char *reason_of(const struct answer *a)
{
	switch (a->result) {
	case ANSWER_PATH:
		return a->path.nhops == 1 ? "direct" : "hops-needed";
	case ANSWER_ALREADY:
		return "same";
	case ANSWER_NONE:
		return a->path.why == WHY_UNKNOWN && (a->path.warnings & WARN_DIFFERENT_MODEL)
			   ? "different-model"
			   : path_why_text[a->path.why];
	case ANSWER_AMBIGUOUS:
		break;
	}
	return !strcmp(a->side, "from") ? "ambiguous-from" : "ambiguous-to";
}

void answer_check_json(const struct answer *a, struct str *out)
{
	PUT(out, "{\"verdict\":\"");
	str_add(out, verdict_text[answer_verdict(a)]);
	PUT(out, "\",\"reason\":\"");
	str_add(out, reason_of(a));
	PUT(out, "\",");
	put_body(a, out);
}

int answer_http(const struct answer *a)
{
	return a->result == ANSWER_AMBIGUOUS ? 300 : 200;
}

int answer_exit(const struct answer *a)
{
	return a->result == ANSWER_AMBIGUOUS ? 5 : a->result == ANSWER_NONE ? 3 : 0;
}

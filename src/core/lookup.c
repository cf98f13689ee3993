/* SPDX-License-Identifier: Apache-2.0 */
#include "core/lookup.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "core/rendered.h"
#include "model/ident.h"

static int64_t day_start(int64_t at)
{
	int64_t r = at % MS_PER_DAY;

	return at - (r < 0 ? r + MS_PER_DAY : r);
}

int lookup_moment(const char *at, int64_t *ret, struct err *e)
{
	int64_t ms;

	if (parse_time(at, &ms, e))
		return err_at(e, "at", 0, 0);
	*ret = strlen(at) == strlen("2026-11-20") ? ms + MS_PER_DAY - 1 : ms;
	return OK;
}

static int word_index(const char *name, const char *word, const char *const *list, int *ret, struct err *e)
{
	const char *nearest;

	for (int i = 0; list[i]; i++)
		if (!strcmp(word, list[i])) {
			*ret = i;
			return OK;
		}
	nearest = parse_nearest(word, list);
	err_set(e, ERR_INVALID, "'%s' cannot be '%.40s'%s%s%s", name, word, nearest ? "; did you mean '" : "",
		nearest ? nearest : "", nearest ? "'?" : "");
	return err_at(e, name, 0, 0);
}

/* A sentence for an identity that fits nothing. */
static int not_found(const struct snapshot *s, const struct ident *id, struct err *e)
{
	const struct graph *g = s->graph;
	char m[5], t[5], h[5], f[9], name[ENTRY_NAME_SIZE];

	if (!graph_nodes(g))
		return err_set(
		    e, ERR_NOT_FOUND,
		    "the catalogue is empty; import a Central Products List or publish a release first");
	if (id->kind == IDENT_ENTRY)
		return err_set(e, ERR_NOT_FOUND, "there is no entry %s among the %zu of the catalogue",
			       ident_entry_name(id->scheme, id->public_id, name), graph_nodes(g));
	ident_cpl_text(id->model_key, m, t, h);
	ident_firmware_text(id->firmware, f);
	if (graph_find_model(g, "cpl", m, t, h) == NODE_NONE)
		return err_set(e, ERR_NOT_FOUND, "there is no model %s:%s%s in the catalogue", m, t, h);
	return err_set(e, ERR_NOT_FOUND, "the model %s:%s%s has no entry with the firmware version %s", m, t,
		       h, f);
}

static int find_ident(const struct snapshot *s, const struct ident *id, uint32_t *ret, size_t max,
		      size_t *ret_n, struct err *e)
{
	size_t n;

	if (id->kind == IDENT_ENTRY) {
		uint32_t node = graph_find_entry(s->graph, id->scheme, id->public_id);

		n = node != NODE_NONE;
		if (n && max)
			ret[0] = node;
	} else {
		n = graph_find_cpl(s->graph, id->model_key, id->firmware, ret, max);
		/* Both readings of a dotted version: who fits either is a candidate. */
		if (id->other != id->firmware)
			n += graph_find_cpl(s->graph, id->model_key, id->other, ret + (n < max ? n : max),
					    n < max ? max - n : 0);
	}
	if (!n)
		return not_found(s, id, e);
	*ret_n = n;
	return OK;
}

int lookup_nodes(const struct snapshot *s, const char *text, uint32_t *ret, size_t max, size_t *ret_n,
		 struct err *e)
{
	struct ident id;

	if (ident_parse(text, false, &id, e))
		return e->code;
	return find_ident(s, &id, ret, max, ret_n, e);
}

char *model_id_text(const struct graph_model *m, char buf[MODEL_ID_MAX])
{
	char ocpp[PUBLIC_ID_SIZE];

	if (!strcmp(m->scheme, "cpl"))
		snprintf(buf, MODEL_ID_MAX, "%s:%s%s", m->manufacturer, m->model, m->hardware);
	else if (!strcmp(m->scheme, "ocpp") && ident_ocpp_model(m->manufacturer, m->model, m->hardware, ocpp))
		snprintf(buf, MODEL_ID_MAX, "ocpp:%s", ocpp);
	else
		snprintf(buf, MODEL_ID_MAX, "%s:%s/%s/%s", m->scheme, m->manufacturer, m->model, m->hardware);
	return buf;
}

uint32_t lookup_model(const struct snapshot *s, const char *id)
{
	char text[MODEL_ID_MAX + 16], m[5], t[5], h[5];
	struct ident_ocpp p;
	struct ident ident;
	struct err e;

	/* A model of a charger is an identity that lacks its version. */
	if ((size_t)snprintf(text, sizeof text, "%s@0", id) < sizeof text &&
	    !ident_parse(text, false, &ident, &e) && !strcmp(ident.scheme, "ocpp") &&
	    ident_ocpp_parts(ident.public_id, &p))
		return graph_find_model(s->graph, "ocpp", p.vendor, p.model, p.component);
	/* A CPL model is an identity that lacks its firmware. */
	if ((size_t)snprintf(text, sizeof text, "%s:00000000", id) < sizeof text &&
	    !ident_parse(text, false, &ident, &e) && ident.kind == IDENT_CPL) {
		ident_cpl_text(ident.model_key, m, t, h);
		return graph_find_model(s->graph, "cpl", m, t, h);
	}
	for (uint32_t i = 0; i < graph_models(s->graph); i++)
		if (!strcmp(model_id_text(graph_model(s->graph, i), text), id))
			return i;
	return NODE_NONE;
}

bool cpl_is_stale(const struct cpl_info *cpl, int64_t at)
{
	int64_t day = day_start(at);

	return cpl->issued_on < 0 || cpl->issued_on < day - CPL_STALE_ISSUED_DAYS * MS_PER_DAY ||
	       cpl->checked_at < 0 || at - cpl->checked_at > CPL_STALE_CHECKED_MS;
}

static int parse_options(const struct ask *ask, struct answer *a, struct err *e)
{
	static const char *const removed_text[] = { "hop", NULL };
	int word = 0;

	a->q.at = a->today;
	if (ask->at && parse_time(ask->at, &a->q.at, e)) {
		err_wrap(e, "the parameter 'at'");
		return err_at(e, "at", 0, 0);
	}
	if (ask->prefer && word_index("prefer", ask->prefer, path_prefer_text, &word, e))
		return e->code;
	a->q.prefer = (enum path_prefer)word;
	if (ask->allow_removed && word_index("allow_removed", ask->allow_removed, removed_text, &word, e))
		return e->code;
	a->q.allow_removed = ask->allow_removed != NULL;
	return OK;
}

/* One side of the question: its node, or candidates in the answer. */
static int find_side(struct answer *a, const char *side, const struct ident *id, uint32_t *ret, struct err *e)
{
	size_t n;

	if (find_ident(a->snap, id, a->candidates, CANDIDATES_MAX, &n, e))
		return err_at(e, side, 0, 0);
	*ret = a->candidates[0];
	if (n > 1) {
		a->result = ANSWER_AMBIGUOUS;
		a->side = side;
		a->ncandidates = n < CANDIDATES_MAX ? n : CANDIDATES_MAX;
	}
	return OK;
}

/* The answer will need the texts of both ends: have them come while the path is searched. */
static void fetch_texts(const struct snapshot *s, uint32_t from, uint32_t to)
{
	const struct node_text *t = &s->rendered->node[from];

	for (uint32_t at = 0; at < t->identity; at += 64)
		__builtin_prefetch(t->p + at);
	if (to == NODE_NONE)
		return;
	t = &s->rendered->node[to];
	for (uint32_t at = 0; at < t->identity + t->hop; at += 64)
		__builtin_prefetch(t->p + at);
}

/* What the path rests on, as warnings of the whole path: lists of many answers show no more than these. */
static void freshness_warnings(struct answer *a)
{
	for (uint32_t i = 0; i < a->path.nhops; i++) {
		const struct node_text *t = &a->snap->rendered->node[a->path.nodes[i]];
		enum freshness f = freshness_on(&t->span, a->q.at);

		a->path.warnings |= f == FRESHNESS_OVERDUE ? WARN_STATEMENT_OVERDUE : 0;
		a->path.warnings |= f == FRESHNESS_DISPUTED ? WARN_STATEMENT_DISPUTED : 0;
	}
}

int lookup_ask(const struct snapshot *snap, const struct ask *ask, int64_t now, struct path_scratch *scratch,
	       struct answer *ret, struct err *e)
{
	static const int result_of[] = {
		[PATH_FOUND] = ANSWER_PATH, [PATH_ALREADY] = ANSWER_ALREADY, [PATH_NONE] = ANSWER_NONE
	};
	struct ident from, to;

	ret->snap = snap;
	ret->result = ANSWER_NONE;
	ret->side = NULL;
	ret->ncandidates = 0;
	ret->q = (struct path_question){ .from = NODE_NONE, .to = NODE_NONE };
	ret->path = (struct path){ .to = NODE_NONE, .furthest = NODE_NONE };
	ret->today = day_start(now);
	if (parse_options(ask, ret, e))
		return e->code;
	if (ident_parse(ask->from, false, &from, e))
		return err_at(e, "from", 0, 0);
	if (ident_parse(ask->to, true, &to, e))
		return err_at(e, "to", 0, 0);
	if (find_side(ret, "from", &from, &ret->q.from, e))
		return e->code;
	if (to.kind != IDENT_LATEST && ret->result != ANSWER_AMBIGUOUS &&
	    find_side(ret, "to", &to, &ret->q.to, e))
		return e->code;
	if (ret->result != ANSWER_AMBIGUOUS) {
		fetch_texts(snap, ret->q.from, ret->q.to);
		path_find(snap->graph, &ret->q, scratch, &ret->path);
		ret->result = result_of[ret->path.result];
	}
	freshness_warnings(ret);
	/* Chargers are not in the CPL. */
	if ((from.kind != IDENT_ENTRY || strcmp(from.scheme, "ocpp") != 0) &&
	    cpl_is_stale(&snap->cpl, ask->at ? ret->q.at : now))
		ret->path.warnings |= WARN_CPL_STALE;
	return OK;
}

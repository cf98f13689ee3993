/* SPDX-License-Identifier: Apache-2.0 */
#include "core/impact.h"

#include <inttypes.h>
#include <string.h>

#include "base/parse.h"
#include "core/impact_devices.h"
#include "core/lookup.h"
#include "core/proposal_content.h"
#include "model/whatif.h"
#include "store/store_catalog.h"
#include "store/store_ledger.h"

#define LIST_MAX (4 * MIB)

/* A list of the answer: what fits into it, and how many there are. */
struct list {
	struct str text;
	struct jw w;
	int64_t total;
};

static void list_init(struct list *l)
{
	memset(l, 0, sizeof *l);
	str_init(&l->text, LIST_MAX);
	l->w = jw_start(&l->text);
	jw_arr(&l->w);
}

/* Counts one; true: write it. */
static bool list_more(struct list *l)
{
	return l->total++ < IMPACT_LISTED;
}

static void list_done(struct list *l)
{
	str_done(&l->text);
}

static void list_put(struct list *l, const char *name, struct jw *w)
{
	jw_arr_end(&l->w);
	jw_key(w, name);
	jw_raw(w, str_c(&l->text), l->text.len);
}

static void list_json(struct list *l, const char *name, struct jw *w)
{
	jw_key(w, name);
	jw_obj(w);
	jw_kint(w, "total", l->total);
	list_put(l, "list", w);
	jw_end(w);
}

/* What is noted of a node whose devices are concerned. */
enum { HIT_PATH = 1, HIT_STRANDED = 2 };

struct impact {
	const struct edit *x;
	const struct content *c;
	const struct graph *before, *after; /* the models concerned */
	struct list edge[EDGE_CHANGE_KINDS], pairs, stranded, unstranded, latest, campaigns;
	int64_t pair[PAIR_CHANGE_KINDS];
	unsigned char *hit; /* arena: per node of before, how devices that run it are concerned */
	struct device_hits devices;
	int64_t walks, foreign;
};

static void impact_init(struct impact *m)
{
	for (int k = 0; k < EDGE_CHANGE_KINDS; k++)
		list_init(&m->edge[k]);
	list_init(&m->pairs);
	list_init(&m->stranded);
	list_init(&m->unstranded);
	list_init(&m->latest);
	list_init(&m->campaigns);
}

static void impact_done(struct impact *m)
{
	for (int k = 0; k < EDGE_CHANGE_KINDS; k++)
		list_done(&m->edge[k]);
	list_done(&m->pairs);
	list_done(&m->stranded);
	list_done(&m->unstranded);
	list_done(&m->latest);
	list_done(&m->campaigns);
	device_hits_done(&m->devices);
}
DEFINE_OWN_VAL(struct impact, impact_done)

static void entry_put(const struct graph *g, const char *name, uint32_t node, struct jw *w)
{
	jw_key(w, name);
	if (node == NODE_NONE)
		jw_null(w);
	else
		entry_id_json(g, graph_node(g, node)->entry_id, w);
}

/* ---- what differs, as whatif_compare tells it ---- */

static void take_edge(const struct edge_diff *d, void *ctx)
{
	struct impact *m = ctx;
	struct list *l = &m->edge[d->change];

	if (!list_more(l))
		return;
	jw_obj(&l->w);
	entry_put(m->before, "base", d->from, &l->w);
	entry_put(m->before, "entry", d->to, &l->w);
	jw_kbool(&l->w, "downgrade", d->downgrade);
	jw_end(&l->w);
}

static void hops_put(const struct graph *g, const char *name, const struct path *p, struct jw *w)
{
	jw_key(w, name);
	if (p->result != PATH_FOUND) {
		jw_null(w);
		return;
	}
	jw_arr(w);
	for (uint32_t i = 0; i < p->nhops; i++)
		entry_id_json(g, graph_node(g, p->nodes[i])->entry_id, w);
	jw_arr_end(w);
}

static void pair_put(const struct impact *m, const struct pair_diff *d, struct list *l)
{
	if (!list_more(l))
		return;
	jw_obj(&l->w);
	entry_put(m->before, "from", d->from, &l->w);
	entry_put(m->before, "to", d->to, &l->w);
	jw_kstr(&l->w, "change", pair_change_text[d->change]);
	hops_put(m->before, "before", d->before, &l->w);
	hops_put(m->after, "after", d->after, &l->w);
	jw_kstr(&l->w, "why", d->change == PAIR_VANISHES ? path_why_text[d->why] : NULL);
	jw_end(&l->w);
}

static void take_pair(const struct pair_diff *d, void *ctx)
{
	struct impact *m = ctx;

	m->pair[d->change]++;
	if (m->hit)
		m->hit[d->from] |= HIT_PATH;
	pair_put(m, d, &m->pairs);
}

static void take_latest(const struct latest_diff *d, void *ctx)
{
	struct impact *m = ctx;
	struct list *l = d->stranded ? &m->stranded : &m->unstranded;

	m->hit[d->from] |= d->stranded ? HIT_STRANDED : HIT_PATH;
	if ((d->stranded || d->unstranded) && list_more(l))
		entry_id_json(m->before, graph_node(m->before, d->from)->entry_id, &l->w);
	if (d->before == d->after || !list_more(&m->latest))
		return;
	l = &m->latest;
	jw_obj(&l->w);
	entry_put(m->before, "from", d->from, &l->w);
	entry_put(m->before, "before", d->before, &l->w);
	entry_put(m->before, "after", d->after, &l->w);
	jw_end(&l->w);
}

static void ignore_edge(const struct edge_diff *d, void *ctx)
{
	(void)d;
	(void)ctx;
}

static void ignore_latest(const struct latest_diff *d, void *ctx)
{
	(void)d;
	(void)ctx;
}

/* ---- who is concerned ---- */

static int count_devices(struct impact *m, struct err *e)
{
	for (uint32_t i = 0; i < graph_nodes(m->before); i++)
		if (m->hit[i] && device_hits_add(&m->devices, m->x->db, graph_node(m->before, i)->entry_id,
						 m->hit[i] & HIT_STRANDED, e))
			return e->code;
	return OK;
}

/* One plan of a campaign that is not over. */
struct plan_hit {
	int64_t campaign, org, plan, start, target;
	const char *name, *state; /* borrowed from the row */
	enum path_prefer prefer;
	bool allow_removed;
};

static bool same_path(const struct impact *m, const struct path *a, const struct path *b)
{
	if (a->result != b->result || a->nhops != b->nhops)
		return false;
	for (uint32_t i = 0; a->result == PATH_FOUND && i < a->nhops; i++)
		if (graph_same(m->before, a->nodes[i], m->after) != b->nodes[i])
			return false;
	return true;
}

/* Does a hop of the stored plan go? */
static int hops_vanish(const struct impact *m, int64_t plan, bool *ret, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	*ret = false;
	if (db_run(m->x->db, SQL_PLAN_HOPS, ARGS(VINT(plan)), &r, e))
		return e->code;
	for (;;) {
		uint32_t from, to, edge;

		if (rows_next(r, &got, e))
			return e->code;
		if (!got)
			return OK;
		from = graph_find_id(m->after, rows_num(r, 1));
		to = graph_find_id(m->after, rows_num(r, 2));
		edge = from == NODE_NONE || to == NODE_NONE ? NODE_NONE : graph_find_edge(m->after, from, to);
		if (edge == NODE_NONE || graph_edge(m->after, edge)->block || graph_node(m->after, to)->block)
			*ret = true;
	}
}

static int plan_judge(struct impact *m, const struct plan_hit *h, struct path_scratch *s[2],
		      bool *ret_vanishes, bool *ret_changes, struct err *e)
{
	const struct graph *g[2] = { m->before, m->after };
	struct path p[2];

	for (int i = 0; i < 2; i++) {
		struct path_question q = { .from = graph_find_id(g[i], h->start),
					   .to = h->target ? graph_find_id(g[i], h->target) : NODE_NONE,
					   .at = m->x->now,
					   .prefer = h->prefer,
					   .allow_removed = h->allow_removed,
					   .brief = true };

		path_find(g[i], &q, s[i], &p[i]);
	}
	*ret_changes = !same_path(m, &p[0], &p[1]);
	return hops_vanish(m, h->plan, ret_vanishes, e);
}

/* Counts of one campaign over its plans. */
struct campaign_hit {
	int64_t id, org, walks, vanishing, changing;
	char name[200], state[20];
};

static void campaign_put(struct impact *m, const struct campaign_hit *h)
{
	int64_t mine = principal_fleet_org(m->x->who);
	bool named = mine == 0 || (mine > 0 && mine == h->org) || may(m->x->who, ROLES_SECAS | ROLE_SSC);
	struct jw *w = &m->campaigns.w;

	if (!h->id || (!h->vanishing && !h->changing))
		return;
	m->walks += h->walks;
	if (!named) {
		m->foreign++;
		m->campaigns.total++;
		return;
	}
	if (!list_more(&m->campaigns))
		return;
	jw_obj(w);
	jw_kint(w, "campaign", h->id);
	jw_kstr(w, "name", h->name);
	jw_kstr(w, "state", h->state);
	jw_kint(w, "walks", h->walks);
	jw_kint(w, "vanishes", h->vanishing);
	jw_kint(w, "changes", h->changing);
	jw_end(w);
}

static int prefer_of(const char *text)
{
	int i = 0;

	while (path_prefer_text[i] && strcmp(path_prefer_text[i], text))
		i++;
	return path_prefer_text[i] ? i : 0;
}

static int count_plan(struct impact *m, const struct plan_hit *h, struct path_scratch *s[2],
		      struct campaign_hit *c, struct err *e)
{
	int64_t walks = 0;
	bool vanishes, changes, got;

	if (graph_find_id(m->before, h->start) == NODE_NONE)
		return OK;
	if (plan_judge(m, h, s, &vanishes, &changes, e))
		return e->code;
	if (!vanishes && !changes)
		return OK;
	if (db_one(m->x->db, SQL_IMPACT_WALKS, ARGS(VINT(h->campaign), VINT(h->plan)), &got, &walks, e))
		return e->code;
	if (!walks)
		return OK;
	c->walks += walks;
	c->vanishing += vanishes;
	c->changing += changes;
	return OK;
}

static int count_campaigns(struct impact *m, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	OWN(path_scratch_free) struct path_scratch *a = path_scratch_new();
	OWN(path_scratch_free) struct path_scratch *b = path_scratch_new();
	struct path_scratch *s[2] = { a, b };
	struct campaign_hit c = { .id = 0 };
	bool got;

	if (db_run(m->x->db, SQL_IMPACT_PLANS, NOARGS, &r, e))
		return e->code;
	for (;;) {
		struct plan_hit h;

		if (rows_next(r, &got, e))
			return e->code;
		if (!got)
			break;
		h = (struct plan_hit){ .campaign = rows_num(r, 0),
				       .name = rows_text(r, 1),
				       .state = rows_text(r, 2),
				       .prefer = (enum path_prefer)prefer_of(rows_text(r, 3)),
				       .allow_removed = rows_num(r, 4),
				       .plan = rows_num(r, 5),
				       .start = rows_num(r, 6),
				       .target = rows_num(r, 7),
				       .org = rows_num(r, 8) };
		if (h.campaign != c.id) {
			campaign_put(m, &c);
			c = (struct campaign_hit){ .id = h.campaign, .org = h.org };
			str_copy(c.name, sizeof c.name, h.name);
			str_copy(c.state, sizeof c.state, h.state);
		}
		if (count_plan(m, &h, s, &c, e))
			return e->code;
	}
	campaign_put(m, &c);
	return OK;
}

/* ---- the past ---- */

/* A correction with an earlier date: which answers would have been others on that day. */
static int past_json(struct impact *m, struct jw *w, struct err *e)
{
	struct impact past = { .x = m->x, .c = m->c };
	OWN(graph_free) struct graph *then = NULL, *before = NULL, *after = NULL;
	OWN(standing_done) struct standing_list standing;
	OWN(statement_steps_done) struct statement_steps steps = { .effective_on = m->c->effective_on };
	struct whatif_calls calls = { take_pair, ignore_edge, ignore_latest, &past };
	int64_t at = m->c->effective_on + MS_PER_DAY - 1, revision;

	standing_init(&standing);
	jw_key(w, "past");
	if (m->c->effective_on < 0 || m->c->effective_on >= m->x->now - m->x->now % MS_PER_DAY) {
		jw_null(w);
		return OK;
	}
	if (ledger_at(m->x->db, at, &revision, e) || store_catalog_graph(m->x->db, revision, &then, e))
		return err_wrap(e, "the catalogue of that date");
	standing_of_graph(&standing, then, &m->c->rows);
	if (statement_steps_make(&steps, &m->c->rows, &standing, true, e) ||
	    steps_graphs(&steps, then, &before, &after, e))
		return e->code;
	past.before = before;
	past.after = after;
	list_init(&past.pairs);
	whatif_compare(before, after, at, &calls);
	jw_obj(w);
	jw_kdate(w, "at", m->c->effective_on);
	jw_kint(w, "revision", revision);
	jw_kint(w, "total", past.pairs.total);
	list_put(&past.pairs, "list", w);
	jw_end(w);
	list_done(&past.pairs);
	return OK;
}

/* ---- the answer ---- */

static void items_json(const struct impact *m, struct jw *w)
{
	const struct statement_steps *steps = &m->c->steps;
	const struct graph *g = m->x->snap->graph;

	jw_key(w, "items");
	jw_arr(w);
	for (size_t i = 0; i < steps->v.n; i++) {
		const struct statement_step *s = &steps->v.v[i];
		struct statement_line now;
		int64_t effective;

		jw_obj(w);
		jw_kint(w, "n", (int64_t)i + 1);
		jw_kstr(w, "op", statement_op_text[s->row->op]);
		jw_kstr(w, "does", statement_does_text[s->does]);
		jw_key(w, "entry");
		entry_id_json(g, s->row->entry_id, w);
		jw_key(w, "before");
		standing_json(s->old, g, w);
		jw_key(w, "after");
		if (statement_step_now(steps, s, &now, &effective))
			statement_line_json(&now, g, effective, w);
		else
			jw_null(w);
		jw_end(w);
	}
	jw_arr_end(w);
	jw_key(w, "models");
	jw_arr(w);
	for (uint32_t i = 0; i < graph_models(m->before); i++) {
		char id[MODEL_ID_MAX];

		jw_str(w, model_id_text(graph_model(m->before, i), id));
	}
	jw_arr_end(w);
}

static void pairs_json(struct impact *m, size_t large, struct jw *w)
{
	jw_key(w, "edges");
	jw_obj(w);
	for (int k = 0; k < EDGE_CHANGE_KINDS; k++)
		list_json(&m->edge[k], edge_change_text[k], w);
	jw_end(w);
	jw_key(w, "pairs");
	jw_obj(w);
	jw_kint(w, "total", m->pairs.total);
	for (int k = 0; k < PAIR_CHANGE_KINDS; k++)
		jw_kint(w, pair_change_text[k], m->pair[k]);
	jw_kint(w, "models_too_large", (int64_t)large);
	list_put(&m->pairs, "list", w);
	jw_end(w);
	list_json(&m->stranded, "stranded", w);
	list_json(&m->unstranded, "unstranded", w);
	list_json(&m->latest, "latest", w);
}

static void level_json(const struct findings *f, const char *name, struct jw *w)
{
	static const char *const levels[] = { "error", "warning", "note" };

	jw_key(w, name);
	jw_obj(w);
	for (int i = 0; i < 3; i++)
		jw_kint(w, levels[i], f->level[i]);
	jw_end(w);
}

static void only_in(const struct findings *f, const struct findings *other, const char *name, struct jw *w)
{
	int64_t n = 0;

	jw_key(w, name);
	jw_arr(w);
	for (size_t i = 0; i < f->v.n; i++) {
		if (findings_have(other, f->v.v[i].key) || n++ >= IMPACT_LISTED)
			continue;
		jw_obj(w);
		jw_kstr(w, "code", f->v.v[i].info->code);
		jw_kstr(w, "level", f->v.v[i].info->level);
		jw_kstr(w, "title", f->v.v[i].info->title);
		jw_kstr(w, "model", f->v.v[i].model);
		jw_kstr(w, "entries", f->v.v[i].entries);
		jw_kstr(w, "next", f->v.v[i].info->next);
		jw_end(w);
	}
	jw_arr_end(w);
}

static void lint_compare_json(const struct impact *m, struct jw *w)
{
	OWN(findings_done) struct findings was = { 0 }, is = { 0 };
	struct err refused;

	findings_of(&was, m->before, m->x->now, m->c->arena);
	findings_of(&is, m->after, m->x->now, m->c->arena);
	jw_key(w, "lint");
	jw_obj(w);
	level_json(&was, "before", w);
	level_json(&is, "after", w);
	only_in(&is, &was, "new", w);
	only_in(&was, &is, "gone", w);
	jw_end(w);
	jw_key(w, "refused");
	if (findings_refuse(&was, &is, &refused))
		jw_str(w, refused.msg);
	else
		jw_null(w);
}

static void warnings_json(const struct content *c, struct jw *w)
{
	jw_key(w, "warnings");
	jw_arr(w);
	for (size_t i = 0; i < c->rows.warnings.n; i++) {
		jw_obj(w);
		jw_kint(w, "item", c->rows.warnings.v[i].line);
		jw_kstr(w, "code", c->rows.warnings.v[i].code);
		jw_kstr(w, "detail", c->rows.warnings.v[i].detail);
		jw_end(w);
	}
	jw_arr_end(w);
}

static int concerned_json(struct impact *m, struct jw *w, struct err *e)
{
	if (device_hits_json(&m->devices, m->x->db, m->x->who, IMPACT_LISTED, w, e))
		return e->code;
	jw_key(w, "campaigns");
	jw_obj(w);
	jw_kint(w, "total", m->campaigns.total);
	jw_kint(w, "walks", m->walks);
	jw_kint(w, "others", m->foreign);
	list_put(&m->campaigns, "list", w);
	jw_end(w);
	return OK;
}

int impact_json(const struct edit *x, const struct content *c, struct str *out, struct err *e)
{
	OWN(graph_free) struct graph *before = NULL, *after = NULL;
	OWN(impact_done) struct impact m = { .x = x, .c = c };
	struct whatif_calls calls = { take_pair, take_edge, take_latest, &m };
	struct jw w = jw_start(out);
	size_t large;

	impact_init(&m);
	if (content_graphs(c, x->snap->graph, &before, &after, e))
		return e->code;
	m.before = before;
	m.after = after;
	m.hit = arena_array(c->arena, graph_nodes(before) + 1, 1);
	large = whatif_compare(before, after, x->now, &calls);
	if (count_devices(&m, e) || count_campaigns(&m, e))
		return e->code;
	jw_obj(&w);
	jw_kint(&w, "revision", x->snap->revision);
	jw_kbool(&w, "changes", content_changes(c));
	items_json(&m, &w);
	pairs_json(&m, large, &w);
	if (concerned_json(&m, &w, e))
		return e->code;
	lint_compare_json(&m, &w);
	if (past_json(&m, &w, e))
		return e->code;
	if (c->dossier.n) {
		jw_key(&w, "dossier");
		jw_arr(&w);
		content_dossier_canonical(c, &w);
		jw_arr_end(&w);
	}
	warnings_json(c, &w);
	jw_end(&w);
	str_addc(out, '\n');
	return out->over ? err_set(e, ERR_TOO_LARGE, "the impact is too large to be told") : OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "core/fleet_report.h"

#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/vec.h"
#include "core/lookup.h"
#include "model/cpl_rules.h"
#include "model/path.h"
#include "store/store_fleet.h"

#define IDENTITIES_MAX                                                                                       \
	20000 /* that the catalogue does not know; more are counted without saying what they are */

const char *const report_group_text[BY_GROUPS + 1] = { "model",  "firmware",     "class",
						       "status", "organisation", NULL };

#define COLUMN(member, text)                                                                                 \
	{                                                                                                    \
#member, text, offsetof(struct report_counts, member)                                        \
	}
const struct report_column report_columns[] = {
	COLUMN(devices, "All of them."),
	COLUMN(latest, "They run the newest that is allowed."),
	COLUMN(behind, "There is a way to it."),
	COLUMN(one_hop, "... in one hop."),
	COLUMN(two_hops, "... in two hops."),
	COLUMN(more_hops, "... in more hops."),
	COLUMN(path_unknown, "Nobody has stated how it is reached."),
	COLUMN(no_path, "No stated way leads there."),
	COLUMN(no_entry, "It is not known which entry they run."),
	COLUMN(not_reported, "... they have not said."),
	COLUMN(unknown, "... the catalogue does not know it."),
	COLUMN(ambiguous, "... several entries fit."),
	COLUMN(hash_differs, "... the version is known, the software is another."),
	COLUMN(removed, "They run a Removed entry."),
	COLUMN(cpa_expiring, "The CPA certificate of what they run ends soon."),
	COLUMN(cpa_expired, "It has ended."),
	COLUMN(cpa_renewal, "The renewal of a lifetime certificate is overdue."),
	{ NULL, NULL, 0 },
};
#undef COLUMN

/* What is known of a node that devices run; found once. */
struct place {
	bool known;
	const char *path; /* word of the status */
	int64_t hops;
	uint32_t newest, reachable;
	struct report_counts one; /* of one device */
};

struct making {
	struct fleet_report *r;
	const struct snapshot *s;
	const struct report_ask *ask;
	struct db *db;
	int64_t sees;
	struct path_scratch *scratch; /* owned */
	struct place *places;         /* owned: per node */
	VEC(struct report_line) v;
	/* Devices without an entry, as the first query counts them and the second one finds them again. */
	struct report_counts nameless;
};

static void making_done(struct making *m)
{
	path_scratch_free(m->scratch);
	free(m->places);
	vec_done(&m->v);
}
DEFINE_OWN_VAL(struct making, making_done)

void fleet_report_free(struct fleet_report *r)
{
	if (!r)
		return;
	arena_free(r->arena);
	free(r->lines);
	free(r);
}

/* ---- what one entry means ---- */

static const char *class_of(const struct snapshot *s, uint32_t node, const char *scheme)
{
	if (node == NODE_NONE)
		return !scheme || !strcmp(scheme, "cpl") ? "unknown" : scheme;
	scheme = graph_model(s->graph, graph_node(s->graph, node)->model)->scheme;
	if (strcmp(scheme, "cpl") != 0)
		return scheme;
	switch (cpl_type_find(graph_node(s->graph, node)->device_type)) {
	case CPL_TYPE_CH:
		return "CHF";
	case CPL_TYPE_GSME:
		return "GSME";
	case CPL_TYPE_HCALCS:
		return "HCALCS";
	case CPL_TYPE_PPMID:
		return "PPMID";
	case CPL_TYPE_POLYPHASE:
	case CPL_TYPE_SINGLE:
	case CPL_TYPE_TWIN:
		return "ESME";
	case CPL_TYPES:
		break;
	}
	return "unknown";
}

static void cpa_count(const struct graph_node *n, int64_t today, int64_t days, struct report_counts *one)
{
	if (n->cpa_until < 0 || !n->cpa_kind)
		return;
	if (n->cpa_until < today) {
		one->cpa_expired = n->cpa_kind == 'E';
		one->cpa_renewal = n->cpa_kind != 'E';
	} else {
		one->cpa_expiring = n->cpa_until < today + days * MS_PER_DAY;
	}
}

/* The newest of its model that anything may be moved to, in the order of the catalogue. */
static uint32_t newest_of(const struct making *m, uint32_t model)
{
	const struct graph_model *of = graph_model(m->s->graph, model);

	for (uint32_t i = of->first + of->count; i > of->first; i--)
		if (path_may_be_target(graph_node(m->s->graph, i - 1), m->r->today))
			return i - 1;
	return NODE_NONE;
}

static void path_ask(struct making *m, uint32_t from, uint32_t to, struct path *ret)
{
	const struct path_question q = {
		.from = from, .to = to, .at = m->r->today, .prefer = PREFER_HOPS, .brief = true
	};

	path_find(m->s->graph, &q, m->scratch, ret);
}

/* "latest" of the path question is what can be reached from there; the distance is to what should be. */
static void path_count(struct making *m, uint32_t node, struct place *p)
{
	struct path path = { .result = PATH_NONE, .why = WHY_NO_EDGE };
	struct path best = { .result = PATH_NONE };

	p->newest = newest_of(m, graph_node(m->s->graph, node)->model);
	p->reachable = p->newest;
	p->hops = -1;
	if (p->newest != NODE_NONE)
		path_ask(m, node, p->newest, &path);
	if (path.result == PATH_ALREADY) {
		p->hops = 0;
		p->one.latest = 1;
		p->path = "latest";
	} else if (path.result == PATH_FOUND) {
		p->hops = path.nhops;
		p->one.behind = 1;
		p->one.one_hop = path.nhops == 1;
		p->one.two_hops = path.nhops == 2;
		p->one.more_hops = path.nhops > 2;
		p->path = path.nhops == 1 ? "one-hop" : path.nhops == 2 ? "two-hops" : "more-hops";
	} else {
		p->one.path_unknown = path.why == WHY_UNKNOWN;
		p->one.no_path = path.why != WHY_UNKNOWN;
		p->path = path.why == WHY_UNKNOWN ? "path-unknown" : "no-path";
		path_ask(m, node, NODE_NONE, &best);
		p->reachable = best.result == PATH_FOUND ? best.to : NODE_NONE;
	}
}

static const struct place *place_of(struct making *m, uint32_t node)
{
	const struct graph_node *n = graph_node(m->s->graph, node);
	struct place *p = &m->places[node];

	if (p->known)
		return p;
	p->known = true;
	p->one.devices = 1;
	p->one.removed = n->removed;
	cpa_count(n, m->r->today, m->r->days, &p->one);
	path_count(m, node, p);
	return p;
}

/* ---- lines ---- */

static int64_t *count_at(struct report_counts *n, size_t column)
{
	return (int64_t *)(void *)((char *)n + report_columns[column].offset);
}

static void counts_add(struct report_counts *to, const struct report_counts *one, int64_t times)
{
	for (size_t i = 0; report_columns[i].name; i++)
		*count_at(to, i) += *count_at((struct report_counts *)(uintptr_t)one, i) * times;
}

static const char *keep(struct making *m, const char *text)
{
	return text ? arena_strdup(m->r->arena, text) : NULL;
}

static const char *entry_keep(struct making *m, uint32_t node)
{
	return node == NODE_NONE ? NULL : keep(m, graph_node(m->s->graph, node)->name);
}

/* What a line of devices with an entry says, as its group wants it. */
static void node_say(struct making *m, uint32_t node, const struct place *p, struct report_line *l)
{
	const struct graph_node *n = graph_node(m->s->graph, node);
	char id[MODEL_ID_MAX];

	l->cls = keep(m, class_of(m->s, node, NULL)); /* the lines outlive the snapshot */
	l->path = p->path;
	if (m->r->group != BY_MODEL && m->r->group != BY_FIRMWARE)
		return;
	l->model = keep(m, model_id_text(graph_model(m->s->graph, n->model), id));
	l->catalogued = true;
	if (m->r->group == BY_MODEL)
		return;
	l->version = keep(m, n->version);
	l->entry = keep(m, n->name);
	l->status = n->removed ? "Removed" : "Current";
	l->hops = p->hops;
	l->newest = entry_keep(m, p->newest);
	l->reachable = entry_keep(m, p->reachable);
	l->cpa_until = n->cpa_kind ? n->cpa_until : -1;
}

static const char *why_word(const char *why)
{
	return !strcmp(why, "unknown") ? "unknown-firmware" : why;
}

static void why_count(const char *why, struct report_counts *one)
{
	*one = (struct report_counts){ .devices = 1, .no_entry = 1 };
	if (!strcmp(why, "not-reported"))
		one->not_reported = 1;
	else if (!strcmp(why, "ambiguous"))
		one->ambiguous = 1;
	else if (!strcmp(why, "hash-differs"))
		one->hash_differs = 1;
	else
		one->unknown = 1;
}

/* The key that its group sorts and merges by. Models of two schemes may look the same, entries do not. */
static void key_make(struct making *m, struct report_line *l)
{
	STR(key, KIB);

	switch (m->r->group) {
	case BY_MODEL:
		str_add(&key, l->model ? l->model : "unknown");
		break;
	case BY_FIRMWARE:
		str_addf(&key, "%s %s %s", l->model ? l->model : "unknown",
			 l->version ? l->version : "unknown", l->entry ? l->entry : l->path);
		break;
	case BY_CLASS:
		str_add(&key, l->cls);
		break;
	case BY_STATUS:
		str_add(&key, l->path);
		break;
	case BY_ORGANISATION:
	case BY_GROUPS:
		str_add(&key, l->organisation ? l->organisation : "-");
		break;
	}
	l->key = keep(m, str_c(&key));
}

static bool wanted(const struct making *m, const struct report_line *l, const char *adapter)
{
	return (!m->ask->adapter || !strcmp(adapter, m->ask->adapter)) &&
	       (!m->ask->cls || !strcmp(l->cls, m->ask->cls));
}

static void line_add(struct making *m, struct report_line *l, const struct report_counts *one, int64_t times)
{
	if (times <= 0)
		return;
	counts_add(&m->r->total, one, times);
	counts_add(&l->n, one, times);
	key_make(m, l);
	if (m->r->group != BY_FIRMWARE)
		l->path = m->r->group == BY_STATUS ? l->path : NULL;
	if (m->r->group != BY_MODEL && m->r->group != BY_FIRMWARE)
		l->cls = m->r->group == BY_CLASS ? l->cls : NULL;
	vec_push(&m->v, *l);
}

/* ---- reading ---- */

static int org_say(struct making *m, int64_t org, struct report_line *l, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	l->organisation = NULL;
	if (m->r->group != BY_ORGANISATION || !org)
		return OK;
	if (db_run(m->db, SQL_ORG_GET, ARGS(VINT(org)), &r, e) || rows_next(r, &got, e))
		return (int)e->code;
	l->organisation = keep(m, got ? rows_text(r, 1) : "?");
	return OK;
}

static bool of_sight(const struct making *m, int64_t org)
{
	return m->sees != SEES_UNOWNED || org == 0;
}

static int entries_read(struct making *m, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (m->sees > 0 ? db_run(m->db, SQL_REPORT_OWN, ARGS(VINT(m->sees)), &r, e)
			: db_run(m->db, SQL_REPORT_ALL, NOARGS, &r, e))
		return (int)e->code;
	for (;;) {
		struct report_line l = { .hops = -1, .cpa_until = -1 };
		const struct place *p;
		int64_t org;
		uint32_t node;

		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got)
			return OK;
		org = rows_num(r, 0);
		node = rows_num(r, 1) ? graph_find_id(m->s->graph, rows_num(r, 1)) : NODE_NONE;
		if (!of_sight(m, org))
			continue;
		if (node == NODE_NONE) { /* those without an entry come from the other index */
			struct report_counts one;

			why_count(rows_num(r, 1) ? "unknown" : rows_text(r, 3), &one);
			l.cls = "unknown";
			if (!m->ask->adapter || !strcmp(rows_text(r, 2), m->ask->adapter))
				counts_add(&m->nameless, &one, rows_num(r, 4));
			continue;
		}
		p = place_of(m, node);
		node_say(m, node, p, &l);
		if (!wanted(m, &l, rows_text(r, 2)))
			continue;
		if (org_say(m, org, &l, e))
			return (int)e->code;
		line_add(m, &l, &p->one, rows_num(r, 4));
	}
}

/* An identity that no entry has: its model is perhaps known, and of which class it is. */
static void identity_say(struct making *m, const struct rows *r, struct report_line *l)
{
	const char *scheme = rows_text(r, 3), *maker = rows_text(r, 4), *model = rows_text(r, 5),
		   *hardware = rows_text(r, 6);
	struct graph_model as = {
		.scheme = scheme, .manufacturer = maker, .model = model, .hardware = hardware
	};
	uint32_t i = maker && model && hardware
			 ? graph_find_model(m->s->graph, scheme, maker, model, hardware)
			 : NODE_NONE;
	char id[MODEL_ID_MAX];

	l->cls = class_of(m->s, i == NODE_NONE ? NODE_NONE : graph_model(m->s->graph, i)->first, scheme);
	l->path = why_word(rows_text(r, 2));
	l->path = keep(m, l->path);
	l->cls = keep(m, l->cls);
	if (maker && model && hardware && (m->r->group == BY_MODEL || m->r->group == BY_FIRMWARE))
		l->model = keep(m, model_id_text(&as, id));
	l->catalogued = l->model && i != NODE_NONE;
	if (m->r->group == BY_FIRMWARE)
		l->version = keep(m, rows_text(r, 7));
}

static int unknown_read(struct making *m, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;

	if (m->sees > 0
		? db_run(m->db, SQL_REPORT_UNKNOWN_OWN, ARGS(VINT(m->sees), VINT(IDENTITIES_MAX)), &r, e)
		: db_run(m->db, SQL_REPORT_UNKNOWN_ALL, ARGS(VINT(IDENTITIES_MAX)), &r, e))
		return (int)e->code;
	for (;;) {
		struct report_line l = { .hops = -1, .cpa_until = -1 };
		struct report_counts one;

		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got)
			return OK;
		if (!of_sight(m, rows_num(r, 0)))
			continue;
		why_count(rows_text(r, 2), &one);
		if (!m->ask->adapter || !strcmp(rows_text(r, 1), m->ask->adapter))
			counts_add(&m->nameless, &one, -rows_num(r, 8));
		identity_say(m, r, &l);
		if (!wanted(m, &l, rows_text(r, 1)))
			continue;
		if (org_say(m, rows_num(r, 0), &l, e))
			return (int)e->code;
		line_add(m, &l, &one, rows_num(r, 8));
	}
}

/* More identities than are read, or entries that this revision does not have yet. */
static void nameless_add(struct making *m)
{
	static const char *const why[] = { "not-reported", "ambiguous", "hash-differs", "unknown" };
	const int64_t n[] = { m->nameless.not_reported, m->nameless.ambiguous, m->nameless.hash_differs,
			      m->nameless.unknown };

	if (m->ask->cls && strcmp(m->ask->cls, "unknown") != 0)
		return;
	for (size_t i = 0; i < sizeof n / sizeof *n; i++) {
		struct report_line l = {
			.hops = -1, .cpa_until = -1, .cls = "unknown", .path = why_word(why[i])
		};
		struct report_counts one;

		why_count(why[i], &one);
		line_add(m, &l, &one, n[i]);
	}
}

/* ---- putting together ---- */

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct report_line *)a)->key, ((const struct report_line *)b)->key);
}

static int by_devices(const void *a, const void *b)
{
	const struct report_line *x = a, *y = b;

	if (x->n.devices != y->n.devices)
		return x->n.devices < y->n.devices ? 1 : -1;
	return strcmp(x->key, y->key);
}

static void lines_merge(struct making *m)
{
	struct fleet_report *r = m->r;
	size_t n = 0;

	if (m->v.n)
		qsort(m->v.v, m->v.n, sizeof *m->v.v, by_key);
	for (size_t i = 0; i < m->v.n; i++) {
		if (n && !strcmp(m->v.v[n - 1].key, m->v.v[i].key)) {
			/* The class of a model is said by whichever of its firmware is known. */
			if (m->v.v[n - 1].cls && !strcmp(m->v.v[n - 1].cls, "unknown"))
				m->v.v[n - 1].cls = m->v.v[i].cls;
			counts_add(&m->v.v[n - 1].n, &m->v.v[i].n, 1);
		} else {
			m->v.v[n++] = m->v.v[i];
		}
	}
	if (n)
		qsort(m->v.v, n, sizeof *m->v.v, by_devices);
	r->n = n < REPORT_LINES_MAX ? n : REPORT_LINES_MAX;
	r->left_out = (int64_t)(n - r->n);
	r->lines = m->v.v;
	m->v.v = NULL;
	m->v.n = m->v.cap = 0;
}

static int ask_check(const struct report_ask *ask, enum report_group *ret, struct err *e)
{
	int g = 0;

	while (ask->group && report_group_text[g] && strcmp(report_group_text[g], ask->group) != 0)
		g++;
	if (g == BY_GROUPS)
		return err_set(e, ERR_INVALID,
			       "the group is model, firmware, class, status or organisation, not '%.40s'",
			       ask->group);
	if (ask->days < 0 || ask->days > REPORT_DAYS_MAX)
		return err_set(e, ERR_INVALID, "the days are 0 to %d", REPORT_DAYS_MAX);
	*ret = (enum report_group)g;
	return OK;
}

int fleet_report_make(struct db *db, struct scope scope, const struct snapshot *s,
		      const struct report_ask *ask, struct fleet_report **ret, struct err *e)
{
	OWN(fleet_report_free) struct fleet_report *r = mem_zalloc(sizeof *r);
	OWN(making_done) struct making m = { .r = r, .s = s, .ask = ask, .db = db, .sees = scope.sees };
	TX(tx);

	if (ask_check(ask, &r->group, e))
		return (int)e->code;
	r->arena = arena_new();
	r->days = ask->days;
	r->revision = s->revision;
	r->revision_at = s->revision_at;
	r->today = ask->now - ask->now % MS_PER_DAY;
	m.scratch = path_scratch_new();
	m.places = mem_array(graph_nodes(s->graph) + 1, sizeof *m.places);
	/* Both queries see the same fleet. */
	if (scope.sees != SEES_NOTHING &&
	    (tx_begin(&tx, db, false, e) || entries_read(&m, e) || unknown_read(&m, e)))
		return err_wrap(e, "counting the fleet");
	nameless_add(&m);
	lines_merge(&m);
	*ret = MOVE(r);
	return OK;
}

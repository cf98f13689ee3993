/* SPDX-License-Identifier: Apache-2.0 */
/* The order over the components of a station as people see it; declared in core/station_plan.h. */
#include <stdio.h>
#include <string.h>

#include "core/fleet.h"
#include "core/release_set.h"
#include "core/station_plan.h"
#include "store/store_station.h"

static const char *version_of(const struct snapshot *s, uint32_t node)
{
	return node == NODE_NONE ? NULL : graph_node(s->graph, node)->version;
}

void station_plan_json(const struct station_plan_ask *q, const struct station_plan *p, struct jw *w)
{
	uint32_t state[PARTS_MAX];

	for (int i = 0; i < q->n; i++)
		state[i] = q->part[i].now;
	jw_obj(w);
	jw_kstr(w, "result", parts_result_text[p->result]);
	jw_kstr(w, "why", *p->why ? p->why : NULL);
	jw_key(w, "steps");
	jw_arr(w);
	for (size_t n = 0; n < p->nsteps; n++) {
		const struct station_step *step = &p->step[n];

		jw_obj(w);
		jw_kint(w, "n", (int64_t)n + 1);
		jw_key(w, "moves");
		jw_arr(w);
		for (int k = 0; k < step->n; k++) {
			jw_obj(w);
			jw_kstr(w, "component", q->part[step->part[k]].component);
			jw_kstr(w, "from", version_of(q->s, state[step->part[k]]));
			jw_kstr(w, "to", version_of(q->s, step->to[k]));
			jw_end(w);
			state[step->part[k]] = step->to[k];
		}
		jw_arr_end(w);
		/* Names come from stations: a list, because as members they would need escaping. */
		jw_key(w, "state");
		jw_arr(w);
		for (int i = 0; i < q->n; i++) {
			jw_obj(w);
			jw_kstr(w, "component", q->part[i].component);
			jw_kstr(w, "version", version_of(q->s, state[i]));
			jw_end(w);
		}
		jw_arr_end(w);
		jw_end(w);
	}
	jw_arr_end(w);
	jw_end(w);
}

/* What is asked, with room for its names. */
struct asked {
	struct station_plan_part part[PARTS_MAX];
	char name[PARTS_MAX][IDENT_PART_SIZE];
	int n;
};

static int add(struct asked *a, const struct snapshot *s, const struct set_info *set, const char *component,
	       const char *version, struct err *e)
{
	struct station_plan_part *to = &a->part[a->n];
	char id[PUBLIC_ID_SIZE];

	if (a->n == PARTS_MAX)
		return err_set(e, ERR_TOO_LARGE, "more than %d components cannot be ordered", PARTS_MAX);
	if (!str_copy(a->name[a->n], sizeof a->name[a->n], component))
		return err_set(e, ERR_JSON_FIELD, "the name of a component has at most %d bytes",
			       IDENT_OCPP_PART_MAX);
	*to = (struct station_plan_part){ a->name[a->n], NODE_NONE, NODE_NONE, false };
	if (version && ident_ocpp_text(set->vendor, set->model, component, version, id))
		to->now = graph_find_entry(s->graph, "ocpp", id);
	for (int i = 0; i < set->n; i++)
		if (!strcmp(set->part[i].component, component)) {
			to->target = graph_find_id(s->graph, set->part[i].entry_id);
			to->may_move = true;
		}
	a->n++;
	return OK;
}

static int of_station(const struct release_ctx *c, const struct snapshot *s, const struct set_info *set,
		      const char *identity, struct asked *a, struct err *e)
{
	OWN(rows_done) struct rows *rows = NULL;
	struct store_component row;
	struct store_station st;
	bool got;

	if (store_station_get(c->db, scope_read(c->by).sees, identity, &got, &st, e))
		return (int)e->code;
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "there is no station '%.48s'", identity);
	if (strcmp(st.vendor, set->vendor) != 0 || strcmp(st.model, set->model) != 0)
		return err_set(e, ERR_RELEASE, "the station is a %s %s, the set is for %s %s", st.vendor,
			       st.model, set->vendor, set->model);
	if (store_component_now(c->db, st.site_id, &rows, e))
		return (int)e->code;
	for (;;) {
		if (store_component_next(rows, &row, &got, e))
			return (int)e->code;
		if (!got)
			return OK;
		if (add(a, s, set, row.name, row.version, e))
			return (int)e->code;
	}
}

static int of_state(const struct snapshot *s, const struct set_info *set, const struct json *state,
		    struct asked *a, struct err *e)
{
	const struct json *v;
	const char *name;

	for (size_t i = 0; (name = json_member(state, i, &v)) != NULL; i++)
		if (!json_text(v))
			return err_set(e, ERR_JSON_FIELD, "the version of '%.50s' must be a text", name);
		else if (add(a, s, set, name, json_text(v), e))
			return (int)e->code;
	return OK;
}

/* Every component of the set must be there: what is not there cannot be moved. */
static int all_there(const struct set_info *set, const struct asked *a, struct err *e)
{
	for (int i = 0; i < set->n; i++) {
		bool found = false;

		for (int k = 0; k < a->n; k++)
			found = found || !strcmp(a->name[k], set->part[i].component);
		if (!found)
			return err_set(e, ERR_RELEASE, "there is no component '%s', which the set has",
				       set->part[i].component);
	}
	return OK;
}

int set_plan_json(const struct release_ctx *c, const struct snapshot *s, const char *name,
		  const struct json *body, struct str *out, struct err *e)
{
	static const char *const names[] = { "station", "state", "groups", "alone", NULL };
	OWN(release_needs_done) struct release_needs needs = { .need = NULL };
	OWN(station_plan_done) struct station_plan plan = { .step = NULL };
	const struct json *station = json_get(body, "station"), *state = json_get(body, "state");
	struct station_plan_ask q = { .s = s,
				      .needs = &needs,
				      .groups = json_bool(json_get(body, "groups"), true),
				      .alone = json_bool(json_get(body, "alone"), false),
				      .at = c->who->now };
	struct jw w = jw_start(out);
	struct asked a = { .n = 0 };
	struct set_info set;

	if (json_kind(body) != JSON_OBJECT || !station == !state || (station && !json_text(station)) ||
	    (state && json_kind(state) != JSON_OBJECT))
		return err_set(e, ERR_JSON_FIELD,
			       "either 'station' (an identity) or 'state' (component: version) is needed");
	if (json_only(body, names, "", e) || set_load(c->db, name, 0, &set, e) ||
	    (station ? of_station(c, s, &set, json_text(station), &a, e) : of_state(s, &set, state, &a, e)) ||
	    all_there(&set, &a, e) || release_needs(c->db, s, set.vendor, set.model, &needs, e))
		return (int)e->code;
	q.part = a.part;
	q.n = a.n;
	if (station_plan(&q, &plan, e))
		return (int)e->code;
	station_plan_json(&q, &plan, &w);
	str_addc(out, '\n');
	return OK;
}

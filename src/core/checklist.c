/* SPDX-License-Identifier: Apache-2.0 */
#include "core/checklist.h"

#include <string.h>

#include "base/parse.h"
#include "core/dossier.h"
#include "core/export.h"
#include "model/ident.h"

const char *const check_result_text[] = { "path", "already", "none", "ambiguous", "unknown", "bad", NULL };

static void judge(const struct checklist_init *init, struct checklist_answer *r, struct answer *a,
		  struct err *e)
{
	struct ask ask = { .from = r->line->written, .to = r->to };

	if (lookup_ask(init->snap, &ask, init->now, init->scratch, a, e)) {
		r->result = e->code == ERR_NOT_FOUND ? CHECK_UNKNOWN : CHECK_BAD;
		r->e = e;
		return;
	}
	r->a = a;
	r->result = a->result == ANSWER_PATH        ? CHECK_PATH
		    : a->result == ANSWER_ALREADY   ? CHECK_ALREADY
		    : a->result == ANSWER_AMBIGUOUS ? CHECK_AMBIGUOUS
						    : CHECK_NONE;
	r->removed = a->result != ANSWER_AMBIGUOUS && graph_node(init->snap->graph, a->q.from)->removed;
}

int checklist_run(const struct checklist_init *init, char *text, size_t n, checklist_take *take, void *ctx,
		  struct checklist_totals *ret, struct err *e)
{
	struct checklist_totals totals = { .rows = 0 };
	struct checklist_reader reader;
	struct checklist_line line;
	struct err bad;

	checklist_start(&reader, text, n);
	while (checklist_next(&reader, &line, &bad)) {
		struct checklist_answer r = { .line = &line, .result = CHECK_BAD };
		struct answer a;

		if (++totals.rows > CHECKLIST_ROWS_MAX)
			return err_set(e, ERR_TOO_LARGE, "the list has more than %d rows; check it in parts",
				       CHECKLIST_ROWS_MAX);
		r.to = *line.field[CHECK_TO] ? line.field[CHECK_TO] : init->to ? init->to : "latest";
		if (bad.code)
			r.e = &bad;
		else
			judge(init, &r, &a, &bad);
		totals.result[r.result]++;
		totals.removed += r.removed;
		take(ctx, &r);
	}
	if (!totals.rows)
		return err_set(e, ERR_INVALID, "there is no device in the list");
	*ret = totals;
	return OK;
}

/* ---- showing ---- */

static uint32_t from_of(const struct checklist_answer *r)
{
	return r->a && r->a->result != ANSWER_AMBIGUOUS ? r->a->q.from : NODE_NONE;
}

static uint32_t next_of(const struct checklist_answer *r)
{
	return r->result == CHECK_PATH && r->a->path.nhops ? r->a->path.nodes[0] : NODE_NONE;
}

static const char *id_of(const struct checklist_init *init, uint32_t node)
{
	return node == NODE_NONE ? "" : graph_node(init->snap->graph, node)->name;
}

/* Whom to ask: about what it runs, else about all that it may be. */
static const struct contact *contact_of(const struct checklist_init *init, const struct checklist_answer *r)
{
	uint32_t node = from_of(r);

	if (node == NODE_NONE && r->result == CHECK_AMBIGUOUS && r->a->ncandidates)
		node = r->a->candidates[0];
	return node == NODE_NONE ? NULL : dossier_contact(init->snap, node);
}

static void add(struct str *out, const char *text)
{
	csv_field(out, text);
	str_addc(out, ',');
}

static void add_list(struct str *out, const struct checklist_init *init, const uint32_t *nodes, size_t n)
{
	STR(text, 64 * KIB);

	for (size_t i = 0; i < n; i++)
		str_addf(&text, "%s%s", i ? " " : "", id_of(init, nodes[i]));
	add(out, str_c(&text));
}

static void add_identity(struct str *out, const struct checklist_init *init, uint32_t node)
{
	const struct graph_node *n = node == NODE_NONE ? NULL : graph_node(init->snap->graph, node);
	const struct graph_model *m = n ? graph_model(init->snap->graph, n->model) : NULL;

	add(out, n ? n->name : "");
	add(out, m ? m->manufacturer : "");
	add(out, m ? m->model : "");
	add(out, m ? m->hardware : "");
	add(out, n ? n->version : "");
}

static const char *why_of(const struct checklist_answer *r)
{
	return r->result == CHECK_NONE ? path_why_text[r->a->path.why]
	       : r->e                  ? err_info(r->e->code)->code
				       : "";
}

void checklist_csv(const struct checklist_init *init, const struct checklist_answer *r, struct str *out)
{
	const struct contact *c = contact_of(init, r);
	uint32_t next = next_of(r);
	const struct path *p = r->result <= CHECK_NONE ? &r->a->path : NULL;

	str_add_i64(out, r->line->number);
	str_addc(out, ',');
	add(out, r->line->field[CHECK_DEVICE]);
	add(out, r->line->written);
	add_identity(out, init, from_of(r));
	add(out, check_result_text[r->result]);
	add(out, p && p->to != NODE_NONE ? id_of(init, p->to) : r->to);
	add(out, id_of(init, next));
	add(out, next == NODE_NONE ? "" : graph_node(init->snap->graph, next)->version);
	if (r->result == CHECK_PATH || r->result == CHECK_ALREADY)
		str_add_i64(out, p->nhops);
	str_addc(out, ',');
	add_list(out, init, r->result == CHECK_PATH ? p->nodes : NULL,
		 r->result == CHECK_PATH ? p->nhops : 0);
	add(out, r->removed ? "yes" : "no");
	add(out, why_of(r));
	add(out, r->result == CHECK_NONE ? id_of(init, p->furthest) : "");
	add_list(out, init, r->result == CHECK_AMBIGUOUS ? r->a->candidates : NULL,
		 r->result == CHECK_AMBIGUOUS ? r->a->ncandidates : 0);
	add(out, r->e ? r->e->msg : "");
	csv_field(out, c ? *c->email ? c->email : c->name : "");
	str_add(out, "\r\n");
}

static void put_nodes(const struct checklist_init *init, const char *name, const uint32_t *nodes, size_t n,
		      struct jw *w)
{
	jw_key(w, name);
	jw_arr(w);
	for (size_t i = 0; i < n; i++)
		entry_identity_json(init->snap, nodes[i], w);
	jw_arr_end(w);
}

static void put_node(const struct checklist_init *init, const char *name, uint32_t node, struct jw *w)
{
	jw_key(w, name);
	if (node == NODE_NONE)
		jw_null(w);
	else
		entry_identity_json(init->snap, node, w);
}

void checklist_json(const struct checklist_init *init, const struct checklist_answer *r, struct jw *w)
{
	const struct path *p = r->result <= CHECK_NONE ? &r->a->path : NULL;
	bool many = r->result == CHECK_AMBIGUOUS;

	jw_obj(w);
	jw_kint(w, "line", r->line->number);
	jw_kstr(w, "device", r->line->field[CHECK_DEVICE]);
	jw_kstr(w, "written", r->line->written);
	jw_kstr(w, "result", check_result_text[r->result]);
	jw_kbool(w, "removed", r->removed);
	put_node(init, "from", from_of(r), w);
	jw_kstr(w, "to", p && p->to != NODE_NONE ? id_of(init, p->to) : r->to);
	put_node(init, "next", next_of(r), w);
	jw_kint(w, "hops", p && r->result == CHECK_PATH ? (int64_t)p->nhops : 0);
	put_nodes(init, "path", r->result == CHECK_PATH ? p->nodes : NULL,
		  r->result == CHECK_PATH ? p->nhops : 0, w);
	jw_kstr(w, "why", r->result == CHECK_NONE ? path_why_text[p->why] : NULL);
	jw_kstr(w, "furthest",
		r->result == CHECK_NONE && p->furthest != NODE_NONE ? id_of(init, p->furthest) : NULL);
	put_nodes(init, "candidates", many ? r->a->candidates : NULL, many ? r->a->ncandidates : 0, w);
	jw_kstr(w, "message", r->e ? r->e->msg : NULL);
	jw_key(w, "contact");
	contact_json(contact_of(init, r), w);
	jw_end(w);
}

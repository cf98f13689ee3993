/* SPDX-License-Identifier: Apache-2.0 */
/* Models, one model with its picture, one entry. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/parse.h"
#include "core/history.h"
#include "core/restricted.h"
#include "core/twins.h"
#include "model/ident.h"
#include "web/html.h"
#include "web/page.h"

#define MODELS_PER_PAGE 50

static bool begins(const char *text, const char *filter)
{
	return !filter || !strncasecmp(text, filter, strlen(filter));
}

static void models_href(const struct req *rq, struct str *href, const char *manufacturer, int64_t page)
{
	char n[24];

	snprintf(n, sizeof n, "%lld", (long long)page);
	str_clear(href);
	str_add(href, "/models");
	link_query(href, "manufacturer", manufacturer);
	link_query(href, "page", page > 1 ? n : NULL);
	link_query(href, "at", req_query(rq, "at"));
}

int page_models(struct req *rq, struct resp *rs, struct err *e)
{
	const struct snapshot *s;
	const char *manufacturer = req_query(rq, "manufacturer");
	struct page_head head = { .section = "models", .title = "Models" };
	OWN(page_done) struct page p = { 0 };
	int64_t page, total = 0;
	STR(prev, 4 * KIB);
	STR(next, 4 * KIB);

	if (req_query_int(rq, "page", 1, 1000000, 1, &page, e) || req_snapshot(rq, &s, e))
		return e->code;
	page_begin(&p, rq, rs, s, &head);
	jw_key(&p.w, "models");
	jw_arr(&p.w);
	for (uint32_t i = 0; i < graph_models(s->graph); i++) {
		if (!begins(graph_model(s->graph, i)->manufacturer, manufacturer))
			continue;
		if (total++ / MODELS_PER_PAGE == page - 1)
			model_json(s, i, &p.w);
	}
	jw_arr_end(&p.w);
	jw_key(&p.w, "filter");
	jw_obj(&p.w);
	jw_kstr(&p.w, "manufacturer", manufacturer);
	jw_kint(&p.w, "total", total);
	jw_end(&p.w);
	models_href(rq, &prev, manufacturer, page - 1);
	models_href(rq, &next, manufacturer, page + 1);
	page_links(&p, page > 1 ? str_c(&prev) : NULL, page * MODELS_PER_PAGE < total ? str_c(&next) : NULL);
	return page_end(&p, "models", NULL, e);
}

/* The entry in the middle of a picture: the parameter, which must be of this model; else none. */
static int focus_of(struct req *rq, const struct snapshot *s, uint32_t model, uint32_t *ret, struct err *e)
{
	const char *around = req_query(rq, "around");
	size_t n;

	*ret = NODE_NONE;
	if (!around)
		return OK;
	if (lookup_nodes(s, around, ret, 1, &n, e))
		return err_wrap(e, "parameter 'around'");
	if (n != 1 || graph_node(s->graph, *ret)->model != model)
		return err_set(e, ERR_INVALID, "parameter 'around': '%.80s' is not one entry of this model",
			       around);
	return OK;
}

static int64_t day_of(const struct req *rq)
{
	int64_t moment = req_moment(rq);

	return moment - moment % MS_PER_DAY;
}

static int model_of(const struct req *rq, const struct snapshot *s, uint32_t *ret, struct err *e)
{
	*ret = lookup_model(s, rq->arg[0]);
	if (*ret == NODE_NONE)
		return err_set(e, ERR_NOT_FOUND, "there is no model '%.80s' in the catalogue", rq->arg[0]);
	return OK;
}

int web_graph_svg(struct req *rq, struct resp *rs, struct err *e)
{
	struct picture_ask ask = { .day = day_of(rq) };
	bool partial;

	if (!web_of(rq))
		return err_set(e, ERR_NOT_FOUND, "this service draws no pictures");
	if (req_snapshot(rq, &ask.snap, e) || model_of(rq, ask.snap, &ask.model, e) ||
	    focus_of(rq, ask.snap, ask.model, &ask.focus, e))
		return e->code;
	rs->type = "image/svg+xml";
	if (resp_fresh(rs, rq, ask.snap))
		return OK;
	return pictures_get(web_of(rq)->pictures, &ask, &rs->body, &partial, e);
}

static void put_picture(struct page *p, const struct picture_ask *ask, bool drawn, bool partial,
			const struct err *e)
{
	const struct graph *g = p->snap->graph;
	char id[MODEL_ID_MAX];
	STR(href, 4 * KIB);

	model_id_text(graph_model(g, ask->model), id);
	str_add(&href, "/v1/models/");
	url_encode(&href, id, strlen(id));
	str_add(&href, "/graph.svg");
	if (ask->focus != NODE_NONE)
		link_query(&href, "around", graph_node(g, ask->focus)->name);
	link_query(&href, "at", req_query(p->rq, "at"));
	jw_key(&p->w, "picture");
	jw_obj(&p->w);
	jw_kbool(&p->w, "drawn", drawn);
	jw_kbool(&p->w, "partial", partial);
	jw_kstr(&p->w, "focus", ask->focus == NODE_NONE ? NULL : graph_node(g, ask->focus)->name);
	jw_kstr(&p->w, "href", str_c(&href));
	jw_kstr(&p->w, "why", drawn ? NULL : e->msg);
	jw_end(&p->w);
}

int page_model(struct req *rq, struct resp *rs, struct err *e)
{
	static const struct crumb crumbs[] = { { "/models", "Models" }, { NULL, NULL } };
	struct picture_ask ask = { .day = day_of(rq) };
	const struct snapshot *s;
	struct page_head head = { .section = "models", .crumbs = crumbs };
	OWN(page_done) struct page p = { 0 };
	const struct graph_model *m;
	char title[MODEL_ID_MAX + 16], id[MODEL_ID_MAX];
	struct err why = { .code = OK };
	STR(svg, PICTURE_BYTES);
	bool partial = false;

	if (req_snapshot(rq, &s, e) || model_of(rq, s, &ask.model, e) ||
	    focus_of(rq, s, ask.model, &ask.focus, e))
		return e->code;
	ask.snap = s;
	m = graph_model(s->graph, ask.model);
	snprintf(title, sizeof title, "Model %s", model_id_text(m, id));
	head.title = title;
	if (pictures_get(web_of(rq)->pictures, &ask, &svg, &partial, &why))
		str_clear(&svg);
	const struct template_raw raw[] = { { "svg", str_c(&svg), svg.len }, { NULL, NULL, 0 } };
	page_begin(&p, rq, rs, s, &head);
	jw_key(&p.w, "model");
	model_json(s, ask.model, &p.w);
	jw_key(&p.w, "entries");
	jw_arr(&p.w);
	for (uint32_t i = m->first; i < m->first + m->count; i++)
		entry_json(s, i, req_moment(rq), &p.w);
	jw_arr_end(&p.w);
	put_picture(&p, &ask, !why.code, partial, &why);
	page_blocks(&p, ask.model);
	return page_end(&p, "model", raw, e);
}

int page_entry(struct req *rq, struct resp *rs, struct err *e)
{
	const struct snapshot *s;
	struct crumb crumbs[] = { { "/models", "Models" }, { NULL, NULL }, { NULL, NULL } };
	struct page_head head = { .section = "models", .crumbs = crumbs };
	OWN(page_done) struct page p = { 0 };
	const struct graph_model *m;
	const struct graph_node *n;
	struct restricted_entry own;
	struct err none;
	char title[256], id[MODEL_ID_MAX];
	uint32_t node;
	size_t found;
	struct db *db;
	STR(history, 4 * MIB);
	STR(href, KIB);

	if (req_snapshot(rq, &s, e) || lookup_nodes(s, rq->arg[0], &node, 1, &found, e))
		return e->code;
	n = graph_node(s->graph, node);
	m = graph_model(s->graph, n->model);
	if (found > 1) { /* an identity that several entries have: the search lists them */
		str_add(&href, "/search");
		link_query(&href, "q", rq->arg[0]);
		link_query(&href, "at", req_query(rq, "at"));
		resp_redirect(rs, str_c(&href));
		return OK;
	}
	if (req_db(rq, &db, e) ||
	    history_entry_json(db, m->scheme, n->public_id, req_query(rq, "at") ? s->revision : INT64_MAX,
			       req_nameless(rq), &history, e))
		return e->code;
	str_add(&href, "/models/");
	model_id_text(m, id);
	url_encode(&href, id, strlen(id));
	crumbs[1] = (struct crumb){ str_c(&href), id };
	if (!strcmp(m->scheme, "ocpp"))
		snprintf(title, sizeof title, "%.50s %.50s %.50s %.50s", m->manufacturer, m->model,
			 m->hardware, n->version);
	else
		snprintf(title, sizeof title, "Entry %.160s", n->name);
	head.title = title;
	page_begin(&p, rq, rs, s, &head);
	jw_key(&p.w, "entry");
	entry_json(s, node, req_moment(rq), &p.w);
	jw_key(&p.w, "also");
	jw_obj(&p.w);
	twins_json(s, node, &p.w);
	jw_end(&p.w);
	page_raw(&p, "history", &history);
	jw_kbool(&p.w, "register",
		 *conf_text(rq->app->conf, "restricted_db") &&
		     !restricted_entry(catalog_current(rq->view), &rq->who, n->name, &own, &none));
	return page_end(&p, "entry", NULL, e);
}

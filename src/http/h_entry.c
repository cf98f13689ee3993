/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "core/history.h"
#include "core/lookup.h"
#include "http/handlers.h"
#include "model/ident.h"

int entry_node(const struct req *rq, const struct snapshot *s, uint32_t *ret, struct err *e)
{
	struct ident id;

	if (ident_parse(rq->arg[0], false, &id, e))
		return e->code;
	if (id.kind != IDENT_ENTRY)
		return err_set(e, ERR_IDENTITY,
			       "'%.64s' is no Entry ID; search with /v1/entries?q=", rq->arg[0]);
	*ret = graph_find_entry(s->graph, id.scheme, id.public_id);
	if (*ret == NODE_NONE)
		return err_set(e, ERR_NOT_FOUND, "there is no entry '%.64s'", rq->arg[0]);
	return OK;
}

int get_entries(struct req *rq, struct resp *rs, struct err *e)
{
	struct entry_filter f = { .q = req_query(rq, "q"),
				  .manufacturer = req_query(rq, "manufacturer"),
				  .model = req_query(rq, "model"),
				  .hardware = req_query(rq, "hardware"),
				  .version = req_query(rq, "version"),
				  .hash = req_query(rq, "hash"),
				  .device_type = req_query(rq, "device_type"),
				  .status = req_query(rq, "status") };
	uint32_t node[LIST_LIMIT_MAX + 1], after;
	const struct graph_node *last;
	const struct snapshot *s;
	char name[ENTRY_NAME_SIZE], next[CURSOR_MAX] = "";
	int64_t limit;
	struct jw w;
	size_t n;

	if (req_snapshot(rq, &s, e) || page_limit(rq, &limit, e) || page_cursor_node(rq, s, &after, e))
		return e->code;
	if (resp_fresh(rs, rq, s))
		return OK;
	n = lookup_entries(s, &f, after, node, (size_t)limit + 1);
	w = jw_start(&rs->body);
	jw_obj(&w);
	jw_key(&w, "entries");
	jw_arr(&w);
	for (size_t i = 0; i < n && i < (size_t)limit; i++)
		entry_json(s, node[i], req_moment(rq), &w);
	jw_arr_end(&w);
	if (n > (size_t)limit) {
		last = graph_node(s->graph, node[limit - 1]);
		snprintf(name, sizeof name, "%s:%s", graph_model(s->graph, last->model)->scheme,
			 last->public_id);
		page_cursor_make("entry", name, next);
	}
	page_list_end(rq, rs, s->revision, &w, next);
	return OK;
}

int get_entry(struct req *rq, struct resp *rs, struct err *e)
{
	const struct snapshot *s;
	uint32_t node;
	struct jw w;

	if (req_snapshot(rq, &s, e) || entry_node(rq, s, &node, e))
		return e->code;
	if (resp_fresh(rs, rq, s))
		return OK;
	w = jw_start(&rs->body);
	entry_json(s, node, req_moment(rq), &w);
	str_addc(&rs->body, '\n');
	return OK;
}

int get_entry_history(struct req *rq, struct resp *rs, struct err *e)
{
	const struct snapshot *s;
	const struct graph_node *n;
	struct db *db;
	uint32_t node;

	if (req_snapshot(rq, &s, e) || entry_node(rq, s, &node, e) || req_db(rq, &db, e))
		return e->code;
	n = graph_node(s->graph, node);
	return history_entry_json(db, graph_model(s->graph, n->model)->scheme, n->public_id,
				  req_query(rq, "at") ? s->revision : INT64_MAX, req_nameless(rq), &rs->body,
				  e);
}

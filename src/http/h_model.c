/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/parse.h"
#include "core/lookup.h"
#include "core/needs.h"
#include "http/handlers.h"

/* "MMMM:TTTTVVRR", in either case, "cpl:" in front or not; "ocpp:VENDOR/MODEL/COMPONENT". */
static uint32_t model_find(const struct snapshot *s, const char *text)
{
	char digits[13], manufacturer[5], model[5], hardware[5];
	size_t n = 0;
	uint64_t v;

	if (strchr(text, '/'))
		return lookup_model(s, text);
	if (!strncasecmp(text, "cpl:", 4))
		text += 4;
	for (; *text && n < sizeof digits; text++) {
		if (*text == ':' && n == 4)
			continue;
		digits[n++] = (char)(*text >= 'a' && *text <= 'f' ? *text - 'a' + 'A' : *text);
	}
	if (*text || n != 12 || !parse_hex(digits, 12, &v))
		return NODE_NONE;
	str_copyn(manufacturer, sizeof manufacturer, digits, 4);
	str_copyn(model, sizeof model, digits + 4, 4);
	str_copyn(hardware, sizeof hardware, digits + 8, 4);
	return graph_find_model(s->graph, "cpl", manufacturer, model, hardware);
}

static int model_of(const struct snapshot *s, const char *text, uint32_t *ret, struct err *e)
{
	*ret = model_find(s, text);
	if (*ret == NODE_NONE)
		return err_set(e, ERR_NOT_FOUND,
			       "there is no model '%.64s' (write MMMM:TTTTVVRR: manufacturer, model and "
			       "hardware; of chargers "
			       "ocpp:VENDOR/MODEL/COMPONENT)",
			       text);
	return OK;
}

/* Does a filter, given without regard to case, begin the text? */
static bool begins(const char *text, const char *filter)
{
	return !filter || !strncasecmp(text, filter, strlen(filter));
}

static int cursor_model(const struct req *rq, const struct snapshot *s, uint32_t *ret_first, struct err *e)
{
	char name[MODEL_ID_MAX];
	uint32_t m;
	bool got;

	*ret_first = 0;
	if (page_cursor(rq, "model", name, sizeof name, &got, e) || !got)
		return got ? e->code : OK;
	m = model_find(s, name);
	if (m == NODE_NONE)
		return err_set(e, ERR_INVALID, "the cursor is not one that this list gave");
	*ret_first = m + 1;
	return OK;
}

int get_models(struct req *rq, struct resp *rs, struct err *e)
{
	const char *manufacturer = req_query(rq, "manufacturer"), *model = req_query(rq, "model");
	const char *hardware = req_query(rq, "hardware");
	char name[MODEL_ID_MAX] = "", next[CURSOR_MAX] = "";
	const struct snapshot *s;
	int64_t limit, n = 0;
	uint32_t i;
	struct jw w;

	if (req_snapshot(rq, &s, e) || page_limit(rq, &limit, e) || cursor_model(rq, s, &i, e))
		return e->code;
	if (resp_fresh(rs, rq, s))
		return OK;
	w = jw_start(&rs->body);
	jw_obj(&w);
	jw_key(&w, "models");
	jw_arr(&w);
	for (; i < graph_models(s->graph); i++) {
		const struct graph_model *m = graph_model(s->graph, i);

		if (!begins(m->manufacturer, manufacturer) || !begins(m->model, model) ||
		    !begins(m->hardware, hardware))
			continue;
		if (n++ == limit) {
			page_cursor_make("model", name, next);
			break;
		}
		model_json(s, i, &w);
		model_id_text(m, name);
	}
	jw_arr_end(&w);
	page_list_end(rq, rs, s->revision, &w, next);
	return OK;
}

int get_model(struct req *rq, struct resp *rs, struct err *e)
{
	const struct snapshot *s;
	uint32_t m;
	struct jw w;

	if (req_snapshot(rq, &s, e) || model_of(s, rq->arg[0], &m, e))
		return e->code;
	if (resp_fresh(rs, rq, s))
		return OK;
	w = jw_start(&rs->body);
	model_json(s, m, &w);
	str_addc(&rs->body, '\n');
	return OK;
}

int get_model_graph(struct req *rq, struct resp *rs, struct err *e)
{
	const struct snapshot *s;
	uint32_t m;

	if (req_snapshot(rq, &s, e) || model_of(s, rq->arg[0], &m, e))
		return e->code;
	if (!resp_fresh(rs, rq, s))
		graph_json(s, m, req_moment(rq), &rs->body);
	return OK;
}

int get_model_svg(struct req *rq, struct resp *rs, struct err *e)
{
	if (!rq->app->graph_svg)
		return err_set(e, ERR_NOT_FOUND,
			       "this service draws no pictures; /v1/models/{id}/graph has the same facts");
	return rq->app->graph_svg(rq, rs, e);
}

/* Does an Accept header take JSON? No header takes everything. */
static bool accepts_json(const char *accept)
{
	static const char *const fine[] = { "application/json", "application/vnd.redhat.cincinnati.v1+json",
					    "application/*", "*/*" };

	for (const char *p = accept; p && *p; p += strcspn(p, ","), p += strspn(p, ", \t")) {
		size_t n = strcspn(p, ",; \t"), whole = strcspn(p, ",");
		const char *q = memmem(p, whole, "q=", 2);
		bool never = q && q[2] == '0' && strspn(q + 2, "0.") == strcspn(q + 2, ", \t;");

		for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
			if (strlen(fine[i]) == n && !strncasecmp(p, fine[i], n) && !never)
				return true;
	}
	return !accept || !*accept;
}

int get_graph(struct req *rq, struct resp *rs, struct err *e)
{
	/* Clients of that kind say channel, and arch, version and id, which choose nothing here. */
	const char *model = req_query(rq, "model") ? req_query(rq, "model") : req_query(rq, "channel");
	const struct snapshot *s;
	uint32_t m;

	if (!accepts_json(req_header(rq, "Accept")))
		return err_set(e, ERR_ACCEPT,
			       "the graph is application/json, which the Accept header does not take");
	if (!model)
		return err_set(e, ERR_INVALID, "the parameter 'model' is needed");
	if (req_snapshot(rq, &s, e) || model_of(s, model, &m, e))
		return e->code;
	if (!resp_fresh(rs, rq, s))
		graph_cincinnati_json(s, m, &rs->body);
	return OK;
}

int get_lint(struct req *rq, struct resp *rs, struct err *e)
{
	const unsigned inside = ROLES_SECAS | ROLE_SSC | ROLE_OPERATOR | ROLE_AUDITOR;
	OWN(needs_done) struct needs starts = { 0 };
	int64_t day = rq->now - rq->now % MS_PER_DAY;
	const struct snapshot *s;
	struct db *db;

	if (req_snapshot(rq, &s, e))
		return e->code;
	/* What devices run is not for everybody, nor part of the past. */
	if (may(&rq->who, inside) && !req_query(rq, "at")) {
		if (req_db(rq, &db, e) || needs_read(&starts, s->graph, db, e))
			return e->code;
		lint_json(s, &starts, day, &rs->body);
	} else if (!resp_fresh(rs, rq, s)) {
		lint_json(s, NULL, day, &rs->body);
	}
	return OK;
}

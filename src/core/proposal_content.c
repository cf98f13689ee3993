/* SPDX-License-Identifier: Apache-2.0 */
#include "core/proposal_content.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/parse.h"
#include "core/lookup.h"
#include "core/rule_text.h"

#define DATES_AHEAD_MS (3660 * MS_PER_DAY) /* nothing takes effect later */
#define BASES_TEXT_MAX (16 * KIB)

void content_init(struct content *c)
{
	memset(c, 0, sizeof *c);
	c->arena = arena_new();
	c->effective_on = c->embargo_until = -1;
	c->title = c->reason = "";
	statement_rows_init(&c->rows);
	standing_init(&c->standing);
	str_init(&c->items, PROPOSAL_BODY_MAX);
}

void content_done(struct content *c)
{
	vec_done(&c->in);
	vec_done(&c->dossier);
	statement_steps_done(&c->steps);
	standing_done(&c->standing);
	statement_rows_done(&c->rows);
	str_done(&c->items);
	if (c->arena)
		arena_free(c->arena);
	c->arena = NULL;
}

/* ---- reading ---- */

/* What is left out of an item is the proposer's. */
static void fill(struct content *c, const struct edit *x, struct statement_in *in)
{
	const char *op = in->text[STATEMENT_IN_OP];
	const struct principal *p = x->who;
	char day[TIME_TEXT];

	if (op && !strcmp(op, statement_op_text[OP_CONFIRM])) {
		if (!in->text[STATEMENT_IN_CONFIRMED_ON] || !*in->text[STATEMENT_IN_CONFIRMED_ON])
			in->text[STATEMENT_IN_CONFIRMED_ON] = arena_strdup(c->arena, date_text(x->now, day));
		return;
	}
	if (op && !strcmp(op, statement_op_text[OP_WITHDRAW]))
		return;
	if (!in->text[STATEMENT_IN_SOURCE] || !*in->text[STATEMENT_IN_SOURCE])
		in->text[STATEMENT_IN_SOURCE] = may(p, ROLE_EDITOR | ROLE_APPROVER | ROLE_SSC)
						    ? statement_source_text[SOURCE_SECAS]
						    : statement_source_text[SOURCE_MANUFACTURER];
	if (!in->text[STATEMENT_IN_AUTHOR] || !*in->text[STATEMENT_IN_AUTHOR])
		in->text[STATEMENT_IN_AUTHOR] = arena_strdup(c->arena, *p->org ? p->org : p->name);
}

static void keep_row(struct content *c, const struct edit *x, struct statement_in *in)
{
	for (int f = 0; f < STATEMENT_IN_FIELDS; f++)
		in->text[f] = arena_strdup(c->arena, in->text[f]);
	if (!in->bad.code)
		fill(c, x, in);
	vec_push(&c->in, *in);
}

/* The model that an item with a rule is about: named itself, or by one of its entries. */
int rule_model(const struct snapshot *s, const char *model, const char *entry, uint32_t *ret, struct err *e)
{
	uint32_t node[2];
	size_t n;

	if (model) {
		*ret = lookup_model(s, model);
		if (*ret != NODE_NONE)
			return OK;
		err_set(e, ERR_NOT_FOUND, "there is no model '%.60s'", model);
		return err_at(e, "model", 0, 0);
	}
	if (!entry) {
		err_set(e, ERR_IMPORT, "a rule needs the model or one of its entries");
		return err_at(e, "model", 0, 0);
	}
	if (lookup_nodes(s, entry, node, 2, &n, e))
		return err_at(e, "entry", 0, 0);
	if (n > 1) {
		err_set(e, ERR_IMPORT, "'%.60s' fits several entries; name one by its Entry ID", entry);
		return err_at(e, "entry", 0, 0);
	}
	*ret = graph_node(s->graph, node[0])->model;
	return OK;
}

static const char *node_name(const struct graph *g, uint32_t i, char *buf, size_t size)
{
	const struct graph_node *n = graph_node(g, i);

	snprintf(buf, size, "%s:%s", graph_model(g, n->model)->scheme, n->public_id);
	return buf;
}

/* One item with a rule becomes as many rows as it has statements; all else that it says holds for each. */
static int read_rule(struct content *c, const struct edit *x, const struct json *item, int64_t line,
		     struct err *e)
{
	OWN(rule_done) struct rule rule;
	STR(bases, BASES_TEXT_MAX);
	const struct json *v;
	const char *name;
	struct statement_in all = { .line = line };
	uint32_t model;
	char text[300];

	rule_init(&rule);
	for (size_t i = 0; (name = json_member(item, i, &v)) != NULL; i++) {
		int f = statement_in_find(name, strlen(name));

		if (!strcmp(name, "rule") || !strcmp(name, "model"))
			continue;
		if (f < 0 || f == STATEMENT_IN_KIND || f == STATEMENT_IN_BASES || f == STATEMENT_IN_OP)
			return err_set(e, ERR_IMPORT, "an item with a rule has no member '%.60s'", name);
		all.text[f] = json_text(v);
		if (json_kind(v) != JSON_STRING && json_kind(v) != JSON_NULL) {
			err_set(e, ERR_IMPORT, "the value must be a string");
			return err_at(e, statement_in_text[f], 0, 0);
		}
	}
	if (!json_text(json_get(item, "rule"))) {
		err_set(e, ERR_IMPORT, "the rule must be a text");
		return err_at(e, "rule", 0, 0);
	}
	if (rule_model(x->snap, json_text(json_get(item, "model")), all.text[STATEMENT_IN_ENTRY], &model, e))
		return e->code;
	if (rule_read(x->snap->graph, model, json_text(json_get(item, "rule")), &rule, e))
		return err_at(e, "rule", 0, 0);
	for (size_t i = 0; i < rule.v.n; i++) {
		struct statement_in in = all;

		str_clear(&bases);
		for (size_t k = 0; k < rule.v.v[i].nbases; k++) {
			str_add(&bases, k ? " " : "");
			str_add(&bases, node_name(x->snap->graph, rule.v.v[i].bases[k], text, sizeof text));
		}
		in.text[STATEMENT_IN_BASES] = str_c(&bases);
		in.text[STATEMENT_IN_KIND] = statement_kind_text[STATEMENT_BASES];
		in.text[STATEMENT_IN_ENTRY] = node_name(x->snap->graph, rule.v.v[i].node, text, sizeof text);
		keep_row(c, x, &in);
	}
	return OK;
}

/* Asked before each item: one rule can become as many rows as its model has entries (T40). */
static int check_count(const struct content *c, struct err *e)
{
	if (c->in.n + c->dossier.n > PROPOSAL_ITEMS_MAX)
		return err_set(e, ERR_TOO_LARGE, "a proposal may have %d items, this one has more",
			       PROPOSAL_ITEMS_MAX);
	return OK;
}

static int read_items(struct content *c, const struct edit *x, const struct json *items, struct err *e)
{
	STR(bases, BASES_TEXT_MAX);

	if (json_kind(items) != JSON_ARRAY || !json_len(items)) {
		err_set(e, ERR_JSON_FIELD, "items must be a list with at least one item");
		return err_at(e, "/items", 0, 0);
	}
	for (size_t i = 0; i < json_len(items); i++) {
		const struct json *item = json_at(items, i);
		struct statement_in in = { .line = (int64_t)i + 1 };
		char where[40];

		if (check_count(c, e))
			return e->code;
		if (json_kind(item) != JSON_OBJECT) {
			snprintf(where, sizeof where, "/items/%zu", i);
			err_set(e, ERR_JSON_FIELD, "an item must be an object");
			return err_at(e, where, 0, 0);
		}
		if (dossier_is_item(item)) {
			if (content_dossier_read(c, x, item, in.line, e))
				return e->code;
			continue;
		}
		if (json_get(item, "rule")) {
			if (read_rule(c, x, item, in.line, &in.bad))
				err_at(&in.bad, NULL, in.line, 0);
			else
				continue;
		} else if (statement_in_json(item, &bases, &in, &in.bad)) {
			err_at(&in.bad, NULL, in.line, 0);
		}
		keep_row(c, x, &in);
	}
	return check_count(c, e);
}

/* A text member: present, not longer than max bytes, without control characters but line ends. */
static int read_text(struct content *c, const struct json *body, const char *name, size_t max, bool needed,
		     const char **ret, struct err *e)
{
	const struct json *v = json_get(body, name);
	const char *s = json_text(v);
	char where[40];
	size_t n;

	snprintf(where, sizeof where, "/%s", name);
	if (json_kind(v) != JSON_NULL && !s)
		err_set(e, ERR_JSON_FIELD, "%s must be a text", name);
	else
		e->code = OK;
	if (e->code)
		return err_at(e, where, 0, 0);
	n = s ? parse_trim(&s, strlen(s)) : 0;
	if (!n && needed)
		err_set(e, ERR_JSON_FIELD, "%s is missing", name);
	else if (n > max)
		err_set(e, ERR_JSON_FIELD, "%s has %zu bytes; at most %zu are allowed", name, n, max);
	for (size_t i = 0; i < n && !e->code; i++)
		if (((unsigned char)s[i] < ' ' && s[i] != '\n' && s[i] != '\r' && s[i] != '\t') ||
		    s[i] == 0x7f)
			err_set(e, ERR_JSON_FIELD, "%s has a control character", name);
	if (e->code)
		return err_at(e, where, 0, 0);
	*ret = n ? arena_strndup(c->arena, s, n) : "";
	return OK;
}

static int read_date(const struct json *body, const char *name, int64_t now, int64_t *ret, struct err *e)
{
	const struct json *v = json_get(body, name);
	const char *s = json_text(v);
	char where[40];
	int64_t ms;

	if (json_kind(v) == JSON_NULL || (s && !*s))
		return OK;
	snprintf(where, sizeof where, "/%s", name);
	if (!s || strlen(s) != 10 || parse_time(s, &ms, e))
		err_set(e, ERR_JSON_FIELD, "%s must be a date like 2026-11-21", name);
	else if (ms > now + DATES_AHEAD_MS || ms <= 0)
		err_set(e, ERR_JSON_FIELD, "%s lies too far away", name);
	else
		*ret = ms;
	return *ret < 0 ? err_at(e, where, 0, 0) : OK;
}

static int read_members(struct content *c, const struct edit *x, const struct json *body, bool what_if,
			struct err *e)
{
	static const char *const names[] = { "title", "reason", "effective_on", "embargo_until", "draft",
					     "items", NULL };
	const struct json *v;
	const char *name;
	char where[80];

	if (json_kind(body) != JSON_OBJECT)
		return err_set(e, ERR_JSON_FIELD, "the body must be an object");
	for (size_t i = 0; (name = json_member(body, i, &v)) != NULL; i++) {
		size_t k = 0;

		while (names[k] && strcmp(names[k], name))
			k++;
		if (names[k])
			continue;
		snprintf(where, sizeof where, "/%.60s", name);
		err_set(e, ERR_JSON_FIELD, "there is no member '%.60s' here", name);
		return err_at(e, where, 0, 0);
	}
	v = json_get(body, "draft");
	if (json_kind(v) != JSON_NULL && json_kind(v) != JSON_BOOL) {
		err_set(e, ERR_JSON_FIELD, "draft must be true or false");
		return err_at(e, "/draft", 0, 0);
	}
	c->draft = json_bool(v, false);
	if (read_text(c, body, "title", PROPOSAL_TITLE_MAX, !what_if, &c->title, e) ||
	    read_text(c, body, "reason", PROPOSAL_REASON_MAX, !what_if, &c->reason, e) ||
	    read_date(body, "effective_on", x->now, &c->effective_on, e) ||
	    read_date(body, "embargo_until", x->now, &c->embargo_until, e))
		return e->code;
	return read_items(c, x, json_get(body, "items"), e);
}

/* ---- judging ---- */

struct walk {
	const struct content *c;
	size_t i;
};

static int walk_next(void *self, struct statement_in *ret, bool *ret_got, struct err *e)
{
	struct walk *w = self;

	(void)e;
	*ret_got = w->i < w->c->in.n;
	if (*ret_got)
		*ret = w->c->in.v[w->i++];
	return OK;
}

static int compare_rows(const void *a, const void *b)
{
	const struct statement_line *x = a, *y = b;
	struct statement_key k[2];
	uint8_t content[SHA256_LEN];
	int d = strcmp(x->entry, y->entry);

	if (d)
		return d;
	statement_row_key(x, &k[0], content);
	statement_row_key(y, &k[1], content);
	d = memcmp(&k[0], &k[1], sizeof k[0]);
	return d ? d : (x->line > y->line) - (x->line < y->line);
}

static void put(struct jw *w, const char *name, const char *s)
{
	if (s && *s)
		jw_kstr(w, name, s);
}

static void put_date(struct jw *w, const char *name, int64_t ms)
{
	if (ms >= 0)
		jw_kdate(w, name, ms);
}

static void canonical_item(const struct statement_line *r, const struct graph *g, struct jw *w)
{
	jw_obj(w);
	put(w, "author", r->author);
	if (r->nbases) {
		jw_key(w, "bases");
		jw_arr(w);
		for (size_t i = 0; i < r->nbases; i++)
			entry_id_json(g, r->bases[i], w);
		jw_arr_end(w);
	}
	put_date(w, "confirmed_on", r->confirmed_on);
	jw_key(w, "entry");
	entry_id_json(g, r->entry_id, w);
	put(w, "excerpt", r->excerpt);
	if (r->kind != STATEMENT_UNKNOWN)
		jw_kstr(w, "kind", statement_kind_text[r->kind]);
	put(w, "name", r->name);
	jw_kstr(w, "op", statement_op_text[r->op]);
	put(w, "protects", r->protects);
	put(w, "reference", r->reference);
	put(w, "source", r->source);
	put_date(w, "stated_on", r->stated_on);
	jw_end(w);
}

static int canonical(struct content *c, const struct graph *g, struct err *e)
{
	STR(all, PROPOSAL_BODY_MAX);
	struct jw w = jw_start(&c->items), whole = jw_start(&all);
	uint8_t sum[SHA256_LEN];

	jw_arr(&w);
	for (size_t i = 0; i < c->rows.rows.n; i++)
		canonical_item(&c->rows.rows.v[i], g, &w);
	content_dossier_canonical(c, &w);
	jw_arr_end(&w);
	jw_obj(&whole);
	put_date(&whole, "effective_on", c->effective_on);
	put_date(&whole, "embargo_until", c->embargo_until);
	jw_key(&whole, "items");
	jw_raw(&whole, str_c(&c->items), c->items.len);
	jw_kstr(&whole, "reason", c->reason);
	jw_kstr(&whole, "title", c->title);
	jw_end(&whole);
	if (c->items.over || all.over)
		return err_set(e, ERR_TOO_LARGE, "the proposal has more than %zu bytes of text",
			       PROPOSAL_BODY_MAX);
	sha256_of(str_c(&all), all.len, sum);
	hex_text(sum, sizeof sum, c->hash);
	return OK;
}

static int judge(struct content *c, const struct edit *x, const struct statement_file *file, struct err *e)
{
	struct statement_rows *r = &c->rows;

	if ((c->in.n || !c->dossier.n) && statement_rows_read(r, x->db, file, x->now, x->problems, e))
		return e->code;
	if (r->rows.n > PROPOSAL_ITEMS_MAX)
		return err_set(e, ERR_TOO_LARGE, "a proposal may have %d items, this one has %zu",
			       PROPOSAL_ITEMS_MAX, r->rows.n);
	for (size_t i = 0; i < r->rows.n; i++) {
		const struct statement_line *row = &r->rows.v[i];

		if (row->overruled) {
			err_set(e, ERR_IMPORT, "another item says something about the same of %s",
				row->entry);
			return err_at(e, statement_in_text[STATEMENT_IN_ENTRY], row->line, 0);
		}
		if (graph_find_id(x->snap->graph, row->entry_id) == NODE_NONE)
			return err_set(e, ERR_BUSY, "the catalogue changed this moment");
	}
	if (r->rows.n)
		qsort(r->rows.v, r->rows.n, sizeof *r->rows.v, compare_rows);
	standing_of_graph(&c->standing, x->snap->graph, r);
	c->steps.effective_on = content_effective(c, x->now);
	return statement_steps_make(&c->steps, r, &c->standing, false, e) || canonical(c, x->snap->graph, e)
		   ? (int)e->code
		   : OK;
}

bool content_changes(const struct content *c)
{
	return c->dossier.n || statement_steps_change(&c->steps);
}

int64_t content_effective(const struct content *c, int64_t now)
{
	return c->effective_on >= 0 ? c->effective_on : now - now % MS_PER_DAY;
}

int content_read(struct content *c, const struct edit *x, const char *json, size_t len, bool what_if,
		 struct err *e)
{
	OWN(json_free) struct json *body = NULL;
	struct walk w = { .c = c };
	struct statement_file file = { &w, walk_next, NULL };

	if (json_parse(json, len, &body, e) || read_members(c, x, body, what_if, e))
		return e->code;
	return judge(c, x, &file, e);
}

int content_file(struct content *c, const struct edit *x, const struct statement_file *from, struct err *e)
{
	struct walk w = { .c = c };
	struct statement_file file = { &w, walk_next, NULL };
	bool got;

	for (;;) {
		struct statement_in in = { .line = 0 };

		if (c->in.n > PROPOSAL_ITEMS_MAX)
			return err_set(e, ERR_TOO_LARGE, "a proposal may have %d items", PROPOSAL_ITEMS_MAX);
		if (from->next(from->self, &in, &got, e))
			return e->code;
		if (!got)
			break;
		keep_row(c, x, &in);
	}
	return judge(c, x, &file, e);
}

int content_stored(struct content *c, const struct edit *x, const struct store_proposal *p, struct err *e)
{
	OWN(json_free) struct json *items = NULL;
	struct walk w = { .c = c };
	struct statement_file file = { &w, walk_next, NULL };

	c->title = arena_strdup(c->arena, p->title);
	c->reason = arena_strdup(c->arena, p->reason);
	c->effective_on = p->effective_on;
	c->embargo_until = p->embargo_until;
	if (json_parse(p->items, strlen(p->items), &items, e) || read_items(c, x, items, e))
		return err_wrap(e, "the stored items");
	return judge(c, x, &file, e);
}

int content_permitted(const struct content *c, const struct edit *x, struct err *e)
{
	const struct graph *g = x->snap->graph;

	for (size_t i = 0; i < c->rows.rows.n; i++) {
		const struct statement_line *r = &c->rows.rows.v[i];
		const struct graph_node *n = graph_node(g, graph_find_id(g, r->entry_id));
		const char *code = graph_model(g, n->model)->manufacturer;
		bool maker = r->source && !strcmp(r->source, statement_source_text[SOURCE_MANUFACTURER]);
		bool secas = r->source && !strcmp(r->source, statement_source_text[SOURCE_SECAS]);

		if (may(x->who, ROLE_EDITOR)) {
			if (r->op != OP_STATE || secas || (maker && r->reference))
				continue;
			err_set(e, ERR_DENIED,
				maker ? "what a manufacturer stated needs its reference"
				      : "an editor states as secas, or what a manufacturer "
					"stated with its reference");
			return err_at(e, maker ? "reference" : "source", r->line, 0);
		}
		if (!principal_owns_code(x->who, code)) {
			err_set(e, ERR_DENIED, "%s is an entry of manufacturer %s, which is not yours",
				r->entry, code);
			return err_at(e, "entry", r->line, 0);
		}
		if (r->op == OP_STATE && !maker) {
			err_set(e, ERR_DENIED, "a manufacturer states with the source manufacturer");
			return err_at(e, "source", r->line, 0);
		}
	}
	return content_dossier_permitted(c, x, e);
}

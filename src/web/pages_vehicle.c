/* SPDX-License-Identifier: Apache-2.0 */
/* Vehicles: the list, and one as a tree of Building Blocks (C9, C15, C34, E17, E22). */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/cm.h"
#include "web/form.h"
#include "web/page.h"
#include "web/vehicle.h"

#define VEHICLES_PER_PAGE 50

/* clang-format off */
static const struct form_field register_fields[] = {
	{ .name = "name", .label = "Name of the vehicle", .max = 63, .width = 20, .missing = "Write the name of the vehicle",
	  .hint = "Its Building Blocks are then called NAME.BLOCK, for example train-12.ETP." },
	{ .name = "type_id", .label = "Type ID of the vehicle", .max = 36, .missing = "Write the Type ID of the vehicle", .code = true,
	  .hint = "As in its Vehicle Manifest, for example 6c4d65f4-2572-11ee-be56-0242ac120002. Only Vehicle Configurations of this Type ID fit." },
	{ .name = NULL },
};
/* clang-format on */

bool vehicle_sees_all(const struct req *rq)
{
	return principal_fleet_org(&rq->who) == 0;
}

void vehicle_href(const struct req *rq, const char *name, const char *rest, struct str *out)
{
	str_add(out, "/vehicles/");
	str_add_url(out, name);
	str_add(out, rest);
	link_query(out, "org", req_query(rq, "org"));
}

static int show_list(struct req *rq, struct resp *rs, struct form *f, struct err *e)
{
	struct page_head head = { .section = "vehicles", .title = "Vehicles", .error = !form_ok(f) };
	const char *cursor = form_posted(rq) ? NULL : req_query(rq, "cursor");
	OWN(page_done) struct page p = { 0 };
	OWN(json_free) struct json *j = NULL;
	STR(list, 8 * MIB);
	STR(href, 4 * KIB);
	const char *next;
	struct db *db;

	if (req_db(rq, &db, e) ||
	    cm_list_json(db, scope_read(&rq->who), cursor, VEHICLES_PER_PAGE, &list, e) ||
	    json_parse(str_c(&list), list.len, &j, e))
		return e->code;
	rs->cache = CACHE_CHECK;
	next = json_text(json_get(j, "next"));
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	form_json(f, &p);
	page_raw(&p, "list", &list);
	jw_kbool(&p.w, "sees_all", vehicle_sees_all(rq));
	jw_kbool(&p.w, "may_register", may(&rq->who, ROLES_FLEET));
	str_add(&href, "/vehicles");
	link_query(&href, "cursor", next);
	page_links(&p, cursor ? "/vehicles" : NULL, next ? str_c(&href) : NULL);
	return page_end(&p, "vehicles", NULL, e);
}

int page_vehicles(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = register_fields, .once = true };

	form_start(&f, rq);
	return show_list(rq, rs, &f, e);
}

int page_vehicles_post(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = register_fields, .once = true };
	struct actor who = req_actor(rq);
	struct scope scope;
	struct err bad;
	STR(href, KIB);
	struct db *db;
	bool again;

	form_start(&f, rq);
	if (form_read(&f, e))
		return e->code;
	if (!form_ok(&f))
		return show_list(rq, rs, &f, e);
	if (form_once(&f, rs, &again, e) || again)
		return e->code;
	if (req_scope_write(rq, &scope, e) || req_db_write(rq, &db, e))
		return e->code;
	if (cm_register(db, scope, &who, form_value(&f, "name"), form_value(&f, "type_id"), &bad)) {
		if (bad.code != ERR_INVALID && bad.code != ERR_CONFLICT) {
			*e = bad;
			return e->code;
		}
		form_error_of(&f, strstr(bad.msg, "ype ID") ? "type_id" : "name", &bad);
		return show_list(rq, rs, &f, e);
	}
	vehicle_href(rq, form_value(&f, "name"), "", &href);
	form_made(&f, rs, str_c(&href));
	return OK;
}

static const char *name_of(const struct json *tree, int64_t n)
{
	const struct json *systems = json_get(tree, "systems");

	for (size_t i = 0; i < json_len(systems); i++) {
		const struct json *blocks = json_get(json_at(systems, i), "blocks");

		for (size_t k = 0; k < json_len(blocks); k++)
			if (json_int(json_get(json_at(blocks, k), "n"), 0) == n)
				return json_text(json_get(json_at(blocks, k), "name"));
	}
	return NULL;
}

/* What the Building Blocks of an array need, with the numbers filled in. */
static void put_depends(struct jw *w, const struct json *blocks)
{
	for (size_t i = 0; i < json_len(blocks); i++) {
		const struct json *list = json_get(json_at(blocks, i), "depends");

		for (size_t k = 0; k < json_len(list); k++) {
			jw_obj(w);
			jw_kbool(w, "fits", json_bool(json_get(json_at(list, k), "fits"), false));
			jw_kstr(w, "sentence", json_text(json_get(json_at(list, k), "sentence")));
			jw_end(w);
		}
	}
}

/* "waves":[[{"name","last"}]] and "depends". */
static void put_sequence(struct page *p, const struct json *tree)
{
	const struct json *waves = json_get(tree, "waves"), *systems = json_get(tree, "systems");
	struct jw *w = &p->w;

	jw_key(w, "waves");
	jw_arr(w);
	for (size_t i = 0; i < json_len(waves); i++) {
		const struct json *wave = json_at(waves, i);

		jw_arr(w);
		for (size_t k = 0; k < json_len(wave); k++) {
			jw_obj(w);
			jw_kstr(w, "name", name_of(tree, json_int(json_at(wave, k), 0)));
			jw_kbool(w, "last", k + 1 == json_len(wave));
			jw_end(w);
		}
		jw_arr_end(w);
	}
	jw_arr_end(w);
	jw_key(w, "depends");
	jw_arr(w);
	for (size_t i = 0; i < json_len(systems); i++)
		put_depends(w, json_get(json_at(systems, i), "blocks"));
	jw_arr_end(w);
}

/* ---- the picture of the dependencies ---- */

static int64_t number_of(const struct json *tree, const char *type_id)
{
	const struct json *systems = json_get(tree, "systems");

	for (size_t i = 0; i < json_len(systems); i++) {
		const struct json *blocks = json_get(json_at(systems, i), "blocks");

		for (size_t k = 0; k < json_len(blocks); k++) {
			const char *id = json_text(json_get(json_at(blocks, k), "type_id"));

			if (id && !strcasecmp(id, type_id))
				return json_int(json_get(json_at(blocks, k), "n"), 0);
		}
	}
	return 0;
}

/* One box and its arrows: from who needs to who is needed; dashed and with a word where it does not fit. */
static bool draw_block(const struct json *tree, const struct json *block, struct str *dot)
{
	const struct json *list = json_get(block, "depends");
	const char *name = json_text(json_get(block, "name")), *type_id;
	long long n = json_int(json_get(block, "n"), 0), on;
	bool any = false;

	str_addf(dot, "n%lld [label=\"", n);
	picture_label(dot, name ? name : "");
	str_add(dot, "\"];\n");
	for (size_t i = 0; i < json_len(list); i++) {
		bool fits = json_bool(json_get(json_at(list, i), "fits"), false);

		type_id = json_text(json_get(json_at(list, i), "type_id"));
		on = type_id ? number_of(tree, type_id) : 0;
		if (!on)
			continue;
		str_addf(dot, "n%lld -> n%lld [label=\"%s\"%s];\n", n, on, fits ? "needs" : "does not fit",
			 fits ? "" : " style=dashed color=\"#ca3535\" fontcolor=\"#ca3535\"");
		any = true;
	}
	return any;
}

/* Nothing without dependencies, and where it cannot be drawn: the sentences say the same. */
static void draw(struct req *rq, const struct json *tree, struct str *svg)
{
	const struct json *systems = json_get(tree, "systems");
	STR(dot, 256 * KIB);
	const struct picture_ask ask = { .source = &dot };
	bool any = false, partial;
	struct err ignored;

	str_add(&dot, "digraph \"Dependencies\" {\n"
		      "graph [rankdir=LR nodesep=0.35 ranksep=0.6 bgcolor=\"transparent\"];\n"
		      "node [shape=box style=filled fontname=\"Arial\" fontsize=13 color=\"#106165\" "
		      "fillcolor=\"#ffffff\" fontcolor=\"#0b0c0c\" margin=\"0.15,0.08\"];\n"
		      "edge [fontname=\"Arial\" fontsize=12 color=\"#484949\" fontcolor=\"#0b0c0c\"];\n");
	for (size_t i = 0; i < json_len(systems); i++) {
		const struct json *blocks = json_get(json_at(systems, i), "blocks");

		for (size_t k = 0; k < json_len(blocks); k++)
			any = draw_block(tree, json_at(blocks, k), &dot) || any;
	}
	str_add(&dot, "}\n");
	if (any && !dot.over && pictures_get(web_of(rq)->pictures, &ask, svg, &partial, &ignored))
		str_clear(svg);
}

int page_vehicle(struct req *rq, struct resp *rs, struct err *e)
{
	static const struct crumb crumbs[] = { { "/vehicles", "Vehicles" }, { NULL, NULL } };
	struct page_head head = { .section = "vehicles", .crumbs = crumbs };
	OWN(json_free) struct json *j = NULL;
	OWN(page_done) struct page p = { 0 };
	char title[120];
	STR(tree, 8 * MIB);
	STR(svg, PICTURE_BYTES);
	struct scope scope;
	struct db *db;

	if (req_scope(rq, &scope, e) || req_db(rq, &db, e) || cm_tree_json(db, scope, rq->arg[0], &tree, e) ||
	    json_parse(str_c(&tree), tree.len, &j, e))
		return e->code;
	draw(rq, j, &svg);
	const struct template_raw raw[] = { { "svg", str_c(&svg), svg.len }, { NULL, NULL, 0 } };
	rs->cache = CACHE_CHECK;
	snprintf(title, sizeof title, "Vehicle %.64s", rq->arg[0]);
	head.title = title;
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	page_raw(&p, "tree", &tree);
	put_sequence(&p, j);
	jw_kbool(&p.w, "sees_all", vehicle_sees_all(rq));
	jw_kbool(&p.w, "may_act", may(&rq->who, ROLES_FLEET));
	jw_kbool(&p.w, "drawn", svg.len > 0);
	return page_end(&p, "vehicle", raw, e);
}

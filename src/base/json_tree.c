/* SPDX-License-Identifier: Apache-2.0 */
/* The tree, held by json-c: a struct json is a struct json_object under another name. */
#define json_bool json_c_bool /* their type has the name of our reader */
#include <json-c/json.h>
#undef json_bool

#include "base/json.h"

static struct json_object *theirs(const struct json *j)
{
	return (struct json_object *)(uintptr_t)j; /* json-c's readers take non-const pointers */
}

static struct json *ours(struct json_object *o)
{
	return (struct json *)o;
}

int json_parse(const char *text, size_t len, struct json **ret, struct err *e)
{
	return json_parse_deep(text, len, JSON_DEPTH_MAX, ret, e);
}

int json_parse_deep(const char *text, size_t len, int depth, struct json **ret, struct err *e)
{
	struct json_tokener *tok;
	struct json_object *o;
	enum json_tokener_error why;

	if (json_prescan_deep(text, len, depth, e))
		return (int)e->code;
	tok = json_tokener_new_ex(depth + 2);
	if (!tok)
		return err_set(e, ERR_NO_MEMORY, "no memory to read JSON");
	o = json_tokener_parse_ex(tok, text, (int)len);
	why = json_tokener_get_error(tok);
	if (why == json_tokener_continue) { /* a number at the very end: it could still go on */
		o = json_tokener_parse_ex(tok, " ", 1);
		why = json_tokener_get_error(tok);
	}
	json_tokener_free(tok);
	if (why != json_tokener_success) {
		json_object_put(o);
		return err_set(e, ERR_JSON, "%s", json_tokener_error_desc(why));
	}
	*ret = ours(o);
	return OK;
}

void json_free(struct json *root)
{
	json_object_put((struct json_object *)root);
}

enum json_kind json_kind(const struct json *j)
{
	switch (json_object_get_type(theirs(j))) {
	case json_type_boolean:
		return JSON_BOOL;
	case json_type_double:
		return JSON_REAL;
	case json_type_int:
		return JSON_INT;
	case json_type_object:
		return JSON_OBJECT;
	case json_type_array:
		return JSON_ARRAY;
	case json_type_string:
		return JSON_STRING;
	case json_type_null:
	default:
		return JSON_NULL;
	}
}

const struct json *json_get(const struct json *obj, const char *name)
{
	struct json_object *o = NULL;

	if (json_kind(obj) == JSON_OBJECT)
		json_object_object_get_ex(theirs(obj), name, &o);
	return ours(o);
}

size_t json_len(const struct json *arr)
{
	switch (json_kind(arr)) {
	case JSON_ARRAY:
		return json_object_array_length(theirs(arr));
	case JSON_OBJECT:
		return (size_t)json_object_object_length(theirs(arr));
	case JSON_NULL:
	case JSON_BOOL:
	case JSON_INT:
	case JSON_REAL:
	case JSON_STRING:
	default:
		return 0;
	}
}

const struct json *json_at(const struct json *arr, size_t i)
{
	return json_kind(arr) == JSON_ARRAY ? ours(json_object_array_get_idx(theirs(arr), i)) : NULL;
}

const char *json_text(const struct json *j)
{
	return json_kind(j) == JSON_STRING ? json_object_get_string(theirs(j)) : NULL;
}

int64_t json_int(const struct json *j, int64_t otherwise)
{
	return json_kind(j) == JSON_INT ? json_object_get_int64(theirs(j)) : otherwise;
}

double json_real(const struct json *j, double otherwise)
{
	enum json_kind k = json_kind(j);

	return k == JSON_REAL || k == JSON_INT ? json_object_get_double(theirs(j)) : otherwise;
}

bool json_bool(const struct json *j, bool otherwise)
{
	return json_kind(j) == JSON_BOOL ? json_object_get_boolean(theirs(j)) : otherwise;
}

const char *json_member(const struct json *obj, size_t i, const struct json **ret_val)
{
	struct lh_entry *m;

	if (json_kind(obj) != JSON_OBJECT)
		return NULL;
	for (m = lh_table_head(json_object_get_object(theirs(obj))); m && i; m = lh_entry_next(m))
		i--;
	if (!m)
		return NULL;
	if (ret_val)
		*ret_val = ours((struct json_object *)lh_entry_v(m));
	return lh_entry_k(m);
}

bool json_next(const struct json *obj, struct json_walk *w, const char **ret_name,
	       const struct json **ret_val)
{
	const struct lh_entry *m;

	if (json_kind(obj) != JSON_OBJECT)
		return false;
	m = w->begun ? w->at : lh_table_head(json_object_get_object(theirs(obj)));
	if (!m)
		return false;
	w->begun = true;
	w->at = lh_entry_next(m);
	*ret_name = lh_entry_k(m);
	*ret_val = ours((struct json_object *)lh_entry_v(m));
	return true;
}

struct json *json_member_of(struct json *obj, const char *name)
{
	return (struct json *)(uintptr_t)json_get(obj, name);
}

struct json *json_element_of(struct json *arr, size_t i)
{
	return (struct json *)(uintptr_t)json_at(arr, i);
}

void json_put_text(struct json *obj, const char *name, const char *text)
{
	if (json_kind(obj) != JSON_OBJECT)
		return;
	if (text)
		json_object_object_add(theirs(obj), name, json_object_new_string(text));
	else
		json_object_object_del(theirs(obj), name);
}

static void line_break(struct jw *w, bool pretty)
{
	if (!pretty)
		return;
	str_addc(w->out, '\n');
	for (int i = 0; i < w->depth; i++)
		str_addn(w->out, "  ", 2);
}

static void print_node(struct jw *w, struct json_object *o, bool pretty);

static void print_object(struct jw *w, struct json_object *o, bool pretty)
{
	struct lh_entry *m = lh_table_head(json_object_get_object(o));
	bool any = m != NULL;

	jw_obj(w);
	for (; m; m = lh_entry_next(m)) {
		const char *name = lh_entry_k(m);

		if (w->more & (UINT64_C(1) << w->depth))
			str_addc(w->out, ',');
		line_break(w, pretty);
		str_addc(w->out, '"');
		json_escape(w->out, name, strlen(name));
		str_add(w->out, pretty ? "\": " : "\":");
		w->more &= ~(UINT64_C(1) << w->depth);
		print_node(w, (struct json_object *)lh_entry_v(m), pretty);
	}
	w->depth--;
	if (any)
		line_break(w, pretty);
	w->depth++;
	jw_end(w);
}

static void print_array(struct jw *w, struct json_object *o, bool pretty)
{
	size_t n = json_object_array_length(o);

	jw_arr(w);
	for (size_t i = 0; i < n; i++) {
		if (i)
			str_addc(w->out, ',');
		line_break(w, pretty);
		w->more &= ~(UINT64_C(1) << w->depth); /* the comma stands before the line break */
		print_node(w, json_object_array_get_idx(o, i), pretty);
	}
	w->depth--;
	if (n)
		line_break(w, pretty);
	w->depth++;
	jw_arr_end(w);
}

static void print_node(struct jw *w, struct json_object *o, bool pretty)
{
	switch (json_kind(ours(o))) {
	case JSON_NULL:
		jw_null(w);
		break;
	case JSON_BOOL:
		jw_bool(w, json_object_get_boolean(o));
		break;
	case JSON_INT:
		jw_int(w, json_object_get_int64(o));
		break;
	case JSON_REAL:
		jw_real(w, json_object_get_double(o));
		break;
	case JSON_STRING:
		jw_strn(w, json_object_get_string(o), (size_t)json_object_get_string_len(o));
		break;
	case JSON_ARRAY:
		print_array(w, o, pretty);
		break;
	case JSON_OBJECT:
		print_object(w, o, pretty);
		break;
	}
}

void json_print(const struct json *j, struct str *out, bool pretty)
{
	struct jw w = jw_start(out);

	print_node(&w, theirs(j), pretty);
}

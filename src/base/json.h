/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON, both ways. Reading: a strict pre-scan refuses what json-c would let through (duplicate names,
 * NaN/Infinity, single quotes, comments, numbers past 64 bits or with a wrong form, escaped NUL, lone
 * surrogates, invalid UTF-8, depth over 16, trailing rubbish), then json-c builds the tree; only json_tree.c
 * knows json-c. A JSON null is the same as an absent node: NULL. Writing: an append-only writer on struct str
 * that puts the commas; hot routes use it directly.
 */
#ifndef FIRPATH_BASE_JSON_H
#define FIRPATH_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"

#define JSON_DEPTH_MAX 16
#define JSON_DEPTH_DEEP 62 /* what json_parse_deep() may allow: the writer prints it again */

struct json; /* a node; the root owns its tree, children are borrowed from it */

/* ERR_JSON with line and column. text need not be NUL terminated. */
int json_parse(const char *text, size_t len, struct json **ret, struct err *e) MUST_USE;
int json_prescan(const char *text, size_t len, struct err *e) MUST_USE; /* the strict check alone */
/* For documents that nest deeper by nature (Manifests): depth up to JSON_DEPTH_DEEP. */
int json_prescan_deep(const char *text, size_t len, int depth, struct err *e) MUST_USE;
int json_parse_deep(const char *text, size_t len, int depth, struct json **ret, struct err *e) MUST_USE;
void json_free(struct json *root);
DEFINE_OWN(struct json, json_free)

enum json_kind { JSON_NULL, JSON_BOOL, JSON_INT, JSON_REAL, JSON_STRING, JSON_ARRAY, JSON_OBJECT };
enum json_kind json_kind(const struct json *j);                        /* NULL gives JSON_NULL */
const struct json *json_get(const struct json *obj, const char *name); /* NULL when absent or not an object */
size_t json_len(const struct json *arr);                      /* elements of an array, members of an object */
const struct json *json_at(const struct json *arr, size_t i); /* array element */
const char *json_text(const struct json *j);                  /* NULL unless a string; borrowed */
int64_t json_int(const struct json *j, int64_t otherwise);
double json_real(const struct json *j, double otherwise);
bool json_bool(const struct json *j, bool otherwise);
/* i-th member of an object: its name (NULL past the end) and value. Walks from the start: for small objects.
 */
const char *json_member(const struct json *obj, size_t i, const struct json **ret_val);
/* All members in order, also of large objects: start with a zeroed walk; false at the end. *ret_val is NULL
 * for a null. */
struct json_walk {
	const void *at; /* private */
	bool begun;
};
bool json_next(const struct json *obj, struct json_walk *w, const char **ret_name,
	       const struct json **ret_val);
void json_print(const struct json *j, struct str *out, bool pretty); /* member order kept */
/* For documents that are changed in place (Manifests that are signed). */
struct json *json_member_of(struct json *obj, const char *name);
struct json *json_element_of(struct json *arr, size_t i);
/* Replaces a member where it stands, or adds it at the end; text NULL takes it away. */
void json_put_text(struct json *obj, const char *name, const char *text);

/* Fields of a struct as a table: decoding, refusal of unknown members and documentation come from it. */
enum field_kind {
	FIELD_TEXT /* char[max] */,
	FIELD_STR /* char *, owned by the struct */,
	FIELD_INT /* int64_t */,
	FIELD_BOOL /* bool */,
	FIELD_TIME /* int64_t UTC ms from RFC 3339 text */,
	FIELD_WORDS /* char[max]: an array of words without blanks, joined by blanks */,
	FIELD_ARRAY /* an array of at most max elements that the caller reads; nothing is stored */
};
struct json_field {
	const char *name; /* NULL ends the table */
	enum field_kind kind;
	size_t offset;
	bool required;
	int64_t min, max; /* INT: range, 0 0 = any; TEXT, WORDS: max = size of the array; STR: max length, 0 =
			     64 KiB */
};
/* A null member counts as absent, an absent optional one leaves its field alone. Unknown member, missing
 * required one, wrong kind or range: ERR_JSON_FIELD with e->where = JSON pointer. */
int json_decode(const struct json *obj, const struct json_field *fields, void *into, struct err *e) MUST_USE;
/* No member but these (NULL ends them)? ERR_JSON_FIELD names the first other one and the nearest of them,
 * with e->where = place/name; place: JSON pointer of obj. */
int json_only(const struct json *obj, const char *const *names, const char *place, struct err *e) MUST_USE;

/*
 * Writer. Names of members are the program's own and need no escaping; values are escaped, and bytes that are
 * not UTF-8 (and NUL) come out as U+FFFD, so the output is always valid JSON. At most 63 levels.
 */
struct jw {
	struct str *out; /* borrowed */
	uint64_t more;   /* bit per depth: the next value needs a comma */
	int depth;
};
struct jw jw_start(struct str *out);
void jw_obj(struct jw *w); /* { */
void jw_end(struct jw *w); /* } */
void jw_arr(struct jw *w); /* [ */
void jw_arr_end(struct jw *w);
void jw_keyn(struct jw *w, const char *name, size_t n);
void jw_str(struct jw *w, const char *s); /* NULL writes null */
void jw_strn(struct jw *w, const char *s, size_t n);
void jw_int(struct jw *w, int64_t v);
void jw_real(struct jw *w, double v); /* NaN and infinity write null */
void jw_bool(struct jw *w, bool v);
void jw_null(struct jw *w);
void jw_raw(struct jw *w, const char *json, size_t n); /* already rendered value */
void jw_node(struct jw *w, const struct json *j);      /* one that was read, as it is; NULL writes null */
void jw_time(struct jw *w, int64_t ms);                /* RFC 3339 text, ms < 0 writes null */
void jw_date(struct jw *w, int64_t ms);                /* date only, ms < 0 writes null */
void json_escape(struct str *out, const char *s, size_t n); /* without the quotes */
static inline void jw_key(struct jw *w, const char *name)
{
	jw_keyn(w, name, strlen(name)); /* here, so that the length of a literal is known to the compiler */
}
/* Shorthands for a member of an object. */
static inline void jw_kstr(struct jw *w, const char *name, const char *s)
{
	jw_key(w, name);
	jw_str(w, s);
}
static inline void jw_kint(struct jw *w, const char *name, int64_t v)
{
	jw_key(w, name);
	jw_int(w, v);
}
static inline void jw_kbool(struct jw *w, const char *name, bool v)
{
	jw_key(w, name);
	jw_bool(w, v);
}
static inline void jw_ktime(struct jw *w, const char *name, int64_t ms)
{
	jw_key(w, name);
	jw_time(w, ms);
}
/* Words with blanks between, as an array. */
void jw_kwords(struct jw *w, const char *name, const char *words);
static inline void jw_kdate(struct jw *w, const char *name, int64_t ms)
{
	jw_key(w, name);
	jw_date(w, ms);
}

#endif

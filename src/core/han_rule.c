/* SPDX-License-Identifier: Apache-2.0 */
/* What hubs (and other devices of a HAN) must run before a device may be moved: statements with author and
 * source, for everybody. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "core/fleet_util.h"
#include "core/meter.h"

#define RULE_NAME_MAX 64
#define RULE_ENTRIES_MAX 32

/* A rule as it is stated. */
struct rule_in {
	char applies_class[16], applies_entry[48], needs_class[16], needs_gbcs[32], needs_entries[256],
	    source[257];
	char name[RULE_NAME_MAX + 1]; /* taken and compared: PUT of what GET gave */
};

static bool name_ok(const char *s)
{
	size_t n = strlen(s);

	return n && n <= RULE_NAME_MAX && *s != '.' &&
	       s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")] == 0;
}

static int wrong(struct err *e, const char *where)
{
	return err_at(e, where, 0, 0);
}

static int class_check(const char *text, const char *where, struct err *e)
{
	if (han_class_named(text) != HAN_CLASSES)
		return OK;
	err_set(e, ERR_JSON_FIELD, "'%.16s' is no type of a device (ESME, GSME, CHF, HCALCS, PPMID ...)",
		text);
	return wrong(e, where);
}

static int entry_find(const struct snapshot *s, const char *text, size_t n, const char *where, int64_t *ret,
		      struct err *e)
{
	char id[48];
	uint32_t node;

	node = str_copyn(id, sizeof id, text, n) ? graph_find_entry(s->graph, "cpl", id) : NODE_NONE;
	if (node == NODE_NONE) {
		err_set(e, ERR_NOT_FOUND, "there is no entry '%.40s'", id);
		return wrong(e, where);
	}
	*ret = graph_node(s->graph, node)->entry_id;
	return OK;
}

/* "000123 000124" -> "000123,000124", each in the catalogue. */
static int entries_take(const struct snapshot *s, char *list, struct err *e)
{
	int64_t id;
	int count = 0;

	for (char *p = list; *p; count++) {
		size_t n = strcspn(p, " ");

		if (entry_find(s, p, n, "/needs_entries", &id, e))
			return (int)e->code;
		p += n;
		if (*p)
			*p++ = ',';
	}
	if (count <= RULE_ENTRIES_MAX)
		return OK;
	err_set(e, ERR_JSON_FIELD, "a rule names at most %d entries", RULE_ENTRIES_MAX);
	return wrong(e, "/needs_entries");
}

static int rule_read(const struct snapshot *s, const char *name, const struct json *body, struct rule_in *in,
		     struct store_han_rule *ret, struct err *e)
{
#define PLACE(m) offsetof(struct rule_in, m)
#define SIZE(m) sizeof(((struct rule_in *)0)->m)
	static const struct json_field fields[] = {
		{ "name", FIELD_TEXT, PLACE(name), false, 0, SIZE(name) },
		{ "applies_class", FIELD_TEXT, PLACE(applies_class), false, 0, SIZE(applies_class) },
		{ "applies_entry", FIELD_TEXT, PLACE(applies_entry), false, 0, SIZE(applies_entry) },
		{ "needs_class", FIELD_TEXT, PLACE(needs_class), true, 0, SIZE(needs_class) },
		{ "needs_gbcs", FIELD_TEXT, PLACE(needs_gbcs), false, 0, SIZE(needs_gbcs) },
		{ "needs_entries", FIELD_WORDS, PLACE(needs_entries), false, 0, SIZE(needs_entries) },
		{ "source", FIELD_TEXT, PLACE(source), true, 0, SIZE(source) },
		{ NULL }
	};
#undef PLACE
#undef SIZE
	bool ok = true;

	if (json_decode(body, fields, in, e))
		return (int)e->code;
	if (*in->name && strcmp(in->name, name) != 0) {
		err_set(e, ERR_JSON_FIELD, "the address names the rule '%.64s'", name);
		return wrong(e, "/name");
	}
	if ((*in->applies_class && class_check(in->applies_class, "/applies_class", e)) ||
	    class_check(in->needs_class, "/needs_class", e) ||
	    (*in->applies_entry && entry_find(s, in->applies_entry, strlen(in->applies_entry),
					      "/applies_entry", &ret->applies_id, e)) ||
	    entries_take(s, in->needs_entries, e))
		return (int)e->code;
	if (*in->needs_gbcs && (han_gbcs_compare(in->needs_gbcs, in->needs_gbcs, &ok), !ok)) {
		err_set(e, ERR_JSON_FIELD, "'%.31s' is no GBCS version (4.0)", in->needs_gbcs);
		return wrong(e, "/needs_gbcs");
	}
	if (!*in->needs_gbcs && !*in->needs_entries) {
		err_set(e, ERR_JSON_FIELD,
			"a rule asks for a GBCS version (needs_gbcs) or for entries "
			"(needs_entries)");
		return wrong(e, "/needs_gbcs");
	}
	if (!*in->source) {
		err_set(e, ERR_JSON_FIELD, "source says who says so: a release note, a letter, a section");
		return wrong(e, "/source");
	}
	ret->name = name;
	ret->applies_class = in->applies_class;
	ret->needs_class = in->needs_class;
	ret->needs_gbcs = in->needs_gbcs;
	ret->needs_ids = in->needs_entries;
	ret->source = in->source;
	return OK;
}

static void entries_write(const char *list, struct jw *w)
{
	jw_key(w, "needs_entries");
	jw_arr(w);
	while (*list) {
		size_t n = strcspn(list, ",");

		jw_strn(w, list, n);
		list += n + (list[n] == ',');
	}
	jw_arr_end(w);
}

static void rule_members(const struct store_han_rule *h, const char *applies, struct jw *w)
{
	jw_kstr(w, "name", h->name);
	jw_kstr(w, "applies_class", *h->applies_class ? h->applies_class : NULL);
	jw_kstr(w, "applies_entry", applies && *applies ? applies : NULL);
	jw_kstr(w, "needs_class", h->needs_class);
	jw_kstr(w, "needs_gbcs", *h->needs_gbcs ? h->needs_gbcs : NULL);
	entries_write(h->needs_ids, w);
	jw_kstr(w, "source", h->source);
}

/* *ret_got false: there is none of that name. */
static int rule_told(struct db *db, const char *name, bool *ret_got, struct str *out, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct jw w = jw_start(out);
	struct store_han_rule h;

	if (store_han_rule_get(db, name, &r, e) || store_han_rule_next(r, &h, ret_got, e))
		return (int)e->code;
	if (!*ret_got)
		return OK;
	jw_obj(&w);
	rule_members(&h, h.applies, &w);
	jw_kstr(&w, "stated_by", h.stated_by);
	jw_end(&w);
	return OK;
}

int han_rules_json(struct db *db, const char *cursor, int64_t limit, struct str *out, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct jw w = jw_start(out);
	struct store_han_rule h;
	char last[RULE_NAME_MAX + 1] = "";
	int64_t n = 0;
	bool got;

	if (cursor && !name_ok(cursor))
		return err_set(e, ERR_INVALID, "'%.40s' is not a cursor that was given by a page before",
			       cursor);
	if (store_han_rules(db, cursor ? cursor : "", limit + 1, &r, e))
		return (int)e->code;
	jw_obj(&w);
	jw_key(&w, "rules");
	jw_arr(&w);
	for (;; n++) {
		if (store_han_rule_next(r, &h, &got, e))
			return (int)e->code;
		if (!got || n == limit)
			break;
		jw_obj(&w);
		rule_members(&h, h.applies, &w);
		jw_kstr(&w, "stated_by", h.stated_by);
		jw_ktime(&w, "stated_at", h.stated_at);
		jw_end(&w);
		str_copy(last, sizeof last, h.name);
	}
	jw_arr_end(&w);
	jw_kstr(&w, "next", got ? last : NULL);
	jw_end(&w);
	return OK;
}

static char *rule_subject(const char *name, char buf[RULE_NAME_MAX + 16])
{
	snprintf(buf, RULE_NAME_MAX + 16, "han-rule/%s", name);
	return buf;
}

int han_rule_put(struct db *db, const struct snapshot *s, const struct actor *who, const char *name,
		 const struct json *body, bool *ret_made, struct err *e)
{
	TX(tx);
	struct store_han_rule h = { .stated_by = who->name, .stated_at = who->now };
	struct rule_in in = { .name = "" };
	char subject[RULE_NAME_MAX + 16];
	STR(before, 4 * KIB);
	STR(after, 4 * KIB);
	bool got;

	if (!name_ok(name))
		return err_set(
		    e, ERR_INVALID,
		    "a rule's name has 1 to %d letters, digits and . _ - and does not begin with a "
		    "dot",
		    RULE_NAME_MAX);
	if (rule_read(s, name, body, &in, &h, e) || tx_begin(&tx, db, true, e) || snapshot_check(db, s, e) ||
	    rule_told(db, name, &got, &before, e) || store_han_rule_put(db, &h, e))
		return (int)e->code;
	*ret_made = !got;
	if (rule_told(db, name, &got, &after, e))
		return (int)e->code;
	if (!*ret_made && !strcmp(str_c(&before), str_c(&after)))
		return OK; /* it said just that */
	if (audit_add(db, who, "han-rule-put", rule_subject(name, subject), *ret_made ? NULL : str_c(&before),
		      str_c(&after), 0, NULL, e))
		return (int)e->code;
	return tx_keep(&tx, e);
}

int han_rule_drop(struct db *db, const struct actor *who, const char *name, struct err *e)
{
	TX(tx);
	char subject[RULE_NAME_MAX + 16];
	STR(before, 4 * KIB);
	int64_t n;
	bool got;

	if (!name_ok(name))
		return err_set(e, ERR_NOT_FOUND, "there is no rule '%.64s'", name);
	if (tx_begin(&tx, db, true, e) || rule_told(db, name, &got, &before, e))
		return (int)e->code;
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "there is no rule '%.64s'", name);
	if (store_han_rule_drop(db, name, &n, e) ||
	    audit_add(db, who, "han-rule-drop", rule_subject(name, subject), str_c(&before), NULL, 0, NULL,
		      e))
		return (int)e->code;
	return tx_keep(&tx, e);
}

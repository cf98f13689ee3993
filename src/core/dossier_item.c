/* SPDX-License-Identifier: Apache-2.0 */
/* Items of proposals about excerpts and contacts: judged, written, shown. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "core/dossier.h"
#include "model/ident.h"

const char *const dossier_kind_text[] = { "excerpt", "contact", NULL };

#define TEXT(name_)                                                                                          \
	{                                                                                                    \
#name_, FIELD_TEXT, offsetof(struct dossier_item, name_), false, 0,                          \
		    sizeof((struct dossier_item *)0)->name_                                                  \
	}
const struct json_field dossier_item_fields[] = {
	TEXT(kind),          TEXT(entry),  TEXT(manufacturer), TEXT(text),       TEXT(document),
	TEXT(document_date), TEXT(sha256), TEXT(owner),        TEXT(name),       TEXT(email),
	TEXT(phone),         TEXT(url),    TEXT(hours),        { .name = NULL },
};
#undef TEXT

static bool is_excerpt(const struct dossier_item *item)
{
	return !strcmp(item->kind, dossier_kind_text[DOSSIER_EXCERPT]);
}

static int wrong(struct err *e, const char *field, const char *what)
{
	err_set(e, ERR_INVALID, "%s", what);
	return err_at(e, field, 0, 0);
}

/* Trims in place. */
static void trim(char *s)
{
	const char *p = s;
	size_t n = parse_trim(&p, strlen(s));

	memmove(s, p, n);
	s[n] = '\0';
}

static void trim_all(struct dossier_item *item)
{
	for (const struct json_field *f = dossier_item_fields; f->name; f++)
		trim((char *)item + f->offset);
}

/* Text for people: UTF-8 without control characters, but for line ends where they are permitted. */
static bool clean(const char *s, bool lines)
{
	if (!parse_utf8_ok(s, strlen(s)))
		return false;
	for (; *s; s++)
		if (((unsigned char)*s < ' ' && !(lines && (*s == '\n' || *s == '\t'))) || *s == 0x7f)
			return false;
	return true;
}

static size_t characters(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xC0) != 0x80;
	return n;
}

static int check_entry(const struct snapshot *s, struct dossier_item *item, struct err *e)
{
	struct ident id;
	uint32_t node;

	if (ident_parse(item->entry, false, &id, e))
		return err_at(e, "entry", 0, 0);
	if (id.kind != IDENT_ENTRY)
		return wrong(e, "entry", "name the entry by its Entry ID");
	node = graph_find_entry(s->graph, id.scheme, id.public_id);
	if (node == NODE_NONE) {
		err_set(e, ERR_NOT_FOUND, "there is no entry '%.64s'", item->entry);
		return err_at(e, "entry", 0, 0);
	}
	str_copy(item->entry, sizeof item->entry, graph_node(s->graph, node)->name);
	return OK;
}

static int check_hex(char *text, size_t digits, const char *field, struct err *e)
{
	if (!*text)
		return OK;
	if (strlen(text) != digits || strspn(text, "0123456789abcdefABCDEF") != digits) {
		err_set(e, ERR_INVALID, "%s has %zu hex digits", field, digits);
		return err_at(e, field, 0, 0);
	}
	for (; *text; text++)
		if (*text >= 'a')
			*text = (char)(*text - 'a' + 'A');
	return OK;
}

static int check_excerpt(struct dossier_item *item, int64_t now, struct err *e)
{
	int64_t date;

	if (!*item->document)
		return wrong(e, "document", "name the document that the excerpt is from");
	if (item->withdraw) {
		/* only the key counts; the rest must not change the hash of a proposal */
		*item->text = *item->document_date = *item->sha256 = *item->owner = '\0';
		return OK;
	}
	if (!*item->text)
		return wrong(e, "text", "an excerpt needs its text");
	if (!clean(item->text, true))
		return wrong(e, "text", "an excerpt is text without control characters");
	if (characters(item->text) > DOSSIER_TEXT_MAX) {
		err_set(e, ERR_INVALID, "an excerpt has at most %d characters; this one has %zu",
			DOSSIER_TEXT_MAX, characters(item->text));
		return err_at(e, "text", 0, 0);
	}
	if (!*item->owner)
		return wrong(e, "owner", "say whose document it is");
	if (*item->document_date) {
		if (strlen(item->document_date) != strlen("2026-11-20") ||
		    parse_time(item->document_date, &date, e))
			return wrong(e, "document_date", "a document's date is written YYYY-MM-DD");
		if (date > now)
			return wrong(e, "document_date", "the document's date lies in the future");
	}
	return check_hex(item->sha256, 64, "sha256", e);
}

static int check_contact(struct dossier_item *item, struct err *e)
{
	if (!*item->entry == !*item->manufacturer)
		return wrong(e, "manufacturer",
			     "a contact is of one manufacturer code, or of one entry: give one of the two");
	if (check_hex(item->manufacturer, 4, "manufacturer", e))
		return (int)e->code;
	if (item->withdraw) {
		*item->name = *item->email = *item->phone = *item->url = *item->hours = '\0';
		return OK;
	}
	if (!*item->name)
		return wrong(e, "name", "name the team or function, not a person");
	if (!*item->email && !*item->phone && !*item->url)
		return wrong(e, "email", "give at least one of email, phone and url");
	if (*item->email && (!strchr(item->email, '@') || strpbrk(item->email, " <>\"'()&?")))
		return wrong(e, "email", "that is no e-mail address");
	if (strspn(item->phone, "+0123456789 ()-") != strlen(item->phone))
		return wrong(e, "phone", "a phone number has digits, blanks, + ( ) and -");
	if (*item->url &&
	    (strncmp(item->url, "https://", 8) || !item->url[8] || strpbrk(item->url, " <>\"'\\")))
		return wrong(e, "url", "an address begins with https:// and has no blanks or quotes");
	return OK;
}

int dossier_check(const struct snapshot *s, struct dossier_item *item, int64_t now, struct err *e)
{
	bool known = false;

	trim_all(item);
	for (int i = 0; dossier_kind_text[i]; i++)
		known |= !strcmp(item->kind, dossier_kind_text[i]);
	if (!known)
		return wrong(e, "kind", "the kind must be excerpt or contact");
	for (const struct json_field *f = dossier_item_fields; f->name; f++)
		if (!clean((char *)item + f->offset, !strcmp(f->name, "text")))
			return wrong(e, f->name, "a text without control characters is needed");
	/* Members of the other kind are no part of this item. */
	for (const struct json_field *f = dossier_item_fields; f->name; f++) {
		size_t at = f->offset;
		bool excerpts =
		    at >= offsetof(struct dossier_item, text) && at < offsetof(struct dossier_item, name);
		bool contacts = at >= offsetof(struct dossier_item, name) ||
				at == offsetof(struct dossier_item, manufacturer);

		if (((char *)item)[at] && (is_excerpt(item) ? contacts : excerpts)) {
			err_set(e, ERR_INVALID, "an item of the kind %s has no '%s'", item->kind, f->name);
			return err_at(e, f->name, 0, 0);
		}
	}
	if (is_excerpt(item) && !*item->entry)
		return wrong(e, "entry", "name the entry that the excerpt is about");
	if (*item->entry && check_entry(s, item, e))
		return (int)e->code;
	return is_excerpt(item) ? check_excerpt(item, now, e) : check_contact(item, e);
}

static uint32_t item_node(const struct snapshot *s, const struct dossier_item *item)
{
	struct ident id;
	struct err e;

	if (!*item->entry || ident_parse(item->entry, false, &id, &e) || id.kind != IDENT_ENTRY)
		return NODE_NONE;
	return graph_find_entry(s->graph, id.scheme, id.public_id);
}

const char *dossier_code(const struct snapshot *s, const struct dossier_item *item)
{
	uint32_t node = item_node(s, item);

	if (*item->manufacturer)
		return item->manufacturer;
	return node == NODE_NONE ? ""
				 : graph_model(s->graph, graph_node(s->graph, node)->model)->manufacturer;
}

void dossier_item_json(const struct dossier_item *item, struct jw *w)
{
	jw_obj(w);
	for (const struct json_field *f = dossier_item_fields; f->name; f++) {
		const char *text = (const char *)item + f->offset;

		if (*text)
			jw_kstr(w, f->name, text);
	}
	jw_end(w);
}

/* ---- writing ---- */

/* The number of the item's entry; 0 = it names none. */
static int entry_number(struct db *db, const struct dossier_item *item, int64_t *ret, struct err *e)
{
	struct ident id;
	bool got;

	*ret = 0;
	if (!*item->entry)
		return OK;
	if (ident_parse(item->entry, false, &id, e) ||
	    db_one(db, SQL_ENTRY_FIND, ARGS(VTEXT(id.scheme), VTEXT(id.public_id)), &got, ret, e))
		return e->code;
	return got ? OK : err_set(e, ERR_NOT_FOUND, "there is no entry '%.64s'", item->entry);
}

/* What stands for the key of an item, in its form. */
static int standing(struct db *db, const struct dossier_item *item, int64_t entry, int64_t *ret_id,
		    struct dossier_item *ret, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	char date[TIME_TEXT] = "";
	bool got;
	int rc;

	*ret_id = 0;
	memset(ret, 0, sizeof *ret);
	if (is_excerpt(item))
		rc = db_run(db, SQL_EXCERPT_GET, ARGS(VINT(entry), VTEXT(item->document)), &r, e);
	else if (entry)
		rc = db_run(db, SQL_CONTACT_OF_ENTRY, ARGS(VINT(entry)), &r, e);
	else
		rc = db_run(db, SQL_CONTACT_OF_CODE, ARGS(VTEXT(item->manufacturer)), &r, e);
	if (rc || rows_next(r, &got, e) || !got)
		return rc ? rc : got ? (int)e->code : OK;
	*ret_id = rows_num(r, 0);
	memcpy(ret->kind, item->kind, sizeof ret->kind);
	memcpy(ret->entry, item->entry, sizeof ret->entry);
	memcpy(ret->manufacturer, item->manufacturer, sizeof ret->manufacturer);
	if (is_excerpt(item)) {
		if (rows_date(r, 3) >= 0)
			date_text(rows_date(r, 3), date);
		str_copy(ret->text, sizeof ret->text, rows_text(r, 1));
		str_copy(ret->document, sizeof ret->document, rows_text(r, 2));
		str_copy(ret->document_date, sizeof ret->document_date, date);
		str_copy(ret->sha256, sizeof ret->sha256, rows_text(r, 4));
		str_copy(ret->owner, sizeof ret->owner, rows_text(r, 5));
		return OK;
	}
	str_copy(ret->name, sizeof ret->name, rows_text(r, 1));
	str_copy(ret->email, sizeof ret->email, rows_text(r, 2));
	str_copy(ret->phone, sizeof ret->phone, rows_text(r, 3));
	str_copy(ret->url, sizeof ret->url, rows_text(r, 4));
	str_copy(ret->hours, sizeof ret->hours, rows_text(r, 5));
	return OK;
}

static bool same_item(const struct dossier_item *a, const struct dossier_item *b)
{
	for (const struct json_field *f = dossier_item_fields; f->name; f++)
		if (strcmp((const char *)a + f->offset, (const char *)b + f->offset) != 0)
			return false;
	return true;
}

static int item_add(struct db *db, const struct dossier_item *item, int64_t entry, int64_t rev, struct err *e)
{
	int64_t date = -1;

	if (!is_excerpt(item))
		return db_exec(db, SQL_CONTACT_ADD,
			       ARGS(entry ? VINT(entry) : VNULL,
				    VTEXT(*item->manufacturer ? item->manufacturer : NULL), VINT(rev),
				    VTEXT(item->name), VTEXT(item->email), VTEXT(item->phone),
				    VTEXT(item->url), VTEXT(item->hours)),
			       NULL, e);
	if (*item->document_date && parse_time(item->document_date, &date, e))
		return e->code;
	return db_exec(db, SQL_EXCERPT_ADD,
		       ARGS(VINT(entry), VINT(rev), VTEXT(item->text), VTEXT(item->document), VDATE(date),
			    VTEXT(item->sha256), VTEXT(item->owner)),
		       NULL, e);
}

int dossier_apply(struct db *db, const struct dossier_item *item, int64_t rev, struct str *before,
		  bool *ret_changed, struct err *e)
{
	struct dossier_item old;
	int64_t entry, id;

	if (entry_number(db, item, &entry, e) || standing(db, item, entry, &id, &old, e))
		return e->code;
	if (before) {
		struct jw w = jw_start(before);

		if (id)
			dossier_item_json(&old, &w);
		else
			jw_null(&w);
	}
	if (item->withdraw && !id)
		return err_set(e, ERR_CONFLICT, "there is no standing %s of %s to withdraw", item->kind,
			       *item->entry ? item->entry : item->manufacturer);
	if (!item->withdraw && id && same_item(&old, item)) {
		*ret_changed = false;
		return OK;
	}
	if (id && db_exec(db, is_excerpt(item) ? SQL_EXCERPT_CLOSE : SQL_CONTACT_CLOSE,
			  ARGS(VINT(rev), VINT(id)), NULL, e))
		return e->code;
	if (!item->withdraw && item_add(db, item, entry, rev, e))
		return e->code;
	*ret_changed = true;
	return OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "core/atom.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/json.h"
#include "base/parse.h"
#include "core/history.h"

/* Characters that XML 1.0 cannot hold become a blank. */
static void xml(struct str *out, const char *s)
{
	for (; *s; s++)
		switch (*s) {
		case '&':
			str_add(out, "&amp;");
			break;
		case '<':
			str_add(out, "&lt;");
			break;
		case '>':
			str_add(out, "&gt;");
			break;
		case '"':
			str_add(out, "&quot;");
			break;
		default:
			str_addc(out, (unsigned char)*s < ' ' && *s != '\n' && *s != '\t' ? ' ' : *s);
		}
}

static void member(struct str *out, const char *name, const char *text)
{
	str_addf(out, "<%s>", name);
	xml(out, text);
	str_addf(out, "</%s>\n", name);
}

/* A lasting name of a thing: the first 128 bits of a digest as a UUID (version 8, RFC 9562). */
static void urn(struct str *out, const char *what)
{
	uint8_t sum[SHA256_LEN];
	char hex[SHA256_HEX];

	sha256_of(what, strlen(what), sum);
	sum[6] = (uint8_t)((sum[6] & 0x0f) | 0x80);
	sum[8] = (uint8_t)((sum[8] & 0x3f) | 0x80);
	hex_text(sum, sizeof sum, hex);
	for (char *p = hex; *p; p++)
		*p = (char)(*p >= 'A' ? *p - 'A' + 'a' : *p);
	str_addf(out, "<id>urn:uuid:%.8s-%.4s-%.4s-%.4s-%.12s</id>\n", hex, hex + 8, hex + 12, hex + 16,
		 hex + 20);
}

/* "000123 added, 000124 stated ..." from the members of a change. */
static void names(const struct json *list, struct str *out)
{
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *j = json_at(list, i);

		str_addf(out, "%s%s %s", out->len ? ", " : "", json_text(json_get(j, "entry")),
			 json_text(json_get(j, "change")));
	}
}

static int entry(struct db *db, const struct rows *r, const char *base, struct str *out, struct err *e)
{
	int64_t revision = rows_num(r, 0);
	OWN(json_free) struct json *j = NULL;
	STR(text, 256 * KIB);
	STR(list, 64 * KIB);
	struct jw w = jw_start(&text);
	char title[200], when[TIME_TEXT], id[200];

	jw_obj(&w);
	if (history_change_members(db, revision, &w, e))
		return (int)e->code;
	jw_end(&w);
	if (json_parse(str_c(&text), text.len, &j, e))
		return err_wrap(e, "revision %" PRId64, revision);
	names(json_get(j, "entries"), &list);
	names(json_get(j, "statements"), &list);
	snprintf(title, sizeof title, "Revision %" PRId64 ": %.100s", revision, rows_text(r, 2));
	snprintf(id, sizeof id, "firpath revision %" PRId64 " %" PRId64 " %.100s", revision, rows_num(r, 1),
		 rows_text(r, 2));
	str_add(out, "<entry>\n");
	urn(out, id);
	member(out, "title", title);
	member(out, "updated", time_text(rows_num(r, 1), when));
	str_add(out, "<link rel=\"alternate\" type=\"application/json\" href=\"");
	xml(out, base);
	str_addf(out, "/v1/changes?since=%" PRId64 "&amp;limit=1\"/>\n<content type=\"text\">", revision - 1);
	xml(out, rows_text(r, 3));
	if (list.len) {
		str_add(out, *rows_text(r, 3) ? "\n" : "");
		xml(out, str_c(&list));
	}
	if (list.over || json_bool(json_get(j, "more"), false))
		str_add(out, " and more");
	str_add(out, "</content>\n</entry>\n");
	return OK;
}

static void head(const struct snapshot *s, uint32_t model, const char *base, struct str *out)
{
	char id[MODEL_ID_MAX] = "", what[MODEL_ID_MAX + 40], when[TIME_TEXT];

	if (model != NODE_NONE)
		model_id_text(graph_model(s->graph, model), id);
	snprintf(what, sizeof what, "firpath changes %s", id);
	str_add(out,
		"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n");
	urn(out, what);
	snprintf(what, sizeof what, *id ? "firpath: changes of model %s" : "firpath: changes%s", id);
	member(out, "title", what);
	member(out, "updated", time_text(s->revision_at > 0 ? s->revision_at : 0, when));
	str_add(out, "<author><name>firpath</name></author>\n<link rel=\"self\" "
		     "type=\"application/atom+xml\" href=\"");
	xml(out, base);
	str_add(out, "/v1/changes.atom");
	if (*id) {
		str_add(out, "?model=");
		for (const char *p = id; *p; p++)
			if (strchr(" %&#?+<>\"", *p))
				str_addf(out, "%%%02X", (unsigned char)*p);
			else
				str_addc(out, *p);
	}
	str_add(out, "\"/>\n");
}

int changes_atom(struct db *db, const struct snapshot *s, uint32_t model, const char *base, struct str *out,
		 struct err *e)
{
	int64_t model_id = model == NODE_NONE ? 0 : graph_model(s->graph, model)->id;
	bool got;
	TX(tx);
	OWN(rows_done) struct rows *r = NULL;

	if (tx_begin(&tx, db, false, e) ||
	    db_run(db, SQL_FEED_REVISIONS, ARGS(VINT(model_id), VINT(ATOM_ENTRIES)), &r, e))
		return (int)e->code;
	head(s, model, base, out);
	for (;;) {
		if (rows_next(r, &got, e))
			return (int)e->code;
		if (!got)
			break;
		if (entry(db, r, base, out, e))
			return (int)e->code;
	}
	str_add(out, "</feed>\n");
	return OK;
}

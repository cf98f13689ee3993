/* SPDX-License-Identifier: Apache-2.0 */
#include "core/restricted.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "core/export.h"
#include "core/rows_json.h"
#include "model/ident.h"
#include "store/migrate.h"

const char *const radio_bands[] = { "", "2.4-ghz", "sub-ghz", "dual", NULL };

int restricted_open(const char *dsn, struct db **ret, struct err *e)
{
	if (!*dsn)
		return err_set(e, ERR_UNAVAILABLE, "this service has no register (restricted_db)");
	return db_open_set(dsn, &schema_restricted, ret, e);
}

int restricted_entry(const struct snapshot *s, const struct principal *p, const char *text,
		     struct restricted_entry *ret, struct err *e)
{
	uint32_t node = NODE_NONE;
	struct ident id;
	struct err none;

	if (!ident_parse(text, false, &id, &none) && id.kind == IDENT_ENTRY)
		node = graph_find_entry(s->graph, id.scheme, id.public_id);
	if (node != NODE_NONE) {
		const struct graph_node *n = graph_node(s->graph, node);
		const char *maker = graph_model(s->graph, n->model)->manufacturer;

		if (strcmp(graph_model(s->graph, n->model)->scheme, "cpl") != 0) /* it is about the CPL */
			return err_set(e, ERR_NOT_FOUND, "there is no record of an entry '%.40s' for you",
				       text);
		if (may(p, ROLE_SSC) || (may(p, ROLE_MANUFACTURER) && principal_owns_code(p, maker))) {
			str_copy(ret->id, sizeof ret->id, n->name);
			str_copy(ret->manufacturer, sizeof ret->manufacturer, maker);
			return OK;
		}
	}
	return err_set(e, ERR_NOT_FOUND, "there is no record of an entry '%.40s' for you", text);
}

/* ---- one row ------------------------------------------------------------------------------------------- */

struct radio_row {
	struct radio r; /* borrowed from the rows */
	int64_t rev, at;
	const char *who;
};

static int radio_next(struct rows *r, struct radio_row *ret, bool *ret_got, struct err *e)
{
	bool got;

	if (rows_next(r, &got, e))
		return e->code;
	*ret_got = got;
	if (got)
		*ret = (struct radio_row){ .r = { .entry = rows_text(r, 0),
						  .manufacturer = rows_text(r, 1),
						  .band = rows_text(r, 2),
						  .chipset = rows_text(r, 3),
						  .stack = rows_text(r, 4) },
					   .rev = rows_num(r, 5),
					   .who = rows_text(r, 6),
					   .at = rows_num(r, 7) };
	return OK;
}

static const char *or_null(const char *s)
{
	return s && *s ? s : NULL;
}

static void radio_json(struct jw *w, const struct radio_row *x)
{
	jw_obj(w);
	jw_kstr(w, "entry", x->r.entry);
	jw_kstr(w, "manufacturer", x->r.manufacturer);
	jw_kstr(w, "band", or_null(x->r.band));
	jw_kstr(w, "chipset_vendor", or_null(x->r.chipset));
	jw_kstr(w, "stack_version", or_null(x->r.stack));
	jw_kint(w, "changes", x->rev);
	jw_kstr(w, "changed_by", x->who);
	jw_ktime(w, "changed_at", x->rev ? x->at : -1);
	jw_end(w);
}

/* A look or a change, in the open transaction. */
static int note_it(struct db *db, const struct actor *who, const char *action, const char *entry,
		   const char *before, const char *after, struct err *e)
{
	char subject[64] = "register";

	if (entry)
		snprintf(subject, sizeof subject, "entry/%.40s", entry);
	return audit_add(db, who, action, subject, before, after, 0, NULL, e);
}

static int need_why(const struct actor *who, struct err *e)
{
	const char *s = who->why;
	size_t n = parse_trim(&s, strlen(s));

	if (n < 3)
		return err_set(e, ERR_INVALID, "give the reason for looking at it as 'why'");
	return OK;
}

int radio_rev(struct db *db, const char *entry, int64_t *ret_rev, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct radio_row x;
	bool got;

	if (db_run(db, SQL_RESTRICTED_GET, ARGS(VTEXT(entry)), &r, e) || radio_next(r, &x, &got, e))
		return e->code;
	*ret_rev = got ? x.rev : 0;
	return OK;
}

/* Reads it inside a transaction. */
static int write_one(struct db *db, const char *entry, const char *manufacturer, struct str *out,
		     int64_t *ret_rev, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct radio_row x = { .r = { .entry = entry, .manufacturer = manufacturer } }, found;
	struct jw w = jw_start(out);
	bool got;

	if (db_run(db, SQL_RESTRICTED_GET, ARGS(VTEXT(entry)), &r, e) || radio_next(r, &found, &got, e))
		return e->code;
	radio_json(&w, got ? &found : &x);
	*ret_rev = got ? found.rev : 0;
	return OK;
}

int radio_get(struct db *db, const char *entry, const char *manufacturer, const struct actor *who,
	      struct str *out, int64_t *ret_rev, struct err *e)
{
	TX(tx);

	if (need_why(who, e) || tx_begin(&tx, db, true, e) ||
	    write_one(db, entry, manufacturer, out, ret_rev, e) ||
	    note_it(db, who, "radio-read", entry, NULL, NULL, e) || tx_keep(&tx, e))
		return e->code;
	str_addc(out, '\n');
	return OK;
}

static int check_radio(const struct radio *in, struct err *e)
{
	bool known = false;

	for (int i = 0; radio_bands[i]; i++)
		known |= !strcmp(radio_bands[i], in->band);
	if (!known) {
		err_set(e, ERR_INVALID, "the band must be 2.4-ghz, sub-ghz or dual, or empty");
		return err_at(e, "band", 0, 0);
	}
	if (strlen(in->chipset) > RADIO_TEXT_MAX || strlen(in->stack) > RADIO_TEXT_MAX)
		return err_set(e, ERR_INVALID, "chipset vendor and stack version have up to %d bytes",
			       RADIO_TEXT_MAX);
	return OK;
}

int radio_put(struct db *db, const struct radio *in, int64_t rev, const struct actor *who, struct str *out,
	      int64_t *ret_rev, struct err *e)
{
	STR(before, 4 * KIB);
	STR(after, 4 * KIB);
	int64_t has, now_rev;
	TX(tx);

	if (check_radio(in, e) || need_why(who, e) || tx_begin(&tx, db, true, e) ||
	    write_one(db, in->entry, in->manufacturer, &before, &has, e))
		return e->code;
	if (rev >= 0 && rev != has)
		return err_set(e, ERR_STALE, "the record of entry %s has changed meanwhile", in->entry);
	if (db_exec(db, SQL_RESTRICTED_PUT,
		    ARGS(VTEXT(in->entry), VTEXT(in->manufacturer), VTEXT(in->band), VTEXT(in->chipset),
			 VTEXT(in->stack), VINT(has + 1), VTEXT(who->name), VINT(who->now)),
		    NULL, e) ||
	    write_one(db, in->entry, in->manufacturer, &after, &now_rev, e) ||
	    note_it(db, who, "radio-write", in->entry, has ? str_c(&before) : NULL, str_c(&after), e) ||
	    tx_keep(&tx, e))
		return e->code;
	str_addn(out, str_c(&after), after.len);
	str_addc(out, '\n');
	*ret_rev = now_rev;
	return OK;
}

/* ---- many ---------------------------------------------------------------------------------------------- */

static int list_rows(struct db *db, const struct radio_search *s, int limit, struct rows **ret, struct err *e)
{
	return db_run(
	    db, SQL_RESTRICTED_LIST,
	    ARGS(VTEXT(s->after ? s->after : ""), VTEXT(or_null(s->q)), VTEXT(or_null(s->band)), VINT(limit)),
	    ret, e);
}

/* What was looked for is kept, too. */
static void search_json(const struct radio_search *s, struct str *out)
{
	struct jw w = jw_start(out);

	jw_obj(&w);
	jw_kstr(&w, "q", s->q);
	jw_kstr(&w, "band", s->band);
	jw_kstr(&w, "after", s->after);
	jw_end(&w);
}

static int list_in_tx(struct db *db, const struct radio_search *s, struct str *out, char next[16],
		      struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct jw w = jw_start(out);
	struct radio_row x;
	char last[16] = "";
	int n = 0;
	bool got;

	if (list_rows(db, s, s->limit + 1, &r, e))
		return e->code;
	jw_obj(&w);
	jw_key(&w, "entries");
	jw_arr(&w);
	for (;; n++) {
		if (radio_next(r, &x, &got, e))
			return e->code;
		if (!got || n == s->limit)
			break;
		radio_json(&w, &x);
		str_copy(last, sizeof last, x.r.entry);
	}
	jw_arr_end(&w);
	jw_kstr(&w, "next", got ? last : NULL);
	jw_end(&w);
	str_addc(out, '\n');
	str_copy(next, 16, got ? last : "");
	return OK;
}

int radio_list(struct db *db, const struct radio_search *s, const struct actor *who, struct str *out,
	       char next[16], struct err *e)
{
	STR(asked, 4 * KIB);
	TX(tx);

	search_json(s, &asked);
	if (need_why(who, e) || tx_begin(&tx, db, true, e) || list_in_tx(db, s, out, next, e) ||
	    note_it(db, who, "radio-search", NULL, NULL, str_c(&asked), e))
		return e->code;
	return tx_keep(&tx, e);
}

static int export_in_tx(struct db *db, const struct radio_search *s, struct str *out, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct radio_row x;
	char at[TIME_TEXT];
	bool got;

	str_add(out, "entry,manufacturer,band,chipset_vendor,stack_version,changed_by,changed_at\r\n");
	if (list_rows(db, s, INT32_MAX, &r, e))
		return e->code;
	for (;;) {
		const char *field[] = { NULL, NULL, NULL, NULL, NULL, NULL, at };

		if (radio_next(r, &x, &got, e))
			return e->code;
		if (!got)
			break;
		field[0] = x.r.entry;
		field[1] = x.r.manufacturer;
		field[2] = x.r.band;
		field[3] = x.r.chipset;
		field[4] = x.r.stack;
		field[5] = x.who;
		time_text(x.at, at);
		for (size_t i = 0; i < sizeof field / sizeof *field; i++) {
			if (i)
				str_addc(out, ',');
			csv_field(out, field[i]);
		}
		str_add(out, "\r\n");
	}
	return out->over ? err_set(e, ERR_TOO_LARGE, "the export is larger than %zu MiB", out->max / MIB)
			 : OK;
}

int radio_export(struct db *db, const struct radio_search *s, const struct actor *who, struct str *out,
		 struct err *e)
{
	STR(asked, 4 * KIB);
	TX(tx);

	search_json(s, &asked);
	if (need_why(who, e) || tx_begin(&tx, db, true, e) || export_in_tx(db, s, out, e) ||
	    note_it(db, who, "radio-export", NULL, NULL, str_c(&asked), e))
		return e->code;
	return tx_keep(&tx, e);
}

/* ---- notes --------------------------------------------------------------------------------------------- */

int note_add(struct db *db, const char *entry, const char *text, int64_t release_at, const struct actor *who,
	     struct str *out, struct err *e)
{
	STR(after, 16 * KIB);
	struct jw w = jw_start(&after);
	int64_t id = 0;
	bool got;
	TX(tx);

	if (!*text || strlen(text) > NOTE_TEXT_MAX)
		return err_set(e, ERR_INVALID, "a note has 1 to %d bytes", NOTE_TEXT_MAX);
	if (tx_begin(&tx, db, true, e) ||
	    db_one(db, SQL_RESTRICTED_NOTE_ADD,
		   ARGS(VTEXT(entry), VTEXT(text), VINT(release_at), VTEXT(who->name), VINT(who->now)), &got,
		   &id, e))
		return e->code;
	jw_obj(&w);
	jw_kint(&w, "note", id);
	jw_kstr(&w, "entry", entry);
	jw_kstr(&w, "text", text);
	jw_ktime(&w, "release_at", release_at);
	jw_end(&w);
	if (note_it(db, who, "note-write", entry, NULL, str_c(&after), e) || tx_keep(&tx, e))
		return e->code;
	str_addn(out, str_c(&after), after.len);
	str_addc(out, '\n');
	return OK;
}

int note_drop(struct db *db, int64_t id, const struct actor *who, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	char entry[48] = "";
	int64_t changed = 0;
	bool got;
	TX(tx);

	if (tx_begin(&tx, db, true, e) || db_run(db, SQL_RESTRICTED_NOTE_GET, ARGS(VINT(id)), &r, e) ||
	    rows_next(r, &got, e))
		return e->code;
	if (!got)
		return err_set(e, ERR_NOT_FOUND, "there is no note %" PRId64, id);
	str_copy(entry, sizeof entry, rows_text(r, 1));
	rows_done(MOVE(r));
	if (db_exec(db, SQL_RESTRICTED_NOTE_DROP, ARGS(VINT(id)), &changed, e) ||
	    note_it(db, who, "note-drop", entry, NULL, NULL, e))
		return e->code;
	return tx_keep(&tx, e);
}

static void note_members(const struct rows *r, const void *of, struct jw *w)
{
	const int64_t *now = of;

	jw_kint(w, "note", rows_num(r, 0));
	jw_kstr(w, "entry", rows_text(r, 1));
	jw_kstr(w, "text", rows_text(r, 2));
	jw_ktime(w, "release_at", rows_num(r, 3));
	jw_kbool(w, "embargoed", rows_num(r, 3) > *now);
	jw_kstr(w, "who", rows_text(r, 4));
	jw_ktime(w, "at", rows_num(r, 5));
}

static int notes_in_tx(struct db *db, const char *entry, int64_t before, int limit, int64_t now,
		       struct str *out, int64_t *ret_next, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct jw w = jw_start(out);

	if (db_run(db, SQL_RESTRICTED_NOTES,
		   ARGS(VINT(before ? before : INT64_MAX), VTEXT(entry), VINT(limit + 1)), &r, e))
		return e->code;
	jw_obj(&w);
	if (rows_json(r, "notes", limit, note_members, &now, &w, ret_next, e))
		return e->code;
	rows_page_end(&w, *ret_next);
	return OK;
}

int note_list(struct db *db, const char *entry, int64_t before, int limit, const struct actor *who,
	      struct str *out, int64_t *ret_next, struct err *e)
{
	TX(tx);

	if (need_why(who, e) || tx_begin(&tx, db, true, e) ||
	    notes_in_tx(db, entry, before, limit, who->now, out, ret_next, e) ||
	    note_it(db, who, "note-read", entry, NULL, NULL, e))
		return e->code;
	return tx_keep(&tx, e);
}

static void released_members(const struct rows *r, const void *of, struct jw *w)
{
	(void)of;
	jw_kstr(w, "text", rows_text(r, 2));
	jw_ktime(w, "released_at", rows_num(r, 3));
}

int note_released(struct db *db, const char *entry, int64_t now, struct str *out, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct jw w = jw_start(out);

	if (db_run(db, SQL_RESTRICTED_RELEASED, ARGS(VTEXT(entry), VINT(now)), &r, e))
		return e->code;
	jw_obj(&w);
	jw_kstr(&w, "entry", entry);
	if (rows_json(r, "notes", 0, released_members, NULL, &w, NULL, e))
		return e->code;
	jw_end(&w);
	str_addc(out, '\n');
	return OK;
}

/* ---- who looked ---------------------------------------------------------------------------------------- */

static void log_members(const struct rows *r, const void *of, struct jw *w)
{
	(void)of;
	jw_kint(w, "seq", rows_num(r, 0));
	jw_ktime(w, "at", rows_num(r, 1));
	jw_kstr(w, "who", rows_text(r, 2));
	jw_kstr(w, "why", rows_text(r, 3));
	jw_kstr(w, "action", rows_text(r, 4));
	jw_kstr(w, "subject", rows_text(r, 5));
}

int restricted_log(struct db *db, const char *name, int64_t before, int limit, struct str *out,
		   int64_t *ret_next, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct jw w = jw_start(out);

	if (db_run(db, SQL_RESTRICTED_LOG,
		   ARGS(VINT(before ? before : INT64_MAX), VTEXT(name), VINT(limit + 1)), &r, e))
		return e->code;
	jw_obj(&w);
	if (rows_json(r, "rows", limit, log_members, NULL, &w, ret_next, e))
		return e->code;
	rows_page_end(&w, *ret_next);
	return OK;
}

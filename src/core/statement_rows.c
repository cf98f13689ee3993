/* SPDX-License-Identifier: Apache-2.0 */
#include "core/statement_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/parse.h"
#include "model/ident.h"
#include "store/store_entry.h"

const char *const statement_in_text[STATEMENT_IN_FIELDS + 1] = {
	"entry",   "kind",      "bases", "source", "author",   "stated_on", "confirmed_on",
	"excerpt", "reference", "op",    "name",   "protects", NULL
};
const char *const statement_op_text[] = { "state", "withdraw", "confirm", NULL };

void statement_rows_init(struct statement_rows *s)
{
	memset(s, 0, sizeof *s);
	s->arena = arena_new();
}

void statement_rows_done(struct statement_rows *s)
{
	if (s->arena)
		arena_free(s->arena);
	s->arena = NULL;
	vec_done(&s->rows);
	vec_done(&s->warnings);
}

enum statement_kind statement_kind_find(const char *text)
{
	int k = 0;

	while (k < STATEMENT_UNKNOWN && strcmp(text, statement_kind_text[k]))
		k++;
	return (enum statement_kind)k;
}

/* An entry that a row may name. */
struct known {
	int64_t id, model_id, ord;
	const char *name; /* "cpl:000123" */
};

struct judge {
	struct statement_rows *out;
	struct map *known;         /* owned; "cpl:000123" -> struct known */
	struct problems *problems; /* NULL: nobody wants them all */
	struct problems first;     /* at least the first one */
	int64_t now;
	const struct statement_in *in; /* the row being judged */
	bool bad;                      /* it has an error */
};

static void judge_done(struct judge *j)
{
	if (j->known)
		map_free(j->known);
}
DEFINE_OWN_VAL(struct judge, judge_done)

static void problem(struct judge *j, const struct err *e)
{
	if (!j->first.n)
		j->first.v[j->first.n++] = *e;
	j->first.total++;
	problems_add(j->problems, e);
	j->bad = true;
}

/* An error of one field of the row. */
static void refuse(struct judge *j, enum statement_in_field f, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void refuse(struct judge *j, enum statement_in_field f, const char *fmt, ...)
{
	char msg[400];
	struct err e;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	err_set(&e, ERR_IMPORT, "%s", msg);
	err_at(&e, statement_in_text[f], j->in->line, j->in->column[f]);
	problem(j, &e);
}

static void warn(struct judge *j, int64_t line, const char *code, const char *detail)
{
	struct statement_warning w = { line, code, detail };

	if (j->out->warnings_total++ < STATEMENT_WARNINGS_KEPT)
		vec_push(&j->out->warnings, w);
}

/* The field's text without blanks around it, in buf; "" when empty. False (refused) when it does not fit. */
static bool field(struct judge *j, enum statement_in_field f, char *buf, size_t size)
{
	const char *s = j->in->text[f] ? j->in->text[f] : "";
	size_t n = parse_trim(&s, strlen(s));

	if (n >= size) {
		refuse(j, f, "the value has %zu bytes; at most %zu are allowed", n, size - 1);
		return false;
	}
	memcpy(buf, s, n);
	buf[n] = 0;
	return true;
}

/* For messages: cut, printable. */
static const char *shown(const char *s, char buf[64])
{
	size_t i;

	for (i = 0; s[i] && i < 60; i++)
		buf[i] = (char)(s[i] >= ' ' && s[i] <= '~' ? s[i] : '?');
	snprintf(buf + i, 64 - i, "%s", s[i] ? "..." : "");
	return buf;
}

/* An Entry ID to its entry; NULL after refusing it. */
static const struct known *find_entry(struct judge *j, enum statement_in_field f, const char *text)
{
	char name[ENTRY_NAME_SIZE], buf[64];
	const struct known *k;
	struct ident id;
	struct err e;

	if (ident_parse(text, false, &id, &e)) {
		refuse(j, f, "%s", e.msg);
		return NULL;
	}
	if (id.kind != IDENT_ENTRY) {
		refuse(j, f,
		       "'%s' is a version, and versions can be ambiguous; name the entry by its Entry ID",
		       shown(text, buf));
		return NULL;
	}
	snprintf(name, sizeof name, "%s:%s", id.scheme, id.public_id);
	k = map_get(j->known, name);
	if (!k)
		refuse(j, f, "there is no entry %s; import the list that has it first", shown(name, buf));
	return k;
}

static void judge_base(struct judge *j, const struct known *entry, const char *text, int64_t *ids, size_t *n)
{
	const struct known *base = find_entry(j, STATEMENT_IN_BASES, text);

	if (!base || !entry)
		return;
	if (base == entry) {
		refuse(j, STATEMENT_IN_BASES, "%s cannot be its own base", entry->name);
		return;
	}
	if (base->model_id != entry->model_id) {
		refuse(j, STATEMENT_IN_BASES,
		       "%s is an entry of another model than %s; no path crosses models", base->name,
		       entry->name);
		return;
	}
	for (size_t i = 0; i < *n; i++)
		if (ids[i] == base->id) {
			refuse(j, STATEMENT_IN_BASES, "%s is named twice", base->name);
			return;
		}
	if (base->ord > entry->ord)
		warn(j, j->in->line, "downgrade",
		     "a base is a later entry: this path is a deliberate downgrade");
	ids[(*n)++] = base->id;
}

/* The list of bases, Entry IDs with blanks between. */
static void judge_bases(struct judge *j, const struct known *entry, struct statement_line *row)
{
	const char *s = j->in->text[STATEMENT_IN_BASES] ? j->in->text[STATEMENT_IN_BASES] : "";
	int64_t ids[STATEMENT_BASES_MAX];
	char word[2 * ENTRY_NAME_SIZE]; /* also written with more %XX than needed */
	size_t n = 0, seen = 0;

	for (;; seen++) {
		size_t len;

		s += strspn(s, " \t\r\n");
		len = strcspn(s, " \t\r\n");
		if (!len)
			break;
		if (seen == STATEMENT_BASES_MAX) {
			refuse(j, STATEMENT_IN_BASES, "more than %d bases", STATEMENT_BASES_MAX);
			break;
		}
		if (str_copyn(word, sizeof word, s, len))
			judge_base(j, entry, word, ids, &n);
		else
			refuse(j, STATEMENT_IN_BASES, "one of the bases is too long for an Entry ID");
		s += len;
	}
	if (row->op != OP_STATE && row->kind != STATEMENT_BLOCK && seen)
		refuse(j, STATEMENT_IN_BASES, "only blocks are %s by their bases",
		       row->op == OP_CONFIRM ? "confirmed" : "withdrawn");
	if (row->kind == STATEMENT_BASES && !seen && row->op == OP_STATE)
		refuse(j, STATEMENT_IN_BASES, "a statement of kind 'bases' needs at least one base");
	if (seen && row->kind != STATEMENT_BASES && row->kind != STATEMENT_BLOCK &&
	    row->kind != STATEMENT_UNKNOWN)
		refuse(j, STATEMENT_IN_BASES, "a statement of kind '%s' has no bases",
		       statement_kind_text[row->kind]);
	if (!n)
		return;
	row->bases = arena_array(j->out->arena, n, sizeof *ids);
	memcpy((void *)row->bases, ids, n * sizeof *ids);
	row->nbases = n;
}

/* Free text: what a formula guard of an export put in front is taken off (T19). NULL when empty. */
static const char *judge_text(struct judge *j, enum statement_in_field f, size_t max)
{
	const char *s = j->in->text[f] ? j->in->text[f] : "";
	size_t n = parse_trim(&s, strlen(s));

	if (n > 1 && text_is_guarded(s)) {
		s++;
		n--;
	}
	if (n > max) {
		refuse(j, f, "the value has %zu bytes; at most %zu are allowed", n, max);
		return NULL;
	}
	for (size_t i = 0; i < n; i++)
		if (((unsigned char)s[i] < ' ' && s[i] != '\n' && s[i] != '\r' && s[i] != '\t') ||
		    s[i] == 0x7f) {
			refuse(j, f, "the value has the control character 0x%02x",
			       (unsigned)(unsigned char)s[i]);
			return NULL;
		}
	return n ? arena_strndup(j->out->arena, s, n) : NULL;
}

static int64_t judge_date(struct judge *j, enum statement_in_field f)
{
	char text[32], buf[64];
	int64_t ms = -1;
	struct err e;

	if (!field(j, f, text, sizeof text) || !*text)
		return -1;
	if (strlen(text) != 10 || parse_time(text, &ms, &e)) {
		refuse(j, f, "'%s' is not a date; write it like 2023-06-01", shown(text, buf));
		return -1;
	}
	if (ms > j->now + IMPORT_AHEAD_MS)
		refuse(j, f, "'%s' is in the future", shown(text, buf));
	return ms;
}

static void judge_kind(struct judge *j, struct statement_line *row)
{
	char text[32], buf[64];
	const char *near;

	row->kind = STATEMENT_UNKNOWN;
	if (!field(j, STATEMENT_IN_KIND, text, sizeof text) || (!*text && row->op != OP_STATE))
		return;
	row->kind = statement_kind_find(text);
	if (row->kind != STATEMENT_UNKNOWN)
		return;
	near = parse_nearest(text, statement_kind_text);
	if (near && strcmp(near, "unknown"))
		refuse(j, STATEMENT_IN_KIND, "'%s' is no kind; did you mean '%s'?", shown(text, buf), near);
	else
		refuse(j, STATEMENT_IN_KIND, "'%s' is no kind; it is one of bases, none, any, floor, block",
		       shown(text, buf));
}

static void judge_op(struct judge *j, struct statement_line *row)
{
	char text[32], buf[64];
	int op = 0;

	if (!field(j, STATEMENT_IN_OP, text, sizeof text) || !*text)
		return;
	while (statement_op_text[op] && strcmp(text, statement_op_text[op]))
		op++;
	if (statement_op_text[op])
		row->op = (enum statement_op)op;
	else
		refuse(j, STATEMENT_IN_OP, "'%s' is not one of state, withdraw, confirm", shown(text, buf));
}

static void judge_source(struct judge *j, struct statement_line *row)
{
	char text[32], buf[64];

	if (!field(j, STATEMENT_IN_SOURCE, text, sizeof text) || (!*text && row->op != OP_STATE))
		return;
	for (size_t i = 0; statement_source_text[i]; i++)
		if (!strcmp(text, statement_source_text[i]))
			row->source = statement_source_text[i];
	if (!row->source)
		refuse(j, STATEMENT_IN_SOURCE,
		       "'%s' is no source; it is one of manufacturer, secas, supplier, inferred",
		       shown(text, buf));
}

static void judge_row(struct judge *j, const struct statement_in *in)
{
	struct statement_line row = { .line = in->line };
	const struct known *entry = NULL;
	char text[2 * ENTRY_NAME_SIZE];

	j->in = in;
	j->bad = false;
	if (in->bad.code) {
		problem(j, &in->bad);
		return;
	}
	if (field(j, STATEMENT_IN_ENTRY, text, sizeof text)) {
		if (*text)
			entry = find_entry(j, STATEMENT_IN_ENTRY, text);
		else
			refuse(j, STATEMENT_IN_ENTRY, "the entry is empty");
	}
	judge_op(j, &row);
	judge_kind(j, &row);
	judge_bases(j, entry, &row);
	judge_source(j, &row);
	row.author = judge_text(j, STATEMENT_IN_AUTHOR, STATEMENT_AUTHOR_MAX);
	if (!row.author && !j->bad && row.op == OP_STATE)
		refuse(j, STATEMENT_IN_AUTHOR, "who states it is empty");
	row.stated_on = judge_date(j, STATEMENT_IN_STATED_ON);
	row.confirmed_on = judge_date(j, STATEMENT_IN_CONFIRMED_ON);
	row.excerpt = judge_text(j, STATEMENT_IN_EXCERPT, IMPORT_FIELD_MAX);
	row.reference = judge_text(j, STATEMENT_IN_REFERENCE, STATEMENT_REFERENCE_MAX);
	row.name = judge_text(j, STATEMENT_IN_NAME, STATEMENT_NAME_MAX);
	row.protects = judge_text(j, STATEMENT_IN_PROTECTS, STATEMENT_NAME_MAX);
	if ((row.name || row.protects) && row.kind != STATEMENT_BLOCK && !j->bad)
		refuse(j, row.name ? STATEMENT_IN_NAME : STATEMENT_IN_PROTECTS,
		       "only a block has a name and somebody whom it protects");
	if (row.op == OP_CONFIRM && row.confirmed_on < 0 && !j->bad)
		refuse(j, STATEMENT_IN_CONFIRMED_ON, "the day of the confirmation is missing");
	if (j->bad || !entry)
		return;
	row.entry = entry->name;
	if (row.confirmed_on >= 0 && row.confirmed_on < row.stated_on)
		warn(j, in->line, "confirmed-before-stated", "it was confirmed before it was stated");
	if (row.kind == STATEMENT_BLOCK && !row.excerpt && row.op == OP_STATE)
		warn(j, in->line, "block-without-message", "the block does not say why");
	row.entry_id = entry->id;
	vec_push(&j->out->rows, row);
}

static int load_entries(struct judge *j, struct db *db, struct err *e)
{
	OWN(rows_done) struct rows *r = NULL;
	struct store_entry_model m;
	char name[ENTRY_NAME_SIZE];
	bool got;

	j->known = map_new();
	if (store_entry_models(db, &r, e))
		return e->code;
	for (;;) {
		struct known *k;

		if (store_entry_model_next(r, &m, &got, e))
			return e->code;
		if (!got)
			return OK;
		snprintf(name, sizeof name, "%s:%s", m.scheme, m.public_id);
		k = arena_alloc(j->out->arena, sizeof *k);
		*k = (struct known){ m.entry_id, m.model_id, m.ord, arena_strdup(j->out->arena, name) };
		map_put(j->known, name, k);
	}
}

static int by_id(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static void add_text(struct sha256 *h, const char *s)
{
	/* With its length, so that no two lists of texts look alike; NULL and "" are the same. */
	size_t n = s ? strlen(s) : 0;

	sha256_add(h, &n, sizeof n);
	sha256_add(h, s ? s : "", n);
}

void statement_row_key(const struct statement_line *row, struct statement_key *ret_key,
		       uint8_t ret_content[SHA256_LEN])
{
	OWN(sha256_free) struct sha256 *h = sha256_new();
	int64_t sorted[STATEMENT_BASES_MAX];
	size_t n = row->nbases < STATEMENT_BASES_MAX ? row->nbases : STATEMENT_BASES_MAX;

	memset(ret_key, 0, sizeof *ret_key);
	ret_key->entry_id = row->entry_id;
	ret_key->slot = row->kind == STATEMENT_FLOOR ? 1 : row->kind == STATEMENT_BLOCK ? 2 : 0;
	if (row->kind == STATEMENT_BLOCK) {
		memcpy(sorted, n ? row->bases : sorted, n * sizeof *sorted);
		qsort(sorted, n, sizeof *sorted, by_id);
		sha256_add(h, sorted, n * sizeof *sorted);
		sha256_end(h, ret_key->bases);
	}
	sha256_add(h, &row->kind, sizeof row->kind);
	add_text(h, row->source);
	add_text(h, row->author);
	sha256_add(h, &row->stated_on, sizeof row->stated_on);
	sha256_add(h, &row->confirmed_on, sizeof row->confirmed_on);
	add_text(h, row->excerpt);
	add_text(h, row->reference);
	if (row->nbases)
		sha256_add(h, row->bases, row->nbases * sizeof *row->bases);
	sha256_end(h, ret_content);
}

/* Of several lines about the same thing the last one counts. */
struct place {
	struct statement_key key;
	size_t row;
};
static int by_key_then_row(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int c = memcmp(&x->key, &y->key, sizeof x->key);

	return c ? c : x->row < y->row ? -1 : 1;
}

static void overrule(struct judge *j)
{
	size_t n = j->out->rows.n;
	OWN(mem_free) char *mem = mem_array(n ? n : 1, sizeof(struct place));
	struct place *v = (struct place *)(void *)mem;
	uint8_t content[SHA256_LEN];

	for (size_t i = 0; i < n; i++) {
		statement_row_key(&j->out->rows.v[i], &v[i].key, content);
		v[i].row = i;
	}
	qsort(v, n, sizeof *v, by_key_then_row);
	for (size_t i = 1; i < n; i++)
		j->out->rows.v[v[i - 1].row].overruled = !memcmp(&v[i - 1].key, &v[i].key, sizeof v[i].key);
	for (size_t i = 0; i < n; i++)
		if (j->out->rows.v[i].overruled)
			warn(j, j->out->rows.v[i].line, "overruled",
			     "a later line says something about the same; that one counts");
}

int statement_rows_read(struct statement_rows *s, struct db *db, const struct statement_file *src,
			int64_t now, struct problems *problems, struct err *e)
{
	OWN(judge_done) struct judge j = { .out = s, .problems = problems, .now = now };
	struct statement_in in;
	int64_t n = 0;
	bool got;

	if (load_entries(&j, db, e))
		return e->code;
	for (;; n++) {
		memset(&in, 0, sizeof in);
		if (src->next(src->self, &in, &got, e)) {
			/* The rest cannot be read; what was wrong before it is named, too. */
			problem(&j, e);
			break;
		}
		if (!got)
			break;
		judge_row(&j, &in);
		if (n == IMPORT_ROWS_MAX || arena_bytes(s->arena) > STATEMENT_TEXT_MAX) {
			err_set(e, ERR_TOO_LARGE, "the file holds more than %d rows or %zu MiB of text",
				IMPORT_ROWS_MAX, STATEMENT_TEXT_MAX / MIB);
			err_at(e, NULL, in.line, 0);
			problem(&j, e);
			break;
		}
	}
	if (!j.first.total && !n)
		return err_set(e, ERR_IMPORT,
			       "the file has no statements: there is nothing after its header");
	if (!j.first.total) {
		overrule(&j);
		return OK;
	}
	*e = j.first.v[0];
	if (j.first.total > 1) {
		size_t len = strlen(e->msg);

		snprintf(e->msg + len, sizeof e->msg - len, " (the first of %zu errors)", j.first.total);
	}
	return e->code;
}

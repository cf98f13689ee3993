/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that wait behind a gate: written as one JSON object per line, and read back as a source. */
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "core/import_stage.h"

void staged_write(const struct stage *st, struct str *out)
{
	for (size_t i = 0; i < st->rows.n; i++) {
		const struct staged *r = &st->rows.v[i];
		const char *text[CPL_COLS];
		struct jw w = jw_start(out);

		staged_texts(r, text);
		jw_obj(&w);
		jw_kint(&w, "line", r->line);
		jw_kstr(&w, "layout", cpl_layout_text[st->layout]);
		jw_key(&w, "text");
		jw_arr(&w);
		for (int c = 0; c < CPL_COLS; c++)
			jw_str(&w, text[c]);
		jw_arr_end(&w);
		jw_end(&w);
		str_addc(out, '\n');
	}
}

struct staged_source {
	const char *next;         /* borrowed: the rest of the NDJSON */
	const char *version_text; /* borrowed */
	const char *file_hash;    /* borrowed */
	enum cpl_layout layout;
	struct json *row; /* owned: the row given last */
};

/* The object of the next line; NULL at the end. */
static int next_object(struct staged_source *s, struct json **ret, struct err *e)
{
	const char *end = strchr(s->next, '\n');

	*ret = NULL;
	if (!*s->next)
		return OK;
	if (!end || json_parse(s->next, (size_t)(end - s->next), ret, e) ||
	    json_len(json_get(*ret, "text")) != CPL_COLS)
		return err_set(e, ERR_STORE, "the rows that were set aside cannot be read");
	s->next = end + 1;
	return OK;
}

static int staged_next(void *self, struct cpl_row *ret, bool *ret_got, struct err *e)
{
	struct staged_source *s = self;
	struct json *row = NULL;

	if (next_object(s, &row, e)) {
		json_free(row);
		return e->code;
	}
	json_free(s->row);
	s->row = row;
	*ret_got = row != NULL;
	if (!row)
		return OK;
	*ret = (struct cpl_row){ .line = json_int(json_get(row, "line"), 0), .version = s->version_text };
	for (int c = 0; c < CPL_COLS; c++)
		ret->text[c] = json_text(json_at(json_get(row, "text"), (size_t)c));
	if (s->layout == CPL_WORKBOOK)
		ret->text[CPL_MODEL_HW] = NULL; /* made from its parts, as the workbook has no such column */
	return OK;
}

static const char *staged_file_hash(void *self)
{
	return ((struct staged_source *)self)->file_hash;
}

void staged_source_free(struct staged_source *s)
{
	if (s)
		json_free(s->row);
	mem_free(s);
}

int staged_source_new(const char *ndjson, const char *version_text, const char *file_hash,
		      struct staged_source **ret, struct err *e)
{
	OWN(staged_source_free) struct staged_source *s = mem_zalloc(sizeof *s);
	const char *layout;

	*s = (struct staged_source){ .next = ndjson, .version_text = version_text, .file_hash = file_hash };
	if (next_object(s, &s->row, e))
		return e->code;
	layout = s->row ? json_text(json_get(s->row, "layout")) : NULL;
	if (!layout || !version_text)
		return err_set(e, ERR_STORE, "the rows that were set aside cannot be read");
	s->layout = strcmp(layout, cpl_layout_text[CPL_CSV]) ? CPL_WORKBOOK : CPL_CSV;
	s->next = ndjson;
	*ret = MOVE(s);
	return OK;
}

struct cpl_source staged_source_rows(struct staged_source *s)
{
	return (struct cpl_source){ s, s->layout, staged_next, staged_file_hash };
}

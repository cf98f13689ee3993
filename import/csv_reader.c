/* SPDX-License-Identifier: Apache-2.0 */
#include "import/csv_reader.h"

#include <csv.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/str.h"

#define CHUNK (64 * KIB)

struct csv_reader {
	const struct input *in; /* borrowed */
	int64_t at;             /* next byte of the input to fetch */
	struct csv_parser csv;
	struct sha256 *sha; /* owned */
	char hash[SHA256_HEX];
	char *buf;       /* owned, CHUNK bytes */
	size_t from, to; /* what is left in buf */
	bool end;        /* nothing more to fetch */
	bool done;       /* the last record was given */
	bool plain;      /* every byte through libcsv */
	int64_t line;    /* of the next byte to parse, from 1 */
	/* The record being collected. */
	struct str text; /* fields, each with its NUL */
	size_t offset[IMPORT_COLUMNS_MAX];
	size_t fields;       /* seen so far, also past the ceiling */
	int64_t record_line; /* where it began */
	int64_t field_line;  /* where the field that is open began */
	bool complete;
	bool any;       /* some field is not empty */
	struct err bad; /* what a field was refused for */
};

static int no_space(unsigned char c)
{
	(void)c;
	return 0;
}

struct csv_reader *csv_reader_new(const struct input *in)
{
	struct csv_reader *r = mem_zalloc(sizeof *r);

	r->in = in;
	r->buf = mem_alloc(CHUNK);
	r->sha = sha256_new();
	r->line = r->record_line = r->field_line = 1;
	str_init(&r->text, IMPORT_COLUMNS_MAX * (IMPORT_FIELD_MAX + 1));
	csv_init(&r->csv, CSV_STRICT | CSV_STRICT_FINI);
	csv_set_space_func(&r->csv, no_space); /* blanks are part of the value */
	csv_set_blk_size(&r->csv, 1024);
	return r;
}

void csv_reader_plain(struct csv_reader *r)
{
	r->plain = true;
}

void csv_reader_free(struct csv_reader *r)
{
	if (!r)
		return;
	csv_free(&r->csv);
	sha256_free(r->sha);
	str_done(&r->text);
	mem_free(r->buf);
	mem_free(r);
}

const char *csv_reader_hash(struct csv_reader *r)
{
	return r->hash;
}

/* Keeps the first reason; later fields of the record cannot matter any more. */
static void refuse_field(struct csv_reader *r, enum err_code code, const char *why)
{
	if (r->bad.code)
		return;
	err_set(&r->bad, code, "%s", why);
	err_at(&r->bad, NULL, r->field_line, (int64_t)r->fields + 1);
}

/* Eight bytes at a time: nearly every value is ASCII, and that is UTF-8. NUL was refused before. */
static bool is_ascii(const char *s, size_t n)
{
	uint64_t word;
	size_t i = 0;

	for (; i + sizeof word <= n; i += sizeof word) {
		memcpy(&word, s + i, sizeof word);
		if (word & UINT64_C(0x8080808080808080))
			return false;
	}
	for (; i < n; i++)
		if (s[i] & 0x80)
			return false;
	return true;
}

static void take_field(void *p, size_t n, void *ctx)
{
	struct csv_reader *r = ctx;

	if (!r->fields)
		r->record_line = r->field_line;
	if (r->fields >= IMPORT_COLUMNS_MAX)
		refuse_field(r, ERR_TOO_LARGE, "a row may have at most 64 columns");
	else if (n > IMPORT_FIELD_MAX)
		refuse_field(r, ERR_TOO_LARGE, "a value may have at most 4 KiB");
	else if (!is_ascii(p, n) && !parse_utf8_ok(p, n))
		refuse_field(r, ERR_IMPORT, "the value is not valid UTF-8; save the file as 'CSV UTF-8'");
	else {
		r->offset[r->fields] = r->text.len;
		str_addn(&r->text, p, n);
		str_addc(&r->text, 0);
		r->any |= n > 0;
	}
	r->fields++;
	r->field_line = r->line;
}

/* A whole line without quotes is its fields with commas between: no need to look at every byte of it. What
 * libcsv would make of it is the same (tests/fuzz/fuzz_csv.c compares). */
static void split_line(struct csv_reader *r, const char *s, size_t n)
{
	const char *end = s + n - 1, *comma;

	if (end > s && end[-1] == '\r')
		end--;
	if (end == s)
		return; /* an empty line is no record */
	while ((comma = memchr(s, ',', (size_t)(end - s))) != NULL) {
		take_field((void *)(uintptr_t)s, (size_t)(comma - s), r);
		s = comma + 1;
	}
	take_field((void *)(uintptr_t)s, (size_t)(end - s), r);
	r->complete = true;
}

static void take_end(int c, void *ctx)
{
	(void)c;
	((struct csv_reader *)ctx)->complete = true;
}

/* Makes room for the next bytes of the input and fetches them. */
static int fetch(struct csv_reader *r, struct err *e)
{
	uint8_t sum[SHA256_LEN];
	size_t n;

	memmove(r->buf, r->buf + r->from, r->to - r->from);
	r->to -= r->from;
	r->from = 0;
	if (input_read(r->in, r->at, r->buf + r->to, CHUNK - r->to, &n, e))
		return e->code;
	sha256_add(r->sha, r->buf + r->to, n);
	if (!r->at) {
		const char *s = r->buf;

		if (n >= 2 && (!memcmp(s, "\xff\xfe", 2) || !memcmp(s, "\xfe\xff", 2))) {
			err_set(e, ERR_IMPORT, "the file is UTF-16; save it as 'CSV UTF-8'");
			return err_at(e, NULL, 1, 1);
		}
		if (n >= 3 && !memcmp(s, "\xef\xbb\xbf", 3))
			r->from = 3;
	}
	r->at += (int64_t)n;
	r->to += n;
	if (!n) {
		r->end = true;
		sha256_end(r->sha, sum);
		hex_text(sum, sizeof sum, r->hash);
	}
	return OK;
}

/* Bytes that CSV of text never has: where the first of them is, and why it is none. Carriage returns stand
 * before line feeds only; one at the end of the piece was left out of it. */
static const char *bad_byte(const char *s, size_t n, const char **ret_why)
{
	const char *nul = memchr(s, 0, n), *cr = s;

	if (nul)
		n = (size_t)(nul - s);
	while ((cr = memchr(cr, '\r', n - (size_t)(cr - s))) != NULL) {
		if (cr + 1 == s + n || cr[1] != '\n') {
			*ret_why =
			    "there is a carriage return without a line feed; lines end with LF or CRLF";
			return cr;
		}
		cr++;
	}
	*ret_why = "there is a NUL byte; the file is not text";
	return nul;
}

/* What libcsv stopped at. */
static int parse_error(struct csv_reader *r, struct err *e)
{
	if (csv_error(&r->csv) == CSV_EPARSE) {
		err_set(e, ERR_IMPORT,
			"the quotes are wrong: a value with quotes is in quotes as a whole, and those inside "
			"are doubled");
		return err_at(e, NULL, r->field_line, (int64_t)r->fields + 1);
	}
	return err_set(e, ERR_INTERNAL, "reading CSV: %s", csv_strerror(csv_error(&r->csv)));
}

/* Parses up to the end of one line, or what there is of it. */
static int parse_piece(struct csv_reader *r, struct err *e)
{
	const char *s = r->buf + r->from, *lf, *bad, *why;
	size_t n = r->to - r->from;

	lf = memchr(s, '\n', n);
	if (lf)
		n = (size_t)(lf - s) + 1;
	else if (s[n - 1] == '\r' && !r->end)
		n--; /* its line feed is not here yet */
	bad = bad_byte(s, n, &why);
	if (bad)
		n = (size_t)(bad - s); /* what is before it says which column it is in */
	if (!r->plain && lf && !bad && !r->csv.pstate && !memchr(s, '"', n))
		split_line(r, s, n);
	else if (csv_parse(&r->csv, s, n, take_field, take_end, r) != n)
		return parse_error(r, e);
	if (bad && !r->bad.code)
		refuse_field(r, ERR_IMPORT, why);
	r->from += n;
	if (lf) {
		r->line++;
		if (!r->csv.pstate) /* between records, not inside quotes */
			r->field_line = r->line;
	}
	if (r->bad.code) {
		*e = r->bad;
		return e->code;
	}
	/* An endless value is noticed before it is in memory as a whole. */
	if (r->csv.entry_pos > IMPORT_FIELD_MAX) {
		refuse_field(r, ERR_TOO_LARGE,
			     r->csv.quoted ? "a value may have at most 4 KiB; is its closing quote missing?"
					   : "a value may have at most 4 KiB");
		*e = r->bad;
		return e->code;
	}
	return OK;
}

static int finish(struct csv_reader *r, struct err *e)
{
	r->done = true;
	if (csv_fini(&r->csv, take_field, take_end, r)) {
		err_set(e, ERR_IMPORT, "the file ends inside quotes");
		return err_at(e, NULL, r->field_line, (int64_t)r->fields + 1);
	}
	if (r->bad.code) {
		*e = r->bad;
		return e->code;
	}
	return OK;
}

int csv_reader_next(struct csv_reader *r, struct csv_record *ret, bool *ret_got, struct err *e)
{
	do {
		str_clear(&r->text);
		r->fields = 0;
		r->complete = r->any = false;
		while (!r->complete && !r->done) {
			bool whole = memchr(r->buf + r->from, '\n', r->to - r->from) != NULL;

			if (!whole && !r->end && fetch(r, e))
				return e->code;
			if (r->from < r->to) {
				size_t before = r->from;

				if (parse_piece(r, e))
					return e->code;
				if (r->from == before && !r->end)
					continue; /* a carriage return waits for what comes */
			} else if (r->end && finish(r, e)) {
				return e->code;
			}
		}
	} while (r->complete && !r->any);
	*ret_got = r->complete;
	if (!r->complete)
		return OK;
	ret->line = r->record_line;
	ret->n = r->fields;
	for (size_t i = 0; i < r->fields; i++)
		ret->field[i] = r->text.p + r->offset[i];
	return OK;
}

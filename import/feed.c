/* SPDX-License-Identifier: Apache-2.0 */
#include "import/feed.h"

#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "import/cpl_file.h"
#include "import/input.h"
#include "import/statements_file.h"

enum content { CONTENT_TEXT, CONTENT_ZIP, CONTENT_OLE };

/* What the bytes say, whatever the name. */
static int sniff(const struct input *in, enum content *ret, struct err *e)
{
	char head[8] = "";
	size_t n;

	if (input_read(in, 0, head, sizeof head, &n, e))
		return e->code;
	*ret = CONTENT_TEXT;
	if (n >= 4 && !memcmp(head, "PK", 2) &&
	    (!memcmp(head + 2, "\3\4", 2) || !memcmp(head + 2, "\5\6", 2) || !memcmp(head + 2, "\7\10", 2)))
		*ret = CONTENT_ZIP;
	if (n == 8 && !memcmp(head, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8))
		*ret = CONTENT_OLE;
	return OK;
}

/* A name as the store can keep it: UTF-8 in one line. File systems take any bytes. */
static void printable(char *name)
{
	for (char *p = name; *p;) {
		size_t n = parse_utf8_len(p, strnlen(p, 4));

		if (!n || (unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
		p += n ? n : 1;
	}
}

static const char *name_of(const struct feed_input *in)
{
	const char *slash = in->path ? strrchr(in->path, '/') : NULL;

	return slash ? slash + 1 : in->path ? in->path : "upload";
}

static int import_csv(struct db *db, const struct input *in, const struct import_options *o,
		      struct import_report **ret, struct err *e)
{
	OWN(cpl_csv_free) struct cpl_csv *c = NULL;
	struct cpl_source src;

	if (cpl_csv_new(in, &c, e))
		return e->code;
	src = cpl_csv_source(c);
	return import_cpl(db, &src, o, ret, e);
}

static int import_sheet(struct db *db, const struct input *in, const struct import_options *o,
			struct import_report **ret, struct err *e)
{
	OWN(cpl_sheet_free) struct cpl_sheet *c = NULL;
	struct cpl_source src;

	if (cpl_sheet_new(in, &c, e))
		return e->code;
	src = cpl_sheet_source(c);
	return import_cpl(db, &src, o, ret, e);
}

int feed_check(const struct feed_input *from, struct err *e)
{
	OWN(input_free) struct input *in = NULL;

	if (from->path && !strcmp(from->path, "-")) /* can be read only once */
		return OK;
	return input_open(from, &in, e);
}

/* Puts the file's name in front; whoever wants every error gets at least this one. */
static int failed(int rc, const struct import_options *o, struct err *e)
{
	if (!rc)
		return OK;
	if (o->problems && !o->problems->total)
		problems_add(o->problems, e);
	return err_wrap(e, "%s", o->file_name);
}

int feed_import_cpl(struct db *db, const struct feed_input *from, const struct import_options *options,
		    struct import_report **ret, struct err *e)
{
	OWN(input_free) struct input *in = NULL;
	struct import_options o = *options;
	enum content content = CONTENT_TEXT;
	int rc;

	OWN(mem_free) char *name = mem_strdup(o.file_name ? o.file_name : name_of(from));

	printable(name);
	o.file_name = name;
	if (input_open(from, &in, e) || sniff(in, &content, e))
		return err_wrap(e, "%s", o.file_name);
	if (content == CONTENT_OLE)
		return err_set(e, ERR_IMPORT,
			       "%s: this is an old or an encrypted spreadsheet; save it without a password "
			       "as .xlsx or .csv",
			       o.file_name);
	rc = content == CONTENT_ZIP ? import_sheet(db, in, &o, ret, e) : import_csv(db, in, &o, ret, e);
	return failed(rc, &o, e);
}

int feed_import_statements(struct db *db, const struct feed_input *from, const struct import_options *options,
			   struct import_report **ret, struct err *e)
{
	OWN(input_free) struct input *in = NULL;
	OWN(statements_file_free) struct statements_file *f = NULL;
	struct import_options o = *options;
	struct statement_file src;
	enum content content = CONTENT_TEXT;
	int rc;

	OWN(mem_free) char *name = mem_strdup(o.file_name ? o.file_name : name_of(from));

	printable(name);
	o.file_name = name;
	if (input_open(from, &in, e) || sniff(in, &content, e))
		return err_wrap(e, "%s", o.file_name);
	if (content != CONTENT_TEXT)
		return err_set(e, ERR_IMPORT,
			       "%s: statements are imported from CSV or NDJSON, not from a spreadsheet",
			       o.file_name);
	rc = statements_file_new(in, &f, e);
	if (!rc) {
		src = statements_file_source(f);
		rc = import_statements(db, &src, &o, ret, e);
	}
	return failed(rc, &o, e);
}

int feed_statement_rows(const struct feed_input *from,
			int (*use)(const struct statement_file *rows, void *ctx, struct err *e), void *ctx,
			struct err *e)
{
	OWN(input_free) struct input *in = NULL;
	OWN(statements_file_free) struct statements_file *f = NULL;
	struct statement_file src;
	enum content content = CONTENT_TEXT;

	if (input_open(from, &in, e) || sniff(in, &content, e))
		return e->code;
	if (content != CONTENT_TEXT)
		return err_set(e, ERR_IMPORT, "statements are CSV or NDJSON, not a spreadsheet");
	if (statements_file_new(in, &f, e))
		return e->code;
	src = statements_file_source(f);
	return use(&src, ctx, e);
}

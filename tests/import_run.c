/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs one import or export in a process of its own, for tests that look at exit status, messages and memory:
 *
 *	import_run DSN cpl FILE [--accept] [--dry-run] [--now MS] [--rss]
 *	import_run DSN statements FILE ...
 *	import_run DSN export-cpl | export-statements | export-fir
 *	import_run DSN hash
 *
 * Prints the report or the export; an error as one JSON line on standard error: code, where, line, column,
 * text. `hash` prints a digest of everything the catalogue holds, so that "nothing changed" can be shown.
 * --rss writes the peak memory in KiB to standard error at the end. The clock stands still at --now (default
 * 2026-11-20).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"
#include "base/parse.h"
#include "core/export.h"
#include "import/feed.h"
#include "store/store_entry.h"
#include "store/store_feed.h"
#include "store/store_statement.h"

static int fail(const struct err *e, const struct problems *p)
{
	STR(out, MIB);
	struct jw w = jw_start(&out);

	jw_obj(&w);
	jw_kstr(&w, "code", err_info(e->code)->code);
	jw_kstr(&w, "where", e->where);
	jw_kint(&w, "line", e->line);
	jw_kint(&w, "column", e->col);
	jw_kstr(&w, "text", e->msg);
	if (p) {
		jw_kint(&w, "total", (int64_t)p->total);
		jw_key(&w, "errors");
		problems_json(p, &w);
	}
	jw_end(&w);
	fprintf(stderr, "%s\n", str_c(&out));
	return err_info(e->code)->exit;
}

static void add(struct sha256 *h, const char *s)
{
	sha256_add(h, s ? s : "\1", s ? strlen(s) + 1 : 2);
}

static void add_num(struct sha256 *h, int64_t v)
{
	sha256_add(h, &v, sizeof v);
}

/* Entries, statements, bases, the record of imports, revisions and the head of the audit chain. */
static int content_hash(struct db *db, char ret[65], struct err *e)
{
	OWN(sha256_free) struct sha256 *h = sha256_new();
	OWN(rows_done) struct rows *r = NULL, *s = NULL, *b = NULL, *f = NULL;
	struct store_entry entry;
	struct store_statement st;
	struct store_base base;
	struct feed_row feed;
	char head[65];
	uint8_t out[SHA256_LEN];
	int64_t rows, bad, rev;
	bool got;

	if (store_entry_list(db, 0, &r, e))
		return e->code;
	while (!store_entry_next(r, &entry, &got, e) && got) {
		add_num(h, entry.id);
		add_num(h, entry.from_rev);
		add_num(h, entry.model_id);
		add_num(h, entry.removed);
		add_num(h, entry.cpa_kind);
		add_num(h, entry.cpa_until);
		add(h, entry.version);
		add(h, entry.hash);
		for (int c = 0; c < CPL_COLS; c++)
			add(h, entry.text[c]);
	}
	if (e->code || store_statement_list(db, 0, &s, e))
		return e->code;
	while (!store_statement_next(s, &st, &got, e) && got) {
		add_num(h, st.id);
		add_num(h, st.entry_id);
		add_num(h, st.stated_on);
		add_num(h, st.confirmed_on);
		add(h, st.kind);
		add(h, st.source);
		add(h, st.author);
		add(h, st.excerpt);
		add(h, st.reference);
	}
	if (e->code || store_base_list(db, 0, &b, e))
		return e->code;
	while (!store_base_next(b, &base, &got, e) && got)
		add_num(h, base.base_id);
	if (e->code || store_feed_list(db, 0, 500, &f, e))
		return e->code;
	while (!store_feed_next(f, &feed, &got, e) && got) {
		add_num(h, feed.id);
		add(h, feed.state);
	}
	if (e->code || ledger_head(db, &rev, e) || audit_verify(db, &rows, &bad, head, e))
		return e->code;
	add_num(h, rev);
	add_num(h, rows);
	add_num(h, bad);
	add(h, head);
	sha256_end(h, out);
	hex_text(out, sizeof out, ret);
	return OK;
}

static int run_export(struct db *db, const char *what, struct err *e)
{
	STR(out, EXPORT_MAX);
	char hash[65];
	int rc;

	if (!strcmp(what, "hash")) {
		rc = content_hash(db, hash, e);
		if (!rc)
			printf("%s\n", hash);
		return rc;
	}
	rc = !strcmp(what, "export-cpl")          ? export_cpl(db, 0, &out, e)
	     : !strcmp(what, "export-statements") ? export_statements(db, 0, &out, e)
						  : export_fir(db, 0, 0, &out, e);
	if (!rc)
		fwrite(str_c(&out), 1, out.len, stdout);
	return rc;
}

/* The peak of this program alone: getrusage() would count the memory of whoever forked it. */
static void print_rss(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[128];

	while (f && fgets(line, sizeof line, f))
		if (!strncmp(line, "VmHWM:", 6))
			fprintf(stderr, "rss %ld\n", strtol(line + 6, NULL, 10));
	if (f)
		fclose(f);
}

int main(int argc, char **argv)
{
	OWN(db_close) struct db *db = NULL;
	OWN(import_report_free) struct import_report *r = NULL;
	struct problems *problems = mem_zalloc(sizeof *problems);
	struct import_options o = { .who = { "test", "a test", time_from_ymd(2026, 11, 20) },
				    .problems = problems };
	struct feed_input in = { 0 };
	struct err e = { 0 };
	bool rss = false;
	int rc;

	if (argc < 3)
		return 2;
	for (int i = 3; i < argc; i++) {
		if (!strcmp(argv[i], "--accept"))
			o.accept = true;
		else if (!strcmp(argv[i], "--dry-run"))
			o.dry_run = true;
		else if (!strcmp(argv[i], "--rss"))
			rss = true;
		else if (!strcmp(argv[i], "--now") && i + 1 < argc)
			o.who.now = strtoll(argv[++i], NULL, 10);
		else
			in.path = argv[i];
	}
	if (db_open(argv[1], true, &db, &e)) {
		free(problems);
		return fail(&e, NULL);
	}
	if (!strcmp(argv[2], "cpl"))
		rc = feed_import_cpl(db, &in, &o, &r, &e);
	else if (!strcmp(argv[2], "statements"))
		rc = feed_import_statements(db, &in, &o, &r, &e);
	else
		rc = run_export(db, argv[2], &e);
	if (rc)
		rc = fail(&e, problems);
	if (r) {
		fwrite(str_c(&r->json), 1, r->json.len, stdout);
		rc = import_report_exit(r);
	}
	free(problems);
	if (rss)
		print_rss();
	return rc;
}

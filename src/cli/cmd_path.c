/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/show.h"
#include "core/bulk.h"
#include "core/lookup.h"
#include "core/receipt.h"

static int read_ask(const struct call *c, struct ask *ret, struct err *e)
{
	*ret = (struct ask){ .at = call_opt(c, "at"),
			     .prefer = call_opt(c, "prefer"),
			     .allow_removed = call_opt(c, "allow-removed") };
	if (call_need(c, "from", &ret->from, e) || call_need(c, "to", &ret->to, e))
		return (int)e->code;
	return OK;
}

static void add_wishes(struct str *url, const struct ask *a)
{
	url_add(url, "at", a->at);
	url_add(url, "prefer", a->prefer);
	url_add(url, "allow_removed", a->allow_removed);
}

static int ask_service(struct call *c, const char *path, const struct ask *a, bool receipt, struct str *out,
		       struct err *e)
{
	STR(url, 16 * KIB);
	struct client *client;

	str_add(&url, path);
	url_add(&url, "from", a->from);
	url_add(&url, "to", a->to);
	add_wishes(&url, a);
	if (receipt)
		url_add(&url, "receipt", "1");
	return call_client(c, &client, e) ? (int)e->code : client_get(client, str_c(&url), out, e);
}

/* The answer; with a key a receipt of it too. */
static int ask_store(struct call *c, bool check, const struct ask *ask, const struct sign_key *key,
		     struct str *out, struct str *receipt, struct err *e)
{
	OWN(path_scratch_free) struct path_scratch *scratch = path_scratch_new();
	struct receipt_maker m = { .key = key, .service = "", .now = call_now(c), .check = check };
	const struct snapshot *s;
	struct answer a;
	struct db *db;

	if (call_snapshot(c, ask->at, &s, e) || lookup_ask(s, ask, m.now, scratch, &a, e) ||
	    (key && (call_db(c, false, false, &db, e) || receipt_make(&m, db, ask, &a, receipt, e))))
		return (int)e->code;
	if (check)
		answer_check_json(&a, out);
	else
		answer_json(&a, out);
	return OK;
}

/* The answer within a receipt is the answer. */
static int ask_service_receipt(struct call *c, const char *path, const struct ask *ask, struct str *out,
			       struct str *receipt, struct err *e)
{
	if (ask_service(c, path, ask, true, receipt, e))
		return (int)e->code;
	return receipt_answer(str_c(receipt), receipt->len, out, e);
}

static int ask_with_receipt(struct call *c, bool check, const struct ask *ask, const char *path,
			    const char *file, struct str *out, struct err *e)
{
	OWN(sign_key_free) struct sign_key *key = NULL;
	STR(receipt, RECEIPT_MAX);
	const char *name;

	if (call_offline(c)) {
		if (call_need(c, "key", &name, e) || sign_key_load(name, &key, e) ||
		    ask_store(c, check, ask, key, out, &receipt, e))
			return (int)e->code;
	} else if (ask_service_receipt(c, path, ask, out, &receipt, e)) {
		return (int)e->code;
	}
	return file_replace(file, str_c(&receipt), receipt.len, e);
}

static int ask_and_show(struct call *c, bool check, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	const char *path = check ? "/v1/path/check" : "/v1/path", *file = call_opt(c, "receipt");
	STR(answer, ANSWER_MAX);
	struct ask ask;

	if (read_ask(c, &ask, e))
		return (int)e->code;
	if (file              ? ask_with_receipt(c, check, &ask, path, file, &answer, e)
	    : call_offline(c) ? ask_store(c, check, &ask, NULL, &answer, NULL, e)
			      : ask_service(c, path, &ask, false, &answer, e))
		return (int)e->code;
	if (json_parse(str_c(&answer), answer.len, &j, e)) {
		e->code = ERR_REMOTE;
		return err_wrap(e, "the answer is not JSON");
	}
	c->exit = check ? show_check_exit(j) : show_path_exit(j);
	return call_show(c, &answer, check ? show_check : show_path, e);
}

int cmd_check(struct call *c, struct err *e)
{
	return ask_and_show(c, true, e);
}

/* ---- many questions
 * -------------------------------------------------------------------------------------------- */

struct bulk_run {
	struct call *c;
	struct str line;       /* of the answer, to count */
	int64_t lines, errors; /* header included */
};

/* Counts rows and errors while the answer goes by. */
static void count_rows(struct bulk_run *r, const char *p, size_t n)
{
	for (const char *end = p + n, *nl; p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		str_addn(&r->line, p, (size_t)((nl ? nl : end) - p));
		if (!nl)
			return;
		r->lines++;
		r->errors +=
		    strstr(str_c(&r->line), ",error,,,") || strstr(str_c(&r->line), "\"result\":\"error\"");
		str_clear(&r->line);
	}
}

static int take_piece(void *ctx, const void *p, size_t n, struct err *e)
{
	struct bulk_run *r = ctx;

	count_rows(r, p, n);
	return call_write(r->c, p, n, e);
}

static int open_questions(const char *path, FILE **ret, int *ret_first, struct err *e)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rbe");

	if (!f)
		return errno == ENOENT ? err_set(e, ERR_NO_FILE, "there is no file '%s'", path)
				       : err_errno(e, errno, "'%s' cannot be read", path);
	*ret_first = getc(f);
	if (*ret_first != EOF)
		ungetc(*ret_first, f);
	*ret = f;
	return OK;
}

static void file_close_own(FILE **f)
{
	if (*f && *f != stdin)
		fclose(*f);
}

static int bulk_service(struct bulk_run *r, const struct ask *a, FILE *f, bool ndjson, struct err *e)
{
	struct client_send s = { .type = ndjson ? "application/x-ndjson" : "text/csv",
				 .accept = "text/csv, application/x-ndjson, application/problem+json",
				 .file = f,
				 .piece = take_piece,
				 .ctx = r };
	STR(url, 4 * KIB);
	struct client *client;

	str_add(&url, "/v1/path/bulk");
	add_wishes(&url, a);
	s.path = str_c(&url);
	if (call_client(r->c, &client, e))
		return (int)e->code;
	return client_run(client, &s, NULL, &r->c->problems, NULL, e);
}

static int bulk_store(struct bulk_run *r, const struct ask *a, FILE *f, const char *name, struct err *e)
{
	OWN(path_scratch_free) struct path_scratch *scratch = path_scratch_new();
	struct bulk_init init = { .scratch = scratch,
				  .now = call_now(r->c),
				  .at = a->at,
				  .prefer = a->prefer,
				  .allow_removed = a->allow_removed };
	OWN(bulk_free) struct bulk *b = NULL;
	char buf[16 * KIB];
	STR(out, 64 * MIB); /* one buffer of short questions with the longest answers stays far below */
	size_t n;

	if (call_snapshot(r->c, a->at, &init.snap, e))
		return (int)e->code;
	b = bulk_new(&init);
	do {
		n = fread(buf, 1, sizeof buf, f);
		if (bulk_feed(b, buf, n, &out, e) || (!n && bulk_end(b, &out, e)))
			return err_at(e, name, 0, 0);
		if (out.over)
			return err_set(e, ERR_TOO_LARGE, "answers of more than %zu bytes at once", out.max);
		if (call_write(r->c, str_c(&out), out.len, e))
			return (int)e->code;
		str_clear(&out);
	} while (n);
	if (ferror(f))
		return err_errno(e, errno, "'%s' cannot be read", name);
	r->lines = bulk_asked(b) + !bulk_is_ndjson(b);
	r->errors = bulk_errors(b);
	return OK;
}

static int cmd_bulk(struct call *c, const char *path, struct err *e)
{
	struct ask a = { .at = call_opt(c, "at"),
			 .prefer = call_opt(c, "prefer"),
			 .allow_removed = call_opt(c, "allow-removed") };
	struct bulk_run r = { .c = c };
	OWN(file_close) FILE *f = NULL;
	int first = EOF, rc;

	if (call_has(c, "receipt"))
		return err_set(e, ERR_USAGE, "--receipt is for one question, not for --bulk");
	if (call_has(c, "from") || call_has(c, "to"))
		return err_set(e, ERR_USAGE,
			       "--bulk brings its own questions; --from and --to do not go with it");
	if (open_questions(path, &f, &first, e))
		return (int)e->code;
	if (c->json && first != '{')
		return err_set(
		    e, ERR_USAGE,
		    "--bulk answers in the format of its questions; write them as NDJSON to get JSON");
	str_init(&r.line, 64 * KIB);
	rc = call_offline(c) ? bulk_store(&r, &a, f, path, e) : bulk_service(&r, &a, f, first == '{', e);
	str_done(&r.line);
	if (rc)
		return rc;
	r.lines -= first != '{';
	call_say(c, "%" PRId64 " %s answered%s", r.lines, plural(r.lines, "question", "questions"),
		 r.errors ? "; some could not be asked, see the rows with result 'error'" : "");
	c->exit = r.errors ? 1 : 0;
	return OK;
}

int cmd_path(struct call *c, struct err *e)
{
	const char *bulk = call_opt(c, "bulk");

	return bulk ? cmd_bulk(c, bulk, e) : ask_and_show(c, false, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "db_fault.h"

#include "store/sql.h"

struct fault {
	struct db base;
	struct db_ops ops; /* ours, with the dialect of the real one */
	struct db *real;   /* owned */
	int calls, at;     /* calls so far, and the one that fails */
	enum err_code code;
	bool hit;
	void (*watch)(void *ctx, enum fault_moment at, struct db *real); /* or NULL */
	void *watch_ctx;
};
struct fault_rows {
	struct rows base;
	struct fault *db;  /* borrowed */
	struct rows *real; /* owned */
};

static bool fails(struct fault *f, const char *what, struct err *e)
{
	if (f->calls++ != f->at)
		return false;
	f->hit = true;
	err_set(e, f->code, "fault put into driver call %d (%s)", f->at, what);
	return true;
}

static void fault_close(struct db *db)
{
	struct fault *f = (struct fault *)db;

	db_close(f->real);
	free(f);
}

static int fault_script(struct db *db, const char *sql, struct err *e)
{
	struct fault *f = (struct fault *)db;

	return fails(f, "script", e) ? (int)e->code : f->real->ops->script(f->real, sql, e);
}

static int fault_begin(struct db *db, bool writes, struct err *e)
{
	struct fault *f = (struct fault *)db;

	if (f->watch)
		f->watch(f->watch_ctx, FAULT_BEGIN, f->real);
	if (fails(f, "begin", e) || f->real->ops->begin(f->real, writes, e))
		return e->code;
	f->real->in_tx = true; /* the real one must know, tx_begin tells only the wrapper */
	f->real->in_write = writes;
	return OK;
}

static int fault_end(struct db *db, bool keep, struct err *e)
{
	struct fault *f = (struct fault *)db;
	struct err ignored;

	if (f->watch && keep)
		f->watch(f->watch_ctx, FAULT_COMMIT, f->real);
	f->real->in_tx = f->real->in_write = false;
	if (keep && fails(f, "commit", e)) {
		(void)f->real->ops->end(f->real, false, &ignored);
		return e->code;
	}
	return f->real->ops->end(f->real, keep, e);
}

static int fault_run(struct db *db, enum sql_id q, const struct val *v, struct rows **ret, struct err *e)
{
	struct fault *f = (struct fault *)db;
	struct fault_rows *r;
	struct rows *real = NULL;

	if (fails(f, sql_texts[q].name, e) || f->real->ops->run(f->real, q, v, &real, e))
		return e->code;
	r = mem_zalloc(sizeof *r);
	r->base.ops = &f->ops;
	r->db = f;
	r->real = real;
	*ret = &r->base;
	return OK;
}

static int fault_next(struct rows *rows, bool *ret_got, struct err *e)
{
	struct fault_rows *r = (struct fault_rows *)rows;

	return fails(r->db, "next", e) ? (int)e->code : rows_next(r->real, ret_got, e);
}

static bool fault_null(const struct rows *r, int col)
{
	return rows_null(((const struct fault_rows *)r)->real, col);
}

static int64_t fault_num(const struct rows *r, int col)
{
	return rows_num(((const struct fault_rows *)r)->real, col);
}

static const char *fault_text(const struct rows *r, int col)
{
	return rows_text(((const struct fault_rows *)r)->real, col);
}

static int64_t fault_changed(const struct rows *rows)
{
	const struct rows *real = ((const struct fault_rows *)rows)->real;

	return real->ops->changed(real);
}

static void fault_done(struct rows *rows)
{
	struct fault_rows *r = (struct fault_rows *)rows;

	rows_done(r->real);
	free(r);
}

struct db *db_fault_wrap_with(struct db *real, int n, enum err_code code)
{
	struct fault *f = mem_zalloc(sizeof *f);

	f->ops = (struct db_ops){
		.name = "fault",
		.dialect = real->ops->dialect,
		.close = fault_close,
		.script = fault_script,
		.begin = fault_begin,
		.end = fault_end,
		.run = fault_run,
		.next = fault_next,
		.null = fault_null,
		.num = fault_num,
		.text = fault_text,
		.changed = fault_changed,
		.done = fault_done,
	};
	f->base.ops = &f->ops;
	f->real = real;
	f->at = n;
	f->code = code;
	return &f->base;
}

struct db *db_fault_wrap(struct db *real, int n)
{
	return db_fault_wrap_with(real, n, ERR_DISK);
}

bool db_fault_hit(const struct db *db)
{
	return ((const struct fault *)db)->hit;
}

int db_fault_calls(const struct db *db)
{
	return ((const struct fault *)db)->calls;
}

void db_fault_arm(struct db *db, int n)
{
	struct fault *f = (struct fault *)db;

	f->calls = 0;
	f->at = n;
	f->hit = false;
}

void db_fault_watch(struct db *db, void (*fn)(void *ctx, enum fault_moment at, struct db *real), void *ctx)
{
	struct fault *f = (struct fault *)db;

	f->watch = fn;
	f->watch_ctx = ctx;
}

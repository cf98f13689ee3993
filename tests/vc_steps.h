/* SPDX-License-Identifier: Apache-2.0 */
/* Steps that the tests of Vehicle Configurations share. */
#ifndef FIRPATH_TESTS_VC_STEPS_H
#define FIRPATH_TESTS_VC_STEPS_H

#include <inttypes.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/tree.h"
#include "core/images.h"
#include "manifest/package.h"
#include "store/store_vc.h"
#include "stores.h"
#include "vc_kit.h"

static struct err e;
static const struct kit_bb two[] = { { .name = "DAS", .functional = "2.3.0" },
				     { .name = "ETP", .functional = "1.1.9", .on = 1, .required = "2.1.0" } };

static inline int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static inline struct actor who(void)
{
	return (struct actor){ "test", "", now_ms() };
}

static inline void scan(struct db *db, const struct vc_kit *k)
{
	struct actor a = who();

	ck_ok(vc_scan(db, &k->store, &a, NULL, &e));
}

static inline struct vc_info info(struct db *db, int64_t n)
{
	struct vc_info i;

	ck_ok(vc_by_n(db, n, &i, &e));
	return i;
}

static inline bool verify(struct db *db, const struct vc_kit *k, int64_t n)
{
	struct actor a = who();
	bool good;

	ck_ok(vc_verify(db, &k->store, &a, n, &good, &e));
	return good;
}

static inline int keep(struct db *db, const struct vc_kit *k, int64_t n, struct vc_info *ret)
{
	struct actor a = who();

	return vc_keep(db, &k->store, &a, n, ret, &e);
}

/* What `{"path":...}` of vc_get_json holds; the whole is freed by the caller. */
static inline struct json *shown(struct db *db, int64_t n)
{
	struct json *j;
	STR(out, 4 * MIB);

	ck_ok(vc_get_json(db, n, &out, &e));
	ck_ok(json_parse(str_c(&out), out.len, &j, &e));
	return j;
}

static inline int listed(struct db *db, bool gone)
{
	OWN(json_free) struct json *j = NULL;
	STR(out, 4 * MIB);

	ck_ok(vc_list_json(db, gone, &out, &e));
	ck_ok(json_parse(str_c(&out), out.len, &j, &e));
	return (int)json_len(json_get(j, "vcs"));
}

static inline bool there(const char *dir, const char *name)
{
	char path[1200];
	struct stat st;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	return !lstat(path, &st);
}

static inline void drop(const char *dir, const char *name)
{
	char path[1200];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	ck_assert_int_eq(unlink(path), 0);
}

/* How many rows of the audit chain have this action. */
static inline int audited(struct db *db, const char *action)
{
	OWN(rows_done) struct rows *r = NULL;
	bool got;
	int n = 0;

	ck_ok(db_run(db, SQL_AUDIT_PAGE, ARGS(VINT(0), VINT(1000000)), &r, &e));
	for (;;) {
		ck_ok(rows_next(r, &got, &e));
		if (!got)
			return n;
		n += !strcmp(rows_text(r, 4), action);
	}
}

static inline int count_file(void *ctx, const char *name, const struct stat *st, struct err *why)
{
	int *n = ctx;

	(void)name;
	(void)why;
	*n += S_ISREG(st->st_mode);
	return OK;
}

static inline int files_in(const char *dir, const char *sub)
{
	char path[1200];
	int n = 0;

	snprintf(path, sizeof path, "%s/%s", dir, sub);
	ck_ok(tree_walk(path, 10000, count_file, &n, &e));
	return n;
}

#endif

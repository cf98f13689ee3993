/* SPDX-License-Identifier: Apache-2.0 */
#include "stores.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#ifdef WITH_POSTGRESQL
#include "pg.h"
#endif

/* Made by main, inherited by forked tests. */
static struct {
	char dir[256];
	char sqlite_like[300]; /* an empty store of the newest schema; copying is quicker than migrating */
	char pg_like[64];      /* the same, a database */
	int made;              /* stores made by this process */
} stores;

const char *stores_dir(void)
{
	return stores.dir;
}

struct db *open_store(const char *dsn)
{
	struct db *db = NULL;
	struct err e;

	ck_ok(db_open(dsn, false, &db, &e));
	return db;
}

const char *empty_store_dsn(int engine, char dsn[STORE_DSN_MAX])
{
#ifdef WITH_POSTGRESQL
	if (engine == STORE_PG) {
		ck_assert(pg_dsn(NULL, dsn));
		return dsn;
	}
#endif
	ck_assert_int_eq(engine, STORE_SQLITE);
	snprintf(dsn, STORE_DSN_MAX, "%s/%d-%d.db", stores.dir, (int)getpid(), ++stores.made);
	return dsn;
}

const char *fresh_store_dsn(int engine, char dsn[STORE_DSN_MAX])
{
	STR(text, 64 * MIB);
	struct err e;
	int fd;

#ifdef WITH_POSTGRESQL
	if (engine == STORE_PG) {
		ck_assert(pg_dsn(stores.pg_like, dsn));
		return dsn;
	}
#endif
	empty_store_dsn(engine, dsn);
	ck_ok(file_read(stores.sqlite_like, &text, &e));
	fd = open(dsn, O_WRONLY | O_CREAT | O_EXCL, 0600);
	ck_assert(fd >= 0 && write(fd, text.p, text.len) == (ssize_t)text.len);
	close(fd);
	return dsn;
}

struct db *fresh_store(int engine)
{
	char dsn[STORE_DSN_MAX];

	return open_store(fresh_store_dsn(engine, dsn));
}

static bool make_like(const char *dsn)
{
	struct db *db = NULL;
	struct err e;

	if (db_open(dsn, true, &db, &e)) {
		fprintf(stderr, "making a store for tests: %s\n", e.msg);
		return false;
	}
	db_close(db);
	return true;
}

static bool stores_start(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(stores.dir, sizeof stores.dir, "%s/firpath-stores-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(stores.dir)) {
		perror(stores.dir);
		return false;
	}
	snprintf(stores.sqlite_like, sizeof stores.sqlite_like, "%s/like.db", stores.dir);
	if (!make_like(stores.sqlite_like))
		return false;
#ifdef WITH_POSTGRESQL
	char dsn[PG_DSN_MAX];

	if (!pg_start() || !pg_dsn_named("like", NULL, dsn, stores.pg_like) || !make_like(dsn))
		return false;
#endif
	return true;
}

static void stores_stop(void)
{
	DIR *d = opendir(stores.dir);

	for (const struct dirent *f; d && (f = readdir(d));)
		if (f->d_name[0] != '.')
			unlinkat(dirfd(d), f->d_name, 0);
	if (d)
		closedir(d);
	rmdir(stores.dir);
#ifdef WITH_POSTGRESQL
	pg_stop();
#endif
}

int stores_run(Suite *s)
{
	SRunner *sr = srunner_create(s);
	int failed = 1;

	if (stores_start()) {
		srunner_run_all(sr, CK_ENV);
		failed = srunner_ntests_failed(sr);
	}
	srunner_free(sr);
	stores_stop();
	return failed ? 1 : 0;
}

int stores_run_all(const char *name, const TTest *const *all, size_t n, int timeout)
{
	Suite *s = suite_create(name);
	TCase *tc = tcase_create(name);

	tcase_set_timeout(tc, timeout);
	for (size_t i = 0; i < n; i++)
		tcase_add_loop_test(tc, all[i], 0, STORES);
	suite_add_tcase(s, tc);
	return stores_run(s);
}

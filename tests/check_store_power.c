/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power cuts (F7, F8). A layer under SQLite remembers for each file what was there at its last sync and every
 * write since. A power cut keeps the synced part and, of each later write, all, nothing, or its first
 * sectors. From every such state the store must open with every acknowledged change and nothing by halves.
 * FIRPATH_POWER_STATES = how many states (default 300).
 */
#include "stores.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "base/vec.h"
#include "store/store_ledger.h"

struct write {
	sqlite3_int64 off;
	size_t len;
	unsigned char *data; /* owned; NULL = the file was cut to off */
};
struct image {
	unsigned char *p; /* synced content, owned */
	size_t n;
	VEC(struct write) since;
};
struct shim_file {
	sqlite3_file base;
	struct image *image; /* NULL = not watched */
	sqlite3_file *real;
};
struct state {
	char dsn[300];
	int64_t acked; /* changes acknowledged when the power went */
};

/* One test at a time; SQLite's callbacks have no context of ours. */
static struct {
	sqlite3_vfs vfs, *real;
	sqlite3_io_methods io;
	char watched[300];
	struct image db, wal;
	bool lying; /* sync does nothing, as on a disk that lies */
	bool armed; /* make states at writes and syncs */
	int64_t acked;
	struct rnd rnd;
	int odds; /* one of so many moments becomes a state */
	VEC(struct state) states;
	int syncs;
} power;

static void image_apply(unsigned char **p, size_t *n, const struct write *w, size_t len)
{
	size_t end = (size_t)w->off + (w->data ? len : 0);

	if (end > *n || !w->data) {
		*p = mem_realloc(*p, end + 1, 1);
		if (end > *n)
			memset(*p + *n, 0, end - *n);
		*n = end;
	}
	if (w->data && len)
		memcpy(*p + w->off, w->data, len);
}

static void image_forget(struct image *im)
{
	for (size_t i = 0; i < im->since.n; i++)
		free(im->since.v[i].data);
	im->since.n = 0;
}

static void image_sync(struct image *im)
{
	if (power.lying)
		return;
	for (size_t i = 0; i < im->since.n; i++)
		image_apply(&im->p, &im->n, &im->since.v[i], im->since.v[i].len);
	image_forget(im);
}

static void put_file(const char *path, const unsigned char *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert(fd >= 0 && write(fd, p, n) == (ssize_t)n);
	close(fd);
}

/* What the disk may hold. how: 0 nothing of what was not synced, 1 all of it, 2 chance. */
static void image_cut(const struct image *im, const char *path, int how)
{
	unsigned char *p = mem_alloc(im->n + 1);
	size_t n = im->n;

	if (n)
		memcpy(p, im->p, n);
	for (size_t i = 0; how > 0 && i < im->since.n; i++) {
		const struct write *w = &im->since.v[i];
		uint64_t luck = how == 1 ? 0 : rnd_below(&power.rnd, 4);

		if (luck < 2)
			image_apply(&p, &n, w, w->len);
		else if (luck == 2 && w->data && w->len > 512)
			image_apply(&p, &n, w, 512 * (size_t)rnd_below(&power.rnd, w->len / 512));
	}
	put_file(path, p, n);
	free(p);
}

static void cut_here(void)
{
	struct state s = { .acked = power.acked };
	char wal[310];

	if (!power.armed || rnd_below(&power.rnd, (uint64_t)power.odds))
		return;
	snprintf(s.dsn, sizeof s.dsn, "%s/cut-%d-%zu.db", stores_dir(), (int)getpid(), power.states.n);
	snprintf(wal, sizeof wal, "%s-wal", s.dsn);
	image_cut(&power.db, s.dsn, (int)rnd_below(&power.rnd, 3));
	image_cut(&power.wal, wal, (int)rnd_below(&power.rnd, 3));
	vec_push(&power.states, s);
}

static sqlite3_file *real_of(sqlite3_file *f)
{
	return ((struct shim_file *)f)->real;
}

static void note(sqlite3_file *f, const void *data, size_t len, sqlite3_int64 off)
{
	struct image *im = ((struct shim_file *)f)->image;
	struct write w = { off, len, NULL };

	if (!im)
		return;
	cut_here();
	if (data) {
		w.data = mem_alloc(len);
		memcpy(w.data, data, len);
	}
	vec_push(&im->since, w);
}

static int shim_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 off)
{
	note(f, p, (size_t)n, off);
	return real_of(f)->pMethods->xWrite(real_of(f), p, n, off);
}

static int shim_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	note(f, NULL, 0, size);
	return real_of(f)->pMethods->xTruncate(real_of(f), size);
}

static int shim_sync(sqlite3_file *f, int flags)
{
	struct image *im = ((struct shim_file *)f)->image;

	(void)flags; /* the disk is ours, it need not be bothered */
	if (im) {
		cut_here();
		power.syncs++;
		image_sync(im);
	}
	return SQLITE_OK;
}

/* The rest passes through. */
static int shim_close(sqlite3_file *f)
{
	return real_of(f)->pMethods->xClose(real_of(f));
}
static int shim_read(sqlite3_file *f, void *p, int n, sqlite3_int64 off)
{
	return real_of(f)->pMethods->xRead(real_of(f), p, n, off);
}
static int shim_size(sqlite3_file *f, sqlite3_int64 *ret)
{
	return real_of(f)->pMethods->xFileSize(real_of(f), ret);
}
static int shim_lock(sqlite3_file *f, int how)
{
	return real_of(f)->pMethods->xLock(real_of(f), how);
}
static int shim_unlock(sqlite3_file *f, int how)
{
	return real_of(f)->pMethods->xUnlock(real_of(f), how);
}
static int shim_reserved(sqlite3_file *f, int *ret)
{
	return real_of(f)->pMethods->xCheckReservedLock(real_of(f), ret);
}
static int shim_control(sqlite3_file *f, int op, void *arg)
{
	return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}
static int shim_sector(sqlite3_file *f)
{
	return real_of(f)->pMethods->xSectorSize(real_of(f));
}
static int shim_character(sqlite3_file *f)
{
	return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}
static int shim_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **ret)
{
	return real_of(f)->pMethods->xShmMap(real_of(f), page, size, extend, ret);
}
static int shim_shm_lock(sqlite3_file *f, int off, int n, int flags)
{
	return real_of(f)->pMethods->xShmLock(real_of(f), off, n, flags);
}
static void shim_shm_barrier(sqlite3_file *f)
{
	real_of(f)->pMethods->xShmBarrier(real_of(f));
}
static int shim_shm_unmap(sqlite3_file *f, int delete)
{
	return real_of(f)->pMethods->xShmUnmap(real_of(f), delete);
}

static void image_load(struct image *im, const char *path)
{
	struct err e;
	STR(text, 64 * MIB);

	free(im->p);
	im->p = NULL;
	im->n = 0;
	image_forget(im);
	if (!access(path, R_OK)) {
		ck_ok(file_read(path, &text, &e));
		im->p = mem_alloc(text.len + 1);
		memcpy(im->p, str_c(&text), text.len);
		im->n = text.len;
	}
}

static int shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
	struct shim_file *s = (struct shim_file *)f;
	size_t n = strlen(power.watched);
	int rc;

	(void)vfs;
	s->base.pMethods = NULL;
	s->real = (sqlite3_file *)(s + 1);
	s->image = NULL;
	if (name && n && !strncmp(name, power.watched, n)) {
		s->image = !strcmp(name + n, "") ? &power.db : !strcmp(name + n, "-wal") ? &power.wal : NULL;
		/* Several connections may share a file; the first one says what was there. */
		if (s->image && !s->image->p)
			image_load(s->image, name);
	}
	rc = power.real->xOpen(power.real, name, s->real, flags, ret_flags);
	if (s->real->pMethods)
		s->base.pMethods = &power.io;
	return rc;
}

static void shim_install(void)
{
	power.real = sqlite3_vfs_find(NULL);
	power.vfs = *power.real;
	power.vfs.zName = "power";
	power.vfs.szOsFile = (int)sizeof(struct shim_file) + power.real->szOsFile;
	power.vfs.xOpen = shim_open;
	/* Version 2: without memory-mapped reads, which would pass us by. */
	power.io = (sqlite3_io_methods){ 2,
					 shim_close,
					 shim_read,
					 shim_write,
					 shim_truncate,
					 shim_sync,
					 shim_size,
					 shim_lock,
					 shim_unlock,
					 shim_reserved,
					 shim_control,
					 shim_sector,
					 shim_character,
					 shim_shm_map,
					 shim_shm_lock,
					 shim_shm_barrier,
					 shim_shm_unmap,
					 NULL,
					 NULL };
	ck_assert_int_eq(sqlite3_vfs_register(&power.vfs, 1), SQLITE_OK);
}

/* Changes of changing size, so that log and checkpoints are cut at all kinds of places. */
static int change(struct db *db, struct err *e)
{
	const struct actor who = { "admin", "", 1 };
	size_t n = (size_t)rnd_below(&power.rnd, rnd_below(&power.rnd, 8) ? 2000 : 200000);
	OWN(mem_free) char *text = mem_alloc(n + 1);
	int64_t rev;
	TX(tx);

	memset(text, 'x', n);
	text[n] = '\0';
	return tx_begin(&tx, db, true, e) || ledger_advance(db, &who, "x", &rev, e) ||
		       audit_add(db, &who, "x", "y", NULL, text, rev, NULL, e) || tx_keep(&tx, e)
		   ? (int)e->code
		   : OK;
}

/* Opens what a cut has left. 0 = good, 1 = acknowledged changes are gone, 2 = it does not open or is broken.
 */
static int judge(const struct state *s)
{
	OWN(db_close) struct db *db = NULL;
	int64_t head = -1, rows = -1, bad = -1;
	char hash[65];
	struct err e;

	if (db_open(s->dsn, false, &db, &e) || ledger_head(db, &head, &e) ||
	    audit_verify(db, &rows, &bad, hash, &e)) {
		fprintf(stderr, "%s: %s\n", s->dsn, e.msg);
		return 2;
	}
	if (bad || rows != head || head > s->acked + 1)
		return 2;
	return head < s->acked;
}

/* Works on a store until there are enough states, judges them. */
static void run(int wanted, bool lying, int result[3])
{
	char dsn[STORE_DSN_MAX];
	struct db *db;
	struct err e;

	shim_install();
	power.rnd = rnd_seeded(20240229);
	power.odds = 5;
	snprintf(power.watched, sizeof power.watched, "%s", fresh_store_dsn(STORE_SQLITE, dsn));
	db = open_store(dsn);
	/* What opening wrote is the ground that we stand on. */
	image_load(&power.db, power.watched);
	image_forget(&power.wal);
	power.lying = lying;
	power.armed = true;
	while (power.states.n < (size_t)wanted) {
		int before = power.syncs;

		ck_ok(change(db, &e));
		if (!lying)
			ck_assert_msg(power.syncs > before, "a change was acknowledged without a sync");
		power.acked++;
		for (int i = 0; i < 3; i++)
			cut_here();
	}
	power.armed = false;
	db_close(db);
	for (size_t i = 0; i < power.states.n; i++)
		result[judge(&power.states.v[i])]++;
	vec_done(&power.states);
	image_forget(&power.db);
	image_forget(&power.wal);
	vec_done(&power.db.since);
	vec_done(&power.wal.since);
	free(power.db.p);
	free(power.wal.p);
	sqlite3_vfs_register(power.real, 1);
	sqlite3_vfs_unregister(&power.vfs);
	memset(&power, 0, sizeof power);
}

START_TEST(acknowledged_changes_survive_every_power_cut)
{
	const char *wish = getenv("FIRPATH_POWER_STATES");
	int wanted = wish ? (int)strtol(wish, NULL, 10) : 300, result[3] = { 0 };

	run(wanted, false, result);
	ck_assert_int_eq(result[2], 0);
	ck_assert_int_eq(result[1], 0);
	ck_assert_int_ge(result[0], wanted);
}
END_TEST

START_TEST(a_file_system_without_shared_memory_is_refused)
{
	char dsn[STORE_DSN_MAX];
	struct db *db = NULL;
	struct err e;

	/* As on some network disks: SQLite then falls back to another journal mode without saying so. */
	empty_store_dsn(STORE_SQLITE, dsn);
	shim_install();
	power.io.iVersion = 1;
	ck_refused(db_open(dsn, true, &db, &e), ERR_STORE_OPEN, "journal_mode");
	ck_refused(db_connect(dsn, false, &db, &e), ERR_STORE_OPEN, "local disk");
	sqlite3_vfs_register(power.real, 1);
	sqlite3_vfs_unregister(&power.vfs);
}
END_TEST

START_TEST(the_test_itself_sees_a_disk_that_lies)
{
	int result[3] = { 0 };

	run(60, true, result);
	ck_assert_int_gt(result[1], 10);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("store_power");
	TCase *tc = tcase_create("power");

	tcase_set_timeout(tc, 600);
	tcase_add_test(tc, acknowledged_changes_survive_every_power_cut);
	tcase_add_test(tc, a_file_system_without_shared_memory_is_refused);
	tcase_add_test(tc, the_test_itself_sees_a_disk_that_lies);
	suite_add_tcase(s, tc);
	return stores_run(s);
}

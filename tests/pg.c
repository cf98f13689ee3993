/* SPDX-License-Identifier: Apache-2.0 */
#include "pg.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORD "DATABASE"

/* One server per test program; forked tests inherit what main filled in. */
static struct {
	char address[PG_DSN_MAX]; /* with WORD; empty = not started */
	char dir[128];            /* ours; empty with a shared server */
	pid_t server;             /* 0 with a shared server */
	pid_t owner;              /* who started it: names our databases */
	int made;                 /* databases made by this process */
} pg;

static bool complain(const char *what, const char *why)
{
	fprintf(stderr, "PostgreSQL for tests: %s: %s\n", what, why);
	return false;
}

static void nap(long ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

static bool dsn_for(const char *database, char *ret)
{
	const char *at = strstr(pg.address, WORD);

	if (!at)
		return complain(pg.address, "the address has no word " WORD);
	return snprintf(ret, PG_DSN_MAX, "%.*s%s%s", (int)(at - pg.address), pg.address, database,
			at + strlen(WORD)) < PG_DSN_MAX;
}

/* Newest server program of the machine. */
static bool find_bindir(char *buf, size_t size)
{
	const char *given = getenv("FIRPATH_PG_BINDIR");
	glob_t g;
	bool found = false;

	if (given)
		return snprintf(buf, size, "%s", given) < (int)size;
	if (!glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &g) && g.gl_pathc > 0) {
		const char *path = g.gl_pathv[g.gl_pathc - 1];

		found =
		    snprintf(buf, size, "%.*s", (int)(strlen(path) - strlen("/initdb")), path) < (int)size;
	}
	globfree(&g);
	return found ? true : complain("initdb", "not found; install the package postgresql");
}

/* PostgreSQL refuses to run as root. */
static bool become_other_user(void)
{
	const struct passwd *pw;

	if (geteuid() != 0)
		return true;
	pw = getpwnam("postgres");
	return pw && !setgroups(0, NULL) && !setgid(pw->pw_gid) && !setuid(pw->pw_uid);
}

/* Runs a program of the server in our folder, its output in `log` there. */
static pid_t launch(const char *bindir, const char *program, const char *const argv[])
{
	pid_t parent = getpid(), pid = fork();
	char path[256], log[160];
	const char *args[32] = { path };
	int fd;

	if (pid)
		return pid;
	snprintf(path, sizeof path, "%s/%s", bindir, program);
	snprintf(log, sizeof log, "%s/log", pg.dir);
	setpgid(0, 0); /* Ctrl-C at the terminal is for the test, which then stops us */
	if (!become_other_user() || chdir(pg.dir))
		_exit(126);
	/* After the change of user, which would forget it. */
	prctl(PR_SET_PDEATHSIG, SIGQUIT);
	if (getppid() != parent)
		_exit(126);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		_exit(126);
	/* By its path: initdb looks for its siblings beside itself, and they are not in everybody's PATH. */
	for (size_t i = 1; i < sizeof args / sizeof args[0] - 1 && argv[i]; i++)
		args[i] = argv[i];
	execv(path, (char *const *)args);
	_exit(127);
}

static bool make_dir(void)
{
	const char *tmp = getenv("TMPDIR");
	const struct passwd *pw;

	/* The path of a socket may have 107 characters. */
	if (!tmp || strlen(tmp) > 60)
		tmp = "/tmp";
	snprintf(pg.dir, sizeof pg.dir, "%s/firpath-pg-XXXXXX", tmp);
	if (!mkdtemp(pg.dir))
		return complain(pg.dir, strerror(errno));
	if (geteuid() != 0)
		return true;
	pw = getpwnam("postgres");
	if (!pw || chown(pg.dir, pw->pw_uid, pw->pw_gid))
		return complain(pg.dir, "cannot be given to user postgres");
	return true;
}

static bool wait_until_up(void)
{
	char dsn[PG_DSN_MAX];

	if (!dsn_for("postgres", dsn))
		return false;
	for (int i = 0; i < 600; i++) {
		if (PQping(dsn) == PQPING_OK)
			return true;
		if (waitpid(pg.server, NULL, WNOHANG)) {
			pg.server = 0;
			break;
		}
		nap(50);
	}
	return complain("the server does not come up", pg.dir);
}

static bool start_own(void)
{
	char bindir[200], data[140], sockets[160];
	/* clang-format off */
	const char *const initdb[] = { "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
		"--locale=C", "--no-sync", "--no-instructions", NULL };
	const char *const server[] = { "postgres", "-D", data, "-c", sockets, "-c", "listen_addresses=",
		"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "shared_buffers=32MB",
		"-c", "autovacuum=off", "-c", "max_wal_size=256MB", "-c", "wal_level=minimal", "-c", "max_wal_senders=0", NULL };
	/* clang-format on */
	int status;
	pid_t pid;

	if (!find_bindir(bindir, sizeof bindir) || !make_dir())
		return false;
	snprintf(data, sizeof data, "%s/data", pg.dir);
	snprintf(sockets, sizeof sockets, "unix_socket_directories=%s", pg.dir);
	pid = launch(bindir, "initdb", initdb);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		return complain("initdb failed, see its log in", pg.dir);
	pg.server = launch(bindir, "postgres", server);
	if (pg.server < 0)
		return complain("fork", strerror(errno));
	snprintf(pg.address, sizeof pg.address, "postgresql://postgres@/" WORD "?host=%s", pg.dir);
	return wait_until_up();
}

bool pg_start(void)
{
	const char *shared = getenv("FIRPATH_TEST_PG");

	pg.owner = getpid();
	if (!shared)
		return start_own();
	return snprintf(pg.address, sizeof pg.address, "%s", shared) < (int)sizeof pg.address;
}

const char *pg_address(void)
{
	return pg.address;
}

/* Runs SQL in the database `postgres`; fn gets the result. Test code: it may build SQL. */
static bool admin(const char *sql, void (*fn)(PGresult *res, PGconn *c))
{
	char dsn[PG_DSN_MAX];
	PGconn *c;
	PGresult *res;
	bool good;

	if (!pg.address[0])
		return complain("pg_start", "was not called in main");
	if (!dsn_for("postgres", dsn))
		return false;
	c = PQconnectdb(dsn);
	res = PQexec(c, sql);
	good = PQresultStatus(res) == PGRES_COMMAND_OK || PQresultStatus(res) == PGRES_TUPLES_OK;
	if (!good)
		complain(sql, PQerrorMessage(c));
	else if (fn)
		fn(res, c);
	PQclear(res);
	PQfinish(c);
	return good;
}

bool pg_dsn_named(const char *name, const char *like, char *ret_dsn, char *ret_name)
{
	char sql[256], full[64];

	snprintf(full, sizeof full, "firpath_%d_%s", (int)pg.owner, name);
	snprintf(sql, sizeof sql, "CREATE DATABASE \"%s\" TEMPLATE \"%s\" STRATEGY FILE_COPY", full,
		 like ? like : "template0");
	if (!admin(sql, NULL) || !dsn_for(full, ret_dsn))
		return false;
	if (ret_name)
		snprintf(ret_name, sizeof full, "%s", full);
	return true;
}

bool pg_dsn(const char *like, char *ret_dsn)
{
	char name[40];

	snprintf(name, sizeof name, "%d_%d", (int)getpid(), ++pg.made);
	return pg_dsn_named(name, like, ret_dsn, NULL);
}

static void drop_each(PGresult *res, PGconn *c)
{
	char sql[128];

	for (int i = 0; i < PQntuples(res); i++) {
		snprintf(sql, sizeof sql, "DROP DATABASE \"%s\" WITH (FORCE)", PQgetvalue(res, i, 0));
		PQclear(PQexec(c, sql));
	}
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void pg_stop(void)
{
	char sql[128];

	if (!pg.owner || pg.owner != getpid())
		return;
	if (pg.server > 0) {
		kill(pg.server, SIGINT); /* PostgreSQL: fast shutdown */
		for (int i = 0; i < 200 && waitpid(pg.server, NULL, WNOHANG) == 0; i++) {
			if (i == 100)
				kill(pg.server, SIGQUIT);
			nap(50);
		}
	} else if (pg.address[0]) {
		snprintf(sql, sizeof sql,
			 "SELECT datname FROM pg_database WHERE datname LIKE 'firpath\\_%d\\_%%'",
			 (int)pg.owner);
		admin(sql, drop_each);
	}
	if (pg.dir[0])
		nftw(pg.dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	memset(&pg, 0, sizeof pg);
}

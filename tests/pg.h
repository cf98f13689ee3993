/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A private PostgreSQL for tests: initdb into a temporary folder (as user postgres when we are root), a Unix
 * socket in it, no TCP, no fsync. It goes when the program that started it goes, even when that one is
 * killed. With FIRPATH_TEST_PG in the environment nothing is started and that server is used: it is an
 * address with the word DATABASE where the name of the database belongs
 * ("postgresql://postgres@/DATABASE?host=/tmp/x"). `with_pg COMMAND...` starts a server, sets the variable
 * and runs the command.
 *
 * A missing PostgreSQL is an error, never a reason to skip (FIRPATH_PG_BINDIR names another one).
 */
#ifndef FIRPATH_TESTS_PG_H
#define FIRPATH_TESTS_PG_H

#include <stdbool.h>
#include <stddef.h>

#define PG_DSN_MAX 512

/* Call it in main, before Check forks. False: it does not work, and why is on stderr. */
bool pg_start(void);
/* Makes a database, empty or as a copy of `like` (a name; nobody may be connected to it), and gives its
 * address in a buffer of PG_DSN_MAX; false after a message on stderr. Works in forked tests. */
bool pg_dsn(const char *like, char *ret_dsn);
/* The same with a name of the caller's choice within this program; ret_name (64 bytes) may serve as `like`.
 */
bool pg_dsn_named(const char *name, const char *like, char *ret_dsn, char *ret_name);
/* The address of the server with the word DATABASE in it. */
const char *pg_address(void);
/* Stops the server, or drops this program's databases on the shared one. */
void pg_stop(void);

#endif

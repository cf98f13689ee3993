# SPDX-License-Identifier: Apache-2.0
# Stores for the tests of this and of all higher rooms: link tests/libteststore.a before the room's libraries, and
# $(TEST_STORE_LIBS) is that for a test of the store itself.
if HAVE_CHECK
check_LIBRARIES = tests/libteststore.a
tests_libteststore_a_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_libteststore_a_SOURCES = tests/db_fault.c tests/db_fault.h tests/stores.c tests/stores.h
TEST_STORE_LIBS = tests/libteststore.a $(STORE_LIBS) $(CHECK_LIBS)
if WITH_POSTGRESQL
tests_libteststore_a_SOURCES += tests/pg.c tests/pg.h
check_PROGRAMS += tests/with_pg
tests_with_pg_SOURCES = tests/with_pg.c tests/pg.h
tests_with_pg_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_with_pg_LDADD = tests/libteststore.a $(PQ_LIBS)
endif

STORE_TESTS = tests/check_store tests/check_store_sql tests/check_store_migrate tests/check_store_audit \
	tests/check_store_power
check_PROGRAMS += $(STORE_TESTS)
TESTS += $(STORE_TESTS)
tests_check_store_SOURCES = tests/check_store.c
tests_check_store_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_store_LDADD = $(TEST_STORE_LIBS)
tests_check_store_sql_SOURCES = tests/check_store_sql.c
tests_check_store_sql_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_store_sql_LDADD = $(TEST_STORE_LIBS)
tests_check_store_migrate_SOURCES = tests/check_store_migrate.c
tests_check_store_migrate_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_store_migrate_LDADD = $(TEST_STORE_LIBS)
tests_check_store_audit_SOURCES = tests/check_store_audit.c
tests_check_store_audit_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_store_audit_LDADD = $(TEST_STORE_LIBS)
tests_check_store_power_SOURCES = tests/check_store_power.c
tests_check_store_power_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_store_power_LDADD = $(TEST_STORE_LIBS)
endif

TESTS += tests/check_store_gen.sh
EXTRA_DIST += tests/check_store_gen.sh

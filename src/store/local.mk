# SPDX-License-Identifier: Apache-2.0
# Statements and migrations are picked up from sql/query and sql/schema: dropping a file there is all it takes.
noinst_LIBRARIES += %D%/libstore.a
%C%_libstore_a_SOURCES = %D%/store_campaign.c %D%/store_campaign.h %D%/store_cycle.c %D%/store_cycle.h %D%/store_fleet.c \
	%D%/store_fleet.h %D%/store_plan.c %D%/db.c %D%/db.h %D%/db_engines.h %D%/db_sqlite.c %D%/migrate.c %D%/migrate.h \
	%D%/sql.h %D%/store_ledger.c %D%/store_ledger.h
%C%_libstore_a_SOURCES += %D%/store_entry.c %D%/store_entry.h %D%/store_feed.c %D%/store_feed.h \
	%D%/store_statement.c %D%/store_statement.h %D%/store_turn.c %D%/store_turn.h
%C%_libstore_a_SOURCES += %D%/store_catalog.c %D%/store_catalog.h %D%/store_review.c %D%/store_review.h
%C%_libstore_a_SOURCES += %D%/store_people.c %D%/store_people.h
%C%_libstore_a_SOURCES += %D%/store_digest.c %D%/store_digest.h
%C%_libstore_a_SOURCES += %D%/store_proposal.c %D%/store_proposal.h
%C%_libstore_a_SOURCES += %D%/store_vc.c %D%/store_vc.h
%C%_libstore_a_SOURCES += %D%/store_cm.c %D%/store_cm.h
%C%_libstore_a_SOURCES += %D%/store_station.c %D%/store_station.h
%C%_libstore_a_SOURCES += %D%/store_release.c %D%/store_release.h
%C%_libstore_a_SOURCES += %D%/store_ocpp.c %D%/store_ocpp.h
%C%_libstore_a_SOURCES += %D%/store_meter.c %D%/store_meter.h %D%/store_meter_p.h %D%/store_meter_job.c %D%/store_dcc.c %D%/store_dcc.h
%C%_libstore_a_SOURCES += %D%/store_ota.c %D%/store_ota.h
if WITH_POSTGRESQL
%C%_libstore_a_SOURCES += %D%/db_pg.c
endif
nodist_%C%_libstore_a_SOURCES = %D%/sql_gen.h %D%/sql_gen.c %D%/schema_gen.c %D%/restricted_gen.c
BUILT_SOURCES += %D%/sql_gen.h %D%/sql_gen.c %D%/schema_gen.c %D%/restricted_gen.c
CLEANFILES += %D%/sql_gen.h %D%/sql_gen.c %D%/schema_gen.c %D%/restricted_gen.c
EXTRA_DIST += sql/query sql/restricted sql/schema build-aux/sqlgen.awk build-aux/schemagen.sh build-aux/if-changed.sh

# Run at every make; the outputs keep their time unless they change.
%D%/sql_gen.h: sql-now
	$(AM_V_GEN)sh $(top_srcdir)/build-aux/if-changed.sh $@ \
		env LC_ALL=C $(AWK) -v out=h -f $(top_srcdir)/build-aux/sqlgen.awk $(top_srcdir)/sql/query/*.sql
%D%/sql_gen.c: sql-now
	$(AM_V_GEN)sh $(top_srcdir)/build-aux/if-changed.sh $@ \
		env LC_ALL=C $(AWK) -v out=c -f $(top_srcdir)/build-aux/sqlgen.awk $(top_srcdir)/sql/query/*.sql
%D%/schema_gen.c: sql-now
	$(AM_V_GEN)sh $(top_srcdir)/build-aux/if-changed.sh $@ \
		env AWK='$(AWK)' sh $(top_srcdir)/build-aux/schemagen.sh $(top_srcdir)/sql/schema
%D%/restricted_gen.c: sql-now
	$(AM_V_GEN)sh $(top_srcdir)/build-aux/if-changed.sh $@ \
		env AWK='$(AWK)' sh $(top_srcdir)/build-aux/schemagen.sh $(top_srcdir)/sql/restricted restricted
.PHONY: sql-now
sql-now:

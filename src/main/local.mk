# SPDX-License-Identifier: Apache-2.0
# firpathd, firpath, firpath-bbum are added here by their rooms.

# The command line program.
bin_PROGRAMS += firpath
firpath_SOURCES = %D%/firpath.c
firpath_LDADD = src/cli/libcli.a $(IMPORT_LIBS) $(CORE_LIBS) $(CURL_LIBS) $(EDIT_LIBS)

# The service.
bin_PROGRAMS += firpathd
firpathd_SOURCES = %D%/demo.c %D%/demo.h %D%/demo_station.c %D%/demo_meter.c %D%/demo_vehicle.c %D%/firpathd.c %D%/jobs.c %D%/jobs.h %D%/options.c %D%/options.h %D%/sd_notify.c %D%/sd_notify.h
firpathd_LDADD = src/http/libhttp.a src/web/libweb.a $(IMPORT_LIBS) $(ORCH_LIBS) $(CIVETWEB_LIBS) $(ZLIB_LIBS)

nodist_firpathd_SOURCES = %D%/demo_cpl_gen.c %D%/demo_statements_gen.c
CLEANFILES += %D%/demo_cpl_gen.c %D%/demo_statements_gen.c
%D%/demo_cpl_gen.c: $(top_srcdir)/contrib/sample/cpl.csv $(top_srcdir)/build-aux/embed.awk
	$(AM_V_GEN)$(MKDIR_P) %D% && LC_ALL=C $(AWK) -v name=demo_cpl -v header=main/demo.h -f $(top_srcdir)/build-aux/embed.awk \
		$(top_srcdir)/contrib/sample/cpl.csv > $@.tmp && mv $@.tmp $@
%D%/demo_statements_gen.c: $(top_srcdir)/contrib/sample/statements.csv $(top_srcdir)/build-aux/embed.awk
	$(AM_V_GEN)$(MKDIR_P) %D% && LC_ALL=C $(AWK) -v name=demo_statements -v header=main/demo.h -f $(top_srcdir)/build-aux/embed.awk \
		$(top_srcdir)/contrib/sample/statements.csv > $@.tmp && mv $@.tmp $@

# The device agent.
bin_PROGRAMS += firpath-bbum
firpath_bbum_SOURCES = %D%/firpath-bbum.c %D%/options.c %D%/options.h
firpath_bbum_LDADD = src/agent/libagent.a src/wire/libwire.a $(MANIFEST_LIBS) $(MODEL_LIBS) $(CURL_LIBS)

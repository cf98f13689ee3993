# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += %D%/libhttp.a
%C%_libhttp_a_SOURCES = \
	%D%/dispatch.c \
	%D%/door.c %D%/door.h \
	%D%/follow.c %D%/follow.h \
	%D%/guard.c %D%/guard.h \
	%D%/h_about.c %D%/h_bbum.c %D%/h_block.c %D%/h_campaign.c %D%/h_dcc.c %D%/h_entry.c %D%/h_fleet.c %D%/h_import.c %D%/h_ledger.c \
	%D%/h_model.c %D%/h_path.c %D%/h_people.c %D%/h_proposal.c %D%/h_trust.c %D%/handlers.h \
	%D%/h_notify.c \
	%D%/health.c %D%/health.h \
	%D%/hot.c %D%/hot.h \
	%D%/http.h \
	%D%/metrics.c %D%/metrics.h \
	%D%/once.c %D%/once.h \
	%D%/page.c \
	%D%/pool.c %D%/pool.h \
	%D%/rate.c %D%/rate.h \
	%D%/h_ocpp.c %D%/h_release.c %D%/h_set.c %D%/h_restricted.c %D%/h_rollout.c \
	%D%/req.c %D%/resp.c %D%/resp_file.c \
	%D%/router.c %D%/router.h \
	%D%/routes.c \
	%D%/server.c \
	%D%/signin.c \
	%D%/stack.c %D%/stack.h \
	%D%/worker.h
%C%_libhttp_a_SOURCES += %D%/h_proof.c %D%/h_cm.c %D%/h_meter.c %D%/h_ota.c %D%/h_station.c %D%/h_area.c %D%/h_report.c %D%/h_vc.c
nodist_%C%_libhttp_a_SOURCES = %D%/openapi_gen.c
CLEANFILES += %D%/openapi_gen.c
EXTRA_DIST += doc/openapi.json build-aux/embed.awk

%D%/openapi_gen.c: $(top_srcdir)/doc/openapi.json $(top_srcdir)/build-aux/embed.awk
	$(AM_V_GEN)LC_ALL=C $(AWK) -v name=openapi_json -v header=http/http.h -f $(top_srcdir)/build-aux/embed.awk \
		$(top_srcdir)/doc/openapi.json > $@.tmp && mv $@.tmp $@

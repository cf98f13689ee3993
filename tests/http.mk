# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += tests/fuzz/fuzz_guard
TESTS += tests/fuzz/fuzz_guard
tests_fuzz_fuzz_guard_SOURCES = tests/fuzz/fuzz_guard.c $(FUZZ_DRIVER)
tests_fuzz_fuzz_guard_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_guard_LDADD = src/http/libhttp.a $(BASE_LIBS)
EXTRA_DIST += tests/corpus/guard

if HAVE_CHECK
http_tests = tests/check_http_guard tests/check_http_server
check_PROGRAMS += $(http_tests)
TESTS += $(http_tests)
tests_check_http_guard_SOURCES = tests/check_http_guard.c
tests_check_http_guard_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_http_guard_LDADD = src/http/libhttp.a $(BASE_LIBS) $(CHECK_LIBS)
tests_check_http_server_SOURCES = tests/check_http_server.c
tests_check_http_server_CPPFLAGS = $(AM_CPPFLAGS) $(TEST_CPPFLAGS)
tests_check_http_server_LDADD = src/http/libhttp.a $(IMPORT_LIBS) $(ORCH_LIBS) $(CIVETWEB_LIBS) $(CHECK_LIBS)
endif

EXTRA_DIST += tests/api/service.py tests/api/balancer.py tests/api/smuggling.py tests/api/test_http.py tests/api/test_http_life.py tests/api/test_http_openapi.py tests/api/test_http_pg.py tests/api/test_owners.py tests/api/test_half_edits.py tests/api/test_portal.py \
	tests/api/dcc_kit.py tests/api/test_dcc_in.py tests/api/test_http_raw.py tests/api/test_http_routes.py tests/api/test_nginx.py tests/api/test_systemd.py
EXTRA_DIST += doc/feeds.md doc/operations.md contrib/nginx/firpath.conf contrib/nginx/firpath-dcc.conf contrib/systemd/firpathd.service contrib/systemd/firpath-cpl.service contrib/systemd/firpath-cpl.timer tests/api/test_feeds.py tests/api/test_restricted.py contrib/firpathd.conf
EXTRA_DIST += tests/api/test_reports.py tests/api/test_people.py tests/api/test_roles.py tests/api/test_vehicles.py

# Built when it is run: tests/bench/run-http.
EXTRA_PROGRAMS += tests/bench/bench_http
tests_bench_bench_http_SOURCES = tests/bench/bench_http.c
tests_bench_bench_http_LDADD = $(CIVETWEB_LIBS)
EXTRA_DIST += tests/bench/run-http tests/bench/run-edit
EXTRA_DIST += tests/api/test_proof.py tests/api/test_oidc.py tests/bench/verify.py tests/oidc/package.json tests/oidc/package-lock.json tests/oidc/.npmrc tests/oidc/provider.mjs doc/receipts.md

/* SPDX-License-Identifier: Apache-2.0 */
/* What the guard lets through and what it refuses; the same cases run over real sockets in
 * tests/api/test_http_raw.py. */
#include "http/guard.h"

#include "http/rate.h"
#include "http/router.h"
#include "testing.h"

#define HOST                                                                                                 \
	{                                                                                                    \
		"Host", "127.0.0.1:8231"                                                                     \
	}

static struct head head_with(const struct header *h, size_t n)
{
	return (
	    struct head){ .method = "GET", .path = "/v1/path", .version = "1.1", .header = h, .nheaders = n };
}

START_TEST(an_ordinary_request_passes)
{
	const struct header h[] = { HOST, { "User-Agent", "x/1 (y)\t\xc3\xa9" }, { "Content-Length", "17" } };
	struct head in = head_with(h, 3);
	struct framing f;
	struct err e;

	ck_ok(guard_head(&in, &f, &e));
	ck_assert_int_eq(f.length, 17);
	ck_assert(f.has_length && !f.chunked && !f.last && !f.go_on && !f.conditional);
	ck_assert_str_eq(f.host, "127.0.0.1:8231");
}
END_TEST

/* One bad header beside a good Host. */
static const struct {
	const char *name, *value, *words;
} bad_headers[] = {
	{ "Content-Length", "+17", "1 to 10 digits" },
	{ "Content-Length", "-1", "1 to 10 digits" },
	{ "Content-Length", "17,17", "1 to 10 digits" },
	{ "Content-Length", "0x11", "1 to 10 digits" },
	{ "Content-Length", "", "1 to 10 digits" },
	{ "Content-Length", " 1", "1 to 10 digits" },
	{ "Content-Length", "1 ", "1 to 10 digits" },
	{ "content-length", "12345678901", "1 to 10 digits" },
	{ "Transfer-Encoding", "gzip", "only be 'chunked'" },
	{ "Transfer-Encoding", "chunked, chunked", "only be 'chunked'" },
	{ "Transfer-Encoding", "identity", "only be 'chunked'" },
	{ "Transfer-Encoding", "", "only be 'chunked'" },
	{ "transfer-encoding", "xchunked", "only be 'chunked'" },
	{ "Host", "127.0.0.1", "Host was sent twice" },
	{ "Expect", "200-ok", "Expect" },
	{ "Content Length", "1", "header name" },
	{ "Content-Length\t", "1", "header name" },
	{ "", "1", "header name" },
	{ "X:Y", "1", "header name" },
	{ "X\x80", "1", "header name" },
	{ "X-A", "a\rb", "control character" },
	{ "X-A", "a\nb", "control character" },
	{ "X-A", "a\x01", "control character" },
	{ "X-A", "a\x7f", "control character" },
};

START_TEST(each_doubtful_header_is_refused)
{
	struct framing f;
	struct err e;

	for (size_t i = 0; i < sizeof bad_headers / sizeof bad_headers[0]; i++) {
		const struct header h[] = { HOST, { bad_headers[i].name, bad_headers[i].value } };
		struct head in = head_with(h, 2);

		ck_refused(guard_head(&in, &f, &e), ERR_HEADERS, bad_headers[i].words);
	}
}
END_TEST

START_TEST(two_readings_of_the_length_are_refused)
{
	const struct header twice[] = { HOST, { "Content-Length", "5" }, { "Content-Length", "5" } };
	const struct header both[] = { HOST, { "Content-Length", "5" }, { "Transfer-Encoding", "chunked" } };
	const struct header chunks[] = { HOST,
					 { "Transfer-Encoding", "chunked" },
					 { "Transfer-Encoding", "chunked" } };
	struct head a = head_with(twice, 3), b = head_with(both, 3), c = head_with(chunks, 3),
		    d = head_with(chunks, 2);
	struct framing f;
	struct err e;

	ck_refused(guard_head(&a, &f, &e), ERR_HEADERS, "sent twice");
	ck_refused(guard_head(&b, &f, &e), ERR_HEADERS, "cannot both");
	ck_refused(guard_head(&c, &f, &e), ERR_HEADERS, "once");
	ck_ok(guard_head(&d, &f, &e));
	ck_assert(f.chunked);
	d.version = "1.0";
	ck_refused(guard_head(&d, &f, &e), ERR_HEADERS, "needs HTTP/1.1");
}
END_TEST

static const struct {
	const char *host, *words;
} bad_hosts[] = { { "", "empty" },
		  { "a b", "not a host name" },
		  { "a/b", "not a host name" },
		  { "a,b", "not a host name" },
		  { "u@h", "not a host name" },
		  { "h#", "not a host name" },
		  { "h\xc3\xa9", "not a host name" } };

START_TEST(there_is_exactly_one_host)
{
	struct head none = head_with(NULL, 0);
	struct framing f;
	struct err e;

	ck_refused(guard_head(&none, &f, &e), ERR_HEADERS, "Host is missing");
	for (size_t i = 0; i < sizeof bad_hosts / sizeof bad_hosts[0]; i++) {
		const struct header h[] = { { "Host", bad_hosts[i].host } };
		struct head in = head_with(h, 1);

		ck_refused(guard_head(&in, &f, &e), ERR_HEADERS, bad_hosts[i].words);
	}
}
END_TEST

START_TEST(a_full_header_list_may_hide_more_and_is_refused)
{
	struct header h[HEADERS_MAX];
	struct framing f;
	struct head in;
	struct err e;

	h[0] = (struct header)HOST;
	for (size_t i = 1; i < HEADERS_MAX; i++)
		h[i] = (struct header){ "X-A", "1" };
	in = head_with(h, HEADERS_MAX - 1);
	ck_ok(guard_head(&in, &f, &e));
	in.nheaders = HEADERS_MAX;
	ck_refused(guard_head(&in, &f, &e), ERR_HEADERS, "64 headers");
}
END_TEST

static const char *const bad_targets[] = { "http://127.0.0.1/v1/path",
					   "*",
					   "",
					   "v1/path",
					   "127.0.0.1:80",
					   "/a b",
					   "/a\tb",
					   "/a\x01",
					   "/a\x7f",
					   "/\xc3\xa9",
					   "/a\"",
					   "/a<",
					   "/a\\b",
					   "/a^",
					   "/a`",
					   "/{}",
					   "/a|b",
					   "/a#b" };

START_TEST(only_the_path_form_of_a_target_is_read)
{
	const struct header h[] = { HOST };
	struct head in = head_with(h, 1);
	struct framing f;
	struct err e;

	for (size_t i = 0; i < sizeof bad_targets / sizeof bad_targets[0]; i++) {
		in.path = bad_targets[i];
		ck_refused(guard_head(&in, &f, &e), ERR_HEADERS, "request target");
		if (i < 5)
			continue; /* fine behind a question mark */
		in.path = "/v1/path";
		in.query = bad_targets[i];
		ck_refused(guard_head(&in, &f, &e), ERR_HEADERS, "request target");
		in.query = NULL;
	}
	in.path = NULL;
	ck_refused(guard_head(&in, &f, &e), ERR_HEADERS, "request target");
}
END_TEST

START_TEST(a_target_has_a_limit_and_works_at_it)
{
	const struct header h[] = { HOST };
	struct head in = head_with(h, 1);
	char path[TARGET_MAX + 2], query[TARGET_MAX + 2];
	struct framing f;
	struct err e;

	memset(path, 'a', sizeof path);
	path[0] = '/';
	path[TARGET_MAX] = '\0';
	in.path = path;
	ck_ok(guard_head(&in, &f, &e));
	path[TARGET_MAX] = 'a';
	path[TARGET_MAX + 1] = '\0';
	ck_refused(guard_head(&in, &f, &e), ERR_TARGET_LONG, "8192");
	memset(query, 'q', sizeof query);
	in.path = "/";
	in.query = query;
	query[TARGET_MAX - 2] = '\0'; /* with the path and the question mark: the limit */
	ck_ok(guard_head(&in, &f, &e));
	query[TARGET_MAX - 2] = 'q';
	query[TARGET_MAX - 1] = '\0';
	ck_refused(guard_head(&in, &f, &e), ERR_TARGET_LONG, "8192");
}
END_TEST

START_TEST(versions_and_methods_are_checked)
{
	const struct header h[] = { HOST, { "Connection", "Keep-Alive" } };
	struct head in = head_with(h, 2);
	struct framing f;
	struct err e;

	in.version = "1.0";
	ck_ok(guard_head(&in, &f, &e));
	ck_assert(f.last);
	in.version = "2.0";
	ck_refused(guard_head(&in, &f, &e), ERR_HEADERS, "HTTP/1.1");
	in.version = "1.1";
	ck_ok(guard_head(&in, &f, &e));
	ck_assert(!f.last);
	in.method = "GE T";
	ck_refused(guard_head(&in, &f, &e), ERR_HEADERS, "method");
	in.method = "";
	ck_refused(guard_head(&in, &f, &e), ERR_HEADERS, "method");
	in.method = "ABCDEFGHIJKLMNOPQ";
	ck_refused(guard_head(&in, &f, &e), ERR_HEADERS, "method");
}
END_TEST

START_TEST(host_names_that_are_not_ours_are_told)
{
	ck_assert(guard_host_ok("127.0.0.1", ""));
	ck_assert(guard_host_ok("127.0.0.1:8231", ""));
	ck_assert(guard_host_ok("LocalHost:1", ""));
	ck_assert(guard_host_ok("[::1]:80", ""));
	ck_assert(!guard_host_ok("evil.example", ""));
	ck_assert(!guard_host_ok("127.0.0.1.evil.example:80", ""));
	ck_assert(!guard_host_ok("", ""));
	ck_assert(guard_host_ok("fir.example:443", "a.example fir.example"));
	ck_assert(!guard_host_ok("fir.exampl", "a.example fir.example"));
}
END_TEST

START_TEST(changes_from_foreign_pages_are_refused)
{
	static const struct {
		const char *site, *origin, *public_url;
		bool form, ok;
	} table[] = {
		{ NULL, NULL, "", false, true }, /* a program */
		{ NULL, NULL, "", true, false }, /* a form without a voice */
		{ "same-origin", NULL, "", true, true },
		{ "none", NULL, "", true, true }, /* typed by hand */
		{ "cross-site", NULL, "", false, false },
		{ "same-site", NULL, "", false, false },
		{ NULL, "http://fir.example:8231", "", true, true },
		{ NULL, "http://fir.example", "", false, false }, /* another port */
		{ NULL, "https://fir.example:8231", "", false, false },
		{ NULL, "null", "", false, false },
		{ NULL, "https://fir.example", "https://fir.example/", false, true },
		{ NULL, "https://fir.example.evil", "https://fir.example/", false, false },
		{ "cross-site", "https://fir.example", "https://fir.example/", false, false },
	};
	struct err e;

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct header h[2];
		struct head in = head_with(h, 0);

		if (table[i].site)
			h[in.nheaders++] = (struct header){ "Sec-Fetch-Site", table[i].site };
		if (table[i].origin)
			h[in.nheaders++] = (struct header){ "origin", table[i].origin };
		ck_assert_int_eq(
		    guard_origin(&in, "fir.example:8231", table[i].public_url, table[i].form, &e),
		    table[i].ok ? OK : ERR_ORIGIN);
	}
}
END_TEST

START_TEST(queries_are_cut_and_decoded)
{
	static const struct {
		const char *query;
		int n; /* -1 = refused */
		const char *name, *value;
	} table[] = {
		{ "", 0, NULL, NULL },
		{ "&&", 0, NULL, NULL },
		{ "a=b", 1, "a", "b" },
		{ "a", 1, "a", "" },
		{ "a=", 1, "a", "" },
		{ "a=b=c", 1, "a", "b=c" },
		{ "a+b=%41%2b+", 1, "a b", "A+ " },
		{ "%66rom=1", 1, "from", "1" },
		{ "a=%C3%A9", 1, "a", "\xc3\xa9" },
		{ "=b", -1, NULL, NULL },
		{ "a=%", -1, NULL, NULL },
		{ "a=%4", -1, NULL, NULL },
		{ "a=%4g", -1, NULL, NULL },
		{ "a=%00", -1, NULL, NULL },
		{ "a=%0a", -1, NULL, NULL },
		{ "a=%7f", -1, NULL, NULL },
		{ "a=%ff", -1, NULL, NULL },
		{ "a=%c0%80", -1, NULL, NULL },
		{ "a=1&b=2&a=3", -1, NULL, NULL },
		{ "a=1&%61=3", -1, NULL, NULL },
	};
	struct query_pair pair[4];
	char buf[200];
	struct err e;
	size_t n;

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		int rc = guard_query(table[i].query, buf, pair, 4, &n, &e);

		ck_assert_msg((rc == 0) == (table[i].n >= 0), "%s gave %d", table[i].query, rc);
		if (rc)
			continue;
		ck_assert_uint_eq(n, (size_t)table[i].n);
		if (n) {
			ck_assert_str_eq(pair[0].name, table[i].name);
			ck_assert_str_eq(pair[0].value, table[i].value);
		}
	}
	ck_ok(guard_query("a=1&b=2&c=3&d=4", buf, pair, 4, &n, &e));
	ck_refused(guard_query("a=1&b=2&c=3&d=4&e=5", buf, pair, 4, &n, &e), ERR_INVALID, "more than 4");
}
END_TEST

static const struct route table_a[] = { { .method = "GET", .pattern = "/v1/things" },
					{ .method = "POST", .pattern = "/v1/things" },
					{ .method = "GET", .pattern = "/v1/things/{}" },
					{ .method = "DELETE", .pattern = "/v1/things/{}" },
					{ .method = "GET", .pattern = "/v1/things/{}/parts/{}" },
					{ .method = NULL } };
static const struct route table_b[] = { { .method = "GET", .pattern = "/" }, { .method = NULL } };

START_TEST(addresses_find_their_rows)
{
	static const struct {
		const char *method, *path;
		enum router_answer want;
		const struct route *row;
		const char *arg0, *arg1, *allow;
	} table[] = {
		{ "GET", "/", ROUTER_FOUND, &table_b[0], NULL, NULL, "GET, HEAD" },
		{ "GET", "/v1/things", ROUTER_FOUND, &table_a[0], NULL, NULL, "GET, HEAD, POST" },
		{ "HEAD", "/v1/things", ROUTER_FOUND, &table_a[0], NULL, NULL, "GET, HEAD, POST" },
		{ "POST", "/v1/things", ROUTER_FOUND, &table_a[1], NULL, NULL, "GET, HEAD, POST" },
		{ "PUT", "/v1/things", ROUTER_NO_METHOD, NULL, NULL, NULL, "GET, HEAD, POST" },
		{ "get", "/v1/things", ROUTER_NO_METHOD, NULL, NULL, NULL, "GET, HEAD, POST" },
		{ "GET", "/v1/things/7", ROUTER_FOUND, &table_a[2], "7", NULL, "GET, HEAD, DELETE" },
		{ "DELETE", "/v1/things/a%2Fb", ROUTER_FOUND, &table_a[3], "a/b", NULL, "GET, HEAD, DELETE" },
		{ "GET", "/v1/things/1081:00A1/parts/%C3%A9", ROUTER_FOUND, &table_a[4], "1081:00A1",
		  "\xc3\xa9", "GET, HEAD" },
		{ "GET", "/v1/things/a+b", ROUTER_FOUND, &table_a[2], "a+b", NULL, "GET, HEAD, DELETE" },
		{ "GET", "/v1/things/", ROUTER_NONE, NULL, NULL, NULL, NULL },
		{ "GET", "/v1//things", ROUTER_NONE, NULL, NULL, NULL, NULL },
		{ "GET", "/v1/things/../things", ROUTER_NONE, NULL, NULL, NULL, NULL },
		{ "GET", "/v1/things/%00", ROUTER_NONE, NULL, NULL, NULL, NULL },
		{ "GET", "/v1/things/%zz", ROUTER_NONE, NULL, NULL, NULL, NULL },
		{ "GET", "/v1/things/7/parts/", ROUTER_NONE, NULL, NULL, NULL, NULL },
		{ "GET", "/v1/thing", ROUTER_NONE, NULL, NULL, NULL, NULL },
		{ "GET", "/v1/things/7/parts/8/9", ROUTER_NONE, NULL, NULL, NULL, NULL },
	};
	const struct route *const tables[] = { table_a, table_b, NULL };
	struct router *r = router_new(tables);

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		const char *arg[ROUTE_ARGS_MAX] = { NULL }, *allow = NULL;
		const struct route *row = NULL;
		char buf[200];

		ck_assert_msg(router_find(r, table[i].method, table[i].path, arg, buf, &row, &allow) ==
				  table[i].want,
			      "%s %s", table[i].method, table[i].path);
		ck_assert_ptr_eq(row, table[i].row);
		if (table[i].allow)
			ck_assert_str_eq(allow, table[i].allow);
		if (table[i].arg0)
			ck_assert_str_eq(arg[0], table[i].arg0);
		if (table[i].arg1)
			ck_assert_str_eq(arg[1], table[i].arg1);
	}
	router_free(r);
}
END_TEST

START_TEST(words_are_found_whole)
{
	ck_assert(word_in("from to at", "to"));
	ck_assert(word_in("from to at", "from"));
	ck_assert(word_in("from to at", "at"));
	ck_assert(!word_in("from to at", "t"));
	ck_assert(!word_in("from to at", "fro"));
	ck_assert(!word_in("from to at", ""));
	ck_assert(!word_in("", "a"));
}
END_TEST

START_TEST(buckets_empty_and_fill_again)
{
	struct rate *r = rate_new(2, 3);
	int wait = 0;

	for (int i = 0; i < 3; i++)
		ck_assert(rate_take(r, RATE_WRITE, "10.0.0.1", 1000, &wait));
	ck_assert(!rate_take(r, RATE_WRITE, "10.0.0.1", 1000, &wait));
	ck_assert_int_ge(wait, 1);
	ck_assert(rate_take(r, RATE_WRITE, "10.0.0.2", 1000, &wait));  /* another address */
	ck_assert(!rate_left(r, RATE_WRITE, "10.0.0.1", 1400, &wait)); /* 0.8 of a token */
	ck_assert(rate_left(r, RATE_WRITE, "10.0.0.1", 1500, &wait));
	ck_assert(rate_take(r, RATE_WRITE, "10.0.0.1", 1500, &wait));
	ck_assert(!rate_take(r, RATE_WRITE, "10.0.0.1", 1500, &wait));
	ck_assert(rate_take(r, RATE_WRITE, "10.0.0.1", 60000, &wait)); /* never more than the burst */
	ck_assert(rate_take(r, RATE_WRITE, "10.0.0.1", 60000, &wait));
	ck_assert(rate_take(r, RATE_WRITE, "10.0.0.1", 60000, &wait));
	ck_assert(!rate_take(r, RATE_WRITE, "10.0.0.1", 60000, &wait));
	ck_assert(
	    !rate_take(r, RATE_WRITE, "10.0.0.1", 59000, &wait)); /* a clock that went back gives nothing */
	for (int i = 0; i < RATE_TOKEN_BURST; i++)
		ck_assert(rate_take(r, RATE_TOKEN, "10.0.0.1", 1000, &wait));
	ck_assert(!rate_take(r, RATE_TOKEN, "10.0.0.1", 1000, &wait));
	rate_free(r);
}
END_TEST

int main(void)
{
	const TTest *all[] = { an_ordinary_request_passes,
			       each_doubtful_header_is_refused,
			       two_readings_of_the_length_are_refused,
			       there_is_exactly_one_host,
			       a_full_header_list_may_hide_more_and_is_refused,
			       only_the_path_form_of_a_target_is_read,
			       a_target_has_a_limit_and_works_at_it,
			       versions_and_methods_are_checked,
			       host_names_that_are_not_ours_are_told,
			       changes_from_foreign_pages_are_refused,
			       queries_are_cut_and_decoded,
			       addresses_find_their_rows,
			       words_are_found_whole,
			       buckets_empty_and_fill_again };

	return RUN_TESTS("http_guard", all);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The REST client against answers of every kind, given by a server of one exchange on a free loopback port.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/mem.h"
#include "cli/client.h"
#include "testing.h"

/* A child that answers `times` connections with these bytes and keeps what it was asked in a file. */
struct server {
	pid_t pid;
	char url[64], asked[300], dir[256];
};

static void serve(int fd, const char *answer, size_t len, const char *asked, int times)
{
	for (int i = 0; i < times; i++) {
		int c = accept(fd, NULL, NULL);
		FILE *f = fopen(asked, "w");
		char buf[8192];
		size_t got = 0;
		ssize_t n;

		/* A request ends at the blank line here, or with the body's last bytes "END". */
		while (c >= 0 && got < sizeof buf - 1 && (n = read(c, buf + got, sizeof buf - 1 - got)) > 0) {
			got += (size_t)n;
			buf[got] = '\0';
			if (strstr(buf, "END") || (strstr(buf, "\r\n\r\n") && strncmp(buf, "GET", 3) == 0))
				break;
		}
		if (f) {
			fwrite(buf, 1, got, f);
			fclose(f);
		}
		while (len && (n = write(c, answer, len)) > 0) {
			answer += n;
			len -= (size_t)n;
		}
		shutdown(c, SHUT_WR);
		close(c);
	}
	_exit(0);
}

static void server_start(struct server *s, const char *answer, size_t len)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert(bind(fd, (struct sockaddr *)&a, sizeof a) == 0 && listen(fd, 8) == 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	snprintf(s->url, sizeof s->url, "http://127.0.0.1:%d", ntohs(a.sin_port));
	test_dir_new(s->dir, sizeof s->dir);
	snprintf(s->asked, sizeof s->asked, "%s/asked", s->dir);
	s->pid = fork();
	if (s->pid == 0) {
		alarm(60);
		signal(SIGTERM, SIG_DFL); /* Check's own handler would end the test too */
		signal(SIGPIPE, SIG_IGN);
		serve(fd, answer, len, s->asked, 1);
	}
	close(fd);
}

/* Ends the child; what it was asked into out. */
static void server_end(struct server *s, struct str *out)
{
	char buf[8192];
	FILE *f;
	size_t n;

	kill(s->pid, SIGTERM);
	waitpid(s->pid, NULL, 0);
	f = fopen(s->asked, "r");
	if (f && out) {
		n = fread(buf, 1, sizeof buf, f);
		str_addn(out, buf, n);
	}
	if (f)
		fclose(f);
	test_dir_free(s->dir);
}

static struct client *client_for(const char *url, const char *token)
{
	struct client_init init = { .server = url, .token = token, .user = "tester", .timeout_ms = 5000 };
	struct client *c = NULL;
	struct err e;

	ck_ok(client_new(&init, &c, &e));
	return c;
}

#define HEAD(status, type, len)                                                                              \
	"HTTP/1.1 " status "\r\nContent-Type: " type "\r\nContent-Length: " len                              \
	"\r\nRequest-Id: 0123456789abcdef\r\nConnection: close\r\n\r\n"

/* One GET; returns the code. */
static int get_once(const char *answer, size_t len, size_t max, struct str *out, struct str *asked,
		    struct err *e)
{
	struct server s;
	struct client *c;
	int rc;

	out->max = max;
	server_start(&s, answer, len);
	c = client_for(s.url, NULL);
	rc = client_get(c, "/v1/path?from=1", out, e);
	client_free(c);
	server_end(&s, asked);
	return rc;
}

START_TEST(an_answer_is_given_back_and_the_request_says_who_asks)
{
	static const char answer[] = HEAD("200 OK", "application/json", "8") "{\"a\": 1}";
	STR(out, KIB);
	STR(asked, 16 * KIB);
	struct err e;

	ck_ok(get_once(answer, sizeof answer - 1, 100, &out, &asked, &e));
	ck_assert_str_eq(out.p, "{\"a\": 1}");
	ck_assert_int_eq(strncmp(asked.p, "GET /v1/path?from=1 HTTP/1.1\r\n", 30), 0);
	ck_assert_ptr_nonnull(strstr(asked.p, "\r\nFirpath-User: tester\r\n"));
	ck_assert_ptr_nonnull(strstr(asked.p, "\r\nUser-Agent: firpath/"));
	ck_assert_ptr_null(strstr(asked.p, "Authorization"));
}
END_TEST

START_TEST(an_ambiguous_answer_is_an_answer)
{
	static const char answer[] = HEAD("300 Multiple Choices", "application/json", "2") "{}";
	STR(out, KIB);
	struct err e;

	ck_ok(get_once(answer, sizeof answer - 1, 100, &out, NULL, &e));
	ck_assert_str_eq(out.p, "{}");
}
END_TEST

START_TEST(whatever_else_answers_200_does_not_pass_for_the_service)
{
	static const char *const answers[] = {
		"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
		"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi",
		"HTTP/1.1 204 No Content\r\n\r\n",
		"HTTP/1.1 100 Continue\r\nRequest-Id: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
	};
	struct err e;

	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		STR(out, KIB);

		ck_refused(get_once(answers[i], strlen(answers[i]), 100, &out, NULL, &e), ERR_REMOTE,
			   "not a firpath service");
		ck_assert_uint_eq(out.len, 0);
	}
}
END_TEST

START_TEST(an_answer_of_the_limit_is_taken_and_one_byte_more_is_refused)
{
	static const char answer[] = HEAD("200 OK", "application/json", "10") "0123456789";
	STR(out, 10);
	STR(small, 9);
	struct err e;

	ck_ok(get_once(answer, sizeof answer - 1, 10, &out, NULL, &e));
	ck_refused(get_once(answer, sizeof answer - 1, 9, &small, NULL, &e), ERR_TOO_LARGE,
		   "larger than 9 bytes");
}
END_TEST

START_TEST(a_problem_becomes_an_error_with_its_own_code_and_place)
{
	static const char answer[] =
	    "HTTP/1.1 404 Not Found\r\nContent-Type: application/problem+json\r\nConnection: close\r\n\r\n"
	    "{\"code\":\"not-found\",\"detail\":\"there is no entry "
	    "000999\",\"errors\":[{\"pointer\":\"/to\",\"line\":3,\"column\":7}],\"x\":1111111}";
	STR(out, KIB);
	struct err e;

	ck_refused(get_once(answer, sizeof answer - 1, 100, &out, NULL, &e), ERR_NOT_FOUND,
		   "there is no entry 000999");
	ck_assert_str_eq(e.where, "/to");
	ck_assert_int_eq(e.line, 3);
	ck_assert_int_eq(e.col, 7);
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

START_TEST(refusals_without_a_problem_body_keep_the_sense_of_their_status)
{
	static const struct {
		const char *status;
		enum err_code code;
	} cases[] = { { "401 x", ERR_NEEDS_TOKEN }, { "403 x", ERR_DENIED },    { "404 x", ERR_REMOTE },
		      { "413 x", ERR_TOO_LARGE },   { "429 x", ERR_RATE },      { "500 x", ERR_REMOTE },
		      { "503 x", ERR_UNAVAILABLE }, { "302 Found", ERR_REMOTE } };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char answer[256];
		STR(out, KIB);
		struct err e;

		snprintf(answer, sizeof answer,
			 "HTTP/1.1 %s\r\nContent-Length: 6\r\nLocation: /elsewhere\r\nConnection: "
			 "close\r\n\r\n<html>",
			 cases[i].status);
		ck_refused(get_once(answer, strlen(answer), 100, &out, NULL, &e), cases[i].code, "answered");
	}
}
END_TEST

START_TEST(nobody_there_a_cut_answer_and_rubbish_are_told_apart)
{
	static const char cut[] = HEAD("200 OK", "application/json", "100") "{\"a\"";
	struct client *c = client_for("http://127.0.0.1:1", NULL);
	STR(out, KIB);
	struct err e;

	ck_refused(client_get(c, "/", &out, &e), ERR_UNAVAILABLE, "is firpathd running there?");
	client_free(c);
	ck_refused(get_once(cut, sizeof cut - 1, 1000, &out, NULL, &e), ERR_REMOTE, "failed");
	ck_refused(get_once("", 0, 1000, &out, NULL, &e), ERR_REMOTE, "failed");
	ck_refused(get_once("SSH-2.0-x\r\n", 11, 1000, &out, NULL, &e), ERR_REMOTE, "failed");
}
END_TEST

START_TEST(a_silent_server_is_given_up)
{
	struct client_init init = { .user = "t", .timeout_ms = 300 };
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct client *c = NULL;
	char url[64];
	STR(out, KIB);
	struct err e;

	ck_assert(bind(fd, (struct sockaddr *)&a, sizeof a) == 0 && listen(fd, 8) == 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	snprintf(url, sizeof url, "http://127.0.0.1:%d", ntohs(a.sin_port));
	init.server = url;
	ck_ok(client_new(&init, &c, &e));
	ck_refused(client_get(c, "/", &out, &e), ERR_TIMEOUT, "did not answer in time");
	client_free(c);
	close(fd);
}
END_TEST

START_TEST(a_body_is_sent_whole_with_its_type_and_key)
{
	static const char answer[] = HEAD("201 Created", "application/json", "2") "{}";
	struct client_send send = { .path = "/v1/campaigns",
				    .type = "application/json",
				    .once = "k-1",
				    .body = "{\"x\":\"END\"}",
				    .len = 11 };
	struct server s;
	struct client *c;
	STR(out, KIB);
	STR(asked, 16 * KIB);
	int status = 0;
	struct err e;

	server_start(&s, answer, sizeof answer - 1);
	c = client_for(s.url, "secret");
	ck_ok(client_run(c, &send, &out, NULL, &status, &e));
	client_free(c);
	server_end(&s, &asked);
	ck_assert_int_eq(status, 201);
	ck_assert_int_eq(strncmp(asked.p, "POST /v1/campaigns HTTP/1.1\r\n", 29), 0);
	ck_assert_ptr_nonnull(strstr(asked.p, "\r\nContent-Type: application/json\r\n"));
	ck_assert_ptr_nonnull(strstr(asked.p, "\r\nContent-Length: 11\r\n"));
	ck_assert_ptr_nonnull(strstr(asked.p, "\r\nIdempotency-Key: k-1\r\n"));
	ck_assert_ptr_nonnull(strstr(asked.p, "\r\nAuthorization: Bearer secret\r\n"));
	ck_assert_ptr_nonnull(strstr(asked.p, "\r\n\r\n{\"x\":\"END\"}"));
}
END_TEST

static int collect(void *ctx, const void *p, size_t n, struct err *e)
{
	(void)e;
	str_addn(ctx, p, n);
	return OK;
}
static int refuse(void *ctx, const void *p, size_t n, struct err *e)
{
	(void)ctx;
	(void)p;
	(void)n;
	return err_set(e, ERR_DISK, "no room");
}

START_TEST(a_post_without_a_body_claims_no_form)
{
	static const char answer[] = HEAD("200 OK", "application/json", "2") "{}";
	struct client_send send = { .path = "/v1/campaigns/END/start", .method = "POST" };
	struct server s;
	struct client *c;
	STR(out, KIB);
	STR(asked, 16 * KIB);
	struct err e;

	server_start(&s, answer, sizeof answer - 1);
	c = client_for(s.url, NULL);
	ck_ok(client_run(c, &send, &out, NULL, NULL, &e));
	client_free(c);
	server_end(&s, &asked);
	ck_assert_int_eq(strncmp(asked.p, "POST /v1/campaigns/END/start HTTP/1.1\r\n", 39), 0);
	ck_assert_ptr_nonnull(strstr(asked.p, "\r\nContent-Length: 0\r\n"));
	ck_assert_ptr_null(strstr(asked.p, "Content-Type"));
	ck_assert_ptr_null(strstr(asked.p, "Expect"));
}
END_TEST

START_TEST(pieces_are_handed_on_as_they_come_and_a_receiver_may_stop)
{
	static const char answer[] = HEAD("200 OK", "text/csv", "6") "a,b\r\n1";
	STR(got, KIB);
	struct client_send send = { .path = "/v1/path/bulk", .piece = collect, .ctx = &got };
	struct server s;
	struct client *c;
	struct err e;

	server_start(&s, answer, sizeof answer - 1);
	c = client_for(s.url, NULL);
	ck_ok(client_run(c, &send, NULL, NULL, NULL, &e));
	client_free(c);
	server_end(&s, NULL);
	ck_assert_str_eq(got.p, "a,b\r\n1");
	send.piece = refuse;
	server_start(&s, answer, sizeof answer - 1);
	c = client_for(s.url, NULL);
	ck_refused(client_run(c, &send, NULL, NULL, NULL, &e), ERR_DISK, "no room");
	client_free(c);
	server_end(&s, NULL);
}
END_TEST

START_TEST(a_token_is_never_sent_in_the_clear_to_another_machine)
{
	static const char *const local[] = { "http://127.0.0.1:1", "http://localhost", "http://[::1]:80",
					     "https://firpath.example" };
	static const char *const remote[] = { "http://firpath.example", "http://10.0.0.1:8231",
					      "http://localhost.example", "http://1270.0.0.1" };
	struct client_init init = { .token = "secret", .user = "t", .timeout_ms = 100 };
	struct client *c = NULL;
	struct err e;

	for (size_t i = 0; i < 4; i++) {
		init.server = local[i];
		ck_ok(client_new(&init, &c, &e));
		client_free(c);
		init.server = remote[i];
		ck_refused(client_new(&init, &c, &e), ERR_DENIED, "in the clear");
	}
}
END_TEST

START_TEST(what_is_no_address_is_refused)
{
	static const char *const bad[] = { "",          "firpath.example", "ftp://x",    "file:///etc/passwd",
					   "http://",   "http://a b",      "http://u@h", "http://h/?q",
					   "http://h#f" };
	struct client_init init = { .user = "t", .timeout_ms = 100 };
	struct client *c = NULL;
	struct err e;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		init.server = bad[i];
		ck_refused(client_new(&init, &c, &e), ERR_CONFIG, "is not the address of a service");
	}
}
END_TEST

START_TEST(addresses_escape_what_users_type)
{
	STR(url, KIB);

	str_add(&url, "/v1/path");
	url_add(&url, "from", "118F:0000 &x=1");
	url_add(&url, "none", NULL);
	url_add(&url, "to", "caf\xc3\xa9/#?");
	ck_assert_str_eq(url.p, "/v1/path?from=118F%3A0000%20%26x%3D1&to=caf%C3%A9%2F%23%3F");
	str_clear(&url);
	str_add(&url, "/v1/devices");
	url_segment(&url, "../a b");
	ck_assert_str_eq(url.p, "/v1/devices/..%2Fa%20b");
}
END_TEST

int main(void)
{
	const TTest *all[] = {
		an_answer_is_given_back_and_the_request_says_who_asks,
		an_ambiguous_answer_is_an_answer,
		whatever_else_answers_200_does_not_pass_for_the_service,
		an_answer_of_the_limit_is_taken_and_one_byte_more_is_refused,
		a_problem_becomes_an_error_with_its_own_code_and_place,
		refusals_without_a_problem_body_keep_the_sense_of_their_status,
		nobody_there_a_cut_answer_and_rubbish_are_told_apart,
		a_silent_server_is_given_up,
		a_body_is_sent_whole_with_its_type_and_key,
		a_post_without_a_body_claims_no_form,
		pieces_are_handed_on_as_they_come_and_a_receiver_may_stop,
		a_token_is_never_sent_in_the_clear_to_another_machine,
		what_is_no_address_is_refused,
		addresses_escape_what_users_type,
	};

	return RUN_TESTS("cli_client", all);
}

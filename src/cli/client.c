/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/client_p.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/mem.h"

#define PROBLEM_MAX (1 * MIB)
#define CONNECT_MS 10000L

/* Host part of an address. */
static void host_of(const char *server, char *buf, size_t size)
{
	const char *p = strstr(server, "://");

	p = p ? p + 3 : server;
	if (*p == '[')
		str_copyn(buf, size, p + 1, strcspn(p + 1, "]"));
	else
		str_copyn(buf, size, p, strcspn(p, ":/"));
}

static bool is_local(const char *server)
{
	char host[256];

	host_of(server, host, sizeof host);
	return strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 || strncmp(host, "127.", 4) == 0;
}

int client_new(const struct client_init *init, struct client **ret, struct err *e)
{
	bool tls = strncmp(init->server, "https://", 8) == 0,
	     plain = strncmp(init->server, "http://", 7) == 0;
	const char *rest = strstr(init->server, "://");
	OWN(client_free) struct client *c = mem_zalloc(sizeof *c);
	size_t n = strlen(init->server);

	if ((!tls && !plain) || !rest[3] || strpbrk(init->server, " ?#@\\\"'<>"))
		return err_set(e, ERR_CONFIG,
			       "'%.100s' is not the address of a service, such as http://127.0.0.1:8231",
			       init->server);
	while (n && init->server[n - 1] == '/')
		n--;
	c->local = is_local(init->server);
	if (init->token && *init->token && plain && !c->local)
		return err_set(e, ERR_DENIED, "a token is not sent in the clear to %.100s; use https://",
			       init->server);
	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		return err_set(e, ERR_INTERNAL, "libcurl cannot start");
	c->curl = curl_easy_init();
	if (!c->curl)
		return err_set(e, ERR_NO_MEMORY, "libcurl cannot start");
	c->server = mem_strndup(init->server, n);
	c->token = mem_strdup(init->token && *init->token ? init->token : NULL);
	c->ca_file = mem_strdup(init->ca_file && *init->ca_file ? init->ca_file : NULL);
	c->user = mem_strdup(init->user);
	c->timeout_ms = init->timeout_ms;
	*ret = MOVE(c);
	return OK;
}

void client_free(struct client *c)
{
	if (!c)
		return;
	curl_easy_cleanup(c->curl);
	free(c->server);
	if (c->token)
		explicit_bzero(c->token, strlen(c->token));
	free(c->token);
	free(c->ca_file);
	free(c->user);
	free(c);
}

const char *client_server(const struct client *c)
{
	return c->server;
}

static bool is_answer(long status)
{
	return (status >= 200 && status < 300) || status == 300;
}

/* Whatever else listens at the address and answers 200 must not pass for an answer. */
static bool refuse_stranger(struct exchange *x)
{
	if (!x->ours && !x->failed) {
		err_set(x->e, ERR_REMOTE, "what answers at %.200s is not a firpath service", x->server);
		x->failed = true;
	}
	return x->failed;
}

static size_t take_header(char *p, size_t size, size_t n, void *ctx)
{
	struct exchange *x = ctx;

	if (n >= 5 && !strncmp(p, "HTTP/", 5))
		x->ours = false; /* the head of another answer: of a proxy, of 100 Continue */
	if (n > 11 && !strncasecmp(p, "Request-Id:", 11))
		x->ours = true;
	return size * n;
}

static size_t take_body(char *p, size_t size, size_t n, void *ctx)
{
	struct exchange *x = ctx;
	long status = 0;

	n *= size;
	curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status);
	if (!is_answer(status)) {
		str_addn(&x->problem, p, n); /* cut at its ceiling: the status says enough then */
		return n;
	}
	if (refuse_stranger(x))
		return 0;
	if (x->send->piece) {
		x->failed = x->send->piece(x->send->ctx, p, n, x->e) != OK;
	} else if (x->out) {
		str_addn(x->out, p, n);
		if (x->out->over) {
			err_set(x->e, ERR_TOO_LARGE, "the answer to %s is larger than %zu bytes", x->path,
				x->out->max);
			x->failed = true;
		}
	}
	return x->failed ? 0 : n;
}

static size_t give_body(char *p, size_t size, size_t n, void *ctx)
{
	FILE *f = ctx;

	return ferror(f) ? CURL_READFUNC_ABORT : fread(p, 1, size * n, f);
}

static enum err_code code_of(const char *name, long status)
{
	for (int i = 1; name && i < ERR_MAX; i++)
		if (strcmp(err_info((enum err_code)i)->code, name) == 0)
			return (enum err_code)i;
	switch (status) {
	case 401:
		return ERR_NEEDS_TOKEN;
	case 403:
		return ERR_DENIED;
	case 404:
		return ERR_NOT_FOUND;
	case 413:
		return ERR_TOO_LARGE;
	case 429:
		return ERR_RATE;
	case 503:
		return ERR_UNAVAILABLE;
	default:
		return ERR_REMOTE;
	}
}

/* The problem of an answer as an error of ours. */
static int read_problem(const struct exchange *x, long status, struct str *problems)
{
	OWN(json_free) struct json *j = NULL;
	struct err ignored;
	const struct json *first;
	const char *detail;

	if (json_parse(str_c(&x->problem), x->problem.len, &j, &ignored) || json_kind(j) != JSON_OBJECT)
		return err_set(x->e, x->ours || status != 404 ? code_of(NULL, status) : ERR_REMOTE,
			       "%s answered %ld without saying why%s", x->path, status,
			       x->ours ? "" : "; it is not a firpath service, or something stands before it");
	detail = json_text(json_get(j, "detail"));
	if (!detail)
		detail = json_text(json_get(j, "title"));
	err_set(x->e, code_of(json_text(json_get(j, "code")), status), "%s",
		detail ? detail : "the service refused it");
	first = json_at(json_get(j, "errors"), 0);
	if (json_len(json_get(j, "errors")) > 1 && problems) {
		str_clear(problems);
		json_print(json_get(j, "errors"), problems, false);
	} else if (first) {
		const char *where = json_text(json_get(first, "where"));

		where = where ? where : json_text(json_get(first, "pointer"));
		err_at(x->e, where, json_int(json_get(first, "line"), 0),
		       json_int(json_get(first, "column"), 0));
	}
	return (int)x->e->code;
}

static int read_failure(const struct client *c, const struct exchange *x, CURLcode rc)
{
	if (x->failed)
		return (int)x->e->code;
	switch ((int)rc) {
	case CURLE_COULDNT_CONNECT:
	case CURLE_COULDNT_RESOLVE_HOST:
		return err_set(x->e, ERR_UNAVAILABLE, "nobody answers at %s (%s); is firpathd running there?",
			       c->server, curl_easy_strerror(rc));
	case CURLE_OPERATION_TIMEDOUT:
		return err_set(x->e, ERR_TIMEOUT, "%s did not answer in time", c->server);
	case CURLE_ABORTED_BY_CALLBACK:
		return err_set(x->e, ERR_DISK, "the file could not be read to its end");
	default:
		return err_set(x->e, ERR_REMOTE, "talking to %s failed: %s", c->server,
			       curl_easy_strerror(rc));
	}
}

static struct curl_slist *add_header(struct curl_slist *list, const char *name, const char *value)
{
	STR(line, 8 * KIB);
	struct curl_slist *more;

	if (!value || strpbrk(value, "\r\n"))
		return list;
	str_addf(&line, "%s: %s", name, value);
	more = curl_slist_append(list, str_c(&line));
	return more ? more : list;
}

static struct curl_slist *make_headers(const struct client *c, const struct client_send *s)
{
	struct curl_slist *list = NULL;
	STR(bearer, 8 * KIB);

	list =
	    add_header(list, "Accept", s->accept ? s->accept : "application/json, application/problem+json");
	list = add_header(list, "Content-Type",
			  s->type ? s->type : ""); /* empty: none, not libcurl's own for forms */
	list = add_header(list, "Idempotency-Key", s->once);
	list = add_header(list, "If-Match", s->match);
	list = add_header(list, "Last-Event-ID", s->after);
	list = add_header(list, "Firpath-User", c->user);
	list = add_header(list, "Expect", ""); /* no waiting for 100 */
	if (c->token) {
		str_addf(&bearer, "Bearer %s", c->token);
		list = add_header(list, "Authorization", str_c(&bearer));
		explicit_bzero(bearer.p, bearer.len);
	}
	return list;
}

static void set_options(const struct client *c, struct exchange *x, const char *url)
{
	const struct client_send *s = x->send;
	CURL *h = x->curl;
	bool stream = s->piece || s->file;

	curl_easy_reset(h);
	curl_easy_setopt(h, CURLOPT_URL, url);
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_USERAGENT, "firpath/" PACKAGE_VERSION);
	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	if (c->local)
		curl_easy_setopt(h, CURLOPT_PROXY, ""); /* a proxy's 127.0.0.1 is not ours */
	if (c->ca_file)
		curl_easy_setopt(h, CURLOPT_CAINFO, c->ca_file);
	if (stream) {
		curl_easy_setopt(h, CURLOPT_LOW_SPEED_LIMIT, 1L);
		curl_easy_setopt(h, CURLOPT_LOW_SPEED_TIME, (long)(c->timeout_ms / 1000 + 1));
	} else {
		curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)c->timeout_ms);
	}
	curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(h, CURLOPT_HEADERDATA, x);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, x);
	if (s->file) {
		curl_easy_setopt(h, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(h, CURLOPT_READFUNCTION, give_body);
		curl_easy_setopt(h, CURLOPT_READDATA, s->file);
		if (s->len)
			curl_easy_setopt(h, CURLOPT_INFILESIZE_LARGE, (curl_off_t)s->len);
		curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, s->method ? s->method : "POST");
	} else if (s->body || (s->method && strcmp(s->method, "POST") == 0)) {
		curl_easy_setopt(h, CURLOPT_POST, 1L);
		curl_easy_setopt(h, CURLOPT_POSTFIELDS, s->body ? s->body : "");
		curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)s->len);
		if (s->method)
			curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, s->method);
	} else if (s->method && strcmp(s->method, "GET") != 0) {
		curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, s->method);
	}
}

void exchange_begin(const struct client *c, struct exchange *x, const char *url,
		    struct curl_slist **ret_headers)
{
	str_init(&x->problem, PROBLEM_MAX);
	set_options(c, x, url);
	*ret_headers = make_headers(c, x->send);
	curl_easy_setopt(x->curl, CURLOPT_HTTPHEADER, *ret_headers);
}

int exchange_end(const struct client *c, struct exchange *x, CURLcode rc, struct str *problems,
		 int *ret_status)
{
	long status = 0;
	int ret = OK;

	curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status);
	if (rc != CURLE_OK)
		ret = read_failure(c, x, rc);
	else if (!is_answer(status))
		ret = read_problem(x, status, problems);
	else if (refuse_stranger(x))
		ret = (int)x->e->code;
	else if (ret_status)
		*ret_status = (int)status;
	str_done(&x->problem);
	return ret;
}

int client_run(struct client *c, const struct client_send *s, struct str *out, struct str *problems,
	       int *ret_status, struct err *e)
{
	STR(url, 16 * KIB);
	struct exchange x = {
		.curl = c->curl, .send = s, .out = out, .e = e, .path = s->path, .server = c->server
	};
	struct curl_slist *headers;
	CURLcode rc;

	str_addf(&url, "%s%s", c->server, s->path);
	if (url.over)
		return err_set(e, ERR_INVALID, "the question is longer than an address can be");
	exchange_begin(c, &x, str_c(&url), &headers);
	rc = curl_easy_perform(c->curl);
	curl_slist_free_all(headers);
	return exchange_end(c, &x, rc, problems, ret_status);
}

int client_get(struct client *c, const char *path, struct str *out, struct err *e)
{
	struct client_send s = { .path = path };

	return client_run(c, &s, out, NULL, NULL, e);
}

void url_add(struct str *url, const char *name, const char *value)
{
	if (!value)
		return;
	str_addc(url, strchr(str_c(url), '?') ? '&' : '?');
	str_add(url, name);
	str_addc(url, '=');
	str_add_url(url, value);
}

void url_segment(struct str *url, const char *segment)
{
	str_addc(url, '/');
	str_add_url(url, segment);
}

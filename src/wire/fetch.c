/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/fetch.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/vec.h"
#include "wire/fetch_p.h"

/* One question under way. libcurl keeps pointers into it, so it never moves. */
struct job {
	const struct fetch_rules *rules; /* borrowed */
	CURL *curl;                      /* owned */
	struct curl_slist *headers;      /* owned */
	struct curl_slist *resolve;      /* owned */
	char *url, *body;                /* owned copies */
	char *want[FETCH_WANT_MAX];      /* owned copies, NULL = none */
	char host[256];
	char *file; /* owned name, NULL = memory */
	int fd;     /* of the file, -1 */
	int64_t max_bytes;
	bool cut_ok;
	size_t head_bytes;
	int64_t tag;
	struct fetch_answer answer;
	struct err why; /* code OK, or why a callback ended the transfer */
};

void fetch_answer_done(struct fetch_answer *a)
{
	str_done(&a->body);
}

/* ---- what libcurl calls ---- */

/* The one place where a connection is permitted: after the name was resolved (T30). */
static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *at)
{
	struct job *j = ctx;
	const char *why = purpose == CURLSOCKTYPE_IPCXN ? fetch_judge(j->rules, &at->addr, at->addrlen)
							: "not a connection";
	char text[INET6_ADDRSTRLEN] = "?";
	const void *raw =
	    at->family == AF_INET6
		? (const void *)&((const struct sockaddr_in6 *)(const void *)&at->addr)->sin6_addr
		: (const void *)&((const struct sockaddr_in *)(const void *)&at->addr)->sin_addr;

	if (why) {
		inet_ntop(at->family == AF_INET6 ? AF_INET6 : AF_INET, raw, text, sizeof text);
		err_set(&j->why, ERR_ADDRESS, "%.200s is at %s, which is not asked: %s", j->host, text, why);
		return CURL_SOCKET_BAD;
	}
	j->why.code = OK; /* another address of the name was refused before */
	return socket(at->family, at->socktype | SOCK_CLOEXEC, at->protocol);
}

static void keep_header(char buf[FETCH_HEADER_SIZE], const char *value, size_t n)
{
	while (n && (*value == ' ' || *value == '\t')) {
		value++;
		n--;
	}
	while (n && strchr("\r\n \t", value[n - 1]))
		n--;
	if (n >= FETCH_HEADER_SIZE || memchr(value, '\0', n))
		n = 0;
	str_copyn(buf, FETCH_HEADER_SIZE, value, n);
}

static void clear_headers(struct fetch_answer *a)
{
	a->etag[0] = a->modified[0] = a->type[0] = '\0';
	for (int i = 0; i < FETCH_WANT_MAX; i++)
		a->want[i][0] = '\0';
}

static bool is_header(const char *p, size_t n, const char *name, size_t *ret_at)
{
	size_t len = strlen(name);

	*ret_at = len + 1;
	return n > len && p[len] == ':' && !strncasecmp(p, name, len);
}

static size_t take_header(char *p, size_t size, size_t n, void *ctx)
{
	struct job *j = ctx;
	struct fetch_answer *a = &j->answer;
	size_t at;

	n *= size;
	j->head_bytes += n;
	if (j->head_bytes > FETCH_HEADERS_MAX) {
		err_set(&j->why, ERR_TOO_LARGE, "the head of the answer of %.200s is larger than %d bytes",
			j->host, FETCH_HEADERS_MAX);
		return 0;
	}
	if (n >= 5 && !strncmp(p, "HTTP/", 5))
		clear_headers(a); /* the head before was one of 100 Continue */
	if (is_header(p, n, "ETag", &at))
		keep_header(a->etag, p + at, n - at);
	else if (is_header(p, n, "Last-Modified", &at))
		keep_header(a->modified, p + at, n - at);
	else if (is_header(p, n, "Content-Type", &at))
		keep_header(a->type, p + at, n - at);
	for (int i = 0; i < FETCH_WANT_MAX; i++)
		if (j->want[i] && is_header(p, n, j->want[i], &at))
			keep_header(a->want[i], p + at, n - at);
	return n;
}

static bool write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t did = write(fd, p, n);

		if (did < 0 && errno == EINTR)
			continue;
		if (did <= 0)
			return false;
		p += did;
		n -= (size_t)did;
	}
	return true;
}

static size_t take_body(char *p, size_t size, size_t n, void *ctx)
{
	struct job *j = ctx;
	struct fetch_answer *a = &j->answer;
	size_t room, all = n * size;

	n = all;
	room = (size_t)(j->max_bytes - a->bytes);
	if (n > room && !j->cut_ok) {
		err_set(&j->why, ERR_TOO_LARGE, "the answer of %.200s is larger than %lld bytes", j->host,
			(long long)j->max_bytes);
		return 0;
	}
	if (n > room) {
		a->cut = true;
		n = room;
	}
	if (j->fd < 0) {
		str_addn(&a->body, p, n);
	} else if (!write_all(j->fd, p, n)) {
		err_errno(&j->why, errno, "%.200s", j->file);
		return 0;
	}
	a->bytes += (int64_t)n;
	return a->cut ? 0 : all;
}

/* ---- making ---- */

static void job_free(struct job *j)
{
	if (j->curl)
		curl_easy_cleanup(j->curl);
	curl_slist_free_all(j->headers);
	curl_slist_free_all(j->resolve);
	for (int i = 0; i < FETCH_WANT_MAX; i++)
		free(j->want[i]);
	if (j->fd >= 0)
		close(j->fd);
	if (j->file)
		unlink(j->file); /* still here: nobody took it */
	fetch_answer_done(&j->answer);
	free(j->file);
	free(j->url);
	free(j->body);
	free(j);
}
DEFINE_OWN(struct job, job_free)

static void add_header(struct job *j, const char *name, const char *value)
{
	STR(line, 8 * KIB);
	struct curl_slist *more;

	if (!value || strpbrk(value, "\r\n"))
		return;
	str_addf(&line, "%s: %s", name, value);
	more = curl_slist_append(j->headers, str_c(&line));
	if (more)
		j->headers = more;
}

static void set_limits(const struct job *j, const struct fetch_ask *ask)
{
	CURL *h = j->curl;

	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS,
			 (long)(ask->connect_ms ? ask->connect_ms : FETCH_CONNECT_MS));
	curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)(ask->total_ms ? ask->total_ms : FETCH_TOTAL_MS));
	curl_easy_setopt(h, CURLOPT_LOW_SPEED_LIMIT, (long)FETCH_LOW_SPEED);
	curl_easy_setopt(h, CURLOPT_LOW_SPEED_TIME, (long)FETCH_LOW_SPEED_S);
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	/* Nothing of the environment or of other transfers takes part. */
	curl_easy_setopt(h, CURLOPT_PROXY, "");
	curl_easy_setopt(h, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(h, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(h, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(h, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (fetch_ca_file(j->rules)) {
		curl_easy_setopt(h, CURLOPT_CAINFO, fetch_ca_file(j->rules));
		curl_easy_setopt(h, CURLOPT_CAPATH, NULL);
	}
}

static void set_question(struct job *j, const struct fetch_ask *ask)
{
	CURL *h = j->curl;

	for (size_t i = 0; i < ask->nheaders; i++)
		add_header(j, ask->headers[i].name, ask->headers[i].value);
	if (ask->etag && *ask->etag)
		add_header(j, "If-None-Match", ask->etag);
	if (ask->modified && *ask->modified)
		add_header(j, "If-Modified-Since", ask->modified);
	add_header(j, "Expect", ""); /* no waiting for 100 */
	if (j->body) {
		curl_easy_setopt(h, CURLOPT_POST, 1L);
		curl_easy_setopt(h, CURLOPT_POSTFIELDS, j->body);
		curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)ask->len);
	}
	if (ask->method)
		curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, ask->method);
	if (ask->pin)
		curl_easy_setopt(h, CURLOPT_PINNEDPUBLICKEY, ask->pin);
	if (ask->resolve) {
		j->resolve = curl_slist_append(NULL, ask->resolve);
		curl_easy_setopt(h, CURLOPT_RESOLVE, j->resolve);
	}
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, j->headers);
}

static int job_new(const struct fetch_rules *r, const struct fetch_ask *ask, const char *url,
		   struct job **ret, struct err *e)
{
	OWN(job_free) struct job *j = mem_zalloc(sizeof *j);
	struct fetch_url u;

	j->fd = -1;
	if (fetch_url_check(r, url, e) || fetch_url_read(url, &u, e))
		return (int)e->code;
	j->rules = r;
	j->url = mem_strdup(url);
	j->body = ask->body ? mem_alloc(ask->len + 1) : NULL;
	if (j->body)
		memcpy(j->body, ask->body, ask->len);
	for (int i = 0; i < FETCH_WANT_MAX; i++)
		j->want[i] = mem_strdup(ask->want[i]);
	str_copy(j->host, sizeof j->host, u.host);
	j->max_bytes = ask->max_bytes;
	j->cut_ok = ask->cut;
	str_init(&j->answer.body, (size_t)ask->max_bytes);
	if (ask->file) {
		j->fd = open(ask->file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (j->fd < 0)
			return err_errno(e, errno, "%.200s", ask->file);
		j->file = mem_strdup(ask->file);
	}
	j->curl = curl_easy_init();
	if (!j->curl)
		return err_set(e, ERR_NO_MEMORY, "making a transfer");
	curl_easy_setopt(j->curl, CURLOPT_URL, j->url);
	curl_easy_setopt(j->curl, CURLOPT_USERAGENT, "firpath/" PACKAGE_VERSION);
	curl_easy_setopt(j->curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(j->curl, CURLOPT_OPENSOCKETDATA, j);
	curl_easy_setopt(j->curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(j->curl, CURLOPT_HEADERDATA, j);
	curl_easy_setopt(j->curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(j->curl, CURLOPT_WRITEDATA, j);
	curl_easy_setopt(j->curl, CURLOPT_PRIVATE, j);
	set_limits(j, ask);
	set_question(j, ask);
	*ret = MOVE(j);
	return OK;
}

/* ---- ending ---- */

static int failure(const struct job *j, CURLcode rc, struct err *e)
{
	switch ((int)rc) {
	case CURLE_OPERATION_TIMEDOUT:
		return err_set(e, ERR_TIMEOUT,
			       "%.200s did not answer in time, or sent less than %d bytes a second", j->host,
			       FETCH_LOW_SPEED);
	case CURLE_COULDNT_RESOLVE_HOST:
		return err_set(e, ERR_REMOTE, "the name %.200s is not known", j->host);
	case CURLE_COULDNT_CONNECT:
		return err_set(e, ERR_REMOTE, "nobody answers at %.200s", j->host);
	case CURLE_PEER_FAILED_VERIFICATION:
		return err_set(e, ERR_REMOTE, "the certificate of %.200s is not valid for it", j->host);
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
		return err_set(e, ERR_REMOTE, "the public key of %.200s is not the pinned one", j->host);
	case CURLE_ABORTED_BY_CALLBACK:
		return err_set(e, ERR_STOPPING, "asking %.200s was ended", j->host);
	case CURLE_OUT_OF_MEMORY:
		return err_set(e, ERR_NO_MEMORY, "asking %.200s", j->host);
	default:
		return err_set(e, ERR_REMOTE, "asking %.200s failed: %s", j->host, curl_easy_strerror(rc));
	}
}

/* Takes the answer out of the job. */
static int job_end(struct job *j, CURLcode rc, struct fetch_answer *ret, struct err *e)
{
	struct fetch_answer *a = &j->answer;
	curl_off_t us = 0;
	char *ip = NULL;
	long status = 0;

	curl_easy_getinfo(j->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(j->curl, CURLINFO_TOTAL_TIME_T, &us);
	curl_easy_getinfo(j->curl, CURLINFO_PRIMARY_IP, &ip);
	if (rc && !(a->cut && rc == CURLE_WRITE_ERROR)) {
		if (j->why.code) {
			*e = j->why;
			return (int)e->code;
		}
		return failure(j, rc, e);
	}
	if (j->fd >= 0) {
		int fd = j->fd;

		j->fd = -1;
		if (close(fd))
			return err_errno(e, errno, "%.200s", j->file);
		free(MOVE(j->file)); /* it stays */
	}
	a->status = (int)status;
	a->took_ms = (int64_t)(us / 1000);
	str_copy(a->address, sizeof a->address, ip ? ip : "");
	*ret = *a;
	*a = (struct fetch_answer){ .status = 0 };
	return OK;
}

/* ---- one at a time ---- */

struct stopper {
	bool (*stop)(void *);
	void *ctx;
};

static int progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct stopper *s = ctx;

	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return s->stop && s->stop(s->ctx);
}

/* Where a redirect leads, when it may be followed. */
static int follow(const struct job *j, char next[FETCH_URL_MAX + 1], bool *ret, struct err *e)
{
	struct fetch_url from, to;
	char *url = NULL;

	curl_easy_getinfo(j->curl, CURLINFO_REDIRECT_URL, &url);
	*ret = url != NULL;
	if (!url)
		return OK;
	if (!str_copy(next, FETCH_URL_MAX + 1, url))
		return err_set(e, ERR_REMOTE, "%.200s redirects to an address that is too long", j->host);
	if (fetch_url_read(j->url, &from, e) || fetch_url_read(next, &to, e))
		return (int)e->code;
	if (strcmp(from.origin, to.origin))
		return err_set(e, ERR_REMOTE, "%.100s redirects to %.150s, which is not followed",
			       from.origin, to.origin);
	return OK;
}

int fetch_run(const struct fetch_rules *r, const struct fetch_ask *ask, bool (*stop)(void *), void *stop_ctx,
	      struct fetch_answer *ret, struct err *e)
{
	char next[FETCH_URL_MAX + 1];
	struct stopper s = { stop, stop_ctx };
	int left = ask->redirects;
	bool again;

	if (!str_copy(next, sizeof next, ask->url))
		return err_set(e, ERR_INVALID, "the address is longer than %d characters", FETCH_URL_MAX);
	for (;;) {
		OWN(job_free) struct job *j = NULL;
		CURLcode rc;

		if (job_new(r, ask, next, &j, e))
			return (int)e->code;
		curl_easy_setopt(j->curl, CURLOPT_NOPROGRESS, 0L);
		curl_easy_setopt(j->curl, CURLOPT_XFERINFOFUNCTION, progress);
		curl_easy_setopt(j->curl, CURLOPT_XFERINFODATA, &s);
		rc = curl_easy_perform(j->curl);
		if (rc || !ask->redirects)
			return job_end(j, rc, ret, e);
		if (follow(j, next, &again, e))
			return (int)e->code;
		if (!again)
			return job_end(j, rc, ret, e);
		if (left-- == 0)
			return err_set(e, ERR_REMOTE, "%.200s redirects more than %d times", j->host,
				       ask->redirects);
	}
}

/* ---- many at once ---- */

struct fetch_many {
	const struct fetch_rules *rules; /* borrowed */
	CURLM *multi;                    /* owned */
	VEC(struct job *) jobs;          /* owned */
};

struct fetch_many *fetch_many_new(const struct fetch_rules *r)
{
	struct fetch_many *m = mem_zalloc(sizeof *m);

	m->rules = r;
	m->multi = curl_multi_init();
	if (!m->multi)
		abort(); /* out of memory, as mem_alloc() */
	return m;
}

static struct job *many_take(struct fetch_many *m, size_t i)
{
	struct job *j = m->jobs.v[i];

	curl_multi_remove_handle(m->multi, j->curl);
	m->jobs.v[i] = m->jobs.v[--m->jobs.n];
	return j;
}

void fetch_many_free(struct fetch_many *m)
{
	while (m->jobs.n)
		job_free(many_take(m, m->jobs.n - 1));
	vec_done(&m->jobs);
	curl_multi_cleanup(m->multi);
	free(m);
}

int fetch_many_add(struct fetch_many *m, const struct fetch_ask *ask, int64_t tag, struct err *e)
{
	OWN(job_free) struct job *j = NULL;

	if (job_new(m->rules, ask, ask->url, &j, e))
		return (int)e->code;
	j->tag = tag;
	if (curl_multi_add_handle(m->multi, j->curl))
		return err_set(e, ERR_NO_MEMORY, "starting a transfer");
	vec_push(&m->jobs, MOVE(j));
	return OK;
}

size_t fetch_many_running(const struct fetch_many *m)
{
	return m->jobs.n;
}

int fetch_many_poll(struct fetch_many *m, int wait_ms, struct err *e)
{
	int running, ready;
	CURLMcode rc = curl_multi_perform(m->multi, &running);

	if (!rc && running && wait_ms)
		rc = curl_multi_poll(m->multi, NULL, 0, wait_ms, &ready);
	if (!rc && running)
		rc = curl_multi_perform(m->multi, &running);
	return rc ? err_set(e, ERR_INTERNAL, "outgoing transfers: %s", curl_multi_strerror(rc)) : OK;
}

bool fetch_many_next(struct fetch_many *m, int64_t *ret_tag, int *ret_rc, struct fetch_answer *ret,
		     struct err *ret_why)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(m->multi, &left)))
		for (size_t i = 0; i < m->jobs.n && msg->msg == CURLMSG_DONE; i++)
			if (m->jobs.v[i]->curl == msg->easy_handle) {
				CURLcode rc = msg->data.result; /* gone with its handle */
				struct job *j = many_take(m, i);

				*ret_tag = j->tag;
				*ret_rc = job_end(j, rc, ret, ret_why);
				job_free(j);
				return true;
			}
	return false;
}

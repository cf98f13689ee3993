/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/dcc.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mailbox.h"
#include "base/mem.h"
#include "wire/duis.h"
#include "wire/fetch_p.h"

#define HEAD_MAX ((size_t)32 * KIB) /* bytes of an answer's head */
#define CONNECT_MS 10000
#define TURN_MS 1000 /* a wait that nothing ends */
#define BYTES_MAX                                                                                            \
	((size_t)256 * MIB) /* of documents that wait or are on their way; one always finds room             \
			     */

static const char *const service_path[DCC_SERVICES] = { "/api/v1/serviceD", "/api/v1/serviceS",
							"/api/v1/serviceT" };

struct letter {
	enum dcc_service service;
	int64_t tag;
	char *body; /* owned */
	size_t len;
};

/* One exchange under way; libcurl keeps pointers into it. */
struct slot {
	CURL *curl; /* owned */
	struct letter letter;
	size_t sent;     /* bytes of the body that were handed on */
	size_t head;     /* bytes of the answer's head */
	struct str body; /* of the answer */
	char why[120];   /* what a callback ended it for; "" = nothing */
	bool busy;
	struct slot *next_free;
};

struct dcc_line {
	struct dcc_line_init init;
	char *url[DCC_SERVICES]; /* owned */
	char *ca, *cert, *key;   /* owned; NULL = none */
	char host[256];          /* for messages */
	long timeout_ms;
	bool tls, ready;
	CURLM *multi;               /* owned */
	struct curl_slist *headers; /* owned */
	struct slot *slot;          /* owned, nslots of them */
	size_t nslots, busy;
	struct slot *free;
	/* Counters of requests to the DCC itself must rise as they arrive: at service D one at a time. */
	VEC(struct letter) held; /* that wait for the one before; owned */
	size_t held_first;
	bool d_busy;
	struct mailbox *box; /* of struct letter */
	pthread_t thread;
	bool running;
	atomic_bool closing;
	atomic_size_t waiting, bytes;
};

/* ---- what libcurl calls ---- */

static size_t give_body(char *to, size_t size, size_t n, void *ctx)
{
	struct slot *s = ctx;
	size_t left = s->letter.len - s->sent;

	n *= size;
	if (n > left)
		n = left;
	memcpy(to, s->letter.body + s->sent, n);
	s->sent += n;
	return n;
}

/* libcurl repeats a request on a new connection when the kept one turns out to be dead. A RequestID that left
 * once must not leave again: whether it arrived nobody knows, and that is for the door to find out. */
static int rewind_body(void *ctx, curl_off_t at, int whence)
{
	(void)whence;
	return ((const struct slot *)ctx)->sent == (size_t)at ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

static size_t take_head(char *p, size_t size, size_t n, void *ctx)
{
	struct slot *s = ctx;

	(void)p;
	n *= size;
	s->head += n;
	if (s->head <= HEAD_MAX)
		return n;
	snprintf(s->why, sizeof s->why, "the head of the answer is larger than %zu bytes", HEAD_MAX);
	return 0;
}

static size_t take_body(char *p, size_t size, size_t n, void *ctx)
{
	struct slot *s = ctx;

	n *= size;
	str_addn(&s->body, p, n);
	if (!s->body.over)
		return n;
	snprintf(s->why, sizeof s->why, "the answer is larger than %zu bytes", s->body.max);
	return 0;
}

static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *at)
{
	(void)ctx;
	(void)purpose;
	return socket(at->family, at->socktype | SOCK_CLOEXEC, at->protocol);
}

/* ---- exchanges; on the line's thread only ---- */

static void slot_begin(struct dcc_line *l, struct slot *s, const struct letter *letter)
{
	CURL *h = s->curl;

	s->letter = *letter;
	s->sent = s->head = 0;
	s->why[0] = '\0';
	str_clear(&s->body);
	s->busy = true;
	l->busy++;
	l->d_busy = l->d_busy || letter->service == DCC_D;
	curl_easy_setopt(h, CURLOPT_URL, l->url[letter->service]);
	curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)letter->len);
	if (curl_multi_add_handle(l->multi, h))
		abort(); /* out of memory, as mem_alloc() */
}

static void slot_tell(struct dcc_line *l, struct slot *s, CURLcode rc)
{
	struct dcc_answer a = { .tag = s->letter.tag };
	char why[320];
	long status = 0;

	curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &status);
	if (!rc && status >= 200) {
		a.status = (int)status;
		a.body = str_c(&s->body);
		a.len = s->body.len;
	} else {
		snprintf(why, sizeof why, "%.150s: %.120s", l->host,
			 s->why[0]                        ? s->why
			 : rc == CURLE_OPERATION_TIMEDOUT ? "no answer in time"
			 : rc == CURLE_SEND_FAIL_REWIND   ? "the connection broke while the request was sent"
			 : rc == CURLE_SSL_CERTPROBLEM    ? "the client certificate or its key cannot be used"
			 : rc                             ? curl_easy_strerror(rc)
							  : "the answer is not one of HTTP");
		a.why = why;
		a.not_sent = s->sent == 0;
	}
	l->init.answered(l->init.ctx, &a);
}

static void slot_end(struct dcc_line *l, struct slot *s)
{
	curl_multi_remove_handle(l->multi, s->curl);
	atomic_fetch_sub(&l->bytes, s->letter.len);
	free(MOVE(s->letter.body));
	str_clear(&s->body);
	s->busy = false;
	l->busy--;
	l->d_busy = l->d_busy && s->letter.service != DCC_D;
	s->next_free = l->free;
	l->free = s;
}

static void letter_begin(struct dcc_line *l, const struct letter *letter)
{
	struct slot *s = l->free;

	l->free = s->next_free;
	slot_begin(l, s, letter);
}

static void begin_waiting(struct dcc_line *l)
{
	struct letter letter;

	if (l->free && !l->d_busy && l->held_first < l->held.n) {
		letter_begin(l, &l->held.v[l->held_first++]);
		if (l->held_first == l->held.n)
			l->held_first = l->held.n = 0;
	}
	while (l->free && mailbox_take(l->box, &letter, 1, 0))
		if (letter.service == DCC_D && l->d_busy)
			vec_push(&l->held, letter);
		else
			letter_begin(l, &letter);
}

/* true: at least one had ended. */
static bool end_finished(struct dcc_line *l)
{
	bool any = false;
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(l->multi, &left))) {
		struct slot *s = NULL;
		CURLcode rc = m->data.result;

		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &s);
		/* Once it is told another one may be sent: nobody counts more than there are. */
		atomic_fetch_sub(&l->waiting, 1);
		if (!atomic_load(&l->closing))
			slot_tell(l, s, rc);
		slot_end(l, s);
		any = true;
	}
	return any;
}

static void *line_main(void *arg)
{
	struct dcc_line *l = arg;
	int running;

	while (!atomic_load(&l->closing)) {
		begin_waiting(l);
		curl_multi_perform(l->multi, &running);
		if (!end_finished(l)) /* what ended made room for others */
			curl_multi_poll(l->multi, NULL, 0, TURN_MS, NULL);
	}
	return NULL;
}

/* ---- making ---- */

static char *text_or_none(const struct conf *c, const char *key)
{
	const char *t = conf_text(c, key);

	return *t ? mem_strdup(t) : NULL;
}

static int file_check(const char *key, const char *path, struct err *e)
{
	if (path && access(path, R_OK))
		return err_errno(e, errno, "%s: %.200s cannot be read", key, path);
	return OK;
}

static int settings_read(struct dcc_line *l, const struct conf *c, struct err *e)
{
	const char *url = conf_text(c, "dcc_url");
	size_t n = strlen(url);
	struct fetch_url parts;

	if (fetch_url_read(url, &parts, e)) {
		e->code = ERR_CONFIG;
		return err_wrap(e, "dcc_url");
	}
	if (strpbrk(url, "?#"))
		return err_set(e, ERR_CONFIG, "dcc_url is a base address; write it without ? and #");
	while (n && url[n - 1] == '/')
		n--;
	l->tls = parts.tls;
	str_copy(l->host, sizeof l->host, parts.host);
	for (int i = 0; i < DCC_SERVICES; i++) {
		STR(text, FETCH_URL_MAX + 32);

		str_addn(&text, url, n);
		str_add(&text, service_path[i]);
		l->url[i] = str_take(&text);
	}
	l->timeout_ms = (long)conf_ms(c, "dcc_answer_timeout");
	l->ca = text_or_none(c, "dcc_ca_file");
	l->cert = text_or_none(c, "dcc_client_cert");
	l->key = text_or_none(c, "dcc_client_key");
	if (!l->cert != !l->key)
		return err_set(e, ERR_CONFIG,
			       "dcc_client_cert and dcc_client_key belong together; %s is missing",
			       l->cert ? "the key" : "the certificate");
	if (file_check("dcc_ca_file", l->ca, e) || file_check("dcc_client_cert", l->cert, e) ||
	    file_check("dcc_client_key", l->key, e)) {
		e->code = ERR_CONFIG;
		return (int)e->code;
	}
	return OK;
}

static void slot_options(struct dcc_line *l, struct slot *s)
{
	CURL *h = s->curl;

	curl_easy_setopt(h, CURLOPT_PRIVATE, s);
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS,
			 l->timeout_ms < CONNECT_MS ? l->timeout_ms : CONNECT_MS);
	curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, l->timeout_ms);
	/* Nothing of the environment takes part, nothing leads elsewhere. */
	curl_easy_setopt(h, CURLOPT_PROXY, "");
	curl_easy_setopt(h, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, l->tls ? "https" : "http");
	curl_easy_setopt(h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(h, CURLOPT_HTTP09_ALLOWED, 0L);
	curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(h, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (l->ca) {
		curl_easy_setopt(h, CURLOPT_CAINFO, l->ca);
		curl_easy_setopt(h, CURLOPT_CAPATH, NULL);
	}
	if (l->cert) {
		curl_easy_setopt(h, CURLOPT_SSLCERT, l->cert);
		curl_easy_setopt(h, CURLOPT_SSLKEY, l->key);
	}
	curl_easy_setopt(h, CURLOPT_USERAGENT, "firpath/" PACKAGE_VERSION);
	curl_easy_setopt(h, CURLOPT_POST, 1L);
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, l->headers);
	curl_easy_setopt(h, CURLOPT_READFUNCTION, give_body);
	curl_easy_setopt(h, CURLOPT_READDATA, s);
	curl_easy_setopt(h, CURLOPT_SEEKFUNCTION, rewind_body);
	curl_easy_setopt(h, CURLOPT_SEEKDATA, s);
	curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, take_head);
	curl_easy_setopt(h, CURLOPT_HEADERDATA, s);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, s);
	curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, open_socket);
}

static int slots_new(struct dcc_line *l, size_t n, struct err *e)
{
	static const char *const headers[] = { "Content-Type: application/xml",
					       "Accept: application/xml, text/xml",
					       "Expect:" }; /* no waiting for 100 */

	for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
		struct curl_slist *more = curl_slist_append(l->headers, headers[i]);

		if (!more)
			return err_set(e, ERR_NO_MEMORY, "opening the line to the DCC");
		l->headers = more;
	}
	l->slot = mem_array(n, sizeof *l->slot);
	for (; l->nslots < n; l->nslots++) {
		struct slot *s = &l->slot[l->nslots];

		str_init(&s->body, DUIS_MAX);
		s->curl = curl_easy_init();
		if (!s->curl)
			return err_set(e, ERR_NO_MEMORY, "opening the line to the DCC");
		slot_options(l, s);
		s->next_free = l->free;
		l->free = s;
	}
	return OK;
}

int dcc_line_new(const struct dcc_line_init *init, struct dcc_line **ret, struct err *e)
{
	OWN(dcc_line_free) struct dcc_line *l = mem_zalloc(sizeof *l);
	size_t n = (size_t)conf_int(init->conf, "dcc_parallel");
	int rc;

	l->init = *init;
	l->init.conf = NULL;
	if (settings_read(l, init->conf, e))
		return (int)e->code;
	l->ready = !curl_global_init(CURL_GLOBAL_DEFAULT);
	l->multi = l->ready ? curl_multi_init() : NULL;
	if (!l->multi)
		return err_set(e, ERR_NO_MEMORY, "opening the line to the DCC");
	curl_multi_setopt(l->multi, CURLMOPT_MAXCONNECTS, (long)n);
	l->box = mailbox_new(sizeof(struct letter), DCC_LINE_WAITING);
	if (slots_new(l, n, e))
		return (int)e->code;
	rc = pthread_create(&l->thread, NULL, line_main, l);
	if (rc)
		return err_errno(e, rc, "the thread of the line to the DCC");
	l->running = true;
	*ret = MOVE(l);
	return OK;
}

void dcc_line_free(struct dcc_line *l)
{
	struct letter letter;

	if (!l)
		return;
	atomic_store(&l->closing, true);
	if (l->box)
		mailbox_close(l->box);
	if (l->running) {
		curl_multi_wakeup(l->multi);
		pthread_join(l->thread, NULL);
	}
	for (size_t i = 0; i < l->nslots; i++) {
		struct slot *s = &l->slot[i];

		if (s->busy)
			slot_end(l, s);
		curl_easy_cleanup(s->curl);
		str_done(&s->body);
	}
	while (l->box && mailbox_take(l->box, &letter, 1, 0))
		free(letter.body);
	while (l->held_first < l->held.n)
		free(l->held.v[l->held_first++].body);
	vec_done(&l->held);
	if (l->box)
		mailbox_free(l->box);
	free(l->slot);
	if (l->multi)
		curl_multi_cleanup(l->multi);
	curl_slist_free_all(l->headers);
	if (l->ready)
		curl_global_cleanup();
	for (int i = 0; i < DCC_SERVICES; i++)
		free(l->url[i]);
	free(l->ca);
	free(l->cert);
	free(l->key);
	free(l);
}

/* ---- any thread ---- */

bool dcc_line_send(struct dcc_line *l, enum dcc_service s, int64_t tag, const char *body, size_t len)
{
	struct letter letter = { .service = s, .tag = tag, .len = len };
	size_t before;

	assert(s < DCC_SERVICES);
	if (atomic_load(&l->closing))
		return false;
	before = atomic_fetch_add(&l->bytes, len);
	if (before && before + len > BYTES_MAX) {
		atomic_fetch_sub(&l->bytes, len);
		return false;
	}
	letter.body = mem_strndup(body, len);
	atomic_fetch_add(&l->waiting, 1);
	if (!mailbox_post(l->box, &letter)) {
		atomic_fetch_sub(&l->waiting, 1);
		atomic_fetch_sub(&l->bytes, len);
		free(letter.body);
		return false;
	}
	curl_multi_wakeup(l->multi);
	return true;
}

size_t dcc_line_waiting(const struct dcc_line *l)
{
	return atomic_load(&l->waiting);
}

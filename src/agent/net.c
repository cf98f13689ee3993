/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/net.h"

#include <stdio.h>
#include <string.h>

#include <curl/curl.h>

#include "base/mem.h"

#define SMALL_TIMEOUT_MS 30000L /* poll, Manifest: as a whole */
#define CONNECT_TIMEOUT_MS 10000L
#define STILL_S 60L /* an image that gives nothing for so long is given up */
#define WAIT_MAX_MS 60000

/* One request under way. */
struct call {
	struct call *next, **back; /* list of all, so that one can be dropped */
	struct call *after;        /* behind it in the queue of those that wait for a connection */
	struct net *net;           /* borrowed */
	struct device *device;     /* borrowed */
	enum net_kind kind;
	CURL *easy;      /* owned */
	struct str body; /* of the answer; of an image only with a refusal */
	char *sent;      /* owned: body of the request */
	bool under_way;  /* given to the library; else it waits */
	bool stopped;    /* the device wants no more of it */
	bool began;      /* the first piece came */
	int64_t from;    /* image: where it goes on */
};

struct net {
	struct net_init init;
	CURLM *multi;               /* owned */
	struct curl_slist *headers; /* owned */
	struct call *calls;
	/* The library walks over all it was given, again and again: it gets as many as there are connections.
	 */
	struct call *first, **last; /* those that wait */
	long under_way;
	bool ready; /* the library */
};

static void calls_go(struct net *n)
{
	while (n->first && n->under_way < n->init.connections) {
		struct call *c = n->first;

		n->first = c->after;
		if (!n->first)
			n->last = &n->first;
		c->under_way = true;
		n->under_way++;
		curl_multi_add_handle(n->multi, c->easy);
	}
}

static void call_go(struct call *c)
{
	*c->net->last = c;
	c->net->last = &c->after;
	calls_go(c->net);
}

static void call_unqueue(struct call *c)
{
	struct call **p = &c->net->first;

	while (*p && *p != c)
		p = &(*p)->after;
	if (!*p)
		return;
	*p = c->after;
	if (!*p)
		c->net->last = p;
}

static void call_free(struct call *c)
{
	*c->back = c->next;
	if (c->next)
		c->next->back = c->back;
	if (c->under_way) {
		curl_multi_remove_handle(c->net->multi, c->easy);
		c->net->under_way--;
	} else {
		call_unqueue(c);
	}
	curl_easy_cleanup(c->easy);
	str_done(&c->body);
	free(c->sent);
	free(c);
}

static void length_tell(struct call *c, bool part)
{
	curl_off_t n = -1;

	c->began = true;
	curl_easy_getinfo(c->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &n);
	if (n >= 0)
		device_image_whole(c->device, n + (part ? c->from : 0));
}

/* libcurl's callback: fewer bytes than given end the transfer. */
static size_t on_data(char *p, size_t size, size_t count, void *ctx)
{
	struct call *c = ctx;
	size_t n = size * count;
	long status = 0;

	curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	if (c->kind == NET_IMAGE && (status == 200 || status == 206)) {
		if (!c->began)
			length_tell(c, status == 206);
		c->stopped = !device_image_piece(c->device, p, n);
		return c->stopped ? 0 : n;
	}
	str_addn(&c->body, p, n);
	return c->body.over ? 0 : n;
}

static struct call *call_new(struct net *n, struct device *d, enum net_kind kind, const char *path)
{
	struct call *c = mem_zalloc(sizeof *c);
	STR(url, 4 * KIB);

	c->net = n;
	c->device = d;
	c->kind = kind;
	str_init(&c->body, kind == NET_MANIFEST ? BLOCK_MANIFEST_MAX : BBUM_MESSAGE_MAX);
	c->easy = curl_easy_init();
	if (!c->easy) {
		fputs("libcurl has no memory\n", stderr);
		abort();
	}
	c->next = n->calls;
	c->back = &n->calls;
	if (c->next)
		c->next->back = &c->next;
	n->calls = c;
	str_addf(&url, "%s%s", n->init.server, path);
	curl_easy_setopt(c->easy, CURLOPT_URL, str_c(&url));
	curl_easy_setopt(c->easy, CURLOPT_PRIVATE, c);
	curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, c);
	curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, n->headers);
	curl_easy_setopt(c->easy, CURLOPT_USERAGENT, "firpath-bbum/" PACKAGE_VERSION);
	curl_easy_setopt(c->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(c->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c->easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	if (!n->init.reuse)
		curl_easy_setopt(c->easy, CURLOPT_FORBID_REUSE, 1L);
	if (n->init.ca_file)
		curl_easy_setopt(c->easy, CURLOPT_CAINFO, n->init.ca_file);
	if (kind == NET_IMAGE) {
		curl_easy_setopt(c->easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)n->init.image_max);
		curl_easy_setopt(c->easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
		curl_easy_setopt(c->easy, CURLOPT_LOW_SPEED_TIME, STILL_S);
	} else {
		curl_easy_setopt(c->easy, CURLOPT_TIMEOUT_MS, SMALL_TIMEOUT_MS);
	}
	return c;
}

static void ask_poll(void *ctx, struct device *d, const char *body, size_t len)
{
	struct call *c = call_new(ctx, d, NET_POLL, BBUM_ADDRESS_POLL);

	c->sent = mem_strndup(body, len);
	curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS, c->sent);
	curl_easy_setopt(c->easy, CURLOPT_POSTFIELDSIZE, (long)len);
	call_go(c);
}

static void ask_manifest(void *ctx, struct device *d, const char *path)
{
	struct bbum_poll_msg m;
	STR(always, 300);
	struct call *c;

	device_status(d, &m);
	str_add(&always, BBUM_ADDRESS_MANIFEST "?device=");
	str_add_url(&always, m.device);
	c = call_new(ctx, d, NET_MANIFEST, path ? path : str_c(&always));
	call_go(c);
}

static void ask_image(void *ctx, struct device *d, const char *path, int64_t from)
{
	struct call *c = call_new(ctx, d, NET_IMAGE, path);

	c->from = from;
	if (from > 0)
		curl_easy_setopt(c->easy, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)from);
	call_go(c);
}

static void drop(void *ctx, struct device *d, enum net_kind kind)
{
	struct net *n = ctx;
	struct call *next;

	for (struct call *c = n->calls; c; c = next) {
		next = c->next;
		if (c->device == d && c->kind == kind)
			call_free(c);
	}
}

struct device_net net_ops(struct net *n)
{
	return (struct device_net){ ask_poll, ask_manifest, ask_image, drop, n };
}

int net_new(const struct net_init *init, struct net **ret, struct err *e)
{
	OWN(net_free) struct net *n = mem_zalloc(sizeof *n);
	STR(bearer, 4 * KIB);

	n->init = *init;
	n->last = &n->first;
	n->ready = !curl_global_init(CURL_GLOBAL_DEFAULT);
	n->multi = n->ready ? curl_multi_init() : NULL;
	if (!n->multi)
		return err_set(e, ERR_NO_MEMORY, "libcurl cannot begin");
	curl_multi_setopt(n->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, init->connections);
	curl_multi_setopt(n->multi, CURLMOPT_MAXCONNECTS, init->connections);
	n->headers = curl_slist_append(n->headers, "Content-Type: application/json");
	n->headers = curl_slist_append(n->headers, "Expect:");
	if (!init->reuse)
		n->headers = curl_slist_append(n->headers, "Connection: close");
	if (init->token) {
		str_addf(&bearer, "Authorization: Bearer %s", init->token);
		n->headers = curl_slist_append(n->headers, str_c(&bearer));
	}
	if (!n->headers)
		return err_set(e, ERR_NO_MEMORY, "libcurl has no memory");
	*ret = MOVE(n);
	return OK;
}

void net_free(struct net *n)
{
	if (!n)
		return;
	while (n->calls)
		call_free(n->calls);
	curl_slist_free_all(n->headers);
	curl_multi_cleanup(n->multi);
	if (n->ready)
		curl_global_cleanup();
	free(n);
}

static void tell(struct call *c, CURLcode code)
{
	struct net_result r = { .body = str_c(&c->body), .len = c->body.len };
	struct device *d = c->device;
	enum net_kind kind = c->kind;
	curl_off_t retry = 0;
	long status = 0;

	curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(c->easy, CURLINFO_RETRY_AFTER, &retry);
	r.status = (int)status;
	r.retry_ms = retry > 0 && retry < 86400 ? (int64_t)retry * 1000 : 0;
	r.no_range = code == CURLE_RANGE_ERROR;
	if (code != CURLE_OK)
		r.trouble = curl_easy_strerror(code);
	switch (kind) {
	case NET_POLL:
		device_polled(d, &r);
		break;
	case NET_MANIFEST:
		device_manifest_came(d, &r);
		break;
	case NET_IMAGE:
		device_image_ended(d, &r);
		break;
	case NET_KINDS:
		break;
	}
}

static void finished(CURL *easy, CURLcode code)
{
	struct call *c = NULL;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &c);
	tell(c, code);
	call_free(c);
}

int net_round(struct net *n, int extra_fd, int64_t wait_ms, struct err *e)
{
	struct curl_waitfd extra = { .fd = extra_fd, .events = CURL_WAIT_POLLIN };
	int running, left;
	CURLMsg *m;
	CURLMcode rc = curl_multi_perform(n->multi, &running);
	bool told = false;

	while (!rc && (m = curl_multi_info_read(n->multi, &left)) != NULL)
		if (m->msg == CURLMSG_DONE) {
			finished(m->easy_handle, m->data.result);
			told = true;
		}
	calls_go(n);
	if (wait_ms > WAIT_MAX_MS)
		wait_ms = WAIT_MAX_MS;
	if (!rc && !told && wait_ms > 0)
		rc = curl_multi_poll(n->multi, &extra, extra_fd >= 0, (int)wait_ms, NULL);
	return rc ? err_set(e, ERR_REMOTE, "libcurl: %s", curl_multi_strerror(rc)) : OK;
}

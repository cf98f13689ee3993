/* SPDX-License-Identifier: Apache-2.0 */
/* The application behind an HTTP address of this machine: {"word":"yes","why":"at a station"}, or for status
 * {"word":"running"|"stopped"|"safe-state"}. */
#include <stdio.h>
#include <string.h>

#include <curl/curl.h>

#include "agent/iec_remote.h"
#include "base/mem.h"

#define ANSWER_MAX (16 * KIB)

struct http_line {
	char address[256];          /* without the slash at the end */
	CURLM *multi;               /* owned */
	CURL *easy;                 /* owned; the call under way */
	struct curl_slist *headers; /* owned */
	struct str body;            /* of the answer */
	bool ready;                 /* the library */
};

static size_t on_data(char *p, size_t size, size_t count, void *ctx)
{
	struct str *body = ctx;

	str_addn(body, p, size * count);
	return body->over ? 0 : size * count;
}

static void http_drop(void *ctx)
{
	struct http_line *h = ctx;

	if (!h->easy)
		return;
	curl_multi_remove_handle(h->multi, h->easy);
	curl_easy_cleanup(h->easy);
	h->easy = NULL;
}

static bool http_begin(void *ctx, enum iec_ask ask, const char *body, size_t len)
{
	struct http_line *h = ctx;
	STR(url, 400);

	h->easy = curl_easy_init();
	if (!h->easy)
		return false;
	str_clear(&h->body);
	str_addf(&url, "%s/%s", h->address, iec_ask_text[ask]);
	curl_easy_setopt(h->easy, CURLOPT_URL, str_c(&url));
	curl_easy_setopt(h->easy, CURLOPT_POSTFIELDSIZE, (long)len);
	curl_easy_setopt(h->easy, CURLOPT_COPYPOSTFIELDS, body);
	curl_easy_setopt(h->easy, CURLOPT_HTTPHEADER, h->headers);
	curl_easy_setopt(h->easy, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(h->easy, CURLOPT_WRITEDATA, &h->body);
	curl_easy_setopt(h->easy, CURLOPT_PROTOCOLS_STR, "http");
	curl_easy_setopt(h->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(h->easy, CURLOPT_NOSIGNAL, 1L);
	curl_multi_add_handle(h->multi, h->easy);
	return true;
}

static enum iec_word word_of(const char *text)
{
	static const struct {
		const char *text;
		enum iec_word word;
	} words[] = { { "yes", IEC_YES },    { "running", IEC_YES },  { "no", IEC_NO },
		      { "stopped", IEC_NO }, { "wait", IEC_NOT_YET }, { "safe-state", IEC_SAFE } };

	for (size_t i = 0; text && i < sizeof words / sizeof *words; i++)
		if (!strcmp(words[i].text, text))
			return words[i].word;
	return IEC_NOTHING;
}

static bool http_over(void *ctx, enum iec_word *ret_word, char why[IEC_WHY_MAX])
{
	OWN(json_free) struct json *j = NULL;
	struct http_line *h = ctx;
	int running = 0, left;
	long status = 0;
	CURLMsg *m;
	struct err e;

	if (curl_multi_perform(h->multi, &running))
		return false;
	m = curl_multi_info_read(h->multi, &left);
	if (!m || m->msg != CURLMSG_DONE)
		return false;
	*ret_word = IEC_NOTHING;
	curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
	if (m->data.result == CURLE_OK && status == 200 &&
	    !json_parse(str_c(&h->body), h->body.len, &j, &e)) {
		*ret_word = word_of(json_text(json_get(j, "word")));
		iec_phrase(json_text(json_get(j, "why")), why);
	}
	http_drop(h);
	return true;
}

static void http_end(void *ctx)
{
	struct http_line *h = ctx;

	curl_slist_free_all(h->headers);
	curl_multi_cleanup(h->multi);
	if (h->ready)
		curl_global_cleanup();
	str_done(&h->body);
	free(h);
}

/* After "http://": an address of this machine and a port. */
static bool is_loopback(const char *host)
{
	static const char *const here[] = { "127.0.0.1:", "[::1]:", "localhost:" };

	for (size_t i = 0; i < sizeof here / sizeof *here; i++)
		if (!strncmp(host, here[i], strlen(here[i])))
			return !strpbrk(host, " \t\"<>?#@\\");
	return false;
}

int iec_http(const char *address, const char *name, struct iec *ret, struct err *e)
{
	struct iec_line line = { http_begin, http_over, http_drop, http_end, NULL };
	struct http_line *h;
	size_t n = strlen(address);

	if (!is_loopback(address + 7) || n >= sizeof h->address)
		return err_set(
		    e, ERR_USAGE,
		    "%.100s: the application is asked on this machine only: http://127.0.0.1:PORT/", address);
	h = mem_zalloc(sizeof *h);
	str_init(&h->body, ANSWER_MAX);
	while (n && address[n - 1] == '/')
		n--;
	str_copyn(h->address, sizeof h->address, address, n);
	h->ready = !curl_global_init(CURL_GLOBAL_DEFAULT);
	h->multi = h->ready ? curl_multi_init() : NULL;
	h->headers = curl_slist_append(h->headers, "Content-Type: application/json");
	h->headers = curl_slist_append(h->headers, "Expect:");
	if (!h->multi || !h->headers) {
		http_end(h);
		return err_set(e, ERR_NO_MEMORY, "libcurl cannot begin");
	}
	line.ctx = h;
	iec_remote(&line, name, ret);
	return OK;
}

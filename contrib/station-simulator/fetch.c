/* SPDX-License-Identifier: Apache-2.0 */
/* Downloads as a station makes them: HTTP in ranges, digest, and with --roots the certificate and the
 * signature (SHA-256 with RSA-PSS or ECDSA over the whole file). A few threads; results come back through a
 * pipe of pointers. */
#include "sim.h"

#include <curl/curl.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <pthread.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/mailbox.h"

#define THREADS 4
#define RANGE 262144 /* bytes of one request */
#define IMAGE_MAX ((int64_t)256 << 20)

struct download {
	int station;
	uint32_t epoch;
	char *url, *certificate, *signature; /* owned; url "" ends a thread */
	char *put;                           /* owned; an upload instead */
	enum fetched how;
	char sha[SHA256_HEX], head[201];
};
struct fetcher {
	struct mailbox *box; /* owned; pointers */
	pthread_t thread[THREADS];
	int threads, pipe[2];
	const char *roots, *tls_ca; /* borrowed */
};

static void download_free(struct download *d)
{
	mem_free(d->url);
	mem_free(d->certificate);
	mem_free(d->signature);
	mem_free(d->put);
	mem_free(d);
}

/* ---- the signature ---- */

static bool certificate_good(X509 *x, const char *roots)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	bool good = X509_STORE_load_locations(store, roots, NULL) == 1;

	X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
	good = good && X509_STORE_CTX_init(ctx, store, x, NULL) == 1 && X509_verify_cert(ctx) == 1;
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return good;
}

/* What checks while the bytes come. */
struct check {
	struct sha256 *sum;
	EVP_MD_CTX *pss; /* NULL: nothing is to be verified */
	EVP_PKEY *key;
	struct download *d;
	int64_t bytes;
	size_t head;
};

static bool check_begin(struct check *c, const char *roots)
{
	BIO *bio;
	X509 *x;
	EVP_PKEY_CTX *rsa = NULL;
	bool good;

	if (!roots || !c->d->certificate || !c->d->signature)
		return true;
	bio = BIO_new_mem_buf(c->d->certificate, -1);
	x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIO_free(bio);
	if (!x)
		return false;
	good = certificate_good(x, roots);
	c->key = X509_get_pubkey(x);
	X509_free(x);
	if (!good || !c->key)
		return false;
	c->pss = EVP_MD_CTX_new();
	good = EVP_DigestVerifyInit(c->pss, &rsa, EVP_sha256(), NULL, c->key) == 1;
	if (good && EVP_PKEY_is_a(c->key, "RSA"))
		good = EVP_PKEY_CTX_set_rsa_padding(rsa, RSA_PKCS1_PSS_PADDING) == 1 &&
		       EVP_PKEY_CTX_set_rsa_pss_saltlen(rsa, RSA_PSS_SALTLEN_AUTO) == 1;
	return good;
}

static bool check_end(struct check *c)
{
	uint8_t sign[700], sum[SHA256_LEN];
	size_t n;

	sha256_end(c->sum, sum);
	hex_text(sum, sizeof sum, c->d->sha);
	if (!c->pss)
		return true;
	return base64_bytes(c->d->signature, sign, sizeof sign, &n) &&
	       EVP_DigestVerifyFinal(c->pss, sign, n) == 1;
}

static size_t on_bytes(char *p, size_t one, size_t n, void *ctx)
{
	struct check *c = ctx;

	n *= one;
	if (c->bytes + (int64_t)n > IMAGE_MAX)
		return 0;
	sha256_add(c->sum, p, n);
	if (c->pss)
		EVP_DigestVerifyUpdate(c->pss, p, n);
	for (size_t i = 0; i < n && c->head < sizeof c->d->head - 1; i++)
		c->d->head[c->head++] = p[i];
	c->bytes += (int64_t)n;
	return n;
}

/* ---- HTTP ---- */

static size_t on_head(char *p, size_t one, size_t n, void *ctx)
{
	long long total;
	char line[200];

	n *= one;
	str_copyn(line, sizeof line, p, n);
	if (!strncasecmp(line, "content-range:", 14) &&
	    sscanf(strchr(line, '/') ? strchr(line, '/') : "", "/%lld", &total) == 1)
		*(int64_t *)ctx = total;
	return n;
}

static void prepare(CURL *curl, const struct fetcher *f, const char *url)
{
	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, 60L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https,ftp");
	if (f->tls_ca)
		curl_easy_setopt(curl, CURLOPT_CAINFO, f->tls_ca);
}

/* Ranges one after the other until all is here. A server that does not know ranges sends all at once. */
static bool fetch(CURL *curl, const struct fetcher *f, struct check *c)
{
	int64_t total = -1;

	do {
		char range[60];
		int64_t before = c->bytes;
		long status = 0;

		prepare(curl, f, c->d->url);
		snprintf(range, sizeof range, "%lld-%lld", (long long)c->bytes,
			 (long long)c->bytes + RANGE - 1);
		curl_easy_setopt(curl, CURLOPT_RANGE, range);
		curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
		curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
		curl_easy_setopt(curl, CURLOPT_WRITEDATA, c);
		curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_head);
		curl_easy_setopt(curl, CURLOPT_HEADERDATA, &total);
		if (curl_easy_perform(curl) != CURLE_OK)
			return false;
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
		if (status == 200 && !before)
			return true;
		if (status != 206 || c->bytes == before)
			return false;
	} while (c->bytes < total);
	return c->bytes == total;
}

static void download(CURL *curl, const struct fetcher *f, struct download *d)
{
	struct check c = { .sum = sha256_new(), .d = d };

	d->how = FETCH_OK;
	if (!check_begin(&c, f->roots))
		d->how = FETCH_BAD_SIGNATURE;
	else if (!fetch(curl, f, &c))
		d->how = FETCH_FAILED;
	if (!check_end(&c) && d->how == FETCH_OK)
		d->how = FETCH_BAD_SIGNATURE;
	EVP_MD_CTX_free(c.pss);
	EVP_PKEY_free(c.key);
	sha256_free(c.sum);
}

static void upload(CURL *curl, const struct fetcher *f, struct download *d)
{
	prepare(curl, f, d->url);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "PUT");
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, d->put);
	if (curl_easy_perform(curl) != CURLE_OK)
		fprintf(stderr, "firpath-station: a log could not be put to %s\n", d->url);
}

static void *work(void *ctx)
{
	struct fetcher *f = ctx;
	CURL *curl = curl_easy_init();
	struct download *d;

	for (;;) {
		if (!mailbox_take(f->box, &d, 1, 1000))
			continue;
		if (!d->url[0])
			break;
		if (d->put)
			upload(curl, f, d);
		else
			download(curl, f, d);
		if (write(f->pipe[1], &d, sizeof d) != sizeof d)
			break;
	}
	download_free(d);
	curl_easy_cleanup(curl);
	return NULL;
}

/* ---- for the loop ---- */

bool fetch_start(struct sim *s)
{
	struct fetcher *f;

	if (!s->fetch)
		return true;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	s->fetcher = f = mem_zalloc(sizeof *f);
	f->box = mailbox_new(sizeof(struct download *), 65536);
	f->roots = s->roots;
	f->tls_ca = s->tls_ca;
	if (pipe(f->pipe))
		return false;
	for (; f->threads < THREADS; f->threads++)
		if (pthread_create(&f->thread[f->threads], NULL, work, f))
			return false;
	return true;
}

int fetch_fd(const struct sim *s)
{
	return s->fetcher ? s->fetcher->pipe[0] : -1;
}

static void ask(struct sim *s, struct download *d)
{
	if (!mailbox_post(s->fetcher->box, &d))
		download_free(d); /* 65,536 wait already: this one is never done, as it happens to stations */
}

void fetch_ask(struct sim *s, struct station *st, const char *url)
{
	struct download *d = mem_zalloc(sizeof *d);

	d->station = st->index;
	d->epoch = st->job_epoch;
	d->url = mem_strdup(url);
	d->certificate = mem_strdup(st->certificate);
	d->signature = mem_strdup(st->signature);
	ask(s, d);
}

void fetch_put(struct sim *s, struct station *st, const char *url, const char *text)
{
	struct download *d = mem_zalloc(sizeof *d);

	d->station = st->index;
	d->url = mem_strdup(url);
	d->put = mem_strdup(text);
	ask(s, d);
}

void fetch_done(struct sim *s)
{
	struct download *d;

	if (read(s->fetcher->pipe[0], &d, sizeof d) != sizeof d)
		return;
	if (!d->put) {
		struct station *st = &s->station[d->station];

		if (d->epoch == st->job_epoch && st->flash->busy)
			train_fetched(s, st, d->how, d->sha, d->head);
	}
	download_free(d);
}

void fetch_end(struct sim *s)
{
	struct fetcher *f = s->fetcher;

	if (!f)
		return;
	for (int i = 0; i < f->threads; i++) {
		struct download *d = mem_zalloc(sizeof *d);

		d->url = mem_strdup("");
		ask(s, d);
	}
	for (int i = 0; i < f->threads; i++)
		pthread_join(f->thread[i], NULL);
	mailbox_free(f->box);
	mem_free(f);
	s->fetcher = NULL;
}

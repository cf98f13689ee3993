/* SPDX-License-Identifier: Apache-2.0 */
#include "http/door.h"

#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/parse.h"
#include "http/worker.h"

#define TOKEN_MIN 16 /* characters; what is shorter can be guessed */
#define TOKEN_MAX 256

/* Only dotted quads: the library below has no IPv6, and names would need a resolver. */
static int check_listen(const char *key, const char *value, bool public_ok, struct err *e)
{
	const char *colon = strrchr(value, ':');
	uint64_t port, octet;
	const char *p = value;

	if (!colon || !parse_digits(colon + 1, strlen(colon + 1), &port) || port > 65535)
		return err_set(e, ERR_CONFIG, "%s = %.100s: write ADDRESS:PORT", key, value);
	for (int i = 0; i < 4; i++) {
		size_t n = strcspn(p, i < 3 ? "." : ":");

		if (n < 1 || n > 3 || !parse_digits(p, n, &octet) || octet > 255)
			return err_set(e, ERR_CONFIG, "%s = %.100s: the address must be four numbers (IPv4)",
				       key, value);
		p += n + 1;
	}
	if (p != colon + 1)
		return err_set(e, ERR_CONFIG, "%s = %.100s: the address must be four numbers (IPv4)", key,
			       value);
	if (strncmp(value, "127.", 4) && !public_ok)
		return err_set(
		    e, ERR_CONFIG,
		    "%s = %.100s is not a loopback address: put a TLS front before the service, or set "
		    "allow_public_listen = yes and give the option --public",
		    key, value);
	return OK;
}

/* The first line of a file, as a digest. */
static int secret_load(const char *key, const char *path, struct secret *ret, struct err *e)
{
	STR(text, 4 * KIB);
	const char *p;
	size_t n;

	if (!path[0])
		return OK;
	if (file_read(path, &text, e)) {
		e->code = ERR_CONFIG;
		return err_wrap(e, "%s", key);
	}
	p = str_c(&text);
	n = strcspn(p, "\r\n");
	if (n < TOKEN_MIN || n > TOKEN_MAX || memchr(p, ' ', n))
		return err_set(e, ERR_CONFIG, "%s: the first line must be a token of %d to %d characters",
			       key, TOKEN_MIN, TOKEN_MAX);
	sha256_of(p, n, ret->sha256);
	ret->set = true;
	memset(text.p, 0, text.len);
	return OK;
}

int door_check(const struct conf *c, bool told_twice, struct err *e)
{
	bool public_ok = told_twice && conf_bool(c, "allow_public_listen");
	const char *url = conf_text(c, "public_url");
	struct networks from; /* these only to see that they can be read */
	struct secret secret;

	if (check_listen("listen", conf_text(c, "listen"), public_ok, e) ||
	    check_listen("health_listen", conf_text(c, "health_listen"), public_ok, e))
		return e->code;
	if (strncmp(conf_text(c, "listen"), "127.", 4) &&
	    (!conf_text(c, "token_file")[0] || !conf_text(c, "device_token_file")[0]))
		return err_set(e, ERR_CONFIG, "a public listener needs token_file and device_token_file");
	if (secret_load("token_file", conf_text(c, "token_file"), &secret, e) ||
	    secret_load("device_token_file", conf_text(c, "device_token_file"), &secret, e))
		return e->code;
	if (url[0] && strncmp(url, "https://", 8) && strncmp(url, "http://", 7))
		return err_set(e, ERR_CONFIG, "public_url = %.100s must begin with https:// or http://", url);
	if (networks_read(conf_text(c, "dcc_from"), &from, e))
		return err_wrap(e, "dcc_from");
	return OK;
}

int door_reload(struct door *d, const struct conf *c, struct err *e)
{
	struct tokens t = { .older = NULL }, *now;

	if (secret_load("token_file", conf_text(c, "token_file"), &t.operator, e) ||
	    secret_load("device_token_file", conf_text(c, "device_token_file"), &t.device, e))
		return e->code;
	now = mem_zalloc(sizeof *now);
	*now = t;
	now->older = atomic_load(&d->tokens);
	atomic_store(&d->tokens, now);
	return OK;
}

int door_new(const struct app *app, const struct route *const *tables, bool told_twice, struct door **ret,
	     struct err *e)
{
	OWN(door_free) struct door *d = mem_zalloc(sizeof *d);
	const struct conf *c = app->conf;
	uint8_t h[SHA256_LEN];
	char hex[9];

	if (door_check(c, told_twice, e))
		return e->code;
	if (networks_read(conf_text(c, "dcc_from"), &d->dcc_from, e))
		return e->code;
	d->app = app;
	d->host_names = conf_text(c, "host_names");
	d->public_url = conf_text(c, "public_url");
	d->trust_forwarded = conf_bool(c, "trust_forwarded");
	d->router = router_new(tables);
	d->pool = pool_new(app->dsn, (size_t)conf_int(c, "db_readers"), (size_t)conf_int(c, "db_writers"));
	d->health_pool = pool_new(app->dsn, 1, 0);
	d->rate = rate_new(conf_int(c, "write_rate"), conf_int(c, "write_burst"));
	/* Another program may give other bytes for the same question: its digest is part of every validator.
	 */
	if (sha256_file("/proc/self/exe", h, e))
		sha256_of(PACKAGE_STRING, sizeof PACKAGE_STRING, h);
	hex_text(h, 4, hex);
	str_copy(d->build, sizeof d->build, hex);
	if (door_reload(d, c, e))
		return e->code;
	*ret = MOVE(d);
	return OK;
}

void door_free(struct door *d)
{
	struct tokens *t;

	if (!d)
		return;
	while ((t = atomic_load(&d->tokens))) {
		atomic_store(&d->tokens, t->older);
		free(t);
	}
	if (d->router)
		router_free(d->router);
	if (d->pool)
		pool_free(d->pool);
	if (d->health_pool)
		pool_free(d->health_pool);
	if (d->rate)
		rate_free(d->rate);
	free(d);
}

void door_stopping(struct door *d)
{
	atomic_store(&d->stopping, true);
}

bool door_drained(struct door *d)
{
	return atomic_load(&d->running) == 0;
}

struct worker *worker_new(struct door *d)
{
	struct worker *w = mem_zalloc(sizeof *w);
	struct rnd seed = rnd_system();

	w->door = d;
	w->view = catalog_view_new(d->app->catalog);
	w->scratch = path_scratch_new();
	w->hot = hot_new();
	w->stack = stack_new();
	w->rnd = rnd_seeded(rnd_u64(&seed));
	w->date_s = -1;
	str_init(&w->body, BODY_OUT_MAX);
	str_init(&w->headers, HEADERS_OUT_MAX);
	str_init(&w->in, 0);
	str_init(&w->out, BODY_OUT_MAX);
	return w;
}

void worker_free(struct worker *w)
{
	catalog_view_free(w->view);
	path_scratch_free(w->scratch);
	hot_free(w->hot);
	stack_free(w->stack);
	str_done(&w->body);
	str_done(&w->headers);
	str_done(&w->in);
	str_done(&w->out);
	free(w);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* `firpath ota ...` and `firpath image check`: images of meters (doc/meters.md 3). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/parse.h"
#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/list.h"
#include "cli/show.h"
#include "core/ota.h"
#include "wire/duis.h"

#define CERTS_MAX 16
#define DIFFERENCES_MAX 8

/* clang-format off */
#define CERTIFICATE { "certificate", 0, "FILES", "of suppliers' command keys, with commas between" }
#define IMAGE_DIR { "image-dir", 0, "DIR", "with --db: where images are kept" }
const struct option_row ota_add_options[] = {
	IMAGE_DIR,
	{ "certificate", 0, "FILES", "with --db: of suppliers' command keys, with commas between" },
	WHY, END_OF_OPTIONS
};
const struct option_row ota_list_options[] = { IMAGE_DIR, LIMIT, END_OF_OPTIONS };
const struct option_row ota_show_options[] = { IMAGE_DIR, END_OF_OPTIONS };
const struct option_row ota_sign_options[] = {
	{ "user", 0, "EUI", "as this DCC User (operator); without: as that of your organisation" },
	IMAGE_DIR,
	{ "key", 0, "KEY", "with --db: command key, a PEM file or a pkcs11: URI" },
	{ "certificate", 0, "FILE", "with --db: its certificate" },
	WHY, END_OF_OPTIONS
};
const struct option_row image_check_options[] = { CERTIFICATE, END_OF_OPTIONS };
/* clang-format on */

/* ---- certificates ---- */

struct certs {
	const struct p256_cert *of[CERTS_MAX];
	size_t n;
};
static void certs_done(struct certs *c)
{
	while (c->n)
		p256_cert_free((struct p256_cert *)c->of[--c->n]);
}
DEFINE_OWN_VAL(struct certs, certs_done)

static int certs_load(const char *list, struct certs *ret, struct err *e)
{
	char path[1024];

	for (size_t n; list && *list; list += n + (list[n] == ',')) {
		struct p256_cert *c = NULL;

		n = strcspn(list, ",");
		if (ret->n == CERTS_MAX || !str_copyn(path, sizeof path, list, n))
			return err_set(e, ERR_USAGE, "--certificate takes %d files at most", CERTS_MAX);
		if (p256_cert_load(path, &c, e))
			return (int)e->code;
		ret->of[ret->n++] = c;
	}
	return OK;
}

/* ---- what the service or the store says ---- */

static void show_headers(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "headers");

	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *h = json_at(list, i);

		page_line(p, "  header    %s:%s:%s  hardware %s%s%s  %s", txt(h, "manufacturer"),
			  txt(h, "model"), txt(h, "version"),
			  json_text(json_get(h, "hardware_min")) ? txt(h, "hardware_min") : "any",
			  json_text(json_get(h, "hardware_max")) ? " to " : "",
			  json_text(json_get(h, "hardware_max")) ? txt(h, "hardware_max") : "",
			  txt(h, "text"));
	}
}

static void show_ota(struct page *p, const struct json *a)
{
	const struct json *entries = json_get(a, "entries"), *signs = json_get(a, "signatures");
	const struct json *stored = json_get(a, "stored");
	STR(names, 64 * KIB);

	page_line(p, "%s  %" PRId64 " bytes%s", txt(a, "sha256"), num(a, "bytes"),
		  stored && !json_bool(stored, true) ? ", THE IMAGE IS NOT THERE" : "");
	show_headers(p, a);
	for (size_t i = 0; i < json_len(entries); i++)
		str_addf(&names, " %s", json_text(json_at(entries, i)));
	page_line(p, "  entries  %s", names.len ? str_c(&names) : " none any more");
	for (size_t i = 0; i < json_len(signs); i++)
		page_line(p, "  signed    as %s by %s, %s", txt(json_at(signs, i), "user"),
			  txt(json_at(signs, i), "signed_by"), txt(json_at(signs, i), "signed_at"));
	if (!json_len(signs))
		page_line(p, "  signed    by nobody");
}

static void show_otas(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "images");

	if (!json_len(list))
		page_line(p, "There is no image of a meter.");
	for (size_t i = 0; i < json_len(list); i++)
		show_ota(p, json_at(list, i));
}

static int store_of(struct call *c, bool writes, struct db **db, const struct snapshot **s, struct err *e)
{
	return call_snapshot(c, NULL, s, e) || call_db(c, writes, false, db, e) ? (int)e->code : OK;
}

static int images_of_store(struct call *c, const char *cursor, int64_t limit, struct str *out, void *ctx,
			   struct err *e)
{
	const struct snapshot *s;
	struct db *db;

	(void)ctx;
	return store_of(c, false, &db, &s, e) ||
		       ota_images_json(db, call_opt(c, "image-dir"), s, cursor, limit, 0, out, e)
		   ? (int)e->code
		   : OK;
}

int cmd_ota_list(struct call *c, struct err *e)
{
	char url[] = "/v1/ota";
	STR(answer, ANSWER_MAX);

	if (call_offline(c) ? list_collect(c, "images", images_of_store, NULL, &answer, e)
			    : list_collect(c, "images", list_page_get, url, &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_otas, e);
}

static void one_url(const struct call *c, struct str *url)
{
	str_add(url, "/v1/ota");
	url_segment(url, c->arg[0]);
}

int cmd_ota_show(struct call *c, struct err *e)
{
	STR(answer, ANSWER_MAX);
	STR(url, 4 * KIB);
	const struct snapshot *s;
	struct db *db;

	one_url(c, &url);
	if (!call_offline(c))
		return call_get_show(c, str_c(&url), show_ota, e);
	if (store_of(c, false, &db, &s, e) ||
	    ota_image_json(db, call_opt(c, "image-dir"), s, c->arg[0], 0, &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_ota, e);
}

/* ---- adding ---- */

static int add_to_store(struct call *c, const struct str *file, struct str *out, struct err *e)
{
	OWN(certs_done) struct certs certs = { .n = 0 };
	struct actor who = call_actor(c);
	const struct snapshot *s;
	struct ota_added a;
	const char *dir;
	struct db *db;

	if (call_has(c, "why"))
		who.why = call_opt(c, "why");
	if (call_need(c, "image-dir", &dir, e) || certs_load(call_opt(c, "certificate"), &certs, e) ||
	    store_of(c, true, &db, &s, e) ||
	    ota_add(db, dir, s, &who, (const uint8_t *)str_c(file), file->len, certs.of, certs.n, &a, e))
		return (int)e->code;
	return ota_image_json(db, dir, s, a.sha256, 0, out, e);
}

static int add_to_service(struct call *c, const struct str *file, struct str *out, struct err *e)
{
	struct client_send s = { .type = "application/octet-stream", .body = str_c(file), .len = file->len };
	struct client *client;
	STR(url, 4 * KIB);

	str_add(&url, "/v1/ota");
	url_add(&url, "why", call_opt(c, "why"));
	s.path = str_c(&url);
	return call_client(c, &client, e) || client_run(client, &s, out, NULL, NULL, e) ? (int)e->code : OK;
}

int cmd_ota_add(struct call *c, struct err *e)
{
	STR(all, ANSWER_MAX);
	struct jw w = jw_start(&all);

	jw_obj(&w);
	jw_key(&w, "images");
	jw_arr(&w);
	for (int i = 0; i < c->nargs; i++) {
		OWN(json_free) struct json *j = NULL;
		STR(file, OTA_FILE_MAX);
		STR(one, ANSWER_MAX);

		if (file_read(c->arg[i], &file, e) ||
		    (call_offline(c) ? add_to_store(c, &file, &one, e) : add_to_service(c, &file, &one, e)))
			return err_at(e, c->arg[i], 0, 0);
		if (json_parse(str_c(&one), one.len, &j, e))
			return err_wrap(e, "the answer is not JSON");
		jw_node(&w, j);
	}
	jw_arr_end(&w);
	jw_end(&w);
	return call_show(c, &all, show_otas, e);
}

/* ---- signing ---- */

static int sign_in_store(struct call *c, struct str *out, struct err *e)
{
	OWN(p256_free) struct p256_key *key = NULL;
	OWN(p256_cert_free) struct p256_cert *cert = NULL;
	struct actor who = call_actor(c);
	const char *dir, *where, *path;
	const struct snapshot *s;
	struct db *db;
	bool fresh;

	if (call_has(c, "why"))
		who.why = call_opt(c, "why");
	if (call_need(c, "image-dir", &dir, e) || call_need(c, "key", &where, e) ||
	    call_need(c, "certificate", &path, e) || p256_open(where, &key, e) ||
	    p256_cert_load(path, &cert, e) || store_of(c, true, &db, &s, e) ||
	    ota_sign(db, dir, &who, c->arg[0], key, cert, &fresh, e))
		return (int)e->code;
	return ota_image_json(db, dir, s, c->arg[0], 0, out, e);
}

int cmd_ota_sign(struct call *c, struct err *e)
{
	STR(answer, ANSWER_MAX);
	STR(url, 4 * KIB);

	one_url(c, &url);
	str_add(&url, "/sign");
	url_add(&url, "user", call_opt(c, "user"));
	url_add(&url, "why", call_opt(c, "why"));
	if (call_offline(c) ? sign_in_store(c, &answer, e)
			    : call_ask(c, "POST", str_c(&url), NULL, NULL, &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_ota, e);
}

/* ---- looking at a file ---- */

struct look {
	struct ota o;
	char sha256[SHA256_HEX];
	const struct certs *certs;
	const struct snapshot *s; /* NULL = no catalogue was asked for */
	bool good;                /* nothing speaks against it */
};

static void hex_key(struct jw *w, const char *name, int digits, uint32_t value)
{
	char text[12];

	snprintf(text, sizeof text, "%0*" PRIX32, digits, value);
	jw_kstr(w, name, text);
}

static void look_header(const struct look *l, struct jw *w)
{
	jw_key(w, "header");
	jw_obj(w);
	hex_key(w, "manufacturer", 4, l->o.manufacturer);
	hex_key(w, "model", 4, l->o.image_type);
	hex_key(w, "version", 8, l->o.version);
	if (l->o.has_hardware) {
		hex_key(w, "hardware_min", 4, l->o.hw_min);
		hex_key(w, "hardware_max", 4, l->o.hw_max);
	}
	jw_kint(w, "bytes", l->o.header_len);
	jw_kstr(w, "text", l->o.text);
	jw_end(w);
	jw_kint(w, "bytes", l->o.total);
	jw_kint(w, "image_bytes", (int64_t)l->o.image_len);
	jw_kstr(w, "sha256", l->sha256);
	jw_kstr(w, "layout", l->o.layout == OTA_GBCS ? "signed" : "plain");
}

static void look_signature(struct look *l, const uint8_t *file, struct jw *w)
{
	char eui[DUIS_EUI_SIZE];

	for (size_t i = 0; l->o.signature_at && i < l->certs->n; i++)
		if (p256_cert_good(l->certs->of[i], file + l->o.image_at, l->o.image_len,
				   file + l->o.signature_at)) {
			jw_kstr(w, "signature", "good");
			jw_kstr(w, "signed_by", duis_eui_text(p256_cert_eui(l->certs->of[i]), eui));
			return;
		}
	jw_kstr(w, "signature", !l->o.signature_at ? "none" : l->certs->n ? "bad" : "not checked");
	l->good = l->good && !(l->o.signature_at && l->certs->n);
}

static void say_entry(const char *name, char (*what)[OTA_DIFFERENCE_SIZE], size_t n, struct jw *w)
{
	jw_obj(w);
	jw_kstr(w, "entry", name);
	jw_key(w, "differs");
	jw_arr(w);
	for (size_t k = 0; k < n; k++)
		jw_str(w, what[k]);
	jw_arr_end(w);
	jw_end(w);
}

/* The entries that it serves, and those that were perhaps meant: of the same hash, or all but that. */
static size_t entries_of_store(struct look *l, struct jw *w)
{
	size_t serves = 0;

	for (uint32_t i = 0; i < graph_nodes(l->s->graph); i++) {
		const struct graph_node *n = graph_node(l->s->graph, i);
		char what[DIFFERENCES_MAX][OTA_DIFFERENCE_SIZE];
		size_t d = ota_node_differs(l->s, i, &l->o, l->sha256, what, DIFFERENCES_MAX);

		if (d && !(n->hash && !strcmp(n->hash, l->sha256)) &&
		    !(d == 1 && strstr(what[0], "hash") != NULL))
			continue;
		serves += !d;
		say_entry(n->name, what, d, w);
	}
	return serves;
}

static bool hex_member(const struct json *j, const char *name, size_t digits, uint64_t *ret)
{
	const char *text = json_text(json_get(j, name));

	return text && strlen(text) == digits && parse_hex(text, digits, ret);
}

/* What the service lists under that hash. */
static int entries_of_service(struct call *c, struct look *l, struct jw *w, size_t *ret_serves, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	const struct json *list;
	STR(answer, ANSWER_MAX);
	STR(url, 1024);

	str_add(&url, "/v1/entries");
	url_add(&url, "hash", l->sha256);
	if (list_collect(c, "entries", list_page_get, url.p, &answer, e) ||
	    json_parse(str_c(&answer), answer.len, &j, e))
		return (int)e->code;
	list = json_get(j, "entries");
	*ret_serves = 0;
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *n = json_at(list, i);
		char what[DIFFERENCES_MAX][OTA_DIFFERENCE_SIZE];
		uint64_t manufacturer, model, hardware, firmware;
		struct ota_entry entry = { .hash = json_text(json_get(n, "hash")) };
		size_t d;

		if (!hex_member(n, "manufacturer", 4, &manufacturer) || !hex_member(n, "model", 4, &model) ||
		    !hex_member(n, "hardware", 4, &hardware) || !hex_member(n, "version", 8, &firmware))
			continue;
		entry.manufacturer = (uint16_t)manufacturer;
		entry.model = (uint16_t)model;
		entry.hardware = (uint16_t)hardware;
		entry.firmware = (uint32_t)firmware;
		d = ota_differs(&l->o, l->sha256, &entry, what, DIFFERENCES_MAX);
		*ret_serves += !d;
		say_entry(txt(n, "entry"), what, d, w);
	}
	return OK;
}

static int look_entries(struct call *c, struct look *l, struct jw *w, struct err *e)
{
	size_t serves = 0;

	jw_key(w, "entries");
	jw_arr(w);
	if (l->s)
		serves = entries_of_store(l, w);
	else if (entries_of_service(c, l, w, &serves, e))
		return (int)e->code;
	jw_arr_end(w);
	l->good = l->good && serves;
	return OK;
}

static int look_at(struct call *c, const char *name, struct look *l, struct jw *w, struct err *e)
{
	STR(file, OTA_FILE_MAX);
	const uint8_t *p;
	uint8_t raw[SHA256_LEN];

	if (file_read(name, &file, e))
		return (int)e->code;
	p = (const uint8_t *)str_c(&file);
	jw_obj(w);
	jw_kstr(w, "file", name);
	if (ota_read(p, file.len, &l->o, e)) {
		jw_kstr(w, "error", e->msg);
		l->good = false;
	} else {
		sha256_of(p + l->o.image_at, l->o.image_len, raw);
		hex_text(raw, sizeof raw, l->sha256);
		look_header(l, w);
		look_signature(l, p, w);
		if ((l->s || call_has(c, "server")) && look_entries(c, l, w, e))
			return (int)e->code;
	}
	jw_end(w);
	return OK;
}

static void show_checked_entries(struct page *p, const struct json *list)
{
	size_t serves = 0;

	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *n = json_at(list, i), *differs = json_get(n, "differs");

		serves += !json_len(differs);
		page_line(p, "  entry      %s %s", txt(n, "entry"),
			  json_len(differs) ? "does not fit" : "fits");
		for (size_t k = 0; k < json_len(differs); k++)
			page_line(p, "             %s", json_text(json_at(differs, k)));
	}
	if (!serves)
		page_line(p, "  NO ENTRY fits");
}

static void show_checked(struct page *p, const struct json *f)
{
	const struct json *h = json_get(f, "header");
	const char *least = json_text(json_get(h, "hardware_min"));

	page_line(p, "%s", txt(f, "file"));
	if (!h) {
		page_line(p, "  NO OTA FILE: %s", txt(f, "error"));
		return;
	}
	page_line(p, "  header     %s:%s:%s  hardware %s%s%s  %s", txt(h, "manufacturer"), txt(h, "model"),
		  txt(h, "version"), least ? least : "any", least ? " to " : "",
		  least ? txt(h, "hardware_max") : "", txt(h, "text"));
	page_line(p, "  image      %" PRId64 " of %" PRId64 " bytes, behind %" PRId64 " of header%s",
		  num(f, "image_bytes"), num(f, "bytes"), num(h, "bytes"),
		  strcmp(txt(f, "layout"), "signed") != 0 ? "" : ", before 00 40 and a signature");
	page_line(p, "  sha256     %s", txt(f, "sha256"));
	page_line(p, "  signature  %s%s%s", txt(f, "signature"), json_get(f, "signed_by") ? ", of " : "",
		  json_get(f, "signed_by") ? txt(f, "signed_by") : "");
	if (json_get(f, "entries"))
		show_checked_entries(p, json_get(f, "entries"));
}

static void show_files(struct page *p, const struct json *a)
{
	const struct json *list = json_get(a, "files");

	for (size_t i = 0; i < json_len(list); i++)
		show_checked(p, json_at(list, i));
}

int cmd_image_check(struct call *c, struct err *e)
{
	OWN(certs_done) struct certs certs = { .n = 0 };
	struct look l = { .certs = &certs, .good = true };
	STR(all, ANSWER_MAX);
	struct jw w = jw_start(&all);

	if (certs_load(call_opt(c, "certificate"), &certs, e) ||
	    (call_offline(c) && call_snapshot(c, NULL, &l.s, e)))
		return (int)e->code;
	jw_obj(&w);
	jw_key(&w, "files");
	jw_arr(&w);
	for (int i = 0; i < c->nargs; i++)
		if (look_at(c, c->arg[i], &l, &w, e))
			return err_at(e, c->arg[i], 0, 0);
	jw_arr_end(&w);
	jw_end(&w);
	c->exit = l.good ? 0 : 1;
	return call_show(c, &all, show_files, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/list.h"
#include "cli/show.h"
#include "core/fleet.h"
#include "core/images.h"

/* ---- devices and sites
 * ------------------------------------------------------------------------------------------- */

static struct actor actor_with_why(const struct call *c)
{
	struct actor who = call_actor(c);

	if (call_has(c, "why"))
		who.why = call_opt(c, "why");
	return who;
}

static int devices_to_store(struct call *c, const struct str *text, bool ndjson, struct str *out,
			    struct err *e)
{
	struct actor who = actor_with_why(c);
	const struct snapshot *s;
	struct fleet_counts n;
	struct jw w = jw_start(out);
	struct db *db;

	if (call_snapshot(c, NULL, &s, e) || call_db(c, true, false, &db, e) ||
	    fleet_import(db, SCOPE_ALL, s, &who, ndjson ? FLEET_NDJSON : FLEET_CSV, str_c(text), text->len,
			 &n, e))
		return (int)e->code;
	jw_obj(&w);
	jw_kint(&w, "rows", n.rows);
	jw_kint(&w, "added", n.added);
	jw_kint(&w, "changed", n.changed);
	jw_kint(&w, "unchanged", n.unchanged);
	jw_end(&w);
	return OK;
}

static int devices_to_service(struct call *c, const struct str *text, bool ndjson, struct str *out,
			      struct err *e)
{
	struct client_send s = { .type = ndjson ? "application/x-ndjson" : "text/csv",
				 .body = str_c(text),
				 .len = text->len };
	STR(url, 4 * KIB);
	struct client *client;

	str_add(&url, "/v1/devices");
	url_add(&url, "org", call_opt(c, "org"));
	url_add(&url, "why", call_opt(c, "why"));
	s.path = str_c(&url);
	return call_client(c, &client, e) ? (int)e->code : client_run(client, &s, out, &c->problems, NULL, e);
}

int cmd_device_import(struct call *c, struct err *e)
{
	OWN(json_free) struct json *j = NULL;
	STR(text, DEVICE_IMPORT_MAX);
	STR(answer, 64 * KIB);
	bool ndjson;

	if (file_read(c->arg[0], &text, e))
		return (int)e->code;
	ndjson = str_c(&text)[strspn(str_c(&text), " \t\r\n")] == '{';
	if (call_offline(c) ? devices_to_store(c, &text, ndjson, &answer, e)
			    : devices_to_service(c, &text, ndjson, &answer, e))
		return (int)e->code == ERR_DISK ? (int)e->code
						: err_at(e, e->where[0] ? NULL : c->arg[0], 0, 0);
	if (json_parse(str_c(&answer), answer.len, &j, e))
		return err_wrap(e, "the answer is not JSON");
	c->exit = num(j, "added") + num(j, "changed") ? 0 : err_info(ERR_NOTHING)->exit;
	return call_show(c, &answer, show_counts, e);
}

static int devices_of_store(struct call *c, const char *cursor, int64_t limit, struct str *out, void *ctx,
			    struct err *e)
{
	const struct snapshot *s;
	struct db *db;

	if (call_snapshot(c, NULL, &s, e) || call_db(c, false, false, &db, e))
		return (int)e->code;
	return fleet_devices_json(db, SCOPE_ALL, s, ctx, cursor, limit, out, e);
}

int cmd_device_list(struct call *c, struct err *e)
{
	struct device_filter f = { .q = call_opt(c, "search"),
				   .prefix = call_opt(c, "prefix"),
				   .site = call_opt(c, "site"),
				   .model = call_opt(c, "model"),
				   .entry = call_opt(c, "entry"),
				   .life = call_opt(c, "life"),
				   .adapter = call_opt(c, "adapter") };
	STR(answer, ANSWER_MAX);
	STR(url, 4 * KIB);

	str_add(&url, "/v1/devices");
	url_add(&url, "q", f.q);
	url_add(&url, "prefix", f.prefix);
	url_add(&url, "site", f.site);
	url_add(&url, "model", f.model);
	url_add(&url, "entry", f.entry);
	url_add(&url, "life", f.life);
	url_add(&url, "adapter", f.adapter);
	url_add(&url, "org", call_opt(c, "org"));
	if (call_offline(c) ? list_collect(c, "devices", devices_of_store, &f, &answer, e)
			    : list_collect(c, "devices", list_page_get, url.p, &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_devices, e);
}

static int sites_of_store(struct call *c, const char *cursor, int64_t limit, struct str *out, void *ctx,
			  struct err *e)
{
	struct db *db;

	(void)ctx;
	return call_db(c, false, false, &db, e) ? (int)e->code
						: fleet_sites_json(db, SCOPE_ALL, cursor, limit, out, e);
}

int cmd_site_list(struct call *c, struct err *e)
{
	char url[] = "/v1/sites";
	STR(answer, ANSWER_MAX);

	if (call_offline(c) ? list_collect(c, "sites", sites_of_store, NULL, &answer, e)
			    : list_collect(c, "sites", list_page_get, url, &answer, e))
		return (int)e->code;
	return call_show(c, &answer, show_sites, e);
}

static int show_one(struct call *c, const char *path,
		    int (*of_store)(struct db *, struct scope, const struct snapshot *, const char *,
				    struct str *, struct err *),
		    print_fn *print, struct err *e)
{
	STR(answer, ANSWER_MAX);
	STR(url, 4 * KIB);
	const struct snapshot *s;
	struct client *client;
	struct db *db;

	str_add(&url, path);
	url_segment(&url, c->arg[0]);
	url_add(&url, "org", call_opt(c, "org"));
	if (call_offline(c) ? call_snapshot(c, NULL, &s, e) || call_db(c, false, false, &db, e) ||
				  of_store(db, SCOPE_ALL, s, c->arg[0], &answer, e)
			    : call_client(c, &client, e) || client_get(client, str_c(&url), &answer, e))
		return (int)e->code;
	return call_show(c, &answer, print, e);
}

int cmd_device_show(struct call *c, struct err *e)
{
	return show_one(c, "/v1/devices", fleet_device_json, show_device, e);
}

int cmd_device_give(struct call *c, struct err *e)
{
	STR(answer, ANSWER_MAX);
	STR(body, 4 * KIB);
	STR(url, 4 * KIB);
	struct jw w = jw_start(&body);
	const char *to;

	if (call_need(c, "to", &to, e))
		return (int)e->code;
	jw_obj(&w);
	jw_kstr(&w, "to", to);
	jw_end(&w);
	str_add(&url, "/v1/devices");
	url_segment(&url, c->arg[0]);
	str_add(&url, "/give");
	url_add(&url, "org", call_opt(c, "org"));
	url_add(&url, "why", call_opt(c, "why"));
	return call_ask(c, "POST", str_c(&url), NULL, &body, &answer, e)
		   ? (int)e->code
		   : call_show(c, &answer, show_device, e);
}

int cmd_site_show(struct call *c, struct err *e)
{
	return show_one(c, "/v1/sites", fleet_site_json, show_site, e);
}

/* ---- images
 * ------------------------------------------------------------------------------------------------------ */

static int image_to_service(struct call *c, const char *path, const char *hash, struct str *out,
			    struct err *e)
{
	struct client_send s = { .method = "PUT", .type = "application/octet-stream" };
	STR(url, 4 * KIB);
	struct client *client;
	int rc;

	str_add(&url, "/v1/images");
	url_segment(&url, hash);
	url_add(&url, "why", call_opt(c, "why"));
	s.path = str_c(&url);
	if (call_client(c, &client, e))
		return (int)e->code;
	s.file = fopen(path, "rbe");
	if (!s.file)
		return err_errno(e, errno, "'%s' cannot be read", path);
	if (fseeko(s.file, 0, SEEK_END) == 0)
		s.len = (size_t)ftello(s.file);
	rewind(s.file);
	rc = client_run(client, &s, out, NULL, NULL, e);
	fclose(s.file);
	return rc;
}

static int image_to_store(struct call *c, const char *path, const char *hash, struct str *out, struct err *e)
{
	const char *dir = call_opt(c, "image-dir");
	struct actor who = actor_with_why(c);
	char got[SHA256_HEX];
	struct jw w = jw_start(out);
	const struct snapshot *s;
	struct db *db;
	bool fresh;

	if (!dir)
		return err_set(e, ERR_USAGE, "with --db, 'firpath image add' wants --image-dir too");
	if (call_snapshot(c, NULL, &s, e) || call_db(c, true, false, &db, e) ||
	    image_add_file(dir, path, hash, db, s, &who, got, &fresh, e))
		return (int)e->code;
	jw_obj(&w);
	jw_kstr(&w, "sha256", got);
	jw_kbool(&w, "new", fresh);
	jw_end(&w);
	return OK;
}

int cmd_image_add(struct call *c, struct err *e)
{
	STR(all, ANSWER_MAX);
	struct jw w = jw_start(&all);
	int added = 0;

	jw_obj(&w);
	jw_key(&w, "images");
	jw_arr(&w);
	for (int i = 0; i < c->nargs; i++) {
		OWN(json_free) struct json *j = NULL;
		uint8_t digest[SHA256_LEN];
		char hash[SHA256_HEX];
		STR(one, 64 * KIB);
		bool fresh;

		/* The hash is the address: a file that changes on the way is refused there. */
		if (sha256_file(c->arg[i], digest, e))
			return (int)e->code;
		hex_text(digest, sizeof digest, hash);
		if (call_offline(c) ? image_to_store(c, c->arg[i], hash, &one, e)
				    : image_to_service(c, c->arg[i], hash, &one, e))
			return call_offline(c) ? (int)e->code : err_at(e, c->arg[i], 0, 0);
		if (json_parse(str_c(&one), one.len, &j, e))
			return err_wrap(e, "the answer is not JSON");
		fresh = json_bool(json_get(j, "new"), false);
		added += fresh;
		jw_obj(&w);
		jw_kstr(&w, "file", c->arg[i]);
		jw_kstr(&w, "sha256", hash);
		jw_kbool(&w, "new", fresh);
		jw_end(&w);
		if (!c->json)
			page_line(&c->page, "%s  %s  %s", fresh ? "added  " : "present", hash, c->arg[i]);
	}
	jw_arr_end(&w);
	jw_end(&w);
	str_addc(&all, '\n');
	c->exit = added ? 0 : err_info(ERR_NOTHING)->exit;
	return c->json ? call_write(c, all.p, all.len, e) : OK;
}

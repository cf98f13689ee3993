/* SPDX-License-Identifier: Apache-2.0 */
/* Vehicle Configurations: what the service holds, and the verify report of one (E13-E16). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/cm.h"
#include "core/vc.h"
#include "web/form.h"
#include "web/vehicle.h"

#define VEHICLES_MAX 500 /* offered by name */

/* clang-format off */
static const struct form_field upload_fields[] = {
	{ .name = "file", .kind = FORM_FILE, .label = "Package", .missing = "Choose the Package",
	  .hint = "A tar.gz as 'firpath manifest pack' makes it, at most 64 MB here. Send larger ones by SFTP, or over the API." },
	{ .name = "name", .label = "Name in the inbox", .hint = "Letters, digits, full stops, _ and -.", .max = 64, .width = 20, .missing = "Write a name" },
	{ .name = NULL },
};
static const struct form_field vc_fields[] = {
	{ .name = "do", .kind = FORM_BUTTON },
	{ .name = "vehicle", .kind = FORM_SELECT, .label = "Vehicle", .late = true,
	  .hint = "Those of the same Type ID. The Vehicle Configuration is verified again and copied; then all others are not active there any more." },
	{ .name = "why", .label = "Reason", .hint = "It stays in the audit record. You may leave it empty.", .max = 500 },
	{ .name = NULL },
};
/* clang-format on */

static const char *text_of(const struct json *j, const char *name)
{
	const char *s = json_text(json_get(j, name));

	return s ? s : "";
}

/* The vehicles that whoever asks may see, as JSON. */
static int vehicles_read(struct req *rq, struct db *db, struct json **ret, struct err *e)
{
	STR(list, 16 * MIB);

	if (cm_list_json(db, scope_read(&rq->who), NULL, VEHICLES_MAX, &list, e))
		return e->code;
	return json_parse(str_c(&list), list.len, ret, e);
}

/* "active":[{"name","organisation"}]: vehicles that have number n active. */
static void put_active(struct jw *w, const struct json *vehicles, int64_t n)
{
	const struct json *list = json_get(vehicles, "vehicles");

	jw_key(w, "active");
	jw_arr(w);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *v = json_at(list, i);

		if (json_int(json_get(json_get(v, "vc"), "n"), 0) != n)
			continue;
		jw_obj(w);
		jw_kstr(w, "name", text_of(v, "name"));
		jw_kstr(w, "organisation", json_text(json_get(v, "organisation")));
		jw_end(w);
	}
	jw_arr_end(w);
}

static void put_member(struct jw *w, const char *name, const struct json *v)
{
	STR(text, VC_REPORT_MAX);

	json_print(v, &text, false);
	jw_key(w, name);
	jw_raw(w, str_c(&text), text.len);
}

/* ---- the list, and a Package to send ---- */

static int show_list(struct req *rq, struct resp *rs, struct form *f, struct err *e)
{
	struct page_head head = { .section = "vehicles",
				  .title = "Vehicle Configurations",
				  .error = !form_ok(f) };
	OWN(json_free) struct json *j = NULL, *vehicles = NULL;
	OWN(page_done) struct page p = { 0 };
	const struct json *list, *v;
	bool gone = false;
	STR(text, 16 * MIB);
	const char *name;
	struct db *db;

	if ((!form_posted(rq) && req_query_bool(rq, "gone", false, &gone, e)) || req_vcs_look(rq, &db, e) ||
	    vc_list_json(db, gone, &text, e) || json_parse(str_c(&text), text.len, &j, e) ||
	    vehicles_read(rq, db, &vehicles, e))
		return e->code;
	rs->cache = CACHE_CHECK;
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	form_json(f, &p);
	list = json_get(j, "vcs");
	jw_key(&p.w, "vcs");
	jw_arr(&p.w);
	for (size_t i = 0; i < json_len(list); i++) {
		jw_obj(&p.w);
		for (size_t k = 0; (name = json_member(json_at(list, i), k, &v)); k++)
			put_member(&p.w, name, v);
		put_active(&p.w, vehicles, json_int(json_get(json_at(list, i), "n"), 0));
		jw_end(&p.w);
	}
	jw_arr_end(&p.w);
	jw_kbool(&p.w, "gone", gone);
	jw_kbool(&p.w, "inbox", rq->app->vcs && *rq->app->vcs->inbox);
	jw_kbool(&p.w, "sees_all", vehicle_sees_all(rq));
	jw_kbool(&p.w, "may_send", may(&rq->who, ROLES_FLEET));
	return page_end(&p, "vcs", NULL, e);
}

int page_vcs(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = upload_fields, .once = true };

	form_start(&f, rq);
	return show_list(rq, rs, &f, e);
}

static int package_put(struct req *rq, const struct form *f, int64_t *ret_n, struct err *e)
{
	OWN(vc_put_drop) struct vc_put *put = NULL;
	const struct form_upload *file = form_file(f, "file");
	struct actor who = req_actor(rq);
	const struct vc_store *vcs;
	struct db *db;

	if (req_vcs(rq, &vcs, e) || req_db_write(rq, &db, e) ||
	    vc_put_begin(vcs, form_value(f, "name"), &put, e) || vc_put_write(put, file->p, file->len, e))
		return e->code;
	return vc_put_end(MOVE(put), db, &who, ret_n, e);
}

int page_vcs_post(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = upload_fields, .once = true };
	struct err bad;
	char href[48];
	int64_t n;
	bool again;

	form_start(&f, rq);
	if (form_read(&f, e))
		return e->code;
	if (!form_ok(&f))
		return show_list(rq, rs, &f, e);
	if (form_once(&f, rs, &again, e) || again)
		return e->code;
	if (package_put(rq, &f, &n, &bad)) {
		if (err_info(bad.code)->http >= 500) {
			*e = bad;
			return e->code;
		}
		form_error_of(&f, bad.code == ERR_CONFLICT || bad.code == ERR_INVALID ? "name" : "file",
			      &bad);
		return show_list(rq, rs, &f, e);
	}
	snprintf(href, sizeof href, "/vcs/%" PRId64, n);
	form_made(&f, rs, href);
	return OK;
}

/* ---- one of them ---- */

static void offer_vehicles(struct form *f, const struct json *vehicles, const char *type_id)
{
	const struct json *list = json_get(vehicles, "vehicles");

	for (size_t i = 0; i < json_len(list); i++) {
		const char *name = text_of(json_at(list, i), "name");

		if (!strcmp(text_of(json_at(list, i), "type_id"), type_id))
			form_option(f, "vehicle", name, name, NULL);
	}
}

static int show(struct req *rq, struct resp *rs, struct form *f, struct err *e)
{
	static const struct crumb crumbs[] = { { "/vcs", "Vehicle Configurations" }, { NULL, NULL } };
	struct page_head head = { .section = "vehicles", .crumbs = crumbs, .error = !form_ok(f) };
	OWN(json_free) struct json *j = NULL, *vehicles = NULL;
	OWN(page_done) struct page p = { 0 };
	const char *done = form_posted(rq) ? NULL : req_query(rq, "done");
	char title[64];
	STR(vc, 2 * VC_REPORT_MAX);
	struct db *db;
	int64_t n;

	if (req_number(rq, "Vehicle Configuration", &n, e) || req_vcs_look(rq, &db, e) ||
	    vc_get_json(db, n, &vc, e) || json_parse(str_c(&vc), vc.len, &j, e) ||
	    vehicles_read(rq, db, &vehicles, e))
		return e->code;
	rs->cache = CACHE_CHECK;
	offer_vehicles(f, vehicles, text_of(j, "type_id"));
	snprintf(title, sizeof title, "Vehicle Configuration %" PRId64, n);
	head.title = title;
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	form_json(f, &p);
	page_banner(&p, true,
		    done && !strcmp(done, "verified") ? "It was verified now. The report is below." : NULL,
		    NULL, NULL);
	page_raw(&p, "vc", &vc);
	put_active(&p.w, vehicles, n);
	jw_kbool(&p.w, "sees_all", vehicle_sees_all(rq));
	jw_kbool(&p.w, "may_act", may(&rq->who, ROLES_FLEET));
	return page_end(&p, "vc", NULL, e);
}

int page_vc(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = vc_fields, .once = true };

	form_start(&f, rq);
	return show(rq, rs, &f, e);
}

static int verify_now(struct req *rq, const struct form *f, int64_t n, struct err *e)
{
	struct actor who = req_actor(rq);
	const struct vc_store *vcs;
	struct db *db;
	bool good;

	who.why = form_value(f, "why");
	if (req_vcs(rq, &vcs, e) || req_db_write(rq, &db, e) || vc_scan(db, vcs, &who, NULL, e))
		return e->code;
	return vc_verify(db, vcs, &who, n, &good, e);
}

/* The same command as on the console of that vehicle. */
static int activate(struct req *rq, const struct form *f, int64_t n, struct err *e)
{
	const char *of_page = rq->arg[0];
	STR(said, 8 * MIB);
	char line[48];
	int rc;

	snprintf(line, sizeof line, "activate vc %" PRId64, n);
	rq->arg[0] = form_value(f, "vehicle");
	rc = req_command(rq, line, form_value(f, "why"), -1, &said, e);
	rq->arg[0] = of_page;
	return rc;
}

int page_vc_post(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = vc_fields, .once = true };
	bool again, activates;
	STR(href, KIB);
	struct err bad;
	int64_t n;

	form_start(&f, rq);
	if (form_read(&f, e) || req_number(rq, "Vehicle Configuration", &n, e))
		return e->code;
	activates = !strcmp(form_value(&f, "do"), "activate");
	if (!activates && strcmp(form_value(&f, "do"), "verify") != 0)
		return err_set(e, ERR_INVALID, "a Vehicle Configuration is verified or activated");
	if (activates && !*form_value(&f, "vehicle"))
		form_error(&f, "vehicle", "Choose the vehicle");
	if (!form_ok(&f))
		return show(rq, rs, &f, e);
	if (form_once(&f, rs, &again, e) || again)
		return e->code;
	if (activates ? activate(rq, &f, n, &bad) : verify_now(rq, &f, n, &bad)) {
		if (err_info(bad.code)->http >= 500 || !activates) {
			*e = bad;
			return e->code;
		}
		form_error_of(&f, "vehicle", &bad);
		rs->status = err_info(bad.code)->http;
		return show(rq, rs, &f, e);
	}
	if (activates)
		vehicle_href(rq, form_value(&f, "vehicle"), "/console", &href);
	else
		str_addf(&href, "/vcs/%" PRId64 "?done=verified", n);
	form_made(&f, rs, str_c(&href));
	return OK;
}

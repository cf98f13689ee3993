/* SPDX-License-Identifier: Apache-2.0 */
/* The console of a vehicle's Configuration Manager: how it stands, what it asks, every command of its command
 * line, and its log as it comes (B25, C9, C34, E17, F1-F16). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "core/cm.h"
#include "core/vc.h"
#include "web/form.h"
#include "web/vehicle.h"

#define LINES 100
#define EVERY_MIN 5 /* s; pages that load themselves again */
#define EVERY_MAX 300

/* clang-format off */
static const struct form_field fields[] = {
	{ .name = "do", .kind = FORM_BUTTON },
	{ .name = "prompt", .kind = FORM_HIDDEN },
	{ .name = "choice", .kind = FORM_RADIOS, .label = "Your answer", .late = true },
	{ .name = "bb", .kind = FORM_SELECT, .label = "Building Block", .late = true, .hint = "For restart, normal operation and the word of the simulated application." },
	{ .name = "vc", .kind = FORM_SELECT, .label = "Vehicle Configuration", .late = true, .hint = "It is verified and copied first; then all others are not active any more." },
	{ .name = "why", .label = "Reason", .hint = "It stays in the audit record. You may leave it empty.", .max = 500 },
	{ .name = NULL },
};
/* clang-format on */

/* One request to the console. */
struct console {
	struct form *form;
	struct scope scope;
	struct cm_log_filter filter;
	struct str status, log, vcs; /* owned: JSON */
	struct json *now;            /* owned: the status */
};

static void console_done(struct console *c)
{
	str_done(&c->status);
	str_done(&c->log);
	str_done(&c->vcs);
	json_free(c->now);
}
DEFINE_OWN_VAL(struct console, console_done)

static const char *text_of(const struct json *j, const char *name)
{
	const char *s = json_text(json_get(j, name));

	return s ? s : "";
}

static void offer_numbers(struct form *f, const char *field, const struct json *list)
{
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *it = json_at(list, i);
		char n[24], text[200];

		snprintf(n, sizeof n, "%" PRId64, json_int(json_get(it, "n"), 0));
		snprintf(text, sizeof text, "%s %.100s %.40s", n,
			 *text_of(it, "name") ? text_of(it, "name") : text_of(it, "folder"),
			 text_of(it, "version"));
		form_option(f, field, n, text, NULL);
	}
}

/* Texts of options live as long as the page: in the arena of the form, by form_option(). */
static int offer(struct console *c, struct err *e)
{
	OWN(json_free) struct json *vcs = NULL;
	const struct json *choices = json_get(json_get(c->now, "prompt"), "choices");

	if (json_parse(str_c(&c->vcs), c->vcs.len, &vcs, e))
		return e->code;
	for (size_t i = 0; i < json_len(choices); i++) {
		const char *words = text_of(json_at(choices, i), "words");
		char text[64];

		str_copy(text, sizeof text, words);
		if (*text >= 'a' && *text <= 'z')
			*text = (char)(*text - 32);
		form_option(c->form, "choice", words, text, NULL);
	}
	form_option(c->form, "bb", "all", "All", NULL);
	offer_numbers(c->form, "bb", json_get(c->now, "blocks"));
	offer_numbers(c->form, "vc", json_get(vcs, "vcs"));
	return OK;
}

static int filter_read(struct req *rq, struct cm_log_filter *ret, struct err *e)
{
	bool posted = form_posted(rq);
	int64_t bb = 0;

	*ret = (struct cm_log_filter){ .level = posted ? NULL : req_query(rq, "level"),
				       .since = -1,
				       .last = LINES };
	if (ret->level && strcmp(ret->level, "normal") != 0 && strcmp(ret->level, "extended") != 0)
		return err_set(e, ERR_INVALID, "level is normal or extended, not '%.40s'", ret->level);
	if (!posted && req_query_int(rq, "bb", 0, SITE_BBS_MAX, 0, &bb, e))
		return e->code;
	ret->bb = (int)bb;
	return OK;
}

static int console_open(struct console *c, struct req *rq, struct err *e)
{
	struct db *db;

	str_init(&c->status, 8 * MIB);
	str_init(&c->log, 8 * MIB);
	str_init(&c->vcs, 8 * MIB);
	form_start(c->form, rq);
	if (filter_read(rq, &c->filter, e) || req_scope(rq, &c->scope, e) || req_db(rq, &db, e) ||
	    cm_status_json(db, c->scope, rq->arg[0], &c->status, e) ||
	    cm_log_json(db, c->scope, rq->arg[0], &c->filter, &c->log, e) ||
	    vc_list_json(db, false, &c->vcs, e) || json_parse(str_c(&c->status), c->status.len, &c->now, e))
		return e->code;
	return offer(c, e);
}

/* Which address the live log has, and the page again with what was chosen. */
static void put_live(struct page *p, const struct console *c, int64_t last)
{
	const struct req *rq = p->rq;
	const char *bb = c->filter.bb ? req_query(rq, "bb") : NULL;
	struct jw *w = &p->w;
	STR(log, 2 * KIB);
	STR(self, 2 * KIB);
	STR(page, 2 * KIB);
	char n[24];

	snprintf(n, sizeof n, "%" PRId64, last);
	str_add(&log, "/v1");
	vehicle_href(rq, rq->arg[0], "/log", &log);
	link_query(&log, "level", c->filter.level);
	link_query(&log, "bb", bb);
	link_query(&log, "since", n);
	str_add(&page, "/vehicles/");
	str_add_url(&page, rq->arg[0]);
	str_add(&page, "/console"); /* its form says the rest */
	vehicle_href(rq, rq->arg[0], "/console", &self);
	link_query(&self, "level", c->filter.level);
	link_query(&self, "bb", bb);
	jw_key(w, "live");
	jw_obj(w);
	jw_kstr(w, "log", str_c(&log));
	jw_kstr(w, "page", str_c(&page));
	jw_kstr(w, "self", str_c(&self));
	link_query(&self, "every", "10");
	jw_kstr(w, "again", str_c(&self));
	jw_kstr(w, "level", c->filter.level);
	jw_kint(w, "bb", c->filter.bb);
	jw_kstr(w, "org", req_query(rq, "org"));
	jw_kint(w, "prompt", json_int(json_get(json_get(c->now, "prompt"), "seq"), 0));
	jw_kint(w, "vc", json_int(json_get(json_get(c->now, "vc"), "n"), 0));
	jw_end(w);
}

/* The lines that are shown, and about whom lines can be asked for. */
static void put_log_choice(struct page *p, const struct console *c)
{
	const struct json *blocks = json_get(c->now, "blocks");
	const char *mode = text_of(c->now, "log");
	struct jw *w = &p->w;

	jw_kstr(w, "log_level", c->filter.level ? c->filter.level : mode);
	jw_kbool(w, "log_extended", !strcmp(mode, "extended"));
	jw_key(w, "log_blocks");
	jw_arr(w);
	for (size_t i = 0; i < json_len(blocks); i++) {
		int64_t n = json_int(json_get(json_at(blocks, i), "n"), 0);

		jw_obj(w);
		jw_kint(w, "n", n);
		jw_kstr(w, "name", text_of(json_at(blocks, i), "name"));
		jw_kbool(w, "chosen", n == c->filter.bb);
		jw_end(w);
	}
	jw_arr_end(w);
}

/* Without script a page can load itself again, when somebody chose that. */
static int put_every(struct page *p, struct err *e)
{
	int64_t every = 0;
	char text[24];

	if (!form_posted(p->rq) && req_query_int(p->rq, "every", EVERY_MIN, EVERY_MAX, 0, &every, e))
		return e->code;
	jw_kint(&p->w, "every", every);
	snprintf(text, sizeof text, "%" PRId64, every);
	if (every)
		resp_header(p->rs, "Refresh", text);
	return OK;
}

/* The commands of the chart with what each is for; whether they take the number of a Building Block. */
static bool is_counted(const char *words)
{
	static const char *const counted[] = { "restart", "normal operation", "accept update",
					       "reject update", NULL };

	for (const char *const *c = counted; *c; c++)
		if (!strcmp(*c, words))
			return true;
	return false;
}

static const char *what_it_does(const char *words)
{
	static const struct {
		const char *words, *says;
	} table[] = {
		{ "start", "Begins: asks every Building Block for its status." },
		{ "stop", "Neither asks nor answers Building Blocks until it is started." },
		{ "mode auto", "Goes on by itself; asks where it cannot decide." },
		{ "mode manual", "Asks before each step." },
		{ "request update", "Asks every Building Block to accept the update." },
		{ "cancel update", "Takes an accepted update back." },
		{ "trigger update", "Starts the accepted update, or repeats it after a failure." },
		{ "restart", "Restarts all Building Blocks, or one." },
		{ "normal operation", "Leads all Building Blocks back, or one." },
		{ "rollback", "Makes the previous Vehicle Configuration active and updates to it." },
		{ "sync normal", "Brings all Building Blocks to normal operation." },
		{ "sync update", "Brings all Building Blocks to the update." },
		{ "accept update", "Lets the simulated application permit (for tests)." },
		{ "reject update", "Lets the simulated application refuse (for tests)." },
		{ "shutdown", "Shuts all Building Blocks down." },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (!strcmp(table[i].words, words))
			return table[i].says;
	return "";
}

static void put_commands(struct page *p, const struct json *now)
{
	const struct json *list = json_get(now, "commands");
	struct jw *w = &p->w;

	jw_key(w, "commands");
	jw_arr(w);
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *c = json_at(list, i);
		const char *words = text_of(c, "words");

		jw_obj(w);
		jw_kint(w, "n", (int64_t)i);
		jw_kstr(w, "words", words);
		jw_kstr(w, "says", what_it_does(words));
		jw_kbool(w, "counted", is_counted(words));
		jw_kbool(w, "allowed", json_bool(json_get(c, "allowed"), false));
		jw_kstr(w, "why", json_text(json_get(c, "why")));
		jw_end(w);
	}
	jw_arr_end(w);
}

static int show(struct req *rq, struct resp *rs, struct console *c, struct err *e)
{
	OWN(json_free) struct json *log = NULL;
	char title[120], seq[24], vehicle[200];
	const struct crumb crumbs[] = { { "/vehicles", "Vehicles" },
					{ vehicle, rq->arg[0] },
					{ NULL, NULL } };
	struct page_head head = { .section = "vehicles", .crumbs = crumbs, .error = !form_ok(c->form) };
	OWN(page_done) struct page p = { 0 };
	STR(href, KIB);

	if (json_parse(str_c(&c->log), c->log.len, &log, e))
		return e->code;
	snprintf(title, sizeof title, "Console of %.64s", rq->arg[0]);
	vehicle_href(rq, rq->arg[0], "", &href);
	str_copy(vehicle, sizeof vehicle, str_c(&href));
	head.title = title;
	snprintf(seq, sizeof seq, "%" PRId64, json_int(json_get(json_get(c->now, "prompt"), "seq"), 0));
	form_clear(c->form, "prompt");
	form_set(c->form, "prompt", seq);
	rs->cache = CACHE_NEVER;
	page_begin(&p, rq, rs, catalog_current(rq->view), &head);
	form_json(c->form, &p);
	page_raw(&p, "now", &c->status);
	page_raw(&p, "log", &c->log);
	page_raw(&p, "stored", &c->vcs);
	put_commands(&p, c->now);
	put_live(&p, c, json_int(json_get(log, "last"), 0));
	put_log_choice(&p, c);
	str_clear(&href);
	vehicle_href(rq, rq->arg[0], "/console", &href);
	jw_kstr(&p.w, "action", str_c(&href));
	jw_kbool(&p.w, "sees_all", vehicle_sees_all(rq));
	jw_kbool(&p.w, "may_act", may(&rq->who, ROLES_FLEET));
	return put_every(&p, e) ? (int)e->code : page_end(&p, "console", NULL, e);
}

int page_console(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = fields, .once = true };
	OWN(console_done) struct console c = { .form = &f };

	return console_open(&c, rq, e) ? (int)e->code : show(rq, rs, &c, e);
}

/* The line that a button stands for; "" when something is missing, which is then said at its field. */
static void line_of(struct form *f, char *buf, size_t size, const char **ret_field)
{
	const char *what = form_value(f, "do"), *bb = form_value(f, "bb");

	*buf = '\0';
	*ret_field = "bb";
	if (!strcmp(what, "answer")) {
		*ret_field = "choice";
		if (!*form_value(f, "choice"))
			form_error(f, "choice", "Choose your answer");
		else
			snprintf(buf, size, "answer %.60s", form_value(f, "choice"));
	} else if (!strcmp(what, "activate")) {
		*ret_field = "vc";
		if (!*form_value(f, "vc"))
			form_error(f, "vc", "Choose the Vehicle Configuration");
		else
			snprintf(buf, size, "activate vc %.20s", form_value(f, "vc"));
	} else if (is_counted(what)) {
		snprintf(buf, size, "%.60s %.20s", what, *bb ? bb : "all");
	} else {
		str_copy(buf, size, what);
	}
}

/* Refusals are for whoever pressed the button; everything else is an error of the request. */
static bool is_refusal(const struct err *e)
{
	return e->code == ERR_CM_REJECTED || e->code == ERR_VC || e->code == ERR_NOT_FOUND ||
	       e->code == ERR_INVALID;
}

int page_console_post(struct req *rq, struct resp *rs, struct err *e)
{
	OWN(form_done) struct form f = { .fields = fields, .once = true };
	OWN(console_done) struct console c = { .form = &f };
	const char *field;
	STR(said, 8 * MIB);
	STR(href, 2 * KIB);
	char line[128];
	int64_t prompt = -1;
	struct err bad;
	bool again;

	if (console_open(&c, rq, e) || form_read(&f, e))
		return e->code;
	line_of(&f, line, sizeof line, &field);
	if (!*line && form_ok(&f))
		return err_set(e, ERR_INVALID, "no command was chosen");
	if (!form_ok(&f))
		return show(rq, rs, &c, e);
	if (!strcmp(field, "choice") && parse_i64(form_value(&f, "prompt"), 0, INT64_MAX, &prompt, e))
		return err_wrap(e, "the number of the question");
	if (form_once(&f, rs, &again, e) || again)
		return e->code;
	if (req_command(rq, line, form_value(&f, "why"), prompt, &said, &bad)) {
		if (!is_refusal(&bad)) {
			*e = bad;
			return e->code;
		}
		form_error_of(&f, field, &bad);
		rs->status = err_info(bad.code)->http;
		return show(rq, rs, &c, e);
	}
	vehicle_href(rq, rq->arg[0], "/console", &href);
	form_made(&f, rs, str_c(&href));
	return OK;
}
